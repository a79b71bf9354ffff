/* SPDX-License-Identifier: GPL-2.0-only */
/* A subscriber's services; see service.h. */
#include "switch/service.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "switch/show.h"

/* ---- rates --------------------------------------------------------------- */

static void rate_fill(struct conf_rate *rate, const struct conf_rate *other)
{
	if (!rate->bits)
		*rate = *other;
}

static void rates_fill(struct conf_rates *rates, const struct conf_rates *other)
{
	rate_fill(&rates->up, &other->up);
	rate_fill(&rates->down, &other->down);
}

/* What an operator said about this call stays. */
void service_choose(struct call *call, const struct conf_user *user)
{
	call->account = user;
	if (call->rates_ordered)
		return;
	call->rates = (struct conf_rates){0};
	if (user)
		rates_fill(&call->rates, &user->rates);
	if (call->domain)
		rates_fill(&call->rates, &call->domain->rates);
	if (call->host)
		rates_fill(&call->rates, &call->host->rates);
}

/* A leg's end of what flows by it one way; the policer before its flag. */
static void end_serve(struct call *call, struct leg_end *end,
		      const struct conf_rate *rate, uint32_t *burst)
{
	end->blocked = call->blocked;
	end->policed = rate->bits != 0;
	*burst = dataplane_police(call->node->dataplane, end->slot, rate->bits,
				  rate->burst);
}

void service_join(struct call *call, struct leg_end *access,
		  struct leg_end *core)
{
	end_serve(call, access, &call->rates.up, &call->burst_up);
	end_serve(call, core, &call->rates.down, &call->burst_down);
	if (core->kind == LEG_IP)
		core->ip.routes = call->routes != 0;
}

/* Takes effect now if the call is joined, else when it will be. */
static int service_renew(struct call *call, char *error, size_t cap)
{
	int err = call->state == CALL_UP ? call_join(call) : 0;

	if (err)
		snprintf(error, cap, "%s", strerror(-err));
	return err;
}

/* ---- networks ------------------------------------------------------------ */

static struct dataplane_prefix prefix_of(const struct conf_prefix *route)
{
	struct dataplane_prefix prefix = {.length = route->length};

	memcpy(prefix.address, &route->address, sizeof(route->address));
	return prefix;
}

static void route_print(const struct conf_prefix *route, char *out, size_t cap)
{
	snprintf(out, cap, "%s/%u", inet_ntoa(route->address), route->length);
}

/* The call that a slot leads to, if it is another one of the same user. */
static struct call *call_before(const struct call *call, uint32_t slot)
{
	struct call *other = call->node->slots[slot];

	return other && other != call && other->account == call->account
		       ? other
		       : NULL;
}

/* A reconnecting subscriber's networks move to the new call. */
static int route_lead(struct call *call, unsigned int i)
{
	struct dataplane_prefix prefix = prefix_of(&call->account->routes[i]);
	struct dataplane *dp = call->node->dataplane;
	uint32_t slot = call->core.slot;
	uint32_t holder = 0;
	struct call *other;
	int err = dataplane_route_add(dp, &prefix, slot, &holder);

	other = err == -EEXIST ? call_before(call, holder) : NULL;
	if (!other)
		return err;
	dataplane_route_remove(dp, &prefix, holder);
	other->routes &= ~(1u << i);
	return dataplane_route_add(dp, &prefix, slot, &holder);
}

static void route_refuse(const struct call *call, unsigned int i, int err)
{
	char text[24];

	node_count(call->node, COUNT_ROUTE_REFUSED);
	if (!node_may_log(call->node))
		return;
	route_print(&call->account->routes[i], text, sizeof(text));
	log_warning("call %u: route %s refused: %s", call->id, text,
		    err == -EEXIST ? "another subscriber has it"
				   : strerror(-err));
}

void service_route(struct call *call, uint16_t mru)
{
	unsigned int count = call->account ? call->account->route_count : 0;

	for (unsigned int i = 0; i < count; i++) {
		const struct conf_prefix *route = &call->account->routes[i];
		int err = route_lead(call, i);

		if (err) {
			route_refuse(call, i, err);
			continue;
		}
		call->routes |= 1u << i;
		node_route_network(call->node, route->address, route->length,
				   mru);
	}
}

void service_unroute(struct call *call)
{
	for (unsigned int i = 0; call->routes; i++) {
		const struct conf_prefix *route = &call->account->routes[i];
		struct dataplane_prefix prefix = prefix_of(route);

		if (!(call->routes >> i & 1))
			continue;
		call->routes &= ~(1u << i);
		dataplane_route_remove(call->node->dataplane, &prefix,
				       call->core.slot);
		node_route_network(call->node, route->address, route->length,
				   0);
	}
}

