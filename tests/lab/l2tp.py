# SPDX-License-Identifier: GPL-2.0-only
"""L2TPv2 control messages and AVPs: build and take apart (RFC 2661).

Independent of the C code.  Knows bytes only; no sockets, no clocks.
"""

import hashlib
import struct

from frames import l2tp_parse, u16, u32

SCCRQ, SCCRP, SCCCN, STOPCCN, HELLO = 1, 2, 3, 4, 6
OCRQ, OCRP, OCCN, ICRQ, ICRP, ICCN, CDN, WEN, SLI = (7, 8, 9, 10, 11, 12, 14,
						     15, 16)
NAMES = {0: "ZLB", 1: "SCCRQ", 2: "SCCRP", 3: "SCCCN", 4: "StopCCN",
	 6: "HELLO", 7: "OCRQ", 8: "OCRP", 9: "OCCN", 10: "ICRQ",
	 11: "ICRP", 12: "ICCN", 14: "CDN", 15: "WEN", 16: "SLI"}

# attribute types
RESULT, VERSION, FRAMING, BEARER, TIE, FIRMWARE = 1, 2, 3, 4, 5, 6
HOST_NAME, VENDOR_NAME, TUNNEL_ID, WINDOW, CHALLENGE = 7, 8, 9, 10, 11
CAUSE, RESPONSE, SESSION_ID, SERIAL, BEARER_TYPE = 12, 13, 14, 15, 18
FRAMING_TYPE, CALLED, CALLING, TX_SPEED = 19, 21, 22, 24
FIRST_LCP, LAST_SENT_LCP, LAST_RECEIVED_LCP = 26, 27, 28
PROXY_TYPE, PROXY_NAME, PROXY_CHALLENGE, PROXY_ID, PROXY_RESPONSE = (
	29, 30, 31, 32, 33)
RANDOM_VECTOR, RX_SPEED, SEQUENCING, DISCONNECT = 36, 38, 39, 46

# sent without the M bit (protocols section 1.12)
OPTIONAL = {5, 6, 8, 25, 26, 27, 28, 29, 30, 31, 32, 33, 37, 38, 40, 41, 42,
	    43, 44, 45, 46, 47, 48, 53, 54, 76, 78, 93, 97, 98, 103}


class Avp:
	"""One AVP.  mandatory None: as the standard wants it.  value is that
	on the wire; of a hidden one, value is the cipher text."""

	def __init__(self, kind, value=b"", mandatory=None, vendor=0,
		     hidden=False, reserved=0):
		self.kind, self.value, self.vendor = kind, value, vendor
		self.hidden, self.reserved = hidden, reserved
		self.mandatory = (vendor == 0 and kind not in OPTIONAL
				  if mandatory is None else mandatory)

	def build(self):
		first = (0x8000 if self.mandatory else 0) | (
			0x4000 if self.hidden else 0) | self.reserved | (
			6 + len(self.value))
		return struct.pack(">HHH", first, self.vendor,
				   self.kind) + self.value

	@property
	def number(self):
		return int.from_bytes(self.value, "big")

	def __repr__(self):
		return "%s%d%s=%s" % ("%d/" % self.vendor if self.vendor else
				      "", self.kind, "h" if self.hidden else
				      "", self.value.hex())

	def __eq__(self, other):
		return self.build() == other.build()


def _keystream(kind, secret, vector, previous):
	if previous is None:
		return hashlib.md5(u16(kind) + secret + vector).digest()
	return hashlib.md5(secret + previous).digest()


def hide(kind, value, secret, vector, padding=b""):
	"""Cipher text of a hidden AVP's value."""
	plain = u16(len(value)) + value + padding
	out, previous = b"", None
	for at in range(0, len(plain), 16):
		stream = _keystream(kind, secret, vector, previous)
		previous = bytes(a ^ b for a, b in
				 zip(plain[at:at + 16], stream))
		out += previous
	return out


def unhide(kind, cipher, secret, vector):
	"""The value, None when the inner length does not fit."""
	out, previous = b"", None
	for at in range(0, len(cipher), 16):
		stream = _keystream(kind, secret, vector, previous)
		previous = cipher[at:at + 16]
		out += bytes(a ^ b for a, b in zip(previous, stream))
	if len(out) < 2:
		return None
	size = struct.unpack(">H", out[:2])[0]
	return out[2:2 + size] if size + 2 <= len(out) else None


def hidden(kind, value, secret, vector, padding=b"", mandatory=None):
	"""The hidden AVP; the Random Vector AVP must stand before it."""
	return Avp(kind, hide(kind, value, secret, vector, padding), mandatory,
		   hidden=True)


def response(message, secret, challenge):
	"""Challenge Response carried in a message of that type."""
	return hashlib.md5(bytes([message]) + secret + challenge).digest()


