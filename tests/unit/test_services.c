/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Services of a subscriber: rates and suspension, from the
 * profiles and by command, down to the records that the program reads.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "stage.h"
#include "switch/service.h"

static const char lns_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: bng}\n"
	"ppp: {auth: [pap]}\n"
	"domains:\n"
	"- {name: plain, action: local}\n"
	"- {name: sold, action: local, rate-up: 10M, rate-down: 20M,\n"
	"   burst-down: 50k}\n"
	"users:\n"
	"- {name: u@plain, password: p}\n"
	"- {name: u@sold, password: p}\n"
	"- {name: own@sold, password: p, rate-up: 1M}\n"
	"pools: [{name: p, range: 10.1.0.0-10.1.0.7}]\n";

static int setup(void **state)
{
	struct stage *stage = stage_new();

	*state = stage_actor(stage, lns_conf);
	return 0;
}

static int teardown(void **state)
{
	struct actor *a = *state;

	stage_free(a->stage);
	return 0;
}

/* ---- records ------------------------------------------------------------- */

static struct leg_end l2tp_end(uint8_t bank, uint16_t id)
{
	return (struct leg_end){
		.kind = LEG_L2TP,
		.slot = dataplane_slot(bank, id),
		.template = 5,
		.mtu = 1460,
		.l2tp = {.tunnel = 0x1111,
			 .peer_tunnel = 0x2222,
			 .peer_session = 0x3333},
	};
}

static struct leg_end access_end(uint8_t bank, uint16_t id)
{
	return (struct leg_end){
		.kind = LEG_PPPOE,
		.slot = dataplane_slot(bank, id),
		.template = 6,
		.mtu = 1492,
		.pppoe = {.mac = {2, 0, 0, 0, 0, 9}, .session = id},
	};
}

static struct leg_end ip_end(void)
{
	return (struct leg_end){
		.kind = LEG_IP,
		.slot = FIRST_IP_SLOT + 3,
		.mtu = 1500,
		.ip = {.ip4 = {inet_addr("10.1.0.3")}},
	};
}

/* What the program writes is its own as long as the leg lives. */
static void test_join_keeps_the_programs_words(void **state)
{
	struct actor *w = *state;
	struct leg_end a = l2tp_end(0, 7), c = l2tp_end(0, 8);
	struct leg *up = &w->legs[7], *down = &w->legs[8];

	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	up->in.l2tp.sequence = down->in.l2tp.sequence = 17;
	up->in.l2tp.late = down->in.l2tp.late = 3;
	up->to.l2tp.ns = down->to.l2tp.ns = 99;
	up->dropped = down->dropped = 5;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	c.l2tp.peer_session++;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	assert_int_equal(up->to.l2tp.session, htons(0x3334));
	for (struct leg *leg = up; leg <= down; leg++) {
		assert_int_equal(leg->state, LEG_FORWARD);
		assert_int_equal(leg->in.l2tp.sequence, 17);
		assert_int_equal(leg->in.l2tp.late, 3);
		assert_int_equal(leg->to.l2tp.ns, 99);
		assert_int_equal(leg->dropped, 5);
	}
	/* a fresh leg begins at zero */
	dataplane_leg_clear(w->dataplane, 7);
	dataplane_leg_clear(w->dataplane, 8);
	assert_int_equal(dataplane_join(w->dataplane, 2, &a, &c), 0);
	assert_int_equal(up->in.l2tp.sequence + up->in.l2tp.late, 0);
	assert_int_equal(up->to.l2tp.ns + up->dropped, 0);
}

static void test_block(void **state)
{
	struct actor *w = *state;
	struct leg_end a = access_end(0, 7), c = l2tp_end(0, 8);

	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	w->legs[7].packets = 40;
	a.blocked = c.blocked = true;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].state, LEG_BLOCKED);
	assert_int_equal(w->legs[8].state, LEG_BLOCKED);
	assert_int_equal(w->legs[7].packets, 40);
	/* changed while blocked: it still is, and ends in the same way */
	c.mtu = 1400;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].state, LEG_BLOCKED);
	assert_int_equal(w->legs[7].out_mtu, 1400);
	dataplane_leg_suspend(w->dataplane, 7);
	assert_int_equal(w->legs[7].state, LEG_PUNT);
	a.blocked = c.blocked = false;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].state, LEG_FORWARD);
	assert_int_equal(w->legs[7].packets, 40);
}

