# SPDX-License-Identifier: Apache-2.0
"""Memory runs out somewhere: the result is whole and right, or there is none, status 1 and one line that says so.

Each command is run with many limits of its address space (ulimit -v), from the first with which main() starts to the
first with which all is well and beyond. What the kernel and the dynamic loader do below that is not ours.
"""
import json
import os
import pathlib
import re
import resource
import subprocess
import tempfile
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import grpc

import images
from support import BINARY, ROOT, Server, annotated, call_define, capture

PAGE = 4096
MOST = 1 << 30
LINE = "launchsec: error: out of memory; raise the memory limit\n"
OLD = b"the old file\n"
STATIC = os.environ.get("LSEC_TEST_STATIC")
BINARIES = (BINARY, pathlib.Path(STATIC)) if STATIC else (BINARY,)
SIZES, SERVER_SIZES = 60, 40


def large(domain, count):
    """A domain with so many consoles more."""
    return domain.replace(b"</devices>", b'<channel type="null"><target type="virtio" name="x"/></channel>' * count + b"</devices>")


def labelled(vmi, count):
    """A VMI with so many labels."""
    document = json.loads(vmi)
    document["metadata"]["labels"] = {f"label-{i}": str(i) for i in range(count)}
    return json.dumps(document).encode()


DOMAIN, VMI = capture("efi-plain")
VMI = annotated(VMI, type="sev-snp", host_data="hex:" + "5a" * 32)
OWNER = (ROOT / "tests/golden/inputs/initdata/owner.toml").read_bytes()
FILES = {
    "small.xml": DOMAIN,
    "large.xml": large(DOMAIN, 8000),
    "deep.xml": DOMAIN.replace(b"</domain>", b"<metadata>" + b"<a>" * 190 + b"</a>" * 190 + b"</metadata></domain>"),
    "vmi.json": VMI,
    "large.json": labelled(VMI, 8000),
    "host.json": (ROOT / "docs/examples/milan.json").read_bytes(),
    "small.yaml": (ROOT / "docs/examples/snp.yaml").read_bytes(),
    "large.yaml": b"---\n".join([(ROOT / "docs/examples/snp.yaml").read_bytes()] * 100),
    "fw.fd": images.build(images.IMAGES["both-64k"]),
    "small.toml": OWNER,
    "large.toml": OWNER + b"".join(b'"%d" = "%s"\n' % (i, b"x" * 3000) for i in range(200)),
}
KEY = str(ROOT / "tests/golden/inputs/keys/id.pem")
APPLY = ("apply", "--vmi", "vmi.json", "--host", "host.json", "--domain")
COMMANDS = {
    "apply, a small domain": (*APPLY, "small.xml"),
    "apply, a large domain": (*APPLY, "large.xml"),
    "apply, a large VMI": ("apply", "--vmi", "large.json", "--host", "host.json", "--domain", "small.xml"),
    "apply --explain, a deep domain": (*APPLY, "deep.xml", "--explain"),
    "apply --diff, with warnings": (*APPLY, "small.xml", "--diff", "--set", "policy=0xb0000", "--set", "allow-debug=true"),
    "apply -o, a new file": (*APPLY, "large.xml", "-o", "new.xml"),
    "apply -o, an old file": (*APPLY, "small.xml", "-o", "old.xml"),
    "lint, a small file": ("lint", "--plugin", "small.yaml"),
    "lint, a large file": ("lint", "--plugin", "--format", "json", "large.yaml"),
    "initdata, a small document": ("initdata", "--file", "small.toml"),
    "initdata, a large document": ("initdata", "--file", "large.toml", "--format", "json"),
    "measure, a VM": ("measure", "--firmware", "fw.fd", "--vmi", "small.yaml", "--cpu", "EPYC", "--format", "json"),
    "measure, a large domain": ("measure", "--firmware", "fw.fd", "--domain", "large.xml", "--set", "type=tdx", "--format", "ita"),
    "id-block": ("id-block", "--digest", "00" * 48, "--id-key", KEY, "--author-key", KEY, "-o", "/dev/null"),
    "provision": ("provision", "--vmi", str(ROOT / "docs/examples/provision.yaml")),
    "hook, a small domain": ("on-define-domain", "--vmi", VMI, "--domain", DOMAIN),
    "hook, a large VMI": ("on-define-domain", "--vmi", labelled(VMI, 4000), "--domain", DOMAIN),
    "hook, a large domain": ("on-define-domain", "--vmi", VMI, "--domain", large(DOMAIN, 1500)),
}


