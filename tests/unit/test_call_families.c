/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One call through tunnels of both families, between nodes that are real but
 * for their sockets.  All data goes in software here, so that the slow path is
 * seen to find the sessions of both.
 */
#include "stage.h"

#include "switch/destination.h"

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1, '2001:db8::1']}\n"
	"tunnels:\n"
	"- {name: lts, peer: '2001:db8::2', host-name: lac, secret: one}\n"
	"- {name: zero, peer: '2001:db8::2', host-name: lac, secret: one,\n"
	"   udp-checksum: zero}\n"
	"domains:\n"
	"- {name: far, tunnels: [lts]}\n"
	"- {name: zero, tunnels: [zero]}\n";

static const char lts_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lts}\n"
	"l2tp: {local-addresses: [192.0.2.2, '2001:db8::2']}\n"
	"destinations:\n"
	"- name: lac\n"
	"  peer: '::'\n"
	"  hosts: [{name: lac, host-name: lts, secret: one, switch: yes}]\n"
	"tunnels:\n"
	"- {name: lns, peer: 192.0.2.3, host-name: lts, secret: three}\n"
	"domains: [{name: default, tunnels: [lns]}]\n";

static const char lns_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lns}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.3]}\n"
	"destinations:\n"
	"- {name: all, hosts: [{name: lts, host-name: lns, secret: three}]}\n"
	"users:\n"
	"- {name: u@far, password: p}\n"
	"- {name: u@zero, password: p}\n"
	"pools: [{name: p, range: 10.2.0.0-10.2.0.7}]\n";

struct scene {
	struct stage *stage;
	struct actor *lac, *lts, *lns;
};

static struct scene scene_new(void)
{
	struct scene s = {.stage = stage_new()};

	s.lac = stage_actor(s.stage, lac_conf);
	s.lts = stage_actor(s.stage, lts_conf);
	s.lns = stage_actor(s.stage, lns_conf);
	return s;
}

static struct caller *call_up(struct scene *s, const char *user)
{
	struct caller *caller = stage_caller(s->stage, s->lac, user, "p");

	caller_dial(caller);
	stage_pass(s->stage, 1000);
	assert_true(caller->online);
	return caller;
}

static void scene_end(struct scene *s)
{
	stage_pass(s->stage, 300000);
	actor_is_empty(s->lac);
	actor_is_empty(s->lts);
	actor_is_empty(s->lns);
	stage_free(s->stage);
}

static void test_both_families(void **state)
{
	struct scene s = scene_new();
	struct caller *caller = call_up(&s, "u@far");
	const struct call *call = actor_call(s.lts);

	(void)state;
	assert_string_equal(call_role(call), "lts");
	assert_string_equal(
		address_text(call->access.entry->destination->peer),
		"2001:db8::1");
	assert_string_equal(address_text(call->core.entry->destination->peer),
			    "192.0.2.3");
	caller_padt(caller);
	scene_end(&s);
}

/* Data with a checksum and data without do not share a tunnel. */
static void test_checksums_part_tunnels(void **state)
{
	struct scene s = scene_new();
	struct caller *first = call_up(&s, "u@far");
	struct caller *second = call_up(&s, "u@zero");
	const struct destination *dest =
		list_entry(s.lac->node.destinations.next, struct destination,
			   link);
	const struct tunnel_entry *entry;
	unsigned int sums = 0;

	(void)state;
	assert_int_equal(dest->tunnel_count, 2);
	list_each(entry, &dest->tunnels, link) {
		uint32_t flags = s.lac->tunnels[entry->id].flags;

		sums += tunnel_entry_sums(entry);
		assert_int_equal(flags, tunnel_entry_sums(entry)
						? TUNNEL_RX_IP6
						: TUNNEL_RX_IP6 |
							  TUNNEL_RX_ZERO_SUM);
	}
	assert_int_equal(sums, 1);
	caller_padt(first);
	caller_padt(second);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_both_families),
		cmocka_unit_test(test_checksums_part_tunnels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
