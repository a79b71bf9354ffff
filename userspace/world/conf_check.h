/* SPDX-License-Identifier: GPL-2.0-only */
/* From the keys of the file to a configuration that makes sense.  Private to
 * world/conf*.c. */
#ifndef WORLD_CONF_CHECK_H
#define WORLD_CONF_CHECK_H

#include "world/conf.h"
#include "world/conf_schema.h"
#include "world/conf_yaml.h"

/*
 * Fills a zeroed *conf with defaults and the file's values.  -EINVAL and
 * *mistake without a line, or -ENOMEM; either way conf_free releases *conf.
 */
int conf_check(const struct raw_conf *raw, struct conf *conf,
	       struct conf_mistake *mistake);

#endif
