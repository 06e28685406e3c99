/* SPDX-License-Identifier: Apache-2.0 */
/* Prints a digest and the fields that bind it. */
#include "shown.h"

#include <stdlib.h>

#include "annotations/value_bytes.h"
#include "base/bytes.h"
#include "base/printed.h"

void lsec_shown_of(const struct lsec_digest *digest, struct lsec_shown_all *ret)
{
	const struct lsec_key *snp = lsec_key_bound(LSEC_TEE_SEV_SNP);
	const struct lsec_key *tdx = lsec_key_bound(LSEC_TEE_TDX);
	const struct lsec_shown shown[LSEC_SHOWN] = {
		{"digest", "digest", digest->len, NULL, NULL, {0}},
		{"SEV-SNP hostData", "hostData", snp->bytes, NULL, NULL, {0}},
		{"TDX mrConfigId", "mrConfigId", tdx->bytes, NULL, NULL, {0}},
	};
	for (size_t i = 0; i < LSEC_SHOWN; i++) {
		struct lsec_shown *one = &ret->of[i];
		*one = shown[i];
		one->base64 = lsec_value_of_digest(digest, one->size);
		lsec_digest_fit(digest, one->bytes, one->size);
		one->hex = lsec_hex_encode(one->bytes, one->size);
	}
}

void lsec_shown_clear(struct lsec_shown_all *shown)
{
	for (size_t i = 0; i < LSEC_SHOWN; i++) {
		free(shown->of[i].base64);
		free(shown->of[i].hex);
		shown->of[i] = (struct lsec_shown){0};
	}
}

int lsec_shown_verify(const struct lsec_shown_all *shown, const char *what, const char *value,
                      struct lsec_problems *problems)
{
	const struct lsec_shown *of = shown->of;
	bool understood = false;
	for (size_t i = 0; i < LSEC_SHOWN; i++) {
		enum lsec_printed found = lsec_printed_compare(value, of[i].bytes, of[i].size);
		if (found == LSEC_PRINTED_SAME)
			return 0;
		understood |= found != LSEC_PRINTED_UNKNOWN;
	}
	if (!understood)
		return lsec_problem_add(
			problems, "--verify",
			"must be 32%s bytes, got %s; write them in hex (also 0x..., with blanks or colons, or a hex dump), as a JSON array of numbers, or in base64",
			of[0].size > 48 ? ", 48 or 64" : " or 48", lsec_quote(value).text);
	return lsec_problem_add(
		problems, "--verify",
		"%s is not the %s's digest %s, nor that digest in hostData or mrConfigId; check the %s and the value",
		lsec_quote(value).text, what, of[0].hex, what);
}

static bool matches(const struct lsec_shown *shown, const char *value)
{
	return value != NULL &&
	       lsec_printed_compare(value, shown->bytes, shown->size) == LSEC_PRINTED_SAME;
}

void lsec_shown_text(struct lsec_buffer *ret, const struct lsec_shown *shown, const char *value)
{
	lsec_buffer_format(ret, "%s (%zu bytes)%s\n  hex     %s\n  base64  %s\n", shown->name,
	                   shown->size, matches(shown, value) ? ", the value given" : "",
	                   shown->hex, shown->base64);
}

struct json_object *lsec_shown_json(const struct lsec_shown *shown, const char *value)
{
	struct json_object *item = lsec_json_new_object();
	lsec_json_add_text(item, "hex", shown->hex);
	lsec_json_add_text(item, "base64", shown->base64);
	if (value != NULL)
		lsec_json_add(item, "matches", lsec_json_new_boolean(matches(shown, value)));
	return item;
}
