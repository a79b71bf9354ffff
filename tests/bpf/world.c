/* SPDX-License-Identifier: GPL-2.0-only */
/* The world of the BPF tests: namespace, object and calls; see world.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include "world_ends.h"

void must(int err, const char *what)
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
	shell("ip route add unreachable 100.69.0.0/16");
	shell("ip route add prohibit 100.70.0.0/16");
	shell("ip -6 route add default via 2001:db8:cafe::2 mtu lock 1500");
	shell("ip -6 route add 2001:db8:6600::/40 dev tun0");
}

struct world *world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	must(!w, "calloc");
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	namespace_new(w);
	routes_new();
	w->skel = l2x_bpf__open();
	must(!w->skel, "open");
	/* a test run takes no program of a cpumap */
	bpf_program__set_autoload(w->skel->progs.l2x_core, false);
	must(l2x_bpf__load(w->skel), "load");
	w->ports = map_memory(w->skel->maps.ports);
	w->tunnels = map_memory(w->skel->maps.tunnels_rx);
	w->legs = map_memory(w->skel->maps.legs);
	w->templates = map_memory(w->skel->maps.templates);
	w->settings = map_memory(w->skel->maps.settings);
	w->punt_limits = map_memory(w->skel->maps.punt_limits);
	w->unresolved = map_memory(w->skel->maps.unresolved);
	w->ip4_pools = map_memory(w->skel->maps.ip4_pools);
	w->ip6_pools = map_memory(w->skel->maps.ip6_pools);
	w->egress = map_memory(w->skel->maps.egress);
	w->policers = map_memory(w->skel->maps.policers);
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
	image->head_len = (__u8)frame_len(head);
	image->out_max = WIDE_MTU + 18;
	memcpy(image->head, frame_data(head), frame_len(head));
	image->flags |= IMAGE_READY;
}

/* Sum of an IPv4 header's words as the host loads them. */
static __u32 words_sum(const __u8 *at, size_t n)
{
	__u32 sum = 0;
	__u16 word;
	size_t i;

	for (i = 0; i < n; i += 2) {
		memcpy(&word, at + i, 2);
		sum += word;
	}
	return sum;
}

static void push_head4(struct frame *f, const struct tunnel_end *t)
{
	push32(f, t->peer_ip4);
	push32(f, LOCAL_IP4);
	push32(f, 0x40110000); /* TTL 64, UDP */
	push32(f, 0);
	push32(f, 0x45000000);
}

static void push_head6(struct frame *f, const struct tunnel_end *t)
{
	push_octets(f, t->peer_ip6, 16);
	push_octets(f, local_ip6, 16);
	push32(f, 0x1140); /* payload length 0, UDP, hop limit 64 */
	push32(f, 0x60000000 | OUTER_FLOW);
}

static __u8 image_flags(const struct tunnel_end *t)
{
	return (t->flags & L2TP_FLAG_L ? IMAGE_LENGTH : 0) |
	       (t->peer_ip4 ? 0 : IMAGE_IP6) |
	       (t->peer_ip4 || t->zero_sum ? 0 : IMAGE_UDP_SUM);
}

/* Lengths, ids and IPv4 checksum are 0 in a head, so they are pushed here. */
void l2tp_image(struct world *w, __u32 slot, const struct tunnel_end *t)
{
	struct image *image = &w->templates[slot].image[0];
	__u16 type = t->peer_ip4 ? 0x0800 : 0x86dd;
	struct frame f;

	memset(image, 0, sizeof(*image));
	frame_body(&f, 0, 0);
	push16(&f, 0xff03);
	push32(&f, 0);
	if (t->flags & L2TP_FLAG_L)
		push16(&f, 0);
	push16(&f, (t->flags & L2TP_FLAG_L) | 2);
	push32(&f, 0);
	push16(&f, t->peer_port);
	push16(&f, 1701);
	if (t->peer_ip4)
		push_head4(&f, t);
	else
		push_head6(&f, t);
	if (t->peer_ip4)
		image->sum = words_sum(frame_data(&f), 20);
	if (t->vlan)
		push_tag(&f, t->vlan, type);
	push_ethernet(&f, gateway_mac, core_mac, t->vlan ? 0x8100 : type);
	image->kind = LEG_L2TP;
	image->tags = t->vlan ? 1 : 0;
	image->flags = image_flags(t);
	image_fill(image, &f, w->core);
}

static void pppoe_image(struct world *w, __u32 slot, __u8 tags, __u16 type)
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
	push_ethernet(&f, nobody, access_mac, type);
	image->kind = LEG_PPPOE;
	image->tags = tags;
	image_fill(image, &f, w->access);
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
		leg->in.pppoe.inner_vlan = e->inner_vlan;
	}
	leg_fill_to(leg, id);
	leg->state = LEG_FORWARD;
}

