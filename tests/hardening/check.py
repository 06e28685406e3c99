#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check what protects the built programs: what readelf (binutils) says of the files, and /proc of a running server."""
import argparse
import mmap
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True  # leave no cache in the source tree
from checks import Checks  # noqa: E402

PAGE = mmap.PAGESIZE


def readelf(path, *options):
    return subprocess.run(["readelf", "-W", *options, str(path)], capture_output=True, text=True, check=True).stdout


def check_file(checks, path):
    """What holds for every program: no memory both written and executed, nothing of the loader's left writable."""
    headers, dynamic = readelf(path, "-h", "-l"), readelf(path, "-d")
    segments = re.findall(r"^  (\w+) +0x\S+ 0x\S+ 0x\S+ 0x\S+ 0x\S+ ([R ][W ][E ])", headers, re.M)
    stack = [flags for kind, flags in segments if kind == "GNU_STACK"]
    checks.that(re.search(r"Type: +DYN", headers) and "PIE" in dynamic, f"{path}: position-independent")
    checks.that(segments and not any("W" in flags and "E" in flags for _, flags in segments),
                f"{path}: no segment is writable and executable")
    checks.that(sum(kind == "LOAD" for kind, _ in segments) >= 4, f"{path}: code apart from data")
    checks.that(stack == ["RW "], f"{path}: the stack is not executable")
    checks.that(any(kind == "GNU_RELRO" for kind, _ in segments), f"{path}: relocated data becomes read-only")
    checks.that("TEXTREL" not in dynamic, f"{path}: no relocations of code")


def check_dynamic(checks, path, objects):
    dynamic, symbols = readelf(path, "-d"), readelf(path, "--dyn-syms")
    checks.that(re.search(r"FLAGS\).*BIND_NOW|FLAGS_1\).*NOW", dynamic), f"{path}: all functions are bound at the start")
    checks.that("__stack_chk_fail" in symbols, f"{path}: stacks have a canary")
    checks.that(len(set(re.findall(r"__\w+_chk\b", symbols))) >= 3, f"{path}: calls with known sizes are checked")
    x86 = "X86-64" in readelf(path, "-h")
    for file in sorted(set(pathlib.Path(objects).rglob("*.o")) - set(pathlib.Path(objects).glob("tools/*"))) if x86 else ():
        checks.that(re.search(r"x86 feature: .*IBT, SHSTK", readelf(file, "-n")), f"{file}: marks for CET")
    marked = "IBT" in readelf(path, "-n")
    print(f"{path}: {'marked for CET' if marked else 'not marked for CET, since a library is not'}")


def check_static(checks, path):
    """Its symbols are gone: the canary, at fs:0x28, is looked for in the code. No library to bind, and none that
    could write its relocations later."""
    code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", str(path)], capture_output=True, text=True,
                          check=True).stdout
    checks.that(code.count("%fs:0x28") > 500, f"{path}: stacks have a canary")
    checks.that("(NEEDED)" not in readelf(path, "-d"), f"{path}: needs no library")
    relro = re.search(r"GNU_RELRO +\S+ (\S+) \S+ \S+ (\S+)", readelf(path, "-l"))
    got = re.search(r"\.got +PROGBITS +(\w+) \w+ (\w+)", readelf(path, "-S"))
    end = int(relro[1], 16) + int(relro[2], 16)
    checks.that(int(got[1], 16) + int(got[2], 16) <= end, f"{path}: its table of addresses becomes read-only")


def relro_modes(path, maps):
    """The modes of the memory that relocations alone write, without the last page's part."""
    start, size = (int(found, 16) for found in
                   re.search(r"GNU_RELRO +\S+ (\S+) \S+ \S+ (\S+)", readelf(path, "-l")).groups())
    own = [(int(first, 16), int(last, 16), mode) for first, last, mode, file
           in re.findall(r"^(\w+)-(\w+) (\S+) \S+ \S+ \S+ +(.+)$", maps, re.M) if file == str(path)]
    base = own[0][0]
    end = base + (start + size) // PAGE * PAGE
    return {mode for first, last, mode in own if first < end and last > base + start}


def check_running(checks, path):
    with tempfile.TemporaryDirectory() as base:
        process = subprocess.Popen([path, "serve", "--plugin-socket", f"{base}/s", "--log-level", "error"])
        end = time.monotonic() + 60
        while not pathlib.Path(f"{base}/s").exists() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.01)
        maps = pathlib.Path(f"/proc/{process.pid}/maps").read_text()
        modes = re.findall(r"^\S+ ([r-][w-][x-])", maps, re.M)
        checks.that(modes and not any("w" in mode and "x" in mode for mode in modes),
                    f"{path}: no memory of a running server is writable and executable")
        checks.that(relro_modes(path, maps) == {"r--p"}, f"{path}: relocated data of a running server is read-only")
        process.send_signal(signal.SIGTERM)
        checks.that(process.wait(60) == 0, f"{path}: the server ends with 0")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the dynamic executable")
    parser.add_argument("--objects", required=True, help="the directory of its object files")
    parser.add_argument("--static", type=pathlib.Path, help="the static executable, if it is to be checked")
    options = parser.parse_args()
    checks = Checks()
    for path in filter(None, (options.binary, options.static)):
        check_file(checks, path)
        check_running(checks, path.resolve())
    check_dynamic(checks, options.binary, options.objects)
    if options.static:
        check_static(checks, options.static)
    print(f"hardening: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main())
