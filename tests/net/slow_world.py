# SPDX-License-Identifier: GPL-2.0-only
"""A daemon whose core takes 1500 octets, so that full packets go by hand, with
scripted ends on both sides."""

import contextlib
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
				"..", "lab"))

import bpfmaps # noqa: E402
import topology # noqa: E402
from frames import udp4 # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect # noqa: E402
from ppp import PppClient # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SECRET = "l2tpsecret"
FULL, FITS = 1492, 1462 # 1500 - 38 of IP, UDP, L2TP and PPP
FIRST, SECOND = "10.109.0.1", "10.110.0.1" # gateways
PPP_IP = b"\0\x21"
PORT = 1702 # of the scripted LAC


def config(**l2tp):
	settings = topology.Single.config()
	settings["l2tp"].update(l2tp)
	settings["destinations"][0]["hosts"][0]["pool"] = "second"
	settings["pools"].append({"name": "second", "range": "10.110.0.0/24",
				  "gateway": SECOND})
	return settings


def packet(source, destination, size, **ip):
	"""UDP of so many octets of IP, each octet its own."""
	body = bytes(i * 31 & 255 for i in range(size - 28))
	return udp4(source, destination, 4444, 7777, body, **ip)


class World(topology.Single):
	"""A core of 1500 octets; ends on both sides are scripts."""

	def __init__(self, house, settings=None):
		super().__init__(house, settings or config(), start=False)
		for netns, name in ((self.ns, "core"), (self.peer, "c0")):
			netns.run("ip", "link", "set", name, "mtu", 1500)
		self.net.route("10.110.0.0/24", "via", "10.9.1.1")
		self.start()
		self.peer.ping(self.LOCAL, 1)
		self.house = house

	def endpoint(self, name, port=1701, **more):
		peer = Endpoint(self.peer, self.PEER, port, name=name,
				secret=SECRET, **more)
		self.house.on_close(peer.close)
		return peer

	def lac(self):
		"""A subscriber and the LNS's end of his call."""
		if not hasattr(self, "lns"):
			self.lns = self.endpoint("lns1", serve=True)
			self.calls = []
			self.lns.on_call = self.calls.append
		self.calls.clear()
		client = PppoeClient(self.subs, "a0", "u@far.example", "pw")
		self.house.on_close(client.close)
		client.discover()
		call = eventually(lambda: self.calls[0], 10, "call at the LNS",
				  0.02)
		eventually(lambda: self.node.the_call("u@far.example")[
			"state"] == "up")
		return client, call

	def lns_call(self, iccn=(), **more):
		"""A subscriber behind a scripted LAC, terminated here."""
		lac = self.endpoint("lac1", PORT, **more)
		call = lac.connect(self.LOCAL).call(iccn=iccn)
		call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
		call.ppp.start()
		call.ppp.wait_ip()
		eventually(lambda: self.node.the_call("bob@isp.example")[
			"state"] == "up")
		return call

	def counts(self, call, **by):
		return Counted(self.node, call, by)


@contextlib.contextmanager
def unresolved(world):
	"""The tunnel's next hop, until the end."""
	world.peer.run("ip", "link", "set", "c0", "arp", "off")
	try:
		world.ns.run("ip", "neigh", "del", world.PEER, "dev", "core")
		eventually(lambda: "lladdr" not in world.ns.run(
			"ip", "neigh", "show", world.PEER), 5)
		eventually(lambda: not any(
			flags & bpfmaps.READY for flags in bpfmaps.tunnel_flags(
				world.node.daemon.instance)), 5,
			   "the engine hears of it")
		yield
	finally:
		world.peer.run("ip", "link", "set", "c0", "arp", "on")


class Counted:
	"""Context: these reasons and counters grow by so much (a tuple: at
	least), and the legs of the call by up and down packets."""

	def __init__(self, node, user, by):
		self.node, self.user, self.by = node, user, by

	def read(self):
		call = self.node.the_call(self.user)
		return dict(self.node.counters(), **self.node.reasons(),
			    up=call["packets_up"], down=call["packets_down"])

	def __enter__(self):
		self.before = self.read()

	def __exit__(self, kind, *_):
		if kind:
			return
		def grown():
			now = self.read()
			return {n: now[n] - self.before[n] for n in self.by}
		try:
			eventually(lambda: grown() == self.by, 5)
		except AssertionError:
			expect(grown(), self.by, "counts")
