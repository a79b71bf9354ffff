/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The express path: forwards the usual form of packet of switched calls (LAC,
 * LTS) by a few comparisons of whole words.
 *
 * While nobody watches frames, it takes a frame for our MAC address, untagged
 * or with one 802.1Q tag:
 *   - PPPoE of version 1 type 1 code 0, or IPv4 without options and fragments,
 *     UDP 1701 to 1701's peer, L2TP flags 0002 and FF 03, in a tunnel that has
 *     agreed on nothing more;
 *   - with lengths that add up to the frame's, so that nothing is trimmed;
 *   - of a session whose data is not numbered, neither to nor by us;
 *   - a PPP protocol of two octets, IPv4 or IPv6;
 *   - of a leg that forwards to PPPoE, or to L2TP by an image without options;
 *     it may be policed, and the DSCP copied.
 * Packets of calls that end here, and plain IPv4, try an express path of their
 * own (express_ip.h), and else go on to the routed stages with the facts found
 * so far.  All other frames go to the generic stages, which start from the
 * beginning, as nothing in the frame has changed.
 *
 * The two paths cannot disagree: each test here is one that the generic stages
 * make, or a narrower one.  A frame that passes them all takes one way through
 * those stages, with the same counts and the same result.  Before the point of
 * no return this path refuses no frame by itself; it leaves it to the generic
 * stages.  tests/bpf/test_express sends each form through both.
 */
#ifndef EXPRESS_H
#define EXPRESS_H

#include "rewrite.h"
#include "verdict.h"

#define NO_SLOT	    (~0u)
#define EXPRESS_MIN 60 /* octets: headers that are read here end before it */

/* From the IPv4 header on, where nothing is optional. */
#define L2TP_AT (IP4_LEN + UDP_LEN)
#define PPP_AT	(L2TP_AT + L2TP_MIN_LEN)
#define INFO_AT (PPP_AT + 2 + PPP_PROTOCOL_LEN)

/* The first word of a leg that forwards; of the flags only numbering. */
#define EXPRESS_LEG(kind, out) (LEG_FORWARD | (kind) << 8 | (out) << 16)
#define EXPRESS_FLAGS	       NUMBERING_BIT(LEG_SEQUENCED | LEG_NUMBERED)
#define EXPRESS_WORD(word)     ((word) & (EXPRESS_FLAGS | 0x00ffffff))

/* An image without options, and its length. */
#define EXPRESS_L2TP_LEN  (ETH_LEN + PPP_AT + 2)
#define EXPRESS_PPPOE_LEN (ETH_LEN + PPPOE_LEN)
#define EXPRESS_FORM(kind, len, tags)              \
	((__u32)(kind) | (tags) << 8 | IMAGE_READY << 16 | \
	 ((len) + TAG_LEN * (tags)) << 24)

/* A tunnel's first word without its bank: open, no options agreed. */
#define EXPRESS_TUNNEL_MASK 0xffff00ff

/* The other stages (l2x.bpf.c); each returns its own verdict. */
int generic(struct xdp_md *ctx);
int routed(struct xdp_md *ctx, __u32 slot, __u32 off, __u32 info, __u32 what);

/* The express path of calls that end here (express_ip.h); -1: not for it. */
int downward(struct xdp_md *ctx, __u32 at);
int upward(struct xdp_md *ctx, __u32 slot, __u32 off, __u32 in_tunnel);

/* Further facts for routed(), in one number. */
#define ROUTED_OUTER   0x03ff /* enum outer */
#define ROUTED_WATCHED 0x8000 /* somebody watches frames of this port */

static __always_inline __u32 packet_facts(const struct packet *p, bool watched)
{
	return p->outer | (watched ? ROUTED_WATCHED : 0) |
	       (__u32)p->protocol << 16;
}

static __always_inline int route(struct xdp_md *ctx, const struct packet *p,
				 __u32 slot, bool watched)
{
	return routed(ctx, slot, p->off, p->info, packet_facts(p, watched));
}

