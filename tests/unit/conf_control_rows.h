/* SPDX-License-Identifier: GPL-2.0-only */
/* test_conf.c's rows for control messages; columns as there. */
#ifndef UNIT_CONF_CONTROL_ROWS_H
#define UNIT_CONF_CONTROL_ROWS_H

#define CONTROL_ROWS(ROW)                                 \
	ROW(retransmit_floor, "l2tp.retransmit-floor",    \
	    "l2tp:\n  retransmit-floor: ", "0.02",        \
	    c->l2tp.retransmit_floor_ms == 20, "0.01", 2, \
	    "must be from 0.02 to 16 seconds")

#endif
