# SPDX-License-Identifier: Apache-2.0
"""Compares a QEMU command line, and the definition that libvirt keeps, with the domain and with what was asked for."""

import base64
import json
import xml.etree.ElementTree as ET

import asked as request
import command_line

BINARY = {
    "guestVisibleWorkarounds": "guest-visible-workarounds",
    "idBlock": "id-block",
    "idAuth": "id-auth",
    "hostData": "host-data",
    "mrConfigId": "mrconfigid",
    "mrOwner": "mrowner",
    "mrOwnerConfig": "mrownerconfig",
}
KNOWN = {
    "sev-snp": "@type @kernelHashes @authorKey @vcek cbitpos reducedPhysBits policy guestVisibleWorkarounds idBlock idAuth "
    "hostData",
    "tdx": "@type policy mrConfigId mrOwner mrOwnerConfig quoteGenerationService",
}
QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
TEE_OBJECT = {"sev-snp": "sev-snp-guest", "tdx": "tdx-guest"}
FALSE_UNLESS_SAID = ("kernel-hashes", "author-key-enabled", "vcek-disabled")  # what QEMU takes


def check(one, line, kept, descriptors):
    """A list of what is wrong with the CommandLine LINE and the XML KEPT that libvirt made of the Try ONE."""
    domain = ET.fromstring(one.domain)
    try:
        return (
            check_object(one, domain, line)
            + check_machine(domain, line)
            + check_firmware(one, domain, line, descriptors)
            + check_oem_strings(one, domain, line)
            + check_devices(domain, line)
            + check_vcpus(domain, line)
            + check_kept(domain, ET.fromstring(kept))
        )
    except command_line.CommandLineError as error:
        return [str(error)]


def differ(what, found, wanted):
    """What to say where FOUND is not WANTED, in a list."""
    return [] if found == wanted else [f"{what}: found {found!r:.300}; want {wanted!r:.300}"]


# -- the object -------------------------------------------------------------------------------------------------------


def said(domain):
    """The properties of QEMU's object that the DOMAIN's launchSecurity says, binary ones as bytes."""
    security = domain.find("launchSecurity")
    if security is None:
        return said_to_qemu(domain)
    tee = security.get("type")
    properties = {"qom-type": TEE_OBJECT[tee]}
    for tag, name in BINARY.items():
        if security.find(tag) is not None:
            properties[name] = base64.b64decode(security.findtext(tag))
    properties["policy" if tee == "sev-snp" else "attributes"] = int(security.findtext("policy"), 0)
    if tee == "sev-snp":
        properties |= {
            "cbitpos": int(security.findtext("cbitpos", str(request.HOST["cbitpos"]))),
            "reduced-phys-bits": int(security.findtext("reducedPhysBits", str(request.HOST["reduced-phys-bits"]))),
            "kernel-hashes": security.get("kernelHashes") == "yes",
            "author-key-enabled": security.get("authorKey") == "yes",
            "vcek-disabled": security.get("vcek") == "no",
        }
    quotes = security.find("quoteGenerationService")
    if quotes is not None:
        properties["quote-generation-socket"] = {
            "type": "unix",
            "path": quotes.get("path", request.DEFAULT_SOCKET),
        }
    return properties


def said_to_qemu(domain):
    """The same from arguments of QEMU's, for a quote generation service that libvirt cannot name."""
    arguments = [one.get("value") for one in domain.iterfind(f"{{{QEMU}}}commandline/{{{QEMU}}}arg")]
    objects = [json.loads(value) for value in arguments if value.startswith('{"qom-type":"tdx-guest"')]
    return decoded(objects[0])


def given(line):
    """The properties that QEMU is given, as said() has them."""
    return decoded(line.guest_object())


def decoded(guest_object):
    """The properties of QEMU's object without its id, binary ones as bytes."""
    properties = {name: value for name, value in guest_object.items() if name != "id"}
    for name in BINARY.values():
        if name in properties:
            properties[name] = base64.b64decode(properties[name], validate=True)
    if properties["qom-type"] == TEE_OBJECT["sev-snp"]:
        properties = dict.fromkeys(FALSE_UNLESS_SAID, False) | properties
    return properties


def check_object(one, domain, line):
    """The object has every property that the domain and the request say, and no other."""
    found, wanted, wrong = given(line), said(domain), []
    for name in sorted(found.keys() | wanted.keys()):
        wrong += differ(f"{name} by the domain", found.get(name), wanted.get(name))
    for name, value in request.properties(one.asked, one.tee).items():
        wrong += differ(f"{name} by the request", found.get(name), value)
    if "policy" not in one.asked and one.plain and one.tee_was_absent:
        name, default = ("policy", 0x30000) if one.tee == "sev-snp" else ("attributes", 0x10000000)
        wrong += differ(f"{name} by default", found.get(name), default)
    return wrong


# -- what lies around it ----------------------------------------------------------------------------------------------


