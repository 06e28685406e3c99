/* SPDX-License-Identifier: Apache-2.0 */
/* src/attest/report.c: claims of SEV-SNP reports and TDX quotes. */
#include "launchsec/claims.h"
#include "support.h"

#include "base/bytes.h"

#define SNP_SIZE 1184
#define BODY 584
#define BODY_1_5 648

/* A report or quote in which every byte is told by its place, but for its head. */
struct report_scene {
	uint8_t bytes[32 + SNP_SIZE + 100];
	size_t len;
	struct lsec_claims claims;
	struct lsec_problems problems;
};

static void fill(struct report_scene *scene, size_t len)
{
	*scene = (struct report_scene){.len = len};
	for (size_t i = 0; i < len; i++)
		scene->bytes[i] = (uint8_t)(i ^ i >> 8);
}

static void make_snp(struct report_scene *scene, uint32_t version)
{
	fill(scene, SNP_SIZE);
	lsec_put_little_endian(version, scene->bytes, 4);
}

/* The head of a quote, and in version 5 that of its body. */
static void make_quote(struct report_scene *scene, uint16_t version, uint16_t type)
{
	size_t size = type == 3 ? BODY_1_5 : BODY;
	fill(scene, version == 4 ? 48 + size : 54 + size);
	lsec_put_little_endian(version, scene->bytes, 2);
	lsec_put_little_endian(2, scene->bytes + 2, 2);
	lsec_put_little_endian(0x81, scene->bytes + 4, 4);
	if (version == 4)
		return;
	lsec_put_little_endian(type, scene->bytes + 48, 2);
	lsec_put_little_endian(size, scene->bytes + 50, 4);
}

/* From a copy of just that size, for sanitizers. */
static int read_as(struct report_scene *scene, enum lsec_tee tee)
{
	uint8_t *exact = malloc(scene->len == 0 ? 1 : scene->len);
	assert_non_null(exact);
	memcpy(exact, scene->bytes, scene->len);
	const struct lsec_evidence evidence = {exact, scene->len, "r.bin"};
	int status = lsec_claims_read(&evidence, tee, &scene->claims, &scene->problems);
	free(exact);
	return status;
}

static void expect_read(struct report_scene *scene, enum lsec_tee tee)
{
	int status = read_as(scene, LSEC_TEE_NONE);
	expect_none(&scene->problems);
	assert_int_equal(status, 0);
	assert_int_equal(scene->claims.tee, tee);
}

static void expect_refused(struct report_scene *scene, const char *what)
{
	assert_int_equal(read_as(scene, LSEC_TEE_NONE), -1);
	assert_int_equal(scene->claims.tee, LSEC_TEE_NONE); /* left alone */
	expect_problem(&scene->problems, "r.bin", what);
}

/* Where each claim stands, in the report and in the quote's body: AMD 56860, Intel's DCAP. */
static const struct {
	const char *name;
	size_t at, size;
} snp_places[] = {
	{"guest_svn", 0x004, 4},      {"policy", 0x008, 8},
	{"family_id", 0x010, 16},     {"image_id", 0x020, 16},
	{"vmpl", 0x030, 4},           {"report_data", 0x050, 64},
	{"measurement", 0x090, 48},   {"host_data", 0x0c0, 32},
	{"id_key_digest", 0x0e0, 48}, {"author_key_digest", 0x110, 48},
	{"reported_tcb", 0x180, 8},   {"cpu_family", 0x188, 1},
	{"cpu_model", 0x189, 1},      {"cpu_stepping", 0x18a, 1},
	{"chip_id", 0x1a0, 64},       {"version", 0x000, 4},
};
static const struct {
	const char *name;
	size_t at, size;
} tdx_places[] = {
	{"tee_tcb_svn", 0, 16},   {"mr_seam", 16, 48},          {"td_attributes", 120, 8},
	{"xfam", 128, 8},         {"mr_td", 136, 48},           {"mr_config_id", 184, 48},
	{"mr_owner", 232, 48},    {"mr_owner_config", 280, 48}, {"rtmr_0", 328, 48},
	{"rtmr_1", 376, 48},      {"rtmr_2", 424, 48},          {"rtmr_3", 472, 48},
	{"report_data", 520, 64},
};

static enum lsec_claim_id find(enum lsec_tee tee, const char *name)
{
	for (size_t i = 0; i < LSEC_CLAIMS; i++)
		if (lsec_claim(i)->tee == tee && strcmp(lsec_claim(i)->name, name) == 0)
			return (enum lsec_claim_id)i;
	print_message("no claim %s\n", name);
	fail();
	return LSEC_CLAIMS;
}

