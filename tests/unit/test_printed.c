/* SPDX-License-Identifier: Apache-2.0 */
#include "base/printed.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "support.h"

/* The SHA-256 of "abc" (FIPS 180-2, B.1). */
static const uint8_t value[32] = {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                                  0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                                  0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};

#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define BASE64 "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0"

static const char *const same[] = {
	HEX,
	"BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
	"0x" HEX,
	"0X" HEX,
	"hex:" HEX,
	"hex:0x" HEX,
	"sha256:" HEX,
	"\"" HEX "\"",
	" '0x" HEX "'\n",
	"ba 78 16 bf 8f 01 cf ea 41 41 40 de 5d ae 22 23 b0 03 61 a3 96 17 7a 9c b4 10 ff 61 f2 00 15 ad",
	"BA:78:16:BF:8F:01:CF:EA:41:41:40:DE:5D:AE:22:23:B0:03:61:A3:96:17:7A:9C:B4:10:FF:61:F2:00:15:AD",
	"ba-78-16-bf-8f-01-cf-ea-41-41-40-de-5d-ae-22-23-b0-03-61-a3-96-17-7a-9c-b4-10-ff-61-f2-00-15-ad",
	"\nBA 78 16 BF 8F 01 CF EA 41 41 40 DE 5D AE 22 23 \r\n"
	"B0 03 61 A3 96 17 7A 9C B4 10 FF 61 F2 00 15 AD \r\n",
	"ba7816bf 8f01cfea 414140de 5dae2223 b00361a3 96177a9c b410ff61 f20015ad",
	"ba78 16bf 8f01 cfea 4141 40de 5dae 2223 b003 61a3 9617 7a9c b410 ff61 f200 15ad",
	"78ba bf16 018f eacf 4141 de40 ae5d 2322 03b0 a361 1796 9c7a 10b4 61ff 00f2 ad15",
	"0xba, 0x78, 0x16, 0xbf, 0x8f, 0x1, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x3, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x0, 0x15, 0xad",
	"{0xba,0x78,0x16,0xbf,0x8f,0x01,0xcf,0xea,0x41,0x41,0x40,0xde,0x5d,0xae,0x22,0x23,0xb0,0x03,0x61,0xa3,0x96,0x17,0x7a,0x9c,0xb4,0x10,0xff,0x61,0xf2,0x00,0x15,0xad};",
	"[ba, 78, 16, bf, 8f, 1, cf, ea, 41, 41, 40, de, 5d, ae, 22, 23, b0, 3, 61, a3, 96, 17, 7a, 9c, b4, 10, ff, 61, f2, 0, 15, ad]",
	"\\xba\\x78\\x16\\xbf\\x8f\\x01\\xcf\\xea\\x41\\x41\\x40\\xde\\x5d\\xae\\x22\\x23\\xb0\\x03"
	"\\x61\\xa3\\x96\\x17\\x7a\\x9c\\xb4\\x10\\xff\\x61\\xf2\\x00\\x15\\xad",
	/* xxd, hexdump -C, hexdump, od -t x1, od -A x -t x1z, od -x */
	"00000000: ba78 16bf 8f01 cfea 4141 40de 5dae 2223  .x......AA@.].\"#\n"
	"00000010: b003 61a3 9617 7a9c b410 ff61 f200 15ad  ..a...z....a....\n",
	"00000000  ba 78 16 bf 8f 01 cf ea  41 41 40 de 5d ae 22 23  |.x......AA@.].\"#|\n"
	"00000010  b0 03 61 a3 96 17 7a 9c  b4 10 ff 61 f2 00 15 ad  |..a...z....a....|\n"
	"00000020\n",
	"0000000 78ba bf16 018f eacf 4141 de40 ae5d 2322\n"
	"0000010 03b0 a361 1796 9c7a 10b4 61ff 00f2 ad15\n0000020\n",
	"0000000 ba 78 16 bf 8f 01 cf ea 41 41 40 de 5d ae 22 23\n"
	"0000020 b0 03 61 a3 96 17 7a 9c b4 10 ff 61 f2 00 15 ad\n0000040\n",
	"000000 ba 78 16 bf 8f 01 cf ea 41 41 40 de 5d ae 22 23  >.x......AA@.].\"#<\n"
	"000010 b0 03 61 a3 96 17 7a 9c b4 10 ff 61 f2 00 15 ad  >..a...z....a....<\n000020\n",
	"[186, 120, 22, 191, 143, 1, 207, 234, 65, 65, 64, 222, 93, 174, 34, 35, 176, 3, 97, 163, 150, 23, 122, 156, 180, 16, 255, 97, 242, 0, 21, 173]",
	"[186 120 22 191 143 1 207 234 65 65 64 222 93 174 34 35 176 3 97 163 150 23 122 156 180 16 255 97 242 0 21 173]",
	"[\n  186,\n  120,\n  22,\n  191,\n  143,\n  1,\n  207,\n  234,\n  65,\n  65,\n  64,\n  222,\n"
	"  93,\n  174,\n  34,\n  35,\n  176,\n  3,\n  97,\n  163,\n  150,\n  23,\n  122,\n  156,\n"
	"  180,\n  16,\n  255,\n  97,\n  242,\n  0,\n  21,\n  173\n]",
	"186,120,22,191,143,1,207,234,65,65,64,222,93,174,34,35,176,3,97,163,150,23,122,156,180,16,255,97,242,0,21,173",
	BASE64 "=",
	BASE64,
	"base64:" BASE64 "=",
	"sha256-" BASE64 "=",
	"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0",
	"ungWv48Bz-pBQUDeXa4iI7ADYaOWF3qctBD_YfIAFa0=",
	"ungWv48Bz+pBQUDeXa4iI7AD\nYaOWF3qctBD/YfIAFa0=\n",
};

