# SPDX-License-Identifier: GPL-2.0-only
"""A scripted L2TP peer on a UDP socket: LAC, LNS or anything odd.

	# we are the LAC
	peer = Endpoint(netns, "10.0.0.1", name="lac1", secret="s3cret")
	tunnel = peer.connect("10.0.0.2")	# SCCRQ, SCCRP, SCCCN
	call = tunnel.call(proxy=[...])		# ICRQ, ICRP, ICCN
	call.ppp = PppClient(call.send_ppp); call.ppp.start()

	# we are the LNS: tunnels and calls are accepted by themselves
	peer = Endpoint(netns, "10.0.0.2", name="lns1", secret="s3cret",
			serve=True)
	tunnel = peer.wait_tunnel(); call = tunnel.wait_call()

A thread acknowledges, repeats what is not acknowledged (1 s) and keeps all
messages in tunnel.inbox for expect().  To misbehave, set peer.plan for a
received type before it comes:
	peer.plan[ICRQ] = "silent"	no answer (but acknowledged)
	peer.plan[ICRQ] = "dead"	from here on not even acknowledged
	peer.plan[ICRQ] = "refuse"	StopCCN or CDN
	peer.plan[ICRQ] = function	called with (tunnel, message)
"""

import os
import select
import socket
import threading
import time

import l2tp
from frames import l2tp_data, l2tp_parse, ppp_strip, u16, u32
from l2tp import (CDN, CHALLENGE, HELLO, HOST_NAME, ICCN, ICRP, ICRQ, RESPONSE,
		  RESULT, SCCCN, SCCRP, SCCRQ, SERIAL, SESSION_ID, STOPCCN,
		  TUNNEL_ID, FRAMING_TYPE, TX_SPEED)

# what a message is when it belongs to a call
CALL_TYPES = {7, 8, 9, 10, 11, 12, 14, 15, 16}


def octets(text):
	return text.encode() if isinstance(text, str) else text


class Call:
	"""An L2TP session.  own and peer are the session ids."""

	def __init__(self, tunnel, own, peer=0):
		self.tunnel = tunnel
		self.own, self.peer = own, peer
		self.ppp = None # a ppp.PppEnd fed with what arrives
		self.data = [] # L2tp of each data message
		self.ended = None # the CDN that ended it
		self.iccn = None
		self.form = {} # length, ns, pad, ... of send_ppp
		self.ff03 = True
		self.strict = False # data without Ns is refused
		self.refused = 0

	def send_ppp(self, frame, **form):
		"""A PPP frame (from the protocol field on) as data."""
		form = dict(self.form, **form)
		if form.get("ns") == "count":
			form["ns"] = self.form["next_ns"]
			self.form["next_ns"] += 1
		form.pop("next_ns", None)
		self.send_raw(l2tp_data(
			self.tunnel.peer_id, self.peer,
			(b"\xff\x03" if self.ff03 else b"") + frame, **form))

	def send_raw(self, datagram):
		self.tunnel.send_raw(datagram)

	def send(self, kind, *items):
		return self.tunnel.send(kind, *items, session=self.peer)

	def clear(self, result=3, error=None, text=""):
		"""Send CDN."""
		value = u16(result)
		if error is not None:
			value += u16(error) + text.encode()
		self.send(CDN, (RESULT, value), (SESSION_ID, u16(self.own)))
		self.tunnel.calls.pop(self.own, None)

	def expect_data(self, condition=lambda d: True, timeout=5):
		"""Wait for a data message; takes it out of .data."""
		def find():
			for d in self.data:
				if condition(d):
					return d
			return None
		found = self.tunnel.wait(find, timeout, "data")
		self.data.remove(found)
		return found

	def wait_end(self, timeout=10):
		"""Wait for the CDN (or StopCCN); returns the message."""
		return self.tunnel.wait(
			lambda: self.ended or self.tunnel.ended, timeout,
			"end of call")


