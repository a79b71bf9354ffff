/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the control plane counts: each refusal and each ignored datagram has a
 * name of its own here, as each packet has a reason in the data plane.  A
 * "stale" call or tunnel is one that an earlier engine left.
 *
 * COUNTER(NAME, "what it tells an operator"); the name shown is in lower case.
 */
#ifndef SWITCH_COUNTERS_H
#define SWITCH_COUNTERS_H

#define COUNTER_TABLE(COUNTER)                                                 \
	COUNTER(CALLS_OPENED, "calls started")                                 \
	COUNTER(CALLS_UP, "calls that reached the state up")                   \
	COUNTER(CALLS_ENDED, "calls ended for any cause")                      \
	COUNTER(TUNNELS_OPENED, "tunnels that we began to open")               \
	COUNTER(TUNNELS_ACCEPTED, "tunnels accepted from a peer")              \
	COUNTER(TUNNELS_UP, "tunnels established")                             \
	COUNTER(TUNNELS_ENDED, "tunnels ended")                                \
	COUNTER(TUNNELS_SILENT, "tunnels ended: the peer did not answer")      \
	COUNTER(TUNNELS_DOUBTED, "tunnels doubted: peer acknowledges nothing") \
	COUNTER(TUNNELS_REPLACED, "tunnels that their restarted peer forgot")  \
	COUNTER(DESTINATIONS_HELD, "failed destinations made the last choice") \
	COUNTER(DESTINATIONS_PROBED, "tunnels opened only to probe a peer")    \
	COUNTER(CALLS_MOVED, "calls moved to another tunnel in set-up")        \
	COUNTER(STALE_TUNNELS_ENDED, "stale tunnels that their peer ended")    \
	COUNTER(SCCRQ_NO_LNS, "SCCRQ refused: no destination is configured")   \
	COUNTER(SCCRQ_UNKNOWN_SOURCE, "SCCRQ refused: source not configured")  \
	COUNTER(SCCRQ_UNKNOWN_HOST, "SCCRQ refused: no host profile")          \
	COUNTER(SCCRQ_REFUSED, "SCCRQ refused: missing or invalid AVPs")       \
	COUNTER(SCCRQ_SECRET, "SCCRQ refused: cannot unhide AVPs, secret?")    \
	COUNTER(SCCRQ_MALFORMED, "SCCRQ ignored: malformed")                   \
	COUNTER(SCCRQ_RATE, "SCCRQ ignored: peer has too many half-open")      \
	COUNTER(SCCRQ_NO_RESOURCES, "SCCRQ refused: no tunnel id or memory")   \
	COUNTER(SCCRQ_UNANSWERED, "SCCRQ refused without StopCCN: rate limit") \
	COUNTER(TUNNEL_BAD_SECRET, "LAC refused: wrong challenge response")    \
	COUNTER(TUNNEL_NO_RESPONSE, "LAC refused: no challenge response")      \
	COUNTER(TUNNEL_PEER_SECRET, "LNS refused: wrong or no response")       \
	COUNTER(TUNNEL_PEER_NAME, "LNS refused: unexpected host name")         \
	COUNTER(TUNNEL_CHALLENGE, "peer refused: no secret for its challenge") \
	COUNTER(TUNNEL_REFLECTED, "peer refused: it sent our own challenge")   \
	COUNTER(TUNNEL_REFUSED, "tunnels refused by the peer: not authorised") \
	COUNTER(CONTROL_UNKNOWN_TUNNEL, "control message of no known tunnel")  \
	COUNTER(CONTROL_WRONG_PEER, "control message from a wrong sender")     \
	COUNTER(CONTROL_MALFORMED, "control message with an invalid header")   \
	COUNTER(ID_UNRESTED, "ids used again before they had rested")          \
	COUNTER(ICCN_NO_SPEED, "ICCN accepted without (Tx) Connect Speed")     \
	COUNTER(CALL_LIMIT, "calls refused: session limit of the profile")     \
	COUNTER(CALL_NOT_LAC, "calls refused: peer is the LNS of the tunnel")  \
	COUNTER(CALL_NO_RESOURCES, "calls refused: no id or memory")           \
	COUNTER(CALL_NO_DOMAIN, "calls refused: no domain entry")              \
	COUNTER(CALL_REFUSED_DOMAIN, "calls refused: by the domain's action")  \
	COUNTER(CALL_NO_TUNNEL, "calls refused: no tunnel could be opened")    \
	COUNTER(CALL_NO_ADDRESS, "calls refused: pool is empty")               \
	COUNTER(CALL_ADDRESS_IN_USE, "calls refused: their address is in use") \
	COUNTER(CALL_SECOND_SESSION, "calls refused: user has a live session") \
	COUNTER(CALLS_REPLACED, "calls ended: the subscriber dialled again")   \
	COUNTER(CALLS_PROBED, "calls probed at once by LCP Echo-Request")      \
	COUNTER(ROUTE_REFUSED, "user's networks held by another user")         \
	COUNTER(AUTH_FAILED, "subscribers refused: wrong name or password")    \
	COUNTER(PADI, "PADI answered with PADO")                               \
	COUNTER(DISCOVERY_TAG_HIDDEN, "PADI, PADR ignored: XDP sees no tag")   \
	COUNTER(PADI_OTHER_SERVICE, "PADI ignored: service not served")        \
	COUNTER(PADR, "PADR answered with PADS")                               \
	COUNTER(PADR_BAD_COOKIE, "PADR ignored: AC-Cookie wrong or missing")   \
	COUNTER(PADR_BAD_SERVICE, "PADR refused: service not served")          \
	COUNTER(PADR_REPEATED, "PADR repeated: PADS sent again")               \
	COUNTER(PADR_LATE, "PADR ignored: its session has ended")              \
	COUNTER(PADR_LIMIT, "PADR refused: session limit or no id")            \
	COUNTER(PADT_RECEIVED, "PADT received from a client")                  \
	COUNTER(PADT_STALE, "PADT received for a stale call")                  \
	COUNTER(PADT_STALE_SENT, "PADT sent for a stale call")                 \
	COUNTER(PADT_UNKNOWN, "PADT ignored: no such session")                 \
	COUNTER(PADT_NO_SESSION, "PADT sent: PPP frame of unknown session")    \
	COUNTER(DISCOVERY_MALFORMED, "PPPoE discovery ignored: malformed")     \
	COUNTER(FRAME_UNKNOWN, "PPP frame of an unknown session")              \
	COUNTER(FRAME_STALE, "PPP frame of a stale call")                      \
	COUNTER(FRAME_WRONG_SENDER, "PPP frame not from the session's peer")   \
	COUNTER(ECHO_MISMATCH, "LCP Echo-Reply with another magic number")     \
	COUNTER(FRAME_MALFORMED, "PPP or L2TP data frame ignored: malformed")  \
	COUNTER(NEXT_HOP_ASKED, "unresolved next hops that XDP reported")      \
	COUNTER(NEXT_HOP_LET_GO, "gateways no longer kept: more than 64")      \
	COUNTER(SLOW_CONTROL, "PPP control of switched calls, in software")    \
	COUNTER(SLOW_DROPPED, "PPP frames dropped in software: call not up")   \
	COUNTER(SEND_FAILED, "frames or datagrams rejected by the kernel")

enum counter {
#define COUNTER_ENUM(name, text) COUNT_##name,
	COUNTER_TABLE(COUNTER_ENUM)
#undef COUNTER_ENUM
	COUNTERS,
};

#endif
