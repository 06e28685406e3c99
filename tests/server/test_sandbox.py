"""What a server gives up, as the kernel tells it, and what becomes of one that was taken over."""
import ctypes
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import tempfile
import unittest

import grpc

from restricted import CREATE_RULESET, NOBODY
from support import (BINARY, Server, annotated, call_define, call_info, call_mutate, capture, refusal, restricted,
                     run_hook)

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
DAC_OVERRIDE = 1 << 1  # that root needs to remove its socket from a directory of others
EPERM = 1
BUILT = not any(mark in BINARY.read_bytes() for mark in (b"__asan_init", b"__ubsan_", b"__gcov_"))
ALL = "sandbox: no new privileges, no capabilities, Landlock, system call filter"
libc = ctypes.CDLL(None, use_errno=True)


def has_landlock():
    return libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1) > 0


class Sandboxes(unittest.TestCase):
    def start(self, *arguments, **options):
        self.server = self.enterContext(Server(*arguments, **options))
        return self.enterContext(self.server.channel())

    def status(self):
        """What the kernel says of the server: (no new privileges, filters, capabilities)."""
        text = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        found = {name: re.search(rf"^{name}:\s*(\w+)$", text, re.M)[1]
                 for name in ("NoNewPrivs", "Seccomp", "CapPrm", "CapEff", "CapInh", "CapAmb")}
        capabilities = [int(value, 16) for name, value in found.items() if name.startswith("Cap")]
        return int(found["NoNewPrivs"]), int(found["Seccomp"]), max(capabilities)

    def assert_serves(self, channel):
        domain, vmi = capture("devices-rich")
        large, wanted = domain.replace(b"<devices>", b"<!--" + b"x" * 3000000 + b"--><devices>"), annotated(vmi)
        self.assertEqual(call_info(channel, timeout=30).name, "launchsec")
        for version in ("v1alpha1", "v1alpha2", "v1alpha3"):
            self.assertEqual(call_define(channel, domain, vmi, version, timeout=30), run_hook(domain, vmi)[1])
        self.assertEqual(call_mutate(channel, domain, vmi, timeout=30), run_hook(domain, vmi)[1])
        self.assertIn(b"x" * 3000000, call_define(channel, large, wanted, timeout=60))
        other = domain.replace(b"<domain", b"<?xml version='1.0' encoding='EUC-JP'?>\n<domain", 1)
        self.assertEqual(refusal(call_define, channel, other, vmi, timeout=30)[0], grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(self.server.stop(), 0)
        self.assertFalse(self.server.path.exists())

    def said(self):
        """The line of the log about it: (level, message)."""
        line, = [line for line in self.server.log() if line["msg"].startswith("sandbox: ")]
        return line["level"], line["msg"]


if BUILT:
    class On(Sandboxes):
        def assert_all(self):
            new_privileges, filters, capabilities = self.status()
            self.assertEqual((new_privileges, filters, capabilities & ~DAC_OVERRIDE), (1, 2, 0))
            if has_landlock():
                self.assertEqual(self.said(), ("info", ALL))
            else:  # this kernel, not the server
                self.assertRegex(self.said()[1], "Landlock: missing")

        def test_default(self):
            channel = self.start()
            call_info(channel)
            self.assert_all()
            self.assert_serves(channel)

        def test_auto(self):
            call_info(self.start("--sandbox", "auto"))
            self.assert_all()

        def test_plugin(self):
            """Both sockets are removed, each from its directory, also where its path is relative."""
            with tempfile.TemporaryDirectory() as base:
                channel = self.start("--plugin-socket", "p.sock", cwd=base)
                call_info(channel)
                call_info(self.enterContext(self.server.channel(f"{base}/p.sock")))
                self.assert_all()
                self.assert_serves(channel)
                self.assertEqual(os.listdir(base), [])

        def test_no_privileges(self):
            """As any user without capabilities."""
            base = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
            (base / "hooks").mkdir()
            os.chmod(base, 0o755)
            os.chown(base / "hooks", NOBODY, NOBODY)
            # Where that user may run it: the build may lie in a directory of root's.
            binary = shutil.copy(BINARY, base / "launchsec")
            channel = self.start(directory=base, binary=binary, restrictions=["nobody"])
            call_info(channel)
            self.assert_all()
            self.assertEqual(self.status()[2], 0)
            self.assert_serves(channel)

        def test_directory_of_another_user(self):
            """Root may still remove its socket."""
            base = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
            (base / "hooks").mkdir(0o755)
            os.chown(base / "hooks", NOBODY, NOBODY)
            self.assert_serves(self.start(directory=base))

        def test_runtime_without_landlock(self):
            channel = self.start(restrictions=["no-landlock"])
            call_info(channel)
            self.assertEqual(self.status()[:2], (1, 2))
            self.assertEqual(self.said(), ("info", ALL.replace("lock,", "lock: missing (Function not implemented),")))
            self.assert_serves(channel)

        def test_runtime_without_filters(self):
            channel = self.start(restrictions=["no-filter"])
            call_info(channel)
            self.assertEqual(self.said()[0], "warning")
            self.assertIn("system call filter: missing (Operation not permitted)", self.said()[1])
            self.assert_serves(channel)

        def test_all_or_nothing(self):
            if has_landlock():
                channel = self.start("--sandbox", "on")
                call_info(channel)
                self.assert_all()
                self.assert_serves(channel)
            for name in ("no-landlock", "no-filter"):
                with self.subTest(name), tempfile.TemporaryDirectory() as base:
                    done = subprocess.run([*restricted(name), BINARY, "serve", "--socket-dir", base, "--sandbox", "on",
                                           "--log-level", "error"], capture_output=True, text=True, timeout=60)
                    expected = (EXPECTED / f"sandbox-{name}.txt").read_text()
                    found = [line for line in done.stderr.splitlines(True) if has_landlock() or name in line]
                    self.assertEqual((done.returncode, done.stdout, "".join(found)), (1, "", expected))
                    self.assertEqual(os.listdir(base), [])
else:
    class Unbuilt(Sandboxes):
        def test_says_so(self):
            call_info(self.start())
            self.assertEqual(self.status()[:2], (0, 0))
            self.assertEqual(self.said(), ("info", "sandbox: off"))

        def test_on_is_refused(self):
            server = self.enterContext(Server("--sandbox", "on", wait=False))
            self.assertEqual(server.process.wait(30), 1)
            self.assertIn("is on, but this build is for tests", server.log_text())


class Off(Sandboxes):
    def test_off(self):
        channel = self.start("--sandbox", "off")
        call_info(channel)
        before = pathlib.Path("/proc/self/status").read_text()
        self.assertEqual(self.status()[:2], (int(re.search(r"NoNewPrivs:\s*(\d)", before)[1]),
                                             int(re.search(r"Seccomp:\s*(\d)", before)[1])))
        self.assertEqual(self.said(), ("info", "sandbox: off"))
        self.assert_serves(channel)


class Registers(ctypes.Structure):
    """sys/user.h, struct user_regs_struct of x86_64."""
    _fields_ = [(name, ctypes.c_ulonglong) for name in (
        "r15 r14 r13 r12 rbp rbx r11 r10 r9 r8 rax rcx rdx rsi rdi orig_rax rip cs eflags rsp ss fs_base gs_base ds es "
        "fs gs").split()]


GETREGS, SETREGS, ATTACH, SINGLESTEP, DETACH = 12, 13, 16, 9, 17


if BUILT and platform.machine() == "x86_64":  # by its registers
    class TakenOver(Sandboxes):
        """A server that runs what an intruder wants, by ptrace: system calls from its own code, in its own process."""

        def trace(self, request, data=None):
            if libc.ptrace(ctypes.c_long(request), self.server.process.pid, None, data) < 0:
                raise OSError(ctypes.get_errno(), "ptrace")

        def make_call(self, number, *arguments):
            """Has the server, which waits for events, make another system call: what that returned, or the signal
            that ended it, as a string."""
            registers = Registers()
            self.trace(ATTACH)
            os.waitpid(self.server.process.pid, 0)
            self.trace(GETREGS, ctypes.byref(registers))
            saved = Registers.from_buffer_copy(registers)
            registers.rip -= 2  # the instruction that it waits in
            registers.rax, registers.orig_rax = number, 2 ** 64 - 1
            for name, value in zip(("rdi", "rsi", "rdx", "r10", "r8", "r9"), arguments):
                setattr(registers, name, value % 2 ** 64)
            self.trace(SETREGS, ctypes.byref(registers))
            self.trace(SINGLESTEP)
            _, status = os.waitpid(self.server.process.pid, 0)
            if os.WIFSIGNALED(status):
                self.server.process.returncode = -os.WTERMSIG(status)  # it was waited for here
                return signal.Signals(os.WTERMSIG(status)).name
            self.trace(GETREGS, ctypes.byref(registers))
            self.trace(SETREGS, ctypes.byref(saved))
            self.trace(DETACH)
            return ctypes.c_longlong(registers.rax).value

        def test_forbidden_calls(self):
            """(number, arguments): fork, AF_INET, execve, ptrace; then mprotect, mkdir, memfd_create, prctl, kill."""
            deadly = (57,), (41, 2, 1, 0), (59, 0, 0, 0), (101, 0, 0, 0, 0)
            refused = (10, 0, 4096, 4), (83, 0, 0), (319, 0, 0), (157, 15, 0), (62, os.getpid(), 0)
            for call in deadly:
                with self.subTest(call):
                    call_info(self.start())
                    self.assertEqual(self.make_call(*call), "SIGSYS")
            channel = self.start()
            call_info(channel)
            for call in refused:
                with self.subTest(call):
                    self.assertEqual(self.make_call(*call), -EPERM)
            self.assert_serves(channel)


if __name__ == "__main__":
    unittest.main()
