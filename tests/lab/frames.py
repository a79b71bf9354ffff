# SPDX-License-Identifier: GPL-2.0-only
"""Frames: build and take apart Ethernet, VLAN, PPPoE, IPv4, UDP and L2TP.

Independent of the C code on purpose: what both get wrong alike would stay
unseen.  Knows bytes only; no sockets, no clocks.
"""

import struct

ETH_IP, ETH_IP6 = 0x0800, 0x86dd
ETH_DISCOVERY, ETH_SESSION = 0x8863, 0x8864
ETH_VLAN, ETH_SVLAN = 0x8100, 0x88a8
UDP, TCP, ICMP = 17, 6, 1
BROADCAST = b"\xff" * 6

LCP, PAP, CHAP = 0xc021, 0xc023, 0xc223
IPCP, IPV6CP = 0x8021, 0x8057
PPP_IP, PPP_IP6 = 0x0021, 0x0057


def u16(value):
	return struct.pack(">H", value)


def u32(value):
	return struct.pack(">I", value)


def mac(text):
	"""Octets of "02:00:..."; octets pass unchanged."""
	return text if isinstance(text, bytes) else bytes.fromhex(
		text.replace(":", ""))


def mac_text(octets):
	return ":".join("%02x" % b for b in octets)


def ip4(text):
	return text if isinstance(text, bytes) else bytes(
		int(n) for n in text.split("."))


def ip4_text(octets):
	return ".".join(str(b) for b in octets)


