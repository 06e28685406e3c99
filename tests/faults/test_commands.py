# SPDX-License-Identifier: Apache-2.0
"""Every system call of a command fails once: it ends as if it had not, or with status 1 and a line that says so.

Never is a domain cut short or left unprotected with status 0; the file of -o is the old one or the new one, whole, and
nothing is left beside it.
"""
import dataclasses
import itertools
import os
import pathlib
import subprocess
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import images
import launchers
import made
import strace
from support import BINARY, ROOT, Server, annotated, capture

FAILED = 1
LINES = ("launchsec: error: ", "launchsec: warning: ")
OLD = b"the old file\n"


@dataclass
class Ending:
    """What became of a run."""
    status: int
    out: bytes
    errors: str
    files: dict  # of its folder: name to content, a link's "-> target"

    def is_like(self, other):
        return (self.status, self.out, self.errors, self.files) == (other.status, other.out, other.errors, other.files)


def files_in(folder):
    """What lies there, without the inputs and the trace."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            found[path.name] = f"-> {os.readlink(path)}"
        elif path.is_dir():
            found |= {f"{path.name}/{name}": content for name, content in files_in(path).items()}
        elif path.name not in ("domain.xml", "vmi.json", "vmi.yaml", "config.json", "host.json", "trace"):
            found[path.name] = path.read_bytes()
    return found


class Scenario:
    """A command, in a folder of its own for each run."""

    def __init__(self, name, *arguments, prepare=None, stdin=None):
        self.name, self.arguments, self.prepare, self.stdin = name, arguments, prepare, stdin

    def fill(self, folder):
        domain, vmi = capture("efi-plain")
        (folder / "domain.xml").write_bytes(domain)
        (folder / "vmi.json").write_bytes(annotated(vmi, type="sev-snp", host_data="hex:" + "5a" * 32))
        (folder / "vmi.yaml").write_bytes((ROOT / "docs/examples/snp.yaml").read_bytes())
        (folder / "config.json").write_text('{"forbid": ["initdata"]}')
        (folder / "host.json").write_bytes((ROOT / "docs/examples/milan.json").read_bytes())
        if self.prepare is not None:
            self.prepare(folder)

    def run(self, *faults):
        """(its ending, whether a fault happened, its calls)"""
        with tempfile.TemporaryDirectory(prefix="lsec-") as base:
            folder = pathlib.Path(base)
            self.fill(folder)
            trace = folder / "trace"
            argv = strace.command([str(BINARY), *self.arguments], trace, *faults)
            done = subprocess.run(argv, cwd=folder, input=self.stdin, capture_output=True, check=False, timeout=60)
            self.wait_for(trace)
            ending = Ending(done.returncode, done.stdout, done.stderr.decode(), files_in(folder))
            return ending, strace.was_injected(trace), strace.calls_of(trace)

    @staticmethod
    def wait_for(trace):
        """strace may write the end of the program a moment after it."""
        end = time.monotonic() + 20
        while not ("exit_group(" in (text := trace.read_text()) or "+++ killed" in text) and time.monotonic() < end:
            time.sleep(0.001)

    def judge(self, fault):
        """(what is wrong with the run in which that happens, or None; whether it did happen)"""
        ending, injected, _ = self.run(fault)
        return self.fault_of(ending, fault), injected

    def fault_of(self, ending, fault):
        before = self.before
        said_nothing = fault.call in ("write", "writev") and fault.arguments.startswith("2,")
        if ending.status == 0:
            untold = Ending(0, ending.out, before.errors, ending.files) if said_nothing else ending
            return None if untold.is_like(before) else f"ended well, but otherwise: {ending}"
        if fault.error == "EINTR":
            return f"an interruption ended it: {ending}"
        if ending.status != FAILED:
            return f"ended with {strace.killed_by(ending.status) or ending.status}: {ending.errors}"
        if ending.out not in (b"", before.out):
            return f"standard output is neither empty nor whole: {ending.out[:200]}"
        if not self.leaves_well(ending.files):
            return f"files are left, or changed: {sorted(ending.files)}"
        lines = ending.errors.splitlines()
        if not said_nothing and not any(line.startswith(LINES[0]) for line in lines):
            return f"no line says so: {ending.errors!r}"
        return next((f"a line of its own: {line!r}" for line in lines if not line.startswith(LINES)), None)

    def leaves_well(self, files):
        """Whether that may lie there after a failure."""
        return files == self.untouched

    def faults(self):
        """Runs it without any first."""
        self.before, _, calls = self.run()
        assert self.before.status == 0, self.before
        with tempfile.TemporaryDirectory(prefix="lsec-") as base:
            self.fill(pathlib.Path(base))
            self.untouched = files_in(pathlib.Path(base))
        return strace.faults_of(calls)


class ManyFiles(Scenario):
    """All files, or none; only a failing rename() leaves those before it, each as a whole."""

    def fault_of(self, ending, fault):
        some = ending.files not in (self.untouched, self.before.files)
        if some and not fault.call.startswith("rename"):
            return f"some files are left: {sorted(ending.files)}"
        return super().fault_of(ending, fault)

    def leaves_well(self, files):
        return self.untouched.items() <= files.items() <= self.before.files.items()


class Loading(Scenario):
    """It loads a library when it has begun: the C library's loader takes an interruption for an error."""

    def fault_of(self, ending, fault):
        if fault.error == "EINTR" and "library cannot be loaded" in ending.errors:
            return super().fault_of(ending, dataclasses.replace(fault, error="EIO"))
        return super().fault_of(ending, fault)


