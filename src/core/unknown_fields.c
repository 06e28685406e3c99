/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libvirt reads the fields that it knows and ignores everything else: neither a misspelt hostData
 * nor a field of a patched or newer libvirt is an error. launchsec cannot distinguish the two, so
 * it keeps both and warns.
 */
#include "unknown_fields.h"

#include <string.h>

#include "base/text.h"
#include "foreign_qgs.h"
#include "launchsec/policy.h"

/* Letters of a name that is printed. */
#define LONGEST_NAME 40

struct looking {
	const struct lsec_settings *settings;
	bool by_arguments; /* the element goes, and all this with it */
	struct lsec_report *report;
	struct lsec_problems *problems;
	size_t count;
};

const struct lsec_key *lsec_field_named(enum lsec_tee tee, const char *name, bool attribute)
{
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		if (lsec_is_field(key, tee) && strcmp(key->xml, name) == 0 &&
		    (key->form == LSEC_XML_ATTRIBUTE) == attribute)
			return key;
	}
	return NULL;
}

/* The field whose name is near; of equals the TEE's own. */
static const struct lsec_key *nearest(enum lsec_tee tee, const char *name)
{
	const struct lsec_key *best = NULL;
	size_t least = SIZE_MAX;
	char given[LSEC_SIMPLE_ROOM];
	lsec_simplify(name, given);
	for (size_t i = 0; i < LSEC_KEYS; i++) {
		const struct lsec_key *key = lsec_key(i);
		char known[LSEC_SIMPLE_ROOM];
		if (key->form == LSEC_XML_NOWHERE)
			continue;
		lsec_simplify(key->xml, known);
		size_t distance = lsec_edit_distance(given, known);
		bool near = distance <= 2 && 3 * distance < strlen(known);
		bool better = distance < least || (distance == least && lsec_is_field(key, tee));
		if (near && better) {
			best = key;
			least = distance;
		}
	}
	return best;
}

/* The policy flag of that name, as early TDX templates have it (<param name='debug' …/>), or the
 * row after the last. */
static const struct lsec_policy_flag *flag_named(enum lsec_tee tee, const char *name)
{
	const struct lsec_policy_flag *flag = lsec_policy_flags(tee);
	char given[LSEC_SIMPLE_ROOM];
	lsec_simplify(name, given);
	for (; flag->name != NULL; flag++) {
		char known[LSEC_SIMPLE_ROOM];
		lsec_simplify(flag->name, known);
		if (strcmp(given, known) == 0)
			break;
	}
	return flag;
}

/* The field of that name in any form and of any TEE, or NULL. */
static const struct lsec_key *field_anywhere(const char *name)
{
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (lsec_key(i)->xml != NULL && strcmp(lsec_key(i)->xml, name) == 0)
			return lsec_key(i);
	return NULL;
}

/* A known field in the wrong form, or in the element of another TEE. */
static char *describe_misplaced(enum lsec_tee tee, const struct lsec_key *key)
{
	if (!lsec_is_field(key, tee))
		return lsec_format(
			"libvirt ignores this field of %s in a launchSecurity of %s; remove it",
			lsec_tee_name(key->tees), lsec_tee_name(tee));
	return lsec_format(
		"libvirt reads %s only as %s of launchSecurity, and ignores this; set " LSEC_PREFIX
		"%s",
		key->xml, key->form == LSEC_XML_ATTRIBUTE ? "an attribute" : "a child element",
		key->name);
}

static char *describe_flag(const struct lsec_policy_flag *flag, const char *kept)
{
	if (strcmp(flag->name, "debug") == 0)
		return lsec_format(
			"%s, and libvirt ignores it; to ask for debug, set the annotations " LSEC_PREFIX
			"policy and " LSEC_PREFIX "allow-debug",
			kept);
	return lsec_format("%s, and libvirt ignores it; set the flag %s in " LSEC_PREFIX "policy",
	                   kept, flag->name);
}

/* Why something unknown is warned of. `alias` is its attribute `name`, or NULL. Allocated. */
static char *describe(const struct looking *looking, const char *name, const char *alias)
{
	enum lsec_tee tee = looking->settings->tee;
	const char *kept = looking->by_arguments ? "removed with launchSecurity" : "kept";
	const struct lsec_key *misplaced = field_anywhere(name);
	const struct lsec_policy_flag *flag = flag_named(tee, alias != NULL ? alias : name);
	const struct lsec_key *near = nearest(tee, name);
	if (near == NULL && alias != NULL)
		near = nearest(tee, alias);
	if (misplaced != NULL)
		return describe_misplaced(tee, misplaced);
	if (flag->name != NULL)
		return describe_flag(flag, kept);
	if (near != NULL)
		return lsec_format(
			"unknown and %s; did you mean %s%s%s? (annotation " LSEC_PREFIX "%s)", kept,
			near->xml, lsec_is_field(near, tee) ? "" : " of ",
			lsec_is_field(near, tee) ? "" : lsec_tee_name(near->tees), near->name);
	return lsec_format(
		"unknown to launchsec and %s; check that your libvirt knows it, since libvirt ignores unknown fields",
		kept);
}

