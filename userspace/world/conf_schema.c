/* SPDX-License-Identifier: GPL-2.0-only */
/* The keys of the configuration file as libcyaml's tables; see
 * conf_schema.h. */
#include "world/conf_schema.h"

#include "abi.h"
#include "base/log.h"
#include "world/conf.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* All keys may be left out: what must be there, conf_check.c says. */
#define OPT CYAML_FLAG_OPTIONAL

#define TEXT(key, record, member, max)                                         \
	CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | OPT, struct record,   \
			       member, 1, max)
#define SECONDS(key, record, member) TEXT(key, record, member, 12)
#define NUMBER(key, record, member) TEXT(key, record, member, 31)
#define WORD(key, record, member, words)                                       \
	CYAML_FIELD_ENUM_PTR(                                                  \
		key, CYAML_FLAG_POINTER | OPT | CYAML_FLAG_STRICT,             \
		struct record, member, words, COUNT_OF(words))
/* libcyaml takes any word but a few as true, so a flag is a word of ours. */
#define FLAG(key, record, member) WORD(key, record, member, flags)
#define LIST(key, record, member, entry, max)                                  \
	CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | OPT, struct record,     \
			     member, &(entry), 0, max)
#define TEXTS(key, record, member, entry, max)                                 \
	CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | OPT,              \
				   struct record, member.text, member.count,   \
				   &(entry), 0, max)
#define PART(key, record, member, fields)                                      \
	CYAML_FIELD_MAPPING(key, OPT, struct record, member, fields)

/* The keys of struct raw_rates. */
#define RATES(record)                                                          \
	TEXT("rate-up", record, rates.rate_up, AMOUNT_LEN),                    \
	TEXT("rate-down", record, rates.rate_down, AMOUNT_LEN),                \
	TEXT("burst-up", record, rates.burst_up, AMOUNT_LEN),                  \
	TEXT("burst-down", record, rates.burst_down, AMOUNT_LEN)

#define ENTRY_TEXT(max)                                                        \
	{                                                                      \
		CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 1, max)         \
	}
#define ENTRY(record, fields)                                                  \
	{                                                                      \
		CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct record, fields) \
	}

enum {
	ADDRESS_LEN = 15,
	END_POINT_LEN = 45, /* IPv6 with an IPv4 tail is longest */
	RANGE_LEN = 31,
	PREFIX_LEN = 18,
	WORD_LEN = 15,
	NAME_LEN = 63,
	USER_LEN = 127,
	NUMBER_LEN = 127,
	AMOUNT_LEN = 15,
	MANY = 4096, /* entries of a list that has no limit by nature */
	USERS_MAX = 100000,
};

static const cyaml_strval_t flags[] = {
	{"true", true}, {"false", false}, {"yes", true},
	{"no", false},	{"on", true},	  {"off", false},
};

static const cyaml_strval_t log_levels[] = {
	{"error", LOG_LEVEL_ERROR}, {"warning", LOG_LEVEL_WARNING},
	{"notice", LOG_LEVEL_NOTICE}, {"info", LOG_LEVEL_INFO},
	{"debug", LOG_LEVEL_DEBUG},
};

static const cyaml_strval_t actions[] = {
	{"local", CONF_LOCAL},
	{"tunnel", CONF_TUNNEL},
	{"refuse", CONF_REFUSE},
};

static const cyaml_strval_t second_sessions[] = {
	{"allow", CONF_SECOND_ALLOW},
	{"replace", CONF_SECOND_REPLACE},
	{"refuse", CONF_SECOND_REFUSE},
};

static const cyaml_strval_t checksums[] = {
	{"auto", CONF_CHECKSUM_AUTO},
	{"zero", CONF_CHECKSUM_ZERO},
	{"computed", CONF_CHECKSUM_COMPUTED},
};

static const cyaml_strval_t offlines[] = {
	{"route", CONF_OFFLINE_ROUTE},
	{"unreachable", CONF_OFFLINE_UNREACHABLE},
	{"blackhole", CONF_OFFLINE_BLACKHOLE},
};

static const cyaml_strval_t auths[] = {
	{"chap", PPP_AUTH_CHAP},
	{"pap", PPP_AUTH_PAP},
	{"none", PPP_AUTH_NONE},
};

static const cyaml_schema_value_t name_entry = ENTRY_TEXT(NAME_LEN);
static const cyaml_schema_value_t address_entry = ENTRY_TEXT(ADDRESS_LEN);
static const cyaml_schema_value_t prefix_entry = ENTRY_TEXT(PREFIX_LEN);
static const cyaml_schema_value_t end_point_entry = ENTRY_TEXT(END_POINT_LEN);
static const cyaml_schema_value_t auth_entry = {
	CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, auths, COUNT_OF(auths)),
};

