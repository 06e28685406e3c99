#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""SEV-SNP's ID block and ID authentication for tests, signed and verified without launchsec or a library.

    idblock.py          writes the files of inputs/ that hold them; test_idblock.py compares

P-384 by the book (SEC1 2.0, chapters 2 and 4): slow, and not for secrets. The keys are hashes of the words below, and
so are the nonces, so that everybody can sign with them and makes the same bytes.
"""
import base64
import hashlib
import pathlib
import re
import struct

INPUTS = pathlib.Path(__file__).resolve().parent / "inputs"
P = 2**384 - 2**128 - 2**96 + 2**32 - 1
B = 0xB3312FA7E23EE7E4988E056BE3F82D19181D9C6EFE8141120314088F5013875AC656398D8A2ED19D2A85C8EDD3EC2AEF
N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFC7634D81F4372DDF581A0DB248B0A77AECEC196ACCC52973
G = (0xAA87CA22BE8B05378EB1C71EF320AD746E1D3B628BA79B9859F741E082542A385502F25DBF55296C3A545E3872760AB7,
     0x3617DE4A96262C6F5D9E98BF9292DC29F8F41DBD289A147CE9DA3113B5F0B8C00A60B1CE1D7E819D7A431D7C90EA0E5F)
BLOCK, AUTH, KEY, SIGNATURE = 96, 4096, 1028, 512


def number(content):
    """The number that ECDSA makes of bytes."""
    return int.from_bytes(hashlib.sha384(content).digest(), "big")


ID_KEY = number(b"launchsec tests: ID key") % N
AUTHOR_KEY = number(b"launchsec tests: author key") % N


def added(one, other):
    """The sum of two points; None is the one at infinity."""
    if one is None or other is None:
        return one or other
    (x, y), (u, v) = one, other
    if x == u and (y + v) % P == 0:
        return None
    slope = (3 * x * x - 3) * pow(2 * y, -1, P) if one == other else (v - y) * pow(u - x, -1, P)
    z = (slope * slope - x - u) % P
    return z, (slope * (x - z) - y) % P


def times(count, point):
    """COUNT times a point."""
    total = None
    for bit in bin(count)[2:]:
        total = added(total, total)
        if bit == "1":
            total = added(total, point)
    return total


def pair_of(one, other):
    """Two numbers as AMD 56860 has them."""
    return one.to_bytes(72, "little") + other.to_bytes(72, "little")


def key_of(secret):
    """The public key as it stands in an ID authentication."""
    return (struct.pack("<I", 2) + pair_of(*times(secret, G))).ljust(KEY, b"\0")


def sign(secret, content):
    """The signature as it stands in an ID authentication."""
    nonce = number(secret.to_bytes(48, "big") + content) % N
    r = times(nonce, G)[0] % N
    return pair_of(r, (number(content) + secret * r) * pow(nonce, -1, N) % N).ljust(SIGNATURE, b"\0")


def verifies(key, content, signature):
    """Whether a key of an ID authentication has signed bytes."""
    x, y, r, s = (int.from_bytes(part, "little") for part in (key[4:76], key[76:148], signature[:72], signature[72:144]))
    if key[:4] != b"\2\0\0\0" or (y * y - x**3 + 3 * x - B) % P or not (0 < r < N and 0 < s < N):
        return False
    inverse = pow(s, -1, N)
    point = added(times(number(content) * inverse % N, G), times(r * inverse % N, (x, y)))
    return point is not None and point[0] % N == r


def block(digest=bytes(48), policy=0x30000, version=1, svn=0):
    """An ID block."""
    return digest + bytes(32) + struct.pack("<IIQ", version, svn, policy)


def auth(content, author=False, id_key=ID_KEY):
    """The ID authentication of an ID block."""
    ret = bytearray(AUTH)
    struct.pack_into("<II", ret, 0, 1, author)
    ret[0x40:0x240] = sign(id_key, content)
    ret[0x240:0x644] = key_of(id_key)
    if author:
        ret[0x680:0x880] = sign(AUTHOR_KEY, bytes(ret[0x240:0x644]))
        ret[0x880:0xC84] = key_of(AUTHOR_KEY)
    return bytes(ret)


def text(content):
    """Bytes as an annotation has them."""
    return base64.b64encode(content).decode()


def pem(secret):
    """A private key in PEM, as SEC1 has it (RFC 5915)."""
    x, y = times(secret, G) if secret else (0, 0)
    content = (bytes.fromhex("0201010430") + secret.to_bytes(48, "big") + bytes.fromhex("a00706052b81040022a16403620004")
               + x.to_bytes(48, "big") + y.to_bytes(48, "big"))
    lines = base64.encodebytes(b"\x30\x81" + bytes([len(content)]) + content).decode().replace("\n", "")
    lines = "\n".join(lines[at:at + 64] for at in range(0, len(lines), 64))
    return f"-----BEGIN EC PRIVATE KEY-----\n{lines}\n-----END EC PRIVATE KEY-----\n"


def own(name, content, authentication):
    """The domain in the file NAME with its own ID block and ID authentication replaced."""
    domain = (INPUTS / name).read_text(encoding="utf-8")
    for tag, value in (("idBlock", content), ("idAuth", authentication)):
        domain = re.sub(f"<{tag}>.*?</{tag}>", f"<{tag}>{text(value)}</{tag}>", domain)
    return domain


def files():
    """{name in inputs/: content}."""
    usual, debug, second = block(), block(policy=0xB0000), block(version=2)
    of_domain = block(digest=bytes([7]) + bytes(47))
    signed = auth(of_domain, author=True)
    return {
        "id-block.b64": text(usual) + "\n",
        "id-auth.b64": text(auth(usual)) + "\n",
        "id-auth.hex": auth(usual).hex() + "\n",
        "id-auth-author-key.b64": text(auth(usual, author=True)) + "\n",
        "id-block-0xb0000.b64": text(debug) + "\n",
        "id-auth-0xb0000.b64": text(auth(debug)) + "\n",
        "id-block-version-2.b64": text(second) + "\n",
        "id-auth-version-2.b64": text(auth(second)) + "\n",
        "keys/id.pem": pem(ID_KEY),
        "keys/author.pem": pem(AUTHOR_KEY),
        "keys/bad-zero.pem": pem(0),
        "keys/bad-truncated.pem": pem(ID_KEY)[:200],
        **{f"own/{name}.xml": own(f"own/{name}.xml", of_domain, signed) for name in ("snp-all", "snp-id-auth", "snp-id-block")},
    }


if __name__ == "__main__":
    for path, written in files().items():
        (INPUTS / path).write_text(written, encoding="utf-8")
