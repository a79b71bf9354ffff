/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subscriber who dials again: what their older calls hold.  A call whose
 * client lost power lives on until its echo limit, and one that an earlier
 * engine left until stale-hold is over; what they hold is the subscriber's, so
 * it goes to the new call.  Only a subscriber whose name and password were
 * right is given anything here.
 */
#ifndef SWITCH_REDIAL_H
#define SWITCH_REDIAL_H

#include "switch/call.h"

void redial_init(struct call *call);
/* The call's subscriber is who they say they are: their calls are known. */
void redial_join(struct call *call);
/* The call is nobody's again, and waits for nothing. */
void redial_leave(struct call *call);
/*
 * What `second-session` says of this user's older calls.  0: the new one may
 * go on; -EALREADY: refused; -EINPROGRESS: an older one is being asked whether
 * it is alive, and then call_admit is called again.
 */
int redial_permit(struct call *call, const struct conf_user *user);
/*
 * The user's own address is in use, its leg is in this slot: an older call of
 * the user's, or one of an earlier engine, ends.  0: the address is free now;
 * -EBUSY: it is somebody else's.
 */
int redial_claim(struct call *call, uint32_t slot);
/*
 * The pool that the call wants an address of is empty: asks older calls of the
 * same subscriber whether they are alive; one that does not answer leaves its
 * address to this call.  -EINPROGRESS, or -ENOSPC: there is none to ask.
 */
int redial_search(struct call *call);
/* Asks a call at once whether it is alive; false: it cannot be asked. */
bool redial_probe(struct call *call);
/* After every use of call->ppp: whether its client has answered. */
void redial_settle(struct call *call, const struct ppp_info *info);
/* The call has ended, and its address is free: who waits for it gets it. */
void redial_ended(struct call *call);

#endif
