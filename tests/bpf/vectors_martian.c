/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of packets from and to addresses that no router forwards, through
 * calls that end here in both directions, and of some that are left to the
 * kernel; see vectors.h.
 */
#include <string.h>
#include <arpa/inet.h>
#include "vectors.h"

enum { SOURCE = 12, DESTINATION = 16, SOURCE6 = 8, DESTINATION6 = 24 };

/* Octets in front of the IP packet: down it comes plain, up in L2TP or PPPoE */
#define DOWN 14
#define PTA  22

static void put4(struct frame *f, size_t ip, size_t at, const char *text)
{
	inet_pton(AF_INET, text, frame_at(f, ip + at));
	frame_ip4_sum(frame_at(f, ip));
}

static void put6(struct frame *f, size_t ip, size_t at, const char *text)
{
	inet_pton(AF_INET6, text, frame_at(f, ip + at));
}

#define FRAME(name, put, ip, at, text)       \
	static void name(struct frame *f)    \
	{                                    \
		put(f, ip, at, text);        \
	}

FRAME(up_to_all, put4, L2TP_INFO, DESTINATION, "255.255.255.255")
FRAME(up_to_this, put4, L2TP_INFO, DESTINATION, "0.0.0.0")
FRAME(up_to_net_0, put4, L2TP_INFO, DESTINATION, "0.255.255.255")
FRAME(up_to_loopback, put4, L2TP_INFO, DESTINATION, "127.0.0.1")
FRAME(up_to_net_127, put4, L2TP_INFO, DESTINATION, "127.255.255.255")
FRAME(up_to_hosts, put4, L2TP_INFO, DESTINATION, "224.0.0.1")
FRAME(up_to_ssdp, put4, L2TP_INFO, DESTINATION, "239.255.255.250")
FRAME(pta_to_all, put4, PTA, DESTINATION, "255.255.255.255")
FRAME(pta_to_mdns, put4, PTA, DESTINATION, "224.0.0.251")
FRAME(up_from_loopback, put4, L2TP_INFO, SOURCE, "127.0.0.1")
FRAME(up_from_none, put4, L2TP_INFO, SOURCE, "0.0.0.0")
FRAME(down_from_none, put4, DOWN, SOURCE, "0.0.0.0")
FRAME(down_from_net_0, put4, DOWN, SOURCE, "0.255.255.255")
FRAME(down_from_loopback, put4, DOWN, SOURCE, "127.0.0.1")
FRAME(down_from_net_127, put4, DOWN, SOURCE, "127.255.255.255")
FRAME(down_from_group, put4, DOWN, SOURCE, "224.0.0.1")
FRAME(down_from_class_e, put4, DOWN, SOURCE, "240.0.0.1")
FRAME(down_from_all, put4, DOWN, SOURCE, "255.255.255.255")

/* No martians: what the FIB leaves to the kernel. */
FRAME(up_to_broadcast, put4, L2TP_INFO, DESTINATION, "10.255.0.255")
FRAME(up_to_unreachable, put4, L2TP_INFO, DESTINATION, "100.69.0.1")
FRAME(up_to_prohibited, put4, L2TP_INFO, DESTINATION, "100.70.0.1")

/* From one subscriber to another. */
static void inner_to_pta(struct frame *f)
{
	up_from_loopback(f);
	put4(f, L2TP_INFO, DESTINATION, "10.0.0.3");
}

/* No fixed source is asked for: then only the martian tells. */
static void any_source(struct world *w)
{
	end_leg(w, END_LNS_A, 0)->to.ip.user4 = 0;
	memset(end_leg(w, END_LNS_A, 0)->to.ip.prefix6, 0, 8);
}

