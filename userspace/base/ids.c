/* SPDX-License-Identifier: GPL-2.0-only */
/* A bank of random, rested 16-bit ids; see ids.h. */
#include "base/ids.h"

#include <errno.h>
#include <stdlib.h>

enum {
	ID_SPACE = 65536,
};

struct rest {
	uint16_t id;
	struct instant until;
};

struct ids {
	uint64_t rest_ms;
	random_fill *random;
	unsigned int used;
	uint64_t busy[ID_SPACE / 64]; /* in use or resting */
	uint64_t taken[ID_SPACE / 64]; /* in use */
	/* a ring of resting ids, oldest first: all rest equally long */
	struct rest *resting;
	unsigned int first;
	unsigned int resting_count;
	uint64_t unrested; /* given before their rest was over */
};

static bool bit_get(const uint64_t *bits, uint16_t id)
{
	return bits[id / 64] >> (id % 64) & 1;
}

static void bit_set(uint64_t *bits, uint16_t id, bool value)
{
	uint64_t bit = 1ull << (id % 64);

	if (value)
		bits[id / 64] |= bit;
	else
		bits[id / 64] &= ~bit;
}

struct ids *ids_new(uint64_t rest_ms, random_fill *random)
{
	struct ids *ids = calloc(1, sizeof(*ids));

	if (!ids)
		return NULL;
	ids->resting = calloc(ID_SPACE, sizeof(*ids->resting));
	if (!ids->resting) {
		free(ids);
		return NULL;
	}
	ids->rest_ms = rest_ms;
	ids->random = random;
	bit_set(ids->busy, 0, true);
	/* reserved in PPPoE; left out everywhere */
	bit_set(ids->busy, ID_SPACE - 1, true);
	return ids;
}

void ids_free(struct ids *ids)
{
	if (!ids)
		return;
	free(ids->resting);
	free(ids);
}

static void id_occupy(struct ids *ids, uint16_t id)
{
	bit_set(ids->busy, id, true);
	bit_set(ids->taken, id, true);
	ids->used++;
}

/* The id that has rested longest is free. */
static void id_wake(struct ids *ids)
{
	bit_set(ids->busy, ids->resting[ids->first].id, false);
	ids->first = (ids->first + 1) % ID_SPACE;
	ids->resting_count--;
}

static void ids_wake(struct ids *ids, struct instant now)
{
	while (ids->resting_count &&
	       instant_due(ids->resting[ids->first].until, now))
		id_wake(ids);
}

/* The first free id from `start` on, around the end. */
static int id_search(const struct ids *ids, uint16_t start, uint16_t *id)
{
	for (unsigned int word = 0; word <= ID_SPACE / 64; word++) {
		unsigned int at = (start / 64 + word) % (ID_SPACE / 64);
		uint64_t open = ~ids->busy[at];

		if (!word)
			open &= ~0ull << (start % 64);
		if (!open)
			continue;
		*id = (uint16_t)(at * 64 + (unsigned int)__builtin_ctzll(open));
		return 0;
	}
	return -ENOSPC;
}

int ids_take(struct ids *ids, struct instant now, uint16_t *id)
{
	uint16_t start;
	uint16_t found;

	if (!ids_left(ids, now) && ids->resting_count) {
		id_wake(ids);
		ids->unrested++;
	}
	ids->random(&start, sizeof(start));
	if (id_search(ids, start, &found))
		return -ENOSPC;
	id_occupy(ids, found);
	*id = found;
	return 0;
}

int ids_claim(struct ids *ids, uint16_t id)
{
	if (bit_get(ids->busy, id))
		return -EBUSY;
	id_occupy(ids, id);
	return 0;
}

void ids_release(struct ids *ids, uint16_t id, struct instant now)
{
	unsigned int at = (ids->first + ids->resting_count) % ID_SPACE;

	if (!bit_get(ids->taken, id))
		return; /* not in use: nothing to give back */
	bit_set(ids->taken, id, false);
	ids->used--;
	ids->resting[at] = (struct rest){
		.id = id,
		.until = instant_after(now, ids->rest_ms),
	};
	ids->resting_count++;
}

unsigned int ids_left(struct ids *ids, struct instant now)
{
	ids_wake(ids, now);
	return ID_SPACE - 2 - ids->used - ids->resting_count;
}

bool ids_any(const struct ids *ids)
{
	return ids->used < ID_SPACE - 2;
}

uint64_t ids_unrested(const struct ids *ids)
{
	return ids->unrested;
}

unsigned int ids_used(const struct ids *ids)
{
	return ids->used;
}
