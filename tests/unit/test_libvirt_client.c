/* SPDX-License-Identifier: Apache-2.0 */
/* libvirt's own library, its test driver, and a libvirt that does not answer. Only with libvirt. */
#include "libvirt/client.h"
#include "libvirt/virt.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "support.h"

#define MEMORY "<name>test</name><memory>65536</memory><vcpu>1</vcpu>"
#define GOOD DOMAIN("", MEMORY)

/* AddressSanitizer puts functions of its own before libtirpc's xdr_…, and has none of these
 * behind them when libtirpc is loaded later: every message to a libvirt elsewhere crashes. */
#if defined(__SANITIZE_ADDRESS__)
#define SENDS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SENDS 0
#endif
#endif
#ifndef SENDS
#define SENDS 1
#endif

static const struct lsec_virt in_process = {"test:///default", 60};

static void test_built_in(void **state)
{
	(void)state;
	assert_true(lsec_virt_built_in);
}

static void test_ask(void **state)
{
	(void)state;
	struct lsec_virt_facts facts LSEC_CLEANUP(lsec_virt_facts_clear) = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_virt_ask(&in_process, &facts, &problems), 0);
	expect_none(&problems);
	assert_string_equal(facts.driver, LSEC_VIRT_TEST);
	assert_true(facts.libvirt >= 1000000);
	assert_false(facts.has_capabilities);
}

/* The driver comes with a running domain "test", which must not be in the way, and a trial
 * leaves nothing for the next. */
static void test_try(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	for (int i = 0; i < 3; i++) {
		char *refusal = NULL;
		assert_int_equal(lsec_virt_try(&in_process, GOOD, &refusal, &problems), 0);
		assert_null(refusal);
		assert_int_equal(lsec_virt_try(&in_process, PLAIN, &refusal, &problems), 0);
		assert_non_null(refusal);
		expect_contains(refusal, "missing name");
		free(refusal);
	}
	expect_none(&problems);
}

static void expect_failure(const struct lsec_virt *virt, const char *what)
{
	struct lsec_virt_facts facts = {0};
	char *refusal = NULL;
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_virt_ask(virt, &facts, &problems), -1);
	assert_int_equal(lsec_virt_try(virt, GOOD, &refusal, &problems), -1);
	assert_true(problems.failed);
	assert_int_equal(problems.count, 1); /* the same is told once */
	assert_string_equal(problems.items[0].place, virt->uri);
	expect_contains(problems.items[0].what, what);
	lsec_problems_clear(&problems);
}

static void test_failures(void **state)
{
	(void)state;
	static const struct lsec_virt nowhere = {"qemu+unix:///system?socket=/nosuch", 60};
	static const struct lsec_virt no_uri = {"::", 60};
	expect_failure(&nowhere, "cannot be queried: Failed to connect socket to '/nosuch'");
	expect_failure(&no_uri, "cannot be queried: ");
}

/* A socket that takes connections, and at whose other end nobody reads. */
static void test_silent(void **state)
{
	(void)state;
	char folder[] = "/tmp/lsec-silent-XXXXXX";
	assert_non_null(mkdtemp(folder));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/sock", folder);
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(listener >= 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(listener, 8), 0);
	cleanup_free char *uri = lsec_format("qemu+unix:///system?socket=%s", address.sun_path);
	assert_non_null(uri);
	const struct lsec_virt silent = {uri, 1};
	expect_failure(&silent, SENDS ? "no answer within 1 seconds"
	                              : "libvirt's library ended with status 1");
	close(listener);
	unlink(address.sun_path);
	rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_built_in), cmocka_unit_test(test_ask),
		cmocka_unit_test(test_try),      cmocka_unit_test(test_failures),
		cmocka_unit_test(test_silent),
	};
	return cmocka_run_group_tests_name("libvirt client", tests, NULL, NULL);
}
