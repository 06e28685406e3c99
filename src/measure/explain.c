/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a launch digest is another than a VM's: candidates are measured until one is the digest that
 * was found. An alternative is one other value of one input, except for the numbers of vCPUs, which
 * are scanned: for a choice of alternatives, the digest before the first vCPU is worked out, and
 * each further vCPU is one step, so that a scan of 4,096 candidates takes as many steps and no
 * more. Passes go from one difference to two, and from cheap to expensive.
 */
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "snp.h"

enum {
	MOST_STEPS = 2000000, /* of a pass, 1.5 s; only VMs of some hundred vCPUs need so many */
	MOST_BOTH = 256, /* vCPUs of a VM that differs in plugged ones too, if it has no more */
};

/* One other value of an input. */
struct alternative {
	struct lsec_difference difference;
	uint8_t digest[LSEC_FILE_DIGEST_SIZE]; /* kernel, initrd, command line */
};

/* What the digest before the first vCPU, and the vCPUs' states, are made of. */
struct setup {
	size_t firmware; /* 0: the VM's own, else that number of `others` and 1 */
	bool kernel_hashes;
	struct lsec_boot_digests boot;
	uint32_t cpu_signature;
	uint64_t vmsa_features;
};

/* An image, and the digest when it is in the guest. */
struct firmware {
	const struct lsec_image *image;
	struct lsec_measurement digest;
};

struct search {
	const struct lsec_explain_request *request;
	struct firmware *firmware;
	struct lsec_kernel_boot boot; /* the VM's, or what is known where it has none */
	struct setup own;
	struct alternative *alternatives;
	size_t count, room;
	/* The choice at hand, and what is worked out for it. */
	const struct alternative *chosen[LSEC_MAX_DIFFERENCES];
	size_t chosen_count;
	struct lsec_measurement digest;
	struct lsec_vcpu_states states;
	size_t steps; /* of this pass */
	struct lsec_explanation *ret;
};

static void search_clear(struct search *search)
{
	free(search->firmware);
	free(search->alternatives);
}

/* Alternatives. */

static void add(struct search *search, enum lsec_measure_input input, uint64_t value,
                const uint8_t digest[LSEC_FILE_DIGEST_SIZE])
{
	if ((search->request->fixed & 1U << input) != 0)
		return;
	search->alternatives = lsec_grow(search->alternatives, search->count, &search->room,
	                                 sizeof(*search->alternatives));
	struct alternative *added = &search->alternatives[search->count++];
	*added = (struct alternative){.difference = {input, value}};
	if (digest != NULL)
		memcpy(added->digest, digest, LSEC_FILE_DIGEST_SIZE);
}

static void add_cpus(struct search *search)
{
	static const uint64_t features[] = {0x1, 0x21, 0x201, 0x221};
	const struct lsec_snp_inputs *inputs = search->request->inputs;
	const struct lsec_cpu_model *model = NULL;
	for (size_t i = 0; (model = lsec_cpu_model(i)) != NULL; i++)
		if (model->signature != inputs->cpu_signature &&
		    model == lsec_cpu_model_signed(model->signature))
			add(search, LSEC_INPUT_CPU, model->signature, NULL);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (features[i] != inputs->vmsa_features)
			add(search, LSEC_INPUT_VMSA_FEATURES, features[i], NULL);
}

/* With or without the line end that YAML's | and echo leave. */
static void add_line_end(struct search *search)
{
	const char *cmdline = search->boot.cmdline == NULL ? "" : search->boot.cmdline;
	size_t len = strlen(cmdline);
	bool has = len > 0 && cmdline[len - 1] == '\n';
	cleanup_free char *other =
		lsec_format("%.*s%s", (int)(has ? len - 1 : len), cmdline, has ? "" : "\n");
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, other, strlen(other) + 1);
	add(search, LSEC_INPUT_CMDLINE, has ? LSEC_BOOT_NO_LINE_END : LSEC_BOOT_LINE_END,
	    digest.bytes);
}

/* What is there or not, and what is at hand besides. */
static void add_boot(struct search *search)
{
	const struct lsec_kernel_boot *spare = &search->request->spare;
	const struct setup *own = &search->own;
	struct lsec_kernel_boot kernel_alone = {.kernel = search->boot.kernel};
	struct lsec_kernel_boot others = {
		.kernel = search->boot.kernel, .initrd = spare->initrd, .cmdline = spare->cmdline};
	struct lsec_boot_digests none;
	struct lsec_boot_digests at_hand;
	lsec_boot_digests(&kernel_alone, &none);
	lsec_boot_digests(&others, &at_hand);
	add(search, LSEC_INPUT_KERNEL_HASHES, !own->kernel_hashes, NULL);
	if (memcmp(none.initrd, own->boot.initrd, LSEC_FILE_DIGEST_SIZE) != 0)
		add(search, LSEC_INPUT_INITRD, LSEC_BOOT_NONE, none.initrd);
	if (memcmp(none.cmdline, own->boot.cmdline, LSEC_FILE_DIGEST_SIZE) != 0)
		add(search, LSEC_INPUT_CMDLINE, LSEC_BOOT_NONE, none.cmdline);
	add_line_end(search);
	if (spare->kernel != NULL)
		add(search, LSEC_INPUT_KERNEL, LSEC_BOOT_SPARE, spare->kernel);
	if (spare->initrd != NULL)
		add(search, LSEC_INPUT_INITRD, LSEC_BOOT_SPARE, at_hand.initrd);
	if (spare->cmdline != NULL)
		add(search, LSEC_INPUT_CMDLINE, LSEC_BOOT_SPARE, at_hand.cmdline);
}

