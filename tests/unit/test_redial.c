/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subscribers who lost power and dial again: what their older calls hold goes
 * to the new one, and to nobody else.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/pool.h"

#define FIXED "10.1.0.4"

/* %s: lines of an operator; six addresses are to be given, one is f's own */
static const char bng_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: bng, max-sessions: %u}\n"
	"%s"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.1]}\n"
	"domains: [{name: default, action: local}]\n"
	"users:\n"
	"- {name: a, password: p}\n"
	"- {name: b, password: p}\n"
	"- {name: one, password: p, second-session: refuse}\n"
	"- {name: many, password: p, second-session: allow}\n"
	"- {name: f, password: p, address: " FIXED "}\n"
	"- {name: g, password: p, address: " FIXED "0, second-session: refuse}\n"
	"pools: [{name: p, range: 10.1.0.1-10.1.0.%u}]\n";

struct house {
	struct stage *stage;
	struct actor *bng;
	char conf[1024];
};

/* last: of the pool, whose first address is the gateway */
static struct house house_new(unsigned int last, const char *lines)
{
	struct house h = {.stage = stage_new()};

	snprintf(h.conf, sizeof(h.conf), bng_conf, 100, lines, last);
	h.bng = stage_actor(h.stage, h.conf);
	return h;
}

static void house_end(struct house *h)
{
	stage_pass(h->stage, 300000);
	actor_is_empty(h->bng);
	stage_free(h->stage);
}

static struct caller *dial(struct house *h, const char *user)
{
	struct caller *c = stage_caller(h->stage, h->bng, user, "p");

	caller_dial(c);
	stage_pass(h->stage, 500);
	assert_true(c->online);
	/* nobody who has just come up is asked whether they live */
	stage_pass(h->stage, 6000);
	return c;
}

/* Another session of the same line. */
static struct caller *dial_beside(struct house *h, const struct caller *first,
				  const char *user)
{
	struct caller *c = stage_caller(h->stage, h->bng, user, "p");

	memcpy(c->mac, first->mac, sizeof(c->mac));
	stage_pass(h->stage, 1); /* a cookie of its own */
	caller_dial(c);
	return c;
}

static void hang_up(struct house *h, struct caller *c)
{
	caller_padt(c);
	stage_pass(h->stage, 100);
}

static unsigned int calls(const struct house *h)
{
	return h->bng->node.call_count;
}

static uint64_t counted(const struct house *h, enum counter counter)
{
	return h->bng->node.counters[counter];
}

static void assert_ended(const struct house *h, const char *cause)
{
	assert_string_equal(actor_ended(h->bng)->cause, cause);
}

/* ---- an address of one's own --------------------------------------------- */

static void test_fixed_address_same_line(void **state)
{
	struct house h = house_new(8, "");
	struct caller *c = dial(&h, "f");
	uint16_t before = c->session;

	(void)state;
	caller_dial(c);
	assert_true(c->online);
	assert_int_equal(c->address.s_addr, inet_addr(FIXED));
	assert_int_not_equal(c->session, before);
	assert_int_equal(calls(&h), 1);
	assert_ended(&h, "replaced");
	assert_int_equal(counted(&h, COUNT_CALLS_REPLACED), 1);
	assert_int_equal(c->last_padt, before);
	hang_up(&h, c);
	house_end(&h);
}

/* The account is used at another place: there it works, here it ends. */
static void test_fixed_address_other_line(void **state)
{
	struct house h = house_new(8, "");
	struct caller *first = dial(&h, "f");
	struct caller *second = dial(&h, "f");

	(void)state;
	assert_true(first->padt);
	assert_int_equal(second->address.s_addr, inet_addr(FIXED));
	assert_int_equal(calls(&h), 1);
	hang_up(&h, second);
	house_end(&h);
}

/* Who may have one session at a time is asked first. */
static void test_fixed_address_refused(void **state)
{
	struct house h = house_new(50, "");
	struct caller *first = dial(&h, "g");
	struct caller *second = stage_caller(h.stage, h.bng, "g", "p");

	(void)state;
	caller_dial(second);
	stage_pass(h.stage, 100);
	assert_true(second->auth_failed);
	assert_true(first->online);
	assert_int_equal(first->echoes, 1);
	assert_ended(&h, "address-in-use");
	assert_int_equal(counted(&h, COUNT_CALL_ADDRESS_IN_USE), 1);
	/* that was an answer for a second */
	first->mute = true;
	stage_pass(h.stage, 1000);
	caller_dial(second);
	stage_pass(h.stage, 2900);
	assert_false(second->online || second->auth_failed);
	stage_pass(h.stage, 200);
	assert_true(second->online);
	assert_int_equal(second->address.s_addr, inet_addr(FIXED "0"));
	assert_int_equal(calls(&h), 1);
	hang_up(&h, second);
	house_end(&h);
}

