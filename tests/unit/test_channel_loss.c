/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mass redial over a lossy path, in virtual time: 1,000 calls are set up
 * (ICRQ, ICRP, ICCN), also with a peer that drops whatever is out of order and
 * says nothing about it, as xl2tpd does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "channel_single.h"

enum {
	CALLS = 1000,
	CALL_EVERY_MS = 2,
	WAY_MAX = 65536,
	SEEDS = 8,
	OWN_WINDOW = 512, /* that of the LAC, as by default */
	GIVE_UP_MS = 300000,
};

enum step { ICRQ = 1, ICRP, ICCN };

/* What an end does with what comes before its turn. */
enum manner {
	KEEPS,
	DROPS, /* and tells the sender what is missing */
	DROPS_SILENTLY,
	SLOW, /* that, too, and repeats each message a second later only */
};

struct packet {
	struct instant due;
	uint8_t len;
	uint8_t data[24];
};

/* What is on its way in one direction: one delay for all keeps the order. */
struct way {
	struct packet packets[WAY_MAX];
	uint16_t first, end;
};

struct end {
	struct channel channel;
	struct path *path;
	struct way *out;
	enum manner manner;
};

/* A peer without a channel of ours: xl2tpd repeats each message by itself. */
struct slow {
	struct {
		uint16_t ns;
		struct instant sent;
	} unacked[1024];
	unsigned int count, waiting; /* ICRPs */
	uint16_t ns, nr;
};

struct path {
	struct end lac, lns;
	struct slow slow;
	struct way up, down;
	struct instant now;
	uint64_t dice;
	unsigned int loss; /* of 1000, each way */
	uint32_t delay_ms; /* one way */
	unsigned int opened, connected;
};

/* xorshift64* */
static bool path_loses(struct path *path)
{
	path->dice ^= path->dice >> 12;
	path->dice ^= path->dice << 25;
	path->dice ^= path->dice >> 27;
	return (path->dice * 2685821657736338717ull >> 33) % 1000 < path->loss;
}

static void end_send(void *ctx, struct view datagram)
{
	struct end *end = ctx;
	struct way *way = end->out;
	struct packet *p = &way->packets[way->end];

	if (path_loses(end->path))
		return;
	way->end++;
	assert_int_not_equal(way->end, way->first);
	assert_true(datagram.len <= sizeof(p->data));
	p->due = instant_after(end->path->now, end->path->delay_ms);
	p->len = (uint8_t)datagram.len;
	memcpy(p->data, datagram.data, datagram.len);
}

static void end_say(struct end *end, enum step step)
{
	const uint8_t body[] = {(uint8_t)step};

	assert_int_equal(
		channel_send(&end->channel, 1, VIEW(body), end->path->now), 0);
}

static void end_take(struct end *end, const struct l2tp_control *control)
{
	switch (control->body.data[0]) {
	case ICRQ:
		end_say(end, ICRP);
		break;
	case ICRP:
		end_say(end, ICCN);
		break;
	case ICCN:
		end->path->connected++;
		break;
	default:
		fail();
	}
}

/* ---- the slow peer ------------------------------------------------------- */

static void slow_send(struct end *end, uint16_t ns, bool icrp)
{
	const struct slow *slow = &end->path->slow;
	const uint8_t body[] = {ICRP};
	const struct l2tp_control control = {
		.tunnel = 1,
		.ns = ns,
		.nr = slow->nr,
		.body = view_of(body, icrp),
	};
	uint8_t datagram[16];
	struct builder b = builder_on(datagram, sizeof(datagram));

	assert_int_equal(l2tp_control_build(&b, &control), 0);
	end_send(end, builder_view(&b));
}

/* As much as our window allows. */
static void slow_flush(struct end *end)
{
	struct slow *slow = &end->path->slow;

	for (; slow->waiting && slow->count < end->channel.peer_window;
	     slow->waiting--) {
		slow->unacked[slow->count].ns = slow->ns;
		slow->unacked[slow->count++].sent = end->path->now;
		slow_send(end, slow->ns++, true);
	}
}

static void slow_input(struct end *end, const struct l2tp_control *control)
{
	struct slow *slow = &end->path->slow;
	unsigned int left = 0;

	for (unsigned int i = 0; i < slow->count; i++)
		if ((uint16_t)(slow->unacked[i].ns - control->nr) < 0x8000)
			slow->unacked[left++] = slow->unacked[i];
	slow->count = left;
	if (control->body.len && control->ns == slow->nr) {
		slow->nr++;
		slow->waiting += control->body.data[0] == ICRQ;
		end->path->connected += control->body.data[0] == ICCN;
		slow_send(end, slow->ns, false);
	} else if (control->body.len &&
		   (uint16_t)(control->ns - slow->nr) >= 0x8000) {
		slow_send(end, slow->ns, false);
	}
	slow_flush(end);
}

static void slow_ring(struct end *end)
{
	struct slow *slow = &end->path->slow;

	for (unsigned int i = 0; i < slow->count; i++) {
		if (!instant_due(instant_after(slow->unacked[i].sent, 1000),
				 end->path->now))
			continue;
		slow->unacked[i].sent = end->path->now;
		slow_send(end, slow->unacked[i].ns, true);
	}
}

