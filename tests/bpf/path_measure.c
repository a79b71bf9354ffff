/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending frames and what that costs; see path_measure.h. */
#include "path_measure.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <linux/if_link.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/log.h"
#include "bench.h"
#include "bench.skel.h"
#include "keyed.skel.h"
#include "smallest.skel.h"

enum {
	BATCH = 64,
	PATIENCE = 100, /* ms for the last frames to arrive */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
}

/* ---- one CPU ---------------------------------------------------------------
 */

int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double clock_ns(clockid_t id)
{
	struct timespec t = {0};

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double path_measure_cpu_ns(const struct path_measure *m)
{
	double own = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	return m->helped ? own + clock_ns(m->helper) : own;
}

static bool process_is(const char *pid, const char *name)
{
	char path[64], line[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%.16s/comm", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = '\0';
	fclose(file);
	line[strcspn(line, "\n")] = '\0';
	return !strcmp(line, name);
}

static void helper_find(struct path_measure *m, int cpu)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char name[32];

	snprintf(name, sizeof(name), "ksoftirqd/%d", cpu);
	while (processes && (entry = readdir(processes))) {
		if (!process_is(entry->d_name, name))
			continue;
		m->helped =
			!clock_getcpuclockid(atoi(entry->d_name), &m->helper);
		break;
	}
	if (processes)
		closedir(processes);
}

/*
 * One CPU, and ahead of everything else where that is safe: up to 6.1 softirq
 * work that was put off starves behind a real-time thread, and frames get lost.
 */
static void cpu_settle(struct path_measure *m)
{
	struct sched_param first = {.sched_priority = 1};
	struct utsname kernel;
	int major = 0, minor = 0;
	int cpu = sched_getcpu();
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		path_die("one CPU", errno);
	helper_find(m, cpu);
	uname(&kernel);
	sscanf(kernel.release, "%d.%d", &major, &minor);
	if (major > 6 || (major == 6 && minor > 1))
		sched_setscheduler(0, SCHED_FIFO, &first);
}

/* ---- measuring -------------------------------------------------------------
 */

uint64_t path_measure_delivered(const struct path_measure *m)
{
	uint64_t per_cpu[1024] = {0};
	uint64_t sum = 0;
	uint32_t zero = 0;
	int cpus = libbpf_num_possible_cpus();

	if (cpus > 1024 ||
	    bpf_map_lookup_elem(bpf_map__fd(m->sink->maps.delivered), &zero,
				per_cpu))
		path_die("sink's count", errno);
	for (int i = 0; i < cpus; i++)
		sum += per_cpu[i];
	return sum;
}

/* All frames must arrive; what is on its way gets a moment. */
static void delivered_check(struct path_measure *m, uint64_t before,
			    uint32_t frames)
{
	uint64_t arrived = path_measure_delivered(m) - before;

	for (int ms = 0; arrived < frames && ms < PATIENCE; ms++) {
		usleep(1000);
		arrived = path_measure_delivered(m) - before;
	}
	if (arrived == frames)
		return;
	fprintf(stderr, "bench: %llu of %u frames arrived\n",
		(unsigned long long)arrived, frames);
	m->failures++;
}

void generator_open(const struct path_measure *m, struct generator *g,
		    const struct bench_traffic *traffic,
		    const struct wire *wire)
{
	g->skel = bench_bpf__open();
	if (!g->skel)
		path_die("generator", errno);
	bench_image_fill(&g->skel->rodata->image, traffic, wire->mac);
	bpf_map__reuse_fd(g->skel->maps.delivered,
			  bpf_map__fd(m->sink->maps.delivered));
	bpf_map__reuse_fd(g->skel->maps.orders,
			  bpf_map__fd(m->sink->maps.orders));
	bpf_map__reuse_fd(g->skel->maps.samples,
			  bpf_map__fd(m->sink->maps.samples));
	if (bench_bpf__load(g->skel))
		path_die("generator", errno);
	g->skel->bss->sessions = traffic->sessions;
	g->program = bpf_object__find_program_by_name(g->skel->obj,
						      traffic->path->generator);
	if (!g->program)
		path_die(traffic->path->generator, ENOENT);
}

void generator_close(struct generator *g)
{
	bench_bpf__destroy(g->skel);
}

void generator_renumber(struct generator *g)
{
	g->skel->bss->ns = 0;
}

void path_measure_yield(void)
{
	struct sched_param last = {0};

	sched_setscheduler(0, SCHED_OTHER, &last);
}

double path_measure_send_only(struct path_measure *m,
			      const struct generator *g,
			      const struct wire *wire, uint32_t frames)
{
	uint8_t room[BENCH_FRAME] = {0};
	struct xdp_md context = {
		.data_end = BENCH_FRAME,
		.ingress_ifindex = wire->in,
	};
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = room,
		    .data_size_in = sizeof(room), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = (int)frames,
		    .batch_size = BATCH, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	double start;

	if (interrupted)
		path_die("interrupted", EINTR);
	g->skel->bss->target = wire->in;
	start = path_measure_cpu_ns(m);
	if (bpf_prog_test_run_opts(bpf_program__fd(g->program), &opts))
		path_die("test run", errno);
	return (path_measure_cpu_ns(m) - start) / frames;
}

double path_measure_send(struct path_measure *m, const struct generator *g,
			 const struct wire *wire, uint32_t frames)
{
	uint64_t before = path_measure_delivered(m);
	double each = path_measure_send_only(m, g, wire, frames);
	double start = path_measure_cpu_ns(m);

	delivered_check(m, before, frames);
	return each + (path_measure_cpu_ns(m) - start) / frames;
}

/* ---- samples ---------------------------------------------------------------
 */

void path_measure_samples(struct path_measure *m, const struct generator *g,
			  const struct bench_traffic *traffic,
			  const struct wire *wire)
{
	int fd = bpf_map__fd(m->sink->maps.samples);
	struct bench_sample sample = {0};
	unsigned int wrong = 0;

	for (uint32_t i = 0; i < BENCH_SAMPLES; i++)
		bpf_map_update_elem(fd, &i, &sample, BPF_ANY);
	m->sink->bss->sampling = 1;
	path_measure_send(m, g, wire, MEASURE_WARM_UP);
	m->sink->bss->sampling = 0;
	for (uint32_t i = 0; i < BENCH_SAMPLES; i++) {
		if (bpf_map_lookup_elem(fd, &i, &sample))
			path_die("samples", errno);
		if (!bench_frame_right(traffic, &sample, m->world.egress_mac))
			wrong++;
	}
	if (!wrong)
		return;
	fprintf(stderr, "bench: %s: %u of %u sampled frames are wrong\n",
		traffic->path->name, wrong, BENCH_SAMPLES);
	m->failures++;
}

/* ---- the smallest programs -------------------------------------------------
 */

/* `loaded` is what loading it has returned. */
static void attach(const char *name, int loaded,
		   const struct bpf_program *program, __u32 port)
{
	if (loaded || bpf_xdp_attach((int)port, bpf_program__fd(program),
				     XDP_FLAGS_DRV_MODE, NULL))
		path_die(name, errno);
}

struct smallest_bpf *smallest_attach(const struct path_world *w, int shift)
{
	struct smallest_bpf *skel = smallest_bpf__open();

	if (!skel)
		path_die("smallest", errno);
	skel->rodata->shift = shift;
	skel->rodata->port = w->egress;
	attach("smallest", smallest_bpf__load(skel), skel->progs.smallest,
	       w->smallest.port);
	return skel;
}

void smallest_detach(const struct path_world *w, struct smallest_bpf *skel)
{
	bpf_xdp_detach((int)w->smallest.port, XDP_FLAGS_DRV_MODE, NULL);
	smallest_bpf__destroy(skel);
}

struct keyed_bpf *keyed_attach(const struct path_world *w, int shift)
{
	struct keyed_bpf *skel = keyed_bpf__open();

	if (!skel)
		path_die("keyed", errno);
	skel->rodata->shift = shift;
	skel->rodata->port = w->egress;
	attach("keyed", keyed_bpf__load(skel), skel->progs.keyed,
	       w->keyed.port);
	return skel;
}

void keyed_detach(const struct path_world *w, struct keyed_bpf *skel)
{
	bpf_xdp_detach((int)w->keyed.port, XDP_FLAGS_DRV_MODE, NULL);
	keyed_bpf__destroy(skel);
}

/* ---- the whole -------------------------------------------------------------
 */

void path_measure_init(struct path_measure *m)
{
	memset(m, 0, sizeof(*m));
	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	log_set_level(LOG_LEVEL_WARNING);
	m->sink = bench_bpf__open_and_load();
	if (!m->sink)
		path_die("programs", errno);
	path_world_init(&m->world, bpf_program__fd(m->sink->progs.sink));
	cpu_settle(m);
}

void path_measure_fini(struct path_measure *m)
{
	path_world_fini(&m->world);
	bench_bpf__destroy(m->sink);
}
