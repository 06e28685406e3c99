/* SPDX-License-Identifier: Apache-2.0 */
/* The server as the command line puts it together, and where its settings come from. */
#include "cli/serve.h"

#include <dirent.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "call.h"
#include "callbacks_v1alpha3.pb-c.h"
#include "cli/sources.h"
#include "info.pb-c.h"
#include "launchsec/memory.h"
#include "services/protobuf.h"

#define INFO FIELDS("/kubevirt.hooks.info.Info/Info")
#define DEFINE FIELDS("/kubevirt.hooks.v1alpha3.Callbacks/OnDefineDomain")
#define SHUTDOWN FIELDS("/kubevirt.hooks.v1alpha3.Callbacks/Shutdown")

static char directory[64];

static int make_directory(void **state)
{
	(void)state;
	setenv("CONTAINER_NAME", "hook-sidecar-0", 1);
	unsetenv("LAUNCHSEC_HOST");
	unsetenv("LAUNCHSEC_CONFIG");
	snprintf(directory, sizeof(directory), "/tmp/launchsec-test.XXXXXX");
	return mkdtemp(directory) == NULL ? -1 : 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(directory);
}

/* A command line of `serve`, in which @ is the directory. */
struct line {
	char text[1024];
	char *argv[32];
	struct lsec_options options;
	struct lsec_problems problems;
};

static void clear_line(struct line *line)
{
	lsec_options_clear(&line->options);
	lsec_problems_clear(&line->problems);
}
#define LINE LSEC_CLEANUP(clear_line) struct line

static void read_line(struct line *line, const char *words)
{
	int argc = 0;
	size_t len = 0;
	*line = (struct line){0};
	for (; *words != '\0'; words++) {
		bool is_directory = *words == '@';
		len += (size_t)snprintf(line->text + len, sizeof(line->text) - len, "%.*s",
		                        is_directory ? (int)sizeof(directory) : 1,
		                        is_directory ? directory : words);
	}
	char *rest = line->text;
	for (char *word = strsep(&rest, " "); word != NULL; word = strsep(&rest, " "))
		line->argv[argc++] = word;
	assert_int_equal(lsec_options_read(argc, line->argv, &line->options, &line->problems), 0);
}

/* Runs it to its end, which comes at once: a signal waits for it. What it wrote to standard
 * error is returned, to be freed. Not in a sandbox, which this process would never get out of. */
static char *run_line(struct line *line, const char *words, enum lsec_exit status)
{
	sigset_t term;
	sigset_t before;
	FILE *file = tmpfile();
	int saved = dup(STDERR_FILENO);
	cleanup_free char *unconfined = lsec_format("%s --sandbox off", words);
	read_line(line, unconfined);
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	raise(SIGTERM);
	dup2(fileno(file), STDERR_FILENO);
	enum lsec_exit got = lsec_run_serve(&line->options, &line->problems);
	dup2(saved, STDERR_FILENO);
	close(saved);
	const struct timespec now = {0};
	sigtimedwait(&term, NULL, &now); /* where it did not come to serving */
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (got != status)
		print_problems(&line->problems);
	assert_int_equal(got, status);
	char *text = calloc(1, 65536);
	assert_non_null(text);
	rewind(file);
	assert_true(fread(text, 1, 65535, file) < 65535);
	fclose(file);
	return text;
}

static void refuse_line(const char *words, enum lsec_exit status, const char *place,
                        const char *what)
{
	LINE line;
	cleanup_free char *text = run_line(&line, words, status);
	assert_string_equal(text, "");
	assert_int_equal(line.problems.failed, status == LSEC_EXIT_FAILED);
	line.problems.failed = false;
	expect_among(&line.problems, place, what);
}

static void test_logs(void **state)
{
	(void)state;
	LINE json;
	LINE text;
	LINE quiet;
	cleanup_free char *said = run_line(&json, "launchsec serve --socket-dir @", LSEC_EXIT_DONE);
	expect_none(&json.problems);
	cleanup_free char *listens = lsec_format("\"msg\":\"launchsec " LAUNCHSEC_VERSION
	                                         " listens on %s/launchsec-hook-sidecar-0.sock\"",
	                                         directory);
	expect_contains(said, listens);
	expect_contains(said, "\"msg\":\"SIGTERM: ending\"");
	expect_contains(said, "\"msg\":\"ended\"");
	assert_int_equal(said[0], '{');
	cleanup_free char *plain = run_line(
		&text, "launchsec serve --socket-dir @// --plugin-socket @/p --log-format text",
		LSEC_EXIT_DONE);
	cleanup_free char *both =
		lsec_format("launchsec: info: launchsec " LAUNCHSEC_VERSION
	                    " listens on %s/launchsec-hook-sidecar-0.sock\n"
	                    "launchsec: info: launchsec " LAUNCHSEC_VERSION " listens on %s/p\n",
	                    directory, directory);
	assert_memory_equal(plain, both, strlen(both));
	cleanup_free char *none = run_line(
		&quiet, "launchsec serve --socket-dir @ --log-level error", LSEC_EXIT_DONE);
	assert_string_equal(none, "");
}

