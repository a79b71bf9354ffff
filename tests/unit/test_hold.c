/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LNSs that do not answer, refuse, or have started again: calls go elsewhere
 * early and together, nobody waits for what is known to be dead, and what comes
 * back is found again.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <string.h>

#include "proto/avp.h"
#include "switch/show.h"

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap], auth-timeout: 600, lcp-timeout: 600}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"tunnels:\n"
	"- {name: first, peer: 192.0.2.2, host-name: lac, secret: one}\n"
	"- {name: second, peer: 192.0.2.3, host-name: lac, secret: one}\n"
	"- {name: wrong, peer: 192.0.2.2, host-name: lac, secret: bad}\n"
	"domains:\n"
	"- {name: both, tunnels: [first, second]}\n"
	"- {name: one, tunnels: [first]}\n"
	"- {name: refused, tunnels: [wrong, second]}\n";

/* As above, but tunnels are given up only after all repetitions. */
static const char patient_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap], auth-timeout: 600, lcp-timeout: 600}\n"
	"l2tp: {local-addresses: [192.0.2.1], doubt-after: 0, hold-down: 0}\n"
	"tunnels:\n"
	"- {name: first, peer: 192.0.2.2, host-name: lac, secret: one}\n"
	"- {name: second, peer: 192.0.2.3, host-name: lac, secret: one}\n"
	"domains:\n"
	"- {name: both, tunnels: [first, second]}\n"
	"- {name: one, tunnels: [first]}\n";

#define LNS_CONF(address, range)                                               \
	"ports: [{name: access, access: yes}]\n"                               \
	"pppoe: {ac-name: lns}\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"l2tp: {local-addresses: [" address "], idle-timeout: 0, hello: 0}\n"  \
	"destinations: [{name: all, hosts: [{name: lac, host-name: lns, "      \
	"secret: one}]}]\n"                                                    \
	"users: [{name: u@both, password: p}, {name: u@one, password: p}, "    \
	"{name: u@refused, password: p}]\n"                                    \
	"pools: [{name: p, range: " range "}]\n"

static const char first_conf[] = LNS_CONF("192.0.2.2", "10.2.0.0/24");
static const char second_conf[] = LNS_CONF("192.0.2.3", "10.3.0.0/24");

struct scene {
	struct stage *stage;
	struct actor *lac, *first, *second;
};

/* The first LNS may be missing: then nobody answers there. */
static struct scene scene_new(const char *conf, bool first)
{
	struct scene s = {.stage = stage_new()};

	s.lac = stage_actor(s.stage, conf);
	s.second = stage_actor(s.stage, second_conf);
	if (first)
		s.first = stage_actor(s.stage, first_conf);
	return s;
}

static struct caller *dial(struct scene *s, const char *user)
{
	struct caller *caller = stage_caller(s->stage, s->lac, user, "p");

	caller_dial(caller);
	return caller;
}

/* Everybody hangs up; after a while nothing is left. */
static void scene_end(struct scene *s)
{
	for (unsigned int i = 0; i < s->stage->caller_count; i++)
		if (s->stage->callers[i].session)
			caller_padt(&s->stage->callers[i]);
	stage_pass(s->stage, 300000);
	actor_close_tunnels(s->second);
	if (s->first)
		actor_close_tunnels(s->first);
	stage_pass(s->stage, 100000);
	for (unsigned int i = 0; i < s->stage->actor_count; i++)
		actor_is_empty(&s->stage->actors[i]);
	stage_free(s->stage);
}

static uint64_t counted(const struct scene *s, enum counter counter)
{
	return s->lac->node.counters[counter];
}

/* How the destination with this peer stands, in `show destinations`. */
static json_t *shown(struct scene *s, const char *peer)
{
	json_t *arguments = json_object(), *reply = NULL, *row, *found = NULL;
	size_t i;

	s->lac->node.now = s->stage->now;
	for (i = 0; i < show_command_count; i++)
		if (!strcmp(show_commands[i].name, "show destinations"))
			assert_int_equal(show_commands[i].handler(
						 &s->lac->node, arguments,
						 &reply, NULL, 0),
					 0);
	json_array_foreach(json_object_get(reply, "destinations"), i, row)
		if (!strcmp(json_string_value(json_object_get(row, "peer")),
			    peer))
			found = json_incref(row);
	json_decref(reply);
	json_decref(arguments);
	assert_non_null(found);
	return found;
}

