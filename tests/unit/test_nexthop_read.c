/* SPDX-License-Identifier: GPL-2.0-only */
/* What route netlink messages say: bytes, damaged ones too, without a kernel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "world/nexthop_read.h"

static struct address ip(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

/* RTM_NEWROUTE: 203.0.113.0/24 via 192.0.2.1 dev 3 */
static const uint8_t route_message[] =
	{
		52, 0, 0, 0, 24,  0,  0, 0, 0,	 0, 0,	 0,
		0,  0, 0, 0, 2,	  24, 0, 0, 254, 3, 0,	 1,
		0,  0, 0, 0, 8,	  0,  1, 0, 203, 0, 113, 0, /* RTA_DST */
		8,  0, 5, 0, 192, 0,  2, 1,		    /* RTA_GATEWAY */
		8,  0, 4, 0, 3,	  0,  0, 0,		    /* RTA_OIF */
};

/* RTM_NEWROUTE: 2001:db8:3::/48 via fe80::1 dev 3 mtu 1400 */
static const uint8_t route6_message[] =
	{
		88,   0, 0,    0,    24,   0, 0, 0, 0,	 0, 0, 0,
		0,    0, 0,    0,    10,   48, 0, 0, 254, 3, 0, 1,
		0,    0, 0,    0,    20,   0, 1, 0, /* RTA_DST */
		0x20, 1, 0x0d, 0xb8, 0,	   3, 0, 0, 0,	 0, 0, 0, 0, 0, 0, 0,
		20,   0, 5,    0, /* RTA_GATEWAY */
		0xfe, 0x80, 0, 0,    0,	   0, 0, 0, 0,	 0, 0, 0, 0, 0, 0, 1,
		8,    0, 4,    0,    3,	   0, 0, 0, /* RTA_OIF */
		12,   0, 8,    0, /* RTA_METRICS */
		8,    0, 2,    0,    0x78, 5, 0, 0, /* RTAX_MTU */
};

/* RTM_NEWLINK: VLAN 66 (802.1Q) on device 3 */
static const uint8_t link_message[] = {
	92, 0, 0,  0, 16,   0,	 0,   0,   0, 0,    0, 0, 0, 0, 0,
	0,  0, 0,  1, 0,    7,	 0,   0,   0, 0x43, 0, 1, 0, 0, 0,
	0,  0, 10, 0, 1,    0,	 2,   0,   0, 0,    0, 9, 0, 0, /* IFLA_ADDRESS
								 */
	8,  0, 4,  0, 0xdc, 5,	 0,   0,			/* IFLA_MTU */
	8,  0, 5,  0, 3,    0,	 0,   0,			/* IFLA_LINK */
	32, 0, 18, 0,					  /* IFLA_LINKINFO */
	9,  0, 1,  0, 'v',  'l', 'a', 'n', 0, 0,    0, 0, /* IFLA_INFO_KIND */
	16, 0, 2,  0,					  /* IFLA_INFO_DATA */
	6,  0, 1,  0, 66,   0,	 0,   0,		  /* IFLA_VLAN_ID */
	4,  0, 3,  0, /* IFLA_VLAN_EGRESS_QOS: nothing we read */
};

/* RTM_NEWNEIGH: 192.0.2.1 lladdr 02:00:00:00:00:01 REACHABLE on 3 */
static const uint8_t neighbour_message[] = {
	48, 0, 0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,	 0, 2, 0,
	0,  0, 3, 0, 0,	 0, 2, 0, 0, 1, 8, 0, 1, 0, 192, 0, 2, 1, /* NDA_DST */
	10, 0, 2, 0, 2,	 0, 0, 0, 0, 1, 0, 0, /* NDA_LLADDR */
};

/* RTM_NEWNEIGH: fe80::1 lladdr 02:00:00:00:00:01 REACHABLE on 3 */
static const uint8_t neighbour6_message[] = {
	60,   0,    0, 0, 28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	10,   0,    0, 0, 3,  0, 0, 0, 2, 0, 0, 1,
	20,   0,    1, 0, /* NDA_DST */
	0xfe, 0x80, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
	10,   0,    2, 0, 2,  0, 0, 0, 0, 1, 0, 0, /* NDA_LLADDR */
};

/*
 * The message in memory of its own, so that ASan sees a read behind its end
 * (netlink's parts are padded to 4 octets); its length field says `len`.
 */
static struct nlmsghdr *message_of(const uint8_t *bytes, size_t len)
{
	struct nlmsghdr *message = calloc(1, NLMSG_ALIGN(len));

	assert_non_null(message);
	memcpy(message, bytes, len);
	message->nlmsg_len = (uint32_t)len;
	return message;
}

