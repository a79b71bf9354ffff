# SPDX-License-Identifier: GPL-2.0-only
"""A LAC whose LNS is reached by one of several gateways, and what happens to
numbered frames while the route to it changes.

	world = World(house, {"one": Gate("c0", "f0", "10.96.0"), ...})
	result = world.through(["one", "two"])

A gateway may be behind a VLAN device.  All of them are in one namespace, with
the LNS's address behind; they differ by device, address and MAC.
"""

import time
from collections import namedtuple

import bpfmaps
import topology
from flow import MARK, Flow
from frames import ETH_SESSION, UDP, ethernet, ipv4, pppoe, udp
from l2tp_peer import Endpoint
from lab import eventually, expect, sh
from pppoe_peer import PppoeClient

LNS, LOCAL = "10.97.9.2", "10.97.8.1"
PORTS = (("c0", "f0"), ("c1", "f1"))
CONFIG = {
	"ports": [{"name": "a0", "access": True}, {"name": "c0"},
		  {"name": "c1"}],
	"pppoe": {"ac-name": "next-hops"},
	"l2tp": {"local-addresses": [LOCAL]},
	"tunnels": [{"name": "lns", "peer": LNS, "host-name": "lac",
		     "secret": "s3cret"}],
	"domains": [{"name": "default", "tunnels": ["lns"]}],
}

# near and far: the devices on both sides; net: the first three octets, us .1
# and the gateway .host; mac: a MAC of its own that is not the device's
Gate = namedtuple("Gate", "near far net host mac vlan",
		  defaults=(2, None, None))


class World:
	"""sub --a0-- lac == c0, c1 == far, with the LNS."""

	def __init__(self, house, gates, patience=10, untouched=False):
		self.house, self.gates = house, gates
		self.patience = patience
		self.sub, self.lac, self.far = (
			house.netns(n, untouched and n == "lac")
			for n in ("sub", "lac", "far"))
		house.veth(self.sub, "s0", self.lac, "a0")
		for near, far in PORTS:
			house.veth(self.lac, near, self.far, far,
				   topology.CORE_MTU)
		for ns, address in ((self.lac, LOCAL), (self.far, LNS)):
			ns.address("lo", address + "/32")
			topology.router(ns)
		for gate in gates.values():
			self.gate_make(gate)
		self.far.route(LOCAL, "via", next(iter(gates.values())).net +
			       ".1")
		self.route(next(iter(gates)))
		self.node = topology.Node(house, self.lac, "nh", CONFIG)
		self.node.start()
		lns = Endpoint(self.far, LNS, name="lns", secret="s3cret",
			       serve=True)
		house.on_close(lns.close)
		self.client = self.dial(lns)

	def gate_make(self, gate):
		if gate.vlan:
			for ns, port, device in (
					(self.lac, gate.near[:2], gate.near),
					(self.far, gate.far[:2], gate.far)):
				sh("ip", "-n", ns.name, "link", "add", "link",
				   port, "name", device, "type", "vlan", "id",
				   str(gate.vlan))
				sh("ip", "-n", ns.name, "link", "set", device,
				   "up")
		for ns, device, host in ((self.lac, gate.near, 1),
					 (self.far, gate.far, gate.host)):
			sh("ip", "-n", ns.name, "addr", "replace", "%s.%d/24" %
			   (gate.net, host), "dev", device)
		if gate.mac:
			sh("ip", "-n", self.lac.name, "neigh", "replace",
			   "%s.%d" % (gate.net, gate.host), "dev", gate.near,
			   "lladdr", gate.mac)

	def route(self, name):
		gate = self.gates[name]
		sh("ip", "-n", self.lac.name, "route", "replace", LNS + "/32",
		   "via", "%s.%d" % (gate.net, gate.host), "dev", gate.near,
		   "src", LOCAL)

	def dial(self, lns):
		client = PppoeClient(self.sub, "s0", user="u@example",
				     password="pw")
		self.house.on_close(client.close)
		client.discover(self.patience)
		client.ppp.start()
		lns.wait_tunnel(self.patience).wait_call(self.patience)
		eventually(lambda: self.node.the_call()["state"] == "up",
			   self.patience, "the call")
		return client

	def way(self, name):
		"""How frames through that gateway arrive."""
		gate = self.gates[name]
		return "%s %s" % (gate.far, gate.mac or self.far.mac(gate.far))

	def leads_to(self, mac):
		"""Wait until frames of the call are sent there."""
		slot = self.node.the_call()["core"]["template"]
		eventually(lambda: bpfmaps.template_mac(
			self.node.daemon.instance, slot) == mac, self.patience,
			   "next hop " + mac)

	def flow(self, rate):
		payload = MARK + bytes(8)
		packet = ipv4("10.1.1.1", "10.2.2.2", UDP, udp(
			"10.1.1.1", "10.2.2.2", 9, 9, payload, True))
		flow = Flow(self.sub, "s0", self.far, ",".join(sorted(
			{g.far for g in self.gates.values()})), ethernet(
				self.client.ac_mac, self.client.mac,
				ETH_SESSION, pppoe(0, self.client.session,
						   b"\0\x21" + packet)), rate)
		self.house.on_close(flow.kill)
		return flow

	def through(self, names, rate, stay=0.5):
		"""The route leads through these gateways in turn while frames
		flow; all of them must have carried some, and none is lost."""
		self.route(names[0])
		time.sleep(2 * stay)
		before = self.node.reasons()
		flow = self.flow(rate)
		for name in names[1:]:
			time.sleep(stay)
			self.route(name)
			self.leads_to(self.way(name).split()[1])
		time.sleep(stay)
		result = flow.stop()
		print("# %s" % result)
		after = self.node.reasons()
		expect(sorted(result["ways"]), sorted({self.way(n)
						       for n in names}), "ways")
		expect((result["lost"], result["twice"]), (0, 0),
		       "lost, twice")
		expect({r: after[r] - before[r] for r in after
			if r not in ("forwarded", "next_hop_unresolved",
				     "not_ours", "l2tp_control") and
			after[r] != before[r]}, {}, "reasons that moved")
		return result, after["forwarded"] - before["forwarded"]
