/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and options: the tables, and what is read by them. */
#include "cli/output.h"
#include "options_line.h"

static void test_tables(void **state)
{
	(void)state;
	for (const struct lsec_command *c = lsec_commands(); c->name != NULL; c++) {
		assert_ptr_equal(lsec_command(c->id), c);
		assert_true(c->id != 0 && (c->id & (c->id - 1)) == 0);
	}
	for (const struct lsec_option *o = lsec_option_table(); o->name != NULL; o++) {
		assert_true(o->commands != 0);
		assert_non_null(o->help);
		bool takes = o->kind != LSEC_OPTION_MODE && o->kind != LSEC_OPTION_HELP &&
		             o->kind != LSEC_OPTION_FLAG && !lsec_is_operand(o);
		assert_int_equal(takes, o->argument != NULL);
		/* In one command, a name and a letter mean one thing. */
		for (const struct lsec_option *p = lsec_option_table(); p != o; p++) {
			if ((p->commands & o->commands) == 0)
				continue;
			assert_string_not_equal(p->name, o->name);
			assert_true(p->letter == 0 || p->letter != o->letter);
		}
	}
}

static void test_apply(void **state)
{
	(void)state;
	struct line line;
	good_line(
		&line,
		"launchsec apply --domain d.xml --vmi=v.yaml --set a=b --set c=d=e --explain --format json -o out --config c --default x --forbid y --forbid z --host h");
	assert_int_equal(line.options.command, LSEC_COMMAND_APPLY);
	assert_string_equal(line.options.domain, "d.xml");
	assert_string_equal(line.options.vmi, "v.yaml");
	assert_int_equal(line.options.set.count, 2);
	assert_string_equal(line.options.set.of[1], "c=d=e");
	assert_int_equal(line.options.mode, LSEC_MODE_EXPLAIN);
	assert_int_equal(line.options.format, LSEC_FORMAT_JSON);
	assert_string_equal(line.options.output, "out");
	assert_string_equal(line.options.config, "c");
	assert_int_equal(line.options.standard.count, 1);
	assert_int_equal(line.options.forbid.count, 2);
	assert_string_equal(line.options.host, "h");
	assert_false(line.options.help);
	clear_line(&line);
	good_line(&line, "x/launchsec apply --domain - --check --check");
	assert_int_equal(line.options.mode, LSEC_MODE_CHECK);
	assert_string_equal(line.options.domain, "-");
	clear_line(&line);
	good_line(&line, "launchsec apply --domain d --output=o --diff");
	assert_int_equal(line.options.mode, LSEC_MODE_DIFF);
	assert_int_equal(line.options.format, LSEC_FORMAT_TEXT);
	clear_line(&line);
}

static void test_hook(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"onDefineDomain --vmi {} --domain <a/>",
		"/usr/bin/onDefineDomain --domain <a/> --vmi {}",
		"launchsec on-define-domain --vmi {} --domain <a/>",
	};
	for (size_t i = 0; i < COUNT(lines); i++) {
		struct line line;
		good_line(&line, lines[i]);
		assert_int_equal(line.options.command, LSEC_COMMAND_HOOK);
		assert_string_equal(line.options.vmi, "{}");
		assert_string_equal(line.options.domain, "<a/>");
		clear_line(&line);
	}
	bad_line("onDefineDomain --domain <a/>", "--vmi", "missing");
	bad_line("onDefineDomain --vmi {}", "--domain", "missing");
	bad_line("onDefineDomain apply --vmi {} --domain x", "\"apply\"", "unexpected argument");
	bad_line("onDefineDomain --vmi {} --domain x --set a=b", "\"--set\"", "not an option");
	bad_line("onDefineDomain --vmi {} --vmi {} --domain x", "--vmi", "given twice");
}

