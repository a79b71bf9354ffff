/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the control plane counts: every refusal and every datagram that was
 * ignored has its own name here, as every packet has in the data plane.
 *
 * COUNTER(NAME, "what it tells an operator"); the name shown is in lower case.
 */
#ifndef SWITCH_COUNTERS_H
#define SWITCH_COUNTERS_H

#define COUNTER_TABLE(COUNTER)                                                 \
	COUNTER(CALLS_OPENED, "calls begun")                                   \
	COUNTER(CALLS_UP, "calls that carried data")                           \
	COUNTER(CALLS_ENDED, "calls ended, for whatever cause")                \
	COUNTER(TUNNELS_OPENED, "tunnels begun by us")                         \
	COUNTER(TUNNELS_ACCEPTED, "tunnels begun by a peer and accepted")      \
	COUNTER(TUNNELS_UP, "tunnels established")                             \
	COUNTER(TUNNELS_ENDED, "tunnels ended")                                \
	COUNTER(TUNNELS_SILENT, "tunnels ended because the peer was silent")   \
	COUNTER(TUNNELS_DOUBTED, "tunnels whose peer acknowledged nothing")    \
	COUNTER(TUNNELS_REPLACED, "tunnels that their peer had forgotten")     \
	COUNTER(DESTINATIONS_HELD, "destinations that failed: last choice")    \
	COUNTER(DESTINATIONS_PROBED, "tunnels begun only to see who answers")  \
	COUNTER(CALLS_MOVED, "calls that went on to another tunnel unasked")   \
	COUNTER(STALE_TUNNELS_ENDED, "of an earlier engine, by their peer")     \
	COUNTER(SCCRQ_NO_LNS, "SCCRQ refused: no destination is configured")   \
	COUNTER(SCCRQ_UNKNOWN_SOURCE, "SCCRQ refused: source not configured")  \
	COUNTER(SCCRQ_UNKNOWN_HOST, "SCCRQ refused: no host profile")          \
	COUNTER(SCCRQ_REFUSED, "SCCRQ refused: AVPs missing or wrong")         \
	COUNTER(SCCRQ_SECRET, "SCCRQ refused: what is hidden, secret?")        \
	COUNTER(SCCRQ_MALFORMED, "SCCRQ ignored: malformed")                   \
	COUNTER(SCCRQ_RATE, "SCCRQ ignored: too many at once of one peer")     \
	COUNTER(SCCRQ_NO_RESOURCES, "SCCRQ refused: no tunnel id or memory")   \
	COUNTER(SCCRQ_UNANSWERED, "SCCRQ refused silently: too many a second") \
	COUNTER(TUNNEL_BAD_SECRET, "LAC refused: its response is wrong")       \
	COUNTER(TUNNEL_NO_RESPONSE, "LAC refused: its response is missing")    \
	COUNTER(TUNNEL_PEER_SECRET, "LNS refused: response wrong or missing")  \
	COUNTER(TUNNEL_PEER_NAME, "LNS refused: it has another host name")     \
	COUNTER(TUNNEL_CHALLENGE, "peer refused: no secret for its challenge") \
	COUNTER(TUNNEL_REFLECTED, "peer refused: it sent our own challenge")   \
	COUNTER(TUNNEL_REFUSED, "tunnels refused by the peer: not authorised") \
	COUNTER(CONTROL_UNKNOWN_TUNNEL, "control message for no tunnel")       \
	COUNTER(CONTROL_WRONG_PEER, "control message not from the peer")       \
	COUNTER(CONTROL_MALFORMED, "control message with a bad header")        \
	COUNTER(ID_UNRESTED, "ids used again before they had rested")          \
	COUNTER(ICCN_NO_SPEED, "ICCN taken without its (Tx) Connect Speed")    \
	COUNTER(CALL_LIMIT, "calls refused: session limit of the profile")     \
	COUNTER(CALL_NOT_LAC, "calls refused: in a tunnel that we opened")     \
	COUNTER(CALL_NO_RESOURCES, "calls refused: no id or memory")           \
	COUNTER(CALL_NO_DOMAIN, "calls refused: no domain entry")              \
	COUNTER(CALL_REFUSED_DOMAIN, "calls refused: domain says refuse")      \
	COUNTER(CALL_NO_TUNNEL, "calls refused: no tunnel could be opened")    \
	COUNTER(CALL_NO_ADDRESS, "calls refused: pool is empty")               \
	COUNTER(CALL_ADDRESS_IN_USE, "calls refused: their address is in use") \
	COUNTER(CALL_SECOND_SESSION, "calls refused: user has one already")    \
	COUNTER(CALLS_REPLACED, "calls ended: the subscriber dialled again")   \
	COUNTER(CALLS_PROBED, "calls asked at once whether they are alive")    \
	COUNTER(ROUTE_REFUSED, "networks not routed: another user has them")   \
	COUNTER(AUTH_FAILED, "subscribers refused: name or password")          \
	COUNTER(PADI, "PADI answered with PADO")                               \
	COUNTER(DISCOVERY_TAG_HIDDEN, "PADI, PADR ignored: XDP misses VLAN tag") \
	COUNTER(PADI_OTHER_SERVICE, "PADI ignored: service not served")        \
	COUNTER(PADR, "PADR answered with PADS")                               \
	COUNTER(PADR_BAD_COOKIE, "PADR ignored: AC-Cookie wrong or missing")   \
	COUNTER(PADR_BAD_SERVICE, "PADR refused: service not served")          \
	COUNTER(PADR_REPEATED, "PADR answered with the PADS sent before")      \
	COUNTER(PADR_LATE, "PADR ignored: the session it made has ended")      \
	COUNTER(PADR_LIMIT, "PADR refused: session limit or no id")            \
	COUNTER(PADT_RECEIVED, "PADT of a client")                             \
	COUNTER(PADT_STALE, "PADT that ended a call of an earlier engine")     \
	COUNTER(PADT_STALE_SENT, "PADT sent for calls of an earlier engine")   \
	COUNTER(PADT_UNKNOWN, "PADT ignored: no such session")                 \
	COUNTER(PADT_NO_SESSION, "PADT sent: PPP of a session that is not there") \
	COUNTER(DISCOVERY_MALFORMED, "PPPoE discovery frame ignored")          \
	COUNTER(FRAME_UNKNOWN, "PPP frame for no session")                     \
	COUNTER(FRAME_STALE, "PPP frame of a call of an earlier engine")       \
	COUNTER(FRAME_WRONG_SENDER, "PPPoE frame not between client and port")  \
	COUNTER(ECHO_MISMATCH, "LCP Echo-Reply with another magic number")     \
	COUNTER(FRAME_MALFORMED, "PPP or L2TP data frame malformed")           \
	COUNTER(NEXT_HOP_ASKED, "next hops of routes that were not resolved")  \
	COUNTER(NEXT_HOP_LET_GO, "gateways no longer kept: there are too many") \
	COUNTER(SLOW_CONTROL, "PPP control of switched calls sent by hand")    \
	COUNTER(SLOW_DROPPED, "PPP frames by hand that no call could use")     \
	COUNTER(SEND_FAILED, "datagrams or frames the kernel did not take")

enum counter {
#define COUNTER_ENUM(name, text) COUNT_##name,
	COUNTER_TABLE(COUNTER_ENUM)
#undef COUNTER_ENUM
	COUNTERS,
};

#endif
