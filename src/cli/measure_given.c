/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers and digests from their texts. */
#include "measure_given.h"

#include <string.h>

#include "base/text.h"
#include "given_bytes.h"

static int refuse(const char *option, const char *must, const char *text,
                  struct lsec_problems *problems)
{
	return lsec_problem_add(problems, option, "must be %s, got %s", must,
	                        lsec_quote(text).text);
}

static int read_vcpus(const char *text, unsigned *ret, struct lsec_problems *problems)
{
	uint64_t number = 0;
	if (!lsec_number(text, &number) || number < 1 || number > LSEC_MAX_VCPUS)
		return refuse("--vcpus", "a number from 1 to " LSEC_TEXT(LSEC_MAX_VCPUS), text,
		              problems);
	*ret = (unsigned)number;
	return 0;
}

static int read_signature(const char *text, struct lsec_given *ret, struct lsec_problems *problems)
{
	uint64_t number = 0;
	if (!lsec_number(text, &number) || number == 0 ||
	    (number & ~(uint64_t)LSEC_CPU_SIGNATURE_BITS) != 0)
		return refuse(
			"--cpu-signature",
			"CPUID 1 EAX without its reserved bits, such as 0x00a10f11 (\"launchsec probe\" on the node prints it)",
			text, problems);
	ret->cpu_signature = (uint32_t)number;
	ret->inputs.cpu_signature = &ret->cpu_signature;
	return 0;
}

static int read_features(const char *text, struct lsec_given *ret, struct lsec_problems *problems)
{
	if (!lsec_number(text, &ret->vmsa_features) || (ret->vmsa_features & 1) == 0)
		return refuse("--vmsa-features",
		              "a number with bit 0 (SEV-SNP is active), such as 0x1", text,
		              problems);
	ret->inputs.vmsa_features = &ret->vmsa_features;
	return 0;
}

int lsec_given_read(const struct lsec_options *options, struct lsec_given *ret,
                    struct lsec_problems *problems)
{
	int status = 0;
	*ret = (struct lsec_given){.inputs = {
					   .tee = (enum lsec_tee)options->tee,
					   .cpu = options->cpu,
					   .kernel = options->kernel != NULL,
					   .initrd = options->initrd != NULL,
					   .cmdline = options->cmdline,
				   }};
	if (options->vcpus != NULL)
		status |= read_vcpus(options->vcpus, &ret->inputs.vcpus, problems);
	if (options->cpu_signature != NULL)
		status |= read_signature(options->cpu_signature, ret, problems);
	if (options->vmsa_features != NULL)
		status |= read_features(options->vmsa_features, ret, problems);
	return status;
}

/* Trustee: kbs/src/plugins/implementations/resource/backend.rs, 78962cd. */
int lsec_given_resource(const char *text, struct lsec_problems *problems)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	const char *rest = text;
	int segments = 0;
	for (size_t len; *rest != '.' && (len = strspn(rest, good)) > 0; rest++) {
		segments++;
		rest += len;
		if (*rest != '/')
			break;
	}
	if (segments == 3 && *rest == '\0')
		return 0;
	return refuse(
		"--resource",
		"REPOSITORY/TYPE/TAG of letters, digits and -_. (not first), such as default/KEY/1",
		text, problems);
}

int lsec_given_digest(const char *option, const char *text, struct lsec_measurement *ret,
                      struct lsec_problems *problems)
{
	return lsec_given_bytes(&lsec_given_digest_key, option, text, ret->bytes, problems);
}