/* Nobody gets it by chance, however small the pool is. */
static void test_fixed_address_is_kept(void **state)
{
	struct house h = house_new(5, "");
	struct caller *c[3] = {dial(&h, "a"), dial(&h, "many"), dial(&h, "b")};
	struct caller *late = stage_caller(h.stage, h.bng, "many", "p");

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_not_equal(c[i]->address.s_addr, inet_addr(FIXED));
	caller_dial(late);
	stage_pass(h.stage, 9000);
	assert_true(late->auth_failed);
	dial(&h, "f");
	hang_up(&h, &h.stage->callers[4]);
	for (int i = 0; i < 3; i++)
		hang_up(&h, c[i]);
	house_end(&h);
}

/* ...and nobody takes it: not with a wrong password, nor by their own name. */
static void test_fixed_address_of_others(void **state)
{
	struct house h = house_new(8, "");
	struct caller *owner = dial(&h, "f");
	struct caller *thief = stage_caller(h.stage, h.bng, "f", "wrong");
	struct caller *other = dial_beside(&h, owner, "a");

	(void)state;
	memcpy(thief->mac, owner->mac, sizeof(thief->mac));
	stage_pass(h.stage, 1);
	caller_dial(thief);
	stage_pass(h.stage, 100);
	assert_true(thief->auth_failed);
	assert_true(other->online && owner->online);
	assert_int_equal(owner->echoes, 0);
	assert_int_equal(counted(&h, COUNT_CALLS_PROBED), 0);
	assert_int_equal(calls(&h), 2);
	hang_up(&h, other);
	hang_up(&h, owner);
	house_end(&h);
}

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac}\n"
	"ppp: {auth: [pap]}\n"
	"l2tp: {local-addresses: [192.0.2.2]}\n"
	"tunnels: [{name: lns, peer: 192.0.2.1, host-name: lac}]\n"
	"domains: [{name: default, tunnels: [lns]}]\n";

/* The LNS has a user's older call in the same tunnel. */
static void check_tunnelled(unsigned int last, const char *user,
			    const char *cause)
{
	struct house h = house_new(last, "destinations: [{name: lac, hosts: "
				      "[{name: lac, host-name: lns}]}]\n");
	struct actor *lac = stage_actor(h.stage, lac_conf);
	struct caller *c = stage_caller(h.stage, lac, user, "p");
	struct in_addr before;

	caller_dial(c);
	stage_pass(h.stage, 6000);
	assert_true(c->online);
	before = c->address;
	caller_dial(c);
	stage_pass(h.stage, 4000);
	assert_true(c->online);
	assert_int_equal(c->address.s_addr, before.s_addr);
	assert_int_equal(calls(&h), 1);
	assert_ended(&h, cause);
	assert_int_equal(lac->node.call_count, 1);
	caller_padt(c);
	house_end(&h);
}

static void test_tunnelled(void **state)
{
	(void)state;
	check_tunnelled(8, "f", "replaced");
	check_tunnelled(2, "one", "echo-timeout");
}

/* ---- addresses of a pool ------------------------------------------------- */

/* As many subscribers as addresses, and all of them were cut off. */
static void test_all_of_a_pool(void **state)
{
	struct house h = house_new(4, "");
	struct caller *c[2] = {dial(&h, "a"), dial(&h, "b")};

	(void)state;
	for (int i = 0; i < 2; i++)
		caller_dial(c[i]);
	stage_pass(h.stage, 2900);
	assert_false(c[0]->online || c[0]->auth_failed);
	stage_pass(h.stage, 200);
	assert_true(c[0]->online && c[1]->online);
	assert_int_equal(calls(&h), 2);
	assert_ended(&h, "echo-timeout");
	assert_int_equal(counted(&h, COUNT_CALL_NO_ADDRESS), 0);
	for (int i = 0; i < 2; i++)
		hang_up(&h, c[i]);
	house_end(&h);
}

