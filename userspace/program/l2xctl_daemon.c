/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking a daemon; see l2xctl_daemon.h. */
#include "program/l2xctl_daemon.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { PATIENCE_S = 15 };

int daemon_path(const char *instance, char *path, size_t cap)
{
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "abcdefghijklmnopqrstuvwxyz"
				      "0123456789-_";

	if (!*instance || instance[strspn(instance, allowed)] ||
	    snprintf(path, cap, "/run/l2x/%s.sock", instance) >= (int)cap)
		return -EINVAL;
	return 0;
}

int daemon_open(const char *path, FILE **stream)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int err;
	int fd;

	if (strlen(path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	memcpy(to.sun_path, path, strlen(path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	*stream = NULL;
	if (!connect(fd, (struct sockaddr *)&to, sizeof(to)))
		*stream = fdopen(fd, "r+");
	if (*stream)
		return 0;
	err = -errno;
	close(fd);
	return err;
}

/* seconds 0: for as long as it takes. */
static void patience_set(FILE *stream, int seconds)
{
	struct timeval patience = {.tv_sec = seconds};

	setsockopt(fileno(stream), SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	setsockopt(fileno(stream), SOL_SOCKET, SO_SNDTIMEO, &patience,
		   sizeof(patience));
}

/* One line that is a JSON object. */
static int line_read(FILE *stream, json_t **object)
{
	char *line = NULL;
	size_t cap = 0;
	ssize_t len;
	json_t *found;

	errno = 0;
	len = getline(&line, &cap, stream);
	if (len <= 0) {
		free(line);
		return errno == EAGAIN ? -ETIMEDOUT : errno ? -errno : -EPIPE;
	}
	found = json_loadb(line, (size_t)len, 0, NULL);
	free(line);
	if (!json_is_object(found)) {
		json_decref(found);
		return -EBADMSG;
	}
	*object = found;
	return 0;
}

int daemon_ask(FILE *stream, const char *command, json_t *arguments,
	       json_t **answer)
{
	json_t *request = json_pack("{s:s,s:O*}", "command", command,
				    "arguments", arguments);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;

	json_decref(request);
	if (!text)
		return -ENOMEM;
	patience_set(stream, PATIENCE_S);
	/* a daemon that is gone says so when its answer is read */
	fprintf(stream, "%s\n", text);
	fflush(stream);
	free(text);
	return line_read(stream, answer);
}

void daemon_wait(FILE *stream)
{
	patience_set(stream, 0);
}

json_t *daemon_next(FILE *stream)
{
	json_t *object;

	patience_set(stream, 0);
	return line_read(stream, &object) ? NULL : object;
}
