/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Maximum Segment Size of a TCP SYN of a terminated call: never more than
 * fits the subscriber's side, in both directions, so that TCP needs neither
 * fragments nor "too big".  Only lowers what is there; a SYN without the
 * option, and TCP behind IPv6 extension headers, stay as they are.
 */
#ifndef CLAMP_H
#define CLAMP_H

#include "nexthop.h"

#define TCP_LEN	    20
#define TCP_FLAGS   13
#define TCP_SYN	    0x02
#define TCP_SUM	    16
#define IP4_OFFSET  0x1fff /* a fragment that is not the first */
#define OPTION_END  0
#define OPTION_NOP  1
#define OPTION_MSS  2
#define MSS_LEN	    4
#define OPTIONS_MAX 40 /* octets, so also steps of the walk */

/* The cursor at the TCP header, the option `at` octets behind it. */
static __always_inline void mss_lower(const struct cursor *tcp, __u32 at,
				      __u16 limit)
{
	struct cursor head = *tcp, option = *tcp;
	__u16 old, new = bpf_htons(limit);
	__u32 sum;

	cursor_seek(&option, at);
	if (!cursor_has(&head, TCP_LEN) || !cursor_has(&option, MSS_LEN) ||
	    cursor_get8(&option, 1) != MSS_LEN ||
	    get_host16(&option, 2) <= limit)
		return;
	old = cursor_get16(&option, 2);
	cursor_put16(&option, 2, new);
	/* at an odd place its octets belong to two words, swapped */
	if (at & 1) {
		old = old << 8 | old >> 8;
		new = new << 8 | new >> 8;
	}
	/* RFC 1624: ~(~sum + ~old + new) */
	sum = (__u16)~cursor_get16(&head, TCP_SUM) + (__u16)~old + new;
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	cursor_put16(&head, TCP_SUM, ~sum);
}

/* Where in the TCP header the MSS option is; 0 if there is none. */
static __always_inline __u32 mss_find(const struct cursor *tcp, __u32 header)
{
	__u32 at = TCP_LEN, i;

#pragma clang loop unroll(disable)
	for (i = 0; i < OPTIONS_MAX; i++) {
		struct cursor option = *tcp;
		__u8 kind, length;

		HIDE(at); /* the verifier shall see one range, not each sum */
		at &= 0x3f;
		if (at + MSS_LEN > header)
			return 0;
		cursor_seek(&option, at);
		if (!cursor_has(&option, 2))
			return 0;
		kind = cursor_get8(&option, 0);
		length = cursor_get8(&option, 1);
		if (kind == OPTION_MSS)
			return at;
		if (kind == OPTION_END)
			return 0;
		if (kind == OPTION_NOP)
			length = 1;
		else if (length < 2 || length > OPTIONS_MAX)
			return 0;
		at += length;
	}
	return 0;
}

/*
 * A function of its own, which the verifier walks once: few packets come here.
 * The IP header is `off` octets behind the frame's start, `end` is where its
 * packet ends, `limit` the largest IP packet.
 */
__noinline int mss_clamp(struct xdp_md *ctx, __u32 off, __u32 end, __u32 limit)
{
	__u32 zero = 0, header, ip = IP6_LEN, at;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);
	struct cursor c;

	if (!s || !(s->flags & SETTINGS_MSS_CLAMP))
		return 0;
	cursor_open(&c, ctx, end);
	cursor_seek(&c, off);
	if (!cursor_has(&c, IP4_LEN))
		return 0;
	if (cursor_get8(&c, 0) == IP4_NO_OPTIONS) {
		if (cursor_get16(&c, 6) & bpf_htons(IP4_OFFSET))
			return 0;
		ip = IP4_LEN;
	}
	if (limit <= ip + TCP_LEN)
		return 0;
	cursor_seek(&c, ip);
	if (!cursor_has(&c, TCP_LEN))
		return 0;
	header = (cursor_get8(&c, 12) >> 4) * 4;
	if (header > c.left)
		return 0;
	at = mss_find(&c, header);
	if (at)
		mss_lower(&c, at, limit - ip - TCP_LEN);
	return 0;
}

/* The cursor is at the IP header, which check has found whole. */
static __always_inline bool is_syn(const struct cursor *c,
				   const struct packet *p)
{
	if (p->protocol == PPP_IP4)
		return cursor_get8(c, 9) == IPPROTO_TCP &&
		       cursor_has(c, IP4_LEN + TCP_LEN) &&
		       cursor_get8(c, IP4_LEN + TCP_FLAGS) & TCP_SYN;
	return cursor_get8(c, 6) == IPPROTO_TCP &&
	       cursor_has(c, IP6_LEN + TCP_LEN) &&
	       cursor_get8(c, IP6_LEN + TCP_FLAGS) & TCP_SYN;
}

/*
 * Largest IP packet that leaves by p->image for p->leg.  nexthop has found that
 * this one fits, so it is not negative.
 */
static __always_inline __u32 leg_room(const struct packet *p)
{
	__u32 room = p->image->out_max - p->head;

	return room < p->leg->out_mtu ? room : p->leg->out_mtu;
}

/* A SYN, before anything moves; limit: the largest IP packet, 0 = unknown. */
static __always_inline void syn_clamp(struct xdp_md *ctx,
				      const struct packet *p, __u32 limit)
{
	mss_clamp(ctx, p->off, p->off + p->info, limit);
}

#endif
