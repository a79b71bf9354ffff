/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each core has to do without `cores`, with the one that does not
 * receive, and with both; part of scripts/bench:
 *
 *	bench_spread [--json FILE]
 *
 * One tunnel, or one PPPoE port, of 1,000 sessions.  The rate is that of the
 * core with most to do, the generator's and the sink's own time taken off.
 * --json adds "spread" to the object in FILE, which is made if it is missing.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "spread_run.h"

enum { SESSIONS = 1000, FRAMES = 102400 };

static const struct cores {
	const char *name;
	unsigned int first, count;
} ways[] = {{"none", 0, 0}, {"1", 1, 1}, {"0-1", 0, 2}};
enum { WAYS = sizeof(ways) / sizeof(*ways) };

static double rate(const struct spread_result *r)
{
	double most = r->core_ns[0];

	for (unsigned int i = 1; i < SPREAD_CORES; i++)
		most = r->core_ns[i] > most ? r->core_ns[i] : most;
	return 1e9 / most;
}

/* Frames lost or out of order make the figures worthless. */
static bool row_make(json_t *rows, const char *path, const struct cores *cores)
{
	const struct spread_setup setup = {path, cores->first, cores->count,
					   SESSIONS, FRAMES};
	struct spread_result r = spread_run(&setup);

	printf("%-9s %-5s %13.0f %14.0f %12.0f\n", path, cores->name,
	       r.core_ns[0], r.core_ns[1], rate(&r));
	fflush(stdout);
	json_array_append_new(
		rows, json_pack("{s:s,s:s,s:I,s:[f,f]}", "path", path, "cores",
				cores->name, "packets_per_second",
				(json_int_t)rate(&r), "core_ns", r.core_ns[0],
				r.core_ns[1]));
	if (r.arrived == r.sent && !r.late)
		return true;
	fprintf(stderr, "bench: %s: %llu of %u frames arrived, %llu late\n",
		path, (unsigned long long)r.arrived, r.sent,
		(unsigned long long)r.late);
	return false;
}

int main(int argc, char **argv)
{
	static const char *const paths[] = {"lts", "lac_up", "lns_up"};
	const char *file = argc == 3 && !strcmp(argv[1], "--json") ? argv[2]
								   : NULL;
	json_t *rows = json_array();
	bool good = true;

	if (argc != 1 && !file) {
		fprintf(stderr, "usage: %s [--json FILE]\n", argv[0]);
		return 2;
	}
	printf("Sessions over cores: CPU time of a frame, 1000 sessions\n"
	       "path      cores first core ns second core ns frames/s\n");
	for (unsigned int i = 0; i < sizeof(paths) / sizeof(*paths); i++)
		for (unsigned int k = 0; k < WAYS; k++)
			good = row_make(rows, paths[i], &ways[k]) && good;
	report_add(file, "spread", rows);
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
