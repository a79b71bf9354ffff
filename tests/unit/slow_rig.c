/* SPDX-License-Identifier: GPL-2.0-only */
/* A slow path's surroundings; see slow_rig.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "proto/pppoe.h"
#include "slow_rig.h"
#include "world/dataplane_data.h"

#define T(n) ((struct instant){n})

struct slow_rig w;

const uint8_t client[6] = {2, 0, 0, 0, 0, 9};
const uint8_t own[6] = {2, 0, 0, 0, 0, 1};

static void *area(int *fd, size_t len)
{
	*fd = memfd_create("map", MFD_CLOEXEC);
	assert_int_equal(ftruncate(*fd, (off_t)len), 0);
	return mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, *fd, 0);
}

static void maps_make(void)
{
	struct dataplane_fds *f = &w.fds;

	area(&f->ports, PORT_SLOTS * sizeof(struct port));
	area(&f->tunnels_rx, TUNNEL_SLOTS * sizeof(struct tunnel_rx));
	w.legs = area(&f->legs, LEG_SLOTS * sizeof(struct leg));
	w.templates = area(&f->templates,
			   TEMPLATE_SLOTS * sizeof(struct template));
	area(&f->settings, sizeof(struct settings));
	area(&f->ip4_pools, POOL_SLOTS * sizeof(struct ip4_pool));
	area(&f->ip6_pools, POOL_SLOTS * sizeof(struct ip6_pool));
	area(&f->egress, PORT_SLOTS * sizeof(struct egress));
	area(&f->policers, LEG_SLOTS * sizeof(struct policer));
	area(&f->unresolved, UNRESOLVED_SLOTS * sizeof(struct unresolved));
	area(&f->punt_limits, PUNT_CLASSES * sizeof(struct punt_limit));
	area(&f->watch, sizeof(struct watch));
	f->events = -1;
	f->reasons = f->ip4_hosts = f->lost = -1;
	f->ip4_routes = f->ip6_routes = f->cores = -1;
	assert_int_equal(dataplane_new(&w.dp, f), 0);
}

static int udp_socket(struct sockaddr_in *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), one = 1;
	socklen_t len = sizeof(*at);

	*at = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_addr = {htonl(INADDR_LOOPBACK)}};
	assert_int_equal(bind(fd, (struct sockaddr *)at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)at, &len), 0);
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one));
	return fd;
}

static void pair(int *near, int *far)
{
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
				    fds),
			 0);
	*near = fds[0];
	*far = fds[1];
}

static void ways_make(const struct sockaddr_in *peer)
{
	struct dataplane_l2tp_path core = {
		.ifindex = IFINDEX + 1,
		.frame_max = 1514,
		.local = address_of_ip4((struct in_addr){1}),
		.peer = address_of_ip4((struct in_addr){2}),
		.local_port = 1701,
		.peer_port = ntohs(peer->sin_port),
	};
	struct dataplane_pppoe_path access = {
		.ifindex = IFINDEX,
		.tags = 1,
		.outer_type = ETHER_VLAN,
		.priority = 2,
		.frame_max = 1514,
	};
	struct port port = {.flags = PORT_ATTACHED | PORT_ACCESS};
	struct tunnel_rx tunnel;

	memset(port.banks, 0 + 1, sizeof(port.banks));
	memcpy(port.mac, own, sizeof(port.mac));
	dataplane_port_set(w.dp, IFINDEX, &port);
	memcpy(access.source_mac, own, 6);
	dataplane_template_new(w.dp, IFINDEX, &w.pppoe);
	dataplane_template_new(w.dp, TUNNEL, &w.tunnel);
	dataplane_template_pppoe(w.dp, w.pppoe, &access, T(1000));
	dataplane_template_l2tp(w.dp, w.tunnel, &core, T(1000));
	/* what dataplane_tunnel_open fills, without its addresses' type */
	tunnel = (struct tunnel_rx){
		.state = TUNNEL_RX_OPEN,
		.bank = BANK,
		.peer_port = peer->sin_port,
		.peer_ip4 = htonl(INADDR_LOOPBACK),
		.local_ip4 = htonl(INADDR_LOOPBACK),
	};
	assert_int_equal(pwrite(w.fds.tunnels_rx, &tunnel, sizeof(tunnel),
				TUNNEL * sizeof(tunnel)),
			 sizeof(tunnel));
}

static struct leg_end session_end(uint16_t id, uint16_t peer_session)
{
	return (struct leg_end){
		.kind = LEG_L2TP,
		.slot = dataplane_slot(BANK, id),
		.template = w.tunnel,
		.mtu = 65535,
		.l2tp = {.tunnel = TUNNEL,
			 .peer_tunnel = 0x1234,
			 .peer_session = peer_session},
	};
}

