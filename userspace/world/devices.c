/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the kernel about its devices; see devices.h. */
#include "world/devices.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/if_vlan.h>
#include <linux/sockios.h>
#include <stdbool.h>
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
