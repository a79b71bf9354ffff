/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of what is punted: packets per second as the program counts time. */
#include "world/dataplane_maps.h"

enum {
	UNITS = 65536, /* of a tick */
	BURST_MIN = 32, /* packets; more than a tick's worth of low rates */
	BURST_PART = 4, /* of a second's worth */
};

static void bucket_set(uint32_t *cost, uint32_t *depth, uint32_t rate)
{
	uint64_t one = rate ? ticks_per_second() * UNITS / rate : 0;
	uint32_t burst = rate / BURST_PART;

	if (rate && !one)
		one = 1;
	if (burst < BURST_MIN)
		burst = BURST_MIN;
	/* at a change of both, a moment of the wider one does no harm */
	__atomic_store_n(depth, (uint32_t)(one * burst), __ATOMIC_RELAXED);
	__atomic_store_n(cost, (uint32_t)one, __ATOMIC_RELEASE);
}

void dataplane_punt_limit_set(struct dataplane *dp, enum punt_class class,
			      uint32_t of_port, uint32_t of_source)
{
	struct punt_limit *limit = &dp->punt_limits[class];

	bucket_set(&limit->port_cost, &limit->port_depth, of_port);
	bucket_set(&limit->source_cost, &limit->source_depth, of_source);
}
