/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The jobs of the paths, done by the kernel itself: its pppoe and pppol2tp
 * sockets, joined by PPPIOCBRIDGECHAN where a call is switched, below a ppp
 * unit and IP forwarding where it is routed.  For session 0 of a path, on the
 * kernel's wire of the benchmark's world; needs 8021q, pppoe and l2tp_ppp.
 *
 * One path at a time.  Errors end the process.
 */
#ifndef PATH_KERNEL_H
#define PATH_KERNEL_H

#include "path_frames.h"

enum {
	PATH_KERNEL_FDS = 8,
};

struct path_kernel {
	int fds[PATH_KERNEL_FDS]; /* sockets and /dev/ppp; closing ends all */
	int count;
	int udp;	 /* the tunnel's socket, one of fds */
	uint16_t tunnel; /* own id */
};

/* VLAN devices on the kernel's wire and behind the egress, once. */
void path_kernel_ports(void);
void path_kernel_init(struct path_kernel *k, const struct bench_path *path);
void path_kernel_fini(struct path_kernel *k);

#endif
