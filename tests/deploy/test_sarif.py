# SPDX-License-Identifier: Apache-2.0
"""What lint prints in SARIF, against the schema of OASIS, which an npm package of Microsoft's brings along."""

import json
import subprocess
import unittest

import jsonschema
import support


class Sarif(unittest.TestCase):
    def test_schema(self):
        schema = json.loads((support.package("@microsoft/jest-sarif") / "lib/schemas/sarif-2.1.0-rtm.5.json").read_text())
        validator = jsonschema.validators.validator_for(schema)(schema, format_checker=jsonschema.FormatChecker())
        manifests = support.ROOT / "tests/golden/inputs/lint"
        done = subprocess.run([support.BINARY, "lint", "--ignore", "tpm", "--format", "sarif", manifests],
                              capture_output=True, timeout=support.TIMEOUT, check=False)
        log = json.loads(done.stdout)
        self.assertGreater(len(log["runs"][0]["results"]), 200)
        self.assertTrue(any("suppressions" in result for result in log["runs"][0]["results"]))
        self.assertEqual([error.message for error in validator.iter_errors(log)], [])
        log["runs"][0]["results"][0]["level"] = "fatal"
        self.assertEqual(len(list(validator.iter_errors(log))), 1)
