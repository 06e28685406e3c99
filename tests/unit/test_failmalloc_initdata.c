/* SPDX-License-Identifier: Apache-2.0 */
/* Allocations that fail while initdata is read, applied and shown. */
#include "failscene.h"

#if INTERPOSE

#include "annotations/initdata.h"
#include "annotations/values.h"
#include "cli/initdata.h"
#include "failscenes.h"

#define TOML                                                                                       \
	"version = \"0.1.0\" # a comment\nalgorithm = 'sha-384'\n\n[data]\n\"aa.toml\" = '''\n"    \
	"[token_configs]\nurl = \"https://kbs.example.org:8080\"\n'''\n'b' = \"\\u00e4\"\n"
#define JSON                                                                                       \
	"{\"version\":\"0.1.0\",\"algorithm\":\"sha512\",\"data\":{\"aa.toml\":\"[x]\\nurl = 'a "  \
	"text that needs room'\\n\",\"\\u00e4\":\"\"}}"

/* The base64 of gzip of a document; and the base64 of another one. */
#define GZIP                                                                                       \
	"H4sIAAAAAAAAAytLLSrOzM9TsFVQMtAz1DNQ4krMSc8vyizJyAWJFWck6hqZmilxRackliTGcgEAiKrkRS8A"     \
	"AAA="
#define BASE64 "dmVyc2lvbiA9ICIwLjEuMCIKYWxnb3JpdGhtID0gInNoYS0yNTYiCltkYXRhXQo="

static void note_initdata(const struct lsec_initdata *initdata)
{
	note("%d %d %zu %d %zu\n%s\n", (int)initdata->form, initdata->json, initdata->data_count,
	     (int)initdata->algorithm, initdata->digest.len, initdata->document);
	note_bytes((const char *)initdata->digest.bytes, initdata->digest.len);
}

static int read_value(const char *value, struct lsec_problems *problems)
{
	struct lsec_initdata initdata = {0};
	armed = true;
	int status = lsec_initdata_read("here", value, strlen(value), &initdata, problems);
	armed = false;
	if (status == 0)
		note_initdata(&initdata);
	lsec_initdata_clear(&initdata);
	return status;
}

static int run_toml(struct lsec_problems *problems)
{
	return read_value(TOML, problems);
}

static int run_json(struct lsec_problems *problems)
{
	return read_value(JSON, problems);
}

static int run_base64(struct lsec_problems *problems)
{
	return read_value(BASE64 "\n", problems);
}

static int run_gzip(struct lsec_problems *problems)
{
	return read_value(GZIP, problems);
}

/* Refused documents: all their problems, or failed. */
static int run_refused(struct lsec_problems *problems)
{
	static const char *const values[] = {"",
	                                     "x",
	                                     "#",
	                                     "{}",
	                                     "{\"a\":1}",
	                                     "{\"a\":1,\"a\":2}",
	                                     "{\"version\":1}",
	                                     "{\"version\":\"\\u0000\"}",
	                                     "{\"data\":{\"a\":[]}}",
	                                     "\xff",
	                                     "H4sIAAAA",
	                                     "H4sIAAAAAAAAAwMAAAAAAAAAAAA=",
	                                     "version='1'\nalgorithm='md5'\n[data]",
	                                     "[data]\na = 'x",
	                                     "[data]\na = 1",
	                                     "\x01",
	                                     BASE64 "AAAA"};
	struct lsec_initdata initdata = {0};
	int status = 0;
	armed = true;
	for (size_t i = 0; i < COUNT(values); i++)
		status |= lsec_initdata_read("here", values[i], strlen(values[i]), &initdata,
		                             problems);
	armed = false;
	return status;
}

static int run_values(struct lsec_problems *problems)
{
	static const char *const values[][2] = {
		{"initdata", JSON},
		{"oem-strings", "kbs:///default/disk/key"},
		{"oem-strings", "[\"a\",\"b \",\"a\",\"" BASE64 "\"]"},
		{"host-data", "sha256-of:a text\n"},
		{"mr-owner", "sha384-of:a text\n"},
	};
	int status = 0;
	for (size_t i = 0; status == 0 && i < COUNT(values); i++) {
		struct lsec_value value = {0};
		armed = true;
		status = lsec_value_parse(lsec_key_find(values[i][0]), LSEC_TEE_TDX,
		                          LSEC_FROM_ANNOTATION, "here", values[i][1], &value,
		                          problems);
		armed = false;
		if (status == 0) {
			note("%s %s %zu\n", value.text, value.place, value.digest.len);
			for (size_t j = 0; j < value.string_count; j++)
				note("%s\n", value.strings[j]);
		}
		lsec_value_clear(&value);
	}
	return status;
}

