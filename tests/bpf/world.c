/* SPDX-License-Identifier: GPL-2.0-only */
/* The world of the BPF tests: namespace, object and calls; see world.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "world.h"

const __u8 access_mac[6] = {0x02, 0, 0, 0, 0, 0x0a};
const __u8 core_mac[6] = {0x02, 0, 0, 0, 0, 0x0c};
const __u8 gateway_mac[6] = {0x02, 0x22, 0x22, 0x22, 0x22, 0x01};

enum template_slot {
	TEMPLATE_NONE,
	TEMPLATE_A, /* tunnel A, untagged, no Length */
	TEMPLATE_B, /* tunnel B, VLAN 200, with Length */
	TEMPLATE_PPPOE,
	TEMPLATE_PPPOE_TAGGED,
	TEMPLATE_PPPOE_QINQ,
};

struct tunnel_end {
	__u16 id, peer_id, peer_port;
	__u8 bank;
	__u32 peer_ip4;
	__u16 flags;
	__u16 vlan;
};

static const struct tunnel_end tunnels[2] = {
	{TUNNEL_A, 0x1234, 1701, 3, 0xc0000202, 0, 0},
	{TUNNEL_B, 0x4321, 40000, 4, 0xc6336402, L2TP_FLAG_L, CORE_VLAN},
};

#define CLIENT(n)                               \
	{                                       \
		0x02, 0x11, 0x11, 0x11, 0x11, n \
	}

const struct end ends[END_COUNT] = {
	[END_PPPOE] = {.name = "pppoe",
		       .kind = LEG_PPPOE,
		       .other = END_LAC_A,
		       .call = 1,
		       .template = TEMPLATE_PPPOE,
		       .session = 0x0101,
		       .peer_session = 0x0101,
		       .client = CLIENT(1)},
	[END_PPPOE_TAGGED] = {.name = "pppoe-tagged",
			      .kind = LEG_PPPOE,
			      .other = END_LAC_B,
			      .call = 2,
			      .template = TEMPLATE_PPPOE_TAGGED,
			      .session = 0x0102,
			      .peer_session = 0x0102,
			      .vlan = 100,
			      .client = CLIENT(2)},
	[END_LAC_A] = {.name = "lac-a",
		       .kind = LEG_L2TP,
		       .other = END_PPPOE,
		       .call = 1,
		       .template = TEMPLATE_A,
		       .session = 0x0b02,
		       .peer_session = 0x0a01},
	[END_LAC_B] = {.name = "lac-b",
		       .kind = LEG_L2TP,
		       .other = END_PPPOE_TAGGED,
		       .call = 2,
		       .template = TEMPLATE_B,
		       .session = 0x0b03,
		       .peer_session = 0x0a02,
		       .tunnel = 1},
	[END_LTS_A] = {.name = "lts-a",
		       .kind = LEG_L2TP,
		       .other = END_LTS_B,
		       .call = 3,
		       .template = TEMPLATE_A,
		       .session = 0x0b04,
		       .peer_session = 0x0a03},
	[END_LTS_B] = {.name = "lts-b",
		       .kind = LEG_L2TP,
		       .other = END_LTS_A,
		       .call = 3,
		       .template = TEMPLATE_B,
		       .session = 0x0b05,
		       .peer_session = 0x0a04,
		       .tunnel = 1},
	[END_LNS_A] = {.name = "lns-a",
		       .kind = LEG_L2TP,
		       .other = END_IP_LNS_A,
		       .call = 4,
		       .template = TEMPLATE_A,
		       .session = 0x0b06,
		       .peer_session = 0x0a05},
	[END_LNS_B] = {.name = "lns-b",
		       .kind = LEG_L2TP,
		       .other = END_IP_LNS_B,
		       .call = 5,
		       .template = TEMPLATE_B,
		       .session = 0x0b07,
		       .peer_session = 0x0a06,
		       .tunnel = 1},
	[END_PTA] = {.name = "pta",
		     .kind = LEG_PPPOE,
		     .other = END_IP_PTA,
		     .call = 6,
		     .template = TEMPLATE_PPPOE,
		     .session = 0x0103,
		     .peer_session = 0x0103,
		     .client = CLIENT(3)},
	[END_PTA_TAGGED] = {.name = "pta-tagged",
			    .kind = LEG_PPPOE,
			    .other = END_IP_PTA_TAGGED,
			    .call = 7,
			    .template = TEMPLATE_PPPOE_TAGGED,
			    .session = 0x0104,
			    .peer_session = 0x0104,
			    .vlan = 100,
			    .client = CLIENT(4)},
	[END_PTA_QINQ] = {.name = "pta-qinq",
			  .kind = LEG_PPPOE,
			  .other = END_IP_PTA_QINQ,
			  .call = 8,
			  .template = TEMPLATE_PPPOE_QINQ,
			  .session = 0x0105,
			  .peer_session = 0x0105,
			  .vlan = 100,
			  .inner_vlan = 7,
			  .client = CLIENT(5)},
	[END_IP_LNS_A] = {.name = "ip-lns-a",
			  .kind = LEG_IP,
			  .other = END_LNS_A,
			  .call = 4,
			  .user_ip4 = POOL_IP4 + 1,
			  .user_net = 1},
	[END_IP_LNS_B] = {.name = "ip-lns-b",
			  .kind = LEG_IP,
			  .other = END_LNS_B,
			  .call = 5,
			  .user_ip4 = POOL_IP4 + 2,
			  .user_net = 2},
	[END_IP_PTA] = {.name = "ip-pta",
			.kind = LEG_IP,
			.other = END_PTA,
			.call = 6,
			.user_ip4 = POOL_IP4 + 3,
			.user_net = 3},
	[END_IP_PTA_TAGGED] = {.name = "ip-pta-tagged",
			       .kind = LEG_IP,
			       .other = END_PTA_TAGGED,
			       .call = 7,
			       .user_ip4 = HOST_IP4,
			       .user_net = 4,
			       .host = true},
	[END_IP_PTA_QINQ] = {.name = "ip-pta-qinq",
			     .kind = LEG_IP,
			     .other = END_PTA_QINQ,
			     .call = 8,
			     .user_ip4 = POOL_IP4 + 5,
			     .user_net = 5},
};

