/* SPDX-License-Identifier: GPL-2.0-only */
/* What the counters gained; see rates.h. */
#include "switch/rates.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "switch/access.h"
#include "switch/call.h"
#include "switch/destination.h"
#include "world/devices.h"

/* Counters of one thing: packets and octets of its two directions. */
struct sample {
	uint32_t id;
	uint64_t count[4];
};

struct samples {
	struct sample *at;
	uint32_t count, cap;
};

/* Who asked for what, and what the counters were then. */
struct asker {
	json_int_t token; /* 0: nobody */
	const struct kind *kind;
	struct instant when;
	struct samples samples;
};

struct rates {
	json_int_t last_token;
	struct asker askers[RATES_ASKERS];
};

struct kind {
	const char *name;
	const char *list;     /* of the answer */
	const char *keys[4];  /* of the counters, NULL: not this one */
	const char *rates[4]; /* of the same a second, octets in bits */
	int (*take)(struct node *node, struct samples *samples);
	/* what is told is not what is counted; NULL: it is */
	int (*gather)(struct node *node, struct samples *gained);
	void (*name_row)(struct node *node, uint32_t id, json_t *row);
};

static struct sample *sample_add(struct samples *samples, uint32_t id)
{
	struct sample *more;
	uint32_t cap;

	if (samples->count == samples->cap) {
		cap = samples->cap ? samples->cap * 2 : 64;
		more = reallocarray(samples->at, cap, sizeof(*more));
		if (!more)
			return NULL;
		samples->at = more;
		samples->cap = cap;
	}
	more = &samples->at[samples->count++];
	*more = (struct sample){.id = id};
	return more;
}

static void samples_free(struct samples *samples)
{
	free(samples->at);
	*samples = (struct samples){0};
}

/* ---- counters ------------------------------------------------------------ */

static void leg_sample(const struct call *call, const struct call_leg *leg,
		       uint64_t count[2])
{
	struct leg_counters found = {0};

	if (leg->installed)
		found = dataplane_leg_counters(call->node->dataplane,
					       leg->slot);
	count[0] = found.packets + found.control;
	count[1] = found.octets;
}

static int take_calls(struct node *node, struct samples *samples)
{
	const struct call *call;

	list_each(call, &node->calls, link) {
		struct sample *s = sample_add(samples, call->id);

		if (!s)
			return -ENOMEM;
		leg_sample(call, &call->access, s->count);
		leg_sample(call, &call->core, s->count + 2);
	}
	return 0;
}

static int take_ports(struct node *node, struct samples *samples)
{
	static struct device_count found[4096];
	int n = devices_read(found, sizeof(found) / sizeof(*found));

	for (int i = 0; i < n; i++) {
		const struct access_port *port =
			access_port_named(node, found[i].name);
		struct sample *s;

		if (!port || !port->state.ifindex)
			continue;
		s = sample_add(samples, port->state.ifindex);
		if (!s)
			return -ENOMEM;
		s->count[0] = found[i].packets_in;
		s->count[1] = found[i].octets_in;
		s->count[2] = found[i].packets_out;
		s->count[3] = found[i].octets_out;
	}
	return n < 0 ? n : 0;
}

static const char *const reason_names[REASON_SLOTS] = {
#define REASON_NAME(number, name, class, text) [number] = #name,
	REASON_TABLE(REASON_NAME)
#undef REASON_NAME
};

static int take_reasons(struct node *node, struct samples *samples)
{
	for (uint32_t i = 0; i < REASON_SLOTS; i++) {
		struct reason_count count = {0};
		struct sample *s;

		if (!reason_names[i])
			continue;
		dataplane_reason(node->dataplane, (enum reason)i, &count);
		s = sample_add(samples, i);
		if (!s)
			return -ENOMEM;
		s->count[0] = count.packets;
		s->count[1] = count.octets;
	}
	return 0;
}

/*
 * From calls to their tunnels.  A call of an LTS is in two.  What a call gained
 * that has ended meanwhile is not known any more.
 */
static int gather_tunnels(struct node *node, struct samples *gained)
{
	struct sample *sums = calloc(TUNNEL_SLOTS, sizeof(*sums));
	int err = 0;

	if (!sums)
		return -ENOMEM;
	for (uint32_t i = 0; i < gained->count; i++) {
		const struct call *call = call_find(node, gained->at[i].id);
		const struct call_leg *legs[2] = {call ? &call->access : NULL,
						  call ? &call->core : NULL};

		for (int leg = 0; call && leg < 2; leg++)
			for (int c = 0; legs[leg]->entry && c < 4; c++)
				sums[legs[leg]->entry->id].count[c] +=
					gained->at[i].count[c];
	}
	gained->count = 0;
	for (uint32_t id = 0; id < TUNNEL_SLOTS && !err; id++) {
		struct sample *s;

		if (!node->tunnels[id])
			continue;
		s = sample_add(gained, id);
		if (s)
			memcpy(s->count, sums[id].count, sizeof(s->count));
		else
			err = -ENOMEM;
	}
	free(sums);
	return err;
}

