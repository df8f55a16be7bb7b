/* The engine's seccomp filter: which calls exist, and which of them go to the broker.
 *
 * It is built in the supervisor, before the namespaces, and installed by pid 1's child just before
 * it becomes the engine. Refused is what could reach past the namespaces or past the broker; the
 * reasons stand beside each rule in filter.c.
 */
#pragma once

#include "base/err.h"

#include <linux/filter.h>
#include <stdbool.h>

enum { FILTER_EXEC_FD = 7 }; /* the one descriptor that the engine's program is executed from */

struct filter {
	struct sock_fprog prog; /* filter is owned */
	bool notify; /* listen, connect and bind go to the broker; else the kernel judges them */
};

/* `notify` false builds the same filter without the three notifications. */
int filter_build(struct filter *f, bool notify, struct err *e);
/* For the compile step, whose program is executed from `exec_fd`: it computes, reads and writes. */
int filter_build_compiler(struct filter *f, int exec_fd, struct err *e);
void filter_deinit(struct filter *f);
/* Installs it in the calling thread; needs no_new_privs. Async-signal-safe. Returns the listener's
 * descriptor (close-on-exec) when f->notify, else 0; or -errno. */
int filter_install(const struct filter *f);
/* Whether this kernel has what the broker needs: SECCOMP_RET_USER_NOTIF and pidfd_getfd (Linux
 * 5.6). That it lacks SECCOMP_IOCTL_NOTIF_ADDFD (5.9) shows at the first swap, which then falls
 * back to the relay. */
bool filter_can_notify(void);