FRAME(up6_to_unspecified, put6, L2TP_INFO, DESTINATION6, "::")
FRAME(up6_to_loopback, put6, L2TP_INFO, DESTINATION6, "::1")
FRAME(up6_to_mapped, put6, L2TP_INFO, DESTINATION6, "::ffff:8.8.8.8")
FRAME(up6_to_interface, put6, L2TP_INFO, DESTINATION6, "ff01::1")
FRAME(up6_to_site, put6, L2TP_INFO, DESTINATION6, "ff05::2")
FRAME(up6_to_world, put6, L2TP_INFO, DESTINATION6, "ff0e::1")
FRAME(up6_from_loopback, put6, L2TP_INFO, SOURCE6, "::1")
FRAME(up6_from_group, put6, L2TP_INFO, SOURCE6, "ff02::1")
FRAME(down6_from_unspecified, put6, DOWN, SOURCE6, "::")
FRAME(down6_from_loopback, put6, DOWN, SOURCE6, "::1")
FRAME(down6_from_mapped, put6, DOWN, SOURCE6, "::ffff:127.0.0.1")
FRAME(down6_from_link, put6, DOWN, SOURCE6, "fe80::1")
FRAME(down6_from_link_end, put6, DOWN, SOURCE6, "febf:ffff::1")
FRAME(down6_from_group, put6, DOWN, SOURCE6, "ff02::1")

#define KERNELS(name, frame) \
	{name, REASON_KERNEL_ROUTES, END_LNS_A, IP4, 0, frame, 0}
#define UP(name, world, frame) \
	{name, REASON_MARTIAN, END_LNS_A, IP4, world, frame, 0}
#define UP6(name, world, frame) \
	{name, REASON_MARTIAN, END_LNS_A, IP6, world, frame, 0}
#define DOWN4(name, frame) {name, REASON_MARTIAN, END_IP_LNS_A, IP4, 0, frame, 0}
#define DOWN6(name, frame) {name, REASON_MARTIAN, END_IP_LNS_A, IP6, 0, frame, 0}

static const struct vector rows[] = {
	KERNELS("to a network's broadcast address", up_to_broadcast),
	KERNELS("to an unreachable route", up_to_unreachable),
	KERNELS("to a prohibited route", up_to_prohibited),
	UP("to 255.255.255.255", 0, up_to_all),
	UP("to 0.0.0.0", 0, up_to_this),
	UP("to 0.255.255.255", 0, up_to_net_0),
	UP("to 127.0.0.1", 0, up_to_loopback),
	UP("to 127.255.255.255", 0, up_to_net_127),
	UP("to 224.0.0.1", 0, up_to_hosts),
	UP("to 239.255.255.250", 0, up_to_ssdp),
	UP("from 127.0.0.1", any_source, up_from_loopback),
	UP("from 0.0.0.0", any_source, up_from_none),
	UP("from 127.0.0.1 to a subscriber", any_source, inner_to_pta),
	{"PPPoE, to 255.255.255.255", REASON_MARTIAN, END_PTA, IP4, 0,
	 pta_to_all, 0},
	{"PPPoE, to 224.0.0.251", REASON_MARTIAN, END_PTA, IP4, 0, pta_to_mdns,
	 0},
	UP6("to ::", 0, up6_to_unspecified),
	UP6("to ::1", 0, up6_to_loopback),
	UP6("to an IPv4-mapped one", 0, up6_to_mapped),
	UP6("to ff01::1", 0, up6_to_interface),
	UP6("to ff05::2", 0, up6_to_site),
	UP6("to ff0e::1", 0, up6_to_world),
	UP6("from ::1", any_source, up6_from_loopback),
	UP6("from ff02::1", any_source, up6_from_group),
	DOWN4("down from 0.0.0.0", down_from_none),
	DOWN4("down from 0.255.255.255", down_from_net_0),
	DOWN4("down from 127.0.0.1", down_from_loopback),
	DOWN4("down from 127.255.255.255", down_from_net_127),
	DOWN4("down from 224.0.0.1", down_from_group),
	DOWN4("down from 240.0.0.1", down_from_class_e),
	DOWN4("down from 255.255.255.255", down_from_all),
	DOWN6("down from ::", down6_from_unspecified),
	DOWN6("down from ::1", down6_from_loopback),
	DOWN6("down from an IPv4-mapped one", down6_from_mapped),
	DOWN6("down from fe80::1", down6_from_link),
	DOWN6("down from febf:ffff::1", down6_from_link_end),
	DOWN6("down from ff02::1", down6_from_group),
};

const struct vector_table martian_vectors = {
	.rows = rows,
	.count = sizeof(rows) / sizeof(rows[0]),
};
