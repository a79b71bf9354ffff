#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# beside: yes
# limit: 180
"""Refusals: each with an answer of its own (or none), a counter of its own,
and nothing left behind: no tunnel id, no call, no map entry."""

import os
import random
import socket
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import (BROADCAST, CHAP, ETH_IP, PAP, echo, ethernet, # noqa: E402
		    u16, u32, udp4)
from l2tp import Avp # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import expect, setup, test # noqa: E402
from ppp import PppClient, chap_md5 # noqa: E402
from pppoe_peer import (PADI, PADR, SERVICE_ERROR, PppoeClient, # noqa: E402
			raw_socket)

SECRET = "l2tpsecret"


class World(topology.Single):
	def __init__(self, house):
		super().__init__(house)
		self.before = topology.footprint(self.node)

	def lac(self, house, address=None, name="lac1", secret=SECRET):
		peer = Endpoint(self.peer, address or self.PEER, name=name,
				secret=secret)
		house.on_close(peer.close)
		return peer

	def lns(self, house, secret=SECRET, name="lns1"):
		peer = Endpoint(self.peer, self.PEER, name=name, secret=secret,
				serve=True)
		house.on_close(peer.close)
		return peer

	def client(self, house, user, password="alicepw", **more):
		client = PppoeClient(self.subs, "a0", user, password, **more)
		house.on_close(client.close)
		return client

	def counted(self, **moved):
		"""Context: these counters move by so much, and nothing is left
		of what happened."""
		return Counted(self.node, self.before, moved)


class Counted:
	def __init__(self, node, before, moved):
		self.node, self.before, self.moved = node, before, moved

	def __enter__(self):
		self.counters = self.node.counters()
		self.seen = len(self.node.events.seen)
		return self

	def __exit__(self, kind, *_):
		if kind:
			return
		self.expect_counters()
		topology.expect_footprint(self.node, self.before)

	def expect_counters(self):
		for name, by in self.moved.items():
			lab.eventually(lambda n=name, b=by: self.node.counters()[
				n] - self.counters[n] == b, 5,
				"counter %s moves by %d, not %d" % (
					name, by, self.node.counters()[name] -
					self.counters[name]))

	def expect_refusal(self, reason, address):
		"""The one event that tells of it, and no step of a tunnel that
		came up."""
		told = lab.eventually(lambda: self.node.events.all(
			"tunnel-refused", self.seen), 5, "tunnel-refused")
		expect([(e["reason"], e["peer"]) for e in told],
		       [(reason, address)], "tunnel-refused")
		steps = [e["step"] for e in self.node.events.all(
			"step", self.seen, role="lns")]
		expect([s for s in steps if s > 1], [], "steps of the LNS")


@setup
def world(house):
	return World(house)


def refused(peer, world, address=None):
	"""SCCRQ; the StopCCN that answers it."""
	tunnel = peer.request(address or world.LOCAL)
	return tunnel.wait_end(5)


# ---- tunnels -----------------------------------------------------------------
@test
def unknown_source_address(world, house):
	peer = world.lac(house, "10.9.0.3")
	with world.counted(sccrq_unknown_source=1) as count:
		tunnel = peer.request(world.LOCAL)
		tunnel.unacked.clear() # asked once
		time.sleep(0.5)
		expect((tunnel.inbox, peer.stray), ([], []), "answers")
		peer.close()
		told = world.node.events.all("tunnel-refused", count.seen)
		expect({(e["reason"], e["peer"]) for e in told},
		       {("sccrq_unknown_source", "10.9.0.3")})


@test
def known_address_with_unknown_host_name(world, house):
	with world.counted(sccrq_unknown_host=1, tunnels_accepted=0) as count:
		end = refused(world.lac(house, name="stranger"), world)
		count.expect_refusal("sccrq_unknown_host", world.PEER)
	expect(end.result()[0], 4, "StopCCN result")


