/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of AVPs, reading lists of them, building them; see avp.h. */
#include "proto/avp.h"

#include <errno.h>
#include <stdio.h>

/* What a value must be besides its length. */
enum avp_form {
	FORM_NONE = 0, /* a number that RFC 2661 leaves reserved */
	FORM_ANY,
	FORM_NOT_ZERO, /* an id or a window */
	FORM_OPTIONS,  /* PPP options: type, length with these two, value */
	FORM_ID,       /* a zero octet and one that counts */
};

enum avp_flag {
	FLAG_MANDATORY = 1, /* M is sent as 1 */
	FLAG_HIDEABLE = 2,
	FLAG_REPEATS = 4, /* legally more than once */
};

#define MH   (FLAG_MANDATORY | FLAG_HIDEABLE)
#define LONG AVP_VALUE_MAX

#define IN(message)  (1u << L2TP_##message)
#define IN_ALL	     0xFFFFFFFFu
#define IN_SETUP     (IN(SCCRQ) | IN(SCCRP))
#define IN_ASSIGNING (IN(ICRQ) | IN(ICRP) | IN(OCRQ) | IN(OCRP) | IN(CDN))
#define IN_CONNECTED (IN(ICCN) | IN(OCCN))

/* RFC 2661 4.4, RFC 3145, RFC 9601; rows in the order of their kinds. */
static const struct avp_row {
	uint8_t form;
	uint8_t flags;
	uint16_t min; /* octets of the value */
	uint16_t max;
	uint32_t messages; /* it is defined for */
} rows[AVP_COUNT] = {
	[AVP_MESSAGE_TYPE] = {FORM_ANY, FLAG_MANDATORY, 2, 2, IN_ALL},
	[AVP_RESULT_CODE] = {FORM_ANY, FLAG_MANDATORY, 2, LONG,
			     IN(STOPCCN) | IN(CDN)},
	[AVP_PROTOCOL_VERSION] = {FORM_ANY, FLAG_MANDATORY, 2, 2, IN_SETUP},
	[AVP_FRAMING_CAPABILITIES] = {FORM_ANY, MH, 4, 4, IN_SETUP},
	[AVP_BEARER_CAPABILITIES] = {FORM_ANY, MH, 4, 4, IN_SETUP},
	[AVP_TIE_BREAKER] = {FORM_ANY, 0, 8, 8, IN(SCCRQ)},
	[AVP_FIRMWARE_REVISION] = {FORM_ANY, FLAG_HIDEABLE, 2, 2, IN_SETUP},
	[AVP_HOST_NAME] = {FORM_ANY, FLAG_MANDATORY, 1, LONG, IN_SETUP},
	[AVP_VENDOR_NAME] = {FORM_ANY, FLAG_HIDEABLE, 0, LONG, IN_SETUP},
	[AVP_ASSIGNED_TUNNEL] = {FORM_NOT_ZERO, MH, 2, 2,
				 IN_SETUP | IN(STOPCCN)},
	[AVP_RECEIVE_WINDOW] = {FORM_NOT_ZERO, FLAG_MANDATORY, 2, 2, IN_SETUP},
	[AVP_CHALLENGE] = {FORM_ANY, MH, 1, LONG, IN_SETUP},
	[AVP_Q931_CAUSE] = {FORM_ANY, FLAG_MANDATORY, 3, LONG, IN(CDN)},
	[AVP_CHALLENGE_RESPONSE] = {FORM_ANY, MH, 16, 16,
				    IN(SCCRP) | IN(SCCCN)},
	[AVP_ASSIGNED_SESSION] = {FORM_NOT_ZERO, MH, 2, 2, IN_ASSIGNING},
	[AVP_CALL_SERIAL] = {FORM_ANY, MH, 4, 4, IN(ICRQ) | IN(OCRQ)},
	[AVP_MINIMUM_BPS] = {FORM_ANY, MH, 4, 4, IN(OCRQ)},
	[AVP_MAXIMUM_BPS] = {FORM_ANY, MH, 4, 4, IN(OCRQ)},
	[AVP_BEARER_TYPE] = {FORM_ANY, MH, 4, 4, IN(OCRQ) | IN(ICRQ)},
	[AVP_FRAMING_TYPE] = {FORM_ANY, MH, 4, 4, IN_CONNECTED | IN(OCRQ)},
	[AVP_CALLED_NUMBER] = {FORM_ANY, MH, 0, LONG, IN(OCRQ) | IN(ICRQ)},
	[AVP_CALLING_NUMBER] = {FORM_ANY, MH, 0, LONG, IN(ICRQ)},
	[AVP_SUB_ADDRESS] = {FORM_ANY, MH, 0, LONG, IN(ICRQ) | IN(OCRQ)},
	[AVP_TX_SPEED] = {FORM_ANY, MH, 4, 4, IN_CONNECTED},
	[AVP_PHYSICAL_CHANNEL] = {FORM_ANY, FLAG_HIDEABLE, 4, 4,
				  IN(ICRQ) | IN(OCRP)},
	[AVP_INITIAL_RECEIVED_CONFREQ] = {FORM_OPTIONS, FLAG_HIDEABLE, 0, LONG,
					  IN(ICCN)},
	[AVP_LAST_SENT_CONFREQ] = {FORM_OPTIONS, FLAG_HIDEABLE, 0, LONG,
				   IN(ICCN)},
	[AVP_LAST_RECEIVED_CONFREQ] = {FORM_OPTIONS, FLAG_HIDEABLE, 0, LONG,
				       IN(ICCN)},
	[AVP_PROXY_AUTH_TYPE] = {FORM_ANY, FLAG_HIDEABLE, 2, 2, IN(ICCN)},
	[AVP_PROXY_AUTH_NAME] = {FORM_ANY, FLAG_HIDEABLE, 0, LONG, IN(ICCN)},
	[AVP_PROXY_AUTH_CHALLENGE] = {FORM_ANY, FLAG_HIDEABLE, 1, LONG,
				      IN(ICCN)},
	[AVP_PROXY_AUTH_ID] = {FORM_ID, FLAG_HIDEABLE, 2, 2, IN(ICCN)},
	[AVP_PROXY_AUTH_RESPONSE] = {FORM_ANY, FLAG_HIDEABLE, 0, LONG,
				     IN(ICCN)},
	[AVP_CALL_ERRORS] = {FORM_ANY, MH, 26, 26, IN(WEN)},
	[AVP_ACCM] = {FORM_ANY, MH, 10, 10, IN(SLI)},
	[AVP_RANDOM_VECTOR] = {FORM_ANY, FLAG_MANDATORY | FLAG_REPEATS, 0, LONG,
			       IN_ALL},
	[AVP_PRIVATE_GROUP] = {FORM_ANY, FLAG_HIDEABLE, 0, LONG, IN(ICCN)},
	[AVP_RX_SPEED] = {FORM_ANY, FLAG_HIDEABLE, 4, 4, IN_CONNECTED},
	[AVP_SEQUENCING_REQUIRED] = {FORM_ANY, FLAG_MANDATORY, 0, 0,
				     IN_CONNECTED},
	[AVP_DISCONNECT_CAUSE] = {FORM_ANY, FLAG_HIDEABLE | FLAG_REPEATS, 5,
				  LONG, IN(CDN)},
	[AVP_ECN] = {FORM_ANY, FLAG_HIDEABLE, 0, 0, IN_SETUP},
};

