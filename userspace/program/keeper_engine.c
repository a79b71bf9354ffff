/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine as the keeper sees it: a child that is given descriptors and no
 * privilege, whose requests are checked like those of a stranger.
 */
#include "program/keeper_inner.h"

#include <arpa/inet.h>
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "martian.h"
#include "program/engine.h"

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_LAST_MS = 5000,
	LIVED_WELL_MS = 10000, /* after that the back-off starts anew */
	ROUTE_LENGTH_MIN = 8,  /* a compromised engine cannot take all traffic */
	REQUESTS_AT_ONCE = 64,
};

/* ---- in the child -------------------------------------------------------- */

static int order(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* Closes all descriptors that the engine does not need. */
static void descriptors_close(const struct keeper *k,
			      const struct engine_gift *gift)
{
	enum { MAPS = sizeof(gift->maps) / sizeof(int), OTHERS = 10 };
	int keep[MAPS + OTHERS] = {
		gift->keeper,	    gift->control,   gift->tun,
		gift->l2tp_control, gift->l2tp_ppp,  gift->l2tp_data,
		gift->l2tp_control6, gift->l2tp_ppp6, gift->l2tp_data6,
		k->lock, /* nobody else starts while we live */
	};
	unsigned int count = sizeof(keep) / sizeof(keep[0]);
	unsigned int from = 3;

	memcpy(keep + OTHERS, &gift->maps, sizeof(gift->maps));
	qsort(keep, count, sizeof(keep[0]), order);
	for (unsigned int i = 0; i < count; i++) {
		if (keep[i] < 0)
			continue; /* not open */
		if ((unsigned int)keep[i] > from)
			close_range(from, (unsigned int)keep[i] - 1, 0);
		if ((unsigned int)keep[i] >= from)
			from = (unsigned int)keep[i] + 1;
	}
	close_range(from, ~0u, 0);
}

static void privileges_drop(const char *user)
{
	const struct passwd *who = getpwnam(user);

	if (!who)
		fatal("engine: no user %s", user);
	if (setgroups(0, NULL) ||
	    setresgid(who->pw_gid, who->pw_gid, who->pw_gid) ||
	    setresuid(who->pw_uid, who->pw_uid, who->pw_uid) ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		fatal("engine: cannot become %s: %s", user, strerror(errno));
	if (who->pw_uid && !setuid(0))
		fatal("engine: still privileged");
}

__attribute__((noreturn)) static void child_run(struct keeper *k, pid_t keeper,
						struct engine_gift *gift)
{
	descriptors_close(k, gift);
	privileges_drop(k->conf->user);
	prctl(PR_SET_NAME, "l2xd-engine");
	/* after the change of user, which resets it */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != keeper)
		_exit(EXIT_FAILURE);
	sigprocmask(SIG_SETMASK, &k->old_mask, NULL);
	exit(engine_run(gift));
}

/* ---- its life ------------------------------------------------------------ */

static void socket_size(int fd)
{
	int size = 1 << 20;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
}

int engine_start(struct keeper *k, struct instant now)
{
	struct dataplane_clock clock = {0};
	pid_t keeper = getpid(), child;
	int pair[2];

	k->engine_next = NEVER;
	if (loader_clock(&clock))
		log_error("keeper: the kernel's ticks are not known: the slow "
			  "path has no rates");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK,
		       0, pair))
		return -errno;
	socket_size(pair[0]);
	socket_size(pair[1]);
	child = fork();
	if (child < 0) {
		close(pair[0]);
		close(pair[1]);
		return -errno;
	}
	if (!child) {
		struct engine_gift gift = {
			.instance = k->instance,
			.conf = k->conf,
			.maps = loader_maps(k->loader),
			.clock = clock,
			.lost_counted = !*loader_lost_why(k->loader),
			.keeper = pair[1],
			.l2tp_control = k->l2tp.control,
			.l2tp_ppp = k->l2tp.ppp,
			.l2tp_data = k->l2tp.data,
			.l2tp_control6 = k->l2tp6.control,
			.l2tp_ppp6 = k->l2tp6.ppp,
			.l2tp_data6 = k->l2tp6.data,
			.tun = k->tun,
			.tun_ifindex = k->tun_ifindex,
			.control = k->control,
		};

		child_run(k, keeper, &gift);
	}
	close(pair[1]);
	k->engine = child;
	k->engine_socket = pair[0];
	k->engine_since = now;
	k->engine_heard = now;
	k->reply_waits = false;
	ports_forget_told(k);
	k->firewall_untold = true;
	log_info("keeper: engine started, pid %d", (int)child);
	return 0;
}

static void engine_plan(struct keeper *k, struct instant now)
{
	if (instant_due(instant_after(k->engine_since, LIVED_WELL_MS), now))
		k->engine_backoff_ms = 0;
	k->engine_backoff_ms = k->engine_backoff_ms ? k->engine_backoff_ms * 2
						    : BACKOFF_FIRST_MS;
	if (k->engine_backoff_ms > BACKOFF_LAST_MS)
		k->engine_backoff_ms = BACKOFF_LAST_MS;
	k->engine_next = instant_after(now, k->engine_backoff_ms);
}

void engine_start_again(struct keeper *k, struct instant now)
{
	int error = engine_start(k, now);

	if (!error)
		return;
	k->engine_since = now;
	engine_plan(k, now);
	log_error("keeper: cannot start the engine: %s, trying again in %u ms",
		  strerror(-error), k->engine_backoff_ms);
}

void engine_signal(const struct keeper *k, int number)
{
	if (k->engine > 0)
		kill(k->engine, number);
}