@test
def right_name_with_wrong_secret(world, house):
	peer = world.lac(house, secret="wrong")
	with world.counted(tunnel_bad_secret=1, tunnel_no_response=0) as count:
		tunnel = peer.request(world.LOCAL)
		answer = tunnel.expect(l2tp.SCCRP)
		tunnel.send(l2tp.SCCCN, (l2tp.RESPONSE, l2tp.response(
			l2tp.SCCCN, b"wrong", answer.get(l2tp.CHALLENGE))))
		expect(tunnel.wait_end().result()[0], 4, "StopCCN result")
		count.expect_refusal("tunnel_bad_secret", world.PEER)


@test
def response_is_missing(world, house):
	peer = world.lac(house)
	with world.counted(tunnel_no_response=1, tunnel_bad_secret=0) as count:
		tunnel = peer.request(world.LOCAL)
		tunnel.expect(l2tp.SCCRP)
		tunnel.send(l2tp.SCCCN)
		expect(tunnel.wait_end().result()[0], 4, "StopCCN result")
		count.expect_refusal("tunnel_no_response", world.PEER)


@test
def right_secret_is_the_second_and_third_step(world, house):
	with world.counted():
		seen = len(world.node.events.seen)
		tunnel = world.lac(house).connect(world.LOCAL)
		world.node.events.wait("step", after=seen, role="lns", step=3)
		expect([(e["event"], e.get("step"), e.get("type"))
			for e in world.node.events.seen[seen:] if
			e["event"] in ("step", "message", "tunnel-up") and
			e.get("way") != "sent"],
		       [("step", 1, None), ("message", None, "SCCRQ"),
			("message", None, "SCCCN"), ("step", 2, None),
			("tunnel-up", None, None), ("step", 3, None)], "events")
		tunnel.stop()
		tunnel.wait_acked()


@test
def wrong_secret_seen_from_the_lac_side(world, house):
	lns = world.lns(house, secret="wrong")
	with world.counted(tunnel_peer_secret=1, tunnel_bad_secret=0,
			   call_no_tunnel=1) as count:
		client = world.client(house, "u@far.example")
		client.discover()
		client.wait_padt(15)
		stop = next(iter(lns.tunnels.values())).wait_end()
		expect(stop.result()[0], 4, "StopCCN result")
		count.expect_refusal("tunnel_peer_secret", world.PEER)
		expect([e["step"] for e in world.node.events.all(
			"step", count.seen, role="lac")], [1, 2, 3], "steps")
	expect(client.ppp.auth_ok, False, "the client was told")


@test
def lns_does_not_accept_our_secret(world, house):
	lns = world.lns(house)
	lns.plan[l2tp.SCCCN] = "refuse" # StopCCN 4
	with world.counted(tunnel_refused=1, call_no_tunnel=1) as count:
		client = world.client(house, "u@far.example")
		client.discover()
		client.wait_padt(15)
		count.expect_refusal("tunnel_refused", world.PEER)


@test
def lns_has_another_name(house):
	config = topology.Single.config()
	config["tunnels"][0]["peer-host-name"] = "lns1"
	one = topology.Single(house, config)
	lns = Endpoint(one.peer, one.PEER, name="lns9", secret=SECRET,
		       serve=True)
	house.on_close(lns.close)
	client = PppoeClient(one.subs, "a0", "u@far.example")
	house.on_close(client.close)
	client.discover()
	client.wait_padt(15)
	stop = next(iter(lns.tunnels.values())).wait_end()
	expect(stop.result()[0], 4, "StopCCN result")
	expect(one.node.counters()["tunnel_peer_name"], 1)
	expect([e["reason"] for e in one.node.events.all("tunnel-refused")],
	       ["tunnel_peer_name"])
	# the right one is taken
	lns.close()
	lns = Endpoint(one.peer, one.PEER, name="lns1", secret=SECRET,
		       serve=True)
	house.on_close(lns.close)
	client = PppoeClient(one.subs, "a0", "u@far.example")
	house.on_close(client.close)
	client.discover()
	lns.wait_tunnel().wait_call()


