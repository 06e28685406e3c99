# SPDX-License-Identifier: Apache-2.0
"""What an option with its value can decide in QEMU 11.1 on x86: verdict() and split().

Each verdict names its place in QEMU's source. Where the source leaves it to another option (a -set that needs a -device
with an id), the other is taken to be there: an argument that only decides together with a second one does decide.
"""

import re
from collections import namedtuple

from reading import Unreadable, json, keyval, last, named, options

# What a pair can decide over, strongest first. The first is refused always, the others without permission.
DECIDES = ("protection", "firmware", "kernel", "cpu", "acceleration", "machine")
HARMLESS = "harmless"  # known to be, and used
NOTHING = "nothing"  # QEMU takes it, and it decides over none of these
RISKY = "risky"  # decides over none of these by itself, but harmless it is not
OPEN = "open"  # QEMU does not start with it, or only outside knowledge tells

Verdict = namedtuple("Verdict", "kind why")

# system/vl.c: lookup_opt() compares whole names; qemu-options.hx says which take an argument. Of QEMU 11.1 on x86.
WITH_VALUE = frozenset(
    """D L M accel acpitable action add-fd append audio audiodev bios blockdev boot cdrom chardev compat cpu d debugcon
    device dfilter display drive dtb dump-vmstate echr fda fdb fsdev fw_cfg g gdb global hda hdb hdc hdd icount incoming
    initrd iscsi k kernel loadvm m machine mem-path mon monitor msg mtdblock name net netdev nic numa object option-rom
    overcommit parallel pflash pidfile plugin prom-env qmp qmp-pretty qtest qtest-log readconfig rtc run-with sandbox sd
    seed semihosting-config serial set shim smbios smp spice tpmdev trace usbdevice uuid vga virtfs vnc watchdog-action
    xen-domid""".split()
)
ALONE = frozenset(
    """S daemonize enable-kvm enable-sync-profile full-screen h help jitdump mem-prealloc no-fd-bootchk no-reboot
    no-shutdown no-user-config nodefaults nographic only-migratable perfmap preconfig s semihosting snapshot usb version
    win2k-hack xen-attach xen-domid-restrict""".split()
)

# Whatever the value is. system/vl.c: qemu_init().
WHOLE = {
    "readconfig": ("protection", "qemu_parse_config_group(): [machine] and [object] are groups"),
    "bios": ("firmware", "machine_opts_dict firmware"),
    "pflash": ("firmware", "drive_add(IF_PFLASH)"),
    "option-rom": ("firmware", "option_rom[]"),
    "L": ("firmware", "qemu_add_data_dir(): looked into for every image without a /"),
    "kernel": ("kernel", "machine_opts_dict kernel"),
    "initrd": ("kernel", "machine_opts_dict initrd"),
    "append": ("kernel", "machine_opts_dict append"),
    "dtb": ("kernel", "machine_opts_dict dtb"),
    "shim": ("kernel", "machine_opts_dict shim"),
    "cpu": ("cpu", "cpu_option"),
    "smp": ("cpu", "machine_opts_dict smp"),
    "accel": ("acceleration", "qemu_accel_opts"),
    "enable-kvm": ("acceleration", "machine_opts_dict accel"),
    "plugin": (RISKY, "qemu_plugin_load_list(): code of somebody's in QEMU"),
    "incoming": (RISKY, "memory and state come from elsewhere"),
    "loadvm": (RISKY, "memory and state come from elsewhere"),
    "acpitable": (RISKY, "code for the guest"),
    "qtest": (RISKY, "a monitor, and another accelerator"),
    "monitor": (RISKY, "a monitor takes object-add and more"),
    "qmp": (RISKY, "a monitor takes object-add and more"),
    "qmp-pretty": (RISKY, "a monitor takes object-add and more"),
    "mon": (RISKY, "a monitor takes object-add and more"),
    "gdb": (RISKY, "a debugger"),
    "s": (RISKY, "a debugger"),
    "name": (NOTHING, "parse_name()"),
    "rtc": (NOTHING, "configure_rtc()"),
    "msg": (NOTHING, "configure_msg()"),
    "k": (NOTHING, "keyboard_layout"),
    "pidfile": (NOTHING, "qemu_write_pidfile()"),
    "blockdev": (NOTHING, "a node that something else has to name"),
    "no-reboot": (NOTHING, "qemu_action_opts"),
    "no-user-config": (NOTHING, "userconfig"),
    "nodefaults": (NOTHING, "has_defaults"),
}

