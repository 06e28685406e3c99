#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Have real libvirts and QEMUs take what launchsec writes: see docs/testing.md.

Every domain that comes out of the golden cases, of the requests of combinations.py and of the domains of variants.py,
is defined by the QEMU driver and turned into a command line, which is compared field by field with the domain, with the
request and with the domain before; QEMU then takes it as far as it can without the hardware. A libvirt that is too old
for TDX must refuse it. What launchsec refuses is given to libvirt, too: refusals.py.
The cases that cannot be tried are in the file `exceptions`, all of them and no other.
"""

import argparse
import json
import os
import pathlib
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import combinations
import command_line
import domains
import expect
import mutations
import qemu
import refusals
import sandbox
import variants
import verdicts
import virsh

HERE = pathlib.Path(__file__).resolve().parent
FIRMWARE = "usr/share/qemu/firmware"  # descriptors, docs/interop/firmware.json of QEMU
FEATURES = {"sev-snp": "amd-sev-snp", "tdx": "intel-tdx"}
TPM = ("swtpm", "swtpm-tools")
NEW = sandbox.Recipe(
    "testing",
    "testing",
    more=TPM + ("ovmf-amdsev", "ovmf-inteltdx"),
    flags=("sev-guest", "sev-snp-guest", "tdx-guest"),
)
OLD = sandbox.Recipe("bookworm", "bookworm", extra="bookworm-backports", more=TPM, flags=("sev-guest", "sev-snp-guest"))
MINIMUM = {NEW: (12, 11), OLD: (11, 10)}  # libvirt and QEMU
TDX_REFUSED = "Invalid value for attribute 'type' in element 'launchSecurity': 'tdx'"
OVERRIDDEN = "can override the domain's"  # a warning of ours
TOO_LARGE = "QEMU may give the guest an empty string"  # a warning of ours
EVERYTHING = (  # for mutations
    "sev-snp everything kernel-boot",
    "tdx everything efi-plain",
    "sev-snp id-block",
    "sev-snp arguments allowed everything",
    "tdx arguments allowed everything",
    "sev-snp own everything",
    "tdx own everything",
    "sev-snp sockets 2-4-2 efi-plain",
    "sev-snp devices interface efi-plain",
    "sev-snp devices bus efi-plain",
)
SHOWN = 40  # problems at most


@dataclass
class Tally:
    """What was tried, and what is wrong."""

    wrong: list = field(default_factory=list)
    lines: list = field(default_factory=list)

    def say(self, text):
        """Print and keep a line of the result."""
        print(text + "\n", end="", flush=True)
        self.lines.append(text)

    def expect(self, condition, text):
        """Note TEXT as wrong unless CONDITION."""
        if not condition:
            self.wrong.append(text)


def read_exceptions():
    """The file `exceptions` as {(who, name): why}."""
    found = {}
    for line in (HERE / "exceptions").read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            left, _, why = line.partition(": ")
            found[tuple(left.split(" ", 1))] = why
    return found


# -- what is tried ----------------------------------------------------------------------------------------------------


def gather(binary, tally):
    """Run the program; return the tries and the names of the cases that are left as they came."""
    cases, wrong = domains.golden.read_cases()
    tally.wrong += wrong
    tries, untouched = [], set()
    with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor(os.cpu_count()) as pool:
        runner = domains.golden.Runner(binary, temporary, False)
        for case, one in zip(cases, pool.map(lambda case: domains.from_golden(runner, case), cases)):
            if one == domains.UNTOUCHED:
                untouched.add(case.name)
            elif one:
                tries.append(one)
        golden = len(tries)
        requests = list(pool.map(lambda request: domains.from_request(runner, *request), combinations.combinations()))
        changed = list(pool.map(lambda variant: domains.from_variant(runner, variant), variants.variants()))
        for one in requests + changed:
            tally.expect(isinstance(one, domains.Try), f"our own refusal: {one}")
            tries += [one] if isinstance(one, domains.Try) else []
    tally.say(
        f"domains: {golden} of golden cases, {len(requests)} of further combinations, "
        f"{len(changed)} of changed domains, {len(untouched)} untouched"
    )
    return tries, untouched


def descriptors(root):
    """The image that firmware auto-selection takes for each TEE at ROOT: that of the first descriptor by name."""
    images = {}
    for path in sorted((root / FIRMWARE).glob("*.json")):
        description = json.loads(path.read_text(encoding="utf-8"))
        for tee, feature in FEATURES.items():
            if feature in description["features"] and description["mapping"]["device"] == "memory":
                images.setdefault(tee, description["mapping"]["filename"])
    return images


# -- judging ----------------------------------------------------------------------------------------------------------


def judge(recipe, tries, exceptions, images, tally):
    """Have the libvirt of RECIPE take TRIES; return those that it took as (try, command line, definition)."""
    with sandbox.Sandbox(tally.roots[recipe], recipe, tally.roots[NEW] / FIRMWARE) as place:
        check_versions(place, recipe, tally)
        wrong, count = verdicts.wrong_with(tally.binary, place, ("sev-snp", "tdx") if recipe is NEW else ("sev-snp",))
        tally.wrong += wrong
        tally.say(f"{recipe.name}: {count - len(wrong)} of {count} verdicts of apply --check --connect right")
        answers = virsh.ask(place, [one.domain for one in tries])
        taken, refused, by_arguments = [], 0, []
        for one, answer in zip(tries, answers):
            said = answer.refused or answer.native_refused
            why = exceptions.get(("libvirt", one.name))
            if recipe is OLD and one.tee == "tdx":
                if not said and b"<launchSecurity" not in one.domain:
                    by_arguments.append((one, command_line.CommandLine(answer.command_line, one.arguments)))
                    continue
                known = said and (TDX_REFUSED in said or why and why in said)
                tally.expect(known, f"{one.name}: {recipe.name} says to TDX: {said}")
                refused += 1
            elif said or why:
                tally.expect(said and why and why in said, f"{one.name}: {recipe.name} says: {said}; expected: {why}")
            else:
                line = command_line.CommandLine(answer.command_line, one.arguments)
                taken.append((one, line, answer.kept))
        tally.say(
            f"{recipe.name}: {len(taken)} defined and turned into command lines, {refused} refused for TDX, "
            f"{len(tries) - len(taken) - refused - len(by_arguments)} not possible (exceptions)"
        )
        for one, line, kept in taken:
            tally.wrong += [f"{one.name}: {recipe.name}: {text}" for text in expect.check(one, line, kept, images)]
        for one, line in by_arguments:
            text = qemu.complaint(place, line)
            tally.expect("tdx-guest" in (text or ""), f"{one.name}: {recipe.name} has no TDX, but: {text}")
        if by_arguments:
            tally.say(f"{recipe.name}: {len(by_arguments)} with TDX in arguments, refused by QEMU")
        ask_qemu(place, recipe, taken, exceptions, tally)
        wrong, count = refusals.wrong_with(tally.binary, place, ("sev-snp", "tdx") if recipe is NEW else ("sev-snp",))
        tally.wrong += wrong
        tally.say(f"{recipe.name}: {count} domains that launchsec refuses, with what they would have done")
    return taken


def check_versions(place, recipe, tally):
    """Print the versions; those that the project names must be there."""
    text = place.run(["virsh", "-c", virsh.URI, "version"]).stdout.decode()
    versions = dict(line.rsplit(": ", 1) for line in text.splitlines() if ": " in line)
    libvirt, hypervisor = versions["Using library"], versions["Running hypervisor"]
    tally.say(f"{recipe.name}: {libvirt}, {hypervisor}")
    found = tuple(int(name.split()[1].split(".")[0]) for name in (libvirt, hypervisor))
    new_enough = all(a >= b for a, b in zip(found, MINIMUM[recipe]))
    tally.expect(new_enough, f"{recipe.name} is too old: want {MINIMUM[recipe]}")


def ask_qemu(place, recipe, taken, exceptions, tally):
    """QEMU takes each command line up to the hardware; its guest would find the OEM strings."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for (one, *_), text in zip(taken, pool.map(lambda trio: qemu.complaint(place, trio[1]), taken)):
            why = exceptions.get(("qemu", one.name))
            tally.expect(why in (text or "") if why else not text, f"{one.name}: {recipe.name}: {text}; expected: {why}")
        for (one, *_), wrong in zip(taken, pool.map(lambda trio: misread(place, *trio[:2]), taken)):
            wrong = [] if ("qemu", one.name) in exceptions else wrong
            tally.wrong += [f"{one.name}: {recipe.name}: {text}" for text in wrong]
        with_strings = [(one, line) for one, line, _ in taken if line.oem_strings()] if recipe is NEW else []
        found = pool.map(lambda pair: guest_strings(place, pair[1]), with_strings)
        for (one, line), strings in zip(with_strings, found):
            why = exceptions.get(("guest", one.name))
            good = (why in strings) if why else strings == line.oem_strings() or TOO_LARGE in one.warned
            tally.expect(good, f"{one.name}: a guest finds {strings!r:.200} as OEM strings")
    tally.say(
        f"{recipe.name}: {len(taken)} parsed by QEMU up to the missing hardware"
        + (f", {len(with_strings)} lists of OEM strings as a guest finds them" if with_strings else "")
    )
    test_qemu(place, recipe, taken, tally)


