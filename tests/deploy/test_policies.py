# SPDX-License-Identifier: Apache-2.0
"""The CEL of the policies, evaluated with good and bad VMs, and held against what the program itself says."""

import copy
import json
import os
import pathlib
import re
import subprocess
import unittest

import support
from support import prefixes
from test_manifests import type_errors

PREFIX = support.PREFIX
GOLDEN = support.ROOT / "tests/golden"
HOOK = {"hooks.kubevirt.io/hookSidecars": '[{"image": "registry.example/launchsec:0.1.0"}]'}
MISTYPED = (*prefixes.one_letter(), *prefixes.NEAR)


def instance(settings, others=None, **spec):
    annotations = {PREFIX + key: value for key, value in settings.items()} | (others or {})
    return {"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachineInstance", "spec": {"domain": {}} | spec,
            "metadata": {"name": "vm", "namespace": "default", "annotations": annotations}}


def machine(settings, others=None, kind="VirtualMachine", **metadata):
    inner = instance(settings, others)
    template = {"metadata": inner["metadata"], "spec": inner["spec"]}
    spec = {"template": template}
    if kind == "VirtualMachinePool":
        spec = {"virtualMachineTemplate": {"spec": spec}}
    return {"apiVersion": "kubevirt.io/v1", "kind": kind, "metadata": {"name": "vm"} | metadata, "spec": spec}


def without_maps():
    """VMs whose maps are null, where Kubernetes keeps them."""
    empty = {"annotations": None, "labels": None}
    found = [machine({}), machine({}, annotations=None, labels=None), machine({}), instance({})]
    found[0]["spec"]["template"]["metadata"] = None
    found[2]["spec"]["template"]["metadata"] = dict(empty)
    found[3]["metadata"] |= empty
    return found


def judge(policy, objects):
    """What the ValidatingAdmissionPolicy says of each: None where it is not asked, else a list of refusals."""
    spec = support.manifest("ValidatingAdmissionPolicy", policy)["spec"]
    answers = support.cel([{"policy": spec, "object": one} for one in objects])
    for one, answer in zip(objects, answers):
        if "error" in answer:
            raise AssertionError(f"{answer['error']}\n{json.dumps(one)}")
    return [answer.get("denied") for answer in answers]


def parts_of_condition():
    """The regular expressions of the Plugin's condition."""
    return re.findall(r'"([^"]+)"', support.manifest("Plugin", "launchsec")["spec"]["domainHooks"][0]["condition"])


def known():
    spec = support.manifest("ValidatingAdmissionPolicy", "launchsec-annotations")["spec"]
    (answer,) = support.cel([{"policy": spec, "object": instance({})}])
    return answer["variables"]["known"]


def golden_settings():
    """(name, exit status, annotations) of the golden cases that set annotations."""
    for path in sorted(GOLDEN.glob("cases/*/*.case")):
        lines = [line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines() if " " in line]
        words = dict(lines)
        settings = [value.split("=", 1) for word, value in lines if word == "set"]
        if not settings or words.get("command", "apply") != "apply" or not words.get("vmi", "").endswith("vmi.json"):
            continue
        found = json.loads((GOLDEN / words["vmi"]).read_text(encoding="utf-8"))["metadata"].get("annotations", {})
        for key, value in settings:
            if value.startswith("@"):
                file = GOLDEN / value[1:]
                value = file.read_text(encoding="utf-8").removesuffix("\n") if file.exists() else None
            found[PREFIX + key] = value
        if None not in found.values():
            yield f"{path.parent.name}/{path.stem}", int(words.get("exit", 0)), found


