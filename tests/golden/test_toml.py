#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hold launchsec's reader of initdata against other parsers: Python's tomllib and json.

Thousands of documents are made from a seed: of the pieces that could fool a reader, and by changing bytes of good ones.
Where launchsec takes a document, the other parser must take it too and find the same in it. Launchsec may refuse more;
but the ORDINARY documents, and the good ones among inputs/initdata, it must take.

The documents are read by a program of its own (tests/unit/toml_reader.c), all in one process.
"""

import argparse
import collections
import json
import pathlib
import random
import shlex
import subprocess
import sys
import tomllib

GOLDEN = pathlib.Path(__file__).resolve().parent
BOM = b"\xef\xbb\xbf"
ALGORITHMS = {"sha256": "sha-256", "sha384": "sha-384", "sha512": "sha-512"}
PLAIN = "0"  # enum lsec_initdata_form
HEAD = 'version = "0.1.0"\nalgorithm = "sha-256"\n'
TRIPLES = ("'''", '"""')

# -- documents that must be taken --------------------------------------------------------------------------------------

ORDINARY = [
    HEAD + "[data]\n",
    HEAD + "\n[data]",
    "algorithm = 'sha384'\nversion = '0.1.0'\n\n[data]\n",
    "# of the owner\nversion = '0.1.0' # the only one\nalgorithm = 'sha-512' # not 'sha-256'\n\n\n[data] # texts\n",
    HEAD + "[data]\n\"aa.toml\" = '''\n[token_configs]\n[token_configs.kbs]\nurl = 'http://kbs:8080'\n'''\n",
    HEAD
    + '''
[data]
"aa.toml" = \'\'\'
[token_configs]
[token_configs.coco_as]
url = 'http://127.0.0.1:8080'

[token_configs.kbs]
url = 'http://127.0.0.1:8080'
cert = """
-----BEGIN CERTIFICATE-----
MIIBijCCATGgAwIBAgIUeXbM
-----END CERTIFICATE-----
"""
\'\'\'

"cdh.toml" = \'\'\'
socket = 'unix:///run/confidential-containers/cdh.sock'
credentials = []

[kbc]
name = 'cc_kbc'
url = 'http://1.2.3.4:8080'
\'\'\'

"policy.rego" = \'\'\'
package agent_policy

import future.keywords.in

# a comment with 'quotes' and = signs
default CopyFileRequest := true
default ExecProcessRequest := false

ExecProcessRequest if {
    input_command = concat(" ", input.process.Args)
    some allowed in policy_data.allowed_commands
    input_command == allowed
}

policy_data := {"allowed_commands": ["ls \\\\ -l", "cat /etc/\\"x\\""]}
\'\'\'
''',
    HEAD + '[data]\n"policy.rego" = """\npackage p\n\ndefault x := \\"a\\"\n"""\n',
    HEAD + "[data]\n'cdh.toml' = \"a = 1\\nb = 'x'\\n\"\n",
    (HEAD + "[data]\n'aa.toml' = '''\nurl = 'x'\n'''\n").replace("\n", "\r\n"),
    "\ufeff" + HEAD + "[data]\n",
    HEAD + "[data]\n'a' = '\u00e4\u2603\U0001f512'\n\"\u00e4\" = ''\n",
    HEAD + "[data]\n" + "".join(f"'file-{number}.toml' = '''\n{number} '''\n" for number in range(256)),
    HEAD + "[data]\nkey = '''" + "0123456789abcde\n" * 4096 + "'''\n",
]
ORDINARY_JSON = [
    '{"version":"0.1.0","algorithm":"sha-256","data":{}}',
    '\ufeff{"algorithm":"sha512","version":"0.1.0","data":{"a":"b"}}',
    ' {\n  "algorithm": "sha384",\n  "data": {"aa.toml": "[x]\\nurl = \\"\\u00e4\\"\\n", "": ""},\n"version":"0.1.0"}',
    '{"data":{"\u00e4":"\\ud83d\\ude00\\/","a":"","\\u0062":"\\u0000"},"version":"0.1.0","algorithm":"sha-384"}\n',
]

# -- documents that could fool a reader --------------------------------------------------------------------------------

