/* SPDX-License-Identifier: GPL-2.0-only */
/* The keeper's life: opening everything, waiting, ending; see keeper.h. */
#include "program/keeper.h"

#include <errno.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "program/farewell.h"
#include "program/keeper_inner.h"
#include "program/keeper_open.h"

enum {
	WAIT_LOCK_MS = 5000,	/* for the engine of a killed keeper */
	WAIT_ENGINE_MS = 10000, /* for the engine to end when asked */
};

struct instant now_read(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (struct instant){(uint64_t)t.tv_sec * 1000 +
				(uint64_t)t.tv_nsec / 1000000};
}

static void control_path(const char *instance, char path[108])
{
	snprintf(path, 108, "/run/l2x/%s.sock", instance);
}

/* ---- tun ----------------------------------------------------------------- */

/* The alias marks the device as ours, also after l2xd has ended. */
static void tun_alias(const char *instance, char alias[64])
{
	snprintf(alias, 64, "l2x %s", instance);
}

/* Whether another instance is in this network namespace, or has been. */
static bool tun_of_others(struct netlink *nl, const char *instance)
{
	struct if_nameindex *all = if_nameindex();
	bool found = false;
	struct link link;
	char alias[64];

	tun_alias(instance, alias);
	for (unsigned int i = 0; !found && all && all[i].if_index; i++)
		found = !netlink_link(nl, all[i].if_name, &link) &&
			!strncmp(link.alias, "l2x ", 4) &&
			strcmp(link.alias, alias);
	if (all)
		if_freenameindex(all);
	return found;
}

int neighbours_drop(struct netlink *nl, const char *instance)
{
	return tun_of_others(nl, instance) ? 0 : netlink_neighbours_drop(nl);
}

int neighbour_drop(struct netlink *nl, const char *instance, uint32_t ifindex,
		   struct address address)
{
	return tun_of_others(nl, instance)
		       ? 0
		       : netlink_neighbour(nl, false, ifindex, address);
}

static int tun_check(struct keeper *k, const char *alias)
{
	struct link link;

	if (netlink_link(k->netlink, k->conf->tun, &link))
		return 0; /* not there: to be made */
	if (!strcmp(link.alias, alias))
		return 0;
	log_error("tun %s: the device exists and is not ours (alias \"%s\"); "
		  "choose another name with tun:",
		  k->conf->tun, link.alias);
	return -EEXIST;
}

/* Our end of the subscribers' links: the pools' gateways. */
static int tun_addresses(struct keeper *k)
{
	const struct conf *conf = k->conf;
	struct in_addr gateways[64];
	unsigned int count = 0;

	for (unsigned int i = 0; i < conf->pool_count && count < 64; i++)
		if (conf->pools[i].gateway.s_addr)
			gateways[count++] = conf->pools[i].gateway;
	return netlink_addresses(k->netlink, k->tun_ifindex, gateways, count);
}

int tun_open(struct keeper *k)
{
	struct link link;
	char alias[64];
	int error;

	tun_alias(k->instance, alias);
	error = tun_check(k, alias);
	if (error)
		return error;
	k->tun = open_tun(k->conf->tun);
	if (k->tun < 0)
		error = k->tun;
	if (!error)
		error = netlink_link(k->netlink, k->conf->tun, &link);
	if (!error) {
		k->tun_ifindex = link.ifindex;
		error = netlink_link_alias(k->netlink, link.ifindex, alias);
	}
	if (!error)
		error = tun_addresses(k);
	if (!error)
		error = netlink_link_up(k->netlink, link.ifindex);
	if (error)
		log_error("tun %s: %s", k->conf->tun, strerror(-error));
	return error;
}

/* Somebody may have set it down, or deleted it. */
static void tun_changed(struct keeper *k)
{
	struct link link;
	int error = netlink_link(k->netlink, k->conf->tun, &link);

	if (!error && link.ifindex == k->tun_ifindex) {
		if (!link.admin_up) {
			log_warning("tun %s: was set down, set up again",
				    k->conf->tun);
			netlink_link_up(k->netlink, link.ifindex);
		}
		return;
	}
	log_error("tun %s: was deleted; made again, and the engine is started "
		  "again",
		  k->conf->tun);
	close(k->tun);
	if (tun_open(k))
		return;
	engine_signal(k, SIGKILL);
}

