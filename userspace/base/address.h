/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IP addresses of either family as values: what an L2TP end point, a next hop
 * or a neighbour is known by.  No ports, no scopes, no DNS.
 */
#ifndef BASE_ADDRESS_H
#define BASE_ADDRESS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * All zero is no address, or any where one is asked for.  What lies behind an
 * IPv4 address is 0, so that records with addresses compare as bytes.
 */
struct address {
	uint32_t family; /* AF_INET, AF_INET6; AF_UNSPEC = 0: none */
	union {
		struct in_addr ip4;
		struct in6_addr ip6;
		uint8_t octets[16];
	};
};

struct address address_of_ip4(struct in_addr ip4);
struct address address_of_ip6(struct in6_addr ip6);
/* -EINVAL: neither family's notation; nothing with a scope ("%eth0"). */
int address_parse(const char *text, struct address *address);

/* In octets; 0: no address. */
static inline size_t address_size(const struct address *address)
{
	return address->family == AF_INET6  ? sizeof(address->ip6)
	       : address->family == AF_INET ? sizeof(address->ip4)
					    : 0;
}

bool address_same(struct address a, struct address b);
/* 0.0.0.0, ::, or none. */
bool address_is_zero(struct address address);
/*
 * Whether a pattern speaks of an address: none of all, 0.0.0.0 and :: of all
 * of their family, others of themselves.
 */
bool address_covers(struct address pattern, struct address address);
/* fe80::/10 means nothing without a device. */
bool address_is_link_local6(struct address address);

/* For people, until this thread asks for four more; "-": none. */
const char *address_text(struct address address);

#endif
