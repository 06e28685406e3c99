#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compute again what initdata, OEM strings and digests of texts must give, with other programs than launchsec.

The golden cases say what comes out; here their expected files are held against hashlib and coreutils' sha256sum,
sha384sum and sha512sum, and what launchsec makes of many more documents, in every form and up to the largest, too.
"""

import base64
import collections
import gzip
import hashlib
import json
import pathlib
import random
import re
import subprocess
import unittest
import uuid
import xml.etree.ElementTree as ET

import made
import properties
from program import BINARY
import run
import test_toml


GOLDEN = pathlib.Path(__file__).resolve().parent
PREFIX = "launchsecurity.vm.kubevirt.io/"
FIELDS = {"host-data": ("hostData", 32), "mr-config-id": ("mrConfigId", 48)}
FIELDS |= {"mr-owner": ("mrOwner", 48), "mr-owner-config": ("mrOwnerConfig", 48)}
BOUND = {"sev-snp": "host-data", "tdx": "mr-config-id"}
OF_TEXT = re.compile(rb"(sha256|sha384)-of:(.+)", re.DOTALL)
NOTE = re.compile(r"# (sha\d+)sum (inputs/\S+|of the text): ([0-9a-f]+)")
FORMS = ("plain", "base64", "base64 lines", "gzip", "gzip named", "gzip lines")
NO_DIGEST = {"--check", "--explain", "--diff"}  # arguments with which it need not be in the output


def document_of(value):
    """The document in VALUE, bytes: as it is, or out of base64 and gzip."""
    if re.fullmatch(rb"[A-Za-z0-9+/=\s]+", value):
        value = base64.b64decode(value)
    return gzip.decompress(value) if value.startswith(b"\x1f\x8b") else value


def language_of(document):
    """The language of DOCUMENT: json or toml."""
    return "json" if document.removeprefix(test_toml.BOM).lstrip().startswith(b"{") else "toml"


def digest_of(document):
    """The digest of DOCUMENT by the algorithm that it names, and that name in full."""
    algorithm = test_toml.parse(document, language_of(document))["algorithm"]
    return hashlib.new(algorithm.replace("-", ""), document).digest(), algorithm


def fit(digest, size):
    """DIGEST cut off at its end, or filled up with zeros there, in base64."""
    return base64.b64encode((digest + bytes(size))[:size]).decode()


def bound_by(value):
    """The bytes that the annotation bind stands for."""
    if match := OF_TEXT.fullmatch(value):
        return hashlib.new(match[1].decode(), match[2]).digest()
    if match := re.fullmatch(rb"(?:hex:0x|hex:|0x(?=[0-9a-f]+$)|(?=[0-9a-f]{96}$))([0-9a-f]+)", value, re.IGNORECASE):
        return bytes.fromhex(match[1].decode())
    return base64.b64decode(value.removeprefix(b"base64:"), validate=True)


def smbios(domain):
    """The OEM strings of DOMAIN, and its way to make SMBIOS tables."""
    root = ET.fromstring(domain)
    mode = root.find("os/smbios")
    return [entry.text or "" for entry in root.findall("sysinfo[@type='smbios']/oemStrings/entry")], (
        None if mode is None else mode.get("mode")
    )


def asked_by(case):
    """What CASE asks for: values as bytes, by key without prefix; None where that cannot be told here."""
    asked, names = {}, {}
    if isinstance(case.vmi, pathlib.Path):
        try:
            vmi = json.loads(case.vmi.read_bytes())
        except ValueError:
            return None
        names = {"namespace": dict(zip(case.arguments, case.arguments[1:])).get("--namespace")} | vmi["metadata"]
        vmi = vmi["spec"]["template"] if "template" in vmi.get("spec", {}) else vmi
        for key, value in (vmi.get("metadata", {}).get("annotations") or {}).items():
            if key.startswith(PREFIX):
                asked[key.removeprefix(PREFIX)] = value.encode()
    for setting in case.settings:
        key, _, value = setting.partition(b"=")
        asked[key.decode().removeprefix(PREFIX)] = value
    if "provision" in asked:
        asked["initdata"] = provisioned(names["namespace"], names["name"], asked.pop("provision").decode())
    return asked


def provisioned(namespace, name, url):
    """The document that the annotation `provision` makes for the VM of that NAME: bytes that never change."""
    key = uuid.uuid5(uuid.UUID("feab5599-6854-52bc-95f0-0241c03e620a"), f"{namespace}/{name}")
    return (f'algorithm = "sha384"\nversion = "0.1.0"\n\n[data]\n"trustee.kbs.url" = "{url}"\n'
            f'"trustee.kbs.resource" = "kbs+provisioner:///default/{key}/root"\n').encode()


def strings_of(value):
    """The OEM strings of the annotation VALUE."""
    return json.loads(value) if value.strip().startswith(b"[") else [value.decode()]


def fields_of(root, name):
    """The values of the field NAME, in launchSecurity or in QEMU's object."""
    objects = [json.loads(value.get("value")) for option, value in properties.own_arguments(root)
               if option.get("value") == "-object"]
    return [one.text for one in root.findall(f"launchSecurity/{name}")] + [
        one[name.lower()] for one in objects if name.lower() in one]


