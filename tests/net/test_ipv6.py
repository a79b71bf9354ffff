#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240
"""Tunnels over IPv6: a chain whose second tunnel is over IPv4, a LAC and an
LNS next to each other, checksums of control and data as they are on the wire,
fragments, and sources that nobody knows.

	subs -- lac ===IPv6=== lts ===IPv4=== lns -- net
	          \\=========IPv6============/
"""

import contextlib
import os
import socket
import struct
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import bpfmaps # noqa: E402
import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import UDP, checksum, echo, l2tp_parse # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

ETH_IP6, FRAGMENT, ICMP6, L2TP_PORT = 0x86dd, 44, 58, 1701
CS6 = 0xc0
LAC, LTS = "2001:db8:1::1", "2001:db8:1::2" # the chain
DIRECT, LNS = "2001:db8:3::1", "2001:db8:3::2" # the pair
ZERO, STRANGER = "2001:db8:3::11", "2001:db8:3::99" # also the LAC's
ROUNDS = 20


# ---- configurations ----------------------------------------------------------
def tunnel(name, peer, local, **more):
	return dict({"name": name, "peer": peer, "local": local,
		     "host-name": "lac", "secret": "s"}, **more)


def destination(name, peer, host, **more):
	return dict({"name": name, "peer": peer, "hosts": [
		{"name": host, "host-name": "us", "secret": "s"}]}, **more)


def configs():
	lac = {"ports": [{"name": "access", "access": True}, {"name": "lts"},
			 {"name": "lns"}],
	       "pppoe": {"ac-name": "lac"},
	       "l2tp": {"local-addresses": [LAC, DIRECT, ZERO]},
	       "tunnels": [
		       tunnel("chain", LTS, LAC),
		       tunnel("pair", LNS, DIRECT, **{"udp-checksum": "auto"}),
		       tunnel("zero", LNS, ZERO, **{"udp-checksum": "zero"})],
	       "domains": [{"name": n + ".example", "tunnels": [n]}
			   for n in ("chain", "pair", "zero")]}
	lts = {"ports": [{"name": "lac"}, {"name": "lns"}],
	       "l2tp": {"local-addresses": [LTS, "10.2.0.1"]},
	       "destinations": [destination("lac", LAC, "lac")],
	       "tunnels": [tunnel("on", "10.2.0.2", "10.2.0.1",
				  **{"host-name": "lts",
				     "udp-checksum": "computed"})],
	       "domains": [{"name": "default", "tunnels": ["on"]}]}
	lts["destinations"][0]["hosts"][0]["switch"] = True
	lns = {"ports": [{"name": "lts"}, {"name": "lac"}, {"name": "net"}],
	       "l2tp": {"local-addresses": [LNS, "10.2.0.2"]},
	       "destinations": [
		       destination("lts", "10.2.0.1", "lts"),
		       destination("direct", DIRECT, "lac"),
		       destination("zero", ZERO, "lac",
				   **{"udp-checksum": "zero"})],
	       "users": [{"name": "u@%s.example" % n, "password": "pw"}
			 for n in ("chain", "pair", "zero")],
	       "pools": topology.pool("lns")}
	return {"lac": lac, "lts": lts, "lns": lns}


# ---- wires -------------------------------------------------------------------
def ip6_on(netns, interface, *addresses):
	for name, value in (("accept_dad", 0), ("accept_ra", 0),
			    ("disable_ipv6", 0)):
		netns.run("sysctl", "-qw", "net.ipv6.conf.%s.%s=%d" % (
			interface, name, value))
	netns.address(interface, *(a + "/64" for a in addresses))


