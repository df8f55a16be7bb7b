/* The program is linked with --wrap=socket, so that every call of socket() in it, Rust's
 * included, comes here. */
#include "engine/nodelay.h"

#include "base/own.h"
#include "engine/bounds.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

int __real_socket(int domain, int type, int protocol);
int __wrap_socket(int domain, int type, int protocol);

static bool nodelay_enabled;

void nodelay_set_enabled(bool enabled)
{
	nodelay_enabled = enabled;
}

int __wrap_socket(int domain, int type, int protocol)
{
	int fd = __real_socket(domain, type, protocol);
	bool stream = (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM;

	if (fd < 0)
		bounds_socket_failed();
	if (fd < 0 || !nodelay_enabled || !stream || (domain != AF_INET && domain != AF_INET6))
		return fd;
	/* Only slower without it, so a failure is no reason to refuse the socket. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
	return fd;
}
