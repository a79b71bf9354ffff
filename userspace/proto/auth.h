/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Authenticates a client with PAP or CHAP and tells it the result.  Whether the
 * response is right is the owner's decision.
 */
#ifndef PROTO_AUTH_H
#define PROTO_AUTH_H

#include "proto/ppp.h"

enum auth_state {
	AUTH_IDLE,
	AUTH_WAITING, /* for the client */
	AUTH_PENDING, /* for the owner's decision */
	AUTH_PASSED,
	AUTH_FAILED,
};

enum {
	AUTH_FIELD_MAX = 255, /* names, passwords, challenges */
};

struct auth_ops {
	void (*send)(void *ctx, uint16_t protocol, struct view packet);
	/* Now in AUTH_PENDING; may call auth_decide. */
	void (*identified)(void *ctx, const struct ppp_credentials *who,
			   struct instant now);
	/* The client does not answer challenges; now in AUTH_IDLE. */
	void (*silent)(void *ctx, struct instant now);
};

struct auth {
	const struct ppp_config *config;
	const struct auth_ops *ops;
	void *ctx;
	random_fill *random;
	enum ppp_auth method;
	enum auth_state state;
	/*
	 * Of the challenge, or of the latest PAP request.  The next challenge
	 * has the next one, so that an old Response does not match it, and the
	 * client does not take it for a challenge that it has answered.
	 */
	uint8_t id;
	bool has_id; /* the client has seen one */
	uint8_t tries; /* challenges sent */
	struct instant timer;
	BYTES(AUTH_FIELD_MAX) name;
	BYTES(AUTH_FIELD_MAX) challenge;
	BYTES(AUTH_FIELD_MAX) response;
};

void auth_init(struct auth *auth, const struct ppp_config *config,
	       const struct auth_ops *ops, void *ctx, random_fill *random);
/* PPP_AUTH_NONE: identified is called at once, with no name. */
void auth_start(struct auth *auth, enum ppp_auth method, struct instant now);
/*
 * The last Identifier that the client has seen from an earlier authenticator.
 */
void auth_continue(struct auth *auth, uint8_t id);
/* The LAC has asked (proxy authentication): identified is called at once. */
void auth_adopt(struct auth *auth, const struct ppp_credentials *who,
		struct instant now);
/* 0, -EBADMSG (malformed) or -EPROTO (does not belong). */
int auth_input(struct auth *auth, uint16_t protocol, struct view info,
	       struct instant now);
void auth_timeout(struct auth *auth, struct instant now);
/* Only in AUTH_PENDING: tells the client. */
void auth_decide(struct auth *auth, bool passed, const char *message);
/* Resets the exchange, but keeps the client's identity. */
void auth_stop(struct auth *auth);
struct ppp_credentials auth_credentials(const struct auth *auth);

#endif
