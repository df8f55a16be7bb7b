/* Forwards: published ports, as the user writes them. Pure. */
#pragma once

#include "base/addr.h"
#include "base/err.h"

#include <stddef.h>

enum {
	FORWARD_MAX = 256,	/* of one process */
	FORWARD_PATH_MAX = 108, /* with the NUL: what a struct sockaddr_un holds */
	FORWARD_TEXT_MAX = 160, /* of forward_format_host() */
};

enum forward_kind { FORWARD_TCP, FORWARD_UDP, FORWARD_UNIX };

struct forward {
	enum forward_kind kind;
	struct addr host;	     /* TCP, UDP: where the host listens, port included */
	char path[FORWARD_PATH_MAX]; /* UNIX: of the host's socket, absolute */
	uint16_t guest_port;	     /* of TCP, but for FORWARD_UDP */
};

/* "HOST:GUEST", "ADDR:HOST:GUEST", "[ADDR6]:HOST:GUEST", with "/tcp" or "/udp" behind it; the
 * address is 127.0.0.1 unless given. Ports are 1 to 65535. "unix:PATH:GUEST": a Unix socket of the
 * host, to the guest's TCP port. */
int forward_parse(const char *text, struct forward *ret, struct err *e);
/* "127.0.0.1:80", "127.0.0.1:53/udp", "unix:/run/app.sock"; returns `out`. */
const char *forward_format_host(const struct forward *f, char out[FORWARD_TEXT_MAX]);
/* Appends; *forwards is NULL at first and is freed by the caller. Refuses a host address and port,
 * or path, that is already there (a wildcard covers every address of its family; TCP and UDP have
 * ports of their own), and more than FORWARD_MAX. */
int forward_add(struct forward **forwards, size_t *n, const struct forward *f, struct err *e);
/* Appends those of `lower` whose host end none of *forwards already has: how the
 * command line's forwards go over the file's. */
int forward_merge(struct forward **forwards, size_t *n, const struct forward *lower, size_t n_lower,
		  struct err *e);
