/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many things at once, by dice: subscribers who dial again, hang up or fall
 * silent, LNSs that do not answer, start again or refuse, lost messages,
 * operators.  Whatever happens, who waits for whom agrees, and all of it ends.
 * STORMS=1000 STORM=7 in the environment: so many, from this number on.
 */
#include "stage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char lac_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lac, max-sessions: 12}\n"
	"ppp: {auth: [pap]}\n"
	"stale-hold: 30\n"
	"l2tp: {local-addresses: [192.0.2.1], idle-timeout: 5, hold-down: 10,\n"
	"  hello: 10}\n"
	"tunnels:\n"
	"- {name: first, peer: 192.0.2.2, host-name: lac, secret: one}\n"
	"- {name: second, peer: 192.0.2.3, host-name: lac, secret: one}\n"
	"- {name: lts, peer: 192.0.2.4, host-name: lac, secret: one,\n"
	"   max-sessions: 2, sequencing: yes}\n"
	"- {name: wrong, peer: 192.0.2.2, host-name: lac, secret: bad}\n"
	"domains:\n"
	"- {name: both, tunnels: [first, second]}\n"
	"- {name: all, tunnels: [lts, wrong, first, second]}\n"
	"- {name: lts, tunnels: [lts]}\n"
	"- {name: here, action: local}\n"
	"- {name: only, action: local, second-session: refuse}\n"
	"- {name: last, action: local, second-session: replace}\n"
	"users: [{name: u@here, password: p}, {name: v@here, password: p},\n"
	"  {name: u@only, password: p}, {name: u@last, password: p},\n"
	"  {name: f@here, password: p, address: 10.1.0.3},\n"
	"  {name: h@only, password: p, address: 10.7.0.3}]\n"
	"pools: [{name: p, range: 10.1.0.1-10.1.0.4}]\n";

static const char lts_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: lts}\n"
	"ppp: {auth: [pap]}\n"
	"stale-hold: 30\n"
	"l2tp: {local-addresses: [192.0.2.4], idle-timeout: 5, hold-down: 10}\n"
	"destinations: [{name: lac, hosts: [{name: lac, host-name: lts,\n"
	"  secret: one, switch: yes}]}]\n"
	"tunnels:\n"
	"- {name: first, peer: 192.0.2.2, host-name: lac, secret: one}\n"
	"- {name: second, peer: 192.0.2.3, host-name: lac, secret: one}\n"
	"domains: [{name: all, tunnels: [first, second]},\n"
	"  {name: lts, tunnels: [second]}]\n";

#define LNS_CONF(address, range, second)                                       \
	"ports: [{name: access, access: yes}]\n"                               \
	"pppoe: {ac-name: lns}\n"                                              \
	"ppp: {auth: [pap]}\n"                                                 \
	"stale-hold: 30\n"                                                     \
	"second-session: " second "\n"                                         \
	"l2tp: {local-addresses: [" address "], idle-timeout: 5, hello: 10}\n" \
	"destinations: [{name: all, hosts: [{name: lac, host-name: lns, "      \
	"secret: one}]}]\n"                                                    \
	"users: [{name: u@both, password: p}, {name: u@all, password: p}, "    \
	"{name: u@lts, password: p}]\n"                                        \
	"pools: [{name: p, range: " range "}]\n"

static const char *const confs[STAGE_ACTORS] = {
	lac_conf,
	LNS_CONF("192.0.2.2", "10.2.0.1-10.2.0.4", "refuse"),
	LNS_CONF("192.0.2.3", "10.3.0.1-10.3.0.3", "allow"),
	lts_conf,
};

static const char *const users[] = {
	"u@both", "u@all",  "u@lts",  "u@here", "v@here",
	"u@only", "u@last", "f@here", "h@only", "nobody@here",
};

static uint32_t seed;

static unsigned int dice(unsigned int sides)
{
	seed = seed * 1103515245u + 12345u;
	return (seed >> 16) % sides;
}

static bool lose_some(struct stage *stage, const struct actor *from,
		      struct view datagram)
{
	return dice(20) == 0 || stage_lose_type(stage, from, datagram);
}

/* ---- what always holds --------------------------------------------------- */

static void call_agrees(const struct call *call)
{
	assert_int_not_equal(call->state, CALL_ENDED);
	if (call->heir) {
		assert_ptr_equal(call->heir->rival, call);
		assert_int_not_equal(call->heir->state, CALL_ENDED);
		/* an answer, or the end, will tell it */
		assert_non_null(call->ppp);
		assert_true(ppp_info(call->ppp).probing ||
			    ppp_info(call->ppp).phase == PPP_TERMINATE);
	}
	if (call->rival)
		assert_ptr_equal(call->rival->heir, call);
	if (call->by_user.in)
		assert_non_null(call->ppp);
}

