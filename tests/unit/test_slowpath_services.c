/* SPDX-License-Identifier: GPL-2.0-only */
/* What the slow path does to a packet besides carrying it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "numbering.h"
#include "slow_rig.h"
#include "world/dataplane_data.h"
#include "world/dataplane_read.h"

enum {
	HIM = 0x0a000005, /* of the LNS' call */
	NET = 0xc0000201,
};

static struct leg *lns_leg(void)
{
	return &w.legs[dataplane_slot(BANK, LNS_ACCESS)];
}

/* ---- MSS ----------------------------------------------------------------- */

/* A SYN of 44 octets with an MSS of 1460; its checksum is 0x1234. */
static size_t syn_build(uint8_t *at, uint32_t from, uint32_t to)
{
	static const uint8_t tcp[] = {0, 80, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0,
				      0x60, 2, 0x20, 0, 0x12, 0x34, 0, 0,
				      2, 4, 0x05, 0xb4};

	ip_build(at, from, to, 0x40, 44);
	at[9] = 6;
	memcpy(at + 20, tcp, sizeof(tcp));
	return 44;
}

/* The same with its MSS lowered, by so much the checksum is more. */
static void syn_expect(const uint8_t *at, const uint8_t *sent, uint16_t mss)
{
	uint16_t sum = (uint16_t)(0x1234 + 1460 - mss);
	uint8_t want[44];

	memcpy(want, sent, sizeof(want));
	want[36] = (uint8_t)(sum >> 8);
	want[37] = (uint8_t)sum;
	want[42] = (uint8_t)(mss >> 8);
	want[43] = (uint8_t)mss;
	assert_memory_equal(at, want, sizeof(want));
}

static void test_mss_down(void **state)
{
	uint8_t syn[44], got[100];

	(void)state;
	syn_build(syn, NET, HIM);
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	syn_expect(got + 10, syn, 1460); /* as long as nobody wants it */
	dataplane_mss_clamp_set(w.dp, true);
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	syn_expect(got + 10, syn, 1422); /* what fits the tunnel is 1462 */
	/* a next hop that is not resolved makes no difference */
	dataplane_template_unready(w.dp, w.tunnel);
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	syn_expect(got + 10, syn, 1422);
	syn[33] = 0x10; /* no SYN */
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	assert_memory_equal(got + 10, syn, 44);
}

static void test_mss_up(void **state)
{
	uint8_t syn[44], got[100];

	(void)state;
	dataplane_mss_clamp_set(w.dp, true);
	lns_leg()->out_mtu = 1300;
	syn_build(syn, HIM, NET);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, syn, 44);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 44);
	syn_expect(got, syn, 1260);
	lns_leg()->out_mtu = 0; /* not known */
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, syn, 44);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 44);
	assert_memory_equal(got, syn, 44);
}

/* A switched call's packets are not ours. */
static void test_mss_switched(void **state)
{
	uint8_t syn[44], got[100];

	(void)state;
	dataplane_mss_clamp_set(w.dp, true);
	w.legs[dataplane_slot(BANK, LAC_CORE)].out_mtu = 576;
	syn_build(syn, NET, HIM);
	peer_send(w.peer, LAC_CORE, "\xff\3\0\x21", 4, syn, 44);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + 44);
	assert_memory_equal(got + 26, syn, 44);
}

/* ---- rates --------------------------------------------------------------- */

enum {
	OCTETS = 100, /* of a packet, 102 as a rate has them */
	COST = 0xffffffff, /* close to a tick for an octet */
	SOME = 5,
};

static uint32_t him_slot(void)
{
	uint32_t slot;

	assert_true(dataplane_find_address(
		w.dp, (struct in_addr){htonl(HIM)}, &slot));
	return slot;
}

static struct policer policer_get(uint32_t slot)
{
	struct policer p;

	assert_int_equal(pread(w.fds.policers, &p, sizeof(p),
			       slot * (off_t)sizeof(p)),
			 sizeof(p));
	return p;
}

static void policer_put(uint32_t slot, struct policer p)
{
	w.legs[slot].flags |= LEG_POLICED;
	assert_int_equal(pwrite(w.fds.policers, &p, sizeof(p),
				slot * (off_t)sizeof(p)),
			 sizeof(p));
}

