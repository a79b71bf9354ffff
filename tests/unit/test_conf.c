/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file: every key set and read back, every key with a wrong
 * value whose error names file, line and key; what must fit together.  A key
 * of the schema without a row here fails.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "conf_control_rows.h"
#include "conf_punt_rows.h"
#include "conf_service_rows.h"
#include "world/conf.h"
#include "world/conf_schema.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What a key needs around it; each ends a line. */
#define LOCALS "l2tp: {local-addresses: [192.0.2.1, 192.0.2.2]}\n"
#define POOL   "pools: [{name: p, range: 10.64.0.0/24}]\n"
#define TUNNEL LOCALS "tunnels:\n- {name: t, peer: 198.51.100.1}\n"
#define INTO   LOCALS "tunnels:\n- name: t\n  peer: 198.51.100.1\n"
#define FROM   LOCALS POOL "destinations:\n- name: d\n"
#define HOST   FROM "  hosts:\n  - name: h\n"
#define SECRET "    secret: s3\n"

static bool is_ip(struct in_addr address, const char *text)
{
	return address.s_addr == inet_addr(text);
}

static bool is_end(struct address end, const char *text)
{
	struct address want;

	return !address_parse(text, &want) && address_same(end, want);
}

#define is_text(a, b) (!strcmp(a, b))

/*
 * ROW(id, key, text before, good value, what it does, wrong value, line of the
 * key, what is said); the key is set by its last word, indented as deep as the
 * text before ends.
 */
