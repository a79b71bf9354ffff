/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of L2TP over IPv6 and its UDP checksum; see vectors.h. */
#include <string.h>
#include "vectors.h"

/* UDP and IPv6 say that the packet ends after n octets of UDP payload. */
static void udp6_end(struct frame *f, __u8 n)
{
	frame_cut(f, L2TP6 + n);
	*frame_at(f, UDP6 + 4) = *frame_at(f, OUTER + 4) = 0;
	*frame_at(f, UDP6 + 5) = *frame_at(f, OUTER + 5) = 8 + n;
}

static void no_payload(struct frame *f)
{
	udp6_end(f, 6);
}

static void udp_5(struct frame *f)
{
	udp6_end(f, 5);
}

static void udp_0(struct frame *f)
{
	udp6_end(f, 0);
}

static void only_ff03(struct frame *f)
{
	udp6_end(f, 8);
}

static void version_3(struct frame *f)
{
	*frame_at(f, L2TP6 + 1) = 3;
}

static void control(struct frame *f)
{
	*frame_at(f, L2TP6) = 0xc8;
}

static void tunnel_0(struct frame *f)
{
	memset(frame_at(f, L2TP6 + 2), 0, 2);
}

static void tunnel_unknown(struct frame *f)
{
	*frame_at(f, L2TP6 + 3) ^= 0x40;
}

static void tunnel_set(struct frame *f, __u16 id)
{
	*frame_at(f, L2TP6 + 2) = id >> 8;
	*frame_at(f, L2TP6 + 3) = id & 0xff;
}

static void tunnel_other(struct frame *f)
{
	tunnel_set(f, TUNNEL_D);
}

/* A tunnel over IPv4 is not reached over IPv6. */
static void tunnel_of_ip4(struct frame *f)
{
	tunnel_set(f, TUNNEL_A);
}

static void session_unknown(struct frame *f)
{
	*frame_at(f, L2TP6 + 4) = 0x77;
}

static void session_0(struct frame *f)
{
	memset(frame_at(f, L2TP6 + 4), 0, 2);
}

static void peer_high(struct frame *f)
{
	*frame_at(f, OUTER + 8 + 5) ^= 1;
}

static void peer_low(struct frame *f)
{
	*frame_at(f, OUTER + 8 + 15) ^= 1;
}

static void peer_port(struct frame *f)
{
	*frame_at(f, UDP6 + 1) ^= 1;
}

/* Another address of ours; its upper half is the same as a stranger's. */
static void to_other_local(struct frame *f)
{
	memset(frame_at(f, OUTER + 24), 0, 16);
	*frame_at(f, OUTER + 24) = 0xfd;
	*frame_at(f, OUTER + 39) = 9;
}

static void to_stranger_high(struct frame *f)
{
	*frame_at(f, OUTER + 24) = 0xfd;
}

static void to_stranger_low(struct frame *f)
{
	*frame_at(f, OUTER + 39) ^= 1;
}

static void control_to_stranger(struct frame *f)
{
	control(f);
	to_stranger_low(f);
}

static void other_udp_port(struct frame *f)
{
	*frame_at(f, UDP6 + 3) ^= 1;
}

static void tcp(struct frame *f)
{
	*frame_at(f, OUTER + 6) = 6;
}

static void ip_version_4(struct frame *f)
{
	*frame_at(f, OUTER) = 0x45;
}

/* Eight octets of an extension header of this kind in front of UDP. */
static void extension(struct frame *f, __u8 kind)
{
	__u8 front[54], header[8] = {17, 0, 1, 4};

	memcpy(front, frame_data(f), sizeof(front));
	f->at += sizeof(front);
	push_octets(f, header, sizeof(header));
	front[OUTER + 6] = kind;
	front[OUTER + 5] += 8;
	push_octets(f, front, sizeof(front));
}

static void hop_by_hop(struct frame *f)
{
	extension(f, 0);
}

static void routing(struct frame *f)
{
	extension(f, 43);
}

static void destination_options(struct frame *f)
{
	extension(f, 60);
}

static void fragment_first(struct frame *f)
{
	extension(f, 44);
	*frame_at(f, UDP6 + 3) = 1; /* more fragments */
}

static void fragment_later(struct frame *f)
{
	extension(f, 44);
	*frame_at(f, UDP6 + 2) = 1;
	*frame_at(f, UDP6 + 3) = 0x48;
}

static void fragment_to_stranger(struct frame *f)
{
	fragment_first(f);
	to_stranger_low(f);
}

static void payload_beyond(struct frame *f)
{
	*frame_at(f, OUTER + 5) += 1;
}

static void payload_7(struct frame *f)
{
	*frame_at(f, OUTER + 4) = 0;
	*frame_at(f, OUTER + 5) = 7;
}

static void payload_0(struct frame *f)
{
	memset(frame_at(f, OUTER + 4), 0, 2);
}

static void udp_beyond(struct frame *f)
{
	*frame_at(f, UDP6 + 5) += 1;
}

