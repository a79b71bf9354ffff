/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two who take from one bucket, count one sequence on, or change the first word
 * of one leg, at the same time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "map_world.h"
#include "world/dataplane_data.h"

enum {
	SLOT = 0x10077,
	OCTETS = 100,
	TAKEN = 600, /* packets that a bucket holds */
	RUNS = 20000, /* of each thread */
	TURNS = 100000, /* of who numbers */
	COST = 0xffffffff, /* close to a tick for an octet */
	TICK_NS = 1000000000, /* so that time stands still */
};

enum { CALL = 7 };

/* An L2TP session of which the LNS decides, and the client of its call. */
static struct leg_end follower(void)
{
	return (struct leg_end){
		.kind = LEG_L2TP,
		.slot = SLOT,
		.template = 1,
		.mtu = 1500,
		.l2tp = {.tunnel = 9, .peer_session = 8, .follows = true},
	};
}

static struct leg_end follower_access(void)
{
	return (struct leg_end){
		.kind = LEG_PPPOE,
		.slot = 0x30123,
		.template = 2,
		.mtu = 1500,
		.pppoe = {.session = 0x0123},
	};
}

struct runner {
	struct map_world *w;
	pthread_barrier_t *start;
	unsigned int yes;
	uint16_t first; /* Ns */
};

static void *take_many(void *argument)
{
	struct runner *r = argument;

	pthread_barrier_wait(r->start);
	for (int i = 0; i < RUNS; i++)
		r->yes += dataplane_take(r->w->dp, SLOT, OCTETS);
	return NULL;
}

/* Every other number, upwards. */
static void *count_many(void *argument)
{
	struct runner *r = argument;

	pthread_barrier_wait(r->start);
	for (int i = 0; i < RUNS; i++)
		r->yes += dataplane_in_order(r->w->dp, SLOT,
					     (uint16_t)(r->first + 2 * i));
	return NULL;
}

/* How many of both were told yes. */
static unsigned int race(struct map_world *w, void *(*body)(void *))
{
	pthread_barrier_t start;
	struct runner runners[2] = {{w, &start, 0, 0}, {w, &start, 0, 1}};
	pthread_t threads[2];

	pthread_barrier_init(&start, NULL, 2);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, body,
						&runners[i]),
				 0);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pthread_barrier_destroy(&start);
	return runners[0].yes + runners[1].yes;
}

static void clock_stop(struct map_world *w)
{
	struct dataplane_clock clock = {.ticks = 5, .tick_ns = TICK_NS};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	clock.ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	dataplane_clock_set(w->dp, &clock);
}

/* Not one packet more than there is in the bucket. */
static void test_take(void **state)
{
	const struct policer full = {
		.full_at = 1ull << 63,
		.cost = COST,
		.depth = (uint32_t)TAKEN * OCTETS << 16,
	};
	struct map_world *w = *state;

	for (int round = 0; round < 20; round++) {
		clock_stop(w);
		assert_int_equal(pwrite(w->fds.policers, &full, sizeof(full),
					SLOT * (off_t)sizeof(full)),
				 sizeof(full));
		assert_int_equal(race(w, take_many), TAKEN);
	}
}

/* Each number is either in order or counted as late, and none is lost. */
static void test_in_order(void **state)
{
	struct map_world *w = *state;
	struct leg *leg = &w->legs[SLOT];
	unsigned int yes;

	for (int round = 0; round < 20; round++) {
		leg->in.l2tp.sequence = 0;
		leg->in.l2tp.late = 0;
		yes = race(w, count_many);
		assert_int_equal(yes + leg->in.l2tp.late, 2 * RUNS);
		assert_true(leg->in.l2tp.sequence >> 16 <= 5);
	}
}

static bool numbers_agree(struct map_world *w)
{
	return !!(w->legs[SLOT].flags & LEG_NUMBERED) ==
	       dataplane_leg_numbers(w->dp, follower_access().slot);
}

