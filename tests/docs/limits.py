# SPDX-License-Identifier: Apache-2.0
"""Check that the limits in docs/errors.md are those of include/launchsec/limits.h: all of them, with the same numbers."""

import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def in_header():
    """Name -> number of each limit; a sum refers to limits before it."""
    text = re.sub(r"/\*.*?\*/", "", (ROOT / "include/launchsec/limits.h").read_text(encoding="utf-8"), flags=re.S)
    limits = {}
    for name, terms in re.findall(r"^#define LSEC_((?:MAX|SAFE)_\w+) \(?([\w +]+)\)?$", text, re.M):
        limits[name] = sum(limits[term.removeprefix("LSEC_")] if term.startswith("LSEC_") else int(term.rstrip("U"))
                           for term in terms.split(" + "))
    return limits


def check(checks):
    limits, named = in_header(), []
    text = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    for number, unit, name in re.findall(r"^\|[^|]*\| ([\d,]+) ?([^|]*?) \| `(\w+)` \|$", text, re.M):
        shown = int(number.replace(",", "")) * UNITS.get(unit, 1)
        checks.that(shown == limits.get(name), f"docs/errors.md: {name} is {shown}, but {limits.get(name)} in limits.h")
        named.append(name)
    checks.equal(named, limits, "limits in docs/errors.md and include/launchsec/limits.h")
