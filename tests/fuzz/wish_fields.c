/* SPDX-License-Identifier: Apache-2.0 */
/* What a request asks for in <launchSecurity>. */
#include "wish.h"

#include <errno.h>

#include "decode.h"

/* Whether launchSecurity is of the TEE: only then are its own values of any worth. */
static bool is_same(const struct wish_asker *asker)
{
	return fuzz_attribute_is(asker->security, "type", asker->tee == SNP ? "sev-snp" : "tdx");
}

/*
 * What the domain's own element says where neither an annotation nor the cluster does; NULL where
 * it says nothing, or only what libvirt takes for that. To be freed.
 */
static char *own_value(const struct wish_asker *asker, size_t key, bool attribute)
{
	const xmlNode *child = attribute ? NULL : fuzz_child(asker->security, wish_keys[key].xml);
	if (!is_same(asker) || (wish_keys[key].tees & asker->tee) == 0 ||
	    wish_value(asker, key) != NULL || (!attribute && child == NULL))
		return NULL;
	char *text = attribute ? fuzz_attribute(asker->security, wish_keys[key].xml)
	                       : fuzz_element_text(child);
	for (const xmlNode *one = child == NULL ? NULL : child->children; one != NULL;
	     one = one->next)
		HOLDS(one->type != XML_ELEMENT_NODE, "an element in a value was taken");
	if (text != NULL && text[0] != '\0' && !(attribute && strcmp(text, "default") == 0))
		return text;
	free(text);
	return NULL;
}

/* libvirt reads it in base 16, with or without 0x. */
static uint64_t own_policy(const char *text)
{
	char *end = NULL;
	HOLDS(strspn(text, "0123456789abcdefABCDEFxX") == strlen(text) &&
	              strchr("xX", text[0]) == NULL,
	      "%.40s was taken for a policy", text);
	errno = 0;
	uint64_t policy = strtoull(text, &end, 16);
	HOLDS(*end == '\0' && errno == 0, "%.40s was taken for a policy", text);
	return policy;
}

static uint64_t own_number(const char *text)
{
	HOLDS(strspn(text, "0123456789") == strlen(text) && strlen(text) < 100,
	      "%.40s was taken for a number", text);
	uint64_t number = strtoull(text, NULL, 10);
	HOLDS(number >= 1 && number <= 63, "%.40s was taken", text);
	return number;
}

/* Whatever was asked for: reserved bits are as they must be, and debug was allowed. */
static void check_policy(const struct wish_asker *asker, uint64_t policy)
{
	uint64_t debug = asker->tee == SNP ? 0x80000 : 1;
	uint64_t known = asker->tee == SNP ? 0x3ffffff : 0x10000001;
	const char *allowed = wish_value(asker, LSEC_KEY_ALLOW_DEBUG);
	HOLDS((policy & ~known) == 0, "policy 0x%llx", (unsigned long long)policy);
	HOLDS(asker->tee == TDX || (policy & 0x20000) != 0, "policy 0x%llx",
	      (unsigned long long)policy);
	HOLDS(asker->tee == TDX || ((policy >> 8 & 0xff) <= 1 && (policy & 0xff) <= 99),
	      "policy 0x%llx, for a firmware that never was", (unsigned long long)policy);
	HOLDS((policy & debug) == 0 || (allowed != NULL && decode_yes(allowed)),
	      "policy 0x%llx lets the host debug the guest", (unsigned long long)policy);
}

static struct fuzz_field *add(struct fuzz_wish *wish, size_t key, enum fuzz_kind kind)
{
	struct fuzz_field *field = &wish->fields[wish->field_count++];
	*field = (struct fuzz_field){.name = wish_keys[key].xml, .kind = kind};
	return field;
}

static void wish_policy(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	struct fuzz_field *field = add(wish, LSEC_KEY_POLICY, FUZZ_POLICY);
	const char *text = wish_value(asker, LSEC_KEY_POLICY);
	fuzz_owned own = own_value(asker, LSEC_KEY_POLICY, false);
	bool kept_from_vms = asker->request->config->forbidden[LSEC_KEY_POLICY] != NULL;
	uint64_t standard = asker->tee == SNP ? 0x30000 : 0x10000000;
	field->number = standard;
	if (text != NULL) {
		field->number = decode_policy(asker->tee, text);
	} else if (own != NULL && !kept_from_vms) {
		field->number = own_policy(own);
		wish->own |= field->number != standard;
	}
	check_policy(asker, field->number);
}

