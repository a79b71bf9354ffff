/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the configuration file: YAML by libyaml and libcyaml, meaning by
 * conf_check.c.  Here every mistake becomes one line that names file, line and
 * key.
 */
#include "world/conf.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "world/conf_check.h"

enum {
	FILE_MAX = 16 << 20, /* octets; 100,000 users need half of it */
	TRACE_MAX = 8, /* the schema nests 5 deep */
};

/* What libcyaml says about its first error, from the innermost place out. */
struct trace {
	char message[192];
	struct {
		char key[64]; /* "" = an entry of a list, "?" = a mapping */
		unsigned int line;
	} at[TRACE_MAX];
	unsigned int depth;
};

static void trace_place(struct trace *trace, const char *line)
{
	char *key = trace->at[trace->depth].key;
	const char *number = strstr(line, "(line: ");

	if (trace->depth == TRACE_MAX)
		return;
	if (sscanf(line, " in mapping field '%63[^']'", key) != 1)
		strcpy(key, strstr(line, "in mapping") ? "?" : "");
	trace->at[trace->depth].line =
		number ? (unsigned int)strtoul(number + 7, NULL, 10) : 0;
	trace->depth++;
}

__attribute__((format(printf, 3, 0))) static void
trace_log(cyaml_log_t level, void *ctx, const char *format, va_list args)
{
	struct trace *trace = ctx;
	char line[192];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, "  in ", 5))
		trace_place(trace, line);
	else if (!trace->message[0] && !strstr(line, "Backtrace"))
		strcpy(trace->message, line);
}

/* The schema's field of this name, entries of lists being transparent. */
static const cyaml_schema_value_t *
schema_field(const cyaml_schema_value_t *value, const char *key)
{
	if (value->type == CYAML_SEQUENCE)
		value = value->sequence.entry;
	if (value->type != CYAML_MAPPING)
		return value;
	for (const cyaml_schema_field_t *field = value->mapping.fields;
	     field->key; field++)
		if (!strcmp(field->key, key))
			return &field->value;
	return value;
}

static void say_kind(const cyaml_schema_value_t *value, char *out, size_t cap)
{
	static const char *const kinds[CYAML__TYPE_COUNT] = {
		[CYAML_STRING] = "must be text",
		[CYAML_MAPPING] = "must be a mapping (key: value)",
		[CYAML_SEQUENCE] = "must be a list",
	};
	const cyaml_strval_t *words = value->enumeration.strings;
	int used;

	if (value->type != CYAML_ENUM) {
		snprintf(out, cap, "%s", kinds[value->type]);
		return;
	}
	used = snprintf(out, cap, "must be one of");
	for (uint32_t i = 0; i < value->enumeration.count; i++)
		used += snprintf(out + used, cap - (size_t)used, "%s %s",
				 i ? "," : "", words[i].str);
}

/* In words of ours; libcyaml's would print values, and some are secret. */
static void say_error(cyaml_err_t err, const cyaml_schema_value_t *value,
		      struct conf_mistake *mistake)
{
	char *out = mistake->text;
	size_t cap = sizeof(mistake->text);

	switch (err) {
	case CYAML_ERR_INVALID_KEY:
		snprintf(out, cap, "unknown key");
		break;
	case CYAML_ERR_INVALID_VALUE:
		say_kind(value, out, cap);
		break;
	case CYAML_ERR_STRING_LENGTH_MIN:
		snprintf(out, cap, "must not be empty");
		break;
	case CYAML_ERR_STRING_LENGTH_MAX:
		snprintf(out, cap, "longer than %u characters",
			 value->string.max);
		break;
	case CYAML_ERR_SEQUENCE_ENTRIES_MIN:
		snprintf(out, cap, "needs at least %u",
			 value->sequence.min);
		break;
	case CYAML_ERR_SEQUENCE_ENTRIES_MAX:
		snprintf(out, cap, "more than %u entries", value->sequence.max);
		break;
	default:
		snprintf(out, cap, "%s", cyaml_strerror(err));
	}
}

/* Errors of a list as a whole, although its last entry is named as well. */
static bool counts_entries(cyaml_err_t err)
{
	return err == CYAML_ERR_SEQUENCE_ENTRIES_MIN ||
	       err == CYAML_ERR_SEQUENCE_ENTRIES_MAX;
}

/* The path that a trace walked, outermost first, and its last field. */
static const cyaml_schema_value_t *
trace_path(const struct trace *trace, bool without_entry, char *path,
	   size_t cap)
{
	const cyaml_schema_value_t *value = &conf_schema;
	size_t used = 0;

	path[0] = '\0';
	for (unsigned int i = trace->depth; i-- > 0 && used < cap;) {
		const char *key = trace->at[i].key;

		if (!strcmp(key, "?") || (!i && !key[0] && without_entry))
			continue;
		if (key[0])
			value = schema_field(value, key);
		else if (value->type == CYAML_SEQUENCE)
			value = value->sequence.entry;
		used += (size_t)snprintf(path + used, cap - used, "%s%s",
					 used && key[0] ? "." : "",
					 key[0] ? key : "[*]");
	}
	return value;
}

/*
 * libcyaml's line is that of the value, or for an unknown key of what came
 * before: that one is looked up, and the first of its kind must be it.
 */
