/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts with places that are filled in later: "{port}.{vlan}".  A place is a
 * name in braces; there are no other braces.  No state, no allocation.
 */
#ifndef BASE_PLACES_H
#define BASE_PLACES_H

#include <stddef.h>

/* Names of a text's places, and what they stand for, in the same order. */
struct places {
	const char *const *names;
	const char *const *values; /* not used by places_check */
	unsigned int count;
};

/*
 * NULL: each brace of the text belongs to one of these names.  Else what is
 * wrong: where the text goes wrong is *at.
 */
const char *places_check(const char *text, const struct places *places,
			 const char **at);
/*
 * The text with its places filled in, in out[cap], which is always terminated;
 * cut where it does not fit.  A text that places_check does not like is filled
 * as far as it goes.  Returns the length.
 */
size_t places_fill(const char *text, const struct places *places, char *out,
		   size_t cap);

#endif
