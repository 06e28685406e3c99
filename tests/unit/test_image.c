/* SPDX-License-Identifier: Apache-2.0 */
#include "launchsec/measure.h"

#include "firmware.h"

/* A number that is put into an image, so many bytes before its end. */
struct patch {
	size_t from_end, size;
	uint64_t number;
};

/* Of the usual image: its table. */
#define FOOTER_GUID 48
#define TABLE_LENGTH 50
#define TDX_GUID 66
#define TDX_LENGTH 68
#define TDX_DISTANCE 72
#define SEV_GUID 88
#define SEV_DISTANCE 94
#define RESET_GUID 110
#define HASHES_LENGTH 134
/* And its metadata: fields of the header, and of a section. */
#define SEV_FIELD(at) (SEV_AT - (at))
#define TDX_FIELD(at) (TDX_AT - (at))
#define SEV_SECTION(index, at) (SEV_AT - 16 - 12 * (index) - (at))
#define TDX_SECTION(index, at) (TDX_AT - 16 - 32 * (index) - (at))

static void patch(struct lsec_firmware *firmware, const struct patch *patch)
{
	uint8_t *bytes = lsec_unconst(firmware->bytes);
	lsec_put_little_endian(patch->number, bytes + firmware->size - patch->from_end,
	                       patch->size);
}

/* Refused for `tees`, for the others it is none of their concern. */
static void expect_refused(const struct lsec_firmware *firmware, unsigned tees, const char *what)
{
	for (size_t i = 0; i < LSEC_TEES; i++) {
		struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
		struct lsec_image image = {.section_count = 99};
		enum lsec_tee tee = lsec_tee_at(i);
		if ((tees & (unsigned)tee) == 0) {
			read_image(firmware, tee);
			continue;
		}
		assert_int_equal(lsec_image_parse(firmware, tee, &image, &problems), -1);
		expect_problem(&problems, firmware->name, what);
		assert_int_equal(image.section_count, 99);
	}
}

#define SNP LSEC_TEE_SEV_SNP
#define TDX_ONLY LSEC_TEE_TDX
#define BOTH LSEC_TEE_BOTH

