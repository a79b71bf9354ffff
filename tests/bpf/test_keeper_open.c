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
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <linux/udp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/keeper_netlink.h"
#include "program/keeper_open.h"
#include "world/sockets.h"

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

static void sockets_close(const struct l2tp_sockets *s)
{
	close(s->control);
	close(s->ppp);
	close(s->data);
}

/* A message arrives at this socket and at no other. */
static void l2tp_arrives(int family, const struct l2tp_sockets *sockets,
			 int fd, const uint8_t *message, size_t len)
{
	const int all[] = {sockets->control, sockets->ppp, sockets->data};
	uint8_t got[128];

	l2tp_send(family, message, len);
	if (!readable(fd))
		fail_msg("message %02x%02x.. of %zu octets", message[0],
			 message[1], len);
	assert_int_equal(recv(fd, got, sizeof(got), 0), (ssize_t)len);
	assert_memory_equal(got, message, len);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(recv(all[i], got, sizeof(got), MSG_DONTWAIT),
				 -1);
}
#define ARRIVES(fd, ...)                                               \
	l2tp_arrives(family, &s, fd, (const uint8_t[]){__VA_ARGS__},           \
		     sizeof((const uint8_t[]){__VA_ARGS__}))
#define ZEROS4	0, 0, 0, 0
#define ZEROS8	ZEROS4, ZEROS4

/* All addresses of a family. */
static struct address any(int family)
{
	return (struct address){.family = (uint32_t)family};
}

static struct address end(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

static void split(int family)
{
	struct l2tp_sockets s;

	assert_int_equal(open_l2tp(any(family), &s), 0);
	for (unsigned int i = 0; i < 20; i++) {
		/* each from a port of its own: no hash decides */
		ARRIVES(s.control, 0xc8, 0x02, 0, 12);
		ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0xff, 3, 0xc0, 0x21);
		ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0xff, 3, 0, 0x21);
	}
	/* too short to tell */
	ARRIVES(s.ppp, 0);
	ARRIVES(s.ppp, 0, 2, 0, 1);
	ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0xff, 3);
	ARRIVES(s.ppp, 2, 2, 0, 1, 0, 1, 1, 0, 0, 0x21);
	/* forms of the PPP header */
	ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0x80, 0x21);
	ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0, 0x21);
	ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0x21);
	ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0xff, 3, 0x3d);
	ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0xfd);
	/* forms of the L2TP header */
	ARRIVES(s.ppp, 0x40, 2, 0, 10, 0, 1, 0, 1, 0xc0, 0x23);
	ARRIVES(s.data, 0x40, 2, 0, 10, 0, 1, 0, 1, 0, 0x21);
	ARRIVES(s.ppp, 8, 2, 0, 1, 0, 1, 0, 0x21, 0, 0x21, 0xc0, 0x21);
	ARRIVES(s.data, 8, 2, 0, 1, 0, 1, 0xc0, 0x21, 0, 0, 0, 0x21);
	ARRIVES(s.ppp, 2, 2, 0, 1, 0, 1, 0, 2, 0, 0x21, 0xc2, 0x23);
	ARRIVES(s.data, 0x4a, 2, 0, 20, 0, 1, 0, 1, 0, 9, 0, 8, 0, 2, 0xc0,
		0x21, 0xff, 3, 0, 0x21);
	sockets_close(&s);
}

