"""KubeVirt's own sequence of calls, as its launcher makes them, and what options tell it."""
import json
import os
import pathlib
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest

import grpc

from support import (CALLBACKS, ROOT, Server, annotated, call_define, call_info, call_mutate, call_shutdown, capture,
                     refusal, run_hook)

sys.path.insert(0, str(ROOT / "tests/golden"))
from squeeze import squeeze  # noqa: E402 (needs the path)

NEWEST_FIRST = ("v1alpha3", "v1alpha2", "v1alpha1")
INITDATA = 'version = "0.1.0"\nalgorithm = "sha-384"\n[data]\n"x.toml" = "y = 1"\n'
HOSTS = ROOT / "tests/golden/hosts"


def dial(path, authority="localhost"):
    """A fresh connection; None where nobody listens (the launcher looks before it calls, too)."""
    with socket.socket(socket.AF_UNIX) as attempt:
        if attempt.connect_ex(str(path)) != 0:
            return None
    return grpc.insecure_channel(f"unix:{path}", options=[("grpc.use_local_subchannel_pool", 1),
                                                          ("grpc.default_authority", authority or str(path))])


class Launcher:
    """What virt-launcher does with hook sidecars: a scan of their directories, then calls."""

    def __init__(self, base, authority="localhost"):
        self.base = pathlib.Path(base)
        self.authority = authority  # None: the path of the socket, as before KubeVirt 1.1
        self.callbacks = {}  # hook point -> [(path, version)]

    def collect(self, wanted, timeout=30):
        """Takes any entry that is no directory for a socket, and remembers it by its name alone."""
        processed = set()
        end = time.monotonic() + timeout
        while len(processed) < wanted:
            if time.monotonic() > end:
                raise AssertionError(f"found {processed} only")
            for directory in filter(pathlib.Path.is_dir, sorted(self.base.iterdir())):
                for entry in sorted(directory.iterdir()):
                    if not entry.is_dir() and entry.name not in processed and self.process(entry):
                        processed.add(entry.name)
            time.sleep(0.3)

    def process(self, path):
        channel = dial(path, self.authority)
        if channel is None:
            return False
        with channel:
            told = call_info(channel, timeout=1)
        version = next(one for one in NEWEST_FIRST if one in told.versions)
        for point in told.hookPoints:
            self.callbacks.setdefault(point.name, []).append((path, version))
        return True

    def define(self, domain, vmi):
        """Each hook gets what the one before it made."""
        for path, version in self.callbacks["OnDefineDomain"]:
            with dial(path, self.authority) as channel:
                domain = call_define(channel, domain, vmi, version, timeout=60)
        return domain

    def start(self, domain, vmi, qemu="keep"):
        """The three calls of one start; between them the domain goes through KubeVirt's struct."""
        results = []
        for _ in range(3):
            results.append(self.define(domain, vmi))
            domain = squeeze(results[-1], qemu)
        return results

    def shut_down(self):
        for path, version in self.callbacks.get("Shutdown", []):
            if version == "v1alpha3":
                with dial(path, self.authority) as channel:
                    call_shutdown(channel, timeout=60)


def snp():
    """A domain and a VMI with every SEV-SNP field that KubeVirt's struct has no room for."""
    domain, vmi = capture("devices-rich")
    return domain, annotated(vmi, type="sev-snp", host_data="ab" * 32, author_key="no", vcek="no",
                             id_block=(ROOT / "tests/golden/inputs/id-block.b64").read_text().strip(),
                             id_auth=(ROOT / "tests/golden/inputs/id-auth.b64").read_text().strip(),
                             guest_visible_workarounds="22" * 16, oem_strings='["one", "kbs:///a/b/c"]')


def tdx():
    """The same for TDX."""
    domain, vmi = capture("windows-secureboot")
    return domain, annotated(vmi, type="tdx", initdata=INITDATA, mr_owner="cd" * 48, mr_owner_config="ef" * 48,
                             qgs="unix:/run/qgs.sock")


