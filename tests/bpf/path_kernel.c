/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's own pppoe and l2tp doing a path's job; see path_kernel.h. */
#include "path_kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/if_pppox.h>
#include <linux/ppp-ioctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "path_world.h"

enum {
	SESSION = 1,	 /* bench_id() of session 0 */
	FAR_SESSION = 2, /* own id where a switched call leaves by L2TP, too */
	PATIENCE = 1000, /* ms for the last path's tunnel to release its port */
};

/*
 * The tag goes into the frame as it does with l2x, not into the packet's
 * description, where no program would see it.
 */
static const char ports_setup[] =
	"set -e; ethtool -K e0 txvlan off >/dev/null; "
	"for d in c0 e0; do "
	"ip link add link $d name $d.1 type vlan id 1; "
	"ip link set $d.1 up; done";

static const char unit_setup[] =
	"set -e; ip link set %s up; ip route add " BENCH_POOL_FIRST " dev %s";

static int keep(struct path_kernel *k, const char *what, int fd)
{
	if (fd < 0)
		path_die(what, errno);
	if (k->count == PATH_KERNEL_FDS)
		path_die(what, EMFILE);
	k->fds[k->count++] = fd;
	return fd;
}

static void run(const char *command)
{
	if (system(command))
		path_die(command, EIO);
}

/* ---- channels --------------------------------------------------------------
 */

/* A connected socket becomes a PPP channel: its number. */
static int channel_number(int socket)
{
	int number;

	if (ioctl(socket, PPPIOCGCHAN, &number))
		path_die("channel", errno);
	return number;
}

/* The one client, seen on a VLAN device. */
static int channel_pppoe(struct path_kernel *k, const char *device)
{
	struct sockaddr_pppox address = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OE,
		.sa_addr.pppoe.sid = htons(SESSION),
	};
	int fd = keep(k, "pppoe", socket(AF_PPPOX, SOCK_STREAM, PX_PROTO_OE));

	memcpy(address.sa_addr.pppoe.remote, bench_client_mac, 6);
	snprintf(address.sa_addr.pppoe.dev, sizeof(address.sa_addr.pppoe.dev),
		 "%s", device);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		path_die(device, errno);
	return channel_number(fd);
}

static void bind_patiently(int fd, const struct sockaddr_in *local)
{
	for (int ms = 0;
	     bind(fd, (const struct sockaddr *)local, sizeof(*local)); ms++) {
		if (errno != EADDRINUSE || ms == PATIENCE)
			path_die("bind", errno);
		usleep(1000);
	}
}

/* The tunnel's UDP socket, sending as l2x does: no checksum, no DF. */
static int tunnel_socket(struct path_kernel *k)
{
	struct sockaddr_in local = {
		.sin_family = AF_INET,
		.sin_port = htons(1701),
		.sin_addr = bench_address(BENCH_LOCAL),
	};
	struct sockaddr_in peer = local;
	const int one = 1, may_fragment = IP_PMTUDISC_DONT;
	int fd = keep(k, "udp", socket(AF_INET, SOCK_DGRAM, 0));

	peer.sin_addr = bench_address(BENCH_PEER);
	bind_patiently(fd, &local);
	if (setsockopt(fd, SOL_SOCKET, SO_NO_CHECK, &one, sizeof(one)) ||
	    setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &may_fragment,
		       sizeof(may_fragment)) ||
	    connect(fd, (struct sockaddr *)&peer, sizeof(peer)))
		path_die("udp", errno);
	return fd;
}

/* A session of the tunnel; number 0 makes the tunnel itself. */
static int l2tp_socket(struct path_kernel *k, uint16_t session,
		       uint16_t peer_session)
{
	struct sockaddr_pppol2tp address = {
		.sa_family = AF_PPPOX,
		.sa_protocol = PX_PROTO_OL2TP,
		.pppol2tp =
			{
				.fd = k->udp,
				.addr = {.sin_family = AF_INET,
					 .sin_port = htons(1701),
					 .sin_addr = bench_address(BENCH_PEER)},
				.s_tunnel = k->tunnel,
				.s_session = session,
				.d_tunnel = BENCH_PEER_TUNNEL,
				.d_session = peer_session,
			},
	};
	int fd = keep(k, "l2tp", socket(AF_PPPOX, SOCK_DGRAM, PX_PROTO_OL2TP));

	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		path_die("l2tp", errno);
	return fd;
}

static void tunnel_open(struct path_kernel *k, const struct bench_path *path)
{
	k->udp = tunnel_socket(k);
	k->tunnel = path->l2tp_in ? path->tunnel : BENCH_CORE;
	l2tp_socket(k, 0, 0);
}

static int channel_l2tp(struct path_kernel *k, uint16_t session)
{
	return channel_number(l2tp_socket(k, session, SESSION));
}

/* A handle on a channel, to join it with what it serves. */
static int channel_attach(struct path_kernel *k, int channel)
{
	int fd = keep(k, "/dev/ppp", open("/dev/ppp", O_RDWR));

	if (ioctl(fd, PPPIOCATTCHAN, &channel))
		path_die("attach", errno);
	return fd;
}

/* ---- calls -----------------------------------------------------------------
 */

static void switched(struct path_kernel *k, int access, int core)
{
	if (ioctl(channel_attach(k, access), PPPIOCBRIDGECHAN, &core))
		path_die("bridge", errno);
}

/* A device whose subscriber has the first address of the pool. */
static void routed(struct path_kernel *k, int channel)
{
	int fd = channel_attach(k, channel);
	int unit = keep(k, "/dev/ppp", open("/dev/ppp", O_RDWR));
	char name[16], command[256];
	int number = -1;

	if (ioctl(unit, PPPIOCNEWUNIT, &number) ||
	    ioctl(fd, PPPIOCCONNECT, &number))
		path_die("unit", errno);
	snprintf(name, sizeof(name), "ppp%d", number);
	snprintf(command, sizeof(command), unit_setup, name, name);
	run(command);
}

void path_kernel_ports(void)
{
	run(ports_setup);
}

/*
 * The two sides of a switched L2TP call are sessions of one tunnel: addresses
 * and ports of both are the same, and 6.1 finds one socket by them.
 */
void path_kernel_init(struct path_kernel *k, const struct bench_path *path)
{
	int l2tp;

	memset(k, 0, sizeof(*k));
	tunnel_open(k, path);
	l2tp = channel_l2tp(k, SESSION);
	if (path->pppoe_in)
		switched(k, channel_pppoe(k, "c0.1"), l2tp);
	else if (path->pppoe_out)
		switched(k, l2tp, channel_pppoe(k, "e0.1"));
	else if (path->l2tp_in && path->l2tp_out)
		switched(k, l2tp, channel_l2tp(k, FAR_SESSION));
	else
		routed(k, l2tp);
}

void path_kernel_fini(struct path_kernel *k)
{
	while (k->count)
		close(k->fds[--k->count]);
}