def check_machine(domain, line):
    """The machine has that object, and nothing that the TEE cannot have."""
    machine, wrong = line.machine(), []
    wrong += differ("confidential-guest-support", machine.get("confidential-guest-support"), line.guest_object()["id"])
    wrong += differ("memory-encryption", machine.get("memory-encryption"), None)
    wrong += differ("smm", machine.get("smm", "off"), "off")
    wrong += differ("kernel_irqchip", machine.get("kernel_irqchip", "split"), "split")
    wrong += differ("accelerator", line.one("-accel").split(",")[0], "kvm")
    wrong += differ("pflash of the machine", [name for name in machine if name.startswith("pflash")], [])
    if line.guest_object()["qom-type"] == TEE_OBJECT["tdx"]:
        model, *features = line.one("-cpu").split(",")
        wrong += differ("CPU", model, "host")
        wrong += differ("pmu=off among the CPU's features", "pmu=off" in features, True)
    return wrong


def check_vcpus(domain, line):
    """QEMU starts with every vCPU that is enabled: none is left for libvirt to plug in before the guest runs."""
    maximum = domain.findtext("vcpu", "1").strip()
    listed = domain.findall("vcpus/vcpu")
    enabled = [one for one in listed if one.get("enabled") == "yes"]
    plain = domain.find("vcpu").get("current", maximum) if domain.find("vcpu") is not None else maximum
    return differ("vCPUs", line.one("-smp").split(",")[0], str(len(enabled)) if listed else plain)


def check_firmware(one, domain, line, descriptors):
    """-bios has the image, chosen or named, and nothing is flash memory."""
    wrong = differ("drives", [value for value in line.all("-drive") if "pflash" in value], [])
    system = domain.find("os")
    image = system.findtext("loader")
    if system.get("firmware") == "efi" and not image:
        image = descriptors[one.tee]
    firmware = one.asked.get("firmware", "")
    if firmware.startswith("/"):
        wrong += differ("firmware by the request", line.one("-bios"), firmware)
    elif firmware == "auto":
        wrong += differ("firmware by the request", line.one("-bios"), descriptors[one.tee])
    for tag, option in (("kernel", "-kernel"), ("initrd", "-initrd"), ("cmdline", "-append")):
        if system.find(tag) is not None:
            wrong += differ(tag, line.one(option), system.findtext(tag))
    return wrong + differ("firmware by the domain", line.one("-bios"), image)


def check_oem_strings(one, domain, line):
    """The strings of the domain arrive as they are, those of the request last."""
    smbios = domain.find("os/smbios")
    if smbios is None or smbios.get("mode") != "sysinfo":
        return differ("OEM strings without mode sysinfo", request.oem_strings(one.asked), [])
    found = line.oem_strings()
    entries = domain.iterfind("sysinfo[@type='smbios']/oemStrings/entry")
    wrong = differ("OEM strings by the domain", found, ["".join(entry.itertext()) for entry in entries])
    wanted = request.oem_strings(one.asked)
    return wrong + differ("OEM strings by the request", found[len(found) - len(wanted) :], wanted)


def check_devices(domain, line):
    """Under SEV-SNP virtio devices reach only shared memory. Interfaces are in check_kept(): for a command line
    only, libvirt replaces each by a plain one (qemuConnectDomainXMLToNative)."""
    if line.guest_object()["qom-type"] != TEE_OBJECT["sev-snp"]:
        return []
    wrong, own_balloon = [], domain.find("devices/memballoon") is not None
    for device in line.devices():
        kind = device["driver"]
        if not kind.startswith(("virtio-blk-pci", "virtio-scsi-pci", "virtio-serial-pci", "virtio-rng-pci")):
            if not kind.startswith("virtio-balloon-pci") or not own_balloon:
                continue
        wrong += differ(f"iommu_platform of {kind}", device.get("iommu_platform"), True)
    return wrong


def check_kept(domain, kept):
    """What libvirt keeps of launchSecurity and of the interfaces is what it was given."""
    before, after = domain.find("launchSecurity"), kept.find("launchSecurity")
    if before is None:
        return differ("launchSecurity as libvirt keeps it", after, None)
    wrong = differ("launchSecurity as libvirt keeps it", plain(after), plain(before))
    if before.get("type") == "sev-snp":
        for interface in kept.iterfind("devices/interface"):
            driver, rom = interface.find("driver"), interface.find("rom")
            if interface.find("model").get("type", "").startswith("virtio"):
                wrong += differ("iommu of an interface", driver.get("iommu") if driver is not None else None, "on")
            wrong += differ("option ROM of an interface", rom.get("enabled") if rom is not None else None, "no")
    return wrong


def plain(security):
    """The fields that libvirt knows as a dictionary of texts; the policy in one writing. What libvirt fills in from the
    host is left out where the domain left it to libvirt, and so is what it does not know and drops."""
    fields = {"@" + name: value for name, value in security.attrib.items() if value != "default"}
    for child in security:
        value = child.get("path") if child.tag == "quoteGenerationService" else child.text
        fields[child.tag] = int(value, 16) if child.tag == "policy" else value
    return {name: value for name, value in fields.items() if name in KNOWN[security.get("type")].split()}
