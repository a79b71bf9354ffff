/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the kernel about its devices; see devices.h. */
#include "world/devices.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* "  eth0: octets packets (6 more) octets packets ..."; titles have no ':'. */
static bool line_parse(const char *line, struct device_count *out)
{
	return sscanf(line,
		      " %15[^: ]: %" SCNu64 " %" SCNu64
		      " %*u %*u %*u %*u %*u %*u %" SCNu64 " %" SCNu64,
		      out->name, &out->octets_in, &out->packets_in,
		      &out->octets_out, &out->packets_out) == 5;
}

int devices_parse(FILE *file, struct device_count *out, unsigned int max)
{
	unsigned int n = 0;
	char line[512];

	while (n < max && fgets(line, sizeof(line), file))
		if (line_parse(line, &out[n]))
			n++;
	return (int)n;
}

int devices_read(struct device_count *out, unsigned int max)
{
	FILE *file = fopen("/proc/self/net/dev", "re");
	int n;

	if (!file)
		return -errno;
	n = devices_parse(file, out, max);
	fclose(file);
	return n;
}

uint32_t device_below(int fd, uint32_t ifindex)
{
	struct vlan_ioctl_args ask = {.cmd = GET_VLAN_REALDEV_NAME_CMD};

	if (!if_indextoname(ifindex, ask.device1) ||
	    ioctl(fd, SIOCGIFVLAN, &ask))
		return 0;
	ask.u.device2[IF_NAMESIZE - 1] = '\0';
	return if_nametoindex(ask.u.device2);
}

/* ---- offloads ------------------------------------------------------------ */

enum {
	FEATURES_MAX = 256, /* that a kernel may have; 6.18 has 66 */
	WORDS_MAX = FEATURES_MAX / 32,
};

/* In the order of the bits of enum device_offload. */
static const struct {
	const char *kernel; /* in the kernel's list of features */
	const char *ethtool; /* for people */
} offloads[] = {
	{"rx-vlan-hw-parse", "rx-vlan-offload"},
	{"rx-vlan-stag-hw-parse", "rx-vlan-stag-hw-parse"},
	{"rx-lro", "large-receive-offload"},
	{"rx-gro-hw", "rx-gro-hw"},
	{"rx-vlan-filter", "rx-vlan-filter"},
	{"rx-vlan-stag-filter", "rx-vlan-stag-filter"},
};
enum { OFFLOADS = sizeof(offloads) / sizeof(*offloads) };

/* The index of each among the kernel's features; -1: unknown. */
struct places {
	unsigned int count; /* of all features */
	int at[OFFLOADS];
};

/* -errno, or what the kernel answers: 0 unless features are set. */
static int ethtool_ask(int fd, const char *name, void *request)
{
	struct ifreq ask = {.ifr_data = request};
	int answer;

	if (strlen(name) >= sizeof(ask.ifr_name))
		return -ENODEV;
	strcpy(ask.ifr_name, name);
	answer = ioctl(fd, SIOCETHTOOL, &ask);
	return answer < 0 ? -errno : answer;
}

static int features_count(int fd, const char *name, unsigned int *count)
{
	union {
		struct ethtool_sset_info head;
		char space[sizeof(struct ethtool_sset_info) + sizeof(uint32_t)];
	} ask = {
		.head = {.cmd = ETHTOOL_GSSET_INFO,
			 .sset_mask = 1ull << ETH_SS_FEATURES},
	};
	uint32_t found = 0;
	int error = ethtool_ask(fd, name, &ask);

	if (error)
		return error;
	if (ask.head.sset_mask)
		memcpy(&found, ask.head.data, sizeof(found));
	if (!found || found > FEATURES_MAX)
		return -EOPNOTSUPP;
	*count = found;
	return 0;
}

static void places_find(const struct ethtool_gstrings *names,
			struct places *out)
{
	for (unsigned int i = 0; i < OFFLOADS; i++)
		out->at[i] = -1;
	for (unsigned int f = 0; f < names->len && f < out->count; f++)
		for (unsigned int i = 0; i < OFFLOADS; i++)
			if (!strncmp((const char *)names->data +
					     f * ETH_GSTRING_LEN,
				     offloads[i].kernel, ETH_GSTRING_LEN))
				out->at[i] = (int)f;
}

static int places_read(int fd, const char *name, struct places *out)
{
	struct ethtool_gstrings *names;
	int error = features_count(fd, name, &out->count);

	if (error)
		return error;
	names = calloc(1, sizeof(*names) + out->count * ETH_GSTRING_LEN);
	if (!names)
		return -ENOMEM;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = out->count;
	error = ethtool_ask(fd, name, names);
	if (!error)
		places_find(names, out);
	free(names);
	return error;
}

static uint8_t bits_read(const struct places *places,
			 const struct ethtool_get_features_block *blocks,
			 bool active)
{
	uint8_t bits = 0;

	for (unsigned int i = 0; i < OFFLOADS; i++) {
		int at = places->at[i];
		uint32_t word;

		if (at < 0)
			continue;
		word = active ? blocks[at / 32].active
			      : ~blocks[at / 32].available |
					blocks[at / 32].never_changed;
		bits |= (uint8_t)((word >> at % 32 & 1) << i);
	}
	return bits;
}

int device_offloads(int fd, const char *name, struct device_offloads *out)
{
	union {
		struct ethtool_gfeatures head;
		char space[sizeof(struct ethtool_gfeatures) +
			   WORDS_MAX *
				   sizeof(struct ethtool_get_features_block)];
	} ask = {.head = {.cmd = ETHTOOL_GFEATURES, .size = WORDS_MAX}};
	struct places places;
	int error = places_read(fd, name, &places);

	if (!error)
		error = ethtool_ask(fd, name, &ask);
	if (error)
		return error;
	*out = (struct device_offloads){
		.on = bits_read(&places, ask.head.features, true),
		.fixed = bits_read(&places, ask.head.features, false),
	};
	return 0;
}

int device_offloads_set(int fd, const char *name, uint8_t which, bool on)
{
	union {
		struct ethtool_sfeatures head;
		char space[sizeof(struct ethtool_sfeatures) +
			   WORDS_MAX *
				   sizeof(struct ethtool_set_features_block)];
	} ask = {.head = {.cmd = ETHTOOL_SFEATURES}};
	struct places places;
	int error = places_read(fd, name, &places);

	if (error)
		return error;
	ask.head.size = (places.count + 31) / 32;
	for (unsigned int i = 0; i < OFFLOADS; i++) {
		struct ethtool_set_features_block *block;
		uint32_t bit;

		if (!(which >> i & 1) || places.at[i] < 0)
			continue;
		block = &ask.head.features[places.at[i] / 32];
		bit = 1u << places.at[i] % 32;
		block->valid |= bit;
		block->requested |= on ? bit : 0;
	}
	error = ethtool_ask(fd, name, &ask);
	if (error > 0)
		error = error & ETHTOOL_F_UNSUPPORTED ? -EOPNOTSUPP : 0;
	return error;
}

const char *device_offloads_text(uint8_t which, char out[OFFLOADS_TEXT])
{
	size_t len = 0;

	out[0] = '\0';
	for (unsigned int i = 0; i < OFFLOADS; i++)
		if (which >> i & 1)
			len += (size_t)snprintf(out + len, OFFLOADS_TEXT - len,
						"%s%s", len ? ", " : "",
						offloads[i].ethtool);
	return out;
}
