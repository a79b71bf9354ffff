/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The phases of a PPP link (RFC 1661 section 3): drives LCP, authentication and
 * IPCP, dispatches packets to them, and records why a link ends.  See ppp.h.
 */
#include "proto/ppp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "proto/auth.h"
#include "proto/chap.h"
#include "proto/ipcp.h"
#include "proto/lcp.h"
#include "proto/proxy_judge.h"

const struct ppp_config ppp_config_default = {
	.name = "l2xd",
	.auth = {PPP_AUTH_CHAP, PPP_AUTH_PAP},
	.auth_count = 2,
	.mru = 1492,
	.peer_mru_min = 576,
	.peer_mru_max = 1492,
	.peer_mru_default = 1492,
	.restart_ms = 3000,
	.max_configure = 10,
	.max_terminate = 2,
	.max_failure = 5,
	.echo_ms = 30000,
	.echo_failures = 3,
	.lcp_limit_ms = 30000,
	.auth_limit_ms = 60000,
	.ncp_limit_ms = 60000,
};

enum {
	/* a link that was up so long may take the time of a set-up again */
	SETTLED_MS = 60000,
};

struct ppp {
	struct ppp_config config;
	const struct ppp_ops *ops;
	void *ctx;
	char subject[32];
	enum ppp_phase phase;
	bool over; /* ops->ended was called */
	struct instant limit; /* of this phase */
	/*
	 * What is left of the time for each phase.  A client that renegotiates
	 * gets only the rest, else it could do so for ever.
	 */
	uint32_t left_ms[PPP_TERMINATE];
	struct instant up_since; /* IPCP, if network_up */
	struct lcp lcp;
	struct auth auth;
	bool ipcp_on; /* there is an address to give */
	struct ipcp ipcp;
	struct ppp_addresses ip4;
	bool network_up;
	struct ppp_end end; /* why it is being terminated */
	enum proxy_use proxy_lcp;
	enum proxy_use proxy_auth;
	const char *proxy_why;
	uint64_t dropped;
};

/* ---- names --------------------------------------------------------------- */

const char *ppp_phase_name(enum ppp_phase phase)
{
	static const char *const names[] = {
		"dead",	    "establish", "authenticate",
		"network",  "terminate", "handed-over",
	};

	return names[phase];
}

const char *proxy_use_name(enum proxy_use use)
{
	static const char *const names[] = {
		"not-offered", "used", "absent", "disabled", "unacceptable",
		"renegotiated",
	};

	return names[use];
}

/* ---- frames and credentials ---------------------------------------------- */

int ppp_frame_read(struct view frame, uint16_t *protocol, struct view *info)
{
	struct reader r = reader_of_view(frame);
	struct reader past = r;
	uint16_t head, number;
	uint8_t first;

	if (!read_u16(&past, &head) && head == 0xFF03)
		r = past;
	past = r;
	if (read_u8(&past, &first) || first == 0xFF)
		return -EBADMSG;
	if (first & 1)
		number = first;
	else if (read_u16(&r, &number))
		return -EBADMSG;
	if (first & 1)
		r = past;
	*protocol = number;
	*info = read_rest(&r);
	return 0;
}

bool ppp_credentials_check(const struct ppp_credentials *credentials,
			   struct view secret)
{
	uint8_t right[CHAP_MD5_LEN];

	switch (credentials->method) {
	case PPP_AUTH_PAP:
		return view_equal_secret(credentials->response, secret);
	case PPP_AUTH_CHAP:
		chap_md5(credentials->id, secret, credentials->challenge,
			 right);
		return view_equal_secret(credentials->response, VIEW(right));
	default:
		return false;
	}
}

/* ---- the end ------------------------------------------------------------- */

