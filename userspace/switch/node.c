/* SPDX-License-Identifier: GPL-2.0-only */
/* The switch's tables and surroundings; see node.h. */
#include "switch/node.h"
#include "switch/rates.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/rng.h"
#include "world/pool.h"

/* The slot of the gateway if it lies in the pool's range; false: it does not. */
static bool pool_gateway_slot(const struct pool_entry *pool, uint32_t *slot)
{
	uint32_t offset = ntohl(pool->conf->gateway.s_addr) -
			  ntohl(pool->conf->first.s_addr);

	*slot = pool->slot + offset;
	return offset < pool->conf->count;
}

void node_serve_gateways(struct node *node)
{
	const struct pool_entry *pool;

	list_each(pool, &node->pools, link) {
		struct leg_end gateway = {.kind = LEG_IP, .mtu = 65535};

		if (!pool_gateway_slot(pool, &gateway.slot))
			continue;
		gateway.ip.ip4 = pool->conf->gateway;
		if (dataplane_leg_punt(node->dataplane, 0, &gateway))
			log_error("pool %s: its gateway is not reachable",
				  pool->conf->name);
	}
}

/* ---- routes -------------------------------------------------------------- */

static void route_ask(struct node *node, uint32_t address, uint8_t length,
		      uint16_t mtu)
{
	/* the kernel's packets to a subscriber have the gateway as source */
	struct keeper_msg msg = {
		.type = mtu ? KEEPER_ROUTE_ADD : KEEPER_ROUTE_DEL,
		.route = {
			.address = {htonl(address)},
			.source = conf_gateway(node->conf,
					       (struct in_addr){htonl(address)}),
			.length = length,
			.mtu = mtu,
		},
	};

	node->ops->ask_keeper(node->ops_ctx, &msg);
}

/*
 * How many addresses the largest aligned block at a range's start has.  A
 * range that is one block becomes two halves, so that a route which an operator
 * has for the prefix is neither in the way nor taken away.
 */
static uint32_t block_size(uint32_t at, uint32_t left, uint32_t whole)
{
	uint32_t size = at ? at & -at : 1u << 31;

	while (size > left)
		size /= 2;
	return size == whole && size > 1 ? size / 2 : size;
}

/* A range as prefixes, so that the kernel's own packets reach the tun. */
static void range_ask(struct node *node, uint32_t at, uint32_t count,
		      uint16_t mtu)
{
	const uint32_t whole = count;

	while (count) {
		uint32_t size = block_size(at, count, whole);

		route_ask(node, at, (uint8_t)(32 - __builtin_ctz(size)), mtu);
		at += size;
		count -= size;
	}
}

/* Whether the address is one of the blocks its range was cut into. */
static bool pool_has_block(const struct conf_pool *conf, struct in_addr address)
{
	uint32_t at = ntohl(conf->first.s_addr), left = conf->count;

	while (left) {
		uint32_t size = block_size(at, left, conf->count);

		if (at == ntohl(address.s_addr))
			return size == 1;
		at += size;
		left -= size;
	}
	return false;
}

void node_route(struct node *node, struct in_addr address, uint16_t mtu)
{
	const struct pool_entry *pool = node_pool_of(node, address);

	if (!mtu && pool && pool_has_block(pool->conf, address))
		mtu = node->conf->ppp.peer_mru_max;
	route_ask(node, ntohl(address.s_addr), 32, mtu);
}

void node_route_network(struct node *node, struct in_addr address,
			uint8_t length, uint16_t mtu)
{
	route_ask(node, ntohl(address.s_addr), length, mtu);
}

/* ---- pools --------------------------------------------------------------- */

void node_drop_pools(struct node *node)
{
	struct ip4_pool old;

	while (dataplane_pool_drop(node->dataplane, &old))
		range_ask(node, old.base, old.count, 0);
}

static void range_clear(struct node *node, const struct ip4_pool *old)
{
	for (uint32_t n = 0; n < old->count; n++) {
		uint32_t slot = old->slot + n;

		if (dataplane_leg_read(node->dataplane, slot).state == LEG_FREE)
			continue;
		dataplane_leg_clear(node->dataplane, slot);
		route_ask(node, old->base + n, 32, 0);
	}
}

/* Ranges of an earlier configuration with other borders. */
static void pool_make_way(struct node *node, const struct conf_pool *conf)
{
	struct ip4_pool old;

	while (dataplane_pool_across(node->dataplane, conf->first, conf->count,
				     &old)) {
		log_notice("pool %s: its range has changed, calls of an "
			   "earlier engine in it end",
			   conf->name);
		range_clear(node, &old);
		node_drop_pools(node);
	}
}

/* The addresses of a pool, its ends only for users who have one of them. */
static struct pool *addresses_new(const struct conf_pool *conf)
{
	struct pool *pool = pool_new(conf->first, conf->count, conf->gateway);
	uint32_t last = ntohl(conf->first.s_addr) + (conf->count - 1);

	if (pool && conf->ends) {
		pool_withhold(pool, conf->first);
		pool_withhold(pool, (struct in_addr){htonl(last)});
	}
	return pool;
}

