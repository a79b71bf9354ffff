#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# beside: yes
# limit: 180
"""What the domain map makes of a name, on a LAC and on a tunnel switch; the
next tunnel when one fails; addresses outside of the pools; a core whose MTU is
too small for a full packet in a tunnel."""

import os
import socket
import signal
import struct
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import (ICMP, PPP_IP, checksum, echo, mac_text, # noqa: E402
		    u16)
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from ppp import PppClient, PppServer # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SECRET = "l2tpsecret"
FIRST, SECOND, THIRD, SILENT = ("10.9.0.2", "10.9.0.3", "10.9.0.4",
				"10.9.0.6")
FIXED = "192.0.2.77" # in no pool
IN_POOL = "10.109.0.200"
GATEWAY = "10.109.0.1"
INTERNET = topology.INTERNET
FULL = 1492 # octets of the largest packet in PPPoE


def tunnel(name, peer):
	return {"name": name, "peer": peer, "host-name": "dut",
		"secret": SECRET}


def domain(name, *tunnels, **more):
	entry = {"name": name}
	if tunnels:
		entry.update({"action": "tunnel", "tunnels": list(tunnels)})
	return dict(entry, **more)


def config():
	given = topology.Single.config()
	given["l2tp"]["idle-timeout"] = 2
	given["tunnels"] = [tunnel("lns1", FIRST), tunnel("lns2", SECOND),
			    tunnel("lns3", THIRD), tunnel("silent", SILENT)]
	given["domains"] = [
		domain("far.example", "lns1"),
		domain("backup.example", "silent", "lns2", "lns3"),
		domain("local.example", action="local"),
		domain("other.example", action="local", pool="other"),
		domain("one.example", action="local", pool="one"),
		domain("refused.example", action="refuse"),
		domain("none", "lns2"), domain("default", "lns3")]
	given["users"] += [
		{"name": "carol@local.example", "password": "carolpw",
		 "address": FIXED},
		{"name": "dave@local.example", "password": "davepw",
		 "address": IN_POOL},
		{"name": "erin@Other.EXAMPLE", "password": "erinpw"}]
	given["users"].append({"name": "frank@one.example",
			       "password": "frankpw"})
	given["pools"] += [{"name": "other", "range": "10.110.0.0/28",
			    "gateway": "10.110.0.1"},
			   {"name": "one", "range": "10.111.0.1-10.111.0.2",
			    "gateway": "10.111.0.1"}]
	return given


class World:
	def __init__(self, house, config_=None, mtu=topology.CORE_MTU):
		self.single = topology.Single(house, config_ or config(),
					      start=False)
		for netns, name in ((self.single.ns, "core"),
				    (self.single.peer, "c0")):
			netns.run("ip", "link", "set", name, "mtu", mtu)
		self.single.start()
		self.node = self.single.node
		self.single.net.route(FIXED, "via", "10.9.1.1")
		self.before = topology.footprint(self.node)

	def client(self, house, user, password=None, **more):
		client = PppoeClient(self.single.subs, "a0", user, password or
				     user.split("@")[0] + "pw", **more)
		house.on_close(client.close)
		return client.discover()

	def local(self, house, user, password=None, **more):
		"""A subscriber with an address of ours."""
		client = self.client(house, user, password, **more)
		client.ppp.wait_ip()
		eventually(lambda: self.node.the_call(user)["state"] == "up")
		return client

	def lns(self, house, address=FIRST, kind=Endpoint):
		"""A scripted LNS that speaks PPP with who calls."""
		peer = kind(self.single.peer, address, name="lns",
			    secret=SECRET, serve=True)
		house.on_close(peer.close)

		def begin(call):
			call.ppp = PppServer(call.send_ppp, {
				"u@far.example": "upw"})
			call.ppp.take_over(ident=call.iccn.number(
				l2tp.PROXY_ID))
		peer.on_call = begin
		return peer

	def lac(self, house, name):
		peer = Endpoint(self.single.peer, FIRST, name=name,
				secret=SECRET)
		house.on_close(peer.close)
		return peer.connect(self.single.LOCAL)

	def goes_to(self, house, address, user):
		"""The subscriber's call arrives at the LNS of that address."""
		peer = self.lns(house, address)
		client = self.client(house, user)
		call = peer.wait_tunnel().wait_call()
		expect(call.iccn.get(l2tp.PROXY_NAME), user.encode(),
		       "proxied name")
		client.ppp.wait_ip()
		shown = self.node.the_call(user)
		client.padt()
		call.wait_end()
		self.nothing_left() # the tunnel too: its peer goes away
		peer.close()
		return shown

	def ended(self, begin):
		"""The call that ended since that many events were seen."""
		event = self.node.events.wait("call", after=begin,
					      state="ended")
		return self.node.call(event["call"])

	def nothing_left(self, timeout=15):
		topology.expect_footprint(self.node, self.before, timeout)


