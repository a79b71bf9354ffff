/* SPDX-License-Identifier: GPL-2.0-only */
/* The control socket in a loop of its own, with good and bad clients. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "switch/ctl.h"

enum { ANSWER_MAX = 1 << 20 };

static struct {
	uv_loop_t loop;
	struct ctl *ctl;
	struct sockaddr_un at;
	int listener;
	unsigned int begun, ended; /* around handlers */
	unsigned int calls;
	unsigned int changes; /* of those who listen */
	int tickets;	      /* of answers that come later */
	char answer[ANSWER_MAX];
} t;

/* ---- commands ------------------------------------------------------------ */

static int do_echo(void *ctx, json_t *arguments, json_t **reply, char *error,
		   size_t cap)
{
	(void)error, (void)cap;
	assert_ptr_equal(ctx, &t);
	assert_int_equal(t.begun, t.ended + 1);
	t.calls++;
	*reply = json_pack("{s:O}", "arguments", arguments);
	return 0;
}

static int do_refuse(void *ctx, json_t *arguments, json_t **reply, char *error,
		     size_t cap)
{
	(void)ctx, (void)arguments, (void)reply;
	snprintf(error, cap, "there is no such call");
	return -ENOENT;
}

/* As when a text in it is not UTF-8. */
static int do_nothing(void *ctx, json_t *arguments, json_t **reply, char *error,
		      size_t cap)
{
	(void)ctx, (void)arguments, (void)error, (void)cap;
	*reply = json_pack("{s:s}", "user", "\xff\xfe");
	return 0;
}

static int do_big(void *ctx, json_t *arguments, json_t **reply, char *error,
		  size_t cap)
{
	json_t *rows = json_array();

	(void)ctx, (void)arguments, (void)error, (void)cap;
	for (int i = 0; i < 20000; i++)
		json_array_append_new(rows, json_string("forty octets of a "
							"reply, more or "
							"less..."));
	*reply = json_pack("{s:o}", "rows", rows);
	return 0;
}

static int do_event(void *ctx, json_t *arguments, json_t **reply, char *error,
		    size_t cap)
{
	json_t *event = json_pack("{s:s}", "event", "told");

	(void)ctx, (void)arguments, (void)error, (void)cap;
	ctl_event(t.ctl, event);
	json_decref(event);
	*reply = json_object();
	return 0;
}

/* Its answer is brought by the test. */
static int do_later(void *ctx, json_t *arguments, json_t **reply, char *error,
		    size_t cap)
{
	(void)ctx, (void)arguments, (void)reply, (void)error, (void)cap;
	return ++t.tickets;
}

static const struct ctl_command commands[] = {
	{"echo", "", do_echo},	   {"echo call", "id", do_echo},
	{"refuse", "", do_refuse}, {"nothing", "", do_nothing},
	{"big", "", do_big},	   {"tell", "", do_event},
	{"later", "", do_later},
};

static const struct ctl_command streams[] = {
	{"stream", "", do_echo},
	{"stream refused", "", do_refuse},
};

static void on_change(void *ctx)
{
	assert_ptr_equal(ctx, &t.changes);
	t.changes++;
}

static void on_around(void *ctx, bool begin)
{
	assert_ptr_equal(ctx, &t.loop);
	if (begin)
		t.begun++;
	else
		t.ended++;
}

/* ---- house --------------------------------------------------------------- */

static int setup(void **state)
{
	static unsigned int number;

	(void)state;
	memset(&t, 0, sizeof(t));
	assert_int_equal(uv_loop_init(&t.loop), 0);
	/* an abstract name: nothing is left in the file system */
	t.at.sun_family = AF_UNIX;
	snprintf(t.at.sun_path + 1, sizeof(t.at.sun_path) - 1, "test-ctl-%d-%u",
		 getpid(), number++);
	t.listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
		bind(t.listener, (struct sockaddr *)&t.at, sizeof(t.at)), 0);
	assert_int_equal(listen(t.listener, 16), 0);
	t.ctl = ctl_new(&t.loop, t.listener, commands,
			sizeof(commands) / sizeof(*commands), &t, on_around,
			&t.loop);
	assert_non_null(t.ctl);
	ctl_serve_streams(t.ctl, streams, sizeof(streams) / sizeof(*streams),
			  on_change, &t.changes);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	ctl_free(t.ctl);
	uv_run(&t.loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&t.loop), 0);
	/* the descriptor was only lent */
	assert_int_equal(close(t.listener), 0);
	assert_int_equal(t.begun, t.ended);
	return 0;
}

