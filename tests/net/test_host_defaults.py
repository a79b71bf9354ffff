#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 120
"""A machine with the settings that it came with: its ports keep their
offloads, rp_filter is 2 (as systemd sets it; 1 and 0 too), and nftables drops
what the kernel forwards.  What XDP sends on flows, the gateway answers, and
l2xd tells what is in the way.  The other tests run with none of these; only
unfinished checksums are left out here as well, which no cable carries."""

import json
import os
import signal
import socket
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import topology # noqa: E402
from frames import checksum, ipv4, udp4 # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, main, setup, sh, test # noqa: E402
from next_hops import Gate, World as NextHops # noqa: E402
from ppp import PppClient # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402
from topology import INTERNET, Single # noqa: E402

GATEWAY, ICMP, PORT = "10.109.0.1", 1, 7777
ECHO_REPLY, UNREACHABLE, ECHO, TIME_EXCEEDED = 0, 3, 8, 11
MODES = (0, 1, 2) # of rp_filter
ON_LINK = "10.9.1.7"


class Subscriber:
	"""Sends and gets IP packets, whatever carries them."""

	def __init__(self, name, ppp, send):
		self.name, self.ppp, self.put = name, ppp, send

	def send(self, packet):
		self.put(b"\0\x21" + packet)

	def icmp(self, kind, what):
		"""(source, octets) of the next ICMP message of a kind."""
		def find():
			for frame in list(self.ppp.other):
				packet = frame[2:]
				if (frame[:2] == b"\0\x21" and
				    packet[9] == ICMP and packet[20] == kind):
					self.ppp.other.remove(frame)
					return packet
			return None
		packet = eventually(find, 5, "%s: %s" % (self.name, what))
		return socket.inet_ntoa(packet[12:16]), packet[20:]

	def echo(self, to, ident):
		body = struct.pack(">BBHHH", ECHO, 0, 0, ident, 1) + b"x" * 56
		body = body[:2] + struct.pack(">H", checksum(body)) + body[4:]
		self.send(ipv4(self.ppp.address, to, ICMP, body))

	def datagram(self, to, size=100, **ip):
		body = bytes(i & 255 for i in range(size - 28))
		self.send(udp4(self.ppp.address, to, 4444, PORT, body, **ip))


class World(Single):
	"""One subscriber whose PPPoE ends here, one behind a scripted LAC."""

	def __init__(self, house):
		super().__init__(house, untouched=True)
		self.net.address("n0", ON_LINK + "/24")
		self.received = self.net.socket(socket.AF_INET,
						socket.SOCK_DGRAM)
		house.on_close(self.received.close)
		self.received.bind(("0.0.0.0", PORT))
		self.received.settimeout(0)
		self.subscribers = [self.pta(house), self.lns(house)]

	def pta(self, house):
		client = PppoeClient(self.subs, "a0", "alice@local.example",
				     "alicepw")
		house.on_close(client.close)
		client.discover()
		client.ppp.start()
		return self.is_up("PTA", client.ppp, client.ppp.send)

	def lns(self, house):
		lac = Endpoint(self.peer, self.PEER, name="lac1",
			       secret="l2tpsecret")
		house.on_close(lac.close)
		call = lac.connect(self.LOCAL).call()
		call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
		call.ppp.start()
		return self.is_up("LNS", call.ppp, call.send_ppp)

	def is_up(self, name, ppp, send):
		ppp.wait_ip()
		eventually(lambda: any(
			c["address"] == ppp.address and c["state"] == "up"
			for c in self.node.calls()), 10, name)
		return Subscriber(name, ppp, send)

	def filter(self, mode):
		"""Of all devices: the larger of a device's and of all counts."""
		topology.sysctl(self.ns, **{
			"conf__%s__rp_filter" % name: mode
			for name in ("all", "access", "core", "net")})

	def each(self):
		"""Every subscriber with every mode."""
		for mode in MODES:
			self.filter(mode)
			for subscriber in self.subscribers:
				yield mode, subscriber
		self.filter(2)

	def forget(self, *addresses):
		"""No neighbour behind the port to the world is known."""
		for address in addresses:
			self.ns.run("ip", "neigh", "del", address, "dev",
				    "net", check=False)

	def neighbour(self, address):
		rows = json.loads(sh("ip", "-n", self.ns.name, "-j", "neigh",
				     "show", address, "dev", "net").stdout)
		return rows[0] if rows else {}

	def arrived(self):
		"""The number of datagrams since the last look."""
		count = 0
		try:
			while self.received.recv(4096):
				count += 1
		except BlockingIOError:
			return count

	def notes(self):
		return self.node.status()["host"]


