/* SPDX-License-Identifier: GPL-2.0-only */
/* l2xctl's parts: what may be typed, how it asks, how answers look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program/l2xctl_daemon.h"
#include "program/l2xctl_grammar.h"
#include "program/l2xctl_render.h"

enum { WORDS_MAX = 12 };

/* Splits at blanks; a word of "-" alone is an empty one. */
static int split(char *text, char *words[WORDS_MAX])
{
	char *save;
	int n = 0;

	for (char *at = strtok_r(text, " ", &save); at && n < WORDS_MAX;
	     at = strtok_r(NULL, " ", &save))
		words[n++] = strcmp(at, "-") ? at : "";
	return n;
}

/* What a stream was given, in memory of its own. */
struct text {
	FILE *out;
	char *data;
	size_t len;
};

static void text_open(struct text *text)
{
	text->out = open_memstream(&text->data, &text->len);
	assert_non_null(text->out);
}

static void text_expect(struct text *text, const char *expected)
{
	fclose(text->out);
	assert_string_equal(text->data, expected);
	free(text->data);
}

/* ---- grammar ------------------------------------------------------------- */

/* What is typed and what comes of it. */
static const struct {
	const char *typed;
	const char *command; /* NULL: refused */
	/* arguments, behind a blank the options of l2xctl itself; or why */
	const char *rest;
} parse_rows[] = {
	{"show status", "show status", "{}"},
	{"show destinations", "show destinations", "{}"},
	{"show tunnels", "show tunnels", "{}"},
	{"show calls", "show calls", "{}"},
	{"show call 17", "show call", "{\"id\":17}"},
	{"show interfaces", "show interfaces", "{}"},
	{"show ports", "show ports", "{}"},
	{"show counters", "show counters", "{}"},
	{"show reasons", "show reasons", "{}"},
	{"show routes", "show routes", "{}"},
	{"show cores", "show cores", "{}"},
	{"disconnect call 4294967295", "disconnect call",
	 "{\"id\":4294967295}"},
	{"disconnect tunnel 1", "disconnect tunnel", "{\"id\":1}"},
	{"police call 7", "police call", "{\"id\":7}"},
	{"police call 7 up 2M", "police call", "{\"id\":7,\"up\":\"2M\"}"},
	{"pol call 7 down none burst-up 20k up 2M", "police call",
	 "{\"id\":7,\"down\":\"none\",\"burst-up\":\"20k\",\"up\":\"2M\"}"},
	{"suspend call 7", "suspend call", "{\"id\":7}"},
	{"resume call 7", "resume call", "{\"id\":7}"},
	{"port attach eth0", "port attach", "{\"name\":\"eth0\"}"},
	{"port attach eth0 access", "port attach",
	 "{\"name\":\"eth0\",\"access\":true}"},
	{"port detach 7", "port detach", "{\"name\":\"7\"}"},
	{"events", "events", "{}"},
	{"events drops", "events drops", "{}"},
	{"capture -w x", "capture", "{} {\"file\":\"x\"}"},
	{"capture call 7 -w x --count 1", "capture call",
	 "{\"id\":7,\"count\":1} {\"file\":\"x\"}"},
	{"capture tunnel 8 --octets 99999999999 -w x", "capture tunnel",
	 "{\"id\":8,\"octets\":99999999999} {\"file\":\"x\"}"},
	{"capture port eth0 --seconds 5 -w x", "capture port",
	 "{\"name\":\"eth0\",\"seconds\":5} {\"file\":\"x\"}"},
	{"capture reason policed -w x", "capture reason",
	 "{\"name\":\"policed\"} {\"file\":\"x\"}"},
	{"monitor", "monitor", "{}"},
	{"monitor calls", "monitor calls", "{}"},
	{"monitor tunnels --interval 5 --count 2", "monitor tunnels", "{} {\"interval\":5,\"count\":2}"},
	/* shortened */
	{"c c 7 -w x", "capture call", "{\"id\":7} {\"file\":\"x\"}"},
	{"m r", "monitor reasons", "{}"},
	{"sh st", "show status", "{}"},
	{"sh call 1", "show call", "{\"id\":1}"},
	{"d t 1", "disconnect tunnel", "{\"id\":1}"},
	{"e", "events", "{}"},
	/* refused */
	{"", NULL, "a command is missing"},
	{"show", NULL, "a command is missing"},
	{"-", NULL, " is ambiguous"},
	{"show c", NULL, "c is ambiguous"},
	{"show -", NULL, " is ambiguous"},
	{"shows calls", NULL, "shows is no command"},
	{"show callss", NULL, "callss is no command"},
	{"show calls 1", NULL, "1 is too much"},
	{"show call", NULL, "id is missing"},
	{"show call -1", NULL, "-1 is not an id"},
	{"show call +1", NULL, "+1 is not an id"},
	{"show call 0", NULL, "0 is not an id"},
	{"show call 1x", NULL, "1x is not an id"},
	{"show call -", NULL, " is not an id"},
	{"show call 4294967296", NULL, "4294967296 is not an id"},
	{"show call 99999999999999999999", NULL,
	 "99999999999999999999 is not an id"},
	{"show call 1 2", NULL, "2 is too much"},
	{"port attach", NULL, "name is missing"},
	{"port attach -", NULL, "that is not a name"},
	{"port attach \xff\xfe", NULL, "that is not a name"},
	{"port attach eth0 acc", NULL, "acc is too much"},
	{"port attach eth0 access x", NULL, "x is too much"},
	{"port detach eth0 access", NULL, "access is too much"},
	{"capture", NULL, "-w FILE is missing"},
	{"capture -w", NULL, "FILE is missing behind -w"},
	{"capture call -w x", NULL, "-w is not an id"},
	{"capture -w x --count y", NULL, "y is not a number"},
	{"capture -w x --count 99999999999999999999", NULL,
	 "99999999999999999999 is not a number"},
	{"capture -w x --limit 1", NULL, "--limit is too much"},
	{"monitor -w x", NULL, "-w is too much"},
	{"events dropss", NULL, "dropss is too much"},
	{"police call", NULL, "id is missing"},
	{"police call 7 up", NULL, "RATE is missing behind up"},
	{"police call 7 up \xff", NULL, "up wants text"},
	{"police call 7 up 1M up 2M", NULL, "up is given twice"},
	{"police call 7 upwards 1M", NULL, "upwards is too much"},
	{"suspend call 7 up 1M", NULL, "up is too much"},
};

