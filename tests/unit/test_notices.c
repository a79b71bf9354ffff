/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * WENs and SLIs (RFC 2661 6.13, 6.14): others cause them as often as they like,
 * and they share the tunnel with calls that did nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "l2tp_pair.h"

enum {
	MANY = 300000, /* more than the channel's queue has places */
	WINDOW = 4, /* of the LNS */
};

static const struct iccn iccn = {.has = ICCN_HAS_TX_SPEED,
				 .tx_speed = 1000000,
				 .framing = 1};

/* A tunnel with so many calls, all connected, all acknowledged. */
static void calls_up(struct pair *pair, uint16_t calls)
{
	struct tunnel_config lac = pair_config(0x1234, "lac1", "");
	struct tunnel_config lns = pair_config(0x5678, "lns1", "");
	const struct icrq icrq = {.serial = 1};

	lns.window = WINDOW;
	pair_init(pair, &lac, &lns);
	pair->lac.connect_with = &iccn;
	tunnel_start(pair->lac.tunnel, pair->now);
	for (uint16_t i = 0; i < calls; i++)
		assert_non_null(side_call(&pair->lac, i + 1, &icrq));
	pair_pass(pair, 1000);
	assert_int_equal(pair->lns.call_count, calls);
	for (uint16_t i = 0; i < calls; i++)
		assert_int_equal(pair->lns.calls[i].connected, 1);
	pair->lac.sent_count = pair->lns.received_count = 0;
}

static void wen(struct pair *pair, unsigned int call, uint32_t number)
{
	uint8_t value[26] = {0};
	struct builder b = builder_on(value, sizeof(value));

	build_u32(&b, number);
	session_notice(pair->lac.calls[call].session, L2TP_WEN, VIEW(value),
		       pair->now);
}

static unsigned int received(const struct pair *pair, uint16_t type)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < pair->lns.received_count; i++)
		count += pair->lns.received[i] == type;
	return count;
}

static uint64_t replaced(const struct pair *pair)
{
	return tunnel_info(pair->lac.tunnel).counters.notices_replaced;
}

/* Value of the last WEN that the LNS was told of. */
static uint32_t last_number(const struct pair *pair, unsigned int call)
{
	struct reader r = reader_of_view(bytes_view(&pair->lns.calls[call].notice));
	uint32_t number = 0;

	read_u32(&r, &number);
	return number;
}

/* A peer that takes nothing: one call's notices fill neither queue nor tunnel. */
static void test_flood_with_a_silent_peer(void **state)
{
	struct pair pair;

	(void)state;
	calls_up(&pair, 2);
	for (uint32_t i = 0; i < MANY; i++)
		wen(&pair, 0, i);
	assert_int_equal(pair.lac.sent_count, 1);
	assert_int_equal(pair.lac.out_count, 1);
	assert_int_equal(replaced(&pair), MANY - 2);
	pair_run(&pair);
	/* real messages leave at once, beside it */
	session_close(pair.lac.calls[1].session,
		      &(struct l2tp_result){.result = CDN_ADMIN}, pair.now);
	assert_int_equal(pair.lac.sent[1], L2TP_CDN);
	pair_pass(&pair, 10 * SESSION_NOTICE_MS);
	assert_int_equal(pair.lac.down, 0);
	assert_int_equal(received(&pair, L2TP_WEN), 2);
	assert_int_equal(last_number(&pair, 0), MANY - 1);
	assert_int_equal(pair.lns.calls[1].closed, 1);
	assert_int_equal(pair.lns.calls[0].closed, 0);
	pair_fini(&pair);
}

/* The first is sent, and the last of those that followed: at its time. */
static void test_one_at_a_time(void **state)
{
	struct pair pair;

	(void)state;
	calls_up(&pair, 1);
	for (uint32_t i = 1; i <= 5; i++) {
		wen(&pair, 0, i);
		pair_run(&pair);
	}
	assert_int_equal(received(&pair, L2TP_WEN), 1);
	pair_pass(&pair, SESSION_NOTICE_MS - 1);
	assert_int_equal(received(&pair, L2TP_WEN), 1);
	pair_pass(&pair, 1);
	assert_int_equal(received(&pair, L2TP_WEN), 2);
	assert_int_equal(last_number(&pair, 0), 5);
	assert_int_equal(replaced(&pair), 3);
	/* nobody is left behind, and no timer runs for nothing */
	pair_pass(&pair, 5 * SESSION_NOTICE_MS);
	assert_int_equal(received(&pair, L2TP_WEN), 2);
	wen(&pair, 0, 6);
	pair_run(&pair);
	assert_int_equal(received(&pair, L2TP_WEN), 3);
	pair_fini(&pair);
}

/* A closed window keeps them all; each call's newest goes when it opens. */
static void test_window_is_shared(void **state)
{
	struct pair pair;

	(void)state;
	calls_up(&pair, SIDE_CALLS);
	pair.cut = true; /* what is sent is lost */
	for (unsigned int i = 0; i < 4; i++) {
		for (unsigned int call = 0; call < SIDE_CALLS; call++)
			wen(&pair, call, i);
		pair_deliver(&pair, &pair.lac, &pair.lns);
	}
	/* of those that were sent two were replaced, of the others three */
	assert_int_equal(pair.lac.sent_count, WINDOW);
	assert_int_equal(replaced(&pair), 3 * SIDE_CALLS - WINDOW);
	pair.cut = false;
	pair_pass(&pair, 20 * SESSION_NOTICE_MS);
	assert_int_equal(pair.lac.down, 0);
	/* the lost ones came again, and the newest of every call */
	assert_int_equal(pair.lac.sent_count, WINDOW + SIDE_CALLS);
	assert_int_equal(received(&pair, L2TP_WEN), WINDOW + SIDE_CALLS);
	for (unsigned int call = 0; call < SIDE_CALLS; call++)
		assert_int_equal(last_number(&pair, call), 3);
	pair_fini(&pair);
}

/* Of a call that ended nothing more is said. */
static void test_call_ends_while_one_waits(void **state)
{
	struct pair pair;

	(void)state;
	calls_up(&pair, 2);
	wen(&pair, 0, 1);
	wen(&pair, 0, 2);
	session_close(pair.lac.calls[0].session,
		      &(struct l2tp_result){.result = CDN_ADMIN}, pair.now);
	wen(&pair, 1, 1);
	pair_pass(&pair, 5 * SESSION_NOTICE_MS);
	assert_int_equal(received(&pair, L2TP_WEN), 2);
	assert_int_equal(received(&pair, L2TP_CDN), 1);
	assert_int_equal(pair.lns.calls[1].closed, 0);
	pair_fini(&pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flood_with_a_silent_peer),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_window_is_shared),
		cmocka_unit_test(test_call_ends_while_one_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
