#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Runs inside the qemu guest (see test_forward.py): l2xd on Debian's own
kernel terminates scripted PPPoE subscribers, on veth and on virtio-net,
alone and beside somebody else's XDP program.

Environment: OTHER, the object of that other program; PORT, the virtio-net.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]
import lab # noqa: E402
from debian import ping # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SLOW = 60 # seconds: everything is emulated

CONFIG = """
ports:
  - name: a0
    access: yes
  - name: %s
    access: yes
  - name: c0
pppoe:
  ac-name: kernel-test
domains:
  - name: default
    action: local
    pool: subscribers
  - name: none
    action: local
    pool: subscribers
users:
  - name: alice
    password: alicepw
  - name: bob
    password: bobpw
pools:
  - name: subscribers
    range: 10.99.0.0/24
"""


class World:
	"""sub --a0-- bng --c0-- net, and a virtio-net port in bng."""

	def __init__(self, house):
		port = os.environ["PORT"]
		self.house = house
		self.sub, self.bng, self.net = (
			house.netns(n) for n in ("sub", "bng", "net"))
		house.veth(self.sub, "s0", self.bng, "a0")
		house.veth(self.bng, "c0", self.net, "n0")
		lab.sh("ip", "link", "set", port, "netns", self.bng.name)
		lab.sh("ip", "-n", self.bng.name, "link", "set", port, "up")
		self.bng.address("c0", "10.98.0.1/24")
		self.net.address("n0", "10.98.0.2/24")
		self.net.route("10.99.0.0/24", "via", "10.98.0.1")
		self.bng.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
		self.daemon = house.l2xd(self.bng, "k", CONFIG % port,
					 start=False)
		self.daemon.start(SLOW)
		self.client = None

	def ports(self):
		return self.daemon.ctl("show", "ports", timeout=SLOW)["ports"]

	def port(self, name):
		return next(p for p in self.ports() if p["name"] == name)


@setup
def world(house):
	return World(house)


def reason(world, name):
	"""Packets of one reason."""
	answer = world.daemon.ctl("show", "reasons", timeout=SLOW)
	return sum(r["packets"] for r in answer["reasons"]
		   if r["name"] == name)


@test
def ports_are_native_with_a_dispatcher(world):
	for port in world.ports():
		print("#", port)
		expect(port["mode"], "native")
		expect(port["attach"], "dispatcher")


@test
def subscriber_on_veth_is_forwarded_by_xdp(world):
	world.client = PppoeClient(world.sub, "s0")
	world.client.discover(SLOW)
	world.client.ppp.start()
	world.client.ppp.wait_ip(SLOW)
	ping(world.client, 2) # neighbours become known
	before = reason(world, "forwarded")
	expect(ping(world.client), 20, "answers")
	moved = reason(world, "forwarded") - before
	expect(moved >= 40, True, "forwarded by XDP: %d" % moved)


def frames_seen():
	"""What the other program has counted."""
	text = lab.sh("bpftool", "map", "dump", "name", "frames_seen").stdout
	return int(text.split('"value":')[1].split("}")[0])


def strangers(world, count):
	"""Frames of an EtherType that nobody takes, from the subscriber."""
	with world.sub.socket(17, 3) as s: # packet, raw
		s.bind(("s0", 0))
		for _ in range(count):
			s.send(b"\xff" * 6 + b"\2\0\0\0\0\7" + b"\x88\xb5" +
			       bytes(50))


