"""NodeHookService: what virt-handler asks before a VM is started on a node."""
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import tempfile
import unittest

import grpc

from support import BINARY, Server, annotated, capture, is_served, method, plugin, refusal, wait_until

EXPECTED = pathlib.Path(__file__).resolve().parent / "expected"
EXECUTE = "/kubevirt.hooks.plugins.v1alpha1.NodeHookService/ExecuteNodeHook"
STARTS = ("PreVMStart", "PreMigrationTarget")
OTHERS = ("PostVMStart", "PreVMStop", "OnVMStop", "PostVMStop", "PreMigrationSource", "PostMigrationSource", "PostMigrationTarget")
INVALID = grpc.StatusCode.INVALID_ARGUMENT
# Facts as a node with SEV-SNP and one with TDX have them; there is no such hardware here.
SNP = {"cpu-amd": True, "cpu-intel": False, "sev": True, "sev-es": True, "sev-snp": True, "cbitpos": 51,
       "reduced-phys-bits": 6, "dev-kvm": True, "dev-sev": True, "kvm-amd-sev": True, "kvm-amd-sev-es": True,
       "kvm-amd-sev-snp": True, "kvm-intel-tdx": False, "sev-es-slots": 99, "sev-es-slots-used": 98}
TDX = {"cpu-amd": False, "cpu-intel": True, "dev-kvm": True, "kvm-amd-sev-snp": False, "kvm-intel-tdx": True,
       "tdx-slots": 30, "tdx-slots-used": 29, "qgs-socket": True}


def execute(channel, vmi, point="PreVMStart", **options):
    call = method(channel, EXECUTE, plugin.ExecuteNodeHookResponse)
    return call(plugin.ExecuteNodeHookRequest(hookPoint=point, vmi=vmi, node_context=plugin.NodeContext(node_name="n")),
                timeout=30, **options)


def expected(name):
    return (EXPECTED / f"node-{name}.txt").read_text().rstrip("\n")


@contextlib.contextmanager
def node(facts=None, *arguments):
    """A server on a node with these facts, and a channel to it."""
    with tempfile.TemporaryDirectory(prefix="lsec-") as directory:
        path = pathlib.Path(directory, "node.sock")
        if facts is not None:
            pathlib.Path(directory, "facts.json").write_text(json.dumps(facts))
            arguments = ("--host", os.path.join(directory, "facts.json"), *arguments)
        with Server("--node-socket", str(path), *arguments) as server, \
                grpc.insecure_channel(f"unix:{path}", options=[("grpc.use_local_subchannel_pool", 1)]) as channel:
            wait_until(lambda: is_served(path), "a socket")
            yield server, channel


def vm(**annotations):
    """A VMI that has these annotations only."""
    document = json.loads(capture("efi-plain")[1])
    document["metadata"]["annotations"] = {}
    return annotated(json.dumps(document), **annotations)


def enforced(**annotations):
    """A VM that must not start without quotes."""
    document = json.loads(native("tdx", **annotations))
    document["spec"]["domain"]["launchSecurity"]["tdx"] = {"attestation": {"enforced": True}}
    return json.dumps(document).encode()


def native(what, **annotations):
    document = json.loads(vm(**annotations))
    document["spec"]["domain"]["launchSecurity"] = {what: {}}
    return json.dumps(document).encode()


