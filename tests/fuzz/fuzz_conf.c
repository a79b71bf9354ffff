/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration file: whatever is in it, it is taken or refused with one
 * line that names the file.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "world/conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct conf *conf = NULL;
	char error[256] = "";

	if (!conf_parse((const char *)data, len, "x.yaml", &conf, error,
			sizeof(error))) {
		if (!conf || error[0])
			abort();
		conf_free(conf);
		return 0;
	}
	if (conf || strncmp(error, "x.yaml:", 7) || strchr(error, '\n'))
		abort();
	return 0;
}
