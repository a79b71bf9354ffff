/* SPDX-License-Identifier: GPL-2.0-only */
/* Datagrams and frames over real sockets; frames need a namespace of our own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "private_net.h"
#include "world/sockets.h"

/* ---- datagrams ----------------------------------------------------------- */

static int udp_open(const char *address, struct sockaddr_in *bound)
{
	socklen_t len = sizeof(*bound);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int on = 1;

	*bound = (struct sockaddr_in){.sin_family = AF_INET};
	inet_pton(AF_INET, address, &bound->sin_addr);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)bound, sizeof(*bound)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)bound, &len), 0);
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	return fd;
}

static struct address ip(const char *text)
{
	struct address out;

	assert_int_equal(address_parse(text, &out), 0);
	return out;
}

static void test_addresses(void **state)
{
	struct sockaddr_in any, peer;
	int ours = udp_open("0.0.0.0", &any);
	int theirs = udp_open("127.0.0.9", &peer);
	struct socket_l2tp from;
	struct view got;
	uint8_t room[64];

	(void)state;
	assert_int_equal(
		socket_receive_l2tp(ours, room, sizeof(room), &from, &got),
		-EAGAIN);
	/* they to us, at an address we did not bind to */
	assert_int_equal(socket_send_l2tp(theirs, ip("127.0.0.9"),
					  ip("127.0.0.7"), ntohs(any.sin_port),
					  view_text("hello")),
			 0);
	assert_int_equal(
		socket_receive_l2tp(ours, room, sizeof(room), &from, &got), 0);
	assert_true(view_equal(got, view_text("hello")));
	assert_true(address_same(from.peer, ip("127.0.0.9")));
	assert_int_equal(from.peer_port, ntohs(peer.sin_port));
	assert_true(address_same(from.local, ip("127.0.0.7")));
	/* back from the very address they sent to */
	assert_int_equal(socket_send_l2tp(ours, from.local, from.peer,
					  from.peer_port, view_text("back")),
			 0);
	assert_int_equal(
		socket_receive_l2tp(theirs, room, sizeof(room), &from, &got),
		0);
	assert_true(view_equal(got, view_text("back")));
	assert_true(address_same(from.peer, ip("127.0.0.7")));
	assert_int_equal(from.peer_port, ntohs(any.sin_port));
	close(ours);
	close(theirs);
}

static int udp6_open(struct sockaddr_in6 *bound)
{
	socklen_t len = sizeof(*bound);
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int on = 1;

	*bound = (struct sockaddr_in6){.sin6_family = AF_INET6};
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)bound, sizeof(*bound)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)bound, &len), 0);
	setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	return fd;
}

/* Of two addresses each datagram has the one that was asked for. */
static void test_addresses6(void **state)
{
	struct sockaddr_in6 our_end, their_end;
	struct socket_l2tp from;
	struct view got;
	uint8_t room[64];
	int ours, theirs;

	(void)state;
	if (!private_net())
		skip();
	run("ip link set lo up && ip addr add 2001:db8::7/128 dev lo nodad &&"
	    " ip addr add 2001:db8::9/128 dev lo nodad");
	ours = udp6_open(&our_end);
	theirs = udp6_open(&their_end);
	assert_int_equal(socket_send_l2tp(theirs, ip("2001:db8::9"),
					  ip("2001:db8::7"),
					  ntohs(our_end.sin6_port),
					  view_text("hello")),
			 0);
	assert_int_equal(
		socket_receive_l2tp(ours, room, sizeof(room), &from, &got), 0);
	assert_true(view_equal(got, view_text("hello")));
	assert_true(address_same(from.peer, ip("2001:db8::9")));
	assert_int_equal(from.peer_port, ntohs(their_end.sin6_port));
	assert_true(address_same(from.local, ip("2001:db8::7")));
	assert_int_equal(socket_send_l2tp(ours, from.local, from.peer,
					  from.peer_port, view_text("back")),
			 0);
	assert_int_equal(
		socket_receive_l2tp(theirs, room, sizeof(room), &from, &got),
		0);
	assert_true(address_same(from.peer, ip("2001:db8::7")));
	/* not ours to use */
	assert_true(socket_send_l2tp(ours, ip("2001:db8::8"), from.peer,
				     from.peer_port, view_text("x")) < 0);
	close(ours);
	close(theirs);
}

