#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""A flow of numbered frames, sent and counted by processes of their own.

	flow = Flow(one, "s0", two, "n0", frame, 10000)
	...
	result = flow.stop()	# sent, received, lost, twice, rate, ways, paused

The frame holds MARK followed by 8 octets where the number goes; whatever
arrives at the other end is known by MARK, however its headers have changed.
The other end may be several interfaces, separated by commas; "ways" tells how
many came by each "INTERFACE DESTINATION-MAC".
"""

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time

MARK = b"l2x numbered:)"
SOL_SOCKET, SO_RCVBUFFORCE = 1, 33
SOL_PACKET, PACKET_IGNORE_OUTGOING = 263, 23
ETH_ALL = 3
BUFFER = 64 << 20


class Flow:
	def __init__(self, sender, out, receiver, into, frame, rate):
		self.receiver = self._run(receiver, "receive", into)
		self.sender = self._run(sender, "send", out, frame.hex(), rate)

	@staticmethod
	def _run(netns, *words):
		process = netns.popen(sys.executable, os.path.abspath(__file__),
				      *words, stdout=subprocess.PIPE,
				      text=True)
		if process.stdout.readline() != "ready\n":
			raise RuntimeError("flow %s does not start" % words[0])
		return process

	@staticmethod
	def _end(process):
		process.send_signal(signal.SIGTERM)
		return json.loads(process.communicate(timeout=60)[0])

	def stop(self, settle=1.0):
		sent = self._end(self.sender)
		time.sleep(settle)
		result = dict(sent, **self._end(self.receiver))
		result["lost"] = result["sent"] - result["received"]
		return result

	def kill(self):
		"""For clean-up."""
		for process in (self.sender, self.receiver):
			if process.poll() is None:
				process.kill()
			process.wait()


def fast_enough(once, rate=10000, tries=3):
	"""Does once(), which returns a rate, until this machine was so fast."""
	rates = []
	while not rates or rates[-1] < rate:
		if len(rates) == tries:
			raise AssertionError("frames a second: %s" % rates)
		rates.append(once())


# ---- in the process ----------------------------------------------------------
going = True


def end(*_):
	global going
	going = False


def ready():
	signal.signal(signal.SIGTERM, end)
	print("ready", flush=True)


def sent(s, frame):
	"""False: the ring of the wire is full, nothing went out."""
	try:
		s.send(frame)
	except OSError as e:
		if e.errno != errno.ENOBUFS:
			raise
		return False
	return True


def send(interface, frame, rate):
	"""In steps of 2 ms, so that no ring of 256 frames overflows."""
	s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
	s.bind((interface, 0))
	at = frame.index(MARK) + len(MARK)
	head, tail = frame[:at], frame[at + 8:]
	ready()
	number, begin = 0, time.monotonic()
	paused, last = 0, begin
	while going:
		now = time.monotonic()
		paused += now - last if now - last > 0.02 else 0
		last = now
		due = int((now - begin) * rate)
		# after a pause of this process it catches up gently
		for _ in range(min(due - number, 64)):
			if not sent(s, head + number.to_bytes(8, "big") + tail):
				break
			number += 1
		time.sleep(0.002)
	seconds = time.monotonic() - begin
	print(json.dumps({"sent": number, "rate": int(number / seconds),
			  "paused": paused}))


def receiver(names):
	"""A socket that sees these interfaces, and maybe more of them."""
	s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
			  0 if len(names) == 1 else socket.htons(ETH_ALL))
	s.setsockopt(SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
	# what another flow sends there
	s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
	if len(names) == 1:
		s.bind((names[0], ETH_ALL))
	s.settimeout(0.1)
	return s


def receive(names):
	s, ways = receiver(names), {}
	ready()
	seen, twice, late, last = bytearray(), 0, 0, -1
	quiet = False
	while going or not quiet: # all that has arrived is read
		try:
			frame, where = s.recvfrom(2048)
			quiet = False
		except TimeoutError:
			quiet = True
			continue
		at = frame.find(MARK)
		if at < 0 or where[0] not in names:
			continue
		way = where[0] + " " + frame[:6].hex(":")
		ways[way] = ways.get(way, 0) + 1
		at += len(MARK)
		number = int.from_bytes(frame[at:at + 8], "big")
		if number >= len(seen):
			seen.extend(bytes(number + 65536 - len(seen)))
		twice += seen[number]
		late += number < last
		last = max(last, number)
		seen[number] = 1
	lost = [n for n in range(last) if not seen[n]]
	print(json.dumps({"received": sum(seen), "twice": twice,
			  "late": late, "holes": lost[:20], "ways": ways}))


if __name__ == "__main__":
	if sys.argv[1] == "send":
		send(sys.argv[2], bytes.fromhex(sys.argv[3]), int(sys.argv[4]))
	else:
		receive(sys.argv[2].split(","))