static void test_parse(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(parse_rows) / sizeof(*parse_rows);
	     i++) {
		struct request request = {.command = "untouched"};
		char typed[128], error[128] = "";
		char *words[WORDS_MAX];
		char *arguments, *local;
		char rest[128];
		int n, err;

		snprintf(typed, sizeof(typed), "%s", parse_rows[i].typed);
		n = split(typed, words);
		err = grammar_parse(n, words, &request, error, sizeof(error));
		if (!parse_rows[i].command) {
			assert_int_equal(err, -EINVAL);
			assert_string_equal(error, parse_rows[i].rest);
			assert_string_equal(request.command, "untouched");
			continue;
		}
		assert_int_equal(err, 0);
		assert_string_equal(request.command, parse_rows[i].command);
		arguments = json_dumps(request.arguments, JSON_COMPACT);
		local = json_dumps(request.local, JSON_COMPACT);
		snprintf(rest, sizeof(rest), "%s%s%s", arguments,
			 local[2] ? " " : "", local[2] ? local : "");
		assert_string_equal(rest, parse_rows[i].rest);
		free(arguments);
		free(local);
		request_fini(&request);
	}
}

static json_t *ask_rows(const char *command)
{
	if (!strcmp(command, "show calls"))
		return json_pack("{s:[{s:i},{s:i}]}", "calls", "id", 7, "id",
				 12);
	if (!strcmp(command, "show ports"))
		return json_pack("{s:[{s:s},{s:n}]}", "ports", "name", "eth1",
				 "name");
	return NULL; /* nobody answers */
}

