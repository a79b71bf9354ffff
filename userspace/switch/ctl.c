/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket; see ctl.h. */
#include "switch/ctl.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

enum client_mode {
	CLIENT_ASKS,
	CLIENT_EVENTS, /* listens for them */
	CLIENT_STREAM, /* is sent octets */
};

struct ctl_client {
	struct ctl *ctl;
	uv_pipe_t pipe;
	uv_timer_t timer;
	unsigned int handles; /* of the two above, not closed yet */
	unsigned int writes;  /* on their way */
	enum client_mode mode;
	int ticket; /* of the answer that is to come, or 0 */
	bool drops; /* are among its events */
	bool ended; /* will send nothing more */
	bool last;  /* all of its stream has been written */
	bool closing;
	size_t used;
	char line[CTL_LINE_MAX];
};

struct ctl {
	uv_pipe_t listener;
	const struct ctl_command *commands;
	unsigned int count;
	const struct ctl_command *streams;
	unsigned int stream_count;
	void (*changed)(void *ctx);
	void *changed_ctx;
	void *handler_ctx;
	ctl_around *around;
	void *around_ctx;
	unsigned int patience_ms;
	bool waiting;	      /* somebody, for a place */
	unsigned int handles; /* not closed yet */
	struct ctl_client clients[CTL_CLIENTS_MAX];
};

/* Where a handler says nothing else. */
#define CTL_FAILED "the command failed"

/* A line on its way out. */
struct ctl_write {
	uv_write_t request;
	struct ctl_client *client;
	char *text;
};

/* ---- clients ------------------------------------------------------------- */

static void client_accept(struct ctl *ctl);

/* Every handle holds ctl; its place is free when both of a client's are gone.*/
static void ctl_drop(struct ctl *ctl)
{
	if (!--ctl->handles)
		free(ctl);
}

static void client_closed(uv_handle_t *handle)
{
	struct ctl_client *client = handle->data;
	struct ctl *ctl = client->ctl;

	if (!--client->handles && ctl->waiting)
		client_accept(ctl);
	ctl_drop(ctl);
}

/* Somebody began or ended to listen. */
static void ctl_changed(struct ctl *ctl)
{
	if (ctl->changed)
		ctl->changed(ctl->changed_ctx);
}

/* Writes that are still on their way are called back before the handles. */
static void client_close(struct ctl_client *client)
{
	if (client->closing)
		return;
	client->closing = true;
	if (client->mode != CLIENT_ASKS)
		ctl_changed(client->ctl);
	uv_close((uv_handle_t *)&client->pipe, client_closed);
	uv_close((uv_handle_t *)&client->timer, client_closed);
}

static void client_refuse(struct ctl_client *client, const char *error);

static void on_patience(uv_timer_t *timer)
{
	struct ctl_client *client = timer->data;

	if (client->ticket) {
		client->ticket = 0;
		client_refuse(client, "no result yet; it goes on");
		return;
	}
	if (client->writes)
		log_notice("control socket: a client does not read, cut off");
	client_close(client);
}

/* Begins to wait: for it to read, or for its next request. */
static void client_wait(struct ctl_client *client)
{
	if (client->mode != CLIENT_ASKS && !client->writes)
		uv_timer_stop(&client->timer);
	else
		uv_timer_start(&client->timer, on_patience,
			       client->ctl->patience_ms, 0);
}

static void client_go_on(struct ctl_client *client);
static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf);
static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf);

static void on_written(uv_write_t *request, int status)
{
	struct ctl_write *write = request->data;
	struct ctl_client *client = write->client;

	free(write->text);
	free(write);
	client->writes--;
	if (client->closing)
		return;
	if (status) {
		client_close(client);
		return;
	}
	client_wait(client);
	client_go_on(client);
}

/* Sends octets; takes text, which may be NULL for want of memory. */
static void client_send(struct ctl_client *client, char *text, size_t len)
{
	struct ctl_write *write = text ? calloc(1, sizeof(*write)) : NULL;
	uv_buf_t buf;

	if (!write) {
		free(text);
		client_close(client);
		return;
	}
	write->text = text;
	write->client = client;
	write->request.data = write;
	buf = uv_buf_init(text, (unsigned int)len);
	if (uv_write(&write->request, (uv_stream_t *)&client->pipe, &buf, 1,
		     on_written)) {
		free(text);
		free(write);
		client_close(client);
		return;
	}
	if (!client->writes++)
		client_wait(client);
}

