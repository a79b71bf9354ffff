/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the configuration's values mean and whether they fit together: the
 * sections that stand alone, pools and users.
 */
#include "world/conf_check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi.h"
#include "base/log.h"
#include "world/conf_value.h"
#include "world/dataplane.h"
#include "world/keeper_msg.h"

enum {
	PPPOE_IDS = 65534, /* of a port: its one bank without 0 and 65535 */
	WATCHDOG_MIN_MS = 3000, /* three of the engine's signs of life */
};

/* One CPU number; at the end of it, or NULL if there is none. */
static const char *core_read(const char *at, unsigned long *core)
{
	char *end;

	if (*at < '0' || *at > '9')
		return NULL;
	*core = strtoul(at, &end, 10);
	return *core < CPU_SLOTS ? end : NULL;
}

/* "0-3" or "2", behind which the list may go on; NULL: it is wrong. */
static const char *core_range(const char *at, uint64_t *cores)
{
	unsigned long first, last;

	at = core_read(at, &first);
	last = first;
	if (at && *at == '-')
		at = core_read(at + 1, &last);
	if (!at || last < first)
		return NULL;
	for (; first <= last; first++)
		*cores |= 1ull << first;
	return at;
}

/* A list of CPUs as the kernel writes them, e.g. 0-3,8. */
static void check_cores(struct checker *c)
{
	const char *at = c->raw->cores;
	struct conf *conf = c->conf;
	uint64_t cores = 0;

	while (at) {
		at = core_range(at, &cores);
		if (at && !*at)
			break;
		if (!at || *at++ != ',') {
			wrong(c, "cores", "not a list of CPUs 0 to %u like 0-3,8",
			      CPU_SLOTS - 1);
			return;
		}
	}
	for (unsigned int i = 0; i < CPU_SLOTS; i++)
		if (cores >> i & 1)
			conf->cores[conf->core_count++] = (uint8_t)i;
}

static void check_top(struct checker *c)
{
	const struct raw_conf *raw = c->raw;
	struct conf *conf = c->conf;

	text(conf->user, raw->user, "nobody");
	text(conf->tun, raw->tun, "l2x0");
	if (!keeper_port_name(conf->tun))
		wrong(c, "tun", "not a name for a network interface");
	conf->log_level = raw->log_level ? *raw->log_level : LOG_LEVEL_INFO;
	conf->mss_clamp = flag(raw->mss_clamp, true);
	conf->second = raw->second ? (enum conf_second)*raw->second
				   : CONF_SECOND_ALLOW;
	conf->stale_hold_ms =
		duration(c, "stale-hold", raw->stale_hold,
			 (struct bounds){0, 86400000, 120000});
	conf->watchdog_ms = duration(c, "watchdog", raw->watchdog,
				     (struct bounds){0, 3600000, 10000});
	if (conf->watchdog_ms && conf->watchdog_ms < WATCHDOG_MIN_MS)
		wrong(c, "watchdog", "must be 0 or at least 3");
	check_cores(c);
}

static void check_ports(struct checker *c)
{
	struct conf *conf = c->conf;

	ARRAY(c, conf->ports, conf->port_count, c->raw->ports_count);
	for (unsigned int i = 0; i < conf->port_count; i++) {
		const struct raw_port *raw = &c->raw->ports[i];
		struct conf_port *port = &conf->ports[i];

		snprintf(c->at, sizeof(c->at), "ports[%u]", i);
		required(c, "name", port->name, raw->name);
		if (!keeper_port_name(port->name))
			wrong(c, "name", "not a name of a network interface");
		if (!strcmp(port->name, conf->tun))
			wrong(c, "name", "%s is the tun", conf->tun);
		for (unsigned int k = 0; k < i; k++)
			if (!strcmp(port->name, conf->ports[k].name))
				wrong(c, "name", "port %s is given twice",
				      port->name);
		port->access = flag(raw->access, false);
		port->generic = flag(raw->generic, false);
		port->keep_offloads = flag(raw->keep_offloads, false);
		port->connect_up = rate_alone(c, "connect-up", raw->connect_up);
		port->connect_down =
			rate_alone(c, "connect-down", raw->connect_down);
	}
	c->at[0] = '\0';
}

