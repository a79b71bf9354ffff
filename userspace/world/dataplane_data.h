/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of the slow path to records that the XDP program writes too, while
 * both carry data of the same call: atomic, and by the program's rules.
 */
#ifndef WORLD_DATAPLANE_DATA_H
#define WORLD_DATAPLANE_DATA_H

#include "world/dataplane.h"

/* Before data is carried; without it no rate is known. */
void dataplane_clock_set(struct dataplane *dp,
			 const struct dataplane_clock *clock);
/*
 * Takes so many octets from the bucket of a policed leg; false: there are not
 * so many in it.
 */
bool dataplane_take(struct dataplane *dp, uint32_t slot, uint32_t octets);
/*
 * Whether the Ns of a message that arrived on an L2TP leg is in order.  If not,
 * the message is counted as late.
 */
bool dataplane_in_order(struct dataplane *dp, uint32_t slot, uint16_t ns);
/*
 * Handles the S bit of a message that is not late: if the peer decides, the
 * other leg starts or stops numbering.
 */
void dataplane_follow(struct dataplane *dp, uint32_t slot, bool numbered);
/* A packet that arrived on the leg was dropped, as `dropped` counts it. */
void dataplane_leg_drop(struct dataplane *dp, uint32_t slot);

#endif
