/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From facts to a leg: the ids in a frame are ours, so they are its place.
 * Reads ports, tunnels_rx, legs, settings and the tables of subscriber
 * addresses; whoever is found must also come from where it should.
 */
#ifndef MATCH_H
#define MATCH_H

#include "maps.h"
#include "parse.h"

#define BANK_MASK 15 /* outer VLAN ids share 16 banks of a port */

static __always_inline union leg_word leg_read(const struct leg *leg)
{
	union leg_word word = {.word = *(const volatile __u32 *)leg};

	return word;
}

/* Find the leg of a carrier in its slot; false if none of this kind. */
static __always_inline bool leg_find(struct packet *p, __u32 slot,
				     enum leg_kind kind)
{
	struct leg *leg = bpf_map_lookup_elem(&legs, &slot);

	if (!leg)
		return false;
	p->leg = leg;
	p->word = leg_read(leg);
	return p->word.state != LEG_FREE && p->word.kind == kind;
}

/* Frames for another MAC address are not ours; broadcasts can be PADIs. */
static __always_inline bool port_match(const struct cursor *c, struct packet *p,
				       __u32 ifindex, bool *broadcast)
{
	struct port *port = bpf_map_lookup_elem(&ports, &ifindex);
	__u32 high;
	__u16 low;

	if (!port || !(port->flags & PORT_ATTACHED) || !cursor_has(c, ETH_LEN))
		return false;
	high = cursor_get32(c, 0);
	low = cursor_get16(c, 4);
	p->port = port;
	*broadcast = false;
	if (high == *(__u32 *)port->mac && low == *(__u16 *)(port->mac + 4))
		return true;
	*broadcast = high == ~0u && low == 0xffff;
	return *broadcast;
}

/* PPPoE bank of the frame's VLAN plus 1; 0 if no PPPoE is spoken there. */
static __always_inline __u32 port_bank(const struct packet *p)
{
	return p->port->banks[p->vlan & BANK_MASK];
}

static __always_inline enum reason pppoe_match(struct cursor *c,
					       struct packet *p)
{
	__u32 bank = port_bank(p);
	enum reason reason;
	struct leg *leg;

	if (!bank)
		return REASON_NOT_OURS;
	reason = pppoe_parse(c, p);
	if (reason)
		return reason;
	if (!leg_find(p, (bank - 1) << BANK_SHIFT | p->session, LEG_PPPOE))
		return REASON_UNKNOWN_PPPOE;
	leg = p->leg;
	if (leg->in.pppoe.vlan != p->vlan ||
	    *(__u32 *)leg->in.pppoe.mac != p->src_high ||
	    *(__u16 *)(leg->in.pppoe.mac + 4) != p->src_low)
		return REASON_WRONG_CLIENT;
	return 0;
}

/* One of our L2TP end points: off the fast path, which asks the tunnel. */
static __always_inline bool address_is_local(__be32 address)
{
	__u32 zero = 0, i;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);

	if (!s)
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < LOCAL_SLOTS; i++) {
		if (i >= s->locals)
			return false;
		if (s->local_ip4[i] == address)
			return true;
	}
	return false;
}

static __always_inline struct tunnel_rx *tunnel_find(__u32 id, __be32 local)
{
	struct tunnel_rx *t = bpf_map_lookup_elem(&tunnels_rx, &id);

	if (!t || t->state != TUNNEL_RX_OPEN || t->local_ip4 != local)
		return NULL;
	return t;
}

/* Octets of offset pad that pass: never fewer than OFFSET_ALWAYS. */
static __always_inline __u32 offset_limit(void)
{
	__u32 zero = 0, limit = OFFSET_ALWAYS;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);

	if (s && s->offset_limit > limit)
		limit = s->offset_limit;
	return limit < OFFSET_MAX ? limit : OFFSET_MAX;
}

/* The leg of a data message that a tunnel's peer sent. */
static __always_inline enum reason session_match(struct cursor *c,
						 struct packet *p,
						 const struct tunnel_rx *t)
{
	__u32 slot = (__u32)t->bank << BANK_SHIFT | p->session;

	if (!leg_find(p, slot, LEG_L2TP) || p->leg->in.l2tp.tunnel != p->tunnel)
		return REASON_UNKNOWN_SESSION;
	if (p->pad) {
		if (p->pad > offset_limit())
			return REASON_OFFSET_TOO_LARGE;
		cursor_skip_octet(c, p->pad);
	}
	return c->left ? 0 : REASON_MALFORMED;
}

/*
 * UDP port 1701, the cursor at the IPv4 header.  NOT_OURS if the address is
 * not one of our end points: then it is a subscriber's own L2TP, and any IP.
 */