/* ---- commands ------------------------------------------------------------ */

/* One rate of a command: none, or as in the file.  NULL, or what is wrong. */
static const char *rate_argument(json_t *arguments, const char *way,
				 struct conf_rate *rate)
{
	const char *text = json_string_value(json_object_get(arguments, way));
	const char *burst;
	const char *wrong = NULL;
	char key[16];

	snprintf(key, sizeof(key), "burst-%s", way);
	burst = json_string_value(json_object_get(arguments, key));
	if (!text)
		return burst ? "a burst needs its rate" : NULL;
	*rate = (struct conf_rate){0};
	if (!strcmp(text, "none"))
		return burst ? "no rate has no burst" : NULL;
	wrong = conf_rate_read(text, &rate->bits);
	if (!wrong && burst)
		wrong = conf_burst_read(burst, &rate->burst);
	return wrong;
}

int service_police(void *ctx, json_t *arguments, json_t **reply, char *error,
		   size_t cap)
{
	struct call *call = show_find_call(ctx, arguments, error, cap);
	struct conf_rates rates;
	const char *wrong;
	int err;

	if (!call)
		return -ENOENT;
	rates = call->rates;
	wrong = rate_argument(arguments, "up", &rates.up);
	if (!wrong)
		wrong = rate_argument(arguments, "down", &rates.down);
	if (wrong) {
		snprintf(error, cap, "%s", wrong);
		return -EINVAL;
	}
	call->rates = rates;
	call->rates_ordered = true;
	err = service_renew(call, error, cap);
	if (err)
		return err;
	log_notice("call %u: rates are up %llu, down %llu bit/s", call->id,
		   (unsigned long long)rates.up.bits,
		   (unsigned long long)rates.down.bits);
	*reply = json_pack("{s:i}", "call", (int)call->id);
	service_show(call, *reply);
	return 0;
}

static int service_block(struct node *node, json_t *arguments, bool block,
			 json_t **reply, char *error, size_t cap)
{
	struct call *call = show_find_call(node, arguments, error, cap);
	int err;

	if (!call)
		return -ENOENT;
	call->blocked = block;
	err = service_renew(call, error, cap);
	if (err)
		return err;
	log_notice("call %u: %s", call->id, block ? "suspended" : "resumed");
	node_event(node, block ? "suspended" : "resumed", "s:i,s:s", "call",
		   (int)call->id, "user", call->user);
	*reply = json_pack("{s:i,s:b}", "call", (int)call->id, "suspended",
			   block);
	return 0;
}

int service_suspend(void *ctx, json_t *arguments, json_t **reply, char *error,
		    size_t cap)
{
	return service_block(ctx, arguments, true, reply, error, cap);
}

int service_resume(void *ctx, json_t *arguments, json_t **reply, char *error,
		   size_t cap)
{
	return service_block(ctx, arguments, false, reply, error, cap);
}

/* ---- what is shown ------------------------------------------------------- */

static void rate_show(const struct conf_rate *rate, const char *way,
		      uint32_t burst, json_t *row)
{
	char key[16];

	snprintf(key, sizeof(key), "rate_%s", way);
	json_object_set_new(row, key, json_integer((json_int_t)rate->bits));
	snprintf(key, sizeof(key), "burst_%s", way);
	json_object_set_new(row, key, json_integer(burst));
}

static void routes_show(const struct call *call, json_t *rows)
{
	unsigned int count = call->account ? call->account->route_count : 0;

	for (unsigned int i = 0; i < count; i++) {
		char text[24];

		route_print(&call->account->routes[i], text, sizeof(text));
		json_array_append_new(
			rows, json_pack("{s:s,s:i,s:s,s:s}", "prefix", text,
					"call", (int)call->id, "user",
					call->user, "state",
					call->routes >> i & 1 ? "up" : "down"));
	}
}

int service_show_routes(void *ctx, json_t *arguments, json_t **reply,
			char *error, size_t cap)
{
	struct node *node = ctx;
	json_t *rows = json_array();
	const struct call *call;

	(void)arguments, (void)error, (void)cap;
	list_each(call, &node->calls, link)
		routes_show(call, rows);
	*reply = json_pack("{s:o}", "routes", rows);
	return 0;
}

void service_show(const struct call *call, json_t *row)
{
	json_t *routes = json_array();

	routes_show(call, routes);
	json_object_set_new(row, "routes", routes);
	rate_show(&call->rates.up, "up", call->burst_up, row);
	rate_show(&call->rates.down, "down", call->burst_down, row);
	json_object_set_new(row, "suspended", json_boolean(call->blocked));
}