/* The same for a line. */
static void client_write(struct ctl_client *client, char *text)
{
	size_t len = text ? strlen(text) : 0;

	if (text)
		text[len] = '\n'; /* takes the place of the NUL */
	client_send(client, text, len + 1);
}

/* Takes the reference; NULL: there is no memory. */
static void client_answer(struct ctl_client *client, json_t *answer)
{
	client_write(client, answer ? json_dumps(answer, JSON_COMPACT) : NULL);
	json_decref(answer);
}

static void client_refuse(struct ctl_client *client, const char *error)
{
	client_answer(client, json_pack("{s:b,s:s}", "ok", 0, "error", error));
}

/* ---- requests ------------------------------------------------------------ */

static void client_await(struct ctl_client *client, int ticket)
{
	unsigned int ms = client->ctl->patience_ms;

	client->ticket = ticket;
	uv_timer_start(&client->timer, on_patience,
		       ms < CTL_RESULT_MS ? ms : CTL_RESULT_MS, 0);
}

/* Takes the reference. */
static void client_reply(struct ctl_client *client, json_t *reply)
{
	client_answer(client, json_pack("{s:b,s:o}", "ok", 1, "reply", reply));
}

bool ctl_answer(struct ctl *ctl, int ticket, json_t *reply, const char *error)
{
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++) {
		struct ctl_client *client = &ctl->clients[i];

		if (!client->handles || client->closing ||
		    client->ticket != ticket)
			continue;
		client->ticket = 0;
		if (reply)
			client_reply(client, reply);
		else
			client_refuse(client, *error ? error : CTL_FAILED);
		return true;
	}
	json_decref(reply);
	return false;
}

/* Whether the command succeeded. */
static bool client_run(struct ctl_client *client,
		       const struct ctl_command *command, json_t *arguments)
{
	struct ctl *ctl = client->ctl;
	char error[256] = CTL_FAILED;
	json_t *reply = NULL;
	int err;

	ctl->around(ctl->around_ctx, true);
	err = command->handler(ctl->handler_ctx, arguments, &reply, error,
			       sizeof(error));
	ctl->around(ctl->around_ctx, false);
	if (err > 0) {
		client_await(client, err);
		return false;
	}
	if (err || !reply) {
		json_decref(reply);
		client_refuse(client, error);
		return false;
	}
	client_reply(client, reply);
	return true;
}

/* It asks nothing more. */
static void client_listen(struct ctl_client *client, enum client_mode mode,
			  bool drops)
{
	client->mode = mode;
	client->drops = drops;
	client->last = false;
	if (client->closing)
		return;
	/* only to see its end */
	uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read);
	ctl_changed(client->ctl);
}

static void client_events(struct ctl_client *client, bool drops)
{
	client_answer(client, json_pack("{s:b,s:{}}", "ok", 1, "reply"));
	client_listen(client, CLIENT_EVENTS, drops);
}

static struct ctl_client *stream_client(const struct ctl *ctl)
{
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++) {
		const struct ctl_client *client = &ctl->clients[i];

		if (client->handles && !client->closing &&
		    client->mode == CLIENT_STREAM)
			return (struct ctl_client *)(uintptr_t)client;
	}
	return NULL;
}

static void client_ask(struct ctl_client *client,
		       const struct ctl_command *command, json_t *arguments)
{
	client_run(client, command, arguments);
}

static void client_stream(struct ctl_client *client,
			  const struct ctl_command *command, json_t *arguments)
{
	if (stream_client(client->ctl))
		client_refuse(client, "somebody else has the stream");
	else if (client_run(client, command, arguments))
		client_listen(client, CLIENT_STREAM, false);
}

static const struct ctl_command *command_find(const struct ctl_command *table,
					      unsigned int count,
					      const char *name)
{
	for (unsigned int i = 0; i < count; i++)
		if (!strcmp(table[i].name, name))
			return &table[i];
	return NULL;
}

