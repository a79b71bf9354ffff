/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keeper opens and asks of netlink, in a network namespace of its own:
 * UDP split by the T bit, the PPPoE filter, the lock, routes and neighbours.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program/keeper_netlink.h"
#include "program/keeper_open.h"

static struct netlink *nl;

static void run(const char *command)
{
	int status = system(command);

	if (status)
		print_error("%s: %d\n", command, status);
	assert_int_equal(status, 0);
}

static int setup(void **state)
{
	(void)state;
	if (unshare(CLONE_NEWNET))
		return -1;
	run("ip link add va type veth peer name vb");
	run("ip link set lo up; ip link set va up; ip link set vb up");
	run("ip addr add 10.0.0.1/24 dev va");
	return netlink_open(&nl);
}

static int teardown(void **state)
{
	(void)state;
	netlink_close(nl);
	return 0;
}

static bool readable(int fd)
{
	struct pollfd p = {fd, POLLIN, 0};

	return poll(&p, 1, 200) == 1;
}

/* ---- L2TP ---------------------------------------------------------------- */

static void l2tp_send(int family, const void *data, size_t len)
{
	const struct sockaddr_in here4 = {
		.sin_family = AF_INET,
		.sin_port = htons(1701),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	const struct sockaddr_in6 here6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(1701),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	bool ip6 = family == AF_INET6;
	int fd = socket(family, SOCK_DGRAM, 0);

	assert_int_equal(sendto(fd, data, len, 0,
				ip6 ? (const struct sockaddr *)&here6
				    : (const struct sockaddr *)&here4,
				ip6 ? sizeof(here6) : sizeof(here4)),
			 (ssize_t)len);
	close(fd);
}

static void split(int family)
{
	static const uint8_t control[] = {0xc8, 0x02, 0, 12};
	static const uint8_t data[] = {0x00, 0x02, 0, 1};
	uint8_t got[16];
	int c, d;

	assert_int_equal(open_l2tp(family, &c, &d), 0);
	for (unsigned int i = 0; i < 20; i++) {
		/* each from a port of its own: no hash decides */
		l2tp_send(family, control, sizeof(control));
		l2tp_send(family, data, sizeof(data));
		assert_true(readable(c));
		assert_int_equal(recv(c, got, sizeof(got), 0), 4);
		assert_memory_equal(got, control, 4);
		assert_true(readable(d));
		assert_int_equal(recv(d, got, sizeof(got), 0), 4);
		assert_memory_equal(got, data, 4);
	}
	l2tp_send(family, data, 0);
	assert_true(readable(c));
	assert_int_equal(recv(c, got, sizeof(got), 0), 0);
	close(c);
	close(d);
}

static void test_l2tp_split(void **state)
{
	(void)state;
	split(AF_INET);
	split(AF_INET6);
}

/* Both at once, and each hears only its own family. */
static void test_l2tp_families(void **state)
{
	static const uint8_t control[] = {0xc8, 0x02, 0, 12};
	int c4, d4, c6, d6;

	(void)state;
	assert_int_equal(open_l2tp(AF_INET, &c4, &d4), 0);
	assert_int_equal(open_l2tp(AF_INET6, &c6, &d6), 0);
	l2tp_send(AF_INET6, control, sizeof(control));
	assert_true(readable(c6));
	assert_false(readable(c4));
	close(c6);
	close(d6);
	assert_int_equal(open_l2tp(AF_INET6, &c6, &d6), 0);
	close(c4);
	close(d4);
	close(c6);
	close(d6);
}

/* Data without a checksum, which only comes in where it is agreed. */
static void test_l2tp_zero_sums(void **state)
{
	static const uint8_t data[] = {0x00, 0x02, 0, 1};
	const struct sockaddr_in6 here = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(1701),
		.sin6_addr = IN6ADDR_LOOPBACK_INIT,
	};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), one = 1, c, d;

	(void)state;
	assert_int_equal(setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, &one,
				    sizeof(one)),
			 0);
	assert_int_equal(open_l2tp(AF_INET6, &c, &d), 0);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
	assert_false(readable(d));
	assert_int_equal(open_zero_sums(d), 0);
	assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
	assert_true(readable(d));
	close(fd);
	close(c);
	close(d);
}

