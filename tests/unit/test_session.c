/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions: calls set up and torn down from each end, refusals, proxy data. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"

static const struct iccn sync_iccn = {.tx_speed = 1000000, .framing = 1};
static const struct icrq plain_icrq = {.serial = 7};
static const struct l2tp_result admin = {
	.result = CDN_ADMIN,
	.cause = {true, 3, 0, 1},
};

static void bring_up(struct pair *pair)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "secret");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "secret");

	lac.hide = true;
	pair_init(pair, &lac, &lns);
	tunnel_start(pair->lac.tunnel, pair->now);
	pair_run(pair);
	pair_pass(pair, 1000);
	pair->lac.connect_with = &sync_iccn;
}

static void call(struct pair *pair, uint16_t id)
{
	assert_non_null(side_call(&pair->lac, id, &plain_icrq));
	pair_run(pair);
}

static unsigned int sessions(const struct side *side)
{
	return tunnel_info(side->tunnel).sessions;
}

static void test_call(void **state)
{
	struct call_log *lac, *lns;
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 0x0a01);
	lac = &pair.lac.calls[0];
	lns = &pair.lns.calls[0];
	assert_int_equal(lac->replied, 1);
	assert_int_equal(lns->connected, 1);
	assert_int_equal(pair.lns.icrq->serial, 7);
	assert_int_equal(pair.lns.icrq->has, 0);
	assert_int_equal(pair.lns.icrq->peer_session, 0x0a01);
	assert_int_equal(lns->iccn->tx_speed, 1000000);
	assert_int_equal(lns->iccn->framing, 1);
	assert_int_equal(lns->iccn->proxy.has, 0);
	assert_false(lns->iccn->sequencing);
	assert_int_equal(session_id(lac->session), 0x0a01);
	assert_int_equal(session_peer_id(lac->session), 0x0b02);
	assert_int_equal(session_peer_id(lns->session), 0x0a01);
	assert_int_equal(session_state(lac->session), SESSION_ESTABLISHED);
	assert_int_equal(session_state(lns->session), SESSION_ESTABLISHED);
	assert_int_equal(sessions(&pair.lac), 1);
	assert_int_equal(sessions(&pair.lns), 1);
	pair_fini(&pair);
}

/* Both ends of a tunnel may be LAC. */
static void test_call_the_other_way(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.lns.connect_with = &sync_iccn;
	assert_non_null(side_call(&pair.lns, 0x0d01, &plain_icrq));
	pair_run(&pair);
	assert_int_equal(pair.lns.calls[0].replied, 1);
	assert_int_equal(pair.lac.calls[0].connected, 1);
	pair_fini(&pair);
}

/* A call that waits for its tunnel, and one opened before it is even begun. */
static void test_wait_for_tunnel(void **state)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "");
	struct pair pair;

	(void)state;
	pair_init(&pair, &lac, &lns);
	pair.lac.connect_with = &sync_iccn;
	assert_non_null(side_call(&pair.lac, 1, &plain_icrq));
	tunnel_start(pair.lac.tunnel, pair.now);
	assert_non_null(side_call(&pair.lac, 2, &plain_icrq));
	assert_non_null(side_call(&pair.lac, 3, &plain_icrq));
	/* one is given up while it waits: nothing of it is sent */
	session_close(pair.lac.calls[1].session, &admin, pair.now);
	assert_int_equal(pair.lac.calls[1].closed, 1);
	pair_run(&pair);
	assert_int_equal(pair.lns.call_count, 2);
	assert_int_equal(pair.lns.calls[0].connected, 1);
	assert_int_equal(pair.lns.calls[1].connected, 1);
	assert_int_equal(pair.lns.received_count, 2 + 2 + 2);
	pair_fini(&pair);
}

static void test_open_bounds(void **state)
{
	static const uint8_t big[1018];
	struct icrq icrq = {.has = ICRQ_HAS_CALLED, .called = VIEW(big)};
	struct pair pair;

	(void)state;
	bring_up(&pair);
	assert_null(side_call(&pair.lac, 0, &plain_icrq));
	assert_null(side_call(&pair.lac, 5, &icrq));
	icrq.called.len--;
	assert_non_null(side_call(&pair.lac, 5, &icrq));
	assert_null(side_call(&pair.lac, 5, &plain_icrq)); /* in use */
	pair_run(&pair);
	assert_int_equal(pair.lns.icrq->called.len, 1017);
	pair_fini(&pair);
}

