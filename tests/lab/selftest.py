#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The lab's own tests: codecs against known vectors, the scripted peers
against each other, and real pppd and xl2tpd in guests."""

import os
import socket
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import frames # noqa: E402
import l2tp # noqa: E402
import lab # noqa: E402
import pppoe_peer # noqa: E402
from frames import LCP, u16, u32 # noqa: E402
from l2tp import Avp # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import expect, test # noqa: E402
from ppp import PppClient, PppServer, chap_md5 # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SECRET = b"l2tpsecret"
C1 = bytes(range(16))
C2 = bytes(range(0xf0, 0x100))
VECTOR = bytes.fromhex("a1b2c3d4e5f60718293a4b5c6d7e8f90")


def octets(text):
	return bytes.fromhex("".join(text.replace("|", " ").split()))


@test
def l2tp_transcript_octet_by_octet():
	expect(l2tp.control(0, 0, 0, 0, l2tp.message(
		l2tp.SCCRQ, *l2tp.sccrq(b"lac1", 0x1234, challenge=C1))),
	       octets("""c802 0060 0000 0000 0000 0000 | 8008 0000 0000 0001
	8008 0000 0002 0100 | 800a 0000 0003 00000003
	800a 0000 0004 00000000 | 800a 0000 0007 6c616331
	8008 0000 0009 1234 | 8008 0000 000a 0010
	8016 0000 000b 000102030405060708090a0b0c0d0e0f"""), "SCCRQ")
	expect(l2tp.control(0x1234, 0, 0, 1, l2tp.message(
		l2tp.SCCRP, *l2tp.sccrp(b"lns1", 0x5678, challenge=C2,
					answer=l2tp.response(2, SECRET, C1)))),
	       octets("""c802 006c 1234 0000 0000 0001 | 8008 0000 0000 0002
	8008 0000 0002 0100 | 800a 0000 0003 00000003
	800a 0000 0007 6c6e7331 | 8008 0000 0009 5678 | 8008 0000 000a 0010
	8016 0000 000b f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff
	8016 0000 000d f3950b3b1d98558c8da2238b042c6735"""), "SCCRP")
	expect(l2tp.control(0x5678, 0, 1, 1, l2tp.message(l2tp.SCCCN, (
		l2tp.RESPONSE, l2tp.response(3, SECRET, C2)))),
	       octets("""c802 002a 5678 0000 0001 0001 | 8008 0000 0000 0003
	8016 0000 000d 1008604b6937a9deab745c5133a2e5c8"""), "SCCCN")
	expect(l2tp.control(0x5678, 0x0b02, 4, 2, l2tp.message(
		l2tp.CDN, (l2tp.RESULT, u16(3)),
		(l2tp.SESSION_ID, u16(0x0a01)))),
	       octets("""c802 0024 5678 0b02 0004 0002 8008 0000 0000 000e
	8008 0000 0001 0003 8008 0000 000e 0a01"""), "CDN")


@test
def l2tp_stopccn_parses():
	m = l2tp.parse(octets("""c802 002f 5678 0000 0005 0003
	8008 0000 0000 0004 | 8008 0000 0009 1234
	8013 0000 0001 0002 0008 415650 20302f323030"""))
	expect(m.name, "StopCCN")
	expect(m.result(), (2, 8, "AVP 0/200"))
	expect(m.number(l2tp.TUNNEL_ID), 0x1234)
	expect((m.tunnel, m.ns, m.nr), (0x5678, 5, 3))


@test
def l2tp_hidden_avps():
	expect(l2tp.hidden(33, b"clientPass123456789", SECRET, VECTOR,
			   octets("112233")).build(),
	       octets("401e 0000 0021 4b1e5faafa7ac90a5d242ea47839c1cd"
		      "9c67d209ebec1c01"))
	expect(l2tp.hidden(9, u16(0x1234), SECRET, VECTOR).build(),
	       octets("c00a 0000 0009 163e96e7"))
	expect(l2tp.unhide(9, octets("163e96e7"), SECRET, VECTOR), u16(0x1234))
	expect(l2tp.unhide(9, octets("ffffffff"), SECRET, VECTOR), None)
	body = l2tp.message(l2tp.ICCN, (l2tp.RANDOM_VECTOR, VECTOR),
			    l2tp.hidden(33, b"pw", SECRET, VECTOR))
	m = l2tp.parse(l2tp.control(1, 2, 3, 4, body), SECRET)
	expect(m.get(33), b"pw")


@test
def l2tp_bad_messages():
	for bad in ("4002 0008 12", "c801 0014 5678 0000 0004 0002",
		    "c802 0050 5678 0000 0004 0002 8008 0000 0000 0006",
		    "0202 5678 0b02 ffff ff03 c021", "4002 0007 5678 0b02"):
		expect(frames.l2tp_parse(octets(bad)), None, bad)
	for bad in ("8008 0000 0000 0006 0005 0000 0008",
		    "8008 0000 0000 0006 03ff 0000 0008 6162",
		    "8008 0000 0000 0006 0000 00"):
		expect(l2tp.parse_avps(octets(bad)), None, bad)


@test
def l2tp_data_in_all_forms():
	payload = octets("ff03 0021 4500")
	for bits in range(16):
		for pad in (0, 1, 16, 17) if bits & 4 else (None,):
			form = dict(length=bool(bits & 1),
				    ns=7 if bits & 2 else None, pad=pad,
				    priority=bool(bits & 8))
			data = frames.l2tp_data(0x5678, 0x0b02, payload,
						**form)
			head = frames.l2tp_parse(data)
			expect((head.tunnel, head.session, head.payload,
				head.priority, head.offset, head.ns),
			       (0x5678, 0x0b02, payload, form["priority"],
				pad, form["ns"]), form)
			want = 6 + 2 * (bits & 1) + 2 * (bits & 2) + (
				2 + pad if bits & 4 else 0)
			expect(len(data), want + len(payload), form)
	expect(frames.l2tp_data(0x5678, 0x0b02, octets(
		"ff03 c021 0101 0013 0104 05d4 0305 c223 0505 0612 345678"),
		length=True)[:8], octets("4002 001f 5678 0b02"))


@test
def ppp_vectors():
	expect(chap_md5(1, b"secret", C1).hex(),
	       "740e86463bda3a4d7017d6e0fba0699d")
	dsl = u32(3561) + b"\1\17an1 eth 1/2:100" + b"\2\5cust7" + octets(
		"8104 00002710 8204 0000c350 9003 010200")
	padi = frames.pppoe(9, 0, frames.tag(0x101) + frames.tag(
		0x103, octets("01020304")) + frames.tag(0x120, u16(1500)) +
		frames.tag(0x105, dsl))
	expect(padi, octets("""11 09 0000 0043 | 0101 0000
	0103 0004 01020304 | 0120 0002 05dc
	0105 002d 00000de9 010f 616e3120657468 20312f323a313030
	0205 6375737437 8104 00002710 8204 0000c350 9003 010200"""))
	expect(frames.tags(padi[6:])[1], (0x103, octets("01020304")))


@test
def frames_round_trip():
	inner = frames.echo("10.1.0.1", "10.2.0.1")
	expect(frames.checksum(inner[:20]), 0)
	data = frames.l2tp_data(5, 6, b"\xff\3\0\x21" + inner, length=True)
	raw = frames.ethernet("02:00:00:00:00:01", "02:00:00:00:00:02", 0x800,
			      frames.udp4("192.0.2.1", "192.0.2.2", 1701, 1701,
					  data), (100,))
	f = frames.decode(raw)
	expect(f.vlans, [(0x8100, 100)])
	expect((f.ip_src, f.ip_dst, f.sport), ("192.0.2.1", "192.0.2.2", 1701))
	expect((f.l2tp.tunnel, f.l2tp.session, f.protocol), (5, 6, 0x21))
	expect((f.inner.ip, f.inner.ip_dst), (inner, "10.2.0.1"))
	f = frames.decode(frames.ethernet(
		"02:00:00:00:00:01", "02:00:00:00:00:02", 0x8864,
		frames.pppoe(0, 9, b"\0\x21" + inner), (200, 100)) + b"\0" * 9)
	expect(f.vlans, [(0x88a8, 200), (0x8100, 100)])
	expect((f.pppoe_session, f.info), (9, inner))


def pair(client_options, server_options, early=False):
	"""A client and a server that call each other; early: the server is
	done with the client before that begins."""
	ends, queue = {}, []
	client = PppClient(lambda f: queue.append(("s", f)), **client_options)
	server = PppServer(lambda f: queue.append(("c", f)), **server_options)
	ends.update(c=client, s=server)

	def settle():
		while queue:
			who, frame = queue.pop(0)
			ends[who].input(frame)
	if early:
		server.start()
		settle()
	client.start()
	server.start()
	settle()
	return client, server, settle


@test
def ppp_ends_talk_to_each_other():
	for auth in ("chap", "pap", None):
		c, s, settle = pair({}, dict(auth=auth))
		expect(c.ipcp.open and s.ipcp.open, True, auth)
		expect((c.address, c.peer_address),
		       ("192.0.2.100", "192.0.2.1"))
		c.terminate()
		settle()
		expect((c.ended, s.ended), (True, True))
	c, s, _ = pair(dict(password="wrong"), {})
	expect((c.auth_ok, s.auth_ok, c.ipcp.open), (False, False, False))
	c, s, _ = pair(dict(auth=("pap",)), dict(auth="pap"))
	expect(c.ipcp.open, True)


@test
def ppp_client_asks_once_however_late_it_starts():
	"""A second request would take down what is up, and an echo behind it
	would have no answer (RFC 1661 5.8)."""
	c, s, settle = pair({}, {}, early=True)
	expect((len(c.frames("out", LCP, 1)), c.ipcp.open), (1, True))
	c.echo()
	settle()
	expect(c.echo_replies, 1)


@test
def l2tp_peers_talk_to_each_other(house):
	a, b = house.netns("a"), house.netns("b")
	house.veth(a, "w0", b, "w0")
	a.address("w0", "10.0.0.1/24")
	b.address("w0", "10.0.0.2/24")
	lac = Endpoint(a, "10.0.0.1", name="lac1", secret="x")
	house.on_close(lac.close)
	lns = Endpoint(b, "10.0.0.2", name="lns1", secret="x", serve=True)
	house.on_close(lns.close)

	def serve(call):
		call.ppp = PppServer(call.send_ppp)
	lns.on_call = serve
	tunnel = lac.connect("10.0.0.2")
	call = tunnel.call()
	there = lns.wait_tunnel().wait_call()
	call.ppp = PppClient(call.send_ppp)
	call.ppp.start()
	call.ppp.wait_ip()
	expect(call.ppp.address, "192.0.2.100")
	call.form = dict(length=True, ns="count", next_ns=5, pad=3)
	call.ppp.ip(b"E" + bytes(19))
	got = there.expect_data(lambda d: d.ns is not None)
	expect((got.ns, got.offset, got.length is not None), (5, 3, True))
	call.clear(3)
	expect(there.wait_end().result()[0], 3)
	lns.plan[l2tp.ICRQ] = "refuse"
	try:
		tunnel.dial()
	except AssertionError as e:
		expect("call refused" in str(e), True)
	else:
		raise AssertionError("call not refused")
	tunnel.stop(6)
	expect(lns.wait_tunnel().wait_end().result()[0], 6)
	tunnel.wait_acked()


@test
def capture_sees_tags(house):
	a, b = house.netns("a"), house.netns("b")
	house.veth(a, "w0", b, "w0")
	capture = house.capture(b, "w0")
	s = pppoe_peer.raw_socket(a, "w0")
	r = pppoe_peer.raw_socket(b, "w0")
	raw = frames.ethernet(b"\xff" * 6, b"\2" + bytes(5), 0x8863,
			      frames.pppoe(9, 0, b""), (200, 100))
	s.send(raw)
	expect(pppoe_peer.receive(r), raw, "packet socket")
	s.close()
	r.close()
	expect([f for _, f in capture.stop()], [raw], "capture")


def bridge(ns, *ports):
	ns.run("ip", "link", "add", "br0", "type", "bridge", "stp_state", 0,
	       "forward_delay", 0)
	for port in ports:
		ns.run("ip", "link", "set", port, "master", "br0")
	ns.run("ip", "link", "set", "br0", "up")


@test
def pppd_clients_and_scripted_client_with_pppoe_server(house):
	lab.need("pppoe-server", "pppd")
	mid, end = house.netns("mid"), house.netns("end")
	house.veth(mid, "w1", end, "w1")
	guest = house.guest("peers", [(mid, "p0"), (mid, "p1")])
	bridge(mid, "p0", "p1", "w1")
	guest.exec("%s/in-ns srv vec1 true" % lab.SRC)
	guest.script("peer-pppoe-server", "vec1", netns="srv",
		     USERS="alice:alicepw bob:bobpw carol:carolpw")
	alice = guest.pppoe("alice")
	bob = guest.pppoe("bob", USER="bob", PASS="bobpw", AUTH="chap-md5")
	expect(alice.wait_up()[1], "10.210.0.1")
	expect(bob.wait_up()[1], "10.210.0.1")
	expect((alice.ping("10.210.0.1"), bob.ping("10.210.0.1")), (3, 3))
	carol = PppoeClient(end, "w1", "carol", "carolpw")
	house.on_close(carol.close)
	expect(carol.up() is not None, True)
	expect(carol.ac_name, "testac")
	carol.padt()
	bob.stop()
	expect("Terminat" in bob.wait_gone(), True)
	expect((alice.running(), bob.running()), (True, False))


@test
def guest_frames_keep_their_tags(house):
	lab.need("pppd")
	ns = house.netns("dut")
	guest = house.guest("tags", [(ns, "p0")], mtu=1508)
	capture = house.capture(ns, "p0")
	guest.pppoe("one", VLAN="100")
	guest.pppoe("two", VLAN="200.100", HOSTUNIQ="abcd")

	def padis():
		found = [frames.decode(f) for _, f in capture.frames()]
		return {tuple(f.vlans) for f in found if f.pppoe_code == 9}
	lab.eventually(lambda: len(padis()) == 2, 10, "two kinds of PADI")
	expect(padis(), {((0x8100, 100),), ((0x88a8, 200), (0x8100, 100))})


@test
def xl2tpd_lac_and_lns_and_scripted_lac(house):
	lab.need("xl2tpd", "pppd")
	mid, end = house.netns("mid"), house.netns("end")
	house.veth(mid, "w1", end, "w1")
	end.address("w1", "10.9.0.3/24")
	guest = house.guest("l2tp", [(mid, "p0"), (mid, "p1")])
	bridge(mid, "p0", "p1", "w1")
	guest.exec("for n in lns:vec0:2 lac:vec1:1; do set -- $(echo $n |"
		   " tr : ' '); %s/in-ns $1 $2 ip addr add 10.9.0.$3/24 dev $2;"
		   " done" % lab.SRC)
	guest.script("peer-lns", netns="lns", LOCAL="10.9.0.2")
	guest.script("peer-lac", "10.9.0.2", netns="lac", LOCAL="10.9.0.1")
	guest.wait("ip -n lac addr show dev ppp0 | grep -q inet", 30)
	expect("3 received" in guest.exec(
		"ip netns exec lac ping -c 3 -i 0.2 10.200.0.1"), True)
	lac = Endpoint(end, "10.9.0.3", name="script", secret="tunsecret")
	house.on_close(lac.close)
	call = lac.connect("10.9.0.2").call()
	call.ppp = PppClient(call.send_ppp)
	call.ppp.start()
	call.ppp.wait_ip(20)
	expect(call.ppp.peer_address, "10.200.0.1")


@test
def subscriber_fetches_a_file(house):
	"""Through the guest's network card and a wire, without PPP."""
	ns = house.netns("web")
	guest = house.guest("fetch", [(ns, "p0")])
	ns.address("p0", "10.8.0.1/24")
	guest.exec("ip addr add 10.8.0.2/24 dev vec0")
	url, size, digest = house.web(ns, "10.8.0.1").add("f", 10 << 20)
	text = guest.exec("busybox wget -q -O - %s | sha256sum" % url)
	expect(text.split()[0], digest)


lab.main()
