/* SPDX-License-Identifier: GPL-2.0-only */
/* The networks behind a user: prefixes that nobody else here may have. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "world/conf_check.h"
#include "world/conf_value.h"

enum { LENGTH_MIN = 8 };

static int prefix_read(const char *raw, struct conf_prefix *prefix)
{
	char address[16];
	int length;
	int used = 0;

	if (sscanf(raw, "%15[0-9.]/%2d%n", address, &length, &used) != 2 ||
	    raw[used] || length < 0 || length > 32 ||
	    inet_pton(AF_INET, address, &prefix->address) != 1)
		return -1;
	prefix->length = (uint8_t)length;
	return 0;
}

static uint32_t prefix_last(const struct conf_prefix *prefix)
{
	return ntohl(prefix->address.s_addr) |
	       (uint32_t)(0xffffffffull >> prefix->length);
}

static bool prefix_has(const struct conf_prefix *prefix, struct in_addr address)
{
	uint32_t at = ntohl(address.s_addr);

	return at >= ntohl(prefix->address.s_addr) && at <= prefix_last(prefix);
}

static void check_shape(struct checker *c, const char *key, const char *raw,
			struct conf_prefix *prefix)
{
	uint32_t first;

	if (prefix_read(raw, prefix)) {
		wrong(c, key, "must be PREFIX/LENGTH of IPv4");
		return;
	}
	first = ntohl(prefix->address.s_addr);
	if (prefix->length < LENGTH_MIN)
		wrong(c, key, "is larger than a /%d", LENGTH_MIN);
	else if (first & (uint32_t)(0xffffffffull >> prefix->length))
		wrong(c, key, "has bits set behind its length");
	else if (!address_usable(prefix->address))
		wrong(c, key, "not addresses of hosts");
}

/* The data plane asks the pools first, and the kernel its own addresses. */
static void check_others(struct checker *c, const char *key,
			 const struct conf_prefix *prefix)
{
	const struct conf *conf = c->conf;

	for (unsigned int i = 0; i < conf->pool_count; i++) {
		const struct conf_pool *pool = &conf->pools[i];
		uint32_t first = ntohl(pool->first.s_addr);

		if (first <= prefix_last(prefix) &&
		    first + (pool->count - 1) >=
			    ntohl(prefix->address.s_addr))
			wrong(c, key, "overlaps pool %s", pool->name);
		else if (prefix_has(prefix, pool->gateway))
			wrong(c, key, "has the gateway of pool %s in it",
			      pool->name);
	}
	for (unsigned int i = 0; i < conf->l2tp.local_count; i++)
		if (conf->l2tp.locals[i].family == AF_INET &&
		    prefix_has(prefix, conf->l2tp.locals[i].ip4))
			wrong(c, key, "has one of l2tp.local-addresses in it");
}

void check_routes(struct checker *c, const struct raw_list *raw,
		  struct conf_user *user)
{
	char key[32];

	if (!raw->count)
		return;
	ARRAY(c, user->routes, user->route_count, raw->count);
	for (unsigned int i = 0; i < user->route_count; i++) {
		struct conf_prefix *prefix = &user->routes[i];

		snprintf(key, sizeof(key), "routes[%u]", i);
		check_shape(c, key, raw->text[i], prefix);
		check_others(c, key, prefix);
		for (unsigned int k = 0; k < i; k++)
			if (!memcmp(prefix, &user->routes[k], sizeof(*prefix)))
				wrong(c, key, "%s is given twice",
				      raw->text[i]);
	}
}