/* RFC 3145 codes; protocol 0 is filled in where the reason has one. */
static const struct ppp_end ends[] = {
	[PPP_END_USER] = {PPP_END_USER, {true, 3, 0, 1},
		"client terminated the link"},
	[PPP_END_ADMIN] = {PPP_END_ADMIN, {true, 1, 0, 0},
		"closed by the operator"},
	[PPP_END_LCP_TIMEOUT] = {PPP_END_LCP_TIMEOUT, {true, 5, PPP_LCP, 0},
		"LCP did not converge"},
	[PPP_END_LOOPBACK] = {PPP_END_LOOPBACK, {true, 7, PPP_LCP, 0},
		"link is looped back"},
	[PPP_END_ECHO] = {PPP_END_ECHO, {true, 8, PPP_LCP, 0},
		"client does not answer echo requests"},
	[PPP_END_AUTH_PROTOCOL] = {PPP_END_AUTH_PROTOCOL, {true, 15, 0, 1},
		"client accepts no authentication method of ours"},
	[PPP_END_AUTH_TIMEOUT] = {PPP_END_AUTH_TIMEOUT, {true, 13, 0, 0},
		"client did not authenticate in time"},
	[PPP_END_AUTH_FAILED] = {PPP_END_AUTH_FAILED, {true, 16, 0, 1},
		"authentication failed"},
	[PPP_END_NCP_TIMEOUT] = {PPP_END_NCP_TIMEOUT, {true, 17, PPP_IPCP, 0},
		"IPCP did not converge"},
	[PPP_END_NO_NCP] = {PPP_END_NO_NCP, {true, 18, 0, 0},
		"no network protocol was opened"},
	[PPP_END_ADDRESS] = {PPP_END_ADDRESS, {true, 19, PPP_IPCP, 2},
		"addresses were not agreed"},
	[PPP_END_PROTOCOL] = {PPP_END_PROTOCOL, {true, 5, PPP_LCP, 0},
		"client rejected an essential part of LCP"},
};

static void ppp_set_end(struct ppp *ppp, enum ppp_end_reason reason)
{
	ppp->end = ends[reason];
	switch (reason) {
	case PPP_END_LCP_TIMEOUT:
		if (ppp->lcp.n.heard)
			break;
		ppp->end.cause.code = 6;
		ppp->end.text = "no LCP packet from the client";
		break;
	case PPP_END_AUTH_PROTOCOL:
		ppp->end.cause.protocol = ppp_auth_protocol(ppp->lcp.ours.auth);
		break;
	case PPP_END_AUTH_TIMEOUT:
	case PPP_END_AUTH_FAILED:
		ppp->end.cause.protocol = ppp_auth_protocol(ppp->auth.method);
		break;
	default:
		break;
	}
}

/* The time of a whole set-up. */
static void ppp_grant(struct ppp *ppp)
{
	ppp->left_ms[PPP_ESTABLISH] = ppp->config.lcp_limit_ms;
	ppp->left_ms[PPP_AUTHENTICATE] = ppp->config.auth_limit_ms;
	ppp->left_ms[PPP_NETWORK] = ppp->config.ncp_limit_ms;
}

/* The clock of this phase runs on from where it stopped. */
static void limit_start(struct ppp *ppp, struct instant now)
{
	const uint32_t limits[] = {
		[PPP_ESTABLISH] = ppp->config.lcp_limit_ms,
		[PPP_AUTHENTICATE] = ppp->config.auth_limit_ms,
		[PPP_NETWORK] = ppp->config.ncp_limit_ms,
		[PPP_HANDED_OVER] = 0,
	};

	if (limits[ppp->phase])
		ppp->limit = instant_after(now, ppp->left_ms[ppp->phase]);
}

static void limit_stop(struct ppp *ppp, struct instant now)
{
	if (instant_is_never(ppp->limit))
		return;
	ppp->left_ms[ppp->phase] = instant_due(ppp->limit, now)
					   ? 0
					   : (uint32_t)(ppp->limit.ms - now.ms);
	ppp->limit = NEVER;
}

static void ppp_set_phase(struct ppp *ppp, enum ppp_phase phase,
			  struct instant now)
{
	if (phase != ppp->phase)
		log_debug("%s: PPP %s -> %s", ppp->subject,
			  ppp_phase_name(ppp->phase), ppp_phase_name(phase));
	limit_stop(ppp, now);
	ppp->phase = phase;
	limit_start(ppp, now);
}

static void ppp_set_network(struct ppp *ppp, bool up)
{
	if (ppp->network_up == up)
		return;
	ppp->network_up = up;
	ppp->ops->network(ppp->ctx, up, &ppp->ip4);
}

/* Stops all timers and protocols of the link. */
static void ppp_silence(struct ppp *ppp, enum ppp_phase phase,
			struct instant now)
{
	lcp_stop(&ppp->lcp);
	auth_stop(&ppp->auth);
	ppp_set_phase(ppp, phase, now);
}

static void ppp_finish(struct ppp *ppp, struct instant now)
{
	if (ppp->over)
		return;
	ppp->over = true;
	ppp_silence(ppp, PPP_DEAD, now);
	log_debug("%s: PPP ended: %s", ppp->subject, ppp->end.text);
	ppp->ops->ended(ppp->ctx, &ppp->end);
}

