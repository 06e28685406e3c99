#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What becomes of a domain between two calls of the OnDefineDomain hook.

KubeVirt unmarshals the XML that a hook returns into its own Go struct (DomainSpec in
pkg/virt-launcher/virtwrap/api/schema.go) and marshals that struct for the next call. Whatever the struct
has no field for is gone, and every field that has no `omitempty` is written even if it is empty. This module
is a model of that way there and back; the struct itself is the table in squeeze_table.py.

Rules of Go's encoding/xml that the model follows:

- Names are matched by their local part; a namespace counts only where the struct names one (kubevirt's metadata).
- The first of several elements for a field that is no list stays, later ones are merged into it.
- Comments, processing instructions, unknown elements and attributes, and text where the struct has none are
  dropped. Text that it keeps is kept with all white space, which then is written as character references.
- Numbers, booleans and times are parsed and written anew; one that cannot be parsed fails the whole call.
- Line ends and tabs in attribute values stay what they are (other parsers make spaces of them).
- `xml:"qemu:commandline"` and `xml:"xmlns:qemu,attr"` are only ever written: a parsed name is never "qemu:…", but
  a namespace and "commandline". So the section and the declaration are lost, unless KubeVirt fixes it. The three
  cases are the values of `qemu`:
    keep      what the struct's marshaller writes when both are set: the first call's input (KubeVirt's converter
              always sets the declaration), and how this model sees the captures
    transfer  newer KubeVirt, which reads the section out of the hook's XML a second time; the declaration then
              comes back with the section, and only with it
    drop      older KubeVirt: both are gone

Not modelled: DTDs and encodings other than UTF-8, both of which Go refuses, and a namespace prefix that is spelt like
one of the struct's attributes, whose declaration Go takes for that attribute.
"""

import argparse
import difflib
import io
import pathlib
import re
import sys
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field

from squeeze_table import TABLE

QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"


@dataclass
class Spec:
    """One line of TABLE: an element as the struct knows it."""

    name: str
    mark: str
    namespace: str = ""
    text: str | None = None
    attributes: dict = field(default_factory=dict)  # name -> (mark, kind)
    children: dict = field(default_factory=dict)  # local name -> Spec

    def find(self, tag):
        """Return the Spec of the child element TAG ("{namespace}local"), or None."""
        namespace, _, local = tag.rpartition("}")
        spec = self.children.get(local)
        return spec if spec and spec.namespace in ("", namespace[1:]) else None


@dataclass
class Node:
    """The values of one element that fit into the struct; the default is the struct's zero value."""

    attributes: dict = field(default_factory=dict)
    text: str | None = None
    children: dict = field(default_factory=dict)  # name as written -> list of Node


def _read_line(words):
    """Make a Spec of one TABLE line; the second value is the name after `&`, if any."""
    name, reference = words[0][1:], None
    spec = Spec(name, words[0][0])
    if name.startswith("{"):
        spec.namespace, spec.name = name[1:].split("}")
    elif name.startswith("qemu:"):
        spec.namespace = QEMU
    for word in words[1:]:
        if word[0] == "#":
            spec.text = word[1:]
        elif word[0] == "&":
            reference = word[1:]
        else:
            attribute, _, kind = word[1:].partition("=")
            mark = attribute[-1] if attribute[-1] in "?+" else "!"
            spec.attributes[attribute.rstrip("?+")] = (mark, kind)
    return spec, reference


def _read_table(table):
    """Return the Spec of each outermost element of TABLE by its name."""
    top, references, stack = Spec("", "!"), [], []
    for line in table.strip().splitlines():
        depth = (len(line) - len(line.lstrip())) // 2
        spec, reference = _read_line(line.split())
        stack[depth:] = [spec]
        parent = stack[depth - 1] if depth else top
        parent.children[spec.name.rpartition(":")[2]] = spec
        if reference:
            references.append((spec, reference))
    for spec, reference in references:
        spec.attributes, spec.children = top.children[reference].attributes, top.children[reference].children
    return top.children


DOMAIN = _read_table(TABLE)["domain"]

_TRUE = {"1", "t", "T", "true", "TRUE", "True"}
_FALSE = {"", "0", "f", "F", "false", "FALSE", "False"}
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)


def _zero(kind):
    """What the struct's zero value of KIND is written as."""
    return {"": "", "bool": "false"}.get(kind, "0")


def _convert(kind, value):
    """Read VALUE as KIND and write it again; ValueError where Go could not read it."""
    if kind == "":
        return value
    if kind == "time":
        if not (match := _TIME.fullmatch(value)):
            raise ValueError(f"not a time: {value!r}")
        fraction = (match[2] or "")[:9].rstrip("0")
        return match[1] + (fraction and "." + fraction) + match[3].replace("+00:00", "Z").replace("-00:00", "Z")
    text = value.strip() if value else _zero(kind)
    if kind == "bool":
        if text not in _TRUE | _FALSE - {""}:
            raise ValueError(f"not a boolean: {value!r}")
        return "true" if text in _TRUE else "false"
    sign, bits = kind[0], int(kind[1:])
    if not re.fullmatch("[0-9]+" if sign == "u" else "[+-]?[0-9]+", text):
        raise ValueError(f"not a number: {value!r}")
    low, high = (0, 1 << bits) if sign == "u" else (-(1 << bits - 1), 1 << bits - 1)
    if not low <= int(text) < high:
        raise ValueError(f"number out of range: {value!r}")
    return str(int(text))