/* ---- opening ------------------------------------------------------------- */

static int signals_open(struct keeper *k)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, &k->old_mask))
		return -errno;
	k->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return k->signals < 0 ? -errno : 0;
}

/* Logs what could not be opened. */
static int step(const char *what, int error)
{
	if (error < 0)
		log_error("keeper: %s: %s", what, strerror(-error));
	return error < 0 ? error : 0;
}

/*
 * The kernel reassembles fragments and checks them by socket, not by tunnel;
 * for all other data the data plane checks by tunnel.
 */
static bool conf_agrees_zero_sums(const struct conf *conf)
{
	for (unsigned int i = 0; i < conf->tunnel_count; i++)
		if (conf->tunnels[i].udp_checksum == CONF_CHECKSUM_ZERO)
			return true;
	for (unsigned int i = 0; i < conf->destination_count; i++)
		if (conf->destinations[i].udp_checksum == CONF_CHECKSUM_ZERO)
			return true;
	return false;
}

/*
 * The address to which a family's sockets are bound: its only local address,
 * or the wildcard address if there are several.  False: the family is not
 * used, and the kernel may lack it, or another program may have the port.
 */
static bool conf_l2tp_end(const struct conf *conf, uint32_t family,
			  struct address *end)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < conf->l2tp.local_count; i++)
		if (conf->l2tp.locals[i].family == family) {
			*end = conf->l2tp.locals[i];
			count++;
		}
	if (count > 1)
		*end = (struct address){.family = family};
	return count;
}

static void l2tp_explain(struct address end, int error)
{
	bool all = address_is_zero(end);

	if (error != -EADDRINUSE)
		log_error("keeper: UDP port 1701 of %s: %s", address_text(end),
			  strerror(-error));
	else
		log_error("keeper: UDP port 1701 of %s%s is taken in this "
			  "network namespace, by another instance or program "
			  "(ss -aunp sport = :1701 names it); instances need "
			  "different l2tp.local-addresses, or a namespace each",
			  address_text(end),
			  all ? " (as l2tp.local-addresses are several)" : "");
}

static int l2tp_open(struct keeper *k, uint32_t family,
		     struct l2tp_sockets *out)
{
	struct address end;
	int error;

	*out = (struct l2tp_sockets){-1, -1, -1};
	if (!conf_l2tp_end(k->conf, family, &end))
		return 0;
	error = open_l2tp(end, out);
	if (!error && family == AF_INET6 && conf_agrees_zero_sums(k->conf)) {
		error = open_zero_sums(out->ppp);
		if (!error)
			error = open_zero_sums(out->data);
	}
	if (error)
		l2tp_explain(end, error);
	return error;
}

static int sockets_open(struct keeper *k)
{
	char path[108], what[140];
	int error;

	control_path(k->instance, path);
	snprintf(what, sizeof(what), "control socket %s", path);
	error = l2tp_open(k, AF_INET, &k->l2tp);
	if (!error)
		error = l2tp_open(k, AF_INET6, &k->l2tp6);
	if (!error) {
		k->control = open_control(path);
		error = step(what, k->control);
	}
	if (!error) {
		k->watch = netlink_watch();
		error = step("netlink", k->watch);
	}
	if (!error && redirect_new(&k->redirect))
		log_info("keeper: the kernel does not tell which devices take "
			 "frames from XDP");
	return error;
}

static int lock_take(struct keeper *k)
{
	k->lock = open_lock(k->instance, WAIT_LOCK_MS);
	if (k->lock == -EBUSY)
		log_error("keeper: instance %s is running already",
			  k->instance);
	else if (k->lock < 0)
		log_error("keeper: lock of instance %s: %s", k->instance,
			  strerror(-k->lock));
	return k->lock < 0 ? k->lock : 0;
}