/* Who is alive keeps what they have, and the pool is empty as before. */
static void test_pool_of_the_living(void **state)
{
	struct house h = house_new(2, "");
	struct caller *first = dial(&h, "a");
	struct caller *second = dial_beside(&h, first, "a");
	struct caller *third = stage_caller(h.stage, h.bng, "b", "p");

	(void)state;
	stage_pass(h.stage, 100);
	assert_true(second->auth_failed);
	assert_ended(&h, "no-address");
	assert_true(first->online);
	assert_true(first->echoes > 0);
	caller_dial(third);
	stage_pass(h.stage, 100);
	assert_true(third->auth_failed);
	assert_int_equal(counted(&h, COUNT_CALL_NO_ADDRESS), 2);
	assert_int_equal(calls(&h), 1);
	hang_up(&h, first);
	house_end(&h);
}

/* The same line is not the same subscriber: who is dead is asked by their own. */
static void test_pool_of_others(void **state)
{
	struct house h = house_new(2, "");
	struct caller *first = dial(&h, "a");
	struct caller *second;

	(void)state;
	first->mute = true;
	second = dial_beside(&h, first, "b");
	stage_pass(h.stage, 100);
	assert_true(second->auth_failed);
	assert_int_equal(counted(&h, COUNT_CALLS_PROBED), 0);
	assert_int_equal(calls(&h), 1);
	stage_pass(h.stage, 200000);
	house_end(&h);
}

/* What ends while it is waited for, on either side. */
static void test_waiting_ends(void **state)
{
	struct house h = house_new(2, "");
	struct caller *first = dial(&h, "a");
	struct caller *second;
	struct caller *other;

	(void)state;
	first->mute = true;
	second = stage_caller(h.stage, h.bng, "a", "p");
	caller_dial(second);
	stage_pass(h.stage, 1000);
	assert_int_equal(calls(&h), 2);
	/* the new one goes */
	hang_up(&h, second);
	assert_int_equal(calls(&h), 1);
	/* it comes again, and negotiates anew while it waits */
	caller_dial(second);
	stage_pass(h.stage, 500);
	caller_renegotiate(second);
	stage_pass(h.stage, 100);
	assert_false(second->online);
	/* the old one ends by itself, and nobody is quicker */
	first->mute = false;
	caller_padt(first);
	assert_ended(&h, "user-padt");
	other = stage_caller(h.stage, h.bng, "b", "p");
	caller_dial(other);
	assert_true(other->auth_failed);
	stage_pass(h.stage, 10);
	assert_true(second->online);
	hang_up(&h, second);
	house_end(&h);
}

/* Who is in LCP again is not refused for what they asked before that. */
static void test_waiting_begins_again(void **state)
{
	struct house h = house_new(2, "");
	struct caller *first = dial(&h, "a");
	struct caller *second = stage_caller(h.stage, h.bng, "a", "p");

	(void)state;
	first->mute = true;
	caller_dial(second);
	stage_pass(h.stage, 500);
	second->deaf = true;
	caller_renegotiate(second);
	first->mute = false; /* alive: the pool stays empty */
	stage_pass(h.stage, 60000);
	assert_ended(&h, "lcp-failed");
	assert_int_equal(counted(&h, COUNT_CALL_NO_ADDRESS), 0);
	assert_int_equal(calls(&h), 1);
	hang_up(&h, first);
	house_end(&h);
}

/* Who dials a third time while the second waits goes on waiting. */
static void check_no_patience(unsigned int last, const char *user)
{
	struct house h = house_new(last, "");
	struct caller *first = dial(&h, user);
	struct caller *second = stage_caller(h.stage, h.bng, user, "p");

	first->mute = true;
	caller_dial(second);
	stage_pass(h.stage, 1500);
	caller_dial(second);
	stage_pass(h.stage, 1400);
	assert_false(second->online || second->auth_failed);
	assert_int_equal(calls(&h), 2);
	stage_pass(h.stage, 200);
	assert_true(second->online);
	assert_int_equal(calls(&h), 1);
	assert_int_equal(counted(&h, COUNT_CALLS_REPLACED), 1);
	hang_up(&h, second);
	house_end(&h);
}

static void test_no_patience(void **state)
{
	(void)state;
	check_no_patience(2, "a");
	check_no_patience(8, "one");
}

