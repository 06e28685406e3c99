# SPDX-License-Identifier: Apache-2.0
"""Compares a QEMU command line, and the definition that libvirt keeps, with the domain and with what was asked for."""

import base64
import json
import xml.etree.ElementTree as ET

import asked as request
import command_line
import domains

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
QEMU = "{" + domains.QEMU + "}"
TEE_OBJECT = {"sev-snp": "sev-snp-guest", "tdx": "tdx-guest"}
FLAGS = (
    ("kernelHashes", "kernel-hashes", "yes"),
    ("authorKey", "author-key-enabled", "yes"),
    ("vcek", "vcek-disabled", "no"),
)
FALSE_UNLESS_SAID = [name for _, name, _ in FLAGS]  # what QEMU takes
INTERFACES = "devices/interface"
VIRTIO_DISK = ("disk", "lun", None)  # <disk device=…>: the others are on no virtio bus
SECTIONS = ("commandline", "capabilities", "override")  # what libvirt reads in QEMU's namespace


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
            + check_own(one, line)
            + check_vcpus(one, domain, line)
            + check_foreign(one, domain, line)
            + check_kept(one, domain, ET.fromstring(kept))
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
    properties = {"qom-type": TEE_OBJECT[security.get("type")]}
    if security.get("type") == "sev-snp":
        properties |= request.HOST | dict.fromkeys(FALSE_UNLESS_SAID, False)
    return properties | said_by(security)


def said_by(security, but=()):
    """The properties that the element SECURITY itself says, whatever QEMU or libvirt take for others; those in BUT are
    not looked at."""
    tee = security.get("type")
    readers = {tag: (BINARY[tag], base64.b64decode) for tag in BINARY.keys() & KNOWN[tee].split()}
    readers["policy"] = ("policy" if tee == "sev-snp" else "attributes", hexadecimal)
    if tee == "sev-snp":
        readers |= {"cbitpos": ("cbitpos", int), "reducedPhysBits": ("reduced-phys-bits", int)}
    texts = [(*readers[tag], security.findtext(tag, "").strip()) for tag in readers]
    if tee == "sev-snp":
        texts += [(name, word.__eq__, security.get(attribute, "")) for attribute, name, word in FLAGS]
    quotes = security.find("quoteGenerationService")
    if tee == "tdx" and quotes is not None:
        texts.append(("quote-generation-socket", unix, quotes.get("path", request.DEFAULT_SOCKET)))
    return {name: read(text) for name, read, text in texts if text and name not in but}


def hexadecimal(text):
    """The number TEXT, which may have 0x in front or not: so libvirt reads policies."""
    return int(text, 16)


def unix(path):
    """A UNIX socket at PATH."""
    return {"type": "unix", "path": path}


def said_to_qemu(domain):
    """The same from arguments of QEMU's, for a quote generation service that libvirt cannot name."""
    arguments = domains.qemu_arguments(domain)
    objects = [json.loads(value) for value in arguments if value.startswith(command_line.OWN_OBJECT)]
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


def check_own(one, line):
    """What the domain itself said of the same TEE before still counts, where nobody else decides it."""
    security = ET.fromstring(one.before).find("launchSecurity")
    if security is None or security.get("type") != one.tee or not one.plain:
        return []
    found, wrong = given(line), []
    for name, value in said_by(security, request.properties(one.asked, one.tee)).items():
        wrong += differ(f"{name} of the domain's own", found.get(name), value)
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


def enabled(domain):
    """The vCPUs that DOMAIN is to start with, as a text: libvirt counts those of a list, if there is one."""
    count = domain.find("vcpu")
    listed = domain.findall("vcpus/vcpu")
    if listed:
        return str(sum(vcpu.get("enabled") == "yes" for vcpu in listed))
    return "1" if count is None else count.get("current", count.text.strip())


def check_vcpus(one, domain, line):
    """QEMU starts with every vCPU that is enabled: none is left for libvirt to plug in before the guest runs."""
    found = line.one("-smp").split(",")[0]
    before = enabled(ET.fromstring(one.before))
    return differ("vCPUs", found, enabled(domain)) + differ("vCPUs by the domain before", found, before)


def check_foreign(one, domain, line):
    """Arguments, variables, capabilities and changes of devices are those of the domain before, and QEMU gets them."""
    before, environment = ET.fromstring(one.before), domain.iterfind(f"{QEMU}commandline/{QEMU}env")
    _, others = command_line.split_arguments(domains.qemu_arguments(before))
    wrong = differ("QEMU's arguments", line.foreign, others)
    wrong += differ("QEMU's namespace", for_qemu(domain), for_qemu(before))
    for variable in environment:
        name, value = variable.get("name"), variable.get("value", "")
        wrong += differ(f"QEMU's variable {name}", line.environment.get(name), value)
    for device in domain.iterfind(f"{QEMU}override/{QEMU}device"):
        for given_device in line.devices():
            if given_device.get("id") == device.get("alias"):
                wrong += check_override(device, given_device)
    return wrong


