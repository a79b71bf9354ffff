/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the slow path does to the records that the XDP program writes as well,
 * while both carry data of the same call: atomic, in the program's terms.
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
 * The Ns of a numbered message that arrived on an L2TP leg: whether it is as
 * new as it should be.  If not, it is counted as late.
 */
bool dataplane_in_order(struct dataplane *dp, uint32_t slot, uint16_t ns);
/*
 * The same of its S bit, if it is not late: in a session in which the peer
 * decides, the other leg numbers from now on, or no more.
 */
void dataplane_follow(struct dataplane *dp, uint32_t slot, bool numbered);
/* A packet that arrived on the leg was dropped, as `dropped` counts it. */
void dataplane_leg_drop(struct dataplane *dp, uint32_t slot);

#endif