static void test_others(void **state)
{
	(void)state;
	struct line line;
	good_line(&line, "launchsec annotations --format markdown");
	assert_int_equal(line.options.command, LSEC_COMMAND_ANNOTATIONS);
	assert_int_equal(line.options.format, LSEC_FORMAT_MARKDOWN);
	clear_line(&line);
	static const char *const versions[] = {"launchsec version", "launchsec --version"};
	for (size_t i = 0; i < COUNT(versions); i++) {
		good_line(&line, versions[i]);
		assert_int_equal(line.options.command, LSEC_COMMAND_VERSION);
		clear_line(&line);
	}
	static const char *const helps[] = {"launchsec --help",
	                                    "launchsec -h",
	                                    "launchsec help",
	                                    "launchsec apply --help",
	                                    "launchsec apply -h --domain x",
	                                    "launchsec annotations -h",
	                                    "onDefineDomain --help"};
	for (size_t i = 0; i < COUNT(helps); i++) {
		good_line(&line, helps[i]);
		assert_true(line.options.help);
		clear_line(&line);
	}
}

static void test_bad(void **state)
{
	(void)state;
	bad_line("launchsec", "COMMAND", "missing");
	bad_line("launchsec aply", "\"aply\"", "did you mean apply?");
	bad_line("launchsec something", "\"something\"", "unknown command");
	bad_line("launchsec apply", "--domain", "missing");
	bad_line("launchsec apply --domain a --domain b", "--domain", "given twice");
	bad_line("launchsec apply --domain - --vmi -", "--domain, --vmi",
	         "cannot both read standard input");
	bad_line("launchsec apply --domain a b", "\"b\"", "unexpected argument");
	bad_line("launchsec apply --domain a -- b", "\"b\"", "unexpected argument");
	bad_line("launchsec apply --domain a --explain --diff", NULL, "cannot be combined");
	bad_line("launchsec apply --domain a --diff --format json", "--format",
	         "must be text with --diff");
	bad_line("launchsec apply --domain a --format yaml", "--format", "\"yaml\"");
	bad_line("launchsec apply --domain a --format markdown", "--format", "\"markdown\"");
	bad_line("launchsec apply --domain a --bogus", "\"--bogus\"", "not an option");
	bad_line("launchsec apply --domain a --bogus=x", "\"--bogus=x\"", "not an option");
	bad_line("launchsec apply --domain a --explain=x", "--explain", "must have no value");
	bad_line("launchsec apply --set a=b -domain d", "\"-domain\"", "did you mean --domain?");
	bad_line("launchsec apply --domain", "--domain", "has no value");
	bad_line("launchsec apply --domain a -o", "--output", "has no value");
	bad_line("launchsec apply --domain a -x", "\"-x\"", "not an option");
	bad_line("launchsec version --format text", "\"--format\"", "not an option");
	bad_line("launchsec annotations --domain x", "\"--domain\"", "not an option");
	struct line line = {0};
	assert_int_equal(lsec_options_read(0, line.argv, &line.options, &line.problems), -1);
	expect_problem(&line.problems, "COMMAND", "missing");
}

static void test_measure(void **state)
{
	(void)state;
	struct line line;
	good_line(
		&line,
		"launchsec measure --firmware a --tee tdx --other-firmware b --other-firmware - --report c --format json -o d");
	assert_int_equal(line.options.command, LSEC_COMMAND_MEASURE);
	assert_int_equal(line.options.tee, LSEC_TEE_TDX);
	assert_int_equal(line.options.other_firmware.count, 2);
	assert_string_equal(line.options.other_firmware.of[1], "-");
	assert_int_equal(line.options.format, LSEC_MEASURE_JSON);
	clear_line(&line);
	good_line(&line,
	          "launchsec measure --firmware a --vmi - --set type=tdx --format ita --also b");
	assert_int_equal(line.options.format, LSEC_MEASURE_ITA);
	assert_int_equal(line.options.also.count, 1);
	clear_line(&line);
	good_line(&line, "launchsec measure --firmware a --vmi b --initrd c --vcpus 2");
	clear_line(&line);
	bad_line("launchsec measure --tee tdx", "--firmware", "missing");
	bad_line("launchsec measure --firmware a --tee sev", "--tee", "\"sev\"");
	bad_line("launchsec measure --firmware a --tee tdx --tee sev-snp", "--tee", "both TEEs");
	bad_line("launchsec measure --firmware a --firmware b", "--firmware", "given twice");
	bad_line("launchsec measure --firmware a --set type=tdx", "--set", "needs a VM");
	bad_line("launchsec measure --firmware a --vmi - --domain -", "-", "read once");
	bad_line("launchsec measure --firmware - --verify x --other-firmware -", "-", "read once");
	bad_line("launchsec measure --firmware a --tee tdx --cpu EPYC", NULL, "no effect");
	bad_line("launchsec measure --firmware a --format markdown", "--format", "or ita");
	bad_line("launchsec apply --domain a --firmware b", "\"--firmware\"", "not an option");
}