class OtherPort(Endpoint):
	"""An LNS that answers, and goes on, from another port (RFC 2661 8.1)."""

	PORT = 5000

	def __init__(self, netns, *args, **more):
		self.other = netns.socket(socket.AF_INET, socket.SOCK_DGRAM)
		self.other.bind((args[0], self.PORT))
		super().__init__(netns, *args, **more)

	def _answer_sccrq(self, tunnel, message):
		self.sock, self.other = self.other, self.sock
		super()._answer_sccrq(tunnel, message)

	def close(self):
		super().close()
		self.other.close()

	def late(self):
		"""What came to 1701 after all."""
		self.other.setblocking(False)
		try:
			return self.other.recv(2048)
		except BlockingIOError:
			return None


@setup
def world(house):
	return World(house)


def proxy(name, password=b"upw"):
	"""AVPs of a subscriber who answered PAP."""
	return l2tp.proxy_avps(b"", b"", b"", 3, name, None, 1, password)


# ---- the domain map ----------------------------------------------------------
@test
def domain_of_a_name_is_what_follows_the_last_at(world, house):
	shown = world.goes_to(house, FIRST, "u@home@FAR.Example")
	expect(shown["domain"], "far.example")


@test
def name_without_domain_follows_none(world, house):
	for user in ("plain", "empty@"):
		expect(world.goes_to(house, SECOND, user)["domain"], "none",
		       user)


@test
def unknown_domain_follows_default(world, house):
	shown = world.goes_to(house, THIRD, "u@unknown.example")
	expect(shown["domain"], "default")


@test
def words_of_the_file_are_no_domains(world, house):
	"""A subscriber does not choose an entry by calling himself so."""
	for user in ("u@none", "u@default"):
		expect(world.goes_to(house, THIRD, user)["domain"], "default",
		       user)


@test
def local_domain_has_a_pool_of_its_own(world, house):
	client = world.local(house, "erin@Other.EXAMPLE")
	expect(client.ppp.address.startswith("10.110.0."), True,
	       client.ppp.address)
	expect(client.ppp.peer_address, "10.110.0.1", "gateway")
	client.padt()
	world.nothing_left()


# ---- the next tunnel ---------------------------------------------------------
@test
def next_tunnel_is_tried_when_one_is_silent_or_refuses_the_call(world, house):
	"""SCCRQ into silence, then CDN in place of ICRP, then it works.  The next
	subscriber does not wait for the silent one."""
	refusing = world.lns(house, SECOND)
	refusing.plan[l2tp.ICRQ] = "refuse"
	good = world.lns(house, THIRD)
	begin = world.node.counters()
	client = world.client(house, "u@backup.example")
	call = good.wait_tunnel(15).wait_call()
	client.ppp.wait_ip()
	expect(len(refusing.wait_tunnel().calls), 0, "calls there")
	moved = world.node.counters()
	for name, by in (("tunnels_silent", 1), ("tunnels_opened", 3),
			 ("calls_opened", 1), ("call_no_tunnel", 0)):
		expect(moved[name] - begin[name], by, name)
	shown = {d["peer"]: d for d in world.node.show("destinations")}
	expect(shown[SECOND]["failed_calls"], 1, "of the refusing LNS")
	expect([shown[peer]["state"] for peer in (SILENT, SECOND, THIRD)],
	       ["held", "good", "good"])
	expect(shown[SILENT]["failure"], "no answer to SCCRQ")
	expect(world.node.status()["failing_destinations"], 1)
	expect(world.node.the_call()["state"], "up")
	second = world.client(house, "u@backup.example")
	later = good.wait_tunnel().wait_call(number=2)
	second.ppp.wait_ip()
	expect(world.node.counters()["tunnels_opened"] -
	       begin["tunnels_opened"], 3)
	for up, ended in ((client, call), (second, later)):
		up.padt()
		ended.wait_end()
	world.nothing_left()


