/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The program on one port: what is there, putting ours there, replacing an
 * earlier one of ours without a gap, taking it away.
 *
 * libxdp attaches behind its dispatcher where the kernel can, else as the
 * port's single program.  It cannot replace a single program (-EBUSY), so that
 * case is ours: one atomic exchange by netlink.
 */
#include "program/loader.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "base/log.h"
#include "l2x.skel.h"
#include "program/loader_inner.h"

/* ---- looking ------------------------------------------------------------- */

/* Whether the program uses a map `legs` of the instance. */
static bool program_is_ours(const struct owner *owner, int fd, char name[16])
{
	uint32_t maps[64];
	struct bpf_prog_info info = {
		.nr_map_ids = 64,
		.map_ids = (uintptr_t)maps,
	};
	uint32_t len = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		return false;
	if (name)
		snprintf(name, 16, "%s", info.name);
	for (uint32_t i = 0; i < info.nr_map_ids && i < 64; i++)
		for (unsigned int j = 0; j < owner->count; j++)
			if (maps[i] == owner->legs[j])
				return true;
	return false;
}

static void look_add(struct look *look, const uint32_t current[2], uint32_t id)
{
	if (id == current[0] || id == current[1]) {
		look->current_id = id;
		look->occupant = PORT_IS_CURRENT;
		return;
	}
	look->earlier_id = id;
	if (look->occupant != PORT_IS_CURRENT)
		look->occupant = PORT_IS_EARLIER;
}

/*
 * Programs behind a dispatcher, where an earlier one may still be beside that
 * of this process, because somebody died between adding and removing.
 */
static void dispatcher_look(const struct owner *owner,
			    const uint32_t current[2], uint32_t ifindex,
			    struct look *look)
{
	struct xdp_multiprog *all =
		xdp_multiprog__get_from_ifindex((int)ifindex);
	struct xdp_program *one = NULL;

	if (libxdp_get_error(all))
		return;
	if (xdp_multiprog__is_legacy(all)) {
		xdp_multiprog__close(all);
		return;
	}
	look->dispatcher = true;
	look->occupant = PORT_IS_FREE;
	while ((one = xdp_multiprog__next_prog(one, all)) != NULL) {
		if (program_is_ours(owner, xdp_program__fd(one), NULL))
			look_add(look, current, xdp_program__id(one));
	}
	xdp_multiprog__close(all);
}

int port_look(const struct owner *owner, const uint32_t current[2],
	      uint32_t ifindex, struct look *look)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, query);
	int error = bpf_xdp_query((int)ifindex, 0, &query);
	int fd;

	if (error)
		return error;
	*look = (struct look){
		.native = query.drv_prog_id != 0,
		.main_id = query.drv_prog_id ? query.drv_prog_id
					     : query.skb_prog_id,
	};
	if (!look->main_id) {
		look->occupant =
			query.hw_prog_id ? PORT_IS_FOREIGN : PORT_IS_FREE;
		look->main_id = query.hw_prog_id;
		return 0;
	}
	fd = bpf_prog_get_fd_by_id(look->main_id);
	if (fd < 0)
		return -errno;
	look->occupant = PORT_IS_FOREIGN;
	if (program_is_ours(owner, fd, look->name))
		look_add(look, current, look->main_id);
	else
		dispatcher_look(owner, current, ifindex, look);
	close(fd);
	return 0;
}

static void state_of(const struct look *look, struct loader_state *state)
{
	state->program_id = look->main_id;
	state->native = look->native;
	state->dispatcher = look->dispatcher;
}

bool loader_look(const struct loader *loader, uint32_t ifindex,
		 struct loader_state *state)
{
	struct look look;

	if (port_look(&loader->owner, loader->program_ids, ifindex, &look) ||
	    look.occupant != PORT_IS_CURRENT)
		return false;
	*state = (struct loader_state){0};
	state_of(&look, state);
	return true;
}

bool loader_is_free(const struct loader *loader, uint32_t ifindex)
{
	struct look look;

	return !port_look(&loader->owner, loader->program_ids, ifindex,
			  &look) &&
	       look.occupant != PORT_IS_FOREIGN;
}

/* ---- taking away --------------------------------------------------------- */

