/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/host.h"

#include <string.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#include "core/json.h"
#include "core/text.h"

#define LEAF 0x8000001fU

struct lsec_host lsec_host_decode(uint32_t eax, uint32_t ebx)
{
	struct lsec_host host = {
		.sev = (eax >> 1 & 1) != 0,
		.sev_es = (eax >> 3 & 1) != 0,
		.sev_snp = (eax >> 4 & 1) != 0,
	};
	if (host.sev) {
		host.cbitpos = ebx & 0x3f;
		host.reduced_phys_bits = ebx >> 6 & 0x3f;
	}
	return host;
}

struct lsec_host lsec_host_probe(void)
{
#if defined(__x86_64__) || defined(__i386__)
	unsigned eax = 0;
	unsigned ebx = 0;
	unsigned ecx = 0;
	unsigned edx = 0;
	if (__get_cpuid_count(LEAF, 0, &eax, &ebx, &ecx, &edx))
		return lsec_host_decode(eax, ebx);
#endif
	return (struct lsec_host){0};
}

static int read_flag(const char *place, const json_t *value, bool *ret,
                     struct lsec_problems *problems)
{
	if (!json_is_boolean(value))
		return lsec_problem_add(problems, place, "found %s; want true or false",
		                        lsec_json_kind(value));
	*ret = json_is_true(value);
	return 0;
}

static int read_bits(const char *place, const json_t *value, unsigned *ret,
                     struct lsec_problems *problems)
{
	double number = json_is_real(value) ? json_real_value(value) : -1;
	if (!(number >= 1 && number <= 63) || number != (unsigned)number)
		return lsec_problem_add(problems, place, "found %s; want a number from 1 to 63",
		                        json_is_real(value) ? "one that CPUID cannot say"
		                                            : lsec_json_kind(value));
	*ret = (unsigned)number;
	return 0;
}

int lsec_host_read_json(const char *bytes, size_t len, const char *name, struct lsec_host *ret,
                        struct lsec_problems *problems)
{
	lsec_owned_json root = NULL;
	struct lsec_host host = {0};
	const struct {
		const char *name;
		bool *flag;
		unsigned *bits;
	} facts[] = {
		{"sev", &host.sev, NULL},
		{"sev-es", &host.sev_es, NULL},
		{"sev-snp", &host.sev_snp, NULL},
		{"cbitpos", NULL, &host.cbitpos},
		{"reduced-phys-bits", NULL, &host.reduced_phys_bits},
	};
	if (lsec_json_read(bytes, len, LSEC_MAX_CONFIG, name, "a JSON object of host facts", &root,
	                   problems) < 0)
		return -1;
	int status = 0;
	const char *key = NULL;
	json_t *value = NULL;
	json_object_foreach (root, key, value) {
		size_t i = 0;
		while (i < sizeof(facts) / sizeof(facts[0]) && strcmp(facts[i].name, key) != 0)
			i++;
		lsec_owned_text place = lsec_format("%s: %s", name, lsec_quote(key).text);
		if (place == NULL)
			return lsec_problem_no_memory(problems);
		if (i == sizeof(facts) / sizeof(facts[0]))
			status = lsec_problem_add(
				problems, place,
				"found an unknown fact; want sev, sev-es, sev-snp, cbitpos or "
				"reduced-phys-bits");
		else if (facts[i].flag != NULL)
			status |= read_flag(place, value, facts[i].flag, problems);
		else
			status |= read_bits(place, value, facts[i].bits, problems);
	}
	if (status == 0 && host.sev && (host.cbitpos == 0 || host.reduced_phys_bits == 0))
		status = lsec_problem_add(
			problems, name,
			"found sev without cbitpos and reduced-phys-bits; want both: add them");
	if (status == 0)
		*ret = host;
	return status;
}
