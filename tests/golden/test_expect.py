#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `launchsec expect` writes: what `measure` prints, and every claim with where it comes from."""

import json
import pathlib
import subprocess
import tempfile
import unittest

import made
from program import BINARY

GOLDEN = pathlib.Path(__file__).resolve().parent
PREFIX = "launchsecurity.vm.kubevirt.io/"
DIGEST = "ab" * 48
FORMATS = {"reference-values.json": "rvps", "resource-policy.rego": "trustee-policy", "ita-policy.rego": "ita"}
NAMES = {"claims.json", *FORMATS}
# AMD 56860 4.3, as Trustee's verifier shows it (deps/verifier/src/snp/mod.rs).
POLICY_BITS = {"policy_smt_allowed": 16, "policy_migrate_ma": 18, "policy_debug_allowed": 19, "policy_single_socket": 20}


def vm(tee, **annotations):
    set_ = {PREFIX + name.replace("_", "-"): value for name, value in annotations.items()}
    return json.dumps({"kind": "VirtualMachineInstance", "metadata": {"name": "a", "annotations": set_ | {PREFIX + "type": tee}},
                       "spec": {"domain": {"cpu": {"cores": 2, "model": "EPYC-Genoa"},
                                           "firmware": {"bootloader": {"efi": {"secureBoot": False}}}}}})


