/* SPDX-License-Identifier: GPL-2.0-only */
/* Kernel settings that block subscribers' packets; see host.h. */
#include "world/host.h"

#include <stdarg.h>
#include <stdio.h>

struct notes {
	struct host_note *out;
	unsigned int count, max;
};

__attribute__((format(printf, 2, 3))) static void
note_add(struct notes *notes, const char *format, ...)
{
	va_list args;

	if (notes->count >= notes->max)
		return;
	va_start(args, format);
	vsnprintf(notes->out[notes->count++].text, HOST_NOTE, format, args);
	va_end(args);
}

/* -1: there is no such device or setting. */
static int setting_read(const char *folder, const char *device,
			const char *name)
{
	char path[256];
	FILE *file;
	int value;

	snprintf(path, sizeof(path), "%s/conf/%s/%s", folder, device, name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%d", &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

/*
 * Forwarding is a setting of each receiving device, also for the FIB lookup of
 * the XDP program; ip_forward sets it for all.
 */
static void forwarding_look(struct notes *notes, const char *folder,
			    const struct host_device *devices,
			    unsigned int count)
{
	unsigned int off = 0;

	for (unsigned int i = 0; i < count; i++)
		off += !setting_read(folder, devices[i].name, "forwarding");
	if (count && off == count) {
		note_add(notes, "net.ipv4.ip_forward is 0: nothing is routed "
				"for subscribers whose calls end here");
		return;
	}
	for (unsigned int i = 0; i < count; i++)
		if (!setting_read(folder, devices[i].name, "forwarding"))
			note_add(notes,
				 "net.ipv4.conf.%s.forwarding is 0: what "
				 "arrives there is not routed",
				 devices[i].name);
}

/*
 * The larger of both values counts.  2 (loose) accepts a packet if the route
 * back leads to its device, or if there is any route back and the device has
 * an address.
 */
static void rp_filter_look(struct notes *notes, const char *folder,
			   const struct host_device *device)
{
	int all = setting_read(folder, "all", "rp_filter");
	int own = setting_read(folder, device->name, "rp_filter");

	if (own < 0 || (all > own ? all : own) != 1)
		return;
	note_add(notes,
		 "net.ipv4.conf.%s.rp_filter is 1 (strict): what XDP hands to "
		 "the kernel there, as L2TP control, is lost unless the route "
		 "back to its sender leads by %s",
		 own == 1 ? device->name : "all", device->name);
}

unsigned int host_look(const char *folder, bool routes,
		       const struct host_device *devices, unsigned int count,
		       struct host_note *out, unsigned int max)
{
	struct notes notes = {.out = out, .max = max};

	if (routes)
		forwarding_look(&notes, folder, devices, count);
	for (unsigned int i = 0; i < count; i++)
		if (!devices[i].access)
			rp_filter_look(&notes, folder, &devices[i]);
	return notes.count;
}
