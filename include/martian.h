/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses that no router forwards, one rule for the XDP program and for user
 * space.  The kernel looks for them before it asks the FIB (ip_route_input,
 * ip6_rcv, ip6_forward); code that asks the FIB directly must check, too.
 *
 * IPv4, RFC 1812 sections 4.2.2.11 and 5.3.7:
 *   - neither source nor destination: 0.0.0.0/8, 127.0.0.0/8, 224.0.0.0/4
 *     (l2x has no multicast routes), 255.255.255.255;
 *   - no source either: 240.0.0.0/4.  As a destination it is left to the
 *     routes, as the kernel does.
 * IPv6, RFC 4291 section 2: the unspecified address, loopback, ::ffff:0:0/96
 * (IPv4-mapped), fe80::/10 (link-local), ff00::/8 (multicast).
 *
 * Addresses are in host order; the halves of an IPv6 address, too.
 */
#ifndef MARTIAN_H
#define MARTIAN_H

#include <linux/types.h>
#include <stdbool.h>

/*
 * Whether an IPv4 address can be a martian at all, by its first octet: a cheap
 * test for paths that leave the exact one to others.
 */
static inline __attribute__((always_inline)) bool martian4_octet(__u8 first)
{
	return (__u32)first - 1 >= 223 || first == 127;
}

static inline bool martian4_source(__u32 address)
{
	return martian4_octet(address >> 24);
}

static inline bool martian4_destination(__u32 address)
{
	return martian4_octet(address >> 24) &&
	       (address >> 28 != 15 || address == 0xffffffff);
}

/* As a source and as a destination. */
static inline bool martian6(__u64 high, __u64 low)
{
	if (high)
		return high >> 56 == 0xff || high >> 54 == 0xfe80 >> 6;
	return low <= 1 || low >> 32 == 0xffff;
}

#endif
