#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 3000
"""Debian's own 6.1 kernel, in qemu: every BPF object loads, attaches in
native mode on veth and virtio-net, and shares a port through libxdp's
dispatcher."""

import glob
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]
import lab # noqa: E402
from debian import OTHER, boot, compile_other, tap_run # noqa: E402
from lab import expect, setup, test # noqa: E402

OURS = os.path.join(lab.BUILD, "bpf", "l2x.bpf.o")


@setup
def world(house):
	compile_other()
	return boot(house, "k")[0]


@test
def it_is_debians_kernel(world):
	expect(world.exec("uname -r").startswith("6.1."), True)


@test
def every_object_loads(world):
	objects = sorted(glob.glob(os.path.join(lab.BUILD, "bpf", "*.bpf.o")) +
			 glob.glob(os.path.join(lab.BUILD, "tests", "bpf",
						"*.bpf.o")))
	if not objects:
		raise AssertionError("no objects in build/bpf")
	for path in objects:
		world.exec("rm -rf /sys/fs/bpf/try; bpftool prog loadall %s "
			   "/sys/fs/bpf/try && ls /sys/fs/bpf/try" % path, 120)
		print("# loaded", os.path.basename(path))
	world.exec("rm -rf /sys/fs/bpf/try")


def attach_and_share(world, port):
	"""Our object and somebody else's, natively on one port; returns what
	xdp-loader says of it."""
	try:
		world.exec("xdp-loader load -m native %s %s" % (port, OURS),
			   120)
		world.exec("xdp-loader load -m native %s %s" % (port, OTHER),
			   120)
		status = world.exec("xdp-loader status " + port)
		print("\n".join("# " + l for l in status.splitlines()))
		expect("native" in status, True, "native mode")
		expect("dispatcher" in status, True, "dispatcher")
		expect(" pass " in status, True, "the other program")
		return status
	finally:
		world.exec("xdp-loader unload -a " + port, check=False)


@test
def shares_a_veth_through_the_dispatcher(world):
	attach_and_share(world, "va")


@test
def shares_a_virtio_net_through_the_dispatcher(world):
	attach_and_share(world, "eth0")


@test
def other_program_sees_frames_beside_ours(world):
	try:
		world.exec("xdp-loader load -m native va %s" % OURS, 120)
		world.exec("xdp-loader load -m native va %s" % OTHER, 120)
		world.exec("ip addr replace 10.77.0.1/24 dev vb;"
			   " ip neigh replace 10.77.0.2 dev vb lladdr"
			   " 02:00:00:00:00:09; ping -c 5 -i 0.2 -W 1"
			   " 10.77.0.2; true")
		text = world.exec("bpftool map dump name frames_seen")
		value = int(text.split('"value":')[1].split("}")[0])
		expect(value >= 5, True, "frames seen: " + text)
	finally:
		world.exec("xdp-loader unload -a va", check=False)


@test
def next_hops_also_behind_a_vlan_device(world):
	"""Those cases of test_nexthop, and of test_devices, that need the
	kernel's 8021q; all of the former runs here as well."""
	world.exec("modprobe 8021q")
	for program in ("test_nexthop", "test_devices"):
		expect(tap_run(world, "build/tests/unit/%s vlan" %
			       program).skipped, 0, program)
	tap_run(world, "build/tests/unit/test_nexthop")


if __name__ == "__main__":
	lab.main()
