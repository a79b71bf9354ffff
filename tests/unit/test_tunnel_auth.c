/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnel authentication: who asks, who knows, what a liar is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"

struct auth {
	const char *name;
	const char *lac, *lns; /* secrets */
	bool lac_asks, lns_asks;
	bool lac_up, lns_up;
	uint16_t refusal; /* what the one who is refused is told */
	const char *text;
};

static const struct auth auths[] = {
	{"both ask", "s", "s", true, true, true, true, 0, ""},
	{"LAC asks", "s", "s", true, false, true, true, 0, ""},
	{"LNS asks", "s", "s", false, true, true, true, 0, ""},
	{"nobody asks", "s", "s", false, false, true, true, 0, ""},
	{"secret not needed", "s", "", false, false, true, true, 0, ""},
	{"wrong secret, both ask", "s", "t", true, true, false, false, 4,
	 "wrong challenge response"},
	{"wrong secret, LNS asks", "s", "t", false, true, true, false, 4,
	 "wrong challenge response"},
	{"LNS asks without a secret", "s", "", false, true, true, false, 4,
	 "no secret to check the peer with"},
	{"LNS has no secret", "s", "", true, false, false, false, 4,
	 "challenged, but no secret is configured"},
	{"LAC has no secret", "", "s", false, true, false, false, 4,
	 "challenged, but no secret is configured"},
};

static void test_auth(void **state)
{
	const struct auth *auth = *state;
	struct tunnel_config lac = pair_config(0x1234, "lac1", auth->lac);
	struct tunnel_config lns = pair_config(0x5678, "lns1", auth->lns);
	struct pair pair;

	lac.challenge = auth->lac_asks;
	lns.challenge = auth->lns_asks;
	pair_init(&pair, &lac, &lns);
	tunnel_start(pair.lac.tunnel, pair.now);
	pair_run(&pair);
	assert_int_equal(pair.lac.up, auth->lac_up);
	assert_int_equal(pair.lns.up, auth->lns_up);
	assert_int_equal(pair.lac.down, !!auth->refusal);
	assert_int_equal(pair.lns.down, !!auth->refusal);
	if (auth->refusal) {
		assert_int_equal(pair.lac.why.result, auth->refusal);
		assert_int_equal(pair.lns.why.result, auth->refusal);
		assert_string_equal(pair.lac.why.text, auth->text);
		assert_true((pair.lac.by == ENDED_BY_US) !=
			    (pair.lns.by == ENDED_BY_US));
		pair_pass(&pair, 40000);
		assert_int_equal(pair.lac.done, 1);
		assert_int_equal(pair.lns.done, 1);
	} else {
		assert_int_equal(tunnel_info(pair.lac.tunnel).authenticated,
				 auth->lac_asks);
		assert_int_equal(tunnel_info(pair.lns.tunnel).authenticated,
				 auth->lns_asks);
	}
	pair_fini(&pair);
}

static const struct farewell unauthorised = {
	.type = L2TP_STOPCCN,
	.tunnel = 0x1234,
	.ns = 1,
	.nr = 2,
	.own = 0x5678,
	.result = STOPCCN_UNAUTHORISED,
};

