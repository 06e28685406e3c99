#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Run the golden tests: cases/<group>/<name>.case against what lies beside it.

A case is a text file of lines `WORD VALUE`; paths are relative to this folder (see FIELDS for all words):

    # comment
    domain captures/efi-plain.domain.xml
    vmi captures/efi-plain.vmi.json
    set type=sev-snp
    set initdata=@inputs/initdata.toml
    arg --explain

NAME.out and NAME.err hold the expected standard output and error, where absent means empty; this folder's path is
written @GOLDEN@ there, the version of the libvirt that was asked @VERSION@, and what libarchive says @REASON@. Standard output must be empty where
the exit status is not 0, but for what `lint`, and `measure --report` as JSON, found. A domain that comes out must have
the properties of properties.py. Every file in FIXTURES must be used by some case (README.md excepted).

LAUNCHSEC_REGENERATE=1 in the environment writes NAME.out and NAME.err instead of comparing them. It never changes the
exit status of a case, and writes nothing for a case that ended otherwise.
"""

import argparse
import concurrent.futures
import ctypes
import os
import pathlib
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

import made
import properties

GOLDEN = pathlib.Path(__file__).resolve().parent
FIXTURES = ("captures", "inputs", "hosts", "configs", "cases")
FIELDS = {
    "domain": "the domain XML; - for standard input",
    "vmi": "the VMI; - for standard input",
    "set": "KEY=VALUE for --set; a VALUE @PATH is that file's content without a line end at its end (repeatable)",
    "set-whole": "KEY=@PATH for --set, all of that file's content, the line end at its end too (repeatable)",
    "arg": "one more argument; @GOLDEN@ in it stands for this folder, @SCRATCH@ for an empty one of the case's own "
    "(repeatable)",
    "env": "NAME=VALUE for the program's environment; @GOLDEN@ as above (repeatable)",
    "command": "apply (default), exec for the exec protocol (onDefineDomain --vmi CONTENT --domain CONTENT), measure, or "
    "any other command, which is given the `arg` lines only",
    "name": "the name that the program is called by, for a `command` that takes `arg` lines only",
    "host": "hosts/NAME.json as the host, default snp, for measure none; - for the real one",
    "stdin": "what to feed to standard input",
    "exit": "the exit status, default 0",
    "properties": "letters of the properties that hold, default all of them; none",
    "bytewise": "property b holds byte for byte (always so for captures); no value",
    "libvirt": "what the case is for: `no`, a program that was built without libvirt; `yes`, one that was built with "
    "it; `before VERSION` or `from VERSION`, one with it where libvirt's library is older than that, or not",
    "libarchive": "what the case is for: `no`, a program that was built without libarchive, or `yes`",
    "untouched": "the output is the domain as it came, byte for byte; no value",
}
REPEATABLE = ("set", "set-whole", "arg", "env")
PASSED_ON = re.compile(r"PATH|ASAN_OPTIONS|UBSAN_OPTIONS|LLVM_PROFILE_FILE|GCOV_.*")
NO_DOMAIN = {"--explain", "--diff", "--check"}
TIMEOUT = 300  # seconds for one run of the program, which QEMU may emulate
DIFF_LINES = 60


class CaseError(Exception):
    """A case that cannot be read."""


class Made:
    """Writes the inputs of made.py into a temporary folder, each at its first use."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory()  # pylint: disable=consider-using-with

    def path(self, name):
        """The path of the input NAME."""
        path = pathlib.Path(self.folder.name) / name
        if name not in made.INPUTS:
            raise CaseError(f"made.py has no {name}")
        if not path.exists():
            made.launchers.write(path, made.INPUTS[name]())
        return path


MADE = Made()


@dataclass
class Case:
    """A case file: the words of FIELDS, the repeatable ones in lists."""

    path: pathlib.Path
    domain: pathlib.Path | str | None = None
    vmi: pathlib.Path | str | None = None
    settings: list = field(default_factory=list)
    arguments: list = field(default_factory=list)
    variables: list = field(default_factory=list)
    command: str = "apply"
    called: str = ""
    host: pathlib.Path | str = ""
    stdin: pathlib.Path | None = None
    exit: int = 0
    properties: str = properties.ALL
    bytewise: bool = False
    untouched: bool = False
    libvirt: str = ""
    libarchive: str = ""
    used: set = field(default_factory=set)  # every file that the case needs

    @property
    def name(self):
        """GROUP/NAME."""
        return str(self.path.relative_to(GOLDEN / "cases").with_suffix(""))

    def expected(self, suffix):
        """The path of the expected output: .out or .err."""
        return self.path.with_suffix(suffix)

    def input_domain(self):
        """The bytes of the domain that the case begins with, or None."""
        file = self.stdin if self.domain == "-" else self.domain
        return file.read_bytes() if file else None


