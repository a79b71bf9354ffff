/* SPDX-License-Identifier: GPL-2.0-only */
/* What the slow path carries, refuses and counts; services beside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "slow_rig.h"

/* ---- what is carried ----------------------------------------------------- */

static void test_pppoe_to_l2tp(void **state)
{
	static const uint8_t head[] = {0, 2, 0x12, 0x34, 0x56, 0x78,
				       0xff, 3, 0, 0x21};
	static const uint8_t below[] = {
		0x81, 0, 0, 100, 0x88, 0x64, 0x11, 0, 0, LAC_SESSION, 0, 102,
		0, 0x21};
	uint8_t frame[200], got[200];

	(void)state;
	memcpy(frame, own, 6);
	memcpy(frame + 6, client, 6);
	memcpy(frame + 12, below, sizeof(below));
	ip_build(frame + 26, 1, 2, 0, 100);
	assert_int_equal(send(w.port, frame, 126, 0), 126);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 110);
	assert_memory_equal(got, head, sizeof(head));
	assert_memory_equal(got + 10, frame + 26, 100);
	COUNTS(SLOW_TO_L2TP);
	assert_int_equal(w.legs[LAC_SESSION].packets, 1);
	assert_int_equal(w.legs[LAC_SESSION].octets, 102);
	frame[11] ^= 1; /* of another client */
	assert_int_equal(send(w.port, frame, 126, 0), 126);
	COUNTS(SLOW_WRONG_SENDER);
}

static void test_l2tp_to_pppoe(void **state)
{
	static const uint8_t below[] = {
		0x81, 0, 0x40, 100, 0x88, 0x64, 0x11, 0, 0, LAC_SESSION, 0,
		102, 0, 0x21};
	uint8_t packet[100], got[200];

	(void)state;
	ip_build(packet, 1, 2, 0, 100);
	peer_send(w.peer, LAC_CORE, "\xff\3\0\x21", 4, packet, 100);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 126);
	assert_memory_equal(got, client, 6);
	assert_memory_equal(got + 6, own, 6);
	assert_memory_equal(got + 12, below, sizeof(below));
	assert_memory_equal(got + 26, packet, 100);
	COUNTS(SLOW_TO_PPPOE);
}

static void no_session_send(const uint8_t *to, uint16_t session)
{
	uint8_t frame[126];

	memcpy(frame, to, 6);
	memcpy(frame + 6, client, 6);
	memcpy(frame + 12, "\x81\0\0\x64\x88\x64\x11\0\0\0\0\x66\0\x21", 14);
	frame[20] = (uint8_t)(session >> 8);
	frame[21] = (uint8_t)session;
	ip_build(frame + 26, 1, 2, 0, 100);
	assert_int_equal(send(w.port, frame, sizeof(frame), 0), sizeof(frame));
}

/* Its sender is told; nobody is who has another one's, or asks another. */
static void test_no_session(void **state)
{
	static const uint8_t padt[] =
		"\x81\0\0\x64\x88\x63\x11\xa7\x77\x88\0\x13"
		"\2\3\0\x0fno such session";
	struct leg *leg = &w.legs[LAC_SESSION];
	uint8_t got[200];

	(void)state;
	no_session_send(own, 0x7788);
	assert_int_equal(arrives(w.port, got, sizeof(got)),
			 12 + sizeof(padt) - 1);
	assert_memory_equal(got, client, 6);
	assert_memory_equal(got + 6, own, 6);
	assert_memory_equal(got + 12, padt, sizeof(padt) - 1);
	COUNTS(SLOW_PADT);
	no_session_send(client, 0x7788);
	COUNTS(SLOW_UNKNOWN);
	leg->in.pppoe.mac[5] ^= 1;
	no_session_send(own, LAC_SESSION);
	COUNTS(SLOW_WRONG_SENDER);
	assert_int_equal(recv(w.port, got, sizeof(got), 0), -1);
	assert_int_equal(slowpath_count(w.slow, COUNT_SLOW_PADT), 1);
}

static void test_sequence_numbers(void **state)
{
	uint8_t packet[100], got[200];
	struct leg *leg = &w.legs[LAC_SESSION];
	uint8_t frame[200];

	(void)state;
	leg->flags |= LEG_SEQUENCED;
	leg->to.l2tp.ns = 0x1fffe;
	memcpy(frame, own, 6);
	memcpy(frame + 6, client, 6);
	memcpy(frame + 12, "\x81\0\0\x64\x88\x64\x11\0\0\x11\0\x66\0\x21", 14);
	ip_build(packet, 1, 2, 0, 100);
	memcpy(frame + 26, packet, 100);
	for (uint16_t n = 0xfffe; n != 1; n++) {
		assert_int_equal(send(w.port, frame, 126, 0), 126);
		assert_int_equal(arrives(w.peer, got, sizeof(got)), 114);
		assert_memory_equal(got, "\x08\x02\x12\x34\x56\x78", 6);
		assert_int_equal(got[6] << 8 | got[7], n);
		assert_memory_equal(got + 8, "\0\0\xff\3\0\x21", 6);
	}
}

