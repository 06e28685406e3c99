/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/launchSecurity, edited in place: each field of the TEE, from the table of keys, is set to
 * its resolved value, and everything else stays. Fields of another TEE's element (dhCert, session)
 * are removed. Where libvirt cannot express the settings, the whole element is removed:
 * rule_qemu_arguments.c.
 */
#include <string.h>

#include "base/text.h"
#include "foreign_qgs.h"
#include "id_block.h"
#include "launchsec/policy.h"
#include "rules.h"
#include "unknown_fields.h"

static const char unwanted[] = "no value is set";
static const char absent[] = "empty, which libvirt reads as absent";
static const char of_other[] = "a field of another TEE";
static const char plainly[] = "KubeVirt reads the value only without comments or white space";
static const char chosen[] = "contradicts the requested quote generation service";

/*
 * Why a field has its value; with a policy's flags, and with the launch digest of an ID block: a
 * VM with another one fails in QEMU with "SNP_LAUNCH_FINISH … Bad measurement" without any digest.
 */
static char *reason_of(const struct lsec_settings *settings, const struct lsec_key *key)
{
	const struct lsec_value *value = &settings->of[key->id];
	cleanup_free char *reason = lsec_settings_reason(value);
	cleanup_free char *digest =
		key->id == LSEC_KEY_ID_BLOCK ? lsec_launch_digest(settings) : NULL;
	if (digest != NULL)
		return lsec_format("%s: for launch digest %s", reason, digest);
	if (key->type != LSEC_VALUE_POLICY)
		return lsec_steal(&reason);
	cleanup_free char *flags = lsec_policy_describe(settings->tee, value->number);
	return lsec_concat(reason, ": ", flags);
}

static bool is_wanted(const struct lsec_settings *settings, const struct lsec_key *key)
{
	const struct lsec_value *value = &settings->of[key->id];
	return lsec_is_field(key, settings->tee) && lsec_is_set(value) &&
	       value->word != LSEC_WORD_NONE;
}

/* Whether a field holds what it should already. */
static bool is_settled(const struct lsec_edit *edit, const xmlNode *security,
                       const struct lsec_key *key)
{
	bool wanted = is_wanted(edit->settings, key);
	const char *text = edit->settings->of[key->id].text;
	if (key->form == LSEC_XML_ATTRIBUTE) {
		cleanup_free char *own = lsec_xml_attribute(security, key->xml, edit->problems);
		return wanted ? lsec_equal(own, text) : own == NULL;
	}
	const xmlNode *child = lsec_xml_child(security, key->xml);
	if (wanted && key->form == LSEC_XML_ELEMENT)
		return child != NULL && lsec_edit_holds(child, text);
	return !wanted && child == NULL;
}

/* The child before which a new field goes, so that they stand in libvirt's order; NULL: last. */
static xmlNode *next_field(const xmlNode *security, const struct lsec_key *key)
{
	for (xmlNode *child = lsec_xml_child(security, NULL); child != NULL;
	     child = lsec_xml_from(child->next, NULL))
		for (size_t i = key->id + 1; i < LSEC_KEYS; i++)
			if (lsec_is_child(lsec_key(i)) && lsec_xml_is(child, lsec_key(i)->xml))
				return child;
	return NULL;
}

static void add_child(struct lsec_edit *edit, xmlNode *security, const struct lsec_key *key,
                      const char *place, const char *reason)
{
	const struct lsec_value *value = &edit->settings->of[key->id];
	const char *text = value->word == LSEC_WORD_LITERAL ? value->text : NULL;
	xmlNode *child = lsec_edit_insert(edit, security, key->xml, next_field(security, key));
	if (text != NULL && key->form == LSEC_XML_PATH)
		lsec_edit_put_attribute(edit, child, "path", text);
	else if (text != NULL)
		lsec_edit_put_text(edit, child, text);
	lsec_report_added(edit->report, place, text, reason);
}

