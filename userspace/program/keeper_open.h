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
 * UDP sockets on port 1701 of one end.  What arrives where does not depend on
 * what waits at another (keeper_filter.h).
 */
struct l2tp_sockets {
	int control; /* messages with T=1 */
	int ppp; /* T=0: PPP's own protocols */
	int data; /* T=0: subscribers' data */
};
/*
 * At an address, which the machine may get later, or at all of its family when
 * it is 0.0.0.0 or ::.  Waits a moment for a predecessor to be gone.  0 or
 * -errno; -EADDRINUSE: another program, or instance, has it or part of it.
 */
int open_l2tp(struct address local, struct l2tp_sockets *out);
/*
 * Lets datagrams without a UDP checksum into a socket of IPv6, which are thrown
 * away otherwise (RFC 6935).
 */
int open_zero_sums(int data);
/*
 * PPPoE of one device, under up to two tags; not what we send ourselves.
 * Subscribers' data, or all that is not.
 */
int open_pppoe(uint32_t ifindex, bool data);
/* Frames out of one device; nothing comes in. */
int open_sender(uint32_t ifindex);
/* A persistent tun device, packets without header. */
int open_tun(const char *name);
/* Listening, mode 0660; replaces what an earlier l2xd left. */
int open_control(const char *path);
/*
 * The instance's lock, held by keeper and engine: as long as one of them lives
 * nobody else starts.  Waits up to wait_ms; -EBUSY.
 */
int open_lock(const char *instance, unsigned int wait_ms);

#endif
