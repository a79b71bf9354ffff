# SPDX-License-Identifier: GPL-2.0-only
"""The network of the story, and a small one around a single daemon.

	subscribers -- LAC -- LTS -- LNS -- internet
	                 \\-- LNS2 --------/
	                  \\---------------/

Every node is a namespace with an l2xd of its own.  Subscribers are real pppd
in a guest whose card is wired to the LAC's port "access".  Knows addresses,
names, secrets and users; the configuration of a node is a dictionary in the
shape of its YAML file, which a test may change before it starts the node.
"""

import json
import re
import time

import bpfmaps
import lab
from events import Events, request

INTERNET = "198.51.100.1"
CORE_MTU = 1600 # a full 1492-octet packet and 60 octets of tunnel fit
# counters of subscribers' packets that did not go by XDP
BY_HAND = ("slow_to_l2tp", "slow_to_pppoe", "slow_to_kernel")

#	  link		   one side	      other side
LINKS = (("lac", "lts", "10.1.0.1/24", "10.1.0.2/24"),
	 ("lts", "lns", "10.2.0.1/24", "10.2.0.2/24"),
	 ("lac", "lns2", "10.3.0.1/24", "10.3.0.2/24"),
	 ("lns", "net", "10.11.0.1/24", "10.11.0.2/24"),
	 ("lns2", "net", "10.12.0.1/24", "10.12.0.2/24"),
	 ("lac", "net", "10.13.0.1/24", "10.13.0.2/24"))
POOLS = {"lns": "10.100.0.0/24", "lns2": "10.101.0.0/24",
	 "lac": "10.102.0.0/24"}
NODES = ("lns2", "lns", "lts", "lac") # in the order of starting

#	      name		password
USERS = {"alice@one.example": "alicepw", "bob@one.example": "bobpw",
	 "carol@two.example": "carolpw", "dave@three.example": "davepw",
	 "erin@local.example": "erinpw"}


# ---- YAML --------------------------------------------------------------------
def _scalar(value):
	if isinstance(value, bool):
		return "true" if value else "false"
	text = str(value)
	if re.fullmatch(r"[A-Za-z0-9][\w./@-]*", text):
		return text
	return json.dumps(text)


def yaml(value, indent=0):
	"""YAML text of dictionaries, lists and scalars."""
	pad, lines = "  " * indent, []
	if isinstance(value, dict):
		for key, inner in value.items():
			if isinstance(inner, (dict, list)):
				lines.append("%s%s:" % (pad, key))
				lines.append(yaml(inner, indent + 1))
			else:
				lines.append("%s%s: %s" % (pad, key,
							   _scalar(inner)))
	else:
		for inner in value:
			if isinstance(inner, dict):
				text = yaml(inner, indent + 1)
				lines.append(pad + "- " + text.lstrip())
			else:
				lines.append("%s- %s" % (pad, _scalar(inner)))
	return "\n".join(l for l in lines if l)


def users(*names):
	return [{"name": n, "password": USERS[n]} for n in names or USERS]


def pool(node):
	net = POOLS[node]
	return [{"name": "pool", "range": net,
		 "gateway": net.replace("0/24", "1"), "dns": ["192.0.2.53"]}]


