/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to peers: netlink messages as bytes, then a kernel of our own with two
 * wires, a router behind one of them and VLANs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "private_net.h"
#include "world/nexthop.h"
#include "world/nexthop_read.h"

static struct in_addr ip(const char *text)
{
	struct in_addr out;

	assert_int_equal(inet_pton(AF_INET, text, &out), 1);
	return out;
}

/* ---- messages as bytes --------------------------------------------------- */

/* RTM_NEWROUTE: 203.0.113.0/24 via 192.0.2.1 dev 3 */
static const uint8_t route_message[] =
	{
		52, 0, 0, 0, 24,  0,  0, 0, 0,	 0, 0,	 0,
		0,  0, 0, 0, 2,	  24, 0, 0, 254, 3, 0,	 1,
		0,  0, 0, 0, 8,	  0,  1, 0, 203, 0, 113, 0, /* RTA_DST */
		8,  0, 5, 0, 192, 0,  2, 1,		    /* RTA_GATEWAY */
		8,  0, 4, 0, 3,	  0,  0, 0,		    /* RTA_OIF */
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
	assert_int_equal(route.prefix.s_addr, ip("203.0.113.0").s_addr);
	assert_int_equal(route.length, 24);
	assert_int_equal(route.gateway.s_addr, ip("192.0.2.1").s_addr);
	assert_int_equal(route.ifindex, 3);
	assert_true(route.unicast);
	head->rtm_type = RTN_LOCAL;
	assert_int_equal(route_read(message, &route), 0);
	assert_false(route.unicast);
	head->rtm_dst_len = 33;
	assert_int_equal(route_read(message, &route), -EBADMSG);
	head->rtm_dst_len = 24;
	head->rtm_family = AF_INET6;
	assert_int_equal(route_read(message, &route), -EBADMSG);
	free(message);
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
	assert_int_equal(facts.address.s_addr, ip("192.0.2.1").s_addr);
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
		{link_message, sizeof(link_message), link_any},
		{neighbour_message, sizeof(neighbour_message), neighbour_any},
	};

	(void)state;
	for (unsigned int row = 0; row < 3; row++) {
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

/* ---- a kernel of our own ------------------------------------------------- */

/*
 * "core": 192.0.2.2/24, router 192.0.2.1 in another namespace; "side":
 * 198.51.100.2/24 without anybody.  Peers are behind the router.
 */
struct net {
	pid_t router;
	struct nexthop *nexthop;
	struct nexthop_path path; /* told last */
	unsigned int told;
	unsigned int asked; /* to keep, minus no longer to keep */
	unsigned int asks;
	struct in_addr kept;
	uint32_t kept_on;
};
static struct net net;

static void on_changed(void *ctx, void *user, const struct nexthop_path *path)
{
	assert_ptr_equal(ctx, &net);
	if (user != &net.path)
		return;
	net.path = *path;
	net.told++;
}

static void on_resolve(void *ctx, uint32_t ifindex, struct in_addr address,
		       bool keep)
{
	assert_ptr_equal(ctx, &net);
	net.asked += keep ? 1u : -1u;
	if (!keep)
		return;
	net.asks++;
	net.kept = address;
	net.kept_on = ifindex;
}

static const struct nexthop_ops ops = {
	.changed = on_changed,
	.resolve = on_resolve,
};

/* Lets events come in until none came for a moment. */
static void settle(void)
{
	struct pollfd poll_fd = {.fd = nexthop_fd(net.nexthop),
				 .events = POLLIN};

	while (poll(&poll_fd, 1, 150) > 0)
		nexthop_input(net.nexthop);
}

/* A carrier is told up to a second late, an ARP answer when it comes. */
static void settle_until(bool resolved)
{
	for (int i = 0; i < 20 && net.path.resolved != resolved; i++)
		settle();
}

/* What the keeper does when it is asked. */
static void keep_resolved(void)
{
	char name[IF_NAMESIZE], address[INET_ADDRSTRLEN];

	assert_non_null(if_indextoname(net.kept_on, name));
	inet_ntop(AF_INET, &net.kept, address, sizeof(address));
	run("ip neigh replace %s dev %s nud none managed 2>&1", address, name);
	settle_until(true); /* an answer takes its time on a busy machine */
}

/* A process that holds the router's namespace. */
static pid_t router_start(void)
{
	int ready[2];
	char octet;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ready[0]);
		if (unshare(CLONE_NEWNET) || write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &octet, 1), 1);
	close(ready[0]);
	return pid;
}

