/* Seccomp user notifications (seccomp_unotify(2)): the engine's trapped calls, and the answers.
 *
 * Nothing here decides. A call's arguments are numbers of the engine's: descriptors are fetched
 * with pidfd_getfd() and memory is copied once, so that what is judged is what is done.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct notify {
	int fd;		     /* the filter's listener; owned */
	int engine_pidfd;    /* owned */
	size_t request_size; /* what this kernel wants, at least our struct's size */
};

struct notify_call {
	uint64_t id;
	pid_t tid; /* the calling thread, as the supervisor sees it */
	int nr;
	uint64_t args[6];
};

/* Takes both descriptors. */
int notify_open(struct notify *n, int listener_fd, int engine_pidfd);
void notify_close(struct notify *n);

/* -ENOENT: the caller gave up in the meantime, or the engine is gone. Blocks if nothing is pending.
 */
int notify_recv(struct notify *n, struct notify_call *ret);
/* Whether the caller still waits: until then its thread id and memory are its own. */
bool notify_is_pending(struct notify *n, uint64_t id);
/* The engine's descriptor as our own (close-on-exec), the same open file. */
int notify_get_fd(struct notify *n, const struct notify_call *call, int engine_fd, int *ret_fd);
/* Copies `len` bytes of the caller's memory. -EFAULT if it has not that many there. */
int notify_read(struct notify *n, const struct notify_call *call, uint64_t ptr, void *ret,
		size_t len);
/* Puts our `src_fd` in the place of the engine's descriptor, close-on-exec, while call `id` is
 * pending. */
int notify_swap(struct notify *n, uint64_t id, int src_fd, int engine_fd);
/* The same, and answers the call with success, in a way that only callers take who know of it
 * (spec/connect.h): for two turns of the caller's less. -EINVAL before Linux 5.14. */
int notify_swap_and_reply(struct notify *n, uint64_t id, int src_fd, int engine_fd);
/* Answers with a return value >= 0, or -errno. An engine that is gone needs no answer. */
void notify_reply(struct notify *n, uint64_t id, int result);
/* Lets the kernel do the call as the engine asked. What was judged may have changed by then, so
 * this is only for an engine that has never been given a socket of the host. */
void notify_continue(struct notify *n, uint64_t id);
