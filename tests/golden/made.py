#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Inputs that are too large to keep as files: made on demand, named made/NAME in a case.

Each function of INPUTS returns the bytes of one; a name that no case uses fails the run.
"""

import base64
import dataclasses
import gzip
import json
import pathlib
import struct
import sys

GOLDEN = pathlib.Path(__file__).resolve().parent
sys.path.append(str(GOLDEN.parent / "measure"))
sys.path.append(str(GOLDEN.parent / "launcher"))
import images  # noqa: E402
import launchers  # noqa: E402

MIB = 1024 * 1024
PREFIX = "launchsecurity.vm.kubevirt.io/"
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


def unread(fields, count=60000):
    """A VMI with FIELDS, COUNT times, in its managed fields and in its status."""
    many = b"[%s]" % b", ".join([fields] * count)
    return vmi()[:-1].replace(b'"name"', b'"managedFields": %s, "name"' % many) + b', "status": {"x": %s}}' % many


def vmi_of(**annotations):
    """A VMI with our ANNOTATIONS, named without prefix and with _ for -, and texts or bytes as values."""
    texts = {name: value if isinstance(value, str) else value.decode() for name, value in annotations.items()}
    return vmi(json.dumps({PREFIX + name.replace("_", "-"): text for name, text in texts.items()})[1:-1].encode())


def document(size):
    """An initdata document of SIZE bytes."""
    head = b"version = '0.1.0'\nalgorithm = 'sha-256'\n\n[data]\n'aa.toml' = '''\n"
    line = b"# a line of a text that says little\n"
    return (head + line * (size // len(line)))[: size - 4] + b"'''\n"


def given(name):
    """The content of the file NAME in inputs."""
    return (GOLDEN / "inputs" / name).read_bytes()


def damaged(name, *changes):
    """The base64 in the file NAME of inputs with each (offset, bytes) of CHANGES put into what it stands for."""
    content = bytearray(base64.b64decode(given(name)))
    for offset, put in changes:
        content[offset : offset + len(put)] = put
    return base64.b64encode(content)


def reversed_numbers(name):
    """The ID authentication in the file NAME of inputs as it is where somebody writes its numbers big-endian."""
    content = base64.b64decode(given(name))
    return damaged(name, *((at, content[at : at + 72][::-1]) for at in (0x40, 0x88, 0x244, 0x28C)))


def firmware(name, *changes, **parts):
    """The firmware image NAME with other PARTS, and with each (offset, bytes) of CHANGES put into it; offsets from the end are negative."""
    content = bytearray(images.build(dataclasses.replace(images.IMAGES[name], **parts)))
    for offset, put in changes:
        offset += len(content) if offset < 0 else 0
        content[offset : offset + len(put)] = put
    return bytes(content)


def report(digest, policy=0x30000, version=2, **fields):
    """An attestation report of SEV-SNP; FIELDS are (offset, bytes)."""
    content = bytearray(1184)
    struct.pack_into("<IIQ", content, 0, version, 0, policy)
    for offset, put in ((0x90, bytes.fromhex(digest)), *fields.values()):
        content[offset : offset + len(put)] = put
    return bytes(content)


def quote(digest, attributes=0x10000000, **fields):
    """A TDX quote of version 4, without signatures; FIELDS are (offset in the body, bytes)."""
    content = bytearray(48 + 584)
    struct.pack_into("<HHI", content, 0, 4, 2, 0x81)
    struct.pack_into("<Q", content, 48 + 120, attributes)
    for offset, put in ((136, bytes.fromhex(digest)), *fields.values()):
        content[48 + offset : 48 + offset + len(put)] = put
    return bytes(content)


# The digests of the image both-64k: of four vCPUs EPYC-Genoa, and of TDX.
SNP_DIGEST = (
    "8f55e9cb18b46726030226a83559d7d8efe00f6833d91f0dd3505c089f69df1e6812f6a8965a86143439fa1c977f2659"
)
TDX_DIGEST = (
    "1e69a535b18ab675d8a74fb896a5bef528aedac4dd2edd7d67fb707e6276f049ae7f8ba994835e0ed2b18f08d4a06eec"
)
HOST_DATA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"  # of docs/examples/measured.yaml
USUAL_TDX = images.usual_tdx()
# In those images, from the end: the table's footer, and the lengths of the table and of its last entry.
FOOTER, TABLE_LENGTH, ENTRY_LENGTH = -48, -50, -68

SYSINFO = b'<sysinfo type="smbios"><oemStrings><entry>x%s</entry></oemStrings></sysinfo>'

# Bytes of the longest document whose base64 can be QEMU's argument, type=11,value=BASE64, of 131071 bytes.
LONGEST = (131071 - len("type=11,value=")) // 4 * 3

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
    "domain-vcpus.xml": lambda: domain(
        b"<vcpus>%s</vcpus>" % b"".join(b'<vcpu id="%d" enabled="yes"/>' % (i % 4096) for i in range(4097))
    ),
    "domain-vcpus-good.xml": lambda: domain(
        b"<vcpus>%s</vcpus>" % b"".join(b'<vcpu id="%d" enabled="yes" hotpluggable="yes"/>' % i for i in range(4096))
    ),
    "domain-namespaces-total.xml": lambda: domain(b"<a xmlns:x='urn:x'/>" * 257),
    "domain-namespaces-total-good.xml": lambda: domain(b"<a xmlns:x='urn:x'/>" * 256),
    "domain-foreign.xml": lambda: domain(b"", b'<rng x:model="virtio"/>' * 100000).replace(
        b"<domain", b'<domain xmlns:x="urn:x"', 1
    ),
    "domain-indentation.xml": lambda: b'<domain type="kvm">\n%s<os><type arch="x86_64" machine="q35">hvm</type></os>\n'
    b"%s<devices></devices>\n</domain>" % (b" " * 4000, b" " * 4000),
    "domain-names.xml": lambda: domain(b"".join(b"<a%d/>" % i for i in range(6000))),
    "domain-names-good.xml": lambda: domain(b"".join(b"<a%d/>" % i for i in range(4900))),
    "domain-name-longest.xml": lambda: domain(b"<%s/>" % (b"a" * 50001)),
    "domain-text-longest.xml": lambda: domain(b"<description>%s</description>" % ("\xe9".encode() * (6 * MIB))),
    "domain-escaped.xml": lambda: domain(b"<description>%s</description>" % (b">" * (5 * MIB))),
    "domain-escaped-good.xml": lambda: domain(b"<description>%s</description>" % (b">" * (3 * MIB))),
    "domain-long-place.xml": lambda: domain(
        b"<%s>" % (b"a" * 90) * 50
        + b'<qemu:arg xmlns:qemu="http://libvirt.org/schemas/domain/qemu/1.0" value="-bios"/>'
        + b"</%s>" % (b"a" * 90) * 50
    ),
    "domain-comments.xml": lambda: domain(b"<!---->" * 500000),
    "vmi-many-annotations.json": lambda: vmi(
        b", ".join(b'"launchsecurity.vm.kubevirt.io/a%d": "x"' % i for i in range(10000))
    ),
    "vmi-anchors.yaml": lambda: b"".join(b"- &a%d x\n" % i for i in range(200000)),
    "vmi-directives.yaml": lambda: b"%TAG !a! tag:x,2000:\n" * 100000 + b"---\nx: y\n",
    "vmi-deep-flow.yaml": lambda: b"[" * 1000000,
    "vmi-too-large.json": lambda: vmi(b'"x": "%s"' % (b"x" * (3 * MIB - len(vmi(b'"x": ""')) + 1))),
    "vmi-largest.json": lambda: vmi(b'"launchsecurity.vm.kubevirt.io/type": "tdx"') + b" " * (3 * MIB - len(vmi())),
    "vmi-values.json": lambda: vmi()[:-1] + b', "x": [%s]}' % b", ".join([b"{}"] * 15000),
    "vmi-values-good.json": lambda: vmi()[:-1] + b', "x": [%s]}' % b", ".join([b"{}"] * (15000 - 8)),
    "vmi-unread.json": lambda: unread(b'{"f:a": {}}'),
    "vmi-unread-bad.json": lambda: unread(b'{"f:a" {}}', 3),
    "vmi-values.yaml": lambda: b"kind: VirtualMachineInstance\nmetadata: {name: x}\nx:\n" + b"- {}\n" * 15000,
    "vmi-alias-text.yaml": lambda: b"kind: VirtualMachineInstance\nmetadata: {name: x}\nx:\n- &a %s\n%s" % (
        b"x" * MIB, b"- *a\n" * 3),
    "vmi-aliases.yaml": lambda: b"kind: VirtualMachineInstance\nmetadata: {name: x}\nx:\n- &a x\n" + b"- *a\n" * 10001,
    "vmi-too-deep.json": lambda: b'{"metadata": {}, "spec": %s1%s}' % (b'{"a":' * 80, b"}" * 80),
    "vmi-long-value.json": lambda: vmi(b'"launchsecurity.vm.kubevirt.io/type": "%s"' % (b"t" * 70000)),
    "vmi-many-problems.json": lambda: vmi(
        b", ".join(b'"launchsecurity.vm.kubevirt.io/unheard-of-%03d": "x"' % i for i in range(100))
    ),
    "vmi-too-large.yaml": lambda: b"kind: VirtualMachineInstance\nx: " + b"x" * (3 * MIB) + b"\n",
    "manifest-too-large.yaml": lambda: b"kind: VirtualMachineInstance\nx: " + b"x" * (16 * MIB) + b"\n",
    "vmi-alias-bomb.yaml": nested_yaml,
    "vmi-too-deep.yaml": lambda: b"kind: VirtualMachineInstance\nx: " + b"[" * 80 + b"]" * 80 + b"\n",
    "lint-objects.yaml": lambda: b"---\nkind: VirtualMachine\n" * 10001,
    "lint-many-findings.json": lambda: b'{"kind": "VirtualMachineInstance", "metadata": {}, "spec": {"domain": {'
    b'"launchSecurity": {%s, "sev": {}}}}}' % b", ".join(b'"a%d": 1' % i for i in range(100)),
    "lint-many-hooks.json": lambda: vmi(b'"hooks.kubevirt.io/hookSidecars": "[%s]"' % b", ".join([b"{}"] * 101)),
    "lint-long-hooks.json": lambda: vmi(b'"hooks.kubevirt.io/hookSidecars": "[%s]"' % (b" " * 262143)),
    "config-too-large.json": lambda: b'{"tdx": {"firmware": "/%s"}}' % (b"x" * MIB),
    "initdata-values.json": lambda: b'{"version": "0.1.0", "algorithm": "sha-256", "data": [%s]}' % b", ".join([b"[]"] * 15000),
    "initdata-64k.toml": lambda: document(65536),
    "initdata-longest.toml": lambda: document(LONGEST),
    "initdata-too-long.toml": lambda: document(LONGEST + 1),
    "initdata-too-large.toml": lambda: document(MIB + 1),
    "initdata-bomb.b64": lambda: base64.b64encode(gzip.compress(document(MIB + 1), mtime=0)),
    "initdata-bomb-large.gz": lambda: gzip.compress(bytes(64 * MIB), mtime=0),
    "vmi-initdata-tdx.json": lambda: vmi_of(
        type="tdx", initdata=given("initdata/owner.toml"), oem_strings='["x", "y"]'
    ),
    "vmi-initdata-snp-gzip.json": lambda: vmi_of(initdata=given("initdata/owner.toml.gz.b64"), oem_strings="x"),
    "vmi-initdata-bad.json": lambda: vmi_of(type="tdx", initdata=given("initdata/bad-data-twice.toml")),
    "vmi-initdata-too-long.json": lambda: vmi_of(type="tdx", initdata="A" * 262145),
    "vmi-sha384-of.json": lambda: vmi_of(type="tdx", mr_owner=given("digest-of/sha384-of-pem.txt")),
    # Blanks are given to QEMU, too: here 131071 bytes with a string of one more character.
    "domain-own-blanks.xml": lambda: domain(SYSINFO % (b" " * 131048)),
    "domain-own-blanks-too-long.xml": lambda: domain(SYSINFO % (b" " * 131049)),
    "oem-strings-255.json": lambda: json.dumps([f"s{i}" for i in range(255)]).encode(),
    "oem-strings-256.json": lambda: json.dumps([f"s{i}" for i in range(256)]).encode(),
    "oem-strings-longest.txt": lambda: b"," * 65528,
    "oem-strings-too-long.txt": lambda: b"," * 65529,
    "oem-strings-value-too-long.txt": lambda: b"x" * 65537,
    "sha256-of-owner.txt": lambda: b"sha256-of:" + given("initdata/owner.toml"),
    "sha256-of-base64.txt": lambda: b"sha256-of:" + base64.b64encode(given("initdata/owner.toml")),
    "sha256-of-longest.txt": lambda: b"sha256-of:" + b"x" * 65526,
    "sha256-of-too-long.txt": lambda: b"sha256-of:" + b"x" * 65527,
    "url-longest.txt": lambda: b"https://kbs/" + b"a" * 1012,
    "url-too-long.txt": lambda: b"https://kbs/" + b"a" * 1013,
    "large.b64": lambda: base64.b64encode(b"\xfb" * 9000),
    "id-auth-zeros.b64": lambda: base64.b64encode(bytes(4096)),
    "id-auth-algorithm.b64": lambda: damaged("id-auth.b64", (0, b"\0\0\0\1")),
    "id-auth-curve.b64": lambda: damaged("id-auth.b64", (0x240, b"\1")),
    "id-auth-key-zeros.b64": lambda: damaged("id-auth.b64", (0x244, bytes(1024))),
    "id-auth-signature-zeros.b64": lambda: damaged("id-auth.b64", (0x40, bytes(512))),
    "id-auth-author-algorithm.b64": lambda: damaged("id-auth-author-key.b64", (4, b"\2")),
    "id-auth-author-curve.b64": lambda: damaged("id-auth-author-key.b64", (0x880, b"\3")),
    "id-auth-author-key-zeros.b64": lambda: damaged("id-auth-author-key.b64", (0x884, bytes(1024))),
    "id-auth-author-signature-zeros.b64": lambda: damaged("id-auth-author-key.b64", (0x680, bytes(512))),
    "id-auth-reserved.b64": lambda: damaged("id-auth.b64", (0x3F, b"\1")),
    "id-auth-reserved-key.b64": lambda: damaged("id-auth.b64", (0x244 + 48, b"\1")),
    "id-auth-reserved-signature.b64": lambda: damaged("id-auth.b64", (0x40 + 144, b"\1")),
    "id-auth-big-endian.b64": lambda: reversed_numbers("id-auth.b64"),
    "id-auth-author-unsigned.b64": lambda: damaged("id-auth-author-key.b64", (0x680, b"\0\0")),
    "id-block-other-digest.b64": lambda: damaged("id-block.b64", (0, b"\1")),
    "id-block-reserved.b64": lambda: damaged("id-block.b64", (0x5B, b"\4")),
    "both.fd": lambda: firmware("both-64k"),
    "odd.fd": lambda: firmware("both-128k-odd"),
    "no-hashes.fd": lambda: firmware("snp-no-hashes-64k"),
    "neither.fd": lambda: firmware("neither-64k"),
    "empty.fd": lambda: b"",
    "too-large.fd": lambda: bytes(16 * MIB + 65536),
    "half.fd": lambda: firmware("both-64k")[4096:],
    "no-footer.fd": lambda: firmware("both-64k", (FOOTER, b"\0")),
    "table-length.fd": lambda: firmware("both-64k", (TABLE_LENGTH, b"\xff\xff")),
    "entry-length.fd": lambda: firmware("both-64k", (ENTRY_LENGTH, b"\x11\0")),
    "sev-magic.fd": lambda: firmware("both-64k", (-0x3000, b"x")),
    "sev-count.fd": lambda: firmware("both-64k", (-0x3000 + 12, b"\xff\xff\xff\xff")),
    "sev-alignment.fd": lambda: firmware("both-64k", sev=((0x80A100, 0x1000, 1),)),
    "sev-cpuid-size.fd": lambda: firmware("both-64k", sev=((0x80E000, 0x2000, 3),)),
    "sev-huge.fd": lambda: firmware("both-64k", sev=((0x1000, 0x80000000, 1),)),
    "sev-past-end.fd": lambda: firmware("both-64k", sev=((0xFFFFF000, 0x2000, 1),)),
    "sev-hash-place.fd": lambda: firmware("both-64k", hashes=(0x810FA8, 0x400)),
    "tdx-length.fd": lambda: firmware("both-64k", (-0x2000 + 4, b"\x11")),
    "tdx-no-hob.fd": lambda: firmware("both-64k", tdx=USUAL_TDX[:4]),
    "tdx-type.fd": lambda: firmware("both-64k", tdx=(*USUAL_TDX[:5], (0, 0, 0x800000, 0x6000, 4, 0))),
    "tdx-sizes.fd": lambda: firmware("both-64k", tdx=((0x4000, 0x3000, 0xFFFF4000, 0xC000, 0, 1), *USUAL_TDX[1:])),
    "tdx-split.fd": lambda: firmware("both-64k", tdx=((0x8000, 0xC000, 0xFFFF4000, 0xC000, 0, 1), *USUAL_TDX[1:])),
    "kernel": lambda: b"K" * 65536,
    "initrd": lambda: b"I" * 40000,
    "report-snp.bin": lambda: report(SNP_DIGEST),
    "report-snp-3.bin": lambda: bytes(4) + b"\xa0\4\0\0" + bytes(24) + report(SNP_DIGEST, version=3, cpu=(0x188, b"\x19\x11\1")),
    "report-snp-other.bin": lambda: report(
        # Of three vCPUs.
        "ef7e82ef817c0a00150dae02aa203cf6a73c78ee470262ce66df45bc4d51369d1d4ce2916ad73d064452441a5d44b784",
        0xB0000,
        host_data=(0xC0, b"\1" * 32),
    ),
    "report-snp-unknown.bin": lambda: report("ab" * 48),
    "report-tdx.bin": lambda: quote(TDX_DIGEST),
    "report-tdx-other.bin": lambda: quote("ab" * 48, 0x10000001, config=(184, b"\2" * 48)),
    "report-short.bin": lambda: report(SNP_DIGEST)[:-1],
    "report-too-large.bin": lambda: report(SNP_DIGEST) + bytes(MIB),
    **launchers.INPUTS,
}
