/* Carries the options of one TCP socket over to another. */
#pragma once

#include <sys/socket.h>

enum {
	SOCKOPT_COUNT = 25,
	SOCKOPT_VALUE_MAX =
		32, /* an int, a linger, a timeval, or the name of a congestion control */
};

struct sockopt_value {
	socklen_t len; /* 0: not an option of this family, or of this kernel */
	char bytes[SOCKOPT_VALUE_MAX];
};

/* What the options of an untouched socket look like: those of a family and a network namespace. */
struct sockopt_baseline {
	struct sockopt_value values[SOCKOPT_COUNT];
};

/* Reads them from a pristine socket; without one (a negative `fd`) none is known. */
void sockopt_read(int fd, struct sockopt_baseline *ret);
/* Sets on `to` every option and file flag that `from` has and the baseline of its family and
 * namespace has not: what its owner has set. An option that `to` cannot take is left as it is. */
void sockopt_copy(int from, const struct sockopt_baseline *untouched, int to);