@test
def next_tunnel_is_tried_when_one_refuses_the_tunnel(world, house):
	refusing = world.lns(house, SECOND)
	refusing.plan[l2tp.SCCRQ] = "refuse"
	good = world.lns(house, THIRD)
	client = world.client(house, "u@backup.example")
	call = good.wait_tunnel(15).wait_call()
	client.ppp.wait_ip()
	client.padt()
	call.wait_end()
	world.nothing_left()


@test
def no_tunnel_that_works_is_told_to_the_client(world, house):
	refusing = world.lns(house, SECOND)
	refusing.plan[l2tp.ICRQ] = "refuse"
	other = world.lns(house, THIRD)
	other.plan[l2tp.SCCRQ] = "refuse"
	begin = len(world.node.events.seen)
	client = world.client(house, "u@backup.example")
	client.wait_padt(15)
	expect(client.ppp.auth_ok, False, "authentication")
	expect(client.ppp.ended, True, "Terminate-Request")
	call = world.ended(begin)
	expect((call["user"], call["cause"]),
	       ("u@backup.example", "no-tunnel"))
	world.nothing_left()


@test
def data_goes_to_the_port_that_the_lns_answers_from(world, house):
	"""From the first message on: nothing comes to the old port."""
	peer = world.lns(house, kind=OtherPort)
	client = world.client(house, "u@far.example")
	call = peer.wait_tunnel().wait_call()
	client.ppp.wait_ip()
	expect(peer.late(), None, "to 1701")
	expect(world.node.show("tunnels")[0]["peer_port"], OtherPort.PORT)
	client.padt()
	call.wait_end()
	world.nothing_left()


# ---- the tunnel switch -------------------------------------------------------
@test
def switch_follows_the_proxied_name(world, house):
	peer = world.lns(house, SECOND)
	first = world.lac(house, "switch1")
	first.call(proxy=proxy(b"no.domain"))
	call = peer.wait_tunnel().wait_call()
	expect(call.iccn.get(l2tp.PROXY_NAME), b"no.domain")
	expect(world.node.the_call()["role"], "lts")
	first.stop()
	first.wait_acked()
	expect(call.wait_end().result()[0] in (1, 2), True,
	       "CDN of a tunnel that ended")
	world.nothing_left()


@test
def switch_tries_the_next_tunnel(world, house):
	refusing = world.lns(house, SECOND)
	refusing.plan[l2tp.ICRQ] = "refuse"
	peer = world.lns(house, THIRD)
	first = world.lac(house, "switch1")
	origin = first.call(proxy=proxy(b"u@backup.example"))
	call = peer.wait_tunnel(15).wait_call()
	expect(origin.ended, None, "the first leg")
	call.clear(3)
	expect(origin.wait_end().result()[0], 3, "CDN passed on")
	first.stop()
	first.wait_acked()
	world.nothing_left()


@test
def switch_without_a_tunnel_that_works_sends_cdn(world, house):
	for address in (SECOND, THIRD):
		world.lns(house, address).plan[l2tp.SCCRQ] = "refuse"
	first = world.lac(house, "switch1")
	call = first.call(proxy=proxy(b"u@backup.example"))
	expect(call.wait_end(15).result()[0], 4, "CDN result")
	expect(first.ended, None, "the tunnel of the LAC")
	first.stop()
	first.wait_acked()
	world.nothing_left()


