/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A peer that does not know the secret sends our own challenges back to have us
 * answer them (RFC 2661 5.1.1), in another tunnel than the one they came in.
 * The node uses one secret in both directions.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <string.h>

#include "proto/avp.h"

#define NODE_CONF(challenge)                                                  \
	"ports: [{name: access, access: yes}]\n"                              \
	"ppp: {auth: [pap]}\n"                                                \
	"l2tp: {local-addresses: [192.0.2.1]}\n"                              \
	"tunnels:\n"                                                          \
	"- {name: far, peer: 192.0.2.9, secret: both, challenge: " challenge \
	"}\n"                                                                 \
	"domains: [{name: far, tunnels: [far]}]\n"                            \
	"destinations:\n"                                                     \
	"- {name: all, hosts: [{name: default, secret: both}]}\n"             \
	"pools: [{name: p, range: 10.2.0.0/24}]\n"

#define IP4(host) address_of_ip4((struct in_addr){htonl(host)})
#define PEER	  IP4(0xc0000209)
#define NODE	  IP4(0xc0000201)

enum { CHALLENGE = 16 };

/* The last message of each type that the peer got from the node. */
static struct heard {
	unsigned int count;
	uint16_t tunnel; /* the peer's, in the header */
	uint16_t assigned;
	uint16_t result;
	bool response;
	uint8_t challenge[CHALLENGE];
} heard[L2TP_CDN + 1];

static bool hear(struct stage *stage, const struct actor *from,
		 struct view datagram)
{
	struct l2tp_control control;
	struct builder none = builder_on(NULL, 0);
	struct avps avps;
	struct heard *h;

	(void)stage, (void)from;
	assert_int_equal(l2tp_control_read(datagram, &control), 0);
	if (!control.body.len)
		return true;
	avps_read(control.body, (struct view){0}, &none, &avps);
	assert_true(avps.type <= L2TP_CDN);
	h = &heard[avps.type];
	h->count++;
	h->tunnel = control.tunnel;
	h->assigned = avps_u16(&avps, AVP_ASSIGNED_TUNNEL);
	h->response = avps_has(&avps, AVP_CHALLENGE_RESPONSE);
	if (avps_has(&avps, AVP_CHALLENGE))
		memcpy(h->challenge, avps.value[AVP_CHALLENGE].data, CHALLENGE);
	if (avps_has(&avps, AVP_RESULT_CODE))
		h->result = avps.value[AVP_RESULT_CODE].data[1];
	return true;
}

/* A subscriber dials, so the node has an SCCRQ without an answer. */
static struct actor *node_new(const char *conf)
{
	struct stage *stage = stage_new();
	struct actor *node = stage_actor(stage, conf);

	memset(heard, 0, sizeof(heard));
	stage->lose = hear;
	caller_dial(stage_caller(stage, node, "u@far", "p"));
	stage_pass(stage, 100);
	assert_int_equal(heard[L2TP_SCCRQ].count, 1);
	return node;
}

static void node_end(struct actor *node)
{
	stage_pass(node->stage, 300000);
	assert_int_equal(node->node.challenges.used, 0);
	actor_is_empty(node);
	stage_free(node->stage);
}

/* SCCRQ or SCCRP; challenge NULL: without one. */
static void send_setup(struct actor *node, uint16_t type, uint16_t tunnel,
		       uint16_t assigned, const uint8_t *challenge)
{
	uint8_t list[256], room[256];
	struct builder b = builder_on(list, sizeof(list));
	struct builder out = builder_on(room, sizeof(room));
	struct l2tp_control control = {.tunnel = tunnel};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, type);
	avp_build_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
	avp_build_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
	avp_build(&b, AVP_HOST_NAME, view_text("stranger"));
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, assigned);
	if (challenge)
		avp_build(&b, AVP_CHALLENGE, view_of(challenge, CHALLENGE));
	control.nr = type == L2TP_SCCRP;
	control.body = builder_view(&b);
	assert_int_equal(l2tp_control_build(&out, &control), 0);
	actor_control(node, PEER, NODE, builder_view(&out));
}

static void assert_refused(const struct actor *node, uint16_t assigned,
			   unsigned int times)
{
	assert_int_equal(heard[L2TP_STOPCCN].count, times);
	assert_int_equal(heard[L2TP_STOPCCN].tunnel, assigned);
	assert_int_equal(heard[L2TP_STOPCCN].result, STOPCCN_UNAUTHORISED);
	assert_int_equal(node->node.counters[COUNT_TUNNEL_REFLECTED], times);
	assert_int_equal(node->node.counters[COUNT_TUNNEL_CHALLENGE], 0);
	assert_string_equal(node->refused, "tunnel_reflected");
}

