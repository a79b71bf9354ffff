/* SPDX-License-Identifier: GPL-2.0-only */
/* Records between keeper and engine; see keeper_msg.h. */
#include "world/keeper_msg.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world/devices.h"

union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

uint8_t keeper_port_offloads(bool access)
{
	/* only clients use VLANs for which the kernel has no device */
	return OFFLOADS_TAGS | OFFLOADS_JOIN | (access ? OFFLOADS_FILTER : 0);
}

uint8_t keeper_port_harm(const struct keeper_port *port)
{
	uint8_t harm = keeper_port_offloads(port->access);

	if (port->native)
		harm &= (uint8_t)~OFFLOADS_JOIN;
	return port->offloads_on & harm;
}

const char *keeper_harm_text(uint8_t harm)
{
	if (harm & OFFLOADS_TAGS)
		return "XDP sees no VLAN tags";
	if (harm & OFFLOADS_FILTER)
		return "frames in VLANs that the card does not know are lost";
	return harm ? "frames that are joined are lost" : "";
}

bool keeper_port_name(const char *name)
{
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("/:%", *c))
			return false;
	return *name && strcmp(name, ".") && strcmp(name, "..");
}

int keeper_msg_send(int socket, const struct keeper_msg *msg, int fd)
{
	struct iovec part = {(void *)msg, sizeof(*msg)};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	union control control = {0};
	ssize_t sent;

	if (fd >= 0) {
		struct cmsghdr *c = &control.align;

		header.msg_control = &control;
		header.msg_controllen = sizeof(control);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	do {
		sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	return sent == sizeof(*msg) ? 0 : -EMSGSIZE;
}

static bool text_ends(const char *text, size_t cap)
{
	return memchr(text, 0, cap) != NULL;
}

static bool record_is_sound(const struct keeper_msg *msg)
{
	if (!text_ends(msg->text, sizeof(msg->text)))
		return false;
	switch ((enum keeper_msg_type)msg->type) {
	case KEEPER_ROUTE_ADD:
	case KEEPER_ROUTE_DEL:
		return msg->route.length <= 32;
	case KEEPER_NEIGHBOUR_KEEP:
	case KEEPER_NEIGHBOUR_DROP:
	case KEEPER_NEIGHBOUR_ASK:
		return address_size(&msg->neighbour.address) > 0;
	case KEEPER_NEIGHBOURS_DROP:
	case KEEPER_ALIVE:
	case KEEPER_FIREWALL:
		return true;
	case KEEPER_REPLY:
		return text_ends(msg->port.name, sizeof(msg->port.name));
	case KEEPER_PORT_ATTACH:
	case KEEPER_PORT_DETACH:
	case KEEPER_PORT:
	case KEEPER_PORT_DATA:
		return text_ends(msg->port.name, sizeof(msg->port.name)) &&
		       msg->port.name[0];
	}
	return false;
}

/* The descriptors that came along: the first is kept, others are closed. */
static int descriptor_take(struct msghdr *header)
{
	int kept = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c;
	     c = CMSG_NXTHDR(header, c)) {
		size_t count;

		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (kept < 0)
				kept = fd;
			else
				close(fd);
		}
	}
	return kept;
}

int keeper_msg_receive(int socket, struct keeper_msg *msg, int *fd)
{
	struct keeper_msg record;
	struct iovec part = {&record, sizeof(record)};
	union control control = {0};
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got;
	int kept;

	do {
		got = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return errno == ECONNRESET ? -EPIPE : -errno;
	kept = descriptor_take(&header);
	if (got == sizeof(record) && record_is_sound(&record) &&
	    !(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC))) {
		*msg = record;
		*fd = kept;
		return 0;
	}
	if (kept >= 0)
		close(kept);
	return got ? -EBADMSG : -EPIPE;
}
