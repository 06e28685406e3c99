#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make small firmware images by rule, so that tests need no download: not bootable, only measurable.

    images.py NAME > IMAGE     one of: both-64k both-128k-odd snp-no-hashes-64k snp-zero-hashes-64k
                               tdx-hob-measured-64k neither-64k

tests/unit/firmware.h makes the same ones.
"""
import dataclasses
import hashlib
import struct
import sys
import uuid

K64 = 65536
FOOTER = "96b582de-1fb2-45f7-baea-a366c55a082d"
GUIDS = {"sev": "dc886566-984a-4798-a75e-5585a7bf67cc", "tdx": "e47a6535-984a-4798-865e-4685a7bf8ec2",
         "reset": "00f771de-1a7e-4fcb-890e-68c77e2fb44e", "hashes": "7255371f-3a3b-4b04-927b-1da6efa8d454",
         "extra0": "5b1e0f7a-0000-4000-8000-000000000000", "extra1": "5b1e0f7a-0000-4000-8000-000000000001"}

# Address, size, type.
USUAL_SEV = ((0x800000, 0x9000, 1), (0x80A000, 0x3000, 1), (0x80D000, 0x1000, 2), (0x80E000, 0x1000, 3),
             (0x80F000, 0x1000, 4), (0x811000, 0x2000, 1), (0x810000, 0x1000, 0x10))
ODD_SEV = ((0x810000, 0x2000, 0x10), (0x80E000, 0x1000, 3), (0x700000, 0x1000, 0x42), (0x80D000, 0x1000, 2), (0, 0, 1))


@dataclasses.dataclass(frozen=True)
class Parts:
    """What an image is made of; `entries` are its table's, the last one first read."""

    name: str
    size: int = K64
    sev: tuple = ()
    tdx: tuple = ()
    reset: int = 0x80B004
    hashes: tuple = (0x810C00, 0x400)
    entries: tuple = ()
    sev_at: int = 0x3000  # bytes before the image's end
    tdx_at: int = 0x2000


def usual_tdx(hob_attributes=0):
    """Data, its size, address, size, type, attributes: of an image of 64 KiB with 16 KiB of variables."""
    return ((0x4000, 0xC000, 0xFFFF4000, 0xC000, 0, 1), (0, 0x4000, 0xFFFF0000, 0x4000, 1, 0),
            (0, 0, 0x810000, 0x10000, 3, 0), (0, 0, 0x80B000, 0x2000, 3, 0),
            (0, 0, 0x809000, 0x2000, 2, hob_attributes), (0, 0, 0x800000, 0x6000, 3, 0))


ODD_TDX = ((0, 0, 0x800000, 0x6000, 3, 0), (0, 0, 0x809000, 0x2000, 2, 0), (0, 0, 0x80B000, 0x2000, 3, 0),
           (0, 0, 0x810000, 0x10000, 3, 0), (0, 0x8000, 0xFFFE0000, 0x8000, 1, 1),
           (0x8000, 0x18000, 0xFFFE8000, 0x18000, 0, 1))

IMAGES = {parts.name: parts for parts in (
    Parts("both-64k", sev=USUAL_SEV, tdx=usual_tdx(), entries=("hashes", "reset", "sev", "tdx")),
    Parts("both-128k-odd", 2 * K64, ODD_SEV, ODD_TDX, 0xFFFE1234, (0x810080, 0x800),
          ("extra0", "tdx", "hashes", "extra1", "sev", "reset")),
    Parts("snp-no-hashes-64k", sev=USUAL_SEV[:6], entries=("reset", "sev")),
    Parts("snp-zero-hashes-64k", sev=USUAL_SEV[:6], hashes=(0, 0), entries=("hashes", "reset", "sev")),
    Parts("tdx-hob-measured-64k", tdx=usual_tdx(1), entries=("tdx",)),
    Parts("neither-64k", entries=("hashes", "reset")),
)}


def guid(text):
    """A GUID as firmware stores it."""
    return uuid.UUID(text).bytes_le


def metadata(signature, layout, sections):
    """Metadata of either TEE."""
    rows = b"".join(struct.pack(layout, *section) for section in sections)
    return signature + struct.pack("<III", 16 + len(rows), 1, len(sections)) + rows


def table(parts):
    """The table, with its footer."""
    data = {"sev": struct.pack("<I", parts.sev_at), "tdx": struct.pack("<I", parts.tdx_at),
            "reset": struct.pack("<I", parts.reset), "hashes": struct.pack("<II", *parts.hashes),
            "extra0": b"", "extra1": b"123"}
    text = b"".join(data[name] + struct.pack("<H", len(data[name]) + 18) + guid(GUIDS[name]) for name in parts.entries)
    return text + struct.pack("<H", len(text) + 18) + guid(FOOTER)


def build(parts):
    """The image's bytes."""
    image = bytearray(b"".join(hashlib.sha256(b"launchsec " + parts.name.encode() + struct.pack("<I", i)).digest()
                               for i in range(parts.size // 32)))

    def put(at, content):
        image[at:at + len(content)] = content

    if parts.sev:
        put(parts.size - parts.sev_at, metadata(b"ASEV", "<III", parts.sev))
    if parts.tdx:
        put(parts.size - parts.tdx_at - 16, guid("e9eaf9f3-168e-44d5-a8eb-7f4d8738f6ae"))
        put(parts.size - parts.tdx_at, metadata(b"TDVF", "<IIQQII", parts.tdx))
    end = table(parts)
    put(parts.size - 32 - len(end), end)
    return bytes(image)


def main():
    """Write an image."""
    if len(sys.argv) != 2 or sys.argv[1] not in IMAGES:
        sys.exit(__doc__)
    sys.stdout.buffer.write(build(IMAGES[sys.argv[1]]))


if __name__ == "__main__":
    main()