@dataclass
class Result:
    """What a run of the program left."""

    status: int
    out: bytes
    err: bytes


# -- reading cases ----------------------------------------------------------------------------------------------------


def read_case(path):
    """Read the case at PATH; CaseError if it makes no sense."""
    case, seen = Case(path), set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        word, _, value = line.partition(" ")
        if not line.strip() or line.startswith("#"):
            continue
        if word not in FIELDS or word in seen and word not in REPEATABLE:
            raise CaseError(f"line {number}: unknown or repeated word: {word}")
        seen.add(word)
        try:
            if word in REPEATABLE:
                read_repeatable(case, word, value)
            else:
                read_field(case, word, value.strip())
        except (CaseError, ValueError) as error:
            raise CaseError(f"line {number}: {error}") from None
    finish_case(case)
    return case


def read_field(case, word, value):
    """Set the field WORD of CASE."""
    if word in ("bytewise", "untouched"):
        setattr(case, word, True)
    elif not value:
        raise CaseError(f"{word} without a value")
    elif word in ("domain", "vmi", "stdin"):
        setattr(case, word, value if value == "-" and word != "stdin" else fixture(case, value))
    elif word == "exit":
        case.exit = int(value)
    else:
        setattr(case, "called" if word == "name" else word, value)


def read_repeatable(case, word, value):
    """Add one more of WORD, with VALUE as it stands, to CASE."""
    if word == "arg":
        case.arguments.append(expand(case, value))
        return
    name, separator, content = value.partition("=")
    if not separator:
        raise CaseError(f"{word} without =")
    if word == "env":
        case.variables.append((name, expand(case, content)))
    elif content.startswith("@") and not content.startswith("@GOLDEN@"):
        whole = fixture(case, content[1:]).read_bytes()
        case.settings.append(f"{name}=".encode() + (whole if word == "set-whole" else whole.removesuffix(b"\n")))
    else:
        case.settings.append(expand(case, value).encode())


def finish_case(case):
    """Check the fields of CASE against each other and fill in what follows from them."""
    case.host = case.host or ("-" if case.command == "measure" else "snp")
    if case.command in ("apply", "exec", "measure") and case.host != "-":
        case.host = fixture(case, f"hosts/{case.host}.json")
    if case.command == "exec" and case.settings:
        raise CaseError("the exec protocol has no --set")
    if "-" in (case.domain, case.vmi) and (case.command == "exec" or not case.stdin):
        raise CaseError("- needs a `stdin` line and `command apply`")
    if not re.fullmatch(r"|yes|no|(before|from) \d+\.\d+\.\d+", case.libvirt):
        raise CaseError(f"libvirt {case.libvirt}")
    if case.libarchive not in ("", "yes", "no"):
        raise CaseError(f"libarchive {case.libarchive}")
    if case.untouched and case.domain is None:
        raise CaseError("untouched needs a `domain` line")
    if case.properties == "none":
        case.properties = ""
    if set(case.properties) - set(properties.ALL):
        raise CaseError(f"unknown property in {case.properties}")
    case.bytewise |= isinstance(case.domain, pathlib.Path) and GOLDEN / "captures" in case.domain.parents
    case.used |= {case.path, case.expected(".err")} | (set() if case.untouched else {case.expected(".out")})


def fixture(case, name):
    """Return the path of the file NAME, relative to GOLDEN, and note that CASE uses it."""
    path = pathlib.Path(os.path.normpath(GOLDEN / name))
    case.used.add(path)
    if name.startswith("made/"):
        return MADE.path(path.name)
    if not path.is_file():
        raise CaseError(f"no such file: {name}")
    return path


def expand(case, text):
    """Put the golden folder in for @GOLDEN@, and note the files that TEXT names so."""
    if text.startswith("@GOLDEN@/made/"):
        return str(fixture(case, text.removeprefix("@GOLDEN@/")))
    for name in re.findall(r"@GOLDEN@/([^\s,:;=]+)", text):
        path = pathlib.Path(os.path.normpath(GOLDEN / name))
        case.used |= {path} | {file for file in path.rglob("*") if file.is_file()}
    return text.replace("@GOLDEN@", str(GOLDEN))


def unused(cases):
    """Return the names of the fixtures that none of CASES uses."""
    used = set().union(*(case.used for case in cases))
    files = [file for folder in FIXTURES for file in (GOLDEN / folder).rglob("*") if file.is_file()]
    files += [GOLDEN / "made" / name for name in made.INPUTS]
    return sorted(str(file.relative_to(GOLDEN)) for file in files if file not in used and file.name != "README.md")


