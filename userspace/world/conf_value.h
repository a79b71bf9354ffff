/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads one value of the configuration file, or its default, and checks it.
 * The first mistake is kept while checking goes on.  Private to
 * world/conf_*.c.
 */
#ifndef WORLD_CONF_VALUE_H
#define WORLD_CONF_VALUE_H

#include <stdio.h>

#include "world/conf_check.h"

struct checker {
	const struct raw_conf *raw;
	struct conf *conf;
	struct conf_mistake *mistake;
	char host[64]; /* the machine's name */
	char at[96]; /* what the keys are in: "tunnels[1]", "" = the file */
	int rc;
};

/* A mistake; key "" is what the checker is at. */
__attribute__((format(printf, 3, 4))) void
wrong(struct checker *c, const char *key, const char *format, ...);

struct bounds {
	uint32_t low;
	uint32_t high;
	uint32_t without; /* when the file does not say */
};
/* A whole number in decimal digits. */
uint32_t number(struct checker *c, const char *key, const char *raw,
		struct bounds b);
/* "12" or "0.25" seconds; bounds and result in milliseconds. */
uint32_t duration(struct checker *c, const char *key, const char *raw,
		  struct bounds b);

static inline bool flag(const int *raw, bool without)
{
	return raw ? *raw : without;
}

static inline enum conf_second second(const int *raw)
{
	return raw ? (enum conf_second)*raw : CONF_SECOND_INHERIT;
}

/* The schema saw to it that the text fits. */
#define text(out, raw, without)                                                \
	snprintf(out, sizeof(out), "%s", (raw) ? (raw) : (without))

/* A text that must be given. */
#define required(c, key, out, raw)                                             \
	do {                                                                   \
		if (!(raw))                                                    \
			wrong(c, key, "is missing");                           \
		text(out, raw, "");                                            \
	} while (0)

/* Rates and their bursts. */
struct conf_rates rates(struct checker *c, const struct raw_rates *raw);

/* One without a burst, in bits a second; 0: the file does not say. */
uint64_t rate_alone(struct checker *c, const char *key, const char *raw);

/* "copy", "leave" unless `without` is to set one, or 0..63. */
struct conf_dscp dscp(struct checker *c, const char *key, const char *raw,
		      struct conf_dscp without);

/* Whether an address can belong to a host. */
bool address_usable(struct in_addr address);
/* 0.0.0.0 when the file does not say. */
struct in_addr address(struct checker *c, const char *key, const char *raw);
/* As above; "any" and 0.0.0.0 are 0.0.0.0. */
struct in_addr address_or_any(struct checker *c, const char *key,
			      const char *raw);
/* An L2TP end point of either family; none when the file does not say. */
struct address end_point(struct checker *c, const char *key, const char *raw);
/* Which of them: "any" is none, 0.0.0.0 and :: are any of their family. */
struct address end_point_or_any(struct checker *c, const char *key,
				const char *raw);
/* "IPv4" or "IPv6" */
const char *family_name(struct address end);

/* Sets out to `count` zeroed records. */
#define ARRAY(c, out, out_count, count)                                        \
	do {                                                                   \
		(out) = records(c, count, sizeof(*(out)));                     \
		(out_count) = (out) ? (count) : 0;                             \
	} while (0)
void *records(struct checker *c, unsigned int count, size_t size);

/* The pool of this name, which must exist.  NULL: no name, the first pool. */
const struct conf_pool *pool_named(struct checker *c, const char *name);
/* Whether this is one of l2tp.local-addresses. */
bool is_local(const struct checker *c, struct address end);

/* conf_check_routes.c; after pools and l2tp */
void check_routes(struct checker *c, const struct raw_list *raw,
		  struct conf_user *user);

/* conf_check_peers.c; in this order, after pools and l2tp */
void check_tunnels(struct checker *c);
void check_domains(struct checker *c);
void check_destinations(struct checker *c);

#endif
