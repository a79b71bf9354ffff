/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Resolves the next hops of packets from subscribers.  The XDP program asks
 * the FIB, and reports a next hop that the kernel has not resolved; this
 * module has it resolved.  The kernel would do so itself for a packet that it
 * forwards, but a firewall may drop that packet first.
 *
 * A gateway is kept resolved as long as a route uses it.  A host on link is
 * resolved once, as the kernel does, because a subscriber can address many.
 */
#ifndef SWITCH_UPSTREAM_H
#define SWITCH_UPSTREAM_H

#include "switch/node.h"

enum { UPSTREAM_GATEWAYS = 64 }; /* kept at once; the oldest makes way */

/* Looks from now on, until upstream_stop.  -ENOMEM. */
int upstream_start(struct node *node);
/* Ends its watches; does nothing if there was no start. */
void upstream_stop(struct node *node);

#endif
