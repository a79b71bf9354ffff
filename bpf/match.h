/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From facts to a leg: we assigned the ids in a frame, so they are its index.
 * Reads ports, tunnels_rx, legs, settings and the tables of subscriber
 * addresses; a frame must also come from the peer of the leg that is found.
 */
#ifndef MATCH_H
#define MATCH_H

#include <stddef.h>
#include "maps.h"
#include "numbering.h"
#include "parse.h"
#include "sum.h"

#define BANK_MASK 15 /* outer VLAN ids share 16 banks of a port */
#define LATE_MAX  5  /* data messages in a row */

/* Eight octets of a record: clang splits words of fields aligned to less. */
#define WORD64(record, member)                     \
	(*(const __u64 *)((const void *)(record) + \
			  offsetof(typeof(*(record)), member)))

static __always_inline __u32 leg_read(const struct leg *leg)
{
	return *(const volatile __u32 *)leg;
}

/* Find the leg of a carrier in its slot; false if none of this kind. */
static __always_inline bool leg_find(struct packet *p, __u32 slot,
				     enum leg_kind kind)
{
	struct leg *leg = bpf_map_lookup_elem(&legs, &slot);

	if (!leg)
		refuse(false);
	p->leg = leg;
	p->slot = slot;
	p->word = leg_read(leg);
	return LEG_STATE(p->word) != LEG_FREE && LEG_KIND(p->word) == kind;
}

/* Frames for another MAC address are not ours; broadcasts can be PADIs. */
static __always_inline bool port_match(const struct cursor *c, struct packet *p,
				       __u32 ifindex, bool *broadcast)
{
	struct port *port = bpf_map_lookup_elem(&ports, &ifindex);
	__u64 to;

	if (!port || !(port->flags & PORT_ATTACHED) ||
	    !cursor_reaches(c, ETH_LEN))
		refuse(false);
	to = cursor_get64(c, 0) << 16;
	p->port = port;
	*broadcast = false;
	if (likely(to == WORD64(port, mac) << 16))
		return true;
	*broadcast = to == ~0ull << 16;
	return *broadcast;
}

/* PPPoE bank of the frame's VLAN plus 1; 0 if no PPPoE is spoken there. */
static __always_inline __u32 port_bank(const struct packet *p)
{
	return p->port->banks[p->vlan & BANK_MASK];
}

/*
 * No session has this id (any more); user space sends a PADT.  There is no
 * answer to a group address, to address 0, or for session 0.
 */
static __always_inline enum reason pppoe_unknown(struct packet *p)
{
	bool group = p->source & 1; /* of the first octet */

	p->leg = NULL; /* no leg: the punt limit is by sender */
	if (group || !p->source || !p->session)
		refuse(REASON_UNKNOWN_PPPOE);
	return REASON_PPPOE_NO_SESSION;
}

static __always_inline enum reason pppoe_match(struct cursor *c,
					       struct packet *p)
{
	__u32 bank = port_bank(p);
	enum reason reason;
	__u64 client;

	if (!bank)
		refuse(REASON_NOT_OURS);
	reason = pppoe_parse(c, p);
	if (unlikely(reason))
		return reason;
	if (!leg_find(p, (bank - 1) << BANK_SHIFT | p->session, LEG_PPPOE))
		refuse(pppoe_unknown(p));
	client = p->source | (__u64)p->vlan << 48;
	if (WORD64(p->leg, in.pppoe.mac) != client ||
	    p->leg->in.pppoe.inner_vlan != p->inner_vlan)
		refuse(REASON_WRONG_CLIENT);
	return 0;
}

static __always_inline struct settings *settings_read(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&settings, &zero);
}

/*
 * Whether an address is one of our L2TP endpoints.  The fast path compares with
 * the tunnel's instead, so these are functions, which the verifier walks once.
 */
__noinline int local4_has(__u32 address)
{
	struct settings *s = settings_read();
	__u32 i;

	if (!s)
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < LOCAL_SLOTS; i++) {
		if (i >= s->locals)
			return 0;
		if (s->local_ip4[i] == address)
			return 1;
	}
	return 0;
}

/* The two halves of an IPv6 address, as they are loaded from a packet. */
__noinline int local6_has(__u64 high, __u64 low)
{
	struct settings *s = settings_read();
	__u32 i;

	if (!s)
		return 0;
#pragma clang loop unroll(disable)
	for (i = 0; i < LOCAL_SLOTS; i++) {
		const __u64 *at = (const __u64 *)s->local_ip6[i];

		if (i >= s->locals6)
			return 0;
		if (at[0] == high && at[1] == low)
			return 1;
	}
	return 0;
}

/* The cursor at an IP header: whether it is for one of our endpoints. */
static __always_inline bool is_for_us4(const struct cursor *c)
{
	return local4_has(cursor_get32(c, 16));
}