static void begin(const struct lsec_explain_request *request, struct search *search)
{
	const struct lsec_snp_inputs *inputs = request->inputs;
	search->request = request;
	search->boot = inputs->boot.kernel != NULL ? inputs->boot : request->spare;
	search->own = (struct setup){
		.kernel_hashes = inputs->kernel_hashes,
		.cpu_signature = inputs->cpu_signature,
		.vmsa_features = inputs->vmsa_features,
	};
	search->firmware = lsec_calloc(request->other_count + 1, sizeof(*search->firmware));
	for (size_t i = 0; i <= request->other_count; i++) {
		struct firmware *firmware = &search->firmware[i];
		firmware->image = i == 0 ? request->image : &request->others[i - 1];
		lsec_snp_begin(firmware->image, &firmware->digest);
		if (i > 0)
			add(search, LSEC_INPUT_FIRMWARE, i - 1, NULL);
	}
	add_cpus(search);
	if (search->boot.kernel != NULL) {
		lsec_boot_digests(&search->boot, &search->own.boot);
		add_boot(search);
	}
}

/* Candidates. */

static void apply(const struct alternative *alternative, struct setup *setup)
{
	uint64_t value = alternative->difference.value;
	switch (alternative->difference.input) {
	case LSEC_INPUT_FIRMWARE:
		setup->firmware = (size_t)value + 1;
		break;
	case LSEC_INPUT_CPU:
		setup->cpu_signature = (uint32_t)value;
		break;
	case LSEC_INPUT_VMSA_FEATURES:
		setup->vmsa_features = value;
		break;
	case LSEC_INPUT_KERNEL_HASHES:
		setup->kernel_hashes = value != 0;
		break;
	case LSEC_INPUT_KERNEL:
		memcpy(setup->boot.kernel, alternative->digest, LSEC_FILE_DIGEST_SIZE);
		break;
	case LSEC_INPUT_INITRD:
		memcpy(setup->boot.initrd, alternative->digest, LSEC_FILE_DIGEST_SIZE);
		break;
	case LSEC_INPUT_CMDLINE:
		memcpy(setup->boot.cmdline, alternative->digest, LSEC_FILE_DIGEST_SIZE);
		break;
	case LSEC_INPUT_VCPUS:
	case LSEC_INPUT_PLUGGED:
	case LSEC_MEASURE_INPUTS:
		break; /* scanned */
	}
}

/* Works out what is chosen. Returns whether a VM can have it at all. */
static bool prepare(struct search *search)
{
	struct setup setup = search->own;
	for (size_t i = 0; i < search->chosen_count; i++)
		apply(search->chosen[i], &setup);
	const struct firmware *firmware = &search->firmware[setup.firmware];
	if (setup.kernel_hashes && firmware->image->hash_place != LSEC_HASH_PLACE_FITS)
		return false;
	search->digest = firmware->digest;
	lsec_snp_add_sections(firmware->image, setup.kernel_hashes ? &setup.boot : NULL,
	                      &search->digest);
	lsec_vcpu_states(firmware->image->ap_address, setup.cpu_signature, setup.vmsa_features,
	                 &search->states);
	return true;
}

static bool fits(struct search *search, const struct lsec_measurement *digest, unsigned vcpus,
                 unsigned plugged)
{
	const struct lsec_snp_inputs *inputs = search->request->inputs;
	struct lsec_explanation *ret = search->ret;
	if (memcmp(digest, search->request->found, sizeof(*digest)) != 0)
		return false;
	if (vcpus != inputs->vcpus)
		ret->differences[ret->count++] = (struct lsec_difference){LSEC_INPUT_VCPUS, vcpus};
	if (plugged != inputs->plugged)
		ret->differences[ret->count++] =
			(struct lsec_difference){LSEC_INPUT_PLUGGED, plugged};
	for (size_t i = 0; i < search->chosen_count; i++)
		ret->differences[ret->count++] = search->chosen[i]->difference;
	return true;
}

static void add_vcpus(struct search *search, unsigned booted, unsigned plugged,
                      struct lsec_measurement *digest)
{
	lsec_snp_add_vcpus(&search->states, booted, plugged, digest);
	search->steps += booted + plugged;
}

/* Scans: candidates that differ in numbers of vCPUs. Those that differ less than a pass asks for
 * were tried before, and do not fit. */