static void udp_7(struct frame *f)
{
	*frame_at(f, UDP6 + 4) = 0;
	*frame_at(f, UDP6 + 5) = 7;
}

static void l2tp_again(struct frame *f, __u16 flags, __u16 pad)
{
	inner_build(f, END_LNS_C, IP4, VECTOR_INNER, VECTOR_TTL);
	push_ppp(f, IP4, PPP_HDLC);
	l2tp_arrive(f, END_LNS_C, flags, pad, 0);
}

static void length_7(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_L, 0);
	*frame_at(f, L2TP6 + 2) = 0;
	*frame_at(f, L2TP6 + 3) = 7;
}

static void length_beyond(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_L, 0);
	*frame_at(f, L2TP6 + 3) += 1;
}

static void pad_17(struct frame *f)
{
	l2tp_again(f, L2TP_FLAG_O, 17);
}

static void cut_header(struct frame *f)
{
	frame_cut(f, OUTER + 47);
}

static void sum_0(struct frame *f)
{
	memset(frame_at(f, UDP6 + 6), 0, 2);
}

static void sum_wrong(struct frame *f)
{
	*frame_at(f, UDP6 + 7) ^= 1;
}

/* Summed by somebody before the packet was damaged. */
static void payload_damaged(struct frame *f)
{
	*frame_at(f, frame_len(f) - 1) ^= 0x10;
}

static void sum4_wrong(struct frame *f)
{
	frame_udp_sum(frame_at(f, OUTER));
	*frame_at(f, UDP + 6) ^= 0x80;
}

static void sum4_payload_damaged(struct frame *f)
{
	frame_udp_sum(frame_at(f, OUTER));
	*frame_at(f, L2TP_INFO + VECTOR_INNER - 1) ^= 1;
}

/* More than the first buffer holds, in a tunnel. */
static void in_pieces(struct frame *f)
{
	inner_build(f, END_LAC_C, IP4, 5000, VECTOR_TTL);
	end_arrive(f, END_LAC_C, IP4);
}

static void in_pieces4(struct frame *f)
{
	inner_build(f, END_LAC_A, IP4, 5000, VECTOR_TTL);
	end_arrive(f, END_LAC_A, IP4);
	frame_udp_sum(frame_at(f, OUTER));
}

static void access_in_pieces(struct frame *f)
{
	inner_build(f, END_PPPOE_QINQ, IP4, 5000, VECTOR_TTL);
	end_arrive(f, END_PPPOE_QINQ, IP4);
}

/* To the subscriber of tunnel C. */
static void subscriber_in_pieces(struct frame *f)
{
	struct ip4_header ip = {.src = ends[END_IP_LNS_A].user_ip4,
				.dst = ends[END_IP_LNS_C].user_ip4,
				.ttl = 64,
				.protocol = 253};

	frame_body(f, 5000, 9);
	push_ip4(f, &ip);
	end_arrive(f, END_LNS_A, IP4);
}

static void check_sums(struct world *w)
{
	w->settings->flags = SETTINGS_CHECK_SUMS;
}

static void tunnel_closed(struct world *w)
{
	w->tunnels[TUNNEL_C].state = TUNNEL_RX_FREE;
}

static void no_locals(struct world *w)
{
	w->settings->locals6 = 0;
}

static void punts(struct world *w)
{
	vector_leg_state(w, END_LNS_C, LEG_PUNT);
}

