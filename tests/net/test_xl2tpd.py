#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
# limit: 180
"""A real L2TP daemon as peer: xl2tpd and pppd on a stock kernel are the LAC in
front of our LNS, then the LNS behind our LAC, with a real PPPoE client.  xl2tpd
knows no proxy AVPs: it sends none, and as LNS it negotiates LCP again with the
client, through us."""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)) + "/../lab")

import l2tp # noqa: E402
import lab # noqa: E402
import topology # noqa: E402
from frames import decode # noqa: E402
from lab import eventually, expect, setup, test # noqa: E402

SECRET = "tunsecret" # of the guest's recipes
LAC_LINK, LNS_LINK = ("10.9.0.1", "10.9.0.2"), ("10.8.0.1", "10.8.0.2")
POOL, GATEWAY = "10.109.0.0/24", "10.109.0.1"
FAR_GATEWAY = "10.200.0.1" # of xl2tpd's LNS
LAC_USER, FAR_USER = "carol@isp.example", "dave@far.example"


def config():
	return {
		"ports": [{"name": "access", "access": True},
			  {"name": "fromlac"}, {"name": "tolns"},
			  {"name": "net"}],
		"pppoe": {"ac-name": "dut"},
		"l2tp": {"local-addresses": [LAC_LINK[0], LNS_LINK[0]],
			 "retransmit-first": "0.5", "retransmit-max": 3,
			 "idle-timeout": 2},
		"ppp": {"auth": ["chap", "pap"], "restart": 1},
		"tunnels": [{"name": "lns1", "peer": LNS_LINK[1],
			     "local": LNS_LINK[0], "host-name": "dut",
			     "peer-host-name": "lns1", "secret": SECRET}],
		"domains": [{"name": "far.example", "action": "tunnel",
			     "tunnels": ["lns1"]}],
		"destinations": [{"name": "peer", "peer": LAC_LINK[1],
				  "hosts": [{"name": "lac1", "secret": SECRET,
					     "host-name": "dut"}]}],
		"users": [{"name": LAC_USER, "password": "carolpw"}],
		"pools": [{"name": "pool", "range": POOL, "gateway": GATEWAY}],
	}


class World:
	"""Our daemon between a guest (a PPPoE client, a LAC and an LNS, each in
	a namespace of its own there) and the internet."""

	def __init__(self, house):
		lab.need("xl2tpd", "pppd")
		ns, self.net = house.netns("dut"), house.netns("net")
		self.guest = house.guest("peers", [
			(ns, "access"), (ns, "fromlac"), (ns, "tolns")])
		house.veth(ns, "net", self.net, "n0")
		ns.address("fromlac", LAC_LINK[0] + "/24")
		ns.address("tolns", LNS_LINK[0] + "/24")
		ns.address("net", "10.7.0.1/24")
		self.net.address("n0", "10.7.0.2/24")
		self.net.run("ip", "addr", "add", topology.INTERNET + "/32",
			     "dev", "lo")
		self.net.route(POOL, "via", "10.7.0.1")
		ns.route("default", "via", "10.7.0.2")
		topology.router(ns)
		self.guest.exec(
			"%s/in-ns lac vec1 ip addr add %s/24 dev vec1;"
			"%s/in-ns lns vec2 ip addr add %s/24 dev vec2" % (
				lab.SRC, LAC_LINK[1], lab.SRC, LNS_LINK[1]))
		self.node = topology.Node(house, ns, "dut", config())
		self.node.start()
		ns.ping("10.7.0.2", 1)
		self.before = topology.footprint(self.node)

	def lac(self, auth, **more):
		"""xl2tpd dials us."""
		self.guest.script("peer-lac", LAC_LINK[0], netns="lac",
				  LOCAL=LAC_LINK[1], SECRET=SECRET,
				  USER=LAC_USER, AUTH=auth,
				  **dict({"PASS": "carolpw",
					  "EXTRA": "defaultroute"}, **more))

	def lns(self, auth):
		"""xl2tpd waits for us."""
		self.guest.script("peer-lns", netns="lns", LOCAL=LNS_LINK[1],
				  SECRET=SECRET, AUTH=auth,
				  USERS=FAR_USER + ":davepw")

	def stop(self, peer):
		"""SIGTERM: StopCCN for each tunnel.  Nothing of it is left."""
		self.guest.exec("kill $(cat /run/peer/%s/run/xl2tpd.pid)" %
				peer, check=False)
		self.guest.wait("! ip netns pids %s | grep -q ." % peer, 20)

	def control(self, peer, words):
		self.guest.exec("echo '%s' >/run/peer/%s/run/xl2tpd/"
				"l2tp-control" % (words, peer))

	def within(self, peer, command, check=True):
		return self.guest.exec("ip netns exec %s %s" % (peer, command),
				       check=check)

	def ping(self, peer, address):
		return "3 received" in self.within(
			peer, "ping -n -i 0.2 -W 2 -c 3 " + address, False)

	def up(self, user):
		"""The only call, once it is up."""
		return eventually(lambda: [
			c for c in [self.node.the_call(user)]
			if c["state"] == "up"], 30, "call of %s is up" % user)[0]

	def ended(self, call, cause):
		eventually(lambda: self.node.call(call["id"])["state"] ==
			   "ended", 20, "call %d ended" % call["id"])
		expect(self.node.call(call["id"])["cause"], cause)

	def nothing_left(self):
		topology.expect_footprint(self.node, self.before, 20)

	def no_detours(self, before):
		"""No data packet left the program's own path, or was dropped."""
		now = self.node.reasons()
		classes = {n for c in ("data", "drop")
			   for n in self.node.reasons(c)}
		expect({n: now[n] - before[n] for n in classes
			if now[n] != before[n]}, {})


