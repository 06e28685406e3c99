/* SPDX-License-Identifier: Apache-2.0 */
/* A private key in PEM, as it is: what is taken signs; of what is not, nothing is told. */
#include "fuzz.h"
#include "launchsec/id_block.h"

static ssize_t fixed_random(void *ret, size_t len, unsigned flags)
{
	(void)flags;
	memset(ret, 0x5a, len);
	return (ssize_t)len;
}

static void check(const struct lsec_signing_key *key)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	const struct lsec_id_block block = {.policy = 0x30000};
	const struct lsec_id_signers signers = {key, key, fixed_random};
	struct lsec_id_pair pair;
	HOLDS(lsec_id_block_make(&block, &signers, &pair, &problems) == 0, "a key does not sign");
	HOLDS(fuzz_id_verifies(pair.block, pair.auth), "a signature does not verify");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_signing_key key LSEC_CLEANUP(lsec_signing_key_clear);
	fuzz_owned copy = fuzz_copy(data, size);
	if (lsec_signing_key_read(copy, size, "key", &key, &problems) == 0) {
		check(&key);
		return 0;
	}
	HOLDS(problems.count == 1, "%zu problems", problems.count);
	fuzz_check_problems(&problems);
	return 0;
}
