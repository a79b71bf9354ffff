/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A subscriber's services: rates each way, networks behind them, and
 * suspension.  Set from the configuration when a call is accepted, and by
 * commands at any time after that.
 */
#ifndef SWITCH_SERVICE_H
#define SWITCH_SERVICE_H

#include "switch/call.h"
#include "switch/ctl.h"

/* The call is accepted (as this user, or NULL): rates of user, domain, host. */
void service_choose(struct call *call, const struct conf_user *user);
/*
 * The call's network is up, with this MRU: the user's networks lead to it,
 * except those that another user has.
 */
void service_route(struct call *call, uint16_t mru);
/* Its core leg goes, and with it the way to the networks. */
void service_unroute(struct call *call);
/* call_join: what the legs' ends have to say, and the policers. */
void service_join(struct call *call, struct leg_end *access,
		  struct leg_end *core);
/* Adds rates, routes and whether it is suspended to the row of a call. */
void service_show(const struct call *call, json_t *row);

/* Control commands. */
ctl_handler service_police, service_suspend, service_resume;
ctl_handler service_show_routes;

#endif
