/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decisions from the configuration alone: what becomes of a subscriber, who
 * may open a tunnel, whose password is right.
 */
#ifndef SWITCH_POLICY_H
#define SWITCH_POLICY_H

#include "world/conf.h"

/*
 * The domain entry for a user name: by the text after the last '@' (letter case
 * does not matter), else "none" for a name without one, else "default".  NULL:
 * no entry, the subscriber is refused.
 */
const struct conf_domain *policy_domain(const struct conf *conf,
					struct view user);

/* NULL: unknown user. */
const struct conf_user *policy_user(const struct conf *conf, struct view name);

/*
 * Whether anybody at this address may open a tunnel to this local address: the
 * first question about an SCCRQ.  NULL: nobody.
 */
const struct conf_destination *policy_destination(const struct conf *conf,
						  struct address peer,
						  struct address local);
/* The host profile for a Host Name: exact match, else "default". */
const struct conf_host *
policy_host(const struct conf_destination *destination, struct view host_name);

#endif
