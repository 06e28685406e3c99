# SPDX-License-Identifier: Apache-2.0
"""QEMU itself: whether it takes what libvirt gives it, as far as this machine's hardware goes, and what of it a guest
would find.
"""

import json
import re
import struct

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
