# SPDX-License-Identifier: GPL-2.0-only
"""Pinned BPF maps, read without bpftool: a dump of a million legs would take
minutes.  Only mmapable arrays; only reading.  Layouts: include/abi.h.
"""

import collections
import ctypes
import glob
import mmap
import os
import struct

BPF_OBJ_GET, SYS_BPF = 7, 321 # x86-64

# value size, offset of an octet that is not 0 in records in use
ARRAYS = {"legs": (64, 0), "tunnels_rx": (64, 0), "templates": (448, 4),
	  "ports": (64, 0), "watch": (1088, 0)}
ENTRIES = {"legs": 20 * 65536, "tunnels_rx": 65536, "templates": 16384,
	   "ports": 16384, "watch": 1}

L2TP = 2 # enum leg_kind
READY, COPY_ECN = 1, 64 # enum image_flags

Leg = collections.namedtuple("Leg", "slot state kind out flags call template "
			     "out_mtu in_tunnel packets octets control")


def folder(instance):
	"""Where an instance's maps are pinned."""
	found = glob.glob("/sys/fs/bpf/l2x/%s/v*" % instance)
	if len(found) != 1:
		raise AssertionError("pins of %s: %s" % (instance, found))
	return found[0]


def object_get(path):
	"""A descriptor of a pinned object."""
	name = ctypes.create_string_buffer(path.encode())
	attr = struct.pack("=QII", ctypes.addressof(name), 0, 0)
	room = ctypes.create_string_buffer(attr, 120)
	libc = ctypes.CDLL(None, use_errno=True)
	fd = libc.syscall(SYS_BPF, BPF_OBJ_GET, room, 120)
	if fd < 0:
		raise OSError(ctypes.get_errno(), "BPF_OBJ_GET " + path)
	return fd


class Array:
	"""One mmapable array; with Array(...) as a: a.used(), a.record(n)."""

	def __init__(self, instance, name):
		self.size, self.mark = ARRAYS[name]
		self.entries = ENTRIES[name]
		fd = object_get(os.path.join(folder(instance), name))
		try:
			self.map = mmap.mmap(fd, self.entries * self.size,
					     mmap.MAP_SHARED, mmap.PROT_READ)
		finally:
			os.close(fd)

	def __enter__(self):
		return self

	def __exit__(self, *_):
		self.map.close()

	def used(self):
		"""Numbers of the records in use."""
		marks = self.map[self.mark::self.size]
		if self.mark: # an integer: any of its low octets
			more = self.map[self.mark + 1::self.size]
			marks = bytes(a | b for a, b in zip(marks, more))
		if marks.count(0) == len(marks):
			return []
		return [n for n, m in enumerate(marks) if m]

	def word(self, number):
		"""The first word of a record."""
		return struct.unpack("=I", self.record(number)[:4])[0]

	def record(self, number):
		at = number * self.size
		return self.map[at:at + self.size]


def used(instance, name):
	with Array(instance, name) as array:
		return array.used()


def leg(instance, slot):
	with Array(instance, "legs") as array:
		raw = array.record(slot)
	head = struct.unpack_from("=BBBBIHHH", raw)
	counts = struct.unpack_from("=QQQ", raw, 40)
	return Leg(slot, *head, *counts)


def image(template):
	"""The one of a template's two images that is in use."""
	return template[64 + 192 * (template[0] & 1):]


def template_mac(instance, slot):
	"""Where frames by this template go; None while it is not known."""
	with Array(instance, "templates") as array:
		found = image(array.record(slot))
	return found[16:22].hex(":") if found[10] & READY else None


def tunnel_flags(instance):
	"""enum image_flags of what each tunnel sends by now."""
	with Array(instance, "templates") as array:
		images = [image(array.record(slot)) for slot in array.used()]
	return [i[10] for i in images if i[8] == L2TP]


def call_legs(instance):
	"""Legs of calls; a gateway inside its pool has one of its own, call 0."""
	return [l for l in (leg(instance, slot)
			    for slot in used(instance, "legs")) if l.call]


def watched(instance):
	"""What the program is to show (enum watch_on), and on which ports it
	looks; (0, []) when nobody asks."""
	with Array(instance, "watch") as watch:
		wanted = watch.word(0)
	with Array(instance, "ports") as ports:
		return wanted, [n for n in ports.used() if ports.word(n) & 4]
