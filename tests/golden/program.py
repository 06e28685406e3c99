# SPDX-License-Identifier: Apache-2.0
"""The program under test, for scripts of unittest: `--binary PROGRAM` before unittest's own arguments."""

import argparse
import pathlib
import sys


def _binary():
    """Take --binary out of the command line."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--binary", type=pathlib.Path, default=pathlib.Path(__file__).parents[2] / "build/launchsec")
    options, sys.argv[1:] = parser.parse_known_args()
    return options.binary.resolve()


BINARY = _binary()
