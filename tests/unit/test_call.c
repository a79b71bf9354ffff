/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls of all four roles, through up and every teardown, between nodes that
 * are real but for their sockets: afterwards no id, leg, template, address,
 * route, tunnel or deadline is left anywhere.
 */
#include "stage.h"

#include <stdio.h>
#include <string.h>

#include "world/pool.h"

/* 32 octets that are printed as four characters each: as much as is kept */
#define FOUR_NAME "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"
#define LONG_NAME FOUR_NAME FOUR_NAME FOUR_NAME FOUR_NAME

/* Longer than the limits of PPP, the idle time of a tunnel and its linger. */
#define LONG_ENOUGH 300000

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"tunnels:\n"
	"- {name: lts, peer: 192.0.2.2, host-name: lac, secret: one}\n"
	"- {name: lns, peer: 192.0.2.3, host-name: lac, secret: two}\n"
	"- {name: nobody, peer: 192.0.2.9, host-name: lac}\n"
	"- {name: stranger, peer: 192.0.2.3, host-name: lac, secret: bad}\n"
	"domains:\n"
	"- {name: far, tunnels: [lts]}\n"
	"- {name: away, tunnels: [lts]}\n"
	"- {name: near, tunnels: [lns]}\n"
	"- {name: second, tunnels: [nobody, lns]}\n"
	"- {name: nowhere, tunnels: [nobody]}\n"
	"- {name: wrong, tunnels: [stranger]}\n"
	"- {name: local, action: local}\n"
	"- {name: not, action: refuse}\n"
	"users:\n"
	"- {name: u@local, password: p}\n"
	"- {name: \"" LONG_NAME "@local\", password: p}\n"
	"- {name: fixed@local, password: p, address: 10.1.0.77}\n"
	"- {name: other@local, password: p, address: 10.1.1.5}\n"
	"pools:\n"
	"- {name: p, range: 10.1.0.0/24}\n"
	"- {name: q, range: 10.1.1.0/24}\n";

static const char lts_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lts}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.2]}\n"
	"destinations:\n"
	"- name: lac\n"
	"  hosts: [{name: lac, host-name: lts, secret: one, switch: yes}]\n"
	"tunnels:\n"
	"- {name: lns, peer: 192.0.2.3, host-name: lts, secret: three}\n"
	"domains: [{name: far, tunnels: [lns]}]\n";

static const char lns_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lns}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.3]}\n"
	"destinations:\n"
	"- name: all\n"
	"  hosts:\n"
	"  - {name: lac, host-name: lns, secret: two}\n"
	"  - {name: lts, host-name: lns, secret: three}\n"
	"users:\n"
	"- {name: u@far, password: p}\n"
	"- {name: u@near, password: p}\n"
	"- {name: \"" LONG_NAME "@near\", password: p}\n"
	"- {name: u@second, password: p}\n"
	"- {name: fixed@near, password: p, address: 10.2.0.6}\n"
	"pools: [{name: p, range: 10.2.0.0-10.2.0.7}]\n";

enum role { PTA, LAC_LNS, LAC_LTS_LNS, ROLES };

struct scene {
	struct stage *stage;
	struct actor *lac, *lts, *lns;
	struct actor *last; /* where PPP ends */
	struct caller *caller;
};

static struct scene scene_new(enum role role)
{
	static const char *const users[] = {"u@local", "u@near", "u@far"};
	struct scene s = {.stage = stage_new()};

	s.lac = stage_actor(s.stage, lac_conf);
	if (role == LAC_LTS_LNS)
		s.lts = stage_actor(s.stage, lts_conf);
	if (role != PTA)
		s.lns = stage_actor(s.stage, lns_conf);
	s.last = role == PTA ? s.lac : s.lns;
	s.caller = stage_caller(s.stage, s.lac, users[role], "p");
	return s;
}

static struct scene scene_up(enum role role)
{
	struct scene s = scene_new(role);

	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->online);
	return s;
}

/* After a while nothing is left on any node; the stage is taken down. */
static void scene_end(struct scene *s)
{
	stage_pass(s->stage, LONG_ENOUGH);
	assert_false(s->caller->online);
	actor_is_empty(s->lac);
	if (s->lts)
		actor_is_empty(s->lts);
	if (s->lns)
		actor_is_empty(s->lns);
	stage_free(s->stage);
}

