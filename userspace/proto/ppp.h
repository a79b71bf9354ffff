/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The PPP end of one subscriber's link: LCP, authentication, IPCP (RFC 1661,
 * 1334, 1994, 1332).  Used in two ways:
 *   - LAC: until the client has authenticated; then either ppp_hand_over (the
 *     call is tunnelled, this end stops) or ppp_accept/ppp_reject;
 *   - LNS and local termination: all of it, from the start or from what a LAC
 *     negotiated (ppp_start_proxy).
 *
 * Frames go in and out as protocol number and information field: the carrier
 * (PPPoE, L2TP) adds and removes what is its own.  No ops function may free
 * the link; all of them may call any other function of it.
 */
#ifndef PROTO_PPP_H
#define PROTO_PPP_H

#include <netinet/in.h>

#include "base/ids.h"
#include "base/instant.h"
#include "proto/l2tp.h"
#include "proto/proxy.h"

enum ppp_protocol {
	PPP_IPV4 = 0x0021,
	PPP_IPV6 = 0x0057,
	PPP_IPCP = 0x8021,
	PPP_IPV6CP = 0x8057,
	PPP_LCP = 0xC021,
	PPP_PAP = 0xC023,
	PPP_CHAP = 0xC223,
};

/*
 * Splits a PPP frame as it comes from PPPoE or L2TP: skips FF 03 if there,
 * takes a 1- or 2-octet protocol.  -EBADMSG.
 */
int ppp_frame_read(struct view frame, uint16_t *protocol, struct view *info);

enum ppp_auth {
	PPP_AUTH_NONE = 0,
	PPP_AUTH_PAP = 1,
	PPP_AUTH_CHAP = 2, /* MD5 */
};

enum ppp_phase {
	PPP_DEAD, /* not started, or ended */
	PPP_ESTABLISH, /* LCP negotiates */
	PPP_AUTHENTICATE,
	PPP_NETWORK, /* NCPs negotiate or are open */
	PPP_TERMINATE,
	PPP_HANDED_OVER, /* the LNS speaks PPP with the client now */
};

struct ppp_config {
	char name[64]; /* ours, in CHAP challenges */
	enum ppp_auth auth[2]; /* accepted, best first */
	uint8_t auth_count; /* 0: the client need not authenticate */
	uint16_t mru; /* what we can receive, requested when not 1500 */
	uint16_t peer_mru_min; /* acked from the client; outside: Nak */
	uint16_t peer_mru_max;
	uint16_t peer_mru_default; /* when the client names none */
	uint32_t restart_ms;
	uint8_t max_configure;
	uint8_t max_terminate;
	uint8_t max_failure;
	uint32_t echo_ms; /* 0 = no echo */
	uint8_t echo_failures;
	/*
	 * Limit of each phase.  If the client renegotiates before the link was
	 * up for a while, the times add up.  0: no limit.
	 */
	uint32_t lcp_limit_ms;
	uint32_t auth_limit_ms;
	uint32_t ncp_limit_ms;
};
/* Defaults: CHAP then PAP, MRU 1492, RFC 1661's counters 10, 2 and 5... */
extern const struct ppp_config ppp_config_default;

/* Who the client says it is. */
struct ppp_credentials {
	enum ppp_auth method;
	struct view name;
	uint8_t id; /* Identifier of the CHAP challenge or PAP request */
	struct view challenge; /* CHAP */
	struct view response; /* CHAP: 16 octets; PAP: the password */
};
/* Whether they prove knowledge of the secret (constant time). */
bool ppp_credentials_check(const struct ppp_credentials *credentials,
			   struct view secret);

/* What IPCP gives the client. */
struct ppp_addresses {
	struct in_addr ours; /* gateway */
	struct in_addr user;
	struct in_addr dns[2]; /* 0.0.0.0 = none */
};

/* Why the link ended; cause is ready for AVP 46. */
enum ppp_end_reason {
	PPP_END_USER, /* the client terminated */
	PPP_END_ADMIN, /* ppp_close */
	PPP_END_LCP_TIMEOUT, /* LCP did not converge or nobody answered */
	PPP_END_LOOPBACK,
	PPP_END_ECHO, /* client silent */
	PPP_END_AUTH_PROTOCOL, /* no method both accept */
	PPP_END_AUTH_TIMEOUT,
	PPP_END_AUTH_FAILED,
	PPP_END_NCP_TIMEOUT,
	PPP_END_NO_NCP,
	PPP_END_ADDRESS, /* addresses not agreed */
	PPP_END_PROTOCOL, /* client rejected LCP or the like */
};
struct ppp_end {
	enum ppp_end_reason reason;
	struct disconnect_cause cause;
	const char *text; /* static */
};

