/* SPDX-License-Identifier: GPL-2.0-only */
/* SCCRQ before there is a tunnel: rows 11, 12, 21, 25, 27, 30, 31. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l2tp_pair.h"

#define HEAD	"0000 0000 0000 0000"
#define TYPE	"8008 0000 0000 0001"
#define VERSION "8008 0000 0002 0100"
#define FRAMING "800a 0000 0003 00000003"
#define HOST	"800a 0000 0007 6c616331"
#define TUNNEL	"8008 0000 0009 1234"

static int read_sccrq(const char *hex, const char *secret, struct sccrq *out,
		      struct l2tp_result *why)
{
	static uint8_t scratch[1024];
	static struct datagram d;

	d = from_hex(hex);
	return sccrq_read(datagram_view(&d), view_text(secret), out, scratch,
			  sizeof(scratch), why);
}

static void test_vector(void **state)
{
	struct datagram d =
		from_hex("c802 0060 0000 0000 0000 0000 8008 0000 0000 0001"
			 "8008 0000 0002 0100 800a 0000 0003 00000003"
			 "800a 0000 0004 00000000 800a 0000 0007 6c616331"
			 "8008 0000 0009 1234 8008 0000 000a 0010"
			 "8016 0000 000b 000102030405060708090a0b0c0d0e0f");
	uint8_t scratch[1024];
	struct l2tp_result why;
	struct sccrq sccrq;
	struct view host;

	(void)state;
	assert_int_equal(sccrq_host_name(datagram_view(&d), &host), 0);
	assert_true(view_equal(host, view_text("lac1")));
	assert_int_equal(sccrq_read(datagram_view(&d), (struct view){0}, &sccrq,
				    scratch, sizeof(scratch), &why),
			 0);
	assert_int_equal(sccrq.assigned, 0x1234);
	assert_true(view_equal(sccrq.host_name, view_text("lac1")));
	assert_int_equal(sccrq.framing, 3);
	assert_int_equal(sccrq.window, 16);
	assert_octets(sccrq.challenge, "000102030405060708090a0b0c0d0e0f");
	assert_false(sccrq.has_tie_breaker);
	assert_int_equal(sccrq.vendor_name.len, 0);
}

static void test_extras(void **state)
{
	struct l2tp_result why;
	struct sccrq sccrq;

	(void)state;
	assert_int_equal(
		read_sccrq("c802 0057" HEAD TYPE VERSION FRAMING HOST TUNNEL
			   "000e 0000 0005 0102030405060708"
			   "0008 0000 0006 0105 0009 0000 0008 6c3278",
			   "", &sccrq, &why),
		0);
	assert_true(sccrq.has_tie_breaker);
	assert_true(sccrq.tie_breaker == 0x0102030405060708);
	assert_int_equal(sccrq.firmware, 0x0105);
	assert_true(view_equal(sccrq.vendor_name, view_text("l2x")));
	assert_int_equal(sccrq.window, 4); /* what it does not say */
}

static void test_hidden_tunnel(void **state)
{
	static const char hex[] =
		"c802 0050" HEAD TYPE VERSION FRAMING HOST
		"8016 0000 0024 a1b2c3d4e5f60718293a4b5c6d7e8f90"
		"c00a 0000 0009 163e96e7";
	struct l2tp_result why;
	struct sccrq sccrq;

	(void)state;
	assert_int_equal(read_sccrq(hex, "l2tpsecret", &sccrq, &why), 0);
	assert_int_equal(sccrq.assigned, 0x1234);
	/* unreadable, so there is nowhere to send an answer to */
	assert_int_equal(read_sccrq(hex, "", &sccrq, &why), -EKEYREJECTED);
	assert_int_equal(sccrq.assigned, 0);
	assert_string_equal(why.text,
			    "AVP 0/9 is hidden, no secret is configured");
	assert_int_equal(read_sccrq(hex, "wrong", &sccrq, &why), -EKEYREJECTED);
	assert_int_equal(sccrq.assigned, 0);
	assert_string_equal(why.text,
			    "AVP 0/9 does not decrypt, wrong secret?");
}

