#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""-o never takes the place of a file that is read, under whatever name that is given."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import made
from program import BINARY

GOLDEN = pathlib.Path(__file__).resolve().parent
MEASURE = ("--firmware", "fw.fd", "--vmi", "vmi.yaml", "--cpu", "EPYC-Genoa")
DIGEST = "00" * 48
# Command -> a command line that is good, without -o; and options with a file each that it may have as well.
COMMANDS = {
    "apply": (("--domain", "domain.xml", "--vmi", "vmi.yaml", "--host", "host.json"), ("--config", "config.json")),
    "measure": (("--firmware", "fw.fd", "--tee", "sev-snp", "--vcpus", "2", "--cpu", "EPYC", "--kernel", "kernel", "--initrd",
                 "initrd"), ("--host", "host.json", "--config", "config.json")),
    "measure --report": ((*MEASURE, "--report", "report.bin", "--other-firmware", "other.fd"), ()),
    "measure --domain": (("--firmware", "fw.fd", "--domain", "domain.xml", "--set", "type=tdx"), ()),
    "measure --launcher": (("--launcher", "image.tar", "--list"), ()),
    "expect": (MEASURE, ("--host", "host.json", "--config", "config.json")),
    "provision": (("--vmi", "provision.yaml"), ()),
    "id-block": (("--digest", DIGEST, "--id-key", "id.pem", "--author-key", "author.pem"), ()),
}
OUTPUTS = ("claims.json", "reference-values.json", "resource-policy.rego", "ita-policy.rego")


class Output(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.fill()

    def fill(self):
        docs = GOLDEN.parents[1] / "docs/examples"
        for name, source in (("domain.xml", GOLDEN / "captures/efi-plain.domain.xml"), ("vmi.yaml", docs / "snp.yaml"),
                             ("provision.yaml", docs / "provision.yaml"), ("host.json", docs / "milan.json"),
                             ("id.pem", GOLDEN / "inputs/keys/id.pem"), ("author.pem", GOLDEN / "inputs/keys/author.pem")):
            shutil.copy(source, self.folder / name)
        for name in ("fw.fd", "other.fd"):
            (self.folder / name).write_bytes(made.INPUTS["both.fd"]())
        for name in ("kernel", "initrd"):
            (self.folder / name).write_bytes(name.encode() * 100)
        (self.folder / "image.tar").write_bytes(made.launchers.archive(made.launchers.good()))
        (self.folder / "config.json").write_text("{}")
        (self.folder / "report.bin").write_bytes(made.report(made.SNP_DIGEST))

    def run_on(self, command, *arguments, env=None):
        return subprocess.run([BINARY, command.split()[0], *arguments], cwd=self.folder, text=True, capture_output=True, timeout=60,
                              check=False, stdin=subprocess.DEVNULL, env={"LC_ALL": "C", **(env or {})})

    def refused(self, command, option, file, output, *arguments, env=None):
        """It ends with status 2, says which option, and the file is as it was."""
        before = (self.folder / file).read_bytes()
        done = self.run_on(command, *arguments, "-o", output, env=env)
        said = f"launchsec: error: --output: would overwrite the file of {option}; name another one"
        self.assertEqual((done.returncode, done.stdout), (2, ""), (arguments, output, done.stderr))
        self.assertIn(said, done.stderr.splitlines())
        self.assertEqual((self.folder / file).read_bytes(), before)

    def names_of(self, file):
        """The same file by other names."""
        (self.folder / "link").unlink(missing_ok=True)
        (self.folder / "hard").unlink(missing_ok=True)
        (self.folder / "link").symlink_to(file)
        os.link(self.folder / file, self.folder / "hard")
        return file, f"./{file}", str(self.folder / file), "link", "hard"

    def pairs(self, line):
        files = {path.name for path in self.folder.iterdir()}
        return [(option, file) for option, file in zip(line, line[1:]) if option.startswith("--") and file in files]

    def test_every_option_with_a_file(self):
        seen = set()
        for command, (line, more) in COMMANDS.items():
            for option, file in self.pairs((*line, *more)):
                seen.add((command.split()[0], option))
                if command == "expect":
                    continue
                for name in self.names_of(file):
                    with self.subTest(command, option=option, name=name):
                        self.refused(command, option, file, name, *line, *more)
        # All that --help lists with a FILE, but for -o; those of expect are measure's.
        for command in {command.split()[0] for command in COMMANDS} - {"expect"}:
            listed = set(re.findall(r"^ +(--[a-z-]+) FILE$", self.run_on(command, "--help").stdout, re.M))
            self.assertEqual({option for one, option in seen if one == command}, listed, command)

    def test_files_of_expect(self):
        line, more = COMMANDS["expect"]
        for output in OUTPUTS:
            for option, file in self.pairs((*line, *more)):
                (self.folder / "out").mkdir()
                os.link(self.folder / file, self.folder / "out" / output)
                with self.subTest(output, option=option):
                    self.refused("expect", option, file, "out", *line, *more)
                shutil.rmtree(self.folder / "out")

    def test_what_the_environment_names(self):
        line, _ = COMMANDS["measure"]
        for variable, option, file in (("LAUNCHSEC_HOST", "--host", "host.json"), ("LAUNCHSEC_CONFIG", "--config", "config.json")):
            self.refused("measure", option, file, file, *line, env={variable: file})

    def test_others_are_written(self):
        """A file that is not there yet, an old one, a copy of an input, a device, standard output."""
        images = "libarchive" in self.run_on("version").stdout
        shutil.copy(self.folder / "vmi.yaml", self.folder / "copy")
        (self.folder / "old").write_text("old")
        for command, (line, more) in COMMANDS.items():
            for name in ("new", "copy", "old", "/dev/null", "-"):
                if command in ("expect", "measure --report") or (command == "measure --launcher" and not images) or (name == "-" and command == "id-block"):
                    continue
                done = self.run_on(command, *line, *more, "-o", name)
                self.assertEqual(done.returncode, 0, (command, name, done.stderr))
        done = self.run_on("expect", *COMMANDS["expect"][0], "-o", ".")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.run_on("provision", "--vmi", "/dev/null", "-o", "/dev/null")
        self.assertNotIn("overwrite", done.stderr)


if __name__ == "__main__":
    unittest.main()