static void trace_explain(const struct trace *trace, cyaml_err_t err,
			  struct conf_mistake *mistake)
{
	size_t cap = sizeof(mistake->path);
	const cyaml_schema_value_t *value = trace_path(
		trace, counts_entries(err), mistake->path, cap);
	const char *key = strstr(trace->message, "key: ");
	size_t used = strlen(mistake->path);

	if (trace->depth)
		mistake->line = trace->at[0].line;
	if (err == CYAML_ERR_INVALID_KEY && key) {
		snprintf(mistake->path + used, cap - used, "%s%s",
			 used ? "." : "", key + 5);
		mistake->line = 0;
	}
	say_error(err, value, mistake);
}

static int conf_interpret(const char *text, size_t len, struct conf *conf,
			  struct conf_mistake *mistake)
{
	struct trace trace = {0};
	const cyaml_config_t config = {
		.log_fn = trace_log,
		.log_ctx = &trace,
		.log_level = CYAML_LOG_WARNING,
		.mem_fn = cyaml_mem,
		.flags = CYAML_CFG_NO_ALIAS,
	};
	struct raw_conf *raw = NULL;
	cyaml_err_t err;
	int rc;

	rc = conf_yaml_check(text, len, mistake);
	if (rc)
		return rc;
	err = cyaml_load_data((const uint8_t *)text, len, &config, &conf_schema,
			      (cyaml_data_t **)&raw, NULL);
	if (err == CYAML_ERR_OOM)
		return -ENOMEM;
	if (err) {
		trace_explain(&trace, err, mistake);
		return -EINVAL;
	}
	rc = conf_check(raw, conf, mistake);
	cyaml_free(&config, &conf_schema, raw, 0);
	return rc;
}

/* Writes "file:line: key: text"; the line says which entry of a list. */
static void mistake_print(const struct conf_mistake *mistake, const char *name,
			  char *error, size_t cap)
{
	char key[sizeof(mistake->path)];
	size_t used = 0;
	int skip = 0;

	for (const char *c = mistake->path; *c; c++) {
		skip += *c == '[';
		if (!skip)
			key[used++] = *c;
		skip -= *c == ']';
	}
	key[used] = '\0';
	snprintf(error, cap, "%s:%u: %s%s%s", name, mistake->line, key,
		 used ? ": " : "", mistake->text);
}

int conf_parse(const char *text, size_t len, const char *name,
	       struct conf **conf, char *error, size_t cap)
{
	struct conf_mistake mistake = {.path = ""};
	struct conf *fresh = calloc(1, sizeof(*fresh));
	int rc = fresh ? conf_interpret(text, len, fresh, &mistake) : -ENOMEM;

	if (!rc) {
		*conf = fresh;
		return 0;
	}
	conf_free(fresh);
	if (rc == -ENOMEM) {
		snprintf(error, cap, "%s: no memory", name);
		return rc;
	}
	if (!mistake.line)
		mistake.line = conf_yaml_line(text, len, mistake.path);
	if (!mistake.line)
		mistake.line = 1;
	mistake_print(&mistake, name, error, cap);
	return rc;
}

/* The whole file in memory; one octet more than its size shows its end. */
static int file_read(const char *path, char **text, size_t *len)
{
	FILE *file = fopen(path, "re");
	size_t cap = 1 << 16;
	size_t used = 0;
	char *data = NULL;
	int rc = 0;

	if (!file)
		return -errno;
	while (!rc && !feof(file)) {
		char *more = realloc(data, cap);

		if (!more) {
			rc = -ENOMEM;
			break;
		}
		data = more;
		used += fread(data + used, 1, cap - used, file);
		if (ferror(file))
			rc = errno ? -errno : -EIO;
		else if (used > FILE_MAX)
			rc = -EFBIG;
		if (used == cap)
			cap *= 2;
	}
	fclose(file);
	if (rc) {
		free(data);
		return rc;
	}
	*text = data;
	*len = used;
	return 0;
}

int conf_load(const char *path, struct conf **conf, char *error, size_t cap)
{
	char *text = NULL;
	size_t len = 0;
	int rc = file_read(path, &text, &len);

	if (rc) {
		snprintf(error, cap, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = conf_parse(text, len, path, conf, error, cap);
	/* secrets are in it */
	explicit_bzero(text, len);
	free(text);
	return rc;
}

void conf_free(struct conf *conf)
{
	if (!conf)
		return;
	for (unsigned int i = 0; i < conf->destination_count; i++)
		free(conf->destinations[i].hosts);
	for (unsigned int i = 0; i < conf->user_count; i++)
		free(conf->users[i].routes);
	free(conf->destinations);
	free(conf->ports);
	free(conf->tunnels);
	free(conf->domains);
	free(conf->users);
	free(conf->pools);
	free(conf);
}

struct in_addr conf_gateway(const struct conf *conf, struct in_addr subscriber)
{
	uint32_t address = ntohl(subscriber.s_addr);

	for (unsigned int i = 0; i < conf->pool_count; i++) {
		const struct conf_pool *pool = &conf->pools[i];

		if (address - ntohl(pool->first.s_addr) < pool->count)
			return pool->gateway;
	}
	return conf->pool_count ? conf->pools[0].gateway : (struct in_addr){0};
}
