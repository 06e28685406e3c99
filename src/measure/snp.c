/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The launch digest of an SEV-SNP guest (AMD 56860 8.17, SNP_LAUNCH_UPDATE): 48 zero bytes, and for
 * each page that is put into the guest the SHA-384 of a record with the digest before it, the
 * digest of the page, its type and its address. QEMU puts in the firmware image, then the sections
 * of its metadata in their order, and KVM a page of state for each vCPU (target/i386/sev.c;
 * arch/x86/kvm/svm/sev.c, snp_launch_update_vmsa).
 */
#include "snp.h"

#include <string.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "guid.h"
#include "image_sev.h"
#include "metadata.h"

/* AMD 56860 8.17.2, PAGE_INFO: digest 48, contents 48, length 2, type 1, zeros 5, address 8. The
 * zeros say that it is not the IMI's page, and that VMPLs 1 to 3 have no rights to it. */
#define RECORD_SIZE 0x70
#define RECORD_CONTENTS 0x30
#define RECORD_LENGTH 0x60
#define RECORD_TYPE 0x62
#define RECORD_ADDRESS 0x68

/* AMD 56860, PAGE_TYPE. Contents count for the first two only. */
enum page_type {
	PAGE_NORMAL = 1,
	PAGE_VMSA = 2,
	PAGE_ZERO = 3,
	PAGE_SECRETS = 5,
	PAGE_CPUID = 6,
};

/* Of every vCPU's state. */
#define VMSA_ADDRESS UINT64_C(0xfffffffff000)

#define IMAGE_END (UINT64_C(1) << 32)

static const uint8_t no_contents[LSEC_MEASUREMENT_SIZE];

static void add_page(enum page_type type, uint64_t address, const uint8_t *contents,
                     struct lsec_measurement *digest)
{
	uint8_t record[RECORD_SIZE] = {0};
	memcpy(record, digest->bytes, LSEC_MEASUREMENT_SIZE);
	memcpy(record + RECORD_CONTENTS, contents, LSEC_MEASUREMENT_SIZE);
	lsec_put_little_endian(sizeof(record), record + RECORD_LENGTH, 2);
	record[RECORD_TYPE] = (uint8_t)type;
	lsec_put_little_endian(address, record + RECORD_ADDRESS, 8);
	const struct lsec_digest next = lsec_digest_of(LSEC_SHA_384, record, sizeof(record));
	memcpy(digest->bytes, next.bytes, LSEC_MEASUREMENT_SIZE);
}

void lsec_snp_begin(const struct lsec_image *image, struct lsec_measurement *ret)
{
	const struct lsec_firmware *firmware = &image->firmware;
	struct lsec_digest page = {.len = 0};
	*ret = (struct lsec_measurement){{0}};
	for (size_t at = 0; at < firmware->size; at += LSEC_PAGE_SIZE) {
		const uint8_t *bytes = firmware->bytes + at;
		/* Half of an image is padding: pages alike, one after the other. */
		if (at == 0 || memcmp(bytes, bytes - LSEC_PAGE_SIZE, LSEC_PAGE_SIZE) != 0)
			page = lsec_digest_of(LSEC_SHA_384, bytes, LSEC_PAGE_SIZE);
		add_page(PAGE_NORMAL, IMAGE_END - firmware->size + at, page.bytes, ret);
	}
}

/* QEMU target/i386/sev.c, build_kernel_loader_hashes(). */
static void write_hash_table(const struct lsec_boot_digests *digests,
                             uint8_t ret[LSEC_HASH_TABLE_SIZE])
{
	static const uint8_t table_guid[LSEC_GUID_SIZE] = LSEC_GUID(
		0x9438d606U, 0x4f22, 0x4cc9, 0xb4, 0x79, 0xa7, 0x93, 0xd4, 0x11, 0xfd, 0x21);
	enum {
		HEADER_SIZE = LSEC_GUID_SIZE + 2,
		ENTRY_SIZE = HEADER_SIZE + LSEC_FILE_DIGEST_SIZE,
		TABLE_SIZE = HEADER_SIZE + 3 * ENTRY_SIZE,
	};
	const struct {
		uint8_t guid[LSEC_GUID_SIZE];
		const uint8_t *digest;
	} entries[] = {
		{LSEC_GUID(0x97d02dd8U, 0xbd20, 0x4c94, 0xaa, 0x78, 0xe7, 0x71, 0x4d, 0x36, 0xab,
	                   0x2a),
	         digests->cmdline},
		{LSEC_GUID(0x44baf731U, 0x3a2f, 0x4bd7, 0x9a, 0xf1, 0x41, 0xe2, 0x91, 0x69, 0x78,
	                   0x1d),
	         digests->initrd},
		{LSEC_GUID(0x4de79437U, 0xabd2, 0x427f, 0xb8, 0x35, 0xd5, 0xb1, 0x72, 0xd2, 0x04,
	                   0x5b),
	         digests->kernel},
	};
	memset(ret, 0, LSEC_HASH_TABLE_SIZE);
	memcpy(ret, table_guid, LSEC_GUID_SIZE);
	lsec_put_little_endian(TABLE_SIZE, ret + LSEC_GUID_SIZE, 2);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++) {
		uint8_t *entry = ret + HEADER_SIZE + i * ENTRY_SIZE;
		memcpy(entry, entries[i].guid, LSEC_GUID_SIZE);
		lsec_put_little_endian(ENTRY_SIZE, entry + LSEC_GUID_SIZE, 2);
		memcpy(entry + HEADER_SIZE, entries[i].digest, LSEC_FILE_DIGEST_SIZE);
	}
}

