/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Punt limits: how many packets of each class one port and one source may send
 * to our sockets.  So a flood of one class or from one sender does not affect
 * the others.  Only punts come here; the fast path pays one comparison.
 *
 * Buckets are shared by hash: a sender can suffer for another one, but no
 * number of senders gets more than the port's share.
 */
#ifndef PUNT_H
#define PUNT_H

#include "admit.h"
#include "parse.h"
#include "verdict.h"

#define PUNT_PORTS (PUNT_BUCKETS / 2)
#define PUNT_SHIFT 16 /* struct punt_limit counts in 1/65536 of a tick */

/* The class to which a reason belongs; PUNT_CLASSES: it is not limited. */
static __always_inline __u32 punt_class(enum reason reason)
{
	if (reason_punts_data(reason))
		return PUNT_DATA;
	switch (reason) {
	case REASON_L2TP_CONTROL:
		return PUNT_CONTROL;
	case REASON_PPPOE_DISCOVERY:
		return PUNT_DISCOVERY;
	case REASON_PPP_CONTROL:
	case REASON_CALL_SETUP:
		return PUNT_PPP;
	case REASON_PPPOE_NO_SESSION:
		return PUNT_UNKNOWN;
	default:
		return PUNT_CLASSES;
	}
}

static __always_inline enum reason punt_refusal(__u32 class)
{
	switch (class) {
	case PUNT_CONTROL:
		return REASON_PUNT_RATE_CONTROL;
	case PUNT_DISCOVERY:
		return REASON_PUNT_RATE_DISCOVERY;
	case PUNT_PPP:
		return REASON_PUNT_RATE_PPP;
	case PUNT_UNKNOWN:
		return REASON_UNKNOWN_PPPOE;
	default:
		return REASON_PUNT_RATE_DATA;
	}
}

static __always_inline bool punt_take(__u32 class, __u32 bucket, __u32 cost,
				      __u32 depth)
{
	__u32 at = class * PUNT_BUCKETS + bucket % PUNT_BUCKETS;
	__u64 *full_at = bpf_map_lookup_elem(&punt_buckets, &at);

	return !cost || !full_at ||
	       bucket_take(full_at, (__u64)cost << PUNT_SHIFT,
			   (__u64)depth << PUNT_SHIFT);
}

/*
 * Of a frame without a leg: the IP source, or the sender's MAC address.  Reads
 * the frame anew, so that the fast path keeps nothing for it.
 */
static __noinline __u32 punt_sender(struct xdp_md *ctx)
{
	struct packet p = {};
	struct cursor c;

	cursor_open(&c, ctx, FIRST_BUFFER_MIN);
	if (ethernet_parse(&c, &p))
		return 0;
	if (p.ethertype == bpf_htons(ETH_P_IP) && cursor_has(&c, IP4_LEN))
		return cursor_get32(&c, 12);
	if (p.ethertype == bpf_htons(ETH_P_IPV6) && cursor_has(&c, IP6_LEN))
		return cursor_get32(&c, 12) ^ cursor_get32(&c, 20);
	return (__u32)p.source ^ (__u32)(p.source >> 32) << 8;
}

/*
 * 0 if one more of this class may pass, or the reason for which it is dropped;
 * the source's limit goes first.
 *
 * Not static, so that the verifier checks it alone, for any class.  As a part of
 * its callers 6.1 took branches of the refusal for dead code and removed them.
 */
__noinline int punt_admit(__u32 class, __u32 port, __u32 source)
{
	struct punt_limit *limit = bpf_map_lookup_elem(&punt_limits, &class);
	__u32 hash = (source ^ port << 24) * 0x9e3779b1;

	if (!limit)
		return 0;
	/* an address' last octet only reaches the highest bits */
	hash = ((__u64)hash * PUNT_PORTS) >> 32;
	/* the lower half of the buckets is for ports */
	if (punt_take(class, PUNT_PORTS + hash, limit->source_cost,
		      limit->source_depth) &&
	    punt_take(class, port % PUNT_PORTS, limit->port_cost,
		      limit->port_depth))
		return 0;
	return punt_refusal(class);
}

static __always_inline enum reason punt_limited(struct xdp_md *ctx,
						__u32 source,
						enum reason reason)
{
	int refusal = punt_admit(punt_class(reason), ctx->ingress_ifindex,
				 source);

	return refusal ? (enum reason)refusal : reason;
}

/* The reason, or that of a frame above the limit: of a leg's frame... */
static __always_inline enum reason punt_police_leg(struct xdp_md *ctx,
						   const struct leg *leg,
						   enum reason reason)
{
	if (likely(punt_class(reason) >= PUNT_CLASSES))
		return reason;
	return punt_limited(ctx, leg->call, reason);
}

/* ... and of any. */
static __always_inline enum reason punt_police(struct xdp_md *ctx,
					       const struct packet *p,
					       enum reason reason)
{
	const struct leg *leg = p->from ? p->from : p->leg;

	if (likely(punt_class(reason) >= PUNT_CLASSES))
		return reason;
	return punt_limited(ctx, leg ? leg->call : punt_sender(ctx), reason);
}

#endif
