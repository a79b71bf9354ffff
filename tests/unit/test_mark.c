/* SPDX-License-Identifier: GPL-2.0-only */
/* Traffic classes read, written and combined. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "proto/mark.h"

static uint16_t sum4(const uint8_t *at)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < 20; i += 2)
		sum += i == 10 ? 0 : (uint32_t)(at[i] << 8 | at[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void packet_make(uint8_t *at, uint8_t version, uint8_t class)
{
	for (size_t i = 0; i < 60; i++)
		at[i] = (uint8_t)(i * 29 + 3);
	if (version == 6) {
		at[0] = (uint8_t)(0x60 | class >> 4);
		at[1] = (uint8_t)(class << 4 | 0x0b);
		return;
	}
	at[0] = 0x45;
	at[1] = class;
	at[10] = (uint8_t)(sum4(at) >> 8);
	at[11] = (uint8_t)sum4(at);
}

/* From each class to each other one; nothing else but the sum changes. */
static void test_write(void **state)
{
	static const uint8_t versions[] = {4, 6};
	uint8_t have[60], want[60];

	(void)state;
	for (unsigned int i = 0; i < 2 * 65536; i++) {
		struct builder b = {have, 60, 60, false};
		uint8_t class = (uint8_t)(i >> 9);

		packet_make(have, versions[i & 1], (uint8_t)(i >> 1));
		packet_make(want, versions[i & 1], class);
		assert_int_equal(mark_read(builder_view(&b)),
				 (uint8_t)(i >> 1));
		mark_write(&b, class);
		assert_memory_equal(have, want, sizeof(have));
		assert_int_equal(mark_read(builder_view(&b)), class);
	}
}

/* Cut, or of neither version. */
static void test_left_alone(void **state)
{
	uint8_t have[60], before[60];

	(void)state;
	for (uint8_t version = 0; version < 16; version++) {
		size_t whole = version == 4 || version == 6 ? 20 : 61;

		for (size_t len = 0; len <= 60 && len < whole; len++) {
			struct builder b = {have, len, len, false};

			packet_make(have, 4, 0);
			have[0] = (uint8_t)(version << 4 | 5);
			memcpy(before, have, sizeof(have));
			assert_false(mark_fits(builder_view(&b)));
			mark_write(&b, 0xb8);
			assert_memory_equal(have, before, sizeof(have));
			assert_false(b.full);
		}
	}
	assert_int_equal(mark_read(view_of(before, 1)), 0);
}

/* The table of RFC 6040 section 4.2. */
static void test_ecn(void **state)
{
	static const int table[4][4] = {
		/* outer: Not-ECT, ECT(1), ECT(0), CE */
		{0, 0, 0, -1},
		{1, 1, 1, 3},
		{2, 1, 2, 3},
		{3, 3, 3, 3},
	};

	(void)state;
	for (uint8_t i = 0; i < 4; i++)
		for (uint8_t o = 0; o < 4; o++)
			assert_int_equal(mark_ecn_leave(0xb8 | i, 0x28 | o),
					 table[i][o]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_left_alone),
		cmocka_unit_test(test_ecn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
