/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a channel sends again: timeouts from measured round trips, what tells of
 * a loss before them, and how long a silent peer has.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel_single.h"

/* Sends one and has it acknowledged so much later; *now moves on. */
static void single_trip(struct single *s, uint32_t ms, struct instant *now)
{
	s->out_count = 0;
	single_put(s, 1, *now);
	*now = instant_after(*now, ms);
	single_ack(s, s->channel.ns, *now);
	assert_true(channel_idle(&s->channel));
}

static void single_expire(struct single *s, struct instant *now)
{
	*now = channel_deadline(&s->channel);
	assert_int_equal(channel_timeout(&s->channel, *now), 0);
}

/* RFC 6298 2.2, 2.3: R + 4 R/2, then by eighths and quarters. */
static void test_timeout_is_measured(void **state)
{
	struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	assert_int_equal(s.channel.rto_ms, 1000);
	assert_int_equal(channel_round_trip(&s.channel), -1);
	single_trip(&s, 80, &now);
	assert_int_equal(channel_round_trip(&s.channel), 80);
	assert_int_equal(s.channel.rto_ms, 80 + 4 * 40 + 1);
	single_trip(&s, 120, &now);
	/* 80 + 40 / 8, and 3/4 of 40 + 40 / 4 */
	assert_int_equal(s.channel.rto_ms, 85 + 4 * 40 + 1);
	single_put(&s, 1, now);
	assert_int_equal(channel_deadline(&s.channel).ms, now.ms + 246);
	single_ack(&s, 3, instant_after(now, 100));
	/* never above what RFC 2661 says, nor below the floor */
	single_trip(&s, 20000, &now);
	assert_int_equal(s.channel.rto_ms, 1000);
	for (unsigned int i = 0; i < 100; i++)
		single_trip(&s, 1, &now);
	assert_int_equal(s.channel.rto_ms, 100);
	channel_fini(&s.channel);
}

/* Karn: what was sent twice measures nothing, and the back-off ends. */
static void test_karn(void **state)
{
	struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	single_trip(&s, 80, &now);
	single_put(&s, 1, now);
	single_expire(&s, &now);
	assert_int_equal(s.channel.rto_ms, 2 * 241);
	single_expire(&s, &now);
	assert_int_equal(s.channel.rto_ms, 4 * 241);
	single_ack(&s, 2, instant_after(now, 1));
	assert_int_equal(s.channel.rto_ms, 241);
	assert_false(s.channel.recovering);
	single_trip(&s, 80, &now);
	assert_int_equal(s.channel.rto_ms, 80 + 4 * 30 + 1);
	channel_fini(&s.channel);
}

/* However short the timeouts are, a silent peer has as long as ever. */
static void test_patience(void **state)
{
	struct instant now = {5000};
	struct instant start;
	static struct single s;

	(void)state;
	single_init(&s, 4);
	for (unsigned int i = 0; i < 20; i++)
		single_trip(&s, 1, &now);
	start = now;
	s.out_count = 0;
	single_put(&s, 1, now);
	assert_int_equal(channel_patience_ms(&channel_usual), 31000);
	/* at 0, 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7, 20.7, 28.7 s */
	for (unsigned int i = 0; i < 9; i++)
		single_expire(&s, &now);
	assert_int_equal(s.out_count, 10);
	assert_int_equal(now.ms, start.ms + 28700);
	assert_int_equal(channel_deadline(&s.channel).ms, start.ms + 31000);
	assert_int_equal(
		channel_timeout(&s.channel, instant_after(start, 30999)), 0);
	assert_int_equal(
		channel_timeout(&s.channel, instant_after(start, 31000)),
		-ETIMEDOUT);
	assert_int_equal(s.out_count, 10);
	channel_fini(&s.channel);
}

/* Has a window of eight in flight, with a round trip of 40 ms. */
static void single_fill(struct single *s, struct instant *now)
{
	single_init(s, 8);
	for (unsigned int i = 0; i < 20; i++)
		single_trip(s, 40, now);
	assert_int_equal(s->channel.rto_ms, 100);
	s->out_count = 0;
	single_put(s, 8, *now);
	assert_int_equal(s->out_count, 8);
}

/*
 * Two round trips without a word: the oldest goes again with the next one, and
 * the others when the peer has it.
 */
static void test_probe(void **state)
{
	struct instant now = {5000};
	struct instant start;
	static struct single s;

	(void)state;
	single_fill(&s, &now);
	start = now;
	single_expire(&s, &now);
	assert_int_equal(now.ms, start.ms + 80);
	assert_int_equal(s.out_count, 10);
	assert_true(
		view_equal(datagram_view(&s.out[0]), datagram_view(&s.out[8])));
	assert_true(
		view_equal(datagram_view(&s.out[1]), datagram_view(&s.out[9])));
	assert_int_equal(s.channel.rto_ms, 100); /* no back-off yet */
	single_ack(&s, 21, instant_after(now, 40));
	assert_int_equal(s.out_count, 16); /* the whole window at once */
	assert_true(view_equal(datagram_view(&s.out[7]),
			       datagram_view(&s.out[15])));
	/* a peer that had kept them gets nothing again */
	single_ack(&s, 28, instant_after(now, 80));
	assert_true(channel_idle(&s.channel));
	assert_int_equal(s.channel.cwnd, 8);
	assert_int_equal(s.channel.counters.retransmitted, 8);
	channel_fini(&s.channel);
}

/* Three same acknowledgements tell of it a quarter after the round trip. */
static void test_same_acks(void **state)
{
	struct instant now = {5000};
	struct instant start;
	static struct single s;

	(void)state;
	single_fill(&s, &now);
	start = now;
	now = instant_after(start, 41);
	single_ack(&s, 20, now);
	single_ack(&s, 20, now);
	assert_int_equal(channel_deadline(&s.channel).ms, start.ms + 80);
	single_ack(&s, 20, now);
	assert_int_equal(channel_deadline(&s.channel).ms, start.ms + 51);
	single_expire(&s, &now);
	assert_int_equal(s.out_count, 10);
	/* those of the repetition say nothing */
	for (unsigned int i = 0; i < 10; i++)
		single_ack(&s, 20, now);
	assert_int_equal(s.out_count, 10);
	single_ack(&s, 28, now);
	assert_true(channel_idle(&s.channel));
	channel_fini(&s.channel);
}

/* A floor as high as the first timeout: RFC 2661 alone, and nothing before. */
static void test_floor_of_first(void **state)
{
	struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 8);
	s.channel.config.retransmit_floor_ms = 1000;
	for (unsigned int i = 0; i < 20; i++)
		single_trip(&s, 1, &now);
	single_put(&s, 8, now);
	for (unsigned int i = 0; i < 10; i++)
		single_ack(&s, 20, now);
	assert_int_equal(channel_deadline(&s.channel).ms, now.ms + 1000);
	channel_fini(&s.channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeout_is_measured),
		cmocka_unit_test(test_karn),
		cmocka_unit_test(test_patience),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_same_acks),
		cmocka_unit_test(test_floor_of_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
