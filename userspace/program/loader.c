/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps, pins and which programs are ours; ports are in loader_port.c. */
#include "program/loader.h"

#include <bpf/bpf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "base/log.h"
#include "device.skel.h"
#include "l2x.skel.h"
#include "program/loader_inner.h"

#define BPFFS	 "/sys/fs/bpf"
#define PINS	 LOADER_PINS
#define MAP_TX	 "tx_ports"
#define MAP_CPUS "cpus"
#define MAP_LEGS "legs"

#define CORE_QUEUE 2048 /* frames that wait for a core, a burst's worth */

bool instance_is_valid(const char *instance)
{
	size_t len = strlen(instance);

	if (!len || len > 32)
		return false;
	for (size_t i = 0; i < len; i++)
		if (!isalnum((unsigned char)instance[i]) &&
		    instance[i] != '-' && instance[i] != '_')
			return false;
	return true;
}

/* ---- folders ------------------------------------------------------------- */

static int bpffs_mount(void)
{
	struct statfs fs;

	if (!statfs(BPFFS, &fs) && (uint32_t)fs.f_type == BPF_FS_MAGIC)
		return 0;
	if (mount("bpf", BPFFS, "bpf", 0, NULL))
		return -errno;
	log_notice("mounted bpffs on " BPFFS);
	return 0;
}

static int folder_make(const char *path)
{
	if (mkdir(path, 0700) && errno != EEXIST)
		return -errno;
	/* the engine and everybody else stay out */
	return chmod(path, 0700) ? -errno : 0;
}

/* /sys/fs/bpf/l2x/<instance>/v<ABI>, made with all above it. */
static int pins_make(const char *instance, char path[PATH_MAX])
{
	int error = bpffs_mount();

	if (!error)
		error = folder_make(PINS);
	snprintf(path, PATH_MAX, PINS "/%s", instance);
	if (!error)
		error = folder_make(path);
	snprintf(path, PATH_MAX, PINS "/%s/v%d", instance, ABI_VERSION);
	if (!error)
		error = folder_make(path);
	return error;
}

/*
 * Calls each(ctx, path) for every entry of a folder.  Entries may be removed
 * on the way.
 */
static void folder_each(const char *path,
			void (*each)(void *ctx, const char *path), void *ctx)
{
	char inner[PATH_MAX];
	struct dirent *entry;
	DIR *folder = opendir(path);

	if (!folder)
		return;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(inner, sizeof(inner), "%s/%s", path,
			     entry->d_name) < (int)sizeof(inner))
			each(ctx, inner);
	}
	closedir(folder);
}

/* ---- whose programs are ours --------------------------------------------- */

static void owner_add(void *ctx, const char *version_folder)
{
	struct owner *owner = ctx;
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);
	char path[PATH_MAX];
	int fd;

	if (owner->count == sizeof(owner->legs) / sizeof(owner->legs[0]))
		return;
	if (snprintf(path, sizeof(path), "%s/" MAP_LEGS, version_folder) >=
	    (int)sizeof(path))
		return;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		owner->legs[owner->count++] = info.id;
	close(fd);
}

static struct owner owner_read(const char *instance)
{
	struct owner owner = {0};
	char path[PATH_MAX];

	snprintf(path, sizeof(path), PINS "/%s", instance);
	folder_each(path, owner_add, &owner);
	return owner;
}

/* ---- maps ---------------------------------------------------------------- */

int map_set_pin(struct bpf_map *map, const char *folder)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", folder, bpf_map__name(map)) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	return bpf_map__set_pin_path(map, path);
}

static int maps_set_pins(struct l2x_bpf *maps, const char *folder)
{
	struct bpf_map *map;
	int error;

	bpf_object__for_each_map(map, maps->obj)
	{
		/* internal maps (.rodata) are not pinned */
		if (bpf_map__is_internal(map) ||
		    !strcmp(bpf_map__name(map), MAP_TX) ||
		    !strcmp(bpf_map__name(map), MAP_CPUS))
			continue;
		error = map_set_pin(map, folder);
		if (error)
			return error;
	}
	return 0;
}

/* A ring too: of it the reader's page can be written. */
static bool map_can_be_mapped(const struct bpf_map *map)
{
	return !bpf_map__is_internal(map) &&
	       (bpf_map__map_flags(map) & BPF_F_MMAPABLE ||
		bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF);
}

/*
 * A writable mapping of ours keeps the engine from freezing a map, which would
 * end its updates for good.
 */
static int maps_hold(struct loader *loader)
{
	struct bpf_map *map;
	void *page;

	bpf_object__for_each_map(map, loader->maps->obj)
	{
		if (!map_can_be_mapped(map))
			continue;
		if (loader->held_count == HELD_MAPS)
			return -E2BIG;
		page = mmap(NULL, 1, PROT_READ | PROT_WRITE, MAP_SHARED,
			    bpf_map__fd(map), 0);
		if (page == MAP_FAILED)
			return -errno;
		loader->held[loader->held_count++] = page;
	}
	return 0;
}

