/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each node says about the end of a call, and what it tells the others:
 * peers that break the protocol, refuse, or leave at the wrong moment, and
 * operators.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <string.h>

#include "proto/avp.h"
#include "proto/tunnel_inner.h"

#define LONG_ENOUGH 300000

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"tunnels:\n"
	"- {name: lts, peer: 192.0.2.2, host-name: lac, secret: one}\n"
	"- {name: lns, peer: 192.0.2.3, host-name: lac, secret: two}\n"
	"- {name: bad, peer: 192.0.2.3, host-name: lac, secret: no,\n"
	"   assignment: lns}\n"
	"domains:\n"
	"- {name: far, tunnels: [lts]}\n"
	"- {name: near, tunnels: [lns]}\n"
	"- {name: twice, tunnels: [bad, lns]}\n";

static const char lts_conf[] =
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.2]}\n"
	"destinations:\n"
	"- name: lac\n"
	"  hosts: [{name: lac, host-name: lts, secret: one, switch: yes}]\n"
	"tunnels:\n"
	"- {name: lns, peer: 192.0.2.3, host-name: lts, secret: three}\n"
	"domains: [{name: far, tunnels: [lns]}]\n";

static const char lns_conf[] =
	"l2tp: {local-addresses: [192.0.2.3]}\n"
	"destinations:\n"
	"- name: all\n"
	"  hosts:\n"
	"  - {name: lac, host-name: lns, secret: two}\n"
	"  - {name: lts, host-name: lns, secret: three}\n"
	"ppp: {auth: [pap]}\n"
	"users:\n"
	"- {name: u@far, password: p}\n"
	"- {name: u@near, password: p}\n"
	"- {name: u@twice, password: p}\n"
	"pools: [{name: p, range: 10.2.0.0-10.2.0.7}]\n";

struct chain {
	struct stage *stage;
	struct actor *lac, *lts, *lns;
	struct caller *caller;
};

static struct chain chain_new(const char *user)
{
	struct chain c = {.stage = stage_new()};

	c.lac = stage_actor(c.stage, lac_conf);
	c.lts = stage_actor(c.stage, lts_conf);
	c.lns = stage_actor(c.stage, lns_conf);
	c.caller = stage_caller(c.stage, c.lac, user, "p");
	return c;
}

static struct chain chain_up(const char *user)
{
	struct chain c = chain_new(user);

	caller_dial(c.caller);
	stage_pass(c.stage, 1000);
	assert_true(c.caller->online);
	return c;
}

static void chain_end(struct chain *c)
{
	if (c->caller->session)
		caller_padt(c->caller);
	stage_pass(c->stage, LONG_ENOUGH);
	actor_is_empty(c->lac);
	actor_is_empty(c->lts);
	actor_is_empty(c->lns);
	stage_free(c->stage);
}

static void check_ended(const struct actor *actor, const char *cause,
			uint16_t result, uint16_t error, const char *text)
{
	const struct ended_call *ended = actor_ended(actor);

	assert_string_equal(ended->cause, cause);
	assert_int_equal(ended->result.result, result);
	assert_int_equal(ended->result.error, error);
	assert_string_equal(ended->result.text, text);
}

/* ---- a peer that breaks the protocol ------------------------------------- */

/* A message of the session of this leg, whether it is its turn or not. */
static void send_of_leg(struct chain *c, const struct call_leg *leg,
			uint16_t type, const struct builder *avps)
{
	tunnel_send(leg->entry->control, type, session_peer_id(leg->session),
		    avps, c->stage->now);
	stage_pass(c->stage, 1000);
}

static void test_second_iccn(void **state)
{
	struct chain c = chain_up("u@far");
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_ICCN);
	avp_build_u32(&b, AVP_TX_SPEED, 1);
	avp_build_u32(&b, AVP_FRAMING_TYPE, 1);
	send_of_leg(&c, &actor_call(c.lac)->core, L2TP_ICCN, &b);
	check_ended(c.lts, "protocol-error", CDN_ERROR, L2TP_ERROR_VENDOR,
		    "ICCN in established");
	check_ended(c.lac, "peer-cdn", CDN_ERROR, L2TP_ERROR_VENDOR,
		    "ICCN in established");
	check_ended(c.lns, "peer-cdn", CDN_ERROR, L2TP_ERROR_VENDOR,
		    "ICCN in established");
	assert_true(c.caller->padt);
	chain_end(&c);
}

static void test_icrp_out_of_place(void **state)
{
	struct chain c = chain_up("u@far");
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_ICRP);
	avp_build_u16(&b, AVP_ASSIGNED_SESSION, 7);
	send_of_leg(&c, &actor_call(c.lns)->access, L2TP_ICRP, &b);
	check_ended(c.lts, "protocol-error", CDN_ERROR, L2TP_ERROR_VENDOR,
		    "ICRP in established");
	check_ended(c.lac, "peer-cdn", CDN_ERROR, L2TP_ERROR_VENDOR,
		    "ICRP in established");
	check_ended(c.lns, "peer-cdn", CDN_ERROR, L2TP_ERROR_VENDOR,
		    "ICRP in established");
	chain_end(&c);
}