/* Slots of IP legs: pool 4, pool 6, then single hosts. */
#define SLOT_POOL4 FIRST_IP_SLOT
#define SLOT_POOL6 (FIRST_IP_SLOT + BANK_SLOTS)
#define SLOT_HOSTS (FIRST_IP_SLOT + 2 * BANK_SLOTS)
#define POOL_COUNT 64

static const __u8 user_prefix[8] = {0x20, 0x01, 0x0d, 0xb8, 0, 1, 0, 0};
static const __u8 far_ip6[16] = {0x20, 0x01, 0x0d, 0xb8, 0xff, 0xff, 0, 0,
				 0,    0,    0,	   0,	 0,    0,    0, 8};

static void must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	abort();
}

static void shell(const char *command)
{
	must(system(command), command);
}

static void *map_memory(const struct bpf_map *map)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t size =
		(size_t)bpf_map__value_size(map) * bpf_map__max_entries(map);
	void *at;

	size = (size + page - 1) / page * page;
	at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
		  bpf_map__fd(map), 0);
	must(at == MAP_FAILED, bpf_map__name(map));
	return at;
}

/* Every port is one end of a veth pair; only redirect targets matter. */
static void namespace_new(struct world *w)
{
	static const char *const names[] = {"access", "core", "tagged", "alien",
					    "tun0"};
	__u32 *index[] = {&w->access, &w->core, &w->tagged, &w->alien, &w->tun};
	char line[256];
	size_t i;

	must(unshare(CLONE_NEWNET), "unshare");
	shell("ip link set lo up");
	shell("echo 1 > /proc/sys/net/ipv4/ip_forward");
	shell("echo 1 > /proc/sys/net/ipv6/conf/all/forwarding");
	for (i = 0; i < 5; i++) {
		snprintf(line, sizeof(line),
			 "ip link add name %s address 02:00:00:00:00:0%c"
			 " type veth peer name %s-p && ip link set %s up &&"
			 " ip link set %s-p up",
			 names[i], "acdef"[i], names[i], names[i], names[i]);
		shell(line);
		*index[i] = if_nametoindex(names[i]);
	}
	shell("ip link set core mtu 9000 && ip link set core-p mtu 9000");
	shell("ip addr add 10.255.0.1/24 dev core");
	shell("ip addr add 192.0.2.1/32 dev core");
	shell("ip addr add 10.255.1.1/24 dev tagged");
	shell("ip addr add 10.255.2.1/24 dev alien");
	shell("ip addr add 10.255.3.1/24 dev tun0");
	shell("ip -6 addr add 2001:db8:cafe::1/64 dev core nodad");
}

