/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the keeper does with rtnetlink: devices, their addresses, routes and
 * neighbours.  Requests wait for the kernel's answer, which comes at once.
 */
#ifndef PROGRAM_KEEPER_NETLINK_H
#define PROGRAM_KEEPER_NETLINK_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

struct netlink;

struct link {
	uint32_t ifindex;
	char name[IF_NAMESIZE];
	char alias[64]; /* "" = none */
	uint8_t mac[6];
	uint16_t mtu;
	bool admin_up;
	bool running; /* and has carrier */
};

int netlink_open(struct netlink **out);
void netlink_close(struct netlink *nl);

/* -ENODEV: no device of that name. */
int netlink_link(struct netlink *nl, const char *name, struct link *link);
int netlink_link_up(struct netlink *nl, uint32_t ifindex);
int netlink_link_alias(struct netlink *nl, uint32_t ifindex, const char *alias);
int netlink_link_delete(struct netlink *nl, uint32_t ifindex);
/* The device has exactly these addresses, each with prefix length 32. */
int netlink_addresses(struct netlink *nl, uint32_t ifindex,
		      const struct in_addr *addresses, unsigned int count);
/* A route to a device. */
struct netlink_prefix {
	struct in_addr address;
	uint8_t length;
	struct in_addr source; /* of what the kernel itself sends; 0 = any */
	uint16_t mtu; /* 0: that of the device */
};
/*
 * Adding replaces a route of ours, never one of somebody else, which ours only
 * hides while it exists.
 */
int netlink_route(struct netlink *nl, bool add, uint32_t ifindex,
		  const struct netlink_prefix *prefix);
/* A route to nowhere. */
struct netlink_end {
	struct in_addr address;
	uint8_t length;
	uint8_t type; /* RTN_UNREACHABLE or RTN_BLACKHOLE */
	uint32_t metric; /* tells whose it is */
};
/* -EEXIST: there is one with this metric, whoever made it. */
int netlink_end_add(struct netlink *nl, const struct netlink_end *end);
/* All with this metric that are ours. */
int netlink_ends_drop(struct netlink *nl, uint32_t metric);
/*
 * Lets the kernel keep a neighbour resolved (NTF_MANAGED; before 5.16 it is
 * resolved once), or stops that.  One that an operator has set (permanent) is
 * left as it is.
 */
int netlink_neighbour(struct netlink *nl, bool keep, uint32_t ifindex,
		      struct address address);
/*
 * Lets the kernel resolve a neighbour now, once, unless somebody has set it or
 * the kernel keeps it already.
 */
int netlink_neighbour_ask(struct netlink *nl, uint32_t ifindex,
			  struct address address);
/*
 * Stops that for all neighbours that l2xd ever asked for in this network
 * namespace, by their protocol (176).
 */
int netlink_neighbours_drop(struct netlink *nl);

/* A descriptor on which news about devices arrive. */
int netlink_watch(void);
/*
 * Reads what is there and calls changed(ctx, ifindex, name) for each device.
 * -ENOBUFS: news were lost, look at everything again.
 */
int netlink_watch_read(int fd,
		       void (*changed)(void *ctx, uint32_t ifindex,
				       const char *name),
		       void *ctx);

#endif
