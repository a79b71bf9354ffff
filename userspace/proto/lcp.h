/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * LCP of the network side (RFC 1661, with RFC 2516 section 7 and RFC 1570
 * Identification): negotiates MRU, authentication and magic numbers, watches
 * for loops and, with Echo, for the client's silence.
 */
#ifndef PROTO_LCP_H
#define PROTO_LCP_H

#include "proto/negotiation.h"
#include "proto/ppp.h"

enum lcp_option {
	LCP_VENDOR = 0,
	LCP_MRU = 1,
	LCP_ACCM = 2,
	LCP_AUTH = 3,
	LCP_QUALITY = 4,
	LCP_MAGIC = 5,
	LCP_PFC = 7,
	LCP_ACFC = 8,
	LCP_FCS = 9,
	LCP_PADDING = 10,
	LCP_NUMBERED = 11,
	LCP_CALLBACK = 13,
	LCP_COMPOUND = 15,
	LCP_MRRU = 17,
	LCP_SHORT_SEQUENCE = 18,
	LCP_ENDPOINT = 19,
	LCP_LINK = 23,
	LCP_INTERNATIONAL = 28,
};

enum {
	LCP_MRU_DEFAULT = 1500, /* RFC 1661 6.1 */
	LCP_MRU_MIN = 64, /* what we let a client talk us down to */
	CHAP_ALGORITHM_MD5 = 5,
};

/* The value of option 3; PPP_AUTH_NONE: not one of ours. */
enum ppp_auth lcp_auth_read(struct view value);
/* The protocol number of a method, 0 for none. */
uint16_t ppp_auth_protocol(enum ppp_auth auth);

/* What one side asked for and the other agreed to. */
struct lcp_terms {
	uint16_t mru;
	uint32_t magic; /* 0 = none */
	enum ppp_auth auth; /* ours only */
};

struct lcp_ops {
	void (*send)(void *ctx, struct view packet);
	void (*up)(void *ctx, struct instant now);
	void (*down)(void *ctx, struct instant now);
	/* Nothing more will come, after lcp_close or timeouts. */
	void (*finished)(void *ctx, struct instant now);
	/*
	 * The link has no future: the owner calls lcp_close, or lcp_stop where
	 * the client itself has terminated (PPP_END_USER).
	 */
	void (*failed)(void *ctx, enum ppp_end_reason reason,
		       struct instant now);
	/* The client does not know a protocol that we sent. */
	void (*rejected)(void *ctx, uint16_t protocol, struct instant now);
};

struct lcp {
	struct negotiation n;
	const struct ppp_config *config;
	const struct lcp_ops *ops;
	void *ctx;
	random_fill *random;
	struct lcp_terms ours; /* asked for; valid in Opened */
	struct lcp_terms asked; /* by the client, being judged */
	struct lcp_terms theirs; /* the last we agreed to */
	uint8_t auth_index; /* in config->auth */
	bool mru_refused, magic_refused;
	bool failing; /* `failure` is to be reported */
	enum ppp_end_reason failure;
	uint8_t loops; /* signs of a loop, one after the other */
	bool echo_refused;
	struct instant echo_at; /* next Echo-Request */
	uint8_t echo_id; /* of the last one */
	uint8_t echo_open; /* Echo-Requests without reply */
	uint64_t echo_mismatches; /* replies with a magic not the client's */
	bool probing; /* an immediate check whether the client is alive */
	uint8_t probes; /* sent */
};

void lcp_init(struct lcp *lcp, const struct ppp_config *config,
	      const struct lcp_ops *ops, void *ctx, random_fill *random,
	      const char *subject);
/* The lower layer is up: begins to negotiate. */
void lcp_start(struct lcp *lcp, struct instant now);
/* Opened without a packet (proxy LCP); ops->up is not called. */
void lcp_adopt(struct lcp *lcp, const struct lcp_terms *ours,
	       const struct lcp_terms *theirs, struct instant now);
/* As struct negotiation: 0 or -errno. */
int lcp_input(struct lcp *lcp, struct view info, struct instant now);
struct instant lcp_deadline(const struct lcp *lcp);
void lcp_timeout(struct lcp *lcp, struct instant now);
/* Terminates. */
void lcp_close(struct lcp *lcp, struct instant now);
/* Nothing is sent or awaited any more. */
void lcp_stop(struct lcp *lcp);
bool lcp_is_open(const struct lcp *lcp);
/*
 * Checks at once by Echo-Requests whether the client is alive; the link fails
 * after 3 s without an answer.  False: not possible now.
 */
bool lcp_probe(struct lcp *lcp, struct instant now);
/* Only in Opened. */
void lcp_reject_protocol(struct lcp *lcp, uint16_t protocol, struct view info);

#endif