static void test_id_block(void **state)
{
	(void)state;
	struct line line;
	good_line(
		&line,
		"launchsec id-block --digest d --id-key i --author-key a --policy p --allow-debug --family-id f --image-id m --guest-svn 7 --format json -o o");
	assert_int_equal(line.options.command, LSEC_COMMAND_ID_BLOCK);
	assert_string_equal(line.options.digest, "d");
	assert_string_equal(line.options.id_key, "i");
	assert_string_equal(line.options.author_key, "a");
	assert_string_equal(line.options.policy, "p");
	assert_true(line.options.allow_debug);
	assert_string_equal(line.options.family_id, "f");
	assert_string_equal(line.options.image_id, "m");
	assert_string_equal(line.options.guest_svn, "7");
	assert_int_equal(line.options.format, LSEC_FORMAT_JSON);
	assert_string_equal(line.options.output, "o");
	assert_false(line.options.verifies);
	clear_line(&line);
	good_line(&line,
	          "launchsec id-block --verify --id-block b --id-auth - --digest d --policy p");
	assert_true(line.options.verifies);
	assert_string_equal(line.options.id_block, "b");
	assert_string_equal(line.options.id_auth, "-");
	clear_line(&line);
	bad_line("launchsec id-block --digest d", "--id-key", "missing; give the file");
	bad_line("launchsec id-block --id-key i", "--digest", "missing; give the launch digest");
	bad_line("launchsec id-block --digest d --id-key i --id-auth a", "--id-block, --id-auth",
	         "add --verify");
	bad_line("launchsec id-block --verify --id-block b", "--id-auth",
	         "missing; give the ID auth");
	bad_line("launchsec id-block --verify --id-auth b", "--id-block",
	         "missing; give the ID block");
	bad_line("launchsec id-block --verify --id-block b --id-auth a --id-key k",
	         "--id-key, --author-key", "cannot be combined with --verify");
	bad_line("launchsec id-block --verify --id-block b --id-auth a --image-id k", "--verify",
	         "remove the others");
	bad_line("launchsec id-block --digest - --id-key i --author-key -", "standard input",
	         "by one option only");
	good_line(&line, "launchsec id-block --digest d --id-key - -o -");
	clear_line(&line);
	bad_line("launchsec id-block --verify --id-block - --id-auth -", "standard input",
	         "by one option only");
}

static void test_provision(void **state)
{
	(void)state;
	struct line line;
	good_line(
		&line,
		"launchsec provision --vmi v --namespace n --kbs https://k --digest d --format json -o o");
	assert_int_equal(line.options.command, LSEC_COMMAND_PROVISION);
	assert_string_equal(line.options.vmi, "v");
	assert_string_equal(line.options.name_space, "n");
	assert_string_equal(line.options.kbs, "https://k");
	assert_string_equal(line.options.digest, "d");
	assert_int_equal(line.options.format, LSEC_FORMAT_JSON);
	assert_string_equal(line.options.output, "o");
	clear_line(&line);
	good_line(&line, "launchsec apply --domain d --vmi v --namespace n");
	clear_line(&line);
	bad_line("launchsec provision --kbs https://k", "--vmi", "missing; give the file");
	bad_line("launchsec apply --domain d --namespace n", "--namespace", "add --vmi");
}

