#!/usr/bin/env python3
"""Run the tests of the server: every test_*.py beside this file. A skipped test is a failure."""
import argparse
import os
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="the launchsec to test")
    parser.add_argument("names", nargs="*", help="modules, classes or tests: test_calls.Methods; all without")
    options = parser.parse_args()
    os.environ["LSEC_TEST_BINARY"] = str(pathlib.Path(options.binary).resolve())
    here = pathlib.Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(options.names) if options.names else loader.discover(str(here))
    result = unittest.TextTestRunner(verbosity=1, buffer=False).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print(f"server: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
