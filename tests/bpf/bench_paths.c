/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a packet costs on each path, with all services and without; what each
 * service adds; and what memory a session takes.  Part of scripts/bench, which
 * says how it is called.
 *
 * All on one CPU: veth runs the receiver on the transmitting one, so CPU time
 * is what the whole wire costs.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "path_costs.h"
#include "report.h"

enum {
	ROUNDS = 61,
	FRAMES = 20480, /* of one measurement */
	FRAMES_MAX = 10000000,
	SIZES = 3,
};

struct options {
	const char *json;	       /* file for the rows, or NULL */
	const struct bench_path *path; /* the only one wanted, or NULL */
	uint32_t sessions[SIZES];      /* 0 = not wanted */
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
	struct options o = {.sessions = {1000, 65536, BENCH_SESSIONS_MAX},
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
			o.sessions[1] = o.sessions[2] = 0;
		} else if (c == 'r') {
			o.rounds = number_read(optarg, COSTS_ROUNDS_MAX);
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

int main(int argc, char **argv)
{
	struct options o = options_read(argc, argv);
	struct costs c = {.rounds = o.rounds, .frames = o.frames};

	path_measure_init(&c.measure);
	report_add(o.json, "paths",
		   costs_paths(&c, o.path, o.sessions, SIZES, true));
	report_add(o.json, "paths_bare",
		   costs_paths(&c, o.path, o.sessions, SIZES, false));
	report_add(o.json, "services",
		   costs_services(&c, o.path, o.sessions[0]));
	report_add(o.json, "memory", costs_memory(&c));
	path_measure_fini(&c.measure);
	return c.measure.failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
