# SPDX-License-Identifier: Apache-2.0
"""Properties of every domain that launchsec writes, whatever the case.

a  applying twice equals applying once, byte for byte
b  applying again after KubeVirt's struct has dropped what it does not know gives the same domain
c  nothing changed but what launchsec may change for the TEE
d  the domain has the form that the TEE needs
e  values carry no white space around them
f  nothing for QEMU decides over the protection, at any depth, but what launchsec itself writes
g  what was added brings white space within bounds, however much there was

check() returns one message for each that does not hold, beginning with its letter.
"""

import collections
import copy
import difflib
import io
import itertools
import re
import xml.etree.ElementTree as ET

import squeeze

ALL = "abcdefg"
INDENTATION = 100  # bytes of white space that are copied: LSEC_MAX_INDENTATION
REWRITTEN = 40  # elements that may come instead of ones with their names
QEMU = "{" + squeeze.QEMU + "}"
OS_PARTS = ("loader", "nvram", "varstore", "firmware")
# The fields of <launchSecurity> by TEE (libvirt formatdomain): attributes, children with a text, children that are
# read by their path.
FIELDS = {
    "sev-snp": (
        ("type", "kernelHashes", "authorKey", "vcek"),
        ("cbitpos", "reducedPhysBits", "policy", "guestVisibleWorkarounds", "idBlock", "idAuth", "hostData"),
        (),
    ),
    "tdx": (("type",), ("policy", "mrConfigId", "mrOwner", "mrOwnerConfig"), ("quoteGenerationService",)),
}
BOUND = ("guestVisibleWorkarounds", "idBlock", "idAuth", "hostData", "mrConfigId", "mrOwner", "mrOwnerConfig")


class RerunError(Exception):
    """The program refused its own output."""


def check(before, after, rerun, bytewise=False, letters=ALL):
    """Check the domain AFTER that was made of BEFORE, both bytes, and return a list of messages.

    RERUN(domain) applies the same request to another domain and returns the result, or raises RerunError. With
    BYTEWISE the domain of property b must come out byte for byte. LETTERS are the properties to check.
    """
    checks = {
        "a": lambda: _check_twice(after, rerun),
        "b": lambda: _check_squeezed(before, after, rerun, bytewise),
        "c": lambda: _check_untouched(before, after),
        "d": lambda: _check_form(parse(after)),
        "e": lambda: _check_values(parse(after)),
        "f": lambda: _check_qemu(parse(after)),
        "g": lambda: _check_growth(parse(before), parse(after)),
    }
    messages = []
    for letter in letters:
        try:
            messages += [f"{letter}: {message}" for message in checks[letter]()]
        except (RerunError, ValueError, ET.ParseError) as error:
            messages.append(f"{letter}: {error}")
    return messages


def diff(expected, actual, expected_name="expected", actual_name="actual"):
    """Return the unified diff of two texts (str or bytes)."""
    lines = [
        (text.decode(errors="backslashreplace") if isinstance(text, bytes) else text).splitlines()
        for text in (expected, actual)
    ]
    end = "" if lines[0] != lines[1] else "they differ in line ends only"
    return "\n".join(difflib.unified_diff(*lines, expected_name, actual_name, lineterm="")) + end


# -- trees ----------------------------------------------------------------------------------------------------------


def parse(xml):
    """Return the root element of XML, comments and processing instructions inside it included."""
    return ET.fromstring(xml, ET.XMLParser(target=ET.TreeBuilder(insert_comments=True, insert_pis=True)))


def children(parent):
    """The child elements of PARENT, without comments and processing instructions; of None, none."""
    return [] if parent is None else [child for child in parent if isinstance(child.tag, str)]


def remove(parent, child):
    """Take CHILD out of PARENT and leave the text behind it where it is, unless that is white space."""
    tail = child.tail or ""
    if tail.strip():
        index = list(parent).index(child)
        if index:
            parent[index - 1].tail = (parent[index - 1].tail or "") + tail
        else:
            parent.text = (parent.text or "") + tail
    parent.remove(child)


def remove_all(parent, *tags):
    """Take the children with one of TAGS out of PARENT, which may be None."""
    for child in children(parent):
        if child.tag in tags:
            remove(parent, child)


def is_bare(element):
    """Whether ELEMENT has neither attributes nor children nor text."""
    return not element.attrib and not len(element) and not (element.text or "").strip()


