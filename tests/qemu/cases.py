# SPDX-License-Identifier: Apache-2.0
"""Options with values, of every spelling QEMU has and some it has not: the same ones for the same seed."""

import json as standard_json
import random

GUEST_KEYS = ("confidential-guest-support", "memory-encryption", "igvm-cfg")
BOARD_KEYS = (
    *("firmware", "pflash0", "pflash1", "kernel", "initrd", "append", "dtb", "shim", "accel", "kernel-irqchip", "type"),
    *("dump-guest-core", "usb", "vmport", "smm", "hpet", "acpi", "memory-backend", "kvm-shadow-mem", "x-oem-id", "boot"),
    *("smp.cpus", "boot.order", "memory.size", "sgx-epc.0.memdev", "confidential", "guest-support", "memory", "pflash"),
)
VALUES = ("", "mark", "lsec0", "on", "off", "q35", "a,b", "/mark.fd", "a=b", "{", "'", "é", " ", "no", "help")
BAIT = (
    *("confidential-guest-support=", "confidential_guest_support=mark", ",confidential-guest-support=", "if=pflash"),
    *("a,memory-encryption=x", "sev-snp-guest", "qom-type=tdx-guest", "romfile=mark", ",romfile=mark,x=", "lsec0"),
)
KINDS = ("sev-guest", "sev-snp-guest", "tdx-guest", "igvm-cfg", "rng-builtin", "rng-random", "iothread", "secret")
MORE_KINDS = ("memory-backend-ram", "throttle-group", "sev_snp_guest", "SEV-SNP-GUEST", "sev-snp", "tdx-guests", "")
DRIVERS = (
    *("virtio-net-pci", "virtio-blk-pci", "virtio-rng-pci", "vfio-pci", "isa-debugcon", "usb-tablet", "pcie-root-port"),
    *("loader", "guest-loader", "host-x86_64-cpu", "EPYC-v4-x86_64-cpu", "qemu64-i386-cpu", "Loader", "generic-loader"),
)
GLOBALS = (
    *("virtio-net-pci.romfile", "pci-device.romfile", "VGA.romfile", "cpu.pmu", "x86_64-cpu.pmu", "qemu64-x86_64-cpu.sev"),
    *("EPYC-v4-x86_64-cpu.x", "cfi.pflash01.secure", "q35-pcihost.pci-hole64-size", "ICH9-LPC.disable_s3", "virtio-net-pci.mq"),
    *("isa-debugcon.iobase", "VGA.vgamem_mb", "PIIX4_PM.disable_s4", "romfile.x", "nvme.serial", "mch.romfile"),
)
SETS = (
    *("device.x.romfile", "device.x.driver", "device.x.mac", "drive.x.if", "drive.x.file", "fw_cfg.x.name", "chardev.x.path"),
    *("accel.x.accel", "global.x.property", "global.x.driver", "global.x.value", "object.x.policy", "machine.x.firmware"),
)
SET_VALUES = ("mark", "loader", "pflash", "none", "etc/x", "opt/x", "romfile", "host-x86_64-cpu", "cfi.pflash01", "a=b.c")
WORDS = (
    *("bios", "pflash", "option-rom", "L", "kernel", "initrd", "append", "dtb", "shim", "cpu", "smp", "accel", "readconfig"),
    *("name", "uuid", "rtc", "msg", "k", "pidfile", "blockdev", "plugin", "incoming", "loadvm", "qmp", "monitor", "boot"),
    *("m", "vnc", "spice", "smbios", "sandbox", "serial", "audiodev", "nosuch", "machines", "objects", "bioses", "Bios"),
)
ALONE = ("enable-kvm", "nodefaults", "no-user-config", "no-reboot", "S", "s", "usb", "preconfig", "no-shutdown", "nosuch")
HARMLESS = (
    ("-netdev", "user,id=nic0,hostfwd=tcp::0-:22"),
    ("-netdev", "tap,id=hostnet0,ifname=tap0,script=no,downscript=no"),
    ("-netdev", '{"type":"stream","id":"n","addr":{"type":"unix","path":"/run/passt.sock"},"server":false}'),
    ("-netdev", "{'type':'user','id':'n'}"),
    ("-netdev", "user,id=n,hostname=confidential-guest-support"),
    ("-chardev", "socket,id=charserial0,path=/var/run/kubevirt-private/serial0,server=on,wait=off"),
    ("-chardev", "file,id=firmwarelog,path=/tmp/firmware.log"),
    ("-chardev", "pty,id=lsec0"),
    ("-device", "virtio-net-pci,netdev=nic0,bus=pcie.0,addr=0x5"),
    ("-device", "isa-debugcon,iobase=0x402,chardev=firmwarelog"),
    ("-device", "vfio-pci,host=0000:01:00.0,id=hostdev0"),
    ("-device", '{"driver":"vhost-vsock-pci","id":"vsock0","guest-cid":3}'),
    ("-device", "virtio-serial-pci,id=confidential-guest-support"),
    ("-device", "{'driver':'nvme','serial':'romfile','id':'memory-encryption'}"),
    ("-fw_cfg", "name=opt/com.coreos/config,file=/var/run/kubevirt-private/ignition.json"),
    ("-fw_cfg", "opt/com.coreos/config,string={}"),
    ("-fw_cfg", "name=opt/ovmf/X-PciMmio64Mb,string=65536"),
    ("-fw_cfg", "string=confidential-guest-support=,,name=etc/x,name=opt/x"),
)
SINGLE = (
    ("-machine confidential-guest-support=",),
    ("-machine=q35,memory-encryption=x",),
    ("-bios=/mark.fd",),
    ("-object", "rng-builtin,id=lsec0"),
    ("-object", "rng-builtin,id=a,id=lsec0"),
    ("-object", "{'id':'lsec0','qom-type':'iothread'}"),
    ("-object", "{'id':'lsec\\u0030','qom-type':'iothread'}"),
    ("-object", "sev-snp-guest,qom-type=rng-builtin,id=a"),
    ("-object", "rng-builtin,qom-type=sev-snp-guest,id=a,cbitpos=51,reduced-phys-bits=1"),
    ("-object", "id=a,qom-type=sev-snp-guest,cbitpos=51,reduced-phys-bits=1"),
    ("-object", " {'qom-type':'sev-snp-guest','id':'a'}"),
    ("-object", "{'qom-type':'rng-builtin','id':'a'} {'qom-type':'sev-guest','id':'b'}"),
    ("-object", "{'qom-type':'rng-builtin','qom-type':'sev-guest','id':'b'}"),
    ("-object", "{'qom-type':'rng-builtin','id':%s}"),
    ("-global", "driver=cfi.pflash01,property=secure,value=on"),
    ("-global", "driver=cfi.pflash01,property=drive,value=mark"),
    ("-global", "property=romfile,value=mark,driver=virtio-net-pci"),
    ("-global", "driver=virtio-net-pci,property=mq,property=romfile,value=mark"),
    ("-global", "sev-snp-guest.policy=0xb0000"),
    ("-global", "pc-q35-11.1-machine.firmware=mark"),
    ("-device", "virtio-net-pci,romfile=mark,romfile="),
    ("-device", "virtio-net-pci,romfile"),
    ("-device", "virtio-net-pci,noromfile"),
    ("-device", "romfile,driver=virtio-net-pci"),
    ("-device", "virtio-net-pci,driver=loader,file=mark,addr=0"),
    ("-device", "loader,driver=virtio-net-pci"),
    ("-device", "{'driver':'virtio-net-pci','netdev':{'romfile':'x'}}"),
    ("-drive", "if=none,if=pflash,file=/mark,format=raw"),
    ("-drive", "if=pflash,if=none,file=/mark,format=raw"),
    ("-drive", "file=/mark,,if=pflash,if=none"),
    ("-fw_cfg", "opt/x,string=y,name=etc/z"),
    ("-fw_cfg", "etc/x,string=y,name=opt/z"),
    ("-fw_cfg", "OPT/x,string=y"),
    ("-fw_cfg", "name=/opt/x,string=y"),
    ("-device", "uefi-vars-x64,jsonfile=/mark"),
    ("-global", "conventional-pci-device.romfile=mark"),
    ("-M", "q35,x-oem-id=" + "x" * 200000 + ",confidential_guest_support="),
    ("-M", "q35" + ",usb=on" * 20000 + ",memory-encryption=x"),
    ("-M", "q35,boot.x=" + ",," * 50000 + ",firmware=x"),
    ("-M", "q35," + "x" * 128 + "=,confidential-guest-support="),
    ("-object", '{"id":"' + "x" * 200000 + '","qom-type":"tdx-guest"}'),
    ("-object", '{"x":' + "[" * 500 + "]" * 500 + ',"qom-type":"tdx-guest","id":"a"}'),
    ("-object", '{"x":' + "[" * 2000 + "]" * 2000 + ',"qom-type":"tdx-guest","id":"a"}'),
    ("-object", "id=" + "x" * 200000 + ",qom-type=sev-guest"),
    ("-device", "virtio-net-pci,mac=" + "x" * 200000 + ",romfile=mark"),
    ("-readconfig", ""),
    ("disk.img",),
    ("",),
    ("-",),
    ("--",),
)


