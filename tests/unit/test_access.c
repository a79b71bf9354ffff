/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PPPoE clients: VLAN tags, sessions that are not there any more, 1500 octets,
 * access lines, echo replies.
 */
#include <arpa/inet.h>
#include <string.h>

#include "stage.h"
#include "switch/access.h"

static const char pta_conf[] =
	"ports: [{name: access, access: yes}]\n"
	"pppoe: {ac-name: bng}\n"
	"ppp: {auth: [pap]}\n"
	"domains: [{name: default, action: local}]\n"
	"users: [{name: u, password: p}]\n"
	"pools: [{name: p, range: 10.1.0.0-10.1.0.7}]\n";

struct scene {
	struct stage *stage;
	struct actor *ac;
	struct caller *caller;
};

static struct scene scene_new(void)
{
	struct scene s = {.stage = stage_new()};

	s.ac = stage_actor(s.stage, pta_conf);
	s.caller = stage_caller(s.stage, s.ac, "u", "p");
	return s;
}

static void scene_dial(struct scene *s)
{
	caller_dial(s->caller);
	stage_pass(s->stage, 1000);
	assert_true(s->caller->online);
}

static void scene_end(struct scene *s)
{
	caller_padt(s->caller);
	actor_is_empty(s->ac);
	stage_free(s->stage);
}

static const struct image *template_image(const struct actor *a, uint32_t slot)
{
	const struct template *t = &a->templates[slot];

	return &t->image[t->active];
}

/* ---- VLANs --------------------------------------------------------------- */

static const struct form {
	uint8_t vlans;
	uint16_t vlan[2], outer_type;
	const char *tags; /* in the template, behind the addresses */
	size_t tags_len;
} forms[] = {
	{0, {0}, 0, "\x88\x64", 2},
	{1, {100}, ETHER_VLAN, "\x81\x00\0\0\x88\x64", 6},
	{1, {100}, ETHER_QINQ, "\x88\xa8\0\0\x88\x64", 6},
	{2, {100, 200}, ETHER_VLAN, "\x81\x00\0\0\x81\x00\0\0\x88\x64", 10},
	{2, {100, 4094}, ETHER_QINQ, "\x88\xa8\0\0\x81\x00\0\0\x88\x64", 10},
};
enum { FORMS = sizeof(forms) / sizeof(*forms) };

static void check_form(const struct scene *s, const struct form *form)
{
	const struct call *call = actor_call(s->ac);
	const struct leg *up = &s->ac->legs[call->access.slot];
	const struct leg *down = &s->ac->legs[call->core.slot];
	const struct image *image = template_image(s->ac, down->out_template);

	assert_int_equal(up->in.pppoe.vlan, form->vlan[0]);
	assert_int_equal(up->in.pppoe.inner_vlan, form->vlan[1]);
	assert_int_equal(down->to.pppoe.vlan, htons(form->vlan[0]));
	assert_int_equal(down->to.pppoe.inner_vlan, htons(form->vlan[1]));
	assert_int_equal(image->tags, form->vlans);
	assert_memory_equal(image->head + 12, form->tags, form->tags_len);
	assert_int_equal(image->out_max, form->vlans ? 1518 : 1514);
}

/* The caller itself checks the tags of all that comes, whatever it is. */
static void test_tags(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < FORMS; i++) {
		struct scene s = scene_new();

		s.caller->vlans = forms[i].vlans;
		memcpy(s.caller->vlan, forms[i].vlan, sizeof(forms[i].vlan));
		s.caller->outer_type = forms[i].outer_type;
		scene_dial(&s);
		check_form(&s, &forms[i]);
		scene_end(&s);
	}
}

/* The same MAC address behind other tags is somebody else. */
static void test_inner_vlan_is_identity(void **state)
{
	struct scene s = scene_new();
	struct caller *c = s.caller;
	struct node *node = &s.ac->node;
	uint16_t session;

	(void)state;
	c->vlans = 2;
	c->vlan[0] = 100;
	c->vlan[1] = 200;
	c->outer_type = ETHER_QINQ;
	scene_dial(&s);
	session = c->session;
	c->vlan[1] = 201;
	caller_padt(c);
	assert_int_equal(node->counters[COUNT_FRAME_WRONG_SENDER], 1);
	assert_int_equal(node->call_count, 1);
	c->vlan[1] = 200;
	c->session = session;
	scene_end(&s);
}

/* ---- sessions that are not there ----------------------------------------- */

