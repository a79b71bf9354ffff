/* SPDX-License-Identifier: GPL-2.0-only */
/* Watched routes and neighbours of the kernel; see nexthop.h. */
#include "world/nexthop.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/log.h"
#include "world/nexthop_read.h"

enum {
	ANSWER_MAX = 32768, /* octets of one netlink read */
	INPUT_READS = 1024, /* in one nexthop_input; the rest comes next time */
	ANSWERS = 8,	    /* late answers that are passed over */
};

/* A gateway or a peer on link; asked once for all watches that use it. */
struct neighbour {
	struct list link;
	uint32_t ifindex;
	struct address address;
	unsigned int users;
	bool valid;
	uint8_t mac[6];
	bool stale; /* to be asked again */
};

struct nexthop {
	const struct nexthop_ops *ops;
	void *ctx;
	struct mnl_socket *events; /* multicast groups, never asked anything */
	struct mnl_socket *asks;
	uint32_t sequence;
	struct list watches;
	struct list neighbours;
	uint8_t answer[ANSWER_MAX] __attribute__((aligned(8)));
};

struct nexthop_watch {
	struct list link;
	struct nexthop *nexthop;
	struct address destination;
	struct address source;
	void *user;
	uint32_t device;	     /* of the route, 0: there is none */
	struct neighbour *neighbour; /* NULL: no way to know whom to ask */
	struct nexthop_path way; /* route and device, without the neighbour */
	struct nexthop_path told;
	bool stale;  /* to be asked again */
	bool silent; /* nothing was told yet */
};

/* ---- asking the kernel --------------------------------------------------- */

/* One request, at the start of room[]. */
static struct nlmsghdr *request_begin(struct nexthop *nexthop, uint8_t *room,
				      uint16_t type)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(room);

	request->nlmsg_type = type;
	request->nlmsg_flags = NLM_F_REQUEST;
	request->nlmsg_seq = ++nexthop->sequence;
	return request;
}

/*
 * Sends a request and finds its answer, which lies in nexthop->answer until the
 * next one.  The kernel answers while it takes the request, so nothing waits.
 */
static int request_ask(struct nexthop *nexthop, const struct nlmsghdr *request,
		       const struct nlmsghdr **answer)
{
	const struct nlmsghdr *found = (const void *)nexthop->answer;

	if (mnl_socket_sendto(nexthop->asks, request, request->nlmsg_len) < 0)
		return -errno;
	for (int i = 0; i < ANSWERS; i++) {
		ssize_t got = mnl_socket_recvfrom(nexthop->asks,
						  nexthop->answer, ANSWER_MAX);

		if (got < 0)
			return -errno;
		if (!mnl_nlmsg_ok(found, (int)got) ||
		    found->nlmsg_seq != request->nlmsg_seq)
			continue;
		if (found->nlmsg_type == NLMSG_ERROR) {
			const struct nlmsgerr *error =
				mnl_nlmsg_get_payload(found);

			return mnl_nlmsg_get_payload_len(found) <
						       sizeof(*error) ||
					       !error->error
				       ? -EBADMSG
				       : error->error;
		}
		*answer = found;
		return 0;
	}
	return -EBADMSG;
}

static void address_put(struct nlmsghdr *request, uint16_t type,
			const struct address *address)
{
	mnl_attr_put(request, type, address_size(address), address->octets);
}

static int route_ask(struct nexthop *nexthop, struct address destination,
		     struct address source, struct route_facts *facts)
{
	uint8_t room[256] __attribute__((aligned(8)));
	struct nlmsghdr *request = request_begin(nexthop, room, RTM_GETROUTE);
	struct rtmsg *head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	const struct nlmsghdr *answer;
	int err;

	head->rtm_family = (uint8_t)destination.family;
	head->rtm_dst_len = (uint8_t)(address_size(&destination) * 8);
	address_put(request, RTA_DST, &destination);
	if (!address_is_zero(source)) {
		head->rtm_src_len = head->rtm_dst_len;
		address_put(request, RTA_SRC, &source);
	}
	err = request_ask(nexthop, request, &answer);
	if (!err)
		err = route_read(answer, facts);
	return err ? err : facts->unicast && facts->ifindex ? 0 : -EHOSTUNREACH;
}

static int link_ask(struct nexthop *nexthop, uint32_t ifindex,
		    struct link_facts *facts)
{
	uint8_t room[256] __attribute__((aligned(8)));
	struct nlmsghdr *request = request_begin(nexthop, room, RTM_GETLINK);
	struct ifinfomsg *head =
		mnl_nlmsg_put_extra_header(request, sizeof(*head));
	const struct nlmsghdr *answer;
	int err;

