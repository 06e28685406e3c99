/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules, each with its source. KubeVirt's files are those of the tags v1.0.0 to v1.9.0:
 * "admitter" stands for pkg/virt-api/webhooks/validating-webhook/admitters/vmi-create-admitter.go,
 * where launchSecurity was checked until 1.6, "amd64" for pkg/virt-api/webhooks/amd64.go, where it
 * is from 1.7 on, "schema" for staging/src/kubevirt.io/api/core/v1/schema.go, "hooks" for
 * pkg/hooks/hooks.go, "template" for pkg/virt-controller/services/template.go, "shim" for
 * cmd/sidecars/sidecar_shim.go.
 */
#include "rules.h"

#include <string.h>

#include "conditions.h"
#include "findings.h"
#include "kubevirt.h"
#include "launchsec/config.h"

#define SEV LSEC_NATIVE_SEV
#define SNP LSEC_NATIVE_SNP
#define TDX LSEC_NATIVE_TDX
#define NATIVE (SEV | SNP | TDX)
#define ERROR LSEC_SEVERITY_ERROR
#define WARNING LSEC_SEVERITY_WARNING
/* Fields may come after the newest version that is known here. */
#define LATER (LSEC_KUBEVIRT_NEWEST + 1)

#define SECURITY "spec.domain.launchSecurity"
#define EFI "spec.domain.firmware.bootloader.efi"
#define DEVICES "spec.domain.devices."

/* NOLINTNEXTLINE(bugprone-macro-parentheses): an array takes no string in parentheses */
#define RULE(name, grade, condition) .id = name, .severity = (grade), .is_wrong = (condition)
#define SAYS(where, words_of_it, wanted, fix)                                                      \
	.place = (where), .words = (words_of_it), .want = (wanted), .mend = (fix)

#define CORRECT "correct it"
#define REMOVE "remove it"
#define UNKNOWN ", since KubeVirt does not know it and drops it, or kubectl refuses it"
#define HIDDEN ", since KubeVirt's reader passes over what it does not know"
#define UNREADABLE ", or KubeVirt cannot read the annotation and makes no pod"
#define SHARED                                                                                     \
	"none, since a host device reaches only memory that the guest shares with the host, "      \
	"unencrypted"
#define UNASSIGNED                                                                                 \
	"none, since QEMU up to 10.0, which KubeVirt up to 1.7 has, starts no SEV-SNP guest with " \
	"a device of the host"
#define UPGRADE "remove it, or use KubeVirt 1.8 or newer"

