/* SPDX-License-Identifier: GPL-2.0-only */
/* The authenticator; see auth.h. */
#include "proto/auth.h"

#include <errno.h>

#include "proto/chap.h"
#include "proto/lcp.h"
#include "proto/pap.h"

enum {
	REPLY_MAX = PACKET_HEADER + 1 + AUTH_FIELD_MAX,
};

void auth_init(struct auth *auth, const struct ppp_config *config,
	       const struct auth_ops *ops, void *ctx, random_fill *random)
{
	*auth = (struct auth){
		.config = config,
		.ops = ops,
		.ctx = ctx,
		.random = random,
	};
}

static void auth_send(struct auth *auth, const struct builder *b)
{
	if (!b->full)
		auth->ops->send(auth->ctx, ppp_auth_protocol(auth->method),
				builder_view(b));
}

static void challenge_send(struct auth *auth, struct instant now)
{
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));

	auth->tries++;
	auth->timer = instant_after(now, auth->config->restart_ms);
	chap_challenge_build(&b, auth->id, bytes_view(&auth->challenge),
			     auth->config->name);
	auth_send(auth, &b);
}

struct ppp_credentials auth_credentials(const struct auth *auth)
{
	return (struct ppp_credentials){
		.method = auth->method,
		.name = bytes_view(&auth->name),
		.id = auth->id,
		.challenge = bytes_view(&auth->challenge),
		.response = bytes_view(&auth->response),
	};
}

/* The client has answered: no timer runs while the owner decides. */
static void auth_identified(struct auth *auth, struct instant now)
{
	struct ppp_credentials who = auth_credentials(auth);

	auth->state = AUTH_PENDING;
	auth->timer = NEVER;
	auth->ops->identified(auth->ctx, &who, now);
}

static void auth_forget(struct auth *auth)
{
	auth->name.len = 0;
	auth->challenge.len = 0;
	auth->response.len = 0;
	auth->tries = 0;
	auth->timer = NEVER;
}

void auth_start(struct auth *auth, enum ppp_auth method, struct instant now)
{
	auth_forget(auth);
	auth->method = method;
	auth->state = AUTH_WAITING;
	if (method == PPP_AUTH_NONE) {
		auth_identified(auth, now);
	} else if (method == PPP_AUTH_CHAP) {
		auth->challenge.len = CHAP_CHALLENGE_LEN;
		auth->random(auth->challenge.data, CHAP_CHALLENGE_LEN);
		if (auth->has_id)
			auth->id++;
		else
			auth->random(&auth->id, sizeof(auth->id));
		auth->has_id = true;
		challenge_send(auth, now);
	}
}

void auth_continue(struct auth *auth, uint8_t id)
{
	auth->id = id;
	auth->has_id = true;
}

void auth_adopt(struct auth *auth, const struct ppp_credentials *who,
		struct instant now)
{
	auth_forget(auth);
	auth->method = who->method;
	auth_continue(auth, who->id);
	if (bytes_set(&auth->name, who->name) ||
	    bytes_set(&auth->challenge, who->challenge) ||
	    bytes_set(&auth->response, who->response))
		return; /* the judge lets no such data pass */
	auth_identified(auth, now);
}

static void chap_result_send(struct auth *auth, const char *message)
{
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));

	chap_result_build(&b,
			  auth->state == AUTH_PASSED ? CHAP_SUCCESS
						     : CHAP_FAILURE,
			  auth->id, message);
	auth_send(auth, &b);
}

static void pap_result_send(struct auth *auth, const char *message)
{
	uint8_t room[REPLY_MAX];
	struct builder b = builder_on(room, sizeof(room));

	pap_reply_build(&b, auth->state == AUTH_PASSED ? PAP_ACK : PAP_NAK,
			auth->id, message);
	auth_send(auth, &b);
}

static int chap_input(struct auth *auth, struct view info,
		      struct instant now)
{
	struct chap_response response;
	int status = chap_response_read(info, &response);

	if (status)
		return status;
	if (response.id != auth->id)
		return -EPROTO;
	/* our result was lost: repeat it without another check */
	if (auth->state == AUTH_PASSED || auth->state == AUTH_FAILED) {
		chap_result_send(auth, "");
		return 0;
	}
	if (auth->state == AUTH_PENDING)
		return 0; /* it is being looked at */
	if (auth->state != AUTH_WAITING)
		return -EPROTO;
	if (bytes_set(&auth->name, response.name))
		return -EBADMSG;
	bytes_set(&auth->response, response.value);
	auth_identified(auth, now);
	return 0;
}

static int pap_input(struct auth *auth, struct view info, struct instant now)
{
	struct pap_request request;
	int status = pap_request_read(info, &request);

	if (status)
		return status;
	if (auth->state == AUTH_IDLE)
		return -EPROTO;
	/* the client takes only an answer to its latest request */
	auth_continue(auth, request.id);
	if (auth->state == AUTH_WAITING) {
		bytes_set(&auth->name, request.name);
		bytes_set(&auth->response, request.password);
		auth_identified(auth, now);
	} else if (auth->state != AUTH_PENDING) {
		pap_result_send(auth, "");
	}
	return 0;
}

int auth_input(struct auth *auth, uint16_t protocol, struct view info,
	       struct instant now)
{
	if (protocol != ppp_auth_protocol(auth->method))
		return -EPROTO;
	return protocol == PPP_CHAP ? chap_input(auth, info, now)
				    : pap_input(auth, info, now);
}

void auth_timeout(struct auth *auth, struct instant now)
{
	if (!instant_due(auth->timer, now))
		return;
	if (auth->tries < auth->config->max_configure) {
		challenge_send(auth, now);
		return;
	}
	auth_stop(auth);
	auth->ops->silent(auth->ctx, now);
}

void auth_decide(struct auth *auth, bool passed, const char *message)
{
	auth->state = passed ? AUTH_PASSED : AUTH_FAILED;
	if (auth->method == PPP_AUTH_CHAP)
		chap_result_send(auth, message);
	else if (auth->method == PPP_AUTH_PAP)
		pap_result_send(auth, message);
}

void auth_stop(struct auth *auth)
{
	auth->state = AUTH_IDLE;
	auth->timer = NEVER;
}
