# SPDX-License-Identifier: GPL-2.0-only
"""A scripted PPP end: LCP, PAP, CHAP-MD5 and IPCP, as client or as server.

Frames go in and out from the 2-octet protocol field on (no FF 03).  Knows no
sockets: the owner gives a send function, calls input() for each frame and
tick() now and then.  Every frame is kept in .log as (direction, frame), so a
test can compare it octet by octet with what crossed another link.

By default it behaves well; a test changes attributes (mute, lcp.want, ...)
or overrides methods to behave otherwise.
"""

import hashlib
import os
import struct
import threading
import time

from frames import CHAP, IPCP, LCP, PAP, ip4, ip4_text, u16, u32

REQUEST, ACK, NAK, REJECT, TERM_REQ, TERM_ACK = 1, 2, 3, 4, 5, 6
CODE_REJECT, PROTOCOL_REJECT, ECHO_REQ, ECHO_REPLY = 7, 8, 9, 10
CONFIGURES = {1: "Request", 2: "Ack", 3: "Nak", 4: "Reject"}


def packet(code, ident, body=b""):
	return struct.pack(">BBH", code, ident, 4 + len(body)) + body


def options_build(options):
	return b"".join(bytes([t, 2 + len(v)]) + v for t, v in options)


def options_parse(data):
	"""[(type, value)], None when a length is wrong."""
	out, at = [], 0
	while at < len(data):
		if at + 2 > len(data) or data[at + 1] < 2 or (
				at + data[at + 1] > len(data)):
			return None
		out.append((data[at], data[at + 2:at + data[at + 1]]))
		at += data[at + 1]
	return out


def chap_md5(ident, secret, challenge):
	return hashlib.md5(bytes([ident]) + secret + challenge).digest()


class Negotiation:
	"""LCP or an NCP: the part of the RFC 1661 automaton a test needs."""

	def __init__(self, end, protocol, want, judge):
		self.end = end
		self.protocol = protocol
		self.want = list(want) # [(type, value)] we ask for
		self.judge = judge # options -> (code, options to answer with)
		self.reset()

	def reset(self):
		self.ident = None # of our outstanding Configure-Request
		self.we_acked = self.they_acked = False
		self.started = False
		self.sent_at = 0
		self.theirs = [] # the options we acked
		self.first_received = None # octets of their first request
		self.last_received = None # ... and of the one we acked
		self.last_sent = None # ... and of ours

	@property
	def open(self):
		return self.we_acked and self.they_acked

	def send(self, code, ident, body=b""):
		self.end.output(u16(self.protocol) + packet(code, ident, body))

	def request(self):
		self.started = True
		self.ident = self.end.next_ident()
		self.sent_at = time.monotonic()
		self.last_sent = options_build(self.want)
		self.send(REQUEST, self.ident, self.last_sent)

	def tick(self, now):
		if self.started and not self.they_acked and (
				now - self.sent_at > self.end.restart):
			self.sent_at = now
			self.send(REQUEST, self.ident, self.last_sent)

	def _on_request(self, ident, body):
		if self.open: # the peer negotiates anew
			self.end.went_down(self)
			self.we_acked = self.they_acked = False
			self.request()
		options = options_parse(body)
		if options is None:
			return
		if self.first_received is None:
			self.first_received = body
		code, answer = self.judge(options)
		self.send(code, ident, options_build(answer))
		self.we_acked = code == ACK
		if code == ACK:
			self.theirs = options
			self.last_received = body
			if not self.started:
				self.request()
		if self.open:
			self.end.came_up(self)

	def _on_answer(self, code, ident, body):
		if ident != self.ident or self.they_acked:
			return
		if code == ACK:
			self.they_acked = True
			if self.open:
				self.end.came_up(self)
			return
		changed = dict(options_parse(body) or [])
		if code == NAK:
			self.want = [(t, changed.get(t, v))
				     for t, v in self.want]
		else:
			self.want = [(t, v) for t, v in self.want
				     if t not in changed]
		self.request()

	def input(self, code, ident, body):
		if code == REQUEST:
			self._on_request(ident, body)
		elif code in (ACK, NAK, REJECT):
			self._on_answer(code, ident, body)
		elif code == TERM_REQ:
			self.send(TERM_ACK, ident, body)
			self.end.terminated(self)
		elif code == TERM_ACK:
			self.end.terminated(self)


