/* SPDX-License-Identifier: GPL-2.0-only */
/* The thread of the slow path and what it listens to; see slowpath.h. */
#include "world/slowpath.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "world/slowpath_inner.h"

enum {
	EVENTS = 16,
	/* on a busy machine control comes first */
	NICE = 5,
};

/* What an event is about: a port's ifindex, or one of these. */
#define ABOUT_WAKE (1ull << 32)
#define ABOUT_L2TP (2ull << 32)
#define ABOUT_TUN  (3ull << 32)
#define ABOUT_L2TP6 (4ull << 32)

/* ---- the thread ---------------------------------------------------------- */

static void read_l2tp(struct slowpath *sp, int fd)
{
	unsigned int count = inbox_receive(&sp->in, fd);
	struct socket_outer outer;
	struct socket_l2tp from;
	struct view datagram;

	sp->device = 0; /* devices come and go */
	for (unsigned int i = 0; i < count; i++) {
		if (!inbox_l2tp(&sp->in, i, &from, &datagram))
			continue;
		outer = inbox_outer(&sp->in, i);
		slowpath_l2tp(sp, &from, &outer, datagram);
	}
}

static void read_tun(struct slowpath *sp)
{
	unsigned int count = inbox_read(&sp->in, sp->setup.tun);

	for (unsigned int i = 0; i < count; i++)
		slowpath_tun(sp, inbox_packet(&sp->in, i));
}

static struct slowpath_port *port_find(struct slowpath *sp, uint32_t ifindex)
{
	for (unsigned int i = 0; ifindex && i < SLOWPATH_PORTS; i++)
		if (sp->ports[i].ifindex == ifindex)
			return &sp->ports[i];
	return NULL;
}

static void read_port(struct slowpath *sp, uint32_t ifindex)
{
	const struct slowpath_port *port = port_find(sp, ifindex);
	unsigned int count = port ? inbox_receive(&sp->in, port->fd) : 0;
	struct view frame;
	struct vlan_tag stripped;

	for (unsigned int i = 0; i < count; i++)
		if (inbox_frame(&sp->in, i, &stripped, &frame))
			slowpath_pppoe(sp, ifindex, frame, stripped);
}

/* One batch of one descriptor; false: the end. */
static bool thread_serve(struct slowpath *sp, uint64_t about)
{
	if (about == ABOUT_WAKE)
		return false;
	pthread_mutex_lock(&sp->lock);
	if (about == ABOUT_L2TP)
		read_l2tp(sp, sp->setup.l2tp);
	else if (about == ABOUT_L2TP6)
		read_l2tp(sp, sp->setup.l2tp6);
	else if (about == ABOUT_TUN)
		read_tun(sp);
	else
		read_port(sp, (uint32_t)about);
	slowpath_flush(sp);
	pthread_mutex_unlock(&sp->lock);
	return true;
}

static void *thread_run(void *ctx)
{
	struct slowpath *sp = ctx;
	struct epoll_event events[EVENTS];

	pthread_setname_np(pthread_self(), "l2xd-slow");
	setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	for (;;) {
		int count = epoll_wait(sp->epoll, events, EVENTS, -1);

		for (int i = 0; i < count; i++)
			if (!thread_serve(sp, events[i].data.u64))
				return NULL;
	}
}

/* ---- life ---------------------------------------------------------------- */