TEXTS = (
    ["x", "", "=", "#", "# x", "[data]", "[data]\n", "\n[data]\n", "version = '9'", "\nversion = '9'\n", "a = ''"]
    + ["\nalgorithm = 'sha-512'\n", "'", "''", '"', '""', "'''", '"""', "\\", "\\\\", "\\\n", "\\ \n", "\\\t\n  x"]
    + ["\n", "\r\n", "\r", "\t", "\0", "\x0b", "\x1f", "\x7f", "\x80", "\ufeff", "\u2028", "\ud7ff", "\U0010ffff"]
    + ['\\"', "\\n", "\\b\\t\\f\\r", "\\e", "\\x41", "\\a", "\\/", "\\'", "\\u0041", "\\u12", "\\ud800", "\\uDFFF"]
    + ["\\U00110000", "\\U0010FFFF", "\\U0001F512", "\\uFFFF", "\\u0000", "\\u12g4", " ", "]", "}", ",", "]]\n[[", "\\"]
)
BARE = ["version", "algorithm", "data", "a", "b", "A-_9", "0", "1979", "true", "a.b", "data.x", "\u00e4", "a b", ""]
NO_STRINGS = ["1", "0x1f", "1_000", "1.5", "1e9", "inf", "nan", "true", "false", "1979-05-27", "1979-05-27T07:32:00Z"]
NO_STRINGS += ["07:32:00", "[]", "['a', \"b\"]", "[\n'x',\n]", "{}", "{ a = 'x' }", "{a.b='x'}", "", "x", "[['a']]"]
JSON_VALUES = ["1", "-1.5e9", "true", "null", "[]", '["x"]', "{}", '{"a":"b"}', "NaN", "Infinity", "'x'", '"\\ud800"']
JSON_VALUES += ['"\\ud83d\\ude00"', '"\\u0000"', '"\t"', '"\\x"', '"\ud800"', '"0.1"', '"x', "", "/**/", "0x1", "[[]]"]
GAPS = [""] * 6 + [" "] * 6 + ["\t", "  ", " \t", "\n", "\u00a0", "\x0c", "\u3000"]
ENDS = ["\n"] * 30 + ["\r\n"] * 8 + ["", "\n\n", "\r", " \n", "\t\n", "\r\r\n", "\x0b\n", "\x85", "\u2028"]


