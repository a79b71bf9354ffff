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
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "path_measure.h"

enum {
	ROUNDS = 61,
	ROUNDS_MAX = 1001,
	FRAMES = 20480, /* of one measurement */
	FRAMES_MAX = 10000000,
};

struct bench {
	struct path_measure measure;
	unsigned int rounds;
	uint32_t frames; /* of one measurement */
};

struct result {
	const struct bench_path *path;
	uint32_t sessions;
	/* one per round; sorted at the end */
	double ratio_smallest[ROUNDS_MAX], ratio_kernel[ROUNDS_MAX];
	double bare_ns[ROUNDS_MAX], smallest_ns[ROUNDS_MAX];
	double l2x_ns[ROUNDS_MAX], kernel_ns[ROUNDS_MAX];
};

/* ---- one path --------------------------------------------------------------
 */

static void round_measure(struct bench *b, struct result *r, unsigned int i,
			  const struct generator *g,
			  const struct generator *plain)
{
	const struct path_world *w = &b->measure.world;

	r->bare_ns[i] = path_measure_send(&b->measure, g, &w->bare, b->frames);
	r->smallest_ns[i] =
		path_measure_send(&b->measure, g, &w->smallest, b->frames);
	r->l2x_ns[i] = path_measure_send(&b->measure, g, &w->l2x, b->frames);
	r->kernel_ns[i] =
		path_measure_send(&b->measure, plain, &w->kernel, b->frames);
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
	const struct path_world *w = &b->measure.world;
	struct smallest_bpf *smallest = smallest_attach(w, r->path->shift);
	struct generator g, plain;

	generator_open(&b->measure, &g, r->path, &w->l2x, r->sessions);
	generator_open(&b->measure, &plain, &bench_kernel_path, &w->kernel,
		       r->sessions);
	path_measure_samples(&b->measure, &g, r->path, &w->l2x);
	path_measure_samples(&b->measure, &plain, &bench_kernel_path,
			     &w->kernel);
	path_measure_send(&b->measure, &g, &w->smallest, MEASURE_WARM_UP);
	for (unsigned int i = 0; i < b->rounds; i++)
		round_measure(b, r, i, &g, &plain);
	result_sort(r, b->rounds);
	generator_close(&plain);
	generator_close(&g);
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
	       b->measure.world.dispatcher ? "behind a dispatcher"
					   : "alone on a port");
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
	const char *json;	       /* file for the rows, or NULL */
	const struct bench_path *path; /* the only one wanted, or NULL */
	uint32_t sessions[2];	       /* 0 = not wanted */
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

static const struct bench_path *path_read(const char *name)
{
	const struct bench_path *path = bench_path_find(name);

	if (path)
		return path;
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
		if (!result.sessions || (o->path && o->path != result.path))
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

	path_measure_init(&b.measure);
	head_print(&b);
	paths_measure(&b, &o, rows);
	json_write(o.json, rows);
	json_decref(rows);
	path_measure_fini(&b.measure);
	return b.measure.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
