/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels back to back: set-up, Hello, teardown, timers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"

static const struct l2tp_result shutting_down = {
	.result = STOPCCN_SHUTDOWN,
	.text = "bye",
};

static void bring_up(struct pair *pair, const char *secret)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", secret);
	struct tunnel_config lns = pair_config(0x5678, "lns1", secret);

	pair_init(pair, &lac, &lns);
	tunnel_start(pair->lac.tunnel, pair->now);
	pair_run(pair);
	assert_int_equal(pair->lac.up, 1);
	assert_int_equal(pair->lns.up, 1);
}

static enum tunnel_state state_of(const struct side *side)
{
	return tunnel_info(side->tunnel).state;
}

static void test_up(void **state)
{
	struct tunnel_info info;
	struct pair pair;

	(void)state;
	bring_up(&pair, "l2tpsecret");
	info = tunnel_info(pair.lac.tunnel);
	assert_int_equal(info.state, TUNNEL_ESTABLISHED);
	assert_true(info.initiator);
	assert_true(info.authenticated);
	assert_int_equal(info.peer_id, 0x5678);
	assert_string_equal(info.peer_host, "lns1");
	assert_int_equal(info.peer_window, 16);
	info = tunnel_info(pair.lns.tunnel);
	assert_int_equal(info.state, TUNNEL_ESTABLISHED);
	assert_false(info.initiator);
	assert_true(info.authenticated);
	assert_int_equal(info.peer_id, 0x1234);
	assert_string_equal(info.peer_host, "lac1");
	pair_pass(&pair, 1000);
	assert_int_equal(tunnel_info(pair.lac.tunnel).unacknowledged, 0);
	assert_int_equal(tunnel_info(pair.lns.tunnel).unacknowledged, 0);
	pair_fini(&pair);
}

static void test_up_without_secret(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair, "");
	assert_false(tunnel_info(pair.lac.tunnel).authenticated);
	assert_false(tunnel_info(pair.lns.tunnel).authenticated);
	pair_fini(&pair);
}

/* The transcript of the reference, both sides of it, octet by octet. */
static void transcript_setup(struct pair *pair)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "l2tpsecret");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "l2tpsecret");

	lac.hello_ms = 0;
	lns.retransmit_ms = 3600000;
	pair_init(pair, &lac, &lns);
	test_random_next("000102030405060708090a0b0c0d0e0f");
	tunnel_start(pair->lac.tunnel, pair->now);
	assert_octets(datagram_view(&pair->lac.out[0]),
		      "c802 0060 0000 0000 0000 0000 8008 0000 0000 0001"
		      "8008 0000 0002 0100 800a 0000 0003 00000003"
		      "800a 0000 0004 00000000 800a 0000 0007 6c616331"
		      "8008 0000 0009 1234 8008 0000 000a 0010"
		      "8016 0000 000b 000102030405060708090a0b0c0d0e0f");
	test_random_next("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
	pair_deliver(pair, &pair->lac, &pair->lns);
	assert_octets(datagram_view(&pair->lns.out[0]),
		      "c802 006c 1234 0000 0000 0001 8008 0000 0000 0002"
		      "8008 0000 0002 0100 800a 0000 0003 00000003"
		      "800a 0000 0007 6c6e7331 8008 0000 0009 5678"
		      "8008 0000 000a 0010"
		      "8016 0000 000b f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"
		      "8016 0000 000d f3950b3b1d98558c8da2238b042c6735");
	pair_deliver(pair, &pair->lns, &pair->lac);
	assert_octets(datagram_view(&pair->lac.out[0]),
		      "c802 002a 5678 0000 0001 0001 8008 0000 0000 0003"
		      "8016 0000 000d 1008604b6937a9deab745c5133a2e5c8");
	pair_deliver(pair, &pair->lac, &pair->lns);
	pair->now = instant_after(pair->now, 200);
	tunnel_timeout(pair->lns.tunnel, pair->now);
	assert_octets(datagram_view(&pair->lns.out[0]),
		      "c802 000c 1234 0000 0001 0002");
	pair_deliver(pair, &pair->lns, &pair->lac);
	assert_int_equal(pair->lac.up, 1);
	assert_int_equal(pair->lns.up, 1);
}

