/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Proxy LCP and proxy authentication: what a LAC negotiated with the client and
 * hands to the LNS in the ICCN (RFC 2661 4.4.5, AVPs 26-33; protocols: option
 * lists without Code, Identifier and Length).  Filled by ppp on a LAC, carried
 * by tunnel, judged by ppp on an LNS.
 */
#ifndef PROTO_PROXY_H
#define PROTO_PROXY_H

#include "base/buf.h"

enum proxy_has {
	PROXY_HAS_INITIAL_RECEIVED = 1 << 0, /* AVP 26 */
	PROXY_HAS_LAST_SENT = 1 << 1, /* 27 */
	PROXY_HAS_LAST_RECEIVED = 1 << 2, /* 28 */
	PROXY_HAS_AUTH_TYPE = 1 << 3, /* 29 */
	PROXY_HAS_AUTH_NAME = 1 << 4, /* 30 */
	PROXY_HAS_AUTH_CHALLENGE = 1 << 5, /* 31 */
	PROXY_HAS_AUTH_ID = 1 << 6, /* 32 */
	PROXY_HAS_AUTH_RESPONSE = 1 << 7, /* 33 */
	/* an AVP was there but could not be used (bad value or hiding) */
	PROXY_BAD_LCP = 1 << 8,
	PROXY_BAD_AUTH = 1 << 9,
};

/* RFC 2661 4.4.5, Proxy Authen Type */
enum proxy_auth_type {
	PROXY_AUTH_TEXT = 1,
	PROXY_AUTH_CHAP = 2,
	PROXY_AUTH_PAP = 3,
	PROXY_AUTH_NONE = 4,
	PROXY_AUTH_MSCHAP1 = 5,
};

struct proxy {
	unsigned int has; /* enum proxy_has */
	struct view initial_received;
	struct view last_sent;
	struct view last_received;
	uint16_t auth_type; /* enum proxy_auth_type */
	struct view auth_name;
	struct view auth_challenge; /* the Value octets only */
	uint8_t auth_id;
	struct view auth_response; /* CHAP: 16 octets; PAP: the password */
};

#endif
