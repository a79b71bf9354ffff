/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Datagrams and frames in and out of sockets that somebody else opened, set up
 * and closes: L2TP's UDP sockets, each of one family (IP_PKTINFO or
 * IPV6_RECVPKTINFO set) and ports' packet sockets (PACKET_AUXDATA set, bound to
 * the port).  Never waits.
 */
#ifndef WORLD_SOCKETS_H
#define WORLD_SOCKETS_H

#include <sys/socket.h>

#include "base/address.h"
#include "base/buf.h"
#include "proto/pppoe.h"

/* Where a datagram came from and which of our addresses it was sent to. */
struct socket_l2tp {
	struct address peer;
	uint16_t peer_port;
	struct address local;
};
/*
 * Receives one datagram into room[cap]; *datagram lies there.  Those that do
 * not fit are passed over.  -EAGAIN: none for now, poll again.
 */
int socket_receive_l2tp(int fd, void *room, size_t cap,
			struct socket_l2tp *from, struct view *datagram);
/*
 * By the socket of the addresses' family.  -EAGAIN: the socket is full, the
 * datagram is lost.
 */
int socket_send_l2tp(int fd, struct address local, struct address peer,
		     uint16_t peer_port, struct view datagram);

/*
 * Receives one whole Ethernet frame that came from the wire.  *stripped is the
 * tag that the kernel took out of it.  -EAGAIN as above.
 */
int socket_receive_frame(int fd, void *room, size_t cap,
			 struct vlan_tag *stripped, struct view *frame);
/* Sends a whole Ethernet frame by the socket's port. */
int socket_send_frame(int fd, struct view frame);

/* ---- parts of the above, for who moves many at once (batch.c) ------------- */

/* Where a datagram is from or goes to, as the kernel writes it. */
union socket_end {
	struct sockaddr any;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
};
/* What the kernel says of the outer header, if outer_wanted() was told so. */
struct socket_outer {
	uint32_t ifindex; /* the device it came by */
	uint8_t class; /* traffic class, DSCP and ECN */
	bool pieces; /* it came in fragments */
	bool options; /* of IPv4 */
};
/* A socket of L2TP data; 0 or -errno. */
int outer_wanted(int fd, int family);
struct socket_outer socket_outer(struct msghdr *msg);
/* The control message of this kind with at least so many octets, or NULL. */
const struct cmsghdr *socket_control(struct msghdr *msg, int level, int type,
				     size_t size);
/* The tag that the kernel took out of a frame of a packet socket. */
struct vlan_tag socket_tag(struct msghdr *msg);
/* Of a message whose name is a socket_end; -ENOENT: not all is said. */
int socket_from(struct msghdr *msg, struct socket_l2tp *from);
/* Sets name and control, which have room for a socket_end and in6_pktinfo. */
void socket_to(struct msghdr *msg, const struct socket_l2tp *to);
/* Adds to that the outer traffic class: 4 octets of control message more. */
void socket_to_class(struct msghdr *msg, const struct socket_l2tp *to,
		     uint8_t class);

#endif