/* The section with the table of hashes: normal pages, all zeros but for the table, which may reach
 * from the first into the second. */
static void add_hashes(const struct lsec_image *image, const struct lsec_section *section,
                       const struct lsec_boot_digests *digests, struct lsec_measurement *digest)
{
	uint8_t pages[3 * LSEC_PAGE_SIZE] = {0};
	uint8_t contents[3][LSEC_MEASUREMENT_SIZE];
	write_hash_table(digests, pages + image->hash_offset);
	for (size_t i = 0; i < 3; i++) {
		const struct lsec_digest page =
			lsec_digest_of(LSEC_SHA_384, pages + i * LSEC_PAGE_SIZE, LSEC_PAGE_SIZE);
		memcpy(contents[i], page.bytes, LSEC_MEASUREMENT_SIZE);
	}
	for (uint64_t i = 0; i < section->size / LSEC_PAGE_SIZE; i++)
		add_page(PAGE_NORMAL, section->address + i * LSEC_PAGE_SIZE,
		         contents[i < 2 ? i : 2], digest);
}

/* QEMU target/i386/sev.c, snp_metadata_desc_to_page_type(): what it does not know is zero. */
static enum page_type type_of(const struct lsec_section *section)
{
	switch (section->type) {
	case LSEC_SEV_SECRETS:
		return PAGE_SECRETS;
	case LSEC_SEV_CPUID:
		return PAGE_CPUID;
	default:
		return PAGE_ZERO;
	}
}

void lsec_snp_add_sections(const struct lsec_image *image, const struct lsec_boot_digests *hashes,
                           struct lsec_measurement *digest)
{
	for (size_t i = 0; i < image->section_count; i++) {
		const struct lsec_section *section = &image->sections[i];
		if (section->type == LSEC_SEV_KERNEL_HASHES && hashes != NULL) {
			add_hashes(image, section, hashes, digest);
			continue;
		}
		for (uint64_t at = 0; at < section->size; at += LSEC_PAGE_SIZE)
			add_page(type_of(section), section->address + at, no_contents, digest);
	}
}

void lsec_snp_add_vcpu(const uint8_t state[LSEC_MEASUREMENT_SIZE], struct lsec_measurement *digest)
{
	add_page(PAGE_VMSA, VMSA_ADDRESS, state, digest);
}

void lsec_snp_add_vcpus(const struct lsec_vcpu_states *states, unsigned booted, unsigned plugged,
                        struct lsec_measurement *digest)
{
	for (unsigned i = 0; i < booted; i++)
		lsec_snp_add_vcpu(i == 0 ? states->first : states->other, digest);
	for (unsigned i = 0; i < plugged; i++)
		lsec_snp_add_vcpu(states->first, digest);
}

static void hash_file(const void *bytes, size_t len, uint8_t ret[LSEC_FILE_DIGEST_SIZE])
{
	const struct lsec_digest digest = lsec_digest_of(LSEC_SHA_256, bytes, len);
	memcpy(ret, digest.bytes, LSEC_FILE_DIGEST_SIZE);
}

void lsec_boot_digests(const struct lsec_kernel_boot *boot, struct lsec_boot_digests *ret)
{
	const char *cmdline = boot->cmdline == NULL ? "" : boot->cmdline;
	memcpy(ret->kernel, boot->kernel, LSEC_FILE_DIGEST_SIZE);
	if (boot->initrd == NULL)
		hash_file("", 0, ret->initrd);
	else
		memcpy(ret->initrd, boot->initrd, LSEC_FILE_DIGEST_SIZE);
	hash_file(cmdline, strlen(cmdline) + 1, ret->cmdline); /* with its NUL */
}
