/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The reliable channel: two joined by a pipe that loses, repeats and reorders
 * must deliver exactly once and in order; schedule, window and bounds.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel_single.h"
#include "l2tp_pair.h"
#include "proto/channel.h"

enum { PIPE_MAX = 4096, MESSAGES = 3000 };

struct packet {
	struct instant due;
	size_t len;
	uint8_t data[32];
};

struct end {
	struct channel channel;
	struct end *peer;
	struct pipe *pipe;
	struct packet in[PIPE_MAX];
	unsigned int in_count;
	uint32_t next_sent, next_received; /* numbers in the bodies */
	unsigned int most_in_flight;
};

struct pipe {
	struct end a, b;
	struct instant now;
	uint32_t seed;
	unsigned int loss, repeat; /* of 100 */
	unsigned int delay_ms;	   /* at most... */
	unsigned int always_ms;	   /* ...besides this */
};

static unsigned int dice(struct pipe *pipe, unsigned int sides)
{
	pipe->seed = pipe->seed * 1103515245u + 12345u;
	return (pipe->seed >> 16) % sides;
}

static void put(struct end *to, struct view datagram)
{
	struct pipe *pipe = to->pipe;
	struct packet *p = &to->in[to->in_count++];

	assert_true(to->in_count <= PIPE_MAX);
	assert_true(datagram.len <= sizeof(p->data));
	p->due = instant_after(
		pipe->now, pipe->always_ms + dice(pipe, pipe->delay_ms + 1));
	p->len = datagram.len;
	memcpy(p->data, datagram.data, datagram.len);
}

static void pipe_send(void *ctx, struct view datagram)
{
	struct end *from = ctx;
	struct pipe *pipe = from->pipe;

	if (from->channel.in_flight > from->most_in_flight)
		from->most_in_flight = from->channel.in_flight;
	if (dice(pipe, 100) < pipe->loss)
		return;
	put(from->peer, datagram);
	if (dice(pipe, 100) < pipe->repeat)
		put(from->peer, datagram);
}

static void end_init(struct end *end, struct pipe *pipe, struct end *peer,
		     uint16_t first)
{
	memset(end, 0, sizeof(*end));
	end->pipe = pipe;
	end->peer = peer;
	channel_init(&end->channel, &channel_usual, pipe_send, end);
	channel_set_peer(&end->channel, 1);
	channel_set_window(&end->channel, 16);
	end->channel.hold = true;
	/* at a quarter lost, five in a row do happen */
	end->channel.config.retransmit_max = 30;
	/* let the numbers wrap around within the run */
	end->channel.ns = end->channel.una = first;
	end->channel.nr = first;
}

static void pipe_init(struct pipe *pipe, uint32_t seed)
{
	pipe->now.ms = 1;
	pipe->seed = seed;
	pipe->loss = pipe->repeat = pipe->delay_ms = pipe->always_ms = 0;
	end_init(&pipe->a, pipe, &pipe->b, 65000);
	end_init(&pipe->b, pipe, &pipe->a, 65000);
}

static void pipe_fini(struct pipe *pipe)
{
	channel_fini(&pipe->a.channel);
	channel_fini(&pipe->b.channel);
}

static void offer(struct end *end)
{
	uint8_t body[4];
	struct builder b = builder_on(body, sizeof(body));

	build_u32(&b, end->next_sent++);
	assert_int_equal(channel_send(&end->channel, 7, builder_view(&b),
				      end->pipe->now),
			 0);
}

static void take(struct end *end, const struct l2tp_control *control)
{
	struct reader r = reader_of_view(control->body);
	uint32_t number;

	assert_int_equal(read_u32(&r, &number), 0);
	assert_int_equal(number, end->next_received);
	assert_int_equal(control->session, 7);
	end->next_received++;
}

static void input(struct end *end, struct view datagram)
{
	const struct l2tp_control *next;
	struct l2tp_control control;

	assert_int_equal(l2tp_control_read(datagram, &control), 0);
	if (channel_input(&end->channel, &control, end->pipe->now)) {
		take(end, &control);
		while ((next = channel_next(&end->channel)))
			take(end, next);
	}
	assert_true(end->channel.early_count < channel_usual.window);
	channel_settle(&end->channel, end->pipe->now);
}

