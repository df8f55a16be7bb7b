#include "process/control.h"

#include "base/err.h"
#include "base/own.h"

#include <string.h>
#include <sys/socket.h>

enum { BYTES_LEN = offsetof(struct control_msg, fds) };

union control_fds {
	struct cmsghdr header;
	char space[CMSG_SPACE(sizeof(int) * CONTROL_FDS_MAX)];
};

int control_send(int fd, const struct control_msg *m)
{
	union control_fds aux = { .space = { 0 } };
	struct iovec iov = { .iov_base = (void *)m, .iov_len = BYTES_LEN };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	ssize_t n;

	if (m->n_fds) {
		msg.msg_control = &aux;
		msg.msg_controllen = CMSG_SPACE(sizeof(int) * m->n_fds);
		aux.header = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int) * m->n_fds),
					       .cmsg_level = SOL_SOCKET,
					       .cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&aux.header), m->fds, sizeof(int) * m->n_fds);
	}
	do
		n = sendmsg(fd, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? neg_errno() : 0;
}

int control_recv(int fd, struct control_msg *m)
{
	union control_fds aux = { .space = { 0 } };
	struct iovec iov = { .iov_base = m, .iov_len = BYTES_LEN };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &aux, .msg_controllen = sizeof aux
	};
	ssize_t n;

	*m = (struct control_msg){ .type = 0 };
	do
		n = recvmsg(fd, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return neg_errno();
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&msg); c; c = CMSG_NXTHDR(&msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		m->n_fds = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(m->fds, CMSG_DATA(c), m->n_fds * sizeof(int));
	}
	m->text[sizeof m->text - 1] = 0;
	if (n == BYTES_LEN && !(msg.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
		return 0;
	control_close_fds(m);
	return n == 0 ? -EPIPE : -EBADMSG;
}

void control_close_fds(struct control_msg *m)
{
	for (size_t i = 0; i < m->n_fds; i++)
		(void)fd_close(m->fds[i]);
	m->n_fds = 0;
}