/* Defaults: far above what peers need, below what starves a slow core. */
static void check_punt(struct checker *c)
{
	const struct raw_punt *raw = &c->raw->punt;
	const struct {
		const char *key;
		const char *given;
		uint32_t *out;
		uint32_t usual;
	} rows[] = {
#define ROW(key, member, class, part, usual)                                   \
	{key, raw->member, &c->conf->punt[class].part, usual}
		ROW("control", control, PUNT_CONTROL, of_port, 50000),
		ROW("control-peer", control_peer, PUNT_CONTROL, of_source,
		    20000),
		ROW("discovery", discovery, PUNT_DISCOVERY, of_port, 20000),
		ROW("discovery-client", discovery_client, PUNT_DISCOVERY,
		    of_source, 5000),
		ROW("ppp", ppp, PUNT_PPP, of_port, 50000),
		ROW("ppp-call", ppp_call, PUNT_PPP, of_source, 200),
		ROW("data", data, PUNT_DATA, of_port, 200000),
		ROW("data-source", data_source, PUNT_DATA, of_source, 100000),
		ROW("unknown", unknown, PUNT_UNKNOWN, of_port, 5000),
		ROW("unknown-client", unknown_client, PUNT_UNKNOWN, of_source,
		    10),
#undef ROW
	};

	strcpy(c->at, "punt-limits");
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		*rows[i].out = number(c, rows[i].key, rows[i].given,
				      (struct bounds){0, 10000000,
						      rows[i].usual});
	c->at[0] = '\0';
}

static void check_pppoe(struct checker *c)
{
	const struct raw_pppoe *raw = &c->raw->pppoe;
	struct conf_pppoe *pppoe = &c->conf->pppoe;

	strcpy(c->at, "pppoe");
	text(pppoe->ac_name, raw->ac_name, c->host);
	pppoe->service_count = raw->services.count;
	for (unsigned int i = 0; i < raw->services.count; i++)
		text(pppoe->services[i], raw->services.text[i], "");
	pppoe->max_sessions =
		number(c, "max-sessions", raw->max_sessions,
		       (struct bounds){1, PPPOE_IDS, PPPOE_IDS});
	c->at[0] = '\0';
}

static void check_locals(struct checker *c)
{
	const struct raw_list *raw = &c->raw->l2tp.local_addresses;
	struct conf_l2tp *l2tp = &c->conf->l2tp;
	unsigned int of_family[2] = {0, 0};
	char key[32];

	l2tp->local_count = raw->count;
	for (unsigned int i = 0; i < raw->count; i++) {
		snprintf(key, sizeof(key), "local-addresses[%u]", i);
		l2tp->locals[i] = end_point(c, key, raw->text[i]);
		for (unsigned int k = 0; k < i; k++)
			if (address_same(l2tp->locals[k], l2tp->locals[i]))
				wrong(c, key, "%s is given twice",
				      raw->text[i]);
		if (++of_family[l2tp->locals[i].family == AF_INET6] >
		    LOCAL_SLOTS)
			wrong(c, key, "more than %u %s addresses", LOCAL_SLOTS,
			      family_name(l2tp->locals[i]));
	}
}

static void check_marks(struct checker *c)
{
	const struct raw_l2tp *raw = &c->raw->l2tp;
	struct conf_l2tp *l2tp = &c->conf->l2tp;

	l2tp->dscp = dscp(c, "dscp", raw->dscp,
			  (struct conf_dscp){.mode = CONF_DSCP_SET});
	l2tp->dscp_inner = dscp(c, "dscp-inner", raw->dscp_inner,
				(struct conf_dscp){.mode = CONF_DSCP_LEAVE});
	l2tp->ecn = flag(raw->ecn, false);
}

/* When control messages are sent again. */
static void check_retransmission(struct checker *c)
{
	const struct raw_l2tp *raw = &c->raw->l2tp;
	struct conf_l2tp *l2tp = &c->conf->l2tp;

	l2tp->retransmit_ms =
		duration(c, "retransmit-first", raw->retransmit_first,
			 (struct bounds){100, 16000, 1000});
	l2tp->retransmit_cap_ms =
		duration(c, "retransmit-cap", raw->retransmit_cap,
			 (struct bounds){100, 60000, 8000});
	l2tp->retransmit_max =
		(uint16_t)number(c, "retransmit-max", raw->retransmit_max,
				 (struct bounds){1, 30, 5});
	l2tp->retransmit_floor_ms =
		duration(c, "retransmit-floor", raw->retransmit_floor,
			 (struct bounds){20, 16000, 100});
	if (l2tp->retransmit_cap_ms < l2tp->retransmit_ms)
		wrong(c,
		      raw->retransmit_cap ? "retransmit-cap"
					  : "retransmit-first",
		      "retransmit-cap is below retransmit-first");
	if (l2tp->retransmit_floor_ms > l2tp->retransmit_ms)
		wrong(c,
		      raw->retransmit_floor ? "retransmit-floor"
					    : "retransmit-first",
		      "retransmit-first is below retransmit-floor");
}

