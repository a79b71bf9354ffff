/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a peer can do to an LNS with SCCRQs: a scripted one that answers when it
 * likes.  Whatever it does ends, and leaves nothing.
 */
#include "stage.h"

#include <arpa/inet.h>

#include "proto/avp.h"

static const char lns_conf[] =
	"l2tp: {local-addresses: [192.0.2.3, 192.0.2.4, '2001:db8::3']}\n"
	"destinations:\n"
	"- {name: zero, peer: '2001:db8::8', udp-checksum: zero, hosts: [{"
	"name: default, host-name: lns, challenge: no}]}\n"
	"- {name: all, hosts: [{name: default, host-name: lns, "
	"challenge: no}]}\n"
	"pools: [{name: p, range: 10.2.0.0/24}]\n";

#define IP4(host) address_of_ip4((struct in_addr){htonl(host)})
#define PEER	  IP4(0xc0000209)
#define OTHER	  IP4(0xc0000208)
#define LNS	  IP4(0xc0000203)
#define LNS2	  IP4(0xc0000204)

/* The last message the LNS sent that is more than an acknowledgement. */
static struct {
	unsigned int count;
	uint8_t type;
	uint16_t assigned; /* of an SCCRP */
} heard;

/* Everything the LNS sends ends here: its peer is the test. */
static bool hear(struct stage *stage, const struct actor *from,
		 struct view datagram)
{
	struct l2tp_control control;
	struct builder none = builder_on(NULL, 0);
	struct avps avps;

	(void)stage, (void)from;
	assert_int_equal(l2tp_control_read(datagram, &control), 0);
	if (!control.body.len)
		return true;
	avps_read(control.body, (struct view){0}, &none, &avps);
	heard.count++;
	heard.type = (uint8_t)avps.type;
	heard.assigned = avps_u16(&avps, AVP_ASSIGNED_TUNNEL);
	return true;
}

static struct actor *lns_new(void)
{
	struct stage *stage = stage_new();

	stage->lose = hear;
	return stage_actor(stage, lns_conf);
}

static void lns_end(struct actor *lns)
{
	stage_pass(lns->stage, 300000);
	actor_is_empty(lns);
	assert_int_equal(lns->node.half_open, 0);
	stage_free(lns->stage);
}

static void send_control(struct actor *lns, struct address peer,
			 struct address local,
			 const struct l2tp_control *control)
{
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));

	assert_int_equal(l2tp_control_build(&b, control), 0);
	actor_control(lns, peer, local, builder_view(&b));
}

/* What a peer says of itself: another word makes another SCCRQ. */
static const char *vendor;

static void send_sccrq(struct actor *lns, struct address peer,
		       struct address local, uint16_t assigned)
{
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));
	struct l2tp_control control = {0};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_SCCRQ);
	avp_build_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
	avp_build_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
	avp_build(&b, AVP_HOST_NAME, view_text("lac"));
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, assigned);
	if (vendor)
		avp_build(&b, AVP_VENDOR_NAME, view_text(vendor));
	control.body = builder_view(&b);
	send_control(lns, peer, local, &control);
}

static void send_type_of(struct actor *lns, struct address peer,
			 struct address local, uint16_t tunnel, uint16_t ns,
			 uint16_t type)
{
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));
	struct l2tp_control control = {.tunnel = tunnel, .ns = ns, .nr = 1};

	avp_build_u16(&b, AVP_MESSAGE_TYPE, type);
	if (type == L2TP_STOPCCN) {
		avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, 5);
		avp_build(&b, AVP_RESULT_CODE, VIEW(((uint8_t[]){0, 1})));
	}
	control.body = builder_view(&b);
	send_control(lns, peer, local, &control);
}

static void send_type(struct actor *lns, uint16_t tunnel, uint16_t ns,
		      uint16_t type)
{
	send_type_of(lns, PEER, LNS, tunnel, ns, type);
}

static unsigned int tunnels(const struct actor *lns)
{
	const struct destination *dest;
	unsigned int count = 0;

	list_each(dest, &lns->node.destinations, link)
		count += dest->tunnel_count;
	return count;
}

