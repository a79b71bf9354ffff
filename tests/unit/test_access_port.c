/* SPDX-License-Identifier: GPL-2.0-only */
/* Access ports: what an operator may ask of them, who may use them. */
#include "stage.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "proto/pppoe_tag.h"
#include "stage_inner.h"
#include "switch/access.h"
#include "switch/show.h"
#include "world/devices.h"

static const char pta_conf[] =
	"ports: [{name: core}]\n"
	"ppp: {auth: [pap]}\n"
	"domains: [{name: local, action: local}]\n"
	"users: [{name: u@local, password: p}]\n"
	"pools: [{name: p, range: 10.1.0.0/24}]\n";

struct house {
	struct stage *stage;
	struct actor *pta;
	struct caller *caller;
};

static struct house house_new(void)
{
	struct house h = {.stage = stage_new()};

	h.pta = stage_actor(h.stage, pta_conf);
	h.caller = stage_caller(h.stage, h.pta, "u@local", "p");
	return h;
}

static void house_end(struct house *h)
{
	if (h->caller->session)
		caller_padt(h->caller);
	stage_pass(h->stage, 300000);
	actor_is_empty(h->pta);
	stage_free(h->stage);
}

/* The first in this process: the cookie key must outlive a PADO. */
static void test_no_ac_name(void **state)
{
	struct house h = house_new();

	(void)state;
	caller_dial(h.caller);
	stage_pass(h.stage, 1000);
	assert_true(h.caller->online);
	assert_int_equal(h.pta->node.counters[COUNT_PADR_BAD_COOKIE], 0);
	house_end(&h);
}

/* A frame of the client's that is for somebody else. */
static void test_other_destination(void **state)
{
	struct house h = house_new();
	struct pppoe_client to = {.mac = {2, 0, 0, 0, 0, 9}};
	uint8_t room[128];
	struct builder b = builder_on(room, sizeof(room));

	(void)state;
	caller_dial(h.caller);
	stage_pass(h.stage, 1000);
	pppoe_padt(&b, &to, h.caller->mac, h.caller->session, "");
	access_input(&h.pta->node, STAGE_PORT, builder_view(&b),
		     (struct vlan_tag){0});
	assert_int_equal(h.pta->node.call_count, 1);
	assert_int_equal(h.pta->node.counters[COUNT_FRAME_WRONG_SENDER], 1);
	house_end(&h);
}

static int ask(struct actor *a, const char *command, const char *name,
	       bool access)
{
	json_t *arguments = json_pack("{s:s,s:b}", "name", name, "access",
				      access);
	json_t *reply = NULL;
	char error[128] = "";
	int err = -ENOENT;

	for (unsigned int i = 0; i < show_command_count; i++)
		if (!strcmp(show_commands[i].name, command))
			err = show_commands[i].handler(&a->node, arguments,
						       &reply, error,
						       sizeof(error));
	json_decref(arguments);
	json_decref(reply);
	return err;
}

/* The keeper is asked, and its number is the ticket of the answer. */
static void expect_asked(struct house *h, const char *name, bool access)
{
	int ticket = ask(h->pta, "port attach", name, access);

	assert_true(ticket > 0);
	assert_int_equal(ticket, h->pta->asked_number);
	assert_string_equal(h->pta->asked.name, name);
}

/* What the configuration does not name is for what the operator says. */
static void test_attach(void **state)
{
	struct house h = house_new();
	struct keeper_port core = {.name = "core"};
	struct keeper_port other = {.name = "other"};

	(void)state;
	access_port_update(&h.pta->node, &core, "");
	access_port_update(&h.pta->node, &other, "");
	expect_asked(&h, "other", true);
	assert_true(h.pta->asked.access);
	expect_asked(&h, "new", true);
	assert_true(h.pta->asked.access);
	expect_asked(&h, "core", false);
	assert_false(h.pta->asked.access);
	assert_int_equal(ask(h.pta, "port attach", "core", true), -EPERM);
	/* it is an access port already: that stays */
	expect_asked(&h, "access", false);
	assert_true(h.pta->asked.access);
	house_end(&h);
}

/* A list of one text. */
static bool has_only(const json_t *row, const char *key, const char *text)
{
	const json_t *list = json_object_get(row, key);

	return json_array_size(list) == 1 &&
	       !strcmp(json_string_value(json_array_get(list, 0)), text);
}

