/* SPDX-License-Identifier: Apache-2.0 */
#include "transport/message.h"

#include "support.h"

#define ANY SIZE_MAX /* no limit */

static enum lsec_message_fault add(struct lsec_message *message, size_t longest, const void *bytes,
                                   size_t len)
{
	return lsec_message_add(message, longest, bytes, len);
}

/* A framed message of `len` bytes that count upwards, to be freed. */
static uint8_t *framed(size_t len)
{
	uint8_t *ret = malloc(LSEC_MESSAGE_PREFIX + len);
	assert_non_null(ret);
	lsec_message_prefix(ret, (uint32_t)len);
	for (size_t i = 0; i < len; i++)
		ret[LSEC_MESSAGE_PREFIX + i] = (uint8_t)i;
	return ret;
}

static void expect_whole(struct lsec_message *message, const uint8_t *frame, size_t len)
{
	assert_true(lsec_message_begun(message));
	assert_true(lsec_message_whole(message));
	assert_int_equal(message->want, len);
	assert_int_equal(message->bytes.len, len);
	if (len > 0)
		assert_memory_equal(message->bytes.bytes, frame + LSEC_MESSAGE_PREFIX, len);
	lsec_buffer_clear(&message->bytes);
}

/* In pieces of every size, with `begun` and `whole` at the right time. */
static void test_pieces(void **state)
{
	(void)state;
	static const size_t lengths[] = {0, 1, 2, 7, 255, 256, 600};
	for (size_t i = 0; i < COUNT(lengths); i++) {
		size_t all = LSEC_MESSAGE_PREFIX + lengths[i];
		uint8_t *frame = framed(lengths[i]);
		for (size_t piece = 1; piece <= all; piece++) {
			struct lsec_message message = {0};
			for (size_t at = 0; at < all; at += piece) {
				size_t len = all - at < piece ? all - at : piece;
				assert_int_equal(lsec_message_begun(&message),
				                 at >= LSEC_MESSAGE_PREFIX);
				assert_false(lsec_message_whole(&message));
				assert_int_equal(add(&message, lengths[i], frame + at, len),
				                 LSEC_MESSAGE_FINE);
			}
			expect_whole(&message, frame, lengths[i]);
		}
		free(frame);
	}
}

/* Cut in three at every two places, empty pieces too. */
static void test_splits(void **state)
{
	(void)state;
	enum { LEN = 9, ALL = LSEC_MESSAGE_PREFIX + LEN };
	uint8_t *frame = framed(LEN);
	for (size_t a = 0; a <= ALL; a++)
		for (size_t b = a; b <= ALL; b++) {
			struct lsec_message message = {0};
			assert_int_equal(add(&message, LEN, frame, a), LSEC_MESSAGE_FINE);
			assert_int_equal(add(&message, LEN, frame + a, b - a), LSEC_MESSAGE_FINE);
			assert_int_equal(add(&message, LEN, frame + b, ALL - b), LSEC_MESSAGE_FINE);
			expect_whole(&message, frame, LEN);
		}
	free(frame);
}

static void test_faults(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t len, longest;
		enum lsec_message_fault fault;
	} cases[] = {
		{"\x01\0\0\0\0", 5, ANY, LSEC_MESSAGE_COMPRESSED},
		{"\x01\xff\xff\xff\xff", 5, 1, LSEC_MESSAGE_COMPRESSED},
		{"\x02\0\0\0\0", 5, ANY, LSEC_MESSAGE_BAD_FLAG},
		{"\x80\0\0\0\0", 5, ANY, LSEC_MESSAGE_BAD_FLAG},
		{"\xff\xff\xff\xff\xff", 5, 1, LSEC_MESSAGE_BAD_FLAG},
		{"PRI *", 5, ANY, LSEC_MESSAGE_BAD_FLAG},
		{"\0\0\0\0\x0b", 5, 10, LSEC_MESSAGE_TOO_LARGE},
		{"\0\0\0\0\x01", 5, 0, LSEC_MESSAGE_TOO_LARGE},
		{"\0\x01\0\0\0", 5, 0xffffff, LSEC_MESSAGE_TOO_LARGE},
		{"\0\xff\xff\xff\xff", 5, 0xfffffffe, LSEC_MESSAGE_TOO_LARGE},
		{"\0\0\0\0\0x", 6, ANY, LSEC_MESSAGE_SECOND},
		{"\0\0\0\0\x01xy", 7, ANY, LSEC_MESSAGE_SECOND},
		{"\0\0\0\0\0\0\0\0\0\0", 10, ANY, LSEC_MESSAGE_SECOND},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		/* At once, and byte by byte: told by the last one. */
		struct lsec_message message = {0};
		assert_int_equal(add(&message, cases[i].longest, cases[i].bytes, cases[i].len),
		                 cases[i].fault);
		lsec_buffer_clear(&message.bytes);
		message = (struct lsec_message){0};
		enum lsec_message_fault fault = LSEC_MESSAGE_FINE;
		for (size_t at = 0; at < cases[i].len && fault == LSEC_MESSAGE_FINE; at++)
			fault = add(&message, cases[i].longest, cases[i].bytes + at, 1);
		assert_int_equal(fault, cases[i].fault);
		lsec_buffer_clear(&message.bytes);
	}
}