static void destination_agrees(const struct destination *dest)
{
	unsigned int doubted = 0, calls = 0;
	const struct tunnel_entry *entry;
	const struct list *link;

	list_each (entry, &dest->tunnels, link) {
		doubted += entry->doubted;
		calls += entry->calls;
		for (link = entry->waiting.next; link != &entry->waiting;
		     link = link->next) {
			const struct call *call =
				list_entry(link, struct call, waiting);

			assert_ptr_equal(call->core.entry, entry);
			assert_int_equal(call->state, CALL_TUNNELLING);
		}
	}
	assert_int_equal(dest->doubted, doubted);
	assert_int_equal(dest->calls, calls);
}

static void all_agrees(struct stage *stage)
{
	for (unsigned int i = 0; i < stage->actor_count; i++) {
		const struct node *node = &stage->actors[i].node;
		const struct destination *dest;
		const struct call *call;

		list_each (call, &node->calls, link)
			call_agrees(call);
		list_each (dest, &node->destinations, link)
			destination_agrees(dest);
	}
}

/* ---- what happens -------------------------------------------------------- */

static void subscriber(struct caller *c)
{
	switch (dice(16)) {
	case 0:
		if (c->session)
			caller_padt(c);
		break;
	case 1:
		if (c->session)
			caller_terminate(c);
		break;
	case 2:
		if (c->session)
			caller_renegotiate(c);
		break;
	case 3:
		c->mute = dice(2);
		break;
	case 4:
		c->stays = dice(2);
		c->mute = false;
		break;
	case 5:
		snprintf(c->user, sizeof(c->user), "%s",
			 users[dice(sizeof(users) / sizeof(*users))]);
		break;
	case 6:
		if (c->session)
			caller_authenticate(c);
		break;
	case 7:
		/* behind the same modem as another one */
		memcpy(c->mac, c->stage->callers[dice(STAGE_CALLERS)].mac, 6);
		break;
	default:
		c->mute = false;
		caller_dial(c);
	}
}

static void network(struct actor *a)
{
	struct call *call;
	unsigned int n;

	switch (dice(9)) {
	case 0:
		a->mute = true;
		break;
	case 1:
		actor_restart(a, confs[a - a->stage->actors]);
		break;
	case 2:
		actor_close_tunnels(a);
		break;
	case 3:
		n = a->node.call_count ? dice(a->node.call_count) : 0;
		list_each (call, &a->node.calls, link)
			if (!n--)
				break;
		if (&call->link != &a->node.calls)
			actor_disconnect(a, call);
		break;
	case 4:
		a->stage->lose = dice(2) ? lose_some : NULL;
		a->stage->lose_type = dice(16);
		break;
	default:
		for (n = 0; n < STAGE_ACTORS; n++)
			a->stage->actors[n].mute = false;
		a->stage->lose = NULL;
	}
}

static void storm(uint32_t number)
{
	struct stage *stage = stage_new();

	seed = number;
	for (unsigned int i = 0; i < STAGE_ACTORS; i++)
		stage_actor(stage, confs[i]);
	for (unsigned int i = 0; i < STAGE_CALLERS; i++)
		stage_caller(stage, &stage->actors[0],
			     users[dice(sizeof(users) / sizeof(*users))], "p");
	for (unsigned int i = 0; i < 400; i++) {
		if (dice(12))
			subscriber(&stage->callers[dice(STAGE_CALLERS)]);
		else
			network(&stage->actors[dice(STAGE_ACTORS)]);
		all_agrees(stage);
		if (dice(3))
			continue;
		stage_pass(stage, dice(2) ? dice(1500) : dice(9000));
		all_agrees(stage);
	}
	for (unsigned int i = 0; i < STAGE_CALLERS; i++)
		stage->callers[i].mute = true;
	for (unsigned int i = 0; i < STAGE_ACTORS; i++)
		stage->actors[i].mute = false;
	stage->lose = NULL;
	stage_pass(stage, 400000);
	for (unsigned int i = 0; i < STAGE_ACTORS; i++)
		actor_is_empty(&stage->actors[i]);
	stage_free(stage);
}

static void test_storms(void **state)
{
	const char *from = getenv("STORM"), *count = getenv("STORMS");
	uint32_t first = from ? (uint32_t)atoi(from) : 1;
	uint32_t n = count ? (uint32_t)atoi(count) : 2;

	(void)state;
	for (uint32_t i = 0; i < n; i++) {
		if (count)
			fprintf(stderr, "storm %u\n", first + i);
		storm(first + i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
