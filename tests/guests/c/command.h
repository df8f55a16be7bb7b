/* A guest that a test steers: one command a line on stdin, one line of answer on stdout.
 *
 * "ok", "ok WORDS", or "error NAME" with the names that Rust's std::io::ErrorKind uses, so that a
 * test reads the same from a C and from a Rust guest. */
#pragma once

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <wasi/api.h>

enum { WORDS_MAX = 8, LINE_MAX_BYTES = 8192 };

struct command {
	char line[LINE_MAX_BYTES];
	char *words[WORDS_MAX]; /* never NULL: "" where there is none */
};

/* false at the end of stdin. */
static inline bool command_next(struct command *c)
{
	char *at = c->line;

	if (!fgets(c->line, sizeof(c->line), stdin))
		return false;
	c->line[strcspn(c->line, "\n")] = '\0';
	for (int i = 0; i < WORDS_MAX; i++) {
		c->words[i] = at;
		at += strcspn(at, " ");
		if (*at)
			*at++ = '\0';
	}
	return true;
}

static inline const char *errno_name(int number)
{
	switch (number) {
	case __WASI_ERRNO_ACCES:
		return "PermissionDenied";
	case __WASI_ERRNO_PERM:
		return "PermissionDenied";
	case __WASI_ERRNO_ADDRINUSE:
		return "AddrInUse";
	case __WASI_ERRNO_ADDRNOTAVAIL:
		return "AddrNotAvailable";
	case __WASI_ERRNO_AGAIN:
		return "WouldBlock";
	case __WASI_ERRNO_CONNREFUSED:
		return "ConnectionRefused";
	case __WASI_ERRNO_CONNRESET:
		return "ConnectionReset";
	case __WASI_ERRNO_EXIST:
		return "AlreadyExists";
	case __WASI_ERRNO_HOSTUNREACH:
		return "HostUnreachable";
	case __WASI_ERRNO_INVAL:
		return "InvalidInput";
	case __WASI_ERRNO_NETUNREACH:
		return "NetworkUnreachable";
	case __WASI_ERRNO_NOENT:
		return "NotFound";
	case __WASI_ERRNO_NOTCONN:
		return "NotConnected";
	case __WASI_ERRNO_ROFS:
		return "ReadOnlyFilesystem";
	default:
		return NULL;
	}
}

static inline void answer_ok(const char *words)
{
	printf(*words ? "ok %s\n" : "ok\n", words);
	fflush(stdout);
}

/* `number` is a WASI errno; 0 answers "ok". */
static inline void answer_errno(int number)
{
	const char *name = errno_name(number);

	if (!number)
		answer_ok("");
	else if (name)
		printf("error %s\n", name);
	else
		printf("error %d\n", number);
	fflush(stdout);
}