@setup
def world(house):
	return World(house)


# ---- telling ------------------------------------------------------------------
@test
def firewall_is_told(world):
	note = eventually(lambda: [n for n in world.notes()
				   if "inet host forward" in n])
	expect(len(world.notes()), 1, "notes")
	expect("host: " + note[0] in world.node.daemon.log(), True, "logged")
	policy = ("add chain inet host forward { policy %s; }")
	world.ns.run("nft", policy % "accept")
	eventually(lambda: not world.notes(), 5, "no note any more")
	world.ns.run("nft", policy % "drop")
	eventually(world.notes, 5, "the note again")


@test
def settings_are_told(world):
	world.filter(1)
	notes = [n for n in world.notes() if "rp_filter" in n]
	expect(len(notes), 2, "core and net, not access and tun")
	expect("conf.core.rp_filter is 1" in notes[0], True, notes[0])
	expect("leads by core" in notes[0], True, notes[0])
	topology.sysctl(world.ns, conf__core__rp_filter=0)
	expect([n for n in world.notes() if "conf.all.rp_filter is 1" in n]
	       != [], True, "the larger value counts")
	world.filter(2)
	expect([n for n in world.notes() if "rp_filter" in n], [])
	topology.sysctl(world.ns, conf__access__forwarding=0)
	expect([n for n in world.notes() if "access.forwarding" in n] != [],
	       True, "forwarding of one port")
	topology.sysctl(world.ns, ip_forward=0)
	expect([n for n in world.notes() if "ip_forward is 0" in n] != [],
	       True, "ip_forward")
	topology.sysctl(world.ns, ip_forward=1)
	expect(len(world.notes()), 1, "notes")


# ---- the gateway ---------------------------------------------------------------
@test
def gateway_answers(world):
	for mode, subscriber in world.each():
		subscriber.echo(GATEWAY, 7 + mode)
		source, message = subscriber.icmp(
			ECHO_REPLY, "gateway, rp_filter %d" % mode)
		expect(source, GATEWAY)
		expect(message[4:6], struct.pack(">H", 7 + mode), "ident")


@test
def traceroute_sees_the_gateway(world):
	for mode, subscriber in world.each():
		subscriber.datagram(INTERNET, ttl=1)
		source, _ = subscriber.icmp(
			TIME_EXCEEDED, "first hop, rp_filter %d" % mode)
		expect(source, GATEWAY)
	expect(world.arrived(), 0, "datagrams at the end")


@test
def what_is_too_big_is_refused(world):
	world.ns.route(INTERNET, "via", world.NET, "mtu", "lock", "1300")
	for mode, subscriber in world.each():
		subscriber.datagram(INTERNET, 1400, flags=0x4000)
		source, message = subscriber.icmp(
			UNREACHABLE, "too big, rp_filter %d" % mode)
		expect((source, message[1]), (GATEWAY, 4), "source, code")
		expect(message[6:8], struct.pack(">H", 1300), "MTU")
	world.ns.run("ip", "route", "del", INTERNET)


# ---- next hops -----------------------------------------------------------------
def reaches(world, subscriber, to, what):
	def try_it():
		subscriber.datagram(to)
		return world.arrived()
	eventually(try_it, 10, "%s: %s" % (subscriber.name, what), 0.05)


