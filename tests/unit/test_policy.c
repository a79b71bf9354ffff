/* SPDX-License-Identifier: GPL-2.0-only */
/* Who goes where, who may come, whose password. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "switch/policy.h"

static const char text[] =
	"l2tp: {local-addresses: [192.0.2.1, 192.0.2.2]}\n"
	"pools: [{name: p, range: 10.64.0.0/24}]\n"
	"domains:\n"
	"- {name: Example.NET, action: local}\n"
	"- {name: xyz.com, action: refuse}\n"
	"- {name: none, action: refuse}\n"
	"- {name: default, action: local}\n"
	"users:\n"
	"- {name: bob@example.net, password: b}\n"
	"- {name: bo, password: o}\n"
	"- {name: alice, password: a}\n"
	"destinations:\n"
	"- {name: any, hosts: [{name: default}]}\n"
	"- {name: local2, local: 192.0.2.2, hosts: [{name: default}]}\n"
	"- name: one\n"
	"  peer: 198.51.100.1\n"
	"  hosts: [{name: default}, {name: lac1}]\n"
	"- name: both\n"
	"  peer: 198.51.100.1\n"
	"  local: 192.0.2.2\n"
	"  hosts: [{name: lac1}]\n";

static struct conf *load(const char *from, size_t len)
{
	struct conf *conf = NULL;
	char error[256] = "";

	if (conf_parse(from, len, "x.yaml", &conf, error, sizeof(error)))
		fail_msg("%s", error);
	return conf;
}

static int setup(void **state)
{
	*state = load(text, sizeof(text) - 1);
	return 0;
}

static int teardown(void **state)
{
	conf_free(*state);
	return 0;
}

static void domain_is(const struct conf *conf, const char *user,
		      const char *expected)
{
	const struct conf_domain *found =
		policy_domain(conf, view_text(user));

	assert_non_null(found);
	assert_string_equal(found->name, expected);
}

static void test_domain(void **state)
{
	domain_is(*state, "bob@example.net", "Example.NET");
	domain_is(*state, "bob@EXAMPLE.net", "Example.NET");
	/* right to left: the last @ counts */
	domain_is(*state, "u@example.net@xyz.com", "xyz.com");
	domain_is(*state, "@xyz.com", "xyz.com");
	domain_is(*state, "u@elsewhere.org", "default");
	domain_is(*state, "u@example.ne", "default");
	domain_is(*state, "u@example.nett", "default");
	domain_is(*state, "u", "none");
	domain_is(*state, "", "none");
	domain_is(*state, "u@", "none");
}

/* The file's two words are not to be had by claiming them. */
static void test_domain_words(void **state)
{
	domain_is(*state, "u@none", "default");
	domain_is(*state, "u@NONE", "default");
	domain_is(*state, "u@default", "default");
}

static void test_no_domain(void **state)
{
	static const char only[] = "domains: [{name: x, action: refuse}]\n";
	struct conf *conf = load(only, sizeof(only) - 1);

	(void)state;
	assert_null(policy_domain(conf, view_text("u@y")));
	assert_null(policy_domain(conf, view_text("u@default")));
	assert_null(policy_domain(conf, view_text("u")));
	assert_non_null(policy_domain(conf, view_text("u@x")));
	conf_free(conf);
}

/* "none" is missing: such names are the default's. */
static void test_default_for_no_domain(void **state)
{
	static const char only[] =
		"domains: [{name: default, action: refuse}]\n";
	struct conf *conf = load(only, sizeof(only) - 1);

	(void)state;
	domain_is(conf, "u", "default");
	conf_free(conf);
}

static void test_user(void **state)
{
	const struct conf *conf = *state;

	assert_string_equal(policy_user(conf, view_text("alice"))->password,
			    "a");
	assert_string_equal(
		policy_user(conf, view_text("bob@example.net"))->password,
		"b");
	assert_string_equal(policy_user(conf, view_text("bo"))->password, "o");
	assert_null(policy_user(conf, view_text("bob")));
	assert_null(policy_user(conf, view_text("Alice")));
	assert_null(policy_user(conf, view_text("")));
	assert_null(policy_user(conf, view_of(NULL, 0)));
	assert_null(policy_user(conf, view_of("bo\0x", 4)));
	assert_null(policy_user(conf, view_text("zzz")));
}

static struct address ip(const char *from)
{
	struct address out;

	assert_int_equal(address_parse(from, &out), 0);
	return out;
}

static const char *destination(const struct conf *conf, const char *peer,
			       const char *local)
{
	const struct conf_destination *found = policy_destination(
		conf, ip(peer), ip(local));

	return found ? found->name : "";
}

