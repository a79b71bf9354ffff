/* SPDX-License-Identifier: GPL-2.0-only */
/* A reply of the daemon as text; see l2xctl_render.h. */
#include "program/l2xctl_render.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"

enum { COLUMNS_MAX = 18, CELL_MAX = 256 };

enum form {
	TEXT = 0, /* to the left */
	NUMBER,	  /* to the right */
	SECONDS,  /* as 1d02h03m04s, to the right */
	SCALED,	  /* as 12.3k, to the right */
	LEG,	  /* an object: kind and what names a leg of that kind */
};

struct column {
	const char *title;
	const char *key;
	enum form form;
};

struct layout {
	const char *list; /* the key of the reply that holds the rows */
	struct column columns[COLUMNS_MAX];
};

/* clang-format off */
static const struct layout layouts[] = {
{"destinations", {
	{"ID", "id", NUMBER}, {"LOCAL", "local", TEXT}, {"PEER", "peer", TEXT},
	{"TUNNELS", "tunnels", NUMBER}, {"CALLS", "calls", NUMBER},
	{"FAILED-TUNNELS", "failed_tunnels", NUMBER},
	{"FAILED-CALLS", "failed_calls", NUMBER}, {"STATE", "state", TEXT},
	{"HELD", "held", SECONDS}, {"FAILED", "failed", SECONDS},
	{"FAILURE", "failure", TEXT}}},
{"tunnels", {
	{"ID", "id", NUMBER}, {"PEER-ID", "peer_id", NUMBER},
	{"NAME", "name", TEXT}, {"LOCAL", "local", TEXT},
	{"PEER", "peer", TEXT}, {"PORT", "peer_port", NUMBER},
	{"HOST", "peer_host", TEXT}, {"STATE", "state", TEXT},
	{"ROLE", "role", TEXT}, {"CALLS", "calls", NUMBER},
	{"AUTHENTICATED", "authenticated", TEXT},
	{"ASSIGNMENT", "assignment", TEXT},
	{"UNACKED", "unacknowledged", NUMBER}, {"UPTIME", "uptime", SECONDS}}},
{"calls", {
	{"ID", "id", NUMBER}, {"USER", "user", TEXT}, {"ROLE", "role", TEXT},
	{"STATE", "state", TEXT}, {"ACCESS", "access", LEG},
	{"CORE", "core", LEG}, {"ADDRESS", "address", TEXT},
	{"UPTIME", "uptime", SECONDS}, {"UP-PACKETS", "packets_up", NUMBER},
	{"UP-OCTETS", "octets_up", NUMBER},
	{"DOWN-PACKETS", "packets_down", NUMBER},
	{"DOWN-OCTETS", "octets_down", NUMBER}}},
{"interfaces", {
	{"NAME", "name", TEXT}, {"CALL", "call", NUMBER},
	{"SESSION", "session", TEXT}, {"LCP", "lcp", TEXT},
	{"AUTH", "auth", TEXT}, {"NCP", "ncp", TEXT},
	{"LCP-FROM", "lcp_from", TEXT}, {"MRU", "mru", NUMBER},
	{"PEER-MRU", "peer_mru", NUMBER}, {"ADDRESS", "address", TEXT},
	{"GATEWAY", "gateway", TEXT}, {"PROFILE", "profile", TEXT},
	{"UPTIME", "uptime", SECONDS}, {"IN-PACKETS", "packets_in", NUMBER},
	{"IN-OCTETS", "octets_in", NUMBER},
	{"OUT-PACKETS", "packets_out", NUMBER},
	{"OUT-OCTETS", "octets_out", NUMBER}}},
{"ports", {
	{"NAME", "name", TEXT}, {"IFINDEX", "ifindex", NUMBER},
	{"STATE", "state", TEXT}, {"MODE", "mode", TEXT},
	{"ATTACH", "attach", TEXT}, {"PROGRAM", "program_id", NUMBER},
	{"ACCESS", "access", TEXT}, {"MAC", "mac", TEXT},
	{"MTU", "mtu", NUMBER}, {"LOST", "lost", NUMBER},
	{"NOTE", "text", TEXT}}},
{"counters", {
	{"COUNTER", "name", TEXT}, {"VALUE", "value", NUMBER},
	{"MEANING", "text", TEXT}}},
{"reasons", {
	{"REASON", "name", TEXT}, {"CLASS", "class", TEXT},
	{"PACKETS", "packets", NUMBER}, {"OCTETS", "octets", NUMBER},
	{"LOST", "lost", NUMBER}, {"MEANING", "text", TEXT}}},
{"cores", {
	{"CPU", "cpu", NUMBER}, {"HANDED", "handed", NUMBER},
	{"TAKEN", "taken", NUMBER}}},
{"call_rates", {
	{"ID", "id", NUMBER}, {"USER", "user", TEXT},
	{"UP-PPS", "pps_up", SCALED}, {"UP-BPS", "bps_up", SCALED},
	{"DOWN-PPS", "pps_down", SCALED}, {"DOWN-BPS", "bps_down", SCALED}}},
{"tunnel_rates", {
	{"ID", "id", NUMBER}, {"HOST", "peer_host", TEXT},
	{"UP-PPS", "pps_up", SCALED}, {"UP-BPS", "bps_up", SCALED},
	{"DOWN-PPS", "pps_down", SCALED}, {"DOWN-BPS", "bps_down", SCALED}}},
{"port_rates", {
	{"NAME", "name", TEXT},
	{"IN-PPS", "pps_in", SCALED}, {"IN-BPS", "bps_in", SCALED},
	{"OUT-PPS", "pps_out", SCALED}, {"OUT-BPS", "bps_out", SCALED}}},
{"reason_rates", {
	{"REASON", "name", TEXT},
	{"PPS", "pps", SCALED}, {"BPS", "bps", SCALED}}},
{"routes", {
	{"PREFIX", "prefix", TEXT}, {"CALL", "call", NUMBER},
	{"USER", "user", TEXT}, {"STATE", "state", TEXT}}},
{"pools", {
	{"POOL", "name", TEXT}, {"USED", "used", NUMBER},
	{"SIZE", "size", NUMBER}}},
};
/* clang-format on */