static void test_to_kernel(void **state)
{
	uint8_t packet[200], got[200];

	(void)state;
	ip_build(packet, 0x0a000005, 0xc0000201, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 100);
	assert_memory_equal(got, packet, 100);
	COUNTS(SLOW_TO_KERNEL);
	/* what lies behind it stays behind, and is not counted */
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 107);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 99); /* too short */
	COUNTS(SLOW_MALFORMED);
	assert_int_equal(w.legs[dataplane_slot(BANK, LNS_ACCESS)].octets,
			 2 * 102);
	/* spoofed; not negotiated; wrong IP version; empty */
	ip_build(packet, 0x0a000006, 0xc0000201, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	COUNTS(SLOW_SPOOFED);
	peer_send(w.peer, LNS_ACCESS, "\x57", 1, packet, 100);
	COUNTS(SLOW_CLOSED);
	packet[0] = 0x65;
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	COUNTS(SLOW_MALFORMED);
	peer_send(w.peer, 0x77, "\x21", 1, packet, 100);
	COUNTS(SLOW_UNKNOWN);
	peer_send(w.stranger, LNS_ACCESS, "\x21", 1, packet, 100);
	COUNTS(SLOW_WRONG_SENDER);
	assert_int_equal(recv(w.tun, got, sizeof(got), 0), -1);
}

/* From and to addresses that no router forwards, whoever sends it. */
static void test_martians(void **state)
{
	uint8_t packet[200], got[200], six[40] = {0x60};
	struct leg *leg = &w.legs[dataplane_slot(BANK, LNS_ACCESS)];

	(void)state;
	ip_build(packet, 0x0a000005, 0xe0000001, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	COUNTS(SLOW_MARTIAN);
	leg->to.ip.user4 = 0;
	ip_build(packet, 0x7f000001, 0xc0000201, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	while (slowpath_count(w.slow, COUNT_SLOW_MARTIAN) < 2)
		usleep(1000);
	leg->flags |= LEG_IP6;
	six[8] = 0x20; /* to :: */
	peer_send(w.peer, LNS_ACCESS, "\x57", 1, six, sizeof(six));
	while (slowpath_count(w.slow, COUNT_SLOW_MARTIAN) < 3)
		usleep(1000);
	/* out of the tun; class E goes to the kernel */
	ip_build(packet, 0xf0000001, 0x0a000005, 0, 100);
	assert_int_equal(send(w.tun, packet, 100, 0), 100);
	while (slowpath_count(w.slow, COUNT_SLOW_MARTIAN) < 4)
		usleep(1000);
	assert_int_equal(recv(w.peer, got, sizeof(got), MSG_DONTWAIT), -1);
	assert_int_equal(recv(w.tun, got, sizeof(got), MSG_DONTWAIT), -1);
	ip_build(packet, 0x0a000005, 0xf0000001, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 100);
}

static void test_blocked(void **state)
{
	uint8_t packet[100], got[200];

	(void)state;
	w.legs[dataplane_slot(BANK, LNS_ACCESS)].state = LEG_BLOCKED;
	ip_build(packet, 0x0a000005, 0xc0000201, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	COUNTS(SLOW_BLOCKED);
	assert_int_equal(w.legs[dataplane_slot(BANK, LNS_ACCESS)].dropped, 1);
	assert_int_equal(recv(w.tun, got, sizeof(got), 0), -1);
}

/* ---- from the kernel ----------------------------------------------------- */

static void test_from_kernel(void **state)
{
	static const uint8_t head[] = {0, 2, 0x12, 0x34, 0x9a, 0xbc,
				       0xff, 3, 0, 0x21};
	uint8_t packet[1600], got[1600];

	(void)state;
	ip_build(packet, 0xc0000201, 0x0a000005, 0x40, 1462);
	assert_int_equal(send(w.tun, packet, 1462, 0), 1462);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 1472);
	assert_memory_equal(got, head, sizeof(head));
	assert_memory_equal(got + 10, packet, 1462);
	packet[19] = 9; /* an address that nobody has */
	assert_int_equal(send(w.tun, packet, 1462, 0), 1462);
	COUNTS(SLOW_UNKNOWN);
	assert_int_equal(recv(w.peer, got, sizeof(got), 0), -1);
}

/* The host's own; neither of a subscriber nor unknown. */
static void test_multicast_from_kernel(void **state)
{
	/* an MLD report to ff02::16, and what only looks like one */
	uint8_t mld[48] = {0x60, [5] = 8, [7] = 1, [24] = 0xff, 2,
			   [39] = 0x16};
	uint8_t packet[100];

	(void)state;
	assert_int_equal(send(w.tun, mld, sizeof(mld), 0), sizeof(mld));
	COUNTS(SLOW_GROUP);
	ip_build(packet, 0xc0000201, 0xe00000fb, 0, sizeof(packet));
	assert_int_equal(send(w.tun, packet, sizeof(packet), 0),
			 sizeof(packet));
	COUNTS(SLOW_GROUP);
	mld[24] = 0xfe;
	assert_int_equal(send(w.tun, mld, sizeof(mld), 0), sizeof(mld));
	COUNTS(SLOW_UNKNOWN);
	assert_int_equal(send(w.tun, mld, 24, 0), 24); /* cut before it */
	COUNTS(SLOW_UNKNOWN);
}

/*
 * Of the gateway; what others send as one is theirs, and a later fragment, of a
 * long echo reply, has no type.
 */
static void test_redirect(void **state)
{
	uint8_t packet[100], got[200];

	(void)state;
	ip_build(packet, 0x0a000001, 0x0a000005, 0, 100);
	packet[9] = 1;
	packet[20] = 5;
	assert_int_equal(send(w.tun, packet, 100, 0), 100);
	COUNTS(SLOW_REDIRECT);
	assert_int_equal(recv(w.peer, got, sizeof(got), 0), -1);
	packet[20] = 11;
	assert_int_equal(send(w.tun, packet, 100, 0), 100);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 110);
	packet[20] = 5;
	packet[7] = 185; /* behind 1480 octets */
	assert_int_equal(send(w.tun, packet, 100, 0), 100);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 110);
	packet[7] = 0;
	packet[12] = 192;
	assert_int_equal(send(w.tun, packet, 100, 0), 100);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 110);
	assert_int_equal(slowpath_count(w.slow, COUNT_SLOW_REDIRECT), 1);
}