/* ppp->end says why. */
static void ppp_goodbye(struct ppp *ppp, struct instant now)
{
	bool polite = lcp_is_open(&ppp->lcp);

	ppp_set_phase(ppp, PPP_TERMINATE, now);
	lcp_close(&ppp->lcp, now);
	if (!polite)
		ppp_finish(ppp, now);
}

static void ppp_terminate(struct ppp *ppp, enum ppp_end_reason reason,
			  struct instant now)
{
	if (ppp->over || ppp->phase == PPP_TERMINATE)
		return;
	ppp_set_end(ppp, reason);
	ppp_goodbye(ppp, now);
}

/* ---- what LCP says ------------------------------------------------------- */

static void on_lcp_send(void *ctx, struct view packet)
{
	struct ppp *ppp = ctx;

	ppp->ops->send(ppp->ctx, PPP_LCP, packet);
}

static void on_lcp_up(void *ctx, struct instant now)
{
	struct ppp *ppp = ctx;

	ppp_set_phase(ppp, PPP_AUTHENTICATE, now);
	auth_start(&ppp->auth, ppp->lcp.ours.auth, now);
}

/* Either the link ends, or the client has begun to negotiate again. */
static void on_lcp_down(void *ctx, struct instant now)
{
	struct ppp *ppp = ctx;

	auth_stop(&ppp->auth);
	if (ppp->ipcp_on)
		ipcp_down(&ppp->ipcp, now);
	ppp->ipcp_on = false;
	if (ppp->phase == PPP_TERMINATE || ppp->over)
		return;
	if (ppp->lcp.n.fsm.event == FSM_REJECT_BAD) {
		ppp_set_end(ppp, PPP_END_PROTOCOL);
		ppp_set_phase(ppp, PPP_TERMINATE, now);
		return;
	}
	/* what the LAC negotiated is over */
	if (ppp->proxy_lcp == PROXY_USED)
		ppp->proxy_lcp = PROXY_RENEGOTIATED;
	if (ppp->proxy_auth == PROXY_USED)
		ppp->proxy_auth = PROXY_RENEGOTIATED;
	ppp_set_phase(ppp, PPP_ESTABLISH, now);
}

static void on_lcp_finished(void *ctx, struct instant now)
{
	struct ppp *ppp = ctx;

	if (ppp->phase != PPP_TERMINATE)
		ppp_set_end(ppp, ppp->lcp.n.fsm.event == FSM_REJECT_BAD
					 ? PPP_END_PROTOCOL
					 : PPP_END_LCP_TIMEOUT);
	ppp_finish(ppp, now);
}

static void on_lcp_failed(void *ctx, enum ppp_end_reason reason,
			  struct instant now)
{
	struct ppp *ppp = ctx;

	if (reason != PPP_END_USER) {
		ppp_terminate(ppp, reason, now);
		return;
	}
	/* both said goodbye: the first reason counts */
	if (ppp->phase != PPP_TERMINATE)
		ppp_set_end(ppp, PPP_END_USER);
	ppp_finish(ppp, now);
}

static void on_lcp_rejected(void *ctx, uint16_t protocol, struct instant now)
{
	struct ppp *ppp = ctx;

	log_debug("%s: client does not know protocol %04x", ppp->subject,
		  protocol);
	if (ppp->phase == PPP_AUTHENTICATE &&
	    protocol == ppp_auth_protocol(ppp->auth.method)) {
		ppp_terminate(ppp, PPP_END_AUTH_PROTOCOL, now);
	} else if (ppp->phase == PPP_NETWORK && protocol == PPP_IPCP) {
		ppp_set_end(ppp, PPP_END_NO_NCP);
		ppp->end.cause.protocol = PPP_IPCP;
		ppp_goodbye(ppp, now);
	}
}

/* ---- what authentication says -------------------------------------------- */

static void on_auth_send(void *ctx, uint16_t protocol, struct view packet)
{
	struct ppp *ppp = ctx;

	ppp->ops->send(ppp->ctx, protocol, packet);
}

/* No limit here while the owner decides: it has its own. */
static void on_auth_identified(void *ctx, const struct ppp_credentials *who,
			       struct instant now)
{
	struct ppp *ppp = ctx;

	limit_stop(ppp, now);
	ppp->ops->identified(ppp->ctx, who);
}