/* `automatic` is what auto stands for; 0 where nobody knows. */
static void wish_cpuid(const struct wish_asker *asker, enum lsec_key_id key, unsigned automatic,
                       struct fuzz_wish *wish)
{
	const char *text = wish_value(asker, key);
	fuzz_owned own = own_value(asker, key, false);
	bool silent = text == NULL && own == NULL;
	if ((silent && automatic == 0) || (text != NULL && strcmp(text, "omit") == 0))
		return;
	struct fuzz_field *field = add(wish, key, FUZZ_DECIMAL);
	if (own != NULL) {
		field->number = own_number(own);
	} else if (silent || strcmp(text, "auto") == 0) {
		HOLDS(automatic > 0, "%s: this host has none", wish_keys[key].name);
		field->number = automatic;
	} else {
		field->number = decode_number(text);
		HOLDS(field->number >= 1 && field->number <= 63, "%s: %.40s", wish_keys[key].name,
		      text);
	}
}

/* The domain's own bytes: base64, in lines or not. */
static void wish_own_bytes(const struct wish_asker *asker, size_t key, struct fuzz_wish *wish)
{
	fuzz_owned own = own_value(asker, key, false);
	size_t kept = 0;
	bool other = key == (asker->tee == SNP ? LSEC_KEY_HOST_DATA : LSEC_KEY_MR_CONFIG_ID) &&
	             (wish_value(asker, LSEC_KEY_BIND) != NULL ||
	              wish_value(asker, LSEC_KEY_INITDATA) != NULL ||
	              wish_value(asker, LSEC_KEY_PROVISION) != NULL);
	if (own == NULL || other)
		return;
	for (size_t i = 0; own[i] != '\0'; i++)
		if (strchr(" \t\r\n", own[i]) == NULL)
			own[kept++] = own[i];
	own[kept] = '\0';
	struct fuzz_field *field = add(wish, key, FUZZ_BYTES);
	field->size = wish_keys[key].bytes;
	field->bytes = calloc(1, field->size);
	HOLDS(field->bytes != NULL, "out of memory");
	HOLDS(decode_base64(own, field->bytes, field->size), "bad bytes of the domain were taken");
	wish->own = true;
}

/* Behind hex: and 0x, which say that hex digits follow; the text itself without them. */
static const char *without_mark(const char *text)
{
	const char *digits = strncmp(text, "hex:", 4) == 0 ? text + 4 : text;
	bool number = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X') &&
	              digits[2] != '\0' &&
	              digits[2 + strspn(digits + 2, "0123456789abcdefABCDEF")] == '\0';
	return number ? digits + 2 : digits;
}

static void wish_bytes(const struct wish_asker *asker, size_t key, struct fuzz_wish *wish)
{
	const char *text = wish_value(asker, key);
	if (text == NULL) {
		wish_own_bytes(asker, key, wish);
		return;
	}
	struct fuzz_field *field = add(wish, key, FUZZ_BYTES);
	size_t size = field->size = wish_keys[key].bytes;
	field->bytes = calloc(1, size);
	HOLDS(field->bytes != NULL, "out of memory");
	if (wish_keys[key].digest && strstr(text, "-of:") != NULL &&
	    decode_digest(text, field->bytes, size))
		return;
	if (strncmp(text, "base64:", 7) == 0) {
		HOLDS(decode_base64(text + 7, field->bytes, size), "bad base64 was taken");
		return;
	}
	const char *digits = without_mark(text);
	if (digits != text) {
		HOLDS(decode_hex(digits, field->bytes, size), "bad hex was taken");
	} else if (!decode_hex(text, field->bytes, size)) {
		HOLDS(decode_base64(text, field->bytes, size), "bad bytes were taken");
		HOLDS(strspn(text, "0123456789abcdefABCDEF") != strlen(text),
		      "bytes that can be read in two ways were taken");
	}
}

static void wish_yes_no(const struct wish_asker *asker, enum lsec_key_id key,
                        struct fuzz_wish *wish)
{
	const char *text = wish_value(asker, key);
	fuzz_owned own = own_value(asker, key, true);
	bool good = own == NULL || strcmp(own, "yes") == 0 || strcmp(own, "no") == 0;
	HOLDS(good, "%s: the domain's %.40s was taken", wish_keys[key].name, own);
	if (text != NULL || own != NULL)
		add(wish, key, FUZZ_ATTRIBUTE)->text =
			decode_yes(text != NULL ? text : own) ? "yes" : "no";
}

