/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of L2TP and what carries it; see vectors.h. */
#include <string.h>
#include "vectors.h"

static void l2tp_ff(struct frame *f)
{
	*frame_at(f, L2TP + 7) = 0x04;
}

static void l2tp_ff_twice(struct frame *f)
{
	*frame_at(f, L2TP + 8) = 0xff;
}

static void only_ff03(struct frame *f)
{
	vector_udp_end(f, 8);
}

static void no_payload(struct frame *f)
{
	vector_udp_end(f, 6);
}

static void udp_5(struct frame *f)
{
	vector_udp_end(f, 5);
}

static void udp_0(struct frame *f)
{
	vector_udp_end(f, 0);
}

/* Rebuild a data message of tunnel A with a header of choice. */
static void l2tp_again(struct frame *f, __u16 flags, __u16 pad)
{
	inner_build(f, END_LNS_A, 0x0021, VECTOR_INNER, VECTOR_TTL);
	push_ppp(f, 0x0021, PPP_HDLC);
	l2tp_arrive(f, END_LNS_A, flags, pad, 0);
}

static void version_1(struct frame *f)
{
	*frame_at(f, L2TP + 1) = 1;
}

static void version_3(struct frame *f)
{
	*frame_at(f, L2TP + 1) = 3;
}

static void version_3_control(struct frame *f)
{
	*frame_at(f, L2TP) = 0xc8;
	*frame_at(f, L2TP + 1) = 3;
}

static void control(struct frame *f)
{
	*frame_at(f, L2TP) = 0xc8;
}

/* Row 3 and 4 of the malformed inputs: user space judges control headers. */
static void control_without_length(struct frame *f)
{
	*frame_at(f, L2TP) = 0x88;
}

static void tunnel_0(struct frame *f)
{
	memset(frame_at(f, L2TP + 2), 0, 2);
}

static void tunnel_unknown(struct frame *f)
{
	*frame_at(f, L2TP + 3) ^= 1;
}

static void tunnel_other(struct frame *f)
{
	*frame_at(f, L2TP + 2) = TUNNEL_B >> 8;
	*frame_at(f, L2TP + 3) = TUNNEL_B & 0xff;
}

static void session_0(struct frame *f)
{
	memset(frame_at(f, L2TP + 4), 0, 2);
}

static void session_unknown(struct frame *f)
{
	*frame_at(f, L2TP + 4) = 0x77;
}

static void peer_address(struct frame *f)
{
	*frame_at(f, OUTER + 15) ^= 1;
	frame_ip4_sum(frame_at(f, OUTER));
}

static void peer_port(struct frame *f)
{
	*frame_at(f, UDP + 1) ^= 1;
}

static void to_other_local(struct frame *f)
{
	*frame_at(f, OUTER + 19) = 9;
	frame_ip4_sum(frame_at(f, OUTER));
}

static void to_stranger(struct frame *f)
{
	*frame_at(f, OUTER + 19) = 77;
	frame_ip4_sum(frame_at(f, OUTER));
}

static void control_to_stranger(struct frame *f)
{
	control(f);
	to_stranger(f);
}

static void other_udp_port(struct frame *f)
{
	*frame_at(f, UDP + 3) ^= 1;
}

static void tcp(struct frame *f)
{
	*frame_at(f, OUTER + 9) = 6;
}

static void l2tp_length_7(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_L, 0);
	*frame_at(f, L2TP + 2) = 0;
	*frame_at(f, L2TP + 3) = 7;
}

static void l2tp_length_8(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_L, 0);
	*frame_at(f, L2TP + 2) = 0;
	*frame_at(f, L2TP + 3) = 8;
}

static void l2tp_length_beyond(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_L, 0);
	*frame_at(f, L2TP + 3) += 1;
}

static void l2tp_length_inside(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_L | L2TP_FLAG_S, 0);
	*frame_at(f, L2TP + 2) = 0;
	*frame_at(f, L2TP + 3) = 11;
}

static void pad_17(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_O, 17);
}

static void pad_max(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_O | L2TP_FLAG_L | L2TP_FLAG_S, 1000);
}

