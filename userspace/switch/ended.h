/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is kept of calls that ended lately, for `show call` and for the one line
 * in the log: values only, nothing that the call or a leg of it owned.
 */
#ifndef SWITCH_ENDED_H
#define SWITCH_ENDED_H

#include <jansson.h>

#include "abi.h"
#include "base/address.h"
#include "base/instant.h"
#include "proto/l2tp.h"

struct call;
struct node;

enum {
	ENDED_LINE_MAX = 900, /* with all that a line can say */
};

/* One side of the call as it was at the end. */
struct ended_leg {
	enum leg_kind kind; /* LEG_NONE: there was none any more */
	uint64_t packets, octets, control, dropped;
	uint16_t session; /* PPPoE or L2TP, ours */

	/* LEG_PPPOE */
	char port[16];
	uint8_t mac[6];
	uint16_t vlan[2];
	uint16_t max_payload;
	char circuit_id[64], remote_id[64];

	/* LEG_L2TP */
	uint16_t tunnel;
	char tunnel_name[64];
	uint16_t peer_session;
	struct address peer;

	/* LEG_IP */
	struct in_addr address;
};

struct ended_call {
	uint32_t id;
	char user[128];
	const char *role;
	const char *cause;
	const char *text;
	struct l2tp_result result; /* of the CDN... */
	bool received; /* ...that a peer sent; else ours, if a leg is L2TP */
	struct ended_leg access, core;
	uint64_t seconds; /* from its begin to its end */
	struct instant at;
};

/* The call is about to end: its legs are still there. */
void ended_fill(struct ended_call *ended, const struct call *call);
/* As text behind "call 17: ", of at most ENDED_LINE_MAX octets; returns out. */
char *ended_print(const struct ended_call *ended, char *out, size_t cap);
/* A reply to `show call`. */
json_t *ended_show(const struct ended_call *ended, const struct node *node);

#endif
