/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates that are asked for again and again: in place on a terminal, else one
 * table behind the other, or a JSON object a line.
 */
#ifndef PROGRAM_L2XCTL_MONITOR_H
#define PROGRAM_L2XCTL_MONITOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct monitor {
	const char *what; /* calls, tunnels, ports, reasons */
	unsigned int interval; /* seconds */
	unsigned int count; /* of answers with rates; 0: no end */
	bool json;
};

/* The answer to "show rates", to be freed; NULL: none, and it was said why. */
typedef json_t *monitor_ask(void *ctx, json_t *arguments);

/*
 * Reads the words behind "monitor" and its options.  0, or -EINVAL and the
 * reason in error[cap].
 */
int monitor_parse(const char *command, const json_t *options,
		  struct monitor *monitor, char *error, size_t cap);
/* Up to `count`, q, ^C, or the end of the daemon; false: that. */
bool monitor_run(const struct monitor *monitor, monitor_ask *ask, void *ctx,
		 FILE *out);
/* One table: at most `rows` lines of it, 0: all. */
void monitor_print(const struct monitor *monitor, const json_t *reply,
		   unsigned int rows, FILE *out);

#endif
