/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the configuration says about other L2TP nodes: tunnels we open, domains
 * that lead into them, destinations that may open one to us.
 */
#include <stdio.h>
#include <string.h>

#include "base/places.h"
#include "world/conf_check.h"
#include "world/conf_value.h"

/* The first of our addresses from which a packet can go to a peer. */
static struct address local_for(const struct checker *c, struct address peer)
{
	const struct conf_l2tp *l2tp = &c->conf->l2tp;

	for (unsigned int i = 0; i < l2tp->local_count; i++)
		if (l2tp->locals[i].family == peer.family)
			return l2tp->locals[i];
	return (struct address){0};
}

/* Both may be patterns. */
static void check_ends(struct checker *c, struct address peer,
		       struct address local)
{
	if (!c->conf->l2tp.local_count)
		wrong(c, "local", "l2tp.local-addresses is missing");
	else if (!address_is_zero(local) && !is_local(c, local))
		wrong(c, "local", "is not among l2tp.local-addresses");
	else if (peer.family && local.family && peer.family != local.family)
		wrong(c, "local", "is %s, but peer is %s", family_name(local),
		      family_name(peer));
	else if (peer.family && !local_for(c, peer).family)
		wrong(c, "peer", "is %s, but l2tp.local-addresses has none",
		      family_name(peer));
}

static enum conf_checksum checksum(const int *raw)
{
	return raw ? (enum conf_checksum)*raw : CONF_CHECKSUM_AUTO;
}

const char *const conf_places[CONF_PLACES] = {
	[CONF_PLACE_MAC] = "mac",
	[CONF_PLACE_PORT] = "port",
	[CONF_PLACE_VLAN] = "vlan",
	[CONF_PLACE_INNER_VLAN] = "inner-vlan",
	[CONF_PLACE_CIRCUIT_ID] = "circuit-id",
	[CONF_PLACE_REMOTE_ID] = "remote-id",
	[CONF_PLACE_USER] = "user",
};

/* The form of a Called or Calling Number. */
static void check_number(struct checker *c, const char *key, const char *text)
{
	const struct places places = {.names = conf_places,
				      .count = CONF_PLACES};
	const char *at = text;
	const char *what = places_check(text, &places, &at);

	if (what)
		wrong(c, key, "%s: %s", at, what);
}

static void check_tunnel(struct checker *c, const struct raw_tunnel *raw,
			 struct conf_tunnel *tunnel)
{
	required(c, "name", tunnel->name, raw->name);
	if (!raw->peer)
		wrong(c, "peer", "is missing");
	tunnel->peer = end_point(c, "peer", raw->peer);
	if (is_local(c, tunnel->peer))
		wrong(c, "peer", "is one of l2tp.local-addresses");
	tunnel->local = raw->local ? end_point(c, "local", raw->local)
				   : local_for(c, tunnel->peer);
	check_ends(c, tunnel->peer, tunnel->local);
	text(tunnel->host_name, raw->host_name, c->host);
	text(tunnel->peer_host_name, raw->peer_host_name, "");
	text(tunnel->secret, raw->secret, "");
	tunnel->challenge = flag(raw->challenge, raw->secret != NULL);
	text(tunnel->assignment, raw->assignment, tunnel->name);
	tunnel->max_sessions = number(c, "max-sessions", raw->max_sessions,
				      (struct bounds){0, 65534, 0});
	tunnel->hide = flag(raw->hide_avps, false);
	tunnel->sequencing = flag(raw->sequencing, false);
	tunnel->udp_checksum = checksum(raw->udp_checksum);
	text(tunnel->called_number, raw->called_number, "");
	text(tunnel->calling_number, raw->calling_number, "");
	check_number(c, "called-number", tunnel->called_number);
	check_number(c, "calling-number", tunnel->calling_number);
	if (tunnel->challenge && !raw->secret)
		wrong(c, "challenge", "needs a secret");
	if (tunnel->hide && !raw->secret)
		wrong(c, "hide-avps", "needs a secret");
}

void check_tunnels(struct checker *c)
{
	struct conf *conf = c->conf;

	ARRAY(c, conf->tunnels, conf->tunnel_count, c->raw->tunnels_count);
	for (unsigned int i = 0; i < conf->tunnel_count; i++) {
		struct conf_tunnel *tunnel = &conf->tunnels[i];

		snprintf(c->at, sizeof(c->at), "tunnels[%u]", i);
		check_tunnel(c, &c->raw->tunnels[i], tunnel);
		for (unsigned int k = 0; k < i; k++)
			if (!strcmp(tunnel->name, conf->tunnels[k].name))
				wrong(c, "name", "tunnel %s is given twice",
				      tunnel->name);
	}
	c->at[0] = '\0';
}

static void check_domain_tunnels(struct checker *c, const struct raw_list *raw,
				 struct conf_domain *domain)
{
	char key[32];

	for (unsigned int i = 0; i < raw->count; i++) {
		const struct conf_tunnel *found = NULL;

		for (unsigned int k = 0; k < c->conf->tunnel_count; k++)
			if (!strcmp(c->conf->tunnels[k].name, raw->text[i]))
				found = &c->conf->tunnels[k];
		snprintf(key, sizeof(key), "tunnels[%u]", i);
		if (!found)
			wrong(c, key, "there is no tunnel %s", raw->text[i]);
		domain->tunnels[domain->tunnel_count++] = found;
	}
}

