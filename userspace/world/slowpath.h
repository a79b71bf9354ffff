/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slow path: a thread that carries subscribers' data which the XDP program
 * punted (too big, next hop unresolved, fragments put together by the kernel)
 * or which the kernel sends to subscribers by the tun device.
 *
 * It works from the maps alone, as the XDP program does, and on descriptors of
 * its own that see nothing but data: no flood of it delays control, and it
 * shares nothing with the engine but the records of the maps, its counters
 * (atomic) and the list of ports (locked).
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
	SLOWPATH(SLOW_TO_L2TP, "subscriber packets sent by hand, tunnels")     \
	SLOWPATH(SLOW_TO_PPPOE, "subscriber packets sent by hand, PPPoE")      \
	SLOWPATH(SLOW_TO_KERNEL, "subscriber packets given to the kernel")     \
	SLOWPATH(SLOW_FRAGMENTED, "subscriber packets cut to their link's MTU") \
	SLOWPATH(SLOW_REFUSED, "ICMP sent: fragmentation needed")              \
	SLOWPATH(SLOW_REFUSED_RATE, "ICMP not sent: too many, or not allowed") \
	SLOWPATH(SLOW_REDIRECT, "ICMP redirects of the kernel held back")      \
	SLOWPATH(SLOW_TOO_BIG, "subscriber packets too big for the way out")   \
	SLOWPATH(SLOW_MALFORMED, "data punted by hand: malformed")             \
	SLOWPATH(SLOW_UNKNOWN, "data punted by hand: of no session")           \
	SLOWPATH(SLOW_GROUP, "the host's own multicast, for no subscriber")    \
	SLOWPATH(SLOW_PADT, "PADT sent: data of a session that is not there")  \
	SLOWPATH(SLOW_WRONG_SENDER, "data punted by hand: not the sender's")   \
	SLOWPATH(SLOW_CLOSED, "data punted by hand: call or IP is not up")     \
	SLOWPATH(SLOW_BLOCKED, "data punted by hand: suspended subscriber")    \
	SLOWPATH(SLOW_POLICED, "data punted by hand: above the rate")          \
	SLOWPATH(SLOW_LATE, "data punted by hand: older than what came")       \
	SLOWPATH(SLOW_ECN_CONFLICT, "data punted by hand: congestion mark")    \
	SLOWPATH(SLOW_SPOOFED, "data punted by hand: source of another")       \
	SLOWPATH(SLOW_MARTIAN, "data punted by hand: address not to forward")  \
	SLOWPATH(SLOW_NO_WAY, "data punted by hand: no tunnel or port")        \
	SLOWPATH(SLOW_FAILED, "data punted by hand: the kernel took it not")

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