@test
def sccrq_without_host_name_and_with_wrong_avps(world, house):
	peer = world.lac(house)
	with world.counted(sccrq_refused=2):
		tunnel = peer.request(world.LOCAL, items=[
			(l2tp.VERSION, b"\1\0"), (l2tp.FRAMING, u32(3)),
			(l2tp.HOST_NAME, b"lac1"), (l2tp.TUNNEL_ID, u16(77)),
			(l2tp.WINDOW, u16(0))])
		tunnel.own = 77
		peer.tunnels[77] = tunnel
		expect(tunnel.wait_end().result()[:2], (2, 3), "window 0")
		tunnel = peer.request(world.LOCAL, items=l2tp.sccrq(
			b"lac1", 78) + [Avp(7, b"x", True, vendor=9)])
		peer.tunnels[78] = tunnel
		expect(tunnel.wait_end().result()[:2], (2, 8),
		       "unknown mandatory AVP")


@test
def sccrq_that_lacks_something_or_says_it_wrong(world, house):
	good = dict(l2tp.sccrq(b"lac1", 99))
	cases = [("no Protocol Version", good, l2tp.VERSION, None,
		  (2, 6)),
		 ("no Framing Capabilities", good, l2tp.FRAMING, None, (2, 6)),
		 ("no Host Name", good, l2tp.HOST_NAME, None, (2, 6)),
		 ("version 0200", good, l2tp.VERSION, b"\2\0", (5, 0x0100)),
		 ("Framing of 2 octets", good, l2tp.FRAMING, b"\0\3", (2, 2)),
		 ("Host Name of none", good, l2tp.HOST_NAME, b"", (2, 2))]
	for at, (what, avps, kind, value, want) in enumerate(cases):
		items = dict(avps)
		items.pop(kind)
		if value is not None:
			items[kind] = value
		items[l2tp.TUNNEL_ID] = u16(100 + at)
		peer = world.lac(house)
		with world.counted(sccrq_refused=1, tunnels_accepted=0):
			tunnel = peer.new_tunnel((world.LOCAL, 1701))
			del peer.tunnels[tunnel.own]
			tunnel.own = 100 + at
			peer.tunnels[tunnel.own] = tunnel
			tunnel.send(l2tp.SCCRQ, *items.items())
			expect(tunnel.wait_end().result()[:2], want, what)
		peer.close()
	with world.counted(sccrq_malformed=1):
		peer = world.lac(house)
		items = dict(good)
		items.pop(l2tp.TUNNEL_ID) # nowhere to answer to
		peer.request(world.LOCAL,
			     items=list(items.items())).unacked.clear()
		time.sleep(0.3)
		expect(peer.stray, [], "answers")
		peer.close()


@test
def control_message_from_another_port(world, house):
	tunnel = world.lac(house).connect(world.LOCAL)
	tunnel.hello() # behind this the daemon has seen SCCCN
	tunnel.wait_acked()
	begin = world.node.counters()
	with world.peer.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
		other.bind((world.PEER, 1999))
		other.sendto(l2tp.control(
			tunnel.peer_id, 0, tunnel.ns, tunnel.nr,
			l2tp.message(l2tp.STOPCCN, (l2tp.TUNNEL_ID, u16(1)),
				     (l2tp.RESULT, u16(1)))),
			(world.LOCAL, 1701))
		lab.eventually(lambda: count_of(
			world.node, ("control_wrong_peer",), begin) == 1)
	expect([t["state"] for t in world.node.show("tunnels")],
	       ["established"])
	with world.counted():
		tunnel.stop()
		tunnel.wait_acked()


