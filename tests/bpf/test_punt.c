/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Limits of punts: a burst passes and no more, each source and port for
 * itself, and time gives back.  The vectors of vectors_punt.c and nothing else,
 * so that this can be run alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include "vectors.h"
#include "world/dataplane_maps.h"

enum { BURST = 32 }; /* of low rates, dataplane_punt.c */

static struct world *w;

static int reason_of(struct frame *f, __u32 port)
{
	struct outcome o;

	world_run(w, port, f, &o);
	return o.reason;
}

static void limit_set(enum punt_class class, uint32_t port, uint32_t source)
{
	struct dataplane dp = {.punt_limits = w->punt_limits};

	dataplane_punt_limit_set(&dp, class, port, source);
}

static void buckets_empty(void)
{
	int fd = bpf_map__fd(w->skel->maps.punt_buckets);
	__u64 zero = 0;

	for (__u32 i = 0; i < PUNT_CLASSES * PUNT_BUCKETS; i++)
		assert_int_equal(bpf_map_update_elem(fd, &i, &zero, 0), 0);
}

/* A PADI of the n-th client. */
static void padi_build(struct frame *f, __u8 n)
{
	static const __u8 all[6] = {255, 255, 255, 255, 255, 255};
	__u8 mac[6] = {2, 0, 0, 0, 7, n};

	frame_body(f, 40, n);
	push_ethernet(f, all, mac, 0x8863);
}

static void test_vectors(void **state)
{
	const struct vector *v = punt_vectors.rows;
	struct frame f;

	(void)state;
	for (size_t i = 0; i < punt_vectors.count; i++, v++) {
		vector_build(v, w, &f);
		if (reason_of(&f, end_port(w, v->end)) != (int)v->reason)
			fail_msg("%s", v->name);
	}
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Passed of so many that came one after the other. */
static unsigned int passed(struct frame *f, __u32 port, unsigned int count)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < count; i++)
		n += reason_of(f, port) == REASON_PPPOE_DISCOVERY;
	return n;
}

/* A burst, and what the rate has granted since then; a tick's worth more. */
static void assert_burst(unsigned int n, unsigned int rate, double since)
{
	double most = BURST + rate * (now() - since) + 4;

	if (n < BURST || n > most)
		fail_msg("%u passed, not %u to %.0f", n, BURST, most);
}

static void test_source(void **state)
{
	struct frame one, two;
	double begin = now();

	(void)state;
	limit_set(PUNT_DISCOVERY, 0, 10);
	padi_build(&one, 1);
	padi_build(&two, 2);
	assert_burst(passed(&one, w->access, 100), 10, begin);
	assert_burst(passed(&two, w->access, 100), 10, begin);
}

/* A control message to the end, whose source ends in this octet. */
static void control_build(struct frame *f, enum end_id id, __u8 last)
{
	inner_build(f, id, IP4, 64, 64);
	end_arrive(f, id, IP4);
	*frame_at(f, L2TP) = 0xc8;
	*frame_at(f, L2TP + 3) = 12;
	vector_udp_end(f, 12);
	*frame_at(f, OUTER + 15) = last;
	frame_ip4_sum(frame_at(f, OUTER));
}

/* Neighbours in one /24 have a bucket each. */
static void test_neighbours(void **state)
{
	struct frame f;

	(void)state;
	limit_set(PUNT_CONTROL, 0, 1);
	control_build(&f, END_LNS_A, 1);
	for (unsigned int i = 0; i < 100; i++)
		reason_of(&f, w->core);
	assert_int_equal(reason_of(&f, w->core), REASON_PUNT_RATE_CONTROL);
	for (unsigned int last = 2; last < 255; last++) {
		control_build(&f, END_LNS_A, (__u8)last);
		if (reason_of(&f, w->core) != REASON_L2TP_CONTROL)
			fail_msg("no bucket for source .%u", last);
	}
}

