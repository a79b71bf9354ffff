/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The L2TP sessions of a call: as LNS on its access side (the call begins with
 * an ICRQ), as LAC on its core side (the call goes on in a tunnel); see call.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "switch/call.h"
#include "switch/policy.h"
#include "switch/service.h"

enum { FRAMING_SYNC = 1 };

_Static_assert((int)NODE_REST_MS > (int)SESSION_ENDING_MS,
	       "a session id would come back too early");

void call_close_session(struct call_leg *leg, const struct l2tp_result *why)
{
	struct session *session = leg->session;

	if (!session)
		return;
	leg->session = NULL;
	session_close(session, why, leg->entry->node->now);
}

/* Why a session that ended took its call with it. */
static enum cause cause_of_end(const struct call_leg *leg,
			       const struct l2tp_result *why, enum ended_by by)
{
	struct tunnel_info info = tunnel_info(leg->entry->control);

	if (info.state != TUNNEL_ESTABLISHED)
		/* a tunnel that we end for no fault was ended by somebody */
		return by == ENDED_BY_US && why->result == CDN_ADMIN
			       ? CAUSE_ADMIN
			       : CAUSE_TUNNEL_DOWN;
	if (by == ENDED_BY_PEER)
		return CAUSE_PEER_CDN;
	if (by == ENDED_BY_SILENCE)
		return CAUSE_SETUP_TIMEOUT;
	return why->result == CDN_ERROR ? CAUSE_PROTOCOL : CAUSE_NO_RESOURCES;
}

/* Passes a peer's error on to the other peer unchanged. */
static void call_keep_result(struct call *call, enum cause cause,
			     const struct l2tp_result *why)
{
	if (cause != CAUSE_PEER_CDN && cause != CAUSE_PROTOCOL)
		return;
	call->peer_result = *why;
	call->has_peer_result = true;
	call->result_received = cause == CAUSE_PEER_CDN;
}

/* ---- core side: we are the LAC of this session --------------------------- */

/* No tunnel is left to try. */
static void call_no_tunnel(struct call *call)
{
	struct node *node = call->node;

	if (!call->ppp || call->state == CALL_CLOSING) {
		call_end(call, CAUSE_NO_TUNNEL);
		return;
	}
	if (!ppp_is_pending(call->ppp)) {
		/* the client negotiates again, and will say who it is */
		call_set_state(call, CALL_SETUP, "no tunnel");
		return;
	}
	call->closing = CAUSE_NO_TUNNEL;
	ppp_reject(call->ppp, "service unavailable", node->now);
	call_ppp_settle(call);
}

/*
 * Whether the tunnel ended before the peer answered the call, so that the peer
 * did not refuse the call itself.  It closed the tunnel while the call chose
 * it, or it had restarted and forgotten the tunnel.
 */
static bool core_has_crossed(const struct call *call, enum ended_by by)
{
	const struct tunnel_entry *entry = call->core.entry;
	struct tunnel_info info = tunnel_info(entry->control);

	if (by == ENDED_BY_SILENCE)
		return entry->was_up && !call->core.tunnel_is_new &&
		       info.state >= TUNNEL_CLOSING;
	return info.state == TUNNEL_LINGER &&
	       info.ended.result != STOPCCN_UNAUTHORISED &&
	       (entry->was_up || stopccn_is_clear(info.ended.result) ||
		info.ended.result == STOPCCN_EXISTS ||
		info.ended.result == STOPCCN_SHUTDOWN);
}

/* Gives up the current tunnel; `back`: it may be chosen once more. */
static void core_try_on(struct call *call, enum cause cause, bool back)
{
	if (back)
		call->tried &= (uint8_t)~(1u << call->attempt);
	else
		call->core.entry->destination->failed_calls++;
	call_release_core(call, cause);
	call_tunnel(call);
}

