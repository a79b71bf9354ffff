/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What terminated calls exchange with the world: the kernel's FIB decides for
 * what a subscriber sends, and what they do inside IP (fragments, L2TP of their
 * own) is none of our business in either direction.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <arpa/inet.h>
#include <linux/bpf.h>
#include "records.h"

#define IP4  0x0021
#define IP6  0x0057
#define BODY 80

static struct world *w;

/* An IPv4 packet of LNS A's subscriber, with everything open. */
static void packet(struct frame *f, const struct ip4_header *ip, __u16 fragment)
{
	frame_body(f, BODY, 3);
	if (ip->protocol == 17)
		push_udp(f, 1701, 1701, 0);
	push_ip4(f, ip);
	*frame_at(f, 6) |= fragment >> 8;
	*frame_at(f, 7) = fragment & 0xff;
	frame_ip4_sum(frame_data(f));
}

static void forwarded(struct frame *in, enum end_id from, struct frame *wanted)
{
	struct outcome o;

	world_run(w, end_port(w, from), in, &o);
	assert_int_equal(o.reason, REASON_FORWARDED);
	assert_int_equal(o.verdict, XDP_REDIRECT);
	assert_frame(ends[from].name, &o.out, wanted);
}

/* Up from the call of LNS A, out of core behind `vlan` (0 = no tag). */
static void up(struct ip4_header ip, __u16 fragment, __u16 vlan,
	       const __u8 *source)
{
	struct frame in, wanted;

	packet(&in, &ip, fragment);
	end_arrive(&in, END_LNS_A, IP4);
	ip.ttl--;
	packet(&wanted, &ip, fragment);
	if (vlan)
		push_tag(&wanted, vlan, 0x0800);
	push_ethernet(&wanted, gateway_mac, source, vlan ? 0x8100 : 0x0800);
	forwarded(&in, END_LNS_A, &wanted);
}

static void down(struct ip4_header ip, __u16 fragment)
{
	struct leg *leg = end_leg(w, END_IP_LNS_A, IP4);
	struct frame in, wanted;

	packet(&in, &ip, fragment);
	end_arrive(&in, END_IP_LNS_A, IP4);
	ip.ttl--;
	packet(&wanted, &ip, fragment);
	end_leave(&wanted, END_LNS_A, IP4,
		  expected_id(END_LNS_A, leg->packets));
	forwarded(&in, END_IP_LNS_A, &wanted);
}

static const struct ip4_header ip_up = {.src = POOL_IP4 + 1,
					.dst = FAR_IP4,
					.ttl = 64,
					.tos = 0xb8,
					.protocol = 253};
static const struct ip4_header ip_down = {.src = FAR_IP4,
					  .dst = POOL_IP4 + 1,
					  .ttl = 64,
					  .tos = 0xb8,
					  .protocol = 253};

static void test_route(void **state)
{
	struct ip4_header ip = ip_up;

	(void)state;
	up(ip, 0, 0, core_mac);
	ip.ttl = 2; /* the last one that goes on */
	up(ip, 0, 0, core_mac);
	ip.ttl = 255;
	ip.df = true;
	up(ip, 0, 0, core_mac);
}

/* The FIB names a device that `egress` says is VLAN 300 of core. */
static void test_route_behind_vlan(void **state)
{
	static const __u8 tagged_mac[6] = {2, 0, 0, 0, 0, 0x0d};
	struct ip4_header ip = ip_up;

	(void)state;
	ip.dst = 0x64400001;
	up(ip, 0, 300, tagged_mac);
}

/* Decrementing the TTL carries into every kind of checksum. */
static void test_every_checksum(void **state)
{
	static const __u16 edges[] = {0x0000, 0x0001, 0x00ff, 0x0100, 0xfefd,
				      0xfefe, 0xfeff, 0xff00, 0xff01, 0xfffe};
	struct ip4_header ip = ip_up;
	struct frame f;
	__u32 i;

	(void)state;
	for (i = 0; i < 0x10000; i += 251) {
		ip.id = (__u16)i;
		up(ip, 0, 0, core_mac);
	}
	for (i = 0; i < 10; i++) {
		ip.id = 0x4000; /* one more here is one less in the sum */
		packet(&f, &ip, 0);
		ip.id = (__u16)(0x4000 + (*frame_at(&f, 10) << 8) +
				*frame_at(&f, 11) - edges[i]);
		if (*frame_at(&f, 10) << 8 < edges[i])
			ip.id--; /* the end-around carry */
		up(ip, 0, 0, core_mac);
		ip.id++;
		up(ip, 0, 0, core_mac);
	}
}

