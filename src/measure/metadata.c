/* SPDX-License-Identifier: Apache-2.0 */
/* The header of metadata, and how much guest memory its sections may have. */
#include "metadata.h"

#include <string.h>

#include "base/bytes.h"

static int check_header(const struct lsec_metadata_form *form, const struct lsec_image *image,
                        const uint8_t *header, struct lsec_problems *problems)
{
	const char *place = image->firmware.name;
	uint32_t version = lsec_little_endian_32(header + 8);
	uint32_t count = lsec_little_endian_32(header + 12);
	if (memcmp(header, form->signature, 4) != 0)
		return lsec_problem_add(
			problems, place,
			"the image's %s metadata is damaged: it does not begin with %s; use an undamaged image",
			form->title, form->signature);
	if (version != 1)
		return lsec_problem_add(
			problems, place,
			"the image's %s metadata has version %u, but launchsec and QEMU know version 1 only; use another image",
			form->title, version);
	if (count < form->fewest || count > LSEC_MAX_SECTIONS)
		return lsec_problem_add(
			problems, place,
			"the image's %s metadata has %u sections instead of %zu to " LSEC_TEXT(
				LSEC_MAX_SECTIONS) "; use another image",
			form->title, count, form->fewest);
	return 0;
}

int lsec_metadata_find(const struct lsec_metadata_form *form, uint32_t distance,
                       struct lsec_image *image, const uint8_t **ret,
                       struct lsec_problems *problems)
{
	const struct lsec_firmware *firmware = &image->firmware;
	if (distance < LSEC_METADATA_HEADER || distance > firmware->size)
		return lsec_problem_add(
			problems, firmware->name,
			"the image's %s metadata is damaged: it begins %u bytes before the image's end; use an undamaged image",
			form->title, distance);
	const uint8_t *header = firmware->bytes + firmware->size - distance;
	if (check_header(form, image, header, problems) < 0)
		return -1;
	size_t len = lsec_little_endian_32(header + 4);
	size_t count = lsec_little_endian_32(header + 12);
	size_t needed = LSEC_METADATA_HEADER + count * form->section_size;
	/* QEMU takes any length that TDX metadata has beyond its sections for damage
	 * (hw/i386/tdvf.c), and does not compare the two of SEV metadata. */
	if (len < needed || len > distance || (len > needed && form->exact))
		return lsec_problem_add(
			problems, firmware->name,
			"the image's %s metadata is damaged: its length is %zu bytes, but %zu sections need %zu, and %u are left in the image; use an undamaged image",
			form->title, len, count, needed, distance);
	image->section_count = count;
	*ret = header + LSEC_METADATA_HEADER;
	return 0;
}

int lsec_sections_check_size(const struct lsec_metadata_form *form, const struct lsec_image *image,
                             struct lsec_problems *problems)
{
	uint64_t total = 0;
	for (size_t i = 0; i < image->section_count; i++) {
		uint64_t size = image->sections[i].size;
		if (size > LSEC_MAX_SECTION)
			return lsec_problem_add(
				problems, image->firmware.name,
				"section %zu of the image's %s metadata has 0x%llx bytes, more than the 64 MiB that launchsec measures; use another image",
				i, form->title, (unsigned long long)size);
		total += size;
	}
	if (total > LSEC_MAX_SECTION_TOTAL)
		return lsec_problem_add(
			problems, image->firmware.name,
			"the sections of the image's %s metadata have 0x%llx bytes together, more than the 256 MiB that launchsec measures; use another image",
			form->title, (unsigned long long)total);
	return 0;
}
