/* What these programs share: they print what happened in words that do not differ by platform. */
#pragma once

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static inline const char *error_name(int error)
{
	static const struct {
		int error;
		const char *name;
	} names[] = {
		{ EACCES, "EACCES" },
		{ EADDRINUSE, "EADDRINUSE" },
		{ EADDRNOTAVAIL, "EADDRNOTAVAIL" },
		{ EAFNOSUPPORT, "EAFNOSUPPORT" },
		{ EAGAIN, "EAGAIN" },
		{ EALREADY, "EALREADY" },
		{ EBADF, "EBADF" },
		{ ECONNREFUSED, "ECONNREFUSED" },
		{ ECONNRESET, "ECONNRESET" },
		{ EDOM, "EDOM" },
		{ EDESTADDRREQ, "EDESTADDRREQ" },
		{ EFAULT, "EFAULT" },
		{ EINPROGRESS, "EINPROGRESS" },
		{ EINVAL, "EINVAL" },
		{ EISCONN, "EISCONN" },
		{ EMSGSIZE, "EMSGSIZE" },
		{ ENODEV, "ENODEV" },
		{ ENOENT, "ENOENT" },
		{ ENOPROTOOPT, "ENOPROTOOPT" },
		{ ENOTCONN, "ENOTCONN" },
		{ ENOTSOCK, "ENOTSOCK" },
		{ ENETUNREACH, "ENETUNREACH" },
		{ ENXIO, "ENXIO" },
		{ EOPNOTSUPP, "EOPNOTSUPP" },
		{ EPIPE, "EPIPE" },
		{ EPROTONOSUPPORT, "EPROTONOSUPPORT" },
		{ EPROTOTYPE, "EPROTOTYPE" },
	};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (names[i].error == error)
			return names[i].name;
	}
	return strerror(error);
}

/* Prints "WHAT: N", or the error's name where the result is -1. */
static inline long show(const char *what, long result)
{
	if (result < 0)
		printf("%s: %s\n", what, error_name(errno));
	else
		printf("%s: %ld\n", what, result);
	return result;
}

/* For what must succeed before anything can be shown. */
static inline int must(const char *what, long result)
{
	if (result < 0) {
		printf("%s failed: %s\n", what, error_name(errno));
		exit(1);
	}
	return (int)result;
}