class Annotations(unittest.TestCase):
    policy = "launchsec-annotations"

    def assert_refused(self, objects, wanted):
        for one, denied in zip(objects, judge(self.policy, objects)):
            with self.subTest(one=json.dumps(one)[:400]):
                self.assertTrue(denied)
                self.assertTrue(any(wanted in text for text in denied), denied)

    def assert_taken(self, objects):
        for one, denied in zip(objects, judge(self.policy, objects)):
            self.assertEqual(denied, [], json.dumps(one)[:400])

    def test_keys_are_the_programs(self):
        self.assertEqual(list(known()), list(support.annotations()))

    def test_keys_of_one_tee_are_the_programs(self):
        for tee in ("sev-snp", "tdx"):
            keys = list(support.annotations())
            denied = judge(self.policy, [instance({"type": tee, key: "x"}) for key in keys])
            foreign = {key for key, texts in zip(keys, denied)
                       if any("cannot be there" in text for text in texts)}
            self.assertEqual(foreign, {key for key, entry in support.annotations().items()
                                       if tee not in entry["tees"]})

    def test_flags_are_the_programs(self):
        """Those of the tables in docs/annotations.md, which are made from the program's."""
        text = (support.ROOT / "docs/annotations.md").read_text(encoding="utf-8")
        flags = set(re.findall(r"^\| `([a-z0-9-]+)` \| \d+ \|", text, re.M))
        self.assertGreater(len(flags), 8)
        pattern = known()["policy"]
        self.assertLessEqual(flags, set(re.findall(r"[a-z0-9-]+", pattern)))
        self.assert_taken([instance({"type": "sev-snp", "policy": flag}) for flag in flags])
        self.assert_refused([instance({"type": "sev-snp", "policy": flag + "s"}) for flag in flags], "wrong value")

    def test_examples_pass(self):
        for tee in ("sev-snp", "tdx"):
            objects = []
            for key, entry in support.annotations().items():
                if tee in entry["tees"] and entry.get("example"):
                    extra = {"id-auth": "A" * 5462 + "=="} if key == "id-block" else {}
                    objects.append(instance({"type": tee} | extra | ({key: entry["example"]} if key != "type" else {})))
            self.assert_taken(objects)

    def test_samples_pass(self):
        self.assert_taken([one for _, one in support.samples()])
        self.assert_taken([support.documents(path)[0] for path in (support.ROOT / "docs/examples").glob("*.yaml")])

    def test_never_stricter_than_the_program(self):
        """What the program accepts in the golden tests passes; of what it refuses, much is refused here already."""
        cases = list(golden_settings())
        denied = judge(self.policy, [instance({}, found) for _, _, found in cases])
        for (name, status, _), texts in zip(cases, denied):
            if status == 0:
                self.assertEqual(texts, [], name)
        self.assertGreater(sum(status == 0 for _, status, _ in cases), 80)
        self.assertGreater(sum(bool(texts) for texts in denied), 50)

    def test_edges_agree_with_the_program(self):
        """Values at the edges: refused here, refused there; and what launchsec learns to take later must pass here."""
        values = {
            "type": ["sev-snp", "tdx", "none", "auto", "SNP", ""],
            "firmware": ["auto", "keep", "/a", "/", "a", "/a/", "/a b"],
            "cbitpos": ["1", "63", "64", "0", "01", "0x3f", "0X1", "0x40", "0x0", "0x003F", "auto", "omit", "1.0"],
            "reduced-phys-bits": ["1", "63", "64", "omit"],
            "policy": ["196608", "0x30000", "0X30000", "smt", "smt,cxl", "smt, cxl", "abi=1.55", "abi=1", "abi=0x1.0x2",
                       "030000", "tdx", "0xg"],
            "vcek": ["yes", "no", "true", "false", "Yes", "1", ""], "kernel-hashes": ["on", "no"],
            "host-data": ["0" * 64, "hex:" + "0" * 64, "0" * 63, "A" * 43 + "=", "base64:" + "A" * 43 + "=", "A" * 44,
                          "sha256-of:x", "sha256-of:", "sha512-of:x", "base64:" + "0" * 64, "0x" + "0" * 64,
                          "hex:0X" + "0" * 64, "0x" + "0" * 62, "sha256:" + "0" * 64],
            "guest-visible-workarounds": ["0" * 32, "A" * 22 + "==", "sha256-of:x"],
            "mr-config-id": ["0" * 96, "A" * 64, "0" * 64, "base64:" + "0" * 64, "G" * 64, "sha384-of:a b"],
            "bind": ["0" * 64, "0" * 96, "hex:" + "0" * 64, "hex:" + "0" * 96, "base64:" + "0" * 64, "A" * 43 + "=",
                     "G" * 64, "G" * 32, "sha256-of:x", "sha384-of:", "md5-of:x", "hex:" + "0" * 62, "00", "0x" + "0" * 64, "0X" + "0" * 96],
            "qgs": ["default", "none", "/a", "unix:/a", "unix:a", "a", "vsock:2:4050", "vsock:4294967294:1",
                    "vsock:0:1", "vsock:2:", "host:1", "a-b.c:65535", "host:0", "host:", "ho_st:1", "192.0.2.7:4050",
                    "[::1]:4050", "::1:4050", "[::1]"],
            "provision": ["https://kbs:8080", "http://kbs/a/b", "https://[::1]", "kbs:8080", "https://kbs/", "https://a:b@c", "ftp://kbs"],
            "initdata": ["", "x\ny", "é"], "oem-strings": ["a", '["a", "b"]', " a", "a ", "", "a\nb"],
        }
        tried = [({"type": "tdx" if key in ("mr-config-id", "qgs") else "sev-snp"} | {key: value})
                 for key, list_of in values.items() for value in list_of]
        refused = 0
        for settings, texts in zip(tried, judge(self.policy, [instance(settings) for settings in tried])):
            arguments = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
            done = support.run(support.BINARY, "apply", "--check", "--host", GOLDEN / "hosts/snp.json", "--domain",
                               support.CAPTURES / "efi-plain.domain.xml", *arguments)
            self.assertIn(done.returncode, (0, 3), done.stderr)
            if texts:
                self.assertEqual(done.returncode, 3, f"stricter than the program: {settings} {texts}")
            refused += bool(texts)
        self.assertGreater(refused, 30)

    def test_typing_errors(self):
        self.assert_refused([instance({"type": "sev-snp", "polcy": "0x30000"}), machine({"Type": "sev-snp"}),
                             machine({"type": "tdx", "": "x"})], "unknown annotation")
        for kind in ("VirtualMachine", "VirtualMachineInstanceReplicaSet", "VirtualMachinePool"):
            self.assert_refused([machine({"type": "tdx", "mr-owner": "AAAA"}, kind=kind)], f"{PREFIX}mr-owner")

    def test_prefixes(self):
        """As the program has it (tests/golden/test_prefixes.py)."""
        self.assert_refused([instance({}, {key: "sev-snp"}) for key in MISTYPED], f"did you mean the prefix {PREFIX}?")
        self.assert_refused([machine({}, labels={key: "sev-snp"}) for key in MISTYPED[::9]], "belong under")
        others = dict.fromkeys((*prefixes.FOREIGN, *prefixes.SHARED, *prefixes.FAR, "launchsec.example/a"), "x")
        self.assert_taken([instance({"type": "sev-snp"}, others), machine({}, others, labels=others, annotations=others)])

    def test_nothing_where_a_map_could_be(self):
        """`annotations:` with nothing behind it is null, and null has no keys."""
        self.assert_taken(without_maps())

    def test_misplaced(self):
        key = PREFIX + "type"
        self.assert_refused([
            machine({}, annotations={key: "sev-snp"}), machine({}, labels={key: "sev-snp"}),
            machine({"policy": "0x30000"}, annotations={key: "sev-snp"}),
            instance({}) | {"metadata": {"name": "vm", "labels": {key: "sev-snp"}}},
        ], "belong under")
        # As `launchsec apply` has it: in the right place as well, it does no harm.
        self.assert_taken([machine({"type": "sev-snp"}, annotations={key: "sev-snp"})])

    def test_pairs_and_lengths(self):
        good = {"type": "sev-snp", "id-block": "A" * 128, "id-auth": "A" * 5462 + "=="}
        self.assert_taken([instance(good), instance(good | {"id-auth": "hex:" + "0" * 8192})])
        self.assert_refused([instance(good | {"id-auth": "0" * 8190}), instance(good | {"id-auth": "A" * 5458 + "=="})],
                            "4096 bytes")
        for key in ("id-block", "id-auth"):
            self.assert_refused([instance({name: value for name, value in good.items() if name != key})], "go together")
        self.assert_refused([instance({"type": "tdx", "mr-owner": "0" * 64}), instance({"type": "auto", "bind": "0" * 64})],
                            "64 hex digits")

    def test_two_tees(self):
        def asked(tee, security):
            one = instance({"type": tee})
            one["spec"]["domain"]["launchSecurity"] = {security: {}}
            return one
        self.assert_taken([asked("sev-snp", "sev"), asked("sev-snp", "snp"), asked("tdx", "tdx"), asked("none", "tdx"),
                           asked("auto", "snp"), asked("auto", "tdx")])
        self.assert_refused([asked("tdx", "sev"), asked("tdx", "snp"), asked("sev-snp", "tdx")], "different TEEs")

    def test_none_is_left_alone(self):
        self.assert_taken([instance({"type": "none", "vcek": "maybe", "mr-owner": "?", "id-auth": "x"})])
        self.assert_refused([instance({"type": "none", "polcy": "x"})], "unknown annotation")

    def test_others_are_left_alone(self):
        self.assert_taken([instance({}), {"kind": "VirtualMachine", "metadata": {"name": "vm"},
                                          "spec": {"template": {"spec": {"domain": {}}}}}])
        gone = machine({"polcy": "x"}, deletionTimestamp="2026-01-01T00:00:00Z")
        self.assertEqual(judge(self.policy, [gone]), [None])

    def test_regular_expressions_are_gos(self):
        text = "".join((support.ROOT / f"deploy/{name}").read_text(encoding="utf-8") for name in
                       ("policies/annotations/policy.yaml", "plugin/plugin.yaml"))
        found = list(known().values()) + re.findall(r"\.matches\(['\"](.*?)['\"]\)", text) + parts_of_condition()
        self.assertGreater(len(found), 20)
        done = subprocess.run(["go", "run", "."], cwd=support.ROOT / "tests/deploy/re2", input="\n".join(found),
                              text=True, capture_output=True, check=False, timeout=600, env=os.environ | {"GO111MODULE": "off"})
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)


