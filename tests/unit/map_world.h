/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data plane's maps on anonymous memory instead of BPF arrays: what the
 * engine writes lies open.  Maps that need system calls are missing.
 */
#ifndef UNIT_MAP_WORLD_H
#define UNIT_MAP_WORLD_H

#include "world/dataplane.h"

struct map_world {
	struct dataplane_fds fds;
	struct dataplane *dp;
	struct leg *legs; /* as the XDP program sees them */
	struct template *templates;
	struct tunnel_rx *tunnels;
	struct settings *settings;
	struct ip4_pool *pools;
	struct port *ports;
	struct egress *egress;
	struct unresolved *unresolved;
	struct watch *watch;
};

/* For cmocka; *state is the one struct map_world there is. */
int map_world_setup(void **state);
int map_world_teardown(void **state);
/* A new engine on the same maps. */
void map_world_restart(struct map_world *w);

#endif
