/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A capture ends with the frame that fills it, whoever reads that frame out of
 * the ring: the event of the ring, or what is about to be sent.  The ring and
 * the client are played here, so the library's own are left out.
 */
#include "stage.h"

#include <string.h>

#include "switch/viewer.h"
#include "world/dataplane_maps.h"

static const char conf[] = "ports: [{name: access, access: yes}]\n"
			   "ppp: {auth: [pap]}\n"
			   "pools: [{name: p, range: 10.1.0.0/24}]\n";

static struct {
	unsigned int waiting; /* records in the ring */
	bool wanted;	      /* the client is there */
	unsigned int blocks, ends;
} ring;

void dataplane_watch_read(struct dataplane *dp, unsigned int max,
			  void (*seen)(void *ctx,
				       const struct watch_record *record,
				       const uint8_t *octets),
			  void *ctx)
{
	static const uint8_t octets[60];
	const struct watch_record record = {
		.length = sizeof(octets),
		.captured = sizeof(octets),
	};

	(void)dp;
	for (; ring.waiting && max; ring.waiting--, max--)
		seen(ctx, &record, octets);
}

void dataplane_watch_set(struct dataplane *dp,
			 const struct dataplane_watch *wish)
{
	(void)dp, (void)wish;
}

void dataplane_watch_start(struct dataplane *dp,
			   const struct dataplane_watch *wish)
{
	(void)dp, (void)wish;
}

uint32_t dataplane_watch_lost(const struct dataplane *dp)
{
	(void)dp;
	return 0;
}

int dataplane_watch_open(struct dataplane *dp, int *fd)
{
	(void)dp, (void)fd;
	return 0;
}

void watch_forget(struct dataplane *dp)
{
	(void)dp;
}

void watch_close(struct dataplane *dp)
{
	(void)dp;
}

bool ctl_has_drop_listeners(const struct ctl *ctl)
{
	(void)ctl;
	return false;
}

void ctl_drop_event(struct ctl *ctl, json_t *event)
{
	(void)ctl, (void)event;
}

bool ctl_stream_wanted(const struct ctl *ctl)
{
	(void)ctl;
	return ring.wanted;
}

bool ctl_stream(struct ctl *ctl, const void *data, size_t len)
{
	(void)ctl, (void)data, (void)len;
	ring.blocks++;
	return true;
}

void ctl_stream_end(struct ctl *ctl)
{
	(void)ctl;
	ring.ends++;
}

/* A capture of three frames of everything. */
static struct viewer *capture_new(struct actor *a)
{
	struct viewer *viewer = viewer_new(&a->node, NULL);
	json_t *arguments = json_pack("{s:i}", "count", 3);
	json_t *reply = NULL;
	char error[64];

	assert_non_null(viewer);
	a->node.viewer = viewer;
	memset(&ring, 0, sizeof(ring));
	ring.wanted = true;
	assert_string_equal(viewer_commands[0].name, "capture");
	assert_int_equal(viewer_commands[0].handler(&a->node, arguments, &reply,
						    error, sizeof(error)),
			 0);
	json_decref(reply);
	json_decref(arguments);
	viewer_changed(viewer);
	stage_pass(a->stage, 1);
	assert_true(ring.blocks > 0);
	return viewer;
}

static void check_full(void (*read)(struct viewer *viewer))
{
	struct stage *stage = stage_new();
	struct actor *a = stage_actor(stage, conf);
	struct viewer *viewer = capture_new(a);

	ring.waiting = 2;
	read(viewer);
	stage_pass(stage, 1);
	assert_int_equal(ring.ends, 0);
	ring.waiting = 1;
	read(viewer);
	stage_pass(stage, 1);
	assert_int_equal(ring.ends, 1);
	viewer_free(viewer);
	a->node.viewer = NULL;
	stage_free(stage);
}

static void test_full_by_the_ring(void **state)
{
	(void)state;
	check_full(viewer_input);
}

static void test_full_before_sending(void **state)
{
	(void)state;
	check_full(viewer_sending);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_full_by_the_ring),
		cmocka_unit_test(test_full_before_sending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
