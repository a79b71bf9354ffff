/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An engine that starts on the maps of one that was killed, with the same
 * configuration or another: nothing of the old one is used, nothing stays.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stage_inner.h"
#include "proto/avp.h"
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

/* Whatever the dice say, the id is not given to another; all rest afterwards. */
static void check_not_given(struct ids *ids, struct instant now, uint16_t held)
{
	uint16_t *given = calloc(65536, sizeof(*given));
	unsigned int count = 0;

	assert_non_null(given);
	while (!ids_take(ids, now, &given[count]))
		assert_int_not_equal(given[count++], held);
	assert_true(count > 60000);
	while (count)
		ids_release(ids, given[--count], now);
	free(given);
}

static void check_slot_not_given(struct actor *a, uint32_t slot)
{
	check_not_given(a->node.banks[slot >> BANK_SHIFT], a->node.now,
			(uint16_t)slot);
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
	check_slot_not_given(h.bng, access);
	assert_int_equal(h.bng->neighbour_drops, 0);
	stage_pass(h.stage, 10000);
	assert_int_equal(h.bng->legs[access].state, LEG_FREE);
	assert_int_equal(h.bng->legs[core].state, LEG_FREE);
	assert_int_equal(h.bng->neighbour_drops, 1);
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

/* ---- stale calls end before their time ----------------------------------- */

/* The client hangs up a session that nobody but the data plane knows. */
static void test_padt_of_the_client(void **state)
{
	struct house h = house_new("10.1.0.0/24");
	struct caller *thief = stage_caller(h.stage, h.bng, "u", "p");
	uint32_t core = actor_call(h.bng)->core.slot;
	const uint64_t *counters = h.bng->node.counters;

	(void)state;
	actor_restart(h.bng, bng("10.1.0.0/24", "192.0.2.1"));
	caller_authenticate(h.caller);
	/* neither who has another address nor another VLAN */
	thief->session = h.caller->session;
	caller_padt(thief);
	memcpy(thief->mac, h.caller->mac, sizeof(thief->mac));
	thief->vlans = 1;
	thief->vlan[0] = 7;
	thief->outer_type = ETHER_VLAN;
	thief->session = h.caller->session;
	caller_padt(thief);
	assert_int_equal(counters[COUNT_PADT_UNKNOWN], 2);
	assert_int_equal(h.bng->legs[core].state, LEG_FORWARD);
	caller_padt(h.caller);
	assert_int_equal(counters[COUNT_PADT_STALE], 1);
	assert_int_equal(h.bng->legs[core].state, LEG_FREE);
	assert_int_equal(h.bng->node.stale_count.legs, 0);
	assert_int_equal(h.bng->route_count, h.bng->route_base);
	assert_int_equal(counters[COUNT_FRAME_STALE], 1);
	/* it is not answered */
	assert_int_equal(h.caller->padt_count, 0);
	assert_int_equal(counters[COUNT_PADT_STALE_SENT], 0);
	house_end(&h);
}

/* Clients without echo would be "connected" for ever. */
static void check_sweep_tells(uint8_t vlans, uint16_t outer_type)
{
	struct house h = {.stage = stage_new()};
	uint16_t session;

	h.bng = stage_actor(h.stage, bng("10.1.0.0/24", "192.0.2.1"));
	h.caller = stage_caller(h.stage, h.bng, "u", "p");
	h.caller->vlans = vlans;
	h.caller->vlan[0] = vlans ? 100 : 0;
	h.caller->vlan[1] = vlans > 1 ? 200 : 0;
	h.caller->outer_type = outer_type;
	caller_dial(h.caller);
	stage_pass(h.stage, 1000);
	assert_true(h.caller->online);
	session = h.caller->session;
	actor_restart(h.bng, bng("10.1.0.0/24", "192.0.2.1"));
	stage_pass(h.stage, 119000);
	assert_int_equal(h.caller->padt_count, 0);
	stage_pass(h.stage, 2000);
	assert_int_equal(h.caller->padt_count, 1);
	assert_int_equal(h.caller->last_padt, session);
	assert_memory_equal(h.caller->padt_source, stage_mac, 6);
	assert_int_equal(h.bng->node.counters[COUNT_PADT_STALE_SENT], 1);
	house_end(&h);
}

static void test_sweep_tells(void **state)
{
	(void)state;
	check_sweep_tells(0, 0);
	check_sweep_tells(1, ETHER_VLAN);
	check_sweep_tells(1, ETHER_QINQ);
	check_sweep_tells(2, ETHER_QINQ);
}

/* The leg with the client's way is gone, as its pool has other borders. */
static void check_lone_leg(uint8_t vlans)
{
	struct house h = {.stage = stage_new()};
	uint16_t session;

	h.bng = stage_actor(h.stage, bng("10.1.0.0/24", "192.0.2.1"));
	h.caller = stage_caller(h.stage, h.bng, "u", "p");
	h.caller->vlans = vlans;
	h.caller->vlan[0] = vlans ? 100 : 0;
	h.caller->outer_type = vlans ? ETHER_VLAN : 0;
	caller_dial(h.caller);
	session = h.caller->session;
	actor_restart(h.bng, bng("10.1.0.64/26", "192.0.2.1"));
	assert_int_equal(h.bng->node.stale_count.legs, 1);
	h.caller->any_tag = true;
	stage_pass(h.stage, 121000);
	assert_int_equal(h.caller->padt_count, vlans ? 2 : 1);
	assert_int_equal(h.caller->last_padt, session);
	assert_int_equal(h.bng->node.counters[COUNT_PADT_STALE_SENT], 1);
	stage_free(h.stage);
}

static void test_lone_leg(void **state)
{
	(void)state;
	check_lone_leg(0);
	check_lone_leg(1);
}

/* While nobody was there the port got another MAC address. */
static void test_port_moved(void **state)
{
	struct house h = house_new("10.1.0.0/24");
	uint32_t core = actor_call(h.bng)->core.slot;

	(void)state;
	actor_restart(h.bng, bng("10.1.0.0/24", "192.0.2.1"));
	assert_int_equal(h.bng->legs[core].state, LEG_FORWARD);
	h.bng->mac = 0x99;
	actor_restart(h.bng, bng("10.1.0.0/24", "192.0.2.1"));
	stage_deliver(h.stage);
	assert_int_equal(h.bng->legs[core].state, LEG_FREE);
	assert_int_equal(h.caller->padt_count, 1);
	assert_memory_equal(h.caller->padt_source, stage_mac, 6);
	house_end(&h);
}

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"stale-hold: 120\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"tunnels: [{name: lns, peer: 192.0.2.2, host-name: lac}]\n"
	"domains: [{name: default, tunnels: [lns]}]\n";

static const char lns_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lns}\n"
	"stale-hold: 120\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.2]}\n"
	"destinations: [{name: lac, hosts: [{name: lac, host-name: lns}]}]\n"
	"users: [{name: u, password: p}]\n"
	"pools: [{name: p, range: 10.1.0.0/24}]\n";

