/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tables of vectors share; see vectors.h. */
#include <string.h>
#include "vectors.h"

const struct vector_table *const vector_tables[VECTOR_TABLES] = {
	&access_vectors,
	&core_vectors,
	&core6_vectors,
	&ip_vectors,
	&martian_vectors,
	&service_vectors,
	&punt_vectors,
};

/* UDP and IP say that the packet ends after n octets of UDP payload. */
void vector_udp_end(struct frame *f, __u16 n)
{
	frame_cut(f, L2TP + n);
	*frame_at(f, UDP + 4) = 0;
	*frame_at(f, UDP + 5) = (__u8)(8 + n);
	*frame_at(f, OUTER + 2) = 0;
	*frame_at(f, OUTER + 3) = (__u8)(28 + n);
	frame_ip4_sum(frame_at(f, OUTER));
}

/* Four octets of options in front of the IP payload at `ip`. */
void vector_add_options(struct frame *f, size_t ip)
{
	static const __u8 nops[4] = {1, 1, 1, 0};
	__u8 front[64];
	size_t n = ip + 20;

	memcpy(front, frame_data(f), n);
	f->at += n;
	push_octets(f, nops, 4);
	front[ip] = 0x46;
	front[ip + 3] += 4;
	push_octets(f, front, n);
	frame_ip4_sum(frame_at(f, ip));
}

void vector_leg_state(struct world *w, enum end_id id, enum leg_state state)
{
	end_leg(w, id, 0x0021)->state = state;
}

void vector_leg_mtu(struct world *w)
{
	end_leg(w, END_PPPOE, 0)->out_mtu = VECTOR_INNER - 1;
	end_leg(w, END_IP_LNS_A, 0x0021)->out_mtu = VECTOR_INNER - 1;
	end_leg(w, END_IP_LNS_A, 0x0057)->out_mtu = VECTOR_INNER - 1;
	end_leg(w, END_IP_PTA, 0x0021)->out_mtu = VECTOR_INNER - 1;
}

void vector_build(const struct vector *v, struct world *w, struct frame *f)
{
	world_reset(w);
	if (v->world)
		v->world(w);
	inner_build(f, v->end, v->protocol, VECTOR_INNER, VECTOR_TTL);
	end_arrive(f, v->end, v->protocol);
	if (v->frame)
		v->frame(f);
}