def check_domain(test, asked, before, after):
    """Check what the domain AFTER, made of BEFORE, holds of what was ASKED; return whether there were digests."""
    root = ET.fromstring(after)
    wanted, digests = [], {}
    for key, value in asked.items():
        if key in FIELDS and (match := OF_TEXT.fullmatch(value)):
            digests[key] = hashlib.new(match[1].decode(), match[2]).digest()
    if "initdata" in asked:
        document = document_of(asked["initdata"])
        digests[BOUND[properties.tee_of(root)]] = digest_of(document)[0]
        wanted.append(base64.b64encode(document).decode())
    for key, digest in digests.items():
        name, size = FIELDS[key]
        test.assertEqual(fields_of(root, name), [fit(digest, size)])
    if "bind" in asked:
        name, size = FIELDS[BOUND[properties.tee_of(root)]]
        test.assertEqual(fields_of(root, name), [fit(bound_by(asked["bind"]), size)])
    wanted += strings_of(asked["oem-strings"]) if "oem-strings" in asked else []
    (own, mode), (found, mode_after) = smbios(before), smbios(after)
    test.assertEqual(mode_after, "sysinfo" if wanted else mode)
    # The last of the own ones may be the first of ours.
    shared = [n for n in range(len(wanted) + 1) if own[len(own) - n :] == wanted[:n]]
    test.assertIn(found, [own[: len(own) - n] + wanted for n in shared])
    return bool(digests)


def readings_of(text):
    """What bytes the value TEXT may stand for, printed as hex in groups, a list of numbers or base64."""
    text = text.strip().strip('"')
    bare = re.sub(r"^(hex:|base64:|sha\d+:)", "", text)
    found = set()
    groups = [group.removeprefix("0x") for group in re.split(r"[\s:,\[\]]+", bare) if group]
    if not text.startswith("base64:") and all(re.fullmatch("([0-9a-fA-F]{2})+", group) for group in groups):
        found.add(bytes.fromhex("".join(groups)))
    if bare.startswith("["):
        found.add(bytes(json.loads(bare)))
    if not text.startswith("hex:") and re.fullmatch("[A-Za-z0-9+/_-]+=*", bare):
        found.add(base64.b64decode(bare.rstrip("=").replace("-", "+").replace("_", "/") + "=="))
    return found


def shown_by(document, verify=None):
    """What `launchsec initdata --format json` must show of DOCUMENT, compared with VERIFY."""
    digest, algorithm = digest_of(document)
    members = test_toml.parse(document, language_of(document))
    shown = {"language": language_of(document), "bytes": len(document), "texts": len(members["data"])}
    shown["algorithm"] = test_toml.ALGORITHMS.get(algorithm, algorithm)
    for name, size in (("digest", len(digest)), ("hostData", 32), ("mrConfigId", 48)):
        text = fit(digest, size)
        shown[name] = {"hex": base64.b64decode(text).hex(), "base64": text}
        if verify is not None:
            shown[name]["matches"] = base64.b64decode(text) in readings_of(verify)
    return shown | {"oemString": base64.b64encode(document).decode()}


def notes_of(case):
    """The digests that the comments of CASE note: algorithm, what it is of, hex."""
    return NOTE.findall(case.path.read_text(encoding="utf-8"))


