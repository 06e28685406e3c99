# SPDX-License-Identifier: Apache-2.0
"""Check that messages, help and documents keep to plain words: none of those in banned-words.

A message is a string literal of the C sources with a blank in it; adjacent ones are joined. It has two sentences at
most, unless it is help.
"""

import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
BANNED = ROOT / "tests/docs/banned-words"
SOURCES = ("src", "include")
DOCUMENTS = ("README.md", "SECURITY.md", "docs")
# What commands do, for --help and man pages: more than two sentences are fine there.
HELP = "src/cli/commands.c"

# Comments, characters and strings, so that none of them is found within another.
TOKENS = re.compile(r"/\*.*?\*/|//[^\n]*|'(?:[^'\\]|\\.)+'|\"(?:[^\"\\\n]|\\.)*\"", re.S)


@dataclass
class Row:
    """A line of the list."""

    documents: bool
    pattern: re.Pattern
    instead: str


def rows():
    for line in BANNED.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            where, pattern, instead = line.split("\t")
            yield Row({"all": True, "messages": False}[where], re.compile(pattern, re.I), instead)


def messages_of(source):
    """(line number, text) of the messages in a C source."""
    source, text, at, end = source + '\n;""', "", 0, 0
    for token in TOKENS.finditer(source):
        joined = token[0].startswith('"') and not source[end:token.start()].strip()
        if not joined:
            if " " in text:
                yield source.count("\n", 0, at) + 1, text
            text, at = "", token.start()
        if token[0].startswith('"'):
            text += token[0][1:-1]
        end = token.end()


def files_in(places, suffixes):
    for place in map(ROOT.joinpath, places):
        for path in [place] if place.is_file() else sorted(place.rglob("*")):
            if path.suffix in suffixes:
                yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


def check(checks):
    banned = list(rows())
    for name, source in files_in(SOURCES, (".c", ".h")):
        for number, text in messages_of(source):
            found = [f'{row.pattern.search(text)[0]!r}; write {row.instead}' for row in banned if row.pattern.search(text)]
            if name != HELP and len(re.findall(r"[a-z)]\. [A-Z]", text)) > 1:
                found.append("more than two sentences; shorten it")
            checks.that(not found, f"{name}:{number}: {text!r} has {', '.join(found)}")
    for name, text in files_in(DOCUMENTS, (".md", ".in", ".1")):
        for number, line in enumerate(text.splitlines(), 1):
            found = [row for row in banned if row.documents and row.pattern.search(line)]
            checks.that(not found, f"{name}:{number}: " + ", ".join(
                f"{row.pattern.search(line)[0]!r}; write {row.instead}" for row in found))