class Sidecars(unittest.TestCase):
    def setUp(self):
        self.base = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="lsec-")))

    def sidecar(self, number, *arguments):
        name = f"hook-sidecar-{number}"
        return self.enterContext(Server(*arguments, env={"CONTAINER_NAME": name}, sockets=self.base / name, wait=False))

    def assert_ended(self, *sidecars):
        for sidecar in sidecars:
            self.assertEqual(sidecar.process.wait(30), 0)
            self.assertEqual(list(sidecar.sockets.iterdir()), [])

    def assert_start(self, launcher, domain, vmi, qemu="keep"):
        """Three calls, three times the same domain, which the exec hook makes too."""
        domain = squeeze(domain, qemu)  # KubeVirt alone decides on a declaration of xmlns:qemu that is of no use
        first, *others = launcher.start(domain, vmi, qemu)
        self.assertEqual(first, run_hook(domain, vmi)[1])
        self.assertNotEqual(squeeze(first, qemu), first)  # else nothing was dropped in between
        for other in others:
            self.assertEqual(other, first)

    def run_pod(self, version, case, qemu, authority="localhost"):
        arguments = ("--version", version) if version else ()
        launcher = Launcher(self.base, authority)
        collecting = threading.Thread(target=launcher.collect, args=(1,))
        collecting.start()  # the launcher scans before the sidecar is there
        sidecar = self.sidecar(0, *arguments)
        collecting.join()
        self.assertEqual([used for _, used in launcher.callbacks["OnDefineDomain"]], [version or "v1alpha3"])
        self.assert_start(launcher, *case(), qemu)
        launcher.shut_down()
        if version in ("v1alpha1", "v1alpha2"):
            self.assertNotIn("Shutdown", launcher.callbacks)
            sidecar.process.send_signal(signal.SIGTERM)  # Kubernetes ends such a container with its pod
        self.assert_ended(sidecar)

    def test_snp(self):
        self.run_pod(None, snp, "keep")

    def test_tdx(self):
        self.run_pod(None, tdx, "transfer")

    def test_v1alpha3(self):
        self.run_pod("v1alpha3", tdx, "keep")

    def test_v1alpha2(self):
        self.run_pod("v1alpha2", snp, "transfer")

    def test_v1alpha1(self):
        self.run_pod("v1alpha1", snp, "keep")

    def test_before_kubevirt_1_1(self):
        """Without a name of their server, its clients send the path of the socket."""
        self.run_pod(None, snp, "drop", authority=None)

    def test_two_sidecars(self):
        sidecars = self.sidecar(0), self.sidecar(1)
        launcher = Launcher(self.base)
        launcher.collect(2)
        self.assertEqual({path for path, _ in launcher.callbacks["Shutdown"]}, {one.path for one in sidecars})
        self.assert_start(launcher, *snp())
        launcher.shut_down()
        self.assert_ended(*sidecars)

    def test_restarted_container(self):
        """It finds the socket of its killed predecessor, which the launcher cannot connect to."""
        first = self.sidecar(0)
        first.wait_for_socket()
        first.stop(signal.SIGKILL)
        self.assertTrue(first.path.is_socket())
        launcher = Launcher(self.base)
        collecting = threading.Thread(target=launcher.collect, args=(1,))
        collecting.start()
        time.sleep(0.5)
        second = self.sidecar(0)
        collecting.join()
        self.assert_start(launcher, *tdx(), "transfer")
        launcher.shut_down()
        self.assert_ended(second)

    def test_refused_vm_ends_nothing(self):
        """The launcher asks again and again, until the user has fixed the VM."""
        sidecar = self.sidecar(0)
        launcher = Launcher(self.base)
        launcher.collect(1)
        domain, vmi = capture("efi-plain")
        for _ in range(3):
            code, text = refusal(launcher.define, domain, annotated(vmi, policy="0x1"))
            self.assertEqual(code, grpc.StatusCode.INVALID_ARGUMENT)
            self.assertIn("launchsecurity.vm.kubevirt.io/policy", text)
        self.assert_start(launcher, domain, vmi)
        launcher.shut_down()
        self.assert_ended(sidecar)


