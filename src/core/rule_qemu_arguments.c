/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/qemu:commandline: protects a TDX guest whose quote generation service libvirt cannot
 * express. QEMU arguments replace <launchSecurity> with what libvirt would make of it (libvirt
 * src/qemu/qemu_command.c): the object tdx-guest, and the machine's reference to it; also the split
 * I/O APIC, which QEMU chooses for TDX by itself. The firmware as a ROM, CPU, PMU and SMM are set
 * in the domain in either case.
 *
 * launchsec's arguments are the last. Those of an earlier call are removed if they do not fit.
 */
#include <string.h>

#include "annotations/qgs.h"
#include "base/json.h"
#include "base/text.h"
#include "launchsec/policy.h"
#include "rules.h"

#define LINE "/domain/qemu:commandline"
#define OWN_COUNT 4

/* A property's value, by its annotation's type. */
static struct json_object *property(const struct lsec_key *key, const struct lsec_value *value)
{
	if (key->type == LSEC_VALUE_POLICY || key->type == LSEC_VALUE_CPUID)
		return lsec_json_new_number((int64_t)value->number);
	if (key->type == LSEC_VALUE_YES_NO)
		return lsec_json_new_boolean(lsec_is_yes(value));
	return key->type == LSEC_VALUE_QGS ? lsec_qgs_address(value)
	                                   : lsec_json_new_text(value->text);
}

static void add_property(const struct lsec_settings *settings, size_t id,
                         struct json_object *object)
{
	const struct lsec_key *key = lsec_key(id);
	const struct lsec_value *value = &settings->of[id];
	if (key->qemu == NULL || !lsec_is_set(value))
		return;
	lsec_json_add(object, key->qemu, property(key, value));
}

/* Properties of QEMU's object (QEMU qapi/qom.json, TdxGuestProperties) in libvirt's order, which
 * is the table's but for the policy. */
static void add_properties(const struct lsec_settings *settings, struct json_object *object)
{
	lsec_json_add_text(object, "qom-type", "tdx-guest");
	lsec_json_add_text(object, "id", "lsec0");
	for (size_t i = 0; i < LSEC_KEYS; i++)
		if (i != LSEC_KEY_POLICY)
			add_property(settings, i, object);
	add_property(settings, LSEC_KEY_POLICY, object);
}

/* The whole object as QEMU's option takes it. */
static char *object_text(const struct lsec_settings *settings)
{
	cleanup_json struct json_object *object = lsec_json_new_object();
	struct lsec_buffer text = {0};
	add_properties(settings, object);
	lsec_json_write(&text, object);
	return lsec_buffer_take(&text);
}

/* Whether launchsec's are there as wanted: once, side by side, and the last that libvirt reads. */
static bool is_there(const struct lsec_arguments *arguments, const char *const *wanted)
{
	size_t own = 0;
	size_t end = 0;
	for (size_t i = 0; i < arguments->count; i++) {
		own += arguments->of[i].own;
		if ((arguments->of[i].readers & LSEC_READ_BY_LIBVIRT) != 0)
			end = i + 1;
	}
	if (own != OWN_COUNT || end < OWN_COUNT)
		return false;
	const struct lsec_argument *last = &arguments->of[end - OWN_COUNT];
	for (size_t i = 0; i < OWN_COUNT; i++)
		if (!last[i].own || strcmp(last[i].value, wanted[i]) != 0)
			return false;
	return true;
}

/* Removes launchsec's, and, unless `keep`, a section that is then empty. */
static void remove_own(struct lsec_edit *edit, const struct lsec_arguments *arguments, bool keep)
{
	for (size_t i = 0; i < arguments->count; i++) {
		const struct lsec_argument *argument = &arguments->of[i];
		if (!argument->own)
			continue;
		cleanup_free char *place = lsec_argument_place(argument->index);
		xmlNode *line = argument->node->parent;
		lsec_edit_take_out(edit, argument->node);
		if (!keep && line->children == NULL)
			lsec_edit_take_out(edit, line);
		lsec_report_removed(edit->report, place, argument->value,
		                    "left from an earlier call, and no longer requested");
	}
}

