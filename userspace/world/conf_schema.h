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
	int *keep_offloads;
	char *connect_up;
	char *connect_down;
};

struct raw_punt {
	char *control;
	char *control_peer;
	char *discovery;
	char *discovery_client;
	char *ppp;
	char *ppp_call;
	char *data;
	char *data_source;
	char *unknown;
	char *unknown_client;
};

struct raw_pppoe {
	char *ac_name;
	struct raw_list services;
	char *max_sessions;
};

/*
 * Numbers are text too, because libcyaml takes 64k for 64 and 010 for 8; times
 * are seconds, with a decimal point or without.
 */
struct raw_l2tp {
	struct raw_list local_addresses;
	char *offset_limit;
	char *window;
	char *hello;
	char *retransmit_first;
	char *retransmit_cap;
	char *retransmit_floor;
	char *retransmit_max;
	char *setup_timeout;
	char *idle_timeout;
	char *hold_down;
	char *sccrq_wait;
	char *doubt_after;
	int *length_bit;
	int *fragment;
	char *dscp;
	char *dscp_inner;
	int *ecn;
	int *verify_checksum;
};

struct raw_ppp {
	char *mru;
	int *auth;
	unsigned int auth_count;
	char *echo;
	char *echo_failures;
	char *restart;
	char *max_configure;
	char *max_terminate;
	char *max_failure;
	char *min_mru;
	char *max_mru;
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
	char *max_sessions;
	int *hide_avps;
	int *sequencing;
	int *udp_checksum;
	char *called_number;
	char *calling_number;
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
	int *second;
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
	char *max_sessions;
	char *pool;
	struct raw_rates rates;
};

struct raw_destination {
	char *name;
	char *peer;
	char *local;
	int *udp_checksum;
	struct raw_host *hosts;
	unsigned int hosts_count;
};

struct raw_user {
	char *name;
	char *password;
	char *address;
	int *second;
	struct raw_rates rates;
	struct raw_list routes;
	int *offline;
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
	char *watchdog;
	char *cores;
	int *mss_clamp;
	int *second;
	struct raw_punt punt;
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