static int maps_load(struct loader *loader, const char *folder)
{
	struct l2x_bpf *maps = l2x_bpf__open();
	int error;

	if (!maps)
		return -errno;
	loader->maps = maps;
	bpf_program__set_autoload(maps->progs.l2x, false);
	bpf_program__set_autoload(maps->progs.l2x_core, false);
	error = maps_set_pins(maps, folder);
	if (!error)
		error = l2x_bpf__load(maps);
	if (!error)
		error = maps_hold(loader);
	return error;
}

struct dataplane_fds loader_maps(const struct loader *loader)
{
	const struct l2x_bpf *m = loader->maps;

	return (struct dataplane_fds){
		.ports = bpf_map__fd(m->maps.ports),
		.tunnels_rx = bpf_map__fd(m->maps.tunnels_rx),
		.legs = bpf_map__fd(m->maps.legs),
		.templates = bpf_map__fd(m->maps.templates),
		.settings = bpf_map__fd(m->maps.settings),
		.reasons = bpf_map__fd(m->maps.reasons),
		.ip4_pools = bpf_map__fd(m->maps.ip4_pools),
		.ip4_hosts = bpf_map__fd(m->maps.ip4_hosts),
		.ip4_routes = bpf_map__fd(m->maps.ip4_routes),
		.ip6_pools = bpf_map__fd(m->maps.ip6_pools),
		.ip6_routes = bpf_map__fd(m->maps.ip6_routes),
		.policers = bpf_map__fd(m->maps.policers),
		.egress = bpf_map__fd(m->maps.egress),
		.cores = bpf_map__fd(m->maps.cores),
		.watch = bpf_map__fd(m->maps.watch),
		.events = bpf_map__fd(m->maps.events),
		.unresolved = bpf_map__fd(m->maps.unresolved),
		.punt_limits = bpf_map__fd(m->maps.punt_limits),
		.lost = bpf_map__fd(loader->device->maps.lost),
	};
}

int variant_open(struct loader *loader, struct variant *variant)
{
	struct l2x_bpf *skeleton = l2x_bpf__open();
	struct bpf_map *map;
	int error = skeleton ? 0 : -errno;

	if (error)
		return error;
	bpf_object__for_each_map(map, skeleton->obj)
	{
		struct bpf_map *held = bpf_object__find_map_by_name(
			loader->maps->obj, bpf_map__name(map));

		if (!error && !bpf_map__is_internal(map))
			error = held ? bpf_map__reuse_fd(map, bpf_map__fd(held))
				     : -ENOENT;
	}
	if (error) {
		l2x_bpf__destroy(skeleton);
		return error;
	}
	skeleton->rodata->spread_cpus = loader->core_count;
	memcpy((void *)skeleton->rodata->spread_cpu, loader->cores,
	       sizeof(loader->cores));
	bpf_program__set_autoload(skeleton->progs.l2x_core,
				  loader->core_count > 0);
	variant->skeleton = skeleton;
	return 0;
}

void loader_spread(struct loader *loader, const uint8_t *cores,
		   unsigned int count)
{
	if (count > CPU_SLOTS)
		count = CPU_SLOTS;
	loader->core_count = count;
	memcpy(loader->cores, cores, loader->core_count);
}

int variant_fill_cores(struct loader *loader, const struct variant *variant)
{
	struct bpf_cpumap_val value = {.qsize = CORE_QUEUE};
	uint32_t cpu;

	if (loader->cores_filled)
		return 0;
	for (unsigned int i = 0; i < loader->core_count; i++) {
		cpu = loader->cores[i];
		value.bpf_prog.fd =
			bpf_program__fd(variant->skeleton->progs.l2x_core);
		if (bpf_map_update_elem(bpf_map__fd(loader->maps->maps.cpus),
					&cpu, &value, BPF_ANY))
			return -errno;
	}
	loader->cores_filled = true;
	return 0;
}

void variant_close(struct variant *variant)
{
	if (variant->program)
		xdp_program__close(variant->program);
	l2x_bpf__destroy(variant->skeleton);
	*variant = (struct variant){0};
}

/* ---- ports of an earlier l2xd -------------------------------------------- */

static bool port_was_access(const struct loader *loader, uint32_t ifindex)
{
	struct port port;

	return !bpf_map_lookup_elem(bpf_map__fd(loader->maps->maps.ports),
				    &ifindex, &port) &&
	       port.flags & PORT_ACCESS;
}

/*
 * Finds the ports where we are already, and lets the new program send to all
 * of them before it runs on the first: no frame is lost in between.
 */
static int found_read(struct loader *loader)
{
	struct if_nameindex *all = if_nameindex();
	unsigned int count = 0;
	struct look look;

	if (!all)
		return -errno;
	while (all[count].if_index)
		count++;
	loader->found = calloc(count + 1, sizeof(*loader->found));
	for (unsigned int i = 0; loader->found && i < count; i++) {
		uint32_t ifindex = all[i].if_index;

		if (port_look(&loader->owner, loader->program_ids, ifindex,
			      &look) ||
		    look.occupant != PORT_IS_EARLIER)
			continue;
		loader->found[loader->found_count++] = (struct loader_found){
			.ifindex = ifindex,
			.access = port_was_access(loader, ifindex),
			.generic = !look.native,
		};
		bpf_map_update_elem(bpf_map__fd(loader->maps->maps.tx_ports),
				    &ifindex, &ifindex, BPF_ANY);
		device_port_add(loader, ifindex);
	}
	if_freenameindex(all);
	return loader->found ? 0 : -ENOMEM;
}