static void set_text(struct lsec_edit *edit, struct lsec_at at, const char *text,
                     const char *reason)
{
	cleanup_free char *old = lsec_xml_text(at.element);
	if (strcmp(old, text) != 0 || lsec_edit_holds(at.element, text)) {
		lsec_edit_set_text(edit, at, text, reason);
		return;
	}
	/* The same value, but with white space or comments. */
	cleanup_free char *all = (char *)xmlNodeGetContent(at.element);
	lsec_report_set(edit->report, at.place, all, text, plainly);
	lsec_edit_put_text(edit, at.element, text);
}

static void set_child(struct lsec_edit *edit, xmlNode *child, const struct lsec_key *key,
                      const char *place, const char *reason)
{
	const struct lsec_value *value = &edit->settings->of[key->id];
	const struct lsec_at at = {child, place};
	if (key->form == LSEC_XML_ELEMENT)
		set_text(edit, at, value->text, reason);
	else if (value->word == LSEC_WORD_LITERAL)
		lsec_edit_set_attribute(edit, at, "path", value->text, reason);
	else
		lsec_edit_remove_attribute(edit, at, "path", reason);
}

static void remove_child(struct lsec_edit *edit, xmlNode *child, const struct lsec_key *key,
                         const char *place)
{
	cleanup_free char *old = key->form == LSEC_XML_PATH
	                                 ? lsec_xml_attribute(child, "path", edit->problems)
	                                 : lsec_xml_text(child);
	bool empty = key->form == LSEC_XML_ELEMENT && old[0] == '\0';
	lsec_edit_take_out(edit, child);
	lsec_report_removed(edit->report, place, old, empty ? absent : unwanted);
}

/* Sets one field to its resolved value. */
static void put_field(struct lsec_edit *edit, xmlNode *security, const struct lsec_key *key)
{
	if (is_settled(edit, security, key))
		return;
	bool wanted = is_wanted(edit->settings, key);
	bool attribute = key->form == LSEC_XML_ATTRIBUTE;
	cleanup_free char *place = lsec_concat(LSEC_SECURITY "/", key->xml);
	cleanup_free char *reason = reason_of(edit->settings, key);
	xmlNode *child = attribute ? NULL : lsec_xml_child(security, key->xml);
	const struct lsec_at at = {security, LSEC_SECURITY};
	if (attribute && wanted)
		lsec_edit_set_attribute(edit, at, key->xml, edit->settings->of[key->id].text,
		                        reason);
	else if (attribute)
		lsec_edit_remove_attribute(edit, at, key->xml, unwanted);
	else if (wanted && child == NULL)
		add_child(edit, security, key, place, reason);
	else if (wanted)
		set_child(edit, child, key, place, reason);
	else if (child != NULL)
		remove_child(edit, child, key, place);
}

/* An attribute of any namespace, or a node, that is none of the TEE's fields. */
static void drop_attribute(struct lsec_edit *edit, xmlAttr *attribute, const char *parent,
                           const char *reason)
{
	cleanup_free char *value = (char *)xmlNodeGetContent((const xmlNode *)attribute);
	cleanup_free char *place = lsec_format("%s/@%s", parent, (const char *)attribute->name);
	lsec_report_removed(edit->report, place, value, reason);
	edit->edits++;
	xmlRemoveProp(attribute);
}

static void drop_child(struct lsec_edit *edit, xmlNode *child, const char *parent,
                       const char *reason)
{
	cleanup_free char *place = lsec_format("%s/%s", parent, (const char *)child->name);
	lsec_edit_remove(edit, (struct lsec_at){child, place}, reason);
}

/* The first element, of any namespace, at a node or among its later siblings. */
static xmlNode *element_from(xmlNode *node)
{
	while (node != NULL && node->type != XML_ELEMENT_NODE)
		node = node->next;
	return node;
}

