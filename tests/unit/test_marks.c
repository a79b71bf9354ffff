/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DSCP and congestion marks: what both ends of a tunnel agree on (RFC 9601), and
 * what the data plane is told of it.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "l2tp_pair.h"
#include "proto/avp.h"
#include "stage.h"

/* ---- AVP 103 ------------------------------------------------------------- */

static void read_list(const char *hex, struct avps *avps)
{
	static struct datagram list;
	struct builder none = builder_on(NULL, 0);

	list = from_hex(hex);
	avps_read(datagram_view(&list), (struct view){0}, &none, avps);
}

#define SCCRQ "8008 0000 0000 0001"
#define ICRQ  "8008 0000 0000 000a"

static void test_avp(void **state)
{
	uint8_t room[16];
	struct builder b = builder_on(room, sizeof(room));
	struct avps avps;

	(void)state;
	avp_build(&b, AVP_ECN, (struct view){0});
	assert_octets(builder_view(&b), "0006 0000 0067");
	read_list(SCCRQ "0006 0000 0067", &avps);
	assert_true(avps_has(&avps, AVP_ECN));
	assert_int_equal(avps.problem.fault, AVP_FINE);
	/* out of place, with a value, or one that only looks like it */
	read_list(ICRQ "0006 0000 0067", &avps);
	assert_false(avps_has(&avps, AVP_ECN));
	read_list(SCCRQ "0007 0000 0067 01", &avps);
	assert_true(avps.bad & AVP_BIT(AVP_ECN));
	read_list(SCCRQ "8007 0000 0067 01", &avps);
	assert_int_equal(avps.problem.fault, AVP_FAULT_LENGTH);
	assert_int_equal(avps.problem.number, 103);
	read_list(SCCRQ "8006 0000 002f", &avps);
	assert_false(avps_has(&avps, AVP_ECN));
	assert_int_equal(avps.problem.fault, AVP_FAULT_UNKNOWN);
	assert_int_equal(avps.problem.number, 47);
}

static void test_both_must_say_so(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct tunnel_config lac = pair_config(0x1234, "lac1", "");
		struct tunnel_config lns = pair_config(0x5678, "lns1", "");
		struct pair pair;

		lac.ecn = i & 1;
		lns.ecn = i & 2;
		pair_init(&pair, &lac, &lns);
		tunnel_start(pair.lac.tunnel, pair.now);
		pair_run(&pair);
		assert_int_equal(tunnel_info(pair.lac.tunnel).state,
				 TUNNEL_ESTABLISHED);
		assert_int_equal(tunnel_info(pair.lac.tunnel).ecn, i == 3);
		assert_int_equal(tunnel_info(pair.lns.tunnel).ecn, i == 3);
		pair_fini(&pair);
	}
}

/* ---- what the data plane is told ----------------------------------------- */

#define LAC                                                                    \
	"ports: [{name: access, access: yes}]\n"                               \
	"pppoe: {ac-name: bng}\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"tunnels: [{name: t, peer: 192.0.2.2, host-name: lac, secret: s}]\n"   \
	"domains: [{name: default, tunnels: [t]}]\n"
#define LNS                                                                    \
	"ports: [{name: core}]\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"destinations:\n"                                                      \
	"- {name: d, hosts: [{name: lac, host-name: lns, secret: s}]}\n"       \
	"users: [{name: u, password: p}]\n"                                    \
	"pools: [{name: p, range: 10.1.0.0-10.1.0.7}]\n"
#define OF_LAC(more) LAC "l2tp: {local-addresses: [192.0.2.1]" more "}\n"
#define OF_LNS(more) LNS "l2tp: {local-addresses: [192.0.2.2]" more "}\n"

struct scene {
	struct stage *stage;
	struct actor *lac, *lns;
	struct caller *caller;
};

static struct scene scene_new(const char *lac, const char *lns)
{
	struct scene s = {.stage = stage_new()};

