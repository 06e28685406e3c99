/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/launchSecurity: replaced whole, from the table of keys. What another
 * TEE's element had (dhCert, session) goes with it. Where libvirt cannot say what is
 * asked for it goes altogether: rule_qemu_arguments.c.
 */
#include <string.h>

#include "launchsec/policy.h"
#include "rules.h"
#include "text.h"

#define SECURITY "/domain/launchSecurity"

/* A field: an attribute, or a child with a text or a path. */
struct field {
	char *name;
	char *value; /* NULL: a child without text or path */
	char *reason;
	bool attribute;
};

struct fields {
	struct field of[LSEC_KEYS];
	size_t count;
};

static void fields_clear(struct fields *fields)
{
	for (size_t i = 0; i < fields->count; i++) {
		free(fields->of[i].name);
		free(fields->of[i].value);
		free(fields->of[i].reason);
	}
}

static const struct field *find(const struct fields *fields, const char *name, bool attribute)
{
	for (size_t i = 0; i < fields->count; i++)
		if (fields->of[i].attribute == attribute && strcmp(fields->of[i].name, name) == 0)
			return &fields->of[i];
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* Why a field has its value; a policy's flags are named, too. */
static char *reason_of(const struct lsec_settings *settings, const struct lsec_key *key)
{
	const struct lsec_value *value = &settings->of[key->id];
	lsec_owned_text reason = lsec_settings_reason(value);
	if (reason == NULL || key->type != LSEC_VALUE_POLICY)
		return lsec_steal(&reason);
	lsec_owned_text flags = lsec_policy_describe(settings->tee, value->number);
	return flags == NULL ? NULL : lsec_format("%s: %s", reason, flags);
}

/* The fields that <launchSecurity> shall have, in libvirt's order. */
static int wanted(struct lsec_edit *edit, struct fields *ret)
{
	const struct lsec_settings *settings = edit->settings;
	ret->of[ret->count++] = (struct field){
		strdup("type"), strdup(lsec_tee_name(settings->tee)),
		lsec_format("the TEE that protects the VM%s",
	                    settings->automatic ? ", by type auto and this host's facts" : ""),
		true};
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		const struct lsec_value *value = &settings->of[i];
		if (key->form == LSEC_XML_NOWHERE || (key->tees & settings->tee) == 0 ||
		    value->origin == LSEC_FROM_NOBODY || value->word == LSEC_WORD_NONE)
			continue;
		bool literal = value->word == LSEC_WORD_LITERAL;
		ret->of[ret->count++] =
			(struct field){strdup(key->xml), literal ? strdup(value->text) : NULL,
		                       reason_of(settings, key), key->form == LSEC_XML_ATTRIBUTE};
		const struct field *field = &ret->of[ret->count - 1];
		if ((literal && field->value == NULL) || field->reason == NULL)
			return lsec_problem_no_memory(edit->problems);
	}
	for (size_t i = 0; i < ret->count; i++)
		if (ret->of[i].name == NULL || ret->of[i].reason == NULL ||
		    (i == 0 && ret->of[i].value == NULL))
			return lsec_problem_no_memory(edit->problems);
	return 0;
}

/* How the table says that a child carries its value. */
static bool by_path(const char *name)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_key(i)->form == LSEC_XML_PATH && strcmp(lsec_key(i)->xml, name) == 0)
			return true;
	return false;
}

/* Whether an attribute is there, without a namespace, and has that value. */
static bool is_exact_attribute(const xmlAttr *attribute, const char *name, const char *value)
{
	return attribute != NULL && value != NULL && attribute->ns == NULL &&
	       strcmp((const char *)attribute->name, name) == 0 && attribute->children != NULL &&
	       attribute->children->next == NULL &&
	       strcmp((const char *)attribute->children->content, value) == 0;
}