/* One AVP as it stands in the list. */
struct avp {
	bool mandatory;
	bool hidden;
	bool reserved; /* reserved bits are set */
	uint16_t vendor;
	uint16_t number;
	struct view value;
};

enum {
	BIT_MANDATORY = 0x8000,
	BIT_HIDDEN = 0x4000,
	MASK_RESERVED = 0x3C00,
	MASK_LENGTH = 0x03FF,
};

/* What stays the same while a list is read. */
struct list_reader {
	struct view secret;
	struct view vector; /* the nearest Random Vector before */
	bool has_vector;
	struct builder *scratch;
};

static int avp_read(struct reader *r, struct avp *out)
{
	uint16_t word;

	if (read_u16(r, &word) || (word & MASK_LENGTH) < AVP_HEADER)
		return -EBADMSG;
	out->mandatory = word & BIT_MANDATORY;
	out->hidden = word & BIT_HIDDEN;
	out->reserved = word & MASK_RESERVED;
	if (read_u16(r, &out->vendor) || read_u16(r, &out->number))
		return -EBADMSG;
	return read_view(r, (word & MASK_LENGTH) - AVP_HEADER, &out->value);
}

enum { ECN_NUMBER = 103 };

static uint16_t number_of(enum avp_number place)
{
	return place == AVP_ECN ? ECN_NUMBER : (uint16_t)place;
}