@setup
def world(house):
	return World(house)


# ---- xl2tpd is the LAC ------------------------------------------------------
def dialled(world, auth):
	"""A call of xl2tpd's is up, LCP negotiated with the real client."""
	world.lac(auth)
	call = world.up(LAC_USER)
	expect((call["role"], call["proxy_lcp"], call["proxy_auth"]),
	       ("lns", "absent", "absent"))
	row, = world.node.show("interfaces")
	expect((row["lcp_from"], row["lcp"], row["ncp"], row["auth"]),
	       ("negotiated", "Opened", "Opened", "passed"))
	expect((row["peer_mru"], row["gateway"]), (1400, GATEWAY))
	return call


def pings_both_ways(world, call):
	before = world.node.reasons()
	expect(world.ping("lac", topology.INTERNET), True, "from the client")
	expect(world.net.ping(call["address"]), 3, "to the client")
	world.no_detours(before)
	now = world.node.call(call["id"])
	expect((now["packets_up"] - call["packets_up"] >= 6,
		now["packets_down"] - call["packets_down"] >= 6), (True, True))


@test
def lac_with_chap_that_hangs_up(world, house):
	house.on_close(world.stop, "lac")
	call = dialled(world, "chap-md5")
	expect("CHAP authentication succeeded" in
	       world.guest.log("pppd-lac1.log"), True)
	pings_both_ways(world, call)
	world.control("lac", "d peer")
	eventually(lambda: world.node.status()["calls"] == 0, 20)
	expect(world.node.call(call["id"])["cause"] in (
		"user-terminate", "peer-cdn", "tunnel-down"), True,
		world.node.call(call["id"]))
	world.stop("lac")
	world.nothing_left()


@test
def lac_with_pap_whose_call_we_end(world, house):
	house.on_close(world.stop, "lac")
	call = dialled(world, "pap")
	expect("PAP authentication succeeded" in
	       world.guest.log("pppd-lac1.log"), True)
	pings_both_ways(world, call)
	world.node.disconnect("call", call["id"])
	world.ended(call, "admin")
	# with its last call xl2tpd ends the tunnel; then it dials again
	again = world.up(LAC_USER)
	pings_both_ways(world, again)
	world.node.disconnect("tunnel", again["access"]["tunnel"])
	world.ended(again, "admin")
	world.stop("lac")
	world.nothing_left()


@test
def lac_whose_client_has_a_wrong_password(world, house):
	house.on_close(world.stop, "lac")
	begin = world.node.counters()["auth_failed"]
	seen = len(world.node.events.seen)
	world.lac("chap-md5", PASS="wrong")
	refused = world.node.events.wait("refused", 30, seen, user=LAC_USER)
	expect(refused["cause"], "auth-failed")
	world.ended({"id": refused["call"]}, "auth-failed")
	world.stop("lac")
	world.nothing_left()
	expect(world.node.counters()["auth_failed"] > begin, True)


# ---- xl2tpd is the LNS --------------------------------------------------------
def tunnelled(world, house, auth):
	"""A PPPoE client dials, the call goes on to xl2tpd.  The call, the
	subscriber and his addresses."""
	capture = house.capture(world.node.netns, "tolns", "udp")
	house.on_close(world.stop, "lns")
	world.lns(auth)
	dave = world.guest.pppoe("dave", USER=FAR_USER, PASS="davepw",
				 EXTRA="noipv6")
	house.on_close(dave.stop)
	own, gateway = dave.wait_up()
	expect(gateway, FAR_GATEWAY)
	call = world.up(FAR_USER)
	expect(call["role"], "lac")
	return call, dave, own, capture


