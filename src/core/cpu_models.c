/* SPDX-License-Identifier: Apache-2.0 */
/* QEMU's CPU models: those that SEV-SNP guests cannot have, names that come near one, warnings. */
#include "cpu_models.h"

#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "launchsec/measure.h"

/*
 * QEMU target/i386/cpu.c builtin_x86_defs. The first EPYC with SEV-SNP is the third, Milan
 * (AMDESE/AMDSEV README). SEV firmware compares the guest's CPUID values with the CPU's ("CPUID
 * validation failed", QEMU target/i386/sev.c), so a model of another vendor fails, and so do the
 * first versions of EPYC and EPYC-Rome, whose L3 cache has complex_indexing (CPUID 0x8000001d EDX
 * bit 2; NVIDIA/nvtrust issue 91). Their later versions start on Milan (autotest/tp-qemu
 * snp_cpu_model).
 */
struct row {
	const char *name;
	bool family;    /* all names that begin so: Skylake-Server-IBRS, Opteron_G5, pentium2 */
	unsigned least; /* the first version that starts; 0 for none */
};

static const struct row too_old[] = {
	{"EPYC", false, 4},
	{"EPYC-IBPB", false, 0},
	{"EPYC-Rome", false, 3},
	{"Dhyana", false, 0},
	{"Opteron_G", true, 0},
	{"phenom", false, 0},
	{"athlon", false, 0},
	{"qemu", true, 0},
	{"kvm", true, 0},
	{"486", false, 0},
	{"pentium", true, 0},
	{"coreduo", false, 0},
	{"core2duo", false, 0},
	{"n270", false, 0},
	{"Conroe", false, 0},
	{"Penryn", false, 0},
	{"Nehalem", true, 0},
	{"Westmere", true, 0},
	{"SandyBridge", true, 0},
	{"IvyBridge", true, 0},
	{"Haswell", true, 0},
	{"Broadwell", true, 0},
	{"Skylake-Client", true, 0},
	{"Skylake-Server", true, 0},
	{"Cascadelake-Server", true, 0},
	{"Cooperlake", true, 0},
	{"Icelake-Client", true, 0},
	{"Icelake-Server", true, 0},
	{"Denverton", true, 0},
	{"Snowridge", true, 0},
	{"KnightsMill", true, 0},
	{"SapphireRapids", true, 0},
	{"GraniteRapids", true, 0},
	{"DiamondRapids", true, 0},
	{"SierraForest", true, 0},
	{"YongFeng", true, 0},
	{"ClearwaterForest", true, 0},
};

#define ROWS (sizeof(too_old) / sizeof(too_old[0]))

/* The length of a model's name without its version, EPYC-v4; and that, 1 without one. */
static size_t split_version(const char *model, unsigned *ret_version)
{
	size_t digits = strlen(model);
	*ret_version = 1;
	while (digits > 0 && isdigit((unsigned char)model[digits - 1]))
		digits--;
	if (digits < 2 || model[digits] == '\0' || strlen(model + digits) > 3 ||
	    strncmp(model + digits - 2, "-v", 2) != 0)
		return strlen(model);
	*ret_version = (unsigned)strtoul(model + digits, NULL, 10);
	return digits - 2;
}

/* The row of a model; NULL where there is none. */
static const struct row *find_row(const char *model, size_t len)
{
	for (size_t i = 0; i < ROWS; i++) {
		size_t name = strlen(too_old[i].name);
		if ((len == name || (too_old[i].family && len > name)) &&
		    strncmp(model, too_old[i].name, name) == 0)
			return &too_old[i];
	}
	return NULL;
}

bool lsec_cpu_lacks_snp(const char *model)
{
	unsigned version = 0;
	const struct row *row = find_row(model, split_version(model, &version));
	return row != NULL && (row->least == 0 || version < row->least);
}

/* The name that a model was meant to have, so far. */
struct meant {
	char simple[LSEC_SIMPLE_ROOM]; /* what was written */
	size_t least;                  /* edits from it to a name that counts are fewer */
	const char *name;
};

static void compare(struct meant *meant, const char *name)
{
	char simple[LSEC_SIMPLE_ROOM];
	lsec_simplify(name, simple);
	size_t distance = lsec_edit_distance(meant->simple, simple);
	if (strlen(simple) < 4 || distance >= meant->least)
		return;
	meant->least = distance;
	meant->name = name;
}

char *lsec_cpu_model_near(const char *model)
{
	unsigned version = 0;
	size_t len = split_version(model, &version);
	cleanup_free char *stem = lsec_strndup(model, len);
	struct meant meant = {"", 4, NULL};
	const struct lsec_cpu_model *amd = NULL;
	lsec_simplify(stem, meant.simple);
	compare(&meant, "host-passthrough");
	compare(&meant, "host-model");
	if (meant.name == NULL)
		meant.least = len > 4 ? 3 : 2;
	for (size_t i = 0; (amd = lsec_cpu_model(i)) != NULL; i++)
		compare(&meant, amd->name);
	for (size_t i = 0; i < ROWS; i++)
		compare(&meant, too_old[i].name);
	if (meant.name == NULL || strcmp(meant.name, stem) == 0 || find_row(model, len) != NULL)
		return NULL;
	return lsec_concat(meant.name, model + len);
}

void lsec_warn_cpu_model(const char *place, const char *model, struct lsec_report *report)
{
	if (lsec_cpu_lacks_snp(model))
		lsec_report_warn(
			report, place,
			"no SEV-SNP guest starts with CPU model %s: SEV firmware rejects its CPUID values, or no node with SEV-SNP has it; use host-passthrough, or EPYC-Milan-v2 or a newer model",
			lsec_quote(model).text);
}

void lsec_warn_cpu(const struct lsec_settings *settings, const struct lsec_domain *domain,
                   struct lsec_report *report)
{
	const char *mode = domain->cpu_mode == NULL ? "custom" : domain->cpu_mode;
	const char *model = domain->cpu_model;
	bool has_block = lsec_is_set(&settings->of[LSEC_KEY_ID_BLOCK]);
	bool custom = strcmp(mode, "custom") == 0;
	if (custom && model != NULL)
		lsec_warn_cpu_model("/domain/cpu/model", model, report);
	if (!custom && has_block)
		lsec_report_warn(
			report, "/domain/cpu/@mode",
			"with %s the CPU, and so the launch digest in the ID block, differs between kinds of nodes; set a CPU model, or keep the VM on nodes of one kind",
			lsec_quote(mode).text);
}
