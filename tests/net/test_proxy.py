#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# beside: yes
# limit: 180
"""Proxy LCP and proxy authentication: what the LNS is told is what crossed the
PPPoE link, octet by octet, and what it does when it is not told, is not to
use it, or cannot accept it."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import l2tp # noqa: E402
import lab # noqa: E402
import ppp # noqa: E402
import topology # noqa: E402
from frames import CHAP, LCP, PAP, decode, u16, u32 # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import expect, setup, test # noqa: E402
from ppp import PppClient, chap_md5, options_build # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

PROXY_AVPS = range(26, 34)
LAC_LTS, LTS_LNS, LAC_LNS2 = ("lac", "lts"), ("lts", "lns"), ("lac", "lns2")


def no_proxy_lcp(configs):
	"""Dave's LNS negotiates by itself."""
	configs["lns2"]["destinations"][0]["hosts"][0]["proxy-lcp"] = False


class World:
	def __init__(self, house):
		self.story = topology.Story(house, [no_proxy_lcp],
					    tapped=True).start()
		self.web = self.story.start_web()
		self.captures = {"access": self.story.capture_access()}
		for link in (LAC_LTS, LTS_LNS, LAC_LNS2):
			self.captures[link] = self.story.capture(*link)
		self.single = None

	def frames(self, where):
		return [decode(raw) for _, raw in self.captures[where].frames()]

	def pppoe(self, session):
		"""PPP frames of one PPPoE session: [(from client, frame)]."""
		mac = self.story.lac.netns.mac("access")
		return [(f.src != mac, f) for f in self.frames("access")
			if f.protocol and f.pppoe_session == session]

	def iccn(self, link, number):
		"""The n-th ICCN that crossed a link."""
		return l2tp.sent_once(self.frames(link), l2tp.ICCN)[number][1]


@setup
def world(house):
	return World(house)


def ppp_packet(frame):
	"""(code, identifier, body) of a PPP control frame."""
	size = int.from_bytes(frame.info[2:4], "big")
	return frame.info[0], frame.info[1], frame.info[4:size]


def lcp_facts(frames):
	"""AVPs 26-28 as the link shows them."""
	client = [ppp_packet(f) for mine, f in frames
		  if mine and f.protocol == LCP]
	lac = [ppp_packet(f) for mine, f in frames
	       if not mine and f.protocol == LCP]
	acked_lac = [i for code, i, _ in client if code == ppp.ACK][-1]
	acked_client = [i for code, i, _ in lac if code == ppp.ACK][-1]
	return {26: [b for code, _, b in client if code == ppp.REQUEST][0],
		27: [b for code, i, b in lac if code == ppp.REQUEST and
		     i == acked_lac][-1],
		28: [b for code, i, b in client if code == ppp.REQUEST and
		     i == acked_client][-1]}


def chap_facts(frames):
	"""AVPs 29-33 of a CHAP exchange."""
	packets = [(mine, *ppp_packet(f)) for mine, f in frames
		   if f.protocol == CHAP]
	_, _, ident, challenge = [p for p in packets if p[1] == 1][0]
	_, _, _, answer = [p for p in packets if p[1] == 2][0]
	return {29: u16(2), 30: answer[1 + answer[0]:],
		31: challenge[1:1 + challenge[0]], 32: u16(ident),
		33: answer[1:1 + answer[0]]}


def pap_facts(frames):
	_, ident, body = [ppp_packet(f) for mine, f in frames
			  if mine and f.protocol == PAP][0]
	name = body[1:1 + body[0]]
	return {29: u16(3), 30: name, 31: None, 32: u16(ident),
		33: body[2 + len(name):]}


def values(iccn):
	return {k: iccn.get(k) for k in PROXY_AVPS}


def session_of(world, user):
	return world.story.lac.the_call(user)["access"]["session"]


def requests_after_iccn(world, link):
	"""LCP Configure-Requests on a link behind the ICCN of their session."""
	twin, begun, found = {}, set(), 0 # sessions are (receiver, id)
	for frame in world.frames(link):
		message = frame.udp and l2tp.parse(frame.udp)
		if message and message.kind == l2tp.ICRP:
			own = (frame.ip_src, message.number(l2tp.SESSION_ID))
			twin[own] = (frame.ip_dst, message.session)
		elif message and message.kind == l2tp.ICCN:
			own = (frame.ip_dst, message.session)
			begun |= {own, twin[own]}
		elif frame.l2tp and frame.protocol == LCP and (
				frame.info[0] == ppp.REQUEST):
			found += (frame.ip_dst, frame.l2tp.session) in begun
	expect(bool(begun), True, "an ICCN on %s" % (link,))
	return found


