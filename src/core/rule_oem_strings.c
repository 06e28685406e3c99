/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/sysinfo/oemStrings: what the guest finds as SMBIOS type 11. The domain's own come first,
 * then the document of initdata or provision, then the requested strings. libvirt passes them to
 * QEMU where os/smbios is set to sysinfo.
 */
#include <string.h>

#include "annotations/initdata.h"
#include "base/text.h"
#include "rule_oem_strings.h"
#include "rules.h"

#define ENTRY "/domain/sysinfo/oemStrings/entry"

/* Keys that bring strings, in this order. */
static const enum lsec_key_id order[] = {LSEC_KEY_INITDATA, LSEC_KEY_PROVISION,
                                         LSEC_KEY_OEM_STRINGS};
#define BRINGING (sizeof(order) / sizeof(order[0]))

/* The i-th of the requested strings, and the value that it is from. */
static const char *wanted(const struct lsec_settings *settings, size_t i,
                          const struct lsec_value **ret_value)
{
	for (size_t key = 0; key < BRINGING; key++) {
		const struct lsec_value *value = &settings->of[order[key]];
		*ret_value = value;
		if (i < value->string_count)
			return value->strings[i];
		i -= value->string_count;
	}
	return NULL;
}

static size_t wanted_count(const struct lsec_settings *settings)
{
	size_t count = 0;
	for (size_t key = 0; key < BRINGING; key++)
		count += settings->of[order[key]].string_count;
	return count;
}

/* Whether an element is <entry> with just that text. */
static bool is_entry(const xmlNode *element, const char *string)
{
	return element != NULL && lsec_xml_is(element, "entry") && element->properties == NULL &&
	       lsec_edit_holds(element, string);
}

/* Whether the elements are the first of the wanted strings. */
static bool is_begun(const struct lsec_settings *settings, xmlNode *const *entries, size_t count)
{
	const struct lsec_value *value = NULL;
	for (size_t i = 0; i < count; i++)
		if (!is_entry(entries[i], wanted(settings, i, &value)))
			return false;
	return true;
}

/*
 * How many of the wanted strings are there already, as the last of the list: all where the domain
 * is launchsec's own result, none where it is KubeVirt's. Only possible candidates are compared.
 */
static size_t already_there(const struct lsec_settings *settings, const xmlNode *list,
                            size_t *ret_count)
{
	xmlNode *last[LSEC_MAX_OEM_STRINGS] = {NULL};
	size_t longest = wanted_count(settings);
	size_t there = 0;
	*ret_count = 0;
	for (xmlNode *entry = lsec_xml_child(list, NULL); entry != NULL;
	     entry = lsec_xml_from(entry->next, NULL))
		++*ret_count;
	longest = longest < *ret_count ? longest : *ret_count;
	longest = longest < LSEC_MAX_OEM_STRINGS ? longest : LSEC_MAX_OEM_STRINGS;
	xmlNode *entry = lsec_xml_child(list, NULL);
	for (size_t i = 0; i < *ret_count; i++, entry = lsec_xml_from(entry->next, NULL))
		if (i >= *ret_count - longest)
			last[i - (*ret_count - longest)] = entry;
	for (size_t count = longest; count > 0 && there == 0; count--)
		if (is_begun(settings, &last[longest - count], count))
			there = count;
	return there;
}

/* How many strings are the domain's own. */
static size_t count_own(const struct lsec_settings *settings, const struct lsec_domain *domain)
{
	size_t count = 0;
	size_t there = already_there(settings, domain->oem_strings, &count);
	return count - there;
}

/* Bytes of a string in QEMU's argument, where a comma is written twice. */
static size_t argument_bytes(const char *string)
{
	size_t bytes = strlen(",value=");
	for (; *string != '\0'; string++)
		bytes += *string == ',' ? 2 : 1;
	return bytes;
}

