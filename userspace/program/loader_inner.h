/* SPDX-License-Identifier: GPL-2.0-only */
/* What loader.c (maps and pins) and loader_port.c (ports) share. */
#ifndef PROGRAM_LOADER_INNER_H
#define PROGRAM_LOADER_INNER_H

#include "program/loader.h"

struct device_bpf;
struct l2x_bpf;
struct xdp_program;

#define LOADER_PINS "/sys/fs/bpf/l2x"

/* Map ids of `legs`, one for each ABI version that is pinned. */
struct owner {
	uint32_t legs[8];
	unsigned int count;
};

/* The program, loaded when it is first attached. */
struct variant {
	struct l2x_bpf *skeleton;
	struct xdp_program *program;
};

enum { HELD_MAPS = 16 };

struct loader {
	struct l2x_bpf *maps;  /* holds the maps, loads no program */
	void *held[HELD_MAPS]; /* a mapped page of each mmapable map */
	unsigned int held_count;
	struct owner owner;
	uint8_t cores[CPU_SLOTS]; /* that sessions are spread over */
	unsigned int core_count;  /* 0: they are not */
	bool cores_filled;	  /* each has its program */
	uint32_t program_ids[2]; /* of this process: shared, single */
	struct variant shared;	 /* attached by libxdp, dispatcher or not */
	struct variant single;	 /* replaces a single program of ours */
	struct loader_found *found;
	unsigned int found_count;
	struct device_bpf *device; /* loader_device.c */
	char lost_why[160]; /* why lost frames are not counted, "" = they are */
};

/* What is on a port. */
enum occupant {
	PORT_IS_FREE, /* nothing, or a dispatcher without a program of ours */
	PORT_IS_CURRENT, /* the program of this process */
	PORT_IS_EARLIER, /* one of ours from before */
	PORT_IS_FOREIGN,
};
struct look {
	enum occupant occupant;
	uint32_t main_id;    /* program that the port itself runs */
	uint32_t current_id; /* ours: the same, or behind the dispatcher */
	uint32_t earlier_id;
	bool native;
	bool dispatcher;
	char name[16]; /* of the main program */
};
/* -errno when the kernel does not answer. */
int port_look(const struct owner *owner, const uint32_t current[2],
	      uint32_t ifindex, struct look *look);
/* Takes one of the programs that `look` found off the port. */
int port_strip(const struct look *look, uint32_t ifindex, uint32_t id);
/* Opens a copy of the object whose maps are the pinned ones. */
int variant_open(struct loader *loader, struct variant *variant);
void variant_close(struct variant *variant);
struct bpf_map;
/* The map is pinned in this folder, by its name, when it is loaded. */
int map_set_pin(struct bpf_map *map, const char *folder);
/*
 * Loads bpf/device.bpf.c after the other maps.  Its maps are required, its
 * programs optional.
 */
int device_load(struct loader *loader, const char *folder);
void device_free(struct loader *loader);
/* Frames that are lost on their way out of this port are counted, or not. */
void device_port_add(struct loader *loader, uint32_t ifindex);
void device_port_remove(struct loader *loader, uint32_t ifindex);
/* The copy is loaded: the cores get their program from the first that is. */
int variant_fill_cores(struct loader *loader, const struct variant *variant);
/*
 * Log lines of libbpf and libxdp.  library_log_last is the last complaint since
 * library_log_forget ("" if none), or the first where that says more.
 */
void library_log_start(void);
void library_log_forget(bool first);
const char *library_log_last(void);

#endif
