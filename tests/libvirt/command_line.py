# SPDX-License-Identifier: Apache-2.0
"""A QEMU command line as libvirt writes it, taken apart."""

import json
import shlex

TEES = {"sev-snp-guest": "sev-snp", "tdx-guest": "tdx"}
OWN_OBJECT = '{"qom-type":"tdx-guest","id":"lsec0",'
OWN_MACHINES = ("confidential-guest-support=lsec0", "confidential-guest-support=lsec0,kernel_irqchip=split")


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


def is_own(option, value):
    """Whether launchsec writes OPTION with VALUE, for a quote generation service that libvirt cannot name."""
    return value in OWN_MACHINES if option == "-machine" else option == "-object" and value.startswith(OWN_OBJECT)


def split_arguments(arguments):
    """The list ARGUMENTS of a domain as (those that launchsec wrote, those of others), which keep their order."""
    own, others, i = [], [], 0
    while i < len(arguments):
        pair = arguments[i : i + 2]
        if len(pair) == 2 and is_own(*pair):
            own += pair
            i += 2
        else:
            others.append(arguments[i])
            i += 1
    return own, others


def position(part, whole):
    """Where the list PART stands in the list WHOLE in one piece; CommandLineError where it does not."""
    for i in range(len(whole) - len(part) + 1):
        if whole[i : i + len(part)] == part:
            return i
    raise CommandLineError(f"the domain's arguments are not there in one piece: {part!r:.300}")


class CommandLine:
    """The options of a command line, a list of values each.

    environment   what stands in front of the program, {name: value}
    options       what libvirt wrote, and launchsec in the domain's ARGUMENTS
    foreign       the others of these ARGUMENTS, as a list: they are not among the options
    """

    def __init__(self, text, arguments=()):
        words = shlex.split(text)
        first = next(i for i, word in enumerate(words) if word.startswith("/"))
        self.environment = dict(word.split("=", 1) for word in words[:first])
        self.program, words = words[first], words[first + 1 :]
        own, self.foreign = split_arguments(list(arguments))
        start = position(list(arguments), words)
        words = words[:start] + own + words[start + len(arguments) :]
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
