/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps on anonymous memory; see map_world.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <sys/mman.h>
#include <unistd.h>

#include "map_world.h"

static void *area(int *fd, size_t len)
{
	void *at;

	*fd = memfd_create("map", MFD_CLOEXEC);
	assert_true(*fd >= 0);
	assert_int_equal(ftruncate(*fd, (off_t)len), 0);
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	assert_true(at != MAP_FAILED);
	return at;
}

int map_world_setup(void **state)
{
	static struct map_world w;
	struct dataplane_fds *f = &w.fds;

	w.ports = area(&f->ports, PORT_SLOTS * sizeof(struct port));
	w.tunnels =
		area(&f->tunnels_rx, TUNNEL_SLOTS * sizeof(struct tunnel_rx));
	w.legs = area(&f->legs, LEG_SLOTS * sizeof(struct leg));
	w.templates =
		area(&f->templates, TEMPLATE_SLOTS * sizeof(struct template));
	w.settings = area(&f->settings, sizeof(struct settings));
	w.pools = area(&f->ip4_pools, POOL_SLOTS * sizeof(struct ip4_pool));
	area(&f->ip6_pools, POOL_SLOTS * sizeof(struct ip6_pool));
	w.egress = area(&f->egress, PORT_SLOTS * sizeof(struct egress));
	area(&f->policers, LEG_SLOTS * sizeof(struct policer));
	w.watch = area(&f->watch, sizeof(struct watch));
	f->events = -1;
	w.unresolved = area(&f->unresolved,
			    UNRESOLVED_SLOTS * sizeof(struct unresolved));
	area(&f->punt_limits, PUNT_CLASSES * sizeof(struct punt_limit));
	f->reasons = f->ip4_hosts = f->lost = -1;
	f->ip4_routes = f->ip6_routes = f->cores = -1;
	assert_int_equal(dataplane_new(&w.dp, f), 0);
	*state = &w;
	return 0;
}

int map_world_teardown(void **state)
{
	struct map_world *w = *state;

	dataplane_free(w->dp);
	munmap(w->ports, PORT_SLOTS * sizeof(struct port));
	munmap(w->tunnels, TUNNEL_SLOTS * sizeof(struct tunnel_rx));
	munmap(w->legs, LEG_SLOTS * sizeof(struct leg));
	munmap(w->templates, TEMPLATE_SLOTS * sizeof(struct template));
	munmap(w->settings, sizeof(struct settings));
	munmap(w->pools, POOL_SLOTS * sizeof(struct ip4_pool));
	munmap(w->egress, PORT_SLOTS * sizeof(struct egress));
	close(w->fds.ports);
	close(w->fds.tunnels_rx);
	close(w->fds.legs);
	close(w->fds.templates);
	close(w->fds.settings);
	close(w->fds.ip4_pools);
	close(w->fds.ip6_pools);
	close(w->fds.egress);
	close(w->fds.policers);
	munmap(w->unresolved, UNRESOLVED_SLOTS * sizeof(struct unresolved));
	close(w->fds.unresolved);
	munmap(w->watch, sizeof(struct watch));
	close(w->fds.watch);
	return 0;
}

void map_world_restart(struct map_world *w)
{
	dataplane_free(w->dp);
	assert_int_equal(dataplane_new(&w->dp, &w->fds), 0);
}
