/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keys of the configuration file: libcyaml's tables, and the records it
 * reads them into.  Nothing is checked here but what a value's type says;
 * NULL and an empty list mean "not given".  Private to world/conf*.c.
 */
#ifndef WORLD_CONF_SCHEMA_H
#define WORLD_CONF_SCHEMA_H

#include <cyaml/cyaml.h>
#include <stdint.h>

struct raw_list {
	char **text;
	unsigned int count;
};

struct raw_port {
	char *name;
	int *access;
	int *generic;
};

struct raw_pppoe {
	char *ac_name;
	struct raw_list services;
	int64_t *max_sessions;
};

/* Times are text: seconds, with a decimal point or without. */
struct raw_l2tp {
	struct raw_list local_addresses;
	int64_t *offset_limit;
	int64_t *window;
	char *hello;
	char *retransmit_first;
	char *retransmit_cap;
	int64_t *retransmit_max;
	char *setup_timeout;
	char *idle_timeout;
	int *length_bit;
	char *dscp;
	char *dscp_inner;
	int *ecn;
	int *verify_checksum;
};

struct raw_ppp {
	int64_t *mru;
	int *auth;
	unsigned int auth_count;
	char *echo;
	int64_t *echo_failures;
	char *restart;
	int64_t *max_configure;
	int64_t *max_terminate;
	int64_t *max_failure;
	int64_t *min_mru;
	int64_t *max_mru;
	char *lcp_timeout;
	char *auth_timeout;
	char *ncp_timeout;
};

struct raw_tunnel {
	char *name;
	char *peer;
	char *local;
	char *host_name;
	char *peer_host_name;
	char *secret;
	int *challenge;
	char *assignment;
	int64_t *max_sessions;
	int *hide_avps;
	int *sequencing;
};

struct raw_rates {
	char *rate_up;
	char *rate_down;
	char *burst_up;
	char *burst_down;
};

struct raw_domain {
	char *name;
	int *action;
	struct raw_list tunnels;
	char *pool;
	struct raw_rates rates;
};

struct raw_host {
	char *name;
	char *host_name;
	char *secret;
	int *challenge;
	int *proxy_lcp;
	int *proxy_auth;
	int *tunnel_switch;
	int *sequencing;
	int64_t *max_sessions;
	char *pool;
	struct raw_rates rates;
};

struct raw_destination {
	char *name;
	char *peer;
	char *local;
	struct raw_host *hosts;
	unsigned int hosts_count;
};

struct raw_user {
	char *name;
	char *password;
	char *address;
	struct raw_rates rates;
	struct raw_list routes;
};

struct raw_pool {
	char *name;
	char *range;
	char *gateway;
	struct raw_list dns;
};

struct raw_conf {
	char *user;
	char *tun;
	int *log_level;
	char *stale_hold;
	char *cores;
	int *mss_clamp;
	struct raw_port *ports;
	unsigned int ports_count;
	struct raw_pppoe pppoe;
	struct raw_l2tp l2tp;
	struct raw_ppp ppp;
	struct raw_tunnel *tunnels;
	unsigned int tunnels_count;
	struct raw_domain *domains;
	unsigned int domains_count;
	struct raw_destination *destinations;
	unsigned int destinations_count;
	struct raw_user *users;
	unsigned int users_count;
	struct raw_pool *pools;
	unsigned int pools_count;
};

/* The whole file. */
extern const cyaml_schema_value_t conf_schema;

#endif
