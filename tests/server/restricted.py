#!/usr/bin/env python3
"""Run a program as a strict container runtime would: restricted.py RESTRICTION... -- PROGRAM ARGUMENT...

no-landlock   the kernel has no Landlock
no-filter     system call filters are forbidden
nobody        a user without capabilities, now or later

This is a program of its own, and no preexec_fn of subprocess: that would run Python after fork() in a process with the
threads of grpcio, and can hang for ever.
"""
import ctypes
import os
import platform
import struct
import sys

NOBODY = 65534
ARCHITECTURES = {"x86_64": (157, 444), "aarch64": (167, 444)}  # numbers of prctl, landlock_create_ruleset
PRCTL, CREATE_RULESET = ARCHITECTURES[platform.machine()]
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_CAPBSET_DROP = 22, 38, 24
EPERM, ENOSYS = 1, 38
libc = ctypes.CDLL(None, use_errno=True)


def forbid(call, first, error):
    """A system call with this first argument fails, as a container's runtime can have it."""
    code = [(0x20, 0, 0, 0), (0x15, 0, 3, call), (0x20, 0, 0, 16), (0x15, 0, 1, first), (0x06, 0, 0, 0x50000 | error),
            (0x06, 0, 0, 0x7fff0000)]
    data = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in code))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", len(code), ctypes.addressof(data)))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, 2, program, 0, 0):
        raise OSError(ctypes.get_errno(), "prctl")


def become_nobody():
    for capability in range(64):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


RESTRICTIONS = {
    "no-landlock": lambda: forbid(CREATE_RULESET, 0, ENOSYS),
    "no-filter": lambda: forbid(PRCTL, PR_SET_SECCOMP, EPERM),
    "nobody": become_nobody,
}


def main():
    end = sys.argv.index("--")
    for name in sys.argv[1:end]:
        RESTRICTIONS[name]()
    os.execv(sys.argv[end + 1], sys.argv[end + 1:])


if __name__ == "__main__":
    main()
