/* SPDX-License-Identifier: Apache-2.0 */
/* Reads initdata documents: unpacks them, checks the head, and takes the digest. */
#include "initdata.h"

#include <string.h>

#include "base/bytes.h"
#include "base/gunzip.h"
#include "base/json.h"
#include "base/json_scan.h"
#include "toml_head.h"
#include "value.h"

/* The one version there is (trustee kbs/docs/initdata.md). */
#define VERSION "0.1.0"

#define BOM "\xef\xbb\xbf"

static const char base64_alphabet[] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n \t";

static bool has_bom(const char *bytes, size_t len)
{
	return len >= 3 && memcmp(bytes, BOM, 3) == 0;
}

/* Whether all of a value was meant as base64, perhaps in several lines or, folded by YAML, with
 * blanks. No document is: TOML needs quotes, JSON braces. */
static bool looks_like_base64(const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (value[i] == '\0' || strchr(base64_alphabet, value[i]) == NULL)
			return false;
	return len > 0;
}

/* Takes line breaks out: base64 without -w0 makes them. */
static char *without_breaks(const char *value, size_t len)
{
	char *joined = lsec_malloc(len + 1);
	size_t kept = 0;
	for (size_t i = 0; i < len; i++)
		if (value[i] != '\n' && value[i] != '\r')
			joined[kept++] = value[i];
	joined[kept] = '\0';
	return joined;
}

static int decode_base64(const char *place, const char *value, size_t len, struct lsec_buffer *ret,
                         struct lsec_problems *problems)
{
	cleanup_free char *joined = without_breaks(value, len);
	size_t decoded = 0;
	char *bytes = lsec_base64_read(joined, &decoded);
	if (bytes == NULL)
		return lsec_problem_add(
			problems, place,
			"the value of %zu byte%s is neither an initdata document nor complete base64; use a document, or the output of base64 -w0",
			len, len == 1 ? "" : "s");
	*ret = (struct lsec_buffer){bytes, decoded, decoded + 1};
	return 0;
}

/* From the value to the bytes of the document. */
static int unwrap(const char *place, struct lsec_span value, struct lsec_buffer *ret,
                  enum lsec_initdata_form *ret_form, struct lsec_problems *problems)
{
	cleanup_buffer struct lsec_buffer decoded = {0};
	*ret_form = LSEC_INITDATA_GZIP;
	if (lsec_is_gzip(value.bytes, value.len))
		return lsec_gunzip(place, value, LSEC_MAX_INITDATA, ret, problems);
	*ret_form = LSEC_INITDATA_PLAIN;
	if (!looks_like_base64(value.bytes, value.len)) {
		lsec_buffer_add(ret, value.bytes, value.len);
		return 0;
	}
	if (decode_base64(place, value.bytes, value.len, &decoded, problems) < 0)
		return -1;
	if (lsec_is_gzip(decoded.bytes, decoded.len)) {
		*ret_form = LSEC_INITDATA_GZIP;
		return lsec_gunzip(place, (struct lsec_span){decoded.bytes, decoded.len},
		                   LSEC_MAX_INITDATA, ret, problems);
	}
	*ret_form = LSEC_INITDATA_BASE64;
	*ret = decoded;
	decoded = (struct lsec_buffer){0};
	return 0;
}

static int check_utf8(const char *place, const char *bytes, size_t len,
                      struct lsec_problems *problems)
{
	if (lsec_is_utf8(bytes, len))
		return 0;
	return lsec_problem_add(
		problems, place,
		"contains bytes that are not UTF-8; must be initdata in TOML or JSON, or base64 of it");
}

/* A member of a JSON document that has to be a string. */
static int take_string(const char *place, const struct json_object *root, const char *name,
                       char **ret, struct lsec_problems *problems)
{
	const struct json_object *member = lsec_json_member(root, name);
	if (member == NULL)
		return 0;
	if (!json_object_is_type(member, json_type_string))
		return lsec_problem_add(problems, place, "%s must be a string, got %s", name,
		                        lsec_json_kind(member));
	return lsec_json_string(member, place, ret, problems);
}

static int check_members(const char *place, const struct json_object *root,
                         struct lsec_problems *problems)
{
	const char *name = NULL;
	struct json_object *value = NULL;
	lsec_json_foreach (root, name, value)
		if (strcmp(name, "version") != 0 && strcmp(name, "algorithm") != 0 &&
		    strcmp(name, "data") != 0)
			return lsec_problem_add(
				problems, place,
				"unknown member %s; only version, algorithm and data are allowed",
				lsec_quote(name).text);
	return 0;
}

static int check_data(const char *place, struct json_object *data, struct lsec_problems *problems)
{
	const char *name = NULL;
	struct json_object *value = NULL;
	if (!json_object_is_type(data, json_type_object))
		return lsec_problem_add(problems, place, "data must be an object, got %s",
		                        lsec_json_kind(data));
	if ((size_t)json_object_object_length(data) > LSEC_MAX_INITDATA_FILES)
		return lsec_problem_add(
			problems, place,
			"data has more than " LSEC_TEXT(
				LSEC_MAX_INITDATA_FILES) " members, which is the limit; remove some");
	lsec_json_foreach (data, name, value)
		if (!json_object_is_type(value, json_type_string))
			return lsec_problem_add(problems, place,
			                        "%s in data must be a string, got %s",
			                        lsec_quote(name).text, lsec_json_kind(value));
	return 0;
}

