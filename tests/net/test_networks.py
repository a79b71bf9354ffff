#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""Networks behind subscribers: packets to and from them, the longest prefix,
who gets one that two want, and that nothing is left when a call ends."""

import errno
import os
import signal
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import bpfmaps # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import (ETH_IP, PPP_IP, UDP, decode, ethernet, # noqa: E402
		    ipv4, mac, udp, udp4)
from lab import eventually, expect, setup, sh, test # noqa: E402
from pppoe_peer import PppoeClient, raw_socket # noqa: E402

WIDE, NARROW = "10.200.0.0/24", "10.200.0.128/25"
IN_WIDE, IN_NARROW, NOBODYS = "10.200.0.7", "10.200.0.200", "10.200.1.1"
ROUTES = {"alice": [WIDE], "bob": [NARROW], "carol": [WIDE]}
# whose packets end here also while they are not there
DAVES, ERINS = "10.200.2.0/24", "10.200.3.0/24"
IN_DAVES, IN_ERINS, ERIN = "10.200.2.7", "10.200.3.7", "10.200.4.9"
EDGES = ["10.109.0.0", "10.109.0.255"]
PORT = 9
NO_DESTINATION = ["255.255.255.255", "0.1.2.3", "127.1.2.3", "224.0.0.251",
		  "239.255.255.250"]
NO_SOURCE = ["255.255.255.255", "0.0.0.0", "127.0.0.1", "224.0.0.1",
	     "240.0.0.1"]


def config():
	out = topology.Single.config()
	out["stale-hold"] = 4
	out["users"] = [{"name": name + "@local.example", "password": "pw",
			 "routes": routes} for name, routes in ROUTES.items()]
	out["users"] += [{"name": "dave@local.example", "password": "pw",
			  "routes": [DAVES], "offline": "blackhole"},
			 {"name": "erin@local.example", "password": "pw",
			  "address": ERIN, "routes": [ERINS],
			  "offline": "unreachable"},
			 # two users may have the same network
			 {"name": "frank@local.example", "password": "pw",
			  "routes": [DAVES], "offline": "blackhole"}]
	return out


class World:
	def __init__(self, house):
		self.house = house
		self.single = topology.Single(house, config())
		self.node = self.single.node
		self.single.net.route("10.200.0.0/16", "via", "10.9.1.1")
		# the daemon's default route goes back there
		topology.router(self.single.net)
		self.number = 0
		self.wire = None

	def up(self, name):
		one = PppoeClient(self.single.subs, "a0",
				  name + "@local.example", "pw")
		self.house.on_close(one.close)
		one.up()
		eventually(lambda: any(c["address"] == one.ppp.address and
				       c["state"] == "up"
				       for c in self.node.calls()))
		return one

	def down(self, client):
		before = len(self.node.calls())
		client.padt()
		eventually(lambda: len(self.node.calls()) == before - 1)

	def mark(self):
		self.number += 1
		return b"networks %d." % self.number

	def sent_up(self, client, source):
		"""Whether a packet from this source reaches the net, and what
		else became of it."""
		mark, net = self.mark(), self.single.NET
		before = self.node.reasons()
		with self.single.net.socket(2, 2) as s: # AF_INET, SOCK_DGRAM
			s.bind((net, PORT))
			s.settimeout(1)
			client.ppp.send(b"\0\x21" + ipv4(source, net, UDP, udp(
				source, net, 7, PORT, mark)))
			try:
				return s.recvfrom(2000) == (mark, (source, 7))
			except TimeoutError:
				after = self.node.reasons()
				return {n for n in after if n != "not_ours" and
					after[n] > before[n]}

	def sent_down(self, address, clients, by=None):
		"""Which of the clients gets a packet to this address."""
		mark = self.mark()
		with (by or self.single.net).socket(2, 2) as s:
			s.sendto(mark, (address, 7))

		def got():
			return [c for c in clients for f in c.seen
				if f.protocol == PPP_IP and mark in f.info]
		try:
			eventually(got, 1)
		except AssertionError:
			pass
		return got()

	def from_wire(self, packet):
		"""An IP packet comes from the internet's side."""
		if not self.wire:
			self.wire = raw_socket(self.single.net, "n0")
			self.house.on_close(self.wire.close)
		self.wire.send(ethernet(mac(self.single.ns.mac("net")),
					mac(self.single.net.mac("n0")), ETH_IP,
					packet))

	def on_wire(self, to):
		"""How often a packet from outside to this address is on the
		wire: more than once, if it goes round between the routers."""
		net = self.single.net
		capture = self.house.capture(net, "n0")
		self.from_wire(udp4("198.51.100.9", to, 7, PORT, b"round",
				    ttl=40))
		net.ping("10.9.1.1", 2) # behind it, there and back
		frames = [decode(raw) for _, raw in capture.stop()]
		return len([f for f in frames if f.ip_dst == to and
			    f.ip_protocol == UDP])

	def shown(self):
		return {(r["prefix"], r["user"].split("@")[0]): r["state"]
			for r in self.node.show("routes")}

	def kernel_routes(self):
		text = self.single.ns.run("ip", "route", "show", "dev", "l2x0")
		return sorted(line.split()[0] for line in text.splitlines()
			      if line.startswith("10.200."))

	def expect_kernel_routes(self, wanted):
		eventually(lambda: self.kernel_routes() == wanted, 5,
			   "routes %s" % wanted)

	def trie(self):
		return sh("bpftool", "-j", "map", "dump", "pinned",
			  bpfmaps.folder(self.node.daemon.instance) +
			  "/ip4_routes").stdout.strip()


