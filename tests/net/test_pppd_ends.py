#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 600
# daemon: plain
"""A real pppd through LAC, LTS and LNS is ended from everywhere: by an operator
on each node, with either tunnel, by an LNS that falls silent.  It always ends,
all nodes with it, for the documented cause."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import lab # noqa: E402
import topology # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402

USER = "alice@one.example"
NAMES = ("lac", "lts", "lns")
CARRIER, ERROR, ADMIN = 1, 2, 3 # results of a CDN


def impatient(configs):
	"""The peer is dead after 2 s of silence and four tries."""
	for config in configs.values():
		config["l2tp"].update({
			"hello": 2, "retransmit-first": "0.2",
			"retransmit-cap": "0.4", "retransmit-max": 3})


class World:
	def __init__(self, house):
		self.story = topology.Story(house, [impatient]).start()
		self.serial = 0

	def dial(self):
		"""A pppd that is up, and its calls by node."""
		self.serial += 1
		subscriber = self.story.dial(USER, "end%d" % self.serial)
		subscriber.wait_up()
		ids = {n: self.story.nodes[n].the_call(USER)["id"]
		       for n in NAMES}
		expect(subscriber.ping(topology.INTERNET), 3, "pings")
		return subscriber, ids

	def ended(self, subscriber, ids, **causes):
		"""pppd is gone, and the calls are, for these causes."""
		subscriber.wait_gone(40)
		for name in NAMES:
			node, ident = self.story.nodes[name], ids[name]
			eventually(lambda n=node, i=ident:
				   n.call(i)["state"] == "ended", 15, name)
			call = node.call(ident)
			expect((call["cause"], call["result"]), causes[name],
			       name)
			expect(node.calls(), [], "calls on " + name)


@setup
def world(house):
	return World(house)


def disconnect(world, at):
	subscriber, ids = world.dial()
	world.story.nodes[at].disconnect("call", ids[at])
	world.ended(subscriber, ids, **{
		name: ("admin" if name == at else "peer-cdn", ADMIN)
		for name in NAMES})


@test
def operator_of_the_lac(world):
	disconnect(world, "lac")


@test
def operator_of_the_lts(world):
	disconnect(world, "lts")


@test
def operator_of_the_lns(world):
	disconnect(world, "lns")


def close_tunnel(world, at, role, **causes):
	subscriber, ids = world.dial()
	node = world.story.nodes[at]
	node.disconnect("tunnel", next(
		t["id"] for t in node.show("tunnels")
		if t["role"] == role and t["state"] == "established"))
	world.ended(subscriber, ids, **causes)


@test
def first_tunnel_is_closed_by_the_lac(world):
	close_tunnel(world, "lac", "initiator",
		     lac=("admin", ADMIN), lts=("tunnel-down", CARRIER),
		     lns=("peer-cdn", CARRIER))


@test
def second_tunnel_is_closed_by_the_lts(world):
	close_tunnel(world, "lts", "initiator", lac=("peer-cdn", ADMIN),
		     lts=("admin", ADMIN), lns=("tunnel-down", CARRIER))


@test
def second_tunnel_is_closed_by_the_lns(world):
	close_tunnel(world, "lns", "responder", lac=("peer-cdn", ERROR),
		     lts=("tunnel-down", ERROR), lns=("admin", ADMIN))


@test
def lns_falls_silent(world):
	subscriber, ids = world.dial()
	lts = world.story.spaces["lts"]
	lts.run("nft", "add table ip mute; add chain ip mute in { type filter "
		"hook prerouting priority 0; }; add rule ip mute in iifname "
		"lns udp dport 1701 drop")
	try:
		world.ended(subscriber, ids, lac=("peer-cdn", ERROR),
			    lts=("tunnel-down", ERROR),
			    lns=("tunnel-down", CARRIER))
		expect(world.story.lts.counters()["tunnels_silent"], 1)
	finally:
		lts.run("nft", "delete table ip mute")


if __name__ == "__main__":
	lab.main()
