/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's side of the BPF maps, through descriptors it inherited: the only
 * user of map descriptors.  Layout and meaning of the records: include/abi.h.
 *
 * Leg slots are chosen by the caller (slot = bank << 16 | id for PPPoE and
 * L2TP, see dataplane_slot).  Everything returns 0 or -errno and leaves the
 * maps as they were on failure.  Addresses are in wire order, ids and VLANs in
 * host order.
 */
#ifndef WORLD_DATAPLANE_H
#define WORLD_DATAPLANE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "abi.h"
#include "base/address.h"
#include "base/instant.h"
#include "proto/pppoe.h"

/*
 * Descriptors of the maps, and nothing else: the keeper hands on all of them.
 * The order is that of the list in abi.h.
 */
struct dataplane_fds {
	int ports;
	int tunnels_rx;
	int legs;
	int templates;
	int settings;
	int reasons;
	int ip4_pools;
	int ip4_hosts;
	int ip4_routes;
	int ip6_pools;
	int ip6_routes;
	int policers;
	int egress;
	int cores;
	int watch;
	int events;
	int unresolved;
	int punt_limits;
	int lost;
};

/*
 * The clock of policers: the kernel's tick count.  User space only sees that
 * CLOCK_MONOTONIC_COARSE steps with it; the offset differs from boot to boot.
 */
struct dataplane_clock {
	uint64_t ns; /* at this time of CLOCK_MONOTONIC_COARSE... */
	uint32_t ticks; /* ...the lower half of the number of ticks was this */
	uint32_t tick_ns; /* length of one; 0: nothing is known */
};

/* What all pools can hold: the last bank is for single addresses. */
#define POOL_ADDRESSES ((IP_BANKS - 1) * BANK_SLOTS)

struct dataplane;

/* Maps every array; takes no ownership of the descriptors. */
int dataplane_new(struct dataplane **dp, const struct dataplane_fds *fds);
void dataplane_free(struct dataplane *dp);

/* ---- what an earlier engine left behind ---------------------------------- */

struct dataplane_stale {
	unsigned int legs;
	unsigned int tunnels;
};
/*
 * Calls leg(ctx, slot, record) and tunnel(ctx, tunnel id, record) for every
 * record in use, and marks every template slot they name as taken.  To be
 * called once, before anything is installed.
 */
struct dataplane_stale
dataplane_scan(struct dataplane *dp,
	       void (*leg)(void *ctx, uint32_t slot, const struct leg *),
	       void (*tunnel)(void *ctx, uint16_t id, const struct tunnel_rx *),
	       void *ctx);

/* ---- ports and settings -------------------------------------------------- */

int dataplane_port_set(struct dataplane *dp, uint32_t ifindex,
		       const struct port *port);
/* A copy of the record; all zero if ifindex is out of range. */
struct port dataplane_port_read(const struct dataplane *dp, uint32_t ifindex);
/*
 * What the program has seen of a PPPoE discovery frame that a socket got from
 * the port just now, with so many VLAN ids.  now: of CLOCK_MONOTONIC.
 */
enum dataplane_sight {
	SIGHT_NONE, /* nothing came there: it does not run where they arrive */
	SIGHT_WITHOUT_TAG, /* frames with fewer ids, and none with so many */
	SIGHT_WHOLE,
};
enum dataplane_sight dataplane_sight(const struct dataplane *dp,
				     uint32_t ifindex, unsigned int ids,
				     struct instant now);
void dataplane_port_clear(struct dataplane *dp, uint32_t ifindex);
/* port 0: frames routed to this device must go through the kernel. */
int dataplane_egress_set(struct dataplane *dp, uint32_t ifindex, uint32_t port,
			 uint16_t vlan_tci);
int dataplane_offset_limit_set(struct dataplane *dp, uint32_t octets);
/* Whether SYNs of terminated calls have their MSS lowered to what fits. */
void dataplane_mss_clamp_set(struct dataplane *dp, bool on);
/* Whether outer UDP checksums that are not 0 are verified. */
void dataplane_check_sums_set(struct dataplane *dp, bool on);
/* The DSCP of packets that leave a tunnel and are routed here; value 0..63. */
void dataplane_inner_dscp_set(struct dataplane *dp, enum inner_dscp mode,
			      uint8_t value);
