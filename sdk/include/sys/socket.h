/* wasi-libc's <sys/socket.h>, and what it leaves out.
 *
 * Families, types, MSG_PEEK, MSG_WAITALL and SOL_SOCKET have wasi-libc's numbers: it has functions
 * of its own that take them, and other people's objects too. Everything else has Linux's.
 */
#ifndef WASMRUN_SYS_SOCKET_H
#define WASMRUN_SYS_SOCKET_H

#include_next <sys/socket.h>

#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Recognised as types; socket() refuses them with EPROTONOSUPPORT. */
#define SOCK_RAW 3
#define SOCK_RDM 4
#define SOCK_SEQPACKET 7

#define AF_LOCAL AF_UNIX
#define PF_UNSPEC AF_UNSPEC
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#define PF_UNIX AF_UNIX
#define PF_LOCAL AF_LOCAL

#define SOMAXCONN 4096

/* wasi-libc's are 1, 2 and 3, but old programs write the numbers. */
#undef SHUT_RD
#undef SHUT_WR
#undef SHUT_RDWR
#define SHUT_RD 0
#define SHUT_WR 1
#define SHUT_RDWR 2

#define SO_DEBUG 1
#define SO_REUSEADDR 2
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_PRIORITY 12
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_RCVTIMEO 20
#define SO_SNDTIMEO 21
#define SO_BINDTODEVICE 25
#define SO_ACCEPTCONN 30
#define SO_PROTOCOL 38
#define SO_DOMAIN 39

#define SOL_IP 0
#define SOL_TCP 6
#define SOL_UDP 17
#define SOL_IPV6 41

/* wasi-libc gives MSG_TRUNC the number of MSG_PEEK: one is its result, the other its argument. */
#undef MSG_TRUNC
#define MSG_OOB 0x0010 /* Linux: 1, which is taken */
#define MSG_DONTROUTE 0x0004
#define MSG_CTRUNC 0x0008
#define MSG_TRUNC 0x0020
#define MSG_DONTWAIT 0x0040
#define MSG_EOR 0x0080
#define MSG_CONFIRM 0x0800
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000

/* There is no ancillary data: sendmsg() refuses it, and recvmsg() never brings any. */
struct cmsghdr {
	socklen_t cmsg_len;
	int cmsg_level;
	int cmsg_type;
};

#define SCM_RIGHTS 1

#define CMSG_ALIGN(len) (((len) + sizeof(size_t) - 1) & ~(sizeof(size_t) - 1))
#define CMSG_SPACE(len) (CMSG_ALIGN(len) + CMSG_ALIGN(sizeof(struct cmsghdr)))
#define CMSG_LEN(len) (CMSG_ALIGN(sizeof(struct cmsghdr)) + (len))
#define CMSG_DATA(c) ((unsigned char *)((struct cmsghdr *)(c) + 1))
#define CMSG_FIRSTHDR(m)                                                                           \
	((size_t)(m)->msg_controllen >= sizeof(struct cmsghdr)                                     \
		 ? (struct cmsghdr *)(m)->msg_control                                              \
		 : (struct cmsghdr *)0)
#define CMSG_NXTHDR(m, c) __cmsg_next(m, c)

static inline struct cmsghdr *__cmsg_next(const struct msghdr *m, const struct cmsghdr *c)
{
	size_t at = (size_t)((const char *)c - (const char *)m->msg_control);
	size_t len = CMSG_ALIGN(c->cmsg_len);

	if (c->cmsg_len < sizeof *c || len > m->msg_controllen - at ||
	    m->msg_controllen - at - len < sizeof *c)
		return (struct cmsghdr *)0;
	return (struct cmsghdr *)((char *)m->msg_control + at + len);
}

int socket(int family, int type, int protocol);
int socketpair(int family, int type, int protocol, int fds[2]);
int bind(int fd, const struct sockaddr *address, socklen_t len);
int connect(int fd, const struct sockaddr *address, socklen_t len);
int listen(int fd, int backlog);
int getsockname(int fd, struct sockaddr *__restrict address, socklen_t *__restrict len);
int getpeername(int fd, struct sockaddr *__restrict address, socklen_t *__restrict len);
ssize_t sendto(int fd, const void *buf, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len);
ssize_t recvfrom(int fd, void *__restrict buf, size_t len, int flags,
		 struct sockaddr *__restrict from, socklen_t *__restrict from_len);
ssize_t sendmsg(int fd, const struct msghdr *message, int flags);
ssize_t recvmsg(int fd, struct msghdr *message, int flags);
int setsockopt(int fd, int level, int name, const void *value, socklen_t len);

#ifdef __cplusplus
}
#endif

#endif