/* A full bucket of so many octets: full since half of the clock's range. */
static void police(uint32_t slot, uint32_t octets)
{
	policer_put(slot, (struct policer){
				  .full_at = (uint64_t)TICKS << 32 ^ 1ull << 63,
				  .cost = COST,
				  .depth = octets << 16});
}

static void up_send(uint16_t session)
{
	uint8_t packet[OCTETS];

	ip_build(packet, HIM, NET, 0, OCTETS);
	peer_send(w.peer, session, "\x21", 1, packet, OCTETS);
}

/* Packets that arrive of some that were sent. */
static unsigned int passed(int fd, uint64_t sent)
{
	enum slowpath_counter ways[] = {COUNT_SLOW_POLICED, COUNT_SLOW_TO_L2TP,
					COUNT_SLOW_TO_PPPOE,
					COUNT_SLOW_TO_KERNEL};
	unsigned int got = 0;
	uint8_t room[200];
	uint64_t ended;

	for (int i = 0; i < WAIT_MS; i++) {
		ended = 0;
		for (size_t k = 0; k < sizeof(ways) / sizeof(ways[0]); k++)
			ended += slowpath_count(w.slow, ways[k]);
		if (ended == sent)
			break;
		usleep(1000);
	}
	assert_int_equal(ended, sent);
	while (recv(fd, room, sizeof(room), 0) > 0)
		got++;
	return got;
}

static void test_rate_up(void **state)
{
	const uint32_t slot = dataplane_slot(BANK, LNS_ACCESS);
	uint64_t cost = (uint64_t)COST * (OCTETS + 2), first;

	(void)state;
	police(slot, SOME * (OCTETS + 2));
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 1), 1);
	/* counted from now, within a second of the rig's beginning */
	first = policer_get(slot).full_at - cost - ((uint64_t)TICKS << 32);
	assert_true(first >> 32 < 100);
	for (int i = 1; i < 3 * SOME; i++)
		up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 3 * SOME), SOME - 1);
	assert_true(policer_get(slot).full_at - first -
			    ((uint64_t)TICKS << 32) == SOME * cost);
	assert_int_equal(slowpath_count(w.slow, COUNT_SLOW_POLICED), 2 * SOME);
	assert_int_equal(w.legs[slot].dropped, 2 * SOME);
	assert_int_equal(w.legs[slot].packets, SOME);
}

/* Without flag, cost or clock nothing is refused. */
static void test_no_rate(void **state)
{
	const uint32_t slot = dataplane_slot(BANK, LNS_ACCESS);
	const struct dataplane_clock none = {0};

	(void)state;
	police(slot, 0);
	w.legs[slot].flags &= (uint8_t)~LEG_POLICED;
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 1), 1);
	policer_put(slot, (struct policer){0});
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 2), 1);
	police(slot, 0);
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 3), 0);
	dataplane_clock_set(w.dp, &none);
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 4), 1);
}

/*
 * What the XDP program has filled to the brim is full also by a clock that is
 * a tick behind; what is out of all reason is long empty.
 */
static void test_clocks_apart(void **state)
{
	const uint32_t slot = dataplane_slot(BANK, LNS_ACCESS);
	const uint64_t tick = 1ull << 32, now = (uint64_t)TICKS << 32;
	struct policer p = {.cost = 1, .depth = 1000 << 16};

	(void)state;
	slow_clock(1000000000); /* so that the first packet is in time */
	p.full_at = now + 1001 * tick;
	policer_put(slot, p);
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 1), 0);
	assert_true(policer_get(slot).full_at == p.full_at);
	p.full_at = now + 2000 * tick;
	policer_put(slot, p);
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 2), 1);
	/* some ticks have passed, and the count of them is beyond its range */
	assert_true(policer_get(slot).full_at - now < 1000 * tick);
}

/* A device where the program runs: lo, or the core's. */
static void attach(uint32_t ifindex)
{
	const struct port port = {.flags = PORT_ATTACHED};

	assert_int_equal(dataplane_port_set(w.dp, ifindex, &port), 0);
}

