# SPDX-License-Identifier: Apache-2.0
"""How QEMU 11.1 reads the text after an option: three ways. Worked out from QEMU's source and its answers, and not from
launchsec's.

    keyval   util/keyval.c: -machine, -M, -smp, -boot, -blockdev, -audiodev, -display
    options  util/qemu-option.c ("QemuOpts"): -object, -device, -drive, -fw_cfg, -chardev, -netdev, -global, ...
    json     qobject/json-lexer.c, json-parser.c: -object, -device, -netdev, -blockdev where the text begins with {
"""

import re
import sys

LONGEST_FRAGMENT = 127  # keyval_parse_one(): key_in_cur[128]
DEEPEST = 1024  # json-streamer.c: MAX_NESTING
NUMBER = re.compile(r"-?(?:0(?:\.[0-9]+(?:[eE][+-]?[0-9]+)?)?|[1-9][0-9]*(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)")
ESCAPES = {'"': '"', "'": "'", "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
WORDS = {"true": True, "false": False, "null": None}
BLANK = " \t\r\n"

sys.setrecursionlimit(max(sys.getrecursionlimit(), 4 * DEEPEST))  # two calls a level


class Unreadable(Exception):
    """QEMU ends with an error, or with its help."""


def is_help(text):
    """is_help_option(), starts_with_help_option(): include/qemu/help_option.h."""
    return text in ("?", "help")


def name_length(text):
    """How much of TEXT is one name of QAPI's; 0 for none. qapi/qapi-util.c: parse_qapi_name()."""
    found = re.match(r"(?:__[A-Za-z0-9.-]*_)?[A-Za-z][A-Za-z0-9_-]*", text)
    return found.end() if found else 0


def fragments(key):
    """The parts of KEY between its dots: names, and after the first one numbers as well."""
    parts, at = [], 0
    while True:
        digits = re.match("[0-9]+", key[at:]) if at else None
        length = digits.end() if digits else name_length(key[at:])
        if not 0 < length <= LONGEST_FRAGMENT:
            raise Unreadable(f"invalid parameter {key!r}")
        parts.append(key[at : at + length])
        at += length
        if at == len(key):
            return parts
        if key[at] != ".":
            raise Unreadable(f"invalid parameter {key!r}")
        at += 1


def value_at(text, at):
    """The value of TEXT at AT, where two commas are one and one ends it; and where the next key begins."""
    value = ""
    while at < len(text):
        if text[at] == ",":
            at += 1
            if at == len(text) or text[at] != ",":
                break
        value += (run := re.match("(?s).[^,]*", text[at:]).group())
        at += len(run)
    return value, at


def keyval(text, implied=None):
    """The pairs ([fragment, ...], value) of TEXT, in order: keyval_parse_one() for each."""
    pairs, at = [], 0
    while at < len(text):
        stop = re.compile("[=,]|$").search(text, at).start()
        key = text[at:stop]
        if not text.startswith("=", stop):
            if is_help(key):
                raise Unreadable("help")
            if not implied or not key:
                raise Unreadable(f"no = after {key!r}")
            pairs.append((fragments(implied), key))  # no comma can be in it
            at = stop + text.startswith(",", stop)
        else:
            parts = fragments(key)
            value, at = value_at(text, stop + 1)
            pairs.append((parts, value))
        implied = None
    return pairs


def options(text, implied=None):
    """The pairs (name, value) of TEXT, in order, and its id: opts_do_parse() and opts_parse_id().

    The id is the first one, of all others the last one counts.
    """
    pairs, names, at = [], None, 0
    first = True
    while at < len(text):
        stop = re.compile("[=,]|$").search(text, at).start()
        name = text[at:stop]
        if text.startswith("=", stop):
            value, at = value_at(text, stop + 1)
        elif first and implied:
            value, at = value_at(text, at)
            name = implied
        else:  # "help" too: where the list takes any name, it is one
            name, value = (name[2:], "off") if name.startswith("no") else (name, "on")
            at = stop + text.startswith(",", stop)
        if name != "id":
            pairs.append((name, value))
        elif names is None:
            names = value
        first = False
    return pairs, names


def last(pairs):
    """What counts of PAIRS: qemu_opt_find() takes the last."""
    return dict(pairs)


def named(text):
    """Whether TEXT can be an id. util/id.c: id_wellformed()."""
    return re.fullmatch("[A-Za-z][A-Za-z0-9._-]*", text) is not None


class Json:
    """One JSON value and nothing behind it: qobject_from_json()."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def whole(self):
        value = self.value(0)
        if self.peek():
            raise Unreadable("more than one value")
        return value

    def peek(self):
        while self.at < len(self.text) and self.text[self.at] in BLANK:
            self.at += 1
        return self.text[self.at : self.at + 1]

    def take(self, wanted):
        if self.peek() != wanted or not wanted:
            raise Unreadable(f"no {wanted} at {self.at}")
        self.at += 1

    def value(self, depth):
        sign = self.peek()
        if depth >= DEEPEST and sign in ("{", "["):
            raise Unreadable("too deep")
        if sign == "{":
            return self.object(depth)
        if sign == "[":
            return self.array(depth)
        if sign and sign in "\"'":
            return self.string()
        if found := re.compile("[a-z]+").match(self.text, self.at):
            self.at = found.end()
            if found.group() in WORDS:
                return WORDS[found.group()]
        elif found := NUMBER.match(self.text, self.at):
            self.at = found.end()
            return float(found.group())
        raise Unreadable(f"no value at {self.at}")  # %d and the like too: there is nothing to put in

    def object(self, depth):
        members = {}
        self.take("{")
        while self.peek() != "}" or members:
            if self.peek() not in ('"', "'"):
                raise Unreadable("key is not a string")
            key = self.string()
            self.take(":")
            if key in members:
                raise Unreadable("duplicate key")
            members[key] = self.value(depth + 1)
            if self.peek() == "}":
                break
            self.take(",")
        self.take("}")
        return members

    def array(self, depth):
        values = []
        self.take("[")
        while self.peek() != "]" or values:
            values.append(self.value(depth + 1))
            if self.peek() == "]":
                break
            self.take(",")
        self.take("]")
        return values

    def string(self):
        quote, self.at = self.text[self.at], self.at + 1
        made = []
        while (sign := self.text[self.at : self.at + 1]) != quote:
            if not sign or sign < " ":
                raise Unreadable("string has no end, or a control character")
            self.at += 1
            made.append(self.escaped() if sign == "\\" else sign)
        self.at += 1
        return "".join(made)

    def escaped(self):
        sign, self.at = self.text[self.at : self.at + 1], self.at + 1
        if sign != "u":
            if sign not in ESCAPES:
                raise Unreadable("invalid escape sequence")
            return ESCAPES[sign]
        unit = self.hexadecimal()
        if 0xD800 <= unit < 0xDC00 and self.text.startswith("\\u", self.at):
            self.at += 2
            low = self.hexadecimal()
            if 0xDC00 <= low < 0xE000:
                return chr(0x10000 + ((unit - 0xD800) << 10) + low - 0xDC00)
        if 0xD800 <= unit < 0xE000:
            raise Unreadable("half a surrogate pair")
        return chr(unit)

    def hexadecimal(self):
        digits = re.compile("[0-9A-Fa-f]{4}").match(self.text, self.at)
        if not digits:
            raise Unreadable("no four digits after \\u")
        self.at += 4
        return int(digits.group(), 16)


def json(text):
    """TEXT as JSON of QEMU's kind."""
    return Json(text).whole()
