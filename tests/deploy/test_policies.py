# SPDX-License-Identifier: Apache-2.0
"""The CEL of the policies, evaluated with good and bad VMs, and held against what the program itself says."""

import copy
import json
import os
import re
import subprocess
import unittest

import support
from support import prefixes
from values import LOOSER, VALUES

PREFIX = support.PREFIX
GOLDEN = support.ROOT / "tests/golden"
HOOK = {"hooks.kubevirt.io/hookSidecars": '[{"image": "registry.example/launchsec:0.1.0"}]'}
KINDS = ("VirtualMachine", "VirtualMachineInstanceReplicaSet", "VirtualMachinePool")
# Golden cases in which the cluster's defaults allow debug.
DEBUG_BY_DEFAULT = ("config/debug-allowed-by-cluster",)
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
    version = "pool.kubevirt.io/v1beta1" if kind == "VirtualMachinePool" else "kubevirt.io/v1"
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "vm"} | metadata, "spec": spec}


def without_maps():
    """VMs whose maps are null, where Kubernetes keeps them."""
    empty = {"annotations": None, "labels": None}
    found = [machine({}), machine({}, annotations=None, labels=None, deletionTimestamp=None), machine({}), instance({})]
    found[0]["spec"]["template"]["metadata"] = None
    found[2]["spec"]["template"]["metadata"] = dict(empty)
    found[3]["metadata"] |= empty
    for kind in KINDS:
        one = machine({}, kind=kind)
        inner = one["spec"]["virtualMachineTemplate"]["spec"] if kind == "VirtualMachinePool" else one["spec"]
        found += [copy.deepcopy(one), one]
        inner["template"]["spec"]["domain"]["launchSecurity"] = None
        inner["template"]["metadata"] = None
    for path in ("spec",), ("spec", "template"), ("spec", "template", "spec"), ("spec", "template", "spec", "domain"):
        one = machine({})
        *parents, last = path
        at = one
        for name in parents:
            at = at[name]
        at[last] = None
        found.append(one)
    return found


