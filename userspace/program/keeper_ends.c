/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unreachable and blackhole routes for addresses of ours that nobody has at
 * the moment.  Without them a packet to such an address would follow the
 * default route, to a router that sends it here again.  Their metric is above
 * all others, so that every other route for the same prefix has precedence.
 *
 * They stay when the daemon ends, as forwarding goes on; --unload removes them.
 */
#include "program/keeper_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <string.h>

#include "base/log.h"

/*
 * The metric identifies the routes of one instance: this base plus a hash of
 * its name.  People and daemons do not choose metrics above 2^31.
 */
enum { METRIC_BITS = 24 };
#define METRIC_BASE 0xb0000000u

static uint32_t ends_metric(const char *instance)
{
	uint32_t hash = 2166136261; /* FNV-1a */

	for (; *instance; instance++)
		hash = (hash ^ (unsigned char)*instance) * 16777619;
	return METRIC_BASE + (hash >> (32 - METRIC_BITS));
}

static int end_add(const struct keeper *k, uint8_t type, uint32_t address,
		   uint8_t length)
{
	const struct netlink_end end = {
		.address = {htonl(address)},
		.length = length,
		.type = type,
		.metric = ends_metric(k->instance),
	};
	char text[INET_ADDRSTRLEN];
	int error = netlink_end_add(k->netlink, &end);

	/* two users may have one network: it ends as the first one wants it */
	if (error && error != -EEXIST)
		log_error("route %s/%u: %s: packets to it may leave again",
			  inet_ntop(AF_INET, &end.address, text, sizeof(text)),
			  length, strerror(-error));
	return error;
}

static bool in_pool(const struct conf *conf, struct in_addr address)
{
	for (unsigned int i = 0; i < conf->pool_count; i++)
		if (ntohl(address.s_addr) -
			    ntohl(conf->pools[i].first.s_addr) <
		    conf->pools[i].count)
			return true;
	return false;
}

/* The whole range of a pool, in aligned blocks. */
static void pool_end(const struct keeper *k, const struct conf_pool *pool)
{
	uint32_t at = ntohl(pool->first.s_addr), left = pool->count;

	while (left) {
		uint32_t size = at & -at;

		while (size > left)
			size /= 2;
		end_add(k, RTN_UNREACHABLE, at,
			(uint8_t)(32 - __builtin_ctz(size)));
		at += size;
		left -= size;
	}
}

static void user_end(const struct keeper *k, const struct conf_user *user)
{
	uint8_t type = user->offline == CONF_OFFLINE_BLACKHOLE
			       ? RTN_BLACKHOLE
			       : RTN_UNREACHABLE;

	if (user->offline == CONF_OFFLINE_ROUTE)
		return;
	for (unsigned int i = 0; i < user->route_count; i++)
		end_add(k, type, ntohl(user->routes[i].address.s_addr),
			user->routes[i].length);
	if (user->address.s_addr && !in_pool(k->conf, user->address))
		end_add(k, type, ntohl(user->address.s_addr), 32);
}

/*
 * N: the pools' blocks and the networks of users with `offline`; 15 us each, 2
 * s for 100,000, before the engine starts.
 */
void ends_open(struct keeper *k)
{
	int error = ends_drop(k->netlink, k->instance);

	if (error)
		log_error("keeper: old routes that end prefixes: %s",
			  strerror(-error));
	for (unsigned int i = 0; i < k->conf->pool_count; i++)
		pool_end(k, &k->conf->pools[i]);
	for (unsigned int i = 0; i < k->conf->user_count; i++)
		user_end(k, &k->conf->users[i]);
}

int ends_drop(struct netlink *nl, const char *instance)
{
	return netlink_ends_drop(nl, ends_metric(instance));
}
