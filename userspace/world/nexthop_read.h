/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nexthop wants to know of route netlink messages.  Bytes in, facts out;
 * a message that is cut or of another family is -EBADMSG and leaves the facts
 * as they were.
 */
#ifndef WORLD_NEXTHOP_READ_H
#define WORLD_NEXTHOP_READ_H

#include <libmnl/libmnl.h>
#include <stdbool.h>
#include <stdint.h>

#include "world/nexthop.h"

struct route_facts {
	struct address prefix;
	uint8_t length; /* of the prefix, as its family allows */
	bool unicast;	/* leads to a device and not to ourselves or nowhere */
	uint32_t ifindex;	/* 0: several, or not said */
	struct address gateway; /* none: on link */
	uint32_t mtu; /* configured, or learnt of the path; 0: the device's */
};
int route_read(const struct nlmsghdr *message, struct route_facts *facts);
/* Whether an address lies in the route's prefix. */
bool route_leads_to(const struct route_facts *route,
		    const struct address *address);

struct link_facts {
	uint32_t ifindex;
	bool up; /* also its carrier */
	bool ethernet;
	uint8_t mac[6];
	uint32_t mtu;
	bool vlan; /* a VLAN device on top of `lower` */
	uint16_t vlan_id;
	uint16_t vlan_protocol; /* ETH_P_8021Q or ETH_P_8021AD */
	uint32_t lower;		/* ifindex */
};
int link_read(const struct nlmsghdr *message, struct link_facts *facts);

/*
 * How XDP sends by this device: all of a path but the neighbour.  lower is that
 * of a VLAN, and not looked at otherwise.  -ENETDOWN, -EAFNOSUPPORT (no
 * Ethernet), -EPROTONOSUPPORT (more than one 802.1Q tag) leave *way alone.
 */
int link_way(const struct link_facts *device, const struct link_facts *lower,
	     struct nexthop_path *way);

struct neighbour_facts {
	uint32_t ifindex;
	struct address address;
	bool valid; /* mac can be used */
	uint8_t mac[6];
};
int neighbour_read(const struct nlmsghdr *message,
		   struct neighbour_facts *facts);

#endif
