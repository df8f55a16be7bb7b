#include "host.h"

#include <errno.h>
#include <unistd.h>

int socketpair(int family, int type, int protocol, int fds[2])
{
	int kind = host_type(family, type, protocol);
	int pair[2];

	if (kind < 0)
		return -1;
	if (family != AF_UNIX) {
		errno = EOPNOTSUPP;
		return -1;
	}
	if (host_result(host_socketpair(family, kind, pair)) < 0)
		return -1;
	for (int i = 0; i < 2; i++) {
		if (apply_type_flags(pair[i], type) < 0) {
			(void)close(pair[1 - i]);
			return -1;
		}
	}
	fds[0] = pair[0];
	fds[1] = pair[1];
	return 0;
}
