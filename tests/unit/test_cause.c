/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Causes in every protocol's words, a second time: typed from RFC 2661 4.4.2,
 * RFC 3145 and the mapping that was agreed, not from cause.c.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "switch/cause.h"

struct row {
	enum cause cause;
	const char *name;
	int result, error; /* CDN */
	int code, protocol, direction; /* AVP 46; code -1 = none */
	const char *padt; /* Generic-Error */
};

static const struct row rows[] = {
	/* the user's own end */
	{CAUSE_USER_TERMINATE, "user-terminate", 3, 0, 3, 0, 1, ""},
	{CAUSE_USER_PADT, "user-padt", 1, 0, -1, 0, 0, ""},
	{CAUSE_ECHO_TIMEOUT, "echo-timeout", 3, 0, 8, 0xc021, 0, ""},
	{CAUSE_ACCESS_DOWN, "access-down", 1, 0, -1, 0, 0, ""},
	{CAUSE_ACCESS_MOVED, "access-moved", 1, 0, -1, 0, 0, ""},
	/* PPP did not come up */
	{CAUSE_LCP_FAILED, "lcp-failed", 3, 0, 5, 0xc021, 0, ""},
	{CAUSE_AUTH_FAILED, "auth-failed", 3, 0, 16, 0xc223, 1, ""},
	{CAUSE_AUTH_TIMEOUT, "auth-timeout", 3, 0, 13, 0xc223, 0, ""},
	{CAUSE_NCP_FAILED, "ncp-failed", 3, 0, 18, 0, 0, ""},
	{CAUSE_ADDRESS_FAILED, "address-failed", 3, 0, 19, 0x8021, 1, ""},
	{CAUSE_NO_ADDRESS, "no-address", 3, 0, 20, 0x8021, 2, ""},
	{CAUSE_ADDRESS_IN_USE, "address-in-use", 3, 0, 20, 0x8021, 2, ""},
	/* by what the operator said of second sessions */
	{CAUSE_SECOND_SESSION, "second-session", 3, 0, 1, 0, 0, ""},
	{CAUSE_REPLACED, "replaced", 3, 0, 1, 0, 0, ""},
	/* an operator */
	{CAUSE_ADMIN, "admin", 3, 0, 1, 0, 0, ""},
	/* a switch that cannot go on: temporarily no facilities */
	{CAUSE_NO_DOMAIN, "no-domain", 4, 0, -1, 0, 0, ""},
	{CAUSE_REFUSED, "refused", 4, 0, -1, 0, 0, ""},
	{CAUSE_NO_TUNNEL, "no-tunnel", 4, 0, -1, 0, 0, ""},
	{CAUSE_NO_RESOURCES, "no-resources", 4, 0, -1, 0, 0,
	 "out of resources"},
	/* the other leg */
	{CAUSE_PEER_CDN, "peer-cdn", 3, 0, -1, 0, 0, ""},
	{CAUSE_TUNNEL_DOWN, "tunnel-down", 1, 0, -1, 0, 0, ""},
	{CAUSE_SETUP_TIMEOUT, "setup-timeout", 10, 0, -1, 0, 0, ""},
	{CAUSE_PROTOCOL, "protocol-error", 2, 6, -1, 0, 0, ""},
	{CAUSE_INTERNAL, "internal", 2, 6, 0, 0, 0, "internal error"},
};

static void test_table(void **state)
{
	(void)state;
	assert_int_equal(sizeof(rows) / sizeof(*rows), CAUSES - 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *row = &rows[i];
		struct l2tp_result result = cause_result(row->cause);

		assert_string_equal(cause_name(row->cause), row->name);
		if (result.result != row->result || result.error != row->error)
			fail_msg("%s: CDN %u/%u", row->name, result.result,
				 result.error);
		assert_int_equal(result.text[0] != 0, row->error != 0);
		assert_false(result.q931.set);
		assert_int_equal(result.cause.set, row->code >= 0);
		if (result.cause.set &&
		    (result.cause.code != row->code ||
		     result.cause.protocol != row->protocol ||
		     result.cause.direction != row->direction))
			fail_msg("%s: AVP 46 %u, %04x, %u", row->name,
				 result.cause.code, result.cause.protocol,
				 result.cause.direction);
		assert_string_equal(cause_padt_error(row->cause), row->padt);
	}
}

/* What a person reads is there, and said once. */
static void test_texts(void **state)
{
	(void)state;
	for (int i = 0; i < CAUSES; i++) {
		assert_true(strlen(cause_text(i)) > 5);
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(cause_name(i), cause_name(j));
			assert_string_not_equal(cause_text(i), cause_text(j));
		}
	}
}

static void test_ppp(void **state)
{
	static const struct {
		enum ppp_end_reason reason;
		enum cause cause;
	} ends[] = {
		{PPP_END_USER, CAUSE_USER_TERMINATE},
		{PPP_END_ADMIN, CAUSE_ADMIN},
		{PPP_END_LCP_TIMEOUT, CAUSE_LCP_FAILED},
		{PPP_END_LOOPBACK, CAUSE_LCP_FAILED},
		{PPP_END_ECHO, CAUSE_ECHO_TIMEOUT},
		{PPP_END_AUTH_PROTOCOL, CAUSE_LCP_FAILED},
		{PPP_END_AUTH_TIMEOUT, CAUSE_AUTH_TIMEOUT},
		{PPP_END_AUTH_FAILED, CAUSE_AUTH_FAILED},
		{PPP_END_NCP_TIMEOUT, CAUSE_NCP_FAILED},
		{PPP_END_NO_NCP, CAUSE_NCP_FAILED},
		{PPP_END_ADDRESS, CAUSE_ADDRESS_FAILED},
		{PPP_END_PROTOCOL, CAUSE_LCP_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++)
		assert_int_equal(cause_of_ppp(ends[i].reason), ends[i].cause);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_ppp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
