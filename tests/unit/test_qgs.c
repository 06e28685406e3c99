/* SPDX-License-Identifier: Apache-2.0 */
/* Where the quote generation service listens: what is taken, and what QEMU is told. */
#include "annotations/qgs.h"
#include "annotations/values.h"

#include "support.h"

static const char *address_of(const char *text, struct lsec_value *ret)
{
	static char kept[512];
	struct lsec_problems problems = {0};
	if (lsec_value_parse(&(struct lsec_reading){lsec_key_find("qgs"), LSEC_TEE_TDX, "here",
	                                            text, &problems},
	                     LSEC_FROM_ANNOTATION, ret) < 0)
		print_message("not taken: %s\n", text);
	expect_none(&problems);
	assert_string_equal(ret->text, text);
	assert_true(lsec_qgs_elsewhere(ret));
	struct json_object *address = lsec_qgs_address(ret);
	snprintf(kept, sizeof(kept), "%s",
	         json_object_to_json_string_ext(address, JSON_C_TO_STRING_PLAIN));
	json_object_put(address);
	return kept;
}

static void test_elsewhere(void **state)
{
	(void)state;
#define NAME63 "a23456789-123456789-123456789-123456789-123456789-123456789-123"
#define NAME253                                                                                    \
	NAME63 "." NAME63 "." NAME63 "."                                                           \
	       "b123456789-123456789-123456789-123456789-123456789-1234567890"
	static const struct {
		const char *text, *first, *second, *third;
	} cases[] = {
		{"vsock:2:4050", "vsock", "cid\":\"2", "4050"},
		{"vsock:1:1", "vsock", "cid\":\"1", "1"},
		{"vsock:4294967294:4294967294", "vsock", "cid\":\"4294967294", "4294967294"},
		{"qgs:1", "inet", "host\":\"qgs", "1"},
		{"vsock2:65535", "inet", "host\":\"vsock2", "65535"},
		{"default:4050", "inet", "host\":\"default", "4050"},
		{"qgs.tdx.svc.cluster.local:4050", "inet", "host\":\"qgs.tdx.svc.cluster.local",
	         "4050"},
		{"a--b.C-9:4050", "inet", "host\":\"a--b.C-9", "4050"},
		{"1.2.3.host:4050", "inet", "host\":\"1.2.3.host", "4050"},
		{"192.0.2.7:4050", "inet", "host\":\"192.0.2.7", "4050"},
		{"255.255.255.255:4050", "inet", "host\":\"255.255.255.255", "4050"},
		{"[2001:db8::7]:4050", "inet", "host\":\"2001:db8::7", "4050"},
		{"[::]:4050", "inet", "host\":\"::", "4050"},
		{"[::ffff:192.0.2.7]:4050", "inet", "host\":\"::ffff:192.0.2.7", "4050"},
		{NAME63 ":4050", "inet", "host\":\"" NAME63, "4050"},
		{NAME253 ":4050", "inet", "host\":\"" NAME253, "4050"},
	};
	assert_int_equal(strlen(NAME253), 253);
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
		char wanted[512];
		snprintf(wanted, sizeof(wanted), "{\"type\":\"%s\",\"%s\",\"port\":\"%s\"}",
		         cases[i].first, cases[i].second, cases[i].third);
		assert_string_equal(address_of(cases[i].text, &value), wanted);
		assert_int_equal(value.word,
		                 cases[i].first[0] == 'v' ? LSEC_WORD_VSOCK : LSEC_WORD_INET);
	}
}

