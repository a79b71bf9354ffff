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

#define ABI_VERSION 4

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
#define ROUTE_SLOTS    65536u /* of each family */
#define CPU_SLOTS      64u /* cores that sessions are spread over */

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
	LEG_PUNT = 1, /* matched and checked, but all frames are punted */
	LEG_FORWARD = 2, /* joined: data goes to the other leg */
	LEG_BLOCKED = 3, /* joined, data is dropped; PPP control goes on */
};

enum leg_flags {
	LEG_IP4 = 1, /* IPCP is open (legs joined with IP) */
	LEG_IP6 = 2, /* IPV6CP is open */
	LEG_POLICED = 4, /* by the record of `policers` with the leg's slot */
	LEG_ROUTES = 8, /* sources may also be those of routes to this call */
	LEG_SEQUENCED = 16, /* number what is sent on: S bit, Ns and Nr */
	LEG_ORDERED = 32, /* drop data that comes late by its Ns */
	/*
	 * The peer decides about numbering (see numbering.h): the S bit of
	 * messages that arrive here sets the other leg's LEG_SEQUENCED.
	 * Program and slow path write LEG_NUMBERED and that flag, as atomic
	 * bits.
	 */
	LEG_FOLLOWS = 64,
	LEG_NUMBERED = 128, /* the last message had the S bit */
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

	__u32 call; /* call number: also the owner of a route */
	__u16 out_template; /* slot in templates; unused if out is LEG_IP */
	/*
	 * Largest PPP information field (IP packet) sent on.  out LEG_IP:
	 * the largest that can come back to this leg, which limits the MSS
	 * of TCP; as it was at the join, 0 = no limit.
	 */
	__u16 out_mtu;

	union {
		struct {
			__u8 mac[6]; /* who the frame must come from */
			__u16 vlan; /* outer VLAN id, 0 = untagged */
			__u16 inner_vlan; /* second tag's, 0 = none */
			__u16 zero;
		} pppoe;
		struct {
			__u16 tunnel; /* own tunnel id */
			__u16 other_bank; /* LEG_FOLLOWS: of the other leg */
			/*
			 * Data sequencing (RFC 2661 section 5.4), written by
			 * the program and the slow path: the Ns expected next,
			 * and in the upper half how many late ones came in a
			 * row.
			 */
			__u32 sequence;
			__u32 late; /* data messages that came late */
		} l2tp;
	} in;
	union {
		struct {
			__be16 tunnel; /* the peer's ids */
			__be16 session;
			__u32 ns; /* of the next message with the S bit */
			__u16 other; /* LEG_FOLLOWS: the other leg's id */
			__u16 zero;
		} l2tp;
		struct {
			__u8 mac[6]; /* the client */
			__be16 session;
			__be16 vlan; /* outer tag's TCI if the template has one */
			__be16 inner_vlan;
		} pppoe;
		struct {
			__u8 prefix6[8]; /* /64 the user may send from, 0 = any */
			__be32 user4; /* source they must have, 0 = any */
		} ip;
	} to;
	__u32 dropped; /* matched, but policed, blocked or late; in packets */

	/*
	 * What arrived on this leg and was sent on.  octets are those of the
	 * PPP frame with its 2-octet protocol field and without FF 03.
	 */
	__u64 packets; /* IPv4 and IPv6 */
	__u64 octets;
	__u64 control; /* other PPP protocols, in packets (switched legs) */
};

/*
 * A leg's maximum rate, by its slot: a token bucket, stored as the time at
 * which it will be full again.  Times are in 1/2^32 of the kernel's tick
 * (jiffy); the upper half is the lower 32 bits of the tick count.
 */
struct policer {
	__u64 full_at; /* written by the program and the slow path */
	__u32 cost; /* time that one octet takes; 0 = no limit */
	__u32 depth; /* of the bucket, in 1/65536 of a tick */
};

enum tunnel_rx_state {
	TUNNEL_RX_FREE = 0,
	TUNNEL_RX_OPEN = 1,
};

enum tunnel_rx_flags {
	TUNNEL_RX_IP6 = 1, /* over IPv6 */
	TUNNEL_RX_ZERO_SUM = 2, /* UDP checksum 0 is agreed (RFC 6935) */
	TUNNEL_RX_ECN = 4, /* congestion marks are agreed (RFC 9601) */
};

