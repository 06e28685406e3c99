#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Count the instructions of a call, which no other load of the machine changes, by valgrind's callgrind.

Each of these is done N times and 2N times; the difference is that of N, without a process's start and end:

- libxml2 reads a domain and writes it (count.c): the floor that all else is measured by;
- the reading of the VMI, and lsec_apply() (count.c);
- a served OnDefineDomain, over a fresh connection as virt-launcher makes it, by the client on grpc-go.

The exec hook is counted as a whole process, beside xmllint.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True  # leave no cache in the source tree
HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CAPTURES = ROOT / "tests/golden/captures"
sys.path.insert(0, str(HERE.parent / "server"))
import gobuild  # noqa: E402

TIMES = 20
APPLY_LIMIT, CALL_LIMIT = 1.3, 1.6  # times libxml2's
VALGRIND = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]


class Failed(Exception):
    """Something that has to run did not."""


def collected(text):
    found = re.search(r"Collected : (\d+)", text)
    if not found:
        raise Failed(f"callgrind counted nothing: {text.strip()[-500:]}")
    return int(found[1])


def run(argv, good=0):
    done = subprocess.run([*VALGRIND, *argv], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, check=False, timeout=300)
    if done.returncode != good:
        raise Failed(f"{argv[0]} ended with status {done.returncode}: {done.stderr.strip()[-500:]}")
    return collected(done.stderr)


def served(binary, caller, domain, vmi, calls, folder):
    """Instructions of a server's whole life with `calls` calls."""
    sockets = pathlib.Path(tempfile.mkdtemp(dir=folder))
    path = sockets / "launchsec-count.sock"
    environment = {"PATH": os.environ["PATH"], "LAUNCHSEC_CONFIG": "", "CONTAINER_NAME": "count"}
    server = subprocess.Popen([*VALGRIND, binary, "serve", "--socket-dir", str(sockets), "--sandbox", "off"],
                              env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True)
    try:
        for _ in range(600):
            if path.exists():
                break
            time.sleep(0.05)
        done = subprocess.run([caller, domain, vmi], input=f"fresh {path} {calls}\n", capture_output=True, text=True,
                              check=False, timeout=300)
        if done.returncode or len(done.stdout.split("\n")[1].split()) != calls:
            raise Failed(f"the client failed: {done.stderr.strip()}")
    finally:
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=60)[1]
    return collected(said)


def difference(count):
    return (count(2 * TIMES) - count(TIMES)) // TIMES


def main():
    """Count, and print the figures with their ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/launchsec"), metavar="PATH")
    parser.add_argument("--count", default=str(ROOT / "build/bench/count"), metavar="PATH", help="count.c, built")
    parser.add_argument("--capture", default="efi-plain", metavar="NAME", help="of tests/golden/captures")
    args = parser.parse_args()
    if shutil.which("valgrind") is None:
        raise Failed("valgrind is not installed (Debian: valgrind)")
    with tempfile.TemporaryDirectory(prefix="launchsec-count-") as folder:
        domain = str(CAPTURES / f"{args.capture}.domain.xml")
        vmi = pathlib.Path(folder, "vmi.json")
        # As virt-launcher sends it: without white space.
        vmi.write_text(json.dumps(json.loads((CAPTURES / f"{args.capture}.vmi.json").read_text(encoding="utf-8")),
                                  separators=(",", ":")), encoding="utf-8")
        caller = str(gobuild.build(HERE / "go/caller", pathlib.Path(args.binary).resolve().parent))
        files = [domain, str(vmi)]
        xml = difference(lambda n: run([args.count, "xml", str(n), *files]))
        read = difference(lambda n: run([args.count, "vmi", str(n), *files]))
        apply = difference(lambda n: run([args.count, "apply", str(n), *files]))
        call = difference(lambda n: served(args.binary, caller, domain, str(vmi), n, folder))
        hook = run([args.binary, "on-define-domain", "--vmi", vmi.read_text(encoding="utf-8"), "--domain",
                    pathlib.Path(domain).read_text(encoding="utf-8")])
        lint = run([shutil.which("xmllint"), "--noout", domain]) if shutil.which("xmllint") else None
    print(f"instructions, domain of {os.stat(domain).st_size} bytes:")
    for what, figure in [("libxml2 reads and writes it", xml), ("the reading of the VMI", read),
                         ("lsec_apply()", apply), ("a served call", call), ("the exec hook, whole process", hook),
                         ("xmllint, whole process", lint)]:
        if figure is not None:
            print(f"  {what:<30} {figure:>12,}   {figure / xml:.2f} times libxml2")
    for what, figure, limit in [("lsec_apply()", apply, APPLY_LIMIT), ("a served call", call, CALL_LIMIT)]:
        print(f"{what} at most {limit:g} times libxml2: {figure / xml:.2f}: "
              f"{'met' if figure / xml <= limit else 'NOT met'}")


if __name__ == "__main__":
    try:
        main()
    except (Failed, OSError, subprocess.SubprocessError, gobuild.Failed) as problem:
        sys.exit(f"instructions: {problem}")
