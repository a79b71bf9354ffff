/* SPDX-License-Identifier: GPL-2.0-only */
/* test_conf.c's rows for control messages; columns as there. */
#ifndef UNIT_CONF_CONTROL_ROWS_H
#define UNIT_CONF_CONTROL_ROWS_H

#define IN_PORT "ports:\n- name: eth0\n"

#define CONTROL_ROWS(ROW)                                                      \
	ROW(retransmit_first, "l2tp.retransmit-first",                         \
	    "l2tp:\n  retransmit-first: ", "0.5",                              \
	    c->l2tp.retransmit_ms == 500, "0.01", 2,                           \
	    "must be from 0.1 to 16 seconds")                                  \
	ROW(retransmit_cap, "l2tp.retransmit-cap",                             \
	    "l2tp:\n  retransmit-cap: ", "16",                                 \
	    c->l2tp.retransmit_cap_ms == 16000, "1x", 2,                       \
	    "must be a number of seconds")                                     \
	ROW(retransmit_max, "l2tp.retransmit-max",                             \
	    "l2tp:\n  retransmit-max: ", "3", c->l2tp.retransmit_max == 3,     \
	    "31", 2, "must be from 1 to 30")                                   \
	ROW(setup_timeout, "l2tp.setup-timeout", "l2tp:\n  setup-timeout: ",   \
	    "20", c->l2tp.setup_ms == 20000, "0", 2,                           \
	    "must be from 1 to 600 seconds")                                   \
	ROW(idle_timeout, "l2tp.idle-timeout", "l2tp:\n  idle-timeout: ", "0", \
	    c->l2tp.idle_ms == 0, "86401", 2,                                  \
	    "must be from 0 to 86400 seconds")                                 \
	ROW(hold_down, "l2tp.hold-down", "l2tp:\n  hold-down: ", "5",          \
	    c->l2tp.hold_down_ms == 5000, "3601", 2,                           \
	    "must be from 0 to 3600 seconds")                                  \
	ROW(sccrq_wait, "l2tp.sccrq-wait", "l2tp:\n  sccrq-wait: ", "0.5",     \
	    c->l2tp.sccrq_wait_ms == 500, "0", 2,                              \
	    "must be from 0.1 to 600 seconds")                                 \
	ROW(doubt_after, "l2tp.doubt-after", "l2tp:\n  doubt-after: ", "0",    \
	    c->l2tp.doubt_ms == 0, "601", 2,                                   \
	    "must be from 0 to 600 seconds")                                   \
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
