/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the stages tell each other about one packet.  Everything is inlined
 * into one program, so that this lives in registers; nothing in it may have
 * its address taken by a helper.
 */
#ifndef PACKET_H
#define PACKET_H

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include "abi.h"

#define PPP_IP4 0x0021
#define PPP_IP6 0x0057

/* The first word of a leg, read once: user space may change it any time. */
union leg_word {
	__u32 word;
	struct {
		__u8 state;
		__u8 kind;
		__u8 out;
		__u8 flags;
	};
};

struct packet {
	/* facts of parse */
	__u32 len;  /* frame as received, from the Ethernet destination on */
	bool pieces; /* the frame goes on behind its first buffer */
	__u32 off;  /* octets in front of the information field */
	__u32 info; /* octets of the PPP information field: the IP packet */
	__u32 src_high; /* Ethernet source, first four octets */
	__u16 src_low;
	__u16 protocol; /* PPP protocol of the information field */
	__be16 ethertype;
	__u16 vlan;    /* outer VLAN id, 0 = untagged or priority tag */
	__u16 inner_vlan; /* second tag's id, 0 = none */
	__u8 tags;
	__u8 tos;      /* of the outer IP header, L2TP only */
	__u16 tunnel;  /* own tunnel id, L2TP only */
	__u16 session; /* own session id, L2TP only */
	__u16 pad;     /* L2TP offset pad in front of the PPP frame */
	__u16 ns;      /* L2TP data sequence number if there is one */
	bool numbered; /* there is one */
	__be16 udp_sum; /* checksum of the outer UDP header */
	bool routed;   /* the inner IP packet is ours to route */

	/* facts of match and check */
	struct port *port; /* arrived at */
	struct leg *from;  /* terminated call it arrived on, or NULL */
	__u32 tunnel_flags; /* enum tunnel_rx_flags, L2TP only */
	__u32 slot;	   /* of leg */
	struct leg *leg;   /* record that says how it leaves, NULL = IP route */
	union leg_word word;

	/* facts of next hop */
	struct image *image; /* outer header, NULL = IP route */
	__u32 ifindex;	     /* port to leave by */
	__u32 head;	     /* octets in front of the information field then */
	__be16 tag;	     /* IP route: VLAN tag to add, 0 = none */
};

#endif
