#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What `launchsec id-block` makes, against idblock.py: the signatures differ each time, so no golden case can hold them.

A failure of the command is in cases/id-block-command.
"""

import base64
import hashlib
import json
import os
import pathlib
import re
import struct
import subprocess
import tempfile
import time
import unittest

import idblock
from program import BINARY

KEYS = idblock.INPUTS / "keys"
DIGEST = bytes(range(48))
PREFIX = "launchsecurity.vm.kubevirt.io/"
NATIVE = idblock.INPUTS.parent / "captures/native-snp.domain.xml"
SECRETS = (idblock.ID_KEY, idblock.AUTHOR_KEY)


def launchsec(*arguments, stdin=b""):
    """Standard output and standard error of a run that ends with 0, with no key in either."""
    done = subprocess.run([BINARY, *arguments], input=stdin, capture_output=True, timeout=60, check=False,
                          env={"LC_ALL": "C"})
    assert done.returncode == 0, done.stderr
    for secret in SECRETS:
        key = secret.to_bytes(48, "big")
        for form in (key, key[::-1], key.hex().encode(), *(base64.b64encode(key[at:])[:20] for at in range(3))):
            assert form not in done.stdout + done.stderr
    assert b"BEGIN" not in done.stdout + done.stderr
    return done.stdout.decode(), done.stderr.decode()


def make(*arguments, digest=DIGEST.hex(), key="id.pem", stdin=b""):
    return launchsec("id-block", "--digest", digest, "--id-key", key if key == "-" else KEYS / key, *arguments, stdin=stdin)


def made(*arguments, **given):
    out, err = make("--format", "json", *arguments, **given)
    return json.loads(out), err


def annotations_of(text):
    """{key without prefix: value} of annotations in YAML, which have to be in quotes to be strings."""
    lines = re.findall(rf'^{re.escape(PREFIX)}([\w-]+): "([^"\\]+)"$', text, re.M)
    assert len(lines) == text.count("\n"), text
    return dict(lines)


class Make(unittest.TestCase):
    def check(self, found, policy=0x30000, family=bytes(16), image=bytes(16), svn=0, author=False):
        """Whether that is the block, and signed by the keys."""
        block, auth = (base64.b64decode(found[name], validate=True) for name in ("id-block", "id-auth"))
        key, author_key = idblock.key_of(idblock.ID_KEY), idblock.key_of(idblock.AUTHOR_KEY)
        self.assertEqual(block, DIGEST + family + image + struct.pack("<IIQ", 1, svn, policy))
        wanted = bytearray(idblock.auth(block, author))
        for at in (0x40, 0x680):
            wanted[at:at + 0x200] = auth[at:at + 0x200]
        self.assertEqual(auth, wanted)
        self.assertTrue(idblock.verifies(key, block, auth[0x40:0x240]))
        self.assertFalse(any(auth[0x40 + 48:0x40 + 72]) or any(auth[0x40 + 120:0x240]))
        if author:
            self.assertTrue(idblock.verifies(author_key, key, auth[0x680:0x880]))
        else:
            self.assertFalse(any(auth[0x680:]))

    def test_plain(self):
        for key in ("id.pem", "pkcs8.pem"):
            with self.subTest(key=key):
                found, err = made(key=key)
                self.check(found)
                self.assertEqual(err, "")

    def test_json(self):
        found, _ = made("--author-key", KEYS / "author.pem", "--policy", "smt,single-socket", "--family-id", "11" * 16,
                        "--image-id", base64.b64encode(b"image id, 16 by.").decode(), "--guest-svn", "4294967295")
        self.check(found, 0x130000, b"\x11" * 16, b"image id, 16 by.", 4294967295, author=True)
        self.assertEqual(list(found), ["id-block", "id-auth", "id-key-digest", "author-key-digest", "digest", "policy",
                                       "family-id", "image-id", "guest-svn"])
        digests = [hashlib.sha384(idblock.key_of(secret)).hexdigest() for secret in SECRETS]
        self.assertEqual([found["id-key-digest"], found["author-key-digest"]], digests)
        self.assertEqual([found["digest"], found["policy"]], [DIGEST.hex(), "0x130000"])
        self.assertEqual([found["family-id"], found["guest-svn"]], ["11" * 16, 4294967295])
        self.assertIsNone(made()[0]["author-key-digest"])

    def test_forms_of_a_digest(self):
        base = base64.b64encode(DIGEST).decode()
        for form in (DIGEST.hex().upper(), f"hex:{DIGEST.hex()}", f"0x{DIGEST.hex()}", base, f"base64:{base}"):
            with self.subTest(form=form):
                self.check(made(digest=form)[0])

    def test_standard_input(self):
        self.check(made(digest="-", stdin=DIGEST.hex().encode() + b"\n")[0])
        self.check(made(digest="-", stdin=DIGEST.hex().encode() + b"\r\n")[0])
        self.check(made(key="-", stdin=(KEYS / "id.pem").read_bytes())[0])
        author = ("--author-key", "-")
        self.check(made(*author, stdin=(KEYS / "author.pem").read_bytes())[0], author=True)

    def test_nonces(self):
        """No two signatures share a nonce, which would tell the key."""
        auths = [base64.b64decode(made("--author-key", KEYS / "author.pem")[0]["id-auth"]) for _ in range(4)]
        seen = [auth[at:at + 72] for auth in auths for at in (0x40, 0x680)]
        self.assertEqual(len(set(seen)), 8)

    def test_policies(self):
        """Those that only some hosts take are warned of; debug makes one more annotation."""
        self.assertIn("launchsec: warning: --policy: policy 0x130000 sets single-socket", make("--policy", "0x130000")[1])
        text, err = make("--policy", "0xb0000", "--allow-debug")
        self.assertIn("sets debug", err)
        self.assertEqual(list(annotations_of(text)), ["id-block", "id-auth", "policy", "allow-debug"])

    def test_annotations(self):
        """They are what a VM starts with, and verify."""
        for author in (False, True):
            with self.subTest(author=author):
                text, _ = make(*(("--author-key", KEYS / "author.pem") if author else ()))
                found = annotations_of(text)
                self.check(found, author=author)
                self.assertEqual(list(found), ["id-block", "id-auth", *["author-key"] * author, "policy"])
                settings = [word for item in found.items() for word in ("--set", "=".join(item))]
                out, err = launchsec("apply", "--domain", NATIVE, *settings)
                self.assertIn(f"<idAuth>{found['id-auth']}</idAuth>", out)
                self.assertEqual(author, 'authorKey="yes"' in out)
                self.assertNotIn("author", err)
                launchsec("id-block", "--verify", "--id-block", found["id-block"], "--id-auth", found["id-auth"], "--digest",
                          DIGEST.hex(), "--policy", found["policy"])

    def test_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "annotations.yaml"
            path.write_text("old")
            self.assertEqual(make("-o", path), ("", ""))
            self.check(annotations_of(path.read_text()))

    def test_no_core(self):
        """While it reads a key, no core dump is made."""
        with tempfile.TemporaryDirectory() as folder:
            fifo = pathlib.Path(folder) / "key"
            os.mkfifo(fifo)
            with subprocess.Popen([BINARY, "id-block", "--digest", DIGEST.hex(), "--id-key", fifo], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE) as process:
                with open(fifo, "wb") as key:  # opens when the program does
                    key.write((KEYS / "id.pem").read_bytes()[:20])
                    key.flush()
                    time.sleep(0.1)
                    limits = pathlib.Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii")
                    process.kill()
        self.assertRegex(limits, r"Max core file size +0 +0")


if __name__ == "__main__":
    unittest.main()