/* What speaks IPv6 with us, not through us. */
static void test_l2tp_split_ip6(void **state)
{
	const int family = AF_INET;
	struct l2tp_sockets s;

	(void)state;
	assert_int_equal(open_l2tp(any(family), &s), 0);
	ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0, 0x57, 0x60, 0, ZEROS4, 0, 0x3a,
		0x20, 1, ZEROS8, ZEROS4, 0, 0, 0x20, 1);
	ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0, 0x57, 0x60, 0, ZEROS4, 0, 0x3a,
		0x20, 1, ZEROS8, ZEROS4, 0, 0, 0xff, 2);
	ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0, 0x57, 0x60, 0, ZEROS4, 0, 0x3a,
		0x20, 1, ZEROS8, ZEROS4, 0, 0, 0xfe, 0x80);
	ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0, 0x57, 0x60, 0, ZEROS4, 0, 0x3a,
		0xfe, 0xbf, ZEROS8, ZEROS4, 0, 0, 0x20, 1);
	ARRIVES(s.ppp, 0, 2, 0, 1, 0, 1, 0xff, 3, 0x57, 0x60, 0, ZEROS4, 0,
		0x3a, 0xfe, 0x80, ZEROS8, ZEROS4, 0, 0, 0x20, 1);
	ARRIVES(s.data, 0, 2, 0, 1, 0, 1, 0x57, 0x60, 0, ZEROS4, 0, 0x3a, 0x20,
		1, ZEROS8, ZEROS4, 0, 0, 0x20, 1);
	sockets_close(&s);
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
	struct l2tp_sockets four, six;

	(void)state;
	assert_int_equal(open_l2tp(any(AF_INET), &four), 0);
	assert_int_equal(open_l2tp(any(AF_INET6), &six), 0);
	l2tp_send(AF_INET6, control, sizeof(control));
	assert_true(readable(six.control));
	assert_false(readable(four.control));
	sockets_close(&six);
	assert_int_equal(open_l2tp(any(AF_INET6), &six), 0);
	sockets_close(&four);
	sockets_close(&six);
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
	int fd = socket(AF_INET6, SOCK_DGRAM, 0), one = 1;
	struct l2tp_sockets s;

	(void)state;
	assert_int_equal(setsockopt(fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, &one,
				    sizeof(one)),
			 0);
	assert_int_equal(open_l2tp(any(AF_INET6), &s), 0);
	assert_int_equal(
		connect(fd, (const struct sockaddr *)&here, sizeof(here)), 0);
	assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
	assert_false(readable(s.ppp));
	assert_int_equal(open_zero_sums(s.ppp), 0);
	assert_int_equal(send(fd, data, sizeof(data), 0), sizeof(data));
	assert_true(readable(s.ppp));
	close(fd);
	sockets_close(&s);
}

/* An address's sockets hear of it alone; it may come to the machine later. */
static void test_l2tp_of_one_address(void **state)
{
	static const uint8_t control[] = {0xc8, 0x02, 0, 12};
	struct l2tp_sockets here, there, six;

	(void)state;
	assert_int_equal(open_l2tp(end("127.0.0.2"), &there), 0);
	assert_int_equal(open_l2tp(end("127.0.0.1"), &here), 0);
	assert_int_equal(open_l2tp(end("2001:db8::1"), &six), 0);
	for (unsigned int i = 0; i < 20; i++) {
		l2tp_send(AF_INET, control, sizeof(control));
		assert_true(readable(here.control));
		assert_int_equal(recv(here.control, (uint8_t[16]){0}, 16, 0),
				 sizeof(control));
		assert_false(readable(there.control));
	}
	sockets_close(&six);
	sockets_close(&here);
	sockets_close(&there);
}

/* Bound ahead of an address, but nothing is sent from where we are not. */
static void test_l2tp_of_no_address(void **state)
{
	const struct address ends[] = {end("192.0.2.1"), end("2001:db8::1")};
	const struct view hello = view_of("hello", 5);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		bool ip6 = ends[i].family == AF_INET6;
		struct l2tp_sockets s;
		int error;

		assert_int_equal(open_l2tp(ends[i], &s), 0);
		error = socket_send_l2tp(s.control, ends[i],
					 end(ip6 ? "::1" : "127.0.0.1"), 1701,
					 hello);
		assert_true(error == -EINVAL || error == -ENETUNREACH);
		sockets_close(&s);
	}
}

static void refused(const char *taken, const char *wanted)
{
	struct l2tp_sockets one, two;

	assert_int_equal(open_l2tp(end(taken), &one), 0);
	assert_int_equal(open_l2tp(end(wanted), &two), -EADDRINUSE);
	sockets_close(&one);
}

static void test_l2tp_port_taken(void **state)
{
	struct sockaddr_in there = {.sin_family = AF_INET,
				    .sin_port = htons(1701)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;
	struct l2tp_sockets s;

	(void)state;
	refused("127.0.0.1", "0.0.0.0");
	refused("0.0.0.0", "127.0.0.1");
	refused("::", "2001:db8::1");
	/* also of one that would share */
	setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&there, sizeof(there)), 0);
	assert_int_equal(open_l2tp(any(AF_INET), &s), -EADDRINUSE);
	close(fd);
}