/* ---- up ------------------------------------------------------------------ */

/* Whether data flows both ways between the legs of the only call. */
static bool legs_are_joined(struct actor *a)
{
	const struct call *call = actor_call(a);
	struct leg up = dataplane_leg_read(a->node.dataplane, call->access.slot);
	struct leg down = dataplane_leg_read(a->node.dataplane, call->core.slot);

	return up.state == LEG_FORWARD && down.state == LEG_FORWARD &&
	       up.call == call->id && down.call == call->id &&
	       up.out == call->core.kind && down.out == call->access.kind;
}

static void check_up(enum role role)
{
	static const char *const names[ROLES][2] = {
		{"pta", "pta"}, {"lac", "lns"}, {"lac", "lns"},
	};
	struct scene s = scene_up(role);
	const struct call *first = actor_call(s.lac);
	const struct call *last = actor_call(s.last);

	assert_string_equal(call_role(first), names[role][0]);
	assert_string_equal(call_role(last), names[role][1]);
	assert_int_equal(first->state, CALL_UP);
	assert_int_equal(last->state, CALL_UP);
	assert_int_equal(last->core.address.s_addr, s.caller->address.s_addr);
	if (s.lts) {
		assert_string_equal(call_role(actor_call(s.lts)), "lts");
		assert_int_equal(actor_call(s.lts)->state, CALL_UP);
	}
	if (role != PTA) /* LCP was agreed once, with the LAC */
		assert_int_equal(s.caller->lcp_requests, 1);
	assert_true(legs_are_joined(s.lac));
	assert_true(legs_are_joined(s.last));
	caller_padt(s.caller);
	scene_end(&s);
}

static void test_up(void **state)
{
	(void)state;
	for (enum role role = PTA; role < ROLES; role++)
		check_up(role);
}

/* ---- every teardown of every role ---------------------------------------- */

static void by_terminate(struct scene *s)
{
	caller_terminate(s->caller);
	assert_true(s->caller->terminated);
	assert_true(s->caller->padt);
}

static void by_padt(struct scene *s)
{
	caller_padt(s->caller);
}

static void by_first(struct scene *s)
{
	actor_disconnect(s->lac, actor_call(s->lac));
	assert_true(s->caller->padt);
}

static void by_last(struct scene *s)
{
	actor_disconnect(s->last, actor_call(s->last));
	assert_true(s->caller->terminated);
	assert_true(s->caller->padt);
}

static void by_lts(struct scene *s)
{
	if (!s->lts) {
		by_last(s);
		return;
	}
	actor_disconnect(s->lts, actor_call(s->lts));
	assert_true(s->caller->padt);
}

static void by_silence(struct scene *s)
{
	s->caller->mute = true;
	stage_pass(s->stage, 150000);
	s->caller->online = false;
}

static void by_port(struct scene *s)
{
	actor_port(s->lac, KEEPER_PORT_ABSENT);
	s->caller->online = false;
	stage_deliver(s->stage);
}

static void by_tunnels_of_first(struct scene *s)
{
	actor_close_tunnels(s->lac);
	by_padt(s);
}

static void by_tunnels_of_last(struct scene *s)
{
	actor_close_tunnels(s->last);
	by_padt(s);
}

static void by_tunnels_of_lts(struct scene *s)
{
	if (s->lts)
		actor_close_tunnels(s->lts);
	by_padt(s);
}

/* The LNS dies: the LAC finds out by its Hello. */
static void by_death_of_last(struct scene *s)
{
	if (s->last == s->lac) {
		by_padt(s);
		return;
	}
	s->last->mute = true;
	stage_pass(s->stage, 200000);
	assert_true(s->caller->padt);
	assert_int_equal(s->last->node.call_count, 0);
	s->last->mute = false;
}

static void by_death_of_first(struct scene *s)
{
	s->lac->mute = true;
	stage_pass(s->stage, 200000);
	s->lac->mute = false;
	s->caller->online = false;
	caller_padt(s->caller);
}

static void test_teardown(void **state)
{
	static void (*const ways[])(struct scene *s) = {
		by_terminate,	     by_padt,
		by_first,	     by_last,
		by_lts,		     by_silence,
		by_port,	     by_tunnels_of_first,
		by_tunnels_of_last,  by_tunnels_of_lts,
		by_death_of_last,    by_death_of_first,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ways) / sizeof(*ways); i++)
		for (enum role role = PTA; role < ROLES; role++) {
			struct scene s = scene_up(role);

			ways[i](&s);
			scene_end(&s);
		}
}

