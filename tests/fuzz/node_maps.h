/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data plane's maps without a kernel's: arrays are plain memory, hashes and
 * tries are a list that libbpf's functions, defined here, read and write.
 */
#ifndef FUZZ_NODE_MAPS_H
#define FUZZ_NODE_MAPS_H

#include "world/dataplane.h"

/* Made once; what a run wrote is taken out of them after it. */
extern struct maps {
	struct dataplane_fds fds;
	struct port *ports;
	struct leg *legs;
	struct template *templates;
	struct tunnel_rx *tunnels;
	struct settings *settings;
	unsigned int hashed; /* entries of hashes and tries */
} maps;

void maps_make(void);
/* The data plane says that it sees VLAN tags at this port. */
void maps_see_tags(uint32_t ifindex, struct instant now);
/* Forgets the records that no run leaves behind. */
void maps_empty(void);
/*
 * The records that may have been written, as [*from, *to): only those have
 * memory, the rest is a hole.  Begins behind *to.
 */
bool maps_next(int fd, size_t size, uint32_t *from, uint32_t *to);

#endif
