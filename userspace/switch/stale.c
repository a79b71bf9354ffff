/* SPDX-License-Identifier: GPL-2.0-only */
/* Legs and tunnels of an earlier engine; see stale.h. */
#include "switch/stale.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "switch/access.h"
#include "world/nexthop.h"
#include "world/pool.h"

enum {
	SWEEP_LEGS = 512, /* in one go... */
	SWEEP_REST_MS = 10, /* ...and then others have their turn */
	CLIENT_LEGS = 64, /* of one client that are looked at */
};

struct stale_leg {
	struct list link; /* node->stale */
	struct table_link by_slot; /* node->stale_slots */
	struct group_link by_call; /* node->stale_calls, if it has a number */
	struct group_link by_client; /* node->stale_clients, if it is PPPoE */
	uint32_t slot;
};

/* ---- at the start -------------------------------------------------------- */

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

/* Ports are not known yet when legs are collected, but their banks are. */
static uint32_t client_key(const struct node *node, uint8_t bank,
			   const uint8_t mac[6], const uint16_t vlan[2])
{
	uint64_t hash = view_hash(view_of(mac, 6), node->hash_seed);

	hash = view_hash(view_of(&bank, sizeof(bank)), hash);
	return (uint32_t)(view_hash(view_of(vlan, 4), hash) >> 32);
}

static int leg_enter(struct node *node, struct stale_leg *entry,
		     const struct leg *leg)
{
	const uint16_t vlan[2] = {leg->in.pppoe.vlan, leg->in.pppoe.inner_vlan};
	int err = table_insert(&node->stale_slots, &entry->by_slot,
			       entry->slot);

	if (!err && leg->call)
		err = group_add(&node->stale_calls, &entry->by_call, leg->call);
	if (!err && leg->kind == LEG_PPPOE)
		err = group_add(&node->stale_clients, &entry->by_client,
				client_key(node,
					   (uint8_t)(entry->slot >> BANK_SHIFT),
					   leg->in.pppoe.mac, vlan));
	return err;
}

static void stale_leg(void *ctx, uint32_t slot, const struct leg *leg)
{
	struct node *node = ctx;
	struct stale_leg *entry = calloc(1, sizeof(*entry));

	if (!entry)
		fatal("no memory for stale legs");
	entry->slot = slot;
	list_append(&node->stale, &entry->link);
	if (leg_enter(node, entry, leg))
		fatal("no memory for stale legs");
	if (slot < FIRST_IP_SLOT) {
		ids_claim(node->banks[slot >> BANK_SHIFT], (uint16_t)slot);
	} else {
		struct pool_entry *pool = pool_of_slot(node, slot);

		if (pool)
			pool_claim(pool->pool, pool_address(pool, slot));
	}
	if (leg->call > node->last_call)
		node->last_call = leg->call;
	stale_tunnel_learn(node, leg);
}

static void stale_tunnel(void *ctx, uint16_t id, const struct tunnel_rx *rx)
{
	(void)rx;
	stale_tunnel_add(ctx, id);
}

/* It is unknown which next hops an earlier engine kept resolved. */
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

/* ---- the end of one leg -------------------------------------------------- */

static void drop_routes(struct node *node, uint32_t slot)
{
	struct dataplane_prefix prefix;
	struct in_addr address;

	while (dataplane_route_take(node->dataplane, slot, &prefix)) {
		memcpy(&address, prefix.address, sizeof(address));
		if (!prefix.ip6)
			node_route_network(node, address, prefix.length, 0);
	}
}

/* It is unknown whether it had a route of its own. */
static void drop_address(struct node *node, uint32_t slot)
{
	struct pool_entry *pool = pool_of_slot(node, slot);
	struct in_addr address = dataplane_address_at(node->dataplane, slot);

	dataplane_leg_clear(node->dataplane, slot);
	drop_routes(node, slot);
	if (pool)
		pool_release(pool->pool, address);
	if (address.s_addr)
		node_route(node, address, 0);
}

static void leg_drop(struct node *node, struct stale_leg *entry)
{
	uint32_t slot = entry->slot;

	if (slot >= FIRST_IP_SLOT) {
		drop_address(node, slot);
	} else {
		dataplane_leg_clear(node->dataplane, slot);
		node_release_id(node, (uint8_t)(slot >> BANK_SHIFT),
				(uint16_t)slot);
	}
	node->stale_count.legs--;
	table_remove(&node->stale_slots, &entry->by_slot);
	group_remove(&node->stale_calls, &entry->by_call);
	group_remove(&node->stale_clients, &entry->by_client);
	list_remove(&entry->link);
	free(entry);
}

