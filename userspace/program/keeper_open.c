/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets and devices that need privilege to open; see keeper_open.h. */
#include "program/keeper_open.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/udp.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "program/keeper_filter.h"
#include "proto/l2tp.h"

enum {
	RECEIVE_BUFFER = 4 << 20,
	SEND_BUFFER = 4 << 20,
	CLASS_CS6 = 0xc0, /* IP precedence of control messages */
	PRIORITY_CONTROL = 6,
	WAIT_STEP_MS = 20,
	WAIT_PORT_MS = 3000, /* for a dying engine to let go of the port */
};

static void wait_ms(unsigned int ms)
{
	struct timespec t = {ms / 1000, (long)(ms % 1000) * 1000000};

	nanosleep(&t, NULL);
}

static int option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value)) ? -errno : 0;
}

/* Closes fd on failure, so that opening is one expression. */
static int opened(int fd, int error)
{
	if (!error)
		return fd;
	close(fd);
	return error;
}

/* ---- L2TP ---------------------------------------------------------------- */

/*
 * Bound to an address even if the machine does not have it yet.  Such an
 * address cannot be used as a source until the machine has it.
 */
static int l2tp_bind_ahead(int fd, const struct sockaddr *end, socklen_t size)
{
	bool ip6 = end->sa_family == AF_INET6;
	int level = ip6 ? IPPROTO_IPV6 : IPPROTO_IP;
	int name = ip6 ? IPV6_FREEBIND : IP_FREEBIND;
	int error = option(fd, level, name, 1);

	if (!error && bind(fd, end, size))
		error = -errno;
	return error ? error : option(fd, level, name, 0);
}

/* IPv6 only: port 1701 of IPv4 may be taken, or not wanted. */
static int l2tp_bind(int fd, struct address local)
{
	const struct sockaddr_in end4 = {
		.sin_family = AF_INET,
		.sin_port = htons(L2TP_PORT),
		.sin_addr = local.ip4,
	};
	const struct sockaddr_in6 end6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(L2TP_PORT),
		.sin6_addr = local.ip6,
	};
	int error;

	if (local.family == AF_INET)
		return l2tp_bind_ahead(fd, (const struct sockaddr *)&end4,
				       sizeof(end4));
	error = option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	return error ? error
		     : l2tp_bind_ahead(fd, (const struct sockaddr *)&end6,
				       sizeof(end6));
}

/*
 * The first socket of a group is bound without SO_REUSEPORT, which the kernel
 * allows only if no socket has an overlapping endpoint.  So the group contains
 * no socket of another instance, even if both start at once, and none of a
 * dying engine, whose end would renumber the sockets.
 */
static int l2tp_bind_first(int fd, struct address local)
{
	int error = l2tp_bind(fd, local);

	for (unsigned int ms = 0; error == -EADDRINUSE && ms < WAIT_PORT_MS;
	     ms += WAIT_STEP_MS) {
		wait_ms(WAIT_STEP_MS);
		error = l2tp_bind(fd, local);
	}
	return error ? error : option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
}

/* The others join it. */
static int l2tp_bind_next(int fd, struct address local)
{
	int error = option(fd, SOL_SOCKET, SO_REUSEPORT, 1);

	return error ? error : l2tp_bind(fd, local);
}

/* Reports each datagram's destination; fragments datagrams that are too big. */
static int l2tp_options(int fd, int family)
{
	int error;

	if (family == AF_INET6) {
		error = option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
		return error ? error
			     : option(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER,
				      IPV6_PMTUDISC_DONT);
	}
	error = option(fd, IPPROTO_IP, IP_PKTINFO, 1);
	return error ? error
		     : option(fd, IPPROTO_IP, IP_MTU_DISCOVER,
			      IP_PMTUDISC_DONT);
}

static int l2tp_socket(struct address local, bool first)
{
	int family = (int)local.family;
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = l2tp_options(fd, family);
	if (!error)
		error = option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	if (!error)
		error = first ? l2tp_bind_first(fd, local)
			      : l2tp_bind_next(fd, local);
	return opened(fd, error);
}

static void l2tp_set_class(int fd, int family)
{
	if (family == AF_INET6)
		option(fd, IPPROTO_IPV6, IPV6_TCLASS, CLASS_CS6);
	else
		option(fd, IPPROTO_IP, IP_TOS, CLASS_CS6);
	option(fd, SOL_SOCKET, SO_PRIORITY, PRIORITY_CONTROL);
}

