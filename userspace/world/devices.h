/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel has counted on network devices, of this process' network
 * namespace.  Drivers count there what XDP receives and sends, too.
 */
#ifndef WORLD_DEVICES_H
#define WORLD_DEVICES_H

#include <net/if.h>
#include <stdint.h>
#include <stdio.h>

struct device_count {
	char name[IF_NAMESIZE];
	uint64_t packets_in, octets_in, packets_out, octets_out;
};

/* Up to max devices, in the kernel's order; how many, or -errno. */
int devices_read(struct device_count *out, unsigned int max);
/* The same from an open file of the form of /proc/net/dev. */
int devices_parse(FILE *file, struct device_count *out, unsigned int max);

#endif