/* The call may go on in another tunnel: this is not its end. */
static void core_log_refusal(const struct call *call, enum cause cause,
			     const struct l2tp_result *why)
{
	if (node_may_log(call->node))
		log_notice("call %u: %s: %s, result %u error %u %s", call->id,
			   call->core.entry->subject, cause_text(cause),
			   why->result, why->error, why->text);
}

/* Another tunnel may do better, or a new one to the same peer. */
static void core_closed_early(struct call *call, enum cause cause,
			      enum ended_by by)
{
	uint8_t bit = (uint8_t)(1u << call->attempt);
	bool again = !(call->tried_again & bit) && core_has_crossed(call, by);

	if (again)
		call->tried_again |= bit;
	core_try_on(call, cause, again);
}

/* Before the session was established the call can go on. */
static void core_closed(void *ctx, const struct l2tp_result *why,
			enum ended_by by)
{
	struct call *call = ctx;
	struct tunnel_info tunnel;
	enum cause cause;

	if (call->state == CALL_ENDED || !call->core.session)
		return;
	call->core.session = NULL;
	tunnel = tunnel_info(call->core.entry->control);
	if (tunnel.state >= TUNNEL_CLOSING)
		tunnel_entry_ended(call->core.entry, &tunnel.ended, by);
	cause = cause_of_end(&call->core, why, by);
	call_keep_result(call, cause, why);
	if (call->state == CALL_TUNNELLING) {
		core_log_refusal(call, cause, why);
		core_closed_early(call, cause, by);
		return;
	}
	if (cause == CAUSE_TUNNEL_DOWN && call->access.kind == LEG_L2TP) {
		call->peer_result = (struct l2tp_result){
			.result = CDN_ERROR,
			.error = L2TP_ERROR_VENDOR,
			.text = "tunnel to the LNS is down",
		};
		call->has_peer_result = true;
	}
	call_end(call, cause);
}

/* What the LNS gets to know: all an LTS was told, or what PPP negotiated. */
static void core_fill_iccn(struct call *call, struct iccn *iccn)
{
	*iccn = (struct iccn){.framing = FRAMING_SYNC};
	if (call->iccn)
		*iccn = *call->iccn;
	call_line_speeds(call, iccn);
	iccn->sequencing = call->core.sequenced; /* each leg for itself */
	if (call->ppp)
		ppp_hand_over(call->ppp, &iccn->proxy);
}

static void core_replied(void *ctx, struct session *session)
{
	struct call *call = ctx;
	struct iccn iccn;

	call->core.session = session;
	list_remove(&call->waiting);
	/* of tunnels that refused before */
	call->has_peer_result = call->result_received = false;
	if (call->ppp && ppp_info(call->ppp).phase == PPP_TERMINATE) {
		/* PPP is terminating: there is nothing to hand over */
		call_release_core(call, call->closing);
		return;
	}
	if (call_join(call)) {
		call_end(call, CAUSE_NO_RESOURCES);
		return;
	}
	core_fill_iccn(call, &iccn);
	if (session_connect(session, &iccn, call->node->now)) {
		call_end(call, CAUSE_INTERNAL);
		return;
	}
	call_ppp_stop(call); /* PPP is between client and LNS from here */
	alarm_set(&call->node->alarms, &call->alarm, NEVER);
	if (call->access.kind == LEG_PPPOE)
		node_step(call->node, "lac", 5, call->id,
			  "LCP and authentication results are sent to the LNS");
	call_set_state(call, CALL_UP, "session is established");
}

static void core_requested(void *ctx)
{
	struct call *call = ctx;
	const struct tunnel_entry *entry = call->core.entry;
	bool opened = call->core.tunnel_is_new;
	char text[128];

	snprintf(text, sizeof(text), "session %u in %s tunnel %u to %s",
		 call->core.l2tp_session, opened ? "new" : "existing",
		 entry->id, address_text(entry->destination->peer));
	if (call->access.kind == LEG_PPPOE)
		node_step(call->node, "lac", 4, call->id, text);
	node_event(call->node, "session-open", "s:i,s:i,s:b", "call",
		   (int)call->id, "tunnel", entry->id, "new", opened);
}

