# SPDX-License-Identifier: Apache-2.0
"""QEMU itself: whether it takes what libvirt gives it, as far as this machine's hardware goes, and what of it a guest
would find.
"""

import json
import re
import struct
from dataclasses import dataclass

BARE = ("-nodefaults", "-no-user-config", "-display", "none", "-S")
STOPS = {
    "sev-snp-guest": "vm-type SEV-SNP not supported by KVM",
    "tdx-guest": "vm-type TDX not supported by KVM",
}
FOR_GUEST = ("-cpu", "-m", "-smp", "-bios", "-smbios", "-kernel", "-initrd", "-append")


def arguments(line, guest_object=None, machine=None):
    """The part of the CommandLine LINE that makes the machine, with another GUEST_OBJECT or -machine if given."""
    words = [line.program, *BARE, "-accel", line.one("-accel")]
    for value in [machine] if machine else line.all("-machine"):
        words += ["-machine", value]
    for option in FOR_GUEST:
        for value in line.all(option):
            words += [option, value]
    for one in line.objects():
        if one["qom-type"].startswith("memory-backend"):
            words += ["-object", json.dumps(one)]
    return words + ["-object", json.dumps(guest_object or line.guest_object()), *line.foreign]


def asked(sandbox, words, queries):
    """What the QEMU that WORDS start answers to QUERIES of QMP: a list, with an error where it has one."""
    commands = [{"execute": "qmp_capabilities"}, *queries, {"execute": "quit"}]
    done = sandbox.run([*words, "-qmp", "stdio"], "".join(json.dumps(one) + "\n" for one in commands))
    answers = [json.loads(text) for text in done.stdout.decode().splitlines()]
    answers = [one for one in answers if "return" in one or "error" in one]
    if len(answers) != len(commands):
        raise ValueError(f"QEMU ended with {done.returncode}: {done.stderr.decode(errors='replace').strip()[-400:]}")
    return [one.get("return", one.get("error")) for one in answers[1:-1]]


def get(path, name):
    """A query for the property NAME of the object at PATH."""
    return {"execute": "qom-get", "arguments": {"path": path, "property": name}}


def before_machine(line):
    """The command line LINE for a QEMU that has read all arguments and stops before it makes the machine of them: so
    far it comes without the TEE's hardware, under an accelerator that needs none. Memory is left out: that of a
    confidential guest needs KVM."""
    machine = re.sub(",memory-backend=[^,]*", "", ",".join(line.all("-machine")))
    words = without_memory(arguments(line, machine=machine))
    at = words.index("-accel")
    return [*words[:at], "-accel", "tcg", *words[at + 2 :], "-preconfig"]


def without_memory(words):
    """WORDS without the objects that are memory."""
    pairs = list(zip(words, [*words[1:], ""]))
    memory = [i for i, pair in enumerate(pairs) if pair[0] == "-object" and "memory-backend-" in pair[1]]
    return [word for i, word in enumerate(words) if i not in memory and i - 1 not in memory]


@dataclass
class Reading:
    """What QEMU has read of a command line.

    protector    the path of the object that protects the machine, or nothing
    properties   that object's: those that libvirt gives its own
    firmware     of -bios or the machine's property
    flash        whether there is flash memory, which the firmware would be read from
    kernel       of a direct boot, or nothing
    cpus         their number at the start
    """

    protector: str
    properties: dict
    firmware: str
    flash: bool
    kernel: str
    cpus: int


def reading(sandbox, line):
    """The Reading of LINE, with the domain's own arguments in it."""
    words = before_machine(line)
    queries = [get("/machine", name) for name in ("confidential-guest-support", "firmware", "kernel", "smp")]
    path, firmware, kernel, cpus, drives = asked(sandbox, words, [*queries, {"execute": "query-block"}])
    names = [name for name in line.guest_object() if name not in ("id", "qom-type")] if path else []
    properties = dict(zip(names, asked(sandbox, words, [get(path, name) for name in names])))
    flash = any(drive["device"].startswith("pflash") for drive in drives)
    return Reading(path, properties, firmware, flash, kernel, cpus["cpus"])


