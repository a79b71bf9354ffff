/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policers: how many packets a bucket passes, what refills it, clocks that
 * wrap, and two cores at one bucket.  Costs are so high that a second of
 * waiting is a fraction of a packet, except where time itself is tested.
 */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/bpf.h>
#include "program/loader.h"
#include "records.h"

#define LCP	 0xc021
#define IP4	 0x0021
#define IP6	 0x0057
#define N	 1398	    /* with the protocol 1400 octets */
#define COST	 0xffffffff /* close to a tick for an octet */
#define SOME	 20	    /* packets */
#define PACKET(n) ((__u64)COST * (n))

static struct world *w;

static const struct {
	enum end_id id;
	__u16 protocol;
} legs[] = {
	{END_PPPOE, IP4},      {END_PPPOE_QINQ, IP6}, {END_LAC_A, IP4},
	{END_LAC_D, IP6},      {END_LTS_B, IP4},      {END_LTS_46_C, IP4},
	{END_LNS_A, IP4},      {END_LNS_C, IP6},      {END_PTA_QINQ, IP4},
	{END_IP_LNS_A, IP4},   {END_IP_LNS_A, IP6},   {END_IP_LNS_D, IP6},
	{END_IP_PTA_TAGGED, IP4}, {END_IP_PTA_QINQ, IP6},
};
enum { LEGS = sizeof(legs) / sizeof(legs[0]) };

static __u32 slot_of(enum end_id id, __u16 protocol)
{
	return ends[id].kind == LEG_IP && protocol == IP6 ? end_slot6(id)
							  : end_slot(id);
}

/*
 * When a bucket was full that has been so for long: half of the range from
 * the kernel's tick, which begins 300 s before its range wraps.
 */
static __u64 long_full(void)
{
	struct timespec now, tick;
	__u64 hz;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
	hz = (1000000000 + (__u64)tick.tv_nsec / 2) / (__u64)tick.tv_nsec;
	return (((__u64)now.tv_sec - 300) * hz << 32) + (1ull << 63);
}

/* A bucket for so many octets in all, full. */
static struct policer *police(enum end_id id, __u16 protocol, __u64 octets)
{
	__u32 slot = slot_of(id, protocol);

	w->legs[slot].flags |= LEG_POLICED;
	w->policers[slot] = (struct policer){
		.full_at = long_full(),
		.cost = COST,
		.depth = (__u32)((COST * octets + 65535) >> 16)};
	return &w->policers[slot];
}

/* One packet: whether it passes; whole frame and records are compared. */
static void police_expect(enum end_id id, __u16 protocol, bool passes)
{
	const struct policer *p = &w->policers[slot_of(id, protocol)];
	enum end_id out = ends[id].other;
	bool routed = ends[id].kind == LEG_IP || ends[out].kind == LEG_IP;
	__u64 sent = end_leg(w, id, protocol)->packets;
	struct records records;
	struct frame in, wanted;
	struct outcome o;

	records_read(w, &records);
	inner_build(&in, id, protocol, N, 64);
	end_arrive(&in, id, protocol);
	if (!passes) {
		records_leg(&records, id, protocol)->dropped++;
		frame_expect(w, "full", id, &in, REASON_POLICED, NULL,
			     &records);
		return;
	}
	records_count(&records, id, protocol, N);
	inner_build(&wanted, id, protocol, N, routed ? 63 : 64);
	end_leave(&wanted, out, protocol, expected_id(out, sent));
	world_run(w, end_port(w, id), &in, &o);
	assert_int_equal(o.reason, REASON_FORWARDED);
	assert_frame(ends[id].name, &o.out, &wanted);
	records_policer(&records, id, protocol)->full_at = p->full_at;
	records_assert(ends[id].name, w, &records);
}

/* The program's clock: what an idle bucket counts from. */
static __u64 clock_read(void)
{
	struct policer *p = police(END_PPPOE, IP4, 1400 * SOME);

	police_expect(END_PPPOE, IP4, true);
	return p->full_at - PACKET(1400);
}

/* Each direction of each join, and nobody else's. */
static void test_exact(void **state)
{
	struct policer *p;
	__u64 before;
	size_t i;
	int n;

	(void)state;
	for (i = 0; i < LEGS; i++) {
		p = police(legs[i].id, legs[i].protocol, 1400 * SOME);
		for (n = 0; n < SOME; n++) {
			before = p->full_at;
			police_expect(legs[i].id, legs[i].protocol, true);
			if (n)
				assert_true(p->full_at - before ==
					    PACKET(1400));
		}
		for (n = 0; n < 5; n++)
			police_expect(legs[i].id, legs[i].protocol, false);
	}
}

