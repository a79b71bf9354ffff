# SPDX-License-Identifier: GPL-2.0-only
"""What parts of scripts/bench that are scripts share: a place for what they
start, and the file of figures."""

import contextlib
import json
import os
import shutil
import signal
import sys

import guest as guest_module
import lab


@contextlib.contextmanager
def house():
	"""A Lab that is gone afterwards with all that is in it, also after a
	signal."""
	for number in (signal.SIGTERM, signal.SIGINT):
		signal.signal(number, lambda *_: sys.exit(1))
	made_home = "L2X_LAB_HOME" not in os.environ
	home = guest_module.home()
	made = lab.Lab("w")
	try:
		yield made
	finally:
		made.close()
		if made_home:
			shutil.rmtree(home, ignore_errors=True)


def add(name, member, rows):
	"""Put rows beside what a file already has; nothing without a file."""
	if not name:
		return
	whole = {}
	if os.path.exists(name):
		with open(name) as f:
			whole = json.load(f)
	whole[member] = rows
	with open(name, "w") as f:
		json.dump(whole, f, indent=1)
		f.write("\n")