def canonical(element):
    """Return ELEMENT as canonical XML, white-space-only text dropped, one element a line."""
    element = copy.deepcopy(element)
    element.tail = None
    for one in element.iter():
        one.text = one.text if (one.text or "").strip() or not isinstance(one.tag, str) else None
        one.tail = one.tail if (one.tail or "").strip() else None
    ET.indent(element)
    return ET.canonicalize(ET.tostring(element, "unicode"), with_comments=True)


def canonical_sorted(element):
    """Like canonical(), without comments and with the children of each element sorted by tag."""
    element = copy.deepcopy(element)
    for one in list(element.iter()):
        for child in [child for child in one if not isinstance(child.tag, str)]:
            remove(one, child)
        one[:] = sorted(one, key=lambda child: child.tag)
    return canonical(element)


def surroundings(xml):
    """Return the comments and processing instructions around XML's root, and its namespace declarations."""
    around, namespaces, depth = [], set(), 0
    events = ("start", "end", "comment", "pi", "start-ns")
    for event, value in ET.iterparse(io.BytesIO(xml), events):
        depth += {"start": 1, "end": -1}.get(event, 0)
        if event in ("comment", "pi") and not depth:
            around.append((event, value.text))
        elif event == "start-ns":
            namespaces.add(value)
    return around, namespaces


def blanks(root):
    """Return how many bytes of ROOT are white space alone, between tags."""
    texts = [text for one in root.iter() for text in (one.text if isinstance(one.tag, str) else "", one.tail)]
    return sum(len(text) for text in texts if text and not text.strip())


def _check_growth(before, after):
    """Property f: an element in front of it, and one behind its last child, each an indentation and a step."""
    added = collections.Counter(one.tag for one in after.iter()) - collections.Counter(one.tag for one in before.iter())
    most = blanks(before) + 3 * INDENTATION * (added.total() + REWRITTEN)
    found = blanks(after)
    return [f"{found} bytes of white space, at most {most}"] if found > most else []


# -- what launchsec writes --------------------------------------------------------------------------------------------


def own_arguments(root):
    """Return the pairs of <qemu:arg> that stand for a TDX launchSecurity that libvirt cannot express."""
    arguments = root.findall(f"{QEMU}commandline/{QEMU}arg")
    return [
        (option, value)
        for option, value in itertools.pairwise(arguments)
        if option.get("value") == "-object"
        and "tdx-guest" in value.get("value", "")
        or option.get("value") == "-machine"
        and value.get("value", "").startswith("confidential-guest-support=")
    ]


def tee_of(root):
    """Return the TEE that ROOT asks for: "sev-snp", "tdx" or what else it says; None for nothing."""
    security = root.find("launchSecurity")
    if security is not None:
        return security.get("type")
    return "tdx" if own_arguments(root) else None


def is_virtio(device):
    """Whether DEVICE, a child of <devices>, is a virtio one."""
    values = [device.get(name) for name in ("model", "type", "bus")]
    values += [one.get("bus") for one in device.findall("target")]
    values += [one.get("type") for one in device.findall("model")]
    if device.tag == "disk":
        return any(
            target.get("bus", "") == "virtio" or not target.get("bus") and target.get("dev", "").startswith("vd")
            for target in device.findall("target")
        )
    return device.tag in ("filesystem", "vsock") or any((value or "").startswith("virtio") for value in values)


def hotpluggable(root):
    """What each vCPU that ROOT starts with says of being plugged in later."""
    return [one.get("hotpluggable") for one in root.findall("vcpus/vcpu[@enabled='yes']")]


def oem_strings(root):
    """Return the OEM strings of ROOT."""
    return [entry.text or "" for entry in root.findall("sysinfo[@type='smbios']/oemStrings/entry")]


def is_subsequence(few, many):
    """Whether all of FEW are in MANY, in the same order."""
    rest = iter(many)
    return all(one in rest for one in few)


# -- a and b: applying again ------------------------------------------------------------------------------------------


def _check_twice(after, rerun):
    again = rerun(after)
    return [] if again == after else ["applied twice differs:\n" + diff(after, again, "once", "twice")]


def _check_squeezed(before, after, rerun, bytewise):
    tee, messages = tee_of(parse(after)), []
    keeps_oem = bool(oem_strings(parse(before)))
    for qemu in ("keep", "transfer", "drop"):
        between = squeeze.squeeze(after, qemu)
        again = rerun(between)
        name = f"applied again after the struct (qemu: {qemu})"
        if bytewise and qemu == "keep" and again != after:
            messages.append(f"{name} differs:\n{diff(after, again, 'once', 'again')}")
        if (squeezed := squeeze.squeeze(again, qemu)) != between:
            messages.append(f"{name} and squeezed differs:\n{diff(between, squeezed, 'once', 'again')}")
        first, second = (owned(without_own(before, xml), tee, keeps_oem) for xml in (after, again))
        for part in first:
            if first[part] != second[part]:
                messages.append(f"{name}, {part} is not the same:\n{diff(first[part], second[part], 'once', 'again')}")
    return messages