/* The limits of waiting for a peer. */
static void check_patience(struct checker *c)
{
	const struct raw_l2tp *raw = &c->raw->l2tp;
	struct conf_l2tp *l2tp = &c->conf->l2tp;

	l2tp->setup_ms = duration(c, "setup-timeout", raw->setup_timeout,
				  (struct bounds){1000, 600000, 60000});
	l2tp->idle_ms = duration(c, "idle-timeout", raw->idle_timeout,
				 (struct bounds){0, 86400000, 60000});
	l2tp->hold_down_ms = duration(c, "hold-down", raw->hold_down,
				      (struct bounds){0, 3600000, 60000});
	l2tp->sccrq_wait_ms = duration(c, "sccrq-wait", raw->sccrq_wait,
				       (struct bounds){100, 600000, 4000});
	l2tp->doubt_ms = duration(c, "doubt-after", raw->doubt_after,
				  (struct bounds){0, 600000, 3000});
}

static void check_l2tp(struct checker *c)
{
	const struct raw_l2tp *raw = &c->raw->l2tp;
	struct conf_l2tp *l2tp = &c->conf->l2tp;

	strcpy(c->at, "l2tp");
	check_locals(c);
	l2tp->offset_limit =
		number(c, "offset-limit", raw->offset_limit,
		       (struct bounds){OFFSET_ALWAYS, OFFSET_MAX,
				       OFFSET_ALWAYS});
	l2tp->window = (uint16_t)number(c, "window", raw->window,
					(struct bounds){1, 1024, 512});
	l2tp->hello_ms = duration(c, "hello", raw->hello,
				  (struct bounds){0, 3600000, 60000});
	check_retransmission(c);
	check_patience(c);
	l2tp->length_bit = flag(raw->length_bit, false);
	l2tp->fragment = flag(raw->fragment, true);
	check_marks(c);
	l2tp->verify_checksum = flag(raw->verify_checksum, false);
	c->at[0] = '\0';
}

static void check_auth(struct checker *c)
{
	const struct raw_ppp *raw = &c->raw->ppp;
	struct ppp_config *ppp = &c->conf->ppp;

	if (!raw->auth_count)
		return;
	if (raw->auth_count == 2 && raw->auth[0] == raw->auth[1])
		wrong(c, "auth", "the same method twice");
	ppp->auth_count = 0;
	for (unsigned int i = 0; i < raw->auth_count; i++) {
		if (raw->auth[i] != PPP_AUTH_NONE)
			ppp->auth[ppp->auth_count++] =
				(enum ppp_auth)raw->auth[i];
		else if (raw->auth_count > 1)
			wrong(c, "auth", "none does not go with others");
	}
}

static void check_mru(struct checker *c)
{
	const struct raw_ppp *raw = &c->raw->ppp;
	struct ppp_config *ppp = &c->conf->ppp;

	ppp->mru = (uint16_t)number(c, "mru", raw->mru,
				    (struct bounds){128, 9216, ppp->mru});
	ppp->peer_mru_min =
		(uint16_t)number(c, "min-mru", raw->min_mru,
				 (struct bounds){64, 1500, ppp->peer_mru_min});
	ppp->peer_mru_max =
		(uint16_t)number(c, "max-mru", raw->max_mru,
				 (struct bounds){64, 9216, ppp->peer_mru_max});
	if (ppp->peer_mru_min > ppp->peer_mru_max)
		wrong(c, raw->max_mru ? "max-mru" : "min-mru",
		      "max-mru is below min-mru");
}

static void check_ppp(struct checker *c)
{
	const struct raw_ppp *raw = &c->raw->ppp;
	struct ppp_config *ppp = &c->conf->ppp;
	struct bounds phase = {1000, 600000, 0};

	strcpy(c->at, "ppp");
	*ppp = ppp_config_default;
	text(ppp->name, c->raw->pppoe.ac_name, c->host);
	check_auth(c);
	check_mru(c);
	ppp->echo_ms = duration(c, "echo", raw->echo,
				(struct bounds){0, 3600000, ppp->echo_ms});
	ppp->echo_failures =
		(uint8_t)number(c, "echo-failures", raw->echo_failures,
				(struct bounds){1, 100, ppp->echo_failures});
	ppp->restart_ms =
		duration(c, "restart", raw->restart,
			 (struct bounds){100, 30000, ppp->restart_ms});
	ppp->max_configure =
		(uint8_t)number(c, "max-configure", raw->max_configure,
				(struct bounds){1, 100, ppp->max_configure});
	ppp->max_terminate =
		(uint8_t)number(c, "max-terminate", raw->max_terminate,
				(struct bounds){1, 10, ppp->max_terminate});
	ppp->max_failure =
		(uint8_t)number(c, "max-failure", raw->max_failure,
				(struct bounds){1, 100, ppp->max_failure});
	phase.without = ppp->lcp_limit_ms;
	ppp->lcp_limit_ms =
		duration(c, "lcp-timeout", raw->lcp_timeout, phase);
	phase.without = ppp->auth_limit_ms;
	ppp->auth_limit_ms =
		duration(c, "auth-timeout", raw->auth_timeout, phase);
	phase.without = ppp->ncp_limit_ms;
	ppp->ncp_limit_ms =
		duration(c, "ncp-timeout", raw->ncp_timeout, phase);
	c->at[0] = '\0';
}