/* ---- both ends ----------------------------------------------------------- */

static void end_input(struct end *end, struct view datagram)
{
	struct channel *channel = &end->channel;
	const struct l2tp_control *next;
	struct l2tp_control control;

	assert_int_equal(l2tp_control_read(datagram, &control), 0);
	if (end->manner == SLOW) {
		slow_input(end, &control);
		return;
	}
	if (end->manner == DROPS_SILENTLY && control.body.len &&
	    control.ns != channel->nr &&
	    (uint16_t)(control.ns - channel->nr) < 0x8000)
		return;
	if (channel_input(channel, &control, end->path->now)) {
		end_take(end, &control);
		while ((next = channel_next(channel)))
			end_take(end, next);
	}
	channel_settle(channel, end->path->now);
}

static void way_deliver(struct way *way, struct end *to)
{
	while (way->first != way->end &&
	       instant_due(way->packets[way->first].due, to->path->now)) {
		struct packet p = way->packets[way->first++];

		end_input(to, view_of(p.data, p.len));
	}
}

static void end_ring(struct end *end)
{
	if (end->manner == SLOW)
		slow_ring(end);
	if (instant_due(channel_deadline(&end->channel), end->path->now))
		assert_int_equal(channel_timeout(&end->channel, end->path->now),
				 0);
}

static void end_init(struct end *end, struct path *path, struct way *out,
		     uint16_t window, enum manner manner)
{
	struct channel_config config = channel_usual;

	*end = (struct end){.path = path, .out = out, .manner = manner};
	config.window = window;
	channel_init(&end->channel, &config, end_send, end);
	channel_set_peer(&end->channel, 1);
	end->channel.hold = manner == KEEPS;
}

/* How long it takes until all calls are up. */
static uint64_t path_run(struct path *path)
{
	uint64_t start = path->now.ms;

	while (path->connected < CALLS) {
		path->now.ms++;
		assert_true(path->now.ms - start < GIVE_UP_MS);
		if (path->opened < CALLS && path->now.ms % CALL_EVERY_MS == 0) {
			path->opened++;
			end_say(&path->lac, ICRQ);
		}
		way_deliver(&path->up, &path->lns);
		way_deliver(&path->down, &path->lac);
		end_ring(&path->lac);
		end_ring(&path->lns);
	}
	return path->now.ms - start;
}

/* The longest of several runs with a peer of this manner. */
static uint64_t path_measure(enum manner manner, uint32_t delay_ms,
			     unsigned int loss, uint16_t window)
{
	static struct path path;
	uint64_t longest = 0;

	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		uint64_t took;

		memset(&path, 0, sizeof(path));
		path.now.ms = 1;
		path.dice = seed * 0x9e3779b97f4a7c15ull;
		path.loss = loss;
		path.delay_ms = delay_ms;
		end_init(&path.lac, &path, &path.up, OWN_WINDOW, KEEPS);
		end_init(&path.lns, &path, &path.down, window, manner);
		channel_set_window(&path.lac.channel, window);
		channel_set_window(&path.lns.channel, OWN_WINDOW);
		took = path_run(&path);
		longest = took > longest ? took : longest;
		channel_fini(&path.lac.channel);
		channel_fini(&path.lns.channel);
	}
	return longest;
}

/* The window is the peer's, loss is of 1000 each way, the time is the longest
 * of all runs. */
static const struct goal {
	enum manner manner;
	uint32_t delay_ms;
	unsigned int loss;
	uint16_t window;
	uint64_t within_ms;
} goals[] = {
	{DROPS_SILENTLY, 1, 0, 16, 2100},
	{DROPS_SILENTLY, 1, 10, 16, 3000},
	{DROPS_SILENTLY, 1, 50, 16, 8000},
	{DROPS_SILENTLY, 1, 150, 16, 30000},
	{DROPS_SILENTLY, 1, 50, 4, 8000},
	{DROPS_SILENTLY, 1, 150, 4, 30000},
	{DROPS_SILENTLY, 5, 50, 16, 8000},
	{DROPS_SILENTLY, 5, 150, 16, 30000},
	{DROPS, 1, 50, 16, 8000},
	{DROPS, 1, 150, 16, 30000},
	{KEEPS, 1, 50, 16, 8000},
	{KEEPS, 1, 150, 16, 30000},
	/* its pauses are long: what helps is our window */
	{SLOW, 1, 10, 16, 5000},
	{SLOW, 1, 50, 16, 8000},
	{SLOW, 1, 150, 16, 30000},
	{SLOW, 1, 50, 4, 9000},
};

static void test_redial(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(goals) / sizeof(*goals); i++) {
		const struct goal *goal = &goals[i];
		uint64_t took = path_measure(goal->manner, goal->delay_ms,
					     goal->loss, goal->window);

		print_message("# manner %d, delay %u ms, loss %u/1000, window "
			      "%u: %llu ms\n",
			      goal->manner, goal->delay_ms, goal->loss,
			      goal->window, (unsigned long long)took);
		assert_true(took <= goal->within_ms);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_redial),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