/* Hands over what is due, in any order. */
static void drain(struct end *end)
{
	for (unsigned int i = 0; i < end->in_count;) {
		struct packet p = end->in[i];

		if (p.due.ms > end->pipe->now.ms) {
			i++;
			continue;
		}
		end->in[i] = end->in[--end->in_count];
		input(end, view_of(p.data, p.len));
	}
}

static void tick(struct pipe *pipe)
{
	pipe->now.ms += 10;
	drain(&pipe->a);
	drain(&pipe->b);
	if (instant_due(channel_deadline(&pipe->a.channel), pipe->now))
		assert_int_equal(channel_timeout(&pipe->a.channel, pipe->now),
				 0);
	if (instant_due(channel_deadline(&pipe->b.channel), pipe->now))
		assert_int_equal(channel_timeout(&pipe->b.channel, pipe->now),
				 0);
}

static void run(struct pipe *pipe, unsigned int messages)
{
	for (uint64_t i = 0; i < 2000000; i++) {
		if (pipe->a.next_sent < messages && !dice(pipe, 2))
			offer(&pipe->a);
		if (pipe->b.next_sent < messages && !dice(pipe, 5))
			offer(&pipe->b);
		tick(pipe);
		if (pipe->a.next_received == messages &&
		    pipe->b.next_received == messages &&
		    channel_idle(&pipe->a.channel) &&
		    channel_idle(&pipe->b.channel))
			return;
	}
	fail_msg("stuck");
}

static void test_clean(void **state)
{
	static struct pipe pipe;

	(void)state;
	pipe_init(&pipe, 1);
	run(&pipe, MESSAGES);
	assert_int_equal(pipe.a.channel.counters.sent, MESSAGES);
	assert_int_equal(pipe.a.channel.counters.received, MESSAGES);
	assert_int_equal(pipe.a.channel.counters.retransmitted, 0);
	assert_int_equal(pipe.a.channel.counters.duplicates, 0);
	assert_int_equal(pipe.a.channel.counters.out_of_window, 0);
	assert_int_equal(pipe.a.channel.counters.bad_nr, 0);
	pipe_fini(&pipe);
}

static void test_lossy(void **state)
{
	static struct pipe pipe;

	(void)state;
	for (uint32_t seed = 1; seed <= 12; seed++) {
		pipe_init(&pipe, seed);
		pipe.loss = seed * 2;
		pipe.repeat = 30 - seed * 2;
		pipe.delay_ms = seed % 4 * 30;
		run(&pipe, MESSAGES / 4);
		assert_int_equal(pipe.b.channel.counters.received,
				 MESSAGES / 4);
		assert_true(pipe.a.channel.counters.retransmitted > 0);
		assert_int_equal(pipe.a.channel.counters.bad_nr, 0);
		assert_true(pipe.a.most_in_flight <= 16);
		pipe_fini(&pipe);
	}
}

/* Reordering alone: held messages are delivered without a retransmission. */
static void test_reordering(void **state)
{
	static struct pipe pipe;

	(void)state;
	pipe_init(&pipe, 99);
	pipe.always_ms = 200;
	pipe.delay_ms = 60;
	run(&pipe, MESSAGES / 4);
	assert_int_equal(pipe.a.channel.counters.retransmitted, 0);
	assert_int_equal(pipe.b.channel.counters.retransmitted, 0);
	pipe_fini(&pipe);
}

/* What is overtaken by more than that is taken for lost now and then. */
static void test_wild_reordering(void **state)
{
	static struct pipe pipe;

	(void)state;
	pipe_init(&pipe, 99);
	pipe.delay_ms = 300;
	run(&pipe, MESSAGES / 4);
	assert_true(pipe.a.channel.counters.retransmitted < MESSAGES / 4 / 4);
	assert_true(pipe.b.channel.counters.retransmitted < MESSAGES / 4 / 4);
	pipe_fini(&pipe);
}

