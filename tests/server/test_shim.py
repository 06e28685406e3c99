"""The exec hook under a program that reads its standard error as KubeVirt's sidecar-shim does, which closes the pipe
as soon as the hook has ended."""
import json
import pathlib
import subprocess
import unittest

import gobuild
from support import BINARY, annotated, capture, run_hook

ROUNDS = 300
DOMAIN, VMI = capture("efi-plain")
# Some lines more than the reader takes at once: without waiting, some of 300 such refusals lose lines, or all.
REFUSED = annotated(VMI, type="sev-snp", vcek="maybe", **{f"unknown_{i}": "1" for i in range(11)})
WARNED = annotated(VMI, type="tdx")
SILENT = capture("native-snp")
LIMIT = 1000  # milliseconds that the hook waits for a reader


class Shim(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = gobuild.build(pathlib.Path(__file__).parent / "shim", BINARY.parent)

    def run_shim(self, rounds, delay, *hook):
        done = subprocess.run([self.program, str(rounds), delay, *hook], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=300, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        told = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(len(told), rounds)
        return told

    def hook(self, rounds, delay, vmi, domain=DOMAIN):
        return self.run_shim(rounds, delay, BINARY, "on-define-domain", "--vmi", vmi, "--domain", domain)

    def assert_heard(self, told, vmi):
        status, domain, text = run_hook(DOMAIN, vmi)
        wanted = {"status": status, "lines": text.splitlines(), "output": len(domain)}
        self.assertGreater(len(wanted["lines"]), 0)
        for one in told:
            self.assertEqual({key: one[key] for key in wanted}, wanted)

    def test_no_refusal_is_lost(self):
        self.assert_heard(self.hook(ROUNDS, "0s", REFUSED), REFUSED)

    def test_no_warning_is_lost(self):
        self.assert_heard(self.hook(ROUNDS // 10, "0s", WARNED), WARNED)

    def test_nor_by_a_slow_reader(self):
        """Without waiting all of these are lost: the reader begins long after the hook could have ended."""
        self.assert_heard(self.hook(5, "200ms", REFUSED), REFUSED)
        self.assert_heard(self.hook(5, "200ms", WARNED), WARNED)

    def test_wrong_usage_is_heard(self):
        told = self.run_shim(5, "200ms", BINARY, "on-define-domain", "--vmi", "{}")
        for one in told:
            self.assertEqual((one["status"], len(one["lines"]), one["output"]), (2, 1, 0))

    def test_a_reader_that_never_reads_is_not_waited_for(self):
        for one in self.hook(2, "never", REFUSED):
            self.assertEqual(one["status"], 3)
            self.assertGreaterEqual(one["millis"], LIMIT - 100)
            self.assertLess(one["millis"], LIMIT + 1000)

    def test_nothing_to_say_costs_nothing(self):
        domain, vmi = SILENT
        self.assertEqual(run_hook(domain, vmi)[::2], (0, ""))
        for one in self.hook(5, "never", vmi, domain):
            self.assertEqual((one["status"], one["output"]), (0, len(domain)))
            self.assertLess(one["millis"], LIMIT // 2)

    def test_other_commands_do_not_wait(self):
        for one in self.run_shim(3, "never", BINARY, "apply", "--domain", "/nowhere"):
            self.assertEqual(one["status"], 1)
            self.assertLess(one["millis"], LIMIT // 2)

    def test_a_reader_that_is_gone_is_not_waited_for(self):
        """The hook's text lies in a pipe that nobody can read any more."""
        with subprocess.Popen([BINARY, "on-define-domain", "--vmi", REFUSED, "--domain", DOMAIN],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as hook:
            hook.stderr.close()
            self.assertEqual(hook.wait(LIMIT / 2 / 1000), 3)
