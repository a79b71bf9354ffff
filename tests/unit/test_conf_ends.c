/* SPDX-License-Identifier: GPL-2.0-only */
/* The configuration's ends of tunnels: IPv4, IPv6 and what fits together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "world/conf.h"

#define LOCALS	"l2tp: {local-addresses: [192.0.2.1, 192.0.2.2]}\n"
#define LOCALS6 "l2tp: {local-addresses: [192.0.2.1, '2001:db8::1']}\n"
#define POOL	"pools: [{name: p, range: 10.64.0.0/24}]\n"

static int parse(const char *text, struct conf **conf, char *error, size_t cap)
{
	error[0] = '\0';
	return conf_parse(text, strlen(text), "x.yaml", conf, error, cap);
}

static bool is_end(struct address end, const char *text)
{
	struct address want;

	return !address_parse(text, &want) && address_same(end, want);
}

static const struct {
	const char *text;
	const char *error;
} mistakes[] = {
	{"l2tp:\n  local-addresses:\n  - fe80::1\n",
	 "x.yaml:3: l2tp.local-addresses: not the address of a host"},
	{"l2tp:\n  local-addresses:\n  - 2001:db8::1\n  - 2001:DB8:0::1\n",
	 "x.yaml:4: l2tp.local-addresses: 2001:DB8:0::1 is given twice"},
	{LOCALS "tunnels:\n- name: t\n  peer: 2001:db8::9\n",
	 "x.yaml:4: tunnels.peer: is IPv6, but l2tp.local-addresses has none"},
	{LOCALS6 "tunnels:\n- name: t\n  peer: 192.0.2.9\n  local: "
		 "2001:db8::1\n",
	 "x.yaml:5: tunnels.local: is IPv6, but peer is IPv4"},
	{LOCALS6 "tunnels:\n- name: t\n  peer: 2001:db8::9\n  local: "
		 "2001:db8::2\n",
	 "x.yaml:5: tunnels.local: is not among l2tp.local-addresses"},
	{LOCALS6 "tunnels:\n- name: t\n  peer: 2001:db8::1\n",
	 "x.yaml:4: tunnels.peer: is one of l2tp.local-addresses"},
	{LOCALS6 "tunnels:\n- name: t\n  peer: '::'\n",
	 "x.yaml:4: tunnels.peer: not the address of a host"},
	{LOCALS6 "tunnels:\n- name: t\n  peer: ::ffff:192.0.2.9\n",
	 "x.yaml:4: tunnels.peer: not the address of a host"},
	{LOCALS6 "tunnels:\n- name: t\n  peer: fe80::9%eth0\n",
	 "x.yaml:4: tunnels.peer: not an IPv4 or IPv6 address"},
	{LOCALS6 POOL "destinations:\n- name: d\n  peer: '::'\n  local: "
		      "192.0.2.1\n  hosts: [{name: h}]\n",
	 "x.yaml:6: destinations.local: is IPv4, but peer is IPv6"},
	{LOCALS POOL "destinations:\n- name: d\n  peer: '::'\n  hosts: "
		     "[{name: h}]\n",
	 "x.yaml:5: destinations.peer: is IPv6, but l2tp.local-addresses has "
	 "none"},
	{LOCALS6 POOL "destinations:\n- {name: d, peer: '::', hosts: [{name: "
		      "h}]}\n- {name: e, peer: '0::0', hosts: [{name: h}]}\n",
	 "x.yaml:5: destinations: same peer and local as destination d"},
};

static void test_mistakes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(mistakes) / sizeof(mistakes[0]); i++) {
		struct conf *conf = NULL;
		char error[256];

		if (!parse(mistakes[i].text, &conf, error, sizeof(error)))
			fail_msg("accepted: %s", mistakes[i].text);
		assert_string_equal(error, mistakes[i].error);
		assert_null(conf);
	}
}

/* One of both families is the first of its family, or speaks of both. */
static void test_families(void **state)
{
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(
		parse(LOCALS6 POOL
		      "tunnels:\n- {name: a, peer: '2001:db8::9'}\n"
		      "- {name: b, peer: 192.0.2.9, udp-checksum: computed}\n"
		      "destinations:\n- {name: d, hosts: [{name: h}]}\n"
		      "- {name: e, peer: 0.0.0.0, hosts: [{name: h}]}\n"
		      "- {name: f, peer: '::', local: '2001:db8::1', "
		      "hosts: [{name: h}]}\n",
		      &conf, error, sizeof(error)),
		0);
	assert_true(is_end(conf->tunnels[0].local, "2001:db8::1"));
	assert_true(is_end(conf->tunnels[1].local, "192.0.2.1"));
	assert_int_equal(conf->tunnels[0].udp_checksum, CONF_CHECKSUM_AUTO);
	assert_int_equal(conf->destinations[0].peer.family, AF_UNSPEC);
	assert_true(is_end(conf->destinations[1].peer, "0.0.0.0"));
	assert_true(is_end(conf->destinations[2].peer, "::"));
	assert_true(is_end(conf->destinations[2].local, "2001:db8::1"));
	conf_free(conf);
}

/* Sixteen of each, which is what the data plane holds. */
static void test_many_locals(void **state)
{
	struct conf *conf;
	char error[256], text[2048] = "l2tp:\n  local-addresses:\n";
	size_t used = strlen(text);

	(void)state;
	for (int i = 1; i <= 16; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "  - 192.0.2.%d\n  - 2001:db8::%x\n",
					 i, i);
	assert_int_equal(parse(text, &conf, error, sizeof(error)), 0);
	assert_int_equal(conf->l2tp.local_count, 32);
	conf_free(conf);
	used -= strlen("  - 192.0.2.16\n  - 2001:db8::10\n");
	snprintf(text + used, sizeof(text) - used,
		 "  - 2001:db8::10\n  - 2001:db8::11\n");
	assert_int_equal(parse(text, &conf, error, sizeof(error)), -EINVAL);
	assert_string_equal(error, "x.yaml:34: l2tp.local-addresses: more than "
				   "16 IPv6 addresses");
}

struct warnings {
	unsigned int count;
	char last[256];
};

static void warned(void *ctx, const char *line)
{
	struct warnings *w = ctx;

	w->count++;
	snprintf(w->last, sizeof(w->last), "%s", line);
}

/* Only a secret that both sections have is worth a warning. */
static void test_secret_both_ways(void **state)
{
	static const char text[] = LOCALS POOL
		"tunnels:\n"
		"- {name: a, peer: 192.0.2.8}\n"
		"- {name: b, peer: 192.0.2.9, secret: one}\n"
		"- {name: c, peer: 192.0.2.9, secret: two}\n"
		"destinations:\n"
		"- {name: d, peer: 192.0.2.8, hosts: [{name: h}]}\n"
		"- {name: e, hosts: [{name: h, secret: three}, {name: i, "
		"secret: two}]}\n";
	struct warnings w = {0};
	struct conf *conf;
	char error[256];

	(void)state;
	assert_int_equal(parse(text, &conf, error, sizeof(error)), 0);
	conf_warn(conf, warned, &w);
	assert_int_equal(w.count, 1);
	assert_string_equal(w.last,
			    "tunnels[2].secret: destinations[1].hosts[1] has "
			    "the same: use one secret in one direction only");
	conf_free(conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_mistakes),
		cmocka_unit_test(test_families),
		cmocka_unit_test(test_many_locals),
		cmocka_unit_test(test_secret_both_ways),
	};

	return cmocka_run_group_tests_name("conf_ends", tests, NULL, NULL);
}