/* What has no name before it, wherever it stands. */
static void test_operands(void **state)
{
	(void)state;
	struct line line;
	good_line(&line, "launchsec lint a --kubevirt 1.8 - --strict -- --plugin");
	assert_int_equal(line.options.files.count, 3);
	assert_string_equal(line.options.files.of[0], "a");
	assert_string_equal(line.options.files.of[1], "-");
	assert_string_equal(line.options.files.of[2], "--plugin");
	assert_string_equal(line.options.kubevirt, "1.8");
	assert_true(line.options.strict);
	assert_false(line.options.plugin);
	clear_line(&line);
	good_line(&line, "launchsec lint --help");
	clear_line(&line);
	bad_line("launchsec lint --strict", "FILE", "missing");
	bad_line("launchsec lint a --strict=yes", "--strict", "must have no value");
	bad_line("launchsec lint a --bogus b", "\"--bogus\"", "not an option");
	bad_line("launchsec lint --FILE a", "\"--FILE\"", "not an option");
}

/* The word that is told is the faulty one, also behind words without dashes. */
static void test_faulty_word(void **state)
{
	(void)state;
	bad_line("launchsec apply --bogus --domain a", "\"--bogus\"", "not an option");
	bad_line("launchsec apply --check --domain", "--domain", "has no value");
	bad_line("launchsec apply left --bogus --domain a", "\"left\"", "unexpected argument");
}

/* What an earlier command line left is forgotten, also in the middle of a word. */
static void test_again(void **state)
{
	(void)state;
	struct line first;
	struct line second;
	assert_int_equal(read_line(&first, "launchsec apply --domain a -x"), -1);
	clear_line(&first);
	memset(first.text, 'z', sizeof(first.text));
	good_line(&second, "launchsec apply --domain a --check");
	assert_string_equal(second.options.domain, "a");
	clear_line(&second);
}

/* One operand, which may be left out, or has to be there; help of a command. */
static void test_operand(void **state)
{
	(void)state;
	struct line line;
	good_line(&line, "launchsec annotations");
	assert_null(line.options.operand);
	clear_line(&line);
	good_line(&line, "launchsec annotations --format json bind");
	assert_string_equal(line.options.operand, "bind");
	clear_line(&line);
	good_line(&line, "launchsec help lint");
	assert_true(line.options.help && line.options.command == LSEC_COMMAND_LINT);
	clear_line(&line);
	good_line(&line, "/usr/bin/kubectl-launchsec help");
	assert_true(line.options.help && line.options.command == 0);
	assert_string_equal(line.options.program, "kubectl launchsec");
	clear_line(&line);
	bad_line("launchsec annotations bind type", "\"type\"", "one KEY only");
	bad_line("launchsec completion", "SHELL", "missing");
	bad_line("launchsec help lin", "\"lin\"", "lint?");
}

/* Printing: each table whole, in each format. */
static void test_output(void **state)
{
	(void)state;
	static const enum lsec_format formats[] = {LSEC_FORMAT_TEXT, LSEC_FORMAT_JSON,
	                                           LSEC_FORMAT_MARKDOWN};
	for (size_t i = 0; i < COUNT(formats); i++) {
		cleanup_buffer struct lsec_buffer text = {0};
		lsec_output_annotations(&text, formats[i], NULL);
		for (size_t j = 0; j < LSEC_KEYS; j++)
			expect_contains(text.bytes, lsec_key(j)->name);
	}
	cleanup_buffer struct lsec_buffer all = {0};
	lsec_output_help(&all, "launchsec", NULL);
	for (const struct lsec_command *c = lsec_commands(); c->name != NULL; c++) {
		expect_contains(all.bytes, c->name);
		cleanup_buffer struct lsec_buffer one = {0};
		lsec_output_help(&one, "launchsec", c);
		for (const struct lsec_option *o = lsec_option_table(); o->name != NULL; o++)
			if ((o->commands & c->id) != 0)
				expect_contains(one.bytes, o->help);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),   cmocka_unit_test(test_apply),
		cmocka_unit_test(test_hook),     cmocka_unit_test(test_others),
		cmocka_unit_test(test_bad),      cmocka_unit_test(test_measure),
		cmocka_unit_test(test_id_block), cmocka_unit_test(test_provision),
		cmocka_unit_test(test_operands), cmocka_unit_test(test_faulty_word),
		cmocka_unit_test(test_again),    cmocka_unit_test(test_operand),
		cmocka_unit_test(test_output),
	};
	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