@test
def malformed_control_messages(world, house):
	peer = world.lac(house)
	far = (world.LOCAL, 1701)
	with world.counted(sccrq_malformed=1, control_malformed=1,
			   control_unknown_tunnel=1):
		# HELLO on tunnel 0; a datagram without ids; an unknown tunnel
		peer.sock.sendto(l2tp.control(0, 0, 0, 0, l2tp.message(
			l2tp.HELLO)), far)
		# past XDP, which drops what is too short for ids
		with world.ns.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
			s.sendto(bytes.fromhex("c80200"), far)
		peer.sock.sendto(l2tp.control(0xdead, 0, 4, 2, l2tp.message(
			l2tp.HELLO)), far)
		time.sleep(0.3)
	expect(peer.stray, [], "answers")


@test
def control_message_from_another_address(world, house):
	peer = world.lac(house)
	other = world.lac(house, "10.9.0.3")
	tunnel = peer.connect(world.LOCAL)
	with world.counted():
		begin = world.node.counters()["control_wrong_peer"]
		other.sock.sendto(l2tp.control(
			tunnel.peer_id, 0, tunnel.ns, tunnel.nr,
			l2tp.message(l2tp.STOPCCN, (l2tp.TUNNEL_ID, u16(1)),
				     (l2tp.RESULT, u16(1)))), (world.LOCAL, 1701))
		lab.eventually(lambda: world.node.counters()[
			"control_wrong_peer"] == begin + 1)
		expect(world.node.status()["tunnels"], 1, "tunnels")
		tunnel.stop()
		tunnel.wait_acked()


@test
def no_lns_at_all_when_no_destination_is_configured(house):
	config = topology.Single.config()
	del config["destinations"]
	one = topology.Single(house, config)
	before = topology.footprint(one.node)
	peer = Endpoint(one.peer, one.PEER, name="lac1", secret=SECRET)
	house.on_close(peer.close)
	tunnel = peer.request(one.LOCAL)
	lab.eventually(lambda: one.node.counters()["sccrq_no_lns"] >= 1)
	peer.close()
	expect(tunnel.inbox, [], "answers")
	topology.expect_footprint(one.node, before)


@test
def flood_of_sccrqs_is_bounded(world, house):
	"""More half-open tunnels than anybody needs, from one source."""
	peer = world.lac(house)
	counters = world.node.counters()

	def judged():
		now = world.node.counters()
		return sum(now.get(n, 0) - counters.get(n, 0) for n in (
			"sccrq_rate", "sccrq_no_resources", "tunnels_accepted"))

	for ident in range(1, 3001):
		peer.sock.sendto(l2tp.control(0, 0, 0, 0, l2tp.message(
			l2tp.SCCRQ, *l2tp.sccrq(b"lac1", ident))),
			(world.LOCAL, 1701))
		if ident % 500 == 0: # a socket holds more of them
			lab.eventually(lambda n=ident: judged() == n, 10,
				       "judged", 0.02)
	expect(world.node.status()["tunnels"] <= 1000, True, "half open")
	peer.close()
	topology.expect_footprint(world.node, world.before, 30)


def sccrq_frames(world, number):
	"""As many SCCRQs, each from another address and port."""
	source, target = world.peer.mac("c0"), world.ns.mac("core")
	rng = random.Random(2661)
	for _ in range(number):
		body = l2tp.control(0, 0, 0, 0, l2tp.message(
			l2tp.SCCRQ, *l2tp.sccrq(b"lac1", rng.randrange(
				1, 65536), challenge=b"c" * 16)))
		yield ethernet(target, source, ETH_IP, udp4(
			"10.%d.%d.%d" % (rng.randrange(16, 64),
					 rng.randrange(256),
					 rng.randrange(1, 255)),
			world.LOCAL, rng.randrange(1024, 65536), 1701, body))


def flood(world, number):
	"""Puts the frames on the wire within about a second."""
	frames = list(sccrq_frames(world, number))
	with raw_socket(world.peer, "c0") as s:
		for frame in frames:
			s.send(frame)


