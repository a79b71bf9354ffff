/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How the packet leaves: by the template of a leg, whose next hop user space
 * keeps resolved, or by a FIB lookup for what a subscriber sends to the world.
 * Changes nothing in the frame, so that it can still be punted as it came.
 */
#ifndef NEXTHOP_H
#define NEXTHOP_H

#include "admit.h"
#include "mark.h"
#include "match.h"

/* What rewrite can copy: Ethernet and PPPoE at least, all of L2TP at most */
#define HEAD_MIN 20
#define HEAD_MAX 80

#define AF_INET	 2
#define AF_INET6 10

static __always_inline struct image *image_read(struct template *t)
{
	struct image *image;

	image = &t->image[*(volatile __u32 *)&t->active & 1];
	HIDE(image); /* else clang computes it again at each use */
	return image;
}

/* Kind, tags, flags and length: what the writing of a head depends on. */
static __always_inline __u32 image_form(const struct image *image)
{
	return *(const __u32 *)&image->kind;
}

static __always_inline bool image_fits(const struct packet *p,
				       const struct image *image)
{
	return image->flags & IMAGE_READY && image->kind == LEG_OUT(p->word) &&
	       image->head_len >= HEAD_MIN && image->head_len <= HEAD_MAX;
}

/* The outer header for p->leg. */
static __always_inline enum reason leg_nexthop(struct xdp_md *ctx,
					       struct packet *p)
{
	__u32 slot = p->leg->out_template;
	struct template *t = bpf_map_lookup_elem(&templates, &slot);
	struct image *image;

	if (p->info > p->leg->out_mtu)
		refuse(REASON_TOO_BIG);
	if (!t)
		refuse(REASON_NEXT_HOP_UNRESOLVED);
	image = image_read(t);
	if (!image_fits(p, image))
		refuse(REASON_NEXT_HOP_UNRESOLVED);
	p->image = image;
	p->ifindex = image->ifindex;
	p->head = image->head_len + PPP_PROTOCOL_LEN;
	if (unlikely(numbering_adds(p->word)))
		p->head += NUMBERING_LEN;
	if (p->head + p->info > image->out_max)
		refuse(REASON_TOO_BIG);
	if (image->flags & IMAGE_UDP_SUM && p->len != frame_linear(ctx))
		refuse(REASON_CHECKSUM_UNSEEN);
	return 0;
}

/* A route may depend on the DSCP with which the packet leaves. */
static __always_inline void fib_ask4(struct bpf_fib_lookup *fib,
				     const struct cursor *c,
				     const struct packet *p)
{
	fib->family = AF_INET;
	fib->tos = tos_leave(p, cursor_get8(c, 1));
	fib->l4_protocol = cursor_get8(c, 9);
	fib->tot_len = get_host16(c, 2);
	fib->ipv4_src = cursor_get32(c, 12);
	fib->ipv4_dst = cursor_get32(c, 16);
}

static __always_inline void fib_ask6(struct bpf_fib_lookup *fib,
				     const struct cursor *c,
				     const struct packet *p)
{
	__u32 tos = tos_leave(p, tos_read(c)), i;

	fib->family = AF_INET6;
	fib->flowinfo = (cursor_get32(c, 0) & bpf_htonl(0x000fffff)) |
			bpf_htonl(tos << 20);
	fib->l4_protocol = cursor_get8(c, 6);
	fib->tot_len = IP6_LEN + get_host16(c, 4);
#pragma unroll
	for (i = 0; i < 4; i++) {
		fib->ipv6_src[i] = cursor_get32(c, 8 + 4 * i);
		fib->ipv6_dst[i] = cursor_get32(c, 24 + 4 * i);
	}
}

/* The device that the FIB chose may be a VLAN, or our own tun. */
static __always_inline enum reason fib_egress(struct packet *p, __u32 device)
{
	struct egress *e = bpf_map_lookup_elem(&egress, &device);

	if (!e || !e->ifindex)
		refuse(REASON_KERNEL_ROUTES);
	p->ifindex = e->ifindex;
	p->tag = e->vlan;
	p->head = ETH_LEN + (e->vlan ? TAG_LEN : 0);
	return 0;
}

/*
 * The slot in which a next hop is reported; several may share one.  An address
 * is in network order, so its last octet, in which neighbours differ, reaches
 * only the highest bits of a product.
 */
static __always_inline __u32 unresolved_slot(const struct bpf_fib_lookup *fib)
{
	__u32 hash = fib->ifindex, i;

#pragma unroll
	for (i = 0; i < 4; i++)
		hash = (hash ^ fib->ipv6_dst[i]) * 0x9e3779b1;
	return ((__u64)hash * UNRESOLVED_SLOTS) >> 32;
}

/*
 * The route leaves by a port of ours, but the kernel has not resolved its next
 * hop.  User space has it resolved; the punted packet alone may not do that, as
 * a firewall can drop it before the kernel looks for the next hop.
 */
