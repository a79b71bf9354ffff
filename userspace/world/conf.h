/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file (YAML) as the programs use it: read, defaulted and
 * checked, so that no other code has to check a value again.
 * Names in comments are the keys of the file; times there are in seconds
 * unless the key says otherwise.
 */
#ifndef WORLD_CONF_H
#define WORLD_CONF_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/address.h"
#include "proto/ppp.h"

/* ports: a network interface our program runs on */
struct conf_port {
	char name[IF_NAMESIZE]; /* name */
	bool access; /* access: PPPoE is spoken here */
	bool generic; /* generic: generic XDP is allowed where native is not */
	bool keep_offloads; /* keep-offloads: reported, but not switched off */
	uint64_t connect_up; /* connect-up: what an LNS is told, in bits... */
	uint64_t connect_down; /* connect-down: ...a second; 0 = the link's */
};

/* punt-limits: packets per second of one class; 0 = no limit */
struct conf_punt {
	uint32_t of_port; /* control, discovery, ppp, data, unknown */
	uint32_t of_source; /* control-peer, discovery-client, ppp-call.. */
};

/* pppoe: the access concentrator */
struct conf_pppoe {
	char ac_name[64]; /* ac-name */
	char services[8][64]; /* services: none = any */
	unsigned int service_count;
	uint32_t max_sessions; /* max-sessions: per port */
};

enum conf_dscp_mode {
	CONF_DSCP_LEAVE, /* leave */
	CONF_DSCP_COPY, /* copy */
	CONF_DSCP_SET, /* 0..63 */
};
struct conf_dscp {
	enum conf_dscp_mode mode;
	uint8_t value;
};

/* l2tp: what all control connections share */
struct conf_l2tp {
	struct address locals[32]; /* local-addresses: 16 of a family */
	unsigned int local_count;
	uint32_t offset_limit; /* offset-limit: octets, 16..240 */
	uint16_t window; /* window */
	uint32_t hello_ms; /* hello */
	uint32_t retransmit_ms; /* retransmit-first */
	uint32_t retransmit_cap_ms; /* retransmit-cap */
	uint32_t retransmit_floor_ms; /* retransmit-floor */
	uint16_t retransmit_max; /* retransmit-max */
	uint32_t setup_ms; /* setup-timeout */
	uint32_t idle_ms; /* idle-timeout: tunnel without calls; 0 = keep */
	uint32_t hold_down_ms; /* hold-down: of what does not answer; 0 = none */
	uint32_t sccrq_wait_ms; /* sccrq-wait: then an alternative is taken */
	uint32_t doubt_ms; /* doubt-after: without acknowledgement; 0 = never */
	bool length_bit; /* length-bit: on data messages we send */
	bool fragment; /* fragment: data in fragments where it must be */
	struct conf_dscp dscp; /* dscp: of the outer header, never "leave" */
	struct conf_dscp dscp_inner; /* dscp-inner: of what leaves a tunnel */
	bool ecn; /* ecn: congestion marks, where the peer agrees */
	bool verify_checksum; /* verify-checksum: of data messages */
};

/* The outer UDP checksum of data; control always has one. */
enum conf_checksum {
	CONF_CHECKSUM_AUTO, /* auto: none over IPv4, computed over IPv6 */
	CONF_CHECKSUM_ZERO, /* zero: none, as agreed with the peer (RFC 6935) */
	CONF_CHECKSUM_COMPUTED, /* computed */
};

/* What called-number and calling-number may name, in braces. */
enum conf_place {
	CONF_PLACE_MAC,
	CONF_PLACE_PORT,
	CONF_PLACE_VLAN,
	CONF_PLACE_INNER_VLAN,
	CONF_PLACE_CIRCUIT_ID,
	CONF_PLACE_REMOTE_ID,
	CONF_PLACE_USER,
	CONF_PLACES,
};
extern const char *const conf_places[CONF_PLACES];

/* tunnels: where a call may be taken to (we open the tunnel: LAC side) */
struct conf_tunnel {
	char name[64]; /* name: referred to by domains */
	struct address peer; /* peer */
	struct address local; /* local: of the same family */
	char host_name[64]; /* host-name: ours, in SCCRQ */
	char peer_host_name[64]; /* peer-host-name: must match; "" = any */
	char secret[64]; /* secret: "" = none */
	bool challenge; /* challenge: the peer must prove itself */
	char assignment[64]; /* assignment: calls with the same one share */
	uint32_t max_sessions; /* max-sessions: 0 = no limit */
	bool hide; /* hide-avps */
	bool sequencing; /* sequencing: data is numbered, both ways */
	enum conf_checksum udp_checksum; /* udp-checksum */
	char called_number[128]; /* called-number: "" = none is sent */
	char calling_number[128]; /* calling-number */
};

enum conf_action {
	CONF_LOCAL, /* local: terminate here */
	CONF_TUNNEL, /* tunnel */
	CONF_REFUSE, /* refuse */
};

/* What a subscriber may send and get at most, in PPP octets. */
struct conf_rate {
	uint64_t bits; /* rate-up, rate-down: a second; 0 = no limit */
	uint32_t burst; /* burst-up, burst-down: octets, 0 = by the rate */
};
struct conf_rates {
	struct conf_rate up; /* from the subscriber */
	struct conf_rate down;
};

/* second-session: of a user who has one already, when they log in again */
enum conf_second {
	CONF_SECOND_INHERIT, /* as the domain, or all, have it */
	CONF_SECOND_ALLOW, /* allow: both stay; only a fixed address moves */
	CONF_SECOND_REPLACE, /* replace: the older ones end */
	CONF_SECOND_REFUSE, /* refuse: unless the older one is dead */
};

