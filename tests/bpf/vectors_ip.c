/* SPDX-License-Identifier: GPL-2.0-only */
/* Vectors of terminated calls, in both directions; see vectors.h. */
#include <string.h>
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include "vectors.h"

static void inner_version(struct frame *f)
{
	*frame_at(f, L2TP_INFO) = 0x55;
}

static void inner_header_4(struct frame *f)
{
	*frame_at(f, L2TP_INFO) = 0x44;
}

static void inner_total_beyond(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 3) += 1;
}

static void inner_total_19(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 3) = 19;
}

static void inner_cut(struct frame *f)
{
	vector_udp_end(f, 10 + 19);
}

static void inner6_version(struct frame *f)
{
	*frame_at(f, L2TP_INFO) = 0x40;
}

static void inner6_beyond(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 5) += 1;
}

static void inner6_cut(struct frame *f)
{
	vector_udp_end(f, 10 + 39);
}

static void inner_source(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 15) ^= 0x20;
	frame_ip4_sum(frame_at(f, L2TP_INFO));
}

static void inner6_source(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 15) ^= 0x20;
}

static void inner6_link_local(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 8) = 0xfe;
	*frame_at(f, L2TP_INFO + 9) = 0xbf;
}

static void inner6_to_link_local(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 24) = 0xfe;
	*frame_at(f, L2TP_INFO + 25) = 0x80;
}

static void inner6_link_group(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 24) = 0xff;
	*frame_at(f, L2TP_INFO + 25) = 0x02;
}

static void inner_ttl(struct frame *f, __u8 ttl)
{
	*frame_at(f, L2TP_INFO + 8) = ttl;
	frame_ip4_sum(frame_at(f, L2TP_INFO));
}

static void inner_ttl_1(struct frame *f)
{
	inner_ttl(f, 1);
}

static void inner_ttl_0(struct frame *f)
{
	inner_ttl(f, 0);
}

static void inner6_ttl_1(struct frame *f)
{
	*frame_at(f, L2TP_INFO + 7) = 1;
}

static void inner_options(struct frame *f)
{
	inner_build(f, END_LNS_A, 0x0021, VECTOR_INNER, VECTOR_TTL);
	vector_add_options(f, 0);
	end_arrive(f, END_LNS_A, 0x0021);
}

static void inner_to(struct frame *f, __u32 address)
{
	address = htonl(address);
	memcpy(frame_at(f, L2TP_INFO + 16), &address, 4);
	frame_ip4_sum(frame_at(f, L2TP_INFO));
}

static void inner_to_router(struct frame *f)
{
	inner_to(f, LOCAL_IP4);
}

static void inner_to_tun(struct frame *f)
{
	inner_to(f, 0x64420001);
}

static void inner_to_alien(struct frame *f)
{
	inner_to(f, 0x64410001);
}

static void inner_no_neighbour(struct frame *f)
{
	inner_to(f, 0x64430001);
}

static void inner_blackhole(struct frame *f)
{
	inner_to(f, 0x64440001);
}

static void inner_to_free(struct frame *f)
{
	inner_to(f, POOL_IP4 + 40);
}

static void inner_to_host(struct frame *f)
{
	inner_to(f, HOST_IP4);
}

static void inner_to_pta(struct frame *f)
{
	inner_to(f, POOL_IP4 + 3);
}

static void inner_big(struct frame *f)
{
	inner_build(f, END_LNS_A, 0x0021, 1501, VECTOR_TTL);
	end_arrive(f, END_LNS_A, 0x0021);
}

static void inner6_big(struct frame *f)
{
	inner_build(f, END_LNS_A, 0x0057, 1501, VECTOR_TTL);
	end_arrive(f, END_LNS_A, 0x0057);
}

/* Octets behind the IP packet's own length. */
static void inner_padded_ttl_1(struct frame *f)
{
	inner_build(f, END_LNS_A, 0x0021, VECTOR_INNER, 1);
	frame_append(f, "padding", 7);
	end_arrive(f, END_LNS_A, 0x0021);
}

