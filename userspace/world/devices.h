/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel has counted on network devices, of this process' network
 * namespace, and what lies on what.  Drivers count what XDP receives and
 * sends, too.
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

/* The device below a VLAN, or 0; fd: any socket of the network namespace. */
uint32_t device_below(int fd, uint32_t ifindex);

#endif
