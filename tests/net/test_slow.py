#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""What XDP cannot do alone, carried octet for octet: full packets over a core
of 1500 octets in every role, first packets of a next hop, packets too big for
the tunnel of a terminated call, TTL; and a flood of it beside control."""

import os
import signal
import struct
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)

import lab # noqa: E402
import topology # noqa: E402
from flow import MARK, Flow # noqa: E402
from frames import (ETH_SESSION, checksum, ethernet, l2tp_data, # noqa: E402
		    mac, pppoe, udp4)
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402
from slow_world import (FITS, FULL, PORT, PPP_IP, SECOND, World, # noqa: E402
			config, packet, unresolved)

ECHO = b"\xc0\x21\x09\x01\0\x08\0\0\0\0" # an LCP Echo-Request


@setup
def world(house):
	return World(house)


# ---- full packets over a core of 1500 octets ------------------------------
@test
def full_packet_of_a_lac_both_ways(world):
	client, call = world.lac()
	frame = PPP_IP + packet("192.0.2.7", "198.51.100.9", FULL, flags=0x4000)
	with world.counts("u@far.example", too_big=1, slow_to_l2tp=1, up=1):
		client.send_ppp(frame)
		got = call.expect_data(lambda d: b"\0\x21" in d.payload[:4])
	expect(got.payload, b"\xff\x03" + frame, "at the LNS")
	with world.counts("u@far.example", fragment=2, slow_to_pppoe=1, down=1):
		call.send_ppp(frame)
		eventually(lambda: frame in client.ppp.other, 5)
	client.padt()


@test
def full_packet_of_an_lns_both_ways(world):
	call = world.lns_call()
	own = call.ppp.address
	expect(own.startswith("10.110.0."), True, own)
	with world.net.socket(2, 2) as s:
		s.bind((topology.INTERNET, 7777))
		s.settimeout(5)
		up = packet(own, topology.INTERNET, FULL)
		with world.counts("bob@isp.example", fragment=2,
				  slow_to_kernel=1, up=1):
			call.send_ppp(PPP_IP + up)
			expect(s.recv(2000), up[28:], "in the internet")
		s.setsockopt(0, 10, 0) # IP_MTU_DISCOVER: DF is clear
		with world.counts("bob@isp.example", too_big=1,
				  slow_fragmented=1, slow_to_l2tp=2, down=1):
			s.sendto(up[28:], (own, 4444))
			parts = [call.expect_data(lambda d: PPP_IP in
						  d.payload[:4])
				 for _ in range(2)]
	parts = [p.payload[4:] for p in parts]
	parts.sort(key=lambda p: struct.unpack(">H", p[6:8])[0] & 0x1fff)
	expect([checksum(p[:20]) for p in parts], [0, 0], "header checksums")
	expect(max(map(len, parts)) <= FITS, True, "both fit")
	expect(parts[0][28:] + parts[1][20:], up[28:], "put together")
	world.kept = call


@test
def packet_too_big_for_the_tunnel_is_refused_by_the_gateway(world):
	own = world.kept.ppp.address
	with world.counts("bob@isp.example", slow_refused=1, down=0):
		text = world.net.run("ping", "-c1", "-W3", "-M", "do", "-s",
				     FULL - 28, own, check=False)
	expect("From %s " % SECOND in text, True, text)
	expect("Frag needed and DF set (mtu = %d)" % FITS in text, True, text)


@test
def time_exceeded_comes_from_his_own_gateway(world):
	call = world.kept
	call.data.clear()
	with world.counts("bob@isp.example", ttl_expired=1):
		call.send_ppp(PPP_IP + packet(call.ppp.address,
					      topology.INTERNET, 100, ttl=1))
		got = call.expect_data(lambda d: d.payload[13:14] == b"\1")
	expect(".".join(map(str, got.payload[16:20])), SECOND, "source")
	expect(got.payload[24:26], b"\x0b\0", "time exceeded in transit")


@test
def upstream_too_big_for_its_route(world):
	"""What the kernel does: fragments, or ICMP from the gateway."""
	call = world.kept
	own = call.ppp.address
	world.ns.run("ip", "link", "set", "net", "mtu", 1300)
	try:
		call.data.clear()
		with world.counts("bob@isp.example", too_big=1):
			call.send_ppp(PPP_IP + packet(
				own, topology.INTERNET, 1400, flags=0x4000))
			got = call.expect_data(lambda d: d.payload[13:14] ==
					       b"\1")
		expect(".".join(map(str, got.payload[16:20])), SECOND)
		expect(got.payload[24:26], b"\3\4", "fragmentation needed")
		expect(got.payload[30:32], struct.pack(">H", 1300), "MTU")
		with world.net.socket(2, 2) as s:
			s.bind((topology.INTERNET, 7777))
			s.settimeout(5)
			up = packet(own, topology.INTERNET, 1400)
			call.send_ppp(PPP_IP + up)
			expect(s.recv(2000), up[28:], "cut by the kernel")
	finally:
		world.ns.run("ip", "link", "set", "net", "mtu",
			     topology.CORE_MTU)


@test
def full_packet_of_a_switched_call_both_ways(world):
	"""LTS: from a scripted LAC to a scripted LNS."""
	lac = world.endpoint("switch1", 1703).connect(world.LOCAL)
	proxy = [(29, b"\0\3"), (30, b"x@far.example"), (32, b"\0\1"),
		 (33, b"secret")]
	world.calls.clear()
	call = lac.call(proxy=proxy)
	far = eventually(lambda: world.calls[0], 10, "call at the LNS")
	eventually(lambda: world.node.the_call("x@far.example")["state"] ==
		   "up")
	frame = PPP_IP + packet("192.0.2.7", "198.51.100.9", FULL, flags=0x4000)
	for one, other in ((call, far), (far, call)):
		with world.counts("x@far.example", fragment=2,
				  slow_to_l2tp=1):
			one.send_ppp(frame)
			got = other.expect_data(lambda d: PPP_IP in
						d.payload[:4])
		expect(got.payload, b"\xff\x03" + frame)
	lac.stop()
	lac.wait_acked()


# ---- next hops ---------------------------------------------------------------
@test
def first_packets_of_a_next_hop_wait_for_it(world):
	"""The neighbour does not answer ARP for a while."""
	client, call = world.lac()
	call.data.clear()
	frames = [PPP_IP + packet("192.0.2.7", "198.51.100.9", 100 + n)
		  for n in range(10)]
	with unresolved(world):
		with world.counts("u@far.example", next_hop_unresolved=11,
				  slow_to_l2tp=10, slow_control=1, up=10):
			for frame in frames:
				client.send_ppp(frame)
			client.send_ppp(ECHO)
		expect(call.data, [], "before it is resolved")
	eventually(lambda: len(call.data) == 11, 5, "all of them")
	got = [d.payload[2:] for d in call.data]
	expect([f for f in got if f != ECHO], frames, "in order")
	eventually(lambda: "lladdr" in world.ns.run("ip", "neigh", "show",
						    world.PEER), 5)
	client.padt()


# ---- what may not be cut -------------------------------------------------------
@test
def without_fragments(house):
	one = World(house, config(fragment=False))
	client, call = one.lac()
	call.data.clear()
	frame = PPP_IP + packet("192.0.2.7", "198.51.100.9", FULL)
	with one.counts("u@far.example", too_big=1, slow_too_big=1):
		client.send_ppp(frame)
	expect([d for d in call.data if PPP_IP in d.payload[:4]], [])
	fits = PPP_IP + packet("192.0.2.7", "198.51.100.9", FITS)
	client.send_ppp(fits)
	expect(call.expect_data().payload[2:], fits)


# ---- floods ----------------------------------------------------------------
def marked(source, destination, size):
	body = MARK + bytes(8) + bytes(size - 28 - len(MARK) - 8)
	return PPP_IP + udp4(source, destination, 4444, 7777, body, zero=True)


def too_big_frame(client):
	return ethernet(client.ac_mac, client.mac, ETH_SESSION, pppoe(
		0, client.session, marked("192.0.2.7", "198.51.100.9", FULL)))


def options_frame(one, call):
	"""A data message whose outer header has options: the kernel reads
	it, as it does fragments."""
	data = l2tp_data(call.tunnel.peer_id, call.peer, marked(
		call.ppp.address, topology.INTERNET, 200))
	outer = bytearray(udp4(one.PEER, one.LOCAL, PORT,
			       1701, data, zero=True))
	outer[20:20] = b"\1\1\1\1"
	outer[0] += 1
	outer[2:4] = struct.pack(">H", len(outer))
	outer[10:12] = b"\0\0"
	outer[10:12] = struct.pack(">H", checksum(bytes(outer[:24])))
	return ethernet(mac(one.ns.mac("core")), mac(one.peer.mac("c0")),
			0x0800, bytes(outer))


class Flooded:
	"""Control while data floods: new calls, LCP echoes, Hellos."""

	def __init__(self, one, house):
		self.one, self.house = one, house
		self.tunnel = one.endpoint("lac1", 1704).connect(one.LOCAL)

	def echo(self, ppp, send):
		before = len(ppp.frames("in", 0xc021, 10))
		begin = time.monotonic()
		ppp.echo()
		eventually(lambda: len(ppp.frames("in", 0xc021, 10)) > before,
			   2, "echo reply", 0.005)
		return time.monotonic() - begin

	def hello(self):
		begin = time.monotonic()
		self.tunnel.hello()
		self.tunnel.wait_acked(2)
		return time.monotonic() - begin

	def call(self):
		client = PppoeClient(self.one.subs, "a0", "alice@local.example")
		self.house.on_close(client.close)
		client.up(5)
		late = self.echo(client.ppp, client.send_ppp)
		client.padt()
		return late

	def run(self, seconds):
		end, worst = time.monotonic() + seconds, 0
		while time.monotonic() < end:
			worst = max(worst, self.hello(), self.call())
		return worst


@test
def flood_of_data_leaves_control_alone(house):
	settings = config()
	settings["punt-limits"] = {"data": 3000}
	one = World(house, settings)
	client, call = one.lac()
	control = Flooded(one, house)
	quiet = control.run(1)
	before = one.node.reasons()
	flow = Flow(one.subs, "a0", one.peer, "c0", too_big_frame(client),
		    30000)
	house.on_close(flow.kill)
	worst = control.run(4)
	sent = flow.stop()["sent"]
	after = one.node.reasons()
	moved = {n: after[n] - before[n] for n in after}
	print("# %d sent, %d slow, %d above the limit, slowest answer %.0f ms "
	      "(%.0f ms without)" % (sent, moved["too_big"],
				     moved["punt_rate_data"], worst * 1000,
				     quiet * 1000))
	expect(moved["punt_rate_data"] > 1000, True, "policed: %s" % moved)
	expect(moved["too_big"] > 5000, True, "carried: %s" % moved)
	expect(moved["too_big"] < 30000, True, "the limit: %s" % moved)
	expect(one.node.counters()["tunnels_silent"], 0)
	expect(one.node.the_call("u@far.example")["state"], "up")


@test
def flood_through_a_tunnel_leaves_control_alone(house):
	"""Without a limit; of the same peer whose Hellos are answered."""
	settings = config()
	settings["punt-limits"] = {"data": 0, "data-source": 0}
	one = World(house, settings)
	# nobody answers these packets
	one.net.run("nft", "add table ip quiet; add chain ip quiet in { type "
		    "filter hook input priority 0; }; add rule ip quiet in "
		    "udp dport 7777 drop")
	call = one.lns_call()
	control = Flooded(one, house)
	quiet = control.run(1)
	before = one.node.reasons()["ip_options"]
	flow = Flow(one.peer, "c0", one.net, "n0", options_frame(one, call),
		    20000)
	house.on_close(flow.kill)
	worst = control.run(4)
	result = flow.stop()
	punted = one.node.reasons()["ip_options"] - before
	print("# %d sent, %d arrived, slowest answer %.0f ms (%.0f ms without)"
	      % (result["sent"], result["received"], worst * 1000,
		 quiet * 1000))
	expect(punted, result["sent"], "punted")
	expect(one.node.counters()["slow_to_kernel"] > 5000, True, "carried")
	expect(result["received"] > 5000, True, "arrived")
	expect(one.node.counters()["tunnels_silent"], 0)


@test
def flood_of_discovery_and_echoes_is_limited(house):
	settings = config()
	settings["punt-limits"] = {"discovery-client": 50, "ppp-call": 50}
	one = World(house, settings)
	noisy, call = one.lac()
	noisy = PppoeClient(one.subs, "a0", "alice@local.example")
	house.on_close(noisy.close)
	noisy.up()
	for _ in range(500):
		noisy.padi()
		noisy.send_ppp(ECHO)
	after = one.node.reasons()
	expect(after["punt_rate_discovery"] > 300, True, str(after))
	expect(after["punt_rate_ppp"] > 300, True, str(after))
	expect(after["punt_rate_control"], 0)
	text = one.node.daemon.text("show", "reasons")
	expect("punt_rate_ppp" in text, True, text)
	other = PppoeClient(one.subs, "a0", "alice@local.example")
	house.on_close(other.close)
	other.up()


# ---- restarts ------------------------------------------------------------------
def threads(pid):
	return sorted(open("/proc/%d/task/%s/comm" % (pid, task)).read().strip()
		      for task in os.listdir("/proc/%d/task" % pid))


def files(pid):
	return len(os.listdir("/proc/%d/fd" % pid))


@test
def engine_leaves_no_thread_and_no_descriptor(house):
	one = World(house)
	daemon = one.node.daemon
	one.node.events.close()

	def held():
		return {"threads": threads(daemon.engine),
			"files": daemon.descriptors()}

	before = held()
	keeper = files(daemon.keeper)
	expect(before["threads"].count("l2xd-slow"), 1)
	for _ in range(3):
		old = daemon.engine
		os.kill(old, signal.SIGKILL)
		eventually(lambda: daemon.engine not in (None, old) and
			   daemon.answers(), 15)
		eventually(one.node.ports_attached, 15)
		topology.expect_same(held, before, "the engine", 10)
		expect(os.path.exists("/proc/%d" % old), False, "old engine")
	eventually(lambda: files(daemon.keeper) == keeper, 5)
	client, call = one.lac()
	frame = PPP_IP + packet("192.0.2.7", "198.51.100.9", FULL)
	client.send_ppp(frame)
	expect(call.expect_data(lambda d: PPP_IP in d.payload[:4]).payload[2:],
	       frame, "after three engines")


if __name__ == "__main__":
	lab.main()