/* ---- a peer that refuses ------------------------------------------------- */

/* The LNS's own words reach the LAC, also those of AVP 46. */
static void test_cdn_is_passed_on(void **state)
{
	struct l2tp_result why = {
		.result = CDN_ADMIN,
		.cause = {true, 16, PPP_PAP, 1},
	};
	struct chain c = chain_up("u@far");
	struct call *call = actor_call(c.lns);
	const struct l2tp_result *heard;

	(void)state;
	bytes_set(&why.cause_text, view_text("k\xc3\xb6nnte sein"));
	session_close(call->access.session, &why, c.stage->now);
	call_reap(&c.lns->node);
	stage_pass(c.stage, 1000);
	heard = &actor_ended(c.lac)->result;
	assert_int_equal(heard->result, CDN_ADMIN);
	assert_int_equal(heard->cause.code, 16);
	assert_true(view_equal(bytes_view(&heard->cause_text),
			       bytes_view(&why.cause_text)));
	chain_end(&c);
}

/* So do numbers that no RFC has, with an error code or without. */
static void test_any_result_is_passed_on(void **state)
{
	static const struct l2tp_result rows[] = {
		{.result = 0},
		{.result = 0, .has_error = true},
		{.result = 500, .error = 77},
		{.result = 0xffff, .text = "?"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct chain c = chain_up("u@far");
		const struct l2tp_result *heard;

		session_close(actor_call(c.lns)->access.session, &rows[i],
			      c.stage->now);
		call_reap(&c.lns->node);
		stage_pass(c.stage, 1000);
		check_ended(c.lts, "peer-cdn", rows[i].result, rows[i].error,
			    rows[i].text);
		check_ended(c.lac, "peer-cdn", rows[i].result, rows[i].error,
			    rows[i].text);
		heard = &actor_ended(c.lac)->result;
		assert_int_equal(heard->has_error,
				 rows[i].has_error || rows[i].error ||
					 rows[i].text[0]);
		chain_end(&c);
	}
}

/* The LNS answers the ICRQ of the LTS with a CDN of its own. */
static bool refuse_icrq(struct stage *stage, const struct actor *from,
			struct view datagram)
{
	static const struct l2tp_result why = {.result = CDN_PERMANENT};
	const struct actor *lns = &stage->actors[2];
	uint16_t peer;

	if (from != &stage->actors[1] || datagram.len < 28 ||
	    datagram.data[19] != L2TP_ICRQ)
		return false;
	stage->lose = NULL;
	assert_int_equal(datagram.data[25], AVP_ASSIGNED_SESSION);
	peer = (uint16_t)(datagram.data[26] << 8 | datagram.data[27]);
	for (unsigned int id = 0; id < TUNNEL_SLOTS; id++)
		if (lns->node.tunnels[id])
			session_refuse(lns->node.tunnels[id]->control, peer,
				       &why, stage->now);
	return true;
}

static void test_refusal_is_passed_on(void **state)
{
	struct chain c = chain_new("u@far");

	(void)state;
	c.stage->lose = refuse_icrq;
	caller_dial(c.caller);
	stage_pass(c.stage, 2000);
	assert_true(c.caller->padt);
	check_ended(c.lts, "no-tunnel", CDN_PERMANENT, 0, "");
	check_ended(c.lac, "peer-cdn", CDN_PERMANENT, 0, "");
	chain_end(&c);
}

/* A tunnel that the other secret opened, or would have, is not shared. */
static void test_other_secret(void **state)
{
	struct chain c = chain_new("u@twice");

	(void)state;
	caller_dial(c.caller);
	stage_pass(c.stage, 2000);
	assert_true(c.caller->online);
	assert_int_equal(c.lac->node.counters[COUNT_TUNNELS_OPENED], 2);
	chain_end(&c);
}

/* ---- a peer that leaves at the wrong moment ------------------------------ */

/* The StopCCN for an idle tunnel crosses the ICRQ of a new call. */
static void test_stopccn_crosses_icrq(void **state)
{
	struct chain c = chain_up("u@near");
	struct caller *next = stage_caller(c.stage, c.lac, "u@near", "p");

	(void)state;
	caller_padt(c.caller);
	stage_pass(c.stage, 1000);
	c.lns->mute = true;
	caller_dial(next);
	c.lns->mute = false;
	actor_close_tunnels(c.lns);
	stage_pass(c.stage, 20000);
	assert_true(next->online);
	assert_int_equal(c.lac->node.counters[COUNT_TUNNELS_OPENED], 2);
	c.caller = next;
	chain_end(&c);
}

/* One that does so again is given up. */
static void test_tried_again_once(void **state)
{
	struct chain c = chain_new("u@near");

	(void)state;
	c.stage->lose = stage_lose_type;
	c.stage->lose_type = L2TP_ICRQ;
	caller_dial(c.caller);
	actor_close_tunnels(c.lns);
	assert_int_equal(actor_call(c.lac)->state, CALL_TUNNELLING);
	actor_close_tunnels(c.lns);
	assert_string_equal(actor_ended(c.lac)->cause, "no-tunnel");
	assert_int_equal(c.lac->node.counters[COUNT_TUNNELS_OPENED], 2);
	assert_true(c.caller->padt);
	c.stage->lose = NULL;
	chain_end(&c);
}

/* ---- an operator --------------------------------------------------------- */

static void test_tunnels_closed_by_operator(void **state)
{
	struct chain c = chain_up("u@far");

	(void)state;
	actor_close_tunnels(c.lts);
	stage_pass(c.stage, 1000);
	assert_string_equal(actor_ended(c.lts)->cause, "admin");
	assert_int_equal(actor_ended(c.lts)->result.result, CDN_ADMIN);
	chain_end(&c);
}

/* Only the tunnel of one side: the other side is told why. */
static void test_tunnel_closed_by_operator(void **state)
{
	static const struct l2tp_result why = {.result = STOPCCN_CLEAR};

	(void)state;
	for (int core = 0; core < 2; core++) {
		struct chain c = chain_up("u@far");
		struct call *call = actor_call(c.lts);

		c.lts->node.now = c.stage->now;
		tunnel_entry_close(core ? call->core.entry : call->access.entry,
				   &why);
		call_reap(&c.lts->node);
		stage_pass(c.stage, 1000);
		assert_string_equal(actor_ended(c.lts)->cause, "admin");
		check_ended(core ? c.lac : c.lns, "peer-cdn", CDN_ADMIN, 0, "");
		chain_end(&c);
	}
}

/* The subscriber's port is detached: PADT and CDN are still sent. */
static void test_port_detached(void **state)
{
	struct chain c = chain_up("u@far");

	(void)state;
	actor_port(c.lac, KEEPER_PORT_DETACHED);
	stage_pass(c.stage, 1000);
	assert_true(c.caller->padt);
	assert_string_equal(actor_ended(c.lac)->cause, "admin");
	check_ended(c.lns, "peer-cdn", CDN_ADMIN, 0, "");
	chain_end(&c);
}

/* ---- what a switch carries ----------------------------------------------- */

static struct {
	uint8_t type;
	uint8_t value[32];
	size_t len;
} relayed;

static bool watch_lts(struct stage *stage, const struct actor *from,
		      struct view datagram)
{
	if (from == &stage->actors[1] && datagram.len > 26 &&
	    datagram.data[19] == relayed.type) {
		relayed.len = datagram.len - 26;
		memcpy(relayed.value, datagram.data + 26, relayed.len);
	}
	return false;
}

static void test_notices_are_relayed(void **state)
{
	static const uint8_t errors[26] = {0, 0, 0, 0, 0, 1, 0, 0, 0, 9};
	static const uint8_t accm[10] = {0, 0, 0, 0xa, 0, 0, 0xff, 0, 0, 1};
	struct chain c = chain_up("u@far");
	struct call_leg *legs[] = {&actor_call(c.lac)->core,
				   &actor_call(c.lns)->access};

	(void)state;
	c.stage->lose = watch_lts;
	for (int sli = 0; sli < 2; sli++) {
		struct view value = sli ? VIEW(accm) : VIEW(errors);

		relayed.type = sli ? L2TP_SLI : L2TP_WEN;
		relayed.len = 0;
		session_notice(legs[sli]->session,
			       (enum l2tp_message)relayed.type, value,
			       c.stage->now);
		stage_pass(c.stage, 1000);
		assert_int_equal(relayed.len, value.len);
		assert_memory_equal(relayed.value, value.data, value.len);
	}
	assert_true(c.caller->online);
	chain_end(&c);
}

/* The LTS does not believe the LAC: the subscriber says it again. */
static void test_switch_without_proxy(void **state)
{
	(void)state;
	for (int lcp = 0; lcp < 2; lcp++) {
		struct chain c = chain_new("u@far");
		struct conf_host *host = c.lts->conf->destinations[0].hosts;

		host->proxy_lcp = lcp;
		host->proxy_auth = !lcp;
		caller_dial(c.caller);
		stage_pass(c.stage, 1000);
		if (lcp)
			caller_authenticate(c.caller);
		stage_pass(c.stage, 1000);
		assert_true(c.caller->online);
		assert_string_equal(call_role(actor_call(c.lts)), "lts");
		assert_int_equal(c.caller->auths, 2);
		chain_end(&c);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_second_iccn),
		cmocka_unit_test(test_icrp_out_of_place),
		cmocka_unit_test(test_cdn_is_passed_on),
		cmocka_unit_test(test_any_result_is_passed_on),
		cmocka_unit_test(test_refusal_is_passed_on),
		cmocka_unit_test(test_other_secret),
		cmocka_unit_test(test_stopccn_crosses_icrq),
		cmocka_unit_test(test_tried_again_once),
		cmocka_unit_test(test_tunnels_closed_by_operator),
		cmocka_unit_test(test_tunnel_closed_by_operator),
		cmocka_unit_test(test_port_detached),
		cmocka_unit_test(test_notices_are_relayed),
		cmocka_unit_test(test_switch_without_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
