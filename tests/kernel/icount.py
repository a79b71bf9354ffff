#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Counts the instructions of a packet on each path: boots Debian's own 6.1
kernel in a qemu whose clock counts instructions, runs bench_icount there, and
prints its table.  Part of scripts/bench, which says how it is called:

	icount.py [--json FILE] [--path NAME]

--json adds "icount" to the object in FILE, which is made if it is missing.
"""

import argparse
import json
import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "lab")]
import figures # noqa: E402
import guest as guest_module # noqa: E402
import lab # noqa: E402

MODULES = "veth,8021q,pppoe,l2tp_ppp"
PROGRAM = os.path.join(lab.BUILD, "tests", "bpf", "bench_icount")
BOOT, RUN = 240, 900 # seconds: limits for a busy machine


def boot(house):
	"""A guest without network cards."""
	guest = house.guest("i", backend="qemu", memory=1024, start=False)
	guest.counted = True
	guest.start(modules=MODULES, timeout=BOOT)
	guest.exec("mount -t bpf bpf /sys/fs/bpf && mkdir -p /run/l2x")
	# 6.1 leaves all packets to this thread once it is awake: it must not
	# wait for its turn while more are sent, or they are lost
	guest.exec("chrt -f -p 1 $(pgrep -x ksoftirqd/0)")
	return guest


def count(guest, path):
	"""Run the program; returns (exit status, text, rows or None)."""
	out = os.path.join(guest.share, "icount.json")
	only = " --path " + path if path else ""
	status, text = guest.wait_done(guest.bg(
		"ulimit -l unlimited; cd %s; %s --json %s%s" %
		(lab.TOP, PROGRAM, out, only), RUN), RUN + 10)
	try:
		with open(out) as f:
			rows = json.load(f)
	except FileNotFoundError:
		rows = None
	return status, text.decode(errors="replace"), rows


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("--json")
	parser.add_argument("--path")
	options = parser.parse_args()
	try:
		with figures.house() as house:
			guest = boot(house)
			version = guest.exec("uname -r").strip()
			status, text, rows = count(guest, options.path)
	except (guest_module.GuestError, RuntimeError, lab.Skip) as e:
		print("icount: %s" % e, file=sys.stderr)
		return 1
	print("Linux %s, qemu -icount" % version)
	print(text, end="")
	if rows is not None:
		figures.add(options.json, "icount", rows)
	return 1 if status or rows is None else 0


sys.exit(main())
