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


# ---- the engine goes ------------------------------------------------------------
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