/* Whether the frame is for us on this port; reads up to the EtherType. */
static __always_inline bool express_ethernet(struct xdp_md *ctx,
					     const struct cursor *c,
					     struct packet *p)
{
	__u32 ifindex = ctx->ingress_ifindex;
	struct port *port;
	__u64 other;

	if (!cursor_reaches(c, EXPRESS_MIN))
		refuse(false);
	port = bpf_map_lookup_elem(&ports, &ifindex);
	if (!port || (port->flags & (PORT_ATTACHED | PORT_WATCHED)) !=
			     PORT_ATTACHED)
		refuse(false);
	other = (cursor_get64(c, 0) ^ WORD64(port, mac)) << 16;
	HIDE(other); /* else clang masks with a constant of two words */
	p->port = port;
	return !other;
}

/*
 * The leg in a slot; its first word tells whether its kind is right.  The slot
 * number stays in memory, where the lookup wants it, until it is needed.
 */
static __always_inline bool express_leg(struct packet *p, __u32 *at, __u32 slot)
{
	*at = slot;
	p->leg = bpf_map_lookup_elem(&legs, at);
	if (!p->leg)
		refuse(false);
	p->word = leg_read(p->leg);
	return true;
}

/*
 * Behind Ethernet and `tags` tags, a constant: then so are all distances.  Each
 * number that is wrong leaves bits above those of a right one; 16 bits of
 * length are enough, as no frame is 64 KiB longer than it says.
 */
static __always_inline bool express_pppoe(const struct cursor *frame,
					  struct packet *p, __u32 tags,
					  __u32 *slot)
{
	__u32 at = ETH_LEN + TAG_LEN * tags, rest = p->len - at - PPPOE_LEN;
	__u32 session = bpf_ntohl(cursor_get32(frame, at)) ^ PPPOE_V1T1 << 24;
	__u32 protocol = bpf_ntohl(cursor_get32(frame, at + 4));
	__u32 bank = port_bank(p);
	__u64 client;

	protocol -= rest << 16;
	p->info = rest - PPP_PROTOCOL_LEN;
	if (session >> 16 || !bank ||
	    (unlikely(protocol != PPP_IP4) && protocol != PPP_IP6) ||
	    !express_leg(p, slot, ((bank - 1) << BANK_SHIFT) + session))
		refuse(false);
	client = cursor_get64(frame, 4) >> 16 | (__u64)p->vlan << 48;
	return WORD64(p->leg, in.pppoe.mac) == client &&
	       !p->leg->in.pppoe.inner_vlan;
}

static __always_inline bool sums_are_checked(void)
{
	struct settings *s = settings_read();

	return s && s->flags & SETTINGS_CHECK_SUMS;
}

/* IPv4 and UDP, both as long as what is left; the cursor at the IP header. */
static __always_inline bool express_udp(const struct cursor *c)
{
	__u32 first = bpf_ntohl(cursor_get32(c, 0));
	__u32 last = bpf_ntohl(cursor_get32(c, IP4_LEN + 4));
	__u32 length = (c->left - IP4_LEN) << 16; /* and no checksum */

	if ((first & 0xff00ffff) != (IP4_NO_OPTIONS << 24) + c->left ||
	    (cursor_get32(c, 6) & bpf_htonl(IP4_FRAGMENT << 16 | 0xff)) !=
		    bpf_htonl(IPPROTO_UDP))
		refuse(false);
	if (likely(last == length))
		return true;
	return !((last ^ length) >> 16) && !sums_are_checked();
}

/* Addresses and ports are those of the tunnel. */
static __always_inline bool express_peer(const struct cursor *c,
					 const struct tunnel_rx *t)
{
	return WORD64(t, peer_ip4) == cursor_get64(c, 12) &&
	       *(const __u32 *)&t->peer_port == cursor_get32(c, IP4_LEN);
}

/* The cursor at the IP header. */
static __always_inline bool express_l2tp(const struct cursor *c,
					 struct packet *p, __u32 *slot)
{
	__u32 tunnel = bpf_ntohl(cursor_get32(c, L2TP_AT)) ^ L2TP_V2 << 16;
	__be32 ppp = cursor_get32(c, PPP_AT);
	struct tunnel_rx *t;
	__u32 word;