class World:
	def __init__(self, house):
		self.house = house
		self.spaces = {n: house.netns(n) for n in (
			"subs", "lac", "lts", "lns", "net", "wire")}
		s = self.spaces
		house.veth(s["lac"], "access", s["subs"], "a0")
		for one, other in (("lac", "lts"), ("lts", "lns"),
				   ("lac", "lns")):
			topology.link_tapped(house, s, one, other)
		ip6_on(s["lac"], "lts", LAC)
		ip6_on(s["lts"], "lac", LTS)
		ip6_on(s["lac"], "lns", DIRECT, ZERO, STRANGER)
		ip6_on(s["lns"], "lac", LNS)
		s["lts"].address("lns", "10.2.0.1/24")
		s["lns"].address("lts", "10.2.0.2/24")
		self.internet()
		given = configs()
		self.nodes = {n: topology.Node(house, s[n], n, given[n])
			      for n in ("lns", "lts", "lac")}
		for node in self.nodes.values():
			node.start()

	def internet(self):
		net, lns = self.spaces["net"], self.spaces["lns"]
		self.house.veth(lns, "net", net, "lns", topology.CORE_MTU)
		lns.address("net", "10.11.0.1/24")
		net.address("lns", "10.11.0.2/24")
		net.run("ip", "addr", "add", topology.INTERNET + "/32", "dev",
			"lo")
		net.route(topology.POOLS["lns"], "via", "10.11.0.1")
		lns.route("default", "via", "10.11.0.2")
		topology.router(lns)
		lns.ping("10.11.0.2", 1)

	def capture(self, one, other):
		return self.house.capture(self.spaces["wire"],
					  one + "." + other)

	@contextlib.contextmanager
	def client(self, domain):
		"""A subscriber who is up, and goes at the end."""
		client = PppoeClient(self.spaces["subs"], "a0",
				     "u@%s.example" % domain, "pw")
		try:
			client.up()
			for node in self.path(domain):
				eventually(lambda n=node: n.the_call()["state"]
					   == "up", 5, node.name + "'s is up")
			yield client
		finally:
			client.padt()
			client.close()
		for node in self.nodes.values():
			eventually(lambda n=node: not n.calls(), 5,
				   "calls of %s end" % node.name)

	def path(self, domain):
		return [self.nodes[n] for n in ("lac", "lts", "lns")
			if n != "lts" or domain == "chain"]


@setup
def world(house):
	return World(house)


# ---- what is on the wire -----------------------------------------------------
class Ip6:
	"""An IPv6 packet of a frame; udp and l2tp are None for a fragment."""

	def __init__(self, raw):
		self.raw = raw
		self.head, self.next, self.hops = struct.unpack_from(
			">IxxBB", raw, 14)
		self.length = struct.unpack_from(">H", raw, 18)[0]
		self.udp = self.l2tp = None
		if self.next == UDP:
			self.udp = raw[54:54 + self.length]
			self.sum = struct.unpack_from(">H", self.udp, 6)[0]
			self.l2tp = l2tp_parse(self.udp[8:])

	def right(self):
		"""Whether the checksum is that of the datagram."""
		pseudo = self.raw[22:54] + struct.pack(">II", len(self.udp),
						       UDP)
		return self.sum != 0 and checksum(pseudo + self.udp) == 0


def ip6_of(frames):
	"""Packets of UDP 1701, and fragments."""
	found = [Ip6(raw) for _, raw in frames
		 if struct.unpack_from(">H", raw, 12)[0] == ETH_IP6]
	return [p for p in found if p.l2tp or p.next == FRAGMENT]


def split(packets):
	"""(control, data)"""
	return ([p for p in packets if p.l2tp.control],
		[p for p in packets if not p.l2tp.control])


def right4(raw):
	"""The same over IPv4."""
	head = 14 + (raw[14] & 15) * 4
	datagram = raw[head:14 + struct.unpack_from(">H", raw, 16)[0]]
	pseudo = raw[26:34] + struct.pack(">HH", UDP, len(datagram))
	return datagram[6:8] != b"\0\0" and checksum(pseudo + datagram) == 0


def rounds(client, count=ROUNDS, size=56):
	"""Echoes to the internet and back; how many answers came."""
	seen = len(client.ppp.other)
	for n in range(count):
		client.ppp.send(b"\0\x21" + echo(
			client.ppp.address, topology.INTERNET, 9, n, size))
		time.sleep(0.02)
	eventually(lambda: len(client.ppp.other) - seen >= count, 5,
		   "%d answers, not %d" % (count,
					   len(client.ppp.other) - seen))


