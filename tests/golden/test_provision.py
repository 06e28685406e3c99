#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A disk key for each VM: what `launchsec provision` shows, and the hook makes, for a thousand names.

The key's UUID is Python's, the document is put together by test_initdata.py, and is of the bytes that are kept in
inputs/provision.
"""

import base64
import concurrent.futures
import hashlib
import json
import os
import pathlib
import random
import re
import string
import subprocess
import tomllib
import unittest
import xml.etree.ElementTree as ET

import test_initdata
from program import BINARY

GOLDEN = pathlib.Path(__file__).resolve().parent
PREFIX = "launchsecurity.vm.kubevirt.io/"
URL = "https://kbs.example.com:8080"
DOMAIN = GOLDEN / "captures/efi-plain.domain.xml"
PINNED = {"": URL, "-http": "http://kbs", "-path": "https://192.0.2.7/trustee/kbs-1", "-ipv6": "https://[2001:db8::7]:8443",
          "-service": "http://kbs-service.trustee.svc.cluster.local:8080"}


def launchsec(*arguments, stdin=""):
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False,
                          env={"LC_ALL": "C"})
    assert done.returncode == 0, done.stderr
    return done.stdout


def vmi(namespace, name, **annotations):
    return json.dumps({"kind": "VirtualMachineInstance", "spec": {"domain": {}}, "metadata": {
        "namespace": namespace, "name": name, "annotations": {PREFIX + key: value for key, value in annotations.items()}}})


def names():
    """A thousand pairs of a namespace and a name, the shortest and longest that Kubernetes takes among them."""
    chance = random.Random(2026)
    letters = string.ascii_lowercase + string.digits

    def one(longest, middle):
        length = chance.choice((1, 2, 3, chance.randint(4, 40), longest))
        return "".join(chance.choice(letters if i in (0, length - 1) else middle) for i in range(length))

    def name():
        """No label of it is empty, or has a hyphen at an end."""
        return re.sub(r"(?<![a-z0-9])\.|\.(?![a-z0-9])", "x", one(253, letters + "-."))

    return {(one(63, letters + "-"), name()) for _ in range(1200)}


class Provision(unittest.TestCase):
    def provision(self, pair):
        """What the command shows of one VM, held against another computation."""
        namespace, name = pair
        found = json.loads(launchsec("provision", "--vmi", "-", "--format", "json", stdin=vmi(*pair, provision=URL, type="tdx")))
        document = test_initdata.provisioned(namespace, name, URL)
        digest = hashlib.sha384(document).digest()
        self.assertEqual(found["document"].encode(), document)
        self.assertEqual(tomllib.loads(found["document"])["data"], {
            "trustee.kbs.url": URL, "trustee.kbs.resource": f"kbs+provisioner:///default/{found['uuid']}/root"})
        self.assertEqual(found["request"], {"method": "POST", "url": f"{URL}/kbs/v0/provisioner/provision",
                                            "body": {"vm_name": name, "namespace": namespace}})
        self.assertEqual(found["annotations"], {f"{PREFIX}provision": URL})
        self.assertEqual(base64.b64decode(found["oemString"]), document)
        for field in ("digest", "mrConfigId"):
            self.assertEqual(found[field], {"hex": digest.hex(), "base64": base64.b64encode(digest).decode()})
        self.assertIn(f'["default", "{found["uuid"]}", "root"]', found["policy"])
        self.assertIn(f'evidence.init_data == "{digest.hex()}"', found["policy"])
        return found

    def test_a_thousand_names(self):
        pairs = sorted(names())
        self.assertGreater(len(pairs), 1000)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(self.provision, pairs))
        self.assertEqual(len({one["uuid"] for one in found}), len(pairs))

    def test_the_hook_makes_the_same(self):
        for pair in sorted(names())[::20]:
            shown = self.provision(pair)
            for tee, field in (("tdx", "mrConfigId"), ("sev-snp", "hostData")):
                after = launchsec("apply", "--domain", DOMAIN, "--vmi", "-", stdin=vmi(*pair, provision=URL, type=tee))
                root = ET.fromstring(after)
                self.assertEqual([one.text for one in root.iterfind("sysinfo/oemStrings/entry")], [shown["oemString"]])
                bound = base64.b64decode(root.find(f"launchSecurity/{field}").text)
                self.assertEqual(bound, bytes.fromhex(shown["digest"]["hex"])[:len(bound)])
                self.assertEqual(len(bound), 48 if tee == "tdx" else 32)

    def test_initdata_is_the_same(self):
        """The document, given as initdata, makes the same domain; so it can be extended by hand."""
        pair = ("blue", "vm-1")
        text = self.provision(pair)["document"]
        made = [launchsec("apply", "--domain", DOMAIN, "--vmi", "-", stdin=vmi(*pair, type="tdx", **asked))
                for asked in ({"provision": URL}, {"initdata": text})]
        self.assertEqual(*made)
        shown = json.loads(launchsec("initdata", "--file", "-", "--format", "json", stdin=text))
        self.assertEqual(shown["digest"], self.provision(pair)["digest"])

    def test_pinned(self):
        """Bytes that no later launchsec may change: VMs are bound to them."""
        for name, url in PINNED.items():
            kept = (GOLDEN / f"inputs/provision/document{name}.toml").read_bytes()
            self.assertEqual(test_initdata.provisioned("blue", "vm-1", url), kept)
            shown = launchsec("provision", "--vmi", "-", "--format", "json", stdin=vmi("blue", "vm-1", provision=url))
            self.assertEqual(json.loads(shown)["document"].encode(), kept)
        self.assertEqual(hashlib.sha384((GOLDEN / "inputs/provision/document.toml").read_bytes()).hexdigest(),
                         "3113874c3c6237c1662fa9e992d6cff7fc4d5644b4761e3c5d39ab0a033a0777cc47b7d7f10c3d49d60d7d892a42f335")

    def test_request(self):
        """The command for a shell sends just what JSON shows."""
        for pair in (("blue", "vm-1"), ("a", "b.c-d")):
            text = launchsec("provision", "--vmi", "-", stdin=vmi(*pair, provision=URL))
            command = re.search(r"^  curl (.*)$", text, re.M)[1]
            words = subprocess.run(["sh", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True,
                                   env={"TOKEN": "t"}).stdout.splitlines()
            self.assertEqual(words, ["--fail", "-X", "POST", "-H", "Authorization: Bearer t", "-H",
                                     "Content-Type: application/json", "-d",
                                     f'{{"vm_name":"{pair[1]}","namespace":"{pair[0]}"}}', f"{URL}/kbs/v0/provisioner/provision"])


if __name__ == "__main__":
    unittest.main()