/* Takes over the text. */
static void warn(struct looking *looking, const char *place, char *text)
{
	cleanup_free char *what = text;
	if (++looking->count <= LSEC_MAX_UNKNOWN_FIELDS)
		lsec_report_warn(looking->report, place, "%s", what);
}

/* "PARENT/@prefix:name" or without @; names from outside may be long. */
static char *place_of(const char *parent, const xmlNs *ns, const xmlChar *name, bool attribute)
{
	const char *prefix = ns == NULL || ns->prefix == NULL ? "" : (const char *)ns->prefix;
	return lsec_format("%s/%s%.*s%s%.*s", parent, attribute ? "@" : "", LONGEST_NAME, prefix,
	                   prefix[0] == '\0' ? "" : ":", LONGEST_NAME, (const char *)name);
}

/* A quote generation service in a spelling that libvirt does not read. */
static void look_at_service(struct looking *looking, const xmlNode *node, const char *place)
{
	if (lsec_foreign_qgs_removed(looking->settings))
		return;
	cleanup_free char *value = lsec_foreign_qgs_value(node);
	warn(looking, place,
	     lsec_format("libvirt ignores this quote generation service; set " LSEC_PREFIX
	                 "qgs to %s to use it",
	                 value == NULL ? "its address" : value));
}

static void look_at_attribute(struct looking *looking, const char *parent, const xmlAttr *attribute)
{
	const char *name = (const char *)attribute->name;
	bool xml = attribute->ns != NULL && xmlStrEqual(attribute->ns->href, XML_XML_NAMESPACE);
	if (xml) /* xml:space and the like mean nothing to libvirt */
		return;
	if (looking->count >= LSEC_MAX_UNKNOWN_FIELDS) {
		looking->count++;
		return;
	}
	cleanup_free char *place = place_of(parent, attribute->ns, attribute->name, true);
	if (looking->settings->tee == LSEC_TEE_TDX && lsec_is_foreign_qgs(name))
		look_at_service(looking, (const xmlNode *)attribute, place);
	else
		warn(looking, place, describe(looking, name, NULL));
}

/* Unknown attributes and children of a known field. */
static void look_inside(struct looking *looking, const struct lsec_key *key, const xmlNode *child)
{
	cleanup_free char *place = lsec_format(LSEC_SECURITY "/%s", key->xml);
	if (key->form != LSEC_XML_PATH || looking->settings->tee != LSEC_TEE_TDX) {
		for (const xmlAttr *one = child->properties; one != NULL; one = one->next)
			look_at_attribute(looking, place, one);
		return;
	}
	const xmlNode *inner = lsec_xml_child(child, NULL);
	cleanup_free char *at =
		inner == NULL ? lsec_steal(&place) : place_of(place, inner->ns, inner->name, false);
	if (lsec_foreign_qgs_inside(child))
		look_at_service(looking, child, at);
}

static void look_at_child(struct looking *looking, const xmlNode *child)
{
	const char *name = (const char *)child->name;
	enum lsec_tee tee = looking->settings->tee;
	const struct lsec_key *key = child->ns == NULL ? lsec_field_named(tee, name, false) : NULL;
	if (key != NULL) {
		look_inside(looking, key, child);
		return;
	}
	if (looking->count >= LSEC_MAX_UNKNOWN_FIELDS) {
		looking->count++;
		return;
	}
	cleanup_free char *place = place_of(LSEC_SECURITY, child->ns, child->name, false);
	cleanup_free char *alias =
		child->ns == NULL ? lsec_xml_attribute(child, "name", looking->problems) : NULL;
	if (tee == LSEC_TEE_TDX && lsec_is_foreign_qgs(name))
		look_at_service(looking, child, place);
	else
		warn(looking, place, describe(looking, name, alias));
}

static void look(struct looking *looking, const xmlNode *security)
{
	enum lsec_tee tee = looking->settings->tee;
	for (const xmlAttr *one = security->properties; one != NULL; one = one->next) {
		const char *name = (const char *)one->name;
		bool known = one->ns == NULL && (strcmp(name, "type") == 0 ||
		                                 lsec_field_named(tee, name, true) != NULL);
		if (!known)
			look_at_attribute(looking, LSEC_SECURITY, one);
	}
	for (const xmlNode *one = security->children; one != NULL; one = one->next)
		if (one->type == XML_ELEMENT_NODE)
			look_at_child(looking, one);
}

void lsec_warn_unknown(const struct lsec_settings *settings, const struct lsec_domain *domain,
                       struct lsec_report *report, struct lsec_problems *problems)
{
	struct looking looking = {settings, lsec_by_arguments(settings), report, problems, 0};
	if (domain->launch_security == NULL || domain->tee != settings->tee)
		return;
	look(&looking, domain->launch_security);
	if (looking.count > LSEC_MAX_UNKNOWN_FIELDS)
		lsec_report_warn(report, LSEC_SECURITY,
		                 "%zu more attributes and elements are unknown to launchsec",
		                 looking.count - LSEC_MAX_UNKNOWN_FIELDS);
}
