#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 1500
# daemon: plain
"""What people run: scripts/bench and scripts/demo, from the command line."""

import json
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

import lab # noqa: E402
from lab import expect, test # noqa: E402

PATHS = ["lac_up", "lac_down", "lts", "lns_up", "lns_down"]
KEYS = {"path", "sessions", "ratio_smallest", "ratio_kernel", "q1", "q3"}
# which paths a service is measured on
INTO, OUT = ["lac_up", "lts", "lns_down"], ["lac_down", "lts", "lns_up"]
SERVICES = {"policer": PATHS, "dscp_copy": INTO,
	    "mss_clamp": ["lns_up", "lns_down"], "anti_spoof": ["lns_up"],
	    "outer_ip6": PATHS, "udp_sum_computed": INTO,
	    "udp_sum_verified": OUT, "sequence": PATHS}


def script(*words, timeout=600, **more):
	"""Run one from the top; returns what it printed."""
	done = subprocess.run(words, cwd=lab.TOP, timeout=timeout, text=True,
			      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
			      stderr=subprocess.STDOUT, **more)
	print("\n".join("# " + l for l in done.stdout.splitlines()[-40:]))
	expect(done.returncode, 0, "status of " + " ".join(words))
	return done.stdout


def check_rows(rows, sizes):
	expect([(r["path"], r["sessions"]) for r in rows],
	       [(p, n) for n in sizes for p in PATHS], "rows")
	for row in rows:
		expect(set(row) >= KEYS, True, row)
		expect(row["q1"] <= row["ratio_smallest"] <= row["q3"], True,
		       row)
		expect(row["ratio_kernel"] > 0, True, row)


def check_services(rows):
	found = {name: [r["path"] for r in rows if r["service"] == name]
		 for name in SERVICES}
	expect({n: sorted(p) for n, p in found.items()},
	       {n: sorted(p) for n, p in SERVICES.items()}, "services")
	expect(len(rows), sum(map(len, SERVICES.values())), "rows")
	for row in rows:
		expect(row["ratio_bare"] > 0, True, row)


def check_memory(memory):
	expect(memory["leg"], 64)
	expect(memory["policer"], 16)
	expect(memory["per_session_switched"], 160)
	expect(memory["total"] > 80 << 20, True, memory)


@test
def bench_prints_tables_and_json_and_writes_the_file(house):
	path = house.path("bench.json")
	text = script("scripts/bench", "--sessions", "64", "--rounds", "3",
		      "--frames", "256", "--json", path)
	with open(path) as f:
		written = json.load(f)
	expect(set(written), {"paths", "paths_bare", "services", "memory"})
	check_rows(written["paths"], [64])
	check_rows(written["paths_bare"], [64])
	check_services(written["services"])
	check_memory(written["memory"])
	for name in PATHS: # the tables
		expect(len(re.findall(r"^%s +64 " % name, text, re.M)), 2,
		       "lines of " + name)
	printed = json.loads(text[text.index('{"paths"'):])
	expect(printed, written, "printed JSON")


@test
def bench_has_room_for_a_quarter_of_a_million_sessions(house):
	path = house.path("many.json")
	for name in ("lts", "lns_down"):
		script("scripts/bench", "--sessions", "262144", "--rounds", "1",
		       "--frames", "4096", "--path", name, "--json", path)
		with open(path) as f:
			written = json.load(f)
		for member in ("paths", "paths_bare"):
			expect([(r["path"], r["sessions"])
				for r in written[member]], [(name, 262144)])


@test
def bench_measures_one_path_alone(house):
	path = house.path("one.json")
	with open(path, "w") as f:
		json.dump({"slow": ["kept"], "paths": ["replaced"]}, f)
	script("scripts/bench", "--sessions", "16", "--rounds", "3",
	       "--frames", "256", "--path", "lns_up", "--json", path)
	with open(path) as f:
		written = json.load(f)
	expect([(r["path"], r["sessions"]) for r in written["paths"]],
	       [("lns_up", 16)])
	expect({r["path"] for r in written["services"]}, {"lns_up"})
	expect(written["slow"], ["kept"], "other parts")


@test
def bench_spreads_and_measures_the_slow_path(house):
	path = house.path("parts.json")
	text = script("scripts/bench", "--spread", "--slow", "--json", path)
	with open(path) as f:
		written = json.load(f)
	expect(set(written), {"spread", "slow"})
	expect([(r["path"], r["cores"]) for r in written["spread"]],
	       [(p, c) for p in ("lts", "lac_up", "lns_up")
		for c in ("none", "1", "0-1")])
	expect(min(r["packets_per_second"] for r in written["spread"]) > 0,
	       True, written["spread"])
	(slow,) = written["slow"]
	expect((slow["path"], slow["lost"]), ("lac_up_fragmented", 0))
	expect(slow["packets_per_second"] > 500, True, slow)
	expect("Slow path" in text and "Sessions over cores" in text, True)


def left_of_the_demo():
	spaces = [n for n in lab.sh("ip", "netns").stdout.split()
		  if n.startswith("demo-")]
	pins = [n for n in os.listdir("/sys/fs/bpf/l2x")
		if n.startswith("demo-")] if os.path.isdir(
			"/sys/fs/bpf/l2x") else []
	sockets = [n for n in os.listdir("/run/l2x") if n.startswith("demo-")]
	files = [p for p in ("/var/tmp/l2x-demo", "/run/l2x-demo.pid")
		 if os.path.exists(p)]
	return spaces + pins + sockets + files


@test
def demo_is_kept_looked_into_and_stopped(house):
	house.on_close(subprocess.run, [lab.TOP + "/scripts/demo", "--stop"])
	text = script("scripts/demo", "--keep", timeout=480)
	expect("FAILED" in text, False, "checks")
	command = next(l for l in text.splitlines()
		       if "l2xctl -i demo-lac show calls" in l).split("(")[0]
	calls = script("bash", "-c", command)
	for user in ("alice", "bob", "carol", "dave", "erin"):
		expect(user in calls, True, user)
	dump = next(l for l in text.splitlines() if "bpftool map dump" in l)
	expect("packets" in script("bash", "-c", dump), True, "reasons")
	at = text.index("export L2X_LAB_HOME")
	ping = "\n".join(text[at:].splitlines()[:2])
	expect("3 received" in script("bash", "-ec", ping), True, "ping")
	expect("stopped" in script("scripts/demo", "--stop"), True)
	expect(left_of_the_demo(), [], "left behind")


if __name__ == "__main__":
	lab.main()
