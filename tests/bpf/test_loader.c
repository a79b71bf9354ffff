/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The loader on real ports, in a network namespace of its own: pins, modes,
 * foreign programs, taking over from an earlier l2xd, two instances, unload.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "program/loader.h"
#include "smallest.skel.h"

static char one[33], two[33]; /* instances */
static char error[256];

static void run(const char *command)
{
	int status = system(command);

	if (status)
		print_error("%s: %d\n", command, status);
	assert_int_equal(status, 0);
}

static int setup(void **state)
{
	(void)state;
	snprintf(one, sizeof(one), "testone%d", getpid());
	snprintf(two, sizeof(two), "testtwo%d", getpid());
	if (unshare(CLONE_NEWNET))
		return -1;
	run("ip link add va type veth peer name vb");
	run("ip link add vc type veth peer name vd");
	run("ip link set lo up; ip link set va up; ip link set vb up");
	return 0;
}

/* The namespace goes with the process; pins must go by themselves. */
static int teardown(void **state)
{
	(void)state;
	loader_unload(one, error, sizeof(error));
	loader_unload(two, error, sizeof(error));
	run("ip link del va 2>/dev/null || true");
	run("ip link del vc 2>/dev/null || true");
	return 0;
}

static uint32_t index_of(const char *name)
{
	uint32_t ifindex = if_nametoindex(name);

	assert_int_not_equal(ifindex, 0);
	return ifindex;
}

static uint32_t running_on(uint32_t ifindex)
{
	uint32_t id = 0;

	assert_int_equal(bpf_xdp_query_id((int)ifindex, 0, &id), 0);
	return id;
}

static struct loader *loader_on(const char *instance)
{
	struct loader *loader;

	assert_int_equal(loader_new(&loader, instance, error, sizeof(error)),
			 0);
	return loader;
}

static bool exists(const char *instance, const char *below)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/fs/bpf/l2x/%s%s", instance, below);
	return !access(path, F_OK);
}

static void test_names(void **state)
{
	(void)state;
	assert_true(instance_is_valid("lns-1_b"));
	assert_false(instance_is_valid(""));
	assert_false(instance_is_valid("a/b"));
	assert_false(instance_is_valid(".."));
	assert_false(instance_is_valid("123456789012345678901234567890123"));
}

static void test_pins(void **state)
{
	struct loader *loader = loader_on(one);
	struct dataplane_fds fds = loader_maps(loader);
	struct dataplane *dp;
	struct stat st;
	char path[256];

	(void)state;
	snprintf(path, sizeof(path), "/sys/fs/bpf/l2x/%s/v%d", one,
		 ABI_VERSION);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_true(exists(one, "/v4/legs"));
	assert_true(exists(one, "/v4/ip4_hosts"));
	assert_false(exists(one, "/v4/tx_ports"));
	assert_int_equal(dataplane_new(&dp, &fds), 0);
	assert_int_equal(dataplane_offset_limit_set(dp, 99), 0);
	dataplane_free(dp);
	loader_free(loader);
	/* the next one finds what this one left */
	loader = loader_on(one);
	fds = loader_maps(loader);
	assert_int_equal(dataplane_new(&dp, &fds), 0);
	assert_int_equal(dataplane_offset_limit_set(dp, 16), 0);
	dataplane_free(dp);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_false(exists(one, ""));
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
}

static void test_native(void **state)
{
	struct loader *loader = loader_on(one);
	struct loader_state st;
	uint32_t va = index_of("va"), again;

	(void)state;
	assert_false(loader_look(loader, va, &st));
	assert_int_equal(loader_attach(loader, va, false, &st), 0);
	assert_true(st.native);
	assert_int_equal(st.program_id, running_on(va));
	again = st.program_id;
	assert_int_equal(loader_attach(loader, va, false, &st), 0);
	assert_int_equal(st.program_id, again);
	assert_true(loader_look(loader, va, &st));
	/* one program for all ports, where it is not behind dispatchers */
	assert_int_equal(loader_attach(loader, index_of("vc"), false, &st), 0);
	if (!st.dispatcher)
		assert_int_equal(st.program_id, again);
	assert_int_equal(loader_detach(loader, va), 0);
	assert_int_equal(running_on(va), 0);
	assert_int_equal(loader_detach(loader, va), -ENOENT);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_int_equal(running_on(index_of("vc")), 0);
}