static void wish_qgs(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	const struct lsec_request *request = asker->request;
	const char *text = wish_annotation(request, LSEC_KEY_QGS);
	const xmlNode *service = fuzz_child(asker->security, "quoteGenerationService");
	static char of_domain[4096];
	fuzz_owned path = fuzz_attribute(service, "path");
	bool pinned = wish_cluster(asker, LSEC_KEY_QGS) != NULL &&
	              request->config->forbidden[LSEC_KEY_QGS] != NULL;
	if (text == NULL && !pinned && path != NULL && path[0] != '\0' &&
	    fuzz_attribute_is(asker->security, "type", "tdx")) {
		HOLDS(strlen(path) < 108, "a socket of %zu bytes was taken", strlen(path));
		strcpy(of_domain, path);
		text = of_domain;
	} else if (text == NULL && !pinned && request->vmi->qgs_socket_path != NULL &&
	           request->vmi->qgs_socket_path[0] != '\0') {
		text = request->vmi->qgs_socket_path;
	}
	if (text == NULL)
		text = wish_cluster(asker, LSEC_KEY_QGS);
	wish->service_asked = text != NULL && text != of_domain;
	if (text != NULL && strcmp(text, "none") == 0)
		return;
	struct fuzz_field *field = add(wish, LSEC_KEY_QGS, FUZZ_PATH);
	if (text == NULL || strcmp(text, "default") == 0)
		return;
	field->text = strncmp(text, "unix:", 5) == 0 ? text + 5 : text;
	if (field->text == text && text[0] != '/') {
		wish->remote = text;
		return;
	}
	HOLDS(field->text[0] == '/' && strlen(field->text) < 108, "a socket's path was taken");
}

void wish_fields(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	static const enum lsec_key_id flags[] = {LSEC_KEY_KERNEL_HASHES, LSEC_KEY_AUTHOR_KEY,
	                                         LSEC_KEY_VCEK};
	wish_policy(asker, wish);
	for (size_t key = 0; key < LSEC_KEYS; key++)
		if (wish_keys[key].bytes > 0)
			wish_bytes(asker, key, wish);
	if (asker->tee == TDX) {
		wish_qgs(asker, wish);
		return;
	}
	for (size_t i = 0; i < COUNT(flags); i++)
		wish_yes_no(asker, flags[i], wish);
	const struct lsec_fact *cbitpos = &asker->request->host->of[LSEC_FACT_CBITPOS];
	wish_cpuid(asker, LSEC_KEY_CBITPOS, cbitpos->state == LSEC_YES ? cbitpos->number : 0, wish);
	/* A guest loses 1 bit, whatever the host does. */
	wish_cpuid(asker, LSEC_KEY_REDUCED_PHYS_BITS, 1, wish);
	HOLDS((wish_annotation(asker->request, LSEC_KEY_ID_BLOCK) != NULL) ==
	              (wish_annotation(asker->request, LSEC_KEY_ID_AUTH) != NULL),
	      "an ID block with signatures of another");
	fuzz_check_id_block(wish);
}

static struct fuzz_field *find(struct fuzz_wish *wish, const char *name)
{
	for (size_t i = 0; i < wish->field_count; i++)
		if (strcmp(wish->fields[i].name, name) == 0)
			return &wish->fields[i];
	return NULL;
}

void wish_bind(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	enum lsec_key_id key = asker->tee == SNP ? LSEC_KEY_HOST_DATA : LSEC_KEY_MR_CONFIG_ID;
	const char *text = wish_value(asker, LSEC_KEY_BIND);
	uint8_t bytes[48] = {0};
	if (text == NULL)
		return;
	HOLDS(asker->request->config->forbidden[key] == NULL, "bind's field is forbidden");
	if (without_mark(text) != text)
		HOLDS(decode_hex(without_mark(text), bytes, 32) ||
		              decode_hex(without_mark(text), bytes, 48),
		      "bad hex");
	else if (strncmp(text, "base64:", 7) == 0)
		HOLDS(decode_base64(text + 7, bytes, 32) || decode_base64(text + 7, bytes, 48),
		      "bad base64");
	else if (!decode_digest(text, bytes, 48))
		/* Of 64 hex digits nobody knows which they are. */
		HOLDS(decode_hex(text, bytes, 48) || decode_base64(text, bytes, 32) ||
		              (decode_base64(text, bytes, 48) && !decode_hex(text, bytes, 32)),
		      "%.40s was taken to bind", text);
	struct fuzz_field *field = find(wish, wish_keys[key].xml);
	if (field == NULL) {
		field = add(wish, key, FUZZ_BYTES);
		field->size = wish_keys[key].bytes;
		field->bytes = (uint8_t *)fuzz_copy(bytes, field->size);
	}
	HOLDS(memcmp(field->bytes, bytes, field->size) == 0, "bind does not agree");
}

void wish_digest(const struct wish_asker *asker, struct fuzz_wish *wish)
{
	enum lsec_key_id key = asker->tee == SNP ? LSEC_KEY_HOST_DATA : LSEC_KEY_MR_CONFIG_ID;
	if (wish->document == NULL)
		return;
	HOLDS(asker->request->config->forbidden[key] == NULL, "initdata's field is forbidden");
	const struct fuzz_field *field = find(wish, wish_keys[key].xml);
	if (field != NULL)
		HOLDS(fuzz_initdata_digest(wish->document, wish->document_len, field->bytes,
		                           field->size),
		      "%s is no digest of the initdata", wish_keys[key].name);
	else /* of which digest it is, apply.c sees */
		add(wish, key, FUZZ_BYTES)->size = wish_keys[key].bytes;
}