/* Without leave to hold, what comes too early is dropped and comes again. */
static void test_not_held(void **state)
{
	static struct pipe pipe;

	(void)state;
	pipe_init(&pipe, 5);
	pipe.delay_ms = 100;
	pipe.a.channel.hold = pipe.b.channel.hold = false;
	run(&pipe, MESSAGES / 8);
	assert_true(pipe.b.channel.counters.out_of_window > 0);
	pipe_fini(&pipe);
}

/* ---- one channel, by hand ------------------------------------------------ */

/* t = 0, 1, 3, 7, 15, 23 s, dead at 31 s. */
static void test_schedule(void **state)
{
	static const uint64_t at[] = {1000, 3000, 7000, 15000, 23000};
	const struct instant start = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	single_put(&s, 1, start);
	assert_int_equal(s.out_count, 1);
	for (unsigned int i = 0; i < 5; i++) {
		struct instant due = channel_deadline(&s.channel);

		assert_int_equal(due.ms, start.ms + at[i]);
		assert_int_equal(channel_timeout(&s.channel, due), 0);
		assert_int_equal(s.out_count, i + 2);
		assert_true(view_equal(datagram_view(&s.out[0]),
				       datagram_view(&s.out[i + 1])));
	}
	assert_int_equal(channel_deadline(&s.channel).ms, start.ms + 31000);
	assert_int_equal(
		channel_timeout(&s.channel, instant_after(start, 31000)),
		-ETIMEDOUT);
	assert_int_equal(s.out_count, 6);
	channel_fini(&s.channel);
}

/* Appendix A: 1, 2, 3, 4 by slow start, then one more per window. */
static void test_slow_start(void **state)
{
	const struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 8);
	/* by RFC 2661 alone: nothing is measured */
	s.channel.config.retransmit_floor_ms = 1000;
	single_put(&s, 40, now);
	assert_int_equal(s.channel.in_flight, 1);
	single_ack(&s, 1, now);
	assert_int_equal(s.channel.cwnd, 2);
	assert_int_equal(s.channel.in_flight, 2);
	single_ack(&s, 2, now);
	single_ack(&s, 3, now);
	assert_int_equal(s.channel.cwnd, 4);
	/* an ack of several counts once */
	single_ack(&s, 6, now);
	assert_int_equal(s.channel.cwnd, 5);
	/* and the same again not at all */
	single_ack(&s, 6, now);
	assert_int_equal(s.channel.cwnd, 5);
	for (uint16_t nr = 7; nr < 20; nr++)
		single_ack(&s, nr, now);
	assert_int_equal(s.channel.cwnd, 8); /* never above the peer's window */
	assert_int_equal(s.channel.in_flight, 8);
	/* a loss: half of it, then slow start and avoidance */
	assert_int_equal(channel_timeout(&s.channel, (struct instant){6000}),
			 0);
	assert_int_equal(s.channel.cwnd, 1);
	assert_int_equal(s.channel.ssthresh, 4);
	assert_int_equal(s.channel.in_flight, 1);
	for (uint16_t nr = 20; nr < 23; nr++)
		single_ack(&s, nr, now);
	assert_int_equal(s.channel.cwnd, 4);
	for (uint16_t nr = 23; nr < 27; nr++)
		single_ack(&s, nr, now);
	assert_int_equal(s.channel.cwnd, 5);
	channel_fini(&s.channel);
}

/* After a timeout all that was in flight goes again, unless acknowledged. */
static void test_go_back(void **state)
{
	const struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	s.channel.cwnd = 4;
	single_put(&s, 4, now);
	assert_int_equal(s.out_count, 4);
	assert_int_equal(channel_timeout(&s.channel, (struct instant){6000}),
			 0);
	assert_int_equal(s.out_count, 5);
	/* the peer had 1 and 2 all the time; only 3 is left to go again */
	single_ack(&s, 3, (struct instant){6001});
	assert_int_equal(s.out_count, 6);
	assert_octets(datagram_view(&s.out[5]),
		      "c802 000d 0001 0000 0003 0000 ab");
	assert_int_equal(s.channel.counters.retransmitted, 2);
	single_ack(&s, 4, (struct instant){6002});
	assert_true(channel_idle(&s.channel));
	assert_true(instant_is_never(channel_deadline(&s.channel)));
	channel_fini(&s.channel);
}

