/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What root reads from the engine: records over a real socket pair, with or
 * without descriptors.  What is taken has its size, a known type and strings
 * that end; no descriptor is left open, whatever becomes of the record.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world/keeper_msg.h"

enum { DESCRIPTORS_MAX = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void require(bool holds)
{
	if (!holds)
		abort();
}

/* Sends a record with so many descriptors. */
static void send_record(int socket, const uint8_t *data, size_t len,
			unsigned int descriptors)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
	} control = {0};
	struct iovec part = {(void *)(uintptr_t)data, len};
	struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
	size_t size = descriptors * sizeof(int);
	int fds[DESCRIPTORS_MAX];

	for (unsigned int i = 0; i < DESCRIPTORS_MAX; i++)
		fds[i] = socket;
	if (descriptors) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(size);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(&control.align), fds, size);
	}
	require(sendmsg(socket, &header, 0) == (ssize_t)len);
}

static void check(const struct keeper_msg *msg, size_t len)
{
	require(len == sizeof(*msg));
	require(memchr(msg->text, 0, sizeof(msg->text)) != NULL);
	switch ((enum keeper_msg_type)msg->type) {
	case KEEPER_ROUTE_ADD:
	case KEEPER_ROUTE_DEL:
		require(msg->route.length <= 32);
		return;
	case KEEPER_PORT_ATTACH:
	case KEEPER_PORT_DETACH:
	case KEEPER_PORT:
	case KEEPER_PORT_DATA:
		require(memchr(msg->port.name, 0, IF_NAMESIZE) != NULL);
		require(msg->port.name[0]);
		return;
	case KEEPER_NEIGHBOUR_KEEP:
	case KEEPER_NEIGHBOUR_DROP:
	case KEEPER_NEIGHBOUR_ASK:
	case KEEPER_NEIGHBOURS_DROP:
	case KEEPER_ALIVE:
	case KEEPER_FIREWALL:
	case KEEPER_REPLY:
		return;
	}
	abort(); /* a type nobody knows */
}

/* The number that the next descriptor will have: equal if none is left. */
static int next_descriptor(void)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	require(fd >= 0);
	close(fd);
	return fd;
}

/* An octet says how many descriptors, and whether to fill up; then a record. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	uint8_t record[sizeof(struct keeper_msg)] = {0};
	struct keeper_msg msg;
	int before = next_descriptor();
	int pair[2], rc, fd = -1;
	uint8_t how;

	if (len < 2)
		return 0;
	how = *data++;
	len--;
	require(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	if (how & 4 && len < sizeof(record)) {
		memcpy(record, data, len);
		data = record;
		len = sizeof(record);
	}
	send_record(pair[0], data, len, how & 3);
	rc = keeper_msg_receive(pair[1], &msg, &fd);
	require(!rc || rc == -EBADMSG);
	if (rc)
		require(fd == -1);
	else
		check(&msg, len);
	if (fd >= 0)
		close(fd);
	require(keeper_msg_receive(pair[1], &msg, &fd) == -EAGAIN);
	close(pair[0]);
	close(pair[1]);
	require(next_descriptor() == before);
	return 0;
}
