#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""What is sold to a subscriber or forbidden him, on the wire: rates each way,
changed while data flows, and a call whose data is suspended."""

import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)

import lab # noqa: E402
import topology # noqa: E402
from flow import MARK, Flow # noqa: E402
from frames import (ETH_IP, ETH_SESSION, UDP, ethernet, ipv4, # noqa: E402
		    pppoe, udp)
from lab import expect, eventually, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SIZE = 1000 # octets of an IP packet
FRAME = SIZE + 2 # as rates count it
SENDING = 1000 # packets a second: 8 Mbit/s
UP, DOWN = 1000000, 2000000 # the user's profile
BURST = 20000


def config():
	out = topology.Single.config()
	out["users"][0].update({"rate-up": "1M", "rate-down": "2000k",
				"burst-up": "20k", "burst-down": "20k"})
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
		self.client = PppoeClient(self.single.subs, "a0",
					  "alice@local.example", "alicepw")
		house.on_close(self.client.close)
		self.client.up()
		eventually(lambda: self.node.the_call()["state"] == "up")
		self.ident = self.node.the_call()["id"]
		self.node.show("calls")

	def frames(self):
		"""Up and down, marked."""
		own, net = self.client.ppp.address, self.single.NET
		payload = (MARK + bytes(8)).ljust(SIZE - 28, b".")
		up = ipv4(own, net, UDP, udp(own, net, 9, 9, payload, True))
		down = ipv4(net, own, UDP, udp(net, own, 9, 9, payload, True))
		return (ethernet(self.client.ac_mac, self.client.mac,
				 ETH_SESSION, pppoe(0, self.client.session,
						    b"\0\x21" + up)),
			ethernet(self.single.ns.mac("net"),
				 self.single.net.mac("n0"), ETH_IP, down))

	def flow(self, way):
		up, down = self.frames()
		subs, net = (self.single.subs, "a0"), (self.single.net, "n0")
		one, other = (subs, net) if way == "up" else (net, subs)
		flow = Flow(*one, *other, up if way == "up" else down, SENDING)
		self.house.on_close(flow.kill)
		return flow

	def dropped(self, way):
		call = self.node.call(self.ident)
		return call["access" if way == "up" else "core"]["dropped"]

	def passed(self, way, seconds):
		"""Packets that passed, sent at SENDING for a while."""
		before = self.dropped(way), self.node.reasons()["policed"]
		begin = time.monotonic()
		flow = self.flow(way)
		time.sleep(seconds)
		result = flow.stop()
		took = time.monotonic() - begin - 1 # the flow's settling
		after = self.dropped(way), self.node.reasons()["policed"]
		lost = result["sent"] - result["received"]
		expect([n - b for n, b in zip(after, before)], [lost] * 2,
		       "dropped and policed")
		return result, took


def expect_rate(result, took, rate, burst):
	limit = (rate / 8 * took + burst) / FRAME
	# what is not used while the sender sleeps is lost to it
	sent_for = result["sent"] / SENDING - result["paused"]
	least = rate / 8 * sent_for / FRAME * 0.9
	if not least <= result["received"] <= limit * 1.05:
		raise AssertionError("%d passed, not %d to %d" % (
			result["received"], least, limit))


@setup
def world(house):
	return World(house)


@test
def profile_sets_rates_and_show_call_says_so(world):
	call = world.node.call(world.ident)
	expect([call["rate_up"], call["rate_down"]], [UP, DOWN])
	for way in ("burst_up", "burst_down"):
		expect(BURST * 0.99 <= call[way] <= BURST, True, call[way])
	expect(call["suspended"], False)


@test
def each_way_has_its_own_rate(world):
	for way, rate in (("up", UP), ("down", DOWN)):
		result, took = world.passed(way, 3)
		expect_rate(result, took, rate, BURST)


@test
def rates_change_while_data_flows(world):
	flow = world.flow("up")
	time.sleep(0.5)
	shown = world.node.ask("police call", id=world.ident, up="none")
	expect(shown["rate_up"], 0)
	time.sleep(0.3)
	before = world.dropped("up")
	time.sleep(1)
	expect(world.dropped("up"), before, "dropped without a rate")
	world.node.ask("police call", id=world.ident, up="500k", down="4M",
		       **{"burst-up": "15k"})
	eventually(lambda: world.dropped("up") > before + 500, 5,
		   "dropped again")
	flow.stop()
	result, took = world.passed("up", 3)
	expect_rate(result, took, 500000, 15000)
	result, took = world.passed("down", 3)
	expect_rate(result, took, 4000000, 50000)


@test
def a_suspended_call_stays_but_carries_nothing(world):
	world.node.ask("police call", id=world.ident, up="none", down="none")
	before = world.node.reasons()["blocked"]
	world.node.ask("suspend call", id=world.ident)
	expect(world.node.call(world.ident)["suspended"], True)
	sent = 0
	for way in ("up", "down"):
		dropped = world.dropped(way)
		flow = world.flow(way)
		time.sleep(0.5)
		result = flow.stop()
		expect(result["received"], 0, way)
		expect(world.dropped(way) - dropped, result["sent"], way)
		sent += result["sent"]
	expect(world.node.reasons()["blocked"] - before, sent, "blocked")


@test
def ppp_goes_on_and_data_comes_back(world):
	replies = world.client.ppp.echo_replies
	world.client.ppp.send(b"\xc0\x21\x09\x77\x00\x08" +
			      world.client.ppp.magic.to_bytes(4, "big"))
	eventually(lambda: world.client.ppp.echo_replies > replies)
	expect(world.node.call(world.ident)["state"], "up")
	world.node.ask("resume call", id=world.ident)
	expect(world.node.call(world.ident)["suspended"], False)
	for way in ("up", "down"):
		flow = world.flow(way)
		time.sleep(0.5)
		result = flow.stop()
		expect(result["lost"], 0, way)


if __name__ == "__main__":
	lab.main()