@test
def switch_refuses_what_the_map_refuses(world, house):
	begin = len(world.node.events.seen)
	first = world.lac(house, "switch1")
	call = first.call(proxy=proxy(b"u@refused.example"))
	expect(call.wait_end().result()[0], 4, "CDN result")
	first.stop()
	first.wait_acked()
	expect(world.ended(begin)["cause"], "refused")
	world.nothing_left()


@test
def switch_terminates_a_local_domain(world, house):
	"""The same profile is LNS for names that the map calls local."""
	first = world.lac(house, "switch1")
	call = first.call()
	call.ppp = PppClient(call.send_ppp, "alice@local.example", "alicepw")
	call.ppp.wait_ip()
	shown = world.node.the_call("alice@local.example")
	expect((shown["role"], shown["domain"]), ("lns", "local.example"))
	second = first.call(proxy=l2tp.proxy_avps(
		b"", u16(0x0304) + b"\xc0\x23", b"", 3, b"dave@local.example",
		None, 9, b"davepw"))
	second.ppp = PppClient(second.send_ppp, "dave@local.example",
			       "davepw")
	eventually(lambda: world.node.calls("dave@local.example"))
	second.ppp.wait(lambda p: p.frames("in", 0x8021) or
			p.frames("in", 0xc021), 5, "PPP of the switch")
	expect(world.node.the_call("dave@local.example")["role"], "lns")
	first.stop()
	first.wait_acked()
	world.nothing_left()


# ---- addresses ---------------------------------------------------------------
def pings(netns, address, *more):
	"""A ping of ours that a scripted subscriber is to answer."""
	return netns.popen("ping", "-n", "-c1", "-W5", *more, address,
			   stdout=-1, stderr=-1, text=True)


def whole(ppp, packet):
	"""The packet, with its other fragment if it is the first of two."""
	if not packet[6] & 0x20:
		return packet
	for frame in list(ppp.other):
		rest = frame[2:]
		if rest[4:6] == packet[4:6] and rest[6:8] != packet[6:8]:
			expect((len(packet) - 20) // 8,
			       (rest[6] & 31) << 8 | rest[7], "offset")
			ppp.other.remove(frame)
			return packet + rest[20:]
	raise LookupError("the other fragment")


def icmp(ppp, kind, timeout=5):
	"""Takes the next ICMP packet of a type from what a PPP end got."""
	def find():
		for frame in list(ppp.other):
			packet = frame[2:]
			if frame[:2] == u16(PPP_IP) and packet[9] == ICMP and (
					packet[20] == kind):
				packet = whole(ppp, packet)
				ppp.other.remove(frame)
				return packet
		return None
	return eventually(find, timeout, "ICMP %d" % kind)


def answer(ppp, timeout=5):
	"""Answers the echo request that came; returns its octets."""
	packet = icmp(ppp, 8, timeout)
	source, target = (".".join(map(str, packet[a:a + 4]))
			  for a in (12, 16))
	ident, seq = struct.unpack_from(">HH", packet, 24)
	reply = echo(target, source, ident, seq, 0, reply=True)
	body = bytearray(reply[20:] + packet[28:])
	body[2:4] = b"\0\0"
	body[2:4] = u16(checksum(bytes(body)))
	head = bytearray(reply[:20])
	head[2:4] = u16(20 + len(body))
	head[10:12] = b"\0\0"
	head[10:12] = u16(checksum(bytes(head)))
	ppp.ip(bytes(head + body))
	return packet


def reaches_and_is_reached(world, ppp, own, size=56):
	"""Both ways between a subscriber and the internet."""
	ppp.ip(echo(own, INTERNET, 5, 1, size))
	reply = icmp(ppp, 0)
	expect(len(reply), 28 + size, "octets of the answer")
	process = pings(world.single.net, own, "-s", str(size), "-M", "dont",
			"-I", INTERNET)
	answer(ppp)
	said = process.communicate(timeout=15)[0]
	expect(" 1 received" in said, True, said)