/* Line errors and ACCMs are between LAC and LNS: a switch carries them. */
static void leg_relay(struct call_leg *to, enum l2tp_message type,
		      struct view value)
{
	if (to->kind != LEG_L2TP || !to->session)
		return;
	session_notice(to->session, type, value, to->entry->node->now);
	tunnel_entry_settle(to->entry);
}

static void core_notice(void *ctx, enum l2tp_message type, struct view value)
{
	struct call *call = ctx;

	leg_relay(&call->access, type, value);
}

static const struct session_ops core_ops = {
	.requested = core_requested,
	.replied = core_replied,
	.notice = core_notice,
	.closed = core_closed,
};

static void core_fill_icrq(struct call *call, struct call_numbers *numbers,
			   struct icrq *icrq)
{
	struct node *node = call->node;

	if (call->icrq) {
		*icrq = *call->icrq;
	} else {
		call->serial = ++node->last_serial;
		*icrq = (struct icrq){
			.has = ICRQ_HAS_BEARER,
			.serial = call->serial,
		};
		call_line_numbers(call, call->domain->tunnels[call->attempt],
				  numbers, icrq);
	}
}

/* Opens a session of this tunnel; -errno: try another. */
static int core_open(struct call *call, struct tunnel_entry *entry, bool opened)
{
	struct node *node = call->node;
	struct call_numbers numbers;
	struct icrq icrq;
	uint16_t id;
	int err;

	if (call->core.kind != LEG_NONE)
		return -EBUSY; /* else its resources would never be released */
	err = node_take_id(node, entry->bank, &id);
	if (err)
		return err;
	core_fill_icrq(call, &numbers, &icrq);
	call->core = (struct call_leg){
		.kind = LEG_L2TP,
		.entry = entry,
		.l2tp_session = id,
		.tunnel_is_new = opened,
		.sequenced = call->domain->tunnels[call->attempt]->sequencing,
	};
	/* without AVP 39 the LNS decides (RFC 2661 section 5.4) */
	call->core.follows = !call->core.sequenced;
	call_set_slot(call, &call->core, dataplane_slot(entry->bank, id));
	tunnel_entry_hold(entry);
	list_append(&entry->waiting, &call->waiting);
	call->core.session = session_open(entry->control, id, &icrq, &core_ops,
					  call, node->now);
	if (!call->core.session) {
		call_release_core(call, CAUSE_NO_RESOURCES);
		return -ENOMEM;
	}
	tunnel_entry_settle(entry);
	return 0;
}

/* ---- which tunnel -------------------------------------------------------- */

static bool choice_is_left(const struct call *call, unsigned int at)
{
	return at < call->domain->tunnel_count && !(call->tried >> at & 1);
}

/* The first whose destination answers, as far as we know; -1: none does. */
static int choice_good(const struct call *call)
{
	for (unsigned int at = 0; at < call->domain->tunnel_count; at++)
		if (choice_is_left(call, at) &&
		    !destination_is_last(call->node,
					 call->domain->tunnels[at]))
			return (int)at;
	return -1;
}

/* If all have failed: the one that failed first; -1: none is left. */
static int choice_last(const struct call *call)
{
	uint64_t oldest = UINT64_MAX;
	int best = -1;

	for (unsigned int at = 0; at < call->domain->tunnel_count; at++) {
		struct instant failed = destination_failed_at(
			call->node, call->domain->tunnels[at]);

		if (!choice_is_left(call, at) || failed.ms >= oldest)
			continue;
		oldest = failed.ms;
		best = (int)at;
	}
	return best;
}