/* What the program saw is charged, but not what it cannot read. */
static void test_charged_once(void **state)
{
	static const uint8_t options[] = {1, 1, 1, 0};
	const uint32_t core = dataplane_slot(BANK, LAC_CORE);

	(void)state;
	police(core, 0);
	up_send(LAC_CORE);
	assert_int_equal(passed(w.port, 1), 0);
	attach(if_nametoindex("lo"));
	up_send(LAC_CORE);
	assert_int_equal(passed(w.port, 2), 1);
	assert_int_equal(setsockopt(w.peer, IPPROTO_IP, IP_OPTIONS, options,
				    sizeof(options)),
			 0);
	up_send(LAC_CORE);
	assert_int_equal(passed(w.port, 3), 0);
	/* suspended is not a matter of what came before */
	setsockopt(w.peer, IPPROTO_IP, IP_OPTIONS, NULL, 0);
	w.legs[core].state = LEG_BLOCKED;
	up_send(LAC_CORE);
	COUNTS(SLOW_BLOCKED);
}

/* The same of a call that ends here. */
static void test_charged_once_up(void **state)
{
	const uint32_t slot = dataplane_slot(BANK, LNS_ACCESS);

	(void)state;
	police(slot, 0);
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 1), 0);
	attach(if_nametoindex("lo"));
	up_send(LNS_ACCESS);
	assert_int_equal(passed(w.tun, 2), 1);
	assert_int_equal(w.legs[slot].packets, 1);
	assert_int_equal(w.legs[slot].octets, OCTETS + 2);
}

static void port_send(void)
{
	uint8_t frame[126];

	memcpy(frame, own, 6);
	memcpy(frame + 6, client, 6);
	memcpy(frame + 12, "\x81\0\0\x64\x88\x64\x11\0\0\x11\0\x66\0\x21", 14);
	ip_build(frame + 26, 1, 2, 0, 100);
	assert_int_equal(send(w.port, frame, sizeof(frame), 0), sizeof(frame));
}

static void test_charged_once_pppoe(void **state)
{
	struct port port = dataplane_port_read(w.dp, IFINDEX);

	(void)state;
	police(dataplane_slot(0, LAC_SESSION), 0);
	port_send();
	assert_int_equal(passed(w.peer, 1), 1);
	port.flags &= ~(uint32_t)PORT_ATTACHED;
	dataplane_port_set(w.dp, IFINDEX, &port);
	port_send();
	assert_int_equal(passed(w.peer, 2), 0);
}

static void down_send(size_t len, uint8_t header)
{
	uint8_t packet[1600];

	ip_build(packet, NET, HIM, 0, len);
	packet[0] = header;
	assert_int_equal(send(w.tun, packet, len, 0), (ssize_t)len);
}

/* Down: what XDP would have sent on is the kernel's own. */
static void test_charged_once_down(void **state)
{
	(void)state;
	attach(IFINDEX + 1);
	police(him_slot(), 0);
	down_send(100, 0x45);
	assert_int_equal(passed(w.peer, 1), 0);
	assert_int_equal(w.legs[him_slot()].dropped, 1);
	dataplane_template_unready(w.dp, w.tunnel);
	down_send(100, 0x45);
	assert_int_equal(passed(w.peer, 2), 1);
	down_send(100, 0x46); /* never comes as far as to the next hop */
	assert_int_equal(passed(w.peer, 3), 0);
}

static void test_charged_once_too_big(void **state)
{
	(void)state;
	attach(IFINDEX + 1);
	police(him_slot(), 0);
	down_send(1462, 0x45);
	assert_int_equal(passed(w.peer, 1), 0);
	down_send(1463, 0x45);
	COUNTS(SLOW_FRAGMENTED);
	assert_int_equal(passed(w.peer, 3), 2);
}