/* What may be left out and does not decrypt is only told. */
static void test_hidden_vendor(void **state)
{
	static const char hex[] =
		"c802 0058" HEAD TYPE VERSION FRAMING HOST TUNNEL
		"8016 0000 0024 a1b2c3d4e5f60718293a4b5c6d7e8f90"
		"400a 0000 0008 ffffffff";
	struct l2tp_result why;
	struct sccrq sccrq;

	(void)state;
	assert_int_equal(read_sccrq(hex, "wrong", &sccrq, &why), 0);
	assert_string_equal(sccrq.ignored,
			    "1 unusable and 0 other AVPs, the first is 0/8; "
			    "hidden ones do not decrypt, wrong secret?");
	assert_int_equal(read_sccrq(hex, "", &sccrq, &why), 0);
	assert_string_equal(sccrq.ignored,
			    "1 unusable and 0 other AVPs, the first is 0/8; "
			    "hidden ones need a secret");
}

static void test_silence(void **state)
{
	static const char *const bad[] = {
		"",
		"c802 000c" HEAD,
		/* 11: Ns 5 */
		"c802 0038 0000 0000 0005 0000" TYPE VERSION FRAMING HOST
			TUNNEL,
		/* 12: HELLO */
		"c802 0014" HEAD "8008 0000 0000 0006",
		/* tunnel or session in the header */
		"c802 0038 0001 0000 0000 0000" TYPE VERSION FRAMING HOST
			TUNNEL,
		"c802 0038 0000 0001 0000 0000" TYPE VERSION FRAMING HOST
			TUNNEL,
		/* no type, data, version 3 */
		"c802 0014" HEAD TUNNEL,
		"4802 0038" HEAD TYPE VERSION FRAMING HOST TUNNEL,
		"c803 0038" HEAD TYPE VERSION FRAMING HOST TUNNEL,
	};
	/* and these name a host, but nowhere to answer */
	static const char *const no_tunnel[] = {
		/* 25: tunnel id 0 */
		"c802 0038" HEAD TYPE VERSION FRAMING HOST
		"8008 0000 0009 0000",
		"c802 0030" HEAD TYPE VERSION FRAMING HOST,
		"c802 0038" HEAD TYPE VERSION FRAMING HOST
		"c008 0000 0009 1234",
	};
	struct l2tp_result why;
	struct sccrq sccrq;
	struct view host;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct datagram d = from_hex(bad[i]);

		assert_int_equal(sccrq_host_name(datagram_view(&d), &host),
				 -EBADMSG);
		assert_int_equal(read_sccrq(bad[i], "", &sccrq, &why),
				 -EBADMSG);
	}
	for (size_t i = 0; i < sizeof(no_tunnel) / sizeof(no_tunnel[0]); i++)
		assert_int_equal(read_sccrq(no_tunnel[i], "", &sccrq, &why),
				 -EBADMSG);
}

