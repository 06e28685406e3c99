/* SPDX-License-Identifier: Apache-2.0 */
/* The options of serve. */
#include "log/log.h"
#include "options_line.h"
#include "services/services.h"

static void test_serve(void **state)
{
	(void)state;
	struct line line;
	good_line(&line, "launchsec serve");
	assert_int_equal(line.options.command, LSEC_COMMAND_SERVE);
	assert_null(line.options.socket_dir);
	assert_null(line.options.plugin_socket);
	assert_null(line.options.hook_name);
	assert_int_equal(line.options.versions, 0);
	assert_int_equal(line.options.priority, 0);
	assert_int_equal(line.options.log_format, LSEC_LOG_AUTO);
	assert_int_equal(line.options.log_level, LSEC_INFO);
	clear_line(&line);
	good_line(
		&line,
		"launchsec serve --socket-dir d --plugin-socket=p --hook-name n --hook-priority -5 --config c --default x --forbid y --host h");
	assert_string_equal(line.options.socket_dir, "d");
	assert_string_equal(line.options.plugin_socket, "p");
	assert_string_equal(line.options.hook_name, "n");
	assert_int_equal(line.options.priority, -5);
	assert_string_equal(line.options.config, "c");
	assert_string_equal(line.options.host, "h");
	assert_int_equal(line.options.standard.count, 1);
	assert_int_equal(line.options.forbid.count, 1);
	clear_line(&line);
	good_line(&line, "launchsec serve --node-socket n --host-root r");
	assert_string_equal(line.options.node_socket, "n");
	assert_string_equal(line.options.host_root, "r");
	clear_line(&line);
}

/* Words that stand for numbers of other modules. */
static void test_serve_words(void **state)
{
	(void)state;
	static const char *const formats[] = {"auto", "json", "text"};
	struct line line;
	for (unsigned mask = 1; mask <= LSEC_HOOK_ALL_VERSIONS; mask++) {
		cleanup_buffer struct lsec_buffer text = {0};
		lsec_buffer_text(&text, "launchsec serve");
		for (unsigned i = LSEC_HOOK_VERSIONS; i-- > 0;)
			if ((mask & 1U << i) != 0)
				lsec_buffer_format(&text, " --version %s",
				                   lsec_hook_version_name(i));
		good_line(&line, text.bytes);
		assert_int_equal(line.options.versions, mask);
		clear_line(&line);
	}
	for (unsigned i = 0; i < LSEC_LEVELS; i++) {
		cleanup_free char *text = lsec_format("launchsec serve --log-level %s",
		                                      lsec_level_name((enum lsec_level)i));
		good_line(&line, text);
		assert_int_equal(line.options.log_level, i);
		clear_line(&line);
	}
	for (unsigned i = 0; i < COUNT(formats); i++) {
		cleanup_free char *text =
			lsec_format("launchsec serve --log-format %s", formats[i]);
		good_line(&line, text);
		assert_int_equal(line.options.log_format, i);
		clear_line(&line);
	}
}

static void test_numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int32_t number;
	} good[] = {
		{"0", 0},
		{"-0", 0},
		{"7", 7},
		{"007", 7},
		{"2147483647", INT32_MAX},
		{"-2147483648", INT32_MIN},
	};
	static const char *const bad[] = {
		"",    "-",   "--1", "+1",  "1x",         "x",           "1.0",
		"0x1", "1e3", "\t1", "1\n", "2147483648", "-2147483649", "99999999999999999999",
	};
	for (size_t i = 0; i < COUNT(good); i++) {
		struct line line;
		cleanup_free char *text =
			lsec_format("launchsec serve --hook-priority=%s", good[i].text);
		good_line(&line, text);
		assert_int_equal(line.options.priority, good[i].number);
		clear_line(&line);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		cleanup_free char *text = lsec_format("launchsec serve --hook-priority=%s", bad[i]);
		bad_line(text, "--hook-priority",
		         "must be a whole number from -2147483648 to 2147483647");
	}
}

static void test_bad_serve(void **state)
{
	(void)state;
	bad_line("launchsec serve --version v1alpha4", "--version",
	         "must be v1alpha1, v1alpha2 or v1alpha3, got \"v1alpha4\"");
	bad_line("launchsec serve --version v1alpha", "--version", "must be v1alpha1");
	bad_line("launchsec serve --version=", "--version", "v1alpha3, got \"\"");
	bad_line("launchsec serve --version v1alpha1,v1alpha2", "--version", "must be v1alpha1");
	bad_line("launchsec serve --log-level trace", "--log-level",
	         "must be debug, info, warning or error");
	bad_line("launchsec serve --log-format xml", "--log-format", "must be auto, json or text");
	bad_line("launchsec serve --hook-name=", "--hook-name", "ASCII, got \"\"");
	bad_line("launchsec serve --hook-name=a\tb", "--hook-name", "must be a name in printable");
	bad_line("launchsec serve --hook-name=\xc3\xbc", "--hook-name",
	         "must be a name in printable");
	bad_line("launchsec serve --socket-dir=", "--socket-dir",
	         "must not be empty; name a directory");
	bad_line("launchsec serve --plugin-socket=", "--plugin-socket",
	         "must not be empty; name a path");
	bad_line("launchsec serve --node-socket=", "--node-socket",
	         "must not be empty; name a path");
	bad_line("launchsec serve --host h --host-root r", "--host-root",
	         "cannot be combined with --host, whose facts are from elsewhere; remove one");
	bad_line("launchsec serve --socket-dir a --socket-dir b", "--socket-dir", "given twice");
	bad_line("launchsec serve --domain x", "\"--domain\"", "not an option");
	bad_line("launchsec serve --set a=b", "\"--set\"", "not an option");
	bad_line("launchsec apply --domain a --version v1alpha1", "\"--version\"", "not an option");
	bad_line("launchsec serv", "\"serv\"", "did you mean serve?");
	/* All of it at once. */
	struct line line;
	assert_int_equal(
		read_line(
			&line,
			"launchsec serve --version x --log-level y --hook-priority z --bogus left over"),
		-1);
	assert_int_equal(line.problems.count, 4);
	clear_line(&line);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_serve),
		cmocka_unit_test(test_serve_words),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_bad_serve),
	};
	return cmocka_run_group_tests_name("options_serve", tests, NULL, NULL);
}
