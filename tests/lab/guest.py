#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Guests: kernels with ppp, pppoe and l2tp that act as real peers.

A guest is User-Mode-Linux (backend "uml", for every peer) or qemu with
Debian's stock kernel (backend "qemu", for what UML cannot do: XDP).  It runs
on the host's root file system, read-only, in a network namespace given by the
caller; its taps are wired to interfaces of other namespaces without a bridge.

Knows nothing of l2x.  Touches: its own folder below the lab's home, and the
network namespaces it is given.

Also a command, for exploring by hand (see main).
"""

import hashlib
import os
import shlex
import signal
import subprocess
import sys
import time

SRC = os.path.dirname(os.path.abspath(__file__))
# a test that is killed takes its processes with it (empty this to keep them)
DIE_WITH_US = ["setpriv", "--pdeathsig", "KILL"]
MODULES = "l2tp_ppp,pppoe,8021q,veth,macvlan,ppp_mppe"


class GuestError(Exception):
	"""A guest died, did not come up or did not answer."""


def home():
	"""The folder of all run-time state, made when it is missing."""
	path = os.environ.get("L2X_LAB_HOME")
	if not path:
		path = "/var/tmp/l2x-lab.%d" % os.getpid()
		os.environ["L2X_LAB_HOME"] = path
	os.makedirs(path, mode=0o755, exist_ok=True)
	return path


def cache():
	"""The folder of downloaded things, which outlives a run."""
	return os.environ.get("L2X_LAB_CACHE", "/var/cache/l2x-lab")


def sh(*argv, netns=None, check=True, **more):
	"""Run a short command, in a network namespace if one is named; returns
	the CompletedProcess with text output, raises with stderr on failure."""
	argv = [str(a) for a in argv]
	if netns:
		argv = ["nsenter", "--net=/run/netns/" + netns] + argv
	done = subprocess.run(argv, stdout=subprocess.PIPE,
			      stderr=subprocess.PIPE, text=True, **more)
	if check and done.returncode:
		raise RuntimeError("%s: status %d: %s" % (
			" ".join(argv), done.returncode,
			(done.stderr + done.stdout).strip()[-600:]))
	return done


def runs(pid):
	"""Whether a process lives; a zombie is dead (PID 1 may reap late)."""
	try:
		with open("/proc/%d/stat" % pid) as f:
			return f.read().rsplit(") ", 1)[1][0] not in "ZX"
	except (OSError, IndexError):
		return False


def offloads_off(netns, interface):
	"""Make frames leave a veth as they would be on a cable: checksums and
	segments finished, VLAN tags in the frame.  gro on lets the peer's XDP
	redirect into this end."""
	sh("ethtool", "-K", interface, "tx", "off", "tso", "off", "gso", "off",
	   "gro", "on", "txvlan", "off", "tx-vlan-stag-hw-insert", "off",
	   netns=netns)


def as_created(netns, interface):
	"""The same for a port of a machine whose settings nobody has touched:
	only checksums are finished, as on a cable they always are.  (A veth
	hands unfinished ones to the other end, where XDP cannot see that.)"""
	sh("ethtool", "-K", interface, "tx", "off", netns=netns)


def wire(tap_ns, tap, netns, name, mtu=1500, untouched=False):
	"""Join a tap with a veth called name in netns, by tc redirects (no
	bridge: every frame passes, tags stay where they are)."""
	inner = "v" + tap
	sh("ip", "link", "add", inner, "netns", tap_ns, "mtu", mtu, "type",
	   "veth", "peer", "name", name, "netns", netns, "mtu", mtu)
	for ns, interface in ((tap_ns, inner), (netns, name)):
		sh("sysctl", "-qw",
		   "net.ipv6.conf.%s.disable_ipv6=1" % interface.replace(".", "/"),
		   netns=ns, check=False)
	offloads_off(tap_ns, inner)
	(as_created if untouched else offloads_off)(netns, name)
	for ns, interface in ((tap_ns, inner), (netns, name)):
		sh("ip", "link", "set", interface, "up", netns=ns)
	join(tap_ns, tap, inner)


def join(netns, one, other):
	"""What comes in at one interface goes out of the other."""
	for a, b in ((one, other), (other, one)):
		sh("tc", "qdisc", "add", "dev", a, "clsact", netns=netns)
		sh("tc", "filter", "add", "dev", a, "ingress", "protocol", "all",
		   "u32", "match", "u32", "0", "0", "action", "mirred", "egress",
		   "redirect", "dev", b, netns=netns)


def tap_add(netns, tap, mtu):
	"""A persistent tap: it exists before the guest opens it."""
	sh("ip", "tuntap", "add", "dev", tap, "mode", "tap", netns=netns)
	sh("sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" % tap,
	   netns=netns, check=False)
	sh("ip", "link", "set", tap, "mtu", mtu, "up", netns=netns)


def next_cpu():
	"""CPUs round robin: pinning a guest halves its boot and exec time."""
	path = os.path.join(home(), ".cpu")
	allowed = sorted(os.sched_getaffinity(0))
	try:
		with open(path) as f:
			last = int(f.read() or 0)
	except (OSError, ValueError):
		last = -1
	with open(path, "w") as f:
		f.write(str(last + 1))
	return allowed[(last + 1) % len(allowed)]


class Guest:
	"""One guest.  After start(), commands run in it by exec() and bg()."""

	def __init__(self, name, netns, backend="uml", memory=None):
		self.name = name
		self.netns = netns # the host namespace its taps live in
		self.backend = backend
		self.memory = memory or (128 if backend == "uml" else 512)
		self.folder = os.path.join(home(), "guests", name)
		self.share = os.path.join(self.folder, "share")
		self.taps = []
		self.counted = False # qemu: a nanosecond is an instruction
		self.pid = None
		self.process = None
		self.count = 0

	# ---- wiring, before start ------------------------------------------
	def tap(self, netns=None, name=None, mtu=1500, mac=None,
		untouched=False):
		"""One more network card: vecN in a UML guest.  With netns and
		name it is wired to a new interface of that name there."""
		number = len(self.taps)
		tap = "tap%d" % number
		if not mac:
			h = hashlib.md5(("%s%d" % (self.name, number)).encode())
			mac = "52:54:" + ":".join(
				"%02x" % b for b in h.digest()[:4])
		tap_add(self.netns, tap, mtu)
		if netns:
			wire(self.netns, tap, netns, name, mtu, untouched)
		self.taps.append((tap, mac))
		return "%s%d" % ("vec" if self.backend == "uml" else "eth",
				 number)

	# ---- life ------------------------------------------------------------
	def start(self, modules=MODULES, timeout=60):
		"""Boot, and wait until the agent answers."""
		os.makedirs(self.share)
		for end in ("ctl.in", "ctl.out"):
			os.mkfifo(os.path.join(self.folder, end))
		# opened read-write on our side, so that nobody ever sees EOF
		fds = [os.open(os.path.join(self.folder, end), os.O_RDWR)
		       for end in ("ctl.in", "ctl.out")]
		settings = ["LAB_DIR=" + self.share, "LAB_NAME=" + self.name,
			    "LAB_SRC=" + SRC, "LAB_MODLIST=" + modules]
		if self.backend == "uml":
			argv = self._uml(fds, settings)
		else:
			argv = self._qemu(settings)
		console = os.path.join(self.folder, "console.log")
		with open(console, "wb") as log:
			self.process = subprocess.Popen(
				self._jail(argv), stdin=subprocess.DEVNULL,
				stdout=log, stderr=subprocess.STDOUT,
				pass_fds=fds, start_new_session=True)
		for fd in fds:
			os.close(fd)
		self.pid = self.process.pid
		with open(os.path.join(self.folder, "pid"), "w") as f:
			f.write(str(self.pid))
		self._wait_boot(console, timeout)
		return self

	def _wait_boot(self, console, timeout):
		end = time.monotonic() + timeout
		while not os.path.exists(os.path.join(self.share, "up")):
			if not self.alive() or time.monotonic() > end:
				self.stop(kill=True)
				with open(console, errors="replace") as f:
					tail = f.read()[-1500:]
				raise GuestError("guest %s did not boot: %s" %
						 (self.name, tail))
			time.sleep(0.02)

	def _jail(self, argv):
		"""In the guest's namespace and on its CPU, with the whole host
		tree read-only except for the guest's own folder."""
		jail = ("mount --make-rprivate / && mount --bind \"$1\" \"$1\""
			" && mount -o remount,bind,ro / && shift && exec \"$@\"")
		# every step execs in place, so that our child is the guest
		pre = DIE_WITH_US + ["nsenter",
				     "--net=/run/netns/" + self.netns]
		if self.backend == "uml":
			pre = pre + ["taskset", "-c", str(next_cpu())]
		return pre + ["unshare", "-m", "sh", "-c", jail, "guest",
			      self.folder] + argv

	def _uml(self, fds, settings):
		sockets = os.path.join(self.folder, "uml")
		os.makedirs(sockets)
		argv = ["linux.uml", "mem=%dM" % self.memory,
			"umid=" + self.name, "uml_dir=" + sockets + "/",
			"root=/dev/root", "rootfstype=hostfs", "hostfs=/", "ro",
			"init=" + os.path.join(SRC, "guest-init"),
			"con=null", "con0=null,fd:1", "ssl=null",
			"ssl0=fd:%d,fd:%d" % tuple(fds), "noreboot", "panic=1",
			"quiet", "LAB_MODS=/usr/lib/uml/modules"]
		for i, (tap, mac) in enumerate(self.taps):
			argv.append("vec%d:transport=tap,ifname=%s,mac=%s,"
				    "depth=128,gro=1" % (i, tap, mac))
		return argv + settings

	def _qemu(self, settings):
		import qemu_image
		image = qemu_image.prepare(cache())
		cpu, count, clock = ["max"], [], ["tsc=unstable"]
		if self.counted:
			# without these an instruction moves a single octet,
			# and Debian clears every page that it gives away
			cpu += ["-erms", "-fsrm"]
			clock = ["tsc=reliable", "init_on_alloc=0"]
			count = ["-icount", "shift=0,sleep=off"]
		append = ["console=ttyS0", "quiet", "panic=1", *clock,
			  "LAB_CTL=/dev/vport*p1",
			  "LAB_MODS=" + image.modules,
			  "LAB_INIT=" + os.path.join(SRC, "guest-init")]
		argv = ["qemu-system-x86_64", "-machine", "q35,accel=tcg",
			"-cpu", ",".join(cpu), *count,
			"-smp", "1", "-m", str(self.memory),
			"-nodefaults", "-no-reboot", "-display", "none",
			"-serial", "stdio", "-device", "virtio-rng-pci",
			"-kernel", image.kernel, "-initrd", image.initrd,
			"-append", " ".join(append + settings),
			"-virtfs", "local,path=/,mount_tag=host,"
			"security_model=none,readonly=on,multidevs=remap",
			"-virtfs", "local,path=%s,mount_tag=share,"
			"security_model=none,multidevs=remap" % self.share,
			"-device", "virtio-serial-pci,id=vs0",
			"-chardev", "pipe,id=ctl,path=%s/ctl" % self.folder,
			"-device", "virtserialport,chardev=ctl,name=lab.ctl"]
		for i, (tap, mac) in enumerate(self.taps):
			argv += ["-netdev", "tap,id=n%d,ifname=%s,script=no,"
				 "downscript=no" % (i, tap), "-device",
				 "virtio-net-pci,netdev=n%d,mac=%s,romfile="
				 % (i, mac)]
		return argv

	def alive(self):
		if self.process:
			self.process.poll()
		return self.pid is not None and runs(self.pid)

	def stop(self, kill=False):
		"""Power off; after 5 s, or at once with kill, end every process
		of the guest's session by its pid."""
		if self.pid is None:
			return
		if not kill and self.alive():
			self._send("HALT 0")
			end = time.monotonic() + 5
			while self.alive() and time.monotonic() < end:
				time.sleep(0.02)
		for pid in self._session():
			try:
				os.kill(pid, signal.SIGKILL)
			except ProcessLookupError:
				pass
		if self.process:
			self.process.wait(10)
		self.pid = None

	def _session(self):
		"""The guest's processes: UML's helpers outlive a killed main
		one, and all are in the session that start() made."""
		found = []
		for entry in os.listdir("/proc"):
			try:
				with open("/proc/%s/stat" % entry) as f:
					rest = f.read().rsplit(") ", 1)[1].split()
			except (OSError, IndexError):
				continue
			if entry.isdigit() and int(rest[3]) == self.pid:
				found.append(int(entry))
		return found

	# ---- commands ----------------------------------------------------------
	def _send(self, line):
		with open(os.path.join(self.folder, "ctl.in"), "w") as f:
			f.write(line + "\n")

	def _path(self, kind, ident):
		return os.path.join(self.share, "%s.%s" % (kind, ident))

	def bg(self, command, timeout=3600):
		"""Start a shell command; returns its id for done() and out()."""
		if not self.alive():
			raise GuestError("guest %s is not running" % self.name)
		self.count += 1
		ident = "%d.%d.%s" % (os.getpid(), self.count,
				      os.urandom(3).hex())
		with open(self._path("cmd", ident), "w") as f:
			f.write(command + "\n")
		# a counted guest's clock leaps over whatever it waits for
		self._send("%s %d" % (ident, 0 if self.counted else timeout))
		return ident

	def done(self, ident):
		"""The exit status of a command, None while it runs."""
		try:
			with open(self._path("rc", ident)) as f:
				return int(f.read())
		except FileNotFoundError:
			return None

	def out(self, ident):
		"""What a command has printed up to now, as bytes."""
		try:
			with open(self._path("out", ident), "rb") as f:
				return f.read()
		except FileNotFoundError:
			return b""

	def wait_done(self, ident, timeout=60):
		"""Wait for a command; returns (status, output as bytes)."""
		end = time.monotonic() + timeout
		while True:
			status = self.done(ident)
			if status is not None:
				return status, self.out(ident)
			if not self.alive():
				raise GuestError("guest %s died" % self.name)
			if time.monotonic() > end:
				raise GuestError("guest %s: no answer" % self.name)
			time.sleep(0.01)

	def exec(self, command, timeout=60, check=True):
		"""Run a shell command; returns its output as text."""
		ident = self.bg(command, timeout)
		status, out = self.wait_done(ident, timeout + 10)
		text = out.decode(errors="replace")
		if check and status:
			raise GuestError("guest %s: %s: status %d: %s" % (
				self.name, command, status, text[-800:]))
		return text

	def status(self, command, timeout=60):
		"""Run a shell command; returns its exit status."""
		return self.wait_done(self.bg(command, timeout), timeout + 10)[0]

	def wait(self, condition, timeout=30):
		"""Poll a shell condition inside the guest."""
		ident = self.bg("until { %s\n} >/dev/null 2>&1; do sleep 0.1; done"
				% condition, timeout)
		if self.wait_done(ident, timeout + 10)[0]:
			raise GuestError("guest %s: never: %s" %
					 (self.name, condition))

	def script(self, name, *args, netns=None, timeout=60, check=True,
		   **environment):
		"""Run one of tests/lab's peer-* scripts, in a peer of the
		guest (in-ns) if netns is given."""
		words = ["env"] + ["%s=%s" % kv for kv in environment.items()]
		if netns:
			words += [os.path.join(SRC, "in-ns"), netns, "-"]
		words += [os.path.join(SRC, name)] + [str(a) for a in args]
		return self.exec(" ".join(map(shlex.quote, words)), timeout,
				 check)

	def log(self, name):
		"""A file of the shared folder as text, "" if absent."""
		try:
			with open(os.path.join(self.share, name),
				  errors="replace") as f:
				return f.read()
		except FileNotFoundError:
			return ""

	def pppoe(self, name, interface="vec0", **settings):
		"""Start a PPPoE subscriber; see peer-pppoe-client for settings
		(upper case).  Several of them share one interface."""
		return Subscriber(self, name, interface, settings).start()


