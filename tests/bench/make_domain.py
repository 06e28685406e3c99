#!/usr/bin/env python3
"""Grow a captured domain to a given size by repeating its disks and interfaces.

The capture's text stays as it is; copies go behind its last disk, each with names, aliases, targets, serials and drive
units of its own, and without a boot order, so that the result is what a VM with very many devices would look like.

    make_domain.py CAPTURE BYTES > big.domain.xml
"""
import itertools
import re
import sys
import xml.etree.ElementTree as ET

DEVICE = re.compile(r"[ \t]*<(disk|interface)\b.*?</\1>\n?", re.S)


def letters(number):
    """Number as in disk names: 0 is a, 25 z, 26 aa."""
    text = ""
    while number >= 0:
        text = chr(ord("a") + number % 26) + text
        number = number // 26 - 1
    return text


def copy_of(device, number):
    """A copy of one disk's or interface's text that clashes with no other."""
    suffix = rf"\g<1>-{number}\g<2>"
    device = re.sub(r"\s*<boot\b[^>]*?(/>|></boot>)", "", device)
    device = re.sub(r"""(<source\b[^>]*?\b(?:dev|file)=["'][^"']+)(["'])""", suffix, device)
    device = re.sub(r"""(<source\b[^>]*?\bname=["'][^"']+)(["'])""", suffix, device)
    device = re.sub(r"""(<alias\b[^>]*?\bname=["'][^"']+)(["'])""", suffix, device)
    device = re.sub(r"(<serial>[^<]+)(</serial>)", suffix, device)
    device = re.sub(r"""(<target\b[^>]*?\bdev=["'](?:vd|sd|hd))[a-z]+""", rf"\g<1>{letters(number + 25)}", device)
    device = re.sub(r"""(<target\b[^>]*?\bdev=["'])tap\w*""", rf"\g<1>tap{number}", device)
    device = re.sub(r"""(<address\b[^>]*?\bunit=["'])\d+""", rf"\g<1>{number}", device)
    octets = ":".join(f"{number >> shift & 255:02x}" for shift in (16, 8, 0))
    return re.sub(r"""(<mac\b[^>]*?\baddress=["'])[^"']+""", rf"\g<1>52:54:00:{octets}", device)


def grow(capture, size):
    """The capture's text (str) grown to size bytes or little more; as it is where it has them already."""
    found = list(DEVICE.finditer(capture))
    if not found:
        raise ValueError("the captured domain has neither a disk nor an interface to repeat")
    missing = size - len(capture.encode())
    copies = []
    for number, device in enumerate(itertools.cycle(found), 1):
        if missing <= 0:
            break
        copies.append(copy_of(device.group(), number))
        missing -= len(copies[-1].encode())
    end = found[-1].end()
    grown = capture[:end] + "".join(copies) + capture[end:]
    ET.fromstring(grown)  # raises where the result is not well-formed
    return grown


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as file:
        sys.stdout.write(grow(file.read(), int(sys.argv[2])))