/* A packet that the kernel cut for a route of 1400 was charged as a whole. */
static void test_charged_once_cut(void **state)
{
	static const struct {
		uint8_t flags, offset; /* more fragments; in 8 octets */
		size_t len;
		bool charged;
	} rows[] = {
		{0x20, 0, 1396, true},   /* 172 * 8 octets and a header */
		{0, 172, 116, true},
		{0x20, 0, 1388, false},  /* cut for another MTU */
		{0x20, 0, 1400, false},
		{0, 171, 116, false},
		{0, 0, 1396, false}, /* whole */
	};
	uint8_t packet[1600];
	unsigned int sent = 0;

	(void)state;
	attach(IFINDEX + 1);
	police(him_slot(), 0);
	w.legs[him_slot()].out_mtu = 1400;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ip_build(packet, NET, HIM, rows[i].flags, rows[i].len);
		packet[7] = rows[i].offset;
		assert_int_equal(send(w.tun, packet, rows[i].len, 0),
				 (ssize_t)rows[i].len);
		assert_int_equal(passed(w.peer, ++sent), rows[i].charged);
	}
}

static void test_charged_once_no_port(void **state)
{
	(void)state;
	police(him_slot(), 0);
	down_send(100, 0x45);
	assert_int_equal(passed(w.peer, 1), 1);
}

/* ---- DSCP and ECN -------------------------------------------------------- */

enum { EF = 46 << 2, AF11 = 10 << 2, ECT1 = 1, ECT0 = 2, CE = 3 };

static void tunnel_agrees(bool ecn)
{
	uint16_t flags = ecn ? TUNNEL_RX_ECN : 0;

	assert_int_equal(pwrite(w.fds.tunnels_rx, &flags, sizeof(flags),
				TUNNEL * sizeof(struct tunnel_rx) +
					offsetof(struct tunnel_rx, flags)),
			 sizeof(flags));
}

/* The next datagram at the peer: its outer class. */
static int class_arrives(void)
{
	char control[64] __attribute__((aligned(8)));
	uint8_t room[200];
	struct iovec part = {room, sizeof(room)};
	struct msghdr msg = {.msg_iov = &part,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	struct pollfd ready = {w.peer, POLLIN, 0};
	int one = 1;

	setsockopt(w.peer, IPPROTO_IP, IP_RECVTOS, &one, sizeof(one));
	port_send();
	assert_int_equal(poll(&ready, 1, WAIT_MS), 1);
	assert_true(recvmsg(w.peer, &msg, 0) > 0);
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c;
	     c = CMSG_NXTHDR(&msg, c))
		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_TOS)
			return *CMSG_DATA(c);
	return -1;
}

/* What port_send sends is of class 0. */
static void test_class_into_tunnel(void **state)
{
	struct template *t = &w.templates[w.tunnel];
	struct image *image = &t->image[t->active & 1];

	(void)state;
	/* the kernel tells of 0 once it has been asked for */
	class_arrives();
	assert_int_equal(class_arrives(), 0);
	image->head[15] = EF | CE;
	assert_int_equal(class_arrives(), EF | CE);
	image->flags |= IMAGE_COPY_DSCP;
	assert_int_equal(class_arrives(), CE);
	image->flags ^= IMAGE_COPY_DSCP | IMAGE_COPY_ECN;
	assert_int_equal(class_arrives(), EF);
	image->flags |= IMAGE_COPY_DSCP;
	assert_int_equal(class_arrives(), 0);
	/* one that never was: by the configuration */
	memset(image, 0, sizeof(*image));
	w.conf->l2tp.dscp.value = 46;
	assert_int_equal(class_arrives(), EF);
	w.conf->l2tp.dscp.mode = CONF_DSCP_COPY;
	assert_int_equal(class_arrives(), 0);
}

/* An inner class in an outer one: what arrives. */
static int leaves(int fd, uint16_t session, uint8_t inner, int outer)
{
	size_t head = fd == w.port ? 26 : 0;
	uint8_t packet[OCTETS], got[200];
	uint16_t sum;

	ip_build(packet, HIM, NET, 0, OCTETS);
	packet[1] = inner;
	setsockopt(w.peer, IPPROTO_IP, IP_TOS, &outer, sizeof(outer));
	peer_send(w.peer, session, "\x21", 1, packet, OCTETS);
	if (arrives(fd, got, sizeof(got)) != OCTETS + head)
		return -1;
	assert_memory_equal(got + head + 12, packet + 12, OCTETS - 12);
	/* the sum in the packet is 0, and is changed as the class is */
	sum = (uint16_t)(got[head + 10] << 8 | got[head + 11]);
	assert_int_equal((sum + got[head + 1] - inner + 0xffff) % 0xffff, 0);
	return got[head + 1];
}

