/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Points in time.  A type of its own, so that no other integer is taken for
 * one; passed in by the caller, so that a test decides what time it is.
 */
#ifndef BASE_INSTANT_H
#define BASE_INSTANT_H

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds of a monotonic clock; 0 means "never" for a deadline. */
struct instant {
	uint64_t ms;
};

#define NEVER ((struct instant){0})

static inline struct instant instant_after(struct instant t, uint64_t ms)
{
	return (struct instant){t.ms + ms};
}

static inline bool instant_is_never(struct instant t)
{
	return t.ms == 0;
}

/* Whether a deadline has come; one that is NEVER has not. */
static inline bool instant_due(struct instant deadline, struct instant now)
{
	return deadline.ms != 0 && deadline.ms <= now.ms;
}

/* The earlier of two deadlines, where NEVER is the latest of all. */
static inline struct instant instant_first(struct instant a, struct instant b)
{
	if (a.ms == 0)
		return b;
	if (b.ms == 0)
		return a;
	return a.ms < b.ms ? a : b;
}

#endif
