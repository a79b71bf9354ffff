/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of l2xctl: typed replies built from the switch's state. */
#ifndef SWITCH_SHOW_H
#define SWITCH_SHOW_H

#include "switch/ctl.h"
#include "switch/node.h"

/* The table for ctl_new; ctx of every handler is the struct node. */
extern const struct ctl_command show_commands[];
extern const unsigned int show_command_count;

/* Values that more than one file shows. */
json_t *json_number(uint64_t value);
json_t *json_mac(const uint8_t mac[6]);
/* A port as "show ports" has it, alone in its list; NULL: it is not there. */
json_t *show_port(struct node *node, const char *name);
/* The call of a command's argument "id"; NULL, and what is wrong in error. */
struct call *show_find_call(struct node *node, json_t *arguments, char *error,
			    size_t cap);

#endif
