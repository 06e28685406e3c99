#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check what `make install` leaves: the library for C and C++, its symbols, and that uninstall takes all of it away.

Needs a C++ compiler (CXX, else c++). A failed check is a line; the last line counts.
"""

import argparse
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
sys.dont_write_bytecode = True  # leave no cache in the source tree
from checks import Checks  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURES = ROOT / "tests/golden/captures"
EXAMPLE = ROOT / "docs/examples/library.c"
TIMEOUT = 300  # seconds for one command
WRAPPED = {"malloc", "calloc", "realloc", "strdup"}


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT, check=False, **more)


def output(*command, **more):
    done = run(*command, **more)
    if done.returncode != 0:
        sys.exit(f"install: {shlex.join(map(str, command))}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def make(target, where, build):
    output("make", target, f"DESTDIR={where}", "PREFIX=/usr", f"BUILD={build}", cwd=ROOT)


def flags(where):
    """What pkg-config says for a library below `where`; that of the libraries it needs is as it is."""
    path = where / "usr/lib/pkgconfig"
    found = output(os.environ.get("PKG_CONFIG", "pkg-config"), "--cflags", "--libs", "launchsec",
                   env=os.environ | {"PKG_CONFIG_PATH": str(path), "PKG_CONFIG_ALLOW_SYSTEM_CFLAGS": "1",
                                     "PKG_CONFIG_ALLOW_SYSTEM_LIBS": "1"})
    place = {"-I/usr/include": f"-I{where}/usr/include", "-L/usr/lib": f"-L{where}/usr/lib"}
    return [place.get(word, word) for word in found.split()]


def declared(where):
    """The functions that the installed headers declare, but for those that are defined there."""
    text = "".join(path.read_text(encoding="utf-8") for path in sorted((where / "usr/include/launchsec").glob("*.h")))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
    inside = set(re.findall(r"(?:static inline|typedef) [\w* ]*?\b(lsec_\w+)\(", text))
    return set(re.findall(r"\b(lsec_\w+)\(", text)) - inside


def symbols(archive, *options):
    return [line.split()[-1] for line in output("nm", *options, archive).splitlines() if len(line.split()) > 1]


def check_symbols(checks, where):
    archive = where / "usr/lib/liblaunchsec.a"
    exported, wanted = set(symbols(archive, "-g", "--defined-only")), declared(where)
    checks.that(len(wanted) > 50, f"the headers declare no more than {sorted(wanted)}")
    checks.that(exported == wanted, f"too many symbols: {sorted(exported - wanted)}; missing: {sorted(wanted - exported)}")
    if "json_tokener_parse_ex" not in symbols(archive, "--defined-only"):
        return  # a json-c that sees to its own failures, and is not linked in
    called = re.findall(r"R_\w+ +([a-z]+)(?:[-+@]|$)", output("objdump", "-r", archive), re.M)
    for name in WRAPPED:
        checks.that(called.count(name) <= 1, f"{name} is called without a check: not only src/base/wrap.c does")


def check_headers(checks, where):
    """Each header by itself, in C and in C++, with what other people's warnings are."""
    compilers = [(os.environ.get("CC", "cc"), "-std=c11", "c"), (os.environ.get("CXX", "c++"), "-std=c++11", "c++")]
    for header in sorted((where / "usr/include/launchsec").glob("*.h")):
        for compiler, standard, language in compilers:
            done = run(compiler, standard, "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", language,
                       f"-I{where}/usr/include", "-", input=f"#include <launchsec/{header.name}>\nint main(void);\n")
            checks.that(done.returncode == 0, f"{header.name} as {language}: {done.stderr}")


def check_example(checks, where, binary):
    """The example, as C and as C++, says what the command says."""
    domain, vmi = CAPTURES / "efi-plain.domain.xml", ROOT / "docs/examples/tdx.yaml"
    wanted = run(binary, "apply", "--domain", domain, "--vmi", vmi)
    checks.that(wanted.returncode == 0 and 'type="tdx"' in wanted.stdout, wanted.stderr)
    bad = where / "bad.yaml"
    bad.write_text(vmi.read_text(encoding="utf-8").replace("/qgs:", "/qqs:"), encoding="utf-8")
    for compiler, language in ((os.environ.get("CC", "cc"), "c"), (os.environ.get("CXX", "c++"), "c++")):
        program = where / f"example.{language}"
        built = run(compiler, "-Wall", "-Wextra", "-Werror", "-x", language, EXAMPLE, "-x", "none", *flags(where),
                    "-o", program)
        checks.that(built.returncode == 0, f"the example as {language}: {built.stderr}")
        if built.returncode != 0:
            continue
        done = run(program, domain, vmi)
        checks.that((done.returncode, done.stdout) == (0, wanted.stdout), f"the example as {language}: {done}")
        done = run(program, domain, bad)
        checks.that(done.returncode == 3 and done.stdout == "" and "unknown key" in done.stderr,
                    f"the example as {language}, refused: {done}")


def check_program(checks, where, binary):
    text = (where / "usr/include/launchsec/version.h").read_text(encoding="utf-8")
    version = re.search(r'LAUNCHSEC_VERSION "(\d+)\.(\d+)\.(\d+)"', text)
    number = int(re.search(r"LAUNCHSEC_VERSION_NUMBER (\d+)", text)[1])
    major, minor, patch = map(int, version.groups())
    checks.that(number == major * 10000 + minor * 100 + patch, f"version.h: {version[0]} and {number}")
    told = output(where / "usr/bin/launchsec", "version").split()[1]
    checks.that(told.split("-")[0] == f"{major}.{minor}.{patch}", f"{told} is not version.h's")
    vmi = (CAPTURES / "efi-plain.vmi.json").read_text(encoding="utf-8")
    domain = (CAPTURES / "efi-plain.domain.xml").read_text(encoding="utf-8")
    arguments = ["--vmi", vmi, "--domain", domain]
    checks.that(run(where / "usr/bin/onDefineDomain", *arguments).stdout == run(binary, "on-define-domain", *arguments).stdout,
                "onDefineDomain as installed is not launchsec on-define-domain")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", required=True, type=pathlib.Path)
    parser.add_argument("--build", default="build")
    options = parser.parse_args()
    binary = options.binary.resolve()
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        where = pathlib.Path(folder)
        make("install", where, options.build)
        check_program(checks, where, binary)
        check_symbols(checks, where)
        check_headers(checks, where)
        check_example(checks, where, binary)
        make("uninstall", where, options.build)
        left = [path for path in where.glob("usr/**/*") if not path.is_dir()]
        checks.that(not left, f"uninstall leaves {left}")
    print(f"install: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