/* The hook's socket is there unless only the plugin's is asked for. */
static void test_plugin_only(void **state)
{
	(void)state;
	LINE line;
	cleanup_free char *said =
		run_line(&line, "launchsec serve --plugin-socket @/p.sock", LSEC_EXIT_DONE);
	expect_contains(said, "/p.sock\"");
	expect_lacks(said, "hook-sidecar-0");
}

/* Without a name of the container the socket has a random one. */
static void test_random_name(void **state)
{
	(void)state;
	char *said[3];
	for (size_t i = 0; i < 3; i++) {
		LINE line;
		if (i == 0)
			setenv("CONTAINER_NAME", "", 1);
		else
			unsetenv("CONTAINER_NAME");
		said[i] = run_line(&line, "launchsec serve --log-format text --socket-dir @",
		                   LSEC_EXIT_DONE);
		const char *name = strstr(said[i], directory);
		assert_non_null(name);
		name += strlen(directory);
		assert_memory_equal(name, "/launchsec-", 11);
		name += 11;
		assert_int_equal(strspn(name, "0123456789abcdef"), 16);
		assert_memory_equal(name + 16, ".sock\n", 6);
		for (size_t j = 0; j < i; j++)
			assert_null(strstr(said[j], name));
	}
	for (size_t i = 0; i < 3; i++)
		free(said[i]);
}

static void test_container_names(void **state)
{
	(void)state;
	static const char *const good[] = {"a", "A-b_c.9", "..", "hook-sidecar-12"};
	static const char *const bad[] = {"a/b", "a b", "a\n", "\xc3\xbc", "../x", "a:b"};
	for (size_t i = 0; i < COUNT(good); i++) {
		LINE line;
		setenv("CONTAINER_NAME", good[i], 1);
		cleanup_free char *said =
			run_line(&line, "launchsec serve --socket-dir @", LSEC_EXIT_DONE);
		cleanup_free char *name = lsec_format("/launchsec-%s.sock\"", good[i]);
		expect_contains(said, name);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		setenv("CONTAINER_NAME", bad[i], 1);
		refuse_line("launchsec serve --socket-dir @", LSEC_EXIT_USAGE, "CONTAINER_NAME",
		            "must have letters, digits, hyphens, underscores and dots only");
	}
}

static void test_refused(void **state)
{
	(void)state;
	cleanup_free char *place = lsec_format("%s/none", directory);
	refuse_line("launchsec serve --socket-dir @/none", LSEC_EXIT_FAILED, place,
	            "cannot be opened: No such file");
	refuse_line("launchsec serve --plugin-socket @/", LSEC_EXIT_USAGE, NULL,
	            "has no file name at the end");
	/* All that is wrong is told. */
	LINE line;
	cleanup_free char *said =
		run_line(&line, "launchsec serve --socket-dir @/none --plugin-socket @/nil/p",
	                 LSEC_EXIT_FAILED);
	assert_int_equal(line.problems.count, 2);
	assert_string_equal(said, "");
	refuse_line("launchsec serve --socket-dir @ --default tdx.polcy=1 --host @/none",
	            LSEC_EXIT_FAILED, "--default tdx.polcy",
	            "\"polcy\" is not a cluster default for tdx");
	refuse_line("launchsec serve --socket-dir @ --forbid nothing", LSEC_EXIT_USAGE, "--forbid",
	            "nothing");
	setenv("LAUNCHSEC_CONFIG", "/none/config.json", 1);
	refuse_line("launchsec serve --socket-dir @", LSEC_EXIT_FAILED, "/none/config.json",
	            "No such file");
	unsetenv("LAUNCHSEC_CONFIG");
	setenv("LAUNCHSEC_HOST", "/none/host.json", 1);
	refuse_line("launchsec serve --socket-dir @", LSEC_EXIT_FAILED, "/none/host.json",
	            "No such file");
	unsetenv("LAUNCHSEC_HOST");
	setenv("LAUNCHSEC_TDX_POLCY", "1", 1);
	refuse_line("launchsec serve --socket-dir @", LSEC_EXIT_USAGE, "LAUNCHSEC_TDX_POLCY", "");
	unsetenv("LAUNCHSEC_TDX_POLCY");
}

/* A server in a child process, with a client in this one. */

static pid_t start(const char *words, const char *path)
{
	static struct line line;
	double end = seconds_now() + PATIENCE;
	read_line(&line, words);
	fflush(NULL);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* where a test fails before it ends it */
		enum lsec_exit status = lsec_run_serve(&line.options, &line.problems);
		clear_line(&line);
		exit((int)status);
	}
	clear_line(&line);
	for (int fd = -1; (fd = connect_raw(path)) < 0; usleep(1000))
		assert_true(seconds_now() < end);
	return child;
}

