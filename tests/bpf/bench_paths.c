/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet costs on each path, as a ratio to the smallest program that
 * moves the head and redirects, and to the kernel's IP forwarding.
 *
 * All on one CPU: veth runs the receiver on the transmitting one, so CPU time
 * is what the whole wire costs.  Smallest, l2x and kernel are measured in
 * turns; a ratio is made within a round and the median of rounds is reported,
 * which is what survives a noisy machine.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <linux/if_link.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "bench.h"
#include "bench.skel.h"
#include "path_frames.h"
#include "path_world.h"
#include "smallest.skel.h"

enum {
	ROUNDS = 61,
	ROUNDS_MAX = 1001,
	FRAMES = 20480, /* of one measurement */
	FRAMES_MAX = 10000000,
	WARM_UP = 8192,
	BATCH = 64,
	PATIENCE = 100, /* ms for the last frames to arrive */
};

struct bench {
	struct path_world world;
	struct bench_bpf *sink; /* counts and samples for all generators */
	clockid_t helper;	/* CPU clock of this CPU's softirq thread */
	bool helped;
	unsigned int rounds;
	uint32_t frames; /* of one measurement */
	unsigned int failures;
};

struct result {
	const struct bench_path *path;
	uint32_t sessions;
	/* one per round; sorted at the end */
	double ratio_smallest[ROUNDS_MAX], ratio_kernel[ROUNDS_MAX];
	double bare_ns[ROUNDS_MAX], smallest_ns[ROUNDS_MAX];
	double l2x_ns[ROUNDS_MAX], kernel_ns[ROUNDS_MAX];
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
	interrupted = number;
}

/* ---- one CPU ---------------------------------------------------------------
 */

