/* SPDX-License-Identifier: Apache-2.0 */
#include "core/id_block.h"

#include "support.h"

/* A domain without launchSecurity of its own. */
static const struct lsec_domain no_own;

/* Settings of a VM with an ID block for 0x30000 and the bytes of its authentication. */
struct id_scene {
	struct lsec_settings settings;
	struct lsec_asked asked;
	struct lsec_problems problems;
	uint8_t block[LSEC_ID_BLOCK_SIZE], auth[LSEC_ID_AUTH_SIZE];
};

static void clear(struct id_scene *scene)
{
	lsec_settings_clear(&scene->settings);
	lsec_problems_clear(&scene->problems);
}

static void put(struct id_scene *scene, enum lsec_key_id key, const char *place, const char *text,
                uint64_t number)
{
	struct lsec_value *value = &scene->settings.of[key];
	lsec_value_clear(value);
	*value = (struct lsec_value){.origin = LSEC_FROM_DOMAIN,
	                             .number = number,
	                             .text = strdup(text),
	                             .place = strdup(place)};
}

/* Puts the bytes into the settings. */
static void write_bytes(struct id_scene *scene)
{
	char *block = lsec_base64_encode(scene->block, sizeof(scene->block));
	char *auth = lsec_base64_encode(scene->auth, sizeof(scene->auth));
	put(scene, LSEC_KEY_ID_BLOCK, "BLOCK", block, 0);
	put(scene, LSEC_KEY_ID_AUTH, "AUTH", auth, 0);
	free(block);
	free(auth);
}

static void make(struct id_scene *scene, bool author)
{
	*scene = (struct id_scene){.settings = {.tee = LSEC_TEE_SEV_SNP}};
	char *hex = make_id_auth(author);
	assert_true(lsec_hex_decode(hex, scene->auth, sizeof(scene->auth)));
	free(hex);
	scene->block[0x50] = 1;
	scene->block[0x5a] = 3;
	put(scene, LSEC_KEY_POLICY, "POLICY", "0x30000", 0x30000);
	if (author)
		put(scene, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	write_bytes(scene);
}

static void expect_accepted(struct id_scene *scene)
{
	assert_int_equal(
		lsec_check_id_block(&scene->asked, &scene->settings, &no_own, &scene->problems), 0);
	expect_none(&scene->problems);
}

static void expect_refused(struct id_scene *scene, const char *place, const char *what)
{
	write_bytes(scene);
	assert_int_equal(
		lsec_check_id_block(&scene->asked, &scene->settings, &no_own, &scene->problems),
		-1);
	expect_problem(&scene->problems, place, what);
}

static size_t warnings(struct id_scene *scene, const char *place, const char *what)
{
	struct lsec_report report = {0};
	lsec_warn_id_block(&scene->settings, &report);
	size_t count = report.warning_count;
	if (count > 0) {
		assert_string_equal(report.warnings[0].place, place);
		assert_non_null(strstr(report.warnings[0].what, what));
	}
	lsec_report_clear(&report);
	return count;
}

static void test_read(void **state)
{
	(void)state;
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, true);
	for (size_t i = 0; i < 8; i++)
		scene.block[0x58 + i] = (uint8_t)(i + 1);
	scene.block[0x53] = 0x80;
	struct lsec_id_block block = lsec_id_block_read(scene.block);
	assert_int_equal(block.version, 0x80000001);
	assert_int_equal(block.policy, 0x0807060504030201);
	struct lsec_id_auth auth = lsec_id_auth_read(scene.auth);
	assert_true(auth.id.present && auth.id.has_point && auth.id.has_signature);
	assert_true(auth.author.present && auth.author.has_point && auth.author.has_signature);
	assert_int_equal(auth.id.algorithm, 1);
	assert_int_equal(auth.author.curve, 2);
}