static int net_setup(void **state)
{
	net = (struct net){.router = 0};
	*state = NULL;
	if (!private_net())
		return 0;
	net.router = router_start();
	run("ip link add core type veth peer name rtr netns %d", net.router);
	run("ip link add side type veth peer name away netns %d", net.router);
	run("nsenter -t %d -n sh -ec 'ip link set rtr address 02:00:00:00:00:01;"
	    " ip addr add 192.0.2.1/24 dev rtr; ip link set rtr up;"
	    " ip link set away address 02:00:00:00:00:03;"
	    " ip addr add 198.51.100.1/24 dev away; ip link set away up'",
	    net.router);
	run("ip link set core address 02:00:00:00:00:02 mtu 1600 &&"
	    " ip link set side address 02:00:00:00:00:04 &&"
	    " ip addr add 192.0.2.2/24 dev core &&"
	    " ip addr add 198.51.100.2/24 dev side &&"
	    " ip link set core up && ip link set side up &&"
	    " ip route add 203.0.113.0/24 via 192.0.2.1");
	assert_int_equal(nexthop_new(&net.nexthop, &ops, &net), 0);
	*state = &net;
	return 0;
}

static int net_teardown(void **state)
{
	(void)state;
	nexthop_free(net.nexthop);
	if (net.router) {
		kill(net.router, SIGKILL);
		waitpid(net.router, NULL, 0);
	}
	return 0;
}

static void expect_mac(const uint8_t mac[6], uint8_t last)
{
	const uint8_t expected[6] = {2, 0, 0, 0, 0, last};

	assert_memory_equal(mac, expected, sizeof(expected));
}

static struct nexthop_watch *watch_peer(const char *address)
{
	return nexthop_watch(net.nexthop, ip(address), ip("192.0.2.2"),
			     &net.path);
}

/* A first watch asks for the router; its answer is told, and who knows it. */
static void test_resolve(void **state)
{
	struct nexthop_watch *watch, *other;

	if (!*state)
		skip();
	watch = watch_peer("203.0.113.5");
	assert_int_equal(net.told, 1);
	assert_false(net.path.resolved);
	assert_int_equal(net.kept.s_addr, ip("192.0.2.1").s_addr);
	assert_int_equal(net.kept_on, if_nametoindex("core"));
	keep_resolved();
	assert_true(net.path.resolved);
	assert_int_equal(net.path.ifindex, if_nametoindex("core"));
	assert_int_equal(net.path.vlan, 0);
	assert_int_equal(net.path.mtu, 1600);
	assert_int_equal(net.path.gateway.s_addr, ip("192.0.2.1").s_addr);
	expect_mac(net.path.source_mac, 2);
	expect_mac(net.path.next_hop_mac, 1);
	/* told once; and again when asked to */
	assert_int_equal(net.told, 2);
	nexthop_refresh(watch);
	assert_int_equal(net.told, 3);
	/* a second watch by the same router does not ask again, and the
	 * router is let go with the last of them */
	other = watch_peer("203.0.113.6");
	assert_int_equal(net.told, 4);
	assert_true(net.path.resolved);
	assert_int_equal(net.asked, 1);
	/* after the keeper has dropped all */
	net.asks = 0;
	nexthop_keep_all(net.nexthop);
	assert_int_equal(net.asks, 1);
	net.asked = 1;
	nexthop_unwatch(watch);
	assert_int_equal(net.asked, 1);
	nexthop_unwatch(other);
	assert_int_equal(net.asked, 0);
	nexthop_unwatch(NULL);
	nexthop_refresh(NULL);
}

