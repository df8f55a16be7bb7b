/* Both ends of a TCP connection, over loopback, in one process: tcp [4|6]. */
#include "show.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

union address {
	struct sockaddr sa;
	struct sockaddr_in in4;
	struct sockaddr_in6 in6;
};

static int family = AF_INET;

static socklen_t loopback(union address *a)
{
	memset(a, 0, sizeof *a);
	a->sa.sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		a->in4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		return sizeof a->in4;
	}
	a->in6.sin6_addr = in6addr_loopback;
	return sizeof a->in6;
}

static unsigned port_of(const union address *a)
{
	return ntohs(family == AF_INET ? a->in4.sin_port : a->in6.sin6_port);
}

static void show_address(const char *what, const union address *a, socklen_t len, unsigned port)
{
	char text[INET6_ADDRSTRLEN] = "?";

	if (family == AF_INET)
		inet_ntop(AF_INET, &a->in4.sin_addr, text, sizeof text);
	else
		inet_ntop(AF_INET6, &a->in6.sin6_addr, text, sizeof text);
	printf("%s: family %s, length %u, address %s, port %s\n", what,
	       a->sa.sa_family == family ? "right" : "wrong", (unsigned)len, text,
	       port == 0	    ? "unknown"
	       : port_of(a) == port ? "right"
				    : "wrong");
}

static short wait_for(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	must("poll", poll(&p, 1, 5000));
	return p.revents;
}

static int make_listener(union address *a, socklen_t *len)
{
	int on = 1;
	int fd = must("socket", socket(family, SOCK_STREAM, 0));

	*len = loopback(a);
	must("setsockopt", setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on));
	must("bind", bind(fd, &a->sa, *len));
	must("listen", listen(fd, 5));
	must("getsockname", getsockname(fd, &a->sa, len));
	printf("the kernel chose a port: %s\n", port_of(a) > 0 ? "yes" : "no");
	return fd;
}

static void show_refused(void)
{
	union address a;
	socklen_t len = loopback(&a);
	int error = 0;
	socklen_t error_len = sizeof error;
	int closed = must("socket", socket(family, SOCK_STREAM, 0));
	int fd = must("socket", socket(family, SOCK_STREAM, 0));

	/* A port that is taken and not listened on. */
	must("bind", bind(closed, &a.sa, len));
	must("getsockname", getsockname(closed, &a.sa, &len));
	show("connect to a closed port", connect(fd, &a.sa, len));
	close(fd);
	fd = must("socket", socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
	if (connect(fd, &a.sa, len) < 0 && errno == EINPROGRESS)
		wait_for(fd, POLLOUT);
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_len);
	printf("the same without blocking: %s\n", error_name(error));
	close(fd);
	close(closed);
}

static void show_transfer(int client, int server)
{
	char buf[64] = "";
	struct iovec parts[2] = { { (char[]){ "gathered " }, 9 }, { (char[]){ "parts" }, 5 } };
	struct iovec places[2] = { { buf, 4 }, { buf + 10, 20 } };
	struct msghdr m = { .msg_iov = parts, .msg_iovlen = 2 };
	int available = 0;

	show("recv without data", recv(server, buf, sizeof buf, MSG_DONTWAIT));
	show("send", send(client, "hello", 5, MSG_NOSIGNAL));
	printf("poll: %s\n",
	       wait_for(server, POLLIN | POLLOUT) == (POLLIN | POLLOUT) ? "in out" : "?");
	show("ioctl", ioctl(server, FIONREAD, &available));
	printf("available: %d\n", available);
	show("recv peek", recv(server, buf, sizeof buf, MSG_PEEK));
	show("recv part", recv(server, buf, 2, 0));
	show("recv rest", recv(server, buf + 2, sizeof buf - 2, 0));
	printf("got '%.5s'\n", buf);
	show("sendmsg", sendmsg(client, &m, 0));
	m = (struct msghdr){ .msg_iov = places, .msg_iovlen = 2 };
	show("recvmsg", recvmsg(server, &m, MSG_WAITALL | MSG_DONTWAIT));
	printf("got '%.4s' and '%.10s'\n", buf, buf + 10);
	show("write", write(server, "back", 4));
	show("read", read(client, buf, sizeof buf));
	show("sendto connected", sendto(server, "xyz", 3, 0, NULL, 0));
	show("recv all", recv(client, buf, 3, MSG_WAITALL));
}

static void show_end(int client, int server)
{
	char buf[8];
	fd_set set;
	struct timeval second = { 1, 0 };

	show("shutdown write", shutdown(client, SHUT_WR));
	FD_ZERO(&set);
	FD_SET(server, &set);
	show("select", select(server + 1, &set, NULL, NULL, &second));
	printf("selected: %s\n", FD_ISSET(server, &set) ? "yes" : "no");
	show("recv at the end", recv(server, buf, sizeof buf, 0));
	show("send after shutdown", send(client, "x", 1, MSG_NOSIGNAL));
	show("send the other way", send(server, "y", 1, 0));
	show("recv the other way", recv(client, buf, sizeof buf, 0));
	show("shutdown read", shutdown(client, SHUT_RD));
	show("recv after shutdown", recv(client, buf, sizeof buf, 0));
	close(server);
	show("hangup", (wait_for(client, POLLIN) & POLLHUP) != 0);
}

int main(int argc, char **argv)
{
	union address a, b;
	socklen_t len, b_len = sizeof b;
	int listener, client, server, on = 1;

	if (argc > 1 && strcmp(argv[1], "6") == 0)
		family = AF_INET6;
	listener = make_listener(&a, &len);
	must("fcntl", fcntl(listener, F_SETFL, O_NONBLOCK));
	show("accept nobody", accept(listener, NULL, NULL));
	client = must("socket", socket(family, SOCK_STREAM, IPPROTO_TCP));
	must("fcntl", fcntl(client, F_SETFL, fcntl(client, F_GETFL) | O_NONBLOCK));
	if (connect(client, &a.sa, len) < 0 && errno != EINPROGRESS)
		must("connect", -1);
	printf("connected: %s\n", wait_for(client, POLLOUT) == POLLOUT ? "yes" : "no");
	show("connect again", connect(client, &a.sa, len));
	wait_for(listener, POLLIN);
	server = must("accept", accept4(listener, &b.sa, &b_len, SOCK_NONBLOCK));
	printf("accepted non-blocking: %s\n", fcntl(server, F_GETFL) & O_NONBLOCK ? "yes" : "no");
	show_address("peer of the accepted", &b, b_len, 0);
	len = sizeof a;
	must("getsockname", getsockname(client, &a.sa, &len));
	show_address("client", &a, len, port_of(&b));
	len = sizeof a;
	must("getpeername", getpeername(server, &a.sa, &len));
	show_address("peer of the server", &a, len, port_of(&b));
	show("blocking again", ioctl(client, FIONBIO, &(int){ 0 }));
	show("no delay", setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
	show_transfer(client, server);
	show_end(client, server);
	close(client);
	close(listener);
	show_refused();
	return 0;
}
