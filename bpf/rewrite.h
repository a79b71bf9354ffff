/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes the frame: old outer headers off, new ones on.  The caller has
 * decided to send the packet; only a lack of headroom can still stop it.
 */
#ifndef REWRITE_H
#define REWRITE_H

#include "mark.h"
#include "nexthop.h"

/* Numbers are shifted into words of a head, so byte order matters. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little endian");

#define TAIL 16 /* last octets of a head, which hold most patched fields */

/* Flags of images that do not have the plain form. */
#define IMAGE_RARE                                                           \
	(IMAGE_LENGTH | IMAGE_IP6 | IMAGE_UDP_SUM | IMAGE_COPY_DSCP |        \
	 IMAGE_COPY_ECN)

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
		refuse(false);
	if (shift && bpf_xdp_adjust_head(ctx, shift))
		refuse(false);
	cursor_open(c, ctx, head + p->info);
	return true;
}

/* Counts a data packet that was sent on its leg; returns the old count. */
static __always_inline __u16 leg_count_data(struct leg *leg, __u32 info)
{
	__sync_fetch_and_add(&leg->octets, info + PPP_PROTOCOL_LEN);
	return __sync_fetch_and_add(&leg->packets, 1);
}

/* Counts a packet that arrived on a leg and was sent; the old count. */
static __always_inline __u16 leg_count(struct leg *leg, const struct packet *p)
{
	if (unlikely(!ppp_is_ip(p)))
		return __sync_fetch_and_add(&leg->control, 1);
	return leg_count_data(leg, p->info);
}

/* Decrements the TTL, the cursor at the IPv4 header. */
static __always_inline void hop_count4(struct cursor *c)
{
	/* RFC 1624: the word of TTL and protocol is less by 0x0100 */
	__u32 sum = cursor_get16(c, 10) + bpf_htons(0x0100);

	cursor_put16(c, 10, sum + (sum >= 0xffff));
	cursor_put8(c, 8, cursor_get8(c, 8) - 1);
}

/* The same before anything moves: the IP header is at p->off. */
static __always_inline bool hop_count(struct xdp_md *ctx,
				      const struct packet *p)
{
	struct cursor c;

	cursor_open(&c, ctx, p->len);
	cursor_seek(&c, p->off);
	if (!cursor_reaches(&c, IP4_LEN))
		refuse(false);
	if (p->protocol == PPP_IP6) {
		cursor_put8(&c, 7, cursor_get8(&c, 7) - 1);
		return true;
	}
	hop_count4(&c);
	return true;
}

static __always_inline __be16 sum_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

/*
 * The cursor at the outer IPv4 header, which begins with `sum`; id only has to
 * differ.
 */
static __always_inline void ip4_patch(struct cursor *c, __u32 sum, __u16 id)
{
	__u16 total = bpf_htons(c->left);

	cursor_put16(c, 2, total);
	cursor_put16(c, 4, id);
	cursor_put16(c, 10, sum_fold(sum + total + id));
}

/* The same header's TOS: what it adds to the sum. */
static __always_inline __u32 ip4_tos_patch(struct cursor *c, __u8 tos)
{
	__u32 sum = bpf_htons(tos) + (__u16)~bpf_htons(cursor_get8(c, 1));

	cursor_put8(c, 1, tos);
	return sum;
}

/* The cursor at the outer IPv6 header. */
static __always_inline void ip6_patch(struct cursor *c,
				      const struct image *image, __u8 tos)
{
	cursor_put16(c, 4, bpf_htons(c->left - IP6_LEN));
	if (image->flags & (IMAGE_COPY_DSCP | IMAGE_COPY_ECN))
		tos_write6(c, tos);
}

/* The outer traffic class: what is copied, the rest as the template has it. */
static __always_inline __u8 outer_tos(const struct cursor *c,
				      const struct packet *p, __u8 own)
{
	struct cursor inner = *c;
	__u8 mask = 0;

	if (!ppp_is_ip(p))
		return own;
	if (p->image->flags & IMAGE_COPY_DSCP)
		mask |= (__u8)~ECN_MASK;
	if (p->image->flags & IMAGE_COPY_ECN)
		mask |= ECN_MASK;
	cursor_seek(&inner, p->head);
	return (own & ~mask) | (tos_read(&inner) & mask);
}

/*
 * A frame whose head, `head` octets to the end of the PPP protocol, is written
 * as without numbers: the S bit, Ns and Nr, which move what is behind them, FF
 * 03 and the protocol.  A function for the sake of the stack: few calls number.
 */
