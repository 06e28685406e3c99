# SPDX-License-Identifier: Apache-2.0
"""What makes a release, as far as it can be seen without making one: docs/release.md."""

import hashlib
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import support

PACKAGING = support.ROOT / "packaging"


def next_version(root=support.ROOT):
    return re.search(r'LAUNCHSEC_VERSION "(.*)"', (root / "include/launchsec/version.h").read_text(encoding="utf-8"))[1]


class Version(unittest.TestCase):
    """packaging/version in a repository of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for name in ("packaging/version", "include/launchsec/version.h"):
            (self.root / name).parent.mkdir(parents=True)
            shutil.copy(support.ROOT / name, self.root / name)
        self.git("init", "--quiet")
        self.git("add", ".")
        self.commit("one")

    def git(self, *arguments):
        done = support.run("git", "-C", self.root, "-c", "user.name=a", "-c", "user.email=a@example", *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def commit(self, message):
        self.git("commit", "--quiet", "--allow-empty", "--message", message)

    def version(self):
        return support.run(self.root / "packaging/version")

    def test_tagged(self):
        self.git("tag", f"v{next_version()}")
        self.assertEqual(self.version().stdout.strip(), next_version())

    def test_between(self):
        self.commit("two")
        self.assertRegex(self.version().stdout.strip(), rf"^{re.escape(next_version())}-2\.g[0-9a-f]{{12}}$")
        self.git("tag", "v0.0.1")
        self.commit("three")
        self.assertRegex(self.version().stdout.strip(), rf"^{re.escape(next_version())}-1\.g[0-9a-f]{{12}}$")

    def test_another_tag_than_the_header(self):
        self.git("tag", "v99.0.0")
        done = self.version()
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("the tag is v99.0.0", done.stderr)


class Papers(unittest.TestCase):
    def test_debian_changelog(self):
        first = (support.ROOT / "debian/changelog").read_text(encoding="utf-8").split("\n")[0]
        self.assertEqual(first.split(";")[0], f"launchsec ({next_version()}) unstable")

    def test_spdx_lists_what_cyclonedx_lists(self):
        made = [json.loads(support.run(support.ROOT / "deploy/image/sbom", "1.2.3", support.STATIC, kind).stdout)
                for kind in ("cyclonedx", "spdx")]
        cyclonedx = {part["purl"] for part in made[0]["components"]}
        spdx = {reference["referenceLocator"] for part in made[1]["packages"] for reference in part.get("externalRefs", [])}
        self.assertEqual(spdx, cyclonedx)
        own = hashlib.sha256(support.STATIC.read_bytes()).hexdigest()
        self.assertEqual(made[1]["packages"][0]["checksums"], [{"algorithm": "SHA256", "checksumValue": own}])
        identifiers = {part["SPDXID"] for part in made[1]["packages"]}
        self.assertEqual({link["relatedSpdxElement"] for link in made[1]["relationships"]}, identifiers)

    def test_provenance(self):
        with tempfile.TemporaryDirectory() as folder:
            out = pathlib.Path(folder)
            (out / "file").write_bytes(b"content")
            done = support.run(PACKAGING / "provenance", "1.2.3", "f" * 40, out)
            self.assertEqual(done.returncode, 0, done.stderr)
            statement = out / "launchsec-1.2.3.intoto.jsonl"
            made = json.loads(statement.read_text(encoding="utf-8"))
            self.assertEqual(made["subject"], [{"name": "file", "digest": {"sha256": hashlib.sha256(b"content").hexdigest()}}])
            sources = made["predicate"]["buildDefinition"]["resolvedDependencies"]
            self.assertEqual(sources[0]["digest"], {"gitCommit": "f" * 40})
            self.assertTrue(any(source.get("name", "").startswith("libxml2_") for source in sources))
            self.assertEqual(support.run(PACKAGING / "provenance", "--check", statement).returncode, 0)
            (out / "file").write_bytes(b"other")
            done = support.run(PACKAGING / "provenance", "--check", statement)
            self.assertEqual((done.returncode, done.stdout), (1, "file: FAILED\n"))

    def test_advisories_are_of_what_is_linked(self):
        def rows(name):
            text = (support.ROOT / "deploy/static" / name).read_text(encoding="utf-8")
            return [line.split() for line in text.splitlines() if line and not line.startswith("#")]
        linked = {row[1] for row in rows("libraries")}
        for row in rows("advisories"):
            self.assertIn(row[1], linked)
            self.assertRegex(row[2], r"^20\d\d-\d\d-\d\d$")
            self.assertGreater(len(row), 5, "the reason")