# -machine: keys of the board, after keyval_dashify(). hw/core/machine.c, hw/i386/x86.c, pc.c; vl.c for the old ones.
MACHINE = {
    "confidential-guest-support": "protection",
    "memory-encryption": "protection",
    "igvm-cfg": "protection",
    "firmware": "firmware",
    "pflash0": "firmware",
    "pflash1": "firmware",
    "kernel": "kernel",
    "initrd": "kernel",
    "append": "kernel",
    "dtb": "kernel",
    "shim": "kernel",
    "smp": "cpu",
    "accel": "acceleration",
    "kernel-irqchip": "acceleration",
    "kvm-shadow-mem": "acceleration",
    **dict.fromkeys(("boot", "dump-guest-core", "fd-bootchk", "graphics", "mem-merge", "suppress-vmdesc", "usb", "vmport"), OPEN),
}

GUESTS = ("sev-guest", "sev-snp-guest", "tdx-guest")  # user creatable kinds of confidential-guest-support
LIBVIRT_GUEST = "lsec0"  # qemuBuildSEVCommandLine() and its like: the id of libvirt's guest object
OBJECTS = frozenset(
    """acpi-generic-initiator acpi-generic-port authz-list authz-list-file authz-simple can-bus can-host-socketcan
    colo-compare cryptodev-backend cryptodev-backend-builtin cryptodev-vhost-user dbus-vmstate filter-buffer filter-dump
    filter-mirror filter-redirector filter-replay filter-rewriter input-barrier input-linux iommufd iothread main-loop
    memory-backend-file memory-backend-memfd memory-backend-ram memory-backend-shm pr-manager-helper rng-builtin rng-egd
    rng-random secret secret_keyring thread-context throttle-group tls-cipher-suites tls-creds-anon tls-creds-psk
    tls-creds-x509 x-remote-object""".split()
)
MONITORS = ("monitor-hmp", "monitor-qmp", "qtest")

LOADERS = ("loader", "guest-loader")
VARIABLES = ("uefi-vars-x64", "uefi-vars-sysbus")
CPU = re.compile(r"(?:.*-)?(?:x86_64|i386)-cpu")
DRIVERS = frozenset(
    """e1000e hda-duplex i6300esb ich9-intel-hda isa-debugcon isa-serial nvme pcie-root-port pvpanic qemu-xhci rtl8139
    scsi-cd scsi-hd tpm-tis usb-storage usb-tablet vfio-pci vhost-user-fs-pci vhost-vsock-pci virtconsole virtio-9p-pci
    virtio-balloon-pci virtio-blk-pci virtio-gpu-pci virtio-net-pci virtio-rng-pci virtio-scsi-pci virtio-serial-pci
    virtserialport""".split()
)
NETDEVS = frozenset(
    "af-xdp bridge dgram hubport l2tpv3 passt socket stream tap user vde vhost-user vhost-vdpa".split()
)
CHARDEVS = frozenset(
    "file memory msmouse mux null parallel pipe pty ringbuf serial socket spiceport spicevmc stdio udp vc".split()
)
FW_CFG = ("name", "file", "string", "gen_id")
LONGEST_NAME = 55  # FW_CFG_MAX_FILE_PATH - 1
GLOBAL = ("driver", "property", "value")


def machine(text):
    """-machine: all of them, -bios, -kernel, -smp and -boot fill one dictionary (vl.c: machine_opts_dict)."""
    kinds = set()
    for parts, _ in keyval(text, "type"):
        key = parts[0].replace("_", "-")  # keyval_dashify(): the first fragment alone
        kind = MACHINE.get(key, "machine")
        if len(parts) == 1 or kind in ("machine", OPEN) or key == "smp":  # else: Parameters 'KEY.*' are unexpected
            kinds.add(kind)
    for kind in DECIDES:
        if kind in kinds:
            return Verdict(kind, "vl.c machine_opts_dict, keyval_dashify()")
    return Verdict(OPEN, "vl.c machine_opts_dict: no key, or one that matters little")


def doubled(text, implied):
    """Whether the option form TEXT has a key twice: only the right one counts, and who refuses both is no fool."""
    names = re.findall(r"(?:^|,)(id)=", text)
    names += [name for name, _ in options(text, implied)[0]]
    return len(set(names)) < len(names)