/* arguments: NULL if there are none. */
static void client_request(struct ctl_client *client, const char *name,
			   json_t *arguments)
{
	const struct ctl *ctl = client->ctl;
	const struct ctl_command *stream =
		command_find(ctl->streams, ctl->stream_count, name);
	const struct ctl_command *command =
		stream ? stream
		       : command_find(ctl->commands, ctl->count, name);
	char error[80];

	if (!strcmp(name, "events") || !strcmp(name, "events drops")) {
		client_events(client, name[6]);
	} else if (!command) {
		client_refuse(client, "there is no such command");
	} else if (*command->arguments &&
		   !json_object_get(arguments, command->arguments)) {
		snprintf(error, sizeof(error), "argument %s is missing",
			 command->arguments);
		client_refuse(client, error);
	} else {
		json_t *none = arguments ? NULL : json_object();

		(stream ? client_stream : client_ask)(
			client, command, arguments ? arguments : none);
		json_decref(none);
	}
}

static void client_line(struct ctl_client *client, const char *line, size_t len)
{
	json_t *request = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	json_t *arguments = json_object_get(request, "arguments");
	const char *name =
		json_string_value(json_object_get(request, "command"));

	if (!json_is_object(request))
		client_refuse(client, "that is not a JSON object");
	else if (!name)
		client_refuse(client, "command is missing");
	else if (arguments && !json_is_object(arguments))
		client_refuse(client, "arguments are not an object");
	else
		client_request(client, name, arguments);
	json_decref(request);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct ctl_client *client = handle->data;

	(void)suggested;
	*buf = uv_buf_init(client->line + client->used,
			   (unsigned int)(sizeof(client->line) - client->used));
}

static void on_read(uv_stream_t *stream, ssize_t got, const uv_buf_t *buf)
{
	struct ctl_client *client = stream->data;

	(void)buf;
	if (got == UV_EOF && client->mode != CLIENT_EVENTS) {
		/* but may wait for an answer, or for the rest of a stream */
		client->ended = true;
		if (client->mode == CLIENT_STREAM)
			ctl_changed(client->ctl);
	} else if (got < 0) {
		client_close(client);
		return;
	} else {
		client->used += (size_t)got;
	}
	client_go_on(client);
}

/*
 * Takes up the next request if the answer to the one before it has gone, and
 * reads on when none is there.
 */
static void client_go_on(struct ctl_client *client)
{
	uv_stream_t *stream = (uv_stream_t *)&client->pipe;
	char *end;
	size_t len;

	if (client->mode != CLIENT_ASKS)
		client->used = 0;
	if (client->mode == CLIENT_STREAM && client->last && !client->writes)
		client_close(client);
	if (client->closing || client->mode != CLIENT_ASKS)
		return;
	uv_read_stop(stream);
	if (client->writes || client->ticket)
		return;
	end = memchr(client->line, '\n', client->used);
	if (end) {
		len = (size_t)(end - client->line);
		client_line(client, client->line, len);
		client->used -= len + 1;
		memmove(client->line, end + 1, client->used);
	} else if (client->ended) {
		client_close(client);
	} else if (client->used == sizeof(client->line)) {
		client->ended = true; /* what follows has no beginning */
		client->used = 0;
		client_refuse(client, "the request is too long");
	} else {
		uv_read_start(stream, on_alloc, on_read);
	}
}

/* ---- the socket ---------------------------------------------------------- */

static struct ctl_client *client_new(struct ctl *ctl)
{
	uv_loop_t *loop = ctl->listener.loop;

	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++) {
		struct ctl_client *client = &ctl->clients[i];

		if (client->handles)
			continue;
		client->ctl = ctl;
		client->writes = 0;
		client->mode = CLIENT_ASKS;
		client->ticket = 0;
		client->ended = client->closing = false;
		client->used = 0;
		uv_pipe_init(loop, &client->pipe, 0);
		uv_timer_init(loop, &client->timer);
		client->pipe.data = client->timer.data = client;
		client->handles = 2;
		ctl->handles += 2;
		return client;
	}
	return NULL;
}

/* Takes a client in, or leaves it waiting until a place is free. */
static void client_accept(struct ctl *ctl)
{
	struct ctl_client *client;

	if (uv_is_closing((uv_handle_t *)&ctl->listener))
		return;
	client = client_new(ctl);
	ctl->waiting = !client;
	if (!client)
		return;
	if (uv_accept((uv_stream_t *)&ctl->listener,
		      (uv_stream_t *)&client->pipe)) {
		client_close(client);
		return;
	}
	client_wait(client);
	client_go_on(client);
}

static void on_connection(uv_stream_t *listener, int status)
{
	if (!status)
		client_accept(listener->data);
}