/* One end of a tunnel is killed. */
static void check_tunnel_hold(bool lac_dies)
{
	struct stage *stage = stage_new();
	struct actor *lac = stage_actor(stage, lac_conf);
	struct actor *lns = stage_actor(stage, lns_conf);
	struct caller *caller = stage_caller(stage, lac, "u", "p");
	struct actor *dead = lac_dies ? lac : lns;
	struct call *call;
	uint32_t slots[2];
	uint16_t tunnel = 0;

	caller_dial(caller);
	stage_pass(stage, 1000);
	assert_true(caller->online);
	call = actor_call(dead);
	slots[0] = call->access.slot;
	slots[1] = call->core.slot;
	while (!dead->node.tunnels[tunnel])
		tunnel++;
	caller->mute = true;
	actor_restart(dead, lac_dies ? lac_conf : lns_conf);
	assert_int_equal(dead->node.stale_count.legs, 2);
	assert_int_equal(dead->node.stale_count.tunnels, 1);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(dead->legs[slots[i]].state, LEG_FORWARD);
		if (slots[i] < FIRST_IP_SLOT)
			check_slot_not_given(dead, slots[i]);
	}
	check_not_given(dead->node.tunnel_ids, dead->node.now, tunnel);
	assert_int_equal(dead->tunnels[tunnel].state, TUNNEL_RX_OPEN);
	stage_pass(stage, 300000);
	actor_is_empty(lac);
	actor_is_empty(lns);
	assert_int_equal(dead->neighbour_drops, 1);
	stage_free(stage);
}