/* An operator ends a call that waits. */
static void test_waiting_is_ended(void **state)
{
	struct house h = house_new(2, "");
	struct caller *first = dial(&h, "a");
	struct caller *second;

	(void)state;
	first->mute = true;
	second = stage_caller(h.stage, h.bng, "a", "p");
	caller_dial(second);
	stage_pass(h.stage, 500);
	actor_disconnect(h.bng, list_entry(h.bng->node.calls.prev, struct call,
					   link));
	stage_pass(h.stage, 100);
	assert_true(second->padt);
	assert_ended(&h, "admin");
	stage_pass(h.stage, 4000);
	assert_int_equal(calls(&h), 0);
	house_end(&h);
}

/* ---- second sessions ----------------------------------------------------- */

/* As ever: both stay while both live. */
static void test_allow(void **state)
{
	struct house h = house_new(8, "");
	struct caller *first = dial(&h, "a");
	struct caller *second = dial_beside(&h, first, "a");
	struct caller *third = dial(&h, "a");

	(void)state;
	assert_true(first->online && second->online && third->online);
	assert_true(first->echoes > 0);
	/* the line was cut off: what nobody answers for ends in 3 s */
	second->mute = true;
	stage_pass(h.stage, 6000);
	caller_dial(first);
	stage_pass(h.stage, 3100);
	assert_true(first->online);
	assert_int_equal(calls(&h), 3);
	assert_ended(&h, "echo-timeout");
	hang_up(&h, first);
	hang_up(&h, third);
	stage_pass(h.stage, 200000);
	house_end(&h);
}

static void test_replace(void **state)
{
	struct house h = house_new(8, "second-session: replace\n");
	struct caller *first = dial(&h, "a");
	struct caller *many = dial(&h, "many");
	struct in_addr before = first->address;
	struct caller *second = stage_caller(h.stage, h.bng, "a", "p");

	(void)state;
	caller_dial(second);
	assert_true(second->online);
	assert_true(first->padt);
	/* the address comes along, too */
	assert_int_equal(second->address.s_addr, before.s_addr);
	/* the user's own word is stronger */
	dial(&h, "many");
	assert_true(many->online);
	assert_int_equal(calls(&h), 3);
	for (int i = 0; i < 4; i++)
		if (h.stage->callers[i].online)
			hang_up(&h, &h.stage->callers[i]);
	house_end(&h);
}

static void test_refuse(void **state)
{
	struct house h = house_new(8, "");
	struct caller *first = dial(&h, "one");
	struct caller *second = stage_caller(h.stage, h.bng, "one", "p");

	(void)state;
	caller_dial(second);
	stage_pass(h.stage, 100);
	assert_true(second->auth_failed && first->online);
	assert_ended(&h, "second-session");
	assert_int_equal(counted(&h, COUNT_CALL_SECOND_SESSION), 1);
	hang_up(&h, first);
	house_end(&h);
}

/* Who was refused, and is being told so, is no session for who waits. */
static void test_refuse_beside_refused(void **state)
{
	struct house h = house_new(8, "");
	struct caller *dead = dial(&h, "one");
	struct caller *waits = stage_caller(h.stage, h.bng, "one", "p");
	struct caller *other = stage_caller(h.stage, h.bng, "one", "p");

	(void)state;
	dead->mute = true;
	caller_dial(waits);
	stage_pass(h.stage, 2500);
	other->stays = true;
	caller_dial(other);
	assert_true(other->auth_failed && !other->padt);
	stage_pass(h.stage, 1000);
	assert_true(waits->online);
	stage_pass(h.stage, 9000);
	assert_int_equal(counted(&h, COUNT_CALL_SECOND_SESSION), 1);
	assert_int_equal(calls(&h), 1);
	hang_up(&h, waits);
	house_end(&h);
}

/* The client falls silent, until echo has found out and PPP says goodbye. */
static void fall_silent(struct house *h, struct caller *c)
{
	c->mute = true;
	for (int i = 0; actor_call(h->bng)->phase != PPP_TERMINATE; i++) {
		assert_true(i < 200);
		stage_pass(h->stage, 1000);
	}
}

/* Nobody has to be asked whether a session lives that is found dead. */
static void test_refuse_beside_dead(void **state)
{
	struct house h = house_new(8, "");
	struct caller *dead = dial(&h, "one");
	struct caller *second = stage_caller(h.stage, h.bng, "one", "p");

	(void)state;
	fall_silent(&h, dead);
	caller_dial(second);
	assert_true(second->online);
	assert_int_equal(calls(&h), 1);
	hang_up(&h, second);
	house_end(&h);
}

