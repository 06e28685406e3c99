# SPDX-License-Identifier: Apache-2.0
"""Runs the program with one system call that fails, by strace's fault injection (strace(1), "Tampering").

A fault is a system call, which of its calls, and the error that it returns instead of being made. Only calls from
main() on count: those of the dynamic loader before it are not ours. main() begins with fcntl(0, F_GETFD).
"""
import collections
import re
import signal
import subprocess
from dataclasses import dataclass

MAIN = re.compile(r"fcntl\(0, F_GETFD")
CALL = re.compile(r"^(?:\d+ +)?(\w+)\((.*)")
INJECTED = "(INJECTED)"

EVERY = False  # every call with every error, even where that takes minutes: run.py --all

NO_FILE = ("EACCES", "EIO", "ENOMEM")
NO_DESCRIPTOR = ("EMFILE", "ENFILE", "ENOMEM")
# What each system call may fail with, by its manual page, where that is possible here at all. EINTR stands where the
# manual page has it and the call may wait; sockets here never do.
ERRORS = {
    "access": NO_FILE, "faccessat2": NO_FILE, "newfstatat": NO_FILE, "stat": NO_FILE, "lstat": NO_FILE,
    "fstat": NO_FILE, "readlink": ("EIO", "ENOMEM", "EACCES"), "getcwd": ("ENOENT",),
    "open": (*NO_DESCRIPTOR, "EINTR", "EIO", "ENOSPC", "EACCES"),
    "openat": (*NO_DESCRIPTOR, "EINTR", "EIO", "ENOSPC", "EACCES"), "read": ("EINTR", "EIO", "ENOMEM"),
    "pread64": ("EINTR", "EIO", "ENOMEM"),
    "write": ("EINTR", "ENOSPC", "EDQUOT", "EIO", "EPIPE"), "writev": ("EINTR", "ENOSPC", "EIO", "EPIPE"),
    "fsync": ("EINTR", "EIO", "ENOSPC"), "fchmod": ("EIO", "EPERM", "EROFS"), "close": ("EINTR", "EIO", "ENOSPC"),
    "rename": ("EACCES", "EIO", "ENOSPC"), "renameat": ("EACCES", "EIO", "ENOSPC"), "getrandom": ("EINTR", "ENOSYS"),
    "mmap": ("ENOMEM",), "mremap": ("ENOMEM",), "munmap": ("ENOMEM",), "madvise": ("ENOMEM", "EAGAIN"), "brk": ("0",),
    "socket": (*NO_DESCRIPTOR, "ENOBUFS"), "bind": ("EADDRINUSE", "EACCES", "ENOSPC", "ENOMEM"),
    "connect": ("EAGAIN", "EACCES"), "listen": ("EADDRINUSE",), "link": ("EIO", "ENOSPC", "EPERM"),
    "linkat": ("EIO", "ENOSPC", "EPERM"), "mkdir": ("EACCES", "ENOSPC", "EIO"), "unlink": ("EBUSY", "EIO"),
    "unlinkat": ("EBUSY", "EIO"), "rmdir": ("EBUSY", "EIO"), "chdir": NO_FILE, "fchdir": ("EACCES",),
    "flock": ("EINTR", "ENOLCK", "EAGAIN"), "getdents64": ("EIO", "ENOMEM"),
    "epoll_create1": NO_DESCRIPTOR, "epoll_ctl": ("ENOMEM", "ENOSPC"), "epoll_wait": ("EINTR",),
    "epoll_pwait": ("EINTR",),
    "signalfd4": NO_DESCRIPTOR, "rt_sigaction": ("EINVAL",), "rt_sigprocmask": ("EINVAL",),
    "accept4": ("EINTR", "EAGAIN", "ECONNABORTED", "ENOBUFS", "EPERM", *NO_DESCRIPTOR),
    "recvfrom": ("EINTR", "EAGAIN", "ECONNRESET", "ENOMEM"),
    "sendto": ("EINTR", "EAGAIN", "ECONNRESET", "EPIPE", "ENOBUFS"),
    "shutdown": ("ENOTCONN",), "ioctl": ("EIO",), "poll": ("EINTR", "ENOMEM"), "ppoll": ("EINTR", "ENOMEM"),
    "prctl": ("EINVAL", "EACCES"), "capget": ("EPERM",), "capset": ("EPERM",),
    "landlock_create_ruleset": ("ENOSYS", "EOPNOTSUPP", "EMFILE", "ENOMEM"), "landlock_add_rule": ("ENOMEM", "EINVAL"),
    "landlock_restrict_self": ("EPERM", "E2BIG"),
    "mlock": ("ENOMEM", "EPERM"), "lseek": ("EINVAL",), "nanosleep": ("EINTR",), "clock_nanosleep": ("EINTR",),
    "fcntl": ("EBADF",),
}
# These cannot fail, or their failing is nothing that a program could do something about.
NEVER = {"umask", "geteuid", "getpid", "gettid", "exit_group", "exit", "rt_sigreturn", "futex", "mprotect",
         "arch_prctl", "set_tid_address", "execve", "prlimit64", "restart_syscall", "clock_gettime", "sched_yield"}


@dataclass(frozen=True)
class Fault:
    """The `number`th call of `call` fails with `error`."""
    call: str
    number: int
    error: str
    arguments: str = ""  # of the call in the run without faults

    def option(self):
        how = "retval=0" if self.error == "0" else f"error={self.error}"
        return f"inject={self.call}:{how}:when={self.number}"

    def __str__(self):
        return f"{self.call}[{self.number}] {self.error} ({self.arguments[:60]})"


def command(argv, trace, *faults):
    """The arguments that run `argv` with the faults, its system calls written to the file `trace`.

    With -D the program itself is the process that is started, and strace one beside it.
    """
    injected = [word for fault in faults for word in ("-e", fault.option())]
    return ["strace", "-D", "-qq", "-o", str(trace), *injected, *argv]


def calls_of(trace):
    """[(name, number, arguments)] of the system calls since main()."""
    counts, found, in_main = collections.Counter(), [], False
    for line in trace.read_text(errors="replace").splitlines():
        parts = CALL.match(line)
        if parts is None:
            continue
        counts[parts[1]] += 1
        in_main |= MAIN.search(line) is not None
        if in_main:
            found.append((parts[1], counts[parts[1]], parts[2]))
    return found


def faults_of(calls):
    """Each call with each error. A call that is in no table is an error: it would go unnoticed."""
    unknown = {name for name, _, _ in calls} - set(ERRORS) - NEVER
    if unknown:
        raise AssertionError(f"strace.py does not know {', '.join(sorted(unknown))}")
    return [Fault(name, number, error, arguments)
            for name, number, arguments in calls for error in ERRORS.get(name, ())]


def missing():
    """Why programs cannot be traced here; None where they can."""
    try:
        done = subprocess.run(["strace", "-D", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False,
                              timeout=30)
    except FileNotFoundError:
        return "strace is not installed; on Debian: apt-get install strace"
    return None if done.returncode == 0 else f"strace cannot trace here: {done.stderr.decode()}"


def was_injected(trace):
    return INJECTED in trace.read_text(errors="replace")


def killed_by(status):
    """The signal's name, where a status is one's."""
    return signal.Signals(-status).name if status < 0 else None
