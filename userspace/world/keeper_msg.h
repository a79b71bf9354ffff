/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What keeper (privileged) and engine (not) say to each other over a
 * SOCK_SEQPACKET socket pair: records of one fixed size.  The engine asks, the
 * keeper answers with the same `number`, and tells about ports unasked.
 *
 * The keeper trusts nothing it reads here: the engine parses a network's bytes.
 */
#ifndef WORLD_KEEPER_MSG_H
#define WORLD_KEEPER_MSG_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/address.h"

enum keeper_msg_type {
	/* engine to keeper */
	/* address/length to the tun, mtu 0 = none; source: our own address
	 * there, 0.0.0.0 = any */
	KEEPER_ROUTE_ADD = 1,
	KEEPER_ROUTE_DEL,
	KEEPER_NEIGHBOUR_KEEP, /* keep address resolved on ifindex */
	KEEPER_NEIGHBOUR_DROP,
	KEEPER_NEIGHBOUR_ASK, /* resolve it now, if it is not kept */
	KEEPER_PORT_ATTACH, /* by name, with access flag */
	KEEPER_PORT_DETACH,
	KEEPER_NEIGHBOURS_DROP, /* all; those still wanted are asked for again */
	KEEPER_ALIVE, /* the engine's loop turns; has no reply */
	/* keeper to engine */
	/* error: 0 or -errno, text says why; to a request about a port that
	 * port's name, whose new state was told before */
	KEEPER_REPLY = 64,
	KEEPER_PORT, /* a port's state, with a packet socket if it has one */
	KEEPER_PORT_DATA, /* follows it: the socket for subscribers' data */
	KEEPER_FIREWALL, /* text: chain that drops what is forwarded, "" none */
};

enum keeper_port_state {
	KEEPER_PORT_ABSENT = 0, /* no such device (yet) */
	KEEPER_PORT_ATTACHED,
	KEEPER_PORT_FAILED, /* text says why: foreign program, no native XDP.. */
	KEEPER_PORT_DETACHED, /* taken away by an operator */
};

/* Whether the device takes frames that XDP sends there. */
enum keeper_redirect {
	KEEPER_REDIRECT_UNKNOWN = 0, /* the kernel does not say */
	KEEPER_REDIRECT_NO,
	KEEPER_REDIRECT_WHOLE, /* but none that lie in several pieces */
	KEEPER_REDIRECT_YES,
};

enum { KEEPER_PORTS = 256 }; /* as many as there can be */

struct keeper_port {
	char name[IF_NAMESIZE];
	uint32_t ifindex; /* 0 when absent */
	uint8_t mac[6];
	uint16_t mtu;
	uint32_t program_id; /* as `bpftool net` prints it */
	uint8_t state; /* enum keeper_port_state */
	uint8_t access; /* PPPoE is spoken here */
	uint8_t native; /* 1 native, 0 generic mode */
	uint8_t dispatcher; /* 1 behind libxdp's dispatcher, 0 single program */
	uint8_t up; /* carrier and administratively up */
	uint8_t offloads_on; /* enum device_offload: still on */
	uint8_t offloads_off; /* those that l2xd has switched off */
	uint8_t redirect; /* enum keeper_redirect */
};

struct keeper_msg {
	uint32_t type; /* enum keeper_msg_type */
	uint32_t number; /* chosen by the engine, repeated in the reply */
	int32_t error;
	char text[160]; /* terminated */
	union {
		struct {
			struct in_addr address;
			struct in_addr source;
			uint8_t length;
			uint8_t zero;
			uint16_t mtu;
		} route;
		struct {
			uint32_t ifindex;
			struct address address;
		} neighbour;
		struct keeper_port port;
	};
};

/* Those of enum device_offload that matter to a port of this kind. */
uint8_t keeper_port_offloads(bool access);
/*
 * Those of the offloads that are on which do harm.  In native mode a driver
 * that joins frames refuses the program, or silently stops joining.
 */
uint8_t keeper_port_harm(const struct keeper_port *port);
/* A text for the harm of the first of them. */
const char *keeper_harm_text(uint8_t harm);

/*
 * Whether this is a valid name for a port: safe as a device name, in paths and
 * in log lines.
 */
bool keeper_port_name(const char *name);

/*
 * Sends one record, with a descriptor unless fd is -1.  0 or -errno (-EAGAIN:
 * the socket is full).
 */
int keeper_msg_send(int socket, const struct keeper_msg *msg, int fd);
/*
 * Receives one record that is well formed (size, type, terminated strings);
 * *fd is -1 or a descriptor that the caller now owns.  -EAGAIN: none there,
 * -EPIPE: the other side is gone, -EBADMSG: not a record.
 */
int keeper_msg_receive(int socket, struct keeper_msg *msg, int *fd);

#endif
