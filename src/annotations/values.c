/* SPDX-License-Identifier: Apache-2.0 */
/* The readers of values, by their type. */
#include "values.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "initdata.h"
#include "launchsec/policy.h"
#include "provision.h"
#include "qgs.h"
#include "value_bytes.h"

static int parse_type(const struct lsec_reading *c, struct lsec_value *value)
{
	if (strcmp(c->text, "none") == 0) {
		value->word = LSEC_WORD_NONE;
		return 0;
	}
	if (strcmp(c->text, "auto") == 0)
		value->word = LSEC_WORD_AUTO;
	if (value->word == LSEC_WORD_AUTO || lsec_tee_find(c->text) != LSEC_TEE_NONE)
		return 0;
	const char *hint = "";
	if (strncasecmp(c->text, "sev", 3) == 0 || strcasecmp(c->text, "snp") == 0)
		hint = "; did you mean sev-snp?";
	else if (strncasecmp(c->text, "tdx", 3) == 0 || strncasecmp(c->text, "intel", 5) == 0)
		hint = "; did you mean tdx?";
	return lsec_problem_add(c->problems, c->place,
	                        "must be sev-snp, tdx, auto or none, got %s%s",
	                        lsec_quote(c->text).text, hint);
}

static int parse_firmware(const struct lsec_reading *c, struct lsec_value *value)
{
	if (strcmp(c->text, "auto") == 0)
		value->word = LSEC_WORD_AUTO;
	else if (strcmp(c->text, "keep") == 0)
		value->word = LSEC_WORD_KEEP;
	else if (c->text[0] != '/')
		return lsec_problem_add(
			c->problems, c->place,
			"must be auto, keep, or an absolute path, which begins with /, got %s",
			lsec_quote(c->text).text);
	else
		return lsec_value_check_path(c->place, c->text, LSEC_MAX_PATH, c->problems);
	return 0;
}

static int parse_policy(const struct lsec_reading *c, struct lsec_value *value)
{
	if (lsec_policy_parse(c->tee, c->place, c->text, &value->number, c->problems) < 0)
		return -1;
	value->text = lsec_format("0x%llx", (unsigned long long)value->number);
	return 0;
}

static int parse_yes_no(const struct lsec_reading *c, struct lsec_value *value)
{
	bool yes = strcmp(c->text, "yes") == 0 || strcmp(c->text, "true") == 0;
	bool no = strcmp(c->text, "no") == 0 || strcmp(c->text, "false") == 0;
	if (!yes && !no)
		return lsec_problem_add(c->problems, c->place,
		                        "must be yes or no (or true or false), got %s",
		                        lsec_quote(c->text).text);
	value->number = yes;
	value->text = lsec_strdup(yes ? "yes" : "no");
	return 0;
}

/* CPUID 0x8000001F EBX has six bits for each, QEMU accepts 1 to 63 for both. */
static int parse_cpuid(const struct lsec_reading *c, struct lsec_value *value)
{
	if (strcmp(c->text, "auto") == 0) {
		value->word = LSEC_WORD_AUTO;
		return 0;
	}
	if (strcmp(c->text, "omit") == 0) {
		value->word = LSEC_WORD_OMIT;
		return 0;
	}
	if (!lsec_number(c->text, &value->number) || value->number < 1 || value->number > 63)
		return lsec_problem_add(c->problems, c->place, "must be %s, got %s", c->key->values,
		                        lsec_quote(c->text).text);
	value->text = lsec_format("%llu", (unsigned long long)value->number);
	return 0;
}

static int parse_qgs(const struct lsec_reading *c, struct lsec_value *value)
{
	return lsec_qgs_parse(c->place, c->text, value, c->problems);
}

/* Guests find the document as one OEM string, in base64. */
static int parse_initdata(const struct lsec_reading *c, struct lsec_value *value)
{
	struct lsec_initdata initdata LSEC_CLEANUP(lsec_initdata_clear) = {0};
	if (lsec_initdata_read(c->place, c->text, strlen(c->text), &initdata, c->problems) < 0)
		return -1;
	value->digest = initdata.digest;
	value->doubt = lsec_initdata_doubt(&initdata);
	lsec_value_add_string(value, lsec_base64_encode(initdata.document, initdata.len));
	return 0;
}

/* SMBIOS strings end at a NUL and have no encoding; an empty one ends the list (DMTF DSP0134
 * 6.1.3). */