static void routes_new(void)
{
	static const char *const lladdr = "02:22:22:22:22:01";
	static const char *const hops[][2] = {
		{"10.255.0.2", "core"},	  {"2001:db8:cafe::2", "core"},
		{"10.255.1.2", "tagged"}, {"10.255.2.2", "alien"},
		{"10.255.3.2", "tun0"},
	};
	char line[256];
	size_t i;

	for (i = 0; i < 5; i++) {
		snprintf(line, sizeof(line),
			 "ip neigh add %s lladdr %s dev %s nud permanent",
			 hops[i][0], lladdr, hops[i][1]);
		shell(line);
	}
	shell("ip route add default via 10.255.0.2 mtu lock 1500");
	shell("ip route add 100.63.0.0/16 via 10.255.0.2");
	shell("ip route add 100.64.0.0/16 via 10.255.1.2");
	shell("ip route add 100.65.0.0/16 via 10.255.2.2");
	shell("ip route add 100.66.0.0/16 via 10.255.3.2");
	shell("ip route add 203.0.113.0/24 via 10.255.3.2");
	shell("ip route add 100.67.0.0/16 via 10.255.0.3");
	shell("ip route add blackhole 100.68.0.0/16");
	shell("ip -6 route add default via 2001:db8:cafe::2 mtu lock 1500");
}

struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));
	__u32 key;

	must(!w, "calloc");
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	namespace_new(w);
	routes_new();
	w->skel = l2x_bpf__open_and_load();
	must(!w->skel, "load");
	w->ports = map_memory(w->skel->maps.ports);
	w->tunnels = map_memory(w->skel->maps.tunnels_rx);
	w->legs = map_memory(w->skel->maps.legs);
	w->templates = map_memory(w->skel->maps.templates);
	w->settings = map_memory(w->skel->maps.settings);
	w->ip4_pools = map_memory(w->skel->maps.ip4_pools);
	w->ip6_pools = map_memory(w->skel->maps.ip6_pools);
	w->egress = map_memory(w->skel->maps.egress);
	key = w->access;
	must(bpf_map_update_elem(bpf_map__fd(w->skel->maps.tx_ports), &key,
				 &key, 0),
	     "tx_ports");
	key = w->core;
	must(bpf_map_update_elem(bpf_map__fd(w->skel->maps.tx_ports), &key,
				 &key, 0),
	     "tx_ports");
	world_reset(w);
	return w;
}

/* The process ends soon after; the kernel takes mappings and namespace. */
void world_free(struct world *w)
{
	l2x_bpf__destroy(w->skel);
	free(w);
}

/* ---- records ------------------------------------------------------------ */

static void image_fill(struct image *image, struct frame *head, __u32 port)
{
	image->ifindex = port;
	image->head_len = (__u16)frame_len(head);
	image->out_max = WIDE_MTU + 18;
	memcpy(image->head, frame_data(head), frame_len(head));
	image->flags |= IMAGE_READY;
}