	head->ifi_family = AF_UNSPEC;
	head->ifi_index = (int)ifindex;
	mnl_attr_put_u32(request, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	err = request_ask(nexthop, request, &answer);
	return err ? err : link_read(answer, facts);
}

static int neighbour_ask(struct nexthop *nexthop, uint32_t ifindex,
			 struct address address, struct neighbour_facts *facts)
{
	uint8_t room[256] __attribute__((aligned(8)));
	struct nlmsghdr *request = request_begin(nexthop, room, RTM_GETNEIGH);
	struct ndmsg *head = mnl_nlmsg_put_extra_header(request, sizeof(*head));
	const struct nlmsghdr *answer;
	int err;

	head->ndm_family = (uint8_t)address.family;
	head->ndm_ifindex = (int)ifindex;
	address_put(request, NDA_DST, &address);
	err = request_ask(nexthop, request, &answer);
	return err ? err : neighbour_read(answer, facts);
}

/* ---- neighbours ---------------------------------------------------------- */

static struct neighbour *neighbour_find(const struct nexthop *nexthop,
					uint32_t ifindex,
					struct address address)
{
	struct neighbour *neighbour;

	list_each (neighbour, &nexthop->neighbours, link)
		if (neighbour->ifindex == ifindex &&
		    address_same(neighbour->address, address))
			return neighbour;
	return NULL;
}

/* Learns what the kernel knows now. -ENOENT: nothing. */
static int neighbour_learn(struct nexthop *nexthop, struct neighbour *neighbour)
{
	struct neighbour_facts facts = {0};
	int err = neighbour_ask(nexthop, neighbour->ifindex, neighbour->address,
				&facts);

	neighbour->stale = false;
	if (facts.valid != neighbour->valid)
		log_info("next hop %s: %s on device %u",
			 address_text(neighbour->address),
			 facts.valid ? "resolved" : "not resolved",
			 neighbour->ifindex);
	neighbour->valid = facts.valid;
	memcpy(neighbour->mac, facts.mac, sizeof(neighbour->mac));
	return err;
}

/* The neighbour with one more user; NULL: no memory. */
static struct neighbour *neighbour_hold(struct nexthop *nexthop,
					uint32_t ifindex,
					struct address address)
{
	struct neighbour *neighbour = neighbour_find(nexthop, ifindex, address);

	if (neighbour) {
		neighbour->users++;
		return neighbour;
	}
	neighbour = calloc(1, sizeof(*neighbour));
	if (!neighbour) {
		log_error("next hop %s: no memory", address_text(address));
		return NULL;
	}
	neighbour->ifindex = ifindex;
	neighbour->address = address;
	neighbour->users = 1;
	list_append(&nexthop->neighbours, &neighbour->link);
	nexthop->ops->resolve(nexthop->ctx, ifindex, address, true);
	neighbour_learn(nexthop, neighbour);
	return neighbour;
}

static void neighbour_drop(struct nexthop *nexthop, struct neighbour *neighbour)
{
	if (!neighbour || --neighbour->users)
		return;
	nexthop->ops->resolve(nexthop->ctx, neighbour->ifindex,
			      neighbour->address, false);
	list_remove(&neighbour->link);
	free(neighbour);
}

bool nexthop_keeps(const struct nexthop *nexthop, uint32_t ifindex,
		   struct address address)
{
	return neighbour_find(nexthop, ifindex, address);
}

bool nexthop_keep_again(const struct nexthop *nexthop, uint32_t ifindex,
			struct address address)
{
	if (!nexthop_keeps(nexthop, ifindex, address))
		return false;
	nexthop->ops->resolve(nexthop->ctx, ifindex, address, true);
	return true;
}

void nexthop_keep_all(const struct nexthop *nexthop)
{
	const struct neighbour *neighbour;

	list_each (neighbour, &nexthop->neighbours, link)
		nexthop->ops->resolve(nexthop->ctx, neighbour->ifindex,
				      neighbour->address, true);
}

/* ---- watches ------------------------------------------------------------- */

/* Compares, so it may be called whenever something may have changed. */
static void watch_tell(struct nexthop_watch *watch)
{
	const struct nexthop *nexthop = watch->nexthop;
	const struct neighbour *neighbour = watch->neighbour;
	struct nexthop_path path;

	/* whole, with what lies between the fields, as it is compared so */
	memset(&path, 0, sizeof(path));
	if (neighbour && neighbour->valid) {
		memcpy(&path, &watch->way, sizeof(path));
		path.resolved = true;
		path.gateway = neighbour->address;
		memcpy(path.next_hop_mac, neighbour->mac,
		       sizeof(path.next_hop_mac));
	}
	if (!watch->silent && !memcmp(&path, &watch->told, sizeof(path)))
		return;
	watch->silent = false;
	memcpy(&watch->told, &path, sizeof(path));
	nexthop->ops->changed(nexthop->ctx, watch->user, &path);
}

/* Asks for route and device; who is the neighbour then. */
static int watch_ask_way(struct nexthop_watch *watch, struct address *gateway)
{
	struct nexthop *nexthop = watch->nexthop;
	struct route_facts route;
	struct link_facts device;
	struct link_facts lower;
	int err;

	watch->device = 0;
	err = route_ask(nexthop, watch->destination, watch->source, &route);
	if (err)
		return err;
	watch->device = route.ifindex;
	err = link_ask(nexthop, route.ifindex, &device);
	if (err)
		return err;
	if (device.vlan)
		err = link_ask(nexthop, device.lower, &lower);
	if (!err)
		err = link_way(&device, &lower, &watch->way);
	if (err)
		return err;
	/* routers do not fragment IPv6: larger packets go by the kernel */
	if (watch->destination.family == AF_INET6 && route.mtu &&
	    route.mtu < watch->way.mtu)
		watch->way.mtu = (uint16_t)route.mtu;
	*gateway = route.gateway.family ? route.gateway : watch->destination;
	return 0;
}

static void watch_ask(struct nexthop_watch *watch)
{
	struct nexthop *nexthop = watch->nexthop;
	struct neighbour *before = watch->neighbour;
	struct address gateway;
	int err = watch_ask_way(watch, &gateway);

	watch->stale = false;
	watch->neighbour = NULL;
	if (!err)
		watch->neighbour =
			neighbour_hold(nexthop, watch->device, gateway);
	else
		log_debug("next hop for %s: %s", address_text(watch->destination),
			  strerror(-err));
	neighbour_drop(nexthop, before);
	watch_tell(watch);
}

struct nexthop_watch *nexthop_watch(struct nexthop *nexthop,
				    struct address destination,
				    struct address source, void *user)
{
	struct nexthop_watch *watch = calloc(1, sizeof(*watch));