static const struct lsec_rule rules[] = {
	/* schema LaunchSecurity: SEV alone until 1.6, SNP and TDX from 1.7 on. */
	{RULE("native-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS(SECURITY ".*", "sev snp tdx", "sev, snp or tdx" UNKNOWN, CORRECT)},
	/* Kubernetes drops a null, and refuses values of another type than the schema's. */
	{RULE("native-value", ERROR, lsec_is_named_no_object),
         SAYS(SECURITY ".*", "sev snp tdx",
              "an object behind it, {} at least: with nothing there KubeVirt protects nothing, and the API server refuses other values",
              "write {} behind it")},
	{RULE("native-version", ERROR, lsec_is_named), .before = 7,
         SAYS(SECURITY ".*", "snp", "sev: {}, since KubeVirt has snp from 1.7 on",
              "use sev: {}, which launchsec makes SEV-SNP, or upgrade KubeVirt")},
	{RULE("native-version", ERROR, lsec_is_named), .before = 7,
         SAYS(SECURITY ".*", "tdx",
              "KubeVirt 1.8 or newer, since older ones than 1.7 do not know tdx, and 1.7 has a QEMU without TDX",
              "upgrade KubeVirt")},
	/* amd64: "One and only one launchSecurity type can be set". */
	{RULE("native-count", ERROR, lsec_is_not_one), .since = 7,
         SAYS(SECURITY, "", "just one of sev, snp and tdx in it, or KubeVirt refuses the VM",
              "leave the one of the TEE that protects the VM")},
	/* template: newNodeSelectorRenderer, labels kubevirt.io/sev and kubevirt.io/sev-snp. */
	{RULE("native-sev", WARNING, lsec_is_there), .since = 7, .tees = LSEC_TEE_SEV_SNP,
         SAYS(SECURITY ".sev", "",
              "snp: {}, with which KubeVirt looks for a node that has SEV-SNP, not just SEV",
              "replace sev by snp")},
	/* SEV's own attestation, pkg/virt-api/rest/sev.go; libvirt formatdomain: sev only. */
	{RULE("native-sev-fields", WARNING, lsec_is_named), .tees = LSEC_TEE_SEV_SNP,
         SAYS(SECURITY ".sev.*", "attestation dhCert session",
              "it left out, since SEV-SNP has no such thing and launchsec drops it",
              "remove it, and attest the guest by its SEV-SNP report")},
	/* admitter, amd64: "SEV attestation requires VMI StartStrategy 'Paused'". */
	{RULE("sev-attestation", ERROR, lsec_is_unpaused), .native = SEV,
         SAYS(SECURITY ".sev.attestation", "",
              "startStrategy: Paused in the VM's spec beside it, or KubeVirt refuses the VM",
              "add startStrategy: Paused, or remove attestation")},
	/* CVE-2025-48514: a SEV-ES guest beside SEV-SNP ones can attack these. */
	{RULE("native-sev-es", WARNING, lsec_is_true_and_alone), .since = 7, .native = SEV,
         SAYS(SECURITY ".sev.policy.encryptedState", "",
              "snp: {}, since firmware that has SEV-SNP enabled refuses SEV-ES guests or is not safe with them (CVE-2025-48514)",
              "replace sev by snp")},
	/* schema Bootloader, EFI. */
	{RULE("efi-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("spec.domain.firmware.bootloader.*", "bios efi", "bios or efi" UNKNOWN, CORRECT)},
	{RULE("efi-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS(EFI ".*", "secureBoot persistent", "secureBoot or persistent" UNKNOWN, CORRECT)},
	{RULE("efi-field", ERROR, lsec_is_no_boolean),
         SAYS(EFI ".*", "", "true or false, or the API server refuses the VM",
              "write it without quotes")},
	/* admitter, amd64: "SEV requires OVMF (UEFI)". */
	{RULE("efi", ERROR, lsec_is_absent), .native = NATIVE, .presets = true,
         SAYS(EFI, "", "EFI, without which KubeVirt refuses a VM with launchSecurity",
              "add efi with secureBoot: false")},
	/* admitter, amd64: "SEV does not work along with SecureBoot". */
	{RULE("secure-boot", ERROR, lsec_is_not_off), .native = SEV | SNP, .presets = true,
         SAYS(EFI ".secureBoot", "",
              "false, since KubeVirt refuses SEV and SEV-SNP with Secure Boot, which is on unless it is switched off",
              "set it to false")},
	/* admitter: "SecureBoot requires SMM", which 1.9 does not ask for with TDX; amd64: "TDX
         * does not work along with SMM". */
	{RULE("secure-boot-tdx", ERROR, lsec_is_not_off), .since = 7, .before = 9, .native = TDX,
         .presets = true,
         SAYS(EFI ".secureBoot", "",
              "false, since KubeVirt wants SMM for Secure Boot, which is on unless it is switched off, and refuses SMM with TDX",
              "set it to false")},
	/* admitter, all versions: "SecureBoot requires SMM, which is currently disabled". */
	{RULE("secure-boot-smm", ERROR, lsec_is_without_smm), .tees = LSEC_TEE_BOTH,
         .presets = true,
         SAYS(EFI ".secureBoot", "",
              "false, since KubeVirt refuses Secure Boot, which is on unless it is switched off, without SMM, and no TEE has SMM",
              "set it to false")},
	/* amd64: "SNP does not work along with Persistent EFI variables". */
	{RULE("persistent", ERROR, lsec_is_true), .native = SNP | TDX,
         SAYS(EFI ".persistent", "",
              "false, since KubeVirt refuses persistent EFI variables with snp and tdx", REMOVE)},
	/* amd64: "TDX does not work along with SMM". */
	{RULE("smm", ERROR, lsec_is_enabled), .native = TDX,
         SAYS("spec.domain.features.smm", "", "no SMM, with which KubeVirt refuses tdx", REMOVE)},
	/* admitter, amd64: "SEV does not work with bootable NICs". */
	{RULE("boot-nic", ERROR, lsec_is_there), .native = NATIVE,
         SAYS(DEVICES "interfaces[].bootOrder", "",
              "none, since KubeVirt refuses launchSecurity with a NIC to boot from",
              "remove it, and boot from a disk")},
	/* admitter: "No launchSecurity support for architecture"; src/domain/domain.c. */
	{RULE("architecture", ERROR, lsec_is_other), .tees = LSEC_TEE_BOTH,
         SAYS("spec.architecture", "amd64", "amd64, the one architecture of SEV-SNP and TDX",
              "set it to amd64")},
	/* src/domain/domain.c refuses others. */
	{RULE("machine", ERROR, lsec_is_other), .tees = LSEC_TEE_BOTH,
         SAYS("spec.domain.machine.type", "q35 pc-q35-",
              "q35 or one of its versions, since launchsec refuses other machines",
              "set it to q35, or remove it")},
	/* vms-admitter.go, pkg/liveupdate/memory/memory.go: "Memory hotplug is not compatible
         * with encrypted VMs", since 1.3. */
	{RULE("memory-hotplug", ERROR, lsec_is_there_in_vm), .since = 3, .native = NATIVE,
         SAYS("spec.domain.memory.maxGuest", "",
              "none, since KubeVirt refuses memory hotplug with launchSecurity", REMOVE)},
	/* docs/compatibility.md: the libvirt and QEMU of each release. */
	{RULE("tee-version", ERROR, lsec_is_any), .before = 5, .tees = LSEC_TEE_SEV_SNP,
         SAYS(LSEC_PREFIX "type", "",
              "KubeVirt 1.5 or newer for SEV-SNP, since the libvirt and QEMU of older ones have none",
              "upgrade KubeVirt")},
	{RULE("tee-version", ERROR, lsec_is_any), .before = 8, .softens = 7, .tees = LSEC_TEE_TDX,
         SAYS(LSEC_PREFIX "type", "",
              "KubeVirt 1.8 or newer for TDX, since the libvirt and QEMU of 1.7 have only what CentOS added, and older ones none",
              "upgrade KubeVirt")},
	/* 1.9: vmi-mutator.go GetQGSSocketPath, template WithTDX. */
	{RULE("qgs-socket", WARNING, lsec_is_socket), .before = 9, .tees = LSEC_TEE_TDX,
         SAYS(LSEC_PREFIX "qgs", "",
              "another way to quotes, since KubeVirt brings the socket into the pod from 1.9 on",
              "let the guest ask over VSOCK, or upgrade KubeVirt")},
	/* hooks HookSidecarList; docs/deploy.md. */
	{RULE("hook-misplaced", ERROR, lsec_is_misplaced_hook),
         SAYS(LSEC_HOOK_KEY, "",
              "it in the template's metadata.annotations, since it does not reach the running VM from the outer ones",
              "move it there")},
	/* Without a hook nobody reads the annotations. From 1.9 on a Plugin may. */
	{RULE("hook-missing", ERROR, lsec_is_missing_hook), .softens = 9,
         SAYS(LSEC_HOOK_KEY, "",
              "a sidecar with launchsec, or from KubeVirt 1.9 on a Plugin in the cluster, or the VM starts without protection",
              "add the annotation of docs/deploy.md (gate Sidecar), or see that the Plugin is there")},
	{RULE("hook-unknown", WARNING, lsec_is_foreign_hook),
         SAYS(LSEC_HOOK_KEY, "",
              "launchsec in a sidecar's image or configMap name, by which it is known here",
              "see that one of the sidecars is launchsec's: without it the VM starts without protection")},
	{RULE("hook-idle", WARNING, lsec_is_idle_hook),
         SAYS(LSEC_HOOK_KEY, "",
              "annotations behind " LSEC_PREFIX ", without which launchsec leaves the VM alone",
              "add " LSEC_PREFIX "type, or remove the sidecar")},
	/* pkg/hooks/plugins: an answer goes through KubeVirt's own struct when there is one, and
         * that (pkg/virt-launcher/virtwrap/api/schema.go) has room for these words alone. */
	{RULE("hook-plugins", WARNING, lsec_is_losing_hook), .since = 9,
         SAYS(LSEC_HOOK_KEY, "type firmware policy allow-debug cbitpos reduced-phys-bits qgs",
              "a Plugin, since KubeVirt drops host data, ID blocks, MRCONFIGID and OEM strings from a sidecar's answer as soon as any Plugin is in the cluster",
              "deploy launchsec as a Plugin (docs/deploy.md)")},
	/* hooks: struct HookSidecar, ConfigMap, PVC; encoding/json's Unmarshal. */
	{RULE("hook-type", ERROR, lsec_is_no_object),
         SAYS("[]", "", "an object" UNREADABLE, CORRECT)},
	{RULE("hook-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("[].*", "image imagePullPolicy command args configMap pvc",
              "image, imagePullPolicy, command, args, configMap or pvc" HIDDEN, CORRECT)},
	{RULE("hook-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("[].configMap.*", "name key hookPath", "name, key or hookPath" HIDDEN, CORRECT)},
	{RULE("hook-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("[].pvc.*", "name volumePath sharedComputePath",
              "name, volumePath or sharedComputePath" HIDDEN, CORRECT)},
	{RULE("hook-type", ERROR, lsec_is_ill_typed),
         SAYS("[].*", "",
              "a string for image and imagePullPolicy, a list of strings for command and args, an object for configMap and pvc" UNREADABLE,
              CORRECT)},
	{RULE("hook-type", ERROR, lsec_is_no_string),
         SAYS("[].configMap.*", "", "a string" UNREADABLE, CORRECT)},
	{RULE("hook-type", ERROR, lsec_is_no_string),
         SAYS("[].pvc.*", "", "a string" UNREADABLE, CORRECT)},
	/* hooks: ConfigMap since 1.2; template: SidecarShimImageEnvName since 1.2.1. */
	{RULE("hook-image", ERROR, lsec_is_blank), .before = 2,
         SAYS("[].image", "", "an image, for which KubeVirt takes its shim from 1.2.1 on",
              "name the sidecar-shim image of your KubeVirt, or launchsec's")},
	{RULE("hook-config-map", ERROR, lsec_is_there), .before = 2,
         SAYS("[].configMap", "",
              "an image with everything in it, since KubeVirt has configMap from 1.2 on",
              "use launchsec's image")},
	/* template: configMapVolumeMount; Kubernetes wants names and mount paths. */
	{RULE("hook-config-map", ERROR, lsec_is_blank),
         SAYS("[].configMap.name", "", "the ConfigMap's name, without which there is no pod",
              "add it")},
	{RULE("hook-config-map", ERROR, lsec_is_blank),
         SAYS("[].configMap.key", "",
              "the key of the ConfigMap, without which all of it is mounted as a folder",
              "add it")},
	{RULE("hook-config-map", ERROR, lsec_is_blank),
         SAYS("[].configMap.hookPath", "", "the path to mount it at, without which there is no pod",
              "add it: /usr/bin/onDefineDomain, or for a config file " LSEC_CONFIG_FILE)},
	/* template: one volume of the ConfigMap's name for each sidecar. */
	{RULE("hook-config-map", ERROR, lsec_is_repeated),
         SAYS("[].configMap.name", "",
              "another ConfigMap than other sidecars have, since the pod would have two volumes of one name",
              "use a copy under another name")},
	/* shim: exec.LookPath("onDefineDomain"), the usual PATH of an image. */
	{RULE("hook-path", ERROR, lsec_is_unseen),
         SAYS("[].configMap.hookPath", "",
              "onDefineDomain in a folder of PATH, where the shim looks for its program",
              "set it to /usr/bin/onDefineDomain")},
	/* LSEC_CONFIG_FILE; a sidecar has no environment of its own. */
	{RULE("hook-config", WARNING, lsec_is_unread),
         SAYS("[].configMap.hookPath", "",
              LSEC_CONFIG_FILE ", where launchsec looks for cluster defaults",
              "set it so, or add --config with the path to args")},
	/* shim: parseCommandLineArgs. */
	{RULE("hook-args", ERROR, lsec_is_no_shim_version),
         SAYS("[].args", "",
              "--version and v1alpha1, v1alpha2 or v1alpha3, without which the shim does not start",
              "set it to [\"--version\", \"v1alpha3\"]")},
	/* pkg/hooks/manager.go: v1alpha3, and with it Shutdown, since 1.2. */
	{RULE("hook-args", ERROR, lsec_is_too_new), .before = 2,
         SAYS("[].args", "", "v1alpha2, since KubeVirt knows v1alpha3 from 1.2 on",
              "leave --version out, or name v1alpha2")},
	{RULE("hook-args", WARNING, lsec_is_not_told), .since = 2,
         SAYS("[].args", "",
              "v1alpha3, by which the sidecar hears of the guest's end: the pod stays otherwise",
              "set --version to v1alpha3")},
	{RULE("host-device", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "hostDevices[]", "", SHARED, REMOVE)},
	{RULE("host-device", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "gpus[]", "", SHARED, REMOVE)},
	{RULE("host-device", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "interfaces[].sriov", "", SHARED, "use masquerade or bridge")},
	/* QEMU 9.1 system/physmem.c: guest_memfd and VFIO exclude each other ("cannot set up
         * private guest memory: discard currently blocked"), until 10.1; docs/compatibility.md. */
	{RULE("host-device-qemu", ERROR, lsec_is_there), .before = 8, .tees = LSEC_TEE_SEV_SNP,
         SAYS(DEVICES "hostDevices[]", "", UNASSIGNED, UPGRADE)},
	{RULE("host-device-qemu", ERROR, lsec_is_there), .before = 8, .tees = LSEC_TEE_SEV_SNP,
         SAYS(DEVICES "gpus[]", "", UNASSIGNED, UPGRADE)},
	{RULE("host-device-qemu", ERROR, lsec_is_there), .before = 8, .tees = LSEC_TEE_SEV_SNP,
         SAYS(DEVICES "interfaces[].sriov", "", UNASSIGNED, UPGRADE)},
	/* admitter, all versions: "VSOCK feature gate is not enabled in kubevirt-config". */
	{RULE("vsock", WARNING, lsec_is_ungated_vsock), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "autoattachVSOCK", "",
              "the feature gate VSOCK, without which KubeVirt refuses the VM",
              "enable it; lint sees it where the KubeVirt object is given, too")},
	/* virt-config DefaultAMD64OVMFPath until 1.8; converter efi.go; docs/compatibility.md. */
	{RULE("ovmf-path", WARNING, lsec_is_without_ovmf), .since = 7, .before = 9,
         SAYS(SECURITY ".*", "snp tdx",
              "ovmfPath /usr/share/edk2/ovmf in the KubeVirt object that was given, too, or the pod ends with \"EFI OVMF roms missing\": KubeVirt's own image has the firmware for SEV-SNP and TDX there",
              "set it (docs/compatibility.md)")},
	/* libvirt formatdomain, TPM: the emulator is a process of the host. */
	{RULE("tpm", WARNING, lsec_is_enabled), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "tpm", "",
              "none, since the TPM is a program of the host, which can read and forge all that is in it",
              "remove it, or keep no secrets of the guest in it")},
	/* QEMU target/i386/kvm/tdx.c: "Named cpu model is not supported"; src/core/rule_cpu.c. */
	{RULE("cpu-model", WARNING, lsec_is_other), .tees = LSEC_TEE_TDX,
         SAYS("spec.domain.cpu.model", "host-passthrough host-model",
              "host-passthrough, which launchsec makes of it, since QEMU refuses named models with TDX",
              "set it to host-passthrough")},
	/* The same without annotations, where launchsec changes nothing; src/core/cpu_models.c. */
	{RULE("cpu-model", WARNING, lsec_is_other_and_alone), .native = TDX,
         SAYS("spec.domain.cpu.model", "host-passthrough host-model",
              "host-passthrough, since QEMU refuses named models with TDX",
              "set it to host-passthrough")},
	{RULE("cpu-model", WARNING, lsec_is_without_snp), .native = SNP,
         SAYS("spec.domain.cpu.model", "",
              "host-passthrough, or EPYC-Milan or a newer model, since SEV firmware refuses others or no node with SEV-SNP has them",
              "set it to one of these")},
	/* converter/compute/cpu.go, hot-pluggable vCPUs since 1.6; docs/measure.md. Of a VM with
         * annotations the hook makes them all present from the start. */
	{RULE("cpu-plugged", WARNING, lsec_is_plugged), .since = 6, .native = TDX,
         SAYS("spec.domain.cpu.sockets", "",
              "one socket, since KubeVirt plugs the others in, with which QEMU starts no TDX guest",
              "use cores instead of sockets, or add the annotation " LSEC_PREFIX "type")},
	/* KubeVirt plugs CPUs in by live migration (user guide, CPU hotplug). */
	{RULE("cpu-hotplug", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS("spec.domain.cpu.maxSockets", "",
              "none, since KubeVirt adds CPUs by live migration, which confidential VMs cannot do",
              REMOVE)},
	/* QEMU RAM_GUEST_MEMFD: private memory lies beside the backend; Linux
         * virt/kvm/guest_memfd.c: in ordinary pages. */
	{RULE("hugepages", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS("spec.domain.memory.hugepages", "",
              "none, since only what the guest shares with the host lies in them: its private memory takes ordinary pages besides",
              REMOVE)},
	{.id = ""},
};

const struct lsec_rule *lsec_rules(void)
{
	return rules;
}
