#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""DSCP and congestion marks (RFC 9601) through an LNS that scripted LACs use:
outer from inner, inner from outer, and checksums of the outer header."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import (ETH_IP, PPP_IP, UDP, decode, ethernet, ipv4, # noqa: E402
		    l2tp_data, u16, udp, udp4)
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from ppp import PppClient # noqa: E402

ECN = 103 # AVP
NOT_ECT, ECT1, ECT0, CE = 0, 1, 2, 3
EF, AF11 = 46 << 2, 10 << 2


def config():
	out = topology.Single.config()
	out["l2tp"].update({"dscp": "copy", "dscp-inner": AF11 >> 2,
			    "ecn": True, "verify-checksum": True})
	return out


class Lac(Endpoint):
	"""A LAC with further AVPs in its SCCRQ; has_ecn: the SCCRP's."""

	more, has_ecn = (), None

	def request(self, address, port=1701, items=None):
		tunnel = self.new_tunnel((address, port))
		tunnel.our_challenge = os.urandom(16)
		tunnel.send(l2tp.SCCRQ, *l2tp.sccrq(
			self.name, tunnel.own,
			challenge=tunnel.our_challenge), *self.more)
		return tunnel

	def answer(self, tunnel, message):
		if message.kind == l2tp.SCCRP:
			self.has_ecn = message.get(ECN) is not None
		super().answer(tunnel, message)


class World:
	def __init__(self, house):
		self.house = house
		self.single = topology.Single(house, config())
		self.node = self.single.node
		self.number = 0

	def call(self, port, *more):
		"""A subscriber by a LAC whose SCCRQ has these AVPs too."""
		lac = Lac(self.single.peer, self.single.PEER, port,
			  name="lac1", secret="l2tpsecret")
		self.house.on_close(lac.close)
		lac.more = more
		call = lac.connect(self.single.LOCAL).call()
		call.ppp = PppClient(call.send_ppp, user="bob@isp.example",
				     password="bobpw")
		call.ppp.start()
		call.ppp.wait_ip()
		eventually(lambda: len([c for c in self.node.calls() if
					c["state"] == "up"]) == self.number + 1)
		self.number += 1
		return call


class Way:
	"""Packets of one call, watched where they leave."""

	def __init__(self, world, call):
		self.world, self.call = world, call
		self.node, self.single = world.node, world.single
		self.own, self.net = call.ppp.address, world.single.NET
		self.count = 0

	def send_up(self, inner, outer, zero=True, wrong=False):
		"""Through the tunnel, with these traffic classes; the datagram
		is built here whole, for the class and checksum of the outer
		header.  None or the inner class that arrives."""
		self.count += 1
		mark = b"up %d of %s." % (self.count, self.own.encode())
		packet = ipv4(self.own, self.net, UDP,
			      udp(self.own, self.net, 7, 9, mark), tos=inner)
		tunnel = self.call.tunnel
		data = l2tp_data(tunnel.peer_id, self.call.peer,
				 b"\xff\x03\0\x21" + packet)
		port = tunnel.endpoint.sock.getsockname()[1]
		whole = udp4(self.single.PEER, self.single.LOCAL, port, 1701,
			     data, zero, tos=outer)
		if wrong:
			whole = whole[:26] + bytes(
				[whole[26] ^ 1, whole[27]]) + whole[28:]
		capture = self.world.house.capture(self.single.net, "n0",
						   "udp port 9")
		with self.single.peer.socket(17, 3) as s: # packet, raw
			s.bind(("c0", 0))
			s.send(ethernet(self.single.ns.mac("core"),
					self.single.peer.mac("c0"), ETH_IP,
					whole))
		found = [f.ip[1] for f in (decode(raw) for _, raw in
					   capture.stop())
			 if f.udp and mark in f.udp and f.ip_src == self.own]
		return found[0] if found else None

	def send_down(self, inner):
		"""From the net; the outer traffic class that the LAC sees."""
		self.count += 1
		mark = b"down %d of %s." % (self.count, self.own.encode())
		packet = ipv4(self.net, self.own, UDP,
			      udp(self.net, self.own, 9, 7, mark), tos=inner)
		capture = self.world.house.capture(self.single.peer, "c0")
		with self.single.net.socket(17, 3) as s:
			s.bind(("n0", 0))
			s.send(ethernet(self.single.ns.mac("net"),
					self.single.net.mac("n0"), ETH_IP,
					packet))
		found = [f for f in (decode(raw) for _, raw in capture.stop())
			 if f.protocol == PPP_IP and mark in f.info]
		expect(len(found), 1, "packets at the LAC")
		expect(found[0].info[1], inner, "class of the inner packet")
		return found[0].ip[1]


@setup
def world(house):
	world = World(house)
	world.single.net.run("nft", "add table ip quiet; add chain ip quiet "
			     "in { type filter hook input priority 0; }; add "
			     "rule ip quiet in udp dport 9 drop")
	world.agreed = Way(world, world.call(1702, (ECN, b"")))
	world.plain = Way(world, world.call(1703))
	return world


@test
def avp_103_goes_both_ways_and_is_shown(world):
	for way in (world.agreed, world.plain):
		expect(way.call.tunnel.endpoint.has_ecn, True, "in SCCRP")
	shown = {t["peer_port"]: t["ecn"] for t in world.node.show("tunnels")}
	expect(shown, {1702: True, 1703: False})


@test
def outer_header_shows_the_inner_packets_class(world):
	for ecn in (NOT_ECT, ECT1, ECT0, CE):
		expect(world.agreed.send_down(EF | ecn), EF | ecn, ecn)
		expect(world.plain.send_down(EF | ecn), EF, ecn)


@test
def inner_packets_get_the_configured_dscp(world):
	expect(world.agreed.send_up(EF, EF), AF11)
	expect(world.plain.send_up(0, EF), AF11)


@test
def marks_of_the_outer_header_are_seen_inside(world):
	for inner, outer, seen in ((ECT0, CE, CE), (ECT1, CE, CE),
				   (ECT0, ECT1, ECT1), (ECT0, NOT_ECT, ECT0),
				   (CE, ECT0, CE), (NOT_ECT, ECT0, NOT_ECT)):
		expect(world.agreed.send_up(inner, outer), AF11 | seen,
		       "%d in %d" % (inner, outer))
	# not agreed: the outer mark is nobody's
	expect(world.plain.send_up(ECT0, CE), AF11 | ECT0)


@test
def a_mark_for_who_knows_none_is_a_drop(world):
	before = world.node.reasons()["ecn_conflict"]
	expect(world.agreed.send_up(NOT_ECT, CE), None)
	expect(world.node.reasons()["ecn_conflict"], before + 1)
	expect(world.plain.send_up(NOT_ECT, CE), AF11)


@test
def wrong_checksums_are_dropped_right_and_zero_ones_pass(world):
	before = world.node.reasons()["bad_checksum"]
	expect(world.plain.send_up(0, 0, zero=False), AF11)
	expect(world.plain.send_up(0, 0, zero=True), AF11)
	expect(world.node.reasons()["bad_checksum"], before)
	expect(world.plain.send_up(0, 0, zero=False, wrong=True), None)
	expect(world.node.reasons()["bad_checksum"], before + 1)


if __name__ == "__main__":
	lab.main()
