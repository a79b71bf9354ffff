/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why a call ended: one word here, and what it becomes in each protocol
 * (RFC 2661 CDN, RFC 3145).
 */
#ifndef SWITCH_CAUSE_H
#define SWITCH_CAUSE_H

#include "proto/l2tp.h"
#include "proto/ppp.h"

enum cause {
	CAUSE_NONE,
	CAUSE_USER_TERMINATE, /* client's LCP Terminate-Request */
	CAUSE_USER_PADT,
	CAUSE_ECHO_TIMEOUT,
	CAUSE_ACCESS_DOWN, /* access interface went away */
	CAUSE_ACCESS_MOVED, /* ...or has another MAC address */
	CAUSE_LCP_FAILED,
	CAUSE_AUTH_FAILED,
	CAUSE_AUTH_TIMEOUT,
	CAUSE_NCP_FAILED,
	CAUSE_ADDRESS_FAILED,
	CAUSE_NO_ADDRESS, /* the pool is empty */
	CAUSE_ADDRESS_IN_USE, /* the user's own: a session that lives has it */
	CAUSE_SECOND_SESSION, /* the user has one, which is alive */
	CAUSE_REPLACED, /* by a newer call of the same user */
	CAUSE_ADMIN,
	CAUSE_NO_DOMAIN, /* nothing configured for the name */
	CAUSE_REFUSED, /* the domain entry says refuse */
	CAUSE_NO_TUNNEL, /* no tunnel or session could be opened */
	CAUSE_PEER_CDN, /* the other end of a leg sent CDN */
	CAUSE_TUNNEL_DOWN, /* StopCCN or silence on a leg's tunnel */
	CAUSE_SETUP_TIMEOUT,
	CAUSE_PROTOCOL, /* a message that could not be accepted */
	CAUSE_NO_RESOURCES,
	CAUSE_INTERNAL,
	CAUSES,
};

const char *cause_name(enum cause cause); /* "user-terminate" ... */
const char *cause_text(enum cause cause); /* for a person */
/* The CDN that tells a peer, with AVP 46 where RFC 3145 has a code. */
struct l2tp_result cause_result(enum cause cause);
/* Whether a PADT says so in a Generic-Error tag. */
const char *cause_padt_error(enum cause cause);
enum cause cause_of_ppp(enum ppp_end_reason reason);

#endif
