/* SPDX-License-Identifier: Apache-2.0 */
/* The document that leads a guest to its disk key. */
#include "annotations/initdata.h"
#include "annotations/provision.h"
#include "annotations/values.h"

#include "support.h"

#define URL "https://kbs.example.com:8080"

static int read_url(const char *text, struct lsec_value *ret, struct lsec_problems *problems)
{
	return lsec_value_parse(&(struct lsec_reading){lsec_key_find("provision"), LSEC_TEE_TDX,
	                                               "here", text, problems},
	                        LSEC_FROM_ANNOTATION, ret);
}

static void test_urls(void **state)
{
	(void)state;
	static const char *const good[] = {
		URL,
		"http://kbs",
		"https://KBS",
		"http://kbs:1",
		"https://a-b.c:65535",
		"https://192.0.2.7",
		"https://192.0.2.7:8080/a",
		"https://[::1]",
		"https://[2001:db8::7]:8443/a.b/c_d/e~f/-",
		"https://kbs/...a",
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct lsec_problems problems = {0};
		struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {0};
		if (read_url(good[i], &value, &problems) < 0)
			print_message("not taken: %s\n", good[i]);
		expect_none(&problems);
		assert_string_equal(value.text, good[i]);
		assert_int_equal(value.digest.len, 0);
		assert_int_equal(value.string_count, 0);
	}
}

static void test_bad_urls(void **state)
{
	(void)state;
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"", "empty"},
		{"kbs", "must be the URL"},
		{"kbs:8080", "must be the URL"},
		{"//kbs", "must be the URL"},
		{"https:/kbs", "must be the URL"},
		{" https://kbs", "must not begin or end with a blank"},
		{"https://kbs ", "must not begin or end with a blank"},
		{"https://kbs\n", "line break"},
		{"https://", "the host"},
		{"https:///a", "the host"},
		{"https://:1", "the host"},
		{"https://[]", "the host"},
		{"https://[::1", "the host"},
		{"https://[::1]a", "the host"},
		{"https://[::1]:", "the port"},
		{"https://[::1]:0", "the port"},
		{"https://a.b.:1", "the host"},
		{"https://1.2.3", "the host"},
		{"https://kbs:", "the port"},
		{"https://kbs:x", "the port"},
		{"https://kbs:1:2", "the host"},
		{"https://kbs:00000000001", "the port"},
		{"https://kbs/", "the path"},
		{"https://kbs/a/", "the path"},
		{"https://kbs//", "the path"},
		{"https://kbs/a//b", "the path"},
		{"https://kbs/./b", "the path"},
		{"https://kbs/../b", "the path"},
		{"https://kbs/.../b", "the path"},
		{"https://kbs/a?", "the path"},
		{"https://kbs/a\\b", "the path"},
		{"https://u@kbs", "without a user"},
		{"https://kbs/a@b", "without a user"},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		struct lsec_problems problems = {0};
		struct lsec_value value = {0};
		if (read_url(bad[i].text, &value, &problems) == 0)
			print_message("taken: %s\n", bad[i].text);
		expect_problem(&problems, "here", bad[i].why);
	}
}

/* What may be a password is not in the message. */
static void test_password(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_value value = {0};
	assert_int_equal(read_url("https://me:pa55@kbs/", &value, &problems), -1);
	assert_null(strstr(problems.items[0].what, "pa55"));
	lsec_problems_clear(&problems);
}

static struct lsec_vmi vm(const char *name_space, const char *name)
{
	return (struct lsec_vmi){.name = lsec_unconst(name),
	                         .name_space = lsec_unconst(name_space)};
}

