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
#define SAYS(where, words_of_it, trouble, remedy)                                                  \
	.place = (where), .words = (words_of_it), .problem = (trouble), .fix = (remedy)

#define GOT LSEC_RULE_GOT
#define QUOTE "put it in quotes"
#define REMOVE "remove it"
#define NAME_VERSION "name the cluster's version with --kubevirt"
#define SET_FALSE "set it to false"
#define UNKNOWN "unknown field: KubeVirt drops it, or kubectl refuses it"
#define IGNORED "unknown field: KubeVirt ignores it"
#define UNREADABLE GOT ": otherwise KubeVirt cannot read the annotation and makes no pod"
#define SHARED "a host device reaches only memory that the guest shares with the host, unencrypted"
#define UNASSIGNED                                                                                 \
	"QEMU up to 10.0, which KubeVirt up to 1.7 has, starts no SEV-SNP guest with a host device"
#define UPGRADE "remove it, or use KubeVirt 1.8 or newer"

static const struct lsec_rule rules[] = {
	/* schema LaunchSecurity: SEV alone until 1.6, SNP and TDX from 1.7 on. */
	{RULE("native-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS(SECURITY ".*", "sev snp tdx", UNKNOWN, "use sev, snp or tdx")},
	/* Kubernetes drops a null, and refuses values of another type than the schema's. */
	{RULE("native-value", ERROR, lsec_is_named_no_object),
         SAYS(SECURITY ".*", "sev snp tdx",
              "must be an object: KubeVirt ignores null, and the API server rejects other values",
              "set it to {}")},
	{RULE("native-version", ERROR, lsec_is_named), .before = 7, .fix_any = NAME_VERSION,
         SAYS(SECURITY ".*", "snp",
              "KubeVirt has snp from 1.7 on, OpenShift Virtualization from 4.21 on",
              "use sev: {}, which launchsec turns into SEV-SNP, or upgrade KubeVirt")},
	{RULE("native-version", ERROR, lsec_is_named_beside_type), .before = 7,
         .fix_any = NAME_VERSION,
         SAYS(SECURITY ".*", "tdx",
              "TDX needs KubeVirt 1.8 (OpenShift Virtualization 4.22): older ones than 1.7 have no field tdx, and the QEMU of 1.7 does not support TDX",
              "upgrade KubeVirt")},
	/* amd64: "One and only one launchSecurity type can be set". */
	{RULE("native-count", ERROR, lsec_is_not_one), .since = 7,
         SAYS(SECURITY, "", "must have exactly one of sev, snp and tdx, or KubeVirt refuses the VM",
              "leave the one for the TEE that protects the VM")},
	/* template: newNodeSelectorRenderer, labels kubevirt.io/sev and kubevirt.io/sev-snp. */
	{RULE("native-sev", WARNING, lsec_is_there), .since = 7, .tees = LSEC_TEE_SEV_SNP,
         SAYS(SECURITY ".sev", "", "KubeVirt chooses a node that has SEV, which may lack SEV-SNP",
              "replace sev by snp: {}")},
	/* admitter, amd64: "SEV attestation requires VMI StartStrategy 'Paused'". */
	{RULE("sev-attestation", ERROR, lsec_is_unpaused), .native = SEV,
         SAYS(SECURITY ".sev.attestation", "",
              "KubeVirt refuses attestation of SEV unless the VM starts paused",
              "add startStrategy: Paused to the VMI's spec, or remove attestation")},
	/* SEV's own attestation, pkg/virt-api/rest/sev.go; libvirt formatdomain: sev only. */
	{RULE("native-sev-fields", WARNING, lsec_is_named), .tees = LSEC_TEE_SEV_SNP,
         SAYS(SECURITY ".sev.*", "attestation dhCert session",
              "SEV-SNP does not have this field, and launchsec drops it",
              "remove it, and attest the guest by its SEV-SNP report")},
	/* CVE-2025-48514: a SEV-ES guest beside SEV-SNP ones can attack these. */
	{RULE("native-sev-es", WARNING, lsec_is_true_and_alone), .since = 7, .native = SEV,
         SAYS(SECURITY ".sev.policy.encryptedState", "",
              "firmware with SEV-SNP enabled refuses SEV-ES guests, or is not safe with them (CVE-2025-48514)",
              "replace sev by snp: {}")},
	/* schema Bootloader, EFI. */
	{RULE("efi-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("spec.domain.firmware.bootloader.*", "bios efi", UNKNOWN, "use bios or efi")},
	{RULE("efi-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS(EFI ".*", "secureBoot persistent", UNKNOWN, "use secureBoot or persistent")},
	{RULE("efi-field", ERROR, lsec_is_no_boolean),
         SAYS(EFI ".*", "", "must be true or false" GOT ": the API server rejects other values",
              "write it without quotes")},
	/* admitter, amd64: "SEV requires OVMF (UEFI)". */
	{RULE("efi", ERROR, lsec_is_absent), .native = NATIVE, .presets = true,
         SAYS(EFI, "", "missing: KubeVirt refuses launchSecurity without EFI",
              "add efi with secureBoot: false")},
	/* admitter, amd64: "SEV does not work along with SecureBoot". */
	{RULE("secure-boot", ERROR, lsec_is_not_off), .native = SEV | SNP, .presets = true,
         SAYS(EFI ".secureBoot", "",
              "must be false" GOT
              ": KubeVirt refuses SEV and SEV-SNP with Secure Boot, which is on by default",
              SET_FALSE)},
	/* admitter: "SecureBoot requires SMM", which 1.9 does not ask for with TDX; amd64: "TDX
         * does not work along with SMM". */
	{RULE("secure-boot-tdx", ERROR, lsec_is_not_off), .since = 7, .before = 9, .native = TDX,
         .presets = true,
         SAYS(EFI ".secureBoot", "",
              "must be false" GOT
              ": Secure Boot, which is on by default, needs SMM, and KubeVirt refuses SMM with TDX",
              SET_FALSE)},
	/* admitter, all versions: "SecureBoot requires SMM, which is currently disabled". */
	{RULE("secure-boot-smm", ERROR, lsec_is_without_smm), .tees = LSEC_TEE_BOTH,
         .presets = true,
         SAYS(EFI ".secureBoot", "",
              "must be false" GOT
              ": Secure Boot, which is on by default, needs SMM, and no TEE supports SMM",
              SET_FALSE)},
	/* amd64: "SNP does not work along with Persistent EFI variables". */
	{RULE("persistent", ERROR, lsec_is_true), .native = SNP | TDX,
         SAYS(EFI ".persistent", "", "KubeVirt refuses persistent EFI variables with snp and tdx",
              REMOVE)},
	/* amd64: "TDX does not work along with SMM". */
	{RULE("smm", ERROR, lsec_is_enabled), .native = TDX,
         SAYS("spec.domain.features.smm", "", "KubeVirt refuses SMM with tdx", REMOVE)},
	/* admitter, amd64: "SEV does not work with bootable NICs". */
	{RULE("boot-nic", ERROR, lsec_is_there), .native = NATIVE,
         SAYS(DEVICES "interfaces[].bootOrder", "",
              "KubeVirt refuses launchSecurity with a bootable NIC",
              "remove it, and boot from a disk")},
	/* admitter: "No launchSecurity support for architecture"; src/domain/domain.c. */
	{RULE("architecture", ERROR, lsec_is_other), .tees = LSEC_TEE_BOTH,
         SAYS("spec.architecture", "amd64",
              "must be amd64" GOT ": SEV-SNP and TDX exist on no other architecture",
              "set it to amd64")},
	/* src/domain/domain.c refuses others. */
	{RULE("machine", ERROR, lsec_is_other), .tees = LSEC_TEE_BOTH,
         SAYS("spec.domain.machine.type", "q35 pc-q35-",
              "must be q35 or one of its versions" GOT ": launchsec refuses other machines",
              "set it to q35, or remove it")},
	/* swagger.json: v1.CPU has integers; apimachinery resource/quantity.go ParseQuantity. */
	{RULE("number", ERROR, lsec_is_no_count),
         SAYS("spec.domain.cpu.*", "cores sockets threads maxSockets",
              "must be a whole number" GOT ": the API server rejects other values",
              "write digits without quotes")},
	{RULE("number", ERROR, lsec_is_no_quantity),
         SAYS("spec.domain.memory.*", "guest maxGuest",
              "must be a quantity" GOT ": the API server rejects other values",
              "write a number and Mi or Gi without a blank, such as 4Gi")},
	/* vms-admitter.go, pkg/liveupdate/memory/memory.go: "Memory hotplug is not compatible
         * with encrypted VMs", where vmRolloutStrategy is LiveUpdate, the default since 1.6. */
	{RULE("memory-hotplug", ERROR, lsec_is_live_in_vm), .since = 6, .native = NATIVE,
         SAYS("spec.domain.memory.maxGuest", "",
              "KubeVirt refuses memory hotplug with launchSecurity", REMOVE)},
	/* docs/compatibility.md: the libvirt and QEMU of each release. */
	{RULE("tee-version", ERROR, lsec_is_any), .before = 5, .tees = LSEC_TEE_SEV_SNP,
         SAYS(LSEC_PREFIX "type", "",
              "SEV-SNP needs KubeVirt 1.5: libvirt and QEMU of older ones do not support it",
              "upgrade KubeVirt")},
	{RULE("tee-version", ERROR, lsec_is_any), .before = 8, .softens = 7, .tees = LSEC_TEE_TDX,
         SAYS(LSEC_PREFIX "type", "",
              "TDX needs KubeVirt 1.8: libvirt and QEMU of 1.7 have only CentOS's additions for it, and older ones none",
              "upgrade KubeVirt")},
	/* 1.9: vmi-mutator.go GetQGSSocketPath, template WithTDX. */
	{RULE("qgs-socket", WARNING, lsec_is_socket), .before = 9, .tees = LSEC_TEE_TDX,
         SAYS(LSEC_PREFIX "qgs", "",
              "KubeVirt before 1.9 does not bring the socket into the pod, so the VM gets no quotes",
              "let the guest get quotes over VSOCK, or upgrade KubeVirt")},
	/* src/core/apply.c: without annotations the domain stays as it is. */
	{RULE("defaults", WARNING, lsec_is_without_defaults), .native = SNP | TDX,
         SAYS(LSEC_PREFIX "type", "",
              "cluster defaults and forbidden keys do not apply: the VM has no launchsec annotation",
              "add " LSEC_PREFIX "type")},
	/* hooks HookSidecarList; docs/deploy.md. */
	{RULE("hook-misplaced", ERROR, lsec_is_misplaced_hook),
         SAYS(LSEC_HOOK_KEY, "", "this annotation has no effect outside the template",
              "move it to metadata.annotations of the template")},
	{RULE("hook-missing", ERROR, lsec_is_misspelt_hook),
         SAYS(LSEC_HOOK_KEY, "",
              "missing, and KubeVirt ignores the annotation with almost this name: the VM starts without protection",
              "correct its name")},
	/* Without a hook nobody reads the annotations. From 1.9 on a Plugin may: --plugin. */
	{RULE("hook-missing", ERROR, lsec_is_missing_hook),
         SAYS(LSEC_HOOK_KEY, "", "no launchsec sidecar: the VM starts without protection",
              "add one with launchsec init --form configmap, or use --plugin if the cluster has launchsec's Plugin")},
	{RULE("hook-unknown", WARNING, lsec_is_foreign_hook),
         SAYS(LSEC_HOOK_KEY, "",
              "no sidecar has launchsec in the name of its image or ConfigMap: without launchsec the VM starts without protection",
              "make sure that one of the sidecars runs launchsec")},
	{RULE("hook-idle", WARNING, lsec_is_idle_hook),
         SAYS(LSEC_HOOK_KEY, "",
              "the VM has no annotation that starts with " LSEC_PREFIX
              ", so launchsec does not change it",
              "add " LSEC_PREFIX "type, or remove the sidecar")},
	/* Plugins run after all sidecars. */
	{RULE("hook-idle", WARNING, lsec_is_doubled_hook), .since = LSEC_KUBEVIRT_PLUGINS,
         SAYS(LSEC_HOOK_KEY, "", "the Plugin runs launchsec for this VM, too",
              "remove launchsec's sidecar")},
	/* pkg/hooks/plugins: an answer goes through KubeVirt's own struct when there is one, and
         * that (pkg/virt-launcher/virtwrap/api/schema.go) has room for these words alone. */
	{RULE("hook-plugins", WARNING, lsec_is_losing_hook), .since = LSEC_KUBEVIRT_PLUGINS,
         SAYS(LSEC_HOOK_KEY, "type firmware policy allow-debug cbitpos reduced-phys-bits qgs",
              "KubeVirt drops host data, ID blocks, MRCONFIGID and OEM strings from a sidecar's answer as soon as the cluster has any Plugin",
              "deploy launchsec as a Plugin")},
	/* hooks: struct HookSidecar, ConfigMap, PVC; encoding/json's Unmarshal. */
	{RULE("hook-type", ERROR, lsec_is_no_object),
         SAYS("[]", "", "must be an object" UNREADABLE, "write each sidecar as an object: {...}")},
	{RULE("hook-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("[].*", "image imagePullPolicy command args configMap pvc", IGNORED,
              "use image, imagePullPolicy, command, args, configMap or pvc")},
	{RULE("hook-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("[].configMap.*", "name key hookPath", IGNORED, "use name, key or hookPath")},
	{RULE("hook-field", ERROR, lsec_is_unknown), .softens = LATER,
         SAYS("[].pvc.*", "name volumePath sharedComputePath", IGNORED,
              "use name, volumePath or sharedComputePath")},
	{RULE("hook-type", ERROR, lsec_is_no_string),
         SAYS("[].*", "image imagePullPolicy", "must be a string" UNREADABLE, QUOTE)},
	{RULE("hook-type", ERROR, lsec_is_no_list_of_strings),
         SAYS("[].*", "command args", "must be a list of strings" UNREADABLE,
              "write it as [\"...\", \"...\"]")},
	{RULE("hook-type", ERROR, lsec_is_no_struct),
         SAYS("[].*", "configMap pvc", "must be an object" UNREADABLE, "write it as {...}")},
	{RULE("hook-type", ERROR, lsec_is_no_string),
         SAYS("[].configMap.*", "name key hookPath", "must be a string" UNREADABLE, QUOTE)},
	{RULE("hook-type", ERROR, lsec_is_no_string),
         SAYS("[].pvc.*", "name volumePath sharedComputePath", "must be a string" UNREADABLE,
              QUOTE)},
	/* hooks: ConfigMap since 1.2; template: SidecarShimImageEnvName since 1.2.1. */
	{RULE("hook-image", ERROR, lsec_is_blank), .before = 2,
         SAYS("[].image", "", "missing: KubeVirt has a default image from 1.2.1 on only",
              "name the sidecar-shim image of your KubeVirt, or launchsec's")},
	{RULE("hook-config-map", ERROR, lsec_is_there), .before = 2,
         SAYS("[].configMap", "", "KubeVirt has configMap from 1.2 on", "use launchsec's image")},
	/* template: configMapVolumeMount; Kubernetes requires names and mount paths. */
	{RULE("hook-config-map", ERROR, lsec_is_blank),
         SAYS("[].configMap.name", "",
              "missing: KubeVirt cannot make the pod without the ConfigMap's name", "add it")},
	{RULE("hook-config-map", ERROR, lsec_is_blank_key),
         SAYS("[].configMap.key", "",
              "missing: without a key the whole ConfigMap is mounted as a directory", "add it")},
	{RULE("hook-config-map", ERROR, lsec_is_blank),
         SAYS("[].configMap.hookPath", "",
              "missing: KubeVirt cannot make the pod without a path to mount the ConfigMap at",
              "add it: /usr/bin/onDefineDomain, or for a config file " LSEC_CONFIG_FILE)},
	/* template: one volume of the ConfigMap's name for each sidecar. */
	{RULE("hook-config-map", ERROR, lsec_is_repeated),
         SAYS("[].configMap.name", "",
              "another sidecar has this ConfigMap too, and the pod cannot have two volumes with one name",
              "use a copy of the ConfigMap with another name")},
	/* shim: exec.LookPath("onDefineDomain"), the usual PATH of an image. */
	{RULE("hook-path", ERROR, lsec_is_unseen),
         SAYS("[].configMap.hookPath", "",
              "must be onDefineDomain in a directory of PATH" GOT
              ": sidecar-shim does not find the program elsewhere",
              "set it to /usr/bin/onDefineDomain")},
	/* LSEC_CONFIG_FILE; a sidecar has no environment of its own. */
	{RULE("hook-config", WARNING, lsec_is_unread),
         SAYS("[].configMap.hookPath", "",
              "must be " LSEC_CONFIG_FILE GOT ": launchsec reads cluster defaults from there",
              "set it, or add --config with the path to args")},
	/* shim: parseCommandLineArgs. */
	{RULE("hook-args", ERROR, lsec_is_no_shim_version),
         SAYS("[].args", "",
              "--version must be v1alpha1, v1alpha2 or v1alpha3, or sidecar-shim does not start",
              "set args to [\"--version\", \"v1alpha3\"]")},
	/* src/cli/commands.c, the options of serve. */
	{RULE("hook-args", ERROR, lsec_is_without_value),
         SAYS("[].args", "", "an option has no value, so launchsec does not start",
              "add it as the next argument, such as \"--version\", \"v1alpha3\"")},
	/* pkg/hooks/manager.go: v1alpha3, and with it Shutdown, since 1.2. */
	{RULE("hook-args", ERROR, lsec_is_too_new), .before = 2,
         SAYS("[].args", "", "KubeVirt supports v1alpha3 from 1.2 on",
              "remove --version, or set it to v1alpha2")},
	{RULE("hook-args", WARNING, lsec_is_not_told), .since = 2,
         SAYS("[].args", "",
              "with a version before v1alpha3 the sidecar does not learn that the guest has stopped, and the pod never completes",
              "set --version to v1alpha3")},
	/* QEMU 9.1 system/physmem.c: guest_memfd and VFIO exclude each other ("cannot set up
         * private guest memory: discard currently blocked"), until 10.1; docs/compatibility.md. */
	{RULE("host-device-qemu", ERROR, lsec_is_there), .before = 8, .tees = LSEC_TEE_SEV_SNP,
         SAYS(DEVICES "hostDevices[]", "", UNASSIGNED, UPGRADE)},
	{RULE("host-device-qemu", ERROR, lsec_is_there), .before = 8, .tees = LSEC_TEE_SEV_SNP,
         SAYS(DEVICES "gpus[]", "", UNASSIGNED, UPGRADE)},
	{RULE("host-device-qemu", ERROR, lsec_is_there), .before = 8, .tees = LSEC_TEE_SEV_SNP,
         SAYS(DEVICES "interfaces[].sriov", "", UNASSIGNED, UPGRADE)},
	{RULE("host-device", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "hostDevices[]", "", SHARED, REMOVE)},
	{RULE("host-device", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "gpus[]", "", SHARED, REMOVE)},
	{RULE("host-device", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "interfaces[].sriov", "", SHARED, "use masquerade or bridge")},
	/* admitter, all versions: "VSOCK feature gate is not enabled in kubevirt-config". */
	{RULE("vsock", WARNING, lsec_is_ungated_vsock), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "autoattachVSOCK", "",
              "KubeVirt refuses the VM without the feature gate VSOCK",
              "enable it; lint sees the gate if the KubeVirt object is among the files")},
	/* virt-config DefaultAMD64OVMFPath until 1.8; converter efi.go; docs/compatibility.md. */
	{RULE("ovmf-path", WARNING, lsec_is_without_ovmf), .since = 7, .before = 9,
         SAYS(SECURITY ".*", "snp tdx",
              "the pod ends with \"EFI OVMF roms missing\": the KubeVirt object does not set ovmfPath to where its image has the firmware for SEV-SNP and TDX",
              "set spec.configuration.architectureConfiguration.amd64.ovmfPath to /usr/share/edk2/ovmf")},
	/* libvirt formatdomain, TPM: the emulator is a process of the host. */
	{RULE("tpm", WARNING, lsec_is_enabled), .tees = LSEC_TEE_BOTH,
         SAYS(DEVICES "tpm", "",
              "the TPM is a program of the host, which can read and forge everything in it",
              "remove it, or keep no secrets of the guest in it")},
	/* QEMU target/i386/kvm/tdx.c: "Named cpu model is not supported"; src/core/rule_cpu.c. */
	{RULE("cpu-model", WARNING, lsec_is_other), .tees = LSEC_TEE_TDX,
         SAYS("spec.domain.cpu.model", "host-passthrough host-model",
              "must be host-passthrough" GOT
              ": QEMU refuses named models with TDX, so launchsec replaces them",
              "set it to host-passthrough")},
	/* KubeVirt's node labeller: cpu-model.node.kubevirt.io/MODEL is a label of nodes with it.
         */
	{RULE("cpu-model", WARNING, lsec_is_other_for_any),
         SAYS("spec.domain.cpu.model", "host-passthrough host-model",
              "must be host-passthrough or host-model with type auto" GOT
              ": KubeVirt chooses only nodes that have this model, so the VM runs on one TEE at most",
              "remove it, or set type to that TEE")},
	/* The same without annotations, where launchsec changes nothing; src/core/cpu_models.c. */
	{RULE("cpu-model", WARNING, lsec_is_other_and_alone), .native = TDX,
         SAYS("spec.domain.cpu.model", "host-passthrough host-model",
              "must be host-passthrough" GOT ": QEMU refuses named models with TDX",
              "set it to host-passthrough")},
	{RULE("cpu-model", WARNING, lsec_is_without_snp), .native = SNP,
         SAYS("spec.domain.cpu.model", "",
              "must be host-passthrough, EPYC-Milan-v2 or a newer model" GOT
              ": SEV firmware refuses other models, or no node with SEV-SNP has them",
              "set it to one of these")},
	/* The labels come from libvirt's list of models; src/core/cpu_models.c. */
	{RULE("cpu-model", WARNING, lsec_is_misspelt_model),
         SAYS("spec.domain.cpu.model", "",
              "must be a CPU model of libvirt" GOT ": KubeVirt finds no node with an unknown one",
              "correct the name")},
	/* converter/compute/cpu.go, hot-pluggable vCPUs since 1.6; docs/measure.md. Of a VM with
         * annotations the hook makes them all present from the start. */
	{RULE("cpu-plugged", WARNING, lsec_is_plugged), .since = 6, .native = TDX,
         SAYS("spec.domain.cpu.sockets", "",
              "must be 1: KubeVirt plugs in the vCPUs of other sockets, and with those QEMU starts no TDX guest",
              "use cores instead of sockets, or add the annotation " LSEC_PREFIX "type")},
	/* KubeVirt plugs CPUs in by live migration (user guide, CPU hotplug). */
	{RULE("cpu-hotplug", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS("spec.domain.cpu.maxSockets", "",
              "KubeVirt adds vCPUs by live migration, which confidential VMs do not support",
              REMOVE)},
	/* QEMU RAM_GUEST_MEMFD: private memory lies beside the backend; Linux
         * virt/kvm/guest_memfd.c: in ordinary pages. */
	{RULE("hugepages", WARNING, lsec_is_there), .tees = LSEC_TEE_BOTH,
         SAYS("spec.domain.memory.hugepages", "",
              "huge pages hold only memory that the guest shares with the host; its private memory needs ordinary pages in addition",
              REMOVE)},
	{.id = ""},
};

const struct lsec_rule *lsec_rules(void)
{
	return rules;
}
