/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the kernel for a link's speed; see link_speed.h. */
#include "world/link_speed.h"

#include <limits.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* The settings, and behind them three masks of link modes; the kernel says how
 * many words one has. */
enum {
	SETTINGS_WORDS = sizeof(struct ethtool_link_settings) / 4 +
			 3 * SCHAR_MAX,
};

static bool settings_read(int fd, const char *name,
			  struct ethtool_link_settings *out)
{
	struct ifreq ask = {0};

	out->cmd = ETHTOOL_GLINKSETTINGS;
	snprintf(ask.ifr_name, sizeof(ask.ifr_name), "%s", name);
	ask.ifr_data = (void *)out;
	if (ioctl(fd, SIOCETHTOOL, &ask) || out->link_mode_masks_nwords >= 0)
		return false;
	/* the kernel has returned the size of its masks: ask with that */
	out->cmd = ETHTOOL_GLINKSETTINGS;
	out->link_mode_masks_nwords = (int8_t)-out->link_mode_masks_nwords;
	return !ioctl(fd, SIOCETHTOOL, &ask);
}

uint64_t link_speed(const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint32_t room[SETTINGS_WORDS] = {0};
	struct ethtool_link_settings *settings = (void *)room;
	bool known;

	if (fd < 0)
		return 0;
	known = settings_read(fd, name, settings) &&
		settings->speed != (uint32_t)SPEED_UNKNOWN;
	close(fd);
	return known ? settings->speed * 1000000ull : 0;
}