/* Counter sccrq_rate; other peers are served all the same. */
static void test_half_open_of_one_peer(void **state)
{
	struct actor *lns = lns_new();

	(void)state;
	for (uint16_t id = 1; id <= 150; id++)
		send_sccrq(lns, PEER, LNS, id);
	assert_int_equal(tunnels(lns), 100);
	assert_int_equal(lns->node.half_open, 100);
	assert_int_equal(lns->node.counters[COUNT_SCCRQ_RATE], 50);
	/* a repeat is no new one */
	send_sccrq(lns, PEER, LNS, 1);
	assert_int_equal(tunnels(lns), 100);
	send_sccrq(lns, OTHER, LNS, 1);
	assert_int_equal(tunnels(lns), 101);
	lns_end(lns);
}

/* Those that the peer ended itself are no hindrance after their time. */
static void test_half_open_ends(void **state)
{
	struct actor *lns = lns_new();

	(void)state;
	for (uint16_t id = 1; id <= 100; id++)
		send_sccrq(lns, PEER, LNS, id);
	stage_pass(lns->stage, 100000);
	heard.type = 0;
	send_sccrq(lns, PEER, LNS, 101);
	assert_int_equal(heard.type, L2TP_SCCRP);
	lns_end(lns);
}

/* Established ones do not count, nor those that linger afterwards. */
static void test_established_is_not_half_open(void **state)
{
	struct actor *lns = lns_new();

	(void)state;
	for (uint16_t id = 1; id <= 120; id++) {
		send_sccrq(lns, PEER, LNS, id);
		assert_int_equal(heard.type, L2TP_SCCRP);
		send_type(lns, heard.assigned, 1, L2TP_SCCCN);
		assert_int_equal(lns->node.half_open, 0);
		send_type(lns, heard.assigned, 2, L2TP_STOPCCN);
	}
	assert_int_equal(tunnels(lns), 120);
	assert_int_equal(lns->node.counters[COUNT_SCCRQ_RATE], 0);
	lns_end(lns);
}

/* Two of our addresses are two destinations. */
static void test_two_locals(void **state)
{
	struct actor *lns = lns_new();

	(void)state;
	send_sccrq(lns, PEER, LNS, 7);
	send_sccrq(lns, PEER, LNS2, 7);
	assert_int_equal(tunnels(lns), 2);
	lns_end(lns);
}

static struct address ip6(const char *from)
{
	struct address address;

	assert_int_equal(address_parse(from, &address), 0);
	return address;
}

/* Sets a tunnel up over IPv6, whose record in the data plane is returned. */
static const struct tunnel_rx *tunnel_from(struct actor *lns,
					   struct address peer)
{
	send_sccrq(lns, peer, ip6("2001:db8::3"), 5);
	assert_int_equal(heard.type, L2TP_SCCRP);
	send_type_of(lns, peer, ip6("2001:db8::3"), heard.assigned, 1,
		     L2TP_SCCCN);
	assert_true(lns->node.tunnels[heard.assigned]->rx_open);
	return &lns->tunnels[heard.assigned];
}

/* Whether data may come without a checksum is the destination's to say. */
static void test_over_ip6(void **state)
{
	struct actor *lns = lns_new();
	const struct tunnel_rx *auto_sum = tunnel_from(lns, ip6("2001:db8::9"));
	const struct tunnel_entry *entry = lns->node.tunnels[heard.assigned];
	const struct tunnel_rx *zero_sum;

	(void)state;
	assert_int_equal(auto_sum->flags, TUNNEL_RX_IP6);
	assert_memory_equal(auto_sum->peer_ip6, ip6("2001:db8::9").octets, 16);
	assert_memory_equal(auto_sum->local_ip6, ip6("2001:db8::3").octets, 16);
	assert_true(tunnel_entry_sums(entry));
	zero_sum = tunnel_from(lns, ip6("2001:db8::8"));
	assert_int_equal(zero_sum->flags, TUNNEL_RX_IP6 | TUNNEL_RX_ZERO_SUM);
	assert_false(tunnel_entry_sums(lns->node.tunnels[heard.assigned]));
	/* the same id in the hand of a peer of the other family, or of ours */
	send_type_of(lns, PEER, LNS, entry->id, 2, L2TP_STOPCCN);
	send_type_of(lns, ip6("2001:db8::7"), ip6("2001:db8::3"), entry->id, 2,
		     L2TP_STOPCCN);
	assert_int_equal(lns->node.counters[COUNT_CONTROL_WRONG_PEER], 2);
	assert_int_equal(auto_sum->state, TUNNEL_RX_OPEN);
	/* nobody can answer this one */
	heard.count = 0;
	send_sccrq(lns, ip6("fe80::1"), ip6("2001:db8::3"), 5);
	assert_int_equal(heard.count, 0);
	assert_int_equal(lns->node.counters[COUNT_SCCRQ_UNKNOWN_SOURCE], 1);
	lns_end(lns);
}

