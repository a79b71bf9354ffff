#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
"""kill -9 of the processes of a LAC and an LNS in turn, under traffic through
their tunnel: not one frame is lost on the switched path either."""

import os
import signal
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "lab")]

import lab # noqa: E402
import topology # noqa: E402
from flow import MARK, Flow, fast_enough # noqa: E402
from frames import (ETH_IP, ETH_SESSION, UDP, ethernet, ipv4, pppoe, # noqa
		    udp)
from guest import runs # noqa: E402
from lab import eventually, expect, setup, sh, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

KILLS = 20
RATE = 13000 # more than promised, to stay above it on a busy machine
NET = "10.98.0.2"
USER = "alice@isp.example"
# a Hello would tell the surviving end that the other one forgot the tunnel
L2TP = {"hello": 0}

LAC = {
	"ports": [{"name": "a0", "access": True}, {"name": "c0"}],
	"stale-hold": 600,
	"pppoe": {"ac-name": "kills"},
	"l2tp": dict(L2TP, **{"local-addresses": ["10.97.0.1"]}),
	"tunnels": [{"name": "lns", "peer": "10.97.0.2", "host-name": "lac",
		     "secret": "s3cret"}],
	"domains": [{"name": "default", "tunnels": ["lns"]}],
}
LNS = {
	"ports": [{"name": "w0"}, {"name": "n1"}],
	"stale-hold": 600,
	"l2tp": dict(L2TP, **{"local-addresses": ["10.97.0.2"]}),
	"ppp": {"echo": 0},
	"destinations": [{"name": "lac", "peer": "10.97.0.1", "hosts": [
		{"name": "lac", "host-name": "lns", "secret": "s3cret"}]}],
	"users": [{"name": USER, "password": "alicepw"}],
	"pools": [{"name": "pool", "range": "10.99.0.10-10.99.0.99",
		   "gateway": "10.99.0.1"}],
}


class World:
	"""sub --a0-- lac --c0-- lns --n1-- net, one subscriber."""

	def __init__(self, house):
		self.sub, self.lac, self.lns, self.net = (
			house.netns(n) for n in ("sub", "lac", "lns", "net"))
		house.veth(self.sub, "s0", self.lac, "a0")
		house.veth(self.lac, "c0", self.lns, "w0", topology.CORE_MTU)
		house.veth(self.lns, "n1", self.net, "n0")
		self.lac.address("c0", "10.97.0.1/24")
		self.lns.address("w0", "10.97.0.2/24")
		self.lns.address("n1", "10.98.0.1/24")
		self.net.address("n0", NET + "/24")
		self.net.route("10.99.0.0/24", "via", "10.98.0.1")
		topology.router(self.lns)
		for ns, device, address, mac in (
				(self.lns, "n1", NET, self.net.mac("n0")),
				(self.net, "n0", "10.98.0.1",
				 self.lns.mac("n1"))):
			sh("ip", "-n", ns.name, "neigh", "replace", address,
			   "dev", device, "lladdr", mac)
		self.net.run("nft", "add table ip quiet; add chain ip quiet in "
			     "{ type filter hook input priority 0; }; "
			     "add rule ip quiet in udp dport 9 drop")
		self.nodes = [topology.Node(house, ns, name, config).start()
			      for ns, name, config in (
				      (self.lns, "kilns", LNS),
				      (self.lac, "kilac", LAC))]
		self.daemons = [node.daemon for node in self.nodes]
		self.before = [topology.held(node) for node in self.nodes]
		self.client = self.dial(house)

	def dial(self, house):
		client = PppoeClient(self.sub, "s0", user=USER,
				     password="alicepw")
		house.on_close(client.close)
		client.discover()
		client.ppp.start()
		client.ppp.wait_ip()
		for daemon in self.daemons:
			eventually(lambda d=daemon: d.ctl(
				"show", "calls")["calls"][0]["state"] == "up",
				10, "the call")
		return client

	def reasons(self):
		"""Packets by daemon, class and name."""
		return {(d.instance, r["class"], r["name"]): r["packets"]
			for d in self.daemons
			for r in d.ctl("show", "reasons")["reasons"]}

	def flows(self, house):
		client, payload = self.client, MARK + bytes(8)
		own = client.ppp.address
		up = ipv4(own, NET, UDP, udp(own, NET, 9, 9, payload, True))
		down = ipv4(NET, own, UDP, udp(NET, own, 9, 9, payload, True))
		flows = [
			Flow(self.sub, "s0", self.net, "n0", ethernet(
				client.ac_mac, client.mac, ETH_SESSION,
				pppoe(0, client.session, b"\0\x21" + up)),
			     RATE),
			Flow(self.net, "n0", self.sub, "s0", ethernet(
				self.lns.mac("n1"), self.net.mac("n0"),
				ETH_IP, down), RATE)]
		for flow in flows:
			house.on_close(flow.kill)
		time.sleep(1)
		return flows