/* Frames of no session: each sender for itself, and nobody else's limit. */
static void test_unknown(void **state)
{
	double begin = now();
	struct frame f;
	enum end_id id;
	unsigned int n, i;

	(void)state;
	limit_set(PUNT_UNKNOWN, 0, 10);
	limit_set(PUNT_DISCOVERY, 0, 10);
	for (id = END_PPPOE; id <= END_PPPOE_TAGGED; id++) {
		/* as it was before its first session */
		memset(end_leg(w, id, 0x0021), 0, sizeof(struct leg));
		inner_build(&f, id, 0x0021, 64, 64);
		end_arrive(&f, id, 0x0021);
		for (n = 0, i = 0; i < 100; i++)
			n += reason_of(&f, w->access) ==
			     REASON_PPPOE_NO_SESSION;
		assert_burst(n, 10, begin);
		assert_int_equal(reason_of(&f, w->access),
				 REASON_UNKNOWN_PPPOE);
	}
	padi_build(&f, 1);
	assert_burst(passed(&f, w->access, 100), 10, begin);
}

static void test_port(void **state)
{
	double begin = now();
	unsigned int n = 0;
	struct frame f;

	(void)state;
	limit_set(PUNT_DISCOVERY, 10, 0);
	for (__u8 i = 0; i < 100; i++) {
		padi_build(&f, i);
		n += passed(&f, w->access, 1);
	}
	assert_burst(n, 10, begin);
}

/* A source above its own limit costs the port nothing. */
static void test_source_before_port(void **state)
{
	struct frame one, two;
	double begin = now();

	(void)state;
	limit_set(PUNT_DISCOVERY, 200, 10); /* 50 and 32 at once */
	padi_build(&one, 1);
	padi_build(&two, 2);
	assert_burst(passed(&one, w->access, 300), 10, begin);
	assert_true(passed(&two, w->access, 20) >= 15);
}

static void test_refill(void **state)
{
	struct timespec pause = {0, 300000000};
	double begin = now(), most;
	unsigned int n, first;
	struct frame f;

	(void)state;
	limit_set(PUNT_DISCOVERY, 0, 100);
	padi_build(&f, 1);
	first = passed(&f, w->access, 200);
	assert_burst(first, 100, begin);
	nanosleep(&pause, NULL);
	n = passed(&f, w->access, 200);
	most = BURST + 100 * (now() - begin) + 4 - first;
	if (n < 25 || n > most)
		fail_msg("%u passed after 0.3 s at 100 per second, not %.0f",
			 n, most);
	limit_set(PUNT_DISCOVERY, 0, 0);
	assert_int_equal(passed(&f, w->access, 200), 200);
}

/* When a port last saw so many VLAN ids is noted, whatever they come with. */
static void test_tags_seen(void **state)
{
	static const struct {
		__u16 outer_type; /* 0: no tag */
		__u16 outer, inner; /* TCI */
		bool two;
		__u8 noted; /* the entry of tags_seen */
	} rows[] = {
		{0, 0, 0, false, 0},	   {0x8100, 0, 0, false, 0},
		{0x8100, 0x6064, 0, false, 1}, {0x88a8, 100, 9, true, 2},
		{0x8100, 100, 0, true, 1},     {0x8100, 0, 100, true, 1},
	};
	__u32 before = (__u32)((__u64)(now() * 1e9) >> TAGS_SEEN_SHIFT);
	const __u32 *seen = w->ports[w->access].tags_seen;
	struct frame f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		world_reset(w);
		assert_int_equal(seen[0] | seen[1] | seen[2], 0);
		frame_body(&f, 40, 1);
		if (rows[i].two)
			push_tag(&f, rows[i].inner, 0x8863);
		if (rows[i].outer_type)
			push_tag(&f, rows[i].outer,
				 rows[i].two ? 0x8100 : 0x8863);
		push_ethernet(&f, access_mac, (__u8[6]){2, 0, 0, 0, 7, 1},
			      rows[i].outer_type ? rows[i].outer_type : 0x8863);
		assert_int_equal(reason_of(&f, w->access),
				 REASON_PPPOE_DISCOVERY);
		for (unsigned int k = 0; k < 3; k++) {
			bool noted = rows[i].noted == k;

			assert_int_equal(!!seen[k], noted);
			assert_true(!noted ||
				    (seen[k] >= before &&
				     seen[k] - before < 60));
		}
	}
}

static int setup(void **state)
{
	(void)state;
	world_reset(w);
	buckets_empty();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vectors, setup),
		cmocka_unit_test_setup(test_source, setup),
		cmocka_unit_test_setup(test_neighbours, setup),
		cmocka_unit_test_setup(test_unknown, setup),
		cmocka_unit_test_setup(test_port, setup),
		cmocka_unit_test_setup(test_source_before_port, setup),
		cmocka_unit_test_setup(test_refill, setup),
		cmocka_unit_test_setup(test_tags_seen, setup),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
