#include "escaped.h"

#include "spec/connect.h"

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static int closing(int fd, int r)
{
	(void)close(fd);
	return r;
}

/* socket FAMILY TYPE PROTOCOL */
static int open_socket(char **words)
{
	int fd = socket(attempt_number(words[1]), attempt_number(words[2]) | SOCK_CLOEXEC,
			attempt_number(words[3]));

	return fd < 0 ? -errno : closing(fd, 0);
}

/* Reads until the other side ends: 0 if it said something. */
static int hear(int fd)
{
	struct timeval limit = { .tv_sec = 2 };
	char byte;

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	switch (recv(fd, &byte, 1, 0)) {
	case 1:
		return 0;
	case 0:
		return -ENODATA;
	default:
		return -errno;
	}
}

/* connect ADDRESS PORT: 0 if the other side said something */
static int connect_new(char **words)
{
	struct sockaddr_storage to;
	int len = attempt_address(words[1], words[2], &to), fd;

	if (len < 0)
		return len;
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&to, (socklen_t)len) < 0)
		return closing(fd, -errno);
	return closing(fd, hear(fd));
}

/* claim ADDRESS PORT CLAIMED PORT: connects, and tells the supervisor of another address (IPv4) */
static int connect_claiming(char **words)
{
	struct sockaddr_storage to, claimed;
	uint64_t copy[2];
	int len = attempt_address(words[1], words[2], &to), fd;

	if (len < 0 || attempt_address(words[3], words[4], &claimed) != CONNECT_ADDR_LEN)
		return -EINVAL;
	memcpy(copy, &claimed, sizeof copy);
	fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (syscall(SYS_connect, fd, &to, len, connect_word(0), copy[0], copy[1]) < 0)
		return closing(fd, -errno);
	return closing(fd, hear(fd));
}

/* reconnect FD ADDRESS PORT: a socket that is something else already */
static int connect_again(char **words)
{
	struct sockaddr_storage to;
	int fd = attempt_fd(words[1]), len = attempt_address(words[2], words[3], &to);

	if (connect(fd, (struct sockaddr *)&to, (socklen_t)len) < 0)
		return -errno;
	return hear(fd);
}

/* disconnect FD */
static int disconnect(char **words)
{
	struct sockaddr_storage nowhere = { .ss_family = AF_UNSPEC };
	int fd = attempt_fd(words[1]);

	return connect(fd, (struct sockaddr *)&nowhere, sizeof nowhere) < 0 ? -errno : 0;
}

/* serve PORT */
static int serve(char **words)
{
	struct sockaddr_storage at;
	int on = 1, len = attempt_address("0.0.0.0", words[1], &at);

	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0)
		return -errno;
	(void)setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (bind(listener, (struct sockaddr *)&at, (socklen_t)len) < 0)
		return -errno;
	return listen(listener, 64) < 0 ? -errno : 0;
}

/* accept */
static int accept_one(char **words)
{
	(void)words;
	accepted = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	return accepted < 0 ? -errno : 0;
}

/* bind FD ADDRESS PORT */
static int bind_again(char **words)
{
	struct sockaddr_storage at;
	int len = attempt_address(words[2], words[3], &at);

	return bind(attempt_fd(words[1]), (struct sockaddr *)&at, (socklen_t)len) < 0 ? -errno : 0;
}

/* listen FD */
static int listen_on(char **words)
{
	return listen(attempt_fd(words[1]), 1) < 0 ? -errno : 0;
}

/* datagram ADDRESS PORT */
static int send_datagram(char **words)
{
	struct sockaddr_storage to;
	int len = attempt_address(words[1], words[2], &to);
	int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (sendto(fd, "out", 3, 0, (struct sockaddr *)&to, (socklen_t)len) < 0)
		return closing(fd, -errno);
	return closing(fd, 0);
}

/* resend FD ADDRESS PORT: connects a socket that is something else already, by sending */
static int send_again(char **words)
{
	struct sockaddr_storage to;
	int fd = attempt_fd(words[1]), len = attempt_address(words[2], words[3], &to);

	if (sendto(fd, "out", 3, MSG_FASTOPEN | MSG_NOSIGNAL, (struct sockaddr *)&to,
		   (socklen_t)len) < 0)
		return -errno;
	return hear(fd);
}

/* fastopen ADDRESS PORT HOW */
static int send_fastopen(char **words)
{
	struct sockaddr_storage to;
	int len = attempt_address(words[1], words[2], &to), r;
	struct iovec bytes = { .iov_base = "out", .iov_len = 3 };
	struct mmsghdr m = { .msg_hdr = { .msg_name = &to,
					  .msg_namelen = (socklen_t)len,
					  .msg_iov = &bytes,
					  .msg_iovlen = 1 } };
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (strcmp(words[3], "sendto") == 0)
		r = (int)sendto(fd, "out", 3, MSG_FASTOPEN, (struct sockaddr *)&to, (socklen_t)len);
	else if (strcmp(words[3], "sendmsg") == 0)
		r = (int)sendmsg(fd, &m.msg_hdr, MSG_FASTOPEN);
	else
		r = sendmmsg(fd, &m, 1, MSG_FASTOPEN);
	return closing(fd, r < 0 ? -errno : hear(fd));
}

/* defer ADDRESS PORT: connects with the first bytes that are sent (TCP_FASTOPEN_CONNECT) */
static int connect_deferred(char **words)
{
	struct sockaddr_storage to;
	int len = attempt_address(words[1], words[2], &to), on = 1;
	int fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_CONNECT, &on, sizeof on) < 0 ||
	    connect(fd, (struct sockaddr *)&to, (socklen_t)len) < 0 ||
	    send(fd, "out", 3, MSG_NOSIGNAL) < 0)
		return closing(fd, -errno);
	return closing(fd, hear(fd));
}

/* option FD LEVEL NAME VALUE */
static int set_option(char **words)
{
	int value = attempt_number(words[4]);

	return setsockopt(attempt_fd(words[1]), attempt_number(words[2]), attempt_number(words[3]),
			  &value, sizeof value) < 0
		       ? -errno
		       : 0;
}

/* interfaces FD: how many interfaces a socket tells of */
static int list_interfaces(char **words)
{
	struct ifreq all[16];
	struct ifconf list = { .ifc_len = sizeof all, .ifc_req = all };

	if (ioctl(attempt_fd(words[1]), SIOCGIFCONF, &list) < 0)
		return -errno;
	return list.ifc_len / (int)sizeof *all;
}

const struct attempt socket_attempts[] = {
	{ "socket", open_socket },
	{ "connect", connect_new },
	{ "reconnect", connect_again },
	{ "disconnect", disconnect },
	{ "serve", serve },
	{ "accept", accept_one },
	{ "bind", bind_again },
	{ "listen", listen_on },
	{ "datagram", send_datagram },
	{ "resend", send_again },
	{ "claim", connect_claiming },
	{ "fastopen", send_fastopen },
	{ "defer", connect_deferred },
	{ "option", set_option },
	{ "interfaces", list_interfaces },
	{ 0 },
};
