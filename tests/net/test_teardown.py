#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 360
"""A call through LAC, LTS and LNS ends from every side: all nodes and the
client end with it, each with the documented cause, and nothing is left."""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import bpfmaps # noqa: E402
import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import decode # noqa: E402
from lab import eventually, expect, setup, sh, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

USER, PASSWORD, NET = "alice@isp.example", "alicepw", "10.8.3.2"
CDN_CARRIER, CDN_ADMIN = 1, 3
# the peer is dead after 2 s of silence and 0.2 + 0.4 + 0.4 + 0.4 s
L2TP = {"hello": 2, "retransmit-first": "0.2", "retransmit-cap": "0.4",
	"retransmit-max": 3, "idle-timeout": 0}

LAC = {
	"ports": [{"name": "a0", "access": True}, {"name": "c0"}],
	"pppoe": {"ac-name": "lac"},
	"l2tp": dict(L2TP, **{"local-addresses": ["10.8.1.1"]}),
	"tunnels": [{"name": "lts", "peer": "10.8.1.2", "host-name": "lac",
		     "secret": "one"}],
	"domains": [{"name": "isp.example", "tunnels": ["lts"]}],
}
LTS = {
	"ports": [{"name": "w0"}, {"name": "e0"}],
	"l2tp": dict(L2TP, **{"local-addresses": ["10.8.1.2", "10.8.2.1"]}),
	"destinations": [{"name": "lac", "peer": "10.8.1.1", "hosts": [
		{"name": "lac", "host-name": "lts", "secret": "one",
		 "switch": True}]}],
	"tunnels": [{"name": "lns", "peer": "10.8.2.2", "local": "10.8.2.1",
		     "host-name": "lts", "secret": "two"}],
	"domains": [{"name": "isp.example", "tunnels": ["lns"]}],
}
LNS = {
	"ports": [{"name": "w1"}, {"name": "n1"}],
	"l2tp": dict(L2TP, **{"local-addresses": ["10.8.2.2"]}),
	"ppp": {"echo": 1, "echo-failures": 2, "restart": "0.3"},
	"destinations": [{"name": "lts", "peer": "10.8.2.1", "hosts": [
		{"name": "lts", "host-name": "lns", "secret": "two"}]}],
	"users": [{"name": USER, "password": PASSWORD}],
	"pools": [{"name": "pool", "range": "10.108.0.0/24",
		   "gateway": "10.108.0.1"}],
}


class World:
	def __init__(self, house):
		self.house = house
		spaces = {n: house.netns(n)
			  for n in ("sub", "lac", "lts", "lns", "net")}
		self.spaces = spaces
		mtu = topology.CORE_MTU
		house.veth(spaces["sub"], "s0", spaces["lac"], "a0")
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
		self.nodes = {}
		for name, config in (("lns", LNS), ("lts", LTS), ("lac", LAC)):
			node = topology.Node(house, spaces[name], name,
					     config, name)
			node.start()
			self.nodes[name] = node
		self.lac, self.lts, self.lns = (
			self.nodes[n] for n in ("lac", "lts", "lns"))
		self.dial().close() # tunnels stay: part of every "before"
		self.wait_no_calls()

	def dial(self):
		"""A client with a call up on all three nodes."""
		client = PppoeClient(self.spaces["sub"], "s0", user=USER,
				     password=PASSWORD)
		self.house.on_close(client.close)
		client.discover()
		client.ppp.start()
		client.ppp.wait_ip()
		for node in self.nodes.values():
			eventually(lambda n=node: n.the_call()["state"] ==
				   "up", 5, "call on " + node.name)
		self.ids = {name: node.the_call()["id"]
			    for name, node in self.nodes.items()}
		if not hasattr(self, "before"):
			client.padt()
		return client

	def wait_no_calls(self):
		for node in self.nodes.values():
			eventually(lambda n=node: not n.calls(), 15,
				   "no call on " + node.name)

	def remember(self):
		self.before = {name: topology.footprint(node)
			       for name, node in self.nodes.items()}

	def ended(self, **causes):
		"""All ended, for these causes; what was taken is back."""
		for name, node in self.nodes.items():
			call = eventually(
				lambda n=node, i=self.ids[name]:
				n.call(i)["state"] == "ended" and n.call(i),
				15, "end on " + name)
			if name in causes:
				expect((call["cause"], call["result"])[
					:len(causes[name])], causes[name],
				       name)
			said = node.daemon.wait_log("call %d: ended: " %
						    self.ids[name])
			expect(len(said), 1, "lines about the end")
			for fact in (call["user"], call["cause_text"],
				     call["access"].get("mac", "tunnel"),
				     call["address"] or "tunnel"):
				expect(fact in said[0], True, fact)
		for name, node in self.nodes.items():
			expect(bpfmaps.call_legs(node.daemon.instance), [],
			       "legs of " + name)
			topology.expect_footprint(node, self.before[name])


	def released(self):
		"""After the end of a tunnel, which lingers for 31 s: what its
		calls had is back."""
		def look(node, keys):
			now = topology.footprint(node)
			return {key: now[key] for key in keys}
		for name, node in self.nodes.items():
			want = {key: self.before[name][key] for key in (
				"calls", "pools", "fds", "legs", "ip4_hosts",
				"routes", "stale")}
			topology.expect_same(lambda n=node: look(n, want),
					     want, name, 10)

	def as_before(self):
		"""When no tunnel lingers and the same are up again: all is."""
		for node in self.nodes.values():
			eventually(lambda n=node: all(
				t["state"] == "established"
				for t in n.show("tunnels")), 60,
				"linger is over on " + node.name)
		client = self.dial()
		client.padt()
		self.wait_no_calls()
		client.close()
		for name, node in self.nodes.items():
			topology.expect_footprint(node, self.before[name])