class PppEnd:
	"""Common part of client and server."""

	def __init__(self, send, mru=1492, magic=None):
		self.send = send
		self.mru = mru
		self.magic = magic if magic is not None else (
			int.from_bytes(os.urandom(4), "big") | 1)
		self.restart = 1.0 # seconds between Configure-Requests
		self.log = [] # ("in" or "out", frame)
		self.mute = False # take frames, answer nothing
		self.changed = threading.Condition(threading.RLock())
		self.ident = os.urandom(1)[0]
		self.auth_done = False # authentication phase is over
		self.auth_ok = None # its result
		self.auth_message = b""
		self.ended = False # Terminate seen
		self.echo_requests = 0
		self.echo_replies = 0
		self.other = [] # frames of other protocols (IP, ...)
		self.address = None # ours, by IPCP
		self.peer_address = None
		self.lcp = Negotiation(self, LCP, self.lcp_want(),
				       self.lcp_judge)
		self.ipcp = Negotiation(self, IPCP, self.ipcp_want(),
					self.ipcp_judge)

	def next_ident(self):
		self.ident = (self.ident + 1) & 255
		return self.ident

	def output(self, frame):
		self.log.append(("out", frame))
		self.send(frame)

	def start(self):
		"""Send our first LCP Configure-Request, unless the peer was
		faster and has had it already with our answer."""
		with self.changed:
			if not self.lcp.started:
				self.lcp.request()

	def tick(self):
		with self.changed:
			if self.mute or self.ended:
				return
			now = time.monotonic()
			self.lcp.tick(now)
			self.ipcp.tick(now)
			self.auth_tick(now)

	def wait(self, condition, timeout=10, what="PPP"):
		"""Wait until condition(self); the frames are in the error."""
		with self.changed:
			if not self.changed.wait_for(lambda: condition(self),
						     timeout):
				raise AssertionError("%s: not within %gs: %s" % (
					what, timeout, self.story()))
		return self

	def wait_lcp(self, timeout=10):
		return self.wait(lambda p: p.lcp.open, timeout, "LCP open")

	def wait_auth(self, timeout=10):
		return self.wait(lambda p: p.auth_done, timeout, "auth result")

	def wait_ip(self, timeout=15):
		return self.wait(lambda p: p.ipcp.open, timeout, "IPCP open")

	def wait_end(self, timeout=15):
		return self.wait(lambda p: p.ended, timeout, "end")

	def story(self):
		return "\n".join("%-3s %s" % (d, f[:64].hex(" ", 2))
				 for d, f in self.log[-30:])

	def frames(self, direction, protocol, code=None):
		"""Logged frames of one protocol, from the code field on."""
		return [f[2:] for d, f in self.log if d == direction and
			f[:2] == u16(protocol) and
			(code is None or f[2:3] == bytes([code]))]

	def input(self, frame):
		with self.changed:
			self.log.append(("in", frame))
			if not self.mute:
				self._input(frame)
			self.changed.notify_all()

	def _input(self, frame):
		protocol = int.from_bytes(frame[:2], "big")
		if protocol not in (LCP, PAP, CHAP, IPCP):
			self.other.append(frame)
			if protocol >= 0x4000:
				self.protocol_reject(frame)
			return
		if len(frame) < 6:
			return
		code, ident, length = struct.unpack_from(">BBH", frame, 2)
		if length < 4 or length > len(frame) - 2:
			return
		body = frame[6:2 + length]
		if protocol == LCP:
			self.lcp_input(code, ident, body)
		elif protocol == IPCP:
			self.ipcp.input(code, ident, body)
		else:
			self.auth_input(protocol, code, ident, body)

	def protocol_reject(self, frame):
		if self.lcp.open:
			self.lcp.send(PROTOCOL_REJECT, self.next_ident(), frame)

	def lcp_input(self, code, ident, body):
		if code == ECHO_REQ:
			self.echo_requests += 1
			if self.lcp.open:
				self.lcp.send(ECHO_REPLY, ident,
					      u32(self.magic) + body[4:])
		elif code == ECHO_REPLY:
			self.echo_replies += 1
		elif code <= TERM_ACK:
			self.lcp.input(code, ident, body)

	def echo(self):
		self.lcp.send(ECHO_REQ, self.next_ident(), u32(self.magic))

	def terminate(self):
		"""Send LCP Terminate-Request."""
		with self.changed:
			self.lcp.send(TERM_REQ, self.next_ident(), b"bye")

	def terminated(self, negotiation):
		if negotiation is self.lcp:
			self.ended = True

	def went_down(self, negotiation):
		if negotiation is self.lcp:
			self.auth_done, self.auth_ok = False, None
			self.ipcp.reset()

	def came_up(self, negotiation):
		if negotiation is self.lcp:
			self.lcp_up()
		else:
			self.ipcp_up()

	def ipcp_up(self):
		for kind, value in self.ipcp.want:
			if kind == 3:
				self.address = ip4_text(value)
		for kind, value in self.ipcp.theirs:
			if kind == 3:
				self.peer_address = ip4_text(value)

	def ip(self, packet_):
		"""Send an IPv4 packet."""
		self.output(u16(0x0021) + packet_)

	def auth_tick(self, now):
		pass