def misread(place, one, line):
    """What is wrong with what QEMU has read of LINE, the domain's own arguments among it: protection is libvirt's, and
    so are firmware, kernel and CPUs where launchsec does not warn."""
    try:
        found = qemu.reading(place, line)
    except ValueError as error:
        return [str(error)]
    given = line.guest_object()
    wanted = {name: value for name, value in given.items() if name not in ("id", "qom-type")}
    wrong = expect.differ("the object of QEMU's machine", found.protector, f"/objects/{given['id']}")
    wrong += expect.differ("the object as QEMU has read it", found.properties, wanted)
    if OVERRIDDEN not in one.warned:
        wrong += expect.differ("firmware as QEMU has read it", found.firmware, line.one("-bios"))
        wrong += expect.differ("flash memory as QEMU has read it", found.flash, False)
        wrong += expect.differ("kernel as QEMU has read it", [found.kernel], line.all("-kernel") or [""])
        wrong += expect.differ("CPUs as QEMU has read them", str(found.cpus), line.one("-smp").split(",")[0])
    return wrong


def guest_strings(place, line):
    """qemu.guest_oem_strings(), or what went wrong as text."""
    try:
        return qemu.guest_oem_strings(place, line)
    except ValueError as error:
        return str(error)


def test_qemu(place, recipe, taken, tally):
    """A test of the test: QEMU must complain about what is wrong."""
    for one, line, _ in taken:
        if not one.name.startswith(EVERYTHING):
            continue
        good, number = line.guest_object(), "policy" if one.tee == "sev-snp" else "attributes"
        bad = [{"guest_object": good | {"no-such": True}}, {"guest_object": good | {number: "x"}}]
        bad.append({"machine": line.one("-machine") + ",no-such=on"})
        if one.tee == "sev-snp":
            bad.append({"guest_object": good | {"id-block": "AAAA"}})
        for change in bad:
            text = qemu.complaint(place, line, **change)
            tally.expect(text, f"{one.name}: {recipe.name}: QEMU says nothing about {str(change)[-60:]}")