@setup
def world(house):
	made = World(house)
	made.remember()
	return made


def cdns(capture):
	"""(result, disconnect code, direction) of the CDNs on a link, each
	once, however often it was sent."""
	found = []
	for _, message in l2tp.sent_once((decode(raw) for _, raw in
					  capture.stop()), l2tp.CDN):
		result = int.from_bytes(message.get(l2tp.RESULT)[:2], "big")
		why = message.get(l2tp.DISCONNECT)
		found.append((result, why and (
			int.from_bytes(why[:2], "big"), why[4])))
	return found


@test
def client_terminates_lcp(world, house):
	client = world.dial()
	links = [house.capture(world.spaces["lts"], d) for d in ("e0", "w0")]
	client.ppp.terminate()
	client.wait_padt()
	world.ended(lns=("user-terminate", CDN_ADMIN),
		    lts=("peer-cdn", CDN_ADMIN), lac=("peer-cdn", CDN_ADMIN))
	for link in links: # RFC 3145: normal, terminated by the peer
		expect(cdns(link), [(CDN_ADMIN, (3, 1))], "CDN")


@test
def client_sends_padt(world, house):
	client = world.dial()
	links = [house.capture(world.spaces["lts"], d) for d in ("w0", "e0")]
	client.padt()
	world.ended(lac=("user-padt", CDN_CARRIER),
		    lts=("peer-cdn", CDN_CARRIER),
		    lns=("peer-cdn", CDN_CARRIER))
	for link in links:
		expect([c[0] for c in cdns(link)], [CDN_CARRIER], "CDN")


@test
def client_falls_silent(world, house):
	client = world.dial()
	links = [house.capture(world.spaces["lts"], d) for d in ("e0", "w0")]
	client.ppp.mute = True
	world.ended(lns=("echo-timeout", CDN_ADMIN),
		    lts=("peer-cdn", CDN_ADMIN), lac=("peer-cdn", CDN_ADMIN))
	for link in links: # RFC 3145: no answer to echo, locally found
		expect(cdns(link), [(CDN_ADMIN, (8, 0))], "CDN")


def operator_disconnects(world, house, at):
	"""The same CDN on both links, with RFC 3145's administrative end."""
	client = world.dial()
	links = [house.capture(world.spaces["lts"], d) for d in ("e0", "w0")]
	world.nodes[at].disconnect("call", world.ids[at])
	client.wait_padt()
	causes = {name: ("admin" if name == at else "peer-cdn", CDN_ADMIN)
		  for name in world.nodes}
	world.ended(**causes)
	for link in links:
		expect(cdns(link), [(CDN_ADMIN, (1, 0))], "CDN")
	return client


@test
def operator_disconnects_the_call_on_the_lac(world, house):
	operator_disconnects(world, house, "lac")


@test
def operator_disconnects_the_call_on_the_lts(world, house):
	operator_disconnects(world, house, "lts")


@test
def operator_disconnects_the_call_on_the_lns(world, house):
	client = operator_disconnects(world, house, "lns")
	expect(client.ppp.ended, True, "Terminate-Request at the client")


def tunnel_of(node, role):
	return next(t["id"] for t in node.show("tunnels")
		    if t["role"] == role and t["state"] == "established")


