/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a VM's measurement is made of, from any domain or manifest: the first byte says which, what
 * is given besides, and what the VM asks for; the rest is the document.
 */
#include <libxml/parser.h>

#include "base/text.h"
#include "fuzz.h"
#include "launchsec/inputs.h"

#define MANIFEST 0x01
#define TEES 0x06
#define VCPUS 0x08
#define CPU 0x10
#define KERNEL 0x20

static const char *const types[] = {NULL, "sev-snp", "tdx", "auto"};

/* How many vCPUs are enabled in a domain, 0 where there is no list. */
static unsigned listed(const xmlNode *root)
{
	unsigned count = 0;
	const xmlNode *vcpus = fuzz_child(root, "vcpus");
	for (const xmlNode *vcpu = vcpus == NULL ? NULL : vcpus->children; vcpu != NULL;
	     vcpu = vcpu->next)
		count += vcpu->type == XML_ELEMENT_NODE && vcpu->ns == NULL &&
		         strcmp((const char *)vcpu->name, "vcpu") == 0 &&
		         fuzz_attribute_is(vcpu, "enabled", "yes");
	return count;
}

/* The number that a domain says, by libxml2 alone. */
static void check_vcpus(const struct fuzz_input *domain, unsigned found)
{
	xmlDoc *doc = xmlReadMemory((const char *)domain->data, (int)domain->size, NULL, NULL,
	                            XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NONET);
	HOLDS(doc != NULL, "a domain that is no XML has a digest");
	const xmlNode *root = xmlDocGetRootElement(doc);
	const xmlNode *vcpu = fuzz_child(root, "vcpu");
	fuzz_owned current = vcpu == NULL ? NULL : fuzz_attribute(vcpu, "current");
	fuzz_owned most = vcpu == NULL ? NULL : fuzz_element_text(vcpu);
	const char *said = current != NULL ? current : most != NULL && most[0] != '\0' ? most : "1";
	unsigned long wanted = listed(root) > 0 ? listed(root) : strtoul(said, NULL, 10);
	HOLDS(wanted == found, "%u vCPUs instead of %lu", found, wanted);
	xmlFreeDoc(doc);
}

static void check(const struct lsec_inputs_request *request, const struct lsec_inputs *inputs)
{
	const struct lsec_snp_inputs *snp = &inputs->snp;
	bool is_snp = inputs->tee == LSEC_TEE_SEV_SNP;
	HOLDS(is_snp || inputs->tee == LSEC_TEE_TDX, "a digest of no TEE");
	HOLDS(request->given.tee == LSEC_TEE_NONE || request->given.tee == inputs->tee,
	      "another TEE than was given");
	HOLDS(inputs->from_tee != NULL && inputs->has_claims, "nobody says which TEE");
	HOLDS(inputs->claims.tee == inputs->tee, "claims of another TEE");
	for (size_t i = 0; is_snp && i <= LSEC_INPUT_KERNEL_HASHES; i++)
		HOLDS(inputs->from[i] != NULL || i == LSEC_INPUT_PLUGGED,
		      "input %zu is from nowhere", i);
	if (!is_snp)
		return;
	HOLDS(snp->vcpus >= 1 && snp->vcpus <= LSEC_MAX_VCPUS, "%u vCPUs", snp->vcpus);
	HOLDS(snp->plugged == 0, "%u are plugged in", snp->plugged);
	HOLDS(request->given.vcpus == 0 || snp->vcpus == request->given.vcpus,
	      "another number of vCPUs than was given");
	HOLDS((snp->cpu_signature & ~LSEC_CPU_SIGNATURE_BITS) == 0, "no signature");
	HOLDS(!snp->kernel_hashes || (request->given.kernel && snp->boot.cmdline != NULL),
	      "hashes without a kernel");
}

/* What the hook refuses is refused, and what it takes has the TEE that it writes. */
static void check_hook(const struct lsec_request *vm, int status, enum lsec_tee tee)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	int hook = lsec_apply(vm, false, &result, &problems);
	bool automatic =
		vm->vmi->annotation_count > 0 && strcmp(vm->vmi->annotations[0].value, "auto") == 0;
	if (status < 0 || automatic)
		return;
	HOLDS(hook == 0, "the hook refuses what has a digest");
	HOLDS(vm->vmi->annotation_count == 0 || result.tee == tee, "the hook writes another TEE");
}

static void try(const struct lsec_inputs_request *request, const struct fuzz_input *domain)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_inputs inputs LSEC_CLEANUP(lsec_inputs_clear) = {0};
	int status = lsec_inputs_collect(request, &inputs, &problems);
	if (status < 0)
		fuzz_check_problems(&problems);
	else
		check(request, &inputs);
	HOLDS(lsec_problems_any(&problems) == (status < 0), "a refusal without a reason");
	if (domain == NULL)
		return;
	check_hook(request->vm, status, inputs.tee);
	if (status == 0 && inputs.tee == LSEC_TEE_SEV_SNP)
		check_vcpus(domain, inputs.snp.vcpus);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned choice = fuzz_byte(&input);
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_vmi vmi LSEC_CLEANUP(lsec_vmi_clear) = {0};
	struct lsec_hardware hardware LSEC_CLEANUP(lsec_hardware_clear) = {0};
	const struct lsec_host host = {0};
	const struct lsec_config config = {0};
	struct lsec_request vm = {.vmi = &vmi, .host = &host, .config = &config};
	bool manifest = (choice & MANIFEST) != 0;
	fuzz_owned copy = fuzz_copy(input.data, input.size);
	const struct lsec_manifest text = {copy, input.size, "vm.yaml"};
	if (manifest && lsec_manifest_read(&text, &vmi, &hardware, &problems) < 0) {
		fuzz_check_problems(&problems);
		return 0;
	}
	if (!manifest) {
		vm.domain = copy;
		vm.domain_len = input.size;
		vm.domain_name = "domain";
	}
	if (types[choice >> 6] != NULL)
		lsec_vmi_set(&vmi, "type", types[choice >> 6]);
	const struct lsec_inputs_request request = {
		.vm = &vm,
		.hardware = manifest ? &hardware : NULL,
		.given = {
			.tee = (choice & TEES) == TEES ? LSEC_TEE_NONE
	                                               : (enum lsec_tee)((choice & TEES) >> 1),
			.vcpus = (choice & VCPUS) != 0 ? 2 : 0,
			.cpu = (choice & CPU) != 0 ? "EPYC-Genoa" : NULL,
			.kernel = (choice & KERNEL) != 0,
		}};
	try(&request, manifest ? NULL : &input);
	return 0;
}
