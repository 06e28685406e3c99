# SPDX-License-Identifier: Apache-2.0
"""The MutatingAdmissionPolicy that adds the plugin's container, and the conditions of the Plugins."""

import copy
import pathlib
import unittest

import support
from support import prefixes
from test_manifests import type_errors
from test_policies import MISTYPED, PREFIX


HEALTH = ["/usr/bin/launchsec", "health", "--socket"]


class Injection(unittest.TestCase):
    """The MutatingAdmissionPolicy, and the Plugin's condition."""

    def pod(self, annotations=None, volume="kubevirt-plugin-sockets", init=None):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "virt-launcher", "labels": {
            "kubevirt.io": "virt-launcher"}}, "spec": {"restartPolicy": "Never", "containers": [{"name": "compute"}],
                                                       "volumes": [{"name": volume, "emptyDir": {}}]}}
        if annotations is not None:
            pod["metadata"]["annotations"] = annotations
        if init:
            pod["spec"]["initContainers"] = init
        return pod

    def task(self, pod):
        return {"mutation": support.manifest("MutatingAdmissionPolicy", "launchsec-inject")["spec"], "object": pod,
                "binding": support.manifest("MutatingAdmissionPolicyBinding", "launchsec-inject")["spec"],
                "params": support.manifest("ConfigMap", "launchsec-settings")}

    def mutate(self, *pods):
        answers = support.cel([self.task(pod) for pod in pods])
        for answer in answers:
            self.assertNotIn("error", answer)
        return answers

    def patched(self, pod):
        pod = copy.deepcopy(pod)
        (answer,) = self.mutate(pod)
        for patch in answer["patches"]:
            self.assertEqual(patch["op"], "add")
            *parents, last = patch["path"].strip("/").split("/")
            at = pod
            for name in parents:
                at = at[name]
            if last == "-":
                at.append(patch["value"])
            else:
                self.assertNotIn(last, at)
                at[last] = patch["value"]
        return pod

    def assert_environment(self, environment):
        """launchsec takes it, and would say so if it did not know a name."""
        self.assertEqual(environment, {"LAUNCHSEC_FORBID": "allow-debug"})
        for environment, status in ((environment, 3), (environment | {"LAUNCHSEC_FORBIDDEN": "x"}, 2)):
            done = support.run(support.BINARY, "apply", "--check", "--set", "type=tdx", "--set", "allow-debug=no",
                               "--domain", support.CAPTURES / "native-tdx.domain.xml", env=environment)
            self.assertEqual(done.returncode, status, done.stderr)

    def test_container(self):
        for init in (None, [{"name": "container-disk-binary"}]):
            before = self.pod({PREFIX + "type": "sev-snp"}, init=init)
            after = self.patched(before)
            *others, own = after["spec"]["initContainers"]
            self.assertEqual(others, init or [])
            self.assertEqual(after["spec"]["containers"], before["spec"]["containers"])
            self.assertEqual(own["image"].partition(":")[0], "registry.example/launchsec")
            self.assert_environment({entry["name"]: entry["value"] for entry in own["env"]})
            self.assertEqual(own["resources"]["limits"], own["resources"]["requests"])
            # A hundred VMs take a core, not twenty.
            self.assertEqual(own["resources"]["limits"], {"cpu": "10m", "memory": "32Mi"})
            for probe in "startupProbe", "livenessProbe":
                self.assertEqual(own[probe]["exec"]["command"], [*HEALTH, own["args"][1]])
            self.assertNotIn("readinessProbe", own)
            self.assertNotIn("seLinuxOptions", own["securityContext"])
            self.assertEqual(own["restartPolicy"], "Always")
            security = own["securityContext"]
            wanted = {"runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
                      "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
            self.assertEqual(security | wanted, security)
            self.assertEqual((security["runAsUser"], security["runAsGroup"]), (107, 107))
            self.assertEqual(type_errors([after]), {})

    def test_settings_are_texts(self):
        """Whatever else is in the ConfigMap stays out; a ConfigMap's values are texts, so no number gets into a pod."""
        task = self.task(self.pod({PREFIX + "type": "tdx"}))
        task["params"]["data"] = {"image": "r/l@sha256:00", "LAUNCHSEC_SEV_SNP_CBITPOS": "51", "note": "x"}
        own = support.cel([task])[0]["patches"][-1]["value"]
        self.assertEqual((own["image"], own["env"]), ("r/l@sha256:00", [{"name": "LAUNCHSEC_SEV_SNP_CBITPOS", "value": "51"}]))
        (answer,) = support.cel([task | {"params": task["params"] | {"data": {}}}], compared=False)
        self.assertIn("error", answer)

    def test_missing_settings_stop_no_other_vm(self):
        binding = support.manifest("MutatingAdmissionPolicyBinding", "launchsec-inject")["spec"]["paramRef"]
        settings = support.manifest("ConfigMap", "launchsec-settings")["metadata"]
        self.assertEqual(binding, {"name": settings["name"], "namespace": settings["namespace"],
                                   "parameterNotFoundAction": "Allow"})

    def test_the_socket_is_the_plugins(self):
        *_, own = self.patched(self.pod({PREFIX + "type": "tdx"}))["spec"]["initContainers"]
        plugin = support.manifest("Plugin", "launchsec")
        socket = pathlib.PurePosixPath(plugin["spec"]["domainHooks"][0]["sidecar"]["socketPath"])
        self.assertEqual(own["args"], ["--plugin-socket", str(socket)])
        # KubeVirt refuses a mount of the whole volume.
        self.assertEqual(own["volumeMounts"], [{"name": "kubevirt-plugin-sockets", "mountPath": str(socket.parent),
                                                "subPath": plugin["metadata"]["name"]}])

    def test_who_gets_it(self):
        others = dict.fromkeys(prefixes.FOREIGN, "x")
        bare, empty = self.pod(), self.pod()
        del bare["metadata"]["labels"]
        empty["metadata"] |= {"annotations": None, "labels": None}
        no = [self.pod(), self.pod(others), bare, empty, self.pod({PREFIX + "type": "tdx"}, volume="other")]
        self.assertEqual([answer.get("skipped") for answer in self.mutate(*no)],
                         ["asks-for-launchsec"] * 4 + ["has-plugin-sockets"])
        yes = [self.pod({key: "tdx"} | others) for key in (PREFIX + "policy", *MISTYPED)] + [self.pod(others)]
        yes[-1]["metadata"]["labels"][PREFIX + "type"] = "tdx"
        self.assertEqual([answer.get("skipped") for answer in self.mutate(*yes)], [None] * len(yes))
        constraints = support.manifest("MutatingAdmissionPolicy", "launchsec-inject")["spec"]["matchConstraints"]
        self.assertEqual(constraints["objectSelector"], {"matchLabels": {"kubevirt.io": "virt-launcher"}})

    def test_the_plugin_asks_of_the_same(self):
        plugin = support.manifest("Plugin", "launchsec")["spec"]["domainHooks"][0]["condition"]
        node = support.manifest("Plugin", "launchsec-node")["spec"]["nodeHooks"][0]["condition"]
        asking, others = [PREFIX + "type", *MISTYPED], [*prefixes.FOREIGN, "launchsec.example/type"]
        keys = [*asking, *others]
        wanted = [True] * len(asking) + [False] * len(others)
        self.assertEqual([answer.get("skipped") is None for answer in
                          self.mutate(*(self.pod({key: "x"}) for key in keys))], wanted)
        for annotations, labels in ("annotations", "labels"), ("labels", "annotations"):
            answers = support.cel([{"expression": plugin, "context": {"vmi": {
                annotations.title(): {key: "x"}, labels.title(): {}}}} for key in keys])
            self.assertEqual([answer.get("value") for answer in answers], wanted)
            vms = [{"metadata": {annotations: {key: "x"}, labels: {}}, "spec": {"domain": {}}} for key in keys]
            vms += [{"metadata": {annotations: {}, labels: {}}, "spec": {"domain": {"launchSecurity": {"snp": {}}}}}]
            answers = support.cel([{"expression": node, "context": {"vmi": one}} for one in vms])
            self.assertEqual([answer.get("value") for answer in answers], [*wanted, True])

    def test_conditions_of_plugins_know_no_null(self):
        """Their maps have a type in KubeVirt's CEL, which does not compile a comparison of a map with null."""
        for name, kind in ("launchsec", "domainHooks"), ("launchsec-node", "nodeHooks"):
            self.assertNotIn("null", support.manifest("Plugin", name)["spec"][kind][0]["condition"])

    def test_types_are_checked(self):
        """cel.mjs itself: a type whose name is not its place's is an error, as in Kubernetes."""
        task = self.task(self.pod({PREFIX + "type": "tdx"}))
        patch = task["mutation"]["mutations"][0]["jsonPatch"]
        patch["expression"] = patch["expression"].replace("initContainers.resources{", "containers.resources{")
        (answer,) = support.cel([task])
        self.assertIn("is no", answer["error"])
