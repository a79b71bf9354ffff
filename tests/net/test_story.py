#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
# daemon: both
"""The story: five pppd subscribers through LAC, LTS and LNS to the internet,
asserted from captures and from what the daemons show."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import decode # noqa: E402
from lab import expect, setup, test # noqa: E402

LAC_STEPS, LNS_STEPS = [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7]


class World:
	def __init__(self, house):
		self.story = topology.Story(house, tapped=True).start()
		self.file = self.story.start_web().add("file", 10 << 20)
		self.captures = [self.story.capture(*link) for link in (
			("lac", "lts"), ("lts", "lns"), ("lac", "lns2"))]
		self.subscribers = {}

	def dial(self, user, **settings):
		subscriber = self.story.dial(user, **settings)
		self.subscribers[user] = subscriber
		return subscriber.wait_up()[0]

	def messages(self, link, kind):
		"""Control messages of a type on the n-th captured link:
		[(source address, Message)], without repeats."""
		return l2tp.sent_once((decode(raw) for _, raw in
				       self.captures[link].frames()), kind)

	def steps(self, node, role, call):
		return [e["step"] for e in node.events.all("step", role=role)
			if e["call"] in (0, call)]


@setup
def world(house):
	return World(house)


@test
def first_subscriber_opens_a_tunnel_on_each_link(world):
	address = world.dial("alice@one.example")
	expect(address.startswith("10.100.0."), True, address)
	expect(len(world.messages(0, l2tp.SCCRQ)), 1, "SCCRQ to the LTS")
	expect(len(world.messages(1, l2tp.SCCRQ)), 1, "SCCRQ to the LNS")
	expect(len(world.messages(0, l2tp.ICCN)), 1, "ICCN to the LTS")
	expect(world.subscribers["alice@one.example"].ping(topology.INTERNET),
	       3)


@test
def second_call_of_the_domain_sends_no_sccrq(world):
	world.dial("bob@one.example", AUTH="pap")
	expect(len(world.messages(0, l2tp.SCCRQ)), 1, "SCCRQ to the LTS")
	expect(len(world.messages(1, l2tp.SCCRQ)), 1, "SCCRQ to the LNS")
	expect(len(world.messages(0, l2tp.ICRQ)), 2, "ICRQ to the LTS")
	opened = world.story.lac.events.all("session-open")
	expect([e["new"] for e in opened], [True, False], "new tunnel")


@test
def other_assignment_is_a_second_tunnel_to_the_same_destination(world):
	world.dial("carol@two.example")
	lac = world.story.lac
	expect(len(world.messages(0, l2tp.SCCRQ)), 2, "SCCRQ to the LTS")
	expect([(d["peer"], d["tunnels"], d["calls"])
		for d in lac.show("destinations")], [("10.1.0.2", 2, 3)])
	expect(sorted(t["assignment"] for t in lac.show("tunnels")),
	       ["gold", "silver"])


@test
def other_lns_is_a_new_destination(world):
	address = world.dial("dave@three.example")
	expect(address.startswith("10.101.0."), True, address)
	expect(sorted((d["peer"], d["tunnels"], d["calls"])
		      for d in world.story.lac.show("destinations")),
	       [("10.1.0.2", 2, 3), ("10.3.0.2", 1, 1)])
	expect(len(world.messages(2, l2tp.SCCRQ)), 1, "SCCRQ to LNS 2")
	expect(len(world.messages(0, l2tp.SCCRQ)), 2, "SCCRQ to the LTS")


@test
def local_subscriber_is_terminated_on_the_lac(world):
	address = world.dial("erin@local.example")
	expect(address.startswith("10.102.0."), True, address)
	lac = world.story.lac
	expect(lac.the_call("erin@local.example")["role"], "pta")
	expect(len(lac.show("tunnels")), 3, "tunnels")


@test
def every_step_of_lac_and_lns_was_told(world):
	for user in list(world.subscribers)[:4]:
		call = world.story.lac.the_call(user)
		expect(world.steps(world.story.lac, "lac", call["id"]),
		       LAC_STEPS, "steps of %s on the LAC" % user)
	call = world.story.lns.the_call("alice@one.example")
	expect(world.steps(world.story.lns, "lns", call["id"]), LNS_STEPS,
	       "steps of the first call on the LNS")
	for user in ("bob@one.example", "carol@two.example"):
		call = world.story.lns.the_call(user)
		expect([e["step"] for e in world.story.lns.events.all(
			"step", role="lns", call=call["id"])], [4, 5, 6, 7])


@test
def each_node_has_its_role_and_a_ppp_interface_only_at_the_end(world):
	story = world.story
	expect(sorted(c["role"] for c in story.lac.calls()),
	       ["lac", "lac", "lac", "lac", "pta"])
	expect([c["role"] for c in story.lts.calls()], ["lts"] * 3)
	expect([c["role"] for c in story.lns.calls()], ["lns"] * 3)
	expect(len(story.lts.show("interfaces")), 0, "interfaces of the LTS")
	rows = story.lns.show("interfaces")
	expect([r["lcp_from"] for r in rows], ["proxy"] * 3)
	expect([r["lcp"] for r in rows], ["Opened"] * 3)
	expect(sorted(r["name"] for r in rows), ["ppp1", "ppp2", "ppp3"])
	links = story.lns.netns.run("ip", "-o", "link")
	expect("ppp" in links, False, "no kernel device per subscriber")


@test
def everyone_fetches_ten_megabytes(world):
	url, size, digest = world.file
	for user, subscriber in world.subscribers.items():
		expect(subscriber.fetch(url), (size, digest), user)


def quiet(subscriber):
	"""Wait until a subscriber's counters stand still; returns them."""
	last = []

	def still():
		last.append(topology.subscriber_counts(subscriber))
		return len(last) > 2 and last[-1] == last[-3]
	lab.eventually(still, 20, "counters of a subscriber stand still", 0.3)
	return last[-1]


@test
def subscriber_and_all_six_legs_count_the_same_packets(world):
	story = world.story
	for user in ("alice@one.example", "bob@one.example",
		     "carol@two.example"):
		counts = quiet(world.subscribers[user])
		expect(counts[0] > 200 and counts[1] > 7000, True, counts)
		for node in (story.lac, story.lts, story.lns):
			call = node.the_call(user)
			expect((call["packets_up"], call["packets_down"]),
			       counts, "%s, call of %s" % (node.name, user))
	for user, nodes in (("dave@three.example", (story.lac, story.lns2)),
			    ("erin@local.example", (story.lac,))):
		counts = quiet(world.subscribers[user])
		for node in nodes:
			call = node.the_call(user)
			expect((call["packets_up"], call["packets_down"]),
			       counts, "%s, call of %s" % (node.name, user))


@test
def no_data_packet_left_the_fast_path(world):
	for node in world.story.nodes.values():
		moved = {k: v for k, v in node.reasons("data").items() if v}
		expect(moved, {}, "data punts of " + node.name)
		dropped = {k: v for k, v in node.reasons("drop").items() if v}
		expect(dropped, {}, "drops of " + node.name)


@test
def all_ends_when_the_subscribers_hang_up(world):
	for subscriber in world.subscribers.values():
		subscriber.stop()
	for subscriber in world.subscribers.values():
		subscriber.wait_gone()
	for node in world.story.nodes.values():
		lab.eventually(lambda n=node: n.status()["calls"] == 0)
		expect([p["used"] for p in node.status()["pools"]],
		       [0] * len(node.status()["pools"]), node.name)
		expect(topology.bpfmaps.call_legs(node.daemon.instance), [],
		       "legs of " + node.name)


if __name__ == "__main__":
	lab.main()
