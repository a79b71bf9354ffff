#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
"""l2xctl capture: frames of real calls, as received and as sent, compared
octet by octet with what a packet socket saw on the other ends of the wires;
which frames by which filter; where it ends; and that nothing is left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import lab # noqa: E402
import pcapng # noqa: E402
from frames import decode, l2tp_data # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402
from two_calls import DROPS, PACKETS, World # noqa: E402

@setup
def world(house):
	return World(house)


def ended(process, timeout=20):
	"""Its words when it has ended well."""
	out, err = process.communicate(timeout=timeout)
	if process.returncode:
		raise AssertionError("status %d: %s" % (process.returncode,
							err.decode()))
	return out, err.decode()


def is_test(octets):
	"""Whether it carries a packet of packet(): by its ports."""
	return b"\x0f\xa0\x13\x88" in octets or b"\x13\x88\x0f\xa0" in octets


def of(captured, port, direction):
	return [p.octets for p in captured.packets
		if (p.port, p.direction) == (port, direction)]


def on_wire(capture, peer=None):
	"""Frames of packet() that a tcpdump saw; peer: of this tunnel only."""
	return [raw for _, raw in capture.stop() if is_test(raw) and
		peer in (None, decode(raw).ip_src, decode(raw).ip_dst)]


def expect_same(ours, theirs, what):
	expect(len(ours), len(theirs), what + ": frames")
	expect(sorted(ours), sorted(theirs), what)


@test
def frames_of_a_lac_call_octet_by_octet(world, house):
	access = house.capture(world.single.subs, "a0")
	core = house.capture(world.single.peer, "c0")
	before = time.time()
	path, process = world.capture("call", world.lac_call["id"], "--count",
				      4 * PACKETS)
	world.lac_traffic()
	world.lns_traffic()
	_, said = ended(process)
	file = pcapng.read(path)
	expect(file.statistics, {"wanted": 4 * PACKETS, "lost": 0,
				 "kept": 4 * PACKETS})
	expect(said, "%d frames, %d octets, 0 lost\n" % (
		4 * PACKETS, sum(len(p.octets) for p in file.packets)))
	expect(sorted(file.interfaces), ["access", "core", "net"])
	expect_same(of(file, "access", pcapng.RECEIVED) +
		    of(file, "access", pcapng.SENT), on_wire(access), "access")
	expect_same(of(file, "core", pcapng.RECEIVED) +
		    of(file, "core", pcapng.SENT),
		    on_wire(core, world.single.PEER), "core")
	for p in file.packets:
		expect(p.length, len(p.octets), "length")
		expect(before - 0.01 <= p.time <= time.time() + 0.01, True,
		       "time")
		expect(p.comment.startswith("reason forwarded, call %d" %
					    world.lac_call["id"]), True,
		       p.comment)
	expect(oct(os.stat(path).st_mode & 0o777), "0o600", "mode")
	world.quiet()


@test
def frames_of_an_lns_call(world, house):
	net = house.capture(world.single.net, "n0")
	core = house.capture(world.single.peer, "c0")
	path, process = world.capture("call", world.lns_call["id"], "--count",
				      4 * PACKETS)
	world.lac_traffic()
	world.lns_traffic()
	ended(process)
	file = pcapng.read(path)
	expect_same(of(file, "net", pcapng.RECEIVED) +
		    of(file, "net", pcapng.SENT), on_wire(net), "net")
	expect_same(of(file, "core", pcapng.RECEIVED) +
		    of(file, "core", pcapng.SENT),
		    on_wire(core, "10.9.0.3"), "core")
	world.quiet()


def no_session(world, n=0):
	"""Ids that the tunnel's only call has not."""
	return (world.lac_call["core"]["session"] + n) % 65535 + 1