def properties(text, implied):
    """Members and id of TEXT, which is JSON from { on (vl.c: object_option_parse(), QEMU_OPTION_device)."""
    if text.startswith("{"):
        members = json(text)
        return members, members.get("id")
    pairs, ident = options(text, implied)
    return last(pairs), ident


def guest_object(text):
    """-object."""
    members, ident = properties(text, "qom-type")
    kind = members.get("qom-type")
    if kind in GUESTS:
        return Verdict("protection", "vl.c object_option_parse(); target/i386/sev.c, kvm/tdx.c")
    if kind == "igvm-cfg":
        return Verdict("protection", "backends/igvm-cfg.c: launches the guest from a file")
    if ident == LIBVIRT_GUEST:
        return Verdict("protection", "object_property_try_add_child(): the place of libvirt's own")
    if kind in MONITORS:
        return Verdict(RISKY, "a monitor")
    if kind in OBJECTS and isinstance(ident, str) and named(ident) and "qom_type" not in members:
        return Verdict(NOTHING, "qapi/qom.json ObjectType")
    return Verdict(OPEN, "qapi/qom.json has no such type on x86, or it lacks its id")


def device(text):
    """-device: its properties are taken as they are spelt (qdev_device_add_from_qdict())."""
    members, _ = properties(text, "driver")
    return device_of(members.get("driver"), members)


def device_of(driver, members):
    if driver in LOADERS:
        return Verdict("firmware", "hw/core/generic-loader.c, guest-loader.c: puts a file into memory, sets a CPU off")
    if isinstance(driver, str) and CPU.fullmatch(driver):
        return Verdict("cpu", "hw/i386/x86-common.c x86_cpu_plug()")
    if driver in VARIABLES:
        return Verdict(RISKY, "hw/uefi: the store of firmware's variables, Secure Boot's keys among them")
    if members.get("romfile"):
        return Verdict("firmware", "hw/pci/pci.c pci_add_option_rom()")
    if members.get("romfile") == "" or "rombar" in members:
        return Verdict(OPEN, "hw/pci/pci.c pci_add_option_rom(): no ROM, or none that the guest sees")
    if driver in DRIVERS and not any(name.startswith("romfile") for name in members):
        return Verdict(HARMLESS, "a device like those that libvirt adds")
    return Verdict(OPEN, "a device that is not in the list here")


def drive(text):
    """-drive: blockdev.c drive_new() looks at the last if."""
    pairs, _ = options(text)
    if last(pairs).get("if") == "pflash":
        return Verdict("firmware", "blockdev.c IF_PFLASH; hw/i386/pc_sysfw.c")
    return Verdict(NOTHING, "blockdev.c drive_new()")


def fw_cfg(text):
    """-fw_cfg: vl.c parse_fw_cfg()."""
    pairs, _ = options(text, "name")
    members = last(pairs)
    sources = [name for name in FW_CFG[1:] if members.get(name)]
    if set(members) - set(FW_CFG) or not members.get("name") or len(sources) != 1:
        return Verdict(OPEN, "vl.c parse_fw_cfg(): name and one of file, string, gen_id are needed")
    if len(members["name"].encode()) > LONGEST_NAME:
        return Verdict(OPEN, "vl.c parse_fw_cfg(): name too long")
    if not members["name"].startswith("opt/"):
        return Verdict("firmware", "vl.c parse_fw_cfg(): a name that firmware and QEMU keep for themselves")
    if sources == ["gen_id"]:
        return Verdict(OPEN, "fw_cfg_add_file_from_generator()")
    return Verdict(HARMLESS, "vl.c parse_fw_cfg(): opt/ is for users")


def global_option(text):
    """-global: DRIVER.PROPERTY=VALUE, else three options (qemu_global_option()); reaches devices, CPUs among them."""
    short = re.match(r"([^.=]{1,63})\.([^=]{1,63})=", text)
    if short:
        return global_of(*short.groups())
    pairs, _ = options(text)
    members = last(pairs)
    if set(members) - set(GLOBAL) or "driver" not in members or "property" not in members:
        return Verdict(OPEN, "qemu_global_opts: driver, property, value")
    return global_of(members["driver"], members["property"])


