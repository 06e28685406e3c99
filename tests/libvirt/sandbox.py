# SPDX-License-Identifier: Apache-2.0
"""Debian systems of our own with libvirt and QEMU in them.

make_root() installs one into a folder with debootstrap and apt; it is kept for the next run, until its recipe changes
or `make clean`. Sandbox runs libvirtd in it: in mount, process and network namespaces of its own, with tmpfs over
every folder that libvirt writes to. So the folder stays as installed, nobody sees another libvirt than his own, no
mount is seen outside, and when the first process of the namespace ends, whatever the reason, the kernel ends the rest.
That process ends when this one does, since it reads from a pipe of this one's; an installation is killed then.
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import threading
from dataclasses import dataclass

HERE = pathlib.Path(__file__).resolve().parent
DEFAULT_MIRROR = "http://deb.debian.org/debian"
PACKAGES = ("libvirt-daemon", "libvirt-daemon-driver-qemu", "libvirt-clients", "qemu-system-x86")
SOCKET = "run/libvirt/libvirt-sock"
NEEDED = ("debootstrap", "unshare", "nsenter", "setpriv", "chroot")
TIMEOUT = 120  # seconds for one command in a sandbox
QUIET_LINES = 15  # of a failed installation's output


class SandboxError(Exception):
    """There is no sandbox; the text says what is missing."""


@dataclass(frozen=True)
class Recipe:
    """What a sandbox is made of.

    suite     of Debian, which debootstrap installs
    extra     the suite that `packages` and `more` come from, where it is another one
    more      packages besides `packages`
    flags     capabilities that libvirt is made to believe QEMU has here
    """

    name: str
    suite: str
    extra: str = ""
    more: tuple = ()
    flags: tuple = ()
    packages: tuple = PACKAGES


def check_machine():
    """Raise SandboxError where this machine cannot have sandboxes."""
    if os.geteuid() != 0:
        raise SandboxError("the sandboxes need root: debootstrap and namespaces do")
    missing = [name for name in NEEDED if not shutil.which(name, path=search_path())]
    if missing:
        raise SandboxError(f"not installed: {', '.join(missing)}; on Debian: apt-get install debootstrap util-linux")
    if not os.access("/dev/kvm", os.R_OK | os.W_OK):
        raise SandboxError("there is no /dev/kvm, without which libvirt takes no domain of type kvm")


def search_path():
    """PATH with the folders where root's programs are."""
    return os.environ.get("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin"


def mirror():
    """The Debian mirror that this machine's apt uses."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        if line.startswith("http") and line.rstrip("/").endswith("/debian"):
            return line.rstrip("/")
    return DEFAULT_MIRROR


# -- making one -------------------------------------------------------------------------------------------------------


def make_root(folder, recipe):
    """Install RECIPE at FOLDER/<name> unless it is there; return that path and whether it was made now."""
    root, stamp = folder / recipe.name, folder / f"{recipe.name}.recipe"
    script = HERE / "make-root"
    text = f"{recipe.suite} {recipe.extra} {' '.join(recipe.packages + recipe.more)}\n{script.read_text(encoding='utf-8')}"
    if root.is_dir() and stamp.is_file() and stamp.read_text(encoding="utf-8") == text:
        return root, False
    stamp.unlink(missing_ok=True)
    unfinished = folder / f"{recipe.name}.unfinished"
    for old in (root, unfinished):
        if old.exists():
            shutil.rmtree(old)
    source = mirror()
    command = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
    command += ["--mount-proc", script, unfinished, source, recipe.suite, recipe.extra or recipe.suite]
    command += [*recipe.packages, *recipe.more]
    run_installation(command, folder / f"{recipe.name}.log", f"Debian {recipe.suite} from {source}")
    unfinished.rename(root)
    stamp.write_text(text, encoding="utf-8")
    return root, True


def run_installation(command, log, what):
    """Run COMMAND with its output in LOG; SandboxError with the end of it if that fails."""
    environment = {"PATH": search_path(), "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    environment |= {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    with open(log, "wb") as output, subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=environment
    ) as process:
        try:
            status = process.wait()
        except BaseException:
            process.kill()
            raise
    if status != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-QUIET_LINES:]
        raise SandboxError(
            f"{what} could not be installed (is the mirror reachable?); the last lines of {log}:\n"
            + "\n".join(f"    {line}" for line in lines)
        )


def make_roots(folder, recipes):
    """Make the roots of RECIPES at the same time; return (root, made now) of each, in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    results, errors = {}, []

    def make(recipe):
        try:
            results[recipe.name] = make_root(folder, recipe)
        except (SandboxError, OSError) as error:
            errors.append(f"{recipe.name}: {error}")

    with open(folder / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        threads = [threading.Thread(target=make, args=(recipe,), daemon=True) for recipe in recipes]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise SandboxError("\n".join(errors))
    return [results[recipe.name] for recipe in recipes]


# -- running one ------------------------------------------------------------------------------------------------------


class Sandbox:
    """libvirtd running at ROOT, with the firmware descriptors of the folder FIRMWARE and believing in the capabilities
    of RECIPE. A context manager."""

    def __init__(self, root, recipe, firmware):
        self.root, self.recipe, self.firmware = root, recipe, firmware
        self.process = self.first = None

    def __enter__(self):
        command = ["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", HERE / "run-libvirtd", self.root]
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            command + [self.firmware, *self.recipe.flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={"PATH": search_path(), "LC_ALL": "C"},
        )
        line = self.process.stdout.readline()
        if line != b"ready\n":
            self.__exit__()
            raise SandboxError(f"{self.recipe.name}: libvirtd did not start (it says why above)")
        self.first = first_child(self.process.pid)
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()

    def run(self, command, text=""):
        """Run COMMAND inside with TEXT as its standard input; return subprocess.CompletedProcess."""
        inside = ["nsenter", "--target", str(self.first), "--mount", "--pid", "--net", "--root", "--wd", "--", *command]
        return subprocess.run(
            inside,
            input=text.encode(),
            capture_output=True,
            env={"PATH": search_path(), "LC_ALL": "C", "HOME": "/tmp"},
            timeout=TIMEOUT,
            check=False,
        )

    def write(self, name, content):
        """Write the bytes CONTENT to the file NAME in the sandbox's /tmp."""
        (self.seen_from_outside() / "tmp" / name).write_bytes(content)

    def seen_from_outside(self):
        """The sandbox's root folder with all that is mounted in it."""
        return pathlib.Path(f"/proc/{self.first}/root")

    def socket(self):
        """The path of libvirtd's socket, for programs outside."""
        return self.seen_from_outside() / SOCKET


def first_child(pid):
    """The process that process PID has started."""
    return int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[0])
