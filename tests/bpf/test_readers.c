/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each header has two readers, one in the data plane and one in user space
 * (and a filter in front of that one).  They get the same headers, good ones
 * of every form, damaged, cut and padded, and must read the same in them: what
 * one takes for a subscriber's, the other takes for the same subscriber's.  Of
 * what both change in a packet (MSS, congestion marks) every octet is compared.
 *
 * L2X_FRAMES and L2X_SEED in the environment choose a longer or another run.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <cmocka.h>
#include <bpf/bpf.h>

#include "abi.h"
#include "program/keeper_filter.h"
#include "proto/ip4.h"
#include "proto/mark.h"
#include "proto/mss.h"
#include "proto/l2tp.h"
#include "proto/ppp.h"
#include "proto/pppoe.h"
#include "readers.h"
#include "readers.skel.h"

enum {
	FRAMES = 100000, /* for each reader */
	ROOM = 256,
	ETH_LEN = 14,
	BODY_MAX = 60,
	IP6_HEADER = 40,
};

static struct readers_bpf *readers;
static unsigned int frames = FRAMES, seed = 0x1701;
static uint64_t number; /* of the frame, for a report */

/* ---- frames -------------------------------------------------------------- */

struct octets {
	uint8_t at[ROOM];
	size_t len;
};

static uint64_t random_state;

static uint32_t pick(uint32_t below)
{
	random_state = random_state * 6364136223846793005ull +
		       1442695040888963407ull;
	return (uint32_t)(random_state >> 33) % below;
}

static void put8(struct octets *o, uint32_t v)
{
	o->at[o->len++] = (uint8_t)v;
}

static void put16(struct octets *o, uint32_t v)
{
	put8(o, v >> 8);
	put8(o, v);
}

static void put_random(struct octets *o, size_t n)
{
	while (n--)
		put8(o, pick(256));
}

/* Now and then it ends early, or goes on. */
static void ends_somewhere(struct octets *o, size_t least)
{
	switch (pick(4)) {
	case 0:
		o->len = least + pick((uint32_t)(o->len - least + 1));
		break;
	case 1:
		put_random(o, pick(20));
		break;
	}
}

static void put_ppp(struct octets *o)
{
	static const uint16_t protocols[] = {0x0021, 0x0057, 0x8021, 0xc021,
					     0xc223, 0x00fd, 0x0000, 0xff03,
					     0x0300, 0x2100};
	uint16_t protocol = protocols[pick(10)];
	size_t n = pick(BODY_MAX), info;

	if (pick(2))
		put16(o, pick(8) ? 0xff03 : 0xff00 + pick(256));
	if (pick(2))
		put16(o, protocol);
	else
		put8(o, protocol);
	info = o->len;
	put_random(o, n);
	/* IPv6 of no address that is the link's own */
	if (n >= IP6_HEADER)
		o->at[info + 8] = o->at[info + 24] = 0x20;
}

static void put_tags(struct octets *o)
{
	static const uint16_t kinds[] = {0x8100, 0x8100, 0x8100, 0x88a8,
					 0x88a8, 0x9100};
	uint32_t tags = pick(5);

	while (tags--) {
		put16(o, kinds[pick(pick(4) ? 5 : 6)]);
		put16(o, pick(8) << 13 | (pick(3) ? 1 + pick(4094) : 0));
	}
}

static struct octets access_frame(void)
{
	static const uint16_t types[] = {0x8864, 0x8864, 0x8864, 0x8863,
					 0x8863, 0x0800};
	uint16_t type = types[pick(6)];
	struct octets o = {{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, 12};
	size_t length_at;

	put_tags(&o);
	put16(&o, type);
	put8(&o, pick(16) ? 0x11 : pick(256));
	put8(&o, pick(16) ? (type == 0x8864 ? 0 : 0x09) : pick(256));
	put16(&o, pick(65536));
	length_at = o.len;
	put16(&o, 0);
	put_ppp(&o);
	length_at += 2;
	o.at[length_at - 1] = (uint8_t)(o.len - length_at);
	if (!pick(4))
		o.at[length_at - 1] += pick(3) - 1;
	ends_somewhere(&o, ETH_LEN);
	return o;
}

/* What lies behind an Ethernet header that only fills the frame. */
static struct octets bare_frame(void (*put)(struct octets *))
{
	struct octets o = {.len = ETH_LEN};