/* A LAC's client dials again: its old session leads nowhere any more. */
static void test_lac_redial(void **state)
{
	struct stage *stage = stage_new();
	struct actor *lac = stage_actor(stage, lac_conf);
	struct actor *lns = stage_actor(stage, lns_conf);
	struct caller *c = stage_caller(stage, lac, "u", "p");
	uint16_t session;

	(void)state;
	caller_dial(c);
	stage_pass(stage, 1000);
	assert_true(c->online);
	session = c->session;
	actor_restart(lac, lac_conf);
	assert_int_equal(lac->node.stale_count.legs, 2);
	caller_dial(c);
	stage_pass(stage, 5000);
	assert_true(c->online);
	assert_int_equal(lac->node.stale_count.legs, 0);
	assert_int_equal(c->last_padt, session);
	caller_padt(c);
	stage_pass(stage, 300000);
	actor_is_empty(lac);
	actor_is_empty(lns);
	stage_free(stage);
}

static void test_tunnel_hold(void **state)
{
	(void)state;
	check_tunnel_hold(true);
	check_tunnel_hold(false);
}

/* ---- the peer of a stale tunnel ------------------------------------------ */

#define LAC address_of_ip4((struct in_addr){htonl(0xc0000201)})
#define LNS address_of_ip4((struct in_addr){htonl(0xc0000202)})

/* A call over a tunnel, one end of which has been killed and is back. */
struct pair {
	struct stage *stage;
	struct actor *lac, *lns, *back, *other;
	struct caller *caller;
	uint16_t tunnel, peer_tunnel; /* ids of the killed and of the other */
};

static uint16_t only_tunnel(const struct actor *a)
{
	uint16_t id = 1;

	while (!a->node.tunnels[id])
		id++;
	return id;
}

static struct pair pair_new(bool lac_dies)
{
	struct pair p = {.stage = stage_new()};

	p.lac = stage_actor(p.stage, lac_conf);
	p.lns = stage_actor(p.stage, lns_conf);
	p.back = lac_dies ? p.lac : p.lns;
	p.other = lac_dies ? p.lns : p.lac;
	p.caller = stage_caller(p.stage, p.lac, "u", "p");
	caller_dial(p.caller);
	stage_pass(p.stage, 1000);
	assert_true(p.caller->online);
	p.tunnel = only_tunnel(p.back);
	p.peer_tunnel = only_tunnel(p.other);
	actor_restart(p.back, lac_dies ? lac_conf : lns_conf);
	assert_int_equal(p.back->node.stale_count.legs, 2);
	return p;
}

/* Nothing is left of the old tunnel, long before stale-hold is over. */
static void expect_ended(struct pair *p)
{
	const struct node *node = &p->back->node;

	assert_int_equal(node->stale_count.legs, 0);
	assert_int_equal(node->stale_count.tunnels, 0);
	assert_int_equal(p->back->tunnels[p->tunnel].state, TUNNEL_RX_FREE);
	assert_int_equal(node->counters[COUNT_STALE_TUNNELS_ENDED], 1);
	/* the next hops, too, and there is no sweep to come */
	assert_int_equal(p->back->neighbour_drops, 1);
	assert_true(instant_is_never(node->stale_alarm.at));
}

static void pair_end(struct pair *p)
{
	p->caller->mute = true;
	stage_pass(p->stage, 300000);
	actor_is_empty(p->lac);
	actor_is_empty(p->lns);
	stage_free(p->stage);
}

/* Counter stale_tunnels_ended. */
static void test_stopccn_of_the_peer(void **state)
{
	(void)state;
	for (int lac_dies = 0; lac_dies < 2; lac_dies++) {
		struct pair p = pair_new(lac_dies);

		actor_close_tunnels(p.other);
		expect_ended(&p);
		/* it was acknowledged, and the client knows */
		assert_null(p.other->node.tunnels[p.peer_tunnel]);
		assert_true(p.caller->padt);
		pair_end(&p);
	}
}

