/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only definition of what lies in the BPF maps: included by the XDP
 * program and by user space, asserted by both.
 *
 * ABI_VERSION is part of the pin path.  It is bumped when a layout or the
 * meaning of a field changes, also when every size stays as it was.
 *
 * Byte order: __be16/__be32 are wire order, all other integers host order.
 * Live changes: in a live leg only single aligned words change; a record is
 * published by filling it and storing its first word last.  Values that hold
 * counters are never rewritten as a whole (user space may add atomically).
 */
#ifndef ABI_H
#define ABI_H

#include <linux/types.h>
#include "reasons.h"

#define ABI_VERSION 2

/*
 * We assign tunnel, session and PPPoE session ids, so an id is its leg's
 * place: slot = bank << 16 | id.  The last banks hold legs that are found by
 * an IP address instead of an id.
 */
#define BANK_SHIFT 16
#define BANK_SLOTS (1u << BANK_SHIFT)
#define ID_BANKS   16u
#define IP_BANKS   4u
#define LEG_SLOTS  ((ID_BANKS + IP_BANKS) * BANK_SLOTS)
#define FIRST_IP_SLOT (ID_BANKS * BANK_SLOTS)

#define TUNNEL_SLOTS   65536u
#define TEMPLATE_SLOTS 16384u
#define PORT_SLOTS     16384u /* by ifindex */
#define HOST_SLOTS     65536u
#define POOL_SLOTS     8u
#define LOCAL_SLOTS    16u

#define OFFSET_ALWAYS 16u /* octets of offset pad that always pass */
#define OFFSET_MAX    240u /* highest configurable limit */

enum leg_kind {
	LEG_NONE = 0,
	LEG_PPPOE = 1,
	LEG_L2TP = 2,
	LEG_IP = 3,
};

enum leg_state {
	LEG_FREE = 0, /* no such session */
	LEG_PUNT = 1, /* known, matched and checked, but all frames are punted */
	LEG_FORWARD = 2, /* joined: data goes to the other leg */
};

enum leg_flags {
	LEG_IP4 = 1, /* IPCP is open (legs joined with IP) */
	LEG_IP6 = 2, /* IPV6CP is open */
	LEG_L2TP_LENGTH = 4, /* send the L bit towards this other side */
};

/*
 * One side of a call as XDP receives it: what must match, and all that is
 * needed to send the frame out of the other side.  One cache line, so that
 * two directions never share one.
 */
struct leg {
	/* published last, cleared first: one aligned word */
	__u8 state; /* enum leg_state */
	__u8 kind; /* enum leg_kind: how frames arrive on this leg */
	__u8 out; /* enum leg_kind of the other leg */
	__u8 flags; /* enum leg_flags */

	__u32 call; /* call number, for people who read the map */
	__u32 out_template; /* slot in templates; unused if out is LEG_IP */
	/*
	 * Largest PPP information field (IP packet) sent on.  out LEG_IP:
	 * the largest that can come back to this leg, which limits the MSS
	 * of TCP; as it was at the join, 0 = no limit.
	 */
	__u16 out_mtu;
	__u16 in_tunnel; /* LEG_L2TP: own tunnel id */

	/* LEG_PPPOE: who the frame must come from */
	__u8 in_mac[6];
	__u16 in_vlan; /* outer VLAN id, 0 = untagged */

	union {
		struct {
			__be16 tunnel; /* the peer's ids */
			__be16 session;
			__u32 ns; /* reserved for data sequencing */
			__u32 zero;
		} l2tp;
		struct {
			__u8 mac[6]; /* the client */
			__be16 session;
			__be16 vlan; /* outer tag's TCI if the template has one */
			__be16 inner_vlan;
		} pppoe;
		struct {
			__u8 prefix6[8]; /* /64 the user may send from, 0 = any */
			__u32 zero;
		} ip;
	} to;
	__be32 user_ip4; /* out LEG_IP: source the user must have, 0 = any */

	/*
	 * What arrived on this leg and was sent on.  octets are those of the
	 * PPP frame with its 2-octet protocol field and without FF 03.
	 */
	__u64 packets; /* IPv4 and IPv6 */
	__u64 octets;
	__u64 control; /* other PPP protocols, in packets (switched legs) */
};

enum tunnel_rx_state {
	TUNNEL_RX_FREE = 0,
	TUNNEL_RX_OPEN = 1,
};

/* An L2TP tunnel, by our tunnel id. */
struct tunnel_rx {
	__u8 state; /* enum tunnel_rx_state; this word is published last */
	__u8 bank; /* bank of its sessions */
	__be16 peer_port; /* UDP source port the peer must use */
	__be32 peer_ip4;
	__be32 local_ip4;
	__u32 zero[13];
};