static const cyaml_schema_field_t port_fields[] = {
	TEXT("name", raw_port, name, IF_NAMESIZE - 1),
	FLAG("access", raw_port, access),
	FLAG("generic", raw_port, generic),
	FLAG("keep-offloads", raw_port, keep_offloads),
	TEXT("connect-up", raw_port, connect_up, AMOUNT_LEN),
	TEXT("connect-down", raw_port, connect_down, AMOUNT_LEN),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t port_entry = ENTRY(raw_port, port_fields);

static const cyaml_schema_field_t punt_fields[] = {
	NUMBER("control", raw_punt, control),
	NUMBER("control-peer", raw_punt, control_peer),
	NUMBER("discovery", raw_punt, discovery),
	NUMBER("discovery-client", raw_punt, discovery_client),
	NUMBER("ppp", raw_punt, ppp),
	NUMBER("ppp-call", raw_punt, ppp_call),
	NUMBER("data", raw_punt, data),
	NUMBER("data-source", raw_punt, data_source),
	NUMBER("unknown", raw_punt, unknown),
	NUMBER("unknown-client", raw_punt, unknown_client),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t pppoe_fields[] = {
	TEXT("ac-name", raw_pppoe, ac_name, NAME_LEN),
	TEXTS("services", raw_pppoe, services, name_entry, 8),
	NUMBER("max-sessions", raw_pppoe, max_sessions),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t l2tp_fields[] = {
	TEXTS("local-addresses", raw_l2tp, local_addresses, end_point_entry,
	      2 * LOCAL_SLOTS),
	NUMBER("offset-limit", raw_l2tp, offset_limit),
	NUMBER("window", raw_l2tp, window),
	SECONDS("hello", raw_l2tp, hello),
	SECONDS("retransmit-first", raw_l2tp, retransmit_first),
	SECONDS("retransmit-cap", raw_l2tp, retransmit_cap),
	SECONDS("retransmit-floor", raw_l2tp, retransmit_floor),
	NUMBER("retransmit-max", raw_l2tp, retransmit_max),
	SECONDS("setup-timeout", raw_l2tp, setup_timeout),
	SECONDS("idle-timeout", raw_l2tp, idle_timeout),
	SECONDS("hold-down", raw_l2tp, hold_down),
	SECONDS("sccrq-wait", raw_l2tp, sccrq_wait),
	SECONDS("doubt-after", raw_l2tp, doubt_after),
	FLAG("length-bit", raw_l2tp, length_bit),
	FLAG("fragment", raw_l2tp, fragment),
	TEXT("dscp", raw_l2tp, dscp, WORD_LEN),
	TEXT("dscp-inner", raw_l2tp, dscp_inner, WORD_LEN),
	FLAG("ecn", raw_l2tp, ecn),
	FLAG("verify-checksum", raw_l2tp, verify_checksum),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t ppp_fields[] = {
	NUMBER("mru", raw_ppp, mru),
	/* an empty list cannot be told from none: "none" says it aloud */
	CYAML_FIELD_SEQUENCE("auth", CYAML_FLAG_POINTER | OPT, struct raw_ppp,
			     auth, &auth_entry, 1, 2),
	SECONDS("echo", raw_ppp, echo),
	NUMBER("echo-failures", raw_ppp, echo_failures),
	SECONDS("restart", raw_ppp, restart),
	NUMBER("max-configure", raw_ppp, max_configure),
	NUMBER("max-terminate", raw_ppp, max_terminate),
	NUMBER("max-failure", raw_ppp, max_failure),
	NUMBER("min-mru", raw_ppp, min_mru),
	NUMBER("max-mru", raw_ppp, max_mru),
	SECONDS("lcp-timeout", raw_ppp, lcp_timeout),
	SECONDS("auth-timeout", raw_ppp, auth_timeout),
	SECONDS("ncp-timeout", raw_ppp, ncp_timeout),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t tunnel_fields[] = {
	TEXT("name", raw_tunnel, name, NAME_LEN),
	TEXT("peer", raw_tunnel, peer, END_POINT_LEN),
	TEXT("local", raw_tunnel, local, END_POINT_LEN),
	TEXT("host-name", raw_tunnel, host_name, NAME_LEN),
	TEXT("peer-host-name", raw_tunnel, peer_host_name, NAME_LEN),
	TEXT("secret", raw_tunnel, secret, NAME_LEN),
	FLAG("challenge", raw_tunnel, challenge),
	TEXT("assignment", raw_tunnel, assignment, NAME_LEN),
	NUMBER("max-sessions", raw_tunnel, max_sessions),
	FLAG("hide-avps", raw_tunnel, hide_avps),
	FLAG("sequencing", raw_tunnel, sequencing),
	WORD("udp-checksum", raw_tunnel, udp_checksum, checksums),
	TEXT("called-number", raw_tunnel, called_number, NUMBER_LEN),
	TEXT("calling-number", raw_tunnel, calling_number, NUMBER_LEN),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t tunnel_entry =
	ENTRY(raw_tunnel, tunnel_fields);

static const cyaml_schema_field_t domain_fields[] = {
	TEXT("name", raw_domain, name, NAME_LEN),
	WORD("action", raw_domain, action, actions),
	TEXTS("tunnels", raw_domain, tunnels, name_entry, 8),
	TEXT("pool", raw_domain, pool, NAME_LEN),
	WORD("second-session", raw_domain, second,
	     second_sessions),
	RATES(raw_domain),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t domain_entry =
	ENTRY(raw_domain, domain_fields);

static const cyaml_schema_field_t host_fields[] = {
	TEXT("name", raw_host, name, NAME_LEN),
	TEXT("host-name", raw_host, host_name, NAME_LEN),
	TEXT("secret", raw_host, secret, NAME_LEN),
	FLAG("challenge", raw_host, challenge),
	FLAG("proxy-lcp", raw_host, proxy_lcp),
	FLAG("proxy-auth", raw_host, proxy_auth),
	FLAG("switch", raw_host, tunnel_switch),
	FLAG("sequencing", raw_host, sequencing),
	NUMBER("max-sessions", raw_host, max_sessions),
	TEXT("pool", raw_host, pool, NAME_LEN),
	RATES(raw_host),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t host_entry = ENTRY(raw_host, host_fields);

static const cyaml_schema_field_t destination_fields[] = {
	TEXT("name", raw_destination, name, NAME_LEN),
	TEXT("peer", raw_destination, peer, END_POINT_LEN),
	TEXT("local", raw_destination, local, END_POINT_LEN),
	WORD("udp-checksum", raw_destination, udp_checksum, checksums),
	LIST("hosts", raw_destination, hosts, host_entry, MANY),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t destination_entry =
	ENTRY(raw_destination, destination_fields);

static const cyaml_schema_field_t user_fields[] = {
	TEXT("name", raw_user, name, USER_LEN),
	TEXT("password", raw_user, password, USER_LEN),
	TEXT("address", raw_user, address, ADDRESS_LEN),
	WORD("second-session", raw_user, second,
	     second_sessions),
	RATES(raw_user),
	TEXTS("routes", raw_user, routes, prefix_entry, CONF_ROUTES_MAX),
	WORD("offline", raw_user, offline, offlines),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t user_entry = ENTRY(raw_user, user_fields);

static const cyaml_schema_field_t pool_fields[] = {
	TEXT("name", raw_pool, name, NAME_LEN),
	TEXT("range", raw_pool, range, RANGE_LEN),
	TEXT("gateway", raw_pool, gateway, ADDRESS_LEN),
	TEXTS("dns", raw_pool, dns, address_entry, 2),
	CYAML_FIELD_END,
};
static const cyaml_schema_value_t pool_entry = ENTRY(raw_pool, pool_fields);

static const cyaml_schema_field_t conf_fields[] = {
	TEXT("user", raw_conf, user, 31),
	TEXT("tun", raw_conf, tun, IF_NAMESIZE - 1),
	WORD("log-level", raw_conf, log_level, log_levels),
	SECONDS("stale-hold", raw_conf, stale_hold),
	SECONDS("watchdog", raw_conf, watchdog),
	FLAG("mss-clamp", raw_conf, mss_clamp),
	WORD("second-session", raw_conf, second,
	     second_sessions),
	TEXT("cores", raw_conf, cores, NAME_LEN),
	LIST("ports", raw_conf, ports, port_entry, 64),
	PART("punt-limits", raw_conf, punt, punt_fields),
	PART("pppoe", raw_conf, pppoe, pppoe_fields),
	PART("l2tp", raw_conf, l2tp, l2tp_fields),
	PART("ppp", raw_conf, ppp, ppp_fields),
	LIST("tunnels", raw_conf, tunnels, tunnel_entry, MANY),
	LIST("domains", raw_conf, domains, domain_entry, MANY),
	LIST("destinations", raw_conf, destinations, destination_entry, MANY),
	LIST("users", raw_conf, users, user_entry, USERS_MAX),
	LIST("pools", raw_conf, pools, pool_entry, POOL_SLOTS),
	CYAML_FIELD_END,
};

const cyaml_schema_value_t conf_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct raw_conf, conf_fields),
};