static void test_refused(void **state)
{
	(void)state;
	static const char *const vsock[] = {
		"vsock:",
		"vsock::",
		"vsock:2",
		"vsock:2:",
		"vsock::4050",
		"vsock:0:4050",
		"vsock:2:0",
		"vsock:02:4050",
		"vsock:2:04050",
		"vsock:-1:4050",
		"vsock:+2:4050",
		"vsock:0x2:4050",
		"vsock:2:4050:",
		"vsock:2:4050:1",
		"vsock:host:4050",
		"vsock: 2:4050",
		"vsock:2 :4050",
		"vsock:4294967295:4050",
		"vsock:2:405O",
		"vsock:2:4294967295",
		"vsock:42949672950:1",
		"vsock:2:4050\"",
		"vsock:2:99999999999999999999",
	};
	static const char *const hosts[] = {
		":4050",          "::4050",          "::1:4050",       "[]:4050",
		"[:4050",         "]:4050",          "[::1:4050",      "::1]:4050",
		"[::1]4050:4050", "[192.0.2.7]:1",   "[host]:4050",    "[fe80::1%eth0]:4050",
		"[[::1]]:4050",   "[::g]:4050",      "1.2.3.4.5:4050", "127.1:4050",
		"2130706433:80",  "0x7f000001:80",   "0X7F.1:80",      "127.0x1:80",
		"0177.0.0.1:80",  "192.0.2.07:4050", "192.0.2.256:80", "-host:4050",
		"host-:4050",     "a..b:4050",       ".host:4050",     "host.:4050",
		"ho_st:4050",     "ho st:4050",      "run/qgs:4050",   "host\":4050",
		"host\\:4050",    "host,x=y:4050",   "VSOCK:2:4050",   "tcp:host:4050",
		"http://h:4050",  "user@host:4050",  "host:4050:ipv4", "Vsock:2:4050",
		NAME63 "x:4050",  NAME253 "x:4050",  "host:4050:4050", "qgs.:4050",
	};
	static const char *const ports[] = {
		"host:",      "host:0",     "host:04050", "host:65536",       "host:-1",
		"host:+4050", "host:0x1",   "host:http",  "host:4050x",       "host:9999999999",
		"[::1]:",     "[::1]:0x50", "host:4 050", "host:99999999999",
	};
	const struct {
		const char *const *texts;
		size_t count;
		const char *why;
	} groups[] = {
		{vsock, COUNT(vsock), "must be vsock:CID:PORT"},
		{hosts, COUNT(hosts), "must be HOST:PORT (a name"},
		{ports, COUNT(ports), "the port must be a number from 1 to 65535"},
	};
	for (size_t group = 0; group < COUNT(groups); group++)
		for (size_t i = 0; i < groups[group].count; i++) {
			struct lsec_value value = {0};
			struct lsec_problems problems = {0};
			if (lsec_qgs_parse("here", groups[group].texts[i], &value, &problems) == 0)
				print_message("taken: %s\n", groups[group].texts[i]);
			expect_problem(&problems, "here", groups[group].why);
			assert_int_equal(value.word, LSEC_WORD_LITERAL);
			assert_null(value.text);
		}
}

/* What libvirt can say. */
static void test_here(void **state)
{
	(void)state;
	static const struct {
		const char *text, *path;
		enum lsec_word word;
	} cases[] = {
		{"default", NULL, LSEC_WORD_DEFAULT},
		{"none", NULL, LSEC_WORD_NONE},
		{"/run/a:1", "/run/a:1", LSEC_WORD_LITERAL},
		{"unix:/run/a", "/run/a", LSEC_WORD_LITERAL},
		{"/vsock:2:4050", "/vsock:2:4050", LSEC_WORD_LITERAL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
		struct lsec_problems problems = {0};
		assert_int_equal(lsec_qgs_parse("here", cases[i].text, &value, &problems), 0);
		expect_none(&problems);
		assert_int_equal(value.word, cases[i].word);
		assert_false(lsec_qgs_elsewhere(&value));
		if (cases[i].path == NULL)
			assert_null(value.text);
		else
			assert_string_equal(value.text, cases[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elsewhere),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_here),
	};
	return cmocka_run_group_tests_name("qgs", tests, NULL, NULL);
}