/* ---- the outer header ---------------------------------------------------- */

/* What arrives, as long as wanted. */
static struct socket_outer outer_arrives(int fd, size_t len)
{
	char control[192] __attribute__((aligned(8)));
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	static uint8_t room[4000];
	struct iovec part = {room, sizeof(room)};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	assert_int_equal(poll(&ready, 1, 2000), 1);
	assert_int_equal(recvmsg(fd, &msg, 0), len);
	assert_false(msg.msg_flags & MSG_CTRUNC);
	return socket_outer(&msg);
}

static void class_send(int fd, const struct socket_l2tp *to, uint8_t class,
		       size_t len)
{
	char control[64] __attribute__((aligned(8)));
	static uint8_t octets[4000];
	struct iovec part = {octets, len};
	union socket_end end;
	struct msghdr msg = {.msg_name = &end,
			     .msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};

	socket_to_class(&msg, to, class);
	assert_int_equal(sendmsg(fd, &msg, 0), len);
}

static void outer_check(int ours, int theirs, const struct socket_l2tp *to,
			int family)
{
	struct socket_outer got;

	assert_int_equal(outer_wanted(ours, family), 0);
	class_send(theirs, to, 0xb9, 10);
	got = outer_arrives(ours, 10);
	assert_int_equal(got.class, 0xb9);
	assert_int_equal(got.ifindex, if_nametoindex("lo"));
	assert_false(got.pieces || got.options);
	class_send(theirs, to, 0, 10);
	assert_int_equal(outer_arrives(ours, 10).class, 0);
	class_send(theirs, to, 0x2a, 3000); /* of which lo takes 1500 */
	got = outer_arrives(ours, 3000);
	assert_int_equal(got.class, 0x2a);
	assert_true(got.pieces);
	assert_false(got.options);
}

static void test_outer(void **state)
{
	static const uint8_t options[] = {1, 1, 1, 0};
	struct socket_l2tp to = {.peer = ip("127.0.0.7"),
				 .local = ip("127.0.0.9")};
	struct sockaddr_in6 end6;
	struct sockaddr_in end4;
	int ours, theirs;

	(void)state;
	if (!private_net())
		skip();
	run("ip link set lo up mtu 1500 &&"
	    " ip addr add 2001:db8::7/128 dev lo nodad");
	theirs = udp_open("127.0.0.9", &end4);
	ours = udp_open("0.0.0.0", &end4);
	to.peer_port = ntohs(end4.sin_port);
	outer_check(ours, theirs, &to, AF_INET);
	setsockopt(theirs, IPPROTO_IP, IP_OPTIONS, options, sizeof(options));
	class_send(theirs, &to, 1, 10);
	assert_true(outer_arrives(ours, 10).options);
	close(ours);
	close(theirs);
	theirs = udp6_open(&end6);
	ours = udp6_open(&end6);
	to.peer_port = ntohs(end6.sin6_port);
	to.peer = to.local = ip("2001:db8::7");
	outer_check(ours, theirs, &to, AF_INET6);
	close(ours);
	close(theirs);
}

/* ---- sizes --------------------------------------------------------------- */

/* One that does not fit, and one without octets. */
static void test_sizes(void **state)
{
	struct sockaddr_in any, peer;
	int ours = udp_open("127.0.0.1", &any);
	int theirs = udp_open("127.0.0.1", &peer);
	uint16_t port = ntohs(any.sin_port);
	uint8_t big[65] = {0}, room[64];
	struct socket_l2tp from;
	struct view got;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(socket_send_l2tp(theirs, ip("127.0.0.1"),
						  ip("127.0.0.1"), port,
						  VIEW(big)),
				 0);
	assert_int_equal(socket_send_l2tp(theirs, ip("127.0.0.1"),
					  ip("127.0.0.1"), port,
					  view_of(big, 0)),
			 0);
	assert_int_equal(socket_send_l2tp(theirs, ip("127.0.0.1"),
					  ip("127.0.0.1"), port,
					  view_of(big, 64)),
			 0);
	assert_int_equal(
		socket_receive_l2tp(ours, room, sizeof(room), &from, &got), 0);
	assert_int_equal(got.len, 0);
	assert_int_equal(
		socket_receive_l2tp(ours, room, sizeof(room), &from, &got), 0);
	assert_int_equal(got.len, 64);
	assert_int_equal(
		socket_receive_l2tp(ours, room, sizeof(room), &from, &got),
		-EAGAIN);
	close(ours);
	close(theirs);
}

