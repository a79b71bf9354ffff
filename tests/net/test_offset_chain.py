#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 120
"""Offset pads of a scripted LAC through a switch and an LNS that know no limit
but their own: 16 octets reach the network, 17 end at the switch, where the
operator sees why, and the LNS has nothing to count."""

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

OFFSET_TOO_LARGE = 33 # include/reasons.h
USER, NET = "bob@isp.example", "10.8.3.2"
LTS = {
	"ports": [{"name": "w0"}, {"name": "e0"}],
	"l2tp": {"local-addresses": ["10.8.1.2", "10.8.2.1"]},
	"destinations": [{"name": "lac", "peer": "10.8.1.1", "hosts": [
		{"name": "lac", "host-name": "lts", "secret": "one",
		 "switch": True}]}],
	"tunnels": [{"name": "lns", "peer": "10.8.2.2", "local": "10.8.2.1",
		     "host-name": "lts", "secret": "two"}],
	"domains": [{"name": "isp.example", "tunnels": ["lns"]}],
}
LNS = {
	"ports": [{"name": "w1"}, {"name": "n1"}],
	"l2tp": {"local-addresses": ["10.8.2.2"]},
	"destinations": [{"name": "lts", "peer": "10.8.2.1", "hosts": [
		{"name": "lts", "host-name": "lns", "secret": "two"}]}],
	"users": [{"name": USER, "password": "bobpw"}],
	"pools": [{"name": "pool", "range": "10.108.0.0/24",
		   "gateway": "10.108.0.1"}],
}


class World:
	def __init__(self, house):
		spaces = {n: house.netns(n) for n in ("lac", "lts", "lns",
						      "net")}
		mtu = topology.CORE_MTU
		house.veth(spaces["lac"], "c0", spaces["lts"], "w0", mtu)
		house.veth(spaces["lts"], "e0", spaces["lns"], "w1", mtu)
		house.veth(spaces["lns"], "n1", spaces["net"], "n0")
		for name, device, address in (
				("lac", "c0", "10.8.1.1/24"),
				("lts", "w0", "10.8.1.2/24"),
				("lts", "e0", "10.8.2.1/24"),
				("lns", "w1", "10.8.2.2/24"),
				("lns", "n1", "10.8.3.1/24"),
				("net", "n0", NET + "/24")):
			spaces[name].address(device, address)
		spaces["net"].route("10.108.0.0/24", "via", "10.8.3.1")
		topology.router(spaces["lns"])
		# nobody answers these packets: they are counted
		spaces["net"].run("nft", "add table ip quiet; add chain ip "
				  "quiet in { type filter hook input priority "
				  "0; }; add rule ip quiet in udp dport 7 drop")
		self.net = spaces["net"]
		self.lns = topology.Node(house, spaces["lns"], "lns", LNS)
		self.lts = topology.Node(house, spaces["lts"], "lts", LTS)
		self.lns.start()
		self.lts.start()
		spaces["lns"].ping(NET, 1)
		self.dial(house, spaces["lac"])

	def dial(self, house, netns):
		lac = Endpoint(netns, "10.8.1.1", name="lac", secret="one")
		house.on_close(lac.close)
		self.call = lac.connect("10.8.1.2").call(proxy=[
			(29, u16(3)), (30, USER.encode()), (32, u16(1)),
			(33, b"bobpw")])
		self.ppp = PppClient(self.call.send_ppp, user=USER,
				     password="bobpw")
		self.call.ppp = self.ppp
		self.ppp.start()
		self.ppp.wait_ip()
		for node in (self.lts, self.lns):
			eventually(lambda n=node: n.the_call()["state"] ==
				   "up", 5, "call on " + node.name)

	def packet(self, mark):
		return ipv4(self.ppp.address, NET, UDP, udp(
			self.ppp.address, NET, 7, 7, mark))


@setup
def world(house):
	return World(house)


def counts(node):
	call = node.the_call()
	return call["packets_up"], call["octets_up"], call["packets_down"]


def arriving(world, house, pad):
	"""How often a packet sent with this pad reaches the network."""
	mark = b"a pad of %d octets" % pad
	capture = house.capture(world.net, "n0")
	world.call.send_ppp(b"\0\x21" + world.packet(mark), pad=pad)
	frames = [decode(raw) for _, raw in capture.stop()]
	return len([f for f in frames if f.udp and mark in f.udp])


@test
def sixteen_octets_pass_both(world, house):
	for pad in (0, 1, 16):
		before = [counts(n)[0] for n in (world.lts, world.lns)]
		expect(arriving(world, house, pad), 1, "pad %d" % pad)
		expect([counts(n)[0] for n in (world.lts, world.lns)],
		       [n + 1 for n in before], "packets up")


@test
def seventeen_end_at_the_switch_and_the_lns_counts_nothing(world, house):
	lts, lns = world.lts.reasons(), world.lns.reasons()
	calls = counts(world.lts), counts(world.lns)
	for number in range(1, 4):
		expect(arriving(world, house, 17), 0, "pad 17")
		expect(world.lts.reasons()["offset_too_large"],
		       lts["offset_too_large"] + number, "reason at the LTS")
	now = world.lns.reasons()
	moved = {k: v for k, v in now.items() if v != lns[k]}
	moved.pop("not_ours", None) # ARP
	expect(moved, {}, "reasons of the LNS that moved")
	expect((counts(world.lts), counts(world.lns)), calls, "calls")


def command_shows(node):
	"""What "l2xctl show reasons" prints for it."""
	line = next(l for l in node.daemon.text("show", "reasons").splitlines()
		    if "offset_too_large" in l)
	return [int(word) for word in line.split() if word.isdigit()]


def bpftool_shows(node):
	dump = json.loads(subprocess.run(
		["bpftool", "-j", "map", "dump", "pinned",
		 bpfmaps.folder(node.daemon.instance) + "/reasons"],
		check=True, stdout=subprocess.PIPE).stdout)
	return next(sum(cpu["value"]["packets"]
			for cpu in e["formatted"]["values"])
		    for e in dump
		    if e["formatted"]["key"] == OFFSET_TOO_LARGE)


@test
def l2xctl_and_bpftool_show_the_reason(world):
	expect(3 in command_shows(world.lts), True, "l2xctl at the LTS")
	expect(bpftool_shows(world.lts), 3, "bpftool at the LTS")
	expect(bpftool_shows(world.lns), 0, "bpftool at the LNS")


if __name__ == "__main__":
	lab.main()
