/* SPDX-License-Identifier: GPL-2.0-only */
/* Notes about a machine's settings, from files like those of /proc/sys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "world/host.h"

static char folder[] = "/tmp/test_host.XXXXXX";
static struct host_note notes[8];
static unsigned int count;

static const struct host_device devices[] = {
	{"l2x0", true}, {"access", true}, {"core", false}};

static void put(const char *device, const char *name, const char *value)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/conf", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/conf/%s", folder, device);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%s/conf/%s/%s", folder, device, name);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs(value, file);
	fclose(file);
}

static int setup(void **state)
{
	static const char *const all[] = {"all", "l2x0", "access", "core"};

	(void)state;
	strcpy(folder, "/tmp/test_host.XXXXXX");
	assert_non_null(mkdtemp(folder));
	for (unsigned int i = 0; i < 4; i++) {
		put(all[i], "forwarding", "1\n");
		put(all[i], "rp_filter", "0\n");
	}
	return 0;
}

static int teardown(void **state)
{
	char command[100];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", folder);
	return system(command);
}

static void look(bool routes, unsigned int max)
{
	memset(notes, 0, sizeof(notes));
	count = host_look(folder, routes, devices, 3, notes, max);
}

static void says(unsigned int n, const char *words)
{
	assert_true(n < count);
	assert_non_null(strstr(notes[n].text, words));
}

static void test_nothing(void **state)
{
	(void)state;
	look(true, 8);
	assert_int_equal(count, 0);
	/* loose filters take what comes by the route back */
	put("all", "rp_filter", "2\n");
	put("core", "rp_filter", "1\n");
	look(true, 8);
	assert_int_equal(count, 0);
}

static void test_forwarding(void **state)
{
	(void)state;
	put("access", "forwarding", "0\n");
	look(true, 8);
	assert_int_equal(count, 1);
	says(0, "net.ipv4.conf.access.forwarding is 0");
	put("core", "forwarding", "0\n");
	put("l2x0", "forwarding", "0\n");
	look(true, 8);
	assert_int_equal(count, 1);
	says(0, "net.ipv4.ip_forward is 0");
	/* who only switches needs none */
	look(false, 8);
	assert_int_equal(count, 0);
}

/* The larger of both; PPPoE and the tun do not care. */
static void test_rp_filter(void **state)
{
	(void)state;
	put("all", "rp_filter", "1\n");
	look(false, 8);
	assert_int_equal(count, 1);
	says(0, "net.ipv4.conf.all.rp_filter is 1 (strict)");
	says(0, "leads by core");
	put("all", "rp_filter", "0\n");
	put("core", "rp_filter", "1\n");
	put("access", "rp_filter", "1\n");
	put("l2x0", "rp_filter", "1\n");
	look(false, 8);
	assert_int_equal(count, 1);
	says(0, "net.ipv4.conf.core.rp_filter is 1 (strict)");
}

static void test_bounds(void **state)
{
	(void)state;
	put("core", "rp_filter", "1\n");
	put("access", "forwarding", "0\n");
	look(true, 8);
	assert_int_equal(count, 2);
	look(true, 1);
	assert_int_equal(count, 1);
	assert_int_equal(notes[1].text[0], '\0');
	/* what cannot be read is not spoken of */
	put("core", "rp_filter", "");
	put("access", "forwarding", "many\n");
	look(true, 8);
	assert_int_equal(count, 0);
	assert_int_equal(host_look("/nowhere", true, devices, 3, notes, 8), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing),
		TEST(test_forwarding),
		TEST(test_rp_filter),
		TEST(test_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
