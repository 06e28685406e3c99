/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/config.h"

#include "support.h"

#define DEFAULT(config, tee, key) ((config).defaults[tee][LSEC_KEY_##key])

static void test_set_default(void **state)
{
	(void)state;
	struct lsec_config config = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(
		lsec_config_set_default(&config, "one", "sev-snp.policy", "smt", &problems), 0);
	assert_int_equal(
		lsec_config_set_default(&config, "two", "sev-snp.policy", "cxl", &problems), 0);
	assert_int_equal(lsec_config_set_default(&config, "two", "tdx.policy", "0", &problems), 0);
	expect_none(&problems);
	/* The first source counts. */
	assert_string_equal(DEFAULT(config, 0, POLICY).text, "smt");
	assert_string_equal(DEFAULT(config, 0, POLICY).source, "one");
	assert_string_equal(DEFAULT(config, 1, POLICY).text, "0");
	/* The second is checked all the same. */
	assert_int_equal(lsec_config_set_default(&config, "x", "sev-snp.policy", "no", &problems),
	                 -1);
	expect_problem(&problems, "x", "is not a sev-snp policy flag");
	static const char *const bad[][3] = {
		{"policy", "0", "must be sev-snp.KEY or tdx.KEY"},
		{".policy", "0", "must be sev-snp.KEY"},
		{"snp.policy", "0", "must be sev-snp.KEY"},
		{"both.policy", "0", "must be sev-snp.KEY"},
		{"", "0", "must be sev-snp.KEY"},
		{"sev-snp.", "0", "is not a cluster default"},
		{"sev-snp.polcy", "0", "is not a cluster default"},
		{"sev-snp.qgs", "/q", "is not a cluster default"},
		{"tdx.cbitpos", "51", "is not a cluster default"},
		{"tdx.type", "tdx", "is not a cluster default"},
		{"sev-snp.host-data", ZEROS_32, "is not a cluster default"},
		{"tdx.mr-owner", "x", "is not a cluster default"},
		{"tdx.qgs", "q", "absolute path"},
		{"tdx.firmware", "", "must not be empty"},
		{"sev-snp.cbitpos", "64", "from 1 to 63"},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(
			lsec_config_set_default(&config, "here", bad[i][0], bad[i][1], &problems),
			-1);
		expect_problem(&problems, "here", bad[i][2]);
	}
	lsec_config_clear(&config);
	assert_null(DEFAULT(config, 0, POLICY).text);
	lsec_config_clear(NULL);
}

static void test_forbid(void **state)
{
	(void)state;
	struct lsec_config config = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(lsec_config_forbid(&config, "one", "policy,qgs", &problems), 0);
	assert_int_equal(lsec_config_forbid(&config, "two", "qgs,type", &problems), 0);
	assert_string_equal(config.forbidden[LSEC_KEY_POLICY], "one");
	assert_string_equal(config.forbidden[LSEC_KEY_QGS], "one");
	assert_string_equal(config.forbidden[LSEC_KEY_TYPE], "two");
	assert_null(config.forbidden[LSEC_KEY_FIRMWARE]);
	expect_none(&problems);
	static const char *const bad[] = {"x", "Policy", "policy ", "firmware, vcek"};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(lsec_config_forbid(&config, "here", bad[i], &problems), -1);
		expect_problem(&problems, "here", "which is not an annotation");
	}
	assert_int_equal(lsec_config_forbid(&config, "here", "firmware,,x", &problems), -1);
	assert_int_equal(problems.count, 2);
	lsec_problems_clear(&problems);
	lsec_config_clear(&config);
}

static int read_environment(struct lsec_config *config, const char *variable,
                            struct lsec_problems *problems)
{
	char *copy = lsec_format("%s", variable);
	char *environment[] = {(char[]){"PATH=/bin"}, copy, (char[]){"LAUNCHSEC_TDX_POLICY"}, NULL};
	int status = lsec_config_read_environment(config, environment, problems);
	free(copy);
	return status;
}

