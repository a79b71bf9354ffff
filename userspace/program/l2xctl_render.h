/* SPDX-License-Identifier: GPL-2.0-only */
/* A reply of the daemon as text for a person, or as JSON for a program. */
#ifndef PROGRAM_L2XCTL_RENDER_H
#define PROGRAM_L2XCTL_RENDER_H

#include <jansson.h>
#include <stdio.h>

/*
 * Lists that have a column table come out as a table, everything else as
 * "key: value" lines, nested objects indented.  Names that a peer chose may
 * hold anything: what is not printable ASCII comes out as \xNN.
 */
void render_reply(const json_t *reply, FILE *out);
/* The same reply for a program: sorted, indented. */
void render_json(const json_t *reply, FILE *out);
/* A number as 1234, 12.3k, 4.56M ..; four digits tell enough. */
void render_scaled(const json_t *value, char *out, size_t cap);
/* One line: time in seconds, name, key=value. */
void render_event(const json_t *event, FILE *out);

#endif
