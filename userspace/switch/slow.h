/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPP frames that the data plane punted and that are not subscribers' data
 * (that is world/slowpath.h): what is ours goes to the call's link, what is a
 * switched call's to its other leg.
 */
#ifndef SWITCH_SLOW_H
#define SWITCH_SLOW_H

#include "switch/call.h"

/* A PPP frame that came in on one of the call's legs. */
void slow_frame(struct call *call, bool from_access, struct view frame);
/* One data message (T=0) from the L2TP socket. */
void slow_l2tp(struct node *node, struct address peer, uint16_t peer_port,
	       struct address local, struct view datagram);

#endif
