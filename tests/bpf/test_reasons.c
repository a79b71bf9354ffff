/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Every reason, by the vectors of vectors.c.  A punt and a drop leave the frame
 * as it came.  Of all records only those change that a vector names.  The last
 * test fails for a reason that nothing reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include "vectors.h"

static struct world *w;

static void vector_run(const struct vector *v)
{
	struct records wanted_records;
	struct outcome o;
	struct frame in;

	vector_build(v, w, &in);
	records_read(w, &wanted_records);
	if (v->counts)
		v->counts(&wanted_records);
	world_run(w, end_port(w, v->end), &in, &o);
	if (o.reason != v->reason)
		fail_msg("%s: reason %d, wanted %d", v->name, o.reason,
			 v->reason);
	assert_int_equal(o.verdict, reason_verdict(v->reason));
	records_assert(v->name, w, &wanted_records);
	assert_frame(v->name, &o.out, &in);
}

static void test_vectors(void **state)
{
	size_t t, i;

	(void)state;
	for (t = 0; t < VECTOR_TABLES; t++)
		for (i = 0; i < vector_tables[t]->count; i++)
			vector_run(&vector_tables[t]->rows[i]);
}

static void test_forwarded(void **state)
{
	struct frame in;
	struct outcome o;

	(void)state;
	inner_build(&in, END_PPPOE, 0x0021, 100, 64);
	end_arrive(&in, END_PPPOE, 0x0021);
	world_run(w, w->access, &in, &o);
	assert_int_equal(o.reason, REASON_FORWARDED);
	assert_int_equal(o.verdict, XDP_REDIRECT);
}

/*
 * A template whose outer destination is the subscriber's own address makes
 * each output an input again; a test run that repeats keeps what a run left,
 * so the headroom is used up after some rounds.
 */
static void test_headroom(void **state)
{
	struct image *image = &w->templates[ends[END_LNS_A].template].image[0];
	__u32 reason = REASON_HEADROOM, cpu, total = 0;
	struct reason_count count[256];
	struct frame in;
	struct xdp_md ctx = {.ingress_ifindex = w->core};
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 8);

	(void)state;
	inner_build(&in, END_IP_LNS_A, 0x0021, 100, 64);
	memcpy(image->head + 30, frame_at(&in, 16), 4);
	memcpy(image->head, core_mac, 6);
	end_arrive(&in, END_IP_LNS_A, 0x0021);
	run.data_in = frame_data(&in);
	run.data_size_in = ctx.data_end = (__u32)frame_len(&in);
	assert_int_equal(bpf_prog_test_run_opts(
				 bpf_program__fd(w->skel->progs.l2x), &run),
			 0);
	assert_int_equal(run.retval, XDP_DROP);
	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(w->skel->maps.reasons),
					     &reason, count),
			 0);
	for (cpu = 0; cpu < (__u32)libbpf_num_possible_cpus(); cpu++)
		total += (__u32)count[cpu].packets;
	assert_true(total > 0);
	w->reached |= 1ull << REASON_HEADROOM;
}

static void test_every_reason_reached(void **state)
{
	int missing = 0;

	(void)state;
#define REASON_CHECK(number, name, class, text)                     \
	if (!(w->reached >> (number)&1)) {                          \
		fprintf(stderr, "# no vector reaches %s\n", #name); \
		missing++;                                          \
	}
	REASON_TABLE(REASON_CHECK)
#undef REASON_CHECK
	assert_int_equal(missing, 0);
}

static int setup(void **state)
{
	(void)state;
	world_reset(w);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_vectors, setup),
		cmocka_unit_test_setup(test_forwarded, setup),
		cmocka_unit_test_setup(test_headroom, setup),
		cmocka_unit_test(test_every_reason_reached),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
