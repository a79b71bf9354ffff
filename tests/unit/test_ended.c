/* SPDX-License-Identifier: GPL-2.0-only */
/* What is known of a call after its end: for `show call` and for the log. */
#include <arpa/inet.h>
#include <string.h>

#include "proto/result.h"
#include "stage.h"

/* Every field has another value. */
static struct ended_call lac_call(void)
{
	struct ended_call ended = {
		.id = 17,
		.user = "alice@isp",
		.role = "lac",
		.cause = "peer-cdn",
		.text = "ended by the L2TP peer",
		.received = true,
		.seconds = 3601,
		.at = {5000},
		.result = {.result = 2, .error = 6, .text = "go away",
			   .cause = {true, 16, 0xC223, 1}},
		.access = {.kind = LEG_PPPOE, .packets = 12, .octets = 3456,
			   .control = 7, .dropped = 1, .session = 33,
			   .port = "access", .mac = {2, 0, 0, 0, 0, 0x2a},
			   .vlan = {100, 200}, .max_payload = 1492,
			   .circuit_id = "1/2", .remote_id = "cust7"},
		.core = {.kind = LEG_L2TP, .packets = 10, .octets = 2000,
			 .control = 5, .dropped = 3, .session = 2201,
			 .peer_session = 9, .tunnel = 4,
			 .tunnel_name = "lns1",
			 .peer = {.family = AF_INET}},
	};

	ended.core.peer.ip4.s_addr = htonl(0x0a090003);
	bytes_set(&ended.result.cause_text, view_text("n\xc3\xb6"));
	return ended;
}

static void test_line(void **state)
{
	struct ended_call ended = lac_call();
	char line[ENDED_LINE_MAX];

	(void)state;
	assert_string_equal(
		ended_print(&ended, line, sizeof(line)),
		"ended: ended by the L2TP peer: user \"alice@isp\", "
		"port access, MAC 02:00:00:00:00:2a, VLAN 100.200, "
		"circuit \"1/2\", remote \"cust7\", "
		"tunnel 4/lns1 of 10.9.0.3, session 2201, 3601 s, "
		"up 12 packets 3456 octets, down 10 packets 2000 octets, "
		"CDN received: result 2 error 6 \"go away\", "
		"PPP cause 16 protocol c223 direction 1 \"n\\xc3\\xb6\"");
}

/* As LNS, with an address; nothing was received. */
static void test_line_of_an_lns(void **state)
{
	struct ended_call ended = lac_call();
	char line[ENDED_LINE_MAX];

	(void)state;
	ended.access = ended.core;
	ended.core = (struct ended_leg){.kind = LEG_IP};
	ended.core.address.s_addr = htonl(0x0a010007);
	ended.result = (struct l2tp_result){.result = 3};
	ended.received = false;
	assert_string_equal(
		ended_print(&ended, line, sizeof(line)),
		"ended: ended by the L2TP peer: user \"alice@isp\", "
		"tunnel 4/lns1 of 10.9.0.3, session 2201, address 10.1.0.7, "
		"3601 s, up 10 packets 2000 octets, "
		"down 0 packets 0 octets, CDN sent: result 3 error 0");
}

/* All fields as long as they can be: nothing is lost, nothing overruns. */
static void test_longest_line(void **state)
{
	struct ended_call ended = lac_call();
	char line[ENDED_LINE_MAX];

	(void)state;
	memset(ended.user, 'u', sizeof(ended.user) - 1);
	memset(ended.access.port, 'p', sizeof(ended.access.port) - 1);
	memset(ended.access.circuit_id, 'c', 63);
	memset(ended.access.remote_id, 'r', 63);
	memset(ended.core.tunnel_name, 't', 63);
	memset(ended.result.text, 'm', sizeof(ended.result.text) - 1);
	memset(ended.result.cause_text.data, 0xFF, AVP_TEXT_MAX);
	ended.result.cause_text.len = AVP_TEXT_MAX;
	ended.access.packets = ended.access.octets = UINT64_MAX;
	ended.core.packets = ended.core.octets = UINT64_MAX;
	ended_print(&ended, line, sizeof(line));
	assert_true(strlen(line) < sizeof(line) - 1);
	assert_non_null(strstr(line, "\\xff\""));
	for (size_t cap = 0; cap < 64; cap++) {
		char small[64];

		memset(small, '#', sizeof(small));
		ended_print(&ended, small, cap);
		for (size_t i = cap; i < sizeof(small); i++)
			assert_int_equal(small[i], '#');
		if (cap)
			assert_int_equal(strlen(small), cap - 1);
	}
}

static void check_json(json_t *row, const char *wanted)
{
	json_t *want = json_loads(wanted, 0, NULL);

	assert_non_null(want);
	if (!json_equal(row, want))
		print_error("%s\n", json_dumps(row, 0));
	assert_true(json_equal(row, want));
	json_decref(want);
	json_decref(row);
}