/*
 * Takes the next reported next hop from slot *at on, and frees its slot; *at is
 * then the one after it.  False: there is none up to the end.
 */
bool dataplane_unresolved_take(struct dataplane *dp, unsigned int *at,
			       struct unresolved *out);
/*
 * The punt limits of a class in packets per second: for one port, and for one
 * source there; 0 = none.
 */
void dataplane_punt_limit_set(struct dataplane *dp, enum punt_class class,
			      uint32_t of_port, uint32_t of_source);
/*
 * Our L2TP end points; -ENOSPC above LOCAL_SLOTS of a family.  Adding twice is
 * one.
 */
int dataplane_local_add(struct dataplane *dp, struct address local);
/* Forgets those of an earlier configuration: to be called before adding. */
void dataplane_locals_forget(struct dataplane *dp);
/*
 * Declares addresses first..first+count-1; *slot is the leg slot of the first.
 * -ENOSPC: no pool entry or no IP bank left.
 */
int dataplane_pool_add(struct dataplane *dp, struct in_addr first,
		       uint32_t count, uint32_t *slot);
/*
 * Ranges of an earlier configuration, which were not added: one that lies
 * across first..first+count-1 without being the same; and one in which no leg
 * is left, which is taken out.  False: there is none (more).
 */
bool dataplane_pool_across(const struct dataplane *dp, struct in_addr first,
			   uint32_t count, struct ip4_pool *old);
bool dataplane_pool_drop(struct dataplane *dp, struct ip4_pool *old);
/* Entry 0..POOL_SLOTS-1; count 0: it is not in use. */
struct ip4_pool dataplane_pool_read(const struct dataplane *dp, unsigned int i);
/* Takes all entries for an earlier configuration's, to begin adding anew. */
void dataplane_pools_forget(struct dataplane *dp);
/* Leg slot of a single address outside the pools, and back. */
int dataplane_host_add(struct dataplane *dp, struct in_addr host,
		       uint32_t *slot);
/* -ENOENT: it has none. */
int dataplane_host_find(const struct dataplane *dp, struct in_addr host,
			uint32_t *slot);
void dataplane_host_remove(struct dataplane *dp, struct in_addr host);
/* The address that has this slot, in a range or alone; 0.0.0.0: none. */
struct in_addr dataplane_address_at(const struct dataplane *dp, uint32_t slot);

/* ---- networks behind subscribers ------------------------------------------ */

struct dataplane_prefix {
	bool ip6;
	uint8_t length;
	uint8_t address[16]; /* wire order; of IPv4 the first four are used */
};
/*
 * Leads a prefix to a subscriber's IP leg.  -EEXIST: another one, *holder, has
 * it, unless that one is an earlier engine's; -ENOSPC: the trie is full.
 */
int dataplane_route_add(struct dataplane *dp,
			const struct dataplane_prefix *prefix, uint32_t slot,
			uint32_t *holder);
/* Nothing if it leads to another leg. */
void dataplane_route_remove(struct dataplane *dp,
			    const struct dataplane_prefix *prefix,
			    uint32_t slot);
/* Where the longest prefix of an address leads; -ENOENT. */
int dataplane_route_find(const struct dataplane *dp, struct in_addr address,
			 uint32_t *slot);
/* Removes one that leads to this leg; false: there is none (more). */
bool dataplane_route_take(struct dataplane *dp, uint32_t slot,
			  struct dataplane_prefix *prefix);

/* ---- templates ----------------------------------------------------------- */

/* A template that is not ready yet; slot 0 is never handed out. -ENOSPC. */
int dataplane_template_new(struct dataplane *dp, uint32_t users,
			   uint32_t *template);
void dataplane_template_free(struct dataplane *dp, uint32_t template);