/* An L2TP tunnel, by our tunnel id. */
struct tunnel_rx {
	/* published last: one aligned word */
	__u8 state; /* enum tunnel_rx_state */
	__u8 bank; /* bank of its sessions */
	__u16 flags; /* enum tunnel_rx_flags */

	/* in the order of a UDP header, as the addresses in that of IPv4's */
	__be16 peer_port; /* the source port that the peer must use */
	__be16 own_port; /* 1701 */
	__be32 peer_ip4; /* 0 with TUNNEL_RX_IP6 */
	__be32 local_ip4;
	__u8 peer_ip6[16];
	__u8 local_ip6[16];
	__u32 zero[4];
};

enum image_flags {
	IMAGE_READY = 1, /* next hop resolved, port attached */
	IMAGE_LENGTH = 2, /* L2TP header with L bit and Length field */
	IMAGE_IP6 = 8, /* outer IPv6 */
	IMAGE_UDP_SUM = 16, /* the outer UDP checksum is computed */
	IMAGE_COPY_DSCP = 32, /* outer DSCP is the inner packet's */
	IMAGE_COPY_ECN = 64, /* outer ECN too (RFC 9601) */
};

/*
 * A finished outer header.  head begins with the Ethernet destination and ends
 * before the PPP protocol field:
 *   LEG_L2TP:  Ethernet, tags, IPv4 (total length, id and checksum 0) or IPv6
 *              (payload length 0), UDP (length 0, checksum 0), L2TP (flags,
 *              [Length 0], ids 0), FF 03; a leg that numbers adds Ns and Nr
 *   LEG_PPPOE: Ethernet (destination 0), tags (TCI 0), PPPoE (ids, length 0)
 */
struct image {
	__u32 ifindex; /* port to leave by, key of tx_ports */
	__u32 sum; /* one's complement sum of head's IPv4 words, not folded,
		    * as native-endian __u16 loads; 0 over IPv6 */
	/* its form: one aligned word, compared as a whole */
	__u8 kind; /* enum leg_kind of the leg it leaves by */
	__u8 tags; /* VLAN tags in head */
	__u8 flags; /* enum image_flags */
	__u8 head_len; /* octets used in head */

	__u16 out_max; /* largest frame of this port, from the Ethernet
			* destination on, without FCS */
	__u16 zero;
	__u8 head[144]; /* of which the program copies 80 at most */
	__u8 more_zero[32];
};

/*
 * What all frames of a tunnel (or of a port's PPPoE side) share.  An image is
 * immutable while active; a change fills the other one and flips `active`.
 * The writer leaves at least 100 ms between two flips of one that legs name.
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
	PORT_WATCHED = 4, /* somebody looks at frames: see struct watch */
};

/* A network interface, by ifindex. */
struct port {
	__u32 flags; /* enum port_flags */
	__u8 mac[6];
	__u16 mtu; /* of the device, IP octets */
	__u8 banks[16]; /* PPPoE bank + 1 by outer VLAN id & 15, 0 = none */
	/*
	 * Written by the program: when it last saw a PPPoE discovery frame with
	 * 0, 1 or 2 VLAN ids, in 2^TAGS_SEEN_SHIFT ns of CLOCK_MONOTONIC; 0 =
	 * never.
	 */
	__u32 tags_seen[3];
	__u8 zero[24];
};

#define TAGS_SEEN_SHIFT 30u /* about a second */

/* The port behind a device that a FIB lookup named, by its ifindex. */
struct egress {
	__u32 ifindex; /* the attached port, 0 = none: the kernel must send */
	__be16 vlan; /* TCI to add, 0 = none */
	__u16 zero;
};

enum unresolved_state {
	UNRESOLVED_FREE = 0,
	UNRESOLVED_FILLING = 1, /* the program writes it */
	UNRESOLVED_NAMED = 2, /* for user space, which makes it free again */
};

#define UNRESOLVED_SLOTS 64u /* by a hash of device and next hop */

/*
 * A next hop that a FIB lookup named for a subscriber's packet and that the
 * kernel has not resolved.  An address of IPv4 is in the first four octets.
 */
