/* Datagrams over loopback: udp [4|6]. */
#include "show.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

static int family = AF_INET;

struct end {
	int fd;
	struct sockaddr_storage address;
	socklen_t len;
};

static struct end make_end(void)
{
	struct end e = { .fd = must("socket", socket(family, SOCK_DGRAM, 0)) };
	struct timeval second = { .tv_sec = 1 };

	e.address.ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		((struct sockaddr_in *)&e.address)->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		e.len = sizeof(struct sockaddr_in);
	} else {
		((struct sockaddr_in6 *)&e.address)->sin6_addr = in6addr_loopback;
		e.len = sizeof(struct sockaddr_in6);
	}
	must("bind", bind(e.fd, (struct sockaddr *)&e.address, e.len));
	must("getsockname", getsockname(e.fd, (struct sockaddr *)&e.address, &e.len));
	must("setsockopt", setsockopt(e.fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second));
	return e;
}

static void show_from(const char *what, const struct sockaddr_storage *from, socklen_t len,
		      const struct end *who)
{
	printf("%s: length %u, %s\n", what, (unsigned)len,
	       len == who->len && memcmp(from, &who->address, len) == 0 ? "the sender" : "another");
}

static void show_messages(struct end *a, struct end *b)
{
	char buf[32] = "";
	struct sockaddr_storage from = { 0 };
	socklen_t len = sizeof from;
	struct iovec parts[2] = { { (char[]){ "one " }, 4 }, { (char[]){ "datagram" }, 8 } };
	struct iovec small = { buf, 6 };
	struct msghdr m = {
		.msg_name = &b->address, .msg_namelen = b->len, .msg_iov = parts, .msg_iovlen = 2
	};
	int available = 0;

	show("send without a destination", send(a->fd, "x", 1, 0));
	show("sendto", sendto(a->fd, "hello", 5, 0, (struct sockaddr *)&b->address, b->len));
	must("ioctl", ioctl(b->fd, FIONREAD, &available));
	printf("available: %d\n", available);
	show("recvfrom", recvfrom(b->fd, buf, sizeof buf, 0, (struct sockaddr *)&from, &len));
	show_from("from", &from, len, a);
	show("sendmsg", sendmsg(a->fd, &m, 0));
	memset(&from, 0, sizeof from);
	m = (struct msghdr){
		.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &small, .msg_iovlen = 1
	};
	show("recvmsg into too little", recvmsg(b->fd, &m, 0));
	printf("truncated: %s, got '%.6s'\n", m.msg_flags & MSG_TRUNC ? "yes" : "no", buf);
	show_from("from", &from, m.msg_namelen, a);
	show("an empty datagram", sendto(a->fd, "", 0, 0, (struct sockaddr *)&b->address, b->len));
	show("arrives", recv(b->fd, buf, sizeof buf, 0));
	show("one of 70000 bytes",
	     sendto(a->fd, calloc(1, 70000), 70000, 0, (struct sockaddr *)&b->address, b->len));
}

static void show_connected(struct end *a, struct end *b)
{
	char buf[32];
	struct sockaddr_storage peer;
	socklen_t len = sizeof peer;
	struct end c = make_end();

	show("getpeername before", getpeername(a->fd, (struct sockaddr *)&peer, &len));
	show("connect", connect(a->fd, (struct sockaddr *)&b->address, b->len));
	len = sizeof peer;
	show("getpeername", getpeername(a->fd, (struct sockaddr *)&peer, &len));
	show_from("peer", &peer, len, b);
	show("send", send(a->fd, "abc", 3, 0));
	show("recv", recv(b->fd, buf, sizeof buf, 0));
	sendto(c.fd, "stray", 5, 0, (struct sockaddr *)&a->address, a->len);
	sendto(b->fd, "ok", 2, 0, (struct sockaddr *)&a->address, a->len);
	show("a stranger is not heard", recv(a->fd, buf, sizeof buf, 0));
	close(b->fd);
	show("send to nobody", send(a->fd, "abc", 3, 0));
	show("and again", send(a->fd, "abc", 3, 0));
	close(c.fd);
}

int main(int argc, char **argv)
{
	struct timeval tenth = { .tv_usec = 100000 };
	struct end a, b;
	struct pollfd p;
	char buf[8];

	if (argc > 1 && strcmp(argv[1], "6") == 0)
		family = AF_INET6;
	a = make_end();
	b = make_end();
	p = (struct pollfd){ .fd = b.fd, .events = POLLIN | POLLOUT };
	show("poll", poll(&p, 1, 0));
	printf("writable only: %s\n", p.revents == POLLOUT ? "yes" : "no");
	show_messages(&a, &b);
	must("setsockopt", setsockopt(b.fd, SOL_SOCKET, SO_RCVTIMEO, &tenth, sizeof tenth));
	show("recv in vain", recv(b.fd, buf, sizeof buf, 0));
	show("recv in vain, not waiting", recv(b.fd, buf, sizeof buf, MSG_DONTWAIT));
	show_connected(&a, &b);
	return 0;
}