	p->info = c->left - INFO_AT;
	if ((unlikely(ppp != bpf_htonl(HDLC << 16 | PPP_IP4)) &&
	     ppp != bpf_htonl(HDLC << 16 | PPP_IP6)) ||
	    !express_udp(c))
		refuse(false);
	/* no slot, if the flags left bits above an id */
	t = bpf_map_lookup_elem(&tunnels_rx, &tunnel);
	if (!t)
		refuse(false);
	word = *(const volatile __u32 *)t;
	if ((word & EXPRESS_TUNNEL_MASK) != TUNNEL_RX_OPEN ||
	    !express_peer(c, t) ||
	    !express_leg(p, slot,
			 (word << 8 & 0xff0000) | get_host16(c, L2TP_AT + 4)))
		refuse(false);
	return p->leg->in.l2tp.tunnel == tunnel;
}

/*
 * Nothing has changed: leaves the frame to the generic stages, or to the caller
 * of downward().  p->routed is a constant, so that downward() does not call
 * generic().
 */
static __always_inline int express_not(struct xdp_md *ctx,
				       const struct packet *p)
{
	return p->routed ? -1 : generic(ctx);
}

/* Off the path: forwarded frames need not ask for their verdict. */
__noinline int refused(__u32 len, __u32 reason)
{
	return verdict(len, reason & 0x3f);
}

/*
 * Makes room for a head of `head` octets.  leg_admit() is the point of no
 * return: a frame that fails after it is dropped unchanged.
 */
static __always_inline enum reason express_fit(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p,
					       const __u32 *slot, __u32 head)
{
	int shift = p->len - p->info - head;
	enum reason reason;

	if (unlikely(LEG_ASKS(p->word))) {
		p->slot = *slot;
		reason = leg_admit(p);
		if (reason)
			return reason;
	}
	if (shift && bpf_xdp_adjust_head(ctx, shift))
		refuse(REASON_HEADROOM);
	cursor_open(c, ctx, head + p->info);
	return cursor_reaches(c, head + IP4_LEN * p->routed) ? 0
							     : REASON_HEADROOM;
}

/* The PPP protocol behind the new head, for what came as plain IPv4. */
static __always_inline void express_inner(const struct cursor *c,
					  const struct packet *p, __u32 head)
{
	struct cursor inner = *c;

	if (!p->routed)
		return;
	cursor_put16(&inner, head - PPP_PROTOCOL_LEN, bpf_htons(PPP_IP4));
	cursor_skip(&inner, head);
	hop_count4(&inner);
}

/* The outer header gets the DSCP of the inner: what that adds to the sum. */
static __always_inline __u32 express_dscp(struct cursor *ip, __u32 info_at)
{
	struct cursor inner = *ip;
	__u8 own = cursor_get8(ip, 1);

	cursor_skip(&inner, info_at);
	return ip4_tos_patch(ip, (own & ECN_MASK) |
					 (tos_read(&inner) & ~ECN_MASK));
}

/*
 * Ethernet, IPv4, UDP, L2TP and FF 03; of a switched call the PPP protocol
 * stays where it is.
 */