/* The row of a number; AVP_COUNT: it has none. */
static unsigned int place_of(uint16_t number)
{
	if (number == ECN_NUMBER)
		return AVP_ECN;
	return number < AVP_ECN ? number : AVP_COUNT;
}

static const struct avp_row *avp_find(const struct avp *avp)
{
	unsigned int place = place_of(avp->number);

	if (avp->vendor == AVP_VENDOR_3COM &&
	    avp->number == AVP_DISCONNECT_CAUSE)
		return &rows[AVP_DISCONNECT_CAUSE];
	if (avp->reserved || avp->vendor || place == AVP_COUNT ||
	    rows[place].form == FORM_NONE)
		return NULL;
	return &rows[place];
}

static bool options_are_sound(struct view value)
{
	struct reader r = reader_of_view(value);
	uint8_t type, length;

	while (r.left)
		if (read_u8(&r, &type) || read_u8(&r, &length) || length < 2 ||
		    read_skip(&r, length - 2u))
			return false;
	return true;
}

static enum avp_fault value_check(const struct avp_row *row, struct view value)
{
	struct reader r = reader_of_view(value);
	uint16_t number = 0;

	if (value.len < row->min || value.len > row->max)
		return AVP_FAULT_LENGTH;
	switch (row->form) {
	case FORM_NOT_ZERO:
		read_u16(&r, &number);
		return number ? AVP_FINE : AVP_FAULT_VALUE;
	case FORM_ID:
		read_u16(&r, &number);
		return number < 0x100 ? AVP_FINE : AVP_FAULT_VALUE;
	case FORM_OPTIONS:
		return options_are_sound(value) ? AVP_FINE : AVP_FAULT_VALUE;
	default:
		return AVP_FINE;
	}
}

/* Puts a hidden value's original in its place, and judges it. */
static enum avp_fault hidden_check(const struct list_reader *list,
				   const struct avp_row *row, struct avp *avp)
{
	if (!(row->flags & FLAG_HIDEABLE) || !list->has_vector)
		return AVP_FAULT_VALUE;
	if (!list->secret.len)
		return AVP_FAULT_SECRET;
	/* another secret gives octets that hardly ever make sense */
	if (avp_reveal(avp->value, avp->number, list->secret, list->vector,
		       list->scratch, &avp->value) ||
	    value_check(row, avp->value))
		return AVP_FAULT_CIPHER;
	return AVP_FINE;
}

static void avps_set_problem(struct avps *avps, enum avp_fault fault,
			     const struct avp *avp)
{
	if (avps->problem.fault)
		return;
	avps->problem.fault = fault;
	if (!avp)
		return;
	avps->problem.named = true;
	avps->problem.vendor = avp->vendor;
	avps->problem.number = avp->number;
}

/* Records an ignored AVP; the first one is named. */
static void avps_name_first(struct avps *avps, const struct avp *avp)
{
	if (avps->ignored || avps->bad)
		return;
	avps->first_vendor = avp->vendor;
	avps->first_number = avp->number;
}

