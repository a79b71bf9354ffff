/* SPDX-License-Identifier: GPL-2.0-only */
/* IP addresses as values; see address.h. */
#include "base/address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>

struct address address_of_ip4(struct in_addr ip4)
{
	struct address address = {.family = AF_INET, .octets = {0}};

	address.ip4 = ip4;
	return address;
}

struct address address_of_ip6(struct in6_addr ip6)
{
	return (struct address){.family = AF_INET6, .ip6 = ip6};
}

int address_parse(const char *text, struct address *address)
{
	struct in_addr ip4;
	struct in6_addr ip6;

	if (inet_pton(AF_INET, text, &ip4) == 1)
		*address = address_of_ip4(ip4);
	else if (inet_pton(AF_INET6, text, &ip6) == 1)
		*address = address_of_ip6(ip6);
	else
		return -EINVAL;
	return 0;
}

bool address_same(struct address a, struct address b)
{
	return a.family == b.family &&
	       !memcmp(a.octets, b.octets, address_size(&a));
}

bool address_is_zero(struct address address)
{
	static const uint8_t zero[sizeof(address.octets)];

	return !memcmp(address.octets, zero, address_size(&address));
}

bool address_covers(struct address pattern, struct address address)
{
	if (!pattern.family)
		return true;
	if (address_is_zero(pattern))
		return pattern.family == address.family;
	return address_same(pattern, address);
}

bool address_is_link_local6(struct address address)
{
	return address.family == AF_INET6 &&
	       IN6_IS_ADDR_LINKLOCAL(&address.ip6);
}

const char *address_text(struct address address)
{
	enum { TEXTS = 4 };
	static _Thread_local char texts[TEXTS][INET6_ADDRSTRLEN];
	static _Thread_local unsigned int next;
	char *text = texts[next++ % TEXTS];

	if (!address.family)
		return "-";
	inet_ntop((int)address.family, address.octets, text, INET6_ADDRSTRLEN);
	return text;
}