class Hook(unittest.TestCase):
    def test_a_sidecar_is_named(self):
        other = {"hooks.kubevirt.io/hookSidecars": '[{"image": "registry.example/other"}]'}
        objects = [instance({"type": "sev-snp"}), machine({"policy": "0x30000"}), machine({"type": "tdx"}, other)]
        for denied in judge("launchsec-hook", objects):
            self.assertEqual(len(denied), 1)
            self.assertIn("nothing would protect the VM", denied[0])

    def test_a_mistyped_prefix_is_asked_for(self):
        """launchsec has to see it; whether it is meant for launchsec is launchsec's to say."""
        keys = (*MISTYPED, *prefixes.SHARED[:3])
        for one in (instance({}, {key: "x"}) for key in keys), (machine({}, {key: "x"}) for key in keys):
            self.assertEqual([len(denied) for denied in judge("launchsec-hook", list(one))], [1] * len(keys))
        labelled = instance({})
        labelled["metadata"]["labels"] = {PREFIX + "type": "tdx"}
        self.assertEqual([len(denied) for denied in judge("launchsec-hook", [labelled])], [1])

    def test_others_are_left_alone(self):
        others = dict.fromkeys(prefixes.FOREIGN, "x")
        labelled = instance({}, others)
        labelled["metadata"]["labels"] = others
        objects = [labelled, machine({}, others), *without_maps()]
        self.assertEqual(judge("launchsec-hook", objects), [[]] * len(objects))

    def test_good_ones_pass(self):
        objects = [instance({}), machine({}), machine({"type": "none"}), machine({"type": "tdx"}, HOOK),
                   *(one for path, one in support.samples() if not path.name.startswith("plugin"))]
        self.assertEqual(judge("launchsec-hook", objects), [[]] * len(objects))


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

    def mutate(self, *pods):
        spec = support.manifest("MutatingAdmissionPolicy", "launchsec-inject")["spec"]
        answers = support.cel([{"mutation": spec, "object": pod} for pod in pods])
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
            self.assertEqual(own["restartPolicy"], "Always")
            security = own["securityContext"]
            wanted = {"runAsNonRoot": True, "readOnlyRootFilesystem": True, "allowPrivilegeEscalation": False,
                      "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}}
            self.assertEqual(security | wanted, security)
            self.assertEqual((security["runAsUser"], security["runAsGroup"]), (107, 107))
            self.assertEqual(type_errors([after]), {})

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
        spec = support.manifest("MutatingAdmissionPolicy", "launchsec-inject")["spec"]
        patch = spec["mutations"][0]["jsonPatch"]
        patch["expression"] = patch["expression"].replace("initContainers.resources{", "containers.resources{")
        (answer,) = support.cel([{"mutation": spec, "object": self.pod({PREFIX + "type": "tdx"})}])
        self.assertIn("is no", answer["error"])