@test
def other_program_shares_the_port(world):
	other = os.environ["OTHER"]
	world.bng.run("xdp-loader", "load", "-m", "native", "a0", other,
		      timeout=SLOW)
	try:
		print("#", world.bng.run("xdp-loader", "status", "a0"))
		before, seen = reason(world, "forwarded"), frames_seen()
		expect(ping(world.client), 20, "answers")
		expect(reason(world, "forwarded") - before >= 40, True)
		# it is behind us: what we pass on reaches it, what we send not
		strangers(world, 30)
		lab.eventually(lambda: frames_seen() - seen >= 30, 10,
			       "the other's count")
	finally:
		text = world.bng.run("xdp-loader", "status", "a0")
		line = next((l for l in text.splitlines()
			     if " pass " in l), "")
		ident = [w for w in line.split() if w.isdigit()]
		if len(ident) >= 2:
			world.bng.run("xdp-loader", "unload", "a0", "-i",
				      ident[1], check=False)
	expect(ping(world.client, 5), 5, "answers without it")


def offload(world, device, name):
	"""Whether it is on."""
	text = world.bng.run("ethtool", "-k", device)
	return next(l for l in text.splitlines()
		    if l.startswith(name + ":")).split()[1] == "on"


@test
def offloads_of_a_device_that_joins_and_filters(world):
	"""Bonds have what cards have; only some of them can do XDP."""
	names = ("large-receive-offload", "rx-vlan-filter", "rx-vlan-offload")
	for device, mode in (("able0", "active-backup"),
			     ("unable0", "balance-tlb")):
		lab.sh("ip", "-n", world.bng.name, "link", "add", device,
		       "type", "bond", "mode", mode)
		world.bng.run("ethtool", "-K", device, "lro", "on")
	world.house.veth(world.bng, "leg0", world.sub, "leg1")
	lab.sh("ip", "-n", world.bng.name, "link", "set", "leg0", "down")
	lab.sh("ip", "-n", world.bng.name, "link", "set", "leg0", "master",
	       "able0")
	world.daemon.ctl_raw("port", "attach", "able0", "access", timeout=SLOW)
	eventually(lambda: world.port("able0")["state"] == "attached", SLOW)
	port = world.port("able0")
	print("#", port)
	expect(port["mode"], "native")
	expect(set(names) <= set(port["offloads_off"]), True)
	expect([offload(world, "able0", n) for n in names], [False] * 3)
	# a bond's frames meet XDP as its slave's: they are served all the same
	for name in ("able0", "leg0"):
		lab.sh("ip", "-n", world.bng.name, "link", "set", name, "up")
	client = PppoeClient(world.sub, "leg1", vlans=(7,))
	client.discover(SLOW)
	client.ppp.start()
	client.ppp.wait_ip(SLOW)
	client.close()
	port = world.port("able0")
	expect((port["passes_by"], port["tags_hidden"]), (True, 0))
	expect("do not meet XDP" in port["text"], True, port["text"])
	expect(world.port("a0")["passes_by"], False)
	# refused: what went off first is on again, and is not tried for ever
	world.daemon.ctl_raw("port", "attach", "unable0", timeout=SLOW)
	eventually(lambda: "no native XDP" in world.port("unable0")["text"],
		   SLOW)
	world.daemon.ctl_raw("port", "detach", "able0", timeout=SLOW)
	eventually(lambda: world.port("able0")["state"] == "detached", SLOW)
	expect([offload(world, "able0", n) for n in names], [True] * 3)
	expect([offload(world, "unable0", n) for n in names], [True] * 3)
	log = world.daemon.log()
	for said in ("port unable0: large-receive-offload switched off",
		     "port unable0: large-receive-offload switched on again"):
		expect(log.count(said), 1, said)


@test
def subscriber_on_virtio_net_is_forwarded_by_xdp(world):
	"""The other end is a scripted client on the host."""
	folder = os.environ["LAB_DIR"]
	before = reason(world, "forwarded") # before the host may begin
	with open(os.path.join(folder, "virtio-ready"), "w"):
		pass
	eventually(lambda: os.path.exists(os.path.join(folder,
						       "virtio-done")),
		   3 * SLOW, "the client on the host is done")
	moved = reason(world, "forwarded") - before
	expect(moved >= 40, True, "forwarded by XDP: %d" % moved)


if __name__ == "__main__":
	lab.main()