class Subscriber:
	"""A pppd PPPoE client in a network namespace of its own in a guest."""

	def __init__(self, guest, name, interface, settings):
		self.guest = guest
		self.name = name
		self.interface = interface
		self.settings = settings

	def start(self):
		self.guest.script("peer-pppoe-client", self.name,
				  self.interface, **self.settings)
		return self

	def within(self, command):
		return "ip netns exec %s %s" % (self.name, command)

	def run(self, command, timeout=60, check=True):
		"""A command of this subscriber (simple words, no shell)."""
		return self.guest.exec(self.within(command), timeout, check)

	def bg(self, command, timeout=3600):
		return self.guest.bg(self.within(command), timeout)

	def wait_up(self, timeout=30):
		"""Wait for an IPv4 address on ppp0; returns it."""
		ident = self.guest.bg(
			"until ip -n %s -4 addr show dev ppp0 2>/dev/null |"
			" grep -q inet && ip -n %s route | grep -q default; do"
			" [ -e /proc/$(cat /run/ppp/pid.%s) ] || exit 3;"
			" sleep 0.1; done" % ((self.name,) * 3), timeout)
		if self.guest.wait_done(ident, timeout + 10)[0]:
			raise GuestError("subscriber %s did not come up:\n%s" %
					 (self.name, self.log()[-2000:]))
		return self.address()

	def address(self):
		"""(own address, peer's address) of ppp0, None when down."""
		text = self.guest.exec("ip -n %s -4 addr show dev ppp0"
				       % self.name, check=False)
		words = text.split()
		if "inet" not in words:
			return None
		own = words[words.index("inet") + 1].split("/")[0]
		peer = None
		if "peer" in words:
			peer = words[words.index("peer") + 1].split("/")[0]
		return own, peer

	def running(self):
		return self.guest.status("[ -e /proc/$(cat /run/ppp/pid.%s) ]"
					 % self.name) == 0

	def wait_gone(self, timeout=30):
		"""Wait until pppd has ended; returns its log."""
		self.guest.wait("! [ -e /proc/$(cat /run/ppp/pid.%s) ]"
				% self.name, timeout)
		return self.log()

	def stop(self, signal_name="TERM"):
		"""TERM: LCP Terminate and PADT; KILL: vanish."""
		self.guest.exec("kill -%s $(cat /run/ppp/pid.%s)" %
				(signal_name, self.name), check=False)

	def log(self):
		return (self.guest.log("pppd-%s.log" % self.name) +
			self.guest.log("pppd-%s.out" % self.name))

	def ping(self, address, count=3, size=56):
		"""Returns how many answers came."""
		text = self.run("ping -n -i 0.2 -W 2 -c %d -s %d %s" %
				(count, size, address), check=False)
		for line in text.splitlines():
			if "received" in line:
				return int(line.split(",")[1].split()[0])
		raise GuestError("ping said: " + text)

	def fetch(self, url, timeout=120):
		"""GET by the subscriber; returns (octets, SHA-256 hex)."""
		where = "/tmp/fetch.%s" % self.name
		text = self.guest.exec(
			"%s && wc -c <%s && sha256sum %s; s=$?; rm -f %s; exit $s" %
			(self.within("busybox wget -q -O %s %s" %
				     (where, shlex.quote(url))),
			 where, where, where), timeout)
		words = text.split()
		return int(words[0]), words[1]

	def counters(self):
		"""(rx packets, rx octets, tx packets, tx octets) of ppp0."""
		base = "/sys/class/net/ppp0/statistics/"
		text = self.run("cat " + " ".join(
			base + f for f in ("rx_packets", "rx_bytes",
					   "tx_packets", "tx_bytes")))
		return tuple(int(w) for w in text.split())


def attach(name):
	"""A Guest object for a guest that another process started."""
	guest = Guest(name, netns="")
	with open(os.path.join(guest.folder, "pid")) as f:
		guest.pid = int(f.read())
	return guest


def main(argv):
	"""guest.py exec NAME COMMAND... | stop NAME | list
	(L2X_LAB_HOME says which lab)"""
	if len(argv) >= 3 and argv[0] == "exec":
		guest = attach(argv[1])
		status, out = guest.wait_done(
			guest.bg(" ".join(argv[2:]), 600), 610)
		sys.stdout.buffer.write(out)
		return status
	if len(argv) == 2 and argv[0] == "stop":
		attach(argv[1]).stop()
		return 0
	if argv == ["list"]:
		for name in sorted(os.listdir(os.path.join(home(), "guests"))):
			print(name, "up" if attach(name).alive() else "down")
		return 0
	print(main.__doc__, file=sys.stderr)
	return 2


if __name__ == "__main__":
	sys.exit(main(sys.argv[1:]))
