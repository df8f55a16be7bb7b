/* Ping-pong over socket pairs. */
#include "show.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void play(int type, const char *name)
{
	struct sockaddr_un address = { 0 };
	socklen_t len = sizeof address;
	char buf[16];
	int fds[2];
	fd_set reads, writes;

	if (show(name, socketpair(AF_UNIX, type, 0, fds)) < 0)
		return;
	for (int round = 0; round < 3; round++) {
		snprintf(buf, sizeof buf, "ping %d", round);
		show("write", write(fds[round & 1], buf, strlen(buf)));
		FD_ZERO(&reads);
		FD_ZERO(&writes);
		FD_SET(fds[0], &reads);
		FD_SET(fds[1], &reads);
		FD_SET(fds[1], &writes);
		show("select",
		     select((fds[0] > fds[1] ? fds[0] : fds[1]) + 1, &reads, &writes, NULL, NULL));
		printf("readable: %d %d, writable: %d\n", FD_ISSET(fds[0], &reads) != 0,
		       FD_ISSET(fds[1], &reads) != 0, FD_ISSET(fds[1], &writes) != 0);
		memset(buf, 0, sizeof buf);
		show("read", read(fds[!(round & 1)], buf, sizeof buf - 1));
		printf("got '%s'\n", buf);
	}
	show("getsockname", getsockname(fds[0], (struct sockaddr *)&address, &len));
	printf("family %s, length %u\n", address.sun_family == AF_UNIX ? "unix" : "another",
	       (unsigned)len);
	close(fds[1]);
	show("send to nobody", send(fds[0], "x", 1, MSG_NOSIGNAL));
	close(fds[0]);
}

int main(void)
{
	int fds[2];

	play(SOCK_STREAM, "stream pair");
	play(SOCK_DGRAM, "datagram pair");
	show("a pair of IPv4", socketpair(AF_INET, SOCK_STREAM, 0, fds));
	show("a pair of nothing", socketpair(AF_UNSPEC, SOCK_STREAM, 0, fds));
	must("non-blocking pair", socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	show("read of it", read(fds[0], &(char){ 0 }, 1));
	show("flags", (fcntl(fds[1], F_GETFL) & O_NONBLOCK) != 0);
	return 0;
}
