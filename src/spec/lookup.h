/* Name lookups: what the engine asks of the supervisor, since it cannot reach a resolver itself.
 *
 * One request and one reply a time, each one message of a SOCK_SEQPACKET pair whose engine end is
 * SPEC_LOOKUP_FD. The values are getaddrinfo(3)'s on this machine: families, socket types, AI_
 * flags and EAI_ errors.
 */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LOOKUP_NODE_MAX = 256, /* NUL included */
	LOOKUP_SERVICE_MAX = 64,
	LOOKUP_RESULTS_MAX = 64,
};

struct lookup_request {
	int32_t family;			  /* AF_UNSPEC, AF_INET or AF_INET6 */
	int32_t socktype;		  /* 0, SOCK_STREAM or SOCK_DGRAM */
	int32_t flags;			  /* AI_PASSIVE, AI_NUMERICHOST, ... */
	char node[LOOKUP_NODE_MAX];	  /* "" for none */
	char service[LOOKUP_SERVICE_MAX]; /* "" for none */
};

struct lookup_result {
	struct addr addr; /* port included */
	int32_t socktype;
	int32_t protocol;
};

struct lookup_reply {
	int32_t error;	   /* EAI_...; 0 with at least one result */
	int32_t sys_errno; /* for EAI_SYSTEM: EACCES when no grant covers the name */
	uint32_t n_results;
	char canonical[LOOKUP_NODE_MAX]; /* "" if not asked for */
	struct lookup_result results[LOOKUP_RESULTS_MAX];
};

/* Asks on `fd` and waits. -errno if the supervisor cannot be asked; else the reply says how it
 * went, and its bounds have been checked. */
int lookup_ask(int fd, const struct lookup_request *request, struct lookup_reply *ret);
/* Takes a request's bytes as they came: -EINVAL if they are none that lookup_ask() sends. */
int lookup_decode_request(const void *bytes, size_t len, struct lookup_request *ret);
/* The length of a reply on the wire: results that are not there are not sent. */
size_t lookup_reply_len(const struct lookup_reply *reply);
