/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The message table and the generic receiver (RFC 2661 6, 7): state, role, AVPs
 * and required fields are checked here, so that a handler starts from facts.
 */
#include <stdio.h>

#include "proto/tunnel_inner.h"

enum scope {
	SCOPE_UNKNOWN = 0,
	SCOPE_TUNNEL,
	SCOPE_REQUEST, /* asks for a call: no session yet */
	SCOPE_SESSION,
};

/* Who may send a message. */
enum sender {
	FROM_INITIATOR = 1,
	FROM_RESPONDER = 2,
	FROM_LAC = 4,
	FROM_LNS = 8,
	FROM_ANY = 15,
};

#define IN(state)  (1u << TUNNEL_##state)
#define AT(state)  (1u << SESSION_##state)
#define ANY_STATE  0xFFFFu
#define NEED(name) AVP_BIT(AVP_##name)

/* RFC 2661 6 and 7.2 to 7.4; a message without a handler is accepted. */
static const struct message {
	uint8_t scope;
	uint8_t from;
	uint16_t states; /* IN(): of the tunnel, AT(): of the session */
	uint64_t required;
	void (*on_tunnel)(struct tunnel *tunnel, const struct avps *avps,
			  struct instant now);
	void (*on_session)(struct session *session, const struct avps *avps,
			   struct instant now);
} messages[] = {
	/* ours was taken by tunnel_accept; no other belongs here */
	[L2TP_SCCRQ] = {SCOPE_TUNNEL, FROM_INITIATOR, 0, 0, NULL, NULL},
	[L2TP_SCCRP] = {SCOPE_TUNNEL, FROM_RESPONDER, IN(WAIT_CTL_REPLY),
			NEED(PROTOCOL_VERSION) | NEED(FRAMING_CAPABILITIES) |
				NEED(HOST_NAME) | NEED(ASSIGNED_TUNNEL),
			tunnel_got_sccrp, NULL},
	[L2TP_SCCCN] = {SCOPE_TUNNEL, FROM_INITIATOR, IN(WAIT_CTL_CONN), 0,
			tunnel_got_scccn, NULL},
	[L2TP_STOPCCN] = {SCOPE_TUNNEL, FROM_ANY, ANY_STATE, 0,
			  tunnel_got_stopccn, NULL},
	[L2TP_HELLO] = {SCOPE_TUNNEL, FROM_ANY, ANY_STATE, 0, NULL, NULL},
	[L2TP_OCRQ] = {SCOPE_REQUEST, FROM_LNS, IN(ESTABLISHED),
		       NEED(ASSIGNED_SESSION) | NEED(CALL_SERIAL) |
			       NEED(MINIMUM_BPS) | NEED(MAXIMUM_BPS) |
			       NEED(BEARER_TYPE) | NEED(FRAMING_TYPE) |
			       NEED(CALLED_NUMBER),
		       session_got_ocrq, NULL},
	/* we never ask for an outgoing call, so nothing may answer one */
	[L2TP_OCRP] = {SCOPE_SESSION, FROM_LAC, 0, 0, NULL, NULL},
	[L2TP_OCCN] = {SCOPE_SESSION, FROM_LAC, 0, 0, NULL, NULL},
	[L2TP_ICRQ] = {SCOPE_REQUEST, FROM_LAC, IN(ESTABLISHED),
		       NEED(ASSIGNED_SESSION) | NEED(CALL_SERIAL),
		       session_got_icrq, NULL},
	[L2TP_ICRP] = {SCOPE_SESSION, FROM_LNS, AT(WAIT_REPLY),
		       NEED(ASSIGNED_SESSION), NULL, session_got_icrp},
	/* its (Tx) Connect Speed is required, too, but old LACs send none */
	[L2TP_ICCN] = {SCOPE_SESSION, FROM_LAC, AT(WAIT_CONNECT),
		       NEED(FRAMING_TYPE), NULL, session_got_iccn},
	/* CDN and StopCCN take effect even if AVPs are missing */
	[L2TP_CDN] = {SCOPE_SESSION, FROM_ANY, ANY_STATE, 0, NULL, NULL},
	[L2TP_WEN] = {SCOPE_SESSION, FROM_LAC, ANY_STATE, 0, NULL,
		      session_got_notice},
	[L2TP_SLI] = {SCOPE_SESSION, FROM_LNS, ANY_STATE, 0, NULL,
		      session_got_notice},
};

