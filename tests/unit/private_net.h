/* SPDX-License-Identifier: GPL-2.0-only */
/* A network namespace that a test program has for itself. */
#ifndef UNIT_PRIVATE_NET_H
#define UNIT_PRIVATE_NET_H

#include <stdbool.h>

/*
 * Moves this process into an empty network namespace in which it is root; it
 * ends with the process.  False: this machine does not allow that.
 */
bool private_net(void);
/* Runs a shell command line, printf style; fails the test if that fails. */
__attribute__((format(printf, 1, 2))) void run(const char *format, ...);

#endif
