/* SPDX-License-Identifier: GPL-2.0-only */
/* Next hops that the FIB named, resolved in time; see upstream.h. */
#include "switch/upstream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	LOOK_MS = 100, /* 64 next hops then, at most */
};

struct upstream {
	struct node *node;
	struct alarm alarm;
	/* by a destination that led to the gateway: its route is watched */
	struct nexthop_watch *gateways[UPSTREAM_GATEWAYS];
	unsigned int next; /* place of the next one, and of the oldest */
};

static struct address named_address(uint16_t family, const uint8_t octets[16])
{
	struct address address = {.family = family};

	memcpy(address.octets, octets, address_size(&address));
	return address;
}

static void gateway_keep(struct upstream *up, struct address destination)
{
	struct nexthop_watch **place = &up->gateways[up->next];
	struct nexthop_watch *before = *place;

	*place = nexthop_watch(up->node->nexthop, destination,
			       (struct address){0}, NULL);
	up->next = (up->next + 1) % UPSTREAM_GATEWAYS;
	if (!before)
		return;
	nexthop_unwatch(before);
	node_count(up->node, COUNT_NEXT_HOP_LET_GO);
}

static void next_hop_ask(struct upstream *up, uint32_t ifindex,
			 struct address address)
{
	struct keeper_msg ask = {
		.type = KEEPER_NEIGHBOUR_ASK,
		.neighbour = {.ifindex = ifindex, .address = address},
	};

	up->node->ops->ask_keeper(up->node->ops_ctx, &ask);
}

/*
 * Policy routing can choose another gateway than a lookup of the destination
 * alone.  Such a gateway is resolved once each time the program reports it.
 */
static void next_hop_named(struct upstream *up, const struct unresolved *named)
{
	struct address next_hop =
		named_address(named->family, named->next_hop);
	struct address destination =
		named_address(named->destination_family, named->destination);
	const struct nexthop *nexthop = up->node->nexthop;

	node_count(up->node, COUNT_NEXT_HOP_ASKED);
	/* a failed neighbour is resolved at once, without the kernel's delay */
	if (nexthop_keep_again(nexthop, named->ifindex, next_hop))
		return;
	if (!address_same(next_hop, destination))
		gateway_keep(up, destination);
	if (!nexthop_keeps(nexthop, named->ifindex, next_hop))
		next_hop_ask(up, named->ifindex, next_hop);
}

static void upstream_look(void *ctx, struct instant now)
{
	struct upstream *up = ctx;
	struct unresolved named;
	unsigned int at = 0;

	while (dataplane_unresolved_take(up->node->dataplane, &at, &named))
		next_hop_named(up, &named);
	alarm_set(&up->node->alarms, &up->alarm, instant_after(now, LOOK_MS));
}

int upstream_start(struct node *node)
{
	struct upstream *up = calloc(1, sizeof(*up));

	if (!up)
		return -ENOMEM;
	up->node = node;
	up->alarm = (struct alarm){.ring = upstream_look, .ctx = up};
	node->upstream = up;
	upstream_look(up, node->now);
	return 0;
}

void upstream_stop(struct node *node)
{
	struct upstream *up = node->upstream;

	if (!up)
		return;
	node->upstream = NULL;
	alarm_set(&node->alarms, &up->alarm, NEVER);
	for (unsigned int i = 0; i < UPSTREAM_GATEWAYS; i++)
		nexthop_unwatch(up->gateways[i]);
	free(up);
}