def count_of(node, names, begin):
	now = node.counters()
	return sum(now[n] - begin[n] for n in names)


@test
def flood_of_unknown_sources_leaves_nothing(world):
	begin, rss = world.node.counters(), world.node.daemon.rss()
	flood(world, 10000)
	# what the socket could not hold is lost, like on any other way
	lab.eventually(lambda: count_of(
		world.node, ("sccrq_unknown_source",), begin) >= 1000)
	expect(world.node.status()["destinations"], 0, "destinations")
	expect(world.node.daemon.rss() - rss < 2048, True, "KiB taken")
	topology.expect_footprint(world.node, world.before)


@test
def flood_of_spoofed_sources_leaves_an_existing_tunnel_alone(house):
	"""Anybody may begin a tunnel here: what a forged SCCRQ costs must be
	bounded, and end by itself."""
	config = topology.Single.config()
	config["destinations"][0].pop("peer")
	one = topology.Single(house, config)
	peer = Endpoint(one.peer, one.PEER, name="lac1", secret=SECRET)
	house.on_close(peer.close)
	tunnel = peer.connect(one.LOCAL)
	call = tunnel.call()
	call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
	call.ppp.wait_ip()
	before, begin = topology.footprint(one.node), one.node.counters()
	rss = one.node.daemon.rss()
	flood(one, 10000)
	tunnel.hello()
	second = tunnel.call()
	second.clear(3)
	tunnel.wait_acked()
	lab.eventually(lambda: count_of(one.node, (
		"tunnels_accepted", "sccrq_no_resources"), begin) >= 1000)
	expect(one.node.status()["tunnels"] <= 1001, True, "tunnels")
	grown = one.node.daemon.rss() - rss
	# a thousand half-open tunnels, 16 KiB each at the most
	expect(grown < 16384 or "asan" in one.node.daemon.program, True,
	       "%d KiB taken" % grown)
	call.ppp.ip(echo(call.ppp.address, topology.INTERNET))
	lab.eventually(lambda: call.ppp.other, 5, "answer to a ping")
	expect(tunnel.ended, None, "the existing tunnel")
	topology.expect_footprint(one.node, before, 30)


# ---- calls ----------------------------------------------------------------
@test
def wrong_user_password(world, house):
	for auth in ("chap", "pap"):
		with world.counted(auth_failed=1, calls_ended=1):
			client = world.client(house, "alice@local.example",
					      "wrong", auth=(auth,))
			client.discover()
			client.ppp.wait_auth()
			expect(client.ppp.auth_ok, False, auth)
			expect_failure(client.ppp, CHAP if auth == "chap" else
				       PAP, auth)
			client.wait_padt()


def expect_failure(ppp, protocol, what):
	"""The one Failure or Nak, with the identifier of what it answers."""
	sent = ppp.frames("out", protocol)[-1]
	refused = ppp.frames("in", protocol, 4 if protocol == CHAP else 3)
	expect([f[1] for f in refused], [sent[1]], what + ": identifier")


@test
def wrong_user_password_at_the_lns(world, house):
	"""Negotiated here, and proxied by the LAC: CDN 3 that says why
	(RFC 3145: 16, by the peer)."""
	tunnel = world.lac(house).connect(world.LOCAL)
	for auth, protocol in (("chap", CHAP), ("pap", PAP)):
		begin = world.node.counters()
		call = tunnel.call()
		call.ppp = PppClient(call.send_ppp, "bob@isp.example", "wrong",
				     auth=(auth,))
		end = call.wait_end()
		expect((end.kind, end.result()[0]), (l2tp.CDN, 3), auth)
		expect(end.get(l2tp.DISCONNECT), u16(16) + u16(protocol) +
		       b"\1", "AVP 46 of " + auth)
		expect_failure(call.ppp, protocol, auth)
		expect(count_of(world.node, ("auth_failed",), begin), 1, auth)
	with world.counted():
		tunnel.stop()
		tunnel.wait_acked()


