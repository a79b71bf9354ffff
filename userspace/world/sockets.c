/* SPDX-License-Identifier: GPL-2.0-only */
/* Datagrams and frames; see sockets.h. */
#include "world/sockets.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <string.h>
#include <sys/socket.h>

enum {
	/* unwanted ones that one call passes over */
	UNWANTED = 16,
};

/* One message: its octets, who sent it, what the kernel says about it. */
struct message {
	struct msghdr msg;
	struct iovec part;
	union {
		union socket_end l2tp;
		struct sockaddr_ll link;
	} from;
	char control[128] __attribute__((aligned(8)));
};

/* -EMSGSIZE: it was cut. */
static int socket_receive(int fd, void *room, size_t cap, struct message *in,
			  struct view *whole)
{
	ssize_t got;

	memset(&in->from, 0, sizeof(in->from));
	in->part = (struct iovec){room, cap};
	in->msg = (struct msghdr){
		.msg_name = &in->from,
		.msg_namelen = sizeof(in->from),
		.msg_iov = &in->part,
		.msg_iovlen = 1,
		.msg_control = in->control,
		.msg_controllen = sizeof(in->control),
	};
	got = recvmsg(fd, &in->msg, MSG_DONTWAIT);
	if (got < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	if (in->msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC))
		return -EMSGSIZE;
	*whole = view_of(room, (size_t)got);
	return 0;
}

const struct cmsghdr *socket_control(struct msghdr *msg, int level, int type,
				     size_t size)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == level && cmsg->cmsg_type == type &&
		    cmsg->cmsg_len >= CMSG_LEN(size))
			return cmsg;
	return NULL;
}

static void end_read(const union socket_end *end, struct address *address,
		     uint16_t *port)
{
	bool ip6 = end->any.sa_family == AF_INET6;

	*address = ip6 ? address_of_ip6(end->ip6.sin6_addr)
		       : address_of_ip4(end->ip4.sin_addr);
	*port = ntohs(ip6 ? end->ip6.sin6_port : end->ip4.sin_port);
}

static socklen_t end_write(union socket_end *end, struct address address,
			   uint16_t port)
{
	if (address.family == AF_INET6) {
		end->ip6 = (struct sockaddr_in6){
			.sin6_family = AF_INET6,
			.sin6_port = htons(port),
			.sin6_addr = address.ip6,
		};
		return sizeof(end->ip6);
	}
	end->ip4 = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr = address.ip4,
	};
	return sizeof(end->ip4);
}

/*
 * Which of our addresses a datagram was sent to, and by which device it came,
 * which no peer can say; -ENOENT: it is not known.
 */
static int local_read(struct msghdr *msg, struct address *local,
		      uint32_t *device)
{
	const struct cmsghdr *cmsg;
	struct in6_pktinfo info6;
	struct in_pktinfo info4;

	cmsg = socket_control(msg, IPPROTO_IP, IP_PKTINFO, sizeof(info4));
	if (cmsg) {
		memcpy(&info4, CMSG_DATA(cmsg), sizeof(info4));
		*local = address_of_ip4(info4.ipi_addr);
		*device = (uint32_t)info4.ipi_ifindex;
		return 0;
	}
	cmsg = socket_control(msg, IPPROTO_IPV6, IPV6_PKTINFO, sizeof(info6));
	if (!cmsg)
		return -ENOENT;
	memcpy(&info6, CMSG_DATA(cmsg), sizeof(info6));
	*local = address_of_ip6(info6.ipi6_addr);
	*device = info6.ipi6_ifindex;
	return 0;
}

/* The source that a datagram is to have. */
static void local_write(struct msghdr *msg, struct address local)
{
	const struct in6_pktinfo info6 = {.ipi6_addr = local.ip6};
	const struct in_pktinfo info4 = {.ipi_spec_dst = local.ip4};
	bool ip6 = local.family == AF_INET6;
	size_t size = ip6 ? sizeof(info6) : sizeof(info4);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg);

	cmsg->cmsg_level = ip6 ? IPPROTO_IPV6 : IPPROTO_IP;
	cmsg->cmsg_type = ip6 ? IPV6_PKTINFO : IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(size);
	memcpy(CMSG_DATA(cmsg),
	       ip6 ? (const void *)&info6 : (const void *)&info4, size);
	msg->msg_controllen = CMSG_SPACE(size);
}

int socket_from(struct msghdr *msg, struct socket_l2tp *from)
{
	struct address local;
	uint32_t device;

	if (local_read(msg, &local, &device))
		return -ENOENT;
	from->local = local;
	end_read(msg->msg_name, &from->peer, &from->peer_port);
	return 0;
}

static int option_on(int fd, int level, int name)
{
	int one = 1;

	return setsockopt(fd, level, name, &one, sizeof(one)) ? -errno : 0;
}

int outer_wanted(int fd, int family)
{
	static const struct {
		int family, level, name;
	} wanted[] = {
		{AF_INET, IPPROTO_IP, IP_RECVTOS},
		{AF_INET, IPPROTO_IP, IP_RECVFRAGSIZE},
		{AF_INET, IPPROTO_IP, IP_RECVOPTS},
		{AF_INET6, IPPROTO_IPV6, IPV6_RECVTCLASS},
		{AF_INET6, IPPROTO_IPV6, IPV6_RECVFRAGSIZE},
	};
	int error = 0;

	for (size_t i = 0; !error && i < sizeof(wanted) / sizeof(*wanted); i++)
		if (wanted[i].family == family)
			error = option_on(fd, wanted[i].level, wanted[i].name);
	return error;
}

