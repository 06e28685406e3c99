/* SPDX-License-Identifier: Apache-2.0 */
/* An initdata value, alone and as an annotation: a byte for the TEE, then the value. */
#include "fuzz.h"

#include "annotations/initdata.h"

static const unsigned hash_bits[] = {
	[LSEC_SHA_256] = 256,
	[LSEC_SHA_384] = 384,
	[LSEC_SHA_512] = 512,
};

/* The document is what the value carries, and the digest that of its bytes. */
static void check(const struct lsec_initdata *initdata, const uint8_t *data, size_t size)
{
	size_t len = 0;
	uint8_t *document = fuzz_initdata_document((const char *)data, size, &len);
	HOLDS(len > 0 && len <= LSEC_MAX_INITDATA, "a document of %zu bytes was taken", len);
	HOLDS(len == initdata->len && memcmp(document, initdata->document, len) == 0,
	      "another document");
	HOLDS(initdata->digest.len * 8 == hash_bits[initdata->algorithm], "a digest of %zu bytes",
	      initdata->digest.len);
	HOLDS(fuzz_initdata_digest(document, len, initdata->digest.bytes, initdata->digest.len),
	      "another digest");
	HOLDS(initdata->data_count <= LSEC_MAX_INITDATA_FILES, "too many texts were taken");
	free(document);
}

/* Whether the value can stand in an annotation, and the document in QEMU's argument. */
static bool has_room(const struct lsec_initdata *initdata, size_t size)
{
	return size <= LSEC_MAX_INITDATA_VALUE &&
	       (initdata->len + 2) / 3 * 4 < LSEC_MAX_OEM_BYTES - 100;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input input = {data, size};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_initdata initdata LSEC_CLEANUP(lsec_initdata_clear) = {0};
	bool tdx = (fuzz_byte(&input) & 1) != 0;
	fuzz_owned copy = fuzz_copy(input.data, input.size);
	fuzz_owned text = fuzz_text(input.data, input.size);
	bool good = lsec_initdata_read("value", copy, input.size, &initdata, &problems) == 0;
	if (good)
		check(&initdata, input.data, input.size);
	else
		fuzz_check_problems(&problems);
	if (strlen(text) != input.size)
		return 0;
	struct lsec_annotation asked[] = {
		{(char[]){"type"}, tdx ? (char[]){"tdx"} : (char[]){"sev-snp"}, false},
		{(char[]){"initdata"}, text, false},
	};
	const struct lsec_vmi vmi = {.annotations = asked, .annotation_count = 2};
	const struct lsec_host host = fuzz_host(0);
	const struct lsec_config config = {0};
	const struct fuzz_input capture = fuzz_capture_domain(2);
	const struct lsec_request request = {
		(const char *)capture.data, capture.size, "domain", &vmi, &host, &config,
	};
	bool taken = fuzz_apply(&request);
	HOLDS(taken ? good : !good || !has_room(&initdata, input.size),
	      "alone and as an annotation are not the same");
	return 0;
}