static void begin(struct actor *lns, const char *as)
{
	vendor = as;
	heard.count = 0;
	heard.type = 0;
	send_sccrq(lns, PEER, LNS, 5);
	vendor = NULL;
}

/* Until its SCCCN has come, the same octets are a repeat, and nothing else is. */
static void test_repeat_is_the_same_octets(void **state)
{
	struct actor *lns = lns_new();
	uint16_t first, second;

	(void)state;
	begin(lns, "one");
	first = heard.assigned;
	begin(lns, "one");
	assert_int_equal(heard.count, 0);
	assert_int_equal(tunnels(lns), 1);
	/* it started again before it had answered the SCCRP */
	begin(lns, "two");
	assert_int_equal(heard.type, L2TP_SCCRP);
	second = heard.assigned;
	assert_int_not_equal(second, first);
	begin(lns, "one");
	begin(lns, "two");
	assert_int_equal(heard.count, 0);
	assert_int_equal(tunnels(lns), 2);
	assert_int_equal(lns->node.half_open, 2);
	send_type(lns, second, 1, L2TP_SCCCN);
	assert_null(lns->node.tunnels[first]);
	assert_int_equal(lns->node.half_open, 0);
	assert_int_equal(tunnels(lns), 1);
	lns_end(lns);
}

/*
 * A LAC that starts again may begin with the id it had, and with the same
 * octets: that is a new tunnel, and the old one is over when the new one is up.
 */
static void test_peer_begins_anew(void **state)
{
	struct actor *lns = lns_new();
	uint16_t first;

	(void)state;
	begin(lns, NULL);
	first = heard.assigned;
	send_type(lns, first, 1, L2TP_SCCCN);
	assert_true(lns->node.tunnels[first]->rx_open);
	begin(lns, NULL);
	assert_int_equal(heard.type, L2TP_SCCRP);
	assert_int_not_equal(heard.assigned, first);
	/* who only says so ends nothing */
	assert_true(lns->node.tunnels[first]->rx_open);
	send_sccrq(lns, PEER, LNS, 5);
	assert_int_equal(tunnels(lns), 2);
	heard.count = 0;
	send_type(lns, heard.assigned, 1, L2TP_SCCCN);
	assert_null(lns->node.tunnels[first]);
	assert_int_equal(heard.count, 0);
	assert_int_equal(tunnels(lns), 1);
	lns_end(lns);
}

/*
 * Nor does it when it is given up: our StopCCN would go to the id of the tunnel
 * that is up, and waits for the acknowledgement of the SCCRP, which never comes.
 */
static void test_pretender_ends_nothing(void **state)
{
	static const char conf[] =
		"l2tp: {local-addresses: [192.0.2.3], setup-timeout: 3, "
		"hello: 0, idle-timeout: 0}\n"
		"destinations: [{name: all, hosts: [{name: default, "
		"host-name: lns}]}]\n"
		"pools: [{name: p, range: 10.2.0.0/24}]\n";
	struct stage *stage = stage_new();
	struct actor *lns;
	uint16_t first;

	(void)state;
	stage->lose = hear;
	lns = stage_actor(stage, conf);
	begin(lns, "lac");
	first = heard.assigned;
	send_type(lns, first, 1, L2TP_SCCCN);
	begin(lns, "somebody");
	assert_int_equal(tunnels(lns), 2);
	stage_pass(stage, 40000);
	assert_int_equal(tunnels(lns), 1);
	assert_true(lns->node.tunnels[first]->rx_open);
	assert_int_equal(heard.type, L2TP_SCCRP);
	/* nor a StopCCN to tunnel 0, by which only a beginner can be meant */
	send_type(lns, 0, 2, L2TP_STOPCCN);
	assert_true(lns->node.tunnels[first]->rx_open);
	actor_close_tunnels(lns);
	lns_end(lns);
}