/* ---- what does not come up ----------------------------------------------- */

static void check_refused(const char *user, const char *password,
			  const char *cause)
{
	struct scene s = scene_new(LAC_LNS);

	s.caller = stage_caller(s.stage, s.lac, user, password);
	caller_dial(s.caller);
	stage_pass(s.stage, 50000);
	assert_false(s.caller->online);
	assert_true(s.caller->padt);
	assert_string_equal(actor_ended(s.lac)->cause, cause);
	scene_end(&s);
}

static void test_refused(void **state)
{
	(void)state;
	check_refused("u@local", "wrong", "auth-failed");
	check_refused("nobody@local", "p", "auth-failed");
	check_refused("u@not", "p", "refused");
	check_refused("u@unknown", "p", "no-domain");
	check_refused("u@nowhere", "p", "no-tunnel");
	check_refused("u@wrong", "p", "no-tunnel");
	check_refused("u@near", "wrong", "peer-cdn");
}

static void test_second_tunnel(void **state)
{
	struct scene s = scene_new(LAC_LNS);

	(void)state;
	s.caller = stage_caller(s.stage, s.lac, "u@second", "p");
	caller_dial(s.caller);
	stage_pass(s.stage, 40000);
	assert_true(s.caller->online);
	assert_int_equal(actor_call(s.lac)->attempt, 1);
	caller_padt(s.caller);
	scene_end(&s);
}

/* A switch that has no second leg for the name. */
static void test_no_second_leg(void **state)
{
	struct scene s = scene_new(LAC_LTS_LNS);

	(void)state;
	s.caller = stage_caller(s.stage, s.lac, "u@away", "p");
	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->padt);
	assert_string_equal(actor_ended(s.lts)->cause, "no-domain");
	assert_string_equal(actor_ended(s.lac)->cause, "peer-cdn");
	assert_int_equal(actor_ended(s.lac)->result.result, CDN_TEMPORARY);
	scene_end(&s);
}

/* Each message of the set-up is lost for good: everybody gives up. */
static void test_lost_message(void **state)
{
	static const uint8_t types[] = {
		L2TP_SCCRQ, L2TP_SCCRP, L2TP_SCCCN,
		L2TP_ICRQ,  L2TP_ICRP,	L2TP_ICCN,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++)
		for (enum role role = LAC_LNS; role < ROLES; role++) {
			struct scene s = scene_new(role);

			s.stage->lose = stage_lose_type;
			s.stage->lose_type = types[i];
			caller_dial(s.caller);
			stage_pass(s.stage, 200000);
			assert_true(s.caller->padt);
			scene_end(&s);
		}
}

static void test_pool_empty(void **state)
{
	struct scene s = scene_new(LAC_LNS);
	struct caller *c[STAGE_CALLERS];

	(void)state;
	/* eight addresses, one of them the gateway, one of them kept */
	for (unsigned int i = 2; i < STAGE_CALLERS; i++) {
		c[i] = stage_caller(s.stage, s.lac, "u@near", "p");
		caller_dial(c[i]);
	}
	stage_pass(s.stage, 1000);
	assert_true(c[7]->online);
	caller_dial(s.caller);
	stage_pass(s.stage, 20000);
	assert_true(s.caller->padt);
	assert_string_equal(actor_ended(s.lns)->cause, "no-address");
	/* and so the LAC is told, not that the password was wrong */
	assert_true(actor_ended(s.lac)->result.cause.set);
	assert_int_equal(actor_ended(s.lac)->result.cause.code, 20);
	for (unsigned int i = 2; i < STAGE_CALLERS; i++)
		caller_padt(c[i]);
	scene_end(&s);
}

static void make_rest(struct node *node, uint8_t bank)
{
	uint16_t id;

	while (ids_left(node->banks[bank], node->now)) {
		assert_int_equal(node_take_id(node, bank, &id), 0);
		node_release_id(node, bank, id);
	}
}

/*
 * Session ids of a tunnel that all rest: another tunnel has better ones, as
 * long as there are any.  The same with all tunnel ids.
 */
