/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many instructions a packet costs on each path: l2x, the smallest program
 * that moves the head and redirects, and the kernel's own pppoe and l2tp at
 * the same job, with the same frames in and the same frames out.
 *
 * For a machine whose clock counts instructions (qemu -icount): elsewhere it
 * refuses.  What the generator, the wire and the sink use is subtracted, so a
 * figure holds the program or the kernel's code, the sending, and the hop
 * behind it.  Counts do not see a cache: one session is as good as many, and
 * is the kernel's best case, whose tables are short lists.
 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "path_kernel.h"
#include "path_measure.h"

enum {
	ROUNDS = 5,
	FRAMES = 10240, /* of one measurement */
	SESSIONS = 1,
};

enum subject { BARE, SMALLEST, L2X, SERVICES, KERNEL, SUBJECTS };

struct counts {
	const struct bench_path *path;
	double rounds[SUBJECTS][ROUNDS]; /* a packet's, sorted at the end */
};

/* ---- the clock -------------------------------------------------------------
 */

/* Whether the CPU clock has a nanosecond for each of many instructions. */
static bool clock_counts(const struct path_measure *m)
{
	enum { TURNS = 100000, TURN = 100, SLACK = 5 };
	double start = path_measure_cpu_ns(m), turn;

	for (int i = 0; i < TURNS; i++)
		asm volatile(".rept 100\n\tnop\n\t.endr");
	turn = (path_measure_cpu_ns(m) - start) / TURNS;
	return turn > TURN && turn < TURN + SLACK;
}

/* ---- one path --------------------------------------------------------------
 */

static void round_count(struct path_measure *m, struct counts *c,
			unsigned int i, const struct generator *g,
			const struct generator *to_kernel)
{
	const struct path_setup bare = path_setup_bare(c->path, SESSIONS);
	const struct path_setup all = path_setup_all(c->path, SESSIONS);
	struct path_world *w = &m->world;

	c->rounds[BARE][i] = path_measure_send(m, g, &w->bare, FRAMES);
	c->rounds[SMALLEST][i] = path_measure_send(m, g, &w->smallest, FRAMES);
	path_world_lay(w, &bare);
	c->rounds[L2X][i] = path_measure_send(m, g, &w->l2x, FRAMES);
	path_world_lay(w, &all);
	c->rounds[SERVICES][i] = path_measure_send(m, g, &w->l2x, FRAMES);
	c->rounds[KERNEL][i] =
		path_measure_send(m, to_kernel, &w->kernel, FRAMES);
}

static void path_count(struct path_measure *m, struct counts *c)
{
	const struct path_setup bare = path_setup_bare(c->path, SESSIONS);
	const struct path_setup all = path_setup_all(c->path, SESSIONS);
	struct path_world *w = &m->world;
	struct smallest_bpf *smallest = smallest_attach(w, c->path->shift);
	struct generator g, to_kernel;
	struct path_kernel kernel;

	path_kernel_init(&kernel, c->path);
	generator_open(m, &g, &bare.traffic, &w->l2x);
	generator_open(m, &to_kernel, &bare.traffic, &w->kernel);
	path_world_lay(w, &all);
	path_measure_samples(m, &g, &all.traffic, &w->l2x);
	path_world_lay(w, &bare);
	path_measure_samples(m, &g, &bare.traffic, &w->l2x);
	path_measure_samples(m, &to_kernel, &bare.traffic, &w->kernel);
	path_measure_send(m, &g, &w->smallest, MEASURE_WARM_UP);
	for (unsigned int i = 0; i < ROUNDS; i++)
		round_count(m, c, i, &g, &to_kernel);
	for (int s = 0; s < SUBJECTS; s++)
		qsort(c->rounds[s], ROUNDS, sizeof(double), double_compare);
	generator_close(&to_kernel);
	generator_close(&g);
	path_kernel_fini(&kernel);
	smallest_detach(w, smallest);
}