/* ---- the end of one call ------------------------------------------------- */

/* The client of a call's PPPoE leg. */
struct farewell {
	bool known; /* the other leg says how to reach it */
	bool lone; /* there is none: by a port of this bank */
	uint8_t bank;
	struct pppoe_client client;
	uint8_t source[6];
	uint16_t session;
};

static void farewell_read(const struct node *node, uint32_t slot,
			  struct farewell *out)
{
	struct leg leg = dataplane_leg_read(node->dataplane, slot);
	struct pppoe_client *client = &out->client;

	if (dataplane_leg_client(node->dataplane, &leg, client, out->source,
				 &out->session)) {
		out->known = true;
		return;
	}
	if (out->known || leg.kind != LEG_PPPOE)
		return;
	out->lone = true;
	out->bank = (uint8_t)(slot >> BANK_SHIFT);
	out->session = (uint16_t)slot;
	memcpy(client->mac, leg.in.pppoe.mac, sizeof(client->mac));
	client->vlan[0] = leg.in.pppoe.vlan;
	client->vlan[1] = leg.in.pppoe.inner_vlan;
	client->vlans = (uint8_t)(!!client->vlan[0] + !!client->vlan[1]);
}

static void padt_send(struct node *node, const struct pppoe_client *to,
		      const uint8_t source[6], uint16_t session)
{
	uint8_t room[64];
	struct builder b = builder_on(room, sizeof(room));

	pppoe_padt(&b, to, source, session, "");
	node->ops->send_frame(node->ops_ctx, to->ifindex, builder_view(&b));
}

/* Neither its port nor the type of its outer tag is known: all there can be. */
static bool lone_send(struct node *node, struct farewell *to)
{
	static const uint16_t types[] = {ETHER_VLAN, ETHER_QINQ};
	const struct access_port *port;
	bool sent = false;

	list_each(port, &node->ports, link) {
		if (!port->has_bank || port->bank != to->bank ||
		    port->state.state != KEEPER_PORT_ATTACHED)
			continue;
		to->client.ifindex = port->state.ifindex;
		for (int i = 0; i < (to->client.vlans ? 2 : 1); i++) {
			to->client.outer_type = types[i];
			padt_send(node, &to->client, port->state.mac,
				  to->session);
		}
		sent = true;
	}
	return sent;
}

static void farewell_send(struct node *node, struct farewell *to)
{
	bool sent = false;

	if (to->known && access_port_find(node, to->client.ifindex)) {
		padt_send(node, &to->client, to->source, to->session);
		sent = true;
	} else if (!to->known && to->lone) {
		sent = lone_send(node, to);
	}
	if (sent)
		node_count(node, COUNT_PADT_STALE_SENT);
}

/*
 * The other leg of the same call, NULL: there is none.  A call has two; should
 * a map have more, they end one pair after the other.
 */
static struct stale_leg *leg_other(const struct node *node,
				   const struct stale_leg *entry)
{
	struct group_link *link;

	if (!entry->by_call.in)
		return NULL;
	link = group_newest(&node->stale_calls, entry->by_call.key);
	if (link == &entry->by_call)
		link = group_older(link);
	return link ? group_entry(link, struct stale_leg, by_call) : NULL;
}

/* Forwarding goes first, then the client is told. */
static void call_drop(struct node *node, struct stale_leg *entry, bool tell)
{
	struct stale_leg *other = leg_other(node, entry);
	struct farewell to = {0};

	farewell_read(node, entry->slot, &to);
	if (other) {
		farewell_read(node, other->slot, &to);
		leg_drop(node, other);
	}
	leg_drop(node, entry);
	if (tell)
		farewell_send(node, &to);
}

static struct stale_leg *leg_find(const struct node *node, uint32_t slot)
{
	struct table_link *link = table_find(&node->stale_slots, slot);

	return link ? table_entry(link, struct stale_leg, by_slot) : NULL;
}

bool stale_has(const struct node *node, uint32_t slot)
{
	return leg_find(node, slot) != NULL;
}

bool stale_end(struct node *node, uint32_t slot)
{
	struct stale_leg *entry = leg_find(node, slot);

	if (!entry)
		return false;
	call_drop(node, entry, true);
	return true;
}

/* ---- clients ------------------------------------------------------------- */