/*
 * A child that takes an end when the first pipe says so, and holds it until the
 * second one ends: when all others have tried.
 */
static void contend(const int go[2], const int hold[2], struct address wanted)
{
	struct l2tp_sockets s;
	uint8_t byte;
	int error;

	if (fork())
		return;
	close(hold[1]);
	(void)!read(go[0], &byte, 1);
	error = open_l2tp(wanted, &s);
	if (!error)
		(void)!read(hold[0], &byte, 1);
	_exit(error == 0 ? 1 : error == -EADDRINUSE ? 0 : 2);
}

/* Ends of children within a time; adds those that have won. */
static unsigned int ended(unsigned int most, unsigned int seconds, int *won)
{
	unsigned int n = 0;
	int status;

	for (unsigned int i = 0; i < 100 * seconds && n < most; i++) {
		if (waitpid(-1, &status, WNOHANG) <= 0) {
			usleep(10000);
			continue;
		}
		n++;
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) < 2);
		*won += WEXITSTATUS(status);
	}
	return n;
}

/* Instances that start at the same moment: one has it, the others have not. */
static void test_l2tp_race(void **state)
{
	int go[2], hold[2], won = 0;
	unsigned int lost;

	(void)state;
	assert_int_equal(pipe2(go, O_CLOEXEC), 0);
	assert_int_equal(pipe2(hold, O_CLOEXEC), 0);
	for (unsigned int i = 0; i < 16; i++)
		contend(go, hold, end(i % 2 ? "127.0.0.1" : "0.0.0.0"));
	assert_int_equal(write(go[1], "start of all....", 16), 16);
	lost = ended(15, 60, &won);
	close(hold[1]);
	assert_int_equal(ended(16 - lost, 60, &won), 16 - lost);
	assert_int_equal(won, 1);
	close(hold[0]);
	close(go[0]);
	close(go[1]);
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
	int in = open_pppoe(if_nametoindex("va"), false), out = wire("vb");
	int own = wire("va");

	(void)state;
	assert_true(in >= 0);
	assert_true(PASSES(0x8863, 0x1109));
	assert_true(PASSES(0x8864, 0x1100, 1, 8, 0xc021));
	assert_false(PASSES(0x8864, 0x1100, 1, 8, 0x0021));
	assert_true(PASSES(0x8100, 100, 0x8863, 0x1109));
	assert_true(PASSES(0x8100, 100, 0x8864, 0x1100, 1, 8, 0xc223));
	assert_false(PASSES(0x8100, 100, 0x8864, 0x1100, 1, 8, 0x0021));
	assert_true(PASSES(0x88a8, 200, 0x8100, 100, 0x8863, 0x1109));
	assert_true(PASSES(0x8100, 200, 0x8100, 100, 0x8864, 0x1100, 1, 8,
			   0x8021));
	assert_false(PASSES(0x8100, 200, 0x8100, 100, 0x8864, 0x1100, 1, 8,
			    0x0057));
	assert_true(PASSES(0x8100, 0xe000, 0x88a8, 200, 0x8100, 100, 0x8863,
			   0x1109));
	assert_true(PASSES(0x8100, 0, 0x8100, 200, 0x8100, 100, 0x8864, 0x1100,
			   1, 8, 0xc021));
	assert_false(PASSES(0x9100, 100, 0x8863, 0x1109));
	assert_false(PASSES(0x0800, 0x4500));
	assert_false(PASSES(0x8100, 100, 0x0800, 0x4500));
	assert_false(PASSES(0x88a8, 200, 0x8100, 100, 0x86dd, 0x6000));
	assert_false(PASSES(0x8862, 0x8863, 0x8864, 0x8863, 0x8864));
	/* what we send ourselves does not come back */
	assert_false(passes(own, in, (const uint16_t[]){0x8863, 0x1109}, 2));
	close(in);
	close(out);
	close(own);
	assert_int_equal(open_pppoe(9999, false), -ENODEV);
}