static void test_connect_bounds(void **state)
{
	static const uint8_t big[1018];
	struct iccn iccn = sync_iccn;
	struct session *session;
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.lac.connect_with = NULL;
	session = side_call(&pair.lac, 5, &plain_icrq);
	assert_int_equal(session_connect(session, &iccn, pair.now), -EPROTO);
	pair_run(&pair);
	assert_int_equal(pair.lac.calls[0].replied, 1);
	/* what does not fit can be tried again without */
	iccn.proxy.has = PROXY_HAS_LAST_SENT;
	iccn.proxy.last_sent = VIEW(big);
	assert_int_equal(session_connect(session, &iccn, pair.now), -EPROTO);
	/* hidden there is room for two octets less */
	iccn.proxy.has = PROXY_HAS_AUTH_NAME;
	iccn.proxy.auth_name = view_of(big, 1016);
	assert_int_equal(session_connect(session, &iccn, pair.now), -EPROTO);
	iccn.proxy.auth_name.len = 1015;
	assert_int_equal(session_connect(session, &iccn, pair.now), 0);
	assert_int_equal(session_connect(session, &iccn, pair.now), -EPROTO);
	pair_run(&pair);
	assert_int_equal(pair.lns.calls[0].iccn->proxy.auth_name.len, 1015);
	pair_fini(&pair);
}

/* Proxy data is hidden on the wire and whole behind it. */
static void test_hidden_proxy(void **state)
{
	struct iccn iccn = sync_iccn;
	struct datagram *sent;
	struct proxy *got;
	struct pair pair;

	(void)state;
	iccn.proxy = (struct proxy){
		.has = PROXY_HAS_AUTH_TYPE | PROXY_HAS_AUTH_NAME |
		       PROXY_HAS_AUTH_ID | PROXY_HAS_AUTH_RESPONSE,
		.auth_type = PROXY_AUTH_PAP,
		.auth_name = view_text("user@example"),
		.auth_id = 3,
		.auth_response = view_text("p4ssw0rd"),
	};
	bring_up(&pair);
	pair.lac.connect_with = &iccn;
	assert_non_null(side_call(&pair.lac, 1, &plain_icrq));
	pair_deliver(&pair, &pair.lac, &pair.lns);
	pair_deliver(&pair, &pair.lns, &pair.lac);
	assert_int_equal(pair.lac.out_count, 1);
	sent = &pair.lac.out[0];
	assert_null(memmem(sent->data, sent->len, "p4ssw0rd", 8));
	assert_null(memmem(sent->data, sent->len, "user@", 5));
	pair_run(&pair);
	got = &pair.lns.calls[0].iccn->proxy;
	assert_int_equal(got->has, iccn.proxy.has);
	assert_true(view_equal(got->auth_name, iccn.proxy.auth_name));
	assert_true(view_equal(got->auth_response, iccn.proxy.auth_response));
	assert_int_equal(got->auth_id, 3);
	pair_fini(&pair);
}

/* ---- the end of calls ---------------------------------------------------- */

static void test_close_from_lac(void **state)
{
	struct l2tp_result why = admin;
	struct call_log *lns;
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	call(&pair, 2);
	why.q931.set = true;
	why.q931.code = 16;
	session_close(pair.lac.calls[0].session, &why, pair.now);
	assert_int_equal(pair.lac.calls[0].by, ENDED_BY_US);
	pair_run(&pair);
	lns = &pair.lns.calls[0];
	assert_int_equal(lns->closed, 1);
	assert_int_equal(lns->by, ENDED_BY_PEER);
	assert_int_equal(lns->why.result, CDN_ADMIN);
	assert_true(lns->why.cause.set);
	assert_int_equal(lns->why.cause.code, 3);
	assert_int_equal(lns->why.cause.direction, 1);
	assert_true(lns->why.q931.set);
	assert_int_equal(lns->why.q931.code, 16);
	assert_int_equal(pair.lns.calls[1].closed, 0);
	assert_int_equal(sessions(&pair.lns), 1);
	/* both ids are free again at this level */
	call(&pair, 1);
	assert_int_equal(pair.lac.calls[2].replied, 1);
	pair_fini(&pair);
}