static void avps_ignore(struct avps *avps, const struct avp *avp)
{
	avps_name_first(avps, avp);
	avps->ignored++;
}

/* Takes one AVP after the first into the list. */
static void avps_add(struct list_reader *list, struct avps *avps,
		     struct avp *avp)
{
	const struct avp_row *row = avp_find(avp);
	enum avp_number place;
	enum avp_fault fault;

	if (!row) {
		avps_ignore(avps, avp);
		if (avp->mandatory)
			avps_set_problem(avps, AVP_FAULT_UNKNOWN, avp);
		return;
	}
	if (avps->type < 32 && !(row->messages & 1u << avps->type)) {
		avps_ignore(avps, avp);
		return;
	}
	place = (enum avp_number)(row - rows);
	fault = avp->hidden ? hidden_check(list, row, avp)
			    : value_check(row, avp->value);
	if (fault == AVP_FAULT_CIPHER || fault == AVP_FAULT_SECRET)
		avps->hidden = fault;
	if (fault && avp->mandatory) {
		avps_set_problem(avps, fault, avp);
	} else if (fault) {
		avps_name_first(avps, avp);
		avps->bad |= AVP_BIT(place);
	} else if (place == AVP_RANDOM_VECTOR) {
		list->vector = avp->value;
		list->has_vector = true;
	} else if (avps_has(avps, place)) {
		if (!(row->flags & FLAG_REPEATS))
			avps_ignore(avps, avp);
	} else {
		avps->has |= AVP_BIT(place);
		avps->value[place] = avp->value;
	}
}

/* The list must begin with a Message Type in clear. */
static int avps_read_type(struct reader *r, struct avps *avps)
{
	struct avp avp = {0};
	struct reader value;

	if (avp_read(r, &avp)) {
		avps_set_problem(avps, AVP_FAULT_LENGTH, NULL);
		return -EBADMSG;
	}
	if (avp.vendor || avp.number != AVP_MESSAGE_TYPE || avp.hidden) {
		avps_set_problem(avps, AVP_FAULT_NO_TYPE, NULL);
		return -EBADMSG;
	}
	value = reader_of_view(avp.value);
	if (avp.value.len != 2 || read_u16(&value, &avps->type)) {
		avps_set_problem(avps, AVP_FAULT_LENGTH, &avp);
		return -EBADMSG;
	}
	avps->has_type = true;
	avps->has = AVP_BIT(AVP_MESSAGE_TYPE);
	avps->type_mandatory = avp.mandatory;
	if (avp.reserved)
		avps_set_problem(avps, AVP_FAULT_UNKNOWN, &avp);
	return 0;
}

void avps_read(struct view body, struct view secret, struct builder *scratch,
	       struct avps *out)
{
	struct list_reader list = {.secret = secret, .scratch = scratch};
	struct reader r = reader_of_view(body);

	*out = (struct avps){0};
	if (avps_read_type(&r, out))
		return;
	while (r.left) {
		struct avp avp = {0};

		if (avp_read(&r, &avp)) {
			/* the next AVP cannot be found */
			avps_set_problem(out, AVP_FAULT_LENGTH, NULL);
			return;
		}
		avps_add(&list, out, &avp);
	}
}

const char *avps_ignored_text(const struct avps *avps,
			      char out[AVPS_IGNORED_TEXT])
{
	const char *hidden = "";

	if (avps->hidden == AVP_FAULT_CIPHER)
		hidden = "; hidden ones do not decrypt, wrong secret?";
	else if (avps->hidden == AVP_FAULT_SECRET)
		hidden = "; hidden ones need a secret";
	out[0] = '\0';
	if (avps->bad || avps->ignored)
		snprintf(out, AVPS_IGNORED_TEXT,
			 "%d unusable and %u other AVPs, the first is %u/%u%s",
			 __builtin_popcountll(avps->bad), avps->ignored,
			 avps->first_vendor, avps->first_number, hidden);
	return out;
}