	s.lac = stage_actor(s.stage, lac);
	s.lns = stage_actor(s.stage, lns);
	s.caller = stage_caller(s.stage, s.lac, "u", "p");
	caller_dial(s.caller);
	stage_pass(s.stage, 1000);
	assert_true(s.caller->online);
	return s;
}

static void scene_end(struct scene *s)
{
	caller_padt(s->caller);
	stage_free(s->stage);
}

static struct tunnel_entry *entry_of(struct actor *a)
{
	const struct call *call = actor_call(a);

	return call->core.kind == LEG_L2TP ? call->core.entry
					   : call->access.entry;
}

/* The outer header that the tunnel's frames get, whatever the way is. */
static const struct image *image_of(struct actor *a)
{
	static const struct nexthop_path path = {
		.resolved = true, .ifindex = 3, .mtu = 1500};
	struct tunnel_entry *entry = entry_of(a);
	const struct template *t = &a->templates[entry->template];

	tunnel_entry_path(entry, &path);
	return &t->image[t->active];
}

static uint8_t image_tos(const struct image *image)
{
	return image->head[14 + 1];
}

static void test_ecn_of_a_tunnel(void **state)
{
	struct scene s = scene_new(OF_LAC(", ecn: yes"), OF_LNS(", ecn: yes"));

	(void)state;
	for (struct actor *a = s.lac; a <= s.lns; a++) {
		assert_int_equal(a->tunnels[entry_of(a)->id].flags,
				 TUNNEL_RX_ECN);
		assert_int_equal(image_of(a)->flags,
				 IMAGE_READY | IMAGE_COPY_ECN);
	}
	scene_end(&s);
	s = scene_new(OF_LAC(", ecn: yes"), OF_LNS(""));
	for (struct actor *a = s.lac; a <= s.lns; a++) {
		assert_int_equal(a->tunnels[entry_of(a)->id].flags, 0);
		assert_int_equal(image_of(a)->flags, IMAGE_READY);
	}
	scene_end(&s);
}

static void test_dscp_of_the_outer_header(void **state)
{
	struct scene s = scene_new(OF_LAC(", dscp: 46"),
				   OF_LNS(", dscp: copy"));

	(void)state;
	assert_int_equal(image_tos(image_of(s.lac)), 46 << 2);
	assert_int_equal(image_of(s.lac)->flags, IMAGE_READY);
	assert_int_equal(image_tos(image_of(s.lns)), 0);
	assert_int_equal(image_of(s.lns)->flags,
			 IMAGE_READY | IMAGE_COPY_DSCP);
	scene_end(&s);
}

static void test_settings(void **state)
{
	static const struct {
		const char *conf;
		uint32_t flags;
		uint8_t mode, value;
	} rows[] = {
		{OF_LNS(""), SETTINGS_MSS_CLAMP, INNER_DSCP_LEAVE, 0},
		{OF_LNS(", dscp-inner: leave, verify-checksum: yes"),
		 SETTINGS_MSS_CLAMP | SETTINGS_CHECK_SUMS, INNER_DSCP_LEAVE, 0},
		{OF_LNS(", dscp-inner: copy"), SETTINGS_MSS_CLAMP,
		 INNER_DSCP_COPY, 0},
		{OF_LNS(", dscp-inner: 10"), SETTINGS_MSS_CLAMP,
		 INNER_DSCP_SET, 10},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct stage *stage = stage_new();
		struct actor *a = stage_actor(stage, rows[i].conf);

		assert_int_equal(a->settings->flags, rows[i].flags);
		assert_int_equal(a->settings->inner_dscp, rows[i].mode);
		assert_int_equal(a->settings->inner_dscp_value, rows[i].value);
		stage_free(stage);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_avp),
		cmocka_unit_test(test_both_must_say_so),
		cmocka_unit_test(test_ecn_of_a_tunnel),
		cmocka_unit_test(test_dscp_of_the_outer_header),
		cmocka_unit_test(test_settings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
