#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 120
"""L2TP offset pads from a real peer: up to the limit they pass, unchanged in
what they carry, through an LNS and through a tunnel switch; above it they are
dropped and the operator sees why."""

import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import bpfmaps # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import UDP, decode, ipv4, u16, udp # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from ppp import PppClient # noqa: E402

LIMIT = 40 # configured
OFFSET_TOO_LARGE = 33 # include/reasons.h
USER, SECRET = "bob@isp.example", "l2tpsecret"


def config():
	settings = topology.Single.config()
	settings["l2tp"]["offset-limit"] = LIMIT
	return settings


class World:
	"""One daemon that is LNS for lac1 and switch for switch1."""

	def __init__(self, house):
		self.house = house
		self.single = topology.Single(house, config())
		self.node = self.single.node
		# nobody answers these packets: they are counted
		self.single.net.run("nft", "add table ip quiet; add chain ip "
				    "quiet in { type filter hook input "
				    "priority 0; }; add rule ip quiet in udp "
				    "dport 7 drop")
		self.lac = self.peer("lac1", 1702)
		self.call = self.lac.connect(self.single.LOCAL).call()
		self.ppp = PppClient(self.call.send_ppp, user=USER,
				     password="bobpw")
		self.call.ppp = self.ppp
		self.ppp.start()
		self.ppp.wait_ip()
		eventually(lambda: self.node.the_call()["state"] == "up")

	def peer(self, name, port, **more):
		peer = Endpoint(self.single.peer, self.single.PEER, port,
				name=name, secret=SECRET, **more)
		self.house.on_close(peer.close)
		return peer

	def packet(self, mark):
		own, net = self.ppp.address, self.single.NET
		return ipv4(own, net, UDP, udp(own, net, 7, 7, mark))


@setup
def world(house):
	return World(house)


def arrives(world, house, pad):
	"""Whether a packet sent with this pad reaches the network, and how."""
	mark = b"pad %3d through the LNS" % pad
	capture = house.capture(world.single.net, "n0")
	before = world.node.reasons()
	world.call.send_ppp(b"\0\x21" + world.packet(mark), pad=pad)
	eventually(lambda: sum(world.node.reasons().values()) >
		   sum(before.values()))
	after = world.node.reasons()
	frames = [decode(raw) for _, raw in capture.stop()]
	found = [f for f in frames if f.udp and mark in f.udp]
	moved = {k: after[k] - before[k] for k in after
		 if after[k] != before[k] and k != "not_ours"}
	return len(found), moved


@test
def pads_up_to_the_limit_pass_the_lns(world, house):
	for pad in (0, 1, 15, 16, 17, LIMIT):
		expect(arrives(world, house, pad), (1, {"forwarded": 1}),
		       "pad %d" % pad)


@test
def larger_pads_are_dropped_with_their_reason(world, house):
	for pad in (LIMIT + 1, 255, 1000):
		expect(arrives(world, house, pad),
		       (0, {"offset_too_large": 1}), "pad %d" % pad)


@test
def bpftool_shows_the_reason_too(world):
	shown = world.node.reasons()["offset_too_large"]
	expect(shown >= 3, True, shown)
	pins = bpfmaps.folder(world.node.daemon.instance)
	dump = json.loads(subprocess.run(
		["bpftool", "-j", "map", "dump", "pinned", pins + "/reasons"],
		check=True, stdout=subprocess.PIPE).stdout)
	sums = {e["formatted"]["key"]: sum(
		cpu["value"]["packets"] for cpu in e["formatted"]["values"])
		for e in dump}
	expect(sums[OFFSET_TOO_LARGE], shown)


def switched_call(world):
	"""A call that goes on from LAC switch1 to LNS lns1: its two ends."""
	lns = world.peer("lns1", 1701, serve=True)
	proxy = [(29, u16(3)), (30, b"x@far.example"), (32, u16(1)),
		 (33, b"secret")]
	near = world.peer("switch1", 1703).connect(
		world.single.LOCAL).call(proxy=proxy)
	far = lns.wait_tunnel().wait_call()
	eventually(lambda: world.node.the_call("x@far.example")["state"] ==
		   "up")
	return near, far


@test
def pads_end_at_the_switch(world):
	"""The PPP frame goes on as it was, the pad does not; both ways."""
	near, far = switched_call(world)
	frame = b"\0\x21" + world.packet(b"through the switch")
	for sender, receiver in ((near, far), (far, near)):
		for pad in (0, 16, 17, LIMIT):
			sender.send_ppp(frame, pad=pad)
			data = receiver.expect_data()
			expect(data.payload, b"\xff\x03" + frame,
			       "pad %d" % pad)
			expect(data.flags, 0x0002, "header bits sent on")
		before = world.node.reasons()["offset_too_large"]
		sender.send_ppp(frame, pad=LIMIT + 1)
		eventually(lambda n=before: world.node.reasons()[
			"offset_too_large"] == n + 1)
		expect(receiver.data, [], "frames with too large a pad")


@test
def a_limit_below_sixteen_is_refused(world):
	path = world.house.path("low.yaml")
	settings = config()
	settings["l2tp"]["offset-limit"] = 15
	with open(path, "w") as f:
		f.write(topology.yaml(settings) + "\n")
	done = subprocess.run([world.node.daemon.program, "--check", path],
			      stdout=subprocess.PIPE, text=True,
			      stderr=subprocess.STDOUT)
	expect(done.returncode != 0, True, "status")
	expect("offset-limit" in done.stdout, True, done.stdout)
	settings["l2tp"]["offset-limit"] = 16
	with open(path, "w") as f:
		f.write(topology.yaml(settings) + "\n")
	expect(subprocess.run([world.node.daemon.program, "--check", path],
			      stdout=-3, stderr=-3).returncode, 0)


@test
def one_secret_both_ways_is_told(world):
	"""A warning: the file is good."""
	path = world.house.path("both.yaml")
	with open(path, "w") as f:
		f.write(topology.yaml(topology.Single.config()) + "\n")
	done = subprocess.run([world.node.daemon.program, "--check", path],
			      capture_output=True, text=True)
	expect((done.returncode, done.stdout), (0, path + ": ok\n"))
	expect(": warning: tunnels[0].secret: destinations[0].hosts[0] has "
	       "the same" in done.stderr, True, done.stderr)


if __name__ == "__main__":
	lab.main()