static void calls_make(void)
{
	struct leg_end access = {
		.kind = LEG_PPPOE,
		.slot = dataplane_slot(0, LAC_SESSION),
		.template = w.pppoe,
		.mtu = 65535,
		.pppoe = {.vlan = 100, .session = LAC_SESSION},
	};
	struct leg_end core = session_end(LAC_CORE, 0x5678);
	struct leg_end ip = {.kind = LEG_IP, .mtu = 65535};

	memcpy(access.pppoe.mac, client, 6);
	assert_int_equal(dataplane_join(w.dp, LAC, &access, &core), 0);
	assert_int_equal(dataplane_pool_add(w.dp, w.conf->pools[0].first, 16,
					    &ip.slot),
			 0);
	ip.slot += 5;
	ip.ip.ip4.s_addr = htonl(0x0a000005);
	core = session_end(LNS_ACCESS, 0x9abc);
	core.mtu = 1492;
	assert_int_equal(dataplane_join(w.dp, LNS, &core, &ip), 0);
}

void slow_clock(uint32_t tick_ns)
{
	struct dataplane_clock made = {.ticks = TICKS, .tick_ns = tick_ns};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	made.ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	dataplane_clock_set(w.dp, &made);
}

int slow_setup(void **state)
{
	static const char text[] = "pools: [{name: p, range: 10.0.0.0-10.0.0.15"
				   ", gateway: 10.0.0.1}]\n";
	struct slowpath_setup with;
	struct sockaddr_in peer, other;
	char error[200];

	(void)state;
	maps_make();
	assert_int_equal(conf_parse(text, strlen(text), "x", &w.conf, error,
				    sizeof(error)),
			 0);
	w.l2tp = udp_socket(&w.at);
	w.peer = udp_socket(&peer);
	w.stranger = udp_socket(&other);
	pair(&w.tun, &w.tun_far);
	pair(&w.port, &w.port_far);
	ways_make(&peer);
	calls_make();
	slow_clock(TICK_NS);
	with = (struct slowpath_setup){
		.dataplane = w.dp,
		.conf = w.conf,
		.l2tp = w.l2tp,
		.l2tp6 = -1,
		.tun = w.tun_far,
	};
	assert_int_equal(slowpath_new(&w.slow, &with), 0);
	assert_int_equal(slowpath_port_add(w.slow, IFINDEX, w.port_far), 0);
	return 0;
}

int slow_teardown(void **state)
{
	(void)state;
	slowpath_free(w.slow);
	dataplane_free(w.dp);
	conf_free(w.conf);
	for (size_t i = 0; i < sizeof(w.fds) / sizeof(int); i++)
		if (((int *)&w.fds)[i] >= 0)
			close(((int *)&w.fds)[i]);
	close(w.l2tp);
	close(w.peer);
	close(w.stranger);
	close(w.tun);
	close(w.tun_far);
	close(w.port);
	return 0;
}

/* ---- octets -------------------------------------------------------------- */

/* An IPv4 packet of so many octets. */
size_t ip_build(uint8_t *at, uint32_t from, uint32_t to, uint8_t flags,
		size_t len)
{
	uint32_t wire[2] = {htonl(from), htonl(to)};

	for (size_t i = 0; i < len; i++)
		at[i] = (uint8_t)(i * 13);
	memcpy(at, "\x45\0\0\0\0\7\0\0\x40\x11\0\0", 12);
	at[2] = (uint8_t)(len >> 8);
	at[3] = (uint8_t)len;
	at[6] = flags;
	memcpy(at + 12, wire, 8);
	return len;
}

void peer_send(int fd, uint16_t session, const char *ppp, size_t head,
	       const uint8_t *info, size_t len)
{
	uint8_t out[2100] = {0, 2, TUNNEL >> 8, TUNNEL & 255,
			     (uint8_t)(session >> 8), (uint8_t)session};

	memcpy(out + 6, ppp, head);
	if (len)
		memcpy(out + 6 + head, info, len);
	assert_int_equal(sendto(fd, out, 6 + head + len, 0,
				(struct sockaddr *)&w.at, sizeof(w.at)),
			 (ssize_t)(6 + head + len));
}

/* What arrives next at one of our ends; 0: nothing. */
size_t arrives(int fd, uint8_t *room, size_t cap)
{
	struct pollfd p = {fd, POLLIN, 0};
	ssize_t got = poll(&p, 1, WAIT_MS) == 1 ? recv(fd, room, cap, 0) : 0;

	return got > 0 ? (size_t)got : 0;
}

void counts(enum slowpath_counter counter, const char *name)
{
	struct timespec pause = {0, 5000000};

	for (int i = 0; i < WAIT_MS / 5; i++) {
		if (slowpath_count(w.slow, counter))
			return;
		nanosleep(&pause, NULL);
	}
	fail_msg("%s stays 0", name);
}
