# SPDX-License-Identifier: Apache-2.0
"""Captured domains that somebody else has changed before launchsec sees them: other hooks' arguments for QEMU, fields
of launchSecurity of the domain's own, a second socket whose vCPUs libvirt would plug in, devices that say less.

They are made by editing the captures' text, so that all else stays as KubeVirt wrote it.
"""

import re
from dataclasses import dataclass, field

import combinations
import domains

NAMESPACE = f'xmlns:qemu="{domains.QEMU}"'
HARMLESS = (
    "-fw_cfg name=opt/com.example/config,string=x",
    "-chardev null,id=log",
    "-device isa-debugcon,iobase=0x402,chardev=log",
    "-netdev user,id=n0",
    "-device virtio-net-pci,netdev=n0,romfile=",
    '-device {"driver":"virtio-rng-pci","rng":"r0","rombar":0}',
    "-object rng-random,id=r0,filename=/dev/urandom",
    '-object {"qom-type":"memory-backend-ram","id":"m0","size":1048576}',
    "-global ICH9-LPC.disable_s3=1",
    "--global driver=virtio-net-pci,property=speed,value=1000",
    "-drive if=none,id=d0,file=/dev/null,format=raw",
    "-smbios type=2,manufacturer=a,,b",
    "-machine vmport=off,mem-merge=off",
    "-M usb=off",
    "-name x,debug-threads=on",
    "-S",
)
ALLOWED = (  # each could decide over something, and is taken where it is allowed
    "-bios /x",
    "-machine firmware=/x",
    "-drive if=pflash,file=/dev/null,format=raw,readonly=on",
    "-smp 1,sockets=1,cores=1,threads=1,maxcpus=1",
    "-m 512",
    "-machine hpet=off",
    "-machine kernel_irqchip=split",
    "-option-rom /x",
)
KERNEL = ("-kernel /x", "-append a,b")  # the one not without the other
ENVIRONMENT = '<qemu:env name="QEMU_AUDIO_DRV" value="none"/><qemu:env name="TZ" value="a b"/><qemu:env name="LANG"/>'
CAPABILITIES = '<qemu:add capability="blockdev"/><qemu:del capability="usb-host.hostdevice"/>'
PROPERTIES = (
    '<qemu:property name="write-cache" type="string" value="off"/>'
    '<qemu:property name="queue-size" type="unsigned" value="64"/>'
    '<qemu:property name="romfile" type="string" value=""/>'
)
SNP_FIELDS = {
    "hostData": 32,
    "guestVisibleWorkarounds": 16,
}
TDX_FIELDS = {"mrConfigId": 48, "mrOwner": 48, "mrOwnerConfig": 48}
HOSTS = ("amd-full", "amd-node", "amd-sidecar")  # CPUID has 5 or 6 physical address bits there, of the host's


@dataclass
class Variant:
    """A domain to give the program, and how.

    name        of the try
    domain      bytes
    settings    annotations, without prefix
    arguments   more of the program's own
    host        the recorded host that it is told of
    """

    name: str
    domain: bytes
    settings: dict
    arguments: tuple = ()
    host: str = field(default="snp")


def text_of(name):
    """The captured domain NAME as text."""
    return domains.capture(name).read_text(encoding="utf-8")


def with_more(text, more):
    """The domain TEXT with MORE as its last child."""
    assert text.count("</domain>") == 1
    return text.replace("</domain>", more + "</domain>")


def edited(text, pattern, replacement):
    """TEXT with each match of PATTERN replaced; there is one at least."""
    found, count = re.subn(pattern, lambda match: match.expand(replacement), text, flags=re.DOTALL)
    assert count, pattern
    return found


# -- QEMU's arguments -------------------------------------------------------------------------------------------------


def escaped(text):
    """TEXT for an attribute's value."""
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")


def command_line(options, more=""):
    """The section with OPTIONS, texts of an option and its value each, and MORE elements."""
    words = [word for option in options for word in option.split(" ", 1)]
    arguments = "".join(f'<qemu:arg value="{escaped(word)}"/>' for word in words)
    return f"<qemu:commandline {NAMESPACE}>{arguments}{more}</qemu:commandline>"


def others(alias):
    """Capabilities, and an override of the device ALIAS."""
    return (
        f"<qemu:capabilities {NAMESPACE}>{CAPABILITIES}</qemu:capabilities><qemu:override {NAMESPACE}>"
        f'<qemu:device alias="{alias}"><qemu:frontend>{PROPERTIES}</qemu:frontend></qemu:device></qemu:override>'
    )