static __always_inline int express_to_l2tp(struct xdp_md *ctx, struct packet *p,
					   const __u32 *slot, __u32 tags,
					   bool dscp)
{
	__u32 ip_at = ETH_LEN + TAG_LEN * tags, len = ip_at + PPP_AT + 2;
	const void *from = p->image->head;
	struct cursor c, ip;
	enum reason reason;
	__u64 ids;
	__u32 sum;
	__u16 id;

	if (len + PPP_PROTOCOL_LEN + p->info > p->image->out_max)
		refuse(express_not(ctx, p));
	reason = express_fit(ctx, &c, p, slot, len + PPP_PROTOCOL_LEN);
	if (unlikely(reason))
		return refused(p->len, reason);
	id = leg_count_data(p->leg, p->info) + p->leg->to.l2tp.session;
	ids = *(__u32 *)&p->leg->to.l2tp.tunnel;
	HIDE(from);
	cursor_copy128(&c, 0, from);
	cursor_copy128(&c, 16, from + 16);
	cursor_copy64(&c, 32, from + 32);
	if (tags)
		cursor_copy64(&c, 36, from + 36);
	cursor_put64(&c, len - 8, *(const __u64 *)(from + len - 8) | ids << 16);
	ip = c;
	cursor_skip(&ip, ip_at);
	sum = p->image->sum;
	express_inner(&c, p, len + PPP_PROTOCOL_LEN);
	if (dscp)
		sum += express_dscp(&ip, INFO_AT);
	ip4_patch(&ip, sum, id);
	/* and no checksum behind the length */
	cursor_put32(&ip, IP4_LEN + 4, bpf_htons(ip.left - IP4_LEN));
	return verdict(p->len, REASON_FORWARDED);
}

/* Ethernet with the leg's address and tag, PPPoE; the rest as above. */
static __always_inline int express_to_pppoe(struct xdp_md *ctx,
					    struct packet *p,
					    const __u32 *slot, __u32 tags)
{
	__u32 len = EXPRESS_PPPOE_LEN + TAG_LEN * tags;
	const void *from = p->image->head;
	const struct leg *leg = p->leg;
	enum reason reason;
	struct cursor c;

	if (len + PPP_PROTOCOL_LEN + p->info > p->image->out_max)
		refuse(express_not(ctx, p));
	reason = express_fit(ctx, &c, p, slot, len + PPP_PROTOCOL_LEN);
	if (unlikely(reason))
		return refused(p->len, reason);
	leg_count_data(p->leg, p->info);
	HIDE(from);
	cursor_put_mac(&c, 0, leg->to.pppoe.mac);
	cursor_copy64(&c, 6, from + 6);
	if (tags)
		cursor_put16(&c, 14, leg->to.pppoe.vlan);
	cursor_put32(&c, len - 8, *(const __u32 *)(from + len - 8));
	cursor_put16(&c, len - 4, leg->to.pppoe.session);
	cursor_put16(&c, len - 2, bpf_htons(p->info + PPP_PROTOCOL_LEN));
	express_inner(&c, p, len + PPP_PROTOCOL_LEN);
	return verdict(p->len, REASON_FORWARDED);
}

/* By the form of the image, as then all distances in it are constants. */
static __always_inline int express_leave(struct xdp_md *ctx, struct packet *p,
					 const __u32 *slot, enum leg_kind out)
{
	__u32 number = p->leg->out_template, form;
	struct template *t = bpf_map_lookup_elem(&templates, &number);

	if (!t || p->info > p->leg->out_mtu)
		refuse(express_not(ctx, p));
	p->image = image_read(t);
	if (!port_reserve(p->image->ifindex))
		refuse(express_not(ctx, p));
	/* looked up again to save a register: only leg_admit needs it below */
	p->word = leg_read(p->leg);
	form = image_form(p->image);
	if (out == LEG_L2TP) {
		if (form == EXPRESS_FORM(LEG_L2TP, EXPRESS_L2TP_LEN, 0))
			return express_to_l2tp(ctx, p, slot, 0, false);
		if (form == EXPRESS_FORM(LEG_L2TP, EXPRESS_L2TP_LEN, 1))
			return express_to_l2tp(ctx, p, slot, 1, false);
		form ^= IMAGE_COPY_DSCP << 16;
		if (form == EXPRESS_FORM(LEG_L2TP, EXPRESS_L2TP_LEN, 0))
			return express_to_l2tp(ctx, p, slot, 0, true);
		if (form == EXPRESS_FORM(LEG_L2TP, EXPRESS_L2TP_LEN, 1))
			return express_to_l2tp(ctx, p, slot, 1, true);
	} else {
		if (form == EXPRESS_FORM(LEG_PPPOE, EXPRESS_PPPOE_LEN, 1))
			return express_to_pppoe(ctx, p, slot, 1);
		if (form == EXPRESS_FORM(LEG_PPPOE, EXPRESS_PPPOE_LEN, 0))
			return express_to_pppoe(ctx, p, slot, 0);
	}
	refuse(express_not(ctx, p));
}

