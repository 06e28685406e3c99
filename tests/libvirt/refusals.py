# SPDX-License-Identifier: Apache-2.0
"""What launchsec refuses is rightly refused.

A domain that launchsec protects is given to libvirt with something in it that launchsec would not have accepted, and
the command line that libvirt writes to QEMU. libvirt takes it and still shows it as protected, but what QEMU has read
has to differ from what the domain says: another object protects it or none, the firmware, the kernel or the CPUs are
others. Where nothing protects it any more, QEMU starts it on this machine, which has no such hardware. (Not for TDX:
QEMU 11.1 dies of a tdx-guest that is not used.)
"""

import re
import tempfile
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import command_line
import domains
import expect
import qemu
import variants
import virsh

DELETED = (
    f'<qemu:capabilities {variants.NAMESPACE}><qemu:del capability="confidential-guest-support"/></qemu:capabilities>'
)
ROM = (
    f'<qemu:override {variants.NAMESPACE}><qemu:device alias="ua-rootdisk"><qemu:frontend>'
    '<qemu:property name="romfile" type="string" value="/x"/></qemu:frontend></qemu:device></qemu:override>'
)
# An object of somebody else's with debug in its policy, in both forms, and that policy.
DEBUG = {
    "sev-snp": (
        "sev-snp-guest,id=evil,cbitpos=51,reduced-phys-bits=1,policy=0xb0000",
        '{"qom-type":"sev-snp-guest","id":"evil","cbitpos":51,"reduced-phys-bits":1,"policy":720896}',
        0xB0000,
    ),
    "tdx": (
        "tdx-guest,id=evil,attributes=0x10000001",
        '{"qom-type":"tdx-guest","id":"evil","attributes":268435457}',
        0x10000001,
    ),
}
NUMBER = {"sev-snp": "policy", "tdx": "attributes"}
NATIVE = {"sev-snp": "native-snp", "tdx": "native-tdx"}
CONFIGURATION = '[machine]\n  %s = ""\n'  # for -readconfig
PROTECTION = "can override launchSecurity"
UNPROTECTED = {"protector": "", "policy": None}
ALLOW = {"allow-qemu-arguments": "yes"}


@dataclass
class Refusal:
    """What launchsec refuses in a domain.

    tee        that the domain is protected by
    name       for messages
    more       what is added to the domain
    does       what QEMU then has read otherwise, as in facts()
    says       what launchsec's errors must have
    before     where it is added
    lifted     libvirt does not see it there, but KubeVirt moves arguments to the root from wherever they are
    pinned     the firmware is the administrator's, and kept from VMs
    """

    tee: str
    name: str
    more: str
    does: dict
    says: str = PROTECTION
    before: str = "</domain>"
    lifted: bool = False
    pinned: bool = False

    @property
    def always(self):
        """Whether no annotation lets it pass."""
        return self.pinned or self.says == PROTECTION

    @property
    def arguments(self):
        """Arguments of launchsec's own."""
        return ("--default", f"{self.tee}.firmware=auto", "--forbid", "firmware") if self.pinned else ()

    def added(self, text):
        """The domain TEXT with what is to be refused."""
        assert text.count(self.before) == 1
        return text.replace(self.before, self.more + self.before)


def section(*options):
    """A section of arguments for QEMU."""
    return variants.command_line(options)


def of_protection(tee):
    """What takes the object of TEE away, or puts another in its place.

    QEMU refuses two spellings of one property, the last of one spelling counts. With the capability deleted libvirt
    names the object of SEV-SNP by another property, so that both spellings are free; that of TDX it always names so.
    """
    name, deleted = ("confidential_guest_support", DELETED) if tee == "sev-snp" else ("confidential-guest-support", "")
    for option in ("-machine", "--machine", "-M"):
        yield Refusal(tee, f"nothing by {option} {name}", deleted + section(f"{option} {name}="), UNPROTECTED)
    yield Refusal(tee, "nothing without a capability", section("-machine confidential-guest-support="), UNPROTECTED)
    more = deleted + section(f"-readconfig /tmp/{name}")
    yield Refusal(tee, "nothing by a file", more, UNPROTECTED)
    commas, braces, number = DEBUG[tee]
    does = {"protector": "/objects/evil", "policy": number}
    for debug in (commas, braces):
        more = deleted + section(f"-object {debug}", f"-machine hpet=off,{name}=evil")
        yield Refusal(tee, f"debug by {debug}", more, does)
    hidden = section("-machine confidential-guest-support=")
    yield Refusal(tee, "nothing, in metadata", hidden, UNPROTECTED, before="</metadata>", lifted=True)
    nested = re.sub("(<qemu:arg.*/>)", r"<x>\1</x>", hidden)
    yield Refusal(tee, "nothing, nested", nested, UNPROTECTED, lifted=True)


def of_others(tee):
    """What decides over firmware, kernel and CPUs, which an annotation allows."""
    firmware = "can override the domain's firmware"
    for pinned in (False, True):
        for option, does in (
            ("-bios /x", {"firmware": "/x"}),
            ("-machine firmware=/x", {"firmware": "/x"}),
            ("-drive if=pflash,file=/dev/null,format=raw,readonly=on", {"flash": True}),
            ("-pflash /dev/null", {"flash": True}),
        ):
            yield Refusal(tee, f"{option}{', pinned' * pinned}", section(option), does, firmware, pinned=pinned)
        yield Refusal(tee, f"a ROM{', pinned' * pinned}", ROM, {"roms": ["/x"]}, firmware, pinned=pinned)
    for option in ("-kernel /x", "-machine kernel=/x"):
        yield Refusal(tee, option, section(option), {"kernel": "/x"}, "can override the domain's kernel")
    for option in ("-smp 1,cores=1,maxcpus=1", "-machine smp.cpus=1,smp.cores=1,smp.maxcpus=1"):
        yield Refusal(tee, option, section(option), {"cpus": 1}, "can override the domain's CPUs")