static void test_one_port(void **state)
{
	struct house h = house_new();
	struct keeper_port port = {
		.name = "core",
		.ifindex = 7,
		.state = KEEPER_PORT_ATTACHED,
		.program_id = 99,
		.offloads_off = OFFLOAD_LRO,
		.offloads_on = OFFLOAD_RX_VLAN,
		.native = 1,
		.redirect = KEEPER_REDIRECT_NO,
	};
	json_t *reply, *row;

	(void)state;
	access_port_update(&h.pta->node, &port, "");
	reply = show_port(&h.pta->node, "core");
	row = json_array_get(json_object_get(reply, "ports"), 0);
	assert_int_equal(json_array_size(json_object_get(reply, "ports")), 1);
	assert_string_equal(json_string_value(json_object_get(row, "state")),
			    "attached");
	assert_int_equal(json_integer_value(json_object_get(row, "program_id")),
			 99);
	assert_string_equal(json_string_value(json_object_get(row, "text")),
			    "rx-vlan-offload on: XDP sees no VLAN tags; "
			    "takes no frames from XDP");
	assert_true(json_is_false(json_object_get(row, "takes_redirect")));
	assert_true(json_is_false(json_object_get(row, "takes_pieces")));
	assert_true(has_only(row, "offloads_off", "large-receive-offload"));
	assert_true(has_only(row, "offloads_on", "rx-vlan-offload"));
	/* no map here */
	assert_true(json_is_null(json_object_get(row, "lost")));
	json_decref(reply);
	port.redirect = KEEPER_REDIRECT_WHOLE;
	port.offloads_on = 0;
	access_port_update(&h.pta->node, &port, "");
	reply = show_port(&h.pta->node, "core");
	row = json_array_get(json_object_get(reply, "ports"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "text")),
			    "");
	assert_true(json_is_true(json_object_get(row, "takes_redirect")));
	assert_true(json_is_false(json_object_get(row, "takes_pieces")));
	json_decref(reply);
	assert_null(show_port(&h.pta->node, "other"));
	house_end(&h);
}

/* A PADI of a client behind the tags, of which the kernel took the first. */
static void padi_untagged(struct house *h, uint16_t outer, uint16_t inner)
{
	const struct vlan_tag taken = {ETHER_VLAN, outer};
	struct pppoe_client to = {
		.mac = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
		.vlans = inner ? 1 : 0,
		.vlan = {inner},
		.outer_type = ETHER_VLAN,
	};
	uint8_t room[128];
	struct builder b = builder_on(room, sizeof(room));
	size_t at;

	h->pta->node.now = h->stage->now;
	pppoe_begin(&b, &to, (uint8_t[6]){2, 0, 0, 0, 7, 1}, 0, ETHER_PPPOE_DISCOVERY,
		    PPPOE_PADI, 0, &at);
	pppoe_tag(&b, TAG_SERVICE_NAME, (struct view){0});
	pppoe_end(&b, at);
	access_input(&h->pta->node, STAGE_PORT, builder_view(&b), taken);
}

static void expect_answered(struct house *h, uint64_t padi, uint64_t hidden)
{
	const uint64_t *counters = h->pta->node.counters;
	json_t *reply = show_port(&h->pta->node, "access");
	json_t *row = json_array_get(json_object_get(reply, "ports"), 0);

	assert_int_equal(counters[COUNT_PADI], padi);
	assert_int_equal(counters[COUNT_DISCOVERY_TAG_HIDDEN], hidden);
	assert_int_equal(json_integer_value(json_object_get(row, "tags_hidden")),
			 hidden);
	json_decref(reply);
}

static bool is_noted(struct house *h, const char *text)
{
	json_t *reply = show_port(&h->pta->node, "access");
	json_t *row = json_array_get(json_object_get(reply, "ports"), 0);
	const char *note = json_string_value(json_object_get(row, "text"));
	bool found = strstr(note, text);

	json_decref(reply);
	return found;
}

/*
 * The kernel takes the tag out of every frame that it hands to a socket; only a
 * client whose tag XDP has not seen either is not answered.
 */
