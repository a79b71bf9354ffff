/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the machine is set to and is in the way: told once in the log when it is
 * first seen, and in "show status" as it is then.
 */
#ifndef SWITCH_HOST_NOTES_H
#define SWITCH_HOST_NOTES_H

#include "switch/node.h"

/* Logs notes that were not there at the last call. */
void host_notes_log(struct node *node);
/* Array of texts. */
json_t *host_notes_show(const struct node *node);

#endif
