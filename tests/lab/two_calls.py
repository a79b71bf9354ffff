# SPDX-License-Identifier: GPL-2.0-only
"""Two calls on one daemon, and l2xctl programs that look at them: one call of
a LAC (PPPoE client "x@far.example" to a scripted LNS), one of an LNS (scripted
LAC with "bob@isp.example", to the internet)."""

import subprocess
import time

import bpfmaps
import topology
from frames import UDP, ipv4, udp
from l2tp_peer import Endpoint
from lab import eventually
from ppp import PppClient
from pppoe_peer import PppoeClient

CAPTURE, DROPS = 1, 2
SECRET = "l2tpsecret"
PACKETS = 5


def packet(src, dst, number, size=100):
	body = bytes([number]) * size
	return ipv4(src, dst, UDP, udp(src, dst, 4000, 5000, body))


class World:
	"""One daemon as LAC (to the peer) and LNS (for the peer)."""

	def __init__(self, house):
		self.house = house
		config = topology.Single.config()
		config["destinations"][0]["peer"] = "10.9.0.3"
		config["ppp"]["echo"] = 0 # no frame that nobody waits for
		self.single = topology.Single(house, config)
		self.node = self.single.node
		self.daemon = self.node.daemon
		self.lac()
		self.lns()

	def lac(self):
		far = Endpoint(self.single.peer, self.single.PEER, name="lns1",
			       secret=SECRET, serve=True)
		self.house.on_close(far.close)
		self.client = PppoeClient(self.single.subs, "a0",
					  "x@far.example", "x")
		self.house.on_close(self.client.close)
		self.client.discover()
		self.client.ppp.start()
		self.far = far.wait_tunnel().wait_call()
		self.far_tunnel = far.wait_tunnel()
		eventually(lambda: self.node.the_call("x@far.example")[
			"state"] == "up")
		self.lac_call = self.node.the_call("x@far.example")

	def lns(self):
		peer = Endpoint(self.single.peer, "10.9.0.3", name="lac1",
				secret=SECRET)
		self.house.on_close(peer.close)
		self.tunnel = peer.connect(self.single.LOCAL)
		self.call = self.tunnel.call()
		self.call.ppp = PppClient(self.call.send_ppp,
					  "bob@isp.example", "bobpw")
		self.call.ppp.wait_ip()
		eventually(lambda: self.node.the_call("bob@isp.example")[
			"state"] == "up")
		self.lns_call = self.node.the_call("bob@isp.example")

	def watched(self):
		return bpfmaps.watched(self.daemon.instance)

	def start(self, *words, on=CAPTURE):
		"""A running "l2xctl capture WORDS" whose filter is in place."""
		process = subprocess.Popen(
			[self.daemon.tool, "-i", self.daemon.instance,
			 *map(str, words)], stdout=subprocess.PIPE,
			stderr=subprocess.PIPE)
		self.house.process(process)
		eventually(lambda: self.watched()[0] & on, 5,
			   "l2xctl " + " ".join(map(str, words)))
		return process

	def capture(self, *words):
		path = self.house.path("%d.pcapng" % time.monotonic_ns())
		return path, self.start("capture", *words, "-w", path)

	def lac_traffic(self, count=PACKETS, size=100):
		for n in range(count):
			self.client.ppp.send(b"\0\x21" + packet(
				"10.0.0.1", "10.0.0.2", n, size))
			self.far.send_ppp(b"\0\x21" + packet(
				"10.0.0.2", "10.0.0.1", 100 + n, size))

	def lns_traffic(self, count=PACKETS):
		address = self.call.ppp.address
		net = self.single.net
		with net.socket(2, 2) as s: # AF_INET, SOCK_DGRAM
			s.bind((topology.INTERNET, 5000))
			for n in range(count):
				self.call.send_ppp(b"\0\x21" + packet(
					address, topology.INTERNET, n))
				s.sendto(bytes([n]) * 100, (address, 4000))

	def quiet(self):
		eventually(lambda: self.watched() == (0, []), 5,
			   "nobody watches")