static void test_no_native(void **state)
{
	struct loader *loader = loader_on(one);
	struct loader_state st;
	uint32_t lo = index_of("lo");

	(void)state;
	assert_int_equal(loader_attach(loader, lo, false, &st), -EOPNOTSUPP);
	assert_non_null(strstr(st.text, "no native XDP"));
	assert_non_null(strstr(st.text, "generic: true"));
	assert_int_equal(running_on(lo), 0);
	assert_int_equal(loader_attach(loader, lo, true, &st), 0);
	assert_false(st.native);
	assert_int_equal(st.program_id, running_on(lo));
	loader_free(loader);
	/* generic is kept by who allows it, and ended by who does not */
	loader = loader_on(one);
	assert_int_equal(loader_attach(loader, lo, true, &st), 0);
	assert_false(st.native);
	loader_free(loader);
	loader = loader_on(one);
	assert_int_equal(loader_attach(loader, lo, false, &st), -EOPNOTSUPP);
	assert_int_equal(running_on(lo), 0);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
}

static void test_foreign(void **state)
{
	struct smallest_bpf *other = smallest_bpf__open_and_load();
	struct loader *loader = loader_on(one);
	struct loader_state st;
	uint32_t va = index_of("va"), id;

	(void)state;
	assert_non_null(other);
	assert_int_equal(bpf_xdp_attach((int)va,
					bpf_program__fd(other->progs.smallest),
					XDP_FLAGS_DRV_MODE, NULL),
			 0);
	id = running_on(va);
	assert_int_equal(loader_attach(loader, va, false, &st), -EEXIST);
	assert_non_null(strstr(st.text, "smallest"));
	assert_int_equal(loader_attach(loader, va, true, &st), -EEXIST);
	assert_int_equal(loader_detach(loader, va), -ENOENT);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_int_equal(running_on(va), id);
	assert_int_equal(bpf_xdp_detach((int)va, XDP_FLAGS_DRV_MODE, NULL), 0);
	smallest_bpf__destroy(other);
}

static void port_mark(const struct loader *loader, uint32_t ifindex)
{
	struct port port = {.flags = PORT_ATTACHED | PORT_ACCESS};

	assert_int_equal(bpf_map_update_elem(loader_maps(loader).ports,
					     &ifindex, &port, BPF_ANY),
			 0);
}

/* The kernel frees a program some time after its last user is gone. */
static bool program_ends(uint32_t id)
{
	for (unsigned int i = 0; i < 100; i++) {
		int fd = bpf_prog_get_fd_by_id(id);

		if (fd < 0)
			return true;
		close(fd);
		usleep(50000);
	}
	return false;
}

static void test_take_over(void **state)
{
	struct loader *old = loader_on(one), *loader;
	const struct loader_found *found;
	struct loader_state st, before;
	uint32_t va = index_of("va");
	unsigned int count;

	(void)state;
	assert_int_equal(loader_attach(old, va, false, &before), 0);
	port_mark(old, va);
	loader_free(old);
	assert_int_equal(running_on(va), before.program_id);

	loader = loader_on(one);
	found = loader_found(loader, &count);
	assert_int_equal(count, 1);
	assert_int_equal(found[0].ifindex, va);
	assert_true(found[0].access);
	assert_false(loader_look(loader, va, &st));
	assert_int_equal(loader_attach(loader, va, false, &st), 0);
	assert_true(st.native);
	assert_int_not_equal(st.program_id, before.program_id);
	assert_int_equal(st.program_id, running_on(va));
	/* nobody holds the old one (libxdp 1.3.1 keeps descriptors of what was
	 * behind a dispatcher until the process ends) */
	if (!before.dispatcher)
		assert_true(program_ends(before.program_id));
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_int_equal(running_on(va), 0);
}

static void test_two_instances(void **state)
{
	struct loader *a = loader_on(one), *b = loader_on(two);
	struct loader_state st;
	uint32_t va = index_of("va"), vc = index_of("vc"), id;

	(void)state;
	assert_int_equal(loader_attach(a, va, false, &st), 0);
	id = st.program_id;
	/* behind a dispatcher both may be there, else the first has it */
	if (!st.dispatcher)
		assert_int_equal(loader_attach(b, va, false, &st), -EEXIST);
	assert_int_equal(loader_attach(b, vc, false, &st), 0);
	loader_free(b);
	assert_int_equal(loader_unload(two, error, sizeof(error)), 0);
	assert_false(exists(two, ""));
	assert_true(exists(one, "/v4/legs"));
	assert_int_equal(running_on(va), id);
	assert_int_equal(running_on(vc), 0);
	loader_free(a);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
}

