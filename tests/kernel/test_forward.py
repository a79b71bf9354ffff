#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 1500
"""l2xd forwards on Debian's own 6.1 kernel (in qemu): native XDP on veth and
virtio-net, through libxdp's dispatcher, beside another program.  What runs in
the guest is inside_guest.py."""

import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]
import lab # noqa: E402
from debian import OTHER, boot, compile_other, ping # noqa: E402
from lab import expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402
from runner import tap_count # noqa: E402


class World:
	def __init__(self, house):
		compile_other()
		self.guest, self.outside = boot(house, "f")
		self.result = None
		self.job = self.guest.bg(
			"export L2X_LAB_HOME=/tmp/lab OTHER=%s PORT=eth0;"
			" ulimit -l unlimited; mkdir -p /run/l2x;"
			" /usr/bin/python3 %s" %
			(OTHER, os.path.join(HERE, "inside_guest.py")), 900)

	def ready(self):
		"""Whether the guest waits for the host's subscriber."""
		return os.path.exists(os.path.join(self.guest.share,
						   "virtio-ready"))

	def finish(self):
		"""The guest's TAP lines by test name."""
		if self.result is None:
			status, out = self.guest.wait_done(self.job, 900)
			self.result = out.decode(errors="replace") + (
				"\nstatus %d\n" % status)
		return self.result


@setup
def world(house):
	return World(house)


@test
def subscriber_of_the_host_through_virtio_net(world):
	while not world.ready() and world.guest.done(world.job) is None:
		time.sleep(0.2)
	if not world.ready():
		raise AssertionError(world.finish()[-6000:])
	client = PppoeClient(world.outside, "p0", "bob", "bobpw")
	try:
		client.discover(60)
		client.ppp.start()
		client.ppp.wait_ip(60)
		ping(client, 2)
		expect(ping(client, 20), 20, "answers")
	finally:
		with open(os.path.join(world.guest.share, "virtio-done"),
			  "w"):
			pass
		client.close()


@test
def all_is_well_inside_the_guest(world):
	text = world.finish()
	print("\n".join("# " + l for l in text.splitlines() if "ok" in l))
	count = tap_count(text)
	if (count.passed < 4 or count.failed or count.skipped or
	    "\nstatus 0\n" not in text):
		raise AssertionError(text[-6000:])


@test
def next_hops_change_between_vlan_devices(world):
	world.finish()
	world.guest.exec("modprobe 8021q")
	status, out = world.guest.wait_done(world.guest.bg(
		"export L2X_LAB_HOME=/tmp/lab; ulimit -l unlimited;"
		" /usr/bin/python3 %s" % os.path.join(HERE, "inside_vlan.py"),
		400), 400)
	text = out.decode(errors="replace")
	count = tap_count(text)
	if (count.passed, count.failed, status) != (1, 0, 0):
		raise AssertionError(text[-6000:])
	print("\n".join(l for l in text.splitlines() if l[:1] == "#"))


lab.main()
