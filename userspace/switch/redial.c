/* SPDX-License-Identifier: GPL-2.0-only */
/* Subscribers who dial again; see redial.h. */
#include "switch/redial.h"

#include <errno.h>
#include <string.h>

#include "base/log.h"
#include "switch/access.h"
#include "switch/stale.h"
#include "world/pool.h"

enum {
	LOOK_MAX = 8, /* older calls that one new call may ask */
	WAIT_MS = 8000, /* for all of them; a probe takes 3 s */
	FRESH_MS = 1000, /* an answer in this time is recent enough */
	QUIET_MS = 5000, /* a call that came up in this time is alive */
};

/* ---- whose calls they are ------------------------------------------------ */

static uint32_t user_key(const struct call *call)
{
	return (uint32_t)(view_hash(bytes_view(&call->name),
				    call->node->hash_seed) >>
			  32);
}

static bool same_user(const struct call *a, const struct call *b)
{
	return a != b && b->by_user.in &&
	       view_equal(bytes_view(&a->name), bytes_view(&b->name));
}

static bool same_client(const struct call *a, const struct call *b)
{
	return a->access.kind == LEG_PPPOE && b->access.kind == LEG_PPPOE &&
	       access_same_client(&a->access.client, &b->access.client);
}

/* The newest call of the user, and from there the next older one, or NULL. */
static struct call *user_newest(const struct call *call)
{
	struct group_link *link =
		group_newest(&call->node->subscribers, user_key(call));

	return link ? group_entry(link, struct call, by_user) : NULL;
}

static struct call *user_older(const struct call *call)
{
	struct group_link *link = group_older(&call->by_user);

	return link ? group_entry(link, struct call, by_user) : NULL;
}

/* The same for the calls of its client; PPPoE only. */
static struct call *client_newest(const struct call *call)
{
	struct group_link *link =
		call->by_client.in ? group_newest(&call->node->clients,
						  call->by_client.key)
				   : NULL;

	return link ? group_entry(link, struct call, by_client) : NULL;
}

static struct call *client_older(const struct call *call)
{
	struct group_link *link = group_older(&call->by_client);

	return link ? group_entry(link, struct call, by_client) : NULL;
}

void redial_join(struct call *call)
{
	if (!call->by_user.in)
		group_add(&call->node->subscribers, &call->by_user,
			  user_key(call)); /* no memory: a stranger to itself */
}

/* ---- waiting ------------------------------------------------------------- */

static void resume_ring(void *ctx, struct instant now)
{
	struct call *call = ctx;

	(void)now;
	/* who has begun again asks again */
	if (call->state != CALL_SETUP || !call->ppp ||
	    !ppp_is_pending(call->ppp))
		return;
	call_admit(call);
	call_ppp_settle(call);
}

void redial_init(struct call *call)
{
	call->resume = (struct alarm){.ring = resume_ring, .ctx = call};
}

/* An event for operators: an older call was ended for a newer one. */
static void redial_tell(const struct call *call, const struct call *older,
			const char *what)
{
	node_event(call->node, "redial", "s:i,s:i,s:s,s:s", "call",
		   (int)call->id, "older", (int)older->id, "user", call->user,
		   "what", what);
}

static void wait_for(struct call *call, struct call *rival)
{
	redial_tell(call, rival, "asked");
	call->rival = rival;
	rival->heir = call;
	if (instant_is_never(call->waits_since))
		call->waits_since = call->node->now;
}

/* Continued from the event loop, as the other call may be in use. */
static void wait_over(struct call *rival)
{
	struct call *call = rival->heir;

	if (!call)
		return;
	rival->heir = NULL;
	call->rival = NULL;
	alarm_set(&call->node->alarms, &call->resume, call->node->now);
}

static bool waited_enough(const struct call *call)
{
	return !instant_is_never(call->waits_since) &&
	       call->node->now.ms - call->waits_since.ms >= WAIT_MS;
}

void redial_leave(struct call *call)
{
	if (call->rival)
		call->rival->heir = NULL;
	call->rival = NULL;
	call->wants = NULL;
	call->wish = (struct in_addr){0};
	call->waits_since = NEVER;
	alarm_set(&call->node->alarms, &call->resume, NEVER);
	group_remove(&call->node->subscribers, &call->by_user);
}

/* ---- probes -------------------------------------------------------------- */

bool redial_probe(struct call *call)
{
	struct node *node = call->node;

	if (!call->ppp || call->state == CALL_ENDED ||
	    !ppp_probe(call->ppp, node->now))
		return false;
	if (!call->probing)
		node_count(node, COUNT_CALLS_PROBED);
	call->probing = true;
	call_ppp_settle(call);
	return true;
}

void redial_settle(struct call *call, const struct ppp_info *info)
{
	if (!call->probing || info->probing)
		return;
	call->probing = false;
	if (info->phase != PPP_TERMINATE) {
		call->alive_at = call->node->now;
		wait_over(call);
	} else if (call->closing == CAUSE_NONE) {
		/* no client would answer PPP's Terminate-Request */
		call_end(call, CAUSE_ECHO_TIMEOUT);
	}
}

static bool heard_within(const struct call *call, struct instant at,
			 uint64_t ms)
{
	return !instant_is_never(at) && call->node->now.ms - at.ms < ms;
}