# -- running the program ----------------------------------------------------------------------------------------------


class Runner:
    """Runs cases with one binary; TEMPORARY is a folder for what the runs need."""

    def __init__(self, binary, temporary, regenerate):
        self.binary, self.temporary, self.regenerate = binary, pathlib.Path(temporary), regenerate
        for name in ("onDefineDomain", "kubectl-launchsec"):
            (self.temporary / name).symlink_to(binary)
        self.hook = self.temporary / "onDefineDomain"

    def scratch(self, case):
        """The path of the empty folder that CASE may write to."""
        path = self.temporary / "scratch" / case.name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def run(self, case, domain=None):
        """Run CASE, with the bytes DOMAIN instead of its own domain if given."""
        with tempfile.NamedTemporaryFile(dir=self.temporary, suffix=".xml") as file:
            stdin = case.stdin
            if domain is not None:
                file.write(domain)
                file.flush()
                stdin = None if case.domain == "-" else stdin
            source = case.domain if domain is None else pathlib.Path(file.name)
            with open(stdin or os.devnull, "rb") as stream:
                done = subprocess.run(
                    self.arguments(case, source),
                    stdin=stream,
                    capture_output=True,
                    env=self.environment(case),
                    timeout=TIMEOUT,
                    check=False,
                )
        return Result(done.returncode, done.stdout, done.stderr)

    def arguments(self, case, domain):
        """The command line of CASE with the file DOMAIN."""
        if case.command == "exec":
            line = [self.hook]
            for option, file in (("--vmi", case.vmi), ("--domain", domain)):
                line += [option, file.read_bytes()] if file else []
            return line + case.arguments
        line = [self.temporary / case.called if case.called else self.binary, case.command]
        if case.command in ("apply", "measure"):
            host = None if case.host == "-" else case.host
            for option, file in (("--host", host), ("--domain", domain), ("--vmi", case.vmi)):
                line += [option, file] if file else []
            for setting in case.settings:
                line += ["--set", setting]
        return line + [
            argument.replace("@SCRATCH@", str(self.scratch(case))) if "@SCRATCH@" in argument else argument
            for argument in case.arguments
        ]

    def environment(self, case):
        """The whole environment of CASE's program."""
        kept = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
        kept["LC_ALL"] = "C"
        if case.command == "exec" and case.host != "-":
            kept["LAUNCHSEC_HOST"] = str(case.host)
        return kept | dict(case.variables)

    def rerun(self, case, domain):
        """Run CASE on its own output DOMAIN and return what comes out."""
        result = self.run(case, domain)
        if result.status:
            text = result.err.decode(errors="backslashreplace").strip()
            raise properties.RerunError(f"applied again it ends with {result.status}: {text}")
        return result.out

    # -- judging ------------------------------------------------------------------------------------------------------

    def judge(self, case):
        """Run CASE and return a list of what is wrong."""
        try:
            result = self.run(case)
            if result.status != case.exit:
                return [f"exit status {result.status}, not {case.exit}\n{mask(result.err).decode(errors='replace')}"]
            wrong = ["standard output is not empty on failure"] if result.out and not may_print(case, result) else []
            if not wrong:
                wrong += self.compare(case, ".err", result.err)
                wrong += [] if case.untouched else self.compare(case, ".out", result.out)
            return wrong + self.judge_domain(case, result)
        except (OSError, subprocess.TimeoutExpired) as error:
            return [f"cannot run it: {error}"]

    def compare(self, case, suffix, actual):
        """Compare ACTUAL with the expected file of CASE, or write it."""
        path = case.expected(suffix)
        actual = mask(actual).replace(os.fsencode(self.temporary / "scratch" / case.name), b"@SCRATCH@")
        if self.regenerate:
            if actual:
                path.write_bytes(actual)
            else:
                path.unlink(missing_ok=True)
            return []
        expected = path.read_bytes() if path.exists() else b""
        if actual == expected:
            return []
        return [f"{suffix[1:]} differs:\n{properties.diff(expected, actual, path.name)}"]

    def judge_domain(self, case, result):
        """Check the properties of the domain that CASE printed, if it did."""
        if case.command not in ("apply", "exec") or result.status:
            return []
        before = case.input_domain()
        if case.untouched:
            return [] if result.out == before else ["not untouched:\n" + properties.diff(before, result.out)]
        if NO_DOMAIN.intersection(case.arguments) or not result.out.startswith(b"<") or not case.properties:
            return []
        if before is None:
            return ["its properties need a `domain` line, or `properties none`"]
        return properties.check(
            before, result.out, lambda domain: self.rerun(case, domain), case.bytewise, case.properties
        )