/* Octets of a second by the record, as the program counts. */
static double policer_rate(const struct policer *p)
{
	struct timespec tick;

	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	return 8.0 * (1ull << 32) * (1e9 / (double)tick.tv_nsec) / p->cost;
}

static void test_police(void **state)
{
	static const uint64_t rates[] = {64000, 10000000, 1000000000,
					 100000000000};
	struct actor *w = *state;
	struct policer *p = &w->policers[7];
	uint32_t burst;

	p->full_at = 42;
	for (unsigned int i = 0; i < 4; i++) {
		double rate = (double)rates[i], is;

		burst = dataplane_police(w->dataplane, 7, rates[i], 0);
		is = policer_rate(p);
		assert_true(is > rate * 0.98 && is < rate * 1.02);
		assert_int_equal(burst,
				 ((uint64_t)p->depth << 16) / p->cost);
		/* a tenth of a second, or ten packets */
		assert_true(burst >= 14900);
		assert_true(burst > rate / 80 * 0.98);
		assert_true(p->depth >= 4 << 16);
	}
	/* a burst of one's own, which must outlast some ticks */
	burst = dataplane_police(w->dataplane, 7, 10000000, 1000000);
	assert_true(burst > 999000 && burst <= 1000000);
	burst = dataplane_police(w->dataplane, 7, 1000000000, 2000);
	assert_int_equal(p->depth, 4 << 16);
	assert_true(burst > 100000);
	dataplane_police(w->dataplane, 7, 64000, 1000000000);
	assert_int_equal(p->depth, UINT32_MAX);
	/* the program's own word; no rate and no leg: nothing is written */
	assert_int_equal(p->full_at, 42);
	assert_int_equal(dataplane_police(w->dataplane, 8, 0, 0), 0);
	assert_int_equal(dataplane_police(w->dataplane, LEG_SLOTS, 64000, 0), 0);
	assert_int_equal(w->policers[8].cost, 0);
}

static void test_join_policed(void **state)
{
	struct actor *w = *state;
	struct leg_end a = l2tp_end(0, 7), c = ip_end();

	a.policed = true;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].flags, LEG_IP4 | LEG_POLICED);
	assert_int_equal(w->legs[FIRST_IP_SLOT + 3].flags, LEG_IP4);
	a.policed = false;
	c.policed = true;
	assert_int_equal(dataplane_join(w->dataplane, 1, &a, &c), 0);
	assert_int_equal(w->legs[7].flags, LEG_IP4);
	assert_int_equal(w->legs[FIRST_IP_SLOT + 3].flags, LEG_IP4 | LEG_POLICED);
}

/* ---- profiles ------------------------------------------------------------ */

static struct call *call_up(struct actor *a, const char *user)
{
	struct caller *c = stage_caller(a->stage, a, user, "p");

	caller_dial(c);
	stage_pass(a->stage, 1000);
	assert_true(c->online);
	return actor_call(a);
}

/* The record's rate, rounded to what was configured; 0: the leg has none. */
static double leg_rate(const struct actor *a, uint32_t slot)
{
	double rate;

	if (!(a->legs[slot].flags & LEG_POLICED))
		return 0;
	rate = policer_rate(&a->policers[slot]);
	return (double)(uint64_t)(rate / 1e4 + 0.5) * 1e4;
}

static void test_profiles(void **state)
{
	static const struct {
		const char *user;
		double up, down;
		uint64_t burst_down;
	} rows[] = {
		{"u@plain", 0, 0, 0},
		{"u@sold", 10e6, 20e6, 50000},
		{"own@sold", 1e6, 20e6, 50000},
	};
	struct actor *a = *state;

	for (unsigned int i = 0; i < 3; i++) {
		struct call *call = call_up(a, rows[i].user);

		assert_true(leg_rate(a, call->access.slot) == rows[i].up);
		assert_true(leg_rate(a, call->core.slot) == rows[i].down);
		assert_true(call->burst_down >= rows[i].burst_down * 99 / 100);
		actor_disconnect(a, call);
	}
}

