/* SPDX-License-Identifier: GPL-2.0-only */
/* Clients whose sessions end with --unload; see farewell.h. */
#include "program/farewell.h"

#include <errno.h>
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

/* One client; the list is that of LEG_SLOTS at most. */
struct client {
	struct client *next;
	struct pppoe_client to;
	uint8_t source[6];
	uint16_t session;
};

struct farewell {
	struct client *first;
};

/* ---- who they are -------------------------------------------------------- */

static void client_add(struct farewell *farewell, const struct dataplane *dp,
		       uint32_t slot)
{
	struct leg leg = dataplane_leg_read(dp, slot);
	struct client one = {.next = farewell->first};
	struct client *client;

	if (!dataplane_leg_client(dp, &leg, &one.to, one.source, &one.session))
		return;
	client = malloc(sizeof(*client));
	if (!client)
		return; /* it is told by nobody, as before */
	*client = one;
	farewell->first = client;
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
	if (farewell && farewell->first)
		return farewell;
	free(farewell);
	return NULL;
}

/* ---- telling them -------------------------------------------------------- */

/* The socket of the port that was used last. */
struct way {
	uint32_t ifindex; /* 0: none */
	int fd; /* -errno: there is none */
};

static int way_to(struct way *way, uint32_t ifindex)
{
	if (way->ifindex == ifindex)
		return way->fd;
	if (way->ifindex && way->fd >= 0)
		close(way->fd);
	way->ifindex = ifindex;
	way->fd = open_sender(ifindex);
	if (way->fd < 0)
		log_error("port %u: clients are not told that their sessions "
			  "end: %s",
			  ifindex, strerror(-way->fd));
	return way->fd;
}

/* Thousands of frames at once can exceed a device's queue. */
static int frame_send(int fd, struct view frame)
{
	const struct timespec rest = {.tv_nsec = TRY_NS};
	int err = socket_send_frame(fd, frame);

	for (int i = 0; i < TRIES && (err == -ENOBUFS || err == -EAGAIN); i++) {
		nanosleep(&rest, NULL);
		err = socket_send_frame(fd, frame);
	}
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
	return frame_send(fd, builder_view(&b));
}

void farewell_send(struct farewell *farewell)
{
	struct way way = {0};
	unsigned int told = 0, all = 0;
	struct client *client;

	if (!farewell)
		return;
	while ((client = farewell->first)) {
		farewell->first = client->next;
		all++;
		told += !client_tell(client, &way);
		free(client);
	}
	if (way.ifindex && way.fd >= 0)
		close(way.fd);
	log_notice("clients: %u of %u PPPoE sessions were ended by PADT", told,
		   all);
	free(farewell);
}