@test
def address_outside_of_the_pools_works_both_ways(world, house):
	client = world.local(house, "carol@local.example")
	expect(client.ppp.address, FIXED)
	forwarded = world.node.reasons()["forwarded"]
	slow = world.node.counters()["slow_to_pppoe"]
	reaches_and_is_reached(world, client.ppp, FIXED)
	expect(world.node.reasons()["forwarded"] - forwarded, 4, "by XDP")
	expect(world.node.counters()["slow_to_pppoe"], slow, "by hand")
	route = world.single.ns.run("ip", "-4", "route", "show", FIXED)
	expect(" dev " in route, True, "host route: " + route)
	# what the kernel here says itself goes there as well
	process = pings(world.single.ns, FIXED, "-I", GATEWAY)
	answer(client.ppp)
	expect(process.wait(10), 0, "ping from the daemon's own kernel")
	# it goes where she dials next, and the route with it
	second = world.local(house, "carol@local.example")
	expect(second.ppp.address, FIXED, "dialled again")
	client.wait_padt()
	reaches_and_is_reached(world, second.ppp, FIXED)
	second.padt()
	world.nothing_left()
	expect(world.single.ns.run("ip", "-4", "route", "show", FIXED), "",
	       "route when the call is gone")


@test
def fixed_address_in_the_pool_is_his_alone(world, house):
	client = world.local(house, "dave@local.example")
	expect(client.ppp.address, IN_POOL)
	reaches_and_is_reached(world, client.ppp, IN_POOL)
	client.padt()
	world.nothing_left()


def kill_engine(world):
	daemon = world.node.daemon
	old = daemon.engine
	os.kill(old, signal.SIGKILL)
	eventually(lambda: daemon.engine not in (None, old) and
		   daemon.answers(), 10, "the next engine")
	world.node.listen()
	eventually(world.node.ports_attached, 10, "ports")


@test
def client_that_dials_again_gets_the_address_of_its_stale_call(world, house):
	"""An address outside of the pools and one from a pool: a client on the
	same line gets it again, and a user with a fixed address on any line."""
	users = ("carol@local.example", "alice@local.example")
	clients = [world.local(house, user) for user in users]
	macs = [mac_text(client.mac) for client in clients]
	for client in clients:
		client.close() # no Terminate-Request, no PADT
	kill_engine(world)
	expect(world.node.status()["stale"]["legs"], 4)
	for user, old, mac in zip(users, clients, (None, macs[1])):
		client = world.local(house, user, own_mac=mac)
		expect(client.ppp.address, old.ppp.address, user)
		reaches_and_is_reached(world, client.ppp, old.ppp.address)
		client.padt()
	expect(world.node.status()["stale"]["legs"], 0)
	expect(world.node.counters()["padt_stale_sent"], 2)
	world.nothing_left()


@test
def pool_as_large_as_its_subscribers_serves_them_again(world, house):
	"""Over L2TP, where nothing but the name says who it is."""
	lac = world.lac(house, "switch1")
	addresses = set()
	for time in range(2):
		call = lac.call()
		call.ppp = PppClient(call.send_ppp, "frank@one.example",
				     "frankpw")
		call.ppp.wait_ip()
		addresses.add(call.ppp.address)
		# as if it were gone: it hears nothing and says nothing
		call.ppp.input = lambda frame: None
		world.node.events.wait("call", state="up", user="frank@one.example")
	expect(len(addresses), 1, addresses)
	ended = world.node.events.wait("call", state="ended", why="echo-timeout")
	expect(world.node.call(ended["call"])["cause"], "echo-timeout")
	lac.stop()
	lac.wait_acked()
	world.nothing_left()