@setup
def world(house):
	return World(house)


def kill_engine(daemon):
	old = daemon.engine
	os.kill(old, signal.SIGKILL)
	eventually(lambda: daemon.engine not in (None, old), 15,
		   "a new engine")
	eventually(daemon.answers, 10, "it answers")


def kill_keeper(daemon):
	engine = daemon.engine
	os.kill(daemon.keeper, signal.SIGKILL)
	daemon.process.wait(10)
	eventually(lambda: not runs(engine), 5, "engine is gone")
	daemon.start()


def kills(world, house):
	"""Loses nothing; returns the rate of the slower flow."""
	before = world.reasons()
	flows = world.flows(house)
	for i in range(KILLS):
		daemon = world.daemons[i % 2]
		(kill_keeper if i % 4 > 1 else kill_engine)(daemon)
	results = [flow.stop() for flow in flows]
	after = world.reasons()
	for way, result in zip(("up", "down"), results):
		print("# %s: %s" % (way, result))
		expect(result["lost"], 0, way + ": lost")
		expect(result["twice"], 0, way + ": twice")
	moved = {key: after[key] - before[key] for key in after
		 if after[key] != before[key]}
	print("# reasons: %s" % moved)
	expect([key for key in moved if key[1] in ("drop", "data")], [],
	       "reasons that moved")
	return min(result["rate"] for result in results)


@test
def kills_along_the_tunnel_lose_nothing(world, house):
	fast_enough(lambda: kills(world, house))


@test
def the_old_legs_are_counted(world):
	for daemon in world.daemons:
		stale = daemon.ctl("show", "status")["stale"]
		expect((stale["legs"], stale["tunnels"]), (2, 1), "stale")
		expect(daemon.ctl("show", "calls")["calls"], [])


@test
def what_they_left_is_swept(world):
	"""With the next hops that a killed engine wanted kept resolved."""
	for node, peer in zip(world.nodes, ("10.97.0.1", "10.97.0.2")):
		expect(topology.managed(node.netns), [peer], node.name)
		node.daemon.write(topology.yaml(dict(node.config, **{
			"stale-hold": 6})) + "\n")
		kill_keeper(node.daemon)
		expect(topology.managed(node.netns), [peer], node.name)
	for node, before in zip(world.nodes, world.before):
		topology.expect_same(lambda n=node: topology.held(n), before,
				     node.name, 25)


@test
def stopccn_ends_what_a_killed_engine_left(world, house):
	"""Long before its time, because the peer says that the tunnel is over."""
	for killed, other in (world.nodes, world.nodes[::-1]):
		killed.daemon.write(topology.yaml(killed.config) + "\n")
		client = world.dial(house)
		# else the StopCCN would have to wait for its turn
		eventually(lambda n=other: not n.show("tunnels")[0][
			"unacknowledged"], 5, "acknowledgements")
		kill_engine(killed.daemon)
		expect(killed.status()["stale"]["legs"] > 0, True, killed.name)
		other.daemon.ctl("disconnect", "tunnel",
				 str(other.show("tunnels")[0]["id"]))
		eventually(lambda n=killed: not n.status()["stale"]["legs"], 5,
			   "the end of stale legs")
		expect(killed.counters()["stale_tunnels_ended"], 1)
		client.wait_padt(5)
		client.close()
		for node, before in zip(world.nodes, world.before):
			topology.expect_same(lambda n=node: topology.held(n),
					     before, node.name, 25)


@test
def next_hops_in_use_survive_the_sweep_and_go_with_unload(world, house):
	for node in world.nodes:
		node.daemon.write(topology.yaml(dict(node.config, **{
			"stale-hold": 5})) + "\n")
	world.dial(house).close()
	kill_engine(world.daemons[1])
	world.daemons[1].stop()
	world.daemons[1].start()
	world.dial(house) # before the sweep
	eventually(lambda: not world.nodes[1].status()["stale"]["legs"], 10,
		   "swept")
	expect(topology.managed(world.lac), ["10.97.0.2"], "in use")
	world.daemons[1].stop()
	expect(topology.managed(world.lac), ["10.97.0.2"], "forwarding goes on")
	world.daemons[1].unload()
	expect(topology.managed(world.lac), [], "after --unload")
	expect(topology.own_routes(world.lac), [], "after --unload")


if __name__ == "__main__":
	lab.main()
