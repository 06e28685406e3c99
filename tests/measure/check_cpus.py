#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compare the table of CPU models in src/measure/cpu.c with what a QEMU answers.

    check_cpus.py --qemu QEMU

Every name of the table that this QEMU has must have its signature there, and this QEMU may have no version, and no
model of AMD or Hygon, that the table lacks. Names that an older QEMU does not have are counted.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Of AMD by vendor, and no model to start a guest with.
NO_MODELS = {"base", "host", "max"}


def table():
    """{name: signature} of all names in the table."""
    rows = re.findall(r'\{"([\w-]+)", (\d+), (0x[0-9a-f]+)\}', (ROOT / "src/measure/cpu.c").read_text(encoding="utf-8"))
    return {name + version: int(signature, 16) for name, versions, signature in rows
            for version in ["", *(f"-v{i + 1}" for i in range(int(versions)))]}


class Qemu:
    """A QEMU without a guest, to be asked."""

    def __init__(self, program):
        self.process = subprocess.Popen(  # pylint: disable=consider-using-with
            [program, "-M", "q35,accel=tcg", "-S", "-nodefaults", "-display", "none", "-qmp", "stdio"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdout.readline()
        self.ask("qmp_capabilities")

    def ask(self, command, **arguments):
        """What QEMU returns; None for an error."""
        print(json.dumps({"execute": command, "arguments": arguments}), file=self.process.stdin, flush=True)
        while True:
            answer = json.loads(self.process.stdout.readline())
            if "event" not in answer:
                return answer.get("return")

    def properties(self, name):
        """A model's properties; None where there is no such model."""
        answer = self.ask("query-cpu-model-expansion", type="full", model={"name": name})
        return answer and answer["model"]["props"]

    def names(self):
        """All models' names."""
        return [one["name"] for one in self.ask("query-cpu-definitions")]

    def end(self):
        """End the process."""
        self.ask("quit")
        self.process.wait(timeout=60)


def signature(properties):
    """CPUID leaf 1 EAX."""
    family, model, stepping = (properties[name] for name in ("family", "model", "stepping"))
    high = (family - 15) << 20 | 0xF00 if family > 15 else family << 8
    return high | (model >> 4) << 16 | (model & 15) << 4 | stepping


def main():
    """Report every difference; the exit status tells whether there was one."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--qemu", required=True)
    qemu, known, faults, older = Qemu(parser.parse_args().qemu), table(), [], 0
    for name, expected in known.items():
        properties = qemu.properties(name)
        older += properties is None
        if properties is not None and signature(properties) != expected:
            faults.append(f"{name}: {expected:#010x} in the table, {signature(properties):#010x} in QEMU")
    for name in sorted(set(qemu.names()) - set(known) - NO_MODELS):
        vendor = (qemu.properties(name) or {}).get("vendor")
        if vendor in ("AuthenticAMD", "HygonGenuine"):
            faults.append(f"{name}: not in the table")
    qemu.end()
    print(*faults, f"CPU models: {len(known)} names, {older} of them not in this QEMU, {len(faults)} faults", sep="\n")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
