/* SPDX-License-Identifier: GPL-2.0-only */
/* /proc/net/dev as kernels write it, and this machine's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "private_net.h"
#include "world/devices.h"

static const char text[] =
	"Inter-|   Receive                                                |  "
	"Transmit\n"
	" face |bytes    packets errs drop fifo frame compressed multicast|bytes "
	"   packets errs drop fifo colls carrier compressed\n"
	"    lo: 1234567890123   12    0    0    0     0          0         0 "
	"1234567890123   12    0    0    0     0       0          0\n"
	"eth0.100:1500 1 2 3 4 5 6 7 3000 2 0 0 0 0 0 0\n"
	"broken: 1 2 3\n";

static void test_parse(void **state)
{
	FILE *file = fmemopen((char *)(uintptr_t)text, sizeof(text) - 1, "r");
	struct device_count found[3];

	(void)state;
	assert_int_equal(devices_parse(file, found, 3), 2);
	assert_string_equal(found[0].name, "lo");
	assert_true(found[0].octets_in == 1234567890123);
	assert_int_equal(found[0].packets_in, 12);
	assert_true(found[0].octets_out == 1234567890123);
	assert_string_equal(found[1].name, "eth0.100");
	assert_int_equal(found[1].octets_in, 1500);
	assert_int_equal(found[1].packets_in, 1);
	assert_int_equal(found[1].octets_out, 3000);
	assert_int_equal(found[1].packets_out, 2);
	rewind(file);
	assert_int_equal(devices_parse(file, found, 1), 1);
	fclose(file);
}

static void test_own(void **state)
{
	struct device_count found[64];
	int n = devices_read(found, 64);
	bool lo = false;

	(void)state;
	assert_true(n >= 1);
	for (int i = 0; i < n; i++)
		lo |= !strcmp(found[i].name, "lo");
	assert_true(lo);
}

static void test_below(void **state)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(device_below(fd, if_nametoindex("lo")), 0);
	assert_int_equal(device_below(fd, 0), 0);
	close(fd);
}

static void test_below_vlan(void **state)
{
	int fd;

	(void)state;
	if (!private_net())
		skip();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	run("ip link add port type veth peer name other &&"
	    " ip link add link port name tagged type vlan id 7");
	assert_int_equal(device_below(fd, if_nametoindex("tagged")),
			 if_nametoindex("port"));
	assert_int_equal(device_below(fd, if_nametoindex("port")), 0);
	close(fd);
}

/* A veth has offloads of VLAN tags, on from the start, and no LRO. */
static void test_offloads(void **state)
{
	struct device_offloads now = {0};
	int fd;

	(void)state;
	if (!private_net())
		skip();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	run("ip link add port type veth peer name other");
	assert_int_equal(device_offloads(fd, "port", &now), 0);
	assert_int_equal(now.on, OFFLOADS_TAGS);
	assert_int_equal(now.fixed, OFFLOADS_JOIN | OFFLOADS_FILTER);
	assert_int_equal(
		device_offloads_set(fd, "port", OFFLOAD_RX_VLAN_STAG, false), 0);
	assert_int_equal(device_offloads(fd, "port", &now), 0);
	assert_int_equal(now.on, OFFLOAD_RX_VLAN);
	assert_int_equal(device_offloads_set(fd, "port", OFFLOADS_TAGS, false),
			 0);
	assert_int_equal(device_offloads(fd, "port", &now), 0);
	assert_int_equal(now.on, 0);
	assert_int_equal(device_offloads_set(fd, "port", OFFLOADS_TAGS, true),
			 0);
	/* as somebody else sees them */
	run("ethtool -k port | grep -q 'rx-vlan-offload: on' &&"
	    " ethtool -k port | grep -q 'rx-vlan-stag-hw-parse: on'");
	/* the kernel takes no wish that can never be */
	assert_int_equal(device_offloads_set(fd, "port", OFFLOAD_LRO, true),
			 -EOPNOTSUPP);
	assert_int_equal(device_offloads(fd, "port", &now), 0);
	assert_int_equal(now.on, OFFLOADS_TAGS);
	assert_int_equal(device_offloads(fd, "nosuch", &now), -ENODEV);
	assert_int_equal(device_offloads(fd, "name-of-16-octets", &now),
			 -ENODEV);
	close(fd);
}

/* The only device here that filters VLANs and is not made of metal. */
static void test_offloads_bond(void **state)
{
	struct device_offloads now = {0};
	int fd;

	(void)state;
	if (!private_net())
		skip();
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	run("ip link add port type bond");
	assert_int_equal(device_offloads(fd, "port", &now), 0);
	assert_true(now.on & OFFLOAD_VLAN_FILTER);
	assert_false(now.fixed & OFFLOAD_VLAN_FILTER);
	assert_int_equal(device_offloads_set(fd, "port", OFFLOADS_FILTER, false),
			 0);
	assert_int_equal(device_offloads(fd, "port", &now), 0);
	assert_false(now.on & OFFLOADS_FILTER);
	close(fd);
}

static void test_offload_names(void **state)
{
	char names[OFFLOADS_TEXT];

	(void)state;
	assert_string_equal(device_offloads_text(0, names), "");
	assert_string_equal(device_offloads_text(OFFLOAD_RX_VLAN, names),
			    "rx-vlan-offload");
	assert_string_equal(device_offloads_text(0xff, names),
			    "rx-vlan-offload, rx-vlan-stag-hw-parse, "
			    "large-receive-offload, rx-gro-hw, "
			    "rx-vlan-filter, rx-vlan-stag-filter");
}

/* "vlan": what needs 8021q and bonding, which not every kernel has. */
int main(int argc, char **argv)
{
	const struct CMUnitTest vlan[] = {
		cmocka_unit_test(test_below_vlan),
		cmocka_unit_test(test_offloads_bond),
	};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse),
		cmocka_unit_test(test_own),
		cmocka_unit_test(test_below),
		cmocka_unit_test(test_offload_names),
		cmocka_unit_test(test_offloads),
	};

	if (argc > 1 && !strcmp(argv[1], "vlan"))
		return cmocka_run_group_tests(vlan, NULL, NULL);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