static int maps_open(struct keeper *k)
{
	char text[400];
	int error = loader_new(&k->loader, k->instance, text, sizeof(text));

	if (error)
		log_error("keeper: %s", text);
	else
		loader_spread(k->loader, k->conf->cores, k->conf->core_count);
	if (!error && *loader_lost_why(k->loader))
		log_warning("keeper: frames that devices lose are not counted: "
			    "%s",
			    loader_lost_why(k->loader));
	return error;
}

static int keeper_open(struct keeper *k)
{
	int error;

	if (!getpwnam(k->conf->user)) {
		log_error("keeper: no user %s for the engine", k->conf->user);
		return -ENOENT;
	}
	error = lock_take(k);
	if (!error)
		error = step("signals", signals_open(k));
	if (!error)
		error = step("netlink", netlink_open(&k->netlink));
	if (!error)
		error = sockets_open(k);
	if (!error)
		error = maps_open(k);
	if (!error)
		error = tun_open(k);
	return error;
}

static void keeper_close(struct keeper *k)
{
	for (unsigned int i = 0; i < k->entry_count; i++) {
		if (k->entries[i].packet >= 0)
			close(k->entries[i].packet);
		if (k->entries[i].data >= 0)
			close(k->entries[i].data);
	}
	loader_free(k->loader);
	redirect_free(k->redirect);
	netlink_close(k->netlink);
	free(k);
}

/* ---- waiting ------------------------------------------------------------- */

static void ending_begin(struct keeper *k, struct instant now)
{
	if (k->ending)
		return;
	log_notice("keeper: ending; forwarding goes on until l2xd --unload");
	k->ending = true;
	k->ending_since = now;
	engine_signal(k, SIGTERM);
}