static void send_message(struct actor *to, struct address from, uint16_t type,
			 uint16_t tunnel, uint16_t ns, uint16_t assigned)
{
	uint8_t room[256], list[200];
	struct builder b = builder_on(list, sizeof(list));
	struct builder datagram = builder_on(room, sizeof(room));
	struct l2tp_control control = {.tunnel = tunnel, .ns = ns, .nr = ns};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, type);
	if (type == L2TP_SCCRQ) {
		avp_build_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
		avp_build_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
		avp_build(&b, AVP_HOST_NAME, view_text("lac"));
	}
	if (type == L2TP_STOPCCN)
		avp_build(&b, AVP_RESULT_CODE, VIEW(((uint8_t[]){0, 1})));
	if (type != L2TP_SCCCN)
		avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, assigned);
	control.body = builder_view(&b);
	assert_int_equal(l2tp_control_build(&datagram, &control), 0);
	actor_control(to, from, LNS, builder_view(&datagram));
}

/* Who does not know both ids, or is somebody else, ends nothing. */
static void test_stopccn_of_others(void **state)
{
	struct pair p = pair_new(false);
	struct address other = address_of_ip4((struct in_addr){htonl(0xc0000209)});

	(void)state;
	send_message(p.lns, LAC, L2TP_STOPCCN, p.tunnel, 3,
		     (uint16_t)(p.peer_tunnel ^ 1));
	send_message(p.lns, LAC, L2TP_STOPCCN, (uint16_t)(p.tunnel ^ 1), 3,
		     p.peer_tunnel);
	send_message(p.lns, other, L2TP_STOPCCN, p.tunnel, 3, p.peer_tunnel);
	send_message(p.lns, LAC, L2TP_HELLO, p.tunnel, 3, p.peer_tunnel);
	assert_int_equal(p.lns->node.stale_count.legs, 2);
	assert_int_equal(p.lns->node.counters[COUNT_CONTROL_UNKNOWN_TUNNEL], 4);
	send_message(p.lns, LAC, L2TP_STOPCCN, p.tunnel, 3, p.peer_tunnel);
	expect_ended(&p);
	pair_end(&p);
}

/* A LAC that has lost its memory as well, and has the same id again. */
static void test_peer_anew(void **state)
{
	struct pair p = pair_new(false);

	(void)state;
	p.lac->mute = true;
	send_message(p.lns, LAC, L2TP_SCCRQ, 0, 0, p.peer_tunnel);
	assert_int_equal(p.lns->node.stale_count.legs, 2);
	send_message(p.lns, LAC, L2TP_SCCCN, only_tunnel(p.lns), 1, 0);
	expect_ended(&p);
	p.lac->mute = false;
	pair_end(&p);
}

/* An engine that finds nothing asks at once for no neighbour to be kept. */
static void test_nothing_left(void **state)
{
	struct stage *stage = stage_new();
	struct actor *a = stage_actor(stage, bng("10.1.0.0/24", "192.0.2.1"));

	(void)state;
	assert_int_equal(a->neighbour_drops, 0);
	actor_restart(a, bng("10.1.0.0/24", "192.0.2.1"));
	assert_int_equal(a->neighbour_drops, 1);
	stage_pass(stage, 300000);
	assert_int_equal(a->neighbour_drops, 1);
	stage_free(stage);
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
		cmocka_unit_test(test_padt_of_the_client),
		cmocka_unit_test(test_sweep_tells),
		cmocka_unit_test(test_lone_leg),
		cmocka_unit_test(test_port_moved),
		cmocka_unit_test(test_lac_redial),
		cmocka_unit_test(test_tunnel_hold),
		cmocka_unit_test(test_stopccn_of_the_peer),
		cmocka_unit_test(test_stopccn_of_others),
		cmocka_unit_test(test_peer_anew),
		cmocka_unit_test(test_nothing_left),
		cmocka_unit_test(test_other_borders),
		cmocka_unit_test(test_other_ranges),
		cmocka_unit_test(test_no_room),
		cmocka_unit_test(test_other_locals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
