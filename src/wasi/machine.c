#include "wasi/machine.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "base/err.h"
#include "base/own.h"

/* The kernel takes only an interface that exists for this (ip(7), IP_MULTICAST_IF). */
static bool is_interface(int fd, uint32_t index)
{
	struct ip_mreqn way = { .imr_ifindex = (int)index };

	return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &way, sizeof way) == 0;
}

/* A socket can be bound to a device by number, and asked for the device's name (socket(7)).
 * Without privilege it can be bound but once, so `fd` is used up. */
static int interface_name(int fd, uint32_t index, char ret[IF_NAMESIZE])
{
	int number = (int)index;
	socklen_t len = IF_NAMESIZE;

	memset(ret, 0, IF_NAMESIZE);
	if (setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &number, sizeof number) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ret, &len) < 0)
		return neg_errno();
	return 0;
}

int machine_next_interface(uint32_t after, uint32_t *ret_index, char ret_name[IF_NAMESIZE])
{
	AUTO_CLOSE int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return neg_errno();
	for (uint64_t i = (uint64_t)after + 1; i <= MACHINE_INTERFACES_MAX; i++) {
		if (!is_interface(fd, (uint32_t)i))
			continue;
		*ret_index = (uint32_t)i;
		return interface_name(fd, (uint32_t)i, ret_name);
	}
	return -ENOENT;
}

int machine_name(char ret[MACHINE_NAME_MAX])
{
	struct utsname u;

	if (uname(&u) < 0)
		return neg_errno();
	memcpy(ret, u.nodename, strnlen(u.nodename, MACHINE_NAME_MAX - 1) + 1);
	ret[MACHINE_NAME_MAX - 1] = '\0';
	return 0;
}