/* Removes what is not a field of the TEE: all of it, or only names that `drops` accepts. */
static void drop_unknown(struct lsec_edit *edit, xmlNode *security, bool (*drops)(const char *),
                         const char *reason)
{
	enum lsec_tee tee = edit->settings->tee;
	xmlAttr *next = NULL;
	for (xmlAttr *one = security->properties; one != NULL; one = next) {
		const char *name = (const char *)one->name;
		bool known = strcmp(name, "type") == 0 || lsec_field_named(tee, name, true) != NULL;
		next = one->next;
		if ((one->ns != NULL || !known) && (drops == NULL || drops(name)))
			drop_attribute(edit, one, LSEC_SECURITY, reason);
	}
	xmlNode *following = NULL;
	for (xmlNode *one = element_from(security->children); one != NULL; one = following) {
		const char *name = (const char *)one->name;
		bool known = one->ns == NULL && lsec_field_named(tee, name, false) != NULL;
		following = element_from(one->next);
		if (!known && (drops == NULL || drops(name)))
			drop_child(edit, one, LSEC_SECURITY, reason);
	}
}

/* Removes from libvirt's own element everything that libvirt does not read. */
static void clean_service(struct lsec_edit *edit, xmlNode *service)
{
	static const char place[] = LSEC_SECURITY "/quoteGenerationService";
	xmlAttr *next = NULL;
	for (xmlAttr *one = service->properties; one != NULL; one = next) {
		next = one->next;
		if (one->ns != NULL || strcmp((const char *)one->name, "path") != 0)
			drop_attribute(edit, one, place, chosen);
	}
	xmlNode *following = NULL;
	for (xmlNode *one = element_from(service->children); one != NULL; one = following) {
		following = element_from(one->next);
		drop_child(edit, one, place, chosen);
	}
	if (lsec_foreign_qgs_inside(service))
		lsec_edit_set_text(edit, (struct lsec_at){service, place}, NULL, chosen);
}

/* Where an annotation or the cluster sets the service, removes the domain's others. */
static void drop_services(struct lsec_edit *edit, xmlNode *security)
{
	xmlNode *service = lsec_xml_child(security, lsec_key(LSEC_KEY_QGS)->xml);
	if (edit->settings->tee != LSEC_TEE_TDX || !lsec_foreign_qgs_removed(edit->settings))
		return;
	drop_unknown(edit, security, lsec_is_foreign_qgs, chosen);
	if (service != NULL)
		clean_service(edit, service);
}

/* Where KubeVirt writes it: last, except for these two at the end of the domain. */
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

/* QEMU arguments replace it, with everything that it would set. */
static void leave_to_arguments(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	if (domain->launch_security == NULL)
		return;
	lsec_edit_take_out(edit, domain->launch_security);
	lsec_report_removed(
		edit->report, LSEC_SECURITY, domain->security,
		"libvirt supports only a UNIX socket as quote generation service, so QEMU arguments replace it");
}

static void set_type(struct lsec_edit *edit, xmlNode *security)
{
	lsec_edit_set_attribute(
		edit, (struct lsec_at){security, LSEC_SECURITY}, "type",
		lsec_tee_name(edit->settings->tee),
		edit->settings->automatic
			? "the TEE that protects the VM, by type auto and this host's facts"
			: "the TEE that protects the VM");
}

void lsec_rule_launch_security(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	xmlNode *security = domain->launch_security;
	enum lsec_tee tee = edit->settings->tee;
	if (lsec_by_arguments(edit->settings)) {
		leave_to_arguments(edit, domain);
		return;
	}
	if (security == NULL)
		security =
			lsec_edit_insert(edit, edit->root, "launchSecurity", place_for(edit->root));
	set_type(edit, security);
	if (domain->security != NULL && domain->tee != tee)
		drop_unknown(edit, security, NULL, of_other);
	drop_services(edit, security);
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_is_field(lsec_key(i), tee))
			put_field(edit, security, lsec_key(i));
}