static void test_too_big(void **state)
{
	uint8_t packet[1600], got[1600];
	size_t first;

	(void)state;
	ip_build(packet, 0xc0000201, 0x0a000005, 0, 1492);
	assert_int_equal(send(w.tun, packet, 1492, 0), 1492);
	first = arrives(w.peer, got, sizeof(got));
	assert_int_equal(first, 10 + 20 + 1440);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 10 + 20 + 32);
	COUNTS(SLOW_FRAGMENTED);
	packet[6] = 0x40;
	assert_int_equal(send(w.tun, packet, 1492, 0), 1492);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 576);
	assert_memory_equal(got + 12, "\x0a\0\0\1\xc0\0\2\1\3\4", 10);
	assert_memory_equal(got + 26, "\x05\xb6", 2); /* 1462 */
	assert_memory_equal(got + 28, packet, 548);
	COUNTS(SLOW_REFUSED);
	packet[9] = 1; /* about an ICMP error nothing is said */
	packet[20] = 3;
	assert_int_equal(send(w.tun, packet, 1492, 0), 1492);
	COUNTS(SLOW_REFUSED_RATE);
	assert_int_equal(recv(w.tun, got, sizeof(got), 0), -1);
}

static void test_refusals_are_few(void **state)
{
	uint8_t packet[1600], got[600];
	unsigned int refused = 0;

	(void)state;
	ip_build(packet, 0xc0000201, 0x0a000005, 0x40, 1492);
	for (int i = 0; i < 3000; i++) {
		if (send(w.tun, packet, 1492, 0) != 1492)
			usleep(200);
		while (recv(w.tun, got, sizeof(got), 0) > 0)
			refused++;
	}
	COUNTS(SLOW_REFUSED_RATE);
	assert_true(refused > 100 && refused < 2100);
}

/* ---- no way -------------------------------------------------------------- */

static void test_no_way(void **state)
{
	uint8_t packet[200];

	(void)state;
	ip_build(packet, 0xc0000201, 0x0a000005, 0, 100);
	dataplane_tunnel_close(w.dp, TUNNEL);
	assert_int_equal(send(w.tun, packet, 100, 0), 100);
	COUNTS(SLOW_NO_WAY);
}

static void test_port_gone(void **state)
{
	uint8_t packet[100];

	(void)state;
	ip_build(packet, 1, 2, 0, 100);
	slowpath_port_drop(w.slow, IFINDEX);
	slowpath_port_drop(w.slow, IFINDEX);
	peer_send(w.peer, LAC_CORE, "\xff\3\0\x21", 4, packet, 100);
	COUNTS(SLOW_NO_WAY);
	/* its socket is closed, so our end is at its end */
	assert_int_equal(arrives(w.port, packet, sizeof(packet)), 0);
}

static void test_kernel_takes_nothing(void **state)
{
	uint8_t packet[100];

	(void)state;
	shutdown(w.tun, SHUT_RD);
	ip_build(packet, 0x0a000005, 0xc0000201, 0, 100);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, packet, 100);
	COUNTS(SLOW_FAILED);
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, slow_setup, slow_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pppoe_to_l2tp),
		TEST(test_l2tp_to_pppoe),
		TEST(test_no_session),
		TEST(test_sequence_numbers),
		TEST(test_to_kernel),
		TEST(test_martians),
		TEST(test_blocked),
		TEST(test_from_kernel),
		TEST(test_multicast_from_kernel),
		TEST(test_redirect),
		TEST(test_too_big),
		TEST(test_refusals_are_few),
		TEST(test_no_way),
		TEST(test_port_gone),
		TEST(test_kernel_takes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
