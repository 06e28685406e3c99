# SPDX-License-Identifier: Apache-2.0
"""Every manifest parses and fits its schema, and names what is there.

Kubernetes' and KubeVirt's schemas are the TypeScript types that npm packages carry, made by others from both
projects' published OpenAPI: unknown fields, missing ones and wrong types are errors of the TypeScript compiler. No
package has the schemas of Plugin (newer than the types) and NodeFeatureRule: their fields are listed
here.
"""

import json
import re
import subprocess
import unittest

import support
import yaml

# apiVersion and kind -> package, type.
TYPES = {
    "kubevirt.io/v1 VirtualMachine": ("kubevirt", "V1VirtualMachine"),
    "kubevirt.io/v1 VirtualMachineInstance": ("kubevirt", "V1VirtualMachineInstance"),
    "kubevirt.io/v1 KubeVirt": ("kubevirt", "V1KubeVirt"),
    "v1 ConfigMap": ("kubernetes", "V1ConfigMap"),
    "v1 Pod": ("kubernetes", "V1Pod"),
    "v1 ServiceAccount": ("kubernetes", "V1ServiceAccount"),
    "apps/v1 DaemonSet": ("kubernetes", "V1DaemonSet"),
    "rbac.authorization.k8s.io/v1 RoleBinding": ("kubernetes", "V1RoleBinding"),
} | {f"admissionregistration.k8s.io/{version} {kind}": ("kubernetes", version.capitalize() + kind)
     for version in ("v1", "v1beta1") for policy in ("MutatingAdmissionPolicy", "ValidatingAdmissionPolicy")
     for kind in (policy, policy + "Binding")}
# Kinds without a schema: the fields of their specs that we use, at any depth, and no other.
FIELDS = {
    "plugin.kubevirt.io/v1alpha1 Plugin": {"condition", "failureStrategy", "domainHooks", "sidecar", "socketPath",
                                           "timeout", "mutatingAdmissionPolicies", "name", "nodeHooks", "socket",
                                           "permittedHooks", "launcherHooks"},
    "nfd.k8s-sigs.io/v1alpha1 NodeFeatureRule": {"rules", "name", "labels", "extendedResources", "matchFeatures",
                                                 "feature", "matchExpressions", "op"},
    # Newer than the types: preferredLaunchSecurity is there from KubeVirt 1.9 on.
    "instancetype.kubevirt.io/v1beta1 VirtualMachineClusterPreference": {
        "annotations", "firmware", "preferredEfi", "secureBoot", "preferredLaunchSecurity", "snp", "tdx"},
}
KUSTOMIZE = {"apiVersion", "kind", "namespace", "resources", "patches", "replacements", "configMapGenerator",
             "generatorOptions"}


