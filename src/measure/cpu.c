/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU models of AMD in QEMU, and the signatures (CPUID leaf 1 EAX) that their guests see: QEMU
 * 11.1.3, query-cpu-model-expansion. A signature is part of every vCPU's first state. Models of
 * other vendors are left out: no SEV-SNP guest starts with one.
 */
#include <string.h>

#include "launchsec/measure.h"

static const struct lsec_cpu_model models[] = {
	{"EPYC-Turin", 2, 0x00b00f00}, /* Zen 5 */
	{"EPYC-Genoa", 3, 0x00a10f10}, /* Zen 4 */
	{"EPYC-Milan", 4, 0x00a00f11}, /* Zen 3, the first with SEV-SNP */
	{"EPYC-Rome", 5, 0x00830f10},  /* Zen 2 */
	{"EPYC", 5, 0x00800f12},       /* Zen */
	{"EPYC-IBPB", 0, 0x00800f12},  /* an alias of EPYC-v2 */
	{"Dhyana", 2, 0x00900f01},     /* Hygon's Zen */
	{"Opteron_G5", 1, 0x00600f20}, /* Piledriver */
	{"Opteron_G4", 1, 0x00600f12}, /* Bulldozer */
	{"Opteron_G3", 1, 0x00100f23}, /* K10 */
	{"Opteron_G2", 1, 0x00000f61}, /* K8 */
	{"Opteron_G1", 1, 0x00000f61}, /* K8 */
	{"phenom", 1, 0x00100f23},     /* K10 */
	{"athlon", 1, 0x00000623},     /* K7 */
	{"qemu64", 1, 0x00060fb1},     /* TCG's default */
};
#define MODELS (sizeof(models) / sizeof(models[0]))

const struct lsec_cpu_model *lsec_cpu_model(size_t index)
{
	return index < MODELS ? &models[index] : NULL;
}

/* Whether what follows a model's name is one of its versions: -v1 to -v9. */
static bool is_version(const char *text, unsigned versions)
{
	return text[0] == '-' && text[1] == 'v' && text[2] >= '1' && text[2] <= '9' &&
	       text[3] == '\0' && (unsigned)(text[2] - '0') <= versions;
}

const struct lsec_cpu_model *lsec_cpu_model_find(const char *name)
{
	for (size_t i = 0; i < MODELS; i++) {
		size_t len = strlen(models[i].name);
		if (strncmp(name, models[i].name, len) == 0 &&
		    (name[len] == '\0' || is_version(name + len, models[i].versions)))
			return &models[i];
	}
	return NULL;
}

const struct lsec_cpu_model *lsec_cpu_model_signed(uint32_t signature)
{
	for (size_t i = 0; i < MODELS; i++)
		if (models[i].signature == signature)
			return &models[i];
	return NULL;
}
