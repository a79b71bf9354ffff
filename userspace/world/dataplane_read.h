/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Look-ups in the maps that any thread may make, the same as those of the XDP
 * program.  Nothing here changes the engine's own notes about the maps; every
 * answer is a copy, and a record that changes while it is copied counts as
 * missing.
 */
#ifndef WORLD_DATAPLANE_READ_H
#define WORLD_DATAPLANE_READ_H

#include "world/dataplane.h"

/* The leg in a slot if it is of this kind, whatever its state but LEG_FREE. */
bool dataplane_find_leg(const struct dataplane *dp, uint32_t slot,
			enum leg_kind kind, struct leg *leg);
/*
 * Whether there is one of this kind, which also is so while it changes; then
 * dataplane_find_leg says no.
 */
bool dataplane_has_leg(const struct dataplane *dp, uint32_t slot,
		       enum leg_kind kind);
/* An open tunnel, by our id. */
bool dataplane_find_tunnel(const struct dataplane *dp, uint16_t id,
			   struct tunnel_rx *tunnel);
void dataplane_tunnel_ends(const struct tunnel_rx *tunnel, struct address *peer,
			   struct address *local);
/*
 * The image in use of a template, and the tunnel or port number it belongs to
 * (0: nobody's).  An image that is not ready may be all zero.
 */
uint32_t dataplane_find_image(const struct dataplane *dp, uint32_t template,
			      struct image *image);
/* The leg slot of an address: by pool, single address or route. */
bool dataplane_find_address(const struct dataplane *dp, struct in_addr address,
			    uint32_t *slot);
/* Whether a route leads from this address to the call. */
bool dataplane_routes_to(const struct dataplane *dp, struct in_addr address,
			 uint32_t call);
/* What becomes of the DSCP out of a tunnel; *value: of INNER_DSCP_SET. */
enum inner_dscp dataplane_inner_dscp(const struct dataplane *dp,
				     uint8_t *value);
/* Whether the program runs on this port. */
bool dataplane_is_attached(const struct dataplane *dp, uint32_t ifindex);
/* Whether the MSS of terminated calls' SYNs is lowered. */
bool dataplane_clamps(const struct dataplane *dp);

#endif