static void expect_state(struct scene *s, const char *peer, const char *state)
{
	json_t *row = shown(s, peer);

	assert_string_equal(json_string_value(json_object_get(row, "state")),
			    state);
	json_decref(row);
}

static void expect_failure(struct scene *s, const char *peer, const char *why,
			   int ago, int held)
{
	json_t *row = shown(s, peer);

	assert_string_equal(json_string_value(json_object_get(row, "failure")),
			    why);
	assert_int_equal(json_integer_value(json_object_get(row, "failed")),
			 ago);
	assert_int_equal(json_integer_value(json_object_get(row, "held")),
			 held);
	json_decref(row);
}

/* ---- a dead LNS ---------------------------------------------------------- */

/* l2tp.sccrq-wait; counters calls_moved, destinations_held */
static void test_calls_move_on_together(void **state)
{
	struct scene s = scene_new(lac_conf, false);
	struct caller *callers[4];

	(void)state;
	for (unsigned int i = 0; i < 3; i++)
		callers[i] = dial(&s, "u@both");
	stage_pass(s.stage, 3900);
	for (unsigned int i = 0; i < 3; i++)
		assert_false(callers[i]->online);
	stage_pass(s.stage, 200);
	for (unsigned int i = 0; i < 3; i++)
		assert_true(callers[i]->online);
	assert_int_equal(counted(&s, COUNT_CALLS_MOVED), 3);
	assert_int_equal(counted(&s, COUNT_TUNNELS_OPENED), 2);
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_HELD), 1);
	expect_state(&s, "192.0.2.2", "held");
	expect_state(&s, "192.0.2.3", "good");
	/* who comes later does not wait at all */
	callers[3] = dial(&s, "u@both");
	assert_true(callers[3]->online);
	assert_int_equal(counted(&s, COUNT_TUNNELS_OPENED), 2);
	/* the end of the first SCCRQ is no second failure */
	stage_pass(s.stage, 40000);
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_HELD), 1);
	expect_failure(&s, "192.0.2.2", "no answer to SCCRQ", 40, 20);
	scene_end(&s);
}

/* A tunnel switch does the same for the calls of its LACs. */
static void test_switch_moves_on(void **state)
{
	static const char switch_conf[] =
		"ports: [{name: access, access: yes}]\n"
		"pppoe: {ac-name: lts}\n"
		"ppp: {auth: [pap]}\n"
		"l2tp: {local-addresses: [192.0.2.4], idle-timeout: 1}\n"
		"destinations: [{name: lac, hosts: [{name: lac, "
		"host-name: lts, secret: one, switch: yes}]}]\n"
		"tunnels:\n"
		"- {name: first, peer: 192.0.2.2, host-name: lac, secret: one}\n"
		"- {name: second, peer: 192.0.2.3, host-name: lac, "
		"secret: one}\n"
		"domains: [{name: both, tunnels: [first, second]}]\n";
	static const char conf[] =
		"ports: [{name: access, access: yes}]\n"
		"pppoe: {ac-name: lac}\n"
		"ppp: {auth: [pap]}\n"
		"l2tp: {local-addresses: [192.0.2.1], idle-timeout: 1}\n"
		"tunnels: [{name: t, peer: 192.0.2.4, host-name: lac, "
		"secret: one}]\n"
		"domains: [{name: both, tunnels: [t]}]\n";
	struct scene s = scene_new(conf, false);
	struct actor *lts = stage_actor(s.stage, switch_conf);
	struct caller *callers[2];

	(void)state;
	for (unsigned int i = 0; i < 2; i++)
		callers[i] = dial(&s, "u@both");
	stage_pass(s.stage, 4200);
	for (unsigned int i = 0; i < 2; i++)
		assert_true(callers[i]->online);
	assert_int_equal(lts->node.counters[COUNT_CALLS_MOVED], 2);
	assert_string_equal(call_role(list_entry(lts->node.calls.next,
						 struct call, link)),
			    "lts");
	scene_end(&s);
}

