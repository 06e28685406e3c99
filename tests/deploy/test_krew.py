# SPDX-License-Identifier: Apache-2.0
"""The template of krew's manifest, filled in, has what krew demands (its pkg/index/validation)."""

import re
import unittest

import yaml

import support

MARKS = {"VERSION": "0.1.0", "HOMEPAGE": "https://example.com/launchsec",
         "URI": "https://example.com/launchsec-0.1.0-linux-amd64.tar.gz", "SHA256": "0" * 64}


class Krew(unittest.TestCase):
    def test_template(self):
        text = (support.ROOT / "deploy/krew/launchsec.yaml.in").read_text(encoding="utf-8")
        self.assertEqual(set(re.findall(r"@(\w+)@", text)), set(MARKS))
        made = yaml.safe_load(re.sub(r"@(\w+)@", lambda mark: MARKS[mark[1]], text))
        self.assertEqual((made["apiVersion"], made["kind"]), ("krew.googlecontainertools.github.com/v1alpha2", "Plugin"))
        spec = made["spec"]
        self.assertRegex(spec["version"], r"^v\d+\.\d+\.\d+$")
        self.assertLessEqual(len(spec["shortDescription"]), 50)
        for platform in spec["platforms"]:
            self.assertRegex(platform["sha256"], r"^[0-9a-f]{64}$")
            self.assertIn(platform["bin"], [file["from"] for file in platform["files"]])
            self.assertIn("LICENSE", [file["from"] for file in platform["files"]])