static void test_ids_that_rest(void **state)
{
	struct scene s = scene_up(LAC_LNS);
	struct node *node = &s.lac->node;
	uint8_t bank = actor_call(s.lac)->core.entry->bank;
	struct caller *c[3] = {s.caller};
	uint16_t id;

	(void)state;
	make_rest(node, bank);
	c[1] = stage_caller(s.stage, s.lac, "u@near", "p");
	caller_dial(c[1]);
	stage_pass(s.stage, 1000);
	assert_true(c[1]->online);
	assert_int_equal(node->counters[COUNT_TUNNELS_OPENED], 2);
	assert_int_equal(node->counters[COUNT_ID_UNRESTED], 0);
	for (uint8_t i = 0; i < ID_BANKS; i++)
		make_rest(node, i);
	c[2] = stage_caller(s.stage, s.lac, "u@near", "p");
	caller_dial(c[2]);
	stage_pass(s.stage, 1000);
	assert_true(c[2]->online);
	assert_int_equal(node->counters[COUNT_TUNNELS_OPENED], 2);
	/* one of PPPoE, one of L2TP */
	assert_int_equal(node->counters[COUNT_ID_UNRESTED], 2);
	while (ids_left(node->tunnel_ids, node->now)) {
		assert_int_equal(node_take_tunnel_id(node, &id), 0);
		ids_release(node->tunnel_ids, id, node->now);
	}
	assert_int_equal(node_take_tunnel_id(node, &id), 0);
	ids_release(node->tunnel_ids, id, node->now);
	assert_int_equal(node->counters[COUNT_ID_UNRESTED], 3);
	for (int i = 0; i < 3; i++)
		caller_padt(c[i]);
	scene_end(&s);
}

/* ---- LCP begins anew in the middle of things ----------------------------- */

static void check_renegotiation(enum role role)
{
	struct scene s = scene_up(role);

	for (int i = 0; i < 3; i++) {
		caller_renegotiate(s.caller);
		stage_pass(s.stage, 10000);
		assert_true(s.caller->online);
		assert_int_equal(actor_call(s.last)->state, CALL_UP);
		assert_int_equal(
			actor_call(s.last)->core.address.s_addr,
			s.caller->address.s_addr);
	}
	assert_int_equal(ppp_info(actor_call(s.last)->ppp).proxy_lcp,
			 role == PTA ? PROXY_NOT_OFFERED : PROXY_RENEGOTIATED);
	caller_padt(s.caller);
	scene_end(&s);
}

static void test_renegotiation(void **state)
{
	(void)state;
	for (enum role role = PTA; role < ROLES; role++)
		check_renegotiation(role);
}

/* ...while the tunnel is being opened. */
static void test_renegotiation_in_setup(void **state)
{
	(void)state;
	for (int terminate = 0; terminate < 2; terminate++) {
		struct scene s = scene_new(LAC_LNS);

		s.stage->lose = stage_lose_type;
		s.stage->lose_type = L2TP_SCCRP;
		caller_dial(s.caller);
		stage_pass(s.stage, 500);
		assert_int_equal(actor_call(s.lac)->state, CALL_TUNNELLING);
		caller_renegotiate(s.caller);
		s.stage->lose = NULL;
		if (terminate)
			caller_terminate(s.caller);
		stage_pass(s.stage, 20000);
		assert_int_equal(s.caller->online, !terminate);
		caller_padt(s.caller);
		scene_end(&s);
	}
}

/* A LAC whose client negotiates LCP while its tunnel waits for SCCRP. */
static struct scene scene_tunnelling(void)
{
	struct scene s = scene_new(LAC_LNS);

	s.stage->lose = stage_lose_type;
	s.stage->lose_type = L2TP_SCCRP;
	caller_dial(s.caller);
	stage_pass(s.stage, 500);
	assert_int_equal(actor_call(s.lac)->state, CALL_TUNNELLING);
	return s;
}