def global_of(driver, name):
    if CPU.fullmatch(driver) or driver == "cpu":
        return Verdict("cpu", "qdev_prop_set_globals(): a CPU is a device; -cpu makes such properties too")
    if driver == "cfi.pflash01":
        return Verdict("firmware", "hw/i386/pc_sysfw.c: the two flash devices")
    if name == "romfile":
        return Verdict("firmware", "hw/pci/pci.c; the driver may be a parent, such as pci-device")
    if driver in ("device", "object", *LOADERS):
        return Verdict(OPEN, "the one that could be changed is refused, or has no such property")
    if driver in ("cfi", *GUESTS) or driver.endswith(("-machine", "-accel")):
        return Verdict(OPEN, "no device: 'has invalid class name'")
    return Verdict(NOTHING, "a property of a device")


def set_option(text):
    """-set GROUP.ID.ARG=VALUE: one more option of what was given before, if that is a QemuOpts (qemu_set_option())."""
    found = re.match(r"([^.]{1,63})\.([^.]{1,63})\.([^=]{1,63})=", text)
    if not found or found[1] in ("object", "audiodev", "machine", "smp-opts", "boot-opts"):
        return Verdict(OPEN, "qemu_set_option(): not supported")
    group, name, value = found[1], found[3], text[found.end() :]
    if group == "accel":
        return Verdict("acceleration", "qemu_accel_opts")
    if group == "device":
        return device_of(value if name == "driver" else None, {name: value})._replace(why="qemu_set_option() of a device")
    if group == "drive" and name == "if" and value == "pflash":
        return Verdict("firmware", "qemu_set_option() of a drive")
    if group == "fw_cfg" and name == "name" and not value.startswith("opt/"):
        return Verdict("firmware", "qemu_set_option() of a file of fw_cfg")
    if group == "global" and name in ("driver", "property"):
        found = global_of(*((value, "") if name == "driver" else ("", value)))
        return found if found.kind != NOTHING else Verdict(OPEN, "qemu_set_option() of a device's property")
    return Verdict(OPEN, "qemu_set_option() of something else")


def netdev(text):
    """-netdev: net/net.c, both the old and the new kind."""
    if not text.startswith("{"):
        keyval(text, "type")
    members, ident = properties(text, "type")
    if members.get("type") in NETDEVS and isinstance(ident, str) and named(ident):
        return Verdict(HARMLESS, "net/net.c")
    return Verdict(OPEN, "net/net.c: no such type, or no id")


def chardev(text):
    """-chardev: never JSON."""
    pairs, ident = options(text, "backend")
    if last(pairs).get("backend") in CHARDEVS and ident is not None and named(ident):
        return Verdict(HARMLESS, "chardev/char.c")
    return Verdict(OPEN, "chardev/char.c: no such backend, or no id")


READERS = {
    "machine": machine,
    "M": machine,
    "object": guest_object,
    "device": device,
    "drive": drive,
    "fw_cfg": fw_cfg,
    "global": global_option,
    "set": set_option,
    "netdev": netdev,
    "chardev": chardev,
}


IMPLIED = {"object": "qom-type", "device": "driver", "drive": None, "fw_cfg": "name", "netdev": "type", "chardev": "backend"}


def option_name(word):
    """The name of QEMU's that WORD is, or None: vl.c lookup_opt(), one dash or two."""
    name = word[2:] if word.startswith("--") else word[1:]
    return name if word.startswith("-") and name in WITH_VALUE | ALONE else None


def verdict(pair):
    """What PAIR, an option and perhaps its value, can decide."""
    name = option_name(pair[0])
    if name is None:
        return Verdict(OPEN, "vl.c lookup_opt(): a disk image, or an invalid option")
    if name in WITH_VALUE and len(pair) == 1:
        return Verdict(OPEN, "vl.c lookup_opt(): requires an argument")
    if name in WHOLE:
        return Verdict(*WHOLE[name])
    if name in READERS:
        try:
            found = READERS[name](pair[1])
            if found.kind in (HARMLESS, NOTHING) and name in IMPLIED and not pair[1].startswith("{"):
                return Verdict(OPEN, "a key twice") if doubled(pair[1], IMPLIED[name]) else found
            return found
        except Unreadable as problem:
            return Verdict(OPEN, f"QEMU ends: {problem}")
    return Verdict(OPEN, "no opinion here")


def split(words):
    """The pairs of WORDS, as lookup_opt() goes through them: an option takes the next word whatever it looks like."""
    pairs, at = [], 0
    while at < len(words):
        takes = 2 if option_name(words[at]) in WITH_VALUE else 1
        pairs.append(tuple(words[at : at + takes]))
        at += takes
    return pairs
