/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Networks behind subscribers in the tries of the data plane: who has one, who
 * does not get it, and what is left when the engine starts again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "program/loader.h"

enum { ONE = FIRST_IP_SLOT + 1, TWO = FIRST_IP_SLOT + 2 };

static struct {
	char instance[33];
	struct loader *loader;
	struct dataplane_fds fds;
	struct dataplane *dp;
	const struct settings *settings;
} t;

static void engine_start(void)
{
	t.fds = loader_maps(t.loader);
	assert_int_equal(dataplane_new(&t.dp, &t.fds), 0);
}

static int setup(void **state)
{
	char error[256];

	(void)state;
	snprintf(t.instance, sizeof(t.instance), "testpfx%d", getpid());
	assert_int_equal(
		loader_new(&t.loader, t.instance, error, sizeof(error)), 0);
	engine_start();
	t.settings = mmap(NULL, sizeof(*t.settings), PROT_READ, MAP_SHARED,
			  t.fds.settings, 0);
	assert_true(t.settings != MAP_FAILED);
	return 0;
}

static int teardown(void **state)
{
	char error[256];

	(void)state;
	munmap((void *)(uintptr_t)t.settings, sizeof(*t.settings));
	dataplane_free(t.dp);
	loader_free(t.loader);
	loader_unload(t.instance, error, sizeof(error));
	return 0;
}

static struct dataplane_prefix prefix4(const char *address, uint8_t length)
{
	struct dataplane_prefix out = {.length = length};

	assert_int_equal(inet_pton(AF_INET, address, out.address), 1);
	return out;
}

static struct dataplane_prefix prefix6(const char *address, uint8_t length)
{
	struct dataplane_prefix out = {.ip6 = true, .length = length};

	assert_int_equal(inet_pton(AF_INET6, address, out.address), 1);
	return out;
}

static int add(struct dataplane_prefix prefix, uint32_t slot, uint32_t *holder)
{
	return dataplane_route_add(t.dp, &prefix, slot, holder);
}

static void take_away(struct dataplane_prefix prefix, uint32_t slot)
{
	dataplane_route_remove(t.dp, &prefix, slot);
}

/* As the program asks; 0: nobody. */
static uint32_t find(const char *address)
{
	uint32_t slot = 0;

	dataplane_route_find(t.dp, (struct in_addr){inet_addr(address)},
			     &slot);
	return slot;
}

static uint32_t find6(const char *address)
{
	struct ip6_prefix key = {.length = 128};
	uint32_t slot = 0;

	inet_pton(AF_INET6, address, key.address);
	bpf_map_lookup_elem(t.fds.ip6_routes, &key, &slot);
	return slot;
}

static void test_longest_wins(void **state)
{
	uint32_t holder = 0;

	(void)state;
	assert_int_equal(find("10.9.1.1"), 0);
	assert_int_equal(add(prefix4("10.9.0.0", 16), ONE, &holder), 0);
	assert_int_equal(add(prefix4("10.9.1.0", 24), TWO, &holder), 0);
	assert_int_equal(t.settings->ip4_routes, 2);
	assert_int_equal(find("10.9.1.1"), TWO);
	assert_int_equal(find("10.9.2.1"), ONE);
	assert_int_equal(find("10.10.0.1"), 0);
	take_away(prefix4("10.9.1.0", 24), TWO);
	assert_int_equal(find("10.9.1.1"), ONE);
	take_away(prefix4("10.9.0.0", 16), ONE);
	assert_int_equal(t.settings->ip4_routes, 0);
	assert_int_equal(find("10.9.1.1"), 0);
}