@setup
def world(house):
	return World(house)


@test
def packets_to_and_from_a_network_pass_by_xdp(world):
	alice = world.up("alice")
	before = world.node.counters()
	expect(world.sent_down(IN_WIDE, [alice]), [alice])
	expect(world.sent_up(alice, IN_WIDE), True)
	expect(world.sent_up(alice, alice.ppp.address), True)
	after = world.node.counters()
	expect([after[n] - before[n] for n in topology.BY_HAND],
	       [0] * len(topology.BY_HAND))
	expect(world.sent_up(alice, NOBODYS), {"spoofed_source"})
	expect(world.shown(), {(WIDE, "alice"): "up"})
	routes = world.node.the_call()["routes"]
	expect([(r["prefix"], r["state"]) for r in routes], [(WIDE, "up")])
	world.down(alice)


@test
def the_host_itself_reaches_it_by_the_tun(world):
	alice = world.up("alice")
	world.expect_kernel_routes([WIDE])
	before = world.node.counters()["slow_to_pppoe"]
	expect(world.sent_down(IN_WIDE, [alice], world.single.ns), [alice])
	expect(world.node.counters()["slow_to_pppoe"], before + 1)
	world.down(alice)


@test
def martians_end_here(world, house):
	"""Addresses that no router forwards, as destination and as source."""
	alice = world.up("alice")
	own = alice.ppp.address
	net = [house.capture(world.single.net, "n0"),
	       house.capture(world.single.peer, "c0")]
	before = world.node.reasons()["martian"]
	for to in NO_DESTINATION:
		alice.ppp.ip(udp4(own, to, 7, PORT, b"for nobody"))
	for source in NO_SOURCE:
		world.from_wire(udp4(source, own, 7, PORT, b"from nobody"))
	eventually(lambda: world.node.reasons()["martian"] ==
		   before + len(NO_DESTINATION) + len(NO_SOURCE))
	# behind them
	expect(world.sent_up(alice, own), True)
	expect(world.sent_down(own, [alice]), [alice])
	expect([raw for c in net for _, raw in c.stop()
		if b"for nobody" in raw], [])
	expect([f for f in alice.seen if f.protocol == PPP_IP and
		b"from nobody" in f.info], [])
	world.down(alice)


@test
def the_whole_range_of_a_pool_ends_here(world):
	"""Also its first and last address, which nobody gets."""
	alice, tos = world.up("alice"), EDGES + ["10.109.0.200"]
	before = world.node.reasons()["no_subscriber"]
	expect([world.on_wire(to) for to in tos], [1, 1, 1])
	for to in tos:
		alice.ppp.ip(udp4(alice.ppp.address, to, 7, PORT, b"x"))
		# the kernel's own table, should it ever be asked
		route = world.single.ns.run("ip", "route", "get", to)
		expect("dev l2x0" in route, True, "route to " + to)
	eventually(lambda: world.node.reasons()["no_subscriber"] ==
		   before + 2 * len(tos))
	expect([r for r in topology.own_routes(world.single.ns)
		if r[0] == "10.109.0.0/24"],
	       [("10.109.0.0/24", "unreachable")])
	world.down(alice)


