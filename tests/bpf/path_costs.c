/* SPDX-License-Identifier: GPL-2.0-only */
/* What a packet costs on each path; see path_costs.h. */
#include "path_costs.h"

#include <stdio.h>
#include <stdlib.h>

struct result {
	const struct bench_path *path;
	uint32_t sessions;
	/* one per round; sorted at the end */
	double ratio_smallest[COSTS_ROUNDS_MAX], ratio_kernel[COSTS_ROUNDS_MAX];
	double ratio_keyed[COSTS_ROUNDS_MAX];
	double keyed_ns[COSTS_ROUNDS_MAX];
	double bare_ns[COSTS_ROUNDS_MAX], smallest_ns[COSTS_ROUNDS_MAX];
	double l2x_ns[COSTS_ROUNDS_MAX], kernel_ns[COSTS_ROUNDS_MAX];
};

/* ---- one path --------------------------------------------------------------
 */

static void round_measure(struct costs *c, struct result *r, unsigned int i,
			  const struct generator *g,
			  const struct generator *plain)
{
	const struct path_world *w = &c->measure.world;

	r->bare_ns[i] = path_measure_send(&c->measure, g, &w->bare, c->frames);
	r->smallest_ns[i] =
		path_measure_send(&c->measure, g, &w->smallest, c->frames);
	r->keyed_ns[i] =
		path_measure_send(&c->measure, g, &w->keyed, c->frames);
	r->l2x_ns[i] = path_measure_send(&c->measure, g, &w->l2x, c->frames);
	r->kernel_ns[i] =
		path_measure_send(&c->measure, plain, &w->kernel, c->frames);
	r->ratio_smallest[i] = r->l2x_ns[i] / r->smallest_ns[i];
	r->ratio_keyed[i] = r->l2x_ns[i] / r->keyed_ns[i];
	r->ratio_kernel[i] = r->l2x_ns[i] / r->kernel_ns[i];
}

static void result_sort(struct result *r, unsigned int rounds)
{
	double *const columns[] = {r->ratio_smallest, r->ratio_kernel,
				   r->ratio_keyed,    r->keyed_ns,
				   r->bare_ns,	      r->smallest_ns,
				   r->l2x_ns,	      r->kernel_ns};

	for (unsigned int i = 0; i < sizeof(columns) / sizeof(*columns); i++)
		qsort(columns[i], rounds, sizeof(double), double_compare);
}

static void path_cost(struct costs *c, struct result *r, bool services)
{
	const struct path_setup setup =
		services ? path_setup_all(r->path, r->sessions)
			 : path_setup_bare(r->path, r->sessions);
	const struct bench_traffic to_kernel = {.path = &bench_kernel_path,
						.sessions = r->sessions};
	struct path_world *w = &c->measure.world;
	struct smallest_bpf *smallest = smallest_attach(w, r->path->shift);
	struct keyed_bpf *keyed = keyed_attach(w, r->path->shift);
	struct generator g, plain;

	path_world_lay(w, &setup);
	generator_open(&c->measure, &g, &setup.traffic, &w->l2x);
	generator_open(&c->measure, &plain, &to_kernel, &w->kernel);
	path_measure_samples(&c->measure, &g, &setup.traffic, &w->l2x);
	path_measure_samples(&c->measure, &plain, &to_kernel, &w->kernel);
	path_measure_send(&c->measure, &g, &w->smallest, MEASURE_WARM_UP);
	path_measure_send(&c->measure, &g, &w->keyed, MEASURE_WARM_UP);
	for (unsigned int i = 0; i < c->rounds; i++)
		round_measure(c, r, i, &g, &plain);
	result_sort(r, c->rounds);
	generator_close(&plain);
	generator_close(&g);
	keyed_detach(w, keyed);
	smallest_detach(w, smallest);
}

/* ---- reports ---------------------------------------------------------------
 */

double costs_quantile(const struct costs *c, const double *sorted, double q)
{
	return sorted[(unsigned int)(q * (c->rounds - 1) + 0.5)];
}

static void head_print(const struct costs *c, bool services)
{
	printf("%s; %u rounds of %u frames; program %s\n"
	       "                     to smallest      to     to"
	       "        ns a packet\n"
	       "path      sessions  median    q1    q3  keyed kernel"
	       "  wire  small  keyed   l2x  kernel\n",
	       services ? "With all services" : "Without services", c->rounds,
	       c->frames,
	       c->measure.world.dispatcher ? "behind a dispatcher"
					   : "alone on a port");
	fflush(stdout);
}

static void result_print(const struct costs *c, const struct result *r)
{
	printf("%-9s %8u  %6.3f %5.3f %5.3f  %5.3f %6.3f"
	       " %5.0f  %5.0f  %5.0f %5.0f  %6.0f\n",
	       r->path->name, r->sessions,
	       costs_quantile(c, r->ratio_smallest, 0.5),
	       costs_quantile(c, r->ratio_smallest, 0.25),
	       costs_quantile(c, r->ratio_smallest, 0.75),
	       costs_quantile(c, r->ratio_keyed, 0.5),
	       costs_quantile(c, r->ratio_kernel, 0.5),
	       costs_quantile(c, r->bare_ns, 0.5),
	       costs_quantile(c, r->smallest_ns, 0.5),
	       costs_quantile(c, r->keyed_ns, 0.5),
	       costs_quantile(c, r->l2x_ns, 0.5),
	       costs_quantile(c, r->kernel_ns, 0.5));
	fflush(stdout);
}

static json_t *result_json(const struct costs *c, const struct result *r)
{
	return json_pack("{s:s,s:i,s:f,s:f,s:f,s:f,s:f}", "path", r->path->name,
			 "sessions", (int)r->sessions, "ratio_smallest",
			 costs_quantile(c, r->ratio_smallest, 0.5),
			 "ratio_kernel",
			 costs_quantile(c, r->ratio_kernel, 0.5), "ratio_keyed",
			 costs_quantile(c, r->ratio_keyed, 0.5), "q1",
			 costs_quantile(c, r->ratio_smallest, 0.25), "q3",
			 costs_quantile(c, r->ratio_smallest, 0.75));
}

/* What the smallest adds to the bare wire, over all rows. */
static void smallest_print(double sum_ns, size_t rows)
{
	printf("smallest itself: %.0f ns a packet, its redirect and the hop "
	       "behind it included\n\n",
	       sum_ns / (double)rows);
}

json_t *costs_paths(struct costs *c, const struct bench_path *only,
		    const uint32_t *sizes, unsigned int count, bool services)
{
	static struct result result;
	json_t *rows = json_array();
	double own_ns = 0;

	head_print(c, services);
	for (unsigned int i = 0; i < count * bench_path_count; i++) {
		result.path = &bench_paths[i % bench_path_count];
		result.sessions = sizes[i / bench_path_count];
		if (!result.sessions || (only && only != result.path))
			continue;
		path_cost(c, &result, services);
		result_print(c, &result);
		json_array_append_new(rows, result_json(c, &result));
		own_ns += costs_quantile(c, result.smallest_ns, 0.5) -
			  costs_quantile(c, result.bare_ns, 0.5);
	}
	smallest_print(own_ns, json_array_size(rows));
	return rows;
}
