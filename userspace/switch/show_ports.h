/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports as operators see them. */
#ifndef SWITCH_SHOW_PORTS_H
#define SWITCH_SHOW_PORTS_H

#include "switch/show.h"

int show_ports(void *ctx, json_t *arguments, json_t **reply, char *error,
	       size_t cap);
/* Forwarded frames that the devices of all ports lost; null: not counted. */
json_t *ports_lost(struct node *node);

#endif
