/* SPDX-License-Identifier: GPL-2.0-only */
/* Records between keeper and engine, over a real socket pair. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "world/devices.h"
#include "world/keeper_msg.h"

static int pair[2];

static int setup(void **state)
{
	(void)state;
	return socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
}

static int teardown(void **state)
{
	(void)state;
	close(pair[0]);
	close(pair[1]);
	return 0;
}

static struct keeper_msg port_msg(void)
{
	struct keeper_msg msg = {.type = KEEPER_PORT, .number = 7};

	strcpy(msg.port.name, "eth0");
	msg.port.ifindex = 3;
	return msg;
}

static void test_plain(void **state)
{
	struct keeper_msg msg = port_msg(), got;
	int fd = 99;

	(void)state;
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), -EAGAIN);
	assert_int_equal(keeper_msg_send(pair[0], &msg, -1), 0);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), 0);
	assert_int_equal(fd, -1);
	assert_memory_equal(&got, &msg, sizeof(msg));
}

static void test_descriptor(void **state)
{
	struct keeper_msg msg = port_msg(), got;
	int tube[2], fd;
	char octet = 0;

	(void)state;
	assert_int_equal(pipe(tube), 0);
	assert_int_equal(keeper_msg_send(pair[0], &msg, tube[1]), 0);
	close(tube[1]);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), 0);
	assert_true(fd >= 0);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), 1);
	assert_int_equal(read(tube[0], &octet, 1), 1);
	close(fd);
	close(tube[0]);
}

static void expect_bad(const void *data, size_t len)
{
	struct keeper_msg got;
	int fd = 99;

	assert_int_equal(send(pair[0], data, len, 0), (ssize_t)len);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), -EBADMSG);
	assert_int_equal(fd, 99);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), -EAGAIN);
}

static void test_malformed(void **state)
{
	struct keeper_msg msg = port_msg();
	char large[sizeof(msg) + 1];

	(void)state;
	expect_bad(&msg, sizeof(msg) - 1);
	expect_bad(&msg, 1);
	memcpy(large, &msg, sizeof(msg));
	expect_bad(large, sizeof(large));
	msg.type = 0;
	expect_bad(&msg, sizeof(msg));
	msg.type = KEEPER_FIREWALL + 1;
	expect_bad(&msg, sizeof(msg));
	msg = port_msg();
	memset(msg.port.name, 'x', sizeof(msg.port.name));
	expect_bad(&msg, sizeof(msg));
	msg = port_msg();
	msg.port.name[0] = 0;
	expect_bad(&msg, sizeof(msg));
	msg = port_msg();
	memset(msg.text, 'x', sizeof(msg.text));
	expect_bad(&msg, sizeof(msg));
	msg = port_msg();
	msg.type = KEEPER_REPLY;
	memset(msg.port.name, 'x', sizeof(msg.port.name));
	expect_bad(&msg, sizeof(msg));
	msg = (struct keeper_msg){.type = KEEPER_ROUTE_ADD};
	msg.route.length = 33;
	expect_bad(&msg, sizeof(msg));
	for (uint32_t type = KEEPER_NEIGHBOUR_KEEP;
	     type <= KEEPER_NEIGHBOUR_ASK; type++) {
		msg = (struct keeper_msg){.type = type};
		expect_bad(&msg, sizeof(msg));
		msg.neighbour.address.family = AF_UNIX;
		expect_bad(&msg, sizeof(msg));
	}
}

/* A descriptor that comes with a bad record is not leaked. */
static void test_malformed_with_descriptor(void **state)
{
	struct keeper_msg msg = port_msg(), got;
	int tube[2], fd;
	char octet;

	(void)state;
	assert_int_equal(pipe(tube), 0);
	msg.type = 0;
	assert_int_equal(keeper_msg_send(pair[0], &msg, tube[1]), 0);
	close(tube[1]);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), -EBADMSG);
	assert_int_equal(read(tube[0], &octet, 1), 0); /* no writer is left */
	close(tube[0]);
}

/* What only has a type. */
static void test_only_types(void **state)
{
	const uint32_t types[] = {KEEPER_NEIGHBOURS_DROP, KEEPER_ALIVE};
	struct keeper_msg msg = {0}, got;
	int fd;

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		msg.type = types[i];
		assert_int_equal(keeper_msg_send(pair[0], &msg, -1), 0);
		assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), 0);
		assert_int_equal(got.type, types[i]);
	}
}

/* What has a text as well. */
static void test_firewall(void **state)
{
	struct keeper_msg msg = {.type = KEEPER_FIREWALL}, got;
	int fd;

	(void)state;
	strcpy(msg.text, "inet filter forward");
	assert_int_equal(keeper_msg_send(pair[0], &msg, -1), 0);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), 0);
	assert_memory_equal(&got, &msg, sizeof(msg));
	memset(msg.text, 'x', sizeof(msg.text));
	expect_bad(&msg, sizeof(msg));
}

static void test_gone(void **state)
{
	struct keeper_msg msg = port_msg(), got;
	int fd;

	(void)state;
	close(pair[0]);
	assert_int_equal(keeper_msg_receive(pair[1], &got, &fd), -EPIPE);
	assert_int_equal(keeper_msg_send(pair[1], &msg, -1), -EPIPE);
	pair[0] = open("/dev/null", O_RDONLY);
}

static void test_full(void **state)
{
	struct keeper_msg msg = port_msg();
	int error = 0;

	(void)state;
	for (unsigned int i = 0; i < 100000 && !error; i++)
		error = keeper_msg_send(pair[0], &msg, -1);
	assert_int_equal(error, -EAGAIN);
}

/* What of a device's offloads does harm depends on what the port is. */
static void test_harm(void **state)
{
	const uint8_t all = OFFLOADS_TAGS | OFFLOADS_JOIN | OFFLOADS_FILTER;
	struct keeper_port port = {.offloads_on = all, .native = 1};

	(void)state;
	assert_int_equal(keeper_port_offloads(true), all);
	assert_int_equal(keeper_port_offloads(false),
			 OFFLOADS_TAGS | OFFLOADS_JOIN);
	assert_int_equal(keeper_port_harm(&port), OFFLOADS_TAGS);
	port.access = 1;
	assert_int_equal(keeper_port_harm(&port),
			 OFFLOADS_TAGS | OFFLOADS_FILTER);
	port.native = 0;
	assert_int_equal(keeper_port_harm(&port), all);
	port.offloads_on = 0;
	assert_int_equal(keeper_port_harm(&port), 0);
	assert_string_equal(keeper_harm_text(all), "XDP sees no VLAN tags");
	assert_string_equal(
		keeper_harm_text(OFFLOADS_JOIN | OFFLOAD_VLAN_FILTER),
		"frames in VLANs that the card does not know are lost");
	assert_string_equal(keeper_harm_text(OFFLOAD_LRO),
			    "frames that are joined are lost");
	assert_string_equal(keeper_harm_text(0), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_plain),     TEST(test_descriptor),
		TEST(test_malformed), TEST(test_malformed_with_descriptor),
		TEST(test_gone),      TEST(test_full),
		TEST(test_only_types), TEST(test_firewall),
		TEST(test_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
