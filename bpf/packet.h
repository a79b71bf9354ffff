/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stages tell each other about one packet.  Everything is inlined
 * into one program, so that this lives in registers; nothing in it may have
 * its address taken by a helper.
 */
#ifndef PACKET_H
#define PACKET_H

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <linux/types.h>
#include <stdbool.h>
#include "abi.h"

#define PPP_IP4 0x0021
#define PPP_IP6 0x0057

/*
 * The first word of a leg, read whole, as user space may change it any time,
 * and taken apart where it is asked, so that it needs one register.
 */
#define LEG_STATE(word)	      ((word) & 0xff)
#define LEG_KIND(word)	      ((word) >> 8 & 0xff)
#define LEG_OUT(word)	      ((word) >> 16 & 0xff)
#define LEG_HAS(word, flags_) ((word) & (__u32)(flags_) << 24)

enum outer {
	OUTER_TOS = 0xff, /* traffic class */
	OUTER_TUNNEL = 0x100, /* there is one: the frame came in a tunnel */
	OUTER_ECN = 0x200, /* in which congestion marks are agreed */
	OUTER_DSCP = 0x400, /* and the operator has a rule for the inner DSCP */
};

#define HAS_NS 0x10000

struct packet {
	/* facts of parse */
	__u32 len;  /* frame as received, from the Ethernet destination on */
	__u32 off;  /* octets in front of the information field */
	__u32 info; /* octets of the PPP information field: the IP packet */
	__u64 source; /* Ethernet address: in memory as in the frame, then 0 */
	__u16 protocol; /* PPP protocol of the information field */
	__be16 ethertype;
	__u16 vlan;    /* outer VLAN id, 0 = none (vlan.h) */
	__u16 inner_vlan; /* and the inner one */
	__u16 tunnel;  /* own tunnel id, L2TP only */
	__u16 session; /* own session id, L2TP only */
	__u16 pad;     /* L2TP offset pad in front of the PPP frame */
	__u32 ns;      /* L2TP data sequence number and HAS_NS, or 0: none */
	__be16 udp_sum; /* checksum of the outer UDP header */
	bool routed;   /* the inner IP packet is ours to route */

	/* facts of match and check */
	struct port *port; /* arrived at */
	struct leg *from;  /* terminated call it arrived on, or NULL */
	__u32 outer; /* OUTER_TUNNEL.. and TOS of the outer header, or 0 */
	__u32 slot;	   /* of leg; for who watches, see watch_named */
	struct leg *leg;   /* record that says how it leaves, NULL = IP route */
	__u32 word;	   /* of leg, see LEG_STATE */

	/* facts of next hop */
	struct image *image; /* outer header, NULL = IP route */
	__u32 ifindex;	     /* port to leave by */
	__u32 head;	     /* octets in front of the information field then */
	__be16 tag;	     /* IP route: VLAN tag to add, 0 = none */
};

static __always_inline bool ppp_is_ip(const struct packet *p)
{
	return p->protocol == PPP_IP4 || p->protocol == PPP_IP6;
}

#endif
