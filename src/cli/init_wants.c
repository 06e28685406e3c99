/* SPDX-License-Identifier: Apache-2.0 */
/* What a confidential VM needs in its manifest, part by part. */
#include <string.h>

#include "init_edit.h"
#include "launchsec/config.h"
#include "launchsec/keys.h"
#include "lint/kubevirt.h"
#include "lint/rule.h"

#define ANNOTATION "metadata|annotations|"
#define SIDECARS "hooks.kubevirt.io/hookSidecars"
#define EFI "spec|domain|firmware|bootloader|efi|"
#define SECURITY "spec|domain|launchSecurity"
#define SNP_NODES "spec|nodeSelector|amd.feature.node.kubernetes.io/snp"
#define CONFIGMAP_SIDECAR "'" LSEC_HOOK_CONFIGMAP "'"
#define IMAGE_SIDECAR                                                                                                                                              \
	"'[{\"image\": \"registry.example/launchsec:" LAUNCHSEC_VERSION                                                                                            \
	"\", \"args\": [\"--version\", \"v1alpha3\"], \"configMap\": {\"name\": \"launchsec-config\", \"key\": \"config.json\", \"hookPath\": \"" LSEC_CONFIG_FILE \
	"\"}}]'"

static const char *const types[] = {"", "sev-snp", "tdx", "", "auto"}; /* by bits */

static int want_hook(struct lsec_init *init)
{
	const char *found = lsec_json_text(lsec_init_there(init, ANNOTATION SIDECARS));
	const char *value =
		init->options->form == LSEC_INIT_IMAGE ? IMAGE_SIDECAR : CONFIGMAP_SIDECAR;
	if (init->options->form == LSEC_INIT_PLUGIN ||
	    (found != NULL && strstr(found, "launchsec") != NULL))
		return 0;
	if (found != NULL)
		return lsec_problem_add(init->problems, SIDECARS,
		                        "has other sidecars; add the entry of this list to it: %s",
		                        value);
	return lsec_init_want(init, ANNOTATION SIDECARS, value, "the hook that runs launchsec");
}

static int want_type(struct lsec_init *init)
{
	const char *wanted = types[init->options->tee];
	const char *found = lsec_json_text(lsec_init_there(init, ANNOTATION LSEC_PREFIX "type"));
	if (found != NULL && strcmp(found, wanted) != 0)
		return lsec_problem_add(init->problems, LSEC_PREFIX "type",
		                        "is %s, but --tee is %s; change one",
		                        lsec_quote(found).text, wanted);
	return lsec_init_want(init, ANNOTATION LSEC_PREFIX "type", wanted,
	                      "requests the TEE from launchsec");
}

/* Before 1.9 KubeVirt does not mount the service's socket into the pod (docs/kubevirt-tdx.md). */
static int want_qgs(struct lsec_init *init)
{
	if (init->options->tee != LSEC_INIT_TDX || !lsec_init_is_before(init, 9) ||
	    lsec_init_there(init, ANNOTATION LSEC_PREFIX "qgs") != NULL)
		return 0;
	return lsec_init_want(
		init, ANNOTATION LSEC_PREFIX "qgs", "none",
		"KubeVirt before 1.9 does not mount the socket of the quote generation service; the guest gets quotes over VSOCK");
}

/* KubeVirt's own word for the TEE, by which it chooses node and devices. */
static int want_native(struct lsec_init *init)
{
	bool tdx = init->options->tee == LSEC_INIT_TDX;
	bool old = !tdx && lsec_init_is_before(init, 7);
	int status = 0;
	const char *why = "KubeVirt uses it to choose the node and to add devices and memory";
	const struct json_object *found = lsec_init_there(init, SECURITY);
	if (init->options->tee > LSEC_INIT_TDX ||
	    lsec_json_member(found, tdx ? "tdx" : "snp") != NULL ||
	    (!tdx && lsec_json_member(found, "sev") != NULL))
		return 0;
	if (found != NULL &&
	    (!json_object_is_type(found, json_type_object) || json_object_object_length(found) > 0))
		return lsec_problem_add(
			init->problems, init->name,
			"launchSecurity is not {%s: {}}, which --tee needs; change one",
			tdx ? "tdx" : "snp");
	if (!tdx && init->kubevirt == LSEC_KUBEVIRT_ANY)
		why = "KubeVirt 1.7 or newer, which is assumed without --kubevirt, uses it to choose the node and to add devices and memory";
	if (old && lsec_init_there(init, SNP_NODES) == NULL)
		status = lsec_init_want(
			init, SNP_NODES, "\"true\"",
			"KubeVirt before 1.7 selects nodes by SEV only; the label comes from Node Feature Discovery with deploy/node-features");
	return status | lsec_init_want(init,
	                               tdx   ? SECURITY "|tdx"
	                               : old ? SECURITY "|sev"
	                                     : SECURITY "|snp",
	                               "{}", why);
}

