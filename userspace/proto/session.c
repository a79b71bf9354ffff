/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sessions of a tunnel: incoming calls in both roles (RFC 2661 7.4).  Sends
 * through its tunnel; the legality of what comes in was checked by
 * tunnel_receive.c.
 */
#include <errno.h>
#include <stdlib.h>

#include "proto/incoming.h"
#include "proto/result.h"
#include "proto/tunnel_inner.h"

enum { REFUSAL_TRIES = 16 };

struct session *session_find(const struct tunnel *tunnel, uint16_t id)
{
	struct table_link *link = table_find(&tunnel->by_id, id);

	return link ? table_entry(link, struct session, by_id) : NULL;
}

struct session *session_find_peer(const struct tunnel *tunnel, uint16_t id)
{
	struct table_link *link = table_find(&tunnel->by_peer, id);

	return link ? table_entry(link, struct session, by_peer) : NULL;
}

uint16_t session_id(const struct session *session)
{
	return session->id;
}

uint16_t session_peer_id(const struct session *session)
{
	return session->peer_id;
}

enum session_state session_state(const struct session *session)
{
	return session->state;
}

const char *session_state_name(enum session_state state)
{
	static const char *const names[] = {
		[SESSION_WAIT_TUNNEL] = "wait-tunnel",
		[SESSION_WAIT_REPLY] = "wait-reply",
		[SESSION_WAIT_CONNECT] = "wait-connect",
		[SESSION_ESTABLISHED] = "established",
		[SESSION_ENDING] = "ending",
	};

	return names[state];
}

/* The state decides the list and the deadline. */
static void session_set_state(struct session *session, enum session_state state,
			      const char *why, struct instant now)
{
	struct tunnel *tunnel = session->tunnel;

	log_debug("tunnel %u/%s: session %u: %s -> %s (%s)", tunnel->config.id,
		  tunnel_peer(tunnel), session->id,
		  session_state_name(session->state), session_state_name(state),
		  why);
	session->state = state;
	list_remove(&session->link);
	/* all of a list wait equally long, so it stays in order */
	switch (state) {
	case SESSION_ESTABLISHED:
		session->deadline = NEVER;
		list_append(&tunnel->established, &session->link);
		break;
	case SESSION_ENDING:
		session->deadline = instant_after(now, SESSION_ENDING_MS);
		list_append(&tunnel->ending, &session->link);
		tunnel->ending_count++;
		break;
	default:
		session->deadline = instant_after(now, tunnel->config.setup_ms);
		list_append(&tunnel->setting_up, &session->link);
		break;
	}
}

static struct session *session_new(struct tunnel *tunnel, bool lac)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->tunnel = tunnel;
	session->lac = lac;
	list_init(&session->link);
	list_init(&session->notice_link);
	return session;
}

/* Gives the session our id; -EBUSY, -EINVAL, -ENOMEM. */
static int session_set_id(struct session *session, uint16_t id)
{
	struct tunnel *tunnel = session->tunnel;
	int err;

	if (!id)
		return -EINVAL;
	if (session_find(tunnel, id))
		return -EBUSY;
	err = table_insert(&tunnel->by_id, &session->by_id, id);
	if (!err)
		session->id = id;
	return err;
}

/* Gives the session the peer's id; -EBUSY, -ENOMEM. */
static int session_set_peer(struct session *session, uint16_t id)
{
	struct tunnel *tunnel = session->tunnel;
	int err;

	if (session_find_peer(tunnel, id))
		return -EBUSY;
	err = table_insert(&tunnel->by_peer, &session->by_peer, id);
	if (!err)
		session->peer_id = id;
	return err;
}

static void session_free(struct session *session)
{
	struct tunnel *tunnel = session->tunnel;

	if (session->id)
		table_remove(&tunnel->by_id, &session->by_id);
	if (session->peer_id)
		table_remove(&tunnel->by_peer, &session->by_peer);
	list_remove(&session->link);
	list_remove(&session->notice_link);
	tunnel->ending_count -= session->state == SESSION_ENDING;
	free(session->icrq);
	free(session->farewell);
	free(session);
}