static void test_close_from_lns(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	session_close(pair.lns.calls[0].session, &admin, pair.now);
	pair_run(&pair);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	assert_int_equal(pair.lac.calls[0].by, ENDED_BY_PEER);
	assert_int_equal(pair.lac.calls[0].why.cause.code, 3);
	assert_int_equal(sessions(&pair.lac), 0);
	pair_fini(&pair);
}

static void test_refused(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.lns.refuse = -ENOSPC;
	pair.lns.refusal = (struct l2tp_result){
		.result = CDN_ERROR,
		.error = L2TP_ERROR_RESOURCES,
		.text = "full",
	};
	call(&pair, 1);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	assert_int_equal(pair.lac.calls[0].why.result, CDN_ERROR);
	assert_int_equal(pair.lac.calls[0].why.error, L2TP_ERROR_RESOURCES);
	assert_string_equal(pair.lac.calls[0].why.text, "full");
	assert_int_equal(sessions(&pair.lns), 0);
	pair_fini(&pair);
}

/* The owner hands out an id that is taken: its fault costs this call only. */
static void test_bad_accept(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	pair.lns.next_id = 0x0b02;
	call(&pair, 2);
	assert_int_equal(pair.lns.calls[1].closed, 1);
	assert_int_equal(pair.lac.calls[1].closed, 1);
	assert_int_equal(pair.lac.calls[1].why.result, CDN_TEMPORARY);
	assert_int_equal(pair.lac.calls[0].closed, 0);
	pair.lns.next_id = 0;
	call(&pair, 3);
	assert_int_equal(pair.lac.calls[2].closed, 1);
	assert_int_equal(sessions(&pair.lns), 1);
	pair_fini(&pair);
}

/* The owner takes the call, but has closed the tunnel by then. */
static void test_tunnel_close_in_incoming(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.lns.close_tunnel_in_incoming = true;
	call(&pair, 1);
	assert_int_equal(pair.lns.calls[0].closed, 1);
	assert_int_equal(pair.lns.done, 1);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	pair_fini(&pair);

	bring_up(&pair);
	pair.lns.close_tunnel_in_incoming = true;
	pair.lns.refuse = -1;
	call(&pair, 1);
	assert_int_equal(pair.lns.call_count, 0);
	assert_int_equal(pair.lns.done, 1);
	pair_fini(&pair);
}

/* Closing from within the callbacks. */
static void test_close_in_callback(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	pair.lns.close_in_callback = true;
	call(&pair, 1);
	assert_int_equal(pair.lns.calls[0].closed, 1);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	pair.lns.close_in_callback = false;
	pair.lac.close_in_callback = true;
	call(&pair, 2);
	assert_int_equal(pair.lac.calls[1].closed, 1);
	assert_int_equal(pair.lns.calls[1].closed, 1);
	pair_fini(&pair);
}

static void test_tunnel_close_in_callback(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	pair.lns.close_tunnel_in_callback = true;
	call(&pair, 2);
	assert_int_equal(pair.lns.down, 1);
	assert_int_equal(pair.lac.down, 1);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	assert_int_equal(pair.lac.calls[1].closed, 1);
	assert_int_equal(pair.lns.done, 1);
	pair_fini(&pair);
}

static void test_tunnel_close(void **state)
{
	const struct l2tp_result stop = {.result = STOPCCN_SHUTDOWN};
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	call(&pair, 2);
	pair.lns.sent_count = 0;
	tunnel_close(pair.lns.tunnel, &stop, pair.now);
	assert_int_equal(pair.lns.calls[0].why.result, CDN_ADMIN);
	assert_int_equal(pair.lns.calls[0].by, ENDED_BY_US);
	pair_run(&pair);
	/* StopCCN says it all, no CDN is sent */
	assert_int_equal(pair.lns.sent_count, 1);
	assert_int_equal(pair.lac.calls[1].why.result, CDN_CARRIER);
	assert_int_equal(pair.lac.calls[1].by, ENDED_BY_PEER);
	assert_int_equal(sessions(&pair.lac), 0);
	pair_fini(&pair);
}

