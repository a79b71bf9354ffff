/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a device accepts frames from XDP, as the kernel reports over generic
 * netlink (family "netdev", since Linux 6.3), and changes of that.  On older
 * kernels only lost frames show it.
 */
#ifndef WORLD_REDIRECT_H
#define WORLD_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct redirect;

struct redirect_takes {
	bool frames; /* at all */
	bool pieces; /* also one that lies in several pieces of memory */
};

/* -ENOENT: this kernel does not tell. */
int redirect_new(struct redirect **out);
void redirect_free(struct redirect *r);
/* *takes is set when the kernel knows the device; else -errno. */
int redirect_read(struct redirect *r, uint32_t ifindex,
		  struct redirect_takes *takes);
/* Readable when there are news. */
int redirect_fd(const struct redirect *r);
/*
 * Reads them and calls changed(ctx, ifindex) for each device.  -ENOBUFS: news
 * were lost, look at everything again.
 */
int redirect_input(struct redirect *r,
		   void (*changed)(void *ctx, uint32_t ifindex), void *ctx);

/* One message of that family, from its netlink header on; -EBADMSG. */
int redirect_parse(const void *message, size_t len, uint32_t *ifindex,
		   struct redirect_takes *takes);

#endif