struct dataplane_l2tp_path {
	uint32_t ifindex; /* port to leave by */
	uint8_t source_mac[6];
	uint8_t next_hop_mac[6];
	uint16_t vlan; /* id, 0 = untagged */
	uint16_t frame_max; /* largest frame, Ethernet header included */
	struct address local; /* of one family */
	struct address peer;
	uint16_t local_port;
	uint16_t peer_port;
	uint8_t ttl; /* or hop limit */
	uint8_t tos; /* or traffic class */
	bool copy_dscp; /* from the inner packet */
	bool copy_ecn;
	bool length_bit;
	bool udp_sum; /* data has a UDP checksum */
};
struct dataplane_pppoe_path {
	uint32_t ifindex;
	uint8_t source_mac[6];
	uint8_t tags; /* 0 to 2 */
	uint16_t outer_type; /* EtherType of the outer tag */
	uint8_t priority; /* 802.1p of the tags */
	uint16_t frame_max;
};
/*
 * Publishes a new image.  When the last flip is less than 100 ms ago, and a leg
 * has ever named the template, the image waits and dataplane_tick publishes it.
 */
void dataplane_template_l2tp(struct dataplane *dp, uint32_t template,
			     const struct dataplane_l2tp_path *path,
			     struct instant now);
void dataplane_template_pppoe(struct dataplane *dp, uint32_t template,
			      const struct dataplane_pppoe_path *path,
			      struct instant now);
/* No next hop at present: frames are punted as NEXT_HOP_UNRESOLVED. */
void dataplane_template_unready(struct dataplane *dp, uint32_t template);
void dataplane_tick(struct dataplane *dp, struct instant now);
/* When dataplane_tick has something to do. */
struct instant dataplane_deadline(const struct dataplane *dp);

/* ---- tunnels and legs ---------------------------------------------------- */

struct dataplane_tunnel {
	uint16_t id; /* ours */
	uint8_t bank;
	struct address peer; /* of one family */
	struct address local;
	uint16_t peer_port;
	bool ecn; /* congestion marks are agreed (RFC 9601) */
	bool zero_sum; /* over IPv6: data may come without a checksum */
};
int dataplane_tunnel_open(struct dataplane *dp,
			  const struct dataplane_tunnel *tunnel);
void dataplane_tunnel_close(struct dataplane *dp, uint16_t id);

static inline uint32_t dataplane_slot(uint8_t bank, uint16_t id)
{
	return (uint32_t)bank << BANK_SHIFT | id;
}

/* One end of a call, seen from this node. */
struct leg_end {
	enum leg_kind kind;
	uint32_t slot;
	uint32_t template; /* how frames leave by this end (not LEG_IP) */
	uint16_t mtu; /* largest PPP information field sent out of this end */
	/* what arrives here: data is dropped; it has a rate, dataplane_police */
	bool blocked, policed;
	union {
		struct {
			uint8_t mac[6]; /* the client's */
			uint16_t vlan; /* id, 0 = untagged */
			uint16_t inner_vlan; /* id, 0 = one tag at most */
			uint16_t session;
		} pppoe;
		struct {
			uint16_t tunnel; /* ours */
			uint16_t peer_tunnel;
			uint16_t peer_session;
			bool sequenced; /* data is numbered both ways */
			bool follows; /* or as the peer's is */
			uint16_t ns; /* first to send, when the leg is new */
		} l2tp;
		struct {
			struct in_addr ip4; /* the user's, 0.0.0.0: no IPv4 */
			uint8_t prefix6[8]; /* the user's /64 */
			bool ip6; /* IPV6CP is open */
			bool routes; /* they may send from routes to them */
		} ip;
	};
};

/*
 * A session whose other side is not there yet: frames that match are punted as
 * CALL_SETUP, frames that do not match are dropped.  -EBUSY: slot in use.
 */
int dataplane_leg_punt(struct dataplane *dp, uint32_t call,
		       const struct leg_end *end);
