/* SPDX-License-Identifier: GPL-2.0-only */
/* One value of the configuration file at a time; see conf_value.h. */
#include "world/conf_value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

void wrong(struct checker *c, const char *key, const char *format, ...)
{
	struct conf_mistake *m = c->mistake;
	va_list args;

	if (c->rc)
		return;
	c->rc = -EINVAL;
	snprintf(m->path, sizeof(m->path), "%s%s%s", c->at,
		 c->at[0] && key[0] ? "." : "", key);
	va_start(args, format);
	vsnprintf(m->text, sizeof(m->text), format, args);
	va_end(args);
}

/* What is too large for its type is too large for all bounds. */
static int number_read(const char *raw, uint32_t *out)
{
	uint64_t value = 0;
	size_t at;

	for (at = 0; isdigit((unsigned char)raw[at]); at++) {
		value = value * 10 + (uint64_t)(raw[at] - '0');
		if (value > UINT32_MAX)
			value = UINT32_MAX;
	}
	if (!at || raw[at])
		return -EINVAL;
	*out = (uint32_t)value;
	return 0;
}

uint32_t number(struct checker *c, const char *key, const char *raw,
		struct bounds b)
{
	bool minus = raw && *raw == '-';
	uint32_t value;

	if (!raw)
		return b.without;
	if (number_read(raw + minus, &value)) {
		wrong(c, key, "must be a whole number");
		return b.without;
	}
	if (minus || value < b.low || value > b.high)
		wrong(c, key, "must be from %u to %u", b.low, b.high);
	return value;
}

/* The schema holds the text to 12 characters, so nothing overflows. */
static int seconds_read(const char *raw, uint32_t *ms)
{
	uint64_t value = 0;
	unsigned int unit = 1000;
	size_t at;

	for (at = 0; isdigit((unsigned char)raw[at]); at++)
		value = value * 10 + (uint64_t)(raw[at] - '0');
	value *= 1000;
	if (!at)
		return -EINVAL;
	if (raw[at] == '.' && isdigit((unsigned char)raw[at + 1]))
		for (at++; isdigit((unsigned char)raw[at]); at++)
			value += (uint64_t)(raw[at] - '0') * (unit /= 10);
	if (raw[at])
		return -EINVAL;
	*ms = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
	return 0;
}

uint32_t duration(struct checker *c, const char *key, const char *raw,
		  struct bounds b)
{
	uint32_t ms;

	if (!raw)
		return b.without;
	if (seconds_read(raw, &ms)) {
		wrong(c, key, "must be a number of seconds");
		return b.without;
	}
	if (ms < b.low || ms > b.high)
		wrong(c, key, "must be from %g to %g seconds", b.low / 1000.0,
		      b.high / 1000.0);
	return ms;
}

bool is_interface(const char *name)
{
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f || strchr("/:%", *c))
			return false;
	return strcmp(name, ".") && strcmp(name, "..");
}

bool address_usable(struct in_addr address)
{
	uint32_t host = ntohl(address.s_addr);

	return host >> 24 && host >> 24 != IN_LOOPBACKNET && host >> 28 < 14;
}

struct in_addr address(struct checker *c, const char *key, const char *raw)
{
	struct in_addr out = {0};

	if (!raw)
		return out;
	if (inet_pton(AF_INET, raw, &out) != 1)
		wrong(c, key, "not an IPv4 address");
	else if (!address_usable(out))
		wrong(c, key, "not the address of a host");
	return out;
}

struct in_addr address_or_any(struct checker *c, const char *key,
			      const char *raw)
{
	if (raw && (!strcmp(raw, "any") || !strcmp(raw, "0.0.0.0")))
		raw = NULL;
	return address(c, key, raw);
}

/* Whether a packet can come from it and an answer can be routed to it. */
static bool end_point_usable(struct address end)
{
	if (end.family == AF_INET)
		return address_usable(end.ip4);
	return !IN6_IS_ADDR_UNSPECIFIED(&end.ip6) &&
	       !IN6_IS_ADDR_LOOPBACK(&end.ip6) &&
	       !IN6_IS_ADDR_MULTICAST(&end.ip6) &&
	       !IN6_IS_ADDR_LINKLOCAL(&end.ip6) &&
	       !IN6_IS_ADDR_V4MAPPED(&end.ip6);
}

struct address end_point(struct checker *c, const char *key, const char *raw)
{
	struct address out = {0};

	if (!raw)
		return out;
	if (address_parse(raw, &out))
		wrong(c, key, "not an IPv4 or IPv6 address");
	else if (!end_point_usable(out))
		wrong(c, key, "not the address of a host");
	return out;
}

struct address end_point_or_any(struct checker *c, const char *key,
				const char *raw)
{
	struct address out;

	if (!raw || !strcmp(raw, "any"))
		return (struct address){0};
	if (!address_parse(raw, &out) && address_is_zero(out))
		return out;
	return end_point(c, key, raw);
}

const char *family_name(struct address end)
{
	return end.family == AF_INET6 ? "IPv6" : "IPv4";
}

void *records(struct checker *c, unsigned int count, size_t size)
{
	void *zeroed = calloc(count ? count : 1, size);

	if (!zeroed && !c->rc)
		c->rc = -ENOMEM;
	return zeroed;
}

const struct conf_pool *pool_named(struct checker *c, const char *name)
{
	for (unsigned int i = 0; name && i < c->conf->pool_count; i++)
		if (!strcmp(c->conf->pools[i].name, name))
			return &c->conf->pools[i];
	if (name)
		wrong(c, "pool", "there is no pool %s", name);
	return NULL;
}

bool is_local(const struct checker *c, struct address end)
{
	for (unsigned int i = 0; i < c->conf->l2tp.local_count; i++)
		if (address_same(c->conf->l2tp.locals[i], end))
			return true;
	return false;
}
