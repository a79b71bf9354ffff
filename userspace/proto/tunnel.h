/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An L2TP control connection and its sessions (RFC 2661): reliable delivery,
 * tunnel set-up in both roles with authentication, incoming calls in both
 * roles, Hello, teardown.
 *
 * Bytes and the time go in, calls through an ops struct come out; no sockets,
 * clocks or configuration.  The owner matches datagrams to a tunnel by our
 * tunnel id and the peer's address, and chooses all ids.
 *
 * An ops function may call back into the same tunnel (close it, open or close
 * sessions) but not free it: tunnel_free is called after ops->done, or at any
 * time from outside of an ops function.
 */
#ifndef PROTO_TUNNEL_H
#define PROTO_TUNNEL_H

#include "base/ids.h"
#include "base/instant.h"
#include "base/table.h"
#include "proto/l2tp.h"
#include "proto/proxy.h"

struct tunnel;
struct session;

/* ---- what calls are about ------------------------------------------------ */

enum icrq_has {
	ICRQ_HAS_BEARER = 1 << 0,
	ICRQ_HAS_CHANNEL = 1 << 1,
	ICRQ_HAS_CALLED = 1 << 2,
	ICRQ_HAS_CALLING = 1 << 3,
	ICRQ_HAS_SUB_ADDRESS = 1 << 4,
};

struct icrq {
	unsigned int has; /* enum icrq_has */
	uint16_t peer_session; /* received ones only */
	uint32_t serial;
	uint32_t bearer;
	uint32_t channel;
	struct view called;
	struct view calling;
	struct view sub_address;
};

enum iccn_has {
	ICCN_HAS_RX_SPEED = 1 << 0,
	ICCN_HAS_GROUP = 1 << 1,
	ICCN_HAS_TX_SPEED = 1 << 2, /* received ones: old LACs leave it out */
};

struct iccn {
	unsigned int has; /* enum iccn_has */
	uint32_t tx_speed; /* bit/s, LAC to user */
	uint32_t rx_speed;
	uint32_t framing; /* 1 synchronous, 2 asynchronous */
	struct view group; /* Private Group ID */
	bool sequencing; /* AVP 39 was there */
	struct proxy proxy;
};

/*
 * Copies with all octets they name, in one block of memory: release with
 * free().  NULL when there is no memory.
 */
struct icrq *icrq_copy(const struct icrq *icrq);
struct iccn *iccn_copy(const struct iccn *iccn);

/* ---- SCCRQ, before there is any state ------------------------------------ */

struct sccrq {
	uint16_t assigned; /* the peer's tunnel id */
	struct view host_name;
	struct view vendor_name; /* empty: none */
	uint16_t firmware;
	uint32_t framing;
	uint16_t window;
	struct view challenge; /* empty: none */
	bool has_tie_breaker;
	uint64_t tie_breaker;
	bool ecn; /* the peer propagates congestion marks (RFC 9601) */
	char ignored[128]; /* AVPs that were, for the log: "" = none */
};

/*
 * The Host Name of a datagram that is an SCCRQ with a good header (tunnel id 0,
 * session id 0, Ns 0), empty if it names none: sccrq_read then says what to
 * answer.  -EBADMSG: not an SCCRQ, drop silently.
 */
int sccrq_host_name(struct view datagram, struct view *host_name);
/*
 * The whole SCCRQ.  secret (may be empty) unhides AVPs.  Views point into the
 * datagram or into scratch[cap] (cap >= 1024).  -EBADMSG: drop silently;
 * -EPROTO: answer with sccrq_refuse, out->assigned and *why; -EKEYREJECTED: the
 * same because of what is hidden, but with out->assigned 0 there is no answer.
 */
int sccrq_read(struct view datagram, struct view secret, struct sccrq *out,
	       uint8_t *scratch, size_t cap, struct l2tp_result *why);
/*
 * Builds a StopCCN that refuses an SCCRQ without keeping state: own is a random
 * id that is never looked at again.  A repeated SCCRQ gets it again.
 */
int sccrq_refuse(struct builder *out, uint16_t peer_tunnel, uint16_t own,
		 const struct l2tp_result *why);
/*
 * Assigned Tunnel ID of a StopCCN for which there is no tunnel: it came with
 * tunnel id 0 (its sender gave up before it knew our id), or with an id of
 * before we started.  The owner finds what it means by the peer's address.
 * -EBADMSG: not a StopCCN.
 */
int stopccn_assigned(struct view datagram, uint16_t *assigned);

/* ---- tunnels ------------------------------------------------------------- */