#define ROWS(ROW)                                                              \
	ROW(user, "user", "user: ", "l2x", is_text(c->user, "l2x"),            \
	    "a2345678901234567890123456789012", 1,                             \
	    "longer than 31 characters")                                       \
	ROW(tun, "tun", "tun: ", "tun7", is_text(c->tun, "tun7"), "a/b", 1,    \
	    "not a name for a network interface")                              \
	ROW(log_level, "log-level", "log-level: ", "debug",                    \
	    c->log_level == LOG_LEVEL_DEBUG, "loud", 1,                        \
	    "must be one of error, warning, notice, info, debug")              \
	ROW(stale_hold, "stale-hold", "stale-hold: ", "2.5",                   \
	    c->stale_hold_ms == 2500, "-1", 1, "must be a number of seconds")  \
	ROW(watchdog, "watchdog", "watchdog: ", "7.5", c->watchdog_ms == 7500, \
	    "1", 1, "must be 0 or at least 3")                                 \
	ROW(cores, "cores", "cores: ", "0-1,3",                                \
	    c->core_count == 3 && c->cores[1] == 1 && c->cores[2] == 3,        \
	    "1,64", 1, "not a list of CPUs 0 to 63 like 0-3,8")                \
	ROW(port_name, "ports.name", "ports:\n- name: ", "eth7",               \
	    is_text(c->ports[0].name, "eth7"), "a b", 2,                       \
	    "not a name of a network interface")                               \
	ROW(mss_clamp, "mss-clamp", "mss-clamp: ", "no", !c->mss_clamp, "2",   \
	    1, "must be one of true, false, yes, no, on, off")                 \
	ROW(access, "ports.access",                                            \
	    "pppoe: {ac-name: x}\nports:\n- name: eth0\n  access: ", "true",   \
	    c->ports[0].access, "maybe", 4,                                    \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(generic, "ports.generic", "ports:\n- name: eth0\n  generic: ",     \
	    "yes", c->ports[0].generic, "1", 3,                                \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(keep_offloads, "ports.keep-offloads",                              \
	    "ports:\n- name: eth0\n  keep-offloads: ", "yes",                  \
	    c->ports[0].keep_offloads, "all", 3,                               \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(ac_name, "pppoe.ac-name", "pppoe:\n  ac-name: ", "bng-1",          \
	    is_text(c->pppoe.ac_name, "bng-1") &&                              \
		    is_text(c->ppp.name, "bng-1"),                             \
	    "''", 2, "must not be empty")                                      \
	ROW(services, "pppoe.services", "pppoe:\n  services: ", "[gold, iron]", \
	    c->pppoe.service_count == 2 &&                                     \
		    is_text(c->pppoe.services[1], "iron"),                     \
	    "gold", 2, "must be a list")                                       \
	ROW(max_sessions, "pppoe.max-sessions", "pppoe:\n  max-sessions: ",    \
	    "7000", c->pppoe.max_sessions == 7000, "65535", 2,                 \
	    "must be from 1 to 65534")                                         \
	ROW(local_addresses, "l2tp.local-addresses",                           \
	    "l2tp:\n  local-addresses: ", "[192.0.2.1, 192.0.2.2]",            \
	    c->l2tp.local_count == 2 && is_end(c->l2tp.locals[1], "192.0.2.2"), \
	    "[192.0.2.256]", 2, "not an IPv4 or IPv6 address")                 \
	ROW(offset_limit, "l2tp.offset-limit", "l2tp:\n  offset-limit: ",      \
	    "240", c->l2tp.offset_limit == 240, "15", 2,                       \
	    "must be from 16 to 240")                                          \
	ROW(window, "l2tp.window", "l2tp:\n  window: ", "010",                 \
	    c->l2tp.window == 10, "0", 2, "must be from 1 to 1024")             \
	ROW(hello, "l2tp.hello", "l2tp:\n  hello: ", "0",                      \
	    c->l2tp.hello_ms == 0, "3601", 2,                                  \
	    "must be from 0 to 3600 seconds")                                  \
	ROW(length_bit, "l2tp.length-bit", "l2tp:\n  length-bit: ", "on",      \
	    c->l2tp.length_bit, "2", 2,                                        \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(fragment, "l2tp.fragment", "l2tp:\n  fragment: ", "no",            \
	    !c->l2tp.fragment, "2", 2,                                         \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(mru, "ppp.mru", "ppp:\n  mru: ", "1454", c->ppp.mru == 1454, "40", \
	    2, "must be from 128 to 9216")                                     \
	ROW(auth, "ppp.auth", "ppp:\n  auth: ", "[pap]",                       \
	    c->ppp.auth_count == 1 && c->ppp.auth[0] == PPP_AUTH_PAP,          \
	    "[eap]", 2, "must be one of chap, pap, none")                      \
	ROW(echo, "ppp.echo", "ppp:\n  echo: ", "0", c->ppp.echo_ms == 0,      \
	    "never", 2, "must be a number of seconds")                         \
	ROW(echo_failures, "ppp.echo-failures", "ppp:\n  echo-failures: ",     \
	    "7", c->ppp.echo_failures == 7, "0", 2, "must be from 1 to 100")   \
	ROW(restart, "ppp.restart", "ppp:\n  restart: ", "1.25",               \
	    c->ppp.restart_ms == 1250, "1.", 2, "must be a number of seconds") \
	ROW(max_configure, "ppp.max-configure", "ppp:\n  max-configure: ",     \
	    "20", c->ppp.max_configure == 20, "101", 2,                        \
	    "must be from 1 to 100")                                           \
	ROW(max_terminate, "ppp.max-terminate", "ppp:\n  max-terminate: ",     \
	    "3", c->ppp.max_terminate == 3, "two", 2,                          \
	    "must be a whole number")                                          \
	ROW(max_failure, "ppp.max-failure", "ppp:\n  max-failure: ", "9",      \
	    c->ppp.max_failure == 9, "-9", 2, "must be from 1 to 100")         \
	ROW(min_mru, "ppp.min-mru", "ppp:\n  min-mru: ", "600",                \
	    c->ppp.peer_mru_min == 600, "63", 2, "must be from 64 to 1500")    \
	ROW(max_mru, "ppp.max-mru", "ppp:\n  max-mru: ", "1400",               \
	    c->ppp.peer_mru_max == 1400, "9217", 2,                            \
	    "must be from 64 to 9216")                                         \
	ROW(lcp_timeout, "ppp.lcp-timeout", "ppp:\n  lcp-timeout: ", "5",      \
	    c->ppp.lcp_limit_ms == 5000, "0.5", 2,                             \
	    "must be from 1 to 600 seconds")                                   \
	ROW(auth_timeout, "ppp.auth-timeout", "ppp:\n  auth-timeout: ", "6",   \
	    c->ppp.auth_limit_ms == 6000, "601", 2,                            \
	    "must be from 1 to 600 seconds")                                   \
	ROW(ncp_timeout, "ppp.ncp-timeout", "ppp:\n  ncp-timeout: ", "7",      \
	    c->ppp.ncp_limit_ms == 7000, "1e3", 2,                             \
	    "must be a number of seconds")                                     \
	ROW(tunnel_name, "tunnels.name",                                       \
	    LOCALS "tunnels:\n- peer: 198.51.100.1\n  name: ", "t1",           \
	    is_text(c->tunnels[0].name, "t1"), "[]", 4, "must be text")        \
	ROW(tunnel_peer, "tunnels.peer",                                       \
	    LOCALS "tunnels:\n- name: t\n  peer: ", "198.51.100.1",            \
	    is_end(c->tunnels[0].peer, "198.51.100.1"), "127.0.0.1", 4,         \
	    "not the address of a host")                                       \
	ROW(tunnel_local, "tunnels.local", INTO "  local: ", "192.0.2.2",      \
	    is_end(c->tunnels[0].local, "192.0.2.2"), "192.0.2.3", 5,           \
	    "is not among l2tp.local-addresses")                               \
	ROW(tunnel_host, "tunnels.host-name", INTO "  host-name: ", "lac",     \
	    is_text(c->tunnels[0].host_name, "lac"), "{}", 5, "must be text")  \
	ROW(tunnel_peer_host, "tunnels.peer-host-name",                        \
	    INTO "  peer-host-name: ", "lns",                                  \
	    is_text(c->tunnels[0].peer_host_name, "lns"), "\"\"", 5,           \
	    "must not be empty")                                               \
	ROW(tunnel_secret, "tunnels.secret", INTO "  secret: ", "hush",        \
	    is_text(c->tunnels[0].secret, "hush"), "", 5, "must not be empty") \
	ROW(tunnel_challenge, "tunnels.challenge",                             \
	    INTO "  secret: s\n  challenge: ", "false",                        \
	    !c->tunnels[0].challenge, "never", 6,                              \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(assignment, "tunnels.assignment", INTO "  assignment: ", "gold",   \
	    is_text(c->tunnels[0].assignment, "gold"), "[gold]", 5,            \
	    "must be text")                                                    \
	ROW(tunnel_max, "tunnels.max-sessions", INTO "  max-sessions: ", "2",  \
	    c->tunnels[0].max_sessions == 2, "65535", 5,                       \
	    "must be from 0 to 65534")                                         \
	ROW(hide_avps, "tunnels.hide-avps",                                    \
	    INTO "  secret: s\n  hide-avps: ", "true", c->tunnels[0].hide,     \
	    "some", 6, "must be one of true, false, yes, no, on, off")         \
	ROW(tunnel_sum, "tunnels.udp-checksum", INTO "  udp-checksum: ",       \
	    "zero", c->tunnels[0].udp_checksum == CONF_CHECKSUM_ZERO, "off",   \
	    5, "must be one of auto, zero, computed")                          \
	ROW(domain_name, "domains.name",                                       \
	    "domains:\n- action: refuse\n  name: ", "example.net",             \
	    is_text(c->domains[0].name, "example.net"), "'@x'", 3,             \
	    "is what follows the last @")                                      \
	ROW(action, "domains.action", "domains:\n- name: x\n  action: ",       \
	    "refuse", c->domains[0].action == CONF_REFUSE, "deny", 3,          \
	    "must be one of local, tunnel, refuse")                            \
	ROW(domain_tunnels, "domains.tunnels",                                 \
	    TUNNEL "domains:\n- name: x\n  tunnels: ", "[t]",                  \
	    c->domains[0].action == CONF_TUNNEL &&                             \
		    c->domains[0].tunnels[0] == &c->tunnels[0],                \
	    "[u]", 6, "there is no tunnel u")                                  \
	ROW(domain_pool, "domains.pool",                                       \
	    POOL "domains:\n- name: x\n  pool: ", "p",                         \
	    c->domains[0].action == CONF_LOCAL &&                              \
		    c->domains[0].pool == &c->pools[0],                        \
	    "q", 4, "there is no pool q")                                      \
	ROW(destination_name, "destinations.name",                             \
	    LOCALS POOL "destinations:\n- hosts: [{name: h}]\n  name: ",       \
	    "lacs", is_text(c->destinations[0].name, "lacs"), "{a: b}", 5,     \
	    "must be text")                                                    \
	ROW(destination_peer, "destinations.peer",                             \
	    FROM "  hosts: [{name: h}]\n  peer: ", "198.51.100.9",             \
	    is_end(c->destinations[0].peer, "198.51.100.9"), "lac.example", 6, \
	    "not an IPv4 or IPv6 address")                                     \
	ROW(destination_local, "destinations.local",                           \
	    FROM "  hosts: [{name: h}]\n  local: ", "192.0.2.1",               \
	    is_end(c->destinations[0].local, "192.0.2.1"), "192.0.2.9", 6,      \
	    "is not among l2tp.local-addresses")                               \
	ROW(destination_sum, "destinations.udp-checksum",                      \
	    FROM "  hosts: [{name: h}]\n  udp-checksum: ", "computed",         \
	    c->destinations[0].udp_checksum == CONF_CHECKSUM_COMPUTED, "yes",  \
	    6, "must be one of auto, zero, computed")                          \
	ROW(hosts, "destinations.hosts", FROM "  hosts: ", "[{name: h}]",      \
	    c->destinations[0].host_count == 1, "h", 5, "must be a list")      \
	ROW(host_name, "destinations.hosts.name", FROM "  hosts:\n  - name: ", \
	    "lac1", is_text(c->destinations[0].hosts[0].name, "lac1"), "[x]",  \
	    6, "must be text")                                                 \
	ROW(host_host_name, "destinations.hosts.host-name",                    \
	    HOST "    host-name: ", "lns1",                                    \
	    is_text(c->destinations[0].hosts[0].host_name, "lns1"), "", 7,     \
	    "must not be empty")                                               \
	ROW(host_secret, "destinations.hosts.secret", HOST "    secret: ",     \
	    "s", is_text(c->destinations[0].hosts[0].secret, "s"), "''", 7,    \
	    "must not be empty")                                               \
	ROW(host_challenge, "destinations.hosts.challenge",                    \
	    HOST SECRET "    challenge: ", "off",                              \
	    !c->destinations[0].hosts[0].challenge, "x", 8,                    \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(proxy_lcp, "destinations.hosts.proxy-lcp",                         \
	    HOST "    proxy-lcp: ", "false",                                   \
	    !c->destinations[0].hosts[0].proxy_lcp, "x", 7,                    \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(proxy_auth, "destinations.hosts.proxy-auth",                       \
	    HOST "    proxy-auth: ", "no",                                     \
	    !c->destinations[0].hosts[0].proxy_auth, "x", 7,                   \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(host_switch, "destinations.hosts.switch", HOST "    switch: ",     \
	    "yes", c->destinations[0].hosts[0].tunnel_switch, "x", 7,          \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(host_max, "destinations.hosts.max-sessions",                       \
	    HOST "    max-sessions: ", "9",                                    \
	    c->destinations[0].hosts[0].max_sessions == 9, "x", 7,             \
	    "must be a whole number")                                          \
	ROW(host_pool, "destinations.hosts.pool", HOST "    pool: ", "p",      \
	    c->destinations[0].hosts[0].pool == &c->pools[0], "q", 7,          \
	    "there is no pool q")                                              \
	ROW(user_name, "users.name", "users:\n- password: x\n  name: ",        \
	    "u@example.net", is_text(c->users[0].name, "u@example.net"), "",   \
	    3, "must not be empty")                                            \
	ROW(password, "users.password", "users:\n- name: u\n  password: ",     \
	    "pw", is_text(c->users[0].password, "pw"), "''", 3,                \
	    "must not be empty")                                               \
	ROW(user_address, "users.address",                                     \
	    "users:\n- name: u\n  password: x\n  address: ", "203.0.113.7",    \
	    is_ip(c->users[0].address, "203.0.113.7"), "224.0.0.1", 4,         \
	    "not the address of a host")                                       \
	ROW(offline, "users.offline",                                          \
	    "users:\n- name: u\n  password: x\n  offline: ", "blackhole",      \
	    c->users[0].offline == CONF_OFFLINE_BLACKHOLE, "drop", 4,          \
	    "must be one of route, unreachable, blackhole")                    \
	ROW(pool_name, "pools.name",                                           \
	    "pools:\n- range: 10.64.0.0/24\n  name: ", "p",                    \
	    is_text(c->pools[0].name, "p"), "[p]", 3, "must be text")          \
	ROW(range, "pools.range", "pools:\n- name: p\n  range: ",              \
	    "10.64.0.9-10.64.0.12",                                            \
	    is_ip(c->pools[0].first, "10.64.0.9") && c->pools[0].count == 4,   \
	    "10.64.0.9-10.64.0.8", 3, "must be FIRST-LAST or PREFIX/LENGTH")   \
	ROW(gateway, "pools.gateway",                                          \
	    "pools:\n- name: p\n  range: 10.64.0.0/24\n  gateway: ",           \
	    "10.65.0.1", is_ip(c->pools[0].gateway, "10.65.0.1"), "0.1.2.3",   \
	    4, "not the address of a host")                                    \
	ROW(dns, "pools.dns",                                                  \
	    "pools:\n- name: p\n  range: 10.64.0.0/24\n  dns: ",               \
	    "[192.0.2.53, 192.0.2.54]",                                        \
	    is_ip(c->pools[0].dns[1], "192.0.2.54"), "[192.0.2.53, x]", 4,     \
	    "not an IPv4 address")

#define ROW_CHECK(id, key, before, good, condition, ...)                       \
	static bool check_##id(const struct conf *c)                           \
	{                                                                      \
		return condition;                                              \
	}
ROWS(ROW_CHECK)
SERVICE_ROWS(ROW_CHECK)
PUNT_ROWS(ROW_CHECK)
CONTROL_ROWS(ROW_CHECK)

static const struct row {
	const char *key;
	const char *before;
	const char *good;
	bool (*check)(const struct conf *c);
	const char *wrong;
	unsigned int line;
	const char *says;
} rows[] = {
#define ROW_TABLE(id, key, before, good, condition, wrong, line, says)         \
	{key, before, good, check_##id, wrong, line, says},
	ROWS(ROW_TABLE) SERVICE_ROWS(ROW_TABLE) CONTROL_ROWS(ROW_TABLE)
	PUNT_ROWS(ROW_TABLE)
};

static int parse(const char *text, struct conf **conf, char *error, size_t cap)
{
	error[0] = '\0';
	return conf_parse(text, strlen(text), "x.yaml", conf, error, cap);
}

static void test_good_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct conf *conf;
		char text[512];
		char error[256];

		snprintf(text, sizeof(text), "%s%s\n", rows[i].before,
			 rows[i].good);
		if (parse(text, &conf, error, sizeof(error)))
			fail_msg("%s: %s", rows[i].key, error);
		if (!rows[i].check(conf))
			fail_msg("%s: value did not arrive", rows[i].key);
		conf_free(conf);
	}
}

static void test_wrong_values(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct conf *conf;
		char text[512];
		char error[256];
		char right[256];

		snprintf(text, sizeof(text), "%s%s\n", rows[i].before,
			 rows[i].wrong);
		snprintf(right, sizeof(right), "x.yaml:%u: %s: %s",
			 rows[i].line, rows[i].key, rows[i].says);
		assert_int_equal(parse(text, &conf, error, sizeof(error)),
				 -EINVAL);
		assert_string_equal(error, right);
	}
}

/* ---- no key without a row ------------------------------------------------ */

static bool has_row(const char *path)
{
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (!strcmp(rows[i].key, path))
			return true;
	return false;
}

/* Mappings and lists of mappings are tested by what is in them. */
static unsigned int walk(const cyaml_schema_value_t *value, const char *path)
{
	unsigned int keys = 0;

	if (value->type == CYAML_SEQUENCE)
		value = value->sequence.entry;
	if (value->type != CYAML_MAPPING) {
		if (!has_row(path))
			fail_msg("no test sets %s", path);
		return 1;
	}
	for (const cyaml_schema_field_t *f = value->mapping.fields; f->key;
	     f++) {
		char deeper[128];

		snprintf(deeper, sizeof(deeper), "%s%s%s", path,
			 path[0] ? "." : "", f->key);
		keys += walk(&f->value, deeper);
	}
	return keys;
}

static void test_every_key_has_a_row(void **state)
{
	(void)state;
	/* and one row is for the list "hosts" itself */
	assert_int_equal(walk(&conf_schema, ""), COUNT_OF(rows) - 1);
}

/* And none that the manual page does not explain. */
static void test_every_key_is_documented(void **state)
{
	static char manual[65536];
	FILE *file = fopen("man/l2x.yaml.5", "r");

	(void)state;
	assert_non_null(file);
	manual[fread(manual, 1, sizeof(manual) - 1, file)] = '\0';
	fclose(file);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *dot = strrchr(rows[i].key, '.');
		const char *key = dot ? dot + 1 : rows[i].key;
		char item[64];
		char more[64];

		snprintf(item, sizeof(item), "\n.It Cm %s", key);
		snprintf(more, sizeof(more), " , %s", key);
		if (!strstr(manual, item) && !strstr(manual, more))
			fail_msg("not in l2x.yaml(5): %s", rows[i].key);
	}
}

/* ---- what must fit together ---------------------------------------------- */

static const struct {
	const char *text;
	const char *error;
} mistakes[] = {
	{"", "x.yaml:1: the file is empty"},
	{"# nothing\n", "x.yaml:1: the file is empty"},
	{"- a\n", "x.yaml:1: the file must be a mapping"},
	{"user: a\n---\nuser: b\n", "x.yaml:2: more than one document"},
	{"user: [a\n", "x.yaml:2: did not find expected ',' or ']'"},
	{"user: a\n\tb: c\n",
	 "x.yaml:2: found a tab character that violates indentation"},
	{"user: a\nuser: b\n", "x.yaml:2: user: given twice"},
	{"? [a]\n: b\n", "x.yaml:1: a key must be a word"},
	{"user: &a b\ntun: *a\n",
	 "x.yaml:2: tun: aliases (*name) are not understood"},
	{"user: \"a\\0b\"\n", "x.yaml:1: user: a NUL character"},
	{"a: [[[[[[[[[1]]]]]]]]]\n", "x.yaml:1: a: nested too deeply"},
	{"colour: red\n", "x.yaml:1: colour: unknown key"},
	{"ports:\n- name: a\n\n- name: b\n  colour: red\n",
	 "x.yaml:5: ports.colour: unknown key"},
	{FROM "  hosts:\n  - name: h\n  - name: i\n    colour: red\n",
	 "x.yaml:8: destinations.hosts.colour: unknown key"},
	{"ports: 4\n", "x.yaml:1: ports: must be a list"},
	{"ports: [4]\n", "x.yaml:1: ports: must be a mapping (key: value)"},
	{"pppoe: []\n", "x.yaml:1: pppoe: must be a mapping (key: value)"},
	{"pppoe: {max-sessions: 99999999999999999999}\n",
	 "x.yaml:1: pppoe.max-sessions: must be from 1 to 65534"},
	{"l2tp:\n  window: 16abc\n",
	 "x.yaml:2: l2tp.window: must be a whole number"},
	{"l2tp:\n  window: 0x10\n",
	 "x.yaml:2: l2tp.window: must be a whole number"},
	{"l2tp:\n  window: 16.5\n",
	 "x.yaml:2: l2tp.window: must be a whole number"},
	{"l2tp:\n  window: 4294967312\n",
	 "x.yaml:2: l2tp.window: must be from 1 to 1024"},
	{"l2tp:\n  window: -16\n",
	 "x.yaml:2: l2tp.window: must be from 1 to 1024"},
	{"l2tp:\n  offset-limit: 64k\n",
	 "x.yaml:2: l2tp.offset-limit: must be a whole number"},
	{"ppp:\n  mru: 1_492\n",
	 "x.yaml:2: ppp.mru: must be a whole number"},
	{"ppp:\n  mru: 1492;1400\n",
	 "x.yaml:2: ppp.mru: must be a whole number"},
	{"ports:\n- access: no\n", "x.yaml:2: ports.name: is missing"},
	{"ports:\n- name: a234567890123456\n",
	 "x.yaml:2: ports.name: longer than 15 characters"},
	{"ports:\n- name: a\n- name: a\n",
	 "x.yaml:3: ports.name: port a is given twice"},
	{"ports:\n- name: ..\n",
	 "x.yaml:2: ports.name: not a name of a network interface"},
	{"ports:\n- name: \"e\\x07\"\n",
	 "x.yaml:2: ports.name: not a name of a network interface"},
	{"tun: a\nports:\n- name: a\n",
	 "x.yaml:3: ports.name: a is the tun"},
	{"pppoe: {services: [1, 2, 3, 4, 5, 6, 7, 8, 9]}\n",
	 "x.yaml:1: pppoe.services: more than 8 entries"},
	{"l2tp:\n  local-addresses:\n  - 192.0.2.1\n  - 192.0.2.1\n",
	 "x.yaml:4: l2tp.local-addresses: 192.0.2.1 is given twice"},
	{"l2tp:\n  retransmit-first: 9\n",
	 "x.yaml:2: l2tp.retransmit-first: retransmit-cap is below "
	 "retransmit-first"},
	{"l2tp:\n  retransmit-floor: 1.1\n",
	 "x.yaml:2: l2tp.retransmit-floor: retransmit-first is below "
	 "retransmit-floor"},
	{"l2tp:\n  offset-limit: 241\n",
	 "x.yaml:2: l2tp.offset-limit: must be from 16 to 240"},
	{IN_USER "  routes: [10.0.0.0/7]\n",
	 "x.yaml:4: users.routes: is larger than a /8"},
	{IN_USER "  routes: [10.0.0.1/24]\n",
	 "x.yaml:4: users.routes: has bits set behind its length"},
	{IN_USER "  routes: [224.0.0.0/24]\n",
	 "x.yaml:4: users.routes: not addresses of hosts"},
	{IN_USER "  routes: [10.9.0.0/24, 10.9.0.0/24]\n",
	 "x.yaml:4: users.routes: 10.9.0.0/24 is given twice"},
	{IN_USER "  routes: [10.64.0.0/16]\n" POOL,
	 "x.yaml:4: users.routes: overlaps pool p"},
	{IN_USER "  routes: [10.65.0.0/16]\n"
		 "pools: [{name: p, range: 10.64.0.0/24, gateway: 10.65.0.9}]\n",
	 "x.yaml:4: users.routes: has the gateway of pool p in it"},
	{IN_USER "  routes: [192.0.2.0/24]\n" LOCALS,
	 "x.yaml:4: users.routes: has one of l2tp.local-addresses in it"},
	{"users:\n- name: u\n  password: x\n  burst-down: 2000\n",
	 "x.yaml:4: users.burst-down: needs a rate"},
	{"ppp: {auth: []}\n", "x.yaml:1: ppp.auth: needs at least 1"},
	{"ppp: {auth: [pap, pap]}\n",
	 "x.yaml:1: ppp.auth: the same method twice"},
	{"ppp: {auth: [none, pap]}\n",
	 "x.yaml:1: ppp.auth: none does not go with others"},
	{"ppp:\n  min-mru: 1000\n  max-mru: 999\n",
	 "x.yaml:3: ppp.max-mru: max-mru is below min-mru"},
	{"tunnels:\n- name: t\n  peer: 192.0.2.1\n",
	 "x.yaml:2: tunnels.local: l2tp.local-addresses is missing"},
	{LOCALS "tunnels:\n- name: t\n", "x.yaml:3: tunnels.peer: is missing"},
	{LOCALS "tunnels:\n- name: t\n  peer: 192.0.2.2\n",
	 "x.yaml:4: tunnels.peer: is one of l2tp.local-addresses"},
	{TUNNEL "- name: t\n  peer: 198.51.100.2\n",
	 "x.yaml:4: tunnels.name: tunnel t is given twice"},
	{INTO "  challenge: yes\n",
	 "x.yaml:5: tunnels.challenge: needs a secret"},
	{INTO "  hide-avps: yes\n",
	 "x.yaml:5: tunnels.hide-avps: needs a secret"},
	{"domains:\n- name: x\n", "x.yaml:2: domains.action: is missing"},
	{"domains:\n- name: x\n  action: tunnel\n",
	 "x.yaml:2: domains.tunnels: is missing"},
	{"domains:\n- name: x\n  action: local\n",
	 "x.yaml:3: domains.action: local needs an entry in pools"},
	{TUNNEL "domains:\n- name: x\n  action: refuse\n  tunnels: [t]\n",
	 "x.yaml:7: domains.tunnels: only goes with action tunnel"},
	{POOL "domains:\n- name: x\n  action: refuse\n  pool: p\n",
	 "x.yaml:5: domains.pool: only goes with action local"},
	{"domains:\n- name: x\n  action: refuse\n  second-session: refuse\n",
	 "x.yaml:4: domains.second-session: only goes with action local"},
	{TUNNEL "domains:\n- name: x\n  tunnels:\n  - t\n  - u\n",
	 "x.yaml:8: domains.tunnels: there is no tunnel u"},
	{"domains:\n- {name: x.net, action: refuse}\n"
	 "- {name: X.NET, action: refuse}\n",
	 "x.yaml:3: domains.name: domain X.NET is given twice"},
	{POOL "destinations:\n- name: d\n  hosts: [{name: h}]\n",
	 "x.yaml:3: destinations.local: l2tp.local-addresses is missing"},
	{FROM, "x.yaml:4: destinations.hosts: is missing"},
	{LOCALS "destinations:\n- name: d\n  hosts:\n  - name: h\n",
	 "x.yaml:5: destinations.hosts: needs an entry in pools, or switch: "
	 "true"},
	{HOST "  - name: h\n",
	 "x.yaml:7: destinations.hosts.name: host h is given twice"},
	{HOST "    challenge: yes\n",
	 "x.yaml:7: destinations.hosts.challenge: needs a secret"},
	{HOST "- name: d\n  peer: 198.51.100.1\n  hosts: [{name: h}]\n",
	 "x.yaml:7: destinations.name: destination d is given twice"},
	{HOST "- name: e\n  hosts: [{name: h}]\n",
	 "x.yaml:7: destinations: same peer and local as destination d"},
	{"users:\n- name: u\n", "x.yaml:2: users.password: is missing"},
	{"users:\n- {name: u, password: a}\n- {name: t, password: a}\n"
	 "- {name: u, password: b}\n",
	 "x.yaml:4: users.name: user u is given twice"},
	{"users:\n- {name: b, password: a, address: 10.64.0.7}\n"
	 "- {name: a, password: a}\n- {name: c, password: a}\n"
	 "- {name: d, password: b, address: 10.64.0.7}\n",
	 "x.yaml:5: users.address: is that of user b"},
	{POOL "users:\n- {name: u, password: a, address: 10.64.0.1}\n",
	 "x.yaml:3: users.address: is the gateway of pool p"},
	{"pools:\n- name: p\n", "x.yaml:2: pools.range: is missing"},
	{"pools:\n- {name: p, range: 10.64.0.1/24}\n",
	 "x.yaml:2: pools.range: must be FIRST-LAST or PREFIX/LENGTH"},
	{"pools:\n- {name: p, range: 10.64.0.0/33}\n",
	 "x.yaml:2: pools.range: must be FIRST-LAST or PREFIX/LENGTH"},
	{"pools:\n- {name: p, range: 10.64.0.0/24x}\n",
	 "x.yaml:2: pools.range: must be FIRST-LAST or PREFIX/LENGTH"},
	{"pools:\n- {name: p, range: 223.0.0.0-224.0.0.1}\n",
	 "x.yaml:2: pools.range: not addresses of hosts"},
	{"pools:\n- {name: p, range: 10.0.0.0/8}\n",
	 "x.yaml:2: pools.range: more than 196608 addresses"},
	{"pools:\n- {name: p, range: 10.0.0.1-10.3.0.0}\n"
	 "- {name: q, range: 10.8.0.0/24}\n",
	 "x.yaml:3: pools.range: more than 196608 addresses in all pools"},
	{"pools:\n- {name: p, range: 10.64.0.0/24}\n"
	 "- {name: q, range: 10.64.0.255-10.64.1.3}\n",
	 "x.yaml:3: pools.range: overlaps pool p"},
	{"pools:\n- {name: p, range: 10.64.0.7/32}\n",
	 "x.yaml:2: pools.range: nothing is left beside the gateway"},
	{POOL "tun: x\nuser: y\npools: []\n", "x.yaml:4: pools: given twice"},
	{"pools:\n- {name: p, range: 10.64.0.0/24}\n"
	 "- {name: p, range: 10.65.0.0/24}\n",
	 "x.yaml:3: pools.name: pool p is given twice"},
	{"pools:\n- {name: p, range: 10.64.0.0/24}\n"
	 "- {name: q, range: 10.64.0.254-10.64.1.3}\n",
	 "x.yaml:3: pools.range: overlaps pool p"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(mistakes); i++) {
		struct conf *conf = NULL;
		char error[256];

		if (!parse(mistakes[i].text, &conf, error, sizeof(error)))
			fail_msg("accepted: %s", mistakes[i].text);
		assert_string_equal(error, mistakes[i].error);
		assert_null(conf);
	}
}

static void test_secrets_stay_secret(void **state)
{
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(
		parse(INTO "  secret: "
			   "hush4567890123456789012345678901234567890123456789"
			   "0123456789012345\n",
		      &conf, error, sizeof(error)),
		-EINVAL);
	assert_string_equal(
		error, "x.yaml:5: tunnels.secret: longer than 63 characters");
}

/* ---- without a value ----------------------------------------------------- */

static void test_defaults(void **state)
{
	struct conf *conf;
	char error[256];
	char host[64] = "";

	(void)state;
	gethostname(host, sizeof(host) - 1);
	assert_int_equal(parse("tun: l2x0\n", &conf, error, sizeof(error)), 0);
	assert_string_equal(conf->user, "nobody");
	assert_int_equal(conf->log_level, LOG_LEVEL_INFO);
	assert_int_equal(conf->stale_hold_ms, 120000);
	assert_int_equal(conf->watchdog_ms, 10000);
	assert_true(conf->mss_clamp);
	assert_int_equal(conf->second, CONF_SECOND_ALLOW);
	assert_int_equal(conf->pppoe.max_sessions, 65534);
	assert_string_equal(conf->pppoe.ac_name, host);
	assert_int_equal(conf->l2tp.offset_limit, 16);
	assert_int_equal(conf->l2tp.window, 512);
	assert_int_equal(conf->l2tp.hello_ms, 60000);
	assert_int_equal(conf->l2tp.retransmit_ms, 1000);
	assert_int_equal(conf->l2tp.retransmit_cap_ms, 8000);
	assert_int_equal(conf->l2tp.retransmit_floor_ms, 100);
	assert_int_equal(conf->l2tp.retransmit_max, 5);
	assert_int_equal(conf->l2tp.setup_ms, 60000);
	assert_int_equal(conf->l2tp.idle_ms, 60000);
	assert_false(conf->l2tp.length_bit);
	assert_true(conf->l2tp.fragment);
	assert_int_equal(conf->punt[PUNT_PPP].of_port, 50000);
	assert_int_equal(conf->punt[PUNT_PPP].of_source, 200);
	assert_int_equal(conf->punt[PUNT_UNKNOWN].of_port, 5000);
	assert_int_equal(conf->punt[PUNT_UNKNOWN].of_source, 10);
	assert_string_equal(conf->ppp.name, host);
	assert_int_equal(conf->ppp.mru, ppp_config_default.mru);
	assert_int_equal(conf->ppp.auth_count, 2);
	assert_int_equal(conf->ppp.echo_ms, ppp_config_default.echo_ms);
	assert_int_equal(conf->port_count + conf->tunnel_count +
				 conf->domain_count + conf->user_count +
				 conf->destination_count + conf->pool_count,
			 0);
	conf_free(conf);
}

static void test_defaults_in_lists(void **state)
{
	struct conf *conf;
	char error[256];
	char host[64] = "";

	(void)state;
	gethostname(host, sizeof(host) - 1);
	assert_int_equal(parse(HOST "tunnels: [{name: t, peer: 192.0.2.9}]\n"
				    "ports: [{name: eth0}]\n",
			       &conf, error, sizeof(error)),
			 0);
	assert_false(conf->ports[0].access || conf->ports[0].generic ||
		     conf->ports[0].keep_offloads);
	assert_true(is_end(conf->tunnels[0].local, "192.0.2.1"));
	assert_string_equal(conf->tunnels[0].host_name, host);
	assert_string_equal(conf->tunnels[0].peer_host_name, "");
	assert_string_equal(conf->tunnels[0].assignment, "t");
	assert_false(conf->tunnels[0].challenge || conf->tunnels[0].hide);
	assert_int_equal(conf->destinations[0].peer.family, 0);
	assert_int_equal(conf->destinations[0].local.family, 0);
	assert_true(conf->destinations[0].hosts[0].proxy_lcp);
	assert_true(conf->destinations[0].hosts[0].proxy_auth);
	assert_false(conf->destinations[0].hosts[0].challenge);
	assert_null(conf->destinations[0].hosts[0].pool);
	/* the whole prefix; the first of its hosts is ours */
	assert_true(is_ip(conf->pools[0].first, "10.64.0.0"));
	assert_true(is_ip(conf->pools[0].gateway, "10.64.0.1"));
	assert_int_equal(conf->pools[0].count, 256);
	assert_int_equal(conf->pools[0].ends, 1);
	conf_free(conf);
}

/* A secret that is given is also asked for. */
static void test_secret_means_challenge(void **state)
{
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(parse(HOST SECRET "tunnels: [{name: t, secret: s, "
					   "peer: 192.0.2.9}]\n",
			       &conf, error, sizeof(error)),
			 0);
	assert_true(conf->tunnels[0].challenge);
	assert_true(conf->destinations[0].hosts[0].challenge);
	conf_free(conf);
}

static void test_auth_none(void **state)
{
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(
		parse("ppp: {auth: [none]}\n", &conf, error, sizeof(error)),
		0);
	assert_int_equal(conf->ppp.auth_count, 0);
	conf_free(conf);
}

static void test_users_are_sorted(void **state)
{
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(parse("users:\n- {name: b, password: x}\n"
			       "- {name: a, password: y}\n",
			       &conf, error, sizeof(error)),
			 0);
	assert_string_equal(conf->users[0].name, "a");
	assert_string_equal(conf->users[0].password, "y");
	assert_string_equal(conf->users[1].name, "b");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_values),
		cmocka_unit_test(test_wrong_values),
		cmocka_unit_test(test_every_key_has_a_row),
		cmocka_unit_test(test_every_key_is_documented),
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_secrets_stay_secret),
		cmocka_unit_test(test_defaults),
		cmocka_unit_test(test_defaults_in_lists),
		cmocka_unit_test(test_secret_means_challenge),
		cmocka_unit_test(test_auth_none),
		cmocka_unit_test(test_users_are_sorted),
	};

	return cmocka_run_group_tests_name("conf", tests, NULL, NULL);
}
