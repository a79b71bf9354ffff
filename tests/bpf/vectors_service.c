/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of what a leg does to its data: blocked, policed, late, marked.
 * Here records change, each by exactly one packet; see vectors.h.
 */
#include <string.h>
#include <arpa/inet.h>
#include "vectors.h"

static void blocked(struct world *w)
{
	vector_leg_state(w, END_PPPOE, LEG_BLOCKED);
	vector_leg_state(w, END_LAC_A, LEG_BLOCKED);
	vector_leg_state(w, END_LNS_C, LEG_BLOCKED);
	vector_leg_state(w, END_PTA_QINQ, LEG_BLOCKED);
	vector_leg_state(w, END_IP_LNS_A, LEG_BLOCKED);
	end_leg(w, END_IP_LNS_A, IP6)->state = LEG_BLOCKED;
}

/* Less than one packet fits in the bucket. */
static void police(struct world *w, enum end_id id, __u16 protocol)
{
	__u32 slot = ends[id].kind == LEG_IP && protocol == IP6 ? end_slot6(id)
								: end_slot(id);

	w->legs[slot].flags |= LEG_POLICED;
	w->policers[slot] = (struct policer){.cost = 0xffffffff,
					     .depth = 65536 * 50};
}

static void policed(struct world *w)
{
	police(w, END_PPPOE, IP4);
	police(w, END_LAC_C, IP4);
	police(w, END_LNS_A, IP4);
	police(w, END_IP_LNS_A, IP4);
	police(w, END_IP_LNS_A, IP6);
	police(w, END_IP_PTA, IP4);
}

/* Only the other subscriber's leg is policed. */
static void target_policed(struct world *w)
{
	police(w, END_IP_PTA, IP4);
}

static void target_blocked(struct world *w)
{
	vector_leg_state(w, END_IP_PTA, LEG_BLOCKED);
}

static void to_pta(struct frame *f)
{
	__be32 address = htonl(ends[END_IP_PTA].user_ip4);

	memcpy(frame_at(f, L2TP_INFO + 16), &address, 4);
	frame_ip4_sum(frame_at(f, L2TP_INFO));
}

#define DROPPED(name, end, protocol)                         \
	static void name(struct records *r)                  \
	{                                                    \
		records_leg(r, end, protocol)->dropped += 1; \
	}
DROPPED(pppoe_dropped, END_PPPOE, IP4)
DROPPED(lac_a_dropped, END_LAC_A, IP4)
DROPPED(lac_c_dropped, END_LAC_C, IP4)
DROPPED(lns_a_dropped, END_LNS_A, IP4)
DROPPED(lns_c_dropped, END_LNS_C, IP4)
DROPPED(qinq_dropped, END_PTA_QINQ, IP4)
DROPPED(ip_dropped, END_IP_LNS_A, IP4)
DROPPED(ip6_dropped, END_IP_LNS_A, IP6)
DROPPED(ip_pta_dropped, END_IP_PTA, IP4)

/* The next number expected is one more than the frame's. */
static void one_behind(struct world *w)
{
	enum end_id ids[] = {END_LNS_A, END_LNS_C};
	size_t i;

	for (i = 0; i < 2; i++) {
		end_leg(w, ids[i], 0)->in.l2tp.sequence = L2TP_NS + 1;
		end_leg(w, ids[i], 0)->flags |= LEG_ORDERED;
	}
}

static void one_behind_in_setup(struct world *w)
{
	one_behind(w);
	vector_leg_state(w, END_LNS_A, LEG_PUNT);
}

static void numbered(struct frame *f, enum end_id id)
{
	inner_build(f, id, IP4, VECTOR_INNER, VECTOR_TTL);
	push_ppp(f, IP4, PPP_HDLC);
	l2tp_arrive(f, id, L2TP_FLAG_S, 0, 0);
}

static void numbered_a(struct frame *f)
{
	numbered(f, END_LNS_A);
}

static void numbered_c(struct frame *f)
{
	numbered(f, END_LNS_C);
}