def forwarded(nodes):
	return [n.reasons()["forwarded"] for n in nodes]


def by_hand(nodes):
	return [n.counters()[c] for n in nodes
		for c in topology.BY_HAND]


def carried(world, domain, client):
	"""Every packet is forwarded by XDP on every node, none by hand."""
	nodes = world.path(domain)
	rounds(client, 1) # addresses are resolved now
	before, hand = forwarded(nodes), by_hand(nodes)
	rounds(client)
	moved = [now - then for now, then in zip(forwarded(nodes), before)]
	expect(moved, [2 * ROUNDS] * len(nodes), "forwarded")
	expect(by_hand(nodes), hand, "carried by hand")


# ---- tests -------------------------------------------------------------------
@test
def call_through_tunnels_of_both_families(world):
	one, other = world.capture("lac", "lts"), world.capture("lts", "lns")
	with world.client("chain") as client:
		carried(world, "chain", client)
		lts = {t["peer"]: t for t in
		       world.nodes["lts"].show("tunnels")}
		expect(sorted(lts), ["10.2.0.2", LAC])
		expect(lts[LAC]["local"], LTS)
	control, data = split(ip6_of(one.stop()))
	expect(len(data) >= 2 * (ROUNDS + 1), True, "data seen")
	expect([p for p in control + data if not p.right()], [],
	       "wrong checksums over IPv6")
	expect({(p.head, p.hops) for p in data}, {(0x60000000, 64)},
	       "version, class, label and hop limit of data")
	expect({p.head >> 20 & 0xff for p in control}, {CS6}, "class")
	over4 = [raw for _, raw in other.stop()
		 if raw[12:14] == b"\x08\x00" and raw[23] == UDP]
	expect(len(over4) >= 2 * (ROUNDS + 1), True, "datagrams over IPv4")
	# computed at the LTS's end; the LNS's says nothing of it
	expect([raw for raw in over4
		if raw[30:34] == bytes([10, 2, 0, 2]) and not right4(raw)], [],
	       "wrong checksums over IPv4")


@test
def lac_and_lns_next_to_each_other(world):
	capture = world.capture("lac", "lns")
	node = world.nodes["lns"]
	with world.client("pair") as client:
		carried(world, "pair", client)
		tunnels = [t for t in node.show("tunnels")
			   if t["peer"] == DIRECT]
		expect([(t["local"], t["peer_port"], t["udp_checksum"])
			for t in tunnels], [(LNS, L2TP_PORT, "computed")])
		with bpfmaps.Array(node.daemon.instance, "tunnels_rx") as rx:
			record = rx.record(tunnels[0]["id"])
		expect(record[2:4], b"\1\0", "flags")
		expect(record[16:48], socket.inet_pton(
			socket.AF_INET6, DIRECT) + socket.inet_pton(
			socket.AF_INET6, LNS), "addresses")
	control, data = split(ip6_of(capture.stop()))
	expect([p for p in control + data if not p.right()], [],
	       "wrong checksums")
	expect(bool(control and data), True, "both are seen")


@test
def zero_mode_is_for_data_only(world):
	capture = world.capture("lac", "lns")
	with world.client("zero") as client:
		carried(world, "zero", client)
		expect([t["udp_checksum"] for t in
			world.nodes["lns"].show("tunnels")
			if t["peer"] == ZERO], ["zero"])
		control, data = split(ip6_of(capture.stop()))
	expect([p for p in control if not p.right()], [],
	       "wrong checksums of control")
	expect({p.sum for p in data[-2 * ROUNDS:]}, {0}, "checksums of data")


def resend(world, frame, end="lns.lac"):
	"""A frame of our own as the wire brings it, to the LNS at that."""
	s = world.spaces["wire"].socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
	s.bind((end, 0))
	s.send(frame)
	s.close()


