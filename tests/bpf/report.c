/* SPDX-License-Identifier: GPL-2.0-only */
/* The file of a benchmark's figures; see report.h. */
#include "report.h"

#include <errno.h>

#include "path_world.h"

void report_add(const char *file, const char *member, json_t *value)
{
	json_t *all;

	if (!file) {
		json_decref(value);
		return;
	}
	all = json_load_file(file, 0, NULL);
	if (!json_is_object(all)) {
		json_decref(all);
		all = json_object();
	}
	if (json_object_set_new(all, member, value) ||
	    json_dump_file(all, file, JSON_INDENT(1) | JSON_REAL_PRECISION(4)))
		path_die(file, errno ? errno : EIO);
	json_decref(all);
}