/* Runs the loop while there is something to do, at least a few times. */
static void turn(void)
{
	for (int i = 0; i < 20; i++)
		uv_run(&t.loop, UV_RUN_NOWAIT);
}

static void wait_ms(unsigned int ms)
{
	uint64_t end;

	uv_update_time(&t.loop);
	end = uv_now(&t.loop) + ms;
	while (uv_now(&t.loop) < end) {
		usleep(1000);
		uv_run(&t.loop, UV_RUN_NOWAIT);
	}
}

static int client_open(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&t.at, sizeof(t.at)),
			 0);
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL),
			 strlen(text));
}

/* What has come, as a string; NULL: the other side is gone. */
static const char *hear(int fd)
{
	size_t used = 0;
	ssize_t got;

	for (;;) {
		turn();
		got = recv(fd, t.answer + used, sizeof(t.answer) - used - 1, 0);
		if (got <= 0)
			break;
		used += (size_t)got;
	}
	t.answer[used] = '\0';
	return !used && (!got || errno != EAGAIN) ? NULL : t.answer;
}

static void expect(int fd, const char *request, const char *answer)
{
	say(fd, request);
	assert_string_equal(hear(fd), answer);
}

#define REFUSED(text) "{\"ok\":false,\"error\":\"" text "\"}\n"

/* ---- tests --------------------------------------------------------------- */

static void test_commands(void **state)
{
	int fd = client_open();

	(void)state;
	expect(fd, "{\"command\": \"echo\"}\n",
	       "{\"ok\":true,\"reply\":{\"arguments\":{}}}\n");
	expect(fd, "{\"command\": \"echo call\", \"arguments\": {\"id\": 7}}\n",
	       "{\"ok\":true,\"reply\":{\"arguments\":{\"id\":7}}}\n");
	expect(fd, "{\"command\": \"refuse\"}\n",
	       REFUSED("there is no such call"));
	expect(fd, "{\"command\": \"nothing\"}\n",
	       REFUSED("the command failed"));
	assert_int_equal(t.begun, 4);
	close(fd);
	turn();
}

static void test_refusals(void **state)
{
	static const struct {
		const char *request;
		const char *answer;
	} rows[] = {
		{"\n", REFUSED("that is not a JSON object")},
		{"hello\n", REFUSED("that is not a JSON object")},
		{"[]\n", REFUSED("that is not a JSON object")},
		{"17\n", REFUSED("that is not a JSON object")},
		{"{\"command\":\"echo\"\n",
		 REFUSED("that is not a JSON object")},
		{"{\"command\":\"echo\"}x\n",
		 REFUSED("that is not a JSON object")},
		{"{\"command\":\"echo\",\"command\":\"big\"}\n",
		 REFUSED("that is not a JSON object")},
		{"{}\n", REFUSED("command is missing")},
		{"{\"command\":7}\n", REFUSED("command is missing")},
		{"{\"command\":\"\"}\n", REFUSED("there is no such command")},
		{"{\"command\":\"echo calls\"}\n",
		 REFUSED("there is no such command")},
		{"{\"command\":\"echo\",\"arguments\":[]}\n",
		 REFUSED("arguments are not an object")},
		{"{\"command\":\"echo call\"}\n",
		 REFUSED("argument id is missing")},
		{"{\"command\":\"echo call\",\"arguments\":{\"name\":1}}\n",
		 REFUSED("argument id is missing")},
	};
	int fd = client_open();

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		expect(fd, rows[i].request, rows[i].answer);
	assert_int_equal(t.calls, 0);
	/* NUL and bytes that are no UTF-8 */
	assert_int_equal(send(fd, "{\"command\":\"e\0\"}\n\xff\n", 19, 0), 19);
	assert_string_equal(hear(fd),
			    REFUSED("that is not a JSON object")
				    REFUSED("that is not a JSON object"));
	close(fd);
	turn();
}

/* In pieces, several at once, and with the way to us closed behind. */
static void test_framing(void **state)
{
	int fd = client_open();

	(void)state;
	for (const char *at = "{\"command\":\"refuse\"}\n"; *at; at++) {
		assert_int_equal(send(fd, at, 1, 0), 1);
		turn();
	}
	assert_string_equal(hear(fd), REFUSED("there is no such call"));
	say(fd, "{\"command\":\"refuse\"}\nx\n{\"command\":\"echo\"}\n{\"com");
	shutdown(fd, SHUT_WR);
	assert_string_equal(
		hear(fd),
		REFUSED("there is no such call") REFUSED(
			"that is not a JSON object") "{\"ok\":true,"
						     "\"reply\":{\"arguments\":{}}}\n");
	assert_null(hear(fd));
	close(fd);
}

