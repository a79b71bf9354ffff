/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Networks behind subscribers: the longest prefix decides who gets a packet,
 * from the world and from another subscriber, and who may send from there.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "records.h"

#define IP4 0x0021
#define IP6 0x0057
#define N   80 /* octets of an inner packet */

static struct world *w;

/* Addresses of both families: 100.66.0.x, 2001:db8:6600:y::z. */
struct address {
	__u32 ip4;
	__u8 ip6[16];
};

#define NET6(subnet, last)                                                  \
	{                                                                   \
		0x20, 0x01, 0x0d, 0xb8, 0x66, 0, 0, subnet, [15] = last     \
	}

static const struct address in_a = {0x64420001, NET6(0x01, 1)};
static const struct address in_b = {0x64420081, NET6(0x81, 1)};
static const struct address in_c = {0x644200c8, NET6(0x81, 0xc8)};

static void route4_add(__u32 network, __u32 length, __u32 slot)
{
	struct ip4_prefix key = {length, htonl(network)};

	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(w->skel->maps.ip4_routes), &key,
				    &slot, BPF_ANY),
		0);
	w->settings->ip4_routes++;
}

static void route6_add(const __u8 *network, __u32 length, __u32 slot)
{
	struct ip6_prefix key = {.length = length};

	memcpy(key.address, network, 16);
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(w->skel->maps.ip6_routes), &key,
				    &slot, BPF_ANY),
		0);
	w->settings->ip6_routes++;
}

/* A network, a half of it, and one address in that half. */
static void routes_set(void)
{
	static const __u8 half[16] = NET6(0x80, 0), whole[16] = NET6(0, 0);

	route4_add(0x64420000, 24, end_slot(END_IP_LNS_A));
	route4_add(0x64420080, 25, end_slot(END_IP_PTA));
	route4_add(0x644200c8, 32, end_slot(END_IP_LNS_C));
	route6_add(whole, 56, end_slot6(END_IP_LNS_A));
	route6_add(half, 57, end_slot6(END_IP_PTA));
	route6_add(in_c.ip6, 128, end_slot6(END_IP_LNS_C));
}

static void packet(struct frame *f, __u16 protocol, const struct address *src,
		   const struct address *dst, __u8 ttl)
{
	struct ip4_header ip4 = {.src = src->ip4,
				 .dst = dst->ip4,
				 .id = 0x2222,
				 .ttl = ttl,
				 .protocol = 253};
	struct ip6_header ip6 = {.ttl = ttl, .next = 253, .flow = 0xabcde};

	memcpy(ip6.src, src->ip6, 16);
	memcpy(ip6.dst, dst->ip6, 16);
	frame_body(f, N - (protocol == IP4 ? 20 : 40), 7);
	if (protocol == IP4)
		push_ip4(f, &ip4);
	else
		push_ip6(f, &ip6);
}

static const struct address far = {0x08080808,
				   {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff,
				    [15] = 8}};

/* The subscriber's own address. */
static struct address own(enum end_id ip)
{
	struct address a = {.ip4 = ends[ip].user_ip4};

	memcpy(a.ip6, user_prefix, 8);
	a.ip6[7] = ends[ip].user_net;
	a.ip6[15] = 1;
	return a;
}

/* ---- from the world ---------------------------------------------------------- */

static void down(__u16 protocol, const struct address *dst, enum end_id ip)
{
	enum end_id out = ends[ip].other;
	__u64 sent = end_leg(w, ip, protocol)->packets;
	struct records records;
	struct frame in, wanted;

	records_read(w, &records);
	records_count(&records, ip, protocol, N);
	packet(&in, protocol, &far, dst, 64);
	end_arrive(&in, ip, protocol);
	packet(&wanted, protocol, &far, dst, 63);
	end_leave(&wanted, out, protocol, expected_id(out, sent));
	frame_expect(w, "down", ip, &in, REASON_FORWARDED, &wanted, &records);
}

static void down_not(__u16 protocol, const struct address *dst,
		     enum reason reason)
{
	struct records records;
	struct frame in;

	records_read(w, &records);
	packet(&in, protocol, &far, dst, 64);
	end_arrive(&in, END_IP_LNS_A, protocol);
	frame_expect(w, "not down", END_IP_LNS_A, &in, reason, NULL, &records);
}