uint16_t avps_u16(const struct avps *avps, enum avp_number number)
{
	struct reader r = reader_of_view(avps->value[number]);
	uint16_t value = 0;

	read_u16(&r, &value);
	return value;
}

uint32_t avps_u32(const struct avps *avps, enum avp_number number)
{
	struct reader r = reader_of_view(avps->value[number]);
	uint32_t value = 0;

	read_u32(&r, &value);
	return value;
}

uint64_t avps_u64(const struct avps *avps, enum avp_number number)
{
	struct reader r = reader_of_view(avps->value[number]);
	uint64_t value = 0;

	read_u64(&r, &value);
	return value;
}

void avp_problem_result(const struct avp_problem *problem,
			struct l2tp_result *out)
{
	static const struct {
		uint16_t error;
		const char *text;
	} answers[] = {
		[AVP_FAULT_LENGTH] = {L2TP_ERROR_LENGTH, "bad length"},
		[AVP_FAULT_VALUE] = {L2TP_ERROR_VALUE, "bad value"},
		[AVP_FAULT_CIPHER] = {L2TP_ERROR_VALUE,
				      "does not decrypt, wrong secret?"},
		[AVP_FAULT_SECRET] = {L2TP_ERROR_VALUE,
				      "is hidden, no secret is configured"},
		[AVP_FAULT_UNKNOWN] = {L2TP_ERROR_UNKNOWN_AVP, ""},
		[AVP_FAULT_NO_TYPE] = {L2TP_ERROR_VENDOR, "no message type"},
	};
	const char *text = answers[problem->fault].text;
	*out = (struct l2tp_result){
		.result = STOPCCN_ERROR, /* CDN_ERROR is the same number */
		.error = answers[problem->fault].error,
	};
	if (problem->named)
		snprintf(out->text, sizeof(out->text), "AVP %u/%u%s%s",
			 problem->vendor, problem->number, *text ? " " : "",
			 text);
	else
		snprintf(out->text, sizeof(out->text), "%s", text);
}

bool avps_missing(const struct avps *avps, uint64_t required,
		  struct l2tp_result *why)
{
	uint64_t missing = required & ~avps->has;

	if (!missing)
		return false;
	*why = (struct l2tp_result){
		.result = STOPCCN_ERROR,
		.error = L2TP_ERROR_VENDOR,
	};
	snprintf(why->text, sizeof(why->text), "missing AVP %d",
		 __builtin_ctzll(missing));
	return true;
}

static void avp_begin(struct builder *b, enum avp_number number, uint16_t bits,
		      size_t value_len)
{
	if (value_len > AVP_VALUE_MAX) {
		b->full = true;
		return;
	}
	if (rows[number].flags & FLAG_MANDATORY)
		bits |= BIT_MANDATORY;
	build_u16(b, (uint16_t)(bits | (AVP_HEADER + value_len)));
	build_u16(b, 0);
	build_u16(b, number_of(number));
}

void avp_build(struct builder *b, enum avp_number number, struct view value)
{
	avp_begin(b, number, 0, value.len);
	build_view(b, value);
}

void avp_build_u16(struct builder *b, enum avp_number number, uint16_t value)
{
	avp_begin(b, number, 0, 2);
	build_u16(b, value);
}

void avp_build_u32(struct builder *b, enum avp_number number, uint32_t value)
{
	avp_begin(b, number, 0, 4);
	build_u32(b, value);
}

void avp_build_hidden(struct builder *b, enum avp_number number,
		      struct view value, const struct avp_hiding *hiding)
{
	if (!hiding->secret.len || !(rows[number].flags & FLAG_HIDEABLE)) {
		avp_build(b, number, value);
		return;
	}
	avp_begin(b, number, BIT_HIDDEN, 2 + value.len + hiding->padding.len);
	avp_hide(b, number, value, hiding);
}
