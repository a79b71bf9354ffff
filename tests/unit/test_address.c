/* SPDX-License-Identifier: GPL-2.0-only */
/* IP addresses of both families: reading, comparing, printing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/address.h"

static struct address ip(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

/* What is read is printed the same way, RFC 5952's for IPv6. */
static void test_text(void **state)
{
	static const char *const texts[][2] = {
		{"192.0.2.1", "192.0.2.1"},
		{"0.0.0.0", "0.0.0.0"},
		{"::", "::"},
		{"2001:DB8:0:0::0:1", "2001:db8::1"},
		{"64:ff9b::192.0.2.1", "64:ff9b::c000:201"},
		{"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
	};
	static const char *const wrong[] = {
		"",	       "192.0.2",     "192.0.2.256", "2001:db8::1%eth0",
		"2001:db8::/64", "2001:db8:::1", "lac",	     "1",
	};
	struct address untouched = ip("192.0.2.1");

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_string_equal(address_text(ip(texts[i][0])), texts[i][1]);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(address_parse(wrong[i], &untouched), -EINVAL);
	assert_true(address_same(untouched, ip("192.0.2.1")));
	assert_string_equal(address_text((struct address){0}), "-");
}

/* A log line may name four. */
static void test_four_texts(void **state)
{
	const char *a = address_text(ip("2001:db8::1"));
	const char *b = address_text(ip("192.0.2.2"));
	const char *c = address_text(ip("192.0.2.3"));
	const char *d = address_text(ip("192.0.2.4"));

	(void)state;
	assert_string_equal(a, "2001:db8::1");
	assert_string_equal(b, "192.0.2.2");
	assert_string_equal(c, "192.0.2.3");
	assert_string_equal(d, "192.0.2.4");
}

static void test_compare(void **state)
{
	struct address v4 = ip("192.0.2.1"), v6 = ip("c000:201::");
	struct address same = address_of_ip4(v4.ip4);

	(void)state;
	/* the same octets are not the same address in the other family */
	assert_memory_equal(v4.octets, v6.octets, 4);
	assert_false(address_same(v4, v6));
	assert_true(address_same(v4, same));
	assert_memory_equal(&v4, &same, sizeof(v4));
	assert_true(address_same(v6, address_of_ip6(v6.ip6)));
	assert_false(address_same(v6, ip("c000:201::1")));
	assert_true(address_same((struct address){0}, (struct address){0}));
	assert_int_equal(address_size(&v4), 4);
	assert_int_equal(address_size(&v6), 16);
	assert_int_equal(address_size(&(struct address){.family = 1}), 0);
}

static void test_kinds(void **state)
{
	(void)state;
	assert_true(address_is_zero(ip("::")));
	assert_true(address_is_zero(ip("0.0.0.0")));
	assert_true(address_is_zero((struct address){0}));
	assert_false(address_is_zero(ip("::1")));
	assert_false(address_is_zero(ip("0.0.0.1")));
	assert_true(address_is_link_local6(ip("fe80::1")));
	assert_true(address_is_link_local6(ip("febf::1")));
	assert_false(address_is_link_local6(ip("fec0::1")));
	/* the same octets in front */
	assert_false(address_is_link_local6(ip("254.128.0.1")));
}

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern; /* "" = none */
		const char *address;
		bool covered;
	} rows[] = {
		{"", "192.0.2.1", true},
		{"", "2001:db8::1", true},
		{"0.0.0.0", "192.0.2.1", true},
		{"0.0.0.0", "2001:db8::1", false},
		{"::", "2001:db8::1", true},
		{"::", "192.0.2.1", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "c000:201::", false},
		{"2001:db8::1", "2001:db8::1", true},
		{"2001:db8::1", "2001:db8::2", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct address pattern = {0};

		if (rows[i].pattern[0])
			pattern = ip(rows[i].pattern);
		assert_int_equal(address_covers(pattern, ip(rows[i].address)),
				 rows[i].covered);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_four_texts),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_patterns),
	};

	return cmocka_run_group_tests_name("address", tests, NULL, NULL);
}
