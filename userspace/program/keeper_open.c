/* SPDX-License-Identifier: GPL-2.0-only */
/* Sockets and devices that need privilege to open; see keeper_open.h. */
#include "program/keeper_open.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
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

#include "proto/l2tp.h"

enum {
	RECEIVE_BUFFER = 4 << 20,
	CLASS_CS6 = 0xc0, /* IP precedence of control messages */
	PRIORITY_CONTROL = 6,
	WAIT_STEP_MS = 20,
	WAIT_PORT_MS = 3000, /* for a dying engine to let go of the port */
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

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

/* The families stay apart: 1701 of IPv4 may be taken, or not be wanted. */
static int l2tp_bind(int fd, int family)
{
	const struct sockaddr_in any4 = {
		.sin_family = AF_INET,
		.sin_port = htons(L2TP_PORT),
	};
	const struct sockaddr_in6 any6 = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(L2TP_PORT),
	};
	int error = 0;

	if (family == AF_INET6)
		error = option(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!error && family == AF_INET6)
		error = bind(fd, (const struct sockaddr *)&any6, sizeof(any6));
	else if (!error)
		error = bind(fd, (const struct sockaddr *)&any4, sizeof(any4));
	return error == -1 ? -errno : error;
}

/*
 * The kernel numbers the sockets of a group by their binding, and renumbers
 * them when one goes: with those of a dying engine in the group, control and
 * data would end up exchanged.  So nobody else may be there.
 */
static int l2tp_wait_free(int family)
{
	int error = 0;

	for (unsigned int ms = 0; ms <= WAIT_PORT_MS; ms += WAIT_STEP_MS) {
		int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			return -errno;
		error = l2tp_bind(fd, family);
		close(fd);
		if (error != -EADDRINUSE)
			break;
		wait_ms(WAIT_STEP_MS);
	}
	return error;
}

/* Where a datagram was sent to is told; too large ones are fragmented. */
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

static int l2tp_socket(int family)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int error;

	if (fd < 0)
		return -errno;
	error = option(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (!error)
		error = l2tp_options(fd, family);
	if (!error)
		error = option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	if (!error)
		error = l2tp_bind(fd, family);
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

/* The first octet of the payload has the T bit: 0 = first socket, 1 = second */
static int l2tp_split(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x80, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0),
		BPF_STMT(BPF_RET | BPF_K, 1),
	};
	struct sock_fprog filter = {ARRAY_LEN(code), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &filter,
			  sizeof(filter))
		       ? -errno
		       : 0;
}

int open_l2tp(int family, int *control, int *data)
{
	int error = l2tp_wait_free(family);
	int first, second;

	if (error)
		return error;
	first = l2tp_socket(family);
	if (first < 0)
		return first;
	l2tp_set_class(first, family);
	second = l2tp_socket(family);
	if (second < 0)
		return opened(first, second);
	error = l2tp_split(first);
	if (error) {
		close(second);
		return opened(first, error);
	}
	*control = first;
	*data = second;
	return 0;
}

int open_zero_sums(int data)
{
	return option(data, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
}

/* ---- PPPoE --------------------------------------------------------------- */

/* Ethertype at `at`: PPPoE -> accept; a tag -> the next one; else ignore. */
#define LOOK_AT(at, accept, ignore)                                            \
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, at),                                \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_PPP_DISC, (accept),  \
			 0),                                                   \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_PPP_SES, (accept)-1, \
			 0),                                                   \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021Q, 2, 0),        \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_8021AD, 1, 0),       \
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_QINQ1, 0, (ignore))

static int pppoe_filter(int fd)
{
	/* 6 instructions each; 15 accepts, 16 ignores; jumps are relative */
	struct sock_filter code[] = {
		LOOK_AT(12, 13, 10),
		LOOK_AT(16, 7, 4),
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_PPP_DISC, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_PPP_SES, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog filter = {ARRAY_LEN(code), code};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter,
			  sizeof(filter))
		       ? -errno
		       : 0;
}

int open_pppoe(uint32_t ifindex)
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
	error = pppoe_filter(fd);
	if (!error)
		error = option(fd, SOL_PACKET, PACKET_AUXDATA, 1);
	if (!error)
		error = option(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
	if (!error)
		error = option(fd, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER);
	if (!error)
		error = option(fd, SOL_SOCKET, SO_PRIORITY, PRIORITY_CONTROL);
	if (!error && bind(fd, (struct sockaddr *)&where, sizeof(where)))
		error = -errno;
	return opened(fd, error);
}

/* ---- tun, control, lock -------------------------------------------------- */

int open_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	char path[64];
	FILE *file;
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	int error = 0;

	if (fd < 0)
		return -errno;
	strncpy(request.ifr_name, name, IF_NAMESIZE - 1);
	if (ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETPERSIST, 1))
		error = -errno;
	/* no link-local address: nothing but subscriber traffic goes there */
	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/addr_gen_mode",
		 name);
	file = error ? NULL : fopen(path, "we");
	if (file) {
		fputs("1\n", file);
		fclose(file);
	}
	return opened(fd, error);
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