static const struct {
	unsigned tees;
	struct patch patch;
	const char *what;
} refusals[] = {
	{BOTH, {FOOTER_GUID, 1, 0}, "is not a firmware image"},
	{BOTH,
         {TABLE_LENGTH, 2, 17},
         "the table at the firmware image's end is damaged: its length is 17"},
	{BOTH, {TABLE_LENGTH, 2, 0xffff}, "its length is 65535 bytes"},
	{BOTH,
         {TDX_LENGTH, 2, 17},
         "the table at the firmware image's end is damaged: an entry has a length of 17 bytes, with 92 left"},
	{BOTH, {TDX_LENGTH, 2, 93}, "a length of 93 bytes, with 92 left"},
	{BOTH, {HASHES_LENGTH, 2, 27}, "a length of 27 bytes, with 26 left"},
	{BOTH, {TABLE_LENGTH, 2, 18}, "metadata, so no "},
	{BOTH,
         {HASHES_LENGTH, 2, 25},
         "its entry \"SEV kernel hashes\" has 7 bytes of data instead of 8"},
	/* SEV-SNP. */
	{SNP, {SEV_GUID, 1, 0}, "the image has no SEV metadata"},
	{SNP, {RESET_GUID, 1, 0}, "the image has no SEV-ES reset block"},
	{SNP, {SEV_DISTANCE, 4, 0x10010}, "SEV metadata is damaged: it begins 65552 bytes before"},
	{SNP, {SEV_DISTANCE, 4, 15}, "SEV metadata is damaged: it begins 15 bytes before"},
	{SNP,
         {SEV_DISTANCE, 4, SEV_AT + 1},
         "SEV metadata is damaged: it does not begin with ASEV"},
	{SNP, {SEV_FIELD(0), 1, 'a'}, "it does not begin with ASEV"},
	{SNP, {SEV_FIELD(4), 4, 99}, "its length is 99 bytes, but 7 sections need 100"},
	{SNP, {SEV_FIELD(4), 4, SEV_AT + 1}, "and 12288 are left in the image"},
	{SNP, {SEV_FIELD(8), 4, 2}, "SEV metadata has version 2"},
	{SNP, {SEV_FIELD(12), 4, 65}, "65 sections instead of 0 to 64"},
	{SNP, {SEV_FIELD(12), 4, 0xffffffff}, "4294967295 sections instead of 0 to 64"},
	{SNP,
         {SEV_SECTION(1, 0), 4, 0x80a100},
         "section 1 of the image's SEV metadata is not aligned"},
	{SNP,
         {SEV_SECTION(1, 4), 4, 0x2fff},
         "section 1 of the image's SEV metadata is not aligned"},
	{SNP,
         {SEV_SECTION(6, 0), 4, 0xfffff001},
         "section 6 of the image's SEV metadata is not aligned"},
	{SNP, {SEV_SECTION(5, 0), 4, 0xffffe000}, NULL}, /* up to 4 GiB */
	{SNP,
         {SEV_SECTION(5, 0), 4, 0xfffff000},
         "section 5 of the image's SEV metadata reaches past 4 GiB"},
	{SNP, {SEV_SECTION(2, 4), 4, 0}, "the secrets page, has 0x0 bytes instead of 0x1000"},
	{SNP, {SEV_SECTION(3, 4), 4, 0x2000}, "the CPUID page, has 0x2000 bytes"},
	{SNP, {SEV_SECTION(4, 8), 4, 3}, NULL}, /* a second CPUID page */
	{SNP, {SEV_SECTION(0, 4), 4, 0x4001000}, "has 0x4001000 bytes, more than the 64 MiB"},
	/* TDX. */
	{TDX_ONLY, {TDX_GUID, 1, 0}, "the image has no TDX metadata"},
	{TDX_ONLY, {TDX_DISTANCE, 4, 0x10001}, "TDX metadata is damaged: it begins 65537 bytes"},
	{TDX_ONLY, {TDX_DISTANCE, 4, 16}, "TDX metadata is damaged: it does not begin with TDVF"},
	{TDX_ONLY, {TDX_FIELD(4), 4, 207}, "TDX metadata is damaged: its length is 207"},
	{TDX_ONLY, {TDX_FIELD(4), 4, 209}, "its length is 209 bytes, but 6 sections need 208"},
	{TDX_ONLY, {TDX_FIELD(8), 4, 0}, "TDX metadata has version 0"},
	{TDX_ONLY, {TDX_FIELD(12), 4, 1}, "1 sections instead of 2 to 64"},
	{TDX_ONLY, {TDX_SECTION(5, 24), 4, 4}, "section 5 of the image's TDX metadata has type 4"},
	{TDX_ONLY, {TDX_SECTION(4, 24), 4, 3}, "no section for the TD HOB"},
	{TDX_ONLY,
         {TDX_SECTION(2, 8), 8, 0x810100},
         "(temporary memory) is not one or more whole pages"},
	{TDX_ONLY, {TDX_SECTION(2, 16), 8, 0x10001}, "is not one or more whole pages"},
	{TDX_ONLY, {TDX_SECTION(4, 16), 8, 0}, "(TD HOB) is not one or more whole pages"},
	{TDX_ONLY, {TDX_SECTION(2, 16), 8, 0x7ffffffff000}, "more than the 64 MiB"},
	{TDX_ONLY,
         {TDX_SECTION(2, 16), 8, UINT64_C(0xfffffffffffff000)},
         "reaches past the guest's memory"},
	{TDX_ONLY, {TDX_SECTION(2, 8), 8, UINT64_C(0xffffffff0000)}, NULL}, /* up to 2^48 */
	{TDX_ONLY,
         {TDX_SECTION(2, 8), 8, UINT64_C(0xffffffff1000)},
         "reaches past the guest's memory"},
	{TDX_ONLY,
         {TDX_SECTION(2, 8), 8, UINT64_C(0xfffffffffffff000)},
         "reaches past the guest's memory"},
	{TDX_ONLY,
         {TDX_SECTION(1, 4), 4, 0x3000},
         "(configuration firmware volume) has 12288 bytes of data for 0x4000"},
	{TDX_ONLY, {TDX_SECTION(0, 4), 4, 0}, "(boot firmware volume) has 0 bytes of data"},
	{TDX_ONLY, {TDX_SECTION(4, 4), 4, 0x2000}, "(TD HOB) has 8192 bytes of data"},
	{TDX_ONLY,
         {TDX_SECTION(0, 0), 4, 0x4001},
         "(boot firmware volume) ends at byte 0x10001, past the image's end"},
	{TDX_ONLY,
         {TDX_SECTION(0, 0), 4, 0xffffffff},
         "ends at byte 0x10000bfff, past the image's end"},
};

