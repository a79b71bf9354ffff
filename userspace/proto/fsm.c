/* SPDX-License-Identifier: GPL-2.0-only */
/* The automaton of RFC 1661 section 4; see fsm.h. */
#include "proto/fsm.h"

#include "base/log.h"

/* How long our request waits for its answer once the peer was heard. */
enum { HASTE_MS = 250 };

/* Short as in the RFC, so that the table below can be held against it. */
#define tld FSM_TLD
#define irc FSM_IRC
#define zrc FSM_ZRC
#define scr FSM_SCR
#define sca FSM_SCA
#define scn FSM_SCN
#define str FSM_STR
#define sta FSM_STA
#define scj FSM_SCJ
#define ser FSM_SER
#define tls FSM_TLS
#define tlu FSM_TLU
#define tlf FSM_TLF

#define DO(actions, next)               \
	{                               \
		(actions), (next), true \
	}
#define TO(next)                \
	{                       \
		0, (next), true \
	}
#define NO                  \
	{                   \
		0, 0, false \
	} /* cannot happen, or must not */

/*
 * RFC 1661 4.1; columns are states 0 to 9.  Of its options, passive waiting
 * (p) is not taken, and Open in an open state does not restart (r).
 */
/* clang-format off */
static const struct fsm_cell table[FSM_EVENTS][FSM_STATES] = {
[FSM_UP] = {
	TO(2), DO(irc | scr, 6), NO, NO, NO, NO,
	NO, NO, NO, NO },
[FSM_DOWN] = {
	NO, NO, TO(0), DO(tls, 1), TO(0), TO(1),
	TO(1), TO(1), TO(1), DO(tld, 1) },
[FSM_OPEN] = {
	DO(tls, 1), TO(1), DO(irc | scr, 6), TO(3), TO(5), TO(5),
	TO(6), TO(7), TO(8), TO(9) },
[FSM_CLOSE] = {
	TO(0), DO(tlf, 0), TO(2), TO(2), TO(4), TO(4),
	DO(irc | str, 4), DO(irc | str, 4), DO(irc | str, 4),
	DO(tld | irc | str, 4) },
[FSM_TIMEOUT_MORE] = {
	NO, NO, NO, NO, DO(str, 4), DO(str, 5),
	DO(scr, 6), DO(scr, 6), DO(scr, 8), NO },
[FSM_TIMEOUT_LAST] = {
	NO, NO, NO, NO, DO(tlf, 2), DO(tlf, 3),
	DO(tlf, 3), DO(tlf, 3), DO(tlf, 3), NO },
[FSM_REQUEST_GOOD] = {
	NO, NO, DO(sta, 2), DO(irc | scr | sca, 8), TO(4), TO(5),
	DO(sca, 8), DO(sca | tlu, 9), DO(sca, 8), DO(tld | scr | sca, 8) },
[FSM_REQUEST_BAD] = {
	NO, NO, DO(sta, 2), DO(irc | scr | scn, 6), TO(4), TO(5),
	DO(scn, 6), DO(scn, 7), DO(scn, 6), DO(tld | scr | scn, 6) },
[FSM_ACK] = {
	NO, NO, DO(sta, 2), DO(sta, 3), TO(4), TO(5),
	DO(irc, 7), DO(scr, 6), DO(irc | tlu, 9), DO(tld | scr, 6) },
[FSM_NAK] = {
	NO, NO, DO(sta, 2), DO(sta, 3), TO(4), TO(5),
	DO(irc | scr, 6), DO(scr, 6), DO(irc | scr, 8), DO(tld | scr, 6) },
[FSM_TERMINATE] = {
	NO, NO, DO(sta, 2), DO(sta, 3), DO(sta, 4), DO(sta, 5),
	DO(sta, 6), DO(sta, 6), DO(sta, 6), DO(tld | zrc | sta, 5) },
[FSM_TERMINATE_ACK] = {
	NO, NO, TO(2), TO(3), DO(tlf, 2), DO(tlf, 3),
	TO(6), TO(6), TO(8), DO(tld | scr, 6) },
[FSM_UNKNOWN_CODE] = {
	NO, NO, DO(scj, 2), DO(scj, 3), DO(scj, 4), DO(scj, 5),
	DO(scj, 6), DO(scj, 7), DO(scj, 8), DO(scj, 9) },
[FSM_REJECT_GOOD] = {
	NO, NO, TO(2), TO(3), TO(4), TO(5),
	TO(6), TO(6), TO(8), TO(9) },
[FSM_REJECT_BAD] = {
	NO, NO, DO(tlf, 2), DO(tlf, 3), DO(tlf, 2), DO(tlf, 3),
	DO(tlf, 3), DO(tlf, 3), DO(tlf, 3), DO(tld | irc | str, 5) },
[FSM_ECHO] = {
	NO, NO, TO(2), TO(3), TO(4), TO(5),
	TO(6), TO(7), TO(8), DO(ser, 9) },
};
/* clang-format on */