static void test_second_piece(void **state)
{
	(void)state;
	struct lsec_message message = {0};
	assert_int_equal(add(&message, ANY,
	                     "\0\0\0\0\x02"
	                     "ab",
	                     7),
	                 LSEC_MESSAGE_FINE);
	assert_int_equal(add(&message, ANY, "", 0), LSEC_MESSAGE_FINE);
	assert_true(lsec_message_whole(&message));
	assert_int_equal(add(&message, ANY, "c", 1), LSEC_MESSAGE_SECOND);
	assert_string_equal(message.bytes.bytes, "ab");
	lsec_buffer_clear(&message.bytes);
}

/* The limit itself is taken. */
static void test_limit(void **state)
{
	(void)state;
	for (size_t len = 0; len < 300; len++) {
		uint8_t *frame = framed(len);
		struct lsec_message message = {0};
		assert_int_equal(add(&message, len, frame, LSEC_MESSAGE_PREFIX + len),
		                 LSEC_MESSAGE_FINE);
		expect_whole(&message, frame, len);
		if (len > 0) {
			message = (struct lsec_message){0};
			assert_int_equal(add(&message, len - 1, frame, LSEC_MESSAGE_PREFIX + len),
			                 LSEC_MESSAGE_TOO_LARGE);
			assert_null(message.bytes.bytes);
		}
		free(frame);
	}
}

/* Announced is not arrived: no memory for that. */
static void test_announced(void **state)
{
	(void)state;
	struct lsec_message message = {0};
	assert_int_equal(add(&message, ANY,
	                     "\0\xff\xff\xff\xff"
	                     "abc",
	                     8),
	                 LSEC_MESSAGE_FINE);
	assert_true(message.want == UINT32_MAX);
	assert_true(lsec_message_begun(&message));
	assert_false(lsec_message_whole(&message));
	assert_int_equal(message.bytes.len, 3);
	assert_true(message.bytes.room < 4096);
	lsec_buffer_clear(&message.bytes);
	message = (struct lsec_message){0};
	assert_int_equal(add(&message, LSEC_MAX_MESSAGE, "\0\xff\xff\xff\xff", 5),
	                 LSEC_MESSAGE_TOO_LARGE);
	assert_true(message.want == UINT32_MAX);
	assert_null(message.bytes.bytes);
}

static void test_prefix(void **state)
{
	(void)state;
	static const struct {
		uint32_t len;
		const char *bytes;
	} cases[] = {
		{0, "\0\0\0\0\0"},
		{1, "\0\0\0\0\x01"},
		{255, "\0\0\0\0\xff"},
		{256, "\0\0\0\x01\0"},
		{65536, "\0\0\x01\0\0"},
		{0x12345678, "\0\x12\x34\x56\x78"},
		{UINT32_MAX, "\0\xff\xff\xff\xff"},
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		uint8_t got[LSEC_MESSAGE_PREFIX];
		memset(got, 0xee, sizeof(got));
		lsec_message_prefix(got, cases[i].len);
		assert_memory_equal(got, cases[i].bytes, sizeof(got));
		struct lsec_message message = {0};
		assert_int_equal(add(&message, ANY, got, sizeof(got)), LSEC_MESSAGE_FINE);
		assert_true(message.want == cases[i].len);
		assert_int_equal(lsec_message_whole(&message), cases[i].len == 0);
		lsec_buffer_clear(&message.bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces), cmocka_unit_test(test_splits),
		cmocka_unit_test(test_faults), cmocka_unit_test(test_second_piece),
		cmocka_unit_test(test_limit),  cmocka_unit_test(test_announced),
		cmocka_unit_test(test_prefix),
	};
	return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
