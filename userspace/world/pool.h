/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses of a pool: free ones, those in use, and those kept for the users to
 * whom they belong.
 */
#ifndef WORLD_POOL_H
#define WORLD_POOL_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

struct pool;

/* Addresses first..first+count-1 without `reserved` (the gateway). */
struct pool *pool_new(struct in_addr first, uint32_t count,
		      struct in_addr reserved);
void pool_free(struct pool *pool);
/*
 * Keeps a free address for the user who claims it; the pool does not hand it
 * out.  Does nothing if it is not an assignable address of this pool.
 */
void pool_keep(struct pool *pool, struct in_addr address);
/* The same of one that does not count in the pool's size, either. */
void pool_withhold(struct pool *pool, struct in_addr address);
bool pool_is_kept(const struct pool *pool, struct in_addr address);
/* The address that was free for longest; -ENOSPC. */
int pool_take(struct pool *pool, struct in_addr *address);
/* A certain address; -EBUSY, -ERANGE. */
int pool_claim(struct pool *pool, struct in_addr address);
void pool_release(struct pool *pool, struct in_addr address);
uint32_t pool_used(const struct pool *pool);
uint32_t pool_size(const struct pool *pool);

#endif
