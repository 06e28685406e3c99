/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Small firmware images by rule, so that tests need no download: not bootable, only measurable.
 * What metadata does not need is filled with SHA-256 digests of "launchsec NAME" and a counter.
 * tests/measure/images.py makes the same ones.
 */
#ifndef LAUNCHSEC_TESTS_FIRMWARE_H
#define LAUNCHSEC_TESTS_FIRMWARE_H

#include "base/bytes.h"
#include "base/digest.h"
#include "launchsec/measure.h"
#include "support.h"

#define SEV_AT 0x3000 /* bytes before the image's end */
#define TDX_AT 0x2000

struct tdx_row {
	uint32_t data, raw_size;
	uint64_t address, size;
	uint32_t type, attributes;
};

struct firmware_parts {
	const char *name;
	size_t size;
	const uint32_t (*sev)[3]; /* address, size, type */
	size_t sev_count;
	const struct tdx_row *tdx;
	size_t tdx_count;
	uint32_t reset;
	uint32_t hashes[2]; /* address, size */
	/* The entries of the table, the last one first read: h hashes, r reset, s SEV, t TDX, and 0
	 * and 1 for entries that nobody reads. */
	const char *entries;
};

static const uint32_t usual_sev[][3] = {
	{0x800000, 0x9000, 1},    {0x80a000, 0x3000, 1}, {0x80d000, 0x1000, 2},
	{0x80e000, 0x1000, 3},    {0x80f000, 0x1000, 4}, {0x811000, 0x2000, 1},
	{0x810000, 0x1000, 0x10},
};
static const struct tdx_row usual_tdx[] = {
	{0x4000, 0xc000, 0xffff4000, 0xc000, 0, 1},
	{0, 0x4000, 0xffff0000, 0x4000, 1, 0},
	{0, 0, 0x810000, 0x10000, 3, 0},
	{0, 0, 0x80b000, 0x2000, 3, 0},
	{0, 0, 0x809000, 0x2000, 2, 0},
	{0, 0, 0x800000, 0x6000, 3, 0},
};
/* All in an unusual order: hashes over two pages, a type that nobody knows, no page at all. */
static const uint32_t odd_sev[][3] = {
	{0x810000, 0x2000, 0x10},
	{0x80e000, 0x1000, 3},
	{0x700000, 0x1000, 0x42},
	{0x80d000, 0x1000, 2},
	{0, 0, 1},
};
static const struct tdx_row odd_tdx[] = {
	{0, 0, 0x800000, 0x6000, 3, 0},        {0, 0, 0x809000, 0x2000, 2, 0},
	{0, 0, 0x80b000, 0x2000, 3, 0},        {0, 0, 0x810000, 0x10000, 3, 0},
	{0, 0x8000, 0xfffe0000, 0x8000, 1, 1}, {0x8000, 0x18000, 0xfffe8000, 0x18000, 0, 1},
};
/* The TD HOB's contents are measured, which are zeros. */
static const struct tdx_row hob_tdx[] = {
	{0x4000, 0xc000, 0xffff4000, 0xc000, 0, 1},
	{0, 0x4000, 0xffff0000, 0x4000, 1, 0},
	{0, 0, 0x810000, 0x10000, 3, 0},
	{0, 0, 0x80b000, 0x2000, 3, 0},
	{0, 0, 0x809000, 0x2000, 2, 1},
	{0, 0, 0x800000, 0x6000, 3, 0},
};

#define SEV(rows) .sev = (rows), .sev_count = COUNT(rows)
#define TDX(rows) .tdx = (rows), .tdx_count = COUNT(rows)
#define USUAL .reset = 0x80b004, .hashes = {0x810c00, 0x400}

static const struct firmware_parts both __attribute__((unused)) = {
	"both-64k", 0x10000, SEV(usual_sev), TDX(usual_tdx), USUAL, .entries = "hrst"};
static const struct firmware_parts odd
	__attribute__((unused)) = {"both-128k-odd",     0x20000,
                                   SEV(odd_sev),        TDX(odd_tdx),
                                   .reset = 0xfffe1234, .hashes = {0x810080, 0x800},
                                   .entries = "0th1sr"};
static const struct firmware_parts without_hashes __attribute__((unused)) = {
	"snp-no-hashes-64k", 0x10000, .sev = usual_sev, .sev_count = 6, USUAL, .entries = "rs"};
static const struct firmware_parts zero_hashes
	__attribute__((unused)) = {"snp-zero-hashes-64k", 0x10000,           .sev = usual_sev,
                                   .sev_count = 6,        .reset = 0x80b004, .entries = "hrs"};
static const struct firmware_parts measured_hob
	__attribute__((unused)) = {"tdx-hob-measured-64k", 0x10000, TDX(hob_tdx), .entries = "t"};
static const struct firmware_parts neither
	__attribute__((unused)) = {"neither-64k", 0x10000, USUAL, .entries = "hr"};

static inline void put_bytes(uint8_t **at, const void *bytes, size_t len)
{
	memcpy(*at, bytes, len);
	*at += len;
}

static inline void put_number(uint8_t **at, uint64_t number, size_t size)
{
	lsec_put_little_endian(number, *at, size);
	*at += size;
}

static inline void put_sev(const struct firmware_parts *parts, uint8_t *at)
{
	put_bytes(&at, "ASEV", 4);
	put_number(&at, 16 + 12 * parts->sev_count, 4);
	put_number(&at, 1, 4);
	put_number(&at, parts->sev_count, 4);
	for (size_t i = 0; i < parts->sev_count; i++)
		for (size_t k = 0; k < 3; k++)
			put_number(&at, parts->sev[i][k], 4);
}