enum tunnel_state {
	TUNNEL_IDLE,
	TUNNEL_WAIT_CTL_REPLY, /* SCCRQ sent */
	TUNNEL_WAIT_CTL_CONN, /* SCCRP sent */
	TUNNEL_ESTABLISHED,
	TUNNEL_CLOSING, /* StopCCN sent, not acknowledged */
	TUNNEL_LINGER, /* StopCCN received; repeats are acknowledged */
	TUNNEL_DEAD, /* done was called: only tunnel_free may follow */
};

/* Who ended a tunnel or session. */
enum ended_by {
	ENDED_BY_US,
	ENDED_BY_PEER,
	ENDED_BY_SILENCE, /* retransmissions or a set-up timer ran out */
};

struct tunnel_config {
	uint16_t id; /* ours, not 0 */
	char peer[48]; /* its address, for log lines until it has a name */
	char host_name[64]; /* ours */
	char expect_host[64]; /* the peer must say this; "" = any */
	char secret[64]; /* "" = none */
	bool challenge; /* the peer must prove that it knows the secret */
	bool hide; /* hide what may be hidden and is worth it (AVP 30-33) */
	bool ecn; /* congestion marks are propagated if the peer does too */
	uint16_t window; /* receive window we advertise */
	uint32_t hello_ms; /* 0 = no Hello */
	uint32_t retransmit_ms; /* these four: see channel.h */
	uint32_t retransmit_cap_ms;
	uint32_t retransmit_floor_ms;
	uint16_t retransmit_max;
	uint32_t setup_ms; /* limit for the tunnel, and for each session */
	/*
	 * Challenges that wait for their answer, of all tunnels of one owner,
	 * which only frees it (table_fini, after all tunnels).  A peer that
	 * sends one of them back would have us answer it.  NULL: this tunnel
	 * is the only one.
	 */
	struct table *challenges;
};

/* Defaults: 16, 60 s, 1 s, 8 s, 0.1 s, 5, 60 s. */
extern const struct tunnel_config tunnel_config_default;

struct session_ops {
	/* LAC: ICRQ is about to be sent; may be NULL */
	void (*requested)(void *ctx);
	/* LAC: ICRP came; answer with session_connect now or soon */
	void (*replied)(void *ctx, struct session *session);
	/* LNS: ICCN came, data may flow */
	void (*connected)(void *ctx, struct session *session,
			  const struct iccn *iccn);
	/* WEN or SLI came: its one AVP; may be left out */
	void (*notice)(void *ctx, enum l2tp_message type, struct view value);
	/* the session is gone after this, also from the tunnel's table */
	void (*closed)(void *ctx, const struct l2tp_result *why,
		       enum ended_by by);
};

/* What tunnel_ops.incoming fills when it takes a call. */
struct session_accept {
	uint16_t id; /* ours */
	const struct session_ops *ops;
	void *ctx;
};

struct tunnel_ops {
	/* One control datagram for the peer (UDP payload). */
	void (*send)(void *ctx, struct view datagram);
	/* A control message was sent (first time) or received in sequence. */
	void (*message)(void *ctx, bool sent, uint16_t type, uint16_t session);
	void (*up)(void *ctx);
	/*
	 * The tunnel will carry no more calls; its sessions were closed before
	 * this.  It may live on to close or linger.
	 */
	void (*down)(void *ctx, const struct l2tp_result *why,
		     enum ended_by by);
	/* Nothing is left to do: free it (not from within) and rest its id. */
	void (*done)(void *ctx);
	/*
	 * An ICRQ came.  0: ICRP is sent with accept->id.  Anything else: CDN
	 * is sent with *why.  *session is what the ops will be called with.
	 */
	int (*incoming)(void *ctx, struct session *session,
			const struct icrq *icrq, struct session_accept *accept,
			struct l2tp_result *why);
	random_fill *random;
};

/* Initiator: to be followed by tunnel_start, which sends SCCRQ. */
struct tunnel *tunnel_new(const struct tunnel_config *config,
			  const struct tunnel_ops *ops, void *ctx);
void tunnel_start(struct tunnel *tunnel, struct instant now);
/*
 * Responder: takes an SCCRQ that sccrq_read accepted and answers with SCCRP, or
 * with StopCCN (and ops->down) if we have no secret for its challenge.
 */
void tunnel_accept(struct tunnel *tunnel, struct view datagram,
		   const struct sccrq *sccrq, struct instant now);
/* Remaining sessions are closed first, without a message to the peer. */
void tunnel_free(struct tunnel *tunnel);

/*
 * A control datagram (T=1) from the tunnel's peer with our tunnel id (or a
 * repeated SCCRQ, or a StopCCN with id 0 that the owner matched).
 */
void tunnel_input(struct tunnel *tunnel, struct view datagram,
		  struct instant now);