static void inner_padded_to_pta(struct frame *f)
{
	inner_build(f, END_LNS_A, IP4, VECTOR_INNER, VECTOR_TTL);
	frame_append(f, "padding", 7);
	end_arrive(f, END_LNS_A, IP4);
	inner_to_pta(f);
}

static void inner6_padded_to_pta(struct frame *f)
{
	inner_build(f, END_LNS_A, IP6, VECTOR_INNER, VECTOR_TTL);
	frame_append(f, "padding", 7);
	memcpy(frame_at(f, 24), frame_at(f, 8), 8);
	*frame_at(f, 24 + 7) = ends[END_IP_PTA].user_net;
	end_arrive(f, END_LNS_A, IP6);
}

static void pta_ttl_1(struct frame *f)
{
	inner_build(f, END_PTA, 0x0021, VECTOR_INNER, 1);
	end_arrive(f, END_PTA, 0x0021);
}

static void pta_tagged_ttl_1(struct frame *f)
{
	inner_build(f, END_PTA_TAGGED, 0x0021, VECTOR_INNER, 1);
	end_arrive(f, END_PTA_TAGGED, 0x0021);
}

static void down_to_free(struct frame *f)
{
	*frame_at(f, 14 + 19) = 40;
	frame_ip4_sum(frame_at(f, 14));
}

static void down6_to_free(struct frame *f)
{
	*frame_at(f, 14 + 24 + 7) = 40;
}

static void down_to_world(struct frame *f)
{
	*frame_at(f, 14 + 16) = 9;
	frame_ip4_sum(frame_at(f, 14));
}

static void down6_to_world(struct frame *f)
{
	*frame_at(f, 14 + 24 + 4) = 9;
}

static void down_ttl_1(struct frame *f)
{
	*frame_at(f, 14 + 8) = 1;
	frame_ip4_sum(frame_at(f, 14));
}

static void down6_ttl_1(struct frame *f)
{
	*frame_at(f, 14 + 7) = 1;
}

static void down_options(struct frame *f)
{
	vector_add_options(f, 14);
}

static void down_total_beyond(struct frame *f)
{
	*frame_at(f, 14 + 3) += 1;
}

static void down_header_4(struct frame *f)
{
	*frame_at(f, 14) = 0x44;
}

static void down_cut(struct frame *f)
{
	frame_cut(f, 14 + 19);
}

static void down6_beyond(struct frame *f)
{
	*frame_at(f, 14 + 5) += 1;
}

static void down6_cut(struct frame *f)
{
	frame_cut(f, 14 + 39);
}

static void no_ip4(struct world *w)
{
	end_leg(w, END_LNS_A, 0)->flags &= ~LEG_IP4;
	end_leg(w, END_IP_LNS_A, 0x0021)->flags &= ~LEG_IP4;
}

static void no_ip6(struct world *w)
{
	end_leg(w, END_LNS_A, 0)->flags &= ~LEG_IP6;
	end_leg(w, END_IP_LNS_A, 0x0057)->flags &= ~LEG_IP6;
}

static void image_of(struct world *w, enum end_id id, __u8 flags)
{
	w->templates[ends[id].template].image[0].flags = flags;
}

static void access_unresolved(struct world *w)
{
	image_of(w, END_PTA, 0);
}

static void host_unused(struct world *w)
{
	__be32 host = htonl(HOST_IP4);

	bpf_map_delete_elem(bpf_map__fd(w->skel->maps.ip4_hosts), &host);
}

static void host_gone(struct world *w)
{
	vector_leg_state(w, END_IP_PTA_TAGGED, LEG_FREE);
}

static void pool_leg_punts(struct world *w)
{
	vector_leg_state(w, END_IP_LNS_A, LEG_PUNT);
	vector_leg_state(w, END_IP_PTA, LEG_PUNT);
	end_leg(w, END_IP_PTA, IP6)->state = LEG_PUNT;
}

static void pools_unused(struct world *w)
{
	w->settings->ip4_pools = 1;
	w->settings->ip6_pools = 1;
}