def starts(sandbox, line):
    """What QEMU has to say against starting LINE on this machine, with a firmware and a CPU that are there; None if it
    starts."""
    words = arguments(line)
    for option in ("-bios", "-cpu"):
        at = words.index(option)
        del words[at : at + 2]
    try:
        asked(sandbox, words, [{"execute": "query-status"}])
    except ValueError as error:
        return str(error)
    return None


def complaint(sandbox, line, **changes):
    """What QEMU has to say against LINE, with the CHANGES of arguments(); None where it only lacks the hardware."""
    done = sandbox.run(arguments(line, **changes))
    text = done.stderr.decode(errors="replace").strip()
    stop = STOPS[line.guest_object()["qom-type"]]
    if done.returncode == 1 and re.fullmatch(rf"qemu-system-x86_64: -accel kvm: {stop}", text):
        return None
    return f"QEMU ended with {done.returncode}: {text[-400:]}"


# -- SMBIOS -----------------------------------------------------------------------------------------------------------

FW_CFG_DMA = 0x514  # I/O ports of the firmware configuration device, docs/specs/fw_cfg.rst
DIRECTORY = 0x19
READ, SELECT = 2, 8
COMMAND, BUFFER = 0x100000, 0x200000  # anywhere in the guest's memory
EXIT = 0xF4  # the I/O port of a device that ends QEMU: it does not end with its standard input
TABLES = "etc/smbios/smbios-tables"


def transfer(item, size):
    """qtest commands that have QEMU copy SIZE bytes of the item ITEM of its configuration to BUFFER and print them."""
    request = struct.pack(">IIQ", item << 16 | SELECT | READ, size, BUFFER).hex()
    address = struct.unpack("<I", struct.pack(">I", COMMAND))[0]
    return (
        f"write {COMMAND:#x} 16 0x{request}\noutl {FW_CFG_DMA:#x} 0\noutl {FW_CFG_DMA + 4:#x} {address:#x}\n"
        f"read {BUFFER:#x} {size}\n"
    )


def read_items(sandbox, line, items):
    """The bytes of each (item, size) of ITEMS, of a machine with the SMBIOS of LINE that runs nothing."""
    words = [line.program, *BARE, "-machine", line.machine()[""], "-accel", "qtest", "-m", "64", "-qtest", "stdio"]
    words += ["-qtest-log", "none", "-device", f"isa-debug-exit,iobase={EXIT:#x}"]
    for value in line.all("-smbios"):
        words += ["-smbios", value]
    done = sandbox.run(words, "".join(transfer(*item) for item in items) + f"outb {EXIT:#x} 0\n")
    answers = [answer for answer in done.stdout.decode().splitlines() if answer.startswith("OK 0x")]
    if len(answers) != len(items):
        raise ValueError(f"QEMU's configuration cannot be read: {done.stdout[-300:]!r} {done.stderr[-300:]!r}")
    return [bytes.fromhex(answer.removeprefix("OK 0x")) for answer in answers]


def smbios_tables(sandbox, line):
    """The SMBIOS tables that the guest's firmware would be given."""
    directory = read_items(sandbox, line, [(DIRECTORY, 4 + 64 * 64)])[0]
    (count,) = struct.unpack_from(">I", directory)
    for i in range(count):
        size, item, _, name = struct.unpack_from(">IHH56s", directory, 4 + 64 * i)
        if name.rstrip(b"\0").decode() == TABLES:
            return read_items(sandbox, line, [(item, size)])[0]
    raise ValueError(f"there is no {TABLES}")


def guest_oem_strings(sandbox, line):
    """The strings of type 11 that a guest finds: DMTF DSP0134, 6.1.3 and 7.12."""
    tables, strings, at = smbios_tables(sandbox, line), [], 0
    while at < len(tables):
        kind, length = tables[at], tables[at + 1]
        end = tables.index(b"\0\0", at + length)
        if kind == 11:
            found = tables[at + length : end].split(b"\0")
            if len(found) != tables[at + 4]:
                raise ValueError(f"type 11 counts {tables[at + 4]} strings and has {len(found)}")
            strings += [string.decode("ascii") for string in found]
        at = end + 2
    return strings
