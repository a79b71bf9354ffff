/* SPDX-License-Identifier: GPL-2.0-only */
/* The benchmark's wires and calls; see path_world.h. */
#include "path_world.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "path_sessions.h"
#include "program/loader.h"

static char instance[33];
static unsigned int spread_first, spread_count;

void path_world_spread(unsigned int first, unsigned int count)
{
	spread_first = first;
	spread_count = count;
}

_Noreturn void path_die(const char *what, int err)
{
	fprintf(stderr, "bench: %s: %s\n", what, strerror(err));
	exit(EXIT_FAILURE);
}

/* ---- the wire ------------------------------------------------------------ */

static uint32_t device(const char *name, uint8_t mac[6])
{
	struct ifreq request = {0};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, SIOCGIFHWADDR, &request))
		path_die(name, errno);
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	close(fd);
	return if_nametoindex(name);
}

static void wire_init(struct wire *wire, const char *in, const char *port)
{
	uint8_t ignored[6];

	wire->in = device(in, ignored);
	wire->port = device(port, wire->mac);
}

/*
 * %u queues: with more than one the kernel hashes each packet it sends.  c0
 * takes redirected frames because of GRO; the sink's program does it for
 * e1 and d0.  The next hop is a fixed neighbour: nothing is to be resolved.
 */
static const char wires_setup[] =
	"set -e; sysctl -qw net.ipv4.ip_forward=1 "
	"net.ipv4.conf.all.rp_filter=0 "
	"net.ipv4.conf.default.rp_filter=0 "
	"net.ipv6.conf.all.disable_ipv6=1 "
	"net.ipv6.conf.default.disable_ipv6=1; "
	"n=%u; q=\"numrxqueues $n numtxqueues $n\"; "
	"for p in 'g0 a0' 'g1 b0' 'g2 c0' 'g3 d0' 'g4 f0' 'e0 e1'; do set -- $p; "
	"ip link add $1 mtu 1600 $q type veth peer name $2 mtu 1600 $q; "
	"ethtool -K $1 tx off >/dev/null; "
	"ethtool -K $2 tx off gro on >/dev/null; "
	"ip link set $1 up; ip link set $2 up; done; "
	"ip addr add " BENCH_GATEWAY_NET " dev e0; "
	"ip route add " BENCH_INTERNET_NET " via " BENCH_NEXT_HOP "; "
	"ip neigh add " BENCH_NEXT_HOP " lladdr " BENCH_NEXT_HOP_MAC " dev e0";

static void sink_attach(const char *name, int sink)
{
	int ifindex = (int)if_nametoindex(name);

	if (bpf_xdp_attach(ifindex, sink, XDP_FLAGS_DRV_MODE, NULL))
		path_die("sink", errno);
}

static void wires_make(struct path_world *w, int sink)
{
	char command[sizeof(wires_setup) + 8];

	/* one ring that two CPUs fill would overflow */
	snprintf(command, sizeof(command), wires_setup, spread_count ? 2 : 1);
	if (unshare(CLONE_NEWNET))
		path_die("unshare", errno);
	if (system(command))
		path_die("wires", EIO);
	wire_init(&w->l2x, "g0", "a0");
	wire_init(&w->smallest, "g1", "b0");
	wire_init(&w->kernel, "g2", "c0");
	wire_init(&w->bare, "g3", "d0");
	wire_init(&w->keyed, "g4", "f0");
	w->egress = device("e0", w->egress_mac);
	sink_attach("e1", sink);
	sink_attach("d0", sink);
}

static void l2x_attach(struct path_world *w, uint32_t ifindex)
{
	struct loader_state state = {0};
	int err = loader_attach(w->loader, ifindex, false, &state);

	if (err || !state.native)
		path_die(state.text, -err);
	w->dispatcher = state.dispatcher;
}

static void ports_set(struct path_world *w)
{
	struct port record = {
		.flags = PORT_ATTACHED | PORT_ACCESS,
		.mtu = 1600,
	};

	memcpy(record.mac, w->l2x.mac, 6);
	for (uint8_t vlan = 1; vlan <= BENCH_BANKS; vlan++)
		record.banks[vlan] = vlan; /* bank + 1 */
	dataplane_port_set(w->dataplane, w->l2x.port, &record);
	record = (struct port){.flags = PORT_ATTACHED, .mtu = 1600};
	memcpy(record.mac, w->egress_mac, 6);
	dataplane_port_set(w->dataplane, w->egress, &record);
	dataplane_egress_set(w->dataplane, w->egress, w->egress, 0);
	for (int ip6 = 0; ip6 < 2; ip6++)
		dataplane_local_add(w->dataplane,
				    bench_local(&(struct bench_traffic){
					    .ip6 = ip6}));
}

/* Pins stay behind a process: remove them on every way out. */
static void pins_remove(void)
{
	char error[256];

	if (loader_unload(instance, error, sizeof(error)))
		fprintf(stderr, "bench: %s\n", error);
}

static void l2x_make(struct path_world *w)
{
	static const uint8_t cores[] = {0, 1, 2, 3, 4, 5, 6, 7};
	struct dataplane_fds fds;
	char error[256];
	int err;

	snprintf(instance, sizeof(instance), "bench%d", getpid());
	atexit(pins_remove);
	err = loader_new(&w->loader, instance, error, sizeof(error));
	if (err)
		path_die(error, -err);
	loader_spread(w->loader, cores + spread_first, spread_count);
	fds = loader_maps(w->loader);
	err = dataplane_new(&w->dataplane, &fds);
	if (err)
		path_die("maps", -err);
	l2x_attach(w, w->l2x.port);
	l2x_attach(w, w->egress);
	ports_set(w);
	path_sessions_init(w);
}

void path_world_init(struct path_world *w, int sink)
{
	memset(w, 0, sizeof(*w));
	wires_make(w, sink);
	l2x_make(w);
}

void path_world_fini(struct path_world *w)
{
	dataplane_free(w->dataplane);
	loader_free(w->loader);
}