/* Two who hear the LNS change its mind; whoever is last, both legs agree. */
static void *follow_many(void *argument)
{
	struct runner *r = argument;

	for (int i = 0; i < TURNS; i++) {
		pthread_barrier_wait(r->start);
		for (int k = 0; k < 4; k++)
			dataplane_follow(r->w->dp, SLOT, (k + r->first) & 1);
		pthread_barrier_wait(r->start);
		r->yes += numbers_agree(r->w);
	}
	return NULL;
}

/* The engine, which changes other bits of the same words in the meantime. */
static void *join_many(void *argument)
{
	struct runner *r = argument;
	struct leg_end core = follower(), access = follower_access();

	pthread_barrier_wait(r->start);
	for (int i = 0; i < TURNS; i++) {
		access.blocked = core.blocked = i & 1;
		if (r->first)
			r->yes += !dataplane_join(r->w->dp, CALL, &access,
						  &core);
		else
			dataplane_follow(r->w->dp, SLOT, i & 1);
		/* nobody but this thread changes it */
		if (!r->first)
			r->yes += (r->w->legs[SLOT].flags & LEG_NUMBERED) ==
				  (i & 1 ? LEG_NUMBERED : 0);
	}
	return NULL;
}

static void follow_race(struct map_world *w, void *(*body)(void *))
{
	struct leg_end core = follower(), access = follower_access();

	assert_int_equal(dataplane_join(w->dp, CALL, &access, &core), 0);
	assert_int_equal(race(w, body), 2 * TURNS);
	assert_true(numbers_agree(w));
	for (int on = 1; on >= 0; on--) {
		dataplane_follow(w->dp, SLOT, on);
		assert_int_equal(dataplane_leg_numbers(w->dp, access.slot), on);
	}
}

static void test_follow(void **state)
{
	follow_race(*state, follow_many);
}

static void test_follow_while_joined(void **state)
{
	follow_race(*state, join_many);
}

/* Who is not to follow, or whose other leg is another call's, does not. */
static void test_follow_nobody(void **state)
{
	struct map_world *w = *state;
	struct leg_end core = follower(), access = follower_access();
	struct leg *out = &w->legs[access.slot];

	assert_int_equal(dataplane_join(w->dp, CALL, &access, &core), 0);
	out->call++;
	dataplane_follow(w->dp, SLOT, true);
	assert_false(dataplane_leg_numbers(w->dp, access.slot));
	out->call--;
	dataplane_follow(w->dp, access.slot, true);
	assert_int_equal(w->legs[SLOT].flags & LEG_SEQUENCED, 0);
	dataplane_follow(w->dp, SLOT, true);
	assert_true(dataplane_leg_numbers(w->dp, access.slot));
	/* the legs of a new call begin without */
	dataplane_leg_clear(w->dp, SLOT);
	dataplane_leg_clear(w->dp, access.slot);
	assert_int_equal(dataplane_join(w->dp, CALL, &access, &core), 0);
	assert_false(dataplane_leg_numbers(w->dp, access.slot));
	assert_int_equal(w->legs[SLOT].flags & LEG_NUMBERED, 0);
}

static void test_out_of_range(void **state)
{
	struct map_world *w = *state;

	assert_true(dataplane_take(w->dp, LEG_SLOTS, OCTETS));
	assert_true(dataplane_in_order(w->dp, LEG_SLOTS, 1));
	dataplane_leg_drop(w->dp, LEG_SLOTS);
	dataplane_follow(w->dp, LEG_SLOTS, true);
	assert_false(dataplane_leg_numbers(w->dp, LEG_SLOTS));
	dataplane_leg_drop(w->dp, SLOT);
	assert_int_equal(w->legs[SLOT].dropped, 1);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, map_world_setup,                 \
					map_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_take),
		TEST(test_in_order),
		TEST(test_follow),
		TEST(test_follow_while_joined),
		TEST(test_follow_nobody),
		TEST(test_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