/* Users' fixed addresses are not handed out by pools. */
static void pool_keep_users(const struct conf *conf, struct pool *pool)
{
	for (unsigned int i = 0; i < conf->user_count; i++)
		if (conf->users[i].address.s_addr)
			pool_keep(pool, conf->users[i].address);
}

static int node_init_pool(struct node *node, const struct conf_pool *conf)
{
	struct pool_entry *entry = calloc(1, sizeof(*entry));
	uint32_t gateway;
	int err;

	if (!entry)
		return -ENOMEM;
	list_append(&node->pools, &entry->link);
	entry->conf = conf;
	entry->pool = addresses_new(conf);
	if (!entry->pool)
		return -ENOMEM;
	pool_keep_users(node->conf, entry->pool);
	err = dataplane_pool_add(node->dataplane, conf->first, conf->count,
				 &entry->slot);
	if (err)
		return err;
	/* ours, not a leg that an earlier engine left */
	if (pool_gateway_slot(entry, &gateway))
		dataplane_leg_clear(node->dataplane, gateway);
	/* what the kernel sends must fit the usual subscriber */
	range_ask(node, ntohl(conf->first.s_addr), conf->count,
		  node->conf->ppp.peer_mru_max);
	return 0;
}

static void pools_free(struct node *node)
{
	struct pool_entry *entry;
	struct pool_entry *after;

	list_each_safe(entry, after, &node->pools, link) {
		list_remove(&entry->link);
		pool_free(entry->pool);
		free(entry);
	}
}

static bool range_is_configured(const struct conf *conf,
				const struct ip4_pool *range)
{
	for (unsigned int i = 0; i < conf->pool_count; i++)
		if (ntohl(conf->pools[i].first.s_addr) == range->base &&
		    conf->pools[i].count == range->count)
			return true;
	return false;
}

/* Takes out what an earlier engine left: what is configured too, if all. */
static void ranges_evict(struct node *node, bool all)
{
	dataplane_pools_forget(node->dataplane);
	for (unsigned int i = 0; i < POOL_SLOTS; i++) {
		struct ip4_pool old = dataplane_pool_read(node->dataplane, i);

		if (old.count && (all || !range_is_configured(node->conf, &old)))
			range_clear(node, &old);
	}
	node_drop_pools(node);
}

static int pools_add(struct node *node)
{
	const struct conf *conf = node->conf;
	int err = 0;

	for (unsigned int i = 0; !err && i < conf->pool_count; i++)
		err = node_init_pool(node, &conf->pools[i]);
	return err;
}

/*
 * Calls of an earlier engine forward on unless their ranges are in the way: the
 * engine must be able to start.
 */
static int node_init_pools(struct node *node)
{
	int err;

	for (unsigned int i = 0; i < node->conf->pool_count; i++)
		pool_make_way(node, &node->conf->pools[i]);
	err = pools_add(node);
	for (int all = 0; err == -ENOSPC && all < 2; all++) {
		log_notice("pools: calls of an earlier engine in %s ranges "
			   "end, the new ones need the room",
			   all ? "all" : "other");
		pools_free(node);
		ranges_evict(node, all);
		err = pools_add(node);
	}
	if (err)
		log_error("pools: no room in the data plane");
	return err;
}

static int node_init_tables(struct node *node)
{
	node->tunnels = calloc(TUNNEL_SLOTS, sizeof(struct tunnel_entry *));
	node->slots = calloc(LEG_SLOTS, sizeof(struct call *));
	node->tunnel_ids = ids_new(NODE_REST_MS, rng_fill);
	if (!node->tunnels || !node->slots || !node->tunnel_ids)
		return -ENOMEM;
	for (unsigned int i = 0; i < ID_BANKS; i++) {
		/* a PPPoE id rests longer than an L2TP id; banks are shared */
		node->banks[i] = ids_new(NODE_PPPOE_REST_MS, rng_fill);
		if (!node->banks[i])
			return -ENOMEM;
	}
	return 0;
}

static void node_init_settings(struct dataplane *dp, const struct conf *conf)
{
	static const enum inner_dscp modes[] = {
		[CONF_DSCP_LEAVE] = INNER_DSCP_LEAVE,
		[CONF_DSCP_COPY] = INNER_DSCP_COPY,
		[CONF_DSCP_SET] = INNER_DSCP_SET,
	};
	const struct conf_dscp *inner = &conf->l2tp.dscp_inner;

	dataplane_mss_clamp_set(dp, conf->mss_clamp);
	dataplane_check_sums_set(dp, conf->l2tp.verify_checksum);
	dataplane_inner_dscp_set(dp, modes[inner->mode], inner->value);
	for (unsigned int i = 0; i < PUNT_CLASSES; i++)
		dataplane_punt_limit_set(dp, i, conf->punt[i].of_port,
					 conf->punt[i].of_source);
}