__noinline int numbers_write(struct xdp_md *ctx, __u32 head, __u32 ns,
			     __u32 length_bit)
{
	__u32 fields = L2TP_MIN_LEN + (length_bit ? 2 : 0);
	struct cursor c;

	cursor_open(&c, ctx, 0);
	cursor_seek(&c, head - 8 - fields);
	if (!cursor_reaches(&c, 2))
		return 0;
	cursor_put16(&c, 0, cursor_get16(&c, 0) | bpf_htons(L2TP_S));
	cursor_seek(&c, fields);
	if (!cursor_reaches(&c, 8))
		return 0;
	cursor_put32(&c, 4, cursor_get32(&c, 0));
	cursor_put32(&c, 0, bpf_htons((__u16)ns)); /* Nr is not used */
	return 1;
}

/* Whether leg_nexthop has left room for numbers. */
static __always_inline bool has_numbers(const struct packet *p)
{
	return p->head != p->image->head_len + PPP_PROTOCOL_LEN;
}

/* The next number of the leg, if it is to have one. */
static __always_inline bool numbers_add(struct xdp_md *ctx,
					const struct packet *p)
{
	if (likely(!has_numbers(p)))
		return true;
	return numbers_write(ctx, p->head,
			     __sync_fetch_and_add(&p->leg->to.l2tp.ns, 1),
			     p->image->flags & IMAGE_LENGTH);
}

/*
 * The cursor at the UDP header: its length, and of the L2TP header behind it
 * Length and ids.  False only for the verifier.
 */
static __always_inline bool l2tp_patch(struct cursor *c, const struct packet *p)
{
	struct cursor ids = *c;

	if (!cursor_reaches(c, UDP_LEN + 2))
		refuse(false);
	cursor_put16(c, 4, bpf_htons(c->left));
	cursor_skip(&ids, UDP_LEN + 2);
	if (p->image->flags & IMAGE_LENGTH) {
		if (!cursor_reaches(&ids, 2))
			refuse(false);
		cursor_put16(&ids, 0, bpf_htons(c->left - UDP_LEN));
		cursor_skip(&ids, 2);
		HIDE(ids.pos);
	}
	if (!cursor_reaches(&ids, 6))
		refuse(false);
	cursor_put32(&ids, 0, *(__be32 *)&p->leg->to.l2tp.tunnel);
	return true;
}

/*
 * A head that has any of IMAGE_RARE or is to have numbers, as the image has it,
 * in whole words: its first 64 octets, or 48 over IPv4, and its last 16, which
 * overlap.
 */
static __always_inline bool head_copy(struct cursor *c, const struct packet *p,
				      __u32 at)
{
	const struct image *image = p->image;
	const void *from = image->head;
	struct cursor tail = *c;

	HIDE(from); /* image->head is not 64 bit: else clang splits words */
	cursor_seek(&tail, at);
	if (!cursor_reaches(c, 48) || !cursor_reaches(&tail, TAIL + PPP_PROTOCOL_LEN))
		refuse(false);
	cursor_copy128(c, 0, from);
	cursor_copy128(c, 16, from + 16);
	cursor_copy128(c, 32, from + 32);
	if (image->flags & IMAGE_IP6) {
		if (!cursor_reaches(c, 64))
			refuse(false);
		cursor_copy128(c, 48, from + 48);
	}
	cursor_copy128(&tail, 0, from + at);
	cursor_put16(&tail, TAIL, bpf_htons(p->protocol));
	return true;
}

/* Checksum of the finished datagram; 0 is sent as 0xffff. */
static __always_inline bool udp_sum_write(struct xdp_md *ctx, __u32 ip, bool ip6)
{
	__u32 addresses = ip6 ? 32 : 8, udp = ip + (ip6 ? IP6_LEN : IP4_LEN);
	struct cursor c;
	__u64 length = ctx->data_end - ctx->data;
	long sum;

	HIDE(length);
	sum = udp_sum(ctx, udp - addresses, (__u32)length - udp + addresses,
		      addresses);
	cursor_open(&c, ctx, (__u32)length);
	cursor_seek(&c, udp);
	if (sum < 0 || !cursor_reaches(&c, UDP_LEN))
		refuse(false);
	sum = (__u16)~sum;
	cursor_put16(&c, 6, sum ? sum : 0xffff);
	return true;
}

/* Where the outer IP header begins. */
static __always_inline __u32 outer_offset(const struct image *image)
{
	return ETH_LEN + TAG_LEN * (image->tags & 1);
}