/* In SMBIOS an empty string ends the list, DSP0134 6.1.3. */
static int refuse_empty(const xmlNode *list, size_t count, struct lsec_problems *problems)
{
	xmlNode *entry = lsec_xml_child(list, NULL);
	for (size_t i = 1; i <= count && entry != NULL;
	     i++, entry = lsec_xml_from(entry->next, NULL)) {
		/* With its blanks, as libvirt takes it. */
		cleanup_free char *string = (char *)xmlNodeGetContent(entry);
		cleanup_free char *place = lsec_format(ENTRY "[%zu]", i);
		if (string[0] == '\0' && lsec_xml_is(entry, "entry"))
			return lsec_problem_add(
				problems, place,
				"an empty string ends the guest's list, so the requested strings would be lost; remove it");
	}
	return 0;
}

/* The length of QEMU's argument, type=11,value=...: the domain's own strings, then the requested
 * ones. */
static size_t all_bytes(const struct lsec_settings *settings, const struct lsec_domain *domain)
{
	const struct lsec_value *value = NULL;
	size_t count = wanted_count(settings);
	size_t bytes = strlen("type=11");
	size_t own = count_own(settings, domain);
	xmlNode *entry = lsec_xml_child(domain->oem_strings, NULL);
	for (size_t i = 0; i < count; i++) {
		const char *string = wanted(settings, i, &value);
		bytes += string == NULL ? 0 : argument_bytes(string);
	}
	for (; own > 0 && entry != NULL; own--, entry = lsec_xml_from(entry->next, NULL)) {
		cleanup_free char *string = (char *)xmlNodeGetContent(entry);
		bytes += argument_bytes(string);
	}
	return bytes;
}

int lsec_check_oem_strings(const struct lsec_settings *settings, const struct lsec_domain *domain,
                           struct lsec_problems *problems)
{
	const struct lsec_value *value = NULL;
	size_t count = wanted_count(settings);
	if (count == 0)
		return 0;
	wanted(settings, 0, &value);
	if (count > LSEC_MAX_OEM_STRINGS)
		return lsec_problem_add(
			problems, value->place,
			"%zu OEM strings, but the limit is " LSEC_TEXT(
				LSEC_MAX_OEM_STRINGS) ", since SMBIOS counts them in one byte; remove some",
			count);
	size_t own = count_own(settings, domain);
	if (own + count > LSEC_MAX_OEM_STRINGS)
		return lsec_problem_add(
			problems, value->place,
			"%zu OEM strings and %zu of the domain's own, but the limit is " LSEC_TEXT(
				LSEC_MAX_OEM_STRINGS) ", since SMBIOS counts them in one byte; remove some",
			count, own);
	if (refuse_empty(domain->oem_strings, own, problems) < 0)
		return -1;
	size_t bytes = all_bytes(settings, domain);
	if (bytes <= LSEC_MAX_OEM_BYTES)
		return 0;
	return lsec_problem_add(
		problems, value->place,
		"the OEM strings become one QEMU argument of %zu bytes, but the limit of Linux is " LSEC_TEXT(
			LSEC_MAX_OEM_BYTES) "; shorten the document or the strings",
		bytes);
}

/* Whether guests that look for initdata would take a string for it. */
static bool is_initdata(const char *string)
{
	struct lsec_problems ignored LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_initdata initdata LSEC_CLEANUP(lsec_initdata_clear) = {0};
	return lsec_initdata_read("", string, strlen(string), &initdata, &ignored) == 0;
}

/*
 * QEMU builds tables of SMBIOS 2.1, which have 65,535 bytes at most. Where they do not fit, the
 * guest of a q35 machine of 9.0 to 11.1 finds an empty string, and QEMU reports nothing.
 */
static void warn_of_size(const struct lsec_settings *settings, const struct lsec_domain *domain,
                         struct lsec_report *report)
{
	size_t bytes = all_bytes(settings, domain);
	if (bytes > LSEC_SAFE_OEM_BYTES)
		lsec_report_warn(
			report, "/domain/sysinfo/oemStrings",
			"the OEM strings have about %zu bytes, and above " LSEC_TEXT(
				LSEC_SAFE_OEM_BYTES) " QEMU may give the guest an empty string instead; shorten them, or have QEMU use 64-bit SMBIOS tables (-machine smbios-entry-point-type=64)",
			bytes);
}