static void test_big_reply(void **state)
{
	int fd = client_open();
	const char *answer;

	(void)state;
	say(fd, "{\"command\":\"big\"}\n{\"command\":\"refuse\"}\n");
	shutdown(fd, SHUT_WR);
	answer = hear(fd);
	assert_true(strlen(answer) > 800000);
	assert_non_null(strstr(answer, "]}}\n{\"ok\":false"));
	assert_null(hear(fd));
	close(fd);
}

static void test_long_line(void **state)
{
	static char line[CTL_LINE_MAX + 10];
	int fd = client_open();

	(void)state;
	/* the longest that fits */
	memset(line, ' ', sizeof(line));
	memcpy(line, "{\"command\":\"refuse\"}", 20);
	line[CTL_LINE_MAX - 1] = '\n';
	assert_int_equal(send(fd, line, CTL_LINE_MAX, 0), CTL_LINE_MAX);
	assert_string_equal(hear(fd), REFUSED("there is no such call"));
	/* one that does not */
	line[CTL_LINE_MAX - 1] = ' ';
	assert_int_equal(send(fd, line, CTL_LINE_MAX + 5, 0), CTL_LINE_MAX + 5);
	assert_string_equal(hear(fd), REFUSED("the request is too long"));
	assert_null(hear(fd));
	close(fd);
	assert_int_equal(t.calls, 0);
}

