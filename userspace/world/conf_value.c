/* SPDX-License-Identifier: GPL-2.0-only */
/* One value of the configuration file at a time; see conf_value.h. */
#include "world/conf_value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "martian.h"

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

/*
 * A number with k, M or G behind it for thousands, millions and so on: 0, or
 * -EINVAL.  The schema holds the text to 15 characters.
 */
static int amount_read(const char *raw, uint64_t *value)
{
	static const char units[] = "kMG";
	const char *unit;
	double amount;
	char *end;

	if (!isdigit((unsigned char)raw[0]) || strpbrk(raw, "eExX"))
		return -EINVAL;
	amount = strtod(raw, &end);
	unit = *end ? strchr(units, *end) : NULL;
	for (const char *at = units; unit && at <= unit; at++)
		amount *= 1000;
	if (unit ? end[1] : *end)
		return -EINVAL;
	*value = (uint64_t)(amount + 0.5);
	return 0;
}

const char *conf_rate_read(const char *text, uint64_t *bits)
{
	uint64_t value;

	if (amount_read(text, &value))
		return "must be bits a second, like 2500k or 2.5M";
	if (value < 64000 || value > 100000000000)
		return "must be from 64k to 100G";
	*bits = value;
	return NULL;
}

const char *conf_burst_read(const char *text, uint32_t *octets)
{
	uint64_t value;

	if (amount_read(text, &value))
		return "must be octets, like 15000 or 15k";
	if (value < 2000 || value > 1000000000)
		return "must be from 2000 to 1G";
	*octets = (uint32_t)value;
	return NULL;
}

static struct conf_rate rate(struct checker *c, const char *way,
			     const char *raw, const char *raw_burst)
{
	struct conf_rate out = {0};
	const char *what = NULL;
	char key[16];

	snprintf(key, sizeof(key), "rate-%s", way);
	if (raw)
		what = conf_rate_read(raw, &out.bits);
	if (!what && raw_burst) {
		snprintf(key, sizeof(key), "burst-%s", way);
		what = raw ? conf_burst_read(raw_burst, &out.burst)
			   : "needs a rate";
	}
	if (what)
		wrong(c, key, "%s", what);
	return out;
}

uint64_t rate_alone(struct checker *c, const char *key, const char *raw)
{
	const char *what = NULL;
	uint64_t bits = 0;

	if (raw)
		what = conf_rate_read(raw, &bits);
	if (what)
		wrong(c, key, "%s", what);
	return bits;
}

struct conf_rates rates(struct checker *c, const struct raw_rates *raw)
{
	return (struct conf_rates){
		.up = rate(c, "up", raw->rate_up, raw->burst_up),
		.down = rate(c, "down", raw->rate_down, raw->burst_down),
	};
}

struct conf_dscp dscp(struct checker *c, const char *key, const char *raw,
		      struct conf_dscp without)
{
	bool may_leave = without.mode == CONF_DSCP_LEAVE;
	unsigned long value;
	char *end;

	if (!raw)
		return without;
	if (!strcmp(raw, "copy"))
		return (struct conf_dscp){.mode = CONF_DSCP_COPY};
	if (!strcmp(raw, "leave") && may_leave)
		return (struct conf_dscp){.mode = CONF_DSCP_LEAVE};
	value = strtoul(raw, &end, 10);
	if (!isdigit((unsigned char)raw[0]) || *end || value > 63)
		wrong(c, key, "must be copy%s or from 0 to 63",
		      may_leave ? ", leave" : "");
	return (struct conf_dscp){CONF_DSCP_SET, (uint8_t)value};
}

bool address_usable(struct in_addr address)
{
	return !martian4_source(ntohl(address.s_addr));
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