class Tunnel:
	"""A control connection.  own and peer_id are the tunnel ids."""

	def __init__(self, endpoint, own, remote):
		self.endpoint = endpoint
		self.own, self.peer_id, self.remote = own, 0, remote
		self.ns = self.nr = 0 # next to send, next expected
		self.unacked = [] # [ns, session, body, sent at, tries]
		self.inbox = [] # messages in order
		self.calls = {} # by own session id
		self.ended = None # the StopCCN that ended it
		self.established = False
		self.dead = False # acknowledge and repeat nothing
		self.acking = True
		self.peer_name = None
		self.our_challenge = None
		self.zlbs = 0
		self.serial = 0

	# ---- sending --------------------------------------------------------------
	def send_raw(self, datagram):
		self.endpoint.sock.sendto(datagram, self.remote)

	def _transmit(self, ns, session, body):
		self.send_raw(l2tp.control(self.peer_id, session, ns, self.nr,
					   body))

	def send_body(self, body, session=0):
		"""Send the octets of AVPs as the next message."""
		with self.endpoint.changed:
			ns, self.ns = self.ns, (self.ns + 1) & 0xffff
			self.unacked.append([ns, session, body,
					     time.monotonic(), 1])
			self._transmit(ns, session, body)
		return ns

	def send(self, kind, *items, session=0):
		return self.send_body(l2tp.message(kind, *items), session)

	def zlb(self):
		self._transmit(self.ns, 0, b"")

	def hello(self):
		self.send(HELLO)

	def stop(self, result=1, error=None, text=""):
		"""Send StopCCN."""
		value = u16(result)
		if error is not None:
			value += u16(error) + text.encode()
		self.send(STOPCCN, (TUNNEL_ID, u16(self.own)), (RESULT, value))

	def repeat(self, now):
		"""Retransmission: 1 s apart, as long as the test lasts."""
		for entry in self.unacked:
			if now - entry[3] >= 1:
				entry[3] = now
				entry[4] += 1
				self._transmit(*entry[:3])

	# ---- waiting ----------------------------------------------------------
	def wait(self, condition, timeout=5, what="L2TP"):
		with self.endpoint.changed:
			value = self.endpoint.changed.wait_for(condition,
							       timeout)
			if not value:
				raise AssertionError(
					"%s: not within %gs; inbox: %s" % (
						what, timeout, self.inbox))
			return value

	def expect(self, kind, timeout=5, session=None):
		"""Wait for a message of that type; takes it from the inbox."""
		def find():
			for m in self.inbox:
				if m.kind == kind and session in (None,
								  m.session):
					return m
			return None
		found = self.wait(find, timeout, l2tp.NAMES.get(kind, kind))
		self.inbox.remove(found)
		return found

	def wait_acked(self, timeout=5):
		self.wait(lambda: not self.unacked, timeout, "acknowledgement")

	def wait_call(self, timeout=10, number=1):
		"""Wait until that many calls have had their ICCN; returns the
		newest one."""
		def find():
			up = [c for c in self.calls.values() if c.iccn]
			return up[-1] if len(up) >= number else None
		return self.wait(find, timeout, "call")

	def wait_end(self, timeout=10):
		return self.wait(lambda: self.ended, timeout, "StopCCN")

	# ---- as LAC -----------------------------------------------------------
	def new_call(self):
		while True:
			own = int.from_bytes(os.urandom(2), "big")
			if own and own not in self.calls:
				break
		call = Call(self, own)
		self.calls[own] = call
		return call

	def call(self, proxy=(), icrq=(), iccn=(), timeout=5):
		"""ICRQ, wait for ICRP, ICCN with these further AVPs."""
		call = self.dial(*icrq, timeout=timeout)
		call.send(ICCN, (TX_SPEED, u32(100000000)),
			  (FRAMING_TYPE, u32(1)), *proxy, *iccn)
		return call

	def dial(self, *items, timeout=5):
		"""ICRQ and wait for ICRP."""
		call = self.new_call()
		self.serial += 1
		self.send(ICRQ, (SESSION_ID, u16(call.own)),
			  (SERIAL, u32(self.serial)), *items)
		answer = self.wait(lambda: call.ended or self.ended or next(
			(m for m in self.inbox if m.kind == ICRP and
			 m.session == call.own), None), timeout, "ICRP")
		if answer.kind != ICRP:
			raise AssertionError("call refused: %r" % answer)
		self.inbox.remove(answer)
		call.peer = answer.number(SESSION_ID)
		return call

	# ---- receiving (the endpoint's thread, lock held) ----------------------
	def input(self, message):
		if self.dead:
			return
		self.unacked = [e for e in self.unacked
				if (e[0] - message.nr) & 0x8000 == 0]
		if message.kind == 0 and not message.body:
			self.zlbs += 1
			return
		if message.ns != self.nr:
			if (message.ns - self.nr) & 0x8000 and self.acking:
				self.zlb()
			return
		self.nr = (self.nr + 1) & 0xffff
		self.inbox.append(message)
		self._note(message)
		before = self.ns
		if self._follow_plan(message):
			self.endpoint.answer(self, message)
		if self.ns == before and self.acking and not self.dead:
			self.zlb()

	def _note(self, message):
		if message.kind == STOPCCN:
			self.ended = message
		call = self.calls.get(message.session)
		if message.kind == CDN and not call: # before it knew our id
			peer = message.number(SESSION_ID)
			call = next((c for c in self.calls.values()
				     if c.peer == peer), None)
		if message.kind == CDN and call:
			call.ended = message
		if message.kind == ICCN and call:
			call.iccn = message

	def _follow_plan(self, message):
		"""Whether the normal answer is to be given."""
		plan = self.endpoint.plan.get(message.kind)
		if plan is None:
			return True
		if plan == "dead":
			self.dead = True
			self.unacked = []
		elif plan == "refuse":
			self._refuse(message)
		elif plan != "silent":
			plan(self, message)
		return False

	def _refuse(self, message):
		if message.kind not in CALL_TYPES:
			self.peer_id = message.number(TUNNEL_ID) or self.peer_id
			self.stop(4, 0, "no")
			return
		call = self.calls.get(message.session) or self.new_call()
		call.peer = message.number(SESSION_ID) or call.peer
		call.clear(4)