/* ---- pools and users ----------------------------------------------------- */

/*
 * "first-last", or prefix/length.  All of it ends here; up to /30 the lowest
 * and highest address of a prefix are not assigned, as clients may refuse them.
 */
static int range_read(const char *raw, uint32_t *first, uint32_t *last,
		      uint32_t *ends)
{
	struct in_addr low;
	struct in_addr high;
	char begin[16];
	char end[16];
	int length;
	int used = 0;

	if (sscanf(raw, "%15[0-9.]/%2d%n", begin, &length, &used) == 2) {
		if (raw[used] || inet_pton(AF_INET, begin, &low) != 1 ||
		    length < 8 || length > 32)
			return -EINVAL;
		*first = ntohl(low.s_addr);
		*last = *first + (uint32_t)((1ull << (32 - length)) - 1);
		if (*first & (*last - *first))
			return -EINVAL;
		*ends = length < 31;
		return 0;
	}
	if (sscanf(raw, "%15[0-9.]-%15[0-9.]%n", begin, end, &used) != 2 ||
	    raw[used] || inet_pton(AF_INET, begin, &low) != 1 ||
	    inet_pton(AF_INET, end, &high) != 1 ||
	    ntohl(low.s_addr) > ntohl(high.s_addr))
		return -EINVAL;
	*first = ntohl(low.s_addr);
	*last = ntohl(high.s_addr);
	return 0;
}

static void check_range(struct checker *c, const char *raw,
			struct conf_pool *pool)
{
	uint32_t first;
	uint32_t last;

	if (!raw) {
		wrong(c, "range", "is missing");
		return;
	}
	if (range_read(raw, &first, &last, &pool->ends)) {
		wrong(c, "range", "must be FIRST-LAST or PREFIX/LENGTH");
		return;
	}
	pool->first.s_addr = htonl(first);
	if (!address_usable(pool->first) ||
	    !address_usable((struct in_addr){htonl(last)}))
		wrong(c, "range", "not addresses of hosts");
	if (last - first >= POOL_ADDRESSES)
		wrong(c, "range", "more than %u addresses", POOL_ADDRESSES);
	else
		pool->count = last - first + 1;
}

static bool pools_overlap(const struct conf_pool *a, const struct conf_pool *b)
{
	uint32_t a_first = ntohl(a->first.s_addr);
	uint32_t b_first = ntohl(b->first.s_addr);

	return a_first - b_first < b->count || b_first - a_first < a->count;
}

static void check_pool(struct checker *c, const struct raw_pool *raw,
		       struct conf_pool *pool)
{
	char key[32];

	required(c, "name", pool->name, raw->name);
	check_range(c, raw->range, pool);
	pool->gateway.s_addr = htonl(ntohl(pool->first.s_addr) + pool->ends);
	if (raw->gateway)
		pool->gateway = address(c, "gateway", raw->gateway);
	if (pool->count == 1 && pool->gateway.s_addr == pool->first.s_addr)
		wrong(c, "range", "nothing is left beside the gateway");
	for (unsigned int i = 0; i < raw->dns.count; i++) {
		snprintf(key, sizeof(key), "dns[%u]", i);
		pool->dns[i] = address(c, key, raw->dns.text[i]);
	}
}

static void check_pools(struct checker *c)
{
	struct conf *conf = c->conf;
	uint64_t total = 0;

	ARRAY(c, conf->pools, conf->pool_count, c->raw->pools_count);
	for (unsigned int i = 0; i < conf->pool_count; i++) {
		struct conf_pool *pool = &conf->pools[i];

		snprintf(c->at, sizeof(c->at), "pools[%u]", i);
		check_pool(c, &c->raw->pools[i], pool);
		total += pool->count;
		if (total > POOL_ADDRESSES)
			wrong(c, "range", "more than %u addresses in all pools",
			      POOL_ADDRESSES);
		for (unsigned int k = 0; k < i; k++) {
			if (!strcmp(pool->name, conf->pools[k].name))
				wrong(c, "name", "pool %s is given twice",
				      pool->name);
			if (pools_overlap(pool, &conf->pools[k]))
				wrong(c, "range", "overlaps pool %s",
				      conf->pools[k].name);
		}
	}
	c->at[0] = '\0';
}

