/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE table of what a domain may pass to QEMU past libvirt. Sources: QEMU system/vl.c and
 * qemu-options.hx (options), hw/core/machine.c and hw/i386/pc*.c (the machine's properties),
 * qapi/qom.json (objects), libvirt src/qemu/qemu_capabilities.c (capabilities) and docs/drvqemu.rst
 * (the namespace). docs/qemu-arguments.md is made from it.
 */
#include "qemu.h"

#define ARG LSEC_QEMU_ARGUMENT
#define CAP LSEC_QEMU_CAPABILITY
#define ENV LSEC_QEMU_ENVIRONMENT
#define ELEMENT LSEC_QEMU_ELEMENT

static const struct lsec_qemu_row rows[] = {
	/* The machine. Options like -kernel are only other ways to set it (vl.c). */
	{ARG, "-machine|-M", "confidential-guest-support|memory-encryption", NULL,
         LSEC_QEMU_PROTECTION, false, "sets the object that protects the VM"},
	{ARG, "-machine|-M", "igvm-cfg", NULL, LSEC_QEMU_PROTECTION, false,
         "starts the VM from an IGVM file, which holds a policy and a firmware of its own"},
	{ARG, "-machine|-M", "firmware|pflash*", NULL, LSEC_QEMU_FIRMWARE, false,
         "sets the firmware image"},
	{ARG, "-machine|-M", "kernel|initrd|append|dtb|shim", NULL, LSEC_QEMU_KERNEL, false,
         "sets what a direct kernel boot starts"},
	{ARG, "-machine|-M", "smp|cpu-type", NULL, LSEC_QEMU_CPU, false, "sets the VM's CPUs"},
	{ARG, "-machine|-M", "accel|kernel-irqchip|kvm-*|igd-passthru", NULL,
         LSEC_QEMU_ACCELERATION, false, "sets how QEMU runs the VM"},
	{ARG, "-machine|-M",
         "vmport|usb|graphics|dump-guest-core|mem-merge|pcspk-audiodev|suppress-vmdesc|nvdimm|sata|smbus|boot|fd-bootchk",
         NULL, LSEC_QEMU_HARMLESS, false, "sets a detail of the machine"},
	{ARG, "-machine|-M", NULL, NULL, LSEC_QEMU_MACHINE, false, "sets the machine"},
	{ARG, "-m|-mem-path|-uuid", NULL, NULL, LSEC_QEMU_MACHINE, false, "sets the machine"},
	{ARG, "-no-acpi|-no-hpet", NULL, NULL, LSEC_QEMU_MACHINE, true, "sets the machine"},
	{ARG, "-kernel|-initrd|-append|-dtb|-shim", NULL, NULL, LSEC_QEMU_KERNEL, false,
         "sets what a direct kernel boot starts"},
	{ARG, "-cpu|-smp|-numa", NULL, NULL, LSEC_QEMU_CPU, false, "sets the VM's CPUs"},
	{ARG, "-enable-kvm|-xen-attach|-xen-domid-restrict", NULL, NULL, LSEC_QEMU_ACCELERATION,
         true, "sets how QEMU runs the VM"},
	{ARG, "-accel|-icount|-qtest|-xen-domid|-tb-size", NULL, NULL, LSEC_QEMU_ACCELERATION,
         false, "sets how QEMU runs the VM"},

	/* The firmware, and what it runs or believes. */
	{ARG, "-bios|-pflash", NULL, NULL, LSEC_QEMU_FIRMWARE, false, "sets the firmware image"},
	{ARG, "-L", NULL, NULL, LSEC_QEMU_FIRMWARE, false,
         "sets a directory with images of firmware and option ROMs"},
	{ARG, "-option-rom", NULL, NULL, LSEC_QEMU_FIRMWARE, false,
         "adds an option ROM, which the firmware runs"},
	{ARG, "-acpitable", NULL, NULL, LSEC_QEMU_FIRMWARE, false,
         "adds an ACPI table, whose code the guest runs"},
	{ARG, "-fw_cfg", "name", "opt/*", LSEC_QEMU_HARMLESS, false,
         "passes the guest a file under opt/"},
	{ARG, "-fw_cfg", "name", NULL, LSEC_QEMU_FIRMWARE, false,
         "passes the firmware a configuration file of its own"},
	{ARG, "-fw_cfg", NULL, NULL, LSEC_QEMU_HARMLESS, false, "is the file's content"},
	{ARG, "-drive", "if", "pflash", LSEC_QEMU_FIRMWARE, false, "sets the firmware image"},
	{ARG, "-drive", NULL, NULL, LSEC_QEMU_HARMLESS, false, "adds a disk"},

	/* Objects. */
	{ARG, "-object", "qom-type", "*-guest|sev-*|tdx-*", LSEC_QEMU_PROTECTION, false,
         "creates an object that protects a VM"},
	{ARG, "-object", "qom-type", "igvm*", LSEC_QEMU_PROTECTION, false,
         "starts the VM from an IGVM file, which holds a policy and a firmware of its own"},
	{ARG, "-object", "id", "lsec0", LSEC_QEMU_PROTECTION, false,
         "uses the name of the object that protects the VM"},
	{ARG, "-object", "qom-type",
         "iothread|main-loop|thread-context|throttle-group|memory-backend-*|rng-*|secret|secret-keyring|tls-c*|authz-*|can-bus|can-host-*|cryptodev-*|filter-*|colo-compare|input-linux|input-barrier|dbus-vmstate|pr-manager-helper|iommufd|acpi-generic-*",
         LSEC_QEMU_HARMLESS, false, "creates a device backend"},
	{ARG, "-object", "qom-type", NULL, LSEC_QEMU_UNKNOWN, false, "creates an object"},
	{ARG, "-object", NULL, NULL, LSEC_QEMU_HARMLESS, false, "is a property of a backend"},

	/* Devices. An override may also change a device's driver. */
	{ARG, "-device", "driver", "loader|generic-loader|guest-loader", LSEC_QEMU_FIRMWARE, false,
         "writes a file into the VM's memory"},
	{ARG, "-device|-global", "driver", "cfi.pflash*|fw-cfg*|uefi-vars*", LSEC_QEMU_FIRMWARE,
         false, "is the firmware's own device"},
	{ARG, "-device|-global", "driver", "*cpu|*-cpu-core", LSEC_QEMU_CPU, false,
         "sets the VM's CPUs"},
	{ARG, "-device", "romfile", "", LSEC_QEMU_HARMLESS, false, "removes a device's option ROM"},
	{ARG, "-device", "rombar", "0", LSEC_QEMU_HARMLESS, false, "removes a device's option ROM"},
	{ARG, "-device", "romfile|rombar", NULL, LSEC_QEMU_FIRMWARE, false,
         "gives a device an option ROM, which the firmware runs"},
	{ARG, "-device", NULL, NULL, LSEC_QEMU_HARMLESS, false, "adds a device"},
	{ARG, "-global", "driver", "*-guest|sev-*|tdx-*|igvm*", LSEC_QEMU_PROTECTION, false,
         "sets a property of the object that protects the VM"},
	{ARG, "-global", "driver", "*machine|*-accel", LSEC_QEMU_MACHINE, false,
         "sets the machine"},
	{ARG, "-global", "property", "romfile|rombar", LSEC_QEMU_FIRMWARE, false,
         "gives devices an option ROM, which the firmware runs"},
	{ARG, "-global", "property",
         "confidential-guest-support|memory-encryption|igvm-cfg|firmware|pflash*",
         LSEC_QEMU_PROTECTION, false, "sets the object that protects the VM"},
	{ARG, "-global", "driver",
         "ICH9-LPC|PIIX4-PM|kvm-pit|isa-fdc|isa-debugcon|mc146818rtc|q35-pcihost|ide-*|scsi-*|usb-*|virtio-*|vhost-*|nvme|vfio-pci|e1000*|rtl8139|VGA|qxl*|pcie-root-port|migration",
         LSEC_QEMU_HARMLESS, false, "sets a property of devices"},
	{ARG, "-global", "driver", NULL, LSEC_QEMU_UNKNOWN, false, "sets a property of devices"},
	{ARG, "-global", NULL, NULL, LSEC_QEMU_HARMLESS, false, "is a property of devices"},

	/* What could set any of the above without being visible here. */
	{ARG, "-readconfig", NULL, NULL, LSEC_QEMU_PROTECTION, false,
         "reads more arguments from a file"},
	{ARG, "-set", NULL, NULL, LSEC_QEMU_PROTECTION, false,
         "changes arguments that libvirt wrote"},
	{ARG, "-preconfig", NULL, NULL, LSEC_QEMU_PROTECTION, true,
         "lets a monitor change the machine before it starts"},
	{ARG, "-incoming|-loadvm", NULL, NULL, LSEC_QEMU_PROTECTION, false,
         "starts from another VM's memory, which was not measured"},
	{ARG, "-plugin", NULL, NULL, LSEC_QEMU_PROTECTION, false, "loads code into QEMU"},

	/* What people use. */
	{ARG,
         "-netdev|-nic|-net|-chardev|-blockdev|-fsdev|-virtfs|-tpmdev|-audiodev|-audio|-display|-vga|-vnc|-spice|-serial|-parallel|-debugcon|-usbdevice|-name|-rtc|-msg|-k|-d|-D|-dfilter|-trace|-pidfile|-overcommit|-add-fd|-iscsi|-action|-watchdog-action|-hda|-hdb|-hdc|-hdd|-cdrom|-fda|-fdb|-compat",
         NULL, NULL, LSEC_QEMU_HARMLESS, false, "sets a device, its backend, or a log"},
	{ARG,
         "-S|-nographic|-usb|-nodefaults|-no-user-config|-nouserconfig|-no-reboot|-no-shutdown|-only-migratable|-mem-prealloc|-full-screen|-no-fd-bootchk",
         NULL, NULL, LSEC_QEMU_HARMLESS, true, "sets a detail of QEMU"},
	{ARG, "-smbios", "file", NULL, LSEC_QEMU_UNKNOWN, false, "adds a table to SMBIOS"},
	{ARG, "-smbios", NULL, NULL, LSEC_QEMU_HARMLESS, false, "adds a text to SMBIOS"},
	{ARG, "-snapshot|-s|-daemonize", NULL, NULL, LSEC_QEMU_UNKNOWN, true, "sets how QEMU runs"},

	/* libvirt's capabilities: what libvirt assumes that QEMU can do. */
	{CAP,
         "confidential-guest-support|memory-encryption*|*-guest|*-guest-*|sev*|tdx*|*igvm*|s390-pv*|query-sev*",
         NULL, NULL, LSEC_QEMU_PROTECTION, false, "changes how libvirt protects the VM"},
	{CAP, "*pflash*|*firmware*|*bios*|*romfile*|*rombar*|*loader*", NULL, NULL,
         LSEC_QEMU_FIRMWARE, false, "changes how libvirt sets the firmware"},
	{CAP, "kvm*|tcg*|hvf*|enable-kvm|*accel|*kernel-irqchip*|*kernel_irqchip*", NULL, NULL,
         LSEC_QEMU_ACCELERATION, false, "changes how QEMU runs the VM"},
	{CAP, "*cpu*|*numa*|smp*", NULL, NULL, LSEC_QEMU_CPU, false,
         "changes how libvirt sets the VM's CPUs"},
	{CAP, "machine*|*smm*|object.json|*-json|q35*", NULL, NULL, LSEC_QEMU_MACHINE, false,
         "changes how libvirt sets the machine"},
	{CAP,
         "blockdev*|drive*|netdev*|chardev*|usb-*|virtio-*|vhost-*|vfio-*|ivshmem*|spice*|vnc*|qxl*|display*|audiodev*|input-linux|iothread*|memory-backend-*|rng-*|secret|tls-creds-*|scsi-*|ide-*|nbd-*|rbd-*|dbus-vmstate|device.json",
         NULL, NULL, LSEC_QEMU_HARMLESS, false, "changes how libvirt sets devices"},

	/* Variables of QEMU's environment. Of those that name files, all but a few can name code.
         */
	{ENV,
         "QEMU_AUDIO_*|QEMU_PA_*|QEMU_ALSA_*|QEMU_WAV_*|QEMU_SDL_*|QEMU_SPICE_*|SPICE_*|PULSE_SERVER|PULSE_COOKIE|PULSE_LATENCY_MSEC|DISPLAY|WAYLAND_DISPLAY|XAUTHORITY|SDL_VIDEODRIVER|SDL_AUDIODRIVER|SDL_VIDEO_*|USER|LOGNAME|LANG|LC_*|TZ|TMPDIR|PATH|XDG_RUNTIME_DIR|XDG_CACHE_HOME|PIPEWIRE_RUNTIME_DIR|PIPEWIRE_LATENCY|PIPEWIRE_REMOTE|G_SLICE|G_DEBUG|G_MESSAGES_DEBUG|MALLOC_ARENA_*|MALLOC_PERTURB_|MALLOC_CHECK_",
         NULL, NULL, LSEC_QEMU_HARMLESS, false, "sets sound, display or a detail of QEMU"},
	{ENV,
         "LD_*|GLIBC_TUNABLES|HOME|XDG_*|*_PATH|*_DIR|*_HOME|*_CONF|*_CONFIG*|*MODULE*|*PRELOAD*|*DYNAMIC_API|*LIBRARY*|*PLUGIN*|*LAYER*|*DRIVER*|OPENSSL_*|ALSA_*|PULSE_*|PIPEWIRE_*|VK_*|__EGL*|__GLX*|SDL*",
         NULL, NULL, LSEC_QEMU_PROTECTION, false, "can load code into QEMU"},

	/* libvirt's own elements that do what is refused above. */
	{ELEMENT, "devices/emulator", NULL,
         "/usr/bin/qemu*|/usr/bin/kvm|/usr/libexec/qemu*|/usr/local/bin/qemu*|/bin/qemu*|/bin/kvm",
         LSEC_QEMU_HARMLESS, false, "is QEMU"},
	{ELEMENT, "devices/emulator", NULL, NULL, LSEC_QEMU_PROTECTION, false,
         "is started instead of QEMU"},
	{ELEMENT, "os/acpi/table", "type", "slic", LSEC_QEMU_HARMLESS, false,
         "adds a license table"},
	{ELEMENT, "os/acpi/table", "type", NULL, LSEC_QEMU_FIRMWARE, false,
         "adds an ACPI table, whose code the guest runs"},
	{ELEMENT, "devices/hostdev/rom", "file", NULL, LSEC_QEMU_FIRMWARE, false,
         "gives a device an option ROM, which the firmware runs"},
	{ELEMENT, "qemu:commandline//qemu:*", NULL, NULL, LSEC_QEMU_PROTECTION, false,
         "is nested, after which KubeVirt may drop arguments"},
};

_Static_assert(sizeof(rows) / sizeof(rows[0]) <= LSEC_QEMU_MOST_ROWS, "a reader has room for all");

static const struct lsec_qemu_class_row classes[] = {
	[LSEC_QEMU_HARMLESS] = {"harmless", NULL, LSEC_KEYS},
	[LSEC_QEMU_UNKNOWN] = {"unknown", NULL, LSEC_KEYS},
	[LSEC_QEMU_ACCELERATION] = {"acceleration", "override how libvirt runs the VM", LSEC_KEYS},
	[LSEC_QEMU_MACHINE] = {"machine", "override the domain's machine", LSEC_KEYS},
	[LSEC_QEMU_CPU] = {"cpu", "override the domain's CPUs", LSEC_KEYS},
	[LSEC_QEMU_KERNEL] = {"kernel", "override the domain's kernel", LSEC_KEYS},
	[LSEC_QEMU_FIRMWARE] = {"firmware", "override the domain's firmware", LSEC_KEY_FIRMWARE},
	[LSEC_QEMU_PROTECTION] = {"protection", "override launchSecurity", LSEC_KEYS},
};
_Static_assert(sizeof(classes) / sizeof(classes[0]) == LSEC_QEMU_CLASSES, "one row for each");

const struct lsec_qemu_row *lsec_qemu_row(size_t index)
{
	return index < sizeof(rows) / sizeof(rows[0]) ? &rows[index] : NULL;
}

const struct lsec_qemu_class_row *lsec_qemu_class(size_t decides)
{
	return &classes[decides];
}