/* They are told, each behind its own tags. */
static void test_no_session(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < FORMS; i++) {
		struct scene s = scene_new();
		struct caller *c = s.caller;
		uint16_t session;

		c->vlans = forms[i].vlans;
		memcpy(c->vlan, forms[i].vlan, sizeof(forms[i].vlan));
		c->outer_type = forms[i].outer_type;
		scene_dial(&s);
		session = c->session;
		c->session ^= 0x5555;
		caller_renegotiate(c);
		assert_true(c->padt);
		assert_int_equal(s.ac->node.counters[COUNT_PADT_NO_SESSION],
				 1);
		assert_int_equal(s.ac->node.counters[COUNT_FRAME_UNKNOWN], 0);
		assert_int_equal(s.ac->node.call_count, 1);
		c->padt = false;
		c->session = session;
		scene_end(&s);
	}
}

/* Somebody else's session is there. */
static void test_no_session_of_his(void **state)
{
	struct scene s = scene_new();
	struct caller *c = s.caller;
	struct node *node = &s.ac->node;

	(void)state;
	scene_dial(&s);
	c->mac[5] ^= 0x80;
	caller_renegotiate(c);
	c->mac[5] ^= 0x80;
	c->vlans = 1;
	c->vlan[0] = 100;
	c->outer_type = ETHER_VLAN;
	caller_renegotiate(c);
	c->vlans = 0;
	c->vlan[0] = 0;
	c->outer_type = 0;
	assert_false(c->padt);
	assert_int_equal(node->counters[COUNT_FRAME_WRONG_SENDER], 2);
	assert_int_equal(node->counters[COUNT_PADT_NO_SESSION], 0);
	scene_end(&s);
}

/* What an earlier engine left goes on; when it is swept, it is not there. */
static void test_no_session_after_the_sweep(void **state)
{
	struct scene s = scene_new();
	struct caller *c = s.caller;
	const struct node *node = &s.ac->node;
	uint16_t session;

	(void)state;
	scene_dial(&s);
	session = c->session;
	actor_restart(s.ac, pta_conf);
	caller_renegotiate(c);
	assert_false(c->padt);
	assert_int_equal(node->counters[COUNT_FRAME_STALE], 1);
	stage_pass(s.stage, 130000);
	c->session = session;
	c->padt = false;
	caller_renegotiate(c);
	assert_true(c->padt);
	assert_int_equal(node->counters[COUNT_PADT_NO_SESSION], 1);
	scene_end(&s);
}

/* ---- RFC 4638 ------------------------------------------------------------ */

static const struct payload {
	uint16_t mtu; /* of the port */
	uint8_t vlans;
	uint16_t asked; /* PPP-Max-Payload, 0 = none */
	uint16_t pado; /* what the PADO must say, 0 = nothing */
	uint16_t mru; /* ours, as LCP must ask for; 0 = default of 1500 */
	uint16_t wish, granted; /* MRU of the client */
} payloads[] = {
	{1500, 0, 1500, 0, 1492, 1492, 1492},
	{1508, 0, 0, 0, 1492, 1492, 1492},
	{1508, 0, 1492, 0, 1492, 1492, 1492},
	{1508, 1, 1500, 1500, 0, 1500, 1500},
	{1508, 0, 1500, 1500, 0, 0, 1500}, /* no MRU option: the default */
	{1504, 1, 1500, 1500, 1496, 1496, 1496}, /* what the port carries */
	{1508, 0, 1494, 1494, 1494, 1494, 1494},
	{9000, 0, 8000, 8000, 0, 1500, 1500},
	/* the kernel allows for one tag beyond the MTU */
	{1500, 2, 0, 0, 1488, 1488, 1488},
	{1504, 2, 0, 0, 1492, 1492, 1492},
	{1512, 2, 1500, 1500, 0, 1500, 1500},
};

static void check_payload(const struct payload *p)
{
	struct scene s = scene_new();
	const struct call *call;

	s.ac->mtu = p->mtu;
	actor_port(s.ac, KEEPER_PORT_ATTACHED);
	s.caller->max_payload = p->asked;
	s.caller->mru = p->wish;
	s.caller->vlans = p->vlans;
	s.caller->vlan[0] = p->vlans ? 100 : 0;
	s.caller->vlan[1] = p->vlans > 1 ? 200 : 0;
	s.caller->outer_type = p->vlans ? ETHER_VLAN : 0;
	scene_dial(&s);
	call = actor_call(s.ac);
	assert_int_equal(s.caller->pado_payload, p->pado);
	assert_int_equal(s.caller->their_mru, p->mru);
	assert_int_equal(ppp_info(call->ppp).peer_mru, p->granted);
	assert_int_equal(ppp_info(call->ppp).our_mru, p->mru ? p->mru : 1500);
	assert_int_equal(s.ac->legs[call->core.slot].out_mtu, p->granted);
	scene_end(&s);
}

static void test_max_payload(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(payloads) / sizeof(*payloads); i++)
		check_payload(&payloads[i]);
}