/* domains: what becomes of a subscriber, by the name after the last '@' */
struct conf_domain {
	char name[64]; /* name; "default": no other, "none": no domain */
	enum conf_action action; /* action */
	const struct conf_tunnel *tunnels[8]; /* tunnels: tried in order */
	unsigned int tunnel_count;
	const struct conf_pool *pool; /* pool: for local; NULL = first */
	struct conf_rates rates; /* where the user has none */
	enum conf_second second; /* second-session: where the user has none */
};

/* destinations: who may open a tunnel to us (LNS side) */
struct conf_host {
	char name[64]; /* name: Host Name of the LAC; "default" = any */
	char host_name[64]; /* host-name: ours, in SCCRP */
	char secret[64]; /* secret: "" = none */
	bool challenge; /* challenge */
	bool proxy_lcp; /* proxy-lcp: use AVPs 26-28 */
	bool proxy_auth; /* proxy-auth: use AVPs 29-33 */
	bool tunnel_switch; /* switch: calls may go on in another tunnel */
	bool sequencing; /* sequencing: also when the LAC does not ask */
	uint32_t max_sessions; /* max-sessions: per tunnel, 0 = no limit */
	const struct conf_pool *pool; /* pool: NULL = first */
	struct conf_rates rates; /* where user and domain have none */
};
struct conf_destination {
	char name[64]; /* name */
	struct address peer; /* peer: a pattern of base/address.h */
	struct address local; /* local: a pattern, of local-addresses */
	enum conf_checksum udp_checksum; /* udp-checksum */
	struct conf_host *hosts; /* hosts */
	unsigned int host_count;
};

enum { CONF_ROUTES_MAX = 16 }; /* of a user */

struct conf_prefix {
	struct in_addr address;
	uint8_t length;
	uint8_t zero[3];
};

/* What the kernel does with packets to a user without a call. */
enum conf_offline {
	CONF_OFFLINE_ROUTE, /* route: by its other routes */
	CONF_OFFLINE_UNREACHABLE, /* unreachable: with an ICMP error */
	CONF_OFFLINE_BLACKHOLE, /* blackhole: drops them */
};

/* users: the local user table */
struct conf_user {
	char name[128]; /* name: whole, with domain */
	char password[128]; /* password */
	struct in_addr address; /* address: 0.0.0.0 = from the pool */
	enum conf_second second; /* second-session */
	struct conf_rates rates;
	struct conf_prefix *routes; /* routes: networks behind them */
	unsigned int route_count;
	enum conf_offline offline; /* offline: of address and routes */
};

/* pools: addresses for terminated subscribers */
struct conf_pool {
	char name[64]; /* name */
	struct in_addr first; /* range: "first-last" or prefix/length */
	uint32_t count;
	uint32_t ends; /* 1: first and last address are not assigned */
	struct in_addr gateway; /* gateway: our end, not in the range's use */
	struct in_addr dns[2]; /* dns */
};

struct conf {
	char user[32]; /* user: the engine runs as */
	char tun[IF_NAMESIZE]; /* tun */
	int log_level; /* log-level: error..debug, enum log_level */
	uint32_t stale_hold_ms; /* stale-hold */
	uint32_t watchdog_ms;	/* watchdog, 0: none */
	bool mss_clamp; /* mss-clamp: TCP of terminated calls */
	enum conf_second second; /* second-session: never "inherit" */
	struct conf_punt punt[PUNT_CLASSES]; /* punt-limits */
	uint8_t cores[64]; /* cores: CPUs that sessions are spread over */
	unsigned int core_count; /* 0: each packet stays where it came */
	struct conf_port *ports;
	unsigned int port_count;
	struct conf_pppoe pppoe;
	struct conf_l2tp l2tp;
	struct ppp_config ppp; /* ppp: mru, auth, echo..., see ppp.h */
	struct conf_tunnel *tunnels;
	unsigned int tunnel_count;
	struct conf_domain *domains;
	unsigned int domain_count;
	struct conf_destination *destinations;
	unsigned int destination_count;
	struct conf_user *users; /* sorted by name */
	unsigned int user_count;
	struct conf_pool *pools;
	unsigned int pool_count;
};

/*
 * Reads a file.  On failure returns -errno and leaves in error[cap] one line
 * for a person: file, line, key and what is wrong.  *conf is released with
 * conf_free.
 */
int conf_load(const char *path, struct conf **conf, char *error, size_t cap);
/* The same from memory; name stands for the file in errors. */
int conf_parse(const char *text, size_t len, const char *name,
	       struct conf **conf, char *error, size_t cap);
void conf_free(struct conf *conf);
/* Tells what is allowed but not wise, in lines for a person: key and why. */
void conf_warn(const struct conf *conf,
	       void (*tell)(void *ctx, const char *line), void *ctx);
/*
 * Our address as the subscriber with this address sees it: that of their pool,
 * else of the first one; 0.0.0.0 without pools.
 */
struct in_addr conf_gateway(const struct conf *conf, struct in_addr subscriber);

/*
 * A rate in bits a second, or a burst in octets, as in the file: "2500000",
 * "2500k", "2.5M".  NULL, or what is wrong with it.
 */
const char *conf_rate_read(const char *text, uint64_t *bits);
const char *conf_burst_read(const char *text, uint32_t *octets);

#endif
