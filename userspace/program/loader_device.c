/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinned facts about ports' devices: frames that were lost after the redirect,
 * counted by two programs on tracepoints, and offloads that were switched off.
 * Maps and programs are pinned, so that counting goes on like forwarding.
 */
#include "program/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "device.skel.h"
#include "l2x.skel.h"
#include "program/loader_inner.h"

/* ---- loading ------------------------------------------------------------- */

/* The kernel's number of the network namespace that we are in; 0: unknown. */
static uint32_t netns_number(void)
{
	struct stat st;

	return stat("/proc/self/ns/net", &st) ? 0 : (uint32_t)st.st_ino;
}

static int devmap_number(const struct loader *loader, uint32_t *id)
{
	struct bpf_map_info info = {0};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_map__fd(loader->maps->maps.tx_ports),
				   &info, &len))
		return -errno;
	*id = info.id;
	return 0;
}

static int maps_pin(struct device_bpf *device, const char *folder)
{
	struct bpf_map *map;
	int error;

	bpf_object__for_each_map(map, device->obj)
	{
		if (bpf_map__is_internal(map))
			continue;
		error = map_set_pin(map, folder);
		if (error)
			return error;
	}
	return 0;
}

/* Without the programs the maps are still wanted. */
static int object_load(struct loader *loader, const char *folder,
		       bool programs)
{
	struct device_bpf *device = device_bpf__open();
	int error = device ? maps_pin(device, folder) : -errno;
	uint32_t devmap = 0;

	if (!error)
		error = devmap_number(loader, &devmap);
	if (!error) {
		device->rodata->netns = netns_number();
		device->rodata->devmap = devmap;
		bpf_program__set_autoload(device->progs.lost_xmit, programs);
		bpf_program__set_autoload(device->progs.lost_redirect,
					  programs);
		error = device_bpf__load(device);
	}
	if (error)
		device_bpf__destroy(device);
	else
		loader->device = device;
	return error;
}

/* Takes the place of the one that an earlier l2xd left. */
static int program_attach(const struct bpf_program *program, const char *folder)
{
	char path[PATH_MAX];
	struct bpf_link *link;
	int error;

	if (snprintf(path, sizeof(path), "%s/%s", folder,
		     bpf_program__name(program)) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	if (unlink(path) && errno != ENOENT)
		return -errno;
	link = bpf_program__attach(program);
	if (!link)
		return -errno;
	error = bpf_link__pin(link, path);
	bpf_link__destroy(link);
	return error;
}

/* ---- ports that are no more ---------------------------------------------- */

static void lost_sweep(struct loader *loader)
{
	int fd = bpf_map__fd(loader->device->maps.lost);
	uint32_t *at = NULL, key, next;
	char name[IF_NAMESIZE];

	for (unsigned int i = 0; i <= LOST_SLOTS; i++) {
		bool last = bpf_map_get_next_key(fd, at, &next);

		/* only after the next key is known, which needs this one */
		if (at && !if_indextoname(key, name))
			loader_forget(loader, key);
		if (last)
			return;
		key = next;
		at = &key;
	}
}

int device_load(struct loader *loader, const char *folder)
{
	int error;

	library_log_forget(true);
	error = object_load(loader, folder, true);
	if (!error)
		error = program_attach(loader->device->progs.lost_xmit, folder);
	if (!error)
		error = program_attach(loader->device->progs.lost_redirect,
				       folder);
	if (error)
		snprintf(loader->lost_why, sizeof(loader->lost_why), "%s%s%s",
			 strerror(-error), *library_log_last() ? ": " : "",
			 library_log_last());
	library_log_forget(true);
	if (!loader->device)
		error = object_load(loader, folder, false);
	else
		error = 0;
	if (!error)
		lost_sweep(loader);
	return error;
}

void device_free(struct loader *loader)
{
	device_bpf__destroy(loader->device);
	loader->device = NULL;
}

const char *loader_lost_why(const struct loader *loader)
{
	return loader->lost_why;
}

/* ---- ports --------------------------------------------------------------- */

void device_port_add(struct loader *loader, uint32_t ifindex)
{
	const struct port_lost none = {0};

	/* what is counted already stays */
	bpf_map_update_elem(bpf_map__fd(loader->device->maps.lost), &ifindex,
			    &none, BPF_NOEXIST);
}

void device_port_remove(struct loader *loader, uint32_t ifindex)
{
	bpf_map_delete_elem(bpf_map__fd(loader->device->maps.lost), &ifindex);
}

void loader_forget(struct loader *loader, uint32_t ifindex)
{
	device_port_remove(loader, ifindex);
	loader_offloads_set(loader, ifindex, 0);
}

/* ---- offloads ------------------------------------------------------------ */

uint8_t loader_offloads(const struct loader *loader, uint32_t ifindex)
{
	struct port_offloads found;

	if (bpf_map_lookup_elem(bpf_map__fd(loader->device->maps.offloads),
				&ifindex, &found) ||
	    found.netns != netns_number())
		return 0;
	return (uint8_t)found.off;
}

void loader_offloads_set(struct loader *loader, uint32_t ifindex, uint8_t off)
{
	int fd = bpf_map__fd(loader->device->maps.offloads);
	const struct port_offloads record = {off, netns_number()};

	if (!off)
		bpf_map_delete_elem(fd, &ifindex);
	else if (bpf_map_update_elem(fd, &ifindex, &record, BPF_ANY))
		log_error("port %u: what was switched off cannot be noted: %s",
			  ifindex, strerror(errno));
}

unsigned int loader_offloads_left(const char *instance,
				  struct loader_offloads *out, unsigned int max)
{
	uint32_t *at = NULL, key, next, here = netns_number();
	struct port_offloads found;
	unsigned int count = 0;
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), LOADER_PINS "/%s/v%d/offloads", instance,
		 ABI_VERSION);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	while (count < max && !bpf_map_get_next_key(fd, at, &next)) {
		key = next;
		at = &key;
		if (!bpf_map_lookup_elem(fd, &key, &found) &&
		    found.netns == here)
			out[count++] = (struct loader_offloads){
				key, (uint8_t)found.off};
	}
	close(fd);
	return count;
}