/* Whether a child carries its value in exactly our writing. */
static bool is_exact_child(const xmlNode *child, const struct field *field)
{
	const xmlAttr *attribute = child->properties;
	const xmlNode *text = child->children;
	if (!lsec_xml_is(child, field->name))
		return false;
	if (field->value == NULL)
		return attribute == NULL && text == NULL;
	if (by_path(field->name))
		return text == NULL && is_exact_attribute(attribute, "path", field->value) &&
		       attribute->next == NULL;
	return attribute == NULL && lsec_edit_holds(child, field->value);
}

/* The first node from here on that is not white space. */
static const xmlNode *skip_blanks(const xmlNode *node)
{
	while (node != NULL && node->type == XML_TEXT_NODE && xmlIsBlankNode(node))
		node = node->next;
	return node;
}

/*
 * Whether the element is, node by node, what we would write: these attributes
 * and children in this order, and nothing else but white space. Then it is
 * left alone, so that applying twice is applying once.
 */
static bool is_exact(const xmlNode *security, const struct fields *fields)
{
	const xmlAttr *attribute = security->properties;
	const xmlNode *child = security->children;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->of[i];
		if (field->attribute) {
			if (!is_exact_attribute(attribute, field->name, field->value))
				return false;
			attribute = attribute->next;
			continue;
		}
		child = skip_blanks(child);
		if (child == NULL || !is_exact_child(child, field))
			return false;
		child = child->next;
	}
	return attribute == NULL && skip_blanks(child) == NULL;
}

/* A field of this TEE that nobody asks for goes with the rest; its owner, most
 * likely another hook, should know. */
static int warn_dropped(struct lsec_edit *edit, const char *place, const char *name)
{
	enum lsec_tee tee = edit->settings->tee;
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		bool bytes_or_flag =
			key->type == LSEC_VALUE_BYTES || key->type == LSEC_VALUE_YES_NO;
		if (key->xml == NULL || strcmp(key->xml, name) != 0 || (key->tees & tee) == 0 ||
		    !bytes_or_flag || edit->settings->of[i].origin != LSEC_FROM_NOBODY)
			continue;
		if (lsec_report_warn(
			    edit->report, edit->problems, place,
			    "the domain had it already and it is dropped, since launchSecurity "
			    "is written anew at each call: set " LSEC_PREFIX "%s to keep it",
			    key->name) < 0)
			return -1;
	}
	return 0;
}

/* Records that an old field goes, or gets another value. */
static int record_old(struct lsec_edit *edit, const struct fields *new_fields, const char *name,
                      const char *value, bool attribute)
{
	const struct field *field = find(new_fields, name, attribute);
	lsec_owned_text place = lsec_format(SECURITY "/%s%s", attribute ? "@" : "", name);
	if (place == NULL)
		return lsec_problem_no_memory(edit->problems);
	if (field == NULL)
		return warn_dropped(edit, place, name) < 0
		               ? -1
		               : lsec_report_change(
					 edit->report, LSEC_REMOVED, place, value, NULL,
					 "nothing that the VM asks for, or of another TEE",
					 edit->problems);
	if (same_text(field->value, value))
		return 0;
	return lsec_report_change(edit->report, LSEC_SET, place, value, field->value, field->reason,
	                          edit->problems);
}

