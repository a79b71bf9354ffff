/* SPDX-License-Identifier: GPL-2.0-only */
/* The log: what stands on standard error, and how much of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

/* Standard error goes into a pipe between capture_start and _end. */
static int old_stderr;
static int tube[2];

static void capture_start(void)
{
	fflush(stderr);
	old_stderr = dup(STDERR_FILENO);
	assert_int_equal(pipe(tube), 0);
	dup2(tube[1], STDERR_FILENO);
	close(tube[1]);
}

static void capture_end(char *out, size_t cap)
{
	size_t used = 0;
	ssize_t got;

	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	while (used < cap - 1 &&
	       (got = read(tube[0], out + used, cap - 1 - used)) > 0)
		used += (size_t)got;
	out[used] = '\0';
	close(tube[0]);
}

static int reset(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_INFO);
	log_set_name("l2xd");
	return 0;
}

static void test_lines(void **state)
{
	char out[4096];

	(void)state;
	capture_start();
	log_error("tunnel %d: %s", 4, "gone");
	log_set_name("l2xd[lac]");
	log_warning("call 1: odd");
	log_notice("call 2: new");
	log_info("call 3: up");
	capture_end(out, sizeof(out));
	assert_string_equal(out, "<3>l2xd: tunnel 4: gone\n"
				 "<4>l2xd[lac]: call 1: odd\n"
				 "<5>l2xd[lac]: call 2: new\n"
				 "<6>l2xd[lac]: call 3: up\n");
}

static void test_level(void **state)
{
	char out[4096];

	(void)state;
	capture_start();
	log_debug("not by default");
	log_set_level(LOG_LEVEL_DEBUG);
	log_debug("now");
	log_set_level(LOG_LEVEL_ERROR);
	log_warning("no longer");
	log_error("always");
	capture_end(out, sizeof(out));
	assert_string_equal(out, "<7>l2xd: now\n<3>l2xd: always\n");
}

/* A line stays one, whatever is in it. */
static void test_one_line(void **state)
{
	char out[4096];
	char *text = malloc(3000);

	(void)state;
	memset(text, 'x', 2999);
	text[2999] = '\0';
	capture_start();
	log_info("a\nb\n");
	log_info("%s", text);
	log_info("c");
	capture_end(out, sizeof(out));
	assert_memory_equal(out, "<6>l2xd: a b \n<6>l2xd: xxx", 26);
	assert_string_equal(out + strlen(out) - 12, "\n<6>l2xd: c\n");
	assert_in_range(strlen(out), 1000, 1060);
	free(text);
}

static void test_limit(void **state)
{
	struct log_limit limit = LOG_LIMIT;
	struct instant now = {50000};
	int lines = 0;

	(void)state;
	for (int i = 0; i < 100; i++)
		lines += log_allowed(&limit, now);
	assert_int_equal(lines, 10);
	/* then one each second */
	now.ms += 999;
	assert_false(log_allowed(&limit, now));
	now.ms += 1;
	assert_true(log_allowed(&limit, now));
	assert_false(log_allowed(&limit, now));
	/* and after a long silence no more than at first */
	now.ms += 3600000;
	lines = 0;
	for (int i = 0; i < 100; i++)
		lines += log_allowed(&limit, now);
	assert_int_equal(lines, 10);
}

/* Fills the pipe to the last octet. */
static void tube_fill(void)
{
	static const char filler[4096];
	int fd;

	fd = open("/proc/self/fd/2", O_WRONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	while (write(fd, filler, sizeof(filler)) > 0)
		;
	close(fd);
}

static void tube_empty(void)
{
	char octets[4096];

	fcntl(tube[0], F_SETFL, O_NONBLOCK);
	while (read(tube[0], octets, sizeof(octets)) > 0)
		;
	fcntl(tube[0], F_SETFL, 0);
}

/* Nobody reads: no line waits, and the next that fits tells of the others. */
static void test_nobody_reads(void **state)
{
	uint64_t before = log_lost();
	char out[4096];

	(void)state;
	capture_start();
	assert_int_equal(log_open(), 0);
	tube_fill();
	log_info("call 1: lost");
	log_info("call 2: lost");
	assert_int_equal(log_lost(), before + 2);
	tube_empty();
	log_info("call 3: up");
	log_info("call 4: up");
	assert_int_equal(log_lost(), before + 2);
	capture_end(out, sizeof(out));
	assert_string_equal(out,
			    "<4>l2xd: log: 2 lines lost, nobody read them\n"
			    "<6>l2xd: call 3: up\n<6>l2xd: call 4: up\n");
}

/* The same where standard error is a socket, as the journal's is. */
static void test_nobody_reads_socket(void **state)
{
	uint64_t before = log_lost();
	char octets[4096];
	ssize_t got, all = 0;
	int pair[2];

	(void)state;
	old_stderr = dup(STDERR_FILENO);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	dup2(pair[1], STDERR_FILENO);
	close(pair[1]);
	assert_int_equal(log_open(), 0);
	for (int i = 0; i < 20000 && log_lost() == before; i++)
		log_info("call %d: a line", i);
	assert_true(log_lost() > before);
	while (log_lost() > before &&
	       (got = recv(pair[0], octets, sizeof(octets), MSG_DONTWAIT)) > 0)
		all += got;
	assert_true(all > 0);
	close(pair[0]); /* gone: no signal ends us */
	before = log_lost();
	log_info("call 1: lost");
	assert_int_equal(log_lost(), before + 1);
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	log_open();
	log_info("the lines before are told here");
}

static void test_fatal(void **state)
{
	char out[256];
	int status;
	pid_t child;

	(void)state;
	capture_start();
	child = fork();
	if (!child) {
		log_set_level(LOG_LEVEL_ERROR);
		fatal("no %s", "memory");
	}
	waitpid(child, &status, 0);
	capture_end(out, sizeof(out));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), EXIT_FAILURE);
	assert_non_null(strstr(out, "<3>l2xd: no memory\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_lines, reset),
		cmocka_unit_test_setup(test_level, reset),
		cmocka_unit_test_setup(test_one_line, reset),
		cmocka_unit_test_setup(test_limit, reset),
		cmocka_unit_test_setup(test_nobody_reads, reset),
		cmocka_unit_test_setup(test_nobody_reads_socket, reset),
		cmocka_unit_test_setup(test_fatal, reset),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