def control(tunnel, session, ns, nr, body=b"", flags=0xc802):
	return struct.pack(">HHHHHH", flags, 12 + len(body), tunnel, session,
			   ns & 0xffff, nr & 0xffff) + body


def avps(*items):
	"""Octets of AVPs, each an Avp, a (type, value) or raw octets."""
	out = b""
	for item in items:
		if isinstance(item, bytes):
			out += item
		else:
			out += (item if isinstance(item, Avp) else
				Avp(*item)).build()
	return out


def message(kind, *items):
	"""Body of a control message: Message Type and the AVPs."""
	return avps(Avp(0, u16(kind)), *items)


def parse_avps(body):
	"""[Avp], None when a length is wrong."""
	out, at = [], 0
	while at < len(body):
		if at + 6 > len(body):
			return None
		first, vendor, kind = struct.unpack_from(">HHH", body, at)
		size = first & 0x3ff
		if size < 6 or at + size > len(body):
			return None
		out.append(Avp(kind, body[at + 6:at + size],
			       bool(first & 0x8000), vendor,
			       bool(first & 0x4000), first & 0x3c00))
		at += size
	return out


class Message:
	"""A control message that was received.  kind 0 is a ZLB; get(type)
	is the value of an AVP in clear (None if absent)."""

	def __init__(self, head, secret=None):
		self.tunnel, self.session = head.tunnel, head.session
		self.ns, self.nr = head.ns, head.nr
		self.body = head.payload
		self.avps = parse_avps(head.payload)
		self.kind = 0
		if self.avps and self.avps[0].kind == 0:
			self.kind = self.avps[0].number
		self.values = {}
		vector = None
		for avp in self.avps or []:
			if avp.kind == RANDOM_VECTOR and not avp.vendor:
				vector = avp.value
			value = avp.value
			if avp.hidden and secret and vector is not None:
				value = unhide(avp.kind, value, secret, vector)
			self.values.setdefault((avp.vendor, avp.kind), value)

	@property
	def name(self):
		return NAMES.get(self.kind, "message %d" % self.kind)

	def get(self, kind, vendor=0):
		return self.values.get((vendor, kind))

	def number(self, kind):
		value = self.get(kind)
		return None if value is None else int.from_bytes(value, "big")

	def result(self):
		"""(result, error, text) of a StopCCN or CDN."""
		value = self.get(RESULT) or b""
		words = [int.from_bytes(value[i:i + 2], "big") if
			 len(value) >= i + 2 else None for i in (0, 2)]
		return words[0], words[1], value[4:].decode(errors="replace")

	def __repr__(self):
		return "%s(ns %s nr %s sid %s %s)" % (
			self.name, self.ns, self.nr, self.session,
			self.avps[1:] if self.avps else "")


def parse(datagram, secret=None):
	"""Message of a UDP payload; None if it is no control message."""
	head = l2tp_parse(datagram)
	if head is None or not head.control or head.ns is None:
		return None
	return Message(head, secret)


def sent_once(frames, kind):
	"""Messages of a type in decoded frames, without what was sent again:
	[(source address, Message)]."""
	found = {}
	for frame in frames:
		message = frame.udp and parse(frame.udp)
		if message and message.kind == kind:
			key = (frame.ip_src, message.tunnel, message.ns,
			       message.body)
			found.setdefault(key, (frame.ip_src, message))
	return list(found.values())


def proxy_avps(first, sent, received, auth=None, name=b"", challenge=None,
	       ident=None, answer=None):
	"""AVPs 26-33 from option lists (octets) and an authentication."""
	out = []
	for kind, value in ((FIRST_LCP, first), (LAST_SENT_LCP, sent),
			    (LAST_RECEIVED_LCP, received)):
		if value is not None:
			out.append(Avp(kind, value))
	if auth is not None:
		out.append(Avp(PROXY_TYPE, u16(auth)))
		if name:
			out.append(Avp(PROXY_NAME, name))
		if challenge is not None:
			out.append(Avp(PROXY_CHALLENGE, challenge))
		if ident is not None:
			out.append(Avp(PROXY_ID, u16(ident)))
		if answer is not None:
			out.append(Avp(PROXY_RESPONSE, answer))
	return out


def sccrq(name, tunnel, window=16, challenge=None, bearer=True):
	"""AVPs of an SCCRQ."""
	out = [(VERSION, b"\1\0"), (FRAMING, u32(3))]
	if bearer:
		out.append((BEARER, u32(0)))
	out += [(HOST_NAME, name), (TUNNEL_ID, u16(tunnel)),
		(WINDOW, u16(window))]
	return out + ([(CHALLENGE, challenge)] if challenge else [])


def sccrp(name, tunnel, window=16, challenge=None, answer=None):
	"""AVPs of an SCCRP."""
	return sccrq(name, tunnel, window, challenge, False) + (
		[(RESPONSE, answer)] if answer else [])