static void test_port_vanishes(void **state)
{
	struct loader *loader = loader_on(one);
	struct loader_state st;
	uint32_t vc = index_of("vc");

	(void)state;
	assert_int_equal(loader_attach(loader, vc, false, &st), 0);
	run("ip link del vc");
	assert_int_equal(loader_attach(loader, vc, false, &st), -ENODEV);
	assert_true(st.text[0]);
	run("ip link add vc type veth peer name vd");
	assert_int_equal(loader_attach(loader, index_of("vc"), false, &st), 0);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
}

/* Pins of another size are refused with a reason, not misread. */
static void test_other_layout(void **state)
{
	struct loader *loader = NULL;
	char path[256];
	int fd;

	(void)state;
	loader_free(loader_on(one));
	snprintf(path, sizeof(path), "/sys/fs/bpf/l2x/%s/v%d/legs", one,
		 ABI_VERSION);
	assert_int_equal(unlink(path), 0);
	fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "legs", 4, 8, 8, NULL);
	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_pin(fd, path), 0);
	close(fd);
	assert_true(loader_new(&loader, one, error, sizeof(error)) < 0);
	assert_null(loader);
	assert_non_null(strstr(error, "legs"));
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_false(exists(one, ""));
}

/* Single addresses live in a real hash. */
static void test_hosts(void **state)
{
	struct loader *loader = loader_on(one);
	struct dataplane_fds fds = loader_maps(loader);
	struct in_addr host = {0x01020304}, other = {0x05060708};
	struct leg_end l2tp = {.kind = LEG_L2TP, .slot = 5, .template = 1};
	struct leg_end ip = {.kind = LEG_IP, .ip.ip4 = host};
	struct dataplane_stale stale;
	struct reason_count sum;
	struct dataplane *dp;
	uint32_t a, b;

	(void)state;
	assert_int_equal(dataplane_new(&dp, &fds), 0);
	assert_int_equal(dataplane_host_add(dp, host, &a), 0);
	assert_int_equal(dataplane_host_add(dp, host, &b), 0);
	assert_int_equal(a, b);
	assert_int_equal(dataplane_host_add(dp, other, &b), 0);
	assert_int_not_equal(a, b);
	ip.slot = a;
	assert_int_equal(dataplane_join(dp, 3, &l2tp, &ip), 0);
	assert_int_equal(dataplane_reason(dp, REASON_FORWARDED, &sum), 0);
	dataplane_free(dp);
	/* after a restart: the one with a leg stays, the other goes */
	assert_int_equal(dataplane_new(&dp, &fds), 0);
	stale = dataplane_scan(dp, NULL, NULL, NULL);
	assert_int_equal(stale.legs, 2);
	assert_int_equal(bpf_map_lookup_elem(fds.ip4_hosts, &other.s_addr, &b),
			 -ENOENT);
	assert_int_equal(bpf_map_lookup_elem(fds.ip4_hosts, &host.s_addr, &b),
			 0);
	dataplane_leg_clear(dp, a);
	assert_int_equal(bpf_map_lookup_elem(fds.ip4_hosts, &host.s_addr, &b),
			 -ENOENT);
	dataplane_free(dp);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
}

/* ---- behind the redirect ------------------------------------------------- */

enum { LOST_FRAMES = 20, LOST_FRAME = 1400, LOST_MTU = 1000 };

/* Frames as if they had come by `from`, redirected to `to`. */
static void redirect_frames(uint32_t from, uint32_t to)
{
	struct smallest_bpf *program = smallest_bpf__open();
	static uint8_t frame[LOST_FRAME];
	struct xdp_md where = {
		.data_end = LOST_FRAME,
		.ingress_ifindex = from,
	};
	LIBBPF_OPTS(bpf_test_run_opts, run, .data_in = frame,
		    .data_size_in = LOST_FRAME, .ctx_in = &where,
		    .ctx_size_in = sizeof(where), .repeat = LOST_FRAMES,
		    .batch_size = LOST_FRAMES,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);

	assert_non_null(program);
	program->rodata->port = to;
	assert_int_equal(smallest_bpf__load(program), 0);
	assert_int_equal(bpf_prog_test_run_opts(
				 bpf_program__fd(program->progs.smallest),
				 &run),
			 0);
	smallest_bpf__destroy(program);
}

/* A wire whose far end takes redirected frames, but only small ones. */
static void narrow_make(const char *name, const char *far)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "ethtool -K %s gro on; ip link set %s up mtu %d;"
		 " ip link set %s up",
		 far, far, LOST_MTU, name);
	run(command);
}

static struct port_lost lost_of(const struct loader *loader, uint32_t ifindex)
{
	struct port_lost lost = {.error = 99};

	assert_int_equal(bpf_map_lookup_elem(loader_maps(loader).lost, &ifindex,
					     &lost),
			 0);
	return lost;
}

