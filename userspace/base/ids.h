/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A bank of 16-bit ids: random, never 0 and never 65535, and rested: an id that
 * was given back is not handed out again before its rest is over, so that late
 * late packets of the old session match nothing (RFC 2661 5.8 retransmits for
 * 31 s).  When only resting ids are left, the one that has rested longest is
 * given out: a peer that makes thousands of ids rest must not keep others out.
 */
#ifndef BASE_IDS_H
#define BASE_IDS_H

#include "base/instant.h"

struct ids;

/* Fills out[len] with random octets; see rng.h for the real one. */
typedef void random_fill(void *out, unsigned long len);

/* NULL when there is no memory.  rest_ms: how long a freed id rests. */
struct ids *ids_new(uint64_t rest_ms, random_fill *random);
void ids_free(struct ids *ids);

/*
 * 0 and a random free id, or the one that has rested longest; -ENOSPC: all are
 * in use.
 */
int ids_take(struct ids *ids, struct instant now, uint16_t *id);
/* Marks an id as in use that somebody already has (after a restart). -EBUSY. */
int ids_claim(struct ids *ids, uint16_t id);
/* Gives an id back; it rests from now on. */
void ids_release(struct ids *ids, uint16_t id, struct instant now);
/* How many there are whose rest is over, or that nobody had yet. */
unsigned int ids_left(struct ids *ids, struct instant now);
/* Whether ids_take would give one, rested or not. */
bool ids_any(const struct ids *ids);
/* How many ids_take has given before their rest was over. */
uint64_t ids_unrested(const struct ids *ids);
/* Ids in use, without the resting ones. */
unsigned int ids_used(const struct ids *ids);

#endif
