/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The file of a benchmark's figures: one JSON object, to which each part adds
 * a member of its own.
 */
#ifndef REPORT_H
#define REPORT_H

#include <jansson.h>

/*
 * Sets a member of the object in a file, which is made if it is missing, and
 * gives up its value.  file NULL: only that.  Ends the process on failure.
 */
void report_add(const char *file, const char *member, json_t *value);

#endif