static int listen_to(struct slowpath *sp, int fd, uint64_t about)
{
	struct epoll_event event = {.events = EPOLLIN, .data.u64 = about};

	return epoll_ctl(sp->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

/* A socket of tunnels, if there is one. */
static int listen_to_l2tp(struct slowpath *sp, int fd, int family,
			  uint64_t about)
{
	int error = fd < 0 ? 0 : outer_wanted(fd, family);

	return fd < 0 || error ? error : listen_to(sp, fd, about);
}

static int slowpath_listen(struct slowpath *sp)
{
	int error;

	sp->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (sp->epoll < 0)
		return -errno;
	sp->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (sp->wake < 0)
		return -errno;
	error = listen_to(sp, sp->wake, ABOUT_WAKE);
	if (!error)
		error = listen_to_l2tp(sp, sp->setup.l2tp, AF_INET, ABOUT_L2TP);
	if (!error)
		error = listen_to_l2tp(sp, sp->setup.l2tp6, AF_INET6,
				       ABOUT_L2TP6);
	if (!error && sp->setup.tun >= 0)
		error = listen_to(sp, sp->setup.tun, ABOUT_TUN);
	return error;
}

/* Signals are the engine's. */
static int thread_start(struct slowpath *sp)
{
	sigset_t all, before;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = -pthread_create(&sp->thread, NULL, thread_run, sp);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	sp->running = !error;
	return error;
}

/* Too big for the way out: in fragments, or not at all. */
static void fragments_set(const struct slowpath_setup *setup)
{
	bool cut = setup->conf->l2tp.fragment;
	int how4 = cut ? IP_PMTUDISC_DONT : IP_PMTUDISC_INTERFACE;
	int how6 = cut ? IPV6_PMTUDISC_DONT : IPV6_PMTUDISC_INTERFACE;

	if (setup->l2tp >= 0)
		setsockopt(setup->l2tp, IPPROTO_IP, IP_MTU_DISCOVER, &how4,
			   sizeof(how4));
	if (setup->l2tp6 >= 0)
		setsockopt(setup->l2tp6, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &how6,
			   sizeof(how6));
}

int slowpath_new(struct slowpath **slowpath, const struct slowpath_setup *setup)
{
	struct slowpath *sp = calloc(1, sizeof(*sp));
	int error;

	if (!sp)
		return -ENOMEM;
	sp->setup = *setup;
	sp->epoll = -1;
	sp->wake = -1;
	pthread_mutex_init(&sp->lock, NULL);
	fragments_set(setup);
	error = slowpath_listen(sp);
	if (!error)
		error = thread_start(sp);
	if (error) {
		slowpath_free(sp);
		return error;
	}
	*slowpath = sp;
	return 0;
}

void slowpath_free(struct slowpath *sp)
{
	uint64_t one = 1;

	if (!sp)
		return;
	if (sp->running && write(sp->wake, &one, sizeof(one)) == sizeof(one))
		pthread_join(sp->thread, NULL);
	for (unsigned int i = 0; i < SLOWPATH_PORTS; i++)
		if (sp->ports[i].ifindex)
			close(sp->ports[i].fd);
	if (sp->wake >= 0)
		close(sp->wake);
	if (sp->epoll >= 0)
		close(sp->epoll);
	pthread_mutex_destroy(&sp->lock);
	free(sp);
}

/* ---- ports --------------------------------------------------------------- */

static struct slowpath_port *port_unused(struct slowpath *sp)
{
	for (unsigned int i = 0; i < SLOWPATH_PORTS; i++)
		if (!sp->ports[i].ifindex)
			return &sp->ports[i];
	return NULL;
}

int slowpath_port_add(struct slowpath *sp, uint32_t ifindex, int fd)
{
	struct slowpath_port *port;
	int error = -ENOSPC;

	slowpath_port_drop(sp, ifindex);
	pthread_mutex_lock(&sp->lock);
	port = port_unused(sp);
	if (port)
		error = listen_to(sp, fd, ifindex);
	if (!error)
		*port = (struct slowpath_port){ifindex, fd};
	pthread_mutex_unlock(&sp->lock);
	if (error)
		close(fd);
	return error;
}

void slowpath_port_drop(struct slowpath *sp, uint32_t ifindex)
{
	struct slowpath_port *port;

	pthread_mutex_lock(&sp->lock);
	port = port_find(sp, ifindex);
	if (port) {
		/* the keeper has it as well: closing alone would not end it */
		epoll_ctl(sp->epoll, EPOLL_CTL_DEL, port->fd, NULL);
		close(port->fd);
		*port = (struct slowpath_port){0};
	}
	pthread_mutex_unlock(&sp->lock);
}

uint64_t slowpath_count(const struct slowpath *sp, enum slowpath_counter counter)
{
	return __atomic_load_n(&sp->counters[counter], __ATOMIC_RELAXED);
}
