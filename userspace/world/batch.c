/* SPDX-License-Identifier: GPL-2.0-only */
/* Many datagrams with one system call; see batch.h. */
#include "world/batch.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* ---- in ------------------------------------------------------------------ */

static void inbox_prepare(struct inbox *in)
{
	for (unsigned int i = 0; i < BATCH; i++) {
		in->parts[i] = (struct iovec){in->room[i], BATCH_ROOM};
		in->messages[i].msg_hdr = (struct msghdr){
			.msg_name = &in->from[i],
			.msg_namelen = sizeof(in->from[i]),
			.msg_iov = &in->parts[i],
			.msg_iovlen = 1,
			.msg_control = in->control[i].space,
			.msg_controllen = sizeof(in->control[i].space),
		};
	}
}

unsigned int inbox_receive(struct inbox *in, int fd)
{
	int got;

	inbox_prepare(in);
	got = recvmmsg(fd, in->messages, BATCH, MSG_DONTWAIT, NULL);
	in->count = got > 0 ? (unsigned int)got : 0;
	return in->count;
}

unsigned int inbox_read(struct inbox *in, int fd)
{
	for (in->count = 0; in->count < BATCH; in->count++) {
		ssize_t got = read(fd, in->room[in->count], BATCH_ROOM);

		if (got <= 0)
			break;
		in->messages[in->count].msg_len = (unsigned int)got;
	}
	return in->count;
}

struct view inbox_packet(const struct inbox *in, unsigned int n)
{
	return view_of(in->room[n], in->messages[n].msg_len);
}

struct builder inbox_edit(struct inbox *in, struct view part)
{
	uint8_t *rooms = in->room[0];

	return (struct builder){
		.data = rooms + (part.data - rooms),
		.len = part.len,
		.cap = part.len,
	};
}

static bool inbox_is_whole(const struct inbox *in, unsigned int n)
{
	return !(in->messages[n].msg_hdr.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
}

bool inbox_l2tp(struct inbox *in, unsigned int n, struct socket_l2tp *from,
		struct view *datagram)
{
	if (!inbox_is_whole(in, n) ||
	    socket_from(&in->messages[n].msg_hdr, from))
		return false;
	*datagram = inbox_packet(in, n);
	return true;
}

struct socket_outer inbox_outer(struct inbox *in, unsigned int n)
{
	return socket_outer(&in->messages[n].msg_hdr);
}

bool inbox_frame(struct inbox *in, unsigned int n, struct vlan_tag *stripped,
		 struct view *frame)
{
	/* the kernel shows also what this host sends */
	if (!inbox_is_whole(in, n) ||
	    in->from[n].link.sll_pkttype == PACKET_OUTGOING)
		return false;
	*stripped = socket_tag(&in->messages[n].msg_hdr);
	*frame = inbox_packet(in, n);
	return true;
}

/* ---- out ----------------------------------------------------------------- */

bool outbox_takes(const struct outbox *out, int fd)
{
	return !out->count || (out->count < BATCH && out->fd == fd);
}

struct builder outbox_head(struct outbox *out)
{
	return builder_on(out->head[out->count], BATCH_HEAD);
}

static struct msghdr *outbox_add(struct outbox *out, int fd,
				 const struct builder *head,
				 struct view payload)
{
	unsigned int n = out->count++;
	struct msghdr *msg = &out->messages[n].msg_hdr;

	out->fd = fd;
	out->parts[n][0] = (struct iovec){out->head[n], head->len};
	out->parts[n][1] = (struct iovec){(void *)(uintptr_t)payload.data,
					  payload.len};
	*msg = (struct msghdr){
		.msg_iov = out->parts[n],
		.msg_iovlen = 2,
	};
	return msg;
}

void outbox_add_frame(struct outbox *out, int fd, const struct builder *head,
		      struct view payload)
{
	outbox_add(out, fd, head, payload);
}

void outbox_add_l2tp(struct outbox *out, int fd, const struct builder *head,
		     struct view payload, const struct socket_l2tp *to,
		     uint8_t class)
{
	unsigned int n = out->count;
	struct msghdr *msg = outbox_add(out, fd, head, payload);

	msg->msg_name = &out->to[n];
	msg->msg_control = out->control[n].space;
	msg->msg_controllen = sizeof(out->control[n].space);
	socket_to_class(msg, to, class);
}

struct outbox_result outbox_flush(struct outbox *out)
{
	struct outbox_result result = {0};

	for (unsigned int at = 0; at < out->count;) {
		int sent = sendmmsg(out->fd, out->messages + at,
				    out->count - at,
				    MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0) {
			result.sent += (unsigned int)sent;
			at += (unsigned int)sent;
			continue;
		}
		/* the first one was refused: the next may be taken */
		if (errno == EMSGSIZE)
			result.too_big++;
		else
			result.failed++;
		at++;
	}
	out->count = 0;
	return result;
}