/* The action, by other keys if it is not given. */
static enum conf_action domain_action(struct checker *c,
				      const struct raw_domain *raw)
{
	if (raw->action)
		return (enum conf_action)*raw->action;
	if (raw->tunnels.count)
		return CONF_TUNNEL;
	if (!raw->pool)
		wrong(c, "action", "is missing");
	return CONF_LOCAL;
}

static void check_domain(struct checker *c, const struct raw_domain *raw,
			 struct conf_domain *domain)
{
	required(c, "name", domain->name, raw->name);
	if (strchr(domain->name, '@'))
		wrong(c, "name", "is what follows the last @");
	domain->action = domain_action(c, raw);
	check_domain_tunnels(c, &raw->tunnels, domain);
	domain->pool = pool_named(c, raw->pool);
	domain->rates = rates(c, &raw->rates);
	domain->second = second(raw->second);
	if (domain->action != CONF_LOCAL && raw->second)
		wrong(c, "second-session", "only goes with action local");
	if (domain->action == CONF_TUNNEL && !domain->tunnel_count)
		wrong(c, "tunnels", "is missing");
	if (domain->action != CONF_TUNNEL && domain->tunnel_count)
		wrong(c, "tunnels", "only goes with action tunnel");
	if (domain->action != CONF_LOCAL && domain->pool)
		wrong(c, "pool", "only goes with action local");
	if (domain->action == CONF_LOCAL && !c->conf->pool_count)
		wrong(c, "action", "local needs an entry in pools");
}

void check_domains(struct checker *c)
{
	struct conf *conf = c->conf;

	ARRAY(c, conf->domains, conf->domain_count, c->raw->domains_count);
	for (unsigned int i = 0; i < conf->domain_count; i++) {
		struct conf_domain *domain = &conf->domains[i];

		snprintf(c->at, sizeof(c->at), "domains[%u]", i);
		check_domain(c, &c->raw->domains[i], domain);
		for (unsigned int k = 0; k < i; k++)
			if (!strcasecmp(domain->name, conf->domains[k].name))
				wrong(c, "name", "domain %s is given twice",
				      domain->name);
	}
	c->at[0] = '\0';
}

static void check_host(struct checker *c, const struct raw_host *raw,
		       struct conf_host *host)
{
	required(c, "name", host->name, raw->name);
	text(host->host_name, raw->host_name, c->host);
	text(host->secret, raw->secret, "");
	host->challenge = flag(raw->challenge, raw->secret != NULL);
	if (host->challenge && !raw->secret)
		wrong(c, "challenge", "needs a secret");
	host->proxy_lcp = flag(raw->proxy_lcp, true);
	host->proxy_auth = flag(raw->proxy_auth, true);
	host->tunnel_switch = flag(raw->tunnel_switch, false);
	host->sequencing = flag(raw->sequencing, false);
	host->max_sessions = number(c, "max-sessions", raw->max_sessions,
				    (struct bounds){0, 65534, 0});
	host->pool = pool_named(c, raw->pool);
	host->rates = rates(c, &raw->rates);
	if (!host->tunnel_switch && !c->conf->pool_count)
		wrong(c, "", "needs an entry in pools, or switch: true");
}

static void check_hosts(struct checker *c, const struct raw_destination *raw,
			struct conf_destination *destination, unsigned int at)
{
	ARRAY(c, destination->hosts, destination->host_count,
	      raw->hosts_count);
	for (unsigned int i = 0; i < destination->host_count; i++) {
		struct conf_host *host = &destination->hosts[i];

		snprintf(c->at, sizeof(c->at), "destinations[%u].hosts[%u]",
			 at, i);
		check_host(c, &raw->hosts[i], host);
		for (unsigned int k = 0; k < i; k++)
			if (!strcmp(host->name, destination->hosts[k].name))
				wrong(c, "name", "host %s is given twice",
				      host->name);
	}
}

static void check_destination(struct checker *c, unsigned int at)
{
	const struct raw_destination *raw = &c->raw->destinations[at];
	struct conf_destination *destination = &c->conf->destinations[at];

	required(c, "name", destination->name, raw->name);
	destination->peer = end_point_or_any(c, "peer", raw->peer);
	destination->local = end_point_or_any(c, "local", raw->local);
	check_ends(c, destination->peer, destination->local);
	destination->udp_checksum = checksum(raw->udp_checksum);
	if (!raw->hosts_count)
		wrong(c, "hosts", "is missing");
	for (unsigned int k = 0; k < at; k++) {
		const struct conf_destination *other =
			&c->conf->destinations[k];

		if (!strcmp(destination->name, other->name))
			wrong(c, "name", "destination %s is given twice",
			      other->name);
		if (address_same(destination->peer, other->peer) &&
		    address_same(destination->local, other->local))
			wrong(c, "", "same peer and local as destination %s",
			      other->name);
	}
	check_hosts(c, raw, destination, at);
}

void check_destinations(struct checker *c)
{
	struct conf *conf = c->conf;

	ARRAY(c, conf->destinations, conf->destination_count,
	      c->raw->destinations_count);
	for (unsigned int i = 0; i < conf->destination_count; i++) {
		snprintf(c->at, sizeof(c->at), "destinations[%u]", i);
		check_destination(c, i);
	}
	c->at[0] = '\0';
}
