/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The express path of calls that end here (LNS, and PPPoE that the LAC ends):
 * IPv4 without options, as long as the frame that carries it, not at the end of
 * its hops, and no TCP SYN, whose MSS may have to change.
 *   - downward: to a subscriber by their address; the frame leaves as that of a
 *     switched call;
 *   - upward: from the address that the call was given, to where the FIB says.
 * As in express.h, any other packet is left unchanged to the other stages;
 * these functions then return -1.  This includes packets from a network behind
 * a subscriber, those that Ethernet has padded, and possible martians.
 */
#ifndef EXPRESS_IP_H
#define EXPRESS_IP_H

#include "check.h"
#include "clamp.h"
#include "express.h"

/* The cursor at the IPv4 header, its packet `info` octets. */
static __always_inline bool express_is_usual(const struct cursor *c, __u32 info)
{
	__u32 first = bpf_ntohl(cursor_get32(c, 0));

	return (first & 0xff00ffff) == (IP4_NO_OPTIONS << 24) + info &&
	       cursor_get8(c, 8) > 1 &&
	       (cursor_get8(c, 9) != IPPROTO_TCP ||
		!(cursor_get8(c, IP4_LEN + TCP_FLAGS) & TCP_SYN));
}

/*
 * Plain IPv4, `at` octets behind the frame's start.  A function, so that the
 * paths need not share their registers.
 */
__noinline int downward(struct xdp_md *ctx, __u32 at)
{
	struct packet p = {.routed = true};
	__u32 place, slot;
	struct cursor c;
	__be32 to;

	cursor_open(&c, ctx, 0);
	c.left = p.len = cursor_length(&c, ctx);
	cursor_seek(&c, at);
	if (!cursor_reaches(&c, IP4_LEN + TCP_FLAGS + 1) ||
	    !express_is_usual(&c, c.left) ||
	    martian4_octet(cursor_get8(&c, 12)))
		refuse(-1);
	p.info = c.left;
	to = cursor_get32(&c, 16);
	if (!pool4_find(bpf_ntohl(to), &place) && !table4_find(to, &place))
		return refused(p.len, REASON_NOT_OURS);
	if (!express_leg(&p, &slot, place) || !LEG_HAS(p.word, LEG_IP4))
		refuse(-1);
	if (EXPRESS_WORD(p.word) == EXPRESS_LEG(LEG_IP, LEG_L2TP))
		return express_leave(ctx, &p, &slot, LEG_L2TP);
	if (EXPRESS_WORD(p.word) == EXPRESS_LEG(LEG_IP, LEG_PPPOE))
		return express_leave(ctx, &p, &slot, LEG_PPPOE);
	return -1;
}

/* Whether it may go up: p->from, p->info; the cursor at the IPv4 header. */
static __always_inline bool express_may_leave(const struct cursor *c,
					      const struct packet *p,
					      bool in_tunnel)
{
	__be32 user = p->from->to.ip.user4;
	struct settings *s = settings_read();
	__u32 slot;

	return s && !(in_tunnel && s->inner_dscp) &&
	       LEG_HAS(p->word, LEG_IP4) && express_is_usual(c, p->info) &&
	       (user ? user == cursor_get32(c, 12)
		     : !martian4_octet(cursor_get8(c, 12))) &&
	       !martian4_octet(cursor_get8(c, 16)) &&
	       !pool4_find(bpf_ntohl(cursor_get32(c, 16)), &slot);
}

/* All checks are passed: decrements TTL, writes Ethernet, counts. */
static __always_inline int express_leave_ip(struct xdp_md *ctx,
					    struct cursor *c,
					    const struct packet *p,
					    const struct bpf_fib_lookup *fib)
{
	enum reason reason;

	if (unlikely(LEG_ASKS(p->word))) {
		reason = leg_admit(p);
		if (reason)
			return refused(p->len, reason);
	}
	hop_count4(c);
	if (bpf_xdp_adjust_head(ctx, (int)p->off - (int)p->head))
		return refused(p->len, REASON_HEADROOM);
	cursor_open(c, ctx, p->head + p->info);
	if (!ethernet_write(c, p, fib))
		return refused(p->len, REASON_HEADROOM);
	leg_count_data(p->from, p->info);
	return verdict(p->len, REASON_FORWARDED);
}

/*
 * The IPv4 packet that fills the frame from `off` on.  It came from the call
 * whose forwarding leg is in `slot`; in_tunnel: it came over L2TP.
 */
__noinline int upward(struct xdp_md *ctx, __u32 slot, __u32 off,
		      __u32 in_tunnel)
{
	struct bpf_fib_lookup fib;
	struct packet p = {};
	struct cursor c;

	p.leg = p.from = bpf_map_lookup_elem(&legs, &slot);
	if (!p.from)
		refuse(-1);
	p.word = leg_read(p.from);
	p.slot = slot;
	leg_admit_soon(&p);
	p.off = off;
	p.protocol = PPP_IP4;
	cursor_open(&c, ctx, 0);
	c.left = p.len = cursor_length(&c, ctx);
	p.info = p.len - off;
	cursor_seek(&c, off);
	if (!cursor_reaches(&c, IP4_LEN + TCP_FLAGS + 1) ||
	    !express_may_leave(&c, &p, in_tunnel) ||
	    !route4_nexthop(ctx, &c, &p, &fib) || !port_reserve(p.ifindex))
		refuse(-1);
	return express_leave_ip(ctx, &c, &p, &fib);
}

#endif
