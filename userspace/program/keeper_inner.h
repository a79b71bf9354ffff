/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files keeper*.c share. */
#ifndef PROGRAM_KEEPER_INNER_H
#define PROGRAM_KEEPER_INNER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/instant.h"
#include "program/keeper_netlink.h"
#include "program/keeper_open.h"
#include "program/loader.h"
#include "world/conf.h"
#include "world/keeper_msg.h"
#include "world/redirect.h"

enum {
	KEEPER_TEXT = sizeof(((struct keeper_msg *)0)->text),
};

struct keeper_entry {
	struct keeper_port port; /* as the engine is told */
	char text[KEEPER_TEXT];	 /* why it is not attached */
	bool generic;		 /* generic mode is allowed */
	bool detached;		 /* by an operator: leave it alone */
	bool keep_offloads;	 /* the configuration says so */
	uint8_t offloads_left;	 /* on: somebody wants that, or no other way */
	struct instant offloads_set; /* when we switched some off last */
	bool untold;		 /* the engine does not know this state yet */
	int packet;		 /* PPPoE socket, or -1 */
	int data;		 /* the same for subscribers' data */
	bool data_untold;	 /* the engine has not got that one yet */
	uint32_t packet_ifindex;
	uint32_t refused; /* device that has refused the program, or 0 */
};

struct keeper {
	const char *instance;
	const struct conf *conf;
	struct loader *loader;
	struct netlink *netlink;
	int lock;
	int signals; /* signalfd */
	int watch;   /* news about devices */
	struct redirect *redirect; /* NULL: the kernel tells nothing */
	int firewall; /* news about nftables, or -1 */
	char firewall_chain[KEEPER_TEXT]; /* see KEEPER_FIREWALL */
	bool firewall_untold; /* the engine does not know it yet */
	struct l2tp_sockets l2tp; /* -1: L2TP over IPv4 is not spoken */
	struct l2tp_sockets l2tp6; /* the same of IPv6 */
	int control;
	int tun;
	uint32_t tun_ifindex;
	sigset_t old_mask;

	struct keeper_entry entries[KEEPER_PORTS];
	unsigned int entry_count;

	pid_t engine;	   /* 0: none */
	int engine_socket; /* -1: none */
	struct instant engine_since;
	struct instant engine_heard; /* its last sign of life */
	struct instant engine_next; /* when to start it again */
	unsigned int engine_backoff_ms;
	bool reply_waits; /* `reply` did not fit into the socket */
	struct keeper_msg reply;
	bool ending;
	struct instant ending_since;
};

/* keeper_port.c */
void ports_start(struct keeper *k);
/* A device changed; ifindex 0: any may have. */
void ports_changed(struct keeper *k, uint32_t ifindex, const char *name);
/* -ENOSPC, or what attaching said; text[KEEPER_TEXT] explains. */
int port_attach(struct keeper *k, const struct keeper_port *wish, char *text);
int port_detach(struct keeper *k, const char *name, char *text);
/* Sends the engine the news; false when its socket is full. */
bool ports_tell(struct keeper *k);
/* A new engine knows nothing. */
void ports_forget_told(struct keeper *k);

/* keeper_offload.c */
/*
 * Switches off those offloads of `which` that are on, if that is allowed and
 * possible.  Notes in `port` which ones we switched off and which are on.
 */
void offloads_apply(struct keeper *k, struct keeper_entry *entry,
		    struct keeper_port *port, uint8_t which);
/* Switches on again what is still off. */
void offloads_restore(struct keeper *k, struct keeper_entry *entry,
		      uint32_t ifindex);
void offloads_restore_all(const struct loader_offloads *left,
			  unsigned int count);
/* Whether the device takes what XDP sends there. */
void redirect_ask(struct keeper *k, struct keeper_port *port);
/* Logs problems that appeared or are gone. */
void conditions_report(const struct keeper_entry *entry,
		       const struct keeper_port *before);
/* keeper_firewall.c */
/* Begins to watch, where there is nftables. */
void firewall_open(struct keeper *k);
/* Something changed. */
void firewall_read(struct keeper *k);
/* Tells the engine; false when its socket is full. */
bool firewall_tell(struct keeper *k);

/* keeper_engine.c */
/* Forks it; the child does not return. */
int engine_start(struct keeper *k, struct instant now);
/* When it is due; tries again later if that fails. */
void engine_start_again(struct keeper *k, struct instant now);
/* Nothing happens when there is no engine. */
void engine_signal(const struct keeper *k, int number);
/* SIGCHLD: collects it, plans the next start. */
void engine_collect(struct keeper *k, struct instant now);
/* Reads and answers what the engine asks. */
void engine_serve(struct keeper *k);
/* When the engine counts as hung without a further sign of life; or NEVER. */
struct instant engine_deadline(const struct keeper *k);
/* Kills an engine that has been silent for too long. */
void engine_judge(struct keeper *k, struct instant now);
/* Sends what waits for room in the socket. */
void engine_flush(struct keeper *k);

/* keeper_ends.c */
/*
 * Installs the unreachable and blackhole routes of pools' ranges and of users'
 * networks with `offline`; removes those of an earlier configuration.
 */
void ends_open(struct keeper *k);
/* All of the instance; -errno. */
int ends_drop(struct netlink *nl, const char *instance);

/* keeper.c */
struct instant now_read(void);
/* The tun device, also after somebody deleted it. */
int tun_open(struct keeper *k);
/*
 * The kernel does not record for which instance it keeps a neighbour.  So both
 * do nothing as long as another instance has its tun in this network namespace.
 */
int neighbour_drop(struct netlink *nl, const char *instance, uint32_t ifindex,
		   struct address address);
int neighbours_drop(struct netlink *nl, const char *instance);

#endif
