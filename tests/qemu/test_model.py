#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The model reads as QEMU 11.1 answered, and judges that read less well are found out by the cases."""

import json
import sys

import cases
import check_judge
import model
import reading

COUNT, SEED = 20000, 12
# What QEMU 11.1 made of each, from its errors and from qom-list: None where it ends before it looks at any.
KEYVAL = {
    "q35,firmware=a,,b": [("type", "q35"), ("firmware", "a,b")],
    "q35,firmware=a,,,x=y": [("type", "q35"), ("firmware", "a,"), ("x", "y")],
    "q35,x=a=b": [("type", "q35"), ("x", "a=b")],
    "x=,": [("x", "")],
    "": [],
    "q35,,x=a": None,
    ",x=a": None,
    "q35,x": None,
    "q35,x=a,help": None,
}
OPTIONS = {
    "a,x=1,,2": ([("type", "a"), ("x", "1,2")], None),
    "a,,x=1": ([("type", "a,x=1")], None),
    "id=a,b,id=c": ([("b", "on")], "a"),
    "a,nob": ([("type", "a"), ("b", "off")], None),
    ",type=a": ([("type", ""), ("type", "a")], None),
}
JSON = {
    "{'a':\"b\"}": {"a": "b"},
    "{'\\u0061':'\\'\\/'} \n": {"a": "'/"},
    "{'a':[1,-2.5e1,{}],'b':null}": {"a": [1, -25, {}], "b": None},
    '{"a":"\\uD83D\\uDE00"}': {"a": "\U0001f600"},
    '{"a":' + "[" * 1023 + "]" * 1023 + ',"b":1}': ...,
    '{"a":' + "[" * 1024 + "]" * 1024 + ',"b":1}': None,
    '{"a":1,"a":2}': None,
    '{"a":1}x': None,
    '{"a":1,}': None,
    '{"a":%s}': None,
    '{"a":"\\x"}': None,
    '{"a":"\t"}': None,
    '{"a":01}': None,
    '{"a":"\\uDE00"}': None,
}
WORDS = ["-S", "--name", "-machine", "-device", "-S", "disk", "-M", "q35"]
PAIRS = [("-S",), ("--name", "-machine"), ("-device", "-S"), ("disk",), ("-M", "q35")]


def read(reader, *text):
    try:
        return reader(*text)
    except reading.Unreadable:
        return None


def readings():
    """What is read otherwise than QEMU reads it."""
    for text, wanted in KEYVAL.items():
        found = read(reading.keyval, text, "type")
        yield text, found if found is None else [(".".join(parts), value) for parts, value in found], wanted
    for text, wanted in OPTIONS.items():
        yield text, read(reading.options, text, "type"), wanted
    for text, wanted in JSON.items():
        found = read(reading.json, text)
        yield text, ... if found and wanted is ... else found, wanted
    yield WORDS, model.split(WORDS), PAIRS


def in_hyphens(pair):
    """Reads no _ in a key."""
    return "unknown" if pair[0].endswith(("machine", "M")) and "_" in pair[-1] else right(pair)


def first_counts(pair):
    """Takes the first of several."""
    model.last = lambda pairs: dict(reversed(pairs))
    try:
        return right(pair)
    finally:
        model.last = reading.last


def one_dash(pair):
    """Knows no option with two dashes."""
    return "unknown" if pair[0].startswith("--") else right(pair)


def strict_json(pair):
    """Reads JSON as others write it."""
    if len(pair) > 1 and pair[1].startswith("{"):
        try:
            json.loads(pair[1])
        except ValueError:
            return "unknown"
    return right(pair)


def plain_text(pair):
    """Looks for words, in whatever they are."""
    words = ("confidential", "memory-encryption", "guest", "igvm", "lsec0")
    return "protection" if any(word in pair[-1] for word in words) else right(pair)


def every_comma(pair):
    """Takes two commas for two ends."""
    return right((*pair[:-1], pair[-1].replace(",,", ",")))


def right(pair):
    kind = model.verdict(pair).kind
    return kind if kind in check_judge.ANSWERS else "unknown"


def main():
    failed = 0
    for text, found, wanted in readings():
        if found != wanted:
            print(f"{text!r}: read as {found}, QEMU reads {wanted}")
            failed = 1
    pairs = list(cases.pairs(COUNT, SEED))
    for judge in (in_hyphens, first_counts, one_dash, strict_json, plain_text, every_comma):
        caught = sum(check_judge.complaint(model.verdict(pair).kind, judge(pair)) is not None for pair in pairs)
        print(f"{judge.__name__}: {caught} disagreements")
        failed |= not caught
    if any(check_judge.complaint(model.verdict(pair).kind, right(pair)) for pair in pairs):
        print("the model disagrees with itself")
        failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