class Maker:
    """Makes documents; equal seeds make equal ones."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.odds = 0.0  # of something unusual, for the document under way

    def odd(self):
        """Whether something unusual shall be there now."""
        return self.random.random() < self.odds

    def gap(self):
        """White space, perhaps."""
        return self.random.choice(GAPS) if self.odd() else self.random.choice(GAPS[:9])

    def line_end(self):
        """A comment, perhaps, and the end of a line."""
        end = self.random.choice(ENDS) if self.odd() else "\n"
        if self.random.random() < 0.15:
            return f"{self.gap()}#{self.random.choice(TEXTS) if self.odd() else 'x = [data]'}{end}"
        return self.gap() + end

    def text(self):
        """What stands in a string."""
        return "".join(self.random.choice(TEXTS) for _ in range(self.random.choice((0, 1, 1, 2, 3, 6))))

    def plain(self, quote):
        """A text that may stand in a string of QUOTE of one line."""
        text = self.text()
        if self.odd():
            return text
        text = "".join(c for c in text if c == "\t" or c >= " " and c not in f"{quote}\x7f")
        return text if quote == "'" else text.replace("\\", "\\\\")

    def long(self, quotes):
        """A text that may stand in a string of many lines."""
        text = self.text()
        if self.odd():
            return text + quotes[0] * self.random.choice((0, 0, 1, 2, 3, 4, 6))
        text = "".join(c for c in text if c in "\t\n" or c >= " " and c not in f"{quotes[0]}\x7f")
        text = text if quotes[0] == "'" else text.replace("\\", "\\\\")
        return text + quotes[0] * self.random.choice((0, 0, 0, 1, 2))

    def string(self):
        """A string of any kind."""
        if self.random.random() < 0.5:
            quote = self.random.choice("'\"")
            return quote + self.plain(quote) + quote
        quotes = self.random.choice(TRIPLES)
        return quotes + self.random.choice(("", "\n", "\r\n")) + self.long(quotes) + quotes

    def value(self):
        """A value, mostly a string."""
        if self.odd():
            return self.random.choice(NO_STRINGS)
        return self.string()

    def key(self):
        """A key: bare, quoted, of several parts."""
        part = self.random.choice(BARE) if self.odd() else f"k{self.random.randrange(20)}"
        if self.random.random() < 0.5:
            quote = self.random.choice("'\"")
            part = quote + (self.plain(quote) if self.odd() else part) + quote
        if self.odd() and self.odd():
            part += self.gap() + "." + self.gap() + self.key()
        return part

    def pair(self, key, value):
        """A line with a value."""
        equals = self.random.choice(("", "==", ":", "= =")) if self.odd() and self.odd() else "="
        return f"{self.gap()}{key}{self.gap()}{equals}{self.gap()}{value}{self.line_end()}"

    def name(self, name):
        """The key NAME, in any spelling."""
        spellings = [name] * 6 + [f"'{name}'", f'"{name}"']
        if self.odd():
            spellings = [f'"\\u{ord(name[0]):04x}{name[1:]}"', name.upper(), name + ".x", f"{name}.{name}", name[1:]]
        return self.random.choice(spellings)

    def head(self):
        """The lines of version and algorithm, in any order, perhaps not once each."""
        version = '"0.1.0"' if self.random.random() < 0.8 else self.string() if self.odd() else "'0.1.0'"
        names = list(ALGORITHMS) + list(ALGORITHMS.values())
        algorithm = self.value() if self.odd() else f"'{self.random.choice(names)}'"
        lines = [self.pair(self.name("version"), version), self.pair(self.name("algorithm"), algorithm)]
        self.random.shuffle(lines)
        if self.odd() and self.odd():
            lines.insert(self.random.randrange(3), self.random.choice(lines + [self.pair(self.key(), self.value())]))
        if self.odd() and self.odd():
            lines.pop()
        return "".join(lines)

    def header(self):
        """The line [data], or one like it."""
        header = "data"
        if self.odd():
            headers = ("[data]", "data.x", "'data'", '"data"', "Data", "", "other", "data .x", "a", "[data")
            header = self.random.choice(headers)
        return f"{self.gap()}[{self.gap()}{header}{self.gap()}]{self.line_end()}"

    def made(self):
        """A document of pieces."""
        self.odds = self.random.choice((0.0, 0.02, 0.05, 0.1, 0.3))
        parts = [self.random.choice(("\ufeff", "\ufeff\ufeff", "\n", " ", "#x\n"))] if self.odd() else []
        parts.append(self.head())
        parts.append(self.header())
        for _ in range(self.random.choice((0, 1, 1, 2, 3, 5))):
            parts.append(self.pair(self.key(), self.value()))
            if self.odd() and self.odd():
                parts.append(self.random.choice((self.header(), self.head(), "[other]\n", "[[data]]\n")))
        if self.odd():
            self.random.shuffle(parts)
        return "".join(parts).encode("utf-8", "surrogatepass")

    def json_value(self):
        """A value of JSON, mostly a string."""
        if self.odd():
            return self.random.choice(JSON_VALUES)
        text = json.dumps(self.text(), ensure_ascii=self.random.random() < 0.5)
        return text.replace("\\n", "\\u000a") if self.odd() else text

    def json_key(self, name):
        """The key NAME, in any spelling."""
        return f'"\\u{ord(name[0]):04X}{name[1:]}"' if self.random.random() < 0.1 else f'"{name}"'

    def json_object(self, members, end="}"):
        """An object of MEMBERS, pairs of key and value."""
        texts = [f"{self.gap()}{key}{self.gap()}:{self.gap()}{value}{self.gap()}" for key, value in members]
        return "{" + ",".join(texts) + ("," if self.odd() and self.odd() else "") + end

    def made_json(self):
        """A document in JSON."""
        self.odds = self.random.choice((0.0, 0.05, 0.2))
        names = self.random.choices("abcdefghij", k=self.random.randrange(5))
        data = [(self.json_key(name), self.json_value()) for name in names]
        algorithm = self.random.choice(list(ALGORITHMS) + list(ALGORITHMS.values()) + ["md5"])
        members = [
            (self.json_key("version"), '"0.1.0"' if not self.odd() else self.json_value()),
            (self.json_key("algorithm"), f'"{algorithm}"' if not self.odd() else self.json_value()),
            (self.json_key("data"), self.json_object(data) if not self.odd() else self.json_value()),
        ]
        self.random.shuffle(members)
        if self.odd():
            members.append((self.json_key(self.random.choice(("data", "version", "more"))), self.json_value()))
        end = self.random.choice(("}\n", "}x", "", "]", "}}", "} {}")) if self.odd() else "}"
        return (self.gap() + self.json_object(members, end)).encode("utf-8", "surrogatepass")

    def changed(self, documents):
        """One of DOCUMENTS with a few of its bytes changed."""
        document = bytearray(self.random.choice(documents))
        for _ in range(self.random.choice((1, 1, 1, 2, 3, 8))):
            at = self.random.randrange(len(document) + 1)
            end = min(len(document), at + self.random.choice((0, 1, 1, 2, 5, 20)))
            some = self.random.randrange(len(document) + 1)
            new = self.random.choice(
                (
                    b"",
                    bytes([self.random.randrange(256)]),
                    self.random.choice(b"'\"\\=#[].\n\r \tx{}").to_bytes(1, "big"),
                    self.random.choice(TEXTS).encode("utf-8", "surrogatepass"),
                    self.random.choice(TRIPLES).encode(),
                    bytes(document[some : some + self.random.choice((1, 3, 10, 40))]),
                )
            )
            document[at:end] = new
        return bytes(document)

    def documents(self, count, good):
        """COUNT documents: half of pieces, the rest changed ones of these and of GOOD."""
        made = [self.made_json() if number % 8 == 0 else self.made() for number in range(count // 2)]
        short = [document for document in good if len(document) < 5000] * 100 + made
        return made + [self.changed(short) for _ in range(count - len(made))]


# -- what another parser finds ----------------------------------------------------------------------------------------


class Refused(Exception):
    """The other parser does not take the document."""


def parse(document, language):
    """The members of DOCUMENT, as another parser reads it, behind a byte order mark."""
    try:
        text = document.removeprefix(BOM).decode()
        return tomllib.loads(text) if language == "toml" else json.loads(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise Refused(str(error)) from None


def wrong_head(document, answer):
    """What is wrong with the ANSWER of the reader of TOML alone, or None."""
    version, algorithm, has_data, count = answer
    found = parse(document, "toml")
    texts = {"version": version, "algorithm": algorithm}
    texts = {name: None if text == "-" else bytes.fromhex(text[1:]).decode() for name, text in texts.items()}
    data = found.get("data", {})
    if {name: found.get(name) for name in texts} != texts:
        return "version or algorithm differ"
    if set(found) - {"version", "algorithm", "data"}:
        return "there is another key"
    if ("data" in found) != bool(int(has_data)) or not isinstance(data, dict) or len(data) != int(count):
        return "data differ"
    return None if all(isinstance(value, str) for value in data.values()) else "not only strings in data"


def wrong_initdata(document, answer):
    """What is wrong with the ANSWER of the reader of initdata, or None."""
    form, language, algorithm, count = answer
    if form != PLAIN:
        return None
    found = parse(document, language)
    if set(found) != {"version", "algorithm", "data"} or found["version"] != "0.1.0":
        return "no whole head, or more than that"
    if ALGORITHMS.get(found["algorithm"], found["algorithm"]) != algorithm:
        return "the algorithm differs"
    data = found["data"]
    if not isinstance(data, dict) or len(data) != int(count):
        return "data differ"
    return None if all(isinstance(value, str) for value in data.values()) else "not only strings in data"


def is_utf8(document):
    """Whether DOCUMENT is UTF-8; the reader of TOML alone leaves that to its caller."""
    try:
        document.decode()
    except UnicodeDecodeError:
        return False
    return True


def judge(document, line, counts):
    """What is wrong with the LINE that launchsec answered to DOCUMENT, or None; counts what there was."""
    words = line.split()
    head, initdata = (None, words[1:]) if words[0] == "refused" else (words[:4], words[4:])
    counts["documents"] += 1
    try:
        if head and is_utf8(document):
            counts["taken as TOML"] += 1
            if wrong := wrong_head(document, head):
                return wrong
        if initdata != ["refused"]:
            counts[f"taken as initdata in {initdata[1].upper()}"] += 1
            return wrong_initdata(document, initdata)
    except Refused as error:
        return f"the other parser refuses it: {error}"
    return None


def ask(reader, documents):
    """The lines that READER, a program with its arguments, answers to DOCUMENTS."""
    asked = b"".join(b"%d\n%s" % (len(document), document) for document in documents)
    lines = subprocess.run(reader, input=asked, capture_output=True, check=True, timeout=600).stdout.decode().splitlines()
    if len(lines) != len(documents):
        raise SystemExit(f"{reader[-1]} answered {len(lines)} times to {len(documents)} documents")
    return lines


def main():
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(description="Hold the reader of initdata against other parsers.")
    parser.add_argument("--reader", type=shlex.split, required=True, help="the program of tests/unit/toml_reader.c")
    parser.add_argument("--count", type=int, default=60000, help="how many documents")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    inputs = sorted((GOLDEN / "inputs" / "initdata").glob("*.toml"))
    good = [path.read_bytes() for path in inputs if not path.name.startswith("bad-")]
    good += [text.encode() for text in ORDINARY + ORDINARY_JSON]
    documents = good + Maker(options.seed).documents(options.count, good)
    counts, failed = collections.Counter(), 0
    for number, (document, line) in enumerate(zip(documents, ask(options.reader, documents))):
        wrong = judge(document, line, counts)
        if number < len(good) and line.endswith("refused"):
            wrong = "an ordinary document is refused"
        if wrong:
            failed += 1
            print(f"FAIL {wrong}: {document[:2000]!r}\n    {line}" if failed <= 10 else f"FAIL {wrong}")
    print("toml:", ", ".join(f"{number} {name}" for name, number in counts.items()) + f", {failed} failed")
    # Else most of the documents would show nothing.
    few = counts["taken as TOML"] < counts["documents"] / 5
    if few:
        print("FAIL too few of the documents are taken")
    return 1 if failed or few else 0


if __name__ == "__main__":
    sys.exit(main())
