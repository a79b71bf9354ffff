#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 60
"""More netlink news than the engine's socket holds: an error of the socket,
not its end.  The engine asks again, and hears what comes later."""

import os
import signal
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import lab # noqa: E402
import topology # noqa: E402
from lab import eventually, expect, sh, test # noqa: E402

ROUTES = 3000
SAID = "netlink overrun"


def flood(netns, path):
	"""Routes come and go, faster than a stopped process reads."""
	with open(path, "w") as f:
		for verb in ("add", "del"):
			for i in range(ROUTES):
				f.write("route %s 10.77.%d.%d/32 dev a0\n" %
					(verb, i >> 8, i & 255))
	sh(*netns.argv("ip", "-batch", path))


@test
def engine_hears_after_an_overrun(house):
	netns, beyond = house.netns("ovr"), house.netns("ovrx")
	house.veth(netns, "a0", beyond, "a1")
	netns.address("a0", "10.76.0.1/24")
	daemon = house.l2xd(netns, "ovr", topology.yaml({
		"ports": [{"name": "a0"}],
		"l2tp": {"local-addresses": ["10.76.0.1"]}}) + "\n")
	for times in (1, 2, 3):
		os.kill(daemon.engine, signal.SIGSTOP)
		try:
			flood(netns, house.path("routes"))
		finally:
			os.kill(daemon.engine, signal.SIGCONT)
		eventually(lambda: daemon.log().count(SAID) >= times, 10,
			   "overrun %d noticed" % times)
	expect(daemon.ctl("show", "status")["calls"], 0)


if __name__ == "__main__":
	sys.exit(lab.main())