# ---- the configurations of the story -------------------------------------
def lac_config():
	def tunnel(name, peer, local, peer_host, assignment):
		return {"name": name, "peer": peer, "local": local,
			"host-name": "lac", "peer-host-name": peer_host,
			"secret": "lac-secret", "assignment": assignment}

	def domain(name, tunnel_name):
		return {"name": name, "action": "tunnel",
			"tunnels": [tunnel_name]}
	return {
		"ports": [{"name": "access", "access": True},
			  {"name": "lts"}, {"name": "lns2"}, {"name": "net"}],
		"pppoe": {"ac-name": "lac"},
		"l2tp": {"local-addresses": ["10.1.0.1", "10.3.0.1"],
			 "retransmit-first": "0.5"},
		"ppp": {"auth": ["chap", "pap"]},
		"tunnels": [
			tunnel("gold", "10.1.0.2", "10.1.0.1", "lts", "gold"),
			tunnel("silver", "10.1.0.2", "10.1.0.1", "lts",
			       "silver"),
			tunnel("other", "10.3.0.2", "10.3.0.1", "lns2",
			       "other")],
		"domains": [domain("one.example", "gold"),
			    domain("two.example", "silver"),
			    domain("three.example", "other"),
			    {"name": "local.example", "action": "local",
			     "pool": "pool"}],
		"users": users("erin@local.example"),
		"pools": pool("lac"),
	}


def lts_config():
	return {
		"ports": [{"name": "lac"}, {"name": "lns"}],
		"l2tp": {"local-addresses": ["10.1.0.2", "10.2.0.1"],
			 "retransmit-first": "0.5"},
		"tunnels": [{"name": "lns", "peer": "10.2.0.2",
			     "local": "10.2.0.1", "host-name": "lts",
			     "peer-host-name": "lns",
			     "secret": "lts-secret"}],
		"domains": [{"name": n, "action": "tunnel", "tunnels": ["lns"]}
			    for n in ("one.example", "two.example")],
		"destinations": [{"name": "lac", "peer": "10.1.0.1", "hosts": [
			{"name": "lac", "host-name": "lts",
			 "secret": "lac-secret", "switch": True}]}],
	}


def lns_config():
	return {
		"ports": [{"name": "lts"}, {"name": "net"}],
		"l2tp": {"local-addresses": ["10.2.0.2"],
			 "retransmit-first": "0.5"},
		"ppp": {"auth": ["chap", "pap"]},
		"destinations": [{"name": "lts", "peer": "10.2.0.1", "hosts": [
			{"name": "lts", "host-name": "lns",
			 "secret": "lts-secret"}]}],
		"users": users("alice@one.example", "bob@one.example",
			       "carol@two.example"),
		"pools": pool("lns"),
	}


def lns2_config():
	return {
		"ports": [{"name": "lac"}, {"name": "net"}],
		"l2tp": {"local-addresses": ["10.3.0.2"],
			 "retransmit-first": "0.5"},
		"ppp": {"auth": ["chap", "pap"]},
		"destinations": [{"name": "lac", "peer": "10.3.0.1", "hosts": [
			{"name": "lac", "host-name": "lns2",
			 "secret": "lac-secret"}]}],
		"users": users("dave@three.example"),
		"pools": pool("lns2"),
	}


def configs():
	"""By node; the caller may change them before start()."""
	return {"lac": lac_config(), "lts": lts_config(), "lns": lns_config(),
		"lns2": lns2_config()}


# ---- nodes -----------------------------------------------------------------
def sysctl(netns, **values):
	for name, value in values.items():
		netns.run("sysctl", "-qw", "net.ipv4.%s=%s" %
			  (name.replace("__", "."), value))


def router(netns):
	"""Forwards; an untouched machine also filters, as many come: loosely by
	the route back (systemd), and nothing is forwarded without a rule."""
	strict = 2 if netns.untouched else 0
	sysctl(netns, ip_forward=1, conf__all__rp_filter=strict,
	       conf__default__rp_filter=strict)
	if netns.untouched:
		netns.run("nft", "add table inet host; add chain inet host "
			  "forward { type filter hook forward priority 0; "
			  "policy drop; }")


