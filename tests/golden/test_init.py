#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `launchsec init` makes of every TEE, form and manifest passes `lint`, and is changed where it has to be only.

Twice is once. Every line of a manifest is still there, in order, but for those whose value was replaced. Read by another
reader of YAML (PyYAML), the result is the manifest with the values that standard error names. The samples of deploy/samples
are what init makes without a manifest.
"""

import argparse
import copy
import itertools
import json
import pathlib
import re
import subprocess
import sys

import yaml

GOLDEN = pathlib.Path(__file__).resolve().parent
SAMPLES = GOLDEN.parents[1] / "deploy/samples"
HOOK = "hooks.kubevirt.io/hookSidecars"
TEES = ("sev-snp", "tdx", "auto")
FORMS = ("configmap", "image", "plugin")
MANIFESTS = ("commented", "bare", "empty-values", "pool", "instancetype", "windows")
# Keys below which values may be replaced.
REPLACED = re.compile(rb"\s*(evictionStrategy|secureBoot|persistent|annotations|firmware|launchSecurity|cpu):")
CHANGE = re.compile(r"^launchsec: changed: (\S+) = (.*) \([^()]*\)$", re.M)
TIMEOUT = 60  # seconds for one run of the program


class Tests:
    def __init__(self, binary):
        self.binary, self.passed, self.failed = binary, 0, 0

    def that(self, good, what, detail=""):
        self.passed += bool(good)
        self.failed += not good
        if not good:
            print(f"FAIL {what}\n{detail}")

    def run(self, *arguments, stdin=None):
        return subprocess.run([self.binary, *arguments], input=stdin, capture_output=True, timeout=TIMEOUT, check=False)

    def lint(self, what, text, version, options, strict):
        arguments = ["--strict"] if strict else []
        arguments += ["--plugin"] if "plugin" in options else []
        done = self.run("lint", "--kubevirt", version, *arguments, "-", stdin=text)
        self.that(done.returncode == 0, f"{what}: lint refuses it", done.stderr.decode())


def document(text):
    """The one VM of a text, as another reader of YAML reads it."""
    (found,) = [one for one in yaml.safe_load_all(text) if one and one["kind"].startswith("VirtualMachine")]
    return found


def put(value, path, found):
    """Sets a path of a VM. What follows annotations or nodeSelector is one name, with dots in it."""
    where, named, name = re.fullmatch(r"(.*?)(?:(annotations|nodeSelector)\.(.*))?", path).groups()
    *parents, last = [*where.strip(".").split("."), named, name] if named else where.split(".")
    for key in parents:
        if value.get(key) is None:
            value[key] = {}
        value = value[key]
    value[last] = yaml.safe_load(found)


def told(done, options):
    """The lines of standard error, without the warning of auto, whose text is golden."""
    lines = done.stderr.decode().splitlines()
    return [line for line in lines if "auto" not in options or not line.startswith("launchsec: warning: --tee: auto ")]


def check_manifest(tests, name, options):
    text = (GOLDEN / f"inputs/init/{name}.yaml").read_bytes()
    what = f"init {' '.join(options)} {name}"
    done = tests.run("init", *options, "-", stdin=text)
    tests.that(done.returncode == 0, f"{what}: status {done.returncode}", done.stderr.decode())
    if done.returncode:
        return
    again = tests.run("init", *options, "-", stdin=done.stdout)
    tests.that(again.stdout == done.stdout and told(again, options) == ["launchsec: nothing to change"], f"{what}: twice is not once",
               again.stderr.decode())
    # What auto or an instancetype leaves open is told as a warning.
    tests.lint(what, done.stdout, "1.9", options, False)
    lines = iter(done.stdout.splitlines())
    kept = [line for line in text.splitlines() if not REPLACED.match(line)]
    lost = [line for line in kept if line not in lines]  # moves on in `lines`: the order counts
    tests.that(not lost, f"{what}: lines are gone", repr(lost))
    wanted = copy.deepcopy(document(text))
    for path, value in CHANGE.findall(done.stderr.decode()):
        put(wanted, path, value)
    tests.that(document(done.stdout) == wanted, f"{what}: other changes than told", done.stdout.decode())


def paths_of(value, path=()):
    """The paths of all objects in a value, and of the members of those."""
    for key in value if isinstance(value, dict) else ():
        yield (*path, key)
        yield from paths_of(value[key], (*path, key))


def check_types(tests, options):
    """A value of any other type in any place is left alone, or refused."""
    whole = document(tests.run("init", *options).stdout)
    for path in paths_of(whole):
        for other in (None, True, 7, "text", [], ["text"], {}, {"text": "text"}):
            changed = copy.deepcopy(whole)
            value = changed
            for key in path[:-1]:
                value = value[key]
            value[path[-1]] = other
            done = tests.run("init", *options, "-", stdin=yaml.safe_dump(changed).encode())
            what = f"init {' '.join(options)}, {'.'.join(path)} is {other!r}"
            tests.that(done.returncode in (0, 3), f"{what}: status {done.returncode}", done.stderr.decode())


def check_sample(tests, options, version):
    what = f"init {' '.join(options)}, for {version}"
    done = tests.run("init", *options, "--kubevirt", version)
    tests.that(done.returncode == 0 and not told(done, options), what, done.stderr.decode())
    if done.returncode == 0:
        # Of auto, and of a preference, lint cannot tell where launchSecurity comes from.
        tests.lint(what, done.stdout, version, options, "auto" not in options and "--preference" not in options)
    return done.stdout


def check_as_deployed(tests, path):
    """The sample is what init makes, without the owner's own digest, and with a CPU model for SEV-SNP."""
    form, tee = path.stem.split("-")[:2]
    version = "1.6" if "before" in path.stem else "1.9"
    wanted = yaml.safe_load(path.read_text(encoding="utf-8"))
    options = ("--tee", "sev-snp" if tee == "snp" else tee, "--form", form)
    found = document(check_sample(tests, options, version))
    annotations = wanted["spec"]["template"]["metadata"]["annotations"]
    for key in [key for key in annotations if key.endswith(("host-data", "mr-config-id"))]:
        del annotations[key]
    for one in (wanted, found):
        held = one["spec"]["template"]["metadata"]["annotations"]
        if HOOK in held:
            held[HOOK] = json.loads(held[HOOK])
    wanted["metadata"]["name"] = found["metadata"]["name"]
    if tee == "snp":
        wanted["spec"]["template"]["spec"]["domain"]["cpu"]["model"] = "EPYC-Genoa" if version == "1.6" else "EPYC-Milan-v2"
    tests.that(found == wanted, f"{path.name} is not what init makes", f"{found}\n{wanted}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the program")
    tests = Tests(parser.parse_args().binary.resolve())
    for tee, form, preference in itertools.product(TEES, FORMS, ((), ("--preference",))):
        options = ("--tee", tee, "--form", form, *preference)
        versions = ("1.9",) if preference or form == "plugin" else ("1.8", "1.9") if tee == "tdx" else ("1.5", "1.7", "1.9")
        for version in versions:
            check_sample(tests, options, version)
        for name in MANIFESTS:
            if not (preference and name == "bare"):  # a VMI has no preference
                check_manifest(tests, name, options)
    for options in (("--tee", "sev-snp", "--form", "configmap"), ("--tee", "tdx", "--form", "plugin", "--preference")):
        check_types(tests, options)
    samples = sorted(SAMPLES.glob("*.yaml"))
    tests.that(len(samples) >= 8, "samples are missing")
    for path in samples:
        check_as_deployed(tests, path)
    print(f"init: {tests.passed} passed, {tests.failed} failed")
    return 1 if tests.failed else 0


if __name__ == "__main__":
    sys.exit(main())
