#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 120
"""The README's way from a call to its legs, template and counters works as it
is printed there, and shows what l2xctl shows."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import bpfmaps # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import UDP, ipv4, udp # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

README = os.path.join(HERE, "..", "..", "README.md")
PACKETS = 7


def readme_block():
	"""The shell commands of the section, without the example's numbers."""
	with open(README) as f:
		text = f.read()
	section = text.split("## Looking inside with bpftool")[1]
	block = re.search(r"```sh\n(.*?)```", section, re.S).group(1)
	return "\n".join(line for line in block.splitlines()
			 if not line.startswith("pins="))


def bpftool(text):
	"""The JSON values that a bpftool prints one after the other."""
	decoder, values = json.JSONDecoder(), []
	while text.strip():
		value, end = decoder.raw_decode(text.strip())
		values.append(value["value"])
		text = text.strip()[end:]
	return values


class World:
	def __init__(self, house):
		self.single = topology.Single(house)
		self.node = self.single.node
		lns = Endpoint(self.single.peer, self.single.PEER, name="lns1",
			       secret="l2tpsecret", serve=True)
		house.on_close(lns.close)
		client = PppoeClient(self.single.subs, "a0",
				     user="x@far.example", password="x")
		house.on_close(client.close)
		client.discover()
		client.ppp.start()
		self.far = lns.wait_tunnel().wait_call()
		eventually(lambda: self.node.the_call()["state"] == "up")
		self.client = client
		packet = ipv4("10.0.0.1", "10.0.0.2", UDP, udp(
			"10.0.0.1", "10.0.0.2", 1, 2, b"x" * 50))
		for _ in range(PACKETS):
			client.ppp.send(b"\0\x21" + packet)
			self.far.send_ppp(b"\0\x21" + packet)
		self.far.send_ppp(b"\xc0\x21\x09\x01\0\x08\0\0\0\0")
		self.octets = PACKETS * (2 + len(packet))
		eventually(lambda: (self.node.the_call()["packets_up"],
				    self.node.the_call()["packets_down"]) ==
			   (PACKETS, PACKETS) and
			   self.node.the_call()["control_down"])


@setup
def world(house):
	return World(house)


def readme_run(call, instance):
	numbers = {"pins": bpfmaps.folder(instance),
		   "access": call["access"]["slot"],
		   "core": call["core"]["slot"],
		   "template": call["core"]["template"]}
	done = subprocess.run(
		["bash", "-euc", readme_block()], text=True, check=True,
		stdout=subprocess.PIPE, timeout=60,
		env=dict(os.environ, PATH=os.environ["PATH"] + ":/usr/sbin",
			 **{k: str(v) for k, v in numbers.items()}))
	return bpftool(done.stdout)


@test
def three_commands_reach_legs_template_and_counters(world):
	call = world.node.call(world.node.the_call()["id"])
	access, core, template = readme_run(call,
					    world.node.daemon.instance)
	for leg, shown, way in ((access, call["access"], "up"),
				(core, call["core"], "down")):
		expect(leg["call"], call["id"], "call")
		for name in ("packets", "octets", "control"):
			expect(leg[name], shown[name], way + " " + name)
			expect(leg[name], call["%s_%s" % (name, way)], name)
	expect(access["packets"], PACKETS)
	expect(core["packets"], PACKETS)
	expect(access["octets"], world.octets)
	expect(core["control"], 1)
	expect(access["out_template"], call["core"]["template"])
	expect(core["out_template"], call["access"]["template"])
	expect(core["in"]["l2tp"]["tunnel"], call["core"]["tunnel"])
	expect(template["users"], call["core"]["tunnel"], "template's tunnel")
	head = template["image"][template["active"]]["head"]
	expect(bytes(head[30:34]), bytes([10, 9, 0, 2]), "peer in the header")


@test
def reasons_are_those_of_l2xctl(world):
	pins = bpfmaps.folder(world.node.daemon.instance)
	dumped = json.loads(subprocess.run(
		["bpftool", "-j", "map", "dump", "pinned", pins + "/reasons"],
		check=True, stdout=subprocess.PIPE).stdout)
	sums = {entry["formatted"]["key"]: sum(
		cpu["value"]["packets"] for cpu in entry["formatted"]["values"])
		for entry in dumped}
	shown = world.node.reasons()
	expect(sums[0], shown["forwarded"], "forwarded")
	expect(sums[3], shown["pppoe_discovery"], "discovery")


if __name__ == "__main__":
	lab.main()