def checksum(data):
	"""The Internet checksum; 0 over data that includes a right one."""
	if len(data) & 1:
		data += b"\0"
	total = sum(struct.unpack(">%dH" % (len(data) // 2), data))
	while total >> 16:
		total = (total & 0xffff) + (total >> 16)
	return ~total & 0xffff


# ---- build ------------------------------------------------------------------
def ethernet(dst, src, kind, payload, vlans=()):
	"""vlans: outer first, each a VLAN id or (ethertype, TCI)."""
	out = mac(dst) + mac(src)
	for i, tag in enumerate(vlans):
		if not isinstance(tag, tuple):
			# of two tags the outer one is 802.1ad
			outer = len(vlans) > 1 and i == 0
			tag = (ETH_SVLAN if outer else ETH_VLAN, tag)
		out += u16(tag[0]) + u16(tag[1])
	return out + u16(kind) + payload


def ipv4(src, dst, protocol, payload, ttl=64, ident=0, tos=0, flags=0):
	head = struct.pack(">BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), ident,
			   flags, ttl, protocol, 0, ip4(src), ip4(dst))
	return head[:10] + u16(checksum(head)) + head[12:] + payload


def udp(src, dst, sport, dport, payload, zero=False):
	"""UDP over IPv4 with its checksum, or with 0 if zero."""
	head = struct.pack(">HHHH", sport, dport, 8 + len(payload), 0)
	pseudo = ip4(src) + ip4(dst) + struct.pack(">HH", UDP, 8 + len(payload))
	total = 0 if zero else checksum(pseudo + head + payload) or 0xffff
	return head[:6] + u16(total) + payload


def udp4(src, dst, sport, dport, payload, zero=False, **ip):
	"""A whole IPv4 packet with UDP."""
	return ipv4(src, dst, UDP, udp(src, dst, sport, dport, payload, zero),
		    **ip)


def echo(src, dst, ident=1, seq=1, size=56, reply=False, **ip):
	"""A whole IPv4 packet: ICMP echo."""
	body = struct.pack(">BBHHH", 0 if reply else 8, 0, 0, ident, seq) + bytes(
		i & 255 for i in range(size))
	body = body[:2] + u16(checksum(body)) + body[4:]
	return ipv4(src, dst, ICMP, body, **ip)


def pppoe(code, session, payload):
	return struct.pack(">BBHH", 0x11, code, session, len(payload)) + payload


# ---- take apart ---------------------------------------------------------------
class Frame:
	"""What decode() found; attributes of absent layers are None.

	dst, src, vlans [(ethertype, TCI)], ethertype, pad (octets behind)
	pppoe_code, pppoe_session, pppoe (payload)
	ppp (from the protocol field on; of PPPoE or L2TP), protocol, info
	ip (packet), ip_src, ip_dst, ip_protocol, ip_ttl  - the outermost
	sport, dport, udp (payload), udp_sum
	l2tp (L2tp)
	"""
	dst = src = ethertype = pppoe_code = pppoe_session = pppoe = None
	ppp = protocol = info = ip = ip_src = ip_dst = ip_protocol = None
	ip_ttl = sport = dport = udp = udp_sum = l2tp = None

	def __init__(self, raw):
		self.raw = raw
		self.vlans = []

	@property
	def inner(self):
		"""The IPv4 packet inside PPP, decoded; None if it is none."""
		if self.protocol != PPP_IP:
			return None
		frame = Frame(self.info)
		_decode_ip4(frame, self.info)
		return frame


class L2tp:
	"""An L2TP header.  data: payload behind header and pad; control:
	octets of the AVPs."""

	def __init__(self, flags, tunnel, session):
		self.flags, self.tunnel, self.session = flags, tunnel, session
		self.length = self.ns = self.nr = self.offset = None
		self.pad = b""
		self.payload = b""

	@property
	def control(self):
		return bool(self.flags & 0x8000)

	@property
	def priority(self):
		return bool(self.flags & 0x0100)


def l2tp_parse(data):
	"""L2tp of a UDP payload, None when it is malformed (protocols of
	RFC 2661 section 3.1; the version must be 2)."""
	if len(data) < 6:
		return None
	flags, at, end = struct.unpack_from(">H", data)[0], 2, len(data)
	if flags & 15 != 2:
		return None
	length = None
	if flags & 0x4000:
		length = struct.unpack_from(">H", data, 2)[0]
		at = 4
		if length < 8 or length > end:
			return None
		end = length
	need = 4 + (4 if flags & 0x0800 else 0) + (2 if flags & 0x0200 else 0)
	if at + need > end:
		return None
	head = L2tp(flags, *struct.unpack_from(">HH", data, at))
	head.length = length
	at += 4
	if flags & 0x0800:
		head.ns, head.nr = struct.unpack_from(">HH", data, at)
		at += 4
	if flags & 0x0200:
		head.offset = struct.unpack_from(">H", data, at)[0]
		at += 2
		if at + head.offset > end:
			return None
		head.pad = data[at:at + head.offset]
		at += head.offset
	head.payload = data[at:end]
	return head


def l2tp_data(tunnel, session, payload, length=False, ns=None, nr=0,
	      pad=None, priority=False, fill=b"\xee"):
	"""An L2TP data message in any of its forms: L by length, S by giving
	ns, O by giving the number of pad octets, P by priority."""
	flags = 0x0002 | (0x4000 if length else 0) | (
		0x0800 if ns is not None else 0) | (
		0x0200 if pad is not None else 0) | (0x0100 if priority else 0)
	rest = u16(tunnel) + u16(session)
	if ns is not None:
		rest += u16(ns & 0xffff) + u16(nr)
	if pad is not None:
		rest += u16(pad) + (fill * pad)[:pad]
	rest += payload
	return u16(flags) + (u16(4 + len(rest)) if length else b"") + rest


def ppp_strip(payload):
	"""PPP from the 2-octet protocol field on, of a frame that may begin
	with FF 03 and may have a compressed protocol; None if malformed."""
	if payload[:2] == b"\xff\x03":
		payload = payload[2:]
	if not payload:
		return None
	if payload[0] & 1:
		return b"\0" + payload
	return payload if len(payload) >= 2 else None


def _decode_ppp(frame, payload):
	ppp = ppp_strip(payload)
	if ppp is None:
		return
	frame.ppp = ppp
	frame.protocol = struct.unpack_from(">H", ppp)[0]
	frame.info = ppp[2:]


def _decode_ip4(frame, data):
	if len(data) < 20 or data[0] >> 4 != 4:
		return
	head = (data[0] & 15) * 4
	total = struct.unpack_from(">H", data, 2)[0]
	if head < 20 or total < head or total > len(data):
		return
	frame.ip = data[:total]
	frame.ip_ttl, frame.ip_protocol = data[8], data[9]
	frame.ip_src, frame.ip_dst = (ip4_text(data[12:16]),
				      ip4_text(data[16:20]))
	if frame.ip_protocol != UDP or total < head + 8:
		return
	frame.sport, frame.dport, size, frame.udp_sum = struct.unpack_from(
		">HHHH", data, head)
	frame.udp = data[head + 8:min(head + size, total)]
	if 1701 in (frame.sport, frame.dport):
		frame.l2tp = l2tp_parse(frame.udp)
	if frame.l2tp and not frame.l2tp.control:
		_decode_ppp(frame, frame.l2tp.payload)


def decode(raw):
	"""Take an Ethernet frame apart as far as it goes; returns a Frame."""
	frame = Frame(raw)
	frame.dst, frame.src = mac_text(raw[:6]), mac_text(raw[6:12])
	at = 12
	kind = struct.unpack_from(">H", raw, at)[0]
	while kind in (ETH_VLAN, ETH_SVLAN, 0x9100) and len(raw) >= at + 6:
		frame.vlans.append((kind,
				    struct.unpack_from(">H", raw, at + 2)[0]))
		at += 4
		kind = struct.unpack_from(">H", raw, at)[0]
	frame.ethertype = kind
	body = raw[at + 2:]
	if kind == ETH_IP:
		_decode_ip4(frame, body)
	elif kind in (ETH_DISCOVERY, ETH_SESSION) and len(body) >= 6:
		_, frame.pppoe_code, frame.pppoe_session, size = (
			struct.unpack_from(">BBHH", body))
		frame.pppoe = body[6:6 + size]
		if kind == ETH_SESSION and len(frame.pppoe) >= 2:
			_decode_ppp(frame, frame.pppoe)
	return frame


def tags(payload):
	"""PPPoE tags as a list of (type, value)."""
	out, at = [], 0
	while at + 4 <= len(payload):
		kind, size = struct.unpack_from(">HH", payload, at)
		if kind == 0:
			break
		out.append((kind, payload[at + 4:at + 4 + size]))
		at += 4 + size
	return out


def tag(kind, value=b""):
	return struct.pack(">HH", kind, len(value)) + value