/*
 * Credentials and other settings for systemd. Its manager imports none from SMBIOS in a
 * confidential VM (src/core/import-creds.c import_credentials_smbios(), from 254 on), and neither
 * do its boot loader and stub (src/boot, is_confidential_vm()). The value may be a secret, so only
 * the name is reported.
 */
static void warn_systemd(const char *place, const char *string, struct lsec_report *report)
{
	static const char systemd[] = "io.systemd.";
	const char *end = strchr(string, '=') == NULL ? ":" : "=";
	if (strncmp(string, systemd, strlen(systemd)) == 0)
		lsec_report_warn(
			report, place,
			"systemd (254 and newer) ignores %s in a confidential VM, and the host can read it; fetch secrets in the guest after attestation",
			lsec_quote_bytes(string, strcspn(string, end)).text);
}

/* One of the strings that the domain has by itself. */
static void warn_own(const struct lsec_settings *settings, const xmlNode *entry, size_t number,
                     struct lsec_report *report)
{
	cleanup_free char *string = lsec_xml_text(entry);
	cleanup_free char *place = lsec_format(ENTRY "[%zu]", number);
	size_t documents = settings->of[LSEC_KEY_INITDATA].string_count +
	                   settings->of[LSEC_KEY_PROVISION].string_count;
	warn_systemd(place, string, report);
	if (documents > 0 && is_initdata(string))
		lsec_report_warn(
			report, place,
			"the domain already has this initdata before the VM's, and guests use the first; remove one");
}

void lsec_warn_oem_strings(const struct lsec_settings *settings, const struct lsec_domain *domain,
                           struct lsec_report *report)
{
	const struct lsec_value *value = NULL;
	size_t count = wanted_count(settings);
	size_t own = count_own(settings, domain);
	if (count > 0)
		warn_of_size(settings, domain, report);
	xmlNode *entry = lsec_xml_child(domain->oem_strings, NULL);
	for (size_t i = 1; i <= own && entry != NULL; i++, entry = lsec_xml_from(entry->next, NULL))
		warn_own(settings, entry, i, report);
	for (size_t i = 0; i < count; i++) {
		const char *string = wanted(settings, i, &value);
		warn_systemd(value->place, string, report);
	}
}

static void append(struct lsec_edit *edit, xmlNode *list, size_t number, const char *string,
                   const struct lsec_value *value)
{
	cleanup_free char *reason = lsec_settings_reason(value);
	cleanup_free char *place = lsec_format(ENTRY "[%zu]", number);
	xmlNode *entry = lsec_edit_insert(edit, list, "entry", NULL);
	lsec_edit_set_text(edit, (struct lsec_at){entry, place}, string, reason);
}

static void set_mode(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const char *const after[] = {"loader", "nvram", "boot", "bootmenu", "bios", NULL};
	xmlNode *smbios = lsec_edit_child(edit, domain->os, "smbios", after);
	lsec_edit_set_attribute(edit, (struct lsec_at){smbios, "/domain/os/smbios"}, "mode",
	                        "sysinfo",
	                        "otherwise libvirt does not pass the OEM strings to the guest");
}

/* The list, made where the domain has none. */
static xmlNode *make_list(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const char *const after[] = {"devices",  "clock", "metadata",
	                                    "features", "cpu",   NULL};
	xmlNode *sysinfo = domain->sysinfo;
	if (domain->oem_strings != NULL)
		return domain->oem_strings;
	if (sysinfo == NULL) {
		sysinfo = lsec_edit_insert(edit, edit->root, "sysinfo",
		                           lsec_edit_first_of(edit->root, after));
		lsec_edit_put_attribute(edit, sysinfo, "type", "smbios");
	}
	return lsec_edit_insert(edit, sysinfo, "oemStrings", NULL);
}

void lsec_rule_oem_strings(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	const struct lsec_settings *settings = edit->settings;
	const struct lsec_value *value = NULL;
	size_t count = wanted_count(settings);
	size_t own = 0;
	if (count == 0)
		return;
	set_mode(edit, domain);
	xmlNode *list = make_list(edit, domain);
	size_t there = already_there(settings, list, &own);
	for (size_t i = there; i < count; i++) {
		const char *string = wanted(settings, i, &value);
		append(edit, list, own + i - there + 1, string, value);
	}
}
