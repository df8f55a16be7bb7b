/* Judges the engine's trapped calls and does those that are allowed (broker.h); connect is in
 * connect.c. */
#include "base/log.h"
#include "base/own.h"
#include "broker/internal.h"
#include "spec/connect.h"

#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>

/* Which network namespace a socket lives in; 0 before Linux 5.14. Unlike an inode it is never used
 * again. */
static uint64_t cookie_of_namespace(int sock)
{
	uint64_t cookie = 0;
	socklen_t len = sizeof cookie;

	(void)getsockopt(sock, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &len);
	return cookie;
}

static uint64_t inode_of_namespace(int sock)
{
	/* EPERM for a namespace that we have no rights over, which is then not the guest's. */
	AUTO_CLOSE int ns = ioctl(sock, SIOCGSKNS);
	struct stat st;

	return ns >= 0 && fstat(ns, &st) == 0 ? st.st_ino : 0;
}

int judge_set_namespace(struct broker *b, int guest_sock)
{
	b->namespace_cookie = cookie_of_namespace(guest_sock);
	b->namespace_ino = inode_of_namespace(guest_sock);
	return b->namespace_ino ? 0 : -ENOTSUP;
}

static bool is_of_guest(const struct broker *b, int sock)
{
	if (b->namespace_cookie)
		return cookie_of_namespace(sock) == b->namespace_cookie;
	return inode_of_namespace(sock) == b->namespace_ino;
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

static int judge_listen(struct judged *j)
{
	int backlog = (int)j->call->args[1];
	struct addr local;
	struct stat st;
	int r;

	if (fstat(j->sock, &st) < 0)
		return neg_errno();
	r = publish_listen_again(j->broker, st.st_ino, j->sock, backlog);
	if (r != -ENOENT)
		return r;
	if (!j->of_guest)
		return -EINVAL; /* an accepted connection of the host's, say */
	r = bound_to(j->sock, &local);
	if (r == 0 && j->protocol == IPPROTO_TCP && addr_port(&local))
		return publish_listen(j->broker, j->call, j->engine_fd, j->sock, addr_port(&local),
				      backlog);
	return listen(j->sock, backlog) < 0 ? neg_errno() : 0;
}

int judge_read_sockaddr(struct judged *j, struct sockaddr_storage *ret)
{
	int len = (int)j->call->args[2];
	int r;

	if (len < (int)sizeof ret->ss_family || len > (int)sizeof *ret)
		return -EINVAL;
	if (j->call->nr == SYS_connect && len == CONNECT_ADDR_LEN &&
	    connect_is_word(j->call->args[CONNECT_ARG_WORD])) {
		memcpy(ret, &j->call->args[CONNECT_ARG_ADDR], CONNECT_ADDR_LEN);
		return len;
	}
	r = notify_read(&j->broker->notify, j->call, j->call->args[1], ret, (size_t)len);
	return r < 0 ? r : len;
}

static int judge_bind(struct judged *j)
{
	struct sockaddr_storage ss = { .ss_family = AF_UNSPEC };
	int len = judge_read_sockaddr(j, &ss);
	struct addr to;
	int r;

	if (len < 0)
		return len;
	if (!j->of_guest)
		return -EINVAL; /* bound already */
	if (ss.ss_family == AF_UNIX)
		return unix_bind(j, &ss, (socklen_t)len);
	r = addr_from_sockaddr(&ss, (socklen_t)len, &to);
	if (r == 0)
		publish_drop_closed(j->broker, addr_port(&to));
	if (bind(j->sock, (struct sockaddr *)&ss, (socklen_t)len) < 0)
		return neg_errno();
	if (r == 0 && j->protocol == IPPROTO_UDP)
		udp_note_bound(j->broker->udp, &to);
	return 0;
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

/* Fetches the engine's socket. -EPERM where the kernel's rules on tracing forbid it (yama's
 * ptrace_scope). */
static int judged_init(struct judged *j, struct broker *b, const struct notify_call *call)
{
	socklen_t len = sizeof j->protocol;
	int r;

	*j = (struct judged){
		.broker = b, .call = call, .engine_fd = (int)call->args[0], .sock = -EBADF
	};
	r = notify_get_fd(&b->notify, call, j->engine_fd, &j->sock);
	if (r < 0)
		return r;
	if (getsockopt(j->sock, SOL_SOCKET, SO_PROTOCOL, &j->protocol, &len) < 0)
		return neg_errno(); /* ENOTSOCK, say */
	j->of_guest = is_of_guest(b, j->sock);
	return 0;
}

void judge_call(struct broker *b, const struct notify_call *call)
{
	struct judged j;
	int r = judged_init(&j, b, call);

	if (r == -EPERM && !b->blind && !publish_any_lent(b)) {
		log_verbose("%s: the engine's descriptors cannot be fetched (sysctl "
			    "kernel.yama.ptrace_scope?): "
			    "forwards are relayed",
			    b->config.name);
		b->blind = true;
		(void)publish_relay_all(b, NULL); /* a port that fails stays as it is: refusing */
	}
	if (b->blind) {
		notify_continue(&b->notify, call->id);
	} else {
		r = r < 0 ? r : judge(&j);
		if (r != JUDGE_PENDING && r != JUDGE_ANSWERED)
			notify_reply(&b->notify, call->id, r);
	}
	(void)fd_close(j.sock);
}