def check_override(device, found):
    """FOUND, a -device of QEMU's, has the properties that the element DEVICE of <qemu:override> says."""
    wrong = []
    for one in device.iterfind(f"{QEMU}frontend/{QEMU}property"):
        read = {"string": str, "unsigned": int, "signed": int, "bool": lambda text: text == "true"}.get(one.get("type"))
        wanted = read(one.get("value")) if read else None
        wrong += differ(f"{one.get('name')} of {device.get('alias')}", found.get(one.get("name")), wanted)
    return wrong


def for_qemu(domain):
    """What libvirt reads of DOMAIN in QEMU's namespace but launchsec's own arguments: (name, attributes) of each."""
    _, others = command_line.split_arguments(domains.qemu_arguments(domain))
    found = [("arg", {"value": value}) for value in others]
    for section in SECTIONS:
        for one in domain.iterfind(f"{QEMU}{section}//*"):
            if one.tag.startswith(QEMU) and one.tag != f"{QEMU}arg":
                found.append((one.tag.removeprefix(QEMU), one.attrib))
    return found


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
    wrong, own_balloon = check_disks(domain, line), domain.find("devices/memballoon") is not None
    for device in line.devices():
        kind = device["driver"]
        if not kind.startswith(("virtio-blk-pci", "virtio-scsi-pci", "virtio-serial-pci", "virtio-rng-pci")):
            if not kind.startswith("virtio-balloon-pci") or not own_balloon:
                continue
        wrong += differ(f"iommu_platform of {kind}", device.get("iommu_platform"), True)
    return wrong


def check_disks(domain, line):
    """Each disk that is virtio's, by its bus or by its name, is a device whose iommu_platform is looked at."""
    disks = [disk for disk in domain.iterfind("devices/disk") if disk.get("device") in VIRTIO_DISK]
    targets = [disk.find("target") for disk in disks]
    wanted = sum(one.get("bus", "virtio" if one.get("dev").startswith("vd") else "") == "virtio" for one in targets)
    return differ("disks", sum(one["driver"].startswith("virtio-blk-pci") for one in line.devices()), wanted)


def check_kept(one, domain, kept):
    """What libvirt keeps of launchSecurity, of QEMU's namespace, the vCPUs and the interfaces is what it was given."""
    security, after = domain.find("launchSecurity"), kept.find("launchSecurity")
    wrong = differ("QEMU's namespace as libvirt keeps it", for_qemu(kept), for_qemu(domain))
    listed = [vcpu for vcpu in kept.iterfind("vcpus/vcpu") if vcpu.get("enabled") == "yes"]
    wrong += differ("vCPUs to be plugged in", sum(vcpu.get("hotpluggable") != "no" for vcpu in listed), 0)
    if security is None:
        return wrong + differ("launchSecurity as libvirt keeps it", after, None)
    wrong += differ("launchSecurity as libvirt keeps it", plain(after), plain(security))
    if security.get("type") != "sev-snp":
        return wrong
    interfaces = ET.fromstring(one.before).iterfind(INTERFACES)
    for before, interface in zip(interfaces, kept.iterfind(INTERFACES), strict=True):
        if (attribute(interface, "model", "type") or "").startswith("virtio"):
            name = attribute(before, "driver", "name") or None
            wrong += differ("iommu of an interface", attribute(interface, "driver", "iommu"), "on")
            wrong += differ("driver of an interface", attribute(interface, "driver", "name"), name)
        wrong += differ("option ROM of an interface", attribute(interface, "rom", "enabled"), "no")
    return wrong


def attribute(element, tag, name):
    """The attribute NAME of the child TAG of ELEMENT, or None."""
    child = element.find(tag)
    return None if child is None else child.get(name)


def plain(security):
    """The fields that libvirt knows as a dictionary of texts; the policy in one writing. What libvirt fills in from the
    host is left out where the domain left it to libvirt, and so is what it does not know and drops."""
    fields = {"@" + name: value for name, value in security.attrib.items() if value != "default"}
    for child in security:
        value = child.get("path") if child.tag == "quoteGenerationService" else child.text
        fields[child.tag] = int(value, 16) if child.tag == "policy" else value
    return {name: value for name, value in fields.items() if name in KNOWN[security.get("type")].split()}
