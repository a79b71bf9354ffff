/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of the benchmark; see path_frames.h. */
#include "path_frames.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"

enum {
	IP4_HEAD = 20,
	IP6_HEAD = 40,
	UDP_HEAD = 8,
	PPP_HEAD = 4, /* FF 03 and the protocol */
	PPPOE_HEAD = 4 + 6 + 2, /* one tag, and the protocol */
};

const uint8_t bench_next_hop_mac[6] = {2, 0, 0, 0, 0, 2};
const uint8_t bench_client_mac[6] = {2, 0, 0, 0, 0, 3};

/* clang-format off */
const struct bench_path bench_paths[] = {
	{"lac_up",   "gen_pppoe",   -26, 0, true, false, true, false},
	{"lac_down", "gen_l2tp",     26, BENCH_CORE, false, true, false, true},
	{"lts",      "gen_l2tp",      0, BENCH_ACCESS, false, true, true, false},
	{"lns_up",   "gen_l2tp_ip",  38, BENCH_ACCESS, false, true, false, false},
	{"lns_down", "gen_ip",      -38, 0, false, false, true, false},
};
/* clang-format on */
const unsigned int bench_path_count = sizeof(bench_paths) / sizeof(*bench_paths);
const struct bench_path bench_kernel_path = {.name = "kernel",
					     .generator = "gen_ip"};

const struct bench_path *bench_path_find(const char *name)
{
	for (unsigned int i = 0; i < bench_path_count; i++)
		if (!strcmp(bench_paths[i].name, name))
			return &bench_paths[i];
	return NULL;
}

bool bench_path_routed(const struct bench_path *path)
{
	return path->l2tp_in ? !path->l2tp_out && !path->pppoe_out
			     : !path->pppoe_in;
}

struct in_addr bench_address(uint32_t host_order)
{
	return (struct in_addr){htonl(host_order)};
}

/* 2001:db8::N over IPv6, N the IPv4 address. */
static struct address end_point(const struct bench_traffic *traffic,
				uint32_t ip4)
{
	struct in6_addr ip6 = {.s6_addr = {0x20, 0x01, 0x0d, 0xb8}};
	struct in_addr address = bench_address(ip4);

	if (!traffic->ip6)
		return address_of_ip4(address);
	memcpy(ip6.s6_addr + 12, &address, sizeof(address));
	return address_of_ip6(ip6);
}

struct address bench_local(const struct bench_traffic *traffic)
{
	return end_point(traffic, BENCH_LOCAL);
}

struct address bench_peer(const struct bench_traffic *traffic)
{
	return end_point(traffic, BENCH_PEER);
}

/* Octets of an L2TP header. */
static size_t l2tp_size(const struct bench_traffic *traffic)
{
	return traffic->sequence ? 10 : 6;
}

/* Where UDP begins in L2TP frames. */
static size_t udp_at(const struct bench_traffic *traffic)
{
	return 14 + (traffic->ip6 ? IP6_HEAD : IP4_HEAD);
}

/* Octets in front of the inner IP packet. */
static size_t head_size(const struct bench_traffic *traffic, bool l2tp,
			bool pppoe)
{
	if (pppoe)
		return 14 + PPPOE_HEAD;
	return l2tp ? udp_at(traffic) + UDP_HEAD + l2tp_size(traffic) + PPP_HEAD
		    : 14;
}

static size_t in_head(const struct bench_traffic *traffic)
{
	return head_size(traffic, traffic->path->l2tp_in,
			 traffic->path->pppoe_in);
}

static size_t out_head(const struct bench_traffic *traffic)
{
	return head_size(traffic, traffic->path->l2tp_out,
			 traffic->path->pppoe_out);
}

/* ---- building --------------------------------------------------------------
 */

static uint32_t words_sum(const uint8_t *at, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(at[i] << 8 | at[i + 1]);
	return sum;
}

static uint16_t sum_fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* What an IPv4 header has besides its addresses. */
struct ip_head {
	uint16_t total, id;
	uint8_t tos, ttl;
};

static void build_ip(struct builder *b, const struct ip_head *head,
		     uint32_t source, uint32_t destination)
{
	size_t at = b->len;

	build_u16(b, (uint16_t)(0x4500 | head->tos));
	build_u16(b, head->total);
	build_u16(b, head->id);
	build_u16(b, 0);
	build_u8(b, head->ttl);
	build_u8(b, IPPROTO_UDP);
	build_u16(b, 0);
	build_u32(b, source);
	build_u32(b, destination);
	if (!b->full)
		build_patch_u16(b, at + 10,
				(uint16_t)~sum_fold(
					words_sum(b->data + at, IP4_HEAD)));
}

