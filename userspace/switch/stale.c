/* SPDX-License-Identifier: GPL-2.0-only */
/* What an earlier engine left in the data plane; see stale.h. */
#include "switch/stale.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "world/nexthop.h"
#include "world/pool.h"

enum stale_kind {
	STALE_LEG,
	STALE_TUNNEL,
};

struct stale_entry {
	struct list link; /* node->stale */
	enum stale_kind kind;
	uint32_t number; /* leg slot or tunnel id */
};

static void stale_add(struct node *node, enum stale_kind kind, uint32_t number)
{
	struct stale_entry *entry = calloc(1, sizeof(*entry));

	if (!entry)
		fatal("no memory for stale legs");
	entry->kind = kind;
	entry->number = number;
	list_append(&node->stale, &entry->link);
}

static struct pool_entry *pool_of_slot(struct node *node, uint32_t slot)
{
	struct pool_entry *pool;

	list_each(pool, &node->pools, link)
		if (slot - pool->slot < pool->conf->count)
			return pool;
	return NULL;
}

static struct in_addr pool_address(const struct pool_entry *pool, uint32_t slot)
{
	uint32_t first = ntohl(pool->conf->first.s_addr);

	return (struct in_addr){htonl(first + slot - pool->slot)};
}

static void stale_leg(void *ctx, uint32_t slot, const struct leg *leg)
{
	struct node *node = ctx;

	if (slot < FIRST_IP_SLOT) {
		ids_claim(node->banks[slot >> BANK_SHIFT], (uint16_t)slot);
	} else {
		struct pool_entry *pool = pool_of_slot(node, slot);

		if (pool)
			pool_claim(pool->pool, pool_address(pool, slot));
	}
	stale_add(node, STALE_LEG, slot);
	if (leg->call > node->last_call)
		node->last_call = leg->call;
}

static void stale_tunnel(void *ctx, uint16_t id, const struct tunnel_rx *rx)
{
	struct node *node = ctx;

	(void)rx;
	ids_claim(node->tunnel_ids, id);
	stale_add(node, STALE_TUNNEL, id);
}

/* Nobody remembers which next hops an earlier engine wanted resolved. */
static void stale_neighbours(struct node *node)
{
	struct keeper_msg msg = {.type = KEEPER_NEIGHBOURS_DROP};

	node->ops->ask_keeper(node->ops_ctx, &msg);
	nexthop_keep_all(node->nexthop);
}

static void stale_ring(void *ctx, struct instant now)
{
	(void)now;
	stale_sweep(ctx);
}

int stale_collect(struct node *node)
{
	node->stale_count = dataplane_scan(node->dataplane, stale_leg,
					   stale_tunnel, node);
	node_drop_pools(node);
	if (!node->stale_count.legs && !node->stale_count.tunnels) {
		stale_neighbours(node);
		return 0;
	}
	log_notice("stale: %u legs and %u tunnels of an earlier engine keep "
		   "forwarding for %u s",
		   node->stale_count.legs, node->stale_count.tunnels,
		   node->conf->stale_hold_ms / 1000);
	node->stale_alarm = (struct alarm){.ring = stale_ring, .ctx = node};
	alarm_set(&node->alarms, &node->stale_alarm,
		  instant_after(node->now, node->conf->stale_hold_ms));
	return 0;
}

static void stale_drop_routes(struct node *node, uint32_t slot)
{
	struct dataplane_prefix prefix;
	struct in_addr address;

	while (dataplane_route_take(node->dataplane, slot, &prefix)) {
		memcpy(&address, prefix.address, sizeof(address));
		if (!prefix.ip6)
			node_route_network(node, address, prefix.length, 0);
	}
}

/* Whether it had a route of its own nobody knows. */
static void stale_drop_address(struct node *node, uint32_t slot)
{
	struct pool_entry *pool = pool_of_slot(node, slot);
	struct in_addr address = dataplane_address_at(node->dataplane, slot);

	dataplane_leg_clear(node->dataplane, slot);
	stale_drop_routes(node, slot);
	if (pool)
		pool_release(pool->pool, address);
	if (address.s_addr)
		node_route(node, address, 0);
}

static void stale_drop_leg(struct node *node, uint32_t slot)
{
	if (slot >= FIRST_IP_SLOT) {
		stale_drop_address(node, slot);
		return;
	}
	dataplane_leg_clear(node->dataplane, slot);
	node_release_id(node, (uint8_t)(slot >> BANK_SHIFT), (uint16_t)slot);
}

static void stale_drop(struct node *node, enum stale_kind kind)
{
	struct stale_entry *entry;
	struct stale_entry *after;

	list_each_safe(entry, after, &node->stale, link) {
		if (entry->kind != kind)
			continue;
		if (kind == STALE_LEG) {
			stale_drop_leg(node, entry->number);
		} else {
			dataplane_tunnel_close(node->dataplane,
					       (uint16_t)entry->number);
			ids_release(node->tunnel_ids, (uint16_t)entry->number,
				    node->now);
		}
		list_remove(&entry->link);
		free(entry);
	}
}

void stale_sweep(struct node *node)
{
	log_notice("stale: %u legs and %u tunnels are swept",
		   node->stale_count.legs, node->stale_count.tunnels);
	stale_drop(node, STALE_LEG);
	stale_drop(node, STALE_TUNNEL);
	node->stale_count = (struct dataplane_stale){0};
	node_drop_pools(node);
	stale_neighbours(node);
	node_event(node, "stale-swept", "s:b", "done", 1);
}

void stale_free(struct node *node)
{
	struct stale_entry *entry;
	struct stale_entry *after;

	list_each_safe(entry, after, &node->stale, link) {
		list_remove(&entry->link);
		free(entry);
	}
}
