/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Text templates with placeholders, such as "{port}.{vlan}".  A place is a name
 * in braces; there are no other braces.  No state, no allocation.
 */
#ifndef BASE_PLACES_H
#define BASE_PLACES_H

#include <stddef.h>

/* The names of the places, and their values, in the same order. */
struct places {
	const char *const *names;
	const char *const *values; /* not used by places_check */
	unsigned int count;
};

/*
 * NULL: each brace of the text belongs to one of these names.  Else what is
 * wrong, and *at is where.
 */
const char *places_check(const char *text, const struct places *places,
			 const char **at);
/*
 * Writes the text with its places filled in to out[cap], always terminated and
 * truncated if it does not fit.  A text that places_check rejects is filled up
 * to the mistake.  Returns the length.
 */
size_t places_fill(const char *text, const struct places *places, char *out,
		   size_t cap);

#endif