static void signals_read(struct keeper *k, struct instant now)
{
	struct signalfd_siginfo info;

	while (read(k->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			ending_begin(k, now);
		else if (info.ssi_signo == SIGCHLD)
			engine_collect(k, now);
	}
}

static void device_changed(void *ctx, uint32_t ifindex, const char *name)
{
	struct keeper *k = ctx;

	if (ifindex == k->tun_ifindex || !strcmp(name, k->conf->tun))
		tun_changed(k);
	else
		ports_changed(k, ifindex, name);
}

static void watch_read(struct keeper *k)
{
	if (netlink_watch_read(k->watch, device_changed, k) != -ENOBUFS)
		return;
	log_warning("keeper: lost news about devices, looking at all ports");
	ports_changed(k, 0, "");
	tun_changed(k);
}

static void redirect_changed(void *ctx, uint32_t ifindex)
{
	ports_changed(ctx, ifindex, "");
}

static void redirect_news(struct keeper *k)
{
	if (redirect_input(k->redirect, redirect_changed, k) == -ENOBUFS)
		ports_changed(k, 0, "");
}

static bool something_waits(const struct keeper *k)
{
	if (k->reply_waits || k->firewall_untold)
		return true;
	for (unsigned int i = 0; i < k->entry_count; i++)
		if (k->entries[i].untold || k->entries[i].data_untold)
			return true;
	return false;
}

static int timeout_ms(const struct keeper *k, struct instant now)
{
	struct instant next =
		instant_first(k->engine_next, engine_deadline(k));

	if (k->ending)
		next = instant_after(k->ending_since, WAIT_ENGINE_MS);
	if (instant_is_never(next))
		return -1;
	return next.ms > now.ms ? (int)(next.ms - now.ms) : 0;
}

static void keeper_wait(struct keeper *k)
{
	struct pollfd fds[5] = {
		{k->signals, POLLIN, 0},
		{k->watch, POLLIN, 0},
		{k->engine_socket, 0, 0},
		{k->redirect ? redirect_fd(k->redirect) : -1, POLLIN, 0},
		{k->firewall, POLLIN, 0},
	};
	struct instant now;

	/* no new request before the last one is answered */
	fds[2].events = k->reply_waits ? 0 : POLLIN;
	if (something_waits(k))
		fds[2].events |= POLLOUT;
	if (poll(fds, 5, timeout_ms(k, now_read())) < 0 && errno != EINTR)
		fatal("keeper: poll: %s", strerror(errno));
	now = now_read();
	if (fds[1].revents)
		watch_read(k);
	if (fds[3].revents)
		redirect_news(k);
	if (fds[4].revents)
		firewall_read(k);
	engine_flush(k);
	if (fds[2].revents & (POLLIN | POLLHUP) && !k->reply_waits &&
	    k->engine_socket >= 0)
		engine_serve(k);
	engine_judge(k, now); /* after what it had sent was read */
	if (fds[0].revents)
		signals_read(k, now);
	if (instant_due(k->engine_next, now) && !k->ending)
		engine_start_again(k, now);
}

static void keeper_live(struct keeper *k)
{
	while (!k->ending || k->engine) {
		keeper_wait(k);
		if (!k->ending ||
		    !instant_due(instant_after(k->ending_since, WAIT_ENGINE_MS),
				 now_read()))
			continue;
		log_error("keeper: the engine does not end, killing it");
		engine_signal(k, SIGKILL);
		k->ending_since = now_read();
	}
}

int keeper_run(const char *instance, const struct conf *conf)
{
	struct keeper *k = calloc(1, sizeof(*k));
	char path[108];
	int error;

	if (!k)
		return EXIT_FAILURE;
	*k = (struct keeper){
		.instance = instance,
		.conf = conf,
		.lock = -1,
		.engine_socket = -1,
		.firewall = -1,
	};
	error = keeper_open(k);
	if (!error) {
		firewall_open(k);
		ends_open(k);
		ports_start(k);
		error = step("engine", engine_start(k, now_read()));
	}
	if (!error) {
		keeper_live(k);
		control_path(instance, path);
		unlink(path);
	}
	keeper_close(k);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- unload -------------------------------------------------------------- */

static int netlink_drop_all(const char *what, const char *instance,
			    int (*drop)(struct netlink *nl,
					const char *instance))
{
	struct netlink *nl;
	int error = netlink_open(&nl);

	if (!error) {
		error = drop(nl, instance);
		netlink_close(nl);
	}
	if (error)
		log_error("%s: %s", what, strerror(-error));
	return error;
}

static int tuns_delete(const char *instance)
{
	struct if_nameindex *all = if_nameindex();
	struct netlink *nl;
	struct link link;
	char alias[64];
	int error = netlink_open(&nl);

	tun_alias(instance, alias);
	for (unsigned int i = 0; !error && all && all[i].if_index; i++) {
		if (netlink_link(nl, all[i].if_name, &link) ||
		    strcmp(link.alias, alias))
			continue;
		error = netlink_link_delete(nl, link.ifindex);
		log_notice("tun %s: %s", link.name,
			   error ? strerror(-error) : "deleted");
	}
	if (all)
		if_freenameindex(all);
	if (nl)
		netlink_close(nl);
	return error;
}

int keeper_unload(const char *instance)
{
	struct loader_offloads left[KEEPER_PORTS];
	struct keeper k = {.instance = instance};
	struct farewell *farewell;
	char text[400], path[128];
	int error = lock_take(&k);
	unsigned int count;

	if (error)
		return EXIT_FAILURE;
	farewell = farewell_collect(instance);
	/* noted in a map: read before the maps go */
	count = loader_offloads_left(instance, left, KEEPER_PORTS);
	error = loader_unload(instance, text, sizeof(text));
	if (error)
		log_error("%s", text);
	else
		offloads_restore_all(left, count);
	/* after a PADT nothing may follow (RFC 2516 5.5) */
	farewell_send(farewell);
	if (tuns_delete(instance))
		error = -EIO;
	if (netlink_drop_all("neighbours", instance, neighbours_drop) ||
	    netlink_drop_all("routes", instance, ends_drop))
		error = -EIO;
	control_path(instance, path);
	unlink(path);
	snprintf(path, sizeof(path), "/run/l2x/%s.lock", instance);
	unlink(path);
	close(k.lock);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