	put(&o);
	ends_somewhere(&o, ETH_LEN);
	return o;
}

static void put_l2tp(struct octets *o)
{
	uint16_t flags = 2;
	size_t begin = o->len, length_at = 0;

	flags |= (pick(2) ? 0x4000 : 0) | (pick(2) ? 0x0800 : 0) |
		 (pick(2) ? 0x0200 : 0) | (pick(4) ? 0 : 0x0100);
	if (!pick(16))
		flags = (uint16_t)pick(65536);
	put16(o, flags);
	if (flags & 0x4000) {
		length_at = o->len;
		put16(o, 0);
	}
	/* an id is never 0: the data plane has no tunnel or leg there */
	put16(o, 1 + pick(65535));
	put16(o, 1 + pick(65535));
	if (flags & 0x0800)
		put_random(o, 4);
	if (flags & 0x0200) {
		put16(o, pick(4) ? pick(16) : pick(80));
		put_random(o, o->at[o->len - 1] / 2);
	}
	put_random(o, pick(BODY_MAX));
	if (length_at)
		o->at[length_at + 1] = (uint8_t)(o->len - begin + pick(3) -
						 (pick(2) ? 1 : 2));
}

static void put_ip4(struct octets *o)
{
	size_t begin = o->len, n = pick(2) ? 20 : pick(70);

	put8(o, pick(8) ? 0x45 : pick(256));
	put_random(o, n);
	if (o->len - begin > 4) {
		o->at[begin + 2] = pick(16) ? 0 : (uint8_t)pick(2);
		o->at[begin + 3] = (uint8_t)(o->len - begin + pick(3) - 1);
	}
}

/* ---- the data plane's readers -------------------------------------------- */

static const struct readers_facts *read_by(const struct bpf_program *reader,
					   const struct octets *o)
{
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = (void *)o->at,
		    .data_size_in = (__u32)o->len, .repeat = 1);

	memset(&readers->bss->facts, 0xff, sizeof(readers->bss->facts));
	assert_int_equal(bpf_prog_test_run_opts(bpf_program__fd(reader), &run),
			 0);
	return &readers->bss->facts;
}

static void differ(const char *what, const struct octets *o)
{
	fprintf(stderr, "frame %llu, seed %u:", (unsigned long long)number,
		seed);
	for (size_t i = 0; i < o->len; i++)
		fprintf(stderr, " %02x", o->at[i]);
	fprintf(stderr, "\n");
	fail_msg("%s", what);
}

#define SAME(what, ours, theirs)             \
	do {                                 \
		if ((ours) != (theirs))      \
			differ(what, o);     \
	} while (0)

/* ---- the filters --------------------------------------------------------- */

static int filtered[2][2]; /* [data]: write here, read there */

static bool passes(bool data, const struct octets *o)
{
	uint8_t got[ROOM];

	assert_int_equal(send(filtered[data][0], o->at, o->len, 0), o->len);
	return recv(filtered[data][1], got, sizeof(got), MSG_DONTWAIT) > 0;
}

static void filters_compare(const struct octets *o, bool data)
{
	SAME("filter of data", passes(true, o), data);
	SAME("filter of the rest", passes(false, o), !data);
}

/* ---- Ethernet, PPPoE ----------------------------------------------------- */

static struct {
	unsigned int sessions, discoveries, pairs, priorities, refused;
} met;

static void sessions_compare(const struct octets *o,
			     const struct readers_facts *x,
			     const struct pppoe_frame *u)
{
	uint16_t protocol;
	struct view info;

	SAME("session", x->session, u->session);
	SAME("where PPP begins", x->at, (size_t)(u->payload.data - o->at));
	SAME("PPPoE length", x->left, u->payload.len);
	met.sessions++;
	met.priorities += x->at > ETH_LEN + 6u + 4u * u->vlans;
	if (!ppp_frame_read(u->payload, &protocol, &info) &&
	    (protocol != PPP_IPV6 || info.len >= IP6_HEADER))
		filters_compare(o, protocol < 0x8000);
}

/* How a packet socket gets it: the kernel takes the outermost tag out. */
static struct octets untagged(const struct octets *o, struct vlan_tag *tag)
{
	struct octets out = *o;

	tag->type = (uint16_t)(o->at[12] << 8 | o->at[13]);
	tag->tci = (uint16_t)(o->at[14] << 8 | o->at[15]);
	if (!vlan_is_tag(tag->type) || o->len < ETH_LEN + 4) {
		tag->type = 0;
		return out;
	}
	memmove(out.at + 12, out.at + 16, out.len - 16);
	out.len -= 4;
	return out;
}