def _unmarshal(node, spec, element):
    """Put what SPEC knows of ELEMENT into NODE."""
    for name, value in element.attrib.items():
        name = name.rpartition("}")[2]
        if name in spec.attributes:
            node.attributes[name] = _convert(spec.attributes[name][1], value)
    if spec.text is not None:
        text = (element.text or "") + "".join(child.tail or "" for child in element)
        node.text = _convert(spec.text, text)
    for child in element:
        if known := spec.find(child.tag):
            nodes = node.children.setdefault(known.name, [])
            if known.mark == "=":
                nodes.clear()
            if known.mark == "*" or not nodes:
                nodes.append(Node())
            _unmarshal(nodes[-1], known, child)


def _escape(text):
    """Escape TEXT for an attribute or an element, as Go does."""
    names = {'"': "#34", "'": "#39", "&": "amp", "<": "lt", ">": "gt", "\t": "#x9", "\n": "#xA", "\r": "#xD"}
    return re.sub("[\"'&<>\t\n\r]", lambda match: f"&{names[match[0]]};", text)


def _marshal(spec, node, depth):
    """Return NODE as XML without indentation before it or a line end after it."""
    start = f"<{spec.name}"
    if spec.namespace and spec.namespace != QEMU:
        start += f' xmlns="{_escape(spec.namespace)}"'
    for name, (mark, kind) in spec.attributes.items():
        value = node.attributes.get(name)
        if mark == "!" or value is not None and (mark == "+" or value != _zero(kind)):
            start += f' {name}="{_escape(_zero(kind) if value is None else value)}"'
    body = ""
    if spec.text is not None:
        body = _escape(_zero(spec.text) if node.text is None else node.text)
    indent = "\n" + "\t" * (depth + 1)
    for child in spec.children.values():
        nodes = node.children.get(child.name, [Node()] if child.mark == "!" else [])
        if child.mark == "?":
            nodes = [one for one in nodes if one.text != _zero(child.text)]
        body += "".join(indent + _marshal(child, one, depth + 1) for one in nodes)
    if body.startswith("\n"):
        body += indent[:-1]
    return f"{start}>{body}</{spec.name}>"


def _parse(xml):
    """Return XML's root element, and whether that declares the prefix `qemu`."""
    quoted = re.compile(rb"\"[^\"]*\"|'[^']*'")
    markup = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)

    def keep_blanks(value):
        return re.sub(rb"\r\n?|\n", b"&#10;", value[0]).replace(b"\t", b"&#9;")

    def keep_in_tag(tag):
        return tag[0] if tag[0][1:2] in b"!?" else quoted.sub(keep_blanks, tag[0])

    root, declared = None, False
    try:
        for event, value in ET.iterparse(io.BytesIO(markup.sub(keep_in_tag, xml)), ("start-ns", "start")):
            if event == "start" and root is None:
                root = value
            elif event == "start-ns" and root is None:
                declared |= value == ("qemu", QEMU)
    except ET.ParseError as error:
        raise ValueError(f"not XML: {error}") from error
    return root, declared


def _transfer_qemu(root, declared, qemu):
    """Set the QEMU section and its declaration as the struct ends up with them, see the top."""
    sections = root.children.pop("qemu:commandline", [])
    if qemu == "drop":
        return
    if declared and qemu == "keep" or sections:
        root.attributes["xmlns:qemu"] = QEMU
    for section in sections:
        environment = section.children.get("qemu:env", [])
        section.children["qemu:env"] = [one for one in environment if one.attributes.get("name")]
        if any(section.children.values()):
            root.children["qemu:commandline"] = [section]


def squeeze(xml_bytes: bytes, qemu: str = "keep") -> bytes:
    """Return the domain XML_BYTES as it leaves KubeVirt's struct, with a line end after it.

    QEMU is one of keep, transfer and drop, see the top. ValueError where KubeVirt's unmarshalling fails.
    """
    element, declared = _parse(xml_bytes)
    if element.tag.rpartition("}")[2] != DOMAIN.name:
        raise ValueError(f"not a domain: <{element.tag}>")
    root = Node()
    _unmarshal(root, DOMAIN, element)
    _transfer_qemu(root, declared, qemu)
    return _marshal(DOMAIN, root, 0).encode() + b"\n"


def self_test(folder):
    """Squeeze every capture in FOLDER, each of which must come out as it went in; return the exit status."""
    files = sorted(pathlib.Path(folder).glob("*.domain.xml"))
    failed = 0
    for file in files:
        before = file.read_bytes()
        after = squeeze(before)
        if after != before:
            failed += 1
            sys.stdout.writelines(
                difflib.unified_diff(
                    before.decode().splitlines(True), after.decode().splitlines(True), str(file), "squeezed"
                )
            )
    print(f"squeeze: {len(files) - failed} captures kept, {failed} changed")
    return 1 if failed or not files else 0


def main():
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Show what KubeVirt's struct leaves of a domain.")
    parser.add_argument("--qemu", choices=("keep", "transfer", "drop"), default="keep")
    parser.add_argument("--self-test", metavar="DIR", help="squeeze DIR/*.domain.xml, which must not change")
    parser.add_argument("file", nargs="?", help="domain XML (default: standard input)")
    options = parser.parse_args()
    if options.self_test:
        return self_test(options.self_test)
    source = pathlib.Path(options.file).read_bytes() if options.file else sys.stdin.buffer.read()
    sys.stdout.buffer.write(squeeze(source, options.qemu))
    return 0


if __name__ == "__main__":
    sys.exit(main())
