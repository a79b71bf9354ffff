/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening what needs privilege, set up so that the engine only reads and
 * writes.  Every function returns a descriptor or -errno.
 */
#ifndef PROGRAM_KEEPER_OPEN_H
#define PROGRAM_KEEPER_OPEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"

/*
 * UDP sockets on port 1701 of one endpoint.  keeper_filter.h decides which one
 * gets a datagram, whatever is queued at the others.
 */
struct l2tp_sockets {
	int control; /* messages with T=1 */
	int ppp; /* T=0: PPP's own protocols */
	int data; /* T=0: subscribers' data */
};
/*
 * Bound to an address, which need not exist yet, or to the wildcard address of
 * its family (0.0.0.0 or ::).  Waits a moment for a dying predecessor.  0 or
 * -errno; -EADDRINUSE: another program or instance has an overlapping endpoint.
 */
int open_l2tp(struct address local, struct l2tp_sockets *out);
/*
 * Makes an IPv6 socket accept datagrams without a UDP checksum, which the
 * kernel otherwise drops (RFC 6935).
 */
int open_zero_sums(int data);
/*
 * PPPoE frames of one device, under up to two tags, without those that we send.
 * Either subscribers' data, or everything else.
 */
int open_pppoe(uint32_t ifindex, bool data);
/* Frames out of one device; nothing comes in. */
int open_sender(uint32_t ifindex);
/* A persistent tun device, packets without header. */
int open_tun(const char *name);
/* Listening, mode 0660; replaces what an earlier l2xd left. */
int open_control(const char *path);
/*
 * The instance's lock, held by keeper and engine: while one of them lives, no
 * other process starts the instance.  Waits up to wait_ms; -EBUSY.
 */
int open_lock(const char *instance, unsigned int wait_ms);

#endif
