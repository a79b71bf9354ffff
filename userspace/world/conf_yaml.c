/* SPDX-License-Identifier: GPL-2.0-only */
/* A walk over the events of a YAML text; see conf_yaml.h. */
#include "world/conf_yaml.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <yaml.h>

enum {
	DEPTH_MAX = 8, /* the configuration needs 5 */
	KEYS_MAX = 24, /* of a mapping; the configuration needs 13 */
	KEY_LEN = 24, /* longer ones are none of ours */
};

/* A mapping or list that is open. */
struct level {
	bool mapping;
	bool have_key; /* mapping: the next node is a value */
	char keys[KEYS_MAX][KEY_LEN]; /* mapping: those seen */
	unsigned int entries; /* of keys, or of the list */
	size_t path_len; /* of its own path */
};

struct walk {
	struct level levels[DEPTH_MAX];
	unsigned int depth;
	char path[sizeof(((struct conf_mistake *)0)->path)];
	unsigned int line; /* of the key or list entry that path names */
	unsigned int documents;
	struct conf_mistake *mistake;
	/* what conf_yaml_line looks for, NULL = only check */
	const char *wanted;
	size_t best;
	unsigned int best_line;
};

static int walk_fail(struct walk *w, unsigned int line, const char *text)
{
	snprintf(w->mistake->path, sizeof(w->mistake->path), "%s", w->path);
	snprintf(w->mistake->text, sizeof(w->mistake->text), "%s", text);
	w->mistake->line = line;
	return -EINVAL;
}

/* Octets of `wanted` that `path` covers, 0 when it leads elsewhere. */
static size_t path_covers(const char *path, const char *wanted)
{
	const char *start = wanted;

	while (*path) {
		if (wanted[0] == '*' && wanted[1] == ']') {
			path += strspn(path, "0123456789");
			wanted++;
		} else if (*path++ != *wanted++) {
			return 0;
		}
	}
	return strchr(".[", *wanted) ? (size_t)(wanted - start) : 0;
}

static void walk_visit(struct walk *w)
{
	size_t covered;

	if (!w->wanted)
		return;
	covered = path_covers(w->path, w->wanted);
	if (covered <= w->best)
		return;
	w->best = covered;
	w->best_line = w->line;
}

/* Appends to the path of the innermost open level. */
static void walk_enter(struct walk *w, const char *step)
{
	size_t at = w->depth ? w->levels[w->depth - 1].path_len : 0;

	snprintf(w->path + at, sizeof(w->path) - at, "%s", step);
}

/* libcyaml sees a repeated key as well, but names the line of another one. */
static int walk_once(struct walk *w, struct level *level, const char *key,
		     unsigned int line)
{
	if (strlen(key) >= KEY_LEN)
		return 0;
	for (unsigned int i = 0; i < level->entries; i++)
		if (!strcmp(level->keys[i], key))
			return walk_fail(w, line, "given twice");
	if (level->entries == KEYS_MAX)
		return walk_fail(w, line, "too many keys");
	strcpy(level->keys[level->entries++], key);
	return 0;
}

static int walk_key(struct walk *w, struct level *level,
		    const yaml_event_t *event, unsigned int line)
{
	const char *key;
	char step[80];

	if (event->type != YAML_SCALAR_EVENT)
		return walk_fail(w, line, "a key must be a word");
	key = (const char *)event->data.scalar.value;
	snprintf(step, sizeof(step), "%s%.60s", level->path_len ? "." : "",
		 key);
	walk_enter(w, step);
	w->line = line;
	level->have_key = true;
	return walk_once(w, level, key, line);
}

/* A node begins: gives it its path.  1: it was a key, there is no more to do. */
static int walk_place(struct walk *w, const yaml_event_t *event,
		      unsigned int line)
{
	struct level *level = w->depth ? &w->levels[w->depth - 1] : NULL;
	char step[16];
	int rc;

	if (!level) {
		if (event->type != YAML_MAPPING_START_EVENT)
			return walk_fail(w, line, "the file must be a mapping");
		return 0;
	}
	if (level->mapping && !level->have_key) {
		rc = walk_key(w, level, event, line);
		return rc ? rc : 1;
	}
	if (level->mapping) {
		level->have_key = false;
	} else {
		snprintf(step, sizeof(step), "[%u]", level->entries++);
		walk_enter(w, step);
		w->line = line;
	}
	walk_visit(w);
	return 0;
}

static int walk_open(struct walk *w, bool mapping, unsigned int line)
{
	struct level *level;

	if (w->depth == DEPTH_MAX)
		return walk_fail(w, line, "nested too deeply");
	level = &w->levels[w->depth++];
	level->mapping = mapping;
	level->have_key = false;
	level->entries = 0;
	level->path_len = strlen(w->path);
	return 0;
}

static void walk_close(struct walk *w)
{
	w->depth--;
	w->path[w->levels[w->depth].path_len] = '\0';
}

static int walk_event(struct walk *w, const yaml_event_t *event)
{
	unsigned int line = (unsigned int)event->start_mark.line + 1;
	int rc = 0;

	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (w->documents++)
			return walk_fail(w, line, "more than one document");
		return 0;
	case YAML_ALIAS_EVENT:
		return walk_fail(w, line, "aliases (*name) are not understood");
	case YAML_SCALAR_EVENT:
		if (strlen((const char *)event->data.scalar.value) !=
		    event->data.scalar.length)
			return walk_fail(w, line, "a NUL character");
		rc = walk_place(w, event, line);
		return rc < 0 ? rc : 0;
	case YAML_MAPPING_START_EVENT:
	case YAML_SEQUENCE_START_EVENT:
		rc = walk_place(w, event, line);
		return rc ? rc
			  : walk_open(w, event->type == YAML_MAPPING_START_EVENT,
				      line);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT:
		walk_close(w);
		return 0;
	default:
		return 0;
	}
}

static int walk_syntax(struct walk *w, const yaml_parser_t *parser)
{
	w->path[0] = '\0';
	return walk_fail(w, (unsigned int)parser->problem_mark.line + 1,
			 parser->problem ? parser->problem : "not YAML");
}

static int walk_text(struct walk *w, const char *text, size_t len)
{
	yaml_parser_t parser;
	yaml_event_t event;
	bool done = false;
	int rc = 0;

	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	yaml_parser_set_input_string(&parser, (const unsigned char *)text, len);
	while (!rc && !done) {
		if (!yaml_parser_parse(&parser, &event)) {
			rc = walk_syntax(w, &parser);
			break;
		}
		rc = walk_event(w, &event);
		done = event.type == YAML_STREAM_END_EVENT;
		yaml_event_delete(&event);
	}
	yaml_parser_delete(&parser);
	return rc;
}

int conf_yaml_check(const char *text, size_t len, struct conf_mistake *mistake)
{
	struct walk w = {.mistake = mistake};
	int rc = walk_text(&w, text, len);

	if (!rc && !w.documents)
		rc = walk_fail(&w, 1, "the file is empty");
	return rc;
}

unsigned int conf_yaml_line(const char *text, size_t len, const char *path)
{
	struct conf_mistake ignored;
	struct walk w = {.mistake = &ignored, .wanted = path};

	walk_text(&w, text, len);
	return w.best_line;
}