static void on_auth_silent(void *ctx, struct instant now)
{
	ppp_terminate(ctx, PPP_END_AUTH_TIMEOUT, now);
}

/* ---- what IPCP says ------------------------------------------------------ */

static void on_ipcp_send(void *ctx, struct view packet)
{
	struct ppp *ppp = ctx;

	ppp->ops->send(ppp->ctx, PPP_IPCP, packet);
}

static void on_ipcp_up(void *ctx, struct instant now)
{
	struct ppp *ppp = ctx;

	limit_stop(ppp, now);
	ppp->up_since = now;
	ppp_set_network(ppp, true);
}

static void on_ipcp_down(void *ctx, struct instant now)
{
	struct ppp *ppp = ctx;

	if (ppp->network_up && now.ms - ppp->up_since.ms >= SETTLED_MS)
		ppp_grant(ppp);
	if (ppp->phase == PPP_NETWORK)
		limit_start(ppp, now);
	ppp_set_network(ppp, false);
}

static void on_ipcp_failed(void *ctx, enum ppp_end_reason reason,
			   uint8_t direction, struct instant now)
{
	struct ppp *ppp = ctx;

	if (ppp->phase != PPP_NETWORK)
		return;
	ppp_set_end(ppp, reason);
	ppp->end.cause.protocol = PPP_IPCP;
	ppp->end.cause.direction = direction;
	ppp_goodbye(ppp, now);
}

/* ---- life ---------------------------------------------------------------- */

static const struct ipcp_ops ipcp_ops = {
	.send = on_ipcp_send,
	.up = on_ipcp_up,
	.down = on_ipcp_down,
	.failed = on_ipcp_failed,
};

static const struct lcp_ops lcp_ops = {
	.send = on_lcp_send,
	.up = on_lcp_up,
	.down = on_lcp_down,
	.finished = on_lcp_finished,
	.failed = on_lcp_failed,
	.rejected = on_lcp_rejected,
};

static const struct auth_ops auth_ops = {
	.send = on_auth_send,
	.identified = on_auth_identified,
	.silent = on_auth_silent,
};

struct ppp *ppp_new(const struct ppp_config *config, const struct ppp_ops *ops,
		    void *ctx, const char *subject)
{
	struct ppp *ppp = calloc(1, sizeof(*ppp));

	if (!ppp)
		return NULL;
	ppp->config = *config;
	ppp->ops = ops;
	ppp->ctx = ctx;
	ppp->proxy_why = "";
	ppp->limit = NEVER;
	ppp_grant(ppp);
	snprintf(ppp->subject, sizeof(ppp->subject), "%s", subject);
	lcp_init(&ppp->lcp, &ppp->config, &lcp_ops, ppp, ops->random,
		 ppp->subject);
	auth_init(&ppp->auth, &ppp->config, &auth_ops, ppp, ops->random);
	ipcp_init(&ppp->ipcp, &ppp->config, &ppp->ip4, &ipcp_ops, ppp,
		  ppp->subject);
	return ppp;
}

void ppp_free(struct ppp *ppp)
{
	free(ppp);
}

void ppp_start(struct ppp *ppp, struct instant now)
{
	if (ppp->over || ppp->phase != PPP_DEAD)
		return;
	ppp_set_phase(ppp, PPP_ESTABLISH, now);
	lcp_start(&ppp->lcp, now);
}

/* What the LAC negotiated is what the next LNS is told, if there is one. */
static void ppp_keep_proxy(struct ppp *ppp, const struct proxy *proxy)
{
	struct negotiation *n = &ppp->lcp.n;

	n->answered = true; /* the client has no request of ours */
	bytes_set(&n->last_sent, proxy->last_sent);
	n->acked = !bytes_set(&n->last_received, proxy->last_received);
	n->acked_by_lac = true;
	/* the LAC has heard of the next phase */
	n->confirmed = proxy->has & PROXY_HAS_AUTH_RESPONSE;
	n->has_first = proxy->has & PROXY_HAS_INITIAL_RECEIVED &&
		       !bytes_set(&n->first_received, proxy->initial_received);
}

