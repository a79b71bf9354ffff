/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's counters of network devices in this process' network namespace,
 * the devices below VLANs, and offloads.  Drivers count also what XDP receives
 * and sends.
 */
#ifndef WORLD_DEVICES_H
#define WORLD_DEVICES_H

#include <net/if.h>
#include <stdbool.h>
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

/*
 * What a device may do to frames before XDP sees them: remove the VLAN tag and
 * pass it beside the frame, join several frames to one, or drop those of VLANs
 * for which the kernel has no device.  Bits.
 */
enum device_offload {
	OFFLOAD_RX_VLAN = 1, /* 802.1Q tags */
	OFFLOAD_RX_VLAN_STAG = 2, /* 802.1ad tags */
	OFFLOAD_LRO = 4,
	OFFLOAD_GRO_HW = 8,
	OFFLOAD_VLAN_FILTER = 16, /* 802.1Q */
	OFFLOAD_VLAN_STAG_FILTER = 32, /* 802.1ad */
};
enum {
	OFFLOADS_TAGS = OFFLOAD_RX_VLAN | OFFLOAD_RX_VLAN_STAG,
	OFFLOADS_JOIN = OFFLOAD_LRO | OFFLOAD_GRO_HW,
	OFFLOADS_FILTER = OFFLOAD_VLAN_FILTER | OFFLOAD_VLAN_STAG_FILTER,
	OFFLOADS_TEXT = 128, /* octets that all names need */
};

struct device_offloads {
	uint8_t on;
	uint8_t fixed; /* cannot be changed, on or off */
};
/*
 * Of the device of this name; fd: any socket of the network namespace.
 * -EOPNOTSUPP: the kernel does not say.
 */
int device_offloads(int fd, const char *name, struct device_offloads *out);
/*
 * Switches these on or off.  0 when the kernel accepted the request; the caller
 * must read back whether the device obeys.  Needs privilege.
 */
int device_offloads_set(int fd, const char *name, uint8_t which, bool on);
/* Their names as ethtool -k has them, with ", " between; "" = none. */
const char *device_offloads_text(uint8_t which, char out[OFFLOADS_TEXT]);

#endif
