/* SPDX-License-Identifier: GPL-2.0-only */
/* Random octets from the kernel; protocols get the function passed in. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

/* Fills out[len]; ends the process if the kernel has no random numbers. */
void rng_fill(void *out, unsigned long len);

#endif
