/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policers: rates as people write them, made into what the XDP program counts
 * in, parts of the kernel's tick.
 */
#include "world/dataplane.h"

#include <stddef.h>
#include <time.h>

#include "world/dataplane_maps.h"

enum {
	NS_PER_S = 1000000000,
	BITS = 8, /* of an octet */
	TICK_SHIFT = 32, /* struct policer's cost is in 1/2^32 of a tick... */
	DEPTH_SHIFT = 16, /* ...and its depth coarser by so much */
	/* time stands still within a tick: a bucket must outlast some */
	TICKS_MIN = 4,
	BURST_PART = 10, /* a bucket holds a tenth of a second, */
	BURST_MIN = 15000, /* and at least ten packets */
};

uint64_t ticks_per_second(void)
{
	struct timespec tick;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_sec ||
	    tick.tv_nsec <= 0)
		return 100; /* a bucket as deep as with the coarsest tick */
	return ((uint64_t)NS_PER_S + (uint64_t)tick.tv_nsec / 2) /
	       (uint64_t)tick.tv_nsec;
}

static uint32_t at_most_32(uint64_t value)
{
	return value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
}

static uint32_t burst_default(uint64_t bits_per_second)
{
	uint32_t burst = at_most_32(bits_per_second / BITS / BURST_PART);

	return burst > BURST_MIN ? burst : BURST_MIN;
}

static void policer_store(struct policer *record, uint32_t cost, uint32_t depth)
{
	const union policer_pair pair = {{cost, depth}};

	_Static_assert(offsetof(struct policer, cost) == 8 &&
			       offsetof(struct policer, depth) == 12,
		       "one aligned word");
	__atomic_store_n((policer_word *)&record->cost, pair.both,
			 __ATOMIC_RELEASE);
}

uint32_t dataplane_police(struct dataplane *dp, uint32_t slot,
			  uint64_t bits_per_second, uint32_t burst)
{
	uint64_t ticks = ticks_per_second();
	uint64_t cost, depth;

	if (slot >= LEG_SLOTS || !bits_per_second)
		return 0;
	cost = (((uint64_t)BITS * ticks << TICK_SHIFT) + bits_per_second / 2) /
	       bits_per_second;
	cost = cost ? at_most_32(cost) : 1;
	if (!burst)
		burst = burst_default(bits_per_second);
	depth = burst * cost >> DEPTH_SHIFT;
	if (depth < (uint64_t)TICKS_MIN << (TICK_SHIFT - DEPTH_SHIFT))
		depth = (uint64_t)TICKS_MIN << (TICK_SHIFT - DEPTH_SHIFT);
	depth = at_most_32(depth);
	policer_store(&dp->policers[slot], (uint32_t)cost, (uint32_t)depth);
	return at_most_32((depth << DEPTH_SHIFT) / cost);
}