static void transcript_call(struct pair *pair)
{
	const struct icrq icrq = {.has = ICRQ_HAS_BEARER, .serial = 1};

	assert_non_null(side_call(&pair->lac, 0x0a01, &icrq));
	assert_octets(datagram_view(&pair->lac.out[0]),
		      "c802 0030 5678 0000 0002 0001 8008 0000 0000 000a"
		      "8008 0000 000e 0a01 800a 0000 000f 00000001"
		      "800a 0000 0012 00000000");
	pair_deliver(pair, &pair->lac, &pair->lns);
	assert_octets(datagram_view(&pair->lns.out[0]),
		      "c802 001c 1234 0a01 0001 0003 8008 0000 0000 000b"
		      "8008 0000 000e 0b02");
	pair_deliver(pair, &pair->lns, &pair->lac);
	assert_octets(datagram_view(&pair->lac.out[0]),
		      "c802 0028 5678 0b02 0003 0002 8008 0000 0000 000c"
		      "800a 0000 0018 000003e8 800a 0000 0013 00000001");
	pair_deliver(pair, &pair->lac, &pair->lns);
}

static void test_transcript(void **state)
{
	const struct iccn iccn = {.tx_speed = 1000, .framing = 1};
	const struct l2tp_result admin = {.result = CDN_ADMIN};
	const struct l2tp_result unknown = {
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_UNKNOWN_AVP,
		.text = "AVP 0/200",
	};
	struct pair pair;

	(void)state;
	transcript_setup(&pair);
	pair.lac.connect_with = &iccn;
	transcript_call(&pair);
	/* the CDN crosses the HELLO */
	session_close(pair.lac.calls[0].session, &admin, pair.now);
	assert_octets(datagram_view(&pair.lac.out[0]),
		      "c802 0024 5678 0b02 0004 0002 8008 0000 0000 000e"
		      "8008 0000 0001 0003 8008 0000 000e 0a01");
	pair.now = instant_after(pair.now, 60000);
	tunnel_timeout(pair.lns.tunnel, pair.now);
	assert_int_equal(pair.lns.out_count, 2); /* ZLB for ICCN, HELLO */
	assert_octets(datagram_view(&pair.lns.out[1]),
		      "c802 0014 1234 0000 0002 0004 8008 0000 0000 0006");
	pair_deliver(&pair, &pair.lac, &pair.lns);
	pair_deliver(&pair, &pair.lns, &pair.lac);
	tunnel_close(pair.lac.tunnel, &unknown, pair.now);
	assert_octets(datagram_view(&pair.lac.out[0]),
		      "c802 002f 5678 0000 0005 0003 8008 0000 0000 0004"
		      "8008 0000 0009 1234"
		      "8013 0000 0001 0002 0008 41565020302f323030");
	pair_run(&pair);
	assert_int_equal(pair.lac.done, 1);
	assert_int_equal(pair.lns.calls[0].why.result, CDN_ADMIN);
	assert_string_equal(pair.lns.why.text, "AVP 0/200");
	pair_fini(&pair);
}

#define SCCRP                                                             \
	"8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003" \
	"800a 0000 0007 6c6e7331 8008 0000 0009 5678"

static const struct farewell unauthorised = {
	.type = L2TP_STOPCCN,
	.tunnel = 0x1234,
	.ns = 1,
	.nr = 2,
	.own = 0x5678,
	.result = STOPCCN_UNAUTHORISED,
};

