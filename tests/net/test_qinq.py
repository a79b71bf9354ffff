#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""Subscribers behind one and two VLAN tags, with either type of outer tag, and
those that want 1500 octets (RFC 4638): discovery and PPP."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import lab # noqa: E402
import topology # noqa: E402
from frames import ETH_SVLAN, ETH_VLAN, tag, u16 # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import MAX_PAYLOAD, PppoeClient # noqa: E402

MTU = 1512 # of the access port: 1500, PPPoE's 8 and the second tag
FORMS = ((), ((ETH_VLAN, 100),), ((ETH_SVLAN, 100),),
	 ((ETH_VLAN, 100), (ETH_VLAN, 200)),
	 ((ETH_SVLAN, 100), (ETH_VLAN, 200)),
	 ((ETH_SVLAN, 4094), (ETH_VLAN, 4094)))


class World:
	def __init__(self, house):
		self.house = house
		self.single = topology.Single(house, start=False)
		self.node = self.single.node
		for netns, device, mtu in (
				(self.single.ns, "access", MTU),
				(self.single.subs, "a0", MTU + 8)):
			netns.run("ip", "link", "set", device, "mtu", str(mtu))
		self.single.start()

	def client(self, vlans, **more):
		one = PppoeClient(self.single.subs, "a0", "alice@local.example",
				  "alicepw", vlans=vlans, **more)
		self.house.on_close(one.close)
		return one

	def up(self, vlans, **more):
		for call in self.node.calls(): # of a test that failed
			self.node.disconnect("call", call["id"])
		one = self.client(vlans, **more)
		one.up()
		eventually(lambda: self.node.the_call()["state"] == "up")
		return one

	def down(self, client):
		client.padt()
		eventually(lambda: not self.node.calls())


@setup
def world(house):
	return World(house)


@test
def every_form_of_tags_comes_up_and_is_shown(world):
	for vlans in FORMS:
		client = world.up(vlans)
		access = world.node.the_call()["access"]
		ids = [tci for _, tci in vlans] + [0, 0]
		expect([access["vlan"], access["inner_vlan"]], ids[:2])
		tags = {tuple((kind, tci & 0xfff) for kind, tci in f.vlans)
			for f in client.seen}
		expect(tags, {vlans}, "tags of what came")
		# discovery and LCP are of the highest priority but one
		expect({tci >> 13 for f in client.seen for _, tci in f.vlans},
		       {6} if vlans else set())
		world.down(client)


@test
def larger_packets_when_both_ends_can(world):
	for vlans in (FORMS[0], FORMS[4]):
		client = world.up(vlans, extra=tag(MAX_PAYLOAD, u16(1500)),
				  mru=1500)
		expect(dict(client.pado)[MAX_PAYLOAD], u16(1500), "PADO")
		expect(dict(client.pads)[MAX_PAYLOAD], u16(1500), "PADS")
		call = world.node.the_call()
		expect([call["mru"], call["peer_mru"],
			call["access"]["max_payload"]], [1500] * 3)
		world.down(client)


@test
def without_the_tag_1492_stays_the_limit(world):
	client = world.up(())
	expect(MAX_PAYLOAD in dict(client.pado), False)
	call = world.node.the_call()
	expect([call["mru"], call["peer_mru"], call["access"]["max_payload"]],
	       [1492] * 3)
	world.down(client)


if __name__ == "__main__":
	lab.main()
