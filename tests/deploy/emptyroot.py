# SPDX-License-Identifier: Apache-2.0
"""Run a program where there is nothing else: a root of its own, read-only, as a user without any privilege.

Needs root, which it gives up on the way: a mount namespace, the root bound read-only, chroot, then user and group 107,
no capabilities, and no way to get them back.
"""

import contextlib
import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile

USER = 107  # virt-launcher's
CLONE_NEWNS = 0x20000
MS_RDONLY, MS_REMOUNT, MS_BIND, MS_REC, MS_PRIVATE = 1, 32, 4096, 16384, 1 << 18
PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 24, 38
LIBC = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    if getattr(LIBC, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name}: {os.strerror(ctypes.get_errno())}")


def mount(source, target, flags):
    call("mount", os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None)


@contextlib.contextmanager
def folder(files, directories=()):
    """A root with `files`, source by absolute path, and `directories`, which the user may write into."""
    with tempfile.TemporaryDirectory(prefix="launchsec-root-") as name:
        root = pathlib.Path(name)
        root.chmod(0o755)
        for path, source in files.items():
            target = root / path.lstrip("/")
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
            target.chmod(0o755)
        for path in directories:
            (root / path.lstrip("/")).mkdir(parents=True, mode=0o777)
            (root / path.lstrip("/")).chmod(0o777)
        yield root


def enter(root, directories):
    """In the child: becomes the user in `root`, where only `directories` can be written to."""
    call("unshare", CLONE_NEWNS)
    mount("none", "/", MS_REC | MS_PRIVATE)
    mount(root, root, MS_BIND)
    for path in directories:
        inner = root / path.lstrip("/")
        mount(inner, inner, MS_BIND)
    mount("none", root, MS_REMOUNT | MS_BIND | MS_RDONLY)
    os.chroot(root)
    os.chdir("/")
    capability = 0
    while LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0:
        capability += 1
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


def start(root, argv, environment, directories=()):
    """A process; the program is looked up in the environment's PATH, inside."""
    return subprocess.Popen(argv, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, preexec_fn=lambda: enter(root, directories))
