# SPDX-License-Identifier: GPL-2.0-only
"""The test house for net tests: namespaces, wires, captures, guests, l2xd.

A test file looks like this:

	#!/usr/bin/python3
	import os, sys
	sys.dont_write_bytecode = True
	sys.path.insert(0, os.path.dirname(__file__) + "/../lab")
	import lab
	from lab import test, setup, expect

	@setup			# optional: once for the file, on first use
	def world(house):
		...
		return anything

	@test
	def subscriber_comes_up(world, house):
		...

	lab.main()

Parameters are given by name: "world" is what the set-up returned (made with
a house that lives until the end of the file), "house" a Lab of this test
alone.  Whatever a Lab makes, it takes away again, also after a failure and
on SIGTERM.  A test calls skip("tool") when a tool is missing.

Options of a test file: --only PATTERN, --list, --keep (leave state, for
exploring), -v (commands as they run).
"""

import atexit
import contextlib
import fnmatch
import glob
import hashlib
import http.server
import inspect
import json
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import traceback

sys.dont_write_bytecode = True

import guest as guest_module # noqa: E402
from guest import (Guest, GuestError, as_created, # noqa: E402,F401
		   offloads_off, runs, sh)

SRC = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(SRC))
BUILD = os.environ.get("L2X_BUILD", os.path.join(TOP, "build"))


class Skip(Exception):
	"""The test cannot run here; says which tool is missing."""


def skip(why):
	raise Skip(why)


def need(*tools):
	"""Skip the test unless all these commands are installed."""
	for tool in tools:
		if not shutil.which(tool):
			raise Skip("%s missing" % tool)


def expect(have, want, what="value"):
	"""Fail unless equal."""
	if have != want:
		raise AssertionError("%s: have %r, want %r" %
				     (what, have, want))


def eventually(condition, timeout=10, what=None, step=0.1):
	"""Poll until condition() is true (returns its value) or fail.  An
	AssertionError, KeyError, IndexError or LookupError counts as false."""
	end = time.monotonic() + timeout
	while True:
		why = None
		try:
			value = condition()
			if value:
				return value
		except (AssertionError, LookupError) as e:
			why = e
		if time.monotonic() > end:
			raise AssertionError("never within %gs: %s%s" % (
				timeout, what or inspect.getsource(
					condition).strip(),
				" (%s)" % why if why else ""))
		time.sleep(step)


# ---- network namespaces --------------------------------------------------
class Netns:
	"""A network namespace; commands run in it with nsenter, because
	"ip netns exec" would hide /sys/fs/bpf.  An untouched one stands for a
	machine with the settings that it came with: its ports keep their
	offloads, and topology.router() leaves it its filters."""

	def __init__(self, name, make=True, untouched=False):
		self.name = name
		self.untouched = untouched
		if make:
			sh("ip", "netns", "add", name)
			sh("ip", "-n", name, "link", "set", "lo", "up")

	def delete(self):
		sh("ip", "netns", "del", self.name, check=False)

	def argv(self, *words):
		return ["nsenter", "--net=/run/netns/" + self.name] + [
			str(w) for w in words]

	def run(self, *words, check=True, timeout=60):
		"""Run a command; returns its standard output."""
		return sh(*self.argv(*words), check=check,
			  timeout=timeout).stdout

	def popen(self, *words, **more):
		return subprocess.Popen(self.argv(*words), **more)

	def address(self, interface, *prefixes):
		for prefix in prefixes:
			sh("ip", "-n", self.name, "addr", "add", prefix, "dev",
			   interface, *(["nodad"] if ":" in prefix else []))

	def route(self, *words):
		sh("ip", "-n", self.name, "route", "replace", *words)

	def mac(self, interface):
		return self.link(interface)["address"]

	def ifindex(self, interface):
		return self.link(interface)["ifindex"]

	def link(self, interface):
		"""What "ip -j link" says about one interface."""
		return json.loads(sh("ip", "-n", self.name, "-j", "-d", "-s",
				     "link", "show", "dev",
				     interface).stdout)[0]

	def ping(self, address, count=3, size=56, interface=None):
		"""Returns how many answers came."""
		words = ["ping", "-n", "-i", "0.2", "-W", "2", "-c", count,
			 "-s", size]
		if interface:
			words += ["-I", interface]
		text = self.run(*words, address, check=False)
		for line in text.splitlines():
			if "received" in line:
				return int(line.split(",")[1].split()[0])
		raise AssertionError("ping said: " + text)

	@contextlib.contextmanager
	def inside(self):
		"""This thread is in the namespace: make sockets here."""
		with open("/proc/thread-self/ns/net") as old, \
		     open("/run/netns/" + self.name) as new:
			_setns(new.fileno())
			try:
				yield self
			finally:
				_setns(old.fileno())

	def socket(self, *args):
		with self.inside():
			return socket.socket(*args)


