/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The benchmark's calls; see path_sessions.h and path_world_lay.
 *
 * Only those of one path exist at a time, so that 262144 of them have room:
 * their access sides have eight of the id banks, their core sides the others.
 * The pools' three banks hold three quarters of as many subscribers; the last
 * ones have single addresses, found by the hash.
 */
#include "path_sessions.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "program/loader.h"

enum {
	CORE_BANK = BENCH_CORE - BENCH_TUNNEL,
	ANY_MTU = 65535,
};

static const uint64_t police_bits = 100000000000; /* more than comes here */

static void check(const char *what, int err)
{
	if (err)
		path_die(what, -err);
}

/* ---- templates -------------------------------------------------------------
 */

static bool template_serves(const struct path_template *t,
			    const struct bench_traffic *traffic)
{
	return t->traffic.ip6 == traffic->ip6 &&
	       t->traffic.sum_out == traffic->sum_out &&
	       t->traffic.copy_dscp == traffic->copy_dscp;
}

static uint32_t template_new(struct path_world *w,
			     const struct bench_traffic *traffic)
{
	struct dataplane_l2tp_path path = {
		.ifindex = w->egress,
		.frame_max = 1614,
		.local = bench_local(traffic),
		.peer = bench_peer(traffic),
		.local_port = 1701,
		.peer_port = 1701,
		.ttl = 64,
		.copy_dscp = traffic->copy_dscp,
		.udp_sum = traffic->sum_out,
	};
	uint32_t slot;

	memcpy(path.source_mac, w->egress_mac, 6);
	memcpy(path.next_hop_mac, bench_next_hop_mac, 6);
	check("template", dataplane_template_new(w->dataplane, 1, &slot));
	dataplane_template_l2tp(w->dataplane, slot, &path,
				(struct instant){1000});
	return slot;
}

/* Kept for the next setup like it: an image in use does not change. */
static uint32_t template_l2tp(struct path_world *w,
			      const struct bench_traffic *traffic)
{
	for (unsigned int i = 0; i < w->template_count; i++)
		if (template_serves(&w->templates[i], traffic))
			return w->templates[i].slot;
	if (w->template_count == PATH_TEMPLATES)
		path_die("templates", ENOSPC);
	w->templates[w->template_count].traffic = *traffic;
	w->templates[w->template_count].slot = template_new(w, traffic);
	return w->templates[w->template_count++].slot;
}

static uint32_t template_pppoe(struct path_world *w)
{
	struct dataplane_pppoe_path path = {
		.ifindex = w->egress,
		.tags = 1,
		.outer_type = 0x8100,
		.frame_max = 1618,
	};
	uint32_t template;

	memcpy(path.source_mac, w->egress_mac, 6);
	check("template", dataplane_template_new(w->dataplane, 2, &template));
	dataplane_template_pppoe(w->dataplane, template, &path,
				 (struct instant){1000});
	return template;
}

/* ---- ends ------------------------------------------------------------------
 */

static struct leg_end end_l2tp(const struct path_world *w, uint32_t template,
			       uint8_t first_bank, uint32_t session)
{
	uint8_t bank = (uint8_t)(first_bank + (session >> BENCH_SHIFT));

	return (struct leg_end){
		.kind = LEG_L2TP,
		.slot = dataplane_slot(bank, bench_id(session)),
		.template = template,
		.mtu = ANY_MTU,
		.policed = w->setup.policed,
		.l2tp =
			{
				.tunnel = (uint16_t)(BENCH_TUNNEL + bank),
				.peer_tunnel = BENCH_PEER_TUNNEL,
				.peer_session = bench_id(session),
				.sequenced = w->setup.traffic.sequence,
			},
	};
}

static struct leg_end end_pppoe(const struct path_world *w, uint32_t session)
{
	uint8_t bank = (uint8_t)(session >> BENCH_SHIFT);
	struct leg_end end = {
		.kind = LEG_PPPOE,
		.slot = dataplane_slot(bank, bench_id(session)),
		.template = w->pppoe_template,
		.mtu = ANY_MTU,
		.policed = w->setup.policed,
		.pppoe = {.vlan = bank + 1, .session = bench_id(session)},
	};

	memcpy(end.pppoe.mac, bench_client_mac, 6);
	return end;
}

static struct leg_end end_ip(const struct path_world *w, uint32_t session)
{
	struct leg_end end = {
		.kind = LEG_IP,
		.slot = w->pool + session,
		.policed = w->setup.policed,
		.ip = {.ip4 = bench_address(BENCH_POOL + session)},
	};

