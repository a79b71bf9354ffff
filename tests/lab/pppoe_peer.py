# SPDX-License-Identifier: GPL-2.0-only
"""A scripted PPPoE client on a packet socket: discovery, session, PPP.

	client = PppoeClient(netns, "a0", user="bob@isp", password="x")
	client.discover()		# PADI, PADO, PADR, PADS
	client.ppp.start()
	client.ppp.wait_ip()
	client.close()

Independent of the C code.  A thread reads the socket; whatever came is in
.seen.  The client may use a MAC that the interface does not have.
"""

import errno
import os
import select
import socket
import struct
import threading
import time

from frames import (BROADCAST, ETH_DISCOVERY, ETH_SESSION, decode, ethernet,
		    mac, mac_text, pppoe, tag, tags, u16)
from ppp import PppClient

PADI, PADO, PADR, PADS, PADT = 0x09, 0x07, 0x19, 0x65, 0xa7
NAMES = {PADI: "PADI", PADO: "PADO", PADR: "PADR", PADS: "PADS",
	 PADT: "PADT"}
SERVICE, AC_NAME, HOST_UNIQ, COOKIE = 0x0101, 0x0102, 0x0103, 0x0104
VENDOR, RELAY, MAX_PAYLOAD = 0x0105, 0x0110, 0x0120
SERVICE_ERROR, SYSTEM_ERROR, GENERIC_ERROR = 0x0201, 0x0202, 0x0203

SOL_PACKET, PACKET_AUXDATA, PACKET_IGNORE_OUTGOING = 263, 8, 23
TP_VLAN_VALID, TP_VLAN_TPID_VALID = 0x10, 0x40


def raw_socket(netns, interface):
	"""A packet socket that tells about stripped VLAN tags."""
	s = netns.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
	s.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
	s.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
	s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
	s.bind((interface, 0))
	return s


def send_frame(s, frame, patience=1):
	"""While the ring of the wire is full, nothing goes out."""
	end = time.monotonic() + patience
	while True:
		try:
			s.send(frame)
			return
		except OSError as e:
			if e.errno != errno.ENOBUFS or time.monotonic() > end:
				raise
		time.sleep(0.002)


def receive(s):
	"""One frame as it was on the wire, None for our own ones."""
	data, extra, _, address = s.recvmsg(65536, 64)
	if address[2] == socket.PACKET_OUTGOING:
		return None
	for level, kind, value in extra:
		if level != SOL_PACKET or kind != PACKET_AUXDATA:
			continue
		status, _, _, _, _, tci, tpid = struct.unpack_from(
			"IIIHHHH", value)
		if status & TP_VLAN_VALID:
			if not status & TP_VLAN_TPID_VALID:
				tpid = 0x8100
			data = data[:12] + u16(tpid) + u16(tci) + data[12:]
	return data


class Reader(threading.Thread):
	"""Calls input(frame) for each frame, tick() about ten times a
	second, until close()."""

	def __init__(self, sock, input_, tick):
		super().__init__(daemon=True)
		self.sock, self.input, self.tick = sock, input_, tick
		self.going = True
		self.start()

	def run(self):
		next_tick = time.monotonic() + 0.1
		while self.going:
			if select.select([self.sock], [], [], 0.05)[0]:
				try:
					frame = receive(self.sock)
				except OSError:
					return
				if frame:
					self.input(frame)
			if time.monotonic() >= next_tick:
				next_tick = time.monotonic() + 0.1
				self.tick()

	def close(self):
		self.going = False
		self.join(5)
		self.sock.close()


