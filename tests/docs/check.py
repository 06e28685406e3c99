#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check that documents, completion and program say the same.

- What docgen makes is what lies under docs/.
- What SECURITY.md promises is shown by a test that exists.
- Every list of annotations names all of them and no other; the man page has every annotation, command and option.
- README.md, SECURITY.md and docs/*.md name known annotations and options only, their links lead somewhere, and their fenced blocks
  hold: a `sh` line that begins with launchsec, or one of OTHERS, exits with 0 (or N, with `# exit N` behind it), a
  `console` block shows
  what the program really prints, `xml` is well-formed, `json` is JSON and a good config file where it looks like one.
- docs/errors.md has every limit of include/launchsec/limits.h.
- The pieces of docs/ci.md do what they are for.
- Completion works in bash, zsh and fish, and the man page is clean.

Commands run in a copy of the tree, on a host without SEV. Nothing is skipped: a missing tool is a failure.
"""

import argparse
import difflib
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from dataclasses import dataclass

import limits
import pipelines
import shells
import words

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "tests/golden"), str(ROOT / "tests/measure"), str(ROOT / "tests/launcher")]
import archives  # noqa: E402
import images  # noqa: E402
import made  # noqa: E402

GENERATED = ("docs/annotations.md", "docs/launchsec.1", "docs/onDefineDomain.1", "docs/lint.md", "docs/qemu-arguments.md")
PREFIX = "launchsecurity.vm.kubevirt.io/"
NAMES = ("launchsec", "build/launchsec", "./build/launchsec")
OTHERS = ("openssl", "printf")  # make what the program is given
CAPTURE = "tests/golden/captures/efi-plain.domain.xml"
CONFIG_KEYS = {"sev-snp", "tdx", "forbid"}
TIMEOUT = 60  # seconds for one command


class Checks:
    """Counts checks and tells the failed ones."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def that(self, good, what, detail=""):
        if good:
            self.passed += 1
            return
        self.failed += 1
        print(f"FAIL: {what}" + (f"\n{detail.rstrip()}" if detail else ""))

    def equal(self, found, wanted, what):
        found, wanted = sorted(found), sorted(wanted)
        self.that(found == wanted, what, f"  missing: {sorted(set(wanted) - set(found))}\n"
                  f"  too many: {sorted(set(found) - set(wanted))}")


@dataclass
class Program:
    """What the program says of itself, and how to run it."""

    binary: pathlib.Path
    tree: pathlib.Path  # the copy that commands run in
    keys: dict  # annotation without prefix -> its JSON
    commands: dict  # command -> set of its options, with dashes

    def environment(self):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LAUNCHSEC_")}
        return kept | {"LC_ALL": "C", "LAUNCHSEC_HOST": str(self.tree / "build/host.json"),
                       "PATH": f"{self.tree / 'build'}:{os.environ['PATH']}"}

    def shell(self, command):
        """The exit status and what a terminal would show."""
        done = subprocess.run(["sh", "-c", command], cwd=self.tree, env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT, check=False)
        return done.returncode, done.stdout.decode(errors="replace")


def output(*command, cwd=ROOT):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=TIMEOUT, check=True).stdout


def options_in(help_text):
    found = set()
    for letter, name in re.findall(r"^ +(?:-(\w), )?--([\w-]+)", help_text, re.M):
        found |= {f"--{name}"} | ({f"-{letter}"} if letter else set())
    return found


def write_measured(tree):
    """The files that docs/measure.md measures: small firmware images, a kernel, and what a guest's reports would be."""
    for name, image in (("OVMF.amdsev.fd", "both-64k"), ("OVMF.inteltdx.fd", "both-64k"), ("old/OVMF.amdsev.fd", "both-128k-odd")):
        (tree / name).parent.mkdir(exist_ok=True)
        (tree / name).write_bytes(images.build(images.IMAGES[image]))
    both, folder = images.build(images.IMAGES["both-64k"]), "usr/share/edk2/ovmf"
    (tree / "virt-launcher.tar").write_bytes(archives.archive(archives.oci([archives.tar([
        archives.entry(f"{folder}/OVMF.amdsev.fd", content=both), archives.entry(f"{folder}/OVMF.inteltdx.fd", content=both),
        archives.symlink("usr/share/OVMF/OVMF.inteltdx.fd", "../edk2/ovmf/OVMF.inteltdx.fd")])])))
    (tree / "vmlinuz").write_bytes(b"K" * 65536)
    (tree / "report.bin").write_bytes(made.report(made.SNP_DIGEST, host_data=(0xC0, bytes.fromhex(made.HOST_DATA))))
    (tree / "debug.bin").write_bytes(made.report(made.SNP_DIGEST, 0xB0000, host_data=(0xC0, bytes.fromhex(made.HOST_DATA))))


def learn(binary, tree):
    """Copies the source tree, and asks the program what it knows."""
    shutil.copytree(ROOT, tree, symlinks=True, ignore=lambda at, names: {
        name for name in names if name in (".git", "__pycache__") or (name == "build" and pathlib.Path(at) == ROOT)})
    (tree / "build").mkdir()
    (tree / "build/launchsec").symlink_to(binary)
    (tree / "build/onDefineDomain").symlink_to(binary)
    (tree / "build/kubectl-launchsec").symlink_to(binary)
    (tree / "build/host.json").write_text("{}", encoding="utf-8")
    write_measured(tree)
    keys = json.loads(output(binary, "annotations", "--format", "json"))
    usage = output(binary, "--help")
    names = re.findall(r"^  ([\w-]+) ", usage[usage.index("Commands:"):usage.index('\n"launchsec')], re.M)
    return Program(binary, tree, {key["key"].removeprefix(PREFIX): key for key in keys},
                   {name: options_in(output(binary, name, "--help")) for name in names})


def check_generated(checks, docgen):
    for document in GENERATED:
        path = ROOT / document
        is_same = path.exists() and path.read_text(encoding="utf-8") == output(docgen, document)
        checks.that(is_same, f"{document} is not what docgen makes: run make docs")


def check_tables(checks, program):
    binary, keys = program.binary, program.keys
    source = (ROOT / "src/annotations/keys.c").read_text(encoding="utf-8")
    usage = output(binary, "--help")
    checks.equal(keys, re.findall(r'\.name = "([^"]+)"', source), "annotations --format json and src/annotations/keys.c")
    checks.equal(re.findall(r"^(\S+) \((?:SEV-SNP|TDX|both)\)$", output(binary, "annotations"), re.M), keys,
                 "annotations --format text")
    checks.equal(re.findall(r"^\| `([\w-]+)`<br>", output(binary, "annotations", "--format", "markdown"), re.M), keys,
                 "annotations --format markdown")
    checks.equal(re.findall(r"^  ([\w-]+) ", usage[usage.index(PREFIX):], re.M), keys, "launchsec --help")
    checks.equal(re.findall(r"^### `([\w-]+)`$", (ROOT / GENERATED[0]).read_text(encoding="utf-8"), re.M), keys,
                 "headings of docs/annotations.md")


def check_man(checks, program):
    page = str(ROOT / GENERATED[1])
    checks.that(shutil.which("mandoc"), "mandoc is not installed")
    if not shutil.which("mandoc"):
        return
    for name in ("docs/launchsec.1", "docs/onDefineDomain.1"):
        lint = subprocess.run(["mandoc", "-Tlint", "-Wwarning", ROOT / name], capture_output=True, text=True, check=False)
        checks.that(lint.returncode == 0 and not lint.stdout, f"mandoc -Tlint {name}", lint.stdout)
    hook = re.sub(".\x08", "", output("mandoc", "-Tascii", "-Owidth=200", str(ROOT / "docs/onDefineDomain.1")))
    found = re.findall(r"^ {5}(--[\w-]+)", hook, re.M)
    checks.equal([*found, "--help", "-h"], program.commands["on-define-domain"], "options in the man page of onDefineDomain")
    text = re.sub(".\x08", "", output("mandoc", "-Tascii", "-Owidth=200", page))
    section = text[text.index("\nANNOTATIONS"):text.index("\n   Policy flags")]
    tags = re.findall(r"^ {5}([a-z][\w-]*)(?:$| {2,})", section, re.M)
    checks.equal(tags, program.keys, "annotations in the man page")
    commands = re.split(r"^ {3}(?=\w)", text[text.index("\nCOMMANDS"):text.index("\nANNOTATIONS")], flags=re.M)
    of_all, *of_each = commands
    checks.equal([part.split()[0] for part in of_each], program.commands, "commands in the man page")
    for part in of_each:
        name = part.split()[0]
        tagged = " ".join(re.findall(r"^ {5}(-.*)", of_all + part, re.M))
        found = re.findall(r"(?<![\w-])--?[\w-]+", tagged)
        checks.that(program.commands.get(name, set()) <= set(found), f"options of {name} in the man page",
                    f"  missing: {sorted(program.commands.get(name, set()) - set(found))}")


@dataclass
class Block:
    """A fenced block of a document."""

    path: pathlib.Path
    line: int  # of its first line of content
    language: str
    lines: list

    def __str__(self):
        return f"{self.path.relative_to(ROOT)}:{self.line}"


def blocks_of(path):
    blocks, fence = [], None
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        mark = re.match(r"\s*(`{3,}|~{3,})\s*([\w-]*)", line)
        if fence is None and mark:
            fence = mark[1]
            blocks.append(Block(path, number + 1, mark[2], []))
        elif fence is not None and mark and mark[1].startswith(fence) and not mark[2]:
            fence = None
        elif fence is not None:
            blocks[-1].lines.append(line)
    return blocks


def commands_of(block):
    """Pairs of a command, continuation lines joined, and the output below it, None in a script."""
    found = []
    lines = iter(block.lines)
    for line in lines:
        prompt = line.startswith("$ ")
        if block.language == "console" and not prompt:
            if found:
                found[-1][1].append(line)
            continue
        while line.endswith("\\"):
            line += "\n" + next(lines, "")
        found.append((line.removeprefix("$ ").strip() if prompt else line.strip(), [] if prompt else None))
    return found


def simple_commands(text):
    """The words of each simple command in a shell line."""
    lexer = shlex.shlex(text.replace("\\\n", " "), posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands = [[]]
    for word in lexer:
        if re.fullmatch(r"[();<>|&]+", word):
            commands.append([])
        elif commands[-1] or not re.match(r"\w+=", word):
            commands[-1].append(word)
    return [words for words in commands if words]


def check_options(checks, program, block):
    for text, _ in commands_of(block):
        if not re.search(r"\b(launchsec|onDefineDomain) ", text):
            continue
        try:
            commands = simple_commands(text)
        except ValueError as error:
            checks.that(block.language not in ("sh", "console"), f"{block}: {text}: {error}")
            continue
        for name, *words in commands:
            if name == "onDefineDomain":
                words.insert(0, "on-define-domain")
            elif name not in NAMES:
                continue
            known = program.commands.get(words[0] if words else "", {"--help", "--version"})
            for word in (word.partition("=")[0] for word in words if re.match(r"--?\w", word)):
                checks.that(word in known, f"{block}: {word} is no option of {' '.join([name, *words[:1]])}")


def check_run(checks, program, block):
    for text, shown in commands_of(block):
        if not re.match(rf"(\w+=\S* )*({'|'.join(map(re.escape, NAMES + OTHERS))})( |$)", text):
            continue
        comment = re.search(r"#\s*exit (\d+)$", text)
        status, printed = program.shell(text)
        if shown is None or comment:
            wanted = int(comment[1]) if comment else 0
            checks.that(status == wanted, f"{block}: {text}: exit status {status}, want {wanted}", printed)
        if shown is not None:
            diff = difflib.unified_diff(shown, printed.splitlines(), "document", "program", lineterm="")
            checks.that(printed.splitlines() == shown, f"{block}: {text}: prints something else", "\n".join(diff))


def check_xml(checks, block):
    text = re.sub(r"^\s*<\?xml.*?\?>", "", "\n".join(block.lines))
    try:
        xml.etree.ElementTree.fromstring(f"<block xmlns:qemu='urn:qemu'>{text}</block>")
        checks.that(True, "")
    except xml.etree.ElementTree.ParseError as error:
        checks.that(False, f"{block}: not well-formed XML: {error}")


def check_json(checks, program, block):
    text = "\n".join(block.lines)
    try:
        value = json.loads(text)
    except ValueError as error:
        checks.that(False, f"{block}: not JSON: {error}")
        return
    if not isinstance(value, dict) or not value or not set(value) <= CONFIG_KEYS:
        return
    (program.tree / "build/config.json").write_text(text, encoding="utf-8")
    status, printed = program.shell(f"launchsec apply --config build/config.json --domain {CAPTURE} --check")
    checks.that(status == 0, f"{block}: no good config file", printed)


def prose_of(path):
    """A document without its fenced blocks."""
    return re.sub(r"^\s*(`{3,}|~{3,}).*?^\s*\1\s*$", "", path.read_text(encoding="utf-8"), flags=re.M | re.S)


def anchors_of(path):
    """The anchors that GitHub gives to headings."""
    anchors = []
    for heading in re.findall(r"^#{1,6} +(.*?)\s*$", prose_of(path), re.M):
        text = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        anchor = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
        anchors.append(anchor if anchor not in anchors else f"{anchor}-{anchors.count(anchor)}")
    return anchors


def check_links(checks, path):
    for target in re.findall(r"(?<!`)\[[^]]*\]\(([^)\s]+)[^)]*\)", prose_of(path)):
        if re.match(r"[a-z]+:", target):
            continue
        file, _, anchor = target.partition("#")
        to = (path.parent / file).resolve() if file else path
        found = to.exists() and (not anchor or (to.suffix == ".md" and anchor in anchors_of(to)))
        checks.that(found, f"{path.relative_to(ROOT)}: the link {target} leads nowhere")


def check_names(checks, program, path):
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        # What the program says of an unknown key may be shown.
        shown = re.sub(rf"launchsec: error: {re.escape(PREFIX)}\S+: unknown key", "", line)
        for name in re.findall(re.escape(PREFIX) + r"([\w.-]*)", shown):
            checks.that(name.strip(".") in {"", *program.keys},
                        f"{path.relative_to(ROOT)}:{number}: unknown annotation {PREFIX}{name}")


def check_document(checks, program, path):
    checks.that(path.exists(), f"{path.relative_to(ROOT)} does not exist")
    if not path.exists():
        return
    check_names(checks, program, path)
    check_links(checks, path)
    for block in blocks_of(path):
        check_options(checks, program, block)
        if block.language in ("sh", "console"):
            check_run(checks, program, block)
        elif block.language == "xml":
            check_xml(checks, block)
        elif block.language == "json":
            check_json(checks, program, block)


def check_shown_by(checks):
    """Every row of SECURITY.md's tables of promises and threats names a test that is there: a path, which may be a pattern, or path:name."""
    rows = 0
    inside = False
    for line in (ROOT / "SECURITY.md").read_text(encoding="utf-8").splitlines():
        inside = line.startswith("|") and (inside or line.endswith("| shown by |"))
        if not inside or line.startswith("|---") or line.endswith("| shown by |"):
            continue
        rows += 1
        promise, cell = line.split("|")[1].strip(), line.rstrip("|").rsplit("|", 1)[1]
        named = re.findall(r"`([^`:]+)(?::(\w+))?`", cell)
        checks.that(named or "nothing here" in line, f"SECURITY.md: no test is named for: {promise}")
        for path, name in named:
            files = list(ROOT.glob(path))
            checks.that(files and (not name or any(re.search(rf"\b{name}\(", file.read_text(encoding="utf-8")) for file in files)),
                        f"SECURITY.md: {promise}: there is no {path}" + (f" with {name}()" if name else ""))
    checks.that(rows > 20, f"SECURITY.md: found {rows} rows that say what shows them")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the program")
    parser.add_argument("--docgen", required=True, type=pathlib.Path, help="the tool that makes documents")
    given = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="launchsec-docs-") as scratch:
        program = learn(given.binary.resolve(), pathlib.Path(scratch) / "tree")
        check_generated(checks, given.docgen.resolve())
        check_tables(checks, program)
        check_man(checks, program)
        check_shown_by(checks)
        for path in [ROOT / "README.md", ROOT / "SECURITY.md", *sorted((ROOT / "docs").rglob("*.md"))]:
            check_document(checks, program, path)
        check_links(checks, ROOT / "CHANGELOG.md")  # of other versions, too, whose names may be gone
        for path in sorted((ROOT / "docs").rglob("*")):
            if path.suffix in (".json", ".yaml", ".xml"):
                check_names(checks, program, path)
        shells.check(checks, program)
        pipelines.check(checks, program, blocks_of(ROOT / "docs/ci.md"))
    limits.check(checks)
    words.check(checks)
    print(f"docs: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
