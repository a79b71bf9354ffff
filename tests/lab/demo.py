#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The demonstration; see scripts/demo.

A child in a session of its own holds everything and takes it away when it
ends.  With --keep it stays when the parent has returned; --stop ends it.
"""

import ctypes
import os
import shutil
import signal
import sys
import threading
import time

sys.dont_write_bytecode = True
HOME = "/var/tmp/l2x-demo"
os.environ["L2X_LAB_HOME"] = HOME

import lab # noqa: E402
import topology # noqa: E402
from guest import GuestError # noqa: E402

PID_FILE = "/run/l2x-demo.pid"
LIMIT = 400 # seconds: something hangs
SIZE = 12 << 20
ALICE, BOB, CAROL, DAVE, ERIN = topology.USERS

STEPS = {"lac": {
	1: "the client starts PPP (PPPoE)",
	2: "LAC and client negotiate LCP",
	3: "the client tells its name; terminate or tunnel?",
	4: "destination, tunnel and a new session",
	5: "LCP and authentication results go to the LNS"},
	"lns": {
	1: "a LAC sends SCCRQ",
	2: "destination, host name and secret are checked",
	3: "the tunnel is complete",
	4: "the LAC opens a session (ICRQ)",
	5: "a dynamic PPP interface is created",
	6: "proxy LCP and authentication data are handed to PPP",
	7: "proxy LCP is judged: open at once, or negotiate"}}

ACTS = ((ALICE, "the first of her domain: new destination, new tunnel"),
	(BOB, "same domain: no SCCRQ, only a new session (he insists on PAP)"),
	(CAROL, "another assignment id: second tunnel, same destination"),
	(DAVE, "another LNS: a new destination"),
	(ERIN, "a local domain: terminated on the LAC"))


# ---- telling -----------------------------------------------------------------
class Narrator:
	"""Prints events of all daemons as they come."""

	def __init__(self):
		self.begin = time.monotonic()
		self.lock = threading.Lock()
		self.quiet = False

	def say(self, text=""):
		with self.lock:
			print(text, flush=True)

	def head(self, text):
		self.say("\n== " + text)

	def line(self, who, text):
		self.say("%7.2f  %-4s  %s" % (
			time.monotonic() - self.begin, who.upper(), text))

	def event(self, node, event):
		text = self.text(node, event)
		if text and not self.quiet:
			self.line(node, text)

	def text(self, node, e):
		"""An event in words; None: not worth a line."""
		kind = e.get("event")
		if kind == "step":
			as_role = "" if node.startswith(e["role"]) else (
				" as " + e["role"].upper())
			return "step %d%s: %s" % (e["step"], as_role, e["text"])
		if kind == "message" and e["way"] == "sent":
			return "  sends %s (tunnel %d%s)" % (
				e["type"], e["tunnel"], ", session %d" %
				e["session"] if e["session"] else "")
		if kind == "destination-new":
			return "  new destination %s" % e["peer"]
		if kind == "tunnel-up":
			return "  tunnel %d with %s is up" % (e["tunnel"],
							      e["peer"])
		if kind == "session-open":
			return "  session in %s tunnel %d" % (
				"a new" if e["new"] else "the existing",
				e["tunnel"])
		if kind == "identified":
			return "  the client says it is %s" % e["user"]
		if kind == "interface-up":
			return "  interface ppp%d appears" % e["interface"]
		if kind == "interface-down":
			return "  interface ppp%d goes" % e["interface"]
		if kind == "call":
			return "  call %d is %s" % (e["call"], e["state"])
		return None


class Verdict:
	"""What was checked, and what failed."""

	def __init__(self, narrator):
		self.narrator, self.failures = narrator, 0

	def check(self, good, text, why=""):
		if not good:
			self.failures += 1
		self.narrator.say("  %s  %s%s" % (
			"ok    " if good else "FAILED", text,
			": " + str(why) if why and not good else ""))


# ---- the story ---------------------------------------------------------------
def play(story, narrator, verdict):
	"""The five subscribers dial one after the other; returns those that
	came up, by user."""
	up = {}
	for user, why in ACTS:
		narrator.head("%s dials: %s" % (user, why))
		marks = {n: len(node.events.seen)
			 for n, node in story.nodes.items()}
		more = {"AUTH": "pap"} if user == BOB else {}
		try:
			subscriber = story.dial(user, **more)
			own, gateway = subscriber.wait_up(40)
		except GuestError as e:
			verdict.check(False, "%s comes up" % user, e)
			continue
		narrator.line("user", "%s has %s (gateway %s)" % (user, own,
								  gateway))
		up[user] = subscriber
		verdict.check(subscriber.ping(topology.INTERNET) == 3,
			      "%s pings %s" % (user, topology.INTERNET))
		act_check(story, marks, user, verdict)
	return up


def act_check(story, marks, user, verdict):
	"""What the subscriber's coming made on the LAC."""
	after, events = marks["lac"], story.lac.events
	sccrq = len(events.all("message", after, way="sent", type="SCCRQ"))
	places = len(events.all("destination-new", after))
	sessions = len(events.all("session-open", after))
	want = {ALICE: (1, 1, 1), BOB: (0, 0, 1), CAROL: (1, 0, 1),
		DAVE: (1, 1, 1), ERIN: (0, 0, 0)}[user]
	verdict.check((sccrq, places, sessions) == want,
		      "LAC: %d SCCRQ, %d new destination, %d new session" % want,
		      "it was %d, %d, %d" % (sccrq, places, sessions))


