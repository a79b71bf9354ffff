/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a session whose peer has not said what its id is: it is never told
 * by Session ID 0, because a peer may end the whole tunnel for that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "l2tp_pair.h"

static const struct icrq plain_icrq = {.serial = 1};
static const struct iccn sync_iccn = {.tx_speed = 1000000, .framing = 1};
static const struct l2tp_result admin = {
	.result = CDN_ADMIN,
	.cause = {.set = true, .code = 3},
};

#define ICRP "8008 0000 0000 000b 8008 0000 000e 0b02"
#define ICCN_PLAIN \
	"8008 0000 0000 000c 800a 0000 0018 000003e8 800a 0000 0013 00000001"

static void bring_up(struct pair *pair)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "");

	pair_init(pair, &lac, &lns);
	pair->lac.connect_with = &sync_iccn;
	tunnel_start(pair->lac.tunnel, pair->now);
	pair_run(pair);
	assert_int_equal(pair->lac.up, 1);
}

/* A call of the LAC that ends before its ICRP; nothing tells the peer yet. */
static void give_up(struct pair *pair, uint16_t id)
{
	struct side *lac = &pair->lac;
	unsigned int calls = lac->call_count;
	unsigned int sent;

	assert_non_null(side_call(lac, id, &plain_icrq));
	sent = lac->sent_count;
	session_close(lac->calls[calls].session, &admin, pair->now);
	assert_int_equal(lac->calls[calls].closed, 1);
	assert_int_equal(lac->calls[calls].by, ENDED_BY_US);
	assert_int_equal(lac->sent_count, sent);
	assert_int_equal(tunnel_info(lac->tunnel).sessions, 0);
}

static unsigned int late_replies(const struct side *side)
{
	return (unsigned int)tunnel_info(side->tunnel).counters.late_replies;
}

static void test_close_before_reply(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	give_up(&pair, 0x0a01);
	pair_run(&pair);
	assert_int_equal(pair.lns.calls[0].closed, 1);
	assert_int_equal(pair.lns.calls[0].by, ENDED_BY_PEER);
	assert_int_equal(pair.lns.calls[0].connected, 0);
	assert_int_equal(pair.lns.calls[0].why.result, CDN_ADMIN);
	assert_int_equal(pair.lns.calls[0].why.cause.code, 3);
	assert_int_equal(late_replies(&pair.lac), 1);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	pair_fini(&pair);
}

static void answer(struct pair *pair, const char *body)
{
	char hex[256];
	struct tunnel_info info = tunnel_info(pair->lac.tunnel);
	struct datagram d = from_hex(body);

	snprintf(hex, sizeof(hex), "c802 %04zx 1234 0a01 %04x %04x %s",
		 12 + d.len, info.nr, info.ns, body);
	d = from_hex(hex);
	tunnel_input(pair->lac.tunnel, datagram_view(&d), pair->now);
}

/* The only message that was sent is a CDN to 0b02, or there is none. */
static void assert_cdn(struct side *lac, uint16_t error, const char *text)
{
	struct tunnel_info info = tunnel_info(lac->tunnel);
	const struct farewell want = {
		.type = L2TP_CDN,
		.tunnel = 0x5678,
		.session = 0x0b02,
		.ns = (uint16_t)(info.ns - 1),
		.nr = info.nr,
		.own = 0x0a01,
		.result = CDN_ERROR,
		.error = error,
		.text = text,
	};

	if (text)
		assert_farewell(lac, &want);
	else
		assert_int_equal(lac->out_count, 0);
}