/* ---- reports ---------------------------------------------------------------
 */

/* Instructions of a packet that are a subject's own. */
static double own(const struct counts *c, enum subject s)
{
	return c->rounds[s][ROUNDS / 2] - c->rounds[BARE][ROUNDS / 2];
}

/* The largest difference between rounds, as a part of what was measured. */
static double spread(const struct counts *c)
{
	double worst = 0;

	for (int s = 0; s < SUBJECTS; s++) {
		const double *sorted = c->rounds[s];
		double part = sorted[ROUNDS - 1] / sorted[0] - 1;

		worst = part > worst ? part : worst;
	}
	return worst;
}

static void head_print(const struct path_measure *m)
{
	printf("Instructions a packet, the bare wire's subtracted; program "
	       "%s\n"
	       "                           all           l2x to   kernel  "
	       "spread of\n"
	       "path      smallest   l2x services kernel smallest  to l2x  "
	       "%d rounds\n",
	       m->world.dispatcher ? "behind a dispatcher" : "alone on a port",
	       ROUNDS);
	fflush(stdout);
}

static void counts_print(const struct counts *c)
{
	double smallest = own(c, SMALLEST);
	double l2x = own(c, L2X);
	double kernel = own(c, KERNEL);

	printf("%-9s %8.0f %5.0f %8.0f %6.0f  %7.2f %7.2f  %7.2f %%\n",
	       c->path->name, smallest, l2x, own(c, SERVICES), kernel,
	       l2x / smallest, kernel / l2x, 100 * spread(c));
	fflush(stdout);
}

static json_t *counts_json(const struct counts *c)
{
	return json_pack("{s:s,s:I,s:I,s:I,s:I}", "path", c->path->name, "l2x",
			 (json_int_t)(own(c, L2X) + 0.5), "l2x_services",
			 (json_int_t)(own(c, SERVICES) + 0.5), "smallest",
			 (json_int_t)(own(c, SMALLEST) + 0.5), "kernel",
			 (json_int_t)(own(c, KERNEL) + 0.5));
}

/* ---- the program -----------------------------------------------------------
 */

struct options {
	const char *json;	       /* file for the rows, or NULL */
	const struct bench_path *path; /* the only one wanted, or NULL */
};

static struct options options_read(int argc, char **argv)
{
	static const struct option known[] = {
		{"json", required_argument, NULL, 'j'},
		{"path", required_argument, NULL, 'p'},
		{0},
	};
	struct options o = {0};
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'j')
			o.json = optarg;
		else if (c == 'p')
			o.path = bench_path_find(optarg);
		if (c == '?' || (c == 'p' && !o.path)) {
			fprintf(stderr, "bench: no such path or option\n");
			exit(2);
		}
	}
	if (optind < argc) {
		fprintf(stderr, "bench: %s: not an option\n", argv[optind]);
		exit(2);
	}
	return o;
}

static void paths_count(struct path_measure *m, const struct options *o,
			json_t *rows)
{
	struct counts counts;

	for (unsigned int i = 0; i < bench_path_count; i++) {
		counts.path = &bench_paths[i];
		if (o->path && o->path != counts.path)
			continue;
		path_count(m, &counts);
		counts_print(&counts);
		json_array_append_new(rows, counts_json(&counts));
	}
}

int main(int argc, char **argv)
{
	struct options o = options_read(argc, argv);
	json_t *rows = json_array();
	struct path_measure m;

	path_measure_init(&m);
	if (!clock_counts(&m)) {
		fprintf(stderr, "bench: a nanosecond is no instruction here\n");
		return EXIT_FAILURE;
	}
	path_kernel_ports();
	head_print(&m);
	paths_count(&m, &o, rows);
	if (o.json && json_dump_file(rows, o.json, JSON_INDENT(1)))
		path_die(o.json, errno);
	json_decref(rows);
	path_measure_fini(&m);
	return m.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
