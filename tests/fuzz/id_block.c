/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of an ID block and its authentication that were taken. */
#include "fuzz.h"

static const struct fuzz_field *find(const struct fuzz_wish *wish, const char *name)
{
	for (size_t i = 0; i < wish->field_count; i++)
		if (strcmp(wish->fields[i].name, name) == 0)
			return &wish->fields[i];
	return NULL;
}

static bool is_zero(const uint8_t *bytes, size_t from, size_t to)
{
	while (from < to && bytes[from] == 0)
		from++;
	return from == to;
}

static uint32_t number_at(const uint8_t *bytes, size_t at)
{
	return bytes[at] | (uint32_t)bytes[at + 1] << 8 | (uint32_t)bytes[at + 2] << 16 |
	       (uint32_t)bytes[at + 3] << 24;
}

/* AMD 56860, SNP_LAUNCH_FINISH: one algorithm, one curve; the author's is optional. */
static void check_id_auth(const uint8_t *auth, bool author)
{
	HOLDS(number_at(auth, 0) == 1 && number_at(auth, 0x240) == 2, "algorithm or curve");
	HOLDS(!is_zero(auth, 0x40, 0x240), "an ID block without a signature");
	HOLDS(!is_zero(auth, 0x244, 0x644), "an ID block without a key");
	if (!author)
		return;
	HOLDS(number_at(auth, 4) == 1 && number_at(auth, 0x880) == 2, "author's algorithm");
	HOLDS(!is_zero(auth, 0x680, 0x880), "an ID key without a signature");
	HOLDS(!is_zero(auth, 0x884, 0xc84), "no author key");
}

/* The ID block carries the policy, and comes with its signatures. */
void fuzz_check_id_block(const struct fuzz_wish *wish)
{
	const struct fuzz_field *block = find(wish, "idBlock");
	const struct fuzz_field *auth = find(wish, "idAuth");
	const struct fuzz_field *policy = find(wish, "policy");
	const struct fuzz_field *author = find(wish, "authorKey");
	uint64_t inside = 0;
	HOLDS((block != NULL) == (auth != NULL), "an ID block or its signatures alone");
	for (size_t i = 0; block != NULL && i < 8; i++)
		inside |= (uint64_t)block->bytes[0x58 + i] << 8 * i;
	HOLDS(block == NULL || inside == policy->number, "an ID block for another policy");
	if (auth != NULL)
		check_id_auth(auth->bytes, author != NULL && strcmp(author->text, "yes") == 0);
}