static void test_longest(void **state)
{
	static const struct address none6 = {0x64420101,
					     {0x20, 0x01, 0x0d, 0xb8, 0x66, 0,
					      1, 0, [15] = 1}};

	(void)state;
	routes_set();
	down(IP4, &in_a, END_IP_LNS_A);
	down(IP4, &in_b, END_IP_PTA);
	down(IP4, &in_c, END_IP_LNS_C);
	down_not(IP4, &none6, REASON_NOT_OURS);
	down(IP6, &in_a, END_IP_LNS_A);
	down(IP6, &in_b, END_IP_PTA);
	down(IP6, &in_c, END_IP_LNS_C);
	down_not(IP6, &none6, REASON_NOT_OURS);
}

/* Pools are asked first, then single hosts, then routes. */
static void test_order(void **state)
{
	static const __u8 pool6[16] = {0x20, 0x01, 0x0d, 0xb8, 0, 1};
	struct address user = own(END_IP_LNS_B);
	struct address host = own(END_IP_PTA_TAGGED);

	(void)state;
	routes_set();
	route4_add(POOL_IP4, 8, end_slot(END_IP_PTA));
	route4_add(user.ip4, 32, end_slot(END_IP_PTA));
	route6_add(pool6, 48, end_slot6(END_IP_PTA));
	route6_add(user.ip6, 128, end_slot6(END_IP_PTA));
	route4_add(HOST_IP4, 32, end_slot(END_IP_PTA));
	down(IP4, &user, END_IP_LNS_B);
	down(IP6, &user, END_IP_LNS_B);
	down(IP4, &host, END_IP_PTA_TAGGED);
}

/* A count of 0 says that the trie need not be asked. */
static void test_not_counted(void **state)
{
	(void)state;
	routes_set();
	w->settings->ip4_routes = 0;
	down_not(IP4, &in_a, REASON_NOT_OURS);
	down(IP6, &in_a, END_IP_LNS_A);
	w->settings->ip4_routes = 1;
	w->settings->ip6_routes = 0;
	down(IP4, &in_b, END_IP_PTA);
	down_not(IP6, &in_b, REASON_NOT_OURS);
}

/* The state of the leg that a route names. */
static void test_leg_states(void **state)
{
	(void)state;
	routes_set();
	end_leg(w, END_IP_LNS_A, IP4)->state = LEG_FREE;
	end_leg(w, END_IP_PTA, IP4)->state = LEG_PUNT;
	end_leg(w, END_IP_LNS_C, IP4)->flags &= ~LEG_IP4;
	down_not(IP4, &in_a, REASON_NO_SUBSCRIBER);
	down_not(IP4, &in_b, REASON_CALL_SETUP);
	down_not(IP4, &in_c, REASON_NO_SUBSCRIBER);
	end_leg(w, END_IP_LNS_A, IP6)->state = LEG_FREE;
	end_leg(w, END_IP_PTA, IP6)->state = LEG_PUNT;
	end_leg(w, END_IP_LNS_C, IP6)->flags &= ~LEG_IP6;
	down_not(IP6, &in_a, REASON_NO_SUBSCRIBER);
	down_not(IP6, &in_b, REASON_CALL_SETUP);
	down_not(IP6, &in_c, REASON_NO_SUBSCRIBER);
}

/* ---- from a subscriber --------------------------------------------------------- */

/* From the carrier end `from` to the subscriber whose IP leg is `ip`. */
static void across(__u16 protocol, enum end_id from, const struct address *dst,
		   enum end_id ip)
{
	struct address src = own(ends[from].other);
	enum end_id out = ends[ip].other;
	__u64 sent = end_leg(w, ip, protocol)->packets;
	struct records records;
	struct frame in, wanted;

	records_read(w, &records);
	records_count(&records, from, protocol, N);
	records_count(&records, ip, protocol, N);
	packet(&in, protocol, &src, dst, 64);
	packet(&wanted, protocol, &src, dst, 63);
	end_arrive(&in, from, protocol);
	end_leave(&wanted, out, protocol, expected_id(out, sent));
	frame_expect(w, "across", from, &in, REASON_FORWARDED, &wanted,
		     &records);
}

static void test_across(void **state)
{
	static const enum end_id from[] = {END_LNS_B, END_PTA_QINQ, END_LNS_D};
	size_t i;

	(void)state;
	routes_set();
	for (i = 0; i < 3; i++) {
		across(IP4, from[i], &in_a, END_IP_LNS_A);
		across(IP4, from[i], &in_b, END_IP_PTA);
		across(IP4, from[i], &in_c, END_IP_LNS_C);
		across(IP6, from[i], &in_a, END_IP_LNS_A);
		across(IP6, from[i], &in_b, END_IP_PTA);
		across(IP6, from[i], &in_c, END_IP_LNS_C);
	}
}

