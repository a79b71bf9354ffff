/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An engine that starts on the maps of one that was killed, with the same
 * configuration or another: nothing of the old one is used, nothing stays.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "world/pool.h"

static const char bng_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: bng}\n"
	"stale-hold: 120\n"
	"ppp: {auth: [pap]}\n"
	"domains: [{name: default, action: local}]\n"
	"users: [{name: u, password: p}]\n"
	"pools: [{name: p, range: %s}]\n"
	"l2tp: {local-addresses: [%s]}\n";

static const char *bng(const char *range, const char *locals)
{
	static char text[512];

	snprintf(text, sizeof(text), bng_conf, range, locals);
	return text;
}

struct house {
	struct stage *stage;
	struct actor *bng;
	struct caller *caller;
};

/* One call is up, and small packets need a route of its own. */
static struct house house_new(const char *range)
{
	struct house h = {.stage = stage_new()};

	h.bng = stage_actor(h.stage, bng(range, "192.0.2.1"));
	h.caller = stage_caller(h.stage, h.bng, "u", "p");
	h.caller->mru = 1400;
	caller_dial(h.caller);
	stage_pass(h.stage, 1000);
	assert_true(h.caller->online);
	return h;
}

static void house_end(struct house *h)
{
	stage_pass(h->stage, 300000);
	actor_is_empty(h->bng);
	stage_free(h->stage);
}

/* The old legs forward on, their ids and address rest; then all is swept. */
static void check_hold(const char *range)
{
	struct house h = house_new(range);
	uint32_t access = actor_call(h.bng)->access.slot;
	uint32_t core = actor_call(h.bng)->core.slot;
	struct caller *other = stage_caller(h.stage, h.bng, "u", "p");
	const struct pool_entry *pool;

	actor_restart(h.bng, bng(range, "192.0.2.1"));
	assert_int_equal(h.bng->node.stale_count.legs, 2);
	assert_int_equal(h.bng->legs[access].state, LEG_FORWARD);
	assert_int_equal(h.bng->legs[core].state, LEG_FORWARD);
	pool = list_entry(h.bng->node.pools.next, struct pool_entry, link);
	assert_int_equal(pool_used(pool->pool), 1);
	caller_dial(other);
	stage_pass(h.stage, 1000);
	assert_true(other->online);
	assert_true(actor_call(h.bng)->core.slot != core);
	stage_pass(h.stage, 110000);
	assert_int_equal(h.bng->legs[access].state, LEG_FORWARD);
	stage_pass(h.stage, 10000);
	assert_int_equal(h.bng->legs[access].state, LEG_FREE);
	assert_int_equal(h.bng->legs[core].state, LEG_FREE);
	assert_int_equal(pool_used(pool->pool), 1);
	assert_true(other->online);
	caller_padt(other);
	house_end(&h);
}

static void test_hold(void **state)
{
	(void)state;
	check_hold("10.1.0.0/24");
	/* whose last address is a route of the pool by itself */
	check_hold("10.1.0.5-10.1.0.8");
}

/* The pool has other borders: the engine starts, and gives from the new. */
static void test_other_borders(void **state)
{
	static const char *const ranges[] = {
		"10.1.0.0/25", "10.1.0.64/26", "10.1.0.0/16", "10.1.0.1-10.1.0.9",
	};
	struct house h = house_new("10.1.0.0/24");

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		actor_restart(h.bng, bng(ranges[i], "192.0.2.1"));
		caller_dial(h.caller);
		stage_pass(h.stage, 1000);
		assert_true(h.caller->online);
	}
	caller_padt(h.caller);
	stage_pass(h.stage, 200000);
	for (unsigned int i = 1; i < POOL_SLOTS; i++)
		assert_int_equal(h.bng->pools[i].count, 0);
	stage_free(h.stage);
}

/* Ranges that are configured no more go when their last leg is swept. */
static void test_other_ranges(void **state)
{
	struct house h = house_new("10.1.0.0/24");
	char range[32];

	(void)state;
	for (unsigned int i = 2; i < 2 + 2 * POOL_SLOTS; i++) {
		snprintf(range, sizeof(range), "10.%u.0.0/24", i);
		actor_restart(h.bng, bng(range, "192.0.2.1"));
		stage_pass(h.stage, 130000);
	}
	assert_int_equal(h.bng->route_count, h.bng->route_base);
	house_end(&h);
}

/* The old range is in use and leaves no room for the new one. */
static void test_no_room(void **state)
{
	static const char *const ranges[][2] = {
		{"10.2.0.0/15", "10.64.0.0/15"},
		/* the one that is kept lies in the middle */
		{"10.9.0.0/17}, {name: q, range: 10.2.0.0/16",
		 "10.2.0.0/16}, {name: r, range: 10.64.0.0/15"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		struct house h = house_new(ranges[i][0]);

		h.bng->route_count = 0;
		actor_restart(h.bng, bng(ranges[i][1], "192.0.2.1"));
		h.bng->route_base = h.bng->route_count;
		caller_dial(h.caller);
		stage_pass(h.stage, 1000);
		assert_true(h.caller->online);
		caller_padt(h.caller);
		house_end(&h);
	}
}

static void test_other_locals(void **state)
{
	struct house h = house_new("10.1.0.0/24");
	char local[32];

	(void)state;
	for (unsigned int i = 2; i < 2 + 2 * LOCAL_SLOTS; i++) {
		snprintf(local, sizeof(local), "192.0.2.%u", i);
		actor_restart(h.bng, bng("10.1.0.0/24", local));
		assert_int_equal(h.bng->settings->locals, 1);
		assert_int_equal(h.bng->settings->local_ip4[0],
				 inet_addr(local));
	}
	house_end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hold),
		cmocka_unit_test(test_other_borders),
		cmocka_unit_test(test_other_ranges),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_other_locals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