/* Lengths, ids and IPv4 checksum are 0 in a head, so they are pushed here. */
static void l2tp_image(struct world *w, __u32 slot, const struct tunnel_end *t)
{
	struct image *image = &w->templates[slot].image[0];
	__u16 word;
	struct frame f;
	size_t i, ip;

	memset(image, 0, sizeof(*image));
	frame_body(&f, 0, 0);
	push16(&f, 0xff03);
	push32(&f, 0);
	if (t->flags & L2TP_FLAG_L)
		push16(&f, 0);
	push16(&f, t->flags | 2);
	push32(&f, 0);
	push16(&f, t->peer_port);
	push16(&f, 1701);
	push32(&f, t->peer_ip4);
	push32(&f, LOCAL_IP4);
	push32(&f, 0x40110000); /* TTL 64, UDP */
	push32(&f, 0);
	push32(&f, 0x45000000);
	if (t->vlan)
		push_tag(&f, t->vlan, 0x0800);
	push_ethernet(&f, gateway_mac, core_mac, t->vlan ? 0x8100 : 0x0800);
	ip = t->vlan ? 18 : 14;
	for (i = 0; i < 20; i += 2) {
		memcpy(&word, frame_at(&f, ip + i), 2);
		image->sum += word;
	}
	image->kind = LEG_L2TP;
	image->tags = t->vlan ? 1 : 0;
	image->flags = t->flags & L2TP_FLAG_L ? IMAGE_LENGTH : 0;
	image_fill(image, &f, w->core);
}

static void pppoe_image(struct world *w, __u32 slot, __u8 tags)
{
	static const __u8 nobody[6];
	struct image *image = &w->templates[slot].image[0];
	struct frame f;

	memset(image, 0, sizeof(*image));
	frame_body(&f, 0, 0);
	push32(&f, 0);
	push16(&f, 0x1100);
	if (tags)
		push_tag(&f, 0, 0x8864);
	if (tags > 1)
		push_tag(&f, 0, 0x8100);
	push_ethernet(&f, nobody, access_mac,
		      tags > 1 ? 0x88a8
		      : tags   ? 0x8100
			       : 0x8864);
	image->kind = LEG_PPPOE;
	image->tags = tags;
	image_fill(image, &f, w->access);
}

__u32 end_slot(enum end_id id)
{
	const struct end *e = &ends[id];

	if (e->kind == LEG_PPPOE)
		return (e->vlan ? ACCESS_BANK_TAGGED : ACCESS_BANK)
			       << BANK_SHIFT |
		       e->session;
	if (e->kind == LEG_L2TP)
		return (__u32)tunnels[e->tunnel].bank << BANK_SHIFT |
		       e->session;
	return e->host ? SLOT_HOSTS : SLOT_POOL4 + (e->user_ip4 - POOL_IP4);
}

__u32 end_slot6(enum end_id id)
{
	return SLOT_POOL6 + ends[id].user_net;
}

struct leg *end_leg(struct world *w, enum end_id id, __u16 protocol)
{
	if (ends[id].kind == LEG_IP && protocol == 0x0057)
		return &w->legs[end_slot6(id)];
	return &w->legs[end_slot(id)];
}

/* What the leg of `id` says about its other side. */
static void leg_fill_to(struct leg *leg, enum end_id id)
{
	const struct end *o = &ends[ends[id].other];

	if (o->kind == LEG_L2TP) {
		leg->to.l2tp.tunnel = htons(tunnels[o->tunnel].peer_id);
		leg->to.l2tp.session = htons(o->peer_session);
	} else if (o->kind == LEG_PPPOE) {
		memcpy(leg->to.pppoe.mac, o->client, 6);
		leg->to.pppoe.session = htons(o->session);
		leg->to.pppoe.vlan = htons(o->vlan);
		leg->to.pppoe.inner_vlan = htons(o->inner_vlan);
	} else {
		memcpy(leg->to.ip.prefix6, user_prefix, 8);
		leg->to.ip.prefix6[7] = o->user_net;
		leg->to.ip.user4 = htonl(o->user_ip4);
	}
}

static void leg_fill(struct leg *leg, enum end_id id)
{
	const struct end *e = &ends[id], *o = &ends[e->other];

	memset(leg, 0, sizeof(*leg));
	leg->kind = e->kind;
	leg->out = o->kind;
	leg->flags = LEG_IP4 | LEG_IP6;
	leg->call = e->call;
	leg->out_template = o->template;
	leg->out_mtu = WIDE_MTU - 100;
	if (e->kind == LEG_L2TP)
		leg->in.l2tp.tunnel = tunnels[e->tunnel].id;
	if (e->kind == LEG_PPPOE) {
		memcpy(leg->in.pppoe.mac, e->client, 6);
		leg->in.pppoe.vlan = e->vlan;
	}
	leg_fill_to(leg, id);
	leg->state = LEG_FORWARD;
}

