/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds the Ethernet frame around a UDP datagram that the kernel sends for
 * us, for captures.  No options, no fragments; fields that only the kernel
 * knows (the IPv4 id) are 0.
 */
#ifndef PROTO_UDP_FRAME_H
#define PROTO_UDP_FRAME_H

#include "base/address.h"
#include "base/buf.h"

enum { UDP_FRAME_HEAD_MAX = 14 + 4 + 40 + 8 };

struct udp_frame {
	uint8_t to[6], from[6]; /* MAC addresses */
	uint16_t vlan; /* 0: no tag */
	struct address local, peer; /* of one family */
	uint16_t local_port, peer_port;
	uint8_t class, ttl;
};
/* With checksums; b->full if there is no room. */
void udp_frame_build(struct builder *b, const struct udp_frame *frame,
		     struct view datagram);

#endif
