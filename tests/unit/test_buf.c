/* SPDX-License-Identifier: GPL-2.0-only */
/* Bounds-checked reading and building: what does not fit leaves no trace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"

static const uint8_t counting[15] = {1, 2,  3,	4,  5,	6,  7, 8,
				     9, 10, 11, 12, 13, 14, 15};

static void test_read_integers(void **state)
{
	struct reader r = reader_of(counting, sizeof(counting));
	uint8_t a;
	uint16_t b;
	uint32_t c;
	uint64_t d;

	(void)state;
	assert_int_equal(read_u8(&r, &a), 0);
	assert_int_equal(read_u16(&r, &b), 0);
	assert_int_equal(read_u32(&r, &c), 0);
	assert_int_equal(read_u64(&r, &d), 0);
	assert_int_equal(a, 0x01);
	assert_int_equal(b, 0x0203);
	assert_int_equal(c, 0x04050607);
	assert_true(d == 0x08090A0B0C0D0E0Full);
	assert_int_equal(r.left, 0);
}

/* One octet short: an error, and neither reader nor output has changed. */
static void test_read_short(void **state)
{
	uint8_t a = 0xEE;
	uint16_t b = 0xEEEE;
	uint32_t c = 0xEEEEEEEE;
	uint64_t d = 0xEEEEEEEEEEEEEEEE;
	uint8_t bytes[4] = {9, 9, 9, 9};
	struct view v = {bytes, 4};

	(void)state;
	for (size_t left = 0; left < 8; left++) {
		uint8_t *exact = calloc(1, left ? left : 1);
		struct reader r = reader_of(exact, left);

		if (left < 1)
			assert_int_equal(read_u8(&r, &a), -EBADMSG);
		if (left < 2)
			assert_int_equal(read_u16(&r, &b), -EBADMSG);
		if (left < 4)
			assert_int_equal(read_u32(&r, &c), -EBADMSG);
		if (left < 4)
			assert_int_equal(read_bytes(&r, bytes, 4), -EBADMSG);
		assert_int_equal(read_u64(&r, &d), -EBADMSG);
		assert_int_equal(read_view(&r, left + 1, &v), -EBADMSG);
		assert_int_equal(read_view(&r, SIZE_MAX, &v), -EBADMSG);
		assert_int_equal(read_skip(&r, left + 1), -EBADMSG);
		assert_ptr_equal(r.at, exact);
		assert_int_equal(r.left, left);
		free(exact);
	}
	assert_true(a == 0xEE && b == 0xEEEE && c == 0xEEEEEEEE &&
		    d == 0xEEEEEEEEEEEEEEEE);
	assert_true(v.data == bytes && v.len == 4 && bytes[0] == 9);
}

static void test_read_parts(void **state)
{
	struct reader r = reader_of_view(VIEW(counting));
	uint8_t bytes[3];
	struct view v;

	(void)state;
	assert_int_equal(read_skip(&r, 2), 0);
	assert_int_equal(read_bytes(&r, bytes, 3), 0);
	assert_memory_equal(bytes, counting + 2, 3);
	assert_int_equal(read_view(&r, 4, &v), 0);
	assert_ptr_equal(v.data, counting + 5);
	assert_int_equal(v.len, 4);
	assert_int_equal(read_view(&r, 0, &v), 0);
	assert_int_equal(v.len, 0);
	v = read_rest(&r);
	assert_ptr_equal(v.data, counting + 9);
	assert_int_equal(v.len, 6);
	assert_int_equal(read_rest(&r).len, 0);
	assert_int_equal(read_bytes(&r, bytes, 0), 0);
}

/* Nothing at all is a view as well. */
static void test_empty(void **state)
{
	struct view none = view_of(NULL, 0);
	struct reader r = reader_of_view(none);

	(void)state;
	assert_int_equal(read_rest(&r).len, 0);
	assert_true(view_equal(none, view_text("")));
	assert_true(view_equal_secret(none, view_text("")));
	assert_false(view_equal(none, view_text("a")));
}

static void test_equal(void **state)
{
	bool (*const equal[])(struct view, struct view) = {view_equal,
							   view_equal_secret};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		assert_true(equal[i](view_text("abc"), view_text("abc")));
		assert_false(equal[i](view_text("abc"), view_text("abd")));
		assert_false(equal[i](view_text("abc"), view_text("xbc")));
		assert_false(equal[i](view_text("abc"), view_text("ab")));
		assert_false(equal[i](view_text("ab"), view_text("abc")));
	}
}