@test
def wrong_proxied_password_at_the_lns(world, house):
	"""The LAC has LCP and the answer already: one refusal, no new try."""
	tunnel = world.lac(house).connect(world.LOCAL)
	challenge, ident = bytes(range(16)), 77
	own = u16(0x0104) + u16(1492) + b"\5\6LAC!"
	user = u16(0x0104) + u16(1492) + b"\5\6user"
	cases = (("chap", CHAP, b"\3\5\xc2\x23\5", 2, challenge,
		  chap_md5(ident, b"wrong", challenge)),
		 ("pap", PAP, b"\3\4\xc0\x23", 3, None, b"wrong"))
	for auth, protocol, option, kind, question, reply in cases:
		begin = world.node.counters()
		call = tunnel.dial()
		call.ppp = PppClient(call.send_ppp, "bob@isp.example", "wrong")
		call.ppp.mute = True # only listens
		call.send(l2tp.ICCN, (l2tp.TX_SPEED, u32(10**8)),
			  (l2tp.FRAMING_TYPE, u32(1)), *l2tp.proxy_avps(
			user, option + own, user, kind,
			b"bob@isp.example", question, ident, reply))
		end = call.wait_end()
		expect((end.kind, end.result()[0]), (l2tp.CDN, 3), auth)
		expect(end.get(l2tp.DISCONNECT), u16(16) + u16(protocol) +
		       b"\1", "AVP 46 of " + auth)
		refused = call.ppp.frames("in", protocol)
		expect([f[:2] for f in refused],
		       [bytes([4 if protocol == CHAP else 3, ident])],
		       auth + ": the refusal")
		expect(count_of(world.node, ("auth_failed",), begin), 1, auth)
	with world.counted():
		tunnel.stop()
		tunnel.wait_acked()


@test
def unknown_user(world, house):
	with world.counted(auth_failed=1):
		client = world.client(house, "nobody@local.example")
		client.discover()
		client.wait_padt()


@test
def unknown_domain_is_refused_with_a_reason(world, house):
	with world.counted(call_no_domain=1):
		client = world.client(house, "u@unknown.example")
		client.discover()
		client.wait_padt()
		expect(client.ppp.auth_ok, False)
		ended = world.node.events.wait("refused",
					       user="u@unknown.example")
	expect(ended["cause"], "no-domain")
	expect(world.node.call(ended["call"])["cause"], "no-domain")


@test
def unknown_domain_follows_the_default_map(house):
	config = topology.Single.config()
	config["domains"].append({"name": "default", "action": "local"})
	config["users"].append({"name": "bob@unknown.example",
				"password": "bobpw"})
	one = topology.Single(house, config)
	client = PppoeClient(one.subs, "a0", "bob@unknown.example", "bobpw")
	house.on_close(client.close)
	client.discover()
	client.ppp.wait_ip()
	expect(one.node.the_call()["domain"], "default")


@test
def domain_that_says_refuse(world, house):
	with world.counted(call_refused_domain=1):
		client = world.client(house, "u@refused.example")
		client.discover()
		client.wait_padt()


@test
def peer_without_a_tunnel(world, house):
	"""Nobody answers our SCCRQ."""
	with world.counted(call_no_tunnel=1, tunnels_silent=1):
		client = world.client(house, "u@far.example")
		client.discover()
		client.wait_padt(15)


@test
def switch_without_an_entry_for_the_name_sends_cdn_4(world, house):
	tunnel = world.lac(house, name="switch1").connect(world.LOCAL)
	begin = world.node.counters()["call_no_domain"]
	call = tunnel.call(proxy=l2tp.proxy_avps(
		b"", b"", b"", 3, b"u@unknown.example", None, 1, b"pw"))
	expect(call.wait_end().result()[0], 4, "CDN result")
	expect(world.node.counters()["call_no_domain"], begin + 1)
	with world.counted():
		tunnel.stop()
		tunnel.wait_acked()


