/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The Maximum Segment Size of a TCP SYN (RFC 9293 3.7.1), lowered to what fits,
 * as bpf/clamp.h does it: only ever lowered; a SYN without the option, and TCP
 * behind IPv6 extension headers, stay as they are.  Bytes in, bytes out.
 */
#ifndef PROTO_MSS_H
#define PROTO_MSS_H

#include "base/buf.h"

/*
 * packet: a whole IPv4 or IPv6 packet, which is changed in its place; limit:
 * the largest IP packet that goes, 0 = unknown.  Whether it was changed.
 */
bool mss_clamp(struct builder *packet, uint16_t limit);

#endif