def old_file(folder):
    (folder / "out.xml").write_bytes(OLD)


def old_file_by_link(folder):
    (folder / "real.xml").write_bytes(OLD)
    (folder / "out.xml").symlink_to("real.xml")


def measured_files(folder):
    (folder / "fw.fd").write_bytes(images.build(images.IMAGES["both-64k"]))
    (folder / "kernel").write_bytes(b"K" * 70000)
    (folder / "report.bin").write_bytes(made.report(made.SNP_DIGEST))


def manifests(folder):
    (folder / "manifests/inner").mkdir(parents=True)
    for name in ("b.yaml", "inner/c.yml"):
        (folder / "manifests" / name).write_bytes((ROOT / "docs/examples/snp.yaml").read_bytes())
    (folder / "manifests/a.yaml").symlink_to("b.yaml")


def image_file(folder):
    (folder / "image.tar").write_bytes(launchers.archive(launchers.good()))


APPLY = ("apply", "--domain", "domain.xml", "--host", "host.json")
MEASURE = ("measure", "--firmware", "fw.fd")
KEYS = ROOT / "tests/golden/inputs/keys"
DOMAIN, VMI = capture("efi-plain")
SCENARIOS = (
    Scenario("apply", *APPLY, "--vmi", "vmi.json"),
    Scenario("apply, all sources", "apply", "--domain", "-", "--host", "host.json", "--vmi", "vmi.yaml", "--config",
             "config.json", "--diff", stdin=DOMAIN),
    Scenario("apply -o, a new file", *APPLY, "--vmi", "vmi.json", "-o", "out.xml"),
    Scenario("apply -o, an old file", *APPLY, "--vmi", "vmi.json", "-o", "out.xml", prepare=old_file),
    Scenario("apply -o, a link", *APPLY, "--vmi", "vmi.json", "-o", "out.xml", prepare=old_file_by_link),
    Scenario("hook", "on-define-domain", "--vmi", annotated(VMI, type="tdx"), "--domain", DOMAIN),
    Scenario("initdata", "initdata", "--file", str(ROOT / "tests/golden/inputs/initdata/owner.toml")),
    # What it makes differs each time.
    Scenario("id-block", "id-block", "--digest", "00" * 48, "--id-key", str(KEYS / "id.pem"), "--author-key",
             str(KEYS / "author.pem"), "-o", "/dev/null"),
    Scenario("id-block --verify", "id-block", "--verify", "--id-auth", "-", "--id-block",
             (KEYS.parent / "id-block.b64").read_text().strip(), stdin=(KEYS.parent / "id-auth.b64").read_bytes()),
    Scenario("provision", "provision", "--vmi", str(ROOT / "docs/examples/provision.yaml"), "-o", "out.json"),
    Scenario("annotations", "annotations"),
    Scenario("lint, a directory", "lint", "--plugin", "manifests", prepare=manifests),
    Scenario("measure, a VM", *MEASURE, "--vmi", "vmi.yaml", "--cpu", "EPYC-Genoa", "--format", "json", prepare=measured_files),
    Scenario("measure, a domain", *MEASURE, "--domain", "domain.xml", "--set", "type=tdx", "-o", "out.txt", prepare=measured_files),
    Scenario("measure, a kernel", *MEASURE, "--tee", "sev-snp", "--vcpus", "2", "--cpu", "EPYC", "--kernel", "kernel", prepare=measured_files),
    Scenario("measure --report", *MEASURE, "--tee", "sev-snp", "--vcpus", "4", "--cpu", "EPYC-Genoa", "--report", "report.bin",
             "--other-firmware", "fw.fd", prepare=measured_files),
    Loading("measure --launcher", "measure", "--launcher", "image.tar", "--vmi", "vmi.yaml", "--cpu", "EPYC-Genoa", "--set",
            "firmware=/usr/share/edk2/ovmf/OVMF.amdsev.fd", "-o", "out.txt", prepare=image_file),
    Loading("measure --list", "measure", "--launcher", "image.tar", "--list", prepare=image_file),
    ManyFiles("expect", "expect", *MEASURE[1:], "--vmi", "vmi.yaml", "--cpu", "EPYC-Genoa", "-o", "out", prepare=measured_files),
)


class Commands(unittest.TestCase):
    def check(self, *scenarios):
        wrong = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for scenario in scenarios:
                faults, happened = scenario.faults(), 0
                for fault, (found, injected) in zip(faults, pool.map(scenario.judge, faults)):
                    happened += injected
                    if found is not None:
                        wrong.append(f"{scenario.name}: {fault}: {found}")
                print(f"{scenario.name}: {len(faults)} faults, {happened} happened", flush=True)
                # mkstemp() asks for random numbers in some runs, not in all.
                self.assertGreater(happened, len(faults) * 0.9)
        self.assertEqual(wrong, [], "\n" + "\n".join(itertools.islice(wrong, 40)))

    def test_every_call_fails_once(self):
        self.check(*SCENARIOS)

    def test_health(self):
        with Server() as server:
            self.check(Scenario("health", "health", "--socket", str(server.path)))


if __name__ == "__main__":
    unittest.main()
