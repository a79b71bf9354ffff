#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 120
"""What the kernel of an LNS says to subscribers and hears from them: its own
pings, answers of the gateway, ICMP errors with the right source."""

import os
import struct
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import lab # noqa: E402
import topology # noqa: E402
from frames import UDP, checksum, ipv4, udp # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

GATEWAY, ICMP = "10.109.0.1", 1
ECHO_REPLY, UNREACHABLE, ECHO, TIME_EXCEEDED = 0, 3, 8, 11


def echo(kind, ident, payload=b"x" * 56):
	body = struct.pack(">BBHHH", kind, 0, 0, ident, 1) + payload
	return body[:2] + struct.pack(">H", checksum(body)) + body[4:]


class World:
	def __init__(self, house):
		self.single = topology.Single(house)
		self.node = self.single.node
		self.client = PppoeClient(self.single.subs, "a0",
					  user="alice@local.example",
					  password="alicepw")
		house.on_close(self.client.close)
		self.client.discover()
		self.client.ppp.start()
		self.client.ppp.wait_ip()
		eventually(lambda: self.node.the_call()["state"] == "up")
		self.own = self.client.ppp.address

	def send(self, packet):
		self.client.ppp.send(b"\0\x21" + packet)

	def icmp(self, kind, timeout=5):
		"""The next ICMP message of a kind: (source, octets)."""
		def find():
			for frame in list(self.client.ppp.other):
				packet = frame[2:]
				if (frame[:2] == b"\0\x21" and
				    packet[9] == ICMP and packet[20] == kind):
					self.client.ppp.other.remove(frame)
					return packet
			return None
		packet = eventually(find, timeout, "ICMP %d" % kind)
		return ".".join(map(str, packet[12:16])), packet[20:]


@setup
def world(house):
	return World(house)


@test
def gateway_answers_a_ping(world):
	before = world.node.counters()["slow_to_pppoe"]
	world.send(ipv4(world.own, GATEWAY, ICMP, echo(ECHO, 7)))
	source, message = world.icmp(ECHO_REPLY)
	expect(source, GATEWAY)
	expect(message[4:6], b"\0\x07", "identifier")
	expect(world.node.counters()["slow_to_pppoe"], before + 1, "by hand")


@test
def kernel_reaches_the_subscriber(world):
	legs = world.node.the_call()
	process = world.single.ns.popen("ping", "-c1", "-W5", "-I", GATEWAY,
					world.own, stdout=-3, stderr=-3)
	source, message = world.icmp(ECHO)
	expect(source, GATEWAY)
	ident = struct.unpack(">H", message[4:6])[0]
	world.send(ipv4(world.own, GATEWAY, ICMP,
			echo(ECHO_REPLY, ident, message[8:])))
	expect(process.wait(10), 0, "ping's status")
	after = world.node.the_call()
	expect(after["packets_down"] - legs["packets_down"], 1,
	       "counted on the leg although carried by hand")


@test
def ttl_that_ends_here_is_answered_by_the_gateway(world):
	packet = ipv4(world.own, topology.INTERNET, UDP, udp(
		world.own, topology.INTERNET, 33434, 33434, b"x" * 8))
	packet = bytearray(packet)
	packet[8] = 1
	packet[10:12] = b"\0\0"
	packet[10:12] = struct.pack(">H", checksum(bytes(packet[:20])))
	before = world.node.reasons()["ttl_expired"]
	world.send(bytes(packet))
	source, message = world.icmp(TIME_EXCEEDED)
	expect(message[1], 0, "code")
	expect(source in (GATEWAY, "10.9.0.1", "10.9.1.1"), True, source)
	expect(world.node.reasons()["ttl_expired"], before + 1)


@test
def packet_above_the_mru_is_refused_to_its_sender(world):
	net = world.single.net
	text = net.run("ping", "-c1", "-W3", "-M", "do", "-s", "1472",
		       world.own, check=False)
	expect("Frag needed and DF set (mtu = 1492)" in text, True, text)


@test
def packet_above_the_mru_is_fragmented_when_it_may_be(world):
	world.client.ppp.other.clear()
	net = world.single.net
	net.run("ip", "route", "flush", "cache", check=False)
	before = world.node.reasons()["too_big"]
	process = net.popen("ping", "-c1", "-W1", "-M", "dont", "-s", "1472",
			    world.own, stdout=-3, stderr=-3)
	eventually(lambda: len(world.client.ppp.other) > 1, 5,
		   "two fragments")
	parts = list(world.client.ppp.other)
	process.wait(10)
	sizes = sorted(struct.unpack(">H", f[4:6])[0] for f in parts[:2])
	expect(sum(s - 20 for s in sizes), 1480, "octets of the two")
	expect(max(sizes) <= 1492, True, str(sizes))
	expect(world.node.reasons()["too_big"] > before, True, "too_big")


@test
def nothing_is_left(world):
	world.client.ppp.terminate()
	eventually(lambda: not world.node.calls())
	time.sleep(0.2)
	text = world.single.ns.run("ping", "-c1", "-W1", world.own,
				   check=False)
	expect(" 0 received" in text, True, text)


if __name__ == "__main__":
	lab.main()
