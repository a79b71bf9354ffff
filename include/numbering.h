/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When data is numbered (RFC 2661 section 5.4), for the XDP program and user
 * space.
 *
 * A LAC that has not required sequencing itself (AVP 39) follows the LNS: it
 * numbers its data from the first message of the LNS with the S bit, and stops
 * at the first one without.  When numbering starts again, Ns continues where it
 * stopped.  The leg on which frames of the LNS arrive (LEG_FOLLOWS) remembers
 * the last S bit (LEG_NUMBERED), so that only a change costs anything; the leg
 * of the other direction numbers what it sends on (LEG_SEQUENCED).
 */
#ifndef NUMBERING_H
#define NUMBERING_H

#include <stdbool.h>
#include "abi.h"

#define NUMBERING_LEN	4 /* octets that Ns and Nr add to a header */
#define NUMBERING_TRIES 4

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "little endian");

/* The first word of a leg, of which only single bits change here. */
typedef __u32 __attribute__((may_alias)) numbering_word;

#define NUMBERING_BIT(flag) ((__u32)(flag) << 24)

/* A first word that says: into a tunnel, with Ns and Nr. */
static inline __attribute__((always_inline)) bool numbering_adds(__u32 word)
{
	const __u32 is = NUMBERING_BIT(LEG_SEQUENCED) | LEG_L2TP << 16;

	return (word & (NUMBERING_BIT(LEG_SEQUENCED) | 0xff0000)) == is;
}

/* Whether a message with this S bit is a change for the leg it arrived on. */
static inline __attribute__((always_inline)) bool
numbering_changes(__u32 word, bool numbered)
{
	const __u32 is = NUMBERING_BIT(LEG_FOLLOWS | LEG_NUMBERED);

	return (word & is) == (numbered ? NUMBERING_BIT(LEG_FOLLOWS) : is);
}

/* The slot of the other leg, whose numbering LEG_FOLLOWS changes. */
static inline __attribute__((always_inline)) __u32
numbering_other(const struct leg *leg)
{
	__u32 id = leg->to.l2tp.other;

	if (leg->out == LEG_PPPOE)
		id = __builtin_bswap16(leg->to.pppoe.session);
	return (__u32)leg->in.l2tp.other_bank << BANK_SHIFT | id;
}

static inline __attribute__((always_inline)) bool
numbering_is_pair(const struct leg *in, const struct leg *out)
{
	return out->state != LEG_FREE && out->call == in->call &&
	       out->out == LEG_L2TP;
}

static inline __attribute__((always_inline)) void
numbering_set(numbering_word *word, __u32 bit, bool on)
{
	if (on)
		__sync_fetch_and_or(word, bit);
	else
		__sync_fetch_and_and(word, ~bit);
}

/*
 * A message of the LNS arrived on `in`.  Messages of one session nearly always
 * arrive on one core.  If two cores disagree, the later one wins: each reads
 * `in` again after it has changed `out`.
 */
static inline __attribute__((always_inline)) void
numbering_follow(struct leg *in, struct leg *out, bool numbered)
{
	numbering_word *from = (numbering_word *)in;
	int i;

	numbering_set(from, NUMBERING_BIT(LEG_NUMBERED), numbered);
	for (i = 0; i < NUMBERING_TRIES; i++) {
		__u32 bit = *(volatile numbering_word *)from &
			    NUMBERING_BIT(LEG_NUMBERED);

		numbering_set((numbering_word *)out,
			      NUMBERING_BIT(LEG_SEQUENCED), bit);
		if (!((*(volatile numbering_word *)from ^ bit) &
		      NUMBERING_BIT(LEG_NUMBERED)))
			return;
	}
}

#endif