static void test_complete(void **state)
{
	static const struct {
		const char *typed;
		const char *candidates;
	} rows[] = {
		{"", "show\ndisconnect\npolice\nsuspend\nresume\nport\n"
		     "events\ncapture\nmonitor\n"},
		{"show", "status\ndestinations\ntunnels\ncalls\ncall\n"
			 "interfaces\nports\ncounters\nreasons\nroutes\n"
			 "cores\n"},
		{"disc", "call\ntunnel\n"},
		{"port", "attach\ndetach\n"},
		{"show call", "7\n12\n"},
		{"disconnect call", "7\n12\n"},
		{"disconnect tunnel", ""},
		{"port attach", "eth1\n"},
		{"port attach eth1", "access\n"},
		{"port attach eth1 access", ""},
		{"port detach eth1", ""},
		{"police call", "7\n12\n"},
		{"police call 7", "up\nburst-up\ndown\nburst-down\n"},
		{"police call 7 up", ""},
		{"police call 7 up 1M", "burst-up\ndown\nburst-down\n"},
		{"suspend call", "7\n12\n"},
		{"suspend call 7", ""},
		{"show calls", ""},
		{"show call 7", ""},
		{"events", "drops\n"},
		{"events drops", ""},
		{"capture", "call\ntunnel\nport\nreason\n-w\n--count\n"
			    "--octets\n--seconds\n"},
		{"capture call", "7\n12\n"},
		{"capture call 7", "-w\n--count\n--octets\n--seconds\n"},
		{"capture call 7 -w", ""},
		{"capture -w x", "--count\n--octets\n--seconds\n"},
		{"monitor", "calls\ntunnels\nports\nreasons\n--interval\n"
			    "--count\n"},
		{"monitor ports", "--interval\n--count\n"},
		{"nonsense", ""},
		{"show nonsense", ""},
		{"show nonsense x", ""},
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct text text;
		char *words[WORDS_MAX];
		char typed[128];
		int n;

		text_open(&text);
		snprintf(typed, sizeof(typed), "%s", rows[i].typed);
		n = split(typed, words);
		grammar_complete(n, words, ask_rows, text.out);
		text_expect(&text, rows[i].candidates);
	}
}

static void test_help(void **state)
{
	struct text text;

	(void)state;
	text_open(&text);
	grammar_help(text.out);
	fflush(text.out);
	assert_non_null(strstr(text.data, "  show call ID  "));
	assert_non_null(strstr(text.data, "  port attach NAME [access]"));
	assert_non_null(strstr(text.data, "  police call ID  "));
	assert_non_null(strstr(text.data, "burst-up SIZE"));
	assert_non_null(strstr(text.data, "  events  "));
	fclose(text.out);
	free(text.data);
}

/* ---- the daemon ---------------------------------------------------------- */

static void test_path(void **state)
{
	char path[64] = "";
	char tight[20];

	(void)state;
	assert_int_equal(daemon_path("lac-1_A", path, sizeof(path)), 0);
	assert_string_equal(path, "/run/l2x/lac-1_A.sock");
	assert_int_equal(daemon_path("", path, sizeof(path)), -EINVAL);
	assert_int_equal(daemon_path("../x", path, sizeof(path)), -EINVAL);
	assert_int_equal(daemon_path("a b", path, sizeof(path)), -EINVAL);
	assert_int_equal(daemon_path("default", tight, sizeof(tight)), -EINVAL);
}

static void test_nobody(void **state)
{
	char path[200];
	FILE *stream;

	(void)state;
	assert_int_equal(daemon_open("/nonexistent/x.sock", &stream), -ENOENT);
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(daemon_open(path, &stream), -ENAMETOOLONG);
}

/* Asks one who has already put `answer` there; what it was asked: asked[]. */
static int ask_canned(const char *answer, char *asked, size_t cap,
		      json_t **reply)
{
	json_t *arguments = json_pack("{s:i}", "id", 7);
	int pair[2];
	FILE *stream;
	ssize_t got;
	int err;

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	if (*answer)
		assert_int_equal(write(pair[1], answer, strlen(answer)),
				 strlen(answer));
	shutdown(pair[1], SHUT_WR);
	stream = fdopen(pair[0], "r+");
	assert_non_null(stream);
	err = daemon_ask(stream, "show call", arguments, reply);
	got = read(pair[1], asked, cap - 1);
	assert_true(got > 0);
	asked[got] = '\0';
	fclose(stream);
	close(pair[1]);
	json_decref(arguments);
	return err;
}