/* ---- values -------------------------------------------------------------- */

static void value_print(const json_t *value, char *out, size_t cap)
{
	if (json_is_string(value))
		view_print(view_of(json_string_value(value),
				   json_string_length(value)),
			   out, cap);
	else if (json_is_integer(value))
		snprintf(out, cap, "%" JSON_INTEGER_FORMAT,
			 json_integer_value(value));
	else if (json_is_real(value))
		snprintf(out, cap, "%g", json_real_value(value));
	else if (json_is_boolean(value))
		snprintf(out, cap, "%s", json_is_true(value) ? "yes" : "no");
	else
		*out = '\0';
	if (!*out)
		snprintf(out, cap, "-");
}

/* The largest unit that is not 0, and all below it. */
static void seconds_print(const json_t *value, char *out, size_t cap)
{
	json_int_t s = json_integer_value(value);
	int minutes = (int)(s / 60 % 60);
	int hours = (int)(s / 3600 % 24);
	int seconds = (int)(s % 60);

	if (!json_is_integer(value) || s < 0)
		value_print(value, out, cap);
	else if (s >= 86400)
		snprintf(out, cap, "%lldd%02dh%02dm%02ds", s / 86400, hours,
			 minutes, seconds);
	else if (s >= 3600)
		snprintf(out, cap, "%dh%02dm%02ds", hours, minutes, seconds);
	else if (s >= 60)
		snprintf(out, cap, "%dm%02ds", minutes, seconds);
	else
		snprintf(out, cap, "%ds", seconds);
}

void render_scaled(const json_t *value, char *out, size_t cap)
{
	static const char units[] = "kMGTP";
	double n = (double)json_integer_value(value);
	int unit = -1;

	if (!json_is_integer(value) || n < 10000) {
		value_print(value, out, cap);
		return;
	}
	/* the borders are those of what is printed, not of n */
	while (n >= 999.5 && units[unit + 1]) {
		n /= 1000;
		unit++;
	}
	snprintf(out, cap, "%.*f%c", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n,
		 units[unit]);
}

/* "pppoe eth1/17", "l2tp 4/2201", "ip 10.0.0.2" */
static void leg_print(const json_t *leg, char *out, size_t cap)
{
	static const char *const names[] = {"kind", "port", "tunnel", "address",
					    "session"};
	char part[64];
	size_t used = 0;

	*out = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		const json_t *value = json_object_get(leg, names[i]);
		int len;

		if (!value)
			continue;
		value_print(value, part, sizeof(part));
		len = snprintf(out + used, cap - used, "%s%s",
			       !used	? ""
			       : i == 4 ? "/"
					: " ",
			       part);
		if (len < 0 || (size_t)len >= cap - used)
			return;
		used += (size_t)len;
	}
	if (!used)
		snprintf(out, cap, "-");
}

static void cell_print(const json_t *row, const struct column *column,
		       char *out, size_t cap)
{
	const json_t *value = json_object_get(row, column->key);

	if (column->form == SECONDS)
		seconds_print(value, out, cap);
	else if (column->form == SCALED)
		render_scaled(value, out, cap);
	else if (column->form == LEG)
		leg_print(value, out, cap);
	else
		value_print(value, out, cap);
}

/* ---- tables -------------------------------------------------------------- */