/* What the owner closes while its tunnel ends needs no CDN any more. */
static void test_close_in_closed(void **state)
{
	const struct l2tp_result stop = {.result = STOPCCN_SHUTDOWN};
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	call(&pair, 2);
	call(&pair, 3);
	pair.lns.close_others_in_closed = true;
	pair.lns.sent_count = 0;
	tunnel_close(pair.lns.tunnel, &stop, pair.now);
	assert_int_equal(pair.lns.sent_count, 1);
	assert_int_equal(pair.lns.down, 1);
	pair_run(&pair);
	assert_int_equal(pair.lac.down, 1);
	pair_fini(&pair);
}

/* Calls that are queued behind a closed window go with their tunnel. */
static void test_close_with_queue(void **state)
{
	const struct l2tp_result stop = {.result = STOPCCN_CLEAR};
	struct farewell want = {
		.type = L2TP_STOPCCN,
		.tunnel = 0x1234,
		.ns = 3,
		.nr = 2,
		.own = 0x5678,
		.result = STOPCCN_CLEAR,
		.text = "",
	};
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_UP, "");
	for (uint16_t id = 1; id <= 5; id++)
		assert_non_null(side_call(&solo.side, id, &plain_icrq));
	/* the window is two by now; the third and later wait */
	assert_int_equal(solo.side.out_count, 2);
	tunnel_close(solo.side.tunnel, &stop, solo.now);
	assert_int_equal(solo.side.out_count, 2);
	solo.side.out_count = 0;
	solo_input(&solo, "c802 000c 5678 0000 0002 0003");
	assert_farewell(&solo.side, &want);
	solo_fini(&solo);
}

/* The id of a refusal is never that of a call that lives. */
static void test_refusal_id(void **state)
{
	const struct farewell want = {
		.type = L2TP_CDN,
		.tunnel = 0x1234,
		.session = 0x0a03,
		.ns = 2,
		.nr = 5,
		.own = 0x0c0c,
		.result = CDN_TEMPORARY,
		.text = "",
	};
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_CONNECTED, "");
	solo.side.refuse = -1;
	solo.side.refusal.result = CDN_TEMPORARY;
	/* 0, the id of the call (by chance), and one that is free */
	test_random_next("0000");
	test_random_append(0x0b02);
	test_random_append(0x0c0c);
	solo_input(&solo, "c802 0026 5678 0000 0004 0002 8008 0000 0000 000a"
			  "8008 0000 000e 0a03 800a 0000 000f 00000002");
	assert_farewell(&solo.side, &want);
	solo_fini(&solo);
}

/* A tunnel that is freed with calls in it tells their owner. */
static void test_free_with_calls(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair);
	call(&pair, 1);
	assert_non_null(side_call(&pair.lac, 2, &plain_icrq));
	side_fini(&pair.lac); /* asserts that both were closed */
	side_fini(&pair.lns);
}

/* ---- time ---------------------------------------------------------------- */

/* No ICRP, and no ICCN: each ends with CDN 10 after its time. */
static void test_timers(void **state)
{
	const struct farewell cdn = {
		.type = L2TP_CDN,
		.tunnel = 0x1234,
		.session = 0x0a01,
		.ns = 2,
		.nr = 3,
		.own = 0x0b02,
		.result = CDN_TIMEOUT,
		.text = "",
	};
	struct solo solo;
	struct pair pair;

	(void)state;
	solo_init(&solo, SOLO_CALLED, "");
	solo_pass(&solo, 30000);
	tunnel_alive(solo.side.tunnel, solo.now);
	solo_pass(&solo, 29799);
	assert_silent(&solo.side);
	solo_pass(&solo, 1);
	assert_farewell(&solo.side, &cdn);
	assert_int_equal(solo.side.calls[0].by, ENDED_BY_SILENCE);
	assert_int_equal(solo.side.calls[0].why.result, CDN_TIMEOUT);
	solo_fini(&solo);

	bring_up(&pair);
	pair.lac.connect_with = NULL; /* ICRP comes, but nobody connects */
	call(&pair, 1);
	pair_pass(&pair, 30000);
	assert_int_equal(pair.lac.calls[0].closed, 0);
	pair_pass(&pair, 30000);
	assert_int_equal(pair.lac.calls[0].closed, 1);
	assert_int_equal(pair.lac.calls[0].why.result, CDN_TIMEOUT);
	assert_int_equal(pair.lns.calls[0].closed, 1);
	pair_fini(&pair);
}

