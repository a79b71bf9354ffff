#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# beside: yes
# limit: 180
"""A peer refuses or falls silent at each message of each sequence: what was
begun ends within its time, for the right cause, and nothing of it is left."""

import os
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import CHAP, IPCP, LCP, PAP, u16 # noqa: E402
from l2tp import ICCN, ICRP, ICRQ, SCCCN, SCCRP, SCCRQ # noqa: E402
from l2tp_peer import Endpoint # noqa: E402
from lab import expect, setup, test # noqa: E402
from ppp import PppClient # noqa: E402
from pppoe_peer import PppoeClient # noqa: E402

SECRET = "l2tpsecret"
# counters that tell of any call or tunnel, or of a client's frame that crosses
# the end of its call; all others must stand still
USUAL = {"calls_opened", "calls_up", "calls_ended", "tunnels_opened",
	 "tunnels_accepted", "tunnels_up", "tunnels_ended", "padi", "padr",
	 "frame_unknown", "padt_no_session", "slow_padt"}
# what else moves when a destination that we call fails
HELD = {"destinations_held": 1}
PHASES = {"lcp": (LCP,), "auth": (PAP, CHAP), "ipcp": (IPCP,)}
GAVE_UP = {"lcp": "lcp-failed", "auth": "auth-timeout", "ipcp": "ncp-failed"}
OPEN = {"auth": lambda p: p.lcp.open, "ipcp": lambda p: p.auth_done,
	"lcp": lambda p: p.frames("in", LCP), "up": lambda p: p.ipcp.open}


def config():
	"""Everything is given up within about two seconds."""
	settings = topology.Single.config()
	settings["l2tp"].update({
		"retransmit-first": "0.2", "retransmit-cap": "0.3",
		"retransmit-max": 3, "setup-timeout": "3", "hello": "1",
		"idle-timeout": "0.5"})
	settings["ppp"].update({
		"restart": "0.4", "max-configure": 3, "max-terminate": 1,
		"lcp-timeout": "1.5", "auth-timeout": "1.5",
		"ncp-timeout": "1.5"})
	return settings


class Quiet(PppClient):
	"""A client that does not speak the protocols of one phase."""

	def __init__(self, send, phase=None, **more):
		self.unspoken = PHASES.get(phase, ())
		super().__init__(send, **more)

	def output(self, frame):
		if int.from_bytes(frame[:2], "big") not in self.unspoken:
			super().output(frame)

	def _input(self, frame):
		if int.from_bytes(frame[:2], "big") not in self.unspoken:
			super()._input(frame)


class World(topology.Single):
	def __init__(self, house):
		super().__init__(house, config())
		self.before = topology.footprint(self.node)

	def endpoint(self, house, *plans, **more):
		"""A peer; plans are pairs of a message and what befalls it."""
		peer = Endpoint(self.peer, self.PEER, secret=SECRET, **more)
		peer.plan.update(plans)
		house.on_close(peer.close)
		return peer

	def lns(self, house, *plans):
		return self.endpoint(house, *plans, name="lns1", serve=True)

	def lac(self, house, *plans, name="lac1"):
		return self.endpoint(house, *plans, name=name)

	def client(self, house, user="alice@local.example", phase=None):
		client = PppoeClient(self.subs, "a0", user)
		client.ppp = Quiet(client.send_ppp, phase, user=user,
				   password="alicepw")
		house.on_close(client.close)
		return client

	def ends(self, *causes, **moved):
		return Ends(self.node, self.before, causes, moved)


class Ends:
	"""Context: calls end for these causes, these counters move and no
	other ones, and nothing is left."""

	def __init__(self, node, before, causes, moved):
		self.node, self.before = node, before
		self.causes, self.moved = sorted(causes), moved

	def __enter__(self):
		self.counters = self.node.counters()
		self.seen = len(self.node.events.seen)
		return self

	def ended(self):
		return [e["call"] for e in self.node.events.all(
			"call", self.seen, state="ended")]

	def difference(self):
		now = self.node.counters()
		return {n: now[n] - v for n, v in self.counters.items()
			if now[n] != v and n not in USUAL}

	def __exit__(self, kind, *_):
		if kind:
			return
		topology.expect_footprint(self.node, self.before, 15)
		lab.eventually(lambda: len(self.ended()) == len(self.causes), 5,
			       "%d calls ended" % len(self.causes))
		expect(sorted(self.node.call(c)["cause"] for c in self.ended()),
		       self.causes, "causes")
		expect(self.difference(), self.moved, "counters")


