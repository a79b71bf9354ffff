/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose it is what a node sends: every control message of a LAC, from its first
 * to the end of the call, and what belongs to nobody.
 */
#include <string.h>

#include "stage.h"
#include "switch/access.h"
#include "switch/viewer_sent.h"

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"tunnels:\n"
	"- {name: lns1, peer: 192.0.2.3, host-name: lac, secret: s}\n"
	"domains: [{name: far, action: tunnel, tunnels: [lns1]}]\n";

static const char lns_conf[] =
	"l2tp: {local-addresses: [192.0.2.3]}\n"
	"destinations:\n"
	"- name: all\n"
	"  hosts: [{name: lac, host-name: lns, secret: s}]\n"
	"ppp: {auth: [pap]}\n"
	"users: [{name: u@far, password: p}]\n"
	"pools: [{name: p, range: 10.2.0.0-10.2.0.7}]\n";

static struct {
	struct stage *stage;
	struct actor *lac, *lns;
	struct caller *caller;
	struct sent_call call;
	/* of the LAC's messages, by type; 0 are acknowledgements */
	unsigned int seen[L2TP_SLI + 1], of_call[L2TP_SLI + 1];
	uint16_t tunnel; /* 0: none yet */
} t;

static struct address end_of(const char *text)
{
	struct address address;

	assert_int_equal(address_parse(text, &address), 0);
	return address;
}

static struct sent sent_from(const struct actor *from, const char *local,
			     const char *peer, struct view datagram)
{
	uint8_t room[1600];
	struct builder b = builder_on(room, sizeof(room));
	struct sent sent;

	sent_l2tp(&sent, &b, &t.call, &from->node, end_of(local), end_of(peer),
		  1701, datagram);
	assert_false(b.full);
	assert_memory_equal(b.data + b.len - datagram.len, datagram.data,
			    datagram.len);
	return sent;
}

/* Sees all control; nothing is lost. */
static bool look(struct stage *stage, const struct actor *from,
		 struct view datagram)
{
	uint16_t type = 0;
	struct sent sent;

	(void)stage;
	if (from != t.lac)
		return false;
	sent_call_look(&t.call, &t.lac->node);
	sent = sent_from(from, "192.0.2.1", "192.0.2.3", datagram);
	assert_int_equal(sent.ifindex, 0); /* there is no network here */
	assert_int_not_equal(sent.tunnel, 0);
	assert_true(!t.tunnel || sent.tunnel == t.tunnel);
	t.tunnel = sent.tunnel;
	if (datagram.len >= 20)
		type = (uint16_t)(datagram.data[18] << 8 | datagram.data[19]);
	assert_true(type <= L2TP_SLI);
	t.seen[type]++;
	t.of_call[type] += sent.call != 0;
	assert_true(!sent.call || sent.call == t.call.id);
	return false;
}

static int begin(void **state)
{
	(void)state;
	memset(&t, 0, sizeof(t));
	t.stage = stage_new();
	t.lac = stage_actor(t.stage, lac_conf);
	t.lns = stage_actor(t.stage, lns_conf);
	t.caller = stage_caller(t.stage, t.lac, "u@far", "p");
	t.call.id = 1; /* the first there will be */
	t.stage->lose = look;
	return 0;
}

static int end(void **state)
{
	(void)state;
	stage_pass(t.stage, 300000);
	actor_is_empty(t.lac);
	actor_is_empty(t.lns);
	stage_free(t.stage);
	return 0;
}

static void check(uint16_t type, unsigned int seen, unsigned int of_call)
{
	assert_int_equal(t.seen[type], seen);
	assert_int_equal(t.of_call[type], of_call);
}

static void test_all_of_a_call(void **state)
{
	(void)state;
	caller_dial(t.caller);
	stage_pass(t.stage, 1000);
	assert_true(t.caller->online);
	assert_int_equal(t.tunnel, actor_call(t.lac)->core.entry->id);
	check(L2TP_SCCRQ, 1, 0);
	check(L2TP_SCCCN, 1, 0);
	check(L2TP_ICRQ, 1, 1);
	check(L2TP_ICCN, 1, 1);
	caller_padt(t.caller);
	stage_pass(t.stage, 1000);
	check(L2TP_CDN, 1, 1);
	actor_close_tunnels(t.lac);
	stage_pass(t.stage, 1000);
	check(L2TP_STOPCCN, 1, 0);
	check(0, t.seen[0], 0);
}