/* The closest fit, whatever its place in the file. */
static void test_destination(void **state)
{
	const struct conf *conf = *state;

	assert_string_equal(destination(conf, "198.51.100.1", "192.0.2.1"),
			    "one");
	assert_string_equal(destination(conf, "198.51.100.1", "192.0.2.2"),
			    "both");
	assert_string_equal(destination(conf, "198.51.100.9", "192.0.2.2"),
			    "local2");
	assert_string_equal(destination(conf, "198.51.100.9", "192.0.2.1"),
			    "any");
	/* "any" is any of ours, not of the machine's */
	assert_string_equal(destination(conf, "198.51.100.9", "10.64.0.1"),
			    "");
}

/* An entry's peer address has precedence over its local address. */
static void test_peer_before_local(void **state)
{
	static const char only[] =
		"l2tp: {local-addresses: [192.0.2.1]}\n"
		"destinations:\n"
		"- {name: to, local: 192.0.2.1, hosts: [{name: a, switch: yes}]}\n"
		"- {name: by, peer: 198.51.100.1, hosts: [{name: a, switch: yes}]}\n";
	struct conf *conf = load(only, sizeof(only) - 1);

	(void)state;
	assert_string_equal(destination(conf, "198.51.100.1", "192.0.2.1"),
			    "by");
	assert_string_equal(destination(conf, "198.51.100.2", "192.0.2.1"),
			    "to");
	conf_free(conf);
}

/* 0.0.0.0 and :: are of their family only, and closer than any of both. */
static void test_destination_families(void **state)
{
	static const char both[] =
		"l2tp: {local-addresses: [192.0.2.1, '2001:db8::1', "
		"'2001:db8::2']}\n"
		"destinations:\n"
		"- {name: any, hosts: [{name: a, switch: yes}]}\n"
		"- {name: six, peer: '::', hosts: [{name: a, switch: yes}]}\n"
		"- {name: to6, local: '2001:db8::1', hosts: [{name: a, "
		"switch: yes}]}\n"
		"- {name: lac, peer: '2001:db8::9', hosts: [{name: a, "
		"switch: yes}]}\n";
	struct conf *conf = load(both, sizeof(both) - 1);

	(void)state;
	assert_string_equal(destination(conf, "198.51.100.1", "192.0.2.1"),
			    "any");
	assert_string_equal(destination(conf, "2001:db8::8", "2001:db8::2"),
			    "six");
	assert_string_equal(destination(conf, "2001:db8::8", "2001:db8::1"),
			    "six");
	assert_string_equal(destination(conf, "2001:db8::9", "2001:db8::1"),
			    "lac");
	/* no way to answer it */
	assert_string_equal(destination(conf, "fe80::9", "2001:db8::1"), "");
	conf_free(conf);
}

static void test_no_destination(void **state)
{
	static const char only[] =
		"l2tp: {local-addresses: [192.0.2.1]}\n"
		"destinations:\n"
		"- name: d\n"
		"  peer: 198.51.100.1\n"
		"  hosts: [{name: lac1, switch: yes}]\n";
	struct conf *conf = load(only, sizeof(only) - 1);

	(void)state;
	assert_string_equal(destination(conf, "198.51.100.1", "192.0.2.1"),
			    "d");
	assert_string_equal(destination(conf, "198.51.100.2", "192.0.2.1"),
			    "");
	assert_null(policy_host(&conf->destinations[0], view_text("lac2")));
	conf_free(conf);
}

static void test_host(void **state)
{
	const struct conf *conf = *state;
	const struct conf_destination *one = &conf->destinations[2];

	assert_string_equal(policy_host(one, view_text("lac1"))->name, "lac1");
	assert_string_equal(policy_host(one, view_text("lac2"))->name,
			    "default");
	assert_string_equal(policy_host(one, view_text("LAC1"))->name,
			    "default");
	assert_string_equal(policy_host(one, view_text(""))->name, "default");
	/* no default here: nobody else */
	assert_null(policy_host(&conf->destinations[3], view_text("default")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_domain),
		cmocka_unit_test(test_domain_words),
		cmocka_unit_test(test_no_domain),
		cmocka_unit_test(test_default_for_no_domain),
		cmocka_unit_test(test_user),
		cmocka_unit_test(test_destination),
		cmocka_unit_test(test_peer_before_local),
		cmocka_unit_test(test_destination_families),
		cmocka_unit_test(test_no_destination),
		cmocka_unit_test(test_host),
	};

	return cmocka_run_group_tests_name("policy", tests, setup, teardown);
}
