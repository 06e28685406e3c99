# SPDX-License-Identifier: Apache-2.0
"""What QEMU should get, read from the annotations of a request: written from the contract of the annotations and
QEMU's list of properties (qapi/qom.json), and not from what the program writes.
"""

import base64
import binascii
import gzip
import hashlib
import json
import re
import string
import tomllib
import uuid

SNP_FLAGS = {
    "smt": 16,
    "migration-agent": 18,
    "debug": 19,
    "single-socket": 20,
    "cxl": 21,
    "aes-256-xts": 22,
    "rapl-disabled": 23,
    "ciphertext-hiding": 24,
    "page-swap-disabled": 25,
}
TDX_FLAGS = {"debug": 0, "sept-ve-disable": 28}
SNP_ALWAYS = 1 << 17  # reserved, must be one: AMD 56860 4.3
BYTES = {
    "sev-snp": {
        "host-data": ("host-data", 32),
        "id-block": ("id-block", 96),
        "id-auth": ("id-auth", 4096),
        "guest-visible-workarounds": ("guest-visible-workarounds", 16),
    },
    "tdx": {
        "mr-config-id": ("mrconfigid", 48),
        "mr-owner": ("mrowner", 48),
        "mr-owner-config": ("mrownerconfig", 48),
    },
}
BOUND = {"sev-snp": ("host-data", 32), "tdx": ("mrconfigid", 48)}
OBJECTS = {"sev-snp": "sev-snp-guest", "tdx": "tdx-guest"}
NUMBERS = {"cbitpos": "cbitpos", "reduced-phys-bits": "reduced-phys-bits"}
HOST = {"cbitpos": 51, "reduced-phys-bits": 1}  # of tests/golden/hosts/snp.json, and what run-libvirtd teaches
DEFAULT_SOCKET = "/var/run/tdx-qgs/qgs.socket"
YES = ("yes", "true")


def properties(asked, tee):
    """The properties of QEMU's object that ASKED decides, as {name: value}; None for one that must not be there."""
    wanted = {"qom-type": OBJECTS[asked["type"]]} if asked.get("type") in OBJECTS else {}
    name, size = BOUND[tee]
    if "policy" in asked:
        wanted["policy" if tee == "sev-snp" else "attributes"] = policy(asked["policy"], tee)
    for key, (field, length) in BYTES[tee].items():
        if key in asked:
            wanted[field] = data(asked[key], length)
    if "bind" in asked:
        wanted[name] = bound(asked["bind"], size)
    if "initdata" in asked:
        wanted[name] = initdata_digest(document(asked["initdata"]), size)
    return wanted | (snp_others(asked) if tee == "sev-snp" else sockets(asked))


def snp_others(asked):
    """The yes and no, and the numbers."""
    wanted = {}
    for key, name in NUMBERS.items():
        if key in asked:
            wanted[name] = HOST[key] if asked[key] in ("auto", "omit") else int(asked[key], 0)
    if "author-key" in asked:
        wanted["author-key-enabled"] = asked["author-key"] in YES
    if "kernel-hashes" in asked:
        wanted["kernel-hashes"] = asked["kernel-hashes"] in YES
    if "vcek" in asked:
        wanted["vcek-disabled"] = asked["vcek"] not in YES
    return wanted


def sockets(asked):
    """Where QEMU gets quotes."""
    if "qgs" not in asked:
        return {}
    if asked["qgs"] == "none":
        return {"quote-generation-socket": None}
    if asked["qgs"].startswith("vsock:"):
        _, cid, port = asked["qgs"].split(":")
        return {"quote-generation-socket": {"type": "vsock", "cid": cid, "port": port}}
    if asked["qgs"][0] != "/" and asked["qgs"][-1].isdigit() and ":" in asked["qgs"]:
        host, _, port = asked["qgs"].rpartition(":")
        return {"quote-generation-socket": {"type": "inet", "host": host.strip("[]"), "port": port}}
    path = DEFAULT_SOCKET if asked["qgs"] == "default" else asked["qgs"].removeprefix("unix:")
    return {"quote-generation-socket": {"type": "unix", "path": path}}


def policy(text, tee):
    """The number that TEXT says."""
    if text[0].isdigit():
        return int(text, 0)
    number = SNP_ALWAYS if tee == "sev-snp" else 0
    for word in text.split(","):
        if word.startswith("abi="):
            major, minor = word.removeprefix("abi=").split(".")
            number |= int(major) << 8 | int(minor)
        else:
            number |= 1 << (SNP_FLAGS if tee == "sev-snp" else TDX_FLAGS)[word]
    return number


def data(text, size):
    """The SIZE bytes that TEXT says."""
    for prefix, digest in (("sha256-of:", hashlib.sha256), ("sha384-of:", hashlib.sha384)):
        if text.startswith(prefix):
            return fitted(digest(text.removeprefix(prefix).encode()).digest(), size)
    if text.startswith("hex:") or len(text) == 2 * size or text[:2].lower() == "0x" and len(text) == 2 + 2 * size:
        return bytes.fromhex(re.sub("^(hex:)?(0[xX])?", "", text))
    return base64.b64decode(text.removeprefix("base64:"), validate=True)


def bound(text, size):
    """The SIZE bytes that a digest of 32 or 48, as TEXT says it, becomes in the field of either TEE."""
    digits = re.sub("^(hex:)?(0[xX](?=[0-9a-fA-F]+$))?", "", text)
    if len(digits) in (64, 96) and set(digits) <= set(string.hexdigits):
        return fitted(bytes.fromhex(digits), size)
    return fitted(data(text, 48), size)


def fitted(digest, size):
    """A DIGEST cut at its end, or padded there, to SIZE bytes."""
    return digest[:size].ljust(size, b"\0")


def document(text):
    """The initdata document that TEXT is, or has in base64, or in base64 of gzip."""
    try:
        found = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return text.encode()
    return gzip.decompress(found) if found.startswith(b"\x1f\x8b") else found


def with_document(asked, name_space, name):
    """ASKED by the VM of that name, with the document that `provision` makes as its initdata."""
    if "provision" not in asked:
        return asked
    key = uuid.uuid5(uuid.UUID("feab5599-6854-52bc-95f0-0241c03e620a"), f"{name_space}/{name}")
    text = (f'algorithm = "sha384"\nversion = "0.1.0"\n\n[data]\n"trustee.kbs.url" = "{asked["provision"]}"\n'
            f'"trustee.kbs.resource" = "kbs+provisioner:///default/{key}/root"\n')
    return {key: value for key, value in asked.items() if key != "provision"} | {"initdata": text}


def initdata_digest(content, size):
    """The digest over the bytes of a document by the algorithm that it names, as it goes into a field of SIZE bytes."""
    text = content.decode("utf-8-sig")
    fields = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    return fitted(hashlib.new(fields["algorithm"].replace("-", ""), content).digest(), size)


def oem_strings(asked):
    """The strings that ASKED brings, the initdata document first."""
    strings = [base64.b64encode(document(asked["initdata"])).decode()] if "initdata" in asked else []
    if "oem-strings" in asked:
        text = asked["oem-strings"]
        strings += json.loads(text) if text.lstrip().startswith("[") else [text]
    return strings