def _setns(fd):
	import ctypes
	libc = ctypes.CDLL(None, use_errno=True)
	if libc.setns(fd, 0x40000000): # CLONE_NEWNET
		raise OSError(ctypes.get_errno(), "setns")


def veth(ns_a, name_a, ns_b, name_b, mtu=1500, ipv6=False):
	"""A wire between two namespaces (deleted with either of them)."""
	sh("ip", "link", "add", name_a, "netns", ns_a.name, "mtu", mtu,
	   "type", "veth", "peer", "name", name_b, "netns", ns_b.name,
	   "mtu", mtu)
	for ns, name in ((ns_a, name_a), (ns_b, name_b)):
		if not ipv6: # no router solicitations between the test's frames
			sh("sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" %
			   name.replace(".", "/"), netns=ns.name, check=False)
		(as_created if ns.untouched else offloads_off)(ns.name, name)
	# a veth learns when it goes up whether its peer takes redirected frames
	for ns, name in ((ns_a, name_a), (ns_b, name_b)):
		sh("ip", "-n", ns.name, "link", "set", name, "up")


# ---- captures --------------------------------------------------------------
class Capture:
	"""tcpdump on one interface, written as it comes."""

	def __init__(self, netns, interface, path, expression=""):
		self.path = path
		# without immediate mode, frames wait up to a second
		words = ["tcpdump", "-U", "-n", "--immediate-mode", "-s",
			 "9216", "-B", "16384", "-Z", "root", "-i", interface,
			 "-w", path]
		self.process = netns.popen(*words, *expression.split(),
					   stdin=subprocess.DEVNULL,
					   stdout=subprocess.DEVNULL,
					   stderr=subprocess.PIPE)
		# "listening on ..." comes when the socket is open
		self.said = self.process.stderr.readline().decode()
		while self.said and b"listening" not in self.said.encode():
			self.said = self.process.stderr.readline().decode()
		if not self.said:
			raise RuntimeError("tcpdump does not start on " +
					   interface)

	def stop(self, settle=0.3):
		"""End the capture; returns its frames."""
		if self.process.poll() is None:
			time.sleep(settle)
			self._catch_up()
			self.process.send_signal(signal.SIGINT)
			self.process.communicate(timeout=10)
		return self.frames()

	def _catch_up(self, timeout=10):
		"""Until it has written all that the kernel holds for it."""
		end = time.monotonic() + timeout
		while time.monotonic() < end:
			self.process.send_signal(signal.SIGUSR1)
			line = self.process.stderr.readline().decode()
			counts = re.search(r"(\d+) packets? captured, (\d+) "
					   r"packets? received", line)
			if not line or (counts and
					counts.group(1) == counts.group(2)):
				return
			time.sleep(0.05)

	def frames(self):
		"""The frames up to now: list of (time, octets)."""
		return list(pcap_read(self.path))


def pcap_read(path):
	"""Yield (time, frame) of a pcap file; a cut last record is left out."""
	with open(path, "rb") as f:
		data = f.read()
	if len(data) < 24:
		return
	order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1",
				    b"\x4d\x3c\xb2\xa1") else ">"
	scale = 1e9 if data[:4] in (b"\x4d\x3c\xb2\xa1",
				    b"\xa1\xb2\x3c\x4d") else 1e6
	at = 24
	while at + 16 <= len(data):
		sec, frac, size, _ = struct.unpack_from(order + "IIII", data,
							at)
		if at + 16 + size > len(data):
			return
		yield sec + frac / scale, data[at + 16:at + 16 + size]
		at += 16 + size