/* ---- commands ------------------------------------------------------------ */

/* NULL: done; else what was said. */
static const char *command(struct actor *a, ctl_handler *handler,
			   const char *arguments)
{
	static char error[128];
	json_t *given = json_loads(arguments, 0, NULL);
	json_t *reply = NULL;
	int err;

	assert_non_null(given);
	error[0] = '\0';
	err = handler(&a->node, given, &reply, error, sizeof(error));
	assert_int_equal(err == 0, reply != NULL);
	json_decref(given);
	json_decref(reply);
	return err ? error : NULL;
}

static void test_police_command(void **state)
{
	struct actor *a = *state;
	struct call *call = call_up(a, "u@sold");
	uint32_t up = call->access.slot, down = call->core.slot;

	assert_null(command(a, service_police,
			    "{\"id\":1,\"up\":\"5M\",\"burst-up\":\"70k\"}"));
	assert_true(leg_rate(a, up) == 5e6);
	assert_true(leg_rate(a, down) == 20e6);
	assert_true(call->burst_up > 69000 && call->burst_up <= 70000);
	assert_null(command(a, service_police,
			    "{\"id\":1,\"up\":\"none\",\"down\":\"1G\"}"));
	assert_true(leg_rate(a, up) == 0);
	assert_true(leg_rate(a, down) > 0.99e9);
	/* what an operator said outlives a negotiation */
	caller_renegotiate(&a->stage->callers[0]);
	stage_pass(a->stage, 1000);
	assert_int_equal(call->state, CALL_UP);
	assert_true(leg_rate(a, up) == 0);
	assert_true(leg_rate(a, down) > 0.99e9);
}

static void test_police_refused(void **state)
{
	static const struct {
		const char *arguments, *error;
	} rows[] = {
		{"{\"id\":9}", "there is no such call"},
		{"{}", "there is no such call"},
		{"{\"id\":1,\"up\":\"fast\"}",
		 "must be bits a second, like 2500k or 2.5M"},
		{"{\"id\":1,\"down\":\"1k\"}", "must be from 64k to 100G"},
		{"{\"id\":1,\"burst-up\":\"20k\"}", "a burst needs its rate"},
		{"{\"id\":1,\"up\":\"none\",\"burst-up\":\"20k\"}",
		 "no rate has no burst"},
		{"{\"id\":1,\"up\":\"1M\",\"burst-up\":\"1\"}",
		 "must be from 2000 to 1G"},
	};
	struct actor *a = *state;
	struct call *call = call_up(a, "u@sold");

	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(
			command(a, service_police, rows[i].arguments),
			rows[i].error);
	assert_true(leg_rate(a, call->access.slot) == 10e6);
}

static void test_suspend(void **state)
{
	struct actor *a = *state;
	struct call *call = call_up(a, "u@plain");
	const struct leg *up = &a->legs[call->access.slot];
	const struct leg *down = &a->legs[call->core.slot];

	assert_null(command(a, service_suspend, "{\"id\":1}"));
	assert_int_equal(up->state, LEG_BLOCKED);
	assert_int_equal(down->state, LEG_BLOCKED);
	assert_int_equal(call->state, CALL_UP);
	/* PPP goes on, and a join of its own keeps the legs blocked */
	caller_renegotiate(&a->stage->callers[0]);
	stage_pass(a->stage, 1000);
	assert_int_equal(call->state, CALL_UP);
	assert_int_equal(up->state, LEG_BLOCKED);
	assert_null(command(a, service_resume, "{\"id\":1}"));
	assert_int_equal(up->state, LEG_FORWARD);
	assert_int_equal(down->state, LEG_FORWARD);
	assert_string_equal(command(a, service_suspend, "{\"id\":7}"),
			    "there is no such call");
	assert_string_equal(command(a, service_resume, "{\"id\":7}"),
			    "there is no such call");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_join_keeps_the_programs_words),
		TEST(test_block),
		TEST(test_police),
		TEST(test_join_policed),
		TEST(test_profiles),
		TEST(test_police_command),
		TEST(test_police_refused),
		TEST(test_suspend),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
