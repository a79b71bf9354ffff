/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's family "netdev" says of devices, in octets and for real. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>

#include "private_net.h"
#include "world/redirect.h"

/* A netlink message in the machine's byte order: header, command, attributes. */
struct message {
	uint32_t len;
	uint16_t type, flags;
	uint32_t sequence, port;
	uint8_t command, version;
	uint16_t zero;
	struct {
		uint16_t len, type;
		uint32_t value;
	} ifindex;
	struct {
		uint16_t len, type;
		uint64_t value;
	} __attribute__((packed)) features;
} __attribute__((packed));

static struct message made(uint64_t features)
{
	return (struct message){
		.len = sizeof(struct message),
		.type = 32,
		.command = 4,
		.version = 1,
		.ifindex = {8, 1, 7},
		.features = {12, 3, features},
	};
}

static void test_parse(void **state)
{
	struct message m = made(0x7f);
	uint32_t ifindex = 0;
	struct redirect_takes takes = {0};

	(void)state;
	assert_int_equal(redirect_parse(&m, sizeof(m), &ifindex, &takes), 0);
	assert_int_equal(ifindex, 7);
	assert_true(takes.frames && takes.pieces);
	/* basic XDP and redirecting, but nothing is taken */
	m = made(0x3);
	assert_int_equal(redirect_parse(&m, sizeof(m), &ifindex, &takes), 0);
	assert_false(takes.frames || takes.pieces);
	m = made(0x7);
	assert_int_equal(redirect_parse(&m, sizeof(m), &ifindex, &takes), 0);
	assert_true(takes.frames && !takes.pieces);
}

static void test_parse_less(void **state)
{
	struct message m;
	uint32_t ifindex = 99;
	struct redirect_takes takes = {true, true};

	(void)state;
	/* the kernel's messages are of whole words */
	for (size_t len = 0; len < sizeof(m); len += 4) {
		m = made(4);
		assert_int_equal(redirect_parse(&m, len, &ifindex, &takes),
				 -EBADMSG);
		m.len = (uint32_t)len;
		assert_int_equal(redirect_parse(&m, len, &ifindex, &takes),
				 -EBADMSG);
	}
	m = made(4);
	m.features.type = 4; /* another attribute */
	assert_int_equal(redirect_parse(&m, sizeof(m), &ifindex, &takes),
			 -EBADMSG);
	m = made(4);
	m.ifindex.len = 6;
	assert_int_equal(redirect_parse(&m, sizeof(m), &ifindex, &takes),
			 -EBADMSG);
	assert_int_equal(ifindex, 99);
	assert_true(takes.frames && takes.pieces);
}

static void note(void *ctx, uint32_t ifindex)
{
	*(uint32_t *)ctx = ifindex;
}

/* A veth takes frames when its far end has GRO on or runs XDP itself. */
static void test_veth(void **state)
{
	struct redirect *r = NULL;
	struct pollfd news;
	uint32_t changed = 0, port;
	struct redirect_takes takes = {true, true};
	int error;

	(void)state;
	if (!private_net())
		skip();
	run("ip link add port type veth peer name other &&"
	    " ethtool -K other gro off &&"
	    " ip link set other up && ip link set port up");
	port = if_nametoindex("port");
	error = redirect_new(&r);
	if (error == -ENOENT) {
		assert_null(r);
		skip(); /* before Linux 6.3 */
	}
	assert_int_equal(error, 0);
	assert_int_equal(redirect_read(r, port, &takes), 0);
	assert_false(takes.frames || takes.pieces);
	run("ethtool -K other gro on");
	news = (struct pollfd){redirect_fd(r), POLLIN, 0};
	assert_int_equal(poll(&news, 1, 5000), 1);
	assert_int_equal(redirect_input(r, note, &changed), 0);
	assert_int_equal(changed, port);
	assert_int_equal(redirect_read(r, port, &takes), 0);
	assert_true(takes.frames && takes.pieces);
	assert_int_equal(redirect_read(r, 9999, &takes), -ENODEV);
	redirect_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_parse_less),
		cmocka_unit_test(test_veth),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