def compare(world, user, facts, number):
	"""The ICCNs of both links against the PPPoE link."""
	def seen():
		"""Once tcpdump has written it all."""
		frames = world.pppoe(session_of(world, user))
		want = {**lcp_facts(frames), **facts(frames)}
		return frames, want, [values(world.iccn(link, number))
				      for link in (LAC_LTS, LTS_LNS)]

	frames, want, found = lab.eventually(seen, 5)
	for link, avps in zip((LAC_LTS, LTS_LNS), found):
		expect(avps, want, "AVPs 26-33 between %s and %s" % link)
	return frames, want


# ---- pppd through LAC, LTS and LNS ---------------------------------------
@test
def chap_reaches_the_lns_octet_by_octet(world):
	world.story.dial("alice@one.example").wait_up()
	frames, want = compare(world, "alice@one.example", chap_facts, 0)
	good = [ppp_packet(f) for mine, f in frames
		if not mine and f.protocol == CHAP and f.info[0] == 3]
	expect([i for _, i, _ in good], [want[32][1]],
	       "identifier of CHAP Success")
	info = world.story.lns.the_call("alice@one.example")
	expect((info["proxy_lcp"], info["proxy_auth"]), ("used", "used"))


@test
def pap_after_a_nak_reaches_the_lns_octet_by_octet(world):
	world.story.dial("bob@one.example", AUTH="pap").wait_up()
	frames, want = compare(world, "bob@one.example", pap_facts, 1)
	acks = [ppp_packet(f) for mine, f in frames
		if not mine and f.protocol == PAP and f.info[0] == 2]
	expect([i for _, i, _ in acks], [want[32][1]], "identifier of the Ack")


@test
def no_configure_request_crosses_any_link_after_iccn(world):
	for link in (LAC_LTS, LTS_LNS):
		expect(requests_after_iccn(world, link), 0, link)
	for user in ("alice@one.example", "bob@one.example"):
		late, auth = 0, False
		for _, frame in world.pppoe(session_of(world, user)):
			auth = auth or frame.protocol in (CHAP, PAP)
			late += auth and frame.protocol == LCP and (
				frame.info[0] == ppp.REQUEST)
		expect((auth, late), (True, 0), "late requests at " + user)


@test
def disabled_proxy_lcp_negotiates_with_pppd(world):
	dave = world.story.dial("dave@three.example")
	dave.wait_up()
	info = world.story.lns2.the_call("dave@three.example")
	expect((info["proxy_lcp"], info["proxy_auth"]),
	       ("disabled", "disabled"))
	expect(requests_after_iccn(world, LAC_LNS2) >= 2, True,
	       "both sides asked anew")
	expect(world.story.lns2.show("interfaces")[0]["lcp_from"],
	       "negotiated")
	expect(dave.ping(topology.INTERNET), 3)


# ---- a scripted LNS behind our LAC ---------------------------------------
def host(name, **more):
	return dict({"name": name, "host-name": "dut",
		     "secret": "l2tpsecret"}, **more)


def single(world, house):
	"""A daemon of this test, with host profiles for each case."""
	config = topology.Single.config()
	config["destinations"][0]["hosts"] += [
		host("nolcp", **{"proxy-lcp": False}),
		host("noauth", **{"proxy-auth": False})]
	config["tunnels"][0].update({"calling-number": "{port} {mac}",
				     "called-number": "{user}"})
	return topology.Single(house, config)


