#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""Access ports with one VLAN tag: PPPoE clients behind a tag are terminated
and tunnelled like others, answered with their tag, and known by MAC and VLAN
together."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import guest # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import ETH_DISCOVERY, ETH_SESSION, decode, echo, mac # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, sh, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

LOCAL = "alice@local.example"


class World(topology.Single):
	def __init__(self, house):
		super().__init__(house)
		self.before = topology.footprint(self.node)

	def client(self, house, user=LOCAL, vlans=(100,), **more):
		client = PppoeClient(self.subs, "a0", user, "alicepw",
				     vlans=vlans, **more)
		house.on_close(client.close)
		return client


@setup
def world(house):
	return World(house)


def bring_up(world, client):
	"""Also for the node, whose IPCP opens a moment after the client's."""
	client.up()
	eventually(lambda: any(c["address"] == client.ppp.address and
			       c["state"] == "up"
			       for c in world.node.show("calls")))


def answers(client, number=5):
	"""Pings beyond the node; how many answers came."""
	for seq in range(number):
		client.ppp.ip(echo(client.ppp.address, topology.INTERNET,
				   seq=seq))
	eventually(lambda: len(client.ppp.other) >= number, 5, "answers")
	return len(client.ppp.other)


def tags_towards(capture, client):
	"""The tags (TPID and VLAN; control has a priority too) of all frames to
	a client, by ethertype."""
	frames = [decode(raw) for _, raw in capture.stop()]
	found = {}
	for frame in frames:
		if mac(frame.dst) == client.mac:
			found.setdefault(frame.ethertype, set()).add(
				tuple((tpid, tci & 0xfff)
				      for tpid, tci in frame.vlans))
	return found


@test
def terminated_behind_a_tag(world, house):
	capture = house.capture(world.subs, "a0")
	client = world.client(house)
	bring_up(world, client)
	call = world.node.the_call()
	expect((call["role"], call["state"]), ("pta", "up"))
	expect(call["access"]["vlan"], 100, "show call")
	before = world.node.reasons()
	expect(answers(client), 5)
	after = world.node.reasons()
	expect(after["forwarded"] - before["forwarded"] >= 10, True,
	       "forwarded by XDP")
	expect({k: after[k] - before[k] for k in world.node.reasons("data")
		if after[k] != before[k]}, {}, "punted")
	tags = tags_towards(capture, client)
	want = {((0x8100, 100),)}
	expect(tags, {ETH_DISCOVERY: want, ETH_SESSION: want}, "tags")
	client.padt()
	topology.expect_footprint(world.node, world.before)


@test
def a_priority_in_front_of_the_tag(world, house):
	"""A tag with id 0 counts as none, for discovery and for data."""
	client = world.client(house, vlans=((0x8100, 5 << 13), (0x8100, 100)))
	bring_up(world, client)
	expect(world.node.the_call()["access"]["vlan"], 100, "show call")
	before = world.node.reasons()
	expect(answers(client), 5)
	after = world.node.reasons()
	expect(after["forwarded"] - before["forwarded"] >= 10, True,
	       "forwarded by XDP")
	client.padt()
	topology.expect_footprint(world.node, world.before)


@test
def tunnelled_behind_a_tag(world, house):
	lns = Endpoint(world.peer, world.PEER, name="lns1",
		       secret="l2tpsecret", serve=True)
	house.on_close(lns.close)
	capture = house.capture(world.subs, "a0")
	client = world.client(house, "u@far.example", (101,))
	client.discover()
	client.ppp.start()
	tunnel = lns.wait_tunnel()
	call = tunnel.wait_call()
	eventually(lambda: world.node.the_call()["state"] == "up")
	before = world.node.reasons()["forwarded"]
	packet = b"\0\x21" + echo("10.0.0.1", "10.0.0.2")
	client.ppp.send(packet)
	expect(call.expect_data().payload, b"\xff\x03" + packet)
	seen = len(client.seen)
	call.send_ppp(packet)
	client.wait(lambda: [f for f in client.seen[seen:]
			     if f.pppoe == packet], 5, "the packet down")
	expect(world.node.reasons()["forwarded"] - before >= 2, True,
	       "forwarded by XDP")
	want = {((0x8100, 101),)}
	expect(tags_towards(capture, client),
	       {ETH_DISCOVERY: want, ETH_SESSION: want}, "tags")
	client.padt()
	tunnel.wait(lambda: call.ended, 5, "CDN")
	tunnel.stop()
	tunnel.wait_acked()
	topology.expect_footprint(world.node, world.before)


