#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fail on an include or a call that runs upwards, by the list of layers in docs/architecture.md.

Also on a folder of src/ that the list does not have, and on modules that include or call each other in a circle.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What a folder may include of those below, where that is less than all.
ONLY = {"measure": {"base"}, "launcher": {"base"}, "transport": {"base", "log"}}
INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
DEFINITION = re.compile(r"^(?!static)[^\s#/}][^;{}]*?\b(lsec_\w+)\([^;{}]*\)\s*\{", re.M)
NAME = re.compile(r"(?<!struct )(?<!enum )\b(lsec_\w+)")


def layers():
    """{folder: layer}, from the table of the document."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    table = text.split("\n## Layers\n", 1)[1].split("\n\nThe transport", 1)[0]
    found = {}
    for number, folders in re.findall(r"^\| (\d+) \|.*\| ([^|]+) \|$", table, re.M):
        found.update({folder: int(number) for folder in re.findall(r"`(\w+)`", folders)})
    return found


def includes(path):
    """The files of src/ that a file includes."""
    for name in INCLUDE.findall(path.read_text(encoding="utf-8")):
        for base in (path.parent, ROOT / "src"):
            if (base / name).is_file():
                yield (base / name).resolve()
                break


def modules(files):
    """{module: modules that it includes}: a module is NAME.c with NAME.h.

    A header without a .c of its own is what several share, and stands for what it includes.
    """
    direct = {path: set(includes(path)) for path in files}

    def resolved(path, seen=()):
        for one in direct[path]:
            if one.with_suffix(".c") in direct:
                yield one.with_suffix("")
            elif one not in seen:
                yield from resolved(one, (*seen, one))

    graph = {}
    for path in files:
        own = path.with_suffix("")
        graph.setdefault(own, set()).update(resolved(path))
        graph[own].discard(own)
    return graph


def calls(files):
    """{module: modules whose functions it names}, whatever header declares them."""
    # no_client.c and others stand in for what is not built, so they do not count.
    code = {path.with_suffix(""): COMMENT.sub("", path.read_text(encoding="utf-8"))
            for path in files if path.suffix == ".c" and not path.stem.startswith("no_")}
    home = {name: module for module, text in code.items() for name in DEFINITION.findall(text)}
    return {module: {home[name] for name in NAME.findall(text) if name in home} - {module}
            for module, text in code.items()}


def circles(graph):
    """Each circle of modules once, as the list of its members."""
    state, path, found = {}, [], []

    def visit(node):
        state[node] = 1
        path.append(node)
        for other in sorted(graph.get(node, ())):
            if state.get(other) == 1:
                found.append(path[path.index(other):] + [other])
            elif other not in state:
                visit(other)
        path.pop()
        state[node] = 2

    for node in sorted(graph):
        if node not in state:
            visit(node)
    return found


def main():
    """Report every fault; the exit status tells whether there was one."""
    layer, faults = layers(), []
    files = [path.resolve() for path in sorted(ROOT.glob("src/*/*.[ch]"))]
    for path in files:
        folder = path.parent.name
        if folder not in layer:
            faults.append(f"src/{folder}: not in the list of layers in docs/architecture.md")
            continue
        for other in includes(path):
            target, where = other.parent.name, f"{path.relative_to(ROOT)} includes {other.relative_to(ROOT)}"
            if layer.get(target, 0) > layer[folder]:
                faults.append(f"{where}: upwards")
            elif target != folder and target not in ONLY.get(folder, {target}):
                faults.append(f"{where}: {folder} knows only {', '.join(sorted(ONLY[folder]))}")
    called = calls(files)
    for module, others in called.items():
        for other in others:
            if layer.get(other.parent.name, 0) > layer.get(module.parent.name, 0):
                faults.append(f"{module.relative_to(ROOT)} calls {other.relative_to(ROOT)}: upwards")
    for circle in circles(modules(files)) + circles(called):
        faults.append("circle: " + " → ".join(str(one.relative_to(ROOT / "src")) for one in circle))
    for fault in sorted(set(faults)):
        print(fault)
    print(f"layers: {len(files)} files, {len(set(faults))} faults")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