@test
def first_request_differs_from_the_last_one(house):
	"""The client asks for an option that the LAC rejects.  What the LNS is
	told of its line: the numbers, and that a veth has 10 Gbit/s."""
	one = single(None, house)
	lns = Endpoint(one.peer, one.PEER, name="lns1", secret="l2tpsecret",
		       serve=True)
	client = PppoeClient(one.subs, "a0", "u@far.example", "pw")
	house.on_close(lns.close)
	house.on_close(client.close)
	client.ppp.lcp.want = [(1, u16(1492)), (13, b"\6"), (5, u32(77))]
	client.discover()
	tunnel = lns.wait_tunnel()
	call = tunnel.wait_call()
	icrq = tunnel.expect(l2tp.ICRQ)
	expect((icrq.get(l2tp.CALLED), icrq.get(l2tp.CALLING)),
	       (b"u@far.example", b"access " + client.mac.hex(":").encode()))
	expect((call.iccn.number(l2tp.TX_SPEED), call.iccn.get(l2tp.RX_SPEED)),
	       (2**32 - 1, None), "10 Gbit/s as the AVP can say it")
	got = values(call.iccn)
	expect(got[26], options_build([(1, u16(1492)), (13, b"\6"),
				       (5, u32(77))]), "AVP 26")
	expect(got[28], options_build([(1, u16(1492)), (5, u32(77))]),
	       "AVP 28")
	expect(got[27], client.ppp.lcp.last_received, "AVP 27")
	challenge = client.ppp.frames("in", CHAP, 1)[0]
	expect(got[31], challenge[5:5 + challenge[4]], "AVP 31")
	expect(got[32], u16(challenge[1]), "AVP 32")
	expect(got[33], chap_md5(challenge[1], b"pw", got[31]), "AVP 33")


# ---- a scripted LAC before our LNS ---------------------------------------
class Lac:
	"""A LAC with one call whose client is real enough to negotiate."""

	def __init__(self, house, one, name="lac1"):
		self.one = one
		self.peer = Endpoint(one.peer, one.PEER, name=name,
				     secret="l2tpsecret")
		house.on_close(self.peer.close)
		self.tunnel = self.peer.connect(one.LOCAL)
		self.magic = 0x01020304

	def dial(self, proxy, opened=False, auth=("chap", "pap"), ident=None):
		"""A call with these AVPs.  opened: the client believes that
		LCP is open, as after a negotiation with a LAC.  ident: it has
		answered that CHAP challenge."""
		call = self.tunnel.dial()
		call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw",
				     magic=self.magic, auth=auth)
		if opened:
			call.ppp.lcp.we_acked = call.ppp.lcp.they_acked = True
			call.ppp.lcp.started = True
		if ident is not None:
			call.ppp.auth_ident = ident
		call.send(l2tp.ICCN, (l2tp.TX_SPEED, u32(100000000)),
			  (l2tp.FRAMING_TYPE, u32(1)), *proxy)
		return call

	def came_up(self, call, proxy_lcp, proxy_auth, why):
		"""LCP was negotiated, the call is up, show call says why."""
		call.ppp.wait_ip()
		expect(call.ended, None, "CDN")
		requests = call.ppp.frames("in", LCP, ppp.REQUEST)
		expect(len(requests) > 0, proxy_lcp != "used",
		       "the LNS sent Configure-Requests")
		lab.eventually(lambda: self.info()["state"] == "up")
		info = self.info()
		expect((info["proxy_lcp"], info["proxy_auth"],
			info["proxy_why"]), (proxy_lcp, proxy_auth, why))

	def info(self):
		return self.one.node.the_call("bob@isp.example")


def lac_options(mru=1492, auth=u16(CHAP) + b"\5"):
	return options_build([(1, u16(mru)), (3, auth), (5, u32(0xabcdef01))])


def proxies(sent=None, received=None, auth=2, challenge=b"0123456789abcdef",
	    ident=7, answer=None, name=b"bob@isp.example"):
	received = options_build([(1, u16(1492)), (5, u32(0x01020304))]) if (
		received is None) else received
	answer = chap_md5(ident, b"bobpw", challenge) if (
		answer is None) else answer
	return l2tp.proxy_avps(received, sent or lac_options(), received, auth,
			       name, challenge, ident, answer)


