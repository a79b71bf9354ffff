# SPDX-License-Identifier: GPL-2.0-only
"""Reads a pcapng file strictly: every length, pad and option is checked.

Knows the draft (draft-ietf-opsawg-pcapng) and nothing of the writer under
test."""

import collections
import struct

SECTION, INTERFACE, STATISTICS, PACKET = 0x0a0d0d0a, 1, 5, 6
RECEIVED, SENT = 1, 2

Packet = collections.namedtuple(
	"Packet", "port time octets length direction comment")


class Bad(Exception):
	pass


def _expect(condition, what):
	if not condition:
		raise Bad(what)


def _options(data, order):
	"""{code: value} of what must be a whole list of options."""
	found, at = {}, 0
	while at < len(data):
		code, size = struct.unpack_from(order + "HH", data, at)
		at += 4
		if code == 0:
			_expect(size == 0 and at == len(data), "end of options")
			return found
		found[code] = data[at:at + size]
		padding = data[at + size:at + size + -size % 4]
		_expect(len(found[code]) == size and
			padding == bytes(-size % 4), "option %d" % code)
		at += size + -size % 4
	_expect(not data, "options without an end")
	return found


class File:
	"""packets, interfaces (names) and the last statistics of a file."""

	def __init__(self, data):
		self.interfaces, self.packets = [], []
		self.statistics = self.order = None
		at = 0
		while at < len(data):
			at += self._block(data[at:])

	def _block(self, data):
		_expect(len(data) >= 12, "end inside a block")
		if self.order is None:
			_expect(data[:4] == b"\n\r\r\n", "no section")
			self.order = ">" if data[8:12] == \
				b"\x1a\x2b\x3c\x4d" else "<"
		kind, size = struct.unpack_from(self.order + "II", data)
		_expect(size % 4 == 0 and 12 <= size <= len(data), "length")
		again, = struct.unpack_from(self.order + "I", data, size - 4)
		_expect(again == size, "second length")
		{SECTION: self._section, INTERFACE: self._interface,
		 STATISTICS: self._statistics,
		 PACKET: self._packet}[kind](data[8:size - 4])
		return size

	def _section(self, body):
		magic, major, minor, size = struct.unpack_from(
			self.order + "IHHq", body)
		_expect((magic, major, minor, size) ==
			(0x1a2b3c4d, 1, 0, -1), "section")
		_options(body[16:], self.order)

	def _interface(self, body):
		link, _, self.snap = struct.unpack_from(self.order + "HHI",
							body)
		found = _options(body[8:], self.order)
		_expect((link, found[9]) == (1, b"\x09"), "interface")
		self.interfaces.append(found[2].decode())

	def _packet(self, body):
		number, high, low, size, whole = struct.unpack_from(
			self.order + "IIIII", body)
		octets = body[20:20 + size]
		_expect(len(octets) == size, "packet's length")
		found = _options(body[20 + size + -size % 4:], self.order)
		flags, = struct.unpack(self.order + "I", found[2])
		self.packets.append(Packet(
			self.interfaces[number], (high << 32 | low) / 1e9,
			octets, whole, flags & 3, found[1].decode()))

	def _statistics(self, body):
		found = _options(body[12:], self.order)
		self.statistics = {
			name: struct.unpack(self.order + "Q", found[code])[0]
			for name, code in (("wanted", 6), ("lost", 7),
					   ("kept", 8))}


def read(path):
	with open(path, "rb") as f:
		return File(f.read())