class Node:
	"""A namespace with an l2xd: daemon and events after start()."""

	def __init__(self, house, netns, name, config, instance=None):
		self.house, self.netns, self.name = house, netns, name
		self.config = config
		self.instance = instance or name
		self.daemon = self.events = None

	def start(self, tell=None):
		self.daemon = self.house.l2xd(
			self.netns, self.instance, yaml(self.config) + "\n",
			start=False)
		self.daemon.start()
		self.listen(tell)
		lab.eventually(self.ports_attached, 15,
			       "ports of %s attached" % self.name)
		return self

	def listen(self, tell=None):
		if self.events:
			self.events.close()
		self.events = Events(self.daemon.socket, tell)
		self.house.on_close(self.events.close)

	def ports_attached(self):
		return all(p["state"] == "attached"
			   for p in self.show("ports"))

	# ---- answers of the daemon -------------------------------------------
	def ask(self, command, **arguments):
		return request(self.daemon.socket, command, **arguments)

	def show(self, what):
		"""The rows of "show WHAT"."""
		return self.ask("show " + what)[what]

	def status(self):
		return self.ask("show status")

	def call(self, ident):
		return self.ask("show call", id=ident)

	def calls(self, user=None):
		return [c for c in self.show("calls")
			if user in (None, c["user"])]

	def the_call(self, user=None):
		"""The only call (of this user), with all of "show call"."""
		found = self.calls(user)
		if len(found) != 1:
			raise AssertionError("%s: %d calls of %s" % (
				self.name, len(found), user))
		return self.call(found[0]["id"])

	def counters(self):
		return {c["name"]: c["value"] for c in self.show("counters")}

	def reasons(self, of_class=None):
		"""Packets by reason."""
		return {r["name"]: r["packets"] for r in self.show("reasons")
			if of_class in (None, r["class"])}

	def disconnect(self, what, ident):
		return self.ask("disconnect " + what, id=ident)


def link_tapped(house, spaces, one, other):
	"""A link through a third namespace, where every frame can be captured:
	what XDP redirects passes no packet socket of a node."""
	inside = [one + "." + other, other + "." + one]
	for node, peer, end in ((one, other, inside[0]),
				(other, one, inside[1])):
		house.veth(spaces["wire"], end, spaces[node], peer, CORE_MTU)
	lab.guest_module.join(spaces["wire"].name, *inside)


def wires(house, tapped, untouched):
	"""Namespaces and links of the story; returns them by name."""
	spaces = {name: house.netns(name, untouched and name in NODES)
		  for name in ("lac", "lts", "lns", "lns2", "net", "wire")}
	for one, other, a, b in LINKS:
		if tapped:
			link_tapped(house, spaces, one, other)
		else:
			house.veth(spaces[one], other, spaces[other], one,
				   CORE_MTU)
		spaces[one].address(other, a)
		spaces[other].address(one, b)
	if untouched:
		router(spaces["lts"])
	for name in ("lac", "lns", "lns2"):
		spaces[name].route("default", "via", dict(
			(one, b.split("/")[0]) for one, other, _, b in LINKS
			if other == "net")[name])
		router(spaces[name])
	sysctl(spaces["net"], conf__all__rp_filter=0)
	spaces["net"].run("ip", "addr", "add", INTERNET + "/32", "dev", "lo")
	for one, other, a, _ in LINKS:
		if other == "net":
			spaces["net"].route(POOLS[one], "via",
					    a.split("/")[0])
	return spaces


