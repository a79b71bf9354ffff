/* SPDX-License-Identifier: GPL-2.0-only */
/* The automaton against RFC 1661 section 4.1, written here a second time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/fsm.h"

/*
 * RFC 1661 4.1: event, then the cells of states 0 to 9.  r, p and x are the
 * RFC's remarks on restart, passive and crossed; "-": cannot occur.
 */
static const char *const rfc[FSM_EVENTS][FSM_STATES] = {
	{"2", "irc,scr/6", "-", "-", "-", "-", "-", "-", "-", "-"},
	{"-", "-", "0", "tls/1", "0", "1", "1", "1", "1", "tld/1"},
	{"tls/1", "1", "irc,scr/6", "3r", "5r", "5r", "6", "7", "8", "9r"},
	{"0", "tlf/0", "2", "2", "4", "4", "irc,str/4", "irc,str/4",
	 "irc,str/4", "tld,irc,str/4"},
	{"-", "-", "-", "-", "str/4", "str/5", "scr/6", "scr/6", "scr/8", "-"},
	{"-", "-", "-", "-", "tlf/2", "tlf/3", "tlf/3p", "tlf/3p", "tlf/3p",
	 "-"},
	{"-", "-", "sta/2", "irc,scr,sca/8", "4", "5", "sca/8", "sca,tlu/9",
	 "sca/8", "tld,scr,sca/8"},
	{"-", "-", "sta/2", "irc,scr,scn/6", "4", "5", "scn/6", "scn/7",
	 "scn/6", "tld,scr,scn/6"},
	{"-", "-", "sta/2", "sta/3", "4", "5", "irc/7", "scr/6x", "irc,tlu/9",
	 "tld,scr/6x"},
	{"-", "-", "sta/2", "sta/3", "4", "5", "irc,scr/6", "scr/6x",
	 "irc,scr/8", "tld,scr/6x"},
	{"-", "-", "sta/2", "sta/3", "sta/4", "sta/5", "sta/6", "sta/6",
	 "sta/6", "tld,zrc,sta/5"},
	{"-", "-", "2", "3", "tlf/2", "tlf/3", "6", "6", "8", "tld,scr/6"},
	{"-", "-", "scj/2", "scj/3", "scj/4", "scj/5", "scj/6", "scj/7",
	 "scj/8", "scj/9"},
	{"-", "-", "2", "3", "4", "5", "6", "6", "8", "9"},
	{"-", "-", "tlf/2", "tlf/3", "tlf/2", "tlf/3", "tlf/3", "tlf/3",
	 "tlf/3", "tld,irc,str/5"},
	{"-", "-", "2", "3", "4", "5", "6", "7", "8", "ser/9"},
};

static const struct {
	const char *name;
	enum fsm_action action;
} actions[] = {
	{"tld", FSM_TLD}, {"irc", FSM_IRC}, {"zrc", FSM_ZRC}, {"scr", FSM_SCR},
	{"sca", FSM_SCA}, {"scn", FSM_SCN}, {"str", FSM_STR}, {"sta", FSM_STA},
	{"scj", FSM_SCJ}, {"ser", FSM_SER}, {"tls", FSM_TLS}, {"tlu", FSM_TLU},
	{"tlf", FSM_TLF},
};

static enum fsm_action action_named(const char *name)
{
	for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
		if (!strncmp(actions[i].name, name, 3))
			return actions[i].action;
	fail_msg("no action %s", name);
	return 0;
}

/* Reads a cell's text: its actions in order, and the next state. */
static int cell_read(const char *text, enum fsm_action order[4],
		     enum fsm_state *next)
{
	const char *slash = strchr(text, '/');
	int count = 0;

	*next = (enum fsm_state)(slash ? slash[1] : text[0]) - '0';
	while (slash && text < slash) {
		order[count++] = action_named(text);
		text += 4;
	}
	return count;
}

static void every_cell(void **state)
{
	(void)state;
	for (int e = 0; e < FSM_EVENTS; e++)
		for (int s = 0; s < FSM_STATES; s++) {
			const struct fsm_cell *cell = fsm_cell(e, s);
			enum fsm_action order[4];
			enum fsm_state next;
			unsigned int want = 0;

			if (rfc[e][s][0] == '-') {
				assert_false(cell->legal);
				continue;
			}
			assert_true(cell->legal);
			for (int n = cell_read(rfc[e][s], order, &next); n--;)
				want |= order[n];
			assert_int_equal(cell->actions, want);
			assert_int_equal(cell->next, next);
		}
}

/* ---- the machine that runs the table ------------------------------------- */

struct record {
	struct fsm fsm;
	enum fsm_action done[8];
	int count;
	bool close_on_down;
	bool stop_on_down;
};

static void on_act(void *ctx, enum fsm_action action, struct instant now)
{
	struct record *r = ctx;

	r->done[r->count++] = action;
	if (action == FSM_TLD && r->close_on_down)
		fsm_event(&r->fsm, FSM_CLOSE, now);
	if (action == FSM_TLD && r->stop_on_down)
		fsm_stop(&r->fsm);
}

static void record_init(struct record *r, enum fsm_state state)
{
	*r = (struct record){
		.fsm = {.state = state,
			.left = 7,
			.config = {3000, 10, 2},
			.subject = "test",
			.name = "LCP",
			.act = on_act},
	};
	r->fsm.ctx = r;
}

static const struct instant noon = {43200000};