class PppoeClient:
	"""One subscriber.  Attributes after discover(): session, ac_mac,
	ac_name, service_names, and pado/pads (lists of tags)."""

	def __init__(self, netns, interface, user="alice", password="alicepw",
		     own_mac=None, vlans=(), service=b"", host_uniq=None,
		     extra=b"", **ppp):
		self.mac = mac(own_mac) if own_mac else (
			b"\x02" + os.urandom(5))
		self.vlans = tuple(vlans)
		self.service = service
		self.host_uniq = (os.urandom(8) if host_uniq is None
				  else host_uniq)
		self.extra = extra # more tags for PADI and PADR
		self.session = 0
		self.ac_mac = None
		self.pado = self.pads = None
		self.seen = [] # every frame for us, decoded
		self.padt_seen = False
		self.changed = threading.Condition(threading.RLock())
		self.ppp = PppClient(self.send_ppp, user, password, **ppp)
		self.sock = raw_socket(netns, interface)
		self.reader = Reader(self.sock, self._input, self._tick)

	def close(self):
		self.reader.close()

	# ---- sending ------------------------------------------------------------
	def send_frame(self, frame):
		send_frame(self.sock, frame)

	def send_discovery(self, code, payload, session=0, dst=None):
		self.send_frame(ethernet(dst or self.ac_mac or BROADCAST,
					 self.mac, ETH_DISCOVERY,
					 pppoe(code, session, payload),
					 self.vlans))

	def send_ppp(self, frame):
		self.send_frame(ethernet(self.ac_mac, self.mac, ETH_SESSION,
					 pppoe(0, self.session, frame),
					 self.vlans))

	def own_tags(self):
		out = tag(SERVICE, self.service)
		if self.host_uniq:
			out += tag(HOST_UNIQ, self.host_uniq)
		return out + self.extra

	def padi(self):
		self.send_discovery(PADI, self.own_tags(), dst=BROADCAST)

	def padr(self, cookie=None):
		"""cookie: other octets than those of the PADO."""
		out = self.own_tags()
		got = dict(self.pado)
		if cookie is None:
			cookie = got.get(COOKIE)
		if cookie:
			out += tag(COOKIE, cookie)
		if RELAY in got:
			out += tag(RELAY, got[RELAY])
		self.send_discovery(PADR, out)

	def padt(self):
		self.send_discovery(PADT, b"", self.session)

	# ---- receiving ------------------------------------------------------------
	def _tick(self):
		if self.session:
			self.ppp.tick()

	def _input(self, raw):
		frame = decode(raw)
		if frame.dst != mac_text(self.mac) or (
				frame.pppoe_code is None):
			return
		with self.changed:
			self.seen.append(frame)
			if frame.pppoe_code == PADT and (
					frame.pppoe_session == self.session):
				self.padt_seen = True
			if frame.pppoe_code == PADS and self.pads is None:
				self._take_pads(frame)
			self.changed.notify_all()
		if frame.ethertype == ETH_SESSION and self.session and (
				frame.pppoe_session == self.session):
			# a real client sees frames at once behind PADS
			self.ppp.input(frame.pppoe)

	def _take_pads(self, frame):
		self.pads = tags(frame.pppoe)
		self.session = frame.pppoe_session

	def got(self, code):
		return [f for f in self.seen if f.pppoe_code == code and
			f.ethertype == ETH_DISCOVERY]

	def wait(self, condition, timeout=5, what="PPPoE"):
		with self.changed:
			if not self.changed.wait_for(condition, timeout):
				raise AssertionError(
					"%s: not within %gs; seen: %s" % (
						what, timeout, [NAMES.get(
						f.pppoe_code, f.pppoe_code)
						for f in self.seen]))

	def wait_pado(self, timeout=5):
		self.wait(lambda: self.got(PADO), timeout, "PADO")
		frame = self.got(PADO)[-1]
		self.pado, self.ac_mac = tags(frame.pppoe), mac(frame.src)
		got = dict(self.pado)
		self.ac_name = got.get(AC_NAME, b"").decode(errors="replace")
		self.service_names = [v for t, v in self.pado if t == SERVICE]
		return self.pado

	def wait_pads(self, timeout=5):
		"""PADS tags; an error PADS raises."""
		self.wait(lambda: self.pads is not None, timeout, "PADS")
		if not self.session:
			raise AssertionError("PADS refuses: %s" % self.pads)
		return self.pads

	def wait_padt(self, timeout=10):
		self.wait(lambda: self.padt_seen, timeout, "PADT")

	def discover(self, timeout=5):
		self.padi()
		self.wait_pado(timeout)
		self.padr()
		self.wait_pads(timeout)
		return self

	def up(self, timeout=15):
		"""Discovery and PPP up to an address; returns it."""
		self.discover()
		self.ppp.start()
		self.ppp.wait(lambda p: p.ipcp.open or p.auth_ok is False or
			      p.ended, timeout, "PPPoE session up")
		if not self.ppp.ipcp.open:
			raise AssertionError("refused: %s" % self.ppp.story())
		return self.ppp.address