/* What is illegal before the tunnel is up. */
static void test_illegal_early(void **state)
{
	struct farewell want = unauthorised;
	struct dialer d;
	struct solo solo;

	(void)state;
	dialer_init(&d, "");
	dialer_input(&d, "c802 0014 1234 0000 0000 0001 8008 0000 0000 0003");
	assert_int_equal(d.side.why.result, STOPCCN_FSM);
	side_fini(&d.side);

	solo_init(&solo, SOLO_WAIT_CTL_CONN, "");
	solo_input(&solo, "c802 0038 5678 0000 0001 0001" SCCRP);
	want.result = STOPCCN_FSM;
	want.text = "SCCRP in wait-ctl-conn";
	assert_farewell(&solo.side, &want);
	solo_fini(&solo);

	solo_init(&solo, SOLO_WAIT_CTL_CONN, "");
	solo_input(&solo, "c802 0026 5678 0000 0001 0001 8008 0000 0000 000a"
			  "8008 0000 000e 0a01 800a 0000 000f 00000001");
	want.text = "ICRQ in wait-ctl-conn";
	assert_farewell(&solo.side, &want);
	assert_int_equal(solo.side.call_count, 0);
	solo_fini(&solo);
}

/* Messages in the wrong order come through in the right one. */
static void test_reordered(void **state)
{
	struct tunnel_counters c;
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_UP, "");
	solo_input(&solo, "c802 0028 5678 0b02 0003 0001 8008 0000 0000 000c"
			  "800a 0000 0018 000003e8 800a 0000 0013 00000001");
	/* what is missing is said once, and at once */
	assert_sent(&solo.side, "c802 000c 1234 0000 0001 0002");
	solo_pass(&solo, 200);
	assert_silent(&solo.side);
	solo_input(&solo, "c802 0026 5678 0000 0002 0001 8008 0000 0000 000a"
			  "8008 0000 000e 0a01 800a 0000 000f 00000001");
	assert_int_equal(solo.side.calls[0].connected, 1);
	assert_int_equal(solo.side.sent[1], L2TP_ICRP);
	c = tunnel_info(solo.side.tunnel).counters;
	assert_int_equal(c.received, 4);
	solo_fini(&solo);

	/* before the peer has proved itself nothing is kept */
	solo_init(&solo, SOLO_WAIT_CTL_CONN, "");
	solo_input(&solo, "c802 0026 5678 0000 0002 0001 8008 0000 0000 000a"
			  "8008 0000 000e 0a01 800a 0000 000f 00000001");
	solo_input(&solo, "c802 0014 5678 0000 0001 0001 8008 0000 0000 0003");
	assert_int_equal(solo.side.up, 1);
	assert_int_equal(solo.side.call_count, 0);
	c = tunnel_info(solo.side.tunnel).counters;
	assert_int_equal(c.out_of_window, 1);
	assert_int_equal(c.received, 2);
	solo_fini(&solo);
}

/* ---- time ---------------------------------------------------------------- */

/* Row 32: the SCCRQ ten times over. */
static void test_sccrq_repeated(void **state)
{
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_WAIT_CTL_CONN, "");
	for (int i = 0; i < 10; i++) {
		solo_input(&solo, "c802 0038 0000 0000 0000 0000"
				  "8008 0000 0000 0001 8008 0000 0002 0100"
				  "800a 0000 0003 00000003"
				  "800a 0000 0007 6c616331"
				  "8008 0000 0009 1234");
		assert_sent(&solo.side, "c802 000c 1234 0000 0001 0001");
		solo_pass(&solo, 50);
	}
	assert_int_equal(solo.side.sent_count, 1);
	assert_int_equal(tunnel_info(solo.side.tunnel).counters.duplicates, 10);
	assert_int_equal(state_of(&solo.side), TUNNEL_WAIT_CTL_CONN);
	solo_fini(&solo);
}

static void test_no_answer(void **state)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "");
	const struct icrq icrq = {0};
	struct pair pair;

	(void)state;
	pair_init(&pair, &lac, &lns);
	pair.cut = true;
	tunnel_start(pair.lac.tunnel, pair.now);
	assert_non_null(side_call(&pair.lac, 1, &icrq));
	pair_pass(&pair, 30999);
	assert_int_equal(pair.lac.done, 0);
	assert_int_equal(tunnel_info(pair.lac.tunnel).counters.retransmitted,
			 5);
	pair_pass(&pair, 1);
	assert_int_equal(pair.lac.down, 1);
	assert_int_equal(pair.lac.done, 1);
	assert_int_equal(pair.lac.by, ENDED_BY_SILENCE);
	assert_int_equal(pair.lac.calls[0].by, ENDED_BY_SILENCE);
	assert_int_equal(pair.lac.calls[0].why.result, CDN_TEMPORARY);
	assert_true(instant_is_never(tunnel_deadline(pair.lac.tunnel)));
	pair_fini(&pair);
}

