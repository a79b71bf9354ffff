/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an LNS is told of a subscriber's line: numbers in the forms that each
 * tunnel wants, and connect speeds; through a switch as they came.
 */
#include "stage.h"

#include <string.h>

#define LAC_CONF(port, tunnel, domain)                                         \
	"ports: [{name: access, access: yes" port "}]\n"                       \
	"pppoe: {ac-name: lac}\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"l2tp: {local-addresses: [192.0.2.1]}\n"                               \
	"tunnels:\n"                                                           \
	"- {name: lts, peer: 192.0.2.2, host-name: lac, secret: one"           \
	tunnel "}\n"                                                           \
	"- {name: lns, peer: 192.0.2.3, host-name: lac, secret: two"           \
	tunnel "}\n"                                                           \
	"domains:\n"                                                           \
	"- {name: far, tunnels: [lts]}\n"                                      \
	"- {name: near, tunnels: [lns]" domain "}\n"

static const char lts_conf[] =
	"l2tp: {local-addresses: [192.0.2.2]}\n"
	"destinations:\n"
	"- name: lac\n"
	"  hosts: [{name: lac, host-name: lts, secret: one, switch: yes}]\n"
	"tunnels:\n"
	"- {name: lns, peer: 192.0.2.3, host-name: lts, secret: three, "
	"calling-number: 'not {user}'}\n"
	"domains: [{name: far, tunnels: [lns]}]\n";

static const char lns_conf[] =
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
	"pools: [{name: p, range: 10.2.0.0/24}]\n";

struct scene {
	struct stage *stage;
	struct actor *lns;
	struct caller *caller;
};

static struct scene scene_new(const char *lac, bool through_lts)
{
	struct scene s = {.stage = stage_new()};
	struct actor *ac = stage_actor(s.stage, lac);

	if (through_lts)
		stage_actor(s.stage, lts_conf);
	s.lns = stage_actor(s.stage, lns_conf);
	s.caller = stage_caller(s.stage, ac, through_lts ? "u@far" : "u@near",
				"p");
	return s;
}

/* The call at the LNS, once it is up. */
static const struct call *scene_call(struct scene *s)
{
	caller_dial(s->caller);
	stage_pass(s->stage, 1000);
	assert_true(s->caller->online);
	return actor_call(s->lns);
}

static void assert_numbers(const struct call *call, const char *called,
			   const char *calling)
{
	const struct icrq *icrq = call->icrq;

	assert_int_equal(icrq->has & ICRQ_HAS_CALLED,
			 called ? ICRQ_HAS_CALLED : 0);
	assert_int_equal(icrq->has & ICRQ_HAS_CALLING,
			 calling ? ICRQ_HAS_CALLING : 0);
	assert_true(view_equal(icrq->called, view_text(called ? called : "")));
	assert_true(
		view_equal(icrq->calling, view_text(calling ? calling : "")));
}

#define NUMBERS(called, calling)                                               \
	LAC_CONF("",                                                           \
		 ", called-number: '" called "', calling-number: '" calling    \
		 "'",                                                          \
		 "")
#define LINE "\0\0\x0d\xe9\1\3eth\2\4dsl1"

static void test_numbers(void **state)
{
	static const struct {
		const char *conf;
		uint8_t vlans;
		const char *called, *calling;
	} rows[] = {
		{LAC_CONF("", "", ""), 2, NULL, NULL},
		{NUMBERS("{port}/{vlan}.{inner-vlan}", "{mac}"), 2,
		 "access/100.7", "02:00:00:00:00:01"},
		{NUMBERS("{port}/{vlan}.{inner-vlan}", "{user}"), 1,
		 "access/100.", "u@near"},
		{NUMBERS("{vlan}{inner-vlan}", "{circuit-id}#{remote-id}"), 0,
		 NULL, "eth#dsl1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_new(rows[i].conf, false);
		const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};

		memcpy(s.caller->mac, mac, sizeof(mac));
		s.caller->vlans = rows[i].vlans;
		s.caller->outer_type = rows[i].vlans ? ETHER_VLAN : 0;
		s.caller->vlan[0] = rows[i].vlans > 0 ? 100 : 0;
		s.caller->vlan[1] = rows[i].vlans > 1 ? 7 : 0;
		s.caller->line_tag = view_of(LINE, sizeof(LINE) - 1);
		assert_numbers(scene_call(&s), rows[i].called, rows[i].calling);
		stage_free(s.stage);
	}
}

/* A number has 255 octets at most. */
static void test_number_is_cut(void **state)
{
	static const char conf[] =
		NUMBERS("x", "{mac}{mac}{mac}{mac}{mac}{mac}{mac}{mac}{mac}"
			     "{mac}{mac}{mac}{mac}{mac}{mac}{mac}{mac}{mac}");
	struct scene s = scene_new(conf, false);
	const struct call *call = scene_call(&s);

	(void)state;
	assert_int_equal(call->icrq->calling.len, CALL_NUMBER_MAX - 1);
	assert_true(view_equal(call->icrq->called, view_text("x")));
	stage_free(s.stage);
}

static void test_speeds(void **state)
{
	static const struct {
		const char *conf;
		uint32_t tx, rx; /* 0: not sent, as it is the same */
	} rows[] = {
		/* nobody knows how fast the port is */
		{LAC_CONF("", "", ""), 1000000000, 0},
		{LAC_CONF(", connect-down: 100M, connect-up: 40M", "", ""),
		 100000000, 40000000},
		{LAC_CONF(", connect-down: 100M", "", ""), 100000000,
		 1000000000},
		{LAC_CONF(", connect-down: 100M, connect-up: 100M", "", ""),
		 100000000, 0},
		/* the subscriber's own comes first */
		{LAC_CONF(", connect-down: 100M, connect-up: 40M", "",
			  ", rate-down: 16M, rate-up: 1M"),
		 16000000, 1000000},
		{LAC_CONF(", connect-down: 100M, connect-up: 40M", "",
			  ", rate-up: 1M"),
		 100000000, 1000000},
		/* as much as the AVP can say */
		{LAC_CONF(", connect-down: 10G, connect-up: 5G", "", ""),
		 UINT32_MAX, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene s = scene_new(rows[i].conf, false);
		const struct iccn *iccn = scene_call(&s)->iccn;

		assert_int_equal(iccn->tx_speed, rows[i].tx);
		assert_int_equal(iccn->rx_speed, rows[i].rx);
		assert_int_equal(iccn->has & ICCN_HAS_RX_SPEED,
				 rows[i].rx ? ICCN_HAS_RX_SPEED : 0);
		stage_free(s.stage);
	}
}

/* A switch adds nothing of its own and takes nothing away. */
static void test_switch_passes_on(void **state)
{
	struct scene s = scene_new(
		LAC_CONF(", connect-down: 100M, connect-up: 40M",
			 ", calling-number: '{port} {user}'", ""),
		true);
	const struct call *call = scene_call(&s);

	(void)state;
	assert_numbers(call, NULL, "access u@far");
	assert_int_equal(call->iccn->tx_speed, 100000000);
	assert_int_equal(call->iccn->rx_speed, 40000000);
	stage_free(s.stage);
	s = scene_new(LAC_CONF("", "", ""), true);
	assert_numbers(scene_call(&s), NULL, NULL);
	stage_free(s.stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_number_is_cut),
		cmocka_unit_test(test_speeds),
		cmocka_unit_test(test_switch_passes_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
