#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 120
"""Numbered data (RFC 2661 section 5.4) with scripted peers: as LNS of a LAC that
asks for it, as LAC that asks an LNS, and as LAC of an LNS that decides."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import lab # noqa: E402
import topology # noqa: E402
from frames import ETH_IP, UDP, ethernet, ipv4, udp # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from ppp import PppClient, PppServer # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

REQUIRED = 39 # AVP, empty
MANY = 20
DECIDER = "10.9.0.3" # an LNS that enforces numbers


def config():
	out = topology.Single.config()
	out["tunnels"][0]["sequencing"] = True
	out["tunnels"].append({"name": "lns2", "peer": DECIDER,
			       "host-name": "dut", "secret": "l2tpsecret"})
	out["domains"].append({"name": "decides.example", "action": "tunnel",
			       "tunnels": ["lns2"]})
	return out


class World:
	def __init__(self, house):
		self.house = house
		self.single = topology.Single(house, config())
		self.node = self.single.node
		self.single.net.run("nft", "add table ip quiet; add chain ip "
				    "quiet in { type filter hook input "
				    "priority 0; }; add rule ip quiet in udp "
				    "dport 9 drop")

	def peer(self, name, port, **more):
		peer = Endpoint(self.single.peer, self.single.PEER, port,
				name=name, secret="l2tpsecret", **more)
		self.house.on_close(peer.close)
		return peer

	def decider(self, users):
		"""An LNS that takes no data without Ns, and gives addresses."""
		def accept(call):
			call.strict = True
			call.form = {"ns": "count", "next_ns": 0}
			call.ppp = PppServer(call.send_ppp, users)
			call.ppp.start()
		lns = Endpoint(self.single.peer, DECIDER, 1701, name="lns2",
			       secret="l2tpsecret", serve=True)
		self.house.on_close(lns.close)
		lns.on_call = accept
		return lns

	def forwarded(self):
		return self.node.reasons()["forwarded"]


@setup
def world(house):
	world = World(house)
	call = world.peer("lac1", 1702).connect(world.single.LOCAL).call(
		iccn=((REQUIRED, b""),))
	call.form = {"ns": "count", "next_ns": 0}
	call.ppp = PppClient(call.send_ppp, user="bob@isp.example",
			     password="bobpw")
	call.ppp.start()
	call.ppp.wait_ip()
	eventually(lambda: world.node.the_call()["state"] == "up")
	world.call = call
	world.lns = world.decider({"u@decides.example": "pw",
				   "v@decides.example": "pw"})
	return world


def packet(world):
	own, net = world.call.ppp.address, world.single.NET
	return b"\0\x21" + ipv4(own, net, UDP, udp(own, net, 9, 9, b"numbered"))


@test
def all_that_the_lns_sends_is_numbered(world):
	net, own = world.single.NET, world.call.ppp.address
	frame = ethernet(world.single.ns.mac("net"), world.single.net.mac("n0"),
			 ETH_IP, ipv4(net, own, UDP, udp(net, own, 9, 9,
							 b"down")))
	before = world.node.counters()["slow_to_l2tp"]
	with world.single.net.socket(17, 3) as s: # packet, raw
		s.bind(("n0", 0))
		for _ in range(MANY):
			s.send(frame)
	marked = lambda: [d for d in world.call.data if b"down" in d.payload]
	eventually(lambda: len(marked()) == MANY)
	numbers = [d.ns for d in world.call.data]
	# PPP's own packets by hand and data by XDP count on together
	expect(numbers, list(range(len(numbers))))
	expect(len(numbers) > MANY, True, "PPP is numbered too")
	expect(world.node.counters()["slow_to_l2tp"], before)
	access = world.node.the_call()["access"]
	expect([access["sequencing"], access["late"]], [True, 0])


@test
def what_comes_late_is_dropped_and_counted(world):
	before, passed = world.node.reasons(), world.forwarded()
	world.call.send_ppp(packet(world))
	newest = world.call.form["next_ns"] - 1
	for ns in (newest, newest - 1, newest - 7):
		world.call.send_ppp(packet(world), ns=ns)
	eventually(lambda: world.node.reasons()["late_sequence"] ==
		   before["late_sequence"] + 3)
	expect(world.forwarded(), passed + 1)
	access = world.node.the_call()["access"]
	expect([access["late"], access["dropped"]], [3, 3])
	# a gap is only a loss, and the numbers go on behind it
	world.call.form["next_ns"] += 100
	for _ in range(MANY):
		world.call.send_ppp(packet(world))
	eventually(lambda: world.forwarded() == passed + 1 + MANY)


@test
def a_peer_that_begins_anew_is_followed(world):
	"""After five old ones in a row the sixth is taken."""
	passed = world.forwarded()
	world.call.form["next_ns"] -= 1000
	for _ in range(6 + MANY):
		world.call.send_ppp(packet(world))
	eventually(lambda: world.forwarded() == passed + 1 + MANY)


@test
def as_lac_it_asks_and_numbers(world, house):
	lns = world.peer("lns1", 1701, serve=True)
	client = PppoeClient(world.single.subs, "a0", "u@far.example", "pw")
	house.on_close(client.close)
	client.discover()
	client.ppp.start()
	call = lns.wait_tunnel().wait_call()
	expect(call.iccn.get(REQUIRED), b"", "AVP 39 in the ICCN")
	frame = b"\0\x21" + ipv4("192.0.2.7", "192.0.2.8", UDP,
				 udp("192.0.2.7", "192.0.2.8", 9, 9, b"up"))
	for _ in range(MANY):
		client.ppp.send(frame)
	eventually(lambda: len([d for d in call.data
				if b"up" in d.payload]) == MANY)
	numbers = [d.ns for d in call.data]
	expect(numbers, list(range(len(numbers))))
	core = world.node.the_call("u@far.example")["core"]
	expect(core["sequencing"], True)


def pass_data(call, send, arrived, mark):
	"""MANY packets each way; returns what the LNS got of them."""
	up = b"\0\x21" + ipv4("192.0.2.100", "192.0.2.8", UDP,
			      udp("192.0.2.100", "192.0.2.8", 9, 9, mark))
	before = len(arrived())
	for _ in range(MANY):
		call.send_ppp(up)
	eventually(lambda: len(arrived()) == before + MANY)
	for _ in range(MANY):
		send(up)
	took = lambda: [d for d in call.data if mark in d.payload]
	eventually(lambda: len(took()) == MANY)
	return [d.ns for d in took()]


@test
def as_lac_it_follows_an_lns_that_decides(world, house):
	"""Without AVP 39: up, data both ways, without, and with numbers again."""
	client = PppoeClient(world.single.subs, "a0", "u@decides.example",
			     "pw")
	house.on_close(client.close)
	client.up()
	call = world.lns.wait_tunnel().wait_call()
	expect(call.iccn.get(REQUIRED), None, "no AVP 39 in the ICCN")
	core = lambda: world.node.the_call("u@decides.example")["core"]
	expect(core()["sequencing"], True)
	arrived = lambda: client.ppp.other
	slow = world.node.counters()["slow_to_l2tp"]
	numbers = pass_data(call, client.ppp.send, arrived, b"numbers")
	expect(numbers, list(range(numbers[0], numbers[0] + MANY)))
	call.form, call.strict = {}, False
	expect(pass_data(call, client.ppp.send, arrived, b"plain"),
	       [None] * MANY)
	expect(core()["sequencing"], False)
	call.form = {"ns": "count", "next_ns": 1000}
	# where they had stopped, whatever the LNS counts
	expect(pass_data(call, client.ppp.send, arrived, b"again"),
	       [numbers[-1] + 1 + i for i in range(MANY)])
	expect(world.node.counters()["slow_to_l2tp"], slow)
	client.padt()
	call.wait_end()


@test
def as_lts_it_follows_on_that_side_alone(world, house):
	lac = world.peer("switch1", 1703).connect(world.single.LOCAL).call()
	lac.ppp = PppClient(lac.send_ppp, user="v@decides.example",
			    password="pw")
	lac.ppp.start()
	lac.ppp.wait_ip()
	call = world.node.the_call("v@decides.example")
	expect([call["core"]["sequencing"], call["access"]["sequencing"]],
	       [True, False])
	expect({d.ns for d in lac.data}, {None})
	lac.clear()
	eventually(lambda: not [c for c in world.node.calls()
				if c["id"] == call["id"]])


if __name__ == "__main__":
	lab.main()
