#include "address.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

static int fail(int error)
{
	errno = error;
	return -1;
}

static int record_from_unix(const struct sockaddr_un *un, socklen_t len, struct record *ret)
{
	size_t path_len = len - offsetof(struct sockaddr_un, sun_path);
	bool abstract = path_len && un->sun_path[0] == '\0';

	if (path_len > sizeof un->sun_path)
		return fail(EINVAL);
	/* To the host a name ends at a NUL, and '@' begins an abstract one too. */
	if (abstract && memchr(un->sun_path + 1, '\0', path_len - 1))
		return fail(EINVAL);
	if (path_len && un->sun_path[0] == '@') {
		memcpy(ret->path, "./", 2);
		memcpy(ret->path + 2, un->sun_path, path_len);
	} else {
		memcpy(ret->path, un->sun_path, path_len);
	}
	return 0;
}

static int record_from_in6(const struct sockaddr_in6 *in6, socklen_t len, struct record *ret)
{
	/* Addresses of RFC 2133 end before the scope. */
	if (len < offsetof(struct sockaddr_in6, sin6_scope_id))
		return fail(EINVAL);
	memcpy(ret->in.octets, &in6->sin6_addr, sizeof in6->sin6_addr);
	ret->in.scope_id = len < sizeof *in6 ? 0 : in6->sin6_scope_id;
	ret->in.has_scope = ret->in.scope_id != 0;
	return 0;
}

int record_from_sockaddr(const struct sockaddr *address, socklen_t len, struct record *ret,
			 uint32_t *ret_port)
{
	const struct sockaddr_in *in4 = (const struct sockaddr_in *)address;

	memset(ret, 0, sizeof *ret);
	*ret_port = 0;
	if (!address)
		return fail(EFAULT);
	if (len < sizeof address->sa_family)
		return fail(EINVAL);
	ret->family = address->sa_family;
	switch (address->sa_family) {
	case AF_INET:
		if (len < sizeof *in4)
			return fail(EINVAL);
		memcpy(ret->in.octets, &in4->sin_addr, sizeof in4->sin_addr);
		*ret_port = ntohs(in4->sin_port);
		return 0;
	case AF_INET6:
		*ret_port = ntohs(in4->sin_port); /* it is at the same place */
		return record_from_in6((const struct sockaddr_in6 *)address, len, ret);
	case AF_UNIX:
		return record_from_unix((const struct sockaddr_un *)address, len, ret);
	case AF_UNSPEC:
		return 0; /* whether a socket can be disconnected is up to the host */
	default:
		return fail(EAFNOSUPPORT);
	}
}

/* Fills in a path and returns the address's length, as unix(7) gives it. */
static socklen_t unix_from_record(const struct record *r, struct sockaddr_un *ret)
{
	bool abstract = r->path[0] == '@' || (r->path[0] == '\0' && r->path[1] != '\0');
	size_t len = abstract ? 1 + strnlen(r->path + 1, sizeof ret->sun_path - 1)
			      : strnlen(r->path, sizeof ret->sun_path);

	memcpy(ret->sun_path, r->path, len);
	if (abstract)
		ret->sun_path[0] = '\0';
	else if (len)
		len++; /* the NUL, which need not fit */
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
}

void record_to_sockaddr(const struct record *r, uint32_t port, struct sockaddr *ret, socklen_t *len)
{
	union {
		struct sockaddr sa;
		struct sockaddr_in in4;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} a = { .sa.sa_family = r->family };
	socklen_t whole = sizeof a.sa.sa_family;

	switch (r->family) {
	case AF_INET:
		a.in4.sin_port = htons((uint16_t)port);
		memcpy(&a.in4.sin_addr, r->in.octets, sizeof a.in4.sin_addr);
		whole = sizeof a.in4;
		break;
	case AF_INET6:
		a.in6.sin6_port = htons((uint16_t)port);
		memcpy(&a.in6.sin6_addr, r->in.octets, sizeof a.in6.sin6_addr);
		a.in6.sin6_scope_id = r->in.has_scope == 1 ? r->in.scope_id : 0;
		whole = sizeof a.in6;
		break;
	case AF_UNIX:
		whole = unix_from_record(r, &a.un);
		break;
	default: /* the host does not know who it was */
		break;
	}
	memcpy(ret, &a, *len < whole ? *len : (whole < sizeof a ? whole : sizeof a));
	*len = whole;
}
