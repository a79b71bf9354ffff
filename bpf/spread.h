/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Spreads sessions over cores.  All data of a tunnel shares one UDP 5-tuple,
 * and PPPoE has no IP header, so a NIC puts each of them on one queue and one
 * core.  Here the receiving core only reads the ids, and hands the frame to the
 * core that their hash names: the frames of one session stay in order.  It
 * does not touch the leg, whose cache line belongs to that other core.
 */
#ifndef SPREAD_H
#define SPREAD_H

#include "match.h"

/* Set before loading: the number of cores (0: no spreading), and which. */
const volatile __u32 spread_cpus;
const volatile __u8 spread_cpu[CPU_SLOTS];

#define SPREAD_MIX 0x9e3779b1 /* 2^32 divided by the golden ratio */

/* Data of an L2TP session, the cursor at the UDP header. */
static __always_inline bool spread_l2tp(const struct cursor *udp, __u32 *key)
{
	__u32 at = UDP_LEN + 2;
	__u16 flags;

	if (!cursor_has(udp, UDP_LEN + L2TP_LEN_LEN) ||
	    cursor_get16(udp, 2) != bpf_htons(L2TP_PORT))
		return false;
	flags = get_host16(udp, UDP_LEN);
	if (flags & L2TP_T || (flags & L2TP_VERSION) != L2TP_V2)
		return false;
	*key = flags & L2TP_L ? cursor_get32(udp, at + 2)
			      : cursor_get32(udp, at);
	return true;
}

/* Packets for subscribers: by their address. */
static __always_inline bool spread_ip4(struct cursor *c, __u32 *key)
{
	__u32 slot;

	if (!cursor_has(c, IP4_LEN))
		return false;
	if (cursor_get8(c, 9) == IPPROTO_UDP &&
	    cursor_get8(c, 0) == IP4_NO_OPTIONS &&
	    !(cursor_get16(c, 6) & bpf_htons(IP4_FRAGMENT))) {
		struct cursor udp = *c;

		cursor_skip(&udp, IP4_LEN);
		if (spread_l2tp(&udp, key))
			return true;
	}
	*key = cursor_get32(c, 16);
	return pool4_find(bpf_ntohl(*key), &slot);
}

static __always_inline bool spread_ip6(struct cursor *c, __u32 *key)
{
	__u32 slot;

	if (!cursor_has(c, IP6_LEN))
		return false;
	if (cursor_get8(c, 6) == IPPROTO_UDP) {
		struct cursor udp = *c;

		cursor_skip(&udp, IP6_LEN);
		if (spread_l2tp(&udp, key))
			return true;
	}
	*key = cursor_get32(c, 28) ^ cursor_get32(c, 24);
	return pool6_find(bpf_be64_to_cpu(cursor_get64(c, 24)), &slot);
}

/* The key of frames that must stay in order; false: stay on this core. */
static __always_inline bool spread_key(struct cursor *c, struct packet *p,
				       __u32 *key)
{
	if (p->ethertype == bpf_htons(ETH_P_PPP_SES)) {
		if (!cursor_has(c, PPPOE_LEN) || !port_bank(p))
			return false;
		*key = (__u32)p->vlan << 16 | get_host16(c, 2);
		return true;
	}
	if (p->inner_vlan)
		return false;
	if (p->ethertype == bpf_htons(ETH_P_IP))
		return spread_ip4(c, key);
	return p->ethertype == bpf_htons(ETH_P_IPV6) && spread_ip6(c, key);
}

/*
 * The core that handles the frame; -1: this one.  A function, so that the path
 * without spreading has all registers.
 */
__noinline int spread_core(struct xdp_md *ctx)
{
	struct packet p = {};
	struct cursor c;
	bool broadcast;
	__u32 key;

	cursor_open(&c, ctx, ctx->data_end - ctx->data);
	if (!port_match(&c, &p, ctx->ingress_ifindex, &broadcast) ||
	    broadcast || ethernet_parse(&c, &p) || !spread_key(&c, &p, &key))
		return -1;
	key *= SPREAD_MIX;
	key = ((__u64)key * spread_cpus) >> 32;
	return spread_cpu[key & (CPU_SLOTS - 1)];
}

#endif