static const struct message *message_find(uint16_t type)
{
	if (type >= sizeof(messages) / sizeof(messages[0]) ||
	    messages[type].scope == SCOPE_UNKNOWN)
		return NULL;
	return &messages[type];
}

/* Whether the list can be acted upon, and the answer if not. */
static bool list_is_wrong(const struct message *m, const struct avps *avps,
			  struct l2tp_result *why)
{
	if (avps->problem.fault) {
		avp_problem_result(&avps->problem, why);
		return true;
	}
	return avps_missing(avps, m->required, why);
}

/* "ICRP in established", for the log and for the peer */
static void out_of_place(const struct avps *avps, const char *state,
			 struct l2tp_result *why)
{
	snprintf(why->text, sizeof(why->text), "%s in %s",
		 l2tp_message_name(avps->type), state);
}

/* A message's name for the log; its number if it is unknown. */
struct message_label {
	char text[16];
};
static struct message_label label_of(const struct avps *avps)
{
	const char *name = l2tp_message_name(avps->type);
	struct message_label label;

	if (!avps->has_type)
		name = "untyped";
	if (avps->has_type && !message_find(avps->type))
		snprintf(label.text, sizeof(label.text), "type %u", avps->type);
	else
		snprintf(label.text, sizeof(label.text), "%s", name);
	return label;
}

static void tunnel_fail(struct tunnel *tunnel, const struct avps *avps,
			const struct l2tp_result *why, struct instant now)
{
	if (log_allowed(&tunnel->limit, now))
		log_warning("tunnel %u/%s: bad message (%s): %s",
			    tunnel->config.id, tunnel_peer(tunnel),
			    label_of(avps).text, why->text);
	tunnel_stop(tunnel, why, ENDED_BY_US, now);
}

static void session_fail(struct session *session, const struct avps *avps,
			 const struct l2tp_result *why, struct instant now)
{
	struct tunnel *tunnel = session->tunnel;

	if (log_allowed(&tunnel->limit, now))
		log_warning("tunnel %u/%s: session %u: bad message (%s): %s",
			    tunnel->config.id, tunnel_peer(tunnel), session->id,
			    label_of(avps).text, why->text);
	if (avps->type == L2TP_ICRP)
		session_reject(session, avps, why, now);
	else
		session_close(session, why, now);
}

static void fail_fsm(struct tunnel *tunnel, const struct avps *avps,
		     struct instant now)
{
	struct l2tp_result why = {.result = STOPCCN_FSM};

	out_of_place(avps, tunnel_state_name(tunnel->state), &why);
	tunnel_fail(tunnel, avps, &why, now);
}

static void receive_for_tunnel(struct tunnel *tunnel, const struct message *m,
			       const struct avps *avps, struct instant now)
{
	uint8_t from = tunnel->initiator ? FROM_RESPONDER : FROM_INITIATOR;
	struct l2tp_result why = {0};

	if (avps->type == L2TP_STOPCCN) {
		m->on_tunnel(tunnel, avps, now);
		return;
	}
	if (!(m->from & from) || !(m->states & 1u << tunnel->state)) {
		fail_fsm(tunnel, avps, now);
		return;
	}
	if (list_is_wrong(m, avps, &why))
		tunnel_fail(tunnel, avps, &why, now);
	else if (m->on_tunnel)
		m->on_tunnel(tunnel, avps, now);
}

static void session_fail_fsm(struct session *session, const struct avps *avps,
			     struct instant now)
{
	struct l2tp_result why = {
		.result = CDN_ERROR,
		.error = L2TP_ERROR_VENDOR,
	};

	out_of_place(avps, session_state_name(session->state), &why);
	session_fail(session, avps, &why, now);
}

/* A request has no session yet; one that names a session is out of place. */
static void receive_request(struct tunnel *tunnel, const struct message *m,
			    uint16_t session, const struct avps *avps,
			    struct instant now)
{
	struct session *named = session_find(tunnel, session);
	struct l2tp_result why = {0};

	if (named && named->state != SESSION_ENDING) {
		session_fail_fsm(named, avps, now);
	} else if (session) {
		tunnel->unknown_session++;
	} else if (list_is_wrong(m, avps, &why)) {
		if (log_allowed(&tunnel->limit, now))
			log_warning("tunnel %u/%s: call refused (%s): %s",
				    tunnel->config.id, tunnel_peer(tunnel),
				    label_of(avps).text, why.text);
		session_refuse(tunnel, avps_u16(avps, AVP_ASSIGNED_SESSION),
			       &why, now);
	} else {
		m->on_tunnel(tunnel, avps, now);
	}
}

