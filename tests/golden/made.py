#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Inputs that are too large to keep as files: made on demand, named made/NAME in a case.

Each function of INPUTS returns the bytes of one; a name that no case uses fails the run.
"""

MIB = 1024 * 1024
VMI = b'{"kind": "VirtualMachineInstance", "metadata": {"name": "x", "annotations": {%s}}, "spec": {}}'
DOMAIN = (
    b'<domain type="kvm"><name>x</name><os><type arch="x86_64" machine="q35">hvm</type></os>%s<devices>%s</devices>'
    b"</domain>"
)


def domain(inside=b"", devices=b""):
    """A small domain with INSIDE in it."""
    return DOMAIN % (inside, devices)


def vmi(annotations=b'"launchsecurity.vm.kubevirt.io/type": "tdx"'):
    """A small VMI with those ANNOTATIONS."""
    return VMI % annotations


def nested_yaml():
    """Nine lists, each of nine times the one before: 9^9 values."""
    lines = [b"kind: VirtualMachineInstance", b"a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    for i in range(1, 9):
        lines.append(b"a%d: &a%d [%s]" % (i, i, b", ".join([b"*a%d" % (i - 1)] * 9)))
    return b"\n".join(lines) + b"\n"


INPUTS = {
    "domain-too-large.xml": lambda: domain(b"<!--" + b"x" * (16 * MIB) + b"-->"),
    "domain-largest.xml": lambda: domain(b"<!--%s-->" % (b"x" * (9 * MIB)), b"\n" * (6 * MIB)),
    "domain-too-deep.xml": lambda: domain(b"<a>" * 200 + b"</a>" * 200),
    "domain-deepest.xml": lambda: domain(b"<a>" * 199 + b"</a>" * 199),
    "domain-attributes.xml": lambda: domain(b"<a %s/>" % b" ".join(b'a%d=""' % i for i in range(257))),
    "domain-attributes-good.xml": lambda: domain(b"<a %s/>" % b" ".join(b'a%d=""' % i for i in range(256))),
    "domain-attributes-million.xml": lambda: domain(b"<a %s/>" % b" ".join(b'a%d=""' % i for i in range(1000000))),
    "domain-attributes-driver.xml": lambda: domain(
        b"", b'<rng model="virtio"><driver %s/></rng>' % b" ".join(b'a%d=""' % i for i in range(256))
    ),
    "domain-namespaces.xml": lambda: domain(b"<a %s/>" % b" ".join(b'xmlns:a%d="urn:x"' % i for i in range(300))),
    "domain-elements.xml": lambda: domain(b"", b"<a/>" * 500000),
    "domain-namespaces-total.xml": lambda: domain(b"<a xmlns:x='urn:x'/>" * 257),
    "domain-namespaces-total-good.xml": lambda: domain(b"<a xmlns:x='urn:x'/>" * 256),
    "domain-comments.xml": lambda: domain(b"<!---->" * 500000),
    "vmi-many-annotations.json": lambda: vmi(
        b", ".join(b'"launchsecurity.vm.kubevirt.io/a%d": "x"' % i for i in range(100000))
    ),
    "vmi-anchors.yaml": lambda: b"".join(b"- &a%d x\n" % i for i in range(200000)),
    "vmi-directives.yaml": lambda: b"%TAG !a! tag:x,2000:\n" * 200000 + b"---\nx: y\n",
    "vmi-deep-flow.yaml": lambda: b"[" * 1000000,
    "vmi-too-large.json": lambda: vmi(b'"x": "%s"' % (b"x" * (16 * MIB))),
    "vmi-too-deep.json": lambda: b'{"metadata": {}, "spec": %s1%s}' % (b'{"a":' * 80, b"}" * 80),
    "vmi-long-value.json": lambda: vmi(b'"launchsecurity.vm.kubevirt.io/type": "%s"' % (b"t" * 70000)),
    "vmi-many-problems.json": lambda: vmi(
        b", ".join(b'"launchsecurity.vm.kubevirt.io/unheard-of-%03d": "x"' % i for i in range(100))
    ),
    "vmi-too-large.yaml": lambda: b"kind: VirtualMachineInstance\nx: " + b"x" * (16 * MIB) + b"\n",
    "vmi-alias-bomb.yaml": nested_yaml,
    "vmi-too-deep.yaml": lambda: b"kind: VirtualMachineInstance\nx: " + b"[" * 80 + b"]" * 80 + b"\n",
    "config-too-large.json": lambda: b'{"tdx": {"firmware": "/%s"}}' % (b"x" * MIB),
}
