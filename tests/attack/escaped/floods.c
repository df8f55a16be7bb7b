/* Filling the supervisor: its notifications, its descriptors, its memory, its log. */
#include "escaped.h"

#include "spec/lookup.h"
#include "spec/spec.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { THREADS_MAX = 64 };

struct flood {
	struct sockaddr_storage to;
	socklen_t len;
	int rounds;
	atomic_int refused;
};

static void *connect_often(void *ctx)
{
	struct flood *f = ctx;

	for (int i = 0; i < f->rounds; i++) {
		int fd = socket(f->to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

		f->refused += connect(fd, (struct sockaddr *)&f->to, f->len) < 0;
		(void)close(fd);
	}
	return NULL;
}

/* flood-connect ADDRESS PORT THREADS ROUNDS: how many were refused */
static int flood_connect(char **words)
{
	struct flood f = { .rounds = attempt_number(words[4]) };
	pthread_t threads[THREADS_MAX];
	int n = attempt_number(words[3]), started = 0;

	f.len = (socklen_t)attempt_address(words[1], words[2], &f.to);
	while (started < n && started < THREADS_MAX &&
	       pthread_create(&threads[started], NULL, connect_often, &f) == 0)
		started++;
	for (int i = 0; i < started; i++)
		(void)pthread_join(threads[i], NULL);
	return f.refused;
}

/* hold-connects ADDRESS PORT N: connects without waiting, and keeps the sockets. How many are
 * under way. */
static int hold_connects(char **words)
{
	struct sockaddr_storage to;
	int len = attempt_address(words[1], words[2], &to), under_way = 0;

	for (int i = 0; i < attempt_number(words[3]); i++) {
		int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

		if (fd < 0)
			return -errno;
		under_way += connect(fd, (struct sockaddr *)&to, (socklen_t)len) == 0 ||
			     errno == EINPROGRESS;
	}
	return under_way;
}

/* flood-lookups N SIZE: messages that are no requests. How many could be sent without waiting. */
static int flood_lookups(char **words)
{
	static char junk[65536];
	int sent = 0;

	memset(junk, 'A', sizeof junk);
	for (int i = 0; i < attempt_number(words[1]); i++)
		sent += send(SPEC_LOOKUP_FD, junk, (size_t)attempt_number(words[2]),
			     MSG_DONTWAIT | MSG_NOSIGNAL) >= 0;
	return sent;
}

/* flood-descriptors N: sends descriptors along with requests, for the supervisor to keep */
static int flood_descriptors(char **words)
{
	struct lookup_request request = { .family = AF_INET, .node = "localhost" };
	struct iovec bytes = { .iov_base = &request, .iov_len = sizeof request };
	union {
		char buf[CMSG_SPACE(32 * sizeof(int))];
		struct cmsghdr align;
	} control;
	struct msghdr m = { .msg_iov = &bytes,
			    .msg_iovlen = 1,
			    .msg_control = &control,
			    .msg_controllen = sizeof control };
	int fds[32], sent = 0;

	for (int i = 0; i < 32; i++)
		fds[i] = STDOUT_FILENO;
	control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof fds),
					  .cmsg_level = SOL_SOCKET,
					  .cmsg_type = SCM_RIGHTS };
	memcpy(CMSG_DATA(&control.align), fds, sizeof fds);
	for (int i = 0; i < attempt_number(words[1]); i++)
		sent += sendmsg(SPEC_LOOKUP_FD, &m, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
	return sent;
}

/* flood-status N: lines that are no stages */
static int flood_status(char **words)
{
	static char junk[4096];
	int written = 0;

	memset(junk, 'A', sizeof junk);
	if (fcntl(SPEC_STATUS_FD, F_SETFL, O_NONBLOCK) < 0)
		return -errno;
	for (int i = 0; i < attempt_number(words[1]); i++)
		written += write(SPEC_STATUS_FD, junk, sizeof junk) > 0;
	return written;
}

/* close-all: gives up everything that connects it to the supervisor */
static int close_all(char **words)
{
	(void)words;
	for (int fd = STDERR_FILENO + 1; fd < 64; fd++)
		(void)close(fd);
	return 0;
}

const struct attempt flood_attempts[] = {
	{ "flood-connect", flood_connect },
	{ "hold-connects", hold_connects },
	{ "flood-lookups", flood_lookups },
	{ "flood-descriptors", flood_descriptors },
	{ "flood-status", flood_status },
	{ "close-all", close_all },
	{ 0 },
};
