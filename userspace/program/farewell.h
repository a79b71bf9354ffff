/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PADTs for the PPPoE clients whose sessions end with --unload: read from the
 * pinned maps while they are there, sent when nothing forwards any more.
 */
#ifndef PROGRAM_FAREWELL_H
#define PROGRAM_FAREWELL_H

struct farewell;

/* No daemon of the instance may run.  NULL: there are no clients. */
struct farewell *farewell_collect(const char *instance);
/* Tells them, and frees it. */
void farewell_send(struct farewell *farewell);

#endif
