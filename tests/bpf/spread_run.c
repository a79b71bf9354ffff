/* SPDX-License-Identifier: GPL-2.0-only */
/* Sessions over cores; see spread_run.h. */
#include "spread_run.h"

#include <dirent.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.skel.h"

enum {
	/* less than a core's queue holds, so that none is lost for want of
	 * room while its thread waits for the CPU that sends */
	CHUNK = 1024,
	PATIENCE = 2000, /* ms for a chunk to arrive */
};

/* ---- what threads used -----------------------------------------------------
 */

/* Nanoseconds on a CPU that a kernel thread has used. */
static double thread_ns(const char *pid)
{
	char path[64];
	double ns = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/schedstat", pid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lf", &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

/* Of the threads that serve a core's queues; those of others are idle. */
static double core_ns(unsigned int core)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char name[32], path[64], line[64];
	double sum = 0;
	FILE *file;

	snprintf(name, sizeof(name), "cpumap/%u/", core);
	while (processes && (entry = readdir(processes))) {
		snprintf(path, sizeof(path), "/proc/%.16s/comm", entry->d_name);
		file = fopen(path, "r");
		if (!file)
			continue;
		if (fgets(line, sizeof(line), file) &&
		    !strncmp(line, name, strlen(name)))
			sum += thread_ns(entry->d_name);
		fclose(file);
	}
	if (processes)
		closedir(processes);
	return sum;
}

/* ---- sending --------------------------------------------------------------- */

/* One chunk into a wire; CPU nanoseconds of this thread for a frame. */
static double chunk_send(struct path_measure *m, const struct generator *g,
			 const struct wire *wire)
{
	uint64_t before = path_measure_delivered(m);
	double each = path_measure_send_only(m, g, wire, CHUNK);

	for (int ms = 0; ms < PATIENCE; ms++) {
		if (path_measure_delivered(m) >= before + CHUNK)
			break;
		usleep(1000);
	}
	return each;
}

/* Chunks into l2x and past it in turns; the median of the difference. */
static double chunks_send(struct path_measure *m, struct generator *g,
			  struct spread_result *r, uint32_t frames)
{
	unsigned int rounds = frames / CHUNK;
	double *own = calloc(rounds, sizeof(*own)), median;
	uint64_t before;

	if (!own)
		path_die("rounds", ENOMEM);
	for (unsigned int i = 0; i < rounds; i++) {
		own[i] = -chunk_send(m, g, &m->world.bare);
		m->sink->bss->ordering = g->skel->bss->ordering = 1;
		before = path_measure_delivered(m);
		own[i] += chunk_send(m, g, &m->world.l2x);
		r->arrived += path_measure_delivered(m) - before;
		m->sink->bss->ordering = g->skel->bss->ordering = 0;
	}
	qsort(own, rounds, sizeof(*own), double_compare);
	median = own[rounds / 2];
	free(own);
	return median;
}

static void result_read(const struct path_measure *m, struct spread_result *r)
{
	for (unsigned int i = 0; i < SPREAD_CORES; i++) {
		struct core_count count = {0};

		dataplane_core(m->world.dataplane, i, &count);
		r->handed[i] = count.handed;
		r->taken[i] = count.taken;
	}
	r->late = m->sink->bss->late;
}

static struct spread_result run(const struct spread_setup *setup)
{
	const struct bench_path *path = bench_path_find(setup->path);
	const struct path_setup calls =
		path_setup_bare(path, setup->sessions);
	struct spread_result r = {.sent = setup->frames};
	double cores[SPREAD_CORES];
	struct path_measure m;
	struct generator g;

	path_measure_init(&m);
	path_measure_yield();
	m.sink->bss->shift = -path->shift;
	path_world_lay(&m.world, &calls);
	generator_open(&m, &g, &calls.traffic, &m.world.l2x);
	chunk_send(&m, &g, &m.world.l2x);
	for (unsigned int i = 0; i < SPREAD_CORES; i++)
		cores[i] = -core_ns(i);
	r.core_ns[0] = chunks_send(&m, &g, &r, setup->frames);
	for (unsigned int i = 0; i < SPREAD_CORES; i++)
		r.core_ns[i] += (cores[i] + core_ns(i)) / setup->frames;
	result_read(&m, &r);
	generator_close(&g);
	path_measure_fini(&m);
	return r;
}

/* The receiving core shall be the first: the sending thread is its. */
static void first_core(void)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(0, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

struct spread_result spread_run(const struct spread_setup *setup)
{
	struct spread_result r = {0};
	int ends[2], status;
	pid_t child;

	fflush(NULL);
	if (pipe(ends))
		path_die("pipe", errno);
	child = fork();
	if (child < 0)
		path_die("fork", errno);
	if (!child) {
		first_core();
		path_world_spread(setup->first, setup->count);
		r = run(setup);
		if (write(ends[1], &r, sizeof(r)) != sizeof(r))
			path_die("result", errno);
		exit(EXIT_SUCCESS);
	}
	close(ends[1]);
	if (read(ends[0], &r, sizeof(r)) != sizeof(r))
		path_die(setup->path, EIO);
	close(ends[0]);
	waitpid(child, &status, 0);
	return r;
}
