/* SPDX-License-Identifier: GPL-2.0-only */
/* The log; see log.h. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_MAX_OCTETS = 1024 };

static enum log_level log_level = LOG_LEVEL_INFO;
static const char *log_name = "l2xd";
static bool log_is_socket;
/* Lines that were lost: all, and those not yet mentioned in the log. */
static atomic_ulong lost, untold;

void log_set_level(enum log_level level)
{
	log_level = level;
}

void log_set_name(const char *name)
{
	log_name = name;
}

/*
 * O_NONBLOCK belongs to the open file, which standard error may share with the
 * process that started us: so a pipe or a terminal is opened once more.  That
 * is not possible for a socket, which has MSG_DONTWAIT instead.
 */
int log_open(void)
{
	struct stat what;
	int fd;

	if (fstat(STDERR_FILENO, &what))
		return -errno;
	log_is_socket = S_ISSOCK(what.st_mode);
	if (!S_ISFIFO(what.st_mode) && !S_ISCHR(what.st_mode))
		return 0;
	fd = open("/proc/self/fd/2",
		  O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* as descriptor 2, which code that closes descriptors keeps */
	if (dup2(fd, STDERR_FILENO) < 0) {
		close(fd);
		return -errno;
	}
	close(fd);
	return 0;
}

uint64_t log_lost(void)
{
	return atomic_load(&lost);
}

/* False when the reader is gone or has not read for long. */
static bool line_put(const char *line, size_t length)
{
	ssize_t done;

	if (log_is_socket)
		done = send(STDERR_FILENO, line, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	else
		done = write(STDERR_FILENO, line, length);
	return done >= 0;
}

/* Logs how many lines are missing, before the next one that fits. */
static bool lost_put(void)
{
	unsigned long missing = atomic_exchange(&untold, 0);
	char line[128];
	int used;

	if (!missing)
		return true;
	used = snprintf(line, sizeof(line),
			"<%d>%s: log: %lu lines lost, nobody read them\n",
			LOG_LEVEL_WARNING, log_name, missing);
	if (line_put(line, (size_t)used))
		return true;
	atomic_fetch_add(&untold, missing);
	return false;
}

__attribute__((format(printf, 2, 0))) static void
log_vwrite(enum log_level level, const char *format, va_list args)
{
	char line[LINE_MAX_OCTETS];
	int used;

	used = snprintf(line, sizeof(line), "<%d>%s: ", level, log_name);
	vsnprintf(line + used, sizeof(line) - (size_t)used - 1, format, args);
	/* one write per line, so that two processes' lines do not mix */
	for (used = 0; line[used]; used++)
		if (line[used] == '\n')
			line[used] = ' ';
	line[used++] = '\n';
	if (lost_put() && line_put(line, (size_t)used))
		return;
	atomic_fetch_add(&lost, 1);
	atomic_fetch_add(&untold, 1);
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