static void test_fragments_of_subscribers(void **state)
{
	(void)state;
	up(ip_up, 0x2000, 0, core_mac);
	up(ip_up, 0x00b9, 0, core_mac);
	down(ip_down, 0x2000);
	down(ip_down, 0x20b9);
}

/* A tunnel between a subscriber and somebody beyond us is only UDP. */
static void test_l2tp_of_subscribers(void **state)
{
	struct ip4_header to = ip_up, from = ip_down;

	(void)state;
	to.protocol = from.protocol = 17;
	up(to, 0, 0, core_mac);
	down(from, 0);
	down(from, 0x2000);
}

/* The same over IPv6, in both directions, through both kinds of tunnels. */
static void test_l2tp6_of_subscribers(void **state)
{
	static const enum end_id ids[] = {END_LNS_A, END_LNS_C, END_PTA_QINQ,
					  END_IP_LNS_A, END_IP_LNS_D};
	struct frame in, wanted;
	size_t i;
	int turn;

	(void)state;
	for (i = 0; i < 5; i++)
		for (turn = 0; turn < 2; turn++) {
			struct frame *f = turn ? &wanted : &in;

			inner_build(f, ids[i], IP6, 40 + 8 + BODY,
				    turn ? 63 : 64);
			*frame_at(f, 6) = 17;
			memcpy(frame_at(f, 40), "\x06\xa5\x06\xa5\0\x58", 6);
			memcpy(frame_at(f, 48), "\0\x02\x20\x02\x0c\x07", 6);
			if (!turn) {
				end_arrive(f, ids[i], IP6);
				continue;
			}
			end_leave(f, ends[ids[i]].other, IP6,
				  expected_id(ends[ids[i]].other, 0));
			forwarded(&in, ids[i], f);
		}
}

/* A call without fixed source (routed subnet behind it) may send any. */
static void test_any_source(void **state)
{
	struct leg *leg = end_leg(w, END_LNS_A, 0);
	struct ip4_header ip = ip_up;

	(void)state;
	leg->to.ip.user4 = 0;
	ip.src = 0xc6336477;
	up(ip, 0, 0, core_mac);
}

/* Class E is a destination like others: the routes decide. */
static void test_class_e(void **state)
{
	struct ip4_header ip = ip_up;

	(void)state;
	ip.dst = 0xf0000001;
	up(ip, 0, 0, core_mac);
}

/* The same for IPv6, and the exact size that the route takes. */
static void test_any_source6(void **state)
{
	struct leg *leg = end_leg(w, END_LNS_A, 0);
	static const size_t sizes[] = {40, 1500};
	struct frame in, wanted;
	size_t i;

	(void)state;
	memset(leg->to.ip.prefix6, 0, 8);
	for (i = 0; i < 2; i++) {
		inner_build(&in, END_LNS_A, IP6, sizes[i], 2);
		*frame_at(&in, 14) = 0x77;
		end_arrive(&in, END_LNS_A, IP6);
		inner_build(&wanted, END_LNS_A, IP6, sizes[i], 1);
		*frame_at(&wanted, 14) = 0x77;
		end_leave(&wanted, END_IP_LNS_A, IP6, 0);
		forwarded(&in, END_LNS_A, &wanted);
	}
}

/* Every port may carry L2TP and IP behind a tag; two of ours share a MAC. */
static void test_down_behind_vlan(void **state)
{
	struct leg *leg = end_leg(w, END_IP_LNS_A, IP4);
	struct frame in, wanted;

	(void)state;
	inner_build(&in, END_IP_LNS_A, IP4, 70, 64);
	push_tag(&in, 77, 0x0800);
	push_ethernet(&in, core_mac, gateway_mac, 0x8100);
	inner_build(&wanted, END_IP_LNS_A, IP4, 70, 63);
	end_leave(&wanted, END_LNS_A, IP4,
		  expected_id(END_LNS_A, leg->packets));
	forwarded(&in, END_IP_LNS_A, &wanted);
}

/* IPv6 between subscribers: one hop, counted on both legs. */
static void test_subscribers6(void **state)
{
	struct leg *from = end_leg(w, END_PTA, IP6);
	struct leg *to = end_leg(w, END_IP_LNS_A, IP6);
	struct frame in, wanted;

	(void)state;
	inner_build(&in, END_PTA, IP6, 90, 64);
	memcpy(frame_at(&in, 24), frame_at(&in, 8), 8);
	*frame_at(&in, 24 + 7) = ends[END_IP_LNS_A].user_net;
	wanted = in;
	end_arrive(&in, END_PTA, IP6);
	*frame_at(&wanted, 7) = 63;
	end_leave(&wanted, END_LNS_A, IP6, expected_id(END_LNS_A, 0));
	forwarded(&in, END_PTA, &wanted);
	assert_int_equal(from->packets, 1);
	assert_int_equal(to->packets, 1);
	assert_int_equal(to->octets, 92);
}