static void pad_beyond(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_O, 3);
	memset(frame_at(f, L2TP + 6), 0xff, 2);
}

/* Beyond the packet by one octet, though within the limit. */
static void pad_beyond_by_1(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_O, 3);
	vector_udp_end(f, 8 + 9);
	*frame_at(f, L2TP + 7) = 10;
}

static void pad_to_the_end(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_O, 3);
	vector_udp_end(f, 8 + 9);
	*frame_at(f, L2TP + 7) = 9;
}

/* n octets behind the header with the O bit, of which `pad` are pad. */
static void pad_of(struct frame *f, __u16 n, __u8 pad)
{
	l2tp_again(f, L2TP_FLAG_O, 3);
	vector_udp_end(f, 8 + n);
	*frame_at(f, L2TP + 7) = pad;
}

static void pad_all_above_limit(struct frame *f)
{
	pad_of(f, 20, 20);
}

static void pad_beyond_above_limit(struct frame *f)
{
	pad_of(f, 20, 21);
}

/* The datagram goes on behind Length, which leaves 5 octets for the pad. */
static void pad_in_length(struct frame *f, __u8 pad)
{
	l2tp_again(f, L2TP_FLAG_L | L2TP_FLAG_O, 3);
	*frame_at(f, L2TP + 2) = 0;
	*frame_at(f, L2TP + 3) = 10 + 5;
	*frame_at(f, L2TP + 9) = pad;
}

static void pad_to_length(struct frame *f)
{
	pad_in_length(f, 5);
}

static void pad_beyond_length(struct frame *f)
{
	pad_in_length(f, 6);
}

static void pad_16_beyond_length(struct frame *f)
{
	pad_in_length(f, 16);
}

static void pad_17_beyond_length(struct frame *f)
{
	pad_in_length(f, 17);
}

/* A record without IPv4 addresses must not be met by a packet without. */
static void tunnel_of_ip6(struct frame *f)
{
	inner_build(f, END_LNS_C, 0x0021, VECTOR_INNER, VECTOR_TTL);
	push_ppp(f, 0x0021, PPP_HDLC);
	l2tp_arrive(f, END_LNS_A, 0, 0, 0);
	*frame_at(f, L2TP + 2) = TUNNEL_C >> 8;
	*frame_at(f, L2TP + 3) = TUNNEL_C & 0xff;
	*frame_at(f, L2TP + 4) = ends[END_LNS_C].session >> 8;
	*frame_at(f, L2TP + 5) = ends[END_LNS_C].session & 0xff;
}

static void tunnel_of_ip6_nobody(struct frame *f)
{
	tunnel_of_ip6(f);
	memset(frame_at(f, OUTER + 12), 0, 8);
	frame_ip4_sum(frame_at(f, OUTER));
}

static void fragment_first(struct frame *f)
{
	*frame_at(f, OUTER + 6) = 0x20;
	frame_ip4_sum(frame_at(f, OUTER));
}

static void fragment_later(struct frame *f)
{
	*frame_at(f, OUTER + 7) = 0x10;
	frame_ip4_sum(frame_at(f, OUTER));
}

static void fragment_to_stranger(struct frame *f)
{
	to_stranger(f);
	fragment_first(f);
}

static void outer_options(struct frame *f)
{
	vector_add_options(f, OUTER);
}

static void outer_options_other_port(struct frame *f)
{
	other_udp_port(f);
	vector_add_options(f, OUTER);
}

static void outer_options_short(struct frame *f)
{
	vector_add_options(f, OUTER);
	*frame_at(f, OUTER) = 0x4f;
	frame_cut(f, OUTER + 62);
}

static void outer_bad_header(struct frame *f)
{
	*frame_at(f, OUTER) = 0x44;
}

static void outer_total_beyond(struct frame *f)
{
	*frame_at(f, OUTER + 3) += 1;
}

static void outer_total_short(struct frame *f)
{
	*frame_at(f, OUTER + 3) = 27;
}

static void udp_beyond(struct frame *f)
{
	*frame_at(f, UDP + 5) += 1;
}