static __always_inline enum reason l2tp_match(struct cursor *c,
					      struct packet *p)
{
	__be32 peer = cursor_get32(c, 12), local = cursor_get32(c, 16);
	__be16 port = cursor_get16(c, IP4_LEN);
	const struct cursor start = *c;
	struct tunnel_rx *t = NULL;
	enum reason reason;

	reason = udp4_parse(c);
	if (!reason)
		reason = l2tp_parse(c, p);
	if (!reason)
		t = tunnel_find(p->tunnel, local);
	if (!t) {
		*c = start;
		if (!address_is_local(local))
			return REASON_NOT_OURS;
		return reason ? reason : REASON_UNKNOWN_TUNNEL;
	}
	if (t->peer_ip4 != peer || t->peer_port != port)
		return REASON_WRONG_PEER;
	return session_match(c, p, t);
}

/* An IPv4 header with options in front of UDP port 1701 for us. */
static __always_inline enum reason options_match(const struct cursor *c)
{
	__u32 header = (cursor_get8(c, 0) & 15) * 4;
	struct cursor udp = *c;

	if (cursor_get8(c, 0) >> 4 != 4 || header < IP4_LEN)
		return REASON_NOT_OURS;
	cursor_skip_octet(&udp, header);
	if (!cursor_has(&udp, UDP_LEN) ||
	    cursor_get16(&udp, 2) != bpf_htons(L2TP_PORT) ||
	    !address_is_local(cursor_get32(c, 16)))
		return REASON_NOT_OURS;
	return REASON_IP_OPTIONS;
}

/*
 * IPv4 that could be L2TP for us, the cursor at its header.  NOT_OURS leaves
 * it there, to be looked at as a packet for a subscriber.
 */
static __always_inline enum reason core4_match(struct cursor *c,
					       struct packet *p)
{
	if (!cursor_has(c, IP4_LEN + UDP_LEN) ||
	    cursor_get8(c, 9) != IPPROTO_UDP)
		return REASON_NOT_OURS;
	if (cursor_get16(c, 6) & bpf_htons(IP4_FRAGMENT))
		return address_is_local(cursor_get32(c, 16)) ? REASON_FRAGMENT
							     : REASON_NOT_OURS;
	if (cursor_get8(c, 0) != IP4_NO_OPTIONS)
		return options_match(c);
	if (cursor_get16(c, IP4_LEN + 2) != bpf_htons(L2TP_PORT))
		return REASON_NOT_OURS;
	return l2tp_match(c, p);
}

/*
 * A subscriber's leg for what goes to him.  A leg that is not joined yet lets
 * the kernel have the packet (an address of ours inside a pool is such a leg).
 */
static __always_inline enum reason subscriber_match(struct packet *p,
						    __u32 slot,
						    enum leg_flags family)
{
	if (!leg_find(p, slot, LEG_IP))
		return REASON_NO_SUBSCRIBER;
	if (p->word.state != LEG_FORWARD)
		return p->from ? REASON_KERNEL_ROUTES : REASON_CALL_SETUP;
	return p->word.flags & family ? 0 : REASON_NO_SUBSCRIBER;
}

/* Leg slot of an address in a pool; false if it is in none. */
static __always_inline bool pool4_find(__u32 address, __u32 *slot)
{
	__u32 zero = 0, i;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);
	struct ip4_pool *pool;

	if (!s)
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < POOL_SLOTS; i++) {
		__u32 key = i;

		if (i >= s->ip4_pools)
			return false;
		pool = bpf_map_lookup_elem(&ip4_pools, &key);
		if (pool && address - pool->base < pool->count) {
			*slot = pool->slot + (address - pool->base);
			return true;
		}
	}
	return false;
}

/* The same for the upper half of an IPv6 address, in host order. */
static __always_inline bool pool6_find(__u64 prefix, __u32 *slot)
{
	__u32 zero = 0, i;
	struct settings *s = bpf_map_lookup_elem(&settings, &zero);
	struct ip6_pool *pool;
	__u64 base;

	if (!s)
		return false;
#pragma clang loop unroll(disable)
	for (i = 0; i < POOL_SLOTS; i++) {
		__u32 key = i;

		if (i >= s->ip6_pools)
			return false;
		pool = bpf_map_lookup_elem(&ip6_pools, &key);
		if (!pool)
			return false;
		base = bpf_be64_to_cpu(*(__be64 *)pool->base);
		if (prefix - base < pool->count) {
			*slot = pool->slot + (__u32)(prefix - base);
			return true;
		}
	}
	return false;
}

/* A single address (user table, RADIUS); a hash, so asked after the pools. */
static __always_inline bool host4_find(__be32 address, __u32 *slot)
{
	__u32 *value = bpf_map_lookup_elem(&ip4_hosts, &address);

	if (!value)
		return false;
	*slot = *value;
	return true;
}

#endif
