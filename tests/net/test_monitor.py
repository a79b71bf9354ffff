#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""l2xctl monitor ("show rates"): what it says was gained is what the counters
of the show commands gained; tables, JSON lines, in place on a terminal."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import lab # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402
from two_calls import PACKETS, World # noqa: E402


@setup
def world(house):
	return World(house)


class Asked:
	"""One who asks for the rates of something, and asks again."""

	def __init__(self, world, what):
		self.node, self.what, self.token = world.node, what, 0
		self.list = {"calls": "call_rates", "tunnels": "tunnel_rates",
			     "ports": "port_rates",
			     "reasons": "reason_rates"}[what]
		expect(self.rows(), [], "rows of the first answer")

	def rows(self):
		self.reply = self.node.ask("show rates", what=self.what,
					   since=self.token)
		self.token = self.reply["token"]
		return self.reply[self.list]

	def row(self, name):
		return next(r for r in self.rows() if name in r.values())


def counts(node, user):
	call = node.the_call(user)
	return {k: call[k] for k in ("packets_up", "octets_up", "packets_down",
				     "octets_down")}


def counted(world, up):
	"""Traffic, and wait until the counters have it."""
	before = counts(world.node, "x@far.example")
	world.lac_traffic(up)
	eventually(lambda: all(
		counts(world.node, "x@far.example")[k] >= before[k] + up
		for k in ("packets_up", "packets_down")))
	now = counts(world.node, "x@far.example")
	return {k: now[k] - before[k] for k in now}


@test
def gains_of_calls_and_tunnels_are_those_of_show(world):
	call, tunnel = Asked(world, "calls"), Asked(world, "tunnels")
	slow = Asked(world, "calls")
	for up in (PACKETS, 3 * PACKETS, 0):
		time.sleep(0.1)
		gained = counted(world, up)
		row = call.row("x@far.example")
		expect({k: row[k] for k in gained}, gained, "call")
		row = tunnel.row("lns1")
		expect({k: row[k] for k in gained}, gained, "tunnel")
		ms = tunnel.reply["milliseconds"]
		expect(row["bps_up"], gained["octets_up"] * 8000 // ms)
		expect(row["pps_down"], gained["packets_down"] * 1000 // ms)
		expect(tunnel.reply["total"]["packets_up"],
		       gained["packets_up"], "total")
	# who asks less often has the whole of it
	expect(slow.row("x@far.example")["packets_up"], 4 * PACKETS)


@test
def gains_of_reasons(world):
	asked = Asked(world, "reasons")
	before = world.node.reasons()
	counted(world, PACKETS)
	row = asked.row("forwarded")
	expect(row["packets"], world.node.reasons()["forwarded"] -
	       before["forwarded"])
	expect(row["packets"] >= 2 * PACKETS, True)


@test
def gains_of_ports(world):
	"""The kernel's own counters, in which it counts what XDP moves."""
	asked = Asked(world, "ports")
	counted(world, 50)
	access, core = asked.rows()[:2]
	if access["name"] != "access":
		access, core = core, access
	expect((access["name"], core["name"]), ("access", "core"))
	for row in (access, core):
		for way in ("in", "out"):
			packets = row["packets_" + way]
			expect(50 <= packets <= 60, True, "%s %s: %d" % (
				row["name"], way, packets))
			expect(row["octets_" + way] > 50 * 128, True)


@test
def most_comes_first_and_askers_are_few(world):
	askers = [Asked(world, "calls") for _ in range(5)]
	counted(world, PACKETS)
	rows = askers[4].rows()
	expect([r["user"] for r in rows],
	       ["x@far.example", "bob@isp.example"])
	# the first of five is forgotten, and begins anew
	expect(askers[0].rows(), [])
	reply = world.node.ask("show rates", what="calls", limit=1,
			       since=askers[4].token)
	expect((len(reply["call_rates"]), reply["of"]), (1, 2))
	done = world.daemon.ctl_raw("monitor", "reasonss")
	expect((done.returncode, done.stderr), (
		64, "l2xctl: reasonss is too much; try l2xctl --help\n"))


def monitor(world, *words, **options):
	return subprocess.Popen([world.daemon.tool, "-i",
				 world.daemon.instance, *words], **options)


@test
def lines_of_json(world):
	process = monitor(world, "monitor", "calls", "--count", "3", "--json",
			  stdout=subprocess.PIPE)
	first = process.stdout.readline()
	gained = counted(world, PACKETS)
	out, _ = process.communicate(timeout=10)
	expect(process.returncode, 0)
	lines = [json.loads(l) for l in [first, *out.splitlines()]]
	expect(len(lines), 3)
	expect(sum(r["packets_up"] for l in lines for r in l["call_rates"]),
	       gained["packets_up"])


@test
def tables_one_behind_the_other(world):
	text = world.daemon.text("monitor", "ports", "--count", "2",
				 "--interval", "1")
	expect(len(re.findall(r"^ports: 3 in \d\.\d{3} s; pps_in ", text,
			      re.M)), 2, text)
	expect(len(re.findall(r"^NAME +IN-PPS +IN-BPS +OUT-PPS +OUT-BPS$",
			      text, re.M)), 2, text)
	for what, title in (("calls", "ID +USER"), ("tunnels", "ID +HOST"),
			    ("reasons", "REASON")):
		text = world.daemon.text("monitor", what, "--count", "1")
		expect(bool(re.search("^ *" + title, text, re.M)), True, text)


def on_terminal(world, *words):
	master, slave = pty.openpty()
	process = monitor(world, *words, stdin=slave, stdout=slave,
			  stderr=slave, start_new_session=True)
	world.house.process(process)
	os.close(slave)
	return process, master


def screen(master, until, timeout=10):
	"""What was printed up to a text."""
	text, end = "", time.monotonic() + timeout
	while until not in text:
		if not select.select([master], [], [], end -
				     time.monotonic())[0]:
			raise AssertionError("%r not in %r" % (until, text))
		try:
			text += os.read(master, 4096).decode()
		except OSError:
			break
	return text


@test
def in_place_on_a_terminal(world):
	process, master = on_terminal(world, "monitor")
	text = screen(master, "x@far.example")
	expect(text.startswith("\033[?1049h"), True, text)
	# after a second, or later on a busy machine
	expect(bool(re.search(r"\033\[H\033\[Jcalls: 2 in [1-9]\.\d{3} s",
			      text)), True, text)
	os.write(master, b"q")
	expect("\033[?1049l" in screen(master, "\033[?1049l"), True)
	expect(process.wait(5), 0)
	os.close(master)
	process, master = on_terminal(world, "monitor", "reasons")
	screen(master, "forwarded")
	process.send_signal(signal.SIGINT)
	screen(master, "\033[?1049l")
	expect(process.wait(5), 0)
	os.close(master)


if __name__ == "__main__":
	lab.main()