enum image_flags {
	IMAGE_READY = 1, /* next hop resolved, port attached */
	IMAGE_LENGTH = 2, /* L2TP header with L bit and Length field */
};

/*
 * A finished outer header.  head begins with the Ethernet destination and ends
 * before the PPP protocol field:
 *   LEG_L2TP:  Ethernet, tags, IPv4 (total length, id and checksum 0), UDP
 *              (length 0, checksum 0), L2TP (flags, [Length 0], ids 0), FF 03
 *   LEG_PPPOE: Ethernet (destination 0), tags (TCI 0), PPPoE (ids, length 0)
 */
struct image {
	__u32 ifindex; /* port to leave by, key of tx_ports */
	__u32 sum; /* one's complement sum of head's IPv4 words, not folded,
		    * as native-endian __u16 loads */
	__u16 head_len; /* octets used in head */
	__u16 out_max; /* largest frame of this port, from the Ethernet
			* destination on, without FCS */
	__u8 kind; /* enum leg_kind of the leg it leaves by */
	__u8 tags; /* VLAN tags in head */
	__u8 flags; /* enum image_flags */
	__u8 zero;
	__u8 head[112];
};

/*
 * What all frames of a tunnel (or of a port's PPPoE side) share.  An image is
 * immutable while active; a change fills the other one and flips `active`.
 * The writer leaves at least 100 ms between two flips.
 */
struct template {
	__u32 active; /* 0 or 1 */
	__u32 users; /* for people who read the map: tunnel or port number */
	__u32 zero[14];
	struct image image[2];
};

enum port_flags {
	PORT_ATTACHED = 1, /* our program runs on it */
	PORT_ACCESS = 2, /* PPPoE is spoken here */
};

/* A network interface, by ifindex. */
struct port {
	__u32 flags; /* enum port_flags */
	__u8 mac[6];
	__u16 mtu; /* of the device, IP octets */
	__u8 banks[16]; /* PPPoE bank + 1 by outer VLAN id & 15, 0 = none */
	__u8 zero[36];
};

/* Where a device that a FIB lookup named really is, by its ifindex. */
struct egress {
	__u32 ifindex; /* the attached port, 0 = none: the kernel must send */
	__be16 vlan; /* TCI to add, 0 = none */
	__u16 zero;
};

/* Addresses that lie at consecutive leg slots. */
struct ip4_pool {
	__u32 base; /* first address, host order */
	__u32 count;
	__u32 slot; /* leg slot of the first */
	__u32 zero;
};

struct ip6_pool {
	__u8 base[8]; /* first /64, wire order */
	__u32 count; /* of /64 prefixes */
	__u32 slot;
};

enum settings_flags {
	SETTINGS_MSS_CLAMP = 1, /* lower the MSS of terminated calls' SYNs */
};

/* What an operator may change while packets flow. */
struct settings {
	__u32 offset_limit; /* octets of L2TP offset pad, 16..240 */
	__u32 ip4_pools; /* entries used in ip4_pools */
	__u32 ip6_pools;
	__u32 locals; /* entries used in local */
	__be32 local_ip4[LOCAL_SLOTS]; /* our L2TP end points */
	__u32 flags; /* enum settings_flags */
	__u32 zero[11];
};

/* Per CPU, by enum reason. */
struct reason_count {
	__u64 packets;
	__u64 octets; /* from the Ethernet destination on, as received */
};

#define ABI_ASSERT(type, size)                                                 \
	_Static_assert(sizeof(struct type) == (size), #type)
ABI_ASSERT(leg, 64);
ABI_ASSERT(tunnel_rx, 64);
ABI_ASSERT(image, 128);
ABI_ASSERT(template, 320);
ABI_ASSERT(port, 64);
ABI_ASSERT(egress, 8);
ABI_ASSERT(ip4_pool, 16);
ABI_ASSERT(ip6_pool, 16);
ABI_ASSERT(settings, 128);
ABI_ASSERT(reason_count, 16);

/*
 * Maps (all with BTF key and value types):
 *   ports      array, mmapable    ifindex     -> struct port
 *   tunnels_rx array, mmapable    tunnel id   -> struct tunnel_rx
 *   legs       array, mmapable    slot        -> struct leg
 *   templates  array, mmapable    template    -> struct template
 *   settings   array, mmapable    0           -> struct settings
 *   reasons    per-CPU array      enum reason -> struct reason_count
 *   ip4_pools  array, mmapable    0..7        -> struct ip4_pool
 *   ip4_hosts  hash               __be32      -> __u32 leg slot
 *   ip6_pools  array, mmapable    0..7        -> struct ip6_pool
 *   egress     array, mmapable    ifindex     -> struct egress
 *   tx_ports   devmap hash (not pinned) ifindex -> ifindex
 */

#endif
