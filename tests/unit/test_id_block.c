/* SPDX-License-Identifier: Apache-2.0 */
#include "core/id_block.h"

#include "id_keys.h"
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

/* Takes an ID block for a policy, with its signatures. */
static void make_for(struct id_scene *scene, uint64_t policy, bool author)
{
	const struct lsec_id_pair pair = make_pair(policy, author);
	memcpy(scene->block, pair.block, sizeof(pair.block));
	memcpy(scene->auth, pair.auth, sizeof(pair.auth));
	write_bytes(scene);
}

static void make(struct id_scene *scene, bool author)
{
	*scene = (struct id_scene){.settings = {.tee = LSEC_TEE_SEV_SNP}};
	put(scene, LSEC_KEY_POLICY, "POLICY", "0x30000", 0x30000);
	if (author)
		put(scene, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	make_for(scene, 0x30000, author);
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

/* What does not verify is told at the place of its half. test_id_block_sign.c has all of it. */
static void test_verified(void **state)
{
	(void)state;
	static const struct {
		bool block;
		size_t at;
		const char *place, *what;
	} cases[] = {
		{true, 0x000, "AUTH", "the ID key's signature (byte 0x40) does not verify"},
		{true, 0x050, "BLOCK", "the ID block's version (byte 0x50) is 2,"},
		{false, 0x000, "AUTH", "the algorithm of the ID key (byte 0x0) is 3,"},
		{false, 0x008, "AUTH", "reserved byte 0x8 is 0x02"},
		{false, 0x244, "AUTH", "the ID key (byte 0x244) is not a point"},
		{false, 0x680, "AUTH", "the author key's signature (byte 0x680)"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct id_scene scene LSEC_CLEANUP(clear);
		make(&scene, true);
		if (cases[i].block)
			scene.block[cases[i].at] = (uint8_t)(scene.block[cases[i].at] * 2);
		if (cases[i].block && cases[i].at == 0)
			scene.block[0] = 1;
		if (!cases[i].block)
			scene.auth[cases[i].at] = (uint8_t)(scene.auth[cases[i].at] + 2);
		expect_refused(&scene, cases[i].place, cases[i].what);
	}
}

/* A signature that is wrong, and a policy that is: both are told. */
static void test_all_at_once(void **state)
{
	(void)state;
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	put(&scene, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	scene.block[0x5a] = 0x13;
	write_bytes(&scene);
	assert_int_equal(
		lsec_check_id_block(&scene.asked, &scene.settings, &no_own, &scene.problems), -1);
	assert_int_equal(scene.problems.count, 3);
	expect_among(&scene.problems, "AUTH", "does not verify");
	expect_among(&scene.problems, "BLOCK", "is for policy 0x130000");
	expect_among(&scene.problems, "AUTH", "has no author key");
}

static void test_digest(void **state)
{
	(void)state;
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	for (size_t i = 0; i < 48; i++)
		scene.block[i] = (uint8_t)i;
	write_bytes(&scene);
	char *digest = lsec_launch_digest(&scene.settings);
	assert_string_equal(digest, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e"
	                            "1f202122232425262728292a2b2c2d2e2f");
	free(digest);
	lsec_value_clear(&scene.settings.of[LSEC_KEY_ID_BLOCK]);
	assert_null(lsec_launch_digest(&scene.settings));
}

static void test_author(void **state)
{
	(void)state;
	struct id_scene scene LSEC_CLEANUP(clear);
	make(&scene, false);
	put(&scene, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	expect_refused(&scene, "AUTH", "has no author key");
	/* Not used, so warned of. */
	struct id_scene unused LSEC_CLEANUP(clear);
	make(&unused, true);
	put(&unused, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "no", 0);
	expect_accepted(&unused);
	assert_int_equal(warnings(&unused, "AUTH", "author-key to yes"), 1);
	lsec_value_clear(&unused.settings.of[LSEC_KEY_AUTHOR_KEY]);
	assert_int_equal(warnings(&unused, "AUTH", "author-key to yes"), 1);
	/* A key without a block. */
	put(&unused, LSEC_KEY_AUTHOR_KEY, "AUTHOR", "yes", 1);
	lsec_value_clear(&unused.settings.of[LSEC_KEY_ID_BLOCK]);
	assert_int_equal(warnings(&unused, "AUTHOR", "has no effect"), 1);
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
		make_for(&scene, cases[i].inside, false);
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
	make_for(&scene, 0, false);
	put(&scene, LSEC_KEY_POLICY, "POLICY", "", 0xb0000);
	expect_refused(&scene, "BLOCK", "; sign an ID block for 0x30000, and use that policy");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),        cmocka_unit_test(test_alone),
		cmocka_unit_test(test_verified),    cmocka_unit_test(test_author),
		cmocka_unit_test(test_all_at_once), cmocka_unit_test(test_policy),
		cmocka_unit_test(test_digest),
	};
	return cmocka_run_group_tests_name("id_block", tests, NULL, NULL);
}
