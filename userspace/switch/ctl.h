/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The control socket: one JSON object a line, each way.
 *
 *   request  {"command": "show call", "arguments": {"id": 17}}
 *   reply    {"ok": true, "reply": {...}}  or  {"ok": false, "error": "text"}
 *
 * {"command": "events"} is answered too, and then keeps the connection: events
 * follow, one a line; after "events drops" also those of dropped packets.
 * What such a client sends further is thrown away.
 *
 * Behind the answer to a command that streams there are raw octets up to the
 * end of the connection.  One client at a time has a stream.  It ends it by
 * closing its side of the connection, and still gets what there is then.
 *
 * Everything that comes in is hostile: lines and clients are bounded, requests
 * are answered one after the other, and a client that neither asks nor reads
 * is cut off, never waited for.  What is done elsewhere is answered when it is
 * done, or said not to be yet.
 */
#ifndef SWITCH_CTL_H
#define SWITCH_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

enum {
	CTL_LINE_MAX = 65536,	   /* octets of a request */
	CTL_CLIENTS_MAX = 64,	   /* the next one waits to be let in */
	CTL_BACKLOG_MAX = 4 << 20, /* octets of events it may leave unread */
	CTL_PATIENCE_MS = 30000, /* for a request, and for a reply to be read */
	CTL_RESULT_MS = 5000,	 /* for what is done elsewhere */
};

struct ctl;

/*
 * Answers one command: 0 and *reply (a new reference), or -errno and a text in
 * error[cap]; or a ticket (above 0) under which ctl_answer() brings the answer.
 * arguments is an object, perhaps empty.
 */
typedef int ctl_handler(void *ctx, json_t *arguments, json_t **reply,
			char *error, size_t cap);

struct ctl_command {
	const char *name;
	const char *arguments; /* the one it cannot do without, "" = none */
	ctl_handler *handler;
};

/* Called before (begin) and after every handler. */
typedef void ctl_around(void *ctx, bool begin);

/*
 * Serves clients of the listening socket fd, of which it keeps a copy.
 * handler_ctx goes to the handlers, around_ctx to around.  From then on the
 * process ignores SIGPIPE.  NULL: no memory or not a socket.
 */
struct ctl *ctl_new(uv_loop_t *loop, int fd, const struct ctl_command *commands,
		    unsigned int count, void *handler_ctx, ctl_around *around,
		    void *around_ctx);
/* Instead of CTL_PATIENCE_MS, for clients that come from now on. */
void ctl_set_patience(struct ctl *ctl, unsigned int ms);
/*
 * The answer that a handler has left open: reply, whose reference it takes, or
 * else error.  Nothing happens when nobody waits for it (any more); false.
 */
bool ctl_answer(struct ctl *ctl, int ticket, json_t *reply, const char *error);
/* Closes everything; memory is freed when the loop has run once more. */
void ctl_free(struct ctl *ctl);
/* Whether anybody listens for events. */
bool ctl_has_listeners(const struct ctl *ctl);
/* To all who listen for events; borrows event. */
void ctl_event(struct ctl *ctl, json_t *event);
/* The same for those who asked for drops. */
bool ctl_has_drop_listeners(const struct ctl *ctl);
void ctl_drop_event(struct ctl *ctl, json_t *event);

/*
 * Commands whose client gets a stream when the handler has succeeded.  From
 * then on changed(ctx) is called when somebody begins or ends to listen, for
 * events or to a stream; it may be called under any function of the switch,
 * so all it may do is to remember that.
 */
void ctl_serve_streams(struct ctl *ctl, const struct ctl_command *commands,
		       unsigned int count, void (*changed)(void *ctx),
		       void *ctx);
/* Whether somebody has the stream and did not end it. */
bool ctl_stream_wanted(const struct ctl *ctl);
/* A copy of these octets; false: nobody is there, or has too much unread. */
bool ctl_stream(struct ctl *ctl, const void *data, size_t len);
/* No more will come: the connection ends when all has been read. */
void ctl_stream_end(struct ctl *ctl);

#endif