static void test_refusals(void **state)
{
	static const struct {
		const char *hex;
		uint16_t result, error;
		const char *text;
	} rows[] = {
		/* 21 */
		{"c802 003f" HEAD TYPE VERSION FRAMING HOST TUNNEL
		 "8007 0009 0007 78",
		 2, 8, "AVP 9/7"},
		/* 27 */
		{"c802 0040" HEAD TYPE VERSION FRAMING HOST TUNNEL
		 "8008 0000 000a 0000",
		 2, 3, "AVP 0/10 bad value"},
		/* 30 */
		{"c802 002e" HEAD TYPE VERSION FRAMING "8008 0000 0009 1234", 2,
		 6, "missing AVP 7"},
		/* 31 */
		{"c802 0038" HEAD TYPE
		 "8008 0000 0002 0200" FRAMING HOST TUNNEL,
		 5, 0x0100, ""},
		{"c802 0030" HEAD TYPE FRAMING HOST TUNNEL, 2, 6,
		 "missing AVP 2"},
		{"c802 002e" HEAD TYPE VERSION HOST TUNNEL, 2, 6,
		 "missing AVP 3"},
		{"c802 0034" HEAD TYPE VERSION FRAMING "8006 0000 0007" TUNNEL,
		 2, 2, "AVP 0/7 bad length"},
		{"c802 003a" HEAD TYPE VERSION FRAMING HOST TUNNEL "0005", 2, 2,
		 "bad length"},
		/* a recovery tunnel (RFC 4951) is not known here */
		{"c802 0048" HEAD TYPE VERSION FRAMING HOST TUNNEL
		 "8010 0000 004d 0000 0000 0001 0000 0002",
		 2, 8, "AVP 0/77"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct l2tp_result why;
		struct sccrq sccrq;

		assert_int_equal(read_sccrq(rows[i].hex, "", &sccrq, &why),
				 -EPROTO);
		assert_int_equal(sccrq.assigned, 0x1234);
		assert_int_equal(why.result, rows[i].result);
		assert_int_equal(why.error, rows[i].error);
		assert_string_equal(why.text, rows[i].text);
	}
}

/* Revision and unknown AVPs with M=0 are no reason to refuse. */
static void test_tolerance(void **state)
{
	struct l2tp_result why;
	struct sccrq sccrq;

	(void)state;
	assert_int_equal(read_sccrq("c802 004d" HEAD TYPE "8008 0000 0002 0107"
				    "800a 0000 0003 00000000" HOST TUNNEL
				    "000c 0000 004c 0003 00000000"
				    "0006 0000 0067 0003 0000 00",
				    "", &sccrq, &why),
			 -EPROTO); /* the last one has 3 octets */
	assert_int_equal(read_sccrq("c802 004a" HEAD TYPE "8008 0000 0002 0107"
				    "800a 0000 0003 00000000" HOST TUNNEL
				    "000c 0000 004c 0003 00000000"
				    "0006 0000 0067",
				    "", &sccrq, &why),
			 0);
}

static void test_refuse(void **state)
{
	const struct l2tp_result version = {.result = 5, .error = 0x0100};
	const struct l2tp_result unknown = {
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_UNKNOWN_AVP,
		.text = "AVP 0/200",
	};
	uint8_t octets[128];
	struct builder b = builder_on(octets, sizeof(octets));

	(void)state;
	assert_int_equal(sccrq_refuse(&b, 0x1234, 0x4321, &unknown), 0);
	assert_octets(builder_view(&b),
		      "c802 002f 1234 0000 0000 0001 8008 0000 0000 0004"
		      "8008 0000 0009 4321"
		      "8013 0000 0001 0002 0008 41565020302f323030");
	b = builder_on(octets, sizeof(octets));
	assert_int_equal(sccrq_refuse(&b, 0x1234, 0x4321, &version), 0);
	assert_octets(builder_view(&b),
		      "c802 0026 1234 0000 0000 0001 8008 0000 0000 0004"
		      "8008 0000 0009 4321 800a 0000 0001 0005 0100");
	b = builder_on(octets, 20);
	assert_int_equal(sccrq_refuse(&b, 0x1234, 0x4321, &version), -EMSGSIZE);
}

static void test_stopccn_assigned(void **state)
{
	struct datagram d =
		from_hex("c802 0024 0000 0000 0001 0000 8008 0000 0000 0004"
			 "8008 0000 0009 1234 8008 0000 0001 0001");
	uint16_t assigned = 0;

	(void)state;
	assert_int_equal(stopccn_assigned(datagram_view(&d), &assigned), 0);
	assert_int_equal(assigned, 0x1234);
	d.data[5] = 1; /* tunnel id: of a tunnel that we no longer know */
	assert_int_equal(stopccn_assigned(datagram_view(&d), &assigned), 0);
	d.data[7] = 1; /* session id */
	assert_int_equal(stopccn_assigned(datagram_view(&d), &assigned),
			 -EBADMSG);
	d.data[5] = d.data[7] = 0;
	d.data[27] = 0; /* Assigned Tunnel ID 0 */
	d.data[26] = 0;
	assert_int_equal(stopccn_assigned(datagram_view(&d), &assigned),
			 -EBADMSG);
	d.data[19] = 6; /* HELLO */
	assert_int_equal(stopccn_assigned(datagram_view(&d), &assigned),
			 -EBADMSG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vector),
		cmocka_unit_test(test_extras),
		cmocka_unit_test(test_hidden_tunnel),
		cmocka_unit_test(test_hidden_vendor),
		cmocka_unit_test(test_silence),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_stopccn_assigned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