static bool scan_none(struct search *search)
{
	const struct lsec_snp_inputs *inputs = search->request->inputs;
	struct lsec_measurement digest = search->digest;
	add_vcpus(search, inputs->vcpus - inputs->plugged, inputs->plugged, &digest);
	return fits(search, &digest, inputs->vcpus, inputs->plugged);
}

static bool scan_vcpus(struct search *search)
{
	unsigned plugged = search->request->inputs->plugged;
	struct lsec_measurement booted = search->digest;
	for (unsigned n = 1; n + plugged <= LSEC_MAX_VCPUS && search->steps < MOST_STEPS; n++) {
		lsec_snp_add_vcpu(n == 1 ? search->states.first : search->states.other, &booted);
		struct lsec_measurement digest = booted;
		add_vcpus(search, 0, plugged, &digest);
		if (fits(search, &digest, n + plugged, plugged))
			return true;
	}
	return false;
}

/* One more vCPU that exists at QEMU's start, and all numbers of plugged ones up to `most`. */
static bool scan_plugged_up_to(struct search *search, unsigned fewest, unsigned most)
{
	struct lsec_measurement booted = search->digest;
	for (unsigned n = 1; n <= most && search->steps < MOST_STEPS; n++) {
		lsec_snp_add_vcpu(n == 1 ? search->states.first : search->states.other, &booted);
		struct lsec_measurement digest = booted;
		search->steps += most - n;
		for (unsigned vcpus = n; vcpus <= most; vcpus++) {
			if (vcpus > n)
				lsec_snp_add_vcpu(search->states.first, &digest);
			if (vcpus >= fewest && fits(search, &digest, vcpus, vcpus - n))
				return true;
		}
	}
	return false;
}

static bool scan_plugged(struct search *search)
{
	unsigned vcpus = search->request->inputs->vcpus;
	return scan_plugged_up_to(search, vcpus, vcpus);
}

static bool scan_both(struct search *search)
{
	unsigned vcpus = search->request->inputs->vcpus;
	return scan_plugged_up_to(search, 1, vcpus > MOST_BOTH ? vcpus : MOST_BOTH);
}

/* Passes. */

#define VCPUS (1U << LSEC_INPUT_VCPUS)
#define PLUGGED (1U << LSEC_INPUT_PLUGGED)
static const struct pass {
	size_t alternatives;
	bool (*scan)(struct search *search);
	unsigned scanned; /* mask of inputs */
} passes[] = {
	{1, scan_none, 0},
	{0, scan_vcpus, VCPUS},
	{0, scan_plugged, PLUGGED},
	{2, scan_none, 0},
	{1, scan_vcpus, VCPUS},
	{1, scan_plugged, PLUGGED},
	{0, scan_both, VCPUS | PLUGGED},
};

static bool try(struct search *search, const struct pass *pass)
{
	return search->steps < MOST_STEPS && prepare(search) && pass->scan(search);
}

/* Every choice of as many alternatives as the pass asks for, of different inputs. */
static bool run(struct search *search, const struct pass *pass)
{
	search->steps = 0;
	search->chosen_count = pass->alternatives;
	if (pass->alternatives == 0)
		return try(search, pass);
	for (size_t i = 0; i < search->count; i++) {
		search->chosen[0] = &search->alternatives[i];
		if (pass->alternatives == 1 && try(search, pass))
			return true;
		for (size_t k = i + 1; pass->alternatives == 2 && k < search->count; k++) {
			search->chosen[1] = &search->alternatives[k];
			if (search->chosen[0]->difference.input !=
			            search->chosen[1]->difference.input &&
			    try(search, pass))
				return true;
		}
	}
	return false;
}

static void explain_snp(const struct lsec_explain_request *request, struct lsec_explanation *ret)
{
	struct search search LSEC_CLEANUP(search_clear) = {.ret = ret};
	begin(request, &search);
	for (size_t i = 0; i < sizeof(passes) / sizeof(passes[0]); i++)
		if ((passes[i].scanned & request->fixed) == 0 && run(&search, &passes[i]))
			return;
}

static void explain_tdx(const struct lsec_explain_request *request, struct lsec_explanation *ret)
{
	if ((request->fixed & 1U << LSEC_INPUT_FIRMWARE) != 0)
		return;
	for (size_t i = 0; i < request->other_count; i++) {
		struct lsec_measurement measurement;
		lsec_measure_tdx(&request->others[i], &measurement);
		if (memcmp(&measurement, request->found, sizeof(measurement)) != 0)
			continue;
		ret->differences[ret->count++] = (struct lsec_difference){LSEC_INPUT_FIRMWARE, i};
		return;
	}
}

void lsec_explain(const struct lsec_explain_request *request, struct lsec_explanation *ret)
{
	*ret = (struct lsec_explanation){0};
	if (request->image->tee == LSEC_TEE_TDX)
		explain_tdx(request, ret);
	else
		explain_snp(request, ret);
}
