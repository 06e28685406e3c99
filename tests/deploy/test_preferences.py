# SPDX-License-Identifier: Apache-2.0
"""A VM that names a preference is what launchsec and KubeVirt accept, once KubeVirt has applied the preference."""

import copy
import json
import unittest

import support
import test_manifests
import yaml

API = "instancetype.kubevirt.io/v1beta1"
TEES = {"snp": "sev-snp", "tdx": "tdx"}
HOSTS = {"snp": "snp", "tdx": "intel-node"}


def preferences(folder):
    """The preferences by name, as kustomize makes them of a folder."""
    (kustomization,) = support.documents(support.ROOT / "deploy" / folder / "kustomization.yaml")
    made = {}
    for name in kustomization["resources"]:
        path = support.ROOT / "deploy" / folder / name
        found = preferences(path.resolve().name) if path.is_dir() else {
            one["metadata"]["name"]: one for one in support.documents(path)}
        made |= found
    for patch in kustomization.get("patches", []):
        (operation,) = yaml.safe_load(patch["patch"])
        parent, field = operation["path"].removeprefix("/").split("/")
        assert operation["op"] == "replace"
        made[patch["target"]["name"]][parent][field] = operation["value"]
    return made


def applied(machine, preference):
    """The VM as KubeVirt 1.9 starts it: what the VM itself says stays (pkg/instancetype/preference/apply)."""
    machine, spec = copy.deepcopy(machine), preference["spec"]
    template = machine["spec"]["template"]
    annotations = template.setdefault("metadata", {}).setdefault("annotations", {})
    template["metadata"]["annotations"] = spec["annotations"] | annotations
    domain = template["spec"]["domain"]
    domain.setdefault("launchSecurity", spec["preferredLaunchSecurity"])
    bootloader = domain.setdefault("firmware", {}).setdefault("bootloader", {})
    if not {"bios", "efi"} & set(bootloader):
        bootloader["efi"] = spec["firmware"]["preferredEfi"]
    del machine["spec"]["preference"]
    return machine


class Preferences(unittest.TestCase):
    def setUp(self):
        (self.machine,) = support.documents(support.ROOT / "docs/examples/confidential.yaml")

    def test_names(self):
        for folder, tee in (("preferences", "snp"), ("preferences-tdx", "tdx")):
            made = preferences(folder)
            self.assertEqual(set(made), {"confidential", "confidential-snp", "confidential-tdx"})
            self.assertEqual(made["confidential"]["spec"]["preferredLaunchSecurity"], {tee: {}})
            for name, one in made.items():
                (native,) = one["spec"]["preferredLaunchSecurity"]
                self.assertEqual(one["apiVersion"], API)
                wanted = "auto" if name == "confidential" else TEES[native]
                self.assertEqual(one["spec"]["annotations"][support.PREFIX + "type"], wanted)
        self.assertIn(self.machine["spec"]["preference"]["name"], made)

    def test_accepted(self):
        """By lint, and by launchsec on the domain that KubeVirt makes."""
        for folder in ("preferences", "preferences-tdx"):
            for name, one in preferences(folder).items():
                (native,) = one["spec"]["preferredLaunchSecurity"]
                made = json.dumps(applied(self.machine, one))
                host = support.ROOT / f"tests/golden/hosts/{HOSTS[native]}.json"
                with self.subTest(folder=folder, name=name):
                    arguments = ("lint", "--plugin", "--strict", "--kubevirt", "1.9", "-")
                    done = support.run(support.BINARY, *arguments, stdin=None, input=made)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    done = support.run(support.BINARY, "apply", "--host", host, "--vmi", "-", "--domain",
                                       support.CAPTURES / f"native-{native}.domain.xml", stdin=None, input=made)
                    self.assertEqual((done.returncode, done.stderr), (0, ""))
                    self.assertIn(f'<launchSecurity type="{TEES[native]}"', done.stdout)

    def test_vm_wins(self):
        self.machine["spec"]["template"]["spec"]["domain"]["launchSecurity"] = {"tdx": {}}
        made = applied(self.machine, preferences("preferences")["confidential"])
        self.assertEqual(made["spec"]["template"]["spec"]["domain"]["launchSecurity"], {"tdx": {}})

    def test_schema(self):
        """The types are KubeVirt 1.7's, so what is newer is held against the VM's field of the same type."""
        test_manifests.TYPES[f"{API} VirtualMachineClusterPreference"] = (
            "kubevirt", "V1beta1VirtualMachineClusterPreference")
        objects = []
        for one in preferences("preferences").values():
            objects.append(applied(self.machine, one))
            del one["spec"]["preferredLaunchSecurity"]
            objects.append(one)
        bad = copy.deepcopy(objects[-1])
        bad["spec"]["firmware"]["preferredEfi"]["secureboot"] = False
        self.assertEqual(set(test_manifests.type_errors([*objects, bad])), {len(objects)})
