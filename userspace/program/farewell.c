/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients whose sessions end with --unload; see farewell.h. */
#include "program/farewell.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "program/keeper_open.h"
#include "program/loader.h"
#include "proto/pppoe.h"
#include "world/dataplane.h"
#include "world/sockets.h"

enum {
	PADT_MAX = 64, /* octets, of one without a text */
	TRIES = 200, /* for a frame for which the device has no room... */
	TRY_NS = 1000000, /* ...after this time each */
};

struct client {
	struct pppoe_client to;
	uint8_t source[6];
	uint16_t session;
};

struct farewell {
	size_t count, room; /* LEG_SLOTS at most */
	struct client *clients;
};

/* ---- who they are -------------------------------------------------------- */

static void client_add(struct farewell *farewell, const struct dataplane *dp,
		       uint32_t slot)
{
	struct leg leg = dataplane_leg_read(dp, slot);
	struct client one, *more;

	if (!dataplane_leg_client(dp, &leg, &one.to, one.source, &one.session))
		return;
	if (farewell->count == farewell->room) {
		size_t room = farewell->room * 2 + 64;

		more = realloc(farewell->clients, room * sizeof(*more));
		if (!more)
			return; /* it is told by nobody, as before */
		farewell->clients = more;
		farewell->room = room;
	}
	farewell->clients[farewell->count++] = one;
}

static int client_by_port(const void *a, const void *b)
{
	const struct client *left = a, *right = b;

	return (left->to.ifindex > right->to.ifindex) -
	       (left->to.ifindex < right->to.ifindex);
}

/*
 * Leaves out who is behind a port where the instance does not run: ifindexes
 * can be those of another network namespace, and belong to others here.
 */
static void ports_check(struct farewell *farewell, const char *instance)
{
	uint32_t ifindex = 0;
	bool runs = false;
	size_t kept = 0;

	for (size_t i = 0; i < farewell->count; i++) {
		const struct client *client = &farewell->clients[i];

		if (client->to.ifindex != ifindex) {
			ifindex = client->to.ifindex;
			runs = loader_runs(instance, ifindex);
		}
		if (runs)
			farewell->clients[kept++] = *client;
	}
	farewell->count = kept;
}

static void fds_close(struct dataplane_fds *fds)
{
	int *fd = (int *)fds;

	for (size_t i = 0; i < sizeof(*fds) / sizeof(*fd); i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

struct farewell *farewell_collect(const char *instance)
{
	struct farewell *farewell = calloc(1, sizeof(*farewell));
	struct dataplane_fds fds;
	struct dataplane *dp = NULL;

	if (farewell && !loader_pinned(instance, &fds)) {
		if (!dataplane_new(&dp, &fds))
			for (uint32_t slot = 0; slot < LEG_SLOTS; slot++)
				client_add(farewell, dp, slot);
		dataplane_free(dp);
		fds_close(&fds);
	}
	if (!farewell || !farewell->count) {
		free(farewell);
		return NULL;
	}
	/* port by port: to close a packet socket takes milliseconds */
	qsort(farewell->clients, farewell->count, sizeof(*farewell->clients),
	      client_by_port);
	ports_check(farewell, instance);
	return farewell;
}

/* ---- telling them -------------------------------------------------------- */

/* The socket of the port that was used last. */
struct way {
	uint32_t ifindex; /* 0: none */
	int fd; /* -errno: there is none */
	bool stuck; /* the device had no room for a frame in all its tries */
};

static int way_to(struct way *way, uint32_t ifindex)
{
	if (way->ifindex == ifindex)
		return way->fd;
	if (way->fd >= 0)
		close(way->fd);
	way->ifindex = ifindex;
	way->stuck = false;
	way->fd = open_sender(ifindex);
	if (way->fd < 0)
		log_error("port %u: clients are not told that their sessions "
			  "end: %s",
			  ifindex, strerror(-way->fd));
	return way->fd;
}

static bool has_no_room(int err)
{
	return err == -ENOBUFS || err == -EAGAIN;
}

/*
 * Thousands of frames at once can exceed a device's queue.  A device that sends
 * nothing at all is waited for once, not for each client.
 */
static int frame_send(struct way *way, struct view frame)
{
	const struct timespec rest = {.tv_nsec = TRY_NS};
	int err = socket_send_frame(way->fd, frame);

	for (int i = 0; i < TRIES && has_no_room(err) && !way->stuck; i++) {
		nanosleep(&rest, NULL);
		err = socket_send_frame(way->fd, frame);
	}
	if (has_no_room(err) && !way->stuck)
		log_error("port %u: clients are not told that their sessions "
			  "end: the device sends nothing",
			  way->ifindex);
	way->stuck = has_no_room(err);
	return err;
}

static int client_tell(const struct client *client, struct way *way)
{
	uint8_t room[PADT_MAX];
	struct builder b = builder_on(room, sizeof(room));
	int fd = way_to(way, client->to.ifindex);

	if (fd < 0)
		return fd;
	pppoe_padt(&b, &client->to, client->source, client->session, "");
	return frame_send(way, builder_view(&b));
}

void farewell_send(struct farewell *farewell)
{
	struct way way = {.fd = -ENODEV};
	size_t told = 0;

	if (!farewell)
		return;
	for (size_t i = 0; i < farewell->count; i++)
		told += !client_tell(&farewell->clients[i], &way);
	if (way.fd >= 0)
		close(way.fd);
	if (farewell->count)
		log_notice("clients: %zu of %zu PPPoE sessions were ended by "
			   "PADT",
			   told, farewell->count);
	free(farewell->clients);
	free(farewell);
}