const struct loader_found *loader_found(const struct loader *loader,
					unsigned int *count)
{
	*count = loader->found_count;
	return loader->found;
}

/* ---- life ---------------------------------------------------------------- */

int loader_new(struct loader **out, const char *instance, char *error,
	       size_t cap)
{
	struct loader *loader = calloc(1, sizeof(*loader));
	char folder[PATH_MAX];
	int status;

	if (!loader)
		return -ENOMEM;
	library_log_start();
	library_log_forget(true);
	status = pins_make(instance, folder);
	if (!status)
		status = maps_load(loader, folder);
	if (!status)
		status = device_load(loader, folder);
	if (!status) {
		loader->owner = owner_read(instance);
		status = found_read(loader);
	}
	if (status) {
		snprintf(error, cap, "maps under %s: %s%s%s", folder,
			 strerror(-status), *library_log_last() ? ": " : "",
			 library_log_last());
		loader_free(loader);
		return status;
	}
	*out = loader;
	return 0;
}

void loader_free(struct loader *loader)
{
	if (!loader)
		return;
	variant_close(&loader->shared);
	variant_close(&loader->single);
	for (unsigned int i = 0; i < loader->held_count; i++)
		munmap(loader->held[i], 1);
	device_free(loader);
	l2x_bpf__destroy(loader->maps);
	free(loader->found);
	free(loader);
}

/* ---- unload -------------------------------------------------------------- */

static void pin_remove(void *ctx, const char *path)
{
	int *status = ctx;

	if (unlink(path))
		*status = -errno;
}

static void version_remove(void *ctx, const char *path)
{
	int *status = ctx;

	folder_each(path, pin_remove, ctx);
	if (rmdir(path))
		*status = -errno;
}

static int pins_remove(const char *instance)
{
	char path[PATH_MAX];
	int status = 0;

	snprintf(path, sizeof(path), PINS "/%s", instance);
	folder_each(path, version_remove, &status);
	if (rmdir(path) && errno != ENOENT)
		status = -errno;
	/* shared with other instances: goes with the last of them */
	rmdir(PINS);
	return status;
}

static int ports_strip(const struct owner *owner)
{
	static const uint32_t none[2];
	struct if_nameindex *all = if_nameindex();
	struct look look;
	int status = 0;

	if (!all)
		return -errno;
	for (unsigned int i = 0; all[i].if_index && !status;) {
		if (port_look(owner, none, all[i].if_index, &look) ||
		    !look.earlier_id) {
			i++;
			continue;
		}
		/* the same port again: it may have another program of ours */
		status = port_strip(&look, all[i].if_index, look.earlier_id);
		if (!status)
			log_notice("port %s: program %u detached",
				   all[i].if_name, look.earlier_id);
	}
	if_freenameindex(all);
	return status;
}

bool loader_runs(const char *instance, uint32_t ifindex)
{
	static const uint32_t none[2];
	struct owner owner = owner_read(instance);
	struct look look;

	return !port_look(&owner, none, ifindex, &look) && look.earlier_id;
}

/* In the order of struct dataplane_fds. */
static const char *const map_names[] = {
	"ports",      "tunnels_rx",  "legs",	  "templates",	"settings",
	"reasons",    "ip4_pools",   "ip4_hosts", "ip4_routes", "ip6_pools",
	"ip6_routes", "policers",    "egress",	  "cores",	"watch",
	"events",     "unresolved",  "punt_limits", "lost",
};
_Static_assert(sizeof(struct dataplane_fds) / sizeof(int) ==
		       sizeof(map_names) / sizeof(*map_names),
	       "a name for each map");

int loader_pinned(const char *instance, struct dataplane_fds *fds)
{
	struct dataplane_fds all;
	int *fd = (int *)&all;
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(all) / sizeof(*fd); i++) {
		snprintf(path, sizeof(path), PINS "/%s/v%d/%s", instance,
			 ABI_VERSION, map_names[i]);
		fd[i] = bpf_obj_get(path);
		if (fd[i] >= 0)
			continue;
		while (i--)
			close(fd[i]);
		return -ENOENT;
	}
	*fds = all;
	return 0;
}

int loader_unload(const char *instance, char *error, size_t cap)
{
	struct owner owner = owner_read(instance);
	int status;

	library_log_start();
	library_log_forget(true);
	status = ports_strip(&owner);
	if (status) {
		snprintf(error, cap, "detaching: %s: %s", strerror(-status),
			 library_log_last());
		return status;
	}
	status = pins_remove(instance);
	if (status)
		snprintf(error, cap, "removing pins under " PINS "/%s: %s",
			 instance, strerror(-status));
	return status;
}
