/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes the frame: old outer headers off, new ones on.  Whoever calls has
 * decided that the packet goes; what can still fail is a lack of headroom.
 */
#ifndef REWRITE_H
#define REWRITE_H

#include "nexthop.h"

#define TAIL 16 /* last octets of a head, which hold all that is patched */

/*
 * Trim what lies behind the information field and make room for `head` octets
 * in front of it; the cursor is then at the start of the frame.
 */
static __always_inline bool frame_fit(struct xdp_md *ctx, struct cursor *c,
				      const struct packet *p, __u32 head)
{
	__u32 excess = p->len - p->off - p->info;
	int shift = (int)p->off - (int)head;

	if (excess && bpf_xdp_adjust_tail(ctx, -(int)excess))
		return false;
	if (shift && bpf_xdp_adjust_head(ctx, shift))
		return false;
	cursor_open(c, ctx, head + p->info);
	return true;
}

/* One hop less, before anything moves: the IP header is at p->off. */
static __always_inline bool hop_count(struct xdp_md *ctx,
				      const struct packet *p)
{
	struct cursor c;
	__u32 sum;

	cursor_open(&c, ctx, p->len);
	cursor_seek(&c, p->off);
	if (!cursor_has(&c, IP4_LEN))
		return false;
	if (p->protocol == PPP_IP6) {
		cursor_put8(&c, 7, cursor_get8(&c, 7) - 1);
		return true;
	}
	/* RFC 1624: the word of TTL and protocol is less by 0x0100 */
	sum = cursor_get16(&c, 10) + bpf_htons(0x0100);
	cursor_put16(&c, 10, sum + (sum >= 0xffff));
	cursor_put8(&c, 8, cursor_get8(&c, 8) - 1);
	return true;
}

static __always_inline __be16 sum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/* The cursor at the IPv4 header; id only has to differ between packets. */
static __always_inline void ip4_patch(struct cursor *c,
				      const struct image *image, __u16 total,
				      __u16 id)
{
	total = bpf_htons(total);
	cursor_put16(c, 2, total);
	cursor_put16(c, 4, id);
	cursor_put16(c, 10, sum_fold(image->sum + total + id));
}

/*
 * The tail of a head, by what ends it:
 *   L2TP without Length: UDP (8), flags, tunnel, session, FF 03
 *   L2TP with Length:    UDP from its second word (6), flags, Length, ...
 *   PPPoE:               10 octets of Ethernet, then the PPPoE header
 */
static __always_inline void l2tp_patch(struct cursor *tail,
				       const struct packet *p)
{
	__u16 length = p->info + PPP_PROTOCOL_LEN + 2 + L2TP_MIN_LEN;

	cursor_put32(tail, 10, *(__be32 *)&p->leg->to.l2tp.tunnel);
	if (p->image->flags & IMAGE_LENGTH) {
		cursor_put16(tail, 8, bpf_htons(length + 2));
		cursor_put16(tail, 2, bpf_htons(length + 2 + UDP_LEN));
	} else {
		cursor_put16(tail, 4, bpf_htons(length + UDP_LEN));
	}
}

static __always_inline void pppoe_patch(struct cursor *c, struct cursor *tail,
					const struct packet *p)
{
	const struct leg *leg = p->leg;

	cursor_put_mac(c, 0, leg->to.pppoe.mac);
	if (p->image->tags)
		cursor_put16(c, 14, leg->to.pppoe.vlan);
	if (p->image->tags > 1)
		cursor_put16(c, 18, leg->to.pppoe.inner_vlan);
	cursor_put16(tail, 12, leg->to.pppoe.session);
	cursor_put16(tail, 14, bpf_htons(p->info + PPP_PROTOCOL_LEN));
}

/* Octets from the start of the tail back to that of the IPv4 header. */
static __always_inline __u32 ip4_before_tail(const struct image *image)
{
	return IP4_LEN + (image->flags & IMAGE_LENGTH ? 2 : 0);
}

/*
 * The head in whole words: its first 16 octets, for L2TP the next 32, and
 * its last 16, which overlap.  Then what differs from packet to packet.
 */
static __always_inline bool head_write(struct cursor *c, const struct packet *p,
				       __u16 id)
{
	const struct image *image = p->image;
	struct cursor tail = *c, ip = *c;
	__u32 at = p->head - PPP_PROTOCOL_LEN - TAIL;
	bool l2tp = p->word.out == LEG_L2TP;

	HIDE(at);
	at &= 0x3f;
	cursor_seek(&tail, at);
	if (!cursor_has(c, 20) || !cursor_has(&tail, TAIL + PPP_PROTOCOL_LEN))
		return false;
	cursor_copy128(c, 0, image->head);
	if (l2tp) {
		if (!cursor_has(c, 48))
			return false;
		cursor_copy128(c, 16, image->head + 16);
		cursor_copy128(c, 32, image->head + 32);
	}
	cursor_copy128(&tail, 0, image->head + at);
	cursor_put16(&tail, TAIL, bpf_htons(p->protocol));
	if (!l2tp) {
		pppoe_patch(c, &tail, p);
		return true;
	}
	l2tp_patch(&tail, p);
	cursor_seek(&ip, at - ip4_before_tail(image));
	if (!cursor_has(&ip, IP4_LEN))
		return false;
	ip4_patch(&ip, image, ip.left, id);
	return true;
}

/* The Ethernet header of a routed packet, from the FIB's answer. */
static __always_inline bool ethernet_write(struct cursor *c,
					   const struct packet *p,
					   const struct bpf_fib_lookup *fib)
{
	__be16 type = p->protocol == PPP_IP4 ? bpf_htons(ETH_P_IP)
					     : bpf_htons(ETH_P_IPV6);

	if (!cursor_has(c, ETH_LEN + TAG_LEN))
		return false;
	/* in steps that are aligned on the stack, where fib is */
	cursor_put16(c, 0, *(__u16 *)fib->dmac);
	cursor_put32(c, 2, *(__u32 *)(fib->dmac + 2));
	cursor_put32(c, 6, *(__u32 *)fib->smac);
	cursor_put16(c, 10, *(__u16 *)(fib->smac + 4));
	if (p->tag) {
		cursor_put16(c, 12, bpf_htons(ETH_P_8021Q));
		cursor_put16(c, 14, p->tag);
		cursor_put16(c, 16, type);
	} else {
		cursor_put16(c, 12, type);
	}
	return true;
}

/*
 * What a subscriber sent and the kernel shall route or answer: make it a
 * plain IP packet for this port, as if it had come over Ethernet.
 */
static __always_inline bool punt_plain(struct xdp_md *ctx,
				       const struct packet *p)
{
	struct cursor c;

	if (!frame_fit(ctx, &c, p, ETH_LEN) || !cursor_has(&c, ETH_LEN))
		return false;
	cursor_put_mac(&c, 0, p->port->mac);
	cursor_put32(&c, 6, p->src_high);
	cursor_put16(&c, 10, p->src_low);
	cursor_put16(&c, 12,
		     p->protocol == PPP_IP4 ? bpf_htons(ETH_P_IP)
					    : bpf_htons(ETH_P_IPV6));
	return true;
}

#endif