@test
def networks_end_here_while_their_user_is_away(world):
	"""Where `offline` says so, for the user's own address, too."""
	def away():
		return [world.on_wire(to) for to in (IN_DAVES, IN_ERINS, ERIN)]

	def told():
		try:
			return bool(s.recv(100))
		except BlockingIOError:
			return False
		except OSError as e:
			return e.errno == errno.EHOSTUNREACH
	expect(away(), [1, 1, 1], "times on the wire")
	expect("may leave again" in world.node.daemon.log(), False,
	       "a route of two users that fails")
	with world.single.net.socket(2, 2) as s: # AF_INET, SOCK_DGRAM
		s.setsockopt(0, 11, 1) # IP_RECVERR
		s.setblocking(False)
		s.sendto(b"unreachable", (IN_ERINS, PORT))
		eventually(told)
	dave, erin = world.up("dave"), world.up("erin")
	both = [dave, erin]
	expect([world.sent_down(to, both) for to in
		(IN_DAVES, IN_ERINS, ERIN)], [[dave], [erin], [erin]])
	world.down(dave)
	world.down(erin)
	expect(away(), [1, 1, 1], "times on the wire, afterwards")


@test
def the_longest_prefix_wins(world):
	alice, bob = world.up("alice"), world.up("bob")
	both = [alice, bob]
	expect(world.sent_down(IN_WIDE, both), [alice])
	expect(world.sent_down(IN_NARROW, both), [bob])
	expect(world.sent_up(bob, IN_NARROW), True)
	expect(world.sent_up(bob, IN_WIDE), {"spoofed_source"})
	expect(world.sent_up(alice, IN_NARROW), {"spoofed_source"})
	world.down(bob)
	expect(world.sent_down(IN_NARROW, both), [alice])
	expect(world.sent_up(alice, IN_NARROW), True)
	world.down(alice)


@test
def a_network_has_one_user(world):
	alice = world.up("alice")
	before = world.node.counters()["route_refused"]
	carol = world.up("carol")
	expect(world.node.counters()["route_refused"], before + 1)
	expect(world.shown(), {(WIDE, "alice"): "up", (WIDE, "carol"): "down"})
	expect(world.sent_down(IN_WIDE, [alice, carol]), [alice])
	expect(world.sent_up(carol, IN_WIDE), {"spoofed_source"})
	# a refused one does not take it away
	world.down(carol)
	expect(world.sent_down(IN_WIDE, [alice, carol]), [alice])
	world.down(alice)


@test
def the_same_user_takes_it_along(world):
	old = world.up("alice")
	new = world.up("alice")
	expect(world.sent_down(IN_WIDE, [old, new]), [new])
	expect(world.sent_up(old, IN_WIDE), {"spoofed_source"})
	expect(world.sent_up(new, IN_WIDE), True)
	world.down(old)
	expect(world.sent_down(IN_WIDE, [old, new]), [new])
	world.expect_kernel_routes([WIDE])
	world.down(new)


@test
def nothing_is_left(world):
	world.expect_kernel_routes([])
	expect(world.trie(), "[]")
	expect(world.node.show("routes"), [])


@test
def an_engines_networks_are_swept_or_taken_over(world):
	world.up("bob")
	lost = world.up("alice")
	old = world.node.daemon.engine
	os.kill(old, signal.SIGKILL)
	eventually(lambda: world.node.daemon.engine not in (None, old), 15)
	eventually(lambda: world.node.daemon.ctl("show", "status"), 10)
	world.node.listen()
	# what is left goes on, and who dials again gets his own
	expect(world.sent_down(IN_WIDE, [lost]), [lost])
	alice = world.up("alice")
	expect(world.sent_down(IN_WIDE, [lost, alice]), [alice])
	eventually(lambda: world.node.status()["stale"]["legs"] == 0, 15)
	world.expect_kernel_routes([WIDE])
	expect(world.sent_down(IN_WIDE, [lost, alice]), [alice])
	world.down(alice)
	world.expect_kernel_routes([])
	expect(world.trie(), "[]")


@test
def nothing_is_left_after_unload(world):
	daemon = world.node.daemon
	daemon.stop()
	expect((DAVES, "blackhole") in topology.own_routes(world.single.ns),
	       True, "forwarding goes on, and so do the ends")
	expect(daemon.unload().returncode, 0)
	expect(topology.own_routes(world.single.ns), [])


if __name__ == "__main__":
	lab.main()
