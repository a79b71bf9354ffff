/* SPDX-License-Identifier: GPL-2.0-only */
/* What a configuration may say, but had better not. */
#include <stdio.h>
#include <string.h>

#include "world/conf.h"

/* The first host that may open a tunnel with this secret; false: none. */
static bool secret_of_host(const struct conf *conf, const char *secret,
			   unsigned int *destination, unsigned int *host)
{
	for (unsigned int i = 0; i < conf->destination_count; i++) {
		const struct conf_destination *at = &conf->destinations[i];

		for (unsigned int k = 0; k < at->host_count; k++) {
			if (strcmp(at->hosts[k].secret, secret))
				continue;
			*destination = i;
			*host = k;
			return true;
		}
	}
	return false;
}

void conf_warn(const struct conf *conf,
	       void (*tell)(void *ctx, const char *line), void *ctx)
{
	unsigned int destination, host;
	char line[256];

	for (unsigned int i = 0; i < conf->tunnel_count; i++) {
		const char *secret = conf->tunnels[i].secret;

		if (!secret[0] ||
		    !secret_of_host(conf, secret, &destination, &host))
			continue;
		snprintf(line, sizeof(line),
			 "tunnels[%u].secret: destinations[%u].hosts[%u] has "
			 "the same: use one secret in one direction only",
			 i, destination, host);
		tell(ctx, line);
	}
}
