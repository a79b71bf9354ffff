#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""How many packets a second the slow path carries: full packets of 1492 octets
from PPPoE through a core of 1500 octets, so that XDP punts each to the daemon,
which sends it in two fragments.  Part of scripts/bench:

	bench_slow.py [--json FILE] [--packets N]

A whole LAC in namespaces, between a scripted subscriber and a scripted LNS.
The sender has a few bursts on the way at most and waits for the fragments of
one before it sends another, so the rate is what the daemon, this script and
the kernel between them can do on this machine, not what was offered.

--json adds "slow" to the object in FILE, which is made if it is missing.
"""

import argparse
import os
import select
import socket
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import figures # noqa: E402
import topology # noqa: E402
from frames import ETH_SESSION, ethernet, pppoe, udp4 # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

USER = "u@far.example"
FULL = 1492 # octets of IP
BURST, BURSTS = 64, 4 # packets, and how many such are on the way
PATIENCE = 10 # seconds without a packet until the missing ones are lost
SO_RCVBUFFORCE, BUFFER = 33, 64 << 20
MARK = b"full packet"
PARTS = 2 # fragments of each


class Lac:
	"""The daemon with one call, and packet sockets at its far ends."""

	def __init__(self, house):
		settings = topology.Single.config()
		settings["punt-limits"] = {"data": 0, "data-source": 0}
		self.net = topology.Single(house, settings, start=False)
		for netns, name in ((self.net.ns, "core"),
				    (self.net.peer, "c0")):
			netns.run("ip", "link", "set", name, "mtu", 1500)
		self.net.start()
		self.lns = Endpoint(self.net.peer, self.net.PEER, 1701,
				    name="lns1", secret="l2tpsecret",
				    serve=True)
		house.on_close(self.lns.close)
		self.client = PppoeClient(self.net.subs, "a0", USER, "pw")
		house.on_close(self.client.close)
		self.client.discover()
		eventually(lambda: self.net.node.the_call(USER)["state"] ==
			   "up")
		self.drop_fragments()
		self.out = self.packets(house, self.net.subs, "a0", 0)
		self.into = self.packets(house, self.net.peer, "c0", 3)

	def drop_fragments(self):
		"""Behind the packet socket, so that the scripted LNS does not
		compete for the CPU with what is measured."""
		self.net.peer.run("nft", "add table ip bench; add chain ip "
				  "bench in { type filter hook prerouting "
				  "priority -450; }; add rule ip bench in ip "
				  "frag-off & 0x3fff != 0 drop")

	@staticmethod
	def packets(house, netns, interface, protocol):
		s = netns.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
		house.on_close(s.close)
		s.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
		s.bind((interface, protocol))
		s.setblocking(False)
		return s

	def frame(self):
		body = MARK + bytes(FULL - 28 - len(MARK))
		return ethernet(self.client.ac_mac, self.client.mac,
				ETH_SESSION, pppoe(
					0, self.client.session, b"\0\x21" +
					udp4("192.0.2.7", "198.51.100.9", 4444,
					     7777, body, zero=True)))


class Fragments:
	"""Counts those that arrive, first ones and others."""

	def __init__(self, s):
		self.socket, self.first, self.other = s, 0, 0

	def whole(self):
		return min(self.first, self.other)

	def take(self, patience):
		"""What is there; False after so long without any."""
		if not select.select([self.socket], [], [], patience)[0]:
			return False
		try:
			for _ in range(BURST * PARTS):
				self.count(self.socket.recv(256))
		except BlockingIOError:
			pass
		return True

	def count(self, frame):
		"""By the offset in the IPv4 header, and MORE FRAGMENTS."""
		if frame[12:14] != b"\x08\0" or frame[23] != 17:
			return
		flags = int.from_bytes(frame[20:22], "big")
		self.first += flags & 0x3fff == 0x2000 and MARK in frame
		self.other += flags & 0x1fff != 0


def measure(lac, count):
	"""Send so many; returns (packets a second, lost)."""
	frame, seen = lac.frame(), Fragments(lac.into)
	sent = 0
	begin = time.monotonic()
	end = begin
	while seen.whole() < count:
		while sent < count and sent - seen.whole() < BURST * BURSTS:
			for _ in range(BURST):
				lac.out.send(frame)
			sent += BURST
		if not seen.take(PATIENCE):
			break
		end = time.monotonic()
	return int(seen.whole() / (end - begin)), sent - seen.whole()


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--json")
	parser.add_argument("--packets", type=int, default=200 * 1000)
	options = parser.parse_args()
	count = max(options.packets // BURST, 1) * BURST
	with figures.house() as house:
		lac = Lac(house)
		measure(lac, BURST) # a warm-up
		rate, lost = measure(lac, count)
		carried = lac.net.node.counters()["slow_to_l2tp"]
	print("Slow path: full packets from PPPoE, fragmented outside\n"
	      "path               packets/s     sent  lost\n"
	      "lac_up_fragmented  %9d %8d %5d" % (rate, count, lost))
	figures.add(options.json, "slow", [{
		"path": "lac_up_fragmented", "packets_per_second": rate,
		"lost": lost}])
	if carried < count - lost:
		print("bench: not all of them by the slow path",
		      file=sys.stderr)
		return 1
	return 1 if lost else 0


sys.exit(main())