@test
def small_mru_is_told_to_senders_or_fragmented_for(world, house):
	client = world.local(house, "alice@local.example", mru=600)
	own, net = client.ppp.address, world.single.net
	expect(world.node.the_call()["peer_mru"], 600)
	reaches_and_is_reached(world, client.ppp, own, 572)
	before = world.node.reasons()["too_big"]
	said = net.run("ping", "-n", "-c1", "-W3", "-M", "do", "-s", "900",
		       own, check=False)
	expect("Frag needed and DF set (mtu = 600)" in said, True, said)
	process = pings(net, own, "-M", "dont", "-s", "900")
	parts = eventually(lambda: len(client.ppp.other) > 1 and list(
		client.ppp.other), 5, "fragments")
	process.kill()
	process.communicate()
	sizes = sorted(int.from_bytes(p[4:6], "big") for p in parts)
	expect(sum(s - 20 for s in sizes), 908, "octets of the fragments")
	expect(sizes[-1] <= 600, True, sizes)
	expect(world.node.reasons()["too_big"] > before, True, "too_big")
	client.padt()
	world.nothing_left()


# ---- a core of 1500 octets -----------------------------------------------
def moved(node, before, *names):
	after = node.reasons()
	return {n for n in names if after[n] > before[n]}


@test
def full_packet_of_a_lac_crosses_a_core_of_1500(house):
	narrow = World(house, mtu=1500)
	peer = narrow.lns(house)
	client = narrow.client(house, "u@far.example")
	call = peer.wait_tunnel().wait_call()
	client.ppp.wait_ip()
	before = narrow.node.reasons()
	packet = echo(client.ppp.address, INTERNET, 1, 1, FULL - 28)
	client.ppp.ip(packet)
	got = call.expect_data(lambda d: d.payload.endswith(packet))
	expect(len(got.payload), FULL + 4, "octets with FF 03 and protocol")
	call.ppp.ip(packet[:12] + packet[16:20] + packet[12:16] + packet[20:])
	eventually(lambda: any(len(f) == FULL + 2 for f in client.ppp.other))
	eventually(lambda: moved(narrow.node, before, "too_big", "fragment") ==
		   {"too_big", "fragment"}, 5, "reasons")
	leg = narrow.node.the_call()
	expect((leg["packets_up"], leg["packets_down"]), (1, 1),
	       "counted on the legs")
	client.padt()
	narrow.nothing_left()


@test
def full_packet_of_an_lns_crosses_a_core_of_1500(house):
	narrow = World(house, mtu=1500)
	first = narrow.lac(house, "lac1")
	call = first.call()
	call.ppp = PppClient(call.send_ppp, "alice@local.example", "alicepw")
	call.ppp.wait_ip()
	eventually(lambda: narrow.node.the_call()["state"] == "up")
	before = narrow.node.reasons()
	reaches_and_is_reached(narrow, call.ppp, call.ppp.address, FULL - 28)
	eventually(lambda: moved(narrow.node, before, "too_big", "fragment") ==
		   {"too_big", "fragment"}, 5, "reasons")
	first.stop()
	first.wait_acked()
	narrow.nothing_left()


@test
def full_packet_of_a_switch_crosses_cores_of_1500(house):
	narrow = World(house, mtu=1500)
	peer = narrow.lns(house, SECOND)
	peer.on_call = None
	first = narrow.lac(house, "switch1")
	origin = first.call(proxy=proxy(b"plain"))
	call = peer.wait_tunnel().wait_call()
	eventually(lambda: narrow.node.the_call()["state"] == "up")
	before = narrow.node.reasons()
	packet = u16(PPP_IP) + echo("10.0.0.1", INTERNET, 1, 1, FULL - 28)
	for end, other in ((origin, call), (call, origin)):
		end.send_ppp(packet)
		got = other.expect_data(lambda d: len(d.payload) > 100)
		expect(got.payload, b"\xff\x03" + packet, "what came out")
	eventually(lambda: moved(narrow.node, before, "fragment") ==
		   {"fragment"}, 5, "reasons")
	first.stop()
	first.wait_acked()
	narrow.nothing_left()


if __name__ == "__main__":
	lab.main()