static inline void put_tdx(const struct firmware_parts *parts, uint8_t *at)
{
	/* Before the metadata, for other readers. */
	memcpy(at - 16, "\xf3\xf9\xea\xe9\x8e\x16\xd5\x44\xa8\xeb\x7f\x4d\x87\x38\xf6\xae", 16);
	put_bytes(&at, "TDVF", 4);
	put_number(&at, 16 + 32 * parts->tdx_count, 4);
	put_number(&at, 1, 4);
	put_number(&at, parts->tdx_count, 4);
	for (size_t i = 0; i < parts->tdx_count; i++) {
		const struct tdx_row *row = &parts->tdx[i];
		put_number(&at, row->data, 4);
		put_number(&at, row->raw_size, 4);
		put_number(&at, row->address, 8);
		put_number(&at, row->size, 8);
		put_number(&at, row->type, 4);
		put_number(&at, row->attributes, 4);
	}
}

/* One entry of the table; returns its end. */
static inline uint8_t *put_entry(const struct firmware_parts *parts, char entry, uint8_t *at)
{
	static const struct {
		char letter;
		const char *guid; /* as the image has it */
	} guids[] = {
		{'h', "\x1f\x37\x55\x72\x3b\x3a\x04\x4b\x92\x7b\x1d\xa6\xef\xa8\xd4\x54"},
		{'r', "\xde\x71\xf7\x00\x7e\x1a\xcb\x4f\x89\x0e\x68\xc7\x7e\x2f\xb4\x4e"},
		{'s', "\x66\x65\x88\xdc\x4a\x98\x98\x47\xa7\x5e\x55\x85\xa7\xbf\x67\xcc"},
		{'t', "\x35\x65\x7a\xe4\x4a\x98\x98\x47\x86\x5e\x46\x85\xa7\xbf\x8e\xc2"},
		{'0', "\x7a\x0f\x1e\x5b\x00\x00\x00\x40\x80\x00\x00\x00\x00\x00\x00\x00"},
		{'1', "\x7a\x0f\x1e\x5b\x00\x00\x00\x40\x80\x00\x00\x00\x00\x00\x00\x01"},
	};
	const uint8_t *start = at;
	if (entry == 'h') {
		put_number(&at, parts->hashes[0], 4);
		put_number(&at, parts->hashes[1], 4);
	} else if (entry == '1') {
		put_bytes(&at, "123", 3);
	} else if (entry != '0') {
		put_number(&at, entry == 'r' ? parts->reset : entry == 's' ? SEV_AT : TDX_AT, 4);
	}
	put_number(&at, (size_t)(at - start) + 18, 2);
	for (size_t i = 0; i < COUNT(guids); i++)
		if (guids[i].letter == entry)
			put_bytes(&at, guids[i].guid, 16);
	return at;
}

static inline void put_table(const struct firmware_parts *parts, uint8_t *end)
{
	uint8_t table[256];
	uint8_t *at = table;
	for (const char *entry = parts->entries; *entry != '\0'; entry++)
		at = put_entry(parts, *entry, at);
	put_number(&at, (size_t)(at - table) + 18, 2);
	put_bytes(&at, "\xde\x82\xb5\x96\xb2\x1f\xf7\x45\xba\xea\xa3\x66\xc5\x5a\x08\x2d", 16);
	memcpy(end - (at - table), table, (size_t)(at - table));
}

static inline void fill(const char *name, uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size / 32; i++) {
		uint8_t counter[4];
		struct lsec_hasher hasher;
		lsec_put_little_endian(i, counter, 4);
		lsec_hasher_begin(&hasher, LSEC_SHA_256);
		lsec_hasher_add(&hasher, "launchsec ", 10);
		lsec_hasher_add(&hasher, name, strlen(name));
		lsec_hasher_add(&hasher, counter, 4);
		const struct lsec_digest digest = lsec_hasher_end(&hasher);
		memcpy(bytes + 32 * i, digest.bytes, 32);
	}
}

/* An image, with its bytes in memory of just that size, to be cleared. */
static inline struct lsec_firmware make_firmware(const struct firmware_parts *parts)
{
	uint8_t *bytes = malloc(parts->size);
	assert_non_null(bytes);
	fill(parts->name, bytes, parts->size);
	if (parts->sev_count > 0)
		put_sev(parts, bytes + parts->size - SEV_AT);
	if (parts->tdx_count > 0)
		put_tdx(parts, bytes + parts->size - TDX_AT);
	put_table(parts, bytes + parts->size - 32);
	return (struct lsec_firmware){parts->name, bytes, parts->size};
}

static inline void clear_firmware(struct lsec_firmware *firmware)
{
	free(lsec_unconst(firmware->bytes));
}
#define FIRMWARE LSEC_CLEANUP(clear_firmware) struct lsec_firmware

/* Reads an image that must be good. */
static inline struct lsec_image read_image(const struct lsec_firmware *firmware, enum lsec_tee tee)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_image image = {0};
	assert_int_equal(lsec_image_parse(firmware, tee, &image, &problems), 0);
	expect_none(&problems);
	return image;
}

static inline struct lsec_measurement measure_snp(const struct lsec_image *image,
                                                  const struct lsec_snp_inputs *inputs)
{
	struct lsec_problems problems LSEC_CLEANUP(lsec_problems_clear) = {0};
	struct lsec_measurement ret = {{0}};
	assert_int_equal(lsec_measure_snp(image, inputs, &ret, &problems), 0);
	expect_none(&problems);
	return ret;
}

static inline void expect_measurement(const struct lsec_measurement *measurement, const char *hex)
{
	assert_string_equal(lsec_measurement_text(measurement).text, hex);
}

#endif
