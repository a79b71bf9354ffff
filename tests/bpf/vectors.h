/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors for every reason but FORWARDED: what is done to a world and to a
 * good frame, and the reason that must come of it.
 */
#ifndef VECTORS_H
#define VECTORS_H

#include "records.h"

/* rows leave out the fields at their end that are 0 */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define VECTOR_INNER 100 /* octets of the inner packet of a good frame */
#define VECTOR_TTL   64

struct vector {
	const char *name;
	enum reason reason;
	enum end_id end; /* where the good frame arrives */
	__u16 protocol;
	void (*world)(struct world *w); /* what is different in the maps */
	void (*frame)(struct frame *f); /* and in the frame */
	void (*counts)(struct records *r); /* what it changes in records */
};

struct vector_table {
	const struct vector *rows;
	size_t count;
};

extern const struct vector_table access_vectors, core_vectors, core6_vectors,
	ip_vectors, martian_vectors, service_vectors, punt_vectors;

#define VECTOR_TABLES 7
extern const struct vector_table *const vector_tables[VECTOR_TABLES];

/* Offsets in good frames: untagged Ethernet is 14 octets. */
#define PPPOE	  14
#define PPPOE_PPP 20
#define OUTER	  14 /* tunnel A */
#define UDP	  34
#define L2TP	  42
#define L2TP_INFO 52
#define UDP6	  54 /* tunnel C */
#define L2TP6	  62
#define L2TP6_INFO 72

/* PPP protocols */
#define IP4 0x0021
#define IP6 0x0057
#define LCP 0xc021

/* UDP and IP say that the packet ends after n octets of UDP payload. */
void vector_udp_end(struct frame *f, __u16 n);
/* Four octets of options behind the IPv4 header at `ip`. */
void vector_add_options(struct frame *f, size_t ip);
void vector_leg_state(struct world *w, enum end_id id, enum leg_state state);
/* One octet less than good frames need. */
void vector_leg_mtu(struct world *w);

/* The world and the frame of a vector. */
void vector_build(const struct vector *v, struct world *w, struct frame *f);

#endif
