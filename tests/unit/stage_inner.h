/* SPDX-License-Identifier: GPL-2.0-only */
/* What stage.c and stage_caller.c share. */
#ifndef UNIT_STAGE_INNER_H
#define UNIT_STAGE_INNER_H

#include "base/log.h"
#include "stage.h"

enum letter_kind {
	LETTER_TO_AC, /* Ethernet, from a caller */
	LETTER_TO_CALLER,
	LETTER_CONTROL, /* L2TP */
	LETTER_DATA,
};

/* One packet on its way. */
struct letter {
	struct letter *next;
	enum letter_kind kind;
	struct actor *actor; /* that gets it, or NULL */
	struct caller *caller; /* that gets it */
	struct address from; /* L2TP */
	struct address to;
	size_t len;
	uint8_t octets[];
};

extern const uint8_t stage_mac[6]; /* of every access port */

void stage_send_frame(struct caller *caller, struct view frame);
void caller_input(struct caller *caller, struct view frame);

#endif