	if (!watch)
		return NULL;
	watch->nexthop = nexthop;
	watch->destination = destination;
	watch->source = source;
	watch->user = user;
	watch->silent = true;
	list_append(&nexthop->watches, &watch->link);
	watch_ask(watch);
	return watch;
}

struct nexthop_path nexthop_known(const struct nexthop_watch *watch)
{
	if (!watch)
		return (struct nexthop_path){0};
	return watch->told.resolved || !watch->neighbour ? watch->told
							 : watch->way;
}

void nexthop_refresh(struct nexthop_watch *watch)
{
	if (!watch)
		return;
	watch->silent = true;
	watch_ask(watch);
}

void nexthop_unwatch(struct nexthop_watch *watch)
{
	if (!watch)
		return;
	neighbour_drop(watch->nexthop, watch->neighbour);
	list_remove(&watch->link);
	free(watch);
}

/* ---- events -------------------------------------------------------------- */

static void stale_all(struct nexthop *nexthop)
{
	struct nexthop_watch *watch;

	list_each (watch, &nexthop->watches, link)
		watch->stale = true;
}

static void on_route(struct nexthop *nexthop, const struct nlmsghdr *message)
{
	struct nexthop_watch *watch;
	struct route_facts route;

	if (route_read(message, &route))
		return;
	list_each (watch, &nexthop->watches, link)
		if (route_leads_to(&route, &watch->destination))
			watch->stale = true;
}

/* The kernel sends no event for routes of a device that goes down. */
static void on_link(struct nexthop *nexthop, const struct nlmsghdr *message)
{
	struct nexthop_watch *watch;
	struct link_facts device;

	if (link_read(message, &device))
		return;
	list_each (watch, &nexthop->watches, link)
		if (!watch->told.resolved || watch->device == device.ifindex ||
		    watch->way.ifindex == device.ifindex)
			watch->stale = true;
}

static void on_neighbour(struct nexthop *nexthop,
			 const struct nlmsghdr *message)
{
	struct neighbour_facts facts;
	struct neighbour *neighbour;

	if (neighbour_read(message, &facts))
		return;
	neighbour = neighbour_find(nexthop, facts.ifindex, facts.address);
	if (neighbour)
		neighbour->stale = true;
}

static int on_event(const struct nlmsghdr *message, void *data)
{
	struct nexthop *nexthop = data;

	switch (message->nlmsg_type) {
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		on_route(nexthop, message);
		break;
	case RTM_NEWLINK:
	case RTM_DELLINK:
		on_link(nexthop, message);
		break;
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		on_neighbour(nexthop, message);
		break;
	default: /* addresses, rules, next hop objects: seldom */
		stale_all(nexthop);
	}
	return MNL_CB_OK;
}

/* Events were lost: looks up everything again. */
static void on_overrun(struct nexthop *nexthop)
{
	struct neighbour *neighbour;

	log_notice("next hops: netlink overrun, asking again");
	list_each (neighbour, &nexthop->neighbours, link)
		neighbour->stale = true;
	stale_all(nexthop);
}

static void neighbour_news(struct nexthop *nexthop, struct neighbour *neighbour)
{
	struct nexthop_watch *watch;

	if (neighbour_learn(nexthop, neighbour) == -ENOENT)
		nexthop->ops->resolve(nexthop->ctx, neighbour->ifindex,
				      neighbour->address, true);
	list_each (watch, &nexthop->watches, link)
		if (watch->neighbour == neighbour)
			watch_tell(watch);
}

/* Routes first: those that are gone release their neighbours. */
static void ask_stale(struct nexthop *nexthop)
{
	struct nexthop_watch *watch;
	struct neighbour *neighbour;

	list_each (watch, &nexthop->watches, link)
		if (watch->stale)
			watch_ask(watch);
	list_each (neighbour, &nexthop->neighbours, link)
		if (neighbour->stale)
			neighbour_news(nexthop, neighbour);
}

void nexthop_input(struct nexthop *nexthop)
{
	uint8_t events[ANSWER_MAX] __attribute__((aligned(8)));
	bool overrun = false;

	for (int i = 0; i < INPUT_READS; i++) {
		ssize_t got = mnl_socket_recvfrom(nexthop->events, events,
						  sizeof(events));

		if (got < 0 && errno == ENOBUFS)
			overrun = true;
		else if (got < 0)
			break;
		else
			mnl_cb_run(events, (size_t)got, 0, 0, on_event,
				   nexthop);
	}
	if (overrun)
		on_overrun(nexthop);
	ask_stale(nexthop);
}

/* ---- start and end ------------------------------------------------------- */

static int events_listen(struct mnl_socket *events)
{
	static const int groups[] = {
		RTNLGRP_LINK,	     RTNLGRP_NEIGH,	 RTNLGRP_NEXTHOP,
		RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV4_RULE,
		RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE, RTNLGRP_IPV6_RULE,
	};

	if (mnl_socket_bind(events, 0, MNL_SOCKET_AUTOPID) < 0)
		return -errno;
	for (unsigned int i = 0; i < sizeof(groups) / sizeof(*groups); i++) {
		int group = groups[i];

		if (mnl_socket_setsockopt(events, NETLINK_ADD_MEMBERSHIP,
					  &group, sizeof(group)) < 0)
			return -errno;
	}
	return 0;
}

int nexthop_new(struct nexthop **out, const struct nexthop_ops *ops, void *ctx)
{
	const int flags = SOCK_CLOEXEC | SOCK_NONBLOCK;
	struct nexthop *nexthop = calloc(1, sizeof(*nexthop));
	int err = 0;

	if (!nexthop)
		return -ENOMEM;
	nexthop->ops = ops;
	nexthop->ctx = ctx;
	list_init(&nexthop->watches);
	list_init(&nexthop->neighbours);
	nexthop->events = mnl_socket_open2(NETLINK_ROUTE, flags);
	nexthop->asks = mnl_socket_open2(NETLINK_ROUTE, flags);
	if (!nexthop->events || !nexthop->asks ||
	    mnl_socket_bind(nexthop->asks, 0, MNL_SOCKET_AUTOPID) < 0)
		err = -errno;
	if (!err)
		err = events_listen(nexthop->events);
	if (err) {
		nexthop_free(nexthop);
		return err;
	}
	*out = nexthop;
	return 0;
}

void nexthop_free(struct nexthop *nexthop)
{
	struct nexthop_watch *watch;
	struct nexthop_watch *next_watch;
	struct neighbour *neighbour;
	struct neighbour *next;

	if (!nexthop)
		return;
	list_each_safe (watch, next_watch, &nexthop->watches, link)
		free(watch);
	list_each_safe (neighbour, next, &nexthop->neighbours, link)
		free(neighbour);
	if (nexthop->events)
		mnl_socket_close(nexthop->events);
	if (nexthop->asks)
		mnl_socket_close(nexthop->asks);
	free(nexthop);
}

int nexthop_fd(const struct nexthop *nexthop)
{
	return mnl_socket_get_fd(nexthop->events);
}
