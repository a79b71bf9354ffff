/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subscribers who dial again.  The call of a client that lost power lives
 * until its echo limit, and a stale call until stale-hold is over.  Their
 * addresses and routes belong to the subscriber, so they move to the new call,
 * but only after the subscriber's name and password were accepted.
 */
#ifndef SWITCH_REDIAL_H
#define SWITCH_REDIAL_H

#include "switch/call.h"

void redial_init(struct call *call);
/* The subscriber is authenticated: the call joins the user's calls. */
void redial_join(struct call *call);
/* The call leaves the user's calls, and waits for nothing. */
void redial_leave(struct call *call);
/*
 * Applies `second-session` to this user's older calls.  0: the new one may
 * continue; -EALREADY: refused; -EINPROGRESS: an older one is being probed, and
 * then call_admit is called again.
 */
int redial_permit(struct call *call, const struct conf_user *user);
/*
 * The user's fixed address is in use by the leg in this slot: ends it if it is
 * an older call of the user, or a stale one.  0: the address is free now;
 * -EBUSY: another user has it.
 */
int redial_claim(struct call *call, uint32_t slot);
/*
 * The call's pool is empty: probes older calls of the same subscriber.  One
 * that does not answer ends, and this call gets its address.  -EINPROGRESS, or
 * -ENOSPC: there is no call to probe.
 */
int redial_search(struct call *call);
/* Probes a call by LCP echo; false: not possible. */
bool redial_probe(struct call *call);
/* After every use of call->ppp: whether its client has answered. */
void redial_settle(struct call *call, const struct ppp_info *info);
/* The call has ended: a call that waits for its address gets it. */
void redial_ended(struct call *call);

#endif
