/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The calls of the benchmark's world: what path_world.h says of a setup, made
 * into tunnels and legs through the daemon's own data plane.
 */
#ifndef PATH_SESSIONS_H
#define PATH_SESSIONS_H

#include "path_world.h"

/* What all setups share: the clients' template, and the pool. */
void path_sessions_init(struct path_world *w);

#endif
