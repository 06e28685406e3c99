/* SPDX-License-Identifier: Apache-2.0 */
#include "annotations/prefix.h"
#include "launchsec/keys.h"
#include "support.h"

/* More keys, with the conditions in deploy/: tests/golden/test_prefixes.py. */

static void test_own(void **state)
{
	(void)state;
	assert_string_equal(lsec_key_own(LSEC_PREFIX "type"), "type");
	assert_string_equal(lsec_key_own(LSEC_PREFIX), "");
	assert_string_equal(lsec_key_own(LSEC_PREFIX "/type"), "/type");
	assert_null(lsec_key_own("launchsecurity.vm.kubevirt.io"));
	assert_null(lsec_key_own(""));
	assert_false(lsec_key_nearly_own(LSEC_PREFIX "type"));
	assert_false(lsec_key_nearly_own(LSEC_PREFIX "nonsense"));
}

static void expect(const char *key, bool near)
{
	if (lsec_key_nearly_own(key) != near)
		fail_msg("%s", key);
}

/* One wrong letter too few or too many decides. */
static void test_edges(void **state)
{
	(void)state;
	static const struct {
		const char *near, *far;
	} pairs[] = {
		{"launchsecurity.kubevirt.io/x", "launchsecurity.kubernetes.io/x"},
		{"my.launchsecurity.kubevir.example/x", "my.launchsecurity.kubevi.example/x"},
		{"my.launchsecurity.kubveirt.example/x", "my.launchsecurity.kubetrvi.example/x"},
		{"my.lauchsecurity.kubevirt.example/x", "my.lauchsecrity.kubevirt.example/x"},
		{"my.launchhsecurity.kubevirt.example/x", "my.lauunchhsecurity.kubevirt.example/x"},
		{"launchsecurity/x", "launchsecurityx/x"},
		{"launch.security.vm.io/x", "launch.security.vm.net/x"},
		{"a.kubevirt.io/launchsecurity", "a.kubevirt.io/launchsecurityreport"},
		{"a.kubevirt.io/launchsecurity.polcy", "a.kubevirt.io/launchsecurity.plcy"},
		{"a.kubevirt.io/launchsecurity.type", "a.example/launchsecurity.type"},
		{"launchsec.kubevirt.io/x", "launchse.kubevirt.io/x"},
		{"lounchsecurty.vm.kubevirt.io/x", "my.lounchsecurty.vm.kubevirt.io/x"},
		{"launchsecurity.vm", "launchsecurity"},
		{"launchsecurity.type", "launchsecurity.example"},
	};
	for (size_t i = 0; i < COUNT(pairs); i++) {
		expect(pairs[i].near, true);
		expect(pairs[i].far, false);
	}
	static const char *const others[] = {"",     "/",      "x/",          "/type",
	                                     "type", "launch", "kubevirt.io/"};
	for (size_t i = 0; i < COUNT(others); i++)
		expect(others[i], false);
}

/* As long as Kubernetes lets a key be, and longer. */
static void test_lengths(void **state)
{
	(void)state;
	enum { LONGEST = 317 };
	char key[2 * LONGEST] = "";
	for (size_t len = LONGEST - 1; len <= LONGEST + 1; len++) {
		memset(key, 'x', len);
		memcpy(key, "launchsecurity.kubevirt.", 24);
		key[len] = '\0';
		expect(key, len <= LONGEST);
		memset(key, 'x', len);
		memcpy(key + len - 24, ".kubevirt.launchsecurity", 24);
		expect(key, len <= LONGEST);
	}
}

static void test_meant(void **state)
{
	(void)state;
	static const struct {
		const char *key, *name;
	} cases[] = {
		{"launch.kubevirt.io/type", "type"},
		{"launch.kubevirt.io/HOST-DATA", "host-data"},
		{"launch.kubevirt.io/mr-owner-config", "mr-owner-config"},
		{"launchsecurity.id-auth", "id-auth"},
		{"launchsecurity_qgs", "qgs"},
		{"launchsecurity/mytype", NULL},
		{"launchsecurity/", NULL},
		{"type", NULL},
		{"/type", "type"},
		{"", NULL},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *meant = lsec_key_meant(cases[i].key);
		if (cases[i].name == NULL)
			assert_null(meant);
		else
			assert_string_equal(meant, cases[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_meant),
	};
	return cmocka_run_group_tests_name("prefix", tests, NULL, NULL);
}
