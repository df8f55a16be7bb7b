/* Judges the engine's trapped calls and does those that are allowed (broker.h). */
#include "base/alloc.h"
#include "base/log.h"
#include "base/own.h"
#include "broker/internal.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>

enum { PENDING = 1 };	/* the answer comes later */

/* A call about a socket, with our own copy of what it names. */
struct judged {
	struct broker *broker;
	const struct notify_call *call;
	int engine_fd;
	int sock;
	uint64_t ino;
	bool of_guest;	/* the socket lives in the guest's namespace, not in the host's */
};

static bool is_of_guest(const struct broker *b, int sock)
{
	/* EPERM for a namespace that we have no rights over, which is then not the guest's. */
	AUTO_CLOSE int ns = ioctl(sock, SIOCGSKNS);
	struct stat st;

	return ns >= 0 && fstat(ns, &st) == 0 && st.st_ino == b->namespace_ino;
}

/* The name that the guest's socket is bound to. */
static int bound_to(int sock, struct addr *ret)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof ss;

	if (getsockname(sock, (struct sockaddr *)&ss, &len) < 0)
		return neg_errno();
	return addr_from_sockaddr(&ss, len, ret);
}

static bool is_tcp(int sock)
{
	int type = 0, protocol = 0;
	socklen_t type_len = sizeof type, protocol_len = sizeof protocol;

	return getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &type_len) == 0 && type == SOCK_STREAM &&
	       getsockopt(sock, SOL_SOCKET, SO_PROTOCOL, &protocol, &protocol_len) == 0 &&
	       protocol == IPPROTO_TCP;
}

static int judge_listen(struct judged *j)
{
	int backlog = (int)j->call->args[1];
	struct addr local;
	int r = publish_listen_again(j->broker, j->ino, j->sock, backlog);

	if (r != -ENOENT)
		return r;
	if (!j->of_guest)
		return -EINVAL; /* an accepted connection of the host's, say */
	r = bound_to(j->sock, &local);
	if (r == 0 && is_tcp(j->sock) && addr_port(&local))
		return publish_listen(j->broker, j->call, j->engine_fd, j->sock, addr_port(&local), backlog);
	return listen(j->sock, backlog) < 0 ? neg_errno() : 0;
}

/* The address argument of connect and bind, which have the same shape. Returns the sockaddr's length. */
static int read_sockaddr(struct judged *j, struct sockaddr_storage *ret)
{
	int len = (int)j->call->args[2];
	int r;

	if (len < (int)sizeof ret->ss_family || len > (int)sizeof *ret)
		return -EINVAL;
	r = notify_read(&j->broker->notify, j->call, j->call->args[1], ret, (size_t)len);
	return r < 0 ? r : len;
}

static int judge_bind(struct judged *j)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	int len = read_sockaddr(j, &ss);
	struct addr to;

	if (len < 0)
		return len;
	if (!j->of_guest)
		return -EINVAL; /* bound already */
	if (addr_from_sockaddr(&ss, (socklen_t)len, &to) == 0)
		publish_drop_closed(j->broker, addr_port(&to));
	return bind(j->sock, (struct sockaddr *)&ss, (socklen_t)len) < 0 ? neg_errno() : 0;
}

static void log_refusal(struct broker *b, const struct addr *to)
{
	char text[ADDR_TEXT_MAX];

	if (b->n_refusals++ < REFUSALS_LOGGED_MAX)
		log_line("%s: refused to connect to %s: it is outside the guest's namespace, and this version "
			 "has no --allow-net yet", b->config.name, addr_format(to, text));
	else if (b->n_refusals == REFUSALS_LOGGED_MAX + 1)
		log_line("%s: further refusals are not logged", b->config.name);
}

/* A guest's blocking connect, answered when it is done. */
struct waiting {
	struct broker *broker;
	uint64_t id;
};

static void on_connected(void *ctx, int fd, int error)
{
	struct waiting *w = ctx;

	(void)fd_close(fd);
	notify_reply(&w->broker->notify, w->id, -error);
	free(w);
}

