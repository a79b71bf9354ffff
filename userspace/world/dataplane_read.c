/* SPDX-License-Identifier: GPL-2.0-only */
/* Questions to the maps that any thread may ask; see dataplane_read.h. */
#include "world/dataplane_read.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <string.h>

#include "world/dataplane_maps.h"

enum { IP4_BITS = 32 };

/* Copies a record whose first word is published last; false: it changed. */
static bool record_copy(void *to, const void *from, size_t len)
{
	uint32_t before = word_read(from);

	memcpy(to, from, len);
	memcpy(to, &before, sizeof(before));
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return word_read(from) == before;
}

bool dataplane_find_leg(const struct dataplane *dp, uint32_t slot,
			enum leg_kind kind, struct leg *leg)
{
	return slot < LEG_SLOTS &&
	       record_copy(leg, &dp->legs[slot], sizeof(*leg)) &&
	       leg->state != LEG_FREE && leg->kind == kind;
}

bool dataplane_has_leg(const struct dataplane *dp, uint32_t slot,
		       enum leg_kind kind)
{
	struct leg first = {0};
	uint32_t word;

	if (slot >= LEG_SLOTS)
		return false;
	word = word_read(&dp->legs[slot]);
	memcpy(&first, &word, sizeof(word));
	return first.state != LEG_FREE && first.kind == kind;
}

bool dataplane_find_tunnel(const struct dataplane *dp, uint16_t id,
			   struct tunnel_rx *tunnel)
{
	return record_copy(tunnel, &dp->tunnels[id], sizeof(*tunnel)) &&
	       tunnel->state == TUNNEL_RX_OPEN;
}

static struct address end_address(bool ip6, const uint8_t octets[16],
				  __be32 ip4)
{
	struct in6_addr six;

	if (!ip6)
		return address_of_ip4((struct in_addr){ip4});
	memcpy(&six, octets, sizeof(six));
	return address_of_ip6(six);
}

void dataplane_tunnel_ends(const struct tunnel_rx *tunnel, struct address *peer,
			   struct address *local)
{
	bool ip6 = tunnel->flags & TUNNEL_RX_IP6;

	*peer = end_address(ip6, tunnel->peer_ip6, tunnel->peer_ip4);
	*local = end_address(ip6, tunnel->local_ip6, tunnel->local_ip4);
}

uint32_t dataplane_find_image(const struct dataplane *dp, uint32_t template,
			      struct image *image)
{
	const struct template *t;

	if (!template || template >= TEMPLATE_SLOTS)
		return 0;
	t = &dp->templates[template];
	*image = t->image[word_read(&t->active) & 1];
	return __atomic_load_n(&t->users, __ATOMIC_RELAXED);
}

static bool pool_find(const struct dataplane *dp, uint32_t address,
		      uint32_t *slot)
{
	uint32_t used = word_read(&dp->settings->ip4_pools);

	for (uint32_t i = 0; i < used && i < POOL_SLOTS; i++) {
		const struct ip4_pool *pool = &dp->ip4_pools[i];
		uint32_t at = address - pool->base;

		if (at >= word_read(&pool->count))
			continue;
		*slot = pool->slot + at;
		return true;
	}
	return false;
}

static bool route_find(const struct dataplane *dp, struct in_addr address,
		       uint32_t *slot)
{
	struct ip4_prefix key = {IP4_BITS, address.s_addr};

	return word_read(&dp->settings->ip4_routes) &&
	       !bpf_map_lookup_elem(dp->fds.ip4_routes, &key, slot);
}

bool dataplane_find_address(const struct dataplane *dp, struct in_addr address,
			    uint32_t *slot)
{
	return pool_find(dp, ntohl(address.s_addr), slot) ||
	       !dataplane_host_find(dp, address, slot) ||
	       route_find(dp, address, slot);
}

bool dataplane_routes_to(const struct dataplane *dp, struct in_addr address,
			 uint32_t call)
{
	struct leg leg;
	uint32_t slot;

	return route_find(dp, address, &slot) &&
	       dataplane_find_leg(dp, slot, LEG_IP, &leg) && leg.call == call;
}

bool dataplane_is_attached(const struct dataplane *dp, uint32_t ifindex)
{
	return ifindex < PORT_SLOTS &&
	       word_read(&dp->ports[ifindex].flags) & PORT_ATTACHED;
}

bool dataplane_clamps(const struct dataplane *dp)
{
	return word_read(&dp->settings->flags) & SETTINGS_MSS_CLAMP;
}

enum inner_dscp dataplane_inner_dscp(const struct dataplane *dp, uint8_t *value)
{
	uint32_t word = word_read(&dp->settings->inner_dscp);
	uint8_t octets[sizeof(word)];

	memcpy(octets, &word, sizeof(word));
	*value = octets[1];
	return octets[0];
}