def foreign():
    """Domains with arguments of other hooks."""
    for tee, captures in combinations.CAPTURES.items():
        native = "native-snp" if tee == "sev-snp" else "native-tdx"
        for captured in captures:
            domain = with_more(text_of(captured), command_line(HARMLESS, ENVIRONMENT) + others("ua-rootdisk"))
            yield f"harmless {captured}", domain, {"type": tee}
        for options in [KERNEL, *((option,) for option in ALLOWED)]:
            domain = with_more(text_of(native), command_line(options))
            yield f"allowed {options[0]}", domain, {"type": tee, "allow-qemu-arguments": "yes"}
        more = command_line([*HARMLESS, *ALLOWED, *KERNEL], ENVIRONMENT) + others("ua-rootdisk")
        domain = with_more(text_of(native), more)
        yield "allowed everything", domain, {"type": tee, "allow-qemu-arguments": "yes", "firmware": "/opt/a.fd"}
    # launchsec's own arguments, beside others'
    domain = with_more(text_of("native-tdx"), command_line(HARMLESS, ENVIRONMENT) + others("ua-rootdisk"))
    yield "harmless and vsock", domain, {"type": "tdx", "qgs": "vsock:2:4050"}


# -- fields of launchSecurity -----------------------------------------------------------------------------------------


def own_fields(sizes):
    """Children with as many bytes each as SIZES says."""
    return "".join(
        f"<{tag}>{combinations.as_base64(combinations.some_bytes('own ' + tag, size))}</{tag}>"
        for tag, size in sizes.items()
    )


def with_security(captured, tee, children, attributes=""):
    """The capture CAPTURED with a launchSecurity of TEE that has CHILDREN and ATTRIBUTES."""
    text = re.sub(r"\s*<launchSecurity.*</launchSecurity>", "", text_of(captured), flags=re.DOTALL)
    return with_more(text, f'<launchSecurity type="{tee}"{attributes}>{children}</launchSecurity>')


def own_snp():
    """Domains with fields of SEV-SNP of their own, as (name, domain, settings)."""
    fields, policy = own_fields(SNP_FIELDS), "<policy>0x30000</policy>"
    ids = combinations.ids(author=True)
    block = f"<idBlock>{ids['id-block']}</idBlock><idAuth>{ids['id-auth']}</idAuth>"
    captured = "native-snp"
    everything = policy + fields + block + "<cbitpos>51</cbitpos><reducedPhysBits>1</reducedPhysBits>"
    attributes = ' authorKey="yes" vcek="no" kernelHashes="yes"'
    yield "everything", with_security("kernel-boot", "sev-snp", everything, attributes), {}
    yield "hostData", with_security(captured, "sev-snp", policy + own_fields({"hostData": 32})), {}
    for setting in ({"policy": "smt"}, {"policy": "smt,page-swap-disabled"}, {"cbitpos": "auto"}, {"vcek": "no"}):
        name = ",".join(f"{key}={value}" for key, value in setting.items())
        yield f"fields, {name}", with_security(captured, "sev-snp", policy + fields), setting
    bound = {"bind": combinations.as_base64(combinations.some_bytes("bind", 32))}
    yield "fields, bind", with_security(captured, "sev-snp", policy + fields), bound
    yield "hostData, workarounds", with_security(captured, "sev-snp", policy + own_fields({"hostData": 32})), {
        "guest-visible-workarounds": combinations.some_bytes("workarounds", 16).hex()
    }
    yield "ID block", with_security(captured, "sev-snp", policy + block, ' authorKey="yes"'), {}
    yield "ID block, policy=0x30000", with_security(captured, "sev-snp", policy + block, ' authorKey="yes"'), {
        "policy": "0x30000"
    }
    for text in ("30000", "0x2030000", "2030000", "0X230000"):
        yield f"policy {text}", with_security(captured, "sev-snp", f"<policy>{text}</policy>"), {}
    for text in ("1", "5", "6"):
        children = f"{policy}<reducedPhysBits>{text}</reducedPhysBits>"
        yield f"reducedPhysBits {text}", with_security(captured, "sev-snp", children), {}
    unknown = with_security(captured, "sev-snp", policy + fields + "<future><part a='1'/></future>", ' secureTsc="yes"')
    yield "unknown", unknown, {}
    yield "unknown, policy=smt", unknown, {"policy": "smt"}