def without_own(before, xml):
    """Return the root of XML without what <launchSecurity> in BEFORE had already and the struct does not know: nobody
    but who wrote it there can write it again. Nor does anybody write comments again."""
    root, own = parse(xml), same_security(parse(before), parse(xml))
    for security in root.findall("launchSecurity") if own is not None else ():
        known = squeeze.DOMAIN.find("launchSecurity")
        for name in own.attrib.keys() - known.attributes.keys():
            security.attrib.pop(name, None)
        remove_all(security, *({child.tag for child in children(own)} - known.children.keys()))
        for service in security.findall("quoteGenerationService"):
            for name in service.attrib.keys() - {"path"}:
                del service.attrib[name]
            remove_all(service, *(child.tag for child in children(service)))
            service.text = None
        for child in children(security):
            for name in child.attrib.keys() - {"path"}:
                del child.attrib[name]
    return root


def same_security(before, after):
    """Return <launchSecurity> of BEFORE, if AFTER has one of the same type, else None."""
    own, security = before.find("launchSecurity"), after.find("launchSecurity")
    return own if None not in (own, security) and own.get("type") == security.get("type") else None


def owned(root, tee, keeps_oem=False):
    """Return the parts of ROOT that launchsec sets for TEE, as texts by name.

    OEM strings are left out with KEEPS_OEM: the struct loses those that were there before. Devices that the struct
    does not know are left out, and it knows one of some: only the first of a kind counts for these.
    """
    parts = {path: root.findall(path) for path in ("launchSecurity", "features/smm")}
    parts |= {f"os/{tag}": root.findall(f"os/{tag}") for tag in OS_PARTS}
    if tee == "tdx":
        parts["features/pmu"] = root.findall("features/pmu")
        parts["features/ioapic"] = root.findall("features/ioapic[@driver='kvm']")
    if tee == "sev-snp":
        parts["interface/rom"] = root.findall("devices/interface/rom")
    texts = {name: "\n".join(map(canonical_sorted, elements)) for name, elements in parts.items()}
    texts["os/@firmware"] = str([one.get("firmware") for one in root.findall("os")])
    texts["vcpus"] = str(hotpluggable(root))
    texts["qemu:arg"] = "\n".join(one.get("value", "") for pair in own_arguments(root) for one in pair)
    if tee == "tdx":
        texts["cpu/@mode"] = str([one.get("mode") for one in root.findall("cpu")])
    if tee == "sev-snp":
        texts["driver/@iommu"] = "\n".join(_driver_iommu(root))
    if not keeps_oem:
        texts["oemStrings"] = "\n".join(oem_strings(root))
    return texts


def _driver_iommu(root):
    """One line for each device that the struct keeps: its kind, number and IOMMU setting."""
    numbers, lines = {}, []
    for device in children(root.find("devices")):
        spec = squeeze.DOMAIN.find("devices").find(device.tag)
        number = numbers[device.tag] = numbers.get(device.tag, 0) + 1
        if spec and (number == 1 or spec.mark == "*"):
            lines.append(f"{device.tag} {number} {[one.get('iommu') for one in device.findall('driver')]}")
    return sorted(lines)


# -- c: nothing else changed -------------------------------------------------------------------------------------------


def _check_untouched(before_xml, after_xml):
    before, after = parse(before_xml), parse(after_xml)
    tee = tee_of(after)
    if tee not in ("sev-snp", "tdx"):
        return [f"no TEE in the output (launchSecurity says {tee})"]
    messages = _check_security(before, after, tee)
    _strip_both(before, after)
    _strip_oem_strings(before, after)
    (_strip_snp if tee == "sev-snp" else _strip_tdx)(before, after)
    texts = [canonical(root) for root in (before, after)]
    if texts[0] != texts[1]:
        messages.append("an untouched part changed:\n" + diff(*texts, "before", "after"))
    (around, namespaces), (around_after, namespaces_after) = surroundings(before_xml), surroundings(after_xml)
    if around != around_after:
        messages.append(f"comments around the domain changed: {around} became {around_after}")
    if lost := namespaces - namespaces_after:
        messages.append(f"namespace declarations are gone: {sorted(lost)}")
    return messages


