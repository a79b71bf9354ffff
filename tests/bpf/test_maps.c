/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The object as it is loaded: every map of abi.h and no other, with BTF key
 * and value types so that `bpftool map dump` prints field names, and each
 * program in each configuration within its instruction budget.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include "abi.h"
#include "l2x.skel.h"

static struct l2x_bpf *skel;

static const struct expected {
	const char *name;
	__u32 type, slots, value_size;
	const char *value; /* name of the value's type */
	bool mmapable;
} expected[] = {
	{"ports", BPF_MAP_TYPE_ARRAY, PORT_SLOTS, 64, "port", true},
	{"tunnels_rx", BPF_MAP_TYPE_ARRAY, TUNNEL_SLOTS, 64, "tunnel_rx", true},
	{"legs", BPF_MAP_TYPE_ARRAY, LEG_SLOTS, 64, "leg", true},
	{"templates", BPF_MAP_TYPE_ARRAY, TEMPLATE_SLOTS, 448, "template",
	 true},
	{"settings", BPF_MAP_TYPE_ARRAY, 1, 384, "settings", true},
	{"reasons", BPF_MAP_TYPE_PERCPU_ARRAY, REASON_SLOTS, 16, "reason_count",
	 false},
	{"ip4_pools", BPF_MAP_TYPE_ARRAY, POOL_SLOTS, 16, "ip4_pool", true},
	{"ip4_hosts", BPF_MAP_TYPE_HASH, HOST_SLOTS, 4, "__u32", false},
	{"ip4_routes", BPF_MAP_TYPE_LPM_TRIE, ROUTE_SLOTS, 4, "__u32", false},
	{"ip6_routes", BPF_MAP_TYPE_LPM_TRIE, ROUTE_SLOTS, 4, "__u32", false},
	{"policers", BPF_MAP_TYPE_ARRAY, LEG_SLOTS, 16, "policer", true},
	{"punt_limits", BPF_MAP_TYPE_ARRAY, PUNT_CLASSES, 16, "punt_limit",
	 true},
	{"punt_buckets", BPF_MAP_TYPE_ARRAY, PUNT_CLASSES * PUNT_BUCKETS, 8,
	 "__u64", false},
	{"ip6_pools", BPF_MAP_TYPE_ARRAY, POOL_SLOTS, 16, "ip6_pool", true},
	{"egress", BPF_MAP_TYPE_ARRAY, PORT_SLOTS, 8, "egress", true},
	{"unresolved", BPF_MAP_TYPE_ARRAY, UNRESOLVED_SLOTS, 64, "unresolved",
	 true},
	{"cores", BPF_MAP_TYPE_PERCPU_ARRAY, 1, 16, "core_count", false},
	{"cpus", BPF_MAP_TYPE_CPUMAP, CPU_SLOTS, 8, NULL, false},
	{"watch", BPF_MAP_TYPE_ARRAY, 1, 1088, "watch", true},
	{"watched", BPF_MAP_TYPE_PERCPU_ARRAY, 1, 9256, "watched", false},
	{"events", BPF_MAP_TYPE_RINGBUF, WATCH_RING, 0, NULL, false},
	{"tx_ports", BPF_MAP_TYPE_DEVMAP_HASH, 1024, 4, NULL, false},
};

#define EXPECTED (sizeof(expected) / sizeof(expected[0]))

static __u32 key_size(const struct expected *e)
{
	if (e->type == BPF_MAP_TYPE_RINGBUF)
		return 0;
	if (e->type != BPF_MAP_TYPE_LPM_TRIE)
		return sizeof(__u32);
	return strcmp(e->name, "ip4_routes") ? sizeof(struct ip6_prefix)
					     : sizeof(struct ip4_prefix);
}

static void info_of(const struct bpf_map *map, struct bpf_map_info *info)
{
	__u32 size = sizeof(*info);

	memset(info, 0, size);
	assert_int_equal(bpf_obj_get_info_by_fd(bpf_map__fd(map), info, &size),
			 0);
}