static void test_mac_change(void **state)
{
	struct nexthop_watch *watch;

	if (!*state)
		skip();
	watch = watch_peer("192.0.2.1");
	keep_resolved();
	expect_mac(net.path.next_hop_mac, 1);
	assert_int_equal(net.path.gateway.s_addr, ip("192.0.2.1").s_addr);
	/* the router's: as a gratuitous ARP would do it */
	run("ip neigh change 192.0.2.1 dev core lladdr 02:00:00:00:00:77");
	settle();
	assert_true(net.path.resolved);
	expect_mac(net.path.next_hop_mac, 0x77);
	/* ours, and the MTU */
	run("ip link set core address 02:00:00:00:00:78 mtu 1550");
	settle();
	keep_resolved();
	assert_true(net.path.resolved);
	expect_mac(net.path.source_mac, 0x78);
	assert_int_equal(net.path.mtu, 1550);
	/* the kernel lost it: asked for again */
	net.asks = 0;
	run("ip neigh del 192.0.2.1 dev core");
	settle();
	assert_true(net.asks > 0);
	nexthop_unwatch(watch);
}

static void test_route_change(void **state)
{
	struct nexthop_watch *watch;
	unsigned int told;

	if (!*state)
		skip();
	watch = nexthop_watch(net.nexthop, ip("203.0.113.5"),
			      (struct in_addr){0}, &net.path);
	keep_resolved();
	assert_int_equal(net.path.ifindex, if_nametoindex("core"));
	told = net.told;
	/* not this peer's */
	run("ip route add 203.0.114.0/24 via 198.51.100.1");
	settle();
	assert_int_equal(net.told, told);
	/* more specific, by the other wire */
	run("ip route add 203.0.113.5/32 via 198.51.100.1");
	settle();
	assert_false(net.path.resolved);
	assert_int_equal(net.kept.s_addr, ip("198.51.100.1").s_addr);
	assert_int_equal(net.asked, 1);
	keep_resolved();
	assert_true(net.path.resolved);
	assert_int_equal(net.path.ifindex, if_nametoindex("side"));
	expect_mac(net.path.source_mac, 4);
	expect_mac(net.path.next_hop_mac, 3);
	/* and back */
	run("ip route del 203.0.113.5/32");
	settle();
	keep_resolved();
	assert_int_equal(net.path.ifindex, if_nametoindex("core"));
	/* nowhere, and to ourselves */
	run("ip route del 203.0.113.0/24");
	settle();
	assert_false(net.path.resolved);
	assert_int_equal(net.asked, 0);
	run("ip addr add 203.0.113.5/32 dev side");
	settle();
	assert_false(net.path.resolved);
	nexthop_unwatch(watch);
}

static void test_link_change(void **state)
{
	struct nexthop_watch *watch;

	if (!*state)
		skip();
	watch = watch_peer("192.0.2.1");
	keep_resolved();
	assert_true(net.path.resolved);
	run("ip link set core down");
	settle();
	assert_false(net.path.resolved);
	assert_int_equal(net.asked, 0);
	run("ip link set core up");
	settle();
	assert_int_equal(net.asked, 1);
	keep_resolved();
	assert_true(net.path.resolved);
	/* only the carrier */
	run("nsenter -t %d -n ip link set rtr down", net.router);
	settle_until(false);
	assert_false(net.path.resolved);
	run("nsenter -t %d -n ip link set rtr up", net.router);
	for (int i = 0; i < 20 && !net.asked; i++)
		settle();
	keep_resolved();
	assert_true(net.path.resolved);
	/* our own address comes and goes */
	run("ip addr del 192.0.2.2/24 dev core");
	settle();
	assert_false(net.path.resolved);
	run("ip addr add 192.0.2.2/24 dev core");
	settle();
	keep_resolved();
	assert_true(net.path.resolved);
	run("ip link del core");
	settle();
	assert_false(net.path.resolved);
	nexthop_unwatch(watch);
	assert_int_equal(net.asked, 0);
}

static void vlan_add(const char *kind, int id)
{
	run("ip link add link core name tag%d type vlan %s id %d &&"
	    " ip addr add 10.0.%d.2/24 dev tag%d && ip link set tag%d up",
	    id, kind, id, id, id, id);
	run("nsenter -t %d -n sh -ec 'ip link add link rtr name tag%d"
	    " type vlan %s id %d; ip addr add 10.0.%d.1/24 dev tag%d;"
	    " ip link set tag%d up'",
	    net.router, id, kind, id, id, id, id);
}

