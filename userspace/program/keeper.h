/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The keeper: the privileged process.  Loads and attaches, opens sockets, and
 * runs the engine as an unprivileged child, again when it dies.  Parses nothing
 * that came from a network.
 */
#ifndef PROGRAM_KEEPER_H
#define PROGRAM_KEEPER_H

struct conf;

/*
 * Runs until SIGTERM or SIGINT, then ends the engine and leaves forwarding as
 * it is.  Returns the exit status.
 */
int keeper_run(const char *instance, const struct conf *conf);
/*
 * Ends forwarding of an instance: programs off its ports, pins, tun device and
 * control socket removed.  Refuses while it runs.  Returns the exit status.
 */
int keeper_unload(const char *instance);

#endif