/* The last thing that happens to a session. */
static void session_end(struct session *session, const struct l2tp_result *why,
			enum ended_by by)
{
	const struct session_ops *ops = session->ops;
	void *ctx = session->ctx;

	session_free(session);
	if (ops)
		ops->closed(ctx, why, by);
}

static void send_cdn(struct tunnel *tunnel, uint16_t own, uint16_t peer,
		     const struct l2tp_result *why, struct instant now)
{
	uint8_t list[640];
	struct builder b = builder_on(list, sizeof(list));

	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_CDN);
	result_build(&b, why);
	avp_build_u16(&b, AVP_ASSIGNED_SESSION, own);
	result_build_causes(&b, why);
	tunnel_send(tunnel, L2TP_CDN, peer, &b, now);
}

/* An id that names none of our sessions. */
static uint16_t unused_id(const struct tunnel *tunnel)
{
	uint16_t id = 0;

	for (int i = 0; i < REFUSAL_TRIES; i++) {
		tunnel->ops->random(&id, sizeof(id));
		if (id && !session_find(tunnel, id))
			break;
	}
	return id ? id : 1;
}

void session_refuse(struct tunnel *tunnel, uint16_t peer_session,
		    const struct l2tp_result *why, struct instant now)
{
	if (!peer_session) {
		tunnel->malformed++;
		return;
	}
	send_cdn(tunnel, unused_id(tunnel), peer_session, why, now);
}

/* ---- LAC ----------------------------------------------------------------- */

static void send_icrq(struct session *session, struct instant now)
{
	uint8_t list[TUNNEL_MESSAGE_MAX];
	struct builder b = builder_on(list, sizeof(list));

	icrq_build(&b, session->id, session->icrq);
	free(session->icrq);
	session->icrq = NULL;
	session_set_state(session, SESSION_WAIT_REPLY, "tunnel is up", now);
	if (session->ops->requested)
		session->ops->requested(session->ctx);
	tunnel_send(session->tunnel, L2TP_ICRQ, 0, &b, now);
}

/* Whether a request's strings fit in AVPs. */
static bool icrq_fits(const struct icrq *icrq)
{
	return icrq->called.len <= AVP_VALUE_MAX &&
	       icrq->calling.len <= AVP_VALUE_MAX &&
	       icrq->sub_address.len <= AVP_VALUE_MAX;
}

struct session *session_open(struct tunnel *tunnel, uint16_t id,
			     const struct icrq *icrq,
			     const struct session_ops *ops, void *ctx,
			     struct instant now)
{
	struct session *session;

	if (tunnel->state >= TUNNEL_CLOSING || !icrq_fits(icrq))
		return NULL;
	session = session_new(tunnel, true);
	if (!session)
		return NULL;
	session->icrq = icrq_copy(icrq);
	if (!session->icrq || session_set_id(session, id)) {
		session_free(session);
		return NULL;
	}
	session->ops = ops;
	session->ctx = ctx;
	session_set_state(session, SESSION_WAIT_TUNNEL, "opened", now);
	if (tunnel->state == TUNNEL_ESTABLISHED)
		send_icrq(session, now);
	return session;
}

void session_start_waiting(struct tunnel *tunnel, struct instant now)
{
	while (tunnel->state == TUNNEL_ESTABLISHED &&
	       !list_empty(&tunnel->setting_up)) {
		struct session *first = list_entry(tunnel->setting_up.next,
						   struct session, link);

		if (first->state != SESSION_WAIT_TUNNEL)
			return;
		send_icrq(first, now);
	}
}

void session_got_icrp(struct session *session, const struct avps *avps,
		      struct instant now)
{
	struct l2tp_result why = {
		.result = CDN_ERROR,
		.error = L2TP_ERROR_SESSION,
	};

	/* a second ICRP before our ICCN, or an id of another session */
	if (session->peer_id ||
	    session_set_peer(session, avps_u16(avps, AVP_ASSIGNED_SESSION))) {
		session_reject(session, avps, &why, now);
		return;
	}
	session->ops->replied(session->ctx, session);
}

