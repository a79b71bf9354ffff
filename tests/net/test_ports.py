#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 300
"""Ports and processes: devices that come and go, foreign programs, no native
XDP, two instances, who may do what, and what --unload leaves behind."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import frames # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from guest import runs # noqa: E402
from lab import eventually, expect, sh, test # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SMALLEST = os.path.join(lab.BUILD, "bpf", "smallest.bpf.o")


def config(*ports, **more):
	"""Ports are names, or dictionaries."""
	given = {
		"ports": [p if isinstance(p, dict) else {"name": p}
			  for p in ports],
		"pools": [{"name": "pool", "range": "10.64.0.0/24",
			   "gateway": "10.64.0.1"}],
		"users": [{"name": "a", "password": "b"}],
		"domains": [{"name": "default", "action": "local"}],
		"pppoe": {"ac-name": "ports"},
	}
	given.update(more)
	return topology.yaml(given) + "\n"


class Bng:
	"""A namespace with wires a0 and c0 (ends a1, c1 beyond) and a
	daemon."""

	def __init__(self, house, *ports, name="bng", **more):
		self.netns = house.netns(name)
		self.beyond = house.netns(name + "x")
		self.house = house
		for wire in ("a", "c"):
			house.veth(self.netns, wire + "0", self.beyond,
				   wire + "1")
		self.daemon = house.l2xd(self.netns, name,
					 config(*ports, **more), start=False)

	def start(self):
		self.daemon.start()
		return self

	def port(self, name):
		rows = self.daemon.ctl("show", "ports")["ports"]
		return {p["name"]: p for p in rows}[name]

	def wait_state(self, name, state, note=""):
		def there():
			port = self.port(name)
			return (port["state"] == state and
				note in port["text"]) and port
		return eventually(there, 10, "%s is %s" % (name, state))

	def xdp(self, name):
		"""(mode, id) as the kernel has it."""
		text = sh(*self.netns.argv("bpftool", "-j", "net")).stdout
		for device in json.loads(text)[0]["xdp"]:
			if device["devname"] == name:
				return device["mode"], device["id"]
		return None

	def pins(self):
		return "/sys/fs/bpf/l2x/" + self.daemon.instance


def status_of(pid):
	with open("/proc/%d/status" % pid) as f:
		return dict(line.rstrip("\n").split(":\t", 1)
			    for line in f if ":\t" in line)


# ---- devices -----------------------------------------------------------------
@test
def absent_port_appears_vanishes_and_returns(house):
	bng = Bng(house, "a0", {"name": "late0", "access": True}).start()
	expect(bng.wait_state("late0", "absent")["ifindex"], 0)
	indexes = []
	for _ in range(2):
		house.veth(bng.netns, "late0", bng.beyond, "late1")
		port = bng.wait_state("late0", "attached")
		expect(port["mode"], "native")
		expect(bng.xdp("late0")[0], "driver")
		expect(port["access"], True)
		indexes.append(port["ifindex"])
		sh("ip", "-n", bng.netns.name, "link", "del", "late0")
		bng.wait_state("late0", "absent", "no such device")
	expect(bng.port("a0")["state"], "attached")
	expect(bng.daemon.engine is not None, True)


@test
def port_that_is_renamed_is_the_port_no_more(house):
	bng = Bng(house, "a0", "b0").start()
	bng.wait_state("a0", "attached")
	sh("ip", "-n", bng.netns.name, "link", "set", "a0", "down")
	sh("ip", "-n", bng.netns.name, "link", "set", "a0", "name", "b0")
	bng.wait_state("a0", "absent")
	bng.wait_state("b0", "attached")


@test
def program_id_is_that_of_bpftool_net(house):
	bng = Bng(house, "a0", "c0").start()
	for name in ("a0", "c0"):
		port = bng.wait_state(name, "attached")
		expect((port["mode"], bng.xdp(name)),
		       ("native", ("driver", port["program_id"])))
		expect(port["attach"] in ("single", "dispatcher"), True)


# ---- what else may be on a port ----------------------------------------------
@test
def foreign_program_is_reported_and_never_replaced(house):
	bng = Bng(house, {"name": "a0", "generic": True}, "c0")
	pin = "/sys/fs/bpf/" + house.prefix
	sh("bpftool", "prog", "load", SMALLEST, pin, "type", "xdp")
	house.on_close(lambda: os.path.exists(pin) and os.unlink(pin))
	sh(*bng.netns.argv("bpftool", "net", "attach", "xdpdrv", "pinned", pin,
			   "dev", "a0"))
	foreign = bng.xdp("a0")
	bng.start()
	port = bng.wait_state("a0", "failed", "another XDP program")
	expect("smallest" in port["text"], True, port["text"])
	expect(bng.xdp("a0"), foreign)
	expect(bng.port("c0")["state"], "attached")
	bng.daemon.stop()
	bng.daemon.unload()
	expect(bng.xdp("a0"), foreign, "after unload")
	# and when the other one leaves, we take the port
	bng.start()
	bng.wait_state("a0", "failed")
	sh(*bng.netns.argv("bpftool", "net", "detach", "xdpdrv", "dev", "a0"))
	port = bng.wait_state("a0", "attached")
	expect(port["mode"], "native")


@test
def without_native_xdp_the_port_fails_unless_generic_is_allowed(house):
	bng = Bng(house, "a0", "lo").start()
	port = bng.wait_state("lo", "failed", "no native XDP")
	expect("generic: true" in port["text"], True, port["text"])
	expect(bng.xdp("lo"), None)
	bng.daemon.stop()
	bng.daemon.write(config("a0", {"name": "lo", "generic": True}))
	bng.start()
	port = bng.wait_state("lo", "attached")
	expect((port["mode"], bng.xdp("lo")[0]), ("generic", "generic"))


# ---- what a device does to frames --------------------------------------------
TAGS = ["rx-vlan-offload", "rx-vlan-stag-hw-parse"]


def strips(netns, name, *on):
	"""Switches the offloads of VLAN tags (if any are given), and says which
	are on."""
	for word in on:
		sh("ethtool", "-K", name, TAGS[0], word, TAGS[1], word,
		   netns=netns.name)
	text = sh("ethtool", "-k", name, netns=netns.name).stdout
	return [tag for tag in TAGS if tag + ": on" in text]


def counted(text, said):
	return len([l for l in text.splitlines() if said in l])


@test
def offloads_against_xdp_are_off_while_a_port_is_attached(house):
	bng = Bng(house, "a0", {"name": "c0", "keep-offloads": True})
	expect(strips(bng.netns, "a0"), TAGS, "as created")
	bng.start()
	port = bng.wait_state("a0", "attached")
	expect((port["offloads_off"], port["offloads_on"], port["text"]),
	       (TAGS, [], ""))
	expect(strips(bng.netns, "a0"), [])
	expect(counted(bng.daemon.log(), "port a0: %s switched off" %
		       ", ".join(TAGS)), 1, bng.daemon.log())
	port = bng.wait_state("c0", "attached", "XDP sees no VLAN tags")
	expect((port["offloads_off"], port["offloads_on"]), ([], TAGS))
	expect(strips(bng.netns, "c0"), TAGS)
	# who switches them on again at once wants them so, and is told
	strips(bng.netns, "a0", "on")
	port = bng.wait_state("a0", "attached", "rx-vlan-offload")
	expect((port["offloads_off"], port["offloads_on"]), ([], TAGS))
	expect(strips(bng.netns, "a0"), TAGS)
	expect(counted(bng.daemon.log(), "at once, left on"), 1)
	# attached anew they are switched off; a restart remembers that
	bng.daemon.ctl("port", "attach", "a0")
	expect(strips(bng.netns, "a0"), [])
	bng.daemon.kill()
	bng.start()
	expect(bng.wait_state("a0", "attached")["offloads_off"], TAGS)
	# somebody else's change after a while is taken back
	bng.daemon.ctl("port", "detach", "a0")
	expect(strips(bng.netns, "a0"), TAGS, "detached")
	bng.daemon.ctl("port", "attach", "a0")
	expect(strips(bng.netns, "a0"), [])
	bng.daemon.stop()
	strips(bng.netns, "a0", "on")
	bng.start()
	bng.wait_state("a0", "attached")
	expect(strips(bng.netns, "a0"), [], "taken back")
	bng.daemon.stop()
	bng.daemon.write(config({"name": "a0", "keep-offloads": True}, "c0"))
	bng.start()
	bng.wait_state("c0", "attached")
	expect((strips(bng.netns, "a0"), strips(bng.netns, "c0")), (TAGS, []),
	       "another configuration")
	bng.daemon.stop()
	expect(bng.daemon.unload().returncode, 0)
	expect(strips(bng.netns, "c0"), TAGS, "unloaded")
	expect(strips(bng.netns, "a0"), TAGS)


@test
def frames_that_a_device_does_not_take_are_counted(house):
	world = topology.Single(house)
	client = PppoeClient(world.subs, "a0", "alice@local.example", "alicepw")
	house.on_close(client.close)
	client.up()

	def port():
		rows = world.node.show("ports")
		return {p["name"]: p for p in rows}["net"]

	def lost():
		rows = world.node.show("reasons")
		return {r["name"]: r for r in rows}["forwarded"]["lost"]

	def far_end(gro):
		sh("ethtool", "-K", "n0", "gro", gro, netns=world.net.name)

	def answered():
		client.ppp.ip(frames.echo(client.ppp.address, world.NET))
		return client.ppp.other
	expect(world.node.daemon.ctl("show", "status")["lost_counted"], True)
	# the node has joined the call, and the next hop is resolved
	eventually(answered, 10, "an answer")
	expect((port()["takes_redirect"], port()["lost"], lost()),
	       (True, 0, 0))
	far_end("off")
	eventually(lambda: port()["takes_redirect"] is False, 5)
	expect("takes no frames from XDP" in port()["text"], True)
	for _ in range(7):
		client.ppp.ip(frames.echo(client.ppp.address, world.NET))
	eventually(lambda: port()["lost"] == 7, 5)
	expect(lost(), 7)
	expect("not supported" in port()["text"] or
	       "No such device" in port()["text"], True, port()["text"])
	far_end("on")
	eventually(lambda: port()["takes_redirect"], 5)
	client.ppp.other.clear()
	eventually(answered, 10, "an answer again")
	expect((port()["lost"], lost()), (7, 7))
	log = world.node.daemon.log()
	expect((counted(log, "port net: the device takes no frames from XDP"),
		counted(log, "port net: the device takes frames from XDP now")),
	       (1, 1), log)


# ---- operators ---------------------------------------------------------------
def expect_refused(bng, said, *words):
	done = bng.daemon.ctl_raw("port", *words)
	expect(done.returncode, 1, "exit status")
	expect(said in done.stderr, True, done.stderr)


@test
def operator_is_told_why_a_port_is_not_attached(house):
	bng = Bng(house, "a0").start()
	expect_refused(bng, "no native XDP here", "attach", "lo")
	expect_refused(bng, "generic: true", "attach", "lo")
	expect(bng.xdp("lo"), None)
	pin = "/sys/fs/bpf/" + house.prefix
	sh("bpftool", "prog", "load", SMALLEST, pin, "type", "xdp")
	house.on_close(lambda: os.path.exists(pin) and os.unlink(pin))
	sh(*bng.netns.argv("bpftool", "net", "attach", "xdpdrv", "pinned", pin,
			   "dev", "c0"))
	expect_refused(bng, "another XDP program (smallest", "attach", "c0")
	expect(bng.port("c0")["state"], "failed")
	# nothing of ours is there: that is what was asked for
	expect(bng.daemon.ctl("port", "detach", "c0")["ports"][0]["state"],
	       "detached")
	sh(*bng.netns.argv("bpftool", "net", "detach", "xdpdrv", "dev", "c0"))
	expect(bng.daemon.ctl("port", "attach", "c0")["ports"][0]["state"],
	       "attached")


@test
def operator_waits_no_longer_than_a_few_seconds(house):
	bng = Bng(house, "a0").start()
	bng.wait_state("a0", "attached")
	os.kill(bng.daemon.keeper, signal.SIGSTOP)
	try:
		begin = time.monotonic()
		expect_refused(bng, "no result yet; it goes on", "attach", "c0")
		expect(4 < time.monotonic() - begin < 9, True, "seconds")
		expect(len(bng.daemon.ctl("show", "ports")["ports"]), 1)
	finally:
		os.kill(bng.daemon.keeper, signal.SIGCONT)
	bng.wait_state("c0", "attached")


@test
def operator_attaches_and_detaches(house):
	bng = Bng(house, "a0").start()
	bng.wait_state("a0", "attached")
	# what is answered is what became of it
	answer = bng.daemon.ctl("port", "attach", "c0")
	expect(answer, {"ports": [bng.port("c0")]})
	expect(answer["ports"][0]["state"], "attached")
	expect(bng.xdp("c0"), ("driver", answer["ports"][0]["program_id"]))
	expect(bng.daemon.ctl("port", "attach", "c0"), answer, "once more")
	answer = bng.daemon.ctl("port", "detach", "a0")["ports"][0]
	expect((answer["state"], answer["program_id"]), ("detached", 0))
	expect(bng.xdp("a0"), None)
	# a detached port is left alone, whatever its device does
	sh("ip", "-n", bng.netns.name, "link", "set", "a0", "down")
	sh("ip", "-n", bng.netns.name, "link", "set", "a0", "up")
	time.sleep(0.5)
	expect(bng.xdp("a0"), None)
	# both are remembered over the death of the engine
	os.kill(bng.daemon.engine, signal.SIGKILL)
	bng.wait_state("c0", "attached")
	bng.wait_state("a0", "detached")
	text = bng.daemon.text("port", "attach", "a0").splitlines()
	expect([line.split()[0] for line in text], ["NAME", "a0"])
	expect(text[1].split()[2:4], ["attached", "native"])
	expect_refused(bng, "there is no such port", "detach", "nosuch0")
	# one that is not there yet is waited for
	expect_refused(bng, "no such device; it is attached when it appears",
		       "attach", "later0")
	expect(bng.port("later0")["state"], "absent")
	house.veth(bng.netns, "later0", bng.beyond, "later1")
	bng.wait_state("later0", "attached")


# ---- instances ---------------------------------------------------------------
@test
def two_instances_never_touch_each_other(house):
	one = Bng(house, "a0", name="one").start()
	two = Bng(house, "a0", name="two").start()
	before = one.wait_state("a0", "attached"), one.xdp("a0")
	two.wait_state("a0", "attached")
	two.daemon.stop()
	expect(two.daemon.unload().returncode, 0)
	expect(os.path.exists(two.pins()), False, "pins of two")
	expect(os.path.exists(one.pins() + "/v4/legs"), True, "pins of one")
	expect((one.port("a0"), one.xdp("a0")), before)


@test
def same_instance_twice_is_refused(house):
	bng = Bng(house, "a0").start()
	second = sh(*bng.netns.argv(bng.daemon.program, "-c", bng.daemon.config,
				    "-i", bng.daemon.instance), check=False)
	expect(second.returncode != 0, True)
	expect("running already" in second.stderr, True, second.stderr)
	unload = bng.daemon.unload()
	expect(unload.returncode != 0, True, "unload while it runs")
	bng.wait_state("a0", "attached")


@test
def tun_of_another_instance_is_not_taken(house):
	bng = Bng(house, "a0")
	sh(*bng.netns.argv("ip", "tuntap", "add", "l2x0", "mode", "tun"))
	process = subprocess.run(
		bng.netns.argv(bng.daemon.program, "-c", bng.daemon.config,
			       "-i", bng.daemon.instance),
		stderr=subprocess.PIPE, text=True, timeout=20, check=False)
	expect(process.returncode != 0, True)
	expect("is not ours" in process.stderr, True, process.stderr)
	sh("ip", "-n", bng.netns.name, "link", "show", "l2x0")


@test
def wrong_use_says_what_is_wrong(house):
	program = os.environ.get("L2XD", lab.BUILD + "/l2xd")
	for words, said in ((["-i", "a.b", "--unload"], "instance's name"),
			    (["-i", "x"], "no configuration file"),
			    (["--nonsense"], "usage"),
			    (["-c", "/nonexistent.yaml"], "nonexistent")):
		done = sh(program, *words, check=False)
		expect(done.returncode != 0, True, str(words))
		expect(said in done.stderr, True, done.stderr)
	expect("l2xd" in sh(program, "--version").stdout, True)
	expect("--unload" in sh(program, "--help").stdout, True)


# ---- processes ---------------------------------------------------------------
def open_files(pid):
	"""What its descriptors are; one may be closed while we look."""
	folder, files = "/proc/%d/fd/" % pid, []
	for fd in os.listdir(folder):
		try:
			files.append(os.readlink(folder + fd))
		except FileNotFoundError:
			pass
	return files


@test
def engine_has_no_privilege(house):
	bng = Bng(house, {"name": "a0", "access": True}).start()
	bng.wait_state("a0", "attached")
	status = status_of(bng.daemon.engine)
	expect(set(status["Uid"].split()) & {"0"}, set(), "uids")
	expect(set(status["Gid"].split()) & {"0"}, set(), "gids")
	expect(status["Groups"].split(), [], "groups")
	for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
		expect(int(status[kind], 16), 0, kind)
	expect(status["NoNewPrivs"], "1")
	files = open_files(bng.daemon.engine)
	expect([f for f in files if "bpf-prog" in f or "bpf_link" in f or
		"btf" in f], [], "descriptors of the keeper")
	expect(len([f for f in files if "bpf-map" in f]), 19, "maps")
	expect(os.stat(bng.pins()).st_mode & 0o777, 0o700, "mode of the pins")
	mode = os.stat(bng.daemon.socket).st_mode & 0o777
	expect(mode, 0o660, "mode of the control socket")


@test
def dead_engine_is_started_again(house):
	bng = Bng(house, {"name": "a0", "access": True}, "c0").start()
	before = bng.wait_state("a0", "attached")
	for _ in range(3):
		old = bng.daemon.engine
		os.kill(old, signal.SIGKILL)
		eventually(lambda: bng.daemon.engine not in (None, old),
			   10, "a new engine")
		expect(bng.wait_state("a0", "attached"), before)
	expect(bng.daemon.process.poll(), None, "the keeper goes on")


@test
def engine_ends_with_its_keeper(house):
	bng = Bng(house, "a0").start()
	bng.wait_state("a0", "attached")
	engine = bng.daemon.engine
	before = bng.xdp("a0")
	os.kill(bng.daemon.keeper, signal.SIGKILL)
	bng.daemon.process.wait(10)
	eventually(lambda: not runs(engine), 5, "the engine is gone")
	expect(bng.xdp("a0"), before, "forwarding goes on")
	bng.start()
	port = bng.wait_state("a0", "attached")
	expect(bng.xdp("a0"), ("driver", port["program_id"]))


@test
def taking_over_leaves_no_moment_without_a_program(house):
	bng = Bng(house, "a0", {"name": "c0", "access": True}).start()
	bng.wait_state("c0", "attached")
	seen, going = set(), True

	def watch():
		while going:
			seen.add((bng.xdp("a0"), bng.xdp("c0")))
	watcher = threading.Thread(target=watch)
	watcher.start()
	try:
		for _ in range(3):
			bng.daemon.stop()
			bng.start()
			bng.wait_state("c0", "attached")
		seen.add((bng.xdp("a0"), bng.xdp("c0")))
	finally:
		going = False
		watcher.join()
	expect([s for s in seen if None in s], [], "moments without")
	expect(len({s[0] for s in seen}) >= 4, True, "programs %s" % seen)


@test
def found_port_that_no_file_names_is_kept(house):
	bng = Bng(house, "a0").start()
	bng.daemon.ctl("port", "attach", "c0")
	bng.wait_state("c0", "attached")
	bng.daemon.kill()
	bng.start()
	bng.wait_state("c0", "attached")
	bng.daemon.ctl("port", "detach", "c0")
	bng.daemon.stop()
	bng.start()
	bng.wait_state("a0", "attached")
	names = [p["name"] for p in bng.daemon.ctl("show", "ports")["ports"]]
	expect(names, ["a0"])


@test
def tun_is_kept_up_and_made_again(house):
	bng = Bng(house, "a0").start()
	bng.wait_state("a0", "attached")

	def tun():
		link = bng.netns.link("l2x0")
		expect(link["ifalias"], "l2x " + bng.daemon.instance)
		text = bng.netns.run("ip", "-4", "-o", "addr", "show", "l2x0")
		return "UP" in link["flags"] and "10.64.0.1/32" in text
	expect(tun(), True, "tun is up with the gateway's address")
	sh("ip", "-n", bng.netns.name, "link", "set", "l2x0", "down")
	eventually(tun, 5, "up again")
	engine = bng.daemon.engine
	sh("ip", "-n", bng.netns.name, "link", "del", "l2x0")
	eventually(lambda: bng.daemon.engine not in (None, engine), 10,
		   "engine with the new tun")
	eventually(tun, 5, "there again")
	bng.wait_state("a0", "attached")


# ---- the end -----------------------------------------------------------------
@test
def sigterm_leaves_forwarding_and_unload_leaves_nothing(house):
	bng = Bng(house, "a0", "c0").start()
	bng.wait_state("c0", "attached")
	before = bng.xdp("a0"), bng.xdp("c0")
	expect(bng.daemon.stop(), 0, "exit status")
	expect((bng.xdp("a0"), bng.xdp("c0")), before)
	expect(os.path.exists(bng.pins() + "/v4/legs"), True)
	expect(os.path.exists(bng.daemon.socket), False, "control socket")
	done = bng.daemon.unload()
	expect(done.returncode, 0, done.stderr)
	expect((bng.xdp("a0"), bng.xdp("c0")), (None, None))
	expect(os.path.exists(bng.pins()), False, "pins")
	expect([f for f in os.listdir("/run/l2x")
		if f.startswith(bng.daemon.instance + ".")], [], "/run/l2x")
	links = bng.netns.run("ip", "-o", "link")
	expect("l2x0" in links, False, links)
	expect(bng.daemon.unload().returncode, 0, "once more")


if __name__ == "__main__":
	lab.main()
