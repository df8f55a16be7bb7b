/* Carries the options of one TCP socket over to another. */
#pragma once

#include "spec/connect.h"

#include <stdint.h>
#include <sys/socket.h>

enum { SOCKOPT_VALUE_MAX = 32 }; /* an int, a linger, a timeval, or a congestion control's name */

struct sockopt_value {
	socklen_t len; /* 0: not an option of this family, or of this kernel */
	char bytes[SOCKOPT_VALUE_MAX];
};

/* What the options of an untouched socket look like: those of a family and a network namespace. */
struct sockopt_baseline {
	struct sockopt_value values[CONNECT_OPTION_COUNT];
};

/* Reads them from a pristine socket; without one (a negative `fd`) none is known. */
void sockopt_read(int fd, struct sockopt_baseline *ret);
/* Sets on `to` every one of `options` (spec/connect.h) that `from` has and the baseline of its
 * family and namespace has not: what its owner has set. An option that `to` cannot take is left as
 * it is. */
void sockopt_copy(int from, uint32_t options, const struct sockopt_baseline *untouched, int to);
/* Makes `to` blocking or not, as `from` is. */
void sockopt_copy_blocking(int from, int to);