def lifted(text):
    """The domain TEXT with all of QEMU's arguments at its root, as KubeVirt moves them (TransferQEMUCommandline)."""
    found = "".join(re.findall("<qemu:arg [^>]*/>", text))
    rest = re.sub("<qemu:commandline.*</qemu:commandline>", "", text, flags=re.DOTALL)
    return variants.with_more(rest, f"<qemu:commandline {variants.NAMESPACE}>{found}</qemu:commandline>")


def wrong_with(binary, place, tees):
    """What is wrong with refusals of domains that are protected by TEES in the Sandbox PLACE, and their number."""
    for name in ("confidential_guest_support", "confidential-guest-support"):
        place.write(name, (CONFIGURATION % name).encode())
    wrong, count = [], 0
    for tee in tees:
        found = [*of_protection(tee), *of_others(tee)]
        with tempfile.TemporaryDirectory() as temporary, ThreadPoolExecutor() as pool:
            runner = domains.golden.Runner(binary, temporary, False)
            for refusal, texts in zip(found, pool.map(lambda one: accepted(runner, one), found)):
                wrong += [f"{refusal.tee} {refusal.name}: {text}" for text in texts]
            settings = {"type": tee, "firmware": "auto"}
            protected = domains.from_variant(runner, variants.Variant(tee, native(tee).encode(), settings))
        wrong += undone(place, found, protected)
        count += len(found)
    wrong = [f"{place.recipe.name}: {text}" for text in wrong + without_launchsec(place, tees)]
    return wrong, count


def native(tee):
    """A domain that KubeVirt itself protects by TEE."""
    return variants.text_of(NATIVE[tee])


def accepted(runner, refusal):
    """What is wrong with launchsec's answers to REFUSAL: it is refused, and an annotation lets pass what it may."""
    domain, wrong = refusal.added(native(refusal.tee)).encode(), []
    settings = {"type": refusal.tee} | ({} if refusal.pinned else {"firmware": "auto"})
    for more in ({}, ALLOW):
        variant = variants.Variant(refusal.name, domain, settings | more, refusal.arguments)
        answer = domains.from_variant(runner, variant)
        if refusal.always or not more:
            if not isinstance(answer, str) or refusal.says not in answer:
                wrong.append(f"launchsec does not refuse it, {more}: {answer!r:.300}")
        elif isinstance(answer, str):
            wrong.append(f"launchsec refuses what is allowed: {answer}")
    return wrong


def undone(place, found, protected):
    """What is wrong with what the Refusals FOUND do to the Try PROTECTED."""
    text, wrong = protected.domain.decode(), []
    tries = [(None, text)]
    for refusal in found:
        domain = refusal.added(text)
        tries += [(refusal, lifted(domain)), (None, domain)] if refusal.lifted else [(refusal, domain)]
    answers = virsh.ask(place, [domain.encode() for _, domain in tries])
    for answer, (refusal, domain) in zip(answers, tries):
        if answer.refused or answer.native_refused or f"<launchSecurity type='{protected.tee}'" not in answer.kept:
            wrong.append(f"libvirt does not show it as protected: {refusal} {answer}")
    if wrong:
        return wrong
    lines = [
        command_line.CommandLine(answer.command_line, domains.qemu_arguments(ET.fromstring(domain)))
        for answer, (_, domain) in zip(answers, tries)
    ]
    with ThreadPoolExecutor(2) as pool:
        readings = list(pool.map(lambda line: facts(line, qemu.reading(place, line)), lines))
    for (refusal, _), line, reading in zip(tries, lines, readings):
        name = f"{protected.tee} {refusal.name if refusal else 'as it is protected'}"
        wanted = readings[0] | (refusal.does if refusal else {})
        wrong += expect.differ(f"{name}: what QEMU has read", reading, wanted)
        if not reading["protector"] and protected.tee == "sev-snp":
            wrong += expect.differ(f"{name}: what keeps QEMU from starting", qemu.starts(place, line), None)
    text = qemu.starts(place, lines[0])
    return wrong + ([] if text and qemu.STOPS[lines[0].guest_object()["qom-type"]] in text else [f"QEMU says: {text}"])


def facts(line, reading):
    """What of LINE and its qemu.Reading READING a Refusal can change; the policy is the protecting object's."""
    found = {name: getattr(reading, name) for name in ("protector", "firmware", "flash", "kernel", "cpus")}
    numbers = [reading.properties[name] for name in NUMBER.values() if name in reading.properties]
    roms = [device["romfile"] for device in line.devices() if device.get("romfile")]
    return found | {"policy": numbers[0] if numbers else None, "roms": roms}


def without_launchsec(place, tees):
    """What is wrong with domains of two sockets that KubeVirt protects, as launchsec finds them: libvirt starts QEMU
    without the vCPUs of the second socket, to plug them in before the guest runs."""
    wrong = []
    for tee in tees:
        domain = variants.with_sockets(NATIVE[tee], 2, 4, 2)
        answer = virsh.ask(place, [domain.encode()])[0]
        line = command_line.CommandLine(answer.command_line)
        wrong += expect.differ(f"{tee}: vCPUs without launchsec", line.one("-smp").split(",")[0], "2")
    return wrong