class Expect(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.firmware = self.folder / "fw.fd"
        self.firmware.write_bytes(made.INPUTS["both.fd"]())

    def run_on(self, command, manifest, *arguments, status=0):
        done = subprocess.run([BINARY, command, "--firmware", self.firmware, "--vmi", "-", *arguments], input=manifest, text=True,
                              capture_output=True, timeout=60, check=False, env={"LC_ALL": "C"})
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def written(self, manifest, *arguments):
        out = self.folder / "out"
        text = self.run_on("expect", manifest, "-o", out, *arguments).stdout
        found = {path.name: path.read_text() for path in out.iterdir()}
        self.assertEqual(set(found), NAMES)
        self.assertEqual({line for line in text.splitlines() if line in NAMES}, NAMES)
        return found

    def test_measure_prints_the_same(self):
        for tee in ("sev-snp", "tdx"):
            manifest = vm(tee, initdata='version = "0.1.0"\nalgorithm = "sha384"\n[data]\n')
            for also in ((), ("--also", DIGEST)):
                found = self.written(manifest, *also)
                for name, form in FORMATS.items():
                    self.assertEqual(found[name], self.run_on("measure", manifest, "--format", form, *also).stdout)
                measured = json.loads(self.run_on("measure", manifest, "--format", "json").stdout)
                claims = json.loads(found["claims.json"])
                self.assertEqual({name: claims["claims"][name]["value"] for name in measured["claims"]}, measured["claims"])
                self.assertEqual(claims["inputs"], measured["inputs"])
                self.assertEqual(claims["warnings"], measured["warnings"])

    def claims(self, manifest, *arguments):
        return json.loads(self.written(manifest, *arguments)["claims.json"])["claims"]

    def test_policy(self):
        for policy in (0x30000, 0x20000, 0x130000, 0x30137, 0xB0000):
            claims = self.claims(vm("sev-snp", policy=hex(policy), allow_debug="yes"))
            self.assertEqual(int(claims["policy"]["value"], 16), policy)
            self.assertEqual(claims["policy_abi_major"]["value"], policy >> 8 & 0xFF)
            self.assertEqual(claims["policy_abi_minor"]["value"], policy & 0xFF)
            for name, bit in POLICY_BITS.items():
                self.assertIs(claims[name]["value"], bool(policy >> bit & 1), name)
                self.assertEqual(claims[name]["from"], PREFIX + "policy")
        self.assertFalse([name for name in self.claims(vm("tdx")) if name.startswith("policy")])

    def test_where_claims_are_from(self):
        claims = self.claims(vm("sev-snp", host_data="hex:" + "5a" * 32))
        self.assertEqual(claims["host_data"], {"value": "5a" * 32, "from": PREFIX + "host-data"})
        self.assertEqual(claims["policy"]["from"], "default")
        self.assertEqual(claims["id_key_digest"], {"value": "00" * 48, "from": "not set"})
        claims = self.claims(vm("sev-snp"), "--default", "sev-snp.policy=0x30001")
        self.assertEqual(claims["policy"], {"value": "0x30001", "from": "--default sev-snp.policy"})
        claims = self.claims(vm("tdx", mr_owner="hex:" + "17" * 48))
        self.assertEqual(claims["mr_owner"], {"value": "17" * 48, "from": PREFIX + "mr-owner"})
        self.assertEqual(claims["mr_owner_config"], {"value": "00" * 48, "from": "not set"})
        self.assertEqual(claims["mr_td"]["from"], "inputs")

    def test_id_block(self):
        block = (GOLDEN / "inputs/id-block.b64").read_text().strip()
        auth = (GOLDEN / "inputs/id-auth-author-key.b64").read_text().strip()
        for author in ("yes", "no"):
            claims = self.claims(vm("sev-snp", id_block=block, id_auth=auth, author_key=author))
            for name in ("family_id", "image_id", "guest_svn"):
                self.assertEqual(claims[name]["from"], PREFIX + "id-block")
            self.assertEqual(claims["id_key_digest"]["from"], PREFIX + "id-auth")
            self.assertNotEqual(claims["id_key_digest"]["value"], "00" * 48)
            self.assertEqual(claims["author_key_digest"]["from"], PREFIX + "id-auth" if author == "yes" else "not set")
            self.assertEqual(claims["author_key_digest"]["value"] == "00" * 48, author == "no")

    def test_debug(self):
        """The policies never hold then, and it says so."""
        warned = self.run_on("expect", vm("sev-snp", policy="smt,debug", allow_debug="yes"), "-o", self.folder / "out").stderr
        self.assertIn("resource-policy.rego: the VM's policy lets the host debug it", warned)

    def test_files_are_replaced(self):
        out = self.folder / "out"
        out.mkdir()
        (out / "claims.json").write_text("old")
        (out / "another").write_text("another")
        self.run_on("expect", vm("tdx"), "-o", out)
        self.assertEqual(json.loads((out / "claims.json").read_text())["tee"], "tdx")
        self.assertEqual({path.name for path in out.iterdir()}, NAMES | {"another"})

    def test_provision(self):
        """The rule is the one that `provision` makes: the one for all resources is not written."""
        out = self.folder / "out"
        manifest = (GOLDEN / "inputs/provision/tdx.json").read_text()
        self.run_on("expect", manifest, "-o", out)
        self.assertEqual({path.name for path in out.iterdir()}, NAMES - {"resource-policy.rego"})

    def test_an_odd_directory_is_quoted(self):
        text = self.run_on("expect", vm("tdx"), "-o", f"{self.folder}/o\x1b[31m\n").stdout
        self.assertTrue(all(line.isprintable() for line in text.splitlines()), text)
        self.assertIn(f'Written to "{self.folder}/o\\x1b[31m\\x0a", where these commands run:\n', text)
        plain = self.run_on("expect", vm("tdx"), "-o", f"{self.folder}/o").stdout
        self.assertIn(f"Written to {self.folder}/o, where these commands run:\n", plain)

    def test_parents_are_made(self):
        self.run_on("expect", vm("tdx"), "-o", self.folder / "a/b/out/")
        self.assertEqual({path.name for path in (self.folder / "a/b/out").iterdir()}, NAMES)

    def test_all_files_are_replaced_or_none(self):
        """The last of them is a directory, which no file can replace."""
        out = self.folder / "out"
        out.mkdir()
        for name in NAMES - {"ita-policy.rego"}:
            (out / name).write_text("old")
        (out / "ita-policy.rego").mkdir()
        done = self.run_on("expect", vm("tdx"), "-o", out, status=1)
        self.assertEqual(done.stdout, "")
        self.assertIn("ita-policy.rego", done.stderr)
        self.assertEqual({path.name for path in out.iterdir()}, NAMES)
        self.assertEqual({path.read_text() for path in out.iterdir() if path.is_file()}, {"old"})

    def test_nothing_is_made_for_a_refused_vm(self):
        out = self.folder / "out"
        self.run_on("expect", vm("sev-snp", policy="0x2"), "-o", out, status=3)
        self.assertFalse(out.exists())


if __name__ == "__main__":
    unittest.main()