def _check_security(before, after, tee):
    """What is no field of the TEE stays in an element of the same type, and what was bound stays bound.

    Quote generation services in other words than libvirt's may go, and values become others: which ones the
    annotations decide, of which nothing is known here.
    """
    own, security = same_security(before, after), after.find("launchSecurity")
    if own is None:
        return []
    attributes, texts, paths = FIELDS[tee]
    messages = []
    for name in own.attrib.keys() - set(attributes):
        if own.get(name) != security.get(name) and not is_service(name):
            messages.append(f"launchSecurity/@{name} went or changed")
    for tag in texts:
        if tag in BOUND and (own.findtext(tag) or "").strip() and not (security.findtext(tag) or "").strip():
            messages.append(f"launchSecurity/{tag} went")
        for child, new in zip(own.findall(tag), security.findall(tag)):
            if child.attrib != new.attrib:
                messages.append(f"attributes of launchSecurity/{tag} changed")
    old, new = ([canonical(one) for one in security_others(parent, texts + paths)] for parent in (own, security))
    if old != new:
        messages.append("unknown elements in launchSecurity changed:\n" + diff("\n".join(old), "\n".join(new)))
    return messages


def security_others(security, known):
    """The children of SECURITY that are not KNOWN fields, nor quote generation services in other words."""
    return [one for one in children(security) if one.tag not in known and not is_service(one.tag)]


def is_service(name):
    """Whether NAME is another spelling of <quoteGenerationService>."""
    letters = "".join(filter(str.isalnum, name.rpartition("}")[2])).lower()
    return "quotegeneration" in letters or letters == "qgs"


def _strip_both(before, after):
    """Remove what may change under either TEE."""
    for old, new in zip(before.findall("vcpus/vcpu[@enabled='yes']"), after.findall("vcpus/vcpu[@enabled='yes']")):
        if new.get("hotpluggable") == "no":
            for vcpu in (old, new):
                vcpu.attrib.pop("hotpluggable", None)
    for root in (before, after):
        remove_all(root, "launchSecurity")
        for element in root.findall("os"):
            element.attrib.pop("firmware", None)
            remove_all(element, *OS_PARTS)
        remove_all(root.find("features"), "smm")
        section = root.find(f"{QEMU}commandline")
        for argument in itertools.chain.from_iterable(own_arguments(root)):
            remove(section, argument)
        if section is not None and is_bare(section):
            remove(root, section)


def _strip_oem_strings(before, after):
    """Remove OEM strings if the old ones are still there, and what had to be added to carry the new ones."""
    new = oem_strings(after)
    if not new or not is_subsequence(oem_strings(before), new):
        return
    for root in (before, after):
        remove_all(root.find("sysinfo[@type='smbios']"), "oemStrings")
    sysinfo, mode = after.find("sysinfo[@type='smbios']"), after.find("os/smbios[@mode='sysinfo']")
    if before.find("sysinfo[@type='smbios']") is None and not len(sysinfo):
        remove(after, sysinfo)
    if before.find("os/smbios") is None and mode is not None:
        remove(after.find("os"), mode)
    elif mode is not None:
        before.find("os/smbios").set("mode", "sysinfo")


def _strip_snp(before, after):
    """Remove the IOMMU setting of virtio devices and the option ROMs of interfaces."""
    devices = [children(root.find("devices")) for root in (before, after)]
    for old, new in zip(*devices):
        if is_virtio(old):
            _strip_iommu(old, new)
        rom = new.find("rom")
        if old.tag == "interface" and rom is not None and rom.get("enabled") == "no":
            remove_all(old, "rom")
            remove_all(new, "rom")


def _strip_iommu(old, new):
    """Remove iommu='on' from the driver of NEW, whatever OLD has there, and a driver made to carry it."""
    old_driver, driver = old.find("driver"), new.find("driver")
    if driver is None or driver.get("iommu") != "on":
        return
    del driver.attrib["iommu"]
    if old_driver is not None:
        old_driver.attrib.pop("iommu", None)
        for name in {"name", "type"} - set(driver.attrib):
            if old_driver.get(name) == "":
                del old_driver.attrib[name]
        return
    # A disk's driver that had to be added says what libvirt takes without one.
    if new.tag == "disk" and driver.attrib == {"name": "qemu", "type": "raw"}:
        driver.attrib.clear()
    if is_bare(driver):
        remove(new, driver)