def far_ping_both_ways(world, call, dave, own):
	before = world.node.reasons()
	expect(dave.ping(FAR_GATEWAY), 3, "from the client")
	expect(world.ping("lns", own), True, "to the client")
	world.no_detours(before)
	now = world.node.call(call["id"])
	expect((now["packets_up"] - call["packets_up"] >= 6,
		now["packets_down"] - call["packets_down"] >= 6), (True, True))


@test
def lns_with_chap_whose_client_hangs_up(world, house):
	call, dave, own, capture = tunnelled(world, house, "chap-md5")
	far_ping_both_ways(world, call, dave, own)
	dave.stop()
	dave.wait_gone()
	eventually(lambda: world.node.status()["calls"] == 0, 20)
	expect(world.node.call(call["id"])["cause"] in ("user-padt", "peer-cdn"),
	       True, world.node.call(call["id"]))
	(_, iccn), = l2tp.sent_once((decode(raw) for _, raw in capture.stop()),
				    l2tp.ICCN)
	expect([t in {a.kind for a in iccn.avps} for t in (26, 27, 28, 29)],
	       [True] * 4, "proxy data was offered")
	log = dave.log()
	expect(log.count("sent [LCP ConfAck") >= 2, True,
	       "LCP was negotiated with us and then with xl2tpd")
	world.stop("lns")
	world.nothing_left()


@test
def lns_with_pap_that_goes_away(world, house):
	call, dave, own, _ = tunnelled(world, house, "pap")
	far_ping_both_ways(world, call, dave, own)
	world.stop("lns") # pppd terminates LCP, xl2tpd sends StopCCN
	dave.wait_gone()
	eventually(lambda: world.node.status()["calls"] == 0, 20)
	expect(world.node.call(call["id"])["cause"] in (
		"peer-cdn", "tunnel-down", "user-padt"), True,
		world.node.call(call["id"]))
	world.nothing_left()


@test
def lns_whose_reply_comes_too_late(world, house):
	"""A call that ends before its ICRP costs xl2tpd no other call."""
	call, dave, own, capture = tunnelled(world, house, "chap-md5")
	pid = "$(cat /run/peer/lns/run/xl2tpd.pid)"
	world.guest.exec("kill -STOP " + pid)
	house.on_close(world.guest.status, "kill -CONT " + pid)
	late = world.guest.pppoe("late", USER=FAR_USER, PASS="davepw",
				 EXTRA="noipv6")
	house.on_close(late.stop)
	waiting = eventually(lambda: [
		c for c in world.node.show("calls")
		if c["state"] == "tunnelling"], 20, "a call waits")[0]
	world.node.disconnect("call", waiting["id"])
	world.ended(waiting, "admin")
	world.guest.exec("kill -CONT " + pid)

	def counters():
		tunnel, = world.node.show("tunnels")
		return tunnel["counters"]
	eventually(lambda: counters()["late_replies"] == 1, 10,
		   "the late ICRP was answered")
	late.stop()
	far_ping_both_ways(world, call, dave, own)
	cdns = l2tp.sent_once((decode(raw) for _, raw in capture.stop()),
			      l2tp.CDN)
	expect([message.session != 0 for _, message in cdns], [True])
	world.node.disconnect("call", call["id"])
	world.ended(call, "admin")
	world.stop("lns")
	world.nothing_left()


@test
def lns_and_a_call_that_we_end(world, house):
	call, dave, _, _ = tunnelled(world, house, "chap-md5")
	world.node.disconnect("call", call["id"])
	world.ended(call, "admin")
	dave.wait_gone()
	world.guest.wait("! ip netns pids lns | xargs ps -o comm= | "
			 "grep -q pppd", 20)
	# the second call goes into the same tunnel, if it is still there
	again = world.guest.pppoe("dave", USER=FAR_USER, PASS="davepw",
				  EXTRA="noipv6")
	again.wait_up()
	expect(again.ping(FAR_GATEWAY), 3)
	call = world.up(FAR_USER)
	world.node.disconnect("tunnel", call["core"]["tunnel"])
	world.ended(call, "admin")
	again.wait_gone()
	world.stop("lns")
	world.nothing_left()


if __name__ == "__main__":
	lab.main()
