/* SPDX-License-Identifier: GPL-2.0-only */
/* Running the program on a frame, and what came of it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "world_ends.h"

void reasons_read(const struct world *w, struct reason_count *total)
{
	static struct reason_count each[REASON_SLOTS * 256];
	int cpu, cpus = libbpf_num_possible_cpus();
	__u32 keys[REASON_SLOTS], batch, count = REASON_SLOTS, i;

	must(cpus > 256, "more CPUs than this test can count");
	must(bpf_map_lookup_batch(bpf_map__fd(w->skel->maps.reasons), NULL,
				  &batch, keys, each, &count, NULL) &&
		     errno != ENOENT,
	     "reasons");
	memset(total, 0, REASON_SLOTS * sizeof(*total));
	for (i = 0; i < count; i++)
		for (cpu = 0; cpu < cpus; cpu++) {
			total[i].packets += each[i * cpus + cpu].packets;
			total[i].octets += each[i * cpus + cpu].octets;
		}
}

/* The one reason that counted one packet of len octets. */
static enum reason reason_found(const struct reason_count *before,
				const struct reason_count *after, size_t len)
{
	int reason, found = -1;

	for (reason = 0; reason < REASON_SLOTS; reason++) {
		__u64 n = after[reason].packets - before[reason].packets;

		if (!n)
			continue;
		assert_int_equal(n, 1);
		assert_int_equal(after[reason].octets - before[reason].octets,
				 len);
		assert_int_equal(found, -1);
		found = reason;
	}
	assert_true(found >= 0);
	return (enum reason)found;
}

void world_run_by(struct world *w, int program, __u32 ifindex,
		  const struct frame *f, struct outcome *o)
{
	struct reason_count before[REASON_SLOTS], after[REASON_SLOTS];
	struct xdp_md ctx = {.data_end = (__u32)frame_len(f),
			     .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->room + f->at,
		    .data_size_in = (__u32)frame_len(f),
		    .data_out = o->out.room + FRAME_FRONT,
		    .data_size_out = FRAME_ROOM - FRAME_FRONT, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	reasons_read(w, before);
	assert_int_equal(bpf_prog_test_run_opts(program, &run), 0);
	reasons_read(w, after);
	o->verdict = (int)run.retval;
	o->out.at = FRAME_FRONT;
	o->out.end = FRAME_FRONT + run.data_size_out;
	o->reason = reason_found(before, after, frame_len(f));
	w->reached |= 1ull << o->reason;
}

void world_run(struct world *w, __u32 ifindex, const struct frame *f,
	       struct outcome *o)
{
	world_run_by(w, bpf_program__fd(w->skel->progs.l2x), ifindex, f, o);
}

static enum reason_class class_of(enum reason reason)
{
	switch (reason) {
#define CLASS_CASE(number, name, class, text) \
	case REASON_##name:                   \
		return CLASS_##class;
		REASON_TABLE(CLASS_CASE)
#undef CLASS_CASE
	case REASON_SLOTS:
		break;
	}
	fail_msg("reason %d is not in the table", reason);
	return CLASS_DROP;
}

int reason_verdict(enum reason reason)
{
	switch (class_of(reason)) {
	case CLASS_FORWARD:
		return XDP_REDIRECT;
	case CLASS_DROP:
		return XDP_DROP;
	case CLASS_PASS:
	case CLASS_CONTROL:
	case CLASS_DATA:
		break;
	}
	return XDP_PASS;
}

static void dump(const char *what, struct frame *f)
{
	size_t i;

	fprintf(stderr, "# %s, %zu octets:", what, frame_len(f));
	for (i = 0; i < frame_len(f) && i < 128; i++)
		fprintf(stderr, "%s%02x", i % 2 ? "" : " ", *frame_at(f, i));
	fprintf(stderr, "\n");
}

void assert_frame(const char *what, struct frame *got, struct frame *wanted)
{
	if (frame_len(got) == frame_len(wanted) &&
	    !memcmp(frame_data(got), frame_data(wanted), frame_len(got)))
		return;
	fprintf(stderr, "# %s\n", what);
	dump("got", got);
	dump("wanted", wanted);
	fail();
}
