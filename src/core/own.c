/* SPDX-License-Identifier: Apache-2.0 */
/* Reads what the domain's own <launchSecurity> sets, as libvirt does. */
#include "own.h"

#include <string.h>

#include "base/text.h"

#define BLANKS " \t\r\n"
#define HEX_DIGITS "0123456789abcdefABCDEF"

char *lsec_field_place(const struct lsec_key *key)
{
	return lsec_format(LSEC_SECURITY "/%s%s%s", key->form == LSEC_XML_ATTRIBUTE ? "@" : "",
	                   key->xml, key->form == LSEC_XML_PATH ? "/@path" : "");
}

const char *lsec_own_text(const struct lsec_request *request, enum lsec_tee tee,
                          const struct lsec_domain *domain, const struct lsec_key *key)
{
	bool pinned = key->forbids_own && request->config->forbidden[key->id] != NULL;
	return domain == NULL || domain->tee != tee || pinned ? NULL : domain->own[key->id];
}

/* libvirt: virXPathULongLongBase(…, 16, …). */
static bool read_policy(const char *text, struct lsec_value *value)
{
	const char *digits = text;
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		digits += 2;
	size_t len = strspn(digits, HEX_DIGITS);
	if (len == 0 || digits[len] != '\0')
		return false;
	digits += strspn(digits, "0");
	if (strlen(digits) > 16)
		return false;
	value->number = strtoull(digits, NULL, 16);
	value->text = lsec_format("0x%llx", (unsigned long long)value->number);
	return true;
}

/* libvirt: virXPathUInt(). */
static bool read_number(const char *text, struct lsec_value *value)
{
	if (!lsec_decimal(text, 63, &value->number) || value->number == 0)
		return false;
	value->text = lsec_format("%llu", (unsigned long long)value->number);
	return true;
}

static bool read_yes_no(const char *text, struct lsec_value *value)
{
	value->number = strcmp(text, "yes") == 0;
	value->text = lsec_strdup(text);
	return value->number == 1 || strcmp(text, "no") == 0;
}

/* Base64 may be broken into lines there; QEMU skips their ends. */
static bool read_bytes(const char *text, size_t size, struct lsec_value *value)
{
	uint8_t bytes[LSEC_LONGEST_FIELD];
	cleanup_buffer struct lsec_buffer joined = {0};
	for (const char *at = text + strspn(text, BLANKS); *at != '\0'; at += strspn(at, BLANKS)) {
		size_t len = strcspn(at, BLANKS);
		lsec_buffer_add(&joined, at, len);
		at += len;
	}
	bool good = joined.len > 0 && lsec_base64_decode(joined.bytes, bytes, size);
	if (good)
		value->text = lsec_buffer_take(&joined);
	return good;
}

/* What a field must hold, for people. */
static char *expected(const struct lsec_key *key)
{
	if (key->type == LSEC_VALUE_POLICY)
		return lsec_strdup("a hexadecimal number of at most 64 bits");
	if (key->type == LSEC_VALUE_CPUID)
		return lsec_strdup("a decimal number from 1 to 63");
	if (key->type == LSEC_VALUE_YES_NO)
		return lsec_strdup("yes or no");
	return lsec_format("the base64 of %zu bytes", key->bytes);
}

static bool read_text(const struct lsec_key *key, const char *text, struct lsec_value *value)
{
	if (key->type == LSEC_VALUE_POLICY)
		return read_policy(text, value);
	if (key->type == LSEC_VALUE_CPUID)
		return read_number(text, value);
	if (key->type == LSEC_VALUE_YES_NO)
		return read_yes_no(text, value);
	return read_bytes(text, key->bytes, value);
}

int lsec_own_read(const struct lsec_key *key, const char *text, struct lsec_value *ret,
                  struct lsec_problems *problems)
{
	struct lsec_value value LSEC_CLEANUP(lsec_value_clear) = {.origin = LSEC_FROM_DOMAIN};
	value.place = lsec_field_place(key);
	if (!read_text(key, text, &value)) {
		cleanup_free char *what = expected(key);
		return lsec_problem_add(problems, value.place,
		                        "must be %s, got %s; correct it, or set " LSEC_PREFIX
		                        "%s, which replaces it",
		                        what, lsec_quote(text).text, key->name);
	}
	*ret = value;
	value = (struct lsec_value){0};
	return 0;
}

bool lsec_own_is(const struct lsec_key *key, const char *text, const char *same)
{
	struct lsec_value own LSEC_CLEANUP(lsec_value_clear) = {0};
	return read_text(key, text, &own) && strcmp(own.text, same) == 0;
}