static uint64_t send_timeout_ms(int sock)
{
	struct timeval tv = { .tv_sec = 0 };
	socklen_t len = sizeof tv;

	if (getsockopt(sock, SOL_SOCKET, SO_SNDTIMEO, &tv, &len) < 0)
		return 0;
	return (uint64_t)tv.tv_sec * 1000 + (uint64_t)(tv.tv_usec + 999) / 1000;
}

/* A blocking socket must not block the supervisor: it is made non-blocking for the one call, while its owner waits
 * in that very call. Returns PENDING if the answer comes later. */
static int do_connect(struct judged *j, const struct sockaddr *to, socklen_t len)
{
	int flags = fcntl(j->sock, F_GETFL);
	bool blocking = flags >= 0 && !(flags & O_NONBLOCK);
	int sock = j->sock, r;
	uint64_t timeout_ms;
	struct waiting *w;

	if (blocking)
		(void)fcntl(j->sock, F_SETFL, flags | O_NONBLOCK);
	r = connect(j->sock, to, len) < 0 ? neg_errno() : 0;
	if (!blocking)
		return r;
	if (r != -EINPROGRESS) {
		(void)fcntl(sock, F_SETFL, flags);
		return r;
	}
	w = xalloc(sizeof *w);
	*w = (struct waiting){ .broker = j->broker, .id = j->call->id };
	timeout_ms = send_timeout_ms(sock);
	r = connecting_start(j->broker, TAKE_FD(j->sock), timeout_ms, on_connected, w);
	if (r < 0) {
		free(w);
		return r; /* the guest's flag stays non-blocking: it is out of descriptors or memory anyway */
	}
	(void)fcntl(sock, F_SETFL, flags);
	return PENDING;
}

static int judge_connect(struct judged *j)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	int len = read_sockaddr(j, &ss);
	struct addr to;
	int r;

	if (len < 0)
		return len;
	/* Also AF_UNSPEC: it would free a host connection for another connect. */
	if (!j->of_guest)
		return -EACCES;
	if (ss.ss_family == AF_UNSPEC)
		return connect(j->sock, (struct sockaddr *)&ss, (socklen_t)len) < 0 ? neg_errno() : 0;
	r = addr_from_sockaddr(&ss, (socklen_t)len, &to);
	if (r < 0)
		return r;
	if (!addr_is_loopback(&to) && !addr_is_wildcard(&to)) {
		log_refusal(j->broker, &to);
		return -EACCES;
	}
	publish_drop_closed(j->broker, addr_port(&to));
	return do_connect(j, (struct sockaddr *)&ss, (socklen_t)len);
}

static int judge(struct judged *j)
{
	switch (j->call->nr) {
	case SYS_listen:
		return judge_listen(j);
	case SYS_bind:
		return judge_bind(j);
	case SYS_connect:
		return judge_connect(j);
	default:
		return -ENOSYS; /* the filter sends no other */
	}
}

/* Fetches the engine's socket. -EPERM where the kernel's rules on tracing forbid it (yama's ptrace_scope). */
static int judged_init(struct judged *j, struct broker *b, const struct notify_call *call)
{
	struct stat st;
	int r;

	*j = (struct judged){ .broker = b, .call = call, .engine_fd = (int)call->args[0], .sock = -EBADF };
	r = notify_get_fd(&b->notify, call, j->engine_fd, &j->sock);
	if (r < 0)
		return r;
	if (fstat(j->sock, &st) < 0)
		return neg_errno();
	if (!S_ISSOCK(st.st_mode))
		return -ENOTSOCK;
	j->ino = st.st_ino;
	j->of_guest = is_of_guest(b, j->sock);
	return 0;
}

void judge_call(struct broker *b, const struct notify_call *call)
{
	struct judged j;
	int r = judged_init(&j, b, call);

	if (r == -EPERM && !b->swap_broken && !publish_any_lent(b))
		(void)publish_fall_back(b, -r); /* a port that fails stays as it is: refusing */
	if (b->swap_broken) {
		notify_continue(&b->notify, call->id);
	} else {
		r = r < 0 ? r : judge(&j);
		if (r != PENDING)
			notify_reply(&b->notify, call->id, r);
	}
	(void)fd_close(j.sock);
}
