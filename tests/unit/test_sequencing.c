/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbered data (RFC 2661 section 5.4): who asks for it, who follows, what the
 * data plane is told, and that frames in software use the same numbers.
 */
#include <string.h>

#include "stage.h"
#include "switch/call.h"

#define LAC                                                                    \
	"ports: [{name: access, access: yes}]\n"                               \
	"pppoe: {ac-name: bng}\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"l2tp: {local-addresses: [192.0.2.1]}\n"                               \
	"domains: [{name: default, tunnels: [t]}]\n"                           \
	"tunnels:\n"                                                           \
	"- {name: t, peer: 192.0.2.2, host-name: lac, secret: s"
#define LNS                                                                    \
	"ports: [{name: core}]\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"l2tp: {local-addresses: [192.0.2.2]}\n"                               \
	"users: [{name: u, password: p}]\n"                                    \
	"pools: [{name: p, range: 10.1.0.0-10.1.0.7}]\n"                       \
	"destinations:\n"                                                      \
	"- {name: d, hosts: [{name: lac, host-name: lns, secret: s"

struct scene {
	struct stage *stage;
	struct actor *lac, *lns;
	struct caller *caller;
	struct leg *lac_up, *lac_down, *lns_up, *lns_down; /* by direction */
};

static struct scene scene_new(const char *lac, const char *lns)
{
	struct scene s = {.stage = stage_new()};
	const struct call *call;

	s.lac = stage_actor(s.stage, lac);
	s.lns = stage_actor(s.stage, lns);
	s.caller = stage_caller(s.stage, s.lac, "u", "p");
	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->online);
	call = actor_call(s.lac);
	s.lac_up = &s.lac->legs[call->access.slot];
	s.lac_down = &s.lac->legs[call->core.slot];
	call = actor_call(s.lns);
	s.lns_up = &s.lns->legs[call->access.slot];
	s.lns_down = &s.lns->legs[call->core.slot];
	return s;
}

static void scene_end(struct scene *s)
{
	caller_padt(s->caller);
	stage_pass(s->stage, 150000);
	actor_is_empty(s->lac);
	actor_is_empty(s->lns);
	stage_free(s->stage);
}

enum {
	NUMBERED = LEG_SEQUENCED | LEG_ORDERED | LEG_FOLLOWS | LEG_NUMBERED,
	FOLLOWS = LEG_ORDERED | LEG_FOLLOWS,
};

/* What `show call` says of the L2TP sides: the LAC's, and the LNS's. */
static void check_show(const struct scene *s, bool lac, bool lns)
{
	const struct call *call = actor_call(s->lac);

	assert_int_equal(call_numbers(call, &call->core), lac);
	call = actor_call(s->lns);
	assert_int_equal(call_numbers(call, &call->access), lns);
}

static void test_nobody_asks(void **state)
{
	struct scene s = scene_new(LAC "}\n", LNS "}]}\n");

	(void)state;
	assert_int_equal(s.lac_up->flags & NUMBERED, 0);
	assert_int_equal(s.lac_down->flags & NUMBERED, FOLLOWS);
	assert_int_equal(s.lns_up->flags & NUMBERED, 0);
	assert_int_equal(s.lns_down->flags & NUMBERED, 0);
	assert_int_equal(s.lns_down->to.l2tp.ns, 0);
	check_show(&s, false, false);
	scene_end(&s);
}

/* By AVP 39; each direction has numbers of its own. */
static void test_lac_asks(void **state)
{
	struct scene s = scene_new(LAC ", sequencing: yes}\n", LNS "}]}\n");
	uint32_t down;

	(void)state;
	assert_int_equal(s.lac_up->flags & NUMBERED, LEG_SEQUENCED);
	assert_int_equal(s.lac_down->flags & NUMBERED, LEG_ORDERED);
	assert_int_equal(s.lns_up->flags & NUMBERED, LEG_ORDERED);
	assert_int_equal(s.lns_down->flags & NUMBERED, LEG_SEQUENCED);
	check_show(&s, true, true);
	/* what the LNS's PPP said before the join counts */
	down = s.lns_down->to.l2tp.ns;
	assert_true(s.lac_up->to.l2tp.ns > 0);
	assert_true(down > 0);
	/* and goes on over a new negotiation */
	caller_renegotiate(s.caller);
	stage_pass(s.stage, 1000);
	assert_int_equal(s.lns_down->state, LEG_FORWARD);
	assert_true(s.lns_down->to.l2tp.ns > down);
	scene_end(&s);
}

/* Without AVP 39 the LAC follows. */
static void test_lns_wants_it(void **state)
{
	struct scene s = scene_new(LAC "}\n", LNS ", sequencing: yes}]}\n");
	uint32_t up;

	(void)state;
	assert_int_equal(s.lac_up->flags & NUMBERED, LEG_SEQUENCED);
	assert_int_equal(s.lac_down->flags & NUMBERED, FOLLOWS | LEG_NUMBERED);
	assert_int_equal(s.lns_up->flags & NUMBERED, LEG_ORDERED);
	assert_int_equal(s.lns_down->flags & NUMBERED, LEG_SEQUENCED);
	check_show(&s, true, true);
	/* from its first message, and everything that is sent */
	up = s.lac_up->to.l2tp.ns;
	assert_true(up > 0);
	caller_renegotiate(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.lac_up->to.l2tp.ns > up);
	scene_end(&s);
}

/* It may stop and begin again at any time; the numbers go on. */
static void test_lns_changes_its_mind(void **state)
{
	struct scene s = scene_new(LAC "}\n", LNS ", sequencing: yes}]}\n");
	struct call *call;
	uint32_t up;

	(void)state;
	call = actor_call(s.lns);
	up = s.lac_up->to.l2tp.ns;
	call->access.sequenced = false;
	caller_renegotiate(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->online);
	assert_int_equal(s.lac_up->flags & NUMBERED, 0);
	assert_int_equal(s.lac_down->flags & NUMBERED, FOLLOWS);
	/* the client speaks first */
	assert_true(s.lac_up->to.l2tp.ns <= up + 2);
	check_show(&s, false, false);
	up = s.lac_up->to.l2tp.ns;
	call->access.sequenced = true;
	caller_renegotiate(s.caller);
	stage_pass(s.stage, 1000);
	assert_int_equal(s.lac_up->flags & NUMBERED, LEG_SEQUENCED);
	assert_int_equal(s.lac_down->flags & NUMBERED, FOLLOWS | LEG_NUMBERED);
	assert_true(s.lac_up->to.l2tp.ns > up);
	scene_end(&s);
}

/* What the program and the engine change in one word at the same time. */
static void test_service_keeps_numbers(void **state)
{
	struct scene s = scene_new(LAC "}\n", LNS ", sequencing: yes}]}\n");
	struct call *call = actor_call(s.lac);

	(void)state;
	call->blocked = true;
	assert_int_equal(call_join(call), 0);
	assert_int_equal(s.lac_up->state, LEG_BLOCKED);
	assert_int_equal(s.lac_up->flags & NUMBERED, LEG_SEQUENCED);
	assert_int_equal(s.lac_down->flags & NUMBERED, FOLLOWS | LEG_NUMBERED);
	call->blocked = false;
	assert_int_equal(call_join(call), 0);
	assert_int_equal(s.lac_up->state, LEG_FORWARD);
	assert_int_equal(s.lac_up->flags & NUMBERED, LEG_SEQUENCED);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nobody_asks),
		cmocka_unit_test(test_lac_asks),
		cmocka_unit_test(test_lns_wants_it),
		cmocka_unit_test(test_lns_changes_its_mind),
		cmocka_unit_test(test_service_keeps_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