def own_tdx():
    """The same of TDX."""
    fields, policy = own_fields(TDX_FIELDS), "<policy>0x10000000</policy>"
    captured, quotes = "native-tdx", '<quoteGenerationService path="/run/own.sock"/>'
    yield "everything", with_security(captured, "tdx", policy + fields + quotes), {}
    yield "mrConfigId", with_security(captured, "tdx", policy + own_fields({"mrConfigId": 48})), {}
    for setting in ({"policy": "sept-ve-disable"}, {"qgs": "/run/q.sock"}, {"qgs": "none"}):
        name = ",".join(f"{key}={value}" for key, value in setting.items())
        yield f"fields, {name}", with_security(captured, "tdx", policy + fields + quotes), setting
    bound = {"bind": combinations.as_base64(combinations.some_bytes("bind", 48))}
    yield "fields, bind", with_security(captured, "tdx", policy + fields), bound
    for text in ("10000000", "0X10000000"):
        yield f"policy {text}", with_security(captured, "tdx", f"<policy>{text}</policy>"), {}
    address = "<quoteGenerationService path='/run/own.sock'><SocketAddress type='vsock' cid='2' port='4050'/>"
    unknown = address + "</quoteGenerationService><future/>"
    yield "unknown", with_security(captured, "tdx", policy + fields + unknown), {}
    yield "unknown, vsock", with_security(captured, "tdx", policy + unknown), {"qgs": "vsock:2:4050"}


# -- vCPUs, devices, hosts --------------------------------------------------------------------------------------------


def with_sockets(captured, enabled, most, cores):
    """The capture CAPTURED as KubeVirt writes it since 1.6 for ENABLED sockets of MOST, of CORES each: only the vCPUs
    of the first socket are not hotpluggable."""
    lines = ""
    for i in range(most * cores):
        flags = ("yes" if i < enabled * cores else "no", "no" if i < cores else "yes")
        lines += '<vcpu id="%d" enabled="%s" hotpluggable="%s"></vcpu>' % (i, *flags)
    text = edited(text_of(captured), r"<topology [^>]*>", f'<topology sockets="{most}" cores="{cores}" threads="1">')
    count = f'<vcpu placement="static" current="{enabled * cores}">{most * cores}</vcpu><vcpus>{lines}</vcpus>'
    return edited(text, r"<vcpu [^>]*>\d+</vcpu>", count)


def sockets(tee):
    """Domains with two sockets and more."""
    captures = ("efi-plain", "native-snp" if tee == "sev-snp" else "native-tdx", "kernel-boot")
    for captured in captures:
        for numbers in ((2, 2, 1), (2, 4, 1), (2, 4, 2), (3, 8, 2), (1, 4, 2)):
            yield f"{'-'.join(map(str, numbers))} {captured}", with_sockets(captured, *numbers), {}


def devices():
    """Domains whose devices leave to libvirt what they are."""
    for captured in ("efi-plain", "native-snp", "bios-plain"):
        text = text_of(captured)
        yield f"bus {captured}", edited(text, r'<target bus="virtio" dev="(vd.)">', r'<target dev="\1">'), {}
        without = re.sub(r'\s*<driver name="vhost"[^>]*></driver>', "", text)
        yield f"interface {captured}", without, {}
        more = r'<driver name="vhost"></driver>\g<0>'
        yield f"vhost {captured}", edited(without, "</interface>", more), {}
        more = r'<driver name="qemu" queues="2"></driver>\g<0>'
        yield f"queues {captured}", edited(without, "</interface>", more), {}


def variants():
    """Every Variant."""
    for name, domain, settings in foreign():
        yield Variant(f"{settings['type']} arguments {name}", domain.encode(), settings)
    for tee, own in (("sev-snp", own_snp), ("tdx", own_tdx)):
        for name, domain, settings in own():
            yield Variant(f"{tee} own {name}", domain.encode(), {"type": tee} | settings)
        for name, domain, settings in sockets(tee):
            yield Variant(f"{tee} sockets {name}", domain.encode(), {"type": tee} | settings)
    for name, domain, settings in devices():
        yield Variant(f"sev-snp devices {name}", domain.encode(), {"type": "sev-snp"} | settings)
    for host in HOSTS:
        for text in ("auto", "omit"):
            settings = {"type": "sev-snp", "cbitpos": text, "reduced-phys-bits": text}
            yield Variant(f"sev-snp host {host} {text}", text_of("efi-plain").encode(), settings, host=host)
    for policy in ("smt,page-swap-disabled,cxl", "0x2030000", "0x2230000"):
        settings = {"type": "sev-snp", "policy": policy}
        yield Variant(f"sev-snp swap {policy}", text_of("efi-plain").encode(), settings)
