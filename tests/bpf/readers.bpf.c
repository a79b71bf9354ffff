/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The readers of the shipped data plane alone, each over a whole frame, and
 * what they read: for test_readers, which asks user space's the same.
 */
#include "check.h"
#include "clamp.h"
#include "mark.h"
#include "readers.h"

struct readers_facts facts;
__u32 limit; /* for lower_mss: the largest IP packet */
__u32 outer; /* for leave_tunnel: the outer traffic class */

static __always_inline void facts_write(struct xdp_md *ctx,
					const struct cursor *c,
					const struct packet *p,
					enum reason reason, __u32 depth)
{
	facts = (struct readers_facts){
		.reason = reason,
		.depth = depth,
		.ethertype = bpf_ntohs(p->ethertype),
		.vlan = p->vlan,
		.inner_vlan = p->inner_vlan,
		.tunnel = p->tunnel,
		.session = p->session,
		.numbered = p->ns != 0,
		.ns = (__u16)p->ns,
		.pad = p->pad,
		.protocol = p->protocol,
		.at = cursor_offset(c, ctx),
		.left = c->left,
	};
}

/* Opens the frame behind its Ethernet header. */
static __always_inline bool ethernet_skip(struct xdp_md *ctx, struct cursor *c)
{
	cursor_open(c, ctx, frame_length(ctx));
	if (!cursor_has(c, ETH_LEN))
		return false;
	cursor_skip(c, ETH_LEN);
	return true;
}

/* Ethernet and its tags, PPPoE, PPP. */
SEC("xdp.frags")
int read_access(struct xdp_md *ctx)
{
	struct packet p = {};
	enum reason reason;
	struct cursor c;
	__u32 depth = 0;

	cursor_open(&c, ctx, frame_length(ctx));
	reason = ethernet_parse(&c, &p);
	if (!reason) {
		depth++;
		if (p.ethertype == bpf_htons(ETH_P_PPP_SES))
			reason = pppoe_parse(&c, &p);
	}
	facts_write(ctx, &c, &p, reason, depth);
	return XDP_PASS;
}

/* The frame, its Ethernet header aside, is an L2TP message. */
SEC("xdp.frags")
int read_l2tp(struct xdp_md *ctx)
{
	struct packet p = {};
	enum reason reason;
	struct cursor c;

	if (!ethernet_skip(ctx, &c))
		return XDP_ABORTED;
	reason = l2tp_parse(&c, &p);
	facts_write(ctx, &c, &p, reason, 0);
	return XDP_PASS;
}

/* A PPP frame. */
SEC("xdp.frags")
int read_ppp(struct xdp_md *ctx)
{
	struct packet p = {};
	enum reason reason;
	struct cursor c;

	if (!ethernet_skip(ctx, &c))
		return XDP_ABORTED;
	reason = ppp_parse(&c, &p);
	facts_write(ctx, &c, &p, reason, 0);
	return XDP_PASS;
}

/* An IPv4 packet. */
SEC("xdp.frags")
int read_ip4(struct xdp_md *ctx)
{
	struct packet p = {};
	struct cursor c;

	if (!ethernet_skip(ctx, &c))
		return XDP_ABORTED;
	facts_write(ctx, &c, &p, 0, 0);
	facts.whole = cursor_has(&c, IP4_LEN) && ip4_is_whole(&c);
	return XDP_PASS;
}

/* The inner packet fills the frame behind its Ethernet header. */
static __always_inline bool inner_read(struct xdp_md *ctx, struct cursor *c,
				       struct packet *p)
{
	cursor_open(c, ctx, frame_length(ctx));
	if (!cursor_has(c, ETH_LEN + 1))
		return false;
	cursor_skip(c, ETH_LEN);
	p->off = ETH_LEN;
	p->info = c->left;
	p->protocol = cursor_get8(c, 0) >> 4 == 4 ? PPP_IP4 : PPP_IP6;
	return true;
}

SEC("xdp.frags")
int lower_mss(struct xdp_md *ctx)
{
	struct packet p = {};
	struct cursor c;

	if (inner_read(ctx, &c, &p) && cursor_has(&c, IP4_LEN) &&
	    is_syn(&c, &p))
		syn_clamp(ctx, &p, limit);
	return XDP_PASS;
}

SEC("xdp.frags")
int leave_tunnel(struct xdp_md *ctx)
{
	struct packet p = {};
	struct cursor c;

	if (inner_read(ctx, &c, &p) &&
	    inner_mark(ctx, p.off, outer, true, false))
		return XDP_DROP;
	return XDP_PASS;
}

char _license[] SEC("license") = "GPL";
