/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * DSCP and ECN of an inner and an outer IP header (RFC 2983, RFC 6040, RFC
 * 9601), as bpf/mark.h has them.  Bytes in, bytes out.
 */
#ifndef PROTO_MARK_H
#define PROTO_MARK_H

#include "base/buf.h"

enum {
	MARK_DSCP = 0xfc, /* parts of a traffic class */
	MARK_ECN = 0x03,
	MARK_ECT1 = 0x01,
	MARK_CE = 0x03, /* congestion experienced */
};

/* Whether it is IPv4 or IPv6, of which there is enough to change the class. */
bool mark_fits(struct view packet);
/* Traffic class of an IP packet of either version; 0 if it is cut. */
uint8_t mark_read(struct view packet);
/* Sets it in its place, if it fits. */
void mark_write(struct builder *packet, uint8_t class);
/*
 * The ECN field of a packet that leaves a tunnel (RFC 6040 section 4.2).  -1:
 * it must be dropped, because a mark cannot be told to who does not know ECN.
 */
int mark_ecn_leave(uint8_t inner, uint8_t outer);

#endif