def _strip_tdx(before, after):
    """Remove PMU, the I/O APIC in KVM, the CPU mode and what cannot stand beside it."""
    if after.find("features/pmu[@state='off']") is not None:
        for root in (before, after):
            remove_all(root.find("features"), "pmu")
    for ioapic in before.findall("features/ioapic[@driver='kvm']"):
        remove(before.find("features"), ioapic)
    _strip_cpu(before.find("cpu"), after.find("cpu"))
    for tag in ("features", "cpu"):
        added = after.find(tag)
        if before.find(tag) is None and added is not None and is_bare(added):
            remove(after, added)


def _strip_cpu(old, new):
    """Remove the mode where it became host-passthrough, and from OLD what that mode makes meaningless."""
    if new is None or new.get("mode") != "host-passthrough":
        return
    if old is None:
        del new.attrib["mode"]
    elif old.attrib.pop("mode", None) != new.attrib.pop("mode"):
        for name in {"match", "check"} - set(new.attrib):
            old.attrib.pop(name, None)
        remove_all(old, *({"model", "vendor", "feature"} - {child.tag for child in new}))


# -- d and e: form and values ------------------------------------------------------------------------------------------


def _check_form(root):
    messages, tee = [], tee_of(root)
    wanted = {"os": 1, "launchSecurity": 0 if own_arguments(root) else 1, "os/loader": 1, "features/smm": 0}
    for path, number in wanted.items():
        if (found := len(root.findall(path))) != number:
            messages.append(f"{path}: there are {found}, not {number}")
    for loader in root.findall("os/loader"):
        for name, value in {"type": "rom", "stateless": "yes", "readonly": None, "secure": None}.items():
            if loader.get(name) != value:
                messages.append(f"os/loader/@{name} is {loader.get(name)}, not {value}")
    if (firmware := [one.get("firmware") for one in root.findall("os")]) not in ([None], ["efi"]):
        messages.append(f"os/@firmware contradicts: {firmware}")
    if set(hotpluggable(root)) - {"no"}:
        messages.append(f"vCPUs that start are hotpluggable: {hotpluggable(root)}")
    if tee == "sev-snp":
        messages += _check_drivers(root)
    if tee == "tdx":
        for path, name, value in (("features/pmu", "state", "off"), ("cpu", "mode", "host-passthrough")):
            if (found := [one.get(name) for one in root.findall(path)]) != [value]:
                messages.append(f"{path}/@{name} is {found}, not {value}")
    return messages


def _check_drivers(root):
    """Every disk that libvirt takes for virtio has the IOMMU flag; no driver has an empty name."""
    messages = []
    for device in children(root.find("devices")):
        drivers = device.findall("driver")
        if device.tag in ("disk", "interface") and any("" in (one.get("name"), one.get("type")) for one in drivers):
            messages.append(f"{device.tag}: libvirt refuses a driver with an empty name")
        if device.tag == "disk" and is_virtio(device) and device.get("device") != "floppy":
            if [one.get("iommu") for one in drivers] != ["on"]:
                messages.append("a virtio disk has no IOMMU flag")
    return messages


def _check_values(root):
    messages = []
    security = []
    for parent in root.findall("launchSecurity"):
        texts = FIELDS.get(parent.get("type"), ((), (), ()))[1]
        security += [one for one in children(parent) if one.tag in texts]
    for element in security + root.findall("os/loader"):
        if (text := element.text or "") != text.strip():
            messages.append(f"white space around the value of {element.tag}: {text!r}")
        if element in security and len(element):
            messages.append(f"something stands beside the value of {element.tag}")
    for policy in root.findall("launchSecurity/policy"):
        if not (policy.text or "").strip().startswith("0x"):
            messages.append(f"policy is not hexadecimal: {policy.text!r}")
    return messages


def _check_qemu(root):
    """QEMU reads _ as -, the last of several counts, and KubeVirt moves arguments from anywhere to the root."""
    own, messages = own_arguments(root), []
    for option, value in itertools.pairwise(root.iter(f"{QEMU}arg")):
        name = option.get("value", "").lstrip("-")
        text = value.get("value", "").replace("_", "-")
        sets = name in ("M", "machine") and re.search(r"(^|[,\"'])(confidential-guest-support|memory-encryption)\b", text)
        makes = name == "object" and re.search(r"\b(sev|snp|tdx|pv|pef)-guest\b", text)
        if (sets or makes) and (option, value) not in own:
            messages.append(f"-{name} {text}")
    if len(own) not in (0, 2):
        messages.append(f"{len(own)} arguments protect the VM")
    for one in itertools.chain(root.iter(f"{QEMU}add"), root.iter(f"{QEMU}del")):
        if re.fullmatch(r"confidential-guest-support|.*-guest", one.get("capability", "").replace("_", "-")):
            messages.append(f"capability {one.get('capability')}")
    return messages
