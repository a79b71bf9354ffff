/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Offloads of a port's device that harm XDP, and whether the device accepts
 * frames from XDP: set, read back, watched and reported.
 *
 * Offloads are switched off when a port is attached, and again when somebody
 * switches them on later.  One that is switched on within FIGHT_MS is taken as
 * an operator's decision and left on until the port is attached anew.  A
 * detached port gets back those that are still off.
 */
#include "program/keeper_inner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "world/devices.h"

enum { FIGHT_MS = 10000 };

static int socket_any(void)
{
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

/* ---- switching ----------------------------------------------------------- */

/* Which offloads to switch off now: those that are on and changeable. */
static uint8_t offloads_unwanted(struct keeper_entry *entry,
				 const struct device_offloads *now,
				 uint8_t ours, struct instant time)
{
	uint8_t again = now->on & ours;
	char text[OFFLOADS_TEXT];

	if (entry->keep_offloads)
		return 0;
	if (again && !instant_due(instant_after(entry->offloads_set, FIGHT_MS),
				  time)) {
		entry->offloads_left |= again;
		log_warning("port %s: %s: somebody switched it on again at "
			    "once, left on",
			    entry->port.name,
			    device_offloads_text(again, text));
	}
	/* somebody else has switched it off */
	entry->offloads_left &= now->on;
	return now->on & (uint8_t)~now->fixed & (uint8_t)~entry->offloads_left;
}

static void offloads_off(struct keeper_entry *entry, int fd, uint8_t which,
			 struct device_offloads *now)
{
	const char *name = entry->port.name;
	char text[OFFLOADS_TEXT];
	uint8_t before = now->on;
	int error = device_offloads_set(fd, name, which, false);

	if (!error)
		error = device_offloads(fd, name, now);
	if (error) {
		entry->offloads_left |= which; /* once is enough */
		log_warning("port %s: %s cannot be switched off: %s", name,
			    device_offloads_text(which, text),
			    strerror(-error));
	} else if (before & (uint8_t)~now->on) {
		log_notice("port %s: %s switched off, XDP must see frames as "
			   "they came",
			   name,
			   device_offloads_text(before & (uint8_t)~now->on,
						text));
	}
}

static void device_restore(const char *name, uint8_t off)
{
	struct device_offloads now;
	char text[OFFLOADS_TEXT];
	int fd = socket_any(), error = fd < 0 ? -errno : 0;

	if (!error)
		error = device_offloads(fd, name, &now);
	if (!error)
		off &= (uint8_t)~now.on;
	if (!error && off)
		error = device_offloads_set(fd, name, off, true);
	if (error)
		log_warning("port %s: %s cannot be switched on again: %s", name,
			    device_offloads_text(off, text), strerror(-error));
	else if (off)
		log_notice("port %s: %s switched on again", name,
			   device_offloads_text(off, text));
	if (fd >= 0)
		close(fd);
}

void offloads_restore(struct keeper *k, struct keeper_entry *entry,
		      uint32_t ifindex)
{
	uint8_t off = loader_offloads(k->loader, ifindex);

	loader_offloads_set(k->loader, ifindex, 0);
	entry->offloads_set = NEVER;
	entry->offloads_left = 0;
	if (off)
		device_restore(entry->port.name, off);
}

void offloads_apply(struct keeper *k, struct keeper_entry *entry,
		    struct keeper_port *port, uint8_t which)
{
	uint8_t ours = loader_offloads(k->loader, port->ifindex), off;
	uint8_t may = keeper_port_offloads(port->access);
	struct device_offloads now = {0};
	struct instant time = now_read();
	int fd = socket_any();

	if (fd < 0)
		return;
	if (ours && entry->keep_offloads) {
		/* an earlier configuration had it otherwise */
		offloads_restore(k, entry, port->ifindex);
		ours = 0;
	}
	if (!device_offloads(fd, port->name, &now)) {
		which &= may & offloads_unwanted(entry, &now, ours, time);
		/* noted before it is done: we may die in between */
		if (which) {
			loader_offloads_set(k->loader, port->ifindex,
					    ours | which);
			offloads_off(entry, fd, which, &now);
		}
		if (which & (uint8_t)~now.on)
			entry->offloads_set = time;
		/* those that are on need not be switched on later */
		off = (ours | which) & (uint8_t)~now.on;
		if (which || off != ours)
			loader_offloads_set(k->loader, port->ifindex, off);
		port->offloads_off = off;
		port->offloads_on = now.on & may;
	}
	close(fd);
}

void offloads_restore_all(const struct loader_offloads *left,
			  unsigned int count)
{
	char name[IF_NAMESIZE];

	for (unsigned int i = 0; i < count; i++)
		if (if_indextoname(left[i].ifindex, name))
			device_restore(name, left[i].off);
}

/* ---- telling ------------------------------------------------------------- */

void redirect_ask(struct keeper *k, struct keeper_port *port)
{
	struct redirect_takes takes;

	port->redirect = KEEPER_REDIRECT_UNKNOWN;
	if (!k->redirect ||
	    redirect_read(k->redirect, port->ifindex, &takes))
		return;
	port->redirect = !takes.frames	? KEEPER_REDIRECT_NO
			 : takes.pieces ? KEEPER_REDIRECT_YES
					: KEEPER_REDIRECT_WHOLE;
}

void conditions_report(const struct keeper_entry *entry,
		       const struct keeper_port *before)
{
	const struct keeper_port *port = &entry->port;
	uint8_t harm = keeper_port_harm(port);
	char text[OFFLOADS_TEXT];
	bool changed = before->state != port->state ||
		       before->ifindex != port->ifindex;

	if (port->state != KEEPER_PORT_ATTACHED)
		return;
	if (harm && (changed || harm != keeper_port_harm(before)))
		log_warning("port %s: %s: on, %s", port->name,
			    device_offloads_text(harm, text),
			    keeper_harm_text(harm));
	if (changed || port->redirect != before->redirect) {
		if (port->redirect == KEEPER_REDIRECT_NO)
			log_warning("port %s: the device takes no frames from "
				    "XDP, those that native mode sends here "
				    "are lost",
				    port->name);
		else if (!changed && before->redirect == KEEPER_REDIRECT_NO)
			log_notice("port %s: the device takes frames from XDP "
				   "now",
				   port->name);
	}
}
