/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Control that the engine itself sends, for captures: the XDP program sees only
 * received frames.  Rebuilds the frame as it is on the wire, as far as it is
 * known here, and finds its call and tunnel by its ids.
 */
#ifndef SWITCH_VIEWER_SENT_H
#define SWITCH_VIEWER_SENT_H

#include "switch/node.h"

/* A leg as it was when it was looked at last: it may be gone by now. */
struct sent_leg {
	enum leg_kind kind;
	uint32_t ifindex; /* LEG_PPPOE */
	uint8_t mac[6];
	uint16_t tunnel; /* LEG_L2TP, ours */
	uint16_t session; /* of either kind, ours */
	uint16_t peer_session;
};

/* The captured call; kept because its last messages follow its end. */
struct sent_call {
	uint32_t id; /* 0: none */
	struct sent_leg access, core;
};

/* What was sent: where, and whose it is. */
struct sent {
	uint32_t ifindex; /* 0: not known */
	uint32_t call; /* 0: of none, or not known */
	uint16_t tunnel; /* ours; 0: none */
};

/* To be called before anything is asked about the call. */
void sent_call_look(struct sent_call *known, struct node *node);
/* A frame of PPPoE. */
void sent_frame(struct sent *out, const struct sent_call *known,
		struct node *node, uint32_t ifindex, struct view frame);
/* A datagram of L2TP: builds its frame in b. */
void sent_l2tp(struct sent *out, struct builder *b,
	       const struct sent_call *known, const struct node *node,
	       struct address local, struct address peer, uint16_t peer_port,
	       struct view datagram);

#endif
