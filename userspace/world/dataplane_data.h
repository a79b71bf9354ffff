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
/* A packet that arrived on the leg was dropped, as `dropped` counts it. */
void dataplane_leg_drop(struct dataplane *dp, uint32_t slot);

#endif
