/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a frame by the RFCs, as a check on what the program let through:
 * written apart from it, octet by octet.
 */
#ifndef FRAME_READ_H
#define FRAME_READ_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

enum carrier {
	CARRIER_NONE, /* nothing that we carry, or malformed */
	CARRIER_IP,   /* plain IP over Ethernet */
	CARRIER_PPPOE,
	CARRIER_L2TP,
};

struct reading {
	enum carrier carrier;
	unsigned int tags;
	__u16 tunnel, session; /* L2TP and PPPoE */
	__u16 protocol;	       /* PPP protocol of the information field */
	__u8 tos;	       /* of the outer IP header, L2TP only */
	bool numbered;	       /* L2TP with the S bit */
	size_t off, len;       /* information field, padding not counted */
};

/*
 * What a frame is; CARRIER_NONE if any length in it does not hold.  L2TP is
 * UDP with port 1701 as destination, or source if `sent` (our own frames).
 */
struct reading frame_read(const __u8 *at, size_t len, bool sent);

/* Octets that an IP packet says it has; 0 if it is not whole. */
size_t ip_total(const __u8 *ip, size_t room);

/* Whether an IPv4 header's checksum is right; IPv6 has none to be wrong. */
bool ip_sum_holds(const __u8 *ip);

#endif
