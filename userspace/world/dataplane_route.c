/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Networks behind a subscriber, found by longest prefix: the tries of the data
 * plane, and a tree of our own beside them, because a trie cannot say who has
 * exactly this prefix.
 */
#include "world/dataplane.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "world/dataplane_maps.h"

struct route_note {
	struct dataplane_prefix prefix; /* first: it is also the key */
	uint32_t slot;
};

union trie_key {
	struct ip4_prefix ip4;
	struct ip6_prefix ip6;
};

static int prefix_compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct dataplane_prefix));
}

static union trie_key trie_key(const struct dataplane_prefix *prefix)
{
	union trie_key key = {.ip6 = {.length = prefix->length}};

	memcpy(key.ip6.address, prefix->address,
	       prefix->ip6 ? sizeof(key.ip6.address)
			   : sizeof(key.ip4.address));
	return key;
}

static int trie_fd(const struct dataplane *dp, bool ip6)
{
	return ip6 ? dp->fds.ip6_routes : dp->fds.ip4_routes;
}

static void routes_publish(struct dataplane *dp, bool ip6, int more)
{
	uint32_t *count = ip6 ? &dp->settings->ip6_routes
			      : &dp->settings->ip4_routes;

	dp->route_count[ip6] += (uint32_t)more;
	word_publish(count, dp->route_count[ip6]);
}

static struct route_note *note_find(const struct dataplane *dp,
				    const struct dataplane_prefix *prefix)
{
	void *found = tfind(prefix, &dp->routes, prefix_compare);

	return found ? *(struct route_note **)found : NULL;
}

static struct route_note *note_new(struct dataplane *dp,
				   const struct dataplane_prefix *prefix,
				   uint32_t slot)
{
	struct route_note *note = calloc(1, sizeof(*note));

	if (!note)
		return NULL;
	note->prefix = *prefix;
	note->slot = slot;
	if (tsearch(note, &dp->routes, prefix_compare))
		return note;
	free(note);
	return NULL;
}

static void note_free(struct dataplane *dp, struct route_note *note)
{
	tdelete(note, &dp->routes, prefix_compare);
	free(note);
}

void routes_free(struct dataplane *dp)
{
	tdestroy(dp->routes, free);
}

static int trie_set(const struct dataplane *dp,
		    const struct dataplane_prefix *prefix, uint32_t slot)
{
	union trie_key key = trie_key(prefix);

	return bpf_map_update_elem(trie_fd(dp, prefix->ip6), &key, &slot,
				   BPF_ANY)
		       ? -errno
		       : 0;
}

int dataplane_route_add(struct dataplane *dp,
			const struct dataplane_prefix *prefix, uint32_t slot,
			uint32_t *holder)
{
	struct route_note *note = note_find(dp, prefix);
	int error;

	if (note && note->slot != slot && !bit_is_set(dp->stale, note->slot)) {
		*holder = note->slot;
		return -EEXIST;
	}
	error = trie_set(dp, prefix, slot);
	if (error || note) {
		if (!error)
			note->slot = slot;
		return error;
	}
	note = note_new(dp, prefix, slot);
	if (!note) {
		union trie_key key = trie_key(prefix);

		bpf_map_delete_elem(trie_fd(dp, prefix->ip6), &key);
		return -ENOMEM;
	}
	routes_publish(dp, prefix->ip6, 1);
	return 0;
}

void dataplane_route_remove(struct dataplane *dp,
			    const struct dataplane_prefix *prefix,
			    uint32_t slot)
{
	struct route_note *note = note_find(dp, prefix);
	union trie_key key = trie_key(prefix);

	if (!note || note->slot != slot)
		return;
	bpf_map_delete_elem(trie_fd(dp, prefix->ip6), &key);
	note_free(dp, note);
	routes_publish(dp, prefix->ip6, -1);
}

int dataplane_route_find(const struct dataplane *dp, struct in_addr address,
			 uint32_t *slot)
{
	struct ip4_prefix key = {.length = 32, .address = address.s_addr};
	uint32_t have;

	if (!dp->route_count[false] ||
	    bpf_map_lookup_elem(dp->fds.ip4_routes, &key, &have) ||
	    have >= LEG_SLOTS)
		return -ENOENT;
	*slot = have;
	return 0;
}

/* ---- what an earlier engine left behind ---------------------------------- */

struct route_search {
	uint32_t slot;
	const struct route_note *found;
};

static void route_visit(const void *node, VISIT visit, void *ctx)
{
	const struct route_note *note = *(struct route_note *const *)node;
	struct route_search *search = ctx;

	if ((visit == preorder || visit == leaf) && note->slot == search->slot)
		search->found = note;
}

bool dataplane_route_take(struct dataplane *dp, uint32_t slot,
			  struct dataplane_prefix *prefix)
{
	struct route_search search = {.slot = slot};

	twalk_r(dp->routes, route_visit, &search);
	if (!search.found)
		return false;
	*prefix = search.found->prefix;
	dataplane_route_remove(dp, prefix, slot);
	return true;
}

/* A route whose leg is gone is gone too. */
static void route_keep(struct dataplane *dp, const union trie_key *key,
		       bool ip6)
{
	struct dataplane_prefix prefix = {
		.ip6 = ip6,
		.length = (uint8_t)key->ip6.length,
	};
	uint32_t slot;

	memcpy(prefix.address, key->ip6.address,
	       ip6 ? sizeof(key->ip6.address) : sizeof(key->ip4.address));
	if (bpf_map_lookup_elem(trie_fd(dp, ip6), key, &slot))
		return;
	if (slot < LEG_SLOTS && dp->legs[slot].state != LEG_FREE &&
	    note_new(dp, &prefix, slot))
		dp->route_count[ip6]++;
	else
		bpf_map_delete_elem(trie_fd(dp, ip6), key);
}

static void trie_scan(struct dataplane *dp, bool ip6)
{
	union trie_key at, next;
	bool more = !bpf_map_get_next_key(trie_fd(dp, ip6), NULL, &next);

	for (uint32_t i = 0; more && i < ROUTE_SLOTS; i++) {
		at = next;
		more = !bpf_map_get_next_key(trie_fd(dp, ip6), &at, &next);
		route_keep(dp, &at, ip6);
	}
	routes_publish(dp, ip6, 0);
}

void routes_scan(struct dataplane *dp)
{
	trie_scan(dp, false);
	trie_scan(dp, true);
}