void end_follow(struct world *w, enum end_id id)
{
	struct leg *leg = end_leg(w, id, 0);
	__u32 other = end_slot(ends[id].other);

	leg->flags |= LEG_FOLLOWS;
	leg->in.l2tp.other_bank = (__u16)(other >> BANK_SHIFT);
	if (leg->out == LEG_L2TP)
		leg->to.l2tp.other = (__u16)other;
}

static void tunnels_reset(struct world *w)
{
	const struct tunnel_end *t;

	for (t = tunnels; t < tunnels + TUNNELS; t++) {
		struct tunnel_rx *rx = &w->tunnels[t->id];

		*rx = (struct tunnel_rx){
			.state = TUNNEL_RX_OPEN,
			.bank = t->bank,
			.peer_port = htons(t->peer_port),
			.own_port = htons(1701),
			.flags = (t->peer_ip4 ? 0 : TUNNEL_RX_IP6) |
				 (t->zero_sum ? TUNNEL_RX_ZERO_SUM : 0),
			.peer_ip4 = htonl(t->peer_ip4),
			.local_ip4 = htonl(t->peer_ip4 ? LOCAL_IP4 : 0),
		};
		if (t->peer_ip4)
			continue;
		memcpy(rx->peer_ip6, t->peer_ip6, 16);
		memcpy(rx->local_ip6, local_ip6, 16);
	}
}

/* Frames may leave by the access and the core port. */
static void tx_ports_reset(struct world *w)
{
	const __u32 all[] = {w->access, w->core, w->tagged, w->alien, w->tun};
	int fd = bpf_map__fd(w->skel->maps.tx_ports);
	size_t i;

	for (i = 0; i < 2; i++)
		must(bpf_map_update_elem(fd, &all[i], &all[i], 0), "tx_ports");
	for (; i < 5; i++)
		bpf_map_delete_elem(fd, &all[i]);
}

/* No routes to subscribers. */
static void routes_reset(struct world *w)
{
	int fd4 = bpf_map__fd(w->skel->maps.ip4_routes);
	int fd6 = bpf_map__fd(w->skel->maps.ip6_routes);
	struct ip4_prefix key4;
	struct ip6_prefix key6;

	while (!bpf_map_get_next_key(fd4, NULL, &key4))
		must(bpf_map_delete_elem(fd4, &key4), "ip4_routes");
	while (!bpf_map_get_next_key(fd6, NULL, &key6))
		must(bpf_map_delete_elem(fd6, &key6), "ip6_routes");
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
	memset(w->punt_limits, 0, PUNT_CLASSES * sizeof(*w->punt_limits));
	memset(w->unresolved, 0, UNRESOLVED_SLOTS * sizeof(*w->unresolved));
	*w->settings = (struct settings){
		.offset_limit = OFFSET_ALWAYS,
		.ip4_pools = 2,
		.ip6_pools = 2,
		.locals = 2,
		.local_ip4 = {htonl(0xc0000209), htonl(LOCAL_IP4)},
		.locals6 = 2,
		.local_ip6 = {{0xfd, [15] = 9}}};
	memcpy(w->settings->local_ip6[1], local_ip6, 16);
}

void world_reset(struct world *w)
{
	enum end_id id;

	ports_reset(w);
	tx_ports_reset(w);
	routes_reset(w);
	tunnels_reset(w);
	pools_reset(w);
	memset(w->templates, 0, TEMPLATES * sizeof(struct template));
	l2tp_image(w, TEMPLATE_A, &tunnels[0]);
	l2tp_image(w, TEMPLATE_B, &tunnels[1]);
	l2tp_image(w, TEMPLATE_C, &tunnels[2]);
	l2tp_image(w, TEMPLATE_D, &tunnels[3]);
	pppoe_image(w, TEMPLATE_PPPOE, 0, 0x8864);
	pppoe_image(w, TEMPLATE_PPPOE_TAGGED, 1, 0x8100);
	pppoe_image(w, TEMPLATE_PPPOE_QINQ, 2, 0x88a8);
	pppoe_image(w, TEMPLATE_PPPOE_QINQ_8100, 2, 0x8100);
	for (id = 0; id < END_COUNT; id++) {
		leg_fill(&w->legs[end_slot(id)], id);
		w->policers[end_slot(id)] = (struct policer){0};
		if (ends[id].kind != LEG_IP)
			continue;
		leg_fill(&w->legs[end_slot6(id)], id);
		w->policers[end_slot6(id)] = (struct policer){0};
	}
}
