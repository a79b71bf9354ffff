#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""Every counter of the control plane has a test that makes it move: those of
refusals are in test_refusals.py, the others are here."""

import glob
import os
import random
import re
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import echo, l2tp_data, u16, u32 # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from ppp import PppClient # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SECRET = "l2tpsecret"
TABLES = ("userspace/switch/counters.h", "userspace/world/slowpath.h")


def names():
	found = []
	for table in TABLES:
		with open(os.path.join(lab.TOP, table)) as f:
			found += re.findall(r"^\t(?:COUNTER|SLOWPATH)\((\w+),",
					    f.read(), re.M)
	return [n.lower() for n in found]


class Moved:
	"""with Moved(node, padr=1): exactly so much, within 5 s."""

	def __init__(self, node, **by):
		self.node, self.by = node, by

	def __enter__(self):
		self.before = self.node.counters()
		return self

	def now(self):
		after = self.node.counters()
		return {n: after[n] - self.before[n] for n in self.by}

	def __exit__(self, kind, *_):
		if kind:
			return
		try:
			eventually(lambda: self.now() == self.by, 5)
		except AssertionError:
			expect(self.now(), self.by, "counters")


@setup
def world(house):
	return topology.Single(house)


def client(world, house, user="alice@local.example", password="alicepw",
	   vlans=()):
	one = PppoeClient(world.subs, "a0", user, password, vlans=vlans)
	house.on_close(one.close)
	return one


def lac(world, house):
	peer = Endpoint(world.peer, world.PEER, name="lac1", secret=SECRET)
	house.on_close(peer.close)
	return peer


@test
def table_and_show_agree_and_every_name_has_a_test(world):
	shown = [c["name"] for c in world.node.daemon.ctl("show", "counters")[
		"counters"]]
	expect(shown, names())
	text = ""
	for path in glob.glob(os.path.join(lab.TOP, "tests/[nu]*/test_*.*")):
		with open(path) as f:
			text += f.read()
	expect([n for n in names() if not re.search(
		r"\b(COUNT_)?%s\b" % n, text, re.I)], [], "counters without a test")


@test
def life_of_a_local_call(world, house):
	with Moved(world.node, padi=1, padr=1, calls_opened=1, calls_up=1,
		   calls_ended=1, padt_received=1):
		one = client(world, house)
		one.discover()
		one.ppp.wait_ip()
		eventually(lambda: world.node.the_call()["state"] == "up")
		one.padt()


@test
def life_of_a_tunnel_of_ours(world, house):
	lns = Endpoint(world.peer, world.PEER, name="lns1", secret=SECRET,
		       serve=True)
	house.on_close(lns.close)
	with Moved(world.node, tunnels_opened=1, tunnels_up=1, tunnels_ended=1,
		   tunnels_accepted=0, calls_opened=1, calls_up=1,
		   calls_ended=1):
		one = client(world, house, "u@far.example")
		one.discover()
		tunnel = lns.wait_tunnel()
		tunnel.wait_call()
		tunnel.stop()
		one.wait_padt()


@test
def life_of_a_tunnel_of_a_peer(world, house):
	with Moved(world.node, tunnels_accepted=1, tunnels_up=1,
		   tunnels_ended=1, tunnels_opened=0):
		tunnel = lac(world, house).connect(world.LOCAL)
		tunnel.stop()
		tunnel.wait_acked()


class LossySocket:
	"""A socket that loses so many of 100 datagrams each way, by its own
	dice."""

	def __init__(self, sock, percent):
		self.sock, self.percent = sock, percent
		self.dice = random.Random(7)

	def __getattr__(self, name):
		return getattr(self.sock, name)

	def lost(self):
		return self.dice.randrange(100) < self.percent

	def sendto(self, datagram, remote):
		if not self.lost():
			self.sock.sendto(datagram, remote)

	def recvfrom(self, size):
		datagram, source = self.sock.recvfrom(size)
		if self.lost():
			raise BlockingIOError
		return datagram, source


@test
def calls_over_a_path_that_loses(world, house):
	"""300 requests at once with 5 % lost each way: the peer drops what is
	out of order, and repeats after a second."""
	peer = lac(world, house)
	tunnel = peer.connect(world.LOCAL)
	tunnel.hello() # behind this the daemon has seen SCCCN
	tunnel.wait_acked()
	peer.sock = LossySocket(peer.sock, 5)
	begin = time.monotonic()
	for number in range(1, 301):
		tunnel.send(l2tp.ICRQ, (l2tp.SESSION_ID, u16(number)),
			    (l2tp.SERIAL, u32(number)))
	tunnel.wait(lambda: len({m.session for m in tunnel.inbox if
				 m.kind == l2tp.ICRP}) == 300, 120, "ICRPs")
	# told, not judged: test_channel_loss has it in virtual time
	print("# 300 ICRPs after %.1f s" % (time.monotonic() - begin))
	row, = world.node.show("tunnels")
	expect(row["counters"]["retransmitted"] > 0, True, row)
	expect("round_trip_ms" in row, True, row)
	peer.sock = peer.sock.sock # all arrives again
	tunnel.stop()
	tunnel.wait_acked(60)


@test
def silent_peer_ends_its_tunnel(world, house):
	peer = lac(world, house)
	tunnel = peer.connect(world.LOCAL)
	call = tunnel.call()
	call.ppp = None
	with Moved(world.node, tunnels_silent=1, tunnels_ended=1):
		tunnel.dead = True # not even acknowledged
		ident = world.node.the_call()["id"]
		world.node.disconnect("call", ident)


@test
def ppp_frames_that_belong_to_nobody(world, house):
	"""The data plane drops them; through a path without XDP (the node's
	own lo) they reach the engine."""
	tunnel = lac(world, house).connect(world.LOCAL)
	call = tunnel.dial()
	with world.ns.socket(2, 2) as s: # AF_INET, SOCK_DGRAM
		far = (world.LOCAL, 1701)
		frame = b"\xff\x03\xc0\x21\x09\x01\x00\x08" + bytes(4)
		with Moved(world.node, frame_unknown=1):
			s.sendto(l2tp_data(0x7777, 1, frame), far)
		with Moved(world.node, frame_wrong_sender=1):
			s.sendto(l2tp_data(tunnel.peer_id, call.peer, frame),
				 far)
		with Moved(world.node, frame_malformed=1):
			s.sendto(bytes.fromhex("4002000712345678"), far)
	with Moved(world.node, frame_malformed=1): # PPP without a protocol
		call.send_raw(l2tp_data(tunnel.peer_id, call.peer,
					b"\xff\x03"))
	tunnel.stop()
	tunnel.wait_acked()


@test
def fragments_of_a_tunnel_are_carried_by_hand(world, house):
	"""The kernel puts the outer packet together, the slow path does the
	rest; of two packets too many one has another's source and one is for
	a group."""
	tunnel = lac(world, house).connect(world.LOCAL)
	call = tunnel.call()
	call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
	call.ppp.wait_ip()
	eventually(lambda: world.node.the_call()["state"] == "up")
	world.peer.run("ip", "link", "set", "c0", "mtu", 1000)
	try:
		with Moved(world.node, slow_to_kernel=1, slow_spoofed=1,
			   slow_martian=1):
			call.ppp.ip(echo(call.ppp.address, topology.INTERNET,
					 size=1200))
			call.ppp.ip(echo("10.109.0.99", topology.INTERNET,
					 size=1200))
			call.ppp.ip(echo(call.ppp.address, "224.0.0.1",
					 size=1200))
	finally:
		world.peer.run("ip", "link", "set", "c0", "mtu",
			       topology.CORE_MTU)
	expect(world.node.reasons()["fragment"] >= 2, True, "fragments")
	expect(world.node.the_call()["packets_up"], 1, "packets up")
	tunnel.stop()
	tunnel.wait_acked()


def hang_up(world, caller):
	caller.padt()
	eventually(lambda: not world.node.calls(caller.ppp.user.decode()))


def forgotten(world, house, vlans=()):
	"""A client that goes on with a session that nobody knows."""
	caller = client(world, house, vlans=vlans)
	caller.up()
	hang_up(world, caller)
	caller.session ^= 0x5555
	return caller


@test
def pppoe_session_that_is_not_there(world, house):
	"""Its sender is told by a PADT, whatever it sends, behind its tags."""
	for vlans in ((), (100,)):
		caller = forgotten(world, house, vlans)
		ping = echo(caller.ppp.address, world.NET)
		with Moved(world.node, padt_no_session=1, slow_padt=0):
			caller.padt_seen = False
			caller.ppp.echo()
			caller.wait_padt()
		with Moved(world.node, padt_no_session=0, slow_padt=1):
			caller.padt_seen = False
			caller.ppp.ip(ping)
			caller.wait_padt()


@test
def pppoe_session_of_another(world, house):
	caller, other = client(world, house), client(world, house, "eve")
	caller.up()
	other.ac_mac, other.session = caller.ac_mac, caller.session
	before = world.node.reasons()["wrong_client"]
	other.ppp.echo()
	other.ppp.ip(echo(caller.ppp.address, world.NET))
	eventually(lambda: world.node.reasons()["wrong_client"] == before + 2)
	expect(other.seen, [], "answers to a stranger")
	hang_up(world, caller)


@test
def flood_of_sessions_that_are_not_there(world, house):
	"""One sender gets its burst of PADTs; others are not kept waiting."""
	flood = 1000
	caller = forgotten(world, house)
	begin = world.node.reasons()
	started = time.monotonic()
	ping = echo(caller.ppp.address, world.NET)
	for _ in range(flood):
		caller.ppp.ip(ping)
	moved = lambda name: world.node.reasons()[name] - begin[name]
	eventually(lambda: moved("pppoe_no_session") +
		   moved("unknown_pppoe") == flood)
	most = 32 + 10 * (time.monotonic() - started) + 4
	expect(32 <= moved("pppoe_no_session") <= most, True,
	       "%d answered, not 32 to %d" % (moved("pppoe_no_session"), most))
	other = client(world, house)
	other.up()
	hang_up(world, other)
	for name in ("punt_rate_discovery", "punt_rate_ppp", "punt_rate_data"):
		expect(moved(name), 0, name)


@test
def datagrams_that_the_kernel_does_not_take(house):
	"""No route to the LNS: each SCCRQ fails."""
	config = topology.Single.config()
	config["tunnels"][0]["peer"] = "203.0.113.9"
	one = topology.Single(house, config)
	sh = one.ns.run
	sh("ip", "route", "add", "unreachable", "203.0.113.9/32")
	caller = client(one, house, "u@far.example")
	caller.discover()
	caller.wait_padt(15)
	count = one.node.counters()
	expect(count["send_failed"] >= 1, True, "send_failed")
	expect((count["tunnels_silent"], count["call_no_tunnel"]), (1, 1))


@test
def session_ids_run_out(house):
	"""65,535 calls in one tunnel: the next one is refused."""
	config = topology.Single.config()
	config["l2tp"].update({"window": 1024, "setup-timeout": 300,
			       "hello": 0})
	one = topology.Single(house, config)
	one.node.events.close() # too many for this listener
	before = topology.footprint(one.node)
	tunnel = lac(one, house).connect(one.LOCAL)
	tunnel.endpoint.plan[l2tp.ICRP] = lambda *_: None
	sent = 0
	while not one.node.counters()["call_no_resources"]:
		for _ in range(500):
			sent += 1
			tunnel.send(l2tp.ICRQ, (l2tp.SESSION_ID, u16(
				sent % 65535 + 1)), (l2tp.SERIAL, u32(sent)))
		tunnel.wait_acked(20)
		tunnel.inbox.clear()
		if sent > 70000:
			raise AssertionError("no refusal after %d" % sent)
	expect(one.node.status()["calls"] > 64000, True, "calls")
	tunnel.stop()
	tunnel.wait_acked()
	topology.expect_footprint(one.node, before, 30)


if __name__ == "__main__":
	lab.main()