/* The headers of a tunnel that do not have the plain form. */
static __always_inline bool rare_write(struct xdp_md *ctx, struct cursor *c,
				       const struct packet *p, __u32 at,
				       __u16 id)
{
	const struct image *image = p->image;
	bool ip6 = image->flags & IMAGE_IP6;
	__u32 off = outer_offset(image);
	struct cursor ip = *c, udp = *c;
	__u32 sum = image->sum;
	__u8 tos = 0;

	if (!head_copy(c, p, at))
		refuse(false);
	cursor_seek(&ip, off);
	cursor_seek(&udp, off + (ip6 ? IP6_LEN : IP4_LEN));
	if (!cursor_reaches(&ip, IP4_LEN))
		refuse(false);
	if (image->flags & (IMAGE_COPY_DSCP | IMAGE_COPY_ECN)) {
		tos = outer_tos(c, p, tos_read(&ip));
		if (!ip6)
			sum += ip4_tos_patch(&ip, tos);
	}
	if (ip6)
		ip6_patch(&ip, image, tos);
	else
		ip4_patch(&ip, sum, id);
	if (!numbers_add(ctx, p) || !l2tp_patch(&udp, p))
		refuse(false);
	return !(image->flags & IMAGE_UDP_SUM) || udp_sum_write(ctx, off, ip6);
}

/*
 * Plain: IPv4, UDP and L2TP as short as they can be.  In whole words, the
 * first 48 octets and the last 16, which overlap; those are
 *   UDP (8: ports, length, checksum), flags, tunnel, session, FF 03
 */
static __always_inline bool tunnel_write(struct xdp_md *ctx, struct cursor *c,
					 const struct packet *p, __u32 at,
					 __u16 id)
{
	__u16 length = p->info + PPP_PROTOCOL_LEN + 2 + L2TP_MIN_LEN + UDP_LEN;
	__u64 ids = *(__u32 *)&p->leg->to.l2tp.tunnel;
	struct cursor tail = *c, ip = *c;
	const void *from = p->image->head;
	const __u64 *last;

	if (unlikely(p->image->flags & IMAGE_RARE || has_numbers(p)))
		return rare_write(ctx, c, p, at, id);
	cursor_seek(&tail, at);
	cursor_seek(&ip, outer_offset(p->image));
	if (!cursor_reaches(c, 48) || !cursor_reaches(&ip, IP4_LEN) ||
	    !cursor_reaches(&tail, TAIL + PPP_PROTOCOL_LEN))
		refuse(false);
	HIDE(from);
	last = from + at;
	cursor_copy128(c, 0, from);
	cursor_copy128(c, 16, from + 16);
	cursor_copy128(c, 32, from + 32);
	cursor_put64(&tail, 0, last[0] | (__u64)bpf_htons(length) << 32);
	cursor_put64(&tail, 8, last[1] | ids << 16);
	cursor_put16(&tail, TAIL, bpf_htons(p->protocol));
	ip4_patch(&ip, p->image->sum, id);
	return true;
}

/* Ethernet with the leg's address and tags; ends with session and length. */
static __always_inline bool pppoe_write(struct cursor *c,
					const struct packet *p, __u32 at)
{
	__u16 length = p->info + PPP_PROTOCOL_LEN;
	const void *from = p->image->head;
	const struct leg *leg = p->leg;
	const __u64 *last;
	struct cursor tail = *c;

	cursor_seek(&tail, at);
	if (!cursor_reaches(c, 20) || !cursor_reaches(&tail, TAIL + PPP_PROTOCOL_LEN))
		refuse(false);
	HIDE(from);
	last = from + at;
	cursor_copy128(c, 0, from);
	cursor_put64(&tail, 0, last[0]);
	cursor_put64(&tail, 8,
		     last[1] | (__u64)leg->to.pppoe.session << 32 |
			     (__u64)bpf_htons(length) << 48);
	cursor_put16(&tail, TAIL, bpf_htons(p->protocol));
	cursor_put_mac(c, 0, leg->to.pppoe.mac);
	if (p->image->tags)
		cursor_put16(c, 14, leg->to.pppoe.vlan);
	if (unlikely(p->image->tags > 1))
		cursor_put16(c, 18, leg->to.pppoe.inner_vlan);
	return true;
}

/* The finished head of p->image, in the room that frame_fit has made. */
static __always_inline bool head_write(struct xdp_md *ctx, struct cursor *c,
				       const struct packet *p, __u16 id)
{
	__u32 at = p->image->head_len - TAIL;

	HIDE(at);
	at &= 0x7f;
	if (LEG_OUT(p->word) == LEG_L2TP)
		return tunnel_write(ctx, c, p, at, id);
	return pppoe_write(c, p, at);
}

/* The Ethernet header of a routed packet, from the FIB's answer. */
static __always_inline bool ethernet_write(struct cursor *c,
					   const struct packet *p,
					   const struct bpf_fib_lookup *fib)
{
	__be16 type = p->protocol == PPP_IP4 ? bpf_htons(ETH_P_IP)
					     : bpf_htons(ETH_P_IPV6);

	if (!cursor_reaches(c, ETH_LEN + TAG_LEN))
		refuse(false);
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

#endif
