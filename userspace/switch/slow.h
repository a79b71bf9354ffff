/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path: PPP frames that the data plane punted, carried by hand.  PPP
 * that is ours goes to the call's link; subscriber data goes on to the other
 * leg or into the kernel.
 */
#ifndef SWITCH_SLOW_H
#define SWITCH_SLOW_H

#include "switch/call.h"

/* A PPP frame that came in on one of the call's legs. */
void slow_frame(struct call *call, bool from_access, struct view frame);
/* One data datagram (T=0) from the L2TP socket. */
void slow_l2tp(struct node *node, struct address peer, uint16_t peer_port,
	       struct address local, struct view datagram);
/* One IP packet the kernel sent to a subscriber. */
void slow_tun(struct node *node, struct view packet);

#endif
