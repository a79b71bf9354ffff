# SPDX-License-Identifier: GPL-2.0-only
"""What a daemon tells while it happens: the event stream of its control socket.

	events = Events(daemon.socket)
	events.wait("step", role="lac", step=5)
	events.all("message", type="SCCRQ", way="sent")

A thread reads; every event is kept with the time it came ("at", seconds of
the monotonic clock) in .seen.  Knows the socket's lines, see ctl.h.
"""

import json
import socket
import threading
import time


def request(path, command, **arguments):
	"""One command on a control socket, without l2xctl; returns the reply,
	raises with the daemon's error."""
	with socket.socket(socket.AF_UNIX) as s:
		s.settimeout(15)
		s.connect(path)
		s.sendall(json.dumps({"command": command,
				      "arguments": arguments}).encode() + b"\n")
		line = s.makefile().readline()
	answer = json.loads(line)
	if not answer["ok"]:
		raise AssertionError("%s: %s" % (command, answer["error"]))
	return answer["reply"]


class Events:
	"""The events of one daemon from now on; tell(event) is called for each
	if given, in the reading thread."""

	def __init__(self, path, tell=None):
		self.tell = tell
		self.seen = []
		self.changed = threading.Condition()
		self.sock = socket.socket(socket.AF_UNIX)
		self.sock.connect(path)
		self.sock.sendall(b'{"command": "events"}\n')
		self.lines = self.sock.makefile()
		json.loads(self.lines.readline()) # {"ok": true}
		self.thread = threading.Thread(target=self._run, daemon=True)
		self.thread.start()

	def _run(self):
		try:
			for line in self.lines:
				event = json.loads(line)
				event["at"] = time.monotonic()
				if self.tell:
					self.tell(event)
				with self.changed:
					self.seen.append(event)
					self.changed.notify_all()
		except (OSError, ValueError):
			pass # the daemon is gone

	def close(self):
		try:
			self.sock.shutdown(socket.SHUT_RDWR)
		except OSError:
			pass
		self.thread.join(5)
		self.sock.close()

	def all(self, name, after=0, **fields):
		"""Events of that name with these fields, since index `after`."""
		return [e for e in self.seen[after:] if e.get("event") == name and
			all(e.get(k) == v for k, v in fields.items())]

	def wait(self, name, timeout=10, after=0, **fields):
		"""Wait for such an event; returns the first."""
		with self.changed:
			found = self.changed.wait_for(
				lambda: self.all(name, after, **fields), timeout)
		if not found:
			raise AssertionError("no event %s %s within %gs; seen: %s" % (
				name, fields, timeout, self.seen[-20:]))
		return found[0]
