#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs inside the qemu guest (see test_forward.py): the way to a tunnel's peer
changes under traffic between VLAN devices, and from and to a port without
tags.  No frame is lost."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab"),
		os.path.join(HERE, "..", "net")]
from lab import expect, main, setup, test # noqa: E402
from next_hops import Gate, World # noqa: E402

SLOW = 60 # seconds: everything is emulated
RATE = 200
# tagged frames are seen on the port as well, so one port has only tagged ones
GATES = {
	"tagged": Gate("c0v", "f0v", "10.96.0", vlan=100),
	"other tag": Gate("c0w", "f0w", "10.96.1", vlan=4094),
	"untagged": Gate("c1", "f1", "10.96.2"),
}


@setup
def world(house):
	return World(house, GATES, SLOW)


@test
def changes_between_vlan_devices_lose_nothing(world):
	result, forwarded = world.through(
		["tagged", "other tag", "untagged", "tagged", "untagged",
		 "other tag"], RATE, 3)
	print("# %d of %d by XDP" % (forwarded, result["sent"]))
	expect(forwarded >= result["sent"] * 9 // 10, True, "by XDP")


main()
