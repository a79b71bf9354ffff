#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 60
"""What surrounds the daemon is slow or gone; the daemon goes on.

More netlink news than the engine's socket holds: an error of the socket, not
its end.  A log that nobody reads: lines are lost, nothing waits.  Signals that
others send to daemons end nobody.  What ships is built so that a memory error
is hard to use.  An engine that hangs is replaced.  The tun device that a
stopped daemon leaves is root's."""

import errno
import fcntl
import os
import pwd
import re
import signal
import struct
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import lab # noqa: E402
import topology # noqa: E402
from lab import eventually, expect, sh, test # noqa: E402

ROUTES = 3000
SAID = "netlink overrun"


def flood(netns, path):
	"""Routes come and go, faster than a stopped process reads."""
	with open(path, "w") as f:
		for verb in ("add", "del"):
			for i in range(ROUTES):
				f.write("route %s 10.77.%d.%d/32 dev a0\n" %
					(verb, i >> 8, i & 255))
	sh(*netns.argv("ip", "-batch", path))


@test
def engine_hears_after_an_overrun(house):
	netns, beyond = house.netns("ovr"), house.netns("ovrx")
	house.veth(netns, "a0", beyond, "a1")
	netns.address("a0", "10.76.0.1/24")
	daemon = house.l2xd(netns, "ovr", topology.yaml({
		"ports": [{"name": "a0"}],
		"l2tp": {"local-addresses": ["10.76.0.1"]}}) + "\n")
	for times in (1, 2, 3):
		os.kill(daemon.engine, signal.SIGSTOP)
		try:
			flood(netns, house.path("routes"))
		finally:
			os.kill(daemon.engine, signal.SIGCONT)
		eventually(lambda: daemon.log().count(SAID) >= times, 10,
			   "overrun %d noticed" % times)
	expect(daemon.ctl("show", "status")["calls"], 0)


class FullPipe:
	"""A pipe for somebody's standard error, full from the beginning."""

	def __init__(self):
		self.reader, self.writer = os.pipe()
		os.set_blocking(self.writer, False)
		try:
			while True:
				os.write(self.writer, b"x" * 4096)
		except BlockingIOError:
			pass
		os.set_blocking(self.writer, True)

	def empty(self):
		"""Returns what was in it."""
		os.set_blocking(self.reader, False)
		out = b""
		try:
			while True:
				out += os.read(self.reader, 65536)
		except BlockingIOError:
			return out.lstrip(b"x").decode()

	def close(self):
		"""The reader goes away."""
		os.close(self.reader)


@test
def log_that_nobody_reads(house):
	netns = house.netns("log")
	daemon = house.l2xd(netns, "log", "ports: []\n", start=False)
	pipe = FullPipe()
	daemon.process = netns.popen(
		daemon.program, "-c", daemon.config, "-i", daemon.instance,
		stdin=subprocess.DEVNULL, stdout=pipe.writer,
		stderr=pipe.writer)
	# ours would keep the pipe's flags and its writers alive
	os.close(pipe.writer)
	eventually(daemon.answers, 15, "it starts")
	engine = daemon.engine
	lost = daemon.ctl("show", "status")["log_lost"]
	expect(lost > 0, True, "lines of the start are lost")
	pipe.empty()
	pipe.close() # the next line meets a pipe without a reader
	for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2,
		       signal.SIGPIPE):
		os.kill(engine, number)
		os.kill(daemon.keeper, number)
	expect(daemon.ctl("show", "status")["calls"], 0)
	expect(daemon.engine, engine, "the engine is the same")
	expect(daemon.process.poll(), None, "the keeper runs")


@test
def hung_engine_is_replaced(house):
	netns = house.netns("hung")
	daemon = house.l2xd(netns, "hung", "watchdog: 3\n")
	engine = daemon.engine
	os.kill(engine, signal.SIGSTOP)
	eventually(lambda: daemon.engine not in (None, engine), 30,
		   "another engine")
	eventually(daemon.answers, 15, "it serves")
	expect(daemon.log().count("no sign of life from the engine for 3 s"), 1)
	# one that lives is left alone, longer than the watchdog waits
	engine = daemon.engine
	started = daemon.ctl("show", "status")["uptime"]
	eventually(lambda: daemon.ctl("show", "status")["uptime"] >=
		   started + 5, 30, "5 s of life")
	expect(daemon.engine, engine)


def take_tun_as_nobody(name):
	"""In a child: errno of the attempt to have a tun device, or 0."""
	who = pwd.getpwnam("nobody")
	fd = os.open("/dev/net/tun", os.O_RDWR) # whoever may open the node
	os.setgroups([])
	os.setresgid(*[who.pw_gid] * 3)
	os.setresuid(*[who.pw_uid] * 3)
	request = struct.pack("16sH22x", name.encode(), 0x1001) # tun, no PI
	try:
		fcntl.ioctl(fd, 0x400454ca, request) # TUNSETIFF
	except OSError as e:
		return e.errno
	return 0


@test
def tun_left_behind_belongs_to_root(house):
	netns = house.netns("tun")
	daemon = house.l2xd(netns, "tun", "tun: l2xown\n")
	daemon.stop()
	expect(netns.link("l2xown")["linkinfo"]["info_data"]["user"], "root")
	with netns.inside():
		child = os.fork()
		if not child:
			try:
				os._exit(take_tun_as_nobody("l2xown"))
			except BaseException:
				os._exit(255)
	expect(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), errno.EPERM)


@test
def binaries_are_hardened():
	for name in ("l2xd", "l2xctl"):
		said = sh("readelf", "-hdlW", "--dyn-syms",
			  os.path.join(lab.BUILD, name)).stdout
		for want in (r"Type:\s+DYN", r"FLAGS_1\)\s+Flags: NOW PIE",
			     r"GNU_RELRO", r"GNU_STACK\s.*\sRW\s",
			     r"__stack_chk_fail", r"__\w*printf_chk"):
			expect(bool(re.search(want, said)), True,
			       "%s has %s" % (name, want))


if __name__ == "__main__":
	sys.exit(lab.main())