/* SCCRP is acknowledged, but SCCCN never comes. */
static void test_setup_timer(void **state)
{
	struct farewell want = unauthorised;
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_WAIT_CTL_CONN, "");
	solo_input(&solo, "c802 000c 5678 0000 0001 0001");
	solo_pass(&solo, 59700);
	assert_silent(&solo.side);
	solo_pass(&solo, 300);
	want.result = STOPCCN_CLEAR;
	want.text = "set-up took too long";
	want.nr = 1;
	assert_farewell(&solo.side, &want);
	assert_int_equal(solo.side.by, ENDED_BY_SILENCE);
	solo_fini(&solo);
}

static void test_hello(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair, "");
	pair_pass(&pair, 1000);
	pair.lac.sent_count = pair.lns.sent_count = 0;
	pair_pass(&pair, 58000);
	assert_int_equal(pair.lac.sent_count + pair.lns.sent_count, 0);
	/* data counts as a sign of life, so only one side asks */
	tunnel_alive(pair.lac.tunnel, pair.now);
	pair_pass(&pair, 2000);
	assert_int_equal(pair.lac.sent_count, 0);
	assert_int_equal(pair.lns.sent_count, 1);
	assert_int_equal(pair.lns.sent[0], L2TP_HELLO);
	assert_int_equal(pair.lac.received[pair.lac.received_count - 1],
			 L2TP_HELLO);
	/* an answered HELLO puts the next off */
	pair_pass(&pair, 600000);
	assert_int_equal(state_of(&pair.lac), TUNNEL_ESTABLISHED);
	assert_in_range(pair.lac.sent_count + pair.lns.sent_count, 10, 12);
	pair_fini(&pair);
}

/* What is on its way anyway shows as well whether the peer lives. */
static void test_hello_not_needed(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair, "");
	pair_pass(&pair, 59000);
	pair.cut = true;
	assert_non_null(side_call(&pair.lac, 1, &(struct icrq){0}));
	pair.lac.sent_count = 0;
	pair_pass(&pair, 10000);
	assert_int_equal(pair.lac.sent_count, 0);
	pair_fini(&pair);
}

static void test_hello_unanswered(void **state)
{
	const struct iccn iccn = {.framing = 1};
	const struct icrq icrq = {0};
	struct pair pair;

	(void)state;
	bring_up(&pair, "");
	pair.lac.connect_with = &iccn;
	assert_non_null(side_call(&pair.lac, 1, &icrq));
	pair_run(&pair);
	pair_pass(&pair, 1000);
	pair.cut = true;
	pair_pass(&pair, 60000 + 31000);
	assert_int_equal(pair.lac.done, 1);
	assert_int_equal(pair.lac.by, ENDED_BY_SILENCE);
	assert_int_equal(pair.lac.calls[0].why.result, CDN_CARRIER);
	assert_int_equal(pair.lns.done, 1);
	assert_int_equal(pair.lns.calls[0].by, ENDED_BY_SILENCE);
	pair_fini(&pair);
}

static void test_hello_off(void **state)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "");
	struct pair pair;

	(void)state;
	lac.hello_ms = lns.hello_ms = 0;
	pair_init(&pair, &lac, &lns);
	tunnel_start(pair.lac.tunnel, pair.now);
	pair_run(&pair);
	pair_pass(&pair, 1000);
	assert_true(instant_is_never(tunnel_deadline(pair.lac.tunnel)));
	assert_true(instant_is_never(tunnel_deadline(pair.lns.tunnel)));
	pair_fini(&pair);
}

/* ---- teardown ------------------------------------------------------------ */