/* ---- TR-101 -------------------------------------------------------------- */

static const struct line {
	const char *tag;
	size_t len;
	const char *circuit, *remote;
} lines[] = {
	{NULL, 0, "", ""},
	{"\0\0\x0d\xe9\x01\x03"
	 "1/2\x02\x05"
	 "cust7",
	 16, "1/2", "cust7"},
	{"\0\0\x0d\xe9\x02\x05" "cust7", 11, "", "cust7"},
	{"\0\0\x0d\xea\x01\x03" "1/2", 9, "", ""}, /* another vendor */
	{"\0\0\x0d\xe9\x01\x04" "1/2", 9, "", ""}, /* overruns */
	{"\0\0\x0d\xe9\x01\x05" "a\n\x1b\"\\", 11, "a\\x0a\\x1b\"\\x5c", ""},
	/* longer than what is kept: cut, never in the middle of an escape */
	{"\0\0\x0d\xe9\x01\x40"
	 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
	 70, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde",
	 ""},
	{"\0\0\x0d\xe9\x02\x3f"
	 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab\xff\xff",
	 68, "", ""}, /* one octet short of what it says */
	{"\0\0\x0d\xe9\x02\x3e"
	 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab\xff\xff",
	 68, "", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789ab"},
};

/* What the access node wrote into the PADR is the call's to tell. */
static void test_line(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct scene s = scene_new();
		const struct call *call;

		s.caller->line_tag = view_of(lines[i].tag, lines[i].len);
		scene_dial(&s);
		call = actor_call(s.ac);
		assert_string_equal(call->access.circuit_id, lines[i].circuit);
		assert_string_equal(call->access.remote_id, lines[i].remote);
		scene_end(&s);
	}
}

/* ---- IPCP that comes again ----------------------------------------------- */

/* It is a repeat until the data plane has seen the subscriber's data. */
static void test_ipcp_again(void **state)
{
	struct scene s = scene_new();
	struct call *call;
	struct instant before;

	(void)state;
	scene_dial(&s);
	call = actor_call(s.ac);
	before = call->up_since;
	stage_pass(s.stage, 1000);
	caller_ask_address(s.caller);
	assert_int_equal(call->up_since.ms, before.ms);
	s.ac->legs[call->access.slot].packets++;
	caller_ask_address(s.caller);
	assert_int_equal(call->state, CALL_UP);
	assert_int_equal(call->up_since.ms, s.stage->now.ms);
	/* and this is a repeat of the new one */
	stage_pass(s.stage, 1000);
	caller_ask_address(s.caller);
	assert_int_equal(call->up_since.ms, s.stage->now.ms - 1000);
	scene_end(&s);
}

/* ---- echo ---------------------------------------------------------------- */

/* A reply with a magic number of nobody is one, and is counted. */
static void test_echo_mismatch(void **state)
{
	struct scene s = scene_new();
	struct node *node = &s.ac->node;

	(void)state;
	scene_dial(&s);
	stage_pass(s.stage, 30000);
	assert_int_equal(node->counters[COUNT_ECHO_MISMATCH], 0);
	s.caller->wrong_magic = true;
	stage_pass(s.stage, 30000 * 5);
	assert_int_equal(node->counters[COUNT_ECHO_MISMATCH], 5);
	assert_int_equal(actor_call(s.ac)->state, CALL_UP);
	scene_end(&s);
}

/*
 * Who opens and closes sessions as fast as they can makes all ids of the port
 * rest: others get those that rested longest.
 */
static void test_ids_that_rest(void **state)
{
	struct scene s = scene_new();
	struct node *node = &s.ac->node;
	const struct access_port *port =
		list_entry(node->ports.next, struct access_port, link);
	uint16_t first = 0, id;

	(void)state;
	for (int i = 0; i < 65534; i++) {
		assert_int_equal(node_take_id(node, port->bank, &id), 0);
		node_release_id(node, port->bank, id);
		if (!i)
			first = id;
	}
	assert_int_equal(node->counters[COUNT_ID_UNRESTED], 0);
	scene_dial(&s);
	assert_int_equal(s.caller->session, first);
	assert_int_equal(node->counters[COUNT_ID_UNRESTED], 1);
	assert_int_equal(node->counters[COUNT_PADR_LIMIT], 0);
	scene_end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_no_session),
		cmocka_unit_test(test_no_session_of_his),
		cmocka_unit_test(test_no_session_after_the_sweep),
		cmocka_unit_test(test_inner_vlan_is_identity),
		cmocka_unit_test(test_max_payload),
		cmocka_unit_test(test_line),
		cmocka_unit_test(test_ipcp_again),
		cmocka_unit_test(test_echo_mismatch),
		cmocka_unit_test(test_ids_that_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
