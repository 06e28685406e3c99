/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The table at the end of an OVMF image (OvmfPkg/ResetVector/Ia16/ResetVectorVtf0.asm). It is read
 * from its end, 32 bytes before the image's, to its beginning:
 *
 *	data | length of the entry, 2 bytes | GUID          an entry; there may be many
 *	       length of the table, 2 bytes | footer's GUID
 *
 * Lengths count themselves, the GUID and the data. As in QEMU (hw/i386/pc_sysfw_ovmf.c), the last
 * entry with a GUID is the one that counts, and bytes at the beginning that are too few for an
 * entry are no error.
 */
#include "table.h"

#include <string.h>

#include "base/bytes.h"
#include "guid.h"

#define AFTER_TABLE 32
#define ENTRY_END 18 /* length and GUID */

/* QEMU loads confidential guests' firmware with -bios, in steps of this size (hw/i386/x86-common.c,
 * x86_bios_rom_init). */
#define SIZE_STEP 65536U

static const uint8_t footer_guid[LSEC_GUID_SIZE] =
	LSEC_GUID(0x96b582deU, 0x1fb2, 0x45f7, 0xba, 0xea, 0xa3, 0x66, 0xc5, 0x5a, 0x08, 0x2d);

static const struct {
	const char *title;
	size_t size; /* least of its data */
	uint8_t guid[LSEC_GUID_SIZE];
} entries[LSEC_TABLE_ENTRIES] = {
	[LSEC_ENTRY_SEV_METADATA] = {"SEV metadata", 4,
                                     LSEC_GUID(0xdc886566U, 0x984a, 0x4798, 0xa7, 0x5e, 0x55, 0x85,
                                               0xa7, 0xbf, 0x67, 0xcc)},
	[LSEC_ENTRY_AP_ADDRESS] = {"SEV-ES reset block", 4,
                                   LSEC_GUID(0x00f771deU, 0x1a7e, 0x4fcb, 0x89, 0x0e, 0x68, 0xc7,
                                             0x7e, 0x2f, 0xb4, 0x4e)},
	[LSEC_ENTRY_KERNEL_HASHES] = {"SEV kernel hashes", 8,
                                      LSEC_GUID(0x7255371fU, 0x3a3b, 0x4b04, 0x92, 0x7b, 0x1d, 0xa6,
                                                0xef, 0xa8, 0xd4, 0x54)},
	[LSEC_ENTRY_TDX_METADATA] = {"TDX metadata", 4,
                                     LSEC_GUID(0xe47a6535U, 0x984a, 0x4798, 0x86, 0x5e, 0x46, 0x85,
                                               0xa7, 0xbf, 0x8e, 0xc2)},
};

/* As edk2's packages, and so virt-launcher's images, name them. */
#define IMAGES "OVMF.amdsev.fd (SEV-SNP) or OVMF.inteltdx.fd (TDX)"

static int check_size(const struct lsec_firmware *firmware, struct lsec_problems *problems)
{
	if (firmware->size == 0)
		return lsec_problem_add(problems, firmware->name, "is empty; use " IMAGES);
	if (firmware->size % SIZE_STEP != 0)
		return lsec_problem_add(
			problems, firmware->name,
			"has %zu bytes, but QEMU loads firmware images in multiples of 64 KiB only; use " IMAGES
			", not OVMF_CODE.fd",
			firmware->size);
	if (firmware->size > LSEC_MAX_FIRMWARE)
		return lsec_problem_add(
			problems, firmware->name,
			"has %zu bytes, more than the %u (16 MiB) of the largest firmware image; name a firmware image",
			firmware->size, LSEC_MAX_FIRMWARE);
	return 0;
}

/* Notes an entry that somebody reads and that has not been seen nearer to the end. */
static int note(const struct lsec_firmware *firmware, const uint8_t *end, size_t len,
                struct lsec_table *ret, struct lsec_problems *problems)
{
	for (size_t i = 0; i < LSEC_TABLE_ENTRIES; i++) {
		if (ret->of[i] != NULL ||
		    memcmp(end - LSEC_GUID_SIZE, entries[i].guid, LSEC_GUID_SIZE) != 0)
			continue;
		if (len - ENTRY_END < entries[i].size)
			return lsec_problem_add(
				problems, firmware->name,
				"the table at the firmware image's end is damaged: its entry \"%s\" has %zu bytes of data instead of %zu; use an undamaged image",
				entries[i].title, len - ENTRY_END, entries[i].size);
		ret->of[i] = end - len;
	}
	return 0;
}

bool lsec_image_has_table(const uint8_t *bytes, size_t size)
{
	return size >= AFTER_TABLE + ENTRY_END &&
	       memcmp(bytes + size - AFTER_TABLE - LSEC_GUID_SIZE, footer_guid, LSEC_GUID_SIZE) ==
	               0;
}

int lsec_table_read(const struct lsec_firmware *firmware, struct lsec_table *ret,
                    struct lsec_problems *problems)
{
	struct lsec_table table = {0};
	if (check_size(firmware, problems) < 0)
		return -1;
	const uint8_t *end = firmware->bytes + firmware->size - AFTER_TABLE;
	if (!lsec_image_has_table(firmware->bytes, firmware->size))
		return lsec_problem_add(
			problems, firmware->name,
			"is not a firmware image for confidential guests: the GUID of OVMF's table is missing at its end; use " IMAGES);
	size_t left = lsec_little_endian(end - ENTRY_END, 2);
	if (left < ENTRY_END || left > firmware->size - AFTER_TABLE)
		return lsec_problem_add(
			problems, firmware->name,
			"the table at the firmware image's end is damaged: its length is %zu bytes; use an undamaged image",
			left);
	left -= ENTRY_END;
	end -= ENTRY_END;
	while (left >= ENTRY_END) {
		size_t len = lsec_little_endian(end - ENTRY_END, 2);
		if (len < ENTRY_END || len > left)
			return lsec_problem_add(
				problems, firmware->name,
				"the table at the firmware image's end is damaged: an entry has a length of %zu bytes, with %zu left; use an undamaged image",
				len, left);
		if (note(firmware, end, len, &table, problems) < 0)
			return -1;
		left -= len;
		end -= len;
	}
	*ret = table;
	return 0;
}