@test
def by_tunnel_port_and_reason(world):
	tunnel = world.lac_call["core"]["tunnel"]
	for words, pairs in (
			(("tunnel", tunnel), 4), (("port", "access"), 4),
			(("port", "net"), 4), ((), 8),
			(("reason", "forwarded"), 8)):
		path, process = world.capture(*words, "--count",
					      pairs * PACKETS)
		world.lac_traffic()
		world.lns_traffic()
		ended(process)
		file = pcapng.read(path)
		expect(len(file.packets), pairs * PACKETS, str(words))
		world.quiet()
	path, process = world.capture("reason", "unknown_session", "--count", 1)
	world.lac_traffic()
	datagram = l2tp_data(world.far_tunnel.peer_id, no_session(world),
			     b"\xff\x03\0\x21")
	world.far.send_raw(datagram)
	ended(process)
	found, = pcapng.read(path).packets
	expect(found.octets[42:], datagram)
	expect(found.comment, "reason unknown_session, tunnel %d" % tunnel)
	expect((found.port, found.direction), ("core", pcapng.RECEIVED))


@test
def control_messages_are_their_tunnels(world):
	"""A Hello of the peer's arrives as control, and belongs to it."""
	path, process = world.capture(
		"tunnel", world.lns_call["access"]["tunnel"], "--count", 1)
	world.tunnel.send(6) # Hello
	world.tunnel.wait_acked()
	ended(process)
	found, = pcapng.read(path).packets
	expect(found.comment, "reason l2tp_control, tunnel %d" %
	       world.lns_call["access"]["tunnel"])


@test
def it_ends_by_itself(world):
	begin = time.monotonic()
	path, process = world.capture("--seconds", 2)
	ended(process)
	expect(1.9 < time.monotonic() - begin < 10, True, "seconds")
	expect(pcapng.read(path).statistics["lost"], 0)
	path, process = world.capture("call", world.lac_call["id"], "--octets",
				      1000)
	world.lac_traffic(20)
	ended(process)
	file = pcapng.read(path)
	total = sum(len(p.octets) for p in file.packets)
	expect(1000 - 200 < total <= 1000, True, "octets")
	for option, most in (("--count", 100000000), ("--octets", 64 << 30),
			     ("--seconds", 86400)):
		for value in (0, most + 1):
			done = world.daemon.ctl_raw("capture", option, value,
						    "-w", path)
			expect((done.returncode, done.stderr), (
				1, "l2xctl: %s is not within 1 and %d\n" % (
					option[2:], most)))
	world.quiet()


@test
def what_cannot_be_captured(world):
	for words, why in ((("call", 4000000000), "there is no such call"),
			   (("tunnel", 1), "there is no such tunnel"),
			   (("port", "lo"), "there is no such port"),
			   (("reason", "x"), "there is no such reason")):
		done = world.daemon.ctl_raw("capture", *words, "-w",
					    "/nonexistent/x")
		expect((done.returncode, done.stderr),
		       (1, "l2xctl: %s\n" % why))
	done = world.daemon.ctl_raw("capture", "-w", "/nonexistent/x")
	expect((done.returncode, done.stderr), (
		1, "l2xctl: /nonexistent/x: No such file or directory\n"))
	_, process = world.capture("--seconds", 20)
	done = world.daemon.ctl_raw("capture", "-w", "/dev/null")
	expect((done.returncode, done.stderr), (
		1, "l2xctl: somebody else has the stream\n"))
	process.send_signal(signal.SIGINT)
	ended(process)
	world.quiet()


@test
def interrupted_and_to_standard_output(world):
	process = world.start("capture", "call", world.lac_call["id"], "-w",
			      "-")
	before = world.node.reasons()["forwarded"]
	world.lac_traffic()
	eventually(lambda: world.node.reasons()["forwarded"] >=
		   before + 2 * PACKETS)
	process.send_signal(signal.SIGINT)
	out, _ = ended(process)
	file = pcapng.File(out)
	expect(len(file.packets), 4 * PACKETS)
	expect(file.statistics["kept"], 4 * PACKETS)
	world.quiet()