/* Half a packet less is a packet less; none pass without depth. */
static void test_less(void **state)
{
	int n;

	(void)state;
	police(END_LAC_A, IP4, 1400 * SOME - 700);
	for (n = 0; n < SOME - 1; n++)
		police_expect(END_LAC_A, IP4, true);
	police_expect(END_LAC_A, IP4, false);
	police(END_LAC_A, IP4, 1399);
	police_expect(END_LAC_A, IP4, false);
	police(END_LAC_A, IP4, 1400);
	police_expect(END_LAC_A, IP4, true);
	police_expect(END_LAC_A, IP4, false);
	police(END_LAC_A, IP4, 0);
	police_expect(END_LAC_A, IP4, false);
}

/* No cost is no limit; without the flag nobody looks at the record. */
static void test_no_limit(void **state)
{
	struct policer *p = police(END_LAC_A, IP4, 0);
	__u64 before = p->full_at;
	int n;

	(void)state;
	p->cost = 0;
	for (n = 0; n < 3; n++)
		police_expect(END_LAC_A, IP4, true);
	assert_true(p->full_at != before);
	police(END_LAC_A, IP4, 0);
	before = p->full_at;
	end_leg(w, END_LAC_A, IP4)->flags &= ~LEG_POLICED;
	police_expect(END_LAC_A, IP4, true);
	assert_true(p->full_at == before);
}

/* PPP control of a switched call is not data. */
static void test_control(void **state)
{
	struct records records;
	struct frame in, wanted;

	(void)state;
	police(END_PPPOE, IP4, 0);
	records_read(w, &records);
	records_count(&records, END_PPPOE, LCP, 50);
	inner_build(&in, END_PPPOE, LCP, 50, 0);
	end_arrive(&in, END_PPPOE, LCP);
	inner_build(&wanted, END_PPPOE, LCP, 50, 0);
	end_leave(&wanted, END_LAC_A, LCP, expected_id(END_LAC_A, 0));
	frame_expect(w, "LCP", END_PPPOE, &in, REASON_FORWARDED, &wanted,
		     &records);
}

/* Times far from now: long full, or a depth that was larger until just now. */
static void test_clock_wraps(void **state)
{
	const __u64 now = clock_read(), depth = PACKET(1400 * SOME);
	const struct {
		__u64 full_at;
		bool passes;
	} rows[] = {
		{now, true},
		{now - 1, true},
		{now - depth, true},
		{now + (1ull << 63), true},
		{now + (1ull << 63) - 1, true},
		{now - (1ull << 32), true},
		{now + PACKET(1400), true},
		{now + depth - PACKET(1400), true},
		{now + depth - PACKET(700), false},
		{now + depth, false},
		{now + depth + PACKET(1400), false},
		{now + depth + 16 * PACKET(1400), false},
		{now + depth + 17 * PACKET(1400), true},
	};
	struct policer *p;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		p = police(END_LTS_A, IP4, 1400 * SOME);
		p->full_at = rows[i].full_at;
		police_expect(END_LTS_A, IP4, rows[i].passes);
		if (!rows[i].passes)
			assert_true(p->full_at == rows[i].full_at);
	}
}

/* One packet's time later, one packet passes. */
static void test_refill(void **state)
{
	struct policer *p = police(END_LNS_A, IP4, 1400 * SOME);
	int n;

	(void)state;
	for (n = 0; n < SOME; n++)
		police_expect(END_LNS_A, IP4, true);
	for (n = 0; n < 3; n++) {
		police_expect(END_LNS_A, IP4, false);
		p->full_at -= PACKET(1400);
		police_expect(END_LNS_A, IP4, true);
	}
	p->full_at -= PACKET(1400 * 3);
	for (n = 0; n < 3; n++)
		police_expect(END_LNS_A, IP4, true);
	police_expect(END_LNS_A, IP4, false);
}

/* The same by the clock: 1400 octets take 5 ticks, for about 60 packets. */
static void test_rate(void **state)
{
	const __u64 packet = 5ull << 32;
	struct policer *p;
	struct records before;
	struct outcome o;
	struct frame in;
	__u64 begin, ticks, passed;

	(void)state;
	begin = clock_read();
	p = police(END_LAC_C, IP4, 0);
	p->cost = (__u32)(packet / 1400);
	p->depth = (__u32)((packet * 40) >> 16);
	p->full_at = begin + packet * 40; /* empty */
	records_read(w, &before);
	inner_build(&in, END_LAC_C, IP4, N, 64);
	end_arrive(&in, END_LAC_C, IP4);
	do {
		world_run(w, w->core, &in, &o);
		assert_true(o.reason == REASON_FORWARDED ||
			    o.reason == REASON_POLICED);
		passed = end_leg(w, END_LAC_C, IP4)->packets;
		usleep(500);
	} while (passed < 60);
	ticks = (clock_read() - begin) >> 32;
	/* not more than time has paid for, and about as many */
	assert_in_range(ticks, 5 * 60 - 10, 5 * 60 * 10);
}

/* By the coarse clock, to the nearest. */
static __s32 ticks_since(const struct dataplane_clock *clock)
{
	struct timespec now;
	__u64 since;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	since = (__u64)now.tv_sec * 1000000000 + (__u64)now.tv_nsec - clock->ns +
		clock->tick_ns / 2;
	return (__s32)(since / clock->tick_ns);
}