void ppp_start_proxy(struct ppp *ppp, const struct proxy *proxy, bool use_lcp,
		     bool use_auth, struct instant now)
{
	struct proxy_judgement j =
		proxy_judge(proxy, &ppp->config, use_lcp, use_auth);

	if (ppp->over || ppp->phase != PPP_DEAD)
		return;
	ppp->proxy_lcp = j.lcp;
	ppp->proxy_auth = j.auth;
	ppp->proxy_why = j.why;
	/* used or not, the client has talked to the LAC */
	if (proxy->has & PROXY_HAS_AUTH_ID)
		auth_continue(&ppp->auth, proxy->auth_id);
	ppp->lcp.ours.magic = j.magic;
	if (j.lcp != PROXY_USED) {
		ppp_start(ppp, now);
		return;
	}
	lcp_adopt(&ppp->lcp, &j.ours, &j.theirs, now);
	ppp_keep_proxy(ppp, proxy);
	ppp_set_phase(ppp, PPP_AUTHENTICATE, now);
	if (j.auth == PROXY_USED)
		auth_adopt(&ppp->auth, &j.who, now);
	else
		auth_start(&ppp->auth, j.ours.auth, now);
}

/* ---- input and time ------------------------------------------------------ */

/* Data and NCPs, by the classes of RFC 1661 section 2. */
static bool protocol_is_network(uint16_t protocol)
{
	return (protocol & 0xC000) != 0xC000;
}

static int ppp_unknown(struct ppp *ppp, uint16_t protocol, struct view info)
{
	if (ppp->phase == PPP_AUTHENTICATE && protocol_is_network(protocol))
		return -EPROTO;
	lcp_reject_protocol(&ppp->lcp, protocol, info);
	return 0;
}

/* A packet that is not LCP's, with LCP open. */
static int ppp_input_upper(struct ppp *ppp, uint16_t protocol,
			   struct view info, struct instant now)
{
	switch (protocol) {
	case PPP_PAP:
	case PPP_CHAP:
		return auth_input(&ppp->auth, protocol, info, now);
	case PPP_IPCP:
		if (ppp->ipcp_on)
			return ipcp_input(&ppp->ipcp, info, now);
		return ppp_unknown(ppp, protocol, info);
	case PPP_IPV4:
	case PPP_IPV6:
		return -EPROTO; /* the data plane's, or too early */
	default:
		return ppp_unknown(ppp, protocol, info);
	}
}

void ppp_input(struct ppp *ppp, uint16_t protocol, struct view info,
	       struct instant now)
{
	int status;

	if (ppp->phase == PPP_DEAD || ppp->phase == PPP_HANDED_OVER)
		status = -EPROTO;
	else if (protocol == PPP_LCP)
		status = lcp_input(&ppp->lcp, info, now);
	else if (!lcp_is_open(&ppp->lcp))
		status = -EPROTO;
	else
		status = ppp_input_upper(ppp, protocol, info, now);
	if (!status && protocol != PPP_LCP)
		negotiation_confirm(&ppp->lcp.n);
	if (status)
		ppp->dropped++;
}

void ppp_data_came(struct ppp *ppp)
{
	negotiation_confirm(&ppp->ipcp.n);
}

struct instant ppp_deadline(const struct ppp *ppp)
{
	struct instant first = instant_first(ppp->limit, ppp->auth.timer);

	first = instant_first(first, ppp->ipcp.n.fsm.timer);
	return instant_first(first, lcp_deadline(&ppp->lcp));
}

/* No NCP packet arrived, or the NCP never opened. */
static void ppp_ncp_limit(struct ppp *ppp, struct instant now)
{
	ppp_terminate(ppp,
		      ppp->ipcp_on && ppp->ipcp.n.heard ? PPP_END_NCP_TIMEOUT
							: PPP_END_NO_NCP,
		      now);
}

static void ppp_limit(struct ppp *ppp, struct instant now)
{
	ppp->limit = NEVER;
	if (ppp->phase == PPP_ESTABLISH)
		ppp_terminate(ppp, PPP_END_LCP_TIMEOUT, now);
	else if (ppp->phase == PPP_AUTHENTICATE)
		ppp_terminate(ppp, PPP_END_AUTH_TIMEOUT, now);
	else if (ppp->phase == PPP_NETWORK)
		ppp_ncp_limit(ppp, now);
}

void ppp_timeout(struct ppp *ppp, struct instant now)
{
	lcp_timeout(&ppp->lcp, now);
	auth_timeout(&ppp->auth, now);
	ipcp_timeout(&ppp->ipcp, now);
	if (instant_due(ppp->limit, now))
		ppp_limit(ppp, now);
}

/* ---- what the owner decides ---------------------------------------------- */