/* ---- next hops that are not resolved ---------------------------------------- */

static void sends(__u16 protocol, const char *to, enum reason reason)
{
	size_t at = protocol == IP4 ? 16 : 24;
	struct records records;
	struct frame in;

	inner_build(&in, END_LNS_A, protocol, BODY, 64);
	assert_int_equal(inet_pton(protocol == IP4 ? AF_INET : AF_INET6, to,
				   frame_at(&in, at)),
			 1);
	if (protocol == IP4)
		frame_ip4_sum(frame_data(&in));
	end_arrive(&in, END_LNS_A, protocol);
	records_read(w, &records);
	frame_expect(w, to, END_LNS_A, &in, reason, &in, &records);
}

/* The only next hop that is named; NULL: there is none. */
static struct unresolved *named(void)
{
	struct unresolved *found = NULL;

	for (size_t i = 0; i < UNRESOLVED_SLOTS; i++) {
		if (w->unresolved[i].state == UNRESOLVED_FREE)
			continue;
		assert_int_equal(w->unresolved[i].state, UNRESOLVED_NAMED);
		assert_null(found);
		found = &w->unresolved[i];
	}
	return found;
}

static void is_named(int family, const char *next_hop, const char *destination)
{
	struct unresolved *u = named(), wanted = {
		.state = UNRESOLVED_NAMED,
		.ifindex = w->core,
		.family = (__u16)family,
		.destination_family = (__u16)family,
	};

	assert_non_null(u);
	inet_pton(family, next_hop, wanted.next_hop);
	inet_pton(family, destination, wanted.destination);
	assert_memory_equal(u, &wanted, sizeof(wanted));
	u->state = UNRESOLVED_FREE;
}

/* Behind a gateway, and on link; one at a time is told of each. */
static void test_unresolved(void **state)
{
	(void)state;
	sends(IP4, "100.67.0.1", REASON_NEXT_HOP_UNRESOLVED);
	sends(IP4, "100.67.0.2", REASON_NEXT_HOP_UNRESOLVED);
	is_named(AF_INET, "10.255.0.3", "100.67.0.1");
	sends(IP4, "100.67.0.2", REASON_NEXT_HOP_UNRESOLVED);
	is_named(AF_INET, "10.255.0.3", "100.67.0.2");
	sends(IP4, "10.255.0.77", REASON_NEXT_HOP_UNRESOLVED);
	is_named(AF_INET, "10.255.0.77", "10.255.0.77");
	sends(IP6, "2001:db8:cafe::77", REASON_NEXT_HOP_UNRESOLVED);
	is_named(AF_INET6, "2001:db8:cafe::77", "2001:db8:cafe::77");
}

/* Neighbours differ in their last octet: they do not all share one place. */
static void test_unresolved_places(void **state)
{
	enum { HOSTS = 32, FIRST = 100 };
	static const struct {
		__u16 protocol;
		const char *net;
	} rows[] = {{IP4, "10.255.0."}, {IP6, "2001:db8:cafe::"}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		unsigned int places = 0;

		for (unsigned int host = FIRST; host < FIRST + HOSTS; host++) {
			char to[40];

			snprintf(to, sizeof(to), "%s%u", rows[i].net, host);
			sends(rows[i].protocol, to, REASON_NEXT_HOP_UNRESOLVED);
		}
		for (size_t k = 0; k < UNRESOLVED_SLOTS; k++) {
			places += w->unresolved[k].state == UNRESOLVED_NAMED;
			w->unresolved[k].state = UNRESOLVED_FREE;
		}
		if (places < HOSTS / 2)
			fail_msg("%u places for %u next hops in %s", places,
				 HOSTS, rows[i].net);
	}
}

/* Where no port of ours leads there the kernel sends, and finds it. */
static void test_unresolved_of_others(void **state)
{
	(void)state;
	sends(IP4, "10.255.3.77", REASON_KERNEL_ROUTES);
	assert_null(named());
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
		TEST(test_route),
		TEST(test_route_behind_vlan),
		TEST(test_every_checksum),
		TEST(test_fragments_of_subscribers),
		TEST(test_l2tp_of_subscribers),
		TEST(test_l2tp6_of_subscribers),
		TEST(test_any_source),
		TEST(test_any_source6),
		TEST(test_class_e),
		TEST(test_down_behind_vlan),
		TEST(test_subscribers6),
		TEST(test_unresolved),
		TEST(test_unresolved_places),
		TEST(test_unresolved_of_others),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