static void test_close(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair, "s");
	tunnel_close(pair.lac.tunnel, &shutting_down, pair.now);
	tunnel_close(pair.lac.tunnel, &shutting_down, pair.now); /* nothing */
	assert_int_equal(pair.lac.down, 1);
	assert_int_equal(pair.lac.done, 0);
	pair_run(&pair);
	assert_int_equal(pair.lac.done, 1);
	assert_int_equal(pair.lns.down, 1);
	assert_int_equal(pair.lns.by, ENDED_BY_PEER);
	assert_int_equal(pair.lns.why.result, STOPCCN_SHUTDOWN);
	assert_string_equal(pair.lns.why.text, "bye");
	assert_string_equal(tunnel_info(pair.lns.tunnel).ended.text, "bye");
	assert_int_equal(state_of(&pair.lns), TUNNEL_LINGER);
	pair_pass(&pair, 30999);
	assert_int_equal(pair.lns.done, 0);
	pair_pass(&pair, 1);
	assert_int_equal(pair.lns.done, 1);
	pair_fini(&pair);
}

/* In linger a repeated StopCCN is acknowledged again, all else not. */
static void test_linger(void **state)
{
	static const char stopccn[] =
		"c802 0024 5678 0000 0004 0002 8008 0000 0000 0004"
		"8008 0000 0009 1234 8008 0000 0001 0001";
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_CONNECTED, "");
	solo_input(&solo, stopccn);
	assert_sent(&solo.side, "c802 000c 1234 0000 0002 0005");
	assert_int_equal(solo.side.calls[0].by, ENDED_BY_PEER);
	solo_pass(&solo, 8000);
	assert_silent(&solo.side);
	solo_input(&solo, stopccn);
	assert_sent(&solo.side, "c802 000c 1234 0000 0002 0005");
	assert_int_equal(solo.side.down, 1);
	assert_null(side_call(&solo.side, 9, &(struct icrq){0}));
	solo_pass(&solo, 23000);
	assert_int_equal(solo.side.done, 1);
	solo_input(&solo, stopccn);
	assert_silent(&solo.side);
	solo_fini(&solo);
}

/* StopCCN makes our own messages void, and a late ack of them no harm. */
static void test_linger_with_unacked(void **state)
{
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_UP, "");
	assert_non_null(side_call(&solo.side, 9, &(struct icrq){0}));
	solo.side.out_count = 0;
	solo_input(&solo, "c802 0024 5678 0000 0002 0001 8008 0000 0000 0004"
			  "8008 0000 0009 1234 8008 0000 0001 0001");
	assert_sent(&solo.side, "c802 000c 1234 0000 0002 0003");
	assert_int_equal(tunnel_info(solo.side.tunnel).unacknowledged, 0);
	solo_input(&solo, "c802 000c 5678 0000 0003 0002");
	solo_pass(&solo, 30000);
	assert_silent(&solo.side);
	solo_fini(&solo);
}

/* StopCCN that nobody acknowledges. */
static void test_close_unanswered(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair, "");
	pair_pass(&pair, 1000);
	pair.cut = true;
	tunnel_close(pair.lac.tunnel, &shutting_down, pair.now);
	assert_int_equal(pair.lac.down, 1);
	pair_pass(&pair, 30999);
	assert_int_equal(pair.lac.done, 0);
	pair_pass(&pair, 1);
	assert_int_equal(pair.lac.done, 1);
	assert_int_equal(pair.lac.down, 1);
	pair_fini(&pair);
}

/* Both at once: each acknowledges the other's and is done. */
static void test_close_crossing(void **state)
{
	struct pair pair;

	(void)state;
	bring_up(&pair, "");
	pair_pass(&pair, 1000);
	tunnel_close(pair.lac.tunnel, &shutting_down, pair.now);
	tunnel_close(pair.lns.tunnel, &shutting_down, pair.now);
	pair_run(&pair);
	pair_pass(&pair, 1000);
	assert_int_equal(pair.lac.done, 1);
	assert_int_equal(pair.lns.done, 1);
	pair_fini(&pair);
}