/* Each byte of the fields counts, and no other does. */
static void test_edges(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		bool id, author;
	} bytes[] = {{0x000, true, false},  {0x003, true, false},  {0x004, false, true},
	             {0x007, false, true},  {0x008, false, false}, {0x03f, false, false},
	             {0x040, true, false},  {0x23f, true, false},  {0x240, true, false},
	             {0x244, true, false},  {0x643, true, false},  {0x644, false, false},
	             {0x67f, false, false}, {0x680, false, true},  {0x87f, false, true},
	             {0x880, false, true},  {0xc83, false, true},  {0xc84, false, false},
	             {0xfff, false, false}};
	for (size_t i = 0; i < COUNT(bytes); i++) {
		uint8_t zeros[LSEC_ID_AUTH_SIZE] = {0};
		zeros[bytes[i].at] = 1;
		struct lsec_id_auth auth = lsec_id_auth_read(zeros);
		assert_int_equal(auth.id.present, bytes[i].id);
		assert_int_equal(auth.author.present, bytes[i].author);
	}
}

static void test_good(void **state)
{
	(void)state;
	for (int author = 0; author < 2; author++) {
		struct id_scene scene LSEC_CLEANUP(clear);
		make(&scene, author == 1);
		expect_accepted(&scene);
		assert_int_equal(warnings(&scene, "", ""), 0);
	}
}