static int user_by_name(const void *a, const void *b)
{
	const struct conf_user *left = a;
	const struct conf_user *right = b;

	return strcmp(left->name, right->name);
}

/* The second one in the file is the mistake. */
static void check_twins(struct checker *c)
{
	const struct raw_conf *raw = c->raw;
	const struct conf *conf = c->conf;
	const char *name = NULL;
	bool seen = false;

	for (unsigned int i = 1; i < conf->user_count && !name; i++)
		if (!strcmp(conf->users[i - 1].name, conf->users[i].name))
			name = conf->users[i].name;
	for (unsigned int i = 0; name && i < raw->users_count; i++) {
		if (!raw->users[i].name || strcmp(raw->users[i].name, name))
			continue;
		snprintf(c->at, sizeof(c->at), "users[%u]", i);
		if (seen)
			wrong(c, "name", "user %s is given twice", name);
		seen = true;
	}
	c->at[0] = '\0';
}

static int user_by_address(const void *a, const void *b)
{
	const struct conf_user *const *left = a;
	const struct conf_user *const *right = b;
	uint32_t low = ntohl((*left)->address.s_addr);
	uint32_t high = ntohl((*right)->address.s_addr);

	if (low != high)
		return low < high ? -1 : 1;
	return *left < *right ? -1 : *left > *right;
}

/* Only one of two users with one address could ever be up; not sorted yet. */
static void check_addresses(struct checker *c)
{
	const struct conf *conf = c->conf;
	const struct conf_user **order =
		records(c, conf->user_count, sizeof(*order));

	if (!order)
		return;
	for (unsigned int i = 0; i < conf->user_count; i++)
		order[i] = &conf->users[i];
	qsort(order, conf->user_count, sizeof(*order), user_by_address);
	for (unsigned int i = 1; i < conf->user_count; i++) {
		if (!order[i]->address.s_addr ||
		    order[i]->address.s_addr != order[i - 1]->address.s_addr)
			continue;
		snprintf(c->at, sizeof(c->at), "users[%zu]",
			 (size_t)(order[i] - conf->users));
		wrong(c, "address", "is that of user %s", order[i - 1]->name);
	}
	c->at[0] = '\0';
	free(order);
}

static void check_users(struct checker *c)
{
	struct conf *conf = c->conf;

	ARRAY(c, conf->users, conf->user_count, c->raw->users_count);
	for (unsigned int i = 0; i < conf->user_count; i++) {
		const struct raw_user *raw = &c->raw->users[i];
		struct conf_user *user = &conf->users[i];

		snprintf(c->at, sizeof(c->at), "users[%u]", i);
		required(c, "name", user->name, raw->name);
		required(c, "password", user->password, raw->password);
		user->address = address_or_any(c, "address", raw->address);
		user->second = second(raw->second);
		user->rates = rates(c, &raw->rates);
		check_routes(c, &raw->routes, user);
		if (raw->offline)
			user->offline = (enum conf_offline)*raw->offline;
		for (unsigned int k = 0; k < conf->pool_count; k++)
			if (user->address.s_addr &&
			    user->address.s_addr ==
				    conf->pools[k].gateway.s_addr)
				wrong(c, "address", "is the gateway of pool %s",
				      conf->pools[k].name);
	}
	c->at[0] = '\0';
	check_addresses(c);
	if (c->rc || !conf->user_count)
		return;
	qsort(conf->users, conf->user_count, sizeof(*conf->users),
	      user_by_name);
	check_twins(c);
}

int conf_check(const struct raw_conf *raw, struct conf *conf,
	       struct conf_mistake *mistake)
{
	struct checker c = {.raw = raw, .conf = conf, .mistake = mistake};

	if (gethostname(c.host, sizeof(c.host)) || !c.host[0])
		strcpy(c.host, "l2x");
	c.host[sizeof(c.host) - 1] = '\0';
	check_top(&c);
	check_ports(&c);
	check_punt(&c);
	check_pppoe(&c);
	check_l2tp(&c);
	check_ppp(&c);
	check_pools(&c);
	check_users(&c);
	check_tunnels(&c);
	check_domains(&c);
	check_destinations(&c);
	return c.rc;
}
