# SPDX-License-Identifier: Apache-2.0
"""What Kubernetes' own programs say of the manifests; only with run.py --kubernetes (make check-admission)."""

import copy
import json
import pathlib
import shutil
import subprocess
import tempfile
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


class Kustomize(unittest.TestCase):
    """kubectl's own kustomize."""

    def made(self, folder, change=None):
        """The objects of a kustomization below deploy/, by kind; `change` is the replacement of texts in it."""
        with tempfile.TemporaryDirectory() as copied:
            shutil.copytree(support.ROOT / "deploy", f"{copied}/deploy")
            file = pathlib.Path(copied) / "deploy" / folder / "kustomization.yaml"
            text = file.read_text(encoding="utf-8")
            for old, new in (change or {}).items():
                self.assertIn(old, text)
                text = text.replace(old, new)
            file.write_text(text, encoding="utf-8")
            made = kubernetes.kustomize(support.KUBERNETES, copied, f"deploy/{folder}")
        return {one["kind"]: one for one in support.yaml.load_all(made, support.Loader)}

    def test_every_kustomization(self):
        for path in support.yaml_files():
            if path.name == "kustomization.yaml" and path.is_relative_to(support.ROOT / "deploy"):
                (one,) = support.documents(path)
                if one["kind"] == "Kustomization":
                    self.assertTrue(self.made(path.parent.relative_to(support.ROOT / "deploy")), path)

    def test_one_place_for_what_differs(self):
        made = self.made("overlay", {"value: kubevirt\n": "value: openshift-cnv\n", "registry.example/launchsec:0.1.0": "r/l@sha256:00",
                                     "LAUNCHSEC_FORBID: allow-debug": 'LAUNCHSEC_SEV_SNP_CBITPOS: "51"'})
        for kind in "ConfigMap", "DaemonSet", "ServiceAccount":
            self.assertEqual(made[kind]["metadata"]["namespace"], "openshift-cnv")
        self.assertEqual(made["MutatingAdmissionPolicyBinding"]["spec"]["paramRef"]["namespace"], "openshift-cnv")
        self.assertEqual(made["ConfigMap"]["data"], {"image": "r/l@sha256:00", "LAUNCHSEC_SEV_SNP_CBITPOS": "51"})
        (container,) = made["DaemonSet"]["spec"]["template"]["spec"]["containers"]
        self.assertEqual(container["image"], "r/l@sha256:00")
        self.assertNotIn("namespace", made["Plugin"]["metadata"])

    def test_metrics(self):
        for folder in "node-hook", "overlay":
            made = self.made(folder, {"resources:\n": "components: [../node-hook-metrics]\nresources:\n"})
            self.assertIn("--metrics-file", made["DaemonSet"]["spec"]["template"]["spec"]["containers"][0]["args"])

    def test_gates_of_hco(self):
        """Whichever version the resource has; one that has the annotation is left alone, with an error."""
        key = "kubevirt.kubevirt.io/jsonpatch"
        for version, annotations, good in ("v1", {}, True), ("v1beta1", {"a": "b"}, True), ("v1", {key: "[]"}, False):
            with tempfile.TemporaryDirectory() as folder, self.subTest(version=version, annotations=annotations):
                shutil.copytree(support.ROOT / "deploy/hyperconverged/plugin", f"{folder}/gates")
                resource = {"apiVersion": f"hco.kubevirt.io/{version}", "kind": "HyperConverged", "metadata": {
                    "name": "kubevirt-hyperconverged", "annotations": annotations}, "spec": {}}
                own = {"resources": ["hco.yaml"], "components": ["gates"]}
                for name, content in ("hco.yaml", resource), ("kustomization.yaml", own):
                    (pathlib.Path(folder) / name).write_text(json.dumps(content), encoding="utf-8")
                try:
                    made = support.yaml.load(kubernetes.kustomize(support.KUBERNETES, folder, "."), support.Loader)
                except subprocess.CalledProcessError as error:
                    self.assertFalse(good, error.stderr)
                    self.assertIn("test failed", error.stderr)
                    continue
                self.assertTrue(good)
                self.assertEqual(made["apiVersion"], resource["apiVersion"])
                self.assertEqual(len(json.loads(made["metadata"]["annotations"][key])), 3)