/* ---- bad proxy data: rows 24, 47, 48, 49 --------------------------------- */

#define ICCN_PLAIN \
	"8008 0000 0000 000c 800a 0000 0018 000003e8 800a 0000 0013 00000001"
#define VECTOR "8016 0000 0024 a1b2c3d4e5f60718293a4b5c6d7e8f90"

static void test_bad_proxy(void **state)
{
	static const struct {
		const char *hex;
		unsigned int has;
	} rows[] = {
		/* 24 */
		{"c802 0048 5678 0b02 0003 0002" ICCN_PLAIN VECTOR
		 "400a 0000 0021 ffff ffff",
		 PROXY_BAD_AUTH},
		{"c802 0050 5678 0b02 0003 0002" ICCN_PLAIN VECTOR
		 "0008 0000 001d 0003 400a 0000 0021 ffff ffff",
		 PROXY_BAD_AUTH | PROXY_HAS_AUTH_TYPE},
		/* 47 */
		{"c802 0030 5678 0b02 0003 0002" ICCN_PLAIN
		 "0008 0000 001c 0100",
		 PROXY_BAD_LCP},
		{"c802 003a 5678 0b02 0003 0002" ICCN_PLAIN
		 "000a 0000 001b 010405d4 0008 0000 001c 0105",
		 PROXY_BAD_LCP | PROXY_HAS_LAST_SENT},
		/* 48 */
		{"c802 0030 5678 0b02 0003 0002" ICCN_PLAIN
		 "0008 0000 0020 0105",
		 PROXY_BAD_AUTH},
		/* 49: whether the set is complete is PPP's to say */
		{"c802 0030 5678 0b02 0003 0002" ICCN_PLAIN
		 "0008 0000 001d 0002",
		 PROXY_HAS_AUTH_TYPE},
		{"c802 0031 5678 0b02 0003 0002" ICCN_PLAIN
		 "0009 0000 001d 000200",
		 PROXY_BAD_AUTH},
		{"c802 002e 5678 0b02 0003 0002" ICCN_PLAIN "0006 0000 001f",
		 PROXY_BAD_AUTH},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct call_log *log;
		struct solo solo;

		solo_init(&solo, SOLO_CALLED, "l2tpsecret");
		solo_input(&solo, rows[i].hex);
		log = &solo.side.calls[0];
		assert_int_equal(log->connected, 1);
		assert_int_equal(log->closed, 0);
		assert_int_equal(log->iccn->proxy.has, rows[i].has);
		solo_fini(&solo);
	}
}