@test
def call_from_an_lns(world, house):
	"""We opened the tunnel as LAC: the peer may not place calls in it."""
	lns = world.lns(house)
	client = world.client(house, "u@far.example")
	client.discover()
	tunnel = lns.wait_tunnel()
	tunnel.wait_call()
	call = tunnel.new_call()
	begin = world.node.counters()["call_not_lac"]
	tunnel.send(l2tp.ICRQ, (l2tp.SESSION_ID, u16(call.own)),
		    (l2tp.SERIAL, u32(1)))
	expect(call.wait_end().result()[0], 4, "CDN result")
	expect(world.node.counters()["call_not_lac"], begin + 1)
	with world.counted():
		tunnel.stop()
		tunnel.wait_acked()


@test
def session_limit_of_a_profile(house):
	config = topology.Single.config()
	config["destinations"][0]["hosts"][0]["max-sessions"] = 1
	one = topology.Single(house, config)
	peer = Endpoint(one.peer, one.PEER, name="lac1", secret=SECRET)
	house.on_close(peer.close)
	tunnel = peer.connect(one.LOCAL)
	tunnel.dial()
	second = tunnel.new_call()
	tunnel.send(l2tp.ICRQ, (l2tp.SESSION_ID, u16(second.own)),
		    (l2tp.SERIAL, u32(2)))
	expect(second.wait_end().result()[0], 4, "CDN result")
	expect(one.node.counters()["call_limit"], 1)
	expect(one.node.status()["calls"], 1)


@test
def local_address_that_is_not_ours(house):
	config = topology.Single.config()
	config["l2tp"]["local-addresses"].append("192.0.2.250")
	config["tunnels"][0]["local"] = "192.0.2.250"
	one = topology.Single(house, config)
	client = PppoeClient(one.subs, "a0", "u@far.example", "alicepw")
	house.on_close(client.close)
	client.discover()
	said = "nothing can be sent from 192.0.2.250: "
	one.node.daemon.wait_log(said)
	time.sleep(0.5) # for the repetitions of the SCCRQ
	expect(one.node.daemon.log().count(said), 1)


@test
def empty_pool(house):
	config = topology.Single.config()
	config["pools"][0]["range"] = "10.109.0.1-10.109.0.2"
	one = topology.Single(house, config)
	first = PppoeClient(one.subs, "a0", "alice@local.example")
	house.on_close(first.close)
	first.discover()
	first.ppp.wait_ip()
	before = topology.footprint(one.node)
	second = PppoeClient(one.subs, "a0", "alice@local.example")
	house.on_close(second.close)
	second.discover()
	second.wait_padt()
	expect(one.node.counters()["call_no_address"], 1)
	topology.expect_footprint(one.node, before)


# ---- PPPoE ------------------------------------------------------------------
@test
def wrong_cookie_and_cookie_of_another(world, house):
	with world.counted(padr_bad_cookie=2, padr=0):
		client = world.client(house, "alice@local.example")
		client.padi()
		client.wait_pado()
		client.padr(cookie=b"x" * 16)
		other = world.client(house, "alice@local.example")
		other.ac_mac, other.pado = client.ac_mac, client.pado
		other.padr()
		time.sleep(0.3)
		expect((client.pads, other.pads), (None, None), "PADS")


