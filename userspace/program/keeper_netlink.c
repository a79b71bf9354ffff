/* SPDX-License-Identifier: GPL-2.0-only */
/* The keeper's rtnetlink; see keeper_netlink.h. */
#include "program/keeper_netlink.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * Marks routes and neighbours of ours: for operators (`ip route show proto
 * 176`), and for l2xd itself, which finds neighbours of ended instances by it.
 */
enum { ROUTE_PROTOCOL = 176 };

struct netlink {
	struct mnl_socket *socket;
	uint32_t sequence;
	char space[16384];
};

/* ---- requests ------------------------------------------------------------ */

int netlink_open(struct netlink **out)
{
	struct netlink *nl = calloc(1, sizeof(*nl));

	if (!nl)
		return -ENOMEM;
	nl->socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	if (!nl->socket || mnl_socket_bind(nl->socket, 0, MNL_SOCKET_AUTOPID)) {
		int error = -errno;

		netlink_close(nl);
		return error;
	}
	*out = nl;
	return 0;
}

void netlink_close(struct netlink *nl)
{
	if (!nl)
		return;
	if (nl->socket)
		mnl_socket_close(nl->socket);
	free(nl);
}

/* The message is built in nl->space. */
static struct nlmsghdr *request(struct netlink *nl, uint16_t type,
				uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(nl->space);

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++nl->sequence;
	return h;
}

/* Sends it and gives every answer to `each` until the last; 0 or -errno. */
static int exchange(struct netlink *nl, struct nlmsghdr *h, mnl_cb_t each,
		    void *ctx)
{
	unsigned int port = mnl_socket_get_portid(nl->socket);
	uint32_t sequence = h->nlmsg_seq;
	ssize_t len;
	int more;

	if (mnl_socket_sendto(nl->socket, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		len = mnl_socket_recvfrom(nl->socket, nl->space,
					  sizeof(nl->space));
		if (len < 0)
			return -errno;
		more = mnl_cb_run(nl->space, (size_t)len, sequence, port, each,
				  ctx);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

static int ask(struct netlink *nl, struct nlmsghdr *h)
{
	h->nlmsg_flags |= NLM_F_ACK;
	return exchange(nl, h, NULL, NULL);
}

/* ---- devices ------------------------------------------------------------- */

static void text_copy(char *out, size_t cap, const struct nlattr *a)
{
	out[0] = 0;
	strncat(out, mnl_attr_get_str(a), cap - 1);
}

static void link_read(const struct nlmsghdr *h, struct link *link)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	*link = (struct link){
		.ifindex = (uint32_t)info->ifi_index,
		.admin_up = info->ifi_flags & IFF_UP,
		.running = info->ifi_flags & IFF_UP &&
			   info->ifi_flags & IFF_RUNNING,
	};
	mnl_attr_for_each(a, h, sizeof(*info))
	{
		uint16_t len = mnl_attr_get_payload_len(a);

		switch (mnl_attr_get_type(a)) {
		case IFLA_IFNAME:
			text_copy(link->name, sizeof(link->name), a);
			break;
		case IFLA_IFALIAS:
			text_copy(link->alias, sizeof(link->alias), a);
			break;
		case IFLA_MTU:
			link->mtu = mnl_attr_get_u32(a) > UINT16_MAX
					    ? UINT16_MAX
					    : (uint16_t)mnl_attr_get_u32(a);
			break;
		case IFLA_ADDRESS:
			if (len == sizeof(link->mac))
				memcpy(link->mac, mnl_attr_get_payload(a), len);
			break;
		}
	}
}

static int link_answer(const struct nlmsghdr *h, void *ctx)
{
	if (h->nlmsg_type == RTM_NEWLINK)
		link_read(h, ctx);
	return MNL_CB_OK;
}

static struct nlmsghdr *link_request(struct netlink *nl, uint16_t type,
				     uint32_t ifindex)
{
	struct nlmsghdr *h = request(nl, type, 0);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(h, sizeof(*info));

	info->ifi_family = AF_UNSPEC;
	info->ifi_index = (int)ifindex;
	return h;
}

int netlink_link(struct netlink *nl, const char *name, struct link *link)
{
	struct nlmsghdr *h = link_request(nl, RTM_GETLINK, 0);
	struct link found = {0};
	int error;

	h->nlmsg_flags |= NLM_F_ACK; /* ends the exchange */
	mnl_attr_put_strz(h, IFLA_IFNAME, name);
	error = exchange(nl, h, link_answer, &found);
	if (!error && !found.ifindex)
		error = -ENODEV;
	if (!error)
		*link = found;
	return error;
}

int netlink_link_up(struct netlink *nl, uint32_t ifindex)
{
	struct nlmsghdr *h = link_request(nl, RTM_NEWLINK, ifindex);
	struct ifinfomsg *info = mnl_nlmsg_get_payload(h);

	info->ifi_flags = info->ifi_change = IFF_UP;
	return ask(nl, h);
}

int netlink_link_alias(struct netlink *nl, uint32_t ifindex, const char *alias)
{
	struct nlmsghdr *h = link_request(nl, RTM_NEWLINK, ifindex);

	mnl_attr_put_str(h, IFLA_IFALIAS, alias);
	return ask(nl, h);
}

int netlink_link_delete(struct netlink *nl, uint32_t ifindex)
{
	return ask(nl, link_request(nl, RTM_DELLINK, ifindex));
}

/* ---- addresses ----------------------------------------------------------- */

static int address_change(struct netlink *nl, bool add, uint32_t ifindex,
			  struct in_addr address, uint8_t length)
{
	struct nlmsghdr *h = request(nl, add ? RTM_NEWADDR : RTM_DELADDR,
				     add ? NLM_F_CREATE | NLM_F_REPLACE : 0);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(h, sizeof(*ifa));

	ifa->ifa_family = AF_INET;
	ifa->ifa_prefixlen = length;
	ifa->ifa_index = ifindex;
	mnl_attr_put_u32(h, IFA_LOCAL, address.s_addr);
	mnl_attr_put_u32(h, IFA_ADDRESS, address.s_addr);
	return ask(nl, h);
}

/* An address that is there and perhaps should not be. */
struct prefix {
	struct in_addr address;
	uint8_t length;
};
struct address_list {
	uint32_t ifindex;
	unsigned int count;
	struct prefix address[64];
};

static int address_answer(const struct nlmsghdr *h, void *ctx)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(h);
	struct address_list *list = ctx;
	const struct nlattr *a;

	if (ifa->ifa_index != list->ifindex || list->count == 64)
		return MNL_CB_OK;
	mnl_attr_for_each(a, h, sizeof(*ifa))
	{
		if (mnl_attr_get_type(a) != IFA_LOCAL)
			continue;
		list->address[list->count++] = (struct prefix){
			.address = {mnl_attr_get_u32(a)},
			.length = ifa->ifa_prefixlen,
		};
		break;
	}
	return MNL_CB_OK;
}

static int addresses_read(struct netlink *nl, struct address_list *list)
{
	struct nlmsghdr *h = request(nl, RTM_GETADDR, NLM_F_DUMP);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(h, sizeof(*ifa));

	ifa->ifa_family = AF_INET;
	return exchange(nl, h, address_answer, list);
}

static bool is_wanted(const struct prefix *have,
		      const struct in_addr *addresses, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		if (have->length == 32 &&
		    have->address.s_addr == addresses[i].s_addr)
			return true;
	return false;
}

int netlink_addresses(struct netlink *nl, uint32_t ifindex,
		      const struct in_addr *addresses, unsigned int count)
{
	struct address_list list = {.ifindex = ifindex};
	int error = addresses_read(nl, &list);

	for (unsigned int i = 0; !error && i < list.count; i++)
		if (!is_wanted(&list.address[i], addresses, count))
			error = address_change(nl, false, ifindex,
					       list.address[i].address,
					       list.address[i].length);
	for (unsigned int i = 0; !error && i < count; i++)
		error = address_change(nl, true, ifindex, addresses[i], 32);
	return error;
}

/* ---- routes and neighbours ----------------------------------------------- */

static struct nlmsghdr *route_request(struct netlink *nl, uint16_t type,
				      uint16_t flags, uint8_t kind,
				      struct in_addr address, uint8_t length)
{
	struct nlmsghdr *h = request(nl, type, flags);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(h, sizeof(*route));

	*route = (struct rtmsg){
		.rtm_family = AF_INET,
		.rtm_dst_len = length,
		.rtm_table = RT_TABLE_MAIN,
		.rtm_protocol = ROUTE_PROTOCOL,
		.rtm_scope = kind == RTN_UNICAST ? RT_SCOPE_LINK
						 : RT_SCOPE_UNIVERSE,
		.rtm_type = kind,
	};
	mnl_attr_put_u32(h, RTA_DST, address.s_addr);
	return h;
}

static int route_create(struct netlink *nl, uint16_t flags, uint32_t ifindex,
			const struct netlink_prefix *prefix)
{
	struct nlmsghdr *h =
		route_request(nl, RTM_NEWROUTE, NLM_F_CREATE | flags,
			      RTN_UNICAST, prefix->address, prefix->length);

	mnl_attr_put_u32(h, RTA_OIF, ifindex);
	if (prefix->source.s_addr)
		mnl_attr_put_u32(h, RTA_PREFSRC, prefix->source.s_addr);
	if (prefix->mtu) {
		struct nlattr *metrics = mnl_attr_nest_start(h, RTA_METRICS);

		mnl_attr_put_u32(h, RTAX_MTU, prefix->mtu);
		mnl_attr_nest_end(h, metrics);
	}
	return ask(nl, h);
}

static int route_delete(struct netlink *nl, uint32_t ifindex,
			const struct netlink_prefix *prefix)
{
	struct nlmsghdr *h = route_request(nl, RTM_DELROUTE, 0, RTN_UNICAST,
					   prefix->address, prefix->length);

	mnl_attr_put_u32(h, RTA_OIF, ifindex);
	return ask(nl, h);
}

/*
 * Replacing would overwrite any route for this prefix, also an operator's.
 * Creating puts ours before others, unless the same one exists; one of ours
 * with another MTU must be removed first.
 */
int netlink_route(struct netlink *nl, bool add, uint32_t ifindex,
		  const struct netlink_prefix *prefix)
{
	int error;

	if (!add)
		return route_delete(nl, ifindex, prefix);
	error = route_create(nl, NLM_F_EXCL, ifindex, prefix);
	if (error != -EEXIST)
		return error;
	error = route_create(nl, 0, ifindex, prefix);
	if (error)
		return error == -EEXIST ? 0 : error;
	while (!error)
		error = route_delete(nl, ifindex, prefix);
	return error == -ESRCH ? route_create(nl, 0, ifindex, prefix) : error;
}

int netlink_end_add(struct netlink *nl, const struct netlink_end *end)
{
	struct nlmsghdr *h = route_request(nl, RTM_NEWROUTE,
					   NLM_F_CREATE | NLM_F_EXCL, end->type,
					   end->address, end->length);

	mnl_attr_put_u32(h, RTA_PRIORITY, end->metric);
	return ask(nl, h);
}

static int end_delete(struct netlink *nl, const struct netlink_end *end)
{
	struct nlmsghdr *h = route_request(nl, RTM_DELROUTE, 0, end->type,
					   end->address, end->length);
	int error;

	mnl_attr_put_u32(h, RTA_PRIORITY, end->metric);
	error = ask(nl, h);
	return error == -ESRCH ? 0 : error;
}

struct end_list {
	uint32_t metric;
	unsigned int count, room;
	struct netlink_end *ends;
};

static bool end_read(const struct nlmsghdr *h, struct netlink_end *end)
{
	const struct rtmsg *route = mnl_nlmsg_get_payload(h);
	const struct nlattr *a;

	*end = (struct netlink_end){
		.length = route->rtm_dst_len,
		.type = route->rtm_type,
	};
	mnl_attr_for_each(a, h, sizeof(*route))
	{
		if (mnl_attr_get_payload_len(a) != sizeof(uint32_t))
			continue;
		if (mnl_attr_get_type(a) == RTA_DST)
			end->address.s_addr = mnl_attr_get_u32(a);
		else if (mnl_attr_get_type(a) == RTA_PRIORITY)
			end->metric = mnl_attr_get_u32(a);
	}
	return route->rtm_protocol == ROUTE_PROTOCOL &&
	       route->rtm_table == RT_TABLE_MAIN &&
	       (end->type == RTN_UNREACHABLE || end->type == RTN_BLACKHOLE);
}

static int end_answer(const struct nlmsghdr *h, void *ctx)
{
	struct end_list *list = ctx;
	struct netlink_end end, *more;

	if (!end_read(h, &end) || end.metric != list->metric)
		return MNL_CB_OK;
	if (list->count == list->room) {
		list->room = list->room * 2 + 64;
		more = realloc(list->ends, list->room * sizeof(*more));
		if (!more)
			return MNL_CB_ERROR; /* errno is ENOMEM */
		list->ends = more;
	}
	list->ends[list->count++] = end;
	return MNL_CB_OK;
}

int netlink_ends_drop(struct netlink *nl, uint32_t metric)
{
	struct nlmsghdr *h = request(nl, RTM_GETROUTE, NLM_F_DUMP);
	struct rtmsg *route = mnl_nlmsg_put_extra_header(h, sizeof(*route));
	struct end_list list = {.metric = metric};
	int error;

	route->rtm_family = AF_INET;
	error = exchange(nl, h, end_answer, &list);
	for (unsigned int i = 0; !error && i < list.count; i++)
		error = end_delete(nl, &list.ends[i]);
	free(list.ends);
	return error;
}

static int neighbour_change(struct netlink *nl, bool managed, uint32_t ifindex,
			    struct address address)
{
	struct nlmsghdr *h =
		request(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(h, sizeof(*nd));

	nd->ndm_family = (uint8_t)address.family;
	nd->ndm_ifindex = (int)ifindex;
	nd->ndm_state = NUD_NONE;
	/* without NTF_EXT_MANAGED the kernel forgets that it was managed */
	nd->ndm_flags = managed ? 0 : NTF_USE;
	mnl_attr_put(h, NDA_DST, address_size(&address), address.octets);
	if (managed) {
		mnl_attr_put_u32(h, NDA_FLAGS_EXT, NTF_EXT_MANAGED);
		mnl_attr_put_u8(h, NDA_PROTOCOL, ROUTE_PROTOCOL);
	}
	return ask(nl, h);
}

/* A neighbour entry that our request would spoil. */
struct claims {
	bool fixed; /* somebody has said who it is */
	bool kept; /* the kernel keeps it resolved */
};

static int claims_answer(const struct nlmsghdr *h, void *ctx)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(h);
	struct claims *claims = ctx;
	const struct nlattr *a;

	claims->fixed = nd->ndm_state & (NUD_PERMANENT | NUD_NOARP);
	mnl_attr_for_each(a, h, sizeof(*nd))
		if (mnl_attr_get_type(a) == NDA_FLAGS_EXT &&
		    mnl_attr_get_payload_len(a) == sizeof(uint32_t))
			claims->kept = mnl_attr_get_u32(a) & NTF_EXT_MANAGED;
	return MNL_CB_STOP; /* there is one */
}

static struct claims neighbour_claims(struct netlink *nl, uint32_t ifindex,
				      struct address address)
{
	struct nlmsghdr *h = request(nl, RTM_GETNEIGH, 0);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(h, sizeof(*nd));
	struct claims claims = {0};

	nd->ndm_family = (uint8_t)address.family;
	nd->ndm_ifindex = (int)ifindex;
	mnl_attr_put(h, NDA_DST, address_size(&address), address.octets);
	if (exchange(nl, h, claims_answer, &claims))
		return (struct claims){0};
	return claims;
}

int netlink_neighbour(struct netlink *nl, bool keep, uint32_t ifindex,
		      struct address address)
{
	int error;

	if (neighbour_claims(nl, ifindex, address).fixed)
		return 0;
	error = keep ? neighbour_change(nl, true, ifindex, address) : -EINVAL;
	if (error == -EINVAL || error == -EOPNOTSUPP)
		error = neighbour_change(nl, false, ifindex, address);
	return error;
}

int netlink_neighbour_ask(struct netlink *nl, uint32_t ifindex,
			  struct address address)
{
	struct claims claims = neighbour_claims(nl, ifindex, address);

	return claims.fixed || claims.kept
		       ? 0
		       : neighbour_change(nl, false, ifindex, address);
}

/* One that the kernel keeps resolved for us, whoever asked for it. */
struct kept {
	uint8_t family;
	uint8_t len;
	uint8_t octets[16];
	int ifindex;
};
struct kept_list {
	unsigned int count;
	struct kept kept[512];
};

static bool kept_read(const struct nlmsghdr *h, struct kept *kept)
{
	const struct ndmsg *nd = mnl_nlmsg_get_payload(h);
	uint32_t flags = 0;
	uint8_t protocol = 0;
	const struct nlattr *a;

	*kept = (struct kept){.family = nd->ndm_family,
			      .ifindex = nd->ndm_ifindex};
	mnl_attr_for_each(a, h, sizeof(*nd))
	{
		uint16_t type = mnl_attr_get_type(a);
		uint16_t len = mnl_attr_get_payload_len(a);

		if (type == NDA_FLAGS_EXT && len == sizeof(flags)) {
			flags = mnl_attr_get_u32(a);
		} else if (type == NDA_PROTOCOL && len == sizeof(protocol)) {
			protocol = mnl_attr_get_u8(a);
		} else if (type == NDA_DST && len <= sizeof(kept->octets)) {
			kept->len = (uint8_t)len;
			memcpy(kept->octets, mnl_attr_get_payload(a), len);
		}
	}
	return flags & NTF_EXT_MANAGED && protocol == ROUTE_PROTOCOL;
}

static int kept_answer(const struct nlmsghdr *h, void *ctx)
{
	struct kept_list *list = ctx;

	if (list->count < sizeof(list->kept) / sizeof(*list->kept) &&
	    kept_read(h, &list->kept[list->count]))
		list->count++;
	return MNL_CB_OK;
}

static int kept_drop(struct netlink *nl, const struct kept *kept)
{
	struct nlmsghdr *h = request(nl, RTM_NEWNEIGH, NLM_F_REPLACE);
	struct ndmsg *nd = mnl_nlmsg_put_extra_header(h, sizeof(*nd));
	int error;

	nd->ndm_family = kept->family;
	nd->ndm_ifindex = kept->ifindex;
	nd->ndm_state = NUD_NONE;
	nd->ndm_flags = NTF_USE;
	mnl_attr_put(h, NDA_DST, kept->len, kept->octets);
	error = ask(nl, h);
	return error == -ENOENT || error == -ENODEV ? 0 : error;
}

int netlink_neighbours_drop(struct netlink *nl)
{
	struct kept_list list;
	int error;

	do {
		struct nlmsghdr *h = request(nl, RTM_GETNEIGH, NLM_F_DUMP);

		mnl_nlmsg_put_extra_header(h, sizeof(struct ndmsg));
		list.count = 0;
		error = exchange(nl, h, kept_answer, &list);
		for (unsigned int i = 0; !error && i < list.count; i++)
			error = kept_drop(nl, &list.kept[i]);
	} while (!error && list.count);
	return error;
}

/* ---- news ---------------------------------------------------------------- */

int netlink_watch(void)
{
	struct sockaddr_nl group = {
		.nl_family = AF_NETLINK,
		.nl_groups = RTMGRP_LINK,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_ROUTE);
	int size = 1 << 20;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, (struct sockaddr *)&group, sizeof(group))) {
		int error = -errno;

		close(fd);
		return error;
	}
	return fd;
}

struct news {
	void (*changed)(void *ctx, uint32_t ifindex, const char *name);
	void *ctx;
};

static int news_answer(const struct nlmsghdr *h, void *ctx)
{
	const struct news *news = ctx;
	struct link link;

	if (h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK)
		return MNL_CB_OK;
	link_read(h, &link);
	news->changed(news->ctx, link.ifindex, link.name);
	return MNL_CB_OK;
}

int netlink_watch_read(int fd,
		       void (*changed)(void *ctx, uint32_t ifindex,
				       const char *name),
		       void *ctx)
{
	static char space[65536];
	struct news news = {changed, ctx};
	ssize_t len;

	/* bounded: the rest wakes us again */
	for (unsigned int i = 0; i < 64; i++) {
		len = recv(fd, space, sizeof(space), MSG_DONTWAIT);
		if (len < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		mnl_cb_run(space, (size_t)len, 0, 0, news_answer, &news);
	}
	return 0;
}
