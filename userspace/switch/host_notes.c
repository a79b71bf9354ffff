/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's settings as notes; see host_notes.h. */
#include "switch/host_notes.h"

#include <stdio.h>
#include <string.h>

#include "switch/access.h"
#include "world/host.h"

#define SETTINGS "/proc/sys/net/ipv4"

enum { DEVICES = KEEPER_PORTS + 1 };

/* The note about a firewall comes last: the keeper has seen it. */
static unsigned int notes_look(const struct node *node,
			       struct host_note out[NODE_HOST_NOTES])
{
	bool routes = node->conf->pool_count;
	struct host_device devices[DEVICES] = {0};
	const struct access_port *port;
	unsigned int count = 0, notes;

	if (routes)
		devices[count++] = (struct host_device){
			.name = node->conf->tun,
			.access = true, /* its route back is always the tun */
		};
	list_each(port, &node->ports, link)
		if (port->state.state == KEEPER_PORT_ATTACHED &&
		    count < DEVICES)
			devices[count++] = (struct host_device){
				.name = port->state.name,
				.access = port->state.access,
			};
	notes = host_look(SETTINGS, routes, devices, count, out,
			  NODE_HOST_NOTES - 1);
	if (routes && *node->firewall)
		snprintf(out[notes++].text, HOST_NOTE,
			 "nftables: chain %s drops what no rule of it accepts: "
			 "what the kernel forwards for subscribers goes in and "
			 "out by %s",
			 node->firewall, node->conf->tun);
	return notes;
}

static bool note_is_old(const struct node *node, const char *text)
{
	for (unsigned int i = 0; i < node->host_note_count; i++)
		if (!strcmp(node->host_notes[i].text, text))
			return true;
	return false;
}

void host_notes_log(struct node *node)
{
	struct host_note notes[NODE_HOST_NOTES];
	unsigned int count = notes_look(node, notes);

	for (unsigned int i = 0; i < count; i++)
		if (!note_is_old(node, notes[i].text))
			log_warning("host: %s", notes[i].text);
	memcpy(node->host_notes, notes, count * sizeof(notes[0]));
	node->host_note_count = count;
}

json_t *host_notes_show(const struct node *node)
{
	struct host_note notes[NODE_HOST_NOTES];
	unsigned int count = notes_look(node, notes);
	json_t *rows = json_array();

	for (unsigned int i = 0; i < count; i++)
		json_array_append_new(rows, json_string(notes[i].text));
	return rows;
}