@test
def client_that_is_killed_leaves_nothing(world):
	path, process = world.capture("--seconds", 600)
	expect(len(world.watched()[1]), 3, "ports")
	process.kill()
	process.wait()
	world.quiet()
	world.lac_traffic()
	path, process = world.capture("reason", "forwarded", "--count", 1)
	time.sleep(0.3) # nothing of before comes out
	expect(process.poll(), None)
	world.lac_traffic()
	ended(process)
	expect(len(pcapng.read(path).packets), 1)


@test
def tshark_decodes_ppp(world):
	if not shutil.which("tshark"):
		raise AssertionError("tshark is not installed")
	# neighbours are asked for at any time: those frames are others'
	path, process = world.capture("reason", "forwarded", "--count",
				      8 * PACKETS)
	world.lac_traffic()
	world.lns_traffic()
	ended(process)
	done = subprocess.run(
		["tshark", "-n", "-r", path, "-T", "fields", "-e",
		 "frame.protocols", "-e", "frame.interface_name", "-e",
		 "frame.packet_flags_direction", "-e", "frame.comment", "-e",
		 "udp.dstport"], stdout=subprocess.PIPE,
		stderr=subprocess.PIPE, text=True, check=True, timeout=60)
	rows = [line.split("\t") for line in done.stdout.splitlines()]
	expect(len(rows), 8 * PACKETS)
	kinds = {}
	for protocols, port, direction, comment, _ in rows:
		kinds.setdefault(port, set()).add(protocols)
		expect(comment.startswith("reason forwarded, call "), True)
		expect(direction in ("0x00000001", "0x00000002"), True,
		       direction)
	expect(all(":pppoes:ppp:ip:udp" in k for k in kinds["access"]), True,
	       kinds)
	expect(all(":udp:l2tp:ppp:ip:udp" in k for k in kinds["core"]), True,
	       kinds)
	expect(all(":ip:udp" in k for k in kinds["net"]), True, kinds)


# ---- what l2xd sends itself ---------------------------------------------------
def stop(process):
	process.send_signal(signal.SIGINT)
	ended(process)


def dial(world, house, user, password="x"):
	client = PppoeClient(world.single.subs, "a0", user, password)
	house.on_close(client.close)
	client.discover()
	client.ppp.start()
	eventually(lambda: world.node.the_call(user)["state"] == "up", 10)
	return client


def settled(world, tunnel):
	"""Both sides have acknowledged all."""
	world.far_tunnel.wait_acked()
	eventually(lambda: [t["unacknowledged"] for t in world.node.show("tunnels")
			    if t["id"] == tunnel] == [0])


def as_known(raw):
	"""Without what only the kernel or the device fills in."""
	raw = bytearray(raw)
	if raw[12:14] == b"\x08\0" and raw[23] == 17:
		for at in (18, 19, 24, 25, 40, 41): # id, checksums
			raw[at] = 0
	return bytes(raw)


def expect_own(file, call=None, tunnel=None):
	"""All that was sent says that it is ours, and whose it is."""
	said = "reason own" + (", call %d" % call if call else "") + (
		", tunnel %d" % tunnel if tunnel else "")
	sent = [p for p in file.packets if p.direction == pcapng.SENT]
	expect({p.comment for p in sent}, {said})
	for p in file.packets:
		expect(p.length, len(p.octets), "length")
	return sent


def l2tp_of(raw):
	"""What lies behind Ethernet, IPv4 without options and UDP."""
	return raw[42:]


def messages(packets):
	"""(sent, type) of the control messages; 0: an acknowledgement."""
	out = []
	for p in packets:
		datagram = l2tp_of(p.octets)
		expect(datagram[0] & 0x80, 0x80, "control")
		out.append((p.direction == pcapng.SENT,
			    int.from_bytes(datagram[18:20], "big")
			    if len(datagram) > 12 else 0))
	return out


