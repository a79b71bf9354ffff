#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""What goes by hand has the same services as what XDP forwards: the MSS of
SYNs."""

import contextlib
import os
import struct
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))
sys.path.insert(0, HERE)

import lab # noqa: E402
import topology # noqa: E402
from frames import (ETH_IP, TCP, checksum, ethernet, ip4, ipv4, # noqa: E402
		    u16)
from lab import eventually, expect, setup, test # noqa: E402
from slow_world import FITS, FULL, PPP_IP, World # noqa: E402

BOB = "bob@isp.example"


@setup
def world(house):
	return World(house)


def inner(data):
	"""The IPv4 packet in a data message."""
	return data.payload.split(PPP_IP, 1)[1]


def is_ip(data):
	return PPP_IP in data.payload[:4]


@contextlib.contextmanager
def unresolved(world):
	"""The tunnel's next hop, until the end."""
	world.peer.run("ip", "link", "set", "c0", "arp", "off")
	try:
		world.ns.run("ip", "neigh", "del", world.PEER, "dev", "core")
		eventually(lambda: "lladdr" not in world.ns.run(
			"ip", "neigh", "show", world.PEER), 5)
		time.sleep(0.3) # the engine hears of it
		yield
	finally:
		world.peer.run("ip", "link", "set", "c0", "arp", "on")


def send_down(world, packets):
	"""From the net, towards a subscriber."""
	with world.net.socket(17, 3) as s: # packet, raw
		s.bind(("n0", 0))
		for packet in packets:
			s.send(ethernet(world.ns.mac("net"),
					world.net.mac("n0"), ETH_IP, packet))


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


if __name__ == "__main__":
	lab.main()