static void tunnels_reset(struct world *w)
{
	const struct tunnel_end *t;

	for (t = tunnels; t < tunnels + 2; t++)
		w->tunnels[t->id] = (struct tunnel_rx){
			.state = TUNNEL_RX_OPEN,
			.bank = t->bank,
			.peer_port = htons(t->peer_port),
			.peer_ip4 = htonl(t->peer_ip4),
			.local_ip4 = htonl(LOCAL_IP4),
		};
}

static void ports_reset(struct world *w)
{
	struct port *access = &w->ports[w->access], *core = &w->ports[w->core];

	*access = (struct port){.flags = PORT_ATTACHED | PORT_ACCESS};
	*core = (struct port){.flags = PORT_ATTACHED};
	memcpy(access->mac, access_mac, 6);
	memcpy(core->mac, core_mac, 6);
	access->banks[0] = ACCESS_BANK + 1;
	access->banks[100 & 15] = ACCESS_BANK_TAGGED + 1;
	w->egress[w->access] = (struct egress){.ifindex = w->access};
	w->egress[w->core] = (struct egress){.ifindex = w->core};
	w->egress[w->tagged] =
		(struct egress){.ifindex = w->core, .vlan = htons(300)};
	w->egress[w->alien] = (struct egress){.ifindex = w->alien};
	w->egress[w->tun] = (struct egress){.ifindex = 0};
}

static void pools_reset(struct world *w)
{
	__u32 slot = SLOT_HOSTS;
	__be32 host = htonl(HOST_IP4);

	/* the first entry of both is somebody else's */
	w->ip4_pools[0] = (struct ip4_pool){0x0a640000, 16, 0, 0};
	w->ip4_pools[1] =
		(struct ip4_pool){POOL_IP4, POOL_COUNT, SLOT_POOL4, 0};
	w->ip6_pools[0] = (struct ip6_pool){{0xfd}, 16, 0};
	w->ip6_pools[1] = (struct ip6_pool){{0}, POOL_COUNT, SLOT_POOL6};
	memcpy(w->ip6_pools[1].base, user_prefix, 8);
	must(bpf_map_update_elem(bpf_map__fd(w->skel->maps.ip4_hosts), &host,
				 &slot, 0),
	     "ip4_hosts");
	*w->settings = (struct settings){
		.offset_limit = OFFSET_ALWAYS,
		.ip4_pools = 2,
		.ip6_pools = 2,
		.locals = 2,
		.local_ip4 = {htonl(0xc0000209), htonl(LOCAL_IP4)}};
}

void world_reset(struct world *w)
{
	enum end_id id;

	ports_reset(w);
	tunnels_reset(w);
	pools_reset(w);
	memset(w->templates, 0, 8 * sizeof(struct template));
	l2tp_image(w, TEMPLATE_A, &tunnels[0]);
	l2tp_image(w, TEMPLATE_B, &tunnels[1]);
	pppoe_image(w, TEMPLATE_PPPOE, 0);
	pppoe_image(w, TEMPLATE_PPPOE_TAGGED, 1);
	pppoe_image(w, TEMPLATE_PPPOE_QINQ, 2);
	for (id = 0; id < END_COUNT; id++) {
		leg_fill(&w->legs[end_slot(id)], id);
		if (ends[id].kind == LEG_IP)
			leg_fill(&w->legs[end_slot6(id)], id);
	}
}

/* ---- frames ------------------------------------------------------------- */

__u32 end_port(const struct world *w, enum end_id id)
{
	return ends[id].kind == LEG_PPPOE ? w->access : w->core;
}

static enum end_id ip_end(enum end_id id)
{
	return ends[id].kind == LEG_IP ? id : ends[id].other;
}

