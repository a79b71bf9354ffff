#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""Several instances in one network namespace: each has its L2TP addresses, its
tun and its pins; who would share an end with another is refused."""

import os
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import bpfmaps # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import echo # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, test # noqa: E402
from ppp import PppClient # noqa: E402

PORT = 1701


def config(number, *locals_):
	"""An LNS for lac<number> with an address pool of its own."""
	return {
		"tun": "l2x%d" % number,
		"ports": [{"name": "core%d" % number}],
		"l2tp": {"local-addresses": list(locals_)},
		"destinations": [{"name": "peer", "hosts": [
			{"name": "lac%d" % number, "host-name": "lns%d" %
			 number, "secret": "s%d" % number}]}],
		"users": [{"name": "u%d" % number, "password": "pw"}],
		"pools": [{"name": "pool", "range": "10.10%d.0.0/24" % number,
			   "gateway": "10.10%d.0.1" % number}],
	}


class Place:
	"""A namespace for instances; port "core1" leads to 10.9.1.2, the peer
	of the first, "core2" to 10.9.2.2."""

	def __init__(self, house):
		self.house = house
		self.ns, self.far = house.netns("place"), house.netns("far")
		for number in (1, 2):
			near, far = "core%d" % number, "far%d" % number
			house.veth(self.ns, near, self.far, far,
				   topology.CORE_MTU)
			self.ns.address(near, "10.9.%d.1/24" % number)
			self.far.address(far, "10.9.%d.2/24" % number)
		topology.router(self.ns)

	def node(self, number, *locals_):
		return topology.Node(self.house, self.ns, "n%d" % number,
				     config(number, *locals_))

	def lac(self, number):
		peer = Endpoint(self.far, "10.9.%d.2" % number,
				name="lac%d" % number, secret="s%d" % number)
		self.house.on_close(peer.close)
		return peer

	def refused(self, node, *said):
		"""It ends by itself, and says why."""
		daemon = self.house.l2xd(self.ns, node.instance,
					 topology.yaml(node.config) + "\n",
					 start=False)
		done = subprocess.run(
			self.ns.argv(daemon.program, "-c", daemon.config, "-i",
				     daemon.instance), timeout=30, text=True,
			stderr=subprocess.PIPE, check=False)
		expect(done.returncode, 1, "exit status")
		for text in said:
			expect(text in done.stderr, True, "%s: %s" % (
				text, done.stderr))

	def sockets(self):
		"""Local ends of all UDP sockets, as the kernel writes them."""
		return sorted(line.split()[1] for name in ("udp", "udp6")
			      for line in self.ns.run(
				      "cat", "/proc/net/" + name
			      ).splitlines()[1:])


def dial(lac, number, local):
	"""A tunnel with a subscriber who has an address."""
	call = lac.connect(local).call()
	call.ppp = PppClient(call.send_ppp, user="u%d" % number, password="pw")
	call.ppp.start()
	call.ppp.wait_ip()
	return call


def reaches(call, address):
	"""Echoes there and back again through the tunnel; the client may be
	ready before the daemon is."""
	wanted = echo(address, call.ppp.address, reply=True)[20:]

	def answered():
		call.ppp.ip(echo(call.ppp.address, address))
		return any(d.payload.endswith(wanted) for d in call.data)
	call.data.clear()
	eventually(answered, 10, "answer of " + address)


def used(node):
	return [len(bpfmaps.used(node.daemon.instance, name))
		for name in ("legs", "tunnels_rx")]


@test
def each_has_its_address_and_nothing_of_the_other(house):
	place = Place(house)
	one = place.node(1, "10.9.1.1").start()
	two = place.node(2, "10.9.2.1").start()
	expect(place.sockets(), sorted(
		["0101090A:06A5"] * 3 + ["0102090A:06A5"] * 3))
	calls = {}
	for number, node, local in ((1, one, "10.9.1.1"),
				    (2, two, "10.9.2.1")):
		calls[number] = dial(place.lac(number), number, local)
		eventually(lambda n=node: n.the_call()["state"] == "up")
		expect(node.the_call()["user"], "u%d" % number)
	for node in (one, two):
		expect((len(node.show("tunnels")), len(node.calls())), (1, 1))
		expect(node.counters()["sccrq_unknown_source"], 0)
		expect(node.counters()["sccrq_unknown_host"], 0)
		reaches(calls[number], "10.10%d.0.1" % number)
	expect_the_end_of_one(place, one, two, calls)


def expect_the_end_of_one(place, one, two, calls):
	kept = used(two)
	expect(topology.managed(place.ns), ["10.9.1.2", "10.9.2.2"])
	expect(one.daemon.stop(), 0)
	done = one.daemon.unload()
	expect(done.returncode, 0, done.stderr)
	expect(os.path.exists("/sys/fs/bpf/l2x/" + one.daemon.instance), False)
	links = place.ns.run("ip", "-o", "link")
	expect(("l2x1" in links, "l2x2" in links), (False, True))
	expect(place.sockets(), ["0102090A:06A5"] * 3)
	expect((used(two), two.the_call()["state"]), (kept, "up"))
	expect("10.9.2.2" in topology.managed(place.ns), True, "its neighbour")
	reaches(calls[2], "10.102.0.1")
	calls[2].tunnel.hello()
	calls[2].tunnel.wait_acked()
	expect(two.daemon.stop(), 0)
	done = two.daemon.unload()
	expect(done.returncode, 0, done.stderr)
	expect(topology.managed(place.ns), [])
	expect(place.sockets(), [])


@test
def restart_of_one_is_not_seen_by_the_other(house):
	place = Place(house)
	one = place.node(1, "10.9.1.1").start()
	two = place.node(2, "10.9.2.1").start()
	call = dial(place.lac(2), 2, "10.9.2.1")
	for _ in range(2):
		one.daemon.kill()
		one.daemon.start()
		expect(place.sockets().count("0101090A:06A5"), 3)
		dial(place.lac(1), 1, "10.9.1.1").tunnel.endpoint.close()
		expect(topology.managed(place.ns), ["10.9.1.2", "10.9.2.2"])
	reaches(call, "10.102.0.1")
	expect(two.the_call()["state"], "up")


@test
def who_would_share_an_end_is_refused(house):
	place = Place(house)
	one = place.node(1, "10.9.1.1", "2001:db8::1").start()
	call = dial(place.lac(1), 1, "10.9.1.1")
	text = "is taken in this network namespace, by another instance"
	place.refused(place.node(2, "10.9.1.1"),
		      "UDP port 1701 of 10.9.1.1 " + text)
	place.refused(place.node(3, "10.9.2.1", "10.9.2.9"),
		      "UDP port 1701 of 0.0.0.0 (as l2tp.local-addresses are "
		      "several) " + text)
	place.refused(place.node(4, "10.9.2.1", "2001:db8::1"),
		      "UDP port 1701 of 2001:db8::1 " + text)
	reaches(call, "10.101.0.1")
	expect(one.the_call()["state"], "up")
	expect([p["state"] for p in one.show("ports")], ["attached"])


@test
def who_has_all_addresses_is_alone(house):
	place = Place(house)
	place.ns.address("core1", "10.9.1.11/24")
	one = place.node(1, "10.9.1.1", "10.9.1.11").start()
	expect(place.sockets(), ["00000000:06A5"] * 3)
	place.refused(place.node(2, "10.9.2.9"), "UDP port 1701 of 10.9.2.9")
	reaches(dial(place.lac(1), 1, "10.9.1.11"), "10.101.0.1")
	expect(len(one.show("tunnels")), 1)


@test
def without_l2tp_there_is_no_socket(house):
	place = Place(house)
	for number in (1, 2):
		node = place.node(number)
		for key in ("l2tp", "destinations"):
			del node.config[key]
		node.start()
		expect(node.status()["tunnels"], 0)
	expect(place.sockets(), [])


@test
def only_ip6_is_only_ip6(house):
	place = Place(house)
	one = place.node(1, "2001:db8::1").start()
	expect([end.split(":")[1] for end in place.sockets()], ["06A5"] * 3)
	expect({len(end.split(":")[0]) for end in place.sockets()}, {32})
	# IPv4 is free for another, and one that answers no IPv4 hears none
	place.node(2, "10.9.1.1").start()
	dial(place.lac(2), 2, "10.9.1.1")
	expect(one.counters()["sccrq_unknown_source"], 0)


@test
def address_may_come_later(house):
	place = Place(house)
	one = place.node(1, "10.9.1.21").start()
	lac = place.lac(1)
	place.ns.address("core1", "10.9.1.21/24")
	reaches(dial(lac, 1, "10.9.1.21"), "10.101.0.1")
	expect(one.the_call()["state"], "up")
	# what is sent to another address of the machine is for nobody
	before = one.reasons()
	tunnel = lac.request("10.9.1.1")
	eventually(lambda: one.reasons()["not_ours"] > before["not_ours"])
	expect(tunnel.inbox, [])
	expect(one.counters()["sccrq_unknown_source"], 0)


if __name__ == "__main__":
	lab.main()