/* Who has no other choice has all the time there was. */
static void test_no_alternative(void **state)
{
	struct scene s = scene_new(lac_conf, false);

	(void)state;
	dial(&s, "u@one");
	stage_pass(s.stage, 30000);
	assert_int_equal(actor_call(s.lac)->state, CALL_TUNNELLING);
	expect_state(&s, "192.0.2.2", "held");
	/* and one that is held is still a choice when it is the only one */
	s.first = stage_actor(s.stage, first_conf);
	stage_pass(s.stage, 20000);
	assert_int_equal(s.lac->node.call_count, 0);
	assert_string_equal(actor_ended(s.lac)->cause, "no-tunnel");
	assert_true(dial(&s, "u@one")->online);
	expect_state(&s, "192.0.2.2", "good");
	scene_end(&s);
}

/* l2tp.hold-down; counter destinations_probed */
static void test_probe(void **state)
{
	struct scene s = scene_new(lac_conf, false);
	struct caller *caller;

	(void)state;
	dial(&s, "u@both");
	stage_pass(s.stage, 65000);
	expect_state(&s, "192.0.2.2", "to-probe");
	/* the call itself does not wait, nor do those that follow it */
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(dial(&s, "u@both")->online);
		expect_state(&s, "192.0.2.2", "probing");
		stage_pass(s.stage, 1000);
	}
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_PROBED), 1);
	stage_pass(s.stage, 1100);
	expect_state(&s, "192.0.2.2", "held");
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_HELD), 2);
	/* it comes back: the next probe finds out, and the next call uses it */
	stage_pass(s.stage, 60000);
	s.first = stage_actor(s.stage, first_conf);
	assert_true(dial(&s, "u@both")->online);
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_PROBED), 2);
	expect_state(&s, "192.0.2.2", "good");
	assert_int_equal(s.first->node.call_count, 0);
	caller = dial(&s, "u@both");
	assert_true(caller->online);
	assert_int_equal(s.first->node.call_count, 1);
	scene_end(&s);
}

/* One that answers late is good again, and can fail again. */
static void test_late_answer(void **state)
{
	struct scene s = scene_new(lac_conf, true);

	(void)state;
	s.first->mute = true;
	dial(&s, "u@one");
	stage_pass(s.stage, 6000);
	expect_state(&s, "192.0.2.2", "held");
	s.first->mute = false;
	stage_pass(s.stage, 2000);
	assert_int_equal(actor_call(s.lac)->state, CALL_UP);
	expect_state(&s, "192.0.2.2", "good");
	s.first->mute = true;
	stage_pass(s.stage, 120000);
	assert_int_equal(s.lac->node.call_count, 0);
	expect_state(&s, "192.0.2.2", "held");
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_HELD), 3);
	scene_end(&s);
}

/* Without hold-down a failure lasts as long as its tunnel. */
static void test_no_hold_down(void **state)
{
	struct scene s = scene_new(patient_conf, false);

	(void)state;
	dial(&s, "u@both");
	stage_pass(s.stage, 4100);
	expect_state(&s, "192.0.2.2", "doubted");
	assert_true(dial(&s, "u@both")->online);
	stage_pass(s.stage, 40000);
	expect_state(&s, "192.0.2.2", "good");
	expect_failure(&s, "192.0.2.2", "no answer to SCCRQ", 40, 0);
	assert_false(dial(&s, "u@both")->online);
	stage_pass(s.stage, 4100);
	assert_int_equal(s.lac->node.call_count, 3);
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_HELD), 0);
	scene_end(&s);
}

/* A refusal is as good as silence: not every call needs one of its own. */
static void test_refusal_is_held(void **state)
{
	struct scene s = scene_new(lac_conf, true);

	(void)state;
	assert_true(dial(&s, "u@refused")->online);
	assert_int_equal(counted(&s, COUNT_TUNNELS_OPENED), 2);
	expect_failure(&s, "192.0.2.2",
		       "its answer was refused, result 4 error 0 wrong "
		       "challenge response",
		       0, 60);
	assert_true(dial(&s, "u@refused")->online);
	assert_int_equal(counted(&s, COUNT_TUNNELS_OPENED), 2);
	/* the same LNS serves who knows its secret, and is good again */
	assert_true(dial(&s, "u@one")->online);
	expect_state(&s, "192.0.2.2", "good");
	scene_end(&s);
}

