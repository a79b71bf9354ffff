/* SPDX-License-Identifier: GPL-2.0-only */
/* test_conf.c's rows for control messages; columns as there. */
#ifndef UNIT_CONF_CONTROL_ROWS_H
#define UNIT_CONF_CONTROL_ROWS_H

#define IN_PORT "ports:\n- name: eth0\n"

#define CONTROL_ROWS(ROW)                                                      \
	ROW(retransmit_floor, "l2tp.retransmit-floor",                         \
	    "l2tp:\n  retransmit-floor: ", "0.02",                             \
	    c->l2tp.retransmit_floor_ms == 20, "0.01", 2,                      \
	    "must be from 0.02 to 16 seconds")                                 \
	ROW(connect_up, "ports.connect-up", IN_PORT "  connect-up: ", "10M",   \
	    c->ports[0].connect_up == 10000000 && !c->ports[0].connect_down,   \
	    "63k", 3, "must be from 64k to 100G")                              \
	ROW(connect_down, "ports.connect-down", IN_PORT "  connect-down: ",    \
	    "2.5G", c->ports[0].connect_down == 2500000000, "quick", 3,        \
	    "must be bits a second, like 2500k or 2.5M")                       \
	ROW(called_number, "tunnels.called-number",                            \
	    INTO "  called-number: ", "'{port}/{vlan}.{inner-vlan}'",        \
	    is_text(c->tunnels[0].called_number,                               \
		    "{port}/{vlan}.{inner-vlan}"),                             \
	    "'{port}-{slot} x'", 5, "{slot} x: no such place")                 \
	ROW(calling_number, "tunnels.calling-number",                          \
	    INTO "  calling-number: ",                                       \
	    "'{mac} {circuit-id} {remote-id} {user}'",                         \
	    is_text(c->tunnels[0].calling_number,                              \
		    "{mac} {circuit-id} {remote-id} {user}"),                  \
	    "'{mac'", 5, "{mac: an opening brace without a closing one")

#endif
