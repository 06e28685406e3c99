/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pool.h"

#include "launchsec/memory.h"
#include "support.h"

#define ROOM 4096

/* Whether memory is out of the pool. It never is where a sanitizer watches malloc(). */
static bool is_inside(const struct lsec_pool *pool, const void *memory)
{
	uintptr_t start = (uintptr_t)pool;
	return (uintptr_t)memory >= start && (uintptr_t)memory < start + ROOM + 64;
}

static bool pools_work(struct lsec_pool *pool)
{
	lsec_pool_enter(pool);
	void *memory = lsec_pool_allocate(1);
	bool inside = is_inside(pool, memory);
	lsec_pool_release(memory);
	lsec_pool_leave();
	return inside;
}

static void fill(void *memory, size_t size, unsigned char with)
{
	assert_non_null(memory);
	assert_int_equal((uintptr_t)memory % _Alignof(max_align_t), 0);
	memset(memory, with, size);
}

static void expect_filled(const unsigned char *memory, size_t size, unsigned char with)
{
	for (size_t i = 0; i < size; i++)
		assert_int_equal(memory[i], with);
}

/* Blocks of all sizes, more than there is room for; none lies in another. */
static void test_blocks(void **state)
{
	(void)state;
	enum { BLOCKS = 120 };
	struct lsec_pool *pool = lsec_pool_new(ROOM);
	bool works = pools_work(pool);
	for (size_t round = 0; round < 3; round++) {
		unsigned char *blocks[BLOCKS];
		size_t inside = 0;
		lsec_pool_enter(pool);
		for (size_t i = 0; i < BLOCKS; i++) {
			blocks[i] = lsec_pool_allocate(i + 1);
			fill(blocks[i], i + 1, (unsigned char)i);
			inside += is_inside(pool, blocks[i]);
		}
		assert_true(works ? inside > 20 && inside < BLOCKS : inside == 0);
		for (size_t i = 0; i < BLOCKS; i++)
			expect_filled(blocks[i], i + 1, (unsigned char)i);
		for (size_t i = 0; i < BLOCKS; i++)
			lsec_pool_release(blocks[i * 37 % BLOCKS]);
		lsec_pool_leave();
	}
	lsec_pool_free(pool);
}

/* What is given back last is there again at once; without that, growing texts fill it. */
static void test_last(void **state)
{
	(void)state;
	struct lsec_pool *pool = lsec_pool_new(ROOM);
	bool works = pools_work(pool);
	lsec_pool_enter(pool);
	unsigned char *first = lsec_pool_allocate(10);
	for (size_t i = 0; i < 1000; i++) {
		void *memory = lsec_pool_allocate(2000);
		assert_int_equal(is_inside(pool, memory), works);
		lsec_pool_release(memory);
	}
	fill(first, 10, 7);
	for (size_t size = 11; size < 3000; size++) {
		unsigned char *grown = lsec_pool_resize(first, size);
		assert_true(!works || grown == first);
		expect_filled(grown, size - 1, 7);
		fill(grown, size, 7);
		first = grown;
	}
	lsec_pool_release(first);
	lsec_pool_leave();
	lsec_pool_free(pool);
}

/* A block that cannot grow where it is moves, into the pool or out of it. */
static void test_resize(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 16, 17, 100, 1500, ROOM, 3 * ROOM};
	for (size_t i = 0; i < COUNT(sizes); i++)
		for (size_t j = 0; j < COUNT(sizes); j++) {
			struct lsec_pool *pool = lsec_pool_new(ROOM);
			lsec_pool_enter(pool);
			size_t kept = sizes[i] < sizes[j] ? sizes[i] : sizes[j];
			unsigned char *memory = lsec_pool_resize(NULL, sizes[i]);
			fill(memory, sizes[i], 1);
			unsigned char *behind = lsec_pool_allocate(32);
			fill(behind, 32, 2);
			memory = lsec_pool_resize(memory, sizes[j]);
			expect_filled(memory, kept, 1);
			fill(memory, sizes[j], 3);
			expect_filled(behind, 32, 2);
			lsec_pool_release(behind);
			lsec_pool_release(memory);
			lsec_pool_leave();
			lsec_pool_free(pool);
		}
}

/* Blocks of malloc() are told from the pool's, in it and behind it. */
static void test_outside(void **state)
{
	(void)state;
	struct lsec_pool *pool = lsec_pool_new(ROOM);
	void *before = lsec_pool_allocate(100);
	assert_false(is_inside(pool, before));
	lsec_pool_enter(pool);
	void *inside = lsec_pool_allocate(100);
	before = lsec_pool_resize(before, 200);
	assert_false(is_inside(pool, before));
	lsec_pool_release(before);
	lsec_pool_leave();
	lsec_pool_release(inside); /* too late, but no harm */
	void *after = lsec_pool_allocate(100);
	assert_false(is_inside(pool, after));
	lsec_pool_release(after);
	lsec_pool_release(NULL);
	lsec_pool_free(pool);
	lsec_pool_enter(NULL);
	after = lsec_pool_allocate(100);
	fill(after, 100, 1);
	lsec_pool_release(after);
	lsec_pool_leave();
	lsec_pool_leave(); /* again is fine */
	lsec_pool_free(NULL);
}

/* Sizes that cannot be. */
static void test_too_large(void **state)
{
	(void)state;
	struct lsec_pool *pool = lsec_pool_new(ROOM);
	if (!pools_work(pool)) {
		lsec_pool_free(pool); /* sanitizers end the process for such sizes */
		return;
	}
	lsec_pool_enter(pool);
	const volatile size_t huge[] = {SIZE_MAX, SIZE_MAX - 1, SIZE_MAX - 31, SIZE_MAX / 2 + 1};
	for (size_t i = 0; i < COUNT(huge); i++) {
		assert_null(lsec_pool_allocate(huge[i]));
		void *memory = lsec_pool_allocate(16);
		fill(memory, 16, 5);
		assert_null(lsec_pool_resize(memory, huge[i]));
		expect_filled(memory, 16, 5);
		lsec_pool_release(memory);
	}
	lsec_pool_leave();
	lsec_pool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks),    cmocka_unit_test(test_last),
		cmocka_unit_test(test_resize),    cmocka_unit_test(test_outside),
		cmocka_unit_test(test_too_large),
	};
	return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
