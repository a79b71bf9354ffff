/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts with places: what is one, what is wrong, and where it is cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/places.h"

static const char *const names[] = {"port", "vlan", "inner-vlan"};
static const char *const values[] = {"eth0", "", "a value with {port} in it"};
static const struct places places = {names, values, 3};

static void test_check(void **state)
{
	static const struct {
		const char *text;
		const char *wrong; /* NULL: nothing */
		size_t at;
	} rows[] = {
		{"", NULL, 0},
		{"plain", NULL, 0},
		{"{port}", NULL, 0},
		{"a{port}b{inner-vlan}{vlan}", NULL, 0},
		{"a{ports}", "no such place", 1},
		{"{port}{por}", "no such place", 6},
		{"{}", "no such place", 0},
		{"{{port}}", "no such place", 0},
		{"{ port}", "no such place", 0},
		{"{PORT}", "no such place", 0},
		{"x{port", "an opening brace without a closing one", 1},
		{"{port}{", "an opening brace without a closing one", 6},
		{"{port}}", "a closing brace without an opening one", 6},
		{"}", "a closing brace without an opening one", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *at = rows[i].text;
		const char *wrong = places_check(rows[i].text, &places, &at);

		if (!rows[i].wrong) {
			assert_null(wrong);
			continue;
		}
		assert_string_equal(wrong, rows[i].wrong);
		assert_int_equal(at - rows[i].text, rows[i].at);
	}
}

static void test_fill(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"plain", "plain"},
		{"{port}", "eth0"},
		{"{port}.{vlan}/{port}", "eth0./eth0"},
		{"<{inner-vlan}>", "<a value with {port} in it>"},
		/* nobody should ask for these */
		{"a{port}b}c", "aeth0b"},
		{"a{nothing}c", "a"},
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t len = places_fill(rows[i][0], &places, out, sizeof(out));

		assert_string_equal(out, rows[i][1]);
		assert_int_equal(len, strlen(out));
	}
}

static void test_cut(void **state)
{
	const char whole[] = "ab-eth0-c";
	char out[16];

	(void)state;
	for (size_t cap = 1; cap <= sizeof(out); cap++) {
		size_t want = cap - 1 < strlen(whole) ? cap - 1 : strlen(whole);

		memset(out, 'x', sizeof(out));
		assert_int_equal(places_fill("ab-{port}-c", &places, out, cap),
				 want);
		assert_memory_equal(out, whole, want);
		assert_int_equal(out[want], 0);
		for (size_t i = cap; i < sizeof(out); i++)
			assert_int_equal(out[i], 'x');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check),
		cmocka_unit_test(test_fill),
		cmocka_unit_test(test_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
