/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * bpf/admit.h, and sequence_check and sequence_follow of bpf/match.h, in user
 * space; see dataplane_data.h.
 */
#include "world/dataplane_data.h"

#include <time.h>

#include "numbering.h"
#include "world/dataplane_maps.h"

enum {
	TICK_SHIFT = 32, /* as in bpf/admit.h */
	DEPTH_SHIFT = 16,
	POLICE_RACES = 16,
	/* the two clocks step one after the other */
	TICKS_APART = 2,
	NS_PER_S = 1000000000,
	LATE_MAX = 5, /* as in bpf/match.h */
};

/* ---- rates --------------------------------------------------------------- */

void dataplane_clock_set(struct dataplane *dp,
			 const struct dataplane_clock *clock)
{
	dp->clock = *clock;
}

/* the clock steps a little late: round to the nearest */
static uint64_t clock_read(const struct dataplane_clock *clock)
{
	struct timespec now;
	uint64_t since;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	since = (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec -
		clock->ns + clock->tick_ns / 2;
	return (clock->ticks + since / clock->tick_ns) << TICK_SHIFT;
}

/*
 * The bucket of bpf/admit.h, with a clock that can be a tick behind.  A full
 * bucket may then look overfull; it must not be taken for a long empty one.
 */
static bool bucket_take(policer_word *full_at, uint64_t now, uint64_t cost,
			uint64_t depth)
{
	uint64_t most = depth + POLICE_RACES * cost +
			((uint64_t)TICKS_APART << TICK_SHIFT);
	uint64_t full = __atomic_load_n(full_at, __ATOMIC_RELAXED), used;

	do {
		used = full - now;
		if (used > most)
			used = 0;
		if (used + cost > depth)
			return false;
	} while (!__atomic_compare_exchange_n(full_at, &full, now + used + cost,
					      false, __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	return true;
}

bool dataplane_take(struct dataplane *dp, uint32_t slot, uint32_t octets)
{
	union policer_pair pair;
	struct policer *p;

	if (slot >= LEG_SLOTS || !dp->clock.tick_ns)
		return true;
	p = &dp->policers[slot];
	pair.both = __atomic_load_n((policer_word *)&p->cost, __ATOMIC_ACQUIRE);
	if (!pair.cost)
		return true;
	return bucket_take((policer_word *)&p->full_at, clock_read(&dp->clock),
			   (uint64_t)pair.cost * octets,
			   (uint64_t)pair.depth << DEPTH_SHIFT);
}

/* ---- sequence ------------------------------------------------------------ */

/*
 * The next value, after this Ns, of the word with the expected Ns and the
 * number of late ones in a row.  After more than LATE_MAX the peer has
 * restarted.
 */
static uint32_t sequence_next(uint32_t old, uint16_t ns, bool *late)
{
	uint32_t row = (old >> 16) + 1;

	*late = (int16_t)(ns - (uint16_t)old) < 0 && row <= LATE_MAX;
	return *late ? row << 16 | (uint16_t)old : (uint16_t)(ns + 1);
}

bool dataplane_in_order(struct dataplane *dp, uint32_t slot, uint16_t ns)
{
	uint32_t *word, old, next;
	struct leg *leg;
	bool late;

	if (slot >= LEG_SLOTS)
		return true;
	leg = &dp->legs[slot];
	word = &leg->in.l2tp.sequence;
	old = __atomic_load_n(word, __ATOMIC_RELAXED);
	do {
		next = sequence_next(old, ns, &late);
	} while (!__atomic_compare_exchange_n(word, &old, next, false,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	if (late)
		__atomic_add_fetch(&leg->in.l2tp.late, 1, __ATOMIC_RELAXED);
	return !late;
}

void dataplane_follow(struct dataplane *dp, uint32_t slot, bool numbered)
{
	struct leg *in, *out;
	uint32_t other;

	if (slot >= LEG_SLOTS)
		return;
	in = &dp->legs[slot];
	if (!numbering_changes(word_read(in), numbered))
		return;
	other = numbering_other(in);
	if (other >= LEG_SLOTS)
		return;
	out = &dp->legs[other];
	if (numbering_is_pair(in, out))
		numbering_follow(in, out, numbered);
}

/* ---- drops --------------------------------------------------------------- */

void dataplane_leg_drop(struct dataplane *dp, uint32_t slot)
{
	if (slot < LEG_SLOTS)
		__atomic_add_fetch(&dp->legs[slot].dropped, 1,
				   __ATOMIC_RELAXED);
}
