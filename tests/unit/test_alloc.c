/* SPDX-License-Identifier: Apache-2.0 */
/* What an allocation returns, and how the process ends where it cannot. */
#include "base/alloc.h"

#include <sys/wait.h>
#include <unistd.h>

#include "support.h"

static void test_values(void **state)
{
	(void)state;
	char *text = lsec_strdup("text");
	char *part = lsec_strndup("text", 2);
	char *bytes = lsec_memdup("a\0b", 3);
	int *zeros = lsec_calloc(3, sizeof(*zeros));
	void *nothing[] = {lsec_malloc(0), lsec_calloc(0, 8), lsec_realloc(NULL, 0)};
	assert_string_equal(text, "text");
	assert_string_equal(part, "te");
	assert_memory_equal(bytes, "a\0b", 4);
	assert_int_equal(zeros[0] | zeros[1] | zeros[2], 0);
	assert_null(lsec_strdup_or_null(NULL));
	for (size_t i = 0; i < COUNT(nothing); i++) {
		assert_non_null(nothing[i]);
		free(nothing[i]);
	}
	free(text);
	free(part);
	free(bytes);
	free(zeros);
}

static void test_grow(void **state)
{
	(void)state;
	size_t *items = NULL;
	size_t room = 0;
	for (size_t i = 0; i < 1000; i++) {
		items = lsec_grow(items, i, &room, sizeof(*items));
		assert_true(room > i);
		items[i] = i;
	}
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(items[i], i);
	assert_true(room < 2000);
	free(items);
}

/* tests/faults shows that it comes to this. */
static void test_out_of_memory(void **state)
{
	(void)state;
	char said[200] = "";
	int ends[2];
	int status = 0;
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	if (child == 0) {
		dup2(ends[1], STDERR_FILENO);
		printf("not to be flushed");
		lsec_out_of_memory();
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	close(ends[1]);
	ssize_t len = read(ends[0], said, sizeof(said) - 1);
	close(ends[0]);
	assert_true(len > 0);
	assert_string_equal(said, "launchsec: error: out of memory; raise the memory limit\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_grow),
		cmocka_unit_test(test_out_of_memory),
	};
	return cmocka_run_group_tests_name("alloc", tests, NULL, NULL);
}