struct ppp;

struct ppp_ops {
	void (*send)(void *ctx, uint16_t protocol, struct view info);
	/*
	 * The client has authenticated (also by proxy data): answer with
	 * ppp_accept, ppp_reject or ppp_hand_over, now or later.  With
	 * auth_count 0 it is called with method PPP_AUTH_NONE, empty name.
	 */
	void (*identified)(void *ctx, const struct ppp_credentials *who);
	/* IPCP is open (up) or no longer; more may follow. */
	void (*network)(void *ctx, bool up, const struct ppp_addresses *ip4);
	/* The link is over; the last call for it.  Phase is PPP_DEAD. */
	void (*ended)(void *ctx, const struct ppp_end *why);
	random_fill *random;
};

/* subject: what log lines begin with, copied, e.g. "call 17". */
struct ppp *ppp_new(const struct ppp_config *config, const struct ppp_ops *ops,
		    void *ctx, const char *subject);
void ppp_free(struct ppp *ppp);

/* The lower layer is up: sends the first Configure-Request. */
void ppp_start(struct ppp *ppp, struct instant now);

/* Why proxy data was or was not used; for LCP and authentication alike. */
enum proxy_use {
	PROXY_NOT_OFFERED, /* this link did not come from a LAC */
	PROXY_USED,
	PROXY_ABSENT,
	PROXY_DISABLED,
	PROXY_UNACCEPTABLE,
	PROXY_RENEGOTIATED, /* it was used, until the client began again */
};
const char *proxy_use_name(enum proxy_use use); /* "used", "absent"... */

/*
 * As ppp_start, but from what a LAC negotiated: LCP goes to Opened without a
 * packet if the data is there, enabled and acceptable (proxy_judge.h), else
 * it is negotiated with the client; the call is never ended for this.
 */
void ppp_start_proxy(struct ppp *ppp, const struct proxy *proxy, bool use_lcp,
		     bool use_auth, struct instant now);

void ppp_input(struct ppp *ppp, uint16_t protocol, struct view info,
	       struct instant now);
/*
 * The client has sent data since IPCP opened, so it knows that IPCP is open,
 * and a further IPCP request is a new one.
 */
void ppp_data_came(struct ppp *ppp);
struct instant ppp_deadline(const struct ppp *ppp);
void ppp_timeout(struct ppp *ppp, struct instant now);

/* Whether the owner's decision on who has identified itself is waited for. */
bool ppp_is_pending(const struct ppp *ppp);
/* Authentication succeeded: tells the client and opens IPCP. */
void ppp_accept(struct ppp *ppp, const struct ppp_addresses *ip4,
		struct instant now);
/*
 * ...failed: tells the client, terminates, ends with PPP_END_AUTH_FAILED.  Both
 * do nothing if ppp_is_pending does not hold: the client may have begun again.
 */
void ppp_reject(struct ppp *ppp, const char *message, struct instant now);
/*
 * Only within or after ops->identified: stops and returns what was negotiated.
 * The views are valid until ppp_free.
 */
void ppp_hand_over(struct ppp *ppp, struct proxy *out);
/* Terminates politely; ops->ended follows (at once if LCP is not open). */
void ppp_close(struct ppp *ppp, struct instant now);

/*
 * Asks at once whether the client is still there, while it has (or negotiates)
 * a network: the link ends with PPP_END_ECHO after 3 s of silence.  False: it
 * cannot be asked.
 */
bool ppp_probe(struct ppp *ppp, struct instant now);

struct ppp_info {
	enum ppp_phase phase;
	const char *lcp_state; /* RFC 1661 names: "Opened", "Req-Sent" ... */
	const char *ipcp_state;
	const char *auth_state; /* "none", "waiting", "passed", "failed" */
	enum ppp_auth auth;
	enum proxy_use proxy_lcp;
	enum proxy_use proxy_auth;
	const char *proxy_why; /* what was unacceptable, "" = nothing */
	uint16_t our_mru; /* the client may send us this */
	uint16_t peer_mru; /* we may send the client this */
	struct ppp_addresses ip4; /* valid while IPCP is open */
	struct view user; /* name */
	uint64_t dropped; /* packets that were malformed or out of place */
	uint64_t echo_mismatches; /* Echo-Replies with a wrong magic number */
	bool probing; /* ppp_probe: nothing is known yet */
};
struct ppp_info ppp_info(const struct ppp *ppp);
const char *ppp_phase_name(enum ppp_phase phase);

#endif
