/* SPDX-License-Identifier: GPL-2.0-only */
/* How fast the link of a network device is, as the kernel's ethtool says. */
#ifndef WORLD_LINK_SPEED_H
#define WORLD_LINK_SPEED_H

#include <stdint.h>

/*
 * Bits a second of the device of this name in this process' network namespace;
 * 0: no such device, or unknown (the link is down, or has no speed).  May
 * wait for the kernel's lock on network devices.
 */
uint64_t link_speed(const char *name);

#endif