struct unresolved {
	__u32 state; /* enum unresolved_state */
	__u32 ifindex; /* device of the route */
	__u16 family; /* of next_hop: AF_INET, AF_INET6 */
	__u16 destination_family;
	__u32 zero;
	__u8 next_hop[16]; /* a gateway, or the destination itself */
	__u8 destination[16]; /* of the packet */
	__u32 more_zero[4];
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
	SETTINGS_CHECK_SUMS = 2, /* verify outer UDP checksums that are not 0 */
};

/* What an LNS does to the DSCP of a packet it takes out of a tunnel. */
enum inner_dscp {
	INNER_DSCP_LEAVE = 0,
	INNER_DSCP_COPY = 1, /* from the outer header */
	INNER_DSCP_SET = 2,
};

/* What an operator may change while packets flow. */
struct settings {
	__u32 offset_limit; /* octets of L2TP offset pad, 16..240 */
	__u32 ip4_pools; /* entries used in ip4_pools */
	__u32 ip6_pools;
	__u32 ip4_routes; /* not 0: ask that trie */
	__u32 ip6_routes;
	__u32 flags; /* enum settings_flags */
	__u8 inner_dscp; /* enum inner_dscp */
	__u8 inner_dscp_value; /* 0..63 */
	__u16 zero;
	__u32 locals; /* entries used in local_ip4 */
	__be32 local_ip4[LOCAL_SLOTS]; /* our L2TP end points */
	__u32 locals6; /* entries used in local_ip6 */
	__u32 more_zero[7];
	__u8 local_ip6[LOCAL_SLOTS][16];
};

/* Keys of the tries; the value is the leg slot of the subscriber's IP leg. */
struct ip4_prefix {
	__u32 length; /* 0..32 */
	__be32 address;
};

struct ip6_prefix {
	__u32 length; /* 0..128 */
	__u8 address[16];
};

/* Classes of punted packets, each with limits of its own. */
enum punt_class {
	PUNT_CONTROL, /* L2TP control messages */
	PUNT_DISCOVERY, /* PPPoE discovery */
	PUNT_PPP, /* PPP control, and calls that are being set up */
	PUNT_DATA, /* subscribers' data, for the slow path */
	PUNT_UNKNOWN, /* PPPoE sessions that are not there */
	PUNT_CLASSES,
};

#define PUNT_BUCKETS 2048u /* of each class */

/*
 * What one port, and one source at it (a call, else an IP or MAC address), may
 * have punted: token buckets as in struct policer, but the cost is that of a
 * packet, in 1/65536 of a tick; 0 = no limit.
 */
struct punt_limit {
	__u32 port_cost;
	__u32 port_depth;
	__u32 source_cost;
	__u32 source_depth;
};

/* Per CPU, by enum reason. */
struct reason_count {
	__u64 packets;
	__u64 octets; /* from the Ethernet destination on, as received */
};

/* Per CPU, if sessions are spread: frames passed between cores. */
struct core_count {
	__u64 handed; /* to another core (or to this one, by its queue) */
	__u64 taken; /* from the queue of this core */
};

#define LOST_SLOTS 1024u /* ports, as many as tx_ports has */

/* By ifindex: frames that should have left by this port and did not. */
struct port_lost {
	__u64 frames; /* they are among those counted as forwarded */
	__u32 error; /* errno of the last, 0 = the device's ring was full */
	__u32 zero;
};

/* By ifindex, used by the keeper alone: offloads to switch on again. */
struct port_offloads {
	__u32 off; /* enum device_offload: those that l2xd switched off */
	__u32 netns; /* inode of the network namespace that ifindex is of */
};

/* ---- seeing frames: on while PORT_WATCHED is set -------------------------- */

#define WATCH_RING	(4u << 20) /* octets of the ring `events` */
#define WATCH_FRAME_MAX 9216u /* octets of a frame that are captured */
#define WATCH_DROP_MAX	64u /* octets of a frame in a drop event */

enum watch_on {
	WATCH_CAPTURE = 1, /* whole frames, chosen by `by` and `value` */
	WATCH_DROPS = 2, /* the beginning of some frames that are dropped */
};

