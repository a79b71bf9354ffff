/* SPDX-License-Identifier: GPL-2.0-only */
/* Texts with places; see places.h. */
#include "base/places.h"

#include <string.h>

/*
 * The place that begins at the brace *text, which then points behind it; -1:
 * there is none.
 */
static int place_take(const char **text, const struct places *places)
{
	const char *name = *text + 1;
	size_t len = strcspn(name, "{}");

	if (name[len] != '}')
		return -1;
	for (unsigned int i = 0; i < places->count; i++) {
		if (strlen(places->names[i]) != len ||
		    memcmp(places->names[i], name, len) != 0)
			continue;
		*text = name + len + 1;
		return (int)i;
	}
	return -1;
}

const char *places_check(const char *text, const struct places *places,
			 const char **at)
{
	while (*(text += strcspn(text, "{}"))) {
		*at = text;
		if (*text == '}')
			return "a closing brace without an opening one";
		if (!strchr(text, '}'))
			return "an opening brace without a closing one";
		if (place_take(&text, places) < 0)
			return "no such place";
	}
	return NULL;
}

static size_t append(char *out, size_t cap, size_t at, const char *from,
		     size_t len)
{
	if (len > cap - 1 - at)
		len = cap - 1 - at;
	memcpy(out + at, from, len);
	return at + len;
}

size_t places_fill(const char *text, const struct places *places, char *out,
		   size_t cap)
{
	size_t at = 0;

	while (*text) {
		size_t plain = strcspn(text, "{}");
		int place;

		at = append(out, cap, at, text, plain);
		text += plain;
		if (!*text)
			break;
		place = *text == '{' ? place_take(&text, places) : -1;
		if (place < 0)
			break;
		at = append(out, cap, at, places->values[place],
			    strlen(places->values[place]));
	}
	out[at] = '\0';
	return at;
}
