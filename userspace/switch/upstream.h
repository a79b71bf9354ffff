/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The next hops of what subscribers send to the world.  The XDP program asks
 * the FIB, and names a next hop that the kernel has not resolved; here somebody
 * has it resolved.  The kernel would do so itself for a packet that it
 * forwards, but a firewall may drop that one first.
 *
 * A gateway is kept resolved as long as a route leads by it; a host on link is
 * resolved once, as the kernel would do it, because anybody can name many.
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
