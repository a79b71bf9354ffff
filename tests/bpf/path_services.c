/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each service adds to a path, alone; see path_costs.h.  Calls with it and
 * calls without are laid out and measured in turns, each with its own frames.
 */
#include "path_costs.h"

#include <stdio.h>
#include <stdlib.h>

/* Which paths a service has work on. */
enum where { ANYWHERE, INTO_L2TP, OUT_OF_L2TP, ROUTED, ROUTED_UP };

static void police(struct path_setup *s)
{
	s->policed = true;
}

static void copy_dscp(struct path_setup *s)
{
	s->traffic.copy_dscp = true;
}

static void clamp_mss(struct path_setup *s)
{
	s->mss_clamp = true;
}

static void check_source(struct path_setup *s)
{
	s->check_source = true;
}

static void use_ip6(struct path_setup *s)
{
	s->traffic.ip6 = true;
}

static void compute_sum(struct path_setup *s)
{
	s->traffic.sum_out = true;
}

static void carry_sum(struct path_setup *s)
{
	s->traffic.sum_in = true;
}

static void verify_sum(struct path_setup *s)
{
	s->traffic.sum_in = true;
	s->check_sums = true;
}

static void number(struct path_setup *s)
{
	s->traffic.sequence = true;
}

static const struct service {
	const char *name;
	enum where where;
	void (*with)(struct path_setup *);
	void (*without)(struct path_setup *); /* NULL: nothing */
} services[] = {
	{"policer", ANYWHERE, police, NULL},
	{"dscp_copy", INTO_L2TP, copy_dscp, NULL},
	{"mss_clamp", ROUTED, clamp_mss, NULL},
	{"anti_spoof", ROUTED_UP, check_source, NULL},
	{"outer_ip6", ANYWHERE, use_ip6, NULL},
	{"udp_sum_computed", INTO_L2TP, compute_sum, NULL},
	{"udp_sum_verified", OUT_OF_L2TP, verify_sum, carry_sum},
	{"sequence", ANYWHERE, number, NULL},
};

static bool has_work(enum where where, const struct bench_path *path)
{
	bool routed = bench_path_routed(path);

	switch (where) {
	case INTO_L2TP:
		return path->l2tp_out;
	case OUT_OF_L2TP:
		return path->l2tp_in;
	case ROUTED:
		return routed;
	case ROUTED_UP:
		return routed && path->l2tp_in;
	default: /* there is L2TP on one side of every path */
		return true;
	}
}

/* Calls of one kind and the frames for them. */
struct arm {
	struct path_setup setup;
	struct generator generator;
};

static void arm_open(struct costs *c, struct arm *arm,
		     const struct bench_path *path, uint32_t sessions,
		     void (*change)(struct path_setup *))
{
	struct path_world *w = &c->measure.world;

	arm->setup = path_setup_bare(path, sessions);
	if (change)
		change(&arm->setup);
	path_world_lay(w, &arm->setup);
	generator_open(&c->measure, &arm->generator, &arm->setup.traffic,
		       &w->l2x);
	path_measure_samples(&c->measure, &arm->generator, &arm->setup.traffic,
			     &w->l2x);
}

static double arm_measure(struct costs *c, struct arm *arm)
{
	struct path_world *w = &c->measure.world;

	path_world_lay(w, &arm->setup);
	generator_renumber(&arm->generator);
	path_measure_send(&c->measure, &arm->generator, &w->l2x,
			  MEASURE_WARM_UP);
	return path_measure_send(&c->measure, &arm->generator, &w->l2x,
				 c->frames);
}

static json_t *service_cost(struct costs *c, const struct service *service,
			    const struct bench_path *path, uint32_t sessions)
{
	static double ratios[COSTS_ROUNDS_MAX];
	struct arm with, without;
	double median;

	arm_open(c, &with, path, sessions, service->with);
	arm_open(c, &without, path, sessions, service->without);
	for (unsigned int i = 0; i < c->rounds; i++) {
		double before = arm_measure(c, &without);

		ratios[i] = arm_measure(c, &with) / before;
	}
	generator_close(&without.generator);
	generator_close(&with.generator);
	qsort(ratios, c->rounds, sizeof(*ratios), double_compare);
	median = costs_quantile(c, ratios, 0.5);
	printf("%-17s %-9s %6.3f %5.3f %5.3f\n", service->name, path->name,
	       median, costs_quantile(c, ratios, 0.25),
	       costs_quantile(c, ratios, 0.75));
	fflush(stdout);
	return json_pack("{s:s,s:s,s:f,s:f,s:f}", "service", service->name,
			 "path", path->name, "ratio_bare", median, "q1",
			 costs_quantile(c, ratios, 0.25), "q3",
			 costs_quantile(c, ratios, 0.75));
}

json_t *costs_services(struct costs *c, const struct bench_path *only,
		       uint32_t sessions)
{
	json_t *rows = json_array();

	printf("Each service alone; %u sessions\n"
	       "                             to none\n"
	       "service           path      median    q1    q3\n",
	       sessions);
	for (unsigned int i = 0; i < sizeof(services) / sizeof(*services); i++)
		for (unsigned int k = 0; k < bench_path_count; k++) {
			const struct bench_path *path = &bench_paths[k];

			if ((only && only != path) ||
			    !has_work(services[i].where, path))
				continue;
			json_array_append_new(
				rows,
				service_cost(c, &services[i], path, sessions));
		}
	putchar('\n');
	return rows;
}