static const struct vector rows[] = {
	{"control over IPv6", REASON_L2TP_CONTROL, END_LNS_C, IP4, 0, control},
	{"control over IPv6, tunnel closed", REASON_L2TP_CONTROL, END_LNS_C,
	 IP4, tunnel_closed, control},
	{"L2TPv3 over IPv6", REASON_BAD_VERSION, END_LNS_C, IP4, 0, version_3},
	{"IPv6, tunnel id 0", REASON_UNKNOWN_TUNNEL, END_LNS_C, IP4, 0,
	 tunnel_0},
	{"IPv6, unknown tunnel", REASON_UNKNOWN_TUNNEL, END_LNS_C, IP4, 0,
	 tunnel_unknown},
	{"IPv6, closed tunnel", REASON_UNKNOWN_TUNNEL, END_LNS_C, IP4,
	 tunnel_closed, 0},
	{"IPv6, tunnel of IPv4", REASON_UNKNOWN_TUNNEL, END_LNS_C, IP4, 0,
	 tunnel_of_ip4},
	{"IPv6, tunnel of another local address", REASON_UNKNOWN_TUNNEL,
	 END_LNS_C, IP4, 0, to_other_local},
	{"IPv6, tunnel of another peer", REASON_WRONG_PEER, END_LNS_C, IP4, 0,
	 tunnel_other},
	{"IPv6, wrong source, upper half", REASON_WRONG_PEER, END_LNS_C, IP4,
	 0, peer_high},
	{"IPv6, wrong source, lower half", REASON_WRONG_PEER, END_LNS_C, IP4,
	 0, peer_low},
	{"IPv6, wrong source port", REASON_WRONG_PEER, END_LNS_C, IP4, 0,
	 peer_port},
	{"IPv6, session id 0", REASON_UNKNOWN_SESSION, END_LNS_C, IP4, 0,
	 session_0},
	{"IPv6, unknown session", REASON_UNKNOWN_SESSION, END_LNS_C, IP4, 0,
	 session_unknown},
	{"IPv6, call in setup", REASON_CALL_SETUP, END_LNS_C, LCP, punts, 0},
	{"IPv6 to a stranger, upper half", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 to_stranger_high},
	{"IPv6 to a stranger, lower half", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 to_stranger_low},
	{"control over IPv6 to a stranger", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 control_to_stranger},
	{"IPv6, malformed, not for us", REASON_NOT_OURS, END_LNS_C, IP4,
	 no_locals, udp_5},
	{"IPv6, another UDP port", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 other_udp_port},
	{"IPv6, TCP", REASON_NOT_OURS, END_LNS_C, IP4, 0, tcp},
	{"IPv6 that says it is IPv4", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 ip_version_4},
	{"IPv6, header cut", REASON_NOT_OURS, END_LNS_C, IP4, 0, cut_header},
	{"hop by hop", REASON_NOT_OURS, END_LNS_C, IP4, 0, hop_by_hop},
	{"routing header", REASON_NOT_OURS, END_LNS_C, IP4, 0, routing},
	{"destination options", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 destination_options},
	{"IPv6, first fragment", REASON_FRAGMENT, END_LNS_C, IP4, 0,
	 fragment_first},
	{"IPv6, later fragment", REASON_FRAGMENT, END_LNS_C, IP4, 0,
	 fragment_later},
	{"IPv6, fragment to a stranger", REASON_NOT_OURS, END_LNS_C, IP4, 0,
	 fragment_to_stranger},
	{"IPv6 payload beyond", REASON_MALFORMED, END_LNS_C, IP4, 0,
	 payload_beyond},
	{"IPv6 payload 7", REASON_MALFORMED, END_LNS_C, IP4, 0, payload_7},
	{"IPv6 payload 0", REASON_MALFORMED, END_LNS_C, IP4, 0, payload_0},
	{"IPv6, UDP length beyond", REASON_MALFORMED, END_LNS_C, IP4, 0,
	 udp_beyond},
	{"IPv6, UDP length 7", REASON_MALFORMED, END_LNS_C, IP4, 0, udp_7},
	{"IPv6, UDP payload of 5", REASON_MALFORMED, END_LNS_C, IP4, 0, udp_5},
	{"IPv6, UDP payload of 0", REASON_MALFORMED, END_LNS_C, IP4, 0, udp_0},
	{"IPv6, no payload", REASON_MALFORMED, END_LNS_C, IP4, 0, no_payload},
	{"IPv6, only FF 03", REASON_MALFORMED, END_LNS_C, IP4, 0, only_ff03},
	{"IPv6, Length 7", REASON_MALFORMED, END_LNS_C, IP4, 0, length_7},
	{"IPv6, Length beyond", REASON_MALFORMED, END_LNS_C, IP4, 0,
	 length_beyond},
	{"IPv6, pad 17", REASON_OFFSET_TOO_LARGE, END_LNS_C, IP4, 0, pad_17},
	/* checksums */
	{"IPv6 without checksum", REASON_ZERO_CHECKSUM, END_LNS_C, IP4, 0,
	 sum_0},
	{"IPv6 without checksum, checked", REASON_ZERO_CHECKSUM, END_LAC_C,
	 IP4, check_sums, sum_0},
	{"IPv6, wrong checksum", REASON_BAD_CHECKSUM, END_LNS_C, IP4,
	 check_sums, sum_wrong},
	{"IPv6, damaged payload", REASON_BAD_CHECKSUM, END_LTS_66_C, IP4,
	 check_sums, payload_damaged},
	{"IPv4, wrong checksum", REASON_BAD_CHECKSUM, END_LNS_A, IP4,
	 check_sums, sum4_wrong},
	{"IPv4, damaged payload", REASON_BAD_CHECKSUM, END_LAC_A, IP4,
	 check_sums, sum4_payload_damaged},
	{"IPv6 in pieces, checked", REASON_CHECKSUM_UNSEEN, END_LAC_C, IP4,
	 check_sums, in_pieces},
	{"IPv4 in pieces, checked", REASON_CHECKSUM_UNSEEN, END_LAC_A, IP4,
	 check_sums, in_pieces4},
	{"in pieces, to be summed", REASON_CHECKSUM_UNSEEN, END_PPPOE_QINQ,
	 IP4, 0, access_in_pieces},
	{"in pieces, to a subscriber", REASON_CHECKSUM_UNSEEN, END_LNS_A, IP4,
	 0, subscriber_in_pieces},
};

const struct vector_table core6_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
