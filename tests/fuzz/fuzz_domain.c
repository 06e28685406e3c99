/* SPDX-License-Identifier: Apache-2.0 */
/* Any domain, under one of a few requests: the first byte says which, the rest is the domain. */
#include "fuzz.h"

#include "base/text.h"

#define ANNOTATIONS 4
#define BYTES_32 "hex:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

static const struct {
	const char *key, *value;
} requests[][ANNOTATIONS] = {
	{{"type", "sev-snp"}},
	{{"type", "tdx"}},
	{{"type", "sev-snp"}, {"host-data", BYTES_32}, {"firmware", "auto"}, {"vcek", "no"}},
	{{"type", "tdx"}, {"qgs", "none"}, {"firmware", "keep"}},
	{{"type", "sev-snp"}, {"firmware", "keep"}, {"kernel-hashes", "yes"}, {"cbitpos", "51"}},
	{{"type", "tdx"}, {"oem-strings", "[\"a\", \"b\"]"}, {"qgs", "/q"}, {"firmware", "auto"}},
	{{"type", "sev-snp"},
         {"initdata", "eyJ2ZXJzaW9uIjoiMC4xLjAiLCJhbGdvcml0aG0iOiJzaGEtMjU2IiwiZGF0YSI6e319"},
         {"oem-strings", "kbs:///default/disk/key"}},
	{{"policy", "debug"}, {"allow-debug", "yes"}},
	{{"oem-strings", "x"}, {"allow-qemu-arguments", "yes"}},
	{{"firmware", "/f.fd"}},
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	unsigned choice = fuzz_byte(&input);
	struct lsec_annotation asked[ANNOTATIONS];
	struct lsec_vmi vmi = {.annotations = asked, .read = (choice & 0x10) != 0};
	const struct lsec_host host = fuzz_host(choice >> 5);
	const struct lsec_config config = {0};
	for (size_t i = 0; i < ANNOTATIONS; i++) {
		const char *key = requests[(choice & 0x0f) % COUNT(requests)][i].key;
		const char *value = requests[(choice & 0x0f) % COUNT(requests)][i].value;
		asked[i] = (struct lsec_annotation){lsec_unconst(key), lsec_unconst(value), false};
		vmi.annotation_count += key != NULL;
	}
	fuzz_owned domain = fuzz_copy(input.data, input.size);
	const struct lsec_request request = {domain, input.size, "domain", &vmi, &host, &config};
	fuzz_apply(&request);
	return 0;
}