@test
def port_with_all_of_a_client(world, house):
	"""Discovery, LCP, authentication, IPCP and PADT, both ways, as they
	are on the client's end of the wire."""
	wire = house.capture(world.single.subs, "a0")
	path, process = world.capture("port", "access")
	client = PppoeClient(world.single.subs, "a0", "alice@local.example",
			     "alicepw")
	house.on_close(client.close)
	client.up()
	call = world.node.the_call("alice@local.example")["id"]
	client.padt()
	eventually(lambda: world.node.call(call)["state"] == "ended")
	stop(process)
	file = pcapng.read(path)

	def of_client(octets):
		return client.mac in (octets[:6], octets[6:12])
	packets = [p for p in file.packets if of_client(p.octets)]
	expect_same([p.octets for p in packets],
		    [raw for _, raw in wire.stop() if of_client(raw)], "access")
	codes = [(p.direction, decode(p.octets).pppoe_code) for p in packets]
	expect(codes[:4], [(pcapng.RECEIVED, 0x09), (pcapng.SENT, 0x07),
			   (pcapng.RECEIVED, 0x19), (pcapng.SENT, 0x65)])
	expect(codes[-1], (pcapng.RECEIVED, 0xa7))
	comments = {p.comment for p in packets if p.direction == pcapng.SENT}
	expect(comments, {"reason own", "reason own, call %d" % call})
	world.quiet()


@test
def tunnel_with_all_of_a_session(world, house):
	tunnel = world.lac_call["core"]["tunnel"]
	wire = house.capture(world.single.peer, "c0", "udp port 1701 and "
			     "host " + world.single.PEER)
	path, process = world.capture("tunnel", tunnel)
	client = dial(world, house, "y@far.example")
	call = world.node.the_call("y@far.example")["id"]
	client.padt()
	eventually(lambda: world.node.call(call)["state"] == "ended")
	settled(world, tunnel)
	stop(process)
	file = pcapng.read(path)
	control = [p for p in file.packets if l2tp_of(p.octets)[0] & 0x80]
	theirs = [as_known(raw) for _, raw in wire.stop()
		  if l2tp_of(raw)[0] & 0x80]
	expect_same([as_known(p.octets) for p in control], theirs, "core")
	found = [m for m in messages(control) if m[1]]
	expect(found, [(True, 10), (False, 11), (True, 12), (True, 14)],
	       "ICRQ, ICRP, ICCN, CDN")
	expect_own(pcapng_file(control), tunnel=tunnel)
	world.quiet()


def pcapng_file(packets):
	file = pcapng.File(b"")
	file.packets = packets
	return file


@test
def call_with_its_control(world, house):
	"""PADT of the client and our CDN, of an LNS's call our LCP."""
	client = dial(world, house, "z@far.example")
	call = world.node.the_call("z@far.example")
	path, process = world.capture("call", call["id"])
	client.padt()
	eventually(lambda: world.node.call(call["id"])["state"] == "ended")
	stop(process)
	padt, cdn = pcapng.read(path).packets
	expect((padt.direction, decode(padt.octets).pppoe_code),
	       (pcapng.RECEIVED, 0xa7))
	expect(padt.comment, "reason pppoe_discovery, call %d" % call["id"])
	expect(messages([cdn]), [(True, 14)])
	expect(cdn.comment, "reason own, call %d, tunnel %d" % (
		call["id"], call["core"]["tunnel"]))
	path, process = world.capture("call", world.lns_call["id"], "--count",
				      2)
	world.call.ppp.echo()
	ended(process)
	asked, replied = pcapng.read(path).packets
	expect((asked.direction, replied.direction),
	       (pcapng.RECEIVED, pcapng.SENT))
	expect(l2tp_of(replied.octets)[-10:-6], b"\xc0\x21\x0a" +
	       l2tp_of(asked.octets)[-7:-6], "Echo-Reply")
	expect(replied.comment, "reason own, call %d, tunnel %d" % (
		world.lns_call["id"], world.lns_call["access"]["tunnel"]))
	world.quiet()