static void expect_claim(const struct report_scene *scene, const char *name, const uint8_t *bytes,
                         size_t size)
{
	enum lsec_claim_id id = find(scene->claims.tee, name);
	assert_int_equal(lsec_claim(id)->size, size);
	assert_true(scene->claims.known[id]);
	assert_memory_equal(scene->claims.of[id], bytes, size);
}

static void test_table(void **state)
{
	(void)state;
	size_t of[2] = {0};
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		const struct lsec_claim *claim = lsec_claim(i);
		assert_int_equal(claim->id, i);
		assert_true(claim->size > 0 && claim->size <= LSEC_LONGEST_CLAIM);
		assert_true(!claim->number || claim->size <= 8);
		of[lsec_tee_index(claim->tee)]++;
	}
	assert_int_equal(of[0], COUNT(snp_places));
	assert_int_equal(of[1], COUNT(tdx_places) + 1); /* and the version */
}

static void test_snp(void **state)
{
	(void)state;
	for (uint32_t version = 2; version <= 5; version++) {
		struct report_scene scene;
		make_snp(&scene, version);
		expect_read(&scene, LSEC_TEE_SEV_SNP);
		for (size_t i = 0; i < COUNT(snp_places); i++) {
			if (version == 2 && strncmp(snp_places[i].name, "cpu_", 4) == 0)
				assert_false(scene.claims.known[find(LSEC_TEE_SEV_SNP,
				                                     snp_places[i].name)]);
			else
				expect_claim(&scene, snp_places[i].name,
				             scene.bytes + snp_places[i].at, snp_places[i].size);
		}
		assert_false(scene.claims.known[LSEC_CLAIM_MR_TD]);
	}
}

/* What the guest's driver puts before a report, and what a file may have behind it. */
static void test_snp_around(void **state)
{
	(void)state;
	struct report_scene scene;
	make_snp(&scene, 3);
	memmove(scene.bytes + 32, scene.bytes, SNP_SIZE);
	memset(scene.bytes, 0, 32);
	lsec_put_little_endian(SNP_SIZE, scene.bytes + 4, 4);
	scene.len = 32 + SNP_SIZE;
	expect_read(&scene, LSEC_TEE_SEV_SNP);
	expect_claim(&scene, "measurement", scene.bytes + 32 + 0x90, 48);
	scene.len += 100;
	expect_read(&scene, LSEC_TEE_SEV_SNP);
	scene.claims = (struct lsec_claims){0};
	scene.len = 32 + SNP_SIZE - 1;
	expect_refused(&scene, "must be an attestation report");
	scene.len = 32 + SNP_SIZE;
	lsec_put_little_endian(1, scene.bytes, 4); /* a status of failure */
	expect_refused(&scene, "must be an attestation report");
	make_snp(&scene, 2);
	scene.len += 100;
	expect_read(&scene, LSEC_TEE_SEV_SNP);
}

static void test_quotes(void **state)
{
	(void)state;
	static const struct {
		uint16_t version, type;
		size_t body;
	} cases[] = {{4, 0, 48}, {5, 2, 54}, {5, 3, 54}};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct report_scene scene;
		make_quote(&scene, cases[i].version, cases[i].type);
		expect_read(&scene, LSEC_TEE_TDX);
		for (size_t k = 0; k < COUNT(tdx_places); k++)
			expect_claim(&scene, tdx_places[k].name,
			             scene.bytes + cases[i].body + tdx_places[k].at,
			             tdx_places[k].size);
		expect_claim(&scene, "version", scene.bytes, 2);
		scene.len += 50; /* its signature */
		expect_read(&scene, LSEC_TEE_TDX);
		scene.claims = (struct lsec_claims){0};
		scene.len -= 51;
		expect_refused(&scene, "must be an attestation report");
	}
}