static void expect_info(const struct call *call, const char *name, int32_t priority,
                        const char *version)
{
	assert_string_equal(call->status, "0");
	Kubevirt__Hooks__Info__InfoResult *result = kubevirt__hooks__info__info_result__unpack(
		NULL, call->in.len - LSEC_MESSAGE_PREFIX,
		(const uint8_t *)call->in.bytes + LSEC_MESSAGE_PREFIX);
	assert_non_null(result);
	assert_true(lsec_protobuf_is(result->name, name));
	assert_int_equal(result->hookpoints[0]->priority, priority);
	assert_int_equal(result->n_versions, version == NULL ? 3 : 1);
	if (version != NULL)
		assert_true(lsec_protobuf_is(result->versions[0], version));
	kubevirt__hooks__info__info_result__free_unpacked(result, NULL);
}

/* The options arrive where they belong, and Shutdown ends it with 0. */
static void test_calls(void **state)
{
	(void)state;
	static const struct {
		const char *words, *name, *version;
		int32_t priority;
	} cases[] = {
		{"launchsec serve --log-level error --socket-dir @", "launchsec", NULL, 0},
		{"launchsec serve --log-level error --socket-dir @ --hook-name x --hook-priority -7 --version v1alpha2",
	         "x", "v1alpha2", -7},
	};
	cleanup_free char *path = lsec_format("%s/launchsec-hook-sidecar-0.sock", directory);
	for (size_t i = 0; i < COUNT(cases); i++) {
		CLIENT client;
		CALL info;
		CALL bye;
		pid_t child = start(cases[i].words, path);
		client_open(&client, path);
		call_make(&client, &info, INFO, "", 0);
		expect_info(&info, cases[i].name, cases[i].priority, cases[i].version);
		call_make(&client, &bye, SHUTDOWN, "", 0);
		expect_message(&bye, "", 0);
		int status = -1;
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
}

/* Defaults of the cluster and the host's facts count for every request. */
static void test_define(void **state)
{
	(void)state;
	cleanup_free char *path = lsec_format("%s/p", directory);
	cleanup_free char *host = lsec_format("%s/host.json", directory);
	FILE *file = fopen(host, "we");
	fputs("{\"sev\":true,\"sev-snp\":true,\"cbitpos\":47,\"reduced-phys-bits\":5}", file);
	fclose(file);
	pid_t child = start(
		"launchsec serve --log-level error --plugin-socket @/p --default sev-snp.firmware=/my/ovmf.fd --host @/host.json",
		path);
	for (size_t i = 0; i < 3; i++) {
		Kubevirt__Hooks__V1alpha3__OnDefineDomainParams params =
			KUBEVIRT__HOOKS__V1ALPHA3__ON_DEFINE_DOMAIN_PARAMS__INIT;
		uint8_t bytes[1024];
		params.domainxml = lsec_protobuf_text(PLAIN);
		params.vmi = lsec_protobuf_text("{\"metadata\":{\"annotations\":{\"" LSEC_PREFIX
		                                "type\":\"sev-snp\"}}}");
		size_t len = protobuf_c_message_pack(&params.base, bytes);
		CLIENT client;
		CALL call;
		client_open(&client, path);
		call_make(&client, &call, DEFINE, (const char *)bytes, len);
		assert_string_equal(call.status, "0");
		expect_contains(call.in.bytes + 10, "/my/ovmf.fd");
		expect_contains(call.in.bytes + 10, "<cbitpos>47</cbitpos>");
	}
	assert_int_equal(kill(child, SIGINT), 0);
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(unlink(host), 0);
}

static void test_split(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name, *value;
	} cases[] = {
		{"a=b", "a", "b"}, {"a=", "a", ""},  {"a=b=c", "a", "b=c"}, {"=b", NULL, NULL},
		{"=", NULL, NULL}, {"", NULL, NULL}, {"a", NULL, NULL},     {"a ==", "a ", "="},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct lsec_problems problems = {0};
		cleanup_free char *name = NULL;
		const char *value = NULL;
		int status = lsec_split_setting("--set", cases[i].text, &name, &value, &problems);
		assert_int_equal(status, cases[i].name == NULL ? -1 : 0);
		if (status < 0) {
			expect_problem(&problems, "--set", "must be KEY=VALUE");
			continue;
		}
		assert_string_equal(name, cases[i].name);
		assert_string_equal(value, cases[i].value);
		expect_none(&problems);
	}
}

#define SERVE_TEST(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
	const struct CMUnitTest tests[] = {
		SERVE_TEST(test_logs),        SERVE_TEST(test_plugin_only),
		SERVE_TEST(test_random_name), SERVE_TEST(test_container_names),
		SERVE_TEST(test_refused),     SERVE_TEST(test_calls),
		SERVE_TEST(test_define),      cmocka_unit_test(test_split),
	};
	lsec_memory_setup();
	return cmocka_run_group_tests_name("serve", tests, NULL, NULL);
}
