/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /domain/os: the image that is measured and started. Both TEEs load it as a ROM (QEMU -bios),
 * since flash memory would be writable, and so unmeasured, state; hence no variable store and no
 * Secure Boot by SMM either.
 */
#include <string.h>

#include "base/text.h"
#include "rules.h"

#define OS "/domain/os"
#define LOADER "/domain/os/loader"

static const char rom[] =
	"confidential guests load their firmware as a ROM, so that all of it is measured";
static const char stateless[] = "a ROM has no variable store";

/* <nvram>, <varstore> and <firmware> are for flash memory or its selection. */
static void remove_state(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const struct {
		const char *name, *place, *reason;
	} parts[] = {
		{"nvram", OS "/nvram", stateless},
		{"varstore", OS "/varstore", stateless},
		{"firmware", OS "/firmware",
	         "selects firmware by features such as Secure Boot, which does not apply to confidential firmware"},
	};
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		xmlNode *part = lsec_xml_child(domain->os, parts[i].name);
		if (part != NULL)
			lsec_edit_remove(edit, (struct lsec_at){part, parts[i].place},
			                 parts[i].reason);
	}
}

static void choose(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	const struct lsec_at at = {domain->os, OS};
	if (edit->settings->of[LSEC_KEY_FIRMWARE].word == LSEC_WORD_AUTO)
		lsec_edit_set_attribute(edit, at, "firmware", "efi",
		                        "libvirt picks the image by its firmware descriptors");
	else
		lsec_edit_remove_attribute(edit, at, "firmware",
		                           "contradicts a loader that names its image");
}

static void set_loader(struct lsec_edit *edit, xmlNode *loader)
{
	const struct lsec_value *firmware = &edit->settings->of[LSEC_KEY_FIRMWARE];
	bool named = firmware->word == LSEC_WORD_LITERAL;
	cleanup_free char *reason = lsec_settings_reason(firmware);
	const struct lsec_at at = {loader, LOADER};
	lsec_edit_remove_attribute(edit, at, "readonly", "a ROM is never written");
	lsec_edit_remove_attribute(edit, at, "secure",
	                           "needs SMM, which confidential guests do not have");
	lsec_edit_remove_attribute(edit, at, "format", "a ROM is a raw image");
	lsec_edit_set_attribute(edit, at, "type", "rom", rom);
	lsec_edit_set_attribute(edit, at, "stateless", "yes", stateless);
	lsec_edit_set_text(edit, at, named ? firmware->text : NULL, reason);
}

void lsec_rule_firmware(struct lsec_edit *edit, const struct lsec_domain *domain)
{
	static const char *const after[] = {"nvram", "kernel", "initrd", "cmdline", "dtb", NULL};
	remove_state(edit, domain);
	choose(edit, domain);
	set_loader(edit, lsec_edit_child(edit, domain->os, "loader", after));
}