/* The tunnel fails in between: the client is asked again who they are. */
static void test_tunnel_fails_in_lcp(void **state)
{
	(void)state;
	for (int silent = 0; silent < 2; silent++) {
		struct scene s = scene_tunnelling();

		/* the LAC's answer is lost, so LCP is not open */
		s.caller->deaf = true;
		caller_renegotiate(s.caller);
		actor_close_tunnels(s.lac);
		assert_int_equal(actor_call(s.lac)->state, CALL_SETUP);
		assert_int_equal(actor_call(s.lac)->core.kind, LEG_NONE);
		s.caller->deaf = silent;
		strcpy(s.caller->user, "u@local");
		caller_renegotiate(s.caller);
		stage_pass(s.stage, 10000);
		if (!silent) {
			assert_true(s.caller->online);
			assert_int_equal(actor_call(s.lac)->state, CALL_UP);
			assert_string_equal(call_role(actor_call(s.lac)),
					    "pta");
			caller_padt(s.caller);
		}
		scene_end(&s);
	}
}

/* Another name goes another way, and its password not into that tunnel. */
static void test_other_name_while_tunnelling(void **state)
{
	struct scene s = scene_tunnelling();

	(void)state;
	strcpy(s.caller->user, "u@local");
	caller_renegotiate(s.caller);
	stage_pass(s.stage, 500);
	assert_true(s.caller->online);
	assert_int_equal(actor_call(s.lac)->state, CALL_UP);
	assert_string_equal(call_role(actor_call(s.lac)), "pta");
	assert_string_equal(actor_call(s.lac)->user, "u@local");
	s.stage->lose = NULL;
	stage_pass(s.stage, 20000);
	assert_true(s.caller->online);
	assert_int_equal(s.lns->node.counters[COUNT_CALLS_OPENED], 0);
	caller_padt(s.caller);
	scene_end(&s);
}

/* An operator ends a call that waits for its tunnel: it must not come up. */
static void test_disconnect_in_setup(void **state)
{
	static const uint8_t types[] = {L2TP_SCCRP, L2TP_ICRP};

	(void)state;
	for (size_t i = 0; i < sizeof(types); i++)
		for (int deaf = 0; deaf < 2; deaf++) {
			struct scene s = scene_new(LAC_LNS);

			s.stage->lose = stage_lose_type;
			s.stage->lose_type = types[i];
			caller_dial(s.caller);
			stage_pass(s.stage, 500);
			s.stage->lose = NULL;
			s.caller->mute = deaf;
			actor_disconnect(s.lac, actor_call(s.lac));
			stage_pass(s.stage, 20000);
			assert_int_equal(s.lac->node.call_count, 0);
			assert_string_equal(actor_ended(s.lac)->cause,
					    "admin");
			scene_end(&s);
		}
}

/* ---- fixed addresses ----------------------------------------------------- */

static void test_fixed_address(void **state)
{
	struct scene s = scene_new(PTA);
	struct caller *again;

	(void)state;
	s.caller = stage_caller(s.stage, s.lac, "fixed@local", "p");
	caller_dial(s.caller);
	again = stage_caller(s.stage, s.lac, "fixed@local", "p");
	caller_dial(again);
	stage_pass(s.stage, 20000);
	assert_false(s.caller->online);
	assert_true(again->online);
	assert_string_equal(actor_ended(s.lac)->cause, "replaced");
	assert_true(legs_are_joined(s.lac));
	caller_padt(again);
	scene_end(&s);
}

/* Their domain's pool is another one, but this one has their address too. */
static void test_fixed_in_other_pool(void **state)
{
	struct scene s = scene_new(PTA);
	const struct pool_entry *pool;

	(void)state;
	s.caller = stage_caller(s.stage, s.lac, "other@local", "p");
	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->online);
	pool = actor_call(s.lac)->core.pool;
	assert_non_null(pool);
	assert_string_equal(pool->conf->name, "q");
	assert_int_equal(pool_used(pool->pool), 1);
	assert_int_equal(s.lac->route_count, s.lac->route_base);
	caller_padt(s.caller);
	scene_end(&s);
}