/* Data came from the peer: it is alive, a Hello is not needed. */
void tunnel_alive(struct tunnel *tunnel, struct instant now);
struct instant tunnel_deadline(const struct tunnel *tunnel);
void tunnel_timeout(struct tunnel *tunnel, struct instant now);
/* Closes all sessions, sends StopCCN; ops->down and later ops->done follow. */
void tunnel_close(struct tunnel *tunnel, const struct l2tp_result *why,
		  struct instant now);

/* Retransmits at once to get the missing acknowledgement. */
void tunnel_nudge(struct tunnel *tunnel, struct instant now);

/*
 * The peer has forgotten the tunnel (it began another one): ends it as if the
 * peer were silent, and sends nothing.
 */
void tunnel_forget(struct tunnel *tunnel, struct instant now);

struct tunnel_counters {
	uint64_t sent, received, retransmitted, duplicates, out_of_window;
	uint64_t zlb_sent, zlb_received, malformed, bad_nr, unknown_session;
	uint64_t late_replies; /* ICRPs of calls that had ended meanwhile */
	uint64_t notices_replaced; /* WENs and SLIs by a newer one */
};

/* Why the peer failed authentication (StopCCN 4). */
enum tunnel_doubt {
	TUNNEL_DOUBT_NONE,
	TUNNEL_DOUBT_HOST, /* it has another name */
	TUNNEL_DOUBT_NO_SECRET, /* we have none to check it with */
	TUNNEL_DOUBT_CHALLENGED, /* we have none to answer it with */
	TUNNEL_DOUBT_OWN_CHALLENGE, /* it wants us to answer our own */
	TUNNEL_DOUBT_NO_RESPONSE,
	TUNNEL_DOUBT_WRONG_RESPONSE,
};

struct tunnel_info {
	enum tunnel_state state;
	enum tunnel_doubt doubt;
	bool initiator;
	uint16_t id;
	uint16_t peer_id;
	char peer_host[64];
	char peer_vendor[64];
	uint16_t peer_firmware;
	uint16_t peer_window;
	bool authenticated; /* the peer proved that it knows the secret */
	bool ecn; /* both ends propagate congestion marks (RFC 9601) */
	unsigned int sessions; /* without those that are ending */
	uint16_t ns, nr;       /* next to send, next expected */
	unsigned int unacknowledged;
	int round_trip_ms; /* of control messages; -1: not measured */
	struct tunnel_counters counters;
	struct l2tp_result ended;
};
struct tunnel_info tunnel_info(const struct tunnel *tunnel);
const char *tunnel_state_name(enum tunnel_state state);

/* ---- sessions ------------------------------------------------------------ */

enum session_state {
	SESSION_WAIT_TUNNEL,
	SESSION_WAIT_REPLY, /* ICRQ sent */
	SESSION_WAIT_CONNECT, /* ICRP sent */
	SESSION_ESTABLISHED,
	SESSION_ENDING, /* closed between ICRQ and ICRP: has no owner */
};

/*
 * A session that is closed before the peer has sent its id cannot be named in
 * a CDN: Session ID 0 is legal there (RFC 2661 4.4.4), but some peers end the
 * whole tunnel for it.  So we wait this long for the ICRP and answer it with a
 * CDN; after that only the peer's own timer ends it.  A session id should rest
 * for longer than this; session_open refuses it until then.
 */
enum { SESSION_ENDING_MS = 30000 };

/*
 * LAC: opens a session with our id; ICRQ is sent when the tunnel is up.
 * NULL: no memory, id in use or the tunnel is ending.  icrq is copied.
 */
struct session *session_open(struct tunnel *tunnel, uint16_t id,
			     const struct icrq *icrq,
			     const struct session_ops *ops, void *ctx,
			     struct instant now);
/* LAC: sends ICCN; -EPROTO when no ICRP has come or it does not fit. */
int session_connect(struct session *session, const struct iccn *iccn,
		    struct instant now);
/*
 * Sends WEN (as LAC) or SLI (as LNS) of an established session, one in
 * SESSION_NOTICE_MS.  Until that is over, and the peer has taken what was sent
 * before, the newest waits; it replaces what waited.  So whoever causes them
 * cannot fill the tunnel, which others share.
 */
enum { SESSION_NOTICE_MS = 1000 };
void session_notice(struct session *session, enum l2tp_message type,
		    struct view value, struct instant now);
/*
 * Sends CDN (nothing when no ICRQ was sent, and not before the ICRP) and gives
 * the session up: ops->closed is called with ENDED_BY_US before this returns.
 */
void session_close(struct session *session, const struct l2tp_result *why,
		   struct instant now);
uint16_t session_id(const struct session *session);
uint16_t session_peer_id(const struct session *session);
enum session_state session_state(const struct session *session);
const char *session_state_name(enum session_state state);

#endif
