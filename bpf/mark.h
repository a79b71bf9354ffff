/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DSCP and ECN between the inner and the outer IP header (RFC 2983, RFC 6040,
 * RFC 9601).  Out of a tunnel: `inner_mark` changes the inner packet, if both
 * ends have agreed on congestion marks or the operator has set a DSCP.
 * Into a tunnel: `inner_tos` is what the outer header copies.
 */
#ifndef MARK_H
#define MARK_H

#include "match.h"

#define ECN_MASK 0x03
#define ECN_ECT1 0x01
#define ECN_CE	 0x03

/* Traffic class of the IP packet at the cursor; 0 if it is cut. */
static __always_inline __u8 tos_read(const struct cursor *c)
{
	if (!cursor_has(c, 2))
		return 0;
	if (cursor_get8(c, 0) >> 4 == 4)
		return cursor_get8(c, 1);
	return get_host16(c, 0) >> 4;
}

/* RFC 1624, the word of version and TOS. */
static __always_inline void tos_write4(struct cursor *c, __u8 tos)
{
	__be16 old = cursor_get16(c, 0);
	__u32 sum;

	cursor_put8(c, 1, tos);
	sum = (__u16)~cursor_get16(c, 10) + (__u16)~old + cursor_get16(c, 0);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	cursor_put16(c, 10, ~sum);
}

static __always_inline void tos_write6(struct cursor *c, __u8 tos)
{
	cursor_put16(c, 0, (cursor_get16(c, 0) & bpf_htons(0xf00f)) |
				   bpf_htons((__u16)(tos << 4)));
}

/*
 * ECN of a packet that leaves a tunnel (RFC 6040 section 4.2).  -1: drop it, as
 * it is marked and its sender does not support ECN.
 */
static __always_inline int ecn_leave(__u8 inner, __u8 outer)
{
	inner &= ECN_MASK;
	outer &= ECN_MASK;
	if (outer == ECN_CE)
		return inner ? ECN_CE : -1;
	if (outer == ECN_ECT1 && inner == 2)
		return ECN_ECT1;
	return inner;
}

/* The DSCP bits of a packet that leaves a tunnel and is routed here. */
static __always_inline __u8 dscp_leave(const struct settings *s, __u8 inner,
				       __u8 outer)
{
	if (s->inner_dscp == INNER_DSCP_COPY)
		return outer & ~ECN_MASK;
	if (s->inner_dscp == INNER_DSCP_SET)
		return s->inner_dscp_value << 2;
	return inner & ~ECN_MASK;
}

/* The traffic class, but for ECN, of a routed packet when it goes on. */
static __always_inline __u8 tos_leave(const struct packet *p, __u8 inner)
{
	struct settings *s;

	if (likely(!(p->outer & OUTER_DSCP)))
		return inner;
	s = settings_read();
	return s ? dscp_leave(s, inner, p->outer & OUTER_TOS) : inner;
}

/* Asked once for a routed packet, as each question is a look-up. */
static __always_inline __u32 outer_dscp_rule(__u32 outer)
{
	struct settings *s = outer ? settings_read() : NULL;

	return s && s->inner_dscp ? OUTER_DSCP : 0;
}

/*
 * The inner packet, `off` octets behind the frame's start, came in a tunnel
 * whose outer traffic class was `outer`.  -1: drop it.
 */
__noinline int inner_mark(struct xdp_md *ctx, __u32 off, __u32 outer,
			  __u32 ecn_agreed, __u32 routed)
{
	struct settings *s = settings_read();
	struct cursor c;
	__u8 version, old, new;
	int ecn;

	if (!s)
		return 0;
	cursor_open(&c, ctx, 0x200 + IP4_LEN);
	cursor_seek(&c, off);
	if (!cursor_has(&c, IP4_LEN))
		return 0;
	/* the inner packet of a switched call has not been checked */
	version = cursor_get8(&c, 0) >> 4;
	if (version != 4 && version != 6)
		return 0;
	old = tos_read(&c);
	new = routed ? dscp_leave(s, old, outer) : old & ~ECN_MASK;
	ecn = ecn_agreed ? ecn_leave(old, outer) : old & ECN_MASK;
	if (ecn < 0)
		return -1;
	new |= ecn;
	if (new == old)
		return 0;
	if (version == 4)
		tos_write4(&c, new);
	else
		tos_write6(&c, new);
	return 0;
}

/* Before anything moves; p->off is where the inner packet begins. */
static __always_inline enum reason tunnel_leave(struct xdp_md *ctx,
						const struct packet *p)
{
	bool ecn = p->outer & OUTER_ECN && p->outer & ECN_ECT1;
	bool dscp = p->outer & OUTER_DSCP;

	if (likely(!ecn && !dscp) || !ppp_is_ip(p))
		return 0;
	return inner_mark(ctx, p->off, p->outer & OUTER_TOS, ecn, dscp)
		       ? REASON_ECN_CONFLICT
		       : 0;
}

#endif
