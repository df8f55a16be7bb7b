/* An engine that a guest has taken over: it runs in the engine's place, in the engine's cage,
 * and does what the test says on stdin, one command a line. It answers with one line: "ok WORDS"
 * if the attempt came through, or "error NAME" with the errno's name.
 *
 * `escaped bare` is the same program without a cage: what it is refused there as well shows
 * nothing. */
#pragma once

#include <stddef.h>
#include <sys/socket.h>

enum { WORDS_MAX = 8, FD_NONE = -1 };

/* What a command is given: words[0] is its own name; missing words are "". */
typedef int attempt_fn(char **words);

struct attempt {
	const char *name;
	attempt_fn *run; /* 0, or a number to show, if it came through; -errno if it was refused */
};

extern const struct attempt call_attempts[], socket_attempts[], race_attempts[], flood_attempts[];

/* The sockets that the commands share: a listener of the guest's, which publishing may have put
 * a socket of the host's in the place of, and a connection accepted from it. */
extern int listener, accepted;

/* The descriptor that a command calls "listener", "accepted" or by its number. */
int attempt_fd(const char *word);
/* An IPv4 or IPv6 address, "abstract:NAME" or a path, the port behind it. The length, or
 * -EINVAL. */
int attempt_address(const char *text, const char *port, struct sockaddr_storage *ret);
int attempt_number(const char *word);
