#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 240
"""Configuration keys by what they do on the wire: each test fails when its key
is read and then forgotten."""

import os
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import checksum, decode, echo, ip4, ipv4, u16 # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, test # noqa: E402
from ppp import PppClient # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SECRET, FAR = "l2tpsecret", "x@far.example"
L_BIT = 0x4000
IPCP, NAK, ACK = 0x8021, 3, 2


class World(topology.Single):
	"""A daemon with a changed configuration."""

	def __init__(self, house, change):
		config = topology.Single.config()
		change(config)
		super().__init__(house, config)

	def client(self, user=FAR, password="hidden-pw", **more):
		client = PppoeClient(self.subs, "a0", user, password, **more)
		self.house.on_close(client.close)
		return client

	def far(self, **more):
		"""A client whose call goes to the peer's LNS."""
		client = self.client(**more)
		client.discover()
		client.ppp.start()
		return client

	def endpoint(self, name, **more):
		peer = Endpoint(self.peer, self.PEER, name=name, secret=SECRET,
				**more)
		self.house.on_close(peer.close)
		return peer

	def bob(self):
		"""The scripted LAC's call, with an address of ours."""
		call = self.endpoint("lac1").connect(self.LOCAL).call()
		call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
		call.ppp.start()
		call.ppp.wait_ip()
		return call


@test
def hide_avps_leaves_no_clear_text(house):
	def change(config):
		config["tunnels"][0]["hide-avps"] = True
	world = World(house, change)
	capture = house.capture(world.peer, "c0")
	lns = world.endpoint("lns1", serve=True)
	world.far(auth=("pap",))
	iccn = lns.wait_tunnel().wait_call().iccn
	expect((iccn.get(30), iccn.get(33)), (FAR.encode(), b"hidden-pw"),
	       "read with the secret")
	sent = [decode(raw) for _, raw in capture.stop()]
	messages = [l2tp.parse(f.udp) for f in sent if f.l2tp and
		    f.l2tp.control]
	expect(l2tp.ICCN in [m.kind for m in messages], True, "seen")
	expect(b"hidden-pw" in b"".join(f.raw for f in sent), False,
	       "password in clear")


@test
def length_bit_is_set_by_xdp_and_by_hand(house):
	for on in (True, False):
		def change(config, on=on):
			config["l2tp"]["length-bit"] = on
		inner = lab.Lab("k")
		try:
			check_length_bit(World(inner, change), on)
		finally:
			inner.close()


def check_length_bit(world, on):
	lns = world.endpoint("lns1", serve=True)
	client = world.far()
	call = lns.wait_tunnel().wait_call()
	eventually(lambda: world.node.the_call()["state"] == "up")
	client.ppp.send(b"\0\x21" + echo("10.0.0.1", "10.0.0.2"))
	data = call.expect_data()
	expect(bool(data.flags & L_BIT), on, "forwarded by XDP")
	expect(world.node.reasons()["forwarded"] >= 1, True)
	lns.close()
	first = world.bob().data[0] # LCP of our LNS
	expect(bool(first.flags & L_BIT), on, "sent by hand")


def syn(source, target, mss):
	"""An IPv4 packet with a TCP SYN."""
	head = struct.pack(">HHIIBBHHH", 9, 9, 1, 0, 0x60, 2, 1000, 0, 0)
	head += b"\2\4" + u16(mss)
	fake = ip4(source) + ip4(target) + b"\0\6" + u16(len(head))
	return ipv4(source, target, 6, head[:16] + u16(
		checksum(fake + head)) + head[18:])


@test
def mss_clamp_can_be_switched_off(house):
	for on, want in ((True, 1452), (False, 1460)):
		def change(config, on=on):
			config["mss-clamp"] = on
		inner = lab.Lab("k")
		try:
			check_mss(inner, World(inner, change), want)
		finally:
			inner.close()


def check_mss(house, world, want):
	capture = house.capture(world.net, "n0", "tcp")
	client = world.client("alice@local.example", "alicepw")
	client.up()
	eventually(lambda: world.node.the_call()["state"] == "up")
	client.ppp.ip(syn(client.ppp.address, world.NET, 1460))
	frames = eventually(lambda: [decode(raw) for _, raw in
				     capture.frames()], 5, "the SYN")
	expect([int.from_bytes(f.ip[42:44], "big") for f in frames
		if f.ip_dst == world.NET], [want], "MSS")


@test
def log_level_bounds_what_is_written(house):
	for level, said in (("error", False), ("info", True)):
		def change(config, level=level):
			config["log-level"] = level
		inner = lab.Lab("k")
		try:
			log = World(inner, change).node.daemon.log()
			expect("engine started" in log, said, level)
		finally:
			inner.close()


@test
def full_tunnel_is_followed_by_a_second(house):
	def change(config):
		config["tunnels"][0]["max-sessions"] = 1
	world = World(house, change)
	lns = world.endpoint("lns1", serve=True)
	world.far()
	first = lns.wait_tunnel()
	first.wait_call()
	world.far()
	second = lns.wait_tunnel(number=2)
	second.wait_call()
	expect([len(t.calls) for t in (first, second)], [1, 1], "calls")
	expect(sorted(t["calls"] for t in world.node.show("tunnels")), [1, 1],
	       "show tunnels")


def second_pool(config):
	config["pools"].append({"name": "other", "range": "10.110.0.0/24",
				"gateway": "10.110.0.1",
				"dns": ["192.0.2.53", "192.0.2.54"]})
	config["domains"][1]["pool"] = "other"
	config["destinations"][0]["hosts"][0]["pool"] = "other"


@test
def pool_of_a_host_profile_gives_the_address(house):
	world = World(house, second_pool)
	address = world.bob().ppp.address
	expect(address.startswith("10.110.0."), True, address)
	expect([(p["name"], p["used"]) for p in world.node.status()["pools"]],
	       [("pool", 0), ("other", 1)], "pools")


@test
def dns_servers_of_a_pool_reach_the_client(house):
	world = World(house, second_pool)
	client = world.client("alice@local.example", "alicepw", ask_dns=True)
	client.up()
	want = (b"\x81\6" + ip4("192.0.2.53"), b"\x83\6" + ip4("192.0.2.54"))
	for code, what in ((NAK, "offered"), (ACK, "agreed")):
		last = client.ppp.frames("in", IPCP, code)[-1]
		expect([option in last for option in want], [True, True],
		       what)


if __name__ == "__main__":
	lab.main()