# ---- the daemon --------------------------------------------------------------
class L2xd:
	"""One l2xd instance in a namespace.

	config is YAML text.  Environment L2XD and L2XCTL choose the programs
	(for example build/asan/l2xd)."""

	def __init__(self, lab, netns, instance, config, *options):
		self.netns = netns
		self.instance = instance
		self.folder = lab.folder
		self.options = list(options)
		self.program = os.environ.get("L2XD", BUILD + "/l2xd")
		self.tool = os.environ.get("L2XCTL", BUILD + "/l2xctl")
		self.config = os.path.join(self.folder, instance + ".yaml")
		self.log_path = os.path.join(self.folder, instance + ".log")
		self.socket = "/run/l2x/%s.sock" % instance
		self.process = None
		self.killed = False # by kill(): its end is no failure
		self.write(config)

	def write(self, config):
		with open(self.config, "w") as f:
			f.write(config)

	def start(self, timeout=15):
		"""Run the daemon, wait until its control socket answers."""
		if not os.path.exists(self.program):
			raise AssertionError(self.program + " is not built")
		environment = dict(os.environ)
		environment.setdefault("ASAN_OPTIONS", "detect_leaks=1:"
				       "abort_on_error=0:exitcode=99")
		environment.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
		self.killed = False
		with open(self.log_path, "ab") as log:
			self.process = self.netns.popen(
				*guest_module.DIE_WITH_US, self.program, "-c",
				self.config, "-i", self.instance, *self.options,
				stdin=subprocess.DEVNULL, stdout=log,
				stderr=subprocess.STDOUT, env=environment)
		end = time.monotonic() + timeout
		while not self.answers():
			if self.process.poll() is not None:
				raise AssertionError(
					"l2xd %s ended with %d:\n%s" %
					(self.instance, self.process.returncode,
					 self.log()[-3000:]))
			if time.monotonic() > end:
				raise AssertionError(
					"l2xd %s does not answer:\n%s" %
					(self.instance, self.log()[-3000:]))
			time.sleep(0.05)
		return self

	@contextlib.contextmanager
	def served(self, timeout=10):
		"""A connection on which the engine has just answered."""
		with socket.socket(socket.AF_UNIX) as s:
			s.settimeout(timeout)
			s.connect(self.socket)
			s.sendall(b'{"command":"show status"}\n')
			if not s.recv(1):
				raise ConnectionResetError("no answer")
			yield s

	def answers(self):
		"""Whether the engine answers: the socket alone is there long
		before the ports are."""
		try:
			with self.served(1):
				return True
		except OSError:
			return False

	def descriptors(self):
		"""How many the engine has.  While it serves us, so that those
		of connections that ended before are gone."""
		with self.served():
			return len(os.listdir("/proc/%d/fd" % self.engine))

	def ctl_raw(self, *words, json_out=True, timeout=15):
		"""CompletedProcess of an l2xctl command."""
		argv = [self.tool, "-i", self.instance]
		if json_out:
			argv.append("--json")
		return sh(*argv, *words, check=False, timeout=timeout)

	def ctl(self, *words, timeout=15):
		"""l2xctl --json WORDS; returns the parsed answer."""
		done = self.ctl_raw(*words, timeout=timeout)
		if done.returncode:
			raise AssertionError("l2xctl %s: status %d: %s" % (
				" ".join(map(str, words)), done.returncode,
				done.stderr + done.stdout))
		return json.loads(done.stdout) if done.stdout.strip() else None

	def text(self, *words):
		"""l2xctl WORDS; returns the text as an operator sees it."""
		done = self.ctl_raw(*words, json_out=False)
		if done.returncode:
			raise AssertionError(done.stderr + done.stdout)
		return done.stdout

	def log(self):
		try:
			with open(self.log_path, errors="replace") as f:
				return f.read()
		except FileNotFoundError:
			return ""

	def wait_log(self, needle, timeout=10):
		"""Wait for a text in the log; returns the lines that have it."""
		eventually(lambda: needle in self.log(), timeout,
			   "log of %s says %r" % (self.instance, needle))
		return [l for l in self.log().splitlines() if needle in l]

	@property
	def keeper(self):
		return self.process.pid

	@property
	def engine(self):
		"""pid of the engine (the keeper's child), None without one."""
		try:
			with open("/proc/%d/task/%d/children" %
				  (self.keeper, self.keeper)) as f:
				pids = [int(p) for p in f.read().split()]
		except OSError:
			return None
		pids = [p for p in pids if runs(p)]
		return pids[0] if pids else None

	def rss(self, pid=None):
		"""Resident set in KiB."""
		with open("/proc/%d/status" % (pid or self.engine)) as f:
			for line in f:
				if line.startswith("VmRSS"):
					return int(line.split()[1])
		return 0

	def kill(self):
		"""kill -9 of the keeper and its engine."""
		self.killed = True
		engine = self.engine
		for pid in (self.keeper, engine):
			if pid and runs(pid):
				os.kill(pid, signal.SIGKILL)
		self.process.wait(10)
		# the engine is not our child: wait until it is really gone
		end = time.monotonic() + 5
		while engine and runs(engine) and time.monotonic() < end:
			time.sleep(0.02)

	def stop(self, timeout=20):
		"""Orderly end (SIGTERM); returns the exit status."""
		if self.process is None:
			return None
		if self.process.poll() is None:
			self.process.send_signal(signal.SIGTERM)
			try:
				self.process.wait(timeout)
			except subprocess.TimeoutExpired:
				self.kill()
				raise AssertionError(
					"l2xd %s did not end on SIGTERM:\n%s" %
					(self.instance, self.log()[-3000:]))
		return self.process.returncode

	def unload(self):
		"""Detach and remove every pin of the instance."""
		return sh(*self.netns.argv(self.program, "-i", self.instance,
					   "--unload"), check=False)

	def sanitizer_reports(self):
		"""Lines of ASan, LSan or UBSan in the log."""
		marks = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
			 "LeakSanitizer has encountered", "runtime error:")
		return [l for l in self.log().splitlines()
			if any(m in l for m in marks)]

	def finish(self):
		"""For clean-up: end it whatever its state, remove the pins.
		Fails if it does not end well, or had ended before by itself."""
		wrong = []
		try:
			self.stop()
		except AssertionError as e:
			wrong.append(str(e))
		if self.process and self.process.returncode and not self.killed:
			wrong.append("ended with %d" % self.process.returncode)
		if os.path.exists(self.program):
			self.unload()
		wrong += self.sanitizer_reports()
		if wrong:
			raise AssertionError("l2xd %s: %s" %
					     (self.instance, "; ".join(wrong)))