static void test_refusals(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refusals); i++) {
		FIRMWARE firmware = make_firmware(&both);
		patch(&firmware, &refusals[i].patch);
		expect_refused(&firmware, refusals[i].what == NULL ? 0 : refusals[i].tees,
		               refusals[i].what);
	}
}

static void test_sizes(void **state)
{
	(void)state;
	static const uint8_t nothing[1];
	struct lsec_firmware firmware = {"f", nothing, 0};
	expect_refused(&firmware, BOTH, "is empty; use OVMF.amdsev.fd");
	firmware.size = 0x11000;
	expect_refused(&firmware, BOTH, "has 69632 bytes, but QEMU");
	firmware.size = LSEC_MAX_FIRMWARE + 65536;
	expect_refused(&firmware, BOTH, "has 16842752 bytes, more than the 16777216");
}

/* What an image of one TEE lacks for the other. */
static void test_one_tee(void **state)
{
	(void)state;
	FIRMWARE snp = make_firmware(&without_hashes);
	FIRMWARE tdx = make_firmware(&measured_hob);
	FIRMWARE none = make_firmware(&neither);
	expect_refused(&snp, LSEC_TEE_TDX, "has no TDX metadata");
	expect_refused(&tdx, LSEC_TEE_SEV_SNP, "has no SEV metadata");
	expect_refused(&none, BOTH, "metadata, so no ");
}

/* Many sections, each within its limit, are too much together. */
static void test_total(void **state)
{
	(void)state;
	uint32_t sev[64][3];
	struct tdx_row tdx[64];
	struct firmware_parts parts = both;
	for (size_t i = 0; i < COUNT(sev); i++) {
		const uint32_t row[3] = {(uint32_t)i << 26, i < 4 ? LSEC_MAX_SECTION : 0, 1};
		memcpy(sev[i], row, sizeof(row));
		tdx[i] = (struct tdx_row){0, 0, (uint64_t)i << 26, 0x400000, i == 0 ? 2 : 3, 0};
	}
	parts.sev = (const uint32_t(*)[3])sev;
	parts.sev_count = COUNT(sev);
	parts.tdx = tdx;
	parts.tdx_count = COUNT(tdx);
	FIRMWARE fits = make_firmware(&parts);
	expect_refused(&fits, 0, NULL);
	sev[63][1] = 0x1000;
	tdx[63].size += 0x1000;
	FIRMWARE large = make_firmware(&parts);
	expect_refused(&large, BOTH, "0x10001000 bytes together, more than the 256 MiB");
}

/* What is read, and what is not minded. */
static void test_read(void **state)
{
	(void)state;
	FIRMWARE firmware = make_firmware(&odd);
	const struct lsec_image snp = read_image(&firmware, LSEC_TEE_SEV_SNP);
	assert_int_equal(snp.ap_address, 0xfffe1234);
	assert_int_equal(snp.hash_place, LSEC_HASH_PLACE_FITS);
	assert_int_equal(snp.hash_offset, 0x80);
	assert_int_equal(snp.section_count, 5);
	assert_int_equal(snp.sections[2].address, 0x700000);
	assert_int_equal(snp.sections[2].type, 0x42);
	const struct lsec_image tdx = read_image(&firmware, LSEC_TEE_TDX);
	assert_int_equal(tdx.section_count, 6);
	assert_int_equal(tdx.sections[5].data, 0x8000);
	assert_int_equal(tdx.sections[5].address, 0xfffe8000);
	assert_int_equal(tdx.sections[5].size, 0x18000);
	assert_int_equal(tdx.sections[5].attributes, 1);
	/* SEV metadata may be longer than its sections; the table may begin with bytes that are too
	 * few for an entry. */
	patch(&firmware, &(struct patch){SEV_AT - 4, 4, SEV_AT});
	size_t length = lsec_little_endian(firmware.bytes + firmware.size - TABLE_LENGTH, 2);
	patch(&firmware, &(struct patch){TABLE_LENGTH, 2, length + 17});
	expect_refused(&firmware, 0, NULL);
}

/* Of two entries with one GUID, the one that is nearer to the end counts. */
static void test_twice(void **state)
{
	(void)state;
	struct firmware_parts parts = both;
	parts.entries = "hrrst";
	FIRMWARE firmware = make_firmware(&parts);
	patch(&firmware, &(struct patch){138, 4, 0x1111});
	assert_int_equal(read_image(&firmware, LSEC_TEE_SEV_SNP).ap_address, 0x80b004);
	patch(&firmware, &(struct patch){116, 4, 0x2222});
	assert_int_equal(read_image(&firmware, LSEC_TEE_SEV_SNP).ap_address, 0x2222);
}