static void test_close_before_start(void **state)
{
	struct tunnel_config config = pair_config(0x1234, "lac1", "");
	struct pair pair;

	(void)state;
	pair_init(&pair, &config, &config);
	tunnel_close(pair.lac.tunnel, &shutting_down, pair.now);
	assert_int_equal(pair.lac.down, 1);
	assert_int_equal(pair.lac.done, 1);
	assert_silent(&pair.lac);
	pair_fini(&pair);
}

/* Given up while SCCRQ is on its way: StopCCN follows with the right id. */
static void test_close_early(void **state)
{
	struct farewell want = {
		.type = L2TP_STOPCCN,
		.tunnel = 0x5678,
		.ns = 1,
		.nr = 1,
		.own = 0x1234,
		.result = STOPCCN_SHUTDOWN,
		.text = "bye",
	};
	struct dialer d;

	(void)state;
	dialer_init(&d, "");
	tunnel_close(d.side.tunnel, &shutting_down, d.now);
	assert_int_equal(d.side.down, 1);
	assert_silent(&d.side);
	dialer_input(&d, "c802 0038 1234 0000 0000 0001" SCCRP);
	assert_farewell(&d.side, &want);
	assert_int_equal(d.side.up, 0);
	dialer_input(&d, "c802 000c 1234 0000 0001 0002");
	assert_int_equal(d.side.done, 1);
	side_fini(&d.side);
}

/* An SCCRQ that is refused: the acknowledgement finds its way. */
static void test_refused(void **state)
{
	struct dialer d;

	(void)state;
	dialer_init(&d, "");
	dialer_input(&d, "c802 0026 1234 0000 0000 0001 8008 0000 0000 0004"
			 "8008 0000 0009 4321 800a 0000 0001 0005 0100");
	assert_sent(&d.side, "c802 000c 4321 0000 0001 0001");
	assert_int_equal(d.side.why.result, STOPCCN_VERSION);
	assert_int_equal(d.side.why.error, 0x0100);
	assert_int_equal(d.side.by, ENDED_BY_PEER);
	side_fini(&d.side);
}

/* The initiator gave up before it knew our id. */
static void test_given_up_by_initiator(void **state)
{
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_WAIT_CTL_CONN, "");
	solo_input(&solo, "c802 0024 0000 0000 0001 0000 8008 0000 0000 0004"
			  "8008 0000 0009 1234 8008 0000 0001 0001");
	assert_sent(&solo.side, "c802 000c 1234 0000 0001 0002");
	assert_int_equal(state_of(&solo.side), TUNNEL_LINGER);
	assert_int_equal(solo.side.by, ENDED_BY_PEER);
	solo_fini(&solo);
}

/* The peer's StopCCN crosses ours, which it acknowledges only afterwards. */
static void test_close_crossed(void **state)
{
	struct solo solo;

	(void)state;
	solo_init(&solo, SOLO_UP, "");
	tunnel_close(solo.side.tunnel, &shutting_down, solo.now);
	solo.side.out_count = 0;
	solo_input(&solo, "c802 0024 5678 0000 0002 0001 8008 0000 0000 0004"
			  "8008 0000 0009 1234 8008 0000 0001 0001");
	assert_silent(&solo.side);
	solo_input(&solo, "c802 000c 5678 0000 0003 0002");
	assert_sent(&solo.side, "c802 000c 1234 0000 0002 0003");
	assert_int_equal(solo.side.done, 1);
	solo_fini(&solo);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_up_without_secret),
		cmocka_unit_test(test_transcript),
		cmocka_unit_test(test_illegal_early),
		cmocka_unit_test(test_reordered),
		cmocka_unit_test(test_sccrq_repeated),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_setup_timer),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_hello_not_needed),
		cmocka_unit_test(test_hello_unanswered),
		cmocka_unit_test(test_hello_off),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_linger),
		cmocka_unit_test(test_linger_with_unacked),
		cmocka_unit_test(test_close_unanswered),
		cmocka_unit_test(test_close_crossing),
		cmocka_unit_test(test_close_crossed),
		cmocka_unit_test(test_close_before_start),
		cmocka_unit_test(test_close_early),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_given_up_by_initiator),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