/* The same devices with the same numbers, somewhere else. */
static void lost_elsewhere(uint32_t from, uint32_t to)
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct smallest_bpf *program = smallest_bpf__open_and_load();

	assert_true(home >= 0);
	assert_non_null(program);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	run("ip link add va type veth peer name vb");
	run("ip link add vc type veth peer name vd; ip link set va up");
	assert_int_equal(index_of("va"), from);
	assert_int_equal(index_of("vc"), to);
	narrow_make("vc", "vd");
	assert_int_equal(
		bpf_xdp_attach((int)from,
			       bpf_program__fd(program->progs.smallest),
			       XDP_FLAGS_DRV_MODE, NULL),
		0);
	redirect_frames(from, to);
	assert_int_equal(setns(home, CLONE_NEWNET), 0);
	close(home);
	smallest_bpf__destroy(program);
}

static void test_lost(void **state)
{
	struct loader *a = loader_on(one), *b = loader_on(two);
	uint32_t va = index_of("va"), vc = index_of("vc"), ve, none = 0;
	struct loader_state st;

	(void)state;
	run("ip link add ve type veth peer name vf; ip link set ve up");
	ve = index_of("ve");
	narrow_make("vc", "vd");
	assert_string_equal(loader_lost_why(a), "");
	assert_int_equal(loader_attach(a, va, false, &st), 0);
	assert_int_equal(loader_attach(a, vc, false, &st), 0);
	assert_int_equal(loader_attach(b, ve, false, &st), 0);
	assert_true(exists(one, "/v4/lost_xmit"));
	assert_true(exists(one, "/v4/lost_redirect"));

	redirect_frames(va, vc);
	assert_int_equal(lost_of(a, vc).frames, LOST_FRAMES);
	assert_int_equal(lost_of(a, vc).error, 0);
	assert_int_equal(lost_of(a, va).frames, 0);
	/* not by a port of this instance, or not in this namespace */
	redirect_frames(ve, vc);
	lost_elsewhere(va, vc);
	assert_int_equal(lost_of(a, vc).frames, LOST_FRAMES);
	assert_int_equal(lost_of(b, ve).frames, 0);

	/* counting goes on without us, and the next one goes on from there */
	loader_free(a);
	redirect_frames(va, vc);
	a = loader_on(one);
	assert_int_equal(lost_of(a, vc).frames, 2 * LOST_FRAMES);
	assert_int_equal(loader_attach(a, vc, false, &st), 0);
	redirect_frames(va, vc);
	assert_int_equal(lost_of(a, vc).frames, 3 * LOST_FRAMES);
	/* what fits is not lost */
	run("ip link set vd mtu 1500");
	redirect_frames(va, vc);
	assert_int_equal(lost_of(a, vc).frames, 3 * LOST_FRAMES);
	assert_int_equal(loader_detach(a, vc), 0);
	assert_int_equal(bpf_map_lookup_elem(loader_maps(a).lost, &vc, &none),
			 -ENOENT);
	loader_free(a);
	loader_free(b);
	run("ip link del ve");
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_false(exists(one, ""));
}

/* What was switched off is known to who comes later, here only. */
static void test_offloads_noted(void **state)
{
	struct loader *loader = loader_on(one);
	struct loader_offloads left[4];
	uint32_t va = index_of("va"), vc = index_of("vc");

	(void)state;
	assert_int_equal(loader_offloads(loader, va), 0);
	loader_offloads_set(loader, va, 3);
	loader_offloads_set(loader, vc, 8);
	loader_offloads_set(loader, vc, 0);
	loader_free(loader);
	loader = loader_on(one);
	assert_int_equal(loader_offloads(loader, va), 3);
	assert_int_equal(loader_offloads(loader, vc), 0);
	assert_int_equal(loader_offloads_left(one, left, 4), 1);
	assert_int_equal(left[0].ifindex, va);
	assert_int_equal(left[0].off, 3);
	assert_int_equal(unshare(CLONE_NEWNET), 0);
	assert_int_equal(loader_offloads(loader, va), 0);
	assert_int_equal(loader_offloads_left(one, left, 4), 0);
	loader_forget(loader, va);
	loader_free(loader);
	assert_int_equal(loader_unload(one, error, sizeof(error)), 0);
	assert_int_equal(loader_offloads_left(one, left, 4), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_names),	  TEST(test_pins),
		TEST(test_native),	  TEST(test_no_native),
		TEST(test_foreign),	  TEST(test_take_over),
		TEST(test_two_instances), TEST(test_port_vanishes),
		TEST(test_other_layout),  TEST(test_hosts),
		TEST(test_lost),	  TEST(test_offloads_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