/* ---- names --------------------------------------------------------------- */

static void name_call(struct node *node, uint32_t id, json_t *row)
{
	const struct call *call = call_find(node, id);

	json_object_set_new(row, "id", json_integer(id));
	json_object_set_new(row, "user", json_string(call ? call->user : ""));
}

static void name_tunnel(struct node *node, uint32_t id, json_t *row)
{
	const struct tunnel_entry *entry = node->tunnels[id];
	struct tunnel_info info = tunnel_info(entry->control);

	json_object_set_new(row, "id", json_integer(id));
	json_object_set_new(row, "peer_host", json_string(info.peer_host));
}

static void name_port(struct node *node, uint32_t id, json_t *row)
{
	const struct access_port *port = access_port_find(node, id);

	json_object_set_new(row, "name",
			    json_string(port ? port->state.name : ""));
}

static void name_reason(struct node *node, uint32_t id, json_t *row)
{
	char name[64];
	size_t i;

	(void)node;
	snprintf(name, sizeof(name), "%s", reason_names[id]);
	for (i = 0; name[i]; i++)
		name[i] = (char)tolower((unsigned char)name[i]);
	json_object_set_new(row, "name", json_string(name));
}

#define UP_DOWN                                                                \
	.keys = {"packets_up", "octets_up", "packets_down", "octets_down"},    \
	.rates = {"pps_up", "bps_up", "pps_down", "bps_down"}

static const struct kind kinds[] = {
	{.name = "calls", .list = "call_rates", UP_DOWN, .take = take_calls,
	 .name_row = name_call},
	{.name = "tunnels", .list = "tunnel_rates", UP_DOWN,
	 .take = take_calls, .gather = gather_tunnels,
	 .name_row = name_tunnel},
	{.name = "ports", .list = "port_rates",
	 .keys = {"packets_in", "octets_in", "packets_out", "octets_out"},
	 .rates = {"pps_in", "bps_in", "pps_out", "bps_out"},
	 .take = take_ports, .name_row = name_port},
	{.name = "reasons", .list = "reason_rates",
	 .keys = {"packets", "octets"}, .rates = {"pps", "bps"},
	 .take = take_reasons, .name_row = name_reason},
};

/* ---- what was gained ------------------------------------------------------ */

/*
 * now minus then, in place.  Both are in the order of making, in which things
 * go but none come in between; what is new counts from 0.
 */
static void samples_subtract(struct samples *now, const struct samples *then)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < now->count; i++) {
		uint32_t found = at;

		while (found < then->count &&
		       then->at[found].id != now->at[i].id)
			found++;
		if (found == then->count)
			continue;
		for (int c = 0; c < 4; c++)
			now->at[i].count[c] -= then->at[found].count[c];
		at = found + 1;
	}
}

static uint64_t sample_weight(const struct sample *s)
{
	return s->count[1] + s->count[3];
}

static int by_weight(const void *a, const void *b)
{
	uint64_t left = sample_weight(a), right = sample_weight(b);

	if (left != right)
		return left < right ? 1 : -1;
	left = ((const struct sample *)a)->count[0];
	right = ((const struct sample *)b)->count[0];
	return left < right ? 1 : left > right ? -1 : 0;
}

static void row_count(const struct kind *kind, const uint64_t count[4],
		      uint64_t ms, json_t *row)
{
	for (int c = 0; c < 4; c++) {
		uint64_t unit = c % 2 ? 8 : 1; /* octets become bits */

		if (!kind->keys[c])
			continue;
		json_object_set_new(row, kind->keys[c],
				    json_integer((json_int_t)count[c]));
		json_object_set_new(row, kind->rates[c],
				    json_integer((json_int_t)(count[c] * unit *
							      1000 / ms)));
	}
}