static double clock_ns(clockid_t id)
{
	struct timespec t = {0};

	clock_gettime(id, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

/* What this thread has used, and the kernel's thread that helps it out. */
static double cpu_ns(const struct bench *b)
{
	double own = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	return b->helped ? own + clock_ns(b->helper) : own;
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

static void helper_find(struct bench *b, int cpu)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char name[32];

	snprintf(name, sizeof(name), "ksoftirqd/%d", cpu);
	while (processes && (entry = readdir(processes))) {
		if (!process_is(entry->d_name, name))
			continue;
		b->helped =
			!clock_getcpuclockid(atoi(entry->d_name), &b->helper);
		break;
	}
	if (processes)
		closedir(processes);
}

/*
 * One CPU, and ahead of everything else where that is safe: up to 6.1 softirq
 * work that was put off starves behind a real-time thread, and frames get lost.
 */
static void cpu_settle(struct bench *b)
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
	helper_find(b, cpu);
	uname(&kernel);
	sscanf(kernel.release, "%d.%d", &major, &minor);
	if (major > 6 || (major == 6 && minor > 1))
		sched_setscheduler(0, SCHED_FIFO, &first);
}

/* ---- measuring -------------------------------------------------------------
 */

static uint64_t delivered(const struct bench *b)
{
	uint64_t per_cpu[1024] = {0};
	uint64_t sum = 0;
	uint32_t zero = 0;
	int cpus = libbpf_num_possible_cpus();

	if (cpus > 1024 ||
	    bpf_map_lookup_elem(bpf_map__fd(b->sink->maps.delivered), &zero,
				per_cpu))
		path_die("sink's count", errno);
	for (int i = 0; i < cpus; i++)
		sum += per_cpu[i];
	return sum;
}

/* All frames must arrive; what is on its way gets a moment. */
static void delivered_check(struct bench *b, uint64_t before, uint32_t frames)
{
	uint64_t arrived = delivered(b) - before;

	for (int ms = 0; arrived < frames && ms < PATIENCE; ms++) {
		usleep(1000);
		arrived = delivered(b) - before;
	}
	if (arrived == frames)
		return;
	fprintf(stderr, "bench: %llu of %u frames arrived\n",
		(unsigned long long)arrived, frames);
	b->failures++;
}

/*
 * The generators keep their image in .rodata, so each path has a copy of them;
 * they share the sink's maps.
 */
struct generator {
	struct bench_bpf *skel;
	struct bpf_program *program;
};

static void generator_open(const struct bench *b, struct generator *g,
			   const struct bench_path *path,
			   const struct wire *wire, uint32_t sessions)
{
	g->skel = bench_bpf__open();
	if (!g->skel)
		path_die("generator", errno);
	bench_image_fill(&g->skel->rodata->image, path, wire->mac);
	bpf_map__reuse_fd(g->skel->maps.delivered,
			  bpf_map__fd(b->sink->maps.delivered));
	bpf_map__reuse_fd(g->skel->maps.samples,
			  bpf_map__fd(b->sink->maps.samples));
	if (bench_bpf__load(g->skel))
		path_die("generator", errno);
	g->skel->bss->sessions = sessions;
	g->program =
		bpf_object__find_program_by_name(g->skel->obj, path->generator);
	if (!g->program)
		path_die(path->generator, ENOENT);
}

/* Sends frames into a wire; CPU nanoseconds for each. */
static double measure(struct bench *b, const struct generator *g,
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
	uint64_t before = delivered(b);
	double start;

	if (interrupted)
		path_die("interrupted", EINTR);
	g->skel->bss->target = wire->in;
	start = cpu_ns(b);
	if (bpf_prog_test_run_opts(bpf_program__fd(g->program), &opts))
		path_die("test run", errno);
	delivered_check(b, before, frames);
	return (cpu_ns(b) - start) / frames;
}

/* ---- samples ---------------------------------------------------------------
 */

/* What comes out of a wire must be right, octet for octet. */
static void samples_check(struct bench *b, const struct generator *g,
			  const struct bench_path *path,
			  const struct wire *wire)
{
	int fd = bpf_map__fd(b->sink->maps.samples);
	struct bench_sample sample = {0};
	unsigned int wrong = 0;

	for (uint32_t i = 0; i < BENCH_SAMPLES; i++)
		bpf_map_update_elem(fd, &i, &sample, BPF_ANY);
	b->sink->bss->sampling = 1;
	measure(b, g, wire, WARM_UP);
	b->sink->bss->sampling = 0;
	for (uint32_t i = 0; i < BENCH_SAMPLES; i++) {
		if (bpf_map_lookup_elem(fd, &i, &sample))
			path_die("samples", errno);
		if (!bench_frame_right(path, &sample, b->world.egress_mac))
			wrong++;
	}
	if (!wrong)
		return;
	fprintf(stderr, "bench: %s: %u of %u sampled frames are wrong\n",
		path->name, wrong, BENCH_SAMPLES);
	b->failures++;
}

/* ---- one path --------------------------------------------------------------
 */

static struct smallest_bpf *smallest_attach(const struct path_world *w,
					    int shift)
{
	struct smallest_bpf *skel = smallest_bpf__open();

	if (!skel)
		path_die("smallest", errno);
	skel->rodata->shift = shift;
	skel->rodata->port = w->egress;
	if (smallest_bpf__load(skel) ||
	    bpf_xdp_attach((int)w->smallest.port,
			   bpf_program__fd(skel->progs.smallest),
			   XDP_FLAGS_DRV_MODE, NULL))
		path_die("smallest", errno);
	return skel;
}

static void smallest_detach(const struct path_world *w,
			    struct smallest_bpf *skel)
{
	bpf_xdp_detach((int)w->smallest.port, XDP_FLAGS_DRV_MODE, NULL);
	smallest_bpf__destroy(skel);
}

static void round_measure(struct bench *b, struct result *r, unsigned int i,
			  const struct generator *g,
			  const struct generator *plain)
{
	const struct path_world *w = &b->world;

	r->bare_ns[i] = measure(b, g, &w->bare, b->frames);
	r->smallest_ns[i] = measure(b, g, &w->smallest, b->frames);
	r->l2x_ns[i] = measure(b, g, &w->l2x, b->frames);
	r->kernel_ns[i] = measure(b, plain, &w->kernel, b->frames);
	r->ratio_smallest[i] = r->l2x_ns[i] / r->smallest_ns[i];
	r->ratio_kernel[i] = r->l2x_ns[i] / r->kernel_ns[i];
}

static int double_compare(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static void result_sort(struct result *r, unsigned int rounds)
{
	double *const columns[] = {r->ratio_smallest, r->ratio_kernel,
				   r->bare_ns,	      r->smallest_ns,
				   r->l2x_ns,	      r->kernel_ns};

	for (unsigned int i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		qsort(columns[i], rounds, sizeof(double), double_compare);
}

static void path_measure(struct bench *b, struct result *r)
{
	const struct path_world *w = &b->world;
	struct smallest_bpf *smallest = smallest_attach(w, r->path->shift);
	struct generator g, plain;

	generator_open(b, &g, r->path, &w->l2x, r->sessions);
	generator_open(b, &plain, &bench_kernel_path, &w->kernel, r->sessions);
	samples_check(b, &g, r->path, &w->l2x);
	samples_check(b, &plain, &bench_kernel_path, &w->kernel);
	measure(b, &g, &w->smallest, WARM_UP);
	for (unsigned int i = 0; i < b->rounds; i++)
		round_measure(b, r, i, &g, &plain);
	result_sort(r, b->rounds);
	bench_bpf__destroy(plain.skel);
	bench_bpf__destroy(g.skel);
	smallest_detach(w, smallest);
}

/* ---- reports ---------------------------------------------------------------
 */

static double quantile(const struct bench *b, const double *sorted, double q)
{
	return sorted[(unsigned int)(q * (b->rounds - 1) + 0.5)];
}

static void head_print(const struct bench *b)
{
	printf("%u rounds of %u frames; program %s\n"
	       "                     to smallest        to        ns a packet\n"
	       "path      sessions  median    q1    q3  kernel"
	       "  wire  small   l2x  kernel\n",
	       b->rounds, b->frames,
	       b->world.dispatcher ? "behind a dispatcher" : "alone on a port");
	fflush(stdout);
}

static void result_print(const struct bench *b, const struct result *r)
{
	printf("%-9s %8u  %6.3f %5.3f %5.3f  %6.3f %5.0f  %5.0f %5.0f  %6.0f\n",
	       r->path->name, r->sessions, quantile(b, r->ratio_smallest, 0.5),
	       quantile(b, r->ratio_smallest, 0.25),
	       quantile(b, r->ratio_smallest, 0.75),
	       quantile(b, r->ratio_kernel, 0.5), quantile(b, r->bare_ns, 0.5),
	       quantile(b, r->smallest_ns, 0.5), quantile(b, r->l2x_ns, 0.5),
	       quantile(b, r->kernel_ns, 0.5));
	fflush(stdout);
}

/* What the smallest adds to the bare wire, over all paths. */
static void smallest_print(const double *own_ns, unsigned int count)
{
	double sum = 0;

	for (unsigned int i = 0; i < count; i++)
		sum += own_ns[i];
	printf("smallest itself: %.0f ns a packet, its redirect and the hop "
	       "behind it included\n",
	       sum / count);
}

static json_t *result_json(const struct bench *b, const struct result *r)
{
	return json_pack("{s:s,s:i,s:f,s:f,s:f,s:f}", "path", r->path->name,
			 "sessions", (int)r->sessions, "ratio_smallest",
			 quantile(b, r->ratio_smallest, 0.5), "ratio_kernel",
			 quantile(b, r->ratio_kernel, 0.5), "q1",
			 quantile(b, r->ratio_smallest, 0.25), "q3",
			 quantile(b, r->ratio_smallest, 0.75));
}

/* On a line of its own behind the table, and into the file if there is one. */
static void json_write(const char *file, json_t *rows)
{
	json_t *all = json_pack("{s:O}", "paths", rows);

	putchar('\n');
	json_dumpf(all, stdout, JSON_COMPACT | JSON_REAL_PRECISION(4));
	putchar('\n');
	if (file &&
	    json_dump_file(all, file, JSON_INDENT(1) | JSON_REAL_PRECISION(4)))
		path_die(file, errno);
	json_decref(all);
}

/* ---- the program -----------------------------------------------------------
 */

struct options {
	const char *json;     /* file for the rows, or NULL */
	const char *path;     /* the only one wanted, or NULL for all */
	uint32_t sessions[2]; /* 0 = not wanted */
	unsigned int rounds;
	uint32_t frames;
};

static unsigned int number_read(const char *text, unsigned int max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*end || !n || n > max) {
		fprintf(stderr, "bench: %s: not a number of 1..%u\n", text,
			max);
		exit(2);
	}
	return (unsigned int)n;
}

static const char *path_read(const char *name)
{
	for (unsigned int i = 0; i < bench_path_count; i++)
		if (!strcmp(bench_paths[i].name, name))
			return name;
	fprintf(stderr, "bench: %s: no such path\n", name);
	exit(2);
}

static struct options options_read(int argc, char **argv)
{
	static const struct option known[] = {
		{"json", required_argument, NULL, 'j'},
		{"path", required_argument, NULL, 'p'},
		{"sessions", required_argument, NULL, 's'},
		{"rounds", required_argument, NULL, 'r'},
		{"frames", required_argument, NULL, 'f'},
		{0},
	};
	struct options o = {.sessions = {1000, BENCH_SESSIONS_MAX},
			    .rounds = ROUNDS,
			    .frames = FRAMES};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'j') {
			o.json = optarg;
		} else if (c == 'p') {
			o.path = path_read(optarg);
		} else if (c == 's') {
			o.sessions[0] = number_read(optarg, BENCH_SESSIONS_MAX);
			o.sessions[1] = 0;
		} else if (c == 'r') {
			o.rounds = number_read(optarg, ROUNDS_MAX);
		} else if (c == 'f') {
			o.frames = number_read(optarg, FRAMES_MAX);
		} else {
			exit(2);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bench: %s: not an option\n", argv[optind]);
		exit(2);
	}
	return o;
}

static void paths_measure(struct bench *b, const struct options *o,
			  json_t *rows)
{
	static struct result result;
	double own_ns[64];
	unsigned int count = 0;

	for (unsigned int i = 0; i < 2 * bench_path_count; i++) {
		result.path = &bench_paths[i % bench_path_count];
		result.sessions = o->sessions[i / bench_path_count];
		if (!result.sessions ||
		    (o->path && strcmp(o->path, result.path->name)))
			continue;
		path_measure(b, &result);
		result_print(b, &result);
		json_array_append_new(rows, result_json(b, &result));
		own_ns[count++] = quantile(b, result.smallest_ns, 0.5) -
				  quantile(b, result.bare_ns, 0.5);
	}
	smallest_print(own_ns, count);
}

int main(int argc, char **argv)
{
	struct options o = options_read(argc, argv);
	struct bench b = {.rounds = o.rounds, .frames = o.frames};
	json_t *rows = json_array();

	signal(SIGINT, interrupt);
	signal(SIGTERM, interrupt);
	log_set_level(LOG_LEVEL_WARNING);
	b.sink = bench_bpf__open_and_load();
	if (!b.sink)
		path_die("programs", errno);
	path_world_init(&b.world, bpf_program__fd(b.sink->progs.sink));
	cpu_settle(&b);
	head_print(&b);
	paths_measure(&b, &o, rows);
	json_write(o.json, rows);
	json_decref(rows);
	path_world_fini(&b.world);
	bench_bpf__destroy(b.sink);
	return b.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
