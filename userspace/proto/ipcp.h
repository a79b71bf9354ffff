/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IPCP of the network side (RFC 1332, RFC 1877): tells the client its address
 * and name servers.
 */
#ifndef PROTO_IPCP_H
#define PROTO_IPCP_H

#include "proto/negotiation.h"
#include "proto/ppp.h"

enum ipcp_option {
	IPCP_ADDRESSES = 1, /* deprecated */
	IPCP_COMPRESSION = 2,
	IPCP_ADDRESS = 3,
	IPCP_MOBILE = 4,
	IPCP_DNS1 = 129,
	IPCP_NBNS1 = 130,
	IPCP_DNS2 = 131,
	IPCP_NBNS2 = 132,
};

struct ipcp_ops {
	void (*send)(void *ctx, struct view packet);
	void (*up)(void *ctx, struct instant now);
	void (*down)(void *ctx, struct instant now);
	/*
	 * It will not come up: PPP_END_NCP_TIMEOUT, PPP_END_NO_NCP, or
	 * PPP_END_ADDRESS with the direction of RFC 3145 code 19 (1: too many
	 * Naks from the client, 2: to it).
	 */
	void (*failed)(void *ctx, enum ppp_end_reason reason,
		       uint8_t direction, struct instant now);
};

struct ipcp {
	struct negotiation n;
	const struct ppp_config *config;
	const struct ipcp_ops *ops;
	void *ctx;
	struct ppp_addresses addresses;
	bool ours_refused; /* the client does not want to know our address */
	bool has_address; /* the request being judged asks for the right one */
	uint8_t ours_naked; /* times */
	bool failing;
	uint8_t direction;
};

void ipcp_init(struct ipcp *ipcp, const struct ppp_config *config,
	       const struct ppp_addresses *addresses,
	       const struct ipcp_ops *ops, void *ctx, const char *subject);
void ipcp_start(struct ipcp *ipcp, struct instant now);
int ipcp_input(struct ipcp *ipcp, struct view info, struct instant now);
void ipcp_timeout(struct ipcp *ipcp, struct instant now);
/* The lower layer is gone. */
void ipcp_down(struct ipcp *ipcp, struct instant now);

#endif