class Maker:
    """Pairs from one source of chance."""

    def __init__(self, seed):
        self.chance = random.Random(seed)

    def often(self, share):
        return self.chance.random() < share

    def one(self, things):
        return self.chance.choice(things)

    def option(self, name):
        """NAME with its dashes, rarely one that QEMU has not."""
        if self.often(0.03):
            name = self.one((name.upper(), name.replace("-", "_") + "_", name.title(), "-" + name, name + "=", name[:-1]))
        return ("--" if self.often(0.3) else "-") + name

    def spelt(self, key):
        """KEY with some - as _, rarely in other letters."""
        key = "".join("_" if sign == "-" and self.often(0.4) else sign for sign in key)
        return self.one((key.upper(), key.title(), key + ".x", key + "x", " " + key)) if self.often(0.04) else key

    def text(self, values=VALUES):
        """A value: now and then a long one, or one that reads like a key."""
        if self.often(0.2):
            return self.one(BAIT)
        if self.often(0.01):
            return "x" * self.one((1023, 1024, 4096, 65536)) + self.one(("", *BAIT))
        return self.one(values)

    def comma_form(self, pairs, implied=None):
        """PAIRS as text; the first may go without its key."""
        made = []
        for at, (key, value) in enumerate(pairs):
            value = value.replace(",", ",,") if self.often(0.85) else value
            made.append(value if at == 0 and key == implied and self.often(0.7) else f"{key}={value}")
            if self.often(0.02):
                made.append(self.one(("", "help", "x", "nox", ",", "?")))
        text = ",".join(made)
        if self.often(0.03):
            at = self.chance.randrange(len(text) + 1)
            text = text[:at] + self.one((",", ",,", ",,,", "=", "'", ".")) + text[at:]
        return text + ("," if self.often(0.1) else "")

    def json_text(self, text):
        """TEXT as a JSON string of QEMU's kind."""
        quote = self.one("\"'")
        made = ""
        for sign in text:
            if self.often(0.08):
                made += f"\\u{ord(sign):04X}" if self.often(0.5) else f"\\u{ord(sign):04x}"
            elif sign in (quote, "\\") or sign in "\"'/" and self.often(0.3):
                made += "\\" + sign
            else:
                made += sign
        return quote + made + quote

    def json_form(self, pairs):
        """PAIRS as a JSON object, now and then one that is none."""
        blank = self.one(("", "", " ", "\n\t"))
        members = [
            self.json_text(key) + blank + ":" + blank + (standard_json.dumps(value) if not isinstance(value, str) else self.json_text(value))
            for key, value in pairs
        ]
        text = "{" + blank + ("," + blank).join(members) + blank + "}"
        if self.often(0.1):
            text = self.one((" " + text, text + " ", text + "x", text[:-1], text[:-1] + ",}", text * 2, text.replace(":", "=", 1)))
        return text

    def either_form(self, pairs, implied):
        if not self.often(0.45):
            return self.comma_form(pairs, implied)
        return self.json_form([(key, self.one((value, 1, True, None)) if self.often(0.05) else value) for key, value in pairs])

    def machine(self):
        keys = [self.one(GUEST_KEYS if self.often(0.25) else BOARD_KEYS) for _ in range(self.chance.randint(1, 4))]
        pairs = [(self.spelt(key), self.text()) for key in keys]
        if self.often(0.4):
            pairs.insert(0, ("type", self.one(("q35", "pc", "none", "mark"))))
        return self.option(self.one(("machine", "M"))), self.comma_form(pairs, "type")

    def guest_object(self):
        kind = self.one(KINDS + (MORE_KINDS if self.often(0.2) else ()))
        pairs = [("qom-type", kind), ("id", self.one(("a", "a", "x.1", "lsec0", "lsec1", "1a", "")))]
        if kind in ("sev-guest", "sev-snp-guest"):
            pairs += [("cbitpos", "51"), ("reduced-phys-bits", "1")]
        if self.often(0.2):
            pairs.append((self.one(("qom-type", "qom_type", "policy", "x", "file")), self.one(KINDS)))
        if self.often(0.4):
            self.chance.shuffle(pairs)
        return self.option("object"), self.either_form(pairs, "qom-type")

    def device(self):
        pairs = [("driver", self.one(DRIVERS)), (self.one(("id", "mac", "netdev", "addr", "serial", "rombar")), self.text())]
        if self.often(0.35):
            pairs.append((self.one(("romfile", "romfile", "rom_file", "Romfile", "romfile.x", "file")), self.text()))
        if self.often(0.3):
            self.chance.shuffle(pairs)
        return self.option("device"), self.either_form(pairs, "driver")

    def drive(self):
        pairs = [("file", self.text(("/mark", "null-co://"))), ("format", "raw")]
        for _ in range(self.chance.randint(0, 2)):
            pairs.append((self.one(("if", "if", "IF", "id")), self.one(("pflash", "none", "virtio", "PFLASH", "pflash0", "ide"))))
        self.chance.shuffle(pairs)
        return self.option("drive"), self.comma_form(pairs)

    def fw_cfg(self):
        names = ("opt/x", "opt/com.coreos/config", "etc/boot", "bootorder", "opt", "Opt/x", "/opt/x", "opt/" + "x" * 60)
        pairs = [("name", self.one(names)), (self.one(("string", "file", "gen_id", "gen-id")), self.text())]
        if self.often(0.2):
            pairs.append(("name", self.one(names)))
        if self.often(0.3):
            self.chance.shuffle(pairs)
        return self.option("fw_cfg"), self.comma_form(pairs, "name")

    def global_option(self):
        place = self.one(GLOBALS)
        if self.often(0.5):
            return self.option("global"), f"{place}={self.text()}"
        driver, name = place.rsplit(".", 1)
        pairs = [("driver", driver), ("property", name), ("value", self.text())]
        self.chance.shuffle(pairs)
        return self.option("global"), self.comma_form(pairs)

    def set_option(self):
        return self.option("set"), f"{self.one(SETS)}={self.one(SET_VALUES)}"

    def other(self):
        return self.option(self.one(WORDS)), self.text()

    def alone(self):
        return (self.option(self.one(ALONE)),)

    def joined(self):
        option, value = self.machine()
        return (self.one((f"{option} {value}", f"{option}={value}", f"{option},{value}")),)


def pairs(count, seed):
    """COUNT pairs of SEED, after those that are always there; XML can say each of them."""
    yield from HARMLESS
    yield from SINGLE
    maker = Maker(seed)
    kinds = (
        *[maker.machine] * 6,
        *[maker.guest_object] * 5,
        *[maker.device] * 4,
        *(maker.drive, maker.fw_cfg, maker.fw_cfg, maker.global_option, maker.global_option, maker.set_option),
        *(maker.other, maker.other, maker.alone, maker.joined),
    )
    for _ in range(count):
        yield maker.one(kinds)()
