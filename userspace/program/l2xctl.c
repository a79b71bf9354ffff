/* SPDX-License-Identifier: GPL-2.0-only */
/* l2xctl: asks a running l2xd and prints the answer. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program/l2xctl_capture.h"
#include "program/l2xctl_daemon.h"
#include "program/l2xctl_grammar.h"
#include "program/l2xctl_monitor.h"
#include "program/l2xctl_render.h"

enum {
	EXIT_REFUSED = 1, /* the daemon said no */
	EXIT_NOBODY = 2,  /* no daemon answers */
	EXIT_WORDS = 64,  /* as sysexits(3): that cannot be asked */
};

static const char *instance = "default";
static char path[PATH_MAX]; /* of the control socket */

static void help(FILE *out)
{
	fputs("usage: l2xctl [-i INSTANCE | -s SOCKET] [--json] COMMAND\n\n",
	      out);
	grammar_help(out);
	fputs("\n"
	      "  -i, --instance INSTANCE  the daemon to ask, \"default\" if "
	      "not given\n"
	      "  -s, --socket SOCKET      the same by its control socket\n"
	      "  -j, --json               print the reply as JSON\n"
	      "      --complete WORDS     print what may follow these words\n"
	      "  -h, --help               print this\n",
	      out);
}

static int events_print(FILE *stream, bool json)
{
	json_t *event;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((event = daemon_next(stream))) {
		if (json) {
			json_dumpf(event, stdout,
				   JSON_COMPACT | JSON_SORT_KEYS |
					   JSON_ENSURE_ASCII);
			putchar('\n');
		} else {
			render_event(event, stdout);
		}
		json_decref(event);
	}
	fprintf(stderr, "l2xctl: the daemon ended the connection\n");
	return EXIT_NOBODY;
}

static FILE *captured; /* where they go */

/* Frames of subscribers are nobody else's business. */
static int capture_to(const char *file)
{
	int fd = -1;

	if (!strcmp(file, "-") && isatty(STDOUT_FILENO)) {
		fprintf(stderr, "l2xctl: frames are not for a terminal\n");
		return -EINVAL;
	}
	if (!strcmp(file, "-"))
		captured = stdout;
	else
		fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd >= 0)
		captured = fdopen(fd, "w");
	if (captured)
		return 0;
	fprintf(stderr, "l2xctl: %s: %s\n", file, strerror(errno));
	return -errno;
}

static FILE *capturing;

/* The daemon sees our end, and still sends what it has. */
static void on_enough(int number)
{
	(void)number;
	shutdown(fileno(capturing), SHUT_WR);
}

/* From now on ^C ends the capture, not us. */
static void capture_expect(FILE *stream)
{
	capturing = stream;
	signal(SIGINT, on_enough);
	signal(SIGTERM, on_enough);
}

static int capture_print(FILE *stream, const struct request *request,
			 bool json)
{
	struct capture_sum sum;
	bool to_file;
	int err;

	if (capture_to(json_string_value(
		    json_object_get(request->local, "file"))))
		return EXIT_FAILURE;
	to_file = captured != stdout;
	daemon_wait(stream);
	err = capture_copy(stream, captured, !to_file, &sum);
	if (fclose(captured) && !err)
		err = -errno;
	if (json && to_file)
		printf("{\"frames\": %llu, \"octets\": %llu, "
		       "\"lost\": %llu}\n",
		       (unsigned long long)sum.frames,
		       (unsigned long long)sum.octets,
		       (unsigned long long)sum.lost);
	else
		fprintf(stderr, "%llu frames, %llu octets, %llu lost\n",
			(unsigned long long)sum.frames,
			(unsigned long long)sum.octets,
			(unsigned long long)sum.lost);
	if (!err)
		return EXIT_SUCCESS;
	fprintf(stderr, "l2xctl: %s\n",
		err == -EPIPE ? "the daemon ended the connection"
			      : strerror(-err));
	return err == -EPIPE ? EXIT_NOBODY : EXIT_FAILURE;
}