# ---- web ------------------------------------------------------------------
class WebServer:
	"""An HTTP server in a namespace that serves files of known content."""

	def __init__(self, netns, address, port=80):
		self.files = {}
		server = self

		class Handler(http.server.BaseHTTPRequestHandler):
			def do_GET(self): # noqa: N802 (name given by base)
				body = server.files.get(self.path)
				if body is None:
					self.send_error(404)
					return
				self.send_response(200)
				self.send_header("Content-Length",
						 str(len(body)))
				self.end_headers()
				self.wfile.write(body)

			def log_message(self, *_):
				pass

		with netns.inside():
			self.http = http.server.ThreadingHTTPServer(
				(address, port), Handler)
		self.http.daemon_threads = True
		self.base = "http://%s:%d" % (address, port)
		self.thread = threading.Thread(target=self.http.serve_forever,
					       daemon=True)
		self.thread.start()

	def add(self, name, size, seed=1):
		"""A file of size octets; returns (URL, size, SHA-256 hex)."""
		block = b"".join(hashlib.sha512(b"%d %d" % (seed, i)).digest()
				 for i in range(1024))
		body = (block * (size // len(block) + 1))[:size]
		self.files["/" + name] = body
		return (self.base + "/" + name, size,
			hashlib.sha256(body).hexdigest())

	def stop(self):
		self.http.shutdown()
		self.http.server_close()


# ---- the house ------------------------------------------------------------
class Lab:
	"""Makes things and takes them away again, last made first."""

	serial = 0
	kept = False # --keep: state outlives the test

	def __init__(self, label="t"):
		Lab.serial += 1
		self.prefix = "%s%d%s%d" % ("k" if Lab.kept else "x",
					    os.getpid(), label, Lab.serial)
		self.stack = contextlib.ExitStack()
		self.folder = os.path.join(guest_module.home(), self.prefix)
		os.makedirs(self.folder)
		self.daemons = []
		self.guests = []

	def path(self, name):
		return os.path.join(self.folder, name)

	def netns(self, name, untouched=False):
		ns = Netns("%s-%s" % (self.prefix, name), untouched=untouched)
		self.stack.callback(ns.delete)
		return ns

	def veth(self, ns_a, name_a, ns_b, name_b, mtu=1500, ipv6=False):
		veth(ns_a, name_a, ns_b, name_b, mtu, ipv6)

	def capture(self, netns, interface, expression=""):
		path = self.path("%s-%s-%d.pcap" % (
			netns.name.split("-", 1)[-1], interface,
			len(os.listdir(self.folder))))
		capture = Capture(netns, interface, path, expression)
		self.stack.callback(capture.stop, 0)
		return capture

	def l2xd(self, netns, name, config, *options, start=True):
		"""A daemon; its instance name is made unique from name."""
		daemon = L2xd(self, netns, self.prefix + name, config,
			      *options)
		self.daemons.append(daemon)
		self.stack.callback(daemon.finish)
		return daemon.start() if start else daemon

	def guest(self, name, wires=(), backend="uml", memory=None,
		  mtu=1500, start=True):
		"""A guest whose n-th network card (vec<n>, eth<n>) is wired
		to the new interface wires[n] = (netns, interface name)."""
		if backend == "uml":
			need("linux.uml")
		else:
			need("qemu-system-x86_64")
		need("busybox")
		own = self.netns("g" + name)
		guest = Guest(self.prefix + name, own.name, backend, memory)
		for ns, interface in wires:
			guest.tap(ns.name, interface, mtu,
				  untouched=ns.untouched)
		self.guests.append(guest)
		self.stack.callback(guest.stop)
		return guest.start() if start else guest

	def web(self, netns, address, port=80):
		server = WebServer(netns, address, port)
		self.stack.callback(server.stop)
		return server

	def process(self, process):
		"""Watch over a Popen: ended at the end of this Lab."""
		def end():
			if process.poll() is None:
				process.kill()
			process.wait(10)
		self.stack.callback(end)
		return process

	def on_close(self, function, *args):
		self.stack.callback(function, *args)

	def logs(self, tail=40):
		"""The ends of all logs, for the report of a failure."""
		lines = []
		for daemon in self.daemons:
			lines.append("-- log of %s" % daemon.instance)
			lines += daemon.log().splitlines()[-tail:]
		for guest in self.guests:
			for name in sorted(os.listdir(guest.share)
					   if os.path.isdir(guest.share)
					   else []):
				if not name.endswith(".log"):
					continue
				lines.append("-- %s of guest" % name)
				lines += guest.log(name).splitlines()[
					-tail // 2:]
		return lines

	def close(self):
		try:
			self.stack.close()
		finally:
			shutil.rmtree(self.folder, ignore_errors=True)
			for guest in self.guests:
				shutil.rmtree(guest.folder, ignore_errors=True)


def sweep():
	"""Take away what a test left that was killed with SIGKILL: names
	tell the pid of the test.  (In a guest the pids are those of another
	machine, and there is nothing to sweep.)"""
	if "LAB_DIR" in os.environ:
		return
	names = sh("ip", "netns", check=False).stdout
	for name in re.findall(r"^(x\d+[tw]\d+-\S+)", names, re.M):
		if runs(int(re.match(r"x(\d+)", name).group(1))):
			continue
		for pid in sh("ip", "netns", "pids", name,
			      check=False).stdout.split():
			try:
				os.kill(int(pid), signal.SIGKILL)
			except ProcessLookupError:
				pass
		sh("ip", "netns", "del", name, check=False)
	for path in glob.glob("/var/tmp/l2x-lab.*"):
		pid = path.rsplit(".", 1)[1]
		if pid.isdigit() and not runs(int(pid)):
			if not glob.glob(path + "/k*"):
				shutil.rmtree(path, ignore_errors=True)


# ---- TAP -----------------------------------------------------------------
_tests = []
_setup = None


def test(function):
	"""Decorator: this is a test; its name with blanks is printed."""
	_tests.append(function)
	return function


def setup(function):
	"""Decorator: makes the "world" of this file."""
	global _setup
	_setup = function
	return function


class _World:
	"""The file's world, made on first use; a failed set-up fails every
	test that wants it, without trying again."""

	def __init__(self):
		self.house = None
		self.value = None
		self.failure = None

	def get(self):
		if isinstance(self.failure, Skip):
			raise self.failure
		if self.failure:
			raise AssertionError("set-up failed") from self.failure
		if self.house is None:
			self.house = Lab("w")
			try:
				self.value = _setup(self.house)
			except (Exception, Skip) as e:
				self.failure = e
				raise
		return self.value

	def close(self):
		if self.house:
			self.house.close()


def _call(function, world, house):
	given = {}
	for name in inspect.signature(function).parameters:
		given[name] = house if name == "house" else world.get()
	function(**given)


def _comment(text):
	for line in text.splitlines():
		print("# " + line)


def _run_one(number, function, world, keep):
	"""Run one test, print its TAP line; returns False on failure."""
	name = function.__name__.replace("_", " ")
	house = Lab("t")
	begin = time.monotonic()
	verdict, more = "ok", ""
	try:
		_call(function, world, house)
	except Skip as e:
		more = " # SKIP %s" % e
	except Exception:
		verdict = "not ok"
		_comment(traceback.format_exc())
		for where in (house, world.house):
			if where:
				_comment("\n".join(where.logs()))
	except BaseException: # a signal: the run ends here
		house.close()
		raise
	try:
		if not (keep and verdict != "ok"):
			house.close()
	except Exception:
		verdict, more = "not ok", ""
		_comment("clean-up:\n" + traceback.format_exc())
	print("%s %d - %s%s" % (verdict, number, name, more))
	_comment("%.1f s" % (time.monotonic() - begin))
	sys.stdout.flush()
	return verdict == "ok"


def _on_signal(number, _frame):
	raise SystemExit(128 + number)


def _options(argv):
	import argparse
	parser = argparse.ArgumentParser()
	parser.add_argument("--only", help="run tests whose name matches")
	parser.add_argument("--list", action="store_true")
	parser.add_argument("--keep", action="store_true")
	return parser.parse_args(argv)


def main(argv=None):
	"""Run the tests of the calling file; exits 0 when all are ok."""
	options = _options(sys.argv[1:] if argv is None else argv)
	chosen = [t for t in _tests if not options.only or fnmatch.fnmatch(
		t.__name__.replace("_", " "),
		"*%s*" % options.only.replace("_", " "))]
	if options.list:
		for t in chosen:
			print(t.__name__.replace("_", " "))
		return
	for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
		signal.signal(number, _on_signal)
	if options.keep:
		Lab.kept = True
		guest_module.DIE_WITH_US.clear()
	sweep()
	made_home = "L2X_LAB_HOME" not in os.environ
	home = guest_module.home()
	world = _World()
	closing = contextlib.ExitStack()
	if made_home and not options.keep:
		closing.callback(shutil.rmtree, home, True)
	if not options.keep:
		closing.callback(world.close)
	atexit.register(closing.close)
	print("1..%d" % len(chosen))
	sys.stdout.flush()
	good = True
	for number, function in enumerate(chosen, 1):
		good &= _run_one(number, function, world, options.keep)
	try:
		closing.close()
	except Exception:
		good = False
		_comment(traceback.format_exc())
		print("not ok %d - clean-up of the file's set-up" %
		      (len(chosen) + 1))
	sys.exit(0 if good else 1)