enum watch_by {
	WATCH_ALL = 0,
	WATCH_CALL = 1, /* of what it arrived on or goes to */
	WATCH_TUNNEL = 2, /* our tunnel id, the same */
	WATCH_PORT = 3, /* ifindex where it arrived or leaves */
	WATCH_REASON = 4,
};

/* Rate limit of a reason's drop events; written by the program alone. */
struct watch_limit {
	__u64 since; /* begin of the second, ns of CLOCK_MONOTONIC */
	__u32 told; /* asked for since then; above `drops` they were not */
	__u32 left_out; /* not told since the last that was */
};

/* What somebody wants to see. */
struct watch {
	__u32 on; /* enum watch_on */
	__u32 generation; /* of the wish, in every record that it causes */
	__u32 by; /* enum watch_by */
	__u32 value;
	__u32 drops; /* of each reason told a second, at most */
	__u32 lost; /* frames the ring had no room for; the program adds */
	__u32 zero[10];
	struct watch_limit limits[REASON_SLOTS];
};

enum seen_kind {
	SEEN_ARRIVED = 1, /* as it was received */
	SEEN_SENT = 2, /* the same as it was sent */
	SEEN_DROP = 3, /* the beginning of a dropped one */
};

/* A record of the ring; `captured` octets of the frame follow. */
struct watch_record {
	__u64 time; /* ns of CLOCK_MONOTONIC */
	__u32 generation; /* of struct watch */
	__u32 ifindex; /* where it arrived or leaves */
	__u32 call; /* it arrived on, or goes to; 0 = none */
	__u32 left_out; /* SEEN_DROP: drops of this reason not told before */
	__u32 length; /* of the whole frame */
	__u32 captured; /* octets of it here */
	__u16 tunnel; /* our tunnel id it came with, 0 = none */
	__u8 kind; /* enum seen_kind */
	__u8 reason; /* enum reason */
	__u32 zero;
};

/* A frame under way, per CPU; captured is 0 when there is none. */
struct watched {
	struct watch_record seen;
	__u8 frame[WATCH_FRAME_MAX];
};

#define ABI_ASSERT(type, size)                                                 \
	_Static_assert(sizeof(struct type) == (size), #type)
ABI_ASSERT(leg, 64);
ABI_ASSERT(tunnel_rx, 64);
ABI_ASSERT(image, 192);
ABI_ASSERT(template, 448);
ABI_ASSERT(port, 64);
ABI_ASSERT(egress, 8);
ABI_ASSERT(unresolved, 64);
ABI_ASSERT(ip4_pool, 16);
ABI_ASSERT(ip6_pool, 16);
ABI_ASSERT(settings, 384);
ABI_ASSERT(core_count, 16);
ABI_ASSERT(policer, 16);
ABI_ASSERT(punt_limit, 16);
ABI_ASSERT(ip4_prefix, 8);
ABI_ASSERT(ip6_prefix, 20);
ABI_ASSERT(reason_count, 16);
ABI_ASSERT(port_lost, 16);
ABI_ASSERT(port_offloads, 8);
ABI_ASSERT(watch_limit, 16);
ABI_ASSERT(watch, 1088);
ABI_ASSERT(watch_record, 40);
ABI_ASSERT(watched, 9256);

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
 *   ip4_routes LPM trie           ip4_prefix  -> __u32 leg slot
 *   ip6_pools  array, mmapable    0..7        -> struct ip6_pool
 *   ip6_routes LPM trie           ip6_prefix  -> __u32 leg slot
 *   policers   array, mmapable    leg slot    -> struct policer
 *   egress     array, mmapable    ifindex     -> struct egress
 *   unresolved array, mmapable   hash        -> struct unresolved
 *   punt_limits array, mmapable   enum punt_class -> struct punt_limit
 *   punt_buckets array            class * 2048 + bucket -> time it is full
 *   cores      per-CPU array      0           -> struct core_count
 *   cpus       cpumap (not pinned) 0..63      -> CPU and its program
 *   watch      array, mmapable    0           -> struct watch
 *   watched    per-CPU array      0           -> struct watched
 *   events     ring (no key)      struct watch_record and the frame's octets
 *   lost       hash               ifindex     -> struct port_lost
 *   offloads   hash, keeper only  ifindex     -> struct port_offloads
 *   tx_ports   devmap hash (not pinned) ifindex -> ifindex
 */

#endif