static __always_inline bool is_for_us6(const struct cursor *c)
{
	return local6_has(cursor_get64(c, 24), cursor_get64(c, 32));
}

static __always_inline struct tunnel_rx *tunnel_find(__u32 id)
{
	struct tunnel_rx *t = bpf_map_lookup_elem(&tunnels_rx, &id);

	return t && t->state == TUNNEL_RX_OPEN ? t : NULL;
}

/* Octets of offset pad that pass: never fewer than OFFSET_ALWAYS. */
static __always_inline __u32 offset_limit(void)
{
	struct settings *s = settings_read();
	__u32 limit = OFFSET_ALWAYS;

	if (s && s->offset_limit > limit)
		limit = s->offset_limit;
	return limit < OFFSET_MAX ? limit : OFFSET_MAX;
}

/*
 * Data sequencing (RFC 2661 section 5.4): a message with an Ns before the
 * expected one is late.  After LATE_MAX late ones in a row we assume that the
 * peer has restarted, and accept its numbers.  Plain stores: frames of one
 * tunnel arrive on one CPU.
 */
static __always_inline enum reason sequence_check(struct leg *leg, __u16 ns)
{
	__u32 old = leg->in.l2tp.sequence, row = (old >> 16) + 1;
	bool late = (__s16)(ns - (__u16)old) < 0;

	if (!late || row > LATE_MAX) {
		leg->in.l2tp.sequence = (__u16)(ns + 1);
		return 0;
	}
	leg->in.l2tp.sequence = row << 16 | (__u16)old;
	__sync_fetch_and_add(&leg->in.l2tp.late, 1);
	if (!(LEG_HAS(leg_read(leg), LEG_ORDERED)))
		return 0;
	__sync_fetch_and_add(&leg->dropped, 1);
	return REASON_LATE_SEQUENCE;
}

/*
 * The LNS, which decides, has begun or stopped numbering: the other leg
 * follows.
 */
static __always_inline void sequence_follow(struct leg *in, bool numbered)
{
	__u32 other = numbering_other(in);
	struct leg *out = bpf_map_lookup_elem(&legs, &other);

	if (out && numbering_is_pair(in, out))
		numbering_follow(in, out, numbered);
}

/*
 * A message with Ns, or the first one without; ns is that of a packet.  A
 * function to save stack; few messages enter it.
 */
__noinline int sequence_take(__u32 slot, __u32 ns)
{
	struct leg *leg = bpf_map_lookup_elem(&legs, &slot);
	enum reason reason = 0;

	if (!leg)
		return REASON_UNKNOWN_SESSION;
	if (ns)
		reason = sequence_check(leg, ns);
	/* a late message may be older than the LNS's latest decision */
	if (!reason && numbering_changes(leg_read(leg), ns))
		sequence_follow(leg, ns);
	return reason;
}

/* The S bit of a message that is for the leg, and its Ns. */
static __always_inline enum reason numbering_match(const struct packet *p)
{
	if (likely(!p->ns && !numbering_changes(p->word, false)))
		return 0;
	return sequence_take(p->slot, p->ns) & (REASON_SLOTS - 1);
}

/* The leg of a data message that a tunnel's peer sent. */
static __always_inline enum reason session_match(struct cursor *c,
						 struct packet *p,
						 const struct tunnel_rx *t,
						 __u8 tos)
{
	__u32 slot = (__u32)t->bank << BANK_SHIFT | p->session;

	p->outer = OUTER_TUNNEL | tos |
		   (t->flags & TUNNEL_RX_ECN ? OUTER_ECN : 0);
	if (!leg_find(p, slot, LEG_L2TP) ||
	    p->leg->in.l2tp.tunnel != p->tunnel)
		refuse(REASON_UNKNOWN_SESSION);
	if (p->pad) {
		if (p->pad > offset_limit())
			refuse(REASON_OFFSET_TOO_LARGE);
		cursor_skip_octet(c, p->pad);
	}
	if (!c->left)
		refuse(REASON_MALFORMED);
	return numbering_match(p);
}

/* Whether the outer UDP checksum is as it should be, addresses at `off`. */
static __always_inline enum reason udp_check(struct xdp_md *ctx,
					     const struct packet *p,
					     const struct tunnel_rx *t,
					     __u32 off, __u32 length)
{
	struct settings *s;
	long sum;

	if (!p->udp_sum)
		return t->flags & TUNNEL_RX_IP6 &&
				       !(t->flags & TUNNEL_RX_ZERO_SUM)
			       ? REASON_ZERO_CHECKSUM
			       : 0;
	s = settings_read();
	if (!s || !(s->flags & SETTINGS_CHECK_SUMS))
		return 0;
	sum = udp_sum(ctx, off, length,
		      t->flags & TUNNEL_RX_IP6 ? 32 : 8);
	if (sum < 0)
		refuse(REASON_CHECKSUM_UNSEEN);
	return sum == 0xffff ? 0 : REASON_BAD_CHECKSUM;
}

