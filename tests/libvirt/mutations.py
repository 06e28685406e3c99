# SPDX-License-Identifier: Apache-2.0
"""Tests of the checks themselves: each field of a good command line is changed, and each time that must be noticed."""

import base64
import copy
import dataclasses
import json
import re

import expect

OTHER_BEFORES = (  # of the domains of variants.py
    (b'<qemu:arg value="-netdev"/>', b'<qemu:arg value="-net"/>'),
    (b'<qemu:env name="TZ"', b'<qemu:env name="LC_ALL"'),
    (b'<qemu:add capability="blockdev"/>', b""),
    (b'name="write-cache"', b'name="share-rw"'),
    (b'enabled="no" hotpluggable', b'enabled="yes" hotpluggable'),
    (b'vcek="no"', b'vcek="yes"'),
    (b'path="/run/own.sock"', b'path="/run/other.sock"'),
)
DECIDE_NOTHING = {"allow-debug", "allow-qemu-arguments"}


def unnoticed(one, line, kept, descriptors):
    """The names of the changes that expect.check() does not notice, and how many changes there were."""
    found, count = [], 0
    for name, changed_line, changed_kept in changes(line, kept):
        count += 1
        if not expect.check(one, changed_line, changed_kept, descriptors):
            found.append(f"{one.name}: {name}")
    for key in one.asked.keys() - DECIDE_NOTHING:
        count += 1
        other = dataclasses.replace(one, asked=one.asked | {key: other_request(key, one.asked[key])})
        if not expect.check(other, line, kept, descriptors):
            found.append(f"{one.name}: another {key} asked for")
    for name, before in other_befores(one):
        count += 1
        if not expect.check(dataclasses.replace(one, before=before), line, kept, descriptors):
            found.append(f"{one.name}: {name}")
    return found, count


def other_befores(one):
    """Yield (name, domain) where the domain before ONE had another field of its own, or something else for QEMU."""
    for tag in expect.BINARY:
        content = f"<{tag}>".encode()
        if content in one.before and not any(key in one.asked for key in ("bind", "initdata")):
            yield f"another {tag} before", re.sub(content + b"...", content + b"abc", one.before)
    for text, other in OTHER_BEFORES:
        if text in one.before:
            yield f"{other.decode()} before", one.before.replace(text, other, 1)


def other_request(key, value):
    """Another value of the annotation KEY."""
    others = {
        "type": "tdx" if value == "sev-snp" else "sev-snp",
        "policy": "0",
        "firmware": "/other.fd",
        "qgs": "/other",
        "oem-strings": "other",
        "initdata": 'algorithm = "sha-256"\n',
        "cbitpos": "63",
        "reduced-phys-bits": "63",
    }
    if key in others:
        return others[key]
    if value in ("yes", "no", "true", "false"):
        return "no" if value in ("yes", "true") else "yes"
    return base64.b64encode(b"other").decode()