int open_l2tp(struct address local, struct l2tp_sockets *out)
{
	int fds[FILTER_L2TP_SOCKETS] = {-1, -1, -1};
	int error = 0;

	for (unsigned int i = 0; !error && i < FILTER_L2TP_SOCKETS; i++) {
		fds[i] = l2tp_socket(local, i == 0);
		error = fds[i] < 0 ? fds[i] : 0;
	}
	if (!error)
		error = filter_l2tp(fds[0]);
	for (unsigned int i = 0; error && i < FILTER_L2TP_SOCKETS; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	if (error)
		return error;
	*out = (struct l2tp_sockets){
		.control = fds[FILTER_L2TP_CONTROL],
		.ppp = fds[FILTER_L2TP_PPP],
		.data = fds[FILTER_L2TP_DATA],
	};
	l2tp_set_class(out->control, (int)local.family);
	/* one unresolved next hop keeps up to 208 KiB of it */
	option(out->data, SOL_SOCKET, SO_SNDBUFFORCE, SEND_BUFFER);
	return 0;
}

int open_zero_sums(int data)
{
	return option(data, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
}

/* ---- PPPoE --------------------------------------------------------------- */

int open_pppoe(uint32_t ifindex, bool data)
{
	struct sockaddr_ll where = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)ifindex,
	};
	/* protocol 0: nothing arrives before filter and device are set */
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = filter_pppoe(fd, data);
	if (!error)
		error = option(fd, SOL_PACKET, PACKET_AUXDATA, 1);
	if (!error)
		error = option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	if (!error)
		error = option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	if (!error)
		error = data ? option(fd, SOL_SOCKET, SO_SNDBUFFORCE,
				      SEND_BUFFER)
			     : option(fd, SOL_SOCKET, SO_PRIORITY,
				      PRIORITY_CONTROL);
	if (!error && bind(fd, (struct sockaddr *)&where, sizeof(where)))
		error = -errno;
	return opened(fd, error);
}

int open_sender(uint32_t ifindex)
{
	struct sockaddr_ll where = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)ifindex,
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = option(fd, SOL_SOCKET, SO_PRIORITY, PRIORITY_CONTROL);
	if (!error && bind(fd, (struct sockaddr *)&where, sizeof(where)))
		error = -errno;
	return opened(fd, error);
}

/* ---- tun, control, lock -------------------------------------------------- */

/* A kernel without this setting does not need it. */
static void tun_set(const char *name, const char *family, const char *setting,
		    int value)
{
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/%s/conf/%s/%s", family,
		 name, setting);
	file = fopen(path, "we");
	if (!file)
		return;
	fprintf(file, "%d\n", value);
	fclose(file);
}

int open_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int error = 0;

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IF_NAMESIZE - 1);
	/* without an owner anybody could open the device that we leave behind */
	if (ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETOWNER, 0) ||
	    ioctl(fd, TUNSETGROUP, 0) || ioctl(fd, TUNSETPERSIST, 1))
		error = -errno;
	if (error)
		return opened(fd, error);
	/* no link-local address: nothing but subscriber traffic goes there */
	tun_set(name, "ipv6", "addr_gen_mode", 1);
	/* ICMP errors of the slow path come from a gateway, which is local */
	tun_set(name, "ipv4", "accept_local", 1);
	/* sources are checked before a packet comes here, call by call */
	tun_set(name, "ipv4", "rp_filter", 0);
	return fd;
}

int open_control(const char *path)
{
	struct sockaddr_un where = {.sun_family = AF_UNIX};
	int fd, error = 0;

	if (strlen(path) >= sizeof(where.sun_path))
		return -ENAMETOOLONG;
	strcpy(where.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	unlink(path);
	if (bind(fd, (struct sockaddr *)&where, sizeof(where)) ||
	    chmod(path, 0660) || listen(fd, 64))
		error = -errno;
	return opened(fd, error);
}

static bool is_still_at(int fd, const char *path)
{
	struct stat held, there;

	return !fstat(fd, &held) && !stat(path, &there) &&
	       held.st_ino == there.st_ino;
}

int open_lock(const char *instance, unsigned int wait)
{
	char path[128];
	int fd, error;

	if (mkdir("/run/l2x", 0755) && errno != EEXIST)
		return -errno;
	snprintf(path, sizeof(path), "/run/l2x/%s.lock", instance);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	for (unsigned int ms = 0;; ms += WAIT_STEP_MS) {
		error = flock(fd, LOCK_EX | LOCK_NB) ? -errno : 0;
		if (error != -EWOULDBLOCK || ms >= wait)
			break;
		wait_ms(WAIT_STEP_MS);
	}
	if (!error && !is_still_at(fd, path)) {
		/* unload removed it while we waited: begin anew */
		close(fd);
		return open_lock(instance, wait);
	}
	return opened(fd, error == -EWOULDBLOCK ? -EBUSY : error);
}
