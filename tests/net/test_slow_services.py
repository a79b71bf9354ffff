#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""What goes by hand has the same services as what XDP forwards: the MSS of
SYNs, rates and suspended subscribers, each packet charged once, DSCP and
congestion marks, and what comes late."""

import os
import struct
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)

import bpfmaps # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import (ETH_IP, TCP, checksum, ethernet, ip4, ipv4, # noqa: E402
		    u16)
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402
from slow_world import (FITS, FULL, PPP_IP, World, config, # noqa: E402
			packet, unresolved)

BOB, FAR = "bob@isp.example", "u@far.example"


@setup
def world(house):
	return World(house)


def inner(data):
	"""The IPv4 packet in a data message."""
	return data.payload.split(PPP_IP, 1)[1]


def is_ip(data):
	return PPP_IP in data.payload[:4]


def send_down(world, packets):
	"""From the net, towards a subscriber."""
	with world.net.socket(17, 3) as s: # packet, raw
		s.bind(("n0", 0))
		for packet in packets:
			s.send(ethernet(world.ns.mac("net"),
					world.net.mac("n0"), ETH_IP, packet))


def police(world, user, octets):
	"""What arrives on both legs has a full bucket of so many octets, which
	fills by one in a tick; None: has no rate."""
	rate = "none" if octets is None else "1M"
	call = world.node.the_call(user)
	world.node.ask("police call", id=call["id"], up=rate, down=rate)
	hertz = round(1 / time.clock_getres(6)) # of CLOCK_MONOTONIC_COARSE
	now = int(time.clock_gettime(6) - 300) * hertz << 32
	record = struct.pack("=QII", (now + (1 << 63)) % (1 << 64), 0xffffffff,
			     (octets or 0) << 16)
	for leg in ("access", "core"):
		lab.sh("bpftool", "map", "update", "pinned", bpfmaps.folder(
			world.node.daemon.instance) + "/policers", "key", "hex",
		       *octets_hex(struct.pack("=I", call[leg]["slot"])),
		       "value", "hex", *octets_hex(record))


def octets_hex(octets):
	return ["%02x" % b for b in octets]


# ---- MSS ---------------------------------------------------------------------
def syn(source, destination, mss, size=44):
	head = struct.pack(">HHIIBBHHHBBH", 80, 4660, 1, 0, 0x60, 2, 8192, 0, 0,
			   2, 4, mss) + bytes(size - 44)
	pseudo = ip4(source) + ip4(destination) + u16(TCP) + u16(len(head))
	return ipv4(source, destination, TCP,
		    head[:16] + u16(checksum(pseudo + head)) + head[18:])


@test
def first_syn_of_a_next_hop_is_clamped(world):
	world.call = world.lns_call()
	own = world.call.ppp.address
	world.call.data.clear()
	with unresolved(world):
		with world.counts(BOB, next_hop_unresolved=1, slow_to_l2tp=1,
				  down=1):
			send_down(world, [syn(topology.INTERNET, own, 1460)])
	got = inner(world.call.expect_data(is_ip))
	want = syn(topology.INTERNET, own, FITS - 40)
	# one hop less, twice checked: by its checksum and by its number
	expect((got[8], checksum(got[:20])), (63, 0), "TTL")
	expect(got[20:], want[20:], "MSS of %d and its checksum" % (FITS - 40))


@test
def syn_in_fragments_is_clamped_on_its_way_up(world):
	own = world.call.ppp.address
	with world.net.socket(2, 3, TCP) as s: # raw
		s.bind((topology.INTERNET, 0))
		s.settimeout(5)
		with world.counts(BOB, fragment=2, slow_to_kernel=1, up=1):
			world.call.send_ppp(PPP_IP + syn(
				own, topology.INTERNET, 1460, FULL))
			got = s.recv(2000)
	expect((got[8], checksum(got[:20])), (63, 0), "TTL")
	expect(got[20:], syn(own, topology.INTERNET, FITS - 40, FULL)[20:],
	       "segment")


# ---- rates -------------------------------------------------------------------
#
# Buckets of ten full packets, which within a test fill by less than another.
MANY, SOME = 30, 10
BUCKET = SOME * (FULL + 2)


def full(source, destination):
	return PPP_IP + packet(source, destination, FULL)


@test
def pieces_of_an_outer_packet_have_the_rate_of_their_call(world):
	"""One bucket for what goes by hand and what XDP forwards."""
	call = world.call
	up = full(call.ppp.address, topology.INTERNET)
	small = PPP_IP + packet(call.ppp.address, topology.INTERNET, 1400)
	police(world, BOB, BUCKET)
	with world.counts(BOB, fragment=2 * MANY, slow_to_kernel=SOME, up=SOME,
			  slow_policed=MANY - SOME, policed=0):
		for _ in range(MANY):
			call.send_ppp(up)
	with world.counts(BOB, policed=MANY, up=0):
		for _ in range(MANY):
			call.send_ppp(small)
	expect(world.node.the_call(BOB)["access"]["dropped"], 2 * MANY - SOME)
	# and the other way round
	police(world, BOB, SOME * 1402)
	with world.counts(BOB, policed=MANY - SOME, up=SOME):
		for _ in range(MANY):
			call.send_ppp(small)
	with world.counts(BOB, slow_policed=MANY, policed=0, up=0):
		for _ in range(MANY):
			call.send_ppp(up)
	police(world, BOB, None)


@test
def what_xdp_punts_is_charged_once(world):
	"""Too big for the core, out of PPPoE and from the net."""
	client, call = world.lac()
	police(world, FAR, BUCKET)
	with world.counts(FAR, too_big=SOME, slow_to_l2tp=SOME, up=SOME,
			  policed=MANY - SOME, slow_policed=0):
		for _ in range(MANY):
			client.send_ppp(full("192.0.2.7", "198.51.100.9"))
	client.padt()
	police(world, BOB, BUCKET)
	own = world.call.ppp.address
	with world.counts(BOB, too_big=SOME, slow_fragmented=SOME, down=SOME,
			  policed=MANY - SOME, slow_policed=0):
		send_down(world, [packet(topology.INTERNET, own, FULL)
				  for _ in range(MANY)])
	# the bucket is empty for the host's own as well
	with world.counts(BOB, slow_policed=1, policed=0, down=0):
		expect(world.ns.ping(own, 1, 1000), 0, "answers")
	police(world, BOB, None)


@test
def what_the_kernel_cuts_is_charged_once(world, house):
	"""Too big for the subscriber alone: XDP charges the whole, the kernel
	cuts it for his route."""
	client = PppoeClient(world.subs, "a0", "alice@local.example",
			     "alicepw", mru=1000)
	house.on_close(client.close)
	client.up()
	user = "alice@local.example"
	eventually(lambda: world.node.the_call(user)["state"] == "up")
	police(world, user, BUCKET)
	with world.counts(user, too_big=SOME, slow_to_pppoe=2 * SOME,
			  policed=MANY - SOME, slow_policed=0):
		send_down(world, [packet(topology.INTERNET, client.ppp.address,
					 FULL) for _ in range(MANY)])
	client.padt()


@test
def unresolved_and_charged_once(world):
	own = world.call.ppp.address
	police(world, BOB, SOME * (FITS + 2))
	with unresolved(world):
		with world.counts(BOB, next_hop_unresolved=SOME, down=SOME,
				  policed=MANY - SOME, slow_policed=0):
			send_down(world, [packet(topology.INTERNET, own, FITS)
					  for _ in range(MANY)])
	police(world, BOB, None)


@test
def suspended_by_hand_as_well(world):
	call = world.call
	ident = world.node.the_call(BOB)["id"]
	world.node.ask("suspend call", id=ident)
	dropped = world.node.the_call(BOB)["access"]["dropped"]
	with world.counts(BOB, fragment=2, slow_blocked=1, blocked=0, up=0):
		call.send_ppp(full(call.ppp.address, topology.INTERNET))
	expect(world.node.the_call(BOB)["access"]["dropped"], dropped + 1)
	world.node.ask("resume call", id=ident)
	with world.counts(BOB, slow_to_kernel=1, up=1):
		call.send_ppp(full(call.ppp.address, topology.INTERNET))


# ---- DSCP and ECN ------------------------------------------------------------
EF, AF11, CS6, ECT1, ECT0, CE = 46 << 2, 10 << 2, 48 << 2, 1, 2, 3
ECN = 103 # AVP


def marking(house, **l2tp):
	"""A world of its own; its LAC agrees on congestion marks."""
	one = World(house, config(ecn=True, **l2tp))
	one.call = one.lns_call(more=((ECN, b""),))
	eventually(lambda: any(
		flags & bpfmaps.COPY_ECN for flags in bpfmaps.tunnel_flags(
			one.node.daemon.instance)), 5, "the template")
	return one


def classes(house, world, send, count):
	"""Outer traffic classes of what the core gets, but for control."""
	capture = house.capture(world.peer, "c0", "src " + world.LOCAL)
	send()
	found = []
	def arrived():
		found[:] = [f[15] for _, f in capture.frames()
			    if f[12:14] == b"\x08\0" and f[15] != CS6]
		return len(found) >= count
	eventually(arrived, 5, "%d datagrams" % count)
	capture.stop(0)
	return found


def class_up(world, inner, outer):
	"""Of a full packet in fragments of this outer class: the inner class
	that arrives in the internet."""
	call = world.call
	call.tunnel.endpoint.sock.setsockopt(0, 1, outer) # IP_TOS
	whole = packet(call.ppp.address, topology.INTERNET, FULL, tos=inner)
	with world.net.socket(2, 3, 17) as s: # raw, UDP
		s.bind((topology.INTERNET, 0))
		s.settimeout(2)
		with world.counts(BOB, up=1):
			call.send_ppp(PPP_IP + whole)
			got = s.recv(2000)
	expect(checksum(got[:20]), 0, "checksum of the inner header")
	expect(got[20:], whole[20:], "payload")
	return got[1]


@test
def classes_are_copied_into_and_set_out_of_tunnels(house):
	one = marking(house, dscp="copy", **{"dscp-inner": AF11 >> 2})
	own = one.call.ppp.address
	down = packet(topology.INTERNET, own, FULL, tos=EF | ECT0)
	expect(classes(house, one, lambda: send_down(one, [down]), 2),
	       [EF | ECT0] * 2, "of a packet that is cut")
	client, far = one.lac()
	up = PPP_IP + packet("192.0.2.7", "198.51.100.9", FULL, tos=EF | CE)
	expect(classes(house, one, lambda: client.send_ppp(up), 2), [EF] * 2,
	       "both fragments, nothing agreed")
	for inner, outer, seen in ((EF | ECT0, CE, AF11 | CE),
				   (EF, EF | ECT0, AF11),
				   (ECT0, ECT1, AF11 | ECT1)):
		expect(class_up(one, inner, outer), seen)
	with one.counts(BOB, fragment=2, slow_ecn_conflict=1, up=0,
			ecn_conflict=0):
		one.call.tunnel.endpoint.sock.setsockopt(0, 1, CE)
		one.call.send_ppp(full(own, topology.INTERNET))


@test
def classes_are_set_into_and_copied_out_of_tunnels(house):
	one = marking(house, dscp=EF >> 2, **{"dscp-inner": "copy"})
	own = one.call.ppp.address
	down = packet(topology.INTERNET, own, FULL, tos=AF11 | ECT1)
	expect(classes(house, one, lambda: send_down(one, [down]), 2),
	       [EF | ECT1] * 2)
	expect(class_up(one, ECT0, AF11), AF11 | ECT0)
	# what waits for a next hop, too
	small = packet(topology.INTERNET, own, 100, tos=AF11)
	def send():
		with unresolved(one), one.counts(BOB, slow_to_l2tp=1):
			send_down(one, [small])
	expect(classes(house, one, send, 1), [EF])


# ---- numbered data -----------------------------------------------------------
REQUIRED = ((39, b""),) # AVP


@test
def order_is_one_for_both_ways(house):
	"""Fragments go by hand, whole datagrams by XDP, all with their Ns."""
	one = World(house)
	call = one.lns_call(iccn=REQUIRED)
	own = call.ppp.address
	big = full(own, topology.INTERNET)
	small = PPP_IP + packet(own, topology.INTERNET, 200)
	before = one.node.the_call(BOB)["access"]
	def send(frame, ns, **by):
		with one.counts(BOB, **by):
			call.send_ppp(frame, ns=ns)
	send(big, 1000, slow_to_kernel=1, slow_late=0, up=1)
	send(small, 1005, slow_to_kernel=0, late_sequence=0, up=1)
	send(big, 1004, slow_late=1, slow_to_kernel=0, up=0)
	send(big, 1009, slow_to_kernel=1, slow_late=0, up=1)
	send(small, 1008, late_sequence=1, up=0)
	send(small, 1010, late_sequence=0, up=1)
	after = one.node.the_call(BOB)["access"]
	expect([after[n] - before[n] for n in ("late", "dropped")], [2, 2])


@test
def what_xdp_has_counted_is_not_late(house):
	"""Through an LTS: whole as it arrives, with a longer header too big."""
	settings = config(**{"length-bit": True})
	settings["tunnels"][0]["sequencing"] = True
	one = World(house, settings)
	far = one.endpoint("lns1", serve=True)
	calls = []
	far.on_call = calls.append
	lac = one.endpoint("switch1", 1703).connect(one.LOCAL)
	call = lac.call(iccn=REQUIRED, proxy=[
		(29, b"\0\3"), (30, b"x@far.example"), (32, b"\0\1"),
		(33, b"secret")])
	user = "x@far.example"
	eventually(lambda: calls and one.node.the_call(user)["state"] == "up")
	frame = PPP_IP + packet("192.0.2.7", "198.51.100.9", 1500 - 42)
	for ns in range(MANY):
		with one.counts(user, too_big=1, fragment=0, slow_late=0,
				slow_to_l2tp=1, up=1):
			call.send_ppp(frame, ns=ns)
	leg = one.node.the_call(user)["access"]
	expect([leg["sequencing"], leg["late"], leg["dropped"]], [True, 0, 0])
	eventually(lambda: len([d for d in calls[0].data if is_ip(d)]) == MANY)


if __name__ == "__main__":
	lab.main()