/* A digest or a refusal, whatever the bytes; returns whether there is a digest. */
static bool measure(const struct lsec_firmware *firmware, enum lsec_tee tee,
                    struct lsec_measurement *ret)
{
	static const struct lsec_snp_inputs inputs = {.vcpus = 1, .vmsa_features = 1};
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_image image;
	if (lsec_image_parse(firmware, tee, &image, &problems) < 0) {
		assert_int_equal(problems.count, 1);
		assert_false(problems.failed);
		return false;
	}
	if (tee == LSEC_TEE_TDX)
		lsec_measure_tdx(&image, ret);
	else
		*ret = measure_snp(&image, &inputs);
	return true;
}

/* No prefix of an image is one. Of most of them no byte is looked at, so none has to be there. */
static void test_prefixes(void **state)
{
	(void)state;
	FIRMWARE firmware = make_firmware(&odd);
	struct lsec_measurement measurement;
	for (size_t size = 0; size < firmware.size; size++) {
		bool loaded = size == 0x10000;
		uint8_t *bytes = malloc(loaded ? size : 1);
		assert_non_null(bytes);
		if (loaded)
			memcpy(bytes, firmware.bytes, size);
		const struct lsec_firmware prefix = {"prefix", bytes, size};
		assert_false(measure(&prefix, LSEC_TEE_SEV_SNP, &measurement));
		assert_false(measure(&prefix, LSEC_TEE_TDX, &measurement));
		free(bytes);
	}
}

/* Whether a byte belongs to a table, and all its values are tried. */
static bool in_tables(size_t from_end)
{
	return from_end <= 160 || (from_end <= SEV_AT && from_end > SEV_AT - 112) ||
	       (from_end <= TDX_AT && from_end > TDX_AT - 224);
}

/* One byte of all: no change is without effect where the byte is measured. */
static void test_changes(void **state)
{
	(void)state;
	static const uint8_t changes[] = {0x01, 0x80, 0xff};
	FIRMWARE firmware = make_firmware(&both);
	uint8_t *bytes = lsec_unconst(firmware.bytes);
	struct lsec_measurement own[LSEC_TEES];
	struct lsec_measurement changed;
	for (size_t tee = 0; tee < LSEC_TEES; tee++)
		assert_true(measure(&firmware, lsec_tee_at(tee), &own[tee]));
	for (size_t at = 0; at < firmware.size; at += in_tables(firmware.size - at) ? 1 : 41)
		for (size_t i = 0; i < LSEC_TEES * COUNT(changes); i++) {
			size_t tee = i % LSEC_TEES;
			bool counts = lsec_tee_at(tee) == LSEC_TEE_SEV_SNP || at >= 0x4000;
			bytes[at] ^= changes[i / LSEC_TEES];
			if (measure(&firmware, lsec_tee_at(tee), &changed))
				assert_int_equal(memcmp(&own[tee], &changed, sizeof(changed)) != 0,
				                 counts);
			bytes[at] ^= changes[i / LSEC_TEES];
		}
}

/* All values of each byte of the tables are taken or refused. */
static void test_values(void **state)
{
	(void)state;
	FIRMWARE firmware = make_firmware(&both);
	uint8_t *bytes = lsec_unconst(firmware.bytes);
	for (size_t at = 0; at < firmware.size; at++) {
		if (!in_tables(firmware.size - at))
			continue;
		for (unsigned i = 0; i < LSEC_TEES * 256; i++) {
			struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
			struct lsec_image image;
			const uint8_t own = bytes[at];
			bytes[at] = (uint8_t)(i / LSEC_TEES);
			int status = lsec_image_parse(&firmware, lsec_tee_at(i % LSEC_TEES), &image,
			                              &problems);
			assert_int_equal(problems.count, status < 0 ? 1 : 0);
			bytes[at] = own;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusals), cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_one_tee),  cmocka_unit_test(test_total),
		cmocka_unit_test(test_read),     cmocka_unit_test(test_twice),
		cmocka_unit_test(test_prefixes), cmocka_unit_test(test_changes),
		cmocka_unit_test(test_values),
	};
	return cmocka_run_group_tests_name("image", tests, NULL, NULL);
}
