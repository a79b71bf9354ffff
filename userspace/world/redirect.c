/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the kernel's family "netdev"; see redirect.h. */
#include "world/redirect.h"

#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* Of linux/netdev.h, which is younger than the headers that we build with. */
enum {
	NETDEV_DEV_GET = 1,
	NETDEV_DEV_IFINDEX = 1,
	NETDEV_DEV_XDP_FEATURES = 3,
	NETDEV_XDP_NDO_XMIT = 4, /* takes redirected frames */
	NETDEV_XDP_NDO_XMIT_SG = 64, /* also in pieces */
};
static const char netdev_group[] = "mgmt";

struct redirect {
	struct mnl_socket *ask;
	struct mnl_socket *news;
	uint32_t sequence;
	uint16_t family;
	uint32_t group; /* 0: not found */
	char space[16384];
};

/* A device's features, from a message of the family. */
struct found {
	bool complete;
	uint32_t ifindex;
	struct redirect_takes takes;
};

/* ---- the family ---------------------------------------------------------- */

static void group_read(const struct nlattr *entry, struct redirect *r)
{
	const struct nlattr *a;
	const char *name = "";
	uint32_t id = 0;

	mnl_attr_for_each_nested(a, entry)
	{
		if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_NAME)
			name = mnl_attr_get_str(a);
		else if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GRP_ID)
			id = mnl_attr_get_u32(a);
	}
	if (!strcmp(name, netdev_group))
		r->group = id;
}

static int family_answer(const struct nlmsghdr *h, void *ctx)
{
	struct redirect *r = ctx;
	const struct nlattr *a, *group;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
	{
		if (mnl_attr_get_type(a) == CTRL_ATTR_FAMILY_ID)
			r->family = mnl_attr_get_u16(a);
		if (mnl_attr_get_type(a) == CTRL_ATTR_MCAST_GROUPS)
			mnl_attr_for_each_nested(group, a)
				group_read(group, r);
	}
	return MNL_CB_OK;
}

/* Sends what lies in r->space and gives the answer to `each`. */
static int exchange(struct redirect *r, struct nlmsghdr *h, mnl_cb_t each,
		    void *ctx)
{
	ssize_t len;
	int more;

	h->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = ++r->sequence;
	if (mnl_socket_sendto(r->ask, h, h->nlmsg_len) < 0)
		return -errno;
	do {
		len = mnl_socket_recvfrom(r->ask, r->space, sizeof(r->space));
		if (len < 0)
			return -errno;
		more = mnl_cb_run(r->space, (size_t)len, r->sequence,
				  mnl_socket_get_portid(r->ask), each, ctx);
	} while (more > 0);
	return more < 0 ? -errno : 0;
}

static struct nlmsghdr *request(struct redirect *r, uint16_t family,
				uint8_t command)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(r->space);
	struct genlmsghdr *g;

	h->nlmsg_type = family;
	g = mnl_nlmsg_put_extra_header(h, sizeof(*g));
	g->cmd = command;
	g->version = 1;
	return h;
}

static int family_find(struct redirect *r)
{
	struct nlmsghdr *h = request(r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);

	mnl_attr_put_strz(h, CTRL_ATTR_FAMILY_NAME, "netdev");
	return exchange(r, h, family_answer, r);
}

/* ---- life ---------------------------------------------------------------- */

static int socket_open(struct mnl_socket **out, int flags)
{
	struct mnl_socket *s =
		mnl_socket_open2(NETLINK_GENERIC, SOCK_CLOEXEC | flags);

	if (!s)
		return -errno;
	*out = s;
	return mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) ? -errno : 0;
}

static int group_join(struct redirect *r)
{
	int error = socket_open(&r->news, SOCK_NONBLOCK);

	if (!error && mnl_socket_setsockopt(r->news, NETLINK_ADD_MEMBERSHIP,
					    &r->group, sizeof(r->group)))
		error = -errno;
	return error;
}

int redirect_new(struct redirect **out)
{
	struct redirect *r = calloc(1, sizeof(*r));
	int error;

	if (!r)
		return -ENOMEM;
	error = socket_open(&r->ask, 0);
	if (!error)
		error = family_find(r);
	if (!error && !r->group)
		error = -ENOENT;
	if (!error)
		error = group_join(r);
	if (error) {
		redirect_free(r);
		return error;
	}
	*out = r;
	return 0;
}

void redirect_free(struct redirect *r)
{
	if (!r)
		return;
	if (r->ask)
		mnl_socket_close(r->ask);
	if (r->news)
		mnl_socket_close(r->news);
	free(r);
}

int redirect_fd(const struct redirect *r)
{
	return mnl_socket_get_fd(r->news);
}

/* ---- devices ------------------------------------------------------------- */

static struct found message_read(const struct nlmsghdr *h)
{
	struct found found = {0};
	bool has_features = false;
	const struct nlattr *a;

	mnl_attr_for_each(a, h, sizeof(struct genlmsghdr))
	{
		uint16_t type = mnl_attr_get_type(a);
		uint16_t len = mnl_attr_get_payload_len(a);

		if (type == NETDEV_DEV_IFINDEX && len == sizeof(uint32_t)) {
			found.ifindex = mnl_attr_get_u32(a);
		} else if (type == NETDEV_DEV_XDP_FEATURES &&
			   len == sizeof(uint64_t)) {
			uint64_t features = mnl_attr_get_u64(a);

			has_features = true;
			found.takes = (struct redirect_takes){
				.frames = features & NETDEV_XDP_NDO_XMIT,
				.pieces = features & NETDEV_XDP_NDO_XMIT_SG,
			};
		}
	}
	found.complete = found.ifindex && has_features;
	return found;
}

int redirect_parse(const void *message, size_t len, uint32_t *ifindex,
		   struct redirect_takes *takes)
{
	const struct nlmsghdr *h = message;
	struct found found;

	if (len > INT32_MAX || !mnl_nlmsg_ok(h, (int)len) ||
	    h->nlmsg_len < MNL_NLMSG_HDRLEN + sizeof(struct genlmsghdr))
		return -EBADMSG;
	found = message_read(h);
	if (!found.complete)
		return -EBADMSG;
	*ifindex = found.ifindex;
	*takes = found.takes;
	return 0;
}

static int device_answer(const struct nlmsghdr *h, void *ctx)
{
	*(struct found *)ctx = message_read(h);
	return MNL_CB_OK;
}

int redirect_read(struct redirect *r, uint32_t ifindex,
		  struct redirect_takes *takes)
{
	struct nlmsghdr *h = request(r, r->family, NETDEV_DEV_GET);
	struct found found = {0};
	int error;

	mnl_attr_put_u32(h, NETDEV_DEV_IFINDEX, ifindex);
	error = exchange(r, h, device_answer, &found);
	if (error)
		return error;
	if (!found.complete || found.ifindex != ifindex)
		return -ENODEV;
	*takes = found.takes;
	return 0;
}

int redirect_input(struct redirect *r,
		   void (*changed)(void *ctx, uint32_t ifindex), void *ctx)
{
	struct redirect_takes takes;
	uint32_t ifindex;
	ssize_t len;

	/* bounded: the rest wakes us again */
	for (unsigned int i = 0; i < 64; i++) {
		len = mnl_socket_recvfrom(r->news, r->space, sizeof(r->space));
		if (len < 0)
			return errno == EAGAIN || errno == EINTR ? 0 : -errno;
		if (!redirect_parse(r->space, (size_t)len, &ifindex, &takes))
			changed(ctx, ifindex);
	}
	return 0;
}