static void replace(struct call *call, struct call *older)
{
	redial_tell(call, older, "replaced");
	if (older->core.kind == LEG_IP)
		call->wish = older->core.address;
	call_end(older, CAUSE_REPLACED);
}

/*
 * Waits for the answer of an older call; false: that is useless, or another
 * call already waits for it.  If a waiting client dials once more, its new
 * call takes over the wait.
 */
static bool ask(struct call *call, struct call *older)
{
	struct call *heir = older->heir;

	if (heir && same_user(call, heir) && same_client(call, heir))
		replace(call, heir);
	if (older->heir || heard_within(older, older->alive_at, FRESH_MS))
		return false;
	/* PPP's goodbye ends soon, answered or not */
	if (older->phase != PPP_TERMINATE && !redial_probe(older))
		return false;
	wait_for(call, older);
	return true;
}

/* ---- second sessions ----------------------------------------------------- */

static enum conf_second second_of(const struct call *call,
				  const struct conf_user *user)
{
	if (user && user->second)
		return user->second;
	if (call->domain && call->domain->second)
		return call->domain->second;
	return call->node->conf->second;
}

/*
 * Both may stay.  But a session of the same line was most likely cut off, so
 * the latest one is probed.
 */
static void allow(struct call *call)
{
	bool pppoe = call->access.kind == LEG_PPPOE;
	struct call *older = pppoe ? client_newest(call) : user_newest(call);

	for (unsigned int i = 0; older && i < LOOK_MAX; i++) {
		if (same_user(call, older) &&
		    (!pppoe || same_client(call, older))) {
			if (older->state == CALL_UP &&
			    !heard_within(older, older->up_since, QUIET_MS) &&
			    !heard_within(older, older->alive_at, QUIET_MS))
				redial_probe(older);
			return;
		}
		older = pppoe ? client_older(older) : user_older(older);
	}
}

/* PPP says goodbye: whoever that is, they are not online any more. */
static bool is_leaving(const struct call *call)
{
	return call->state == CALL_CLOSING || call->phase == PPP_TERMINATE;
}

/* At most one session of a user: N is small, except for the first time. */
static int only_one(struct call *call, bool may_replace)
{
	struct call *older = user_newest(call);
	struct call *next;

	for (; older; older = next) {
		next = user_older(older);
		if (!same_user(call, older) ||
		    (is_leaving(older) && older->core.kind == LEG_NONE))
			continue; /* who was refused has nothing */
		if (may_replace || same_client(call, older) ||
		    is_leaving(older)) {
			replace(call, older);
			continue;
		}
		if (waited_enough(call) || !ask(call, older))
			return -EALREADY;
		return -EINPROGRESS;
	}
	return 0;
}

/* The client dials again: its stale calls end. */
static void end_stale(struct call *call)
{
	struct in_addr address;

	if (call->access.kind != LEG_PPPOE)
		return;
	address = stale_end_client(call->node, call->access.port,
				   &call->access.client);
	if (address.s_addr)
		call->wish = address;
}

int redial_permit(struct call *call, const struct conf_user *user)
{
	enum conf_second second = second_of(call, user);

	end_stale(call);
	if (!call->by_user.in)
		return 0;
	if (second == CONF_SECOND_ALLOW) {
		allow(call);
		return 0;
	}
	return only_one(call, second == CONF_SECOND_REPLACE);
}

/* ---- addresses ----------------------------------------------------------- */

int redial_claim(struct call *call, uint32_t slot)
{
	struct node *node = call->node;
	struct call *holder = node->slots[slot];

	if (!holder)
		return stale_end(node, slot) ? 0 : -EBUSY;
	if (!call->by_user.in || !same_user(call, holder))
		return -EBUSY;
	replace(call, holder);
	return 0;
}

/* An address of this pool that is not the user's own in any case. */
static bool can_leave(const struct call *older, const struct pool_entry *pool)
{
	return older->core.kind == LEG_IP && older->core.pool == pool &&
	       !pool_is_kept(pool->pool, older->core.address);
}

int redial_search(struct call *call)
{
	const struct pool_entry *pool = call->wants;
	struct call *older;
	unsigned int i = 0;

	if (!call->by_user.in || waited_enough(call))
		return -ENOSPC;
	for (older = client_newest(call); older && i < LOOK_MAX;
	     older = client_older(older), i++)
		if (same_user(call, older) && same_client(call, older) &&
		    can_leave(older, pool) && ask(call, older))
			return -EINPROGRESS;
	i = 0;
	for (older = user_newest(call); older && i < LOOK_MAX;
	     older = user_older(older), i++)
		if (same_user(call, older) && can_leave(older, pool) &&
		    ask(call, older))
			return -EINPROGRESS;
	return -ENOSPC;
}

/* Nobody else can have taken the address in between: it moves at once. */
static void bequeath(struct call *call)
{
	struct call *heir = call->heir;

	if (!heir)
		return;
	if (heir->wants && heir->core.kind == LEG_NONE &&
	    can_leave(call, heir->wants))
		call_take_address(heir, call->core.pool, call->core.address);
	wait_over(call);
}

void redial_ended(struct call *call)
{
	bequeath(call);
	redial_leave(call);
}