/* A sender that is not ours to use is an error, not a packet from elsewhere. */
static void test_wrong_source(void **state)
{
	struct sockaddr_in any;
	int ours = udp_open("0.0.0.0", &any);

	(void)state;
	assert_true(socket_send_l2tp(ours, ip("198.51.100.77"), ip("127.0.0.1"),
				     ntohs(any.sin_port), view_text("x")) < 0);
	assert_int_equal(socket_send_l2tp(-1, ip("127.0.0.1"), ip("127.0.0.1"),
					  9, view_text("x")),
			 -EBADF);
	close(ours);
}

/* ---- frames -------------------------------------------------------------- */

static int packet_open(const char *name)
{
	struct sockaddr_ll at = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, htons(ETH_P_ALL));
	int on = 1;

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof(on));
	return fd;
}

static int frame_wait(int fd, uint8_t *room, size_t cap,
		      struct vlan_tag *stripped, struct view *frame)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

	if (poll(&poll_fd, 1, 2000) != 1)
		return -ETIME;
	return socket_receive_frame(fd, room, cap, stripped, frame);
}

/* A pair of devices; *state stays NULL where that is not allowed. */
static int frames_setup(void **state)
{
	*state = NULL;
	if (!private_net())
		return 0;
	run("ip link add x2ta type veth peer name x2tb && "
	    "for d in x2ta x2tb; do "
	    "sysctl -qw net.ipv6.conf.$d.disable_ipv6=1 && "
	    "ip link set $d up || exit; done");
	*state = "ready";
	return 0;
}

static void test_frames(void **state)
{
	static const uint8_t plain[20] = {2, 0, 0, 0,	 0,    2,    2, 0, 0,
					  0, 0, 1, 0x88, 0x63, 0x11, 9, 0, 0};
	uint8_t tagged[24] = {
		2, 0,	 0, 0,	  0, 2,	   2,	 0,    0, 0, 0,
		1, 0x81, 0, 0x60, 7, 0x88, 0x63, 0x11, 9, 0, 0};
	uint8_t room[128];
	struct view got;
	struct vlan_tag tag;
	int a, b;

	if (!*state)
		skip();
	a = packet_open("x2ta");
	b = packet_open("x2tb");
	assert_int_equal(socket_send_frame(a, VIEW(plain)), 0);
	assert_int_equal(frame_wait(b, room, sizeof(room), &tag, &got), 0);
	assert_int_equal(tag.type, 0);
	assert_true(view_equal(got, VIEW(plain)));
	/* the kernel takes the tag out and says which one it was */
	assert_int_equal(socket_send_frame(a, VIEW(tagged)), 0);
	assert_int_equal(frame_wait(b, room, sizeof(room), &tag, &got), 0);
	assert_int_equal(tag.type, ETHER_VLAN);
	assert_int_equal(tag.tci, 0x6007);
	assert_true(view_equal(got, VIEW(plain)));
	tagged[12] = 0x88, tagged[13] = 0xa8;
	assert_int_equal(socket_send_frame(a, VIEW(tagged)), 0);
	assert_int_equal(frame_wait(b, room, sizeof(room), &tag, &got), 0);
	assert_int_equal(tag.type, ETHER_QINQ);
	assert_int_equal(tag.tci, 0x6007);
	assert_true(view_equal(got, VIEW(plain)));
	/* what b itself sends is not for b; too big is passed over */
	assert_int_equal(socket_send_frame(b, VIEW(plain)), 0);
	assert_int_equal(socket_send_frame(b, view_of(plain, 18)), 0);
	assert_int_equal(frame_wait(a, room, 18, &tag, &got), 0);
	assert_int_equal(got.len, 18);
	assert_int_equal(
		socket_receive_frame(b, room, sizeof(room), &tag, &got),
		-EAGAIN);
	run("ip link set x2ta down");
	assert_int_equal(socket_send_frame(a, VIEW(plain)), -ENETDOWN);
	close(a);
	close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_wrong_source),
		cmocka_unit_test(test_addresses6),
		cmocka_unit_test(test_outer),
		cmocka_unit_test_setup(test_frames, frames_setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