def test_checks(taken, images, tally):
    """A test of the test: every change of a field is noticed."""
    count, missed = 0, []
    for one, line, kept in taken:
        if one.name.startswith(EVERYTHING):
            found, changes = mutations.unnoticed(one, line, kept, images)
            missed += found
            count += changes
    tally.wrong += [f"not noticed: {name}" for name in missed]
    tally.expect(count > 100, f"only {count} changes were tried")
    tally.say(f"checks: {count - len(missed)} of {count} changed fields noticed")


# -- command line -----------------------------------------------------------------------------------------------------


def run(options, tally):
    """Everything; problems go to TALLY."""
    start = time.monotonic()
    made = sandbox.make_roots(options.folder, [NEW, OLD])
    tally.roots = {recipe: root for recipe, (root, _) in zip((NEW, OLD), made)}
    tally.say(f"sandboxes: {sum(new for _, new in made)} made, {sum(not new for _, new in made)} kept")
    tally.say(f"    {time.monotonic() - start:.0f} s")
    tally.binary = options.binary.resolve()
    tries, untouched = gather(tally.binary, tally)
    tally.wrong += verdicts.wrong_with_test_driver(tally.binary)
    exceptions = read_exceptions()
    listed = {name for who, name in exceptions if who == "program"}
    tally.expect(listed == untouched, f"exceptions, program: differ in {sorted(listed ^ untouched)}")
    unknown = {name for who, name in exceptions if who != "program"} - {one.name for one in tries}
    tally.expect(not unknown, f"exceptions: no such cases: {sorted(unknown)}")
    images = descriptors(tally.roots[NEW])
    with ThreadPoolExecutor() as pool:
        both = [pool.submit(judge, recipe, tries, exceptions, images, tally) for recipe in (NEW, OLD)]
        taken = both[0].result()
        both[1].result()
    test_checks(taken, images, tally)
    tally.say(f"    {time.monotonic() - start:.0f} s")


def stop(number, _):
    """Leave by way of every `finally`."""
    sys.exit(128 + number)


def main():
    """Run the command line and return the exit status."""
    parser = argparse.ArgumentParser(description="Have real libvirts and QEMUs take what launchsec writes.")
    parser.add_argument("--binary", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True, help="where the sandboxes are kept")
    options = parser.parse_args()
    sys.stdout.reconfigure(errors="backslashreplace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    tally = Tally()
    try:
        sandbox.check_machine()
        run(options, tally)
    except (sandbox.SandboxError, virsh.VirshError) as error:
        print(f"check-libvirt: {error}")
        return 1
    for text in tally.wrong[:SHOWN]:
        print(f"FAIL {text}")
    print(f"check-libvirt: {len(tally.wrong)} problems")
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
