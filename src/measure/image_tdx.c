/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware image has for TDX (Intel "TDX Virtual Firmware Design Guide", 11): sections of
 * guest memory. Refused is what QEMU refuses (hw/i386/tdvf.c, target/i386/kvm/tdx.c) or KVM
 * (Linux arch/x86/kvm/vmx/tdx.c, tdx_vcpu_init_mem_region), and what QEMU reads from outside of the
 * image.
 */
#include "image_tdx.h"

#include "base/bytes.h"
#include "metadata.h"

/* Offset of the data 4, its size 4, address 8, size in memory 8, type 4, attributes 4. */
#define SECTION_SIZE 32
#define LIMIT (UINT64_C(1) << 48)

static const char *const titles[LSEC_TDX_TYPES] = {
	[LSEC_TDX_BFV] = "boot firmware volume",
	[LSEC_TDX_CFV] = "configuration firmware volume",
	[LSEC_TDX_TD_HOB] = "TD HOB",
	[LSEC_TDX_TEMP_MEM] = "temporary memory",
};

static const struct lsec_metadata_form form = {
	.title = "TDX",
	.signature = "TDVF",
	.section_size = SECTION_SIZE,
	.fewest = 2,
	.exact = true,
};

/* A section, and how messages name it. */
struct reading {
	const struct lsec_image *image;
	const struct lsec_section *section;
	size_t index;
	uint32_t raw_size; /* of its data in the image */
};

static int check_memory(const struct reading *reading, struct lsec_problems *problems)
{
	const struct lsec_section *section = reading->section;
	unsigned long long address = section->address;
	unsigned long long size = section->size;
	const char *place = reading->image->firmware.name;
	if (section->type >= LSEC_TDX_TYPES)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's TDX metadata has type %u, which QEMU does not support; use another image",
			reading->index, section->type);
	if (address % LSEC_PAGE_SIZE != 0 || size % LSEC_PAGE_SIZE != 0 || size == 0)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's TDX metadata (%s) is not one or more whole pages of 4 KiB (address 0x%llx, size 0x%llx); use another image",
			reading->index, titles[section->type], address, size);
	if (size > LIMIT || address > LIMIT - size)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's TDX metadata (%s) reaches past the guest's memory (address 0x%llx, size 0x%llx); use another image",
			reading->index, titles[section->type], address, size);
	return 0;
}

/*
 * Where the two sizes of a volume differ, QEMU reads on in the image after its data, and td-shim
 * fills it up with zeros, so there is no telling what the MRTD is.
 */
static int check_data(const struct reading *reading, struct lsec_problems *problems)
{
	const struct lsec_section *section = reading->section;
	const char *place = reading->image->firmware.name;
	bool volume = section->type == LSEC_TDX_BFV || section->type == LSEC_TDX_CFV;
	uint64_t end = (uint64_t)section->data + reading->raw_size;
	if (reading->raw_size != (volume ? section->size : 0))
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's TDX metadata (%s) has %u bytes of data for 0x%llx bytes of memory; use another image",
			reading->index, titles[section->type], reading->raw_size,
			(unsigned long long)section->size);
	if (volume && end > reading->image->firmware.size)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's TDX metadata (%s) ends at byte 0x%llx, past the image's end, so a part of it is in another file; use the image with code and variables in one file",
			reading->index, titles[section->type], (unsigned long long)end);
	return 0;
}

static void read_section(const uint8_t *entry, struct lsec_section *ret, uint32_t *ret_raw_size)
{
	*ret = (struct lsec_section){
		.data = lsec_little_endian_32(entry),
		.address = lsec_little_endian(entry + 8, 8),
		.size = lsec_little_endian(entry + 16, 8),
		.type = lsec_little_endian_32(entry + 24),
		.attributes = lsec_little_endian_32(entry + 28),
	};
	*ret_raw_size = lsec_little_endian_32(entry + 4);
}

static int read_sections(uint32_t distance, struct lsec_image *image,
                         struct lsec_problems *problems)
{
	const uint8_t *entry = NULL;
	if (lsec_metadata_find(&form, distance, image, &entry, problems) < 0)
		return -1;
	for (size_t i = 0; i < image->section_count; i++, entry += SECTION_SIZE) {
		struct reading reading = {image, &image->sections[i], i, 0};
		read_section(entry, &image->sections[i], &reading.raw_size);
		if (check_memory(&reading, problems) < 0 || check_data(&reading, problems) < 0)
			return -1;
	}
	return lsec_sections_check_size(&form, image, problems);
}

int lsec_image_read_tdx(const struct lsec_table *table, struct lsec_image *image,
                        struct lsec_problems *problems)
{
	const uint8_t *metadata = table->of[LSEC_ENTRY_TDX_METADATA];
	bool has_hob = false;
	if (metadata == NULL)
		return lsec_problem_add(
			problems, image->firmware.name,
			"the image has no TDX metadata, so no TDX guest starts with it; use an image that is built for TDX (OVMF.inteltdx.fd)");
	if (read_sections(lsec_little_endian_32(metadata), image, problems) < 0)
		return -1;
	for (size_t i = 0; i < image->section_count; i++)
		has_hob |= image->sections[i].type == LSEC_TDX_TD_HOB;
	if (!has_hob)
		return lsec_problem_add(
			problems, image->firmware.name,
			"the image's TDX metadata has no section for the TD HOB, so QEMU does not start with it; use another image");
	return 0;
}
