/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ports for operators: state, offloads of their devices, and lost frames; see
 * show_ports.h.
 */
#include "switch/show_ports.h"

#include <stdio.h>
#include <string.h>

#include "switch/access.h"
#include "world/devices.h"

/* An array of names of the offloads. */
static json_t *offloads_list(uint8_t which)
{
	json_t *list = json_array();
	char text[OFFLOADS_TEXT];

	for (unsigned int bit = 1; bit <= which; bit <<= 1)
		if (which & bit)
			json_array_append_new(
				list, json_string(device_offloads_text(
					      (uint8_t)bit, text)));
	return list;
}

/* Null: nobody knows. */
static json_t *redirect_json(uint8_t redirect, bool takes)
{
	return redirect == KEEPER_REDIRECT_UNKNOWN ? json_null()
						   : json_boolean(takes);
}

static void note_add(char *note, size_t cap, const char *text)
{
	size_t len = strlen(note);

	snprintf(note + len, cap - len, "%s%s", len ? "; " : "", text);
}

/* Why it is not attached, or what is wrong although it is. */
static json_t *port_note(const struct access_port *port,
			 const struct port_lost *lost)
{
	uint8_t harm = keeper_port_harm(&port->state);
	char text[OFFLOADS_TEXT];
	char note[500];
	char line[200];

	snprintf(note, sizeof(note), "%s", port->text);
	if (harm) {
		snprintf(line, sizeof(line), "%s on: %s",
			 device_offloads_text(harm, text),
			 keeper_harm_text(harm));
		note_add(note, sizeof(note), line);
	}
	if (port->hides_tags)
		note_add(note, sizeof(note),
			 "VLAN tags are hidden from XDP: clients in VLANs are "
			 "not answered");
	if (port->passes_by)
		note_add(note, sizeof(note),
			 "frames do not meet XDP here: the slow path carries "
			 "them");
	if (port->state.redirect == KEEPER_REDIRECT_NO)
		note_add(note, sizeof(note), "takes no frames from XDP");
	if (lost->frames) {
		snprintf(line, sizeof(line), "lost the last frame: %s",
			 lost->error ? strerror((int)lost->error)
				     : "ring full");
		note_add(note, sizeof(note), line);
	}
	return json_string(note);
}

static json_t *port_row(const struct node *node, const struct access_port *port)
{
	static const char *const states[] = {
		[KEEPER_PORT_ABSENT] = "absent",
		[KEEPER_PORT_ATTACHED] = "attached",
		[KEEPER_PORT_FAILED] = "failed",
		[KEEPER_PORT_DETACHED] = "detached",
	};
	const struct keeper_port *state = &port->state;
	bool on = state->state == KEEPER_PORT_ATTACHED;
	const char *mode = state->native ? "native" : "generic";
	const char *attach = state->dispatcher ? "dispatcher" : "single";
	struct port_lost lost = {0};
	bool counted = on && node->lost_counted &&
		       !dataplane_lost(node->dataplane, state->ifindex, &lost);
	json_t *row;

	row = json_pack("{s:s,s:i,s:s,s:s,s:s,s:i,s:b,s:o,s:i,s:o}", "name",
			state->name, "ifindex", (int)state->ifindex, "state",
			states[state->state], "mode", on ? mode : "", "attach",
			on ? attach : "", "program_id", (int)state->program_id,
			"access", state->access, "mac", json_mac(state->mac),
			"mtu", state->mtu, "text", port_note(port, &lost));
	json_object_set_new(row, "lost",
			    counted ? json_number(lost.frames) : json_null());
	json_object_set_new(row, "tags_hidden",
			    json_number(port->tags_hidden));
	json_object_set_new(row, "passes_by", json_boolean(port->passes_by));
	json_object_set_new(row, "takes_redirect",
			    redirect_json(state->redirect,
					  state->redirect !=
						  KEEPER_REDIRECT_NO));
	json_object_set_new(row, "takes_pieces",
			    redirect_json(state->redirect,
					  state->redirect ==
						  KEEPER_REDIRECT_YES));
	json_object_set_new(row, "offloads_off",
			    offloads_list(state->offloads_off));
	json_object_set_new(row, "offloads_on",
			    offloads_list(state->offloads_on));
	return row;
}

json_t *ports_lost(struct node *node)
{
	const struct access_port *port;
	struct port_lost lost;
	uint64_t sum = 0;

	if (!node->lost_counted)
		return json_null();
	list_each(port, &node->ports, link)
		if (!dataplane_lost(node->dataplane, port->state.ifindex,
				    &lost))
			sum += lost.frames;
	return json_number(sum);
}

int show_ports(void *ctx, json_t *arguments, json_t **reply, char *error,
	       size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	const struct access_port *port;

	(void)arguments, (void)error, (void)cap;
	list_each(port, &node->ports, link)
		json_array_append_new(rows, port_row(node, port));
	*reply = json_pack("{s:o}", "ports", rows);
	return 0;
}

json_t *show_port(struct node *node, const char *name)
{
	const struct access_port *port = access_port_named(node, name);

	return port ? json_pack("{s:[o]}", "ports", port_row(node, port))
		    : NULL;
}