@test
def gateway_of_a_route_is_resolved_and_kept(world):
	for mode, subscriber in world.each():
		world.forget(world.NET)
		before = world.node.reasons()
		reaches(world, subscriber, INTERNET, "rp_filter %d" % mode)
		after = world.node.reasons()
		expect(after["forwarded"] > before["forwarded"], True, "by XDP")
		expect("managed" in world.neighbour(world.NET), True, "kept")
	expect(world.node.counters()["next_hop_asked"] > 0, True, "asked")


@test
def host_on_link_is_resolved(world):
	for mode, subscriber in world.each():
		world.forget(ON_LINK)
		reaches(world, subscriber, ON_LINK, "rp_filter %d" % mode)
		expect("managed" in world.neighbour(ON_LINK), False, "kept")


@test
def kernel_forwards_what_a_rule_accepts(world):
	"""The kernel keeps the first packet until the next hop answers."""
	world.ns.run("nft", "add rule inet host forward iifname l2x0 accept")
	for mode, subscriber in world.each():
		world.forget(ON_LINK)
		subscriber.datagram(ON_LINK)
		eventually(world.arrived, 5, "%s: rp_filter %d" % (
			subscriber.name, mode))
	world.ns.run("nft", "flush chain inet host forward")


@test
def what_cannot_be_resolved_floods_no_log(world):
	"""Gateways that the kernel refuses to resolve: IPv6 where it is off."""
	def failures():
		return world.node.daemon.log().count("keeper: request ")
	def ipv6_off(value):
		world.ns.run("sysctl", "-q",
			     "net.ipv6.conf.net.disable_ipv6=%d" % value)
	subscriber, hosts = world.subscribers[0], range(1, 41)
	ipv6_off(0)
	for host in hosts:
		world.ns.run("ip", "route", "add", "198.51.100.%d" % host,
			     "via", "inet6", "fe80::%x" % host, "dev", "net")
	ipv6_off(1)
	before, asked = failures(), world.node.counters()["next_hop_asked"]

	def is_asked():
		for host in hosts:
			subscriber.datagram("198.51.100.%d" % host)
		return (world.node.counters()["next_hop_asked"] >
			asked + 2 * len(hosts))
	eventually(is_asked, 10, "asked", 0.1)
	eventually(lambda: failures() > before, 5, "told")
	expect(failures() - before < len(hosts), True, "lines")
	expect([l for l in world.node.daemon.log().splitlines()
		if "keeper: request " in l and
		not l.endswith("failed: Invalid argument")], [], "why")
	world.ns.run("ip", "route", "flush", "root", "198.51.100.0/24")


# ---- story and failover ---------------------------------------------------------
def kill_engine(daemon):
	old = daemon.engine
	os.kill(old, signal.SIGKILL)
	eventually(lambda: daemon.engine not in (None, old) and
		   daemon.answers(), 15, "a new engine")


@test
def story(house):
	network = topology.Story(house, untouched=True).start()
	url, size, digest = network.start_web().add("file", 1 << 20)
	subscribers = [network.dial(user) for user in
		       ("alice@one.example", "erin@local.example")]
	for subscriber in subscribers:
		_, gateway = subscriber.wait_up()
		eventually(lambda: subscriber.ping(gateway, 1), 20,
			   "gateway")
		eventually(lambda: subscriber.ping(INTERNET, 1), 20,
			   "world")
		expect(subscriber.fetch(url), (size, digest))
	for node in (network.lac, network.lns):
		kill_engine(node.daemon)
	for subscriber in subscribers:
		expect(subscriber.fetch(url), (size, digest))


@test
def gateways_of_a_tunnel_change(house):
	NextHops(house, {
		"one": Gate("c0", "f0", "10.96.0"),
		"other port": Gate("c1", "f1", "10.96.1", 2,
				   "02:00:00:00:96:12"),
	}, untouched=True).through(["one", "other port", "one"], 3000)


main()