static void test_environment(void **state)
{
	(void)state;
	struct lsec_config config = {0};
	struct lsec_problems problems = {0};
	static const char *const good[] = {
		"LAUNCHSEC_SEV_SNP_REDUCED_PHYS_BITS=5",
		"LAUNCHSEC_TDX_FIRMWARE=/a=b",
		"LAUNCHSEC_FORBID=policy,vcek",
		"LAUNCHSEC_TDX_ALLOW_DEBUG=no",
	};
	for (size_t i = 0; i < COUNT(good); i++)
		assert_int_equal(read_environment(&config, good[i], &problems), 0);
	expect_none(&problems);
	assert_string_equal(DEFAULT(config, 0, REDUCED_PHYS_BITS).text, "5");
	assert_string_equal(DEFAULT(config, 0, REDUCED_PHYS_BITS).source,
	                    "LAUNCHSEC_SEV_SNP_REDUCED_PHYS_BITS");
	assert_string_equal(DEFAULT(config, 1, FIRMWARE).text, "/a=b");
	assert_null(DEFAULT(config, 0, FIRMWARE).text);
	assert_string_equal(config.forbidden[LSEC_KEY_VCEK], "LAUNCHSEC_FORBID");
	lsec_config_clear(&config);
	/* Kubernetes makes such variables for Services named launchsec-tdx and so on. */
	static const char *const links[] = {
		"LAUNCHSEC_TDX_SERVICE_HOST=10.0.0.1",
		"LAUNCHSEC_TDX_SERVICE_PORT=443",
		"LAUNCHSEC_TDX_SERVICE_PORT_HTTPS=443",
		"LAUNCHSEC_TDX_PORT=tcp://10.0.0.1:443",
		"LAUNCHSEC_TDX_PORT_443_TCP=tcp://10.0.0.1:443",
		"LAUNCHSEC_TDX_PORT_443_TCP_ADDR=10.0.0.1",
		"LAUNCHSEC_SEV_SNP_SERVICE_HOST=10.0.0.1",
		"LAUNCHSEC_SEV_SNP_PORT_443_TCP_PROTO=tcp",
		"LAUNCHSEC_SERVICE_HOST=10.0.0.1",
		"LAUNCHSEC_PORT=tcp://10.0.0.1:443",
		"LAUNCHSEC_FORBID_SERVICE_HOST=10.0.0.1",
		"XLAUNCHSEC_TDX_POLICY=x",
		"LAUNCHSEC_CONFIG=/x",
		"LAUNCHSEC_HOST=/x",
	};
	for (size_t i = 0; i < COUNT(links); i++)
		assert_int_equal(read_environment(&config, links[i], &problems), 0);
	expect_none(&problems);
	static const struct lsec_config nothing;
	assert_memory_equal(&config, &nothing, sizeof(config));
	static const char *const bad[][3] = {
		{"LAUNCHSEC_TDX_=x", "LAUNCHSEC_TDX_", "is not a cluster default"},
		{"LAUNCHSEC_TDX_CBITPOS=51", "LAUNCHSEC_TDX_CBITPOS", "is not a cluster default"},
		{"LAUNCHSEC_TDX_QGS=", "LAUNCHSEC_TDX_QGS", "must not be empty"},
		{"LAUNCHSEC_SEV_SNP_POLCY=1", "LAUNCHSEC_SEV_SNP_POLCY",
	         "is not a cluster default"},
		{"LAUNCHSEC_FORBID=x", "LAUNCHSEC_FORBID", "which is not an annotation"},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_environment(&config, bad[i][0], &problems), -1);
		expect_problem(&problems, bad[i][1], bad[i][2]);
	}
	lsec_config_clear(&config);
}

static int read_json(struct lsec_config *config, const char *text, struct lsec_problems *problems)
{
	return lsec_config_read(config, text, strlen(text), "c.json", problems);
}

