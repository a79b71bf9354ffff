/* SPDX-License-Identifier: GPL-2.0-only */
/* Rates again and again; see l2xctl_monitor.h. */
#include "program/l2xctl_monitor.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "program/l2xctl_render.h"

enum {
	INTERVAL_MAX = 3600,
	COUNT_MAX = 1000000,
	HEAD_LINES = 3, /* above the rows: totals, a blank one, titles */
};

/* Codes of ECMA-48 and xterm that every terminal of today knows. */
#define SCREEN_OTHER "\033[?1049h\033[?25l"
#define SCREEN_OWN   "\033[?25h\033[?1049l"
#define SCREEN_HOME  "\033[H\033[J"

static volatile sig_atomic_t enough;

static void on_enough(int number)
{
	(void)number;
	enough = 1;
}

static int option_read(const json_t *options, const char *key, unsigned int most,
		       unsigned int *out, char *error, size_t cap)
{
	const json_t *value = json_object_get(options, key);

	if (!value)
		return 0;
	if (json_integer_value(value) < 1 || json_integer_value(value) > most) {
		snprintf(error, cap, "%s is not within 1 and %u", key, most);
		return -EINVAL;
	}
	*out = (unsigned int)json_integer_value(value);
	return 0;
}

int monitor_parse(const char *command, const json_t *options,
		  struct monitor *monitor, char *error, size_t cap)
{
	const char *what = strchr(command, ' ');
	int err;

	*monitor = (struct monitor){
		.what = what ? what + 1 : "calls",
		.interval = 1,
	};
	err = option_read(options, "interval", INTERVAL_MAX, &monitor->interval,
			  error, cap);
	return err ? err
		   : option_read(options, "count", COUNT_MAX, &monitor->count,
				 error, cap);
}

/* ---- printing ------------------------------------------------------------ */

static void total_print(const struct monitor *monitor, const json_t *reply,
			FILE *out)
{
	json_t *total = json_object_get(reply, "total");
	const char *key;
	json_t *value;

	fprintf(out, "%s: %lld in %lld.%03d s;", monitor->what,
		(long long)json_integer_value(json_object_get(reply, "of")),
		(long long)json_integer_value(
			json_object_get(reply, "milliseconds")) / 1000,
		(int)(json_integer_value(
			      json_object_get(reply, "milliseconds")) % 1000));
	json_object_foreach(total, key, value)
	{
		char text[32];

		if (strncmp(key, "pps", 3) && strncmp(key, "bps", 3))
			continue;
		render_scaled(value, text, sizeof(text));
		fprintf(out, " %s %s", key, text);
	}
	fputs("\n\n", out);
}

void monitor_print(const struct monitor *monitor, const json_t *reply,
		   unsigned int rows, FILE *out)
{
	static const char *const lists[] = {"call_rates", "tunnel_rates",
					    "port_rates", "reason_rates"};

	total_print(monitor, reply, out);
	for (size_t i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		json_t *list = json_object_get(reply, lists[i]);
		json_t *shown, *row;
		size_t n;

		if (!list)
			continue;
		shown = json_array();
		json_array_foreach(list, n, row)
			if (!rows || n < rows)
				json_array_append(shown, row);
		row = json_pack("{s:o}", lists[i], shown);
		render_reply(row, out);
		json_decref(row);
	}
	fflush(out);
}

/* ---- the terminal -------------------------------------------------------- */

static struct termios terminal_before;

static bool terminal_begin(FILE *out)
{
	struct termios raw;

	if (!isatty(fileno(out)))
		return false;
	if (isatty(STDIN_FILENO) && !tcgetattr(STDIN_FILENO, &terminal_before)) {
		raw = terminal_before;
		raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	}
	fputs(SCREEN_OTHER, out);
	return true;
}

static void terminal_end(FILE *out)
{
	fputs(SCREEN_OWN, out);
	fflush(out);
	if (isatty(STDIN_FILENO))
		tcsetattr(STDIN_FILENO, TCSANOW, &terminal_before);
}

static unsigned int terminal_rows(FILE *out)
{
	struct winsize size = {0};

	if (ioctl(fileno(out), TIOCGWINSZ, &size) || size.ws_row < HEAD_LINES + 2)
		return 20;
	return size.ws_row - HEAD_LINES - 1u;
}

/* Waits; true: somebody has pressed q. */
static bool wait_for_key(unsigned int seconds, bool terminal)
{
	struct pollfd keys = {.fd = terminal && isatty(STDIN_FILENO)
					    ? STDIN_FILENO
					    : -1,
			      .events = POLLIN};
	char key = 0;

	if (poll(&keys, 1, (int)seconds * 1000) > 0 &&
	    read(STDIN_FILENO, &key, 1) == 1)
		return key == 'q' || key == 'Q';
	return false;
}

/* ---- again and again ----------------------------------------------------- */

static void answer_show(const struct monitor *monitor, const json_t *reply,
			bool terminal, FILE *out)
{
	if (monitor->json) {
		json_dumpf(reply, out,
			   JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
		putc('\n', out);
		fflush(out);
		return;
	}
	if (terminal)
		fputs(SCREEN_HOME, out);
	monitor_print(monitor, reply, terminal ? terminal_rows(out) : 0, out);
	if (!terminal)
		putc('\n', out);
}

/* The first answer has no rates: it is what the next one compares with. */
static bool monitor_loop(const struct monitor *monitor, monitor_ask *ask,
			 void *ctx, bool terminal, FILE *out)
{
	json_int_t token = 0;

	for (unsigned int n = 0; !enough; n++) {
		json_t *reply = ask(ctx, json_pack("{s:s,s:I}", "what",
						   monitor->what, "since",
						   token));

		if (!reply)
			return false;
		token = json_integer_value(json_object_get(reply, "token"));
		if (n)
			answer_show(monitor, reply, terminal, out);
		json_decref(reply);
		if ((monitor->count && n == monitor->count) || ferror(out) ||
		    wait_for_key(monitor->interval, terminal))
			break;
	}
	return true;
}

bool monitor_run(const struct monitor *monitor, monitor_ask *ask, void *ctx,
		 FILE *out)
{
	struct sigaction stop = {.sa_handler = on_enough};
	bool terminal = !monitor->json && terminal_begin(out);
	bool good;

	/* without SA_RESTART: the wait ends at once */
	sigaction(SIGINT, &stop, NULL);
	sigaction(SIGTERM, &stop, NULL);
	good = monitor_loop(monitor, ask, ctx, terminal, out);
	if (terminal)
		terminal_end(out);
	return good;
}