/* Of whom an ID block and its authentication come decides, not whether they could be read. */
static void test_alone(void **state)
{
	(void)state;
	static char block[] = "block";
	static char auth[] = "auth";
	const struct lsec_domain own_block = {.tee = LSEC_TEE_SEV_SNP,
	                                      .own = {[LSEC_KEY_ID_BLOCK] = block}};
	const struct lsec_domain own_auth = {.tee = LSEC_TEE_SEV_SNP,
	                                     .own = {[LSEC_KEY_ID_AUTH] = auth}};
	const struct lsec_domain of_other = {.own = {[LSEC_KEY_ID_BLOCK] = block}};
	const struct {
		bool block, auth; /* annotated */
		const struct lsec_domain *domain;
		const char *place, *what; /* NULL: accepted */
	} cases[] = {
		{true, false, &no_own, LSEC_PREFIX "id-block", "without id-auth"},
		{false, true, &no_own, LSEC_PREFIX "id-auth", "without id-block"},
		{true, false, &own_auth, LSEC_PREFIX "id-block", "has an idAuth of its own"},
		{false, true, &own_block, LSEC_PREFIX "id-auth", "has an idBlock of its own"},
		{false, false, &own_block, LSEC_SECURITY "/idBlock", "without idAuth"},
		{false, false, &own_auth, LSEC_SECURITY "/idAuth", "without idBlock"},
		{true, true, &own_block, NULL, NULL},
		{false, false, &of_other, NULL, NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id_scene scene LSEC_CLEANUP(clear);
		make(&scene, false);
		scene.asked.of[LSEC_KEY_ID_BLOCK] = cases[i].block ? "x" : NULL;
		scene.asked.of[LSEC_KEY_ID_AUTH] = cases[i].auth ? "x" : NULL;
		assert_int_equal(lsec_check_id_block(&scene.asked, &scene.settings, cases[i].domain,
		                                     &scene.problems),
		                 cases[i].place == NULL ? 0 : -1);
		if (cases[i].place == NULL)
			expect_none(&scene.problems);
		else
			expect_problem(&scene.problems, cases[i].place, cases[i].what);
	}
}

static void test_keys(void **state)
{
	(void)state;
	static const struct {
		size_t at;
		uint8_t byte;
		const char *what;
	} cases[] = {
		{0x000, 0, "the algorithm of the ID key (byte 0x0) is 0,"},
		{0x000, 2, "the algorithm of the ID key (byte 0x0) is 2,"},
		{0x003, 1, "the algorithm of the ID key (byte 0x0) is 16777217,"},
		{0x240, 1, "the curve of the ID key (byte 0x240) is 1,"},
		{0x244, 0, "the ID key (byte 0x244) is all zeros"},
		{0x040, 0, "the ID key's signature (byte 0x40) is all zeros"},
		{0x004, 0, "the algorithm of the author key (byte 0x4) is 0,"},
		{0x880, 3, "the curve of the author key (byte 0x880) is 3,"},
		{0x884, 0, "the author key (byte 0x884) is all zeros"},
		{0x680, 0, "the author key's signature (byte 0x680) is all zeros"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id_scene scene LSEC_CLEANUP(clear);
		make(&scene, true);
		scene.auth[cases[i].at] = cases[i].byte;
		expect_refused(&scene, "AUTH", cases[i].what);
	}
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	memset(scene.auth, 0, sizeof(scene.auth));
	expect_refused(&scene, "AUTH", "only zeros");
}

static void test_author(void **state)
{
	(void)state;
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	put(&scene, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	expect_refused(&scene, "AUTH", "has no author key");
	/* Not used, so not looked into, but warned of. */
	struct id_scene unused LSEC_CLEANUP(clear);
	make(&unused, true);
	unused.auth[0x884] = 0;
	write_bytes(&unused);
	put(&unused, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "no", 0);
	expect_accepted(&unused);
	assert_int_equal(warnings(&unused, "AUTH", "author-key to yes"), 1);
	lsec_value_clear(&unused.settings.of[LSEC_KEY_AUTHOR_KEY]);
	assert_int_equal(warnings(&unused, "AUTH", "author-key to yes"), 1);
	/* A key without a block. */
	put(&unused, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	lsec_value_clear(&unused.settings.of[LSEC_KEY_ID_BLOCK]);
	assert_int_equal(warnings(&unused, "AUTHOR", "does nothing"), 1);
}

static void test_version(void **state)
{
	(void)state;
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	scene.block[0x53] = 1;
	write_bytes(&scene);
	expect_accepted(&scene);
	assert_int_equal(warnings(&scene, "BLOCK", "is 16777217;"), 1);
}

/* What is proposed never leads to debug without saying so, and never to what is refused. */
static void test_policy(void **state)
{
	(void)state;
	static const char debug[] = "only if the host may read the guest's memory (debug), set ";
	static const struct {
		uint64_t inside, of_vm;
		bool sign, set, debug;
	} cases[] = {
		{0x20000, 0x30000, true, true, false},  {0x130000, 0x30000, true, true, false},
		{0xb0000, 0x30000, true, true, true},   {0x80000, 0x30000, true, false, false},
		{0x10000, 0x30000, true, false, false}, {0x4030000, 0x30000, true, false, false},
		{0x3ff00, 0x30000, true, false, false}, {0x30137, 0x30000, true, true, false},
		{0x30000, 0xb0000, false, true, false}, {0xa0000, 0xb0000, false, true, true},
		{0x30000, 0x7f, false, true, false},    {0x7f, 0x30000, true, false, false},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id_scene scene LSEC_CLEANUP(clear);
		char policy[40];
		char sign[60];
		make(&scene, false);
		for (size_t byte = 0; byte < 8; byte++)
			scene.block[0x58 + byte] = (uint8_t)(cases[i].inside >> 8 * byte);
		write_bytes(&scene);
		put(&scene, LSEC_KEY_POLICY, "POLICY", "", cases[i].of_vm);
		assert_int_equal(lsec_check_id_block(&scene.asked, &scene.settings, &no_own,
		                                     &scene.problems),
		                 -1);
		assert_int_equal(scene.problems.count, 1);
		const char *what = scene.problems.items[0].what;
		snprintf(sign, sizeof(sign), "; sign an ID block for 0x%llx",
		         (unsigned long long)cases[i].of_vm);
		snprintf(policy, sizeof(policy), "policy to 0x%llx",
		         (unsigned long long)cases[i].inside);
		assert_int_equal(strstr(what, sign) != NULL, cases[i].sign);
		assert_int_equal(strstr(what, policy) != NULL, cases[i].set);
		assert_int_equal(strstr(what, debug) != NULL, cases[i].debug);
		assert_int_equal(strstr(what, "allow-debug to yes") != NULL, cases[i].debug);
	}
	/* Neither is any good. */
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	scene.block[0x5a] = 0;
	put(&scene, LSEC_KEY_POLICY, "POLICY", "", 0xb0000);
	expect_refused(&scene, "BLOCK", "; sign an ID block for 0x30000, and use that policy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),    cmocka_unit_test(test_edges),
		cmocka_unit_test(test_good),    cmocka_unit_test(test_alone),
		cmocka_unit_test(test_keys),    cmocka_unit_test(test_author),
		cmocka_unit_test(test_version), cmocka_unit_test(test_policy),
	};
	return cmocka_run_group_tests_name("id_block", tests, NULL, NULL);
}