static void test_bad_replies(void **state)
{
	static const struct {
		const char *body;
		uint16_t error;
		const char *text; /* of a CDN to 0b02; NULL: none is sent */
	} rows[] = {
		/* no session id, id 0, unknown AVP; ICCN, ICRQ, OCCN instead */
		{"8008 0000 0000 000b", 6, NULL},
		{"8008 0000 0000 000b 8008 0000 000e 0000", 3, NULL},
		{"8008 0000 0000 000b 8006 0000 00c8 8008 0000 000e 0b02", 8,
		 "AVP 0/200"},
		{"8008 0000 0000 000b 8008 0000 000e 0b02 8006 0000 00c8", 8,
		 "AVP 0/200"},
		{ICCN_PLAIN, 6, NULL},
		{"8008 0000 0000 000a 8008 0000 000e 0b02"
		 "800a 0000 000f 00000001",
		 6, NULL},
		{"8008 0000 0000 0009 800a 0000 0018 000003e8"
		 "800a 0000 0013 00000001",
		 6, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call_log *log;
		struct pair pair;

		bring_up(&pair);
		assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
		pair.lac.out_count = 0;
		answer(&pair, rows[i].body);
		log = &pair.lac.calls[0];
		assert_int_equal(log->closed, 1);
		assert_int_equal(log->replied, 0);
		assert_int_equal(log->by, ENDED_BY_US);
		assert_int_equal(log->why.result, CDN_ERROR);
		assert_int_equal(log->why.error, rows[i].error);
		assert_cdn(&pair.lac, rows[i].error, rows[i].text);
		pair_fini(&pair);
	}
}

/* A second ICRP, and one with the id of another call. */
static void test_icrp_twice(void **state)
{
	static const char icrp[] = "8008 0000 0000 000b 8008 0000 000e 0b02";
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.lac.connect_with = NULL;
	assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
	pair.lac.out_count = 0;
	answer(&pair, icrp);
	assert_int_equal(pair.lac.calls[0].replied, 1);
	answer(&pair, icrp);
	assert_int_equal(pair.lac.calls[0].replied, 1);
	assert_int_equal(pair.lac.calls[0].why.error, L2TP_ERROR_SESSION);
	pair_fini(&pair);

	bring_up(&pair);
	pair.lac.connect_with = NULL;
	assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
	pair.lac.out_count = 0;
	answer(&pair, icrp);
	answer(&pair, "8008 0000 0000 000b 8008 0000 000e 0b03");
	assert_int_equal(pair.lac.calls[0].replied, 1);
	assert_int_equal(pair.lac.calls[0].why.error, L2TP_ERROR_SESSION);
	pair_fini(&pair);

	bring_up(&pair);
	assert_non_null(side_call(&pair.lac, 7, &plain_icrq));
	pair_run(&pair); /* the peer's 0b02 */
	assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
	pair.lac.out_count = 0;
	answer(&pair, icrp);
	assert_int_equal(pair.lac.calls[1].why.error, L2TP_ERROR_SESSION);
	assert_int_equal(pair.lac.calls[0].closed, 0);
	/* a CDN would be for the other call */
	assert_cdn(&pair.lac, 0, NULL);
	pair_fini(&pair);
}

/* The late ICRP is answered by the id in it; a second one meets nobody. */
static void test_late_reply(void **state)
{
	struct farewell want = {
		.type = L2TP_CDN,
		.tunnel = 0x5678,
		.session = 0x0b02,
		.own = 0x0a01,
		.result = CDN_TIMEOUT,
		.text = "",
	};
	struct tunnel_info info;
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.cut = true;
	assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
	/* nobody answers; the tunnel lives, as the peer acknowledges */
	pair.lac.out_count = 0;
	answer(&pair, "8008 0000 0000 0006");
	pair_pass(&pair, 60000);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	assert_int_equal(pair.lac.calls[0].by, ENDED_BY_SILENCE);
	pair.lac.out_count = 0;
	answer(&pair, ICRP);
	info = tunnel_info(pair.lac.tunnel);
	want.ns = (uint16_t)(info.ns - 1);
	want.nr = info.nr;
	assert_farewell(&pair.lac, &want);
	assert_int_equal(late_replies(&pair.lac), 1);
	answer(&pair, ICRP);
	assert_int_equal(pair.lac.out_count, 0);
	info = tunnel_info(pair.lac.tunnel);
	assert_int_equal(info.counters.unknown_session, 1);
	assert_int_equal(late_replies(&pair.lac), 1);
	pair_fini(&pair);
}

/* Neither a late CDN nor an ICRP that names nobody, or another, is answered. */
static void test_late_and_silent(void **state)
{
	static const char *const rows[] = {
		"8008 0000 0000 000e 8008 0000 0001 0001 8008 0000 000e 0b02",
		"8008 0000 0000 000b",
		"8008 0000 0000 000b 8008 0000 000e 0000",
		"8008 0000 0000 000b 8008 0000 000e 0b01",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct pair pair;

		bring_up(&pair);
		pair.lns.next_id = 0x0b01;
		assert_non_null(side_call(&pair.lac, 0x0a00, &plain_icrq));
		pair_run(&pair);
		assert_int_equal(pair.lac.calls[0].replied, 1);
		assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
		session_close(pair.lac.calls[1].session, &admin, pair.now);
		pair.lac.out_count = 0;
		answer(&pair, rows[i]);
		assert_int_equal(pair.lac.out_count, 0);
		/* it is gone, the id is free */
		assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
		assert_int_equal(pair.lac.calls[0].closed, 0);
		pair_fini(&pair);
	}
}

/* What else comes for it is nobody's. */
static void test_other_messages(void **state)
{
	static const char *const rows[] = {
		ICCN_PLAIN,
		("8008 0000 0000 000a 8008 0000 000e 0b02"
		 "800a 0000 000f 00000001"),
		"8008 0000 0000 0010 8010 0000 0023 0000 ffffffff ffffffff",
	};
	struct pair pair;

	(void)state;
	bring_up(&pair);
	give_up(&pair, 0x0a01);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		pair.lac.out_count = 0;
		answer(&pair, rows[i]);
	}
	assert_int_equal(pair.lac.calls[0].closed, 1);
	assert_int_equal(tunnel_info(pair.lac.tunnel).counters.unknown_session,
			 3);
	assert_int_equal(late_replies(&pair.lac), 0);
	pair_fini(&pair);
}

/* It is forgotten in time: its id may be used again, and is not before. */
static void test_bounded(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.cut = true;
	give_up(&pair, 0x0a01);
	answer(&pair, "8008 0000 0000 0006");
	pair_pass(&pair, SESSION_ENDING_MS - 1);
	assert_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
	pair_pass(&pair, 1);
	assert_non_null(side_call(&pair.lac, 0x0a01, &plain_icrq));
	pair_fini(&pair);
}

/* A tunnel that ends has nothing more to say to them. */
static void test_tunnel_ends(void **state)
{
	const struct l2tp_result stop = {.result = STOPCCN_CLEAR};
	struct pair pair;

	(void)state;
	bring_up(&pair);
	for (uint16_t id = 1; id <= 5; id++)
		give_up(&pair, id);
	tunnel_close(pair.lac.tunnel, &stop, pair.now);
	pair_run(&pair);
	assert_int_equal(pair.lac.down, 1);
	for (unsigned int i = 0; i < 5; i++)
		assert_int_equal(pair.lac.calls[i].closed, 1);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_close_before_reply),
		cmocka_unit_test(test_bad_replies),
		cmocka_unit_test(test_icrp_twice),
		cmocka_unit_test(test_late_reply),
		cmocka_unit_test(test_late_and_silent),
		cmocka_unit_test(test_other_messages),
		cmocka_unit_test(test_bounded),
		cmocka_unit_test(test_tunnel_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
