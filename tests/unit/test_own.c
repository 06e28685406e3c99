/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each field of <launchSecurity>, by the table of keys: annotated, as the domain's own, twice, and
 * in QEMU's arguments. A new row of the table is tested here without a new line.
 */
#include "annotations/values.h"
#include "domain/domain.h"
#include "support.h"

/* Calls a test for each field of each TEE; returns how many. */
static size_t for_fields(void (*test)(const struct lsec_key *, enum lsec_tee))
{
	size_t fields = 0;
	for (size_t i = 0; i < LSEC_KEYS * LSEC_TEES; i++) {
		const struct lsec_key *key = lsec_key(i / LSEC_TEES);
		enum lsec_tee tee = lsec_tee_at(i % LSEC_TEES);
		if (!lsec_is_field(key, tee))
			continue;
		test(key, tee);
		fields++;
	}
	return fields;
}

/* A good value of a key, to be freed. */
static char *value_of(const struct lsec_key *key, enum lsec_tee tee)
{
	if (key->id == LSEC_KEY_ID_AUTH) /* of the example of id-block */
		return read_one_line("tests/golden/inputs/id-auth-author-key.b64");
	assert_non_null(key->example);
	bool policy = key->id == LSEC_KEY_POLICY && tee == LSEC_TEE_TDX;
	return strdup(policy ? "0x0" : key->example);
}

/* Annotates a key, and with one half of the ID block the other. */
static void annotate(struct scene *scene, const struct lsec_key *key, enum lsec_tee tee)
{
	bool id = key->id == LSEC_KEY_ID_BLOCK || key->id == LSEC_KEY_ID_AUTH;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		bool half = i == LSEC_KEY_ID_BLOCK || i == LSEC_KEY_ID_AUTH;
		if (i != key->id && !(id && half))
			continue;
		char *value = value_of(lsec_key(i), tee);
		set(scene, lsec_key(i)->name, value);
		free(value);
	}
}

static const char domain_of[] =
	DOMAIN("<kernel>/k</kernel>", "<launchSecurity type='%s'>%s</launchSecurity>");

/* What the domain has for a field behind this: its start, as it is written. */
static char *start_of(const struct lsec_key *key)
{
	if (key->form == LSEC_XML_ATTRIBUTE)
		return lsec_format(" %s=\"", key->xml);
	return lsec_format(key->form == LSEC_XML_PATH ? "<%s path=\"" : "<%s>", key->xml);
}

static char *domain_with(enum lsec_tee tee, const char *inside)
{
	return lsec_format(domain_of, lsec_tee_name(tee), inside);
}

/* A value that was written is the domain's own the next time, and stays with nothing but `type`. */
static void stays(const struct lsec_key *key, enum lsec_tee tee)
{
	SCENE asked = {0};
	SCENE silent = {0};
	cleanup_free char *domain = domain_with(tee, "");
	cleanup_free char *start = start_of(key);
	set(&asked, "type", lsec_tee_name(tee));
	annotate(&asked, key, tee);
	const char *out = applied(&asked, domain);
	expect_contains(out, start);
	set(&silent, "type", lsec_tee_name(tee));
	assert_string_equal(applied(&silent, out), out);
	assert_int_equal(silent.result.report.change_count, 0);
}

static void twice(const struct lsec_key *key, enum lsec_tee tee)
{
	SCENE scene = {0};
	if (!lsec_is_child(key))
		return;
	cleanup_free char *twice = lsec_format("<%s/><%s/>", key->xml, key->xml);
	cleanup_free char *domain = domain_with(tee, twice);
	cleanup_free char *place = lsec_format("/domain/launchSecurity/%s[2]", key->xml);
	set(&scene, "type", lsec_tee_name(tee));
	refused(&scene, domain);
	expect_problem(&scene.problems, place, "");
}

/* By QEMU's arguments each is given, too; as the domain's own it would be lost. */
static void by_arguments(const struct lsec_key *key, enum lsec_tee tee)
{
	SCENE asked = {0};
	SCENE own = {0};
	SCENE remote = {0};
	cleanup_free char *plain = domain_with(tee, "");
	cleanup_free char *name = NULL;
	if (tee != LSEC_TEE_TDX || key->type == LSEC_VALUE_QGS)
		return;
	name = lsec_format("&quot;%s&quot;:", key->qemu);
	set(&asked, "type", "tdx");
	annotate(&asked, key, tee);
	set(&own, "type", "tdx");
	set(&own, "qgs", "vsock:2:4050");
	refused(&own, applied(&asked, plain));
	expect_problem(&own.problems, NULL, "a later call");
	set(&remote, "type", "tdx");
	set(&remote, "qgs", "vsock:2:4050");
	annotate(&remote, key, tee);
	expect_contains(applied(&remote, plain), name);
	expect_lacks(remote.result.domain, "launchSecurity");
}

/* What a row of the table says is forbidden with the key, and nothing else. */
static void forbidden(const struct lsec_key *key, enum lsec_tee tee)
{
	SCENE asked = {0};
	SCENE scene = {0};
	cleanup_free char *domain = domain_with(tee, "");
	bool differs = key->forbids_own && tee == LSEC_TEE_TDX; /* 0x0 is no default */
	set(&asked, "type", lsec_tee_name(tee));
	annotate(&asked, key, tee);
	const char *out = applied(&asked, domain);
	set(&scene, "type", lsec_tee_name(tee));
	assert_int_equal(lsec_config_forbid(&scene.config, "x", key->name, &scene.problems), 0);
	if (differs)
		expect_contains(applied(&scene, out), "<policy>0x10000000</policy>");
	else
		assert_string_equal(applied(&scene, out), out);
}

static void test_all(void **state)
{
	(void)state;
	assert_true(for_fields(stays) >= 15);
	for_fields(twice);
	for_fields(by_arguments);
	for_fields(forbidden);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_all)};
	return cmocka_run_group_tests_name("own", tests, NULL, NULL);
}
