#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The way to a tunnel's peer changes under traffic: another gateway, another
port, another MAC of the same gateway.  No frame is lost, and XDP sends all of
them, but for those that wait for a gateway's first answer.  VLAN devices are in
tests/kernel, where the kernel has them."""

import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

from lab import expect, main, setup, sh, test # noqa: E402
from next_hops import Gate, World # noqa: E402

RATE = 3000
GATES = {
	"one": Gate("c0", "f0", "10.96.0"),
	"beside": Gate("c0", "f0", "10.96.0", 3, "02:00:00:00:96:03"),
	"other port": Gate("c1", "f1", "10.96.1", 2, "02:00:00:00:96:12"),
	"silent": Gate("c1", "f1", "10.96.2", 2),
}


@setup
def world(house):
	return World(house, GATES)


@test
def known_gateways_lose_nothing(world):
	result, forwarded = world.through(
		["one", "beside", "other port", "one", "other port", "beside",
		 "one"], RATE)
	expect(forwarded >= result["sent"], True, "all of them by XDP")


@test
def gateway_nobody_asked_for_yet_loses_nothing(world):
	world.through(["one", "silent", "one"], RATE)


@test
def gateway_that_changes_its_mac_loses_nothing(world):
	flow = world.flow(RATE)
	macs = ["02:00:00:00:96:%02x" % n for n in (0x20, 0x21, 0x22)]
	for mac in macs:
		time.sleep(0.5)
		sh("ip", "-n", world.lac.name, "neigh", "replace", "10.96.0.2",
		   "dev", "c0", "lladdr", mac)
		world.leads_to(mac)
	time.sleep(0.5)
	result = flow.stop()
	print("# %s" % result)
	expect((result["lost"], result["twice"]), (0, 0), "lost, twice")
	expect(set(result["ways"]) - {world.way("one")},
	       {"f0 " + m for m in macs}, "ways")


@test
def neighbours_of_an_operator_stay(world):
	"""Those of 10.96.0.2 and of the others that were set by hand."""
	world.route("one")
	world.route("silent")
	text = sh("ip", "-n", world.lac.name, "neigh", "show").stdout
	expect(sorted(tuple(line.split()[0:5:2]) for line in text.splitlines()
		      if "PERMANENT" in line),
	       [("10.96.0.2", "c0", "02:00:00:00:96:22")] + [
		       ("%s.%d" % (g.net, g.host), g.near, g.mac)
		       for g in GATES.values() if g.mac], "permanent")


main()
