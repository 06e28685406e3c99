/* SPDX-License-Identifier: Apache-2.0 */
/* What the targets for VMIs, in JSON and in YAML, share. */
#ifndef LAUNCHSEC_TESTS_FUZZ_VMI_H
#define LAUNCHSEC_TESTS_FUZZ_VMI_H

#include "fuzz.h"

/*
 * Applies what was read of a VMI to a domain that KubeVirt made, which one is by the VMI's size.
 * Whoever asked for protection gets it, or a refusal.
 */
static inline void fuzz_apply_vmi(const struct lsec_vmi *vmi, size_t size)
{
	const struct fuzz_input capture = fuzz_capture_domain((unsigned)size);
	const struct lsec_host host = fuzz_host(0);
	const struct lsec_config config = {0};
	const struct lsec_request request = {
		(const char *)capture.data, capture.size, "domain", vmi, &host, &config,
	};
	fuzz_apply(&request);
}

/* The value of an annotation of ours, by its whole key; NULL where it was not read. */
static inline const char *fuzz_annotation(const struct lsec_vmi *vmi, const char *key)
{
	const size_t len = strlen(LSEC_PREFIX);
	for (size_t i = 0; i < vmi->annotation_count; i++)
		if (strncmp(key, LSEC_PREFIX, len) == 0 &&
		    strcmp(vmi->annotations[i].key, key + len) == 0)
			return vmi->annotations[i].value;
	return NULL;
}

static inline bool fuzz_same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

#endif
