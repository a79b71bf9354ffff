/* SPDX-License-Identifier: GPL-2.0-only */
/* What the daemon captures, block by block into a pcapng file. */
#ifndef PROGRAM_L2XCTL_CAPTURE_H
#define PROGRAM_L2XCTL_CAPTURE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct capture_sum {
	uint64_t frames;
	uint64_t octets; /* of them, as far as they were captured */
	uint64_t lost;	 /* found no room on their way */
};

/*
 * Copies whole blocks up to the end of `from`; flushed: each at once.  -EPIPE:
 * the end came before the daemon's summary; -EBADMSG: no pcapng; or what
 * writing said.  *sum is what was written in any case.
 */
int capture_copy(FILE *from, FILE *to, bool flushed, struct capture_sum *sum);

#endif