int session_connect(struct session *session, const struct iccn *iccn,
		    struct instant now)
{
	struct tunnel *tunnel = session->tunnel;
	uint8_t list[TUNNEL_MESSAGE_MAX];
	struct builder b = builder_on(list, sizeof(list));
	uint8_t vector[16];
	struct avp_hiding hiding = {0};

	if (session->state != SESSION_WAIT_REPLY || !session->peer_id)
		return -EPROTO;
	if (tunnel->config.hide) {
		tunnel->ops->random(vector, sizeof(vector));
		hiding.secret = view_text(tunnel->config.secret);
		hiding.vector = VIEW(vector);
	}
	iccn_build(&b, iccn, &hiding);
	if (b.full)
		return -EPROTO;
	session_set_state(session, SESSION_ESTABLISHED, "ICRP", now);
	tunnel_send(tunnel, L2TP_ICCN, session->peer_id, &b, now);
	return 0;
}

/* ---- LNS ----------------------------------------------------------------- */

static void send_icrp(struct session *session, struct instant now)
{
	uint8_t list[64];
	struct builder b = builder_on(list, sizeof(list));

	avp_build_u16(&b, AVP_MESSAGE_TYPE, L2TP_ICRP);
	avp_build_u16(&b, AVP_ASSIGNED_SESSION, session->id);
	session_set_state(session, SESSION_WAIT_CONNECT, "ICRQ", now);
	tunnel_send(session->tunnel, L2TP_ICRP, session->peer_id, &b, now);
}

/* The owner took the call: the session gets its id and its place. */
static int session_adopt(struct session *session,
			 const struct session_accept *accept, uint16_t peer)
{
	int err;

	/* the owner may have closed the tunnel meanwhile */
	if (session->tunnel->state != TUNNEL_ESTABLISHED)
		return -ECANCELED;
	err = session_set_id(session, accept->id);
	return err ? err : session_set_peer(session, peer);
}

static void incoming(struct session *session, const struct icrq *icrq,
		     struct instant now)
{
	struct tunnel *tunnel = session->tunnel;
	struct l2tp_result why = {.result = CDN_TEMPORARY};
	struct session_accept accept = {0};

	if (tunnel->ops->incoming(tunnel->ctx, session, icrq, &accept, &why)) {
		session_free(session);
		if (tunnel->state == TUNNEL_ESTABLISHED)
			session_refuse(tunnel, icrq->peer_session, &why, now);
		return;
	}
	session->ops = accept.ops;
	session->ctx = accept.ctx;
	if (!session_adopt(session, &accept, icrq->peer_session)) {
		send_icrp(session, now);
		return;
	}
	why = (struct l2tp_result){.result = CDN_TEMPORARY};
	if (tunnel->state == TUNNEL_ESTABLISHED)
		session_refuse(tunnel, icrq->peer_session, &why, now);
	session_end(session, &why, ENDED_BY_US);
}

void session_got_icrq(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now)
{
	struct l2tp_result why = {
		.result = CDN_ERROR,
		.error = L2TP_ERROR_SESSION,
	};
	struct session *session;
	struct icrq icrq;

	icrq_read(avps, &icrq);
	if (session_find_peer(tunnel, icrq.peer_session)) {
		session_refuse(tunnel, icrq.peer_session, &why, now);
		return;
	}
	session = session_new(tunnel, false);
	if (!session) {
		why.error = L2TP_ERROR_RESOURCES;
		session_refuse(tunnel, icrq.peer_session, &why, now);
		return;
	}
	incoming(session, &icrq, now);
}

void session_got_ocrq(struct tunnel *tunnel, const struct avps *avps,
		      struct instant now)
{
	const struct l2tp_result why = {.result = CDN_PERMANENT};

	session_refuse(tunnel, avps_u16(avps, AVP_ASSIGNED_SESSION), &why, now);
}

void session_got_iccn(struct session *session, const struct avps *avps,
		      struct instant now)
{
	struct iccn iccn;

	iccn_read(avps, &iccn);
	session_set_state(session, SESSION_ESTABLISHED, "ICCN", now);
	session->ops->connected(session->ctx, session, &iccn);
}