static void test_vlan(void **state)
{
	struct nexthop_watch *watch;

	if (!*state ||
	    system("ip link add link core name tag1 type vlan id 1 2>/dev/null"))
		skip();
	vlan_add("proto 802.1Q", 66);
	run("ip link set tag66 mtu 1480");
	watch = nexthop_watch(net.nexthop, ip("10.0.66.1"), ip("10.0.66.2"),
			      &net.path);
	assert_int_equal(net.kept_on, if_nametoindex("tag66"));
	keep_resolved();
	assert_true(net.path.resolved);
	assert_int_equal(net.path.ifindex, if_nametoindex("core"));
	assert_int_equal(net.path.vlan, 66);
	assert_int_equal(net.path.mtu, 1480);
	expect_mac(net.path.source_mac, 2);
	expect_mac(net.path.next_hop_mac, 1);
	run("ip link set core down");
	settle();
	assert_false(net.path.resolved);
	nexthop_unwatch(watch);
	run("ip link set core up");
	vlan_add("proto 802.1ad", 67);
	watch = nexthop_watch(net.nexthop, ip("10.0.67.1"), ip("10.0.67.2"),
			      &net.path);
	settle();
	assert_false(net.path.resolved);
	nexthop_unwatch(watch);
	assert_int_equal(net.asked, 0);
}

/* No way for XDP: ourselves, and a device without Ethernet. */
static void test_no_ethernet(void **state)
{
	struct nexthop_watch *watch;

	if (!*state)
		skip();
	run("ip addr add 10.0.68.2/24 dev lo && ip link set lo up");
	watch = nexthop_watch(net.nexthop, ip("10.0.68.1"), ip("10.0.68.2"),
			      &net.path);
	settle();
	assert_int_equal(net.told, 1);
	assert_false(net.path.resolved);
	nexthop_unwatch(watch);
	assert_int_equal(net.asked, 0);
	if (access("/dev/net/tun", R_OK | W_OK))
		return;
	run("ip tuntap add dev pipe0 mode tun &&"
	    " ip addr add 10.0.69.2/24 dev pipe0 && ip link set pipe0 up");
	watch = nexthop_watch(net.nexthop, ip("10.0.69.1"), ip("10.0.69.2"),
			      &net.path);
	assert_false(net.path.resolved);
	nexthop_unwatch(watch);
	assert_int_equal(net.asked, 0);
}

/* More events than the socket holds: what is true in the end is told. */
static void test_overrun(void **state)
{
	struct nexthop_watch *watch;

	if (!*state)
		skip();
	watch = watch_peer("203.0.113.5");
	keep_resolved();
	assert_true(net.path.resolved);
	run("i=0; while [ $i -lt 4000 ]; do"
	    " echo route add 10.9.$((i / 250)).$((i %% 250))/32 dev side;"
	    " i=$((i + 1)); done | ip -batch -");
	run("ip route replace 203.0.113.0/24 via 198.51.100.1");
	settle();
	assert_int_equal(net.kept_on, if_nametoindex("side"));
	keep_resolved();
	assert_int_equal(net.path.ifindex, if_nametoindex("side"));
	assert_true(net.path.resolved);
	nexthop_unwatch(watch);
}

#define NET_TEST(test) \
	cmocka_unit_test_setup_teardown(test, net_setup, net_teardown)

/* "vlan": what needs the kernel's 8021q, which not every kernel has. */
int main(int argc, char **argv)
{
	const struct CMUnitTest vlan[] = {NET_TEST(test_vlan)};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_route_read),
		cmocka_unit_test(test_link_read),
		cmocka_unit_test(test_neighbour_read),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_way),
		NET_TEST(test_resolve),
		NET_TEST(test_mac_change),
		NET_TEST(test_route_change),
		NET_TEST(test_link_change),
		NET_TEST(test_no_ethernet),
		NET_TEST(test_overrun),
	};

	if (argc > 1 && !strcmp(argv[1], "vlan"))
		return cmocka_run_group_tests(vlan, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