static int answer_print(FILE *stream, const struct request *request,
			const json_t *answer, bool json)
{
	const json_t *reply = json_object_get(answer, "reply");
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (!json_is_true(json_object_get(answer, "ok"))) {
		fprintf(stderr, "l2xctl: %s\n", error ? error : "refused");
		return EXIT_REFUSED;
	}
	if (!strncmp(request->command, "events", 6))
		return events_print(stream, json);
	if (!strncmp(request->command, "capture", 7))
		return capture_print(stream, request, json);
	if (json)
		render_json(reply, stdout);
	else
		render_reply(reply, stdout);
	return fflush(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
}

static int run(const struct request *request, bool json)
{
	json_t *answer;
	FILE *stream;
	int status;
	int err;

	err = daemon_open(path, &stream);
	if (err) {
		fprintf(stderr, "l2xctl: no daemon at %s: %s\n", path,
			strerror(-err));
		return EXIT_NOBODY;
	}
	if (!strncmp(request->command, "capture", 7))
		capture_expect(stream);
	err = daemon_ask(stream, request->command, request->arguments, &answer);
	if (err) {
		fprintf(stderr, "l2xctl: no answer from %s: %s\n", path,
			strerror(-err));
		fclose(stream);
		return EXIT_NOBODY;
	}
	status = answer_print(stream, request, answer, json);
	json_decref(answer);
	fclose(stream);
	return status;
}

/* Why there is no answer, for when the terminal is ours no more. */
struct trouble {
	int status;
	char text[256];
};

static json_t *ask_rates(void *ctx, json_t *arguments)
{
	json_t *answer = NULL, *reply;
	struct trouble *trouble = ctx;
	FILE *stream = NULL;
	const char *refused;
	int err;

	err = daemon_open(path, &stream);
	if (!err)
		err = daemon_ask(stream, "show rates", arguments, &answer);
	if (stream)
		fclose(stream);
	json_decref(arguments);
	reply = json_incref(json_object_get(answer, "reply"));
	refused = json_string_value(json_object_get(answer, "error"));
	trouble->status = err ? EXIT_NOBODY : EXIT_REFUSED;
	if (err)
		snprintf(trouble->text, sizeof(trouble->text),
			 "no daemon at %.128s: %s", path, strerror(-err));
	else if (!reply)
		snprintf(trouble->text, sizeof(trouble->text), "%s",
			 refused ? refused : "refused");
	json_decref(answer);
	return reply;
}

static int monitor(const struct request *request, bool json)
{
	struct trouble trouble = {0};
	struct monitor wish;
	char error[128];

	if (monitor_parse(request->command, request->local, &wish, error,
			  sizeof(error))) {
		fprintf(stderr, "l2xctl: %s; try l2xctl --help\n", error);
		return EXIT_WORDS;
	}
	wish.json = json;
	if (monitor_run(&wish, ask_rates, &trouble, stdout))
		return EXIT_SUCCESS;
	fprintf(stderr, "l2xctl: %s\n", trouble.text);
	return trouble.status;
}

/* For completion, where no news are good news. */
static json_t *ask_reply(const char *command)
{
	json_t *answer;
	json_t *reply;
	FILE *stream;
	int err;

	if (daemon_open(path, &stream))
		return NULL;
	err = daemon_ask(stream, command, NULL, &answer);
	fclose(stream);
	if (err)
		return NULL;
	reply = json_incref(json_object_get(answer, "reply"));
	json_decref(answer);
	return reply;
}

static int ask(int argc, char **argv, bool json)
{
	struct request request;
	char error[128];
	int status;

	/* --json is also taken at the end, where people type it */
	if (argc && !strcmp(argv[argc - 1], "--json")) {
		json = true;
		argc--;
	}
	if (grammar_parse(argc, argv, &request, error, sizeof(error))) {
		fprintf(stderr, "l2xctl: %s; try l2xctl --help\n", error);
		return EXIT_WORDS;
	}
	status = strncmp(request.command, "monitor", 7)
			 ? run(&request, json)
			 : monitor(&request, json);
	request_fini(&request);
	return status;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"instance", required_argument, NULL, 'i'},
		{"socket", required_argument, NULL, 's'},
		{"json", no_argument, NULL, 'j'},
		{"complete", no_argument, NULL, 'c'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool completing = false;
	bool json = false;
	int option;

	/* a daemon that is gone is told by its missing answer */
	signal(SIGPIPE, SIG_IGN);
	while ((option = getopt_long(argc, argv, "+i:s:jh", options, NULL)) >=
	       0) {
		if (option == 'i') {
			instance = optarg;
		} else if (option == 's') {
			snprintf(path, sizeof(path), "%s", optarg);
		} else if (option == 'j') {
			json = true;
		} else if (option == 'c') {
			completing = true;
		} else {
			help(option == 'h' ? stdout : stderr);
			return option == 'h' ? EXIT_SUCCESS : EXIT_WORDS;
		}
	}
	if (!*path && daemon_path(instance, path, sizeof(path))) {
		fprintf(stderr, "l2xctl: no instance can be named %s\n",
			instance);
		return EXIT_WORDS;
	}
	if (!completing)
		return ask(argc - optind, argv + optind, json);
	grammar_complete(argc - optind, argv + optind, ask_reply, stdout);
	return EXIT_SUCCESS;
}