@test
def service_that_is_not_served(house):
	config = topology.Single.config()
	config["pppoe"]["services"] = ["internet"]
	one = topology.Single(house, config)
	before = topology.footprint(one.node)
	client = PppoeClient(one.subs, "a0", service=b"other")
	house.on_close(client.close)
	client.padi()
	lab.eventually(lambda: one.node.counters()["padi_other_service"] == 1)
	expect(client.got(7), [], "PADO")
	client.service = b"internet"
	client.padi()
	client.wait_pado()
	client.service = b"other"
	client.padr()
	lab.eventually(lambda: client.pads is not None)
	expect([t for t, _ in client.pads if t == SERVICE_ERROR],
	       [SERVICE_ERROR])
	expect(one.node.counters()["padr_bad_service"], 1)
	topology.expect_footprint(one.node, before)


@test
def session_limit_of_a_port(house):
	config = topology.Single.config()
	config["pppoe"]["max-sessions"] = 1
	one = topology.Single(house, config)
	first = PppoeClient(one.subs, "a0", "alice@local.example")
	second = PppoeClient(one.subs, "a0", "alice@local.example")
	house.on_close(first.close)
	house.on_close(second.close)
	first.discover()
	first.ppp.wait_ip()
	before = topology.footprint(one.node)
	second.padi()
	second.wait_pado()
	second.padr()
	lab.eventually(lambda: second.pads is not None)
	expect(second.session, 0, "session")
	expect(one.node.counters()["padr_limit"], 1)
	topology.expect_footprint(one.node, before)


@test
def malformed_discovery_and_padt_of_a_stranger(world, house):
	client = world.client(house, "alice@local.example")
	client.discover()
	client.ppp.wait_ip()
	begin = world.node.counters()
	stranger = world.client(house, "alice@local.example")
	stranger.ac_mac = client.ac_mac
	# another MAC, a session that is none, a tag that is too long
	stranger.send_discovery(0xa7, b"", client.session)
	client.send_discovery(0xa7, b"", client.session ^ 1)
	stranger.send_discovery(PADI, bytes.fromhex("01010009"), dst=BROADCAST)
	stranger.send_discovery(PADR, bytes.fromhex("01010009"))

	def moved():
		now = world.node.counters()
		return [now[n] - begin[n] for n in (
			"frame_wrong_sender", "padt_unknown",
			"discovery_malformed")] == [1, 1, 2]
	lab.eventually(moved, 5, "each counted")
	expect(world.node.the_call()["state"], "up")
	with world.counted():
		client.padt()


@test
def repeated_padr_gets_the_same_session(world, house):
	client = world.client(house, "alice@local.example")
	client.ppp.mute = True
	client.discover()
	with world.counted(padr_repeated=1):
		begin = len(client.got(0x65))
		client.padr()
		lab.eventually(lambda: len(client.got(0x65)) == begin + 1)
		expect({f.pppoe_session for f in client.got(0x65)},
		       {client.session})
		expect(world.node.status()["calls"], 1)
		client.padt()


# ---- subscriber data that does not belong -------------------------------
@test
def control_of_a_call_in_setup_and_nothing_else(world, house):
	"""A scripted LAC's session that sends IP before it may."""
	tunnel = world.lac(house).connect(world.LOCAL)
	begin = world.node.counters()
	call = tunnel.call()
	tunnel.wait_acked()
	call.send_ppp(u16(0x0021) + b"\x45" + bytes(19))
	# IPv6 to a multicast address is for the engine, which wants none yet
	call.send_ppp(u16(0x0057) + b"\x60" + bytes(23) + b"\xff\x02" +
		      bytes(14))
	call.send_raw(l2tp.control(tunnel.peer_id, 0, 0, 0)[:6])
	call.send_raw(bytes.fromhex("0002") + u16(tunnel.peer_id) +
		      u16(call.peer) + b"\xff")
	for name in ("slow_closed", "slow_dropped"):
		lab.eventually(lambda: world.node.counters()[name] ==
			       begin[name] + 1)
	# only now: set-up takes no longer than it takes to ask for counters
	call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
	call.ppp.start()
	call.ppp.wait_ip()
	with world.counted():
		tunnel.stop()
		tunnel.wait_acked()


if __name__ == "__main__":
	lab.main()
