#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A router on a stick: one port is access, tunnel and core at once.  A call
into a tunnel and a call that ends here leave by the port they come in by, and
XDP carries both."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import topology # noqa: E402
from frames import echo, ip4_text # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, main, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

LOCAL, PEER = "10.9.0.1", "10.9.0.2"
ROUNDS = 20
PPP_IP = b"\0\x21"


def config():
	whole = topology.Single.config()
	whole["ports"] = [{"name": "p0", "access": True}]
	return whole


class World:
	def __init__(self, house):
		self.house = house
		self.ns, self.out = house.netns("dut"), house.netns("out")
		house.veth(self.ns, "p0", self.out, "o0", topology.CORE_MTU)
		self.ns.address("p0", LOCAL + "/24")
		self.out.address("o0", PEER + "/24")
		self.out.route(topology.Single.POOL, "via", LOCAL)
		topology.router(self.ns)
		self.node = topology.Node(house, self.ns, "one", config())
		self.node.start()
		self.ns.ping(PEER, 1)
		self.lns = Endpoint(self.out, PEER, name="lns1",
				    secret="l2tpsecret", serve=True)
		house.on_close(self.lns.close)

	def client(self, user, password):
		client = PppoeClient(self.out, "o0", user, password)
		self.house.on_close(client.close)
		return client

	def up(self, user):
		eventually(lambda: self.node.the_call(user)["state"] == "up")

	def moved(self, before):
		after = self.node.reasons()
		return {r: after[r] - before[r] for r in after
			if after[r] != before[r]}


@setup
def world(house):
	return World(house)


@test
def a_call_into_a_tunnel(world):
	user = "x@far.example"
	client = world.client(user, "pw")
	client.discover()
	client.ppp.start()
	call = world.lns.wait_tunnel().wait_call()
	world.up(user)
	before = world.node.reasons()
	for n in range(ROUNDS):
		up = PPP_IP + echo("10.1.1.1", "10.2.2.2", seq=n)
		client.ppp.send(up)
		data = call.expect_data()
		expect(data.payload[-len(up):], up, "up")
		down = PPP_IP + echo("10.2.2.2", "10.1.1.1", seq=n)
		client.ppp.other.clear()
		call.send_ppp(down)
		client.ppp.wait(lambda p: p.other, 5, "down")
		expect(client.ppp.other, [down], "down")
	moved = world.moved(before)
	expect(moved["forwarded"] >= 2 * ROUNDS, True, moved)
	legs = world.node.the_call(user)
	expect([legs[side]["packets"] for side in ("access", "core")],
	       [ROUNDS] * 2, "packets of the legs")


@test
def a_call_that_ends_here(world):
	user = "alice@local.example"
	client = world.client(user, "alicepw")
	own = client.up()
	world.up(user)
	before = world.node.reasons()
	for n in range(ROUNDS):
		client.ppp.other.clear()
		client.ppp.ip(echo(own, PEER, seq=n))
		client.ppp.wait(lambda p: p.other, 5, "answer")
		answer = client.ppp.other[0]
		expect((ip4_text(answer[14:18]), ip4_text(answer[18:22])),
		       (PEER, own))
	moved = world.moved(before)
	expect(moved["forwarded"] >= 2 * ROUNDS, True, moved)
	expect({r for r in moved if r in world.node.reasons("data")}, set(),
	       "reasons of the slow path")


main()