/*
 * Joins both ends so that data flows; ends that were punting keep their
 * counters.  With an IP end: IPv4 flows if ip4 is set, IPv6 if ip6 is set.
 */
int dataplane_join(struct dataplane *dp, uint32_t call,
		   const struct leg_end *access, const struct leg_end *core);
/*
 * The rate of what arrives on a leg that is joined as policed, in PPP octets
 * as its counters have them; burst in octets, 0 = a tenth of a second.  May be
 * called at any time.  Returns the burst that it came to: at least some ticks
 * of the kernel, at most 65536.
 */
uint32_t dataplane_police(struct dataplane *dp, uint32_t slot,
			  uint64_t bits_per_second, uint32_t burst);
/* Back to punting (the join's other leg too, when it is called for it). */
void dataplane_leg_suspend(struct dataplane *dp, uint32_t slot);
/* Ends a leg: after this the slot matches nothing. */
void dataplane_leg_clear(struct dataplane *dp, uint32_t slot);

struct leg_counters {
	uint64_t packets;
	uint64_t octets;
	uint64_t control;
};
struct leg_counters dataplane_leg_counters(const struct dataplane *dp,
					   uint32_t slot);
/* Adds what the slow path carried for a leg (atomic). */
void dataplane_leg_count(struct dataplane *dp, uint32_t slot,
			 const struct leg_counters *more);
/* The Ns of a data message sent in software for this arrival leg. */
uint16_t dataplane_leg_number(struct dataplane *dp, uint32_t slot);
/* Whether what arrives on this leg is sent on with an Ns. */
bool dataplane_leg_numbers(const struct dataplane *dp, uint32_t slot);
/* A copy of the record, for show commands. */
struct leg dataplane_leg_read(const struct dataplane *dp, uint32_t slot);
/*
 * The PPPoE client to which frames of this leg are sent, and their source MAC
 * address, from the record and its template; also for a stale leg.  False: they
 * do not leave by PPPoE.
 */
bool dataplane_leg_client(const struct dataplane *dp, const struct leg *leg,
			  struct pppoe_client *client, uint8_t source[6],
			  uint16_t *session);

/*
 * What CPU `cpu` handed to another one and took from its own queue; -ENOENT
 * behind the last CPU.
 */
int dataplane_core(const struct dataplane *dp, unsigned int cpu,
		   struct core_count *count);
/*
 * Frames that should have left by a port and were lost; -ENOENT: they are not
 * counted there.
 */
int dataplane_lost(const struct dataplane *dp, uint32_t ifindex,
		   struct port_lost *lost);

/* ---- watching frames ----------------------------------------------------- */

struct dataplane_watch {
	uint32_t on; /* enum watch_on, 0: nothing */
	enum watch_by by; /* of a capture */
	uint32_t value;
	uint32_t drops; /* of each reason told a second */
};
/*
 * Opens the ring; *fd is readable while there is something in it, and stays
 * the data plane's.  Before that, or when it fails, nothing is ever read.
 */
int dataplane_watch_open(struct dataplane *dp, int *fd);
/* What the program shows from now on. */
void dataplane_watch_set(struct dataplane *dp,
			 const struct dataplane_watch *wish);
/*
 * The same for a capture that begins: what an earlier one left in the ring is
 * thrown away.  What was lost is counted from 0.
 */
void dataplane_watch_start(struct dataplane *dp,
			   const struct dataplane_watch *wish);
/* Frames of the capture for which the ring had no room. */
uint32_t dataplane_watch_lost(const struct dataplane *dp);
/*
 * Calls seen(ctx, record, its octets) for what is in the ring, but takes out no
 * more than max records.  The record and octets are good for the call only.
 */
void dataplane_watch_read(struct dataplane *dp, unsigned int max,
			  void (*seen)(void *ctx, const struct watch_record *record,
				       const uint8_t *octets),
			  void *ctx);

/* Sum over all CPUs; -errno. */
int dataplane_reason(const struct dataplane *dp, enum reason reason,
		     struct reason_count *sum);

#endif
