/* SPDX-License-Identifier: GPL-2.0-only */
/* What l2xctl does with captures and rates. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program/l2xctl_capture.h"
#include "program/l2xctl_monitor.h"
#include "program/l2xctl_render.h"
#include "proto/pcapng.h"

/* ---- captures ------------------------------------------------------------ */

/* A section, an interface, two packets and, if wanted, the counts. */
static size_t capture_build(uint8_t *room, size_t cap, bool counts)
{
	static const uint8_t octets[] = {1, 2, 3, 4, 5};
	struct pcapng_packet packet = {
		.length = 5,
		.octets = VIEW(octets),
		.comment = "reason forwarded",
	};
	struct pcapng_counts sum = {5, 3, 2};
	struct builder b = builder_on(room, cap);

	pcapng_section(&b, "test");
	pcapng_interface(&b, "eth0", 9216);
	pcapng_packet(&b, &packet);
	packet.sent = true;
	pcapng_packet(&b, &packet);
	if (counts)
		pcapng_statistics(&b, 1, &sum);
	assert_false(b.full);
	return b.len;
}

/* Copies len octets; what came of it must be their first `whole`. */
static int copy(uint8_t *from, size_t len, size_t whole,
		struct capture_sum *sum)
{
	FILE *in = fmemopen(from, len, "r"), *out;
	char *data = NULL;
	size_t got = 0;
	int err;

	out = open_memstream(&data, &got);
	err = capture_copy(in, out, true, sum);
	fclose(in);
	fclose(out);
	assert_int_equal(got, whole);
	assert_memory_equal(data, from, whole);
	free(data);
	return err;
}

static void test_whole_capture(void **state)
{
	struct capture_sum sum;
	uint8_t room[1024];
	size_t len = capture_build(room, sizeof(room), true);

	(void)state;
	assert_int_equal(copy(room, len, len, &sum), 0);
	assert_int_equal(sum.frames, 2);
	assert_int_equal(sum.octets, 10);
	assert_int_equal(sum.lost, 3);
}

/* The end in any place: only whole blocks are written. */
static void test_broken_capture(void **state)
{
	struct capture_sum sum;
	uint8_t room[1024];
	size_t len = capture_build(room, sizeof(room), false);
	size_t more = capture_build(room, sizeof(room), true);

	(void)state;
	for (size_t cut = len; cut < more; cut++) {
		assert_int_equal(copy(room, cut, len, &sum), -EPIPE);
		assert_int_equal(sum.frames, 2);
		assert_int_equal(sum.lost, 0);
	}
	room[len + 7] += 2; /* no multiple of four */
	assert_int_equal(copy(room, more, len, &sum), -EBADMSG);
	memset(room + len + 4, 0, 4); /* shorter than a block can be */
	assert_int_equal(copy(room, more, len, &sum), -EBADMSG);
	memset(room + len + 4, 0xff, 4);
	assert_int_equal(copy(room, more, len, &sum), -EBADMSG);
}

static void test_full_disk(void **state)
{
	struct capture_sum sum;
	uint8_t room[1024];
	size_t len = capture_build(room, sizeof(room), true);
	FILE *in = fmemopen(room, len, "r"), *out = fopen("/dev/full", "w");

	(void)state;
	assert_int_equal(capture_copy(in, out, true, &sum), -ENOSPC);
	fclose(in);
	fclose(out);
}

/* ---- rates --------------------------------------------------------------- */

static void test_monitor_words(void **state)
{
	json_t *options = json_pack("{s:i,s:i}", "interval", 5, "count", 7);
	json_t *wrong = json_pack("{s:i}", "interval", 3601);
	json_t *none = json_object();
	struct monitor m;
	char error[64];

	(void)state;
	assert_int_equal(monitor_parse("monitor", none, &m, error, 64), 0);
	assert_string_equal(m.what, "calls");
	assert_int_equal(m.interval, 1);
	assert_int_equal(m.count, 0);
	assert_int_equal(monitor_parse("monitor ports", options, &m, error, 64),
			 0);
	assert_string_equal(m.what, "ports");
	assert_int_equal(m.interval, 5);
	assert_int_equal(m.count, 7);
	assert_int_equal(monitor_parse("monitor", wrong, &m, error, 64),
			 -EINVAL);
	assert_string_equal(error, "interval is not within 1 and 3600");
	json_decref(options);
	json_decref(wrong);
	json_decref(none);
}