static int run_refused_values(struct lsec_problems *problems)
{
	static const char *const values[][2] = {
		{"initdata", "[data]"},        {"oem-strings", "[]"},
		{"oem-strings", "[\"\"]"},     {"oem-strings", "[\"a\",\"\\u00e4\"]"},
		{"oem-strings", "[\"a\",{}]"}, {"oem-strings", "[\"a\""},
		{"oem-strings", " x"},         {"host-data", "sha256-of:"},
	};
	struct lsec_value value = {0};
	int status = 0;
	armed = true;
	for (size_t i = 0; i < COUNT(values); i++)
		status |= lsec_value_parse(lsec_key_find(values[i][0]), LSEC_TEE_TDX,
		                           LSEC_FROM_ANNOTATION, "here", values[i][1], &value,
		                           problems);
	armed = false;
	return status;
}

#define SYSINFO(strings)                                                                           \
	"<sysinfo type='smbios'><system/><oemStrings>" strings "</oemStrings></sysinfo>"

/* The domain has strings of its own, and initdata, which is warned of. */
static int run_apply(struct lsec_problems *problems)
{
	static const char *const annotations[][2] = {
		{"type", "tdx"}, {"initdata", TOML}, {"oem-strings", "[\"a\",\"b, c\"]"}};
	return apply_scene(annotations, COUNT(annotations),
	                   DOMAIN("<smbios mode='emulate'/>",
	                          SYSINFO("\n<entry>own</entry>\n<entry>" BASE64 "</entry>\n"
	                                  "<entry>" GZIP "</entry>\n")),
	                   problems);
}

/* The domain has neither sysinfo nor a mode; the document warns. */
static int run_apply_plain(struct lsec_problems *problems)
{
	static const char *const annotations[][2] = {
		{"type", "sev-snp"}, {"initdata", JSON}, {"oem-strings", "one"}};
	return apply_scene(annotations, COUNT(annotations),
	                   DOMAIN("<boot dev='hd'/>", "<devices/>"), problems);
}

/* All strings are there. */
static int run_apply_again(struct lsec_problems *problems)
{
	static const char *const annotations[][2] = {
		{"type", "sev-snp"}, {"initdata", GZIP}, {"oem-strings", "[\"a\"]"}};
	return apply_scene(
		annotations, COUNT(annotations),
		DOMAIN("<smbios mode='sysinfo'/>",
	               SYSINFO("<entry>own</entry><entry>" BASE64 "</entry><entry>a</entry>")),
		problems);
}

static int run_refused_apply(struct lsec_problems *problems)
{
	static const char *const annotations[][2] = {
		{"type", "sev-snp"}, {"initdata", BASE64}, {"host-data", ZEROS_32}};
	return apply_scene(annotations, COUNT(annotations), DOMAIN("", SYSINFO("") SYSINFO("")),
	                   problems);
}

static int run_command(const char *verify, unsigned format, struct lsec_problems *problems)
{
	const struct lsec_options options = {
		.file = "tests/golden/inputs/initdata/owner.toml.gz.b64",
		.verify = verify,
		.format = format};
	return command_scene(lsec_run_initdata, &options, problems);
}

static int run_command_text(struct lsec_problems *problems)
{
	return run_command("hex:e7a664136b690e50a5710a1d86a2bff510a3c7e5c14aac1ad95e61caf61f9388",
	                   LSEC_FORMAT_TEXT, problems);
}

static int run_command_json(struct lsec_problems *problems)
{
	return run_command("56ZkE2tpDlClcQodhqK/9RCjx+XBSqwa2V5hyvYfk4g=", LSEC_FORMAT_JSON,
	                   problems);
}

static int run_refused_command(struct lsec_problems *problems)
{
	return run_command("00", LSEC_FORMAT_TEXT, problems);
}

SCENE_TEST(toml, 0)
SCENE_TEST(json, 0)
SCENE_TEST(base64, 0)
SCENE_TEST(gzip, 0)
SCENE_TEST(refused, -1)
SCENE_TEST(values, 0)
SCENE_TEST(refused_values, -1)
SCENE_TEST(apply, 0)
SCENE_TEST(apply_plain, 0)
SCENE_TEST(apply_again, 0)
SCENE_TEST(refused_apply, -1)
SCENE_TEST(command_text, 0)
SCENE_TEST(command_json, 0)
SCENE_TEST(refused_command, -1)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_toml),           cmocka_unit_test(test_json),
		cmocka_unit_test(test_base64),         cmocka_unit_test(test_gzip),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_values),
		cmocka_unit_test(test_refused_values), cmocka_unit_test(test_apply),
		cmocka_unit_test(test_apply_plain),    cmocka_unit_test(test_apply_again),
		cmocka_unit_test(test_refused_apply),  cmocka_unit_test(test_command_text),
		cmocka_unit_test(test_command_json),   cmocka_unit_test(test_refused_command),
	};
	lsec_memory_watch();
	xmlInitParser();
	lsec_memory_watch();
	return cmocka_run_group_tests_name("failmalloc initdata", tests, NULL, NULL);
}

#endif