/* A packet that the kernel must route stays as it came. */
static void punted(__u16 protocol, const struct address *dst)
{
	struct address src = own(END_IP_LNS_B);
	struct records records;
	struct frame in;

	records_read(w, &records);
	packet(&in, protocol, &src, dst, 64);
	end_arrive(&in, END_LNS_B, protocol);
	frame_expect(w, "punted", END_LNS_B, &in, REASON_KERNEL_ROUTES, &in,
		     &records);
}

static void test_across_not_counted(void **state)
{
	(void)state;
	routes_set();
	end_leg(w, END_IP_PTA, IP4)->state = LEG_PUNT;
	end_leg(w, END_IP_PTA, IP6)->state = LEG_PUNT;
	punted(IP4, &in_b);
	punted(IP6, &in_b);
	w->settings->ip4_routes = w->settings->ip6_routes = 0;
	punted(IP4, &in_a);
	punted(IP6, &in_a);
}

/* ---- sources --------------------------------------------------------------------- */

static void sends_from(__u16 protocol, enum end_id from,
		       const struct address *src, bool may)
{
	struct records records;
	struct frame in, wanted;

	records_read(w, &records);
	packet(&in, protocol, src, &far, 64);
	packet(&wanted, protocol, src, &far, 63);
	end_arrive(&in, from, protocol);
	if (!may) {
		frame_expect(w, "spoofed", from, &in, REASON_SPOOFED_SOURCE,
			     NULL, &records);
		return;
	}
	records_count(&records, from, protocol, N);
	end_leave(&wanted, ends[from].other, protocol, 0);
	frame_expect(w, "own source", from, &in, REASON_FORWARDED, &wanted,
		     &records);
}

static void sources(__u16 protocol, bool routes_count)
{
	struct address a = own(END_IP_LNS_A), pta = own(END_IP_PTA);

	sends_from(protocol, END_LNS_A, &a, true);
	sends_from(protocol, END_LNS_A, &in_a, routes_count);
	sends_from(protocol, END_LNS_A, &in_b, false);
	sends_from(protocol, END_LNS_A, &in_c, false);
	sends_from(protocol, END_LNS_A, &pta, false);
	sends_from(protocol, END_LNS_A, &far, false);
	sends_from(protocol, END_PTA, &pta, true);
	sends_from(protocol, END_PTA, &in_b, routes_count);
	sends_from(protocol, END_PTA, &in_a, false);
	sends_from(protocol, END_PTA, &in_c, false);
	sends_from(protocol, END_PTA, &a, false);
}

static void test_sources(void **state)
{
	(void)state;
	routes_set();
	sources(IP4, false); /* the legs do not say that they have any */
	sources(IP6, false);
	end_leg(w, END_LNS_A, 0)->flags |= LEG_ROUTES;
	end_leg(w, END_PTA, 0)->flags |= LEG_ROUTES;
	sources(IP4, true);
	sources(IP6, true);
	w->settings->ip4_routes = 0;
	sources(IP4, false);
	sources(IP6, true);
	w->settings->ip4_routes = 1;
	w->settings->ip6_routes = 0;
	sources(IP4, true);
	sources(IP6, false);
}

/* A route of either family does for the other's leg of the same call. */
static void test_sources_by_call(void **state)
{
	(void)state;
	end_leg(w, END_LNS_A, 0)->flags |= LEG_ROUTES;
	route4_add(0x64420000, 24, end_slot6(END_IP_LNS_A));
	route6_add(in_a.ip6, 64, end_slot(END_IP_LNS_A));
	sends_from(IP4, END_LNS_A, &in_a, true);
	sends_from(IP6, END_LNS_A, &in_a, true);
	end_leg(w, END_IP_LNS_A, IP4)->call = 99;
	end_leg(w, END_IP_LNS_A, IP6)->call = 99;
	sends_from(IP4, END_LNS_A, &in_a, false);
	sends_from(IP6, END_LNS_A, &in_a, false);
}

static int setup(void **state)
{
	(void)state;
	world_reset(w);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_longest),	TEST(test_order),
		TEST(test_not_counted), TEST(test_leg_states),
		TEST(test_across),	TEST(test_across_not_counted),
		TEST(test_sources),	TEST(test_sources_by_call),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
