/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of tunnel and session share; nobody else includes this.
 *
 * A tunnel owns its sessions: each lies in by_id, in by_peer once the peer's id
 * is known, and in one of three lists.
 */
#ifndef PROTO_TUNNEL_INNER_H
#define PROTO_TUNNEL_INNER_H

#include "base/list.h"
#include "base/log.h"
#include "base/table.h"
#include "proto/avp.h"
#include "proto/channel.h"
#include "proto/chap.h"
#include "proto/tunnel.h"

enum {
	TUNNEL_CHALLENGE = 16, /* octets of ours */
	TUNNEL_PROOF = CHAP_MD5_LEN, /* octets of a Challenge Response */
	TUNNEL_SCRATCH = 12288, /* for revealed values of one message */
	TUNNEL_MESSAGE_MAX = 12288, /* octets of AVPs in a message of ours */
	TUNNEL_VERSION = 0x0100, /* Protocol Version AVP: 1.0 */
	TUNNEL_FRAMING_ANY = 3, /* synchronous and asynchronous */
	SESSION_NOTICE_MAX = 26, /* octets: Call Errors; ACCM has 10 */
};

struct tunnel {
	struct tunnel_config config;
	const struct tunnel_ops *ops;
	void *ctx;
	enum tunnel_state state;
	bool initiator;
	struct channel channel;
	uint64_t malformed;
	uint64_t unknown_session;
	uint64_t late_replies;
	struct log_limit limit; /* of lines that the peer triggers */

	char peer_host[64];
	char peer_vendor[64];
	uint16_t peer_firmware;
	uint8_t challenge[TUNNEL_CHALLENGE]; /* ours, if config.challenge */
	bool challenging; /* it is in config.challenges */
	struct table_link by_challenge;
	bool authenticated;
	enum tunnel_doubt doubt; /* that it was refused for */
	bool peer_ecn; /* the peer sent AVP 103 */

	struct instant deadline; /* of set-up, or of lingering */
	struct instant hello;
	struct l2tp_result ended;

	struct table by_id; /* sessions by our id */
	struct table by_peer; /* sessions by the peer's id */
	struct list setting_up; /* sessions with a deadline, soonest first */
	struct list established;
	struct list ending; /* soonest forgotten first */
	unsigned int ending_count;
	/* sessions with a WEN or SLI that waits for room in the channel */
	struct list notices;
	struct list noticed; /* that sent one just now, oldest first */
	uint64_t notices_replaced;
};

struct session {
	struct tunnel *tunnel;
	const struct session_ops *ops;
	void *ctx;
	enum session_state state;
	bool lac; /* we sent the ICRQ */
	uint16_t id;
	uint16_t peer_id; /* 0: not known yet */
	struct instant deadline;
	struct icrq *icrq;	      /* until it is sent */
	struct l2tp_result *farewell; /* SESSION_ENDING: for its CDN */
	struct table_link by_id;
	struct table_link by_peer;
	struct list link;
	struct list notice_link; /* tunnel->notices or ->noticed, or none */
	struct instant notice_rest; /* ->noticed: until then none is sent */
	uint16_t notice_type; /* 0: none waits */
	BYTES(SESSION_NOTICE_MAX) notice; /* its one AVP's value */
};

/* ---- tunnel.c ---- */
void tunnel_set_state(struct tunnel *tunnel, enum tunnel_state state,
		      const char *why, struct instant now);
/* What a log line names the peer. */
const char *tunnel_peer(const struct tunnel *tunnel);
void tunnel_send(struct tunnel *tunnel, uint16_t type, uint16_t session,
		 const struct builder *avps, struct instant now);
/* Sends StopCCN; sessions are closed and ops->down is called. */
void tunnel_stop(struct tunnel *tunnel, const struct l2tp_result *why,
		 enum ended_by by, struct instant now);
/* The peer sent StopCCN. */
void tunnel_stopped(struct tunnel *tunnel, const struct l2tp_result *why,
		    struct instant now);

/* ---- tunnel_receive.c ---- */
/* A message in its turn. */
void tunnel_receive(struct tunnel *tunnel, const struct l2tp_control *control,
		    struct instant now);

/* ---- tunnel_setup.c ---- */
void tunnel_send_sccrq(struct tunnel *tunnel, struct instant now);
void tunnel_answer_sccrq(struct tunnel *tunnel, const struct sccrq *sccrq,
			 struct instant now);
void tunnel_got_sccrp(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now);
void tunnel_got_scccn(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now);
void tunnel_got_stopccn(struct tunnel *tunnel, const struct avps *avps,
			struct instant now);
/* No answer to our challenge is taken any more. */
void tunnel_challenge_over(struct tunnel *tunnel);
/* MD5(message type, secret, challenge), RFC 2661 5.1.1 */
void tunnel_proof(uint8_t type, struct view secret, struct view challenge,
		  uint8_t out[TUNNEL_PROOF]);

/* ---- session.c ---- */
struct session *session_find(const struct tunnel *tunnel, uint16_t id);
struct session *session_find_peer(const struct tunnel *tunnel, uint16_t id);
/* Sends the ICRQs that waited for the tunnel. */
void session_start_waiting(struct tunnel *tunnel, struct instant now);
/* Closes all without a message to the peer; tunnel_why is a StopCCN's. */
void session_drop_all(struct tunnel *tunnel,
		      const struct l2tp_result *tunnel_why, enum ended_by by);
struct instant session_deadline(const struct tunnel *tunnel);
void session_timeout(struct tunnel *tunnel, struct instant now);
/*
 * Answers a request for a call with CDN; no session comes of it.  A request
 * without an id (0) gets no answer, see SESSION_ENDING_MS, and is counted as
 * malformed.
 */
void session_refuse(struct tunnel *tunnel, uint16_t peer_session,
		    const struct l2tp_result *why, struct instant now);
void session_got_icrq(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now);
void session_got_ocrq(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now);
void session_got_icrp(struct session *session, const struct avps *avps,
		      struct instant now);
void session_got_iccn(struct session *session, const struct avps *avps,
		      struct instant now);
void session_got_notice(struct session *session, const struct avps *avps,
			struct instant now);
/* Sends notices that waited, as many as the channel takes at once. */
void session_send_notices(struct tunnel *tunnel, struct instant now);
void session_got_cdn(struct session *session, const struct avps *avps);
/* A message for a session that is ending. */
void session_got_late(struct session *session, const struct avps *avps,
		      struct instant now);
/* Ends a session because of its ICRP, by the id in it if there is one. */
void session_reject(struct session *session, const struct avps *avps,
		    const struct l2tp_result *why, struct instant now);

#endif