/* A peer that gives up without our id means all that it began. */
static void test_stop_before_the_answer(void **state)
{
	struct actor *lns = lns_new();

	(void)state;
	begin(lns, "one");
	begin(lns, "two");
	assert_int_equal(lns->node.half_open, 2);
	send_type(lns, 0, 1, L2TP_STOPCCN);
	stage_pass(lns->stage, 32000);
	assert_int_equal(tunnels(lns), 0);
	lns_end(lns);
}

/*
 * Such a StopCCN can acknowledge ours, and then the tunnel ends at once; it is
 * the last one of its destination.
 */
static void test_stop_that_acknowledges_ours(void **state)
{
	struct actor *lns = lns_new();
	struct l2tp_control control = {.ns = 1, .nr = 1};
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	send_sccrq(lns, PEER, LNS, 5);
	control.tunnel = heard.assigned;
	send_control(lns, PEER, LNS, &control); /* of the SCCRP */
	stage_pass(lns->stage, 61000);
	assert_int_equal(heard.type, L2TP_STOPCCN);
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_STOPCCN);
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, 5);
	avp_build(&b, AVP_RESULT_CODE, VIEW(((uint8_t[]){0, 1})));
	control = (struct l2tp_control){
		.ns = 1,
		.nr = 2,
		.body = builder_view(&b),
	};
	send_control(lns, PEER, LNS, &control);
	assert_int_equal(tunnels(lns), 0);
	assert_true(list_empty(&lns->node.destinations));
	lns_end(lns);
}

/* The same after its StopCCN, while we linger. */
static void test_peer_begins_anew_after_stop(void **state)
{
	struct actor *lns = lns_new();
	uint16_t first;

	(void)state;
	send_sccrq(lns, PEER, LNS, 5);
	first = heard.assigned;
	send_type(lns, first, 1, L2TP_SCCCN);
	send_type(lns, first, 2, L2TP_STOPCCN);
	send_sccrq(lns, PEER, LNS, 5);
	assert_int_equal(heard.type, L2TP_SCCRP);
	assert_int_not_equal(heard.assigned, first);
	send_type(lns, heard.assigned, 1, L2TP_SCCCN);
	assert_true(lns->node.tunnels[heard.assigned]->rx_open);
	lns_end(lns);
}

static void send_from_port(struct actor *lac, uint16_t port, uint16_t tunnel,
			   struct view body)
{
	uint8_t room[256];
	struct builder b = builder_on(room, sizeof(room));
	struct l2tp_control control = {.tunnel = tunnel, .nr = 1, .body = body};

	assert_int_equal(l2tp_control_build(&b, &control), 0);
	lac->node.now = lac->stage->now;
	destination_input(&lac->node, PEER, port, LNS, builder_view(&b));
}

/* A responder's port is that of its SCCRP; nothing else moves it. */
static void test_port_of_responder(void **state)
{
	static const char conf[] =
		"l2tp: {local-addresses: [192.0.2.3]}\n"
		"tunnels: [{name: t, peer: 192.0.2.9}]\n";
	struct stage *stage = stage_new();
	struct tunnel_entry *entry;
	uint8_t room[128];
	struct builder b = builder_on(room, sizeof(room));
	struct actor *lac;
	bool opened;

	(void)state;
	stage->lose = hear;
	lac = stage_actor(stage, conf);
	lac->node.now = stage->now;
	entry = tunnel_entry_for(&lac->node, &lac->conf->tunnels[0], &opened);
	assert_non_null(entry);
	send_from_port(lac, 5000, entry->id, (struct view){0});
	assert_int_equal(entry->peer_port, L2TP_PORT);
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_SCCRP);
	avp_build_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
	avp_build_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
	avp_build(&b, AVP_HOST_NAME, view_text("lns"));
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, 77);
	send_from_port(lac, 6000, entry->id, builder_view(&b));
	assert_int_equal(tunnel_info(entry->control).state, TUNNEL_ESTABLISHED);
	assert_int_equal(entry->peer_port, 6000);
	send_from_port(lac, 7000, entry->id, (struct view){0});
	assert_int_equal(entry->peer_port, 6000);
	assert_int_equal(lac->node.counters[COUNT_CONTROL_WRONG_PEER], 1);
	lns_end(lac);
}