def run_with(stdin, *arguments):
    """Run launchsec with ARGUMENTS and the bytes STDIN."""
    return subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, check=False, timeout=60)


class ExpectedFilesTest(unittest.TestCase):
    """The expected files of the golden cases, computed again."""

    @classmethod
    def setUpClass(cls):
        cases, wrong = run.read_cases()
        if wrong:
            raise ValueError(wrong)
        cls.cases = [case for case in cases if not case.exit]

    def outputs(self, *commands):
        """The cases that run one of COMMANDS, and what comes out."""
        for case in self.cases:
            if case.command in commands and case.expected(".out").exists():
                yield case, case.expected(".out").read_bytes()

    def test_domains(self):
        found = collections.Counter()
        for case, out in self.outputs("apply", "exec"):
            asked = asked_by(case)
            if asked is None or not out.startswith(b"<") or case.input_domain() is None:
                continue
            with self.subTest(case.name):
                if check_domain(self, asked, case.input_domain(), out):
                    self.assertTrue(notes_of(case), "no digest noted")
                found.update(asked.keys())
        self.assertGreater(found["initdata"], 30)
        self.assertGreater(found["oem-strings"], 25)
        self.assertGreater(found["bind"], 10)

    def test_command(self):
        found = collections.Counter()
        for case, out in self.outputs("initdata"):
            if "--help" in case.arguments:
                continue
            arguments = dict(zip(case.arguments, case.arguments[1:]))
            path = arguments.get("--file")
            document = document_of((case.stdin if path in (None, "-") else pathlib.Path(path)).read_bytes())
            shown = shown_by(document, arguments.get("--verify"))
            with self.subTest(case.name):
                if arguments.get("--format") == "json":
                    self.assertEqual(json.loads(out), shown)
                else:
                    self.assertEqual(out.decode().split(), self.told(shown).split())
                self.assertTrue(notes_of(case), "no digest noted")
                found[arguments.get("--format", "text")] += 1
        self.assertGreater(found["json"], 4)
        self.assertGreater(found["text"], 20)

    @staticmethod
    def told(shown):
        """SHOWN for people."""
        texts = f"{shown['texts']} text" + "s" * (shown["texts"] != 1)
        lines = [f"{shown['language'].upper()} document, {shown['bytes']} bytes, {texts}, {shown['algorithm']}"]
        for name, title in (("digest", "digest"), ("hostData", "SEV-SNP hostData"), ("mrConfigId", "TDX mrConfigId")):
            one = shown[name]
            given = ", the value given" if one.get("matches") else ""
            lines.append(f"{title} ({len(one['hex']) // 2} bytes){given} hex {one['hex']} base64 {one['base64']}")
        lines.append("OEM string (SMBIOS type 11), base64 of the document; the annotation accepts it too")
        return "\n".join([*lines, shown["oemString"]])

    def test_notes(self):
        """The digests noted in the cases are coreutils', and are in what comes out."""
        sums, found = {}, 0
        for case in self.cases:
            for name, what, noted in notes_of(case):
                digest = bytes.fromhex(noted)
                if what.startswith("inputs/"):
                    if (name, what) not in sums:
                        done = subprocess.run([f"{name}sum", GOLDEN / what], capture_output=True, text=True, check=True)
                        sums[name, what] = done.stdout.split()[0]
                    self.assertEqual(noted, sums[name, what], case.name)
                    self.assertEqual(digest, hashlib.new(name, (GOLDEN / what).read_bytes()).digest(), case.name)
                if NO_DIGEST.intersection(case.arguments):
                    continue
                found += 1
                out = case.expected(".out").read_text(encoding="utf-8")
                fields = "|".join(re.escape(fit(digest, size)) for size in (32, 48))
                self.assertRegex(out, f"""([> "]|&quot;)({fields})([<\n"]|&quot;)""", case.name)
        self.assertGreater(len(sums), 10)
        self.assertGreater(found, 90)


