#include "net/namespace.h"

#include "base/err.h"
#include "base/own.h"

#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int write_file(const char *path, const char *text)
{
	AUTO_CLOSE int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return neg_errno();
	if (write(fd, text, strlen(text)) < 0)
		return neg_errno();
	return 0;
}

static int write_map(const char *path, unsigned outer)
{
	char line[64];

	(void)snprintf(line, sizeof line, "%d %u 1\n", NAMESPACE_ID, outer);
	return write_file(path, line);
}

int namespace_map_ids(uid_t outer_uid, gid_t outer_gid)
{
	int r = write_map("/proc/self/uid_map", outer_uid);

	/* Without privilege a group mapping is only allowed once setgroups is off. */
	if (r == 0)
		r = write_file("/proc/self/setgroups", "deny");
	if (r == 0)
		r = write_map("/proc/self/gid_map", outer_gid);
	return r;
}

int namespace_loopback_up(void)
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq req = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	if (fd < 0)
		return neg_errno();
	if (ioctl(fd, SIOCSIFFLAGS, &req) < 0)
		return neg_errno();
	return 0;
}

int namespace_open_low_ports(void)
{
	/* /proc/sys/net shows the namespace of the task that opens it. */
	return write_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", "0");
}