void inner_build(struct frame *f, enum end_id from, __u16 protocol, size_t n,
		 __u8 ttl)
{
	enum end_id user = ip_end(from);
	bool up = ends[from].kind != LEG_IP;
	struct ip4_header ip4 = {.src = ends[user].user_ip4,
				 .dst = FAR_IP4,
				 .id = 0x1111,
				 .ttl = ttl,
				 .protocol = 253};
	struct ip6_header ip6 = {.ttl = ttl, .next = 253};

	memcpy(ip6.src, user_prefix, 8);
	ip6.src[7] = ends[user].user_net;
	ip6.src[15] = 1;
	memcpy(ip6.dst, far_ip6, 16);
	if (!up) {
		ip4.dst = ip4.src;
		ip4.src = FAR_IP4;
		memcpy(ip6.dst, ip6.src, 16);
		memcpy(ip6.src, far_ip6, 16);
	}
	if (protocol == 0x0021) {
		frame_body(f, n - 20, from);
		push_ip4(f, &ip4);
	} else if (protocol == 0x0057) {
		frame_body(f, n - 40, from);
		push_ip6(f, &ip6);
	} else {
		frame_body(f, n, from);
	}
}

static void push_outer4(struct frame *f, __u32 src, __u32 dst, __u16 sport,
			__u16 dport, __u16 sum, __u16 id)
{
	struct ip4_header ip = {
		.src = src, .dst = dst, .id = id, .ttl = 64, .protocol = 17};

	push_udp(f, sport, dport, sum);
	push_ip4(f, &ip);
}

void l2tp_arrive(struct frame *f, enum end_id id, __u16 flags, __u16 pad,
		 __u16 udp_sum)
{
	const struct tunnel_end *t = &tunnels[ends[id].tunnel];

	push_l2tp(f, flags, t->id, ends[id].session, pad);
	push_outer4(f, t->peer_ip4, LOCAL_IP4, t->peer_port, 1701, udp_sum,
		    0x7777);
	if (t->vlan)
		push_tag(f, t->vlan, 0x0800);
	push_ethernet(f, core_mac, gateway_mac, t->vlan ? 0x8100 : 0x0800);
}

static void ip_ethernet(struct frame *f, const __u8 *dst, const __u8 *src,
			__u16 protocol)
{
	push_ethernet(f, dst, src, protocol == 0x0021 ? 0x0800 : 0x86dd);
}

void end_arrive(struct frame *f, enum end_id id, __u16 protocol)
{
	const struct end *e = &ends[id];

	if (e->kind == LEG_IP) {
		ip_ethernet(f, core_mac, gateway_mac, protocol);
	} else if (e->kind == LEG_L2TP) {
		push_ppp(f, protocol, PPP_HDLC);
		l2tp_arrive(f, id, 0, 0, 0);
	} else {
		push_ppp(f, protocol, PPP_LONG);
		push_pppoe(f, e->session);
		if (e->vlan)
			push_tag(f, 0xe000 | e->vlan, 0x8864);
		push_ethernet(f, access_mac, e->client,
			      e->vlan ? 0x8100 : 0x8864);
	}
}

static void l2tp_leave(struct frame *f, const struct end *e, __u16 protocol,
		       __u16 id_ip)
{
	const struct tunnel_end *t = &tunnels[e->tunnel];

	push_ppp(f, protocol, PPP_HDLC);
	push_l2tp(f, t->flags, t->peer_id, e->peer_session, 0);
	push_outer4(f, LOCAL_IP4, t->peer_ip4, 1701, t->peer_port, 0, id_ip);
	if (t->vlan)
		push_tag(f, t->vlan, 0x0800);
	push_ethernet(f, gateway_mac, core_mac, t->vlan ? 0x8100 : 0x0800);
}

void end_leave(struct frame *f, enum end_id id, __u16 protocol, __u16 id_ip)
{
	const struct end *e = &ends[id];

	if (e->kind == LEG_IP) {
		ip_ethernet(f, gateway_mac, core_mac, protocol);
		return;
	}
	if (e->kind == LEG_L2TP) {
		l2tp_leave(f, e, protocol, id_ip);
		return;
	}
	push_ppp(f, protocol, PPP_LONG);
	push_pppoe(f, e->session);
	if (e->inner_vlan) {
		push_tag(f, e->inner_vlan, 0x8864);
		push_tag(f, e->vlan, 0x8100);
	} else if (e->vlan) {
		push_tag(f, e->vlan, 0x8864);
	}
	push_ethernet(f, e->client, access_mac,
		      e->inner_vlan ? 0x88a8
		      : e->vlan	    ? 0x8100
				    : 0x8864);
}