static json_t *rows_make(struct node *node, const struct kind *kind,
			 const struct samples *gained, uint64_t ms,
			 uint32_t limit, json_t *total)
{
	json_t *rows = json_array();
	uint64_t sum[4] = {0};

	for (uint32_t i = 0; i < gained->count; i++) {
		const struct sample *s = &gained->at[i];
		json_t *row = i < limit ? json_object() : NULL;

		for (int c = 0; c < 4; c++)
			sum[c] += s->count[c];
		if (!row)
			continue;
		kind->name_row(node, s->id, row);
		row_count(kind, s->count, ms, row);
		json_array_append_new(rows, row);
	}
	row_count(kind, sum, ms, total);
	return rows;
}

/* ---- who asks ------------------------------------------------------------ */

/* Who asked before, or the place of who asked longest ago. */
static struct asker *asker_find(struct rates *rates, const struct kind *kind,
				json_int_t token)
{
	struct asker *oldest = &rates->askers[0];

	for (unsigned int i = 0; i < RATES_ASKERS; i++) {
		struct asker *asker = &rates->askers[i];

		if (token && asker->token == token && asker->kind == kind)
			return asker;
		if (asker->when.ms < oldest->when.ms ||
		    (asker->when.ms == oldest->when.ms &&
		     asker->token < oldest->token))
			oldest = asker;
	}
	samples_free(&oldest->samples);
	*oldest = (struct asker){.token = ++rates->last_token, .kind = kind};
	return oldest;
}

static struct rates *rates_of(struct node *node)
{
	if (!node->rates)
		node->rates = calloc(1, sizeof(*node->rates));
	/* no number of an engine before us is one of ours */
	if (node->rates && !node->rates->last_token)
		node->rates->last_token = (json_int_t)(node->now.ms << 16);
	return node->rates;
}

/* The samples become the asker's; *gained is what they have more. */
static int asker_update(struct asker *asker, struct samples *taken,
			struct samples *gained)
{
	for (uint32_t i = 0; i < taken->count; i++) {
		struct sample *s = sample_add(gained, taken->at[i].id);

		if (!s)
			return -ENOMEM;
		*s = taken->at[i];
	}
	samples_subtract(gained, &asker->samples);
	samples_free(&asker->samples);
	asker->samples = *taken;
	*taken = (struct samples){0};
	return 0;
}

static int rates_reply(struct node *node, const struct kind *kind,
		       json_int_t since, uint32_t limit, json_t **reply)
{
	struct samples taken = {0}, gained = {0};
	struct rates *rates = rates_of(node);
	struct asker *asker;
	json_t *total = json_object();
	uint64_t ms = 0;
	int err;

	err = rates ? kind->take(node, &taken) : -ENOMEM;
	if (err)
		goto out;
	asker = asker_find(rates, kind, since);
	if (!instant_is_never(asker->when))
		ms = node->now.ms - asker->when.ms;
	if (!instant_is_never(asker->when) && !ms)
		ms = 1; /* what was gained is told whatever the clock says */
	err = asker_update(asker, &taken, &gained);
	if (!err && kind->gather)
		err = kind->gather(node, &gained);
	if (err)
		goto out;
	asker->when = node->now;
	if (!ms)
		gained.count = 0; /* there is nothing to compare with */
	if (gained.count)
		qsort(gained.at, gained.count, sizeof(*gained.at), by_weight);
	*reply = json_pack("{s:I,s:I,s:I,s:o,s:O}", "token", asker->token,
			   "milliseconds", (json_int_t)ms, "of",
			   (json_int_t)gained.count, kind->list,
			   rows_make(node, kind, &gained, ms ? ms : 1, limit,
				     total),
			   "total", total);
out:
	json_decref(total);
	samples_free(&taken);
	samples_free(&gained);
	return err;
}

int show_rates(void *ctx, json_t *arguments, json_t **reply, char *error,
	       size_t cap)
{
	const char *what = json_string_value(json_object_get(arguments, "what"));
	json_int_t limit =
		json_integer_value(json_object_get(arguments, "limit"));
	json_int_t since =
		json_integer_value(json_object_get(arguments, "since"));
	int err;

	if (limit < 1 || limit > RATES_ROWS_MAX)
		limit = RATES_ROWS_MAX;
	for (unsigned int i = 0; what && i < sizeof(kinds) / sizeof(*kinds);
	     i++) {
		if (strcmp(kinds[i].name, what))
			continue;
		err = rates_reply(ctx, &kinds[i], since, (uint32_t)limit,
				  reply);
		if (err)
			snprintf(error, cap, "%s", strerror(-err));
		return err;
	}
	snprintf(error, cap, "there are no rates of that");
	return -EINVAL;
}

void rates_free(struct rates *rates)
{
	if (!rates)
		return;
	for (unsigned int i = 0; i < RATES_ASKERS; i++)
		samples_free(&rates->askers[i].samples);
	free(rates);
}
