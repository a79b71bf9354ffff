/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data plane: one XDP program for all ports.  There is no role code here:
 * a frame is matched to a leg, and the leg says what its other side is.
 *
 *   cursor -> parse -> match -> check -> nexthop -> clamp -> rewrite -> verdict
 *
 * express.h and express_ip.h do all of this for packets of the usual form, and
 * hand all others on untouched: to generic(), which has all stages, or, for
 * calls that end here, to routed(), which has the stages after match.
 *
 * Up to nexthop nothing in the frame changes, so that a packet that cannot be
 * sent is punted as it came.  Of calls that end here the slow path decapsulates
 * it and gives it to the kernel through the tun.
 *
 * Byte budget of a switched packet, in cache lines (64 octets): the frame's
 * first, 1 of ports, 1 of tunnels_rx (L2TP), 1 of legs, 3 of templates (the
 * index, the image's two), 1 of reasons.  Of these only the leg's line is per
 * session; the others stay hot.  Added to the frame: one adjust_head, 6 words
 * of header, and for L2TP 4 patches of lengths, id and checksum.  scripts/bench
 * counts what a packet takes, in instructions and in time.
 *
 * Stack: a chain of functions may use 512 octets, and kernel 6.1 rounds each
 * function's part up to 32.  The longest chain is l2x (64), generic (128),
 * routed (224), watch_ended (64); 32 octets are left.
 */
#include "verdict.h"
#include "check.h"
#include "clamp.h"
#include "express.h"
#include "express_ip.h"
#include "punt.h"
#include "spread.h"
#include "watch.h"

#define STOPPED_LEG 0x100 /* of what stopped() must know */

/*
 * Records that a discovery frame had these VLAN ids, 0 = none.  The kernel
 * removes the outer tag of every frame before a socket sees it, so only XDP can
 * tell whether the device had already done so.
 */
static __noinline int port_note_tags(struct port *port, __u32 outer,
				     __u32 inner)
{
	__u32 ids = !!outer + !!inner;
	__u32 now = bpf_ktime_get_ns() >> TAGS_SEEN_SHIFT;

	/* all cores read this line, so it is not written for each frame */
	if (ids < 3 && port->tags_seen[ids] != now)
		port->tags_seen[ids] = now;
	return 0;
}

/*
 * Match to a leg, by the outermost header that can be ours.  NOT_OURS with a
 * protocol set is a plain IP packet, the cursor at its header.
 */
static __always_inline enum reason frame_match(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	enum reason reason;
	bool broadcast;

	if (!port_match(c, p, ctx->ingress_ifindex, &broadcast))
		refuse(REASON_NOT_OURS);
	watch_begin(ctx, p);
	reason = ethernet_parse(c, p);
	if (unlikely(reason))
		return reason;
	FORGET(c->left, p->len);
	if (p->ethertype == bpf_htons(ETH_P_PPP_DISC) && port_bank(p)) {
		port_note_tags(p->port, p->vlan, p->inner_vlan);
		if (cursor_has(c, PPPOE_LEN)) /* for who watches */
			p->slot = (port_bank(p) - 1) << BANK_SHIFT |
				  get_host16(c, 2);
		refuse(REASON_PPPOE_DISCOVERY);
	}
	if (broadcast)
		refuse(REASON_NOT_OURS);
	if (p->ethertype == bpf_htons(ETH_P_PPP_SES))
		return pppoe_match(c, p);
	if (p->inner_vlan) /* only PPPoE is spoken there */
		refuse(REASON_NOT_OURS);
	if (p->ethertype == bpf_htons(ETH_P_IP)) {
		p->protocol = PPP_IP4;
		return core4_match(ctx, c, p);
	}
	if (p->ethertype == bpf_htons(ETH_P_IPV6)) {
		p->protocol = PPP_IP6;
		return core6_match(ctx, c, p);
	}
	return REASON_NOT_OURS;
}

/* A frame of a leg: open its PPP header. */
static __always_inline enum reason leg_receive(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	enum reason reason;

	if (LEG_STATE(p->word) < LEG_FORWARD)
		refuse(REASON_CALL_SETUP);
	reason = ppp_parse(c, p);
	p->off = cursor_offset(c, ctx);
	FORGET(p->info, p->len);
	if (!reason && unlikely(LEG_ASKS(p->word)) && ppp_is_ip(p))
		reason = leg_admit(p);
	return reason;
}

/* The frame has room: counts it and writes its head. */
static __always_inline enum reason leg_send(struct xdp_md *ctx,
					    struct cursor *c, struct packet *p)
{
	/* IP id: it must differ between sessions of a tunnel, too */
	__u16 id = leg_count(p->leg, p) + p->leg->to.l2tp.session;

	return head_write(ctx, c, p, id) ? 0 : REASON_HEADROOM;
}

/* The cursor at the information field: cheaper again than to keep it. */
static __always_inline void inner_open(struct xdp_md *ctx, struct cursor *c,
				       const struct packet *p)
{
	cursor_open(c, ctx, p->len);
	cursor_seek(c, p->off);
	c->left = p->info;
}

/* A switched call's frame that the express path did not take. */
static __always_inline enum reason switched_send(struct xdp_md *ctx,
						 struct packet *p)
{
	enum reason reason = leg_nexthop(ctx, p);
	struct cursor c;

	if (unlikely(reason))
		return reason;
	if (!port_reserve(p->ifindex))
		refuse(REASON_NO_PORT);
	reason = tunnel_leave(ctx, p);
	if (unlikely(reason))
		return reason;
	if (!frame_fit(ctx, &c, p, p->head))
		refuse(REASON_HEADROOM);
	return leg_send(ctx, &c, p);
}

static __always_inline enum reason routed_send(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	struct bpf_fib_lookup fib;
	bool syn = is_syn(c, p);
	enum reason reason = nexthop(ctx, c, p, &fib);

	if (unlikely(reason))
		return reason;
	if (!port_reserve(p->ifindex))
		refuse(REASON_NO_PORT);
	reason = tunnel_leave(ctx, p);
	if (unlikely(reason))
		return reason;
	if (unlikely(syn && p->from))
		syn_clamp(ctx, p, p->from->out_mtu);
	if (unlikely(syn && p->leg))
		syn_clamp(ctx, p, leg_room(p));
	if (!hop_count(ctx, p))
		refuse(REASON_BAD_IP);
	if (!frame_fit(ctx, c, p, p->head))
		refuse(REASON_HEADROOM);
	if (p->from)
		leg_count(p->from, p);
	if (p->leg)
		return leg_send(ctx, c, p);
	return ethernet_write(c, p, &fib) ? 0 : REASON_HEADROOM;
}

/* The last step of every frame outside the express path. */
static __always_inline int finish(struct xdp_md *ctx, const struct packet *p,
				  enum reason reason, bool watched)
{
	__u32 ended = reason;

	FORGET(ended, p->len);
	ended &= REASON_SLOTS - 1;
	if (unlikely(watched))
		watch_end(ctx, p, ended);
	return verdict(p->len, ended);
}

/* A frame of a call that ends here: checks sender and NCP state. */
static __always_inline enum reason call_enter(struct packet *p, __u32 slot)
{
	struct leg *leg = bpf_map_lookup_elem(&legs, &slot);

	if (!leg)
		refuse(REASON_UNKNOWN_SESSION);
	p->slot = slot;
	p->leg = leg;
	p->word = leg_read(leg);
	return terminated_check(p);
}

/*
 * The IP packet that fills the rest of the frame from `off` on, `info` octets:
 * out of the call whose leg is in `slot`, or plain (NO_SLOT).  `what` is
 * packet_facts().  A function, so that the verifier walks it once for all
 * callers; its arguments are numbers, so that this also holds behind a
 * dispatcher.
 */
__noinline int routed(struct xdp_md *ctx, __u32 slot, __u32 off, __u32 info,
		      __u32 what)
{
	struct packet p = {};
	enum reason reason = 0;
	struct cursor c;

	p.len = frame_length(ctx);
	p.off = off;
	p.info = info;
	p.outer = what & ROUTED_OUTER;
	p.outer |= outer_dscp_rule(p.outer);
	p.protocol = what >> 16;
	if (slot != NO_SLOT)
		reason = call_enter(&p, slot);
	if (!reason) {
		inner_open(ctx, &c, &p);
		reason = ip_check(&c, &p);
	}
	if (!reason)
		reason = routed_send(ctx, &c, &p);
	if (what & ROUTED_WATCHED && p.from && p.from->kind == LEG_L2TP)
		p.tunnel = p.from->in.l2tp.tunnel;
	return finish(ctx, &p, punt_police(ctx, &p, reason),
		      what & ROUTED_WATCHED);
}

/*
 * The same for a frame of a switched call that the generic stages have matched.
 * A function to save stack.
 */
__noinline int switched(struct xdp_md *ctx, __u32 slot, __u32 off, __u32 info,
			__u32 what)
{
	struct packet p = {};
	enum reason reason;

	p.leg = bpf_map_lookup_elem(&legs, &slot);
	if (!p.leg)
		return verdict(info, REASON_UNKNOWN_SESSION);
	p.len = frame_length(ctx);
	p.off = off;
	p.info = info;
	p.outer = what & ROUTED_OUTER;
	p.protocol = what >> 16;
	p.word = leg_read(p.leg);
	reason = switched_send(ctx, &p);
	if (what & ROUTED_WATCHED && LEG_KIND(p.word) == LEG_L2TP)
		p.tunnel = p.leg->in.l2tp.tunnel;
	return finish(ctx, &p, punt_police_leg(ctx, p.leg, reason),
		      what & ROUTED_WATCHED);
}

/*
 * A frame that the generic stages do not send on: `what` is its reason and
 * whether it belongs to the leg in `slot`.  A function to save stack; forwarded
 * frames do not enter it.
 */
__noinline int stopped(struct xdp_md *ctx, __u32 slot, __u32 what,
		       __u32 tunnel)
{
	struct packet p = {.tunnel = tunnel};
	enum reason reason = what & (REASON_SLOTS - 1);

	p.len = frame_length(ctx);
	if (what & ROUTED_WATCHED)
		watch_named(reason, tunnel, slot);
	if (what & STOPPED_LEG)
		p.leg = bpf_map_lookup_elem(&legs, &slot);
	return finish(ctx, &p, punt_police(ctx, &p, reason),
		      what & ROUTED_WATCHED);
}

/* All stages, for frames that the express path leaves. */
__noinline int generic(struct xdp_md *ctx)
{
	struct packet p = {};
	enum reason reason;
	struct cursor c;

	p.len = frame_length(ctx);
	cursor_open(&c, ctx, p.len);
	reason = frame_match(ctx, &c, &p);
	if (reason == REASON_NOT_OURS && p.protocol) {
		p.off = cursor_offset(&c, ctx);
		p.info = c.left;
		return route(ctx, &p, NO_SLOT, watch_is_on(&p));
	}
	if (!reason)
		reason = leg_receive(ctx, &c, &p);
	if (!reason && LEG_OUT(p.word) == LEG_IP)
		return route(ctx, &p, p.slot, watch_is_on(&p));
	if (!reason)
		return switched(ctx, p.slot, p.off, p.info,
				packet_facts(&p, watch_is_on(&p)));
	return stopped(ctx, p.slot,
		       reason | (p.leg ? STOPPED_LEG : 0) |
			       (watch_is_on(&p) ? ROUTED_WATCHED : 0),
		       p.tunnel);
}

/* On every port. */
SEC("xdp.frags")
int l2x(struct xdp_md *ctx)
{
	int core;

	if (spread_cpus) {
		core = spread_core(ctx);
		if (core >= 0 && core_reserve(core))
			return core_verdict();
	}
	return express(ctx);
}

/* On the cores that sessions are spread over. */
SEC("xdp.frags/cpumap")
int l2x_core(struct xdp_md *ctx)
{
	core_count_taken();
	return express(ctx);
}

char _license[] SEC("license") = "GPL";