class Endpoint:
	"""A UDP socket with the tunnels on it."""

	def __init__(self, netns, address, port=1701, name="peer", secret=None,
		     serve=False, more=()):
		self.more = more # further AVPs of an SCCRQ
		self.name = octets(name)
		self.secret = octets(secret) if secret else None
		self.serve = serve # answer SCCRQ and ICRQ
		self.plan = {}
		self.tunnels = {} # by own tunnel id
		self.stray = [] # (datagram, source) that fits nothing
		self.on_call = None # called with (call) at its ICCN
		self.changed = threading.Condition(threading.RLock())
		self.sock = netns.socket(socket.AF_INET, socket.SOCK_DGRAM)
		self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
		self.sock.bind((address, port))
		self.going = True
		self.thread = threading.Thread(target=self._run, daemon=True)
		self.thread.start()

	def close(self):
		self.going = False
		self.thread.join(5)
		self.sock.close()

	# ---- as initiator -----------------------------------------------------------
	def new_tunnel(self, remote):
		while True:
			own = int.from_bytes(os.urandom(2), "big")
			if own and own not in self.tunnels:
				break
		tunnel = Tunnel(self, own, remote)
		self.tunnels[own] = tunnel
		return tunnel

	def request(self, address, port=1701, items=None):
		"""Send SCCRQ; returns the Tunnel."""
		tunnel = self.new_tunnel((address, port))
		if self.secret:
			tunnel.our_challenge = os.urandom(16)
		tunnel.send(SCCRQ, *(items if items is not None else l2tp.sccrq(
			self.name, tunnel.own,
			challenge=tunnel.our_challenge)), *self.more)
		return tunnel

	def connect(self, address, port=1701, timeout=5):
		"""SCCRQ, SCCRP, SCCCN; returns the Tunnel."""
		tunnel = self.request(address, port)
		answer = tunnel.wait(lambda: tunnel.ended or next(
			(m for m in tunnel.inbox if m.kind == SCCRP), None),
			timeout, "SCCRP")
		if answer.kind != SCCRP:
			raise AssertionError("tunnel refused: %r" % answer)
		tunnel.inbox.remove(answer)
		if self.secret:
			want = l2tp.response(SCCRP, self.secret,
					     tunnel.our_challenge)
			if answer.get(RESPONSE) != want:
				raise AssertionError("wrong response in SCCRP")
		items = []
		challenge = answer.get(CHALLENGE)
		if challenge is not None:
			items.append((RESPONSE, l2tp.response(
				SCCCN, self.secret or b"", challenge)))
		tunnel.send(SCCCN, *items)
		tunnel.established = True
		return tunnel

	def wait_tunnel(self, timeout=10, number=1):
		"""Wait until that many tunnels are up; returns the newest."""
		def find():
			up = [t for t in self.tunnels.values()
			      if t.established]
			return up[-1] if len(up) >= number else None
		with self.changed:
			found = self.changed.wait_for(find, timeout)
			if not found:
				raise AssertionError("no tunnel within %gs" %
						     timeout)
			return found

	# ---- as responder ---------------------------------------------------------
	def answer(self, tunnel, message):
		"""The normal reaction to a message (lock held)."""
		if message.kind == SCCRP:
			tunnel.peer_id = message.number(TUNNEL_ID)
			tunnel.peer_name = message.get(HOST_NAME)
		if not self.serve:
			return
		if message.kind == SCCRQ:
			self._answer_sccrq(tunnel, message)
		elif message.kind == SCCCN:
			tunnel.established = True
			if self.secret and message.get(RESPONSE) != (
					l2tp.response(SCCCN, self.secret,
						      tunnel.our_challenge)):
				tunnel.established = False
				tunnel.stop(4)
		elif message.kind == ICRQ:
			call = tunnel.new_call()
			call.peer = message.number(SESSION_ID)
			tunnel.send(ICRP, (SESSION_ID, u16(call.own)),
				    session=call.peer)
		elif message.kind == ICCN:
			call = tunnel.calls.get(message.session)
			if call and self.on_call:
				self.on_call(call)

	def _answer_sccrq(self, tunnel, message):
		answer = None
		challenge = message.get(CHALLENGE)
		if challenge is not None:
			answer = l2tp.response(SCCRP, self.secret or b"",
					       challenge)
		if self.secret:
			tunnel.our_challenge = os.urandom(16)
		tunnel.send(SCCRP, *l2tp.sccrp(self.name, tunnel.own,
					       challenge=tunnel.our_challenge,
					       answer=answer))

	# ---- the thread -----------------------------------------------------------
	def _run(self):
		while self.going:
			if select.select([self.sock], [], [], 0.1)[0]:
				try:
					datagram, source = (
						self.sock.recvfrom(65536))
				except OSError:
					continue
				with self.changed:
					self._input(datagram, source)
					self.changed.notify_all()
			with self.changed:
				now = time.monotonic()
				for tunnel in list(self.tunnels.values()):
					tunnel.repeat(now)
					for c in list(tunnel.calls.values()):
						if c.ppp:
							c.ppp.tick()

	def _input(self, datagram, source):
		head = l2tp_parse(datagram)
		if head is None:
			self.stray.append((datagram, source))
		elif head.control:
			self._control(datagram, head, source)
		else:
			tunnel = self.tunnels.get(head.tunnel)
			call = tunnel and tunnel.calls.get(head.session)
			if not call:
				self.stray.append((datagram, source))
				return
			if call.strict and head.ns is None:
				call.refused += 1
				return
			call.data.append(head)
			frame = ppp_strip(head.payload)
			if call.ppp and frame:
				call.ppp.input(frame)

	def _control(self, datagram, head, source):
		message = l2tp.parse(datagram, self.secret)
		if head.tunnel:
			tunnel = self.tunnels.get(head.tunnel)
		else:
			tunnel = self._by_peer(message, source)
		if not tunnel:
			self.stray.append((datagram, source))
			return
		if message.kind == SCCRP:
			tunnel.remote = source
			tunnel.peer_id = message.number(TUNNEL_ID)
		tunnel.input(message)

	def _by_peer(self, message, source):
		"""The tunnel of an SCCRQ (made when new) or early StopCCN."""
		peer = message.number(TUNNEL_ID)
		for tunnel in self.tunnels.values():
			if tunnel.remote == source and tunnel.peer_id == peer:
				return tunnel
		if message.kind != SCCRQ or not (self.serve or
						 SCCRQ in self.plan):
			return None
		tunnel = self.new_tunnel(source)
		tunnel.peer_id = peer
		tunnel.peer_name = message.get(HOST_NAME)
		return tunnel