int node_init(struct node *node, const char *instance, const struct conf *conf,
	      struct dataplane *dataplane, const struct node_ops *ops,
	      void *ops_ctx, struct instant now)
{
	int err;

	*node = (struct node){
		.instance = instance,
		.conf = conf,
		.dataplane = dataplane,
		.ops = ops,
		.ops_ctx = ops_ctx,
		.now = now,
		.started = now,
		.call_lines = {.burst = 200, .every_ms = 10},
		.refusals = {.burst = 100, .every_ms = 10},
	};
	list_init(&node->calls);
	list_init(&node->destinations);
	list_init(&node->ports);
	list_init(&node->pools);
	list_init(&node->dead_calls);
	list_init(&node->dead_tunnels);
	list_init(&node->stale);
	list_init(&node->stale_tunnels);
	alarms_init(&node->alarms);
	rng_fill(&node->hash_seed, sizeof(node->hash_seed));
	rng_fill(&node->last_serial, sizeof(node->last_serial));
	node->last_serial &= 0x7fffffff;
	err = node_init_tables(node);
	if (!err)
		err = node_init_pools(node);
	dataplane_locals_forget(dataplane);
	for (unsigned int i = 0; !err && i < conf->l2tp.local_count; i++)
		err = dataplane_local_add(dataplane, conf->l2tp.locals[i]);
	node_init_settings(dataplane, conf);
	if (!err)
		err = dataplane_offset_limit_set(dataplane,
						 conf->l2tp.offset_limit);
	if (err)
		node_fini(node);
	return err;
}

void node_fini(struct node *node)
{
	pools_free(node);
	for (unsigned int i = 0; i < ID_BANKS; i++)
		ids_free(node->banks[i]);
	ids_free(node->tunnel_ids);
	free(node->tunnels);
	free(node->choices);
	free(node->slots);
	rates_free(node->rates);
	table_fini(&node->challenges);
	table_fini(&node->calls_by_id);
	table_fini(&node->clients);
	table_fini(&node->dialling);
	table_fini(&node->padrs);
	table_fini(&node->subscribers);
	alarms_fini(&node->alarms);
}

/* Ids that rest are better than none. */
static bool bank_is_emptier(struct ids *bank, struct ids *than,
			    struct instant now)
{
	unsigned int left = ids_left(bank, now), other = ids_left(than, now);

	return left > other ||
	       (left == other && ids_used(bank) < ids_used(than));
}

uint8_t node_emptiest_bank(const struct node *node)
{
	uint8_t best = 0;

	for (uint8_t i = 1; i < ID_BANKS; i++)
		if (bank_is_emptier(node->banks[i], node->banks[best],
				    node->now))
			best = i;
	return best;
}

bool node_bank_serves(const struct node *node, uint8_t bank)
{
	uint8_t best;

	if (ids_left(node->banks[bank], node->now))
		return true;
	best = node_emptiest_bank(node);
	return !ids_left(node->banks[best], node->now) &&
	       ids_any(node->banks[bank]);
}

static int take_counted(struct node *node, struct ids *ids, uint16_t *id)
{
	uint64_t before = ids_unrested(ids);
	int err = ids_take(ids, node->now, id);

	node->counters[COUNT_ID_UNRESTED] += ids_unrested(ids) - before;
	return err;
}

int node_take_id(struct node *node, uint8_t bank, uint16_t *id)
{
	return take_counted(node, node->banks[bank], id);
}

int node_take_tunnel_id(struct node *node, uint16_t *id)
{
	return take_counted(node, node->tunnel_ids, id);
}

void node_release_id(struct node *node, uint8_t bank, uint16_t id)
{
	ids_release(node->banks[bank], id, node->now);
}

struct pool_entry *node_pool(struct node *node, const struct conf_pool *conf)
{
	struct pool_entry *entry;

	list_each(entry, &node->pools, link)
		if (!conf || entry->conf == conf)
			return entry;
	return NULL;
}

struct pool_entry *node_pool_of(const struct node *node, struct in_addr address)
{
	struct pool_entry *entry;

	list_each(entry, &node->pools, link)
		if (ntohl(address.s_addr) - ntohl(entry->conf->first.s_addr) <
		    entry->conf->count)
			return entry;
	return NULL;
}

void node_event(struct node *node, const char *name, const char *format, ...)
{
	json_t *event;
	char braced[96];
	va_list args;

	if (!node->ops->listening(node->ops_ctx))
		return;
	snprintf(braced, sizeof(braced), "{%s}", format);
	va_start(args, format);
	event = json_vpack_ex(NULL, 0, braced, args);
	va_end(args);
	if (!event) {
		log_error("event %s: cannot be built", name);
		return;
	}
	json_object_set_new(event, "event", json_string(name));
	json_object_set_new(event, "time",
			    json_integer((json_int_t)(node->now.ms -
						      node->started.ms)));
	node->ops->event(node->ops_ctx, event);
}

bool node_may_log(struct node *node)
{
	if (!log_allowed(&node->call_lines, node->now)) {
		node->lines_left_out++;
		return false;
	}
	if (node->lines_left_out)
		log_notice("%u lines about calls were left out",
			   node->lines_left_out);
	node->lines_left_out = 0;
	return true;
}

void node_step(struct node *node, const char *role, int step, uint32_t call,
	       const char *text)
{
	node_event(node, "step", "s:s,s:i,s:i,s:s", "role", role, "step", step,
		   "call", (int)call, "text", text);
}
