/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps for a node under fuzzing; see node_maps.h. */
#include "node_maps.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "node_world.h"

enum {
	/* no descriptors, and no numbers of such */
	FD_HOSTS = 100001,
	FD_ROUTES4,
	FD_ROUTES6,
	HASHED_MAX = 64,
};

struct maps maps;

/* ---- arrays -------------------------------------------------------------- */

static void *map_make(int *fd, size_t len)
{
	void *at;

	*fd = memfd_create("map", MFD_CLOEXEC);
	REQUIRE(*fd >= 0 && !ftruncate(*fd, (off_t)len));
	at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
	REQUIRE(at != MAP_FAILED);
	return at;
}

void maps_make(void)
{
	struct dataplane_fds *f = &maps.fds;

	maps.ports =
		map_make(&f->ports, PORT_SLOTS * sizeof(struct port));
	maps.tunnels = map_make(&f->tunnels_rx,
				TUNNEL_SLOTS * sizeof(struct tunnel_rx));
	maps.legs = map_make(&f->legs, LEG_SLOTS * sizeof(struct leg));
	maps.templates = map_make(&f->templates,
				  TEMPLATE_SLOTS * sizeof(struct template));
	maps.settings = map_make(&f->settings, sizeof(struct settings));
	map_make(&f->ip4_pools, POOL_SLOTS * sizeof(struct ip4_pool));
	map_make(&f->ip6_pools, POOL_SLOTS * sizeof(struct ip6_pool));
	map_make(&f->egress, PORT_SLOTS * sizeof(struct egress));
	map_make(&f->policers, LEG_SLOTS * sizeof(struct policer));
	map_make(&f->watch, sizeof(struct watch));
	map_make(&f->unresolved, UNRESOLVED_SLOTS * sizeof(struct unresolved));
	map_make(&f->punt_limits, PUNT_CLASSES * sizeof(struct punt_limit));
	f->ip4_hosts = FD_HOSTS;
	f->ip4_routes = FD_ROUTES4;
	f->ip6_routes = FD_ROUTES6;
	f->events = f->reasons = f->cores = f->lost = -1;
}

void maps_see_tags(uint32_t ifindex, struct instant now)
{
	uint32_t time = (uint32_t)(now.ms * 1000000 >> TAGS_SEEN_SHIFT);

	maps.ports[ifindex].tags_seen[0] = time;
	maps.ports[ifindex].tags_seen[1] = time;
	maps.ports[ifindex].tags_seen[2] = time;
}

void maps_empty(void)
{
	const int fds[] = {maps.fds.legs, maps.fds.templates,
			   maps.fds.tunnels_rx, maps.fds.policers};

	for (size_t i = 0; i < sizeof(fds) / sizeof(*fds); i++)
		REQUIRE(!fallocate(fds[i],
				   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   0, lseek(fds[i], 0, SEEK_END)));
}

bool maps_next(int fd, size_t size, uint32_t *from, uint32_t *to)
{
	off_t at = lseek(fd, (off_t)(*to * size), SEEK_DATA);

	if (at < 0)
		return false;
	*from = (uint32_t)((size_t)at / size);
	/* the last one may begin in memory and end in the hole */
	*to = (uint32_t)(((size_t)lseek(fd, at, SEEK_HOLE) + size - 1) / size);
	return true;
}

/* ---- hashes and tries ---------------------------------------------------- */

static struct hashed {
	int fd;
	uint8_t key[sizeof(struct ip6_prefix)];
	uint32_t slot;
} hashed[HASHED_MAX];

static size_t key_size(int fd)
{
	return fd == FD_HOSTS	  ? sizeof(__be32)
	       : fd == FD_ROUTES4 ? sizeof(struct ip4_prefix)
				  : sizeof(struct ip6_prefix);
}

static struct hashed *hashed_find(int fd, const void *key)
{
	for (unsigned int i = 0; i < maps.hashed; i++)
		if (hashed[i].fd == fd &&
		    !memcmp(hashed[i].key, key, key_size(fd)))
			return &hashed[i];
	errno = ENOENT;
	return NULL;
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	const struct hashed *found = hashed_find(fd, key);

	if (!found)
		return -ENOENT;
	memcpy(value, &found->slot, sizeof(found->slot));
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value,
			__u64 flags)
{
	struct hashed *entry = hashed_find(fd, key);

	(void)flags;
	REQUIRE(fd >= FD_HOSTS && fd <= FD_ROUTES6);
	if (!entry) {
		REQUIRE(maps.hashed < HASHED_MAX);
		entry = &hashed[maps.hashed++];
		entry->fd = fd;
		memcpy(entry->key, key, key_size(fd));
	}
	memcpy(&entry->slot, value, sizeof(entry->slot));
	return 0;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	struct hashed *entry = hashed_find(fd, key);

	if (!entry)
		return -ENOENT;
	*entry = hashed[--maps.hashed];
	return 0;
}
