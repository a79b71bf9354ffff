/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of a pool; see pool.h. */
#include "world/pool.h"

#include <errno.h>
#include <stdlib.h>

/* Neighbours in the queue of free addresses. */
struct place {
	uint32_t next;
	uint32_t prev;
};

/*
 * Places count from 1; place 0 is the queue's head, so that it closes to a
 * ring: next is the address that was free for longest, prev the last freed.
 */
struct pool {
	uint32_t first; /* host order */
	uint32_t count;
	uint32_t reserved; /* place, 0 = outside */
	uint32_t size;
	uint32_t used;
	uint8_t *kept; /* one bit for each place */
	struct place place[]; /* count + 1 */
};

/* 0: not an assignable address of this pool. */
static uint32_t pool_place(const struct pool *pool, struct in_addr address)
{
	uint32_t offset = ntohl(address.s_addr) - pool->first;

	if (offset >= pool->count || offset + 1 == pool->reserved)
		return 0;
	return offset + 1;
}

static bool place_kept(const struct pool *pool, uint32_t place)
{
	return pool->kept[place / 8] >> place % 8 & 1;
}

/*
 * An address outside the queue has itself as next; in the queue only an empty
 * one's head does.  Its prev is 0 if it is in use, and itself if it is kept and
 * free.
 */
static bool place_out(const struct pool *pool, uint32_t place)
{
	return pool->place[place].next == place;
}

static bool place_taken(const struct pool *pool, uint32_t place)
{
	return place_out(pool, place) && !pool->place[place].prev;
}

static void place_append(struct pool *pool, uint32_t place)
{
	uint32_t last = pool->place[0].prev;

	pool->place[place] = (struct place){.next = 0, .prev = last};
	pool->place[last].next = place;
	pool->place[0].prev = place;
}

static void place_unlink(struct pool *pool, uint32_t place)
{
	struct place at = pool->place[place];

	if (place_out(pool, place))
		return;
	pool->place[at.prev].next = at.next;
	pool->place[at.next].prev = at.prev;
}

static void place_take(struct pool *pool, uint32_t place)
{
	place_unlink(pool, place);
	pool->place[place] = (struct place){.next = place, .prev = 0};
	pool->used++;
}

struct pool *pool_new(struct in_addr first, uint32_t count,
		      struct in_addr reserved)
{
	struct pool *pool =
		calloc(1, sizeof(*pool) + (count + 1ul) * sizeof(struct place));

	if (!pool)
		return NULL;
	pool->kept = calloc(count / 8 + 1ul, 1);
	if (!pool->kept) {
		free(pool);
		return NULL;
	}
	pool->first = ntohl(first.s_addr);
	pool->count = count;
	pool->reserved = pool_place(pool, reserved);
	for (uint32_t place = 1; place <= count; place++)
		if (place != pool->reserved)
			place_append(pool, place);
	pool->size = count - (pool->reserved != 0);
	return pool;
}

void pool_free(struct pool *pool)
{
	if (pool)
		free(pool->kept);
	free(pool);
}

void pool_keep(struct pool *pool, struct in_addr address)
{
	uint32_t place = pool_place(pool, address);

	if (!place || place_out(pool, place))
		return;
	place_unlink(pool, place);
	pool->place[place] = (struct place){.next = place, .prev = place};
	pool->kept[place / 8] |= (uint8_t)(1u << place % 8);
}

void pool_withhold(struct pool *pool, struct in_addr address)
{
	if (!pool_place(pool, address) || pool_is_kept(pool, address))
		return;
	pool_keep(pool, address);
	pool->size -= pool_is_kept(pool, address);
}

bool pool_is_kept(const struct pool *pool, struct in_addr address)
{
	uint32_t place = pool_place(pool, address);

	return place && place_kept(pool, place);
}

int pool_take(struct pool *pool, struct in_addr *address)
{
	uint32_t place = pool->place[0].next;

	if (!place)
		return -ENOSPC;
	place_take(pool, place);
	address->s_addr = htonl(pool->first + place - 1);
	return 0;
}

int pool_claim(struct pool *pool, struct in_addr address)
{
	uint32_t place = pool_place(pool, address);

	if (!place)
		return -ERANGE;
	if (place_taken(pool, place))
		return -EBUSY;
	place_take(pool, place);
	return 0;
}

void pool_release(struct pool *pool, struct in_addr address)
{
	uint32_t place = pool_place(pool, address);

	if (!place || !place_taken(pool, place))
		return;
	if (place_kept(pool, place))
		pool->place[place].prev = place;
	else
		place_append(pool, place);
	pool->used--;
}

uint32_t pool_used(const struct pool *pool)
{
	return pool->used;
}

uint32_t pool_size(const struct pool *pool)
{
	return pool->size;
}