/* Rows 28 and 29: SCCCN with a wrong, a missing and a short response. */
static void test_scccn_responses(void **state)
{
	static const struct {
		const char *hex;
		uint16_t result, error;
		const char *text;
	} rows[] = {
		{"c802 002a 5678 0000 0001 0001 8008 0000 0000 0003"
		 "8016 0000 000d 1008604b6937a9deab745c5133a2e5c9",
		 4, 0, "wrong challenge response"},
		/* the right one of SCCRP reflected: the id octet differs */
		{"c802 002a 5678 0000 0001 0001 8008 0000 0000 0003"
		 "8016 0000 000d f3950b3b1d98558c8da2238b042c6735",
		 4, 0, "wrong challenge response"},
		{"c802 0014 5678 0000 0001 0001 8008 0000 0000 0003", 4, 0,
		 "no challenge response"},
		{"c802 0029 5678 0000 0001 0001 8008 0000 0000 0003"
		 "8015 0000 000d 1008604b6937a9deab745c5133a2e5",
		 2, 2, "AVP 0/13 bad length"},
		/* short with M=0: as if it were not there */
		{"c802 0029 5678 0000 0001 0001 8008 0000 0000 0003"
		 "0015 0000 000d 1008604b6937a9deab745c5133a2e5",
		 4, 0, "no challenge response"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct farewell want = unauthorised;
		struct solo solo;

		solo_init(&solo, SOLO_WAIT_CTL_CONN, "l2tpsecret");
		solo_input(&solo, rows[i].hex);
		want.result = rows[i].result;
		want.error = rows[i].error;
		want.text = rows[i].text;
		assert_farewell(&solo.side, &want);
		assert_int_equal(solo.side.up, 0);
		assert_int_equal(solo.side.down, 1);
		/* no call is possible now */
		solo_input(&solo, "c802 0026 5678 0000 0002 0002"
				  "8008 0000 0000 000a 8008 0000 000e 0a01"
				  "800a 0000 000f 00000001");
		assert_null(solo.side.icrq);
		solo_fini(&solo);
	}
}

#define SCCRP                                                             \
	"8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003" \
	"800a 0000 0007 6c6e7331 8008 0000 0009 5678"
#define RIGHT "8016 0000 000d f3950b3b1d98558c8da2238b042c6735"

static void test_sccrp_responses(void **state)
{
	static const struct {
		const char *hex;
		uint16_t result, error;
		const char *text;
	} rows[] = {
		{"c802 0038 1234 0000 0000 0001" SCCRP, 4, 0,
		 "no challenge response"},
		{"c802 004e 1234 0000 0000 0001" SCCRP
		 "8016 0000 000d f3950b3b1d98558c8da2238b042c6736",
		 4, 0, "wrong challenge response"},
		{"c802 004d 1234 0000 0000 0001" SCCRP
		 "8015 0000 000d f3950b3b1d98558c8da2238b042c67",
		 2, 2, "AVP 0/13 bad length"},
		/* our own challenge, sent back to have us answer it */
		{"c802 0064 1234 0000 0000 0001" SCCRP RIGHT
		 "8016 0000 000b 000102030405060708090a0b0c0d0e0f",
		 4, 0, "challenge is our own"},
		{"c802 0034 1234 0000 0000 0001 8008 0000 0000 0002"
		 "8008 0000 0002 0100 800a 0000 0003 00000003"
		 "8006 0000 0007 8008 0000 0009 5678",
		 2, 2, "AVP 0/7 bad length"},
		{"c802 002e 1234 0000 0000 0001 8008 0000 0000 0002"
		 "8008 0000 0002 0100 800a 0000 0003 00000003"
		 "8008 0000 0009 5678",
		 2, 6, "missing AVP 7"},
		{"c802 004e 1234 0000 0000 0001 8008 0000 0000 0002"
		 "8008 0000 0002 0200 800a 0000 0003 00000003"
		 "800a 0000 0007 6c6e7331 8008 0000 0009 5678" RIGHT,
		 5, 0x0100, "protocol version"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct dialer d;

		dialer_init(&d, "l2tpsecret");
		dialer_input(&d, rows[i].hex);
		assert_int_equal(d.side.up, 0);
		assert_int_equal(d.side.down, 1);
		assert_int_equal(d.side.by, ENDED_BY_US);
		assert_int_equal(d.side.why.result, rows[i].result);
		assert_int_equal(d.side.why.error, rows[i].error);
		assert_string_equal(d.side.why.text, rows[i].text);
		assert_int_equal(d.side.out_count, 1);
		assert_int_equal(tunnel_info(d.side.tunnel).state,
				 TUNNEL_CLOSING);
		side_fini(&d.side);
	}
}

static void test_sccrp_good(void **state)
{
	struct dialer d;

	(void)state;
	dialer_init(&d, "l2tpsecret");
	dialer_input(&d, "c802 0064 1234 0000 0000 0001" SCCRP RIGHT
			 "8016 0000 000b f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
	assert_sent(&d.side, "c802 002a 5678 0000 0001 0001"
			     "8008 0000 0000 0003 8016 0000 000d"
			     "1008604b6937a9deab745c5133a2e5c8");
	assert_int_equal(d.side.up, 1);
	/* a peer that says no window has one of four */
	assert_int_equal(tunnel_info(d.side.tunnel).peer_window, 4);
	side_fini(&d.side);
}

static void test_expected_host(void **state)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "");
	struct pair pair;

	(void)state;
	strcpy(lac.expect_host, "lns2");
	pair_init(&pair, &lac, &lns);
	tunnel_start(pair.lac.tunnel, pair.now);
	pair_run(&pair);
	assert_int_equal(pair.lac.why.result, STOPCCN_UNAUTHORISED);
	assert_int_equal(pair.lns.why.result, STOPCCN_UNAUTHORISED);
	pair_fini(&pair);

	strcpy(lac.expect_host, "lns1");
	strcpy(lns.expect_host, "lac2");
	pair_init(&pair, &lac, &lns);
	tunnel_start(pair.lac.tunnel, pair.now);
	pair_run(&pair);
	assert_int_equal(pair.lac.why.result, STOPCCN_UNAUTHORISED);
	assert_int_equal(pair.lac.by, ENDED_BY_PEER);
	assert_int_equal(pair.lns.by, ENDED_BY_US);
	pair_fini(&pair);

	strcpy(lns.expect_host, "lac1");
	pair_init(&pair, &lac, &lns);
	tunnel_start(pair.lac.tunnel, pair.now);
	pair_run(&pair);
	assert_int_equal(pair.lns.up, 1);
	pair_fini(&pair);
}

int main(void)
{
	enum { AUTHS = sizeof(auths) / sizeof(auths[0]) };
	const struct CMUnitTest plain[] = {
		cmocka_unit_test(test_scccn_responses),
		cmocka_unit_test(test_sccrp_responses),
		cmocka_unit_test(test_sccrp_good),
		cmocka_unit_test(test_expected_host),
	};
	enum { PLAIN = sizeof(plain) / sizeof(plain[0]) };
	struct CMUnitTest tests[PLAIN + AUTHS] = {0};

	memcpy(tests, plain, sizeof(plain));
	for (size_t i = 0; i < AUTHS; i++)
		tests[PLAIN + i] = (struct CMUnitTest){
			.name = auths[i].name,
			.test_func = test_auth,
			.initial_state = (void *)&auths[i],
		};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
