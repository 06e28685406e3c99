#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Count the instructions that the program takes for inputs of some size and of twice that size: they may double.

Each kind of input is in kinds.py. valgrind counts, so the result is the same on every machine, however busy it is.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import kinds

HOST = pathlib.Path(__file__).resolve().parents[1] / "golden" / "hosts" / "snp.json"
VALGRIND = ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
MOST = 2.3  # what twice the input may cost
TIMEOUT = 300


def command(binary, arguments, folder):
    """The command line, with files for what is bytes."""
    line = [str(binary)]
    for argument in arguments:
        if isinstance(argument, bytes):
            path = pathlib.Path(folder) / f"{len(line)}"
            path.write_bytes(argument)
            argument = str(path)
        line.append(argument)
    return line


def count(binary, arguments):
    """Instructions of a run, and its exit status."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(VALGRIND + command(binary, arguments, folder), capture_output=True, timeout=TIMEOUT,
                              check=False, env=dict(os.environ, LAUNCHSEC_HOST=str(HOST)))
    found = re.search(rb"^==\d+== I +refs: +([\d,]+)$", done.stderr, re.MULTILINE)
    if not found or done.returncode not in (0, 3):
        raise RuntimeError(f"status {done.returncode}: {done.stderr[-600:].decode(errors='replace')}")
    return int(found[1].replace(b",", b"")), done.returncode


def judge(binary, name):
    """A line of the table for a kind, and whether it is as it should be."""
    size, make = kinds.KINDS[name]
    nothing, once, twice = (count(binary, make(n)) for n in (0, size, 2 * size))
    ratio = (twice[0] - nothing[0]) / max(once[0] - nothing[0], 1)
    good = ratio <= MOST
    return f"{name:<32}{once[1]:>3}{once[0] / 1e6:>10.1f}{twice[0] / 1e6:>10.1f}{ratio:>7.2f}", good


def main():
    """Print the table; the exit status is 1 where something grows too fast."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("kinds", nargs="*", default=list(kinds.KINDS))
    given = parser.parse_args()
    print(f"{'kind':<30}status{'N: 10^6':>9}{'2 N':>10}{'ratio':>7}", flush=True)
    bad = []
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for name, (line, good) in zip(given.kinds, pool.map(lambda name: judge(given.binary.resolve(), name), given.kinds)):
            print(line + ("" if good else f"   more than {MOST}"), flush=True)
            if not good:
                bad.append(name)
    if bad:
        sys.exit(f"not linear: {', '.join(bad)}")


if __name__ == "__main__":
    main()