static int layout_columns(const struct layout *layout)
{
	int n = 0;

	while (n < COLUMNS_MAX && layout->columns[n].title)
		n++;
	return n;
}

static void table_widths(const struct layout *layout, const json_t *rows,
			 int width[COLUMNS_MAX])
{
	for (int c = 0; c < layout_columns(layout); c++) {
		char cell[CELL_MAX];
		json_t *row;
		size_t i;

		width[c] = (int)strlen(layout->columns[c].title);
		json_array_foreach(rows, i, row)
		{
			cell_print(row, &layout->columns[c], cell,
				   sizeof(cell));
			if ((int)strlen(cell) > width[c])
				width[c] = (int)strlen(cell);
		}
	}
}

/* One line; row NULL: the titles.  Nothing is filled up at a line's end. */
static void table_line(const struct layout *layout, const int *width,
		       const json_t *row, FILE *out)
{
	int last = layout_columns(layout) - 1;

	for (int c = 0; c <= last; c++) {
		const struct column *column = &layout->columns[c];
		bool right = column->form == NUMBER ||
			     column->form == SECONDS || column->form == SCALED;
		char cell[CELL_MAX];

		if (row)
			cell_print(row, column, cell, sizeof(cell));
		else
			snprintf(cell, sizeof(cell), "%s", column->title);
		if (right)
			fprintf(out, "%*s", width[c], cell);
		else
			fprintf(out, "%-*s", c == last ? 0 : width[c], cell);
		fputs(c == last ? "\n" : "  ", out);
	}
}

static void table_print(const struct layout *layout, const json_t *rows,
			FILE *out)
{
	int width[COLUMNS_MAX] = {0};
	json_t *row;
	size_t i;

	table_widths(layout, rows, width);
	table_line(layout, width, NULL, out);
	json_array_foreach(rows, i, row) table_line(layout, width, row, out);
}

static const struct layout *layout_find(const char *list)
{
	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++)
		if (!strcmp(layouts[i].list, list))
			return &layouts[i];
	return NULL;
}

/* ---- everything else ----------------------------------------------------- */

enum { DEPTH_MAX = 8 };

static void pair_print(const char *key, const json_t *value, int depth,
		       FILE *out);

static void object_print(const json_t *object, int depth, FILE *out)
{
	const char *key;
	json_t *value;

	/* the macro only reads, but is not made for const */
	json_object_foreach((json_t *)(uintptr_t)object, key, value)
		pair_print(key, value, depth, out);
}

static void array_print(const char *key, const json_t *rows, int depth,
			FILE *out)
{
	json_t *row;
	size_t i;

	if (!json_array_size(rows))
		fprintf(out, "%*s%s: -\n", depth * 2, "", key);
	json_array_foreach(rows, i, row) pair_print(key, row, depth, out);
}

static void pair_print(const char *key, const json_t *value, int depth,
		       FILE *out)
{
	const struct layout *layout = layout_find(key);
	char name[CELL_MAX];
	char text[CELL_MAX];

	view_print(view_text(key), name, sizeof(name));
	if (json_is_array(value) && layout) {
		table_print(layout, value, out);
	} else if (json_is_array(value) && depth < DEPTH_MAX) {
		array_print(key, value, depth, out);
	} else if (json_is_object(value) && depth < DEPTH_MAX) {
		fprintf(out, "%*s%s:\n", depth * 2, "", name);
		object_print(value, depth + 1, out);
	} else {
		if (!strcmp(key, "uptime"))
			seconds_print(value, text, sizeof(text));
		else
			value_print(value, text, sizeof(text));
		fprintf(out, "%*s%s: %s\n", depth * 2, "", name, text);
	}
}

void render_reply(const json_t *reply, FILE *out)
{
	object_print(reply, 0, out);
}

void render_json(const json_t *reply, FILE *out)
{
	json_dumpf(reply, out,
		   JSON_INDENT(2) | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
	putc('\n', out);
}

void render_event(const json_t *event, FILE *out)
{
	json_int_t ms = json_integer_value(json_object_get(event, "time"));
	const char *key;
	char text[CELL_MAX];
	json_t *value;

	value_print(json_object_get(event, "event"), text, sizeof(text));
	fprintf(out, "%lld.%03d %s", ms / 1000, (int)(ms % 1000), text);
	json_object_foreach((json_t *)(uintptr_t)event, key, value)
	{
		bool words;

		if (!strcmp(key, "time") || !strcmp(key, "event"))
			continue;
		value_print(value, text, sizeof(text));
		words = strchr(text, ' ') != NULL;
		fprintf(out, " %s=%s%s%s", key, words ? "\"" : "", text,
			words ? "\"" : "");
	}
	putc('\n', out);
}
