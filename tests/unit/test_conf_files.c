/* SPDX-License-Identifier: GPL-2.0-only */
/* Configuration files: those that are not there, long ones, the examples. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "world/conf.h"

static void test_no_file(void **state)
{
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(conf_load("/nonexistent/l2x.yaml", &conf, error,
				   sizeof(error)),
			 -ENOENT);
	assert_string_equal(error,
			    "/nonexistent/l2x.yaml: No such file or directory");
	assert_int_equal(conf_load("/", &conf, error, sizeof(error)), -EISDIR);
}

/* Longer than one read, so that the buffer has to grow. */
static void test_long_file(void **state)
{
	char path[] = "/tmp/l2x-test-conf-XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct conf *conf;
	char error[256];

	(void)state;
	assert_non_null(file);
	fprintf(file, "users:\n");
	for (int i = 0; i < 5000; i++)
		fprintf(file, "- {name: user%d@example.net, password: p%d}\n",
			i, i);
	fclose(file);
	assert_int_equal(conf_load(path, &conf, error, sizeof(error)), 0);
	assert_int_equal(conf->user_count, 5000);
	conf_free(conf);
	unlink(path);
}

static void test_examples(void **state)
{
	glob_t found;

	(void)state;
	assert_int_equal(glob("etc/*.yaml", 0, NULL, &found), 0);
	assert_true(found.gl_pathc >= 5);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct conf *conf;
		char error[256];

		if (conf_load(found.gl_pathv[i], &conf, error, sizeof(error)))
			fail_msg("%s", error);
		conf_free(conf);
	}
	globfree(&found);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_long_file),
		cmocka_unit_test(test_examples),
	};

	return cmocka_run_group_tests_name("conf files", tests, NULL, NULL);
}