/* VMs are bound to these bytes. */
static void test_document(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_provision made LSEC_CLEANUP(lsec_provision_clear) = {.resource = NULL};
	struct lsec_initdata read LSEC_CLEANUP(lsec_initdata_clear) = {0};
	const struct lsec_vmi vmi = vm("blue", "vm-1");
	assert_int_equal(lsec_provision_make("here", &vmi, URL, &made, &problems), 0);
	expect_none(&problems);
	assert_string_equal(made.uuid.text, "9270f1fd-035c-5ec9-9c24-15eff05d9334");
	assert_string_equal(made.resource,
	                    "kbs+provisioner:///default/9270f1fd-035c-5ec9-9c24-15eff05d9334/root");
	assert_string_equal(
		made.document,
		"algorithm = \"sha384\"\nversion = \"0.1.0\"\n\n[data]\n\"trustee.kbs.url\" = \"" URL
		"\"\n\"trustee.kbs.resource\" = \"kbs+provisioner:///default/9270f1fd-035c-5ec9-9c24-15eff05d9334/root\"\n");
	assert_int_equal(made.len, strlen(made.document));
	/* The reader of initdata finds the same in it. */
	assert_int_equal(lsec_initdata_read("here", made.document, made.len, &read, &problems), 0);
	assert_int_equal(read.digest.len, made.digest.len);
	assert_memory_equal(read.digest.bytes, made.digest.bytes, made.digest.len);
	assert_int_equal(read.data_count, 2);
	assert_null(lsec_initdata_doubt(&read));
}

static void bad_vm_at(const struct lsec_vmi *vmi, const char *place, const char *why)
{
	struct lsec_problems problems = {0};
	struct lsec_provision made = {.len = 7};
	assert_int_equal(lsec_provision_make("here", vmi, URL, &made, &problems), -1);
	expect_problem(&problems, place, why);
	assert_int_equal(made.len, 7);
}

static void bad_name(const struct lsec_vmi *vmi, const char *why)
{
	bad_vm_at(vmi, "metadata.name", why);
}

static void bad_name_space(const struct lsec_vmi *vmi, const char *why)
{
	bad_vm_at(vmi, "metadata.namespace", why);
}

static void test_names(void **state)
{
	(void)state;
	static const char *const bad[] = {"",    "-a",  "a-",  ".a",        "a.",   "A",
	                                  "a b", "a/b", "a_b", "a\xc3\xbc", "a\nb", "a\"b"};
	/* Each label of a subdomain counts (RFC 1123). */
	static const char *const dotted[] = {"a..b", "a.-b", "a-.b", ".", "a.b.", "a.B"};
	char *name = repeat('a', 254);
	struct lsec_vmi vmi = vm(NULL, NULL);
	assert_false(lsec_provision_is_named(&vmi));
	bad_name(&vmi, "its name is unknown");
	vmi = vm(NULL, "a");
	assert_false(lsec_provision_is_named(&vmi));
	bad_name_space(&vmi, "its namespace is unknown");
	vmi = vm("a", NULL);
	bad_name(&vmi, "its name is unknown");
	vmi = vm("a", "a");
	assert_true(lsec_provision_is_named(&vmi));
	vmi.names_several = true;
	assert_false(lsec_provision_is_named(&vmi));
	bad_vm_at(&vmi, "here", "get their names later");
	for (size_t i = 0; i < COUNT(bad); i++) {
		vmi = vm(bad[i], "a");
		bad_name_space(&vmi, "is not a valid namespace name");
		vmi = vm("a", bad[i]);
		bad_name(&vmi, "is not a valid VM name");
	}
	for (size_t i = 0; i < COUNT(dotted); i++) {
		vmi = vm("a", dotted[i]);
		bad_name(&vmi, "is not a valid VM name");
	}
	vmi = vm("a.b", "a");
	bad_name_space(&vmi, "is not a valid namespace name");
	vmi = vm("a", name);
	bad_name(&vmi, "is not a valid VM name");
	vmi = vm(name + 254 - 64, "a");
	bad_name_space(&vmi, "is not a valid namespace name");
	vmi = vm(name + 254 - 63, name + 1);
	struct lsec_problems problems = {0};
	struct lsec_provision made LSEC_CLEANUP(lsec_provision_clear) = {.resource = NULL};
	assert_int_equal(lsec_provision_make("here", &vmi, URL, &made, &problems), 0);
	vmi = vm("a", "a.b-c.0");
	lsec_provision_clear(&made);
	assert_int_equal(lsec_provision_make("here", &vmi, URL, &made, &problems), 0);
	free(name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),     cmocka_unit_test(test_bad_urls),
		cmocka_unit_test(test_password), cmocka_unit_test(test_document),
		cmocka_unit_test(test_names),
	};
	return cmocka_run_group_tests_name("provision", tests, NULL, NULL);
}