static int want_firmware(struct lsec_init *init)
{
	int status = 0;
	if (lsec_init_there(init, "spec|domain|firmware|bootloader|bios") != NULL)
		return lsec_problem_add(
			init->problems, init->name,
			"the VM boots by BIOS, which no TEE supports; replace bios by efi: {secureBoot: false}");
	if (lsec_json_is(lsec_init_there(init, EFI "persistent"), true))
		status |= lsec_init_want(init, EFI "persistent", "false",
		                         "KubeVirt refuses persistent EFI variables");
	return status |
	       lsec_init_want(init, EFI "secureBoot", "false",
	                      "EFI is needed, and Secure Boot needs SMM, which no TEE supports");
}

/* The path of a field of the VM, not of its template; NULL for kinds without. */
static char *of_owner(const struct lsec_init *init, const char *path)
{
	if (init->kind->pool)
		return lsec_concat("spec|virtualMachineTemplate|spec|", path);
	return strcmp(init->kind->name, "VirtualMachine") == 0 ? lsec_concat("spec|", path) : NULL;
}

static int want_preference(struct lsec_init *init)
{
	static const char *const names[] = {"", "confidential-snp", "confidential-tdx", "",
	                                    "confidential"};
	const char *name = names[init->options->tee];
	cleanup_free char *path = of_owner(init, "preference|name");
	if (path == NULL)
		return lsec_problem_add(init->problems, init->name,
		                        "--preference needs a VirtualMachine; %s has no preference",
		                        init->kind->name);
	const char *found = lsec_json_text(lsec_init_at(init, path));
	if (found != NULL && strcmp(found, name) != 0)
		return lsec_problem_add(init->problems, init->name,
		                        "the VM has the preference %s; leave out --preference",
		                        lsec_quote(found).text);
	return found != NULL ? 0
	                     : lsec_init_change(init, path, name, "the preference adds the rest");
}

/*
 * A model whose CPUID values SEV firmware accepts: the first version of EPYC-Milan, which is what
 * the name alone means, has complex_indexing (QEMU target/i386/cpu.c, epyc_milan_cache_info), which
 * it rejects (NVIDIA/nvtrust issue 91); the second starts on Milan (autotest/tp-qemu pull 4255).
 * Newer libvirt offers names with versions, and so labels of nodes (kubevirt's testdata
 * domcapabilities_tdx.xml), which that of KubeVirt 1.7, 10.10, is not relied on for. KubeVirt
 * selects nodes by the label (pkg/virt-controller/services/nodeselectorrenderer.go).
 */
#define MODEL(name) name " # on nodes with cpu-model.node.kubevirt.io/" name
static int want_cpu_model(struct lsec_init *init)
{
	return lsec_init_want(init, "spec|domain|cpu|model",
	                      lsec_init_is_before(init, 8) ? MODEL("EPYC-Genoa")
	                                                   : MODEL("EPYC-Milan-v2"),
	                      "with one CPU model the launch digest is the same on all nodes");
}

bool lsec_init_lacks_native(const struct lsec_init *init)
{
	static const char *const presets[] = {"preference", "instancetype"};
	if (init->options->tee <= LSEC_INIT_TDX || init->options->preference ||
	    lsec_init_there(init, SECURITY) != NULL)
		return false;
	for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
		cleanup_free char *path = of_owner(init, presets[i]);
		if (path != NULL && lsec_init_at(init, path) != NULL)
			return false;
	}
	return true;
}

/* What lacks, the last first: each comes in at the top of what is there. */
int lsec_init_bring(struct lsec_init *init)
{
	cleanup_free char *instancetype = of_owner(init, "instancetype");
	int status = 0;
	if (init->options->tee == LSEC_INIT_SNP &&
	    lsec_init_there(init, "spec|domain|cpu|model") == NULL &&
	    (instancetype == NULL || lsec_init_at(init, instancetype) == NULL))
		status |= want_cpu_model(init);
	if (!init->options->preference) {
		status |= want_firmware(init);
		status |= want_native(init);
	}
	status |= lsec_init_want(init, "spec|evictionStrategy", "None",
	                         "confidential VMs cannot migrate");
	status |= want_qgs(init);
	status |= init->options->preference ? want_preference(init) : want_type(init);
	return status | want_hook(init);
}
