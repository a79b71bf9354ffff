/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The inner IP packet of a call that we terminate, in both directions: is it
 * valid, may it come from there, who is it for, can it be sent on.  p->from
 * tells the direction: set for what a subscriber sends.
 */
#ifndef CHECK_H
#define CHECK_H

#include "martian.h"
#include "match.h"

#define IP6_LINK_LOCAL(high) ((high) >> 54 == 0xfe80 >> 6) /* fe80::/10 */
#define IP6_LINK_GROUP(high) ((high) >> 48 == 0xff02) /* ff02::/16 */

static __always_inline bool ip4_is_whole(const struct cursor *c)
{
	__u8 first = cursor_get8(c, 0);
	__u32 header = (first & 15) * 4, total = get_host16(c, 2);

	if (likely(first == IP4_NO_OPTIONS))
		return total >= IP4_LEN && total <= c->left;
	return first >> 4 == 4 && header >= IP4_LEN && total >= header &&
	       total <= c->left;
}

/* Finds the leg of an IPv4 destination; p->leg is NULL if it has none. */
static __always_inline enum reason ip4_destination(struct packet *p,
						   __be32 address)
{
	__u32 slot;

	p->leg = NULL;
	if (pool4_find(bpf_ntohl(address), &slot))
		return subscriber_match(p, slot, LEG_IP4);
	/* upstream these tables are asked only if the FIB has no other way */
	if (!p->from && table4_find(address, &slot))
		return subscriber_match(p, slot, LEG_IP4);
	return p->from ? 0 : REASON_NOT_OURS;
}

/* Whether the subscriber of p->from may send from this address. */
static __always_inline bool ip4_source_fits(const struct packet *p,
					    __be32 source)
{
	__be32 user = p->from->to.ip.user4;
	__u32 slot;

	if (!user || user == source)
		return true;
	return LEG_HAS(p->word, LEG_ROUTES) && route4_find(source, &slot) &&
	       is_same_call(slot, p->from);
}

/*
 * Checks source and destination, as the FIB lookup does not.  A destination that
 * is a subscriber's needs no check: the configuration gives no subscriber such
 * an address, and the keeper adds no route to it.
 */
static __always_inline bool ip4_is_martian(const struct cursor *c,
					   const struct packet *p)
{
	return martian4_octet(cursor_get8(c, 12)) || /* a source */
	       (!p->leg && martian4_octet(cursor_get8(c, 16)) &&
		martian4_destination(bpf_ntohl(cursor_get32(c, 16))));
}

static __always_inline enum reason ip4_check(struct cursor *c, struct packet *p)
{
	enum reason reason;

	if (!cursor_has(c, IP4_LEN))
		return p->from ? REASON_BAD_IP : REASON_NOT_OURS;
	if (p->from) {
		if (!ip4_is_whole(c))
			refuse(REASON_BAD_IP);
		if (!ip4_source_fits(p, cursor_get32(c, 12)))
			refuse(REASON_SPOOFED_SOURCE);
		p->info = get_host16(c, 2);
	}
	reason = ip4_destination(p, cursor_get32(c, 16));
	if (unlikely(reason))
		return reason;
	if (!p->from && !ip4_is_whole(c))
		refuse(REASON_BAD_IP);
	if (unlikely(ip4_is_martian(c, p)))
		refuse(REASON_MARTIAN);
	p->info = get_host16(c, 2);
	if (cursor_get8(c, 0) != IP4_NO_OPTIONS)
		refuse(REASON_IP_OPTIONS);
	return cursor_get8(c, 8) > 1 ? 0 : REASON_TTL_EXPIRED;
}

static __always_inline bool ip6_is_whole(const struct cursor *c)
{
	return cursor_get8(c, 0) >> 4 == 6 &&
	       (__u32)IP6_LEN + get_host16(c, 4) <= c->left;
}

static __always_inline bool ip6_is_martian(const struct cursor *c)
{
	return martian6(bpf_be64_to_cpu(cursor_get64(c, 8)),
			bpf_be64_to_cpu(cursor_get64(c, 16))) ||
	       martian6(bpf_be64_to_cpu(cursor_get64(c, 24)),
			bpf_be64_to_cpu(cursor_get64(c, 32)));
}

/*
 * IPv6 from a subscriber.  Packets for the link only, such as neighbour
 * discovery, go to the engine.
 */
static __always_inline enum reason ip6_source(const struct cursor *c,
					      const struct packet *p)
{
	__be64 source = cursor_get64(c, 8);
	__be64 prefix = *(const __be64 *)p->from->to.ip.prefix6;
	__u32 slot;
	__u64 high = bpf_be64_to_cpu(source);
	__u64 to = bpf_be64_to_cpu(cursor_get64(c, 24));

	if (!ip6_is_whole(c))
		refuse(REASON_BAD_IP);
	if (IP6_LINK_LOCAL(high) || IP6_LINK_LOCAL(to) || IP6_LINK_GROUP(to))
		refuse(REASON_PPP_CONTROL);
	if (!prefix || prefix == source)
		return 0;
	if (LEG_HAS(p->word, LEG_ROUTES) && route6_find(c, 8, &slot) &&
	    is_same_call(slot, p->from))
		return 0;
	return REASON_SPOOFED_SOURCE;
}

/* The cursor is at the IPv6 header. */
static __always_inline enum reason ip6_destination(const struct cursor *c,
						   struct packet *p)
{
	__u32 slot;

	p->leg = NULL;
	if (pool6_find(bpf_be64_to_cpu(cursor_get64(c, 24)), &slot))
		return subscriber_match(p, slot, LEG_IP6);
	if (!p->from && route6_find(c, 24, &slot))
		return subscriber_match(p, slot, LEG_IP6);
	return p->from ? 0 : REASON_NOT_OURS;
}

static __always_inline enum reason ip6_check(struct cursor *c, struct packet *p)
{
	enum reason reason = 0;

	if (!cursor_has(c, IP6_LEN))
		return p->from ? REASON_BAD_IP : REASON_NOT_OURS;
	if (p->from)
		reason = ip6_source(c, p);
	if (unlikely(reason))
		return reason;
	if (p->from)
		p->info = IP6_LEN + get_host16(c, 4);
	reason = ip6_destination(c, p);
	if (unlikely(reason))
		return reason;
	if (!ip6_is_whole(c))
		refuse(REASON_BAD_IP);
	if (unlikely(ip6_is_martian(c)))
		refuse(REASON_MARTIAN);
	p->info = IP6_LEN + get_host16(c, 4);
	return cursor_get8(c, 7) > 1 ? 0 : REASON_TTL_EXPIRED;
}

/* A PPP frame of a call that ends here: checks sender and NCP state. */
static __always_inline enum reason terminated_check(struct packet *p)
{
	p->from = p->leg;
	if (p->protocol == PPP_IP4)
		return LEG_HAS(p->word, LEG_IP4) ? 0 : REASON_NCP_CLOSED;
	if (p->protocol == PPP_IP6)
		return LEG_HAS(p->word, LEG_IP6) ? 0 : REASON_NCP_CLOSED;
	return REASON_PPP_CONTROL;
}

/* An IP packet of a terminated call, the cursor at its header. */
static __always_inline enum reason ip_check(struct cursor *c, struct packet *p)
{
	p->routed = true;
	return p->protocol == PPP_IP4 ? ip4_check(c, p) : ip6_check(c, p);
}

#endif
