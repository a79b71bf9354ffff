/* SPDX-License-Identifier: GPL-2.0-only */
/* The log: what stands on standard error, and how much of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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
		cmocka_unit_test_setup(test_fatal, reset),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