__u16 expected_id(enum end_id out, __u64 packets_before)
{
	return ntohs((__u16)(packets_before + htons(ends[out].peer_session)));
}

/* ---- runs --------------------------------------------------------------- */

static void reasons_read(const struct world *w, struct reason_count *total)
{
	static struct reason_count each[REASON_SLOTS * 256];
	int cpu, cpus = libbpf_num_possible_cpus();
	__u32 keys[REASON_SLOTS], batch, count = REASON_SLOTS, i;

	must(cpus > 256, "more CPUs than this test can count");
	must(bpf_map_lookup_batch(bpf_map__fd(w->skel->maps.reasons), NULL,
				  &batch, keys, each, &count, NULL) &&
		     errno != ENOENT,
	     "reasons");
	memset(total, 0, REASON_SLOTS * sizeof(*total));
	for (i = 0; i < count; i++)
		for (cpu = 0; cpu < cpus; cpu++) {
			total[i].packets += each[i * cpus + cpu].packets;
			total[i].octets += each[i * cpus + cpu].octets;
		}
}

/* The one reason that counted one packet of len octets. */
static enum reason reason_found(const struct reason_count *before,
				const struct reason_count *after, size_t len)
{
	int reason, found = -1;

	for (reason = 0; reason < REASON_SLOTS; reason++) {
		__u64 n = after[reason].packets - before[reason].packets;

		if (!n)
			continue;
		assert_int_equal(n, 1);
		assert_int_equal(after[reason].octets - before[reason].octets,
				 len);
		assert_int_equal(found, -1);
		found = reason;
	}
	assert_true(found >= 0);
	return (enum reason)found;
}

void world_run(struct world *w, __u32 ifindex, const struct frame *f,
	       struct outcome *o)
{
	struct reason_count before[REASON_SLOTS], after[REASON_SLOTS];
	struct xdp_md ctx = {.data_end = (__u32)frame_len(f),
			     .ingress_ifindex = ifindex};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = f->room + f->at,
		    .data_size_in = (__u32)frame_len(f),
		    .data_out = o->out.room + FRAME_FRONT,
		    .data_size_out = FRAME_ROOM - FRAME_FRONT, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = 1);

	reasons_read(w, before);
	assert_int_equal(bpf_prog_test_run_opts(
				 bpf_program__fd(w->skel->progs.l2x), &run),
			 0);
	reasons_read(w, after);
	o->verdict = (int)run.retval;
	o->out.at = FRAME_FRONT;
	o->out.end = FRAME_FRONT + run.data_size_out;
	o->reason = reason_found(before, after, frame_len(f));
	w->reached |= 1ull << o->reason;
}

static enum reason_class class_of(enum reason reason)
{
	switch (reason) {
#define CLASS_CASE(number, name, class, text) \
	case REASON_##name:                   \
		return CLASS_##class;
		REASON_TABLE(CLASS_CASE)
#undef CLASS_CASE
	case REASON_SLOTS:
		break;
	}
	fail_msg("reason %d is not in the table", reason);
	return CLASS_DROP;
}

int reason_verdict(enum reason reason)
{
	switch (class_of(reason)) {
	case CLASS_FORWARD:
		return XDP_REDIRECT;
	case CLASS_DROP:
		return XDP_DROP;
	case CLASS_PASS:
	case CLASS_CONTROL:
	case CLASS_DATA:
		break;
	}
	return XDP_PASS;
}

static void dump(const char *what, struct frame *f)
{
	size_t i;

	fprintf(stderr, "# %s, %zu octets:", what, frame_len(f));
	for (i = 0; i < frame_len(f) && i < 128; i++)
		fprintf(stderr, "%s%02x", i % 2 ? "" : " ", *frame_at(f, i));
	fprintf(stderr, "\n");
}

void assert_frame(const char *what, struct frame *got, struct frame *wanted)
{
	if (frame_len(got) == frame_len(wanted) &&
	    !memcmp(frame_data(got), frame_data(wanted), frame_len(got)))
		return;
	fprintf(stderr, "# %s\n", what);
	dump("got", got);
	dump("wanted", wanted);
	fail();
}
