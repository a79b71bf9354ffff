#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 400
# daemon: both
"""kill -9 of engine and keeper under traffic: not one frame is lost, and what
a dead engine left is swept in time.  Clients whose sessions end with it, with
their port's MAC address or with --unload are told."""

import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import lab # noqa: E402
import topology # noqa: E402
from flow import MARK, Flow, fast_enough # noqa: E402
from frames import (ETH_IP, ETH_SESSION, UDP, ethernet, ipv4, # noqa
		    mac_text, pppoe, udp)
from guest import runs # noqa: E402
from lab import eventually, expect, setup, sh, test # noqa: E402
from pppoe_peer import PADT, PppoeClient # noqa: E402

KILLS = 20
RATE = 13000 # more than promised, to stay above it on a busy machine
NET = "10.98.0.2"
EXPECTED = {"forwarded", "not_ours", "pppoe_discovery", "ppp_control"}

CONFIG = {
	"user": "nobody",
	"stale-hold": 600,
	"ports": [{"name": "a0", "access": True}, {"name": "c0"}],
	"pppoe": {"ac-name": "kills"},
	"domains": [{"name": n, "action": "local"} for n in ("default",
							     "none")],
	"users": [{"name": "alice", "password": "alicepw"},
		  {"name": "bob", "password": "bobpw",
		   "address": "10.99.1.5"}],
	"pools": [{"name": "pool", "range": "10.99.0.10-10.99.0.99",
		   "gateway": "10.99.0.1"}],
}


class World:
	"""sub --a0-- bng --c0-- net, one subscriber."""

	def __init__(self, house):
		self.sub, self.bng, self.net = (
			house.netns(n) for n in ("sub", "bng", "net"))
		house.veth(self.sub, "s0", self.bng, "a0")
		house.veth(self.bng, "c0", self.net, "n0")
		self.bng.address("c0", "10.98.0.1/24")
		self.net.address("n0", NET + "/24")
		self.net.route("10.99.0.0/24", "via", "10.98.0.1")
		topology.router(self.bng)
		for ns, device, address, mac in (
				(self.bng, "c0", NET, self.net.mac("n0")),
				(self.net, "n0", "10.98.0.1",
				 self.bng.mac("c0"))):
			sh("ip", "-n", ns.name, "neigh", "replace", address,
			   "dev", device, "lladdr", mac)
		# nobody answers the frames: only counted
		self.net.run("nft", "add table ip quiet; add chain ip quiet in "
			     "{ type filter hook input priority 0; }; "
			     "add rule ip quiet in udp dport 9 drop")
		self.daemon = house.l2xd(self.bng, "kill",
					 topology.yaml(CONFIG) + "\n")
		eventually(lambda: all(
			p["state"] == "attached" for p in self.ctl("ports")),
			15, "ports")
		self.node = topology.Node(house, self.bng, "kill", CONFIG)
		self.node.daemon = self.daemon
		self.before = topology.held(self.node)
		self.client = PppoeClient(self.sub, "s0")
		house.on_close(self.client.close)
		self.client.discover()
		self.client.ppp.start()
		self.client.ppp.wait_ip()
		eventually(lambda: self.ctl("calls")[0]["state"] == "up", 10,
			   "the call")

	def ctl(self, what):
		return self.daemon.ctl("show", what)[what]

	def reasons(self):
		return {r["name"]: r["packets"] for r in self.ctl("reasons")}

	def frames(self):
		"""One of each direction: from the subscriber, to him."""
		client = self.client
		payload = MARK + bytes(8)
		up = ipv4(client.ppp.address, NET, UDP,
			  udp(client.ppp.address, NET, 9, 9, payload, True))
		down = ipv4(NET, client.ppp.address, UDP,
			    udp(NET, client.ppp.address, 9, 9, payload, True))
		return (ethernet(client.ac_mac, client.mac, ETH_SESSION,
				 pppoe(0, client.session, b"\0\x21" + up)),
			ethernet(self.bng.mac("c0"), self.net.mac("n0"),
				 ETH_IP, down))

	def flows(self, house):
		up, down = self.frames()
		flows = [Flow(self.sub, "s0", self.net, "n0", up, RATE),
			 Flow(self.net, "n0", self.sub, "s0", down, RATE)]
		for flow in flows:
			house.on_close(flow.kill)
		time.sleep(1)
		return flows

	def kill_engine(self):
		old = self.daemon.engine
		os.kill(old, signal.SIGKILL)
		eventually(lambda: self.daemon.engine not in (None, old), 15,
			   "a new engine")
		eventually(lambda: self.ctl("ports"), 10, "it answers")

	def kill_keeper(self):
		engine = self.daemon.engine
		os.kill(self.daemon.keeper, signal.SIGKILL)
		self.daemon.process.wait(10)
		eventually(lambda: not runs(engine), 5, "engine is gone")
		time.sleep(0.3)
		self.daemon.start()


@setup
def world(house):
	return World(house)


def check(flows, before, after):
	"""Returns the rate of the slower one."""
	rates = []
	for name, flow in zip(("up", "down"), flows):
		result = flow.stop()
		print("# %s: %s" % (name, result))
		expect(result["lost"], 0, name + ": lost")
		expect(result["twice"], 0, name + ": twice")
		rates.append(result["rate"])
	moved = {name: after[name] - before[name] for name in after
		 if after[name] != before[name]}
	print("# reasons: %s" % moved)
	expect(set(moved) - EXPECTED, set(), "reasons that moved")
	return min(rates)


