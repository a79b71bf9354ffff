#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""Subscribers behind one and two VLAN tags, with either type of outer tag, and
those that want 1500 octets (RFC 4638): discovery, PPP and data."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import lab # noqa: E402
import topology # noqa: E402
from frames import (ETH_SVLAN, ETH_VLAN, PPP_IP, UDP, ipv4, # noqa: E402
		    tag, u16, udp)
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import MAX_PAYLOAD, PppoeClient # noqa: E402

MTU = 1512 # of the access port: 1500, PPPoE's 8 and the second tag
FORMS = ((), ((ETH_VLAN, 100),), ((ETH_SVLAN, 100),),
	 ((ETH_VLAN, 100), (ETH_VLAN, 200)),
	 ((ETH_SVLAN, 100), (ETH_VLAN, 200)),
	 ((ETH_SVLAN, 4094), (ETH_VLAN, 4094)))
FAR = 9 # UDP port of the other end


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


def marks(client, mark):
	"""The marked packets that came to a client, by their tags."""
	return [f.vlans for f in client.seen
		if f.protocol == PPP_IP and mark in f.info]


def exchange(world, client, size):
	"""A datagram of so many octets each way, as IP packets."""
	own, net = client.ppp.address, world.single.NET
	mark = b"through %d tags " % len(client.vlans)
	payload = mark.ljust(size - 28, b".")
	with world.single.net.socket(2, 2) as s: # AF_INET, SOCK_DGRAM
		s.bind((net, FAR))
		s.settimeout(5)
		client.ppp.send(b"\0\x21" + ipv4(own, net, UDP, udp(
			own, net, 7, FAR, payload)))
		expect(s.recvfrom(2000), (payload, (own, 7)), "packet up")
		s.sendto(payload, (own, 7))
	eventually(lambda: marks(client, mark), 5, "packet down")
	return marks(client, mark)


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
def data_passes_behind_every_form(world):
	for vlans in FORMS:
		client = world.up(vlans)
		before = world.node.counters()
		expect(exchange(world, client, 1000), [list(vlans)])
		after = world.node.counters()
		for name in topology.BY_HAND:
			expect(after[name], before[name], name)
		world.down(client)


@test
def the_inner_tag_belongs_to_the_session(world):
	client = world.up(FORMS[4])
	before = world.node.reasons()["wrong_client"]
	client.vlans = ((ETH_SVLAN, 100), (ETH_VLAN, 201))
	client.ppp.send(b"\0\x21" + ipv4(client.ppp.address, world.single.NET,
					  UDP, bytes(8)))
	eventually(lambda: world.node.reasons()["wrong_client"] == before + 1)
	client.vlans = FORMS[4]
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
		expect(exchange(world, client, 1500), [list(vlans)])
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
