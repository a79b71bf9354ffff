/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of the world before and after a frame; see records.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "records.h"

void records_read(const struct world *w, struct records *r)
{
	enum end_id id;
	int i;

	memset(r, 0, sizeof(*r));
	for (id = 0; id < END_COUNT; id++) {
		r->legs[id] = w->legs[end_slot(id)];
		r->policers[id] = w->policers[end_slot(id)];
		if (ends[id].kind != LEG_IP)
			continue;
		r->legs6[id] = w->legs[end_slot6(id)];
		r->policers6[id] = w->policers[end_slot6(id)];
	}
	for (i = 0; i < TUNNELS; i++)
		r->tunnels[i] = w->tunnels[tunnels[i].id];
	memcpy(r->templates, w->templates, sizeof(r->templates));
	r->settings = *w->settings;
	r->access = w->ports[w->access];
	r->core = w->ports[w->core];
	/* times, see test_punt.c */
	memset(r->access.tags_seen, 0, sizeof(r->access.tags_seen));
}

static bool is_second(enum end_id id, __u16 protocol)
{
	return ends[id].kind == LEG_IP && protocol == 0x0057;
}

struct leg *records_leg(struct records *r, enum end_id id, __u16 protocol)
{
	return is_second(id, protocol) ? &r->legs6[id] : &r->legs[id];
}

struct policer *records_policer(struct records *r, enum end_id id,
				__u16 protocol)
{
	return is_second(id, protocol) ? &r->policers6[id] : &r->policers[id];
}

void records_count(struct records *r, enum end_id id, __u16 protocol, size_t n)
{
	struct leg *leg = records_leg(r, id, protocol);

	if (protocol == 0x0021 || protocol == 0x0057) {
		leg->packets++;
		leg->octets += n + 2;
	} else {
		leg->control++;
	}
}

static void leg_assert(const char *what, const char *name,
		       const struct leg *got, const struct leg *wanted)
{
	const __u32 *g = (const __u32 *)got, *v = (const __u32 *)wanted;
	size_t i;

	for (i = 0; i < sizeof(*got) / 4; i++)
		if (g[i] != v[i])
			fail_msg("%s: leg %s, word %zu is %#x, wanted %#x",
				 what, name, i, g[i], v[i]);
}

void records_assert(const char *what, const struct world *w,
		    const struct records *wanted)
{
	struct records got;
	enum end_id id;

	records_read(w, &got);
	for (id = 0; id < END_COUNT; id++) {
		leg_assert(what, ends[id].name, &got.legs[id],
			   &wanted->legs[id]);
		leg_assert(what, ends[id].name, &got.legs6[id],
			   &wanted->legs6[id]);
	}
	if (memcmp(got.policers, wanted->policers, sizeof(got.policers)) ||
	    memcmp(got.policers6, wanted->policers6, sizeof(got.policers6)))
		fail_msg("%s: a policer moved wrongly", what);
	if (memcmp(&got, wanted, sizeof(got)))
		fail_msg("%s: tunnel, template, setting or port changed", what);
}

void frame_expect(struct world *w, const char *what, enum end_id at,
		  struct frame *in, enum reason reason, struct frame *wanted,
		  const struct records *records)
{
	struct outcome o;

	world_run(w, end_port(w, at), in, &o);
	if (o.reason != reason || o.verdict != reason_verdict(reason))
		fail_msg("%s, %s: reason %d, wanted %d", what, ends[at].name,
			 o.reason, reason);
	assert_frame(what, &o.out, wanted ? wanted : in);
	records_assert(what, w, records);
}