/* The same of another call. */
static void test_of_another_call(void **state)
{
	(void)state;
	t.call.id = 2;
	caller_dial(t.caller);
	stage_pass(t.stage, 1000);
	caller_padt(t.caller);
	stage_pass(t.stage, 1000);
	check(L2TP_ICRQ, 1, 0);
	check(L2TP_ICCN, 1, 0);
	check(L2TP_CDN, 1, 0);
}

/* A refusal of who has no tunnel, and what is no L2TP at all. */
static void test_of_nobody(void **state)
{
	static const uint8_t stopccn[] = {
		0xc8, 0x02, 0, 30, 0x77, 0x77, 0, 0, 0, 0, 0, 1, 0x80, 8,
		0, 0, 0, 0, 0, 4, 0x80, 10, 0, 0, 0, 1, 0, 2, 0, 4,
	};
	struct sent sent;

	(void)state;
	caller_dial(t.caller);
	stage_pass(t.stage, 1000);
	sent = sent_from(t.lac, "192.0.2.1", "192.0.2.3", VIEW(stopccn));
	assert_int_equal(sent.tunnel, 0);
	assert_int_equal(sent.call, 0);
	sent = sent_from(t.lac, "192.0.2.1", "192.0.2.99", VIEW(stopccn));
	assert_int_equal(sent.tunnel, 0);
	sent = sent_from(t.lac, "192.0.2.1", "192.0.2.3",
			 view_of(stopccn, 3));
	assert_int_equal(sent.tunnel, 0);
	caller_padt(t.caller);
}

/* PPP that the engine sends in a data message: an LNS's Echo-Request. */
static void test_data(void **state)
{
	uint8_t data[] = {0, 2, 0, 0, 0, 0, 0xFF, 3, 0xC0, 0x21, 9, 1, 0, 4};
	const struct call *call;
	uint16_t tunnel, session;
	struct sent sent;

	(void)state;
	caller_dial(t.caller);
	stage_pass(t.stage, 1000);
	call = actor_call(t.lac);
	tunnel = tunnel_info(call->core.entry->control).peer_id;
	session = session_peer_id(call->core.session);
	data[2] = (uint8_t)(tunnel >> 8);
	data[3] = (uint8_t)tunnel;
	data[4] = (uint8_t)(session >> 8);
	data[5] = (uint8_t)session;
	sent_call_look(&t.call, &t.lac->node);
	sent = sent_from(t.lac, "192.0.2.1", "192.0.2.3", VIEW(data));
	assert_int_equal(sent.tunnel, call->core.entry->id);
	assert_int_equal(sent.call, call->id);
	data[5] ^= 1;
	sent = sent_from(t.lac, "192.0.2.1", "192.0.2.3", VIEW(data));
	assert_int_equal(sent.call, 0);
	caller_padt(t.caller);
}

/* A PADT leaves when the leg is already gone: the call is remembered. */
static void test_padt(void **state)
{
	struct pppoe_client client;
	struct call *call;
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));
	struct sent sent;
	uint16_t session;

	(void)state;
	caller_dial(t.caller);
	stage_pass(t.stage, 1000);
	call = actor_call(t.lac);
	client = call->access.client;
	session = call->access.pppoe_session;
	sent_call_look(&t.call, &t.lac->node);
	pppoe_padt(&b, &client, call->access.port->state.mac, session, "");
	for (int i = 0; i < 2; i++) {
		sent_frame(&sent, &t.call, &t.lac->node, STAGE_PORT,
			   builder_view(&b));
		assert_int_equal(sent.call, 1);
		assert_int_equal(sent.ifindex, STAGE_PORT);
		if (!i)
			caller_padt(t.caller);
	}
	room[5] ^= 1; /* to somebody else */
	sent_frame(&sent, &t.call, &t.lac->node, STAGE_PORT, builder_view(&b));
	assert_int_equal(sent.call, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all_of_a_call, begin, end),
		cmocka_unit_test_setup_teardown(test_of_another_call, begin,
						end),
		cmocka_unit_test_setup_teardown(test_of_nobody, begin, end),
		cmocka_unit_test_setup_teardown(test_data, begin, end),
		cmocka_unit_test_setup_teardown(test_padt, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