/* IPv4 that cannot be L2TP for us, nor a fragment of it. */
static __always_inline bool express_is_plain(const struct cursor *c)
{
	return cursor_get8(c, 0) == IP4_NO_OPTIONS &&
	       !(cursor_get16(c, 6) & bpf_htons(IP4_FRAGMENT)) &&
	       (cursor_get8(c, 9) != IPPROTO_UDP ||
		cursor_get16(c, IP4_LEN + 2) != bpf_htons(L2TP_PORT));
}

/* The call ends here: upstream by the express path, else routed(). */
static __always_inline int express_up(struct xdp_md *ctx, struct packet *p,
				      __u32 slot, __u32 kind)
{
	int done;

	if (EXPRESS_WORD(p->word) != EXPRESS_LEG(kind, LEG_IP))
		refuse(generic(ctx));
	p->off = p->len - p->info;
	if (likely(p->protocol == PPP_IP4)) {
		done = upward(ctx, slot, p->off, kind == LEG_L2TP);
		if (likely(done >= 0))
			return done;
	}
	if (LEG_ASKS(p->word))
		refuse(generic(ctx));
	return route(ctx, p, slot, false);
}

/* A frame for us with this number of tags, a constant. */
static __always_inline int express_tagged(struct xdp_md *ctx,
					  const struct cursor *frame,
					  struct packet *p, __u32 tags)
{
	__u32 at = ETH_LEN + TAG_LEN * tags, slot;
	struct cursor c = *frame;
	int done;

	p->ethertype = cursor_get16(&c, at - 2);
	if (tags)
		p->vlan = get_host16(&c, ETH_LEN) & VLAN_ID;
	cursor_skip(&c, at);
	if (p->ethertype == bpf_htons(ETH_P_PPP_SES)) {
		if (!express_pppoe(frame, p, tags, &slot))
			refuse(generic(ctx));
		if (EXPRESS_WORD(p->word) == EXPRESS_LEG(LEG_PPPOE, LEG_L2TP))
			return express_leave(ctx, p, &slot, LEG_L2TP);
		p->protocol = get_host16(&c, PPPOE_LEN);
		return express_up(ctx, p, slot, LEG_PPPOE);
	}
	if (p->ethertype != bpf_htons(ETH_P_IP))
		refuse(generic(ctx));
	if (!express_l2tp(&c, p, &slot)) {
		if (!express_is_plain(&c))
			refuse(generic(ctx));
		done = downward(ctx, at);
		if (likely(done >= 0))
			return done;
		return routed(ctx, NO_SLOT, at, p->len - at, PPP_IP4 << 16);
	}
	if (EXPRESS_WORD(p->word) == EXPRESS_LEG(LEG_L2TP, LEG_PPPOE))
		return express_leave(ctx, p, &slot, LEG_PPPOE);
	if (EXPRESS_WORD(p->word) == EXPRESS_LEG(LEG_L2TP, LEG_L2TP))
		return express_leave(ctx, p, &slot, LEG_L2TP);
	p->outer = OUTER_TUNNEL | cursor_get8(&c, 1);
	p->protocol = get_host16(&c, PPP_AT + 2);
	return express_up(ctx, p, slot, LEG_L2TP);
}

/* A whole packet. */
static __always_inline int express(struct xdp_md *ctx)
{
	struct packet p = {};
	struct cursor c;

	cursor_open(&c, ctx, 0);
	c.left = p.len = cursor_length(&c, ctx);
	if (!express_ethernet(ctx, &c, &p))
		refuse(generic(ctx));
	if (cursor_get16(&c, 12) == bpf_htons(ETH_P_8021Q))
		return express_tagged(ctx, &c, &p, 1);
	return express_tagged(ctx, &c, &p, 0);
}

#endif
