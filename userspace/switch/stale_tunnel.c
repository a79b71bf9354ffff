/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Stale tunnels.  Their control connection is lost, but the peer can still end
 * them: by StopCCN, or by a new tunnel with the same id of the peer.  The
 * sender must know both ids of the tunnel; ours is in the header, the peer's
 * is compared with that in the legs.
 */
#include "switch/stale.h"

#include <arpa/inet.h>
#include <stdlib.h>

#include "base/log.h"
#include "world/dataplane_read.h"

struct stale_tunnel {
	struct list link; /* node->stale_tunnels */
	uint16_t id;
};

void stale_tunnel_learn(struct node *node, const struct leg *leg)
{
	struct image image;
	uint32_t tunnel;

	if (leg->out != LEG_L2TP)
		return;
	tunnel = dataplane_find_image(node->dataplane, leg->out_template,
				      &image);
	if (!tunnel || tunnel >= TUNNEL_SLOTS)
		return;
	if (!node->stale_peers)
		node->stale_peers =
			calloc(TUNNEL_SLOTS, sizeof(*node->stale_peers));
	if (!node->stale_peers)
		fatal("no memory for stale tunnels");
	node->stale_peers[tunnel] = ntohs(leg->to.l2tp.tunnel);
}

void stale_tunnel_add(struct node *node, uint16_t id)
{
	struct stale_tunnel *entry = calloc(1, sizeof(*entry));

	if (!entry)
		fatal("no memory for stale tunnels");
	ids_claim(node->tunnel_ids, id);
	entry->id = id;
	list_append(&node->stale_tunnels, &entry->link);
}

static void tunnel_drop(struct node *node, struct stale_tunnel *entry)
{
	dataplane_tunnel_close(node->dataplane, entry->id);
	ids_release(node->tunnel_ids, entry->id, node->now);
	node->stale_count.tunnels--;
	if (node->stale_peers)
		node->stale_peers[entry->id] = 0;
	list_remove(&entry->link);
	free(entry);
}

void stale_tunnels_drop(struct node *node)
{
	struct stale_tunnel *entry, *after;

	list_each_safe(entry, after, &node->stale_tunnels, link)
		tunnel_drop(node, entry);
	stale_tunnels_free(node);
}

void stale_tunnels_free(struct node *node)
{
	struct stale_tunnel *entry, *after;

	list_each_safe(entry, after, &node->stale_tunnels, link) {
		list_remove(&entry->link);
		free(entry);
	}
	free(node->stale_peers);
	node->stale_peers = NULL;
}

static struct stale_tunnel *tunnel_find(struct node *node, uint16_t id)
{
	struct stale_tunnel *entry;

	list_each(entry, &node->stale_tunnels, link)
		if (entry->id == id)
			return entry;
	return NULL;
}

/* Whether this is a tunnel of an earlier engine with this peer. */
static bool tunnel_is_of(const struct node *node, uint16_t id,
			 const struct stale_peer *peer)
{
	struct address far, near;
	struct tunnel_rx rx;

	/* a peer's id is never 0, which here means that none is known */
	if (!node->stale_peers || !peer->assigned ||
	    node->stale_peers[id] != peer->assigned ||
	    !dataplane_find_tunnel(node->dataplane, id, &rx))
		return false;
	dataplane_tunnel_ends(&rx, &far, &near);
	return rx.peer_port == htons(peer->port) &&
	       address_same(far, peer->address) &&
	       address_same(near, peer->local);
}

/* All 65,535 sessions that it can have are looked at, once. */
static void tunnel_end(struct node *node, uint16_t id, const char *why)
{
	struct stale_tunnel *entry = tunnel_find(node, id);
	unsigned int calls = 0;
	struct tunnel_rx rx;
	struct leg leg;

	if (!entry || !dataplane_find_tunnel(node->dataplane, id, &rx))
		return;
	for (unsigned int session = 1; session < BANK_SLOTS; session++) {
		uint32_t slot = dataplane_slot(rx.bank, (uint16_t)session);

		if (dataplane_find_leg(node->dataplane, slot, LEG_L2TP, &leg) &&
		    leg.in.l2tp.tunnel == id)
			calls += stale_end(node, slot);
	}
	tunnel_drop(node, entry);
	node_count(node, COUNT_STALE_TUNNELS_ENDED);
	log_notice("stale: tunnel %u: %s, %u calls end", id, why, calls);
	node_event(node, "stale-tunnel-ended", "s:i,s:i", "tunnel", id, "calls",
		   (int)calls);
	stale_settle(node);
}

bool stale_tunnel_stopped(struct node *node, uint16_t id,
			  const struct stale_peer *peer)
{
	if (!tunnel_is_of(node, id, peer))
		return false;
	tunnel_end(node, id, "its peer sent StopCCN");
	return true;
}

void stale_tunnel_anew(struct node *node, const struct stale_peer *peer)
{
	if (!node->stale_peers)
		return;
	for (unsigned int id = 1; id < TUNNEL_SLOTS; id++)
		if (tunnel_is_of(node, (uint16_t)id, peer))
			tunnel_end(node, (uint16_t)id, "its peer began anew");
}