/* One octet over IPv4, an integer over IPv6. */
static uint8_t class_read(struct msghdr *msg)
{
	const struct cmsghdr *cmsg;
	uint8_t tos;
	int class;

	cmsg = socket_control(msg, IPPROTO_IP, IP_TOS, sizeof(tos));
	if (cmsg) {
		memcpy(&tos, CMSG_DATA(cmsg), sizeof(tos));
		return tos;
	}
	cmsg = socket_control(msg, IPPROTO_IPV6, IPV6_TCLASS, sizeof(class));
	if (!cmsg)
		return 0;
	memcpy(&class, CMSG_DATA(cmsg), sizeof(class));
	return (uint8_t)class;
}

struct socket_outer socket_outer(struct msghdr *msg)
{
	struct address local;
	uint32_t device;

	return (struct socket_outer){
		.ifindex = local_read(msg, &local, &device) ? 0 : device,
		.class = class_read(msg),
		.pieces = socket_control(msg, IPPROTO_IP, IP_RECVFRAGSIZE, 0) ||
			  socket_control(msg, IPPROTO_IPV6, IPV6_RECVFRAGSIZE,
					 0),
		.options = socket_control(msg, IPPROTO_IP, IP_RECVOPTS, 0),
	};
}

void socket_to(struct msghdr *msg, const struct socket_l2tp *to)
{
	msg->msg_namelen = end_write(msg->msg_name, to->peer, to->peer_port);
	local_write(msg, to->local);
}

void socket_to_class(struct msghdr *msg, const struct socket_l2tp *to,
		     uint8_t class)
{
	bool ip6 = to->local.family == AF_INET6;
	const int value = class;
	struct cmsghdr *cmsg;

	socket_to(msg, to);
	cmsg = (struct cmsghdr *)((char *)msg->msg_control +
				  msg->msg_controllen);
	cmsg->cmsg_level = ip6 ? IPPROTO_IPV6 : IPPROTO_IP;
	cmsg->cmsg_type = ip6 ? IPV6_TCLASS : IP_TOS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(value));
	memcpy(CMSG_DATA(cmsg), &value, sizeof(value));
	msg->msg_controllen += CMSG_SPACE(sizeof(value));
}

/* -EMSGSIZE: to be passed over. */
static int receive_l2tp(int fd, void *room, size_t cap,
			struct socket_l2tp *from, struct view *datagram)
{
	struct message in;
	struct view whole;
	int err = socket_receive(fd, room, cap, &in, &whole);

	if (err)
		return err;
	if (socket_from(&in.msg, from))
		return -EMSGSIZE;
	*datagram = whole;
	return 0;
}

int socket_receive_l2tp(int fd, void *room, size_t cap,
			struct socket_l2tp *from, struct view *datagram)
{
	for (int i = 0; i < UNWANTED; i++) {
		int err = receive_l2tp(fd, room, cap, from, datagram);

		if (err != -EMSGSIZE)
			return err;
	}
	return -EAGAIN;
}

/* Sends all of it, now or not at all. */
static int socket_send(int fd, const struct msghdr *msg)
{
	ssize_t sent = sendmsg(fd, msg, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return 0;
}

int socket_send_l2tp(int fd, struct address local, struct address peer,
		     uint16_t peer_port, struct view datagram)
{
	const struct socket_l2tp ends = {peer, peer_port, local};
	union socket_end to = {0};
	struct iovec iov = {(void *)(uintptr_t)datagram.data, datagram.len};
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))]
		__attribute__((aligned(8))) = {0};
	struct msghdr msg = {
		.msg_name = &to,
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};

	socket_to(&msg, &ends);
	return socket_send(fd, &msg);
}

struct vlan_tag socket_tag(struct msghdr *msg)
{
	const struct cmsghdr *cmsg =
		socket_control(msg, SOL_PACKET, PACKET_AUXDATA,
			       sizeof(struct tpacket_auxdata));
	struct tpacket_auxdata aux = {0};
	bool typed;

	if (cmsg)
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
	typed = aux.tp_status & TP_STATUS_VLAN_TPID_VALID;
	if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
		return (struct vlan_tag){0};
	return (struct vlan_tag){
		.type = typed ? aux.tp_vlan_tpid : ETHER_VLAN,
		.tci = aux.tp_vlan_tci,
	};
}

/* -EMSGSIZE: to be passed over. */
static int receive_frame(int fd, void *room, size_t cap,
			 struct vlan_tag *stripped, struct view *frame)
{
	struct message in;
	struct view whole;
	int err = socket_receive(fd, room, cap, &in, &whole);

	if (err)
		return err;
	/* the kernel shows also what this host sends */
	if (in.from.link.sll_pkttype == PACKET_OUTGOING)
		return -EMSGSIZE;
	*stripped = socket_tag(&in.msg);
	*frame = whole;
	return 0;
}

int socket_receive_frame(int fd, void *room, size_t cap,
			 struct vlan_tag *stripped, struct view *frame)
{
	for (int i = 0; i < UNWANTED; i++) {
		int err = receive_frame(fd, room, cap, stripped, frame);

		if (err != -EMSGSIZE)
			return err;
	}
	return -EAGAIN;
}

int socket_send_frame(int fd, struct view frame)
{
	struct iovec iov = {(void *)(uintptr_t)frame.data, frame.len};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	return socket_send(fd, &msg);
}