static int check_oem_string(const struct lsec_reading *c, const char *string, size_t len)
{
	if (len == 0)
		return lsec_problem_add(c->problems, c->place,
		                        "an OEM string must not be empty; fill it in or remove it");
	if (strlen(string) != len || !lsec_printable(string))
		return lsec_problem_add(
			c->problems, c->place,
			"OEM strings must be printable ASCII, got %s; encode it, for example in base64",
			lsec_quote_bytes(string, len).text);
	return 0;
}

static int parse_string_list(const struct lsec_reading *c, struct lsec_value *value)
{
	const struct lsec_json_text text = {
		.bytes = c->text,
		.len = strlen(c->text),
		.longest = LSEC_MAX_VALUE,
		.name = c->place,
		.what = "a JSON array of strings",
		.type = json_type_array,
	};
	cleanup_json struct json_object *list = NULL;
	if (lsec_json_read(&text, &list, c->problems) < 0)
		return -1;
	if (lsec_json_count(list) == 0)
		return lsec_problem_add(c->problems, c->place,
		                        "the array is empty; add strings or remove the key");
	for (size_t i = 0; i < lsec_json_count(list); i++) {
		const struct json_object *item = json_object_array_get_idx(list, i);
		const char *string = lsec_json_text(item);
		if (string == NULL)
			return lsec_problem_add(c->problems, c->place,
			                        "item %zu must be a string, got %s", i + 1,
			                        lsec_json_kind(item));
		if (check_oem_string(c, string, (size_t)json_object_get_string_len(item)) < 0)
			return -1;
		lsec_value_add_string(value, lsec_strdup(string));
	}
	return 0;
}

static int parse_oem_strings(const struct lsec_reading *c, struct lsec_value *value)
{
	if (c->text[strspn(c->text, " \t\r\n")] == '[')
		return parse_string_list(c, value);
	if (lsec_value_check_text(c->place, c->text, c->problems) < 0)
		return -1;
	lsec_value_add_string(value, lsec_strdup(c->text));
	return 0;
}

static const struct {
	int (*parse)(const struct lsec_reading *, struct lsec_value *);
	size_t free_text; /* not 0: any text of so many bytes, not one plain line */
} types[] = {
	[LSEC_VALUE_TYPE] = {parse_type, 0},
	[LSEC_VALUE_FIRMWARE] = {parse_firmware, 0},
	[LSEC_VALUE_POLICY] = {parse_policy, 0},
	[LSEC_VALUE_YES_NO] = {parse_yes_no, 0},
	[LSEC_VALUE_CPUID] = {parse_cpuid, 0},
	[LSEC_VALUE_BYTES] = {lsec_parse_bytes, 0},
	[LSEC_VALUE_BIND] = {lsec_parse_bind, 0},
	[LSEC_VALUE_QGS] = {parse_qgs, 0},
	[LSEC_VALUE_INITDATA] = {parse_initdata, LSEC_MAX_INITDATA_VALUE},
	[LSEC_VALUE_PROVISION] = {lsec_parse_provision, 0},
	[LSEC_VALUE_OEM_STRINGS] = {parse_oem_strings, LSEC_MAX_VALUE},
};
_Static_assert(sizeof(types) / sizeof(types[0]) == LSEC_VALUE_TYPES, "a parser a type");

static int check_value(const struct lsec_reading *c)
{
	size_t longest = types[c->key->type].free_text;
	if (c->key->digest && lsec_looks_like_key(c->text))
		return lsec_problem_add(
			c->problems, c->place,
			"must be a digest, got a key (%s); use what \"launchsec bind --file FILE\" prints for the key's file",
			lsec_quote_bytes(c->text, strcspn(c->text, "\r\n")).text);
	if (lsec_is_digest_form(c->key, c->text))
		longest = LSEC_MAX_VALUE;
	return longest > 0
	               ? lsec_value_check_length(c->place, strlen(c->text), longest, c->problems)
	               : lsec_value_check_text(c->place, c->text, c->problems);
}

int lsec_value_parse(const struct lsec_reading *reading, enum lsec_origin origin,
                     struct lsec_value *ret)
{
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {.origin = origin};
	if (check_value(reading) < 0 || types[reading->key->type].parse(reading, &value) < 0)
		return -1;
	if (value.text == NULL)
		value.text = lsec_strdup(reading->text);
	value.place = lsec_strdup(reading->place);
	*ret = value;
	value = (struct lsec_value){0};
	return 0;
}