@test
def lac_with_another_secret_and_without_speed(house):
	"""The log names the AVP that does not decrypt, its message and the peer.
	If the AVP is optional the call comes up without it."""
	one = single(None, house)
	begin = one.node.counters()
	lac = Lac(house, one)
	call = lac.tunnel.dial()
	call.ppp = PppClient(call.send_ppp, "bob@isp.example", "bobpw")
	vector = bytes(range(16))
	call.send(l2tp.ICCN, (l2tp.FRAMING_TYPE, u32(1)),
		  (l2tp.RANDOM_VECTOR, vector),
		  l2tp.hidden(l2tp.PROXY_RESPONSE, b"x", b"other", vector,
			      mandatory=False))
	lac.came_up(call, "absent", "absent", "")
	items = [i for i in l2tp.sccrq(b"lac1", 9) if i[0] != l2tp.TUNNEL_ID]
	lac.peer.request(one.LOCAL, items=items + [
		(l2tp.RANDOM_VECTOR, vector),
		l2tp.hidden(l2tp.TUNNEL_ID, u16(9), b"other", vector)])
	for name in ("iccn_no_speed", "sccrq_secret"):
		lab.eventually(lambda n=name: one.node.counters()[n] >
			       begin[n], 5, name)
	log = one.node.daemon.log()
	for line in ("/lac1: ICCN: ignored 1 unusable and 0 other AVPs, the "
		     "first is 0/33; hidden ones do not decrypt, wrong secret?",
		     "/lac1 has no (Tx) Connect Speed",
		     "SCCRQ of \"lac1\": refused: AVP 0/9 does not decrypt, "
		     "wrong secret?"):
		expect(line in log, True, line)


@test
def good_proxy_data_of_a_scripted_lac_is_used(house):
	one = single(None, house)
	lac = Lac(house, one)
	call = lac.dial(proxies(), opened=True, ident=7)
	lac.came_up(call, "used", "used", "")
	expect([f[1] for f in call.ppp.frames("in", CHAP, 3)], [7],
	       "identifier of CHAP Success")


@test
def absent_proxy_data_means_negotiation(house):
	lac = Lac(house, single(None, house))
	lac.came_up(lac.dial([]), "absent", "absent", "")


@test
def disabled_proxy_data_means_negotiation(house):
	lac = Lac(house, single(None, house), "nolcp")
	lac.came_up(lac.dial(proxies(), opened=True), "disabled", "disabled",
		    "")


@test
def disabled_proxy_authentication_asks_the_client_again(house):
	lac = Lac(house, single(None, house), "noauth")
	call = lac.dial(proxies(), opened=True)
	lac.came_up(call, "used", "disabled", "")
	expect(len(call.ppp.frames("in", CHAP, 1)), 1, "challenges of the LNS")


@test
def too_large_an_mru_is_unacceptable(house):
	lac = Lac(house, single(None, house))
	lac.came_up(lac.dial(proxies(sent=lac_options(mru=2000)), opened=True),
		    "unacceptable", "unacceptable", "MRU too large")


@test
def unpermitted_authentication_is_unacceptable(house):
	lac = Lac(house, single(None, house))
	lac.came_up(lac.dial(proxies(sent=lac_options(
		auth=u16(CHAP) + b"\x81")), opened=True), "unacceptable",
		"unacceptable", "authentication method not permitted")


@test
def malformed_avp_28_is_unacceptable(house):
	lac = Lac(house, single(None, house))
	lac.came_up(lac.dial(proxies(received=b"\1\0"), opened=True),
		    "unacceptable", "unacceptable", "unreadable AVP")


@test
def incomplete_authentication_keeps_the_lcp(house):
	"""AVP 29 says CHAP, AVP 31 is missing: only LCP is taken over."""
	lac = Lac(house, single(None, house))
	data = [a for a in proxies() if a.kind != l2tp.PROXY_CHALLENGE]
	lac.came_up(lac.dial(data, opened=True), "used", "unacceptable",
		    "incomplete authentication data")


@test
def proxied_wrong_password_is_refused(house):
	one = single(None, house)
	lac = Lac(house, one)
	before = topology.footprint(one.node)
	call = lac.dial(proxies(answer=b"x" * 16), opened=True, ident=7)
	call.ppp.wait_auth()
	expect(call.ppp.auth_ok, False)
	end = call.wait_end()
	expect(end.result()[0], 3, "result of CDN")
	# RFC 3145: rejected by us, CHAP, local authentication
	expect(end.get(l2tp.DISCONNECT)[:5].hex(), "0010c22301",
	       "disconnect cause")
	expect(one.node.counters()["auth_failed"], 1)
	topology.expect_footprint(one.node, before)


if __name__ == "__main__":
	lab.main()
