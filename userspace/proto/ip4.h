/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPv4 packets that do not fit: cut into fragments (RFC 791 section 3.2), or
 * answered with ICMP "fragmentation needed" (RFC 792, RFC 1191).  Bytes in,
 * bytes out.
 */
#ifndef PROTO_IP4_H
#define PROTO_IP4_H

#include <netinet/in.h>

#include "base/buf.h"

enum {
	IP4_HEADER_MIN = 20,
	IP4_HEADER_MAX = 60,
	IP4_PROTOCOL_ICMP = 1,
	ICMP_ERROR_MAX = 576, /* RFC 1812 4.3.2.3 */
};

/* A packet whose lengths add up; what lies behind total length is left out. */
struct ip4 {
	struct view header;
	struct view payload;
	uint16_t id;
	bool dont_fragment;
	bool more; /* fragments follow */
	uint16_t offset; /* of the payload in the whole packet, in octets */
	uint8_t protocol;
	struct in_addr source;
	struct in_addr destination;
};
/*
 * A checksum of IP, TCP or UDP after one 16-bit word below it has changed (RFC
 * 1624): all in host order.
 */
uint16_t ip_sum_change(uint16_t sum, uint16_t old, uint16_t new);

/* -EBADMSG */
int ip4_read(struct view packet, struct ip4 *out);

/* One fragment: a header of its own and a part of the packet's payload. */
struct ip4_piece {
	uint8_t header[IP4_HEADER_MAX];
	size_t header_len;
	struct view payload;
};
/*
 * The fragment that begins at *at, which is moved behind it; false when there
 * is nothing left, or when mtu has no room for 8 octets of payload.
 */
bool ip4_fragment(const struct ip4 *packet, uint16_t mtu, size_t *at,
		  struct ip4_piece *piece);

/* Whether RFC 1122 3.2.2 allows an ICMP error about the packet. */
bool ip4_may_refuse(const struct ip4 *packet);
/* ICMP type 3 code 4 to the packet's source. */
void ip4_refuse(struct builder *b, struct in_addr from,
		const struct ip4 *packet, uint16_t mtu);

#endif