class Plugins(unittest.TestCase):
    def test_boot_and_migration(self):
        """A plugin's socket, a connection a call; what it made may come back to it."""
        base = self.enterContext(tempfile.TemporaryDirectory(prefix="lsec-"))
        path = os.path.join(base, "launchsec.sock")
        with Server("--plugin-socket", path):
            for domain, vmi in (snp(), tdx()):
                expected = run_hook(domain, vmi)[1]
                for context in ("Boot", "MigrationSource", "MigrationTarget"):
                    with dial(path) as channel:
                        made = call_mutate(channel, domain, vmi, context=context, timeout=30)
                        self.assertEqual(made, expected)
                        self.assertEqual(call_mutate(channel, made, vmi, context=context, timeout=30), expected)


class Options(unittest.TestCase):
    def told(self, *arguments):
        with Server(*arguments) as server, server.channel() as channel:
            return call_info(channel, timeout=5)

    def test_versions(self):
        for versions in (["v1alpha1"], ["v1alpha2"], ["v1alpha3"], ["v1alpha1", "v1alpha3"], list(CALLBACKS)):
            told = self.told(*(word for version in reversed(versions) for word in ("--version", version)))
            self.assertEqual(list(told.versions), versions)
            points = ["OnDefineDomain", "Shutdown"] if "v1alpha3" in versions else ["OnDefineDomain"]
            self.assertEqual([point.name for point in told.hookPoints], points)

    def test_versions_that_are_not_told_are_answered(self):
        domain, vmi = capture("native-snp")
        with Server("--version", "v1alpha1") as server, server.channel() as channel:
            for version in CALLBACKS:
                self.assertEqual(call_define(channel, domain, vmi, version), domain)
            self.assertEqual(call_mutate(channel, domain, vmi), domain)

    def test_name_and_priority(self):
        for priority in (0, 1, -5, 2147483647, -2147483648):
            told = self.told("--hook-name", "my hook %41", "--hook-priority", str(priority))
            self.assertEqual(told.name, "my hook %41")
            self.assertEqual(told.hookPoints[0].priority, priority)

    def assert_as_hook(self, *arguments, env=None, status=0, **annotations):
        """The server with these options and this environment answers as the exec hook with the same."""
        domain, vmi = capture("efi-plain")
        vmi = annotated(vmi, **annotations)
        found, out, err = run_hook(domain, vmi, *arguments, env=env)
        self.assertEqual(found, status)
        plain = run_hook(domain, vmi)
        self.assertNotEqual((found, out), plain[:2])  # else the options would have no effect to see
        with Server(*arguments, env=env) as server, server.channel() as channel:
            if status == 0:
                self.assertEqual(call_define(channel, domain, vmi), out)
            else:
                self.assertEqual(refusal(call_define, channel, domain, vmi),
                                 (grpc.StatusCode.INVALID_ARGUMENT, err.removesuffix("\n")))

    def test_forbid(self):
        self.assert_as_hook("--forbid", "policy,host-data", status=3, policy="0x30000")

    def test_forbid_by_environment(self):
        self.assert_as_hook(env={"LAUNCHSEC_FORBID": "vcek"}, status=3, vcek="no")

    def test_default(self):
        self.assert_as_hook("--default", "sev-snp.policy=0xb0000", "--default", "sev-snp.cbitpos=47", allow_debug="yes")

    def test_default_by_environment(self):
        self.assert_as_hook(env={"LAUNCHSEC_SEV_SNP_CBITPOS": "47"})

    def test_config(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({"sev-snp": {"cbitpos": "47", "firmware": "/x.fd"}, "forbid": ["vcek"]}, file)
            file.flush()
            self.assert_as_hook("--config", file.name)
            self.assert_as_hook("--config", file.name, status=3, vcek="no")
            self.assert_as_hook(env={"LAUNCHSEC_CONFIG": file.name})

    def test_host(self):
        host = str(HOSTS / "sev-only.json")
        self.assert_as_hook("--host", host, cbitpos="auto", reduced_phys_bits="auto")
        self.assert_as_hook(env={"LAUNCHSEC_HOST": host})


if __name__ == "__main__":
    unittest.main()