@dataclass(frozen=True)
class Ending:
    """What became of a run."""
    status: int
    out: bytes
    errors: str
    files: tuple  # of its folder: names and contents

    @property
    def is_ours(self):
        """Whether main() had its say: the loader's status is 127, and the kernel kills."""
        return 0 <= self.status < 127

    @property
    def is_none(self):
        """Nothing, and why. Warnings may stand before it."""
        lines = [line for line in self.errors.splitlines(True) if not line.startswith("launchsec: warning: ")]
        return (self.status, self.out, lines) == (1, b"", [LINE])


def limited(size, argv):
    """Under a limit in bytes. By a program: preexec_fn may hang in a process with grpcio."""
    return ["prlimit", f"--as={size}", *argv]


class Command:
    """A command line, in a folder of its own for each run."""

    def __init__(self, binary, arguments):
        self.binary, self.arguments = binary, arguments
        self.whole, self.untouched = self.run(MOST), self.run(MOST, "version").files

    def run(self, size, command=None):
        """Its ending. `command` is run instead, with the same arguments."""
        with tempfile.TemporaryDirectory(prefix="lsec-") as base:
            folder = pathlib.Path(base)
            for name in FILES.keys() & set(self.arguments):
                (folder / name).write_bytes(FILES[name])
            (folder / "old.xml").write_bytes(OLD)
            argv = [self.binary, command or self.arguments[0], *self.arguments[1:]]
            done = subprocess.run(limited(size, argv), cwd=folder, capture_output=True, check=False, timeout=60)
            files = tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir()))
            return Ending(done.returncode, done.stdout, done.stderr.decode(), files)

    def first(self, good):
        """The smallest size, in bytes, with which good(size) holds: with less it does not, with more it does."""
        low, high = 0, MOST // PAGE
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if good(middle * PAGE) else (middle, high)
        return high * PAGE

    def sizes(self):
        """From the first with which main() starts, over the first with which it is well."""
        start = self.first(lambda size: self.run(size, "version").is_ours)
        enough = self.first(lambda size: self.run(size) == self.whole)
        step = max(PAGE, (enough - start) // SIZES // PAGE * PAGE)
        return [*range(start, enough, step), enough - PAGE, enough, enough + PAGE, MOST]


class Call:
    """A call of a server whose memory is limited once it serves."""

    def __init__(self, binary, domain):
        self.binary, self.domain = binary, domain
        self.whole, self.peak = self.run(MOST), self.grown

    def run(self, extra):
        """Its ending with so many bytes more than when it began to serve; the answer is its output."""
        with Server(binary=self.binary) as server:
            before = self.read(server, "VmSize")
            resource.prlimit(server.process.pid, resource.RLIMIT_AS, (before + extra, resource.RLIM_INFINITY))
            with server.channel() as channel:
                try:
                    answer = call_define(channel, self.domain, VMI, timeout=30)
                except grpc.RpcError as error:
                    assert error.code() == grpc.StatusCode.UNAVAILABLE, error
                    answer = b""
            if answer and server.process.poll() is None:
                self.grown = self.read(server, "VmPeak") - before
                server.process.terminate()
            status = server.process.wait(30)
            errors = [line for line in server.log_text().splitlines(True) if not line.startswith("{")]
            return Ending(status, answer, "".join(errors), ())

    @staticmethod
    def read(server, name):
        text = pathlib.Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"{name}:\s*(\d+) kB", text)[1]) * 1024

    def sizes(self):
        step = max(PAGE, self.peak // SERVER_SIZES // PAGE * PAGE)
        return [*range(0, self.peak, step), self.peak, MOST]


class Nghttp2(unittest.TestCase):
    """Each allocation of nghttp2 in a served call fails once, by fail_nghttp2.c."""

    def served(self, library, number):
        """(the ending of a server that answers one call, whether an allocation failed)"""
        told, telling = os.pipe()
        with open(told, "rb") as told:
            with open(telling, "wb") as telling, Server(
                    binary=BINARY, wait=False, pass_fds=[telling.fileno()],
                    env={"LD_PRELOAD": str(library), "FAIL_NGHTTP2": str(number),
                         "FAIL_TOLD": str(telling.fileno())}) as server:
                telling.close()
                with server.channel(grpc__initial_reconnect_backoff_ms=20, grpc__enable_retries=0) as channel:
                    ready = grpc.channel_ready_future(channel)
                    answer = b""
                    try:
                        # Connecting takes allocations of a session as well.
                        while server.process.poll() is None and not ready.done():
                            time.sleep(0.002)
                        if ready.done():
                            answer = call_define(channel, DOMAIN, VMI, timeout=30)
                    except grpc.RpcError as error:
                        self.assertEqual(error.code(), grpc.StatusCode.UNAVAILABLE, error)
                    ready.cancel()
                if answer and server.process.poll() is None:
                    server.process.terminate()
                status = server.process.wait(30)
                errors = [line for line in server.log_text().splitlines(True) if not line.startswith("{")]
            return Ending(status, answer, "".join(errors), ()), told.read() != b""

    def test_each_allocation(self):
        with tempfile.TemporaryDirectory(prefix="lsec-") as folder:
            library = pathlib.Path(folder) / "fail_nghttp2.so"
            subprocess.run(["cc", "-O0", "-shared", "-fPIC", "-D_GNU_SOURCE", "-o", library,
                            pathlib.Path(__file__).with_name("fail_nghttp2.c"), "-ldl"], check=True)
            whole, failed = self.served(library, 0)
            self.assertEqual((whole.status, failed), (0, False))
            self.assertIn(b"sev-snp", whole.out)
            without = 0
            for number in range(1, 1000):
                ending, failed = self.served(library, number)
                if not failed:
                    break
                with self.subTest(number):
                    # The process has ended: before there was an answer, or behind all of it.
                    self.assertEqual((ending.status, ending.errors), (1, LINE))
                    self.assertIn(ending.out, (b"", whole.out))
                    without += ending.out == b""
            self.assertEqual(ending, whole)
            print(f"nghttp2: {number - 1} allocations, {without} calls without an answer", flush=True)
            self.assertGreater(without, 20)


class Memory(unittest.TestCase):
    def check(self, what, tried, untouched):
        """Tries all sizes, several at a time."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = dict(zip(tried.sizes(), pool.map(tried.run, tried.sizes())))
        without = [ending for ending in found.values() if ending.is_none and ending.files == untouched]
        wrong = {size: ending for size, ending in found.items() if ending != tried.whole and ending not in without}
        print(f"{what}: {min(found) // 1024} to {max(found) // 1024} KiB, {len(found)} sizes, {len(without)} too small",
              flush=True)
        self.assertEqual(wrong, {}, what)
        self.assertGreater(len(without), 0, f"{what}: no size was too small")
        self.assertEqual((found[max(found)], tried.whole.status), (tried.whole, 0))

    def test_commands(self):
        for binary in BINARIES:
            for name, arguments in COMMANDS.items():
                with self.subTest(name, binary=binary):
                    command = Command(binary, arguments)
                    self.check(name, command, command.untouched)

    def test_calls(self):
        for binary in BINARIES:
            # What a smaller one takes has room in what the start of the server has left free.
            for name, domain in (("a small domain", large(DOMAIN, 300)), ("a large domain", FILES["large.xml"])):
                with self.subTest(name, binary=binary):
                    self.check(f"serve, {name}", Call(binary, domain), ())


if __name__ == "__main__":
    unittest.main()