class PppClient(PppEnd):
	"""The subscriber: answers PAP or CHAP, asks for an address."""

	def __init__(self, send, user="alice", password="alicepw", mru=1492,
		     magic=None, auth=("chap", "pap"), ask_dns=False):
		self.user, self.password = user.encode(), password.encode()
		self.methods = auth
		self.ask_dns = ask_dns
		self.auth_protocol = None
		self.auth_ident = None
		self.pap_sent_at = 0
		super().__init__(send, mru, magic)

	def lcp_want(self):
		return [(1, u16(self.mru)), (5, u32(self.magic))]

	def lcp_judge(self, options):
		refused = [(t, v) for t, v in options if t not in (1, 3, 5)]
		if refused:
			return REJECT, refused
		wished = []
		for kind, value in options:
			method = {u16(PAP): "pap", u16(CHAP) + b"\5": "chap"}
			if kind == 3 and method.get(value) not in self.methods:
				wished.append((3, u16(PAP) if "pap" in
					       self.methods else
					       u16(CHAP) + b"\5"))
		return (NAK, wished) if wished else (ACK, options)

	def ipcp_want(self):
		zero = b"\0" * 4
		return [(3, zero)] + ([(129, zero), (131, zero)]
				      if self.ask_dns else [])

	def ipcp_judge(self, options):
		refused = [(t, v) for t, v in options if t != 3]
		return (REJECT, refused) if refused else (ACK, options)

	def lcp_up(self):
		wanted = dict(self.lcp.theirs).get(3)
		if wanted is None:
			self.auth_done = self.auth_ok = True
			self.ipcp.request()
		elif wanted == u16(PAP):
			self.auth_protocol = PAP
			self.pap_request()
		else:
			self.auth_protocol = CHAP

	def pap_request(self):
		self.auth_ident = self.next_ident()
		self.pap_sent_at = time.monotonic()
		body = bytes([len(self.user)]) + self.user + bytes(
			[len(self.password)]) + self.password
		self.output(u16(PAP) + packet(REQUEST, self.auth_ident, body))

	def auth_tick(self, now):
		if self.auth_protocol == PAP and not self.auth_done and (
				now - self.pap_sent_at > 3):
			self.pap_request()

	def auth_input(self, protocol, code, ident, body):
		if protocol == CHAP and code == 1:
			value = body[1:1 + body[0]]
			answer = chap_md5(ident, self.password, value)
			self.auth_ident = ident
			self.output(u16(CHAP) + packet(
				2, ident, b"\x10" + answer + self.user))
			return
		good = {CHAP: 3, PAP: 2}[protocol]
		if code not in (good, good + 1) or ident != self.auth_ident:
			return
		self.auth_done, self.auth_ok = True, code == good
		self.auth_message = body
		if self.auth_ok:
			self.ipcp.request()


class PppServer(PppEnd):
	"""The network's end: asks for authentication, gives an address."""

	def __init__(self, send, users=None, auth="chap", mru=1492, magic=None,
		     address="192.0.2.1", gives="192.0.2.100"):
		self.users = users or {"alice": "alicepw"}
		self.method = auth # "chap", "pap" or None
		self.own, self.gives = address, gives
		self.challenge = os.urandom(16)
		self.challenge_ident = os.urandom(1)[0]
		self.user = None
		super().__init__(send, mru, magic)

	def lcp_want(self):
		auth = {"chap": [(3, u16(CHAP) + b"\5")],
			"pap": [(3, u16(PAP))], None: []}[self.method]
		return [(1, u16(self.mru))] + auth + [(5, u32(self.magic))]

	def lcp_judge(self, options):
		refused = [(t, v) for t, v in options if t not in (1, 5)]
		return (REJECT, refused) if refused else (ACK, options)

	def ipcp_want(self):
		return [(3, ip4(self.own))]

	def ipcp_judge(self, options):
		refused = [(t, v) for t, v in options if t != 3]
		if refused:
			return REJECT, refused
		if dict(options).get(3) != ip4(self.gives):
			return NAK, [(3, ip4(self.gives))]
		return ACK, options

	def lcp_up(self):
		if self.method == "chap":
			self.output(u16(CHAP) + packet(
				1, self.challenge_ident, b"\x10" +
				self.challenge + b"lns"))
		elif self.method is None:
			self.auth_done = self.auth_ok = True
			self.ipcp.request()

	def take_over(self, good=True, protocol=CHAP, ident=0):
		"""Proxied LCP and authentication: LCP is open at once; send
		the result of the authentication."""
		with self.changed:
			self.lcp.we_acked = self.lcp.they_acked = True
			self._result(protocol, ident, good)

	def _result(self, protocol, ident, good):
		code = {CHAP: 3, PAP: 2}[protocol] + (0 if good else 1)
		text = b"welcome" if good else b"no"
		body = bytes([len(text)]) + text if protocol == PAP else text
		self.output(u16(protocol) + packet(code, ident, body))
		self.auth_done, self.auth_ok = True, good
		if good and not self.ipcp.started:
			self.ipcp.request()

	def auth_input(self, protocol, code, ident, body):
		if protocol == CHAP and code == 2:
			name = body[1 + body[0]:].decode()
			secret = self.users.get(name, "").encode()
			want = chap_md5(ident, secret, self.challenge)
			good = name in self.users and body[1:17] == want
		elif protocol == PAP and code == 1:
			name = body[1:1 + body[0]].decode()
			rest = body[1 + body[0]:]
			password = rest[1:1 + rest[0]].decode()
			good = self.users.get(name) == password
		else:
			return
		self.user = name
		self._result(protocol, ident, good)