def call_steps(node, role, user):
	"""Steps of a subscriber's call in the order they were told."""
	ident = node.the_call(user)["id"]
	return [e["step"] for e in node.events.all("step", role=role,
						   call=ident)]


def check_steps(story, up, narrator, verdict):
	narrator.head("(a) The documented sequences, from the daemons' events")
	for node, role in ((story.lac, "lac"), (story.lns, "lns")):
		for step, text in STEPS[role].items():
			verdict.check(node.events.all("step", role=role,
						      step=step),
				      "%s step %d: %s" % (role.upper(), step,
							  text),
				      "no such event")
	for user in up:
		want = [1, 2, 3] if user == ERIN else [1, 2, 3, 4, 5]
		have = call_steps(story.lac, "lac", user)
		verdict.check(have == want, "LAC steps of %s in their order" %
			      user, have)
	for user in up:
		if user == ERIN:
			continue
		node = story.lns2 if user == DAVE else story.lns
		have = call_steps(node, "lns", user)
		verdict.check(have == [4, 5, 6, 7], "%s steps 4 to 7 of %s in "
			      "their order" % (node.name.upper(), user), have)
	have = [e["step"] for e in story.lns2.events.all("step", role="lns")]
	verdict.check(DAVE not in up or have[:3] == [1, 2, 3],
		      "LNS2 steps 1 to 3 of its tunnel in their order", have)


def check_fetch(story, up, file, narrator, verdict):
	narrator.head("(b) Everybody fetches %d MB" % (SIZE >> 20))
	url, size, digest = file
	for user in topology.USERS:
		if user not in up:
			verdict.check(False, user, "is not up")
			continue
		begin = time.monotonic()
		try:
			have = up[user].fetch(url)
		except GuestError as e:
			have = e
		verdict.check(have == (size, digest),
			      "%s: SHA-256 matches, %.0f Mbit/s" % (
				user, size * 8e-6 / (time.monotonic() - begin)),
			      have)


def settle(subscriber):
	"""The subscriber's counts, when they stand still."""
	last = None
	for _ in range(50):
		now = topology.subscriber_counts(subscriber)
		if now == last:
			return now
		last = now
		time.sleep(0.3)
	return last


def check_counts(story, up, narrator, verdict):
	narrator.head("(c) IP packets at the subscriber, and on each leg")
	paths = {user: ("lac", "lts", "lns") for user in (ALICE, BOB, CAROL)}
	paths[DAVE], paths[ERIN] = ("lac", "lns2"), ("lac",)
	for user, nodes in paths.items():
		if user not in up:
			continue
		want = settle(up[user])
		calls = [(n, story.nodes[n].the_call(user)) for n in nodes]
		have = [(n, c["packets_up"], c["packets_down"])
			for n, c in calls]
		verdict.check(all((u, d) == want for _, u, d in have),
			      "%s: %d sent, %d received; %s" % (
				user, *want, ", ".join(
					"%s %d/%d" % row for row in have)))
		control = [(n, c["control_up"], c["control_down"])
			   for n, c in calls if c["role"] in ("lac", "lts")]
		if not control:
			continue
		told = ", ".join("%s %d/%d" % row for row in control)
		verdict.check(len({row[1:] for row in control}) == 1,
			      "  PPP control, counted apart: " + told,
			      "the nodes differ")


def check_punts(story, narrator, verdict):
	narrator.head("(d) No data packet left the fast path")
	for name, node in story.nodes.items():
		counted = node.reasons("data")
		moved = {k: v for k, v in counted.items() if v}
		if not counted:
			moved = "no counter of a data punt is shown"
		verdict.check(not moved, "%s: %d forwarded in XDP, no data "
			      "punt" % (name.upper(),
					node.reasons()["forwarded"]), moved)


def demonstrate(house, narrator):
	verdict = Verdict(narrator)
	narrator.head("LAC, LTS, LNS and a second LNS start")
	story = topology.Story(house, naming="-%s")
	story.start_guest()
	story.start(narrator.event)
	file = story.start_web().add("file", SIZE)
	for name, node in story.nodes.items():
		ports = node.show("ports")
		narrator.line(name, "ports " + ", ".join(
			"%s (%s XDP, %s)" % (p["name"], p["mode"], p["attach"])
			for p in ports))
	up = play(story, narrator, verdict)
	check_steps(story, up, narrator, verdict)
	check_fetch(story, up, file, narrator, verdict)
	check_counts(story, up, narrator, verdict)
	check_punts(story, narrator, verdict)
	return verdict.failures


