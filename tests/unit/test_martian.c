/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses that no router forwards: the borders of each block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "martian.h"

static void test_ip4(void **state)
{
	static const struct {
		const char *text;
		bool source, destination;
	} rows[] = {
		{"0.0.0.0", true, true},
		{"0.255.255.255", true, true},
		{"1.0.0.0", false, false},
		{"126.255.255.255", false, false},
		{"127.0.0.0", true, true},
		{"127.255.255.255", true, true},
		{"128.0.0.0", false, false},
		{"223.255.255.255", false, false},
		{"224.0.0.0", true, true},
		{"239.255.255.255", true, true},
		{"240.0.0.0", true, false},
		{"255.255.255.254", true, false},
		{"255.255.255.255", true, true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct in_addr at;
		uint32_t address;

		assert_int_equal(inet_pton(AF_INET, rows[i].text, &at), 1);
		address = ntohl(at.s_addr);
		if (martian4_source(address) != rows[i].source ||
		    martian4_destination(address) != rows[i].destination)
			fail_msg("%s", rows[i].text);
	}
}

/* The quick question is never wrong about an address that is none. */
static void test_octet(void **state)
{
	(void)state;
	for (uint32_t first = 0; first < 256; first++) {
		bool any = false;

		for (uint32_t rest = 0; rest < 1 << 24; rest += 0xffff)
			any |= martian4_source(first << 24 | rest) ||
			       martian4_destination(first << 24 | rest);
		assert_int_equal(martian4_octet((uint8_t)first), any);
	}
}

static uint64_t half(const uint8_t *at)
{
	uint64_t out = 0;

	for (int i = 0; i < 8; i++)
		out = out << 8 | at[i];
	return out;
}

static void test_ip6(void **state)
{
	static const struct {
		const char *text;
		bool martian;
	} rows[] = {
		{"::", true},
		{"::1", true},
		{"::2", false},
		{"::1:0:0", false},
		{"::fffe:ffff:ffff", false},
		{"::ffff:0.0.0.0", true},
		{"::ffff:255.255.255.255", true},
		{"::1:0:0:0", false},
		{"0:0:0:1::", false},
		{"2001:db8::1", false},
		{"fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
		{"fe80::", true},
		{"febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
		{"fec0::", false},
		{"feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", false},
		{"ff00::", true},
		{"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t at[16];

		assert_int_equal(inet_pton(AF_INET6, rows[i].text, at), 1);
		if (martian6(half(at), half(at + 8)) != rows[i].martian)
			fail_msg("%s", rows[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ip4),
		cmocka_unit_test(test_octet),
		cmocka_unit_test(test_ip6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
