# SPDX-License-Identifier: Apache-2.0
"""Kubernetes' own admission plugins and kubectl, from the packages of Debian sid: no other Debian has them so new.

prepare() installs sid into a folder, as tests/libvirt does for libvirt, and compiles admission/main.go there; both are
kept until they change or `make clean`.
"""

import json
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "libvirt"))
import sandbox  # noqa: E402

RECIPE = sandbox.Recipe("kubernetes", "sid", packages=("golang-go", "golang-k8s-apiserver-dev", "kubectl"))
SOURCE = HERE / "admission/main.go"
TIMEOUT = 1800  # seconds to compile Kubernetes' packages on a busy machine
BUILD = "cd /src && CGO_ENABLED=0 GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE=/var/cache/go go build -o admission ."


def inside(root, *argv, **options):
    """Run a command in the sandbox, in mount and process namespaces of its own."""
    return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={root}/proc", "chroot",
                           str(root), *argv], check=True, capture_output=True, text=True, timeout=TIMEOUT,
                          env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": "/root", "LC_ALL": "C"}, **options)


def prepare(folder):
    """The sandbox below `folder`, made if it is not there, with the program compiled."""
    ((root, _),) = sandbox.make_roots(folder, [RECIPE])
    source = root / "src/main.go"
    if not source.exists() or source.read_bytes() != SOURCE.read_bytes():
        (root / "src").mkdir(exist_ok=True)
        shutil.copy(SOURCE, root / "src/new.go")
        try:
            (root / "src/new.go").rename(source)
            inside(root, "sh", "-c", BUILD)
        except subprocess.SubprocessError as error:
            source.unlink()
            raise RuntimeError(f"{SOURCE} does not compile:\n{getattr(error, 'stderr', '')}") from error
    return root


def answers(root, tasks):
    """What admission/main.go says of each task."""
    done = subprocess.run([root / "src/admission"], input=json.dumps({"tasks": tasks}), capture_output=True, text=True,
                          check=False, timeout=TIMEOUT)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def kustomize(root, source, folder):
    """What kubectl makes of the kustomization `source`/`folder`; its files are copied into the sandbox."""
    copied = root / "src/tree"
    shutil.rmtree(copied, ignore_errors=True)
    shutil.copytree(source, copied)
    return inside(root, "kubectl", "kustomize", f"/src/tree/{folder}").stdout