class Node(unittest.TestCase):

    def test_accepts(self):
        for facts, vmis in ((SNP, (vm(type="sev-snp"), native("snp"), native("snp", policy="0x30000"),
                                   native("sev", type="sev-snp"))),
                            (TDX, (vm(type="tdx"), native("tdx"), native("tdx", qgs="none")))):
            with node(facts) as (server, channel):
                for vmi in vmis:
                    for point in STARTS:
                        for _ in range(2):  # KubeVirt may repeat a call
                            self.assertEqual(execute(channel, vmi, point), plugin.ExecuteNodeHookResponse())

    def test_refuses_what_the_node_cannot_give(self):
        full = {"sev-es-slots-used": 99}
        for name, facts, vmi in (
                ("no-snp", {**SNP, "kvm-amd-sev-snp": False}, vm(type="sev-snp")),
                ("no-snp", {**SNP, "kvm-amd-sev-snp": False}, native("snp")),
                ("no-slot", {**SNP, **full}, vm(type="sev-snp")),
                ("other-vendor", SNP, vm(type="tdx")),
                ("no-tdx-slot", {**TDX, "tdx-slots-used": 30}, native("tdx", qgs="none")),
                ("no-qgs", {**TDX, "qgs-socket": False}, vm(type="tdx", qgs="default")),
                ("no-qgs", {**TDX, "qgs-socket": False}, enforced()),
                ("no-qgs", {**TDX, "qgs-socket": False}, enforced(type="tdx")),
                ("no-qgs", {**TDX, "qgs-socket": False}, vm(type="tdx", qgs="unix:/var/run/tdx-qgs/qgs.socket")),
                ("several", {**TDX, "qgs-socket": False, "tdx-slots-used": 31, "dev-kvm": False},
                 vm(type="tdx", qgs="default"))):
            with node(facts) as (server, channel):
                for point in STARTS:
                    self.assertEqual(refusal(execute, channel, vmi, point), (INVALID, expected(name)), name)

    def test_a_vm_that_does_not_ask_starts_without_quotes(self):
        """And the log has it."""
        with node({**TDX, "qgs-socket": False}) as (server, channel):
            for vmi in (vm(type="tdx"), native("tdx"), native("tdx", type="tdx")):
                execute(channel, vmi)
            for vmi in (vm(type="tdx", qgs="none"), vm()):
                execute(channel, vmi)
            lines = [line for line in server.log() if line.get("method") == "ExecuteNodeHook"]
        self.assertEqual([(line["level"], line.get("warnings")) for line in lines],
                         [("warning", [expected("without-quotes")])] * 3 + [("info", None)] * 2)

    def test_a_cluster_that_asks(self):
        with node({**TDX, "qgs-socket": False}, "--default", "tdx.qgs=default") as (server, channel):
            self.assertEqual(refusal(execute, channel, vm(type="tdx")), (INVALID, expected("no-qgs")))

    def test_a_service_elsewhere_is_not_judged(self):
        with node({**TDX, "qgs-socket": False}) as (server, channel):
            for qgs in ("none", "/run/other.sock"):
                execute(channel, vm(type="tdx", qgs=qgs))

    def test_what_is_unknown_is_not_held_against_it(self):
        for facts, tee in (({"sev": True, "sev-es": True, "sev-snp": True, "cbitpos": 51, "reduced-phys-bits": 6},
                            "sev-snp"), ({}, "tdx")):
            with node(facts) as (server, channel):
                execute(channel, vm(type=tee))

    def test_vms_that_ask_for_nothing(self):
        with node({}) as (server, channel):
            for vmi in (vm(), vm(type="none"), native("sev")):
                for point in STARTS:
                    execute(channel, vmi, point)

    def test_annotations_are_checked_already(self):
        """With the sentences that the domain hook would have."""
        with node(SNP) as (server, channel):
            for name, vmi in (("typo", vm(type="sev-snp", polcy="debug", host_data="AAAA")),
                              ("no-type", vm(policy="0x30000")), ("two-tees", native("tdx", type="sev-snp"))):
                self.assertEqual(refusal(execute, channel, vmi), (INVALID, expected(name)), name)

    def test_other_points_are_not_its_business(self):
        with node({}) as (server, channel):
            for point in OTHERS:
                execute(channel, vm(type="sev-snp"), point)

    def test_unknown_points(self):
        with node(SNP) as (server, channel):
            for name, point in (("unknown-point", "PreVMstart"), ("empty-point", "")):
                self.assertEqual(refusal(execute, channel, vm(type="sev-snp"), point), (INVALID, expected(name)))

    def test_vmi_that_is_none(self):
        with node(SNP) as (server, channel):
            self.assertEqual(refusal(execute, channel, b"{"), (INVALID, expected("no-vmi")))

    def test_log(self):
        with node(SNP) as (server, channel):
            execute(channel, vm(type="sev-snp"))
            refusal(execute, channel, vm(type="tdx"))
            execute(channel, vm())
            execute(channel, vm(), "PostVMStop")
            lines = wait_until(lambda: [line for line in server.log() if "method" in line][2:] and
                               [line for line in server.log() if "method" in line], "three lines")
        self.assertEqual([(line["method"], line["context"], line["code"], line["msg"], line.get("tee"), line["name"])
                          for line in lines],
                         [("ExecuteNodeHook", "PreVMStart", "OK", "VM can start here", "sev-snp", "efi-plain"),
                          ("ExecuteNodeHook", "PreVMStart", "INVALID_ARGUMENT", "request refused", None, "efi-plain"),
                          ("ExecuteNodeHook", "PreVMStart", "OK", "VM requests no TEE", "none", "efi-plain")])
        self.assertEqual(lines[1]["errors"], [line.removeprefix("launchsec: error: ")
                                              for line in expected("other-vendor").split("\n")])

    def test_the_host_is_looked_at_anew(self):
        """The tree is one of real files; the CPU is this one, so only what it does not decide is compared."""
        with tempfile.TemporaryDirectory(prefix="lsec-") as root:
            service = pathlib.Path(root, "var/run/tdx-qgs/qgs.socket")
            service.parent.mkdir(parents=True)

            def said(channel):
                try:
                    execute(channel, vm(type="tdx", qgs="default"))
                except grpc.RpcError as error:
                    return error.details()
                return ""
            with node(None, "--host-root", root) as (server, channel), socket.socket(socket.AF_UNIX) as listening:
                self.assertIn(expected("no-qgs"), said(channel))
                listening.bind(str(service))
                self.assertNotIn("qgs.socket", said(channel))
                service.unlink()
                self.assertIn(expected("no-qgs"), said(channel))

    def test_only_its_own_socket(self):
        """No sidecar's socket is opened beside it."""
        with tempfile.TemporaryDirectory(prefix="lsec-") as directory:
            path = pathlib.Path(directory, "n.sock")
            with subprocess.Popen([BINARY, "serve", "--node-socket", path], stderr=subprocess.PIPE, text=True) as process:
                wait_until(lambda: is_served(path), "a socket")
                process.terminate()
                log = process.stderr.read()
            self.assertEqual(process.returncode, 0)
            self.assertEqual(re.findall(r"listens on ([^ \"]+)", log), [str(path)])


if __name__ == "__main__":
    unittest.main()