static int read_json(const char *place, const char *bytes, size_t len, struct lsec_toml_head *ret,
                     struct lsec_problems *problems)
{
	const struct lsec_json_text text = {
		.bytes = bytes,
		.len = len,
		.longest = LSEC_MAX_INITDATA,
		.name = place,
		.what = "an initdata document",
		.type = json_type_object,
	};
	cleanup_json struct json_object *root = NULL;
	int status = lsec_json_read(&text, &root, problems);
	if (status < 0)
		return -1;
	if (status > 0)
		return lsec_problem_add(
			problems, place,
			"an object repeats a key, and verifiers may use either value; remove one of them");
	struct json_object *data = lsec_json_member(root, "data");
	if (check_members(place, root, problems) < 0 ||
	    take_string(place, root, "version", &ret->version, problems) < 0 ||
	    take_string(place, root, "algorithm", &ret->algorithm, problems) < 0 ||
	    (data != NULL && check_data(place, data, problems) < 0))
		return -1;
	ret->has_data = data != NULL;
	ret->data_count = data == NULL ? 0 : (size_t)json_object_object_length(data);
	return 0;
}

static int find_algorithm(const char *place, const char *name, enum lsec_hash *ret,
                          struct lsec_problems *problems)
{
	static const struct {
		const char *name;
		enum lsec_hash hash;
	} names[] = {
		{"sha-256", LSEC_SHA_256}, {"sha256", LSEC_SHA_256},  {"sha-384", LSEC_SHA_384},
		{"sha384", LSEC_SHA_384},  {"sha-512", LSEC_SHA_512}, {"sha512", LSEC_SHA_512},
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, name) != 0)
			continue;
		*ret = names[i].hash;
		return 0;
	}
	return lsec_problem_add(problems, place,
	                        "the algorithm must be sha256, sha384 or sha512, got %s",
	                        lsec_quote(name).text);
}

/* What a document must have, in whichever language. */
static int check_head(const char *place, const struct lsec_toml_head *head, enum lsec_hash *ret,
                      struct lsec_problems *problems)
{
	int status = 0;
	if (head->version == NULL)
		status |= lsec_problem_add(problems, place,
		                           "the initdata has no version; add the version \"" VERSION
		                           "\" (in TOML before [data])");
	else if (strcmp(head->version, VERSION) != 0)
		status |= lsec_problem_add(problems, place,
		                           "the initdata version must be \"" VERSION "\", got %s",
		                           lsec_quote(head->version).text);
	if (head->algorithm == NULL)
		status |= lsec_problem_add(
			problems, place,
			"the initdata has no algorithm; add the algorithm \"sha256\", \"sha384\" or \"sha512\" (in TOML before [data])");
	else
		status |= find_algorithm(place, head->algorithm, ret, problems);
	if (!head->has_data)
		status |= lsec_problem_add(
			problems, place,
			"the initdata has no data; add a table [data] of strings (it may be empty)");
	return status;
}

static int read_document(const char *place, struct lsec_initdata *initdata,
                         struct lsec_problems *problems)
{
	struct lsec_toml_head head LSEC_CLEANUP(lsec_toml_head_clear) = {0};
	size_t skipped = has_bom(initdata->document, initdata->len) ? 3 : 0;
	const char *bytes = initdata->document + skipped;
	size_t len = initdata->len - skipped;
	initdata->json = bytes[strspn(bytes, " \t\r\n")] == '{';
	if (check_utf8(place, bytes, len, problems) < 0 ||
	    (initdata->json ? read_json : lsec_toml_head_read)(place, bytes, len, &head, problems) <
	            0 ||
	    check_head(place, &head, &initdata->algorithm, problems) < 0)
		return -1;
	initdata->data_count = head.data_count;
	return 0;
}

int lsec_initdata_read(const char *place, const char *value, size_t len, struct lsec_initdata *ret,
                       struct lsec_problems *problems)
{
	struct lsec_initdata initdata LSEC_CLEANUP(lsec_initdata_clear) = {0};
	cleanup_buffer struct lsec_buffer document = {0};
	if (lsec_looks_like_file(value, len))
		return lsec_problem_add(
			problems, place,
			"must be the document itself, got a file's name (%s); write the file's content, or what base64 -w0 makes of it",
			lsec_quote_bytes(value, len).text);
	if (unwrap(place, (struct lsec_span){value, len}, &document, &initdata.form, problems) < 0)
		return -1;
	if (document.len == 0)
		return lsec_problem_add(problems, place,
		                        "is empty; must be initdata in TOML or JSON");
	if (document.len > LSEC_MAX_INITDATA)
		return lsec_problem_add(
			problems, place,
			"the document has %zu bytes, but the limit is %u; shorten it", document.len,
			LSEC_MAX_INITDATA);
	initdata.len = document.len;
	initdata.document = lsec_buffer_take(&document);
	if (read_document(place, &initdata, problems) < 0)
		return -1;
	initdata.digest = lsec_digest_of(initdata.algorithm, initdata.document, initdata.len);
	*ret = initdata;
	initdata = (struct lsec_initdata){0};
	return 0;
}

const char *lsec_initdata_doubt(const struct lsec_initdata *initdata)
{
	const char *end = initdata->document + initdata->len;
	if (initdata->form != LSEC_INITDATA_PLAIN)
		return NULL;
	if (has_bom(initdata->document, initdata->len))
		return "begins with a byte order mark, which editors add and remove";
	if (memchr(initdata->document, '\r', initdata->len) != NULL)
		return "has carriage returns, which YAML turns into line feeds";
	if (initdata->len > 1 && end[-1] == '\n' && end[-2] == '\n')
		return "ends in more than one line feed, of which YAML keeps one";
	if (end[-1] != '\n')
		return "does not end in a line feed, unlike most files (YAML's |- removes it)";
	return NULL;
}

void lsec_initdata_clear(struct lsec_initdata *initdata)
{
	if (initdata == NULL)
		return;
	free(initdata->document);
	*initdata = (struct lsec_initdata){0};
}
