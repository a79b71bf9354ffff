/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keeper's ports: named by configuration or operator, absent, attached,
 * failed or detached, whatever their devices do.
 */
#include "program/keeper_inner.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "program/keeper_open.h"
#include "world/devices.h"

static struct keeper_entry *entry_find(struct keeper *k, const char *name)
{
	for (unsigned int i = 0; i < k->entry_count; i++)
		if (!strcmp(k->entries[i].port.name, name))
			return &k->entries[i];
	return NULL;
}

static struct keeper_entry *entry_add(struct keeper *k, const char *name)
{
	struct keeper_entry *entry = entry_find(k, name);

	if (entry)
		return entry;
	if (k->entry_count == KEEPER_PORTS)
		return NULL;
	entry = &k->entries[k->entry_count++];
	*entry = (struct keeper_entry){
		.packet = -1,
		.data = -1,
		.untold = true,
	};
	memcpy(entry->port.name, name,
	       strnlen(name, sizeof(entry->port.name) - 1));
	return entry;
}

static void packet_close(struct keeper_entry *entry)
{
	if (entry->packet >= 0)
		close(entry->packet);
	if (entry->data >= 0)
		close(entry->data);
	entry->packet = -1;
	entry->data = -1;
	entry->packet_ifindex = 0;
}

/* Two sockets for each incarnation of the device. */
static int packet_open(struct keeper_entry *entry)
{
	int fd;

	if (entry->packet >= 0 && entry->packet_ifindex == entry->port.ifindex)
		return 0;
	packet_close(entry);
	fd = open_pppoe(entry->port.ifindex, false);
	if (fd < 0)
		return fd;
	entry->packet = fd;
	fd = open_pppoe(entry->port.ifindex, true);
	if (fd < 0) {
		packet_close(entry);
		return fd;
	}
	entry->data = fd;
	entry->packet_ifindex = entry->port.ifindex;
	return 0;
}

/* ---- state --------------------------------------------------------------- */

static const char *state_name(uint8_t state)
{
	static const char *const names[] = {
		[KEEPER_PORT_ABSENT] = "absent",
		[KEEPER_PORT_ATTACHED] = "attached",
		[KEEPER_PORT_FAILED] = "failed",
		[KEEPER_PORT_DETACHED] = "detached",
	};

	return names[state];
}

static void entry_report(const struct keeper_entry *entry, uint8_t before)
{
	const struct keeper_port *port = &entry->port;

	if (port->state == KEEPER_PORT_ATTACHED)
		log_notice("port %s: %s -> attached, %s mode, %s, program %u",
			   port->name, state_name(before),
			   port->native ? "native" : "generic",
			   port->dispatcher ? "behind the dispatcher"
					    : "single program",
			   port->program_id);
	else
		log_warning("port %s: %s -> %s%s%s", port->name,
			    state_name(before), state_name(port->state),
			    *entry->text ? ": " : "", entry->text);
}

/* The only function that changes an entry; tells log and engine. */
static void entry_set(struct keeper_entry *entry,
		      const struct keeper_port *port, const char *text)
{
	struct keeper_port before = entry->port;

	if (!memcmp(&entry->port, port, sizeof(*port)) &&
	    !strcmp(entry->text, text))
		return;
	entry->port = *port;
	snprintf(entry->text, sizeof(entry->text), "%s", text);
	entry->untold = true;
	if (before.state != port->state ||
	    (port->state == KEEPER_PORT_FAILED && *text))
		entry_report(entry, before.state);
	conditions_report(entry, &before);
}

/*
 * Drivers may refuse a program while they join frames, and refuse to stop
 * joining while a program runs.  Offloads that were switched off in vain are
 * switched on again.  That change brings us back here, so this is tried only
 * once.
 */
static int entry_load(struct keeper *k, struct keeper_entry *entry,
		      struct keeper_port *port, struct loader_state *state)
{
	bool first = entry->refused != port->ifindex &&
		     loader_is_free(k->loader, port->ifindex);
	int error;