static void test_class_out_of_tunnel(void **state)
{
	(void)state;
	assert_int_equal(leaves(w.tun, LNS_ACCESS, ECT0, AF11 | CE), ECT0);
	dataplane_inner_dscp_set(w.dp, INNER_DSCP_COPY, 0);
	assert_int_equal(leaves(w.tun, LNS_ACCESS, ECT0, AF11 | CE),
			 AF11 | ECT0);
	dataplane_inner_dscp_set(w.dp, INNER_DSCP_SET, EF >> 2);
	assert_int_equal(leaves(w.tun, LNS_ACCESS, ECT0, AF11), EF | ECT0);
	tunnel_agrees(true);
	assert_int_equal(leaves(w.tun, LNS_ACCESS, ECT0, AF11 | CE), EF | CE);
	assert_int_equal(leaves(w.tun, LNS_ACCESS, ECT0, ECT1), EF | ECT1);
	/* of a switched call only the congestion mark */
	assert_int_equal(leaves(w.port, LAC_CORE, ECT0, AF11 | CE), CE);
	tunnel_agrees(false);
	assert_int_equal(leaves(w.port, LAC_CORE, ECT0, AF11 | CE), ECT0);
}

static void test_ecn_conflict(void **state)
{
	const int outer = CE;
	uint8_t got[200];

	(void)state;
	tunnel_agrees(true);
	setsockopt(w.peer, IPPROTO_IP, IP_TOS, &outer, sizeof(outer));
	up_send(LNS_ACCESS);
	COUNTS(SLOW_ECN_CONFLICT);
	up_send(LAC_CORE);
	while (slowpath_count(w.slow, COUNT_SLOW_ECN_CONFLICT) < 2)
		usleep(1000);
	assert_int_equal(recv(w.tun, got, sizeof(got), 0), -1);
	assert_int_equal(recv(w.port, got, sizeof(got), 0), -1);
	/* what is no IP packet has no mark */
	peer_send(w.peer, LAC_CORE, "\x21", 1, (const uint8_t *)"\x50", 1);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 27);
}

/* ---- sequence ------------------------------------------------------------ */

static void numbered_send(uint16_t session, uint16_t ns)
{
	uint8_t out[11 + OCTETS] = {
		0x08, 2, TUNNEL >> 8, TUNNEL & 255, (uint8_t)(session >> 8),
		(uint8_t)session, (uint8_t)(ns >> 8), (uint8_t)ns};

	out[10] = 0x21;
	ip_build(out + 11, HIM, NET, 0, OCTETS);
	assert_int_equal(sendto(w.peer, out, sizeof(out), 0,
				(struct sockaddr *)&w.at, sizeof(w.at)),
			 sizeof(out));
}

/* Whether it arrives; what is late is counted either way. */
static bool is_in_order(uint16_t ns)
{
	uint64_t dropped = slowpath_count(w.slow, COUNT_SLOW_LATE);
	uint8_t got[200];

	numbered_send(LNS_ACCESS, ns);
	for (int i = 0; i < WAIT_MS; i++) {
		if (recv(w.tun, got, sizeof(got), 0) == OCTETS)
			return true;
		if (slowpath_count(w.slow, COUNT_SLOW_LATE) > dropped)
			return false;
		usleep(1000);
	}
	fail_msg("%04x: neither here nor there", ns);
	return false;
}

static void test_late(void **state)
{
	struct leg *leg = lns_leg();

	(void)state;
	leg->flags |= LEG_ORDERED;
	leg->in.l2tp.sequence = 0xfffe;
	assert_true(is_in_order(0xfffe));
	assert_true(is_in_order(1)); /* what is lost is lost */
	assert_int_equal(leg->in.l2tp.sequence, 2);
	assert_false(is_in_order(1));
	assert_false(is_in_order(0xffff));
	assert_int_equal(leg->in.l2tp.sequence, 2 << 16 | 2);
	assert_int_equal(leg->in.l2tp.late, 2);
	assert_int_equal(leg->dropped, 2);
	assert_true(is_in_order(0x8001)); /* as far ahead as can be */
	assert_int_equal(leg->in.l2tp.sequence, 0x8002);
	assert_false(is_in_order(2));
	assert_int_equal(slowpath_count(w.slow, COUNT_SLOW_LATE), 3);
	assert_int_equal(leg->packets, 3);
}