static void test_route_read(void **state)
{
	struct nlmsghdr *message =
		message_of(route_message, sizeof(route_message));
	struct rtmsg *head = mnl_nlmsg_get_payload(message);
	struct route_facts route;

	(void)state;
	assert_int_equal(message->nlmsg_type, RTM_NEWROUTE);
	assert_int_equal(route_read(message, &route), 0);
	assert_true(address_same(route.prefix, ip("203.0.113.0")));
	assert_int_equal(route.length, 24);
	assert_true(address_same(route.gateway, ip("192.0.2.1")));
	assert_int_equal(route.ifindex, 3);
	assert_true(route.unicast);
	head->rtm_type = RTN_LOCAL;
	assert_int_equal(route_read(message, &route), 0);
	assert_false(route.unicast);
	head->rtm_dst_len = 33;
	assert_int_equal(route_read(message, &route), -EBADMSG);
	head->rtm_dst_len = 24;
	/* addresses of a size that is not the family's */
	head->rtm_family = AF_INET6;
	assert_int_equal(route_read(message, &route), -EBADMSG);
	head->rtm_family = AF_MPLS;
	assert_int_equal(route_read(message, &route), -EBADMSG);
	free(message);
}

static void test_route_read6(void **state)
{
	struct nlmsghdr *message =
		message_of(route6_message, sizeof(route6_message));
	struct rtmsg *head = mnl_nlmsg_get_payload(message);
	struct route_facts route;

	(void)state;
	assert_int_equal(route_read(message, &route), 0);
	assert_true(address_same(route.prefix, ip("2001:db8:3::")));
	assert_true(address_same(route.gateway, ip("fe80::1")));
	assert_int_equal(route.length, 48);
	assert_int_equal(route.mtu, 1400);
	assert_int_equal(route.ifindex, 3);
	head->rtm_dst_len = 129;
	assert_int_equal(route_read(message, &route), -EBADMSG);
	free(message);
}

/* Prefixes that end inside of an octet, and those of the other family. */
static void test_route_leads_to(void **state)
{
	static const struct {
		const char *prefix;
		uint8_t length;
		const char *address;
		bool leads;
	} rows[] = {
		{"0.0.0.0", 0, "203.0.113.5", true},
		{"0.0.0.0", 0, "2001:db8::1", false},
		{"::", 0, "203.0.113.5", false},
		{"::", 0, "2001:db8::1", true},
		{"203.0.113.0", 25, "203.0.113.127", true},
		{"203.0.113.0", 25, "203.0.113.128", false},
		{"203.0.113.5", 32, "203.0.113.5", true},
		{"203.0.113.5", 32, "203.0.113.4", false},
		{"2001:db8::", 33, "2001:db8:7fff::1", true},
		{"2001:db8::", 33, "2001:db8:8000::1", false},
		{"2001:db8::1", 128, "2001:db8::1", true},
		{"2001:db8::1", 128, "2001:db8::2", false},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct route_facts route = {
			.prefix = ip(rows[i].prefix),
			.length = rows[i].length,
		};
		const struct address address = ip(rows[i].address);

		assert_int_equal(route_leads_to(&route, &address),
				 rows[i].leads);
	}
}

static void test_link_read(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 9};
	uint8_t bytes[sizeof(link_message)];
	struct nlmsghdr *message;
	struct link_facts device;

	(void)state;
	message = message_of(link_message, sizeof(link_message));
	message->nlmsg_len = sizeof(link_message);
	assert_int_equal(link_read(message, &device), 0);
	assert_int_equal(device.ifindex, 7);
	assert_true(device.ethernet && device.vlan);
	assert_memory_equal(device.mac, mac, sizeof(mac));
	assert_int_equal(device.mtu, 1500);
	assert_int_equal(device.lower, 3);
	assert_int_equal(device.vlan_id, 66);
	assert_int_equal(device.vlan_protocol, ETH_P_8021Q);
	assert_true(device.up);
	free(message);

	/* "veth": IFLA_LINK is then its other end */
	memcpy(bytes, link_message, sizeof(bytes));
	memcpy(memmem(bytes, sizeof(bytes), "vlan", 4), "veth", 4);
	/* no carrier */
	((struct ifinfomsg *)(bytes + NLMSG_HDRLEN))->ifi_flags = 0x3;
	message = message_of(bytes, sizeof(bytes));
	assert_int_equal(link_read(message, &device), 0);
	assert_false(device.vlan || device.up);
	assert_int_equal(device.lower, 0);
	free(message);
}