static void test_hidden_tags(void **state)
{
	struct house h = house_new();
	struct port *ports = mmap(NULL, (STAGE_PORT + 1) * sizeof(*ports),
				  PROT_READ | PROT_WRITE, MAP_SHARED,
				  h.pta->fds.ports, 0);
	static const char hidden[] = "VLAN tags are hidden from XDP";
	uint32_t *seen = ports[STAGE_PORT].tags_seen;
	uint32_t time;

	(void)state;
	assert_true(ports != MAP_FAILED);
	stage_pass(h.stage, 100000);
	time = (uint32_t)(h.stage->now.ms * 1000000 >> TAGS_SEEN_SHIFT);
	/* a priority is no VLAN */
	seen[0] = time;
	padi_untagged(&h, 0xe000, 0);
	expect_answered(&h, 1, 0);
	assert_false(is_noted(&h, hidden));
	padi_untagged(&h, 7, 0);
	expect_answered(&h, 1, 1);
	assert_true(is_noted(&h, hidden));
	/* one of two is seen: not as they are */
	seen[1] = time;
	padi_untagged(&h, 7, 9);
	expect_answered(&h, 1, 2);
	seen[2] = time;
	padi_untagged(&h, 7, 9);
	padi_untagged(&h, 7, 0);
	expect_answered(&h, 3, 2);
	assert_false(is_noted(&h, hidden));
	/* somebody switches the offload on again */
	stage_pass(h.stage, 15000);
	seen[1] = (uint32_t)(h.stage->now.ms * 1000000 >> TAGS_SEEN_SHIFT);
	padi_untagged(&h, 7, 9);
	expect_answered(&h, 3, 3);
	assert_true(is_noted(&h, hidden));
	munmap(ports, (STAGE_PORT + 1) * sizeof(*ports));
	house_end(&h);
}

/* Frames that XDP has not met at all are answered, and that is told. */
static void test_passing_by(void **state)
{
	static const char passing[] = "frames do not meet XDP here";
	struct house h = house_new();
	struct keeper_port port =
		access_port_named(&h.pta->node, "access")->state;

	(void)state;
	padi_untagged(&h, 7, 0);
	assert_false(is_noted(&h, passing)); /* generic mode */
	port.native = 1;
	access_port_update(&h.pta->node, &port, "");
	padi_untagged(&h, 7, 0);
	assert_true(is_noted(&h, passing));
	expect_answered(&h, 2, 0);
	house_end(&h);
}

/* What the keeper would refuse is answered at once. */
static void test_attach_refused(void **state)
{
	static const char *const names[] = {
		"", ".", "..", "a/b", "a b", "e\x01", "a234567890123456",
	};
	struct house h = house_new();
	struct keeper_port port = {.state = KEEPER_PORT_ABSENT};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		assert_int_equal(ask(h.pta, "port attach", names[i], false),
				 -EINVAL);
	assert_int_equal(ask(h.pta, "port detach", "nosuch", false), -ENOENT);
	for (unsigned int i = h.pta->node.port_count; i < KEEPER_PORTS; i++) {
		snprintf(port.name, sizeof(port.name), "p%u", i);
		access_port_update(&h.pta->node, &port, "");
	}
	assert_int_equal(ask(h.pta, "port attach", "more", false), -ENOSPC);
	house_end(&h);
}

/* What clients send goes to the old address, where nobody listens any more. */
static void test_mac_changes(void **state)
{
	struct house h = house_new();
	uint16_t session;

	(void)state;
	caller_dial(h.caller);
	stage_pass(h.stage, 1000);
	session = h.caller->session;
	actor_port(h.pta, KEEPER_PORT_ATTACHED); /* told again: nothing new */
	assert_true(h.caller->online);
	h.pta->mac = 0x99;
	actor_port(h.pta, KEEPER_PORT_ATTACHED);
	stage_deliver(h.stage);
	assert_int_equal(h.caller->last_padt, session);
	assert_memory_equal(h.caller->padt_source, stage_mac, 6);
	assert_string_equal(actor_ended(h.pta)->cause, "access-moved");
	/* and it works under the new one */
	caller_dial(h.caller);
	stage_pass(h.stage, 1000);
	assert_true(h.caller->online);
	house_end(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_ac_name),
		cmocka_unit_test(test_other_destination),
		cmocka_unit_test(test_attach),
		cmocka_unit_test(test_one_port),
		cmocka_unit_test(test_mac_changes),
		cmocka_unit_test(test_hidden_tags),
		cmocka_unit_test(test_passing_by),
		cmocka_unit_test(test_attach_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