static void test_l2tp_port_taken(void **state)
{
	struct sockaddr_in any = {.sin_family = AF_INET,
				  .sin_port = htons(1701)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1, c, d;

	(void)state;
	/* also one that would share */
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&any, sizeof(any)), 0);
	assert_int_equal(open_l2tp(AF_INET, &c, &d), -EADDRINUSE);
	close(fd);
}

/* ---- PPPoE --------------------------------------------------------------- */

static int wire(const char *name)
{
	struct sockaddr_ll where = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&where, sizeof(where)), 0);
	return fd;
}

/* Whether a frame with these words behind its addresses gets through. */
static bool passes(int out, int in, const uint16_t *words, size_t count)
{
	uint8_t frame[60] = {2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2};
	uint8_t got[64];

	for (size_t i = 0; i < count; i++) {
		frame[12 + 2 * i] = (uint8_t)(words[i] >> 8);
		frame[13 + 2 * i] = (uint8_t)words[i];
	}
	assert_int_equal(send(out, frame, sizeof(frame), 0), sizeof(frame));
	if (!readable(in))
		return false;
	assert_true(recv(in, got, sizeof(got), 0) > 0);
	return true;
}
#define PASSES(...)                                      \
	passes(out, in, (const uint16_t[]){__VA_ARGS__}, \
	       sizeof((uint16_t[]){__VA_ARGS__}) / 2)

static void test_pppoe_filter(void **state)
{
	int in = open_pppoe(if_nametoindex("va")), out = wire("vb");
	int own = wire("va");

	(void)state;
	assert_true(in >= 0);
	assert_true(PASSES(0x8863, 0x1109));
	assert_true(PASSES(0x8864, 0x1100));
	assert_true(PASSES(0x8100, 100, 0x8863, 0x1109));
	assert_true(PASSES(0x8100, 100, 0x8864, 0x1100));
	assert_true(PASSES(0x88a8, 200, 0x8100, 100, 0x8863, 0x1109));
	assert_true(PASSES(0x8100, 200, 0x8100, 100, 0x8864, 0x1100));
	assert_false(PASSES(0x0800, 0x4500));
	assert_false(PASSES(0x8100, 100, 0x0800, 0x4500));
	assert_false(PASSES(0x88a8, 200, 0x8100, 100, 0x86dd, 0x6000));
	assert_false(PASSES(0x8862, 0x8863, 0x8864, 0x8863, 0x8864));
	/* what we send ourselves does not come back */
	assert_false(passes(own, in, (const uint16_t[]){0x8863, 0x1109}, 2));
	close(in);
	close(out);
	close(own);
	assert_int_equal(open_pppoe(9999), -ENODEV);
}

/* ---- lock ---------------------------------------------------------------- */

static void test_lock(void **state)
{
	char name[33], path[64];
	int fd;

	(void)state;
	snprintf(name, sizeof(name), "testlock%d", getpid());
	snprintf(path, sizeof(path), "/run/l2x/%s.lock", name);
	fd = open_lock(name, 0);
	assert_true(fd >= 0);
	assert_int_equal(open_lock(name, 50), -EBUSY);
	close(fd);
	fd = open_lock(name, 0);
	assert_true(fd >= 0);
	unlink(path);
	close(fd);
}

/* ---- netlink ------------------------------------------------------------- */

static void test_links(void **state)
{
	struct link link;

	(void)state;
	assert_int_equal(netlink_link(nl, "nosuch0", &link), -ENODEV);
	assert_int_equal(netlink_link(nl, "va", &link), 0);
	assert_int_equal(link.ifindex, if_nametoindex("va"));
	assert_string_equal(link.name, "va");
	assert_int_equal(link.mtu, 1500);
	assert_true(link.admin_up && link.running);
	assert_string_equal(link.alias, "");
	assert_int_equal(netlink_link_alias(nl, link.ifindex, "l2x one"), 0);
	run("ip link set va down");
	assert_int_equal(netlink_link(nl, "va", &link), 0);
	assert_string_equal(link.alias, "l2x one");
	assert_false(link.admin_up || link.running);
	assert_int_equal(netlink_link_up(nl, link.ifindex), 0);
	assert_int_equal(netlink_link_delete(nl, link.ifindex), 0);
	assert_int_equal(netlink_link(nl, "va", &link), -ENODEV);
	assert_int_equal(netlink_link_up(nl, 9999), -ENODEV);
}