static void udp_7(struct frame *f)
{
	*frame_at(f, UDP + 4) = 0;
	*frame_at(f, UDP + 5) = 7;
}

static void l2tp_free(struct world *w)
{
	vector_leg_state(w, END_LNS_A, LEG_FREE);
}

static void l2tp_punts(struct world *w)
{
	vector_leg_state(w, END_LNS_A, LEG_PUNT);
}

static void l2tp_kind(struct world *w)
{
	end_leg(w, END_LNS_A, 0)->kind = LEG_PPPOE;
}

static void l2tp_other_tunnel(struct world *w)
{
	end_leg(w, END_LNS_A, 0)->in.l2tp.tunnel = TUNNEL_B;
}

static void tunnel_closed(struct world *w)
{
	w->tunnels[TUNNEL_A].state = TUNNEL_RX_FREE;
}

static void no_locals(struct world *w)
{
	w->settings->locals = 0;
}

static const struct vector rows[] = {
	{"control message", REASON_L2TP_CONTROL, END_LNS_A, IP4, 0, control, 0},
	{"control without L", REASON_L2TP_CONTROL, END_LNS_A, IP4, 0,
	 control_without_length, 0},
	{"control, tunnel closed", REASON_L2TP_CONTROL, END_LNS_A, IP4,
	 tunnel_closed, control, 0},
	{"L2F", REASON_BAD_VERSION, END_LNS_A, IP4, 0, version_1, 0},
	{"L2TPv3", REASON_BAD_VERSION, END_LNS_A, IP4, 0, version_3, 0},
	{"L2TPv3 control", REASON_BAD_VERSION, END_LNS_A, IP4, 0,
	 version_3_control, 0},
	{"tunnel id 0", REASON_UNKNOWN_TUNNEL, END_LNS_A, IP4, 0, tunnel_0, 0},
	{"unknown tunnel", REASON_UNKNOWN_TUNNEL, END_LNS_A, IP4, 0,
	 tunnel_unknown, 0},
	{"closed tunnel", REASON_UNKNOWN_TUNNEL, END_LNS_A, IP4, tunnel_closed,
	 0, 0},
	{"tunnel of another local address", REASON_UNKNOWN_TUNNEL, END_LNS_A,
	 IP4, 0, to_other_local, 0},
	{"tunnel of another peer", REASON_WRONG_PEER, END_LNS_A, IP4, 0,
	 tunnel_other, 0},
	{"wrong source address", REASON_WRONG_PEER, END_LNS_A, IP4, 0,
	 peer_address, 0},
	{"wrong source port", REASON_WRONG_PEER, END_LNS_A, IP4, 0, peer_port,
	 0},
	{"session id 0", REASON_UNKNOWN_SESSION, END_LNS_A, IP4, 0, session_0,
	 0},
	{"unknown session", REASON_UNKNOWN_SESSION, END_LNS_A, IP4, 0,
	 session_unknown, 0},
	{"L2TP leg free", REASON_UNKNOWN_SESSION, END_LNS_A, IP4, l2tp_free, 0,
	 0},
	{"L2TP leg of another kind", REASON_UNKNOWN_SESSION, END_LNS_A, IP4,
	 l2tp_kind, 0, 0},
	{"session of another tunnel", REASON_UNKNOWN_SESSION, END_LNS_A, IP4,
	 l2tp_other_tunnel, 0, 0},
	{"L2TP call in setup", REASON_CALL_SETUP, END_LNS_A, LCP, l2tp_punts, 0,
	 0},
	{"L2TP to a stranger", REASON_NOT_OURS, END_LNS_A, IP4, 0, to_stranger,
	 0},
	{"control to a stranger", REASON_NOT_OURS, END_LNS_A, IP4, 0,
	 control_to_stranger, 0},
	{"malformed, not for us", REASON_NOT_OURS, END_LNS_A, IP4, no_locals,
	 udp_5, 0},
	{"another UDP port", REASON_NOT_OURS, END_LNS_A, IP4, 0, other_udp_port,
	 0},
	{"TCP", REASON_NOT_OURS, END_LNS_A, IP4, 0, tcp, 0},
	{"UDP payload of 5", REASON_MALFORMED, END_LNS_A, IP4, 0, udp_5, 0},
	{"UDP payload of 0", REASON_MALFORMED, END_LNS_A, IP4, 0, udp_0, 0},
	{"no payload", REASON_MALFORMED, END_LNS_A, IP4, 0, no_payload, 0},
	{"no payload, call in setup", REASON_MALFORMED, END_LNS_A, IP4,
	 l2tp_punts, no_payload, 0},
	{"only FF 03", REASON_MALFORMED, END_LNS_A, IP4, 0, only_ff03, 0},
	{"FF 04", REASON_MALFORMED, END_LNS_A, IP4, 0, l2tp_ff, 0},
	{"FF 03 FF", REASON_MALFORMED, END_LNS_A, IP4, 0, l2tp_ff_twice, 0},
	{"Length 7", REASON_MALFORMED, END_LNS_A, IP4, 0, l2tp_length_7, 0},
	{"Length 8", REASON_MALFORMED, END_LNS_A, IP4, 0, l2tp_length_8, 0},
	{"Length beyond", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 l2tp_length_beyond, 0},
	{"Length inside Ns, Nr", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 l2tp_length_inside, 0},
	{"pad 17", REASON_OFFSET_TOO_LARGE, END_LNS_A, IP4, 0, pad_17, 0},
	{"pad 1000", REASON_OFFSET_TOO_LARGE, END_LNS_A, IP4, 0, pad_max, 0},
	{"pad far beyond the packet", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_beyond, 0},
	{"pad beyond by one", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_beyond_by_1, 0},
	{"pad and nothing else", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_to_the_end, 0},
	{"pad above the limit, all there is", REASON_OFFSET_TOO_LARGE,
	 END_LNS_A, IP4, 0, pad_all_above_limit, 0},
	{"pad above the limit, beyond by one", REASON_MALFORMED, END_LNS_A,
	 IP4, 0, pad_beyond_above_limit, 0},
	{"pad up to Length", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_to_length, 0},
	{"pad beyond Length", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_beyond_length, 0},
	{"pad 16 beyond Length", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_16_beyond_length, 0},
	{"pad 17 beyond Length", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 pad_17_beyond_length, 0},
	{"tunnel over IPv6", REASON_UNKNOWN_TUNNEL, END_LNS_A, IP4, 0,
	 tunnel_of_ip6, 0},
	{"tunnel over IPv6, no addresses", REASON_NOT_OURS, END_LNS_A, IP4, 0,
	 tunnel_of_ip6_nobody, 0},
	{"first fragment", REASON_FRAGMENT, END_LNS_A, IP4, 0, fragment_first,
	 0},
	{"later fragment", REASON_FRAGMENT, END_LNS_A, IP4, 0, fragment_later,
	 0},
	{"fragment to a stranger", REASON_NOT_OURS, END_LNS_A, IP4, 0,
	 fragment_to_stranger, 0},
	{"options", REASON_IP_OPTIONS, END_LNS_A, IP4, 0, outer_options, 0},
	{"options, another port", REASON_NOT_OURS, END_LNS_A, IP4, 0,
	 outer_options_other_port, 0},
	{"options beyond the frame", REASON_NOT_OURS, END_LNS_A, IP4, 0,
	 outer_options_short, 0},
	{"header length 4", REASON_NOT_OURS, END_LNS_A, IP4, 0,
	 outer_bad_header, 0},
	{"IP length beyond", REASON_MALFORMED, END_LNS_A, IP4, 0,
	 outer_total_beyond, 0},
	{"IP length 27", REASON_MALFORMED, END_LNS_A, IP4, 0, outer_total_short,
	 0},
	{"UDP length beyond", REASON_MALFORMED, END_LNS_A, IP4, 0, udp_beyond,
	 0},
	{"UDP length 7", REASON_MALFORMED, END_LNS_A, IP4, 0, udp_7, 0},
};

const struct vector_table core_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