static void listener_closed(uv_handle_t *handle)
{
	ctl_drop(handle->data);
}

static int ctl_open(struct ctl *ctl, int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	int err = uv_pipe_open(&ctl->listener, copy);

	if (err) {
		if (copy >= 0)
			close(copy);
		return err;
	}
	return uv_listen((uv_stream_t *)&ctl->listener, 16, on_connection);
}

struct ctl *ctl_new(uv_loop_t *loop, int fd, const struct ctl_command *commands,
		    unsigned int count, void *handler_ctx, ctl_around *around,
		    void *around_ctx)
{
	struct ctl *ctl = calloc(1, sizeof(*ctl));
	int err;

	if (!ctl)
		return NULL;
	ctl->commands = commands;
	ctl->count = count;
	ctl->handler_ctx = handler_ctx;
	ctl->around = around;
	ctl->around_ctx = around_ctx;
	ctl->patience_ms = CTL_PATIENCE_MS;
	/* a client that is gone is an error of the write, as libuv has it */
	signal(SIGPIPE, SIG_IGN);
	uv_pipe_init(loop, &ctl->listener, 0);
	ctl->listener.data = ctl;
	ctl->handles = 1;
	err = ctl_open(ctl, fd);
	if (err) {
		log_error("control socket: %s", uv_strerror(err));
		ctl_free(ctl);
		return NULL;
	}
	return ctl;
}

void ctl_set_patience(struct ctl *ctl, unsigned int ms)
{
	ctl->patience_ms = ms;
}

void ctl_free(struct ctl *ctl)
{
	if (!ctl)
		return;
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++)
		if (ctl->clients[i].handles)
			client_close(&ctl->clients[i]);
	uv_close((uv_handle_t *)&ctl->listener, listener_closed);
}

static bool client_listens(const struct ctl_client *client)
{
	return client->handles && client->mode == CLIENT_EVENTS &&
	       !client->closing;
}

bool ctl_has_listeners(const struct ctl *ctl)
{
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++)
		if (client_listens(&ctl->clients[i]))
			return true;
	return false;
}

static bool client_is_behind(const struct ctl_client *client)
{
	return uv_stream_get_write_queue_size(
		       (const uv_stream_t *)&client->pipe) > CTL_BACKLOG_MAX;
}

bool ctl_has_drop_listeners(const struct ctl *ctl)
{
	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++)
		if (client_listens(&ctl->clients[i]) && ctl->clients[i].drops)
			return true;
	return false;
}

static void event_send(struct ctl *ctl, json_t *event, bool drop)
{
	char *text = NULL;

	for (unsigned int i = 0; i < CTL_CLIENTS_MAX; i++) {
		struct ctl_client *client = &ctl->clients[i];

		if (!client_listens(client) || (drop && !client->drops))
			continue;
		if (!text)
			text = json_dumps(event, JSON_COMPACT);
		if (!text || client_is_behind(client)) {
			log_notice("control socket: a listener is cut off");
			client_close(client);
			continue;
		}
		client_write(client, strdup(text));
	}
	free(text);
}

void ctl_event(struct ctl *ctl, json_t *event)
{
	event_send(ctl, event, false);
}

void ctl_drop_event(struct ctl *ctl, json_t *event)
{
	event_send(ctl, event, true);
}

/* ---- the stream ---------------------------------------------------------- */

void ctl_serve_streams(struct ctl *ctl, const struct ctl_command *commands,
		       unsigned int count, void (*changed)(void *ctx),
		       void *ctx)
{
	ctl->streams = commands;
	ctl->stream_count = count;
	ctl->changed = changed;
	ctl->changed_ctx = ctx;
}

bool ctl_stream_wanted(const struct ctl *ctl)
{
	const struct ctl_client *client = stream_client(ctl);

	return client && !client->ended && !client->last;
}

bool ctl_stream(struct ctl *ctl, const void *data, size_t len)
{
	struct ctl_client *client = stream_client(ctl);
	char *copy;

	if (!client || client_is_behind(client))
		return false;
	copy = malloc(len);
	if (copy)
		memcpy(copy, data, len);
	client_send(client, copy, len);
	return copy != NULL;
}

void ctl_stream_end(struct ctl *ctl)
{
	struct ctl_client *client = stream_client(ctl);

	if (!client)
		return;
	client->last = true;
	client_go_on(client);
}
