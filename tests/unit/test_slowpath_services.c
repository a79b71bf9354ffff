/* SPDX-License-Identifier: GPL-2.0-only */
/* What the slow path does to a packet besides carrying it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "slow_rig.h"

enum {
	HIM = 0x0a000005, /* of the LNS' call */
	NET = 0xc0000201,
};

static struct leg *lns_leg(void)
{
	return &w.legs[dataplane_slot(BANK, LNS_ACCESS)];
}

/* ---- MSS ------------------------------------------------------------------ */

/* A SYN of 44 octets with an MSS of 1460; its checksum is 0x1234. */
static size_t syn_build(uint8_t *at, uint32_t from, uint32_t to)
{
	static const uint8_t tcp[] = {0, 80, 0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0,
				      0x60, 2, 0x20, 0, 0x12, 0x34, 0, 0,
				      2, 4, 0x05, 0xb4};

	ip_build(at, from, to, 0x40, 44);
	at[9] = 6;
	memcpy(at + 20, tcp, sizeof(tcp));
	return 44;
}

/* The same with its MSS lowered, by so much the checksum is more. */
static void syn_expect(const uint8_t *at, const uint8_t *sent, uint16_t mss)
{
	uint16_t sum = (uint16_t)(0x1234 + 1460 - mss);
	uint8_t want[44];

	memcpy(want, sent, sizeof(want));
	want[36] = (uint8_t)(sum >> 8);
	want[37] = (uint8_t)sum;
	want[42] = (uint8_t)(mss >> 8);
	want[43] = (uint8_t)mss;
	assert_memory_equal(at, want, sizeof(want));
}

static void test_mss_down(void **state)
{
	uint8_t syn[44], got[100];

	(void)state;
	syn_build(syn, NET, HIM);
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	syn_expect(got + 10, syn, 1460); /* as long as nobody wants it */
	dataplane_mss_clamp_set(w.dp, true);
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	syn_expect(got + 10, syn, 1422); /* what fits the tunnel is 1462 */
	/* a next hop that is not resolved makes no difference */
	dataplane_template_unready(w.dp, w.tunnel);
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	syn_expect(got + 10, syn, 1422);
	syn[33] = 0x10; /* no SYN */
	assert_int_equal(send(w.tun, syn, 44, 0), 44);
	assert_int_equal(arrives(w.peer, got, sizeof(got)), 54);
	assert_memory_equal(got + 10, syn, 44);
}

static void test_mss_up(void **state)
{
	uint8_t syn[44], got[100];

	(void)state;
	dataplane_mss_clamp_set(w.dp, true);
	lns_leg()->out_mtu = 1300;
	syn_build(syn, HIM, NET);
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, syn, 44);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 44);
	syn_expect(got, syn, 1260);
	lns_leg()->out_mtu = 0; /* not known */
	peer_send(w.peer, LNS_ACCESS, "\x21", 1, syn, 44);
	assert_int_equal(arrives(w.tun, got, sizeof(got)), 44);
	assert_memory_equal(got, syn, 44);
}

/* A switched call's packets are not ours. */
static void test_mss_switched(void **state)
{
	uint8_t syn[44], got[100];

	(void)state;
	dataplane_mss_clamp_set(w.dp, true);
	w.legs[dataplane_slot(BANK, LAC_CORE)].out_mtu = 576;
	syn_build(syn, NET, HIM);
	peer_send(w.peer, LAC_CORE, "\xff\3\0\x21", 4, syn, 44);
	assert_int_equal(arrives(w.port, got, sizeof(got)), 26 + 44);
	assert_memory_equal(got + 26, syn, 44);
}

#define TEST(name)                                                             \
	cmocka_unit_test_setup_teardown(name, slow_setup, slow_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_mss_down),
		TEST(test_mss_up),
		TEST(test_mss_switched),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
