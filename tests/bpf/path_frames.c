/* SPDX-License-Identifier: GPL-2.0-only */
/* The frames of the benchmark; see path_frames.h. */
#include "path_frames.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/buf.h"

const uint8_t bench_next_hop_mac[6] = {2, 0, 0, 0, 0, 2};
const uint8_t bench_client_mac[6] = {2, 0, 0, 0, 0, 3};

/* clang-format off */
const struct bench_path bench_paths[] = {
	{"lac_up",   "gen_pppoe",   -26, 0, true, false, true, false},
	{"lac_down", "gen_l2tp",     26, BENCH_LAC_CORE, false, true, false, true},
	{"lts",      "gen_l2tp",      0, BENCH_LTS_WEST, false, true, true, false},
	{"lns_up",   "gen_l2tp_ip",  38, BENCH_LNS_ACCESS, false, true, false, false},
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

struct in_addr bench_address(uint32_t host_order)
{
	return (struct in_addr){htonl(host_order)};
}

static uint16_t ip_sum(const uint8_t *header)
{
	uint32_t sum = 0;

	for (int i = 0; i < 20; i += 2)
		sum += (uint32_t)(header[i] << 8 | header[i + 1]);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

static void build_ip(struct builder *b, uint16_t total, uint16_t id,
		     uint8_t ttl, uint32_t source, uint32_t destination)
{
	size_t at = b->len;

	build_u16(b, 0x4500);
	build_u16(b, total);
	build_u16(b, id);
	build_u16(b, 0);
	build_u8(b, ttl);
	build_u8(b, IPPROTO_UDP);
	build_u16(b, 0);
	build_u32(b, source);
	build_u32(b, destination);
	if (!b->full)
		build_patch_u16(b, at + 10, (uint16_t)~ip_sum(b->data + at));
}

static void build_ethernet(struct builder *b, const uint8_t destination[6],
			   const uint8_t source[6])
{
	build_bytes(b, destination, 6);
	build_bytes(b, source, 6);
}

static void build_l2tp(struct builder *b, uint16_t ppp, uint32_t source,
		       uint32_t destination, uint16_t id, uint16_t tunnel,
		       uint16_t session)
{
	build_u16(b, 0x0800);
	build_ip(b, (uint16_t)(20 + 8 + 6 + ppp), id, 64, source, destination);
	build_u16(b, 1701);
	build_u16(b, 1701);
	build_u16(b, (uint16_t)(8 + 6 + ppp));
	build_u16(b, 0);
	build_u16(b, 2);
	build_u16(b, tunnel);
	build_u16(b, session);
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

/* Octets in front of the inner IP packet of a frame that comes in. */
static size_t in_head(const struct bench_path *path)
{
	if (path->pppoe_in)
		return 14 + 4 + 6 + 2;
	return path->l2tp_in ? 14 + 20 + 8 + 6 + 4 : 14;
}

/* Inner addresses of the session: upwards from the pool, downwards to it. */
static void inner_addresses(const struct bench_path *path, uint32_t session,
			    uint32_t *source, uint32_t *destination)
{
	bool down = !path->pppoe_in && !path->l2tp_in;
	bool routed_up = path->l2tp_in && !path->l2tp_out && !path->pppoe_out;

	*source = down ? BENCH_INTERNET + 1
		       : BENCH_POOL + (routed_up ? session : 0);
	*destination = down ? BENCH_POOL + session : BENCH_INTERNET + 1;
	if (!strcmp(path->name, "kernel")) {
		*source = BENCH_POOL;
		*destination = BENCH_INTERNET + session;
	}
}

/* The inner packet: IP header and zeros, with the session's mark in them. */
static void build_inner(struct builder *b, const struct bench_path *path,
			uint32_t session, uint8_t ttl, long mark_at)
{
	uint16_t total = (uint16_t)(BENCH_FRAME - in_head(path));
	size_t at = b->len;
	uint32_t source;
	uint32_t destination;

	inner_addresses(path, session, &source, &destination);
	build_ip(b, total, 1, ttl, source, destination);
	build_zeros(b, total - 20u);
	if (mark_at >= 0 && !b->full)
		memcpy(b->data + at + mark_at, &session, sizeof(session));
}

void bench_image_fill(struct bench_image *image, const struct bench_path *path,
		      const uint8_t port_mac[6])
{
	struct builder b = builder_on(image->words, sizeof(image->words));
	size_t inner = in_head(path);
	uint32_t source;
	uint32_t destination;

	inner_addresses(path, 0, &source, &destination);
	build_ethernet(&b, port_mac, path->pppoe_in ? bench_client_mac
						    : bench_next_hop_mac);
	if (path->pppoe_in)
		build_pppoe(&b, 1, 1, BENCH_FRAME - 24);
	else if (path->l2tp_in)
		build_l2tp(&b, BENCH_FRAME - 48, BENCH_PEER, BENCH_LOCAL, 0,
			   path->tunnel, 1);
	else
		build_u16(&b, 0x0800);
	build_inner(&b, path, 0, 64, -1);
	image->tunnel = path->tunnel;
	/* the header's sum without checksum and the session's address */
	image->ip_base = path->l2tp_in ? source : destination;
	image->ip_sum = ip_sum(b.data + inner) +
			(uint16_t)~(b.data[inner + 10] << 8 |
				    b.data[inner + 11]);
	image->ip_sum += (uint16_t)~(image->ip_base >> 16);
	image->ip_sum += (uint16_t)~(image->ip_base & 0xffff);
	while (image->ip_sum >> 16)
		image->ip_sum = (image->ip_sum & 0xffff) +
				(image->ip_sum >> 16);
}

bool bench_frame_right(const struct bench_path *path,
		       const struct bench_sample *sample,
		       const uint8_t egress_mac[6])
{
	uint8_t room[BENCH_SAMPLE_MAX + 2];
	struct builder b = builder_on(room, sizeof(room));
	size_t inner = in_head(path);
	size_t out = (size_t)((long)inner - path->shift);
	uint16_t ppp = (uint16_t)(BENCH_FRAME - inner + 2);
	bool routed = !path->pppoe_out && !(path->l2tp_in && path->l2tp_out) &&
		      !path->pppoe_in;
	long mark = BENCH_MARK - (long)inner;
	uint32_t session;
	uint16_t vlan;

	if (sample->len != BENCH_FRAME - inner + out)
		return false;
	memcpy(&session, sample->octets + out + mark, sizeof(session));
	vlan = (uint16_t)(1 + (session >> BENCH_SHIFT));
	build_ethernet(&b, path->pppoe_out ? bench_client_mac
					   : bench_next_hop_mac,
		       egress_mac);
	if (path->l2tp_out)
		build_l2tp(&b, (uint16_t)(ppp + 2), BENCH_LOCAL, BENCH_PEER,
			   (uint16_t)(sample->octets[18] << 8 |
				      sample->octets[19]),
			   BENCH_PEER_TUNNEL, bench_id(session));
	else if (path->pppoe_out)
		build_pppoe(&b, vlan, bench_id(session), ppp);
	else
		build_u16(&b, 0x0800);
	build_inner(&b, path, session, routed ? 63 : 64, mark);
	return !b.full && b.len == sample->len &&
	       !memcmp(room, sample->octets, b.len);
}
