/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Legs that are found by the subscriber's address: pools, whose addresses lie
 * at consecutive slots, and single addresses, by a hash.
 */
#include "world/dataplane.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "world/dataplane_maps.h"

/* ---- pools --------------------------------------------------------------- */

static bool pool_has_legs(const struct dataplane *dp,
			  const struct ip4_pool *pool)
{
	for (uint32_t i = 0; i < pool->count; i++)
		if (pool->slot + i < LEG_SLOTS &&
		    dp->legs[pool->slot + i].state != LEG_FREE)
			return true;
	return false;
}

static bool pool_overlaps(const struct ip4_pool *pool, uint32_t base,
			  uint32_t count)
{
	return pool->count && base < pool->base + pool->count &&
	       pool->base < base + count;
}

/*
 * A range of an earlier engine that is declared anew with other borders goes
 * when nobody holds a leg of it.
 */
static int pools_make_way(struct dataplane *dp, uint32_t base, uint32_t count)
{
	for (unsigned int i = 0; i < POOL_SLOTS; i++)
		if (pool_overlaps(&dp->ip4_pools[i], base, count) &&
		    pool_has_legs(dp, &dp->ip4_pools[i]))
			return -EBUSY;
	for (unsigned int i = 0; i < POOL_SLOTS; i++)
		if (pool_overlaps(&dp->ip4_pools[i], base, count))
			word_publish(&dp->ip4_pools[i].count, 0);
	return 0;
}

/* The lowest run of `count` slots that no pool has; -ENOSPC. */
static int slots_find(const struct dataplane *dp, uint32_t count,
		      uint32_t *slot)
{
	uint32_t at = FIRST_IP_SLOT;

	for (unsigned int i = 0; i < POOL_SLOTS; i++) {
		const struct ip4_pool *pool = &dp->ip4_pools[i];

		if (!pool->count || at >= pool->slot + pool->count ||
		    pool->slot >= at + count)
			continue;
		at = pool->slot + pool->count;
		i = UINT32_MAX; /* it may now hit one we have seen */
	}
	if (at + count > HOST_BANK)
		return -ENOSPC;
	*slot = at;
	return 0;
}

static struct ip4_pool *pool_unused(struct dataplane *dp)
{
	for (unsigned int i = 0; i < POOL_SLOTS; i++)
		if (!dp->ip4_pools[i].count)
			return &dp->ip4_pools[i];
	return NULL;
}

static void pool_publish(struct dataplane *dp, struct ip4_pool *pool,
			 uint32_t base, uint32_t count, uint32_t slot)
{
	uint32_t used = (uint32_t)(pool - dp->ip4_pools) + 1;

	dp->pools_added |= 1u << (used - 1);
	pool->base = base;
	pool->slot = slot;
	word_publish(&pool->count, count);
	if (dp->settings->ip4_pools < used)
		word_publish(&dp->settings->ip4_pools, used);
}

int dataplane_pool_add(struct dataplane *dp, struct in_addr first,
		       uint32_t count, uint32_t *slot)
{
	uint32_t base = ntohl(first.s_addr);
	struct ip4_pool *pool;
	uint32_t at;
	int error;

	if (!count || base + (count - 1) < base)
		return -EINVAL;
	_Static_assert(POOL_ADDRESSES == HOST_BANK - FIRST_IP_SLOT, "");
	if (count > POOL_ADDRESSES)
		return -ENOSPC;
	for (unsigned int i = 0; i < POOL_SLOTS; i++) {
		pool = &dp->ip4_pools[i];
		if (pool->base == base && pool->count == count) {
			dp->pools_added |= 1u << i;
			*slot = pool->slot;
			return 0;
		}
	}
	error = pools_make_way(dp, base, count);
	pool = error ? NULL : pool_unused(dp);
	if (!pool)
		return error ? error : -ENOSPC;
	error = slots_find(dp, count, &at);
	if (error)
		return error;
	pool_publish(dp, pool, base, count, at);
	*slot = at;
	return 0;
}

bool dataplane_pool_across(const struct dataplane *dp, struct in_addr first,
			   uint32_t count, struct ip4_pool *old)
{
	uint32_t base = ntohl(first.s_addr);

	for (unsigned int i = 0; i < POOL_SLOTS; i++) {
		const struct ip4_pool *pool = &dp->ip4_pools[i];

		if (dp->pools_added >> i & 1 ||
		    (pool->base == base && pool->count == count) ||
		    !pool_overlaps(pool, base, count))
			continue;
		*old = *pool;
		return true;
	}
	return false;
}