/* Probes the failed destinations that were passed over. */
static int call_choose(const struct call *call)
{
	int best = choice_good(call);

	if (best < 0)
		return choice_last(call);
	for (unsigned int at = 0; at < (unsigned int)best; at++)
		if (choice_is_left(call, at))
			destination_probe(call->node,
					  call->domain->tunnels[at]);
	return best;
}

void call_tunnel(struct call *call)
{
	int at;

	service_choose(call, NULL);
	while ((at = call_choose(call)) >= 0) {
		const struct conf_tunnel *conf = call->domain->tunnels[at];
		struct tunnel_entry *entry;
		bool opened;

		call->attempt = (unsigned int)at;
		call->tried |= (uint8_t)(1u << at);
		entry = tunnel_entry_for(call->node, conf, &opened);
		if (!entry || core_open(call, entry, opened))
			continue;
		call_set_state(call, CALL_TUNNELLING, entry->subject);
		return;
	}
	call_no_tunnel(call);
}

/* Allows the same destination only once more, against endless loops. */
static bool call_may_move(struct call *call, bool back)
{
	uint8_t bit = (uint8_t)(1u << call->attempt);

	if (!back)
		return choice_good(call) >= 0;
	if (call->tried_again & bit)
		return false;
	call->tried_again |= bit;
	return true;
}

void calls_move(struct tunnel_entry *entry, bool back)
{
	struct list rest;

	/* a call that moves may end, but none of the others does */
	list_init(&rest);
	while (!list_empty(&entry->waiting)) {
		struct call *call = list_entry(entry->waiting.next, struct call,
					       waiting);

		list_remove(&call->waiting);
		if (!call_may_move(call, back)) {
			list_append(&rest, &call->waiting);
			continue;
		}
		node_count(entry->node, COUNT_CALLS_MOVED);
		core_try_on(call, CAUSE_SETUP_TIMEOUT, back);
	}
	while (!list_empty(&rest)) {
		struct list *link = rest.next;

		list_remove(link);
		list_append(&entry->waiting, link);
	}
}

/* ---- access side: we are the LNS of this session ------------------------- */

/*
 * The proxied name alone says where the call goes on, unless what the LAC says
 * is not to be used: then the subscriber is asked.
 */
static bool access_switch(struct call *call, const struct proxy *proxy)
{
	const struct conf_host *host = call->host;
	struct node *node = call->node;

	if (!host->tunnel_switch || !host->proxy_lcp || !host->proxy_auth ||
	    !(proxy->has & PROXY_HAS_AUTH_NAME))
		return false;
	call->domain = policy_domain(node->conf, proxy->auth_name);
	if (call->domain && call->domain->action == CONF_LOCAL)
		return false;
	view_print(proxy->auth_name, call->user, sizeof(call->user));
	if (!call->domain)
		call_end(call, CAUSE_NO_DOMAIN);
	else if (call->domain->action == CONF_REFUSE)
		call_end(call, CAUSE_REFUSED);
	else
		call_tunnel(call);
	return true;
}

static void access_tell_proxy(const struct call *call)
{
	struct ppp_info info = ppp_info(call->ppp);
	char text[160];

	if (info.proxy_lcp == PROXY_USED) {
		node_step(call->node, "lns", 7, call->id,
			  "proxy LCP is acceptable: LCP is open, no packet was "
			  "exchanged");
		return;
	}
	snprintf(text, sizeof(text), "proxy LCP is %s%s%s: LCP is negotiated",
		 proxy_use_name(info.proxy_lcp), *info.proxy_why ? ", " : "",
		 info.proxy_why);
	node_step(call->node, "lns", 7, call->id, text);
}

/* RFC 2661 6.8 requires the AVP; a call does not need what it says. */
static void access_note_speed(const struct call *call, const struct iccn *iccn)
{
	const struct tunnel_entry *entry = call->access.entry;

	if (iccn->has & ICCN_HAS_TX_SPEED)
		return;
	node_count(call->node, COUNT_ICCN_NO_SPEED);
	if (node_may_log(call->node))
		log_info("call %u: ICCN of %s has no (Tx) Connect Speed",
			 call->id, entry->subject);
}