/* The answer would be the Response of an SCCRP, which our SCCRQ asks for. */
static void test_challenge_of_sccrq(void **state)
{
	struct actor *node = node_new(NODE_CONF("yes"));
	const struct tunnel_entry *entry;

	(void)state;
	send_setup(node, L2TP_SCCRQ, 0, 4711, heard[L2TP_SCCRQ].challenge);
	assert_refused(node, 4711, 1);
	assert_int_equal(heard[L2TP_SCCRP].count, 0);
	/* the tunnel that the challenge belongs to still waits for its peer */
	entry = node->node.tunnels[heard[L2TP_SCCRQ].assigned];
	assert_int_equal(tunnel_info(entry->control).state,
			 TUNNEL_WAIT_CTL_REPLY);
	node_end(node);
}

/* The answer would be the Response of an SCCCN, which our SCCRP asks for. */
static void test_challenge_of_sccrp(void **state)
{
	struct actor *node = node_new(NODE_CONF("no"));

	(void)state;
	send_setup(node, L2TP_SCCRQ, 0, 4711, NULL);
	assert_int_equal(heard[L2TP_SCCRP].count, 1);
	send_setup(node, L2TP_SCCRP, heard[L2TP_SCCRQ].assigned, 99,
		   heard[L2TP_SCCRP].challenge);
	assert_refused(node, 99, 1);
	assert_int_equal(heard[L2TP_SCCCN].count, 0);
	node_end(node);
}

/* Between two tunnels of the same direction, among many. */
static void test_challenge_of_another_sccrp(void **state)
{
	struct actor *node = node_new(NODE_CONF("yes"));
	uint8_t first[CHALLENGE];

	(void)state;
	send_setup(node, L2TP_SCCRQ, 0, 1, NULL);
	memcpy(first, heard[L2TP_SCCRP].challenge, CHALLENGE);
	for (uint16_t id = 2; id <= 50; id++)
		send_setup(node, L2TP_SCCRQ, 0, id, NULL);
	assert_int_equal(heard[L2TP_SCCRP].count, 50);
	assert_int_equal(node->node.challenges.used, 51);
	send_setup(node, L2TP_SCCRQ, 0, 60, first);
	assert_refused(node, 60, 1);
	/* what only resembles it is a challenge like any other */
	first[CHALLENGE - 1] ^= 1;
	send_setup(node, L2TP_SCCRQ, 0, 61, first);
	assert_refused(node, 60, 1);
	assert_int_equal(heard[L2TP_SCCRP].count, 51);
	assert_true(heard[L2TP_SCCRP].response);
	node_end(node);
}

/* A challenge is only kept while its answer would be taken. */
static void test_challenge_is_over(void **state)
{
	struct actor *node = node_new(NODE_CONF("yes"));
	uint8_t old[CHALLENGE];

	(void)state;
	memcpy(old, heard[L2TP_SCCRQ].challenge, CHALLENGE);
	stage_pass(node->stage, 300000);
	assert_int_equal(node->node.challenges.used, 0);
	send_setup(node, L2TP_SCCRQ, 0, 4711, old);
	assert_int_equal(heard[L2TP_SCCRP].count, 1);
	assert_int_equal(node->node.counters[COUNT_TUNNEL_REFLECTED], 0);
	node_end(node);
}

/* Two nodes that know the secret open tunnels in both directions. */
static void test_peer_that_knows_the_secret(void **state)
{
	static const char other_conf[] =
		"ports: [{name: access, access: yes}]\n"
		"ppp: {auth: [pap]}\n"
		"l2tp: {local-addresses: [192.0.2.9]}\n"
		"tunnels: [{name: back, peer: 192.0.2.1, secret: both}]\n"
		"domains: [{name: back, tunnels: [back]}]\n"
		"destinations:\n"
		"- {name: all, hosts: [{name: default, secret: both}]}\n"
		"users: [{name: u@far, password: p}]\n"
		"pools: [{name: p, range: 10.3.0.0/24}]\n";
	struct stage *stage = stage_new();
	struct actor *node = stage_actor(stage, NODE_CONF("yes"));
	struct actor *other = stage_actor(stage, other_conf);

	(void)state;
	caller_dial(stage_caller(stage, node, "u@far", "p"));
	caller_dial(stage_caller(stage, other, "u@back", "p"));
	stage_pass(stage, 2000);
	assert_true(stage->callers[0].online);
	assert_int_equal(node->node.counters[COUNT_TUNNELS_UP], 2);
	assert_int_equal(other->node.counters[COUNT_TUNNELS_UP], 2);
	assert_int_equal(node->node.challenges.used, 0);
	assert_int_equal(other->node.challenges.used, 0);
	stage_free(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_challenge_of_sccrq),
		cmocka_unit_test(test_challenge_of_sccrp),
		cmocka_unit_test(test_challenge_of_another_sccrp),
		cmocka_unit_test(test_challenge_is_over),
		cmocka_unit_test(test_peer_that_knows_the_secret),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