@test
def data_without_checksum_where_none_is_agreed(world):
	capture = world.capture("lac", "lns")
	mac = bytes.fromhex(world.spaces["lns"].mac("lac").replace(":", ""))
	node = world.nodes["lns"]
	with world.client("pair") as client:
		rounds(client, 2)
		last = [p.raw for p in split(ip6_of(capture.stop()))[1]
			if p.raw[:6] == mac][-1]
		before = node.reasons()
		resend(world, last[:60] + b"\0\0" + last[62:])
		eventually(lambda: node.reasons()["zero_checksum"] ==
			   before["zero_checksum"] + 1, 3)
		expect(node.reasons()["forwarded"], before["forwarded"])


@test
def full_packets_on_a_narrow_core_are_fragmented(world):
	"""1492 octets and 58 of tunnel on 1500: the LAC's kernel cuts."""
	ends = [(world.spaces["lac"], "lns"), (world.spaces["lns"], "lac")]
	for netns, port in ends:
		netns.run("ip", "link", "set", port, "mtu", 1500)
	capture = world.capture("lac", "lns")
	node = world.nodes["lac"]
	with world.client("pair") as client:
		hand = node.counters()["slow_to_l2tp"]
		rounds(client, 5, 1492 - 28)
		expect(node.counters()["slow_to_l2tp"] - hand, 5, "slow_to_l2tp")
		cut = [p for p in ip6_of(capture.stop()) if p.next == FRAGMENT]
		# the LNS cuts the packet inside instead, for a subscriber of its own
	expect(len(cut), 10, "fragments")
	for netns, port in ends:
		netns.run("ip", "link", "set", port, "mtu",
			  topology.CORE_MTU)


def too_big(frame, mtu):
	"""The ICMPv6 error of a router on the way, about a frame of the LAC."""
	back = frame[6:12] + frame[:6] + frame[12:14]
	source, target = frame[38:54], frame[22:38] # as if the LNS said it
	body = struct.pack(">BBHI", 2, 0, 0, mtu) + frame[14:14 + 1200]
	pseudo = source + target + struct.pack(">II", len(body), ICMP6)
	body = body[:2] + struct.pack(">H", checksum(pseudo + body)) + body[4:]
	return back + struct.pack(">IHBB", 6 << 28, len(body), ICMP6,
				  64) + source + target + body


@test
def path_that_becomes_narrower(world):
	"""What XDP sends makes a router say Packet Too Big; the kernel learns
	it, and XDP obeys it a moment later."""
	capture = world.capture("lac", "lns")
	mac = bytes.fromhex(world.spaces["lns"].mac("lac").replace(":", ""))
	node = world.nodes["lac"]
	with world.client("pair") as client:
		rounds(client, 1, 1400)
		full = [p.raw for p in split(ip6_of(capture.stop()))[1]
			if p.raw[:6] == mac][-1]
		resend(world, too_big(full, 1400), "lac.lns")
		hand = node.counters()["slow_to_l2tp"]
		end = time.monotonic() + 25
		while node.counters()["slow_to_l2tp"] == hand:
			expect(time.monotonic() < end, True, "obeyed in time")
			rounds(client, 1, 1400)
			time.sleep(0.5)
		again = world.capture("lac", "lns")
		rounds(client, 3, 1400)
		cut = [p for p in ip6_of(again.stop())
		       if p.next == FRAGMENT and p.raw[:6] == mac]
		expect(len(cut), 6, "fragments")


@test
def unknown_ipv6_source_is_not_answered(world):
	node = world.nodes["lns"]
	s = world.spaces["lac"].socket(socket.AF_INET6, socket.SOCK_DGRAM)
	s.bind((STRANGER, 0))
	s.settimeout(1)
	before = node.counters()["sccrq_unknown_source"]
	s.sendto(l2tp.control(0, 0, 0, 0, l2tp.message(
		l2tp.SCCRQ, *l2tp.sccrq(b"lac", 7))), (LNS, L2TP_PORT))
	eventually(lambda: node.counters()["sccrq_unknown_source"] ==
		   before + 1, 3)
	try:
		raise AssertionError("answered: %s" % s.recv(2048).hex())
	except TimeoutError:
		s.close()


lab.main()