static json_t *rates_reply(void)
{
	return json_pack(
		"{s:i,s:i,s:{s:i,s:i},s:[{s:s,s:i,s:i},{s:s,s:i,s:i}]}", "of",
		2, "milliseconds", 1003, "total", "pps", 12345, "bps", 9999999,
		"reason_rates", "name", "forwarded", "pps", 12340, "bps",
		9999000, "name", "policed", "pps", 5, "bps", 999);
}

static void test_monitor_print(void **state)
{
	struct monitor m = {.what = "reasons"};
	json_t *reply = rates_reply();
	char *data = NULL;
	size_t len;
	FILE *out;

	(void)state;
	out = open_memstream(&data, &len);
	monitor_print(&m, reply, 0, out);
	fclose(out);
	assert_string_equal(data,
			    "reasons: 2 in 1.003 s; pps 12.3k bps 10.0M\n\n"
			    "REASON       PPS    BPS\n"
			    "forwarded  12.3k  10.0M\n"
			    "policed        5    999\n");
	free(data);
	out = open_memstream(&data, &len);
	monitor_print(&m, reply, 1, out);
	fclose(out);
	assert_null(strstr(data, "policed"));
	free(data);
	json_decref(reply);
}

struct canned {
	json_int_t since[4];
	unsigned int asked, answers;
};

static json_t *ask(void *ctx, json_t *arguments)
{
	struct canned *canned = ctx;
	json_t *reply;

	assert_true(canned->asked < 4);
	assert_string_equal(
		json_string_value(json_object_get(arguments, "what")),
		"reasons");
	canned->since[canned->asked++] =
		json_integer_value(json_object_get(arguments, "since"));
	json_decref(arguments);
	if (canned->asked > canned->answers)
		return NULL;
	reply = rates_reply();
	json_object_set_new(reply, "token",
			    json_integer(40 + canned->asked));
	return reply;
}

/* Each question names the answer before it; the first is not printed. */
static void test_monitor_run(void **state)
{
	struct monitor m = {
		.what = "reasons", .interval = 0, .count = 2, .json = true};
	struct canned canned = {.answers = 3};
	char *data = NULL;
	size_t len;
	FILE *out;

	(void)state;
	out = open_memstream(&data, &len);
	assert_true(monitor_run(&m, ask, &canned, out));
	fclose(out);
	assert_int_equal(canned.asked, 3);
	assert_int_equal(canned.since[0], 0);
	assert_int_equal(canned.since[1], 41);
	assert_int_equal(canned.since[2], 42);
	assert_non_null(strstr(data, "\"token\":42"));
	assert_non_null(strstr(data, "\"token\":43"));
	assert_null(strstr(data, "\"token\":41"));
	free(data);
	canned = (struct canned){.answers = 1};
	out = open_memstream(&data, &len);
	assert_false(monitor_run(&m, ask, &canned, out));
	fclose(out);
	assert_int_equal(len, 0);
	free(data);
}

static void test_scaled(void **state)
{
	static const struct {
		json_int_t n;
		const char *text;
	} rows[] = {
		{0, "0"},	    {9999, "9999"},   {10000, "10.0k"},
		{123456, "123k"},   {999499, "999k"},
		{999500, "1.00M"},  {1000000, "1.00M"},
		{2500000000, "2.50G"}, {123456789012345, "123T"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *value = json_integer(rows[i].n);
		char text[32];

		render_scaled(value, text, sizeof(text));
		assert_string_equal(text, rows[i].text);
		json_decref(value);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_capture),
		cmocka_unit_test(test_broken_capture),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_monitor_words),
		cmocka_unit_test(test_monitor_print),
		cmocka_unit_test(test_monitor_run),
		cmocka_unit_test(test_scaled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
