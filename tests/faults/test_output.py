# SPDX-License-Identifier: Apache-2.0
"""Where the result cannot be written: full disks, limits, missing rights, readers that are gone.

Status 1, a line that says why, standard output empty, the old file of -o as it was and nothing beside it.
"""
import os
import pathlib
import resource
import subprocess
import tempfile
import unittest

from support import BINARY, annotated, capture

FAILED = 1
OLD = "the old file\n"
NOBODY = 65534
# A disk of one block, which the old file has. The shell is given the folder and the command.
FULL_DISK = 'mount -t tmpfs -o size=4k launchsec "$0" && printf "the old file\\n" > "$0/out.xml" && \
{ "$@"; status=$?; } ; cat "$0/out.xml" && ls -A "$0" && exit $status'
READ_ONLY = 'mount -t tmpfs launchsec "$0" && printf "the old file\\n" > "$0/out.xml" && mount -o remount,ro "$0" && \
{ "$@"; status=$?; } ; cat "$0/out.xml" && ls -A "$0" && exit $status'


class Output(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="lsec-")))
        self.inputs, self.outputs = self.folder / "in", self.folder / "out"
        for path in (self.inputs, self.outputs):
            path.mkdir()
        self.folder.chmod(0o755)
        domain, vmi = capture("efi-plain")
        (self.inputs / "domain.xml").write_bytes(domain)
        (self.inputs / "vmi.json").write_bytes(annotated(vmi, type="tdx"))
        self.domain, self.vmi = domain, annotated(vmi, type="tdx")
        self.out = self.outputs / "out.xml"
        self.out.write_text(OLD)
        self.apply = [str(BINARY), "apply", "--domain", str(self.inputs / "domain.xml"), "--vmi",
                      str(self.inputs / "vmi.json")]

    def run_it(self, argv, **options):
        return subprocess.run(argv, check=False, stderr=subprocess.PIPE, text=True, timeout=60,
                              **{"stdout": subprocess.PIPE, **options})

    def assert_failed(self, done, place, why, listed=False):
        """`listed`: the shell has printed the old file and the folder."""
        errors = [line for line in done.stderr.splitlines() if not line.startswith("launchsec: warning: ")]
        self.assertEqual((done.returncode, errors), (FAILED, [f"launchsec: error: {place}: {why}"]))
        if listed:
            self.assertEqual(done.stdout, f"{OLD}out.xml\n")
        else:
            self.assertFalse(done.stdout)
            self.assertEqual({path.name: path.read_text() for path in self.outputs.iterdir()}, {"out.xml": OLD})

    def on_file_system(self, script):
        """-o to a file system of its own, which the script mounts and prints."""
        mounts = ["unshare", "--mount"] + ["--map-root-user"] * (os.geteuid() != 0)
        return self.run_it([*mounts, "sh", "-c", script, str(self.outputs), *self.apply, "-o", str(self.out)])

    def test_full_disk(self):
        self.assert_failed(self.on_file_system(FULL_DISK), self.out, "cannot be written: No space left on device", True)

    def test_read_only_file_system(self):
        self.assert_failed(self.on_file_system(READ_ONLY), self.out, "cannot be created: Read-only file system", True)

    def test_file_size_limit(self):
        """Half of it may be written; the signal that comes with it ends nothing."""
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
        done = self.run_it([*self.apply, "-o", str(self.out)], preexec_fn=limit)
        self.assert_failed(done, self.out, "cannot be written: File too large")

    def test_directory_of_another(self):
        if os.geteuid() == 0:
            done = self.run_it([*self.apply, "-o", str(self.out)], user=NOBODY, group=NOBODY, extra_groups=[])
        else:
            self.outputs.chmod(0o500)
            done = self.run_it([*self.apply, "-o", str(self.out)])
            self.outputs.chmod(0o700)
        self.assert_failed(done, self.out, "cannot be created: Permission denied")

    def test_read_only_file(self):
        """It is replaced, not written to: what counts is the directory. Its mode stays."""
        self.out.chmod(0o444)
        done = self.run_it([*self.apply, "-o", str(self.out)])
        self.assertEqual((done.returncode, done.stdout), (0, ""))
        self.assertEqual(self.out.stat().st_mode & 0o777, 0o444)
        self.assertEqual(self.out.read_text(), self.run_it(self.apply).stdout)

    def test_link(self):
        """It stays one, and what it leads to is as it was; also where that cannot be replaced."""
        link = self.folder / "link"
        link.symlink_to("out/out.xml")
        done = self.run_it([*self.apply, "-o", str(link)])
        self.assertEqual((done.returncode, os.readlink(link)), (0, "out/out.xml"))
        self.assertEqual(self.out.read_text(), self.run_it(self.apply).stdout)

    def test_directory(self):
        done = self.run_it([*self.apply, "-o", str(self.outputs)])
        self.assert_failed(done, self.outputs, "is a directory; name a file")

    def commands(self):
        hook = [str(BINARY), "on-define-domain", "--vmi", self.vmi, "--domain", self.domain]
        return (self.apply, [*self.apply, "--explain"], [*self.apply, "-o", "/dev/stdout"], hook,
                [str(BINARY), "annotations"], [str(BINARY), "--help"], [str(BINARY), "version"])

    def test_standard_output_full(self):
        for argv in self.commands():
            with self.subTest(argv[1:2]), open("/dev/full", "w", encoding="utf-8") as full:
                place = "/dev/stdout" if "-o" in argv else "standard output"
                self.assert_failed(self.run_it(argv, stdout=full), place, "cannot be written: No space left on device")

    def test_standard_output_closed_by_its_reader(self):
        for argv in self.commands():
            if "-o" in argv:
                continue  # a pipe that nobody reads cannot be opened by a name
            reader, writer = os.pipe()
            os.close(reader)
            with self.subTest(argv[1:2]):
                done = self.run_it(argv, stdout=writer)
                self.assert_failed(done, "standard output", "cannot be written: Broken pipe")
            os.close(writer)

    def test_standard_output_closed(self):
        for argv in self.commands()[:2]:
            with self.subTest(argv[1:2]):
                done = self.run_it(["sh", "-c", 'exec "$@" >&-', "sh", *argv])
                self.assert_failed(done, "standard output", "cannot be written: Bad file descriptor")

    def test_standard_error_closed_by_its_reader(self):
        """Nobody learns what is wrong, but the status does not change."""
        for more, status in (((), 0), (("--set", "polcy=1"), 3)):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([*self.apply, *more], stdout=subprocess.PIPE, stderr=writer, check=False, timeout=60)
            os.close(writer)
            self.assertEqual((done.returncode, bool(done.stdout)), (status, status == 0))


if __name__ == "__main__":
    unittest.main()
