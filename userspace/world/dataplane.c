/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Mapping the arrays, ports, settings and counters by reason; see dataplane.h.
 * Templates, legs and addresses are in files of their own.
 */
#include "world/dataplane.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "world/dataplane_maps.h"

/* Where each mmapable array is kept and how long it is. */
struct area {
	void **at;
	int fd;
	size_t len;
};
enum { AREAS = 12 };

static void areas_of(struct dataplane *dp, struct area area[AREAS])
{
	const struct dataplane_fds *f = &dp->fds;
	struct area all[AREAS] = {
		{(void **)&dp->ports, f->ports,
		 PORT_SLOTS * sizeof(struct port)},
		{(void **)&dp->tunnels, f->tunnels_rx,
		 TUNNEL_SLOTS * sizeof(struct tunnel_rx)},
		{(void **)&dp->legs, f->legs, LEG_SLOTS * sizeof(struct leg)},
		{(void **)&dp->templates, f->templates,
		 TEMPLATE_SLOTS * sizeof(struct template)},
		{(void **)&dp->settings, f->settings, sizeof(struct settings)},
		{(void **)&dp->ip4_pools, f->ip4_pools,
		 POOL_SLOTS * sizeof(struct ip4_pool)},
		{(void **)&dp->ip6_pools, f->ip6_pools,
		 POOL_SLOTS * sizeof(struct ip6_pool)},
		{(void **)&dp->egress, f->egress,
		 PORT_SLOTS * sizeof(struct egress)},
		{(void **)&dp->unresolved, f->unresolved,
		 UNRESOLVED_SLOTS * sizeof(struct unresolved)},
		{(void **)&dp->policers, f->policers,
		 LEG_SLOTS * sizeof(struct policer)},
		{(void **)&dp->watch, f->watch, sizeof(struct watch)},
		{(void **)&dp->punt_limits, f->punt_limits,
		 PUNT_CLASSES * sizeof(struct punt_limit)},
	};

	memcpy(area, all, sizeof(all));
}

static int areas_map(struct dataplane *dp)
{
	struct area area[AREAS];

	areas_of(dp, area);
	for (unsigned int i = 0; i < AREAS; i++) {
		void *at = mmap(NULL, area[i].len, PROT_READ | PROT_WRITE,
				MAP_SHARED, area[i].fd, 0);

		if (at == MAP_FAILED)
			return -errno;
		*area[i].at = at;
	}
	return 0;
}

static int notes_make(struct dataplane *dp)
{
	dp->notes = calloc(TEMPLATE_SLOTS, sizeof(*dp->notes));
	dp->waiting = calloc(TEMPLATE_SLOTS, sizeof(*dp->waiting));
	dp->stale = calloc(LEG_SLOTS / 64, sizeof(*dp->stale));
	dp->hosts = calloc(BANK_SLOTS, sizeof(*dp->hosts));
	if (!dp->notes || !dp->waiting || !dp->stale || !dp->hosts)
		return -ENOMEM;
	dp->notes[0].taken = true; /* 0 stands for "none" in the map */
	return 0;
}

int dataplane_new(struct dataplane **out, const struct dataplane_fds *fds)
{
	struct dataplane *dp = calloc(1, sizeof(*dp));
	int error;

	if (!dp)
		return -ENOMEM;
	dp->fds = *fds;
	error = notes_make(dp);
	if (!error)
		error = areas_map(dp);
	if (error) {
		dataplane_free(dp);
		return error;
	}
	/* a map that nobody has written yet */
	if (dp->settings->offset_limit < OFFSET_ALWAYS)
		dataplane_offset_limit_set(dp, OFFSET_ALWAYS);
	watch_forget(dp);
	*out = dp;
	return 0;
}

void dataplane_free(struct dataplane *dp)
{
	struct area area[AREAS];

	if (!dp)
		return;
	watch_close(dp);
	areas_of(dp, area);
	for (unsigned int i = 0; i < AREAS; i++)
		if (*area[i].at)
			munmap(*area[i].at, area[i].len);
	free(dp->notes);
	free(dp->waiting);
	free(dp->stale);
	free(dp->hosts);
	routes_free(dp);
	free(dp);
}

