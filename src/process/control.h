/* The control socket between the supervisor and the trusted code inside the namespaces.
 *
 * A SOCK_SEQPACKET pair of fixed-size messages. Inside it is held by pid 1 and, until it becomes
 * the engine, by pid 1's child. When the supervisor's end closes, pid 1 ends, and everything inside
 * with it.
 *
 *	inside -> supervisor
 *	CONTROL_FAILED	a step of the set-up failed: `value` is errno and `text` the step; or
 *			`value` is 0 and `text` says it all
 *	CONTROL_READY	the namespaces stand; fds: a pristine socket each of AF_INET and, if the
 *			kernel has it, AF_INET6
 *	CONTROL_UDP	before READY, if some grant is of UDP: the way out (net/udp_exit.h);
 *			`value` is 0 with its two or three fds, or errno
 *	CONTROL_ENGINE	about to become the engine; fds: a pidfd of it and, if `value` is 1, the
 *			seccomp listener
 *	CONTROL_SOCKET	the answer to CONTROL_OPEN, in order; `value` is 0 with one fd, or errno
 *	CONTROL_LIMITS	before CONTROL_EXIT, if there is a cgroup: `value` is its enum cgroup_events
 *	CONTROL_EXIT	the engine ended: `value` is its wait status
 *	supervisor -> pid 1
 *	CONTROL_OPEN	open a socket of family `value` and type `socket_type` (SOCK_STREAM,
 *			SOCK_DGRAM) in the namespace, non-blocking
 *	CONTROL_GO	go on after CONTROL_READY; waited for only where it was agreed
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum control_type {
	CONTROL_FAILED = 1,
	CONTROL_READY,
	CONTROL_ENGINE,
	CONTROL_SOCKET,
	CONTROL_LIMITS,
	CONTROL_EXIT,
	CONTROL_OPEN,
	CONTROL_GO,
	CONTROL_UDP,
};

enum { CONTROL_FDS_MAX = 3 };

struct control_msg {
	uint32_t type; /* enum control_type */
	int32_t value;
	uint64_t at_ns; /* CONTROL_READY: when (CLOCK_MONOTONIC) */
	int32_t socket_type;
	char text[244];
	/* Not sent as bytes, but beside them. Received ones are the receiver's to close. */
	int fds[CONTROL_FDS_MAX];
	size_t n_fds;
};

/* Both block unless the socket is non-blocking, and are async-signal-safe.
 * control_recv: -EPIPE when the other end is closed, -EBADMSG for anything but a whole message. */
int control_send(int fd, const struct control_msg *m);
int control_recv(int fd, struct control_msg *m);
void control_close_fds(struct control_msg *m);
