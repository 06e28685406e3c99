#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the tests of what is delivered: every test_*.py beside this file. A skipped test is a failure, and one that takes
longer than limited.py allows ends the run."""

import argparse
import os
import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from limited import Result  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, help="launchsec as it is built here")
    parser.add_argument("--build", required=True, help="where static/, configmaps/ and image/ lie")
    parser.add_argument("--kubernetes", type=pathlib.Path, metavar="FOLDER",
                        help="compare with Kubernetes' own admission plugins, whose sandbox is kept in FOLDER")
    parser.add_argument("names", nargs="*", help="modules, classes or tests: test_policies.Annotations; all without")
    options = parser.parse_args()
    os.environ["LSEC_TEST_BINARY"] = str(pathlib.Path(options.binary).resolve())
    os.environ["LSEC_TEST_BUILD"] = str(pathlib.Path(options.build).resolve())
    here = pathlib.Path(__file__).resolve().parent
    sys.path.insert(0, str(here))
    if options.kubernetes:
        import kubernetes
        os.environ["LSEC_TEST_KUBERNETES"] = str(kubernetes.prepare(options.kubernetes.resolve()))
    loader = unittest.TestLoader()
    suite = loader.loadTestsFromNames(options.names) if options.names else loader.discover(str(here))
    result = unittest.TextTestRunner(verbosity=1, resultclass=Result).run(suite)
    failed = len(result.failures) + len(result.errors) + len(result.skipped) + len(result.unexpectedSuccesses)
    print(f"deploy: {result.testsRun - failed} passed, {failed} failed")
    return 1 if failed or result.testsRun == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
