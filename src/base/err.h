/* Errors: what a fallible function returns, and the words that go with it.
 *
 * A fallible function returns 0 or -errno. Where words help it also takes a
 * `struct err *`, which collects fragments from the inside out; read together
 * they make one sentence: "starting 'web': bind '127.0.0.1:80': Permission
 * denied". Only main() and the supervisor print them.
 */
#pragma once

#include <errno.h>
#include <stddef.h>

/* What to exit with when a failure reaches the command line (docker's numbers). */
enum exit_code {
	EXIT_TIMEOUT = 124,    /* the guest's time was over (timeout(1)'s number) */
	EXIT_WASMRUN = 125,    /* wasmrun itself failed */
	EXIT_CANNOT_RUN = 126, /* the module cannot be run */
	EXIT_NOT_FOUND = 127,  /* there is no such module or project */
};

struct err {
	char text[1024]; /* one sentence without its full stop; empty if nothing is known */
	int exit_code;	 /* an enum exit_code, or 0 for the default (125) */
};

/* Writes the fragment, with ": <strerror(code)>" behind it if `code` is positive.
 * Returns -code, or -EINVAL for code 0 (a failure that errno has no number for).
 * `e` may be NULL. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The same; it lets compilers and analyzers know that the result is negative, and so that an output
 * which is written on success only is not read after a failure. */
#define err_set(...)                                                                               \
	({                                                                                         \
		int err_set_r_ = (err_set)(__VA_ARGS__);                                           \
		if (err_set_r_ >= 0)                                                               \
			__builtin_unreachable();                                                   \
		err_set_r_;                                                                        \
	})

/* Puts "<fragment>: " in front of what is there. `e` may be NULL. */
void err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Sets the exit code that this failure should end the command with; returns `r` unchanged. */
static inline int err_exit(struct err *e, enum exit_code code, int r)
{
	if (e)
		e->exit_code = code;
	return r;
}

/* -errno, and never 0. To be called in the statement after the failing call. */
static inline int neg_errno(void)
{
	return errno > 0 ? -errno : -EINVAL;
}
