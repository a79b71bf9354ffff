/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way to a peer: port, VLAN, MAC addresses, as the kernel's routes and
 * neighbours say.  Owns two unprivileged route netlink sockets.  It changes
 * nothing in the kernel; it asks its owner to keep a neighbour resolved.
 *
 * Netlink events only trigger new queries for watched peers: no table is
 * mirrored, and after an overrun all peers are queried again.
 */
#ifndef WORLD_NEXTHOP_H
#define WORLD_NEXTHOP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

struct nexthop;
struct nexthop_watch;

/* All zero but `resolved` is false: there is no way now. */
struct nexthop_path {
	bool resolved;
	uint32_t ifindex; /* device to send from; of a VLAN the lower one */
	uint16_t vlan;	  /* id of the tag to send with, 0 = none */
	uint16_t mtu;	  /* IP octets that fit the device; of IPv6 the path */
	uint8_t source_mac[6];
	uint8_t next_hop_mac[6];
	struct address gateway; /* whose MAC that is: a router or the peer */
};

struct nexthop_ops {
	/*
	 * The path is another one than last told; `user` is the watch's, NULL
	 * too.  May not watch or unwatch.
	 * Also called from nexthop_watch and nexthop_refresh.
	 */
	void (*changed)(void *ctx, void *user, const struct nexthop_path *path);
	/*
	 * Asks for a neighbour to be kept resolved, or no longer.  ifindex is
	 * that of the route's device, so with a VLAN not that of the path.
	 * Repeated when the kernel has lost the neighbour.
	 */
	void (*resolve)(void *ctx, uint32_t ifindex, struct address address,
			bool keep);
};

/* Listens in the network namespace of the caller.  0 or -errno. */
int nexthop_new(struct nexthop **out, const struct nexthop_ops *ops, void *ctx);
/* Ends all watches without a callback. */
void nexthop_free(struct nexthop *nexthop);
/* Readable when nexthop_input has something to do. */
int nexthop_fd(const struct nexthop *nexthop);
void nexthop_input(struct nexthop *nexthop);
/* Whether a neighbour is kept resolved for a watch. */
bool nexthop_keeps(const struct nexthop *nexthop, uint32_t ifindex,
		   struct address address);
/* The same, and asks for it once more: the caller knows that it failed. */
bool nexthop_keep_again(const struct nexthop *nexthop, uint32_t ifindex,
			struct address address);
/* Asks once more for every neighbour in use to be kept resolved. */
void nexthop_keep_all(const struct nexthop *nexthop);

/*
 * Watches the way from source to destination, of one family, and tells it
 * before it returns.  NULL: no memory.
 */
struct nexthop_watch *nexthop_watch(struct nexthop *nexthop,
				    struct address destination,
				    struct address source, void *user);
/*
 * What is known of the way, for people: also without the neighbour, whose MAC
 * is 0 then.  NULL: nothing is.
 */
struct nexthop_path nexthop_known(const struct nexthop_watch *watch);
/* Asks again, and tells also what did not change.  NULL is ignored. */
void nexthop_refresh(struct nexthop_watch *watch);
/* Frees the watch.  NULL is ignored. */
void nexthop_unwatch(struct nexthop_watch *watch);

#endif