/* An LNS that was told to shut down is not asked again at once. */
static void test_shutdown_is_held(void **state)
{
	static const struct l2tp_result down = {.result = STOPCCN_SHUTDOWN};
	static const struct l2tp_result clear = {.result = STOPCCN_CLEAR};
	/* reserved, and as much as nothing */
	static const struct l2tp_result none = {.result = 0};
	const struct l2tp_result *why[] = {&clear, &none, &down};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		struct scene s = scene_new(lac_conf, true);
		bool held = why[i] == &down;

		assert_true(dial(&s, "u@both")->online);
		s.first->node.now = s.stage->now;
		for (unsigned int id = 0; id < TUNNEL_SLOTS; id++)
			if (s.first->node.tunnels[id])
				tunnel_entry_close(s.first->node.tunnels[id],
						   why[i]);
		call_reap(&s.first->node);
		stage_deliver(s.stage);
		expect_state(&s, "192.0.2.2", held ? "held" : "good");
		assert_true(dial(&s, "u@both")->online);
		assert_int_equal(s.first->node.call_count, held ? 0 : 1);
		scene_end(&s);
	}
}

/* ---- a tunnel that does not answer --------------------------------------- */

/* l2tp.doubt-after; counters tunnels_doubted, tunnels_replaced */
static void test_lns_that_has_started_again(void **state)
{
	struct scene s = scene_new(lac_conf, true);
	struct caller *old = dial(&s, "u@one"), *callers[3];

	(void)state;
	assert_true(old->online);
	actor_restart(s.first, first_conf);
	for (unsigned int i = 0; i < 3; i++)
		callers[i] = dial(&s, "u@one");
	stage_pass(s.stage, 2900);
	assert_false(callers[0]->online);
	assert_int_equal(counted(&s, COUNT_TUNNELS_DOUBTED), 0);
	stage_pass(s.stage, 300);
	for (unsigned int i = 0; i < 3; i++)
		assert_true(callers[i]->online);
	assert_int_equal(counted(&s, COUNT_TUNNELS_DOUBTED), 1);
	assert_int_equal(counted(&s, COUNT_TUNNELS_OPENED), 2);
	assert_int_equal(counted(&s, COUNT_CALLS_MOVED), 3);
	/* the LNS has said nothing in the old one: it is over, and its call */
	assert_false(old->padt);
	stage_pass(s.stage, 3100);
	assert_true(old->padt);
	assert_int_equal(counted(&s, COUNT_TUNNELS_REPLACED), 1);
	assert_int_equal(s.lac->node.call_count, 3);
	expect_state(&s, "192.0.2.2", "good");
	scene_end(&s);
}

/* A way that was cut for some seconds costs no call. */
static void test_interruption(void **state)
{
	struct scene s = scene_new(lac_conf, true);
	struct caller *old = dial(&s, "u@one"), *caller;

	(void)state;
	s.first->mute = true;
	caller = dial(&s, "u@one");
	stage_pass(s.stage, 3500);
	assert_int_equal(counted(&s, COUNT_TUNNELS_DOUBTED), 1);
	expect_state(&s, "192.0.2.2", "doubted");
	s.first->mute = false;
	stage_pass(s.stage, 20000);
	assert_true(caller->online);
	assert_true(old->online);
	assert_int_equal(s.lac->node.call_count, 2);
	assert_int_equal(s.first->node.call_count, 2);
	assert_int_equal(counted(&s, COUNT_TUNNELS_REPLACED), 0);
	expect_state(&s, "192.0.2.2", "good");
	scene_end(&s);
}

/* It died while its tunnel was up: who can goes elsewhere, in 7 s. */
static void test_lns_that_died(void **state)
{
	struct scene s = scene_new(lac_conf, true);
	struct caller *old = dial(&s, "u@both"), *both, *one;

	(void)state;
	assert_int_equal(s.first->node.call_count, 1);
	s.first->mute = true;
	both = dial(&s, "u@both");
	one = dial(&s, "u@one");
	stage_pass(s.stage, 6900);
	assert_false(both->online);
	stage_pass(s.stage, 300);
	assert_true(both->online);
	assert_false(one->padt);
	assert_true(dial(&s, "u@both")->online);
	stage_pass(s.stage, 60000);
	assert_true(one->padt);
	assert_true(old->padt);
	assert_int_equal(s.lac->node.call_count, 2);
	scene_end(&s);
}