static void test_neighbour_read(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 1}, none[6];
	struct nlmsghdr *message =
		message_of(neighbour_message, sizeof(neighbour_message));
	struct ndmsg *head = mnl_nlmsg_get_payload(message);
	struct neighbour_facts facts;

	(void)state;
	assert_int_equal(neighbour_read(message, &facts), 0);
	assert_int_equal(facts.ifindex, 3);
	assert_true(address_same(facts.address, ip("192.0.2.1")));
	assert_true(facts.valid);
	assert_memory_equal(facts.mac, mac, sizeof(mac));
	head->ndm_state = NUD_STALE;
	assert_int_equal(neighbour_read(message, &facts), 0);
	assert_true(facts.valid);
	head->ndm_state = NUD_FAILED;
	assert_int_equal(neighbour_read(message, &facts), 0);
	assert_false(facts.valid);
	assert_memory_equal(facts.mac, none, sizeof(none));
	head->ndm_state = NUD_REACHABLE;
	message->nlmsg_type = RTM_DELNEIGH;
	assert_int_equal(neighbour_read(message, &facts), 0);
	assert_false(facts.valid);
	free(message);
	message = message_of(neighbour6_message, sizeof(neighbour6_message));
	assert_int_equal(neighbour_read(message, &facts), 0);
	assert_true(address_same(facts.address, ip("fe80::1")));
	assert_true(facts.valid);
	assert_memory_equal(facts.mac, mac, sizeof(mac));
	free(message);
}

static int route_any(const struct nlmsghdr *message)
{
	struct route_facts facts;

	return route_read(message, &facts);
}

static int link_any(const struct nlmsghdr *message)
{
	struct link_facts facts;

	return link_read(message, &facts);
}

static int neighbour_any(const struct nlmsghdr *message)
{
	struct neighbour_facts facts;

	return neighbour_read(message, &facts);
}

/* Every message cut at every length, and with every octet damaged. */
static void test_damage(void **state)
{
	static const struct {
		const uint8_t *bytes;
		size_t len;
		int (*read)(const struct nlmsghdr *);
	} rows[] = {
		{route_message, sizeof(route_message), route_any},
		{route6_message, sizeof(route6_message), route_any},
		{link_message, sizeof(link_message), link_any},
		{neighbour_message, sizeof(neighbour_message), neighbour_any},
		{neighbour6_message, sizeof(neighbour6_message), neighbour_any},
	};

	(void)state;
	for (unsigned int row = 0; row < 5; row++) {
		struct nlmsghdr *message;

		for (size_t len = NLMSG_HDRLEN; len < rows[row].len; len++) {
			message = message_of(rows[row].bytes, len);
			rows[row].read(message);
			free(message);
		}
		for (size_t at = NLMSG_HDRLEN; at < rows[row].len; at++)
			for (int value = 0; value < 256; value++) {
				message = message_of(rows[row].bytes,
						     rows[row].len);
				((uint8_t *)message)[at] = (uint8_t)value;
				rows[row].read(message);
				free(message);
			}
		message = message_of(rows[row].bytes, NLMSG_HDRLEN + 4);
		assert_int_equal(rows[row].read(message), -EBADMSG);
		free(message);
	}
}

/* How frames leave by a device, without any kernel. */
static void test_way(void **state)
{
	const struct link_facts port = {
		.ifindex = 3,
		.up = true,
		.ethernet = true,
		.mac = {2, 0, 0, 0, 0, 4},
		.mtu = 1500,
	};
	struct link_facts vlan = port, wrong;
	struct nexthop_path way;

	(void)state;
	vlan.ifindex = 7;
	vlan.vlan = true;
	vlan.vlan_id = 66;
	vlan.vlan_protocol = ETH_P_8021Q;
	vlan.lower = 3;
	vlan.mtu = 1480;
	assert_int_equal(link_way(&port, NULL, &way), 0);
	assert_int_equal(way.ifindex, 3);
	assert_int_equal(way.vlan, 0);
	assert_int_equal(way.mtu, 1500);
	assert_int_equal(link_way(&vlan, &port, &way), 0);
	assert_int_equal(way.ifindex, 3);
	assert_int_equal(way.vlan, 66);
	assert_int_equal(way.mtu, 1480);
	assert_memory_equal(way.source_mac, vlan.mac, 6);
	assert_false(way.resolved);
	/* a service tag, a tag on a tag, a VLAN that is down, no Ethernet */
	wrong = vlan;
	wrong.vlan_protocol = ETH_P_8021AD;
	assert_int_equal(link_way(&wrong, &port, &way), -EPROTONOSUPPORT);
	assert_int_equal(link_way(&vlan, &vlan, &way), -EPROTONOSUPPORT);
	wrong = vlan;
	wrong.up = false;
	assert_int_equal(link_way(&wrong, &port, &way), -ENETDOWN);
	wrong = port;
	wrong.ethernet = false;
	assert_int_equal(link_way(&wrong, NULL, &way), -EAFNOSUPPORT);
	/* loopback's 65536 */
	wrong = port;
	wrong.mtu = 65536;
	assert_int_equal(link_way(&wrong, NULL, &way), 0);
	assert_int_equal(way.mtu, 65535);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_read),
		cmocka_unit_test(test_route_read6),
		cmocka_unit_test(test_route_leads_to),
		cmocka_unit_test(test_link_read),
		cmocka_unit_test(test_neighbour_read),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
