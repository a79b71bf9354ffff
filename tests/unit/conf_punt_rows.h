/* SPDX-License-Identifier: GPL-2.0-only */
/* test_conf.c's rows for punt-limits; columns as there. */
#ifndef UNIT_CONF_PUNT_ROWS_H
#define UNIT_CONF_PUNT_ROWS_H

#define PUNT_ROWS(ROW)                                                         \
	ROW(punt_control, "punt-limits.control", "punt-limits:\n  control: ",  \
	    "9", c->punt[PUNT_CONTROL].of_port == 9, "-1", 2,                  \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_control_peer, "punt-limits.control-peer",                     \
	    "punt-limits:\n  control-peer: ", "8",                             \
	    c->punt[PUNT_CONTROL].of_source == 8, "-1", 2,                     \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_discovery, "punt-limits.discovery",                           \
	    "punt-limits:\n  discovery: ", "7",                                \
	    c->punt[PUNT_DISCOVERY].of_port == 7, "-1", 2,                     \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_discovery_client, "punt-limits.discovery-client",             \
	    "punt-limits:\n  discovery-client: ", "6",                         \
	    c->punt[PUNT_DISCOVERY].of_source == 6, "-1", 2,                   \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_ppp, "punt-limits.ppp", "punt-limits:\n  ppp: ", "5",         \
	    c->punt[PUNT_PPP].of_port == 5, "-1", 2,                           \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_ppp_call, "punt-limits.ppp-call",                             \
	    "punt-limits:\n  ppp-call: ", "4",                                 \
	    c->punt[PUNT_PPP].of_source == 4, "-1", 2,                         \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_data, "punt-limits.data", "punt-limits:\n  data: ", "0",      \
	    c->punt[PUNT_DATA].of_port == 0, "10000001", 2,                    \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_data_source, "punt-limits.data-source",                       \
	    "punt-limits:\n  data-source: ", "2",                              \
	    c->punt[PUNT_DATA].of_source == 2, "-1", 2,                        \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_unknown, "punt-limits.unknown",                               \
	    "punt-limits:\n  unknown: ", "3",                                  \
	    c->punt[PUNT_UNKNOWN].of_port == 3, "-1", 2,                       \
	    "must be from 0 to 10000000")                                      \
	ROW(punt_unknown_client, "punt-limits.unknown-client",                 \
	    "punt-limits:\n  unknown-client: ", "1",                           \
	    c->punt[PUNT_UNKNOWN].of_source == 1, "-1", 2,                     \
	    "must be from 0 to 10000000")

#endif
