/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ways to peers, in a kernel of our own with two wires, a router behind one of
 * them and VLANs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

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

static struct address ip(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
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
	struct address kept;
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

static void on_resolve(void *ctx, uint32_t ifindex, struct address address,
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
	char name[IF_NAMESIZE];

	assert_non_null(if_indextoname(net.kept_on, name));
	run("ip neigh replace %s dev %s nud none managed 2>&1",
	    address_text(net.kept), name);
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
	    " ip addr add 198.51.100.1/24 dev away; ip link set away up;"
	    " ip addr add fe80::1/64 dev rtr nodad;"
	    " ip addr add 2001:db8:1::1/64 dev rtr nodad;"
	    " ip addr add fe80::3/64 dev away nodad'",
	    net.router);
	run("ip link set core address 02:00:00:00:00:02 mtu 1600 &&"
	    " ip link set side address 02:00:00:00:00:04 &&"
	    " ip addr add 192.0.2.2/24 dev core &&"
	    " ip addr add 198.51.100.2/24 dev side &&"
	    " ip link set core up && ip link set side up &&"
	    " ip route add 203.0.113.0/24 via 192.0.2.1 &&"
	    " ip addr add fe80::2/64 dev core nodad &&"
	    " ip addr add 2001:db8:1::2/64 dev core nodad &&"
	    " ip addr add fe80::4/64 dev side nodad &&"
	    " ip route add 2001:db8:3::/48 via fe80::1 dev core");
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

/* The device is known before the router's MAC, which is 0 until then. */
static void expect_known(const struct nexthop_watch *watch, const char *device,
			 uint8_t last)
{
	struct nexthop_path known = nexthop_known(watch);
	const uint8_t nobody[6] = {0};

	assert_int_equal(known.ifindex, if_nametoindex(device));
	assert_int_equal(known.resolved, last != 0);
	expect_mac(known.source_mac, 2);
	if (last)
		expect_mac(known.next_hop_mac, last);
	else
		assert_memory_equal(known.next_hop_mac, nobody, 6);
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
	assert_true(address_same(net.kept, ip("192.0.2.1")));
	assert_int_equal(net.kept_on, if_nametoindex("core"));
	expect_known(watch, "core", 0);
	keep_resolved();
	expect_known(watch, "core", 1);
	assert_true(net.path.resolved);
	assert_int_equal(net.path.ifindex, if_nametoindex("core"));
	assert_int_equal(net.path.vlan, 0);
	assert_int_equal(net.path.mtu, 1600);
	assert_true(address_same(net.path.gateway, ip("192.0.2.1")));
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
	assert_int_equal(nexthop_known(NULL).ifindex, 0);
}

static void test_mac_change(void **state)
{
	struct nexthop_watch *watch;

	if (!*state)
		skip();
	watch = watch_peer("192.0.2.1");
	keep_resolved();
	expect_mac(net.path.next_hop_mac, 1);
	assert_true(address_same(net.path.gateway, ip("192.0.2.1")));
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
			      (struct address){0}, &net.path);
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
	assert_true(address_same(net.kept, ip("198.51.100.1")));
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

/* Routers are known by their link-local addresses there. */
static void test_ip6(void **state)
{
	struct nexthop_watch *watch;

	if (!*state)
		skip();
	watch = nexthop_watch(net.nexthop, ip("2001:db8:3::5"),
			      ip("2001:db8:1::2"), &net.path);
	assert_false(net.path.resolved);
	assert_true(address_same(net.kept, ip("fe80::1")));
	assert_int_equal(net.kept_on, if_nametoindex("core"));
	keep_resolved();
	assert_true(net.path.resolved);
	assert_true(address_same(net.path.gateway, ip("fe80::1")));
	assert_int_equal(net.path.mtu, 1600);
	expect_mac(net.path.source_mac, 2);
	expect_mac(net.path.next_hop_mac, 1);
	/* more specific, by the other wire, where fe80::3 is somebody else */
	run("ip route add 2001:db8:3::5/128 via fe80::3 dev side");
	settle();
	assert_false(net.path.resolved);
	keep_resolved();
	assert_int_equal(net.path.ifindex, if_nametoindex("side"));
	expect_mac(net.path.next_hop_mac, 3);
	run("ip route del 2001:db8:3::5/128");
	settle();
	keep_resolved();
	assert_int_equal(net.path.ifindex, if_nametoindex("core"));
	/* a path that is narrower than its first wire */
	run("ip route change 2001:db8:3::/48 via fe80::1 dev core mtu 1400");
	settle();
	assert_true(net.path.resolved);
	assert_int_equal(net.path.mtu, 1400);
	run("ip route del 2001:db8:3::/48");
	settle();
	assert_false(net.path.resolved);
	assert_int_equal(net.asked, 0);
	nexthop_unwatch(watch);
	/* without a router in between */
	watch = nexthop_watch(net.nexthop, ip("2001:db8:1::1"),
			      ip("2001:db8:1::2"), &net.path);
	keep_resolved();
	expect_mac(net.path.next_hop_mac, 1);
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
	assert_int_equal(nexthop_known(watch).ifindex, 0);
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
		NET_TEST(test_resolve),
		NET_TEST(test_mac_change),
		NET_TEST(test_route_change),
		NET_TEST(test_ip6),
		NET_TEST(test_link_change),
		NET_TEST(test_no_ethernet),
		NET_TEST(test_overrun),
	};

	if (argc > 1 && !strcmp(argv[1], "vlan"))
		return cmocka_run_group_tests(vlan, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
