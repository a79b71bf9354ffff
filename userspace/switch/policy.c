/* SPDX-License-Identifier: GPL-2.0-only */
/* Decisions from the configuration alone; see policy.h. */
#include "switch/policy.h"

#include <stdlib.h>
#include <string.h>

static const struct conf_domain *domain_named(const struct conf *conf,
					      struct view name)
{
	for (unsigned int i = 0; i < conf->domain_count; i++) {
		const struct conf_domain *domain = &conf->domains[i];

		if (strlen(domain->name) == name.len &&
		    !strncasecmp(domain->name, (const char *)name.data,
				 name.len))
			return domain;
	}
	return NULL;
}

/* What stands after the last '@'; false: there is none. */
static bool domain_of(struct view user, struct view *domain)
{
	for (size_t at = user.len; at-- > 0;)
		if (user.data[at] == '@') {
			*domain = view_of(user.data + at + 1,
					  user.len - at - 1);
			return true;
		}
	return false;
}

/*
 * The entries "none" and "default" of the file are not domains: the name u@none
 * does not match the entry "none".
 */
static bool domain_reserved(struct view name)
{
	return (name.len == 4 &&
		!strncasecmp((const char *)name.data, "none", 4)) ||
	       (name.len == 7 &&
		!strncasecmp((const char *)name.data, "default", 7));
}

const struct conf_domain *policy_domain(const struct conf *conf,
					struct view user)
{
	const struct conf_domain *found = NULL;
	struct view domain;

	if (!domain_of(user, &domain) || !domain.len)
		found = domain_named(conf, view_text("none"));
	else if (!domain_reserved(domain))
		found = domain_named(conf, domain);
	return found ? found : domain_named(conf, view_text("default"));
}

static int user_compare(const void *key, const void *element)
{
	const struct view *name = key;
	const struct conf_user *user = element;
	size_t len = strlen(user->name);
	int order = name->len ? memcmp(name->data, user->name,
				       name->len < len ? name->len : len)
			      : 0;

	if (order)
		return order;
	return name->len < len ? -1 : name->len > len;
}

const struct conf_user *policy_user(const struct conf *conf, struct view name)
{
	if (!conf->user_count)
		return NULL;
	return bsearch(&name, conf->users, conf->user_count,
		       sizeof(*conf->users), user_compare);
}

/* Of all, of its family, itself; 0 = the pattern does not speak of it. */
static unsigned int address_fit(struct address pattern, struct address address)
{
	if (!address_covers(pattern, address))
		return 0;
	return !pattern.family ? 1 : address_is_zero(pattern) ? 2 : 3;
}

/*
 * How closely a destination names the pair, the peer above all: 0 = not at all.
 */
static unsigned int destination_fit(const struct conf_destination *destination,
				    struct address peer, struct address local)
{
	unsigned int peer_fit = address_fit(destination->peer, peer);
	unsigned int local_fit = address_fit(destination->local, local);

	return peer_fit && local_fit ? peer_fit * 4 + local_fit : 0;
}

static bool local_is_ours(const struct conf *conf, struct address local)
{
	for (unsigned int i = 0; i < conf->l2tp.local_count; i++)
		if (address_same(conf->l2tp.locals[i], local))
			return true;
	return false;
}

const struct conf_destination *policy_destination(const struct conf *conf,
						  struct address peer,
						  struct address local)
{
	const struct conf_destination *best = NULL;
	unsigned int best_fit = 0;

	/* nobody can be answered there without knowing the link */
	if (address_is_link_local6(peer))
		return NULL;
	if (!local_is_ours(conf, local))
		return NULL; /* "any" is any of local-addresses */
	for (unsigned int i = 0; i < conf->destination_count; i++) {
		unsigned int fit = destination_fit(&conf->destinations[i],
						   peer, local);

		if (fit <= best_fit)
			continue;
		best = &conf->destinations[i];
		best_fit = fit;
	}
	return best;
}

const struct conf_host *
policy_host(const struct conf_destination *destination, struct view host_name)
{
	const struct conf_host *other = NULL;

	for (unsigned int i = 0; i < destination->host_count; i++) {
		const struct conf_host *host = &destination->hosts[i];

		if (!strcmp(host->name, "default"))
			other = host;
		else if (view_equal(view_text(host->name), host_name))
			return host;
	}
	return other;
}
