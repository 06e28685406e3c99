"""The file of --metrics-file: what is counted, when it is written, and what a reader can see of it."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time
import unittest

import grpc

from restricted import NOBODY
from support import (BINARY, IN_MOVED_TO, ROOT, Server, Watch, annotated, call_define, call_info, call_mutate, capture,
                     health, method, refusal, restricted, wait_until)
from test_sandbox import BUILT, has_landlock
from test_node import SNP, TDX, execute, node, vm

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
NAME, BESIDE = "launchsec.prom", ".launchsec.prom.tmp"
NODE = ("kubevirt.hooks.plugins.v1alpha1.NodeHookService", "ExecuteNodeHook")
HOOK = ("kubevirt.hooks.v1alpha3.Callbacks", "OnDefineDomain")
REASONS = ("vm", "host", "internal", "call")
TEES = ("none", "sev-snp", "tdx")
SAMPLE = re.compile(r'(launchsec_\w+)(?:\{((?:\w+="[^"\\\n]*",?)*)\})? ([0-9.]+)')


def parse(text):
    """{(name, (label values)): number} of a file, which must be whole: each sample is of the family above it."""
    samples, family = {}, None
    assert text.endswith("\n"), text
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split()[2]
        elif line.startswith("# TYPE "):
            assert line.split()[2] == family and line.split()[3] in ("counter", "gauge", "histogram"), line
        else:
            name, labels, number = SAMPLE.fullmatch(line).groups()
            assert re.fullmatch(rf"{family}(_bucket|_sum|_count)?", name), line
            key = name, tuple(re.findall(r'="([^"]*)"', labels or ""))
            assert key not in samples, line
            samples[key] = float(number)
    assert line.startswith("launchsec_request_duration_seconds_count "), line
    return samples


def of(samples, name):
    """{label values: number} of one metric, without zeros."""
    return {labels[0] if len(labels) == 1 else labels: number for (other, labels), number in samples.items()
            if other == f"launchsec_{name}" and number}


class Files(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="lsec-")))
        os.chmod(self.directory, 0o755)
        self.path = self.directory / NAME

    def start(self, *arguments, **options):
        """A server, once it has written the file for the first time: the line about the sandbox comes after that."""
        self.server = self.enterContext(Server("--metrics-file", str(self.path), *arguments, **options))
        wait_until(lambda: "sandbox: " in self.server.log_text(), "the sandbox")
        return self.enterContext(self.server.channel())

    def samples(self):
        return parse(self.path.read_text())

    def wait_for(self, name, wanted):
        wait_until(lambda: self.path.is_file() and of(self.samples(), name) == wanted, f"{name} {wanted}")

    def warnings(self):
        return [line["msg"] for line in self.server.log() if line["level"] == "warning"]

    def assert_only_file(self):
        self.assertEqual(os.listdir(self.directory), [NAME])


class Counts(Files):
    def test_node_hook(self):
        with node(SNP, "--metrics-file", str(self.path)) as (server, channel):
            execute(channel, vm(type="sev-snp"))
            execute(channel, vm(type="sev-snp"), "PreMigrationTarget")
            execute(channel, vm())
            execute(channel, vm(), "PostVMStart")
            for vmi in (vm(type="tdx"), vm(type="tdx", polcy="1"), vm(type="sev-snp", polcy="1"), b"{"):
                refusal(execute, channel, vmi)
            refusal(execute, channel, vm(), "PreVMstart")
            refusal(channel.unary_unary("/a.B/C"), b"")
            method(channel, "/grpc.health.v1.Health/Check", health.HealthCheckResponse)(health.HealthCheckRequest())
            self.assertEqual(server.stop(), 0)
        samples = self.samples()
        self.assertEqual(of(samples, "requests_total"), {
            (*NODE, "OK"): 4, (*NODE, "INVALID_ARGUMENT"): 5, ("unknown", "unknown", "UNIMPLEMENTED"): 1,
            ("grpc.health.v1.Health", "Check", "OK"): 1})
        self.assertEqual(of(samples, "accepted_total"), {"sev-snp": 2, "none": 1})
        self.assertEqual(of(samples, "refusals_total"), {"host": 1, "vm": 3, "call": 2})
        self.assertEqual(of(samples, "request_duration_seconds_count"), {(): 7})
        self.assertEqual(of(samples, "build_info"), {"0.1.0": 1})
        self.assert_only_file()

    def test_domains(self):
        domain, vmi = capture("efi-plain")
        facts = self.enterContext(tempfile.NamedTemporaryFile("w", suffix=".json"))
        json.dump({**TDX, "kvm-intel-tdx": False}, facts)
        facts.flush()
        channel = self.start("--host", facts.name)
        for tee in TEES:
            call_define(channel, domain, annotated(vmi, type=tee))
        call_mutate(channel, domain, annotated(vmi, type="tdx"))
        refusal(call_define, channel, domain, annotated(vmi, type="auto"))
        refusal(call_define, channel, domain, annotated(vmi, type="tdx", host_data="1"))
        refusal(call_define, channel, domain.replace(b"q35", b"pc"), annotated(vmi, type="tdx"))
        refusal(call_define, channel, domain.ljust(17 << 20), annotated(vmi, type="tdx"))
        refusal(call_mutate, channel, domain, vmi, domain_type="xen")
        self.assertEqual(self.server.stop(), 0)
        samples = self.samples()
        plugin = "kubevirt.hooks.plugins.v1alpha1.DomainHookService", "MutateDomain"
        self.assertEqual(of(samples, "requests_total"), {
            (*HOOK, "OK"): 3, (*HOOK, "INVALID_ARGUMENT"): 3, (*HOOK, "RESOURCE_EXHAUSTED"): 1,
            (*plugin, "OK"): 1, (*plugin, "INVALID_ARGUMENT"): 1})
        self.assertEqual(of(samples, "accepted_total"), {"none": 1, "sev-snp": 1, "tdx": 2})
        self.assertEqual(of(samples, "refusals_total"), {"host": 1, "vm": 3, "call": 1})

    def test_durations(self):
        """As in the log, but rounded."""
        channel = self.start()
        for _ in range(20):
            call_define(channel, *capture("devices-rich"))
        self.server.stop()
        samples, log = self.samples(), [line["duration_ms"] for line in self.server.log() if "duration_ms" in line]
        self.assertAlmostEqual(samples["launchsec_request_duration_seconds_sum", ()], sum(log) / 1000, 5)
        for bound in ("0.001", "0.01", "0.1", "1", "+Inf"):
            self.assertEqual(samples["launchsec_request_duration_seconds_bucket", (bound,)],
                             sum(one <= float(bound) * 1000 for one in log))

    def test_nothing_of_a_vm(self):
        """Whatever clients send, the labels are those of tables."""
        channel = self.start()
        before = set(self.samples())
        domain, vmi = capture("efi-plain")
        for mark in ("c0nfidential-mark", 'a"b\nc\\d'):
            refusal(call_define, channel, domain, annotated(vmi, **{mark: mark}))
            refusal(call_mutate, channel, domain, vmi, domain_type=mark, context=mark)
            refusal(channel.unary_unary(f"/{mark.encode().hex()}/{mark.encode().hex()}"), b"")
        self.server.stop()
        self.assertEqual({(name, labels) for name, labels in set(self.samples()) - before}, {
            ("launchsec_requests_total", labels) for labels in (
                (*HOOK, "INVALID_ARGUMENT"), ("unknown", "unknown", "UNIMPLEMENTED"),
                ("kubevirt.hooks.plugins.v1alpha1.DomainHookService", "MutateDomain", "INVALID_ARGUMENT"))})

    def test_documented(self):
        """docs/metrics.md has each metric with its type, and each value of a label."""
        self.start()
        text = (ROOT / "docs/metrics.md").read_text()
        types = dict(line.split()[2:] for line in self.path.read_text().splitlines() if line.startswith("# TYPE "))
        self.assertEqual(dict(re.findall(r"^\| `(launchsec_\w+)` \| (\w+) \|", text, re.M)), types)
        for value in (*REASONS, *TEES):
            self.assertIn(f"`{value}`", text)


class Writing(Files):
    def test_start_and_idle(self):
        began = time.time()
        channel = self.start()
        samples = self.samples()
        self.assertEqual([of(samples, name) for name in ("requests_total", "accepted_total", "refusals_total")], [{}] * 3)
        self.assertTrue(began - 2 <= samples["launchsec_process_start_time_seconds", ()] <= time.time() + 1)
        for name, values in (("refusals_total", REASONS), ("accepted_total", TEES)):
            self.assertEqual({labels[0] for other, labels in samples if other == f"launchsec_{name}"}, set(values))
        for count in (1, 2, 3):  # nothing comes behind the last
            call_info(channel)
            self.wait_for("requests_total", {("kubevirt.hooks.info.Info", "Info", "OK"): count})
        self.assertEqual(os.stat(self.path).st_mode & 0o7777, 0o644)
        self.assert_only_file()

    def test_replaced_as_a_whole(self):
        """A file of that name only appears by its renaming, once a second at most; whoever reads finds it whole."""
        channel = self.start()
        watch = Watch(self.directory)
        end, last, began = time.monotonic() + 3.5, 0, time.monotonic()
        while time.monotonic() < end:
            call_info(channel)
            for _ in range(20):
                number = sum(of(self.samples(), "requests_total").values())
                self.assertGreaterEqual(number, last)
                last = number
        self.server.stop()
        own = [mask for mask, name in watch.events() if name == NAME]
        self.assertEqual(set(own), {IN_MOVED_TO})
        self.assertTrue(3 <= len(own) <= time.monotonic() - began + 2, own)

    def test_what_is_in_the_way(self):
        """A killed server's file is replaced; a link is not followed."""
        other = self.directory / "other"
        other.write_text("kept")
        for make in ((self.directory / BESIDE).write_text, lambda text: (self.directory / BESIDE).symlink_to(other)):
            make("left")
            channel = self.start()
            call_info(channel)
            self.assertEqual(self.server.stop(), 0)
            self.assertEqual(of(self.samples(), "requests_total"), {("kubevirt.hooks.info.Info", "Info", "OK"): 1})
            self.assertEqual(sorted(os.listdir(self.directory)), [NAME, "other"])
        self.assertEqual(other.read_text(), "kept")

    def test_restricted(self):
        """As any user, and where the runtime forbids layers of the sandbox."""
        binary = shutil.copy(BINARY, self.enterContext(tempfile.TemporaryDirectory()))
        os.chmod(os.path.dirname(binary), 0o755)
        for name in ("nobody", "no-landlock", "no-filter"):
            with self.subTest(name), tempfile.TemporaryDirectory() as base:
                os.mkdir(os.path.join(base, "hooks"))
                for path in (base, os.path.join(base, "hooks"), self.directory):
                    os.chmod(path, 0o755)
                    os.chown(path, NOBODY, NOBODY)
                with Server("--metrics-file", str(self.path), directory=base, binary=binary, restrictions=[name]) as server, \
                        server.channel() as channel:
                    call_info(channel)
                    self.wait_for("requests_total", {("kubevirt.hooks.info.Info", "Info", "OK"): 1})
                    self.assertEqual(server.stop(), 0)