/* ---- both ---------------------------------------------------------------- */

static enum avp_number notice_avp(uint16_t type)
{
	return type == L2TP_WEN ? AVP_CALL_ERRORS : AVP_ACCM;
}

void session_got_notice(struct session *session, const struct avps *avps,
			struct instant now)
{
	enum avp_number number = notice_avp(avps->type);

	(void)now;
	if (session->state == SESSION_ESTABLISHED && session->ops->notice &&
	    avps_has(avps, number))
		session->ops->notice(session->ctx,
				     (enum l2tp_message)avps->type,
				     avps->value[number]);
}

static void send_notice(struct session *session, struct instant now)
{
	struct tunnel *tunnel = session->tunnel;
	uint16_t type = session->notice_type;
	uint8_t list[64];
	struct builder b = builder_on(list, sizeof(list));

	avp_build_u16(&b, AVP_MESSAGE_TYPE, type);
	avp_build(&b, notice_avp(type), bytes_view(&session->notice));
	session->notice_type = 0;
	list_remove(&session->notice_link);
	session->notice_rest = instant_after(now, SESSION_NOTICE_MS);
	/* all of the list rest equally long, so it stays in order */
	list_append(&tunnel->noticed, &session->notice_link);
	tunnel_send(tunnel, type, session->peer_id, &b, now);
}

void session_send_notices(struct tunnel *tunnel, struct instant now)
{
	while (tunnel->state == TUNNEL_ESTABLISHED &&
	       !list_empty(&tunnel->notices) &&
	       channel_has_room(&tunnel->channel))
		send_notice(list_entry(tunnel->notices.next, struct session,
				       notice_link),
			    now);
}

void session_notice(struct session *session, enum l2tp_message type,
		    struct view value, struct instant now)
{
	struct tunnel *tunnel = session->tunnel;

	if (session->state != SESSION_ESTABLISHED ||
	    tunnel->state != TUNNEL_ESTABLISHED ||
	    bytes_set(&session->notice, value))
		return;
	tunnel->notices_replaced += session->notice_type != 0;
	session->notice_type = (uint16_t)type;
	if (list_empty(&session->notice_link))
		list_append(&tunnel->notices, &session->notice_link);
	session_send_notices(tunnel, now);
}

static struct instant notice_deadline(const struct tunnel *tunnel)
{
	if (list_empty(&tunnel->noticed))
		return NEVER;
	return list_entry(tunnel->noticed.next, struct session, notice_link)
		->notice_rest;
}

static void notice_timeout(struct tunnel *tunnel, struct instant now)
{
	while (instant_due(notice_deadline(tunnel), now)) {
		struct session *session = list_entry(
			tunnel->noticed.next, struct session, notice_link);

		list_remove(&session->notice_link);
		if (session->notice_type)
			list_append(&tunnel->notices, &session->notice_link);
	}
}

void session_got_cdn(struct session *session, const struct avps *avps)
{
	struct tunnel *tunnel = session->tunnel;
	struct l2tp_result why;

	result_read(avps, &why);
	log_debug("tunnel %u/%s: session %u: CDN: result %u error %u %s",
		  tunnel->config.id, tunnel_peer(tunnel), session->id,
		  why.result, why.error, why.text);
	session_end(session, &why, ENDED_BY_PEER);
}

/* The owner is told that it is over; the peer is when it has an id. */
static void session_linger(struct session *session,
			   const struct l2tp_result *why, enum ended_by by,
			   struct instant now)
{
	const struct session_ops *ops = session->ops;
	void *ctx = session->ctx;

	session->farewell = malloc(sizeof(*session->farewell));
	if (!session->farewell) {
		session_end(session, why, by);
		return;
	}
	*session->farewell = *why;
	session->ops = NULL;
	session_set_state(session, SESSION_ENDING, "closed before ICRP", now);
	ops->closed(ctx, why, by);
}

static void session_cancel(struct session *session,
			   const struct l2tp_result *why, enum ended_by by,
			   struct instant now)
{
	struct tunnel *tunnel = session->tunnel;
	bool tell = session->state != SESSION_WAIT_TUNNEL &&
		    tunnel->state == TUNNEL_ESTABLISHED;