static void test_print(void **state)
{
	char out[16];

	(void)state;
	assert_string_equal(
		view_print(view_of("a\n\\\x7f", 4), out, sizeof(out)),
		"a\\x0a\\x5c\\x7f");
	/* an escape is written whole or not at all */
	assert_string_equal(view_print(view_text("abcdefghijk\n"), out, 15),
			    "abcdefghijk");
	assert_string_equal(view_print(view_text("abcdefghijk\n"), out, 16),
			    "abcdefghijk\\x0a");
	assert_string_equal(view_print(view_text("abc"), out, 1), "");
	assert_string_equal(view_print(view_text("abc"), out, 3), "ab");
	view_print(view_text("abc"), NULL, 0);
}

static void test_build(void **state)
{
	uint8_t room[32];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	build_u8(&b, 1);
	build_u16(&b, 0x0203);
	build_u32(&b, 0x04050607);
	build_u64(&b, 0x08090A0B0C0D0E0F);
	assert_true(view_equal(builder_view(&b), VIEW(counting)));
	build_bytes(&b, "xy", 2);
	build_view(&b, view_text("z"));
	build_view(&b, view_of(NULL, 0));
	build_zeros(&b, 2);
	assert_memory_equal(room + 15, "xyz\0\0", 5);
	build_patch_u16(&b, 0, 0xAABB);
	build_patch_u8(&b, 19, 0xCC);
	assert_memory_equal(room, "\xAA\xBB\x03", 3);
	assert_int_equal(room[19], 0xCC);
	assert_int_equal(b.len, 20);
	assert_false(b.full);
}

/* What does not fit builds nothing, and nothing after it either. */
static void test_build_full(void **state)
{
	uint8_t *room = malloc(5);
	struct builder b = builder_on(room, 5);

	(void)state;
	memset(room, 9, 5);
	build_u32(&b, 1);
	build_u16(&b, 2);
	assert_true(b.full);
	assert_int_equal(b.len, 4);
	build_u8(&b, 3);
	assert_int_equal(b.len, 4);
	assert_int_equal(room[4], 9);
	build_patch_u8(&b, 0, 7);
	assert_int_equal(room[0], 0);
	free(room);
}

static void test_build_huge(void **state)
{
	uint8_t room[4];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	build_u8(&b, 1);
	build_zeros(&b, SIZE_MAX);
	assert_true(b.full);
	assert_int_equal(b.len, 1);
}

/* Only what was built can be patched. */
static void test_patch_outside(void **state)
{
	uint8_t room[8] = {0};
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	build_u16(&b, 1);
	build_patch_u16(&b, 1, 0xFFFF);
	assert_true(b.full);
	assert_int_equal(room[2], 0);
	b = builder_on(room, sizeof(room));
	build_patch_u8(&b, 0, 0xFF);
	assert_true(b.full);
}

static void test_bytes(void **state)
{
	BYTES(4) name = {.len = 0};

	(void)state;
	assert_int_equal(bytes_set(&name, view_text("abcd")), 0);
	assert_true(view_equal(bytes_view(&name), view_text("abcd")));
	assert_int_equal(bytes_set(&name, view_text("abcde")), -EMSGSIZE);
	assert_true(view_equal(bytes_view(&name), view_text("abcd")));
	assert_int_equal(bytes_set(&name, view_of(NULL, 0)), 0);
	assert_int_equal(bytes_view(&name).len, 0);
}

/* Values of the FNV page; chaining is hashing all of it. */
static void test_hash(void **state)
{
	(void)state;
	assert_true(view_hash(view_text(""), 0) == 0xcbf29ce484222325ull);
	assert_true(view_hash(view_text("a"), 0) == 0xaf63dc4c8601ec8cull);
	assert_true(view_hash(view_text("foobar"), 0) == 0x85944171f73967e8ull);
	assert_true(view_hash(view_text("a"), 1) != view_hash(view_text("a"), 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read_integers),
		cmocka_unit_test(test_read_short),
		cmocka_unit_test(test_read_parts),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_print),
		cmocka_unit_test(test_build),
		cmocka_unit_test(test_build_full),
		cmocka_unit_test(test_build_huge),
		cmocka_unit_test(test_patch_outside),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_hash),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