static void test_ask(void **state)
{
	json_t *reply = NULL;
	char asked[128];

	(void)state;
	assert_int_equal(ask_canned("{\"ok\":true,\"reply\":{}}\n", asked,
				    sizeof(asked), &reply),
			 0);
	assert_true(json_is_true(json_object_get(reply, "ok")));
	assert_string_equal(asked, "{\"command\":\"show call\","
				   "\"arguments\":{\"id\":7}}\n");
	json_decref(reply);
	reply = NULL;
	assert_int_equal(ask_canned("", asked, sizeof(asked), &reply), -EPIPE);
	assert_int_equal(ask_canned("nonsense\n", asked, sizeof(asked), &reply),
			 -EBADMSG);
	assert_int_equal(ask_canned("[1]\n", asked, sizeof(asked), &reply),
			 -EBADMSG);
	assert_int_equal(ask_canned("{\"ok\":tr", asked, sizeof(asked), &reply),
			 -EBADMSG);
	assert_null(reply);
}

/* The daemon is gone between connect and question. */
static void test_gone(void **state)
{
	json_t *reply = NULL;
	FILE *stream;
	int pair[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	close(pair[1]);
	stream = fdopen(pair[0], "r+");
	assert_true(daemon_ask(stream, "show calls", NULL, &reply) < 0);
	assert_null(daemon_next(stream));
	assert_null(reply);
	fclose(stream);
}

/* ---- rendering ----------------------------------------------------------- */

typedef void renderer(const json_t *reply, FILE *out);

static void expect_render(renderer *render, const char *json,
			  const char *expected)
{
	struct text text;
	json_t *reply = json_loads(json, 0, NULL);

	assert_non_null(reply);
	text_open(&text);
	render(reply, text.out);
	text_expect(&text, expected);
	json_decref(reply);
}

static void test_tables(void **state)
{
	(void)state;
	expect_render(
		render_reply,
		"{\"calls\":[{\"id\":7,\"user\":\"alice@isp1.example\","
		"\"role\":\"lac\",\"state\":\"up\",\"access\":{\"kind\":"
		"\"pppoe\",\"slot\":17,\"port\":\"eth1\",\"session\":17},"
		"\"core\":{\"kind\":\"l2tp\",\"tunnel\":4,\"session\":2201},"
		"\"address\":\"\",\"uptime\":59,\"packets_up\":1,"
		"\"octets_up\":86,\"packets_down\":12345,"
		"\"octets_down\":1048576},"
		"{\"id\":12,\"user\":\"x\",\"role\":\"lns\",\"state\":\"up\","
		"\"access\":{\"kind\":\"l2tp\",\"tunnel\":1,\"session\":9},"
		"\"core\":{\"kind\":\"ip\",\"address\":\"10.0.0.2\"},"
		"\"address\":\"10.0.0.2\",\"uptime\":3661,\"packets_up\":0,"
		"\"octets_up\":0,\"packets_down\":0,\"octets_down\":0}]}",
		"ID  USER                ROLE  STATE  ACCESS         CORE"
		"         ADDRESS     UPTIME  UP-PACKETS  UP-OCTETS  "
		"DOWN-PACKETS  DOWN-OCTETS\n"
		" 7  alice@isp1.example  lac   up     pppoe eth1/17  "
		"l2tp 4/2201  -              59s           1         86  "
		"       12345      1048576\n"
		"12  x                   lns   up     l2tp 1/9       "
		"ip 10.0.0.2  10.0.0.2  1h01m01s           0          0  "
		"           0            0\n");
	expect_render(render_reply, "{\"counters\":[]}",
		      "COUNTER  VALUE  MEANING\n");
	/* fields that are not there, and of another type */
	expect_render(render_reply,
		      "{\"ports\":[{\"name\":\"eth0\",\"access\":true,"
		      "\"mtu\":1500,\"lost\":12,\"text\":null},"
		      "{\"name\":7},3]}",
		      "NAME  IFINDEX  STATE  MODE  ATTACH  PROGRAM  ACCESS  "
		      "MAC   MTU  LOST  NOTE\n"
		      "eth0        -  -      -     -             -  yes     "
		      "-    1500    12  -\n"
		      "7           -  -      -     -             -  -       "
		      "-       -     -  -\n"
		      "-           -  -      -     -             -  -       "
		      "-       -     -  -\n");
}

/* Every list of a show command has its table: rows never come out as text. */
static void test_lists(void **state)
{
	static const char *const lists[] = {
		"destinations", "tunnels",  "calls",   "interfaces",
		"ports",	"counters", "reasons", "cores", "pools",
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(lists) / sizeof(*lists); i++) {
		struct text text;
		json_t *reply = json_pack("{s:[]}", lists[i]);

		text_open(&text);
		render_reply(reply, text.out);
		fclose(text.out);
		assert_null(strchr(text.data, ':'));
		assert_non_null(strchr(text.data, '\n'));
		free(text.data);
		json_decref(reply);
	}
}

static void test_objects(void **state)
{
	(void)state;
	expect_render(render_reply,
		      "{\"instance\":\"lac\",\"uptime\":90061,\"stale\":"
		      "{\"legs\":2,\"deep\":{\"x\":true}},\"empty\":\"\","
		      "\"list\":[1,2],\"none\":[],\"pools\":[{\"name\":"
		      "\"users\",\"used\":1,\"size\":250}]}",
		      "instance: lac\nuptime: 1d01h01m01s\nstale:\n"
		      "  legs: 2\n  deep:\n    x: yes\nempty: -\nlist: 1\n"
		      "list: 2\nnone: -\nPOOL   USED  SIZE\n"
		      "users     1   250\n");
	expect_render(render_reply, "{\"uptime\":60}", "uptime: 1m00s\n");
	expect_render(render_reply, "{\"uptime\":\"x\"}", "uptime: x\n");
	expect_render(render_reply, "{\"uptime\":-1}", "uptime: -1\n");
	expect_render(render_reply, "[]", "");
}

/* A peer's name may not move an operator's cursor. */
static void test_hostile(void **state)
{
	expect_render(render_reply,
		      "{\"user\":\"a\\u001b[2J\\n\\u009bb\","
		      "\"k\\u0007\":1}",
		      "user: a\\x1b[2J\\x0a\\xc2\\x9bb\nk\\x07: 1\n");
	expect_render(render_json, "{\"user\":\"\\u009b\\u001b\"}",
		      "{\n  \"user\": \"\\u009B\\u001B\"\n}\n");
	(void)state;
}

/* Deeper than any reply: cut, not a stack used up. */
static void test_depth(void **state)
{
	json_t *reply = json_object();
	struct text text;

	(void)state;
	for (int i = 0; i < 1000; i++)
		reply = json_pack("{s:o}", "x", reply);
	text_open(&text);
	render_reply(reply, text.out);
	fclose(text.out);
	assert_true(text.len < 300);
	free(text.data);
	json_decref(reply);
}

static void test_json(void **state)
{
	(void)state;
	expect_render(render_json, "{\"b\":1,\"a\":{\"d\":[1],\"c\":2}}",
		      "{\n  \"a\": {\n    \"c\": 2,\n    \"d\": [\n      1\n"
		      "    ]\n  },\n  \"b\": 1\n}\n");
}

static void test_event(void **state)
{
	(void)state;
	expect_render(render_event,
		      "{\"role\":\"lac\",\"step\":3,\"text\":\"sends SCCRQ\","
		      "\"event\":\"step\",\"time\":12045}",
		      "12.045 step role=lac step=3 text=\"sends SCCRQ\"\n");
	expect_render(render_event, "{}", "0.000 -\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),	cmocka_unit_test(test_complete),
		cmocka_unit_test(test_help),	cmocka_unit_test(test_path),
		cmocka_unit_test(test_nobody),	cmocka_unit_test(test_ask),
		cmocka_unit_test(test_gone),	cmocka_unit_test(test_tables),
		cmocka_unit_test(test_lists),	cmocka_unit_test(test_objects),
		cmocka_unit_test(test_hostile), cmocka_unit_test(test_depth),
		cmocka_unit_test(test_json),	cmocka_unit_test(test_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