static struct in_addr ip(const char *text)
{
	return (struct in_addr){inet_addr(text)};
}

static struct address end(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

static void test_addresses(void **state)
{
	uint32_t va = if_nametoindex("va");
	struct in_addr wanted[] = {ip("10.64.0.1"), ip("10.65.0.1")};

	(void)state;
	assert_int_equal(netlink_addresses(nl, va, wanted, 2), 0);
	assert_int_equal(netlink_addresses(nl, va, wanted, 2), 0);
	run("ip -o addr show va | grep -q 'inet 10.64.0.1/32'");
	run("ip -o addr show va | grep -q 'inet 10.65.0.1/32'");
	run("! ip -o addr show va | grep -q 'inet 10.0.0.1/24'");
	run("ip -o addr show lo | grep -q 'inet 127.0.0.1/8'");
	assert_int_equal(netlink_addresses(nl, va, wanted, 1), 0);
	run("! ip -o addr show va | grep -q 10.65.0.1");
}

static void test_routes(void **state)
{
	uint32_t va = if_nametoindex("va");

	(void)state;
	assert_int_equal(netlink_route(nl, true, va, ip("10.77.0.0"), 16, 1400),
			 0);
	run("ip route show 10.77.0.0/16 | grep -q 'dev va.*mtu 1400'");
	assert_int_equal(netlink_route(nl, true, va, ip("10.77.0.0"), 16, 0),
			 0);
	run("! ip route show 10.77.0.0/16 | grep -q mtu");
	assert_int_equal(netlink_route(nl, false, va, ip("10.77.0.0"), 16, 0),
			 0);
	run("test -z \"$(ip route show 10.77.0.0/16)\"");
	assert_int_equal(netlink_route(nl, false, va, ip("10.77.0.0"), 16, 0),
			 -ESRCH);
}

static void test_neighbour(void **state)
{
	uint32_t va = if_nametoindex("va");

	(void)state;
	assert_int_equal(netlink_neighbour(nl, true, va, end("10.0.0.9")), 0);
	run("ip neigh show 10.0.0.9 dev va | grep -q managed");
	/* a resolved one stays so */
	run("ip neigh replace 10.0.0.8 dev va lladdr 02:00:00:00:00:08"
	    " nud reachable");
	assert_int_equal(netlink_neighbour(nl, true, va, end("10.0.0.8")), 0);
	run("ip neigh show 10.0.0.8 dev va | grep -q 02:00:00:00:00:08");
	assert_int_equal(netlink_neighbour(nl, false, va, end("10.0.0.8")), 0);
	run("! ip neigh show 10.0.0.8 dev va | grep -q managed");
	run("ip neigh show 10.0.0.8 dev va | grep -q 02:00:00:00:00:08");
	run("ip -6 addr add 2001:db8::1/64 dev va nodad");
	assert_int_equal(netlink_neighbour(nl, true, va, end("2001:db8::9")),
			 0);
	run("ip -6 neigh show dev va | grep -q '^2001:db8::9.*managed'");
	assert_int_equal(netlink_neighbour(nl, false, va, end("2001:db8::9")),
			 0);
	run("! ip -6 neigh show dev va | grep -q '^2001:db8::9.*managed'");
	assert_int_equal(netlink_neighbour(nl, true, 9999, end("10.0.0.9")),
			 -ENODEV);
}

static unsigned int news;

static void changed(void *ctx, uint32_t ifindex, const char *name)
{
	(void)ifindex;
	news += !strcmp(name, ctx);
}

static void test_watch(void **state)
{
	int fd = netlink_watch();

	(void)state;
	assert_true(fd >= 0);
	news = 0;
	run("ip link set vb down");
	assert_true(readable(fd));
	assert_int_equal(netlink_watch_read(fd, changed, (void *)"vb"), 0);
	assert_true(news > 0);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_l2tp_split),	 TEST(test_l2tp_families),
		TEST(test_l2tp_zero_sums),
		TEST(test_l2tp_port_taken),
		TEST(test_pppoe_filter), TEST(test_lock),
		TEST(test_links),	 TEST(test_addresses),
		TEST(test_routes),	 TEST(test_neighbour),
		TEST(test_watch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