static const struct vector rows[] = {
	/* terminated calls, from the subscriber */
	{"IPCP of a terminated call", REASON_PPP_CONTROL, END_LNS_A, 0x8021, 0,
	 0, 0},
	{"IPv4 not open", REASON_NCP_CLOSED, END_LNS_A, IP4, no_ip4, 0, 0},
	{"IPv6 not open", REASON_NCP_CLOSED, END_LNS_A, IP6, no_ip6, 0, 0},
	{"inner version 5", REASON_BAD_IP, END_LNS_A, IP4, 0, inner_version, 0},
	{"inner header of 16", REASON_BAD_IP, END_LNS_A, IP4, 0, inner_header_4,
	 0},
	{"inner length beyond", REASON_BAD_IP, END_LNS_A, IP4, 0,
	 inner_total_beyond, 0},
	{"inner length 19", REASON_BAD_IP, END_LNS_A, IP4, 0, inner_total_19,
	 0},
	{"inner header cut", REASON_BAD_IP, END_LNS_A, IP4, 0, inner_cut, 0},
	{"IPv4 in 0057", REASON_BAD_IP, END_LNS_A, IP6, 0, inner6_version, 0},
	{"inner IPv6 beyond", REASON_BAD_IP, END_LNS_A, IP6, 0, inner6_beyond,
	 0},
	{"inner IPv6 header cut", REASON_BAD_IP, END_LNS_A, IP6, 0, inner6_cut,
	 0},
	{"spoofed IPv4", REASON_SPOOFED_SOURCE, END_LNS_A, IP4, 0, inner_source,
	 0},
	{"spoofed IPv6", REASON_SPOOFED_SOURCE, END_LNS_A, IP6, 0,
	 inner6_source, 0},
	{"from link-local", REASON_PPP_CONTROL, END_LNS_A, IP6, 0,
	 inner6_link_local, 0},
	{"to link-local", REASON_PPP_CONTROL, END_LNS_A, IP6, 0,
	 inner6_to_link_local, 0},
	{"to a group of the link", REASON_PPP_CONTROL, END_LNS_A, IP6, 0,
	 inner6_link_group, 0},
	{"TTL 1", REASON_TTL_EXPIRED, END_LNS_A, IP4, 0, inner_ttl_1},
	{"TTL 0", REASON_TTL_EXPIRED, END_LNS_A, IP4, 0, inner_ttl_0},
	{"hop limit 1", REASON_TTL_EXPIRED, END_LNS_A, IP6, 0, inner6_ttl_1},
	{"TTL 1 and padding", REASON_TTL_EXPIRED, END_LNS_A, IP4, 0,
	 inner_padded_ttl_1},
	{"inner options", REASON_IP_OPTIONS, END_LNS_A, IP4, 0, inner_options},
	{"to the router", REASON_KERNEL_ROUTES, END_LNS_A, IP4, 0,
	 inner_to_router},
	{"to our tun", REASON_KERNEL_ROUTES, END_LNS_A, IP4, 0, inner_to_tun},
	{"no neighbour", REASON_NEXT_HOP_UNRESOLVED, END_LNS_A, IP4, 0,
	 inner_no_neighbour},
	{"blackhole route", REASON_KERNEL_ROUTES, END_LNS_A, IP4, 0,
	 inner_blackhole},
	{"behind an unattached port", REASON_NO_PORT, END_LNS_A, IP4, 0,
	 inner_to_alien},
	{"larger than the route", REASON_TOO_BIG, END_LNS_A, IP4, 0, inner_big},
	{"IPv6 larger than the route", REASON_TOO_BIG, END_LNS_A, IP6, 0,
	 inner6_big},
	{"to a free pool address", REASON_NO_SUBSCRIBER, END_LNS_A, IP4, 0,
	 inner_to_free, 0},
	{"to a host that left", REASON_NO_SUBSCRIBER, END_LNS_A, IP4, host_gone,
	 inner_to_host, 0},
	{"to a host without leg", REASON_KERNEL_ROUTES, END_LNS_A, IP4,
	 host_unused, inner_to_host},
	{"to a subscriber in setup", REASON_KERNEL_ROUTES, END_LNS_A, IP4,
	 pool_leg_punts, inner_to_pta},
	{"to a subscriber in setup, padded", REASON_KERNEL_ROUTES, END_LNS_A,
	 IP4, pool_leg_punts, inner_padded_to_pta},
	{"to an IPv6 subscriber in setup", REASON_KERNEL_ROUTES, END_LNS_A,
	 IP6, pool_leg_punts, inner6_padded_to_pta},
	{"to a subscriber, too big", REASON_TOO_BIG, END_LNS_A, IP4,
	 vector_leg_mtu, inner_to_pta},
	{"to a subscriber, unresolved", REASON_NEXT_HOP_UNRESOLVED, END_LNS_A,
	 IP4, access_unresolved, inner_to_pta},
	{"PPPoE, TTL 1", REASON_TTL_EXPIRED, END_PTA, IP4, 0, pta_ttl_1},
	{"tagged PPPoE, TTL 1", REASON_TTL_EXPIRED, END_PTA_TAGGED, IP4, 0,
	 pta_tagged_ttl_1},
	/* to subscribers */
	{"pool address without call", REASON_NO_SUBSCRIBER, END_IP_LNS_A, IP4,
	 0, down_to_free, 0},
	{"prefix without call", REASON_NO_SUBSCRIBER, END_IP_LNS_A, IP6, 0,
	 down6_to_free, 0},
	{"subscriber without IPv4", REASON_NO_SUBSCRIBER, END_IP_LNS_A, IP4,
	 no_ip4, 0, 0},
	{"subscriber without IPv6", REASON_NO_SUBSCRIBER, END_IP_LNS_A, IP6,
	 no_ip6, 0, 0},
	{"address in a pool that is ours", REASON_CALL_SETUP, END_IP_LNS_A, IP4,
	 pool_leg_punts, 0, 0},
	{"pool not in use", REASON_NOT_OURS, END_IP_LNS_A, IP4, pools_unused,
	 0, 0},
	{"IPv6 pool not in use", REASON_NOT_OURS, END_IP_LNS_A, IP6,
	 pools_unused, 0, 0},
	{"not for a subscriber", REASON_NOT_OURS, END_IP_LNS_A, IP4, 0,
	 down_to_world, 0},
	{"IPv6 not for a subscriber", REASON_NOT_OURS, END_IP_LNS_A, IP6, 0,
	 down6_to_world, 0},
	{"down, TTL 1", REASON_TTL_EXPIRED, END_IP_LNS_A, IP4, 0, down_ttl_1,
	 0},
	{"down, hop limit 1", REASON_TTL_EXPIRED, END_IP_LNS_A, IP6, 0,
	 down6_ttl_1, 0},
	{"down, options", REASON_IP_OPTIONS, END_IP_LNS_A, IP4, 0, down_options,
	 0},
	{"down, length beyond", REASON_BAD_IP, END_IP_LNS_A, IP4, 0,
	 down_total_beyond, 0},
	{"down, header of 16", REASON_BAD_IP, END_IP_LNS_A, IP4, 0,
	 down_header_4, 0},
	{"down, header cut", REASON_NOT_OURS, END_IP_LNS_A, IP4, 0, down_cut,
	 0},
	{"down, IPv6 beyond", REASON_BAD_IP, END_IP_LNS_A, IP6, 0, down6_beyond,
	 0},
	{"down, IPv6 header cut", REASON_NOT_OURS, END_IP_LNS_A, IP6, 0,
	 down6_cut, 0},
	{"down, too big", REASON_TOO_BIG, END_IP_LNS_A, IP4, vector_leg_mtu, 0,
	 0},
	{"down, IPv6 too big", REASON_TOO_BIG, END_IP_LNS_A, IP6,
	 vector_leg_mtu, 0, 0},
};

const struct vector_table ip_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