@test
def padt_on_another_vlan_is_refused(world, house):
	client = world.client(house)
	bring_up(world, client)
	begin = world.node.counters()
	for vlans in ((200,), ()):
		stranger = world.client(house, vlans=vlans,
					own_mac=decode_mac(client))
		stranger.ac_mac, stranger.session = (client.ac_mac,
						     client.session)
		stranger.padt()
	eventually(lambda: sum(world.node.counters()[n] - begin[n] for n in (
		"padt_unknown", "frame_wrong_sender")) == 2, 5, "both counted")
	expect(world.node.the_call()["state"], "up")
	expect(answers(client, 2), 2, "it goes on")
	client.padt()
	topology.expect_footprint(world.node, world.before)
	expect(world.node.counters()["padt_received"] -
	       begin["padt_received"], 1, "the right one")


def decode_mac(client):
	return client.mac.hex(":")


@test
def one_mac_on_two_vlans_is_two_calls(world, house):
	one = world.client(house, vlans=(100,))
	two = world.client(house, vlans=(200,), own_mac=decode_mac(one))
	# one interface hears both: each answers only what has its tag
	for client in (one, two):
		only_own_tag(client)
	bring_up(world, one)
	bring_up(world, two)
	calls = world.node.calls()
	expect(len(calls), 2, "calls")
	expect(one.ppp.address != two.ppp.address, True, "addresses")
	expect((answers(one, 3), answers(two, 3)), (3, 3))
	one.padt()
	eventually(lambda: len(world.node.calls()) == 1, 5, "one call ends")
	two.ppp.other.clear()
	expect(answers(two, 3), 3, "the other goes on")
	two.padt()
	topology.expect_footprint(world.node, world.before)


@test
def client_whose_tag_xdp_does_not_see_is_not_answered_and_told(world, house):
	"""A second wire in front stands for a network card that takes the outer
	tag out of the frame and carries it beside."""
	house.veth(world.subs, "card", world.subs, "inside")
	guest.join(world.subs.name, "inside", "a0")
	house.on_close(lambda: sh("tc", "qdisc", "del", "dev", "a0", "clsact",
				  netns=world.subs.name))

	def takes(word):
		sh("ethtool", "-K", "a0", "txvlan", word,
		   "tx-vlan-stag-hw-insert", word, netns=world.subs.name)

	def port():
		rows = world.node.show("ports")
		return {p["name"]: p for p in rows}["access"]
	# as many tags as nobody here had before
	client = PppoeClient(world.subs, "card", LOCAL, "alicepw",
			     vlans=(35, 7))
	house.on_close(client.close)
	takes("on")
	house.on_close(lambda: takes("off"))
	for _ in range(2):
		client.padi()
	eventually(lambda: port()["tags_hidden"] == 2, 5)
	expect("VLAN tags are hidden" in port()["text"], True, port()["text"])
	expect(world.node.counters()["discovery_tag_hidden"], 2)
	expect(world.node.daemon.log().count("before XDP sees them"), 1)
	expect(client.seen, [])
	takes("off")
	bring_up(world, client)
	expect(answers(client), 5)
	expect(port()["text"], "")
	client.padt()
	topology.expect_footprint(world.node, world.before)


def only_own_tag(client):
	"""Two clients of one MAC must not hear each other's frames."""
	take = client._input

	def take_own(raw):
		if [v & 0xfff for _, v in decode(raw).vlans] == list(
				client.vlans):
			take(raw)
	client.reader.input = take_own


if __name__ == "__main__":
	lab.main()