static void test_bad_iccn(void **state)
{
	static const struct {
		const char *hex;
		uint16_t error;
		const char *text;
	} rows[] = {
		{"c802 001e 5678 0b02 0003 0002 8008 0000 0000 000c"
		 "800a 0000 0018 000003e8",
		 6, "missing AVP 19"},
		{"c802 002e 5678 0b02 0003 0002" ICCN_PLAIN "8006 0000 00c8", 8,
		 "AVP 0/200"},
		{"c802 0030 5678 0b02 0003 0002" ICCN_PLAIN
		 "8008 0000 001c 0100",
		 3, "AVP 0/28 bad value"},
		{"c802 002b 5678 0b02 0003 0002" ICCN_PLAIN "800000", 2,
		 "bad length"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct farewell cdn = {
			.type = L2TP_CDN,
			.tunnel = 0x1234,
			.session = 0x0a01,
			.ns = 2,
			.nr = 4,
			.own = 0x0b02,
			.result = CDN_ERROR,
			.error = rows[i].error,
			.text = rows[i].text,
		};
		struct solo solo;

		solo_init(&solo, SOLO_CALLED, "");
		solo_input(&solo, rows[i].hex);
		assert_farewell(&solo.side, &cdn);
		assert_int_equal(solo.side.calls[0].connected, 0);
		assert_int_equal(solo.side.calls[0].by, ENDED_BY_US);
		solo_fini(&solo);
	}
}

/* Old LACs leave AVP 24 out; the owner is told that it was not there. */
static void test_iccn_without_speed(void **state)
{
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_CALLED, "");
	solo_input(&solo, "c802 001e 5678 0b02 0003 0002 8008 0000 0000 000c"
			  "800a 0000 0013 00000001");
	assert_int_equal(solo.side.calls[0].connected, 1);
	assert_int_equal(solo.side.calls[0].iccn->has, 0);
	assert_int_equal(solo.side.calls[0].iccn->tx_speed, 0);
	solo_fini(&solo);
	solo_init(&solo, SOLO_CALLED, "");
	solo_input(&solo, "c802 0028 5678 0b02 0003 0002" ICCN_PLAIN);
	assert_int_equal(solo.side.calls[0].iccn->has, ICCN_HAS_TX_SPEED);
	solo_fini(&solo);
}

/* Row 20: what an ICRQ has too much with M=0 does not matter. */
static void test_icrq_with_unknown(void **state)
{
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_CONNECTED, "");
	solo.side.next_id = 0x0b03;
	solo_input(&solo, "c802 002d 5678 0000 0004 0002 8008 0000 0000 000a"
			  "8008 0000 000e 0a03 800a 0000 000f 00000002"
			  "0007 0000 00c8 01");
	assert_sent(&solo.side, "c802 001c 1234 0a03 0002 0005"
				"8008 0000 0000 000b 8008 0000 000e 0b03");
	solo_fini(&solo);
}

/* ---- many ---------------------------------------------------------------- */

static unsigned int many_closed;

static void many_on_closed(void *ctx, const struct l2tp_result *why,
			   enum ended_by by)
{
	(void)ctx;
	(void)why;
	assert_int_equal(by, ENDED_BY_US);
	many_closed++;
}

/* As many sessions as there are ids, and not one more. */
static void test_all_ids(void **state)
{
	static const struct session_ops ops = {.closed = many_on_closed};
	struct tunnel_config config = pair_config(0x1234, "lac1", "");
	struct instant now = {1000};
	struct side side;

	(void)state;
	many_closed = 0;
	side_init(&side, &config, &now);
	for (uint32_t id = 1; id < 65536; id++)
		assert_non_null(session_open(side.tunnel, (uint16_t)id,
					     &plain_icrq, &ops, NULL, now));
	assert_int_equal(sessions(&side), 65535);
	assert_null(
		session_open(side.tunnel, 77, &plain_icrq, &ops, NULL, now));
	side_fini(&side);
	assert_int_equal(many_closed, 65535);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call),
		cmocka_unit_test(test_call_the_other_way),
		cmocka_unit_test(test_wait_for_tunnel),
		cmocka_unit_test(test_open_bounds),
		cmocka_unit_test(test_connect_bounds),
		cmocka_unit_test(test_hidden_proxy),
		cmocka_unit_test(test_close_from_lac),
		cmocka_unit_test(test_close_from_lns),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_bad_accept),
		cmocka_unit_test(test_tunnel_close_in_incoming),
		cmocka_unit_test(test_close_in_callback),
		cmocka_unit_test(test_tunnel_close_in_callback),
		cmocka_unit_test(test_tunnel_close),
		cmocka_unit_test(test_close_in_closed),
		cmocka_unit_test(test_close_with_queue),
		cmocka_unit_test(test_refusal_id),
		cmocka_unit_test(test_free_with_calls),
		cmocka_unit_test(test_timers),
		cmocka_unit_test(test_bad_proxy),
		cmocka_unit_test(test_bad_iccn),
		cmocka_unit_test(test_iccn_without_speed),
		cmocka_unit_test(test_icrq_with_unknown),
		cmocka_unit_test(test_all_ids),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