bool dataplane_pool_drop(struct dataplane *dp, struct ip4_pool *old)
{
	for (unsigned int i = 0; i < POOL_SLOTS; i++) {
		struct ip4_pool *pool = &dp->ip4_pools[i];

		if (!pool->count || dp->pools_added >> i & 1 ||
		    pool_has_legs(dp, pool))
			continue;
		*old = *pool;
		word_publish(&pool->count, 0);
		return true;
	}
	return false;
}

struct ip4_pool dataplane_pool_read(const struct dataplane *dp, unsigned int i)
{
	return dp->ip4_pools[i];
}

void dataplane_pools_forget(struct dataplane *dp)
{
	dp->pools_added = 0;
}

/* ---- single addresses ---------------------------------------------------- */

int dataplane_host_add(struct dataplane *dp, struct in_addr host,
		       uint32_t *slot)
{
	uint32_t have;

	if (!bpf_map_lookup_elem(dp->fds.ip4_hosts, &host.s_addr, &have)) {
		*slot = have;
		return 0;
	}
	for (uint32_t i = 1; i <= BANK_SLOTS; i++) {
		uint32_t n = (dp->last_host + i) % BANK_SLOTS;
		uint32_t want = HOST_BANK + n;

		if (dp->hosts[n].s_addr)
			continue;
		if (bpf_map_update_elem(dp->fds.ip4_hosts, &host.s_addr, &want,
					BPF_NOEXIST))
			return errno == E2BIG ? -ENOSPC : -errno;
		dp->hosts[n] = host;
		dp->last_host = n;
		*slot = want;
		return 0;
	}
	return -ENOSPC;
}

int dataplane_host_find(const struct dataplane *dp, struct in_addr host,
			uint32_t *slot)
{
	uint32_t have;

	if (bpf_map_lookup_elem(dp->fds.ip4_hosts, &host.s_addr, &have) ||
	    have < HOST_BANK || have >= LEG_SLOTS)
		return -ENOENT;
	*slot = have;
	return 0;
}

void dataplane_host_remove(struct dataplane *dp, struct in_addr host)
{
	uint32_t slot;

	if (bpf_map_lookup_elem(dp->fds.ip4_hosts, &host.s_addr, &slot))
		return;
	bpf_map_delete_elem(dp->fds.ip4_hosts, &host.s_addr);
	if (slot >= HOST_BANK && slot < HOST_BANK + BANK_SLOTS)
		dp->hosts[slot - HOST_BANK].s_addr = 0;
}

struct in_addr dataplane_address_at(const struct dataplane *dp, uint32_t slot)
{
	if (slot >= HOST_BANK && slot < HOST_BANK + BANK_SLOTS)
		return dp->hosts[slot - HOST_BANK];
	for (unsigned int i = 0; i < POOL_SLOTS; i++) {
		const struct ip4_pool *pool = &dp->ip4_pools[i];

		if (slot >= pool->slot && slot - pool->slot < pool->count)
			return (struct in_addr){
				htonl(pool->base + slot - pool->slot)};
	}
	return (struct in_addr){0};
}

void host_drop_stale(struct dataplane *dp, uint32_t slot)
{
	if (slot >= HOST_BANK && dp->hosts[slot - HOST_BANK].s_addr)
		dataplane_host_remove(dp, dp->hosts[slot - HOST_BANK]);
}

/* Addresses whose leg is gone are gone too; the others keep their slot. */
void hosts_scan(struct dataplane *dp)
{
	struct in_addr at, next;
	uint32_t slot;
	bool more = !bpf_map_get_next_key(dp->fds.ip4_hosts, NULL, &next);

	for (uint32_t i = 0; more && i < HOST_SLOTS; i++) {
		at = next;
		more = !bpf_map_get_next_key(dp->fds.ip4_hosts, &at, &next);
		if (bpf_map_lookup_elem(dp->fds.ip4_hosts, &at, &slot))
			continue;
		if (slot < HOST_BANK || slot >= LEG_SLOTS ||
		    dp->legs[slot].state == LEG_FREE)
			dataplane_host_remove(dp, at);
		else
			dp->hosts[slot - HOST_BANK] = at;
	}
}