static void test_pool_beside_dead(void **state)
{
	struct house h = house_new(2, "");
	struct caller *dead = dial(&h, "a");
	struct caller *second = stage_caller(h.stage, h.bng, "a", "p");

	(void)state;
	fall_silent(&h, dead);
	caller_dial(second);
	stage_pass(h.stage, 6100);
	assert_true(second->online);
	assert_int_equal(second->address.s_addr, dead->address.s_addr);
	hang_up(&h, second);
	house_end(&h);
}

/* The same line has certainly lost its older session. */
static void test_refuse_same_line(void **state)
{
	struct house h = house_new(8, "");
	struct caller *c = dial(&h, "one");
	struct in_addr before = c->address;

	(void)state;
	caller_dial(c);
	assert_true(c->online);
	assert_int_equal(c->address.s_addr, before.s_addr);
	assert_int_equal(calls(&h), 1);
	hang_up(&h, c);
	house_end(&h);
}

static void test_refuse_of_a_domain(void **state)
{
	struct stage *stage = stage_new();
	struct actor *a = stage_actor(
		stage, "ports: [{name: access, access: yes}]\n"
		       "ppp: {auth: [pap]}\n"
		       "domains: [{name: d, action: local, "
		       "second-session: refuse}]\n"
		       "users: [{name: u@d, password: p}]\n"
		       "pools: [{name: p, range: 10.1.0.0/24}]\n");
	struct caller *first = stage_caller(stage, a, "u@d", "p");
	struct caller *second = stage_caller(stage, a, "u@d", "p");

	(void)state;
	caller_dial(first);
	caller_dial(second);
	stage_pass(stage, 100);
	assert_true(first->online);
	assert_true(second->auth_failed);
	caller_padt(first);
	stage_pass(stage, 300000);
	actor_is_empty(a);
	stage_free(stage);
}

/* ---- a place on the port ------------------------------------------------- */

static void test_full_port(void **state)
{
	struct house h = {.stage = stage_new()};
	struct caller *c;
	struct caller *other;

	(void)state;
	snprintf(h.conf, sizeof(h.conf), bng_conf, 1, "", 8);
	h.bng = stage_actor(h.stage, h.conf);
	c = dial(&h, "a");
	other = stage_caller(h.stage, h.bng, "b", "p");
	caller_dial(other);
	assert_true(other->refused);
	assert_int_equal(counted(&h, COUNT_CALLS_PROBED), 0);
	/* there is no room for two, but the older one is asked */
	caller_dial(c);
	assert_true(c->refused);
	stage_pass(h.stage, 3100);
	assert_int_equal(calls(&h), 0);
	caller_dial(c);
	assert_true(c->online);
	hang_up(&h, c);
	house_end(&h);
}

/* ---- after a crash of the engine ----------------------------------------- */

static void check_after_crash(const char *user)
{
	struct house h = house_new(2, "stale-hold: 120\n");
	struct caller *c = dial(&h, user);
	struct in_addr before = c->address;
	uint16_t session = c->session;

	actor_restart(h.bng, h.conf);
	assert_int_equal(h.bng->node.stale_count.legs, 2);
	caller_dial(c);
	assert_true(c->online);
	assert_int_equal(c->address.s_addr, before.s_addr);
	assert_int_equal(h.bng->node.stale_count.legs, 0);
	assert_int_equal(c->last_padt, session);
	assert_int_equal(counted(&h, COUNT_PADT_STALE_SENT), 1);
	hang_up(&h, c);
	house_end(&h);
}

static void test_after_crash(void **state)
{
	(void)state;
	check_after_crash("a");
	check_after_crash("one");
}

/* The address is f's whatever line they come by; a's is not b's. */
static void test_after_crash_other_line(void **state)
{
	struct house h = house_new(4, "stale-hold: 120\n");
	struct caller *a = dial(&h, "a");
	struct caller *f = dial(&h, "f");
	struct caller *b = stage_caller(h.stage, h.bng, "b", "p");
	struct caller *thief = stage_caller(h.stage, h.bng, "f", "wrong");

	(void)state;
	actor_restart(h.bng, h.conf);
	memcpy(thief->mac, f->mac, sizeof(thief->mac));
	caller_dial(thief);
	stage_pass(h.stage, 100);
	assert_true(thief->auth_failed);
	assert_int_equal(h.bng->node.stale_count.legs, 4);
	f->mac[5] = 0x77;
	caller_dial(f);
	assert_true(f->online);
	assert_int_equal(f->address.s_addr, inet_addr(FIXED));
	assert_int_equal(h.bng->node.stale_count.legs, 2);
	caller_dial(b);
	assert_true(b->online);
	assert_int_not_equal(b->address.s_addr, a->address.s_addr);
	hang_up(&h, b);
	hang_up(&h, f);
	house_end(&h);
}