static void test_pppoe_data_filter(void **state)
{
	int in = open_pppoe(if_nametoindex("va"), true), out = wire("vb");
	int own = wire("va");

	(void)state;
	assert_true(in >= 0);
	assert_true(PASSES(0x8864, 0x1100, 1, 8, 0x0021));
	assert_true(PASSES(0x8864, 0x1100, 1, 8, 0x2145));
	assert_true(PASSES(0x8864, 0x1100, 1, 8, 0x0057, 0x6000));
	assert_true(PASSES(0x8864, 0x1100, 1, 8, 0xff03, 0x0021));
	assert_true(PASSES(0x8100, 100, 0x8864, 0x1100, 1, 8, 0x0021));
	assert_true(PASSES(0x88a8, 200, 0x8100, 100, 0x8864, 0x1100, 1, 8,
			   0x0021));
	assert_true(PASSES(0x8100, 0, 0x88a8, 200, 0x8100, 100, 0x8864, 0x1100,
			   1, 8, 0x0021));
	assert_false(PASSES(0x8864, 0x1100, 1, 8, 0xc021));
	assert_false(PASSES(0x8864, 0x1100, 1, 8, 0xff03, 0xc021));
	assert_false(PASSES(0x8100, 100, 0x8864, 0x1100, 1, 8, 0x8021));
	assert_false(PASSES(0x88a8, 200, 0x8100, 100, 0x8864, 0x1100, 1, 8,
			    0xc021));
	assert_false(PASSES(0x8863, 0x1109, 0, 0, 0x0021));
	assert_false(PASSES(0x0800, 0x4500));
	assert_false(PASSES(0x8862, 0x8863, 0x8864, 0x8863, 0x8864));
	assert_false(passes(own, in,
			    (const uint16_t[]){0x8864, 0x1100, 1, 8, 0x0021},
			    5));
	close(in);
	close(out);
	close(own);
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
	struct netlink_prefix to = {.address = ip("10.77.0.0"), .length = 16,
				    .mtu = 1400};
	uint32_t va = if_nametoindex("va");

	(void)state;
	assert_int_equal(netlink_route(nl, true, va, &to), 0);
	run("ip route show 10.77.0.0/16 | grep -q 'dev va.*mtu 1400'");
	to.mtu = 0;
	to.source = ip("10.0.0.1");
	assert_int_equal(netlink_route(nl, true, va, &to), 0);
	run("! ip route show 10.77.0.0/16 | grep -q mtu");
	run("ip route show 10.77.0.0/16 | grep -q 'src 10.0.0.1'");
	assert_int_equal(netlink_route(nl, false, va, &to), 0);
	run("test -z \"$(ip route show 10.77.0.0/16)\"");
	assert_int_equal(netlink_route(nl, false, va, &to), -ESRCH);
}

/* What somebody else has for the same prefix is there again afterwards. */
static void test_route_of_others(void **state)
{
	struct netlink_prefix to = {.address = ip("10.78.0.0"), .length = 16,
				    .mtu = 1400};
	uint32_t va = if_nametoindex("va");

	(void)state;
	run("ip route add 10.78.0.0/16 via 10.0.0.9");
	assert_int_equal(netlink_route(nl, true, va, &to), 0);
	assert_int_equal(netlink_route(nl, true, va, &to), 0);
	to.mtu = 1300;
	assert_int_equal(netlink_route(nl, true, va, &to), 0);
	run("ip route show 10.78.0.0/16 | head -1 | grep -q 'mtu 1300'");
	run("test $(ip route show 10.78.0.0/16 | wc -l) -eq 2");
	assert_int_equal(netlink_route(nl, false, va, &to), 0);
	run("ip route show 10.78.0.0/16 | grep -q 'via 10.0.0.9'");
	assert_int_equal(netlink_route(nl, false, va, &to), -ESRCH);
	run("ip route del 10.78.0.0/16 via 10.0.0.9");
}