/* x is of the frame whose outermost tag, if it has one, is not in o. */
static void access_compare(const struct octets *o, struct readers_facts x,
			   struct vlan_tag stripped)
{
	bool session = x.ethertype == ETHER_PPPOE_SESSION;
	struct pppoe_frame u;
	bool theirs = !pppoe_read(view_of(o->at, o->len), stripped, &u);

	if (stripped.type)
		x.at -= 4;
	met.refused += !theirs;
	if (session)
		SAME("a session's frame", !x.reason, theirs);
	if (!theirs)
		return;
	/* user space looks deeper into discovery, which is punted whole */
	SAME("EtherType", x.ethertype, u.ethertype);
	SAME("outer VLAN", x.vlan, u.vlan[0]);
	SAME("inner VLAN", x.inner_vlan, u.vlan[1]);
	met.pairs += u.vlans == 2;
	if (session) {
		sessions_compare(o, &x, &u);
	} else {
		met.discoveries++;
		filters_compare(o, false);
	}
}

static void test_access(void **state)
{
	(void)state;
	for (number = 0; number < frames; number++) {
		struct octets whole = access_frame(), rest;
		const struct readers_facts *x =
			read_by(readers->progs.read_access, &whole);
		struct vlan_tag tag = {0};

		access_compare(&whole, *x, tag);
		rest = untagged(&whole, &tag);
		access_compare(&rest, *x, tag);
	}
	assert_true(met.sessions > frames / 10);
	assert_true(met.discoveries > frames / 10);
	assert_true(met.pairs > frames / 40);
	assert_true(met.priorities > frames / 40);
	assert_true(met.refused > frames / 10);
}

/* ---- PPP ----------------------------------------------------------------- */

static void test_ppp(void **state)
{
	unsigned int good = 0;

	(void)state;
	for (number = 0; number < frames; number++) {
		const struct octets made = bare_frame(put_ppp), *o = &made;
		const struct readers_facts *x =
			read_by(readers->progs.read_ppp, o);
		struct view info;
		uint16_t protocol;
		bool theirs = !ppp_frame_read(view_of(o->at + ETH_LEN,
						      o->len - ETH_LEN),
					      &protocol, &info);

		SAME("a PPP frame", !x->reason, theirs);
		if (!theirs)
			continue;
		good++;
		SAME("protocol", x->protocol, protocol);
		SAME("information", x->left, info.len);
	}
	assert_in_range(good, frames / 4, frames - frames / 10);
}

/* ---- L2TP ---------------------------------------------------------------- */

static void test_l2tp(void **state)
{
	unsigned int good = 0;

	(void)state;
	for (number = 0; number < frames; number++) {
		const struct octets made = bare_frame(put_l2tp), *o = &made;
		const struct readers_facts *x =
			read_by(readers->progs.read_l2tp, o);
		struct l2tp_data u;
		bool theirs = !l2tp_data_read(view_of(o->at + ETH_LEN,
						      o->len - ETH_LEN),
					      OFFSET_MAX, &u);

		/* match skips the pad, and wants something behind it */
		SAME("a data message", !x->reason && x->left > x->pad, theirs);
		if (!theirs)
			continue;
		good++;
		SAME("tunnel", x->tunnel, u.tunnel);
		SAME("session", x->session, u.session);
		SAME("numbered", x->numbered, u.numbered);
		SAME("Ns", x->numbered ? x->ns : 0, u.ns);
		SAME("where PPP begins", x->at + x->pad,
		     (size_t)(u.payload.data - o->at));
		SAME("length", x->left - x->pad, u.payload.len);
	}
	assert_in_range(good, frames / 8, frames - frames / 10);
}

/* ---- IPv4 ---------------------------------------------------------------- */

static void test_ip4(void **state)
{
	unsigned int good = 0;

	(void)state;
	for (number = 0; number < frames; number++) {
		const struct octets made = bare_frame(put_ip4), *o = &made;
		const struct readers_facts *x =
			read_by(readers->progs.read_ip4, o);
		struct ip4 u;
		bool theirs = !ip4_read(view_of(o->at + ETH_LEN,
						o->len - ETH_LEN),
					&u);

		SAME("a packet", x->whole, theirs);
		good += theirs;
	}
	assert_in_range(good, frames / 10, frames - frames / 10);
}

/* ---- what both change in a packet ---------------------------------------- */

static void put_options(struct octets *o)
{
	uint32_t kind, length;

	for (int i = 0; i < 6; i++) {
		kind = pick(4) ? pick(4) : 2;
		put8(o, kind);
		if (kind < 2)
			continue;
		length = kind == 2 && pick(8) ? 4 : pick(8);
		put8(o, length);
		put_random(o, length > 2 ? length - 2 : 0);
	}
}