static void build_ethernet(struct builder *b, const uint8_t destination[6],
			   const uint8_t source[6])
{
	build_bytes(b, destination, 6);
	build_bytes(b, source, 6);
}

/* An L2TP frame's head behind the Ethernet addresses. */
struct l2tp_head {
	const struct bench_traffic *traffic;
	bool out; /* it goes to the peer */
	uint16_t ppp; /* octets of the PPP frame, with FF 03 */
	uint16_t id; /* of IPv4 */
	uint16_t tunnel, session;
	uint16_t ns;
};

static void build_outer_ip(struct builder *b, const struct l2tp_head *h,
			   uint16_t udp)
{
	struct address local = bench_local(h->traffic);
	struct address peer = bench_peer(h->traffic);
	const struct ip_head head = {
		.total = (uint16_t)(IP4_HEAD + udp),
		.id = h->id,
		.tos = h->out && h->traffic->copy_dscp ? BENCH_TOS : 0,
		.ttl = 64,
	};

	if (!h->traffic->ip6) {
		build_u16(b, 0x0800);
		build_ip(b, &head, h->out ? BENCH_LOCAL : BENCH_PEER,
			 h->out ? BENCH_PEER : BENCH_LOCAL);
		return;
	}
	build_u16(b, 0x86dd);
	build_u32(b, 6u << 28 | (uint32_t)head.tos << 20);
	build_u16(b, udp);
	build_u8(b, IPPROTO_UDP);
	build_u8(b, head.ttl);
	build_bytes(b, h->out ? &local.ip6 : &peer.ip6, 16);
	build_bytes(b, h->out ? &peer.ip6 : &local.ip6, 16);
}

static void build_l2tp(struct builder *b, const struct l2tp_head *h)
{
	uint16_t udp = (uint16_t)(UDP_HEAD + l2tp_size(h->traffic) + h->ppp);

	build_outer_ip(b, h, udp);
	build_u16(b, 1701);
	build_u16(b, 1701);
	build_u16(b, udp);
	build_u16(b, 0);
	build_u16(b, h->traffic->sequence ? 0x0802 : 2);
	build_u16(b, h->tunnel);
	build_u16(b, h->session);
	if (h->traffic->sequence) {
		build_u16(b, h->ns);
		build_u16(b, 0);
	}
	build_u16(b, 0xff03);
	build_u16(b, 0x0021);
}

static void build_pppoe(struct builder *b, uint16_t vlan, uint16_t session,
			uint16_t ppp)
{
	build_u16(b, 0x8100);
	build_u16(b, vlan);
	build_u16(b, 0x8864);
	build_u16(b, 0x1100);
	build_u16(b, session);
	build_u16(b, ppp);
	build_u16(b, 0x0021);
}

/* Of the UDP datagram that fills an L2TP frame to its end, not complemented. */
static uint16_t udp_sum(const struct builder *b,
			const struct bench_traffic *traffic)
{
	size_t addresses = traffic->ip6 ? 32 : 8;
	size_t at = udp_at(traffic);
	size_t length = b->len - at;

	return sum_fold(words_sum(b->data + at - addresses,
				  addresses + length) +
			IPPROTO_UDP + (uint32_t)length);
}

/* Inner addresses of the session: upwards from the pool, downwards to it. */
static void inner_addresses(const struct bench_path *path, uint32_t session,
			    uint32_t *source, uint32_t *destination)
{
	bool down = !path->pppoe_in && !path->l2tp_in;
	bool routed_up = bench_path_routed(path) && !down;

	*source = down ? BENCH_INTERNET + 1
		       : BENCH_POOL + (routed_up ? session : 0);
	*destination = down ? BENCH_POOL + session : BENCH_INTERNET + 1;
	if (!strcmp(path->name, "kernel")) {
		*source = BENCH_POOL;
		*destination = BENCH_INTERNET + session;
	}
}

/* The inner packet: IP header and zeros, with the session's mark in them. */
static void build_inner(struct builder *b, const struct bench_traffic *traffic,
			uint32_t session, uint8_t ttl, long mark_at)
{
	const struct ip_head head = {
		.total = (uint16_t)(BENCH_FRAME - in_head(traffic)),
		.id = 1,
		.tos = BENCH_TOS,
		.ttl = ttl,
	};
	size_t at = b->len;
	uint32_t source;
	uint32_t destination;

	inner_addresses(traffic->path, session, &source, &destination);
	build_ip(b, &head, source, destination);
	build_zeros(b, head.total - (size_t)IP4_HEAD);
	if (mark_at >= 0 && !b->full)
		memcpy(b->data + at + mark_at, &session, sizeof(session));
}

/* ---- frames that go in -----------------------------------------------------
 */

