/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes the unresolved next hops that the program reports. */
#include "world/dataplane_maps.h"

bool dataplane_unresolved_take(struct dataplane *dp, unsigned int *at,
			       struct unresolved *out)
{
	while (*at < UNRESOLVED_SLOTS) {
		struct unresolved *named = &dp->unresolved[(*at)++];

		if (word_read(&named->state) != UNRESOLVED_NAMED)
			continue;
		*out = *named;
		word_publish(&named->state, UNRESOLVED_FREE);
		return true;
	}
	return false;
}