/* The namespace of QEMU's arguments, declared as KubeVirt itself does where it is not yet. */
static xmlNs *declare(struct lsec_edit *edit)
{
	static const char name[] = "qemu";
	xmlNode *root = edit->root;
	for (xmlNs *ns = root->nsDef; ns != NULL; ns = ns->next) {
		if (strcmp((const char *)ns->href, LSEC_QEMU_NAMESPACE) == 0)
			return ns;
		if (ns->prefix == NULL || strcmp((const char *)ns->prefix, name) != 0)
			continue;
		lsec_problem_add(
			edit->problems, "/domain/@xmlns:qemu",
			"must be " LSEC_QEMU_NAMESPACE
			", libvirt's namespace for QEMU arguments, got %s; use another prefix",
			lsec_quote((const char *)ns->href).text);
		return NULL;
	}
	edit->edits++;
	xmlNs *ns = xmlNewNs(root, (const xmlChar *)LSEC_QEMU_NAMESPACE, (const xmlChar *)name);
	lsec_report_added(edit->report, "/domain/@xmlns:qemu", LSEC_QEMU_NAMESPACE,
	                  "for the QEMU arguments");
	return ns;
}

/* Where KubeVirt writes the section: after the devices and these. */
static xmlNode *place_for(const struct lsec_domain *domain)
{
	xmlNode *next = domain->devices == NULL ? NULL : domain->devices->next;
	while (next != NULL && (next->type != XML_ELEMENT_NODE || lsec_xml_is(next, "clock") ||
	                        lsec_xml_is(next, "resource")))
		next = next->next;
	return next;
}

/* The last section, made where the domain has none; NULL where it cannot be. */
static xmlNode *section(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	for (xmlNode *line = edit->root->last; line != NULL; line = line->prev)
		if (lsec_is_qemu(line, "commandline"))
			return line;
	xmlNs *ns = declare(edit);
	if (ns == NULL)
		return NULL;
	xmlNode *line = lsec_edit_insert(edit, edit->root, "commandline", place_for(domain));
	xmlSetNs(line, ns);
	return line;
}

/* Adds launchsec's after the last argument: before <qemu:env>, as KubeVirt's struct has them. */
static void append(struct lsec_edit *edit, xmlNode *line, const char *const *wanted,
                   const char *const *reasons)
{
	unsigned index = 0;
	xmlNode *next = line->children;
	for (xmlNode *arg = line->children; arg != NULL; arg = arg->next) {
		if (!lsec_is_qemu(arg, "arg"))
			continue;
		index++;
		next = arg->next;
	}
	while (next != NULL && next->type != XML_ELEMENT_NODE)
		next = next->next;
	for (size_t i = 0; i < OWN_COUNT; i++) {
		cleanup_free char *place = lsec_argument_place(++index);
		xmlNode *arg = lsec_edit_insert(edit, line, "arg", next);
		xmlSetNs(arg, line->ns);
		lsec_edit_put_attribute(edit, arg, "value", wanted[i]);
		lsec_report_added(edit->report, place, wanted[i], reasons[i / 2]);
	}
}

/* Who chose the service and the policy; the rest is visible in the object. */
static char *object_reason(const struct lsec_settings *settings)
{
	const struct lsec_value *policy = &settings->of[LSEC_KEY_POLICY];
	cleanup_free char *service = lsec_settings_reason(&settings->of[LSEC_KEY_QGS]);
	cleanup_free char *by = lsec_settings_reason(policy);
	cleanup_free char *flags = lsec_policy_describe(settings->tee, policy->number);
	return lsec_format(
		"the TEE that protects the VM, with a quote generation service that libvirt cannot express (%s) and the policy 0x%llx (%s: %s)",
		service, (unsigned long long)policy->number, by, flags);
}

static void write_own(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	cleanup_free char *object = object_text(edit->settings);
	cleanup_free char *reason = object_reason(edit->settings);
	const char *const wanted[OWN_COUNT] = {"-object", object, "-machine", LSEC_OWN_MACHINE};
	const char *const reasons[] = {
		reason,
		"connects the machine to that object; TDX needs the I/O APIC outside of KVM"};
	if (is_there(&domain->arguments, wanted))
		return;
	remove_own(edit, &domain->arguments, true);
	xmlNode *line = section(edit, domain);
	if (line != NULL)
		append(edit, line, wanted, reasons);
}

void lsec_rule_qemu_arguments(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	if (lsec_by_arguments(edit->settings))
		write_own(edit, domain);
	else
		remove_own(edit, &domain->arguments, false);
}