class Failing(Files):
    def refused(self, name, path, status, *restrictions):
        """It ends before it serves, with these lines, and leaves nothing."""
        binary = shutil.copy(BINARY, self.enterContext(tempfile.TemporaryDirectory()))
        hooks = self.enterContext(tempfile.TemporaryDirectory())
        for directory, mode in ((os.path.dirname(binary), 0o755), (hooks, 0o777)):
            os.chmod(directory, mode)
        done = subprocess.run([*restricted(*restrictions), binary, "serve", "--socket-dir", hooks, "--log-level", "error",
                               "--metrics-file", path], capture_output=True, text=True, timeout=60)
        text = done.stderr.replace(str(self.directory), "@DIR@")
        self.assertEqual((done.returncode, done.stdout, text), (status, "", (EXPECTED / f"metrics-{name}.txt").read_text()))
        self.assertEqual(os.listdir(hooks), [])

    def test_refused_at_start(self):
        self.refused("name", f"{self.directory}/launchsec.txt", 2)
        self.refused("missing", f"{self.directory}/none/{NAME}", 1)
        self.refused("unwritable", str(self.path), 1, "nobody")
        self.path.mkdir()
        self.refused("directory", str(self.path), 1)
        self.assert_only_file()

    def test_among_sockets(self):
        """KubeVirt would take the file for a socket; also by another name of the directory."""
        link = self.directory / "link"
        link.symlink_to(self.directory)
        for sockets, path in ((self.directory, self.path), (link, self.path), (self.directory, link / NAME)):
            done = subprocess.run([BINARY, "serve", "--socket-dir", sockets, "--metrics-file", path],
                                  capture_output=True, text=True, timeout=60)
            self.assertEqual((done.returncode, done.stdout, done.stderr),
                             (2, "", (EXPECTED / "metrics-among-sockets.txt").read_text()))
        self.assertEqual(os.listdir(self.directory), ["link"])

    def test_running_server_keeps_its_file(self):
        """A second one that finds its socket served does not touch it."""
        call_info(self.start())
        wait_until(lambda: of(self.samples(), "requests_total"), "a count")
        before = self.path.stat()
        second = Server("--metrics-file", str(self.path), directory=self.server.directory, wait=False)
        self.assertEqual(second.process.wait(30), 1)
        self.assertEqual(self.path.stat().st_ino, before.st_ino)

    def test_later(self):
        """VMs are served and counted; one line says so; the file is there again as soon as it can be."""
        channel = self.start()
        self.path.unlink()
        self.path.mkdir()
        domain, vmi = capture("devices-rich")
        for _ in range(3):
            call_define(channel, domain, vmi)
            time.sleep(1.1)
        self.assertEqual(os.listdir(self.directory), [NAME])
        reason = "Permission denied" if BUILT and has_landlock() else "Is a directory"
        self.assertEqual([text for text in self.warnings() if NAME in text], [
            f'--metrics-file: "{self.path}" cannot be written: {reason}; '
            "VMs are served and counted, and the file is tried again"])
        self.path.rmdir()
        call_define(channel, domain, vmi)
        self.wait_for("requests_total", {(*HOOK, "OK"): 4})
        self.assertEqual(self.server.stop(), 0)

    def test_full_disk(self):
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k,mode=755", "none", self.directory], capture_output=True)
        if done.returncode != 0:
            print(f"a full disk is not tested here: {done.stderr.decode().strip()}", flush=True)
            return
        self.addCleanup(subprocess.run, ["umount", self.directory], check=True)
        filler = self.directory / "filler"
        domain, vmi = capture("efi-plain")
        for first in (True, False):  # full before it starts, and later
            self.path.write_text("old")
            if first:
                self.fill(filler)
            channel = self.start()
            if not first:
                self.fill(filler)
            before = self.path.read_text()
            for _ in range(3):
                call_define(channel, domain, vmi)
                time.sleep(1.1)
            self.assertEqual((self.path.read_text(), before == "old"), (before, first))
            self.assertEqual(len([text for text in self.warnings() if "No space left on device" in text]), 1)
            self.assertEqual(sorted(os.listdir(self.directory)), ["filler", NAME])
            filler.unlink()
            refusal(call_define, channel, domain, b"")
            self.wait_for("requests_total", {(*HOOK, "OK"): 3, (*HOOK, "INVALID_ARGUMENT"): 1})
            self.assertEqual(self.server.stop(), 0)

    def fill(self, path):
        with contextlib.suppress(OSError):
            path.write_bytes(bytes(1 << 16))


if __name__ == "__main__":
    unittest.main()