static void test_unknown(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		uint8_t byte;
	} changes[] = {{0, 3},  {0, 6},  {1, 1},  {4, 0},     {7, 1},
	               {48, 1}, {48, 4}, {49, 1}, {50, 0x49}, {53, 1}};
	struct report_scene scene;
	for (size_t i = 0; i < COUNT(changes); i++) {
		make_quote(&scene, 5, 2);
		scene.bytes[changes[i].at] = changes[i].byte;
		expect_refused(&scene, "must be an attestation report");
	}
	make_quote(&scene, 5, 2);
	scene.bytes[48] = 3; /* longer than it is */
	expect_refused(&scene, "must be an attestation report");
	for (uint32_t version = 0; version < 300; version++) {
		make_snp(&scene, version);
		if (version < 2 || version > 5)
			expect_refused(&scene, "must be an attestation report");
	}
	fill(&scene, 0);
	expect_refused(&scene, "must be an attestation report");
	/* A report that could pass for a quote by its guest SVN. */
	make_snp(&scene, 4);
	lsec_put_little_endian(0x81, scene.bytes + 4, 4);
	expect_read(&scene, LSEC_TEE_SEV_SNP);
}

static void test_prefixes(void **state)
{
	(void)state;
	struct report_scene snp, quote;
	make_snp(&snp, 3);
	make_quote(&quote, 5, 2);
	for (snp.len = 0; snp.len < SNP_SIZE; snp.len++)
		expect_refused(&snp, "report");
	for (quote.len = 0; quote.len < 54 + BODY; quote.len++)
		expect_refused(&quote, "report");
}

static void test_tee(void **state)
{
	(void)state;
	struct report_scene scene;
	make_snp(&scene, 2);
	assert_int_equal(read_as(&scene, LSEC_TEE_TDX), -1);
	expect_problem(&scene.problems, "r.bin", "report is of SEV-SNP, but the VM of TDX");
	assert_int_equal(read_as(&scene, LSEC_TEE_SEV_SNP), 0);
	make_quote(&scene, 4, 0);
	assert_int_equal(read_as(&scene, LSEC_TEE_SEV_SNP), -1);
	expect_problem(&scene.problems, "r.bin", "report is of TDX, but the VM of SEV-SNP");
}

static void test_limit(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_claims claims;
	uint8_t *bytes = calloc(LSEC_MAX_ATTESTATION + 1, 1);
	assert_non_null(bytes);
	bytes[0] = 2;
	struct lsec_evidence evidence = {bytes, LSEC_MAX_ATTESTATION + 1, "r.bin"};
	assert_int_equal(lsec_claims_read(&evidence, LSEC_TEE_NONE, &claims, &problems), -1);
	expect_problem(&problems, "r.bin", "report has more than 1048576 bytes");
	evidence.len--;
	assert_int_equal(lsec_claims_read(&evidence, LSEC_TEE_NONE, &claims, &problems), 0);
	free(bytes);
}

static void test_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < LSEC_CLAIMS; i++) {
		const struct lsec_claim *claim = lsec_claim(i);
		struct lsec_claims expected = {.tee = claim->tee};
		struct lsec_claims found = expected;
		assert_true(lsec_claims_same(&expected, &found, claim->id));
		found.of[i][claim->size - 1] = 0x80;
		assert_false(lsec_claims_same(&expected, &found, claim->id));
	}
	assert_int_equal(lsec_claim(LSEC_CLAIM_RTMR_0)->compared, false);
	assert_int_equal(lsec_claim(LSEC_CLAIM_CHIP_ID)->compared, false);
}

static void expect_text(const struct lsec_claims *claims, enum lsec_claim_id id, const char *text)
{
	char *found = lsec_claims_text(claims, id);
	assert_string_equal(found, text);
	free(found);
}

static void test_text(void **state)
{
	(void)state;
	struct lsec_claims claims = {.tee = LSEC_TEE_SEV_SNP};
	lsec_claims_set(&claims, LSEC_CLAIM_POLICY, UINT64_C(0x8000000000030000));
	lsec_claims_set(&claims, LSEC_CLAIM_GUEST_SVN, UINT32_MAX);
	claims.of[LSEC_CLAIM_FAMILY_ID][0] = 0xab;
	expect_text(&claims, LSEC_CLAIM_POLICY, "0x8000000000030000");
	expect_text(&claims, LSEC_CLAIM_GUEST_SVN, "0xffffffff");
	expect_text(&claims, LSEC_CLAIM_VMPL, "0x0");
	expect_text(&claims, LSEC_CLAIM_FAMILY_ID, "ab000000000000000000000000000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),      cmocka_unit_test(test_snp),
		cmocka_unit_test(test_snp_around), cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_unknown),    cmocka_unit_test(test_prefixes),
		cmocka_unit_test(test_tee),        cmocka_unit_test(test_limit),
		cmocka_unit_test(test_same),       cmocka_unit_test(test_text),
	};
	return cmocka_run_group_tests_name("attestation_report", tests, NULL, NULL);
}