/*
 * UDP port 1701, the cursor at the IPv4 header.  NOT_OURS if the address is
 * not one of our endpoints: then it is a subscriber's own L2TP, forwarded as
 * IP.
 */
static __always_inline enum reason l2tp4_match(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	__u32 off = cursor_offset(c, ctx) + 12;
	const struct cursor start = *c; /* read again: registers are few */
	struct tunnel_rx *t = NULL;
	enum reason reason;

	reason = udp_parse(c, p, IP4_LEN, get_host16(c, 2));
	if (!reason)
		reason = l2tp_parse(c, p);
	if (!reason)
		t = tunnel_find(p->tunnel);
	/* one over IPv6 has 0 there, which a packet may say too */
	if (!t || t->flags & TUNNEL_RX_IP6 ||
	    t->local_ip4 != cursor_get32(&start, 16)) {
		*c = start;
		if (!is_for_us4(c)) {
			p->tunnel = 0; /* it is a subscriber's */
			refuse(REASON_NOT_OURS);
		}
		return reason ? reason : REASON_UNKNOWN_TUNNEL;
	}
	if (t->peer_ip4 != cursor_get32(&start, 12) ||
	    t->peer_port != cursor_get16(&start, IP4_LEN))
		refuse(REASON_WRONG_PEER);
	if (p->udp_sum) {
		reason = udp_check(ctx, p, t, off,
				   8 + get_host16(&start, IP4_LEN + 4));
		if (unlikely(reason))
			return reason;
	}
	return session_match(c, p, t, cursor_get8(&start, 1));
}

static __always_inline bool ip6_equal(const struct cursor *c, __u32 off,
				      const __u8 *address)
{
	return cursor_get64(c, off) == *(const __u64 *)address &&
	       cursor_get64(c, off + 8) == *(const __u64 *)(address + 8);
}

/* The same over IPv6 without extension headers. */
static __always_inline enum reason l2tp6_match(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	__u32 off = cursor_offset(c, ctx) + 8;
	const struct cursor start = *c;
	struct tunnel_rx *t = NULL;
	enum reason reason;

	reason = udp_parse(c, p, IP6_LEN, IP6_LEN + get_host16(c, 4));
	if (!reason)
		reason = l2tp_parse(c, p);
	if (!reason)
		t = tunnel_find(p->tunnel);
	if (!t || !(t->flags & TUNNEL_RX_IP6) ||
	    !ip6_equal(&start, 24, t->local_ip6)) {
		*c = start;
		if (!is_for_us6(c)) {
			p->tunnel = 0; /* it is a subscriber's */
			refuse(REASON_NOT_OURS);
		}
		return reason ? reason : REASON_UNKNOWN_TUNNEL;
	}
	if (t->peer_port != cursor_get16(&start, IP6_LEN) ||
	    !ip6_equal(&start, 8, t->peer_ip6))
		refuse(REASON_WRONG_PEER);
	reason = udp_check(ctx, p, t, off, 32 + get_host16(&start, IP6_LEN + 4));
	return reason ? reason
		      : session_match(c, p, t, get_host16(&start, 0) >> 4);
}

/* An IPv4 header with options in front of UDP port 1701 for us. */
static __always_inline enum reason options_match(const struct cursor *c)
{
	__u32 header = (cursor_get8(c, 0) & 15) * 4;
	struct cursor udp = *c;

	if (cursor_get8(c, 0) >> 4 != 4 || header < IP4_LEN)
		refuse(REASON_NOT_OURS);
	cursor_skip_octet(&udp, header);
	if (!cursor_has(&udp, UDP_LEN) ||
	    cursor_get16(&udp, 2) != bpf_htons(L2TP_PORT) ||
	    !is_for_us4(c))
		refuse(REASON_NOT_OURS);
	return REASON_IP_OPTIONS;
}

/*
 * IPv4 that could be L2TP for us, the cursor at its header.  NOT_OURS leaves
 * it there, to be looked at as a packet for a subscriber.
 */
static __always_inline enum reason core4_match(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	if (!cursor_has(c, IP4_LEN + UDP_LEN) ||
	    cursor_get8(c, 9) != IPPROTO_UDP)
		refuse(REASON_NOT_OURS);
	if (cursor_get16(c, 6) & bpf_htons(IP4_FRAGMENT))
		return is_for_us4(c) ? REASON_FRAGMENT : REASON_NOT_OURS;
	if (cursor_get8(c, 0) != IP4_NO_OPTIONS)
		return options_match(c);
	if (cursor_get16(c, IP4_LEN + 2) != bpf_htons(L2TP_PORT))
		refuse(REASON_NOT_OURS);
	return l2tp4_match(ctx, c, p);
}