static const char *const event_names[FSM_EVENTS] = {
	"Up",  "Down", "Open", "Close", "TO+", "TO-",  "RCR+", "RCR-",
	"RCA", "RCN",  "RTR",  "RTA",	"RUC", "RXJ+", "RXJ-", "RXR",
};

const char *fsm_state_name(enum fsm_state state)
{
	static const char *const names[FSM_STATES] = {
		"Initial",  "Starting", "Closed",   "Stopped",	"Closing",
		"Stopping", "Req-Sent", "Ack-Rcvd", "Ack-Sent", "Opened",
	};

	return names[state];
}

const struct fsm_cell *fsm_cell(enum fsm_event event, enum fsm_state state)
{
	return &table[event][state];
}

/* The restart timer runs only where the table has TO events. */
static bool fsm_is_timed(enum fsm_state state)
{
	return state >= FSM_CLOSING && state <= FSM_ACK_SENT;
}

static void fsm_set_state(struct fsm *fsm, enum fsm_state state,
			  const char *why)
{
	if (state != fsm->state)
		log_debug("%s: %s %s -> %s (%s)", fsm->subject, fsm->name,
			  fsm_state_name(fsm->state), fsm_state_name(state),
			  why);
	fsm->from = fsm->state;
	fsm->state = state;
	if (!fsm_is_timed(state))
		fsm->timer = NEVER;
}

/* What the automaton itself does for an action, before its owner does it. */
static void fsm_count(struct fsm *fsm, enum fsm_action action,
		      struct instant now)
{
	bool closing = fsm->state == FSM_CLOSING || fsm->state == FSM_STOPPING;

	switch (action) {
	case FSM_IRC:
		fsm->left = closing ? fsm->config.max_terminate
				    : fsm->config.max_configure;
		return;
	case FSM_ZRC:
		fsm->left = 0;
		break;
	case FSM_SCR:
	case FSM_STR:
		if (fsm->left)
			fsm->left--;
		break;
	default:
		return;
	}
	fsm->timer = instant_after(now, fsm->config.restart_ms);
}

/*
 * The peer speaks, so it can hear now; what we sent before may have come too
 * early (a PPPoE client connects its PPP only after the PADS).  Then our
 * request is not left to the whole restart timer.
 */
static void fsm_hasten(struct fsm *fsm, enum fsm_event event,
		       struct instant now)
{
	if (event == FSM_REQUEST_GOOD && fsm->from == FSM_REQ_SENT &&
	    fsm->state == FSM_ACK_SENT)
		fsm->timer =
			instant_first(fsm->timer, instant_after(now, HASTE_MS));
}

void fsm_event(struct fsm *fsm, enum fsm_event event, struct instant now)
{
	const struct fsm_cell *cell = fsm_cell(event, fsm->state);
	uint32_t mine = ++fsm->events;

	if (!cell->legal) {
		log_debug("%s: %s %s in %s ignored", fsm->subject, fsm->name,
			  event_names[event], fsm_state_name(fsm->state));
		return;
	}
	fsm->event = event;
	fsm_set_state(fsm, (enum fsm_state)cell->next, event_names[event]);
	for (unsigned int bit = 1; bit < FSM_ACTION_END; bit <<= 1) {
		if (!(cell->actions & bit))
			continue;
		fsm_count(fsm, bit, now);
		if (bit != FSM_IRC && bit != FSM_ZRC)
			fsm->act(fsm->ctx, bit, now);
		if (fsm->events != mine)
			return;
	}
	fsm_hasten(fsm, event, now);
}

void fsm_adopt(struct fsm *fsm)
{
	fsm_set_state(fsm, FSM_OPENED, "proxy");
}

void fsm_stop(struct fsm *fsm)
{
	fsm->events++;
	fsm_set_state(fsm, FSM_INITIAL, "stop");
}

void fsm_timeout(struct fsm *fsm, struct instant now)
{
	fsm->timer = NEVER;
	fsm_event(fsm, fsm->left ? FSM_TIMEOUT_MORE : FSM_TIMEOUT_LAST, now);
}
