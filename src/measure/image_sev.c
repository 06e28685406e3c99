/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware image has for SEV-SNP (edk2 OvmfPkg/ResetVector/X64/OvmfSevMetadata.asm):
 * sections of guest memory, where vCPUs start, and a place for hashes. Refused is what QEMU or KVM
 * refuse (QEMU target/i386/sev.c; Linux arch/x86/kvm/svm/sev.c, snp_launch_update), so that no
 * digest is computed that no VM can have.
 */
#include "image_sev.h"

#include "base/bytes.h"
#include "metadata.h"

#define SECTION_SIZE 12 /* address, size, type: 4 bytes each */
#define LIMIT (UINT64_C(1) << 32)

static const struct lsec_metadata_form form = {
	.title = "SEV",
	.signature = "ASEV",
	.section_size = SECTION_SIZE,
};

static int check_section(const struct lsec_image *image, size_t index,
                         struct lsec_problems *problems)
{
	const struct lsec_section *section = &image->sections[index];
	const char *place = image->firmware.name;
	bool one_page = section->type == LSEC_SEV_SECRETS || section->type == LSEC_SEV_CPUID;
	if (section->address % LSEC_PAGE_SIZE != 0 || section->size % LSEC_PAGE_SIZE != 0)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's SEV metadata is not aligned to pages of 4 KiB (address 0x%llx, size 0x%llx); use another image",
			index, (unsigned long long)section->address,
			(unsigned long long)section->size);
	if (section->address + section->size > LIMIT)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's SEV metadata reaches past 4 GiB (address 0x%llx, size 0x%llx); use another image",
			index, (unsigned long long)section->address,
			(unsigned long long)section->size);
	if (one_page && section->size != LSEC_PAGE_SIZE)
		return lsec_problem_add(
			problems, place,
			"section %zu of the image's SEV metadata, the %s page, has 0x%llx bytes instead of 0x1000; use another image",
			index, section->type == LSEC_SEV_CPUID ? "CPUID" : "secrets",
			(unsigned long long)section->size);
	return 0;
}

static int read_sections(uint32_t distance, struct lsec_image *image,
                         struct lsec_problems *problems)
{
	const uint8_t *entry = NULL;
	if (lsec_metadata_find(&form, distance, image, &entry, problems) < 0)
		return -1;
	for (size_t i = 0; i < image->section_count; i++, entry += SECTION_SIZE)
		image->sections[i] = (struct lsec_section){
			.address = lsec_little_endian_32(entry),
			.size = lsec_little_endian_32(entry + 4),
			.type = lsec_little_endian_32(entry + 8),
		};
	if (lsec_sections_check_size(&form, image, problems) < 0)
		return -1;
	for (size_t i = 0; i < image->section_count; i++)
		if (check_section(image, i, problems) < 0)
			return -1;
	return 0;
}

/*
 * QEMU puts the table at the entry's offset in a page, whichever page that is of the section
 * (sev_add_kernel_loader_hashes, snp_launch_update_kernel_hashes). The guest looks for it at the
 * address, so a place in another page than the section's first is of no use.
 */
static void find_hash_place(const uint8_t *entry, struct lsec_image *image)
{
	uint32_t address = entry == NULL ? 0 : lsec_little_endian_32(entry);
	uint32_t size = entry == NULL ? 0 : lsec_little_endian_32(entry + 4);
	if (address == 0 || size == 0)
		return;
	image->hash_offset = address % LSEC_PAGE_SIZE;
	bool fits = size >= LSEC_HASH_TABLE_SIZE;
	bool found = false;
	for (size_t i = 0; i < image->section_count; i++) {
		const struct lsec_section *section = &image->sections[i];
		if (section->type != LSEC_SEV_KERNEL_HASHES)
			continue;
		found = true;
		fits = fits && section->address == address - image->hash_offset &&
		       image->hash_offset + LSEC_HASH_TABLE_SIZE <= section->size;
	}
	if (found)
		image->hash_place = fits ? LSEC_HASH_PLACE_FITS : LSEC_HASH_PLACE_UNFIT;
}

int lsec_image_read_sev(const struct lsec_table *table, struct lsec_image *image,
                        struct lsec_problems *problems)
{
	const uint8_t *metadata = table->of[LSEC_ENTRY_SEV_METADATA];
	const uint8_t *ap_address = table->of[LSEC_ENTRY_AP_ADDRESS];
	if (metadata == NULL)
		return lsec_problem_add(
			problems, image->firmware.name,
			"the image has no SEV metadata, so no SEV-SNP guest starts with it; use an image that is built for SEV-SNP (OVMF.amdsev.fd)");
	/* sev_es_save_reset_vector(); with one vCPU too. */
	if (ap_address == NULL)
		return lsec_problem_add(
			problems, image->firmware.name,
			"the image has no SEV-ES reset block, so no SEV-SNP guest starts with it; use an image that is built for SEV-SNP (OVMF.amdsev.fd)");
	image->ap_address = lsec_little_endian_32(ap_address);
	if (read_sections(lsec_little_endian_32(metadata), image, problems) < 0)
		return -1;
	find_hash_place(table->of[LSEC_ENTRY_KERNEL_HASHES], image);
	return 0;
}
