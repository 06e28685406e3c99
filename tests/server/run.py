#!/usr/bin/env python3
"""Run the tests of the server: every test_*.py beside this file. A skipped test is a failure.

Many of them wait for a limit, so several classes run at a time, each in a process of its own. A test that takes longer
than LIMIT ends its class: its name is reported, and where it hangs.
"""
import argparse
import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from limited import LIMIT, Result  # noqa: E402


def classes(suite):
    """The suites of single classes in a suite, those of one module behind each other."""
    found = {}

    def walk(part):
        for test in part:
            if isinstance(test, unittest.TestSuite):
                walk(test)
            else:
                found.setdefault(type(test), unittest.TestSuite()).addTest(test)
    walk(suite)
    return list(found.values())


def run(suite):
    """Run a suite in this process: (tests run, tests failed); what it says goes to standard error."""
    result = unittest.TextTestRunner(stream=sys.stderr, verbosity=1, resultclass=Result).run(suite)
    bad = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    return result.testsRun, bad


class Child:
    """A suite in a process of its own, its output and its counts in files."""

    def __init__(self, suite):
        self.output, self.counts, self.current = (tempfile.TemporaryFile("w+") for _ in range(3))
        self.tests = suite.countTestCases()
        self.name = type(next(iter(suite))).__qualname__
        self.pid = os.fork()
        if self.pid != 0:
            return
        os.setpgid(0, 0)
        Result.current = self.current
        os.dup2(self.output.fileno(), 2)
        print(*run(suite), file=self.counts, flush=True)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)  # what the modules clean up at the end is the parent's

    def end(self):
        """Kill the child and what it started, such as its servers, as far as they still run."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)

    def result(self, status):
        """(tests run, tests failed) of a child that has ended; tells what it said if a test failed."""
        self.end()
        for file in (self.counts, self.current):
            file.seek(0)
        words = self.counts.read().split()
        if not words:
            print(f"{self.current.read() or self.name}: crashed, or hung for {LIMIT} s")
        counts = (int(words[0]), int(words[1])) if status == 0 and len(words) == 2 else (self.tests, self.tests)
        if counts[1] or counts[0] != self.tests:
            self.output.seek(0)
            print(f"{self.name}: status {status}\n{self.output.read()}", flush=True)
        return counts


def run_apart(suites, jobs):
    """Run suites in processes of their own, `jobs` at a time: (tests run, tests failed)."""
    ran = failed = 0
    running = {}
    try:
        while suites or running:
            while suites and len(running) < jobs:
                child = Child(suites.pop(0))
                running[child.pid] = child
            pid, status = os.wait()
            if pid in running:
                counts = running.pop(pid).result(status)
                ran, failed = ran + counts[0], failed + counts[1]
    finally:
        for child in running.values():  # after Ctrl-C, which reaches this process alone
            child.end()
    return ran, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the launchsec to test")
    parser.add_argument("--jobs", type=int, default=4, help="classes at a time; 1 runs all in this process")
    parser.add_argument("names", nargs="*", help="modules, classes or tests: test_calls.Methods; all without")
    options = parser.parse_args()
    os.environ["LSEC_TEST_BINARY"] = str(pathlib.Path(options.binary).resolve())
    here = pathlib.Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(options.names) if options.names else loader.discover(str(here))
    ran, failed = run(suite) if options.jobs == 1 else run_apart(classes(suite), options.jobs)
    print(f"server: {ran - failed} passed, {failed} failed")
    return 1 if failed or ran == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
