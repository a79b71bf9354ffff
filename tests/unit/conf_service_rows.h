/* SPDX-License-Identifier: GPL-2.0-only */
/* test_conf.c's rows for the services of a subscriber; columns as there. */
#ifndef UNIT_CONF_SERVICE_ROWS_H
#define UNIT_CONF_SERVICE_ROWS_H

#define IN_DOMAIN "domains:\n- name: n\n  action: refuse\n"
#define IN_USER	  "users:\n- name: u\n  password: x\n"

#define SECOND_WORDS "must be one of allow, replace, refuse"

/* Four rows; deep: how far the keys are indented. */
#define RATE_ROWS(ROW, id, key, before, deep, rates, line)                     \
	ROW(id##_rate_up, key ".rate-up", before deep "rate-up: ", "2.5M",     \
	    rates.up.bits == 2500000, "63k", line, "must be from 64k to 100G") \
	ROW(id##_rate_down, key ".rate-down", before deep "rate-down: ",       \
	    "64000", rates.down.bits == 64000, "fast", line,                   \
	    "must be bits a second, like 2500k or 2.5M")                       \
	ROW(id##_burst_up, key ".burst-up",                                    \
	    before deep "rate-up: 1M\n" deep "burst-up: ", "20k",              \
	    rates.up.burst == 20000, "1999", line + 1,                         \
	    "must be from 2000 to 1G")                                         \
	ROW(id##_burst_down, key ".burst-down",                                \
	    before deep "rate-down: 1M\n" deep "burst-down: ", "1G",           \
	    rates.down.burst == 1000000000, "10kB", line + 1,                  \
	    "must be octets, like 15000 or 15k")

#define SERVICE_ROWS(ROW)                                                      \
	RATE_ROWS(ROW, domain, "domains", IN_DOMAIN, "  ",                     \
		  c->domains[0].rates, 4)                                      \
	RATE_ROWS(ROW, host, "destinations.hosts", HOST, "    ",               \
		  c->destinations[0].hosts[0].rates, 7)                        \
	RATE_ROWS(ROW, user, "users", IN_USER, "  ", c->users[0].rates, 4)     \
	ROW(second, "second-session", "second-session: ", "replace",           \
	    c->second == CONF_SECOND_REPLACE, "both", 1, SECOND_WORDS)         \
	ROW(domain_second, "domains.second-session",                           \
	    POOL "domains:\n- name: n\n  action: local\n"                     \
		 "  second-session: ",                                         \
	    "refuse", c->domains[0].second == CONF_SECOND_REFUSE, "no", 5,     \
	    SECOND_WORDS)                                                      \
	ROW(user_second, "users.second-session", IN_USER "  second-session: ", \
	    "allow", c->users[0].second == CONF_SECOND_ALLOW, "yes", 4,        \
	    SECOND_WORDS)                                                      \
	ROW(dscp, "l2tp.dscp", "l2tp:\n  dscp: ", "46",                        \
	    c->l2tp.dscp.mode == CONF_DSCP_SET && c->l2tp.dscp.value == 46,    \
	    "leave", 2, "must be copy or from 0 to 63")                        \
	ROW(dscp_inner, "l2tp.dscp-inner", "l2tp:\n  dscp-inner: ", "copy",    \
	    c->l2tp.dscp_inner.mode == CONF_DSCP_COPY, "64", 2,                \
	    "must be copy, leave or from 0 to 63")                             \
	ROW(ecn, "l2tp.ecn", "l2tp:\n  ecn: ", "yes", c->l2tp.ecn, "2", 2,     \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(verify_checksum, "l2tp.verify-checksum",                           \
	    "l2tp:\n  verify-checksum: ", "yes", c->l2tp.verify_checksum, "2", \
	    2, "must be one of true, false, yes, no, on, off")                 \
	ROW(tunnel_sequencing, "tunnels.sequencing", INTO "  sequencing: ",    \
	    "yes", c->tunnels[0].sequencing, "2", 5,                           \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(host_sequencing, "destinations.hosts.sequencing",                  \
	    HOST "    sequencing: ", "yes",                                    \
	    c->destinations[0].hosts[0].sequencing, "2", 7,                    \
	    "must be one of true, false, yes, no, on, off")                    \
	ROW(routes, "users.routes", IN_USER "  routes: ",                      \
	    "[10.200.0.0/16, 203.0.113.8/32]",                                 \
	    c->users[0].route_count == 2 &&                                    \
		    is_ip(c->users[0].routes[0].address, "10.200.0.0") &&      \
		    c->users[0].routes[0].length == 16,                        \
	    "[10.200.0.0/16, 2001:db8::/32]", 4,                               \
	    "must be PREFIX/LENGTH of IPv4")

#endif