/* The first new acknowledgement ends the back-off. */
static void test_backoff_ends(void **state)
{
	static struct single s;

	(void)state;
	single_init(&s, 4);
	single_put(&s, 1, (struct instant){5000});
	assert_int_equal(channel_timeout(&s.channel, (struct instant){6000}),
			 0);
	assert_int_equal(channel_timeout(&s.channel, (struct instant){8000}),
			 0);
	single_ack(&s, 1, (struct instant){8100});
	single_put(&s, 1, (struct instant){9000});
	assert_int_equal(channel_deadline(&s.channel).ms, 10000);
	channel_fini(&s.channel);
}

/* The space is halved: 32767 ahead is new, 32768 behind is old. */
static void test_ns_halves(void **state)
{
	const struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	single_get(&s, 0x7fff, false, now);
	assert_int_equal(s.channel.counters.out_of_window, 1);
	assert_int_equal(s.out_count, 1);
	single_get(&s, 0x8000, false, now);
	assert_int_equal(s.channel.counters.duplicates, 1);
	assert_int_equal(s.out_count, 2);
	channel_fini(&s.channel);
}

static void test_nr_bounds(void **state)
{
	const struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	single_put(&s, 1, now);
	single_ack(&s, 2, now); /* never sent */
	assert_int_equal(s.channel.counters.bad_nr, 1);
	assert_false(channel_idle(&s.channel));
	single_ack(&s, 0xffff, now); /* old */
	assert_int_equal(s.channel.counters.bad_nr, 1);
	single_ack(&s, 0x8000, now);
	assert_int_equal(s.channel.counters.bad_nr, 2);
	single_ack(&s, 1, now);
	assert_true(channel_idle(&s.channel));
	channel_fini(&s.channel);
}

/* An ack waits for company, but not for long and not for many. */
static void test_ack_delay(void **state)
{
	const struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	single_get(&s, 0, true, now);
	assert_int_equal(s.out_count, 0);
	assert_true(channel_deadline(&s.channel).ms <= now.ms + 200);
	assert_int_equal(
		channel_timeout(&s.channel, channel_deadline(&s.channel)), 0);
	assert_int_equal(s.out_count, 1);
	assert_octets(datagram_view(&s.out[0]),
		      "c802 000c 0001 0000 0000 0001");
	assert_true(instant_is_never(channel_deadline(&s.channel)));
	/* a message takes it along */
	single_get(&s, 1, true, now);
	single_put(&s, 1, now);
	assert_int_equal(s.out_count, 2);
	assert_octets(datagram_view(&s.out[1]),
		      "c802 000d 0001 0000 0000 0002 ab");
	assert_int_equal(s.channel.ack.ms, 0);
	/* a repetition is answered at once */
	single_get(&s, 1, false, now);
	assert_int_equal(s.out_count, 3);
	/* its Ns is that of the next message and uses none up */
	assert_octets(datagram_view(&s.out[2]),
		      "c802 000c 0001 0000 0001 0002");
	/* the second of two is answered at once */
	single_get(&s, 2, true, now);
	assert_int_equal(s.out_count, 3);
	single_get(&s, 3, true, now);
	assert_int_equal(s.out_count, 4);
	channel_fini(&s.channel);
}

static void test_hold_bounds(void **state)
{
	const struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	s.channel.hold = true;
	/* each says at once what is missing */
	for (uint32_t ns = 1; ns < 0x8000; ns++) {
		single_get(&s, (uint16_t)ns, false, now);
		assert_int_equal(s.out_count, 1);
		assert_octets(datagram_view(&s.out[--s.out_count]),
			      "c802 000c 0001 0000 0000 0000");
	}
	assert_int_equal(s.channel.early_count, 15);
	assert_int_equal(s.channel.counters.out_of_window, 0x7fff - 15);
	for (uint32_t ns = 1; ns < 16; ns++)
		single_get(&s, (uint16_t)ns, false, now);
	assert_int_equal(s.channel.counters.duplicates, 15);
	s.out_count = 0;
	single_get(&s, 0, true, now);
	assert_int_equal(s.channel.nr, 16);
	assert_int_equal(s.channel.early_count, 0);
	assert_int_equal(s.out_count, 1);
	assert_octets(datagram_view(&s.out[0]),
		      "c802 000c 0001 0000 0000 0010");
	channel_fini(&s.channel);
}

