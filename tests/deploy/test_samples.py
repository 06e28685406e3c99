# SPDX-License-Identifier: Apache-2.0
"""The samples are accepted by launchsec and by the policies, each on the domain that KubeVirt makes of it."""

import json
import re
import unittest

import support

HOOK = "hooks.kubevirt.io/hookSidecars"
# The fields that KubeVirt knows (pkg/hooks/hooks.go).
SIDECAR = {"image", "imagePullPolicy", "command", "args", "configMap", "pvc"}


def domain_of(machine):
    """The captured domain of a VM with such a launchSecurity."""
    (tee,) = machine["spec"]["template"]["spec"]["domain"]["launchSecurity"]
    return support.CAPTURES / f"native-{tee}.domain.xml"


class Samples(unittest.TestCase):
    def test_accepted_without_a_warning(self):
        host = support.ROOT / "tests/golden/hosts/snp.json"
        for path, machine in support.samples():
            for binary in (support.BINARY, support.STATIC):
                with self.subTest(path=path, binary=binary):
                    done = support.run(binary, "apply", "--check", "--host", host, "--domain", domain_of(machine),
                                       "--vmi", path)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertIn("0 warnings", done.stdout)

    def test_every_form(self):
        """SNP and TDX in each form, and SNP for KubeVirt before 1.7 in both that it has."""
        forms = ("configmap", "image", "plugin")
        wanted = {f"{form}-{tee}.yaml" for form in forms for tee in ("snp", "tdx")}
        wanted |= {f"{form}-snp-before-1.7.yaml" for form in forms[:2]}
        self.assertEqual({path.name for path, _ in support.samples()}, wanted)

    def test_sidecars(self):
        for path, machine in support.samples():
            annotations = machine["spec"]["template"]["metadata"]["annotations"]
            with self.subTest(path=path):
                if path.name.startswith("plugin"):
                    self.assertNotIn(HOOK, annotations)
                    continue
                (sidecar,) = json.loads(annotations[HOOK])
                self.assertLessEqual(set(sidecar), SIDECAR)
                self.assertEqual(set(sidecar["configMap"]), {"name", "key", "hookPath"})
                made = support.manifest("ConfigMap", sidecar["configMap"]["name"])
                self.assertIn(sidecar["configMap"]["key"], made.get("data", {}) | made.get("binaryData", {}))
                if path.name.startswith("configmap"):
                    # The shim looks for this name in its PATH.
                    self.assertEqual(sidecar["configMap"]["hookPath"], "/usr/bin/onDefineDomain")
                    self.assertNotIn("image", sidecar)
                else:
                    self.assertEqual(sidecar["configMap"]["hookPath"], "/etc/launchsec/config.json")

    def test_image_has_the_version(self):
        version = support.version()
        for path in support.yaml_files():
            tags = re.findall(r"registry\.example/launchsec:([\w.]+)", path.read_text(encoding="utf-8"))
            self.assertLessEqual(set(tags), {version}, path)

    def test_protected(self):
        """What comes out names the TEE, after the struct between KubeVirt's calls as well: twice is once."""
        for path, machine in support.samples():
            with self.subTest(path=path):
                once = support.output(support.BINARY, "apply", "--domain", domain_of(machine), "--vmi", path)
                wanted = "tdx" if "tdx" in path.name else "sev-snp"
                self.assertIn(f'<launchSecurity type="{wanted}"', once)
