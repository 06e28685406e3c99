# SPDX-License-Identifier: Apache-2.0
"""What a real QEMU makes of an option: over what it decided, as far as its errors, warnings and objects show it."""

import json
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

ASKED = ("machine", "M", "object", "device", "drive", "fw_cfg", "global", "set", "bios", "kernel", "cpu", "accel", "smp", "initrd", "append", "shim", "option-rom")
LONGEST = 100000  # Linux takes 128 KiB as one argument
FIRST = ("-M", "q35", "-m", "64", "-nodefaults", "-no-user-config", "-display", "none", "-S", "-qmp", "stdio")
# So that -set and -global have something to reach.
BEFORE = {
    "set": (
        *("-device", "virtio-net-pci,id=x", "-drive", "if=none,id=x,file=null-co://,format=raw"),
        *("-fw_cfg", "id=x,name=opt/a,string=b", "-accel", "tcg,id=x", "-chardev", "null,id=x"),
        *("-global", "id=x,driver=VGA,property=vgamem_mb,value=8"),
    ),
    "global": ("-device", "virtio-net-pci", "-device", "VGA"),
}
SAID = {
    "protection": (
        r"Device '[^']*' not found",  # a link of the machine's: the guest object
        r"No such memory encryption object",
        r"object (?:sev|tdx)|launch_security|confidential guest",
    ),
    "firmware": (
        r"could not load PC BIOS|failed to find romfile|rom: file|Cannot load specified image|please include valid argument",
        r"pflash[01](?:'| requires| drive)|PFlash|system firmware block device|no such pflash|can't apply global cfi\.pflash01",
        r"externally provided fw_cfg item names should be prefixed",
        r"Need to specify the address of guest blob|global VGA\.romfile",
    ),
    "kernel": (r"could not open kernel file|only allowed with -kernel",),
    "cpu": (r"unable to find CPU model|CPU socket-id|can't apply global [^ ]*cpu\.|Invalid CPU topology|Invalid SMP CPUs",),
    "machine": (r"unsupported machine type|Memory backend '[^']*' not found",),
    "acceleration": (r"invalid accelerator",),
}
# It names a key or a value that decides nothing, and mostly ends there.
IDLE = re.compile(r"Expected '='|unsupported bus type|has invalid class name|not used$|Invalid parameter '|short-form boolean|model name$")
GUEST_TYPES = re.compile(r"child<(?:sev|sev-snp|tdx)-guest>")
COMMANDS = (
    {"execute": "qmp_capabilities"},
    {"execute": "qom-list", "arguments": {"path": "/objects"}},
    {"execute": "quit"},
)


def worth_asking(pair):
    """Whether QEMU is asked about PAIR: nothing that writes, connects or waits."""
    return len(pair) == 2 and pair[0].strip("-") in ASKED and len(pair[1]) < LONGEST and "memory-backend-" not in pair[1]


def ask(binary, pair):
    """What PAIR decided over, and the last that QEMU at BINARY said."""
    words = [binary, *FIRST, *BEFORE.get(pair[0].strip("-"), ()), *pair]
    commands = "".join(json.dumps(command) + "\n" for command in COMMANDS)
    done = subprocess.run(words, input=commands.encode(), capture_output=True, check=False, timeout=60)
    said = done.stderr.decode(errors="replace").replace(f"{pair[0]} {pair[1]}:", "").strip()
    lines = "\n".join(line for line in said.split("\n") if not IDLE.search(line))
    reached = {kind for kind, patterns in SAID.items() if re.search("|".join(patterns), lines)}
    if pair[0].strip("-") == "device":  # asked for help, it speaks of devices in the same words
        reached.discard("protection")
    if GUEST_TYPES.search(done.stdout.decode(errors="replace")):
        reached.add("protection")
    return reached, said[-160:].replace("\n", " / ")


def all_of(binary, pairs):
    """ask() for each of PAIRS, in order."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(lambda pair: ask(binary, pair), pairs))
