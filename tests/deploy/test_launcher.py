# SPDX-License-Identifier: Apache-2.0
"""Images that buildah makes and saves, as `launchsec measure --launcher` reads them: layers, white-outs, links."""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from support import BINARY, ROOT, output, run

sys.path.insert(0, str(ROOT / "tests/launcher"))
import archives  # noqa: E402


class Launcher(unittest.TestCase):
    """One image of three layers, saved in each way."""

    @classmethod
    def setUpClass(cls):
        if "libarchive" not in output(BINARY, "version"):
            raise RuntimeError("built without libarchive (Debian: libarchive-dev)")
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="lsec-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.make_image()

    @classmethod
    def buildah(cls, *arguments):
        return output("buildah", "--log-level", "error", "--storage-driver", "vfs", "--root", cls.folder / "store",
                      "--runroot", cls.folder / "run", *arguments).strip()

    @classmethod
    def layer(cls, base, change):
        """The image with one layer more."""
        container = cls.buildah("from", "--pull-never", base)
        change(pathlib.Path(cls.buildah("mount", container)))
        cls.buildah("umount", container)
        cls.buildah("commit", "--quiet", container, "launcher:x")
        cls.buildah("rm", container)
        return "launcher:x"

    @classmethod
    def make_image(cls):
        def first(root):
            (root / "usr/share/edk2/ovmf").mkdir(parents=True)
            (root / "usr/share/old/deep").mkdir(parents=True)
            (root / "usr/share/edk2/ovmf/OVMF.amdsev.fd").write_bytes(archives.firmware("old"))
            (root / "usr/share/edk2/ovmf/OVMF.inteltdx.fd").write_bytes(archives.firmware("tdx"))
            (root / "usr/share/old/OVMF.fd").write_bytes(archives.firmware("gone"))
            (root / "usr/share/old/deep/OVMF.fd").write_bytes(archives.firmware("hidden"))
            (root / "usr/share/edk2/\u00fcber.fd").write_bytes(archives.firmware("umlaut"))
            (root / "usr/share/OVMF").symlink_to("edk2/ovmf")
            (root / "usr/share/ovmf.fd").symlink_to("/usr/share/OVMF/OVMF.inteltdx.fd")
            (root / "usr/share/hard.fd").hardlink_to(root / "usr/share/edk2/ovmf/OVMF.inteltdx.fd")

        def second(root):
            (root / "usr/share/edk2/ovmf/OVMF.amdsev.fd").write_bytes(archives.firmware("new", 8192))  # or buildah does not see it
            (root / "usr/share/old/OVMF.fd").unlink()

        def third(root):
            shutil.rmtree(root / "usr/share/old")
            (root / "usr/share/old").mkdir()
            (root / "usr/share/old/other.fd").write_bytes(archives.firmware("other"))

        image = cls.layer("scratch", first)
        image = cls.layer(image, second)
        cls.layer(image, third)

    def check(self, path, *options):
        """Saves it as PATH, and compares."""
        kind, name = path.split(":", 1)
        target = self.folder / name
        self.buildah("push", "--quiet", *options, "launcher:x", f"{kind}:{target}:launcher:x")
        rows = json.loads(output(BINARY, "measure", "--launcher", target, "--list", "--format", "json"))
        digest = {text: archives.sha256(archives.firmware(text)) for text in ("tdx", "other", "umlaut")}
        self.assertEqual({row["path"]: row.get("sha256", row["link"]) for row in rows}, {
            "/usr/share/edk2/ovmf/OVMF.amdsev.fd": archives.sha256(archives.firmware("new", 8192)),
            "/usr/share/edk2/ovmf/OVMF.inteltdx.fd": digest["tdx"],
            "/usr/share/edk2/\u00fcber.fd": digest["umlaut"],
            "/usr/share/hard.fd": "/usr/share/edk2/ovmf/OVMF.inteltdx.fd",
            "/usr/share/old/other.fd": digest["other"],
            "/usr/share/ovmf.fd": "/usr/share/edk2/ovmf/OVMF.inteltdx.fd",
        })

    def test_oci_archive(self):
        self.check("oci-archive:oci.tar")

    def test_oci_archive_zstd(self):
        self.check("oci-archive:zstd.tar", "--compression-format", "zstd")
        self.assertIn(b"\x28\xb5\x2f\xfd", (self.folder / "zstd.tar").read_bytes())

    def test_oci_directory(self):
        self.check("oci:layout")
        blobs = self.folder / "layout/blobs/sha256"
        index = json.loads((self.folder / "layout/index.json").read_bytes())
        manifest = json.loads((blobs / index["manifests"][0]["digest"].removeprefix("sha256:")).read_bytes())
        self.assertEqual(len(manifest["layers"]), 3)

    def test_docker_archive(self):
        self.check("docker-archive:docker.tar")

    def test_changed(self):
        """A byte of a blob that is another."""
        self.buildah("push", "--quiet", "launcher:x", f"oci:{self.folder / 'changed'}:launcher:x")
        blob = max((self.folder / "changed/blobs/sha256").iterdir(), key=lambda path: path.stat().st_size)
        content = bytearray(blob.read_bytes())
        content[-1] ^= 1
        blob.write_bytes(content)
        done = run(BINARY, "measure", "--launcher", self.folder / "changed", "--list")
        self.assertEqual((done.returncode, done.stdout), (3, ""))
        self.assertIn("has the SHA-256" if "has the SHA-256" in done.stderr else "damaged", done.stderr)