/* Refusals are answered, but not without end. */
/* Counter sccrq_secret: the tunnel id is hidden with another secret. */
static void test_hidden_with_another_secret(void **state)
{
	static const char conf[] =
		"l2tp: {local-addresses: [192.0.2.3]}\n"
		"destinations:\n"
		"- {name: all, hosts: [{name: lac, host-name: lns, "
		"secret: ours, challenge: no}]}\n"
		"pools: [{name: p, range: 10.2.0.0/24}]\n";
	static const char *const secrets[] = {"theirs", "ours"};
	static const char *const names[] = {"lac", "other"};
	const uint8_t vector[16] = {1, 2, 3};
	struct stage *stage = stage_new();
	struct actor *lns;
	uint64_t before;

	(void)state;
	stage->lose = hear;
	lns = stage_actor(stage, conf);
	for (unsigned int i = 0; i < 3; i++) {
		const struct avp_hiding hiding = {
			.secret = view_text(secrets[i == 1]),
			.vector = VIEW(vector),
		};
		uint8_t room[256];
		struct builder b = builder_on(room, sizeof(room));
		struct l2tp_control control = {0};

		avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_SCCRQ);
		avp_build_u16(&b, AVP_PROTOCOL_VERSION, 0x0100);
		avp_build_u32(&b, AVP_FRAMING_CAPABILITIES, 3);
		avp_build(&b, AVP_HOST_NAME, view_text(names[i == 2]));
		avp_build(&b, AVP_RANDOM_VECTOR, VIEW(vector));
		avp_build_hidden(&b, AVP_ASSIGNED_TUNNEL,
				 VIEW(((uint8_t[]){0, 9})), &hiding);
		control.body = builder_view(&b);
		heard.count = 0;
		before = lns->node.counters[COUNT_SCCRQ_SECRET];
		send_control(lns, PEER, LNS, &control);
		stage_deliver(stage);
		/* there is nowhere to answer but to what decrypts */
		assert_int_equal(lns->node.counters[COUNT_SCCRQ_SECRET],
				 before + (i == 0));
		assert_int_equal(heard.count, i == 1);
	}
	/* and a stranger is a stranger first */
	assert_int_equal(lns->node.counters[COUNT_SCCRQ_UNKNOWN_HOST], 1);
	lns_end(lns);
}

static void test_refusals_are_limited(void **state)
{
	struct actor *lns = lns_new();
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));
	struct l2tp_control control = {0};

	(void)state;
	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_SCCRQ);
	avp_build_u16(&b, AVP_ASSIGNED_TUNNEL, 5);
	control.body = builder_view(&b);
	heard.count = 0;
	for (int i = 0; i < 150; i++)
		send_control(lns, PEER, LNS, &control);
	assert_int_equal(heard.type, L2TP_STOPCCN);
	assert_int_equal(heard.count, 100);
	assert_int_equal(lns->node.counters[COUNT_SCCRQ_UNANSWERED], 50);
	stage_pass(lns->stage, 1000);
	send_control(lns, PEER, LNS, &control);
	assert_int_equal(heard.count, 101);
	lns_end(lns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_open_of_one_peer),
		cmocka_unit_test(test_half_open_ends),
		cmocka_unit_test(test_established_is_not_half_open),
		cmocka_unit_test(test_two_locals),
		cmocka_unit_test(test_over_ip6),
		cmocka_unit_test(test_repeat_is_the_same_octets),
		cmocka_unit_test(test_peer_begins_anew),
		cmocka_unit_test(test_pretender_ends_nothing),
		cmocka_unit_test(test_stop_before_the_answer),
		cmocka_unit_test(test_stop_that_acknowledges_ours),
		cmocka_unit_test(test_peer_begins_anew_after_stop),
		cmocka_unit_test(test_port_of_responder),
		cmocka_unit_test(test_hidden_with_another_secret),
		cmocka_unit_test(test_refusals_are_limited),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