static void access_connected(void *ctx, struct session *session,
			     const struct iccn *iccn)
{
	struct call *call = ctx;
	struct node *node = call->node;

	(void)session;
	access_note_speed(call, iccn);
	call->access.sequenced = iccn->sequencing || call->host->sequencing;
	call->iccn = iccn_copy(iccn);
	if (!call->iccn) {
		call_end(call, CAUSE_NO_RESOURCES);
		return;
	}
	if (access_switch(call, &call->iccn->proxy))
		return;
	if (call_ppp_new(call)) {
		call_end(call, CAUSE_NO_RESOURCES);
		return;
	}
	node_step(node, "lns", 5, call->id, "dynamic PPP interface is created");
	node_step(node, "lns", 6, call->id,
		  iccn->proxy.has ? "proxy data of the LAC goes to PPP"
				  : "the LAC sent no proxy data");
	call_ppp_start(call);
	if (call->state != CALL_ENDED && call->ppp)
		access_tell_proxy(call);
}

static void access_closed(void *ctx, const struct l2tp_result *why,
			  enum ended_by by)
{
	struct call *call = ctx;
	enum cause cause;

	if (call->state == CALL_ENDED)
		return;
	call->access.session = NULL;
	cause = cause_of_end(&call->access, why, by);
	call_keep_result(call, cause, why);
	call_end(call, cause);
}

static void access_notice(void *ctx, enum l2tp_message type, struct view value)
{
	struct call *call = ctx;

	leg_relay(&call->core, type, value);
}

static const struct session_ops access_ops = {
	.notice = access_notice,
	.connected = access_connected,
	.closed = access_closed,
};

static void refuse_for(struct node *node, enum counter counter,
		       struct l2tp_result *why)
{
	node_count(node, counter);
	*why = (struct l2tp_result){.result = CDN_TEMPORARY};
}

/* Gives a new call its access leg; -errno: it has none. */
static int access_make(struct call *call, struct tunnel_entry *entry,
		       struct session *session, const struct icrq *icrq)
{
	struct node *node = call->node;
	struct call_leg *leg = &call->access;
	uint16_t id;
	int err;

	call->icrq = icrq_copy(icrq);
	if (!call->icrq)
		return -ENOMEM;
	err = node_take_id(node, entry->bank, &id);
	if (err)
		return err;
	*leg = (struct call_leg){
		.kind = LEG_L2TP,
		.entry = entry,
		.session = session,
		.l2tp_session = id,
	};
	call_set_slot(call, leg, dataplane_slot(entry->bank, id));
	tunnel_entry_hold(entry);
	call->host = entry->in;
	call->serial = icrq->serial;
	return call_access_install(call);
}

int call_incoming(struct tunnel_entry *entry, struct session *session,
		  const struct icrq *icrq, struct session_accept *accept,
		  struct l2tp_result *why)
{
	struct node *node = entry->node;
	struct call *call;

	if (!entry->in) {
		/* we opened this tunnel as LAC: no calls come from an LNS */
		refuse_for(node, COUNT_CALL_NOT_LAC, why);
		return -EPERM;
	}
	if (entry->max_calls && entry->calls >= entry->max_calls) {
		refuse_for(node, COUNT_CALL_LIMIT, why);
		return -EDQUOT;
	}
	call = call_new(node);
	if (!call || access_make(call, entry, session, icrq)) {
		refuse_for(node, COUNT_CALL_NO_RESOURCES, why);
		if (call) {
			call->access.session = NULL; /* refused, not closed */
			call_end(call, CAUSE_NO_RESOURCES);
		}
		return -ENOSPC;
	}
	accept->id = call->access.l2tp_session;
	accept->ops = &access_ops;
	accept->ctx = call;
	node_step(node, "lns", 4, call->id, "the LAC opened a session");
	return 0;
}
