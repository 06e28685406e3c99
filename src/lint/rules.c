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

static const struct lsec_rule rules[] = {
	/* schema LaunchSecurity: SEV alone until 1.6, SNP and TDX from 1.7 on. */
	{.id = "native-field",
         .severity = ERROR,
         .softens = LATER,
         .is_wrong = lsec_is_unknown,
         SAYS(SECURITY ".*", "sev snp tdx", "sev, snp or tdx" UNKNOWN, CORRECT)},
	{.id = "native-version",
         .severity = ERROR,
         .before = 7,
         .is_wrong = lsec_is_named,
         SAYS(SECURITY ".*", "snp tdx",
              "sev: {} for SEV-SNP, since KubeVirt has snp and tdx from 1.7 on",
              "use sev: {}, which launchsec makes SEV-SNP; for TDX a newer KubeVirt")},
	/* amd64: "One and only one launchSecurity type can be set". */
	{.id = "native-count",
         .severity = ERROR,
         .since = 7,
         .is_wrong = lsec_is_not_one,
         SAYS(SECURITY, "", "just one of sev, snp and tdx in it, or KubeVirt refuses the VM",
              "leave the one of the TEE that protects the VM")},
	/* template: newNodeSelectorRenderer, labels kubevirt.io/sev and kubevirt.io/sev-snp. */
	{.id = "native-sev",
         .severity = WARNING,
         .since = 7,
         .tees = LSEC_TEE_SEV_SNP,
         .is_wrong = lsec_is_there,
         SAYS(SECURITY ".sev", "",
              "snp: {}, with which KubeVirt looks for a node that has SEV-SNP, not just SEV",
              "replace sev by snp")},
	/* SEV's own attestation, pkg/virt-api/rest/sev.go; libvirt formatdomain: sev only. */
	{.id = "native-sev-fields",
         .severity = WARNING,
         .tees = LSEC_TEE_SEV_SNP,
         .is_wrong = lsec_is_named,
         SAYS(SECURITY ".sev.*", "attestation dhCert session",
              "it left out, since SEV-SNP has no such thing and launchsec drops it",
              "remove it, and attest the guest by its SEV-SNP report")},
	/* schema Bootloader, EFI. */
	{.id = "efi-field",
         .severity = ERROR,
         .softens = LATER,
         .is_wrong = lsec_is_unknown,
         SAYS("spec.domain.firmware.bootloader.*", "bios efi", "bios or efi" UNKNOWN, CORRECT)},
	{.id = "efi-field",
         .severity = ERROR,
         .softens = LATER,
         .is_wrong = lsec_is_unknown,
         SAYS(EFI ".*", "secureBoot persistent", "secureBoot or persistent" UNKNOWN, CORRECT)},
	{.id = "efi-field",
         .severity = ERROR,
         .is_wrong = lsec_is_no_boolean,
         SAYS(EFI ".*", "", "true or false, or the API server refuses the VM",
              "write it without quotes")},
	/* admitter, amd64: "SEV requires OVMF (UEFI)". */
	{.id = "efi",
         .severity = ERROR,
         .native = NATIVE,
         .presets = true,
         .is_wrong = lsec_is_absent,
         SAYS(EFI, "", "EFI, without which KubeVirt refuses a VM with launchSecurity",
              "add efi with secureBoot: false")},
	/* admitter, amd64: "SEV does not work along with SecureBoot". */
	{.id = "secure-boot",
         .severity = ERROR,
         .native = SEV | SNP,
         .presets = true,
         .is_wrong = lsec_is_not_off,
         SAYS(EFI ".secureBoot", "",
              "false, since KubeVirt refuses SEV and SEV-SNP with Secure Boot, which is on unless it is switched off",
              "set it to false")},
	/* admitter: "SecureBoot requires SMM", which 1.9 does not ask for with TDX; amd64: "TDX
         * does not work along with SMM". */
	{.id = "secure-boot-tdx",
         .severity = ERROR,
         .since = 7,
         .before = 9,
         .native = TDX,
         .presets = true,
         .is_wrong = lsec_is_not_off,
         SAYS(EFI ".secureBoot", "",
              "false, since KubeVirt wants SMM for Secure Boot, which is on unless it is switched off, and refuses SMM with TDX",
              "set it to false")},
	/* admitter, all versions: "SecureBoot requires SMM, which is currently disabled". */
	{.id = "secure-boot-smm",
         .severity = ERROR,
         .tees = LSEC_TEE_BOTH,
         .presets = true,
         .is_wrong = lsec_is_without_smm,
         SAYS(EFI ".secureBoot", "",
              "false, since KubeVirt refuses Secure Boot, which is on unless it is switched off, without SMM, and no TEE has SMM",
              "set it to false")},
	/* amd64: "SNP does not work along with Persistent EFI variables". */
	{.id = "persistent",
         .severity = ERROR,
         .native = SNP | TDX,
         .is_wrong = lsec_is_true,
         SAYS(EFI ".persistent", "",
              "false, since KubeVirt refuses persistent EFI variables with snp and tdx", REMOVE)},
	/* amd64: "TDX does not work along with SMM". */
	{.id = "smm",
         .severity = ERROR,
         .native = TDX,
         .is_wrong = lsec_is_enabled,
         SAYS("spec.domain.features.smm", "", "no SMM, with which KubeVirt refuses tdx", REMOVE)},
	/* admitter, amd64: "SEV does not work with bootable NICs". */
	{.id = "boot-nic",
         .severity = ERROR,
         .native = NATIVE,
         .is_wrong = lsec_is_there,
         SAYS(DEVICES "interfaces[].bootOrder", "",
              "none, since KubeVirt refuses launchSecurity with a NIC to boot from",
              "remove it, and boot from a disk")},
	/* admitter: "No launchSecurity support for architecture"; src/domain/domain.c. */
	{.id = "architecture",
         .severity = ERROR,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_other,
         SAYS("spec.architecture", "amd64", "amd64, the one architecture of SEV-SNP and TDX",
              "set it to amd64")},
	/* src/domain/domain.c refuses others. */
	{.id = "machine",
         .severity = ERROR,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_other,
         SAYS("spec.domain.machine.type", "q35 pc-q35-",
              "q35 or one of its versions, since launchsec refuses other machines",
              "set it to q35, or remove it")},
	/* vms-admitter.go, pkg/liveupdate/memory/memory.go: "Memory hotplug is not compatible
         * with encrypted VMs", since 1.3. */
	{.id = "memory-hotplug",
         .severity = ERROR,
         .since = 3,
         .native = NATIVE,
         .is_wrong = lsec_is_there_in_vm,
         SAYS("spec.domain.memory.maxGuest", "",
              "none, since KubeVirt refuses memory hotplug with launchSecurity", REMOVE)},
	/* docs/compatibility.md: the libvirt and QEMU of each release. */
	{.id = "tee-version",
         .severity = ERROR,
         .before = 5,
         .tees = LSEC_TEE_SEV_SNP,
         .is_wrong = lsec_is_any,
         SAYS(LSEC_PREFIX "type", "",
              "KubeVirt 1.5 or newer for SEV-SNP, since the libvirt and QEMU of older ones have none",
              "upgrade KubeVirt")},
	{.id = "tee-version",
         .severity = ERROR,
         .before = 8,
         .softens = 7,
         .tees = LSEC_TEE_TDX,
         .is_wrong = lsec_is_any,
         SAYS(LSEC_PREFIX "type", "",
              "KubeVirt 1.8 or newer for TDX, since the libvirt and QEMU of 1.7 have only what CentOS added, and older ones none",
              "upgrade KubeVirt")},
	/* 1.9: vmi-mutator.go GetQGSSocketPath, template WithTDX. */
	{.id = "qgs-socket",
         .severity = WARNING,
         .before = 9,
         .tees = LSEC_TEE_TDX,
         .is_wrong = lsec_is_socket,
         SAYS(LSEC_PREFIX "qgs", "",
              "another way to quotes, since KubeVirt brings the socket into the pod from 1.9 on",
              "let the guest ask over VSOCK, or upgrade KubeVirt")},
	/* hooks HookSidecarList; docs/deploy.md. */
	{.id = "hook-misplaced",
         .severity = ERROR,
         .is_wrong = lsec_is_misplaced_hook,
         SAYS(LSEC_HOOK_KEY, "",
              "it in the template's metadata.annotations, since it does not reach the running VM from the outer ones",
              "move it there")},
	/* Without a hook nobody reads the annotations. From 1.9 on a Plugin may. */
	{.id = "hook-missing",
         .severity = ERROR,
         .softens = 9,
         .is_wrong = lsec_is_missing_hook,
         SAYS(LSEC_HOOK_KEY, "",
              "a sidecar with launchsec, or from KubeVirt 1.9 on a Plugin in the cluster, or the VM starts without protection",
              "add the annotation of docs/deploy.md (gate Sidecar), or see that the Plugin is there")},
	{.id = "hook-unknown",
         .severity = WARNING,
         .is_wrong = lsec_is_foreign_hook,
         SAYS(LSEC_HOOK_KEY, "",
              "launchsec in a sidecar's image or configMap name, by which it is known here",
              "see that one of the sidecars is launchsec's: without it the VM starts without protection")},
	{.id = "hook-idle",
         .severity = WARNING,
         .is_wrong = lsec_is_idle_hook,
         SAYS(LSEC_HOOK_KEY, "",
              "annotations behind " LSEC_PREFIX ", without which launchsec leaves the VM alone",
              "add " LSEC_PREFIX "type, or remove the sidecar")},
	/* pkg/hooks/plugins: an answer goes through KubeVirt's own struct when there is one, and
         * that (pkg/virt-launcher/virtwrap/api/schema.go) has room for these words alone. */
	{.id = "hook-plugins",
         .severity = WARNING,
         .since = 9,
         .is_wrong = lsec_is_losing_hook,
         SAYS(LSEC_HOOK_KEY, "type firmware policy allow-debug cbitpos reduced-phys-bits qgs",
              "a Plugin, since KubeVirt drops host data, ID blocks, MRCONFIGID and OEM strings from a sidecar's answer as soon as any Plugin is in the cluster",
              "deploy launchsec as a Plugin (docs/deploy.md)")},
	/* hooks: struct HookSidecar, ConfigMap, PVC; encoding/json's Unmarshal. */
	{.id = "hook-type",
         .severity = ERROR,
         .is_wrong = lsec_is_no_object,
         SAYS("[]", "", "an object" UNREADABLE, CORRECT)},
	{.id = "hook-field",
         .severity = ERROR,
         .softens = LATER,
         .is_wrong = lsec_is_unknown,
         SAYS("[].*", "image imagePullPolicy command args configMap pvc",
              "image, imagePullPolicy, command, args, configMap or pvc" HIDDEN, CORRECT)},
	{.id = "hook-field",
         .severity = ERROR,
         .softens = LATER,
         .is_wrong = lsec_is_unknown,
         SAYS("[].configMap.*", "name key hookPath", "name, key or hookPath" HIDDEN, CORRECT)},
	{.id = "hook-field",
         .severity = ERROR,
         .softens = LATER,
         .is_wrong = lsec_is_unknown,
         SAYS("[].pvc.*", "name volumePath sharedComputePath",
              "name, volumePath or sharedComputePath" HIDDEN, CORRECT)},
	{.id = "hook-type",
         .severity = ERROR,
         .is_wrong = lsec_is_ill_typed,
         SAYS("[].*", "",
              "a string for image and imagePullPolicy, a list of strings for command and args, an object for configMap and pvc" UNREADABLE,
              CORRECT)},
	{.id = "hook-type",
         .severity = ERROR,
         .is_wrong = lsec_is_no_string,
         SAYS("[].configMap.*", "", "a string" UNREADABLE, CORRECT)},
	{.id = "hook-type",
         .severity = ERROR,
         .is_wrong = lsec_is_no_string,
         SAYS("[].pvc.*", "", "a string" UNREADABLE, CORRECT)},
	/* hooks: ConfigMap since 1.2; template: SidecarShimImageEnvName since 1.2.1. */
	{.id = "hook-image",
         .severity = ERROR,
         .before = 2,
         .is_wrong = lsec_is_blank,
         SAYS("[].image", "", "an image, for which KubeVirt takes its shim from 1.2.1 on",
              "name the sidecar-shim image of your KubeVirt, or launchsec's")},
	{.id = "hook-config-map",
         .severity = ERROR,
         .before = 2,
         .is_wrong = lsec_is_there,
         SAYS("[].configMap", "",
              "an image with everything in it, since KubeVirt has configMap from 1.2 on",
              "use launchsec's image")},
	/* template: configMapVolumeMount; Kubernetes wants names and mount paths. */
	{.id = "hook-config-map",
         .severity = ERROR,
         .is_wrong = lsec_is_blank,
         SAYS("[].configMap.name", "", "the ConfigMap's name, without which there is no pod",
              "add it")},
	{.id = "hook-config-map",
         .severity = ERROR,
         .is_wrong = lsec_is_blank,
         SAYS("[].configMap.key", "",
              "the key of the ConfigMap, without which all of it is mounted as a folder",
              "add it")},
	{.id = "hook-config-map",
         .severity = ERROR,
         .is_wrong = lsec_is_blank,
         SAYS("[].configMap.hookPath", "", "the path to mount it at, without which there is no pod",
              "add it: /usr/bin/onDefineDomain, or for a config file " LSEC_CONFIG_FILE)},
	/* template: one volume of the ConfigMap's name for each sidecar. */
	{.id = "hook-config-map",
         .severity = ERROR,
         .is_wrong = lsec_is_repeated,
         SAYS("[].configMap.name", "",
              "another ConfigMap than other sidecars have, since the pod would have two volumes of one name",
              "use a copy under another name")},
	/* shim: exec.LookPath("onDefineDomain"), the usual PATH of an image. */
	{.id = "hook-path",
         .severity = ERROR,
         .is_wrong = lsec_is_unseen,
         SAYS("[].configMap.hookPath", "",
              "onDefineDomain in a folder of PATH, where the shim looks for its program",
              "set it to /usr/bin/onDefineDomain")},
	/* LSEC_CONFIG_FILE; a sidecar has no environment of its own. */
	{.id = "hook-config",
         .severity = WARNING,
         .is_wrong = lsec_is_unread,
         SAYS("[].configMap.hookPath", "",
              LSEC_CONFIG_FILE ", where launchsec looks for cluster defaults",
              "set it so, or add --config with the path to args")},
	/* shim: parseCommandLineArgs. */
	{.id = "hook-args",
         .severity = ERROR,
         .is_wrong = lsec_is_no_shim_version,
         SAYS("[].args", "",
              "--version and v1alpha1, v1alpha2 or v1alpha3, without which the shim does not start",
              "set it to [\"--version\", \"v1alpha3\"]")},
	/* pkg/hooks/manager.go: v1alpha3, and with it Shutdown, since 1.2. */
	{.id = "hook-args",
         .severity = ERROR,
         .before = 2,
         .is_wrong = lsec_is_too_new,
         SAYS("[].args", "", "v1alpha2, since KubeVirt knows v1alpha3 from 1.2 on",
              "leave --version out, or name v1alpha2")},
	{.id = "hook-args",
         .severity = WARNING,
         .since = 2,
         .is_wrong = lsec_is_not_told,
         SAYS("[].args", "",
              "v1alpha3, by which the sidecar hears of the guest's end: the pod stays otherwise",
              "set --version to v1alpha3")},
	{.id = "host-device",
         .severity = WARNING,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_there,
         SAYS(DEVICES "hostDevices[]", "", SHARED, REMOVE)},
	{.id = "host-device",
         .severity = WARNING,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_there,
         SAYS(DEVICES "gpus[]", "", SHARED, REMOVE)},
	{.id = "host-device",
         .severity = WARNING,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_there,
         SAYS(DEVICES "interfaces[].sriov", "", SHARED, "use masquerade or bridge")},
	/* libvirt formatdomain, TPM: the emulator is a process of the host. */
	{.id = "tpm",
         .severity = WARNING,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_enabled,
         SAYS(DEVICES "tpm", "",
              "none, since the TPM is a program of the host, which can read and forge all that is in it",
              "remove it, or keep no secrets of the guest in it")},
	/* QEMU target/i386/kvm/tdx.c: "Named cpu model is not supported"; src/core/rule_cpu.c. */
	{.id = "cpu-model",
         .severity = WARNING,
         .tees = LSEC_TEE_TDX,
         .is_wrong = lsec_is_other,
         SAYS("spec.domain.cpu.model", "host-passthrough host-model",
              "host-passthrough, which launchsec makes of it, since QEMU refuses named models with TDX",
              "set it to host-passthrough")},
	/* KubeVirt plugs CPUs in by live migration (user guide, CPU hotplug). */
	{.id = "cpu-hotplug",
         .severity = WARNING,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_there,
         SAYS("spec.domain.cpu.maxSockets", "",
              "none, since KubeVirt adds CPUs by live migration, which confidential VMs cannot do",
              REMOVE)},
	/* QEMU RAM_GUEST_MEMFD: private memory lies beside the backend; Linux
         * virt/kvm/guest_memfd.c: in ordinary pages. */
	{.id = "hugepages",
         .severity = WARNING,
         .tees = LSEC_TEE_BOTH,
         .is_wrong = lsec_is_there,
         SAYS("spec.domain.memory.hugepages", "",
              "none, since only what the guest shares with the host lies in them: its private memory takes ordinary pages besides",
              REMOVE)},
	{.id = ""},
};

const struct lsec_rule *lsec_rules(void)
{
	return rules;
}
