/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Next hops that the XDP program named: who is kept resolved, who is asked for
 * once.  A kernel of our own has the routes; nobody answers there.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>

#include "map_world.h"
#include "private_net.h"
#include "switch/upstream.h"

static struct upstream_world {
	struct map_world *maps;
	struct node node;
	uint32_t core, side;
	/* what the keeper was asked for last, and how often */
	struct address kept, dropped, asked;
	unsigned int keeps, drops, asks;
	uint32_t asked_on;
} w;

static struct address ip(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

static void on_changed(void *ctx, void *user, const struct nexthop_path *path)
{
	(void)ctx, (void)path;
	assert_null(user);
}

static void on_resolve(void *ctx, uint32_t ifindex, struct address address,
		       bool keep)
{
	(void)ctx, (void)ifindex;
	if (keep) {
		w.kept = address;
		w.keeps++;
	} else {
		w.dropped = address;
		w.drops++;
	}
}

static void on_ask(void *ctx, struct keeper_msg *msg)
{
	(void)ctx;
	assert_int_equal(msg->type, KEEPER_NEIGHBOUR_ASK);
	w.asked = msg->neighbour.address;
	w.asked_on = msg->neighbour.ifindex;
	w.asks++;
}

static const struct nexthop_ops hop_ops = {
	.changed = on_changed,
	.resolve = on_resolve,
};
static const struct node_ops node_ops = {.ask_keeper = on_ask};

static int setup(void **state)
{
	memset(&w, 0, sizeof(w));
	*state = NULL;
	if (!private_net())
		return 0;
	run("ip link add core type veth peer name side &&"
	    " ip addr add 192.0.2.2/24 dev core && ip link set core up &&"
	    " ip addr add 198.51.100.2/24 dev side && ip link set side up &&"
	    " ip route add default via 192.0.2.1 &&"
	    " ip route add 203.0.113.0/24 via 192.0.2.3 &&"
	    " ip addr add 2001:db8:1::2/64 dev core nodad &&"
	    " ip route add 2001:db8:3::/48 via fe80::1 dev core");
	w.core = if_nametoindex("core");
	w.side = if_nametoindex("side");
	assert_int_equal(map_world_setup((void **)&w.maps), 0);
	w.node.dataplane = w.maps->dp;
	w.node.ops = &node_ops;
	w.node.now = (struct instant){1000};
	alarms_init(&w.node.alarms);
	assert_int_equal(nexthop_new(&w.node.nexthop, &hop_ops, &w), 0);
	assert_int_equal(upstream_start(&w.node), 0);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	if (!*state)
		return 0;
	upstream_stop(&w.node);
	assert_null(w.node.upstream);
	upstream_stop(&w.node);
	nexthop_free(w.node.nexthop);
	alarms_fini(&w.node.alarms);
	return map_world_teardown((void **)&w.maps);
}

/* As the XDP program does it, in a place of its own. */
static void name_at(unsigned int slot, uint32_t ifindex, const char *next_hop,
		    const char *destination)
{
	struct address hop = ip(next_hop), to = ip(destination);
	struct unresolved *u = &w.maps->unresolved[slot];

	assert_int_equal(u->state, UNRESOLVED_FREE);
	*u = (struct unresolved){
		.state = UNRESOLVED_NAMED,
		.ifindex = ifindex,
		.family = (uint16_t)hop.family,
		.destination_family = (uint16_t)to.family,
	};
	memcpy(u->next_hop, hop.octets, sizeof(u->next_hop));
	memcpy(u->destination, to.octets, sizeof(u->destination));
}

static void look(void)
{
	struct instant at = alarms_deadline(&w.node.alarms);

	assert_in_range(at.ms, w.node.now.ms + 1, w.node.now.ms + 100);
	w.node.now = at;
	alarms_run(&w.node.alarms, at);
	for (unsigned int i = 0; i < UNRESOLVED_SLOTS; i++)
		assert_int_not_equal(w.maps->unresolved[i].state,
				     UNRESOLVED_NAMED);
}

static void is(struct address have, const char *want)
{
	assert_true(address_same(have, ip(want)));
}

/* Kept as long as a route leads by it; named again it is asked again. */
static void test_gateway(void **state)
{
	if (!*state)
		skip();
	name_at(5, w.core, "192.0.2.1", "8.8.8.8");
	w.maps->unresolved[6].state = UNRESOLVED_FILLING; /* not ready */
	look();
	is(w.kept, "192.0.2.1");
	name_at(5, w.core, "192.0.2.1", "9.9.9.9");
	look();
	assert_int_equal(w.keeps, 2);
	is(w.kept, "192.0.2.1");
	assert_int_equal(w.asks, 0);
	assert_int_equal(w.node.counters[COUNT_NEXT_HOP_ASKED], 2);
	assert_int_equal(w.maps->unresolved[6].state, UNRESOLVED_FILLING);
	/* the route moves: so does what is kept, before any packet */
	run("ip route replace default via 198.51.100.1");
	for (int i = 0; i < 20 && !w.drops; i++) {
		struct pollfd news = {.fd = nexthop_fd(w.node.nexthop),
				      .events = POLLIN};

		poll(&news, 1, 150);
		nexthop_input(w.node.nexthop);
	}
	is(w.kept, "198.51.100.1");
	is(w.dropped, "192.0.2.1");
	upstream_stop(&w.node);
	is(w.dropped, "198.51.100.1");
	assert_int_equal(w.drops, 2);
}

static void test_gateway6(void **state)
{
	if (!*state)
		skip();
	name_at(0, w.core, "fe80::1", "2001:db8:3::7");
	look();
	is(w.kept, "fe80::1");
	assert_int_equal(w.asks, 0);
}

/* Anybody can name many of them: nothing is remembered. */
static void test_on_link(void **state)
{
	if (!*state)
		skip();
	for (unsigned int i = 0; i < 3; i++) {
		name_at(9, w.core, "192.0.2.77", "192.0.2.77");
		look();
		assert_int_equal(w.asks, i + 1);
	}
	is(w.asked, "192.0.2.77");
	assert_int_equal(w.asked_on, w.core);
	name_at(9, w.core, "2001:db8:1::77", "2001:db8:1::77");
	look();
	is(w.asked, "2001:db8:1::77");
	assert_int_equal(w.keeps, 0);
	assert_int_equal(w.node.counters[COUNT_NEXT_HOP_ASKED], 4);
}

/* A rule has led by another gateway than the destination alone: once. */
static void test_rule(void **state)
{
	if (!*state)
		skip();
	name_at(0, w.side, "198.51.100.9", "8.8.8.8");
	look();
	is(w.asked, "198.51.100.9");
	assert_int_equal(w.asked_on, w.side);
	/* no route at all to it, by which it could be kept */
	name_at(0, w.side, "198.51.100.9", "10.1.1.1");
	run("ip route del default");
	look();
	assert_int_equal(w.asks, 2);
}

/* More gateways than are kept: the oldest makes way, and is counted. */
static void test_too_many(void **state)
{
	char hop[20], to[20];

	if (!*state)
		skip();
	for (unsigned int i = 0; i <= UPSTREAM_GATEWAYS; i++) {
		snprintf(hop, sizeof(hop), "192.0.2.%u", 10 + i);
		snprintf(to, sizeof(to), "10.9.%u.1", i);
		run("ip route add 10.9.%u.0/24 via %s", i, hop);
		name_at(i % UNRESOLVED_SLOTS, w.core, hop, to);
		look();
		assert_int_equal(w.keeps, i + 1);
		assert_int_equal(w.drops, i == UPSTREAM_GATEWAYS);
	}
	is(w.dropped, "192.0.2.10");
	assert_int_equal(w.node.counters[COUNT_NEXT_HOP_LET_GO], 1);
	/* and is taken up again when it is named again */
	name_at(0, w.core, "192.0.2.10", "10.9.0.1");
	look();
	is(w.kept, "192.0.2.10");
	is(w.dropped, "192.0.2.11");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_gateway), TEST(test_gateway6), TEST(test_on_link),
		TEST(test_rule),    TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