static void late(struct records *r, enum end_id id)
{
	struct leg *leg = records_leg(r, id, IP4);

	leg->dropped += 1;
	leg->in.l2tp.late += 1;
	leg->in.l2tp.sequence = 1u << 16 | (L2TP_NS + 1);
}

static void lns_a_late(struct records *r)
{
	late(r, END_LNS_A);
}

static void lns_c_late(struct records *r)
{
	late(r, END_LNS_C);
}

static void ecn_agreed(struct world *w)
{
	w->tunnels[TUNNEL_A].flags |= TUNNEL_RX_ECN;
	w->tunnels[TUNNEL_C].flags |= TUNNEL_RX_ECN;
}

static void congested(struct frame *f)
{
	*frame_at(f, OUTER + 1) |= 3;
	frame_ip4_sum(frame_at(f, OUTER));
}

static void congested6(struct frame *f)
{
	*frame_at(f, OUTER + 1) |= 0x30;
}

static const struct vector rows[] = {
	{"blocked, LAC up", REASON_BLOCKED, END_PPPOE, IP4, blocked, 0,
	 pppoe_dropped},
	{"blocked, LAC down", REASON_BLOCKED, END_LAC_A, IP6, blocked, 0,
	 lac_a_dropped},
	{"blocked, LNS up", REASON_BLOCKED, END_LNS_C, IP4, blocked, 0,
	 lns_c_dropped},
	{"blocked, PPPoE-IP up", REASON_BLOCKED, END_PTA_QINQ, IP6, blocked, 0, qinq_dropped},
	{"blocked, LNS down", REASON_BLOCKED, END_IP_LNS_A, IP4, blocked, 0,
	 ip_dropped},
	{"blocked, LNS down, IPv6", REASON_BLOCKED, END_IP_LNS_A, IP6, blocked,
	 0, ip6_dropped},
	{"blocked, to a subscriber", REASON_BLOCKED, END_LNS_A, IP4,
	 target_blocked, to_pta, ip_pta_dropped},
	{"blocked, LCP", REASON_PPP_CONTROL, END_LNS_C, LCP, blocked, 0, 0},
	{"policed, LAC up", REASON_POLICED, END_PPPOE, IP4, policed, 0,
	 pppoe_dropped},
	{"policed, LAC down", REASON_POLICED, END_LAC_C, IP6, policed, 0,
	 lac_c_dropped},
	{"policed, LNS up", REASON_POLICED, END_LNS_A, IP4, policed, 0,
	 lns_a_dropped},
	{"policed, LNS down", REASON_POLICED, END_IP_LNS_A, IP4, policed, 0,
	 ip_dropped},
	{"policed, LNS down, IPv6", REASON_POLICED, END_IP_LNS_A, IP6, policed,
	 0, ip6_dropped},
	{"policed, to a subscriber", REASON_POLICED, END_LNS_A, IP4,
	 target_policed, to_pta, ip_pta_dropped},
	{"late", REASON_LATE_SEQUENCE, END_LNS_A, IP4, one_behind, numbered_a, lns_a_late},
	{"late over IPv6", REASON_LATE_SEQUENCE, END_LNS_C, IP4, one_behind,
	 numbered_c, lns_c_late},
	{"late in setup", REASON_LATE_SEQUENCE, END_LNS_A, IP4,
	 one_behind_in_setup, numbered_a, lns_a_late},
	{"mark for who knows none", REASON_ECN_CONFLICT, END_LNS_A, IP4,
	 ecn_agreed, congested, 0},
	{"mark for who knows none, IPv6", REASON_ECN_CONFLICT, END_LNS_C, IP6,
	 ecn_agreed, congested6, 0},
	{"mark, LAC down", REASON_ECN_CONFLICT, END_LAC_A, IP4, ecn_agreed,
	 congested, 0},
	{"mark, LTS", REASON_ECN_CONFLICT, END_LTS_66_C, IP6, ecn_agreed,
	 congested6, 0},
};

const struct vector_table service_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
