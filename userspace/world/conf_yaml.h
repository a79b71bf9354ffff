/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration's text as YAML, without any meaning: whether it is well
 * formed, and on which line a key stands.  The only user of libyaml.
 */
#ifndef WORLD_CONF_YAML_H
#define WORLD_CONF_YAML_H

#include <stddef.h>

/* What is wrong with a file, and where. */
struct conf_mistake {
	char path[192]; /* "tunnels[1].peer", "" = the file as a whole */
	char text[192];
	unsigned int line; /* 0 = not known */
};

/* One document, one mapping, no aliases.  0, or -EINVAL and *mistake. */
int conf_yaml_check(const char *text, size_t len, struct conf_mistake *mistake);

/*
 * Line of a path, or of what contains it when it is not there; [*] stands for
 * any entry of a list.  0 when there is nothing.
 */
unsigned int conf_yaml_line(const char *text, size_t len, const char *path);

#endif
