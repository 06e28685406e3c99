#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the tests in which system calls fail or memory runs out: every test_*.py here. A skipped test is a failure, and one
that takes longer than limited.py allows ends the run."""
import argparse
import os
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from limited import Result  # noqa: E402
HERE = pathlib.Path(__file__).resolve().parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the launchsec to test")
    parser.add_argument("--static", help="another launchsec, whose memory is limited too")
    parser.add_argument("--all", action="store_true", help="of the server, every call with every error, not some")
    parser.add_argument("names", nargs="*", help="modules, classes or tests; all without")
    options = parser.parse_args()
    os.environ["LSEC_TEST_BINARY"] = str(pathlib.Path(options.binary).resolve())
    if options.static is not None:
        os.environ["LSEC_TEST_STATIC"] = str(pathlib.Path(options.static).resolve())
    sys.path[:0] = [str(HERE), *(str(HERE.parent / name) for name in ("server", "golden", "measure", "launcher"))]
    import strace
    strace.EVERY = options.all
    if (reason := strace.missing()) is not None:
        sys.exit(f"faults: {reason}")
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(options.names) if options.names else loader.discover(str(HERE))
    result = unittest.TextTestRunner(verbosity=1, resultclass=Result).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped)
    print(f"faults: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