/* Depth is the parser's affair; it must say no and go on. */
static void test_deep(void **state)
{
	static char line[CTL_LINE_MAX];
	int fd = client_open();

	(void)state;
	memset(line, '[', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\n';
	assert_int_equal(send(fd, line, sizeof(line), 0), sizeof(line));
	assert_string_equal(hear(fd), REFUSED("that is not a JSON object"));
	close(fd);
	turn();
}

static void test_events(void **state)
{
	int listener = client_open();
	int other = client_open();

	(void)state;
	expect(listener, "{\"command\":\"events\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	expect(other, "{\"command\":\"tell\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	assert_string_equal(hear(listener), "{\"event\":\"told\"}\n");
	/* it may say what it likes, nobody listens */
	say(listener, "{\"command\":\"echo\"}\nxxx");
	expect(other, "{\"command\":\"tell\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	assert_string_equal(hear(listener), "{\"event\":\"told\"}\n");
	close(listener);
	expect(other, "{\"command\":\"tell\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	close(other);
	turn();
	assert_int_equal(t.calls, 0);
}

static void test_drop_events(void **state)
{
	json_t *event = json_pack("{s:s}", "event", "drop");
	int listener = client_open(), both = client_open();

	(void)state;
	expect(listener, "{\"command\":\"events\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	assert_false(ctl_has_drop_listeners(t.ctl));
	expect(both, "{\"command\":\"events drops\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	assert_true(ctl_has_drop_listeners(t.ctl));
	assert_int_equal(t.changes, 2);
	ctl_drop_event(t.ctl, event);
	assert_string_equal(hear(both), "{\"event\":\"drop\"}\n");
	assert_string_equal(hear(listener), "");
	ctl_event(t.ctl, event);
	assert_string_equal(hear(both), "{\"event\":\"drop\"}\n");
	assert_string_equal(hear(listener), "{\"event\":\"drop\"}\n");
	close(both);
	turn();
	assert_false(ctl_has_drop_listeners(t.ctl));
	assert_int_equal(t.changes, 3);
	json_decref(event);
	close(listener);
	turn();
}

#define STREAMS "{\"command\":\"stream\"}\n"
#define STREAM_OK "{\"ok\":true,\"reply\":{\"arguments\":{}}}\n"

static void test_stream(void **state)
{
	int one = client_open(), other = client_open();

	(void)state;
	assert_false(ctl_stream_wanted(t.ctl));
	assert_false(ctl_stream(t.ctl, "x", 1));
	expect(one, "{\"command\":\"stream refused\"}\n",
	       REFUSED("there is no such call"));
	assert_false(ctl_stream_wanted(t.ctl));
	expect(one, STREAMS, STREAM_OK);
	assert_true(ctl_stream_wanted(t.ctl));
	assert_int_equal(t.changes, 1);
	expect(other, STREAMS, REFUSED("somebody else has the stream"));
	assert_true(ctl_stream(t.ctl, "ab\ncd", 5));
	assert_string_equal(hear(one), "ab\ncd");
	/* events are not for it */
	expect(other, "{\"command\":\"tell\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	assert_string_equal(hear(one), "");
	/* it has enough, and still gets the rest */
	shutdown(one, SHUT_WR);
	turn();
	assert_false(ctl_stream_wanted(t.ctl));
	assert_int_equal(t.changes, 2);
	assert_true(ctl_stream(t.ctl, "end", 3));
	ctl_stream_end(t.ctl);
	assert_string_equal(hear(one), "end");
	assert_null(hear(one));
	close(one);
	/* the place is free */
	expect(other, STREAMS, STREAM_OK);
	close(other);
	turn();
	assert_false(ctl_stream_wanted(t.ctl));
	ctl_stream_end(t.ctl);
}

/* What a client does not read is not kept for it without bound. */
static void test_stream_that_is_not_read(void **state)
{
	static char block[100000];
	int one = client_open();
	unsigned int sent = 0;

	(void)state;
	expect(one, STREAMS, STREAM_OK);
	while (sent < 100 && ctl_stream(t.ctl, block, sizeof(block)))
		sent++;
	assert_in_range(sent, CTL_BACKLOG_MAX / sizeof(block), 60);
	assert_true(ctl_stream_wanted(t.ctl));
	for (int i = 0; i < 100; i++)
		hear(one);
	assert_true(ctl_stream(t.ctl, "x", 1));
	close(one);
	turn();
}

/* One who listens but does not read is cut off, the others go on. */
static void test_slow_listener(void **state)
{
	json_t *event = json_pack("{s:o}", "event", json_object());
	int slow = client_open();
	int other = client_open();
	char *text = malloc(100001);

	(void)state;
	memset(text, 'x', 100000);
	text[100000] = '\0';
	json_object_set_new(event, "text", json_string(text));
	expect(slow, "{\"command\":\"events\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	expect(other, "{\"command\":\"events\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	for (int i = 0; i < 60; i++) {
		ctl_event(t.ctl, event);
		assert_non_null(hear(other));
	}
	ctl_event(t.ctl, event);
	assert_true(strlen(hear(other)) > 100000);
	/* what had gone can be read, then comes the end */
	assert_non_null(hear(slow));
	assert_null(hear(slow));
	json_decref(event);
	free(text);
	close(slow);
	close(other);
	turn();
}

/* Patience ends for one who says nothing and for one who does not read. */
static void test_patience(void **state)
{
	int silent, half, deaf, listener;

	(void)state;
	ctl_set_patience(t.ctl, 1000);
	silent = client_open();
	half = client_open();
	deaf = client_open();
	listener = client_open();
	say(half, "{\"comm");
	say(deaf, "{\"command\":\"big\"}\n");
	expect(listener, "{\"command\":\"events\"}\n",
	       "{\"ok\":true,\"reply\":{}}\n");
	turn();
	assert_non_null(hear(silent));
	assert_non_null(hear(half));
	wait_ms(1500);
	assert_null(hear(silent));
	assert_null(hear(half));
	/* what was in the socket, but no line's end */
	assert_null(strchr(hear(deaf), '\n'));
	/* one who listens waits as long as it likes */
	assert_non_null(hear(listener));
	close(silent);
	close(half);
	close(deaf);
	close(listener);
	turn();
}

#define LATER "{\"command\":\"later\"}\n"

/* The next request waits for the answer; others do not. */
static void test_later(void **state)
{
	int fd = client_open(), other = client_open();

	(void)state;
	expect(fd, LATER "{\"command\":\"echo\"}\n", "");
	expect(other, "{\"command\":\"echo\"}\n",
	       "{\"ok\":true,\"reply\":{\"arguments\":{}}}\n");
	expect(other, LATER, "");
	assert_false(ctl_answer(t.ctl, 3, NULL, "nobody asked"));
	assert_true(ctl_answer(t.ctl, 2, NULL, "not to be had"));
	assert_string_equal(hear(other), REFUSED("not to be had"));
	assert_string_equal(hear(fd), "");
	assert_true(ctl_answer(t.ctl, 1, json_pack("{s:i}", "port", 7), ""));
	assert_string_equal(hear(fd),
			    "{\"ok\":true,\"reply\":{\"port\":7}}\n"
			    "{\"ok\":true,\"reply\":{\"arguments\":{}}}\n");
	assert_false(ctl_answer(t.ctl, 1, json_object(), ""));
	expect(fd, LATER, "");
	assert_true(ctl_answer(t.ctl, 3, NULL, ""));
	assert_string_equal(hear(fd), REFUSED("the command failed"));
	close(fd);
	close(other);
	turn();
}

/* Whoever asks is told in time, and what comes too late is nobody's. */
static void test_too_late(void **state)
{
	int fd, gone;

	(void)state;
	ctl_set_patience(t.ctl, 300);
	fd = client_open();
	gone = client_open();
	expect(fd, LATER, "");
	expect(gone, LATER, "");
	shutdown(fd, SHUT_WR);
	close(gone);
	wait_ms(400);
	assert_string_equal(hear(fd), REFUSED("no result yet; it goes on"));
	assert_null(hear(fd));
	assert_false(ctl_answer(t.ctl, 1, json_object(), ""));
	assert_false(ctl_answer(t.ctl, 2, json_object(), ""));
	/* a place that is taken anew waits for nothing */
	gone = client_open();
	expect(gone, LATER, "");
	close(gone);
	turn();
	ctl_answer(t.ctl, 3, json_object(), "");
	turn();
	close(fd);
	turn();
}

/* Gone in the middle of its answer: no signal, no crash. */
static void test_vanish(void **state)
{
	(void)state;
	for (int i = 0; i < 20; i++) {
		int fd = client_open();

		say(fd, "{\"command\":\"big\"}\n{\"command\":\"echo\"}\n");
		if (i & 1)
			turn();
		close(fd);
		turn();
	}
}

static void test_too_many(void **state)
{
	int fds[CTL_CLIENTS_MAX + 3];

	(void)state;
	for (int i = 0; i < CTL_CLIENTS_MAX + 3; i++) {
		fds[i] = client_open();
		turn();
	}
	for (int i = 0; i < CTL_CLIENTS_MAX; i++)
		expect(fds[i], "{\"command\":\"refuse\"}\n",
		       REFUSED("there is no such call"));
	/* the rest waits for a place, and gets it */
	expect(fds[CTL_CLIENTS_MAX], "{\"command\":\"refuse\"}\n", "");
	expect(fds[CTL_CLIENTS_MAX + 1], "{\"command\":\"refuse\"}\n", "");
	close(fds[10]);
	close(fds[20]);
	assert_string_equal(hear(fds[CTL_CLIENTS_MAX]),
			    REFUSED("there is no such call"));
	assert_string_equal(hear(fds[CTL_CLIENTS_MAX + 1]),
			    REFUSED("there is no such call"));
	for (int i = 0; i < CTL_CLIENTS_MAX + 3; i++)
		if (i != 10 && i != 20)
			close(fds[i]);
	turn();
}

/* The end comes while clients are in all states. */
static void test_end(void **state)
{
	int waiting = client_open();
	int reading = client_open();
	int listening = client_open();

	(void)state;
	say(reading, "{\"command\":\"big\"}\n");
	say(listening, "{\"command\":\"events\"}\n");
	turn();
	close(listening);
	/* teardown ends it */
	assert_int_equal(fcntl(waiting, F_GETFD), 0);
	close(waiting);
	close(reading);
}

static void test_no_socket(void **state)
{
	int pipe_fds[2];

	(void)state;
	assert_null(ctl_new(&t.loop, -1, commands, 1, &t, on_around, &t.loop));
	assert_int_equal(pipe(pipe_fds), 0);
	assert_null(ctl_new(&t.loop, pipe_fds[0], commands, 1, &t, on_around,
			    &t.loop));
	close(pipe_fds[0]);
	close(pipe_fds[1]);
	turn();
}

#define CTL_TEST(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CTL_TEST(test_commands),  CTL_TEST(test_refusals),
		CTL_TEST(test_framing),	  CTL_TEST(test_big_reply),
		CTL_TEST(test_long_line), CTL_TEST(test_deep),
		CTL_TEST(test_drop_events),
		CTL_TEST(test_stream),
		CTL_TEST(test_stream_that_is_not_read),
		CTL_TEST(test_events),	  CTL_TEST(test_slow_listener),
		CTL_TEST(test_patience),  CTL_TEST(test_vanish),
		CTL_TEST(test_too_many),  CTL_TEST(test_end),
		CTL_TEST(test_later),	  CTL_TEST(test_too_late),
		CTL_TEST(test_no_socket),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