@setup
def world(house):
	return World(house)


def die(tunnel):
	"""From here on the peer says nothing at all."""
	tunnel.wait_acked()
	tunnel.dead = True


# ---- we are the LAC -----------------------------------------------------------
def tunnelled(world, house, plan, **moved):
	"""A subscriber who is to be tunnelled and cannot be: he is told."""
	lns = world.lns(house, *plan)
	with world.ends("no-tunnel", call_no_tunnel=1, **moved):
		client = world.client(house, "u@far.example")
		client.discover()
		client.wait_padt(10)
	expect(client.ppp.auth_ok, False, "the client was told")
	lns.close()


@test
def lns_does_not_answer_sccrq(world, house):
	tunnelled(world, house, [(SCCRQ, "dead")], tunnels_silent=1, **HELD)
	tunnelled(world, house, [(SCCRQ, "silent")], tunnels_silent=1,
		  **HELD)


@test
def lns_refuses_sccrq(world, house):
	tunnelled(world, house, [(SCCRQ, "refuse")], tunnel_refused=1,
		  **HELD)


@test
def lns_falls_silent_at_scccn(world, house):
	tunnelled(world, house, [(SCCCN, "dead")], tunnels_silent=1, **HELD)


@test
def lns_refuses_scccn(world, house):
	tunnelled(world, house, [(SCCCN, "refuse")], tunnel_refused=1,
		  **HELD)


@test
def lns_does_not_answer_icrq(world, house):
	tunnelled(world, house, [(ICRQ, "silent")])
	tunnelled(world, house, [(ICRQ, "dead")], tunnels_silent=1, **HELD)


@test
def lns_refuses_icrq(world, house):
	tunnelled(world, house, [(ICRQ, "refuse")])


@test
def lns_falls_silent_at_iccn(world, house):
	lns = world.lns(house, (ICCN, "dead"))
	with world.ends("tunnel-down", tunnels_silent=1, **HELD):
		client = world.client(house, "u@far.example")
		client.discover()
		client.wait_padt(10)
	lns.close()


@test
def lns_refuses_iccn(world, house):
	world.lns(house, (ICCN, "refuse"))
	with world.ends("peer-cdn"):
		client = world.client(house, "u@far.example")
		client.discover()
		client.wait_padt(10)


@test
def lns_takes_iccn_and_speaks_no_ppp(world, house):
	"""A LAC does not know what goes on in PPP: the client gives up."""
	lns = world.lns(house)
	with world.ends("user-padt", padt_received=1):
		client = world.client(house, "u@far.example")
		client.discover()
		call = lns.wait_tunnel().wait_call()
		client.padt()
		expect(call.wait_end().result()[0], 1, "CDN result")


@test
def lns_dies_with_a_call_that_was_up(world, house):
	lns = world.lns(house)
	with world.ends("tunnel-down", tunnels_silent=1, **HELD):
		client = world.client(house, "u@far.example")
		client.discover()
		tunnel = lns.wait_tunnel()
		tunnel.wait_call()
		die(tunnel)
		client.wait_padt(10)


@test
def lns_does_not_acknowledge_cdn_or_stopccn(world, house):
	for plan, what in ((l2tp.CDN, "call"), (l2tp.STOPCCN, "tunnel")):
		lns = world.lns(house, (plan, "dead"))
		client = world.client(house, "u@far.example")
		client.discover()
		lns.wait_tunnel().wait_call()
		with world.ends("admin"):
			world.node.disconnect(what, world.node.show(
				what + "s")[0]["id"])
			client.wait_padt(10)
		lns.close()


