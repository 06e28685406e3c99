/* SPDX-License-Identifier: Apache-2.0 */
/* A request and what comes of it. */
#include <libxml/parser.h>

#include "fuzz.h"
#include "launchsec/limits.h"

static void free_doc(xmlDoc **doc)
{
	xmlFreeDoc(*doc);
}
#define owned_doc LSEC_CLEANUP(free_doc) xmlDoc *

static xmlDoc *parse(const char *bytes, size_t len, const char *what)
{
	xmlDoc *doc = xmlReadMemory(bytes, (int)len, NULL, NULL,
	                            XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
	HOLDS(doc != NULL, "%s is no XML", what);
	return doc;
}

static const struct fuzz_field *find(const struct fuzz_wish *wish, const char *name, bool attribute)
{
	for (size_t i = 0; i < wish->field_count; i++)
		if (strcmp(wish->fields[i].name, name) == 0 &&
		    (wish->fields[i].kind == FUZZ_ATTRIBUTE) == attribute)
			return &wish->fields[i];
	return NULL;
}

static void check_number(const struct fuzz_field *field, const char *text)
{
	char *end = NULL;
	bool policy = field->kind == FUZZ_POLICY;
	HOLDS(!policy || strncmp(text, "0x", 2) == 0, "%s: %s", field->name, text);
	HOLDS(text[0] >= '0' && text[0] <= '9', "%s: %s", field->name, text);
	HOLDS(strtoull(text, &end, policy ? 16 : 10) == field->number && *end == '\0', "%s: %s",
	      field->name, text);
}

static void check_bytes(const struct fuzz_wish *wish, const struct fuzz_field *field,
                        const char *text)
{
	uint8_t *bytes = NULL;
	size_t size = 0;
	HOLDS(fuzz_base64_decode(text, strlen(text), &bytes, &size) && size == field->size,
	      "%s: %s", field->name, text);
	if (field->bytes != NULL)
		HOLDS(memcmp(bytes, field->bytes, size) == 0, "%s: other bytes", field->name);
	else
		HOLDS(fuzz_initdata_digest(wish->document, wish->document_len, bytes, size),
		      "%s is no digest of the initdata", field->name);
	free(bytes);
}

static void check_child(const struct fuzz_wish *wish, const struct fuzz_field *field,
                        const xmlNode *child)
{
	xmlChar *text = xmlNodeGetContent(child);
	if (field->kind == FUZZ_PATH) {
		HOLDS(fuzz_attribute_is(child, "path", field->text), "another %s", field->name);
	} else {
		HOLDS(child->children != NULL && child->children->next == NULL &&
		              child->children->type == XML_TEXT_NODE,
		      "%s holds more than a text", field->name);
	}
	if (field->kind == FUZZ_BYTES)
		check_bytes(wish, field, (const char *)text);
	else if (field->kind != FUZZ_PATH)
		check_number(field, (const char *)text);
	xmlFree(text);
}

/* Each field is there once, as asked. */
static void check_security(const struct fuzz_wish *wish, const xmlNode *root)
{
	const xmlNode *security = fuzz_child(root, "launchSecurity");
	size_t seen = 0;
	HOLDS(security != NULL, "the domain is unprotected");
	for (const xmlNode *other = security->next; other != NULL; other = other->next)
		HOLDS(!xmlStrEqual(other->name, security->name), "two launchSecurity");
	HOLDS(fuzz_attribute_is(security, "type", wish->tee == LSEC_TEE_TDX ? "tdx" : "sev-snp"),
	      "another type");
	for (const xmlAttr *one = security->properties; one != NULL; one = one->next) {
		const char *name = (const char *)one->name;
		const struct fuzz_field *field = find(wish, name, true);
		if (one->ns != NULL || field == NULL)
			continue; /* fuzz_check_unknown() looks at these */
		HOLDS(fuzz_attribute_is(security, name, field->text), "another @%s", name);
		seen++;
	}
	for (const xmlNode *one = security->children; one != NULL; one = one->next) {
		if (one->type != XML_ELEMENT_NODE || one->ns != NULL)
			continue;
		const struct fuzz_field *field = find(wish, (const char *)one->name, false);
		if (field == NULL)
			continue;
		HOLDS(fuzz_child(security, field->name) == one, "<%s> twice", field->name);
		check_child(wish, field, one);
		seen++;
	}
	HOLDS(seen == wish->field_count, "%zu fields of %zu", seen, wish->field_count);
}

/*
 * A service on VSOCK or TCP: libvirt cannot say it, so QEMU is given the object and the machine's
 * protection as arguments, once, and there is no launchSecurity. (That the rest of the domain stays
 * is left to the golden tests.)
 */
static void check_remote(const struct fuzz_wish *wish, const xmlNode *root)
{
	static const char machine[] = "confidential-guest-support=lsec0,kernel_irqchip=split";
	const struct fuzz_field *policy = find(wish, "policy", false);
	unsigned objects = 0;
	unsigned machines = 0;
	HOLDS(fuzz_child(root, "launchSecurity") == NULL, "launchSecurity beside QEMU's arguments");
	for (const xmlNode *line = root->children; line != NULL; line = line->next) {
		bool ours = xmlStrEqual(line->name, (const xmlChar *)"commandline");
		for (const xmlNode *arg = ours ? line->children : NULL; arg != NULL;
		     arg = arg->next) {
			fuzz_owned value =
				arg->type == XML_ELEMENT_NODE ? fuzz_attribute(arg, "value") : NULL;
			if (value == NULL)
				continue;
			machines += strcmp(value, machine) == 0;
			if (strstr(value, "\"tdx-guest\"") == NULL)
				continue;
			struct json_object *object = fuzz_json(value, strlen(value));
			const struct json_object *socket =
				json_object_object_get(object, "quote-generation-socket");
			const char *port = fuzz_string(json_object_object_get(socket, "port"));
			const char *colon = strrchr(wish->remote, ':');
			double attributes = json_object_get_double(
				json_object_object_get(object, "attributes"));
			HOLDS(policy != NULL && attributes == (double)policy->number,
			      "another policy");
			HOLDS(port != NULL && colon != NULL && strcmp(port, colon + 1) == 0,
			      "another service");
			json_object_put(object);
			objects++;
		}
	}
	HOLDS(objects == 1 && machines == 1, "the domain is unprotected");
}

/* White space alone between tags, in bytes, and elements. */
struct weight {
	size_t blanks, elements;
};

static void weigh(const xmlNode *node, struct weight *ret)
{
	for (; node != NULL; node = node->next) {
		if (node->type == XML_TEXT_NODE && xmlIsBlankNode(node))
			ret->blanks += strlen((const char *)node->content);
		ret->elements += node->type == XML_ELEMENT_NODE;
		if (node->type == XML_ELEMENT_NODE)
			weigh(node->children, ret);
	}
}

/* However much white space there was: what was added got a bounded share of it. */
static void check_growth(const xmlDoc *before, const xmlDoc *after)
{
	struct weight old = {0};
	struct weight new = {0};
	weigh(before->children, &old);
	weigh(after->children, &new);
	HOLDS(new.blanks <= old.blanks + 3 * (size_t)LSEC_MAX_INDENTATION *new.elements,
	      "%zu bytes of white space became %zu", old.blanks, new.blanks);
}

void fuzz_check_domain(const struct lsec_request *request, const char *domain, size_t len)
{
	struct fuzz_wish wish LSEC_CLEANUP(fuzz_wish_clear) = {0};
	bool none = request->vmi->annotation_count == 0;
	for (size_t i = 0; i < request->vmi->annotation_count; i++)
		none |= strcmp(request->vmi->annotations[i].key, "type") == 0 &&
		        strcmp(request->vmi->annotations[i].value, "none") == 0;
	if (none) {
		HOLDS(len == request->domain_len &&
		              (len == 0 || memcmp(domain, request->domain, len) == 0),
		      "the domain did not stay as it came");
		return;
	}
	owned_doc before = parse(request->domain, request->domain_len, "what was taken");
	owned_doc after = parse(domain, len, "the result");
	HOLDS(xmlGetIntSubset(before) == NULL, "a document type was taken");
	check_growth(before, after);
	xmlNode *root = xmlDocGetRootElement(before);
	xmlNode *new_root = xmlDocGetRootElement(after);
	fuzz_wish_read(request, root, &wish);
	fuzz_check_qemu(request, wish.qemu_arguments, new_root);
	if (wish.remote != NULL) {
		HOLDS(!wish.own, "what the domain's own element binds would be lost");
		check_remote(&wish, new_root);
		return;
	}
	check_security(&wish, new_root);
	fuzz_check_unknown(&wish, fuzz_child(root, "launchSecurity"),
	                   fuzz_child(new_root, "launchSecurity"));
	/* With QEMU arguments of ours in it, which came back or went: as above. */
	if (memmem(request->domain, request->domain_len, "lsec0", 5) != NULL)
		return;
	fuzz_strip(&wish, root, new_root);
	fuzz_check_equal(before, after, true);
}

/* Applied again, a result stays, and nothing more is recorded. */
static void check_again(const struct lsec_request *request, const struct lsec_result *result)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_result again LSEC_CLEANUP(lsec_result_clear) = {0};
	fuzz_owned copy = fuzz_copy((const uint8_t *)result->domain, result->domain_len);
	struct lsec_request second = *request;
	second.domain = copy;
	second.domain_len = result->domain_len;
	HOLDS(lsec_apply(&second, false, &again, &problems) == 0, "the result is refused: %s: %s",
	      problems.count > 0 ? problems.items[0].place : "",
	      problems.count > 0 ? problems.items[0].what : "");
	HOLDS(again.domain_len == result->domain_len &&
	              memcmp(again.domain, result->domain, result->domain_len) == 0,
	      "the result changes when it is applied again");
	HOLDS(again.report.change_count == 0, "the result is changed: %s",
	      again.report.changes[0].place);
}

