/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The MRTD of a TDX guest: SHA-384 over what the TDX module is told while the guest's first memory
 * is built (Intel TDX module, TDH.MEM.PAGE.ADD and TDH.MR.EXTEND). KVM since Linux 6.16 does both
 * for a page before the next one (arch/x86/kvm/vmx/tdx.c, tdx_gmem_post_populate); kernels before
 * that, outside of Linux, added all pages first, which is another MRTD.
 */
#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "image_tdx.h"
#include "metadata.h"

#define RECORD_SIZE 128 /* name, zeros up to byte 16, address, zeros */
#define RECORD_ADDRESS 16
#define CHUNK_SIZE 256

static const uint8_t page_add[RECORD_ADDRESS] = "MEM.PAGE.ADD";
static const uint8_t mr_extend[RECORD_ADDRESS] = "MR.EXTEND";

static void add_record(struct lsec_hasher *hasher, const uint8_t name[RECORD_ADDRESS],
                       uint64_t address)
{
	uint8_t record[RECORD_SIZE] = {0};
	memcpy(record, name, RECORD_ADDRESS);
	lsec_put_little_endian(address, record + RECORD_ADDRESS, 8);
	lsec_hasher_add(hasher, record, sizeof(record));
}

static void add_page(struct lsec_hasher *hasher, uint64_t address, const uint8_t *measured)
{
	add_record(hasher, page_add, address);
	for (size_t at = 0; measured != NULL && at < LSEC_PAGE_SIZE; at += CHUNK_SIZE) {
		add_record(hasher, mr_extend, address + at);
		lsec_hasher_add(hasher, measured + at, CHUNK_SIZE);
	}
}

void lsec_measure_tdx(const struct lsec_image *image, struct lsec_measurement *ret)
{
	const uint8_t zeros[LSEC_PAGE_SIZE] = {0}; /* not static: that many in the executable */
	struct lsec_hasher hasher;
	lsec_hasher_begin(&hasher, LSEC_SHA_384);
	for (size_t i = 0; i < image->section_count; i++) {
		const struct lsec_section *section = &image->sections[i];
		bool volume = section->type == LSEC_TDX_BFV || section->type == LSEC_TDX_CFV;
		bool measured = (section->attributes & LSEC_TDX_MEASURED) != 0;
		for (uint64_t at = 0; at < section->size; at += LSEC_PAGE_SIZE) {
			const uint8_t *page =
				volume ? image->firmware.bytes + section->data + at : zeros;
			add_page(&hasher, section->address + at, measured ? page : NULL);
		}
	}
	const struct lsec_digest digest = lsec_hasher_end(&hasher);
	memcpy(ret->bytes, digest.bytes, sizeof(ret->bytes));
}
