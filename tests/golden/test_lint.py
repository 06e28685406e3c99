#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every rule of lint is found in some golden case, and no rule finds anything in the good VMs and the samples.

The rules are taken from docs/lint.md, which docgen writes from the table.
"""

import argparse
import json
import pathlib
import re
import subprocess
import sys
import unittest

GOLDEN = pathlib.Path(__file__).resolve().parent
ROOT = GOLDEN.parents[1]
CASES = GOLDEN / "cases/lint"
BINARY = ROOT / "build/launchsec"
# The reader's own and the core's, which have no row.
OTHERS = {"file", "annotations", "apply", "hook-json"}


def rules():
    """Triples of a rule's id, its place and what it wants, one for each row."""
    text = (ROOT / "docs/lint.md").read_text(encoding="utf-8")
    return re.findall(r"^\| `([\w-]+)` \|(?:[^|]*\|){3} `([^`]*)` \| (.*) \|$", text, re.M)


def lint(*arguments):
    """The findings of each object, by its name."""
    done = subprocess.run([BINARY, "lint", "--format", "json", *arguments], capture_output=True, text=True,
                          env={"LC_ALL": "C"}, timeout=60, check=False)
    found = json.loads(done.stdout)
    assert done.returncode == (3 if found["errors"] else 0), done
    return {(item["object"] or "/file").rpartition("/")[2]: item["findings"] for item in found["objects"]}


class Lint(unittest.TestCase):
    def test_each_row_is_told(self):
        told = "".join(path.read_text(encoding="utf-8") for path in CASES.glob("*.err"))
        self.assertGreater(len(rules()), 40)
        for rule, place, want in rules():
            with self.subTest(rule=rule, place=place):
                self.assertIn(f"; want {want}", told)

    def test_each_finding_has_a_rule(self):
        known = {rule for rule, _, _ in rules()} | OTHERS
        for path in sorted((GOLDEN / "inputs/lint").glob("*.yaml")):
            for name, findings in lint(path).items():
                with self.subTest(path=path, name=name):
                    self.assertLessEqual({finding["rule"] for finding in findings}, known)

    def test_named_after_what_is_found(self):
        """An object whose name begins with a rule's has such a finding; a good one has none."""
        ids = sorted({rule for rule, _, _ in rules()} | {"hook-json"}, key=len, reverse=True)
        for path in sorted((GOLDEN / "inputs/lint").glob("*.yaml")):
            for version in ("1.8", "1.9"):
                for name, findings in lint("--kubevirt", version, path).items():
                    found = {finding["rule"] for finding in findings}
                    with self.subTest(path=path, name=name, version=version):
                        if name.startswith("good") and path.stem != "hooks":
                            self.assertEqual(found, set())
                        wanted = next((rule for rule in ids if name.startswith(rule)), None)
                        if wanted and (wanted, version) not in (("secure-boot-tdx", "1.9"), ("hook-plugins", "1.8")) \
                                and name != "secure-boot-with-smm":
                            self.assertIn(wanted, found)

    def test_samples(self):
        """Each sample is clean for every version of KubeVirt that it is for."""
        versions = {"-before-1.7": ("1.5", "1.6"), "-snp": ("1.7", "1.8"), "-tdx": ("1.8",)}
        for path in sorted((ROOT / "deploy/samples").glob("*.yaml")):
            end = next(end for end in versions if path.stem.endswith(end))
            plugin = path.name.startswith("plugin")
            for version in ("1.9",) if plugin else versions[end]:
                with self.subTest(path=path, version=version):
                    (findings,) = lint("--kubevirt", version, *(["--plugin"] if plugin else []), path).values()
                    self.assertEqual(findings, [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", type=pathlib.Path, default=BINARY)
    given, rest = parser.parse_known_args()
    BINARY = given.binary.resolve()
    unittest.main(argv=[sys.argv[0], *rest])