static __always_inline enum reason neighbour_name(const struct cursor *c,
						  const struct packet *p,
						  const struct bpf_fib_lookup *fib)
{
	__u32 device = fib->ifindex, slot = unresolved_slot(fib), i;
	struct egress *e = bpf_map_lookup_elem(&egress, &device);
	struct unresolved *u = bpf_map_lookup_elem(&unresolved, &slot);
	bool ip4 = p->protocol == PPP_IP4;

	if (!e || !e->ifindex || !u)
		refuse(REASON_KERNEL_ROUTES);
	if (u->state || __sync_val_compare_and_swap(&u->state, UNRESOLVED_FREE,
						    UNRESOLVED_FILLING))
		refuse(REASON_NEXT_HOP_UNRESOLVED);
	u->ifindex = device;
	u->family = fib->family;
	u->destination_family = ip4 ? AF_INET : AF_INET6;
#pragma unroll
	for (i = 0; i < 4; i++) {
		*(__u32 *)(u->next_hop + 4 * i) = fib->ipv6_dst[i];
		*(__u32 *)(u->destination + 4 * i) = 0;
	}
	if (ip4) {
		*(__u32 *)u->destination = cursor_get32(c, 16);
	} else {
#pragma unroll
		for (i = 0; i < 4; i++)
			*(__u32 *)(u->destination + 4 * i) =
				cursor_get32(c, 24 + 4 * i);
	}
	__sync_fetch_and_add(&u->state, UNRESOLVED_NAMED - UNRESOLVED_FILLING);
	return REASON_NEXT_HOP_UNRESOLVED;
}

static __always_inline void fib_begin(struct bpf_fib_lookup *fib,
				      const struct xdp_md *ctx)
{
	__builtin_memset(fib, 0, sizeof(*fib));
	fib->ifindex = ctx->ingress_ifindex;
}

/*
 * The same for an IPv4 header that is known to be there, if the answer is a
 * port of ours; all other answers are for route_nexthop(), which asks again.
 */
static __always_inline bool route4_nexthop(struct xdp_md *ctx,
					   const struct cursor *c,
					   struct packet *p,
					   struct bpf_fib_lookup *fib)
{
	fib_begin(fib, ctx);
	fib_ask4(fib, c, p);
	return bpf_fib_lookup(ctx, fib, sizeof(*fib), 0) ==
		       BPF_FIB_LKUP_RET_SUCCESS &&
	       !fib_egress(p, fib->ifindex);
}

/* The cursor is at the inner IP header, which check has found whole. */
static __always_inline enum reason route_nexthop(struct xdp_md *ctx,
						 const struct cursor *c,
						 struct packet *p,
						 struct bpf_fib_lookup *fib)
{
	long answer;

	fib_begin(fib, ctx);
	if (p->protocol == PPP_IP4)
		fib_ask4(fib, c, p);
	else
		fib_ask6(fib, c, p);
	/*
	 * The kernel gets all packets without a next hop: for own addresses
	 * and broadcasts, for routes that drop or refuse, for unresolved
	 * neighbours.
	 */
	answer = bpf_fib_lookup(ctx, fib, sizeof(*fib), 0);
	if (answer == BPF_FIB_LKUP_RET_FRAG_NEEDED)
		refuse(REASON_TOO_BIG);
	if (answer == BPF_FIB_LKUP_RET_NO_NEIGH)
		return neighbour_name(c, p, fib);
	if (answer != BPF_FIB_LKUP_RET_SUCCESS)
		refuse(REASON_KERNEL_ROUTES);
	return fib_egress(p, fib->ifindex);
}

/* To a subscriber, whose addresses the FIB does not know. */
static __always_inline enum reason host_match(struct packet *p,
					      const struct cursor *c)
{
	__u32 slot;

	if (p->protocol == PPP_IP6) {
		if (!cursor_has(c, IP6_LEN) || !route6_find(c, 24, &slot))
			refuse(REASON_KERNEL_ROUTES);
		return subscriber_match(p, slot, LEG_IP6);
	}
	if (!cursor_has(c, IP4_LEN) ||
	    !table4_find(cursor_get32(c, 16), &slot))
		refuse(REASON_KERNEL_ROUTES);
	return subscriber_match(p, slot, LEG_IP4);
}

static __always_inline enum reason nexthop(struct xdp_md *ctx,
					   const struct cursor *c,
					   struct packet *p,
					   struct bpf_fib_lookup *fib)
{
	enum reason reason;

	if (!p->leg) {
		reason = route_nexthop(ctx, c, p, fib);
		if (reason != REASON_KERNEL_ROUTES)
			return reason;
		reason = host_match(p, c);
		if (unlikely(reason))
			return reason;
	}
	if (unlikely(LEG_ASKS(p->word))) {
		reason = leg_admit(p);
		if (reason)
			return reason;
	}
	return leg_nexthop(ctx, p);
}

#endif
