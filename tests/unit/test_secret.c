/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/secret.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "id_keys.h"

static char path[] = "/tmp/launchsec-test.XXXXXX";

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	return fd < 0 ? -1 : close(fd);
}

static int remove_file(void **state)
{
	(void)state;
	return remove(path);
}

static void write_key(const char *text, size_t len)
{
	FILE *file = fopen(path, "wbe");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static void test_key(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	const struct lsec_signing_key wanted = read_key(KEY_PKCS8);
	struct lsec_signing_key key = {{0}, {0}};
	write_key(KEY_PKCS8, strlen(KEY_PKCS8));
	assert_int_equal(lsec_read_key("--id-key", path, &key, &problems), 0);
	expect_none(&problems);
	assert_memory_equal(&key, &wanted, sizeof(key));
}

/* What is no key leaves the caller's alone, and is not quoted. */
static void test_bad(void **state)
{
	(void)state;
	static const char *const texts[] = {KEY_SEC1, "a\nb", "x -----BEGIN EC PRIVATE KEY-----"};
	struct lsec_problems problems = {0};
	struct lsec_signing_key key = {{7}, {0}};
	write_key("secret", 6);
	assert_int_equal(lsec_read_key("--id-key", path, &key, &problems), -1);
	assert_null(strstr(problems.items[0].what, "secret"));
	expect_problem(&problems, path, "holds no complete private key in PEM");
	for (size_t i = 0; i < COUNT(texts); i++) {
		assert_int_equal(lsec_read_key("--id-key", texts[i], &key, &problems), -1);
		expect_problem(&problems, "--id-key", "not the key itself");
	}
	assert_int_equal(lsec_read_key("--id-key", "/", &key, &problems), -1);
	assert_true(problems.failed);
	lsec_problems_clear(&problems);
	assert_int_equal(key.secret[0], 7);
}

/* The limit is the reader's, so a byte more is read. */
static void test_size(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	struct lsec_signing_key key;
	char *text = repeat('\n', LSEC_MAX_KEY + 2);
	memcpy(text, KEY_SEC1, strlen(KEY_SEC1));
	write_key(text, LSEC_MAX_KEY);
	assert_int_equal(lsec_read_key("--id-key", path, &key, &problems), 0);
	for (size_t more = 1; more <= 2; more++) {
		write_key(text, LSEC_MAX_KEY + more);
		assert_int_equal(lsec_read_key("--id-key", path, &key, &problems), -1);
		expect_problem(&problems, path, "more than 65536 bytes (64 KiB)");
	}
	free(text);
}

/* In a process of its own, since it lasts. */
static void test_no_core(void **state)
{
	(void)state;
	struct lsec_problems problems = {0};
	pid_t child = fork();
	if (child == 0) {
		struct rlimit limit;
		int status = lsec_keep_secrets(&problems);
		bool kept = status == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0 &&
		            getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 &&
		            limit.rlim_max == 0;
		_exit(kept ? 0 : 1);
	}
	int status = 0;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_no_core),
	};
	return cmocka_run_group_tests_name("secret", tests, make_file, remove_file);
}