/* ---- what an earlier engine left behind ---------------------------------- */

static unsigned int legs_scan(struct dataplane *dp,
			      void (*leg)(void *ctx, uint32_t slot,
					  const struct leg *),
			      void *ctx)
{
	unsigned int count = 0;

	for (uint32_t slot = 0; slot < LEG_SLOTS; slot++) {
		const struct leg *record = &dp->legs[slot];

		if (record->state == LEG_FREE)
			continue;
		count++;
		bit_set(dp->stale, slot);
		if (record->out != LEG_IP)
			template_take_stale(dp, record->out_template);
		if (leg)
			leg(ctx, slot, record);
	}
	return count;
}

static unsigned int tunnels_scan(struct dataplane *dp,
				 void (*tunnel)(void *ctx, uint16_t id,
						const struct tunnel_rx *),
				 void *ctx)
{
	unsigned int count = 0;

	for (uint32_t id = 0; id < TUNNEL_SLOTS; id++) {
		if (dp->tunnels[id].state == TUNNEL_RX_FREE)
			continue;
		count++;
		if (tunnel)
			tunnel(ctx, (uint16_t)id, &dp->tunnels[id]);
	}
	return count;
}

struct dataplane_stale dataplane_scan(struct dataplane *dp,
				      void (*leg)(void *ctx, uint32_t slot,
						  const struct leg *),
				      void (*tunnel)(void *ctx, uint16_t id,
						     const struct tunnel_rx *),
				      void *ctx)
{
	struct dataplane_stale found = {
		.legs = legs_scan(dp, leg, ctx),
		.tunnels = tunnels_scan(dp, tunnel, ctx),
	};

	hosts_scan(dp);
	routes_scan(dp);
	templates_scan(dp);
	return found;
}

/* ---- ports and settings -------------------------------------------------- */

struct port dataplane_port_read(const struct dataplane *dp, uint32_t ifindex)
{
	return ifindex < PORT_SLOTS ? dp->ports[ifindex] : (struct port){0};
}

int dataplane_port_set(struct dataplane *dp, uint32_t ifindex,
		       const struct port *port)
{
	struct port *record;

	if (!ifindex || ifindex >= PORT_SLOTS)
		return -ERANGE;
	record = &dp->ports[ifindex];
	/* tags_seen is the program's */
	memcpy(record->mac, port->mac, sizeof(record->mac));
	record->mtu = port->mtu;
	memcpy(record->banks, port->banks, sizeof(record->banks));
	word_publish(&record->flags,
		     port->flags | (dp->watching ? PORT_WATCHED : 0u));
	return 0;
}

/* Whether that was lately; now may be a bit behind. */
static bool tags_are_fresh(const uint32_t *seen, struct instant now)
{
	/* far longer than a frame waits in a socket */
	enum { FRESH = 10 };
	uint32_t then = __atomic_load_n(seen, __ATOMIC_RELAXED);
	uint32_t age = (uint32_t)(now.ms * 1000000 >> TAGS_SEEN_SHIFT) - then;

	return then && (int32_t)age <= FRESH;
}

enum dataplane_sight dataplane_sight(const struct dataplane *dp,
				     uint32_t ifindex, unsigned int ids,
				     struct instant now)
{
	const uint32_t *seen;

	if (ifindex >= PORT_SLOTS || ids > 2)
		return SIGHT_NONE;
	seen = dp->ports[ifindex].tags_seen;
	if (tags_are_fresh(&seen[ids], now))
		return SIGHT_WHOLE;
	for (unsigned int fewer = 0; fewer < ids; fewer++)
		if (tags_are_fresh(&seen[fewer], now))
			return SIGHT_WITHOUT_TAG;
	return SIGHT_NONE;
}

void dataplane_port_clear(struct dataplane *dp, uint32_t ifindex)
{
	if (ifindex < PORT_SLOTS)
		word_publish(&dp->ports[ifindex].flags, 0);
}

int dataplane_egress_set(struct dataplane *dp, uint32_t ifindex, uint32_t port,
			 uint16_t vlan_tci)
{
	struct egress *record;

	if (!ifindex || ifindex >= PORT_SLOTS)
		return -ERANGE;
	record = &dp->egress[ifindex];
	if (!port || record->vlan != htons(vlan_tci))
		word_publish(&record->ifindex, 0);
	record->vlan = htons(vlan_tci);
	word_publish(&record->ifindex, port);
	return 0;
}