static uint32_t mode_flag(const struct look *look)
{
	return look->native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
}

static int single_strip(const struct look *look, uint32_t ifindex, int fd)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, only, .old_prog_fd = fd);

	return bpf_xdp_detach((int)ifindex, mode_flag(look) | XDP_FLAGS_REPLACE,
			      &only);
}

static int dispatcher_strip(const struct look *look, uint32_t ifindex,
			    uint32_t id)
{
	struct xdp_program *program = xdp_program__from_id(id);
	int error = (int)libxdp_get_error(program);

	if (error)
		return error;
	error = xdp_program__detach(
		program, (int)ifindex,
		look->native ? XDP_MODE_NATIVE : XDP_MODE_SKB, 0);
	xdp_program__close(program);
	return error;
}

int port_strip(const struct look *look, uint32_t ifindex, uint32_t id)
{
	int fd, error;

	if (look->dispatcher)
		return dispatcher_strip(look, ifindex, id);
	fd = bpf_prog_get_fd_by_id(id);
	if (fd < 0)
		return -errno;
	error = single_strip(look, ifindex, fd);
	close(fd);
	return error;
}

/* Programs of an earlier l2xd, of which a crash may have left several. */
static int earlier_strip(struct loader *loader, uint32_t ifindex)
{
	struct look look;
	int error = 0;

	for (unsigned int i = 0; i < 10 && !error; i++) {
		error = port_look(&loader->owner, loader->program_ids, ifindex,
				  &look);
		if (error || !look.earlier_id)
			break;
		error = port_strip(&look, ifindex, look.earlier_id);
	}
	return error;
}

int loader_detach(struct loader *loader, uint32_t ifindex)
{
	struct look look;
	int error =
		port_look(&loader->owner, loader->program_ids, ifindex, &look);

	if (error)
		return error;
	if (!look.current_id && !look.earlier_id)
		return -ENOENT;
	if (look.earlier_id)
		error = earlier_strip(loader, ifindex);
	if (!error && look.current_id)
		error = port_strip(&look, ifindex, look.current_id);
	if (!error) {
		bpf_map_delete_elem(bpf_map__fd(loader->maps->maps.tx_ports),
				    &ifindex);
		device_port_remove(loader, ifindex);
	}
	return error;
}

/* ---- putting there ------------------------------------------------------- */

/* The copy that libxdp loads, in whatever way the kernel allows. */
static int shared_open(struct loader *loader)
{
	struct variant *shared = &loader->shared;
	int error;

	if (shared->program && loader->program_ids[0])
		return 0;
	/* a copy that failed to load cannot be loaded again */
	variant_close(shared);
	error = variant_open(loader, shared);
	if (error)
		return error;
	DECLARE_LIBXDP_OPTS(xdp_program_opts, from,
			    .obj = shared->skeleton->obj, .prog_name = "l2x");
	shared->program = xdp_program__create(&from);
	error = (int)libxdp_get_error(shared->program);
	if (error) {
		shared->program = NULL;
		variant_close(shared);
	}
	return error;
}

static int shared_attach(struct loader *loader, uint32_t ifindex, bool native)
{
	int error = shared_open(loader);

	if (error)
		return error;
	error = xdp_program__attach(loader->shared.program, (int)ifindex,
				    native ? XDP_MODE_NATIVE : XDP_MODE_SKB, 0);
	loader->program_ids[0] = xdp_program__id(loader->shared.program);
	return error ? error : variant_fill_cores(loader, &loader->shared);
}

/* The copy that is a plain XDP program. */
static int single_open(struct loader *loader)
{
	struct variant *single = &loader->single;
	struct bpf_prog_info info = {0};
	uint32_t len = sizeof(info);
	int error;

	if (loader->program_ids[1])
		return 0;
	error = variant_open(loader, single);
	if (!error)
		error = l2x_bpf__load(single->skeleton);
	if (!error &&
	    bpf_obj_get_info_by_fd(bpf_program__fd(single->skeleton->progs.l2x),
				   &info, &len))
		error = -errno;
	if (!error)
		error = variant_fill_cores(loader, single);
	if (error)
		variant_close(single);
	else
		loader->program_ids[1] = info.id;
	return error;
}