bool ppp_is_pending(const struct ppp *ppp)
{
	return ppp->phase == PPP_AUTHENTICATE &&
	       ppp->auth.state == AUTH_PENDING;
}

void ppp_accept(struct ppp *ppp, const struct ppp_addresses *ip4,
		struct instant now)
{
	if (!ppp_is_pending(ppp))
		return;
	auth_decide(&ppp->auth, true, "");
	ppp->ip4 = *ip4;
	ppp_set_phase(ppp, PPP_NETWORK, now);
	ppp->ipcp_on = ip4->user.s_addr != 0;
	if (!ppp->ipcp_on)
		return;
	ipcp_init(&ppp->ipcp, &ppp->config, ip4, &ipcp_ops, ppp, ppp->subject);
	ipcp_start(&ppp->ipcp, now);
}

void ppp_reject(struct ppp *ppp, const char *message, struct instant now)
{
	if (!ppp_is_pending(ppp))
		return;
	auth_decide(&ppp->auth, false, message);
	ppp_terminate(ppp, PPP_END_AUTH_FAILED, now);
}

static void credentials_to_proxy(const struct ppp_credentials *who,
				 struct proxy *out)
{
	out->has |= PROXY_HAS_AUTH_TYPE;
	if (who->method == PPP_AUTH_NONE) {
		out->auth_type = PROXY_AUTH_NONE;
		return;
	}
	out->has |= PROXY_HAS_AUTH_NAME | PROXY_HAS_AUTH_ID |
		    PROXY_HAS_AUTH_RESPONSE;
	out->auth_type = PROXY_AUTH_PAP;
	out->auth_name = who->name;
	out->auth_id = who->id;
	out->auth_response = who->response;
	if (who->method == PPP_AUTH_CHAP) {
		out->has |= PROXY_HAS_AUTH_CHALLENGE;
		out->auth_type = PROXY_AUTH_CHAP;
		out->auth_challenge = who->challenge;
	}
}

void ppp_hand_over(struct ppp *ppp, struct proxy *out)
{
	const struct negotiation *n = &ppp->lcp.n;
	struct ppp_credentials who = auth_credentials(&ppp->auth);

	*out = (struct proxy){0};
	if (!ppp_is_pending(ppp))
		return;
	if (n->has_first) {
		out->has |= PROXY_HAS_INITIAL_RECEIVED;
		out->initial_received = bytes_view(&n->first_received);
	}
	out->has |= PROXY_HAS_LAST_SENT | PROXY_HAS_LAST_RECEIVED;
	out->last_sent = bytes_view(&n->last_sent);
	out->last_received = bytes_view(&n->last_received);
	credentials_to_proxy(&who, out);
	ppp_silence(ppp, PPP_HANDED_OVER, NEVER);
}

void ppp_close(struct ppp *ppp, struct instant now)
{
	ppp_terminate(ppp, PPP_END_ADMIN, now);
}

bool ppp_probe(struct ppp *ppp, struct instant now)
{
	return ppp->phase == PPP_NETWORK && lcp_probe(&ppp->lcp, now);
}

/* ---- for show ------------------------------------------------------------ */

static const char *auth_state_name(const struct auth *auth)
{
	static const char *const names[] = {
		[AUTH_IDLE] = "none",	   [AUTH_WAITING] = "waiting",
		[AUTH_PENDING] = "waiting", [AUTH_PASSED] = "passed",
		[AUTH_FAILED] = "failed",
	};

	return auth->method == PPP_AUTH_NONE ? "none" : names[auth->state];
}

struct ppp_info ppp_info(const struct ppp *ppp)
{
	return (struct ppp_info){
		.phase = ppp->phase,
		.lcp_state = fsm_state_name(ppp->lcp.n.fsm.state),
		.ipcp_state = fsm_state_name(ppp->ipcp.n.fsm.state),
		.auth_state = auth_state_name(&ppp->auth),
		.auth = ppp->auth.method,
		.proxy_lcp = ppp->proxy_lcp,
		.proxy_auth = ppp->proxy_auth,
		.proxy_why = ppp->proxy_why,
		.our_mru = ppp->lcp.ours.mru,
		.peer_mru = ppp->lcp.theirs.mru,
		.ip4 = ppp->ip4,
		.user = bytes_view(&ppp->auth.name),
		.dropped = ppp->dropped,
		.echo_mismatches = ppp->lcp.echo_mismatches,
		.probing = ppp->lcp.probing,
	};
}
