/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files slowpath*.c share. */
#ifndef WORLD_SLOWPATH_INNER_H
#define WORLD_SLOWPATH_INNER_H

#include <pthread.h>

#include "proto/l2tp.h"
#include "world/batch.h"
#include "world/conf.h"
#include "world/dataplane_read.h"
#include "world/slowpath.h"

enum { SLOWPATH_PORTS = 256 };

struct slowpath_port {
	uint32_t ifindex; /* 0: unused */
	int fd;
};

struct slowpath {
	struct slowpath_setup setup;
	pthread_t thread;
	bool running;
	int epoll;
	int wake; /* eventfd: the end has come */

	/* of the engine as well: atomic */
	uint64_t counters[SLOWPATH_COUNTERS];

	/* held by the thread while it handles a batch */
	pthread_mutex_t lock;
	struct slowpath_port ports[SLOWPATH_PORTS];

	/* the thread's own */
	struct inbox in;
	struct outbox out;
	uint32_t device, port; /* asked last, and the port it is or lies on */
	uint64_t refused_second; /* ICMP errors of this second */
	unsigned int refused;
};

/* A subscriber's packet and the leg record that says where it goes. */
struct slowpath_packet {
	uint32_t slot;
	struct leg leg;
	uint16_t protocol; /* PPP */
	struct view info; /* in the inbox */
	/*
	 * The XDP program matched it to this leg before it punted it: it has
	 * been charged, and its Ns compared.
	 */
	bool judged;
	/* it came in a tunnel: */
	bool tunnelled;
	bool ecn; /* where congestion marks are agreed */
	uint8_t outer; /* in a header of this traffic class */
};

static inline void slowpath_add(struct slowpath *sp,
				enum slowpath_counter counter, uint64_t n)
{
	__atomic_add_fetch(&sp->counters[counter], n, __ATOMIC_RELAXED);
}

/* slowpath_service.c: services that are applied to a packet. */
/* Whether the program has seen the datagram as it came. */
bool slowpath_was_judged(struct slowpath *sp, const struct socket_outer *outer);
/* A message's S bit and Ns; false: it is too late, and counted. */
bool slowpath_in_order(struct slowpath *sp,
		       const struct slowpath_packet *packet,
		       const struct l2tp_data *data);
/* False: not to be sent on, and counted. */
bool slowpath_admit(struct slowpath *sp, const struct slowpath_packet *packet);
/* Out of a tunnel: what the outer header says; false as above. */
bool slowpath_mark(struct slowpath *sp, const struct slowpath_packet *packet);
/* Into the tunnel of an image: the outer traffic class. */
uint8_t slowpath_class(const struct slowpath *sp,
		       const struct slowpath_packet *packet,
		       const struct image *image, bool ecn);
/* A SYN's MSS; limit is the largest IP packet, 0 = unknown. */
void slowpath_clamp(struct slowpath *sp, const struct slowpath_packet *packet,
		    uint16_t limit);

/* slowpath_in.c: one message of each kind of descriptor. */
void slowpath_l2tp(struct slowpath *sp, const struct socket_l2tp *from,
		   const struct socket_outer *outer, struct view datagram);
void slowpath_pppoe(struct slowpath *sp, uint32_t ifindex, struct view frame,
		    struct vlan_tag stripped);
void slowpath_tun(struct slowpath *sp, struct view packet);
/* The socket of a port; -1: none.  The lock is held. */
int slowpath_port_fd(const struct slowpath *sp, uint32_t ifindex);

/* slowpath_out.c */
/*
 * Whether the XDP program cannot send this packet, or the one of which it is a
 * fragment, to the subscriber: if it passed there, it was charged and punted.
 */
bool slowpath_is_punt(struct slowpath *sp,
		      const struct slowpath_packet *packet);
/* Out of the leg's other side; its payload must stay until the flush. */
void slowpath_send(struct slowpath *sp, const struct slowpath_packet *packet);
/* Into the kernel, which routes it. */
void slowpath_to_kernel(struct slowpath *sp,
			const struct slowpath_packet *packet);
void slowpath_flush(struct slowpath *sp);

#endif
