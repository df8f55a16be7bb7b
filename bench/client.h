/* What all parts of the client share. */
#pragma once

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>

enum { SILENCE_S = 10 }; /* of a server, after which the sample has failed */

struct target {
	struct sockaddr_in server, source;
	int64_t duration_ns;
	size_t n_connections;
};

__attribute__((noreturn, format(printf, 1, 2))) void die(const char *fmt, ...);

int64_t now_ns(void);

/* Bound to the source address, without Nagle's algorithm. */
int open_socket(const struct target *t);

int must_connect(const struct target *t);
