#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mistyped prefixes are refused, other parties' keys are not, and the conditions in deploy/ send whatever is refused.

The conditions' expressions are taken out of the manifests and evaluated here as regular expressions; their CEL is
tested in tests/deploy.
"""

import json
import pathlib
import re
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
import prefixes  # noqa: E402
from program import BINARY  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DOMAIN = (ROOT / "tests/golden/captures/efi-plain.domain.xml").read_text(encoding="utf-8")
CONDITIONS = ("plugin/plugin.yaml", "plugin/inject.yaml", "node-hook-plugin/plugin.yaml", "policies/hook/policy.yaml")
REFUSED = [*prefixes.one_letter(), *prefixes.NEAR, *prefixes.FAR]


def run(*arguments):
    return subprocess.run([BINARY, *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=60, check=False)


def hook(**metadata):
    """The program's verdict on a VMI."""
    vmi = {"kind": "VirtualMachineInstance", "metadata": {"name": "vm", **metadata}, "spec": {"domain": {}}}
    return run("on-define-domain", "--vmi", json.dumps(vmi), "--domain", DOMAIN)


def condition(name):
    """The part of a manifest's CEL that looks at one key, as text in one line."""
    text = " ".join((ROOT / "deploy" / name).read_text(encoding="utf-8").split())
    found = re.findall(r"keys\.exists\(key, (\[.*?\]\.?\s*\.filter\(part, .*?\)\.size\(\) > 1\))", text)
    if len(found) != 1:
        raise AssertionError(f"{len(found)} conditions in {name}")
    return found[0]


def sends(key):
    parts = re.findall(r'"([^"]+)"', condition(CONDITIONS[0]))
    return sum(re.search(part, key) is not None for part in parts) > 1


class Prefixes(unittest.TestCase):
    def test_lists(self):
        self.assertGreater(len(prefixes.one_letter()), 100)
        every = [*REFUSED, *prefixes.FOREIGN, *prefixes.SHARED]
        self.assertEqual(len(every), len(set(every)))

    def test_one_condition(self):
        self.assertEqual({condition(name) for name in CONDITIONS}, {condition(CONDITIONS[0])})
        self.assertEqual(len(re.findall(r'"([^"]+)"', condition(CONDITIONS[0]))), 4)

    def test_refused_as_annotations(self):
        for key in REFUSED:
            with self.subTest(key=key):
                done = hook(annotations={key: "sev-snp"})
                self.assertEqual((done.returncode, done.stdout), (3, ""))
                self.assertEqual(len(done.stderr.splitlines()), 1)
                self.assertIn(f"unknown key; did you mean {prefixes.PREFIX}"
                              if key.lower().endswith("/type") and key not in prefixes.one_letter()
                              else "unknown key; did you mean ", done.stderr)

    def test_refused_as_labels_and_without_a_value(self):
        for key in (*REFUSED[::7], *prefixes.NEAR):
            with self.subTest(key=key):
                self.assertEqual(hook(labels={key: "sev-snp"}).returncode, 3)
                self.assertEqual(hook(annotations={key: None}).returncode, 3)

    def test_others_are_left_alone(self):
        keys = dict.fromkeys([*prefixes.FOREIGN, *prefixes.SHARED], "x")
        done = hook(annotations=keys, labels=keys)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertEqual(done.stdout, DOMAIN)

    def test_nothing_at_all_is_left_alone(self):
        for metadata in ({}, {"annotations": None, "labels": None}, {"annotations": {}, "labels": {}}):
            self.assertEqual(hook(**metadata).stdout, DOMAIN)

    def test_whatever_is_refused_is_sent(self):
        self.assertEqual([key for key in (*prefixes.one_letter(), *prefixes.NEAR) if not sends(key)], [])
        self.assertTrue(sends(prefixes.PREFIX + "anything"))

    def test_others_are_not_sent(self):
        self.assertEqual([key for key in prefixes.FOREIGN if sends(key)], [])

    def test_long_keys(self):
        for key in ("x" * 100000, "launchsecurity" + "x" * 100000 + "kubevirt", "launch" * 50 + "security.kubevirt/type"):
            self.assertEqual(hook(annotations={key[:100000]: "x"}).returncode, 0)


if __name__ == "__main__":
    unittest.main()
