# SPDX-License-Identifier: Apache-2.0
"""The ConfigMaps hold what they should, and fit."""

import base64
import json
import pathlib
import tempfile
import unittest

import support

WRITE = support.ROOT / "configmaps/write"
LIMIT = 1024 * 1024


class ConfigMaps(unittest.TestCase):
    def test_program(self):
        made = support.manifest("ConfigMap", "launchsec")
        self.assertEqual(base64.b64decode(made["binaryData"]["onDefineDomain"]), support.STATIC.read_bytes())
        self.assertEqual(set(made["binaryData"]), {"onDefineDomain"})
        self.assertNotIn("data", made)

    def test_config(self):
        made = support.manifest("ConfigMap", "launchsec-config")
        text = (support.ROOT / "configmaps/config.json").read_text(encoding="utf-8")
        self.assertEqual(made["data"], {"config.json": text})
        for tee in ("sev-snp", "tdx"):
            done = support.run(support.BINARY, "apply", "--check", "--config", support.ROOT / "configmaps/config.json",
                               "--domain", support.CAPTURES / "efi-plain.domain.xml", "--set", f"type={tee}")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_kustomize_takes_the_same_files(self):
        (own,) = support.documents(support.ROOT / "configmaps/kustomization.yaml")
        for generated in own["configMapGenerator"]:
            made = support.manifest("ConfigMap", generated["name"])
            self.assertEqual(generated["files"], list(made.get("data", {}) | made.get("binaryData", {})))
            self.assertEqual(made["metadata"]["labels"], own["generatorOptions"]["labels"])
            for name in generated["files"]:
                self.assertTrue((support.BUILD / "configmaps" / name).exists(), name)
        self.assertTrue(own["generatorOptions"]["disableNameSuffixHash"])

    def test_below_a_mebibyte(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "file"
            for size, status in ((LIMIT - 4, 0), (LIMIT - 3, 1)):
                file.write_bytes(b"\xff" * size)
                done = support.run(WRITE, "name", f"key={file}")
                self.assertEqual(done.returncode, status, size)
                self.assertEqual(done.stdout == "", status == 1)

    def test_text_and_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder) / "file"
            for content in (b"", b"a", b"a\n", b"a\n\nb: c\n", b"  #\n", b"a \n", b"\xff\n", b"\0"):
                file.write_bytes(content)
                made = support.yaml.load(support.output(WRITE, "name", f"key={file}"), support.Loader)
                found = made.get("data", {}).get("key", "").encode() or base64.b64decode(
                    made.get("binaryData", {}).get("key", ""))
                self.assertEqual(found, content, json.dumps(made))

    def test_usage(self):
        for arguments in ((), ("name",), ("Name", "key=/dev/null"), ("na.me", "key=/dev/null"), ("name", "k y=/x")):
            done = support.run(WRITE, *arguments)
            self.assertEqual((done.returncode, done.stdout), (1, ""), arguments)