# ---- drops -------------------------------------------------------------------
def drop_frame(world, n=0):
	return l2tp_data(world.far_tunnel.peer_id, no_session(world, n),
			 b"\xff\x03\0\x21" + bytes(range(100)))


class Drops:
	"""The lines of "l2xctl --json events drops"."""

	def __init__(self, world):
		self.process = world.start("--json", "events", "drops",
					   on=DROPS)
		self.out = self.process.stdout

	def read(self):
		while True:
			event = json.loads(self.out.readline())
			if event["event"] == "drop":
				return event

	def close(self):
		self.process.kill()
		self.process.communicate()


@test
def drops_are_told_once_and_with_their_octets(world):
	drops = Drops(world)
	datagram = drop_frame(world)
	world.far.send_raw(datagram)
	event = drops.read()
	expect(event["reason"], "unknown_session")
	expect((event["port"], event["left_out"], event["call"]),
	       ("core", 0, 0))
	expect(event["tunnel"], world.lac_call["core"]["tunnel"])
	expect(event["length"], 42 + len(datagram))
	octets = bytes.fromhex(event["octets"])
	expect(len(octets), 64)
	expect(octets[42:], datagram[:22])
	drops.close()
	world.quiet()


@test
def drops_are_sampled(world):
	drops = Drops(world)
	before = world.node.reasons()["unknown_session"]
	time.sleep(1.1) # a second of this reason may have begun
	for n in range(200):
		world.far.send_raw(drop_frame(world, n))
	eventually(lambda: world.node.reasons()["unknown_session"] ==
		   before + 200)
	time.sleep(1.1)
	world.far.send_raw(drop_frame(world))
	told, left_out = 0, 0
	while told + left_out < 201:
		event = drops.read()
		told += 1
		left_out += event["left_out"]
	expect(told + left_out, 201, "drops told and left out")
	# 200 datagrams take less than two seconds
	expect(11 <= told <= 31, True, "told: %d" % told)
	drops.close()
	world.quiet()


@test
def who_asks_for_events_only_gets_no_drops(world):
	world.far.send_raw(drop_frame(world))
	time.sleep(0.2)
	expect(world.node.events.all("drop"), [])
	expect(world.watched(), (0, []))


# ---- tunnels and engines that go ----------------------------------------------
@test
def tunnel_from_its_first_message(world, house):
	"""Opened and closed by us; tshark finds no fault in it."""
	path, process = world.capture("port", "core")
	world.node.disconnect("tunnel", world.lac_call["core"]["tunnel"])
	dial(world, house, "x@far.example")
	stop(process)
	file = pcapng.read(path)
	sent = [m[1] for m in messages(
		[p for p in file.packets if p.direction == pcapng.SENT and
		 l2tp_of(p.octets)[0] & 0x80]) if m[1]]
	expect([m for m in sent if m in (4, 1, 3, 10, 12)],
	       [4, 1, 3, 10, 12], "StopCCN, SCCRQ, SCCCN, ICRQ, ICCN")
	done = subprocess.run(
		["tshark", "-n", "-r", path, "-o", "ip.check_checksum:TRUE",
		 "-o", "udp.check_checksum:TRUE", "-Y",
		 "frame.packet_flags_direction == 2 and (_ws.malformed or "
		 "ip.checksum.status != Good or udp.checksum.status != Good "
		 "or not l2tp)"], stdout=subprocess.PIPE,
		stderr=subprocess.PIPE, text=True, timeout=60)
	expect((done.returncode, done.stdout), (0, ""), done.stderr)
	world.quiet()


@test
def engine_that_is_killed_watches_no_more(world):
	path, process = world.capture("--seconds", 600)
	os.kill(world.daemon.engine, signal.SIGKILL)
	_, err = process.communicate(timeout=10)
	expect(process.returncode, 2)
	expect("the daemon ended the connection" in err.decode(), True)
	pcapng.read(path)
	eventually(world.daemon.answers, 15)
	world.quiet()


if __name__ == "__main__":
	lab.main()