	if (first)
		offloads_apply(k, entry, port, OFFLOADS_JOIN);
	error = loader_attach(k->loader, port->ifindex, entry->generic, state);
	if (!error)
		entry->refused = 0;
	if (error && first) {
		entry->refused = port->ifindex;
		offloads_restore(k, entry, port->ifindex);
		port->offloads_off = port->offloads_on = 0;
	}
	return error;
}

static int entry_attach(struct keeper *k, struct keeper_entry *entry,
			struct keeper_port *port, char text[KEEPER_TEXT])
{
	struct loader_state state;
	int error = entry_load(k, entry, port, &state);

	snprintf(text, KEEPER_TEXT, "%s", state.text);
	port->program_id = state.program_id;
	port->native = state.native;
	port->dispatcher = state.dispatcher;
	if (!error) {
		offloads_apply(k, entry, port, UINT8_MAX);
		redirect_ask(k, port);
	}
	if (!error && port->access) {
		/* packet_open looks at the entry's device */
		entry->port.ifindex = port->ifindex;
		error = packet_open(entry);
		if (error)
			snprintf(text, KEEPER_TEXT, "packet socket: %s",
				 strerror(-error));
	}
	port->state = error ? KEEPER_PORT_FAILED : KEEPER_PORT_ATTACHED;
	return error;
}

/* The device that this port was, if it is gone. */
static void entry_forget(struct keeper *k, const struct keeper_entry *entry,
			 uint32_t ifindex)
{
	uint32_t before = entry->port.ifindex;
	char name[IF_NAMESIZE];

	if (before && before != ifindex && !if_indextoname(before, name))
		loader_forget(k->loader, before);
}

/* Brings an entry up to date: its device, and whether we are attached. */
static int entry_refresh(struct keeper *k, struct keeper_entry *entry)
{
	struct keeper_port port = {.access = entry->port.access};
	struct link link = {0};
	char text[KEEPER_TEXT] = "";
	int error = netlink_link(k->netlink, entry->port.name, &link);

	memcpy(port.name, entry->port.name, sizeof(port.name));
	port.ifindex = link.ifindex;
	memcpy(port.mac, link.mac, sizeof(port.mac));
	port.mtu = link.mtu;
	port.up = link.running;
	entry_forget(k, entry, port.ifindex);
	if (entry->detached) {
		port.state = KEEPER_PORT_DETACHED;
		error = 0;
	} else if (error) {
		port.state = KEEPER_PORT_ABSENT;
		snprintf(text, sizeof(text), "%s",
			 error == -ENODEV ? "no such device"
					  : strerror(-error));
	} else {
		error = entry_attach(k, entry, &port, text);
	}
	if (port.state != KEEPER_PORT_ATTACHED)
		packet_close(entry);
	entry_set(entry, &port, text);
	return error;
}

/* ---- from outside -------------------------------------------------------- */

/*
 * Ports that an earlier l2xd attached and the configuration does not name:
 * calls may run over them, so they stay until an operator detaches them.
 */
static void found_add(struct keeper *k)
{
	const struct loader_found *found;
	struct keeper_entry *entry;
	char name[IF_NAMESIZE];
	unsigned int count;

	found = loader_found(k->loader, &count);
	for (unsigned int i = 0; i < count; i++) {
		if (!if_indextoname(found[i].ifindex, name) ||
		    entry_find(k, name))
			continue;
		entry = entry_add(k, name);
		if (!entry)
			return;
		entry->port.access = found[i].access;
		entry->generic = found[i].generic;
		log_notice("port %s: kept, although the configuration does "
			   "not name it",
			   name);
	}
}

