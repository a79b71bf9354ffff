/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the kernel's tick count is.  Only BPF tells it, so a program of two
 * instructions does; user space goes on with a clock that steps with it.
 */
#include "program/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	NS_PER_S = 1000000000,
	SAMPLES = 5, /* in as many ticks */
	TRIES = 50,
	FRAME = 64, /* octets, for a program that reads none */
};

static int program_load(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_jiffies64},
		{.code = BPF_JMP | BPF_EXIT},
	};

	return bpf_prog_load(BPF_PROG_TYPE_XDP, "ticks", "GPL", code,
			     sizeof(code) / sizeof(code[0]), NULL);
}

static uint64_t coarse_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* Both clocks within one tick. */
static bool sample_take(int program, struct dataplane_clock *sample)
{
	static const uint8_t frame[FRAME];
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame,
		    .data_size_in = sizeof(frame));

	sample->ns = coarse_ns();
	if (bpf_prog_test_run_opts(program, &options))
		return false;
	sample->ticks = options.retval;
	return coarse_ns() == sample->ns;
}

/* By when, since the first one, its tick should have begun. */
static int order(const void *a, const void *b)
{
	const struct dataplane_clock *one = a, *other = b;
	int64_t ns = (int64_t)(one->ns - other->ns);
	int64_t ticks = (int32_t)(one->ticks - other->ticks);
	int64_t late = ns - ticks * (int64_t)one->tick_ns;

	return late < 0 ? -1 : late > 0;
}

/* The middle one: a tick can be late, and one clock ahead of the other. */
static int clock_sample(int program, struct dataplane_clock *clock)
{
	const struct timespec tick = {0, (long)clock->tick_ns};
	struct dataplane_clock samples[SAMPLES];
	unsigned int count = 0;

	for (unsigned int i = 0; count < SAMPLES && i < TRIES; i++) {
		samples[count].tick_ns = clock->tick_ns;
		if (sample_take(program, &samples[count]))
			count++;
		nanosleep(&tick, NULL);
	}
	if (count < SAMPLES)
		return -EAGAIN;
	qsort(samples, SAMPLES, sizeof(samples[0]), order);
	*clock = samples[SAMPLES / 2];
	return 0;
}

int loader_clock(struct dataplane_clock *clock)
{
	struct dataplane_clock made = {0};
	struct timespec tick;
	int program, error;

	if (clock_getres(CLOCK_MONOTONIC_COARSE, &tick) || tick.tv_sec ||
	    tick.tv_nsec <= 0)
		return -ENOSYS;
	program = program_load();
	if (program < 0)
		return program;
	made.tick_ns = (uint32_t)tick.tv_nsec;
	error = clock_sample(program, &made);
	close(program);
	if (!error)
		*clock = made;
	return error;
}