/* IPv6 that could be. */
static __always_inline enum reason core6_match(struct xdp_md *ctx,
					       struct cursor *c,
					       struct packet *p)
{
	__u8 next;

	if (!cursor_has(c, IP6_LEN + UDP_LEN) || cursor_get8(c, 0) >> 4 != 6)
		refuse(REASON_NOT_OURS);
	next = cursor_get8(c, 6);
	if (next == IP6_FRAGMENT)
		return is_for_us6(c) ? REASON_FRAGMENT : REASON_NOT_OURS;
	if (next != IPPROTO_UDP ||
	    cursor_get16(c, IP6_LEN + 2) != bpf_htons(L2TP_PORT))
		refuse(REASON_NOT_OURS);
	return l2tp6_match(ctx, c, p);
}

/*
 * The leg for packets to a subscriber.  If it is not joined, the kernel gets
 * the packet (our own address inside a pool has such a leg).
 */
static __always_inline enum reason subscriber_match(struct packet *p,
						    __u32 slot,
						    enum leg_flags family)
{
	if (!leg_find(p, slot, LEG_IP))
		refuse(REASON_NO_SUBSCRIBER);
	if (LEG_STATE(p->word) < LEG_FORWARD)
		return p->from ? REASON_KERNEL_ROUTES : REASON_CALL_SETUP;
	return LEG_HAS(p->word, family) ? 0 : REASON_NO_SUBSCRIBER;
}

/* Leg slot of an address in a pool; false if it is in none. */
static __always_inline bool pool4_find(__u32 address, __u32 *slot)
{
	struct settings *s = settings_read();
	struct ip4_pool *pool;
	__u32 i;

	if (!s)
		refuse(false);
#pragma clang loop unroll(disable)
	for (i = 0; i < POOL_SLOTS; i++) {
		__u32 key = i;

		if (i >= s->ip4_pools)
			refuse(false);
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
	struct settings *s = settings_read();
	struct ip6_pool *pool;
	__u64 base;
	__u32 i;

	if (!s)
		refuse(false);
#pragma clang loop unroll(disable)
	for (i = 0; i < POOL_SLOTS; i++) {
		__u32 key = i;

		if (i >= s->ip6_pools)
			refuse(false);
		pool = bpf_map_lookup_elem(&ip6_pools, &key);
		if (!pool)
			refuse(false);
		base = bpf_be64_to_cpu(*(__be64 *)pool->base);
		if (prefix - base < pool->count) {
			*slot = pool->slot + (__u32)(prefix - base);
			return true;
		}
	}
	return false;
}

/* A single address of the user table; a hash, so asked after the pools. */
static __always_inline bool host4_find(__be32 address, __u32 *slot)
{
	__u32 *value = bpf_map_lookup_elem(&ip4_hosts, &address);

	if (!value)
		refuse(false);
	*slot = *value;
	return true;
}

/* The subscriber behind whom a network is: the longest prefix that covers. */
static __always_inline bool route4_find(__be32 address, __u32 *slot)
{
	struct ip4_prefix key = {.length = 32, .address = address};
	struct settings *s = settings_read();
	__u32 *value;

	if (!s || !s->ip4_routes)
		refuse(false);
	value = bpf_map_lookup_elem(&ip4_routes, &key);
	if (!value)
		refuse(false);
	*slot = *value;
	return true;
}

/* A subscriber by the tables that are asked when no pool has the address. */
static __always_inline bool table4_find(__be32 address, __u32 *slot)
{
	return host4_find(address, slot) || route4_find(address, slot);
}

/* The cursor at an IPv6 header, the address in it at `off`. */
static __always_inline bool route6_find(const struct cursor *c, __u32 off,
					__u32 *slot)
{
	struct settings *s = settings_read();
	struct ip6_prefix key;
	__u32 *value, i;

	if (!s || !s->ip6_routes)
		refuse(false);
	key.length = 128;
#pragma unroll
	for (i = 0; i < 16; i += 4)
		*(__u32 *)(key.address + i) = cursor_get32(c, off + i);
	value = bpf_map_lookup_elem(&ip6_routes, &key);
	if (!value)
		refuse(false);
	*slot = *value;
	return true;
}

/* Whether the leg in this slot belongs to the same call as `from`. */
static __always_inline bool is_same_call(__u32 slot, const struct leg *from)
{
	const struct leg *leg = bpf_map_lookup_elem(&legs, &slot);

	return leg && leg->call == from->call;
}

#endif