void ports_start(struct keeper *k)
{
	const struct conf *conf = k->conf;

	for (unsigned int i = 0; i < conf->port_count; i++) {
		struct keeper_entry *entry = entry_add(k, conf->ports[i].name);

		if (!entry) {
			log_error("port %s: more than %d ports",
				  conf->ports[i].name, KEEPER_PORTS);
			break;
		}
		entry->port.access = conf->ports[i].access;
		entry->generic = conf->ports[i].generic;
		entry->keep_offloads = conf->ports[i].keep_offloads;
	}
	found_add(k);
	ports_changed(k, 0, "");
}

void ports_changed(struct keeper *k, uint32_t ifindex, const char *name)
{
	for (unsigned int i = 0; i < k->entry_count; i++) {
		struct keeper_entry *entry = &k->entries[i];

		if (!ifindex || entry->port.ifindex == ifindex ||
		    !strcmp(entry->port.name, name))
			entry_refresh(k, entry);
	}
}

int port_attach(struct keeper *k, const struct keeper_port *wish, char *text)
{
	struct keeper_entry *entry;
	int error;

	if (!keeper_port_name(wish->name)) {
		snprintf(text, KEEPER_TEXT, "not a device name");
		return -EINVAL;
	}
	entry = entry_add(k, wish->name);
	if (!entry) {
		snprintf(text, KEEPER_TEXT, "more than %d ports", KEEPER_PORTS);
		return -ENOSPC;
	}
	if (wish->access)
		entry->port.access = 1;
	entry->detached = false;
	entry->refused = 0;
	entry->offloads_left = 0;
	entry->offloads_set = NEVER;
	entry->untold = true;
	error = entry_refresh(k, entry);
	snprintf(text, KEEPER_TEXT, "%.120s%s", entry->text,
		 entry->port.state == KEEPER_PORT_ABSENT
			 ? "; it is attached when it appears"
			 : "");
	return error;
}

int port_detach(struct keeper *k, const char *name, char *text)
{
	struct keeper_entry *entry = entry_find(k, name);
	int error;

	if (!entry) {
		snprintf(text, KEEPER_TEXT, "not one of our ports");
		return -ENOENT;
	}
	entry->detached = true;
	error = entry->port.ifindex
			? loader_detach(k->loader, entry->port.ifindex)
			: 0;
	if (error == -ENOENT || error == -ENODEV)
		error = 0; /* nothing of ours there: as wanted */
	if (error)
		snprintf(text, KEEPER_TEXT, "%s", strerror(-error));
	else if (entry->port.ifindex)
		offloads_restore(k, entry, entry->port.ifindex);
	entry->untold = true;
	entry_refresh(k, entry);
	return error;
}

/* The second socket of a port follows the first; -errno. */
static int data_tell(struct keeper *k, struct keeper_entry *entry)
{
	struct keeper_msg msg = {.type = KEEPER_PORT_DATA, .port = entry->port};
	int error = 0;

	if (entry->data >= 0)
		error = keeper_msg_send(k->engine_socket, &msg, entry->data);
	if (!error)
		entry->data_untold = false;
	return error;
}

bool ports_tell(struct keeper *k)
{
	for (unsigned int i = 0; i < k->entry_count; i++) {
		struct keeper_entry *entry = &k->entries[i];
		struct keeper_msg msg = {.type = KEEPER_PORT};
		int error = 0;

		if (entry->untold) {
			msg.port = entry->port;
			memcpy(msg.text, entry->text, sizeof(msg.text));
			error = keeper_msg_send(k->engine_socket, &msg,
						entry->packet);
		}
		if (!error && entry->untold) {
			entry->untold = false;
			entry->data_untold = true;
		}
		if (!error && entry->data_untold)
			error = data_tell(k, entry);
		if (error == -EAGAIN)
			return false;
		if (error) /* the engine ends; the next one gets all ports */
			return true;
	}
	return true;
}

void ports_forget_told(struct keeper *k)
{
	for (unsigned int i = 0; i < k->entry_count; i++)
		k->entries[i].untold = true;
}