	if (session >= POOL_ADDRESSES)
		check("address",
		      dataplane_host_add(w->dataplane, end.ip.ip4, &end.slot));
	return end;
}

/* ---- calls -----------------------------------------------------------------
 */

struct call {
	struct leg_end access, core;
};

static struct call call_make(struct path_world *w, uint32_t template,
			     uint32_t session)
{
	const struct bench_path *path = w->setup.traffic.path;
	bool switched = path->l2tp_in && path->l2tp_out;
	bool routed = bench_path_routed(path);

	return (struct call){
		.access = routed || switched ? end_l2tp(w, template, 0, session)
					     : end_pppoe(w, session),
		.core = routed ? end_ip(w, session)
			       : end_l2tp(w, template, CORE_BANK, session),
	};
}

static void call_police(struct path_world *w, const struct call *call)
{
	dataplane_police(w->dataplane, call->access.slot, police_bits, 0);
	dataplane_police(w->dataplane, call->core.slot, police_bits, 0);
}

static void calls_end(struct path_world *w)
{
	for (uint32_t i = 0; i < w->setup.traffic.sessions; i++) {
		struct call call = call_make(w, 0, i);

		dataplane_leg_clear(w->dataplane, call.access.slot);
		dataplane_leg_clear(w->dataplane, call.core.slot);
		if (call.core.kind == LEG_IP && i >= POOL_ADDRESSES)
			dataplane_host_remove(w->dataplane, call.core.ip.ip4);
	}
}

static void calls_make(struct path_world *w)
{
	uint32_t template = template_l2tp(w, &w->setup.traffic);

	for (uint32_t i = 0; i < w->setup.traffic.sessions; i++) {
		struct call call = call_make(w, template, i);

		if (w->setup.policed)
			call_police(w, &call);
		check("join", dataplane_join(w->dataplane, i + 1, &call.access,
					     &call.core));
	}
}

/*
 * Lets subscribers send from any address, which the daemon would do for none:
 * what checking costs shows beside this only.
 */
static void sources_forget(struct path_world *w)
{
	size_t size = (size_t)LEG_SLOTS * sizeof(struct leg);
	struct leg *legs = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
				loader_maps(w->loader).legs, 0);

	if (legs == MAP_FAILED)
		path_die("legs", errno);
	for (uint32_t i = 0; i < w->setup.traffic.sessions; i++)
		legs[call_make(w, 0, i).access.slot].to.ip.user4 = 0;
	munmap(legs, size);
}

static void tunnels_make(struct path_world *w)
{
	struct dataplane_tunnel tunnel = {
		.peer = bench_peer(&w->setup.traffic),
		.local = bench_local(&w->setup.traffic),
		.peer_port = 1701,
		.zero_sum = true,
	};

	for (uint8_t bank = 0; bank < ID_BANKS; bank++) {
		tunnel.id = (uint16_t)(BENCH_TUNNEL + bank);
		tunnel.bank = bank;
		dataplane_tunnel_close(w->dataplane, tunnel.id);
		check("tunnel", dataplane_tunnel_open(w->dataplane, &tunnel));
	}
}

void path_sessions_init(struct path_world *w)
{
	w->pppoe_template = template_pppoe(w);
	check("pool",
	      dataplane_pool_add(w->dataplane, bench_address(BENCH_POOL),
				 POOL_ADDRESSES, &w->pool));
}

void path_world_lay(struct path_world *w, const struct path_setup *setup)
{
	calls_end(w);
	w->setup = *setup;
	tunnels_make(w);
	dataplane_mss_clamp_set(w->dataplane, setup->mss_clamp);
	dataplane_check_sums_set(w->dataplane, setup->check_sums);
	calls_make(w);
	if (bench_path_routed(setup->traffic.path) && !setup->check_source)
		sources_forget(w);
}

struct path_setup path_setup_bare(const struct bench_path *path,
				  uint32_t sessions)
{
	return (struct path_setup){
		.traffic = {.path = path, .sessions = sessions},
	};
}

struct path_setup path_setup_all(const struct bench_path *path,
				 uint32_t sessions)
{
	struct path_setup setup = path_setup_bare(path, sessions);

	setup.traffic.copy_dscp = true;
	setup.policed = true;
	setup.mss_clamp = true;
	setup.check_source = true;
	return setup;
}