/* What the loader finds out of it, for who has to go by the same clock. */
static void test_loader_clock(void **state)
{
	struct dataplane_clock clock = {0};
	__s32 first, ticks, last;
	int i;

	(void)state;
	assert_int_equal(loader_clock(&clock), 0);
	for (i = 0; i < 20; i++) {
		first = ticks_since(&clock);
		ticks = (__s32)((__u32)(clock_read() >> 32) - clock.ticks);
		last = ticks_since(&clock);
		assert_true(first - 1 <= ticks && ticks <= last + 2);
		usleep(7000);
	}
}

/* ---- two cores at one bucket ------------------------------------------------ */

#define RUNS  4000
#define DEPTH 600 /* packets of 100 octets */

static pthread_barrier_t start;

/* The next hop is unresolved, so what passes is punted and stays as it is. */
static void *run_many(void *argument)
{
	struct xdp_md ctx = {.ingress_ifindex = w->access};
	LIBBPF_OPTS(bpf_test_run_opts, run, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = RUNS);
	cpu_set_t set;
	struct frame f;

	CPU_ZERO(&set);
	CPU_SET(argument ? 1 : 0, &set);
	sched_setaffinity(0, sizeof(set), &set);
	inner_build(&f, END_PPPOE, IP4, 98, 64);
	end_arrive(&f, END_PPPOE, IP4);
	run.data_in = frame_data(&f);
	run.data_size_in = ctx.data_end = (__u32)frame_len(&f);
	pthread_barrier_wait(&start);
	return bpf_prog_test_run_opts(bpf_program__fd(w->skel->progs.l2x), &run)
		       ? &start
		       : NULL;
}

static __u64 reason_read(enum reason reason)
{
	struct reason_count count[256];
	__u32 slot = reason;
	__u64 sum = 0;
	int cpu;

	assert_int_equal(bpf_map_lookup_elem(bpf_map__fd(w->skel->maps.reasons),
					     &slot, count),
			 0);
	for (cpu = 0; cpu < libbpf_num_possible_cpus(); cpu++)
		sum += count[cpu].packets;
	return sum;
}

/* What two threads got through a bucket of DEPTH packets. */
static __u64 race(struct policer *p)
{
	__u64 passed = reason_read(REASON_NEXT_HOP_UNRESOLVED);
	__u64 denied = reason_read(REASON_POLICED);
	struct leg *leg = end_leg(w, END_PPPOE, IP4);
	__u32 dropped = leg->dropped;
	pthread_t thread[2];
	void *failed;
	size_t i;

	p->full_at = long_full();
	for (i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, run_many,
						i ? p : NULL),
				 0);
	for (i = 0; i < 2; i++) {
		pthread_join(thread[i], &failed);
		assert_null(failed);
	}
	passed = reason_read(REASON_NEXT_HOP_UNRESOLVED) - passed;
	denied = reason_read(REASON_POLICED) - denied;
	assert_int_equal(passed + denied, 2 * RUNS);
	assert_int_equal(leg->dropped - dropped, denied);
	return passed;
}

static __u64 milliseconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (__u64)t.tv_sec * 1000 + (__u64)t.tv_nsec / 1000000;
}

/*
 * A core that loses passes one packet that the bucket had not, at most once
 * for each other core; but the bucket has paid for every packet: full_at is
 * a whole tick plus the cost of all that passed.  A packet's cost is 100
 * ticks, which are 100 ms at least.
 */
static void test_race(void **state)
{
	struct policer *p = police(END_PPPOE, IP4, 100 * DEPTH);
	__u64 passed, begin, refilled, most = 0;
	int round;

	(void)state;
	w->templates[ends[END_LAC_A].template].image[0].flags = 0;
	pthread_barrier_init(&start, NULL, 2);
	for (round = 0; round < 50; round++) {
		begin = milliseconds();
		passed = race(p);
		refilled = (milliseconds() - begin) / 100 + 1;
		assert_in_range(passed, DEPTH, DEPTH + 1 + refilled);
		assert_int_equal((__u32)(p->full_at - passed * PACKET(100)), 0);
		most = passed > most ? passed : most;
	}
	pthread_barrier_destroy(&start);
	printf("# of a bucket for %d packets at most %llu passed\n", DEPTH,
	       (unsigned long long)most);
}

static int setup(void **state)
{
	(void)state;
	world_reset(w);
	return 0;
}

#define TEST(function) cmocka_unit_test_setup(function, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_exact),	TEST(test_less),   TEST(test_no_limit),
		TEST(test_control),	TEST(test_clock_wraps),
		TEST(test_refill),	TEST(test_rate),   TEST(test_loader_clock),
		TEST(test_race),
	};
	int failed;

	w = world_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	world_free(w);
	return failed;
}