# ---- we are the LNS -----------------------------------------------------------
@test
def lac_falls_silent_after_sccrp(world, house):
	with world.ends(tunnels_silent=1): # not acknowledged
		lac = world.lac(house, (SCCRP, "dead"))
		lac.request(world.LOCAL)
	lac.close()
	with world.ends(tunnels_silent=1): # acknowledged
		lac = world.lac(house, (SCCRP, "silent"))
		tunnel = lac.request(world.LOCAL)
		tunnel.wait(lambda: tunnel.inbox)
		tunnel.peer_id = tunnel.inbox[0].number(l2tp.TUNNEL_ID)
		tunnel.zlb()
		expect(tunnel.wait_end().result()[0], 1, "StopCCN result")


@test
def lac_refuses_sccrp(world, house):
	with world.ends(tunnel_refused=1):
		lac = world.lac(house, (SCCRP, "refuse"))
		lac.request(world.LOCAL).wait_acked()


@test
def lac_opens_a_tunnel_and_no_call(world, house):
	with world.ends():
		lac = world.lac(house)
		tunnel = lac.connect(world.LOCAL)
		expect(tunnel.wait_end().result()[0], 1, "StopCCN result")
	lac.close()
	with world.ends(): # the StopCCN is not acknowledged
		lac = world.lac(house)
		die(lac.connect(world.LOCAL))


def dialled(world, house, *plans):
	"""An ICRQ of ours that is not followed up; the call."""
	tunnel = world.lac(house, *plans).connect(world.LOCAL)
	call = tunnel.new_call()
	tunnel.send(ICRQ, (l2tp.SESSION_ID, u16(call.own)),
		    (l2tp.SERIAL, l2tp.u32(1)))
	return call


@test
def lac_falls_silent_after_icrp(world, house):
	with world.ends("setup-timeout"):
		call = dialled(world, house, (ICRP, "silent"))
		expect(call.wait_end().result()[0], 10, "CDN result")
	call.tunnel.endpoint.close()
	with world.ends("tunnel-down", tunnels_silent=1):
		dialled(world, house, (ICRP, "dead"))


@test
def lac_refuses_icrp(world, house):
	with world.ends("peer-cdn"):
		dialled(world, house, (ICRP, "refuse"))


def subscriber(world, house, phase, until):
	"""A call through a scripted LAC; its PPP client does not speak in
	one phase.  Returns when the phase `until` is reached."""
	call = world.lac(house).connect(world.LOCAL).call()
	call.ppp = Quiet(call.send_ppp, phase, user="bob@isp.example",
			 password="bobpw")
	call.ppp.wait(OPEN[until], 10, until)
	return call


@test
def client_behind_a_lac_falls_silent(world, house):
	for phase, cause in GAVE_UP.items():
		with world.ends(cause):
			call = subscriber(world, house, phase, phase)
			expect(call.wait_end().result()[0], 3, "CDN result")
		call.tunnel.endpoint.close()


@test
def client_behind_a_lac_terminates(world, house):
	for phase in OPEN:
		with world.ends("user-terminate"):
			call = subscriber(world, house, phase if phase !=
					  "lcp" else None, phase)
			call.ppp.terminate()
			expect(call.wait_end().result()[0], 3, "CDN result")
		call.tunnel.endpoint.close()


@test
def lac_ends_the_call_in_each_phase(world, house):
	for phase in OPEN:
		with world.ends("peer-cdn"):
			subscriber(world, house, phase, phase).clear(1)
		with world.ends("tunnel-down"):
			call = subscriber(world, house, phase, phase)
			call.tunnel.stop()
			call.tunnel.wait_acked()
		call.tunnel.endpoint.close()


@test
def lac_dies_with_a_call_that_was_up(world, house):
	with world.ends("tunnel-down", tunnels_silent=1):
		die(subscriber(world, house, None, "up").tunnel)


# ---- we are the switch --------------------------------------------------------
def switched(world, house):
	"""A call for lns1 comes from LAC switch1."""
	near = Endpoint(world.peer, world.PEER, 1703, name="switch1",
			secret=SECRET)
	house.on_close(near.close)
	return near.connect(world.LOCAL).call(proxy=l2tp.proxy_avps(
		b"", b"", b"", 3, b"x@far.example", None, 1, b"pw"))