static void test_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		if (lsec_printed_compare(same[i], value, 32) != LSEC_PRINTED_SAME)
			fail_msg("not read: %s", same[i]);
	}
}

/* Each form with one bit of the value changed is another value, not an unknown form. */
static void test_other(void **state)
{
	(void)state;
	for (size_t byte = 0; byte < 32; byte++) {
		uint8_t other[32];
		memcpy(other, value, 32);
		other[byte] ^= 0x10;
		for (size_t i = 0; i < COUNT(same); i++)
			assert_int_equal(lsec_printed_compare(same[i], other, 32),
			                 LSEC_PRINTED_OTHER);
	}
}

static void test_unknown(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		" ",
		"hex:",
		"0x",
		"hello",
		"digest",
		/* Too short or too long by a digit, a byte, a group. */
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015",
		"base64:" HEX,
		"hex:" BASE64 "=",
		"hex:[186, 120]",
		HEX "00",
		HEX "0",
		"0x0x" HEX,
		"g" HEX,
		HEX "  owner.toml",
		"HOST DATA: " HEX,
		BASE64 "A",
		"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa",
		"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa1",
		"ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0.",
		"[186, 120, 22, 256, 143, 1, 207, 234, 65, 65, 64, 222, 93, 174, 34, 35, 176, 3, 97, 163, 150, 23, 122, 156, 180, 16, 255, 97, 242, 0, 21, 173]",
		"[186, 120, 22, 1910, 143, 1, 207, 234, 65, 65, 64, 222, 93, 174, 34, 35, 176, 3, 97, 163, 150, 23, 122, 156, 180, 16, 255, 97, 242, 0, 21, 173]",
		"[-186, 120]",
		"ba7 816 bf8 f01",
	};
	for (size_t i = 0; i < COUNT(texts); i++)
		if (lsec_printed_compare(texts[i], value, 32) != LSEC_PRINTED_UNKNOWN)
			fail_msg("read: %s", texts[i]);
}

/* 64 hex digits are 32 bytes, and 48 in base64; either may be meant. */
static void test_two_readings(void **state)
{
	(void)state;
	uint8_t bytes[48];
	assert_true(lsec_base64_decode(HEX, bytes, 48));
	assert_int_equal(lsec_printed_compare(HEX, bytes, 48), LSEC_PRINTED_SAME);
	bytes[0] ^= 1;
	assert_int_equal(lsec_printed_compare(HEX, bytes, 48), LSEC_PRINTED_OTHER);
	/* Numbers that are decimal or hex. */
	static const uint8_t decimal[] = {10, 20};
	static const uint8_t hex[] = {0x10, 0x20};
	assert_int_equal(lsec_printed_compare("[10, 20]", decimal, 2), LSEC_PRINTED_SAME);
	assert_int_equal(lsec_printed_compare("[10, 20]", hex, 2), LSEC_PRINTED_SAME);
}

/* The bytes of the first reading. */
static void test_read(void **state)
{
	(void)state;
	uint8_t bytes[48] = {0};
	assert_true(lsec_printed_read("0xba:78:16", bytes, 3));
	assert_memory_equal(bytes, "\xba\x78\x16\0", 4);
	assert_true(lsec_printed_read("[186, 120]", bytes, 2));
	assert_memory_equal(bytes, "\xba\x78", 2);
	assert_true(lsec_printed_read(HEX, bytes, 32));
	assert_memory_equal(bytes, value, 32);
	assert_true(lsec_printed_read(HEX, bytes, 48));
	assert_true(lsec_printed_read("base64:" BASE64 "=", bytes, 32));
	assert_memory_equal(bytes, value, 32);
	assert_false(lsec_printed_read(HEX, bytes, 33));
	assert_false(lsec_printed_read("no value", bytes, 8));
	assert_memory_equal(bytes, value, 32);
}

/* Sizes from nothing to more than there is room for. */
static void test_sizes(void **state)
{
	(void)state;
	for (size_t size = 1; size <= LSEC_LONGEST_PRINTED + 2; size++) {
		uint8_t bytes[LSEC_LONGEST_PRINTED + 2];
		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)(i * 7 + size);
		struct lsec_buffer hex = {0};
		for (size_t i = 0; i < size; i++)
			lsec_buffer_format(&hex, "%02X", bytes[i]);
		char *base64 = lsec_base64_encode(bytes, size);
		enum lsec_printed want =
			size <= LSEC_LONGEST_PRINTED ? LSEC_PRINTED_SAME : LSEC_PRINTED_UNKNOWN;
		assert_int_equal(lsec_printed_compare(hex.bytes, bytes, size), want);
		assert_int_equal(lsec_printed_compare(base64, bytes, size), want);
		base64[strcspn(base64, "=")] = '\0';
		assert_int_equal(lsec_printed_compare(base64, bytes, size), want);
		free(base64);
		lsec_buffer_clear(&hex);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same),    cmocka_unit_test(test_other),
		cmocka_unit_test(test_unknown), cmocka_unit_test(test_two_readings),
		cmocka_unit_test(test_sizes),   cmocka_unit_test(test_read),
	};
	return cmocka_run_group_tests_name("printed", tests, NULL, NULL);
}
