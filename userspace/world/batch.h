/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many datagrams or frames with one system call, for the slow path: an inbox
 * that reads what is there, an outbox that gathers heads and payloads.  The
 * sockets are those of sockets.h.  Never waits.
 */
#ifndef WORLD_BATCH_H
#define WORLD_BATCH_H

#include <linux/if_packet.h>
#include <sys/socket.h>

#include "world/sockets.h"

enum {
	BATCH = 32,
	BATCH_ROOM = 9216 + 64, /* octets of one datagram or frame */
	BATCH_HEAD = 192, /* of what goes in front of a payload */
};

struct batch_control {
	_Alignas(8) char space[192]; /* addresses, options, and more */
};

struct inbox {
	unsigned int count;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	union {
		union socket_end l2tp;
		struct sockaddr_ll link;
	} from[BATCH];
	struct batch_control control[BATCH];
	uint8_t room[BATCH][BATCH_ROOM];
};

/* Reads what a socket has; the number of messages, 0 = none. */
unsigned int inbox_receive(struct inbox *in, int fd);
/* The same from a tun device, which gives one packet at a time. */
unsigned int inbox_read(struct inbox *in, int fd);
/* The n-th one; false: it is to be passed over. */
bool inbox_l2tp(struct inbox *in, unsigned int n, struct socket_l2tp *from,
		struct view *datagram);
struct socket_outer inbox_outer(struct inbox *in, unsigned int n);
bool inbox_frame(struct inbox *in, unsigned int n, struct vlan_tag *stripped,
		 struct view *frame);
struct view inbox_packet(const struct inbox *in, unsigned int n);
/* To change octets of a message in their place, which stays as a view does. */
struct builder inbox_edit(struct inbox *in, struct view part);

/* What one flush came to. */
struct outbox_result {
	unsigned int sent;
	unsigned int too_big; /* EMSGSIZE */
	unsigned int failed;
};

struct outbox {
	int fd; /* of all that is in it */
	unsigned int count;
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH][2];
	union socket_end to[BATCH];
	struct batch_control control[BATCH];
	uint8_t head[BATCH][BATCH_HEAD];
};

/* A message can be begun: not full, and for this socket. */
bool outbox_takes(const struct outbox *out, int fd);
/* Where the head of the next message is built. */
struct builder outbox_head(struct outbox *out);
/*
 * Adds a message; the head is the one just built, the payload stays with the
 * caller until the flush; class is the outer header's.
 */
void outbox_add_frame(struct outbox *out, int fd, const struct builder *head,
		      struct view payload);
void outbox_add_l2tp(struct outbox *out, int fd, const struct builder *head,
		     struct view payload, const struct socket_l2tp *to,
		     uint8_t class);
/* Sends all of it; what the kernel does not take is lost and counted. */
struct outbox_result outbox_flush(struct outbox *out);

#endif