/* The header's sum without checksum and the session's address. */
static void image_set_ip(struct bench_image *image,
			 const struct bench_traffic *traffic,
			 const uint8_t *header)
{
	uint32_t source;
	uint32_t destination;

	inner_addresses(traffic->path, 0, &source, &destination);
	image->inner_at = (uint8_t)in_head(traffic);
	image->address_at = traffic->path->l2tp_in ? 12 : 16;
	image->ip_base = traffic->path->l2tp_in ? source : destination;
	image->ip_sum = sum_fold(words_sum(header, IP4_HEAD) +
				 (uint16_t)~(header[10] << 8 | header[11]) +
				 (uint16_t)~(image->ip_base >> 16) +
				 (uint16_t)~(image->ip_base & 0xffff));
}

static void image_set_l2tp(struct bench_image *image,
			   const struct bench_traffic *traffic,
			   const struct builder *b)
{
	image->tunnel = traffic->path->tunnel;
	image->udp_at = (uint8_t)udp_at(traffic);
	image->ids_at = (uint8_t)(image->udp_at + UDP_HEAD + 2);
	image->sequence = traffic->sequence;
	/* ids and mark of session 0 are 0 */
	if (traffic->sum_in)
		image->udp_sum = udp_sum(b, traffic);
}

void bench_image_fill(struct bench_image *image,
		      const struct bench_traffic *traffic,
		      const uint8_t port_mac[6])
{
	struct builder b = builder_on(image->words, sizeof(image->words));
	const struct bench_path *path = traffic->path;
	const struct l2tp_head l2tp = {
		.traffic = traffic,
		.ppp = (uint16_t)(BENCH_FRAME - in_head(traffic) + PPP_HEAD),
	};

	build_ethernet(&b, port_mac, path->pppoe_in ? bench_client_mac
						    : bench_next_hop_mac);
	if (path->pppoe_in)
		build_pppoe(&b, 1, 1, BENCH_FRAME - 24);
	else if (path->l2tp_in)
		build_l2tp(&b, &l2tp);
	else
		build_u16(&b, 0x0800);
	build_inner(&b, traffic, 0, 64, -1);
	image_set_ip(image, traffic, b.data + in_head(traffic));
	if (path->l2tp_in)
		image_set_l2tp(image, traffic, &b);
}

/* ---- frames that come out --------------------------------------------------
 */

/* Two octets of a frame, which only its sender can know. */
static uint16_t told(const struct bench_sample *sample, size_t at)
{
	return (uint16_t)(sample->octets[at] << 8 | sample->octets[at + 1]);
}

static void build_l2tp_out(struct builder *b,
			   const struct bench_traffic *traffic,
			   const struct bench_sample *sample, uint32_t session)
{
	const struct l2tp_head head = {
		.traffic = traffic,
		.out = true,
		.ppp = (uint16_t)(BENCH_FRAME - in_head(traffic) + PPP_HEAD),
		.id = told(sample, 18),
		.tunnel = BENCH_PEER_TUNNEL,
		.session = bench_id(session),
		.ns = told(sample, udp_at(traffic) + UDP_HEAD + 6),
	};

	build_l2tp(b, &head);
}

static void udp_sum_patch(struct builder *b,
			  const struct bench_traffic *traffic)
{
	uint16_t sum = (uint16_t)~udp_sum(b, traffic);

	build_patch_u16(b, udp_at(traffic) + 6, sum ? sum : 0xffff);
}

bool bench_frame_right(const struct bench_traffic *traffic,
		       const struct bench_sample *sample,
		       const uint8_t egress_mac[6])
{
	const struct bench_path *path = traffic->path;
	uint8_t room[BENCH_SAMPLE_MAX + 2];
	struct builder b = builder_on(room, sizeof(room));
	size_t inner = in_head(traffic);
	size_t out = out_head(traffic);
	long mark = BENCH_MARK - (long)inner;
	uint32_t session;

	if (sample->len != BENCH_FRAME - inner + out)
		return false;
	memcpy(&session, sample->octets + out + mark, sizeof(session));
	build_ethernet(&b, path->pppoe_out ? bench_client_mac
					   : bench_next_hop_mac,
		       egress_mac);
	if (path->l2tp_out)
		build_l2tp_out(&b, traffic, sample, session);
	else if (path->pppoe_out)
		build_pppoe(&b, (uint16_t)(1 + (session >> BENCH_SHIFT)),
			    bench_id(session),
			    (uint16_t)(BENCH_FRAME - inner + 2));
	else
		build_u16(&b, 0x0800);
	build_inner(&b, traffic, session, bench_path_routed(path) ? 63 : 64,
		    mark);
	if (path->l2tp_out && traffic->sum_out)
		udp_sum_patch(&b, traffic);
	return !b.full && b.len == sample->len &&
	       !memcmp(room, sample->octets, b.len);
}