def may_print(case, result):
    """Whether standard output may hold something: on success, or what was found."""
    measured = case.command == "measure" and "--report" in case.arguments and "json" in case.arguments
    return result.status == 0 or (case.command == "lint" or measured) and result.status == 3


def mask(output):
    """Put @GOLDEN@ in for the golden folder, and @VERSION@ for libvirt's."""
    output = re.sub(rb'(libvirt |"libvirt": ")\d+\.\d+\.\d+\b', rb"\1@VERSION@", output)
    output = re.sub(rb"\(libarchive: .*?\);", rb"(libarchive: @REASON@);", output)
    output = output.replace(os.fsencode(MADE.folder.name), b"@GOLDEN@/made")
    return output.replace(os.fsencode(GOLDEN), b"@GOLDEN@")


# -- libraries -----------------------------------------------------------------------------------------------------------


def libvirt_of(binary):
    """The version of the libvirt that BINARY would load, as three numbers; None if it was built without."""
    done = subprocess.run([binary, "version"], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    if "with libvirt" not in done.stdout:
        return None
    number = ctypes.c_ulong()
    ctypes.CDLL("libvirt.so.0").virGetVersion(ctypes.byref(number), None, None)
    return number.value // 1000000, number.value // 1000 % 1000, number.value % 1000


def has_libarchive(binary):
    """Whether BINARY was built with libarchive."""
    done = subprocess.run([binary, "version"], capture_output=True, text=True, timeout=TIMEOUT, check=True)
    return done.stdout.endswith("libarchive\n")


def is_for(case, libvirt, libarchive):
    """Whether CASE is for a program with LIBVIRT, which is as libvirt_of() tells, and LIBARCHIVE, or not."""
    if case.libarchive and (case.libarchive == "yes") != libarchive:
        return False
    word, _, version = case.libvirt.partition(" ")
    if not word or word in ("yes", "no"):
        return not word or (word == "yes") == (libvirt is not None)
    return libvirt is not None and (libvirt < tuple(map(int, version.split(".")))) == (word == "before")


# -- command line -----------------------------------------------------------------------------------------------------


def read_cases():
    """Return all cases and a list of what is wrong with those that cannot be read."""
    cases, wrong = [], []
    for path in sorted((GOLDEN / "cases").rglob("*.case")):
        try:
            cases.append(read_case(path))
        except CaseError as error:
            wrong.append(f"{path.relative_to(GOLDEN)}: {error}")
    return cases, wrong


def report(name, messages):
    """Print what is wrong with the case NAME, DIFF_LINES lines of each message at most."""
    for message in messages:
        lines = message.rstrip("\n").splitlines()
        print(f"FAIL {name}: {lines[0]}")
        for line in lines[1 : DIFF_LINES + 1]:
            print(f"    {line}")
        if len(lines) > DIFF_LINES + 1:
            print(f"    ... {len(lines) - DIFF_LINES - 1} more lines")


def main():
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(description="Run the golden tests.")
    parser.add_argument("--binary", type=pathlib.Path, default=GOLDEN.parents[1] / "build" / "launchsec")
    parser.add_argument("--filter", default="", metavar="SUBSTRING", help="only cases with this in GROUP/NAME")
    parser.add_argument("--verbose", action="store_true", help="name the cases that pass")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    if not options.binary.is_file():
        parser.error(f"no such binary: {options.binary}")
    cases, wrong = read_cases()
    if not wrong:
        wrong = [f"{name}: no case uses it" for name in unused(cases)]
    named = [case for case in cases if options.filter in case.name]
    libvirt = libvirt_of(options.binary.resolve())
    libarchive = has_libarchive(options.binary.resolve())
    chosen = [case for case in named if is_for(case, libvirt, libarchive)]
    regenerate = os.environ.get("LAUNCHSEC_REGENERATE") == "1"
    failed = 0
    with tempfile.TemporaryDirectory() as temporary, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        runner = Runner(options.binary.resolve(), temporary, regenerate)
        for case, messages in zip(chosen, pool.map(runner.judge, chosen)):
            failed += bool(messages)
            report(case.name, messages)
            if options.verbose and not messages:
                print(f"pass {case.name}")
    for message in wrong:
        report("fixtures", [message])
    others = f", {len(named) - len(chosen)} for other libraries" if len(named) > len(chosen) else ""
    print(f"golden: {len(chosen) - failed} passed, {failed + len(wrong)} failed{others}")
    return 1 if failed or wrong or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