class ProgramTest(unittest.TestCase):
    """What launchsec makes of documents that no golden case has."""

    def launchsec(self, *arguments, stdin=None):
        """Run launchsec, which must end well, and return what it prints."""
        done = run_with(stdin, *arguments)
        self.assertEqual(done.returncode, 0, done.stderr.decode(errors="replace")[:2000])
        return done.stdout

    def apply(self, domain, asked):
        """Apply what is ASKED to the file DOMAIN, check all that must hold, and return the result."""
        settings = [text for key, value in asked.items() for text in ("--set", key.encode() + b"=" + value)]
        host = ("--host", GOLDEN / "hosts" / "snp.json")

        def again(xml):
            return self.launchsec("apply", *host, "--domain", "-", *settings, stdin=xml)

        before = domain.read_bytes()
        after = again(before)
        self.assertEqual(properties.check(before, after, again), [])
        check_domain(self, asked, before, after)
        return after

    def test_documents(self):
        """Documents of all kinds, in every form, on both TEEs, with strings and without."""
        maker = test_toml.Maker(4)
        strings = (None, None, b"one", b'["a,b", " ", "a,b"]', b'["app:one"]')
        names = ("small.xml", "own.xml", "emulate.xml", "one-line.xml")
        domains = [GOLDEN / "inputs" / "oem-strings" / name for name in names]
        count = 0
        while count < 42:
            document = maker.made_json() if count % 4 == 3 else maker.made()
            if run_with(document, "initdata", "--file", "-").returncode:
                continue
            form = FORMS[count % len(FORMS)]
            value = self.in_form(form, maker.random, document)
            tee = maker.random.choice(list(BOUND))
            asked = {"type": tee.encode(), "initdata": value}
            if (more := maker.random.choice(strings)) is not None:
                asked["oem-strings"] = more
            if maker.random.random() < 0.3:
                asked[BOUND[tee]] = digest_of(document)[0].ljust(48, b"\0")[: FIELDS[BOUND[tee]][1]].hex().encode()
            with self.subTest(document=document, form=form):
                self.apply(maker.random.choice(domains), asked)
            count += 1

    @staticmethod
    def in_form(form, chance, document):
        """DOCUMENT in the form of that name."""
        packed = document
        if form.startswith("gzip"):
            packed = gzip.compress(document, chance.randrange(10), mtime=0)
        if form == "gzip named":  # the header of gzip without -n: a time and the file's name (RFC 1952 2.3)
            packed = packed[:3] + b"\x08\x12\x34\x56\x78" + packed[8:10] + b"initdata.toml\0" + packed[10:]
        if form == "plain":
            return document
        return base64.encodebytes(packed) if form.endswith("lines") else base64.b64encode(packed)

    def test_large(self):
        small = GOLDEN / "inputs" / "oem-strings" / "small.xml"
        for size in (65535, 65536, 65537, made.LONGEST):
            for tee in BOUND:
                with self.subTest(size=size, tee=tee):
                    after = self.apply(small, {"type": tee.encode(), "initdata": made.document(size)})
                    self.assertGreater(len(after), size * 4 // 3)

    def test_exec(self):
        """64 KiB, packed or not, fit into the one argument of the exec protocol."""
        small = (GOLDEN / "inputs" / "oem-strings" / "small.xml").read_bytes()
        document = made.document(65536)
        for value in (document, base64.b64encode(document), base64.b64encode(gzip.compress(document))):
            vmi = made.vmi_of(type="tdx", initdata=value)
            after = self.launchsec("on-define-domain", "--vmi", vmi, "--domain", small)
            check_domain(self, {"initdata": value}, small, after)

    def test_largest(self):
        """The command takes 1 MiB, also unpacked, and shows it whole."""
        document = made.document(made.MIB)
        packed = gzip.compress(document)
        for value in (document, packed, base64.b64encode(document), base64.encodebytes(packed)):
            out = self.launchsec("initdata", "--file", "-", "--format", "json", stdin=value)
            self.assertEqual(json.loads(out), shown_by(document))

    def test_verify(self):
        """Each bit of a value counts."""
        document = (GOLDEN / "inputs" / "initdata" / "sha-384.toml").read_bytes()
        digest = digest_of(document)[0]
        chance = random.Random(5)
        for size in (32, 48):
            for bit in chance.sample(range(size * 8), 16):
                value = bytearray(digest[:size])
                value[bit // 8] ^= 1 << bit % 8
                for text in (value.hex(), base64.b64encode(value).decode()):
                    done = run_with(document, "initdata", "--file", "-", "--verify", text)
                    self.assertEqual((done.returncode, done.stdout), (3, b""))


if __name__ == "__main__":
    unittest.main()
