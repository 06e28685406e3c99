/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "initdata.h"
#include "launchsec/policy.h"
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
	                        "found %s; want sev-snp, tdx, auto or none%s",
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
			"found %s; want auto, keep, or an absolute path, one that begins with /",
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
	return value->text == NULL ? lsec_problem_no_memory(c->problems) : 0;
}

static int parse_yes_no(const struct lsec_reading *c, struct lsec_value *value)
{
	bool yes = strcmp(c->text, "yes") == 0 || strcmp(c->text, "true") == 0;
	bool no = strcmp(c->text, "no") == 0 || strcmp(c->text, "false") == 0;
	if (!yes && !no)
		return lsec_problem_add(c->problems, c->place,
		                        "found %s; want yes or no (true and false do too)",
		                        lsec_quote(c->text).text);
	value->number = yes;
	value->text = strdup(yes ? "yes" : "no");
	return value->text == NULL ? lsec_problem_no_memory(c->problems) : 0;
}

/* CPUID 0x8000001F EBX has six bits for each, QEMU takes 1 to 63 for both. */
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
	return value->text == NULL ? lsec_problem_no_memory(c->problems) : 0;
}

static int parse_qgs(const struct lsec_reading *c, struct lsec_value *value)
{
	return lsec_qgs_parse(c->place, c->text, value, c->problems);
}

/* Takes over a string; NULL is one for which memory ran out. */
static int add_string(struct lsec_value *value, char *string, struct lsec_problems *problems)
{
	char **grown = string == NULL ? NULL
	                              : reallocarray(value->strings, value->string_count + 1,
	                                             sizeof(*value->strings));
	if (grown == NULL) {
		free(string);
		return lsec_problem_no_memory(problems);
	}
	value->strings = grown;
	grown[value->string_count++] = string;
	return 0;
}

/* Guests find the document as one OEM string, in base64. */
static int parse_initdata(const struct lsec_reading *c, struct lsec_value *value)
{
	struct lsec_initdata initdata LSEC_CLEANUP(lsec_initdata_clear) = {0};
	if (lsec_initdata_read(c->place, c->text, strlen(c->text), &initdata, c->problems) < 0)
		return -1;
	value->digest = initdata.digest;
	value->doubt = lsec_initdata_doubt(&initdata);
	return add_string(value, lsec_base64_encode(initdata.document, initdata.len), c->problems);
}

/* SMBIOS strings end at a NUL and have no encoding; an empty one ends the list (DMTF DSP0134
 * 6.1.3). */
static int check_oem_string(const struct lsec_reading *c, const char *string, size_t len)
{
	if (len == 0)
		return lsec_problem_add(c->problems, c->place,
		                        "found an empty string; want a character at least");
	if (strlen(string) != len || !lsec_printable(string))
		return lsec_problem_add(
			c->problems, c->place,
			"found %s; want printable ASCII in OEM strings: encode the rest, in base64 for example",
			lsec_quote_bytes(string, len).text);
	return 0;
}

static int parse_string_list(const struct lsec_reading *c, struct lsec_value *value)
{
	cleanup_json json_t *list = NULL;
	json_t *item = NULL;
	size_t index = 0;
	if (lsec_json_read_list(c->text, strlen(c->text), LSEC_MAX_VALUE, c->place,
	                        "a JSON array of strings", &list, c->problems) < 0)
		return -1;
	if (json_array_size(list) == 0)
		return lsec_problem_add(c->problems, c->place,
		                        "found an empty array; want strings, or no such key");
	json_array_foreach (list, index, item) {
		if (!json_is_string(item))
			return lsec_problem_add(c->problems, c->place,
			                        "found %s as item %zu; want strings only",
			                        lsec_json_kind(item), index + 1);
		const char *string = json_string_value(item);
		if (check_oem_string(c, string, json_string_length(item)) < 0 ||
		    add_string(value, strdup(string), c->problems) < 0)
			return -1;
	}
	return 0;
}

static int parse_oem_strings(const struct lsec_reading *c, struct lsec_value *value)
{
	if (c->text[strspn(c->text, " \t\r\n")] == '[')
		return parse_string_list(c, value);
	if (lsec_value_check_text(c->place, c->text, c->problems) < 0)
		return -1;
	return add_string(value, strdup(c->text), c->problems);
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
	[LSEC_VALUE_OEM_STRINGS] = {parse_oem_strings, LSEC_MAX_VALUE},
};
_Static_assert(sizeof(types) / sizeof(types[0]) == LSEC_VALUE_TYPES, "a parser a type");

static int check_value(const struct lsec_key *key, const char *place, const char *text,
                       struct lsec_problems *problems)
{
	size_t longest = types[key->type].free_text;
	if (lsec_is_digest_form(key, text))
		longest = LSEC_MAX_VALUE;
	return longest > 0 ? lsec_value_check_length(place, strlen(text), longest, problems)
	                   : lsec_value_check_text(place, text, problems);
}

int lsec_value_parse(const struct lsec_key *key, enum lsec_tee tee, enum lsec_origin origin,
                     const char *place, const char *text, struct lsec_value *ret,
                     struct lsec_problems *problems)
{
	struct lsec_reading reading = {key, tee, place, text, problems};
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {.origin = origin};
	if (check_value(key, place, text, problems) < 0 ||
	    types[key->type].parse(&reading, &value) < 0)
		return -1;
	if (value.text == NULL)
		value.text = strdup(text);
	value.place = strdup(place);
	if (value.text == NULL || value.place == NULL)
		return lsec_problem_no_memory(problems);
	*ret = value;
	value = (struct lsec_value){0};
	return 0;
}