/* A SYN, mostly, of IPv4 without options (others are punted) or IPv6. */
static void put_syn(struct octets *o)
{
	bool ip4 = pick(2);
	size_t begin = o->len;

	put8(o, ip4 ? 0x45 : 0x60);
	put_random(o, ip4 ? 19 : 39);
	o->at[begin + (ip4 ? 9 : 6)] = pick(8) ? 6 : 17;
	if (ip4 && pick(8))
		o->at[begin + 6] = o->at[begin + 7] = 0;
	put_random(o, 12);
	put8(o, pick(8) ? 15 << 4 : pick(256));
	put8(o, pick(8) ? 2 : pick(256));
	put_random(o, 6);
	put_options(o);
	put_random(o, 16);
}

/* The frame as the program leaves it; its verdict. */
static int changed_by(const struct bpf_program *program, struct octets *o)
{
	struct octets in = *o;
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = in.at,
		    .data_size_in = (__u32)in.len, .data_out = o->at,
		    .data_size_out = sizeof(o->at), .repeat = 1);

	assert_int_equal(
		bpf_prog_test_run_opts(bpf_program__fd(program), &run), 0);
	assert_int_equal(run.data_size_out, in.len);
	return (int)run.retval;
}

static struct builder edit_inner(struct octets *o)
{
	struct builder b = builder_on(o->at + ETH_LEN, sizeof(o->at) - ETH_LEN);

	b.len = o->len - ETH_LEN;
	return b;
}

static void test_mss(void **state)
{
	struct settings on = {.flags = SETTINGS_MSS_CLAMP};
	unsigned int lowered = 0;
	uint32_t zero = 0;

	(void)state;
	assert_int_equal(
		bpf_map_update_elem(bpf_map__fd(readers->maps.settings), &zero,
				    &on, BPF_ANY),
		0);
	for (number = 0; number < frames; number++) {
		struct octets made = bare_frame(put_syn), *o = &made;
		struct octets ours = made;
		struct builder b = edit_inner(&made);

		readers->bss->limit = 40 + pick(pick(2) ? 60 : 65000);
		changed_by(readers->progs.lower_mss, &ours);
		lowered += mss_clamp(&b, (uint16_t)readers->bss->limit);
		SAME("MSS", memcmp(made.at, ours.at, made.len), 0);
	}
	assert_in_range(lowered, frames / 20, frames - frames / 10);
}

static void test_marks(void **state)
{
	unsigned int dropped = 0;

	(void)state;
	for (number = 0; number < frames; number++) {
		struct octets made = bare_frame(pick(2) ? put_ip4 : put_syn);
		struct octets ours = made, *o = &made;
		struct builder b = edit_inner(&made);
		uint8_t class = mark_read(builder_view(&b));
		int ecn, verdict;

		readers->bss->outer = pick(256);
		verdict = changed_by(readers->progs.leave_tunnel, &ours);
		ecn = mark_ecn_leave(class, (uint8_t)readers->bss->outer);
		if (!mark_fits(builder_view(&b)))
			ecn = class & MARK_ECN;
		SAME("conflict", verdict == XDP_DROP, ecn < 0);
		if (ecn < 0)
			dropped++;
		else
			mark_write(&b, (uint8_t)((class & MARK_DSCP) | ecn));
		SAME("class", memcmp(made.at, ours.at, made.len), 0);
	}
	assert_in_range(dropped, frames / 100, frames / 2);
}

/* -------------------------------------------------------------------------- */

static int setup(void **state)
{
	(void)state;
	if (getenv("L2X_FRAMES"))
		frames = (unsigned int)atoi(getenv("L2X_FRAMES"));
	if (getenv("L2X_SEED"))
		seed = (unsigned int)atoi(getenv("L2X_SEED"));
	random_state = seed;
	readers = readers_bpf__open_and_load();
	if (!readers)
		return -1;
	for (int data = 0; data < 2; data++)
		if (socketpair(AF_UNIX, SOCK_DGRAM, 0, filtered[data]) ||
		    filter_pppoe(filtered[data][1], data))
			return -1;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	readers_bpf__destroy(readers);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_access),
		cmocka_unit_test(test_ppp),
		cmocka_unit_test(test_l2tp),
		cmocka_unit_test(test_ip4),
		cmocka_unit_test(test_mss),
		cmocka_unit_test(test_marks),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
