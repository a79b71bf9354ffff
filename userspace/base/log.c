/* SPDX-License-Identifier: GPL-2.0-only */
/* The log; see log.h. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static enum log_level log_level = LOG_LEVEL_INFO;
static const char *log_name = "l2xd";

void log_set_level(enum log_level level)
{
	log_level = level;
}

void log_set_name(const char *name)
{
	log_name = name;
}

__attribute__((format(printf, 2, 0))) static void
log_vwrite(enum log_level level, const char *format, va_list args)
{
	char line[1024];
	int used;

	used = snprintf(line, sizeof(line), "<%d>%s: ", level, log_name);
	vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	/* one write per line, so that two processes' lines do not mix */
	for (used = 0; line[used]; used++)
		if (line[used] == '\n')
			line[used] = ' ';
	line[used++] = '\n';
	if (write(STDERR_FILENO, line, (size_t)used) < 0)
		return; /* nobody is left to be told */
}

void log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	if (level > log_level)
		return;
	va_start(args, format);
	log_vwrite(level, format, args);
	va_end(args);
}

bool log_allowed(struct log_limit *limit, struct instant now)
{
	uint64_t refill = (now.ms - limit->since.ms) / limit->every_ms;

	if (refill) {
		limit->used -= refill > limit->used ? limit->used
						    : (unsigned int)refill;
		limit->since = now;
	}
	if (limit->used >= limit->burst)
		return false;
	limit->used++;
	return true;
}

void fatal(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_vwrite(LOG_LEVEL_ERROR, format, args);
	va_end(args);
	exit(EXIT_FAILURE);
}