/* What an event does, in the RFC's order; irc and zrc show in the counter. */
static void every_cell_is_done_in_order(void **state)
{
	(void)state;
	for (int e = 0; e < FSM_EVENTS; e++)
		for (int s = 0; s < FSM_STATES; s++) {
			enum fsm_action order[4];
			enum fsm_state next = s;
			struct record r;
			int count = 0, at = 0, left = 7;

			record_init(&r, s);
			if (rfc[e][s][0] != '-')
				count = cell_read(rfc[e][s], order, &next);
			fsm_event(&r.fsm, e, noon);
			assert_int_equal(r.fsm.state, next);
			for (int i = 0; i < count; i++) {
				if (order[i] == FSM_IRC)
					left = next == 4 || next == 5 ? 2 : 10;
				else if (order[i] == FSM_ZRC)
					left = 0;
				else
					assert_int_equal(r.done[at++],
							 order[i]);
				if (order[i] == FSM_SCR || order[i] == FSM_STR)
					left--;
			}
			assert_int_equal(r.count, at);
			assert_int_equal(r.fsm.left, left);
		}
}

static void timer_runs_where_the_table_has_timeouts(void **state)
{
	(void)state;
	for (int e = 0; e < FSM_EVENTS; e++)
		for (int s = 0; s < FSM_STATES; s++) {
			struct record r;

			record_init(&r, s);
			r.fsm.timer = instant_after(noon, 1);
			fsm_event(&r.fsm, e, noon);
			if (r.fsm.state < 4 || r.fsm.state == 9)
				assert_true(rfc[e][s][0] == '-' ||
					    instant_is_never(r.fsm.timer));
			else
				assert_false(instant_is_never(r.fsm.timer));
			for (int i = 0; i < r.count; i++)
				if (r.done[i] == FSM_SCR ||
				    r.done[i] == FSM_STR)
					assert_int_equal(r.fsm.timer.ms,
							 noon.ms + 3000);
		}
}

static void requests_end_after_max_configure(void **state)
{
	struct record r;
	struct instant now = noon;
	int requests = 0;

	(void)state;
	record_init(&r, FSM_CLOSED);
	fsm_event(&r.fsm, FSM_OPEN, now);
	while (r.fsm.state == FSM_REQ_SENT) {
		requests++;
		assert_int_equal(r.done[0], FSM_SCR);
		r.count = 0;
		now = r.fsm.timer;
		fsm_timeout(&r.fsm, now);
	}
	assert_int_equal(requests, 10);
	assert_int_equal(now.ms, noon.ms + 30000);
	assert_int_equal(r.fsm.state, FSM_STOPPED);
	assert_int_equal(r.done[0], FSM_TLF);
}

/* A peer that is heard for the first time may have missed our request. */
static void first_good_request_hastens_ours(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, FSM_REQ_SENT);
	r.fsm.left = 5;
	r.fsm.timer = (struct instant){10000};
	fsm_event(&r.fsm, FSM_REQUEST_GOOD, (struct instant){8000});
	assert_int_equal(r.fsm.state, FSM_ACK_SENT);
	assert_int_equal(r.fsm.timer.ms, 8250);
	/* but never puts it off, and only the first time */
	fsm_event(&r.fsm, FSM_REQUEST_GOOD, (struct instant){8100});
	assert_int_equal(r.fsm.timer.ms, 8250);
	record_init(&r, FSM_REQ_SENT);
	r.fsm.timer = (struct instant){8100};
	fsm_event(&r.fsm, FSM_REQUEST_GOOD, (struct instant){8000});
	assert_int_equal(r.fsm.timer.ms, 8100);
}

/* An event within an event decides; the outer one is not gone on with. */
static void event_within_event(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, FSM_OPENED);
	r.close_on_down = true;
	fsm_event(&r.fsm, FSM_REQUEST_GOOD, noon);
	assert_int_equal(r.fsm.state, FSM_CLOSING);
	assert_int_equal(r.count, 2);
	assert_int_equal(r.done[1], FSM_STR);
}

static void zero_restart_count_waits_once(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, FSM_OPENED);
	fsm_event(&r.fsm, FSM_TERMINATE, noon);
	assert_int_equal(r.fsm.state, FSM_STOPPING);
	assert_int_equal(r.fsm.timer.ms, noon.ms + 3000);
	r.count = 0;
	fsm_timeout(&r.fsm, r.fsm.timer);
	assert_int_equal(r.fsm.state, FSM_STOPPED);
	assert_int_equal(r.count, 1);
	assert_int_equal(r.done[0], FSM_TLF);
}

/* Stopped from within: nothing more is sent. */
static void stop_within_event(void **state)
{
	struct record r;

	(void)state;
	record_init(&r, FSM_OPENED);
	r.stop_on_down = true;
	fsm_event(&r.fsm, FSM_REQUEST_GOOD, noon);
	assert_int_equal(r.fsm.state, FSM_INITIAL);
	assert_int_equal(r.count, 1);
	assert_true(instant_is_never(r.fsm.timer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell),
		cmocka_unit_test(every_cell_is_done_in_order),
		cmocka_unit_test(timer_runs_where_the_table_has_timeouts),
		cmocka_unit_test(requests_end_after_max_configure),
		cmocka_unit_test(first_good_request_hastens_ours),
		cmocka_unit_test(event_within_event),
		cmocka_unit_test(zero_restart_count_waits_once),
		cmocka_unit_test(stop_within_event),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