KEPT = """
It all runs on.  To look inside (from %(top)s):
  build/l2xctl -i demo-lac show calls          (also demo-lts, -lns, -lns2)
  build/l2xctl -i demo-lns show interfaces
  build/l2xctl -i demo-lts events
  nsenter --net=/run/netns/demo-lts bpftool net
  bpftool map dump pinned /sys/fs/bpf/l2x/demo-lns/v*/reasons
As a subscriber (alice, bob, carol, dave, erin):
  export L2X_LAB_HOME=%(home)s
  tests/lab/guest.py exec demosubs 'ip netns exec alice ping -c 3 %(net)s'
  tests/lab/guest.py exec demosubs 'kill $(cat /run/ppp/pid.bob)'
To end it all:
  scripts/demo --stop
"""


# ---- holding and letting go ----------------------------------------------
def stop_kept():
	"""Ends a demo that was kept; returns whether there was one."""
	try:
		with open(PID_FILE) as f:
			pid = int(f.read())
		with open("/proc/%d/cmdline" % pid) as f:
			if "demo.py" not in f.read():
				raise ProcessLookupError
		os.kill(pid, signal.SIGTERM)
	except (OSError, ValueError):
		return False
	while lab.runs(pid):
		time.sleep(0.1)
	return True


def sweep():
	"""What a demo left that was killed with SIGKILL."""
	for name in lab.sh("ip", "netns").stdout.split():
		if not name.startswith("demo-"):
			continue
		for pid in lab.sh("ip", "netns", "pids", name).stdout.split():
			os.kill(int(pid), signal.SIGKILL)
		lab.sh("ip", "netns", "del", name)
	for name in topology.NODES:
		lab.sh(lab.BUILD + "/l2xd", "-i", "demo-" + name, "--unload",
		       check=False)
	shutil.rmtree(HOME, ignore_errors=True)


def hold(tell_parent, keep):
	"""The child: plays the story, tells its status, cleans up."""
	ctypes.CDLL(None).prctl(1, signal.SIGTERM) # PR_SET_PDEATHSIG
	for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
		       signal.SIGALRM):
		signal.signal(number, lab._on_signal)
	signal.alarm(LIMIT)
	with open(PID_FILE, "w") as f:
		f.write(str(os.getpid()))
	narrator, status, house = Narrator(), 1, lab.Lab("demo")
	house.prefix = "demo"
	try:
		failures = demonstrate(house, narrator)
		status = 1 if failures else 0
		narrator.head("%s after %.0f s" % (
			"All was seen and counted right" if not failures else
			"%d checks FAILED" % failures,
			time.monotonic() - narrator.begin))
		if keep:
			signal.alarm(0)
			narrator.say(KEPT % {"top": lab.TOP, "home": HOME,
					     "net": topology.INTERNET})
			linger(tell_parent, narrator, status)
	except Exception as e:
		narrator.say("FAILED: %s: %s" % (type(e).__name__, e))
		narrator.say("\n".join(house.logs(15)))
	finally:
		narrator.quiet = True
		for number in (signal.SIGTERM, signal.SIGINT):
			signal.signal(number, signal.SIG_IGN)
		house.close()
		shutil.rmtree(HOME, ignore_errors=True)
		os.unlink(PID_FILE)
	os.write(tell_parent, b"%d" % status)
	return status


def linger(tell_parent, narrator, status):
	"""Let the parent return and stay until SIGTERM."""
	ctypes.CDLL(None).prctl(1, 0)
	narrator.quiet = True
	os.write(tell_parent, b"%d" % status)
	os.close(tell_parent)
	null = os.open("/dev/null", os.O_RDWR)
	for fd in (0, 1, 2):
		os.dup2(null, fd)
	while True:
		signal.pause()


def wait_for(child, pipe):
	"""The parent: hands signals on, returns what the child says."""
	for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
		signal.signal(number,
			      lambda *_: os.kill(child, signal.SIGTERM))
	said = os.read(pipe, 16)
	if not said:
		print("FAILED: the demonstration was interrupted")
		os.waitpid(child, 0)
		return 1
	return int(said)


def main(argv):
	if "--stop" in argv:
		found = stop_kept()
		sweep()
		print("stopped" if found else "nothing was running")
		return 0
	if os.path.exists(PID_FILE):
		if stop_kept():
			print("(ended the demonstration that was kept)")
	sweep()
	read_end, write_end = os.pipe()
	child = os.fork()
	if child == 0:
		os.close(read_end)
		os.setsid()
		os._exit(hold(write_end, "--keep" in argv))
	os.close(write_end)
	return wait_for(child, read_end)


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