@test
def lns_behind_the_switch_refuses_or_is_silent(world, house):
	for plan, moved in (((SCCRQ, "dead"), dict(HELD, tunnels_silent=1)),
			    ((SCCRQ, "refuse"), dict(HELD, tunnel_refused=1)),
			    ((ICRQ, "silent"), {}), ((ICRQ, "refuse"), {})):
		lns = world.lns(house, plan)
		with world.ends("no-tunnel", call_no_tunnel=1, **moved):
			call = switched(world, house)
			expect(call.wait_end().result()[0], 4, "CDN result")
		call.tunnel.endpoint.close()
		lns.close()


@test
def lns_behind_the_switch_dies_or_refuses_iccn(world, house):
	for plan, cause, result, moved in (
			("dead", "tunnel-down", 2,
			 dict(HELD, tunnels_silent=1)),
			("refuse", "peer-cdn", 4, {})):
		lns = world.lns(house, (ICCN, plan))
		with world.ends(cause, **moved):
			call = switched(world, house)
			expect(call.wait_end().result()[0], result, plan)
		call.tunnel.endpoint.close()
		lns.close()


@test
def lac_before_the_switch_dies(world, house):
	lns = world.lns(house)
	with world.ends("tunnel-down", tunnels_silent=1):
		near = switched(world, house)
		far = lns.wait_tunnel().wait_call()
		die(near.tunnel)
		expect(far.wait_end().result()[0], 1, "CDN result")


# ---- PPPoE clients ----------------------------------------------------------
@test
def client_falls_silent_after_pado(world, house):
	with world.ends():
		client = world.client(house)
		client.padi()
		client.wait_pado()
		time.sleep(0.5)
		expect(world.node.status()["calls"], 0, "calls")


@test
def client_falls_silent_in_each_phase(world, house):
	for phase, cause in GAVE_UP.items():
		with world.ends(cause):
			client = world.client(house, phase=phase)
			client.discover()
			client.wait_padt()


@test
def client_vanishes_in_each_phase(world, house):
	"""Not even LCP's Terminate-Request is answered."""
	for phase, cause in GAVE_UP.items():
		with world.ends(cause):
			client = world.client(house, phase=phase)
			client.discover()
			client.ppp.wait(OPEN[phase], 10, phase)
			client.ppp.mute = True
			client.wait_padt()


@test
def client_ends_in_each_phase(world, house):
	for phase in OPEN:
		with world.ends("user-terminate"):
			client = world.client(house, phase=phase if phase !=
					      "lcp" else None)
			client.discover()
			client.ppp.wait(OPEN[phase], 10, phase)
			client.ppp.terminate()
			client.wait_padt()
		with world.ends("user-padt", padt_received=1):
			client = world.client(house, phase=phase)
			client.discover()
			client.ppp.wait(OPEN[phase], 10, phase)
			client.padt()


# ---- memory -------------------------------------------------------------------
def many_silent_clients(world, house, count):
	"""Sessions that are opened and never spoken in."""
	client = world.client(house, phase="lcp")
	client.padi()
	client.wait_pado()
	for _ in range(count):
		client.host_uniq = os.urandom(8)
		client.padr()
		time.sleep(0.002)
	lab.eventually(lambda: len(client.got(0x65)) == count, 10)
	topology.expect_footprint(world.node, world.before, 20)
	client.close()


@test
def memory_does_not_grow_with_what_was_given_up(world, house):
	many_silent_clients(world, house, 300)
	before = world.node.daemon.rss()
	for _ in range(3):
		many_silent_clients(world, house, 300)
	grown = world.node.daemon.rss() - before
	# ASan keeps what was freed for a while, and looks for leaks at the end
	limit = 65536 if "asan" in world.node.daemon.program else 512
	expect(grown <= limit, True, "%d KiB more" % grown)


if __name__ == "__main__":
	lab.main()