/* ---- PADR ---------------------------------------------------------------- */

/* However late it comes: the same question has the same answer. */
static void test_late_padr(void **state)
{
	struct house h = house_new(8, "");
	struct caller *c = dial(&h, "a");
	uint16_t session = c->session;

	(void)state;
	stage_pass(h.stage, 10000);
	caller_repeat(c);
	assert_int_equal(calls(&h), 1);
	assert_int_equal(counted(&h, COUNT_PADR_REPEATED), 1);
	assert_int_equal(c->pads_count, 2);
	assert_int_equal(c->pads, session);
	assert_true(c->online);
	/* another line has none of it */
	c->vlans = 1;
	c->vlan[0] = 5;
	c->outer_type = ETHER_VLAN;
	caller_repeat(c);
	c->vlans = 0;
	c->vlan[0] = c->outer_type = 0;
	assert_int_equal(counted(&h, COUNT_PADR_BAD_COOKIE), 1);
	/* no cookie lives longer than a minute */
	stage_pass(h.stage, 60000);
	caller_repeat(c);
	assert_int_equal(counted(&h, COUNT_PADR_BAD_COOKIE), 2);
	assert_int_equal(calls(&h), 1);
	hang_up(&h, c);
	house_end(&h);
}

/* The network kept it until all was over. */
static void test_padr_after_the_end(void **state)
{
	struct house h = house_new(8, "");
	struct caller *c = dial(&h, "a");

	(void)state;
	hang_up(&h, c);
	caller_repeat(c);
	assert_int_equal(calls(&h), 0);
	assert_int_equal(counted(&h, COUNT_PADR_LATE), 1);
	assert_int_equal(c->pads_count, 1);
	/* a client that wants a session asks anew */
	caller_dial(c);
	assert_true(c->online);
	hang_up(&h, c);
	house_end(&h);
}

/* A redial has the same Host-Uniq perhaps, but never the same cookie. */
static void test_new_padr(void **state)
{
	struct house h = house_new(8, "");
	struct caller *c = stage_caller(h.stage, h.bng, "many", "p");
	uint16_t session;

	(void)state;
	caller_dial(c);
	session = c->session;
	stage_pass(h.stage, 1);
	caller_dial(c);
	assert_true(c->online);
	assert_int_not_equal(c->session, session);
	/* the same cookie, but another question */
	c->host_uniq = "other";
	session = c->pads;
	caller_repeat(c);
	assert_int_not_equal(c->pads, session);
	assert_int_equal(counted(&h, COUNT_PADR), 3);
	assert_int_equal(counted(&h, COUNT_PADR_REPEATED), 0);
	hang_up(&h, c);
	stage_pass(h.stage, 200000);
	house_end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed_address_same_line),
		cmocka_unit_test(test_fixed_address_other_line),
		cmocka_unit_test(test_fixed_address_refused),
		cmocka_unit_test(test_fixed_address_is_kept),
		cmocka_unit_test(test_fixed_address_of_others),
		cmocka_unit_test(test_tunnelled),
		cmocka_unit_test(test_all_of_a_pool),
		cmocka_unit_test(test_pool_of_the_living),
		cmocka_unit_test(test_pool_of_others),
		cmocka_unit_test(test_waiting_ends),
		cmocka_unit_test(test_waiting_begins_again),
		cmocka_unit_test(test_no_patience),
		cmocka_unit_test(test_waiting_is_ended),
		cmocka_unit_test(test_allow),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_refuse_beside_refused),
		cmocka_unit_test(test_refuse_beside_dead),
		cmocka_unit_test(test_pool_beside_dead),
		cmocka_unit_test(test_refuse_same_line),
		cmocka_unit_test(test_refuse_of_a_domain),
		cmocka_unit_test(test_full_port),
		cmocka_unit_test(test_after_crash),
		cmocka_unit_test(test_after_crash_other_line),
		cmocka_unit_test(test_late_padr),
		cmocka_unit_test(test_padr_after_the_end),
		cmocka_unit_test(test_new_padr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
