#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run fuzz targets for some seconds each, several side by side, and print what each did.

What a target finds new is kept in BUILD/grown/TARGET for the next run, what it dies of in BUILD/crashes/TARGET.
The exit status is 1 if one died.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

FUZZ = pathlib.Path(__file__).resolve().parent
# Bytes of an input; the readers' own limits have golden tests.
LONGEST = {"initdata": 8192, "values": 16384, "host": 512, "config": 4096, "image": 2048}
LONGEST_OTHERWISE = 8192
LIMITS = ("-timeout=30", "-rss_limit_mb=1024", "-malloc_limit_mb=128")
COLUMNS = "{:<10}{:>12}{:>10}{:>10}{:>10}{:>10}"


def command(build, target, seconds):
    """libFuzzer's arguments for a target."""
    grown, crashes = build / "grown" / target, build / "crashes" / target
    for folder in (grown, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={seconds}", f"-max_len={LONGEST.get(target, LONGEST_OTHERWISE)}",
               f"-artifact_prefix={crashes}/", "-print_final_stats=1", "-use_value_profile=0", *LIMITS]
    dictionary = FUZZ / "dictionaries" / f"{target}.dict"
    if dictionary.exists():
        options.append(f"-dict={dictionary}")
    folders = [grown, build / "corpus" / target, FUZZ / "regressions" / target]
    return [build / "targets" / target, *options, *[folder for folder in folders if folder.exists()]]


def run(build, target, seconds):
    """One target to its end: its exit status and what it said."""
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=1:malloc_context_size=8:quarantine_size_mb=16",
                       UBSAN_OPTIONS="print_stacktrace=1")
    done = subprocess.run(["nice", *command(build, target, seconds)], env=environment, check=False,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = done.stderr.decode(errors="replace")
    (build / f"{target}.log").write_text(said)
    return target, done.returncode, said


def last(pattern, said):
    """The last number of that name."""
    found = re.findall(pattern, said)
    return found[-1] if found else "-"


def row(target, status, said):
    """A line of the table."""
    return COLUMNS.format(target, last(r"number_of_executed_units: (\d+)", said), last(r"cov: (\d+)", said),
                          last(r"corp: (\d+)", said), last(r"peak_rss_mb: +(\d+)", said), "died" if status else "none")


def main():
    """Print the table, then the ends of those that died."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the folder with targets/ and corpus/")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("targets", nargs="+")
    given = parser.parse_args()
    print(COLUMNS.format("target", "executions", "edges", "corpus", "peak MB", "crashes"), flush=True)
    died = []
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for done in concurrent.futures.as_completed(
                [pool.submit(run, given.build, target, given.seconds) for target in given.targets]):
            target, status, said = done.result()
            print(row(target, status, said), flush=True)
            if status:
                died.append(target)
                print("\n".join(said.splitlines()[-60:]), file=sys.stderr)
    for target in died:
        print(f"{target} died; see {given.build / 'crashes' / target} and run it on the file: "
              f"{given.build / 'targets' / target} FILE", file=sys.stderr)
    return 1 if died else 0


if __name__ == "__main__":
    sys.exit(main())
