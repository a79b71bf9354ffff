/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines on the control socket: whatever a client writes, it gets one answer for
 * each line that it may, and the server lives on.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/log.h"
#include "switch/ctl.h"

enum { TURNS = 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static unsigned int handled, around;

static int on_show(void *ctx, json_t *arguments, json_t **reply, char *error,
		   size_t cap)
{
	(void)ctx, (void)error, (void)cap;
	if (!json_is_object(arguments))
		abort();
	handled++;
	*reply = json_pack("{s:O}", "given", arguments);
	return 0;
}

static int on_fail(void *ctx, json_t *arguments, json_t **reply, char *error,
		   size_t cap)
{
	(void)ctx, (void)reply;
	if (!json_object_get(arguments, "id"))
		abort(); /* it cannot do without */
	handled++;
	snprintf(error, cap, "no such thing");
	return -1;
}

static const struct ctl_command commands[] = {
	{"show calls", "", on_show},
	{"show call", "id", on_fail},
};

static void on_around(void *ctx, bool begin)
{
	(void)ctx;
	around += begin ? 1u : -1u;
}

static int listener_open(struct sockaddr_un *name, socklen_t *len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	*name = (struct sockaddr_un){.sun_family = AF_UNIX};
	*len = sizeof(sa_family_t);
	/* any name in the abstract space */
	if (fd < 0 || bind(fd, (struct sockaddr *)name, *len) ||
	    listen(fd, 8))
		abort();
	*len = sizeof(*name);
	if (getsockname(fd, (struct sockaddr *)name, len))
		abort();
	return fd;
}

static bool is_answer(const char *line)
{
	json_t *answer = json_loads(line, 0, NULL);
	bool good = json_is_boolean(json_object_get(answer, "ok"));

	json_decref(answer);
	return good;
}

/* Each answer is a line of JSON that says whether it went well. */
static unsigned int answers_read(int fd)
{
	static char room[1 << 20];
	size_t used = 0;
	ssize_t got;
	unsigned int count = 0;

	while (used < sizeof(room) - 1 &&
	       (got = recv(fd, room + used, sizeof(room) - 1 - used,
			   MSG_DONTWAIT)) > 0)
		used += (size_t)got;
	room[used] = 0;
	for (char *line = room, *end; (end = strchr(line, '\n'));
	     line = end + 1) {
		*end = 0;
		if (!is_answer(line))
			abort();
		count++;
	}
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static uv_loop_t loop;
	static struct ctl *ctl;
	static struct sockaddr_un name;
	static socklen_t name_len;
	int fd;

	if (!ctl) {
		int listener = listener_open(&name, &name_len);

		log_set_level(LOG_LEVEL_ERROR);
		uv_loop_init(&loop);
		ctl = ctl_new(&loop, listener, commands, 2, NULL, on_around,
			      NULL);
		close(listener);
	}
	handled = 0;
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&name, name_len))
		abort();
	for (size_t at = 0; at < len; at += 1000) {
		size_t part = len - at < 1000 ? len - at : 1000;

		if (send(fd, data + at, part, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
	}
	shutdown(fd, SHUT_WR);
	for (unsigned int i = 0; i < TURNS && uv_run(&loop, UV_RUN_NOWAIT) &&
				 (i < 4 || i % 50); i++)
		;
	if (answers_read(fd) < handled || around)
		abort();
	close(fd);
	for (unsigned int i = 0; i < 4; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	return 0;
}