def judge(policy, objects, olds=None):
    """What the ValidatingAdmissionPolicy says of each: None where it is not asked, else a list of refusals. `olds` are
    what the objects replace."""
    spec = support.manifest("ValidatingAdmissionPolicy", policy)["spec"]
    answers = support.cel([{"policy": spec, "object": one, "old": old}
                           for one, old in zip(objects, olds or [None] * len(objects))])
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
    return {row["key"]: row for row in answer["variables"]["known"]}


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
                       if any(f"{PREFIX}{key}: for " in text for text in texts)}
            self.assertEqual(foreign, {key for key, entry in support.annotations().items()
                                       if tee not in entry["tees"]})

    def test_examples_pass(self):
        for tee in ("sev-snp", "tdx"):
            objects = []
            for key, entry in support.annotations().items():
                if tee in entry["tees"] and entry.get("example") and (tee, key) != ("tdx", "policy"):
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
            if name in DEBUG_BY_DEFAULT:
                self.assertIn("allow-debug", *texts)
            elif status == 0:
                self.assertEqual(texts, [], name)
        self.assertGreater(sum(status == 0 for _, status, _ in cases), 80)
        self.assertGreater(sum(bool(texts) for texts in denied), 50)

    def test_values_agree_with_the_program(self):
        """Never stricter than launchsec, and looser only where docs/deploy.md says so."""
        tried = [(key, value, {"type": tee} | ({} if key == "type" else {key: value}) | others)
                 for tees, key, others, values in VALUES for tee in tees for value in values]
        for _, value, settings in tried:
            if settings["type"] == "type":
                settings["type"] = value
        denied = judge(self.policy, [instance(settings) for _, _, settings in tried])
        looser = set()
        for (key, value, settings), texts in zip(tried, denied):
            arguments = [word for name, text in settings.items() for word in ("--set", f"{name}={text}")]
            done = support.run(support.BINARY, "apply", "--check", "--host", GOLDEN / "hosts/amd-node.json", "--domain",
                               support.CAPTURES / "efi-plain.domain.xml", *arguments)
            self.assertIn(done.returncode, (0, 3), done.stderr)
            if texts:
                self.assertEqual(done.returncode, 3, f"stricter than the program: {settings} {texts}")
            elif done.returncode == 3:
                looser.add((settings["type"], key, value))
        self.assertEqual({entry for entry in looser if not any(
            (tee in (entry[0], "")) and entry[1] == key and re.search(pattern, entry[2]) for tee, key, pattern in LOOSER)},
            set(), "looser than the program, and not documented")
        self.assertGreater(len(tried), 205)
        self.assertGreater(sum(map(bool, denied)), 100)

    def test_typing_errors(self):
        self.assert_refused([instance({"type": "sev-snp", "polcy": "0x30000"}), machine({"Type": "sev-snp"}),
                             machine({"type": "tdx", "": "x"})], "unknown key")
        for kind in ("VirtualMachine", "VirtualMachineInstanceReplicaSet", "VirtualMachinePool"):
            self.assert_refused([machine({"type": "tdx", "mr-owner": "AAAA"}, kind=kind)], f"{PREFIX}mr-owner")

    def test_prefixes(self):
        """As the program has it (tests/golden/test_prefixes.py)."""
        self.assert_refused([instance({}, {key: "sev-snp"}) for key in MISTYPED], f"did you mean the prefix {PREFIX}?")
        self.assert_refused([machine({}, labels={key: "sev-snp"}) for key in MISTYPED[::9]], "where it is not read")
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
        ], "where it is not read")
        # As `launchsec apply` has it: in the right place as well, it does no harm.
        self.assert_taken([machine({"type": "sev-snp"}, annotations={key: "sev-snp"})])

    def test_pairs_and_lengths(self):
        good = {"type": "sev-snp", "id-block": "G" * 128, "id-auth": "A" * 5462 + "=="}
        self.assert_taken([instance(good), instance(good | {"id-auth": "hex:" + "0" * 8192})])
        self.assert_refused([instance(good | {"id-auth": "0" * 8190}), instance(good | {"id-auth": "A" * 5458 + "=="})],
                            "must be 4096 bytes")
        for key in ("id-block", "id-auth"):
            self.assert_refused([instance({name: value for name, value in good.items() if name != key})], "; set both")
        self.assert_refused([instance({"type": "tdx", "mr-owner": "0" * 64}), instance({"type": "auto", "bind": "0" * 64})],
                            "64 hex digits")

    def test_two_tees(self):
        def asked(tee, security):
            one = instance({"type": tee})
            one["spec"]["domain"]["launchSecurity"] = {security: {}}
            return one
        self.assert_taken([asked("sev-snp", "sev"), asked("sev-snp", "snp"), asked("tdx", "tdx"), asked("none", "tdx"),
                           asked("auto", "snp"), asked("auto", "tdx")])
        self.assert_refused([asked("tdx", "sev"), asked("tdx", "snp"), asked("sev-snp", "tdx")], "names another TEE")

    def test_one_message_has_all_mistakes(self):
        """Kubernetes shows the first refusal only, so there is one; in the order of the table."""
        one = instance({"vcek": "maybe", "polcy": "x", "cbitpos": "64", "type": "sev-snp", "firmware": "a"},
                       {"launchsecurity.vm.kubevirt.oi/vcek": "no"})
        ((text,),) = judge(self.policy, [one])
        places = [text.find(f"{name}: ") for name in ("oi/vcek", "polcy", "firmware", "cbitpos", "io/vcek")]
        self.assertEqual(places, sorted(places), text)
        self.assertNotIn(-1, places)
        for wanted in ("must be yes or no", "must be auto (", "use one of type, firmware, cbitpos,"):
            self.assertIn(wanted, text)

    def test_what_yaml_reads_as_no_text(self):
        """true and 1 without quotes: KubeVirt would say "cannot unmarshal bool"."""
        for value in (True, 1, 2.5, None, ["yes"], {"a": "b"}):
            self.assert_refused([machine({"type": "sev-snp", "vcek": value}), machine({"type": value})], "put the value in quotes")

    def test_the_tee_of_the_vm(self):
        """Without `type` the VM's own launchSecurity decides."""
        for security, key, wrong in ("snp", "host-data", "qgs"), ("tdx", "qgs", "host-data"):
            good, bad = instance({key: "sha256-of:x" if key == "host-data" else "none"}), instance({wrong: "x"})
            for one in good, bad:
                one["spec"]["domain"]["launchSecurity"] = {security: {}}
            self.assert_taken([good])
            self.assert_refused([bad], f"{PREFIX}{wrong}: for ")

    def test_debug_by_default(self):
        spec = support.manifest("ValidatingAdmissionPolicy", self.policy)["spec"]
        asked = instance({"type": "tdx", "policy": "debug"})
        found = [variable for variable in spec["variables"] if variable["name"] == "debugByDefault"]
        found[0]["expression"] = "true"
        (answer,) = support.cel([{"policy": spec, "object": asked}])
        self.assertEqual(answer["denied"], [])
        self.assert_refused([asked], "allow-debug")

    def test_updates_of_vms_with_old_errors(self):
        """What is not about launchsec stays possible, such as to stop the VM or to apply it by kubectl."""
        applied = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
        for kind in KINDS:
            old = machine({"type": "sev-snp", "polcy": "x"}, kind=kind, labels={PREFIX + "type": "tdx"})
            stopped, also_wrong, mended, removed = (copy.deepcopy(old) for _ in range(4))
            stopped["spec"]["runStrategy"] = "Halted"
            stopped["metadata"]["annotations"] = applied
            for one, change in (also_wrong, {"vcek": "x"}), (removed, None), (mended, {}):
                spec = one["spec"]["virtualMachineTemplate"]["spec"] if kind == "VirtualMachinePool" else one["spec"]
                annotations = spec["template"]["metadata"]["annotations"]
                if change is None:
                    del annotations[PREFIX + "type"]
                elif change:
                    annotations |= {PREFIX + key: value for key, value in change.items()}
                else:
                    del annotations[PREFIX + "polcy"], one["metadata"]["labels"]
            objects = [stopped, old, also_wrong, removed, mended]
            denied = judge(self.policy, objects, [old] * len(objects))
            self.assertEqual([bool(texts) for texts in denied], [False, False, True, True, False], denied)
        # The other TEE in the VM's own field is a change, too.
        old, new = (machine({"type": "tdx"}) for _ in range(2))
        new["spec"]["template"]["spec"]["domain"]["launchSecurity"] = {"snp": {}}
        self.assertEqual([bool(texts) for texts in judge(self.policy, [new, new], [old, new])], [True, False])
        good = machine({"type": "sev-snp"})
        self.assertTrue(judge(self.policy, [machine({"type": "sev-snp"}, {"launchsecurty.vm.kubevirt.io/vcek": "no"})], [good])[0])

    def test_long_messages_are_cut(self):
        """Kubernetes shows none of more than 5 KiB."""
        one = instance({f"unknown-{number}": "x" for number in range(1000, 1200)} | {"type": "tdx"})
        ((text,),) = judge(self.policy, [one])
        self.assertTrue(text.endswith(" ..."))
        self.assertLess(len(text), 5 * 1024)

    def test_none_is_left_alone(self):
        self.assert_taken([instance({"type": "none", "vcek": "maybe", "mr-owner": "?", "id-auth": "x"})])
        self.assert_refused([instance({"type": "none", "polcy": "x"})], "unknown key")

    def test_others_are_left_alone(self):
        self.assert_taken([instance({}), {"apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine", "metadata": {"name": "vm"},
                                          "spec": {"template": {"spec": {"domain": {}}}}}])
        gone = machine({"polcy": "x"}, deletionTimestamp="2026-01-01T00:00:00Z")
        self.assertEqual(judge(self.policy, [gone]), [None])

    def test_regular_expressions_are_gos(self):
        text = "".join((support.ROOT / f"deploy/{name}").read_text(encoding="utf-8") for name in
                       ("policies/annotations/policy.yaml", "plugin/plugin.yaml"))
        found = [row[name] for row in known().values() for name in ("pattern", "not")] + re.findall(r"\.matches\(['\"](.*?)['\"]\)", text) + parts_of_condition()
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

    def test_a_sidecar_is_known_by_its_name(self):
        def asked(text, kind="VirtualMachine"):
            return machine({"type": "tdx"}, {"hooks.kubevirt.io/hookSidecars": text}, kind=kind)
        good = ['[{"image": "registry.example/launchsec:1"}]', '[{"args": [],"Image":"r/LaunchSec@sha256:00"}]',
                '[{"image": "other"}, {\n  "configMap": {"key": "k", "name" : "my-launchsec"}}]']
        bad = ["", "[]", "launchsec", '[{"image": "other", "args": ["launchsec"]}]', '[{"pvc": {"volumePath": "launchsec"}}]',
               '[{"image": "other", "x": "launchsec"}]', True]
        for kind in KINDS:
            self.assertEqual(judge("launchsec-hook", [asked(text, kind) for text in good]), [[]] * len(good))
            self.assertEqual([len(denied) for denied in judge("launchsec-hook", [asked(text, kind) for text in bad])],
                             [1] * len(bad))

    def test_updates_of_vms_without_a_sidecar(self):
        old, stopped, worse = (machine({"type": "tdx"}) for _ in range(3))
        stopped["spec"]["runStrategy"] = "Halted"
        worse["spec"]["template"]["metadata"]["annotations"]["hooks.kubevirt.io/hookSidecars"] = "[]"
        denied = judge("launchsec-hook", [stopped, worse, old], [old, old, machine({"type": "tdx"}, HOOK)])
        self.assertEqual([len(texts) for texts in denied], [0, 1, 1])

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


class Listed(unittest.TestCase):
    def test_what_uses_launchsec(self):
        """deploy/list.jq, by which docs/deploy.md lists them before launchsec is removed."""
        other = dict.fromkeys((*prefixes.FOREIGN, "launchsec.example/a"), "x")
        users = [instance({"type": "tdx"}), *(machine({"policy": "x"}, kind=kind) for kind in KINDS),
                 *(machine({}, {key: "x"}) for key in MISTYPED)]
        labelled = machine({})
        labelled["spec"]["template"]["metadata"]["labels"] = {PREFIX + "type": "tdx"}
        users.append(labelled)
        others = [instance({}, other), *(machine({}, other, kind=kind) for kind in KINDS), *without_maps()]
        for number, one in enumerate([*users, *others]):
            one["metadata"] |= {"name": f"vm-{number}", "namespace": "default"}
        done = subprocess.run(["jq", "-r", "-f", support.ROOT / "deploy/list.jq"], input=json.dumps({"items": [*users, *others]}),
                              capture_output=True, text=True, check=True, timeout=support.TIMEOUT)
        self.assertEqual(done.stdout.splitlines(), [f"{one['kind']} default/{one['metadata']['name']}" for one in users])
