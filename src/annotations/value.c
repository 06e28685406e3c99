/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of all kinds of values share. */
#include "value.h"

#include <string.h>

#include "base/text.h"

int lsec_value_check_length(const char *place, size_t len, size_t longest,
                            struct lsec_problems *problems)
{
	if (len == 0)
		return lsec_problem_add(
			problems, place,
			"found an empty value; want one, or no such key: fill it in or remove the key");
	if (len > longest)
		return lsec_problem_add(problems, place,
		                        "found a value of %zu bytes; at most %zu are taken", len,
		                        longest);
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
				"found a line break at byte %zu; want one line: in YAML write the value behind the key, and make base64 with base64 -w0",
				i + 1);
		if (c >= 0x80)
			return lsec_problem_add(
				problems, place,
				"found a character that is not ASCII at byte %zu; want plain ASCII: replace it",
				i + 1);
		if (c < 0x20 || c == 0x7f)
			return lsec_problem_add(
				problems, place,
				"found the control character 0x%02x at byte %zu; want plain text: remove it",
				c, i + 1);
	}
	if (text[0] == ' ' || text[len - 1] == ' ')
		return lsec_problem_add(problems, place,
		                        "found %s; want no blanks around the value: remove them",
		                        lsec_quote(text).text);
	return 0;
}

int lsec_value_check_path(const char *place, const char *path, size_t longest,
                          struct lsec_problems *problems)
{
	size_t len = strlen(path);
	if (path[0] != '/')
		return lsec_problem_add(problems, place,
		                        "found %s; want an absolute path, one that begins with /",
		                        lsec_quote(path).text);
	if (len > longest)
		return lsec_problem_add(problems, place,
		                        "found a path of %zu bytes; at most %zu are taken", len,
		                        longest);
	if (path[len - 1] == '/')
		return lsec_problem_add(problems, place,
		                        "found %s; want a file's path, which does not end in /",
		                        lsec_quote(path).text);
	for (const char *part = path; part != NULL; part = strchr(part, '/')) {
		part++;
		if (strncmp(part, "..", 2) == 0 && (part[2] == '/' || part[2] == '\0'))
			return lsec_problem_add(
				problems, place,
				"found %s; want a path without \"..\": write the place it leads to",
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