def all_ended(world):
	"""The calls as they ended, by node."""
	for name, node in world.nodes.items():
		eventually(lambda n=node, i=world.ids[name]:
			   n.call(i)["state"] == "ended", 15, name)
	return {name: node.call(world.ids[name])
		for name, node in world.nodes.items()}


@test
def first_tunnel_is_closed_by_the_lac(world):
	client = world.dial()
	world.lac.disconnect("tunnel", tunnel_of(world.lac, "initiator"))
	client.wait_padt()
	all_ended(world)
	expect(world.lac.call(world.ids["lac"])["cause"], "admin")
	lts = world.lts.call(world.ids["lts"])
	expect((lts["cause"], lts["result"]), ("tunnel-down", CDN_CARRIER))
	lns = world.lns.call(world.ids["lns"])
	expect((lns["cause"], lns["result"]), ("peer-cdn", CDN_CARRIER))
	# the other tunnel is not touched
	expect([t["state"] for t in world.lns.show("tunnels")],
	       ["established"])
	world.released()


@test
def second_tunnel_is_closed_by_the_lns(world):
	client = world.dial()
	world.lns.disconnect("tunnel", tunnel_of(world.lns, "responder"))
	client.wait_padt()
	all_ended(world)
	lac = world.lac.call(world.ids["lac"])
	expect((lac["cause"], lac["result"]), ("peer-cdn", 2))
	expect(lac["message"], "tunnel to the LNS is down")
	expect("established" in [t["state"]
				 for t in world.lac.show("tunnels")], True)
	world.released()


@test
def first_tunnel_is_closed_by_the_lts(world):
	client = world.dial()
	world.lts.disconnect("tunnel", tunnel_of(world.lts, "responder"))
	client.wait_padt()
	calls = all_ended(world)
	expect({name: (c["cause"], c["result"]) for name, c in calls.items()},
	       {"lac": ("tunnel-down", CDN_CARRIER), "lts": ("admin", 3),
		"lns": ("peer-cdn", 3)}, "causes")
	world.released()


@test
def second_tunnel_is_closed_by_the_lts(world):
	client = world.dial()
	world.lts.disconnect("tunnel", tunnel_of(world.lts, "initiator"))
	client.wait_padt()
	calls = all_ended(world)
	expect({name: (c["cause"], c["result"]) for name, c in calls.items()},
	       {"lac": ("peer-cdn", 3), "lts": ("admin", 3),
		"lns": ("tunnel-down", CDN_CARRIER)}, "causes")
	world.released()


@test
def silent_lns_is_found_by_hello(world):
	world.as_before() # and nothing is left of the tunnels that ended
	client = world.dial()
	silent = world.spaces["lts"]
	silent.run("nft", "add table ip mute; add chain ip mute in { type "
		   "filter hook prerouting priority 0; }; add rule ip mute in "
		   "iifname e0 udp dport 1701 drop")
	try:
		client.wait_padt(20)
		lts = eventually(lambda: world.lts.call(world.ids["lts"])[
			"state"] == "ended" and world.lts.call(
				world.ids["lts"]), 15)
		expect((lts["cause"], lts["result"]), ("tunnel-down", 2))
		expect(world.lts.counters()["tunnels_silent"], 1)
		expect(world.lac.call(world.ids["lac"])["cause"], "peer-cdn")
		eventually(lambda: not world.lns.calls(), 15,
			   "the LNS hears nothing either")
	finally:
		silent.run("nft", "delete table ip mute")
	world.released()
	world.as_before()


@test
def access_port_vanishes(world):
	world.dial()
	sh("ip", "-n", world.spaces["lac"].name, "link", "del", "a0")
	world.wait_no_calls()
	lac = world.lac.call(world.ids["lac"])
	expect((lac["cause"], lac["result"]), ("access-down", CDN_CARRIER))
	expect(world.lns.call(world.ids["lns"])["result"], CDN_CARRIER)
	for name in ("lts", "lns"): # the tunnels stay
		topology.expect_footprint(world.nodes[name],
					  world.before[name])
	# the port's templates and its socket are gone too
	now = topology.footprint(world.lac)
	for key in ("calls", "tunnels", "legs", "tunnels_rx", "routes",
		    "neighbours"):
		expect(now[key], world.before["lac"][key], key)
	expect(world.before["lac"]["fds"] - now["fds"], 2, "packet sockets")


if __name__ == "__main__":
	lab.main()