static void test_one_holder(void **state)
{
	uint32_t holder = 0;

	(void)state;
	assert_int_equal(add(prefix4("10.9.0.0", 16), ONE, &holder), 0);
	assert_int_equal(add(prefix4("10.9.0.0", 16), ONE, &holder), 0);
	assert_int_equal(t.settings->ip4_routes, 1);
	assert_int_equal(add(prefix4("10.9.0.0", 16), TWO, &holder), -EEXIST);
	assert_int_equal(holder, ONE);
	/* who does not have it cannot take it away */
	take_away(prefix4("10.9.0.0", 16), TWO);
	assert_int_equal(find("10.9.1.1"), ONE);
	take_away(prefix4("10.9.0.0", 16), ONE);
	assert_int_equal(add(prefix4("10.9.0.0", 16), TWO, &holder), 0);
	assert_int_equal(find("10.9.1.1"), TWO);
	take_away(prefix4("10.9.0.0", 16), TWO);
}

static void test_ip6(void **state)
{
	uint32_t holder = 0;

	(void)state;
	assert_int_equal(add(prefix6("2001:db8::", 32), ONE, &holder), 0);
	assert_int_equal(add(prefix6("2001:db8:1::", 48), TWO, &holder), 0);
	assert_int_equal(t.settings->ip6_routes, 2);
	assert_int_equal(t.settings->ip4_routes, 0);
	assert_int_equal(find6("2001:db8:1::9"), TWO);
	assert_int_equal(find6("2001:db8:2::9"), ONE);
	take_away(prefix6("2001:db8::", 32), ONE);
	take_away(prefix6("2001:db8:1::", 48), TWO);
	assert_int_equal(t.settings->ip6_routes, 0);
}

/* A leg that leads somewhere as an earlier engine left it. */
static void leg_join(uint16_t id, uint32_t slot)
{
	struct leg_end access = {
		.kind = LEG_L2TP,
		.slot = dataplane_slot(1, id),
		.template = 1,
		.mtu = 1400,
		.l2tp = {.tunnel = 1, .peer_tunnel = 2, .peer_session = 3},
	};
	struct leg_end core = {.kind = LEG_IP, .slot = slot, .mtu = 1400};

	core.ip.ip4.s_addr = htonl(0x0a000000 + id);
	core.ip.routes = true;
	assert_int_equal(dataplane_join(t.dp, id, &access, &core), 0);
	assert_int_equal(dataplane_leg_read(t.dp, access.slot).flags,
			 LEG_IP4 | LEG_ROUTES);
	assert_int_equal(dataplane_leg_read(t.dp, slot).flags, LEG_IP4);
}

static void test_restart(void **state)
{
	struct dataplane_prefix left;
	uint32_t holder = 0;

	(void)state;
	leg_join(1, ONE);
	assert_int_equal(add(prefix4("10.9.0.0", 16), ONE, &holder), 0);
	assert_int_equal(add(prefix4("10.8.0.0", 16), ONE, &holder), 0);
	/* of a leg that is gone */
	assert_int_equal(add(prefix4("10.7.0.0", 16), TWO, &holder), 0);
	dataplane_free(t.dp);
	engine_start();
	assert_int_equal(dataplane_scan(t.dp, NULL, NULL, NULL).legs, 2);
	assert_int_equal(t.settings->ip4_routes, 2);
	assert_int_equal(find("10.9.1.1"), ONE);
	assert_int_equal(find("10.7.1.1"), 0);
	/* who comes now gets what an earlier engine's call has */
	leg_join(2, TWO);
	assert_int_equal(add(prefix4("10.9.0.0", 16), TWO, &holder), 0);
	assert_int_equal(find("10.9.1.1"), TWO);
	/* and what nobody took goes with its leg */
	dataplane_leg_clear(t.dp, ONE);
	assert_true(dataplane_route_take(t.dp, ONE, &left));
	assert_int_equal(left.length, 16);
	assert_int_equal(left.address[1], 8);
	assert_false(dataplane_route_take(t.dp, ONE, &left));
	assert_int_equal(find("10.8.1.1"), 0);
	assert_true(dataplane_route_take(t.dp, TWO, &left));
	assert_int_equal(t.settings->ip4_routes, 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_longest_wins),
		TEST(test_one_holder),
		TEST(test_ip6),
		TEST(test_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