/* Routes to nowhere, and who they belong to. */
static void test_ends(void **state)
{
	struct netlink_end end_of = {
		.address = ip("10.79.0.0"),
		.length = 24,
		.type = RTN_UNREACHABLE,
		.metric = 0xb0000001,
	};

	(void)state;
	run("ip route add blackhole 10.79.0.0/24");
	run("ip route add blackhole 10.79.1.0/24 metric 2952790017");
	assert_int_equal(netlink_end_add(nl, &end_of), 0);
	assert_int_equal(netlink_end_add(nl, &end_of), -EEXIST);
	run("ip route show 10.79.0.0/24 | grep -q 'unreachable.*metric "
	    "2952790017'");
	end_of.metric++;
	assert_int_equal(netlink_end_add(nl, &end_of), 0);
	end_of.metric--;
	end_of.type = RTN_BLACKHOLE;
	for (uint32_t i = 0; i < 300; i++) {
		end_of.address.s_addr = htonl(0x0a500000 + (i << 8));
		assert_int_equal(netlink_end_add(nl, &end_of), 0);
	}
	run("test $(ip route show proto 176 | wc -l) -eq 302");
	assert_int_equal(netlink_ends_drop(nl, end_of.metric), 0);
	/* another instance's, and an operator's of the same metric */
	run("test $(ip route show proto 176 | wc -l) -eq 1");
	run("test $(ip route show type blackhole | wc -l) -eq 2");
	assert_int_equal(netlink_ends_drop(nl, end_of.metric + 1), 0);
	run("test -z \"$(ip route show proto 176)\"");
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

/* One that is kept, or set, stays so. */
static void test_neighbour_ask(void **state)
{
	uint32_t va = if_nametoindex("va");

	(void)state;
	assert_int_equal(netlink_neighbour_ask(nl, va, end("10.0.0.9")), 0);
	run("ip neigh show 10.0.0.9 dev va | grep -q INCOMPLETE");
	run("! ip neigh show 10.0.0.9 dev va | grep -q managed");
	assert_int_equal(netlink_neighbour(nl, true, va, end("10.0.0.9")), 0);
	assert_int_equal(netlink_neighbour_ask(nl, va, end("10.0.0.9")), 0);
	run("ip neigh show 10.0.0.9 dev va | grep -q managed");
	run("ip neigh replace 10.0.0.8 dev va lladdr 02:00:00:00:00:08"
	    " nud permanent");
	assert_int_equal(netlink_neighbour_ask(nl, va, end("10.0.0.8")), 0);
	run("ip neigh show 10.0.0.8 dev va | grep -q"
	    " '02:00:00:00:00:08 PERMANENT'");
	assert_int_equal(netlink_neighbour_ask(nl, 9999, end("10.0.0.9")),
			 -ENODEV);
}

/* What we asked for ends, also if nobody knows of it any more; what others did
 * does not. */
static void test_neighbours_drop(void **state)
{
	uint32_t va = if_nametoindex("va");
	(void)state;
	run("ip neigh replace 10.0.0.9 dev va nud none managed");
	run("ip neigh replace 10.0.0.8 dev va lladdr 02:00:00:00:00:08"
	    " nud reachable protocol 176");
	for (uint32_t i = 0; i < 700; i++) {
		struct in_addr ip4 = {htonl(0x0a000100 + i)};

		assert_int_equal(netlink_neighbour(nl, true, va,
						   address_of_ip4(ip4)),
				 0);
	}
	run("test $(ip neigh show dev va | grep -c 'managed.*proto') -eq 700");
	assert_int_equal(netlink_neighbours_drop(nl), 0);
	run("test $(ip neigh show dev va | grep -c managed) -eq 1");
	run("ip neigh show 10.0.0.9 dev va | grep -q managed");
	run("ip neigh show 10.0.0.8 dev va | grep -q 02:00:00:00:00:08");
	assert_int_equal(netlink_neighbours_drop(nl), 0);
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
		TEST(test_l2tp_split), TEST(test_l2tp_split_ip6),
		TEST(test_pppoe_data_filter),
			 TEST(test_l2tp_families),
		TEST(test_l2tp_zero_sums),
		TEST(test_l2tp_of_one_address),
		TEST(test_l2tp_of_no_address),
		TEST(test_l2tp_port_taken),
		TEST(test_l2tp_race),
		TEST(test_pppoe_filter), TEST(test_lock),
		TEST(test_links),	 TEST(test_addresses),
		TEST(test_routes),	 TEST(test_neighbour),
		TEST(test_watch),	 TEST(test_neighbours_drop),
		TEST(test_neighbour_ask), TEST(test_ends),
		TEST(test_route_of_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
