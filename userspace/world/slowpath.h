/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path: a thread that carries subscribers' data which the XDP program
 * punted (too big, next hop unresolved, fragments put together by the kernel)
 * or which the kernel sends to subscribers by the tun device.
 *
 * It works from the maps alone, as the XDP program does, and on descriptors of
 * its own that receive only data.  So a flood of data does not delay control.
 * It shares only the records of the maps, its counters (atomic) and the list
 * of ports (locked) with the engine.
 *
 *   from               to
 *   L2TP data socket   a leg's tunnel or client, or the tun (LNS, up)
 *   port's data socket a leg's tunnel (LAC, up)
 *   tun                a leg's tunnel or client (LNS and PTA, down)
 */
#ifndef WORLD_SLOWPATH_H
#define WORLD_SLOWPATH_H

#include <stdbool.h>
#include <stdint.h>

struct conf;
struct dataplane;

/* SLOWPATH(NAME, "what it tells an operator") */
#define SLOWPATH_TABLE(SLOWPATH)                                               \
	SLOWPATH(SLOW_TO_L2TP, "packets sent in software into tunnels")        \
	SLOWPATH(SLOW_TO_PPPOE, "packets sent in software to PPPoE")           \
	SLOWPATH(SLOW_TO_KERNEL, "subscriber packets given to the kernel")     \
	SLOWPATH(SLOW_FRAGMENTED, "packets fragmented for the next link")      \
	SLOWPATH(SLOW_REFUSED, "ICMP sent: fragmentation needed")              \
	SLOWPATH(SLOW_REFUSED_RATE, "ICMP not sent: forbidden or too many")    \
	SLOWPATH(SLOW_REDIRECT, "ICMP redirects of the kernel dropped")        \
	SLOWPATH(SLOW_TOO_BIG, "slow path drop: too big for the path")         \
	SLOWPATH(SLOW_MALFORMED, "slow path drop: malformed")                  \
	SLOWPATH(SLOW_UNKNOWN, "slow path drop: unknown session or address")   \
	SLOWPATH(SLOW_GROUP, "slow path drop: multicast of the host")          \
	SLOWPATH(SLOW_PADT, "PADT sent: data of an unknown session")           \
	SLOWPATH(SLOW_WRONG_SENDER, "slow path drop: not the session's peer")  \
	SLOWPATH(SLOW_CLOSED, "slow path drop: call or its IP not up")         \
	SLOWPATH(SLOW_BLOCKED, "slow path drop: subscriber suspended")         \
	SLOWPATH(SLOW_POLICED, "slow path drop: above subscriber's rate")      \
	SLOWPATH(SLOW_LATE, "slow path drop: late sequence number")            \
	SLOWPATH(SLOW_ECN_CONFLICT, "slow path drop: marked, ECN not used")    \
	SLOWPATH(SLOW_SPOOFED, "slow path drop: not subscriber's source")      \
	SLOWPATH(SLOW_MARTIAN, "slow path drop: address never forwarded")      \
	SLOWPATH(SLOW_NO_WAY, "slow path drop: no tunnel or port to use")      \
	SLOWPATH(SLOW_FAILED, "slow path drop: rejected by the kernel")

enum slowpath_counter {
#define SLOWPATH_ENUM(name, text) COUNT_##name,
	SLOWPATH_TABLE(SLOWPATH_ENUM)
#undef SLOWPATH_ENUM
	SLOWPATH_COUNTERS,
};

struct slowpath_setup {
	struct dataplane *dataplane;
	const struct conf *conf;
	int l2tp; /* UDP, data only, set up for sockets.h; not owned; or -1 */
	int l2tp6; /* the same over IPv6 */
	int tun; /* or -1; not owned */
};

struct slowpath;

/* Starts the thread; -errno. */
int slowpath_new(struct slowpath **slowpath,
		 const struct slowpath_setup *setup);
/* Ends the thread and closes the ports' sockets; NULL is allowed. */
void slowpath_free(struct slowpath *slowpath);
/* A port's socket for PPPoE data, owned from here on also on failure. */
int slowpath_port_add(struct slowpath *slowpath, uint32_t ifindex, int fd);
void slowpath_port_drop(struct slowpath *slowpath, uint32_t ifindex);
uint64_t slowpath_count(const struct slowpath *slowpath,
			enum slowpath_counter counter);

#endif
