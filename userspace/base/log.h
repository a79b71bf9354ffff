/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The log: one line per fact, subject first ("tunnel 4/lns1: ..."), to standard
 * error, where systemd's journal reads the priority prefix.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/instant.h"

enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
	LOG_LEVEL_DEBUG = 7,
};

/*
 * Makes standard error non-blocking for this process alone, so that a reader
 * who does not read (a stuck journal, a full pipe) cannot stop the daemon:
 * lines that do not fit are lost and counted.  To be called once, before
 * threads and children.  0, or -errno: then a full pipe still blocks.
 */
int log_open(void);
/* Lines that were lost so far in this process.  Any thread may ask. */
uint64_t log_lost(void);

/* Lines above this level are not written.  Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);
/* What every line begins with, e.g. "l2xd[lac]"; must outlive the log. */
void log_set_name(const char *name);

__attribute__((format(printf, 2, 3))) void log_write(enum log_level level,
						     const char *format, ...);

#define log_error(...)	 log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)	 log_write(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)	 log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)	 log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

/*
 * A token bucket for lines that a packet triggers: `burst` lines at once, then
 * one each `every_ms`.  True when the line may be written.
 */
struct log_limit {
	unsigned int burst;
	unsigned int every_ms;
	unsigned int used;
	struct instant since;
};
#define LOG_LIMIT ((struct log_limit){.burst = 10, .every_ms = 1000})
bool log_allowed(struct log_limit *limit, struct instant now);

/* Ends the process: only for start-up and broken invariants, never a peer. */
__attribute__((format(printf, 1, 2), noreturn)) void fatal(const char *format,
							   ...);

#endif
