/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of this machine that block subscribers' packets which the kernel has
 * to carry.  Reads settings below /proc/sys/net/ipv4, and changes none.
 */
#ifndef WORLD_HOST_H
#define WORLD_HOST_H

#include <stdbool.h>

enum { HOST_NOTE = 320 };

struct host_note {
	char text[HOST_NOTE];
};

struct host_device {
	const char *name;
	bool access; /* speaks PPPoE, so its IP settings do not matter */
};

/*
 * Notes about the devices, the tun among them; folder is where the settings
 * are.  How many there are, at most `max`.  routes: calls end here, so the
 * kernel must forward.  A setting that cannot be read is not spoken of.
 */
unsigned int host_look(const char *folder, bool routes,
		       const struct host_device *devices, unsigned int count,
		       struct host_note *out, unsigned int max);

#endif