/* Without doubt all is as slow as it was, but a call gets its second try. */
static void test_without_doubt(void **state)
{
	struct scene s = scene_new(patient_conf, true);
	struct caller *old = dial(&s, "u@one"), *caller;

	(void)state;
	actor_restart(s.first, first_conf);
	caller = dial(&s, "u@one");
	stage_pass(s.stage, 30000);
	assert_false(caller->online);
	assert_int_equal(counted(&s, COUNT_TUNNELS_DOUBTED), 0);
	stage_pass(s.stage, 2000);
	assert_true(caller->online);
	assert_true(old->padt);
	scene_end(&s);
}

/* A peer that takes tunnels and answers no ICRQ does not keep us going. */
static void test_no_circle(void **state)
{
	struct scene s = scene_new(lac_conf, true);

	(void)state;
	s.stage->lose = stage_lose_type;
	s.stage->lose_type = L2TP_ICRQ;
	dial(&s, "u@one");
	stage_pass(s.stage, 120000);
	assert_int_equal(s.lac->node.call_count, 0);
	assert_true(counted(&s, COUNT_TUNNELS_OPENED) <= 4);
	assert_true(counted(&s, COUNT_CALLS_MOVED) <= 1);
	scene_end(&s);
}

/* ---- a peer that is played here ------------------------------------------ */

#define PEER address_of_ip4((struct in_addr){htonl(0xc0000202)})
#define LAC  address_of_ip4((struct in_addr){htonl(0xc0000201)})

static struct {
	unsigned int sccrqs;
	uint16_t assigned; /* of the last */
} heard;

/* All that the LAC sends to the peer ends here. */
static bool hear(struct stage *stage, const struct actor *from,
		 struct view datagram)
{
	struct l2tp_control control;
	struct builder none = builder_on(NULL, 0);
	struct avps avps;

	(void)stage, (void)from;
	assert_int_equal(l2tp_control_read(datagram, &control), 0);
	avps_read(control.body, (struct view){0}, &none, &avps);
	if (!control.body.len || avps.type != L2TP_SCCRQ)
		return true;
	heard.sccrqs += avps_u16(&avps, AVP_ASSIGNED_TUNNEL) != heard.assigned;
	heard.assigned = avps_u16(&avps, AVP_ASSIGNED_TUNNEL);
	return true;
}

/* Only SCCRQs of "first", to a peer that nobody else plays, are heard. */
static bool hear_first(struct stage *stage, const struct actor *from,
		       struct view datagram)
{
	struct view host;

	if (!sccrq_host_name(datagram, &host) &&
	    view_equal(host, view_text("first")))
		hear(stage, from, datagram);
	return false;
}

static void answer(struct scene *s, uint16_t type, uint8_t result)
{
	uint8_t room[256], list[200];
	struct builder b = builder_on(list, sizeof(list));
	struct builder datagram = builder_on(room, sizeof(room));
	struct l2tp_control control = {.tunnel = heard.assigned, .nr = 1};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, type);
	if (type == L2TP_SCCRP) {
		avp_build_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
		avp_build_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
		avp_build(&b, AVP_HOST_NAME, view_text("lns"));
	} else {
		avp_build(&b, AVP_RESULT_CODE, VIEW(((uint8_t[]){0, result})));
	}
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, 5);
	control.body = builder_view(&b);
	assert_int_equal(l2tp_control_build(&datagram, &control), 0);
	actor_control(s->lac, PEER, LAC, builder_view(&datagram));
}

/*
 * A peer that refuses a second tunnel (RFC 2661 4.4.2, result 3) knows the first
 * one: it is no longer doubted, and calls wait in it.
 */
static void test_peer_with_one_tunnel(void **state)
{
	static const char conf[] =
		"ports: [{name: access, access: yes}]\n"
		"pppoe: {ac-name: lac}\n"
		"ppp: {auth: [pap], auth-timeout: 600}\n"
		"l2tp: {local-addresses: [192.0.2.1]}\n"
		"tunnels: [{name: t, peer: 192.0.2.2, host-name: lac}]\n"
		"domains: [{name: one, tunnels: [t]}]\n";
	struct scene s = scene_new(conf, false);

	(void)state;
	memset(&heard, 0, sizeof(heard));
	s.stage->lose = hear;
	dial(&s, "u@one");
	assert_int_equal(heard.sccrqs, 1);
	answer(&s, L2TP_SCCRP, 0);
	stage_pass(s.stage, 3100);
	assert_int_equal(heard.sccrqs, 2);
	dial(&s, "u@one"); /* waits in the second tunnel */
	answer(&s, L2TP_STOPCCN, STOPCCN_EXISTS);
	expect_state(&s, "192.0.2.2", "good");
	assert_int_equal(s.lac->node.call_count, 2);
	stage_pass(s.stage, 20000);
	assert_int_equal(heard.sccrqs, 2);
	assert_int_equal(s.lac->node.call_count, 2);
	scene_end(&s);
}

