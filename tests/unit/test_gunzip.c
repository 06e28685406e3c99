/* SPDX-License-Identifier: Apache-2.0 */
#include "base/gunzip.h"

#include <zlib.h>

#include "support.h"

/* Packs `len` bytes as gzip does; the length of it. */
static size_t pack(const char *bytes, size_t len, char *ret, size_t room)
{
	z_stream stream = {0};
	assert_int_equal(
		deflateInit2(&stream, 9, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
	stream.next_in = lsec_unconst(bytes);
	stream.avail_in = (uInt)len;
	stream.next_out = (Bytef *)ret;
	stream.avail_out = (uInt)room;
	assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
	deflateEnd(&stream);
	return room - stream.avail_out;
}

static void taken(const char *gzip, size_t len, size_t longest, const char *want, size_t want_len)
{
	cleanup_buffer struct lsec_buffer unpacked = {0};
	struct lsec_problems problems = {0};
	assert_true(lsec_is_gzip(gzip, len));
	assert_int_equal(
		lsec_gunzip("here", (struct lsec_span){gzip, len}, longest, &unpacked, &problems),
		0);
	expect_none(&problems);
	assert_int_equal(unpacked.len, want_len);
	if (want_len > 0)
		assert_memory_equal(unpacked.bytes, want, want_len);
}

static void not_taken(const char *gzip, size_t len, size_t longest, const char *why)
{
	cleanup_buffer struct lsec_buffer unpacked = {0};
	struct lsec_problems problems = {0};
	/* In room of its own, so that a sanitizer sees what reads too far. */
	char *bytes = malloc(len + 1);
	assert_non_null(bytes);
	memcpy(bytes + 1, gzip, len);
	assert_int_equal(lsec_gunzip("here", (struct lsec_span){bytes + 1, len}, longest, &unpacked,
	                             &problems),
	                 -1);
	free(bytes);
	expect_problem(&problems, "here", why);
	assert_null(unpacked.bytes);
	assert_int_equal(unpacked.len, 0);
}

static void test_begins_as_gzip(void **state)
{
	(void)state;
	assert_true(lsec_is_gzip("\x1f\x8b", 2));
	assert_true(lsec_is_gzip("\x1f\x8b\x08", 3));
	assert_false(lsec_is_gzip("\x1f\x8b", 1));
	assert_false(lsec_is_gzip("", 0));
	assert_false(lsec_is_gzip(NULL, 0));
	assert_false(lsec_is_gzip("\x1f\x8c", 2));
	assert_false(lsec_is_gzip("\x1e\x8b", 2));
	assert_false(lsec_is_gzip("\x8b\x1f", 2));
	assert_false(lsec_is_gzip("\x78\x9c", 2)); /* zlib's own format */
}

static void test_good(void **state)
{
	(void)state;
	char gzip[4096];
	static const char text[] = "a text\0with a NUL\n";
	size_t len = pack(text, sizeof(text), gzip, sizeof(gzip));
	taken(gzip, len, 100, text, sizeof(text));
	len = pack("", 0, gzip, sizeof(gzip));
	taken(gzip, len, 100, "", 0);
	taken(gzip, len, 0, "", 0);
	/* With a name, a comment and a check of the header (RFC 1952 2.3). */
	static const char named[] = "\x1f\x8b\x08\x18\x01\x02\x03\x04\x02\x03name\0comment\0"
				    "\x4b\x04\x00\x43\xbe\xb7\xe8\x01\x00\x00";
	taken(named, sizeof(named), 100, "a", 1);
}

/* As many bytes as are taken, and one more, around the size of a chunk, too. */
static void test_limit(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 2, 16383, 16384, 16385, 32768, 100000};
	char gzip[4096];
	for (size_t i = 0; i < COUNT(sizes); i++) {
		char *text = repeat('x', sizes[i]);
		size_t len = pack(text, sizes[i], gzip, sizeof(gzip));
		char why[80];
		taken(gzip, len, sizes[i], text, sizes[i]);
		taken(gzip, len, sizes[i] + 1, text, sizes[i]);
		snprintf(why, sizeof(why), "the gzip data unpacks to more than %zu bytes",
		         sizes[i] - 1);
		not_taken(gzip, len, sizes[i] - 1, why);
		free(text);
	}
}

/* 64 MiB in 64 KB: not much more than the limit is ever unpacked. */
static void test_bomb(void **state)
{
	(void)state;
	enum { MIB = 1 << 20 };
	char *gzip = malloc(MIB);
	char *zeros = calloc(64, MIB);
	assert_non_null(gzip);
	assert_non_null(zeros);
	size_t len = pack(zeros, (size_t)64 * MIB, gzip, MIB);
	free(zeros);
	not_taken(gzip, len, MIB, "the gzip data unpacks to more than 1048576 bytes");
	/* Whatever is wrong behind it. */
	not_taken(gzip, len / 2, MIB, "the gzip data unpacks to more than 1048576 bytes");
	free(gzip);
}

static void test_damaged(void **state)
{
	(void)state;
	static const char why[] =
		"the gzip data is damaged or incomplete; pack the document again: gzip -n -c FILE | base64 -w0";
	char gzip[4096];
	char text[1000];
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (char)('a' + i * i % 23);
	size_t len = pack(text, sizeof(text), gzip, sizeof(gzip));
	for (size_t cut = 0; cut < len; cut++)
		not_taken(gzip, cut, 1000, why);
	/* Whichever bit changes, it is refused, or the text is what it was: there are bits that
	 * say nothing, in the header and behind the last code. The check sum and the length do. */
	for (size_t bit = 0; bit < len * 8; bit++) {
		cleanup_buffer struct lsec_buffer unpacked = {0};
		struct lsec_problems problems = {0};
		gzip[bit / 8] = (char)(gzip[bit / 8] ^ 1 << bit % 8);
		int status = lsec_gunzip("here", (struct lsec_span){gzip, len}, 1000, &unpacked,
		                         &problems);
		gzip[bit / 8] = (char)(gzip[bit / 8] ^ 1 << bit % 8);
		if (status == 0)
			assert_true(unpacked.len == sizeof(text) &&
			            memcmp(unpacked.bytes, text, sizeof(text)) == 0);
		else
			assert_int_equal(problems.count, 1);
		if (bit < 24 || bit >= 8 * (len - 8))
			assert_int_equal(status, -1);
		lsec_problems_clear(&problems);
	}
	taken(gzip, len, 1000, text, sizeof(text));
	/* zlib's own format, and none. */
	not_taken("\x78\x9c\x4b\x04\x00\x00\x62\x00\x62", 9, 1000, why);
	not_taken("\x4b\x04\x00", 3, 1000, why);
}

static void test_behind(void **state)
{
	(void)state;
	char gzip[4096];
	size_t len = pack("x", 1, gzip, sizeof(gzip));
	gzip[len] = '\n';
	not_taken(gzip, len + 1, 100, "1 bytes follow the gzip data; remove them");
	memset(gzip + len, 0, 512);
	not_taken(gzip, len + 512, 100, "512 bytes follow the gzip data");
	/* Another member, which gunzip would add. */
	memcpy(gzip + len, gzip, len);
	char why[80];
	snprintf(why, sizeof(why), "%zu bytes follow the gzip data", len);
	not_taken(gzip, 2 * len, 100, why);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_begins_as_gzip), cmocka_unit_test(test_good),
		cmocka_unit_test(test_limit),          cmocka_unit_test(test_bomb),
		cmocka_unit_test(test_damaged),        cmocka_unit_test(test_behind),
	};
	return cmocka_run_group_tests_name("gunzip", tests, NULL, NULL);
}