/* The session of a message: its sender may not know our id yet. */
static struct session *receiver(struct tunnel *tunnel, uint16_t session,
				const struct avps *avps)
{
	if (session || avps->type != L2TP_CDN)
		return session_find(tunnel, session);
	return session_find_peer(tunnel, avps_u16(avps, AVP_ASSIGNED_SESSION));
}

static void receive_for_session(struct tunnel *tunnel, const struct message *m,
				uint16_t id, const struct avps *avps,
				struct instant now)
{
	struct session *session = receiver(tunnel, id, avps);
	struct l2tp_result why = {0};
	uint8_t from;

	if (!session) {
		tunnel->unknown_session++;
		return;
	}
	if (session->state == SESSION_ENDING) {
		session_got_late(session, avps, now);
		return;
	}
	if (avps->type == L2TP_CDN) {
		session_got_cdn(session, avps);
		return;
	}
	from = session->lac ? FROM_LNS : FROM_LAC;
	if (!(m->from & from) || !(m->states & 1u << session->state)) {
		session_fail_fsm(session, avps, now);
		return;
	}
	if (list_is_wrong(m, avps, &why))
		session_fail(session, avps, &why, now);
	else if (m->on_session)
		m->on_session(session, avps, now);
}

/* A message that has no row: M of its type decides. */
static void receive_unknown(struct tunnel *tunnel, const struct avps *avps,
			    struct instant now)
{
	struct l2tp_result why = {
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_UNKNOWN_AVP,
	};

	if (!avps->type_mandatory)
		return;
	snprintf(why.text, sizeof(why.text), "message type %u", avps->type);
	tunnel_fail(tunnel, avps, &why, now);
}

static void receive_untyped(struct tunnel *tunnel, const struct avps *avps,
			    struct instant now)
{
	struct l2tp_result why;

	avp_problem_result(&avps->problem, &why);
	tunnel_fail(tunnel, avps, &why, now);
}

static void log_ignored(struct tunnel *tunnel, const struct avps *avps,
			struct instant now)
{
	char text[AVPS_IGNORED_TEXT];

	if (*avps_ignored_text(avps, text) && log_allowed(&tunnel->limit, now))
		log_info("tunnel %u/%s: %s: ignored %s", tunnel->config.id,
			 tunnel_peer(tunnel), label_of(avps).text, text);
}

/*
 * A tunnel that ends takes nothing more, but a late SCCRP says where our
 * StopCCN must go.
 */
static void receive_ending(struct tunnel *tunnel, const struct avps *avps)
{
	if (tunnel->state == TUNNEL_CLOSING && avps->type == L2TP_SCCRP &&
	    !tunnel->channel.peer_tunnel && avps_has(avps, AVP_ASSIGNED_TUNNEL))
		channel_set_peer(&tunnel->channel,
				 avps_u16(avps, AVP_ASSIGNED_TUNNEL));
}

void tunnel_receive(struct tunnel *tunnel, const struct l2tp_control *control,
		    struct instant now)
{
	uint8_t octets[TUNNEL_SCRATCH];
	struct builder scratch = builder_on(octets, sizeof(octets));
	const struct message *m;
	struct avps avps;

	avps_read(control->body, view_text(tunnel->config.secret), &scratch,
		  &avps);
	if (tunnel->state >= TUNNEL_CLOSING) {
		receive_ending(tunnel, &avps);
		return;
	}
	if (!avps.has_type) {
		receive_untyped(tunnel, &avps, now);
		return;
	}
	tunnel->ops->message(tunnel->ctx, false, avps.type, control->session);
	log_ignored(tunnel, &avps, now);
	m = message_find(avps.type);
	if (!m)
		receive_unknown(tunnel, &avps, now);
	else if (m->scope == SCOPE_TUNNEL)
		receive_for_tunnel(tunnel, m, &avps, now);
	else if (tunnel->state != TUNNEL_ESTABLISHED)
		fail_fsm(tunnel, &avps, now);
	else if (m->scope == SCOPE_REQUEST)
		receive_request(tunnel, m, control->session, &avps, now);
	else
		receive_for_session(tunnel, m, control->session, &avps, now);
}