/* After five in a row the sixth is taken, of a peer that began anew. */
static void test_late_begins_anew(void **state)
{
	struct leg *leg = lns_leg();

	(void)state;
	leg->flags |= LEG_ORDERED;
	leg->in.l2tp.sequence = 1000;
	for (uint16_t ns = 0; ns < 5; ns++)
		assert_false(is_in_order(ns));
	assert_true(is_in_order(5));
	assert_true(is_in_order(6));
	assert_int_equal(leg->in.l2tp.sequence, 7);
	assert_int_equal(leg->in.l2tp.late, 5);
}

/* Who does not insist on order has what is late counted, no more. */
static void test_late_not_dropped(void **state)
{
	struct leg *leg = lns_leg();
	uint8_t got[200];

	(void)state;
	leg->in.l2tp.sequence = 10;
	assert_true(is_in_order(9));
	assert_int_equal(leg->in.l2tp.sequence, 1 << 16 | 10);
	assert_int_equal(leg->in.l2tp.late, 1);
	assert_int_equal(leg->dropped, 0);
	/* without a number there is nothing to count */
	up_send(LNS_ACCESS);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), OCTETS);
	assert_int_equal(leg->in.l2tp.sequence, 1 << 16 | 10);
}

/* The program has counted it on before it punted it. */
static void test_late_once(void **state)
{
	struct leg *leg = &w.legs[dataplane_slot(BANK, LAC_CORE)];
	uint8_t got[200];

	(void)state;
	attach(if_nametoindex("lo"));
	leg->flags |= LEG_ORDERED;
	leg->in.l2tp.sequence = 8;
	numbered_send(LAC_CORE, 7);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + OCTETS);
	assert_int_equal(leg->in.l2tp.sequence, 8);
	assert_int_equal(leg->in.l2tp.late, 0);
}

/* ---- an LNS that decides whether there are numbers ----------------------- */

static void follow_begin(void)
{
	struct leg *in = &w.legs[dataplane_slot(BANK, LAC_CORE)];

	in->flags |= LEG_FOLLOWS | LEG_ORDERED;
	assert_int_equal(numbering_other(in), LAC_SESSION);
}

static bool follow_numbers(void)
{
	return dataplane_leg_numbers(w.dp, LAC_SESSION);
}

static void test_follows(void **state)
{
	uint8_t got[200];

	(void)state;
	follow_begin();
	numbered_send(LAC_CORE, 0);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + OCTETS);
	assert_true(follow_numbers());
	up_send(LAC_CORE);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + OCTETS);
	assert_false(follow_numbers());
	/* what comes late left before */
	numbered_send(LAC_CORE, 0xffff);
	COUNTS(SLOW_LATE);
	assert_false(follow_numbers());
	numbered_send(LAC_CORE, 1);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + OCTETS);
	assert_true(follow_numbers());
}

/* The program has followed before it punted. */
static void test_follows_once(void **state)
{
	uint8_t got[200];

	(void)state;
	attach(if_nametoindex("lo"));
	follow_begin();
	numbered_send(LAC_CORE, 0);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + OCTETS);
	assert_false(follow_numbers());
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, slow_setup, slow_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mss_down),
		TEST(test_mss_up),
		TEST(test_mss_switched),
		TEST(test_rate_up),
		TEST(test_no_rate),
		TEST(test_clocks_apart),
		TEST(test_charged_once),
		TEST(test_charged_once_up),
		TEST(test_charged_once_pppoe),
		TEST(test_charged_once_down),
		TEST(test_charged_once_too_big),
		TEST(test_charged_once_cut),
		TEST(test_charged_once_no_port),
		TEST(test_class_into_tunnel),
		TEST(test_class_out_of_tunnel),
		TEST(test_ecn_conflict),
		TEST(test_late),
		TEST(test_late_begins_anew),
		TEST(test_late_not_dropped),
		TEST(test_late_once),
		TEST(test_follows),
		TEST(test_follows_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
