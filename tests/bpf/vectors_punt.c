/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of punts of which there are too many: a bucket without depth. */
#include "vectors.h"

static const struct punt_limit no_port = {.port_cost = 1};
static const struct punt_limit no_source = {.source_cost = 1};

#define LIMIT(name, class, limit)                                              \
	static void name(struct world *w)                                      \
	{                                                                      \
		w->punt_limits[class] = limit;                                 \
	}
LIMIT(control_port, PUNT_CONTROL, no_port)
LIMIT(control_source, PUNT_CONTROL, no_source)
LIMIT(discovery_port, PUNT_DISCOVERY, no_port)
LIMIT(discovery_source, PUNT_DISCOVERY, no_source)
LIMIT(ppp_port, PUNT_PPP, no_port)
LIMIT(ppp_source, PUNT_PPP, no_source)
LIMIT(data_port, PUNT_DATA, no_port)
LIMIT(data_source, PUNT_DATA, no_source)
LIMIT(unknown_port, PUNT_UNKNOWN, no_port)
LIMIT(unknown_source, PUNT_UNKNOWN, no_source)

static void setup_source(struct world *w)
{
	ppp_source(w);
	vector_leg_state(w, END_PPPOE, LEG_PUNT);
}

static void all_but_data(struct world *w)
{
	control_port(w);
	discovery_port(w);
	ppp_port(w);
	vector_leg_mtu(w);
}

static void all_but_unknown(struct world *w)
{
	control_port(w);
	discovery_port(w);
	ppp_port(w);
	data_port(w);
}

static void data_too_big(struct world *w)
{
	data_source(w);
	vector_leg_mtu(w);
}

static void discovery(struct frame *f)
{
	*frame_at(f, 13) = 0x63;
}

static void unknown(struct frame *f)
{
	*frame_at(f, 17) ^= 0x80;
}

static void stranger(struct frame *f)
{
	*frame_at(f, 11) ^= 1;
}

static void control(struct frame *f)
{
	*frame_at(f, L2TP) = 0xc8;
	*frame_at(f, L2TP + 3) = 12;
	vector_udp_end(f, 12);
}

static void fragment(struct frame *f)
{
	*frame_at(f, OUTER + 6) = 0x20;
	frame_ip4_sum(frame_at(f, OUTER));
}

static const struct vector rows[] = {
	{"control, port", REASON_PUNT_RATE_CONTROL, END_LNS_A, IP4,
	 control_port, control, 0},
	{"control, source", REASON_PUNT_RATE_CONTROL, END_LNS_A, IP4,
	 control_source, control, 0},
	{"control, other classes", REASON_L2TP_CONTROL, END_LNS_A, IP4,
	 data_port, control, 0},
	{"discovery, port", REASON_PUNT_RATE_DISCOVERY, END_PPPOE, IP4,
	 discovery_port, discovery, 0},
	{"discovery, source", REASON_PUNT_RATE_DISCOVERY, END_PPPOE, IP4,
	 discovery_source, discovery, 0},
	{"PPP control, port", REASON_PUNT_RATE_PPP, END_PTA, LCP, ppp_port, 0,
	 0},
	{"PPP control, call", REASON_PUNT_RATE_PPP, END_PTA, LCP, ppp_source,
	 0, 0},
	{"call in setup", REASON_PUNT_RATE_PPP, END_PPPOE, LCP, setup_source,
	 0, 0},
	{"no session, port", REASON_UNKNOWN_PPPOE, END_PPPOE, IP4, unknown_port,
	 unknown, 0},
	{"no session, source", REASON_UNKNOWN_PPPOE, END_PPPOE, IP4,
	 unknown_source, unknown, 0},
	{"no session, other classes", REASON_PPPOE_NO_SESSION, END_PPPOE, IP4,
	 all_but_unknown, unknown, 0},
	{"wrong client, no limit", REASON_WRONG_CLIENT, END_PPPOE, IP4, 0,
	 stranger, 0},
	{"PPP control while no session is punted", REASON_PPP_CONTROL, END_PTA,
	 LCP, unknown_port, 0, 0},
	{"fragment, port", REASON_PUNT_RATE_DATA, END_LNS_A, IP4, data_port,
	 fragment, 0},
	{"fragment, source", REASON_PUNT_RATE_DATA, END_LNS_A, IP4,
	 data_source, fragment, 0},
	{"too big, call", REASON_PUNT_RATE_DATA, END_PPPOE, IP4, data_too_big,
	 0, 0},
	{"too big, other classes", REASON_TOO_BIG, END_PPPOE, IP4,
	 all_but_data, 0, 0},
};

const struct vector_table punt_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
