/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be typed after l2xctl: one table, from which parsing, help and
 * completion come.  Speaks to nobody; candidates that only the daemon knows
 * come through a function.
 */
#ifndef PROGRAM_L2XCTL_GRAMMAR_H
#define PROGRAM_L2XCTL_GRAMMAR_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

/* What to ask the daemon for. */
struct request {
	char command[64];
	json_t *arguments; /* an object, to be freed */
	json_t *local; /* options for l2xctl itself, the same */
};

void request_fini(struct request *request);

/*
 * Words may be shortened while they are unambiguous.  0, or -EINVAL and the
 * reason in error[cap].
 */
int grammar_parse(int argc, char *const *argv, struct request *request,
		  char *error, size_t cap);
/* One line for each command. */
void grammar_help(FILE *out);

/* The reply to a command without arguments, to be freed; NULL: none. */
typedef json_t *grammar_ask(const char *command);
/* Prints what may follow these words, one candidate a line. */
void grammar_complete(int argc, char *const *argv, grammar_ask *ask, FILE *out);

#endif