static void test_maps_are_those_of_the_abi(void **state)
{
	const struct expected *e;
	struct bpf_map_info info;
	struct bpf_map *map;
	size_t n = 0;

	(void)state;
	bpf_object__for_each_map(map, skel->obj) n +=
		!bpf_map__is_internal(map);
	assert_int_equal(n, EXPECTED);
	for (e = expected; e < expected + EXPECTED; e++) {
		map = bpf_object__find_map_by_name(skel->obj, e->name);
		assert_non_null(map);
		info_of(map, &info);
		assert_string_equal(info.name, e->name);
		assert_int_equal(info.type, e->type);
		assert_int_equal(info.max_entries, e->slots);
		assert_int_equal(info.key_size, key_size(e));
		assert_int_equal(info.value_size, e->value_size);
		assert_int_equal(!!(info.map_flags & BPF_F_MMAPABLE),
				 e->mmapable);
	}
}

/* The kernel takes no BTF for a DEVMAP, a CPUMAP or a ring. */
static void test_maps_have_btf(void **state)
{
	const struct btf_type *value;
	const struct expected *e;
	struct bpf_map_info info;
	struct btf *btf;

	(void)state;
	for (e = expected; e < expected + EXPECTED; e++) {
		if (!e->value)
			continue;
		info_of(bpf_object__find_map_by_name(skel->obj, e->name),
			&info);
		assert_int_not_equal(info.btf_key_type_id, 0);
		assert_int_not_equal(info.btf_value_type_id, 0);
		btf = btf__load_from_kernel_by_id(info.btf_id);
		assert_non_null(btf);
		value = btf__type_by_id(btf, info.btf_value_type_id);
		assert_string_equal(btf__name_by_offset(btf, value->name_off),
				    e->value);
		btf__free(btf);
	}
}

/*
 * What the verifier may walk, of the 1,000,000 that kernels allow: programs
 * that come close to it load today and not tomorrow.
 */
static const struct budget {
	const char *program, *section;
	__u32 cores; /* that sessions are spread over */
	__u32 most;  /* instructions verified */
} budgets[] = {
	{"l2x", "xdp.frags", 0, 250000},
	{"l2x", "xdp.frags", 2, 250000},
	{"l2x_core", "xdp.frags/cpumap", 2, 250000},
};

static void budget_holds(const struct budget *b, struct bpf_object *object)
{
	struct bpf_program *program =
		bpf_object__find_program_by_name(object, b->program);
	struct bpf_prog_info info = {0};
	__u32 size = sizeof(info);

	assert_non_null(program);
	assert_int_equal(bpf_obj_get_info_by_fd(bpf_program__fd(program), &info,
						&size),
			 0);
	assert_string_equal(info.name, b->program);
	assert_int_equal(info.type, BPF_PROG_TYPE_XDP);
	assert_string_equal(bpf_program__section_name(program), b->section);
	printf("# %s, %u cores: %u instructions verified of %u, %u translated, %u octets native\n",
	       b->program, b->cores, info.verified_insns, b->most,
	       info.xlated_prog_len / 8, info.jited_prog_len);
	assert_in_range(info.verified_insns, 1, b->most);
}

/* The object for so many cores; without any, not the program for them. */
static struct l2x_bpf *load_for(__u32 cores)
{
	struct l2x_bpf *object = l2x_bpf__open();
	__u32 cpu;

	assert_non_null(object);
	object->rodata->spread_cpus = cores;
	for (cpu = 0; cpu < cores; cpu++)
		((__u8 *)object->rodata->spread_cpu)[cpu] = (__u8)cpu;
	bpf_program__set_autoload(object->progs.l2x_core, cores > 0);
	assert_int_equal(l2x_bpf__load(object), 0);
	return object;
}

static void test_budgets(void **state)
{
	struct bpf_program *program;
	struct l2x_bpf *spreading;
	size_t i, programs = 0;

	(void)state;
	bpf_object__for_each_program(program, skel->obj) programs++;
	assert_int_equal(programs, 2); /* a new one needs rows */
	spreading = load_for(2);
	for (i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++)
		budget_holds(&budgets[i],
			     budgets[i].cores ? spreading->obj : skel->obj);
	l2x_bpf__destroy(spreading);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_maps_are_those_of_the_abi),
		cmocka_unit_test(test_maps_have_btf),
		cmocka_unit_test(test_budgets),
	};
	int failed;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	skel = load_for(0);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	l2x_bpf__destroy(skel);
	return failed;
}
