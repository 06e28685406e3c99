/* SPDX-License-Identifier: Apache-2.0 */
/* Reads them by the annotations' own reader. */
#include "given_bytes.h"

#include "annotations/values.h"
#include "launchsec/measure.h"

const struct lsec_key lsec_given_digest_key = {
	.name = "digest", .type = LSEC_VALUE_BYTES, .bytes = LSEC_MEASUREMENT_SIZE};

int lsec_given_bytes(const struct lsec_key *key, const char *option, const char *text, uint8_t *ret,
                     struct lsec_problems *problems)
{
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
	const struct lsec_reading reading = {key, LSEC_TEE_SEV_SNP, option, text, problems};
	if (lsec_value_parse(&reading, LSEC_FROM_ANNOTATION, &value) < 0)
		return -1;
	return lsec_base64_decode(value.text, ret, key->bytes) ? 0 : -1;
}