/* The domain as it came, in the new one's writing, for a diff. */
static void check_before(const struct lsec_request *request, const struct lsec_result *result)
{
	if (result->tee == LSEC_TEE_NONE) {
		HOLDS(result->before_len == request->domain_len, "another domain before");
		return;
	}
	owned_doc before = parse(request->domain, request->domain_len, "what was taken");
	owned_doc written = parse(result->before, result->before_len, "the domain before");
	fuzz_check_equal(before, written, false);
}

bool fuzz_apply(const struct lsec_request *request)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_result result LSEC_CLEANUP(lsec_result_clear) = {0};
	if (lsec_apply(request, true, &result, &problems) < 0) {
		fuzz_check_problems(&problems);
		HOLDS(result.domain == NULL, "a refusal and a result");
		return false;
	}
	HOLDS(!lsec_problems_any(&problems), "a result and problems");
	HOLDS(result.domain[result.domain_len] == '\0', "the result does not end in a NUL");
	fuzz_check_domain(request, result.domain, result.domain_len);
	check_before(request, &result);
	check_again(request, &result);
	for (size_t i = 0; i < result.report.change_count; i++)
		HOLDS(result.report.changes[i].place != NULL &&
		              result.report.changes[i].reason != NULL,
		      "a change without place or reason");
	return true;
}