/*
 * The same answer where no tunnel of ours works: if each call asked again, each
 * would cost both sides a tunnel that lingers.
 */
static void test_peer_with_a_lost_tunnel(void **state)
{
	static const char conf[] =
		"ports: [{name: access, access: yes}]\n"
		"pppoe: {ac-name: lac}\n"
		"ppp: {auth: [pap]}\n"
		"l2tp: {local-addresses: [192.0.2.1]}\n"
		"tunnels:\n"
		"- {name: first, peer: 192.0.2.2, host-name: first}\n"
		"- {name: second, peer: 192.0.2.3, host-name: lac, "
		"secret: one}\n"
		"domains: [{name: both, tunnels: [first, second]}]\n";
	struct scene s = scene_new(conf, false);

	(void)state;
	memset(&heard, 0, sizeof(heard));
	s.stage->lose = hear_first;
	dial(&s, "u@both");
	answer(&s, L2TP_STOPCCN, STOPCCN_EXISTS);
	expect_state(&s, "192.0.2.2", "held");
	expect_failure(&s, "192.0.2.2",
		       "it sent StopCCN, result 3 error 0 ", 0, 60);
	/* this call went on, and those that follow do not try */
	assert_true(s.stage->callers[0].online);
	assert_true(dial(&s, "u@both")->online);
	assert_int_equal(heard.sccrqs, 1);
	/* after the hold-down one tunnel asks, no matter how many dial */
	stage_pass(s.stage, 61000);
	heard.sccrqs = 0;
	for (unsigned int i = 0; i < 3; i++) {
		assert_true(dial(&s, "u@both")->online);
		answer(&s, L2TP_STOPCCN, STOPCCN_EXISTS);
	}
	assert_int_equal(heard.sccrqs, 1);
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_PROBED), 1);
	scene_end(&s);
}

/* Subscribers who dial decide neither how much is logged nor how often told. */
static void test_held_is_told_once(void **state)
{
	static const char conf[] =
		"ports: [{name: access, access: yes}]\n"
		"pppoe: {ac-name: lac}\n"
		"ppp: {auth: [pap]}\n"
		"l2tp: {local-addresses: [192.0.2.1]}\n"
		"tunnels: [{name: t, peer: 192.0.2.2, host-name: lac}]\n"
		"domains: [{name: one, tunnels: [t]}]\n";
	struct scene s = scene_new(conf, false);

	(void)state;
	memset(&heard, 0, sizeof(heard));
	s.stage->lose = hear;
	s.lac->listens = "destination-held";
	for (unsigned int i = 0; i < 3; i++) {
		dial(&s, "u@one");
		answer(&s, L2TP_STOPCCN, STOPCCN_UNAUTHORISED);
		stage_pass(s.stage, 10000);
	}
	assert_int_equal(heard.sccrqs, 3);
	assert_int_equal(counted(&s, COUNT_DESTINATIONS_HELD), 3);
	assert_int_equal(s.lac->told, 1);
	/* from the last time on */
	expect_failure(&s, "192.0.2.2", "it sent StopCCN, result 4 error 0 ",
		       10, 50);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_calls_move_on_together),
		cmocka_unit_test(test_switch_moves_on),
		cmocka_unit_test(test_no_alternative),
		cmocka_unit_test(test_probe),
		cmocka_unit_test(test_late_answer),
		cmocka_unit_test(test_no_hold_down),
		cmocka_unit_test(test_refusal_is_held),
		cmocka_unit_test(test_shutdown_is_held),
		cmocka_unit_test(test_lns_that_has_started_again),
		cmocka_unit_test(test_interruption),
		cmocka_unit_test(test_lns_that_died),
		cmocka_unit_test(test_without_doubt),
		cmocka_unit_test(test_no_circle),
		cmocka_unit_test(test_peer_with_one_tunnel),
		cmocka_unit_test(test_peer_with_a_lost_tunnel),
		cmocka_unit_test(test_held_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