/* Who negotiates again under another name gets what that name is due. */
static void test_other_name(void **state)
{
	static const struct {
		const char *name;
		const char *role;
	} then[] = {
		{"fixed@local", "pta"}, {"u@near", "lac"}, {"other@local", "pta"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(then) / sizeof(*then); i++) {
		struct scene s = scene_up(PTA);

		s.lns = stage_actor(s.stage, lns_conf);
		snprintf(s.caller->user, sizeof(s.caller->user), "%s",
			 then[i].name);
		caller_renegotiate(s.caller);
		stage_pass(s.stage, 10000);
		assert_true(s.caller->online);
		assert_string_equal(call_role(actor_call(s.lac)), then[i].role);
		assert_true(legs_are_joined(s.lac));
		caller_padt(s.caller);
		scene_end(&s);
	}
}

/*
 * Two names that look the same where a name is printed, which is cut before the
 * domain.  Only one of them is local.
 */
static void test_other_long_name(void **state)
{
	struct scene s = scene_new(PTA);
	struct caller *c;

	(void)state;
	s.lns = stage_actor(s.stage, lns_conf);
	c = stage_caller(s.stage, s.lac, LONG_NAME "@local", "p");
	caller_dial(c);
	stage_pass(s.stage, 1000);
	assert_true(c->online);
	strcpy(c->user, LONG_NAME "@near");
	caller_renegotiate(c);
	stage_pass(s.stage, 10000);
	assert_true(c->online);
	assert_string_equal(call_role(actor_call(s.lac)), "lac");
	assert_string_equal(call_role(actor_call(s.lns)), "lns");
	s.caller = c;
	caller_padt(c);
	scene_end(&s);
}

/* A subscriber with a smaller MRU than others has a route of their own. */
static void test_small_mru(void **state)
{
	struct scene s = scene_new(PTA);

	(void)state;
	s.caller->mru = 1400;
	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->online);
	assert_int_equal(s.lac->route_count, s.lac->route_base + 1);
	assert_int_equal(s.lac->routes[s.lac->route_base].mtu, 1400);
	s.caller->mru = 1300;
	caller_renegotiate(s.caller);
	stage_pass(s.stage, 1000);
	assert_int_equal(s.lac->route_count, s.lac->route_base + 1);
	assert_int_equal(s.lac->routes[s.lac->route_base].mtu, 1300);
	caller_padt(s.caller);
	scene_end(&s);
}

/* ---- a PADR that comes twice --------------------------------------------- */

/* One that is in LCP no more is no answer to a PADR. */
static void test_dial_when_up(void **state)
{
	struct scene s = scene_up(PTA);
	uint16_t session = s.caller->session;

	(void)state;
	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_int_equal(s.lac->node.call_count, 2);
	assert_int_not_equal(s.caller->session, session);
	s.caller->mute = true;
	stage_pass(s.stage, 200000);
	s.caller->online = false;
	scene_end(&s);
}

static void test_repeated_dial(void **state)
{
	struct scene s = scene_new(PTA);

	(void)state;
	s.caller->mru = 1;		/* never agreed: LCP goes on */
	caller_dial(s.caller);
	caller_dial(s.caller);
	assert_int_equal(s.lac->node.call_count, 1);
	assert_int_equal(s.lac->node.counters[COUNT_PADR_REPEATED], 1);
	stage_pass(s.stage, 11000);
	caller_dial(s.caller);
	caller_dial(s.caller);
	assert_int_equal(s.lac->node.call_count, 2);
	assert_int_equal(s.lac->node.counters[COUNT_PADR_REPEATED], 2);
	/* the first has ended, and the second is found all the same */
	stage_pass(s.stage, 20000);
	assert_int_equal(s.lac->node.call_count, 1);
	caller_dial(s.caller);
	caller_dial(s.caller);
	assert_int_equal(s.lac->node.call_count, 2);
	assert_int_equal(s.lac->node.counters[COUNT_PADR_REPEATED], 3);
	s.caller->mute = true;
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_up),
		cmocka_unit_test(test_teardown),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_second_tunnel),
		cmocka_unit_test(test_no_second_leg),
		cmocka_unit_test(test_lost_message),
		cmocka_unit_test(test_pool_empty),
		cmocka_unit_test(test_ids_that_rest),
		cmocka_unit_test(test_renegotiation),
		cmocka_unit_test(test_renegotiation_in_setup),
		cmocka_unit_test(test_tunnel_fails_in_lcp),
		cmocka_unit_test(test_other_name_while_tunnelling),
		cmocka_unit_test(test_disconnect_in_setup),
		cmocka_unit_test(test_fixed_address),
		cmocka_unit_test(test_fixed_in_other_pool),
		cmocka_unit_test(test_other_name),
		cmocka_unit_test(test_other_long_name),
		cmocka_unit_test(test_small_mru),
		cmocka_unit_test(test_repeated_dial),
		cmocka_unit_test(test_dial_when_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
