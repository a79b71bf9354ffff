/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a packet left the XDP program the way it did.  Every packet is counted
 * under exactly one of these, per CPU, in the map `reasons`.
 *
 * Numbers are part of the ABI: a reason is never renumbered, a retired one
 * leaves a gap.
 *
 * REASON(number, NAME, class, "what it tells an operator")
 *
 * Classes:
 *   FORWARD  sent out of a port by the program
 *   PASS     not ours, the kernel has it
 *   CONTROL  punted: our sockets read it and it is expected there
 *   DATA     punted although it is subscriber data: the slow path carries it
 *   DROP     thrown away
 */
#ifndef REASONS_H
#define REASONS_H

#define REASON_TABLE(REASON)                                                   \
	REASON(0, FORWARDED, FORWARD, "sent on to the other leg")              \
	REASON(1, NOT_OURS, PASS, "neither PPPoE, L2TP nor subscriber IP")     \
	REASON(2, L2TP_CONTROL, CONTROL, "L2TP control message")               \
	REASON(3, PPPOE_DISCOVERY, CONTROL, "PPPoE discovery frame")           \
	REASON(4, PPP_CONTROL, CONTROL, "PPP control of a terminated call")    \
	REASON(5, CALL_SETUP, CONTROL, "call is still being set up")           \
	REASON(6, PPPOE_NO_SESSION, CONTROL, "unknown PPPoE session: PADT")    \
	REASON(16, NEXT_HOP_UNRESOLVED, DATA, "next hop not resolved yet")     \
	REASON(17, TOO_BIG, DATA, "too big for the other leg")                 \
	REASON(18, TTL_EXPIRED, DATA, "TTL or hop limit would become 0")       \
	REASON(19, KERNEL_ROUTES, DATA, "only the kernel can route it")        \
	REASON(20, FRAGMENT, DATA, "fragment of an outer packet")              \
	REASON(21, IP_OPTIONS, DATA, "IP header with options")                 \
	REASON(22, NO_PORT, DATA, "next hop's device is not a port")           \
	REASON(23, CHECKSUM_UNSEEN, DATA, "multi-buffer frame needs checksum") \
	REASON(32, MALFORMED, DROP, "lengths do not add up")                   \
	REASON(33, OFFSET_TOO_LARGE, DROP, "L2TP offset pad above the limit")  \
	REASON(34, BAD_VERSION, DROP, "version is not L2TPv2 or PPPoE 1/1")    \
	REASON(35, UNKNOWN_TUNNEL, DROP, "unknown L2TP tunnel id")             \
	REASON(36, UNKNOWN_SESSION, DROP, "unknown L2TP session id")           \
	REASON(37, WRONG_PEER, DROP, "not from the tunnel's peer")             \
	REASON(38, UNKNOWN_PPPOE, DROP, "unknown PPPoE session: no answer")    \
	REASON(39, WRONG_CLIENT, DROP, "MAC or VLAN is not the session's")     \
	REASON(40, NCP_CLOSED, DROP, "network protocol is not negotiated")     \
	REASON(41, SPOOFED_SOURCE, DROP, "source is not the subscriber's")     \
	REASON(42, BAD_IP, DROP, "inner packet is not a valid IP packet")      \
	REASON(43, NO_SUBSCRIBER, DROP, "pool address without a subscriber")   \
	REASON(44, PPPOE_CODE, DROP, "session frame with a discovery code")    \
	REASON(45, HEADROOM, DROP, "no room for the new outer header")         \
	REASON(46, BLOCKED, DROP, "subscriber is suspended")                   \
	REASON(47, POLICED, DROP, "above the subscriber's rate")               \
	REASON(48, LATE_SEQUENCE, DROP, "late data message (by its Ns)")       \
	REASON(49, BAD_CHECKSUM, DROP, "outer UDP checksum is wrong")          \
	REASON(50, ZERO_CHECKSUM, DROP, "no UDP checksum over IPv6")           \
	REASON(51, ECN_CONFLICT, DROP, "congestion mark, but no ECN inside")   \
	REASON(52, MARTIAN, DROP, "address that no router forwards")           \
	REASON(56, PUNT_RATE_CONTROL, DROP, "too many L2TP control messages")  \
	REASON(57, PUNT_RATE_DISCOVERY, DROP, "too many discovery frames")     \
	REASON(58, PUNT_RATE_PPP, DROP, "too many PPP control frames")         \
	REASON(59, PUNT_RATE_DATA, DROP, "too much data for the slow path")

enum reason {
#define REASON_ENUM(number, name, class, text) REASON_##name = number,
	REASON_TABLE(REASON_ENUM)
#undef REASON_ENUM
	REASON_SLOTS = 64, /* entries of the map, with room to grow */
};

enum reason_class {
	CLASS_FORWARD,
	CLASS_PASS,
	CLASS_CONTROL,
	CLASS_DATA,
	CLASS_DROP,
};

#endif
