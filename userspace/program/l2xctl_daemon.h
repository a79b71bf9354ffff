/* SPDX-License-Identifier: GPL-2.0-only */
/* The way from l2xctl to a daemon: its control socket, one JSON object a
 * line.*/
#ifndef PROGRAM_L2XCTL_DAEMON_H
#define PROGRAM_L2XCTL_DAEMON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* /run/l2x/INSTANCE.sock; -EINVAL: no instance can have this name. */
int daemon_path(const char *instance, char *path, size_t cap);
/* 0 or -errno. */
int daemon_open(const char *path, FILE **stream);
/*
 * Sends a command and reads the answer, which is to be freed: 0, or -errno
 * where none came in time.  arguments may be NULL.
 */
int daemon_ask(FILE *stream, const char *command, json_t *arguments,
	       json_t **answer);
/* From now on reading waits for as long as it takes. */
void daemon_wait(FILE *stream);
/* The next object, for as long as it takes, to be freed; NULL: no more. */
json_t *daemon_next(FILE *stream);

#endif