class Story:
	"""The whole network.  nodes by name; guest and web when asked for.
	untouched: of machines with the settings that they came with."""

	def __init__(self, house, changes=None, naming="%s", tapped=False,
		     untouched=False):
		self.house = house
		self.untouched = untouched
		self.spaces = wires(house, tapped, untouched)
		given = configs()
		for change in changes or ():
			change(given)
		self.nodes = {name: Node(house, self.spaces[name], name,
					 given[name], naming % name)
			      for name in NODES}
		self.guest = self.web = None

	def __getattr__(self, name):
		try:
			return self.__dict__["nodes"][name]
		except KeyError:
			raise AttributeError(name) from None

	def start(self, tell=None):
		"""All daemons; tell(node name, event) hears every event.  The
		guest brings the LAC's port "access": it goes first."""
		if not self.guest:
			self.start_guest()
		for name in NODES:
			self.nodes[name].start(tell and (
				lambda event, n=name: tell(n, event)))
		if not self.untouched:
			self.warm()
		return self

	def warm(self):
		"""The routers know their neighbour: no first packet of a
		subscriber has to wait for ARP."""
		for one, other, _, b in LINKS:
			if other == "net":
				self.spaces[one].ping(b.split("/")[0], 1)

	def start_guest(self):
		self.guest = self.house.guest("subs", [(self.spaces["lac"],
							"access")])
		return self.guest

	def start_web(self):
		self.web = self.house.web(self.spaces["net"], INTERNET)
		return self.web

	def capture(self, one, other):
		"""All frames of a link (of a tapped story)."""
		return self.house.capture(self.spaces["wire"],
					  one + "." + other)

	def capture_access(self):
		"""All frames between the subscribers and the LAC."""
		return self.house.capture(lab.Netns(self.guest.netns,
						    make=False), "vtap0")

	def dial(self, user, name=None, **settings):
		"""A pppd in the guest; returns it without waiting."""
		settings.setdefault("EXTRA", "noipv6")
		return self.guest.pppoe(name or user.split("@")[0], USER=user,
					PASS=USERS[user], **settings)


# ---- counting along the path -----------------------------------------------
def subscriber_counts(subscriber):
	"""IP packets (sent, received) of a pppd's interface.  The kernel counts
	there what passes the interface: IP and the NCPs, of which pppd's log
	tells; LCP and authentication do not pass it."""
	received, _, sent, _ = subscriber.counters()
	log = subscriber.log()
	ncp = {way: len(re.findall(way + r" \[(?:IPCP|IPV6CP|CCP) ", log))
	       for way in ("sent", "rcvd")}
	return sent - ncp["sent"], received - ncp["rcvd"]


def leg_counts(calls):
	"""Data packets of each leg on the path: [(name, up, down)]; up is
	counted by the access leg of a call, down by its core leg."""
	return [(name, call["packets_up"], call["packets_down"])
		for name, call in calls]


# ---- one daemon and scripted peers ------------------------------------------
class Single:
	"""One daemon "dut" with port "access" (the other end: "a0" in subs), port
	"core" (10.9.0.1; peer is 10.9.0.2, more peers 10.9.0.3...) and port
	"net" towards net (10.9.1.2, INTERNET)."""

	LOCAL, PEER, NET = "10.9.0.1", "10.9.0.2", "10.9.1.2"
	POOL = "10.109.0.0/24"

	def __init__(self, house, config=None, start=True, untouched=False):
		self.house = house
		self.ns = house.netns("dut", untouched)
		self.subs = house.netns("subs")
		self.peer = house.netns("peer")
		self.net = house.netns("net")
		house.veth(self.ns, "access", self.subs, "a0")
		house.veth(self.ns, "core", self.peer, "c0", CORE_MTU)
		house.veth(self.ns, "net", self.net, "n0", CORE_MTU)
		self.ns.address("core", self.LOCAL + "/24")
		self.peer.address("c0", *("10.9.0.%d/24" % n
					  for n in range(2, 8)))
		self.ns.address("net", "10.9.1.1/24")
		self.net.address("n0", self.NET + "/24")
		self.net.run("ip", "addr", "add", INTERNET + "/32", "dev", "lo")
		self.net.route(self.POOL, "via", "10.9.1.1")
		self.ns.route("default", "via", self.NET)
		router(self.ns)
		self.node = Node(house, self.ns, "dut", config or
				 self.config(), "dut")
		if start:
			self.start()

	def start(self):
		self.node.start()
		if not self.ns.untouched:
			self.ns.ping(self.NET, 1)
			self.ns.ping(self.PEER, 1)
		return self

	@classmethod
	def config(cls):
		"""All roles at once: LAC to "lns1" at the peer, LNS for "lac1"
		there, LTS for "switch1", local termination."""
		return {
			"ports": [{"name": "access", "access": True},
				  {"name": "core"}, {"name": "net"}],
			"pppoe": {"ac-name": "dut"},
			"l2tp": {"local-addresses": [cls.LOCAL],
				 "retransmit-first": "0.2",
				 "retransmit-cap": "0.4",
				 "retransmit-max": 3, "setup-timeout": 3},
			"ppp": {"auth": ["chap", "pap"], "restart": "0.5"},
			"tunnels": [{"name": "lns1", "peer": cls.PEER,
				     "host-name": "dut",
				     "secret": "l2tpsecret"}],
			"domains": [
				{"name": "far.example", "action": "tunnel",
				 "tunnels": ["lns1"]},
				{"name": "local.example", "action": "local"},
				{"name": "refused.example",
				 "action": "refuse"}],
			"destinations": [{"name": "peer", "peer": cls.PEER,
					  "hosts": [
				{"name": "lac1", "host-name": "dut",
				 "secret": "l2tpsecret"},
				{"name": "switch1", "host-name": "dut",
				 "secret": "l2tpsecret", "switch": True}]}],
			"users": [{"name": "alice@local.example",
				   "password": "alicepw"},
				  {"name": "bob@isp.example",
				   "password": "bobpw"}],
			"pools": [{"name": "pool", "range": cls.POOL,
				   "gateway": "10.109.0.1"}],
		}


