# SPDX-License-Identifier: Apache-2.0
"""What Kubernetes' own programs say of the manifests; only with run.py --kubernetes (make check-admission)."""

import copy
import json
import unittest

import kubernetes
import support

POLICIES = ("launchsec-annotations", "launchsec-hook")


def load_tests(loader, tests, _):
    return tests if support.KUBERNETES else loader.suiteClass()


class Types(unittest.TestCase):
    def warnings(self, spec):
        (answer,) = kubernetes.answers(support.KUBERNETES, [{"types": spec}])
        return answer.get("warnings", [])

    def test_policies_have_no_warnings(self):
        for name in POLICIES:
            self.assertEqual(self.warnings(support.manifest("ValidatingAdmissionPolicy", name)["spec"]), [])

    def test_the_checker_has_types(self):
        """It would warn: of a field that no VM has; of nothing where versions have no name."""
        spec = support.manifest("ValidatingAdmissionPolicy", "launchsec-hook")["spec"]
        spec["validations"][0]["expression"] = "object.spec.temlate == null"
        self.assertIn("undefined field 'temlate'", "".join(self.warnings(spec)))
        for rule in spec["matchConstraints"]["resourceRules"]:
            rule["apiVersions"] = ["*"]
        self.assertEqual(self.warnings(spec), [])


class Cost(unittest.TestCase):
    def test_the_longest_values(self):
        """Kubernetes ends expressions that cost too much, and refuses the VM then."""
        prefix = support.PREFIX
        many = {f"example.com/{number}-launch-security-kubevirt": "x" * 200 for number in range(500)}
        values = {"initdata": "x" * 200000, "oem-strings": "[" + "x" * 60000, "host-data": "sha256-of:" + "x" * 60000,
                  "id-block": "G" * 128, "id-auth": "0x" + "0" * 8192, "policy": "smt,cxl", "bind": "sha384-of:" + "x" * 60000}
        annotations = {prefix + key: value for key, value in values.items()} | {prefix + "type": "sev-snp"} | many
        one = {"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": {"name": "vm"}, "spec": {"template": {
            "metadata": {"annotations": annotations, "labels": many}, "spec": {"domain": {}}}}}
        old = copy.deepcopy(one)
        del old["spec"]["template"]["metadata"]["annotations"][prefix + "type"]
        for name in POLICIES:
            spec = support.manifest("ValidatingAdmissionPolicy", name)["spec"]
            for answer in kubernetes.answers(support.KUBERNETES, [{"policy": spec, "object": one},
                                                                  {"policy": spec, "object": one, "old": old}]):
                self.assertNotIn("error", answer)
                self.assertNotIn("cost", json.dumps(answer))
