/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening what needs privilege, set up so that the engine only reads and
 * writes.  Every function returns a descriptor or -errno.
 */
#ifndef PROGRAM_KEEPER_OPEN_H
#define PROGRAM_KEEPER_OPEN_H

#include <stddef.h>
#include <stdint.h>

/*
 * Two UDP sockets on port 1701 of every address of a family: messages with T=1
 * arrive at the first, data at the second, whatever waits at the other.  Waits
 * a moment for a predecessor to be gone.  0 or -errno.
 */
int open_l2tp(int family, int *control, int *data);
/*
 * Lets datagrams without a UDP checksum into a socket of IPv6, which are thrown
 * away otherwise (RFC 6935).
 */
int open_zero_sums(int data);
/* PPPoE of one device, under up to two tags; not what we send ourselves. */
int open_pppoe(uint32_t ifindex);
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