/* Ports can share a bank: the other leg knows which one it was. */
static bool leg_is_of(const struct node *node, const struct stale_leg *entry,
		      const struct pppoe_client *client)
{
	struct leg leg = dataplane_leg_read(node->dataplane, entry->slot);
	const struct stale_leg *other = leg_other(node, entry);
	struct farewell to = {0};

	if (leg.kind != LEG_PPPOE || memcmp(leg.in.pppoe.mac, client->mac, 6) ||
	    leg.in.pppoe.vlan != client->vlan[0] ||
	    leg.in.pppoe.inner_vlan != client->vlan[1])
		return false;
	if (other)
		farewell_read(node, other->slot, &to);
	return !to.known || to.client.ifindex == client->ifindex;
}

bool stale_padt(struct node *node, const struct access_port *port,
		const struct pppoe_client *client, uint16_t session)
{
	struct stale_leg *entry =
		leg_find(node, dataplane_slot(port->bank, session));

	if (!entry || !leg_is_of(node, entry, client))
		return false;
	call_drop(node, entry, false);
	return true;
}

/* The oldest stale leg of this client, NULL: it has none. */
static struct stale_leg *client_find(const struct node *node,
				     const struct access_port *port,
				     const struct pppoe_client *client)
{
	struct group_link *link = group_newest(
		&node->stale_clients,
		client_key(node, port->bank, client->mac, client->vlan));

	for (unsigned int i = 0; link && i < CLIENT_LEGS;
	     i++, link = group_older(link)) {
		struct stale_leg *entry =
			group_entry(link, struct stale_leg, by_client);

		if (leg_is_of(node, entry, client))
			return entry;
	}
	return NULL;
}

struct in_addr stale_end_client(struct node *node,
				const struct access_port *port,
				const struct pppoe_client *client)
{
	struct in_addr address = {0};
	struct stale_leg *entry;

	for (unsigned int i = 0;
	     i < CLIENT_LEGS && (entry = client_find(node, port, client));
	     i++) {
		const struct stale_leg *other = leg_other(node, entry);

		if (other && other->slot >= FIRST_IP_SLOT)
			address = dataplane_address_at(node->dataplane,
						       other->slot);
		call_drop(node, entry, true);
	}
	return address;
}

void stale_end_moved(struct node *node, const struct access_port *port)
{
	struct stale_leg *entry = list_entry(node->stale.next, struct stale_leg,
					     link);
	unsigned int ended = 0;

	while (&entry->link != &node->stale) {
		struct stale_leg *after =
			list_entry(entry->link.next, struct stale_leg, link);
		struct farewell to = {0};

		farewell_read(node, entry->slot, &to);
		if (to.known && to.client.ifindex == port->state.ifindex &&
		    memcmp(to.source, port->state.mac, 6)) {
			if (after == leg_other(node, entry))
				after = list_entry(after->link.next,
						   struct stale_leg, link);
			call_drop(node, entry, true);
			ended++;
		}
		entry = after;
	}
	if (ended)
		log_notice("port %s: it has another MAC address, %u calls of "
			   "an earlier engine end",
			   port->state.name, ended);
}

/* ---- the sweep ----------------------------------------------------------- */

static void sweep_ring(void *ctx, struct instant now)
{
	struct node *node = ctx;

	for (unsigned int i = 0; i < SWEEP_LEGS && !list_empty(&node->stale);
	     i++)
		call_drop(node,
			  list_entry(node->stale.next, struct stale_leg, link),
			  true);
	if (!list_empty(&node->stale)) {
		alarm_set(&node->alarms, &node->stale_alarm,
			  instant_after(now, SWEEP_REST_MS));
		return;
	}
	stale_tunnels_drop(node);
	node_drop_pools(node);
	stale_neighbours(node);
	node_event(node, "stale-swept", "s:b", "done", 1);
}

void stale_sweep(struct node *node)
{
	log_notice("stale: %u legs and %u tunnels are swept",
		   node->stale_count.legs, node->stale_count.tunnels);
	node->stale_alarm.ring = sweep_ring;
	sweep_ring(node, node->now);
}

void stale_settle(struct node *node)
{
	if (node->stale_count.legs || node->stale_count.tunnels)
		return;
	alarm_set(&node->alarms, &node->stale_alarm, NEVER);
	stale_sweep(node);
}

void stale_free(struct node *node)
{
	struct stale_leg *leg;
	struct stale_leg *next_leg;

	list_each_safe(leg, next_leg, &node->stale, link) {
		list_remove(&leg->link);
		free(leg);
	}
	stale_tunnels_free(node);
	table_fini(&node->stale_slots);
	table_fini(&node->stale_calls);
	table_fini(&node->stale_clients);
}
