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

/* Octets received whole, or -errno; -EMSGSIZE: it was cut. */
static ssize_t socket_receive(int fd, struct msghdr *msg)
{
	ssize_t got = recvmsg(fd, msg, MSG_DONTWAIT);

	if (got < 0)
		return errno == EWOULDBLOCK ? -EAGAIN : -errno;
	return msg->msg_flags & (MSG_TRUNC | MSG_CTRUNC) ? -EMSGSIZE : got;
}

static const struct cmsghdr *control_find(struct msghdr *msg, int level,
					  int type, size_t size)
{
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg))
		if (cmsg->cmsg_level == level && cmsg->cmsg_type == type &&
		    cmsg->cmsg_len >= CMSG_LEN(size))
			return cmsg;
	return NULL;
}

/* -EMSGSIZE: to be passed over. */
static int receive_l2tp(int fd, void *room, size_t cap,
			struct socket_l2tp *from, struct view *datagram)
{
	char control[128] __attribute__((aligned(8)));
	struct iovec iov = {room, cap};
	struct sockaddr_in peer = {0};
	struct msghdr msg = {
		.msg_name = &peer,
		.msg_namelen = sizeof(peer),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = socket_receive(fd, &msg);
	const struct cmsghdr *cmsg;
	struct in_pktinfo info;

	if (got < 0)
		return (int)got;
	cmsg = control_find(&msg, IPPROTO_IP, IP_PKTINFO, sizeof(info));
	if (!cmsg || peer.sin_family != AF_INET)
		return -EMSGSIZE;
	memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
	from->peer = peer.sin_addr;
	from->peer_port = ntohs(peer.sin_port);
	from->local = info.ipi_addr;
	*datagram = view_of(room, (size_t)got);
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

int socket_send_l2tp(int fd, struct in_addr local, struct in_addr peer,
		     uint16_t peer_port, struct view datagram)
{
	struct in_pktinfo info = {.ipi_spec_dst = local};
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(peer_port),
		.sin_addr = peer,
	};
	struct iovec iov = {(void *)(uintptr_t)datagram.data, datagram.len};
	char control[CMSG_SPACE(sizeof(info))]
		__attribute__((aligned(8))) = {0};
	struct msghdr msg = {
		.msg_name = &to,
		.msg_namelen = sizeof(to),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = IPPROTO_IP;
	cmsg->cmsg_type = IP_PKTINFO;
	cmsg->cmsg_len = CMSG_LEN(sizeof(info));
	memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	return socket_send(fd, &msg);
}

static struct vlan_tag aux_tag(const struct tpacket_auxdata *aux)
{
	bool typed = aux->tp_status & TP_STATUS_VLAN_TPID_VALID;

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID))
		return (struct vlan_tag){0};
	return (struct vlan_tag){
		.type = typed ? aux->tp_vlan_tpid : ETHER_VLAN,
		.tci = aux->tp_vlan_tci,
	};
}

/* -EMSGSIZE: to be passed over. */
static int receive_frame(int fd, void *room, size_t cap,
			 struct vlan_tag *stripped, struct view *frame)
{
	char control[128] __attribute__((aligned(8)));
	struct iovec iov = {room, cap};
	struct sockaddr_ll from = {0};
	struct msghdr msg = {
		.msg_name = &from,
		.msg_namelen = sizeof(from),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = socket_receive(fd, &msg);
	struct tpacket_auxdata aux = {0};
	const struct cmsghdr *cmsg;

	if (got < 0)
		return (int)got;
	/* the kernel shows also what this host sends */
	if (from.sll_pkttype == PACKET_OUTGOING)
		return -EMSGSIZE;
	cmsg = control_find(&msg, SOL_PACKET, PACKET_AUXDATA, sizeof(aux));
	if (cmsg)
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
	*stripped = aux_tag(&aux);
	*frame = view_of(room, (size_t)got);
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