# ---- nothing is left ---------------------------------------------------------
def managed(netns):
	"""Neighbours that the kernel was asked to keep resolved."""
	rows = json.loads(lab.sh("ip", "-n", netns.name, "-j", "neigh", "show",
				 "nud", "all").stdout)
	return sorted(row["dst"] for row in rows if "managed" in row)


def own_routes(netns):
	"""What a daemon had the keeper put into the kernel's table."""
	rows = json.loads(lab.sh("ip", "-n", netns.name, "-j", "route", "show",
				 "proto", "176").stdout)
	# a route to nowhere has no device
	return sorted((row["dst"], row.get("dev") or row["type"])
		      for row in rows)


def single_addresses(instance):
	"""Number of addresses that lie in no pool."""
	return len(json.loads(lab.sh(
		"bpftool", "-j", "map", "dump", "pinned",
		bpfmaps.folder(instance) + "/ip4_hosts").stdout))


def held(node):
	"""What lies in the kernel for calls and tunnels: outlives a daemon."""
	instance = node.daemon.instance
	found = {name: len(bpfmaps.used(instance, name))
		 for name in ("legs", "tunnels_rx", "templates")}
	found["ip4_hosts"] = single_addresses(instance)
	found["neighbours"] = managed(node.netns)
	found["routes"] = own_routes(node.netns)
	return found


def expect_same(look, before, who, timeout):
	"""Wait until look() gives what it gave before."""
	end = time.monotonic() + timeout
	while True:
		now = look()
		if now == before:
			return
		if time.monotonic() > end:
			raise AssertionError("%s holds after %g s: %s" % (
				who, timeout, ", ".join(
					"%s %s, not %s" % (k, now[k], v)
					for k, v in before.items()
					if now[k] != v)))
		time.sleep(0.2)


def footprint(node):
	"""What a daemon holds for calls and tunnels; equal before and after."""
	status = node.status()
	found = {
		"calls": status["calls"], "tunnels": status["tunnels"],
		"destinations": status["destinations"],
		"stale": status["stale"]["legs"] + status["stale"]["tunnels"],
		"pools": [p["used"] for p in status["pools"]],
		"fds": node.daemon.descriptors(),
	}
	return dict(found, **held(node))


def expect_footprint(node, before, timeout=10):
	"""Wait until the daemon holds what it held before."""
	expect_same(lambda: footprint(node), before, node.name, timeout)