def episode(world, house, act):
	"""Nothing is lost while that goes on, at the rate it is meant for."""
	def once():
		before = world.reasons()
		flows = world.flows(house)
		act()
		return check(flows, before, world.reasons())

	fast_enough(once)


@test
def flow_without_kills_loses_nothing(world, house):
	episode(world, house, lambda: time.sleep(3))


@test
def kills_of_engine_and_keeper_lose_nothing(world, house):
	def kills():
		for i in range(KILLS):
			if i % 2:
				world.kill_keeper()
			else:
				world.kill_engine()

	episode(world, house, kills)


@test
def old_legs_are_stale_and_their_ids_not_reused(world):
	status = world.daemon.ctl("show", "status")
	expect(status["stale"]["legs"], 2, "stale legs")
	expect(world.ctl("calls"), [])
	other = PppoeClient(world.sub, "s0")
	try:
		other.discover()
		expect(other.session != world.client.session, True, "session")
		other.ppp.start()
		other.ppp.wait_ip()
		expect(other.ppp.address != world.client.ppp.address, True,
		       "address")
	finally:
		other.close()


@test
def stale_legs_are_swept_after_their_time(world):
	"""Those of an address that lies in no pool too."""
	bob = PppoeClient(world.sub, "s0", "bob", "bobpw")
	try:
		bob.discover()
		bob.ppp.start()
		bob.ppp.wait_ip()
		expect(bob.ppp.address, "10.99.1.5")
		eventually(lambda: topology.single_addresses(
			world.daemon.instance) == 1, 5, "its address")
	finally:
		bob.close()
	world.daemon.write(topology.yaml(dict(CONFIG, **{"stale-hold": 6})) +
			   "\n")
	world.kill_keeper()
	expect(world.daemon.ctl("show", "status")["stale"]["legs"] >= 4, True)
	expect(topology.held(world.node) != world.before, True, "they are held")
	eventually(lambda: world.daemon.ctl("show", "status")["stale"]["legs"]
		   == 0, 25, "swept")
	world.client.wait_padt() # or it would be on line for ever
	topology.expect_same(lambda: topology.held(world.node), world.before,
			     "the node", 5)


def dial(world, house):
	client = PppoeClient(world.sub, "s0")
	house.on_close(client.close)
	client.discover()
	client.ppp.start()
	client.ppp.wait_ip()
	eventually(lambda: world.ctl("calls")[0]["state"] == "up", 10, "up")
	return client


@test
def a_ports_new_mac_address_ends_its_calls_at_once(world, house):
	"""By PADT from the old one; and clients that dial meet the new one."""
	client = dial(world, house)
	old, new = client.ac_mac, "02:00:00:00:00:99"
	sh("ip", "-n", world.bng.name, "link", "set", "a0", "address", new)
	client.wait_padt()
	padt = [f for f in client.seen if f.pppoe_code == PADT]
	expect([f.src for f in padt], [mac_text(old)], "from")
	eventually(lambda: world.bng.mac("a0") == new)
	again = dial(world, house)
	expect(mac_text(again.ac_mac), new, "the port's address")
	again.padt()
	eventually(lambda: not world.ctl("calls"), 5, "no call")


@test
def unload_tells_the_clients(world, house):
	"""Those of calls that are up, and of calls that are stale."""
	clients = [dial(world, house)]
	world.kill_engine()
	eventually(lambda: all(p["state"] == "attached"
			       for p in world.ctl("ports")), 10, "ports")
	clients.append(dial(world, house))
	expect(world.daemon.stop(), 0, "exit status")
	expect([c.padt_seen for c in clients], [False] * 2)
	done = world.daemon.unload()
	expect(done.returncode, 0, done.stderr)
	told = re.search(r"(\d+) of (\d+) PPPoE sessions", done.stderr)
	expect(told[1], told[2], done.stderr)
	for client in clients:
		client.wait_padt()


@test
def unload_waits_once_for_a_device_that_sends_nothing(world, house):
	"""However many clients there are, and says so."""
	world.daemon.start()
	eventually(lambda: all(p["state"] == "attached"
			       for p in world.ctl("ports")), 10, "ports")
	for _ in range(3):
		dial(world, house)
	expect(world.daemon.stop(), 0, "exit status")
	# room for no frame at all
	qdisc = ["tc", "qdisc", "add", "dev", "a0", "root", "tbf",
		 "rate", "8bit", "burst", "10", "limit", "10"]
	world.bng.run(*qdisc)
	done = world.daemon.unload()
	expect(done.returncode, 0, done.stderr)
	expect((done.stderr.count("sends nothing"),
		"0 of 3 PPPoE sessions" in done.stderr), (1, True),
	       done.stderr)
	world.bng.run("tc", "qdisc", "del", "dev", "a0", "root")


@test
def unload_elsewhere_tells_nobody(world, house):
	"""In a namespace with another device of the port's number."""
	world.daemon.start()
	eventually(lambda: all(p["state"] == "attached"
			       for p in world.ctl("ports")), 10, "ports")
	client = dial(world, house)
	expect(world.daemon.stop(), 0, "exit status")
	other, number = house.netns("other"), world.bng.link("a0")["ifindex"]
	other.run("ip", "link", "add", "name", "o0", "index", str(number),
		  "type", "veth", "peer", "name", "o1", "index",
		  str(number + 1))
	for device in ("o0", "o1"):
		other.run("ip", "link", "set", device, "up")
	done = sh(*other.argv(world.daemon.program, "-i",
			      world.daemon.instance, "--unload"))
	expect("PPPoE sessions" in done.stderr, False, done.stderr)
	expect(client.padt_seen, False, "told")


if __name__ == "__main__":
	lab.main()