void engine_collect(struct keeper *k, struct instant now)
{
	int status;

	if (!k->engine || waitpid(k->engine, &status, WNOHANG) != k->engine)
		return;
	k->engine = 0;
	if (k->engine_socket >= 0)
		close(k->engine_socket);
	k->engine_socket = -1;
	if (k->ending)
		return;
	engine_plan(k, now);
	if (WIFSIGNALED(status))
		log_error("keeper: engine ended by signal %d, starting it "
			  "again in %u ms",
			  WTERMSIG(status), k->engine_backoff_ms);
	else
		log_error("keeper: engine ended with status %d, starting it "
			  "again in %u ms",
			  WEXITSTATUS(status), k->engine_backoff_ms);
}

/* ---- its requests -------------------------------------------------------- */

static int route_ask(struct keeper *k, const struct keeper_msg *msg, bool add,
		     char *text)
{
	uint32_t address = ntohl(msg->route.address.s_addr);
	uint8_t length = msg->route.length;
	int error;

	if (length < ROUTE_LENGTH_MIN || martian4_source(address) ||
	    (length < 32 && address & (0xffffffffu >> length))) {
		snprintf(text, KEEPER_TEXT, "not a subscriber's prefix");
		return -EPERM;
	}
	error = netlink_route(k->netlink, add, k->tun_ifindex,
			      &(struct netlink_prefix){
				      .address = msg->route.address,
				      .length = length,
				      .source = msg->route.source,
				      .mtu = msg->route.mtu,
			      });
	if (error == -ESRCH && !add)
		error = 0; /* gone already */
	return error;
}

static int request_do(struct keeper *k, const struct keeper_msg *msg,
		      char *text)
{
	switch ((enum keeper_msg_type)msg->type) {
	case KEEPER_ROUTE_ADD:
		return route_ask(k, msg, true, text);
	case KEEPER_ROUTE_DEL:
		return route_ask(k, msg, false, text);
	case KEEPER_NEIGHBOUR_KEEP:
		return netlink_neighbour(k->netlink, true,
					 msg->neighbour.ifindex,
					 msg->neighbour.address);
	case KEEPER_NEIGHBOUR_DROP:
		return neighbour_drop(k->netlink, k->instance,
				      msg->neighbour.ifindex,
				      msg->neighbour.address);
	case KEEPER_NEIGHBOUR_ASK:
		return netlink_neighbour_ask(k->netlink, msg->neighbour.ifindex,
					     msg->neighbour.address);
	case KEEPER_NEIGHBOURS_DROP:
		return neighbours_drop(k->netlink, k->instance);
	case KEEPER_PORT_ATTACH:
		return port_attach(k, &msg->port, text);
	case KEEPER_PORT_DETACH:
		return port_detach(k, msg->port.name, text);
	case KEEPER_ALIVE:
	case KEEPER_REPLY:
	case KEEPER_PORT:
	case KEEPER_PORT_DATA:
	case KEEPER_FIREWALL:
		break;
	}
	snprintf(text, KEEPER_TEXT, "not a request");
	return -EBADMSG;
}

static void request_answer(struct keeper *k, const struct keeper_msg *msg)
{
	struct keeper_msg reply = {
		.type = KEEPER_REPLY,
		.number = msg->number,
	};

	if (msg->type == KEEPER_PORT_ATTACH || msg->type == KEEPER_PORT_DETACH)
		memcpy(reply.port.name, msg->port.name,
		       sizeof(reply.port.name));
	reply.error = request_do(k, msg, reply.text);
	if (reply.error && !*reply.text)
		snprintf(reply.text, sizeof(reply.text), "%s",
			 strerror(-reply.error));
	/* a port's new state comes before the answer about it */
	k->reply = reply;
	k->reply_waits = true;
	engine_flush(k);
}

void engine_flush(struct keeper *k)
{
	if (k->engine_socket < 0 || !ports_tell(k) || !firewall_tell(k) ||
	    !k->reply_waits)
		return;
	if (keeper_msg_send(k->engine_socket, &k->reply, -1) != -EAGAIN)
		k->reply_waits = false;
}

/* ---- its signs of life --------------------------------------------------- */

struct instant engine_deadline(const struct keeper *k)
{
	if (!k->engine || !k->conf->watchdog_ms)
		return NEVER;
	return instant_after(k->engine_heard, k->conf->watchdog_ms);
}

void engine_judge(struct keeper *k, struct instant now)
{
	if (!instant_due(engine_deadline(k), now))
		return;
	log_error("keeper: no sign of life from the engine for %u s, killing "
		  "it",
		  k->conf->watchdog_ms / 1000);
	k->engine_heard = now; /* until it is collected */
	engine_signal(k, SIGKILL);
}

void engine_serve(struct keeper *k)
{
	struct keeper_msg msg;
	int error, fd;

	for (unsigned int i = 0; i < REQUESTS_AT_ONCE && !k->reply_waits; i++) {
		error = keeper_msg_receive(k->engine_socket, &msg, &fd);
		if (error == -EAGAIN)
			return;
		if (error == -EBADMSG)
			log_error(
				"keeper: the engine sent nonsense, ending it");
		if (error) {
			/* broken, or it closed its end: useless in any case */
			close(k->engine_socket);
			k->engine_socket = -1;
			if (!k->ending || error == -EBADMSG)
				engine_signal(k, SIGKILL);
			return;
		}
		if (fd >= 0)
			close(fd);
		if (msg.type != KEEPER_ALIVE)
			request_answer(k, &msg);
		/* what was asked can take seconds, as a card's reset */
		k->engine_heard = now_read();
	}
}