def type_errors(objects):
    """What the TypeScript compiler says of `objects`, by their place in the list."""
    where = support.BUILD / "deploy-types"
    where.mkdir(parents=True, exist_ok=True)
    kubevirt = support.package("@kubevirt-ui-ext/kubevirt-api") / "dist/kubevirt/index"
    kubernetes = support.package("@kubernetes/client-node") / "dist/gen/models"
    lines, found = [], {}
    for number, one in enumerate(objects):
        source, name = TYPES[f"{one['apiVersion']} {one['kind']}"]
        module = kubevirt if source == "kubevirt" else kubernetes / name
        lines.append(f"import type {{ {name} as T{number} }} from {json.dumps(str(module) + '.js')};"
                     f" export const o{number}: T{number} = {json.dumps(one)};")
    (where / "objects.ts").write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = support.run("node", support.package("typescript") / "lib/tsc.js", "--noEmit", "--strict", "--skipLibCheck",
                       "--target", "es2022", "--module", "nodenext", "--pretty", "false",
                       where / "objects.ts", cwd=where)
    for line, text in re.findall(r"^\S*objects\.ts\((\d+),\d+\): error (.*)", done.stdout, re.M):
        found.setdefault(int(line) - 1, []).append(text)
    if bool(done.returncode) != bool(found):
        raise RuntimeError(f"tsc ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return found


def fields_of(value):
    if isinstance(value, dict):
        return set(value).union(*map(fields_of, value.values()))
    return set().union(*map(fields_of, value)) if isinstance(value, list) else set()


class Parse(unittest.TestCase):
    def test_yaml(self):
        for path in support.yaml_files():
            with self.subTest(path=path):
                self.assertTrue(all(support.documents(path)))

    def test_indented_by_two(self):
        for path in support.yaml_files():
            text = path.read_text(encoding="utf-8")
            with self.subTest(path=path):
                self.assertNotIn("\t", text)
                self.assertTrue(text.endswith("\n") and not text.endswith("\n\n"))
                self.assertFalse([line for line in text.splitlines() if line != line.rstrip()])

    def test_patches_and_resources_exist(self):
        for path in (path for path in support.yaml_files() if path.name == "kustomization.yaml"):
            (one,) = support.documents(path)
            with self.subTest(path=path):
                self.assertLessEqual(set(one), KUSTOMIZE)
                patches = [patch["path"] for patch in one.get("patches", []) if "path" in patch]
                named = one.get("resources", []) + patches
                for name in named:
                    target = path.parent / name
                    target = target / "kustomization.yaml" if target.is_dir() else target
                    self.assertTrue(target.exists(), name)

    def test_every_manifest_is_reached(self):
        """By some kustomization, except samples and examples, which stand alone."""
        kustomizations = [path for path in support.yaml_files() if path.name == "kustomization.yaml"]
        reached = {(path.parent / name).resolve() for path in kustomizations for one in support.documents(path)
                   for name in one.get("resources", []) + [patch.get("path", "") for patch in one.get("patches", [])]}
        for path in support.yaml_files():
            if path.name != "kustomization.yaml" and not {"samples", "examples"} & set(path.parts):
                self.assertIn(path, reached)


class Schemas(unittest.TestCase):
    def test_objects_fit(self):
        objects = [(path, one) for path, one in support.manifests()
                   if f"{one['apiVersion']} {one['kind']}" not in FIELDS]
        # As the overlay for older Kubernetes makes them.
        objects += [(f"{path} as v1beta1", one | {"apiVersion": "admissionregistration.k8s.io/v1beta1"})
                    for path, one in objects if one["kind"].startswith("Mutating")]
        found = type_errors([one for _, one in objects])
        self.assertEqual({str(objects[number][0]): errors for number, errors in found.items()}, {})
        self.assertGreaterEqual(len(objects), 15)

    def test_bad_objects_do_not_fit(self):
        """The compiler would notice: it is given one error at a time."""
        _, good = support.samples()[0]
        policy = support.manifest("MutatingAdmissionPolicy", "launchsec-inject")

        def broken(one, path, value):
            one = json.loads(json.dumps(one))
            *parents, last = path
            at = one
            for name in parents:
                at = at[name]
            at[last] = value
            return one

        domain = ("spec", "template", "spec", "domain")
        bad = [
            broken(good, (*domain, "launchSecurty"), {}),
            broken(good, (*domain, "launchSecurity"), {"sevsnp": {}}),
            broken(good, (*domain, "cpu", "cores"), "2"),
            broken(good, ("spec", "template", "metadata", "annotations", "a"), True),
            broken(good, ("spec",), {"runStrategy": "Always"}),
            broken(policy, ("spec", "failurepolicy"), "Fail"),
            broken(policy, ("spec", "matchConstraints", "resourceRules", 0, "resources"), "pods"),
            broken(policy, ("spec", "mutations", 0), {"jsonPatch": {"expression": "[]"}}),
        ]
        self.assertEqual(sorted(type_errors(bad)), list(range(len(bad))))
        self.assertEqual(type_errors([good, policy]), {})

    def test_firmware(self):
        """HCO's patch of the firmware's path sets a field that KubeVirt has, and does not touch the gates."""
        (patch,) = json.loads((support.ROOT / "deploy/hyperconverged/firmware.json").read_text(encoding="utf-8"))
        spec, configuration, *path = patch["path"].split("/")[1:]
        self.assertEqual((patch["op"], spec, configuration), ("add", "spec", "configuration"))
        value = patch["value"]
        for name in reversed(path):
            value = {name: value}
        object_of = {"apiVersion": "kubevirt.io/v1", "kind": "KubeVirt", "metadata": {"name": "kubevirt"}}
        self.assertEqual(type_errors([object_of | {"spec": {"_configuration": value}}]), {})
        value = {"architectureConfiguration": {"amd64": {"ovmfpath": patch["value"]}}}
        self.assertNotEqual(type_errors([object_of | {"spec": {"_configuration": value}}]), {})

    def test_kinds_without_a_schema(self):
        for path, one in support.manifests():
            known = FIELDS.get(f"{one['apiVersion']} {one['kind']}")
            if known is None:
                continue
            with self.subTest(path=path):
                self.assertLessEqual(set(one), {"apiVersion", "kind", "metadata", "spec"})
                fields = fields_of(one.get("spec", {}))
                self.assertLessEqual({field for field in fields if re.fullmatch(r"[a-zA-Z]+", field)}, known)

    def test_gates(self):
        """Each way adds its gates to a KubeVirt resource, as the kustomize component, as jq does, and by HCO."""
        where = "/spec/configuration/developerConfiguration/featureGates/-"
        for form, gate in (("hook-sidecar", "Sidecar"), ("plugin", "Plugins")):
            wanted = [gate, "WorkloadEncryptionSEV", "WorkloadEncryptionTDX"]
            (patch,) = support.documents(support.ROOT / f"deploy/kubevirt/{form}/gates.yaml")
            text = (support.ROOT / f"deploy/hyperconverged/{form}/gates.json").read_text(encoding="utf-8")
            ((component,),) = [one["patches"] for one in support.documents(
                support.ROOT / f"deploy/hyperconverged/{form}/kustomization.yaml")]
            test, add = support.yaml.load(component["patch"], support.Loader)
            # An annotation that is there already is not replaced.
            self.assertEqual((test["op"], test["value"], test["path"]), ("test", None, add["path"]))
            for operations in (patch, json.loads(text), json.loads(add["value"])):
                self.assertEqual([(operation["op"], operation["value"]) for operation in operations],
                                 [("add", name) for name in wanted])
                self.assertEqual({operation["path"] for operation in operations}, {where})
            # The types say _configuration: the name was taken in the program that made them.
            gated = {"apiVersion": "kubevirt.io/v1", "kind": "KubeVirt", "metadata": {"name": "kubevirt"}, "spec": {
                "_configuration": {"developerConfiguration": {"featureGates": wanted}}}}
            self.assertEqual(type_errors([gated]), {})
            for spec, others in (({}, []), ({"configuration": {"developerConfiguration": {"featureGates": ["A", gate]}}}, ["A"])):
                once = self.with_gates(form, {"kind": "KubeVirt", "spec": spec})
                gates = once["spec"]["configuration"]["developerConfiguration"]["featureGates"]
                self.assertEqual((len(gates), set(gates)), (len(wanted + others), set(wanted + others)))
                self.assertEqual(self.with_gates(form, once), once)

    def with_gates(self, form, resource):
        done = subprocess.run(["jq", "-f", support.ROOT / f"deploy/kubevirt/{form}/gates.jq"], input=json.dumps(resource),
                              capture_output=True, text=True, check=True, timeout=support.TIMEOUT)
        return json.loads(done.stdout)

    def test_labels(self):
        """What docs/deploy.md lists is found by the labels of all that is installed in a cluster."""
        for path, one in support.manifests():
            if not {"samples", "examples"} & set(path.parts):
                labels = one["metadata"].get("labels", {})
                self.assertIn(labels.get("app.kubernetes.io/name"), ("launchsec", "launchsec-node"), path)
                self.assertEqual(labels.get("app.kubernetes.io/version"), support.version(), path)


class Plugin(unittest.TestCase):
    """What KubeVirt's own admission policies demand of a Plugin."""

    def test_socket(self):
        plugin = support.manifest("Plugin", "launchsec")
        (hook,) = plugin["spec"]["domainHooks"]
        path = hook["sidecar"]["socketPath"]
        self.assertTrue(path.startswith(f"/var/run/kubevirt-plugin/{plugin['metadata']['name']}/"))
        self.assertTrue(path.endswith(".sock"))
        self.assertLessEqual(len(path), 107)
        self.assertNotIn("//", path)
        self.assertEqual(plugin["spec"]["failureStrategy"], "Fail")

    def test_launcher_hooks(self):
        """As the overlay for a KubeVirt after 1.9 makes them: the same hook in another field, for one hook point."""
        (overlay,) = support.documents(support.ROOT / "deploy/plugin-launcher-hooks/kustomization.yaml")
        (patch,) = overlay["patches"]
        spec = support.manifest(patch["target"]["kind"], patch["target"]["name"])["spec"]
        (hook,) = spec["domainHooks"]
        moved, added = yaml.safe_load(patch["patch"])
        self.assertEqual(moved, {"op": "move", "from": "/spec/domainHooks", "path": "/spec/launcherHooks"})
        self.assertEqual(added, {"op": "add", "path": "/spec/launcherHooks/0/sidecar/permittedHooks",
                                 "value": ["GuestDefinition"]})
        self.assertEqual(set(hook), {"sidecar", "condition", "timeout"})
        self.assertEqual(set(hook["sidecar"]), {"socketPath"})
        self.assertEqual(overlay["resources"], ["../plugin"])

    def test_conditions_stand_at_the_hooks(self):
        """virt-launcher and virt-handler name a VMI's fields differently, and both read the Plugin's condition."""
        for name in ("launchsec", "launchsec-node"):
            self.assertNotIn("condition", support.manifest("Plugin", name)["spec"])

    def test_node_hook(self):
        (hook,) = support.manifest("Plugin", "launchsec-node")["spec"]["nodeHooks"]
        pod = support.manifest("DaemonSet", "launchsec-node")["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        self.assertEqual(hook["failureStrategy"], "Fail")
        self.assertEqual(hook["permittedHooks"], ["PreVMStart"])
        for probe in "startupProbe", "readinessProbe", "livenessProbe":
            self.assertEqual(container[probe]["exec"]["command"],
                             ["/usr/bin/launchsec", "health", "--socket", hook["socket"]])
        self.assertEqual(container["envFrom"], [{"configMapRef": {"name": "launchsec-settings"}}])
        self.assertEqual(container["args"], ["--node-socket", hook["socket"], "--host-root", "/host"])
        mounts = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
        paths = {volume["name"]: volume["hostPath"]["path"] for volume in pod["volumes"]}
        # virt-handler has the host's directory at the same place.
        socket = hook["socket"].rpartition("/")[0]
        self.assertEqual(paths[mounts.pop(socket)], socket)
        self.assertTrue(socket.startswith("/var/run/kubevirt/"))
        self.assertEqual({path.removeprefix("/host"): paths[name] for path, name in mounts.items()},
                         {path: path for path in ("/sys", "/run")})
        # On a node without a quote generation service, its directory must not be there either.
        for volume in pod["volumes"]:
            if volume["hostPath"]["path"] != socket:
                self.assertEqual(volume["hostPath"]["type"], "Directory", volume["name"])
        self.assertNotIn("tdx-qgs", json.dumps(pod))
        (run,) = [mount for mount in container["volumeMounts"] if mount["name"] == "run"]
        self.assertEqual((run["readOnly"], run["mountPropagation"]), (True, "HostToContainer"))
        account = support.manifest("ServiceAccount", "launchsec-node")
        self.assertEqual((pod["serviceAccountName"], account["automountServiceAccountToken"]), ("launchsec-node", False))

    def test_metrics_of_the_node_hook(self):
        """As the component makes it: the file is in the host's directory, which need not be there."""
        daemonset = support.manifest("DaemonSet", "launchsec-node")
        (component,) = support.documents(support.ROOT / "deploy/node-hook-metrics/kustomization.yaml")
        (patch,) = component["patches"]
        self.assertEqual(patch["target"], {"kind": "DaemonSet", "name": daemonset["metadata"]["name"]})
        for operation in yaml.safe_load(patch["patch"]):
            *path, last = operation["path"].split("/")[1:]
            self.assertEqual((operation["op"], last), ("add", "-"))
            at = daemonset
            for name in path:
                at = at[int(name) if isinstance(at, list) else name]
            at.append(operation["value"])
        pod = daemonset["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        option, file = container["args"][-2:]
        self.assertIn(f" {option} PATH", support.output(support.BINARY, "serve", "--help"))
        (mount,) = [mount for mount in container["volumeMounts"] if mount["name"] == "metrics"]
        (volume,) = [volume for volume in pod["volumes"] if volume["name"] == "metrics"]
        self.assertEqual(mount, {"name": "metrics", "mountPath": file.rpartition("/")[0]})
        self.assertEqual(volume["hostPath"], {"path": mount["mountPath"], "type": "DirectoryOrCreate"})
        self.assertTrue(file.endswith(".prom"))
        self.assertEqual(type_errors([daemonset]), {})

    def test_the_node_hook_is_asked_last(self):
        """A Plugin whose DaemonSet is missing stops every confidential VM, so the two are never applied together."""
        for folder, kinds in ("node-hook", {"ServiceAccount", "DaemonSet"}), ("node-hook-plugin", {"Plugin"}):
            (one,) = support.documents(support.ROOT / f"deploy/{folder}/kustomization.yaml")
            self.assertEqual({found["kind"] for name in one["resources"]
                              for found in support.documents(support.ROOT / "deploy" / folder / name)}, kinds)
        (overlay,) = support.documents(support.ROOT / "deploy/overlay/kustomization.yaml")
        self.assertNotIn("../node-hook-plugin", overlay["resources"])

    def test_names(self):
        plugin = support.manifest("Plugin", "launchsec")
        (named,) = plugin["spec"]["mutatingAdmissionPolicies"]
        support.manifest("MutatingAdmissionPolicy", named["name"])
        for _, binding in support.manifests():
            if binding["kind"].endswith("PolicyBinding"):
                support.manifest(binding["kind"].removesuffix("Binding"), binding["spec"]["policyName"])