/* Compares what is there with what is wanted. */
static int record_changes(struct lsec_edit *edit, const xmlNode *security,
                          const struct fields *new_fields)
{
	for (const xmlAttr *old = security->properties; old != NULL; old = old->next) {
		/* It goes with the rest; that it is none of ours domain.c saw to. */
		if (old->ns != NULL)
			continue;
		lsec_owned_text value = NULL;
		if (lsec_xml_attribute(security, (const char *)old->name, &value, edit->problems) <
		            0 ||
		    record_old(edit, new_fields, (const char *)old->name, value, true) < 0)
			return -1;
	}
	for (xmlNode *old = lsec_xml_child(security, NULL); old != NULL;
	     old = lsec_xml_from(old->next, NULL)) {
		lsec_owned_text value = NULL;
		int status = by_path((const char *)old->name)
		                     ? lsec_xml_attribute(old, "path", &value, edit->problems)
		                     : lsec_xml_text(old, &value, edit->problems);
		if (status < 0 ||
		    record_old(edit, new_fields, (const char *)old->name, value, false) < 0)
			return -1;
	}
	for (size_t i = 0; i < new_fields->count; i++) {
		const struct field *field = &new_fields->of[i];
		bool there = field->attribute ? xmlHasNsProp(security, (const xmlChar *)field->name,
		                                             NULL) != NULL
		                              : lsec_xml_child(security, field->name) != NULL;
		lsec_owned_text place =
			lsec_format(SECURITY "/%s%s", field->attribute ? "@" : "", field->name);
		if (place == NULL)
			return lsec_problem_no_memory(edit->problems);
		if (!there && lsec_report_change(edit->report, LSEC_ADDED, place, NULL,
		                                 field->value, field->reason, edit->problems) < 0)
			return -1;
	}
	return 0;
}

static int write_fields(struct lsec_edit *edit, xmlNode *security, const struct fields *fields)
{
	while (security->properties != NULL)
		xmlRemoveProp(security->properties);
	if (lsec_edit_put_text(edit, security, NULL) < 0)
		return -1;
	for (size_t i = 0; i < fields->count; i++) {
		const struct field *field = &fields->of[i];
		if (field->attribute) {
			if (lsec_edit_put_attribute(edit, security, field->name, field->value) < 0)
				return -1;
			continue;
		}
		xmlNode *child = lsec_edit_insert(edit, security, field->name, NULL);
		if (child == NULL)
			return -1;
		if (field->value != NULL &&
		    (by_path(field->name)
		             ? lsec_edit_put_attribute(edit, child, "path", field->value)
		             : lsec_edit_put_text(edit, child, field->value)) < 0)
			return -1;
	}
	return 0;
}

/* Where KubeVirt writes it: last, but for these two where they end the domain. */
static xmlNode *place_for(xmlNode *root)
{
	xmlNode *next = NULL;
	for (xmlNode *node = root->last; node != NULL; node = node->prev) {
		if (node->type != XML_ELEMENT_NODE)
			continue;
		if (!lsec_xml_is(node, "on_reboot") && !lsec_xml_is(node, "iommufd"))
			break;
		next = node;
	}
	return next;
}

/* It gives way to arguments of QEMU, which have all that it would say. */
static int give_way(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	xmlNode *security = domain->launch_security;
	if (security == NULL)
		return 0;
	for (xmlNode *old = lsec_xml_child(security, NULL); old != NULL;
	     old = lsec_xml_from(old->next, NULL)) {
		lsec_owned_text place = lsec_format(SECURITY "/%s", (const char *)old->name);
		if (place == NULL)
			return lsec_problem_no_memory(edit->problems);
		if (warn_dropped(edit, place, (const char *)old->name) < 0)
			return -1;
	}
	lsec_edit_take_out(edit, security);
	return lsec_report_change(edit->report, LSEC_REMOVED, SECURITY, domain->security, NULL,
	                          "libvirt can name only a UNIX socket as quote generation "
	                          "service, so arguments of QEMU take its place",
	                          edit->problems);
}

int lsec_rule_launch_security(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	struct fields fields LSEC_CLEANUP(fields_clear) = {0};
	xmlNode *security = domain->launch_security;
	if (lsec_by_arguments(edit->settings))
		return give_way(edit, domain);
	if (wanted(edit, &fields) < 0)
		return -1;
	if (security == NULL)
		security =
			lsec_edit_insert(edit, edit->root, "launchSecurity", place_for(edit->root));
	if (security == NULL)
		return -1;
	if (is_exact(security, &fields))
		return 0;
	if (record_changes(edit, security, &fields) < 0)
		return -1;
	return write_fields(edit, security, &fields);
}