/* One exchange in the kernel: each frame meets the old or the new program. */
static int single_replace(struct loader *loader, uint32_t ifindex,
			  const struct look *look)
{
	LIBBPF_OPTS(bpf_xdp_attach_opts, only);
	int error = single_open(loader);

	if (error)
		return error;
	only.old_prog_fd = bpf_prog_get_fd_by_id(look->earlier_id);
	if (only.old_prog_fd < 0)
		return -errno;
	error = bpf_xdp_attach(
		(int)ifindex,
		bpf_program__fd(loader->single.skeleton->progs.l2x),
		mode_flag(look) | XDP_FLAGS_REPLACE, &only);
	close(only.old_prog_fd);
	return error;
}

static int fresh_attach(struct loader *loader, uint32_t ifindex, bool generic)
{
	int error = shared_attach(loader, ifindex, true);

	if (!error || error == -EBUSY || error == -EEXIST || !generic)
		return error;
	log_warning("port %u: no native XDP (%s), trying generic mode", ifindex,
		    library_log_last());
	return shared_attach(loader, ifindex, false);
}

static int earlier_replace(struct loader *loader, uint32_t ifindex,
			   bool generic, const struct look *look)
{
	int error;

	if (!look->native && !generic) {
		/* generic mode is not wanted any more: a gap is the price */
		error = earlier_strip(loader, ifindex);
		return error ? error : fresh_attach(loader, ifindex, false);
	}
	if (!look->dispatcher)
		return single_replace(loader, ifindex, look);
	error = shared_attach(loader, ifindex, look->native);
	return error ? error : earlier_strip(loader, ifindex);
}

static void state_explain(struct loader_state *state, int error)
{
	const char *said = library_log_last();

	if (error == -EOPNOTSUPP)
		snprintf(state->text, sizeof(state->text),
			 "no native XDP here (%s); generic: true would allow "
			 "generic mode",
			 *said ? said : "the driver has none");
	else
		snprintf(state->text, sizeof(state->text), "%s%s%s",
			 strerror(-error), *said ? ": " : "", said);
}

static int port_put(struct loader *loader, uint32_t ifindex, bool generic,
		    struct look *look, struct loader_state *state)
{
	int error = 0;

	switch (look->occupant) {
	case PORT_IS_FOREIGN:
		snprintf(state->text, sizeof(state->text),
			 "another XDP program (%s, id %u) is on this port",
			 look->name, look->main_id);
		return -EEXIST;
	case PORT_IS_CURRENT:
		break;
	case PORT_IS_EARLIER:
		error = earlier_replace(loader, ifindex, generic, look);
		break;
	case PORT_IS_FREE:
		error = fresh_attach(loader, ifindex, generic);
		break;
	}
	if (!error)
		error = port_look(&loader->owner, loader->program_ids, ifindex,
				  look);
	if (!error && look->occupant != PORT_IS_CURRENT)
		error = -EIO;
	if (error)
		state_explain(state, error);
	return error;
}

int loader_attach(struct loader *loader, uint32_t ifindex, bool generic,
		  struct loader_state *state)
{
	int tx = bpf_map__fd(loader->maps->maps.tx_ports);
	char name[IF_NAMESIZE];
	struct look look;
	int error;

	*state = (struct loader_state){0};
	library_log_forget(false);
	if (!if_indextoname(ifindex, name)) {
		snprintf(state->text, sizeof(state->text), "no such device");
		return -ENODEV;
	}
	error = port_look(&loader->owner, loader->program_ids, ifindex, &look);
	if (error) {
		state_explain(state, error);
		return error;
	}
	/* others may send here as soon as it is ours */
	if (look.occupant != PORT_IS_FOREIGN &&
	    bpf_map_update_elem(tx, &ifindex, &ifindex, BPF_ANY)) {
		error = -errno;
		state_explain(state, error);
		return error;
	}
	if (look.occupant != PORT_IS_FOREIGN)
		device_port_add(loader, ifindex);
	error = port_put(loader, ifindex, generic, &look, state);
	if (error) {
		bpf_map_delete_elem(tx, &ifindex);
		device_port_remove(loader, ifindex);
	} else {
		state_of(&look, state);
	}
	return error;
}
