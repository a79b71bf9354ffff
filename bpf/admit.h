/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a leg's data may go on: an operator may block a subscriber, and each
 * direction may have a rate.  Costs a bit test for legs without either.
 */
#ifndef ADMIT_H
#define ADMIT_H

#include "maps.h"
#include "cursor.h"

#define PPP_PROTOCOL_LEN 2
#define TICK_SHIFT	 32 /* struct policer counts in 1/2^32 of a tick */
#define DEPTH_SHIFT	 16
#define POLICE_RACES	 16

/*
 * A token bucket as one word, the time when it will be full again, so that
 * cores need no lock: who loses the race adds to what the winner stored.  The
 * clock is the kernel's tick, which costs a load; a finer one costs a tenth of
 * a whole path.
 */
static __always_inline bool bucket_take(__u64 *full_at, __u64 cost, __u64 depth)
{
	__u64 now = bpf_jiffies64() << TICK_SHIFT;
	__u64 full = *(volatile __u64 *)full_at, used = full - now;

	/* full since long, or deeper until just now; races lost add a little */
	if (used > depth + POLICE_RACES * cost)
		used = 0;
	if (used + cost > depth)
		refuse(false);
	if (__sync_val_compare_and_swap(full_at, full, now + used + cost) !=
	    full)
		__sync_fetch_and_add(full_at, cost);
	return true;
}

static __always_inline bool police(struct policer *b, __u32 octets)
{
	return bucket_take(&b->full_at, (__u64)b->cost * octets,
			   (__u64)b->depth << DEPTH_SHIFT);
}

/*
 * Whether leg_admit has anything to say, in one test: the leg is policed, or
 * blocked, which of the states that get here is the odd one.
 */
#define LEG_ASKS(word) ((word) & ((__u32)LEG_POLICED << 24 | 1))
_Static_assert(LEG_BLOCKED & 1 && !(LEG_FORWARD & 1), "LEG_ASKS");

/*
 * Touches the policer, so that its cache line arrives while something longer
 * than leg_admit is done.
 */
static __always_inline void leg_admit_soon(const struct packet *p)
{
	__u32 slot = p->slot;
	struct policer *b;

	if (!LEG_HAS(p->word, LEG_POLICED))
		return;
	b = bpf_map_lookup_elem(&policers, &slot);
	if (b)
		(void)*(volatile __u64 *)&b->full_at;
}

/* p->leg and p->word are the leg's, p->info is known. */
static __always_inline enum reason leg_admit(const struct packet *p)
{
	struct policer *b;
	__u32 slot = p->slot;

	if (unlikely(LEG_STATE(p->word) == LEG_BLOCKED)) {
		__sync_fetch_and_add(&p->leg->dropped, 1);
		refuse(REASON_BLOCKED);
	}
	if (!LEG_HAS(p->word, LEG_POLICED))
		return 0;
	b = bpf_map_lookup_elem(&policers, &slot);
	if (!b || police(b, p->info + PPP_PROTOCOL_LEN))
		return 0;
	__sync_fetch_and_add(&p->leg->dropped, 1);
	return REASON_POLICED;
}

#endif
