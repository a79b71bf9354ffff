/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether an LNS can continue from what a LAC negotiated: the checks of RFC
 * 2661 4.4.5 and plausibility.  Knows option lists and the link's
 * configuration, changes nothing.
 */
#ifndef PROTO_PROXY_JUDGE_H
#define PROTO_PROXY_JUDGE_H

#include "proto/lcp.h"
#include "proto/ppp.h"

struct proxy_judgement {
	enum proxy_use lcp;
	enum proxy_use auth;
	const char *why; /* static; "": nothing was unacceptable */
	uint32_t magic; /* of the LAC, whatever becomes of the rest; 0: none */
	/* if lcp is PROXY_USED */
	struct lcp_terms ours; /* what the LAC asked for in our place */
	struct lcp_terms theirs;
	/* if auth is PROXY_USED; views into the proxy data */
	struct ppp_credentials who;
};

/*
 * Authentication data is used only with the LCP it belongs to: if LCP must be
 * negotiated again, so must authentication.
 */
struct proxy_judgement proxy_judge(const struct proxy *proxy,
				   const struct ppp_config *config,
				   bool use_lcp, bool use_auth);

#endif
