/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The world of the BPF tests: a network namespace of their own with an access
 * and a core port, the shipped object loaded in it, and one call of every
 * join.  An `end` describes one side of a call once; from it come the map
 * records, the frames that arrive there and the frames expected to leave.
 */
#ifndef WORLD_H
#define WORLD_H

#include "abi.h"
#include "frame.h"
#include "l2x.skel.h"

struct world {
	struct l2x_bpf *skel;
	struct port *ports;
	struct tunnel_rx *tunnels;
	struct leg *legs;
	struct template *templates;
	struct settings *settings;
	struct ip4_pool *ip4_pools;
	struct ip6_pool *ip6_pools;
	struct egress *egress;
	struct policer *policers;
	struct punt_limit *punt_limits;
	struct unresolved *unresolved;
	/* interfaces, by index */
	__u32 access;
	__u32 core;    /* default route, resolved */
	__u32 tagged;  /* stands for VLAN 300 of core; 100.64.0.0/16 */
	__u32 alien;   /* attached nowhere; 100.65.0.0/16 */
	__u32 tun;     /* ours: 100.66.0.0/16 */
	__u64 reached; /* reasons met so far, by bit */
};

enum end_id {
	END_PPPOE,	  /* call LAC, untagged */
	END_PPPOE_TAGGED, /* call LAC, VLAN 100 */
	END_LAC_A,	  /* their L2TP sides */
	END_LAC_B,
	END_LTS_A, /* call LTS */
	END_LTS_B,
	END_LNS_A, /* calls LNS, towards IP */
	END_LNS_B,
	END_PTA, /* calls PPPoE-IP */
	END_PTA_TAGGED,
	END_PTA_QINQ, /* 802.1ad outside */
	END_IP_LNS_A,
	END_IP_LNS_B,
	END_IP_PTA,
	END_IP_PTA_TAGGED,
	END_IP_PTA_QINQ,
	END_PPPOE_QINQ,	     /* call LAC, 802.1ad outside */
	END_PPPOE_QINQ_8100, /* call LAC, 802.1Q twice */
	END_PTA_QINQ_8100,
	END_LAC_C, /* L2TP over IPv6 */
	END_LAC_D,
	END_LTS_46_A, /* call LTS, from IPv4 to IPv6 */
	END_LTS_46_C,
	END_LTS_66_C, /* call LTS, IPv6 twice */
	END_LTS_66_D,
	END_LNS_C,
	END_LNS_D,
	END_IP_LNS_C,
	END_IP_LNS_D,
	END_IP_PTA_QINQ_8100,
	END_COUNT,
};

struct end {
	const char *name;
	enum leg_kind kind;
	enum end_id other;
	__u32 call;
	__u32 template;
	__u16 session; /* own id */
	__u16 peer_session;
	__u8 tunnel;		/* L2TP: 0 = A, 1 = B, and so on */
	__u16 vlan, inner_vlan; /* PPPoE */
	__u16 outer_type;	/* PPPoE with two tags: 0 = 88a8 */
	__u8 client[6];
	__u32 user_ip4; /* IP: host order */
	__u8 user_net;	/* IP: last octet of the /64 2001:db8:1:NN:: */
	bool host;	/* IP: in ip4_hosts, not in a pool */
};

struct outcome {
	int verdict;
	enum reason reason;
	struct frame out;
};

extern const struct end ends[END_COUNT];
extern const __u8 access_mac[6], core_mac[6], gateway_mac[6];

#define LOCAL_IP4	   0xc0000201 /* 192.0.2.1 */
#define GATEWAY_IP4	   0x0aff0002 /* 10.255.0.2 */
#define FAR_IP4		   0x08080808
#define POOL_IP4	   0x0a000000
#define HOST_IP4	   0xcb007109 /* 203.0.113.9 */
#define TUNNEL_A	   0x5678
#define TUNNEL_B	   0x2001
#define TUNNEL_C	   0x2002
#define TUNNEL_D	   0x0444
#define ACCESS_BANK	   1
#define ACCESS_BANK_TAGGED 2
#define CORE_VLAN	   200
#define WIDE_MTU	   9000

struct world *world_new(void);
void world_free(struct world *w);

/* Back to the calls of `ends`, all counters 0, limits at their defaults. */
void world_reset(struct world *w);

__u32 end_slot(enum end_id id);
__u32 end_slot6(enum end_id id); /* IP ends have a second one for IPv6 */
struct leg *end_leg(struct world *w, enum end_id id, __u16 protocol);

/* The port on which a frame of this end arrives. */
__u32 end_port(const struct world *w, enum end_id id);

/*
 * An inner IP packet of n octets for the call of `from`, sent from there.
 * protocol is 0x0021, 0x0057 or any other PPP protocol (n octets pattern).
 */
void inner_build(struct frame *f, enum end_id from, __u16 protocol, size_t n,
		 __u8 ttl);

/* Wrap what f holds as it arrives from, or leaves towards, this end. */
void end_arrive(struct frame *f, enum end_id id, __u16 protocol);
void end_leave(struct frame *f, enum end_id id, __u16 protocol, __u16 id_ip);
/*
 * The same for L2TP with every choice open.  Over IPv6 a checksum of 0 stands
 * for the right one, unless the tunnel has agreed on 0.
 */
void l2tp_arrive(struct frame *f, enum end_id id, __u16 flags, __u16 pad,
		 __u16 udp_sum);

/* Where the L2TP header of its frames begins. */
size_t end_l2tp(enum end_id id);

/* The same for PPPoE, f holds the PPP frame; the tags' priority is 7. */
void pppoe_arrive(struct frame *f, enum end_id id);

/* IPv4 identification of the n-th packet sent by this leg. */
__u16 expected_id(enum end_id out, __u64 packets_before);

/* Run once; fails the test unless exactly one reason counted the frame. */
void world_run(struct world *w, __u32 ifindex, const struct frame *f,
	       struct outcome *o);

/* The same by another program, which must have this world's maps. */
void world_run_by(struct world *w, int program, __u32 ifindex,
		  const struct frame *f, struct outcome *o);

/* All reasons' counters, added up over CPUs: REASON_SLOTS of them. */
void reasons_read(const struct world *w, struct reason_count *total);

/* The verdict that the class of a reason stands for. */
int reason_verdict(enum reason reason);

/* The whole frame, or a dump of both and failure. */
void assert_frame(const char *what, struct frame *got, struct frame *wanted);

#endif
