/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of all kinds of values share. */
#include "value.h"

#include <string.h>

#include "base/text.h"

int lsec_value_check_length(const char *place, size_t len, size_t longest,
                            struct lsec_problems *problems)
{
	if (len == 0)
		return lsec_problem_add(problems, place,
		                        "must not be empty; set a value or leave it out");
	if (len > longest)
		return lsec_problem_add(problems, place,
		                        "the value has %zu bytes, but the limit is %zu; shorten it",
		                        len, longest);
	return 0;
}

int lsec_value_check_text(const char *place, const char *text, struct lsec_problems *problems)
{
	size_t len = strlen(text);
	if (lsec_value_check_length(place, len, LSEC_MAX_VALUE, problems) < 0)
		return -1;
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c == '\n' || c == '\r')
			return lsec_problem_add(
				problems, place,
				"must be one line, but has a line break at byte %zu; in YAML write the value on the key's line, and encode base64 with base64 -w0",
				i + 1);
		if (c >= 0x80)
			return lsec_problem_add(
				problems, place,
				"the character at byte %zu is not ASCII; replace it", i + 1);
		if (c < 0x20 || c == 0x7f)
			return lsec_problem_add(problems, place,
			                        "control character 0x%02x at byte %zu; remove it",
			                        c, i + 1);
	}
	if (text[0] == ' ' || text[len - 1] == ' ')
		return lsec_problem_add(problems, place,
		                        "must not begin or end with a blank, got %s",
		                        lsec_quote(text).text);
	return 0;
}

int lsec_value_check_path(const char *place, const char *path, size_t longest,
                          struct lsec_problems *problems)
{
	size_t len = strlen(path);
	if (path[0] != '/')
		return lsec_problem_add(problems, place,
		                        "must be an absolute path, which begins with /, got %s",
		                        lsec_quote(path).text);
	if (len > longest)
		return lsec_problem_add(problems, place,
		                        "the path has %zu bytes, but the limit is %zu; shorten it",
		                        len, longest);
	if (path[len - 1] == '/')
		return lsec_problem_add(
			problems, place,
			"must be the path of a file, which does not end in /, got %s",
			lsec_quote(path).text);
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part++;
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return lsec_problem_add(
				problems, place,
				"must be a path without \"..\", got %s; write the path that it leads to",
				lsec_quote(path).text);
	}
	return 0;
}

struct lsec_value lsec_value_from_number(enum lsec_origin origin, const char *place,
                                         bool hexadecimal, uint64_t number)
{
	return (struct lsec_value){
		.origin = origin,
		.number = number,
		.text = lsec_format(hexadecimal ? "0x%llx" : "%llu", (unsigned long long)number),
		.place = lsec_strdup(place),
	};
}

void lsec_value_add_string(struct lsec_value *value, char *string)
{
	value->strings = lsec_grow(value->strings, value->string_count, &value->string_room,
	                           sizeof(*value->strings));
	value->strings[value->string_count++] = string;
}

void lsec_value_clear(struct lsec_value *value)
{
	free(value->text);
	free(value->place);
	for (size_t i = 0; i < value->string_count; i++)
		free(value->strings[i]);
	free(value->strings);
	*value = (struct lsec_value){0};
}

bool lsec_looks_like_key(const char *text)
{
	static const char *const beginnings[] = {"-----BEGIN ", "ssh-", "ecdsa-sha2-", "sk-ssh-",
	                                         "age1"};
	for (size_t i = 0; i < sizeof(beginnings) / sizeof(beginnings[0]); i++)
		if (strncmp(text, beginnings[i], strlen(beginnings[i])) == 0)
			return true;
	return false;
}

bool lsec_looks_like_file(const char *text, size_t len)
{
	bool dot = false;
	for (size_t i = 0; i < len; i++) {
		bool name = (text[i] >= '0' && text[i] <= '9') ||
		            ((text[i] | 32) >= 'a' && (text[i] | 32) <= 'z');
		if (!name && (text[i] == '\0' || strchr("._/~-", text[i]) == NULL))
			return false;
		dot |= text[i] == '.';
	}
	return dot;
}
