/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What libbpf and libxdp say, as lines of our log.  Their complaints are the
 * only place where the kernel's own explanation appears, so the last one is
 * kept for the operator.
 */
#include "program/loader_inner.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <xdp/libxdp.h>

#include "base/log.h"

static char last[160];
static bool want_first;

/* Begins the message that the kernel itself sent (netlink's extended ack). */
static const char kernel_says[] = "Kernel error message: ";

static void keep(const char *line)
{
	const char *kernel = strstr(line, kernel_says);

	/* what the kernel says is better than what the library says later */
	if (!kernel && (strstr(last, kernel_says) || (want_first && *last)))
		return;
	snprintf(last, sizeof(last), "%.*s", (int)sizeof(last) - 1,
		 kernel ? kernel : line);
}

static void library_log(bool complaint, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

static void library_log(bool complaint, const char *format, va_list args)
{
	char line[512];
	size_t len;

	vsnprintf(line, sizeof(line), format, args);
	len = strlen(line);
	while (len && (line[len - 1] == '\n' || line[len - 1] == ' '))
		line[--len] = 0;
	if (!len)
		return;
	if (complaint)
		keep(line);
	log_debug("%s", line);
}

__attribute__((format(printf, 2, 0))) static int libbpf_line(
	enum libbpf_print_level level, const char *format, va_list args)
{
	if (level != LIBBPF_DEBUG)
		library_log(level == LIBBPF_WARN, format, args);
	return 0;
}

__attribute__((format(printf, 2, 0))) static int libxdp_line(
	enum libxdp_print_level level, const char *format, va_list args)
{
	if (level != LIBXDP_DEBUG)
		library_log(level == LIBXDP_WARN, format, args);
	return 0;
}

void library_log_start(void)
{
	libbpf_set_print(libbpf_line);
	libxdp_set_print(libxdp_line);
}

void library_log_forget(bool first)
{
	last[0] = 0;
	want_first = first;
}

const char *library_log_last(void)
{
	const char *kernel = strstr(last, kernel_says);

	return kernel ? kernel + strlen(kernel_says) : last;
}
