/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading frames; see frame_read.h. */
#include <string.h>
#include "frame_read.h"

static __u16 word(const __u8 *at)
{
	return (__u16)(at[0] << 8 | at[1]);
}

size_t ip_total(const __u8 *ip, size_t room)
{
	size_t total;

	if (room >= 20 && ip[0] >> 4 == 4) {
		size_t header = (ip[0] & 15) * 4u;

		total = word(ip + 2);
		return header >= 20 && total >= header && total <= room ? total
									: 0;
	}
	if (room >= 40 && ip[0] >> 4 == 6) {
		total = 40u + word(ip + 4);
		return total <= room ? total : 0;
	}
	return 0;
}

bool ip_sum_holds(const __u8 *ip)
{
	__u32 sum = 0;
	size_t i;

	if (ip[0] >> 4 != 4)
		return true;
	for (i = 0; i < (ip[0] & 15) * 4u; i += 2)
		sum += word(ip + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* RFC 1661, RFC 1662: [FF 03] protocol, of one octet if that is odd. */
static bool ppp_read(const __u8 *at, size_t off, size_t end, struct reading *r)
{
	if (off < end && at[off] == 0xff) {
		if (end - off < 2 || at[off + 1] != 3)
			return false;
		off += 2;
	}
	if (off >= end || at[off] == 0xff)
		return false;
	if (at[off] & 1) {
		r->protocol = at[off++];
	} else {
		if (end - off < 2)
			return false;
		r->protocol = word(at + off);
		off += 2;
	}
	r->off = off;
	r->len = end - off;
	return true;
}

/* RFC 2516 section 4. */
static bool pppoe_read(const __u8 *at, size_t off, size_t end,
		       struct reading *r)
{
	size_t length;

	if (end - off < 6 || at[off] != 0x11 || at[off + 1])
		return false;
	r->session = word(at + off + 2);
	length = word(at + off + 4);
	off += 6;
	r->carrier = CARRIER_PPPOE;
	return length <= end - off && ppp_read(at, off, off + length, r);
}

/* RFC 2661 section 3.1, data messages only. */
static bool l2tp_read(const __u8 *at, size_t off, size_t end, struct reading *r)
{
	size_t begin = off, need = 6;
	__u16 flags;

	if (end - off < 6)
		return false;
	flags = word(at + off);
	if ((flags & 15) != 2 || flags & 0x8000)
		return false;
	if (flags & 0x4000) {
		need += 2;
		if (end - off < 8 || word(at + off + 2) < 8 ||
		    word(at + off + 2) > end - off)
			return false;
		end = begin + word(at + off + 2);
		off += 2;
	}
	r->tunnel = word(at + off + 2);
	r->session = word(at + off + 4);
	off = begin + need;
	r->numbered = flags & 0x0800;
	off += r->numbered ? 4 : 0;
	if (off > end)
		return false;
	if (flags & 0x0200) {
		if (end - off < 2)
			return false;
		off += 2u + word(at + off);
		if (off > end)
			return false;
	}
	r->carrier = CARRIER_L2TP;
	return off < end && ppp_read(at, off, end, r);
}

/* The cursor is behind a plain IP header of `header` octets. */
static bool udp_read(const __u8 *at, size_t off, size_t end, struct reading *r)
{
	size_t length;

	if (end - off < 8)
		return false;
	length = word(at + off + 4);
	return length >= 8 && length <= end - off &&
	       l2tp_read(at, off + 8, off + length, r);
}

static bool is_l2tp_port(const __u8 *udp, bool sent)
{
	return word(udp + (sent ? 0 : 2)) == 1701;
}

/* L2TP if it is that for whoever reads, else just IP. */
static void ip_read(const __u8 *at, size_t off, size_t len, bool sent,
		    struct reading *r)
{
	size_t total = ip_total(at + off, len - off);
	bool ip4 = total && at[off] >> 4 == 4;
	size_t header = ip4 ? 20 : 40;
	struct reading l2tp = *r;

	if (!total)
		return;
	r->carrier = CARRIER_IP;
	r->protocol = ip4 ? 0x0021 : 0x0057;
	r->off = off;
	r->len = total;
	if (total < header + 8 || at[off + (ip4 ? 9 : 6)] != 17)
		return;
	if (ip4 && (at[off] != 0x45 || word(at + off + 6) & 0x3fff))
		return;
	if (!is_l2tp_port(at + off + header, sent) ||
	    !udp_read(at, off + header, off + total, &l2tp))
		return;
	*r = l2tp;
	r->tos = ip4 ? at[off + 1] : (__u8)(word(at + off) >> 4);
}

struct reading frame_read(const __u8 *at, size_t len, bool sent)
{
	struct reading r = {0}, none = {0};
	size_t off = 14;
	__u16 type;

	if (len < 14)
		return none;
	type = word(at + 12);
	while ((type == 0x8100 || type == 0x88a8) && r.tags < 2) {
		if (len - off < 4)
			return none;
		type = word(at + off + 2);
		off += 4;
		r.tags++;
	}
	if (type == 0x8864 && !pppoe_read(at, off, len, &r))
		return none;
	if ((type == 0x0800 && off < len && at[off] >> 4 == 4) ||
	    (type == 0x86dd && off < len && at[off] >> 4 == 6))
		ip_read(at, off, len, sent, &r);
	return r;
}
