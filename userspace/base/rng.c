/* SPDX-License-Identifier: GPL-2.0-only */
/* Random octets from the kernel. */
#include "base/rng.h"

#include <errno.h>
#include <stdint.h>
#include <sys/random.h>

#include "base/log.h"

void rng_fill(void *out, unsigned long len)
{
	uint8_t *at = out;

	while (len) {
		ssize_t got = getrandom(at, len, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			fatal("no random numbers from the kernel");
		at += got;
		len -= (unsigned long)got;
	}
}