static void test_show(void **state)
{
	struct ended_call ended = lac_call();
	struct node node = {.now = {65000}};

	(void)state;
	check_json(ended_show(&ended, &node),
		   "{\"id\": 17, \"user\": \"alice@isp\", \"role\": \"lac\","
		   " \"state\": \"ended\", \"cause\": \"peer-cdn\","
		   " \"cause_text\": \"ended by the L2TP peer\","
		   " \"ended\": 60, \"uptime\": 3601, \"access\": {"
		   "  \"kind\": \"pppoe\", \"packets\": 12, \"octets\": 3456,"
		   "  \"control\": 7, \"dropped\": 1, \"port\": \"access\","
		   "  \"mac\": \"02:00:00:00:00:2a\", \"vlan\": 100,"
		   "  \"inner_vlan\": 200, \"session\": 33,"
		   "  \"max_payload\": 1492, \"circuit_id\": \"1/2\","
		   "  \"remote_id\": \"cust7\"}, \"core\": {"
		   "  \"kind\": \"l2tp\", \"packets\": 10, \"octets\": 2000,"
		   "  \"control\": 5, \"dropped\": 3, \"tunnel\": 4,"
		   "  \"name\": \"lns1\", \"peer\": \"10.9.0.3\","
		   "  \"session\": 2201, \"peer_session\": 9},"
		   " \"packets_up\": 12, \"octets_up\": 3456,"
		   " \"control_up\": 7, \"packets_down\": 10,"
		   " \"octets_down\": 2000, \"control_down\": 5,"
		   " \"address\": \"\", \"result\": 2, \"error\": 6,"
		   " \"message\": \"go away\", \"received\": true,"
		   " \"ppp_cause\": {\"code\": 16, \"protocol\": \"c223\","
		   "  \"direction\": 1, \"message\": \"n\\\\xc3\\\\xb6\"}}");
}

/* ---- from whole nodes ---------------------------------------------------- */

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"tunnels:\n"
	"- {name: lns1, peer: 192.0.2.3, host-name: lac, secret: s}\n"
	"domains: [{name: far, tunnels: [lns1]}]\n";

static const char lns_conf[] =
	"l2tp: {local-addresses: [192.0.2.3]}\n"
	"destinations:\n"
	"- name: all\n"
	"  hosts: [{name: lac, host-name: lns, secret: s}]\n"
	"ppp: {auth: [pap]}\n"
	"users: [{name: u@far, password: p}]\n"
	"pools: [{name: p, range: 10.2.0.0-10.2.0.7}]\n";

struct pair {
	struct stage *stage;
	struct actor *lac, *lns;
	struct caller *caller;
};

static struct pair pair_up(void)
{
	struct pair p = {.stage = stage_new()};

	p.lac = stage_actor(p.stage, lac_conf);
	p.lns = stage_actor(p.stage, lns_conf);
	p.caller = stage_caller(p.stage, p.lac, "u@far", "p");
	p.caller->vlans = 2;
	p.caller->vlan[0] = 100;
	p.caller->vlan[1] = 200;
	p.caller->outer_type = ETHER_QINQ;
	p.caller->line_tag = view_of("\0\0\x0d\xe9\x01\x03"
				     "1/2\x02\x05"
				     "cust7",
				     16);
	caller_dial(p.caller);
	stage_pass(p.stage, 1000);
	assert_true(p.caller->online);
	return p;
}

static void pair_end(struct pair *p)
{
	stage_pass(p->stage, 200000);
	actor_is_empty(p->lac);
	actor_is_empty(p->lns);
	stage_free(p->stage);
}

/* Each side keeps what its legs were and what they have carried. */
static void test_kept(void **state)
{
	struct pair p = pair_up();
	const struct call *lac = actor_call(p.lac);
	const struct call *lns = actor_call(p.lns);
	uint16_t session = lac->access.pppoe_session;
	struct in_addr address = lns->core.address;
	const struct ended_call *ended;

	(void)state;
	p.lac->legs[lac->access.slot].packets = 12;
	p.lac->legs[lac->access.slot].octets = 3456;
	p.lac->legs[lac->core.slot].packets = 10;
	p.lac->legs[lac->core.slot].dropped = 3;
	p.lns->legs[lns->core.slot].octets = 777;
	stage_pass(p.stage, 59000);
	caller_padt(p.caller);
	ended = actor_ended(p.lac);
	assert_string_equal(ended->role, "lac");
	assert_string_equal(ended->user, "u@far");
	assert_int_equal(ended->seconds, 60);
	assert_int_equal(ended->access.kind, LEG_PPPOE);
	assert_int_equal(ended->access.packets, 12);
	assert_int_equal(ended->access.octets, 3456);
	assert_int_equal(ended->access.session, session);
	assert_string_equal(ended->access.port, "access");
	assert_memory_equal(ended->access.mac, p.caller->mac, 6);
	assert_int_equal(ended->access.vlan[0], 100);
	assert_int_equal(ended->access.vlan[1], 200);
	assert_string_equal(ended->access.circuit_id, "1/2");
	assert_string_equal(ended->access.remote_id, "cust7");
	assert_int_equal(ended->core.kind, LEG_L2TP);
	assert_int_equal(ended->core.packets, 10);
	assert_int_equal(ended->core.dropped, 3);
	assert_string_equal(ended->core.tunnel_name, "lns1");
	assert_false(ended->received);
	ended = actor_ended(p.lns);
	assert_string_equal(ended->role, "lns");
	assert_int_equal(ended->access.kind, LEG_L2TP);
	assert_int_equal(ended->core.kind, LEG_IP);
	assert_int_equal(ended->core.octets, 777);
	assert_int_equal(ended->core.address.s_addr, address.s_addr);
	assert_true(ended->received);
	pair_end(&p);
}

/* Result 0 is reserved, but what a peer sent is what an operator sees. */
static void test_result_0(void **state)
{
	uint8_t octets[] = {0, 0, 0, 6, 'x'};
	struct avps avps = {0};
	struct l2tp_result read;

	(void)state;
	avps.value[AVP_RESULT_CODE] = VIEW(octets);
	result_read(&avps, &read);
	assert_int_equal(read.result, 0);
	assert_int_equal(read.error, 6);
	assert_string_equal(read.text, "x");
	avps.value[AVP_RESULT_CODE] = (struct view){0};
	result_read(&avps, &read);
	assert_int_equal(read.result, STOPCCN_CLEAR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_line_of_an_lns),
		cmocka_unit_test(test_longest_line),
		cmocka_unit_test(test_show),
		cmocka_unit_test(test_kept),
		cmocka_unit_test(test_result_0),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
