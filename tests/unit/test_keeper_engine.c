/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the keeper takes its engine for hung, by a clock of the test's; what the
 * keeper does for the engine are stand-ins here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "program/engine.h"
#include "program/keeper_inner.h"

static struct instant clock_now;
static unsigned int attach_ms; /* what attaching a port takes */
static struct conf conf;
static struct keeper k;
static int engine; /* the engine's end */

/* ---- what keeper_engine.c needs ------------------------------------------ */

struct instant now_read(void)
{
	return clock_now;
}

int port_attach(struct keeper *keeper, const struct keeper_port *wish,
		char *text)
{
	(void)keeper;
	(void)wish;
	text[0] = '\0';
	clock_now.ms += attach_ms;
	return 0;
}

int port_detach(struct keeper *keeper, const char *name, char *text)
{
	(void)keeper;
	(void)name;
	(void)text;
	return -ENOENT;
}

bool ports_tell(struct keeper *keeper)
{
	(void)keeper;
	return true;
}

bool firewall_tell(struct keeper *keeper)
{
	(void)keeper;
	return true;
}

void ports_forget_told(struct keeper *keeper)
{
	(void)keeper;
}

int loader_clock(struct dataplane_clock *clock)
{
	(void)clock;
	return -ENOSYS;
}

struct dataplane_fds loader_maps(const struct loader *loader)
{
	(void)loader;
	return (struct dataplane_fds){0};
}

const char *loader_lost_why(const struct loader *loader)
{
	(void)loader;
	return "";
}

int engine_run(const struct engine_gift *gift)
{
	(void)gift;
	return -1;
}

int neighbour_drop(struct netlink *nl, const char *instance, uint32_t ifindex,
		   struct address address)
{
	(void)nl;
	(void)instance;
	(void)ifindex;
	(void)address;
	return 0;
}

int neighbours_drop(struct netlink *nl, const char *instance)
{
	(void)nl;
	(void)instance;
	return 0;
}

int netlink_neighbour(struct netlink *nl, bool keep, uint32_t ifindex,
		      struct address address)
{
	(void)nl;
	(void)keep;
	(void)ifindex;
	(void)address;
	return 0;
}

int netlink_neighbour_ask(struct netlink *nl, uint32_t ifindex,
			  struct address address)
{
	(void)nl;
	(void)ifindex;
	(void)address;
	return 0;
}

int netlink_route(struct netlink *nl, bool add, uint32_t ifindex,
		  const struct netlink_prefix *prefix)
{
	(void)nl;
	(void)add;
	(void)ifindex;
	(void)prefix;
	return 0;
}

/* ---- tests --------------------------------------------------------------- */

static int setup(void **state)
{
	int pair[2];

	(void)state;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair))
		return -1;
	engine = pair[1];
	clock_now.ms = 1000000;
	attach_ms = 0;
	conf.watchdog_ms = 3000;
	k = (struct keeper){
		.conf = &conf,
		.engine = 1, /* nothing here signals it */
		.engine_socket = pair[0],
		.engine_heard = clock_now,
	};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	close(k.engine_socket);
	close(engine);
	return 0;
}

static void engine_says(enum keeper_msg_type type)
{
	struct keeper_msg msg = {.type = type};

	strcpy(msg.port.name, "eth0");
	assert_int_equal(keeper_msg_send(engine, &msg, -1), 0);
}

static bool is_hung(void)
{
	return instant_due(engine_deadline(&k), clock_now);
}

static void test_silence(void **state)
{
	(void)state;
	clock_now.ms += 2999;
	assert_false(is_hung());
	engine_says(KEEPER_ALIVE);
	engine_serve(&k);
	clock_now.ms += 2999;
	assert_false(is_hung());
	clock_now.ms++;
	assert_true(is_hung());
	conf.watchdog_ms = 0;
	assert_false(is_hung());
}

/* While the keeper is busy it does not hear the engine. */
static void test_busy_keeper(void **state)
{
	(void)state;
	attach_ms = 12000;
	engine_says(KEEPER_PORT_ATTACH);
	engine_says(KEEPER_ALIVE);
	engine_serve(&k);
	assert_false(is_hung());
	clock_now.ms += 3000;
	assert_true(is_hung());
}

/* The engine may have to read its answer before it says more. */
static void test_busy_keeper_alone(void **state)
{
	(void)state;
	attach_ms = 12000;
	engine_says(KEEPER_PORT_ATTACH);
	engine_serve(&k);
	assert_false(is_hung());
}

#define TEST(function)                                                         \
	cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_silence),
		TEST(test_busy_keeper),
		TEST(test_busy_keeper_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
