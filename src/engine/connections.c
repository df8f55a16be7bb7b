/* The program is linked with --wrap for each function that is wrapped here, so that every call of
 * them in it, Rust's included, comes here. */
#include "engine/connections.h"

#include "base/own.h"
#include "engine/bounds.h"

#include <netinet/in.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

int __real_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __real_close(int fd);
int __real_getpeername(int fd, struct sockaddr *addr, socklen_t *len);
int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags);
int __wrap_close(int fd);
int __wrap_getpeername(int fd, struct sockaddr *addr, socklen_t *len);

enum { FDS_MAX = 1 << 20 }; /* the kernel's own default (fs.nr_open) */

struct connection {
	atomic_bool is_counted;
	socklen_t peer_len; /* 0: nothing is kept */
	struct sockaddr_in6 peer;
};

static uint64_t n_max; /* 0: no bound, and nothing is counted */
static atomic_uint_fast64_t n_open;
static bool peers_are_kept;
static struct connection connections[FDS_MAX]; /* untouched pages cost nothing */

void connections_set_max(uint64_t max)
{
	const struct rlimit countable = { FDS_MAX, FDS_MAX };
	struct rlimit limit;

	if (max && getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_max > FDS_MAX)
		(void)setrlimit(RLIMIT_NOFILE, &countable); /* lowering is always allowed */
	n_max = max;
}

void connections_keep_peers(void)
{
	peers_are_kept = true;
}

static struct connection *connection_of(int fd)
{
	return fd >= 0 && fd < FDS_MAX ? &connections[fd] : NULL;
}

/* Whether the new connection `fd` may stay. */
static bool count(int fd)
{
	struct connection *c = connection_of(fd);

	if (!c || atomic_load(&n_open) >= n_max)
		return false;
	atomic_fetch_add(&n_open, 1);
	atomic_store(&c->is_counted, true);
	return true;
}

static void keep_peer(int fd, const struct sockaddr *addr, const socklen_t *len)
{
	struct connection *c = connection_of(fd);

	if (!peers_are_kept || !c || !addr || *len > sizeof c->peer)
		return;
	memcpy(&c->peer, addr, *len);
	c->peer_len = *len;
}

int __wrap_accept4(int fd, struct sockaddr *addr, socklen_t *len, int flags)
{
	socklen_t space = len ? *len : 0;

	for (;;) {
		int accepted = __real_accept4(fd, addr, len, flags);

		if (accepted < 0) {
			bounds_socket_failed();
			return accepted;
		}
		if (!n_max || count(accepted)) {
			keep_peer(accepted, addr, len);
			return accepted;
		}
		bounds_connections_reached();
		(void)__real_close(accepted);
		if (len)
			*len = space;
	}
}

int __wrap_close(int fd)
{
	struct connection *c = connection_of(fd);

	/* Before it is closed: afterwards the number may be another thread's. */
	if (c && c->peer_len)
		c->peer_len = 0;
	if (c && atomic_load(&c->is_counted) && atomic_exchange(&c->is_counted, false))
		atomic_fetch_sub(&n_open, 1);
	return __real_close(fd);
}

int __wrap_getpeername(int fd, struct sockaddr *addr, socklen_t *len)
{
	int r = __real_getpeername(fd, addr, len);
	const struct connection *c = connection_of(fd);

	if (r == 0 || errno != ENOTCONN || !c || !c->peer_len)
		return r;
	memcpy(addr, &c->peer, *len < c->peer_len ? *len : c->peer_len);
	*len = c->peer_len;
	return 0;
}