static void test_json(void **state)
{
	(void)state;
	struct lsec_config config = {0};
	struct lsec_problems problems = {0};
	assert_int_equal(read_json(&config, "{}", &problems), 0);
	assert_int_equal(
		read_json(
			&config,
			"{\"sev-snp\":{\"firmware\":\"auto\",\"vcek\":\"no\"},\"tdx\":{\"qgs\":\"unix:/q\"},\"forbid\":[\"qgs\"]}",
			&problems),
		0);
	expect_none(&problems);
	assert_string_equal(DEFAULT(config, 0, FIRMWARE).text, "auto");
	assert_string_equal(DEFAULT(config, 0, FIRMWARE).source, "c.json: sev-snp.firmware");
	assert_string_equal(DEFAULT(config, 1, QGS).text, "unix:/q");
	assert_string_equal(config.forbidden[LSEC_KEY_QGS], "c.json: forbid");
	lsec_config_clear(&config);
	/* YAML as well. */
	assert_int_equal(read_json(&config, "tdx:\n  qgs: unix:/q\nforbid: [qgs]\n", &problems), 0);
	assert_string_equal(DEFAULT(config, 1, QGS).text, "unix:/q");
	assert_string_equal(config.forbidden[LSEC_KEY_QGS], "c.json: forbid");
	lsec_config_clear(&config);
	static const char *const bad[][3] = {
		{"[]", "c.json", "is a list"},
		{"", "c.json", "is empty"},
		{"{}\n---\n{}", "c.json", "has 2 documents"},
		{"{\"snp\":{}}", "c.json", "unknown key \"snp\""},
		{"{\"none\":{}}", "c.json", "unknown key \"none\""},
		{"{\"tdx\":[]}", NULL, "got a list"},
		{"{\"tdx\":null}", NULL, "got null"},
		{"{\"tdx\":{\"qgs\":1}}", "c.json: tdx.qgs", "got a number"},
		{"{\"tdx\":{\"qgs\":null}}", "c.json: tdx.qgs", "got null"},
		{"{\"tdx\":{\"allow-debug\":true}}", "c.json: tdx.allow-debug", "got a boolean"},
		{"{\"tdx\":{\"qgs\":\"q\"}}", "c.json: tdx.qgs", "absolute path"},
		{"{\"tdx\":{\"vcek\":\"no\"}}", "c.json: tdx.vcek", "is not a cluster default"},
		{"{\"tdx\":{\"a\\nb\":\"no\"}}", "c.json: tdx.\"a\\x0ab\"",
	         "is not a cluster default"},
		{"{\"forbid\":\"qgs\"}", "c.json: forbid", "got a string"},
		{"{\"forbid\":[1]}", "c.json: forbid", "got a number"},
		{"{\"forbid\":[\"x\"]}", "c.json: forbid", "which is not an annotation"},
		{"{\"forbid\":[\"qgs,vcek\"]}", "c.json: forbid", "which is not an annotation"},
		{"{\"tdx\":{},\"tdx\":{}}", "c.json:1:11", "duplicate key"},
		{"tdx:\n  qgs: 1\n", "c.json: tdx.qgs", "got a number"},
	};
	for (size_t i = 0; i < COUNT(bad); i++) {
		assert_int_equal(read_json(&config, bad[i][0], &problems), -1);
		expect_problem(&problems, bad[i][1], bad[i][2]);
		lsec_config_clear(&config);
	}
	/* All at once, and none is lost by what comes after it. */
	assert_int_equal(
		read_json(
			&config,
			"{\"x\":1,\"tdx\":{\"y\":\"\",\"qgs\":\"/q\"},\"forbid\":[1,\"z\",\"qgs\"]}",
			&problems),
		-1);
	assert_int_equal(problems.count, 4);
	lsec_problems_clear(&problems);
	lsec_config_clear(&config);
	char *text = repeat(' ', LSEC_MAX_CONFIG + 1);
	text[0] = '{';
	text[1] = '}';
	assert_int_equal(read_json(&config, text, &problems), -1);
	expect_problem(&problems, "c.json", "the limit is 1048576");
	free(text);
}

/* Command line, environment, file: the first that was read counts. */
static void test_precedence(void **state)
{
	(void)state;
	struct lsec_config config = {0};
	struct lsec_problems problems = {0};
	lsec_config_set_default(&config, "--default", "tdx.policy", "0", &problems);
	read_environment(&config, "LAUNCHSEC_TDX_POLICY=0x1", &problems);
	read_environment(&config, "LAUNCHSEC_TDX_QGS=/env", &problems);
	read_json(&config, "{\"tdx\":{\"policy\":\"2\",\"qgs\":\"/file\",\"firmware\":\"/file\"}}",
	          &problems);
	expect_none(&problems);
	assert_string_equal(DEFAULT(config, 1, POLICY).text, "0");
	assert_string_equal(DEFAULT(config, 1, QGS).text, "/env");
	assert_string_equal(DEFAULT(config, 1, FIRMWARE).text, "/file");
	lsec_config_clear(&config);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set_default), cmocka_unit_test(test_forbid),
		cmocka_unit_test(test_environment), cmocka_unit_test(test_json),
		cmocka_unit_test(test_precedence),
	};
	return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