int dataplane_offset_limit_set(struct dataplane *dp, uint32_t octets)
{
	if (octets < OFFSET_ALWAYS || octets > OFFSET_MAX)
		return -ERANGE;
	word_publish(&dp->settings->offset_limit, octets);
	return 0;
}

static void settings_flag(struct dataplane *dp, uint32_t flag, bool on)
{
	uint32_t flags = dp->settings->flags & ~flag;

	word_publish(&dp->settings->flags, on ? flags | flag : flags);
}

void dataplane_mss_clamp_set(struct dataplane *dp, bool on)
{
	settings_flag(dp, SETTINGS_MSS_CLAMP, on);
}

void dataplane_check_sums_set(struct dataplane *dp, bool on)
{
	settings_flag(dp, SETTINGS_CHECK_SUMS, on);
}

void dataplane_inner_dscp_set(struct dataplane *dp, enum inner_dscp mode,
			      uint8_t value)
{
	const uint8_t octets[sizeof(record_word)] = {(uint8_t)mode, value};
	uint32_t word;

	memcpy(&word, octets, sizeof(word));
	word_publish(&dp->settings->inner_dscp, word);
}

/*
 * Until they are added again control of theirs passes as NOT_OURS, which is
 * the same; data asks the tunnel.
 */
void dataplane_locals_forget(struct dataplane *dp)
{
	word_publish(&dp->settings->locals, 0);
	word_publish(&dp->settings->locals6, 0);
}

/* One of a list of addresses of this size, whose length comes after it. */
static int local_append(uint8_t *list, uint32_t *count,
			const struct address *local)
{
	size_t size = address_size(local);
	uint32_t used = *count;

	for (uint32_t i = 0; i < used && i < LOCAL_SLOTS; i++)
		if (!memcmp(list + i * size, local->octets, size))
			return 0;
	if (used >= LOCAL_SLOTS)
		return -ENOSPC;
	memcpy(list + used * size, local->octets, size);
	word_publish(count, used + 1);
	return 0;
}

int dataplane_local_add(struct dataplane *dp, struct address local)
{
	struct settings *settings = dp->settings;

	if (local.family == AF_INET6)
		return local_append(settings->local_ip6[0], &settings->locals6,
				    &local);
	return local_append((uint8_t *)settings->local_ip4, &settings->locals,
			    &local);
}

/* ---- counters that each CPU has ------------------------------------------ */

/* The values of one key for all CPUs, to be freed; their number or -errno. */
static int each_cpu(int fd, uint32_t key, size_t size, void **each)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	*each = calloc((size_t)cpus, size);
	if (!*each)
		return -ENOMEM;
	if (!bpf_map_lookup_elem(fd, &key, *each))
		return cpus;
	free(*each);
	return -errno;
}

int dataplane_reason(const struct dataplane *dp, enum reason reason,
		     struct reason_count *sum)
{
	struct reason_count total = {0}, *each;
	int cpus = each_cpu(dp->fds.reasons, reason, sizeof(*each),
			    (void **)&each);

	if (cpus < 0)
		return cpus;
	for (int i = 0; i < cpus; i++) {
		total.packets += each[i].packets;
		total.octets += each[i].octets;
	}
	free(each);
	*sum = total;
	return 0;
}

int dataplane_core(const struct dataplane *dp, unsigned int cpu,
		   struct core_count *count)
{
	struct core_count *each;
	int cpus = each_cpu(dp->fds.cores, 0, sizeof(*each), (void **)&each);

	if (cpus < 0)
		return cpus;
	if (cpu < (unsigned int)cpus)
		*count = each[cpu];
	free(each);
	return cpu < (unsigned int)cpus ? 0 : -ENOENT;
}

/* ---- behind the redirect ------------------------------------------------- */

int dataplane_lost(const struct dataplane *dp, uint32_t ifindex,
		   struct port_lost *lost)
{
	return bpf_map_lookup_elem(dp->fds.lost, &ifindex, lost) ? -ENOENT : 0;
}
