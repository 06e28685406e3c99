# SPDX-License-Identifier: Apache-2.0
"""A QEMU command line as libvirt writes it, taken apart."""

import json
import shlex

TEES = {"sev-snp-guest": "sev-snp", "tdx-guest": "tdx"}


class CommandLineError(Exception):
    """It is not what libvirt writes for a confidential guest."""


def split_commas(text):
    """The parts of a QEMU option's TEXT between single commas; a doubled one stands for itself."""
    parts, part, i = [], "", 0
    while i < len(text):
        if text[i] != ",":
            part += text[i]
        elif text[i + 1 : i + 2] == ",":
            part += ","
            i += 1
        else:
            parts.append(part)
            part = ""
        i += 1
    return parts + [part]


class CommandLine:
    """The options of a command line, a list of values each."""

    def __init__(self, text):
        words = shlex.split(text)
        first = next(i for i, word in enumerate(words) if word.startswith("/"))
        self.program, words = words[first], words[first + 1 :]
        self.options = {}
        while words:
            name = words.pop(0)
            if not name.startswith("-"):
                raise CommandLineError(f"{name} belongs to no option")
            value = words.pop(0) if words and not words[0].startswith("-") else None
            self.options.setdefault(name, []).append(value)

    def all(self, name):
        """The values of the option NAME."""
        return self.options.get(name, [])

    def one(self, name):
        """The value of the option NAME, which stands there once."""
        values = self.all(name)
        if len(values) != 1:
            raise CommandLineError(f"found {len(values)} times {name}; want it once")
        return values[0]

    def machine(self):
        """The properties of -machine, the type under ''."""
        first, *others = split_commas(",".join(self.all("-machine")))
        return {"": first} | dict(part.split("=", 1) for part in others)

    def objects(self):
        """Every -object as a dictionary."""
        return [json.loads(value) for value in self.all("-object")]

    def devices(self):
        """Every -device as a dictionary."""
        return [json.loads(value) for value in self.all("-device") if value.startswith("{")]

    def guest_object(self):
        """The one object that makes the guest confidential."""
        found = [one for one in self.objects() if one["qom-type"] in TEES]
        if len(found) != 1:
            raise CommandLineError(f"found {len(found)} objects of {', '.join(TEES)}; want one")
        return found[0]

    def oem_strings(self):
        """The strings of SMBIOS type 11."""
        tables = [split_commas(value) for value in self.all("-smbios") if value.startswith("type=11")]
        return [part.removeprefix("value=") for table in tables for part in table[1:]]
