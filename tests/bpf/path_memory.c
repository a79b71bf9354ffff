/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the maps take, as the kernel counts it (fdinfo); see path_costs.h.  All
 * are made at start with room for everything, so a session's part is that of
 * the records it uses.
 */
#include "path_costs.h"

#include <errno.h>
#include <stdio.h>

#include "program/loader.h"

/* Octets of a map. */
static uint64_t map_memory(int fd)
{
	unsigned long long octets = 0;
	char path[64], line[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "r");
	if (!file)
		path_die(path, errno);
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %llu", &octets) == 1)
			break;
	fclose(file);
	return octets;
}

/* Of one record, with what the map itself adds. */
static uint64_t record_memory(int fd, uint32_t slots)
{
	return (map_memory(fd) + slots / 2) / slots;
}

/* Every descriptor, whatever map it is of. */
static uint64_t all_memory(const struct dataplane_fds *fds)
{
	const int *fd = (const int *)fds;
	uint64_t sum = 0;

	_Static_assert(sizeof(*fds) % sizeof(*fd) == 0, "descriptors only");
	for (size_t i = 0; i < sizeof(*fds) / sizeof(*fd); i++)
		sum += map_memory(fd[i]);
	return sum;
}

json_t *costs_memory(const struct costs *c)
{
	struct dataplane_fds fds = loader_maps(c->measure.world.loader);
	uint64_t leg = record_memory(fds.legs, LEG_SLOTS);
	uint64_t policer = record_memory(fds.policers, LEG_SLOTS);
	uint64_t host = record_memory(fds.ip4_hosts, HOST_SLOTS);
	uint64_t all = all_memory(&fds);

	printf("Memory of the maps: %.1f MiB; octets of a leg %llu, of its "
	       "policer %llu,\nof a single address %llu, of a session %llu\n\n",
	       (double)all / (1 << 20), (unsigned long long)leg,
	       (unsigned long long)policer, (unsigned long long)host,
	       (unsigned long long)(2 * (leg + policer)));
	return json_pack(
		"{s:I,s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "leg", (json_int_t)leg,
		"policer", (json_int_t)policer, "single_address",
		(json_int_t)host, "tunnel",
		(json_int_t)record_memory(fds.tunnels_rx, TUNNEL_SLOTS),
		"template",
		(json_int_t)record_memory(fds.templates, TEMPLATE_SLOTS),
		"per_session_switched", (json_int_t)(2 * (leg + policer)),
		"per_session_routed", (json_int_t)(2 * (leg + policer)),
		"total", (json_int_t)all);
}