/*
 * A reply to what filled the gap acknowledges only that: what was held behind
 * it and needs no reply is acknowledged in time, too.
 */
static void test_hold_is_acknowledged(void **state)
{
	const uint8_t body[] = {0};
	const struct l2tp_control first = {.tunnel = 1, .body = VIEW(body)};
	struct instant now = {5000};
	static struct single s;

	(void)state;
	single_init(&s, 4);
	s.channel.hold = true;
	single_get(&s, 1, false, now);
	s.out_count = 0;
	assert_true(channel_input(&s.channel, &first, now));
	channel_send(&s.channel, 0, VIEW(body), now);
	assert_int_equal(s.out_count, 1); /* it says Nr 1 */
	assert_non_null(channel_next(&s.channel));
	assert_null(channel_next(&s.channel));
	channel_settle(&s.channel, now);
	now = instant_after(now, CHANNEL_ACK_MS);
	assert_int_equal(channel_timeout(&s.channel, now), 0);
	assert_int_equal(s.out_count, 2);
	assert_octets(datagram_view(&s.out[1]),
		      "c802 000c 0001 0000 0001 0002");
	channel_fini(&s.channel);
}

/* What is kept is bounded in octets, too; what is not comes again. */
static void test_hold_octets(void **state)
{
	static uint8_t body[CHANNEL_EARLY_OCTETS / 8];
	const struct instant now = {5000};
	static struct single s;
	struct l2tp_control control = {.tunnel = 1, .body = VIEW(body)};

	(void)state;
	single_init(&s, 4);
	s.channel.hold = true;
	for (control.ns = 1; control.ns <= 10; control.ns++)
		assert_false(channel_input(&s.channel, &control, now));
	assert_int_equal(s.channel.early_count, 8);
	assert_int_equal(s.channel.early_octets, CHANNEL_EARLY_OCTETS);
	assert_int_equal(s.channel.counters.out_of_window, 2);
	control.ns = 0;
	assert_true(channel_input(&s.channel, &control, now));
	while (channel_next(&s.channel))
		;
	assert_int_equal(s.channel.nr, 9);
	assert_int_equal(s.channel.early_octets, 0);
	for (control.ns = 10; control.ns <= 11; control.ns++)
		assert_false(channel_input(&s.channel, &control, now));
	assert_int_equal(s.channel.early_count, 2);
	channel_fini(&s.channel);
}

/* A queue that is full is the end of the channel, not of the memory. */
static void test_full(void **state)
{
	const uint8_t body[] = {0};
	const struct instant now = {5000};
	static struct single s;
	int err = 0;

	(void)state;
	single_init(&s, 1);
	for (unsigned int i = 0; !err && i <= CHANNEL_QUEUE_MAX + 1; i++)
		err = channel_send(&s.channel, 0, VIEW(body), now);
	assert_int_equal(err, -ENOBUFS);
	assert_int_equal(s.channel.waiting_count, CHANNEL_QUEUE_MAX);
	assert_true(instant_due(channel_deadline(&s.channel), now));
	assert_int_equal(channel_timeout(&s.channel, now), -ETIMEDOUT);
	channel_fini(&s.channel);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_lossy),
		cmocka_unit_test(test_reordering),
		cmocka_unit_test(test_wild_reordering),
		cmocka_unit_test(test_not_held),
		cmocka_unit_test(test_schedule),
		cmocka_unit_test(test_slow_start),
		cmocka_unit_test(test_go_back),
		cmocka_unit_test(test_backoff_ends),
		cmocka_unit_test(test_ns_halves),
		cmocka_unit_test(test_nr_bounds),
		cmocka_unit_test(test_ack_delay),
		cmocka_unit_test(test_hold_bounds),
		cmocka_unit_test(test_hold_is_acknowledged),
		cmocka_unit_test(test_hold_octets),
		cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
