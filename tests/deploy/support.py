# SPDX-License-Identifier: Apache-2.0
"""What the tests share: the program, the manifests, packages from npm, and CEL."""

import base64
import copy
import functools
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tarfile

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ["LSEC_TEST_BUILD"])
BINARY = pathlib.Path(os.environ["LSEC_TEST_BINARY"])
STATIC = BUILD / "static/launchsec"
CAPTURES = ROOT / "tests/golden/captures"
PREFIX = "launchsecurity.vm.kubevirt.io/"
TIMEOUT = 300  # seconds for one command

sys.path.insert(0, str(ROOT / "tests/golden"))
import prefixes  # noqa: E402, F401

import kubernetes  # noqa: E402

# Where Kubernetes' own programs are, if they are asked for: make check-admission.
KUBERNETES = pathlib.Path(os.environ["LSEC_TEST_KUBERNETES"]) if "LSEC_TEST_KUBERNETES" in os.environ else None


def run(*argv, **options):
    """A finished process, its output as text."""
    return subprocess.run([str(argument) for argument in argv], stdin=options.pop("stdin", subprocess.DEVNULL),
                          capture_output=True, text=True, check=False, timeout=TIMEOUT, **options)


def output(*argv, **options):
    done = run(*argv, **options)
    if done.returncode:
        raise RuntimeError(f"{argv[0]} ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


class Loader(yaml.SafeLoader):
    """YAML as Kubernetes reads it: a key may not be there twice, and dates stay text."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.YAMLError(f"a key twice: {keys} {node.start_mark}")
        return super().construct_mapping(node, deep=deep)


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@functools.cache
def read(path):
    return list(yaml.load_all(path.read_text(encoding="utf-8"), Loader))  # a SafeLoader


def documents(path):
    return copy.deepcopy(read(path))


def yaml_files():
    return sorted([*(ROOT / "deploy").rglob("*.yaml"), *(ROOT / "configmaps").rglob("*.yaml"),
                   *(ROOT / "docs/examples").rglob("*.yaml")])


def manifests():
    """(path, object) of everything that is for a cluster, the ConfigMaps that are made included."""
    made = [BUILD / "configmaps/launchsec.yaml", BUILD / "configmaps/launchsec-config.yaml"]
    return [(path, one) for path in [*yaml_files(), *made] for one in documents(path)
            if isinstance(one, dict) and one["kind"] not in ("Kustomization", "Component")]


def manifest(kind, name):
    found = [one for _, one in manifests() if (one["kind"], one["metadata"]["name"]) == (kind, name)]
    if len(found) != 1:
        raise RuntimeError(f"{len(found)} manifests of kind {kind} and name {name}")
    return found[0]


def version():
    text = (ROOT / "include/launchsec/version.h").read_text(encoding="utf-8")
    return re.search(r'^#define LAUNCHSEC_VERSION "([^"]+)"', text, re.M)[1]


def samples():
    """(path, VirtualMachine) of every sample."""
    return [(path, documents(path)[0]) for path in sorted((ROOT / "deploy/samples").glob("*.yaml"))]


@functools.cache
def annotations():
    """What the program says of each annotation, by its key without prefix."""
    listed = json.loads(output(BINARY, "annotations", "--format", "json"))
    return {entry["key"].removeprefix(PREFIX): entry for entry in listed}


@functools.cache
def package(name):
    """The folder of an npm package, of the version and content that packages.json pins; no script of it runs."""
    pinned = json.loads((ROOT / "tests/deploy/packages.json").read_text(encoding="utf-8"))[name]
    where = BUILD / "npm" / name / pinned["version"]
    if not where.exists():
        where.parent.mkdir(parents=True, exist_ok=True)
        tarball = pathlib.Path(where.parent / output("npm", "pack", "--silent", "--pack-destination", where.parent,
                                                     f"{name}@{pinned['version']}").strip())
        digest = "sha512-" + base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
        if digest != pinned["integrity"]:
            raise RuntimeError(f"{name} {pinned['version']} is not what packages.json pins: {digest}")
        with tarfile.open(tarball) as archive:
            archive.extractall(where.with_suffix(".new"))
        where.with_suffix(".new").rename(where)
    return where / "package"


def cel(tasks, compared=True):
    """The answers of cel.mjs; unless not `compared`, with Kubernetes' own admission plugins at hand, they must say the same."""
    done = subprocess.run(["node", ROOT / "tests/deploy/cel.mjs", package("@marcbachmann/cel-js") / "lib/index.js"],
                          input=json.dumps({"tasks": tasks}), capture_output=True, text=True, check=True,
                          timeout=TIMEOUT)
    answers = json.loads(done.stdout)
    if KUBERNETES and compared:
        compare(tasks, answers)
    return answers


def words(message):
    return sorted(re.split(r"[ ,.;:]+", message))


def compare(tasks, found):
    """Hold what cel.mjs found against what Kubernetes does."""
    asked = [(task, answer) for task, answer in zip(tasks, found) if "expression" not in task and "error" not in answer]
    for (task, answer), real in zip(asked, kubernetes.answers(KUBERNETES, [task for task, _ in asked])):
        wanted = "; ".join(answer.get("denied", []))
        # Go's maps have no order, so keys of the same kind have none in a message; which are cut off is by chance then.
        same = words(real["denied"]) == words(wanted) or len(wanted) == len(real["denied"]) > 4900
        if "error" in real or not same:
            raise AssertionError(f"Kubernetes: {real}\ncel.mjs: {wanted}\n{json.dumps(task['object'])}")
        if "patches" in answer and real["object"] == task["object"]:
            raise AssertionError(f"Kubernetes does not change {json.dumps(task['object'])}")