	if (tell && !session->peer_id) {
		session_linger(session, why, by, now);
		return;
	}
	if (tell)
		send_cdn(tunnel, session->id, session->peer_id, why, now);
	session_end(session, why, by);
}

/* Whether the list has an id of the peer's that a CDN can be sent to. */
static bool has_free_id(const struct tunnel *tunnel, const struct avps *avps)
{
	return avps_has(avps, AVP_ASSIGNED_SESSION) &&
	       !session_find_peer(tunnel, avps_u16(avps, AVP_ASSIGNED_SESSION));
}

void session_reject(struct session *session, const struct avps *avps,
		    const struct l2tp_result *why, struct instant now)
{
	if (!session->peer_id && has_free_id(session->tunnel, avps))
		session_set_peer(session, avps_u16(avps, AVP_ASSIGNED_SESSION));
	session_close(session, why, now);
}

void session_got_late(struct session *session, const struct avps *avps,
		      struct instant now)
{
	struct tunnel *tunnel = session->tunnel;

	switch (avps->type) {
	case L2TP_ICRP:
		tunnel->late_replies++;
		if (has_free_id(tunnel, avps))
			send_cdn(tunnel, session->id,
				 avps_u16(avps, AVP_ASSIGNED_SESSION),
				 session->farewell, now);
		session_free(session);
		break;
	case L2TP_CDN:
		session_free(session);
		break;
	default:
		tunnel->unknown_session++;
		break;
	}
}

void session_close(struct session *session, const struct l2tp_result *why,
		   struct instant now)
{
	session_cancel(session, why, ENDED_BY_US, now);
}

/* What the end of the tunnel means for a session, as a CDN would say it. */
static struct l2tp_result result_of_tunnel(const struct session *session,
					   const struct l2tp_result *tunnel_why,
					   enum ended_by by)
{
	bool wanted =
		by == ENDED_BY_US && (tunnel_why->result == STOPCCN_CLEAR ||
				      tunnel_why->result == STOPCCN_SHUTDOWN);
	struct l2tp_result why = {.result = CDN_CARRIER};

	if (wanted)
		why.result = CDN_ADMIN;
	else if (session->state != SESSION_ESTABLISHED)
		why.result = CDN_TEMPORARY; /* another tunnel may do */
	view_print(view_text(tunnel_why->text), why.text, sizeof(why.text));
	return why;
}

static void drop_list(struct list *head, const struct l2tp_result *tunnel_why,
		      enum ended_by by)
{
	while (!list_empty(head)) {
		struct session *session =
			list_entry(head->next, struct session, link);
		struct l2tp_result why =
			result_of_tunnel(session, tunnel_why, by);

		session_end(session, &why, by);
	}
}

void session_drop_all(struct tunnel *tunnel,
		      const struct l2tp_result *tunnel_why, enum ended_by by)
{
	drop_list(&tunnel->setting_up, tunnel_why, by);
	drop_list(&tunnel->established, tunnel_why, by);
	drop_list(&tunnel->ending, tunnel_why, by);
}

static struct instant list_deadline(const struct list *head)
{
	if (list_empty(head))
		return NEVER;
	return list_entry(head->next, struct session, link)->deadline;
}

struct instant session_deadline(const struct tunnel *tunnel)
{
	struct instant first = instant_first(list_deadline(&tunnel->setting_up),
					     list_deadline(&tunnel->ending));

	return instant_first(first, notice_deadline(tunnel));
}

void session_timeout(struct tunnel *tunnel, struct instant now)
{
	const struct l2tp_result why = {.result = CDN_TIMEOUT};

	while (instant_due(list_deadline(&tunnel->setting_up), now))
		session_cancel(list_entry(tunnel->setting_up.next,
					  struct session, link),
			       &why, ENDED_BY_SILENCE, now);
	while (instant_due(list_deadline(&tunnel->ending), now))
		session_free(
			list_entry(tunnel->ending.next, struct session, link));
	notice_timeout(tunnel, now);
}