def changes(line, kept):
    """Yield (name, command line, definition) with one change each."""
    for name, value in line.guest_object().items():
        if name not in ("id", "qom-type"):
            yield f"{name} changed", with_object(line, **{name: other_value(value)}), kept
            yield f"{name} left out", with_object(line, **{name: None}), kept
    yield "a property more", with_object(line, debug=True), kept
    yield "no object", with_option(line, "-object", []), kept
    machine = line.one("-machine")
    for more in ("memory-encryption=lsec0", "smm=on", "kernel_irqchip=on", "pflash0=x"):
        yield more, with_option(line, "-machine", [f"{machine},{more}"]), kept
    other = machine.replace("confidential-guest-support=", "confidential-guest-support=x")
    yield "another object for the machine", with_option(line, "-machine", [other]), kept
    yield "another accelerator", with_option(line, "-accel", ["tcg"]), kept
    yield "another firmware", with_option(line, "-bios", ["/other.fd"]), kept
    yield "no firmware", with_option(line, "-bios", []), kept
    yield "flash memory", with_option(line, "-drive", ["if=pflash,file=/x"]), kept
    count, *rest = line.one("-smp").split(",")
    yield "a vCPU less", with_option(line, "-smp", [",".join([str(int(count) - 1), *rest])]), kept
    if line.foreign:
        yield from other_foreign(line, kept)
    if "<vcpus>" in kept:
        yield "a vCPU to be plugged in", line, kept.replace("hotpluggable='no'", "hotpluggable='yes'", 1)
    if line.all("-kernel"):
        yield "another kernel", with_option(line, "-kernel", ["/other"]), kept
    if line.guest_object()["qom-type"] == "tdx-guest":
        yield "a named CPU", with_option(line, "-cpu", ["EPYC,pmu=off"]), kept
        yield "a PMU", with_option(line, "-cpu", ["host,migratable=on"]), kept
    else:
        yield from without_iommu(line, kept)
    tables = line.all("-smbios")
    if line.oem_strings():
        less = [re.sub(",value=.*", "", one) for one in tables]
        other = [one.replace("=11,value=", "=11,value=x") for one in tables]
        yield "no OEM strings", with_option(line, "-smbios", less), kept
        yield "an OEM string more", with_option(line, "-smbios", [*tables, "type=11,value=x"]), kept
        yield "another OEM string", with_option(line, "-smbios", other), kept
    yield "another policy kept", line, re.sub("<policy>0x", "<policy>0x1", kept)


def other_foreign(line, kept):
    """Another argument, variable or property of a device, of those that are not launchsec's."""
    for name, foreign in (("less", line.foreign[:-1]), ("more", [*line.foreign, "-S"])):
        other = copy.deepcopy(line)
        other.foreign = foreign
        yield f"one of the domain's arguments {name}", other, kept
    other = copy.deepcopy(line)
    other.environment["TZ"] = "other"
    yield "another variable", other, kept
    for text, another in (('"queue-size":64', '"queue-size":65'), ('"write-cache":"off"', '"write-cache":"on"')):
        others = [one.replace(text, another) for one in line.all("-device")]
        yield another, with_option(line, "-device", others), kept
    yield "no capability kept", line, kept.replace("<qemu:add capability='blockdev'/>", "")


def without_iommu(line, kept):
    """A device less with the IOMMU flag."""
    for i, text in enumerate(line.all("-device")):
        if '"iommu_platform":true' in text:
            others = list(line.all("-device"))
            others[i] = text.replace('"iommu_platform":true,', "")
            yield f"no iommu_platform: {text[:40]}", with_option(line, "-device", others), kept
    if "<interface" in kept:
        start, rest = kept.split("<interface", 1)
        name = "<driver name='qemu' iommu" if "name='vhost'" in rest else "<driver name='vhost' iommu"
        other = re.sub("<driver( name='[a-z]*')? iommu", name, rest, count=1)
        yield "another driver for an interface", line, start + "<interface" + other
        yield "no iommu for an interface", line, start + "<interface" + rest.replace("iommu='on'", "", 1)
        yield "an option ROM", line, start + "<interface" + rest.replace("<rom enabled='no'", "<rom enabled='yes'", 1)


def with_option(line, name, values):
    """LINE with other VALUES of the option NAME."""
    other = copy.deepcopy(line)
    other.options[name] = values
    return other


def with_object(line, **properties):
    """LINE with other PROPERTIES of the guest's object; None leaves one out."""
    changed = {name: value for name, value in (line.guest_object() | properties).items() if value is not None}
    others = [json.dumps(one) for one in line.objects() if one != line.guest_object()]
    return with_option(line, "-object", [*others, json.dumps(changed)])


def other_value(value):
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1 << 18
    if isinstance(value, dict):
        return value | {"path": value["path"] + "x"}
    content = bytearray(base64.b64decode(value))
    content[-1] ^= 1
    return base64.b64encode(content).decode()
