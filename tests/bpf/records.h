/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All records of the world that a frame could change, so that a test can say
 * what became of every one of them: read them, change in the copy what must
 * change, run, compare.
 */
#ifndef RECORDS_H
#define RECORDS_H

#include "world_ends.h"

struct records {
	/* by end; of IP ends those of IPv4 and those of IPv6 */
	struct leg legs[END_COUNT], legs6[END_COUNT];
	struct policer policers[END_COUNT], policers6[END_COUNT];
	struct tunnel_rx tunnels[TUNNELS];
	struct template templates[TEMPLATES];
	struct settings settings;
	struct port access, core;
};

void records_read(const struct world *w, struct records *r);

/* Of an end; for IP ends the protocol says which of the two. */
struct leg *records_leg(struct records *r, enum end_id id, __u16 protocol);
struct policer *records_policer(struct records *r, enum end_id id,
				__u16 protocol);

/* What a forwarded frame of n octets (protocol not counted) adds. */
void records_count(struct records *r, enum end_id id, __u16 protocol, size_t n);

/*
 * Run a frame of this end: its reason, the whole frame that comes out (NULL: as
 * it came) and all records must be as wanted.
 */
void frame_expect(struct world *w, const char *what, enum end_id at,
		  struct frame *in, enum reason reason, struct frame *wanted,
		  const struct records *records);

/* Fails with the name of the first record that is not as wanted. */
void records_assert(const char *what, const struct world *w,
		    const struct records *wanted);

#endif
